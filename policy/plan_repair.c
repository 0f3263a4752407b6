/*
 * SPDX-License-Identifier: Apache-2.0
 * The planner's repairs: what breaks a hard rule goes first, and costs nothing too
 * much.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "policy/plan_search.h"

#define CHAIN_TRIES 200000 /* for one VM that needs room made */

/* The node that mends the most, and then costs the least. */
static int
best_repair(struct search *se, int vm)
{
	struct plan_state *st = se->st;
	struct plan_delta d;
	double change, best_change = -PLAN_NOTHING, best_score = 0;
	int best = -1, node, more;
	size_t i;

	for (i = 0; i < st->ntargets && !search_spent(st); i++) {
		node = st->targets[i];
		st->work++;
		more = search_more(st, vm, node);
		if (rules_forbid(st, vm, node, NULL) != NO_NOTHING ||
		    !search_within(st, more, more * st->in->vms[vm].memory))
			continue;
		change = rules_change(st, vm, node);
		if (change > best_change + PLAN_NOTHING || change > -PLAN_NOTHING)
			continue;
		score_move(st, vm, node, &d);
		if (best >= 0 && change > best_change - PLAN_NOTHING &&
		    d.score + d.cost >= best_score)
			continue;
		best = node;
		best_change = change;
		best_score = d.score + d.cost;
	}
	return best;
}

/* Is the VM kept out by what runs there, which might go elsewhere? */
static bool
is_crowded(enum plan_no no)
{
	return no == NO_MEMORY || no == NO_CPU || no == NO_VCPUS || no == NO_SPREAD;
}

/* Would VM vm mend something on node b, once `other` is on c? Then both go. */
static bool
try_chain(struct search *se, int vm, int b, int other, int c)
{
	struct plan_state *st = se->st;
	const int mv = search_more(st, vm, b), mo = search_more(st, other, c);

	if (rules_forbid(st, other, c, NULL) != NO_NOTHING ||
	    !search_within(st, mv + mo,
	        mv * st->in->vms[vm].memory + mo * st->in->vms[other].memory))
		return false;
	state_apply(st, other, c);
	if (rules_forbid(st, vm, b, NULL) != NO_NOTHING ||
	    rules_change(st, vm, b) > -PLAN_NOTHING) {
		state_apply(st, other, b);
		return false;
	}
	steps_add(se->done, other, b, c);
	search_go(se, vm, b);
	se->done->stages++;
	return true;
}

/* Moves another VM away from a node so that this one can go there and mend something.
 */
static bool
make_room(struct search *se, int vm)
{
	struct plan_state *st = se->st;
	const uint64_t end = st->work + CHAIN_TRIES;
	int *others = NULL, b;
	size_t i, k, m, n;
	bool done = false;

	for (i = 0; i < st->ntargets && !done; i++) {
		b = st->targets[i];
		n = st->nodes[b].nvms;
		if (b == st->vms[vm].node || n == 0 ||
		    !is_crowded(rules_forbid(st, vm, b, NULL)))
			continue;
		/* trying changes the order of the list */
		others = xreallocarray(others, n, sizeof *others);
		memcpy(others, st->nodes[b].vms, n * sizeof *others);
		for (k = 0; k < n && !done; k++) {
			if (st->vms[others[k]].fixed)
				continue;
			for (m = 0; m < st->ntargets && !done; m++) {
				if (++st->work >= end || search_spent(st))
					goto out;
				done = try_chain(se, vm, b, others[k], st->targets[m]);
			}
		}
	}
out:
	free(others);
	return done;
}

/* --- nodes that have too much ------------------------------------------------ */

struct relief {
	int vm, node;
	double left; /* of the overflow, when it is gone */
	double score;
};

static bool
is_better(const struct relief *a, const struct relief *b)
{
	if (a->left != b->left)
		return a->left < b->left;
	return a->score < b->score;
}

/* The VM of the node whose going mends the most, and then costs the least. */
static bool
best_relief(struct search *se, int node, struct relief *best)
{
	struct plan_state *st = se->st;
	const struct node_state *n = &st->nodes[node];
	const double over = rules_overflow(st, node);
	struct plan_delta d;
	struct relief r;
	size_t i, k;
	int more;

	*best = (struct relief) { .vm = -1 };
	for (i = 0; i < n->nvms; i++) {
		r.vm = n->vms[i];
		if (st->vms[r.vm].fixed)
			continue;
		search_targets(se, r.vm);
		for (k = 0; k < se->nlist && !search_spent(st); k++) {
			r.node = se->list[k];
			st->work++;
			if (r.node == node)
				continue;
			more = search_more(st, r.vm, r.node);
			r.left = over + rules_change(st, r.vm, r.node);
			if (r.left < PLAN_NOTHING)
				r.left = 0;
			if (r.left > over - PLAN_NOTHING ||
			    (best->vm >= 0 && r.left > best->left))
				continue;
			if (rules_forbid(st, r.vm, r.node, NULL) != NO_NOTHING ||
			    !search_within(st, more, more * st->in->vms[r.vm].memory))
				continue;
			score_move(st, r.vm, r.node, &d);
			r.score = d.score + d.cost;
			if (best->vm < 0 || is_better(&r, best))
				*best = r;
		}
	}
	return best->vm >= 0;
}

/* As few VMs as it takes leave nodes that have too much of something. */
static bool
relieve(struct search *se)
{
	struct plan_state *st = se->st;
	struct relief best;
	bool any = false;
	size_t i;

	for (i = 0; i < st->ntargets; i++)
		while (rules_overflow(st, st->targets[i]) > 0 && !search_spent(st) &&
		    best_relief(se, st->targets[i], &best)) {
			search_go(se, best.vm, best.node);
			se->done->stages++;
			any = true;
		}
	return any;
}

/* --- all ---------------------------------------------------------------------- */

void
repair_run(struct search *se)
{
	struct plan_state *st = se->st;
	bool any;
	size_t i;
	int vm, node;

	do {
		any = relieve(se);
		for (i = 0; i < st->in->nvms && !search_spent(st); i++) {
			vm = se->order[i];
			if (!rules_blame(st, vm))
				continue;
			node = best_repair(se, vm);
			if (node >= 0) {
				search_go(se, vm, node);
				se->done->stages++;
				any = true;
			} else if (make_room(se, vm))
				any = true;
		}
	} while (any && !search_spent(st));
}
