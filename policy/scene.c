/*
 * SPDX-License-Identifier: Apache-2.0
 * A scene from a generation: one pass over each table, slots instead of indexes.
 *
 * Called wherever policies look; pure. What is in transit and how calm it is is judged
 * in scene_unrest.c, what the planner makes of it is in scene_input.c.
 */
#include "policy/scene.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "policy/scene_impl.h"

const void *
scene_row(const struct scene *s, enum table_id table, const void *after)
{
	const struct row *r = after;

	return table_view_next(s->generation->tables[table], r == NULL ? NULL : r->key,
	    r == NULL ? 0 : r->klen, false);
}

static double
thousandths(int64_t v)
{
	return v == ROW_NONE || v < 0 ? -1 : (double)v / 1000;
}

static int64_t
known(int64_t v)
{
	return v == ROW_NONE || v < 0 ? -1 : v;
}

/* --- slots ---------------------------------------------------------------- */

int
scene_cluster_find(const struct scene *s, uint32_t index)
{
	size_t low = 0, high = s->nclusters, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (s->clusters[mid].index < index)
			low = mid + 1;
		else
			high = mid;
	}
	return low < s->nclusters && s->clusters[low].index == index ? (int)low : -1;
}

int
scene_node_find(const struct scene *s, uint32_t cluster, uint32_t node)
{
	const int c = scene_cluster_find(s, cluster);
	size_t i;

	for (i = 0; c >= 0 && node != 0 && i < s->clusters[c].nnodes; i++)
		if (s->nodes[s->clusters[c].node + i].index == node)
			return (int)(s->clusters[c].node + i);
	return -1;
}

int
scene_vm_find(const struct scene *s, uint32_t index)
{
	size_t low = 0, high = s->nvms, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (s->vms[mid].index < index)
			low = mid + 1;
		else
			high = mid;
	}
	return low < s->nvms && s->vms[low].index == index ? (int)low : -1;
}

static int
set_find(const struct scene *s, int64_t index)
{
	size_t i;

	for (i = 0; i < s->nsets; i++)
		if (s->sets[i].index == index)
			return (int)i;
	return -1;
}

/* --- clusters, nodes, sets ------------------------------------------------- */

static void
read_clusters(struct scene *s)
{
	const struct cluster_row *r = NULL;
	struct scene_cluster *c;

	s->clusters = xcalloc(
	    table_view_count(s->generation->tables[TABLE_CLUSTER]) + 1, sizeof *c);
	while ((r = scene_row(s, TABLE_CLUSTER, r)) != NULL) {
		c = &s->clusters[s->nclusters++];
		*c = (struct scene_cluster) {
			.index = r->head.key[0],
			.name = r->name,
			.admin = (enum cs_cluster_admin)r->admin,
			.oper = (enum cs_cluster_oper)r->oper,
			.domain = r->fault_domain > 0 ? (uint32_t)r->fault_domain : 0,
			.poll_since = r->poll_since,
			.known = r->admin != CLUSTER_IGNORED &&
			    (r->oper == CLUSTER_NORMAL || r->oper == CLUSTER_CAUTION),
		};
	}
}

static void
read_nodes(struct scene *s)
{
	const struct node_row *r = NULL;
	struct scene_cluster *c;
	struct scene_node *n;
	int slot;

	s->nodes =
	    xcalloc(table_view_count(s->generation->tables[TABLE_NODE]) + 1, sizeof *n);
	while ((r = scene_row(s, TABLE_NODE, r)) != NULL) {
		if ((slot = scene_cluster_find(s, r->head.key[0])) < 0)
			continue;
		c = &s->clusters[slot];
		if (c->nnodes++ == 0)
			c->node = s->nnodes;
		n = &s->nodes[s->nnodes++];
		*n = (struct scene_node) {
			.index = r->head.key[1],
			.name = r->name,
			.cluster = (size_t)slot,
			.admin = (enum cs_cluster_admin)r->admin,
			.oper = (enum cs_node_oper)r->oper,
			.domain =
			    r->fault_domain > 0 ? (uint32_t)r->fault_domain : c->domain,
			.cpus =
			    r->cpus == ROW_NONE || r->cpus <= 0 ? -1 : (double)r->cpus,
			.memory =
			    known(r->memory_total) == 0 ? -1 : known(r->memory_total),
			.memory_used = known(r->memory_mean),
			.load = -1,
			.takes = c->known && c->admin == CLUSTER_ACTIVE &&
			    r->admin == CLUSTER_ACTIVE && r->oper == NODE_ONLINE,
		};
		if (n->cpus > 0 && r->cpu_mean != ROW_NONE && r->cpu_mean >= 0)
			n->load = thousandths(r->cpu_mean) * n->cpus;
		n->load_last = n->load < 0 || r->cpu_load == ROW_NONE
		    ? n->load
		    : thousandths(r->cpu_load) * n->cpus;
	}
}

