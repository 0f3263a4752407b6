/*
 * SPDX-License-Identifier: Apache-2.0
 * SETs of the policies' objects: what is possible, in words when it is not, and what
 * they change. Who sets what is there already changes nothing.
 */
#include "policy/engine_impl.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

/* --- settings --------------------------------------------------------------------- */

#define MODE_SETTING(KIND, name, rank, lasting, descr)                             \
	[SETTING_MODE + POLICY_##KIND] = { "set/" #name, "csPolicyMode of " #name, \
		POLICY_OFF, POLICY_AUTOMATIC },
static const struct {
	const char *key; /* of the store */
	const char *object;
	int64_t least, most;
} settings[SETTINGS] = { [SETTING_MASTER] = { "set/mode", "csPolicyMasterMode",
	                     POLICY_OFF, POLICY_AUTOMATIC },
	[SETTING_HIGH_LOAD] = { "set/high-load", "csPolicyHighLoad", 0, 1000 },
	[SETTING_TARGET_LOAD] = { "set/target-load", "csPolicyTargetLoad", 0, 1000 },
	[SETTING_MEMORY_RESERVE] = { "set/memory-reserve", "csPolicyMemoryReserve", 0,
	    1000 },
	[SETTING_MINIMUM_GAIN] = { "set/minimum-gain", "csPolicyMinimumGain", 0, 1000 },
	[SETTING_MAX_MOVES] = { "set/max-moves", "csPolicyMaxMoves", 0, 64 },
	[SETTING_MAX_MOVES_HOUR] = { "set/max-moves-hour", "csPolicyMaxMovesPerHour", 0,
	    1000 },
	[SETTING_COOL_DOWN] = { "set/cool-down", "csPolicyCoolDown", 0, 604800 },
	[SETTING_WINDOWS] = { "set/windows", "csPolicyWindows", 0, 0 },
	POLICY_LIST(MODE_SETTING) };

const char *
setting_key(enum en_setting which)
{
	return settings[which].key;
}

const char *
setting_object(enum en_setting which)
{
	return settings[which].object;
}

void
setting_range(enum en_setting which, int64_t *least, int64_t *most)
{
	*least = settings[which].least;
	*most = settings[which].most;
}

int64_t
setting_value(const struct policy_settings *s, enum en_setting which)
{
	switch (which) {
	case SETTING_MASTER:
		return s->master;
	case SETTING_HIGH_LOAD:
		return s->high_load;
	case SETTING_TARGET_LOAD:
		return s->target_load;
	case SETTING_MEMORY_RESERVE:
		return s->memory_reserve;
	case SETTING_MINIMUM_GAIN:
		return s->minimum_gain;
	case SETTING_MAX_MOVES:
		return s->max_moves;
	case SETTING_MAX_MOVES_HOUR:
		return s->max_moves_hour;
	case SETTING_COOL_DOWN:
		return s->cool_down / 1000;
	case SETTING_WINDOWS:
		return 0;
	default:
		return s->mode[which - SETTING_MODE];
	}
}

void
setting_store(struct policy_settings *s, enum en_setting which, int64_t value)
{
	switch (which) {
	case SETTING_MASTER:
		s->master = (enum cs_policy_mode)value;
		break;
	case SETTING_HIGH_LOAD:
		s->high_load = value;
		break;
	case SETTING_TARGET_LOAD:
		s->target_load = value;
		break;
	case SETTING_MEMORY_RESERVE:
		s->memory_reserve = value;
		break;
	case SETTING_MINIMUM_GAIN:
		s->minimum_gain = value;
		break;
	case SETTING_MAX_MOVES:
		s->max_moves = (unsigned)value;
		break;
	case SETTING_MAX_MOVES_HOUR:
		s->max_moves_hour = (unsigned)value;
		break;
	case SETTING_COOL_DOWN:
		s->cool_down = value * 1000;
		break;
	case SETTING_WINDOWS:
		break;
	default:
		s->mode[which - SETTING_MODE] = (enum cs_policy_mode)value;
		break;
	}
}

/* Of an order about a setting; SETTINGS: it is about something else. */
static enum en_setting
setting_of(const struct engine_order *o)
{
	if (o->kind == ENGINE_MODE)
		return o->key >= 1 && o->key <= POLICY_KINDS
		    ? (enum en_setting)(SETTING_MODE + (int)o->key - 1)
		    : SETTINGS;
	return o->kind <= ENGINE_WINDOWS ? (enum en_setting)o->kind : SETTINGS;
}

static enum move_verdict
test_setting(enum en_setting which, const struct engine_order *o, char **cause)
{
	struct windows *w;
	char *why = NULL;

	if (which == SETTING_WINDOWS) {
		w = windows_parse(o->text == NULL ? "" : o->text, &why);
		if (w == NULL)
			cause_set(cause, "csPolicyWindows %s", why);
		free(why);
		windows_free(w);
		return w == NULL ? MOVE_WRONG_VALUE : MOVE_FINE;
	}
	if (o->value >= settings[which].least && o->value <= settings[which].most)
		return MOVE_FINE;
	cause_set(cause, "%s is %lld to %lld, not %lld", settings[which].object,
	    (long long)settings[which].least, (long long)settings[which].most,
	    (long long)o->value);
	return MOVE_WRONG_VALUE;
}

