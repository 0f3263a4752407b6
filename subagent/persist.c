/*
 * SPDX-License-Identifier: Apache-2.0
 * The model's records as JSON. See persist.h for the layout.
 */
#include "subagent/persist.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/log.h"
#include "base/mem.h"

/* --- writing --------------------------------------------------------------------- */

/* Puts a new JSON object (stolen) under the key. */
static void
put(struct store_batch *b, const char *space, const char *key, json_t *object)
{
	char *text =
	    object == NULL ? NULL : json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);

	if (text == NULL) { /* jansson takes nothing but UTF-8 */
		log_err("store", "a record of space %s is not text and was left out",
		    space);
		json_decref(object);
		return;
	}
	store_batch_put(b, space, key, text);
	free(text);
	json_decref(object);
}

static json_t *
lines(const char *joined)
{
	json_t *array = json_array();
	char *copy = xstrdup(joined == NULL ? "" : joined), *at = copy, *line;

	while ((line = strsep(&at, "\n")) != NULL)
		if (*line != '\0')
			json_array_append_new(array, json_string(line));
	free(copy);
	return array;
}

static char *
joined(const json_t *array)
{
	char *all = xstrdup(""), *more;
	const json_t *line;
	size_t i;

	json_array_foreach (array, i, line) {
		more = xasprintf("%s%s%s", all, *all == '\0' ? "" : "\n",
		    json_is_string(line) ? json_string_value(line) : "");
		free(all);
		all = more;
	}
	return all;
}

void
persist_index(
    struct store_batch *b, enum name_kind kind, const char *name, uint32_t index)
{
	char *key = xasprintf("%s/%s", names_kind_text(kind), name);

	put(b, "index", key, json_pack("{s:I}", "index", (json_int_t)index));
	free(key);
}

void
persist_identity(struct store_batch *b, const char *cluster, const char *ecx_name,
    const char *servers)
{
	put(b, "identity", cluster,
	    json_pack("{s:s, s:o}", "ecx_name", ecx_name, "servers", lines(servers)));
}

void
persist_cluster(struct store_batch *b, const char *cluster, enum cs_cluster_admin admin)
{
	put(b, "cluster", cluster, json_pack("{s:i}", "admin", (int)admin));
}

void
persist_node(struct store_batch *b, const char *node, enum cs_cluster_admin admin)
{
	put(b, "node", node, json_pack("{s:i}", "admin", (int)admin));
}

void
persist_vm(struct store_batch *b, const char *vm, const struct vm_intent *i)
{
	json_t *o =
	    json_pack("{s:i, s:b}", "admin", (int)i->admin, "hold", (int)i->hold);

	if (i->home != NULL)
		json_object_set_new(o, "home", json_string(i->home));
	if (i->priority != ROW_NONE)
		json_object_set_new(o, "priority", json_integer(i->priority));
	if (i->by_pattern)
		json_object_set_new(o, "by_pattern", json_true());
	if (i->respected)
		json_object_set_new(o, "respected", json_true());
	if (i->stopped_in != NULL)
		json_object_set_new(o, "stopped_in", json_string(i->stopped_in));
	if (i->foreign > 0)
		json_object_set_new(o, "foreign", json_integer(i->foreign));
	put(b, "vm", vm, o);
}

void
persist_disk(struct store_batch *b, const char *disk, const struct disk_owner *d)
{
	json_t *o = json_pack("{s:s, s:I, s:I}", "owner", d->cluster, "epoch",
	    (json_int_t)d->epoch, "since", (json_int_t)d->since);

	if (d->group != NULL)
		json_object_set_new(o, "group", json_string(d->group));
	if (d->resource != NULL)
		json_object_set_new(o, "resource", json_string(d->resource));
	put(b, "disk", disk, o);
}

