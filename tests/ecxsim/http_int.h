/*
 * SPDX-License-Identifier: Apache-2.0
 * What http.c and spoil.c share: a request in flight and the listener it came through.
 * Nobody else includes this.
 */
#ifndef ECXSIM_HTTP_INT_H
#define ECXSIM_HTTP_INT_H

#include <event2/event.h>
#include <event2/http.h>
#include <sys/queue.h>

#include "tests/ecxsim/api.h"
#include "tests/ecxsim/http.h"

struct effect { /* an accepted command that has not happened yet */
	TAILQ_ENTRY(effect) entry;
	struct http *h;
	struct command cmd;
	struct timer *timer;
};
TAILQ_HEAD(effects, effect);

struct http {
	struct event_base *base;
	struct sim *sim;
	struct faults *faults;
	struct reqlog *log;
	struct tls *tls;
	struct timeval keepalive;
	struct effects effects;
};

struct job {
	TAILQ_ENTRY(job) entry;
	struct listener *l;
	struct evhttp_request *req;
	struct timer *timer; /* latency, deferred closing, dripping */
	struct strikes strikes;
	struct api_path path;
	struct api_reply reply;
	char *account;
	uint64_t number;
	size_t sent; /* drip */
};
TAILQ_HEAD(jobs, job);

struct listener {
	struct http *h;
	struct server *srv;
	struct evhttp *http; /* NULL while the API is down */
	int fd; /* bound but not listening while the API is down, else -1 */
	struct jobs jobs;
};

/* Closes the connection without an answer after ms; ends the job. */
void job_close(struct job *job, bool reset, int64_t ms);
/* Keeps the request for ever (until the client goes or the listener). */
void job_hang(struct job *job);
void job_answer(struct job *job);

/* spoil.c: what happens instead of looking at the request; true: all is done */
bool job_instead(struct job *job);
/* spoil.c: changes job->reply, or sends it in a bad manner (true: all is done) */
bool job_spoil(struct job *job);

void http_hold_effect(struct http *h, const struct command *cmd, int64_t ms);
void http_drop_effects(struct http *h);

#endif
