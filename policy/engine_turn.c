/*
 * SPDX-License-Identifier: Apache-2.0
 * Plans that are approved: by the engine itself where the mode is automatic, whose turn
 * it is, the request to move/, and what became of it. The request passes every check
 * of a SET; nothing is ever forced or confirmed here (I8).
 */
#include "policy/engine_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

/* --- approval --------------------------------------------------------------------- */

static bool
may_approve(
    const struct engine *e, const struct en_plan *p, const struct model_now *now)
{
	return (p->urgent ? en_mode(e, p->kind) : en_effective(e, p->kind, now)) ==
	    POLICY_AUTOMATIC;
}

bool
turn_approve(struct engine *e, struct en_plan *p, const struct model_now *now)
{
	char *what;

	if (!may_approve(e, p, now))
		return false;
	p->state = PLAN_APPROVED;
	p->by_operator = false;
	plan_put(e, p);
	what = xasprintf("approved by the policy itself: %s",
	    p->nreasons == 0 ? "no reason is given" : p->reasons[0].text);
	plan_event(e, p, SEV_INFO, what, now);
	free(what);
	return true;
}

/* The mode was taken back, or a window closed, before its turn came. */
static void
take_back(struct engine *e, struct en_plan *p, const struct model_now *now)
{
	p->state = PLAN_PROPOSED;
	p->expires_ms = now->ms + e->set.plan_life;
	p->expires = now->wall + e->set.plan_life / 1000;
	plan_put(e, p);
	plan_event(e, p, SEV_INFO,
	    "no longer approved: its policy does not act by itself now", now);
	plan_ready(e, p, now);
}

/* --- the request ------------------------------------------------------------------ */

static char *
request_reason(const struct en_plan *p)
{
	char *text = xasprintf("%s" POLICY_REASON "%u: %s", policy_table[p->kind].name,
	    p->index, p->nreasons == 0 ? "no reason is given" : p->reasons[0].text);
	char *cut = text_vis(text, MOVE_REASON_MAX);

	free(text);
	return cut;
}

/* It waits on: nothing about the plan itself is wrong. */
static void
wait_for(struct engine *e, const struct en_plan *p, const char *why)
{
	struct en_policy *q = &e->policy[p->kind];

	if (q->waits == NULL)
		q->waits = xstrdup(why);
}

static void
begun(struct engine *e, struct en_plan *p, uint32_t index, const struct model_now *now)
{
	char *what = xasprintf("begun as move %s/%u", EN_OWNER, index);

	kept_plan_drop(e, p);
	p->state = PLAN_MOVING;
	p->move_index = index;
	p->restored = p->recheck = false;
	e->policy[p->kind].moves++;
	limit_started(e, now);
	plan_put(e, p);
	plan_event(e, p, SEV_INFO, what, now);
	free(what);
}

static void
request(struct engine *e, struct en_plan *p, const struct model_now *now)
{
	char owner[] = EN_OWNER, *reason = request_reason(p), *cause = NULL;
	const struct move_request rq = {
		.vm = p->vm,
		.cluster = p->cluster,
		.node = p->node,
		.mode = MOVE_PLANNED,
		.owner = owner,
		.index = moves_index_next(e->mv),
		.reason = reason,
		.inside = true,
		.recover = p->kind == POLICY_RECOVER,
	};
	const enum move_verdict verdict = moves_test(e->mv, &rq, 1, now, NULL, &cause);

	if (verdict == MOVE_FINE) {
		moves_accept(e->mv, &rq, 1, now);
		if (p->kind == POLICY_RECOVER)
			alarm_accepted(e, p, now);
		begun(e, p, rq.index, now);
	} else if (verdict == MOVE_NO_RESOURCE || p->restored) {
		wait_for(e, p, cause);
	} else {
		memory_add(e, p, TROUBLE_REFUSED, now);
		if (p->kind == POLICY_RECOVER)
			alarm_refused(e, p, cause, now);
		plan_withdraw(e, p, cause, now);
	}
	free(reason);
	free(cause);
}

/* --- whose turn ------------------------------------------------------------------- */

/* A node that ECX is left to choose is no node: limits of move/ see to those. */
static bool
same_spot(uint32_t cluster, uint32_t node, uint32_t other, uint32_t other_node)
{
	return cluster != 0 && cluster == other && node != 0 && node == other_node;
}

static bool
touches(const struct en_plan *a, const struct en_plan *b)
{
	return same_spot(a->cluster, a->node, b->cluster, b->node) ||
	    same_spot(a->cluster, a->node, b->source, b->source_node) ||
	    same_spot(a->source, a->source_node, b->cluster, b->node) ||
	    same_spot(a->source, a->source_node, b->source, b->source_node);
}

static bool
before(const struct en_plan *a, const struct en_plan *b)
{
	return a->order != b->order ? a->order < b->order : a->index < b->index;
}

