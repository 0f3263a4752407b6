/*
 * SPDX-License-Identifier: Apache-2.0
 * SETs that ask for moves, phase by phase, with a real store: both ways to ask, the
 * same asked twice, what is found at start, and a store that fails.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "subagent/want.h"
#include "tests/unit/intent_rig.h"

enum {
	OK = ERROR_NONE,
	INCONSISTENT_VALUE = ERROR_INCONSISTENT_VALUE,
	RESOURCE_UNAVAILABLE = ERROR_RESOURCE_UNAVAILABLE,
	COMMIT_FAILED = ERROR_COMMIT_FAILED
};

static struct set_item items[8];
static size_t nitems;

static void
target(uint32_t vm, uint32_t cluster)
{
	items[nitems++] = (struct set_item) { .what = WRITE_VM_TARGET_CLUSTER,
		.key = { vm },
		.klen = 1,
		.number = cluster };
}

static void
column(enum writable what, uint32_t index, int64_t number)
{
	items[nitems++] = (struct set_item) {
		.what = what, .key = { 2, 'o', 'p', index }, .klen = 4, .number = number
	};
}

static void
creation(uint32_t index, uint32_t vm, uint32_t cluster)
{
	nitems = 0;
	column(WRITE_MOVE_STATUS, index, 4);
	column(WRITE_MOVE_VM, index, vm);
	column(WRITE_MOVE_CLUSTER, index, cluster);
}

static int
ask_items(enum request_phase phase, uint64_t transaction)
{
	struct request *r = request_new(phase, transaction, items, nitems);

	intent_request(&request_ref(r)->mail);
	return rig_answer(r);
}

/* All phases of one SET; the first error. */
static int
set_items(uint64_t transaction)
{
	int error = ask_items(REQUEST_TEST, transaction);

	if (error == OK)
		error = ask_items(REQUEST_COMMIT, transaction);
	if (error == OK)
		error = ask_items(REQUEST_ACCEPT, transaction);
	return error;
}

static size_t
moves_now(void)
{
	const struct model_now now = control_now();

	return table_count(model_tables(c->model, &now, NULL)[TABLE_MOVE]);
}

/* How the move op/INDEX ended; at most ten seconds of rounds. */
static int64_t
ending(uint32_t index)
{
	const msec_t until = clock_ms() + 10000;
	const struct timeval soon = { 0, 20000 };
	const struct move_row *row;

	do {
		event_base_loopexit(c->base, &soon);
		event_base_dispatch(c->base);
		rig_see(RIG_EAST);
		rig_see(RIG_WEST);
		row = model_move_row(c->model, "op", index);
	} while (row->finished_wall == 0 && clock_ms() < until);
	return row->state;
}

START_TEST(test_move)
{
	nitems = 0;
	target(VM1, WEST_INDEX);
	ck_assert_int_eq(ask_items(REQUEST_TEST, 1), OK);
	ck_assert_uint_eq(moves_now(), 0);
	ck_assert_int_eq(ask_items(REQUEST_COMMIT, 1), OK);
	ck_assert_uint_eq(moves_now(), 0); /* proposed is not accepted */
	ck_assert_int_eq(ask_items(REQUEST_ACCEPT, 1), OK);
	ck_assert_uint_eq(moves_now(), 1);
	ck_assert_ptr_nonnull(model_move_row(c->model, "set", 1));
	/* the same once more, also of a new process, is the same move */
	ck_assert_int_eq(set_items(2), OK);
	ck_assert_uint_eq(moves_now(), 1);
	rig_restart();
	ck_assert_uint_eq(moves_now(), 1);
	ck_assert_int_eq(set_items(1), OK);
	ck_assert_uint_eq(moves_now(), 1);
	ck_assert_int_eq(rig_proposals_in_file(), 0);
}
END_TEST

START_TEST(test_move_undone)
{
	nitems = 0;
	target(VM1, WEST_INDEX);
	ck_assert_int_eq(ask_items(REQUEST_TEST, 1), OK);
	ck_assert_int_eq(ask_items(REQUEST_COMMIT, 1), OK);
	ck_assert_int_eq(ask_items(REQUEST_UNDO, 1), OK);
	rig_lapse(11000);
	ck_assert_uint_eq(moves_now(), 0);
	ck_assert_int_eq(rig_proposals_in_file(), 0);
	ck_assert_uint_eq(moves_now(), 0);
}
END_TEST

