/*
 * SPDX-License-Identifier: Apache-2.0
 * What of the engine outlives the process: settings changed by SET, each with the
 * configured value that it replaced; approved plans; where evacuate took VMs from; the
 * indexes that were given. Space "policy": "set/NAME", "left/VM", "index"; space
 * "plan": the index of an approved plan. Values are JSON objects.
 */
#include "policy/engine_impl.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/mem.h"

#define INDEXES_AT_ONCE 64

static const struct setting {
	const char *key, *object;
	int64_t most;
} settings[SETTINGS] = {
	[SETTING_MASTER] = { "mode", "csPolicyMasterMode", POLICY_AUTOMATIC },
	[SETTING_HIGH_LOAD] = { "high-load", "csPolicyHighLoad", 1000 },
	[SETTING_TARGET_LOAD] = { "target-load", "csPolicyTargetLoad", 1000 },
	[SETTING_MEMORY_RESERVE] = { "memory-reserve", "csPolicyMemoryReserve", 1000 },
	[SETTING_MINIMUM_GAIN] = { "minimum-gain", "csPolicyMinimumGain", 1000 },
	[SETTING_MAX_MOVES] = { "max-moves", "csPolicyMaxMoves", 64 },
	[SETTING_MAX_MOVES_HOUR] = { "max-moves-hour", "csPolicyMaxMovesPerHour",
	    1000 },
	[SETTING_COOL_DOWN] = { "cool-down", "csPolicyCoolDown", 604800 },
	[SETTING_WINDOWS] = { "windows", "csPolicyWindows", 0 },
	[SETTING_MODE +
	    POLICY_BALANCE] = { "balance.mode", "csPolicyMode", POLICY_AUTOMATIC },
	[SETTING_MODE +
	    POLICY_EVACUATE] = { "evacuate.mode", "csPolicyMode", POLICY_AUTOMATIC },
	[SETTING_MODE +
	    POLICY_RECOVER] = { "recover.mode", "csPolicyMode", POLICY_AUTOMATIC },
	[SETTING_MODE +
	    POLICY_SPREAD] = { "spread.mode", "csPolicyMode", POLICY_AUTOMATIC },
	[SETTING_MODE +
	    POLICY_HOME] = { "home.mode", "csPolicyMode", POLICY_AUTOMATIC },
};

const char *
setting_object(enum en_setting s)
{
	return settings[s].object;
}

bool
setting_range(enum en_setting s, int64_t *least, int64_t *most)
{
	*least = s == SETTING_MASTER || s >= SETTING_MODE ? POLICY_OFF : 0;
	*most = settings[s].most;
	return s != SETTING_WINDOWS;
}

int64_t
setting_value(const struct policy_settings *p, enum en_setting s)
{
	switch (s) {
	case SETTING_MASTER:
		return p->master;
	case SETTING_HIGH_LOAD:
		return p->high_load;
	case SETTING_TARGET_LOAD:
		return p->target_load;
	case SETTING_MEMORY_RESERVE:
		return p->memory_reserve;
	case SETTING_MINIMUM_GAIN:
		return p->minimum_gain;
	case SETTING_MAX_MOVES:
		return p->max_moves;
	case SETTING_MAX_MOVES_HOUR:
		return p->max_moves_hour;
	case SETTING_COOL_DOWN:
		return p->cool_down / 1000;
	case SETTING_WINDOWS:
		return 0;
	default:
		return p->mode[s - SETTING_MODE];
	}
}

static void
apply(struct policy_settings *p, enum en_setting s, int64_t value)
{
	switch (s) {
	case SETTING_MASTER:
		p->master = (enum cs_policy_mode)value;
		break;
	case SETTING_HIGH_LOAD:
		p->high_load = value;
		break;
	case SETTING_TARGET_LOAD:
		p->target_load = value;
		break;
	case SETTING_MEMORY_RESERVE:
		p->memory_reserve = value;
		break;
	case SETTING_MINIMUM_GAIN:
		p->minimum_gain = value;
		break;
	case SETTING_MAX_MOVES:
		p->max_moves = (unsigned)value;
		break;
	case SETTING_MAX_MOVES_HOUR:
		p->max_moves_hour = (unsigned)value;
		break;
	case SETTING_COOL_DOWN:
		p->cool_down = value * 1000;
		break;
	case SETTING_WINDOWS:
		break;
	default:
		p->mode[s - SETTING_MODE] = (enum cs_policy_mode)value;
		break;
	}
}

