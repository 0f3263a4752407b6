/*
 * SPDX-License-Identifier: Apache-2.0
 * The planner's input: defaults, checks, release.
 */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "policy/plan.h"

#define MEMORY_MAX ((int64_t)1 << 40) /* MiB: an exbibyte, sums stay exact */
#define LOAD_MAX   1e9

void
plan_settings_default(struct plan_settings *s)
{
	*s = (struct plan_settings) {
		.measure = PLAN_MEASURE_SET,
		.weight_cpu = 1,
		.weight_memory = 1,
		.weight_cluster_cpu = 0.5,
		.weight_cluster_memory = 0.5,
		.weight_spread = 0.5,
		.weight_home = 0.02,
		.cost_inside = 0.02,
		.cost_across = 0.05,
		.cost_second = 0.0005,
		.cost_gib = 0.0001,
		.downtime = 60,
		.min_gain = 0.01,
		.memory_limit = 0.95,
		.cpu_limit = 0.9,
		.vcpu_ratio = 0,
		.reserve = true,
		.aims = PLAN_AIMS_ALL,
		.at_once_node = 1,
	};
}

void
plan_settings_hbal(struct plan_settings *s)
{
	*s = (struct plan_settings) {
		.measure = PLAN_MEASURE_HBAL,
		.weight_cpu = 1,
		.weight_memory = 1,
		.memory_limit = 1,
		.vcpu_ratio = 8,
		.min_gain = 1e-5,
		.aims = PLAN_AIMS_ALL,
		.at_once_node = 1,
	};
}

struct plan_input *
plan_input_new(void)
{
	struct plan_input *in = xcalloc(1, sizeof *in);

	plan_settings_default(&in->settings);
	return in;
}

void
plan_input_free(struct plan_input *in)
{
	size_t i;

	if (in == NULL)
		return;
	for (i = 0; i < in->nclusters; i++)
		free(in->clusters[i].name);
	for (i = 0; i < in->nnodes; i++) {
		free(in->nodes[i].name);
		free(in->nodes[i].why);
	}
	for (i = 0; i < in->nvms; i++) {
		free(in->vms[i].name);
		free(in->vms[i].sites);
		free(in->vms[i].bound);
		free(in->vms[i].sets);
	}
	for (i = 0; i < in->nsets; i++)
		free(in->sets[i].name);
	for (i = 0; i < in->ndomains; i++)
		free(in->domains[i]);
	free(in->clusters);
	free(in->nodes);
	free(in->vms);
	free(in->sets);
	free(in->domains);
	free(in);
}

static bool
in_range(double v, double least, double most)
{
	return isfinite(v) && v >= least && v <= most;
}

static bool
is_index(int i, size_t n)
{
	return i >= 0 && (size_t)i < n;
}

static int
check_node(const struct plan_input *in, const struct plan_node *n, char **cause)
{
	if (!is_index(n->cluster, in->nclusters) ||
	    (n->domain != -1 && !is_index(n->domain, in->ndomains)) ||
	    (unsigned)n->state >= PLAN_NODE_STATES)
		return cause_set(cause,
		    "node %s: its cluster or fault domain is not there", n->name);
	if (!in_range(n->cpus, 1e-3, 1e6))
		return cause_set(
		    cause, "node %s: cpus must be 0.001 to 1000000", n->name);
	if (n->memory < 1 || n->memory > MEMORY_MAX)
		return cause_set(
		    cause, "node %s: memory must be 1 MiB to 2^40 MiB", n->name);
	if (n->reserved < 0 || n->reserved >= n->memory)
		return cause_set(cause,
		    "node %s: %jd of its %jd MiB are reserved; some must be left for "
		    "VMs",
		    n->name, (intmax_t)n->reserved, (intmax_t)n->memory);
	if (!in_range(n->base_load, 0, 1e6) || n->base_memory < 0 ||
	    n->base_memory > MEMORY_MAX)
		return cause_set(cause,
		    "node %s: what it uses beside the VMs is out of range", n->name);
	if (!in_range(n->os_vcpus, 0, 1e6))
		return cause_set(
		    cause, "node %s: its own vCPUs must be 0 to 1000000", n->name);
	if (!in_range(n->disk_used, 0, 1))
		return cause_set(
		    cause, "node %s: more disk is free than there is", n->name);
	return 0;
}

