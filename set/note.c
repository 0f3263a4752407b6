/*
 * SPDX-License-Identifier: Apache-2.0
 * Events and alarms: the numbered past, and what is wrong right now.
 */
#include "set/model_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/stats.h"

#define EVENTS_WITHOUT_SETTINGS 10000

/* --- events -------------------------------------------------------------------- */

static void
event_put_row(struct model *m, const struct event_note *e)
{
	const struct event_row row = {
		.wall = e->wall,
		.type = e->type,
		.severity = e->severity,
		.object = e->object,
		.object_name = e->object_name,
		.cluster_name = e->cluster_name,
		.vm_name = e->vm_name,
		.text = e->text,
	};

	table_put(m->tables[TABLE_EVENT], &e->number, 1, &row);
}

void
note_trim(struct model *m)
{
	unsigned most =
	    m->settings == NULL ? EVENTS_WITHOUT_SETTINGS : m->settings->history.events;

	if (m->next_event <= m->last_alarm) /* an alarm outlived its event */
		m->next_event = m->last_alarm + 1;
	if (table_count(m->tables[TABLE_EVENT]) == 0)
		m->oldest_event = m->next_event;
	while (m->next_event - m->oldest_event > most) {
		table_drop(m->tables[TABLE_EVENT], &m->oldest_event, 1);
		m->oldest_event++;
		m->events_dropped++;
	}
}

/* Gives the event its number and time and tells everybody. */
void
note_event(struct model *m, struct event_note *e, const struct model_now *now)
{
	if (e->object == OBJECT_CLUSTER && e->cluster_name == NULL)
		e->cluster_name = e->object_name;
	if (e->object == OBJECT_VM && e->vm_name == NULL)
		e->vm_name = e->object_name;
	e->number = m->next_event++;
	e->wall = now->wall;
	event_put_row(m, e);
	note_trim(m);
	m->last_change = now->wall;
	stat_add(STAT_EVENTS, 1);
	if (m->sink.event != NULL)
		m->sink.event(m->sink.arg, e);
}

void
model_event(struct model *m, enum event_type type, enum cs_severity severity,
    enum cs_object object, const char *object_name, const char *text,
    const struct model_now *now)
{
	struct event_note e = {
		.type = type,
		.severity = severity,
		.object = object,
		.object_name = object_name,
		.text = text,
	};

	note_event(m, &e, now);
}

void
model_restore_event(struct model *m, const struct event_note *e)
{
	if (e->number < m->next_event)
		return;
	if (table_count(m->tables[TABLE_EVENT]) == 0)
		m->oldest_event = e->number;
	event_put_row(m, e);
	m->next_event = e->number + 1;
}

uint32_t
model_newest_event(const struct model *m)
{
	return m->next_event - 1;
}

/* --- alarms -------------------------------------------------------------------- */

#define KEY_SIZE 320 /* of most keys; longer ones are made on the heap */

/* type/object/name: into `buf`, or a new string when it does not fit. */
static char *
alarm_key(
    char buf[KEY_SIZE], enum alarm_type type, enum cs_object object, const char *name)
{
	int n = snprintf(buf, KEY_SIZE, "%d/%d/%s", (int)type, (int)object, name);

	return n >= 0 && n < KEY_SIZE
	    ? buf
	    : xasprintf("%d/%d/%s", (int)type, (int)object, name);
}

static struct m_alarm *
alarm_find(const struct model *m, enum alarm_type type, enum cs_object object,
    const char *name)
{
	char buf[KEY_SIZE], *key;
	struct m_alarm *a;

	if (m->alarms == NULL)
		return NULL;
	key = alarm_key(buf, type, object, name);
	HASH_FIND_STR(m->alarms, key, a);
	if (key != buf)
		free(key);
	return a;
}

const char *
note_standing(const struct model *m, enum alarm_type type, enum cs_object object,
    const char *name, enum cs_severity least)
{
	const struct m_alarm *a = alarm_find(m, type, object, name);

	return a == NULL || a->severity < least ? NULL : a->text;
}

static void
alarm_tell(struct model *m, const struct m_alarm *a, bool standing)
{
	const struct alarm_note n = { a->index, a->type, a->severity, a->since, a->last,
		a->object, a->object_name, a->text, a->acknowledged,
		a->acknowledged_wall };

	if (m->sink.alarm != NULL)
		m->sink.alarm(m->sink.arg, &n, standing);
}

