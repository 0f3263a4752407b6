/*
 * SPDX-License-Identifier: Apache-2.0
 * The planner's search: repair first, then single moves, then swaps.
 *
 * Greedy by falling thresholds: each pass takes whatever gains at least the threshold
 * for every VM it moves, then the threshold falls to just below the best that was left.
 * That comes near to always taking the best move of all, without looking at all for
 * each one. In big sets a VM is tried on few nodes, those with the most room.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "policy/plan_search.h"

#define ALL_NODES  64 /* up to so many targets every one is tried */
#define ROOMY      10 /* nodes with the most room, of each kind */
#define ROOMY_SWAP 4
#define REFRESH    48 /* moves after which "most room" is looked at again */
#define NOTHING    1e-9 /* less is no change of a violation */
#define TINY       1e-12 /* less is no gain */
#define NEAR       0.999 /* of the best that was left: the next threshold */
#define NARROW     2e4 /* tries of a pass: so few allow small steps of the threshold */

void
steps_add(struct plan_steps *s, int vm, int from, int to)
{
	if (s->n == s->cap) {
		s->cap = s->cap == 0 ? 64 : s->cap * 2;
		s->steps = xreallocarray(s->steps, s->cap, sizeof *s->steps);
	}
	s->steps[s->n++] = (struct plan_step) { vm, from, to, s->stages };
}

void
search_go(struct search *se, int vm, int node)
{
	struct plan_delta d;

	score_move(se->st, vm, node, &d);
	se->objective += d.score + d.cost;
	steps_add(se->done, vm, se->st->vms[vm].node, node);
	state_apply(se->st, vm, node);
	se->since++;
}

/* Is the budget gone? */
bool
search_spent(struct plan_state *st)
{
	const struct plan_settings *s = st->s;

	if (st->stopped)
		return true;
	if (s->work > 0 && st->work >= s->work)
		st->stopped = true;
	else if (s->stop != NULL && st->work - st->asked >= 4096) {
		st->asked = st->work;
		st->stopped = s->stop(s->stop_arg);
	}
	return st->stopped;
}

/* --- targets ------------------------------------------------------------ */

struct ranked {
	double key;
	int node;
};

static int
ranked_cmp(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->node - y->node;
}

/* The nodes with the most room: overall, and in each metric. */
static void
find_roomy(struct search *se)
{
	struct plan_state *st = se->st;
	struct ranked *r = xcalloc(st->ntargets + 1, sizeof *r);
	const size_t n = se->per_kind < st->ntargets ? se->per_kind : st->ntargets;
	size_t kind, i, k;

	se->nroomy = 0;
	se->since = 0;
	for (kind = 0; kind <= st->nmetrics; kind++) {
		if (kind > 0 && st->weight[kind - 1] <= 0)
			continue;
		for (i = 0; i < st->ntargets; i++) {
			const struct node_state *node = &st->nodes[st->targets[i]];

			r[i].node = st->targets[i];
			r[i].key = 0;
			for (k = 0; k < st->nmetrics; k++)
				if (kind == 0 || kind == k + 1)
					r[i].key += st->weight[k] * node->x[k];
		}
		qsort(r, st->ntargets, sizeof *r, ranked_cmp);
		for (i = 0; i < n; i++)
			se->roomy[se->nroomy++] = r[i].node;
	}
	free(r);
}

static void
list_add(struct search *se, int node)
{
	if (se->listed[node])
		return;
	se->listed[node] = 1;
	se->list[se->nlist++] = node;
}

