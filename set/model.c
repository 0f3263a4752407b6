/*
 * SPDX-License-Identifier: Apache-2.0
 * The model's life: rounds taken in, time going on, tables brought up to date.
 */
#include "set/model_impl.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define DAEMON_NAME "clustersetd" /* the set's own name may change in a reload */

struct model *
model_new(
    const struct model_sink *sink, const char *version, const struct model_now *now)
{
	struct model *m = xcalloc(1, sizeof(*m));
	int i;

	if (sink != NULL)
		m->sink = *sink;
	m->version = xstrdup(version);
	m->reload.state = RELOAD_NONE;
	m->reload.text = xstrdup("");
	m->started = *now;
	m->last_change = now->wall;
	m->names = names_new();
	m->next_event = m->oldest_event = 1;
	for (i = 0; i < TABLE_COUNT; i++)
		m->tables[i] = table_new(&row_types[i]);
	return m;
}

void
model_free(struct model *m)
{
	int i;

	if (m == NULL)
		return;
	configure_free(m);
	note_free(m);
	kept_free(m);
	names_free(m->names);
	for (i = 0; i < TABLE_COUNT; i++)
		table_free(m->tables[i]);
	free(m->version);
	free((char *)m->reload.text);
	free(m->host_name);
	free(m->config_file);
	free(m);
}

struct m_cluster *
model_cluster(const struct model *m, uint32_t index)
{
	struct m_cluster *c;

	HASH_FIND(hh, m->by_index, &index, sizeof(index), c);
	return c;
}

struct m_cluster *
model_cluster_named(const struct model *m, const char *name)
{
	const uint32_t index = names_find(m->names, NAME_CLUSTER, name);

	return index == 0 ? NULL : model_cluster(m, index);
}

struct m_vm *
model_vm(const struct model *m, uint32_t index)
{
	const struct vm_row *row = table_get(m->tables[TABLE_VM], &index, 1);
	struct m_vm *v = NULL;

	if (row != NULL)
		HASH_FIND_STR(m->vms, row->name, v);
	return v;
}

/* --- rounds and time
 * ------------------------------------------------------------------ */

void
model_refresh(struct model *m, struct m_cluster *c, const struct model_now *now)
{
	size_t i;

	cluster_publish(m, c, now);
	for (i = 0; i < c->nsites; i++)
		vm_update(m, c->sites[i]->vm, now);
	candidates_publish(m, c, now);
	cluster_recount(m, c);
	outside_tell(m, c);
}

/* Does the round tell anything that is not void or known better by now? */
static bool
counts(const struct model *m, const struct observation *o)
{
	const struct m_cluster *c;

	if (o->settings_seq != m->settings_seq || o->cluster >= m->nclusters)
		return false; /* of a configuration that is gone */
	c = m->clusters[o->cluster];
	return c->kept->admin != CLUSTER_IGNORED && o->start >= m->void_before &&
	    (c->seen == NULL || o->start >= c->seen->start);
}

void
model_observe(struct model *m, struct observation *o, const struct model_now *now)
{
	struct m_cluster *c;
	bool gone = false;
	size_t i;

	if (!counts(m, o)) {
		observation_free(o);
		return;
	}
	c = m->clusters[o->cluster];
	cluster_observe(m, c, o, now);
	if (c->answered) {
		c->wants_fast = false;
		pattern_discover(m, c);
		site_record_learn(m, c);
	}
	for (i = 0; i < c->nsites; i++)
		site_evidence(m, c->sites[i], c->fresh ? o : NULL);
	for (i = 0; i < c->nsites && c->answered; i++)
		gone = site_record_forget(m, c->sites[i], now) || gone;
	if (gone)
		site_record_learn(m, c);
	for (i = 0; i < c->nsites; i++)
		site_record_alarm(m, c->sites[i]->vm, now);
	model_refresh(m, c, now);
	if (c->answered)
		pattern_retire(m, c, now);
	if (!c->answered)
		observation_free(o);
}

static void
gap_over(struct model *m, const struct model_now *now)
{
	size_t i;

	for (i = 0; i < m->nclusters; i++)
		if (m->clusters[i]->seen == NULL && m->clusters[i]->answered)
			return;
	m->gap = false;
	note_alarm(m, ALARM_CLOCK_GAP, SEV_WARNING, OBJECT_SET, DAEMON_NAME, NULL, now);
}

void
model_tick(struct model *m, const struct model_now *now)
{
	size_t i;

	for (i = 0; i < m->nclusters; i++)
		if (cluster_age(m, m->clusters[i], now))
			model_refresh(m, m->clusters[i], now);
	load_tick(m, now);
	if (m->gap)
		gap_over(m, now);
}

