/*
 * SPDX-License-Identifier: Apache-2.0
 * The manager of moves: its life, and what happens to it: rounds, time, answers,
 * durability. See moves.h and moves_impl.h.
 *
 * A round of a cluster steps the cases that have a site there, time those that wait for
 * something; nothing here looks at every VM of the set.
 */
#include "move/moves_impl.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

#define SAID_MAX 200 /* octets of an answer's message in a row's error */

/* --- cases --------------------------------------------------------------------------
 */

struct mv_case *
case_find(const struct moves *v, const char *vm)
{
	struct mv_case *k;

	HASH_FIND_STR(v->cases, vm, k);
	return k;
}

struct mv_case *
case_new(struct moves *v, const char *vm, size_t nsites)
{
	struct mv_case *k = xcalloc(1, sizeof(*k));

	k->vm = xstrdup(vm);
	k->id = ++v->case_seq;
	move_init(&k->c, nsites);
	k->site = xcalloc(nsites, sizeof(*k->site));
	k->reviewed = true;
	HASH_ADD_KEYPTR(hh, v->cases, k->vm, strlen(k->vm), k);
	return k;
}

struct mv_case *
case_get(struct moves *v, const struct vm_info *info)
{
	struct mv_case *k = case_find(v, info->name);
	size_t i;

	if (k != NULL || info->too_many)
		return k;
	k = case_new(v, info->name, info->nsites);
	k->loaded = true;
	k->vm_index = info->index;
	for (i = 0; i < info->nsites; i++) {
		k->site[i].cluster = xstrdup(info->site[i].cluster_name);
		k->site[i].group = xstrdup(info->site[i].group);
		k->site[i].index = info->site[i].cluster_index;
		k->site[i].slot = info->site[i].cluster;
		slot_add(v, k->site[i].slot, k);
	}
	return k;
}

int
case_site(const struct mv_case *k, const char *cluster)
{
	size_t i;

	for (i = 0; i < k->c.nsites; i++)
		if (k->site[i].cluster != NULL &&
		    strcmp(k->site[i].cluster, cluster) == 0)
			return (int)i;
	return -1;
}

bool
case_owed(const struct mv_case *k)
{
	size_t i;

	for (i = 0; i < k->c.nsites; i++)
		if (k->site[i].nmonitors > 0)
			return true;
	return k->row != NULL || !move_clean(&k->c) || monitor_busy(k);
}

static void
case_free(struct mv_case *k)
{
	size_t i;

	for (i = 0; i < k->c.nsites; i++) {
		monitor_clear(&k->site[i]);
		free(k->site[i].cluster);
		free(k->site[i].group);
	}
	free(k->site);
	free(k->vm);
	free(k->move_key);
	free(k->said);
	free(k->cause);
	free(k->busy_text);
	free(k);
}

void
case_drop(struct moves *v, struct mv_case *k)
{
	size_t i;

	drive_wants(v, k, 0, 0);
	queue_remove(v, k);
	if (k->lives)
		TAILQ_REMOVE(&v->live, k, live);
	if (k->waits)
		TAILQ_REMOVE(&v->waiting, k, wait);
	for (i = 0; i < k->c.nsites; i++)
		slot_remove(v, k->site[i].slot, k);
	HASH_DEL(v->cases, k);
	journal_drop(v, "case", k->vm);
	case_free(k);
}

bool
moves_blocked(const struct moves *v)
{
	return v->store_failed || v->restored != NULL;
}

/* --- clusters' lists ----------------------------------------------------------------
 */

void
slot_add(struct moves *v, size_t slot, struct mv_case *k)
{
	struct mv_slot *s;

	if (slot >= v->nslots)
		return;
	s = &v->slots[slot];
	if (s->ncases == s->room) {
		s->room = s->room * 2 + 8;
		s->cases = xreallocarray(s->cases, s->room, sizeof(struct mv_case *));
	}
	s->cases[s->ncases++] = k;
}

void
slot_remove(struct moves *v, size_t slot, struct mv_case *k)
{
	struct mv_slot *s;
	size_t i;

	if (slot >= v->nslots)
		return;
	s = &v->slots[slot];
	for (i = 0; i < s->ncases; i++)
		if (s->cases[i] == k) {
			s->cases[i] = s->cases[--s->ncases];
			return;
		}
}

/* --- life ---------------------------------------------------------------------------
 */

struct moves *
moves_new(struct model *m, const struct moves_sink *sink)
{
	struct moves *v = xcalloc(1, sizeof(*v));

	v->m = m;
	v->sink = *sink;
	v->index_next = 1;
	TAILQ_INIT(&v->ended);
	TAILQ_INIT(&v->dry);
	TAILQ_INIT(&v->later);
	TAILQ_INIT(&v->live);
	TAILQ_INIT(&v->waiting);
	TAILQ_INIT(&v->queue);
	return v;
}

