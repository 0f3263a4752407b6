/*
 * SPDX-License-Identifier: Apache-2.0
 * Rows of csMoveTable: made, shown, kept as history, forgotten; their events and
 * alarms. See moves_impl.h.
 *
 * A row is open as long as a case carries it out. Ended rows stand in the order in
 * which they ended; the oldest go when there are more than moves.history, dry runs when
 * there are more than a few that nobody waits for any more, and their
 * pairs of owner and index are remembered for moves.used_memory, so that a repeated SET
 * is never a second move (I5).
 */
#include "move/moves_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define DRY_RUNS      10 /* ended ones that stay; more of them while they are young */
#define DRY_RUN_YOUNG 300000 /* ms */
#define SWEEP_MAX     60000 /* ms between two looks through the used pairs, at most */

char *
row_key(const char *owner, uint32_t index)
{
	return xasprintf("%010u/%s", index, owner);
}

struct mv_row *
row_by_key(const struct moves *v, const char *key)
{
	struct mv_row *r;

	HASH_FIND_STR(v->rows, key, r);
	return r;
}

struct mv_row *
row_find(const struct moves *v, const char *owner, uint32_t index)
{
	char *key = row_key(owner == NULL ? SET_OWNER : owner, index);
	struct mv_row *r = row_by_key(v, key);

	free(key);
	return r;
}

/* --- indexes ------------------------------------------------------------------------
 */

static bool
index_free(const struct moves *v, uint32_t index)
{
	const struct mv_row *r;
	const struct mv_used *u;

	for (r = v->rows; r != NULL; r = r->hh.next)
		if (r->index == index)
			return false;
	for (u = v->used; u != NULL; u = u->hh.next)
		if (strtoul(u->key, NULL, 10) == index)
			return false;
	return true;
}

/* Greater than all so far; after the greatest possible one, the least that is free. */
void
index_taken(struct moves *v, uint32_t index)
{
	if (index < v->index_next)
		return;
	if (index < INDEX_MAX) {
		v->index_next = index + 1;
		return;
	}
	v->index_next = 1;
	while (!index_free(v, v->index_next))
		v->index_next++;
}

uint32_t
moves_index_next(const struct moves *v)
{
	return v->index_next;
}

/* --- life ---------------------------------------------------------------------------
 */

struct mv_row *
row_new(struct moves *v, const char *owner, uint32_t index, const char *vm)
{
	struct mv_row *r = xcalloc(1, sizeof(*r));

	if (owner == NULL)
		owner = SET_OWNER;
	r->owner = xstrdup(owner);
	r->index = index != 0 ? index : v->index_next;
	r->key = row_key(owner, r->index);
	r->name = xasprintf("%s/%u", owner, r->index);
	r->vm = xstrdup(vm);
	r->seq = v->row_seq++;
	r->mode = MOVE_PLANNED;
	r->state = MOVE_WAITING;
	r->step = STEP_NONE;
	HASH_ADD_KEYPTR(hh, v->rows, r->key, strlen(r->key), r);
	index_taken(v, r->index);
	return r;
}

void
row_free(struct mv_row *r)
{
	free(r->key);
	free(r->name);
	free(r->owner);
	free(r->vm);
	free(r->reason);
	free(r->source);
	free(r->source_node);
	free(r->target);
	free(r->target_node);
	free(r->error);
	free(r);
}

int64_t
row_downtime(const struct mv_row *r, msec_t now)
{
	return r->downtime + (r->down != 0 && now > r->down ? now - r->down : 0);
}

void
row_put(struct moves *v, struct mv_row *r, const struct model_now *now)
{
	const int64_t down = row_downtime(r, now->ms);
	const struct move_row row = {
		.vm = r->vm_index,
		.target_cluster = r->target_index == 0 ? ROW_NONE : r->target_index,
		.target_node = r->target_node_index,
		.mode = r->mode,
		.reason = r->reason == NULL ? "" : r->reason,
		.source_cluster = r->source_index,
		.source_node = r->source_node_index,
		.vm_name = r->vm,
		.source_name = r->source == NULL ? "" : r->source,
		.source_node_name = r->source_node == NULL ? "" : r->source_node,
		.target_name = r->target == NULL ? "" : r->target,
		.target_node_name = r->target_node == NULL ? "" : r->target_node,
		.state = r->state,
		.step = r->step,
		.progress = r->progress,
		.started_wall = r->started,
		.finished_wall = r->finished,
		.downtime = (down + 500) / 1000,
		.downtime_ms = down,
		.epoch = r->epoch,
		.error = r->error == NULL ? "" : r->error,
		.force = r->force ? 1 : 2,
	};

	model_move_put(v->m, r->owner, r->index, &row);
}

/* Where a move leaves its VM: it is over when somebody takes the VM from there. */
bool
row_leaves(const struct moves *v, uint32_t vm, uint32_t *at, uint32_t *epoch)
{
	struct vm_sight sight;
	struct vm_info i;
	int site;

	*at = *epoch = 0;
	if (!model_vm_info(v->m, vm, &i) || !model_vm_sight(v->m, vm, -1, 0, &sight))
		return false;
	site = i.place >= 0 ? i.place : i.last;
	if (site >= 0 && (size_t)site < i.nsites)
		*at = i.site[site].cluster_index;
	*epoch = sight.epoch;
	return true;
}

