/*
 * SPDX-License-Identifier: Apache-2.0
 * Findings against the plans that are there: what is proposed still stays, what is not
 * proposed any more is withdrawn, what is new becomes a row. And the memory of what
 * went wrong or was rejected, so that it is not proposed again at once.
 */
#include "policy/engine_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* --- memory ----------------------------------------------------------------------- */

static char *
memory_key(uint32_t vm, uint32_t cluster, uint32_t node)
{
	return xasprintf("%u>%u>%u", vm, cluster, node);
}

struct en_memory *
memory_find(const struct engine *e, uint32_t vm, uint32_t cluster, uint32_t node)
{
	char *key = memory_key(vm, cluster, node);
	struct en_memory *m;

	HASH_FIND_STR(e->memory, key, m);
	free(key);
	return m;
}

static void
memory_free(struct engine *e, struct en_memory *m)
{
	HASH_DEL(e->memory, m);
	free(m->key);
	free(m);
}

static msec_t
back_off(const struct en_plan *p, unsigned times)
{
	msec_t wait = p->urgent ? EN_BACK_URGENT : EN_BACK_OFF;

	while (times-- > 1 && wait < EN_BACK_MAX)
		wait *= 2;
	return wait < EN_BACK_MAX ? wait : EN_BACK_MAX;
}

void
memory_add(struct engine *e, const struct en_plan *p, bool rejected,
    const struct model_now *now)
{
	struct en_memory *m = memory_find(e, p->vm, p->cluster, p->node);
	msec_t wait;

	if (m == NULL) {
		m = xcalloc(1, sizeof(*m));
		m->key = memory_key(p->vm, p->cluster, p->node);
		HASH_ADD_KEYPTR(hh, e->memory, m->key, strlen(m->key), m);
	}
	m->times++;
	m->rejected = rejected;
	wait = rejected && e->set.cool_down > EN_BACK_OFF ? e->set.cool_down
	                                                  : back_off(p, m->times);
	m->until = now->ms + wait;
	if (e->wake_look == 0 || m->until < e->wake_look)
		e->wake_look = m->until;
}

/* How often in a row it failed is remembered for twice as long as it is kept away. */
void
memory_sweep(struct engine *e, const struct model_now *now)
{
	struct en_memory *m, *next;

	HASH_ITER (hh, e->memory, m, next)
		if (now->ms >= m->until + EN_BACK_MAX)
			memory_free(e, m);
}

void
memory_clear(struct engine *e, const struct en_plan *p)
{
	struct en_memory *m = memory_find(e, p->vm, p->cluster, p->node);

	if (m != NULL)
		memory_free(e, m);
}

void
memory_free_all(struct engine *e)
{
	struct en_memory *m, *next;

	HASH_ITER (hh, e->memory, m, next)
		memory_free(e, m);
}

/* --- findings --------------------------------------------------------------------- */

static struct en_plan *
open_of(const struct engine *e, uint32_t vm)
{
	struct en_plan *p;

	TAILQ_FOREACH (p, &e->open, link)
		if (p->vm == vm)
			return p;
	return NULL;
}

static bool
same(const struct en_plan *p, const struct policy_proposal *q)
{
	return p->vm == q->vm && p->cluster == q->cluster && p->node == q->node;
}

static struct policy_proposal *
proposal_for(const struct policy_finding *f, const struct en_plan *p)
{
	size_t i;

	for (i = 0; i < f->nproposals && i < EN_FOUND_MAX; i++)
		if (same(p, &f->proposals[i]))
			return &f->proposals[i];
	return NULL;
}

/* Those that are there: proposed once more, or not any more. */
static void
renew(struct engine *e, enum policy_kind kind, struct policy_finding *f,
    const struct model_now *now)
{
	struct en_plan *p, *next;
	struct policy_proposal *q;

	for (p = TAILQ_FIRST(&e->open); p != NULL; p = next) {
		next = TAILQ_NEXT(p, link);
		if (p->kind != kind || p->state == PLAN_MOVING)
			continue;
		q = proposal_for(f, p);
		if (q == NULL) {
			if (!f->yields)
				plan_withdraw(e, p, "it is not proposed any more", now);
			continue;
		}
		p->order = (unsigned)(q - f->proposals);
		p->recheck = p->restored = false;
		if (p->state == PLAN_PROPOSED) {
			facts_take(e, p);
			plan_reasons_take(p, q);
			plan_put(e, p);
		}
	}
}

static bool
kept_away(
    struct engine *e, const struct policy_proposal *q, const struct model_now *now)
{
	const struct en_memory *m = memory_find(e, q->vm, q->cluster, q->node);

	return m != NULL && now->ms < m->until;
}

/* May a plan of that policy be made for the VM? One that matters less makes room. */
static bool
make_room(
    struct engine *e, enum policy_kind kind, uint32_t vm, const struct model_now *now)
{
	struct en_plan *other = open_of(e, vm);
	char *why;

	if (other == NULL)
		return true;
	if (other->state == PLAN_MOVING || plan_rank(other->kind) <= plan_rank(kind))
		return false;
	why = xasprintf("%s wants to move the VM, too", policy_table[kind].name);
	plan_withdraw(e, other, why, now);
	free(why);
	return true;
}

static void
add_new(struct engine *e, enum policy_kind kind, struct policy_finding *f,
    const struct model_now *now)
{
	uint32_t batch = 0;
	struct en_plan *p;
	size_t i;

	for (i = 0; i < f->nproposals && i < EN_FOUND_MAX; i++) {
		struct policy_proposal *q = &f->proposals[i];

		if (policy_table[kind].lasting && !q->urgent &&
		    e->policy[kind].rounds < e->set.rounds)
			continue;
		if (kept_away(e, q, now) || !make_room(e, kind, q->vm, now))
			continue;
		p = plan_new(e, kind, q, batch, now);
		batch = p->batch;
		p->order = (unsigned)i;
		p->expires = now->wall + e->set.plan_life / 1000;
		p->expires_ms = now->ms + e->set.plan_life;
		e->policy[kind].proposals++;
		plan_put(e, p);
		if (en_effective(e, kind, now) != POLICY_AUTOMATIC &&
		    !(p->urgent && en_mode(e, kind) == POLICY_AUTOMATIC))
			plan_ready(e, p, now);
	}
}

void
found_take(struct engine *e, enum policy_kind kind, struct policy_finding *f,
    const struct model_now *now)
{
	renew(e, kind, f, now);
	add_new(e, kind, f, now);
}
