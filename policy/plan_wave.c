/*
 * SPDX-License-Identifier: Apache-2.0
 * The planner's waves: which moves of a plan may run at the same time.
 *
 * A wave is filled from the moves that are left, in their order. Moves of the wave are
 * held against the placement before it, with the room of those in it taken on their
 * targets and none given back on their sources. A move may go before earlier ones that
 * are left only if these do not notice: it takes nothing that they need.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "policy/plan_impl.h"

#define NOTHING 1e-9

struct wave {
	struct plan_state *st;
	/* in this wave: moves of each node and cluster, and whether a set has one */
	size_t n, *nodes, *clusters;
	bool *sets;
	/* of earlier moves that are left: VMs, targets, clusters entered, sets */
	bool *later_vms, *later_nodes, *later_clusters, *later_sets;
	bool later_repair;
};

static void
clear(struct wave *w)
{
	const struct plan_input *in = w->st->in;

	w->n = 0;
	w->later_repair = false;
	memset(w->nodes, 0, (in->nnodes + 1) * sizeof *w->nodes);
	memset(w->clusters, 0, (in->nclusters + 1) * sizeof *w->clusters);
	memset(w->sets, 0, in->nsets + 1);
	memset(w->later_vms, 0, in->nvms + 1);
	memset(w->later_nodes, 0, in->nnodes + 1);
	memset(w->later_clusters, 0, in->nclusters + 1);
	memset(w->later_sets, 0, in->nsets + 1);
}

/* Has a hard set of the VM a mark? */
static bool
is_marked(const struct wave *w, const bool *marks, int vm)
{
	const struct plan_vm *v = &w->st->in->vms[vm];
	size_t i;

	for (i = 0; i < v->nsets; i++)
		if (w->st->in->sets[v->sets[i]].hard && marks[v->sets[i]])
			return true;
	return false;
}

static void
mark(const struct wave *w, bool *marks, int vm)
{
	const struct plan_vm *v = &w->st->in->vms[vm];
	size_t i;

	for (i = 0; i < v->nsets; i++)
		marks[v->sets[i]] = true;
}

static bool
below(size_t n, size_t limit)
{
	return limit == 0 || n < limit;
}

/* Is there a free place in the wave for one that leaves `from` for `to`? */
static bool
has_place(const struct wave *w, int from, int to)
{
	const struct plan_settings *s = w->st->s;
	const struct plan_node *nodes = w->st->in->nodes;

	return below(w->n, s->at_once) && below(w->nodes[from], s->at_once_node) &&
	    below(w->nodes[to], s->at_once_node) &&
	    below(w->clusters[nodes[from].cluster], s->at_once_cluster) &&
	    below(w->clusters[nodes[to].cluster], s->at_once_cluster);
}

/* May it go before those that were left? */
static bool
may_pass(const struct wave *w, const struct plan_step *m)
{
	const struct plan_node *nodes = w->st->in->nodes;

	if (w->later_vms[m->vm] || w->later_nodes[m->to] ||
	    is_marked(w, w->later_sets, m->vm))
		return false;
	if (nodes[m->from].cluster != nodes[m->to].cluster &&
	    w->later_clusters[nodes[m->to].cluster])
		return false;
	return !w->later_repair || rules_change(w->st, m->vm, m->to) < -NOTHING;
}

/* Takes (1) or gives back (-1) its room on the target, while it is still on its source.
 */
static void
hold_room(struct wave *w, const struct plan_step *m, int sign)
{
	const struct plan_input *in = w->st->in;
	const struct plan_vm *v = &in->vms[m->vm];
	struct node_state *n = &w->st->nodes[m->to];

	n->memory += sign * v->memory;
	n->load += sign * v->load;
	n->vcpus += sign * v->vcpus;
	if (in->nodes[m->from].cluster != in->nodes[m->to].cluster)
		w->st->clusters[in->nodes[m->to].cluster].memory += sign * v->memory;
}

static void
take(struct wave *w, const struct plan_step *m)
{
	const struct plan_node *nodes = w->st->in->nodes;

	w->n++;
	w->nodes[m->from]++;
	w->nodes[m->to]++;
	w->clusters[nodes[m->from].cluster]++;
	if (nodes[m->from].cluster != nodes[m->to].cluster)
		w->clusters[nodes[m->to].cluster]++;
	mark(w, w->sets, m->vm);
	w->later_vms[m->vm] = true; /* a second move of it is another wave's */
	hold_room(w, m, 1);
}

static void
leave(struct wave *w, const struct plan_step *m)
{
	const struct plan_node *nodes = w->st->in->nodes;

	w->later_vms[m->vm] = true;
	w->later_nodes[m->to] = true;
	if (nodes[m->from].cluster != nodes[m->to].cluster)
		w->later_clusters[nodes[m->to].cluster] = true;
	mark(w, w->later_sets, m->vm);
	if (w->st->vms[m->vm].node == m->from &&
	    rules_change(w->st, m->vm, m->to) < -NOTHING)
		w->later_repair = true;
}

static bool
fits(const struct wave *w, const struct plan_step *m)
{
	return w->st->vms[m->vm].node == m->from && has_place(w, m->from, m->to) &&
	    may_pass(w, m) && !is_marked(w, w->sets, m->vm) &&
	    rules_forbid(w->st, m->vm, m->to, NULL) == NO_NOTHING;
}

/* One wave of the n steps that are left, appended to out. Returns how many are left. */
static size_t
fill(struct wave *w, struct plan_step *left, size_t n, struct plan_steps *out)
{
	const size_t first = out->n;
	size_t i, k = 0;

	clear(w);
	for (i = 0; i < n; i++) {
		/* alone, the first is allowed: but for rounding, it was when it was
		 * found */
		if (!fits(w, &left[i]) && i > 0) {
			leave(w, &left[i]);
			left[k++] = left[i];
			continue;
		}
		take(w, &left[i]);
		steps_add(out, left[i].vm, left[i].from, left[i].to);
	}
	for (i = first; i < out->n; i++)
		hold_room(w, &out->steps[i], -1);
	for (i = first; i < out->n; i++)
		state_apply(w->st, out->steps[i].vm, out->steps[i].to);
	return k;
}

size_t
wave_run(struct plan_state *st, const struct plan_steps *steps, struct plan_steps *out,
    size_t *waves)
{
	const struct plan_input *in = st->in;
	struct wave w = { .st = st };
	struct plan_step *left = xcalloc(steps->n + 1, sizeof *left);
	size_t n = steps->n, wave = 0, i = 0;

	w.nodes = xcalloc(in->nnodes + 1, sizeof *w.nodes);
	w.clusters = xcalloc(in->nclusters + 1, sizeof *w.clusters);
	w.sets = xcalloc(in->nsets + 1, 1);
	w.later_vms = xcalloc(in->nvms + 1, 1);
	w.later_nodes = xcalloc(in->nnodes + 1, 1);
	w.later_clusters = xcalloc(in->nclusters + 1, 1);
	w.later_sets = xcalloc(in->nsets + 1, 1);
	if (n > 0)
		memcpy(left, steps->steps, n * sizeof *left);
	for (; n > 0; wave++) {
		n = fill(&w, left, n, out);
		for (; i < out->n; i++)
			waves[i] = wave;
	}
	free(w.nodes);
	free(w.clusters);
	free(w.sets);
	free(w.later_vms);
	free(w.later_nodes);
	free(w.later_clusters);
	free(w.later_sets);
	free(left);
	return wave;
}