void
persist_site(struct store_batch *b, const struct site_record *r)
{
	char *key = xasprintf("%s\n%s", r->vm, r->cluster);

	json_t *o = json_pack(
	    "{s:b, s:o}", "held", (int)r->held, "resources", lines(r->resources));

	if (r->group != NULL)
		json_object_set_new(o, "group", json_string(r->group));
	if (r->foreign)
		json_object_set_new(o, "foreign", json_true());
	put(b, "site", key, o);
	free(key);
}

void
persist_event(struct store_batch *b, const struct event_note *e)
{
	char key[16];
	json_t *o = json_pack("{s:I, s:i, s:i, s:i, s:s, s:s}", "time",
	    (json_int_t)e->wall, "type", (int)e->type, "severity", (int)e->severity,
	    "object", (int)e->object, "name", e->object_name, "text", e->text);

	if (e->cluster_name != NULL)
		json_object_set_new(o, "cluster", json_string(e->cluster_name));
	if (e->vm_name != NULL)
		json_object_set_new(o, "vm", json_string(e->vm_name));
	snprintf(key, sizeof(key), "%010" PRIu32, e->number);
	put(b, "event", key, o);
}

void
persist_events_before(struct store_batch *b, uint32_t number)
{
	char key[16];

	snprintf(key, sizeof(key), "%010" PRIu32, number);
	store_batch_del_before(b, "event", key);
}

void
persist_alarm(struct store_batch *b, const struct alarm_note *a, bool standing)
{
	char key[16];

	snprintf(key, sizeof(key), "%010" PRIu32, a->index);
	if (!standing) {
		store_batch_del(b, "alarm", key);
		return;
	}
	put(b, "alarm", key,
	    json_pack("{s:i, s:i, s:I, s:I, s:i, s:s, s:s, s:b, s:I}", "type",
	        (int)a->type, "severity", (int)a->severity, "since",
	        (json_int_t)a->since, "last", (json_int_t)a->last, "object",
	        (int)a->object, "name", a->object_name, "text", a->text, "acknowledged",
	        (int)a->acknowledged, "acknowledged_at",
	        (json_int_t)a->acknowledged_wall));
}

void
persist_alarms_none(struct store_batch *b)
{
	store_batch_del_before(b, "alarm", "~"); /* keys are digits */
}

void
persist_serial(struct store_batch *b, int64_t serial)
{
	put(b, "set", "serial", json_pack("{s:I}", "serial", (json_int_t)serial));
}

/* --- reading --------------------------------------------------------------------- */

struct loading {
	const char *space;
	/* one record; false: not understood */
	bool (*take)(struct model *, const char *key, json_t *value, char **cause);
	struct model *model;
	struct moves *moves;
	struct engine *engine;
};

static bool
between(int n, int low, int high)
{
	return n >= low && n <= high;
}

static bool
take_index(struct model *m, const char *key, json_t *value, char **cause)
{
	const char *slash = strchr(key, '/');
	json_int_t index;
	char *kind;
	int k;

	if (slash == NULL || json_unpack(value, "{s:I}", "index", &index) != 0)
		return false;
	kind = xstrndup(key, (size_t)(slash - key));
	k = names_kind_parse(kind);
	free(kind);
	return k >= 0 && index > 0 && index <= INT32_MAX &&
	    model_restore_index(
	        m, (enum name_kind)k, slash + 1, (uint32_t)index, cause) == 0;
}

static bool
take_identity(struct model *m, const char *key, json_t *value, char **cause)
{
	const char *name;
	json_t *servers;
	char *all;

	(void)cause;
	if (json_unpack(value, "{s:s, s:o}", "ecx_name", &name, "servers", &servers) !=
	        0 ||
	    !json_is_array(servers))
		return false;
	all = joined(servers);
	model_restore_identity(m, key, name, all);
	free(all);
	return true;
}

static bool
take_cluster(struct model *m, const char *key, json_t *value, char **cause)
{
	int admin;

	(void)cause;
	if (json_unpack(value, "{s:i}", "admin", &admin) != 0 ||
	    !between(admin, CLUSTER_ACTIVE, CLUSTER_IGNORED))
		return false;
	model_restore_cluster_intent(m, key, (enum cs_cluster_admin)admin);
	return true;
}

