/*
 * SPDX-License-Identifier: Apache-2.0
 * The planner's hard rules: what forbids a move, what is broken now.
 */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "policy/plan_impl.h"

#define SLACK 1e-9 /* of sums of loads */

bool
rules_site(const struct plan_vm *vm, int cluster)
{
	size_t i;

	if (vm->nsites == 0)
		return true;
	for (i = 0; i < vm->nsites; i++)
		if (vm->sites[i] == cluster)
			return true;
	return false;
}

bool
rules_apart(const struct plan_state *st, size_t set, int other, int node)
{
	const struct plan_node *nodes = st->in->nodes;
	const int at = st->vms[other].node;

	switch (st->in->sets[set].spread) {
	case PLAN_SPREAD_NODE:
		return at != node;
	case PLAN_SPREAD_CLUSTER:
		return nodes[at].cluster != nodes[node].cluster;
	default:
		return nodes[at].domain < 0 || nodes[at].domain != nodes[node].domain;
	}
}

int
rules_together(const struct plan_state *st, int set, int vm, int node)
{
	const struct set_state *s = &st->sets[set];
	size_t i;
	int n = 0;

	for (i = 0; i < s->nvms; i++)
		n += s->vms[i] != vm && !rules_apart(st, (size_t)set, s->vms[i], node);
	return n;
}

/* What keeps the VM out of the node, wherever it comes from. */
static enum plan_no
keeps_out(const struct plan_state *st, int vm, int node, int gone, int *set)
{
	static const struct plan_vm nobody;
	const struct plan_vm *g = gone < 0 ? &nobody : &st->in->vms[gone];
	const struct plan_vm *v = &st->in->vms[vm];
	const struct node_state *n = &st->nodes[node];
	const int from = st->vms[vm].node, cluster = st->in->nodes[node].cluster;
	const struct cluster_state *c = &st->clusters[cluster];
	size_t i;

	if (!n->counts)
		return NO_TARGET_STATE;
	if (!rules_site(v, cluster))
		return NO_SITE;
	if (n->memory - g->memory + v->memory > n->memory_max)
		return NO_MEMORY;
	if (n->load - g->load + v->load > n->load_max + SLACK)
		return NO_CPU;
	if (v->load > 0 && n->load - g->load + v->load > n->load_fill + SLACK)
		return NO_CPU;
	if (n->vcpus - g->vcpus + v->vcpus > n->vcpus_max + SLACK)
		return NO_VCPUS;
	if (st->s->reserve && (from < 0 || cluster != st->in->nodes[from].cluster) &&
	    c->memory - g->memory + v->memory > c->memory_max)
		return NO_RESERVE;
	for (i = 0; i < v->nsets; i++) {
		if (!st->in->sets[v->sets[i]].hard)
			continue;
		if (rules_together(st, v->sets[i], vm, node) >
		    (from < 0 ? 0 : rules_together(st, v->sets[i], vm, from))) {
			if (set != NULL)
				*set = v->sets[i];
			return NO_SPREAD;
		}
	}
	return NO_NOTHING;
}

enum plan_no
rules_forbid_without(const struct plan_state *st, int vm, int node, int gone, int *set)
{
	const int from = st->vms[vm].node;

	if (from < 0)
		return NO_STOPPED;
	if (st->in->vms[vm].hold)
		return NO_HOLD;
	if (st->nodes[from].frozen)
		return NO_SOURCE;
	if (from == node)
		return NO_HERE;
	return keeps_out(st, vm, node, gone, set);
}

enum plan_no
rules_forbid(const struct plan_state *st, int vm, int node, int *set)
{
	return rules_forbid_without(st, vm, node, -1, set);
}

enum plan_no
rules_forbid_start(const struct plan_state *st, int vm, int node, int *set)
{
	return keeps_out(st, vm, node, -1, set);
}

static bool
is_aim(const struct plan_state *st, enum plan_kind kind)
{
	return (st->s->aims & PLAN_AIM(kind)) != 0;
}

