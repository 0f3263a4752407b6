/*
 * SPDX-License-Identifier: Apache-2.0
 * Rounds -> clusters: who answered, who they are, how they are.
 */
#include "set/model_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

static const char *const oper_word[] = { "", "normal", "caution", "error", "suspended",
	"offline", "unreachable", "foreign", "unknown" };
static const char *const admin_word[] = { "", "active", "maintenance", "ignored" };

const char *
cluster_admin_word(enum cs_cluster_admin a)
{
	return admin_word[a];
}

static char *
not_normal_text(const struct m_cluster *c, enum cs_cluster_oper oper)
{
	return xasprintf("cluster %s is %s in ECX", c->cfg->name, oper_word[oper]);
}

/*
 * What a cluster was before a restart, as far as alarms tell: what is so still is no
 * news, and what is no longer so is.
 */
static void
cluster_seed(struct model *m, struct m_cluster *c)
{
	const char *name = c->cfg->name, *text;
	char *expect;
	int i;

	if (note_standing(
	        m, ALARM_CLUSTER_UNREACHABLE, OBJECT_CLUSTER, name, SEV_INFO) != NULL)
		c->before = CLUSTER_UNREACHABLE;
	else if (note_standing(m, ALARM_CLUSTER_IDENTITY, OBJECT_CLUSTER, name,
	             SEV_CRITICAL) != NULL)
		c->before = CLUSTER_FOREIGN;
	text =
	    note_standing(m, ALARM_CLUSTER_NOT_NORMAL, OBJECT_CLUSTER, name, SEV_INFO);
	for (i = CLUSTER_CAUTION; text != NULL && i <= CLUSTER_OFFLINE; i++) {
		expect = not_normal_text(c, (enum cs_cluster_oper)i);
		if (c->before == 0 && strcmp(text, expect) == 0)
			c->before = (enum cs_cluster_oper)i;
		free(expect);
	}
	c->known = c->before != 0;
	for (i = 0; (size_t)i < c->nnodes; i++)
		node_seed(m, c, &c->nodes[i]);
}

struct m_cluster *
cluster_new(struct model *m, size_t slot, struct m_cluster *old)
{
	const struct cluster_settings *cfg = &m->settings->clusters[slot];
	struct m_cluster *c = xcalloc(1, sizeof(*c));
	char *name;
	size_t i;

	c->slot = slot;
	c->cfg = cfg;
	c->index = model_index(m, NAME_CLUSTER, cfg->name);
	c->kept = kept_cluster(m, cfg->name);
	c->fault_domain = domain_index(m, cfg->fault_domain);
	c->domain_slot = domain_slot(m->settings, cfg->fault_domain);
	c->nnodes = cfg->nservers;
	c->nodes = xcalloc(cfg->nservers, sizeof(*c->nodes));
	for (i = 0; i < cfg->nservers; i++) {
		name = xasprintf("%s/%s", cfg->name, cfg->servers[i].name);
		c->nodes[i].index = model_index(m, NAME_NODE, name);
		c->nodes[i].cfg = &cfg->servers[i];
		c->nodes[i].kept = kept_node(m, cfg->name, cfg->servers[i].name);
		c->nodes[i].reach = REACH_UNASKED;
		c->nodes[i].fault_domain = cfg->servers[i].fault_domain == NULL
		    ? c->fault_domain
		    : domain_index(m, cfg->servers[i].fault_domain);
		c->nodes[i].domain_slot = cfg->servers[i].fault_domain == NULL
		    ? c->domain_slot
		    : domain_slot(m->settings, cfg->servers[i].fault_domain);
		free(name);
	}
	HASH_ADD(hh, m->by_index, index, sizeof(c->index), c);
	if (old == NULL)
		cluster_seed(m, c);
	if (old != NULL) { /* states go on, so that a reload makes no events */
		const bool same = identity_same(cfg, old->cfg);

		c->oper = old->oper;
		c->before = old->before;
		c->known = old->known;
		c->text = xstrdup(old->text);
		c->endpoint = xstrdup(old->endpoint);
		c->poll_errors = old->poll_errors;
		for (i = 0; i < c->nnodes; i++) {
			struct m_node *n = cluster_node(old, cfg->servers[i].name);

			if (n != NULL) {
				c->nodes[i].oper = n->oper;
				c->nodes[i].before = n->before;
				c->nodes[i].known = n->known;
				c->nodes[i].text = xstrdup(n->text);
				c->nodes[i].reach = n->reach;
				c->nodes[i].error = xstrdup(n->error);
				c->nodes[i].load = n->load;
				if (same)
					c->nodes[i].foreign = xstrdup(n->foreign);
			}
		}
	}
	return c;
}

