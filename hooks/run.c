/*
 * SPDX-License-Identifier: Apache-2.0
 * One run of one program. See run.h.
 *
 * A run ends with the death of the child, not with the end of its output: what is in
 * the pipes by then is taken, and whoever else holds them open is not waited for.
 */
#include "config.h"

#include "hooks/run.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "hooks/spawn.h"

#define CHUNK 65536 /* read at a time: a pipe holds as much */
#define LAST_READS                                                        \
	32 /* after the child's end: what somebody else writes is not its \
	    */
#define POLL_MS    20 /* where the kernel has no pidfd */
#define END_ALL_MS 1000

enum { OUTPUT, ERROR, STREAMS };

static const char *const added[] = {
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	"LANG=C.UTF-8",
};
#define NADDED (sizeof(added) / sizeof(added[0]))

struct stream {
	int fd; /* -1: closed */
	struct event *event;
	char *text;
	size_t len, max;
	bool cut;
};

struct run {
	LIST_ENTRY(run) next;
	run_done *done; /* NULL: cancelled, it is only reaped */
	void *arg;
	pid_t pid;
	int pidfd;
	int status;
	char *failure; /* why it was not started */
	msec_t began, timeout, grace;
	bool timed_out, killed;
	struct event *death, *timer;
	struct stream stream[STREAMS];
	char *input;
	size_t input_len, input_done;
	int input_fd;
	struct event *input_event;
};

static LIST_HEAD(, run) runs = LIST_HEAD_INITIALIZER(runs);

static struct timeval
timeval_of(msec_t ms)
{
	return (struct timeval) { ms / 1000, ms % 1000 * 1000 };
}

/* --- what goes in and comes out -----------------------------------------------------
 */