static int
check_vm(const struct plan_input *in, const struct plan_vm *v, char **cause)
{
	size_t i, k;

	if (v->node != -1 && !is_index(v->node, in->nnodes))
		return cause_set(cause, "VM %s: its node is not there", v->name);
	if (v->home != -1 && !is_index(v->home, in->nclusters))
		return cause_set(
		    cause, "VM %s: its home cluster is not there", v->name);
	if (v->memory < 0 || v->memory > MEMORY_MAX)
		return cause_set(cause, "VM %s: memory must be 0 to 2^40 MiB", v->name);
	if (!in_range(v->load, 0, 1e6) || v->vcpus < 0 || v->vcpus > 1000000)
		return cause_set(
		    cause, "VM %s: its CPUs and load must be 0 to 1000000", v->name);
	if (v->priority < 0 || v->priority > 1000)
		return cause_set(cause, "VM %s: priority must be 0 to 1000", v->name);
	if (!isfinite(v->downtime) || v->downtime > LOAD_MAX)
		return cause_set(cause, "VM %s: downtime is out of range", v->name);
	for (i = 0; i < 4; i++)
		if (!in_range(v->util[i], 0, LOAD_MAX))
			return cause_set(
			    cause, "VM %s: its utilisation is out of range", v->name);
	for (i = 0; i < v->nsites; i++)
		if (!is_index(v->sites[i], in->nclusters))
			return cause_set(cause, "VM %s: a site is not there", v->name);
	for (i = 0; i < v->nsets; i++) {
		if (!is_index(v->sets[i], in->nsets))
			return cause_set(
			    cause, "VM %s: an availability set is not there", v->name);
		for (k = 0; k < i; k++)
			if (v->sets[k] == v->sets[i])
				return cause_set(cause,
				    "VM %s: it is twice in the availability set %s; "
				    "name it "
				    "once",
				    v->name, in->sets[v->sets[i]].name);
	}
	return 0;
}

static int
check_settings(const struct plan_settings *s, char **cause)
{
	const struct {
		const char *name;
		double value, least, most;
	} rows[] = {
		{ "weights.cpu", s->weight_cpu, 0, 1000 },
		{ "weights.memory", s->weight_memory, 0, 1000 },
		{ "weights.cluster-cpu", s->weight_cluster_cpu, 0, 1000 },
		{ "weights.cluster-memory", s->weight_cluster_memory, 0, 1000 },
		{ "weights.spread", s->weight_spread, 0, 1000 },
		{ "weights.home", s->weight_home, 0, 1000 },
		{ "costs.inside", s->cost_inside, 0, 1000 },
		{ "costs.across", s->cost_across, 0, 1000 },
		{ "costs.second", s->cost_second, 0, 1000 },
		{ "costs.gib", s->cost_gib, 0, 1000 },
		{ "downtime", s->downtime, 0, 1e6 },
		{ "min-gain", s->min_gain, 0, 1000 },
		{ "memory-limit", s->memory_limit, 0.01, 1 },
		{ "cpu-limit", s->cpu_limit, 0, 1000 },
		{ "cpu-target", s->cpu_target, 0, 1000 },
		{ "vcpu-ratio", s->vcpu_ratio, 0, 1000 },
	};
	size_t i;

	for (i = 0; i < sizeof rows / sizeof *rows; i++)
		if (!in_range(rows[i].value, rows[i].least, rows[i].most))
			return cause_set(cause, "settings: %s must be %g to %g",
			    rows[i].name, rows[i].least, rows[i].most);
	if (s->cost_across < s->cost_inside)
		return cause_set(cause,
		    "settings: costs.across must not be below costs.inside (%g): a "
		    "move to "
		    "another cluster stops the VM",
		    s->cost_inside);
	if (s->measure != PLAN_MEASURE_SET && s->measure != PLAN_MEASURE_HBAL)
		return cause_set(cause, "settings: no such measure");
	return 0;
}

int
plan_input_check(const struct plan_input *in, struct plan_fault *where, char **cause)
{
	struct plan_fault ignored, *w = where != NULL ? where : &ignored;

	w->part = PLAN_PART_NODE;
	for (w->index = 0; w->index < in->nnodes; w->index++)
		if (check_node(in, &in->nodes[w->index], cause) != 0)
			return -1;
	w->part = PLAN_PART_VM;
	for (w->index = 0; w->index < in->nvms; w->index++)
		if (check_vm(in, &in->vms[w->index], cause) != 0)
			return -1;
	w->part = PLAN_PART_SET;
	for (w->index = 0; w->index < in->nsets; w->index++)
		if ((unsigned)in->sets[w->index].spread >= PLAN_SPREADS)
			return cause_set(cause, "availability set %s: no such spread",
			    in->sets[w->index].name);
	w->part = PLAN_PART_SETTINGS;
	w->index = 0;
	return check_settings(&in->settings, cause);
}

const char *
plan_node_state_word(enum plan_node_state state)
{
	static const char *const words[PLAN_NODE_STATES] = { "online", "drain",
		"maintenance", "offline", "unknown" };

	return (unsigned)state < PLAN_NODE_STATES ? words[state] : "?";
}

const char *
plan_kind_word(enum plan_kind kind)
{
	static const char *const words[PLAN_KINDS] = { "drain", "site", "memory",
		"load", "vcpus", "spread", "balance", "home", "room" };

	return (unsigned)kind < PLAN_KINDS ? words[kind] : "?";
}

const char *
plan_spread_word(enum plan_spread spread)
{
	static const char *const words[PLAN_SPREADS] = { "node", "cluster",
		"fault-domain" };

	return (unsigned)spread < PLAN_SPREADS ? words[spread] : "?";
}
