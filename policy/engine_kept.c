/*
 * SPDX-License-Identifier: Apache-2.0
 * What the engine keeps over a restart: settings that SETs changed, with the configured
 * value that each replaced; the next csPlanIndex; plans that were approved and have no
 * move yet; where evacuate took VMs from. JSON by names, in the spaces "policy" and
 * "plan".
 *
 * A SET stands against the configuration until that says something else anew: then the
 * configuration wins, and an event tells.
 */
#include "policy/engine_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/mem.h"
#include "base/text.h"

#define SPACE      "policy"
#define SPACE_PLAN "plan"
#define INDEXES    100 /* so many are taken at once, so that few are written */

/* --- records ---------------------------------------------------------------------- */

static void
record(struct engine *e, const char *space, const char *key, json_t *value)
{
	char *text = value == NULL ? NULL : json_dumps(value, JSON_COMPACT);

	if (e->sink.record != NULL)
		e->sink.record(e->sink.arg, space, key, text);
	free(text);
	json_decref(value);
}

static void
record_setting(struct engine *e, enum en_setting which)
{
	const struct en_kept *k = &e->kept[which];
	const char *key = setting_key(which);

	if (!k->set)
		record(e, SPACE, key, NULL);
	else if (which == SETTING_WINDOWS)
		record(e, SPACE, key,
		    json_pack(
		        "{s:s,s:s}", "value", k->text, "configured", k->over_text));
	else
		record(e, SPACE, key,
		    json_pack("{s:I,s:I}", "value", (json_int_t)k->value, "configured",
		        (json_int_t)k->over));
}

static void
record_index(struct engine *e)
{
	record(
	    e, SPACE, "index", json_pack("{s:I}", "next", (json_int_t)e->index_kept));
}

void
kept_index(struct engine *e)
{
	if (e->index_next < e->index_kept && e->index_kept - e->index_next < INDEXES)
		return;
	e->index_kept = e->index_next > EN_INDEX_MAX - INDEXES
	    ? EN_INDEX_MAX
	    : e->index_next + INDEXES;
	record_index(e);
}

static void
plan_key(char key[16], uint32_t index)
{
	snprintf(key, 16, "%010u", index);
}

void
kept_plan(struct engine *e, const struct en_plan *p)
{
	char key[16];

	plan_key(key, p->index);
	record(e, SPACE_PLAN, key,
	    json_pack("{s:s,s:s,s:s,s:s,s:s,s:b,s:I,s:s}", "policy",
	        policy_table[p->kind].name, "vm", p->vm_name, "source",
	        p->source_name == NULL ? "" : p->source_name, "cluster",
	        p->cluster_name == NULL ? "" : p->cluster_name, "node",
	        p->node_name == NULL ? "" : p->node_name, "urgent", (int)p->urgent,
	        "batch", (json_int_t)p->batch, "reason",
	        p->nreasons == 0 ? "" : p->reasons[0].text));
}

void
kept_plan_drop(struct engine *e, const struct en_plan *p)
{
	char key[16];

	if (p->state != PLAN_APPROVED || !p->by_operator)
		return;
	plan_key(key, p->index);
	record(e, SPACE_PLAN, key, NULL);
}

void
engine_tell_all(struct engine *e)
{
	const struct en_left *l;
	const struct en_plan *p;
	int i;

	for (i = 0; i < SETTINGS; i++)
		record_setting(e, (enum en_setting)i);
	if (e->index_kept != 0)
		record_index(e);
	for (l = e->left; l != NULL; l = l->hh.next)
		kept_left(e, l, false);
	TAILQ_FOREACH (p, &e->open, link)
		if (p->state == PLAN_APPROVED && p->by_operator)
			kept_plan(e, p);
}

/* --- settings --------------------------------------------------------------------- */

/* Does the configuration say what it said when the SET came? */
static bool
unchanged(const struct engine *e, enum en_setting which)
{
	const struct en_kept *k = &e->kept[which];

	return which == SETTING_WINDOWS
	    ? strcmp(k->over_text, e->settings->policies.windows) == 0
	    : k->over == setting_value(&e->settings->policies, which);
}

