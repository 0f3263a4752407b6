/*
 * SPDX-License-Identifier: Apache-2.0
 * What move/ is told: a VM and what is seen of its sites, as numbers.
 *
 * Reads the model and changes nothing. Everything here stands on the last round of each
 * cluster; nothing is filled in that no round told.
 */
#include "set/model_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

uint32_t
model_vm_find(const struct model *m, const char *name)
{
	struct m_vm *v;

	HASH_FIND_STR(m->vms, name, v);
	return v == NULL ? 0 : v->index;
}

static int
site_number(const struct m_vm *v, const struct m_site *s)
{
	return s == NULL ? -1 : (int)(s - v->sites);
}

static int
site_in(const struct m_vm *v, uint32_t cluster)
{
	size_t i;

	for (i = 0; i < v->nsites; i++)
		if (v->sites[i].cluster->index == cluster)
			return (int)i;
	return -1;
}

int
model_vm_site(const struct model *m, uint32_t vm, uint32_t cluster)
{
	const struct m_vm *v = model_vm(m, vm);

	return v == NULL ? -1 : site_in(v, cluster);
}

void
model_cluster_vms(const struct model *m, size_t cluster,
    void (*each)(void *arg, uint32_t vm), void *arg)
{
	const struct m_cluster *c =
	    cluster < m->nclusters ? m->clusters[cluster] : NULL;
	size_t i;

	for (i = 0; c != NULL && i < c->nsites; i++)
		each(arg, c->sites[i]->vm->index);
}

const char *
model_node_name(const struct model *m, uint32_t cluster, uint32_t node)
{
	const struct m_node *n = cluster_node_at(model_cluster(m, cluster), node);

	return n == NULL ? NULL : n->cfg->name;
}

uint32_t
model_node_find(const struct model *m, uint32_t cluster, const char *name)
{
	const struct m_cluster *c = model_cluster(m, cluster);
	const struct m_node *n = c == NULL ? NULL : cluster_node(c, name);

	return n == NULL ? 0 : n->index;
}

static struct vm_place
place_of(const struct m_site *s)
{
	return (struct vm_place) {
		.cluster = s->cluster->slot,
		.cluster_index = s->cluster->index,
		.cluster_name = s->cluster->cfg->name,
		.group = s->group,
		.monitors =
		    s->cfg == NULL ? NULL : (const char *const *)s->cfg->monitors,
		.nmonitors = s->cfg == NULL ? 0 : s->cfg->nmonitors,
		.text = s->text == NULL ? "" : s->text,
		.evidence = s->evidence.text == NULL ? "" : s->evidence.text,
	};
}

bool
model_vm_info(const struct model *m, uint32_t vm, struct vm_info *info)
{
	const struct m_vm *v = model_vm(m, vm);
	const struct m_cluster *c;
	const struct m_node *n;
	const char *home;
	size_t i;

	memset(info, 0, sizeof(*info));
	if (v == NULL)
		return false;
	info->index = v->index;
	info->name = v->name;
	info->kind = v->kind;
	info->admin = v->kept->admin;
	info->oper = v->oper;
	info->oper_text = v->text == NULL ? "" : v->text;
	info->hold = vm_on_hold(v);
	info->lately = v->ran != NULL;
	info->priority =
	    v->kept->priority != ROW_NONE ? v->kept->priority : v->cfg_priority;
	info->place = site_number(v, v->place);
	n = v->place == NULL ? NULL
	                     : cluster_node(v->place->cluster, v->place->current);
	info->node = n == NULL ? 0 : n->index;
	info->last = site_in(v, v->last_cluster);
	home = v->kept->home != NULL ? v->kept->home : v->cfg_home;
	c = home == NULL ? NULL : model_cluster_named(m, home);
	info->home = c == NULL ? -1 : site_in(v, c->index);
	info->ndisks = v->ndisks;
	info->too_many = v->nsites > SIGHT_SITES;
	info->nsites = info->too_many ? SIGHT_SITES : v->nsites;
	for (i = 0; i < info->nsites; i++)
		info->site[i] = place_of(&v->sites[i]);
	if (info->place >= (int)info->nsites)
		info->place = -1;
	if (v->lost != NULL && v->oper != VM_CONFLICT) {
		info->oper = VM_IN_DOUBT; /* nobody sees whether it runs there */
		info->oper_text = "it ran in a cluster where it has no site any more";
	}
	return true;
}

/* --- sites ----------------------------------------------------------------------- */

/* A server that will not talk to us is alive; only silence is none. */
static bool
alive(const struct m_cluster *c)
{
	size_t i;

	if (c->kept->admin == CLUSTER_IGNORED)
		return false;
	for (i = 0; i < c->nnodes; i++)
		if (c->nodes[i].reach != REACH_UNASKED &&
		    c->nodes[i].reach != REACH_REFUSED &&
		    c->nodes[i].reach != REACH_TIMEOUT)
			return true;
	return c->answered;
}