static bool
take_node(struct model *m, const char *key, json_t *value, char **cause)
{
	int admin;

	(void)cause;
	if (json_unpack(value, "{s:i}", "admin", &admin) != 0 ||
	    !between(admin, CLUSTER_ACTIVE, CLUSTER_IGNORED))
		return false;
	model_restore_node_intent(m, key, (enum cs_cluster_admin)admin);
	return true;
}

static bool
take_vm(struct model *m, const char *key, json_t *value, char **cause)
{
	struct vm_intent i = { .priority = ROW_NONE };
	int admin, hold, by_pattern = 0, respected = 0, foreign = 0;
	json_int_t priority = ROW_NONE;

	(void)cause;
	if (json_unpack(value, "{s:i, s:b, s?s, s?I, s?b, s?b, s?i, s?s}", "admin",
	        &admin, "hold", &hold, "home", &i.home, "priority", &priority,
	        "by_pattern", &by_pattern, "respected", &respected, "foreign", &foreign,
	        "stopped_in", &i.stopped_in) != 0 ||
	    !between(admin, 0, VM_DOWN) || foreign < 0)
		return false;
	i.admin = (enum cs_vm_admin)admin;
	i.hold = hold != 0;
	i.priority = priority;
	i.by_pattern = by_pattern != 0;
	i.respected = respected != 0;
	i.foreign = (unsigned)foreign;
	model_restore_vm_intent(m, key, &i);
	return true;
}

static bool
take_disk(struct model *m, const char *key, json_t *value, char **cause)
{
	struct disk_owner d = { .cluster = NULL };
	json_int_t epoch, since;

	(void)cause;
	if (json_unpack(value, "{s:s, s:I, s:I, s?s, s?s}", "owner", &d.cluster,
	        "epoch", &epoch, "since", &since, "group", &d.group, "resource",
	        &d.resource) != 0 ||
	    epoch < 0)
		return false;
	d.epoch = (uint64_t)epoch;
	d.since = (time_t)since;
	model_restore_disk_owner(m, key, &d);
	return true;
}

static bool
take_site(struct model *m, const char *key, json_t *value, char **cause)
{
	const char *mid = strchr(key, '\n');
	struct site_record r;
	const char *group = NULL;
	json_t *resources;
	char *vm, *all;
	int held, foreign = 0;

	(void)cause;
	if (mid == NULL ||
	    json_unpack(value, "{s:b, s:o, s?s, s?b}", "held", &held, "resources",
	        &resources, "group", &group, "foreign", &foreign) != 0 ||
	    !json_is_array(resources))
		return false;
	vm = xstrndup(key, (size_t)(mid - key));
	all = joined(resources);
	r = (struct site_record) { vm, mid + 1, held != 0, all, group, foreign != 0 };
	model_restore_site(m, &r);
	free(all);
	free(vm);
	return true;
}

static bool
number_of(const char *key, uint32_t *number)
{
	char *end;
	unsigned long n = strtoul(key, &end, 10);

	*number = (uint32_t)n;
	return *key != '\0' && *end == '\0' && n > 0 && n <= UINT32_MAX;
}

static bool
take_event(struct model *m, const char *key, json_t *value, char **cause)
{
	struct event_note e = { 0 };
	int type, severity, object;
	json_int_t when;

	(void)cause;
	if (!number_of(key, &e.number) ||
	    json_unpack(value, "{s:I, s:i, s:i, s:i, s:s, s:s, s?s, s?s}", "time",
	        &when, "type", &type, "severity", &severity, "object", &object, "name",
	        &e.object_name, "text", &e.text, "cluster", &e.cluster_name, "vm",
	        &e.vm_name) != 0 ||
	    !between(severity, SEV_INFO, SEV_CRITICAL))
		return false;
	e.wall = (time_t)when;
	e.type = (enum event_type)type;
	e.severity = (enum cs_severity)severity;
	e.object = (enum cs_object)object;
	model_restore_event(m, &e);
	return true;
}

