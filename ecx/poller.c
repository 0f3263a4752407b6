/*
 * SPDX-License-Identifier: Apache-2.0
 * When each cluster is asked. See poller.h.
 *
 * Owns the members and their timers; a round belongs to round.c. A member without a
 * round under way has its timer set unless it is ignored.
 */
#include "ecx/poller.h"

#include <event2/event.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/stats.h"
#include "base/text.h"
#include "ecx/member.h"

#define SPREAD_MS    10 /* between the first rounds of two clusters, at most */
#define KICK_GAP     250 /* between the starts of two rounds that were kicked off */
#define CA_SPELLINGS 64
#define REST_MS      50 /* between the end of a round and the next */

/* --- timing --------------------------------------------------------------------- */

msec_t
poller_interval(const struct ecx_member *m)
{
	const struct poll_settings *p = &m->poller->settings->poll;

	if (m->fast)
		return p->fast_interval;
	return m->settings->interval > 0 ? m->settings->interval : p->interval;
}

static void
start_at(struct ecx_member *m, msec_t due)
{
	msec_t in = due - clock_ms();
	struct timeval tv = { 0, 0 };

	m->due = due;
	if (in > 0) {
		tv.tv_sec = in / 1000;
		tv.tv_usec = in % 1000 * 1000;
	}
	event_add(m->timer, &tv);
}

/* When somebody may be asked next. */
static msec_t
earliest(const struct ecx_member *m)
{
	size_t n = m->settings->nservers + (m->settings->read_url != NULL), i;
	msec_t t = m->targets[0].not_before;

	for (i = 1; i < n; i++)
		if (m->targets[i].not_before < t)
			t = m->targets[i].not_before;
	return t;
}

static msec_t
later(msec_t a, msec_t b)
{
	return a > b ? a : b;
}

/*
 * How long after the last round the next calm one comes: the interval, or less to get
 * back to the cluster's own moment of it. Else clusters that had fast rounds or were
 * asked by an operator together would be asked together for ever.
 */
static msec_t
calm_gap(const struct ecx_member *m)
{
	msec_t interval = poller_interval(m), phase, gap;

	phase = interval * (msec_t)m->index / (msec_t)m->poller->nmembers;
	gap =
	    interval - (m->last_start - m->poller->epoch + interval - phase) % interval;
	return gap < interval / 16 ? gap + interval : gap;
}

static void
schedule(struct ecx_member *m)
{
	msec_t due;

	if (m->ignored || m->round != NULL)
		return;
	due = m->last_start +
	    (m->eager > 0       ? m->eager
	            : m->kicked ? KICK_GAP
	            : m->fast   ? poller_interval(m)
	                        : calm_gap(m));
	due = later(due, later(m->last_end + REST_MS, m->asked + 1));
	start_at(m, later(due, earliest(m)));
}

/* Transport failures are forgiven: whoever asks now wants to know now. */
static void
forgive(struct ecx_member *m)
{
	size_t i;

	for (i = 0; i <= m->settings->nservers; i++)
		if (!m->targets[i].denied)
			m->targets[i].not_before = 0;
}

/* At its own address, that is. */
static bool
some_server_may_be_asked(const struct ecx_member *m)
{
	size_t i;

	for (i = 0; i < m->settings->nservers; i++)
		if (round_may_ask(m, i, clock_ms()))
			return true;
	return false;
}

static void
on_due(evutil_socket_t fd, short what, void *arg)
{
	struct ecx_member *m = arg;
	bool every = m->fast || m->eager > 0 || m->kicked || m->full;

	(void)fd;
	(void)what;
	/* a timer counts from the beginning of the turn of the loop that set it */
	if (clock_ms() < m->due) {
		start_at(m, m->due);
		return;
	}
	if (later(earliest(m), m->asked + 1) > clock_ms()) {
		schedule(m);
		return;
	}
	if (m->whole && some_server_may_be_asked(m)) {
		forgive(m); /* all at once, else those that are back differ in age */
		every = true;
		m->whole = false;
	}
	m->kicked = m->full = false;
	m->last_start = clock_ms();
	round_start(m, every);
}

