/*
 * SPDX-License-Identifier: Apache-2.0
 * Placement questions: where should a VM go. Rows of csPlacementTable and
 * csPlacementResultTable, in memory only; the answer comes with the next job, from the
 * planner's plan_where() on the scene that policies see. Nothing is reserved.
 */
#include "policy/engine_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "policy/look.h"

/* --- rows ------------------------------------------------------------------------- */

/* Length and octets of the owner, the index, room for a rank. */
static size_t
place_key(const struct en_place *q, uint32_t key[KEY_MAX])
{
	const size_t n = key_from_name(q->owner, key);

	key[n] = q->index;
	return n + 1;
}

static int64_t
possible(const struct en_question *a)
{
	int64_t n = 0;
	size_t i;

	for (i = 0; i < a->nspots; i++)
		n += a->spots[i].possible;
	return n;
}

static void
put_question(struct engine *e, const struct en_place *q, const struct en_question *a,
    time_t wall)
{
	const struct en_spot *best = a != NULL && a->found ? &a->spots[0] : NULL;
	const struct vm_row *vm = fact_vm(e, q->vm);
	const int64_t candidates = a == NULL ? 0 : possible(a);
	const uint32_t in =
	    q->avail_set != 0 || vm == NULL ? q->avail_set : (uint32_t)vm->avail_set;
	const struct avail_set_row *set =
	    e->g == NULL ? NULL : table_view_get(e->g->tables[TABLE_AVAIL_SET], &in, 1);
	const struct placement_row row = {
		.cpus = q->cpus != 0 ? q->cpus
		    : vm != NULL     ? vm->vcpus
		                     : ROW_NONE,
		.memory = q->memory != 0 ? q->memory
		    : vm != NULL         ? vm->memory
		                         : ROW_NONE,
		.avail_set = in,
		.avail_set_name = set == NULL ? "" : set->name,
		.state = a == NULL ? PLACEMENT_COMPUTING
		    : a->found     ? PLACEMENT_FOUND
		                   : PLACEMENT_NONE,
		.text = a == NULL || a->text == NULL ? "" : a->text,
		.candidates = candidates,
		.cluster = best == NULL ? 0 : best->cluster,
		.node = best == NULL ? 0 : best->node,
		.cluster_name = best == NULL ? "" : best->cluster_name,
		.node_name = best == NULL ? "" : best->node_name,
		.wall = wall,
		.vm = q->vm,
		.vm_name = vm == NULL ? "" : vm->name,
	};
	uint32_t key[KEY_MAX];
	const size_t n = place_key(q, key);

	table_put(model_table_of(e->m, TABLE_PLACEMENT), key, n, &row);
}

static void
put_results(struct engine *e, struct en_place *q, const struct en_question *a)
{
	uint32_t key[KEY_MAX];
	const size_t n = place_key(q, key);
	size_t i;

	for (i = 0; i < a->nspots; i++) {
		const struct en_spot *s = &a->spots[i];
		const struct placement_result_row row = {
			.cluster = s->cluster,
			.cluster_name = s->cluster_name,
			.node = s->node,
			.node_name = s->node_name,
			.score = s->score,
			.text = s->text,
			.possible = s->possible ? 1 : 2,
		};

		key[n] = (uint32_t)i + 1;
		table_put(
		    model_table_of(e->m, TABLE_PLACEMENT_RESULT), key, n + 1, &row);
	}
	q->nresults = a->nspots;
}

/* --- life ------------------------------------------------------------------------- */

struct en_place *
place_find(const struct engine *e, const char *owner, uint32_t index)
{
	struct en_place *q;

	TAILQ_FOREACH (q, &e->places, link)
		if (q->index == index && strcmp(q->owner, owner) == 0)
			return q;
	return NULL;
}

void
place_add(struct engine *e, const struct engine_order *o, const struct model_now *now)
{
	struct en_place *q = xcalloc(1, sizeof(*q));

	q->owner = xstrdup(o->owner);
	q->index = o->key;
	q->cpus = o->cpus;
	q->memory = o->memory;
	q->avail_set = o->avail_set;
	q->vm = o->vm;
	q->made = now->ms;
	q->number = ++e->place_number;
	TAILQ_INSERT_TAIL(&e->places, q, link);
	e->nplaces++;
	put_question(e, q, NULL, 0);
}

static void
place_free(struct engine *e, struct en_place *q)
{
	TAILQ_REMOVE(&e->places, q, link);
	e->nplaces--;
	free(q->owner);
	free(q);
}

void
place_drop(struct engine *e, struct en_place *q)
{
	uint32_t key[KEY_MAX];
	const size_t n = place_key(q, key);

	for (key[n] = 1; key[n] <= q->nresults; key[n]++)
		table_drop(model_table_of(e->m, TABLE_PLACEMENT_RESULT), key, n + 1);
	table_drop(model_table_of(e->m, TABLE_PLACEMENT), key, n);
	place_free(e, q);
}

void
place_free_all(struct engine *e)
{
	while (!TAILQ_EMPTY(&e->places))
		place_free(e, TAILQ_FIRST(&e->places));
}

