/*
 * SPDX-License-Identifier: Apache-2.0
 * Random sets for the planner's property tests; see plan_sets.h.
 */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "tests/unit/plan_sets.h"

static uint64_t state;

unsigned
sets_pick(unsigned n)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(state >> 33) % n;
}

double
sets_share(void)
{
	return sets_pick(1000001) / 1e6;
}

static char *
random_name(const char *prefix, size_t i)
{
	return xasprintf("%s%zu", prefix, i);
}

static void
random_settings(struct plan_settings *s)
{
	s->swaps = sets_pick(2);
	s->reserve = sets_pick(2);
	s->memory_limit = 0.7 + 0.3 * sets_share();
	s->cpu_limit = sets_pick(3) == 0 ? 0 : 0.5 + sets_share();
	s->vcpu_ratio = sets_pick(3) == 0 ? 1 + 3 * sets_share() : 0;
	if (sets_pick(3) == 0)
		s->cost_inside = s->cost_across = s->cost_second = s->cost_gib = 0;
	if (sets_pick(4) == 0)
		s->min_gain = 0;
	s->seed = sets_pick(3);
	s->cpu_target = sets_pick(2) ? 0.5 + sets_share() : 0;
	s->at_once = sets_pick(3) == 0 ? 1 + sets_pick(6) : 0;
	s->at_once_node = sets_pick(3);
	s->at_once_cluster = sets_pick(3) == 0 ? 1 + sets_pick(3) : 0;
	if (sets_pick(5) == 0)
		s->aims = sets_pick(PLAN_AIMS_ALL + 1);
}

static void
random_vm(struct plan_input *in, size_t i, bool tight)
{
	struct plan_vm *v = &in->vms[i];

	v->name = random_name("vm", i);
	v->node = sets_pick(30) == 0 ? -1 : (int)sets_pick((unsigned)in->nnodes);
	if (sets_pick(2) && v->node > 0) /* skewed */
		v->node = (int)sets_pick((unsigned)v->node + 1);
	v->vcpus = 1 + (int)sets_pick(4);
	v->load = sets_share() * v->vcpus;
	v->memory = 1024 * (1 + sets_pick(tight ? 24 : 8));
	v->home = sets_pick(4) == 0 ? (int)sets_pick((unsigned)in->nclusters) : -1;
	v->priority = (int)sets_pick(1001);
	v->downtime = sets_pick(2) ? -1 : 100 * sets_share();
	v->hold = sets_pick(15) == 0;
	if (sets_pick(4) == 0) {
		v->sites = xcalloc(2, sizeof *v->sites);
		v->sites[v->nsites++] = (int)sets_pick((unsigned)in->nclusters);
		if (sets_pick(2))
			v->sites[v->nsites++] = (int)sets_pick((unsigned)in->nclusters);
	}
	if (in->nsets > 0 && sets_pick(3) == 0) {
		v->sets = xcalloc(1, sizeof *v->sets);
		v->sets[v->nsets++] = (int)sets_pick((unsigned)in->nsets);
	}
}

struct plan_input *
sets_input(uint64_t seed)
{
	struct plan_input *in = plan_input_new();
	bool tight;
	size_t i;

	state = seed * 2654435761u + 1;
	sets_pick(2);
	tight = sets_pick(3) == 0;
	random_settings(&in->settings);
	in->nclusters = 1 + sets_pick(4);
	in->clusters = xcalloc(in->nclusters, sizeof *in->clusters);
	for (i = 0; i < in->nclusters; i++) {
		in->clusters[i].name = random_name("c", i);
		in->clusters[i].maintenance = sets_pick(10) == 0;
	}
	in->ndomains = sets_pick(4);
	in->domains = xcalloc(in->ndomains + 1, sizeof *in->domains);
	for (i = 0; i < in->ndomains; i++)
		in->domains[i] = random_name("d", i);
	in->nnodes = 1 + sets_pick(12);
	in->nodes = xcalloc(in->nnodes, sizeof *in->nodes);
	for (i = 0; i < in->nnodes; i++) {
		in->nodes[i].name = random_name("n", i);
		in->nodes[i].cluster = (int)sets_pick((unsigned)in->nclusters);
		in->nodes[i].domain = in->ndomains > 0
		    ? (int)sets_pick((unsigned)in->ndomains + 1) - 1
		    : -1;
		in->nodes[i].state = sets_pick(5) == 0
		    ? (enum plan_node_state)sets_pick(5)
		    : PLAN_NODE_ONLINE;
		in->nodes[i].cpus = 4 << sets_pick(3);
		in->nodes[i].memory = 1024 * (32 << sets_pick(2));
		in->nodes[i].reserved = sets_pick(4096);
		if (sets_pick(3) > 0)
			continue;
		in->nodes[i].base_load = in->nodes[i].cpus * 0.3 * sets_share();
		in->nodes[i].base_memory = sets_pick(16384);
	}
	in->nsets = sets_pick(4);
	in->sets = xcalloc(in->nsets + 1, sizeof *in->sets);
	for (i = 0; i < in->nsets; i++) {
		in->sets[i].name = random_name("s", i);
		in->sets[i].spread = (enum plan_spread)sets_pick(PLAN_SPREADS);
		in->sets[i].hard = sets_pick(2);
	}
	in->nvms = sets_pick(45);
	in->vms = xcalloc(in->nvms + 1, sizeof *in->vms);
	for (i = 0; i < in->nvms; i++)
		random_vm(in, i, tight);
	return in;
}