static void
read_sets(struct scene *s)
{
	const struct avail_set_row *r = NULL;

	s->sets = xcalloc(table_view_count(s->generation->tables[TABLE_AVAIL_SET]) + 1,
	    sizeof *s->sets);
	while ((r = scene_row(s, TABLE_AVAIL_SET, r)) != NULL)
		s->sets[s->nsets++] = (struct scene_set) {
			.index = r->head.key[0],
			.name = r->name,
			.spread = (enum cs_spread)r->spread,
			.hard = r->enforcement == ENFORCE_HARD,
		};
}

/* --- VMs and their sites --------------------------------------------------- */

static void
read_vm(struct scene *s, const struct vm_row *r)
{
	struct scene_vm *v = &s->vms[s->nvms++];
	const uint32_t cluster = r->cluster > 0 ? (uint32_t)r->cluster : 0;

	*v = (struct scene_vm) {
		.index = r->head.key[0],
		.name = r->name,
		.kind = (enum cs_vm_kind)r->kind,
		.admin = r->admin == ROW_NONE ? (enum cs_vm_admin)0
		                              : (enum cs_vm_admin)r->admin,
		.oper = (enum cs_vm_oper)r->oper,
		.hold = r->hold == 1,
		.busy = r->target_cluster > 0 || r->oper == VM_MOVING ||
		    r->oper == VM_IN_DOUBT,
		.to_cluster = -1,
		.to_node = -1,
		.cluster = scene_cluster_find(s, cluster),
		.node =
		    scene_node_find(s, cluster, r->node > 0 ? (uint32_t)r->node : 0),
		.last = r->last_cluster > 0
		    ? scene_cluster_find(s, (uint32_t)r->last_cluster)
		    : -1,
		.home = r->home > 0 ? scene_cluster_find(s, (uint32_t)r->home) : -1,
		.set = r->avail_set > 0 ? set_find(s, r->avail_set) : -1,
		.priority = known(r->priority) < 0 ? 0 : r->priority,
		.vcpus = known(r->vcpus),
		.load = thousandths(r->cpu_milli),
		.estimated = r->load_source == LOAD_ESTIMATED ||
		    r->load_source == LOAD_CONFIGURED,
		.memory = known(r->memory),
		.downtime = -1,
		.last_move = r->last_move_wall,
		.since = r->since_wall,
	};
	if (r->target_cluster > 0) {
		v->to_cluster = scene_cluster_find(s, (uint32_t)r->target_cluster);
		v->to_node = scene_node_find(s, (uint32_t)r->target_cluster,
		    r->target_node > 0 ? (uint32_t)r->target_node : 0);
	}
	v->runs = v->oper == VM_RUNNING && v->node >= 0;
}

static int
by_preference(const void *a, const void *b)
{
	const struct scene_site *x = a, *y = b;

	if (x->preference != y->preference)
		return x->preference < y->preference ? -1 : 1;
	return x->cluster < y->cluster ? -1 : x->cluster > y->cluster;
}

/* Rows of sites stand in the order of VMs: both are gone through once. */
static void
read_sites(struct scene *s, struct scene_site *all)
{
	const struct vm_site_row *r = scene_row(s, TABLE_VM_SITE, NULL);
	struct scene_vm *v;
	size_t i;
	int slot;

	for (i = 0; i < s->nvms; i++) {
		v = &s->vms[i];
		v->sites = all;
		while (r != NULL && r->head.key[0] < v->index)
			r = scene_row(s, TABLE_VM_SITE, r);
		for (; r != NULL && r->head.key[0] == v->index;
		     r = scene_row(s, TABLE_VM_SITE, r)) {
			if ((slot = scene_cluster_find(s, r->head.key[1])) < 0)
				continue;
			v->sites[v->nsites++] = (struct scene_site) {
				.cluster = (size_t)slot,
				.oper = (enum cs_site_oper)r->oper,
				.evidence = (enum cs_evidence)r->evidence,
				.autostart = (enum cs_autostart)r->autostart,
				.preference = r->preference,
				.blocked = r->blocked == 1,
			};
		}
		qsort(v->sites, v->nsites, sizeof *v->sites, by_preference);
		all += v->nsites;
	}
}