void
cluster_free(struct m_cluster *c)
{
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; i < c->nnodes; i++)
		node_clear(&c->nodes[i]);
	HASH_CLEAR(hh, c->by_group); /* its sites must still be there */
	observation_free(c->seen);
	for (i = 0; i < c->own.n; i++) {
		free(c->own.list[i].monitor);
		free(c->own.list[i].server);
	}
	free(c->own.list);
	free(c->nodes);
	free(c->sites);
	free(c->text);
	free(c->endpoint);
	free(c->unsound);
	free(c);
}

const struct obs_view *
cluster_view(const struct m_cluster *c)
{
	size_t i;

	if (c->seen == NULL || !c->fresh || !c->identity_ok)
		return NULL;
	for (i = 0; i < c->seen->nviews; i++)
		if (c->seen->views[i].reach == REACH_OK)
			return &c->seen->views[i];
	return NULL;
}

bool
cluster_blind(const struct m_cluster *c)
{
	return c->kept->admin == CLUSTER_IGNORED || cluster_view(c) == NULL;
}

/* --- states ---------------------------------------------------------------------- */

static enum cs_cluster_oper
oper_of_view(const struct m_cluster *c, const struct obs_view *v)
{
	switch (v->cluster_status) {
	case ECX_NORMAL:
	case ECX_CAUTION:
		/* the signature that contract 2 shows of a real cluster */
		if (evidence_suspended(v, &c->own))
			return CLUSTER_SUSPENDED;
		return v->cluster_status == ECX_NORMAL ? CLUSTER_NORMAL
		                                       : CLUSTER_CAUTION;
	case ECX_ERROR:
		return CLUSTER_ERROR;
	case ECX_SUSPEND:
		return CLUSTER_SUSPENDED;
	case ECX_OFFLINE:
		return CLUSTER_OFFLINE;
	default:
		return CLUSTER_UNKNOWN;
	}
}

static void
alarm_cluster(struct model *m, struct m_cluster *c, bool known, enum alarm_type type,
    enum cs_severity severity, const char *text, const struct model_now *now)
{
	if (c->kept->admin == CLUSTER_IGNORED) {
		text = NULL; /* wanted so, whatever stood */
		known = true;
	}
	note_alarm_if_known(
	    m, known, type, severity, OBJECT_CLUSTER, c->cfg->name, text, now);
}

static void
alarm_not_normal(struct model *m, struct m_cluster *c, const struct model_now *now)
{
	const bool bad = c->oper == CLUSTER_ERROR || c->oper == CLUSTER_OFFLINE;
	char *text = NULL;

	if (c->oper > CLUSTER_OFFLINE)
		return; /* not told: what stood before stands */
	if (c->oper != CLUSTER_NORMAL)
		text = not_normal_text(c, c->oper);
	alarm_cluster(m, c, true, ALARM_CLUSTER_NOT_NORMAL,
	    bad ? SEV_CRITICAL : SEV_WARNING, text, now);
	free(text);
}

static void
alarm_if(struct model *m, struct m_cluster *c, bool known, enum alarm_type type,
    enum cs_severity severity, bool raise, const struct model_now *now)
{
	char *text = raise ? xasprintf("cluster %s: %s", c->cfg->name, c->text) : NULL;

	alarm_cluster(m, c, known, type, severity, text, now);
	free(text);
}

