/*
 * SPDX-License-Identifier: Apache-2.0
 * The model's life: settings taken whole, rounds taken in, tables brought up to date.
 */
#include "set/model_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct model *
model_new(
    const struct model_sink *sink, const char *version, const struct model_now *now)
{
	struct model *m = xcalloc(1, sizeof(*m));
	int i;

	if (sink != NULL)
		m->sink = *sink;
	m->version = xstrdup(version);
	m->started = *now;
	m->last_change = now->wall;
	m->names = names_new();
	m->next_event = m->oldest_event = 1;
	for (i = 0; i < TABLE_COUNT; i++)
		m->tables[i] = table_new(&row_types[i]);
	return m;
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
model_free(struct model *m)
{
	int i;

	if (m == NULL)
		return;
	vms_free(m->vms);
	clusters_free(m->clusters, m->nclusters);
	note_free(m);
	kept_free(m);
	names_free(m->names);
	for (i = 0; i < TABLE_COUNT; i++)
		table_free(m->tables[i]);
	free(m->version);
	free(m);
}

uint32_t
model_index(struct model *m, enum name_kind kind, const char *name)
{
	bool fresh;
	uint32_t index = names_index(m->names, kind, name, &fresh);

	if (fresh && m->sink.index != NULL)
		m->sink.index(m->sink.arg, kind, name, index);
	return index;
}

struct m_cluster *
model_cluster(const struct model *m, uint32_t index)
{
	size_t i;

	for (i = 0; i < m->nclusters; i++)
		if (m->clusters[i]->index == index)
			return m->clusters[i];
	return NULL;
}

struct m_cluster *
model_cluster_named(const struct model *m, const char *name)
{
	const uint32_t index = names_find(m->names, NAME_CLUSTER, name);

	return index == 0 ? NULL : model_cluster(m, index);
}

/* --- what new settings may not take away -------------------------------------------
 */

static const struct vm_settings *
vm_named(const struct settings *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->nvms; i++)
		if (strcmp(s->vms[i].name, name) == 0)
			return &s->vms[i];
	return NULL;
}

/* Does the new VM still pair `cluster` with this group and, for the disk, this
 * resource? */
static bool
still_paired(const struct settings *s, const struct vm_settings *v, const char *cluster,
    const char *group, const char *disk, const char *resource)
{
	bool site = false;
	size_t i, j;

	for (i = 0; i < v->nsites; i++)
		site = site ||
		    (strcmp(s->clusters[v->sites[i].cluster].name, cluster) == 0 &&
		        strcmp(v->sites[i].group, group) == 0);
	if (!site)
		return false;
	for (i = 0; i < v->ndisks; i++)
		for (j = 0; j < v->disks[i].nsites; j++)
			if (strcmp(v->disks[i].name, disk) == 0 &&
			    strcmp(s->clusters[v->disks[i].sites[j].cluster].name,
			        cluster) == 0 &&
			    strcmp(v->disks[i].sites[j].resource, resource) == 0)
				return true;
	return false;
}

static bool
keeps_owner(const struct settings *s, const struct m_vm *v, const struct m_disk *d)
{
	const struct vm_settings *now = vm_named(s, v->name);
	size_t i;

	for (i = 0; i < d->nsites; i++) {
		const struct m_site *site = d->sites[i].site;

		if (strcmp(site->cluster->cfg->name, disk_owner_name(d)) != 0)
			continue;
		if (now != NULL)
			return still_paired(s, now, disk_owner_name(d), site->group,
			    d->name, d->sites[i].resource);
		return v->by_pattern &&
		    pattern_covers(s, site->group, disk_owner_name(d));
	}
	return true; /* its owner is not among its sites: nothing more can be lost */
}

static int
check_removals(const struct model *m, const struct settings *s, char **cause)
{
	const struct m_vm *v;
	size_t i;

	for (v = m->vms; v != NULL; v = v->hh.next)
		for (i = 0; i < v->ndisks; i++) {
			const struct m_disk *d = v->disks[i];

			if (*disk_owner_name(d) == '\0' || keeps_owner(s, v, d) ||
			    (v->kept->admin == VM_DOWN && vm_known_stopped(v)))
				continue;
			return cause_set(cause,
			    "%s: vm %s: cluster %s owns its disk %s and would lose it: "
			    "set the VM down (csVmAdminState.%u), stop it, and reload "
			    "again when it is seen stopped everywhere",
			    s->file == NULL ? "configuration" : s->file, v->name,
			    disk_owner_name(d), d->name, v->index);
		}
	return 0;
}

