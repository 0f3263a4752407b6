/*
 * SPDX-License-Identifier: Apache-2.0
 * New settings: taken whole, or refused with the reason.
 *
 * Everything that is configured is built anew beside what was; states, evidence and
 * what is freshly known go on, so that a reload makes no events of its own.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "set/model_impl.h"

uint32_t
model_index(struct model *m, enum name_kind kind, const char *name)
{
	bool fresh;
	uint32_t index = names_index(m->names, kind, name, &fresh);

	if (fresh && m->sink.index != NULL)
		m->sink.index(m->sink.arg, kind, name, index);
	return index;
}

static void
vms_free(struct m_vm *vms)
{
	struct m_vm *v, *tmp;

	HASH_ITER (hh, vms, v, tmp) {
		HASH_DEL(vms, v);
		vm_free(v);
	}
}

static void
clusters_free(struct m_cluster **clusters, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		cluster_free(clusters[i]);
	free(clusters);
}

void
configure_free(struct model *m)
{
	load_unlink(m->vms);
	HASH_CLEAR(hh, m->by_index);
	domain_free(m);
	clusters_free(m->clusters, m->nclusters);
	vms_free(m->vms);
}

/* --- taking settings ----------------------------------------------------------------
 */

static bool
has_server(const struct cluster_settings *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->nservers; i++)
		if (strcmp(c->servers[i].name, name) == 0)
			return true;
	return false;
}

/* Is every server of `a` one of `b`? */
static bool
servers_within(const struct cluster_settings *a, const struct cluster_settings *b)
{
	size_t i;

	for (i = 0; i < a->nservers; i++)
		if (!has_server(b, a->servers[i].name))
			return false;
	return true;
}

/* What is known of a member that stays itself stays known, other addresses or not. */
static void
cluster_carry(struct m_cluster *c, struct m_cluster *was)
{
	c->own = was->own; /* what is owed to its monitors stays owed */
	memset(&was->own, 0, sizeof(was->own));
	c->servers_changed = !servers_within(c->cfg, was->cfg);
	if (!servers_within(was->cfg, c->cfg) ||
	    !text_same(was->cfg->ecx_name, c->cfg->ecx_name)) {
		c->servers_changed = true;
		return;
	}
	c->seen = was->seen;
	was->seen = NULL;
	c->unsound = was->unsound;
	was->unsound = NULL;
	c->full_start = was->full_start;
	c->tried = was->tried;
	c->fresh = was->fresh;
	c->answered = was->answered;
	c->identity_ok = was->identity_ok;
}

static void
cluster_gone(struct model *m, const struct m_cluster *c, const struct model_now *now)
{
	char *text = xasprintf("cluster %s: no longer configured", c->cfg->name);

	model_event(
	    m, EVENT_OBJECT_REMOVED, SEV_INFO, OBJECT_CLUSTER, c->cfg->name, text, now);
	free(text);
}

static void
clusters_take(
    struct model *m, struct m_cluster **old, size_t nold, const struct model_now *now)
{
	struct m_cluster *was, *was_index = m->by_index, *c;
	uint32_t index;
	size_t i;

	m->nclusters = m->settings->nclusters;
	m->clusters = xcalloc(m->nclusters, sizeof(*m->clusters));
	m->by_index = NULL;
	for (i = 0; i < m->nclusters; i++) {
		index =
		    names_find(m->names, NAME_CLUSTER, m->settings->clusters[i].name);
		HASH_FIND(hh, was_index, &index, sizeof(index), was);
		c = m->clusters[i] = cluster_new(m, i, was);
		if (was != NULL)
			cluster_carry(c, was);
	}
	for (i = 0; i < nold; i++)
		if (model_cluster(m, old[i]->index) == NULL)
			cluster_gone(m, old[i], now);
	HASH_CLEAR(hh, was_index);
}

