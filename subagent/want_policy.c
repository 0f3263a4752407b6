/*
 * SPDX-License-Identifier: Apache-2.0
 * Of one SET, what is said to the engine of policies: settings and modes, decisions on
 * plans, questions about placement. See want.h.
 *
 * A row of csPlacementTable takes what RFC 2579 has for RowStatus. Questions are in
 * memory only, and so is what asks them: no proposal of the store has them.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "subagent/want_impl.h"

#define PLACEMENTS_MAX 64 /* rows of csPlacementTable */
#define NEW_VM_CPUS    1 /* DEFVAL of csPlacementCpus */
#define NEW_VM_MEMORY  1024 /* DEFVAL of csPlacementMemory */

void
want_add_policy(struct want *w, const struct engine_order *o, size_t item)
{
	w->policies =
	    xreallocarray(w->policies, w->npolicies + 1, sizeof(*w->policies));
	w->policy_items =
	    xreallocarray(w->policy_items, w->npolicies + 1, sizeof(*w->policy_items));
	w->policies[w->npolicies] = *o;
	w->policy_items[w->npolicies++] = item;
}

/* --- reading ------------------------------------------------------------------------
 */

static bool
is_placement(const struct set_item *s)
{
	return s->what >= WRITE_PLACEMENT_CPUS && s->what <= WRITE_PLACEMENT_VM;
}

bool
want_is_policy(const struct set_item *s)
{
	return s->what >= WRITE_POLICY_MASTER && s->what <= WRITE_PLACEMENT_VM;
}

static void
read_setting(struct want *w, const struct set_item *s, size_t item)
{
	static const enum engine_order_kind kinds[] = {
		[WRITE_POLICY_MASTER - WRITE_POLICY_MASTER] = ENGINE_MASTER_MODE,
		[WRITE_POLICY_HIGH_LOAD - WRITE_POLICY_MASTER] = ENGINE_HIGH_LOAD,
		[WRITE_POLICY_TARGET_LOAD - WRITE_POLICY_MASTER] = ENGINE_TARGET_LOAD,
		[WRITE_POLICY_MEMORY_RESERVE - WRITE_POLICY_MASTER] =
		    ENGINE_MEMORY_RESERVE,
		[WRITE_POLICY_MINIMUM_GAIN - WRITE_POLICY_MASTER] = ENGINE_MINIMUM_GAIN,
		[WRITE_POLICY_MAX_MOVES - WRITE_POLICY_MASTER] = ENGINE_MAX_MOVES,
		[WRITE_POLICY_MAX_MOVES_HOUR - WRITE_POLICY_MASTER] =
		    ENGINE_MAX_MOVES_HOUR,
		[WRITE_POLICY_COOL_DOWN - WRITE_POLICY_MASTER] = ENGINE_COOL_DOWN,
		[WRITE_POLICY_WINDOWS - WRITE_POLICY_MASTER] = ENGINE_WINDOWS,
		[WRITE_POLICY_MODE - WRITE_POLICY_MASTER] = ENGINE_MODE,
		[WRITE_PLAN_APPROVE - WRITE_POLICY_MASTER] = ENGINE_APPROVE,
	};
	struct engine_order o = { .kind = kinds[s->what - WRITE_POLICY_MASTER],
		.key = s->klen > 0 ? s->key[0] : 0,
		.value = s->number };

	if (o.kind == ENGINE_WINDOWS)
		o.text = xstrdup(s->text);
	want_add_policy(w, &o, item);
}

/* The columns of one row of csPlacementTable in one SET. */
struct question {
	const struct set_item *columns[WRITE_PLACEMENT_VM - WRITE_PLACEMENT_CPUS + 1];
};

static const struct set_item *
column(const struct question *q, enum writable what)
{
	return q->columns[what - WRITE_PLACEMENT_CPUS];
}

static uint32_t
number(const struct question *q, enum writable what)
{
	const struct set_item *s = column(q, what);

	return s == NULL ? 0 : (uint32_t)s->number;
}