void
names_clear(struct mv_name **set)
{
	struct mv_name *n, *next;

	HASH_ITER (hh, *set, n, next) {
		HASH_DEL(*set, n);
		free(n->vm);
		free(n);
	}
}

void
moves_free(struct moves *v)
{
	struct mv_case *k, *knext;
	struct mv_row *r, *rnext;
	struct mv_used *u, *unext;
	struct mv_ticket *t, *tnext;
	size_t i;

	if (v == NULL)
		return;
	HASH_ITER (hh, v->cases, k, knext) {
		HASH_DEL(v->cases, k);
		case_free(k);
	}
	HASH_ITER (hh, v->rows, r, rnext) {
		HASH_DEL(v->rows, r);
		row_free(r);
	}
	HASH_ITER (hh, v->used, u, unext) {
		HASH_DEL(v->used, u);
		free(u->key);
		free(u);
	}
	HASH_ITER (hh, v->tickets, t, tnext)
		ticket_free(v, t);
	names_clear(&v->outside);
	names_clear(&v->conflicts);
	for (i = 0; i < v->nslots; i++)
		free(v->slots[i].cases);
	free(v->slots);
	free(v->node_load);
	free(v->restored);
	free(v);
}

/* --- what happens -------------------------------------------------------------------
 */

/* After everything: whose turn it is, what is too old, what others are told. */
void
moves_settle(struct moves *v, const struct model_now *now)
{
	if (!v->started)
		return;
	queue_run(v, now);
	row_trim(v, now);
	if (v->told_index != v->index_next || v->told_adopt != v->adopt ||
	    !v->told_scalars) {
		v->told_scalars = true;
		v->told_index = v->index_next;
		v->told_adopt = v->adopt;
		model_move_scalars(v->m, v->index_next, v->adopt);
	}
}

static void
look(struct moves *v, struct mv_case *k, const struct model_now *now)
{
	struct move_event ev = { .kind = MOVE_EV_LOOK, .site = MOVE_NOWHERE };

	if (!k->reviewed)
		case_review(v, k, now);
	monitor_look(v, k, now);
	monitor_result(k, &ev);
	drive(v, k, &ev, now);
}

void
moves_observed(struct moves *v, size_t cluster, const struct model_now *now)
{
	struct mv_case **all;
	size_t i, n;

	if (cluster >= v->nslots || !v->started)
		return;
	n = v->slots[cluster].ncases;
	if (n > 0) { /* a step may take its own case out of the list */
		all = xcalloc(n, sizeof(struct mv_case *));
		memcpy(all, v->slots[cluster].cases, n * sizeof(struct mv_case *));
		for (i = 0; i < n; i++)
			look(v, all[i], now);
		free(all);
	}
	accept_later(v, now);
	react_outside(v, now);
	moves_settle(v, now);
}

void
moves_tick(struct moves *v, const struct model_now *now)
{
	struct mv_case *k, *next;

	if (!v->started)
		return;
	v->wake = 0;
	for (k = TAILQ_FIRST(&v->live); k != NULL; k = next) {
		next = TAILQ_NEXT(k, live);
		if (k->row != NULL && k->row->down != 0)
			row_put(v, k->row, now); /* its down time grows */
		if (k->c.phase != PHASE_QUEUED || !k->reviewed)
			look(v, k, now);
	}
	accept_later(v, now);
	react_outside(v, now);
	react_conflicts(v, now);
	used_sweep(v, now);
	moves_settle(v, now);
}

msec_t
moves_wake(const struct moves *v)
{
	return v->wake;
}

static void
answer_group(struct moves *v, struct mv_case *k, int site, const struct mv_ticket *t,
    enum move_outcome outcome, const struct model_now *now)
{
	const struct move_event ev = {
		.kind = MOVE_EV_ANSWER, .site = site, .outcome = outcome
	};

	if (t->serial == k->site[site].serial) /* else: of an order before this one */
		drive(v, k, &ev, now);
}

static char *
said_words(const struct mv_ticket *t, enum move_outcome outcome, int64_t code,
    const char *message)
{
	char *vis, *text;

	if (outcome == ANSWER_ACCEPTED)
		return NULL;
	vis = text_vis(message, SAID_MAX);
	if (outcome == ANSWER_REFUSED && code != 0)
		text = xasprintf("cluster %s refused it: %s (code %" PRId64 ")",
		    t->cluster, vis, code);
	else
		text = xasprintf("cluster %s %s%s%s", t->cluster,
		    outcome == ANSWER_REFUSED        ? "refused it"
		        : outcome == ANSWER_NOT_SENT ? "could not be asked"
		                                     : "did not answer",
		    *vis == '\0' ? "" : ": ", vis);
	free(vis);
	return text;
}

