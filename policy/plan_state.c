/*
 * SPDX-License-Identifier: Apache-2.0
 * The planner's placement: built from an input, changed one VM at a time.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "policy/plan_impl.h"

#define GIB         1024 /* MiB */
#define DRIFT_STEPS 512 /* changes after which the sums are made anew */

static bool
is_frozen(const struct plan_input *in, const struct plan_node *n)
{
	if (in->clusters[n->cluster].maintenance)
		return true;
	return n->state != PLAN_NODE_ONLINE && n->state != PLAN_NODE_DRAIN;
}

/* What VM v adds to each metric, and what node n divides it by. */
static void
metrics_of_set(struct plan_state *st)
{
	const struct plan_input *in = st->in;
	size_t i;

	st->nmetrics = 2;
	st->weight[0] = st->s->weight_cpu;
	st->weight[1] = st->s->weight_memory;
	st->cluster_weight[0] = st->s->weight_cluster_cpu;
	st->cluster_weight[1] = st->s->weight_cluster_memory;
	for (i = 0; i < in->nvms; i++) {
		st->vms[i].q[0] = in->vms[i].load;
		st->vms[i].q[1] = (double)in->vms[i].memory;
	}
	for (i = 0; i < in->nnodes; i++) {
		st->nodes[i].inverse[0] = 1 / in->nodes[i].cpus;
		st->nodes[i].inverse[1] =
		    1 / (double)(in->nodes[i].memory - in->nodes[i].reserved);
		st->nodes[i].x[0] = in->nodes[i].base_load * st->nodes[i].inverse[0];
		st->nodes[i].x[1] =
		    (double)in->nodes[i].base_memory * st->nodes[i].inverse[1];
	}
}

/*
 * hbal: free_mem_cv, free_disk_cv and vcpu_ratio_cv have weight .5 twice (with their
 * _forth twins), the dynamic loads 1; loads are not divided by anything.
 */
static void
metrics_of_hbal(struct plan_state *st)
{
	const struct plan_input *in = st->in;
	size_t i, k;

	st->nmetrics = METRICS;
	for (k = 0; k < 7; k++)
		st->weight[k] = 1;
	for (i = 0; i < in->nvms; i++) {
		st->vms[i].q[0] = (double)in->vms[i].memory;
		st->vms[i].q[1] = in->vms[i].vcpus;
		for (k = 0; k < 4; k++)
			st->vms[i].q[2 + k] = in->vms[i].util[k];
	}
	for (i = 0; i < in->nnodes; i++) {
		st->nodes[i].inverse[0] = 1 / (double)in->nodes[i].memory;
		st->nodes[i].inverse[1] = 1 / in->nodes[i].cpus;
		for (k = 2; k < 6; k++)
			st->nodes[i].inverse[k] = 1;
		st->nodes[i].x[0] =
		    (double)in->nodes[i].reserved / (double)in->nodes[i].memory;
		st->nodes[i].x[1] = in->nodes[i].os_vcpus / in->nodes[i].cpus;
		st->nodes[i].x[6] = in->nodes[i].disk_used;
	}
}

