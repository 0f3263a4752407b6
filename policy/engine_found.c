/*
 * SPDX-License-Identifier: Apache-2.0
 * Findings against the plans that are there. The same VM proposed for the same place
 * stays the same plan, with new figures, until its plan-life is over: then it is told
 * anew, as a new one. What is no longer proposed is withdrawn; but what an operator
 * approved only facts take away. What was rejected, or went wrong, is not made again
 * for a while.
 */
#include "policy/engine_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"

/* --- what is not to be proposed again ----------------------------------------------
 *
 *	rejected	that place	the cool-down
 *	refused		that place	10 s if urgent, else a minute; doubling
 *	move failed	that cluster	the cool-down, doubling: each try stops the VM;
 *					a minute, doubling, where it ran nowhere anyhow
 *
 * An hour at most, unless the cool-down is longer.
 */

#define KEY_SIZE 40

static void
memory_key(char key[KEY_SIZE], uint32_t vm, uint32_t cluster, uint32_t node)
{
	snprintf(key, KEY_SIZE, "%u>%u>%u", vm, cluster, node);
}

struct en_memory *
memory_find(const struct engine *e, uint32_t vm, uint32_t cluster, uint32_t node)
{
	struct en_memory *m;
	char key[KEY_SIZE];

	memory_key(key, vm, cluster, node);
	HASH_FIND_STR(e->memory, key, m);
	return m;
}

static msec_t
first_wait(const struct engine *e, const struct en_plan *p, enum en_trouble trouble)
{
	if (trouble == TROUBLE_REFUSED)
		return p->urgent ? EN_BACK_URGENT : EN_BACK_OFF;
	if (trouble == TROUBLE_FAILED && p->source == 0)
		return EN_BACK_OFF;
	return e->set.cool_down > EN_BACK_OFF ? e->set.cool_down : EN_BACK_OFF;
}

void
memory_add(struct engine *e, const struct en_plan *p, enum en_trouble trouble,
    const struct model_now *now)
{
	const uint32_t node = trouble == TROUBLE_FAILED ? EN_ANY_NODE : p->node;
	struct en_memory *m = memory_find(e, p->vm, p->cluster, node);
	const msec_t first = first_wait(e, p, trouble);
	msec_t wait = first, most = first > EN_BACK_MAX ? first : EN_BACK_MAX;
	char key[KEY_SIZE];
	unsigned i;

	if (m == NULL) {
		m = xcalloc(1, sizeof(*m));
		memory_key(key, p->vm, p->cluster, node);
		m->key = xstrdup(key);
		HASH_ADD_KEYPTR(hh, e->memory, m->key, strlen(m->key), m);
	}
	for (i = 0; i < m->times && wait < most; i++)
		wait *= 2;
	m->times += trouble != TROUBLE_REJECTED;
	m->until = now->ms + (wait < most ? wait : most);
	if (e->wake_look == 0 || m->until < e->wake_look)
		e->wake_look = m->until;
}

static void
memory_drop(struct engine *e, struct en_memory *m)
{
	HASH_DEL(e->memory, m);
	free(m->key);
	free(m);
}

void
memory_clear(struct engine *e, const struct en_plan *p)
{
	const uint32_t nodes[2] = { p->node, EN_ANY_NODE };
	struct en_memory *m;
	int i;

	for (i = 0; i < 2; i++)
		if ((m = memory_find(e, p->vm, p->cluster, nodes[i])) != NULL)
			memory_drop(e, m);
}

/* How often in a row is forgotten when nothing happened for as long as it can take. */
void
memory_sweep(struct engine *e, const struct model_now *now)
{
	struct en_memory *m, *next;

	HASH_ITER (hh, e->memory, m, next)
		if (now->ms >= m->until + EN_BACK_MAX)
			memory_drop(e, m);
}

static bool
remembered(const struct engine *e, const struct policy_proposal *from,
    const struct model_now *now)
{
	const struct en_memory *m = memory_find(e, from->vm, from->cluster, from->node);
	const struct en_memory *any =
	    memory_find(e, from->vm, from->cluster, EN_ANY_NODE);

	return (m != NULL && now->ms < m->until) ||
	    (any != NULL && now->ms < any->until);
}

/* --- taking a finding ------------------------------------------------------------- */

static struct en_plan *
open_of(const struct engine *e, uint32_t vm)
{
	struct en_plan *p;

	TAILQ_FOREACH (p, &e->open, link)
		if (p->vm == vm)
			return p;
	return NULL;
}

static void
refresh(
    struct engine *e, struct en_plan *p, struct policy_proposal *from, unsigned order)
{
	p->order = order;
	p->recheck = false;
	if (p->state != PLAN_MOVING)
		plan_reasons_take(p, from);
	plan_put(e, p);
}

/* Decided on by the engine alone, so that it may think better of it. */
static bool
revocable(const struct en_plan *p)
{
	return p->state == PLAN_PROPOSED ||
	    (p->state == PLAN_APPROVED && !p->by_operator);
}