/*
 * Targets of what is taken from a busy node must not be busy by it themselves: also
 * where only one of both is set. Not of an order that is carried out: a SET of both was
 * judged as a whole, and passes through halves.
 */
static enum move_verdict
test_pair(const struct engine *e, enum en_setting which, int64_t value, char **cause)
{
	const int64_t high = which == SETTING_HIGH_LOAD ? value : e->set.high_load;
	const int64_t target =
	    which == SETTING_TARGET_LOAD ? value : e->set.target_load;

	if ((which != SETTING_HIGH_LOAD && which != SETTING_TARGET_LOAD) ||
	    target < high)
		return MOVE_FINE;
	cause_set(cause,
	    "csPolicyTargetLoad has to be below csPolicyHighLoad, or what is taken "
	    "from "
	    "one busy node makes the next one busy, and %lld is not below %lld: set "
	    "both "
	    "in one SET, or the other one first",
	    (long long)target, (long long)high);
	return MOVE_NOT_NOW;
}

static char *
value_words(enum en_setting which, int64_t value)
{
	static const char *const mode[] = { "", "off", "advise", "automatic" };

	if (which == SETTING_MASTER || which >= SETTING_MODE)
		return xstrdup(mode[value]);
	return xasprintf("%lld", (long long)value);
}

static void
order_setting(struct engine *e, enum en_setting which, const struct engine_order *o,
    const struct model_now *now)
{
	const char *text = o->text == NULL ? "" : o->text;
	const int64_t before = setting_value(&e->set, which);
	char *old, *new, *words;

	if (which == SETTING_WINDOWS ? strcmp(text, e->set.windows) == 0
	                             : before == o->value)
		return;
	if (which == SETTING_WINDOWS) {
		old = xasprintf("\"%s\"", e->set.windows);
		new = xasprintf("\"%s\"", text);
	} else {
		old = value_words(which, before);
		new = value_words(which, o->value);
	}
	words = xasprintf("%s: set to %s, was %s", setting_object(which), new, old);
	setting_change(e, which, o->value, text, now);
	model_event(e->m, EVENT_SETTING_CHANGED, SEV_INFO, OBJECT_POLICY,
	    which < SETTING_MODE ? "policies" : policy_table[which - SETTING_MODE].name,
	    words, now);
	if (which >= SETTING_MODE)
		en_look_soon(e, EN_BIT(which - SETTING_MODE));
	else
		en_look_soon(e, EN_ALL);
	free(words);
	free(old);
	free(new);
}

/* --- approval --------------------------------------------------------------------- */

static const char *
state_words(enum cs_plan_state state)
{
	static const char *const word[] = { "", "proposed", "approved", "moving",
		"done", "failed", "rejected", "expired" };

	return word[state];
}

static bool
waits(const struct en_plan *p)
{
	return p->state == PLAN_PROPOSED || p->state == PLAN_APPROVED;
}

static enum move_verdict
test_approve(const struct engine *e, const struct engine_order *o, char **cause)
{
	const struct en_plan *p = plan_find(e, o->key);
	char *why = NULL;

	if (o->value < APPROVAL_UNDECIDED || o->value > APPROVAL_REJECT) {
		cause_set(cause, "csPlanApprove is approve or reject");
		return MOVE_WRONG_VALUE;
	}
	if (p == NULL) {
		cause_set(
		    cause, "there is no plan %u (any more): see csPlanTable", o->key);
		return MOVE_NO_CREATION;
	}
	if ((o->value == APPROVAL_UNDECIDED && p->state == PLAN_PROPOSED) ||
	    (o->value == APPROVAL_REJECT && p->state == PLAN_REJECTED) ||
	    (o->value == APPROVAL_APPROVE && p->state >= PLAN_APPROVED &&
	        p->state <= PLAN_FAILED))
		return MOVE_FINE; /* so it is */
	if (o->value == APPROVAL_UNDECIDED || !waits(p)) {
		cause_set(cause,
		    "plan %u is %s: what is decided stays so; see csPlanTable for "
		    "newer plans",
		    p->index, state_words(p->state));
		return MOVE_NOT_NOW;
	}
	if (o->value == APPROVAL_APPROVE && e->g != NULL && !p->restored)
		why = facts_against(e, p);
	if (why == NULL)
		return MOVE_FINE;
	cause_set(cause, "plan %u: %s", p->index, why);
	free(why);
	return MOVE_NOT_NOW;
}

static void
order_approve(
    struct engine *e, const struct engine_order *o, const struct model_now *now)
{
	struct en_plan *p = plan_find(e, o->key);
	char *name;