/* Is there somebody to send a command to: a server that is sane by its own answer? */
static bool
commandable(const struct m_cluster *c)
{
	const struct obs_view *v;
	bool obeys = false;
	size_t i;

	if (cluster_blind(c) || !c->answered)
		return false;
	for (i = 0; i < c->seen->nviews && !obeys; i++) {
		v = &c->seen->views[i];
		obeys = v->reach == REACH_OK && v->server < c->nnodes &&
		    c->nodes[v->server].oper == NODE_ONLINE &&
		    evidence_view_obeys(c->cfg, v, &c->own);
	}
	return obeys;
}

bool
node_takes(const struct m_node *n)
{
	return n->oper == NODE_ONLINE && n->kept->admin == CLUSTER_ACTIVE;
}

static bool
nodes_take(const struct m_cluster *c, uint32_t wanted)
{
	const struct m_node *n = cluster_node_at(c, wanted);
	size_t i;

	if (wanted != 0)
		return n != NULL && node_takes(n);
	for (i = 0; i < c->nnodes; i++)
		if (node_takes(&c->nodes[i]))
			return true;
	return false;
}

static struct site_sight
sight_of(const struct m_site *s, uint32_t wanted)
{
	const struct m_cluster *c = s->cluster;
	const bool blind = cluster_blind(c);
	const struct m_node *n = cluster_node(c, s->current);

	return (struct site_sight) {
		.fresh = !blind,
		.commandable = commandable(c),
		.closed = c->kept->admin != CLUSTER_ACTIVE,
		.node_ok = nodes_take(c, wanted),
		.alive = alive(c),
		.active = !blind && s->evidence.active,
		.oper = (uint8_t)s->oper,
		.node = n == NULL ? 0 : n->index,
		.start = blind ? 0 : c->seen->start,
		.parts = s->evidence.parts,
		.trusted = s->evidence.trusted,
		.judged = s->evidence.round_start,
		.offline_since = s->evidence.offline_since,
		.has_monitors = s->cfg != NULL && s->cfg->nmonitors > 0,
	};
}

/* --- disks ----------------------------------------------------------------------- */

/* Nobody owns it, and that is known: passed on, or never seen anywhere. */
static bool
free_disk(const struct m_disk *d)
{
	return *d->kept->owner == '\0' &&
	    (d->kept->epoch != 0 || d->oper == DISK_RELEASED);
}

static int
disk_owner(const struct m_vm *v, const struct m_disk *d)
{
	const struct m_disk_site *ds;

	if (d->kind != DISK_SHARED)
		return OWNER_OTHER;
	if (*d->kept->owner == '\0')
		return free_disk(d) ? OWNER_NOBODY : OWNER_OTHER;
	ds = disk_owner_site(d);
	return ds == NULL ? OWNER_OTHER : site_number(v, ds->site);
}

static int
owner_of(const struct m_vm *v)
{
	int owner;
	size_t i;

	if (v->lost != NULL)
		return OWNER_OTHER;
	if (v->ndisks == 0)
		return OWNER_NO_DISKS;
	owner = disk_owner(v, v->disks[0]);
	for (i = 1; i < v->ndisks; i++)
		if (disk_owner(v, v->disks[i]) != owner)
			return OWNER_OTHER;
	return owner;
}

uint64_t
vm_epoch(const struct m_vm *v)
{
	uint64_t epoch = 0;
	size_t i;

	for (i = 0; i < v->ndisks; i++)
		if (v->disks[i]->kept->epoch > epoch)
			epoch = v->disks[i]->kept->epoch;
	return epoch;
}

bool
model_vm_sight(
    const struct model *m, uint32_t vm, int to, uint32_t wanted, struct vm_sight *sight)
{
	const struct m_vm *v = model_vm(m, vm);
	size_t i;

	memset(sight, 0, sizeof(*sight));
	if (v == NULL || v->nsites > SIGHT_SITES)
		return false;
	sight->nsites = v->nsites;
	for (i = 0; i < v->nsites; i++)
		sight->site[i] = sight_of(&v->sites[i], (int)i == to ? wanted : 0);
	sight->owner = owner_of(v);
	sight->epoch =
	    v->kind == VM_STATELESS ? SIGHT_STATELESS_EPOCH : (uint32_t)vm_epoch(v);
	sight->hold = vm_on_hold(v);
	sight->conflict = v->oper == VM_CONFLICT;
	return true;
}

/* --- monitors and conflicts ------------------------------------------------------- */

enum ecx_status
model_monitor(
    const struct model *m, size_t cluster, const char *monitor, const char *server)
{
	const struct m_cluster *c =
	    cluster < m->nclusters ? m->clusters[cluster] : NULL;

	return c == NULL || cluster_blind(c) ? ECX_UNKNOWN
	                                     : look_monitor(c->seen, monitor, server);
}

void
model_conflicts(
    const struct model *m, void (*each)(void *arg, const char *vm), void *arg)
{
	const struct m_alarm *a;

	for (a = m->alarms; a != NULL; a = a->hh.next)
		if (a->type == ALARM_VM_CONFLICT && a->object == OBJECT_VM)
			each(arg, a->object_name);
}
