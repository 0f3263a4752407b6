/*
 * SPDX-License-Identifier: Apache-2.0
 * What is asked of moves that are there: cancel, retry, rollback, force, destroy; what
 * an operator says of a site; adopting a state that looks restored. See moves.h.
 */
#include "move/moves_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"

static enum move_verdict __attribute__((format(printf, 3, 4)))
refuse(enum move_verdict verdict, char **cause, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	cause_set(cause, "%s", text);
	free(text);
	return verdict;
}

static const struct {
	enum move_event_kind event;
	const char *word;
	enum cs_move_state doing; /* what it is while it does so already */
} orders[] = {
	[MOVE_ORDER_CANCEL] = { MOVE_EV_CANCEL, "cancel", MOVE_CANCELLING },
	[MOVE_ORDER_RETRY] = { MOVE_EV_RETRY, "retry", (enum cs_move_state)0 },
	[MOVE_ORDER_ROLLBACK] = { MOVE_EV_ROLLBACK, "rollback", MOVE_ROLLING_BACK },
	[MOVE_ORDER_FORCE] = { MOVE_EV_FORCE, "force", (enum cs_move_state)0 },
};

/* --- orders to a move ---------------------------------------------------------------
 */

/* The same order once more is no other one. */
static bool
obeyed_already(const struct mv_row *r, const struct move_order_request *o)
{
	if (o->kind == MOVE_ORDER_FORCE)
		return r->force;
	if (r->ordered == o->kind + 1u)
		return true;
	return orders[o->kind].doing != 0 && r->state == orders[o->kind].doing;
}

static enum move_verdict
test_order(const struct moves *v, const struct move_order_request *o, char **cause)
{
	const struct mv_row *r = row_find(v, o->owner, o->index);
	const char *why;

	if (r == NULL)
		return refuse(MOVE_NO_CREATION, cause,
		    "there is no move %s/%u: see csMoveTable",
		    o->owner == NULL ? SET_OWNER : o->owner, o->index);
	if (o->kind == MOVE_ORDER_FORCE && !v->settings->moves.force)
		return refuse(MOVE_NOT_NOW, cause,
		    "move %s: csMoveForce is switched off: moves.force in the "
		    "configuration",
		    r->name);
	if (r->later)
		return o->kind == MOVE_ORDER_CANCEL
		    ? MOVE_FINE
		    : refuse(MOVE_NOT_NOW, cause, "move %s %s", r->name, r->error);
	if (r->kase == NULL)
		return refuse(MOVE_NOT_NOW, cause, "move %s has ended (%s)", r->name,
		    state_word(r->state));
	if (obeyed_already(r, o))
		return MOVE_FINE;
	if (v->store_failed)
		return refuse(MOVE_NO_RESOURCE, cause,
		    "move %s: the state file cannot be written (see alarm "
		    "storeFailed): no order is taken until it can",
		    r->name);
	if (r->kase->vm_index == 0) /* an orphan: all that can be done is give it up */
		return o->kind == MOVE_ORDER_CANCEL
		    ? MOVE_FINE
		    : refuse(MOVE_NOT_NOW, cause, "move %s: %s", r->name, r->error);
	if (v->restored != NULL)
		return refuse(MOVE_NOT_NOW, cause,
		    "move %s: the state file looks restored (%s): set csSetAdopt to %u "
		    "first",
		    r->name, v->restored, v->adopt);
	if (!move_takes(&r->kase->c, orders[o->kind].event, &why))
		return refuse(MOVE_NOT_NOW, cause,
		    "move %s (%s): %s is not possible: %s", r->name,
		    state_word(r->state), orders[o->kind].word, why);
	return MOVE_FINE;
}