/* Of one server, so that only its own answer ends it, over reloads and restarts. */
static void
alarm_denied(struct model *m, const struct m_cluster *c, const struct m_node *n,
    bool denied, const struct model_now *now)
{
	char *name = xasprintf("%s/%s", c->cfg->name, n->cfg->name), *text = NULL;

	if (denied)
		cause_set(&text,
		    "server %s refuses the account (%s): correct the credentials of "
		    "cluster %s",
		    name, obs_error_reason(n->error, n->cfg->name), c->cfg->name);
	note_alarm(m, ALARM_CREDENTIALS, SEV_CRITICAL, OBJECT_NODE, name, text, now);
	free(text);
	free(name);
}

static void
cluster_alarms(struct model *m, struct m_cluster *c, const struct model_now *now)
{
	static const enum alarm_type all[] = { ALARM_CLUSTER_UNREACHABLE,
		ALARM_CLUSTER_IDENTITY, ALARM_CLUSTER_NOT_NORMAL, ALARM_STALE_DATA,
		ALARM_SERVERS_DISAGREE };
	char *twin;
	size_t i;

	if (c->kept->admin == CLUSTER_IGNORED) {
		for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
			alarm_cluster(m, c, true, all[i], SEV_INFO, NULL, now);
		for (i = 0; i < c->nnodes; i++)
			alarm_denied(m, c, &c->nodes[i], false, now);
	}
	if (!c->tried)
		return; /* alarms of before a restart stand until it was asked */
	alarm_if(m, c, true, ALARM_CLUSTER_UNREACHABLE, SEV_CRITICAL,
	    c->oper == CLUSTER_UNREACHABLE, now);
	twin = c->oper == CLUSTER_FOREIGN ? NULL : identity_twin(m, c);
	if (twin != NULL)
		alarm_cluster(
		    m, c, true, ALARM_CLUSTER_IDENTITY, SEV_WARNING, twin, now);
	else
		alarm_if(m, c, c->answered, ALARM_CLUSTER_IDENTITY, SEV_CRITICAL,
		    c->oper == CLUSTER_FOREIGN, now);
	free(twin);
	alarm_if(m, c, true, ALARM_STALE_DATA, SEV_WARNING,
	    !c->fresh && c->oper != CLUSTER_UNREACHABLE && c->oper != CLUSTER_FOREIGN,
	    now);
	alarm_not_normal(m, c, now);
}

void
cluster_put_row(struct model *m, struct m_cluster *c)
{
	int64_t online = 0;
	struct cluster_row row;
	size_t i;

	for (i = 0; i < c->nnodes; i++)
		online += c->nodes[i].oper == NODE_ONLINE;
	row = (struct cluster_row) {
		.name = c->cfg->name,
		.admin = c->kept->admin,
		.oper = c->oper,
		.status_text = c->text,
		.endpoint = c->endpoint == NULL ? "" : c->endpoint,
		.fault_domain = c->fault_domain,
		.fault_domain_name =
		    c->cfg->fault_domain == NULL ? "" : c->cfg->fault_domain,
		.poll_since = c->seen == NULL ? 0 : c->seen->start,
		.poll_wall = c->seen == NULL ? 0 : c->seen->wall,
		.poll_errors = c->poll_errors,
		.nodes_online = online,
		.nodes = (int64_t)c->nnodes,
		.vms_running = c->vms_running,
	};
	load_of_cluster(c, &row);
	table_put(m->tables[TABLE_CLUSTER], &c->index, 1, &row);
}

static enum cs_severity
event_severity(const struct m_cluster *c)
{
	if (c->oper == CLUSTER_NORMAL || c->kept->admin != CLUSTER_ACTIVE)
		return SEV_INFO;
	return c->oper == CLUSTER_CAUTION || c->oper == CLUSTER_SUSPENDED ||
	        c->oper == CLUSTER_UNKNOWN
	    ? SEV_WARNING
	    : SEV_CRITICAL;
}

