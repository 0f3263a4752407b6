/*
 * SPDX-License-Identifier: Apache-2.0
 * What policies need of the world: a thread that looks, records, fences, time.
 *
 * Between policy/engine.h, which decides, and the loop. Looks take up to seconds, so
 * they run in a thread of their own, one after the other, each over the generation that
 * was newest when it was handed out; what comes of it returns as a letter. The thread
 * yields to everybody (nice 10), and ends what it does when its time is over or
 * clustersetd stops. Control itself never plans.
 */
#include "subagent/control_impl.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "subagent/fence.h"

#define WORKER_NICE 10

struct look { /* a job on its way there and back */
	struct mail mail;
	struct control *control;
	struct policy_job *job;
	msec_t until; /* its time is over then */
	STAILQ_ENTRY(look) next;
};

struct policies {
	pthread_t thread;
	bool running;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	STAILQ_HEAD(, look) looks;
	_Atomic bool quit;
	struct event *soon;
	struct fences *fences;
};

/* --- the worker ---------------------------------------------------------------------
 */

/* In control: the job is back. */
static void
on_look(struct mail *mail)
{
	const struct model_now now = control_now();
	struct look *l = (struct look *)mail;
	struct control *c = l->control;

	if (c->stopping) {
		policy_job_free(l->job);
	} else {
		engine_done(c->engine, l->job, &now);
		moving_settle(c);
	}
	free(l);
}

struct patience {
	const struct policies *policies;
	msec_t until;
};

static bool
over(void *arg)
{
	const struct patience *p = arg;

	return atomic_load(&p->policies->quit) || clock_ms() >= p->until;
}

static void *
worker(void *arg)
{
	struct policies *p = arg;
	struct patience patience = { p, 0 };
	struct look *l;

	pthread_setname_np(pthread_self(), "policies");
	setpriority(PRIO_PROCESS, (id_t)gettid(), WORKER_NICE); /* or as it is */
	for (;;) {
		pthread_mutex_lock(&p->lock);
		while (STAILQ_EMPTY(&p->looks) && !atomic_load(&p->quit))
			pthread_cond_wait(&p->wake, &p->lock);
		l = STAILQ_FIRST(&p->looks);
		if (l != NULL)
			STAILQ_REMOVE_HEAD(&p->looks, next);
		pthread_mutex_unlock(&p->lock);
		if (l == NULL)
			return NULL;
		patience.until = clock_ms() + l->until;
		if (!atomic_load(&p->quit))
			policy_job_run(l->job, over, &patience);
		mailbox_post(l->control->mailbox, &l->mail);
	}
}

/* False: there is none, and *cause says why. */
static bool
worker_start(struct policies *p)
{
	sigset_t all, old;
	int error;

	if (p->running)
		return true;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old); /* signals are the loop's */
	error = pthread_create(&p->thread, NULL, worker, p);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (error != 0)
		log_err("policy", "no thread to look with: %s", strerror(error));
	p->running = error == 0;
	return p->running;
}

static void
on_compute(void *arg, struct policy_job *job)
{
	struct control *c = arg;
	struct policies *p = c->policies;
	struct look *l = xcalloc(1, sizeof(*l));

	l->mail.deliver = on_look;
	l->control = c;
	l->job = job;
	l->until = c->settings->policies.look_time;
	if (!worker_start(p)) { /* as it is, it says that it did not run */
		mailbox_post(c->mailbox, &l->mail);
		return;
	}
	pthread_mutex_lock(&p->lock);
	STAILQ_INSERT_TAIL(&p->looks, l, next);
	pthread_cond_signal(&p->wake);
	pthread_mutex_unlock(&p->lock);
}

/* --- records, fences, time
 * ------------------------------------------------------------
 */

static void
on_record(void *arg, const char *space, const char *key, const char *value)
{
	struct store_batch *b = record_batch(arg);

	if (value == NULL)
		store_batch_del(b, space, key);
	else
		store_batch_put(b, space, key, value);
}

static void
on_fence(void *arg, size_t cluster)
{
	struct control *c = arg;

	fences_run(c->policies->fences, cluster);
}

static void
tick(struct control *c, const struct model_now *now)
{
	struct generation *g = generation_take(c->box);

	engine_tick(c->engine, g, now);
	if (g != NULL) {
		fences_look(c->policies->fences, g, now);
		generation_unref(g);
	}
	moving_settle(c);
}

static void
on_soon(evutil_socket_t fd, short what, void *arg)
{
	const struct model_now now = control_now();

	(void)fd;
	(void)what;
	tick(arg, &now);
}

void
policies_soon(struct control *c)
{
	event_active(c->policies->soon, EV_TIMEOUT, 0);
}

void
policies_tick(struct control *c, const struct model_now *now)
{
	tick(c, now);
}

void
policies_configured(struct control *c, const struct model_now *now)
{
	engine_configured(c->engine, c->settings, now);
}

void
policies_start(struct control *c, const struct model_now *now)
{
	engine_start(c->engine, now);
	moving_settle(c);
}

void
policies_tell_all(struct control *c)
{
	static const char *const spaces[] = { "policy", "plan" };
	size_t i;

	/* what went meanwhile must go there, too; no key is beyond this one */
	for (i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++)
		store_batch_del_before(record_batch(c), spaces[i], "\xf4\x8f\xbf\xbf");
	engine_tell_all(c->engine);
}

/* --- life ---------------------------------------------------------------------------
 */

void
policies_init(struct control *c)
{
	const struct engine_sink sink = { c, on_record, on_compute, on_fence };
	struct policies *p = xcalloc(1, sizeof(*p));

	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->wake, NULL);
	STAILQ_INIT(&p->looks);
	p->soon = event_new(c->base, -1, 0, on_soon, c);
	p->fences = fences_new(c);
	c->policies = p;
	c->engine = engine_new(c->model, c->moves, &sink);
}

void
policies_stop(struct control *c)
{
	struct policies *p = c->policies;

	if (p == NULL || !p->running)
		return;
	pthread_mutex_lock(&p->lock);
	atomic_store(&p->quit, true);
	pthread_cond_signal(&p->wake);
	pthread_mutex_unlock(&p->lock);
	pthread_join(p->thread, NULL);
	p->running = false;
}

void
policies_free(struct control *c)
{
	struct policies *p = c->policies;

	if (p == NULL)
		return;
	fences_free(p->fences);
	engine_free(c->engine);
	event_free(p->soon);
	pthread_cond_destroy(&p->wake);
	pthread_mutex_destroy(&p->lock);
	free(p);
}