/* The manager may have been told: what is durable is carried out once. */
START_TEST(test_move_found_at_start)
{
	creation(7, VM1, WEST_INDEX);
	ck_assert_int_eq(ask_items(REQUEST_TEST, 1), OK);
	ck_assert_int_eq(ask_items(REQUEST_COMMIT, 1), OK);
	rig_restart();
	ck_assert_uint_eq(moves_now(), 0);
	intent_start(c);
	ck_assert_uint_eq(moves_now(), 1);
	ck_assert_ptr_nonnull(model_move_row(c->model, "op", 7));
	ck_assert_int_eq(rig_proposals_in_file(), 0);
	ck_assert_uint_eq(moves_now(), 1);
}
END_TEST

/* Before the first rounds nothing is known of the VM: the move waits for them. */
START_TEST(test_move_found_unseen)
{
	creation(7, VM1, WEST_INDEX);
	ck_assert_int_eq(ask_items(REQUEST_TEST, 1), OK);
	ck_assert_int_eq(ask_items(REQUEST_COMMIT, 1), OK);
	rig_unseen = true;
	rig_restart();
	intent_start(c);
	ck_assert_uint_eq(moves_now(), 1);
	ck_assert_int_eq(model_move_row(c->model, "op", 7)->state, MOVE_WAITING);
	ck_assert_int_eq(set_items(2), INCONSISTENT_VALUE); /* it is there */
	rig_see(RIG_EAST);
	rig_see(RIG_WEST);
	ck_assert_int_eq(model_move_row(c->model, "op", 7)->state, MOVE_RUNNING);
	ck_assert_int_eq(rig_proposals_in_file(), 0);
	ck_assert_uint_eq(moves_now(), 1);
}
END_TEST

/* A word is as old as its proposal, and nobody knows how old that is. */
START_TEST(test_word_found_at_start)
{
	const struct model_now now = control_now();
	struct store_batch *b = store_batch_new();
	struct want w = { 0 };
	const struct event_row *e = NULL;
	struct table_view *view;
	bool told = false;
	json_t *o;
	char *text;

	want_add_order(&w,
	    &(struct move_order_request) { .kind = MOVE_ORDER_CONFIRM,
	        .vm = VM1,
	        .cluster = WEST_INDEX,
	        .value = 1 },
	    0);
	o = want_json(&w);
	text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	store_batch_put(b, "proposal", "00000000000000aa", text);
	free(text);
	want_clear(&w);
	store_submit(c->store, b, NULL, NULL);
	ck_assert_int_eq(rig_proposals_in_file(), 1);
	rig_restart();
	intent_start(c);
	view = table_view(model_tables(c->model, &now, NULL)[TABLE_EVENT]);
	for (e = table_view_next(view, NULL, 0, true); e != NULL;
	     e = table_view_next(view, e->head.key, e->head.klen, false)) {
		ck_assert_ptr_null(strstr(e->text, "was accepted"));
		told |= strstr(e->text, "are void") != NULL;
	}
	table_view_unref(view);
	ck_assert(told);
	ck_assert_int_eq(rig_proposals_in_file(), 0);
}
END_TEST

START_TEST(test_move_orphan)
{
	creation(7, VM1, WEST_INDEX);
	ck_assert_int_eq(ask_items(REQUEST_TEST, 1), OK);
	ck_assert_int_eq(ask_items(REQUEST_COMMIT, 1), OK);
	rig_lapse(11000);
	ck_assert_uint_eq(moves_now(), 1);
	rig_lapse(22000);
	ck_assert_uint_eq(moves_now(), 1);
}
END_TEST

START_TEST(test_row_twice)
{
	creation(7, VM1, WEST_INDEX);
	ck_assert_int_eq(set_items(1), OK);
	ck_assert_int_eq(ask_items(REQUEST_TEST, 2), INCONSISTENT_VALUE);
	ck_assert_uint_eq(moves_now(), 1);
	rig_restart();
	ck_assert_int_eq(ask_items(REQUEST_TEST, 1), INCONSISTENT_VALUE);
	/* another move of that VM is another matter, and refused for another reason */
	creation(8, VM1, WEST_INDEX);
	ck_assert_int_eq(ask_items(REQUEST_TEST, 3), INCONSISTENT_VALUE);
	creation(8, VM2, WEST_INDEX);
	ck_assert_int_eq(set_items(4), OK);
	ck_assert_uint_eq(moves_now(), 2);
}
END_TEST

