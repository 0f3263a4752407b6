/*
 * SPDX-License-Identifier: Apache-2.0
 * What moves need of the world: commands to clusters, durability, rounds, time.
 *
 * Between move/moves.h, which decides, and the poller and the store, which act. A
 * command goes to a server that answers and is Online, another one each time it is
 * tried again. ECX's clients always name the server of a start: where no node is wanted
 * it is the one with the fewest VMs. Polling is fast wherever a move is under way;
 * while the effect of a command is awaited rounds follow each other closely for some
 * seconds, then ever more slowly: most effects come soon, and some only after half an
 * hour.
 */
#include "subagent/control_impl.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include <jansson.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "ecx/command.h"

#define EAGER_SHARE 10 /* ms between rounds for each cluster that is eager as well */

/* How closely rounds follow each other so long after the last command there. */
static const struct {
	msec_t until, gap;
} eager_gaps[] = { { 3000, 100 }, { 10000, 200 }, { 60000, 500 } };

struct member_server {
	char *name;
	bool answered; /* when it was asked last */
	bool online; /* as whoever answered last says */
};

struct member_pace { /* of one cluster of the settings */
	char *cluster;
	struct member_server *servers;
	size_t nservers;
	bool eager;
	msec_t eager_since; /* or since the last command there */
};

struct posted { /* a command of which no answer is there yet */
	LIST_ENTRY(posted) next;
	struct control *control;
	uint64_t ticket;
};

struct begun { /* a start of ours that no round has shown running yet */
	LIST_ENTRY(begun) next;
	uint64_t ticket;
	msec_t at;
	char *cluster, *group, *server;
};

/* --- starts under way ---------------------------------------------------------------
 */

static void
begun_free(struct begun *b)
{
	LIST_REMOVE(b, next);
	free(b->cluster);
	free(b->group);
	free(b->server);
	free(b);
}

static struct begun *
begun_find(const struct control *c, const char *cluster, const char *group)
{
	struct begun *b;

	LIST_FOREACH(b, &c->begun, next)
	if (strcmp(b->group, group) == 0 && strcmp(b->cluster, cluster) == 0)
		return b;
	return NULL;
}

static void
begun_add(struct control *c, const struct move_post *m, const char *server)
{
	const char *cluster = c->settings->clusters[m->cluster].name;
	struct begun *b = begun_find(c, cluster, m->object);

	if (b != NULL)
		begun_free(b);
	b = xcalloc(1, sizeof(*b));
	b->ticket = m->ticket;
	b->at = clock_ms();
	b->cluster = xstrdup(cluster);
	b->group = xstrdup(m->object);
	b->server = xstrdup(server);
	LIST_INSERT_HEAD(&c->begun, b, next);
}

/* It was refused, or never left. */
static void
begun_drop(struct control *c, uint64_t ticket)
{
	struct begun *b, *next;

	for (b = LIST_FIRST(&c->begun); b != NULL; b = next) {
		next = LIST_NEXT(b, next);
		if (b->ticket == ticket)
			begun_free(b);
	}
}

static void
count_at(const struct cluster_settings *s, const char *server, unsigned *load)
{
	size_t i;

	for (i = 0; i < s->nservers; i++)
		load[i] += strcmp(s->servers[i].name, server) == 0;
}

/* What runs on each server as readers see it now, and what is about to. */
static void
count_loads(struct control *c, size_t cluster, unsigned *load)
{
	const struct cluster_settings *s = &c->settings->clusters[cluster];
	const msec_t now = clock_ms();
	struct generation *g = generation_take(c->box);
	const struct vm_site_row *r = NULL;
	struct begun *b, *next;

	while (g != NULL &&
	    (r = table_view_next(g->tables[TABLE_VM_SITE],
	         r == NULL ? NULL : r->head.key, r == NULL ? 0 : r->head.klen,
	         false)) != NULL) {
		if (r->oper != SITE_ONLINE || strcmp(r->cluster_name, s->name) != 0)
			continue;
		count_at(s, r->node_name, load);
		b = begun_find(c, s->name, r->group);
		if (b != NULL)
			begun_free(b);
	}
	if (g != NULL)
		generation_unref(g);
	for (b = LIST_FIRST(&c->begun); b != NULL; b = next) {
		next = LIST_NEXT(b, next);
		if (now - b->at > c->settings->evidence.command_horizon)
			begun_free(b);
		else if (strcmp(b->cluster, s->name) == 0)
			count_at(s, b->server, load);
	}
}

/* --- commands -----------------------------------------------------------------------
 */

