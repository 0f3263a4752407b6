/*
 * SPDX-License-Identifier: Apache-2.0
 * The variables of one SET, in any order, read as intents, moves and orders. See
 * want.h; what is for policies is read in want_policy.c.
 *
 * What a row of csMoveTable takes is decided here as RFC 2579 has it for RowStatus;
 * whether a move or an order is possible is not, see want_test().
 */
#include "subagent/want.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "subagent/want_impl.h"

enum { TRUTH_TRUE = 1 };

/* The columns of one row of csMoveTable, or the targets of one VM, in one SET. */
#define COLUMNS (WRITE_MOVE_STORAGE - WRITE_MOVE_VM + 1)
struct bundle {
	const struct set_item *first;
	const struct set_item *columns[COLUMNS]; /* by what - WRITE_MOVE_VM */
};

enum mib_error
want_refuse(char **why, enum mib_error error, char *words)
{
	free(*why);
	*why = words;
	return error;
}

/* --- reading: intents and scalars ---------------------------------------------------
 */

static bool
intent_of(const struct set_item *item, struct intent *i)
{
	static const int kinds[] = {
		[WRITE_SET_SERIAL] = INTENT_SERIAL + 1,
		[WRITE_CLUSTER_ADMIN] = INTENT_CLUSTER_ADMIN + 1,
		[WRITE_NODE_ADMIN] = INTENT_NODE_ADMIN + 1,
		[WRITE_VM_ADMIN] = INTENT_VM_ADMIN + 1,
		[WRITE_VM_HOLD] = INTENT_VM_HOLD + 1,
		[WRITE_VM_HOME] = INTENT_VM_HOME + 1,
		[WRITE_VM_PRIORITY] = INTENT_VM_PRIORITY + 1,
		[WRITE_ALARM_ACK] = INTENT_ALARM_ACK + 1,
		[WRITE_SET_RELOAD] = INTENT_RELOAD + 1,
	};

	if ((size_t)item->what >= sizeof(kinds) / sizeof(kinds[0]) ||
	    kinds[item->what] == 0)
		return false;
	i->kind = (enum intent_kind)(kinds[item->what] - 1);
	i->key[0] = item->klen > 0 ? item->key[0] : 0;
	i->key[1] = item->klen > 1 ? item->key[1] : 0;
	i->value = item->number;
	return true;
}

static void
read_order(struct want *w, const struct set_item *s, size_t item)
{
	struct move_order_request o = { .kind = MOVE_ORDER_ADOPT,
		.value = (uint32_t)s->number };

	if (s->number == 0)
		return; /* does nothing, whatever is read there */
	if (s->what == WRITE_SITE_CONFIRM) {
		o.kind = MOVE_ORDER_CONFIRM;
		o.vm = s->key[0];
		o.cluster = s->key[1];
	} else if (s->what == WRITE_VM_RELEASE) {
		o.kind = MOVE_ORDER_RELEASE;
		o.vm = s->key[0];
	}
	want_add_order(w, &o, item);
}

/* --- reading: the targets of a VM ----------------------------------------------------
 */

static bool
is_target(const struct set_item *s)
{
	return s->what == WRITE_VM_TARGET_CLUSTER || s->what == WRITE_VM_TARGET_NODE;
}

/* At the first of the one or two variables of this VM. */
static void
read_target(struct want *w, const struct set_item *items, size_t n, size_t at)
{
	struct move_request r = { .vm = items[at].key[0], .mode = MOVE_PLANNED };
	size_t i, item = at;

	for (i = 0; i < n; i++) {
		if (!is_target(&items[i]) || items[i].key[0] != r.vm)
			continue;
		if (i < at)
			return; /* was read with that one */
		if (items[i].what == WRITE_VM_TARGET_CLUSTER) {
			r.cluster = (uint32_t)items[i].number;
			if (r.cluster != 0)
				item = i;
		} else {
			r.node = (uint32_t)items[i].number;
			if (r.cluster == 0 && r.node != 0)
				item = i;
		}
	}
	if (r.cluster != 0 || r.node != 0)
		want_add_move(w, &r, item);
}

/* --- reading: rows of csMoveTable
 * ------------------------------------------------------
 */

static bool
is_row(const struct set_item *s)
{
	return s->what >= WRITE_MOVE_VM && s->what <= WRITE_MOVE_STORAGE;
}

static const struct set_item *
column(const struct bundle *b, enum writable what)
{
	return b->columns[what - WRITE_MOVE_VM];
}

static int64_t
number(const struct bundle *b, enum writable what, int64_t otherwise)
{
	const struct set_item *s = column(b, what);

	return s == NULL ? otherwise : s->number;
}