void
note_tell_alarms(struct model *m)
{
	const struct m_alarm *a;

	for (a = m->alarms; a != NULL; a = a->hh.next)
		alarm_tell(m, a, true);
}

void
note_alarm_row(struct model *m, const struct m_alarm *a)
{
	const struct alarm_row row = {
		.type = a->type,
		.severity = a->severity,
		.since_wall = a->since,
		.last_wall = a->last,
		.object = a->object,
		.object_name = a->object_name,
		.text = a->text,
		.acknowledged = a->acknowledged ? 1 : 2,
		.acknowledged_wall = a->acknowledged_wall,
	};

	m->health_dirty = true;
	if (a->index > m->last_alarm)
		m->last_alarm = a->index;
	table_put(m->tables[TABLE_ALARM], &a->index, 1, &row);
	alarm_tell(m, a, true);
}

static void
alarm_event(struct model *m, const struct m_alarm *a, enum event_type type,
    const struct model_now *now)
{
	const void *row = table_get(m->tables[TABLE_ALARM], &a->index, 1);
	const bool over = type == EVENT_ALARM_CLEARED;
	/* its own words, or an "all clear" would tell to stop the last copy */
	char *text = xasprintf("%s%s", over ? "over: " : "", a->text);
	struct event_note e = {
		.type = type,
		.severity = over ? SEV_INFO : a->severity,
		.object = a->object,
		.object_name = a->object_name,
		.text = text,
		.table = TABLE_ALARM,
		.row = row,
	};

	note_event(m, &e, now);
	free(text);
}

static void
alarm_free(struct model *m, struct m_alarm *a)
{
	HASH_DEL(m->alarms, a);
	free(a->key);
	free(a->object_name);
	free(a->text);
	free(a);
}

static void
alarm_clear(struct model *m, struct m_alarm *a, const struct model_now *now)
{
	alarm_event(
	    m, a, EVENT_ALARM_CLEARED, now); /* the row is still there to show */
	alarm_tell(m, a, false);
	table_drop(m->tables[TABLE_ALARM], &a->index, 1);
	m->health_dirty = true;
	alarm_free(m, a);
}

static struct m_alarm *
alarm_new(
    struct model *m, enum alarm_type type, enum cs_object object, const char *name)
{
	struct m_alarm *a = xcalloc(1, sizeof(*a));

	a->key = xasprintf("%d/%d/%s", (int)type, (int)object, name);
	a->type = type;
	a->object = object;
	a->object_name = xstrdup(name);
	HASH_ADD_KEYPTR(hh, m->alarms, a->key, strlen(a->key), a);
	return a;
}

/* Is this a cluster in maintenance, or a server of one, or a server in it itself? */
static bool
in_maintenance(const struct model *m, enum cs_object object, const char *name)
{
	const char *slash = object == OBJECT_NODE ? strrchr(name, '/') : NULL;
	const struct m_cluster *c;
	const struct m_node *n;
	char *cluster;

	if (object != OBJECT_CLUSTER && slash == NULL)
		return false;
	cluster =
	    slash == NULL ? xstrdup(name) : xstrndup(name, (size_t)(slash - name));
	c = model_cluster_named(m, cluster);
	n = c == NULL || slash == NULL ? NULL : cluster_node(c, slash + 1);
	free(cluster);
	return (c != NULL && c->kept->admin == CLUSTER_MAINTENANCE) ||
	    (n != NULL && n->kept->admin == CLUSTER_MAINTENANCE);
}

void
note_alarm(struct model *m, enum alarm_type type, enum cs_severity severity,
    enum cs_object object, const char *name, const char *text,
    const struct model_now *now)
{
	struct m_alarm *a = alarm_find(m, type, object, name);
	const enum cs_severity full = severity;
	bool worse;

	if (text == NULL) {
		if (a != NULL)
			alarm_clear(m, a, now);
		return;
	}
	if (in_maintenance(m, object, name))
		severity = SEV_INFO;
	if (a != NULL)
		a->full = full;
	if (a != NULL && a->severity == severity && strcmp(a->text, text) == 0)
		return;
	worse = a == NULL || severity > a->severity;
	if (a == NULL) {
		a = alarm_new(m, type, object, name);
		/* the number of its event: never given again */
		a->index = m->next_event;
		a->since = now->wall;
	} else if (worse) {
		a->acknowledged = false; /* of something that was not as bad */
		a->acknowledged_wall = 0;
	}
	a->severity = severity;
	a->full = full;
	a->last = now->wall;
	free(a->text);
	a->text = xstrdup(text);
	note_alarm_row(m, a);
	if (worse)
		alarm_event(m, a, EVENT_ALARM_RAISED, now);
}