void
poller_round_done(struct ecx_member *m, struct observation *o)
{
	static uint64_t seq;
	struct ecx_poller *p = m->poller;
	size_t nanswered = 0, i;

	for (i = 0; i < m->settings->nservers; i++)
		nanswered += o->views[i].reach == REACH_OK;
	m->whole = nanswered == 0;
	m->last_end = clock_ms();
	log_debug("ecx",
	    "cluster=%s round: %zu of %zu servers answered, %" PRId64 " ms",
	    m->settings->name, nanswered, m->settings->nservers, o->end - o->start);
	o->seq = ++seq;
	o->cluster = m->index;
	o->settings_seq = p->settings_seq;
	stat_add(STAT_POLLS, 1);
	schedule(m);
	p->cb(o, p->arg);
}

/* --- members ---------------------------------------------------------------------- */

static bool
same_credentials(const struct credentials *a, const struct credentials *b)
{
	return text_same(a->user, b->user) && text_same(a->password, b->password);
}

/* Would the same be asked of the same? */
static bool
same_cluster(const struct cluster_settings *a, const struct cluster_settings *b)
{
	size_t i;

	if (a->nservers != b->nservers || !text_same(a->name, b->name) ||
	    !text_same(a->base_path, b->base_path) ||
	    !text_same(a->read_url, b->read_url) ||
	    !text_same(a->ca_file, b->ca_file) || a->ca_mark != b->ca_mark ||
	    !text_same(a->pinned_key, b->pinned_key) || a->verify != b->verify ||
	    !same_credentials(&a->poll, &b->poll))
		return false;
	for (i = 0; i < a->nservers; i++)
		if (!text_same(a->servers[i].name, b->servers[i].name) ||
		    !text_same(a->servers[i].url, b->servers[i].url))
			return false;
	return true;
}

struct ca_seen { /* a CA file, as long as the poller lives */
	char *path;
	uint64_t mark; /* of its last text */
	int spelling;
	UT_hash_handle hh;
};

/*
 * The path of a CA file, spelled anew (/path, /./path, ...) whenever its text changed.
 * libcurl goes by the path: it reads and parses the file once, however many clusters
 * and handshakes there are, and keeps connections that it vouched for. What the old
 * text vouched for ends with the old spelling.
 */
static char *
ca_spell(struct ecx_poller *p, const struct cluster_settings *s)
{
	struct ca_seen *seen;
	char dots[2 * CA_SPELLINGS + 1];
	int i;

	if (s->ca_file == NULL)
		return NULL;
	HASH_FIND_STR(p->cas, s->ca_file, seen);
	if (seen == NULL) {
		seen = xcalloc(1, sizeof(*seen));
		seen->path = xstrdup(s->ca_file);
		seen->mark = s->ca_mark;
		HASH_ADD_KEYPTR(hh, p->cas, seen->path, strlen(seen->path), seen);
	} else if (seen->mark != s->ca_mark) {
		seen->mark = s->ca_mark;
		seen->spelling = (seen->spelling + 1) % CA_SPELLINGS;
	}
	for (i = 0; i < seen->spelling; i++)
		memcpy(dots + 2 * i, *s->ca_file == '/' ? "/." : "./", 2);
	dots[2 * i] = '\0';
	return xasprintf("%s%s", dots, s->ca_file);
}

static void
cas_free(struct ecx_poller *p)
{
	struct ca_seen *seen, *tmp;

	HASH_ITER (hh, p->cas, seen, tmp) {
		HASH_DEL(p->cas, seen);
		free(seen->path);
		free(seen);
	}
}

static struct ecx_member *
member_new(struct ecx_poller *p, const struct cluster_settings *s)
{
	struct ecx_member *m = xcalloc(1, sizeof(*m));
	const char *url;
	size_t i;

	m->poller = p;
	m->settings = s;
	m->ca_file = ca_spell(p, s);
	m->targets = xcalloc(s->nservers + 1, sizeof(*m->targets));
	for (i = 0; i <= s->nservers; i++) {
		url = i < s->nservers ? s->servers[i].url : s->read_url;
		if (url != NULL && strncasecmp(url, "https:", 6) == 0)
			m->targets[i].peer = http_peer_new();
	}
	m->timer = evtimer_new(p->base, on_due, m);
	m->whole = true;
	m->turn = s->nservers - 1;
	return m;
}

static void
member_free(struct ecx_member *m)
{
	size_t i;

	round_cancel(m);
	for (i = 0; i <= m->settings->nservers; i++)
		http_peer_free(m->targets[i].peer);
	event_free(m->timer);
	groupmap_free(m->map);
	free(m->ca_file);
	free(m->targets);
	free(m);
}

