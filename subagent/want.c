/*
 * SPDX-License-Identifier: Apache-2.0
 * What one SET asks for. See want.h.
 */
#include "subagent/want.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "subagent/want_impl.h"

/* --- one at a time -----------------------------------------------------------------
 */

void
want_add_intent(struct want *w, const struct intent *i, size_t item)
{
	w->intents = xreallocarray(w->intents, w->nintents + 1, sizeof(*w->intents));
	w->intent_items =
	    xreallocarray(w->intent_items, w->nintents + 1, sizeof(*w->intent_items));
	w->intents[w->nintents] = *i;
	w->intent_items[w->nintents++] = item;
}

void
want_add_move(struct want *w, const struct move_request *r, size_t item)
{
	w->moves = xreallocarray(w->moves, w->nmoves + 1, sizeof(*w->moves));
	w->move_items =
	    xreallocarray(w->move_items, w->nmoves + 1, sizeof(*w->move_items));
	w->moves[w->nmoves] = *r;
	w->move_items[w->nmoves++] = item;
}

void
want_add_order(struct want *w, const struct move_order_request *o, size_t item)
{
	w->orders = xreallocarray(w->orders, w->norders + 1, sizeof(*w->orders));
	w->order_items =
	    xreallocarray(w->order_items, w->norders + 1, sizeof(*w->order_items));
	w->orders[w->norders] = *o;
	w->order_items[w->norders++] = item;
}

void
want_clear(struct want *w)
{
	size_t i;

	for (i = 0; i < w->nmoves; i++) {
		free(w->moves[i].owner);
		free(w->moves[i].reason);
	}
	for (i = 0; i < w->norders; i++)
		free(w->orders[i].owner);
	for (i = 0; i < w->npolicies; i++) {
		free(w->policies[i].text);
		free(w->policies[i].owner);
	}
	free(w->intents);
	free(w->moves);
	free(w->orders);
	free(w->policies);
	free(w->intent_items);
	free(w->move_items);
	free(w->order_items);
	free(w->policy_items);
	memset(w, 0, sizeof(*w));
}

size_t
want_void_words(struct want *w)
{
	size_t i, n = 0;

	for (i = 0; i < w->norders; i++) {
		if (w->orders[i].kind == MOVE_ORDER_CONFIRM) {
			free(w->orders[i].owner);
			continue;
		}
		w->orders[n] = w->orders[i];
		w->order_items[n++] = w->order_items[i];
	}
	i = w->norders - n;
	w->norders = n;
	return i;
}

bool
want_empty(const struct want *w)
{
	return w->nintents + w->nmoves + w->norders + w->npolicies == 0;
}

/* --- testing and doing
 * ----------------------------------------------------------------- */

static enum mib_error
error_of_intent(enum intent_verdict v)
{
	switch (v) {
	case INTENT_OK:
		return ERROR_NONE;
	case INTENT_NO_SUCH:
		return ERROR_NO_CREATION;
	case INTENT_BAD_VALUE:
		return ERROR_WRONG_VALUE;
	case INTENT_NOT_NOW:
		break;
	}
	return ERROR_INCONSISTENT_VALUE;
}

enum mib_error
want_error_of(enum move_verdict v)
{
	switch (v) {
	case MOVE_FINE:
		return ERROR_NONE;
	case MOVE_WRONG_VALUE:
		return ERROR_WRONG_VALUE;
	case MOVE_BAD_NAME:
		return ERROR_INCONSISTENT_NAME;
	case MOVE_NO_RESOURCE:
		return ERROR_RESOURCE_UNAVAILABLE;
	case MOVE_NO_CREATION:
		return ERROR_NO_CREATION;
	case MOVE_NOT_NOW:
		break;
	}
	return ERROR_INCONSISTENT_VALUE;
}

