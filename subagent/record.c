/*
 * SPDX-License-Identifier: Apache-2.0
 * What the model tells, on its way to the store and, once durable, to the face.
 *
 * One batch a turn. A notification leaves when its event is in the file, so that
 * csNotifySequence is never told twice for two things. When the store fails, traps
 * leave from memory, SETs are refused (I12), and every few seconds the whole state is
 * offered again until it is in the file.
 */
#include "subagent/control_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/stats.h"
#include "set/event.h"
#include "subagent/persist.h"

#define RETRY_SECONDS 5
#define EVENTS_TRIM   256 /* the ring is trimmed in the file once per so many events */

struct kept_notice {
	STAILQ_ENTRY(kept_notice) next;
	struct notice n;
	char *object_name, *text, *old_cluster, *old_node;
};

struct submitted {
	struct control *control;
	struct kept_notices notices;
	uint32_t newest_event;
	uint64_t sync; /* what moves wait for, as far as it is in here or before */
	uint32_t number; /* of the batch: host.c */
	bool whole; /* the whole state, offered after a failure */
};

/* --- what the model tells ----------------------------------------------------------
 */

struct store_batch *
record_batch(struct control *c)
{
	if (c->batch == NULL)
		c->batch = store_batch_new();
	return c->batch;
}

static struct store_batch *
batch_of(void *arg)
{
	return record_batch(arg);
}

static void
on_index(void *arg, enum name_kind kind, const char *name, uint32_t index)
{
	persist_index(batch_of(arg), kind, name, index);
}

static void
on_identity(void *arg, const char *cluster, const char *ecx_name, const char *servers)
{
	persist_identity(batch_of(arg), cluster, ecx_name, servers);
}

static void
on_cluster(void *arg, const char *cluster, enum cs_cluster_admin admin)
{
	persist_cluster(batch_of(arg), cluster, admin);
}

static void
on_node(void *arg, const char *node, enum cs_cluster_admin admin)
{
	persist_node(batch_of(arg), node, admin);
}

static void
on_vm(void *arg, const char *vm, const struct vm_intent *i)
{
	persist_vm(batch_of(arg), vm, i);
}

static void
on_disk(void *arg, const char *disk, const struct disk_owner *o)
{
	persist_disk(batch_of(arg), disk, o);
}

static void
on_site(void *arg, const struct site_record *r)
{
	persist_site(batch_of(arg), r);
}

static void
on_serial(void *arg, int64_t serial)
{
	persist_serial(batch_of(arg), serial);
}

static void
on_stopped_outside(void *arg, const char *vm)
{
	const struct model_now now = control_now();
	struct control *c = arg;

	moves_stopped_outside(c->moves, vm, &now);
}

static void
on_alarm(void *arg, const struct alarm_note *a, bool standing)
{
	persist_alarm(batch_of(arg), a, standing);
}

static void
notice_keep(struct control *c, const struct event_note *e)
{
	struct kept_notice *k = xcalloc(1, sizeof(*k));

	k->object_name = xstrdup(e->object_name);
	k->text = xstrdup(e->text);
	k->old_cluster = xstrdup(e->old_cluster);
	k->old_node = xstrdup(e->old_node);
	k->n = (struct notice) {
		.sequence = e->number,
		.type = e->type,
		.severity = e->severity,
		.object_name = k->object_name,
		.text = k->text,
		.table = e->table,
		.row = e->row == NULL ? NULL : row_ref(e->row),
		.old_cluster = k->old_cluster,
		.old_node = k->old_node,
	};
	STAILQ_INSERT_TAIL(&c->notices, k, next);
}

static void
notice_free(struct kept_notice *k)
{
	free(k->object_name);
	free(k->text);
	free(k->old_cluster);
	free(k->old_node);
	free(k);
}

/* The MIB's names (ClusterSetEventType), which its notifications have, too. */
static const char *
type_word(enum event_type t)
{
	static const char *const told[] = { "", "clusterStateChange", "nodeStateChange",
		"vmStateChange", "vmPlacementChange", "moveStarted", "moveEnded",
		"diskOwnerChange", "diskConflict", "foreignController",
		"availSetViolation", "imbalance", "planReady", "replicationProblem",
		"hookFailed", "alarmRaised", "alarmCleared", "roleChange",
		"eventsSuppressed" };
	static const char *const kept[] = { "daemonStarted", "daemonStopped",
		"configurationLoaded", "settingChanged", "siteConfirmed",
		"siteReleased", "vmAdopted", "diskAdopted", "objectAdded",
		"objectRemoved", "moveStep", "moveRecovered", "stateAdopted",
		"policyDecision" };

	if (t <= EVENT_LAST_NOTIFICATION)
		return told[t];
	return t >= EVENT_DAEMON_STARTED && t <= EVENT_POLICY_DECISION
	    ? kept[t - EVENT_DAEMON_STARTED]
	    : "";
}

