/*
 * SPDX-License-Identifier: Apache-2.0
 * Sites -> VMs: where each VM is, what that means, what changed.
 */
#include "set/model_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static const char *const vm_word[] = { "", "running", "starting", "stopping", "stopped",
	"failed", "moving", "in doubt", "conflict", "unknown" };
static const char *const site_word[] = { "", "Online", "Offline", "Online Pending",
	"Offline Pending", "Failure", "absent", "unknown" };

const char *
site_oper_word(enum cs_site_oper s)
{
	return site_word[s];
}

enum cs_site_oper
site_oper_of(const struct look *l)
{
	if (!l->agreed)
		return SITE_UNKNOWN;
	if (!l->present)
		return SITE_ABSENT;
	switch (l->status) {
	case ECX_ONLINE:
		return SITE_ONLINE;
	case ECX_OFFLINE:
		return l->current == NULL ? SITE_OFFLINE : SITE_UNKNOWN;
	case ECX_ONLINE_PENDING:
		return SITE_STARTING;
	case ECX_OFFLINE_PENDING:
		return SITE_STOPPING;
	case ECX_ONLINE_FAILURE:
	case ECX_OFFLINE_FAILURE:
	case ECX_ERROR:
		return SITE_FAILED;
	default:
		return SITE_UNKNOWN;
	}
}

bool
site_active(const struct m_site *s)
{
	return s->oper == SITE_ONLINE || s->oper == SITE_STARTING ||
	    s->oper == SITE_STOPPING;
}

/* --- life ------------------------------------------------------------------------ */

static void
split_resources(struct m_site *s)
{
	char *copy = xstrdup(s->kept->resources), *at = copy, *name;

	while ((name = strsep(&at, "\n")) != NULL) {
		if (*name == '\0')
			continue;
		s->resources = xreallocarray(
		    s->resources, s->nresources + 1, sizeof(*s->resources));
		s->resources[s->nresources++] = xstrdup(name);
	}
	free(copy);
}

static void
site_record(struct model *m, struct m_site *s, const char *resource)
{
	char *all;
	size_t i;

	for (i = 0; i < s->nresources; i++)
		if (strcmp(s->resources[i], resource) == 0)
			return;
	s->resources =
	    xreallocarray(s->resources, s->nresources + 1, sizeof(*s->resources));
	s->resources[s->nresources++] = xstrdup(resource);
	all = xasprintf("%s%s%s", s->kept->resources,
	    *s->kept->resources == '\0' ? "" : "\n", resource);
	free(s->kept->resources);
	s->kept->resources = all;
	kept_tell_site(m, s);
}

static void
cluster_add_site(struct m_cluster *c, struct m_site *s)
{
	if (c->nsites == c->room) {
		c->room = c->room == 0 ? 8 : c->room * 2;
		c->sites = xreallocarray(c->sites, c->room, sizeof(*c->sites));
	}
	c->sites[c->nsites++] = s;
}

static void
site_init(struct model *m, struct m_vm *v, struct m_site *s, size_t cluster,
    const char *group, unsigned preference)
{
	s->vm = v;
	s->cluster = m->clusters[cluster];
	s->kept = kept_site(m, v->name, s->cluster->cfg->name);
	s->group = xstrdup(group);
	s->preference = preference;
	s->oper = SITE_UNKNOWN;
	split_resources(s);
	evidence_void(&s->evidence, "not observed yet");
	cluster_add_site(s->cluster, s);
}

struct m_vm *
vm_new(struct model *m, const struct vm_settings *cfg, size_t avail_slot,
    bool by_pattern, const struct model_now *now)
{
	struct m_vm *v = xcalloc(1, sizeof(*v));
	size_t i;

	v->name = xstrdup(cfg->name);
	v->index = model_index(m, NAME_VM, cfg->name);
	v->uuid = xstrdup(cfg->uuid);
	v->kind = cfg->kind;
	v->cfg_home = xstrdup(cfg->home);
	v->cfg_priority = cfg->priority;
	v->memory = cfg->memory;
	v->avail_slot = avail_slot;
	v->avail_set = avail_slot == SIZE_MAX
	    ? 0
	    : model_index(m, NAME_AVAIL_SET, m->settings->avail_sets[avail_slot].name);
	v->by_pattern = by_pattern;
	v->kept = kept_vm(m, cfg->name);
	v->since = now->wall;
	v->nsites = cfg->nsites;
	v->sites = xcalloc(cfg->nsites, sizeof(*v->sites));
	for (i = 0; i < cfg->nsites; i++)
		site_init(m, v, &v->sites[i], cfg->sites[i].cluster,
		    cfg->sites[i].group, (unsigned)i);
	v->ndisks = cfg->ndisks;
	v->disks = xcalloc(cfg->ndisks, sizeof(*v->disks));
	for (i = 0; i < cfg->ndisks; i++)
		v->disks[i] = disk_new(m, v, &cfg->disks[i]);
	HASH_ADD_KEYPTR(hh, m->vms, v->name, strlen(v->name), v);
	m->domains_dirty = true;
	return v;
}

