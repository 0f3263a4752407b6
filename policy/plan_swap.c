/*
 * SPDX-License-Identifier: Apache-2.0
 * The planner's exchanges: one VM for another, or one for two, where single moves are
 * stuck.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "policy/plan_search.h"

static bool
share_a_set(const struct plan_vm *a, const struct plan_vm *b)
{
	size_t i, k;

	for (i = 0; i < a->nsets; i++)
		for (k = 0; k < b->nsets; k++)
			if (a->sets[i] == b->sets[k])
				return true;
	return false;
}

/* First a then b, each allowed when it is made? They share no availability set. */
static bool
allowed_in_order(const struct plan_state *st, int a, int b)
{
	const int na = st->vms[a].node, nb = st->vms[b].node;

	return rules_forbid(st, a, nb, NULL) == NO_NOTHING &&
	    rules_forbid_without(st, b, na, a, NULL) == NO_NOTHING;
}

/* Rules that do not depend on what is on the nodes. */
static bool
could_swap(const struct plan_state *st, int a, int b)
{
	const struct plan_vm *va = &st->in->vms[a], *vb = &st->in->vms[b];
	const int ca = st->in->nodes[st->vms[a].node].cluster;
	const int cb = st->in->nodes[st->vms[b].node].cluster;

	if (st->vms[b].fixed || !st->nodes[st->vms[a].node].counts)
		return false;
	if (ca != cb && (!rules_site(va, cb) || !rules_site(vb, ca)))
		return false;
	return va->nsets == 0 || vb->nsets == 0 || !share_a_set(va, vb);
}

int
search_first(const struct plan_state *st, int a, int b)
{
	if (!could_swap(st, a, b))
		return -1;
	if (allowed_in_order(st, a, b))
		return a;
	return allowed_in_order(st, b, a) ? b : -1;
}

void
search_swap(struct search *se, int a, int b)
{
	const int na = se->st->vms[a].node, nb = se->st->vms[b].node;

	search_go(se, a, nb);
	search_go(se, b, na);
	se->done->stages++;
}

bool
swap_try(struct search *se, int vm, enum effort effort, double least, double *seen)
{
	struct plan_state *st = se->st;
	const int here = st->vms[vm].node;
	const int64_t memory = st->in->vms[vm].memory;
	const struct node_state *n;
	struct plan_delta d;
	int64_t needed;
	int order;
	int first = -1, second = -1, other, ma, mb;
	double g, best = least;
	size_t i, k;

	for (i = 0; i < se->nlist; i++) {
		n = &st->nodes[se->list[i]];
		ma = search_more(st, vm, se->list[i]);
		for (k = 0; se->list[i] != here && k < n->nvms; k++) {
			other = n->vms[k];
			if (se->dense && other < vm)
				continue;
			/* it would be one more that moves: known without looking at it
			 */
			if (effort == EXCHANGES && ma >= 0 && !st->moved[other])
				continue;
			mb = search_more(st, other, here);
			if (effort == EXCHANGES && ma + mb > 0)
				continue;
			score_swap(st, vm, other, &d);
			needed = ma * memory + mb * st->in->vms[other].memory;
			g = search_gain(st, &d, ma + mb, needed);
			if (g < best && g <= *seen)
				continue;
			order = search_first(st, vm, other);
			if (order < 0)
				continue;
			if (!search_within(st, ma + mb, needed)) {
				st->limited = true;
				continue;
			}
			if (g < best) {
				*seen = g;
				continue;
			}
			best = g;
			first = order;
			second = order == vm ? other : vm;
		}
	}
	if (first >= 0)
		search_swap(se, first, second);
	return first >= 0;
}

/* --- one for two ----------------------------------------------------------------- */

/* One VM of a node and two of another, as they would go. */
struct trio {
	int vm[3], to[3];
};

/* Is there an order in which all three are allowed? Then it is made the trio's. */
static bool
order_trio(struct plan_state *st, struct trio *t)
{
	static const unsigned char orders[6][3] = { { 0, 1, 2 }, { 1, 0, 2 },
		{ 1, 2, 0 }, { 2, 1, 0 }, { 2, 0, 1 }, { 0, 2, 1 } };
	const struct trio was = *t;
	int from[3];
	size_t i, k, n;

	for (i = 0; i < 6; i++) {
		for (k = 0; k < 3; k++) {
			t->vm[k] = was.vm[orders[i][k]];
			t->to[k] = was.to[orders[i][k]];
			from[k] = st->vms[t->vm[k]].node;
		}
		for (n = 0; n < 3; n++) {
			if (rules_forbid(st, t->vm[n], t->to[n], NULL) != NO_NOTHING)
				break;
			state_apply(st, t->vm[n], t->to[n]);
		}
		for (k = n; k-- > 0;)
			state_apply(st, t->vm[k], from[k]);
		if (n == 3)
			return true;
	}
	return false;
}

/* How many VMs more are away from their start with it, and how much memory. */
static int
trio_more(const struct plan_state *st, int a, int b, int c, int64_t *memory)
{
	const struct plan_vm *vms = st->in->vms;
	const int ma = search_more(st, a, st->vms[b].node);
	const int mb = search_more(st, b, st->vms[a].node);
	const int mc = search_more(st, c, st->vms[a].node);

	*memory = ma * vms[a].memory + mb * vms[b].memory + mc * vms[c].memory;
	return ma + mb + mc;
}

/* What is being looked for: the best exchange that gains at least `least`. */
struct hunt {
	struct trio trio;
	bool found;
	double best; /* its gain; `least` until one is found */
	double *seen; /* the best gain below that */
};

/* Are the three worth it, allowed, and better than what was found? */
static void
look_at(struct plan_state *st, int a, int b, int c, struct hunt *h)
{
	const int na = st->vms[a].node, nb = st->vms[b].node;
	struct trio t = { { a, b, c }, { nb, na, na } };
	struct plan_delta d;
	int64_t memory;
	double g;
	int more;

	score_two(st, a, b, c, &d);
	if (d.score + d.cost >= 0)
		return;
	more = trio_more(st, a, b, c, &memory);
	g = search_gain(st, &d, more, memory);
	if (g <= (g < h->best ? *h->seen : h->best))
		return;
	if (!could_swap(st, a, b) || !could_swap(st, a, c) ||
	    share_a_set(&st->in->vms[b], &st->in->vms[c]))
		return;
	if (!search_within(st, more, memory)) {
		st->limited = true;
		return;
	}
	if (!order_trio(st, &t))
		return;
	if (g < h->best) {
		*h->seen = g;
		return;
	}
	h->best = g;
	h->trio = t;
	h->found = true;
}

bool
swap_try_two(struct search *se, int vm, double least, double *seen)
{
	struct plan_state *st = se->st;
	struct hunt h = { .best = least, .seen = seen };
	const int here = st->vms[vm].node;
	int *others = NULL;
	size_t i, k, m, n;

	for (i = 0; i < se->nlist && !search_spent(st); i++) {
		n = st->nodes[se->list[i]].nvms;
		if (se->list[i] == here || n < 2)
			continue;
		/* trying changes the order of the list */
		others = xreallocarray(others, n, sizeof *others);
		memcpy(others, st->nodes[se->list[i]].vms, n * sizeof *others);
		for (k = 1; k < n; k++)
			for (m = 0; m < k; m++)
				look_at(st, vm, others[k], others[m], &h);
	}
	free(others);
	for (i = 0; h.found && i < 3; i++)
		search_go(se, h.trio.vm[i], h.trio.to[i]);
	se->done->stages += h.found;
	return h.found;
}