	if (p == NULL) { /* a SET that a restart came between */
		name = xasprintf("plan %u", o->key);
		model_event(e->m, EVENT_SETTING_CHANGED, SEV_WARNING, OBJECT_POLICY,
		    name,
		    "the decision on it came to nothing: proposals do not outlive a "
		    "restart, see what is proposed now",
		    now);
		free(name);
		return;
	}
	if (!waits(p) || o->value == APPROVAL_UNDECIDED)
		return;
	if (o->value == APPROVAL_REJECT) {
		memory_add(e, p, TROUBLE_REJECTED, now);
		plan_event(e, p, SEV_INFO, "rejected by an operator", now);
		plan_end(e, p, PLAN_REJECTED, NULL, now);
		return;
	}
	if (p->state == PLAN_APPROVED && p->by_operator)
		return;
	p->state = PLAN_APPROVED;
	p->by_operator = true;
	kept_plan(e, p);
	plan_put(e, p);
	plan_event(e, p, SEV_INFO, "approved by an operator", now);
}

/* --- questions -------------------------------------------------------------------- */

static enum move_verdict __attribute__((format(printf, 3, 4)))
refuse(enum move_verdict verdict, char **cause, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	cause_set(cause, "%s", text);
	free(text);
	return verdict;
}

static enum move_verdict
test_place(const struct engine *e, const struct engine_order *o, char **cause)
{
	if (o->owner == NULL || !text_is_name(o->owner, MOVE_OWNER_MAX))
		return refuse(MOVE_BAD_NAME, cause,
		    "csPlacementOwner is 1 to %d octets of text without control "
		    "characters",
		    MOVE_OWNER_MAX);
	if (o->key == 0 || o->key > EN_INDEX_MAX)
		return refuse(
		    MOVE_BAD_NAME, cause, "csPlacementIndex is 1 to %d", EN_INDEX_MAX);
	if (place_find(e, o->owner, o->key) != NULL)
		return refuse(MOVE_NOT_NOW, cause,
		    "question %s/%u is there already: take another csPlacementIndex",
		    o->owner, o->key);
	if (o->cpus > 4096 || (o->cpus == 0 && o->vm == 0))
		return refuse(MOVE_WRONG_VALUE, cause, "csPlacementCpus is 1 to 4096");
	if (o->memory > 268435456 || (o->memory == 0 && o->vm == 0))
		return refuse(
		    MOVE_WRONG_VALUE, cause, "csPlacementMemory is 1 to 268435456 MiB");
	if (o->avail_set != 0 && e->g != NULL &&
	    table_view_get(e->g->tables[TABLE_AVAIL_SET], &o->avail_set, 1) == NULL)
		return refuse(MOVE_WRONG_VALUE, cause,
		    "there is no availability set with index %u: see csAvailSetTable",
		    o->avail_set);
	if (o->vm != 0 && e->g != NULL && fact_vm(e, o->vm) == NULL)
		return refuse(MOVE_WRONG_VALUE, cause,
		    "there is no VM with index %u: see csVmTable", o->vm);
	if (e->nplaces >= EN_PLACES_MAX)
		return refuse(MOVE_NO_RESOURCE, cause,
		    "%zu placement questions stand already: destroy one, or wait, "
		    "they go after 10 minutes",
		    e->nplaces);
	return MOVE_FINE;
}

/* --- all -------------------------------------------------------------------------- */

enum move_verdict
engine_test(const struct engine *e, const struct engine_order *o,
    const struct model_now *now, char **cause)
{
	const enum en_setting which = setting_of(o);
	enum move_verdict verdict;

	(void)now;
	if (e->settings == NULL)
		return refuse(
		    MOVE_NO_RESOURCE, cause, "nothing is configured yet: try again");
	if (which != SETTINGS) {
		verdict = test_setting(which, o, cause);
		return verdict != MOVE_FINE ? verdict
		                            : test_pair(e, which, o->value, cause);
	}
	switch (o->kind) {
	case ENGINE_APPROVE:
		return test_approve(e, o, cause);
	case ENGINE_PLACE:
		return test_place(e, o, cause);
	case ENGINE_PLACE_DESTROY:
		return MOVE_FINE;
	default:
		return refuse(MOVE_NO_CREATION, cause,
		    "there is no policy with index %u: see csPolicyTable", o->key);
	}
}

void
engine_order(
    struct engine *e, const struct engine_order *o, const struct model_now *now)
{
	const enum en_setting which = setting_of(o);
	struct en_place *place;

	if (e->settings == NULL)
		return;
	if (which != SETTINGS ? test_setting(which, o, NULL) != MOVE_FINE
	                      : o->kind != ENGINE_APPROVE &&
	            engine_test(e, o, now, NULL) != MOVE_FINE)
		return; /* not possible any more */
	if (which != SETTINGS) {
		order_setting(e, which, o, now);
	} else if (o->kind == ENGINE_APPROVE) {
		order_approve(e, o, now);
	} else if (o->kind == ENGINE_PLACE) {
		place_add(e, o, now);
	} else {
		place = o->owner == NULL ? NULL : place_find(e, o->owner, o->key);
		if (place != NULL)
			place_drop(e, place);
	}
	if (e->started && o->kind != ENGINE_PLACE && o->kind != ENGINE_PLACE_DESTROY) {
		turn_all(e, now);
		en_put_all(e, now);
	}
}
