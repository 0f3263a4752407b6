/*
 * SPDX-License-Identifier: Apache-2.0
 * Limits: what keeps an approved plan from its turn.
 *
 *			urgent	approved by the policy	by an operator
 *	moves at once	yes (1)	yes			yes
 *	moves an hour	only 0	yes			no: a person decided on each
 *	cool-downs	no	yes			no
 *	windows		no	yes (engine_turn.c)	no
 *	failover	no	yes			yes
 *
 * (1) recover only by 0: what is down is not to wait for what may wait.
 * Every move of owner "policy" counts, whoever approved it, and so do those from before
 * a restart, but for those of recover under way. Limits of move/ hold besides.
 */
#include "policy/engine_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

#define HOUR 3600000

static size_t
under_way(const struct engine *e)
{
	const struct en_plan *p;
	size_t n = e->nstrays;

	TAILQ_FOREACH (p, &e->open, link)
		n += p->state == PLAN_MOVING && p->kind != POLICY_RECOVER;
	return n;
}

static void
forget_starts(struct engine *e, msec_t now)
{
	size_t n = 0;

	while (n < e->nstarts && now - e->starts[n] >= HOUR)
		n++;
	if (n == 0)
		return;
	memmove(e->starts, e->starts + n, (e->nstarts - n) * sizeof(*e->starts));
	e->nstarts -= n;
}

static void
add_start(struct engine *e, msec_t at)
{
	e->starts = xreallocarray(e->starts, e->nstarts + 1, sizeof(*e->starts));
	e->starts[e->nstarts++] = at;
}

void
limit_started(struct engine *e, const struct model_now *now)
{
	forget_starts(e, now->ms);
	add_start(e, now->ms);
}

/* --- from before a restart -------------------------------------------------------- */

static int
by_time(const void *a, const void *b)
{
	const msec_t x = *(const msec_t *)a, y = *(const msec_t *)b;

	return x < y ? -1 : x > y;
}

static msec_t
when(int64_t wall, const struct model_now *now)
{
	const msec_t ago = (now->wall - (time_t)wall) * (msec_t)1000;

	return now->ms - (ago < 0 ? 0 : ago);
}

/* What ended without having begun counts by its end. */
static msec_t
began_at(const struct move_row *r, const struct model_now *now)
{
	if (r->started_wall != 0)
		return when(r->started_wall, now);
	return r->finished_wall != 0 ? when(r->finished_wall, now) : now->ms;
}

void
limit_restore(struct engine *e, const struct model_now *now)
{
	struct table *const *tables = model_tables(e->m, now, NULL);
	struct table_view *moves = table_view(tables[TABLE_MOVE]);
	const struct move_row *r;
	uint32_t key[KEY_MAX];
	size_t n = key_from_name(EN_OWNER, key);
	msec_t began;

	for (r = table_view_next(moves, key, n, true); r != NULL &&
	     r->head.klen == n + 1 && memcmp(r->head.key, key, n * sizeof(key[0])) == 0;
	     r = table_view_next(moves, r->head.key, r->head.klen, false)) {
		if (r->state < MOVE_SUCCEEDED || r->state == MOVE_IN_DOUBT) {
			e->strays = xreallocarray(
			    e->strays, e->nstrays + 1, sizeof(*e->strays));
			e->strays[e->nstrays++] = r->head.key[n];
		}
		began = began_at(r, now);
		if (now->ms - began < HOUR)
			add_start(e, began);
		if (r->finished_wall != 0 &&
		    when(r->finished_wall, now) > e->move_ended)
			e->move_ended = when(r->finished_wall, now);
	}
	if (e->nstarts > 1)
		qsort(e->starts, e->nstarts, sizeof(*e->starts), by_time);
	table_view_unref(moves);
}

void
limit_follow(struct engine *e, const struct model_now *now)
{
	const struct move_row *r;
	size_t i, n = 0;

	for (i = 0; i < e->nstrays; i++) {
		r = model_move_row(e->m, EN_OWNER, e->strays[i]);
		if (r != NULL &&
		    (r->state < MOVE_SUCCEEDED || r->state == MOVE_IN_DOUBT)) {
			e->strays[n++] = e->strays[i];
			continue;
		}
		e->move_ended = now->ms;
		en_look_soon(e, en_prompt());
	}
	e->nstrays = n;
}

/* --- the limits ------------------------------------------------------------------- */

static char *
wait_numbers(const struct engine *e, const struct en_plan *p)
{
	const size_t now = under_way(e);

	if (e->set.max_moves == 0)
		return xstrdup("csPolicyMaxMoves is 0");
	if (e->set.max_moves_hour == 0 && !p->by_operator)
		return xstrdup("csPolicyMaxMovesPerHour is 0");
	if (p->kind == POLICY_RECOVER)
		return NULL;
	if (now >= e->set.max_moves)
		return xasprintf("%zu %s under way, csPolicyMaxMoves allows no more",
		    now, now == 1 ? "move is" : "moves are");
	if (e->nstarts >= e->set.max_moves_hour && !p->by_operator && !p->urgent)
		return xasprintf("%zu %s within the last hour", e->nstarts,
		    e->nstarts == 1 ? "move" : "moves");
	return NULL;
}

static char *
wait_cool_down(
    const struct engine *e, const struct en_plan *p, const struct model_now *now)
{
	const struct vm_row *v = fact_vm(e, p->vm);
	char until[32];
	const msec_t set =
	    e->move_ended == 0 ? 0 : e->move_ended + e->set.set_cool_down - now->ms;
	const msec_t vm = v == NULL || v->last_move_wall <= 0
	    ? 0
	    : when(v->last_move_wall, now) + e->set.cool_down - now->ms;

	if (p->urgent || p->by_operator)
		return NULL;
	if (set > 0)
		return xasprintf("the last automatic move ended less than %lld s ago",
		    (long long)(e->set.set_cool_down + 999) / 1000);
	if (vm > 0) /* until when: a text that counts would change every second */
		return xasprintf("vm %s moved lately, it is left alone until %s",
		    p->vm_name,
		    clock_local((time_t)v->last_move_wall +
		            (time_t)(e->set.cool_down / 1000) + 59,
		        until, sizeof(until)));
	return NULL;
}

static char *
wait_failover(struct engine *e, const struct en_plan *p, const struct model_now *now)
{
	if (p->urgent)
		return NULL;
	if (e->scene_at == 0 || now->ms - e->scene_at > EN_SCENE_FRESH) {
		e->want_scene = true;
		return e->failover && e->scene_at != 0
		    ? xstrdup(e->failover_text)
		    : xstrdup("looks whether all is calm");
	}
	if (!e->failover)
		return NULL;
	return xstrdup(e->failover_text == NULL || *e->failover_text == '\0'
	        ? "something is in transit"
	        : e->failover_text);
}

char *
limit_wait(struct engine *e, const struct en_plan *p, const struct model_now *now)
{
	char *why;

	if (fact_vm(e, p->vm) == NULL)
		return xstrdup("nothing is known yet");
	forget_starts(e, now->ms);
	if ((why = wait_numbers(e, p)) != NULL ||
	    (why = wait_cool_down(e, p, now)) != NULL)
		return why;
	return wait_failover(e, p, now);
}