/* Its VM, or what it needs, is not configured any more: nothing can be done for it. */
static void
give_up(struct moves *v, struct mv_row *r, const struct model_now *now)
{
	struct mv_case *k = r->kase;

	k->row = NULL;
	k->c.phase = PHASE_IDLE;
	r->state = MOVE_FAILED;
	cause_set(&r->error,
	    "given up by an operator: vm %s is not configured as this move needs it; "
	    "see where it is before it is moved again",
	    r->vm);
	row_ended(v, r, now);
	row_event(v, r, EVENT_MOVE_ENDED, SEV_CRITICAL, r->error, now);
	row_alarm(v, r, MV_ALARM_DOUBT, SEV_INFO, NULL, now);
	row_alarm(v, r, MV_ALARM_FAILED, SEV_CRITICAL, r->error, now);
	journal_row(v, r);
	if (case_owed(k))
		journal_case(v, k);
	else
		case_drop(v, k);
}

/* --- out of doubt: as their limits allow ---------------------------------------------
 */

/* What is only given up commands nothing, and need not wait. */
static bool
waits_its_turn(const struct mv_case *k, enum move_order_kind kind)
{
	if (k->c.phase != PHASE_DOUBT || kind == MOVE_ORDER_FORCE)
		return false;
	return kind != MOVE_ORDER_CANCEL ||
	    (k->c.verb == VERB_MOVE && k->c.leg == LEG_THERE);
}

void
order_go(struct moves *v, struct mv_case *k, const struct model_now *now)
{
	const unsigned ordered = k->row->ordered;

	k->row->ordered = 0;
	drive_kind(v, k, ordered == 0 ? MOVE_EV_GO : orders[ordered - 1].event, now);
}

const char *
order_word(unsigned ordered)
{
	return orders[ordered - 1].word;
}

static void
take_order(
    struct moves *v, const struct move_order_request *o, const struct model_now *now)
{
	struct mv_row *r = row_find(v, o->owner, o->index);

	if (r != NULL && r->later && o->kind == MOVE_ORDER_CANCEL)
		accept_cancel(v, r, now);
	if (r == NULL || r->kase == NULL || obeyed_already(r, o))
		return;
	log_notice(
	    "move", "vm=%s move=%s order=%s", r->vm, r->name, orders[o->kind].word);
	if (r->kase->vm_index == 0)
		give_up(v, r, now);
	else if (waits_its_turn(r->kase, o->kind)) {
		r->ordered = o->kind + 1u;
		v->queue_dirty = true;
		drive_kind(v, r->kase, MOVE_EV_LOOK, now);
		journal_row(v, r);
	} else
		drive_kind(v, r->kase, orders[o->kind].event, now);
}

static enum move_verdict
test_destroy(const struct moves *v, const struct move_order_request *o, char **cause)
{
	const struct mv_row *r = row_find(v, o->owner, o->index);

	if (r == NULL || (r->kase == NULL && !r->later))
		return MOVE_FINE; /* RFC 2579: destroying what is not there is fine */
	return refuse(MOVE_NOT_NOW, cause,
	    "move %s has not ended (%s): cancel it first, by csMoveControl", r->name,
	    state_word(r->state));
}

/* --- csVmSiteConfirm ----------------------------------------------------------------
 */

