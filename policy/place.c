/*
 * SPDX-License-Identifier: Apache-2.0
 * Placement questions: where should a VM go? Rows of csPlacementTable and their ranked
 * results, asked with the next job, answered by the planner, gone after ten minutes.
 */
#include "policy/engine_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "policy/look.h"

/* --- questions ---------------------------------------------------------------------
 */

static size_t
key_of(const struct en_place *p, uint32_t key[KEY_MAX])
{
	const size_t n = key_from_name(p->owner, key);

	key[n] = p->index;
	return n + 1;
}

struct en_place *
place_find(const struct engine *e, const char *owner, uint32_t index)
{
	struct en_place *p;

	TAILQ_FOREACH (p, &e->places, link)
		if (p->index == index && owner != NULL && strcmp(p->owner, owner) == 0)
			return p;
	return NULL;
}

static const char *
set_name(const struct engine *e, uint32_t set)
{
	const struct avail_set_row *r = e->g == NULL || set == 0
	    ? NULL
	    : table_view_get(e->g->tables[TABLE_AVAIL_SET], &set, 1);

	return r == NULL ? "" : r->name;
}

static void
put_row(struct engine *e, const struct en_place *p, const struct en_question *q,
    const struct model_now *now)
{
	const struct en_spot *best =
	    q != NULL && q->found && q->nspots > 0 ? &q->spots[0] : NULL;
	const struct vm_row *vm = p->vm == 0 ? NULL : fact_vm(e, p->vm);
	const uint32_t set = p->avail_set != 0 ? p->avail_set
	    : vm != NULL                       ? (uint32_t)vm->avail_set
	                                       : 0;
	char *text = text_vis(q == NULL || q->text == NULL ? "" : q->text, EN_TEXT_MAX);
	uint32_t key[KEY_MAX];
	const size_t klen = key_of(p, key);
	size_t i;
	struct placement_row row = {
		.cpus = p->cpus != 0 ? p->cpus
		    : vm != NULL     ? vm->vcpus
		                     : ROW_NONE,
		.memory = p->memory != 0 ? p->memory
		    : vm != NULL         ? vm->memory
		                         : ROW_NONE,
		.avail_set = set,
		.avail_set_name = set_name(e, set),
		.state = q == NULL ? PLACEMENT_COMPUTING
		    : best != NULL ? PLACEMENT_FOUND
		                   : PLACEMENT_NONE,
		.text = text,
		.cluster = best == NULL ? 0 : best->cluster,
		.node = best == NULL ? 0 : best->node,
		.cluster_name = best == NULL ? "" : best->cluster_name,
		.node_name = best == NULL ? "" : best->node_name,
		.wall = q == NULL ? 0 : now->wall,
		.vm = p->vm,
		.vm_name = vm == NULL ? "" : vm->name,
	};

	for (i = 0; q != NULL && i < q->nspots; i++)
		row.candidates += q->spots[i].possible;
	table_put(model_table_of(e->m, TABLE_PLACEMENT), key, klen, &row);
	free(text);
}

void
place_add(struct engine *e, const struct engine_order *o, const struct model_now *now)
{
	struct en_place *p;

	if (o->owner == NULL || place_find(e, o->owner, o->key) != NULL ||
	    e->nplaces >= EN_PLACES_MAX)
		return;
	p = xcalloc(1, sizeof(*p));
	p->owner = xstrdup(o->owner);
	p->index = o->key;
	p->cpus = o->cpus;
	p->memory = o->memory;
	p->avail_set = o->avail_set;
	p->vm = o->vm;
	p->made = now->ms;
	p->number = ++e->place_number;
	TAILQ_INSERT_TAIL(&e->places, p, link);
	e->nplaces++;
	put_row(e, p, NULL, now);
}

void
place_drop(struct engine *e, struct en_place *p)
{
	uint32_t key[KEY_MAX];
	const size_t klen = key_of(p, key);

	table_drop(model_table_of(e->m, TABLE_PLACEMENT), key, klen);
	for (; p->nresults > 0; p->nresults--) {
		key[klen] = (uint32_t)p->nresults;
		table_drop(model_table_of(e->m, TABLE_PLACEMENT_RESULT), key, klen + 1);
	}
	TAILQ_REMOVE(&e->places, p, link);
	e->nplaces--;
	free(p->owner);
	free(p);
}

void
place_tick(struct engine *e, const struct model_now *now)
{
	struct en_place *p, *next;

	for (p = TAILQ_FIRST(&e->places); p != NULL; p = next) {
		next = TAILQ_NEXT(p, link);
		if (now->ms - p->made >= EN_PLACE_LIFE)
			place_drop(e, p);
	}
}

void
place_free_all(struct engine *e)
{
	struct en_place *p;

	while ((p = TAILQ_FIRST(&e->places)) != NULL) {
		TAILQ_REMOVE(&e->places, p, link);
		free(p->owner);
		free(p);
	}
}

bool
place_waiting(const struct engine *e)
{
	const struct en_place *p;

	TAILQ_FOREACH (p, &e->places, link)
		if (!p->asked)
			return true;
	return false;
}