char *
want_owner(const struct set_item *s, uint32_t *index)
{
	char owner[MOVE_OWNER_MAX + 1] = "";
	size_t n = s->klen > 0 ? s->key[0] : 0, i;

	if (n == 0 || n > MOVE_OWNER_MAX || s->klen != n + 2)
		return NULL;
	for (i = 0; i < n; i++)
		owner[i] = (char)s->key[i + 1];
	*index = s->key[n + 1];
	return strlen(owner) == n && text_is_name(owner, MOVE_OWNER_MAX)
	    ? xstrdup(owner)
	    : NULL;
}

/* A row that is not there: it is created by this, or nothing can be set in it. */
static enum mib_error
read_creation(struct want *w, const struct bundle *b, char *owner, uint32_t index,
    const struct set_item *items, size_t *item, char **why)
{
	const struct set_item *status = column(b, WRITE_MOVE_STATUS),
	                      *reason = column(b, WRITE_MOVE_REASON);
	struct move_request r = { .vm = (uint32_t)number(b, WRITE_MOVE_VM, 0),
		.cluster = (uint32_t)number(b, WRITE_MOVE_CLUSTER, 0),
		.node = (uint32_t)number(b, WRITE_MOVE_NODE, 0),
		.mode = (enum cs_move_mode)number(b, WRITE_MOVE_MODE, MOVE_PLANNED),
		.index = index,
		.force = number(b, WRITE_MOVE_FORCE, 0) == TRUTH_TRUE };

	if (status == NULL)
		return want_refuse(why, ERROR_INCONSISTENT_NAME,
		    xasprintf("there is no move %s/%" PRIu32 ": with csMoveRowStatus "
		              "createAndGo(4), csMoveVm and csMoveTargetCluster in the "
		              "same PDU it would be created",
		        owner, index));
	*item = (size_t)(status - items);
	if (status->number == ROW_DESTROY)
		return ERROR_NONE; /* gone is gone: RFC 2579 */
	if (r.vm == 0 || r.cluster == 0)
		return want_refuse(why, ERROR_INCONSISTENT_VALUE,
		    xasprintf("move %s/%" PRIu32 ": %s must stand in the same PDU",
		        owner, index, r.vm == 0 ? "csMoveVm" : "csMoveTargetCluster"));
	if (number(b, WRITE_MOVE_CONTROL, CONTROL_NONE) != CONTROL_NONE) {
		*item = (size_t)(column(b, WRITE_MOVE_CONTROL) - items);
		return want_refuse(why, ERROR_INCONSISTENT_VALUE,
		    xasprintf("move %s/%" PRIu32 ": there is no move yet to be ordered "
		              "about",
		        owner, index));
	}
	r.owner = xstrdup(owner);
	r.reason = reason == NULL ? NULL : xstrdup(reason->text);
	want_add_move(w, &r, *item);
	return ERROR_NONE;
}

/* A row that is there: orders only. */
static enum mib_error
read_orders(struct want *w, const struct bundle *b, const struct move_row *row,
    char *owner, uint32_t index, const struct set_item *items, size_t *item, char **why)
{
	static const enum move_order_kind kinds[] = { [CONTROL_CANCEL] =
		                                          MOVE_ORDER_CANCEL,
		[CONTROL_RETRY] = MOVE_ORDER_RETRY,
		[CONTROL_ROLLBACK] = MOVE_ORDER_ROLLBACK };
	const struct set_item *status = column(b, WRITE_MOVE_STATUS),
	                      *control = column(b, WRITE_MOVE_CONTROL),
	                      *force = column(b, WRITE_MOVE_FORCE), *s;
	struct move_order_request o = { .index = index };
	int what;

	for (what = WRITE_MOVE_VM; what <= WRITE_MOVE_REASON; what++)
		if ((s = column(b, (enum writable)what)) != NULL) {
			*item = (size_t)(s - items);
			return want_refuse(why, ERROR_INCONSISTENT_VALUE,
			    xasprintf("there is a move %s/%" PRIu32 " already: what it "
			              "does is written only by its creation, see "
			              "csMoveIndexNext for a free index",
			        owner, index));
		}
	if (status != NULL) {
		*item = (size_t)(status - items);
		if (status->number == ROW_CREATE_AND_GO)
			return want_refuse(why, ERROR_INCONSISTENT_VALUE,
			    xasprintf("there is a move %s/%" PRIu32 " already", owner,
			        index));
		if (control != NULL || force != NULL)
			return want_refuse(why, ERROR_INCONSISTENT_VALUE,
			    xasprintf("move %s/%" PRIu32 ": what is destroyed takes no "
			              "order in the same PDU",
			        owner, index));
		o.kind = MOVE_ORDER_DESTROY;
		o.owner = xstrdup(owner);
		want_add_order(w, &o, *item);
	}
	if (force != NULL) {
		*item = (size_t)(force - items);
		if (force->number == TRUTH_TRUE && row->force != TRUTH_TRUE) {
			o.kind = MOVE_ORDER_FORCE;
			o.owner = xstrdup(owner);
			want_add_order(w, &o, *item);
		} else if (force->number != TRUTH_TRUE && row->force == TRUTH_TRUE) {
			return want_refuse(why, ERROR_INCONSISTENT_VALUE,
			    xasprintf("move %s/%" PRIu32 " is forced: it cannot be "
			              "made a planned one again",
			        owner, index));
		}
	}
	if (control != NULL && control->number != CONTROL_NONE) {
		*item = (size_t)(control - items);
		o.kind = kinds[control->number];
		o.owner = xstrdup(owner);
		want_add_order(w, &o, *item);
	}
	return ERROR_NONE;
}