/* A row that is not there: it is created by this, or nothing can be set in it. */
static enum mib_error
read_creation(struct want *w, const struct question *q, const char *owner,
    uint32_t index, size_t item, char **why)
{
	const struct set_item *status = column(q, WRITE_PLACEMENT_STATUS);
	struct engine_order o = { .kind = ENGINE_PLACE,
		.key = index,
		.cpus = number(q, WRITE_PLACEMENT_CPUS),
		.memory = number(q, WRITE_PLACEMENT_MEMORY),
		.avail_set = number(q, WRITE_PLACEMENT_AVAIL_SET),
		.vm = number(q, WRITE_PLACEMENT_VM) };

	if (status == NULL)
		return want_refuse(why, ERROR_INCONSISTENT_NAME,
		    xasprintf("there is no question %s/%" PRIu32
		              ": csPlacementRowStatus "
		              "createAndGo(4) in the same PDU would create it",
		        owner, index));
	if (status->number == ROW_DESTROY)
		return ERROR_NONE; /* gone is gone: RFC 2579 */
	if (o.vm == 0 && o.cpus == 0)
		o.cpus = NEW_VM_CPUS;
	if (o.vm == 0 && o.memory == 0)
		o.memory = NEW_VM_MEMORY;
	o.owner = xstrdup(owner);
	want_add_policy(w, &o, item);
	return ERROR_NONE;
}

/* A row that is there: what it asks is written only by its creation. */
static enum mib_error
read_existing(struct want *w, const struct question *q, const char *owner,
    uint32_t index, const struct set_item *items, size_t *item, char **why)
{
	const struct set_item *status = column(q, WRITE_PLACEMENT_STATUS), *s;
	struct engine_order o = { .kind = ENGINE_PLACE_DESTROY, .key = index };
	int what;

	for (what = WRITE_PLACEMENT_CPUS; what <= WRITE_PLACEMENT_VM; what++) {
		s = column(q, (enum writable)what);
		if (s == NULL || what == WRITE_PLACEMENT_STORAGE ||
		    (s == status && s->number == ROW_DESTROY))
			continue;
		*item = (size_t)(s - items);
		return want_refuse(why, ERROR_INCONSISTENT_VALUE,
		    xasprintf("there is a question %s/%" PRIu32 " already: take "
		              "another csPlacementIndex, or destroy(6) it first",
		        owner, index));
	}
	if (status == NULL)
		return ERROR_NONE;
	*item = (size_t)(status - items);
	o.owner = xstrdup(owner);
	want_add_policy(w, &o, *item);
	return ERROR_NONE;
}

/* At the first of the variables of this row. */
static enum mib_error
read_question(struct want *w, struct model *m, const struct set_item *items, size_t n,
    size_t at, size_t *item, char **why)
{
	const struct set_item *s, *first = &items[at];
	struct question q = { .columns = { NULL } };
	enum mib_error error;
	uint32_t index = 0;
	char *owner;
	size_t i;

	for (i = 0; i < n; i++) {
		s = &items[i];
		if (!is_placement(s) ||
		    key_compare(s->key, s->klen, first->key, first->klen) != 0)
			continue;
		if (i < at)
			return ERROR_NONE; /* was read with that one */
		q.columns[s->what - WRITE_PLACEMENT_CPUS] = s;
	}
	*item = at;
	if ((s = column(&q, WRITE_PLACEMENT_STATUS)) != NULL) {
		*item = (size_t)(s - items);
		if (s->number != ROW_CREATE_AND_GO && s->number != ROW_DESTROY)
			return want_refuse(why, ERROR_WRONG_VALUE,
			    xasprintf("csPlacementRowStatus takes createAndGo(4) or "
			              "destroy(6), not %" PRId64,
			        s->number));
	}
	owner = want_owner(first, &index);
	if (owner == NULL)
		return want_refuse(why, ERROR_NO_CREATION,
		    xasprintf("csPlacementOwner is a name of 1 to %d octets",
		        MOVE_OWNER_MAX));
	if (table_get(model_table_of(m, TABLE_PLACEMENT), first->key, first->klen) ==
	    NULL)
		error = read_creation(w, &q, owner, index, *item, why);
	else
		error = read_existing(w, &q, owner, index, items, item, why);
	free(owner);
	return error;
}

enum mib_error
want_read_policy(struct want *w, struct model *m, const struct set_item *items,
    size_t n, size_t at, size_t *item, char **why)
{
	if (is_placement(&items[at]))
		return read_question(w, m, items, n, at, item, why);
	read_setting(w, &items[at], at);
	return ERROR_NONE;
}

/* --- testing ------------------------------------------------------------------------
 */

bool
want_passing(const struct want *w)
{
	size_t i;

	for (i = 0; i < w->npolicies; i++)
		if (w->policies[i].kind != ENGINE_PLACE &&
		    w->policies[i].kind != ENGINE_PLACE_DESTROY)
			return false;
	return w->npolicies > 0 && w->nintents + w->nmoves + w->norders == 0;
}

/* Of one SET: the load of that kind that it asks for, NULL: none. */
static const struct engine_order *
load_asked(const struct want *w, enum engine_order_kind kind, size_t *item)
{
	size_t i;

	for (i = 0; i < w->npolicies; i++)
		if (w->policies[i].kind == kind) {
			*item = w->policy_items[i];
			return &w->policies[i];
		}
	return NULL;
}