void
moves_answer(struct moves *v, uint64_t ticket, enum move_outcome outcome, int64_t code,
    const char *message, const struct model_now *now)
{
	struct mv_ticket *t;
	struct mv_case *k;
	struct move_event ev;
	char *said;
	int site;

	HASH_FIND(hh, v->tickets, &ticket, sizeof(ticket), t);
	if (t == NULL)
		return;
	k = case_find(v, t->vm);
	site = k == NULL || k->id != t->case_id ? -1 : case_site(k, t->cluster);
	if (site >= 0) {
		said = said_words(t, outcome, code, message);
		log_info("move", "vm=%s cluster=%s %s", t->vm, t->cluster,
		    said == NULL ? "command accepted" : said);
		if (t->monitor != NULL) {
			monitor_answer(v, k, site, t, outcome, said, now);
			if (monitor_result(k, &ev))
				drive(v, k, &ev, now);
		} else {
			free(k->said);
			k->said = xstrdup(said);
			answer_group(v, k, site, t, outcome, now);
		}
		free(said);
	}
	ticket_free(v, t);
	moves_settle(v, now);
}

void
moves_named(struct moves *v, uint64_t ticket, const char *server)
{
	struct mv_ticket *t;
	struct mv_case *k;
	int site;

	HASH_FIND(hh, v->tickets, &ticket, sizeof(ticket), t);
	if (t == NULL || (k = case_find(v, t->vm)) == NULL || k->id != t->case_id ||
	    (site = case_site(k, t->cluster)) < 0)
		return;
	move_named(&k->c, site, model_node_find(v->m, k->site[site].index, server));
}

void
moves_durable(struct moves *v, uint64_t seq, const struct model_now *now)
{
	struct mv_case *k, *next;

	if (seq > v->durable)
		v->durable = seq;
	while ((k = TAILQ_FIRST(&v->waiting)) != NULL && k->saved <= v->durable) {
		TAILQ_REMOVE(&v->waiting, k, wait);
		k->waits = false;
		drive_kind(v, k, MOVE_EV_DURABLE, now);
	}
	for (k = TAILQ_FIRST(&v->live); k != NULL; k = next) {
		next = TAILQ_NEXT(k, live);
		if (monitor_busy(k))
			look(v, k, now);
	}
	moves_settle(v, now);
}

static void
look_at_all(struct moves *v, const struct model_now *now)
{
	struct mv_case *k, *next;

	for (k = TAILQ_FIRST(&v->live); k != NULL; k = next) {
		next = TAILQ_NEXT(k, live);
		look(v, k, now);
	}
	v->queue_dirty = true;
	moves_settle(v, now);
}

void
moves_store_failed(struct moves *v, bool failed, const struct model_now *now)
{
	if (v->store_failed == failed)
		return;
	v->store_failed = failed;
	look_at_all(v, now);
}

void
moves_tell_all(struct moves *v)
{
	const struct mv_row *r;
	const struct mv_used *u;
	struct mv_case *k;
	uint64_t seq;
	size_t i;

	for (r = v->rows; r != NULL; r = r->hh.next)
		journal_row(v, r);
	for (u = v->used; u != NULL; u = u->hh.next)
		journal_used(v, u);
	for (k = v->cases; k != NULL; k = k->hh.next)
		journal_case(v, k);
	seq = drive_sync(v);
	TAILQ_FOREACH (k, &v->waiting, wait)
		k->saved = seq;
	TAILQ_FOREACH (k, &v->live, live)
		for (i = 0; i < k->c.nsites; i++)
			if (k->site[i].mon_saved > v->durable)
				k->site[i].mon_saved = seq;
}

void
moves_intent_changed(struct moves *v, uint32_t vm, const struct model_now *now)
{
	struct vm_info info;
	struct mv_case *k;

	if (vm == 0) {
		look_at_all(v, now);
		return;
	}
	if (!model_vm_info(v->m, vm, &info) || (k = case_find(v, info.name)) == NULL)
		return;
	if (k->row != NULL)
		queue_resort(v, k);
	look(v, k, now);
	moves_settle(v, now);
}

bool
moves_wants_fast(const struct moves *v, size_t cluster)
{
	return cluster < v->nslots && v->slots[cluster].fast > 0;
}

bool
moves_wants_eager(const struct moves *v, size_t cluster)
{
	return cluster < v->nslots && v->slots[cluster].eager > 0;
}

uint32_t
moves_adopt_token(const struct moves *v)
{
	return v->adopt;
}

const char *
moves_restored(const struct moves *v)
{
	return v->restored;
}
