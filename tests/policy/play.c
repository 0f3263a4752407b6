/*
 * SPDX-License-Identifier: Apache-2.0
 * play: runs scenarios of policies, compares their logs, speaks TAP.
 *
 *	play FILE...		one test a file
 *	play --show FILE...	prints the log of each
 *	play --write FILE...	writes the log into the file: after a human has read it
 *	play --config FILE	prints the configuration that its daemon reads
 *
 * A failure of a claim or of what must never be is never written away.
 */
#include "tests/policy/play.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/mem.h"

enum doing { COMPARE, SHOW, WRITE, CONFIG };

/* --- one scenario ------------------------------------------------------------------
 */

static void
due_lines(struct play *p, size_t *next)
{
	char *cause = NULL, *copy;

	while (*next < p->script.nlines &&
	    p->script.lines[*next].at <= p->now.ms - p->began) {
		copy = xstrdup(p->script.lines[*next].text);
		if (!act(p, copy, &cause))
			fail(p, "line %u: %s", p->script.lines[*next].number,
			    cause == NULL ? "not understood" : cause);
		xfree_clear(&cause);
		free(copy);
		++*next;
	}
}

static void
run(struct play *p)
{
	char *cause = NULL;
	size_t next = 0;

	p->now = (struct model_now) { 1000000, p->script.start };
	p->began = p->now.ms;
	p->look_takes = 1000;
	p->out = open_memstream(&p->log, &p->log_len);
	p->events = xstrdup("");
	p->store = memory_store_new();
	judge_new(p);
	if (daemon_start(p, &cause) != 0) {
		fail(p, "the daemon does not start: %s", cause);
	} else {
		while (p->now.ms - p->began < p->script.end) {
			due_lines(p, &next);
			p->now.ms += 1000;
			p->now.wall++;
			world_step(p);
			daemon_step(p);
			judge_rows(p);
			watch_rows(p);
		}
		due_lines(p, &next);
		if (next < p->script.nlines)
			fail(p, "line %u is after the end",
			    p->script.lines[next].number);
		watch_end(p);
	}
	free(cause);
	fclose(p->out);
	p->out = NULL;
}

static void
clear(struct play *p)
{
	size_t i;

	if (p->store != NULL) {
		daemon_stop(p);
		judge_free(p);
		memory_store_free(p->store);
	}
	for (i = 0; i < POLICY_KINDS; i++)
		free(p->seen[i].shape);
	free(p->events);
	free(p->log);
	world_free(&p->world);
	script_clear(&p->script);
}

/* --- what is made of its log -------------------------------------------------------
 */

static void
put_comment(const char *mark, const char *line, size_t len)
{
	printf("# %s%.*s\n", mark, (int)len, line);
}

/* The first place where they part, and what comes there. */
static void
tell_difference(const char *expected, const char *got)
{
	size_t a, b;
	int shown = 0;

	for (;;) {
		a = strcspn(expected, "\n");
		b = strcspn(got, "\n");
		if (a != b || strncmp(expected, got, a) != 0 || *expected == '\0')
			break;
		expected += a + 1;
		got += b + 1;
	}
	for (; shown < 8 && *expected != '\0'; shown++) {
		a = strcspn(expected, "\n");
		put_comment("- ", expected, a);
		expected += a + (expected[a] == '\n');
	}
	for (shown = 0; shown < 8 && *got != '\0'; shown++) {
		b = strcspn(got, "\n");
		put_comment("+ ", got, b);
		got += b + (got[b] == '\n');
	}
}

static void
tell_failures(const char *log)
{
	const char *line, *mark;
	size_t len;

	for (line = log; *line != '\0'; line += len + (line[len] == '\n')) {
		len = strcspn(line, "\n");
		mark = strstr(line, " " FAIL_MARK " ");
		if (mark != NULL && mark < line + len)
			put_comment("", line, len);
	}
}

static bool
write_log(const struct play *p)
{
	FILE *f = fopen(p->script.path, "w");

	if (f == NULL) {
		fprintf(stderr, "%s: %s\n", p->script.path, strerror(errno));
		return false;
	}
	fprintf(f, "%s--- log\n%s", p->script.head, p->log);
	return fclose(f) == 0;
}

/* What the first comment of the file says. */
static char *
title(const struct play *p)
{
	const char *h = p->script.head;

	if (strncmp(h, "# ", 2) != 0)
		return xstrdup("");
	return xstrndup(h + 2, strcspn(h + 2, "\n"));
}

static bool
judge_log(const struct play *p, enum doing doing, unsigned number)
{
	const bool same = strcmp(p->log, p->script.log) == 0;
	const bool ok = p->failures == 0 && (same || doing == WRITE);
	char *words = title(p);

	if (doing == WRITE && p->failures == 0 && !same && !write_log(p))
		return false;
	if (p->failures > 0)
		tell_failures(p->log);
	else if (!ok)
		tell_difference(p->script.log, p->log);
	printf("%s %u - %s%s%s%s\n", ok ? "ok" : "not ok", number, p->script.name,
	    *words == '\0' ? "" : ": ", words,
	    doing == WRITE && !same && ok ? " (written)" : "");
	free(words);
	return ok;
}

static bool
play_file(const char *path, enum doing doing, unsigned number)
{
	struct play p;
	char *cause = NULL, *text;
	bool ok = false;

	memset(&p, 0, sizeof(p));
	if (script_read(&p.script, &p.world, path, &cause) != 0) {
		printf("# %s\nnot ok %u - %s\n", cause, number, path);
		free(cause);
		clear(&p);
		return false;
	}
	if (doing == CONFIG) {
		text = config_text(&p);
		fputs(text, stdout);
		free(text);
		clear(&p);
		return true;
	}
	run(&p);
	if (doing == SHOW) {
		printf("=== %s\n%s", p.script.name, p.log);
		ok = p.failures == 0;
	} else {
		ok = judge_log(&p, doing, number);
	}
	clear(&p);
	fflush(stdout);
	return ok;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = { { "show", no_argument, NULL, SHOW },
		{ "write", no_argument, NULL, WRITE },
		{ "config", no_argument, NULL, CONFIG }, { NULL, 0, NULL, 0 } };
	enum doing doing = COMPARE;
	bool ok = true;
	int c, i;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == '?')
			return 2;
		doing = (enum doing)c;
	}
	setenv("TZ", "UTC", 1);
	tzset();
	log_init("play", LOG_SINK_STDERR, LOGL_ERR);
	if (doing == COMPARE || doing == WRITE)
		printf("1..%d\n", argc - optind);
	for (i = optind; i < argc; i++)
		ok = play_file(argv[i], doing, (unsigned)(i - optind + 1)) && ok;
	return ok ? 0 : 1;
}