void
place_ask(struct engine *e, struct policy_job *job)
{
	struct en_place *p;

	TAILQ_FOREACH (p, &e->places, link) {
		if (p->asked)
			continue;
		p->asked = true;
		job->questions = xreallocarray(
		    job->questions, job->nquestions + 1, sizeof(*job->questions));
		job->questions[job->nquestions++] = (struct en_question) {
			.number = p->number,
			.cpus = p->cpus,
			.memory = p->memory,
			.avail_set = p->avail_set,
			.vm = p->vm,
		};
	}
}

/* --- in another thread -------------------------------------------------------------
 */

static int
set_slot(const struct scene *s, uint32_t index)
{
	size_t i;

	for (i = 0; index != 0 && i < s->nsets; i++)
		if (s->sets[i].index == index)
			return (int)i;
	return -1;
}

static void
take_spots(struct en_question *q, const struct scene *s, const struct plan_where *w)
{
	size_t i;

	q->nspots = w->nspots < ENGINE_RESULTS_MAX ? w->nspots : ENGINE_RESULTS_MAX;
	q->spots = xcalloc(q->nspots + 1, sizeof(*q->spots));
	for (i = 0; i < q->nspots; i++) {
		const struct scene_node *n = &s->nodes[w->spots[i].node];
		const struct scene_cluster *c = &s->clusters[n->cluster];

		q->spots[i] = (struct en_spot) {
			.cluster = c->index,
			.node = n->index,
			.cluster_name = xstrdup(c->name),
			.node_name = xstrdup(n->name),
			.text = text_vis(
			    w->spots[i].reason == NULL ? "" : w->spots[i].reason,
			    EN_TEXT_MAX),
			.score = w->spots[i].score,
			.possible = w->spots[i].possible,
		};
	}
	q->found = w->npossible > 0;
	q->text = xstrdup(w->words);
}

static void
compute(struct policy_job *job, const struct scene *s, struct en_question *q)
{
	const struct policy_view view = { .scene = s, .settings = &job->settings };
	struct plan_input *in = scene_plan_input(s);
	const int vm = q->vm == 0 ? -1 : scene_vm_find(s, q->vm);
	struct plan_want want = { .set = -1, .home = -1 };
	struct plan_where *w;
	char *cause = NULL;

	q->answered = true;
	look_settings(&view, in);
	if (plan_input_check(in, NULL, &cause) != 0) {
		q->text = cause;
		plan_input_free(in);
		return;
	}
	if (vm >= 0)
		want = plan_want_of(in, vm);
	if (vm < 0 || q->cpus != 0) {
		want.vcpus = (int)q->cpus;
		want.load = -1;
	}
	if (vm < 0 || q->memory != 0)
		want.memory = q->memory;
	if (vm < 0 || q->avail_set != 0)
		want.set = set_slot(s, q->avail_set);
	if (want.memory < 0)
		want.memory = 0;
	w = plan_where(in, &want);
	take_spots(q, s, w);
	plan_where_free(w);
	plan_input_free(in);
}

void
place_compute_all(struct policy_job *job, const struct scene *s)
{
	size_t i;

	for (i = 0; i < job->nquestions; i++)
		compute(job, s, &job->questions[i]);
}

/* --- answers -----------------------------------------------------------------------
 */

static void
put_results(struct engine *e, struct en_place *p, const struct en_question *q)
{
	uint32_t key[KEY_MAX];
	const size_t klen = key_of(p, key);
	size_t i;

	for (i = 0; i < q->nspots; i++) {
		const struct en_spot *s = &q->spots[i];
		const struct placement_result_row row = {
			.cluster = s->cluster,
			.cluster_name = s->cluster_name,
			.node = s->node,
			.node_name = s->node_name,
			.score = s->score < 0 ? 0
			    : s->score > 1000 ? 1000
			                      : s->score,
			.text = s->text,
			.possible = s->possible ? 1 : 2,
		};

		key[klen] = (uint32_t)i + 1;
		table_put(
		    model_table_of(e->m, TABLE_PLACEMENT_RESULT), key, klen + 1, &row);
	}
	p->nresults = q->nspots;
}

void
place_answer(
    struct engine *e, const struct policy_job *job, const struct model_now *now)
{
	const struct en_question *q;
	struct en_place *p;
	size_t i;

	for (i = 0; i < job->nquestions; i++) {
		q = &job->questions[i];
		TAILQ_FOREACH (p, &e->places, link)
			if (p->number == q->number)
				break;
		if (p == NULL)
			continue;
		if (!q->answered) {
			p->asked = false;
			continue;
		}
		put_results(e, p, q);
		put_row(e, p, q, now);
	}
}

void
place_question_clear(struct en_question *q)
{
	size_t i;

	for (i = 0; i < q->nspots; i++) {
		free(q->spots[i].cluster_name);
		free(q->spots[i].node_name);
		free(q->spots[i].text);
	}
	free(q->spots);
	free(q->text);
}
