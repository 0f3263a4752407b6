/*
 * SPDX-License-Identifier: Apache-2.0
 * Plans of the engine: rows of csPlanTable and csPlanReasonTable, made, shown, ended.
 * Indexes are never given twice, also over a restart (engine_kept.c). Ended ones stay
 * as history, the newest EN_ENDED_MAX of them.
 */
#include "policy/engine_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

int
plan_rank(enum policy_kind kind)
{
	return policy_table[kind].rank;
}

struct en_plan *
plan_find(const struct engine *e, uint32_t index)
{
	struct en_plan *p;

	HASH_FIND(hh, e->plans, &index, sizeof(index), p);
	return p;
}

uint32_t
plan_index(struct engine *e)
{
	uint32_t index;

	do {
		index = e->index_next;
		e->index_next = index < EN_INDEX_MAX ? index + 1 : 1;
	} while (plan_find(e, index) != NULL);
	kept_index(e);
	return index;
}

/* --- rows ------------------------------------------------------------------------- */

static int64_t
cost_seconds(double cost)
{
	return cost < 0 || !isfinite(cost) ? ROW_NONE : (int64_t)llround(cost);
}

static enum cs_plan_approval
approval_of(const struct en_plan *p)
{
	switch (p->state) {
	case PLAN_APPROVED:
	case PLAN_MOVING:
	case PLAN_DONE:
	case PLAN_FAILED:
		return APPROVAL_APPROVE;
	case PLAN_REJECTED:
		return APPROVAL_REJECT;
	default:
		return APPROVAL_UNDECIDED;
	}
}

static const char *
or_none(const char *name)
{
	return name == NULL ? "" : name;
}

static void
put_reasons(struct engine *e, const struct en_plan *p)
{
	struct table *t = model_table_of(e->m, TABLE_PLAN_REASON);
	uint32_t key[2] = { p->index, 0 };
	size_t i;

	for (i = 0; i < p->nreasons; i++) {
		const struct plan_reason_row row = { .weight = p->reasons[i].weight,
			.text = p->reasons[i].text };

		key[1] = (uint32_t)i + 1;
		table_put(t, key, 2, &row);
	}
	for (key[1] = (uint32_t)i + 1; table_drop(t, key, 2); key[1]++)
		continue;
}

void
plan_put(struct engine *e, const struct en_plan *p)
{
	const struct plan_row row = {
		.state = p->state,
		.approve = approval_of(p),
		.policy_name = policy_table[p->kind].name,
		.vm = p->vm,
		.vm_name = or_none(p->vm_name),
		.source_cluster = p->source,
		.source_name = or_none(p->source_name),
		.target_cluster = p->cluster,
		.target_name = or_none(p->cluster_name),
		.target_node = p->node,
		.target_node_name = or_none(p->node_name),
		.benefit = p->benefit,
		.cost = cost_seconds(p->cost),
		.batch = p->batch,
		.created_wall = p->created,
		.expires_wall = p->expires,
		.move_index = p->move_index,
	};

	table_put(model_table_of(e->m, TABLE_PLAN), &p->index, 1, &row);
	put_reasons(e, p);
}

/* --- reasons ---------------------------------------------------------------------- */

static void
reasons_clear(struct en_plan *p)
{
	size_t i;

	for (i = 0; i < p->nreasons; i++)
		free(p->reasons[i].text);
	free(p->reasons);
	p->reasons = NULL;
	p->nreasons = 0;
}

static int
within(int value, int least, int most)
{
	return value < least ? least : value > most ? most : value;
}

static void
reason_add(struct en_plan *p, int weight, const char *text)
{
	p->reasons = xreallocarray(p->reasons, p->nreasons + 1, sizeof(*p->reasons));
	p->reasons[p->nreasons].weight = within(weight, -1000, 1000);
	p->reasons[p->nreasons++].text = text_vis(text, EN_TEXT_MAX);
}

void
plan_reasons_take(struct en_plan *p, struct policy_proposal *from)
{
	size_t i;

	reasons_clear(p);
	for (i = 0; i < from->nreasons && i < EN_REASONS_MAX; i++)
		reason_add(p, from->reasons[i].weight, from->reasons[i].text);
	p->benefit = within(from->benefit, 0, 1000);
	p->cost = from->cost;
	p->urgent = from->urgent;
}

/* --- life ------------------------------------------------------------------------- */