void
place_tick(struct engine *e, const struct model_now *now)
{
	struct en_place *q;

	while (
	    (q = TAILQ_FIRST(&e->places)) != NULL && now->ms - q->made >= EN_PLACE_LIFE)
		place_drop(e, q);
}

bool
place_waiting(const struct engine *e)
{
	const struct en_place *q;

	TAILQ_FOREACH (q, &e->places, link)
		if (!q->asked)
			return true;
	return false;
}

void
place_ask(struct engine *e, struct policy_job *job)
{
	struct en_place *q;

	job->questions = xcalloc(e->nplaces + 1, sizeof(*job->questions));
	TAILQ_FOREACH (q, &e->places, link) {
		if (q->asked)
			continue;
		q->asked = true;
		job->questions[job->nquestions++] =
		    (struct en_question) { .number = q->number,
			    .cpus = q->cpus,
			    .memory = q->memory,
			    .avail_set = q->avail_set,
			    .vm = q->vm };
	}
}

void
place_answer(
    struct engine *e, const struct policy_job *job, const struct model_now *now)
{
	struct en_place *q;
	size_t i;

	for (i = 0; i < job->nquestions; i++) {
		const struct en_question *a = &job->questions[i];

		TAILQ_FOREACH (q, &e->places, link)
			if (q->number == a->number)
				break;
		if (q == NULL)
			continue; /* destroyed meanwhile */
		if (!a->answered) {
			q->asked = false; /* once more */
			continue;
		}
		put_results(e, q, a);
		put_question(e, q, a, now->wall);
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

/* --- in another thread ------------------------------------------------------------ */

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
take_spots(
    struct en_question *q, const struct scene *s, const struct plan_where *w, int here)
{
	size_t i, n = w->nspots < ENGINE_RESULTS_MAX ? w->nspots : ENGINE_RESULTS_MAX;

	q->spots = xcalloc(n + 1, sizeof(*q->spots));
	for (i = 0; i < n; i++) {
		const struct plan_spot *from = &w->spots[i];
		const struct scene_node *node = &s->nodes[from->node];
		const struct scene_cluster *c = &s->clusters[node->cluster];
		char *text = from->node != here
		    ? xstrdup(from->reason)
		    : xasprintf("it is there now; %s",
		          from->reason == NULL ? "" : from->reason);

		q->spots[i] = (struct en_spot) { .cluster = c->index,
			.node = node->index,
			.cluster_name = xstrdup(c->name),
			.node_name = xstrdup(node->name),
			.text = text_vis(text, EN_TEXT_MAX),
			.score = from->possible ? from->score : 0,
			.possible = from->possible };
		free(text);
	}
	q->nspots = n;
	q->found = w->npossible > 0;
	q->text = text_vis(w->words, EN_TEXT_MAX);
}

/* One that runs nowhere may go to its sites, and no sites would mean anywhere. */
static void
take_sites(struct plan_vm *p, const struct scene_vm *v)
{
	size_t i;

	if (v->runs && p->nsites > 0)
		return;
	free(p->sites);
	p->sites = xcalloc(v->nsites + 1, sizeof *p->sites);
	p->nsites = 0;
	for (i = 0; i < v->nsites; i++)
		p->sites[p->nsites++] = (int)v->sites[i].cluster;
}

static void
compute(struct en_question *q, const struct scene *s, struct plan_input *in)
{
	const int vm = q->vm == 0 ? -1 : scene_vm_find(s, q->vm);
	struct plan_want want = { .vcpus = 1, .load = -1, .set = -1, .home = -1 };
	struct plan_where *w;
	int here = -1;

	q->answered = true;
	if (q->vm != 0 && vm < 0) {
		q->text = xstrdup("the VM is not configured any more");
		return;
	}
	if (vm >= 0) { /* as if it ran nowhere */
		here = in->vms[vm].node;
		in->vms[vm].node = -1;
		take_sites(&in->vms[vm], &s->vms[vm]);
		want = plan_want_of(in, vm);
		if (s->vms[vm].memory < 0 && q->memory == 0) {
			q->text = xasprintf(
			    "how much memory vm %s has is not known: say it in the "
			    "question, or as its memory in the configuration",
			    s->vms[vm].name);
			in->vms[vm].node = here;
			return;
		}
	}
	if (q->cpus != 0) {
		want.vcpus = (int)q->cpus;
		if (vm < 0)
			want.load = -1;
	}
	if (q->memory != 0)
		want.memory = q->memory;
	if (q->avail_set != 0)
		want.set = set_slot(s, q->avail_set);
	w = plan_where(in, &want);
	take_spots(q, s, w, here);
	plan_where_free(w);
	if (vm >= 0)
		in->vms[vm].node = here;
}

void
place_compute_all(struct policy_job *job, const struct scene *s)
{
	const struct policy_view view = { .scene = s, .settings = &job->settings };
	struct plan_input *in = scene_plan_input(s);
	char *cause = NULL;
	size_t i;

	look_settings(&view, in);
	for (i = 0; i < job->nquestions; i++) {
		if (plan_input_check(in, NULL, &cause) == 0) {
			compute(&job->questions[i], s, in);
			continue;
		}
		job->questions[i].answered = true;
		job->questions[i].text =
		    xasprintf("the set cannot be judged: %s", cause);
	}
	free(cause);
	plan_input_free(in);
}
