/*
 * SPDX-License-Identifier: Apache-2.0
 * One round of one cluster: whom to ask, whether they agree, whom to ask again.
 *
 * A calm round asks one server, in turns, and compares with what the others said last.
 * A difference, a failure or a wish for every server leads to a pass over all of them;
 * a pass whose answers differ is repeated once, after a pause in which a change can
 * reach all servers. Who answered while a silent server was waited for is asked again,
 * so that the answers are fresh. The observation is stamped with the start of the last
 * pass.
 */
#include <event2/event.h>
#include <event2/util.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/stats.h"
#include "ecx/backoff.h"
#include "ecx/digest.h"
#include "ecx/member.h"

#define REASK_PAUSE  300 /* ms */
#define STALE        1000 /* ms: a pass that waited longer for the silent is repeated */
#define FAST_RETRIES 10 /* fast intervals until a silent server is asked again */

enum pass { PASS_ONE, PASS_OTHERS, PASS_ALL, PASS_AGAIN, PASS_READ };

struct round {
	struct ecx_member *member;
	struct observation *obs;
	struct ask **asks; /* per target; NULL: not being asked */
	struct event *pause;
	enum pass pass;
	bool paused; /* a difference was given time to pass */
	size_t pending;
};

/* --- targets ------------------------------------------------------------------ */

bool
round_may_ask(const struct ecx_member *m, size_t server, msec_t now)
{
	return now >= m->targets[server].not_before;
}

static unsigned
dice(void)
{
	unsigned n;

	evutil_secure_rng_get_bytes(&n, sizeof(n));
	return n;
}

static const char *
target_name(const struct ecx_member *m, size_t server)
{
	return server < m->settings->nservers ? m->settings->servers[server].name
	                                      : "read-url";
}

static void
remember(struct ecx_member *m, size_t server, const struct obs_view *v)
{
	const struct poll_settings *p = &m->poller->settings->poll;
	struct ecx_target *t = &m->targets[server];
	msec_t first = poller_interval(m), most = p->backoff_max;

	if (v->reach == REACH_OK) {
		if (t->failures > 0)
			log_notice("ecx", "cluster=%s %s answers again",
			    m->settings->name, target_name(m, server));
		t->failures = 0;
		t->not_before = 0;
		t->denied = false;
		t->known = server < m->settings->nservers;
		t->digest = digest_view(v);
		return;
	}
	if (m->fast && FAST_RETRIES * first < most)
		most = FAST_RETRIES * first; /* a move may wait for proof */
	stat_add(STAT_POLL_ERRORS, 1);
	t->failures++;
	t->known = false;
	t->denied = v->reach == REACH_DENIED;
	t->not_before = clock_ms() +
	    (t->denied ? backoff_denied(p->backoff_denied, dice())
	               : backoff_delay(t->failures, first, most, dice()));
	if (t->failures == 1) { /* it may come back as another release */
		log_notice("ecx", "cluster=%s %s", m->settings->name, v->error);
		groupmap_free(m->map);
		m->map = NULL;
	}
}

/* Does this answer differ from the last one of another server? */
static bool
differs(const struct ecx_member *m, size_t server)
{
	size_t i;

	for (i = 0; i < m->settings->nservers; i++)
		if (i != server && m->targets[i].known &&
		    m->targets[i].digest != m->targets[server].digest)
			return true;
	return false;
}

/* Do the answers of this round's last pass differ? */
static bool
disagree(const struct round *r)
{
	const struct obs_view *first = NULL, *v;
	size_t i;

	for (i = 0; i < r->member->settings->nservers; i++) {
		v = &r->obs->views[i];
		if (v->reach != REACH_OK)
			continue;
		if (first == NULL)
			first = v;
		else if (!obs_views_agree(first, v, NULL))
			return true;
	}
	return false;
}

/* --- passes -------------------------------------------------------------------- */

static void pass_over(struct round *);

static void
on_asked(size_t server, void *arg)
{
	struct round *r = arg;

	r->asks[server] = NULL;
	remember(r->member, server, &r->obs->views[server]);
	if (--r->pending == 0)
		pass_over(r);
}

static void
ask(struct round *r, size_t server)
{
	struct obs_view *v = &r->obs->views[server];
	size_t n = r->member->settings->nservers;

	obs_view_clear(v);
	v->server = server < n ? server : SIZE_MAX;
	r->pending++;
	r->asks[server] = ask_start(r->member, server, v, on_asked, r);
}

static void
begin(struct round *r, enum pass pass)
{
	r->pass = pass;
	r->obs->start = clock_ms();
	r->obs->wall = time(NULL);
}