/* How much a node has too much, each as a share of what it may have. */
static double
overflow(
    const struct node_state *n, double memory, double load, double vcpus, unsigned aims)
{
	double over = 0;

	if ((aims & PLAN_AIM(PLAN_MEMORY)) != 0 && memory > (double)n->memory_max)
		over += memory / ((double)n->memory_max + 1) - 1;
	if ((aims & PLAN_AIM(PLAN_LOAD)) != 0 && load > n->load_max + SLACK)
		over += load / n->load_max - 1;
	if ((aims & PLAN_AIM(PLAN_VCPUS)) != 0 && vcpus > n->vcpus_max + SLACK)
		over += vcpus / n->vcpus_max - 1;
	return over > 0 ? over : 0;
}

/* Misplaced whatever else holds: on a node that is drained, or outside its sites. */
static int
misplaced(const struct plan_state *st, int vm, int node, unsigned aims)
{
	int n = 0;

	if ((aims & PLAN_AIM(PLAN_DRAIN)) != 0)
		n += !st->nodes[node].counts && !st->nodes[node].frozen;
	if ((aims & PLAN_AIM(PLAN_SITE)) != 0)
		n += !rules_site(&st->in->vms[vm], st->in->nodes[node].cluster);
	return n;
}

double
rules_overflow(const struct plan_state *st, int node)
{
	const struct node_state *n = &st->nodes[node];

	return n->counts
	    ? overflow(n, (double)n->memory, n->load, n->vcpus, st->s->aims)
	    : 0;
}

double
rules_violations(const struct plan_state *st, unsigned aims)
{
	const struct node_state *n;
	double all = 0;
	size_t i, k;

	for (i = 0; i < st->ntargets; i++) {
		n = &st->nodes[st->targets[i]];
		all += overflow(n, (double)n->memory, n->load, n->vcpus, aims);
	}
	for (i = 0; i < st->in->nvms; i++)
		if (st->vms[i].node >= 0)
			all += misplaced(st, (int)i, st->vms[i].node, aims);
	if ((aims & PLAN_AIM(PLAN_SPREAD)) == 0)
		return all;
	for (i = 0; i < st->in->nsets; i++)
		for (k = 0; st->in->sets[i].hard && k < st->sets[i].nvms; k++)
			all += rules_together(st, (int)i, st->sets[i].vms[k],
			           st->vms[st->sets[i].vms[k]].node) /
			    2.0;
	return all;
}

double
rules_change(const struct plan_state *st, int vm, int node)
{
	const struct plan_vm *v = &st->in->vms[vm];
	const unsigned aims = st->s->aims;
	const int from = st->vms[vm].node;
	const struct node_state *n = &st->nodes[from];
	double d = misplaced(st, vm, node, aims) - misplaced(st, vm, from, aims);
	size_t i;

	if (n->counts)
		d += overflow(n, (double)(n->memory - v->memory), n->load - v->load,
		         n->vcpus - v->vcpus, aims) -
		    overflow(n, (double)n->memory, n->load, n->vcpus, aims);
	for (i = 0; i < v->nsets && is_aim(st, PLAN_SPREAD); i++)
		if (st->in->sets[v->sets[i]].hard)
			d += rules_together(st, v->sets[i], vm, node) -
			    rules_together(st, v->sets[i], vm, from);
	return d;
}

bool
rules_blame(const struct plan_state *st, int vm)
{
	const struct plan_vm *v = &st->in->vms[vm];
	const int at = st->vms[vm].node;
	size_t i;

	if (st->vms[vm].fixed)
		return false;
	if (misplaced(st, vm, at, st->s->aims) > 0 || rules_overflow(st, at) > 0)
		return true;
	for (i = 0; i < v->nsets && is_aim(st, PLAN_SPREAD); i++)
		if (st->in->sets[v->sets[i]].hard &&
		    rules_together(st, v->sets[i], vm, at) > 0)
			return true;
	return false;
}