/* The member that goes on as `s`, or NULL. Clusters keep their order but for edits. */
static struct ecx_member *
member_find(struct ecx_poller *p, size_t near, const struct cluster_settings *s)
{
	struct ecx_member *m;
	size_t i;

	for (i = 0; i < p->nmembers; i++) {
		m = p->members[(near + i) % p->nmembers];
		if (!m->wanted && strcmp(m->settings->name, s->name) == 0)
			return same_cluster(m->settings, s) ? m : NULL;
	}
	return NULL;
}

void
ecx_poller_configure(
    struct ecx_poller *p, const struct settings *settings, uint64_t settings_seq)
{
	size_t n = settings->nclusters, i, nservers = 0, nnew = 0;
	struct ecx_member **members = xcalloc(n, sizeof(*members)), *m;
	msec_t now = clock_ms(), gap = SPREAD_MS;

	for (i = 0; i < n; i++) {
		members[i] = member_find(p, i, &settings->clusters[i]);
		if (members[i] != NULL)
			members[i]->wanted = true;
		nservers += settings->clusters[i].nservers;
	}
	for (i = 0; i < p->nmembers; i++)
		if (!p->members[i]->wanted)
			member_free(p->members[i]); /* while its old settings stand */
	free(p->members);
	p->members = members;
	p->nmembers = n;
	p->settings = settings;
	p->settings_seq = settings_seq;
	if (p->epoch == 0)
		p->epoch = now;
	http_set_connections(p->http, settings->poll.connections);
	http_set_idle(p->http, nservers);
	if (n > 0 && settings->poll.interval / (msec_t)n < gap)
		gap = settings->poll.interval / (msec_t)n;
	for (i = 0; i < n; i++) {
		m = members[i];
		if (m == NULL) {
			m = members[i] = member_new(p, &settings->clusters[i]);
			start_at(m, now + gap * (msec_t)nnew++);
		}
		m->index = i;
		m->settings = &settings->clusters[i];
		if (m->wanted)
			schedule(m); /* the interval may be another one now */
		m->wanted = false;
	}
	log_info("ecx", "polling %zu clusters with %zu servers, %zu of them new", n,
	    nservers, nnew);
}

void
ecx_poller_fast(struct ecx_poller *p, size_t cluster, bool fast)
{
	struct ecx_member *m = p->members[cluster];

	if (m->fast == fast)
		return;
	m->fast = fast;
	if (fast)
		forgive(m);
	schedule(m);
}

void
ecx_poller_eager(struct ecx_poller *p, size_t cluster, msec_t gap)
{
	struct ecx_member *m = p->members[cluster];
	msec_t was = m->eager;

	m->eager = gap;
	if (gap > 0 && (was == 0 || was > gap)) {
		if (was == 0) {
			forgive(m);
			m->asked = clock_ms();
		}
		schedule(m);
	}
}

void
ecx_poller_kick(struct ecx_poller *p, size_t cluster)
{
	struct ecx_member *m = p->members[cluster];

	m->kicked = true; /* a round that is under way may have begun too early */
	m->asked = clock_ms();
	forgive(m);
	schedule(m);
}

void
ecx_poller_full(struct ecx_poller *p, size_t cluster)
{
	p->members[cluster]->full = true;
}

void
ecx_poller_ignore(struct ecx_poller *p, size_t cluster, bool ignored)
{
	struct ecx_member *m = p->members[cluster];

	if (m->ignored == ignored)
		return;
	m->ignored = ignored;
	if (ignored) {
		round_cancel(m);
		event_del(m->timer);
		return;
	}
	m->kicked = m->whole = true;
	schedule(m);
}

struct ecx_poller *
ecx_poller_new(struct event_base *base, ecx_round_cb *cb, void *arg)
{
	struct ecx_poller *p = xcalloc(1, sizeof(*p));

	p->base = base;
	p->cb = cb;
	p->arg = arg;
	p->http = http_new(base, 1);
	return p;
}

void
ecx_poller_free(struct ecx_poller *p)
{
	size_t i;

	if (p == NULL)
		return;
	for (i = 0; i < p->nmembers; i++)
		member_free(p->members[i]);
	command_cancel_all(p);
	http_free(p->http);
	cas_free(p);
	free(p->members);
	free(p);
}