static void
posted_free(struct posted *p)
{
	LIST_REMOVE(p, next);
	free(p);
}

static void
on_answer(const struct ecx_result *r, void *arg)
{
	static const enum move_outcome outcomes[] = {
		[ECX_ACCEPTED] = ANSWER_ACCEPTED,
		[ECX_REFUSED] = ANSWER_REFUSED,
		[ECX_NOT_SENT] = ANSWER_NOT_SENT,
		[ECX_UNANSWERED] = ANSWER_NONE,
	};
	const struct model_now now = control_now();
	struct posted *p = arg;
	struct control *c = p->control;

	if (r->outcome == ECX_REFUSED || r->outcome == ECX_NOT_SENT)
		begun_drop(c, p->ticket);
	moves_answer(
	    c->moves, p->ticket, outcomes[r->outcome], r->code, r->message, &now);
	posted_free(p);
	moving_settle(c);
}

/* Is the server one that nothing new is to run on? As readers see it now. */
static bool
in_maintenance(const struct control *c, const char *cluster, const char *server)
{
	struct generation *g = generation_take(c->box);
	const struct node_row *n = NULL;
	bool closed = false;

	if (g == NULL)
		return false;
	while (
	    (n = table_view_next(g->tables[TABLE_NODE], n == NULL ? NULL : n->head.key,
	         n == NULL ? 0 : n->head.klen, false)) != NULL)
		if (strcmp(n->name, server) == 0 &&
		    strcmp(n->cluster_name, cluster) == 0) {
			closed = n->admin != CLUSTER_ACTIVE;
			break;
		}
	generation_unref(g);
	return closed;
}

/* Whether it is worth while to ask this server; higher is better. */
static int
server_rank(
    const struct control *c, size_t cluster, size_t server, const struct move_post *m)
{
	const struct cluster_settings *s = &c->settings->clusters[cluster];
	const struct member_server *p = &c->paces[cluster].servers[server];
	const char *name = s->servers[server].name;

	if (!p->answered)
		return 0;
	if (!p->online)
		return 1;
	if (m->target != NULL)
		return strcmp(name, m->target) == 0 ? 3 : 2;
	/* a group is started where it is asked for */
	return m->kind == POST_GROUP_START && in_maintenance(c, s->name, name) ? 1 : 2;
}

/*
 * Where a group is started when no node is wanted: of the servers that are good for it
 * the one with the fewest VMs, the next one with every further try.
 */
static size_t
least_loaded(struct control *c, size_t cluster, const int *rank, unsigned nth)
{
	const size_t n = c->settings->clusters[cluster].nservers;
	unsigned load[CLUSTER_NODES_MAX] = { 0 };
	bool taken[CLUSTER_NODES_MAX] = { false };
	size_t i, chosen;

	count_loads(c, cluster, load);
	do {
		chosen = n;
		for (i = 0; i < n; i++)
			if (rank[i] >= 2 && !taken[i] &&
			    (chosen == n || load[i] < load[chosen]))
				chosen = i;
		taken[chosen] = true;
	} while (nth-- > 0);
	return chosen;
}

/* The server to send to: the best of them, or with every further try the next one. */
static size_t
choose_server(struct control *c, const struct move_post *m)
{
	const size_t n = c->settings->clusters[m->cluster].nservers;
	int rank[CLUSTER_NODES_MAX], best = -1;
	unsigned nth, good = 0;
	size_t i, chosen = 0;

	for (i = 0; i < n; i++) {
		rank[i] = server_rank(c, m->cluster, i, m);
		good += rank[i] >= 2;
		if (rank[i] > best) {
			best = rank[i];
			chosen = i;
		}
	}
	if (m->kind == POST_GROUP_START && m->target == NULL && good > 0)
		return least_loaded(c, m->cluster, rank, m->tries % good);
	/* round and round from there on, past those that are no good */
	for (nth = m->tries % (good > 0 ? good : (unsigned)n); nth > 0; nth--)
		do
			chosen = (chosen + 1) % n;
		while (good > 0 && rank[chosen] < 2);
	return chosen;
}

