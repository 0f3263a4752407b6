/*
 * SPDX-License-Identifier: Apache-2.0
 * A cluster set in a few lines of text: the driven model. See model_fixture.h.
 */
#include "tests/unit/model_fixture.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "base/mem.h"

#define WALL 1763800000

/* --- a store that never fails ------------------------------------------------------
 */

enum record_type {
	REC_INDEX,
	REC_IDENTITY,
	REC_CLUSTER,
	REC_NODE,
	REC_VM,
	REC_DISK,
	REC_SITE,
	REC_EVENT,
	REC_ALARM
};

struct record {
	char *key;
	enum record_type type;
	int64_t n[6];
	char *text[4];
	struct record *next;
};

struct fx_store {
	struct record *first, **last;
	int64_t serial;
};

static struct record *
record(struct fx *fx, enum record_type type, const char *name)
{
	char *key = xasprintf("%d/%s", (int)type, name);
	struct record *r;
	int i;

	for (r = fx->store->first; r != NULL; r = r->next)
		if (strcmp(r->key, key) == 0) {
			free(key);
			for (i = 0; i < 4; i++)
				xfree_clear(&r->text[i]);
			return r;
		}
	r = xcalloc(1, sizeof(*r));
	r->key = key;
	r->type = type;
	*fx->store->last = r;
	fx->store->last = &r->next;
	return r;
}

static const char *
record_name(const struct record *r)
{
	return strchr(r->key, '/') + 1;
}

static void
record_drop(struct fx *fx, struct record *r)
{
	struct record **p;
	int i;

	for (p = &fx->store->first; *p != r; p = &(*p)->next)
		continue;
	*p = r->next;
	if (fx->store->last == &r->next)
		fx->store->last = p;
	for (i = 0; i < 4; i++)
		free(r->text[i]);
	free(r->key);
	free(r);
}

static void
on_event(void *arg, const struct event_note *e)
{
	struct fx *fx = arg;
	char *name = xasprintf("%u", e->number), *log;
	struct record *r = record(fx, REC_EVENT, name);

	free(name);
	ck_assert_uint_eq(e->number, fx->last_event + 1);
	ck_assert_ptr_nonnull(e->text);
	ck_assert_ptr_nonnull(e->object_name);
	fx->last_event = e->number;
	r->n[0] = e->wall;
	r->n[1] = e->type;
	r->n[2] = e->severity;
	r->n[3] = e->object;
	r->text[0] = xstrdup(e->object_name);
	r->text[1] = xstrdup(e->cluster_name);
	r->text[2] = xstrdup(e->vm_name);
	r->text[3] = xstrdup(e->text);
	log = xasprintf("%s%d/%d %s", fx->log, (int)e->type, (int)e->severity, e->text);
	free(fx->log);
	fx->log = log;
	if (e->type == EVENT_VM_PLACEMENT || e->type == EVENT_DISK_OWNER) {
		log = xasprintf("%s [%s/%s]", fx->log,
		    e->old_cluster == NULL ? "" : e->old_cluster,
		    e->old_node == NULL ? "" : e->old_node);
		free(fx->log);
		fx->log = log;
	}
	if (e->type < EVENT_LAST_NOTIFICATION)
		ck_assert_msg(e->row != NULL, "event without its row: %s", e->text);
	log = xasprintf("%s\n", fx->log);
	free(fx->log);
	fx->log = log;
}

static void
on_alarm(void *arg, const struct alarm_note *a, bool standing)
{
	char *name = xasprintf("%u", a->index);
	struct record *r = record(arg, REC_ALARM, name);

	free(name);
	if (!standing) {
		record_drop(arg, r);
		return;
	}
	r->n[0] = a->type;
	r->n[1] = a->severity;
	r->n[2] = a->since;
	r->n[3] = a->object;
	r->n[4] = a->acknowledged;
	r->n[5] = a->acknowledged_wall;
	r->text[0] = xstrdup(a->object_name);
	r->text[1] = xstrdup(a->text);
}

static void
on_index(void *arg, enum name_kind kind, const char *name, uint32_t index)
{
	struct fx *fx = arg;
	char *key = xasprintf("%d/%s", (int)kind, name);
	struct record *r = record(fx, REC_INDEX, key);

	free(key);
	fx->records++;
	r->n[0] = kind;
	r->n[1] = index;
	r->text[0] = xstrdup(name);
}