static enum move_verdict
test_confirm(const struct moves *v, const struct move_order_request *o, char **cause)
{
	const int site = model_vm_site(v->m, o->vm, o->cluster);
	struct vm_info i;
	struct vm_sight s;

	if (!model_vm_info(v->m, o->vm, &i) || site < 0 || i.too_many ||
	    !model_vm_sight(v->m, o->vm, -1, 0, &s))
		return refuse(MOVE_NO_CREATION, cause,
		    "there is no site %u.%u: see csVmSiteTable", o->vm, o->cluster);
	if (!v->settings->moves.force)
		return refuse(MOVE_NOT_NOW, cause,
		    "vm %s: csVmSiteConfirm is switched off: moves.force in the "
		    "configuration",
		    i.name);
	if (s.epoch == 0)
		return refuse(MOVE_NOT_NOW, cause,
		    "vm %s has no disk with an owner, so that there is no epoch to "
		    "confirm",
		    i.name);
	if (o->value != s.epoch && i.kind == VM_STATELESS)
		return refuse(MOVE_WRONG_VALUE, cause,
		    "vm %s has no disks and so no epoch: write %u, not %u", i.name,
		    s.epoch, o->value);
	if (o->value != s.epoch)
		return refuse(MOVE_WRONG_VALUE, cause,
		    "vm %s: the epoch of its disks is %u, not %u: read csDiskEpoch "
		    "again",
		    i.name, s.epoch, o->value);
	if (s.site[site].fresh &&
	    (s.site[site].active || s.site[site].oper != SITE_OFFLINE))
		return refuse(MOVE_NOT_NOW, cause,
		    "vm %s: in cluster %s it is %s, by a round just now (%s): that "
		    "cannot be confirmed away",
		    i.name, i.site[site].cluster_name,
		    site_word((enum cs_site_oper)s.site[site].oper), i.site[site].text);
	if (v->store_failed)
		return refuse(MOVE_NO_RESOURCE, cause,
		    "vm %s: the state file cannot be written (see alarm storeFailed)",
		    i.name);
	return MOVE_FINE;
}

static void
take_confirm(
    struct moves *v, const struct move_order_request *o, const struct model_now *now)
{
	const struct move_event ev = { .kind = MOVE_EV_CONFIRM,
		.site = model_vm_site(v->m, o->vm, o->cluster),
		.epoch = o->value };
	struct vm_info i;
	struct mv_case *k;

	if (ev.site < 0 || !model_vm_info(v->m, o->vm, &i) ||
	    (k = case_get(v, &i)) == NULL)
		return;
	drive(v, k, &ev, now);
}

/* --- csSetAdopt ---------------------------------------------------------------------
 */

static enum move_verdict
test_adopt(const struct moves *v, const struct move_order_request *o, char **cause)
{
	if (o->value == v->adopt)
		return MOVE_FINE;
	if (v->adopt == 0)
		return refuse(MOVE_WRONG_VALUE, cause,
		    "csSetAdopt is 0: nothing is to be adopted");
	return refuse(MOVE_WRONG_VALUE, cause,
	    "csSetAdopt is %u, not %u: read it, look at the moves in doubt, then set "
	    "it to that number",
	    v->adopt, o->value);
}

static void
take_adopt(
    struct moves *v, const struct move_order_request *o, const struct model_now *now)
{
	const char *name = v->settings->name == NULL ? "" : v->settings->name;
	char *text;

	if (v->adopt == 0 || o->value != v->adopt)
		return;
	text = xasprintf("an operator adopted the state file (%s): commands go out "
	                 "again; moves in doubt wait for their csMoveControl",
	    v->restored);
	v->adopt = 0;
	xfree_clear(&v->restored);
	model_event(
	    v->m, EVENT_STATE_ADOPTED, SEV_WARNING, OBJECT_SET, name, text, now);
	model_alarm(v->m, ALARM_STATE_RESTORED, SEV_INFO, OBJECT_SET, name, NULL, now);
	log_notice("move", "%s", text);
	free(text);
	v->queue_dirty = true;
	moves_intent_changed(v, 0, now); /* looks at all */
}

/* --- csVmRelease --------------------------------------------------------------------
 */

