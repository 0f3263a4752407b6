/*
 * SPDX-License-Identifier: Apache-2.0
 * clpcfdel from its options to its exit; see clpcfdel.h.
 */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/clpcfdel.h"

static int
complain(int code, const char *cause)
{
	fprintf(stderr, "clpcfdel: %s\n", cause == NULL ? "failed" : cause);
	return code;
}

/* The group that an edit is about; NULL for a monitor. */
static const char *
concerned(const struct clpcfdel *p, const struct clpconf *conf)
{
	const struct clpconf_facts *f = clpconf_facts(conf);
	size_t i;

	switch (p->request.what) {
	case CLPCONF_RSC:
		return p->request.group;
	case CLPCONF_GRP:
		return p->request.name;
	case CLPCONF_RSCDEP:
		i = clpconf_find_resource(conf, p->request.type, p->request.name);
		return i == CLPCONF_NONE || f->resources[i].group == CLPCONF_NONE
		    ? NULL
		    : f->groups[f->resources[i].group].name;
	case CLPCONF_MON:
		break;
	}
	return NULL;
}

static int
dry_run(const struct clpcfdel *p, const struct clpconf *conf,
    const struct clpconf_plan *plan)
{
	char *cause = NULL;
	int ret = CLPCFDEL_DONE;

	clpcfdel_diff(
	    conf, plan, p->file, p->output == NULL ? p->file : p->output, stdout);
	fputc('\n', stdout);
	clpcfdel_consequences(plan, stdout);
	if (p->output == NULL &&
	    clpcfdel_move_scripts(p, plan, true, stdout, &cause) != 0)
		ret = complain(CLPCFDEL_FAILED, cause);
	fputs("\nNothing was changed (--dry-run).\n", stdout);
	free(cause);
	return ret;
}

/* A scripts directory that was named must be there before anything is changed. */
static int
scripts_exist(const struct clpcfdel *p, char **cause)
{
	if (p->scripts == NULL)
		return 0;
	if (p->output != NULL)
		return cause_set(cause,
		    "--scripts and --output exclude each other: --output leaves "
		    "everything "
		    "else alone");
	if (access(p->scripts, W_OK | X_OK) != 0)
		return cause_set(cause,
		    "scripts directory %s cannot be used: %m; nothing was changed",
		    p->scripts);
	return 0;
}

/* The new file and, where the old one is replaced, its scripts; what is to be said of
 * them is in *said. Signals are held when something was replaced. */
static int
do_it(struct clpcfdel *p, const struct clpconf *conf, const struct clpconf_plan *plan,
    char **note, char **said)
{
	char *cause = NULL, *backup = NULL;
	bool refused = false;
	const char *old;
	size_t size, old_len;
	FILE *f;
	int ret = CLPCFDEL_DONE;

	if (p->output != NULL) {
		if (clpcfdel_create(
		        p->output, p->file, plan->bytes, plan->len, &cause) != 0)
			ret = complain(CLPCFDEL_FAILED, cause);
		else
			p->done = xasprintf("%s is written", p->output);
		free(cause);
		return ret;
	}
	old = clpconf_bytes(conf, &old_len);
	if (clpcfdel_replace(p->file, old, old_len, plan->bytes, plan->len, &backup,
	        note, &refused, &cause) != 0) {
		ret = complain(refused ? CLPCFDEL_REFUSED : CLPCFDEL_FAILED, cause);
		free(cause);
		return ret;
	}
	p->done =
	    xasprintf("%s WAS changed; %s is the file as it was", p->file, backup);
	f = open_memstream(said, &size);
	if (f == NULL)
		abort();
	if (clpcfdel_move_scripts(p, plan, false, f, &cause) != 0)
		ret = complain(CLPCFDEL_FAILED, cause);
	fprintf(f, "%-8s %s is the file as it was\n", "backup", backup);
	fclose(f);
	free(cause);
	free(backup);
	return ret;
}