static void
kept_clear(struct en_kept *k)
{
	k->set = false;
	xfree_clear(&k->text);
	xfree_clear(&k->over_text);
}

static void
configuration_wins(struct engine *e, enum en_setting which, const char *why,
    const struct model_now *now)
{
	char *text = xasprintf(
	    "%s: %s, which replaces what was set by SNMP", setting_object(which), why);

	kept_clear(&e->kept[which]);
	record_setting(e, which);
	model_event(e->m, EVENT_SETTING_CHANGED, SEV_INFO, OBJECT_POLICY,
	    which < SETTING_MODE ? "policies" : policy_table[which - SETTING_MODE].name,
	    text, now);
	free(text);
}

void
settings_take(struct engine *e, const struct model_now *now)
{
	char *windows;
	int i;

	if (e->settings == NULL)
		return;
	free(e->set.windows);
	e->set = e->settings->policies;
	windows = e->set.windows;
	for (i = 0; i < SETTINGS; i++) {
		const struct en_kept *k = &e->kept[i];

		if (k->set && e->started && !unchanged(e, (enum en_setting)i))
			configuration_wins(e, (enum en_setting)i,
			    "the configuration says something new", now);
		if (!k->set || !unchanged(e, (enum en_setting)i))
			continue;
		if (i == SETTING_WINDOWS)
			windows = k->text;
		else
			setting_store(&e->set, (enum en_setting)i, k->value);
	}
	e->set.windows = xstrdup(windows == NULL ? "" : windows);
	windows_free(e->windows);
	e->windows = windows_parse(e->set.windows, NULL);
}

/*
 * Of both thresholds one was set by SNMP, and the configuration gave the other one a
 * value that does not go with it: each is right by itself, so the pair that somebody
 * wrote down as such counts.
 */
void
settings_judge(struct engine *e, const struct model_now *now)
{
	static const enum en_setting pair[] = { SETTING_HIGH_LOAD,
		SETTING_TARGET_LOAD };
	size_t i;

	if (e->set.target_load < e->set.high_load)
		return;
	for (i = 0; i < sizeof(pair) / sizeof(pair[0]); i++)
		if (e->kept[pair[i]].set)
			configuration_wins(e, pair[i],
			    "csPolicyTargetLoad would not be below csPolicyHighLoad "
			    "any "
			    "more: the configured value counts again",
			    now);
	settings_take(e, now);
}

void
setting_change(struct engine *e, enum en_setting which, int64_t value, const char *text,
    const struct model_now *now)
{
	struct en_kept *k = &e->kept[which];

	kept_clear(k);
	if (which == SETTING_WINDOWS) {
		k->text = xstrdup(text);
		k->over_text = xstrdup(e->settings->policies.windows == NULL
		        ? ""
		        : e->settings->policies.windows);
		k->set = strcmp(k->text, k->over_text) != 0;
	} else {
		k->value = value;
		k->over = setting_value(&e->settings->policies, which);
		k->set = k->value != k->over;
	}
	record_setting(e, which);
	settings_take(e, now);
}

/* --- where evacuate took VMs from ------------------------------------------------- */

struct en_left *
left_find(const struct engine *e, const char *vm)
{
	struct en_left *l;

	HASH_FIND_STR(e->left, vm, l);
	return l;
}

void
kept_left(struct engine *e, const struct en_left *l, bool gone)
{
	char *key = xasprintf("left/%s", l->vm);

	record(e, SPACE, key,
	    gone ? NULL : json_pack("{s:s,s:s}", "from", l->from, "to", l->to));
	free(key);
}

