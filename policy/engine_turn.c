/*
 * SPDX-License-Identifier: Apache-2.0
 * Plans on their way: approved by the engine where the mode says so, asked of moves/
 * when it is their turn, followed to their end.
 */
#include "policy/engine_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* --- approval --------------------------------------------------------------------- */

static bool
may_itself(const struct engine *e, const struct en_plan *p, const struct model_now *now)
{
	return (p->urgent ? en_mode(e, p->kind) : en_effective(e, p->kind, now)) ==
	    POLICY_AUTOMATIC;
}

static void
approve_all(struct engine *e, const struct model_now *now)
{
	struct en_plan *p;

	TAILQ_FOREACH (p, &e->open, link) {
		const struct en_memory *m;

		if (p->state == PLAN_APPROVED && !p->by_operator &&
		    !may_itself(e, p, now)) {
			p->state = PLAN_PROPOSED; /* its mode is another one now */
			p->expires = now->wall + e->set.plan_life / 1000;
			p->expires_ms = now->ms + e->set.plan_life;
			plan_put(e, p);
			continue;
		}
		if (p->state != PLAN_PROPOSED || !may_itself(e, p, now))
			continue;
		m = memory_find(e, p->vm, p->cluster, p->node);
		if (m != NULL && now->ms < m->until)
			continue;
		p->state = PLAN_APPROVED;
		plan_put(e, p);
		plan_event(e, p, SEV_INFO,
		    p->nreasons == 0 ? "approved by the engine" : p->reasons[0].text,
		    now);
	}
}

/* --- the request ------------------------------------------------------------------ */

static int
by_turn(const void *a, const void *b)
{
	const struct en_plan *x = *(struct en_plan *const *)a,
	                     *y = *(struct en_plan *const *)b;
	const int rx = plan_rank(x->kind), ry = plan_rank(y->kind);

	if (rx != ry)
		return rx - ry;
	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

static void
wait_words(struct engine *e, enum policy_kind kind, char *why)
{
	free(e->policy[kind].waits);
	e->policy[kind].waits = why;
}

static void
begin(struct engine *e, struct en_plan *p, const struct model_now *now)
{
	char *reason = xasprintf("%s: %s", policy_table[p->kind].name,
	    p->nreasons == 0 ? "" : p->reasons[0].text);
	char *cause = NULL, *why;
	struct move_request rq = {
		.vm = p->vm,
		.cluster = p->cluster,
		.node = p->node,
		.mode = MOVE_PLANNED,
		.owner = (char *)EN_OWNER,
		.index = moves_index_next(e->mv),
		.reason = reason,
		.inside = true,
		.recover = p->kind == POLICY_RECOVER,
	};
	enum move_verdict verdict;
	size_t which;

	if (strlen(reason) > MOVE_REASON_MAX)
		reason[MOVE_REASON_MAX] = '\0';
	verdict = moves_test(e->mv, &rq, 1, now, &which, &cause);
	if (verdict == MOVE_NO_RESOURCE) { /* the store, the queue: it keeps its turn */
		wait_words(e, p->kind, cause);
		cause = NULL;
	} else if (verdict != MOVE_FINE) {
		memory_add(e, p, false, now);
		why = xasprintf("it was refused: %s", cause == NULL ? "" : cause);
		plan_withdraw(e, p, why, now);
		free(why);
	} else {
		p->state = PLAN_MOVING;
		p->move_index = rq.index;
		kept_plan_drop(e, p);
		e->policy[p->kind].moves++;
		plan_put(e, p);
		if (!p->by_operator)
			limit_started(e, now);
		moves_accept(e->mv, &rq, 1, now);
	}
	free(cause);
	free(reason);
}

void
turn_all(struct engine *e, const struct model_now *now)
{
	struct en_plan **turn, *p;
	size_t n = 0, i;
	char *why;

	approve_all(e, now);
	for (i = 0; i < POLICY_KINDS; i++)
		wait_words(e, (enum policy_kind)i, NULL);
	if (e->g == NULL || e->nopen == 0)
		return;
	turn = xcalloc(e->nopen, sizeof(struct en_plan *));
	TAILQ_FOREACH (p, &e->open, link)
		if (p->state == PLAN_APPROVED)
			turn[n++] = p;
	qsort(turn, n, sizeof(struct en_plan *), by_turn);
	for (i = 0; i < n; i++) {
		why = limit_wait(e, turn[i], now);
		if (why == NULL)
			begin(e, turn[i], now);
		else if (e->policy[turn[i]->kind].waits == NULL)
			wait_words(e, turn[i]->kind, why);
		else
			free(why);
	}
	free(turn);
}

/* --- the end ---------------------------------------------------------------------- */

static void
remember_left(struct engine *e, const struct en_plan *p)
{
	struct en_left *l = left_find(e, p->vm_name);

	if (p->kind == POLICY_EVACUATE && p->source != p->cluster &&
	    p->source_name != NULL && p->source_admin == CLUSTER_MAINTENANCE)
		left_set(e, p->vm_name, l == NULL ? p->source_name : l->from,
		    p->cluster_name);
	else if (l != NULL && p->source != p->cluster)
		left_drop(e, l);
}

/* Of one batch what comes later may have rested on what failed. */
static void
doubt_rest(struct engine *e, const struct en_plan *failed)
{
	struct en_plan *p;

	TAILQ_FOREACH (p, &e->open, link)
		if (p != failed && p->batch == failed->batch &&
		    (p->state == PLAN_APPROVED || p->state == PLAN_PROPOSED))
			p->recheck = true;
}

static void
end_move(struct engine *e, struct en_plan *p, const struct move_row *r,
    const struct model_now *now)
{
	char *why;

	e->move_ended = now->ms;
	if (r != NULL && r->state == MOVE_SUCCEEDED) {
		memory_clear(e, p);
		remember_left(e, p);
		plan_end(e, p, PLAN_DONE, NULL, now);
		return;
	}
	why = r == NULL ? xstrdup("its move is gone")
	                : xasprintf("its move did not succeed: %s",
	                      r->error == NULL ? "" : r->error);
	memory_add(e, p, false, now);
	doubt_rest(e, p);
	en_look_soon(e, EN_ALL);
	plan_event(e, p, SEV_WARNING, why, now);
	plan_end(e, p, PLAN_FAILED, why, now);
	free(why);
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
		if (r == NULL || r->state >= MOVE_SUCCEEDED)
			end_move(e, p, r, now);
	}
}