static void
on_post(void *arg, const struct move_post *m)
{
	static const char *const paths[] = {
		[POST_GROUP_START] = "/groups/%s/start",
		[POST_GROUP_STOP] = "/groups/%s/stop",
		[POST_GROUP_MOVE] = "/groups/%s/move",
		[POST_MONITOR_SUSPEND] = "/monitors/%s/suspend",
		[POST_MONITOR_RESUME] = "/monitors/%s/resume",
	};
	struct control *c = arg;
	const size_t server = choose_server(c, m);
	char *path = ecx_path(paths[m->kind], m->object), *body = NULL;
	struct posted *p = xcalloc(1, sizeof(*p));
	const char *target = m->target;
	json_t *o;

	p->control = c;
	p->ticket = m->ticket;
	LIST_INSERT_HEAD(&c->posted, p, next);
	/* some of ECX's own clients never start a group without a target */
	if (target == NULL && m->kind == POST_GROUP_START)
		target = c->settings->clusters[m->cluster].servers[server].name;
	if (m->kind == POST_GROUP_START) {
		moves_named(c->moves, m->ticket, target);
		begun_add(c, m, target);
	}
	if (target != NULL) {
		o = json_pack("{s:s}", "target", target);
		body = json_dumps(o, JSON_COMPACT);
		json_decref(o);
	}
	c->paces[m->cluster].eager_since = clock_ms();
	ecx_command(
	    c->poller, m->cluster, server, path, body, m->deadline, on_answer, p);
	free(body);
	free(path);
}

/* --- records ------------------------------------------------------------------------
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
on_sync(void *arg, uint64_t seq)
{
	struct control *c = arg;

	c->sync_wanted = seq;
	record_batch(c); /* its answer tells, also where nothing has changed since */
}

void
moving_durable(struct control *c, uint64_t sync)
{
	const struct model_now now = control_now();

	if (sync == 0)
		return;
	moves_durable(c->moves, sync, &now);
	moving_settle(c);
}

void
moving_store_failed(struct control *c, bool failed)
{
	const struct model_now now = control_now();

	moves_store_failed(c->moves, failed, &now);
	moving_settle(c);
}

void
moving_tell_all(struct control *c)
{
	static const char *const spaces[] = { "move", "case", "used" };
	size_t i;

	/* what went meanwhile must go there, too; no key is beyond this one */
	for (i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++)
		store_batch_del_before(record_batch(c), spaces[i], "\xf4\x8f\xbf\xbf");
	moves_tell_all(c->moves);
}

static void
settle(struct control *c)
{
	const msec_t wake = moves_wake(c->moves);
	struct timeval tv = { 0, 5000 }; /* a wake that stays due is no busy loop */
	msec_t in;

	if (c->moves_started && !text_same(c->host.restored, moves_restored(c->moves)))
		host_restored(c, moves_restored(c->moves));
	if (wake == 0) {
		event_del(c->move_timer);
	} else {
		in = wake - clock_ms();
		if (in > 0) {
			tv.tv_sec = in / 1000;
			tv.tv_usec = in % 1000 * 1000;
		}
		event_add(c->move_timer, &tv);
	}
	control_changed(c);
}

/* --- rounds --------------------------------------------------------------------------
 */

void
moving_look(struct control *c, const struct observation *o)
{
	const struct cluster_settings *s = &c->settings->clusters[o->cluster];
	struct member_pace *p = &c->paces[o->cluster];
	const struct obs_server *seen;
	const struct obs_view *v;
	size_t i, j;

	for (i = 0; i < o->nviews; i++) {
		v = &o->views[i];
		if (v->reach == REACH_UNASKED)
			continue;
		if (v->server < p->nservers)
			p->servers[v->server].answered = v->reach == REACH_OK;
		if (v->reach != REACH_OK)
			continue;
		for (j = 0; j < p->nservers; j++)
			if ((seen = obs_find_server(v, s->servers[j].name)) != NULL)
				p->servers[j].online = seen->status == ECX_ONLINE;
	}
}

/* How closely rounds of an eager cluster follow each other now. */
static msec_t
eager_gap(const struct control *c, size_t cluster, size_t eager, msec_t now)
{
	const msec_t age = now - c->paces[cluster].eager_since;
	msec_t gap = 0;
	size_t i;

	for (i = 0; i < sizeof(eager_gaps) / sizeof(eager_gaps[0]); i++)
		if (age < eager_gaps[i].until) {
			gap = eager_gaps[i].gap;
			break;
		}
	if (gap == 0 || gap > c->settings->poll.fast_interval)
		return 0; /* as for anything in transit */
	return gap > (msec_t)eager * EAGER_SHARE ? gap : (msec_t)eager * EAGER_SHARE;
}

static void
pace_one(struct control *c, size_t i, size_t eager, msec_t now)
{
	const struct member_pace *p = &c->paces[i];

	ecx_poller_fast(c->poller, i,
	    p->eager || model_wants_fast(c->model, i) || moves_wants_fast(c->moves, i));
	ecx_poller_eager(c->poller, i, p->eager ? eager_gap(c, i, eager, now) : 0);
	ecx_poller_ignore(c->poller, i, model_ignored(c->model, i));
}

