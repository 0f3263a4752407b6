/*
 * SPDX-License-Identifier: Apache-2.0
 * What the manager does by itself, where the configuration says so: start again what
 * somebody stopped, stop the newcomer of a conflict. See moves_impl.h.
 *
 * Both are moves of the owner "set" with rows as any other, and both are refused in
 * words where a person's would be. Nothing here is a reaction to silence (I11).
 */
#include "move/moves_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"

static struct mv_name *
name_add(struct mv_name **set, const char *vm)
{
	struct mv_name *n;

	HASH_FIND_STR(*set, vm, n);
	if (n != NULL)
		return n;
	n = xcalloc(1, sizeof(*n));
	n->vm = xstrdup(vm);
	HASH_ADD_KEYPTR(hh, *set, n->vm, strlen(n->vm), n);
	return n;
}

/* The model is in the midst of a round: it is done after that. */
void
moves_stopped_outside(struct moves *v, const char *vm, const struct model_now *now)
{
	(void)now;
	name_add(&v->outside, vm);
}

void
react_outside(struct moves *v, const struct model_now *now)
{
	struct mv_name *set = v->outside, *n, *next;
	char reason[] = "stopped by somebody else, and moves.outside-stop is restart";

	v->outside = NULL;
	HASH_ITER (hh, set, n, next) {
		struct move_request rq = { .vm = model_vm_find(v->m, n->vm),
			.mode = MOVE_PLANNED,
			.reason = reason,
			.verb = VERB_UP };

		if (rq.vm != 0 && !moves_blocked(v))
			moves_accept(v, &rq, 1, now);
	}
	names_clear(&set);
}

/* --- stop-newcomer ------------------------------------------------------------------
 */

/* The one active site beside a healthy owner; -1: there is none such. */
static int
newcomer(const struct vm_sight *s)
{
	int found = -1;
	size_t i;

	if (s->owner < 0 || s->hold || !s->conflict)
		return -1;
	for (i = 0; i < s->nsites; i++) {
		if ((int)i == s->owner) {
			if (!s->site[i].fresh || s->site[i].oper != SITE_ONLINE ||
			    s->site[i].start == 0 || !s->site[i].commandable)
				return -1;
		} else if (!s->site[i].fresh) {
			continue; /* not known: not touched */
		} else if (s->site[i].active) {
			if (found >= 0)
				return -1; /* two of them: a person has to look */
			found = (int)i;
		}
	}
	return found >= 0 && s->site[found].commandable && !s->site[found].closed
	    ? found
	    : -1;
}

static void
on_conflict(void *arg, const char *vm)
{
	struct moves *v = arg;

	name_add(&v->conflicts, vm)->seen = true;
}

void
react_conflicts(struct moves *v, const struct model_now *now)
{
	struct mv_name *n, *next;
	struct vm_sight sight;
	struct mv_case *k;
	uint32_t vm;
	int site;

	if (v->settings->moves.conflict != CONFLICT_STOP_NEWCOMER || moves_blocked(v))
		return;
	model_conflicts(v->m, on_conflict, v);
	HASH_ITER (hh, v->conflicts, n, next) {
		if (!n->seen) { /* it is over: the next one is another */
			HASH_DEL(v->conflicts, n);
			free(n->vm);
			free(n);
			continue;
		}
		n->seen = false;
		vm = model_vm_find(v->m, n->vm);
		k = case_find(v, n->vm);
		if (n->done || (k != NULL && move_open(&k->c)) || vm == 0 ||
		    !model_vm_sight(v->m, vm, -1, 0, &sight) ||
		    (site = newcomer(&sight)) < 0)
			continue;
		n->done = true;
		log_warn("move", "vm=%s conflict: the newcomer is stopped", n->vm);
		admit_newcomer(v, vm, site, now);
	}
}
