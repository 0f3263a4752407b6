/*
 * SPDX-License-Identifier: Apache-2.0
 * The engine of policies, driven: see engine_fixture.h.
 */
#include "tests/unit/engine_fixture.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct ex_record {
	char *space, *key, *value;
	struct ex_record *next;
};

struct ex_script ex_script[POLICY_KINDS];

/* --- policies ----------------------------------------------------------------------
 */

static void
look(enum policy_kind kind, const struct policy_view *view, struct policy_finding *f)
{
	struct ex_script *s = &ex_script[kind];
	struct policy_proposal *p;
	size_t i;

	ck_assert_ptr_nonnull(view->scene);
	s->looks++;
	f->imbalance = s->imbalance;
	f->wants = s->wants;
	f->yields = s->yields;
	finding_status(f, xasprintf("found %zu", s->nmoves));
	for (i = 0; i < s->nmoves; i++) {
		p = finding_propose(
		    f, s->moves[i].vm, s->moves[i].cluster, s->moves[i].node);
		p->benefit = 100;
		p->cost = 12.4;
		p->urgent = s->urgent;
		proposal_reason(p, 100, xasprintf("because %u", s->looks));
	}
	if (s->lack != 0)
		finding_lack(f, s->lack, s->fence, xstrdup("no proof from east"));
}

#define LOOK(name, kind)                                                        \
	static void name(const struct policy_view *v, struct policy_finding *f) \
	{                                                                       \
		look(kind, v, f);                                               \
	}
LOOK(balance, POLICY_BALANCE)
LOOK(evacuate, POLICY_EVACUATE)
LOOK(recover, POLICY_RECOVER)
LOOK(spread, POLICY_SPREAD)
LOOK(home, POLICY_HOME)

/* Instead of policy/table.c, which the linker then leaves out. */
const struct policy policy_table[POLICY_KINDS] = {
	[POLICY_BALANCE] = { "balance", "a script", 4, true, balance },
	[POLICY_EVACUATE] = { "evacuate", "a script", 1, false, evacuate },
	[POLICY_RECOVER] = { "recover", "a script", 0, false, recover },
	[POLICY_SPREAD] = { "spread", "a script", 2, false, spread },
	[POLICY_HOME] = { "home", "a script", 3, false, home },
};

void
ex_find(enum policy_kind kind, const char *moves)
{
	struct ex_script *s = &ex_script[kind];
	unsigned vm, cluster, node;
	int used;

	s->nmoves = 0;
	for (; *moves != '\0'; moves += used) {
		node = 0;
		used = 0;
		ck_assert_int_ge(
		    sscanf(moves, " %u>%u%n/%u%n", &vm, &cluster, &used, &node, &used),
		    2);
		s->moves[s->nmoves].vm = vm;
		s->moves[s->nmoves].cluster = cluster;
		s->moves[s->nmoves++].node = node;
	}
	s->wants = s->nmoves > 0;
}

/* --- the sink ----------------------------------------------------------------------
 */

static void
on_record(void *arg, const char *space, const char *key, const char *value)
{
	struct ex *x = arg;
	struct ex_record *r;

	for (r = x->records; r != NULL; r = r->next)
		if (strcmp(r->space, space) == 0 && strcmp(r->key, key) == 0)
			break;
	if (r == NULL) {
		r = xcalloc(1, sizeof(*r));
		r->space = xstrdup(space);
		r->key = xstrdup(key);
		r->next = x->records;
		x->records = r;
	}
	free(r->value);
	r->value = xstrdup(value);
}

const char *
ex_kept(struct ex *x, const char *space, const char *key)
{
	const struct ex_record *r;

	for (r = x->records; r != NULL; r = r->next)
		if (strcmp(r->space, space) == 0 && strcmp(r->key, key) == 0)
			return r->value;
	return NULL;
}

void
ex_forget_kept(struct ex *x)
{
	struct ex_record *r;

	for (r = x->records; r != NULL; r = r->next)
		xfree_clear(&r->value);
}

static void
on_compute(void *arg, struct policy_job *job)
{
	struct ex *x = arg;

	ck_assert_ptr_null(x->job); /* one at a time */
	x->job = job;
}

static void
on_fence(void *arg, size_t cluster)
{
	struct ex *x = arg;

	x->fences++;
	x->fenced = cluster;
}

void
ex_back(struct ex *x)
{
	struct policy_job *job = x->job;

	if (job == NULL)
		return;
	x->job = NULL;
	policy_job_run(job, NULL, NULL);
	engine_done(x->e, job, &x->x->fx->now);
}