/* What an operator must not miss stands in a quiet log, too. */
static void
event_log(const struct event_note *e)
{
	static const struct {
		enum log_level level;
		const char *word;
	} as[] = {
		[SEV_INFO] = { LOGL_NOTICE, "info" },
		[SEV_WARNING] = { LOGL_WARN, "warning" },
		[SEV_CRITICAL] = { LOGL_ERR, "critical" },
	};

	log_line(as[e->severity].level, "event", "number=%u type=%s severity=%s %s",
	    e->number, type_word(e->type), as[e->severity].word, e->text);
}

/* Beginnings and ends of moves, for csStats; a dry run is none. */
static void
count_move(const struct event_note *e)
{
	static const struct {
		enum cs_move_state state;
		enum stat_id which;
	} ends[] = {
		{ MOVE_SUCCEEDED, STAT_MOVES_SUCCEEDED },
		{ MOVE_CANCELLED, STAT_MOVES_CANCELLED },
		{ MOVE_ROLLED_BACK, STAT_MOVES_ROLLED_BACK },
		{ MOVE_FAILED, STAT_MOVES_FAILED },
		{ MOVE_IN_DOUBT, STAT_MOVES_IN_DOUBT },
	};
	const struct move_row *row = e->row;
	size_t i;

	if (e->type == EVENT_MOVE_STARTED)
		stat_add(STAT_MOVES_STARTED, 1);
	if (e->type != EVENT_MOVE_ENDED || e->table != TABLE_MOVE || row == NULL ||
	    row->mode == MOVE_DRY_RUN)
		return;
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (row->state == ends[i].state)
			stat_add(ends[i].which, 1);
}

static void
on_event(void *arg, const struct event_note *e)
{
	struct control *c = arg;
	unsigned most = c->settings->history.events;

	event_log(e);
	count_move(e);
	persist_event(batch_of(c), e);
	if (e->number % EVENTS_TRIM == 0 && e->number > most)
		persist_events_before(batch_of(c), e->number - most);
	c->newest_event = e->number;
	if (e->type <= EVENT_LAST_NOTIFICATION)
		notice_keep(c, e);
}

static void
on_reload(void *arg)
{
	struct control *c = arg;

	log_notice("control", "csSetReload: reloading %s", c->settings->file);
	control_reload(c);
}

const struct model_sink *
record_sink(struct control *c)
{
	static struct model_sink sink = {
		.event = on_event,
		.alarm = on_alarm,
		.index = on_index,
		.identity = on_identity,
		.cluster_intent = on_cluster,
		.node_intent = on_node,
		.vm_intent = on_vm,
		.disk_owner = on_disk,
		.site = on_site,
		.serial = on_serial,
		.stopped_outside = on_stopped_outside,
		.reload = on_reload,
	};

	sink.arg = c;
	return &sink;
}

/* --- to the store and back ---------------------------------------------------------
 */

/* Numbers that are about to be told are marked first: no crash makes them tell again of
 * something else. */
void
record_mark(struct control *c)
{
	uint32_t marks[STORE_MARKS] = { 0 };
	struct model_marks now;

	_Static_assert(MARK_COUNT <= STORE_MARKS, "the marks have their places");

	model_marks(c->model, &now);
	marks[MARK_EVENT] = now.event;
	memcpy(marks + MARK_INDEX, now.index, sizeof(now.index));
	marks[MARK_BATCH] = c->host.durable;
	marks[MARK_EPOCH] =
	    now.epoch > c->host.epochs ? (uint32_t)now.epoch : c->host.epochs;
	if (c->store == NULL || memcmp(marks, c->marks, sizeof(marks)) == 0)
		return;
	memcpy(c->marks, marks, sizeof(marks));
	store_mark(c->store, marks);
}

/* Takes over what the last run marked; says what of it was lost. The caller frees. */
char *
record_restore_marks(struct control *c)
{
	struct model_marks then = { 0 };
	uint32_t newest = model_newest_event(c->model);

	store_marks(c->store, c->marks);
	then.event = c->marks[MARK_EVENT];
	memcpy(then.index, c->marks + MARK_INDEX, sizeof(then.index));
	model_restore_marks(c->model, &then);
	if (newest == 0 || then.event <= newest)
		return NULL;
	return xasprintf(
	    "the events %u to %u of the last run were told but could not be "
	    "kept",
	    newest + 1, then.event);
}

/* Notices leave in order; whoever was told keeps no copy. */
static void
notices_send(struct control *c, struct kept_notices *notices)
{
	struct kept_notice *k;

	record_mark(c);
	while ((k = STAILQ_FIRST(notices)) != NULL) {
		STAILQ_REMOVE_HEAD(notices, next);
		if (c->face != NULL)
			face_notify(c->face, &k->n); /* takes over the row */
		else
			row_unref(k->n.row);
		notice_free(k);
	}
}