static bool
take_alarm(struct model *m, const char *key, json_t *value, char **cause)
{
	struct alarm_note a = { 0 };
	int type, severity, object, acknowledged;
	json_int_t since, last, when;

	(void)cause;
	if (!number_of(key, &a.index) ||
	    json_unpack(value, "{s:i, s:i, s:I, s:I, s:i, s:s, s:s, s:b, s:I}", "type",
	        &type, "severity", &severity, "since", &since, "last", &last, "object",
	        &object, "name", &a.object_name, "text", &a.text, "acknowledged",
	        &acknowledged, "acknowledged_at", &when) != 0 ||
	    !between(severity, SEV_INFO, SEV_CRITICAL))
		return false;
	a.type = (enum alarm_type)type;
	a.severity = (enum cs_severity)severity;
	a.since = (time_t)since;
	a.last = (time_t)last;
	a.object = (enum cs_object)object;
	a.acknowledged = acknowledged != 0;
	a.acknowledged_wall = (time_t)when;
	model_restore_alarm(m, &a);
	return true;
}

static bool
take_set(struct model *m, const char *key, json_t *value, char **cause)
{
	json_int_t serial;

	(void)cause;
	if (strcmp(key, "serial") != 0 ||
	    json_unpack(value, "{s:I}", "serial", &serial) != 0 || serial < 0 ||
	    serial > INT32_MAX)
		return false;
	model_restore_serial(m, serial);
	return true;
}

static int
load_record(const char *key, const char *value, void *arg, char **cause)
{
	const struct loading *l = arg;
	json_error_t error;
	json_t *o = json_loads(value, JSON_REJECT_DUPLICATES, &error);
	char *why = NULL;
	bool ok = o != NULL && json_is_object(o) && l->take(l->model, key, o, &why);

	json_decref(o);
	if (!ok)
		cause_set(cause,
		    "the state file's record %s of space %s is not understood%s%s: "
		    "restore a "
		    "backup of the state file, or move it away to start afresh",
		    key, l->space, why == NULL ? "" : ": ", why == NULL ? "" : why);
	free(why);
	return ok ? 0 : -1;
}

/* What moves keep is theirs to understand. */
static int
load_move(const char *key, const char *value, void *arg, char **cause)
{
	const struct loading *l = arg;

	return moves_restore(l->moves, l->space, key, value, cause);
}

/* What policies keep, too. */
static int
load_policy(const char *key, const char *value, void *arg, char **cause)
{
	const struct loading *l = arg;

	return engine_restore(l->engine, l->space, key, value, cause);
}

int
persist_load(struct store *store, struct model *model, struct moves *moves,
    struct engine *engine, char **cause)
{
	static const struct {
		const char *space;
		int (*load)(
		    const char *key, const char *value, void *arg, char **cause);
		bool (*take)(
		    struct model *, const char *key, json_t *value, char **cause);
	} spaces[] = {
		{ "index", load_record, take_index },
		{ "identity", load_record, take_identity },
		{ "cluster", load_record, take_cluster },
		{ "node", load_record, take_node },
		{ "vm", load_record, take_vm },
		{ "disk", load_record, take_disk },
		{ "site", load_record, take_site },
		{ "event", load_record, take_event },
		{ "alarm", load_record, take_alarm },
		{ "set", load_record, take_set },
		{ "move", load_move, NULL },
		{ "case", load_move, NULL },
		{ "used", load_move, NULL },
		{ "policy", load_policy, NULL },
		{ "plan", load_policy, NULL },
	};
	struct loading l = { .model = model, .moves = moves, .engine = engine };
	size_t i;

	for (i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++) {
		l.space = spaces[i].space;
		l.take = spaces[i].take;
		if (store_load(store, l.space, spaces[i].load, &l, cause) != 0)
			return -1;
	}
	return 0;
}
