/*
 * SPDX-License-Identifier: Apache-2.0
 * Random sets for tests of policies, and the hard rules judged from plain structs.
 */
#include <stdio.h>

#include "tests/unit/scene_world.h"

/* --- the rules, plainly
 * -------------------------------------------------------------------- */

static bool
same_place(const struct world *w, enum cs_spread spread, int a, int b)
{
	const struct w_node *x = &w->n[a], *y = &w->n[b];
	const uint32_t dx = x->domain != 0 ? x->domain : w->c[x->cluster].domain;
	const uint32_t dy = y->domain != 0 ? y->domain : w->c[y->cluster].domain;

	if (spread == SPREAD_NODE)
		return a == b;
	if (spread == SPREAD_CLUSTER)
		return x->cluster == y->cluster;
	return dx != 0 && dx == dy;
}

int
world_clashes(const struct world *w, int set)
{
	int i, k, n = 0;

	for (i = 0; i < w->nv; i++)
		for (k = 0; k < i; k++)
			if (w->v[i].set == set && w->v[k].set == set &&
			    w->v[i].node >= 0 && w->v[k].node >= 0 &&
			    same_place(w, w->s[set].spread, w->v[i].node, w->v[k].node))
				n++;
	return n;
}

static int
clashes_at(const struct world *w, int vm, int node)
{
	int i, n = 0;

	for (i = 0; i < w->nv; i++)
		if (i != vm && w->v[i].set == w->v[vm].set && w->v[i].node >= 0 &&
		    same_place(w, w->s[w->v[vm].set].spread, w->v[i].node, node))
			n++;
	return n;
}

static bool
fits_reserve(const struct world *w, int vm, int cluster)
{
	const double share = 1 - (double)w->settings.memory_reserve / 1000;
	int64_t used = w->v[vm].memory, all = 0, biggest = 0, m;
	int i;

	for (i = 0; i < w->nn; i++) {
		if (w->n[i].cluster != cluster || w->n[i].oper != NODE_ONLINE ||
		    w->n[i].admin != CLUSTER_ACTIVE || w->n[i].stale)
			continue;
		m = (int64_t)(share * (double)w->n[i].memory);
		all += m;
		biggest = m > biggest ? m : biggest;
		used += world_node_memory(w, i);
	}
	return used <= all - biggest;
}

const char *
world_forbids(const struct world *w, int vm, int node)
{
	const struct w_vm *v = &w->v[vm];
	const struct w_node *n = &w->n[node];
	const double share = 1 - (double)w->settings.memory_reserve / 1000;
	const int from = v->node < 0 ? -1 : w->n[v->node].cluster;
	int i;

	if (v->hold || v->admin != VM_UP || v->oper != VM_RUNNING || v->node < 0)
		return "it is on hold, down or not running";
	if (v->load < 0 || v->memory < 0)
		return "what it uses is not known";
	if (w->c[from].oper > CLUSTER_CAUTION || w->c[from].admin == CLUSTER_IGNORED)
		return "it leaves something unknown";
	if (v->node == node)
		return "it is there";
	if (n->oper != NODE_ONLINE || n->admin != CLUSTER_ACTIVE || n->stale)
		return "the target is not well, in maintenance or stale";
	if (w->c[n->cluster].oper > CLUSTER_CAUTION ||
	    w->c[n->cluster].admin != CLUSTER_ACTIVE)
		return "the target's cluster is not well, or in maintenance";
	for (i = 0; i < v->nsites && v->sites[i].cluster != n->cluster; i++)
		;
	if (i == v->nsites || (n->cluster != from && v->sites[i].blocked))
		return "no site of it, or one that is blocked";
	if ((double)(world_node_memory(w, node) + v->memory) >
	    share * (double)n->memory + 1)
		return "memory";
	if (world_node_load(w, node) + v->load >
	    n->cpus * (double)w->settings.high_load / 1000 + 0.2) /* rounding, means */
		return "load";
	if (w->settings.failover_reserve && n->cluster != from &&
	    !fits_reserve(w, vm, n->cluster))
		return "reserve";
	if (v->set >= 0 && w->s[v->set].hard &&
	    clashes_at(w, vm, node) > clashes_at(w, vm, v->node))
		return "availability set";
	return NULL;
}