/* Would what the intent asks of moves go against one that is open? */
static enum mib_error
test_intent(const struct intent *i, const struct model *m, const struct moves *moves,
    const struct model_now *now, char **why)
{
	const struct move_request r = { .vm = i->key[0],
		.mode = MOVE_PLANNED,
		.verb = i->value == VM_UP ? VERB_UP : VERB_DOWN };
	const enum intent_verdict v = model_intent_test(m, i, why);
	size_t which;

	if (v != INTENT_OK || i->kind != INTENT_VM_ADMIN)
		return error_of_intent(v);
	return want_error_of(moves_test(moves, &r, 1, now, &which, why));
}

static enum mib_error
test_moves(const struct want *w, const struct moves *moves, const struct model_now *now,
    size_t *item, char **why)
{
	enum mib_error error;
	size_t i, which = 0;

	for (i = 0; i < w->norders; i++) {
		error = want_error_of(moves_order_test(moves, &w->orders[i], now, why));
		if (error != ERROR_NONE) {
			*item = w->order_items[i];
			return error;
		}
	}
	if (w->nmoves == 0)
		return ERROR_NONE;
	error = want_error_of(moves_test(moves, w->moves, w->nmoves, now, &which, why));
	if (error != ERROR_NONE)
		*item = w->move_items[which < w->nmoves ? which : 0];
	return error;
}

enum mib_error
want_test(const struct want *w, struct model *m, const struct moves *moves,
    const struct engine *engine, const struct model_now *now, size_t *item, char **why)
{
	struct intent *supposed;
	enum mib_error error;
	size_t i;

	for (i = 0; i < w->nintents; i++) {
		error = test_intent(&w->intents[i], m, moves, now, why);
		if (error != ERROR_NONE) {
			*item = w->intent_items[i];
			return error;
		}
	}
	/* carried out they come before the moves, see want_apply() */
	supposed = xcalloc(w->nintents + 1, sizeof(*supposed));
	for (i = 0; i < w->nintents; i++) {
		supposed[i] = w->intents[i];
		model_intent_suppose(m, &supposed[i]);
	}
	error = test_moves(w, moves, now, item, why);
	if (error == ERROR_NONE)
		error = want_test_policies(w, m, engine, now, item, why);
	while (i-- > 0)
		model_intent_suppose(m, &supposed[i]);
	free(supposed);
	return error;
}

/* What an intent means for moves, now that it stands. */
static void
intent_follows(const struct intent *i, struct moves *moves, const struct model_now *now)
{
	struct move_request r = { .vm = i->key[0], .mode = MOVE_PLANNED };

	switch (i->kind) {
	case INTENT_VM_ADMIN:
		r.verb = i->value == VM_UP ? VERB_UP : VERB_DOWN;
		moves_accept(moves, &r, 1, now);
		break;
	case INTENT_VM_HOLD:
	case INTENT_VM_PRIORITY: /* its place in the queue */
		moves_intent_changed(moves, i->key[0], now);
		break;
	case INTENT_CLUSTER_ADMIN:
	case INTENT_NODE_ADMIN:
		moves_intent_changed(moves, 0, now);
		break;
	default:
		break;
	}
}

/* Does it end a hold that stands? */
static bool
ends_hold(const struct intent *i, const struct model *m)
{
	struct vm_info info;

	return i->kind == INTENT_VM_HOLD && i->value != 1 &&
	    model_vm_info(m, i->key[0], &info) && info.hold;
}

void
want_apply(const struct want *w, struct model *m, struct moves *moves,
    struct engine *engine, const struct model_now *now)
{
	bool *held = xcalloc(w->nintents + 1, sizeof(*held));
	size_t i;

	for (i = 0; i < w->nintents; i++)
		held[i] = ends_hold(&w->intents[i], m);