/* May the proposal have its VM? What stands against it gives way, or has the word. */
static bool
gives_way(struct engine *e, struct en_plan *p, enum policy_kind kind,
    const struct model_now *now)
{
	char *why;

	if (p == NULL)
		return true;
	if (!revocable(p) && !p->recheck)
		return false;
	if (p->state == PLAN_MOVING)
		return false;
	if (p->kind != kind && plan_rank(p->kind) < plan_rank(kind))
		return false;
	if (p->kind == kind)
		why = xstrdup("another place is better now");
	else
		why = xasprintf(
		    "policy %s has other plans for the VM", policy_table[kind].name);
	plan_withdraw(e, p, why, now);
	free(why);
	return true;
}

static bool
same_place(
    const struct en_plan *p, enum policy_kind kind, const struct policy_proposal *from)
{
	return p != NULL && p->kind == kind && p->cluster == from->cluster &&
	    p->node == from->node;
}

/* A new row, approved at once where that is ours to do. */
static uint32_t
propose(struct engine *e, enum policy_kind kind, struct policy_proposal *from,
    unsigned order, uint32_t batch, const struct model_now *now)
{
	struct en_plan *p = plan_new(e, kind, from, batch, now);

	p->order = order;
	p->expires_ms = now->ms + e->set.plan_life;
	p->expires = now->wall + e->set.plan_life / 1000;
	e->policy[kind].proposals++;
	plan_put(e, p);
	if (!turn_approve(e, p, now))
		plan_ready(e, p, now);
	return p->batch;
}

/* Facts that changed while the look was under way are told by the next one. */
static bool
holds(struct engine *e, enum policy_kind kind, const struct policy_proposal *from)
{
	struct en_plan p = { .kind = kind,
		.vm = from->vm,
		.cluster = from->cluster,
		.node = from->node,
		.urgent = from->urgent };
	char *why;

	facts_take(e, &p);
	why = facts_against(e, &p);
	if (why != NULL)
		log_debug("policy", "%s: vm=%s not proposed: %s",
		    policy_table[kind].name, p.vm_name, why);
	free(p.vm_name);
	free(p.cluster_name);
	free(p.node_name);
	free(p.source_name);
	free(why);
	return why == NULL;
}

static bool
lasted(
    const struct engine *e, enum policy_kind kind, const struct policy_proposal *from)
{
	return !policy_table[kind].lasting || from->urgent ||
	    e->policy[kind].rounds >= e->set.rounds;
}

static bool
moving(const struct engine *e, enum policy_kind kind)
{
	const struct en_plan *p;

	TAILQ_FOREACH (p, &e->open, link)
		if (p->kind == kind && p->state == PLAN_MOVING)
			return true;
	return false;
}

/* What it did not propose any more, all but what it left open. */
static void
withdraw_rest(struct engine *e, enum policy_kind kind, const struct policy_finding *f,
    const struct model_now *now)
{
	struct en_plan *p, *next;
	char *why;

	for (p = TAILQ_FIRST(&e->open); p != NULL; p = next) {
		next = TAILQ_NEXT(p, link);
		if (p->kind != kind || p->order != 0 || p->state == PLAN_MOVING ||
		    p->restored || (!revocable(p) && !p->recheck))
			continue;
		if (p->recheck)
			why = xstrdup("a step before it failed, and it is not proposed "
			              "any more");
		else
			why = xasprintf("it is not proposed any more (%s)",
			    f->status == NULL ? "" : f->status);
		plan_withdraw(e, p, why, now);
		free(why);
	}
}

void
found_take(struct engine *e, enum policy_kind kind, struct policy_finding *f,
    const struct model_now *now)
{
	struct en_plan *p;
	uint32_t batch = 0;
	unsigned order = 0;
	size_t i;

	/* half of a plan is no picture to plan on, and a failover none at all */
	if (f->yields || (policy_table[kind].lasting && moving(e, kind)))
		return;
	TAILQ_FOREACH (p, &e->open, link)
		if (p->kind == kind)
			p->order = 0;
	/* first what stays, so that nothing new takes its place */
	for (i = 0; i < f->nproposals && i < EN_FOUND_MAX; i++) {
		p = open_of(e, f->proposals[i].vm);
		if (same_place(p, kind, &f->proposals[i]))
			refresh(e, p, &f->proposals[i], (unsigned)i + 1);
	}
	for (i = 0; i < f->nproposals && i < EN_FOUND_MAX; i++) {
		order = (unsigned)i + 1;
		p = open_of(e, f->proposals[i].vm);
		if (same_place(p, kind, &f->proposals[i]) ||
		    !lasted(e, kind, &f->proposals[i]) ||
		    remembered(e, &f->proposals[i], now) ||
		    !holds(e, kind, &f->proposals[i]) || !gives_way(e, p, kind, now))
			continue;
		batch = propose(e, kind, &f->proposals[i], order, batch, now);
	}
	withdraw_rest(e, kind, f, now);
}