static enum move_verdict
test_release(const struct moves *v, const struct move_order_request *o,
    const struct model_now *now, char **cause)
{
	const struct mv_case *k;
	struct vm_info i;
	const char *name;
	msec_t left;

	if (!model_vm_info(v->m, o->vm, &i))
		return refuse(MOVE_NO_CREATION, cause,
		    "there is no VM with index %u: see csVmTable", o->vm);
	if (!v->settings->moves.force)
		return refuse(MOVE_NOT_NOW, cause,
		    "vm %s: csVmRelease is switched off: moves.force in the "
		    "configuration",
		    i.name);
	k = case_find(v, i.name);
	if (k != NULL && k->row != NULL)
		return refuse(MOVE_NOT_NOW, cause,
		    "vm %s: move %s is open (%s): it has to end first, see its "
		    "csMoveControl",
		    i.name, k->row->name, state_word(k->row->state));
	switch (model_release_test(v->m, o->vm, o->value, now, cause)) {
	case INTENT_OK:
		break;
	case INTENT_NO_SUCH:
		return MOVE_NO_CREATION;
	case INTENT_BAD_VALUE:
		return MOVE_WRONG_VALUE;
	case INTENT_NOT_NOW:
		return MOVE_NOT_NOW;
	}
	if (v->store_failed)
		return refuse(MOVE_NO_RESOURCE, cause,
		    "vm %s: the state file cannot be written (see alarm storeFailed)",
		    i.name);
	if (v->restored != NULL)
		return refuse(MOVE_NOT_NOW, cause,
		    "vm %s: the state file looks restored (%s): set csSetAdopt to %u "
		    "first",
		    i.name, v->restored, v->adopt);
	name = model_released(v->m, o->vm);
	if (k != NULL && name != NULL && orphan_owed(v, k, name, now, &left) &&
	    left > 0)
		return refuse(MOVE_NOT_NOW, cause,
		    "vm %s: a command of ours in cluster %s may still take effect for "
		    "%lld s: release it then",
		    i.name, name, (long long)(left + 999) / 1000);
	return MOVE_FINE;
}

static void
take_release(
    struct moves *v, const struct move_order_request *o, const struct model_now *now)
{
	char *name = xstrdup(model_released(v->m, o->vm)), *cause = NULL;
	struct mv_case *k;
	struct vm_info i;

	if (test_release(v, o, now, &cause) != MOVE_FINE) {
		/* found as a proposal after a restart, and now it is not so */
		log_warn("move", "csVmRelease is not carried out: %s", cause);
		model_event(v->m, EVENT_SETTING_CHANGED, SEV_WARNING, OBJECT_SET,
		    v->settings->name == NULL ? "" : v->settings->name, cause, now);
		free(cause);
		free(name);
		return;
	}
	if (name != NULL && model_vm_info(v->m, o->vm, &i) &&
	    model_release(v->m, o->vm, o->value, now)) {
		log_notice(
		    "move", "vm=%s cluster=%s released by an operator", i.name, name);
		k = case_find(v, i.name);
		if (k != NULL && orphan_owed(v, k, name, now, NULL))
			orphan_release(v, k, name, now);
		moves_intent_changed(v, o->vm, now); /* it can be moved again */
	}
	free(name);
}

/* --- the two doors ------------------------------------------------------------------
 */

enum move_verdict
moves_order_test(const struct moves *v, const struct move_order_request *o,
    const struct model_now *now, char **cause)
{
	switch (o->kind) {
	case MOVE_ORDER_DESTROY:
		return test_destroy(v, o, cause);
	case MOVE_ORDER_CONFIRM:
		return test_confirm(v, o, cause);
	case MOVE_ORDER_ADOPT:
		return test_adopt(v, o, cause);
	case MOVE_ORDER_RELEASE:
		return test_release(v, o, now, cause);
	default:
		return test_order(v, o, cause);
	}
}

void
moves_order(
    struct moves *v, const struct move_order_request *o, const struct model_now *now)
{
	struct mv_row *r;

	switch (o->kind) {
	case MOVE_ORDER_DESTROY:
		r = row_find(v, o->owner, o->index);
		if (r != NULL && r->kase == NULL && !r->later)
			row_forget(v, r, now);
		break;
	case MOVE_ORDER_CONFIRM:
		take_confirm(v, o, now);
		break;
	case MOVE_ORDER_ADOPT:
		take_adopt(v, o, now);
		break;
	case MOVE_ORDER_RELEASE:
		take_release(v, o, now);
		break;
	default:
		take_order(v, o, now);
		break;
	}
	moves_settle(v, now);
}
