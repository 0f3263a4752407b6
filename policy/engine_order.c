/*
 * SPDX-License-Identifier: Apache-2.0
 * SETs of policies: modes, limits, windows, decisions on plans, placement questions.
 * engine_test() says what is not possible, in words; engine_order() does it.
 */
#include "policy/engine_impl.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static enum en_setting
setting_of(const struct engine_order *o)
{
	return o->kind == ENGINE_MODE
	    ? (enum en_setting)(SETTING_MODE + (int)o->key - 1)
	    : (enum en_setting)(SETTING_MASTER + (o->kind - ENGINE_MASTER_MODE));
}

static enum move_verdict
refuse(enum move_verdict verdict, char **cause, const char *text)
{
	cause_set(cause, "%s", text);
	return verdict;
}

static enum move_verdict
test_windows(const struct engine_order *o, char **cause)
{
	struct windows *w;

	if (o->text != NULL && strlen(o->text) > WINDOWS_TEXT_MAX)
		return refuse(MOVE_WRONG_VALUE, cause, "csPolicyWindows is too long");
	w = windows_parse(o->text == NULL ? "" : o->text, cause);
	if (w == NULL)
		return MOVE_WRONG_VALUE;
	windows_free(w);
	return MOVE_FINE;
}

static enum move_verdict
test_setting(const struct engine *e, const struct engine_order *o, char **cause)
{
	const enum en_setting s = setting_of(o);
	int64_t least, most;

	if (o->kind == ENGINE_MODE && (o->key < 1 || o->key > POLICY_KINDS))
		return refuse(MOVE_NO_CREATION, cause, "there is no such policy");
	if (!setting_range(s, &least, &most))
		return test_windows(o, cause);
	if (o->value < least || o->value > most) {
		cause_set(cause, "%s can be %" PRId64 " to %" PRId64, setting_object(s),
		    least, most);
		return MOVE_WRONG_VALUE;
	}
	if ((s == SETTING_HIGH_LOAD && o->value <= e->set.target_load) ||
	    (s == SETTING_TARGET_LOAD && o->value >= e->set.high_load)) {
		cause_set(cause,
		    "csPolicyTargetLoad has to be below csPolicyHighLoad (now %" PRId64
		    " and %" PRId64 "): change the other one first",
		    e->set.target_load, e->set.high_load);
		return MOVE_NOT_NOW;
	}
	return MOVE_FINE;
}

static enum move_verdict
test_approve(const struct engine *e, const struct engine_order *o, char **cause)
{
	const struct en_plan *p = plan_find(e, o->key);
	char *why;

	if (p == NULL)
		return refuse(MOVE_NO_CREATION, cause, "there is no such plan");
	if (o->value == APPROVAL_UNDECIDED)
		return p->state == PLAN_PROPOSED
		    ? MOVE_FINE
		    : refuse(MOVE_NOT_NOW, cause, "the plan is decided already");
	if (o->value != APPROVAL_APPROVE && o->value != APPROVAL_REJECT)
		return refuse(MOVE_WRONG_VALUE, cause, "approve(2) or reject(3)");
	if (o->value == APPROVAL_APPROVE &&
	    (p->state == PLAN_APPROVED || p->state == PLAN_MOVING ||
	        p->state == PLAN_DONE))
		return MOVE_FINE;
	if (o->value == APPROVAL_REJECT && p->state == PLAN_REJECTED)
		return MOVE_FINE;
	if (o->value == APPROVAL_REJECT && p->state == PLAN_APPROVED)
		return MOVE_FINE;
	if (p->state == PLAN_MOVING)
		return refuse(MOVE_NOT_NOW, cause,
		    "its move has begun: cancel the move (csMoveControl)");
	if (p->state != PLAN_PROPOSED)
		return refuse(MOVE_NOT_NOW, cause,
		    "the plan has ended: see its reasons, and what is proposed now");
	why = o->value == APPROVAL_APPROVE ? facts_against(e, p) : NULL;
	if (why == NULL)
		return MOVE_FINE;
	cause_set(cause, "%s", why);
	free(why);
	return MOVE_NOT_NOW;
}