/* States go on over a reload, so that it makes no events of its own. */
static void
vm_carry(struct m_vm *v, struct m_vm *old)
{
	size_t i, j;

	v->oper = old->oper;
	v->shown = old->shown;
	v->busy = old->busy;
	v->busy_text = old->busy_text;
	old->busy_text = NULL;
	v->stopped_why = old->stopped_why;
	old->stopped_why = NULL;
	v->known = old->known;
	v->conflicted = old->conflicted;
	v->reacted = old->reacted;
	v->restart = old->restart;
	v->ran = old->ran;
	v->ran_node = old->ran_node;
	v->ran_online = old->ran_online;
	v->ran_over = old->ran_over;
	v->ran_late = old->ran_late;
	v->ran_monitor = old->ran_monitor;
	old->ran_monitor = NULL;
	v->text = xstrdup(old->text);
	v->since = old->since;
	v->last_cluster = old->last_cluster;
	v->last_node = old->last_node;
	v->last_move = old->last_move;
	v->load = old->load;
	v->released = old->released;
	v->released_at = old->released_at;
	for (i = 0; i < v->nsites; i++)
		for (j = 0; j < old->nsites; j++)
			if (v->sites[i].kept == old->sites[j].kept) {
				v->sites[i].orders = old->sites[j].orders;
				evidence_command(&v->sites[i].evidence,
				    v->sites[i].orders.may_start);
			}
	for (i = 0; i < v->nsites; i++)
		for (j = 0; j < old->nsites; j++)
			if (v->sites[i].kept == old->sites[j].kept &&
			    strcmp(v->sites[i].group, old->sites[j].group) == 0 &&
			    !v->sites[i].cluster->servers_changed) {
				v->sites[i].active_since = old->sites[j].active_since;
				v->sites[i].absent_rounds = old->sites[j].absent_rounds;
				evidence_clear(&v->sites[i].evidence);
				v->sites[i].evidence = old->sites[j].evidence;
				memset(&old->sites[j].evidence, 0,
				    sizeof(old->sites[j].evidence));
			}
	for (i = 0; i < v->ndisks; i++)
		for (j = 0; j < old->ndisks; j++)
			if (v->disks[i]->kept == old->disks[j]->kept) {
				v->disks[i]->oper = old->disks[j]->oper;
				v->disks[i]->conflicted = old->disks[j]->conflicted;
			}
}

static void
tables_renew(struct model *m)
{
	int i;

	for (i = 0; i < TABLE_COUNT; i++) {
		if (i == TABLE_EVENT || i == TABLE_ALARM || i == TABLE_SET ||
		    i == TABLE_MOVE || i >= TABLE_POLICY_SET)
			continue; /* of no slot in the settings, or put by others */
		table_free(m->tables[i]);
		m->tables[i] = table_new(&row_types[i]);
	}
	m->rebuilt = true;
}

size_t
avail_slot(const struct settings *s, const char *name)
{
	size_t i;

	for (i = 0; name != NULL && i < s->navail_sets; i++)
		if (strcmp(s->avail_sets[i].name, name) == 0)
			return i;
	return SIZE_MAX;
}

static void
vms_take(struct model *m, struct m_vm *old, const struct model_now *now)
{
	const struct settings *s = m->settings;
	struct m_vm *v, *was, *tmp;
	char *text;
	size_t i;

	m->vms = NULL;
	for (i = 0; i < s->nvms; i++)
		vm_new(m, &s->vms[i], avail_slot(s, s->vms[i].avail_set), false);
	pattern_restore(m);
	for (i = 0; i < m->nclusters; i++)
		pattern_discover(m, m->clusters[i]);
	guard_release(m, old, now);
	load_unlink(old);
	HASH_ITER (hh, old, was, tmp) {
		HASH_FIND_STR(m->vms, was->name, v);
		if (v != NULL)
			vm_carry(v, was);
		if (v != NULL)
			continue;
		text = xasprintf("vm %s: no longer configured", was->name);
		model_event(
		    m, EVENT_OBJECT_REMOVED, SEV_INFO, OBJECT_VM, was->name, text, now);
		free(text);
	}
}

#define PLAIN_MAX 100 /* octets of servers' names; of the rest the number is told */

