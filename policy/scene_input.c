/*
 * SPDX-License-Identifier: Apache-2.0
 * A scene as the planner's input, with sums of loads that are true: see scene.h.
 */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "policy/scene_impl.h"

struct use { /* of a node */
	double load;
	int64_t memory;
};

/* --- where VMs stand ------------------------------------------------------- */

/* Where it is, or is bound for. */
static int
stands(const struct scene_vm *v)
{
	return v->busy && v->to_node >= 0 ? v->to_node : v->node;
}

static struct use
use_of(const struct scene_vm *v)
{
	return (
	    struct use) { v->load < 0 ? 0 : v->load, v->memory < 0 ? 0 : v->memory };
}

/* --- what a node uses beyond them ------------------------------------------ */

static void
add(struct use *u, const struct use *what)
{
	u->load += what->load;
	u->memory += what->memory;
}

/*
 * What VMs are in the load of each node: those on it. The model moves what a VM uses
 * from node to node as soon as it is seen to have moved (set/load.c), so that nothing
 * is to be corrected here.
 */
static struct use *
measured_vms(const struct scene *s)
{
	struct use *in = xcalloc(s->nnodes + 1, sizeof *in), u;
	size_t i;

	for (i = 0; i < s->nvms; i++) {
		u = use_of(&s->vms[i]);
		if (s->vms[i].node >= 0) /* also while a move of it is open */
			add(&in[s->vms[i].node], &u);
	}
	return in;
}

static void
node_base(const struct scene_node *n, const struct use *vms, struct plan_node *p)
{
	if (n->load >= 0)
		p->base_load = fmax(0, n->load - vms->load);
	if (n->memory_used >= 0 && n->memory_used > vms->memory)
		p->base_memory = n->memory_used - vms->memory;
	if (p->base_memory > p->memory)
		p->base_memory = p->memory;
}

/* --- the input ------------------------------------------------------------- */

static enum plan_node_state
node_state(const struct scene *s, size_t slot)
{
	const struct scene_node *n = &s->nodes[slot];
	const struct scene_cluster *c = &s->clusters[n->cluster];

	if (c->admin == CLUSTER_MAINTENANCE || n->admin == CLUSTER_MAINTENANCE)
		return PLAN_NODE_MAINTENANCE;
	if (!c->known || c->admin != CLUSTER_ACTIVE || n->admin != CLUSTER_ACTIVE)
		return PLAN_NODE_UNKNOWN;
	if (n->oper == NODE_OFFLINE)
		return PLAN_NODE_OFFLINE;
	if (!n->takes || n->cpus < 0 || n->memory < 0 || n->load < 0 ||
	    !scene_node_settled(s, slot, SCENE_FLAP))
		return PLAN_NODE_UNKNOWN;
	return PLAN_NODE_ONLINE;
}

/* Why the planner is not told more of a node that is well; NULL: nothing to add. */
static char *
node_why(const struct scene *s, size_t slot)
{
	const struct scene_node *n = &s->nodes[slot];
	const struct scene_cluster *c = &s->clusters[n->cluster];

	if (!c->known || c->admin != CLUSTER_ACTIVE || !n->takes)
		return NULL;
	if (n->cpus < 0 || n->memory < 0)
		return xstrdup("has a size that nobody tells");
	if (n->load < 0)
		return xstrdup("has a load that is not known");
	if (!scene_node_settled(s, slot, SCENE_FLAP))
		return xasprintf("changed its state less than %d s ago, or its cluster "
		                 "did: it counts when it has been well for so long",
		    SCENE_FLAP);
	return NULL;
}

static void
put_domain(struct plan_input *in, const struct scene *s, uint32_t *indexes,
    const struct scene_node *n, struct plan_node *p)
{
	const struct fault_domain_row *row;
	size_t i;

	p->domain = -1;
	if (n->domain == 0)
		return;
	for (i = 0; i < in->ndomains && indexes[i] != n->domain; i++)
		;
	p->domain = (int)i;
	if (i < in->ndomains)
		return;
	row = table_view_get(s->generation->tables[TABLE_FAULT_DOMAIN], &n->domain, 1);
	indexes[in->ndomains] = n->domain;
	in->domains[in->ndomains++] =
	    row != NULL ? xstrdup(row->name) : xasprintf("%u", n->domain);
}

