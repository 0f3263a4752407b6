/*
 * SPDX-License-Identifier: Apache-2.0
 * The planner's order: from where VMs are to where the search put them, directly.
 *
 * The search may move a VM twice; here each goes once, in an order in which every move
 * is allowed when it is made. Repairs come first, then what lowers the objective.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "policy/plan_impl.h"

#define NOTHING 1e-9

enum wanted {
	WANT_REPAIR, /* mends a violation */
	WANT_BETTER, /* or lowers score and cost together */
	WANT_ANY /* is allowed */
};

static bool
fits(struct plan_state *st, int vm, int node, enum wanted want)
{
	struct plan_delta d;
	double change;

	if (rules_forbid(st, vm, node, NULL) != NO_NOTHING)
		return false;
	if (want == WANT_ANY)
		return true;
	change = rules_change(st, vm, node);
	if (change < -NOTHING)
		return true;
	score_move(st, vm, node, &d);
	return want == WANT_BETTER && d.score + d.cost < 0;
}

/* Whatever of the n pending VMs fits goes; returns how many are left. */
static size_t
pass(struct plan_state *st, const int *wanted, int *pending, size_t n, enum wanted want,
    struct plan_steps *out)
{
	size_t i, left = 0;
	bool go = true;
	int vm;

	for (i = 0; i < n; i++) {
		vm = pending[i];
		if (!go || !fits(st, vm, wanted[vm], want)) {
			pending[left++] = vm;
			continue;
		}
		steps_add(out, vm, st->vms[vm].node, wanted[vm]);
		state_apply(st, vm, wanted[vm]);
		if (want == WANT_ANY) /* one is enough to go on with better ones */
			go = false;
	}
	return left;
}

bool
order_run(struct plan_state *st, const int *wanted, const struct plan_steps *found,
    struct plan_steps *out)
{
	int *pending = xcalloc(found->n + 1, sizeof *pending);
	char *listed = xcalloc(st->in->nvms + 1, 1);
	enum wanted want = WANT_REPAIR;
	size_t i, n = 0, left;
	int vm;

	for (i = 0; i < found->n; i++) {
		vm = found->steps[i].vm;
		if (!listed[vm] && st->vms[vm].node != wanted[vm])
			pending[n++] = vm;
		listed[vm] = 1;
	}
	while (n > 0) {
		left = pass(st, wanted, pending, n, want, out);
		if (left == n && want == WANT_ANY)
			break; /* a knot: nothing of it fits */
		if (left == n)
			want++;
		else if (want == WANT_ANY)
			want = WANT_BETTER;
		n = left;
	}
	free(pending);
	free(listed);
	return n == 0;
}
