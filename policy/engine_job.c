/*
 * SPDX-License-Identifier: Apache-2.0
 * Jobs of the engine: what policies and placement questions need, made on control's
 * thread, computed in another, freed wherever it is over. A job holds its generation
 * and copies of everything else, so that nothing is shared while it is away.
 */
#include "policy/engine_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define DAY 86400 /* s */

/* --- making ----------------------------------------------------------------------- */

static unsigned
due(const struct engine *e, const struct model_now *now)
{
	unsigned looks = 0;
	int i;

	for (i = 0; i < POLICY_KINDS; i++) {
		const struct en_policy *p = &e->policy[i];
		const msec_t since = now->ms - p->looked;

		if (en_mode(e, (enum policy_kind)i) == POLICY_OFF)
			continue;
		if (p->looked == 0 || since >= e->set.interval ||
		    (p->now && since >= EN_SPACING) ||
		    (e->wake_look != 0 && now->ms >= e->wake_look &&
		        since >= EN_SPACING))
			looks |= EN_BIT(i);
	}
	return looks;
}

/* Evacuated VMs that are where they were taken to; what is not true any more goes. */
static void
take_away(struct engine *e, struct policy_job *job)
{
	struct en_left *l, *next;
	const struct vm_row *v;
	struct vm_info vm;
	uint32_t index;
	size_t i;

	HASH_ITER (hh, e->left, l, next) {
		index = model_vm_find(e->m, l->vm);
		v = fact_vm(e, index);
		if (index == 0 || !model_vm_info(e->m, index, &vm)) {
			left_drop(e, l);
			continue;
		}
		if (v == NULL || v->cluster_name == NULL || v->oper != VM_RUNNING)
			continue;
		if (strcmp(v->cluster_name, l->to) != 0) {
			left_drop(e, l);
			continue;
		}
		for (i = 0; i < vm.nsites; i++)
			if (strcmp(vm.site[i].cluster_name, l->from) == 0)
				break;
		if (i == vm.nsites)
			continue;
		job->away =
		    xreallocarray(job->away, job->naway + 1, sizeof(*job->away));
		job->away[job->naway++] =
		    (struct en_away) { index, vm.site[i].cluster_index };
	}
}

static uint32_t
cluster_named(const struct engine *e, const char *name)
{
	struct table_view *all = e->g == NULL ? NULL : e->g->tables[TABLE_CLUSTER];
	const struct cluster_row *c =
	    all == NULL ? NULL : table_view_next(all, NULL, 0, true);

	while (c != NULL && strcmp(c->name, name) != 0)
		c = table_view_next(all, c->head.key, c->head.klen, false);
	return c == NULL ? 0 : c->head.key[0];
}

/* What is configured of fences, and how those that were called ended. */
static void
take_fences(struct engine *e, struct policy_job *job)
{
	const bool acts =
	    e->sink.fence != NULL && en_mode(e, POLICY_RECOVER) == POLICY_AUTOMATIC;
	const struct cluster_settings *c;
	const struct en_fence *f;
	struct policy_fence *to;
	size_t i;

	if (e->settings == NULL)
		return;
	job->fences = xcalloc(e->settings->nclusters + 1, sizeof(*job->fences));
	for (i = 0; i < e->settings->nclusters; i++) {
		c = &e->settings->clusters[i];
		if (c->fence.argv == NULL)
			continue;
		to = &job->fences[job->nfences++];
		to->cluster = cluster_named(e, c->name);
		to->automatic = c->fence_automatic;
		to->may_act = acts;
		HASH_FIND_STR(e->fences, c->name, f);
		if (f == NULL || f->running)
			continue;
		to->failed = f->failed;
		to->ended = f->ended;
	}
}

struct policy_job *
job_make(struct engine *e, const struct model_now *now)
{
	const unsigned looks = due(e, now);
	struct policy_job *job;
	int i;

	if (looks == 0 && !e->want_scene && !place_waiting(e))
		return NULL;
	job = xcalloc(1, sizeof(*job));
	job->g = generation_ref(e->g);
	job->now = *now;
	job->settings = e->set;
	job->settings.windows = xstrdup(e->set.windows);
	job->looks = looks;
	take_away(e, job);
	take_fences(e, job);
	place_ask(e, job);
	for (i = 0; i < POLICY_KINDS; i++) {
		job->finding[i].imbalance = -1;
		if ((looks & EN_BIT(i)) == 0)
			continue;
		e->policy[i].looked = now->ms;
		e->policy[i].now = false;
	}
	if (e->wake_look != 0 && now->ms >= e->wake_look)
		e->wake_look = 0;
	e->want_scene = false;
	return job;
}

/* --- in another thread ------------------------------------------------------------ */

struct pasts {
	struct policy_past *list;
	size_t n, room;
};

