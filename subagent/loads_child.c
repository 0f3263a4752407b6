/*
 * SPDX-License-Identifier: Apache-2.0
 * The process that asks the nodes (asker.h): started, spoken to, watched, ended.
 *
 * It is this program in another mode. One that ends is started again, later and later;
 * one that says nothing for SILENCE_MS, or something that is no line of JSON, is killed
 * first. It can neither hold up the loop nor outlive it.
 */
#include "config.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "hooks/spawn.h"
#include "subagent/asker.h"
#include "subagent/loads.h"

#define SILENCE_MS    (5 * ASKER_BEAT_MS)
#define AGAIN_MS      1000 /* doubled each time */
#define AGAIN_MOST_MS 60000
#define LASTED_MS     60000 /* who ran so long was fine */
#define POLL_MS       100 /* where there is no pidfd */
#define END_MS        1000
#define TROUBLE       3 /* ends in a row that are told */

struct loads_child {
	struct event_base *base;
	struct loads_child_to to;
	bool wanted, runs, ended_by_us;
	pid_t pid;
	int pidfd;
	struct bufferevent *in, *out; /* its standard input and output */
	struct event *death, *again, *silence;
	msec_t began;
	unsigned failures; /* in a row */
	char *why; /* we killed it; NULL: we did not */
};

static void start(struct loads_child *);

static struct timeval
timeval_of(msec_t ms)
{
	return (struct timeval) { ms / 1000, ms % 1000 * 1000 };
}

/* --- its end
 * --------------------------------------------------------------------------
 */

static void
close_ends(struct loads_child *k)
{
	if (k->in != NULL)
		bufferevent_free(k->in);
	if (k->out != NULL)
		bufferevent_free(k->out);
	k->in = k->out = NULL;
}

static void
kill_it(struct loads_child *k, const char *why)
{
	if (!k->runs)
		return;
	if (why != NULL && k->why == NULL)
		k->why = xstrdup(why);
	kill(-k->pid, SIGKILL);
	close_ends(k);
	event_del(k->silence);
}

static void
over(struct loads_child *k)
{
	close_ends(k);
	if (k->death != NULL)
		event_free(k->death);
	k->death = NULL;
	if (k->pidfd >= 0)
		close(k->pidfd);
	k->pidfd = -1;
	event_del(k->silence);
	k->runs = false;
}

static void
again_later(struct loads_child *k, const char *text)
{
	msec_t wait = AGAIN_MS;
	unsigned i;
	struct timeval tv;

	for (i = 0; i < k->failures && wait < AGAIN_MOST_MS; i++)
		wait *= 2;
	if (wait > AGAIN_MOST_MS)
		wait = AGAIN_MOST_MS;
	k->failures++;
	tv = timeval_of(wait);
	event_add(k->again, &tv);
	log_warn("load", "the process that asks the nodes %s; again in %" PRId64 " s",
	    text, wait / 1000);
	if (k->failures >= TROUBLE)
		k->to.trouble(k->to.arg, text);
}

static void
on_death(evutil_socket_t fd, short what, void *arg)
{
	struct loads_child *k = arg;
	char *text, *all;
	int status;

	(void)fd;
	(void)what;
	if (!spawn_ended(k->pid, &status))
		return;
	over(k);
	text = spawn_status(status);
	all = k->why == NULL ? xstrdup(text) : xasprintf("%s and %s", k->why, text);
	free(text);
	xfree_clear(&k->why);
	if (clock_ms() - k->began > LASTED_MS)
		k->failures = 0;
	if (!k->wanted)
		;
	else if (k->ended_by_us)
		start(k);
	else
		again_later(k, all);
	free(all);
}

static void
on_silence(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	kill_it(arg, "did not say anything any more");
}

/* --- its lines
 * ------------------------------------------------------------------------
 */

static void
heard(struct loads_child *k)
{
	const struct timeval tv = timeval_of(SILENCE_MS);

	event_add(k->silence, &tv);
	if (k->failures > 0 && clock_ms() - k->began > LASTED_MS) {
		k->failures = 0;
		k->to.trouble(k->to.arg, NULL);
	}
}

/* False: it was killed. */
static bool
take_line(struct loads_child *k, const char *line, size_t len)
{
	json_t *o = len > ASKER_LINE_MAX ? NULL : json_loadb(line, len, 0, NULL);
	const bool good = json_is_object(o);

	if (good)
		k->to.line(k->to.arg, o);
	else
		kill_it(k, "said something that is no line of JSON");
	json_decref(o);
	return good;
}

static void
on_lines(struct bufferevent *out, void *arg)
{
	struct loads_child *k = arg;
	struct evbuffer *b = bufferevent_get_input(out);
	char *line;
	size_t len;
	bool good = true;

	heard(k);
	while (good && (line = evbuffer_readln(b, &len, EVBUFFER_EOL_LF)) != NULL) {
		good = take_line(k, line, len);
		free(line);
	}
	if (good && evbuffer_get_length(b) > ASKER_LINE_MAX)
		kill_it(k, "said a line without end");
}

static void
on_closed(struct bufferevent *bev, short what, void *arg)
{
	struct loads_child *k = arg;

	(void)bev;
	(void)what;
	kill_it(k, NULL); /* its death tells the rest */
}

/* --- its beginning
 * ----------------------------------------------------------------------
 */

/* By its own name, as ps shows it; by /proc when the file was replaced since. */
static char *
own_program(void)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n > 0) {
		path[n] = '\0';
		if (access(path, X_OK) == 0)
			return xstrdup(path);
	}
	return xstrdup("/proc/self/exe");
}