/* --- records -----------------------------------------------------------------------
 */

static void
put(struct engine *e, const char *space, const char *key, json_t *object)
{
	char *text = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);

	if (text != NULL)
		e->sink.record(e->sink.arg, space, key, text);
	free(text);
	json_decref(object);
}

static void
put_setting(struct engine *e, enum en_setting s)
{
	const struct en_kept *k = &e->kept[s];
	char *key = xasprintf("set/%s", settings[s].key);

	if (!k->set)
		e->sink.record(e->sink.arg, "policy", key, NULL);
	else if (s == SETTING_WINDOWS)
		put(e, "policy", key,
		    json_pack("{s:s, s:s}", "text", k->text, "over", k->over_text));
	else
		put(e, "policy", key,
		    json_pack("{s:I, s:I}", "value", (json_int_t)k->value, "over",
		        (json_int_t)k->over));
	free(key);
}

void
kept_index(struct engine *e)
{
	if (e->index_next < e->index_kept && e->index_next > 1)
		return;
	e->index_kept = e->index_next > EN_INDEX_MAX - INDEXES_AT_ONCE
	    ? EN_INDEX_MAX
	    : e->index_next + INDEXES_AT_ONCE;
	put(e, "policy", "index",
	    json_pack("{s:I}", "next", (json_int_t)e->index_kept));
}

void
kept_plan(struct engine *e, const struct en_plan *p)
{
	char key[16];

	snprintf(key, sizeof(key), "%010" PRIu32, p->index);
	put(e, "plan", key,
	    json_pack("{s:i, s:s, s:s*, s:s*, s:b, s:b, s:i, s:f, s:I, s:s}", "policy",
	        (int)p->kind, "vm", p->vm_name, "cluster", p->cluster_name, "node",
	        p->node_name, "urgent", (int)p->urgent, "operator", (int)p->by_operator,
	        "benefit", p->benefit, "cost", p->cost, "created",
	        (json_int_t)p->created, "reason",
	        p->nreasons == 0 ? "" : p->reasons[0].text));
}

void
kept_plan_drop(struct engine *e, const struct en_plan *p)
{
	char key[16];

	snprintf(key, sizeof(key), "%010" PRIu32, p->index);
	if (p->by_operator)
		e->sink.record(e->sink.arg, "plan", key, NULL);
}

void
kept_left(struct engine *e, const struct en_left *l, bool gone)
{
	char *key = xasprintf("left/%s", l->vm);

	if (gone)
		e->sink.record(e->sink.arg, "policy", key, NULL);
	else
		put(e, "policy", key,
		    json_pack("{s:s, s:s}", "from", l->from, "to", l->to));
	free(key);
}

struct en_left *
left_find(const struct engine *e, const char *vm)
{
	struct en_left *l;

	HASH_FIND_STR(e->left, vm, l);
	return l;
}