static void
close_watched(int *fd, struct event **event)
{
	if (*event != NULL)
		event_free(*event);
	*event = NULL;
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void
on_input(evutil_socket_t fd, short what, void *arg)
{
	struct run *r = arg;
	ssize_t n;

	(void)what;
	n = write(fd, r->input + r->input_done, r->input_len - r->input_done);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		r->input_done += (size_t)n;
	/* a program need not read its input: EPIPE is no error */
	if (n < 0 || r->input_done == r->input_len)
		close_watched(&r->input_fd, &r->input_event);
}

static void
keep(struct stream *s, const char *text, size_t n)
{
	const size_t room = s->max - s->len, take = n < room ? n : room;

	if (take < n)
		s->cut = true;
	if (take == 0)
		return;
	s->text = xreallocarray(s->text, s->len + take + 1, 1);
	memcpy(s->text + s->len, text, take);
	s->len += take;
	s->text[s->len] = '\0';
}

/* One piece; false: there is none now. */
static bool
take(struct stream *s)
{
	char piece[CHUNK];
	ssize_t n = read(s->fd, piece, sizeof(piece));

	if (n > 0) {
		keep(s, piece, (size_t)n);
		return true;
	}
	if (n == 0 || (errno != EAGAIN && errno != EINTR))
		close_watched(&s->fd, &s->event);
	return false;
}

static void
on_output(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	take(arg);
}

/* --- the end -------------------------------------------------------------------------
 */

static void
run_free(struct run *r)
{
	size_t i;

	for (i = 0; i < STREAMS; i++) {
		close_watched(&r->stream[i].fd, &r->stream[i].event);
		free(r->stream[i].text);
	}
	close_watched(&r->input_fd, &r->input_event);
	close_watched(&r->pidfd, &r->death);
	if (r->timer != NULL)
		event_free(r->timer);
	free(r->failure);
	free(r->input);
	free(r);
}

static char *
words(const struct run *r, enum run_end end)
{
	char *status, *text;

	if (end == RUN_FAILED)
		return xstrdup(r->failure);
	if (end != RUN_TIMED_OUT)
		return spawn_status(r->status);
	status = spawn_status(r->status);
	text = xasprintf("did not end within %" PRId64 ".%" PRId64 " s, then %s%s",
	    r->timeout / 1000, r->timeout % 1000 / 100, r->killed ? "killed: " : "",
	    status);
	free(status);
	return text;
}

static void
finish(struct run *r)
{
	struct run_result result = { .took = clock_ms() - r->began };
	struct stream *out = &r->stream[OUTPUT], *err = &r->stream[ERROR];
	run_done *done = r->done;
	char *text;
	size_t i;
	int n;

	LIST_REMOVE(r, next);
	if (done == NULL) {
		run_free(r);
		return;
	}
	for (i = 0; i < STREAMS; i++)
		for (n = 0; n < LAST_READS && r->stream[i].fd >= 0; n++)
			if (!take(&r->stream[i]))
				break;
	result.end = r->failure != NULL ? RUN_FAILED
	    : r->timed_out              ? RUN_TIMED_OUT
	    : WIFEXITED(r->status)      ? RUN_EXITED
	                                : RUN_SIGNALLED;
	if (result.end == RUN_EXITED)
		result.code = WEXITSTATUS(r->status);
	else if (result.end == RUN_SIGNALLED)
		result.code = WTERMSIG(r->status);
	result.output = out->text == NULL ? "" : out->text;
	result.output_len = out->len;
	result.output_cut = out->cut;
	result.error = err->text == NULL ? "" : err->text;
	result.error_len = err->len;
	result.error_cut = err->cut;
	text = words(r, result.end);
	result.text = text;
	r->done = NULL; /* a cancel from within is too late */
	done(r->arg, &result);
	free(text);
	run_free(r);
}

/* Also by POLL_MS, where there is no pidfd. */
static void
on_death(evutil_socket_t fd, short what, void *arg)
{
	struct run *r = arg;

	(void)fd;
	(void)what;
	if (r->failure != NULL || spawn_ended(r->pid, &r->status))
		finish(r);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct run *r = arg;
	const struct timeval grace = timeval_of(r->grace);

	(void)fd;
	(void)what;
	if (!r->timed_out) {
		r->timed_out = true;
		kill(-r->pid, SIGTERM);
		event_add(r->timer, &grace);
		return;
	}
	r->killed = true;
	kill(-r->pid, SIGKILL);
}

/* --- the beginning
 * ---------------------------------------------------------------------
 */

static bool
has(char *const *env, const char *name, size_t len)
{
	for (; env != NULL && *env != NULL; env++)
		if (strncmp(*env, name, len) == 0)
			return true;
	return false;
}

/* Borrows its words. The caller frees the array. */
static const char **
environment(char *const *env)
{
	const char **all;
	size_t n = 0, i;

	while (env != NULL && env[n] != NULL)
		n++;
	all = xcalloc(n + NADDED + 1, sizeof(*all));
	for (i = 0; i < n; i++)
		all[i] = env[i];
	for (i = 0; i < NADDED; i++)
		if (!has(env, added[i], (size_t)(strchr(added[i], '=') - added[i]) + 1))
			all[n++] = added[i];
	return all;
}

static void
close_if(int fd)
{
	if (fd >= 0)
		close(fd);
}

/* 0, or an errno. */
static int
start(struct run *r, const struct run_program *p)
{
	int in[2] = { -1, -1 }, out[2] = { -1, -1 }, err[2] = { -1, -1 }, error = 0;
	const char **env = environment(p->env);

	if ((p->input_len > 0 && !spawn_pipe(in, 1)) ||
	    (p->output_max > 0 && !spawn_pipe(out, 0)) ||
	    (p->error_max > 0 && !spawn_pipe(err, 0)))
		error = errno;
	if (error == 0) {
		const int fd[3] = { in[0], out[1], err[1] };

		error = spawn(p->argv, (char *const *)env, fd, &r->pid, &r->pidfd);
	}
	free(env);
	close_if(in[0]);
	close_if(out[1]);
	close_if(err[1]);
	r->input_fd = in[1];
	r->stream[OUTPUT].fd = out[0];
	r->stream[ERROR].fd = err[0];
	return error;
}

static void
watch(struct event_base *base, struct stream *s)
{
	if (s->fd < 0)
		return;
	s->event = event_new(base, s->fd, EV_READ | EV_PERSIST, on_output, s);
	event_add(s->event, NULL);
}

static void
watch_all(struct run *r, struct event_base *base, const struct run_program *p)
{
	const struct timeval timeout = timeval_of(p->timeout);
	const struct timeval often = timeval_of(POLL_MS);

	watch(base, &r->stream[OUTPUT]);
	watch(base, &r->stream[ERROR]);
	if (r->input_fd >= 0) {
		r->input = xmalloc(p->input_len);
		memcpy(r->input, p->input, p->input_len);
		r->input_len = p->input_len;
		r->input_event =
		    event_new(base, r->input_fd, EV_WRITE | EV_PERSIST, on_input, r);
		event_add(r->input_event, NULL);
	}
	r->death = event_new(base, r->pidfd,
	    r->pidfd < 0 ? EV_PERSIST : EV_READ | EV_PERSIST, on_death, r);
	event_add(r->death, r->pidfd < 0 ? &often : NULL);
	r->timer = event_new(base, -1, 0, on_timer, r);
	event_add(r->timer, &timeout);
}

struct run *
run_start(
    struct event_base *base, const struct run_program *p, run_done *done, void *arg)
{
	struct run *r = xcalloc(1, sizeof(*r));
	size_t i;
	int error;

	r->done = done;
	r->arg = arg;
	r->timeout = p->timeout;
	r->grace = p->grace;
	r->pidfd = r->input_fd = -1;
	for (i = 0; i < STREAMS; i++)
		r->stream[i].fd = -1;
	r->stream[OUTPUT].max = p->output_max;
	r->stream[ERROR].max = p->error_max;
	r->began = clock_ms();
	LIST_INSERT_HEAD(&runs, r, next);
	error = start(r, p);
	if (error == 0) {
		watch_all(r, base, p);
		return r;
	}
	cause_set(&r->failure, "%s cannot be started: %s", p->argv[0], strerror(error));
	r->death = event_new(base, -1, 0, on_death, r);
	event_active(r->death, EV_TIMEOUT, 0);
	return r;
}

void
run_cancel(struct run *r)
{
	size_t i;

	if (r == NULL || r->done == NULL)
		return;
	r->done = NULL;
	if (r->failure != NULL) {
		finish(r);
		return;
	}
	kill(-r->pid, SIGKILL);
	for (i = 0; i < STREAMS; i++)
		close_watched(&r->stream[i].fd, &r->stream[i].event);
	close_watched(&r->input_fd, &r->input_event);
	event_del(r->timer);
	if (spawn_ended(r->pid, &r->status))
		finish(r);
}

void
run_end_all(void)
{
	const msec_t deadline = clock_ms() + END_ALL_MS;
	struct run *r, *next;

	for (r = LIST_FIRST(&runs); r != NULL; r = next) {
		next = LIST_NEXT(r, next);
		run_cancel(r);
	}
	while (!LIST_EMPTY(&runs)) {
		for (r = LIST_FIRST(&runs); r != NULL; r = next) {
			next = LIST_NEXT(r, next);
			if (spawn_ended(r->pid, &r->status) || clock_ms() > deadline)
				finish(r); /* init reaps what hangs in the kernel */
		}
		if (!LIST_EMPTY(&runs))
			poll(NULL, 0, 1);
	}
}

unsigned
run_count(void)
{
	const struct run *r;
	unsigned n = 0;

	LIST_FOREACH(r, &runs, next)
	n += r->failure == NULL;
	return n;
}