/* A step of the same policy that is meant to be done before, at the same nodes. */
static const struct en_plan *
first_step(const struct engine *e, const struct en_plan *p)
{
	const struct en_plan *q;

	if (p->kind == POLICY_RECOVER) /* what is down waits for nothing */
		return NULL;
	TAILQ_FOREACH (q, &e->open, link)
		if (q != p && q->kind == p->kind && touches(p, q) &&
		    (q->state == PLAN_MOVING ||
		        (q->state == PLAN_APPROVED && before(q, p))))
			return q;
	return NULL;
}

static void
try_turn(struct engine *e, struct en_plan *p, const struct model_now *now)
{
	const struct en_plan *q = first_step(e, p);
	char *why;

	if (p->recheck)
		why = xstrdup("a step before it failed: it is looked at once more");
	else if (q != NULL)
		why = xasprintf("plan %u comes first", q->index);
	else
		why = limit_wait(e, p, now);
	if (why == NULL)
		request(e, p, now);
	else
		wait_for(e, p, why);
	free(why);
}

static int
by_turn(const void *a, const void *b)
{
	const struct en_plan *x = *(struct en_plan *const *)a,
	                     *y = *(struct en_plan *const *)b;

	if (x->urgent != y->urgent)
		return x->urgent ? -1 : 1;
	if (x->kind != y->kind)
		return plan_rank(x->kind) - plan_rank(y->kind);
	return before(x, y) ? -1 : 1;
}

void
turn_all(struct engine *e, const struct model_now *now)
{
	struct en_plan **turn, *p;
	size_t i, n = 0;

	for (i = 0; i < POLICY_KINDS; i++)
		xfree_clear(&e->policy[i].waits);
	if (e->nopen == 0)
		return;
	turn = xcalloc(e->nopen, sizeof(struct en_plan *));
	TAILQ_FOREACH (p, &e->open, link) {
		if (p->state == PLAN_PROPOSED)
			turn_approve(e, p, now);
		else if (p->state == PLAN_APPROVED && !p->by_operator &&
		    !may_approve(e, p, now))
			take_back(e, p, now);
		if (p->state == PLAN_APPROVED)
			turn[n++] = p;
	}
	qsort(turn, n, sizeof(struct en_plan *), by_turn);
	for (i = 0; i < n; i++)
		try_turn(e, turn[i], now);
	free(turn);
}

/* --- what became of it ------------------------------------------------------------ */

/* What was meant to follow a step that failed is looked at once more, or goes. */
static void
mark_rest(struct engine *e, const struct en_plan *failed)
{
	struct en_plan *q;

	TAILQ_FOREACH (q, &e->open, link)
		if (q->kind == failed->kind && q->batch == failed->batch &&
		    q->state != PLAN_MOVING && before(failed, q) && touches(failed, q))
			q->recheck = true;
}

static void
remember_left(struct engine *e, const struct en_plan *p)
{
	struct en_left *l = left_find(e, p->vm_name);

	if (p->kind != POLICY_EVACUATE || p->source == 0 || p->source == p->cluster ||
	    p->source_admin != CLUSTER_MAINTENANCE) {
		if (l != NULL && p->source != p->cluster)
			left_drop(e, l);
		return;
	}
	/* taken on from where it was taken to: the first one is its place */
	if (l != NULL && strcmp(l->to, p->source_name) == 0)
		left_set(e, p->vm_name, l->from, p->cluster_name);
	else
		left_set(e, p->vm_name, p->source_name, p->cluster_name);
}

static void
ended(struct engine *e, struct en_plan *p, bool well, const char *error,
    const struct model_now *now)
{
	char *what;

	e->move_ended = now->ms;
	en_look_soon(e, en_prompt() | EN_BIT(p->kind));
	if (well) {
		memory_clear(e, p);
		remember_left(e, p);
		plan_end(e, p, PLAN_DONE, NULL, now);
		return;
	}
	memory_add(e, p, TROUBLE_FAILED, now);
	mark_rest(e, p);
	what = xasprintf("move %s/%u: %s", EN_OWNER, p->move_index,
	    error == NULL || *error == '\0' ? "it did not succeed" : error);
	plan_event(e, p, SEV_WARNING, what, now);
	plan_end(e, p, PLAN_FAILED, what, now);
	free(what);
}

void
turn_follow(struct engine *e, const struct model_now *now)
{
	struct en_plan *p, *next;
	const struct move_row *r;

	for (p = TAILQ_FIRST(&e->open); p != NULL; p = next) {
		next = TAILQ_NEXT(p, link);
		if (p->state != PLAN_MOVING)
			continue;
		r = model_move_row(e->m, EN_OWNER, p->move_index);
		if (r == NULL)
			ended(e, p, false, "its row is gone", now);
		else if (r->state == MOVE_SUCCEEDED)
			ended(e, p, true, NULL, now);
		else if (r->state > MOVE_SUCCEEDED && r->state != MOVE_IN_DOUBT)
			ended(e, p, false, r->error, now);
	}
}