static struct en_left *
left_make(struct engine *e, const char *vm, const char *from, const char *to)
{
	struct en_left *l = left_find(e, vm);
	char *origin = xstrdup(from);

	if (l == NULL) {
		l = xcalloc(1, sizeof(*l));
		l->vm = xstrdup(vm);
		HASH_ADD_KEYPTR(hh, e->left, l->vm, strlen(l->vm), l);
	}
	free(l->from);
	free(l->to);
	l->from = origin;
	l->to = xstrdup(to);
	return l;
}

void
left_set(struct engine *e, const char *vm, const char *from, const char *to)
{
	kept_left(e, left_make(e, vm, from, to), false);
}

static void
left_free(struct engine *e, struct en_left *l)
{
	HASH_DEL(e->left, l);
	free(l->vm);
	free(l->from);
	free(l->to);
	free(l);
}

void
left_drop(struct engine *e, struct en_left *l)
{
	kept_left(e, l, true);
	left_free(e, l);
}

void
kept_end(struct engine *e)
{
	struct en_memory *m, *next_memory;
	struct en_left *l, *next;
	int i;

	HASH_ITER (hh, e->left, l, next)
		left_free(e, l);
	HASH_ITER (hh, e->memory, m, next_memory) {
		HASH_DEL(e->memory, m);
		free(m->key);
		free(m);
	}
	for (i = 0; i < SETTINGS; i++)
		kept_clear(&e->kept[i]);
}

/* --- restoring -------------------------------------------------------------------- */

static int
policy_named(const char *name)
{
	int i;

	for (i = 0; i < POLICY_KINDS; i++)
		if (name != NULL && strcmp(policy_table[i].name, name) == 0)
			return i;
	return -1;
}

static bool
restore_setting(struct engine *e, const char *key, json_t *o)
{
	json_t *value = json_object_get(o, "value"),
	       *over = json_object_get(o, "configured");
	int64_t least, most;
	struct en_kept *k;
	struct windows *w;
	int i;

	for (i = 0; i < SETTINGS; i++)
		if (strcmp(setting_key((enum en_setting)i), key) == 0)
			break;
	if (i == SETTINGS)
		return false;
	k = &e->kept[i];
	if (i == SETTING_WINDOWS) {
		if (!json_is_string(value) || !json_is_string(over) ||
		    (w = windows_parse(json_string_value(value), NULL)) == NULL)
			return false;
		windows_free(w);
		k->text = xstrdup(json_string_value(value));
		k->over_text = xstrdup(json_string_value(over));
		return k->set = true;
	}
	setting_range((enum en_setting)i, &least, &most);
	if (!json_is_integer(value) || !json_is_integer(over) ||
	    json_integer_value(value) < least || json_integer_value(value) > most)
		return false;
	k->value = json_integer_value(value);
	k->over = json_integer_value(over);
	return k->set = true;
}

static bool
restore_policy(struct engine *e, const char *key, json_t *o)
{
	const char *from, *to;
	json_int_t next;

	if (strcmp(key, "index") == 0) {
		if (json_unpack(o, "{s:I}", "next", &next) != 0 || next < 1 ||
		    next > EN_INDEX_MAX)
			return false;
		e->index_next = e->index_kept = (uint32_t)next;
		return true;
	}
	if (strncmp(key, "left/", 5) != 0)
		return restore_setting(e, key, o);
	from = json_string_value(json_object_get(o, "from"));
	to = json_string_value(json_object_get(o, "to"));
	if (from == NULL || to == NULL || !text_is_name(key + 5, NAME_LEN_MAX))
		return false;
	left_make(e, key + 5, from, to);
	return true;
}

static char *
name_or_null(const char *name)
{
	return name == NULL || *name == '\0' ? NULL : xstrdup(name);
}