/* --- the rules again, plainly ---------------------------------------------- */

bool
sets_frozen(const struct plan_input *in, int node)
{
	const struct plan_node *n = &in->nodes[node];

	return in->clusters[n->cluster].maintenance ||
	    (n->state != PLAN_NODE_ONLINE && n->state != PLAN_NODE_DRAIN);
}

bool
sets_takes(const struct plan_input *in, int node)
{
	return !sets_frozen(in, node) && in->nodes[node].state == PLAN_NODE_ONLINE;
}

int64_t
sets_room(const struct plan_input *in, size_t node)
{
	return (int64_t)((double)(in->nodes[node].memory - in->nodes[node].reserved) *
	    in->settings.memory_limit);
}

double
sets_load_room(const struct plan_input *in, int node)
{
	const struct plan_settings *s = &in->settings;
	double share = s->cpu_limit > 0 ? s->cpu_limit : INFINITY;

	if (s->cpu_target > 0 && s->cpu_target < share)
		share = s->cpu_target;
	return in->nodes[node].cpus * share;
}

int
sets_pairs(const struct plan_input *in, int set)
{
	const struct plan_node *a, *b;
	size_t i, k;
	int n = 0;

	for (i = 0; i < in->nvms; i++)
		for (k = 0; k < i; k++) {
			if (in->vms[i].nsets == 0 || in->vms[i].sets[0] != set ||
			    in->vms[k].nsets == 0 || in->vms[k].sets[0] != set ||
			    in->vms[i].node < 0 || in->vms[k].node < 0)
				continue;
			a = &in->nodes[in->vms[i].node];
			b = &in->nodes[in->vms[k].node];
			if (in->sets[set].spread == PLAN_SPREAD_NODE)
				n += a == b;
			else if (in->sets[set].spread == PLAN_SPREAD_CLUSTER)
				n += a->cluster == b->cluster;
			else
				n += a->domain >= 0 && a->domain == b->domain;
		}
	return n;
}

void
sets_check_capacity(const struct plan_input *in, int node, uint64_t seed)
{
	const struct plan_settings *s = &in->settings;
	int64_t memory = in->nodes[node].base_memory;
	double load = in->nodes[node].base_load, vcpus = 0;
	size_t i;

	for (i = 0; i < in->nvms; i++)
		if (in->vms[i].node == node) {
			memory += in->vms[i].memory;
			load += in->vms[i].load;
			vcpus += in->vms[i].vcpus;
		}
	ck_assert_msg(memory <= sets_room(in, (size_t)node), "seed %ju: memory", seed);
	ck_assert_msg(load <= sets_load_room(in, node) + 1e-6, "seed %ju: load", seed);
	ck_assert_msg(
	    s->vcpu_ratio <= 0 || vcpus <= in->nodes[node].cpus * s->vcpu_ratio + 1e-6,
	    "seed %ju: vCPUs", seed);
}

void
sets_check_reserve(const struct plan_input *in, int cluster, uint64_t seed)
{
	int64_t memory = 0, all = 0, biggest = 0;
	size_t i;

	for (i = 0; i < in->nnodes; i++)
		if (in->nodes[i].cluster == cluster && sets_takes(in, (int)i)) {
			memory += in->nodes[i].base_memory;
			all += sets_room(in, i);
			if (sets_room(in, i) > biggest)
				biggest = sets_room(in, i);
		}
	for (i = 0; i < in->nvms; i++)
		if (in->vms[i].node >= 0 &&
		    in->nodes[in->vms[i].node].cluster == cluster)
			memory += in->vms[i].memory;
	ck_assert_msg(memory <= all - biggest, "seed %ju: reserve of c%d: %jd of %jd",
	    seed, cluster, (intmax_t)memory, (intmax_t)(all - biggest));
}