static void
transport_alarms(struct model *m, struct m_cluster *c, const struct model_now *now)
{
	const struct cluster_settings *cfg = c->cfg;
	char *text = NULL, *names = NULL;
	unsigned more = 0;
	size_t i;

	for (i = 0; i < cfg->nservers; i++) {
		if (strncmp(cfg->servers[i].url, "http:", 5) != 0)
			continue;
		if (names != NULL && strlen(names) > PLAIN_MAX) {
			more++;
			continue;
		}
		cause_set(&names, "%s%s%s", names == NULL ? "" : names,
		    names == NULL ? "" : ", ", cfg->servers[i].name);
	}
	if (more > 0)
		cause_set(&names, "%s (and %u more)", names, more);
	if (names != NULL)
		cause_set(&text,
		    "cluster %s: asked over plain http: %s: OS passwords cross the "
		    "network readable; switch the API to https",
		    cfg->name, names);
	free(names);
	note_alarm(
	    m, ALARM_PLAIN_HTTP, SEV_WARNING, OBJECT_CLUSTER, cfg->name, text, now);
	xfree_clear(&text);
	if (!cfg->verify)
		cause_set(&text,
		    "cluster %s: certificates are not verified: give its ca-file or "
		    "pinned-key",
		    cfg->name);
	note_alarm(
	    m, ALARM_TLS_UNVERIFIED, SEV_WARNING, OBJECT_CLUSTER, cfg->name, text, now);
	free(text);
}

static bool
cluster_there(struct model *m, const char *name)
{
	return model_cluster_named(m, name) != NULL;
}

static bool
node_there(struct model *m, const char *name)
{
	const char *slash = strrchr(name, '/');
	char *cluster =
	    slash == NULL ? xstrdup("") : xstrndup(name, (size_t)(slash - name));
	const struct m_cluster *c = model_cluster_named(m, cluster);

	free(cluster);
	return c != NULL && cluster_node(c, slash + 1) != NULL;
}

static bool
vm_there(struct model *m, const char *name)
{
	struct m_vm *v;

	HASH_FIND_STR(m->vms, name, v);
	return v != NULL;
}

static bool
disk_there(struct model *m, const char *name)
{
	const uint32_t index = names_find(m->names, NAME_DISK, name);

	return (index != 0 && table_get(m->tables[TABLE_DISK], &index, 1) != NULL) ||
	    guard_orphan(m, name);
}

void
configure_sweep(struct model *m, const struct model_now *now)
{
	note_alarms_sweep(m, OBJECT_VM, vm_there, now);
	note_alarms_sweep(m, OBJECT_DISK, disk_there, now);
}

static bool
avail_set_there(struct model *m, const char *name)
{
	return avail_slot(m->settings, name) != SIZE_MAX;
}

static void
publish_all(struct model *m, const struct model_now *now)
{
	struct m_vm *v;
	size_t i;

	for (i = 0; i < m->nclusters; i++)
		cluster_publish(m, m->clusters[i], now);
	for (v = m->vms; v != NULL; v = v->hh.next)
		vm_update(m, v, now);
	for (i = 0; i < m->nclusters; i++) {
		candidates_publish(m, m->clusters[i], now);
		cluster_recount(m, m->clusters[i]);
		transport_alarms(m, m->clusters[i], now);
	}
	m->domains_dirty = m->health_dirty = true;
}

int
model_configure(struct model *m, const struct settings *s, uint64_t seq,
    const struct model_now *now, char **cause)
{
	struct m_cluster **old_clusters = m->clusters;
	size_t nold = m->nclusters;
	struct m_vm *old_vms = m->vms;

	if (guard_check(m, s, cause) != 0)
		return -1;
	m->settings = s;
	m->settings_seq = seq;
	tables_renew(m);
	domain_take(m);
	clusters_take(m, old_clusters, nold, now);
	vms_take(m, old_vms, now);
	load_link(m);
	clusters_free(old_clusters, nold);
	vms_free(old_vms);
	note_trim(m);
	publish_all(m, now);
	guard_alarms(m, now);
	note_alarms_sweep(m, OBJECT_CLUSTER, cluster_there, now);
	note_alarms_sweep(m, OBJECT_NODE, node_there, now);
	configure_sweep(m, now);
	note_alarms_sweep(m, OBJECT_AVAIL_SET, avail_set_there, now);
	return 0;
}