static enum move_verdict
test_place(const struct engine *e, const struct engine_order *o, char **cause)
{
	struct vm_info vm;

	if (o->owner == NULL || *o->owner == '\0' || strlen(o->owner) > MOVE_OWNER_MAX)
		return refuse(
		    MOVE_BAD_NAME, cause, "csPlacementOwner has 1 to 32 octets");
	if (place_find(e, o->owner, o->key) != NULL)
		return refuse(MOVE_NOT_NOW, cause,
		    "there is such a row: destroy it, or use another index");
	if (e->nplaces >= EN_PLACES_MAX)
		return refuse(MOVE_NO_RESOURCE, cause,
		    "too many placement questions: destroy some, they go by "
		    "themselves "
		    "after ten minutes");
	if (o->vm != 0 && !model_vm_info(e->m, o->vm, &vm)) {
		cause_set(cause, "there is no VM with index %" PRIu32, o->vm);
		return MOVE_WRONG_VALUE;
	}
	if (o->avail_set != 0 && e->g != NULL &&
	    table_view_get(e->g->tables[TABLE_AVAIL_SET], &o->avail_set, 1) == NULL) {
		cause_set(cause, "there is no availability set with index %" PRIu32,
		    o->avail_set);
		return MOVE_WRONG_VALUE;
	}
	return MOVE_FINE;
}

enum move_verdict
engine_test(const struct engine *e, const struct engine_order *o,
    const struct model_now *now, char **cause)
{
	(void)now;
	if (e->settings == NULL)
		return refuse(MOVE_NO_RESOURCE, cause, "nothing is configured yet");
	switch (o->kind) {
	case ENGINE_APPROVE:
		return test_approve(e, o, cause);
	case ENGINE_PLACE:
		return test_place(e, o, cause);
	case ENGINE_PLACE_DESTROY:
		return MOVE_FINE;
	default:
		return test_setting(e, o, cause);
	}
}

static void
decide(struct engine *e, const struct engine_order *o, const struct model_now *now)
{
	struct en_plan *p = plan_find(e, o->key);
	char *name;

	if (p == NULL) { /* a SET that a restart came between */
		name = xasprintf("plan %" PRIu32, o->key);
		model_event(e->m, EVENT_SETTING_CHANGED, SEV_WARNING, OBJECT_POLICY,
		    name,
		    "the decision on it came to nothing: proposals do not outlive a "
		    "restart, see what is proposed now",
		    now);
		free(name);
		return;
	}
	if ((p->state != PLAN_PROPOSED && p->state != PLAN_APPROVED))
		return;
	if (o->value == APPROVAL_REJECT) {
		p->by_operator = true;
		memory_add(e, p, true, now);
		plan_event(e, p, SEV_INFO, "rejected", now);
		plan_end(e, p, PLAN_REJECTED, "rejected by an operator", now);
	} else if (o->value == APPROVAL_APPROVE) {
		p->by_operator = true;
		if (p->state == PLAN_PROPOSED) {
			p->state = PLAN_APPROVED;
			plan_put(e, p);
			plan_event(e, p, SEV_INFO, "approved", now);
		}
		kept_plan(e, p);
	}
}

void
engine_order(
    struct engine *e, const struct engine_order *o, const struct model_now *now)
{
	struct en_place *place;

	switch (o->kind) {
	case ENGINE_APPROVE:
		decide(e, o, now);
		break;
	case ENGINE_PLACE:
		place_add(e, o, now);
		break;
	case ENGINE_PLACE_DESTROY:
		place = place_find(e, o->owner, o->key);
		if (place != NULL)
			place_drop(e, place);
		break;
	default:
		if (e->settings != NULL)
			setting_change(e, setting_of(o), o->value, o->text, now);
		break;
	}
	turn_all(e, now);
	en_put_all(e, now);
}