START_TEST(test_all_or_nothing)
{
	nitems = 0;
	target(VM1, WEST_INDEX);
	target(VM2, 99);
	ck_assert_int_eq(ask_items(REQUEST_TEST, 1), ERROR_WRONG_VALUE);
	ck_assert_uint_eq(rig_failed_item, 1);
	ck_assert_int_eq(ask_items(REQUEST_COMMIT, 1), COMMIT_FAILED);
	ck_assert_uint_eq(moves_now(), 0);
	items[1].number = WEST_INDEX;
	ck_assert_int_eq(set_items(2), OK);
	ck_assert_uint_eq(moves_now(), 2);
}
END_TEST

START_TEST(test_reserved_vm)
{
	nitems = 0;
	target(VM1, WEST_INDEX);
	ck_assert_int_eq(ask_items(REQUEST_TEST, 1), OK);
	creation(7, VM1, WEST_INDEX);
	ck_assert_int_eq(ask_items(REQUEST_TEST, 2), RESOURCE_UNAVAILABLE);
	creation(7, VM2, WEST_INDEX);
	ck_assert_int_eq(ask_items(REQUEST_TEST, 3), OK);
}
END_TEST

/* What asks for nothing needs no disk. */
START_TEST(test_nothing)
{
	nitems = 0;
	target(VM1, 0);
	ck_assert_int_eq(ask_items(REQUEST_TEST, 1), OK);
	ck_assert_int_eq(ask_items(REQUEST_COMMIT, 1), OK);
	ck_assert_int_eq(rig_proposals_in_file(), 0);
	ck_assert_int_eq(set_items(1), OK);
	ck_assert_int_eq(ask_items(REQUEST_TEST, 2), OK);
	ck_assert_int_eq(ask_items(REQUEST_COMMIT, 2), OK);
	ck_assert_int_eq(ask_items(REQUEST_UNDO, 2), OK);
	ck_assert_uint_eq(moves_now(), 0);
}
END_TEST

START_TEST(test_orders)
{
	creation(7, VM1, WEST_INDEX);
	ck_assert_int_eq(set_items(1), OK);
	nitems = 0;
	column(WRITE_MOVE_STATUS, 7, 6);
	ck_assert_int_eq(ask_items(REQUEST_TEST, 2), INCONSISTENT_VALUE); /* is open */
	nitems = 0;
	column(WRITE_MOVE_FORCE, 7, 1);
	ck_assert_int_ne(ask_items(REQUEST_TEST, 3), OK); /* not configured */
	nitems = 0;
	column(WRITE_MOVE_CONTROL, 7, CONTROL_CANCEL);
	ck_assert_int_eq(set_items(4), OK);
	ck_assert_int_eq(ending(7), MOVE_CANCELLED);
	nitems = 0;
	column(WRITE_MOVE_STATUS, 7, 6);
	ck_assert_int_eq(set_items(5), OK);
	ck_assert_uint_eq(moves_now(), 0);
	rig_restart();
	ck_assert_uint_eq(moves_now(), 0);
	creation(7, VM1, WEST_INDEX);
	ck_assert_int_eq(ask_items(REQUEST_TEST, 6), ERROR_INCONSISTENT_NAME);
}
END_TEST

static int
set_vm(enum writable what, int64_t value, uint64_t transaction)
{
	nitems = 0;
	items[nitems++] = (struct set_item) {
		.what = what, .key = { VM1 }, .klen = 1, .number = value
	};
	return set_items(transaction);
}

/* A wish under hold, and the end of the hold: with a new process in between or not. */
START_TEST(test_hold_ends)
{
	ck_assert_int_eq(set_vm(WRITE_VM_HOLD, 1, 1), OK);
	ck_assert_int_eq(set_vm(WRITE_VM_ADMIN, VM_DOWN, 2), OK);
	ck_assert_uint_eq(moves_now(), 1); /* it failed */
	if (_i == 1)
		rig_restart();
	ck_assert_int_eq(set_vm(WRITE_VM_PRIORITY, 3, 3), OK);
	ck_assert_uint_eq(moves_now(), 1);
	ck_assert_int_eq(set_vm(WRITE_VM_HOLD, 2, 4), OK);
	ck_assert_uint_eq(moves_now(), 2);
	ck_assert_int_eq(set_vm(WRITE_VM_HOLD, 2, 5), OK);
	ck_assert_uint_eq(moves_now(), 2);
	if (_i == 1)
		return;
	rig_restart();
	ck_assert_uint_eq(moves_now(), 2);
}
END_TEST

static void
beside(enum writable what, uint32_t index, int64_t value)
{
	items[nitems++] = (struct set_item) {
		.what = what, .key = { index }, .klen = 1, .number = value
	};
}