/* --- life --------------------------------------------------------------------------
 */

static void
begin(struct ex *x)
{
	const struct engine_sink sink = { x, on_record, on_compute, on_fence };
	struct ex_record *r;
	char *cause = NULL;

	x->e = engine_new(x->x->fx->model, x->x->mv, &sink);
	for (r = x->records; r != NULL; r = r->next)
		if (r->value != NULL)
			ck_assert_msg(engine_restore(x->e, r->space, r->key, r->value,
			                  &cause) == 0,
			    "%s", cause);
	engine_configured(x->e, x->x->fx->settings, &x->x->fx->now);
	engine_start(x->e, &x->x->fx->now);
}

struct ex *
ex_new(unsigned nvms, void (*tune)(struct settings *))
{
	struct ex *x = xcalloc(1, sizeof(*x));
	int i;

	memset(ex_script, 0, sizeof(ex_script));
	for (i = 0; i < POLICY_KINDS; i++)
		ex_script[i].imbalance = -1;
	x->x = mx_new(nvms, NULL, tune);
	mx_run(x->x, 40);
	fx_forget(x->x->fx);
	begin(x);
	return x;
}

void
ex_free(struct ex *x)
{
	struct ex_record *r;

	policy_job_free(x->job);
	engine_free(x->e);
	mx_free(x->x);
	while ((r = x->records) != NULL) {
		x->records = r->next;
		free(r->space);
		free(r->key);
		free(r->value);
		free(r);
	}
	free(x);
}

static void
end(struct ex *x)
{
	policy_job_free(x->job);
	x->job = NULL;
	engine_free(x->e);
}

void
ex_restart(struct ex *x)
{
	end(x);
	mx_restart(x->x, NULL);
	begin(x);
}

void
ex_again(struct ex *x)
{
	end(x);
	begin(x);
}

void
ex_run(struct ex *x, unsigned seconds)
{
	struct generation *g;

	while (seconds-- > 0) {
		mx_run(x->x, 1);
		g = generation_new(model_tables(x->x->fx->model, &x->x->fx->now, NULL),
		    ++x->seq, x->x->fx->now.ms);
		engine_tick(x->e, g, &x->x->fx->now);
		generation_unref(g);
		if (!x->slow)
			ex_back(x);
	}
}

/* --- asking ------------------------------------------------------------------------
 */

enum move_verdict
ex_test(struct ex *x, const struct engine_order *o, char **cause)
{
	return engine_test(x->e, o, &x->x->fx->now, cause);
}

void
ex_order(struct ex *x, enum engine_order_kind kind, uint32_t key, int64_t value)
{
	const struct engine_order o = { .kind = kind, .key = key, .value = value };
	char *cause = NULL;

	ck_assert_msg(ex_test(x, &o, &cause) == MOVE_FINE, "%s", cause);
	engine_order(x->e, &o, &x->x->fx->now);
}

static const void *
row(struct ex *x, enum table_id table, uint32_t key)
{
	return table_get(model_table_of(x->x->fx->model, table), &key, 1);
}

const struct plan_row *
ex_plan(struct ex *x, uint32_t index)
{
	return row(x, TABLE_PLAN, index);
}

const struct policy_row *
ex_policy(struct ex *x, enum policy_kind kind)
{
	return row(x, TABLE_POLICY, (uint32_t)kind + 1);
}

const struct policy_set_row *
ex_set(struct ex *x)
{
	return row(x, TABLE_POLICY_SET, 0);
}

const struct plan_row *
ex_plan_of(struct ex *x, uint32_t vm)
{
	const struct plan_row *found = NULL, *r = NULL;

	while ((r = fx_next(x->x->fx, TABLE_PLAN, r)) != NULL)
		if (r->vm == (int64_t)vm)
			found = r;
	return found;
}

bool
ex_told(struct ex *x, const char *text)
{
	return strstr(x->x->fx->log, text) != NULL;
}

unsigned
ex_count(struct ex *x, enum event_type type)
{
	return fx_count(x->x->fx->log, type);
}

unsigned
ex_moves(struct ex *x)
{
	const struct move_row *r = NULL;
	uint32_t key[KEY_MAX];
	const size_t n = key_from_name("policy", key);
	unsigned count = 0;

	while ((r = fx_next(x->x->fx, TABLE_MOVE, r)) != NULL)
		count += r->head.klen == n + 1 &&
		    memcmp(r->head.key, key, n * sizeof(key[0])) == 0;
	return count;
}