static void
on_identity(void *arg, const char *cluster, const char *ecx_name, const char *servers)
{
	struct record *r = record(arg, REC_IDENTITY, cluster);

	((struct fx *)arg)->records++;
	r->text[0] = xstrdup(ecx_name);
	r->text[1] = xstrdup(servers);
}

static void
on_cluster(void *arg, const char *cluster, enum cs_cluster_admin admin)
{
	((struct fx *)arg)->records++;
	record(arg, REC_CLUSTER, cluster)->n[0] = admin;
}

static void
on_node(void *arg, const char *node, enum cs_cluster_admin admin)
{
	((struct fx *)arg)->records++;
	record(arg, REC_NODE, node)->n[0] = admin;
}

static void
on_vm(void *arg, const char *vm, const struct vm_intent *i)
{
	struct record *r = record(arg, REC_VM, vm);

	((struct fx *)arg)->records++;
	r->n[0] = i->admin;
	r->n[1] = i->hold;
	r->n[2] = i->priority;
	r->n[3] = i->by_pattern;
	r->n[4] = i->respected;
	r->n[5] = i->foreign;
	r->text[0] = xstrdup(i->home);
	r->text[1] = xstrdup(i->stopped_in);
}

static void
on_disk(void *arg, const char *disk, const struct disk_owner *o)
{
	struct record *r = record(arg, REC_DISK, disk);

	((struct fx *)arg)->records++;
	ck_assert_uint_gt(o->epoch, (uint64_t)r->n[0]); /* strictly growing: I9 */
	r->n[0] = (int64_t)o->epoch;
	r->n[1] = o->since;
	r->text[0] = xstrdup(o->cluster);
	r->text[1] = xstrdup(o->group);
	r->text[2] = xstrdup(o->resource);
}

static void
on_site(void *arg, const struct site_record *s)
{
	char *key = xasprintf("%s\n%s", s->vm, s->cluster);
	struct record *r = record(arg, REC_SITE, key);

	free(key);
	((struct fx *)arg)->records++;
	r->n[0] = s->held;
	r->n[1] = s->foreign;
	r->text[0] = xstrdup(s->vm);
	r->text[1] = xstrdup(s->cluster);
	r->text[2] = xstrdup(s->resources);
	r->text[3] = xstrdup(s->group);
}

static void
on_serial(void *arg, int64_t serial)
{
	((struct fx *)arg)->records++;
	((struct fx *)arg)->store->serial = serial;
}

static void
on_stopped_outside(void *arg, const char *vm)
{
	struct fx *fx = arg;
	char *log = xasprintf("%sstopped outside: %s\n", fx->log, vm);

	free(fx->log);
	fx->log = log;
}

static void
restore(struct fx *fx, const struct record *r)
{
	struct model *m = fx->model;
	char *cause = NULL;

	switch (r->type) {
	case REC_INDEX:
		ck_assert_int_eq(model_restore_index(m, (enum name_kind)r->n[0],
		                     r->text[0], (uint32_t)r->n[1], &cause),
		    0);
		break;
	case REC_IDENTITY:
		model_restore_identity(m, record_name(r), r->text[0], r->text[1]);
		break;
	case REC_CLUSTER:
		model_restore_cluster_intent(
		    m, record_name(r), (enum cs_cluster_admin)r->n[0]);
		break;
	case REC_NODE:
		model_restore_node_intent(
		    m, record_name(r), (enum cs_cluster_admin)r->n[0]);
		break;
	case REC_VM:
		model_restore_vm_intent(m, record_name(r),
		    &(struct vm_intent) { (enum cs_vm_admin)r->n[0], r->n[1] != 0,
		        r->text[0], r->n[2], r->n[3] != 0, r->n[4] != 0,
		        (unsigned)r->n[5], r->text[1] });
		break;
	case REC_DISK:
		model_restore_disk_owner(m, record_name(r),
		    &(struct disk_owner) { r->text[0], (uint64_t)r->n[0], r->n[1],
		        r->text[1], r->text[2] });
		break;
	case REC_SITE:
		model_restore_site(m,
		    &(struct site_record) { r->text[0], r->text[1], r->n[0] != 0,
		        r->text[2], r->text[3], r->n[1] != 0 });
		break;
	case REC_EVENT:
		model_restore_event(m,
		    &(struct event_note) { .number = (uint32_t)atoll(record_name(r)),
		        .wall = r->n[0],
		        .type = (enum event_type)r->n[1],
		        .severity = (enum cs_severity)r->n[2],
		        .object = (enum cs_object)r->n[3],
		        .object_name = r->text[0],
		        .cluster_name = r->text[1],
		        .vm_name = r->text[2],
		        .text = r->text[3] });
		break;
	case REC_ALARM:
		model_restore_alarm(m,
		    &(struct alarm_note) { .index = (uint32_t)atoll(record_name(r)),
		        .type = (enum alarm_type)r->n[0],
		        .severity = (enum cs_severity)r->n[1],
		        .since = r->n[2],
		        .last = r->n[2],
		        .object = (enum cs_object)r->n[3],
		        .object_name = r->text[0],
		        .text = r->text[1],
		        .acknowledged = r->n[4] != 0,
		        .acknowledged_wall = r->n[5] });
		break;
	}
}

