/*
 * SPDX-License-Identifier: Apache-2.0
 * What keeps an approved plan from its turn: limits, pauses, windows, failovers. What
 * an operator approved waits for failovers only; what is urgent, for no pause and no
 * window. What was started counts over a restart, too: csMoveTable tells of it.
 */
#include "policy/engine_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define HOUR ((msec_t)3600000)

static unsigned
moving(const struct engine *e)
{
	const struct en_plan *p;
	unsigned n = (unsigned)e->nstrays;

	TAILQ_FOREACH (p, &e->open, link)
		n += p->state == PLAN_MOVING && p->kind != POLICY_RECOVER;
	return n;
}

static char *
wait_calm(struct engine *e, const struct model_now *now)
{
	if (e->scene_at == 0 || now->ms - e->scene_at > EN_SCENE_FRESH) {
		e->want_scene = true;
		return xstrdup("whether all is calm is being looked at");
	}
	if (e->failover)
		return xasprintf("first %s",
		    e->failover_text == NULL ? "a failover has to end"
		                             : e->failover_text);
	return NULL;
}

static char *
wait_limits(
    const struct engine *e, const struct en_plan *p, const struct model_now *now)
{
	if (p->kind != POLICY_RECOVER && moving(e) >= e->set.max_moves)
		return xasprintf(
		    "%u automatic moves at once are allowed", e->set.max_moves);
	if (p->urgent)
		return NULL;
	if (e->nstarts >= e->set.max_moves_hour)
		return xasprintf(
		    "%u automatic moves in an hour are allowed", e->set.max_moves_hour);
	if (e->move_ended != 0 && now->ms - e->move_ended < e->set.set_cool_down)
		return xasprintf("the pause of %lld s after an automatic move",
		    (long long)(e->set.set_cool_down / 1000));
	if (!en_open_window(e, now))
		return xstrdup("outside of csPolicyWindows");
	return NULL;
}

char *
limit_wait(struct engine *e, const struct en_plan *p, const struct model_now *now)
{
	char *why = NULL;

	if (p->recheck || p->restored)
		return xstrdup("the policy has to look at it once more");
	if (!p->by_operator)
		why = wait_limits(e, p, now);
	if (why == NULL && !p->urgent)
		why = wait_calm(e, now);
	return why;
}

/* --- what was started --------------------------------------------------------------
 */

static void
add_start(struct engine *e, msec_t at)
{
	size_t i;

	e->starts = xreallocarray(e->starts, e->nstarts + 1, sizeof(*e->starts));
	for (i = e->nstarts++; i > 0 && e->starts[i - 1] > at; i--)
		e->starts[i] = e->starts[i - 1];
	e->starts[i] = at;
}

void
limit_started(struct engine *e, const struct model_now *now)
{
	add_start(e, now->ms);
}

static bool
is_ours(const struct row *r)
{
	uint32_t key[KEY_MAX];
	const size_t n = key_from_name(EN_OWNER, key);

	return r->klen == n + 1 && memcmp(r->key, key, n * sizeof(*key)) == 0;
}

void
limit_restore(struct engine *e, const struct model_now *now)
{
	struct table_view *v = table_view(model_tables(e->m, now, NULL)[TABLE_MOVE]);
	const struct move_row *r = table_view_next(v, NULL, 0, true);

	for (; r != NULL; r = table_view_next(v, r->head.key, r->head.klen, false)) {
		const msec_t age = (msec_t)(now->wall - r->started_wall) * 1000;

		if (!is_ours(&r->head))
			continue;
		if (r->started_wall > 0 && age >= 0 && age < HOUR)
			add_start(e, now->ms - age);
		if (r->state >= MOVE_SUCCEEDED)
			continue;
		e->strays =
		    xreallocarray(e->strays, e->nstrays + 1, sizeof(*e->strays));
		e->strays[e->nstrays++] = r->head.key[r->head.klen - 1];
	}
	table_view_unref(v);
}

void
limit_follow(struct engine *e, const struct model_now *now)
{
	size_t i = 0, old = 0;

	while (old < e->nstarts && now->ms - e->starts[old] >= HOUR)
		old++;
	if (old > 0) {
		e->nstarts -= old;
		memmove(e->starts, e->starts + old, e->nstarts * sizeof(*e->starts));
	}
	while (i < e->nstrays) {
		const struct move_row *r = model_move_row(e->m, EN_OWNER, e->strays[i]);

		if (r == NULL || r->state >= MOVE_SUCCEEDED) {
			e->strays[i] = e->strays[--e->nstrays];
			e->move_ended = now->ms;
		} else {
			i++;
		}
	}
}