void
search_targets(struct search *se, int vm)
{
	const struct plan_state *st = se->st;
	const struct plan_vm *v = &st->in->vms[vm];
	const struct cluster_state *c;
	size_t i, k, n = 0;

	if (!se->all && se->since >= REFRESH)
		find_roomy(se);
	if (se->all) {
		se->list = st->targets;
		se->nlist = st->ntargets;
		return;
	}
	for (i = 0; i < se->nlist; i++)
		se->listed[se->list[i]] = 0;
	se->nlist = 0;
	for (i = 0; i < v->nsites; i++)
		n += st->clusters[v->sites[i]].nnodes;
	if (n > 0 && n <= ALL_NODES) {
		for (i = 0; i < v->nsites; i++) {
			c = &st->clusters[v->sites[i]];
			for (k = 0; k < c->nnodes; k++)
				list_add(se, c->nodes[k]);
		}
		return;
	}
	for (i = 0; i < se->nroomy; i++)
		list_add(se, se->roomy[i]);
	c = &st->clusters[st->in->nodes[st->vms[vm].node].cluster];
	for (k = 0; k < c->nnodes && c->nnodes <= ALL_NODES; k++)
		list_add(se, c->nodes[k]);
	list_add(se, st->vms[vm].start);
}

/* --- trying -------------------------------------------------------------- */

/* May so many more VMs with so much memory be away from where they began? */
bool
search_within(const struct plan_state *st, int vms, int64_t memory)
{
	if (vms > 0 && st->s->max_moves > 0 &&
	    st->nmoved + (size_t)vms > st->s->max_moves)
		return false;
	return memory <= 0 || st->s->max_memory <= 0 ||
	    st->memory_moved + memory <= st->s->max_memory;
}

/* Does moving there make one more VM away from its start (1), one less (-1), or not? */
int
search_more(const struct plan_state *st, int vm, int node)
{
	const struct vm_state *v = &st->vms[vm];

	return (node != v->start) - (v->node != v->start);
}

static double
least_gain(const struct plan_state *st)
{
	return st->min_gain > TINY ? st->min_gain : TINY;
}

double
search_gain(
    const struct plan_state *st, const struct plan_delta *d, int more, int64_t memory)
{
	const double gain = -(d->score + d->cost), least = least_gain(st);
	double share;

	if (gain < least || st->s->max_memory <= 0 || memory <= 0)
		return more > 1 ? gain / more : gain;
	share = gain * st->mean_memory / (double)memory;
	return share > least ? share : least * 1.001; /* it is worth it all the same */
}

/* The best node for a VM, and its gain in *gain; -1: none brings anything. */
static int
best_move(struct search *se, int vm, double *gain)
{
	struct plan_state *st = se->st;
	const int64_t memory = st->in->vms[vm].memory;
	struct plan_delta d;
	int best = -1, more, node;
	double g;
	size_t i;

	*gain = least_gain(st);
	for (i = 0; i < se->nlist; i++) {
		node = se->list[i];
		if (node == st->vms[vm].node)
			continue;
		score_move(st, vm, node, &d);
		more = search_more(st, vm, node);
		g = search_gain(st, &d, more, more * memory);
		if (g <= *gain || rules_forbid(st, vm, node, NULL) != NO_NOTHING)
			continue;
		if (!search_within(st, more, more * memory)) {
			st->limited = true;
			continue;
		}
		*gain = g;
		best = node;
	}
	return best;
}

bool
search_try(struct search *se, int vm, enum effort effort, double least, double *left)
{
	double gain;
	int node;

	if (se->st->vms[vm].fixed)
		return false;
	search_targets(se, vm);
	node = best_move(se, vm, &gain);
	if (node >= 0 && gain >= least) {
		search_go(se, vm, node);
		se->done->stages++;
		return true;
	}
	if (node >= 0 && gain > *left)
		*left = gain;
	if (effort > SINGLES && swap_try(se, vm, effort, least, left))
		return true;
	return effort == TRIOS && swap_try_two(se, vm, least, left);
}

/* One pass over all VMs. Returns how often something moved; *left: best gain left. */
static size_t
pass(struct search *se, enum effort effort, double least, double *left)
{
	size_t i, applied = 0;

	*left = 0;
	se->st->limited = false;
	if (!se->all)
		find_roomy(se);
	for (i = 0; i < se->st->in->nvms && !search_spent(se->st); i++)
		applied += search_try(se, se->order[i], effort, least, left);
	return applied;
}