static void
past_add(struct pasts *all, uint32_t vm, time_t moved, uint32_t left, unsigned times)
{
	if (all->n == all->room) {
		all->room = all->room == 0 ? 64 : all->room * 2;
		all->list = xreallocarray(all->list, all->room, sizeof(*all->list));
	}
	all->list[all->n++] = (struct policy_past) { vm, moved, left, times };
}

static int
by_vm(const void *a, const void *b)
{
	const struct policy_past *x = a, *y = b;

	return x->vm < y->vm ? -1 : x->vm > y->vm;
}

/* One entry a VM: its last move of any kind, and where evacuate took it from. */
static void
past_merge(struct pasts *all)
{
	size_t i, n = 0;

	if (all->n == 0)
		return;
	qsort(all->list, all->n, sizeof(*all->list), by_vm);
	for (i = 1; i < all->n; i++) {
		struct policy_past *to = &all->list[n], *from = &all->list[i];

		if (to->vm != from->vm) {
			all->list[++n] = *from;
			continue;
		}
		if (from->moved > to->moved)
			to->moved = from->moved;
		if (from->left != 0)
			to->left = from->left;
		to->times += from->times;
	}
	all->n = n + 1;
}

static bool
is_policys(const struct row *r)
{
	uint32_t key[KEY_MAX];
	const size_t n = key_from_name(EN_OWNER, key);

	return r->klen == n + 1 && memcmp(r->key, key, n * sizeof(*key)) == 0;
}

/* Moves whoever asked for them, also those that did not succeed: csMoveTable. */
static void
past_moves(const struct policy_job *job, struct pasts *all)
{
	struct table_view *moves = job->g->tables[TABLE_MOVE];
	const struct move_row *r = table_view_next(moves, NULL, 0, true);
	time_t at;

	for (; r != NULL;
	     r = table_view_next(moves, r->head.key, r->head.klen, false)) {
		if (r->mode == MOVE_DRY_RUN || r->state < MOVE_WAITING)
			continue;
		at = r->finished_wall == 0 ? job->now.wall : (time_t)r->finished_wall;
		past_add(all, (uint32_t)r->vm, at, 0,
		    job->now.wall - at < DAY && is_policys(&r->head));
	}
}

static void
past_vms(const struct policy_job *job, struct pasts *all)
{
	struct table_view *vms = job->g->tables[TABLE_VM];
	const struct vm_row *v = table_view_next(vms, NULL, 0, true);

	for (; v != NULL; v = table_view_next(vms, v->head.key, v->head.klen, false))
		if (v->last_move_wall > 0)
			past_add(all, v->head.key[0], (time_t)v->last_move_wall, 0, 0);
}

/* What is measured for the others comes last: it takes what time is left. */
static void
looks_by_rank(size_t order[POLICY_KINDS])
{
	size_t i, j;

	for (i = 0; i < POLICY_KINDS; i++) {
		for (j = i;
		     j > 0 && policy_table[order[j - 1]].rank > policy_table[i].rank;
		     j--)
			order[j] = order[j - 1];
		order[j] = i;
	}
}

void
policy_job_run(struct policy_job *job, bool (*stop)(void *arg), void *stop_arg)
{
	struct scene *s = scene_new(job->g, job->now.ms, job->now.wall);
	struct pasts past = { 0 };
	struct policy_view view = {
		.scene = s,
		.settings = &job->settings,
		.fences = job->fences,
		.nfences = job->nfences,
		.stop = stop,
		.stop_arg = stop_arg,
	};
	size_t order[POLICY_KINDS], i;

	if (job->looks != 0) {
		past_moves(job, &past);
		past_vms(job, &past);
		for (i = 0; i < job->naway; i++)
			past_add(&past, job->away[i].vm, 0, job->away[i].cluster, 0);
		past_merge(&past);
	}
	view.past = past.list;
	view.npast = past.n;
	looks_by_rank(order);
	for (i = 0; i < POLICY_KINDS; i++)
		if ((job->looks & EN_BIT(order[i])) != 0 &&
		    policy_table[order[i]].look != NULL)
			policy_table[order[i]].look(&view, &job->finding[order[i]]);
	if (job->nquestions > 0)
		place_compute_all(job, s);
	job->failover = s->failover;
	job->failover_text = xstrdup(s->failover_text);
	job->ran = true;
	free(past.list);
	scene_free(s);
}

void
policy_job_free(struct policy_job *job)
{
	size_t i;

	if (job == NULL)
		return;
	for (i = 0; i < POLICY_KINDS; i++)
		finding_clear(&job->finding[i]);
	for (i = 0; i < job->nquestions; i++)
		place_question_clear(&job->questions[i]);
	generation_unref(job->g);
	free(job->settings.windows);
	free(job->questions);
	free(job->away);
	free(job->fences);
	free(job->failover_text);
	free(job);
}