void
note_alarm_again(struct model *m, enum alarm_type type, enum cs_severity severity,
    enum cs_object object, const char *name, const char *text,
    const struct model_now *now)
{
	struct m_alarm *a = alarm_find(m, type, object, name);

	if (a != NULL && a->acknowledged) {
		a->acknowledged = false;
		a->acknowledged_wall = 0;
		note_alarm_row(m, a);
	}
	note_alarm(m, type, severity, object, name, text, now);
}

bool
note_acknowledged(const struct model *m, enum alarm_type type, enum cs_object object,
    const char *name)
{
	const struct m_alarm *a = alarm_find(m, type, object, name);

	return a != NULL && a->acknowledged;
}

void
note_alarm_if_known(struct model *m, bool known, enum alarm_type type,
    enum cs_severity severity, enum cs_object object, const char *name,
    const char *text, const struct model_now *now)
{
	if (text != NULL || known)
		note_alarm(m, type, severity, object, name, text, now);
}

void
model_alarm(struct model *m, enum alarm_type type, enum cs_severity severity,
    enum cs_object object, const char *object_name, const char *text,
    const struct model_now *now)
{
	note_alarm(m, type, severity, object, object_name, text, now);
}

void
note_alarms_weigh(struct model *m, const struct model_now *now)
{
	const struct m_alarm *a;
	char *text;

	for (a = m->alarms; a != NULL; a = a->hh.next)
		if (a->object == OBJECT_CLUSTER || a->object == OBJECT_NODE) {
			text = xstrdup(a->text);
			note_alarm(
			    m, a->type, a->full, a->object, a->object_name, text, now);
			free(text);
		}
}

void
note_alarms_sweep(struct model *m, enum cs_object object,
    bool (*there)(struct model *, const char *name), const struct model_now *now)
{
	struct m_alarm *a, *tmp;

	HASH_ITER (hh, m->alarms, a, tmp)
		if (a->object == object && !there(m, a->object_name))
			alarm_clear(m, a, now);
}

void
model_restore_alarm(struct model *m, const struct alarm_note *n)
{
	struct m_alarm *a;

	if (alarm_find(m, n->type, n->object, n->object_name) != NULL)
		return;
	a = alarm_new(m, n->type, n->object, n->object_name);
	if (n->type == ALARM_CLOCK_GAP)
		m->gap = true; /* to be cleared as if it had been ours */
	a->index = n->index;
	a->severity = a->full = n->severity;
	a->since = n->since;
	a->last = n->last;
	a->text = xstrdup(n->text);
	a->acknowledged = n->acknowledged;
	a->acknowledged_wall = n->acknowledged_wall;
	note_alarm_row(m, a);
}

void
note_free(struct model *m)
{
	struct m_alarm *a, *tmp;

	HASH_ITER (hh, m->alarms, a, tmp)
		alarm_free(m, a);
	free(m->health_reason);
}

/* --- health -------------------------------------------------------------------- */

static enum cs_health
judge_health(const struct model *m, char **reason)
{
	const struct m_alarm *a, *worst = NULL;
	unsigned n = 0;
	size_t i;

	for (a = m->alarms; a != NULL; a = a->hh.next) {
		if (a->severity == SEV_INFO)
			continue;
		n++;
		if (worst == NULL || a->severity > worst->severity)
			worst = a;
	}
	if (worst != NULL) {
		if (n > 1)
			cause_set(reason, "%s (and %u more)", worst->text, n - 1);
		else
			cause_set(reason, "%s", worst->text);
		return worst->severity == SEV_CRITICAL ? HEALTH_CRITICAL
		                                       : HEALTH_WARNING;
	}
	for (i = 0; i < m->nclusters; i++)
		if (!m->clusters[i]->tried &&
		    m->clusters[i]->kept->admin != CLUSTER_IGNORED) {
			cause_set(reason, "cluster %s: no poll round has ended yet",
			    m->clusters[i]->cfg->name);
			return HEALTH_UNKNOWN;
		}
	cause_set(reason, "%s", m->nclusters == 0 ? "no cluster is configured" : "");
	return m->nclusters == 0 ? HEALTH_UNKNOWN : HEALTH_OK;
}

void
note_health(struct model *m)
{
	if (!m->health_dirty && m->health_reason != NULL)
		return;
	m->health_dirty = false;
	m->health = judge_health(m, &m->health_reason);
}