static void
put_nodes(struct plan_input *in, const struct scene *s)
{
	uint32_t *indexes = xcalloc(s->nnodes + 1, sizeof *indexes);
	struct use *vms = measured_vms(s);
	const struct scene_node *n;
	struct plan_node *p;
	size_t i;

	in->nnodes = s->nnodes;
	in->nodes = xcalloc(s->nnodes + 1, sizeof *in->nodes);
	in->domains = xcalloc(s->nnodes + 1, sizeof *in->domains);
	for (i = 0; i < s->nnodes; i++) {
		n = &s->nodes[i];
		p = &in->nodes[i];
		p->name = xstrdup(n->name);
		p->cluster = (int)n->cluster;
		p->state = node_state(s, i);
		if (p->state == PLAN_NODE_UNKNOWN)
			p->why = node_why(s, i);
		p->cpus = n->cpus < 0 ? 1 : n->cpus;
		p->memory = n->memory < 0 ? 1 : n->memory;
		put_domain(in, s, indexes, n, p);
		node_base(n, &vms[i], p);
	}
	free(vms);
	free(indexes);
}

/* Clusters in which it may run now: its own, and others when it may go there at all. */
static void
put_sites(struct plan_vm *p, const struct scene *s, const struct scene_vm *v, int here)
{
	const struct scene_cluster *c;
	const struct scene_site *st;
	size_t i;

	p->sites = xcalloc(v->nsites + 1, sizeof *p->sites);
	p->sites[p->nsites++] = here;
	if (!v->across && v->why_inside != NULL)
		p->bound = xstrdup(v->why_inside);
	for (i = 0; v->across && i < v->nsites; i++) {
		st = &v->sites[i];
		c = &s->clusters[st->cluster];
		if ((int)st->cluster != here && st->oper == SITE_OFFLINE &&
		    !st->blocked && c->known && c->admin == CLUSTER_ACTIVE)
			p->sites[p->nsites++] = (int)st->cluster;
	}
}

static void
put_vm(struct plan_input *in, const struct scene *s, size_t slot)
{
	const struct scene_vm *v = &s->vms[slot];
	const struct use u = use_of(v);
	struct plan_vm *p = &in->vms[slot];

	p->name = xstrdup(v->name);
	p->node = stands(v);
	p->home = v->home;
	p->load = u.load;
	p->memory = u.memory;
	p->estimated = v->estimated;
	p->vcpus = v->vcpus < 0 ? 0 : (int)(v->vcpus > 100000 ? 100000 : v->vcpus);
	p->priority = v->priority > 1000 ? 1000 : (int)v->priority;
	p->downtime = v->downtime < 0 ? -1 : (double)v->downtime / 1000;
	p->hold = !v->free || !v->runs || v->load < 0 || v->memory < 0;
	if (p->node >= 0)
		put_sites(p, s, v, in->nodes[p->node].cluster);
	if (v->set < 0)
		return;
	p->sets = xcalloc(1, sizeof *p->sets);
	p->sets[p->nsets++] = v->set;
}

/*
 * A node with a VM of which neither it nor the VM tells the memory is one of which
 * nobody knows what would still fit there.
 */
static void
doubt_memory(struct plan_input *in, const struct scene *s)
{
	size_t i;
	int node;

	for (i = 0; i < s->nvms; i++) {
		node = stands(&s->vms[i]);
		if (node >= 0 && s->vms[i].memory < 0 &&
		    s->nodes[node].memory_used < 0 &&
		    in->nodes[node].state == PLAN_NODE_ONLINE)
			in->nodes[node].state = PLAN_NODE_UNKNOWN;
	}
}

struct plan_input *
scene_plan_input(const struct scene *s)
{
	static const enum plan_spread spreads[] = { [SPREAD_NODE] = PLAN_SPREAD_NODE,
		[SPREAD_CLUSTER] = PLAN_SPREAD_CLUSTER,
		[SPREAD_FAULT_DOMAIN] = PLAN_SPREAD_DOMAIN };
	struct plan_input *in = plan_input_new();
	size_t i;

	in->nclusters = s->nclusters;
	in->clusters = xcalloc(s->nclusters + 1, sizeof *in->clusters);
	for (i = 0; i < s->nclusters; i++) {
		in->clusters[i].name = xstrdup(s->clusters[i].name);
		in->clusters[i].maintenance =
		    s->clusters[i].admin == CLUSTER_MAINTENANCE;
	}
	put_nodes(in, s);
	in->nsets = s->nsets;
	in->sets = xcalloc(s->nsets + 1, sizeof *in->sets);
	for (i = 0; i < s->nsets; i++) {
		in->sets[i].name = xstrdup(s->sets[i].name);
		in->sets[i].hard = s->sets[i].hard;
		if (s->sets[i].spread >= SPREAD_NODE &&
		    s->sets[i].spread <= SPREAD_FAULT_DOMAIN)
			in->sets[i].spread = spreads[s->sets[i].spread];
	}
	in->nvms = s->nvms;
	in->vms = xcalloc(s->nvms + 1, sizeof *in->vms);
	for (i = 0; i < s->nvms; i++)
		put_vm(in, s, i);
	doubt_memory(in, s);
	return in;
}