/* Both thresholds in one SET are judged by each other; one alone by what stands. */
static enum mib_error
test_loads(const struct want *w, bool *both, size_t *item, char **why)
{
	const struct engine_order *high = load_asked(w, ENGINE_HIGH_LOAD, item),
	                          *target = load_asked(w, ENGINE_TARGET_LOAD, item);

	*both = high != NULL && target != NULL;
	if (!*both || target->value < high->value)
		return ERROR_NONE;
	return want_refuse(why, ERROR_INCONSISTENT_VALUE,
	    xasprintf(
	        "csPolicyTargetLoad has to be below csPolicyHighLoad, and %" PRId64
	        " is not below %" PRId64,
	        target->value, high->value));
}

enum mib_error
want_test_policies(const struct want *w, struct model *m, const struct engine *e,
    const struct model_now *now, size_t *item, char **why)
{
	size_t rows = table_count(model_table_of(m, TABLE_PLACEMENT)), i;
	const struct engine_order *o;
	enum mib_error error;
	bool both;

	error = test_loads(w, &both, item, why);
	if (error != ERROR_NONE)
		return error;
	for (i = 0; i < w->npolicies; i++) {
		o = &w->policies[i];
		*item = w->policy_items[i];
		if (both &&
		    (o->kind == ENGINE_HIGH_LOAD || o->kind == ENGINE_TARGET_LOAD))
			continue; /* their ranges were seen by the face */
		error = want_error_of(engine_test(e, o, now, why));
		if (error != ERROR_NONE)
			return error;
		if (o->kind == ENGINE_PLACE && ++rows > PLACEMENTS_MAX)
			return want_refuse(why, ERROR_RESOURCE_UNAVAILABLE,
			    xasprintf("%d questions stand already: they go 10 minutes "
			              "after their creation, destroy(6) those that are "
			              "answered",
			        PLACEMENTS_MAX));
	}
	return ERROR_NONE;
}

bool
want_same_policy(const struct engine_order *a, const struct engine_order *b)
{
	const bool questions = a->owner != NULL && b->owner != NULL;

	return (questions || a->kind == b->kind) && a->key == b->key &&
	    text_same(a->owner, b->owner);
}

/* --- in the store --------------------------------------------------------------------
 */

/* Words of the store: they mean the same to every version. */
static const char *const kind_words[] = {
	[ENGINE_MASTER_MODE] = "master-mode",
	[ENGINE_HIGH_LOAD] = "high-load",
	[ENGINE_TARGET_LOAD] = "target-load",
	[ENGINE_MEMORY_RESERVE] = "memory-reserve",
	[ENGINE_MINIMUM_GAIN] = "minimum-gain",
	[ENGINE_MAX_MOVES] = "max-moves",
	[ENGINE_MAX_MOVES_HOUR] = "max-moves-hour",
	[ENGINE_COOL_DOWN] = "cool-down",
	[ENGINE_WINDOWS] = "windows",
	[ENGINE_MODE] = "mode",
	[ENGINE_APPROVE] = "approve",
};
#define KIND_WORDS ((int)(sizeof(kind_words) / sizeof(kind_words[0])))

static int
kind_of(const char *word)
{
	int i;

	for (i = 0; i < KIND_WORDS; i++)
		if (strcmp(kind_words[i], word) == 0)
			return i;
	return -1;
}

json_t *
want_policies_json(const struct want *w)
{
	json_t *all = json_array();
	const struct engine_order *o;
	size_t i;

	for (i = 0; i < w->npolicies; i++) {
		o = &w->policies[i];
		if (o->owner == NULL) /* else a question */
			json_array_append_new(all,
			    json_pack("{s:s, s:I, s:I, s:s*}", "policy",
			        kind_words[o->kind], "key", (json_int_t)o->key, "value",
			        (json_int_t)o->value, "text", o->text));
	}
	return all;
}

bool
want_load_policy(struct want *w, json_t *json)
{
	struct engine_order o = { 0 };
	const char *text = NULL, *word;
	json_int_t key, value;
	int kind;

	if (json_unpack(json, "{s:s, s:I, s:I, s?s}", "policy", &word, "key", &key,
	        "value", &value, "text", &text) != 0 ||
	    (kind = kind_of(word)) < 0 || key < 0 || key > UINT32_MAX ||
	    (kind == ENGINE_WINDOWS) != (text != NULL))
		return false;
	o.kind = (enum engine_order_kind)kind;
	o.key = (uint32_t)key;
	o.value = value;
	o.text = xstrdup(text);
	want_add_policy(w, &o, 0);
	return true;
}