void
row_remember(struct moves *v, struct mv_row *r)
{
	TAILQ_INSERT_TAIL(&v->ended, r, link);
	v->nended++;
	if (r->mode != MOVE_DRY_RUN)
		return;
	TAILQ_INSERT_TAIL(&v->dry, r, dry);
	v->ndry++;
}

void
row_ended(struct moves *v, struct mv_row *r, const struct model_now *now)
{
	if (r->down != 0) {
		r->downtime = row_downtime(r, now->ms);
		r->down = 0;
		r->down_wall = 0;
	}
	r->finished = now->wall;
	r->ended = now->ms;
	row_leaves(v, r->vm_index, &r->left_at, &r->left_epoch);
	r->progress = 100;
	r->step = STEP_NONE;
	r->kase = NULL;
	row_remember(v, r);
	row_put(v, r, now);
	journal_row(v, r);
}

void
row_drop(struct moves *v, struct mv_row *r)
{
	HASH_DEL(v->rows, r);
	model_move_drop(v->m, r->owner, r->index);
	journal_drop(v, "move", r->key);
	row_free(r);
}

void
row_forget(struct moves *v, struct mv_row *r, const struct model_now *now)
{
	unsigned bit;

	for (bit = 1; bit <= MV_ALARM_STOP; bit <<= 1)
		row_alarm(v, r, (enum mv_alarm_bit)bit, SEV_INFO, NULL, now);
	TAILQ_REMOVE(&v->ended, r, link);
	v->nended--;
	if (r->mode == MOVE_DRY_RUN) {
		TAILQ_REMOVE(&v->dry, r, dry);
		v->ndry--;
	}
	used_add(v, r->key, now->wall, now->ms);
	row_drop(v, r);
}

void
row_trim(struct moves *v, const struct model_now *now)
{
	while (v->ndry > DRY_RUNS &&
	    now->ms - TAILQ_FIRST(&v->dry)->ended >= DRY_RUN_YOUNG)
		row_forget(v, TAILQ_FIRST(&v->dry), now);
	while (v->nended > v->settings->moves.history)
		row_forget(v, TAILQ_FIRST(&v->ended), now);
}

/* --- used pairs ---------------------------------------------------------------------
 */

void
used_add(struct moves *v, const char *key, time_t wall, msec_t since)
{
	struct mv_used *u;

	HASH_FIND_STR(v->used, key, u);
	if (u == NULL) {
		u = xcalloc(1, sizeof(*u));
		u->key = xstrdup(key);
		HASH_ADD_KEYPTR(hh, v->used, u->key, strlen(u->key), u);
		index_taken(v, (uint32_t)strtoul(key, NULL, 10));
	}
	u->wall = wall;
	u->since = since;
	if (v->started)
		journal_used(v, u);
}

void
used_sweep(struct moves *v, const struct model_now *now)
{
	const msec_t often = v->settings->moves.used_memory / 10;
	struct mv_used *u, *next;

	if (v->swept != 0 &&
	    now->ms - v->swept < (often < SWEEP_MAX ? often : SWEEP_MAX))
		return;
	v->swept = now->ms;
	HASH_ITER (hh, v->used, u, next) {
		if (now->ms - u->since < v->settings->moves.used_memory)
			continue;
		HASH_DEL(v->used, u);
		journal_drop(v, "used", u->key);
		free(u->key);
		free(u);
	}
}

/* --- events and alarms --------------------------------------------------------------
 */

void
row_event(struct moves *v, const struct mv_row *r, enum event_type type,
    enum cs_severity severity, const char *text, const struct model_now *now)
{
	struct event_note e = {
		.type = type,
		.severity = severity,
		.object = OBJECT_MOVE,
		.object_name = r->name,
		.cluster_name = r->target != NULL ? r->target : r->source,
		.vm_name = r->vm,
		.text = text,
		.old_cluster = r->source,
		.old_node = r->source_node,
		.table = TABLE_MOVE,
		.row = model_move_row(v->m, r->owner, r->index),
	};

	model_note(v->m, &e, now);
}

void
row_alarm(struct moves *v, struct mv_row *r, enum mv_alarm_bit bit,
    enum cs_severity severity, const char *text, const struct model_now *now)
{
	const enum alarm_type type = bit == MV_ALARM_DOUBT ? ALARM_MOVE_IN_DOUBT
	    : bit == MV_ALARM_FAILED                       ? ALARM_MOVE_FAILED
	                                                   : ALARM_STOP_FAILED;

	if (text == NULL && (r->alarms & bit) == 0)
		return;
	if (text == NULL)
		r->alarms &= ~(unsigned)bit;
	else
		r->alarms |= bit;
	model_alarm(v->m, type, severity, OBJECT_MOVE, r->name, text, now);
}

void
row_relieve(struct moves *v, const char *vm, const struct mv_row *but,
    const struct model_now *now)
{
	struct mv_row *r;

	TAILQ_FOREACH (r, &v->ended, link) {
		if (r == but || r->alarms == 0 || strcmp(r->vm, vm) != 0)
			continue;
		row_alarm(v, r, MV_ALARM_FAILED, SEV_INFO, NULL, now);
		row_alarm(v, r, MV_ALARM_STOP, SEV_INFO, NULL, now);
		journal_row(v, r);
	}
}