/* True: nothing is left that gains. */
static bool
balance(struct search *se, enum effort effort)
{
	struct plan_state *st = se->st;
	const double floor = least_gain(st);
	const double tries =
	    (double)st->in->nvms * (double)(se->all ? st->ntargets : 64);
	const double fall = effort == TRIOS ? 0.7
	    : tries < NARROW                ? 0.97
	    : tries < 1e5                   ? 0.9
	    : tries < 1e6                   ? 0.75
	                                    : 0.6;
	double least = 1e300, left;
	size_t applied;

	if (st->ntargets == 0)
		return true;
	se->dense = se->all;
	se->per_kind = effort == SINGLES ? ROOMY : ROOMY_SWAP;
	for (;;) {
		applied = pass(se, effort, least, &left);
		if (search_spent(st))
			return false;
		if (applied == 0 && (left < floor || least <= floor))
			return true;
		least = applied == 0 && left < least ? left * NEAR : least * fall;
		if (least < floor)
			least = floor;
	}
}

/* --- all of it ------------------------------------------------------------ */

uint64_t
search_random(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static void
make_order(struct search *se)
{
	const size_t n = se->st->in->nvms;
	size_t i, k;
	int swap;

	for (i = 0; i < n; i++)
		se->order[i] = (int)i;
	for (i = n; se->random != 0 && i > 1; i--) {
		k = (size_t)(search_random(&se->random) % i);
		swap = se->order[i - 1];
		se->order[i - 1] = se->order[k];
		se->order[k] = swap;
	}
}

static void
begin(
    struct search *se, struct plan_state *st, unsigned variant, struct plan_steps *done)
{
	*se = (struct search) { .st = st, .done = done };
	se->order = xcalloc(st->in->nvms + 1, sizeof *se->order);
	se->roomy = xcalloc((METRICS + 1) * ROOMY, sizeof *se->roomy);
	se->own_list = xcalloc(st->in->nnodes + 1, sizeof *se->own_list);
	se->list = se->own_list;
	se->listed = xcalloc(st->in->nnodes + 1, 1);
	se->all = st->ntargets <= ALL_NODES;
	se->per_kind = ROOMY_SWAP;
	se->random = st->s->seed + variant * 0x632be59bd9b4e019u;
	make_order(se);
	if (!se->all)
		find_roomy(se);
}

static void
end(struct search *se)
{
	free(se->order);
	free(se->roomy);
	free(se->own_list);
	free(se->listed);
}

bool
search_run(struct plan_state *st, unsigned variant, struct plan_steps *done)
{
	struct search se;
	bool finished;
	size_t n;

	begin(&se, st, variant, done);
	do { /* what balancing made room for is mended, too */
		repair_run(&se);
		if ((st->s->aims & PLAN_AIM(PLAN_BALANCE)) == 0) {
			finished = !search_spent(st);
			break;
		}
		finished = !search_spent(st) && balance(&se, SINGLES) &&
		    balance(&se, EXCHANGES);
		if (finished && st->s->swaps)
			finished =
			    balance(&se, SWAPS) && (!se.all || balance(&se, TRIOS));
		n = done->n;
		if (finished)
			repair_run(&se);
	} while (finished && done->n > n);
	end(&se);
	return finished && !st->limited;
}

bool
search_kick(struct plan_state *st, struct plan_steps *done)
{
	struct search se;
	bool finished;

	if ((st->s->aims & PLAN_AIM(PLAN_BALANCE)) == 0)
		return true;
	begin(&se, st, 0, done);
	finished = kick_run(&se, st->s->swaps ? SWAPS : EXCHANGES, least_gain(st));
	end(&se);
	return finished;
}