/* At the first of the variables of this row. */
static enum mib_error
read_row(struct want *w, const struct model *m, const struct set_item *items, size_t n,
    size_t at, size_t *item, char **why)
{
	struct bundle b = { .first = &items[at] };
	const struct set_item *s;
	const struct move_row *row;
	enum mib_error error;
	uint32_t index = 0;
	char *owner;
	size_t i;

	for (i = 0; i < n; i++) {
		s = &items[i];
		if (!is_row(s) ||
		    key_compare(s->key, s->klen, b.first->key, b.first->klen) != 0)
			continue;
		if (i < at)
			return ERROR_NONE; /* was read with that one */
		b.columns[s->what - WRITE_MOVE_VM] = s;
	}
	*item = at;
	s = column(&b, WRITE_MOVE_STATUS);
	if (s != NULL && s->number != ROW_CREATE_AND_GO && s->number != ROW_DESTROY) {
		*item = (size_t)(s - items);
		return want_refuse(why, ERROR_WRONG_VALUE,
		    xasprintf("csMoveRowStatus takes createAndGo(4) or destroy(6), not "
		              "%" PRId64,
		        s->number));
	}
	owner = want_owner(b.first, &index);
	if (owner == NULL)
		return want_refuse(why, ERROR_NO_CREATION,
		    xasprintf(
		        "csMoveOwner is a name of 1 to %d octets", MOVE_OWNER_MAX));
	row = model_move_row(m, owner, index);
	if (row == NULL)
		error = read_creation(w, &b, owner, index, items, item, why);
	else
		error = read_orders(w, &b, row, owner, index, items, item, why);
	free(owner);
	return error;
}

/* --- reading
 * ---------------------------------------------------------------------------
 */

/* One PDU wants one thing of a VM. */
static enum mib_error
check_vms(const struct want *w, size_t *item, char **why)
{
	size_t i, j;

	for (i = 0; i < w->nmoves; i++) {
		*item = w->move_items[i];
		for (j = 0; j < i; j++)
			if (w->moves[j].vm == w->moves[i].vm)
				return want_refuse(why, ERROR_INCONSISTENT_VALUE,
				    xstrdup("this SET asks for two moves of one VM"));
		for (j = 0; j < w->nintents; j++)
			if (w->intents[j].kind == INTENT_VM_ADMIN &&
			    w->intents[j].key[0] == w->moves[i].vm)
				return want_refuse(why, ERROR_INCONSISTENT_VALUE,
				    xstrdup("this SET asks for a move and for "
				            "csVmAdminState of one VM: set one after "
				            "the other"));
	}
	return ERROR_NONE;
}

enum mib_error
want_read(struct want *w, struct model *m, const struct set_item *items, size_t n,
    size_t *item, char **why)
{
	enum mib_error error = ERROR_NONE;
	struct intent intent;
	size_t i;

	for (i = 0; i < n && error == ERROR_NONE; i++) {
		*item = i;
		if (intent_of(&items[i], &intent))
			want_add_intent(w, &intent, i);
		else if (is_target(&items[i]))
			read_target(w, items, n, i);
		else if (is_row(&items[i]))
			error = read_row(w, m, items, n, i, item, why);
		else if (want_is_policy(&items[i]))
			error = want_read_policy(w, m, items, n, i, item, why);
		else
			read_order(w, &items[i], i);
	}
	if (error == ERROR_NONE)
		error = check_vms(w, item, why);
	if (error != ERROR_NONE)
		want_clear(w);
	return error;
}