static void
cluster_event(struct model *m, struct m_cluster *c, enum cs_cluster_oper was,
    const struct model_now *now)
{
	char *text = xasprintf("cluster %s: %s -> %s%s%s", c->cfg->name, oper_word[was],
	    oper_word[c->oper], c->oper >= CLUSTER_UNREACHABLE ? ": " : "",
	    c->oper >= CLUSTER_UNREACHABLE ? c->text : "");
	struct event_note e = {
		.type = EVENT_CLUSTER_STATE,
		.severity = event_severity(c),
		.object = OBJECT_CLUSTER,
		.object_name = c->cfg->name,
		.cluster_name = c->cfg->name,
		.text = text,
		.table = TABLE_CLUSTER,
		.row = table_get(m->tables[TABLE_CLUSTER], &c->index, 1),
	};

	note_event(m, &e, now);
	free(text);
}

/* Judges the cluster by what is known now and publishes it with its nodes. */
void
cluster_publish(struct model *m, struct m_cluster *c, const struct model_now *now)
{
	enum cs_cluster_oper was = c->oper;
	const struct obs_view *v = cluster_view(c);
	size_t i;

	if (c->kept->admin == CLUSTER_IGNORED || !c->tried) {
		c->oper = CLUSTER_UNKNOWN;
		free(c->text);
		c->text =
		    xstrdup(c->kept->admin == CLUSTER_IGNORED ? "ignored: not polled"
		                                              : "not asked yet");
	} else if (c->answered && !c->identity_ok) {
		c->oper = CLUSTER_FOREIGN; /* the text says why: cluster_observe() */
	} else if (!c->answered) {
		c->oper = CLUSTER_UNREACHABLE;
	} else if (v == NULL) {
		c->oper = CLUSTER_UNKNOWN;
		free(c->text);
		c->text = xstrdup("no complete poll round for too long");
	} else {
		c->oper = oper_of_view(c, v);
		free(c->text);
		c->text =
		    c->oper == CLUSTER_SUSPENDED && v->cluster_status != ECX_SUSPEND
		    ? xasprintf("%s, every monitor suspended", v->cluster_status_text)
		    : xstrdup(v->cluster_status_text);
	}
	for (i = 0; i < c->nnodes; i++)
		node_update(m, c, &c->nodes[i], now);
	cluster_put_row(m, c);
	if (c->before != 0 && c->oper != CLUSTER_UNKNOWN) {
		was = c->before;
		c->before = 0;
	}
	if (was != c->oper && was != 0) {
		m->domains_dirty = true;
		if (c->known || c->oper != CLUSTER_NORMAL)
			cluster_event(m, c, was, now);
		c->known = c->known || c->oper != CLUSTER_UNKNOWN;
	}
	cluster_alarms(m, c, now);
}

void
cluster_recount(struct model *m, struct m_cluster *c)
{
	int64_t was = c->vms_running;
	struct m_node *n;
	size_t i;

	c->vms_running = 0;
	for (i = 0; i < c->nnodes; i++) {
		c->nodes[i].vms_before = c->nodes[i].vms_running;
		c->nodes[i].vms_running = 0;
	}
	for (i = 0; i < c->nsites; i++) {
		struct m_site *s = c->sites[i];
		const bool online = s->oper == SITE_ONLINE;

		n = online ? cluster_node(c, s->current) : NULL;
		c->vms_running += online;
		if (n != NULL)
			n->vms_running++;
		if (s->counted_at == (n == NULL ? 0 : n->index))
			continue;
		s->counted_at = n == NULL ? 0 : n->index;
		domain_touch(m, s->vm);
	}
	for (i = 0; i < c->nnodes; i++) {
		n = &c->nodes[i];
		if (n->vms_running == n->vms_before)
			continue;
		m->domains_dirty = true;
		node_put_row(m, c, n);
	}
	if (c->vms_running != was)
		cluster_put_row(m, c);
}

/* --- a round --------------------------------------------------------------------- */

static bool
note_reach(struct model *m, struct m_cluster *c, const struct observation *o,
    const struct model_now *now)
{
	bool any = false;
	struct m_node *n;
	size_t i;

	for (i = 0; i < o->nviews; i++) {
		const struct obs_view *v = &o->views[i];

		any = any || v->reach == REACH_OK;
		if (v->server == SIZE_MAX || v->server >= c->nnodes ||
		    v->reach == REACH_UNASKED)
			continue;
		n = &c->nodes[v->server];
		n->reach = v->reach;
		free(n->error);
		n->error = xstrdup(v->error);
		if (v->reach != REACH_OK)
			xfree_clear(&n->foreign);
		if (v->reach == REACH_OK || v->reach == REACH_DENIED)
			alarm_denied(m, c, n, v->reach == REACH_DENIED, now);
	}
	return any;
}