	for (i = 0; i < w->nintents; i++)
		if (w->intents[i].kind != INTENT_VM_ADMIN)
			model_intent_apply(m, &w->intents[i], now);
	for (i = 0; i < w->nintents; i++) {
		if (w->intents[i].kind != INTENT_VM_ADMIN)
			continue;
		/* one that is being started is none that should run and does not */
		intent_follows(&w->intents[i], moves, now);
		model_intent_apply(m, &w->intents[i], now);
	}
	for (i = 0; i < w->nintents; i++)
		if (w->intents[i].kind != INTENT_VM_ADMIN)
			intent_follows(&w->intents[i], moves, now);
	for (i = 0; i < w->norders; i++)
		moves_order(moves, &w->orders[i], now);
	if (w->nmoves > 0)
		moves_accept(moves, w->moves, w->nmoves, now);
	for (i = 0; i < w->nintents; i++) /* unless a move of this SET is to */
		if (held[i])
			moves_hold_ended(moves, w->intents[i].key[0], now);
	free(held);
	for (i = 0; i < w->npolicies; i++)
		engine_order(engine, &w->policies[i], now);
}

/* --- two at once
 * ----------------------------------------------------------------------- */

static bool
same_order(const struct move_order_request *a, const struct move_order_request *b)
{
	return a->index == b->index && a->vm == b->vm && a->cluster == b->cluster &&
	    text_same(a->owner, b->owner);
}

static bool
same_move(const struct move_request *a, const struct move_request *b)
{
	return a->vm == b->vm ||
	    (a->index != 0 && a->index == b->index && text_same(a->owner, b->owner));
}

static bool
same_intent(const struct intent *a, const struct intent *b)
{
	return a->kind == b->kind && a->key[0] == b->key[0] && a->key[1] == b->key[1];
}

bool
want_meets(const struct want *a, const struct want *b, size_t *item)
{
	size_t i, j;

	for (i = 0; i < a->nintents; i++) {
		*item = a->intent_items[i];
		for (j = 0; j < b->nintents; j++)
			if (same_intent(&a->intents[i], &b->intents[j]))
				return true;
	}
	for (i = 0; i < a->nmoves; i++) {
		*item = a->move_items[i];
		for (j = 0; j < b->nmoves; j++)
			if (same_move(&a->moves[i], &b->moves[j]))
				return true;
	}
	for (i = 0; i < a->norders; i++) {
		*item = a->order_items[i];
		for (j = 0; j < b->norders; j++)
			if (same_order(&a->orders[i], &b->orders[j]))
				return true;
	}
	for (i = 0; i < a->npolicies; i++) {
		*item = a->policy_items[i];
		for (j = 0; j < b->npolicies; j++)
			if (want_same_policy(&a->policies[i], &b->policies[j]))
				return true;
	}
	return false;
}

/* --- in the store
 * ---------------------------------------------------------------------- */

json_t *
want_json(const struct want *w)
{
	json_t *set = json_array(), *moves = json_array(), *orders = json_array();
	const struct move_order_request *o;
	const struct move_request *r;
	size_t i;

	for (i = 0; i < w->nintents; i++)
		json_array_append_new(set,
		    json_pack("{s:i, s:[I,I], s:I}", "kind", (int)w->intents[i].kind,
		        "key", (json_int_t)w->intents[i].key[0],
		        (json_int_t)w->intents[i].key[1], "value",
		        (json_int_t)w->intents[i].value));
	for (i = 0; i < w->nmoves; i++) {
		r = &w->moves[i];
		json_array_append_new(moves,
		    json_pack("{s:I, s:I, s:I, s:i, s:s*, s:I, s:s*, s:b}", "vm",
		        (json_int_t)r->vm, "cluster", (json_int_t)r->cluster, "node",
		        (json_int_t)r->node, "mode", (int)r->mode, "owner", r->owner,
		        "index", (json_int_t)r->index, "reason", r->reason, "force",
		        (int)r->force));
	}
	for (i = 0; i < w->norders; i++) {
		o = &w->orders[i];
		json_array_append_new(orders,
		    json_pack("{s:i, s:s*, s:I, s:I, s:I, s:I}", "order", (int)o->kind,
		        "owner", o->owner, "index", (json_int_t)o->index, "vm",
		        (json_int_t)o->vm, "cluster", (json_int_t)o->cluster, "value",
		        (json_int_t)o->value));
	}
	return json_pack("{s:o, s:o, s:o, s:o}", "set", set, "moves", moves, "orders",
	    orders, "policies", want_policies_json(w));
}