void
vm_free(struct m_vm *v)
{
	size_t i, j;

	for (i = 0; i < v->ndisks; i++)
		disk_free(v->disks[i]);
	for (i = 0; i < v->nsites; i++) {
		for (j = 0; j < v->sites[i].nresources; j++)
			free(v->sites[i].resources[j]);
		free(v->sites[i].resources);
		evidence_clear(&v->sites[i].evidence);
		free(v->sites[i].group);
		free(v->sites[i].text);
		free(v->sites[i].current);
	}
	free(v->sites);
	free(v->disks);
	free(v->name);
	free(v->uuid);
	free(v->cfg_home);
	free(v->text);
	free(v);
}

void
vm_drop_rows(struct model *m, const struct m_vm *v)
{
	uint32_t key[KEY_MAX];
	size_t i, n = key_from_name(v->name, key);

	table_drop(m->tables[TABLE_VM_NAME], key, n);
	table_drop(m->tables[TABLE_VM], &v->index, 1);
	for (i = 0; i < v->nsites; i++) {
		const uint32_t sk[2] = { v->index, v->sites[i].cluster->index };

		table_drop(m->tables[TABLE_VM_SITE], sk, 2);
	}
	for (i = 0; i < v->ndisks; i++)
		disk_drop_rows(m, v->disks[i]);
}

/* --- sites ----------------------------------------------------------------------- */

/* How many of the VM's disks have a resource there; their names belong to the record.
 */
static size_t
site_disks(struct model *m, struct m_site *s)
{
	size_t i, j, n = 0;

	for (i = 0; i < s->vm->ndisks; i++) {
		const struct m_disk *d = s->vm->disks[i];

		for (j = 0; j < d->nsites; j++)
			if (d->sites[j].site == s) {
				site_record(m, s, d->sites[j].resource);
				n++;
			}
	}
	return n;
}

/* What is in the group belongs to the record of the site (4f). */
static void
site_learn(struct model *m, struct m_site *s, const struct obs_view *v)
{
	size_t i;

	for (i = 0; i < v->nresources; i++)
		if (v->resources[i].group != NULL &&
		    strcmp(v->resources[i].group, s->group) == 0)
			site_record(m, s, v->resources[i].name);
}

void
vm_site_evidence(struct model *m, struct m_site *s, const struct observation *o)
{
	const struct m_cluster *c = s->cluster;
	const struct obs_view *v = o == NULL ? NULL : cluster_view(c);
	struct evidence_site es = {
		.cluster = c->cfg,
		.group = s->group,
		.kind = s->vm->kind,
		.identity_ok = c->identity_ok,
		.explained = s->vm->kept->admin == VM_DOWN,
		.keep = m->settings->poll.freshness,
	};

	if (v != NULL && c->identity_ok)
		site_learn(m, s, v);
	es.ndisks = site_disks(m, s);
	/* only now: learning may have moved them */
	es.resources = (const char *const *)s->resources;
	es.nresources = s->nresources;
	evidence_judge(&s->evidence, &es, o, &m->settings->evidence);
}

static void
site_judge(struct m_site *s)
{
	const struct m_cluster *c = s->cluster;
	struct look l;

	xfree_clear(&s->current);
	xfree_clear(&s->text);
	if (c->kept->admin == CLUSTER_IGNORED || !c->fresh || !c->identity_ok) {
		s->oper = SITE_UNKNOWN;
		s->text = xasprintf("cluster %s: %s", c->cfg->name,
		    c->kept->admin == CLUSTER_IGNORED ? "ignored"
		        : !c->tried                   ? "not asked yet"
		        : !c->fresh                   ? "nothing fresh is known"
		                                      : "another identity");
		return;
	}
	l = look_group(c->seen, s->group);
	s->oper = site_oper_of(&l);
	s->current = xstrdup(l.current);
	s->text = xstrdup(!l.agreed ? "the servers of the cluster disagree"
	        : !l.present        ? "the cluster has no such group"
	                            : ecx_status_text(l.status));
}