static bool
restore_plan(struct engine *e, const char *key, json_t *o)
{
	const unsigned long index = strtoul(key, NULL, 10);
	const char *policy, *vm, *source, *cluster, *node, *reason;
	struct policy_proposal from = { .cost = -1, .benefit = 1000 };
	json_int_t batch;
	struct en_plan *p;
	int urgent;

	if (json_unpack(o, "{s:s,s:s,s:s,s:s,s:s,s:b,s:I,s:s}", "policy", &policy, "vm",
	        &vm, "source", &source, "cluster", &cluster, "node", &node, "urgent",
	        &urgent, "batch", &batch, "reason", &reason) != 0 ||
	    policy_named(policy) < 0 || index == 0 || index > EN_INDEX_MAX ||
	    batch < 1 || batch > EN_INDEX_MAX ||
	    plan_find(e, (uint32_t)index) != NULL || !text_is_name(vm, NAME_LEN_MAX))
		return false;
	p = plan_blank(e, (uint32_t)index);
	p->kind = (enum policy_kind)policy_named(policy);
	p->state = PLAN_APPROVED;
	p->by_operator = p->restored = true;
	p->batch = (uint32_t)batch;
	p->vm_name = xstrdup(vm);
	p->source_name = name_or_null(source);
	p->cluster_name = name_or_null(cluster);
	p->node_name = name_or_null(node);
	from.urgent = urgent != 0;
	if (*reason != '\0')
		proposal_reason(&from, 1000, xstrdup(reason));
	plan_reasons_take(p, &from);
	if (from.nreasons > 0)
		free(from.reasons[0].text);
	free(from.reasons);
	return true;
}

int
engine_restore(struct engine *e, const char *space, const char *key, const char *value,
    char **cause)
{
	json_t *o = json_loads(value, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
	bool fine = false;

	if (o != NULL && strcmp(space, SPACE) == 0)
		fine = restore_policy(e, key, o);
	else if (o != NULL && strcmp(space, SPACE_PLAN) == 0)
		fine = restore_plan(e, key, o);
	json_decref(o);
	return fine ? 0
	            : cause_set(cause, "%s %s is no record of policies: %.80s", space,
	                  key, value);
}

/* --- plans from before the restart ------------------------------------------------ */

static bool
resolve(const struct engine *e, struct en_plan *p)
{
	struct vm_info vm;
	size_t i;

	p->vm = model_vm_find(e->m, p->vm_name);
	if (p->vm == 0 || p->cluster_name == NULL || !model_vm_info(e->m, p->vm, &vm))
		return false;
	for (i = 0; i < vm.nsites; i++) {
		if (strcmp(vm.site[i].cluster_name, p->cluster_name) == 0)
			p->cluster = vm.site[i].cluster_index;
		if (p->source_name != NULL &&
		    strcmp(vm.site[i].cluster_name, p->source_name) == 0)
			p->source = vm.site[i].cluster_index;
	}
	if (p->node_name != NULL)
		p->node = model_node_find(e->m, p->cluster, p->node_name);
	return p->cluster != 0 && (p->node_name == NULL || p->node != 0) &&
	    (p->source_name == NULL || p->source != 0);
}

void
kept_begin(struct engine *e, const struct model_now *now)
{
	struct en_plan *p, *next;

	for (p = TAILQ_FIRST(&e->open); p != NULL; p = next) {
		next = TAILQ_NEXT(p, link);
		if (e->index_next <= p->index && p->index < EN_INDEX_MAX)
			e->index_next = p->index + 1;
		p->created = p->expires = now->wall;
		p->order = 1;
		if (resolve(e, p)) {
			plan_put(e, p);
			continue;
		}
		plan_put(e, p);
		plan_withdraw(e, p,
		    "it was approved before a restart, and its VM or its places are "
		    "not configured any more",
		    now);
	}
}

bool
kept_early(struct engine *e, struct en_plan *p, const struct model_now *now)
{
	const bool early = now->ms - e->began < e->settings->poll.freshness;
	const struct vm_row *v = fact_vm(e, p->vm);
	const struct cluster_row *c;

	if (early && v != NULL && v->oper == VM_RUNNING)
		return (uint32_t)v->cluster == p->source; /* elsewhere is elsewhere */
	if (early)
		return true;
	c = fact_cluster(e, p->source);
	p->source_admin = c == NULL ? 0 : c->admin;
	p->restored = false;
	return false;
}