static struct en_left *
left_make(struct engine *e, const char *vm, const char *from, const char *to)
{
	struct en_left *l = left_find(e, vm);
	char *was;

	if (l == NULL) {
		l = xcalloc(1, sizeof(*l));
		l->vm = xstrdup(vm);
		HASH_ADD_KEYPTR(hh, e->left, l->vm, strlen(l->vm), l);
	}
	was = l->from; /* which `from` may be */
	l->from = xstrdup(from);
	free(was);
	free(l->to);
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
engine_tell_all(struct engine *e)
{
	const struct en_left *l, *next;
	const struct en_plan *p;
	int i;

	for (i = 0; i < SETTINGS; i++)
		put_setting(e, (enum en_setting)i);
	if (e->index_kept > 0)
		put(e, "policy", "index",
		    json_pack("{s:I}", "next", (json_int_t)e->index_kept));
	HASH_ITER (hh, e->left, l, next)
		kept_left(e, l, false);
	TAILQ_FOREACH (p, &e->open, link)
		if (p->state == PLAN_APPROVED && p->by_operator)
			kept_plan(e, p);
}

/* --- reading -----------------------------------------------------------------------
 */

static int
take_setting(struct engine *e, const char *name, const json_t *o)
{
	const char *text, *over_text;
	json_int_t value, over;
	struct en_kept *k;
	int64_t least, most;
	int s;

	for (s = 0; s < SETTINGS; s++)
		if (strcmp(settings[s].key, name) == 0)
			break;
	if (s == SETTINGS)
		return -1;
	k = &e->kept[s];
	if (!setting_range((enum en_setting)s, &least, &most)) {
		if (json_unpack((json_t *)(uintptr_t)o, "{s:s, s:s}", "text", &text,
		        "over", &over_text) != 0)
			return -1;
		k->text = xstrdup(text);
		k->over_text = xstrdup(over_text);
	} else {
		if (json_unpack((json_t *)(uintptr_t)o, "{s:I, s:I}", "value", &value,
		        "over", &over) != 0 ||
		    value < least || value > most)
			return -1;
		k->value = value;
		k->over = over;
	}
	k->set = true;
	return 0;
}

static int
take_plan(struct engine *e, const char *key, json_t *o)
{
	const char *vm, *cluster = NULL, *node = NULL, *reason;
	char *end;
	const unsigned long index = strtoul(key, &end, 10);
	int kind, urgent, operator, benefit;
	struct policy_proposal from = { 0 };
	json_int_t created;
	struct en_plan *p;
	double cost;

	if (*end != '\0' || index == 0 || index > EN_INDEX_MAX ||
	    json_unpack(o, "{s:i, s:s, s?s, s?s, s:b, s:b, s:i, s:F, s:I, s:s}",
	        "policy", &kind, "vm", &vm, "cluster", &cluster, "node", &node,
	        "urgent", &urgent, "operator", &operator, "benefit", &benefit, "cost",
	        &cost, "created", &created, "reason", &reason) != 0 ||
	    kind < 0 || kind >= POLICY_KINDS || plan_find(e, (uint32_t)index) != NULL)
		return -1;
	p = plan_blank(e, (uint32_t)index);
	p->batch = p->index;
	p->kind = (enum policy_kind)kind;
	p->state = PLAN_APPROVED;
	p->restored = true;
	p->by_operator = operator!= 0;
	p->created = (time_t)created;
	p->vm_name = xstrdup(vm);
	p->cluster_name = xstrdup(cluster);
	p->node_name = xstrdup(node);
	from.benefit = benefit;
	from.cost = cost;
	from.urgent = urgent != 0;
	proposal_reason(&from, benefit, xstrdup(reason));
	plan_reasons_take(p, &from);
	free(from.reasons[0].text);
	free(from.reasons);
	return 0;
}

int
engine_restore(struct engine *e, const char *space, const char *key, const char *value,
    char **cause)
{
	json_t *o = json_loads(value, 0, NULL);
	const char *from, *to;
	json_int_t next;
	int rc = -1;

	if (o != NULL && strcmp(space, "plan") == 0)
		rc = take_plan(e, key, o);
	else if (o != NULL && strncmp(key, "set/", 4) == 0)
		rc = take_setting(e, key + 4, o);
	else if (o != NULL && strncmp(key, "left/", 5) == 0 &&
	    json_unpack(o, "{s:s, s:s}", "from", &from, "to", &to) == 0) {
		left_make(e, key + 5, from, to);
		rc = 0;
	} else if (o != NULL && strcmp(key, "index") == 0 &&
	    json_unpack(o, "{s:I}", "next", &next) == 0 && next > 0 &&
	    next <= EN_INDEX_MAX) {
		e->index_next = e->index_kept = (uint32_t)next;
		rc = 0;
	}
	json_decref(o);
	return rc == 0
	    ? 0
	    : cause_set(cause,
	          "the state file's record %s of space %s is not understood: restore a "
	          "backup of the state file, or move it away",
	          key, space);
}

/* Names to indexes; a restored plan holds nothing yet: its policy looks at it anew. */
void
kept_begin(struct engine *e, const struct model_now *now)
{
	struct en_plan *p, *next;
	struct vm_info vm;
	size_t i;

	for (p = TAILQ_FIRST(&e->open); p != NULL; p = next) {
		next = TAILQ_NEXT(p, link);
		p->expires = now->wall + e->set.plan_life / 1000;
		p->expires_ms = now->ms + e->set.plan_life;
		p->vm = model_vm_find(e->m, p->vm_name);
		if (p->vm != 0 && model_vm_info(e->m, p->vm, &vm) &&
		    p->cluster_name != NULL)
			for (i = 0; i < vm.nsites; i++)
				if (strcmp(vm.site[i].cluster_name, p->cluster_name) ==
				    0)
					p->cluster = vm.site[i].cluster_index;
		if (p->cluster != 0 && p->node_name != NULL)
			p->node = model_node_find(e->m, p->cluster, p->node_name);
		if (p->cluster == 0 || (p->node_name != NULL && p->node == 0))
			plan_withdraw(
			    e, p, "its VM or target is not configured any more", now);
		else
			plan_put(e, p);
	}
}

/* --- settings ----------------------------------------------------------------------
 */

static void
forget(struct en_kept *k)
{
	free(k->text);
	free(k->over_text);
	*k = (struct en_kept) { .set = false };
}

static void
tell_overruled(struct engine *e, enum en_setting s, const struct model_now *now)
{
	char *text = xasprintf("%s: the configuration has another value now, which "
	                       "replaces what was set by SNMP",
	    settings[s].object);

	model_event(e->m, EVENT_SETTING_CHANGED, SEV_INFO, OBJECT_POLICY,
	    settings[s].key, text, now);
	free(text);
}

static bool
overruled(const struct engine *e, enum en_setting s)
{
	const struct policy_settings *conf = &e->settings->policies;
	const char *windows = conf->windows == NULL ? "" : conf->windows;

	return s == SETTING_WINDOWS ? strcmp(e->kept[s].over_text, windows) != 0
	                            : e->kept[s].over != setting_value(conf, s);
}

static void
take_windows(struct engine *e)
{
	windows_free(e->windows);
	e->windows = windows_parse(e->set.windows, NULL);
}

void
settings_take(struct engine *e, const struct model_now *now)
{
	const struct policy_settings *conf = &e->settings->policies;
	const char *windows = conf->windows == NULL ? "" : conf->windows;
	int i;

	free(e->set.windows);
	e->set = *conf;
	for (i = 0; i < SETTINGS; i++) {
		const enum en_setting s = (enum en_setting)i;

		if (!e->kept[s].set)
			continue;
		if (overruled(e, s)) {
			if (e->started)
				tell_overruled(e, s, now);
			forget(&e->kept[s]);
			put_setting(e, s);
		} else if (s == SETTING_WINDOWS) {
			windows = e->kept[s].text;
		} else {
			apply(&e->set, s, e->kept[s].value);
		}
	}
	e->set.windows = xstrdup(windows);
	take_windows(e);
}

void
setting_change(struct engine *e, enum en_setting s, int64_t value, const char *text,
    const struct model_now *now)
{
	const struct policy_settings *conf = &e->settings->policies;
	const char *windows = conf->windows == NULL ? "" : conf->windows;
	struct en_kept *k = &e->kept[s];
	char *words;

	forget(k);
	if (s == SETTING_WINDOWS) {
		free(e->set.windows);
		e->set.windows = xstrdup(text == NULL ? "" : text);
		take_windows(e);
		k->set = strcmp(e->set.windows, windows) != 0;
		k->text = xstrdup(e->set.windows);
		k->over_text = xstrdup(windows);
		words = xasprintf("%s set to \"%s\"", settings[s].object, k->text);
	} else {
		apply(&e->set, s, value);
		k->set = setting_value(conf, s) != value;
		k->value = value;
		k->over = setting_value(conf, s);
		words = s == SETTING_MASTER || s >= SETTING_MODE
		    ? xasprintf("%s: %s set to %s",
		          s == SETTING_MASTER ? "all policies"
		                              : policy_table[s - SETTING_MODE].name,
		          settings[s].object,
		          value == POLICY_OFF          ? "off"
		              : value == POLICY_ADVISE ? "advise"
		                                       : "automatic")
		    : xasprintf("%s set to %" PRId64, settings[s].object, value);
	}
	put_setting(e, s);
	model_event(e->m, EVENT_SETTING_CHANGED, SEV_INFO, OBJECT_POLICY,
	    s >= SETTING_MODE ? policy_table[s - SETTING_MODE].name : settings[s].key,
	    words, now);
	free(words);
	en_look_soon(e, EN_ALL);
}

void
kept_clear(struct engine *e)
{
	struct en_left *l, *next;
	int i;

	for (i = 0; i < SETTINGS; i++)
		forget(&e->kept[i]);
	HASH_ITER (hh, e->left, l, next)
		left_free(e, l);
	memory_free_all(e);
}