static void
site_put_row(struct model *m, const struct m_site *s)
{
	const struct m_node *n = cluster_node(s->cluster, s->current);
	const uint32_t key[2] = { s->vm->index, s->cluster->index };
	const struct vm_site_row row = {
		.vm_name = s->vm->name,
		.cluster_name = s->cluster->cfg->name,
		.group = s->group,
		.oper = s->oper,
		.status_text = s->text,
		.node = n == NULL ? 0 : n->index,
		.node_name = s->current == NULL ? "" : s->current,
		.preference = s->preference,
		.blocked = 2,
		.autostart = AUTOSTART_UNKNOWN,
		.evidence = s->evidence.state,
		.evidence_text = s->evidence.text,
		.confirm = ROW_NONE,
	};

	table_put(m->tables[TABLE_VM_SITE], key, 2, &row);
}

/* --- the VM ---------------------------------------------------------------------- */

struct tally {
	unsigned active, failed, unknown, absent, offline;
	struct m_site *where; /* the (last) active site, else a failed one */
};

static struct tally
tally_sites(struct m_vm *v)
{
	struct tally t = { 0 };
	size_t i;

	for (i = 0; i < v->nsites; i++) {
		struct m_site *s = &v->sites[i];

		site_judge(s);
		if (site_active(s)) {
			t.active++;
			t.where = s;
		} else if (s->oper == SITE_FAILED) {
			t.failed++;
			if (t.where == NULL)
				t.where = s;
		} else if (s->oper == SITE_UNKNOWN) {
			t.unknown++;
		} else if (s->oper == SITE_ABSENT) {
			t.absent++;
		} else {
			t.offline++;
		}
	}
	return t;
}

static char *
active_names(const struct m_vm *v)
{
	char *all = NULL;
	size_t i;

	for (i = 0; i < v->nsites; i++)
		if (site_active(&v->sites[i])) {
			if (all == NULL)
				cause_set(&all, "%s", v->sites[i].cluster->cfg->name);
			else
				cause_set(&all, "%s, %s", all,
				    v->sites[i].cluster->cfg->name);
		}
	return all;
}

static enum cs_vm_oper
judge(struct m_vm *v, const struct tally *t, char **text)
{
	char *names;

	if (v->kind == VM_REPLICA) {
		/* its groups stay Online on both sides: only replication can tell */
		cause_set(text, "replica: no direction hook tells which side runs it");
		return VM_UNKNOWN;
	}
	if (t->active > 1) {
		names = active_names(v);
		cause_set(text, "active in %u clusters: %s", t->active, names);
		free(names);
		return VM_CONFLICT;
	}
	if (t->active == 1 && t->unknown > 0 && v->oper == VM_CONFLICT) {
		/* silence does not end it */
		cause_set(text, "active in %s; the other side is not known any more",
		    t->where->cluster->cfg->name);
		return VM_CONFLICT;
	}
	if (t->active == 1) {
		cause_set(text, "%s on %s%s", site_word[t->where->oper],
		    t->where->current == NULL ? "no server" : t->where->current,
		    t->unknown > 0 ? "; of another site nothing is known" : "");
		return t->where->oper == SITE_ONLINE  ? VM_RUNNING
		    : t->where->oper == SITE_STARTING ? VM_STARTING
		                                      : VM_STOPPING;
	}
	if (t->failed > 0) {
		cause_set(text, "%s in cluster %s", t->where->text,
		    t->where->cluster->cfg->name);
		return VM_FAILED;
	}
	if (t->unknown > 0 || t->offline == 0) {
		cause_set(text,
		    t->unknown > 0 ? "not every site can be told"
		                   : "no cluster has its group");
		return VM_UNKNOWN;
	}
	cause_set(text, "Offline in every cluster");
	return VM_STOPPED;
}