/* The owner of a disk that the settings drop (its VM is down and stopped). */
static void
release_dropped(struct model *m, struct m_vm *old, const struct model_now *now)
{
	size_t i;

	for (i = 0; i < old->ndisks; i++) {
		struct kept_disk *k = old->disks[i]->kept;

		if (*k->owner == '\0' || keeps_owner(m->settings, old, old->disks[i]))
			continue;
		free(k->owner);
		k->owner = xstrdup("");
		k->epoch++;
		k->since = now->wall;
		kept_tell_disk(m, k);
	}
}

/* --- taking settings ----------------------------------------------------------------
 */

static bool
same_servers(const struct cluster_settings *a, const struct cluster_settings *b)
{
	size_t i;

	if (a->nservers != b->nservers)
		return false;
	for (i = 0; i < a->nservers; i++)
		if (strcmp(a->servers[i].name, b->servers[i].name) != 0 ||
		    strcmp(a->servers[i].url, b->servers[i].url) != 0)
			return false;
	return true;
}

static void
clusters_take(struct model *m, struct m_cluster **old, size_t nold)
{
	size_t i, j;

	m->nclusters = m->settings->nclusters;
	m->clusters = xcalloc(m->nclusters, sizeof(*m->clusters));
	for (i = 0; i < m->nclusters; i++) {
		struct m_cluster *was = NULL, *c;

		for (j = 0; j < nold; j++)
			if (strcmp(old[j]->kept->name, m->settings->clusters[i].name) ==
			    0)
				was = old[j];
		c = m->clusters[i] = cluster_new(m, i, was);
		if (was != NULL && same_servers(was->cfg, c->cfg)) {
			/* the knowledge of a member that stays itself stays */
			c->seen = was->seen;
			was->seen = NULL;
			c->fresh = was->fresh;
			c->answered = was->answered;
			c->identity_ok = was->identity_ok;
		}
	}
}

/* States go on over a reload, so that it makes no events of its own. */
static void
vm_carry(struct m_vm *v, struct m_vm *old)
{
	size_t i, j;

	v->oper = old->oper;
	v->known = old->known;
	v->text = xstrdup(old->text);
	v->since = old->since;
	v->last_cluster = old->last_cluster;
	v->last_node = old->last_node;
	v->last_move = old->last_move;
	for (i = 0; i < v->nsites; i++)
		for (j = 0; j < old->nsites; j++)
			if (v->sites[i].kept == old->sites[j].kept &&
			    strcmp(v->sites[i].group, old->sites[j].group) == 0) {
				evidence_clear(&v->sites[i].evidence);
				v->sites[i].evidence = old->sites[j].evidence;
				memset(&old->sites[j].evidence, 0,
				    sizeof(old->sites[j].evidence));
			}
	for (i = 0; i < v->ndisks; i++)
		for (j = 0; j < old->ndisks; j++)
			if (v->disks[i]->kept == old->disks[j]->kept) {
				v->disks[i]->oper = old->disks[j]->oper;
				v->disks[i]->since = old->disks[j]->since;
			}
}

static void
tables_renew(struct model *m)
{
	int i;

	for (i = 0; i < TABLE_COUNT; i++) {
		if (i == TABLE_EVENT || i == TABLE_ALARM || i == TABLE_SET)
			continue;
		table_free(m->tables[i]);
		m->tables[i] = table_new(&row_types[i]);
	}
	m->rebuilt = true;
}

static size_t
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
		vm_new(m, &s->vms[i], avail_slot(s, s->vms[i].avail_set), false, now);
	pattern_restore(m, now);
	for (i = 0; i < m->nclusters; i++)
		pattern_discover(m, m->clusters[i], m->clusters[i]->seen, now);
	HASH_ITER (hh, old, was, tmp) {
		HASH_FIND_STR(m->vms, was->name, v);
		if (v != NULL)
			vm_carry(v, was);
		release_dropped(m, was, now);
		if (v != NULL)
			continue;
		text = xasprintf("vm %s: no longer configured", was->name);
		model_event(
		    m, EVENT_OBJECT_REMOVED, SEV_INFO, OBJECT_VM, was->name, text, now);
		free(text);
	}
}