void
model_gap(struct model *m, msec_t gap, const struct model_now *now)
{
	char *text =
	    xasprintf("clustersetd stood still for %lld s: everything observed "
	              "before is void",
	        (long long)(gap / 1000));
	struct m_cluster *c;
	size_t i;

	m->void_before = now->ms; /* also what is still under way */
	for (i = 0; i < m->nclusters; i++) {
		c = m->clusters[i];
		observation_free(c->seen);
		c->seen = NULL;
	}
	load_forget(m, now);
	model_tick(m, now);
	m->gap = true;
	note_alarm(m, ALARM_CLOCK_GAP, SEV_WARNING, OBJECT_SET, DAEMON_NAME, text, now);
	free(text);
}

bool
model_wants_fast(const struct model *m, size_t cluster)
{
	return cluster < m->nclusters && m->clusters[cluster]->wants_fast;
}

bool
model_wants_full(const struct model *m, size_t cluster, const struct model_now *now)
{
	msec_t due = m->settings->poll.freshness * 3 / 4;
	const struct m_cluster *c;
	size_t i;

	if (m->settings->evidence.offline_settle < due)
		due = m->settings->evidence.offline_settle;
	if (due < 1000)
		due = 1000;
	if (cluster >= m->nclusters)
		return false;
	c = m->clusters[cluster];
	/* it is the next calm round that does it */
	due -= c->cfg->interval > 0 ? c->cfg->interval : m->settings->poll.interval;
	if (!c->fresh || now->ms - c->full_start < due)
		return false;
	for (i = 0; i < c->nsites; i++)
		if ((c->sites[i]->vm->nsites > 1 &&
		        (c->sites[i]->oper == SITE_OFFLINE || c->sites[i]->lacking)) ||
		    outside_asks(c->sites[i]) || pattern_gone(c->sites[i]->vm))
			return true;
	return false;
}

bool
model_ignored(const struct model *m, size_t cluster)
{
	return cluster < m->nclusters &&
	    m->clusters[cluster]->kept->admin == CLUSTER_IGNORED;
}

/* --- tables
 * --------------------------------------------------------------------------- */

static msec_t
oldest_poll(const struct model *m)
{
	msec_t oldest = INT64_MAX, t;
	size_t i;

	for (i = 0; i < m->nclusters; i++) {
		const struct m_cluster *c = m->clusters[i];

		if (c->kept->admin == CLUSTER_IGNORED)
			continue;
		t = c->seen == NULL ? m->started.ms : c->seen->start;
		if (t < oldest)
			oldest = t;
	}
	return oldest == INT64_MAX ? 0 : oldest;
}

static void
set_put_row(struct model *m)
{
	static const uint32_t key[1] = { 0 };
	struct set_row row = {
		.name = m->settings == NULL ? "" : m->settings->name,
		.descr = m->settings == NULL ? "" : m->settings->descr,
		.version = m->version,
		.role = ROLE_STANDALONE,
		.start_since = m->started.ms,
		.oldest_poll_since = oldest_poll(m),
		.discontinuity_wall = m->started.wall,
		.change_wall = m->last_change,
		.clusters = (int64_t)m->nclusters,
		.nodes = (int64_t)table_count(m->tables[TABLE_NODE]),
		.vms = (int64_t)table_count(m->tables[TABLE_VM]),
		.disks = (int64_t)table_count(m->tables[TABLE_DISK]),
		.serial = m->serial,
		.events_oldest = m->oldest_event == m->next_event ? 0 : m->oldest_event,
		.events_newest = (int64_t)m->next_event - 1,
		.events_dropped = m->events_dropped,
		.move_index_next =
		    m->move_index_next == 0 ? ROW_NONE : m->move_index_next,
		.adopt = m->adopt,
		.reloads = m->reload.number,
		.reload_state = m->reload.state,
		.reload_wall = m->reload.wall,
		.reload_text = m->reload.text,
		.config_file = m->config_file,
		.host_name = m->host_name,
	};

	note_health(m);
	row.health = m->health;
	row.health_reason = m->health_reason;
	table_put(m->tables[TABLE_SET], key, 1, &row);
}

void
model_move_scalars(struct model *m, uint32_t index_next, uint32_t adopt)
{
	m->move_index_next = index_next;
	m->adopt = adopt;
}

void
model_reload(struct model *m, const struct model_reload *r)
{
	char *text = xstrdup(r->text);

	free((char *)m->reload.text);
	m->reload = *r;
	m->reload.text = text;
}

void
model_whereabouts(struct model *m, const char *host, const char *file)
{
	free(m->host_name);
	free(m->config_file);
	m->host_name = xstrdup(host);
	m->config_file = xstrdup(file);
}

struct table *
model_table_of(struct model *m, enum table_id id)
{
	assert(id >= TABLE_POLICY_SET && id < TABLE_COUNT);
	return m->tables[id];
}

struct table *const *
model_tables(struct model *m, const struct model_now *now, bool *changed)
{
	uint64_t version = 0;
	int i;

	domain_publish(m, now);
	set_put_row(m);
	for (i = 0; i < TABLE_COUNT; i++)
		version += table_version(m->tables[i]);
	if (changed != NULL)
		*changed = m->rebuilt || version != m->told_version;
	m->rebuilt = false;
	m->told_version = version;
	return m->tables;
}