static void
build_nodes(struct plan_state *st)
{
	const struct plan_input *in = st->in;
	const struct plan_settings *s = st->s;
	int64_t *biggest = xcalloc(in->nclusters, sizeof *biggest);
	struct cluster_state *c;
	struct node_state *n;
	int64_t free_memory;
	size_t i, k;

	for (i = 0; i < in->nnodes; i++) {
		n = &st->nodes[i];
		n->frozen = is_frozen(in, &in->nodes[i]);
		n->counts = !n->frozen && in->nodes[i].state == PLAN_NODE_ONLINE;
		free_memory = in->nodes[i].memory - in->nodes[i].reserved;
		n->memory_max = (int64_t)((double)free_memory * s->memory_limit);
		if (s->measure ==
		    PLAN_MEASURE_HBAL) /* it wants some memory left over */
			n->memory_max = free_memory - 1;
		n->load_max =
		    s->cpu_limit > 0 ? in->nodes[i].cpus * s->cpu_limit : INFINITY;
		n->load_fill =
		    s->cpu_target > 0 && in->nodes[i].cpus * s->cpu_target < n->load_max
		    ? in->nodes[i].cpus * s->cpu_target
		    : n->load_max;
		n->load = in->nodes[i].base_load;
		n->memory = in->nodes[i].base_memory;
		n->vcpus_max =
		    s->vcpu_ratio > 0 ? in->nodes[i].cpus * s->vcpu_ratio : INFINITY;
		if (!n->counts) {
			memset(n->inverse, 0, sizeof n->inverse);
			memset(n->x, 0, sizeof n->x);
			continue;
		}
		st->targets[st->ntargets++] = (int)i;
		c = &st->clusters[in->nodes[i].cluster];
		c->memory += n->memory;
		c->nodes = xreallocarray(c->nodes, c->nnodes + 1, sizeof *c->nodes);
		c->nodes[c->nnodes++] = (int)i;
		c->memory_max += n->memory_max;
		if (n->memory_max > biggest[in->nodes[i].cluster])
			biggest[in->nodes[i].cluster] = n->memory_max;
		for (k = 0; k < st->nmetrics; k++)
			if (n->inverse[k] > 0)
				c->inverse[k] += 1 / n->inverse[k];
		if (s->measure == PLAN_MEASURE_SET) {
			c->x[0] += in->nodes[i].base_load;
			c->x[1] += (double)in->nodes[i].base_memory;
		}
	}
	for (i = 0; i < in->nclusters; i++) {
		c = &st->clusters[i];
		c->memory_max -= s->reserve ? biggest[i] : 0;
		if (c->nnodes > 0)
			st->cluster_count++;
		for (k = 0; k < st->nmetrics; k++) {
			c->inverse[k] = c->inverse[k] > 0 ? 1 / c->inverse[k] : 0;
			c->x[k] *= c->inverse[k]; /* what no VM of ours uses */
		}
	}
	free(biggest);
}

static void
put(struct plan_state *st, int vm, int node)
{
	struct node_state *n = &st->nodes[node];
	struct cluster_state *c = &st->clusters[st->in->nodes[node].cluster];
	struct vm_state *v = &st->vms[vm];
	size_t k;

	if (n->nvms == n->cap) {
		n->cap = n->cap == 0 ? 16 : n->cap * 2;
		n->vms = xreallocarray(n->vms, n->cap, sizeof *n->vms);
	}
	v->node = node;
	v->slot = n->nvms;
	n->vms[n->nvms++] = vm;
	n->memory += st->in->vms[vm].memory;
	n->load += st->in->vms[vm].load;
	n->vcpus += st->in->vms[vm].vcpus;
	for (k = 0; k < st->nmetrics; k++)
		n->x[k] += v->q[k] * n->inverse[k];
	c->memory += st->in->vms[vm].memory;
	if (!n->counts)
		return;
	for (k = 0; k < st->nmetrics; k++)
		c->x[k] += v->q[k] * c->inverse[k];
}

static void
take(struct plan_state *st, int vm)
{
	struct vm_state *v = &st->vms[vm];
	struct node_state *n = &st->nodes[v->node];
	struct cluster_state *c = &st->clusters[st->in->nodes[v->node].cluster];
	const int last = n->vms[n->nvms - 1];
	size_t k;

	n->vms[v->slot] = last;
	st->vms[last].slot = v->slot;
	n->nvms--;
	n->memory -= st->in->vms[vm].memory;
	n->load -= st->in->vms[vm].load;
	n->vcpus -= st->in->vms[vm].vcpus;
	for (k = 0; k < st->nmetrics; k++)
		n->x[k] -= v->q[k] * n->inverse[k];
	c->memory -= st->in->vms[vm].memory;
	if (!n->counts)
		return;
	for (k = 0; k < st->nmetrics; k++)
		c->x[k] -= v->q[k] * c->inverse[k];
}

static void
build_vms(struct plan_state *st)
{
	const struct plan_settings *s = st->s;
	const struct plan_vm *vm;
	struct vm_state *v;
	double gib, weight;
	size_t i, k;

	for (i = 0; i < st->in->nvms; i++) {
		vm = &st->in->vms[i];
		v = &st->vms[i];
		st->mean_memory += (double)vm->memory / (double)st->in->nvms;
		v->node = v->start = vm->node;
		v->fixed = vm->hold || vm->node < 0 || st->nodes[vm->node].frozen;
		gib = (double)vm->memory / GIB * s->cost_gib;
		weight = st->unit * (1 + vm->priority / 1000.0);
		v->cost_inside = weight * (s->cost_inside + gib);
		v->cost_across = weight *
		    (s->cost_across + gib +
		        s->cost_second *
		            (vm->downtime < 0 ? s->downtime : vm->downtime));
		if (vm->node < 0)
			continue;
		put(st, (int)i, vm->node);
		for (k = 0; k < vm->nsets; k++)
			st->sets[vm->sets[k]].nvms++;
	}
}