struct en_plan *
plan_blank(struct engine *e, uint32_t index)
{
	struct en_plan *p = xcalloc(1, sizeof(*p));

	p->index = index;
	p->state = PLAN_PROPOSED;
	HASH_ADD(hh, e->plans, index, sizeof(p->index), p);
	TAILQ_INSERT_TAIL(&e->open, p, link);
	e->nopen++;
	return p;
}

struct en_plan *
plan_new(struct engine *e, enum policy_kind kind, struct policy_proposal *from,
    uint32_t batch, const struct model_now *now)
{
	struct en_plan *p = plan_blank(e, plan_index(e));

	p->kind = kind;
	p->batch = batch == 0 ? p->index : batch;
	p->vm = from->vm;
	p->cluster = from->cluster;
	p->node = from->node;
	p->created = now->wall;
	plan_reasons_take(p, from);
	facts_take(e, p);
	return p;
}

static void
plan_gone(struct engine *e, struct en_plan *p)
{
	HASH_DEL(e->plans, p);
	reasons_clear(p);
	free(p->vm_name);
	free(p->cluster_name);
	free(p->node_name);
	free(p->source_name);
	free(p);
}

void
plan_free_all(struct engine *e)
{
	struct en_plan *p, *next;

	HASH_ITER (hh, e->plans, p, next)
		plan_gone(e, p);
}

static void
forget_oldest(struct engine *e)
{
	struct en_plan *p = TAILQ_FIRST(&e->ended);

	TAILQ_REMOVE(&e->ended, p, link);
	e->nended--;
	table_drop(model_table_of(e->m, TABLE_PLAN), &p->index, 1);
	reasons_clear(p);
	put_reasons(e, p);
	plan_gone(e, p);
}

void
plan_end(struct engine *e, struct en_plan *p, enum cs_plan_state state, const char *why,
    const struct model_now *now)
{
	(void)now;
	kept_plan_drop(e, p);
	p->state = state;
	if (why != NULL)
		reason_add(p, -1000, why);
	TAILQ_REMOVE(&e->open, p, link);
	e->nopen--;
	TAILQ_INSERT_TAIL(&e->ended, p, link);
	e->nended++;
	plan_put(e, p);
	while (e->nended > EN_ENDED_MAX)
		forget_oldest(e);
}

void
plan_withdraw(
    struct engine *e, struct en_plan *p, const char *why, const struct model_now *now)
{
	char *what = xasprintf("withdrawn: %s", why);

	plan_event(e, p, SEV_INFO, what, now);
	plan_end(e, p, PLAN_EXPIRED, what, now);
	free(what);
}

/* --- words ------------------------------------------------------------------------ */

char *
plan_words(const struct en_plan *p)
{
	const char *slash = p->node_name == NULL ? "" : "/";

	if (p->source_name == NULL)
		return xasprintf("plan %u of %s: start of vm %s in %s%s%s", p->index,
		    policy_table[p->kind].name, p->vm_name, or_none(p->cluster_name),
		    slash, or_none(p->node_name));
	return xasprintf("plan %u of %s: vm %s from %s to %s%s%s", p->index,
	    policy_table[p->kind].name, p->vm_name, p->source_name,
	    or_none(p->cluster_name), slash, or_none(p->node_name));
}

static void
tell(struct engine *e, const struct en_plan *p, enum event_type type,
    enum cs_severity severity, const char *what, const struct model_now *now)
{
	char *words = plan_words(p), *text = xasprintf("%s: %s", words, what);
	char *cut = text_vis(text, EN_TEXT_MAX);
	struct event_note note = {
		.type = type,
		.severity = severity,
		.object = OBJECT_POLICY,
		.object_name = policy_table[p->kind].name,
		.cluster_name = p->cluster_name,
		.vm_name = p->vm_name,
		.text = cut,
		.table = TABLE_PLAN,
		.row = table_get(model_table_of(e->m, TABLE_PLAN), &p->index, 1),
	};

	model_note(e->m, &note, now);
	free(cut);
	free(text);
	free(words);
}

void
plan_event(struct engine *e, const struct en_plan *p, enum cs_severity severity,
    const char *what, const struct model_now *now)
{
	tell(e, p, EVENT_POLICY_DECISION, severity, what, now);
}

void
plan_ready(struct engine *e, const struct en_plan *p, const struct model_now *now)
{
	char *what = xasprintf("waits for approval: %s",
	    p->nreasons == 0 ? "no reason is given" : p->reasons[0].text);

	tell(e, p, EVENT_PLAN_READY, SEV_INFO, what, now);
	free(what);
}