static bool
is_index(json_int_t n)
{
	return n >= 0 && n <= UINT32_MAX;
}

static bool
load_intent(struct want *w, json_t *o)
{
	json_int_t k0, k1, value;
	struct intent i;
	int kind;

	if (json_unpack(o, "{s:i, s:[I,I], s:I}", "kind", &kind, "key", &k0, &k1,
	        "value", &value) != 0 ||
	    kind < INTENT_SERIAL || kind > INTENT_RELOAD || !is_index(k0) ||
	    !is_index(k1))
		return false;
	i = (struct intent) { (enum intent_kind)kind, { (uint32_t)k0, (uint32_t)k1 },
		value };
	want_add_intent(w, &i, 0);
	return true;
}

static bool
load_move(struct want *w, json_t *o)
{
	const char *owner = NULL, *reason = NULL;
	json_int_t vm, cluster, node, index;
	struct move_request r = { 0 };
	int mode, force;

	if (json_unpack(o, "{s:I, s:I, s:I, s:i, s?s, s:I, s?s, s:b}", "vm", &vm,
	        "cluster", &cluster, "node", &node, "mode", &mode, "owner", &owner,
	        "index", &index, "reason", &reason, "force", &force) != 0 ||
	    !is_index(vm) || !is_index(cluster) || !is_index(node) ||
	    !is_index(index) || mode < MOVE_PLANNED || mode > MOVE_LIVE)
		return false;
	r.vm = (uint32_t)vm;
	r.cluster = (uint32_t)cluster;
	r.node = (uint32_t)node;
	r.mode = (enum cs_move_mode)mode;
	r.owner = xstrdup(owner);
	r.index = (uint32_t)index;
	r.reason = xstrdup(reason);
	r.force = force != 0;
	want_add_move(w, &r, 0);
	return true;
}

static bool
load_order(struct want *w, json_t *o)
{
	json_int_t index, vm, cluster, value;
	struct move_order_request r = { 0 };
	const char *owner = NULL;
	int kind;

	if (json_unpack(o, "{s:i, s?s, s:I, s:I, s:I, s:I}", "order", &kind, "owner",
	        &owner, "index", &index, "vm", &vm, "cluster", &cluster, "value",
	        &value) != 0 ||
	    kind < MOVE_ORDER_CANCEL || kind > MOVE_ORDER_RELEASE || !is_index(index) ||
	    !is_index(vm) || !is_index(cluster) || !is_index(value))
		return false;
	r.kind = (enum move_order_kind)kind;
	r.owner = xstrdup(owner);
	r.index = (uint32_t)index;
	r.vm = (uint32_t)vm;
	r.cluster = (uint32_t)cluster;
	r.value = (uint32_t)value;
	want_add_order(w, &r, 0);
	return true;
}

bool
want_load(struct want *w, const json_t *o)
{
	static const struct {
		const char *member;
		bool (*load)(struct want *, json_t *);
	} parts[] = { { "set", load_intent }, { "moves", load_move },
		{ "orders", load_order }, { "policies", want_load_policy } };
	json_t *all, *one;
	size_t p, i;

	for (p = 0; p < sizeof(parts) / sizeof(parts[0]); p++) {
		all = json_object_get(o, parts[p].member);
		if (all != NULL && !json_is_array(all))
			return false;
		json_array_foreach (all, i, one) {
			if (!parts[p].load(w, one))
				return false;
		}
	}
	return !want_empty(w);
}