/* Asks those servers that `pass` is about. False: there is none. */
static bool
ask_servers(struct round *r, enum pass pass)
{
	struct ecx_member *m = r->member;
	enum ecx_reach reach;
	msec_t now = clock_ms();
	size_t i;

	begin(r, pass);
	for (i = 0; i < m->settings->nservers; i++) {
		reach = r->obs->views[i].reach;
		if (pass == PASS_AGAIN ? reach == REACH_OK
		                       : round_may_ask(m, i, now) &&
		            (pass == PASS_ALL || reach == REACH_UNASKED))
			ask(r, i);
	}
	return r->pending > 0;
}

/* The next server in turn; nservers: none may be asked. */
static size_t
next_in_turn(struct ecx_member *m)
{
	size_t n = m->settings->nservers, i, s;

	for (i = 1; i <= n; i++) {
		s = (m->turn + i) % n;
		if (round_may_ask(m, s, clock_ms()))
			return m->turn = s;
	}
	return n;
}

static bool
ask_read_url(struct round *r)
{
	size_t n = r->member->settings->nservers;

	if (r->member->settings->read_url == NULL ||
	    !round_may_ask(r->member, n, clock_ms()))
		return false;
	begin(r, PASS_READ);
	r->obs->nviews = n + 1;
	ask(r, n);
	return true;
}

/* --- the end --------------------------------------------------------------------- */

static void
round_free(struct round *r)
{
	r->member->round = NULL;
	observation_free(r->obs);
	event_free(r->pause);
	free(r->asks);
	free(r);
}

static void
finish(struct round *r)
{
	struct ecx_member *m = r->member;
	struct observation *o = r->obs;
	size_t i;

	o->end = clock_ms();
	o->every_server = true;
	for (i = 0; i < m->settings->nservers; i++)
		if (o->views[i].reach == REACH_UNASKED)
			o->every_server = false;
	r->obs = NULL;
	round_free(r);
	poller_round_done(m, o);
}

static bool
somebody_answered(const struct round *r)
{
	size_t i;

	for (i = 0; i < r->member->settings->nservers; i++)
		if (r->obs->views[i].reach == REACH_OK)
			return true;
	return false;
}

static bool
somebody_failed(const struct round *r)
{
	size_t i;

	for (i = 0; i < r->member->settings->nservers; i++)
		if (r->obs->views[i].reach > REACH_UNASKED)
			return true;
	return false;
}

static void
on_pause(evutil_socket_t fd, short what, void *arg)
{
	struct round *r = arg;

	(void)fd;
	(void)what;
	ask_servers(r, PASS_AGAIN);
}

/* After a pass over more than one server: is there a reason for one more? */
static bool
ask_again(struct round *r)
{
	static const struct timeval pause = { 0, REASK_PAUSE * 1000 };

	if (!r->paused && disagree(r)) {
		r->paused = true;
		event_add(r->pause, &pause);
		return true;
	}
	return r->pass != PASS_AGAIN && clock_ms() - r->obs->start > STALE &&
	    somebody_failed(r) && ask_servers(r, PASS_AGAIN);
}

static void
pass_over(struct round *r)
{
	bool answered = somebody_answered(r);

	if (r->pass == PASS_ONE) {
		if (answered && differs(r->member, r->member->turn) &&
		    ask_servers(r, PASS_ALL))
			return;
		if (!answered && ask_servers(r, PASS_OTHERS))
			return;
	} else if (r->pass != PASS_READ && answered && ask_again(r)) {
		return;
	}
	if (!answered && r->pass != PASS_READ && ask_read_url(r))
		return;
	finish(r);
}

void
round_start(struct ecx_member *m, bool every_server)
{
	size_t n = m->settings->nservers, i, one;
	struct round *r = xcalloc(1, sizeof(*r));

	m->round = r;
	r->member = m;
	r->asks = xcalloc(n + 1, sizeof(*r->asks));
	r->pause = evtimer_new(m->poller->base, on_pause, r);
	r->obs = xcalloc(1, sizeof(*r->obs));
	r->obs->views = xcalloc(n + 1, sizeof(*r->obs->views));
	r->obs->nviews = n;
	for (i = 0; i <= n; i++) {
		r->obs->views[i].server = i < n ? i : SIZE_MAX;
		r->obs->views[i].reach = REACH_UNASKED;
	}
	if (every_server) {
		if (ask_servers(r, PASS_ALL))
			return;
	} else if ((one = next_in_turn(m)) < n) {
		begin(r, PASS_ONE);
		ask(r, one);
		return;
	}
	if (!ask_read_url(r))
		finish(r);
}

void
round_cancel(struct ecx_member *m)
{
	size_t i;

	if (m->round == NULL)
		return;
	for (i = 0; i <= m->settings->nservers; i++)
		ask_cancel(m->round->asks[i]);
	round_free(m->round);
}