/* --- life ------------------------------------------------------------------------ */

static void
on_reload(void *arg)
{
	struct fx *fx = arg;

	fx->reloads++;
}

static void
start(struct fx *fx, const char *settings)
{
	const struct model_sink sink = { fx, on_event, on_alarm, on_index, on_identity,
		on_cluster, on_node, on_vm, on_disk, on_site, on_serial,
		on_stopped_outside, on_reload };
	const struct record *r, *next;
	char *cause = NULL;

	fx->model = model_new(&sink, "test", &fx->now);
	for (r = fx->store->first; r != NULL; r = next) {
		next = r->next;
		/* what is restored is told again only where it changes */
		if (r->type != REC_ALARM)
			restore(fx, r);
	}
	for (r = fx->store->first; r != NULL; r = r->next)
		if (r->type == REC_ALARM) {
			struct record copy = *r;
			int i;

			for (i = 0; i < 4; i++)
				copy.text[i] = xstrdup(r->text[i]);
			restore(fx, &copy);
			for (i = 0; i < 4; i++)
				free(copy.text[i]);
		}
	model_restore_serial(fx->model, fx->store->serial);
	fx->settings = fx_settings(settings);
	ck_assert_int_eq(
	    model_configure(fx->model, fx->settings, ++fx->seq, &fx->now, &cause), 0);
}

struct fx *
fx_new(const char *settings)
{
	struct fx *fx = xcalloc(1, sizeof(*fx));

	fx->store = xcalloc(1, sizeof(*fx->store));
	fx->store->last = &fx->store->first;
	fx->now = (struct model_now) { 1000000, WALL };
	fx->log = xstrdup("");
	start(fx, settings);
	return fx;
}

void
fx_free(struct fx *fx)
{
	model_free(fx->model);
	settings_free(fx->settings);
	while (fx->store->first != NULL)
		record_drop(fx, fx->store->first);
	free(fx->store);
	free(fx->log);
	free(fx);
}

int
fx_reload(struct fx *fx, const char *settings, char **cause)
{
	struct settings *s = fx_settings(settings);

	if (model_configure(fx->model, s, fx->seq + 1, &fx->now, cause) != 0) {
		settings_free(s);
		return -1;
	}
	fx->seq++;
	settings_free(fx->settings);
	fx->settings = s;
	return 0;
}

void
fx_restart(struct fx *fx, const char *settings)
{
	model_free(fx->model);
	settings_free(fx->settings);
	fx->now.ms += 5000;
	fx->now.wall += 5;
	start(fx, settings);
}

/* --- driving --------------------------------------------------------------------- */

static void
see(struct fx *fx, struct observation *o)
{
	static uint64_t seq;

	o->seq = ++seq;
	o->settings_seq = fx->seq;
	o->start = fx->now.ms;
	fx->now.ms += 10;
	o->end = fx->now.ms;
	o->wall = fx->now.wall;
	model_observe(fx->model, o, &fx->now);
}

void
fx_see(struct fx *fx, const char *round)
{
	see(fx, fx_round(fx->settings, round));
}

void
fx_see_split(struct fx *fx, const char *round, size_t slot, const char *other)
{
	struct observation *o = fx_round(fx->settings, round);

	fx_other_view(fx->settings, o, slot, other);
	see(fx, o);
}

void
fx_later(struct fx *fx, msec_t ms)
{
	fx->now.ms += ms;
	fx->now.wall += ms / 1000;
	model_tick(fx->model, &fx->now);
}