bool
vm_known_stopped(const struct m_vm *v)
{
	size_t i;

	for (i = 0; i < v->nsites; i++)
		if (v->sites[i].oper != SITE_OFFLINE && v->sites[i].oper != SITE_ABSENT)
			return false;
	return true;
}

/* A newly seen VM gets the intent it is seen in (design 3, adoption). */
static void
adopt(struct model *m, struct m_vm *v, const struct model_now *now)
{
	char *text;

	if (v->kept->admin != 0)
		return;
	switch (v->oper) {
	case VM_RUNNING:
	case VM_STARTING:
		v->kept->admin = VM_UP;
		break;
	case VM_STOPPED:
		v->kept->admin = VM_DOWN;
		break;
	case VM_CONFLICT:
		v->kept->admin = VM_UP;
		v->kept->hold = true;
		break;
	default:
		return; /* not known: it stays unadopted, which counts as hold */
	}
	kept_tell_vm(m, v->kept);
	text = xasprintf("vm %s: adopted as %s%s", v->name,
	    v->kept->admin == VM_UP ? "up" : "down", v->kept->hold ? ", on hold" : "");
	model_event(m, EVENT_VM_ADOPTED, SEV_INFO, OBJECT_VM, v->name, text, now);
	free(text);
}

static void
vm_put_row(struct model *m, const struct m_vm *v)
{
	const struct m_node *n = v->place == NULL
	    ? NULL
	    : cluster_node(v->place->cluster, v->place->current);
	const char *home = v->kept->home != NULL ? v->kept->home : v->cfg_home;
	const struct m_cluster *hc = home == NULL ? NULL : model_cluster_named(m, home);
	struct vm_name_row name = { .index = v->index };
	uint32_t key[KEY_MAX];
	const struct vm_row row = {
		.name = v->name,
		.uuid = v->uuid,
		.kind = v->kind,
		.admin = v->kept->admin == 0 ? ROW_NONE : (int64_t)v->kept->admin,
		.hold = v->kept->hold || v->kept->admin == 0 ? 1 : 2,
		.oper = v->oper,
		.cluster = v->place == NULL ? 0 : v->place->cluster->index,
		.cluster_name = v->place == NULL ? "" : v->place->cluster->cfg->name,
		.node = n == NULL ? 0 : n->index,
		.node_name = v->place == NULL || v->place->current == NULL
		    ? ""
		    : v->place->current,
		.home = hc == NULL ? 0 : hc->index,
		.home_name = hc == NULL ? "" : hc->cfg->name,
		.avail_set = v->avail_set,
		.avail_set_name = v->avail_slot == SIZE_MAX
		    ? ""
		    : m->settings->avail_sets[v->avail_slot].name,
		.priority =
		    v->kept->priority != ROW_NONE ? v->kept->priority : v->cfg_priority,
		.proof = PROOF_ECX_ONLY,
		.target_cluster = ROW_NONE,
		.target_node = ROW_NONE,
		.cpu_load = ROW_NONE,
		.memory = v->memory,
		.last_move_wall = v->last_move,
		.since_wall = v->since,
		.status_text = v->text,
	};

	table_put(m->tables[TABLE_VM], &v->index, 1, &row);
	table_put(m->tables[TABLE_VM_NAME], key, key_from_name(v->name, key), &name);
}

static void
vm_event(struct model *m, const struct m_vm *v, struct event_note *e,
    const struct model_now *now)
{
	e->object = OBJECT_VM;
	e->object_name = v->name;
	e->cluster_name = v->place == NULL ? NULL : v->place->cluster->cfg->name;
	e->vm_name = v->name;
	e->table = TABLE_VM;
	e->row = table_get(m->tables[TABLE_VM], &v->index, 1);
	note_event(m, e, now);
}

static void
state_event(
    struct model *m, struct m_vm *v, enum cs_vm_oper was, const struct model_now *now)
{
	enum cs_severity severity = v->oper == VM_CONFLICT || v->oper == VM_FAILED
	    ? SEV_CRITICAL
	    : v->oper == VM_UNKNOWN || v->oper == VM_IN_DOUBT ? SEV_WARNING
	                                                      : SEV_INFO;
	char *text = xasprintf(
	    "vm %s: %s -> %s: %s", v->name, vm_word[was], vm_word[v->oper], v->text);
	struct event_note e = {
		.type = EVENT_VM_STATE, .severity = severity, .text = text
	};

