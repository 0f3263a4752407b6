/*
 * SPDX-License-Identifier: Apache-2.0
 * What the recover policy may ask for: the start of a VM that runs nowhere, at a site
 * of its choice. It may ask where nobody knows what became of the VM, and has to be
 * right about everything else. See admit_impl.h.
 *
 * Being admitted starts nothing: the engine asks for the proof of every other site
 * again, at the moment of the start (proof.c).
 */
#include "move/admit_impl.h"

#include "base/mem.h"

static bool
seen_off(const struct site_sight *s)
{
	return s->fresh && s->oper == SITE_OFFLINE && !s->active;
}

/* Fenced, or confirmed by an operator; what rounds show is looked at without. */
static bool
vouched_for(
    const struct moves *v, const struct plan *p, int site, const struct model_now *now)
{
	const struct mv_case *k = case_find(v, p->vm.name);
	const struct move_facts f = { .vm = p->sight };
	struct move_case c;

	if (k == NULL)
		return false;
	c = k->c;
	c.base = p->sight.epoch; /* as it would be accepted now */
	return move_proved(&c, &f, &v->limits, site, now->ms, NULL) != PROVED_NOT;
}

enum move_verdict
admit_recover(const struct moves *v, const struct plan *p, const struct model_now *now,
    char **cause)
{
	size_t i;

	if (!p->rq->recover)
		return MOVE_FINE;
	if (p->rq->force || !p->rq->inside || p->rq->cluster == 0) {
		cause_set(cause,
		    "vm %s: only the recover policy recovers, and never by force",
		    p->vm.name);
		return MOVE_NOT_NOW;
	}
	if (p->vm.lately) {
		cause_set(cause,
		    "vm %s ran just now: whether somebody stopped it is being judged",
		    p->vm.name);
		return MOVE_NOT_NOW;
	}
	if (p->verb == VERB_MOVE && p->vm.oper == VM_FAILED)
		return MOVE_FINE; /* it is stopped first, and proved so */
	if (p->verb != VERB_UP) {
		cause_set(cause,
		    "vm %s is in cluster %s (%s): there is nothing to recover",
		    p->vm.name, p->vm.site[p->source].cluster_name, p->vm.oper_text);
		return MOVE_NOT_NOW;
	}
	for (i = 0; i < p->vm.nsites; i++)
		if ((int)i != p->target && !seen_off(&p->sight.site[i]) &&
		    !vouched_for(v, p, (int)i, now)) {
			cause_set(cause,
			    "vm %s: it is not proved stopped in cluster %s (%s)",
			    p->vm.name, p->vm.site[i].cluster_name,
			    p->vm.site[i].evidence);
			return MOVE_NOT_NOW;
		}
	return MOVE_FINE;
}
