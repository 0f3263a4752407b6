/*
 * SPDX-License-Identifier: Apache-2.0
 * One run of one program: a child process on the event loop that can neither block it
 * nor leak.
 *
 * Used for every program that clustersetd calls (metrics, fence, and what the hooks'
 * engine adds). No shell; its own session and process group; environment from scratch;
 * every descriptor but its three standard ones closed; input on stdin, output on stdout
 * and stderr with a cap each (what comes after it is read and dropped). At the time-out
 * TERM goes to the group, and KILL `grace` later; when the program has ended, whatever
 * it left behind in its group is killed, too. `done` is called exactly once, from the
 * loop, never from run_start(). The process ignores SIGPIPE; all runs belong to one
 * thread.
 */
#ifndef HOOKS_RUN_H
#define HOOKS_RUN_H

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"

struct run;

struct run_program {
	char *const *argv; /* argv[0]: absolute path; NULL ends it; copied */
	char *const *env; /* "NAME=value"; NULL ends it; PATH and LANG are added */
	const char *input; /* copied; NULL: none */
	size_t input_len;
	msec_t timeout; /* until TERM; > 0 */
	msec_t grace; /* until KILL; > 0 */
	size_t output_max, error_max; /* bytes kept of each; 0: dropped */
};

enum run_end {
	RUN_EXITED, /* code is its exit code */
	RUN_SIGNALLED, /* code is the signal */
	RUN_TIMED_OUT, /* it was ended by us; code 0 */
	RUN_FAILED /* it could not be started: text says why */
};

struct run_result { /* borrowed for the call */
	enum run_end end;
	int code;
	const char *output, *error; /* NUL-terminated; may hold any other byte */
	size_t output_len, error_len;
	bool output_cut, error_cut; /* there was more */
	msec_t took;
	const char *text; /* how it ended, for a person: "exited with 3" */
};

typedef void run_done(void *arg, const struct run_result *);

/*
 * Starts it, or calls `done` with RUN_FAILED from the loop. Never NULL. The run ends
 * itself after done(); run_cancel() before that kills the group and calls nothing.
 */
struct run *run_start(
    struct event_base *, const struct run_program *, run_done *, void *arg);
void run_cancel(struct run *); /* NULL is fine */
/*
 * Cancels all runs and reaps them, within a second: before the event base is freed.
 */
void run_end_all(void);
/* Children that run now, in this process: for tests and csStats. */
unsigned run_count(void);

#endif
