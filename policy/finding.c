/*
 * SPDX-License-Identifier: Apache-2.0
 * A finding as it grows, and what the engine remembers of a VM: see policy.h.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "policy/policy.h"

#define DAY ((msec_t)86400000)

struct policy_proposal *
finding_propose(struct policy_finding *f, uint32_t vm, uint32_t cluster, uint32_t node)
{
	struct policy_proposal *p;

	f->proposals =
	    xreallocarray(f->proposals, f->nproposals + 1, sizeof *f->proposals);
	p = &f->proposals[f->nproposals++];
	*p = (struct policy_proposal) {
		.vm = vm, .cluster = cluster, .node = node, .cost = -1
	};
	return p;
}

static int
magnitude(int weight)
{
	return weight < 0 ? -weight : weight;
}

/* Behind those of the same weight: reasons are told in the order they were found. */
void
proposal_reason(struct policy_proposal *p, int weight, char *text)
{
	size_t i;

	p->reasons = xreallocarray(p->reasons, p->nreasons + 1, sizeof *p->reasons);
	for (i = p->nreasons++;
	     i > 0 && magnitude(p->reasons[i - 1].weight) < magnitude(weight); i--)
		p->reasons[i] = p->reasons[i - 1];
	p->reasons[i] = (struct policy_reason) { weight, text };
}

void
finding_lack(struct policy_finding *f, uint32_t vm, uint32_t fence, char *text)
{
	f->lacks = xreallocarray(f->lacks, f->nlacks + 1, sizeof *f->lacks);
	f->lacks[f->nlacks++] =
	    (struct policy_lack) { .vm = vm, .text = text, .fence = fence };
}

void
finding_status(struct policy_finding *f, char *text)
{
	free(f->status);
	f->status = text;
}

void
finding_clear(struct policy_finding *f)
{
	size_t i, k;

	for (i = 0; i < f->nproposals; i++) {
		for (k = 0; k < f->proposals[i].nreasons; k++)
			free(f->proposals[i].reasons[k].text);
		free(f->proposals[i].reasons);
	}
	for (i = 0; i < f->nlacks; i++)
		free(f->lacks[i].text);
	free(f->proposals);
	free(f->lacks);
	free(f->status);
	*f = (struct policy_finding) { .imbalance = -1 };
}

const struct policy_past *
policy_past(const struct policy_view *view, uint32_t vm)
{
	size_t low = 0, high = view->npast, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (view->past[mid].vm < vm)
			low = mid + 1;
		else
			high = mid;
	}
	return low < view->npast && view->past[low].vm == vm ? &view->past[low] : NULL;
}

static msec_t
cool_down(msec_t once, unsigned times)
{
	msec_t cool = once;

	for (; times > 1 && cool < DAY; times--)
		cool *= 2;
	return cool > DAY && once < DAY ? DAY : cool;
}

/* The row of the VM tells of moves that the engine does not know (any more). */
bool
policy_cools(const struct policy_view *view, uint32_t vm)
{
	const struct policy_past *p = policy_past(view, vm);
	const int slot = scene_vm_find(view->scene, vm);
	time_t moved = p == NULL ? 0 : p->moved;

	if (slot >= 0 && view->scene->vms[slot].last_move > moved)
		moved = view->scene->vms[slot].last_move;
	return moved != 0 &&
	    (view->scene->wall - moved) * 1000 <
	    cool_down(view->settings->cool_down, p == NULL ? 0 : p->times);
}