static void
build_sets(struct plan_state *st)
{
	const struct plan_input *in = st->in;
	struct set_state *set;
	size_t i, k;

	for (i = 0; i < in->nsets; i++) {
		set = &st->sets[i];
		set->vms = xcalloc(set->nvms + 1, sizeof *set->vms);
		set->nvms = 0;
		if (st->s->measure ==
		    PLAN_MEASURE_HBAL) /* pri_tags, location_exclusion */
			set->weight = in->sets[i].spread == PLAN_SPREAD_NODE ? 2 : 1;
		else if (!in->sets[i].hard)
			set->weight = st->s->weight_spread * st->unit;
	}
	for (i = 0; i < in->nvms; i++)
		for (k = 0; in->vms[i].node >= 0 && k < in->vms[i].nsets; k++) {
			set = &st->sets[in->vms[i].sets[k]];
			set->vms[set->nvms++] = (int)i;
		}
}

struct plan_state *
state_new(const struct plan_input *in)
{
	struct plan_state *st = xcalloc(1, sizeof *st);

	st->in = in;
	st->s = &in->settings;
	st->nodes = xcalloc(in->nnodes + 1, sizeof *st->nodes);
	st->clusters = xcalloc(in->nclusters + 1, sizeof *st->clusters);
	st->vms = xcalloc(in->nvms + 1, sizeof *st->vms);
	st->sets = xcalloc(in->nsets + 1, sizeof *st->sets);
	st->targets = xcalloc(in->nnodes + 1, sizeof *st->targets);
	st->moved = xcalloc(in->nvms + 1, sizeof *st->moved);
	if (in->settings.measure == PLAN_MEASURE_HBAL)
		metrics_of_hbal(st);
	else
		metrics_of_set(st);
	build_nodes(st);
	st->over_clusters = st->cluster_count > 1 &&
	    (st->cluster_weight[0] > 0 || st->cluster_weight[1] > 0);
	st->unit = 1;
	if (in->settings.measure == PLAN_MEASURE_SET && st->ntargets > 0)
		st->unit = 1.0 / (double)st->ntargets;
	st->min_gain = st->s->min_gain * st->unit;
	build_vms(st);
	build_sets(st);
	score_refresh(st);
	return st;
}

void
state_free(struct plan_state *st)
{
	size_t i;

	if (st == NULL)
		return;
	for (i = 0; i < st->in->nnodes; i++)
		free(st->nodes[i].vms);
	for (i = 0; i < st->in->nclusters; i++)
		free(st->clusters[i].nodes);
	for (i = 0; i < st->in->nsets; i++)
		free(st->sets[i].vms);
	free(st->nodes);
	free(st->clusters);
	free(st->vms);
	free(st->sets);
	free(st->targets);
	free(st->moved);
	free(st);
}

int *
state_placement(const struct plan_state *st)
{
	int *place = xcalloc(st->in->nvms + 1, sizeof *place);
	size_t i;

	for (i = 0; i < st->in->nvms; i++)
		place[i] = st->vms[i].node;
	return place;
}

void
state_apply(struct plan_state *st, int vm, int node)
{
	struct vm_state *v = &st->vms[vm];
	const int64_t memory = st->in->vms[vm].memory;
	const bool moved = v->node != v->start, moves = node != v->start;
	const int from = v->node;

	score_without(st, from, node);
	take(st, vm);
	put(st, vm, node);
	score_with(st, from, node);
	st->moved[vm] = moves;
	if (moves && !moved) {
		st->nmoved++;
		st->memory_moved += memory;
	} else if (moved && !moves) {
		st->nmoved--;
		st->memory_moved -= memory;
	}
	if (++st->applied >= DRIFT_STEPS)
		score_refresh(st);
}

void
state_restore(struct plan_state *st, const int *placement)
{
	size_t i;

	for (i = 0; i < st->in->nvms; i++)
		if (st->vms[i].node != placement[i])
			state_apply(st, (int)i, placement[i]);
	score_refresh(st);
}