/* --- random
 * -------------------------------------------------------------------------------- */

static void
random_vm(struct world *w, int i)
{
	char name[32];
	struct w_vm *v;
	int k;

	snprintf(name, sizeof name, "vm%d", i);
	k = (int)world_pick(w, (unsigned)w->nn);
	if (world_pick(w, 2)) /* skewed */
		k = (int)world_pick(w, (unsigned)k + 1);
	k = world_vm(w, name, world_pick(w, 30) == 0 ? -1 : k,
	    0.1 + 1.5 * world_share(w), 1024 * (1 + (int64_t)world_pick(w, 8)));
	v = &w->v[k];
	v->priority = (int)world_pick(w, 1001);
	v->hold = world_pick(w, 15) == 0;
	v->estimated = world_pick(w, 4) == 0;
	if (world_pick(w, 25) == 0)
		v->admin = VM_DOWN;
	if (world_pick(w, 30) == 0)
		v->load = -1;
	if (world_pick(w, 40) == 0)
		v->memory = -1;
	if (world_pick(w, 3) == 0)
		v->home = (int)world_pick(w, (unsigned)w->nc);
	if (w->ns > 0 && world_pick(w, 3) == 0)
		v->set = (int)world_pick(w, (unsigned)w->ns);
	if (v->nsites > 1 && world_pick(w, 6) == 0)
		v->sites[world_pick(w, (unsigned)v->nsites)].blocked = true;
	v->last = v->node < 0 ? -1 : w->n[v->node].cluster;
	v->since = w->wall - 86000;
}

struct world *
world_random(uint64_t seed)
{
	struct world *w = world_new();
	char name[32];
	int i, k, n;

	w->random = seed * 2654435761u + 1;
	world_pick(w, 2);
	w->ndomains = (int)world_pick(w, 4);
	n = 1 + (int)world_pick(w, 4);
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof name, "c%d", i);
		k = world_cluster(w, name);
		if (w->ndomains > 0)
			w->c[k].domain = world_pick(w, (unsigned)w->ndomains + 1);
		if (world_pick(w, 12) == 0)
			w->c[k].admin = CLUSTER_MAINTENANCE;
		if (world_pick(w, 15) == 0)
			w->c[k].oper = CLUSTER_UNREACHABLE;
		w->c[k].polled =
		    w->now - (w->c[k].oper == CLUSTER_NORMAL ? 1000 : 5000000);
	}
	n = 2 + (int)world_pick(w, 10);
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof name, "n%d", i);
		k = world_node(w, (int)world_pick(w, (unsigned)w->nc), name,
		    4 << world_pick(w, 3), 1024 * (32 << world_pick(w, 2)));
		w->n[k].base_load = world_share(w);
		w->n[k].base_memory = 1024 + world_pick(w, 4096);
		if (world_pick(w, 12) == 0)
			w->n[k].oper = NODE_OFFLINE;
		if (world_pick(w, 15) == 0)
			w->n[k].admin = CLUSTER_MAINTENANCE;
		w->n[k].stale = world_pick(w, 15) == 0;
	}
	n = (int)world_pick(w, 4);
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof name, "s%d", i);
		world_set(w, name, (enum cs_spread)(1 + world_pick(w, 3)),
		    world_pick(w, 2) == 0);
	}
	n = (int)world_pick(w, 45);
	for (i = 0; i < n; i++)
		random_vm(w, i);
	for (i = 0; i < w->nv; i++) /* nothing runs on a server that is off */
		if (w->v[i].node >= 0 && w->n[w->v[i].node].oper != NODE_ONLINE) {
			w->v[i].node = -1;
			w->v[i].oper = VM_STOPPED;
		}
	w->settings.failover_reserve = world_pick(w, 2);
	w->settings.swaps = world_pick(w, 2);
	world_measure(w);
	return w;
}