static void
note_disagreement(struct model *m, struct m_cluster *c, const struct observation *o,
    const struct model_now *now)
{
	const struct obs_view *first = NULL;
	char *what = NULL, *text = NULL;
	size_t i, asked = 0;

	for (i = 0; i < o->nviews; i++) {
		if (o->views[i].reach != REACH_OK)
			continue;
		asked++;
		if (first == NULL)
			first = &o->views[i];
		else if (what == NULL)
			obs_views_agree(first, &o->views[i], &what);
	}
	if (what != NULL)
		cause_set(&text, "cluster %s: its servers disagree about %s",
		    c->cfg->name, what);
	/* one voice cannot tell that a disagreement is over */
	if (what != NULL || asked > 1 || c->nnodes == 1)
		alarm_cluster(
		    m, c, true, ALARM_SERVERS_DISAGREE, SEV_CRITICAL, text, now);
	free(text);
	free(what);
}

static void
note_endpoint(struct m_cluster *c, const struct obs_view *v)
{
	const char *url =
	    v->server == SIZE_MAX ? c->cfg->read_url : c->cfg->servers[v->server].url;

	if (c->endpoint == NULL || url == NULL || strcmp(c->endpoint, url) != 0) {
		free(c->endpoint);
		c->endpoint = xstrdup(url);
	}
}

/* One server whose daemon is dead is enough: what it still runs nobody tells. */
static void
note_unsound(struct m_cluster *c, const struct observation *o)
{
	size_t i;

	xfree_clear(&c->unsound);
	for (i = 0; i < o->nviews; i++)
		if (o->views[i].reach == REACH_OK)
			evidence_view_sane(c->cfg, &o->views[i], &c->own, &c->unsound);
}

static void
note_tried(struct model *m, struct m_cluster *c)
{
	if (!c->tried)
		m->health_dirty = true;
	c->tried = true;
}

void
cluster_observe(struct model *m, struct m_cluster *c, struct observation *o,
    const struct model_now *now)
{
	size_t i;

	note_tried(m, c);
	c->answered = note_reach(m, c, o, now);
	if (!c->answered) {
		c->poll_errors++;
		free(c->text);
		c->text = obs_errors(o, c->cfg);
		return;
	}
	identity_note(m, c, o, now);
	if (o->every_server)
		c->full_start = o->start;
	observation_free(c->seen);
	c->seen = o;
	own_suspends_observed(c, now);
	note_unsound(c, o);
	/* a round that took too long is old when it ends */
	c->fresh = now->ms - o->start <= m->settings->poll.freshness;
	for (i = 0; o->views[i].reach != REACH_OK; i++)
		continue;
	note_endpoint(c, &o->views[i]);
	note_disagreement(m, c, o, now);
}

bool
cluster_age(struct model *m, struct m_cluster *c, const struct model_now *now)
{
	bool fresh =
	    c->seen != NULL && now->ms - c->seen->start <= m->settings->poll.freshness;
	size_t i;

	if (fresh == c->fresh)
		return false;
	c->fresh = fresh;
	for (i = 0; i < c->nsites; i++)
		site_evidence(m, c->sites[i], NULL);
	return true;
}

void
cluster_forget(struct model *m, struct m_cluster *c)
{
	size_t i;

	observation_free(c->seen);
	c->seen = NULL;
	c->full_start = 0;
	c->fresh = c->answered = c->tried = c->wants_fast = false;
	for (i = 0; i < c->nnodes; i++) {
		c->nodes[i].reach = REACH_UNASKED;
		xfree_clear(&c->nodes[i].error);
		xfree_clear(&c->nodes[i].foreign);
	}
	for (i = 0; i < c->nsites; i++)
		site_evidence(m, c->sites[i], NULL);
	m->health_dirty = true;
}