static void
transport_alarms(struct model *m, struct m_cluster *c, const struct model_now *now)
{
	const struct cluster_settings *cfg = c->cfg;
	char *text = NULL;
	size_t i;

	for (i = 0; i < cfg->nservers; i++)
		if (strncmp(cfg->servers[i].url, "http:", 5) == 0)
			cause_set(&text,
			    "cluster %s: server %s is asked over plain http: OS "
			    "passwords "
			    "cross the network readable; switch its API to https",
			    cfg->name, cfg->servers[i].name);
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
	const struct m_vm *v;
	size_t i;

	for (v = m->vms; v != NULL; v = v->hh.next)
		for (i = 0; i < v->ndisks; i++)
			if (strcmp(v->disks[i]->name, name) == 0)
				return true;
	return false;
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

	for (v = m->vms; v != NULL; v = v->hh.next)
		vm_update(m, v, now);
	for (i = 0; i < m->nclusters; i++) {
		cluster_publish(m, m->clusters[i], now);
		cluster_recount(m, m->clusters[i]);
		candidates_publish(m, m->clusters[i]);
		transport_alarms(m, m->clusters[i], now);
	}
	m->domains_dirty = true;
}

int
model_configure(struct model *m, const struct settings *s, uint64_t seq,
    const struct model_now *now, char **cause)
{
	struct m_cluster **old_clusters = m->clusters;
	size_t nold = m->nclusters;
	struct m_vm *old_vms = m->vms;

	if (check_removals(m, s, cause) != 0)
		return -1;
	m->settings = s;
	m->settings_seq = seq;
	tables_renew(m);
	clusters_take(m, old_clusters, nold);
	vms_take(m, old_vms, now);
	vms_free(old_vms);
	clusters_free(old_clusters, nold);
	publish_all(m, now);
	note_alarms_sweep(m, OBJECT_CLUSTER, cluster_there, now);
	note_alarms_sweep(m, OBJECT_NODE, node_there, now);
	note_alarms_sweep(m, OBJECT_VM, vm_there, now);
	note_alarms_sweep(m, OBJECT_DISK, disk_there, now);
	note_alarms_sweep(m, OBJECT_AVAIL_SET, avail_set_there, now);
	return 0;
}

/* --- rounds and time
 * ------------------------------------------------------------------ */

void
model_observe(struct model *m, struct observation *o, const struct model_now *now)
{
	struct m_cluster *c;
	size_t i;

	if (o->settings_seq != m->settings_seq || o->cluster >= m->nclusters) {
		observation_free(o); /* of a configuration that is gone */
		return;
	}
	c = m->clusters[o->cluster];
	cluster_observe(m, c, o, now);
	cluster_publish(m, c, now); /* a node is down before its VMs move */
	if (c->answered) {
		c->wants_fast = false;
		pattern_discover(m, c, o, now);
		for (i = 0; i < c->nsites; i++)
			vm_site_evidence(m, c->sites[i], o);
		for (i = 0; i < c->nsites; i++)
			vm_update(m, c->sites[i]->vm, now);
		candidates_publish(m, c);
		cluster_recount(m, c);
	}
}

static void
gap_over(struct model *m, const struct model_now *now)
{
	size_t i;

	for (i = 0; i < m->nclusters; i++)
		if (m->clusters[i]->seen == NULL && m->clusters[i]->answered)
			return;
	m->gap = false;
	note_alarm(
	    m, ALARM_CLOCK_GAP, SEV_WARNING, OBJECT_SET, m->settings->name, NULL, now);
}

void
model_tick(struct model *m, const struct model_now *now)
{
	struct m_cluster *c;
	size_t i, j;

	for (i = 0; i < m->nclusters; i++) {
		c = m->clusters[i];
		if (!cluster_age(m, c, now))
			continue;
		cluster_publish(m, c, now);
		for (j = 0; j < c->nsites; j++)
			vm_update(m, c->sites[j]->vm, now);
		candidates_publish(m, c);
		cluster_recount(m, c);
	}
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

	for (i = 0; i < m->nclusters; i++) {
		c = m->clusters[i];
		observation_free(c->seen);
		c->seen = NULL;
	}
	model_tick(m, now);
	m->gap = true;
	note_alarm(
	    m, ALARM_CLOCK_GAP, SEV_WARNING, OBJECT_SET, m->settings->name, text, now);
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
	if (!c->fresh || now->ms - c->full_start < due)
		return false;
	for (i = 0; i < c->nsites; i++)
		if (c->sites[i]->vm->nsites > 1 && c->sites[i]->oper == SITE_OFFLINE)
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
	char *reason = NULL;
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
	};

	row.health = note_health(m, &reason);
	row.health_reason = reason;
	table_put(m->tables[TABLE_SET], key, 1, &row);
	free(reason);
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