/* What stands beside a move in one SET is judged as if it were set first. */
START_TEST(test_one_set)
{
	static const struct {
		enum writable what;
		uint32_t index;
		int64_t closes, opens;
	} cases[] = {
		{ WRITE_VM_HOLD, VM1, 1, 2 },
		{ WRITE_CLUSTER_ADMIN, WEST_INDEX, CLUSTER_MAINTENANCE,
		    CLUSTER_ACTIVE },
	};
	const enum writable what = cases[_i / 2].what;
	const uint32_t index = cases[_i / 2].index;
	const bool last = _i % 2 == 1; /* the move comes first */

	nitems = 0;
	if (last)
		target(VM1, WEST_INDEX);
	beside(what, index, cases[_i / 2].closes);
	if (!last)
		target(VM1, WEST_INDEX);
	ck_assert_int_eq(set_items(1), INCONSISTENT_VALUE);
	ck_assert_uint_eq(rig_failed_item, last ? 0 : 1);
	ck_assert_uint_eq(moves_now(), 0);
	/* nothing of it was set */
	nitems = 0;
	target(VM1, WEST_INDEX);
	ck_assert_int_eq(ask_items(REQUEST_TEST, 2), OK);
	ck_assert_int_eq(ask_items(REQUEST_FREE, 2), OK);
	nitems = 0;
	beside(what, index, cases[_i / 2].closes);
	ck_assert_int_eq(set_items(3), OK);
	nitems = 0;
	target(VM1, WEST_INDEX);
	ck_assert_int_eq(set_items(4), INCONSISTENT_VALUE);
	nitems = 0;
	if (last)
		target(VM1, WEST_INDEX);
	beside(what, index, cases[_i / 2].opens);
	if (!last)
		target(VM1, WEST_INDEX);
	ck_assert_int_eq(set_items(5), OK);
	ck_assert_uint_eq(moves_now(), 1);
}
END_TEST

/* While the file cannot be written nothing is asked for, and later all is as before. */
START_TEST(test_store_failed)
{
	record_failed(c, "no space left");
	creation(7, VM1, WEST_INDEX);
	ck_assert_int_eq(ask_items(REQUEST_TEST, 1), RESOURCE_UNAVAILABLE);
	while (c->store_failed) /* the retry, after some seconds */
		event_base_loop(c->base, EVLOOP_ONCE);
	ck_assert_int_eq(set_items(2), OK);
	rig_restart();
	ck_assert_uint_eq(moves_now(), 1);
}
END_TEST

/* Rows that went while nothing could be written do not come back. */
START_TEST(test_gone_while_failed)
{
	creation(7, VM1, WEST_INDEX);
	ck_assert_int_eq(set_items(1), OK);
	nitems = 0;
	column(WRITE_MOVE_CONTROL, 7, CONTROL_CANCEL);
	ck_assert_int_eq(set_items(2), OK);
	ck_assert_int_eq(ending(7), MOVE_CANCELLED);
	record_flush(c);
	record_failed(c, "no space left");
	store_batch_free(c->batch);
	c->batch = NULL;
	moves_order(c->moves,
	    &(const struct move_order_request) {
	        .kind = MOVE_ORDER_DESTROY, .owner = (char[]) { "op" }, .index = 7 },
	    &(const struct model_now) { clock_ms(), time(NULL) });
	store_batch_free(c->batch); /* as a batch that fails */
	c->batch = NULL;
	while (c->store_failed)
		event_base_loop(c->base, EVLOOP_ONCE);
	rig_restart();
	ck_assert_uint_eq(moves_now(), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("intent_moves");
	TCase *t = tcase_create("intent_moves");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, rig_setup, rig_teardown);
	tcase_set_timeout(t, 30);
	tcase_add_test(t, test_move);
	tcase_add_test(t, test_move_undone);
	tcase_add_test(t, test_move_found_at_start);
	tcase_add_test(t, test_move_found_unseen);
	tcase_add_test(t, test_word_found_at_start);
	tcase_add_test(t, test_move_orphan);
	tcase_add_test(t, test_row_twice);
	tcase_add_test(t, test_all_or_nothing);
	tcase_add_test(t, test_reserved_vm);
	tcase_add_test(t, test_nothing);
	tcase_add_test(t, test_orders);
	tcase_add_loop_test(t, test_hold_ends, 0, 2);
	tcase_add_loop_test(t, test_one_set, 0, 4);
	tcase_add_test(t, test_store_failed);
	tcase_add_test(t, test_gone_while_failed);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