/* --- disks: who owns them says where a VM may run -------------------------- */

enum owned { OWNED_UNTOLD, OWNED_SURE, OWNED_DOUBT }; /* by VM, of all its disks */

static void
read_disks(struct scene *s, enum owned *owned, int *owner)
{
	const struct disk_row *r = NULL;
	int vm, at;

	while ((r = scene_row(s, TABLE_DISK, r)) != NULL) {
		vm = r->vm > 0 ? scene_vm_find(s, (uint32_t)r->vm) : -1;
		if (vm < 0)
			continue;
		at = r->owner_cluster > 0
		    ? scene_cluster_find(s, (uint32_t)r->owner_cluster)
		    : -1;
		if (r->oper != DISK_OWNED || at < 0 ||
		    (owned[vm] == OWNED_SURE && owner[vm] != at)) {
			owned[vm] = OWNED_DOUBT;
		} else if (owned[vm] == OWNED_UNTOLD) {
			owned[vm] = OWNED_SURE;
			owner[vm] = at;
		}
	}
}

/* --- who may be touched ---------------------------------------------------- */

static const char *
why_not_disks(const struct scene_vm *v, enum owned owned, int owner)
{
	const int at = v->cluster >= 0 ? v->cluster : v->last;

	if (v->kind != VM_SHARED_DISK)
		return NULL;
	if (owned != OWNED_SURE)
		return "it is not known which cluster owns its disks";
	return at >= 0 && at != owner ? "its disks belong to another cluster" : NULL;
}

/* Without maintenance: that is the next function's. */
static const char *
why_stays(const struct scene *s, const struct scene_vm *v, enum owned owned, int owner)
{
	const int at = v->cluster >= 0 ? v->cluster : v->last;

	if (v->admin == 0)
		return "it was not adopted yet";
	if (v->hold)
		return "it is on hold";
	if (v->admin == VM_DOWN)
		return "it is set to be down";
	if (v->kind == VM_REPLICA)
		return "it is a replica, which nothing moves by itself";
	if (v->busy)
		return "a move of it is open";
	switch (v->oper) {
	case VM_RUNNING:
	case VM_STOPPED:
	case VM_FAILED:
		break;
	case VM_STARTING:
	case VM_STOPPING:
		return "it is starting or stopping";
	case VM_CONFLICT:
		return "it is active in two places";
	default:
		return "what it does is not known";
	}
	if (at < 0)
		return "where it was last is not known";
	if (v->oper == VM_RUNNING && v->node < 0)
		return "the node on which it runs is not known";
	if (s->clusters[at].admin == CLUSTER_IGNORED)
		return "its cluster is ignored";
	if (!s->clusters[at].known)
		return "its cluster is not known to be well";
	if (v->node >= 0 && s->nodes[v->node].oper != NODE_ONLINE)
		return "its node is not Online";
	return why_not_disks(v, owned, owner);
}

static const char *
why_maintenance(const struct scene *s, const struct scene_vm *v)
{
	const int at = v->cluster >= 0 ? v->cluster : v->last;

	if (at >= 0 && s->clusters[at].admin != CLUSTER_ACTIVE)
		return "its cluster is in maintenance";
	if (v->node >= 0 && s->nodes[v->node].admin != CLUSTER_ACTIVE)
		return "its node is in maintenance";
	return NULL;
}

/*
 * The hazard of sites that start by themselves (design 5). That its operator accepts it
 * for this VM is told by an idle site that would be blocked otherwise.
 */
static const char *
why_inside(const struct scene *s, const struct scene_vm *v)
{
	const struct scene_site *own = NULL, *st;
	bool accepted = false;
	size_t i;

	for (i = 0; i < v->nsites; i++) {
		st = &v->sites[i];
		/* of two sites one is the target, which is to be stopped nowhere */
		if (!s->clusters[st->cluster].provable &&
		    (v->nsites > 2 || (int)st->cluster == v->cluster))
			return "a server of one of its clusters does not answer, so "
			       "that "
			       "nobody could prove it to be stopped there";
		if (v->cluster >= 0 && st->cluster == (size_t)v->cluster) {
			own = st;
			continue;
		}
		if (st->blocked)
			return "a site of it where it is stopped may start by itself "
			       "(csVmSiteBlocked)";
		if (st->oper != SITE_OFFLINE && st->oper != SITE_ABSENT)
			return "it is not known to be stopped at all its other sites";
		if (!s->clusters[st->cluster].known)
			return "another cluster where it might run is not known to be "
			       "well";
		accepted = accepted || st->autostart != AUTOSTART_MANUAL;
	}
	if (own != NULL && own->autostart != AUTOSTART_MANUAL && !accepted)
		return "the site that it would leave may start by itself "
		       "(csVmSiteAutoStart)";
	return NULL;
}