void
moving_pace(struct control *c)
{
	const msec_t now = clock_ms();
	struct member_pace *p;
	size_t i, eager = 0;
	bool wants;

	c->pace_moves = false;
	for (i = 0; i < c->npaces; i++) {
		p = &c->paces[i];
		wants = moves_wants_eager(c->moves, i);
		if (wants && !p->eager)
			p->eager_since = now;
		p->eager = wants;
		eager += wants;
		c->pace_moves |= wants || moves_wants_fast(c->moves, i);
	}
	for (i = 0; i < c->npaces; i++)
		pace_one(c, i, eager, now);
}

void
moving_observed(struct control *c, size_t cluster, const struct model_now *now)
{
	moves_observed(c->moves, cluster, now);
	settle(c);
	/* a hundred rounds a second of calm clusters are no reason to look at all */
	if (c->pace_moves || moves_wake(c->moves) != 0)
		moving_pace(c);
	else
		pace_one(c, cluster, 0, now->ms);
}

/* --- time and settings ---------------------------------------------------------------
 */

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	const struct model_now now = control_now();
	struct control *c = arg;

	(void)fd;
	(void)what;
	moves_tick(c->moves, &now);
	moving_settle(c);
}

void
moving_tick(struct control *c, const struct model_now *now)
{
	moves_tick(c->moves, now);
	moving_settle(c);
}

void
moving_settle(struct control *c)
{
	settle(c);
	if (c->poller != NULL)
		moving_pace(c);
}

static void
paces_free(struct member_pace *paces, size_t n)
{
	size_t i, j;

	for (i = 0; i < n; i++) {
		for (j = 0; j < paces[i].nservers; j++)
			free(paces[i].servers[j].name);
		free(paces[i].servers);
		free(paces[i].cluster);
	}
	free(paces);
}

/* What was known of a cluster's servers before the settings changed. */
static void
pace_inherit(
    struct member_pace *p, const struct member_pace *olds, size_t n, size_t near)
{
	const struct member_pace *old = NULL;
	size_t i, j;

	for (i = 0; i < n && old == NULL; i++) /* most clusters keep their place */
		if (strcmp(olds[(near + i) % n].cluster, p->cluster) == 0)
			old = &olds[(near + i) % n];
	for (i = 0; old != NULL && i < p->nservers; i++)
		for (j = 0; j < old->nservers; j++)
			if (strcmp(p->servers[i].name, old->servers[j].name) == 0) {
				p->servers[i].answered = old->servers[j].answered;
				p->servers[i].online = old->servers[j].online;
			}
}

void
moving_configured(struct control *c, const struct model_now *now)
{
	struct member_pace *olds = c->paces, *p;
	const struct cluster_settings *s;
	const size_t n = c->npaces;
	size_t i, j;

	c->npaces = c->settings->nclusters;
	c->paces = xcalloc(c->npaces, sizeof(*c->paces));
	for (i = 0; i < c->npaces; i++) {
		s = &c->settings->clusters[i];
		p = &c->paces[i];
		p->cluster = xstrdup(s->name);
		p->nservers = s->nservers;
		p->servers = xcalloc(p->nservers, sizeof(*p->servers));
		for (j = 0; j < p->nservers; j++)
			p->servers[j].name = xstrdup(s->servers[j].name);
		pace_inherit(p, olds, n, i);
	}
	paces_free(olds, n);
	moves_configured(c->moves, c->settings, now);
	if (c->moves_started)
		moving_settle(c);
}

void
moving_start(struct control *c, const struct model_now *now)
{
	c->moves_started = true;
	moves_start(c->moves, c->host.restored, now);
	moving_settle(c);
}

void
moving_init(struct control *c)
{
	const struct moves_sink sink = { c, on_post, on_record, on_sync };

	c->move_timer = event_new(c->base, -1, 0, on_timer, c);
	c->moves = moves_new(c->model, &sink);
}

void
moving_free(struct control *c)
{
	struct posted *p;
	struct begun *b;

	while ((p = LIST_FIRST(&c->posted)) != NULL) /* the poller is gone */
		posted_free(p);
	while ((b = LIST_FIRST(&c->begun)) != NULL)
		begun_free(b);
	moves_free(c->moves);
	paces_free(c->paces, c->npaces);
	if (c->move_timer != NULL)
		event_free(c->move_timer);
}