char *
fx_log(struct fx *fx)
{
	char *log = fx->log;

	model_tables(fx->model, &fx->now, NULL);
	if (log != fx->log)
		log = fx->log; /* publishing made events, too */
	fx->log = xstrdup("");
	return log;
}

void
fx_forget(struct fx *fx)
{
	free(fx_log(fx));
}

unsigned
fx_count(const char *log, enum event_type type)
{
	char *head = xasprintf("%d/", (int)type);
	size_t n = strlen(head);
	unsigned found = 0;

	while (log != NULL && *log != '\0') {
		found += strncmp(log, head, n) == 0;
		log = strchr(log, '\n');
		log = log == NULL ? NULL : log + 1;
	}
	free(head);
	return found;
}

/* --- looking --------------------------------------------------------------------- */

static struct table *
table_of(struct fx *fx, enum table_id id)
{
	return model_tables(fx->model, &fx->now, NULL)[id];
}

const void *
fx_next(struct fx *fx, enum table_id id, const void *prev)
{
	struct table_view *v = table_view(table_of(fx, id));
	const struct row *p = prev;
	const void *next = p == NULL ? table_view_next(v, NULL, 0, true)
	                             : table_view_next(v, p->key, p->klen, false);

	table_view_unref(v); /* the table still holds its rows */
	return next;
}

size_t
fx_rows(struct fx *fx, enum table_id id)
{
	return table_count(table_of(fx, id));
}

const struct set_row *
fx_set(struct fx *fx)
{
	return fx_next(fx, TABLE_SET, NULL);
}

#define FIND(id, type, test)                                \
	const struct type *r = NULL;                        \
	while ((r = fx_next(fx, id, r)) != NULL && !(test)) \
		continue;                                   \
	return r

const struct cluster_row *
fx_cluster(struct fx *fx, const char *name)
{
	FIND(TABLE_CLUSTER, cluster_row, strcmp(r->name, name) == 0);
}

const struct node_row *
fx_node(struct fx *fx, const char *cluster, const char *name)
{
	FIND(TABLE_NODE, node_row,
	    strcmp(r->name, name) == 0 && strcmp(r->cluster_name, cluster) == 0);
}

const struct vm_row *
fx_vm(struct fx *fx, const char *name)
{
	FIND(TABLE_VM, vm_row, strcmp(r->name, name) == 0);
}

const struct vm_site_row *
fx_site(struct fx *fx, const char *vm, const char *cluster)
{
	FIND(TABLE_VM_SITE, vm_site_row,
	    strcmp(r->vm_name, vm) == 0 && strcmp(r->cluster_name, cluster) == 0);
}

const struct disk_row *
fx_disk(struct fx *fx, const char *name)
{
	FIND(TABLE_DISK, disk_row, strcmp(r->name, name) == 0);
}

const struct disk_site_row *
fx_disk_site(struct fx *fx, const char *disk, const char *cluster)
{
	FIND(TABLE_DISK_SITE, disk_site_row,
	    strcmp(r->disk_name, disk) == 0 && strcmp(r->cluster_name, cluster) == 0);
}

const struct fault_domain_row *
fx_domain(struct fx *fx, const char *name)
{
	FIND(TABLE_FAULT_DOMAIN, fault_domain_row, strcmp(r->name, name) == 0);
}

const struct avail_set_row *
fx_avail_set(struct fx *fx, const char *name)
{
	FIND(TABLE_AVAIL_SET, avail_set_row, strcmp(r->name, name) == 0);
}

const struct alarm_row *
fx_alarm(struct fx *fx, enum alarm_type type, const char *name)
{
	FIND(TABLE_ALARM, alarm_row,
	    r->type == type && strcmp(r->object_name, name) == 0);
}

enum intent_verdict
fx_ask(struct fx *fx, enum intent_kind kind, uint32_t a, uint32_t b, int64_t value,
    char **cause)
{
	const struct intent i = { kind, { a, b }, value };

	return model_intent_test(fx->model, &i, cause);
}

void
fx_want(struct fx *fx, enum intent_kind kind, uint32_t a, uint32_t b, int64_t value)
{
	const struct intent i = { kind, { a, b }, value };
	char *cause = NULL;

	ck_assert_msg(
	    model_intent_test(fx->model, &i, &cause) == INTENT_OK, "%s", cause);
	free(cause);
	model_intent_apply(fx->model, &i, &fx->now);
}