	vm_event(m, v, &e, now);
	free(text);
}

/* Where it runs, compared with where it last ran, whatever was between. */
static void
placement_note(struct model *m, struct m_vm *v, const struct model_now *now)
{
	const struct m_node *n, *old;
	const struct m_cluster *c, *from;
	char *text;

	if (v->oper != VM_RUNNING ||
	    (n = cluster_node(v->place->cluster, v->place->current)) == NULL)
		return;
	c = v->place->cluster;
	if (v->last_node == n->index && v->last_cluster == c->index)
		return;
	if (v->last_node != 0) {
		from = model_cluster(m, v->last_cluster);
		old = NULL;
		for (size_t i = 0; from != NULL && i < from->nnodes; i++)
			if (from->nodes[i].index == v->last_node)
				old = &from->nodes[i];
		v->last_move = now->wall;
		vm_put_row(m, v);
		text = xasprintf("vm %s: from %s/%s to %s/%s", v->name,
		    from == NULL ? "?" : from->cfg->name,
		    old == NULL ? "?" : old->cfg->name, c->cfg->name, n->cfg->name);
		vm_event(m, v,
		    &(struct event_note) {
		        .type = EVENT_VM_PLACEMENT,
		        .severity = SEV_INFO,
		        .text = text,
		        .old_cluster = from == NULL ? NULL : from->cfg->name,
		        .old_node = old == NULL ? NULL : old->cfg->name,
		    },
		    now);
		free(text);
	}
	v->last_node = n->index;
	v->last_cluster = c->index;
}

static void
vm_alarms(
    struct model *m, struct m_vm *v, const struct tally *t, const struct model_now *now)
{
	char *text = NULL;

	if (v->oper == VM_CONFLICT)
		cause_set(&text, "vm %s: %s: stop all but one by hand at once", v->name,
		    v->text);
	note_alarm_if_known(m, t->unknown == 0, ALARM_VM_CONFLICT, SEV_CRITICAL,
	    OBJECT_VM, v->name, text, now);
	xfree_clear(&text);
	if (v->oper == VM_FAILED)
		cause_set(&text, "vm %s: %s", v->name, v->text);
	note_alarm_if_known(m, v->oper != VM_UNKNOWN, ALARM_VM_FAILED, SEV_CRITICAL,
	    OBJECT_VM, v->name, text, now);
	xfree_clear(&text);
	if (t->absent > 0)
		cause_set(&text,
		    "vm %s: %u of its %zu clusters have no such group: create it in "
		    "ECX "
		    "or correct the VM's sites",
		    v->name, t->absent, v->nsites);
	note_alarm_if_known(m, t->unknown == 0, ALARM_VM_MISSING, SEV_WARNING,
	    OBJECT_VM, v->name, text, now);
	free(text);
}

static void
note_held(struct model *m, struct m_vm *v)
{
	size_t i;

	for (i = 0; i < v->nsites; i++)
		if (site_active(&v->sites[i]) && !v->sites[i].kept->held) {
			v->sites[i].kept->held = true;
			kept_tell_site(m, &v->sites[i]);
		}
}

void
vm_update(struct model *m, struct m_vm *v, const struct model_now *now)
{
	enum cs_vm_oper was = v->oper;
	struct tally t = tally_sites(v);
	char *text = NULL;
	size_t i;

	v->oper = judge(v, &t, &text);
	free(v->text);
	v->text = text;
	v->place = v->oper == VM_CONFLICT || v->kind == VM_REPLICA ? NULL : t.where;
	if (v->oper != was) {
		v->since = now->wall;
		m->domains_dirty = true;
	}
	note_held(m, v);
	adopt(m, v, now);
	for (i = 0; i < v->nsites; i++) {
		site_put_row(m, &v->sites[i]);
		if (v->sites[i].oper == SITE_STARTING ||
		    v->sites[i].oper == SITE_STOPPING)
			v->sites[i].cluster->wants_fast = true;
	}
	vm_put_row(m, v);
	if (v->oper != was && was != 0 && (v->known || v->oper == VM_CONFLICT))
		state_event(m, v, was, now);
	v->known = v->known || v->oper != VM_UNKNOWN;
	placement_note(m, v, now);
	vm_alarms(m, v, &t, now);
	for (i = 0; i < v->ndisks; i++)
		disk_update(m, v->disks[i], now);
}