/* All of the work comes before the first word of it: who stops listening, or calls it
 * off, finds the file and its scripts done or neither. */
static int
write_it(
    struct clpcfdel *p, const struct clpconf *conf, const struct clpconf_plan *plan)
{
	char *note = NULL, *said = NULL;
	int ret = do_it(p, conf, plan, &note, &said);

	if (p->done == NULL)
		goto out;
	if (clpcfdel_is_called_off())
		complain(ret, p->done);
	clpcfdel_hold_signals(false);
	clpcfdel_consequences(plan, stdout);
	if (note != NULL)
		printf("%-8s %s\n", "WARNING", note);
	if (said != NULL)
		fputs(said, stdout);
	else
		printf("%-8s %s; %s and its scripts stay as they are\n", "written",
		    p->output, p->file);
	clpcfdel_how_to_apply(
	    conf, p->output == NULL ? p->file : p->output, concerned(p, conf), stdout);
out:
	free(note);
	free(said);
	return ret;
}

static int
edit(struct clpcfdel *p, const struct clpconf *conf)
{
	struct clpconf_plan *plan;
	char *cause = NULL;
	int ret;

	if (scripts_exist(p, &cause) != 0) {
		ret = complain(
		    p->output == NULL ? CLPCFDEL_FAILED : CLPCFDEL_USAGE, cause);
		free(cause);
		return ret;
	}
	plan = clpconf_plan(conf, &p->request, &cause);
	if (plan->end != CLPCONF_PLANNED) {
		ret = complain(
		    plan->end == CLPCONF_NOT_FOUND ? CLPCFDEL_FAILED : CLPCFDEL_REFUSED,
		    cause);
		fputs("clpcfdel: nothing was changed\n", stderr);
	} else
		ret = p->dry_run ? dry_run(p, conf, plan) : write_it(p, conf, plan);
	clpconf_plan_free(plan);
	free(cause);
	return ret;
}

/* What was said must have been heard: a full disk behind a redirection is a failure.
 * Where nothing was done who stops listening ends us as any other tool; where something
 * was, it is said on the other way out. */
static int
flushed(const char *done, int ret)
{
	int error;
	char *text;

	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return ret;
	error = errno != 0 ? errno : EIO;
	if (done == NULL && error == EPIPE) {
		signal(SIGPIPE, SIG_DFL);
		raise(SIGPIPE);
	}
	text = xasprintf("standard output cannot be written (%s)%s%s", strerror(error),
	    done != NULL ? "; " : "", done != NULL ? done : "");
	complain(CLPCFDEL_FAILED, text);
	free(text);
	return CLPCFDEL_FAILED;
}

int
clpcfdel_run(int argc, char **argv)
{
	struct clpcfdel p;
	struct clpconf *conf;
	char *cause = NULL;
	bool refused = false;
	int ret;

	signal(SIGPIPE, SIG_IGN);
	ret = clpcfdel_options(&p, argc, argv);
	if (ret >= 0)
		return flushed(NULL, ret);
	if (p.action == CLPCFDEL_DELETE && p.output == NULL &&
	    clpcfdel_replaceable(p.file, &cause) != 0) {
		ret = complain(CLPCFDEL_REFUSED, cause);
		free(cause);
		return ret;
	}
	conf = clpconf_load(p.file, &refused, &cause);
	if (conf == NULL) {
		ret = complain(refused ? CLPCFDEL_REFUSED : CLPCFDEL_FAILED, cause);
		if (!p.file_said)
			fputs("clpcfdel: another file is named with -f\n", stderr);
		free(cause);
		return ret;
	}
	if (p.action == CLPCFDEL_CHECK)
		ret = clpcfdel_check(conf, p.file, stdout);
	else if (p.action == CLPCFDEL_LIST) {
		clpcfdel_list(conf, stdout);
		ret = CLPCFDEL_DONE;
	} else
		ret = edit(&p, conf);
	clpconf_free(conf);
	ret = flushed(p.done, ret);
	free(p.done);
	return ret;
}
