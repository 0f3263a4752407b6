/*
 * SPDX-License-Identifier: Apache-2.0
 * The planner's kicks: a few exchanges at random, then everything near is improved
 * again; kept when that is better than before, else undone. Leaves placements that no
 * single exchange would leave, for as long as it is let.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "policy/plan_search.h"

#define DISTURB  2 /* exchanges of a kick */
#define NEAR_MAX 256 /* nodes looked at again after a kick */

/* Nodes that have changed and are to be looked at, each once. */
struct near {
	int nodes[NEAR_MAX];
	size_t n;
	char *listed;
};

static void
near_add(struct near *near, int node)
{
	if (near->n == NEAR_MAX || near->listed[node])
		return;
	near->listed[node] = 1;
	near->nodes[near->n++] = node;
}

/* The nodes of all steps since `from`. */
static void
near_add_steps(struct near *near, const struct plan_steps *steps, size_t from)
{
	for (; from < steps->n; from++) {
		near_add(near, steps->steps[from].from);
		near_add(near, steps->steps[from].to);
	}
}

static void
disturb(struct search *se, enum effort effort)
{
	struct plan_state *st = se->st;
	size_t tries, done = 0;
	int a, b, ma, mb, first;

	for (tries = 0; tries < 50 && done < DISTURB; tries++) {
		a = (int)(search_random(&se->random) % st->in->nvms);
		b = (int)(search_random(&se->random) % st->in->nvms);
		if (st->vms[a].fixed || st->vms[b].fixed ||
		    st->vms[a].node == st->vms[b].node)
			continue;
		ma = search_more(st, a, st->vms[b].node);
		mb = search_more(st, b, st->vms[a].node);
		if (effort == EXCHANGES && ma + mb > 0)
			continue;
		if (!search_within(st, ma + mb,
		        ma * st->in->vms[a].memory + mb * st->in->vms[b].memory))
			continue;
		first = search_first(st, a, b);
		if (first < 0)
			continue;
		search_swap(se, first, first == a ? b : a);
		done++;
	}
}

static void
improve(struct search *se, enum effort effort, double floor, struct near *near)
{
	const struct node_state *n;
	double left = 0;
	size_t i, k, before;
	int node;

	while (near->n > 0 && !search_spent(se->st)) {
		node = near->nodes[--near->n];
		near->listed[node] = 0;
		n = &se->st->nodes[node];
		for (i = 0; i < n->nvms && !search_spent(se->st); i++) {
			before = se->done->n;
			k = n->nvms;
			search_try(se, n->vms[i], effort, floor, &left);
			near_add_steps(near, se->done, before);
			if (se->done->n > before && n->nvms < k && i > 0)
				i--;
		}
	}
	while (near->n > 0)
		near->listed[near->nodes[--near->n]] = 0;
}

static void
undo(struct search *se, size_t steps, size_t stages, double objective)
{
	const struct plan_step *s;

	while (se->done->n > steps) {
		s = &se->done->steps[--se->done->n];
		state_apply(se->st, s->vm, s->from);
	}
	se->done->stages = stages;
	se->objective = objective;
}

bool
kick_run(struct search *se, enum effort effort, double floor)
{
	struct near near = { .n = 0 };
	size_t steps, stages;
	double objective;
	uint64_t i;

	if (se->st->in->nvms < 2)
		return true;
	near.listed = xcalloc(se->st->in->nnodes + 1, 1);
	se->dense = false;
	for (i = 0; i < se->st->s->kicks && !search_spent(se->st); i++) {
		steps = se->done->n;
		stages = se->done->stages;
		objective = se->objective;
		disturb(se, effort);
		near_add_steps(&near, se->done, steps);
		improve(se, effort, floor, &near);
		if (se->objective > objective - 1e-12)
			undo(se, steps, stages, objective);
	}
	free(near.listed);
	return !search_spent(se->st);
}