static bool
answers(const struct scene_node *n)
{
	return n->oper != NODE_UNKNOWN && n->oper != NODE_OFFLINE;
}

/* Where a server is silent, a move away from there would wait for proof in vain. */
static void
judge_proof(struct scene *s)
{
	const struct scene_site *st;
	size_t i, k;

	for (i = 0; i < s->nclusters; i++)
		s->clusters[i].provable = true;
	for (i = 0; i < s->nnodes; i++)
		if (!answers(&s->nodes[i]))
			s->clusters[s->nodes[i].cluster].provable = false;
	for (i = 0; i < s->nvms; i++)
		for (k = 0; k < s->vms[i].nsites; k++) {
			st = &s->vms[i].sites[k];
			if (st->evidence == EVIDENCE_PROVED)
				s->clusters[st->cluster].provable = true;
		}
}

static void
judge_vms(struct scene *s)
{
	enum owned *owned = xcalloc(s->nvms + 1, sizeof *owned);
	int *owner = xcalloc(s->nvms + 1, sizeof *owner);
	struct scene_vm *v;
	size_t i;

	read_disks(s, owned, owner);
	judge_proof(s);
	for (i = 0; i < s->nvms; i++) {
		v = &s->vms[i];
		if (owned[i] == OWNED_SURE && v->cluster < 0)
			v->last = owner[i]; /* its disks say it better */
		if (v->cluster >= 0)
			v->last = v->cluster;
		v->why_stays = why_stays(s, v, owned[i], owner[i]);
		v->leaves = v->why_stays == NULL;
		v->why_not = v->leaves ? why_maintenance(s, v) : v->why_stays;
		v->free = v->why_not == NULL;
		v->why_inside = why_inside(s, v);
		v->across = v->why_inside == NULL;
	}
	free(owned);
	free(owner);
}

/* --- the scene ------------------------------------------------------------- */

static void
read_vms(struct scene *s)
{
	struct table_view *const *t = s->generation->tables;
	const struct vm_row *r = NULL;
	struct scene_site *sites;

	s->vms = xcalloc(table_view_count(t[TABLE_VM]) + 1, sizeof *s->vms);
	while ((r = scene_row(s, TABLE_VM, r)) != NULL)
		read_vm(s, r);
	/* one piece for all of them, owned by the first */
	sites = xcalloc(table_view_count(t[TABLE_VM_SITE]) + 1, sizeof *sites);
	s->vms[0].sites = sites;
	read_sites(s, sites);
	s->vms[0].sites = sites;
}

struct scene *
scene_new(struct generation *g, msec_t now, time_t wall)
{
	struct scene *s = xcalloc(1, sizeof *s);
	const struct set_row *set;

	s->generation = generation_ref(g);
	s->now = now;
	s->wall = wall;
	set = scene_row(s, TABLE_SET, NULL);
	if (set != NULL && set->start_since > 0)
		s->start = wall - (time_t)((now - set->start_since) / 1000);
	read_clusters(s);
	read_nodes(s);
	read_sets(s);
	read_vms(s);
	scene_moves(s);
	judge_vms(s);
	scene_unrest(s);
	return s;
}

void
scene_free(struct scene *s)
{
	if (s == NULL)
		return;
	free(s->vms[0].sites);
	free(s->clusters);
	free(s->nodes);
	free(s->vms);
	free(s->sets);
	free(s->moved);
	free(s->failover_text);
	free(s->unrest_text);
	generation_unref(s->generation);
	free(s);
}

bool
scene_node_settled(const struct scene *s, size_t node, time_t seconds)
{
	const struct scene_node *n = &s->nodes[node];
	const struct scene_cluster *c = &s->clusters[n->cluster];

	return (n->changed == 0 || s->wall - n->changed >= seconds) &&
	    (c->changed == 0 || s->wall - c->changed >= seconds);
}