static void
store_alarm(struct control *c, const char *error)
{
	const struct model_now now = control_now();
	char *text = NULL;

	if (error != NULL)
		cause_set(&text,
		    "the state file in %s cannot be written: %s: SETs are refused "
		    "until it can",
		    c->settings->state_dir, error);
	model_alarm(c->model, ALARM_STORE_FAILED, SEV_CRITICAL, OBJECT_SET,
	    CONTROL_NAME, text, &now);
	free(text);
	control_changed(c);
}

void
record_failed(struct control *c, const char *error)
{
	const struct timeval later = { RETRY_SECONDS, 0 };

	log_err("store", "dir=%s not written: %s", c->settings->state_dir, error);
	c->store_failed = true;
	if (!c->stopping) {
		event_add(c->store_retry, &later);
		moving_store_failed(c, true);
		store_alarm(c, error);
	}
}

/* A batch is in the file; while others are missing there, that says little. */
static void
written(struct control *c, const struct submitted *s)
{
	host_durable(c, s->number);
	if (c->store_failed && !s->whole)
		return;
	if (s->newest_event > c->durable_event)
		c->durable_event = s->newest_event;
	if (s->whole) {
		c->store_failed = false;
		log_notice("store", "dir=%s written again", c->settings->state_dir);
		store_alarm(c, NULL);
		if (!c->stopping)
			moving_store_failed(c, false);
	}
	if (!c->stopping)
		moving_durable(c, s->sync);
}

static void
on_done(void *arg, const char *error)
{
	struct submitted *s = arg;
	struct control *c = s->control;

	if (error != NULL)
		record_failed(c, error);
	else
		written(c, s);
	/* who is told by a notification and asks at once must read the same */
	if (!c->stopping && !STAILQ_EMPTY(&s->notices) &&
	    event_pending(c->publish, EV_TIMEOUT, NULL))
		control_publish_now(c);
	notices_send(c, &s->notices);
	free(s);
}

static void
submit(struct control *c, bool whole)
{
	struct submitted *s = xcalloc(1, sizeof(*s));

	s->control = c;
	s->newest_event = c->newest_event;
	s->sync = c->sync_wanted;
	s->number = host_number(c, c->batch);
	s->whole = whole;
	STAILQ_INIT(&s->notices);
	STAILQ_CONCAT(&s->notices, &c->notices);
	store_submit(c->store, c->batch, on_done, s);
	c->batch = NULL;
}

void
record_flush(struct control *c)
{
	if (c->batch != NULL && c->store != NULL && !c->closed)
		submit(c, false);
}

static void
on_flush(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	record_flush(arg);
}

/* The events that the file lacks, from the table that still has them. */
static void
tell_events(struct control *c)
{
	const struct model_now now = control_now();
	struct table_view *view =
	    table_view(model_tables(c->model, &now, NULL)[TABLE_EVENT]);
	const struct event_row *row;
	uint32_t key = c->durable_event;

	while ((row = table_view_next(view, &key, 1, false)) != NULL) {
		const struct event_note e = {
			.number = row->head.key[0],
			.wall = row->wall,
			.type = (enum event_type)row->type,
			.severity = (enum cs_severity)row->severity,
			.object = (enum cs_object)row->object,
			.object_name = row->object_name,
			.cluster_name = row->cluster_name,
			.vm_name = row->vm_name,
			.text = row->text,
		};

		key = row->head.key[0];
		persist_event(batch_of(c), &e);
	}
	table_view_unref(view);
}

static void
on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct control *c = arg;

	(void)fd;
	(void)what;
	persist_alarms_none(batch_of(c));
	intent_tell_all(c, batch_of(c));
	host_tell_all(c, batch_of(c));
	model_tell_all(c->model);
	moving_tell_all(c);
	policies_tell_all(c);
	tell_events(c);
	submit(c, true);
}

void
record_init(struct control *c)
{
	STAILQ_INIT(&c->notices);
	c->flush = event_new(c->base, -1, 0, on_flush, c);
	event_priority_set(c->flush, 0);
	c->store_retry = event_new(c->base, -1, 0, on_retry, c);
}

void
record_free(struct control *c)
{
	struct kept_notice *k;

	while ((k = STAILQ_FIRST(&c->notices)) != NULL) {
		STAILQ_REMOVE_HEAD(&c->notices, next);
		row_unref(k->n.row);
		notice_free(k);
	}
	store_batch_free(c->batch);
	if (c->flush != NULL)
		event_free(c->flush);
	if (c->store_retry != NULL)
		event_free(c->store_retry);
}