/* 0, or an errno. */
static int
spawn_it(struct loads_child *k, int *told, int *says)
{
	/* what it may need of ours: where the log goes, and what sanitizers are told */
	static const char *const passed[] = { "JOURNAL_STREAM", "ASAN_OPTIONS",
		"UBSAN_OPTIONS", "LSAN_OPTIONS" };
	char mibs[] = "MIBS=", mibdirs[] = "MIBDIRS=/dev/null", lang[] = "LANG=C.UTF-8";
	char confpath[] = "SNMPCONFPATH=/dev/null", child[] = "--load-child";
	char persistent[] = "SNMP_PERSISTENT_DIR=/dev/null", verbose[] = "-vv";
	char *env[5 + sizeof(passed) / sizeof(passed[0]) + 1] = { mibs, mibdirs, lang,
		confpath, persistent };
	char *program = own_program();
	char *argv[] = { program, child, log_get_level() >= LOGL_DEBUG ? verbose : NULL,
		NULL };
	int in[2], out[2], error = 0;
	size_t n = 5, i;

	for (i = 0; i < sizeof(passed) / sizeof(passed[0]); i++)
		if (getenv(passed[i]) != NULL)
			env[n++] = xasprintf("%s=%s", passed[i], getenv(passed[i]));
	*told = *says = -1;
	if (!spawn_pipe(in, 1))
		error = errno;
	else if (!spawn_pipe(out, 0)) {
		error = errno;
		close(in[0]);
		close(in[1]);
	}
	if (error == 0) {
		const int fd[3] = { in[0], out[1], STDERR_FILENO };

		error = spawn(argv, env, fd, &k->pid, &k->pidfd);
		close(in[0]);
		close(out[1]);
		*told = in[1];
		*says = out[0];
	}
	while (n > 5)
		free(env[--n]);
	free(program);
	return error;
}

static void
start(struct loads_child *k)
{
	const struct timeval often = timeval_of(POLL_MS);
	int told, says, error;
	char *text;

	k->ended_by_us = false;
	k->began = clock_ms();
	error = spawn_it(k, &told, &says);
	if (error != 0) {
		if (told >= 0)
			close(told);
		if (says >= 0)
			close(says);
		text = xasprintf("cannot be started: %s", strerror(error));
		again_later(k, text);
		free(text);
		return;
	}
	k->runs = true;
	k->death = event_new(k->base, k->pidfd,
	    k->pidfd < 0 ? EV_PERSIST : EV_READ | EV_PERSIST, on_death, k);
	event_add(k->death, k->pidfd < 0 ? &often : NULL);
	k->in = bufferevent_socket_new(k->base, told, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(k->in, NULL, NULL, on_closed, k);
	bufferevent_disable(k->in, EV_READ);
	k->out = bufferevent_socket_new(k->base, says, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(k->out, on_lines, NULL, on_closed, k);
	bufferevent_disable(k->out, EV_WRITE);
	bufferevent_enable(k->out, EV_READ);
	heard(k);
	log_debug("load", "pid=%d asks the nodes", (int)k->pid);
	k->to.started(k->to.arg);
}

static void
on_again(evutil_socket_t fd, short what, void *arg)
{
	struct loads_child *k = arg;

	(void)fd;
	(void)what;
	if (k->wanted && !k->runs)
		start(k);
}

/* --- what control asks for
 * ------------------------------------------------------------- */

struct loads_child *
loads_child_new(struct event_base *base, const struct loads_child_to *to)
{
	struct loads_child *k = xcalloc(1, sizeof(*k));

	k->base = base;
	k->to = *to;
	k->pidfd = -1;
	k->again = event_new(base, -1, 0, on_again, k);
	k->silence = event_new(base, -1, 0, on_silence, k);
	return k;
}

void
loads_child_want(struct loads_child *k, bool wanted)
{
	const bool was = k->wanted;

	k->wanted = wanted;
	if (wanted && !was) {
		k->failures = 0;
		if (k->runs)
			k->ended_by_us = true; /* it is being ended still */
		else
			start(k);
	} else if (!wanted && was) {
		event_del(k->again);
		k->to.trouble(k->to.arg, NULL);
		kill_it(k, NULL);
	}
}

void
loads_child_restart(struct loads_child *k)
{
	k->ended_by_us = true;
	if (k->runs)
		kill_it(k, NULL);
	else if (k->wanted) {
		/* whatever made it end may be mended */
		event_del(k->again);
		start(k);
	}
}

void
loads_child_tell(struct loads_child *k, json_t *line)
{
	char *text;

	if (k->runs && k->in != NULL) {
		text = json_dumps(line, JSON_COMPACT);
		if (text != NULL) {
			bufferevent_write(k->in, text, strlen(text));
			bufferevent_write(k->in, "\n", 1);
			explicit_bzero(text, strlen(text));
			free(text);
		}
	}
	json_decref(line);
}

bool
loads_child_runs(const struct loads_child *k)
{
	return k->runs && k->in != NULL;
}

void
loads_child_free(struct loads_child *k)
{
	msec_t deadline;
	int status;

	if (k == NULL)
		return;
	k->wanted = false;
	if (k->runs) {
		kill_it(k, NULL);
		deadline = clock_ms() + END_MS;
		while (!spawn_ended(k->pid, &status) && clock_ms() < deadline)
			poll(NULL, 0, 1);
		over(k);
	}
	event_free(k->again);
	event_free(k->silence);
	free(k->why);
	free(k);
}
