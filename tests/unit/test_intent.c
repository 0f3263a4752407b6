/*
 * SPDX-License-Identifier: Apache-2.0
 * SETs in control, phase by phase, with a real store: what is reserved, what is
 * durable, what an orphan may do and what it may not. csSetSerial stands for every
 * object that only has a value; moves are in test_intent_moves.c.
 */
#include <check.h>

#include "tests/unit/intent_rig.h"

enum {
	OK = ERROR_NONE,
	INCONSISTENT_VALUE = ERROR_INCONSISTENT_VALUE,
	RESOURCE_UNAVAILABLE = ERROR_RESOURCE_UNAVAILABLE,
	COMMIT_FAILED = ERROR_COMMIT_FAILED
};

static int64_t
serial_now(void)
{
	const struct model_now now = control_now();
	const uint32_t key = 0;
	const struct set_row *row =
	    table_get(model_tables(c->model, &now, NULL)[TABLE_SET], &key, 1);

	return row->serial;
}

START_TEST(test_whole_way)
{
	ck_assert_int_eq(rig_ask(REQUEST_TEST, 1, 0), OK);
	ck_assert_int_eq(rig_ask(REQUEST_COMMIT, 1, 0), OK);
	ck_assert_int_eq(serial_now(), 0); /* proposed is not accepted */
	ck_assert_int_eq(rig_ask(REQUEST_ACCEPT, 1, 0), OK);
	ck_assert_int_eq(serial_now(), 1);
	ck_assert_int_eq(rig_proposals_in_file(), 0);
}
END_TEST

START_TEST(test_reservation)
{
	ck_assert_int_eq(rig_ask(REQUEST_TEST, 1, 0), OK);
	ck_assert_int_eq(rig_ask(REQUEST_TEST, 2, 0), RESOURCE_UNAVAILABLE);
	ck_assert_int_eq(rig_ask(REQUEST_FREE, 1, 0), OK);
	ck_assert_int_eq(rig_ask(REQUEST_TEST, 3, 0), OK);
	rig_lapse(9000);
	ck_assert_int_eq(rig_ask(REQUEST_TEST, 4, 0), RESOURCE_UNAVAILABLE);
	rig_lapse(11000);
	ck_assert_int_eq(rig_ask(REQUEST_TEST, 5, 0), OK);
	ck_assert_int_eq(rig_ask(REQUEST_COMMIT, 3, 0), COMMIT_FAILED); /* it lapsed */
	ck_assert_int_eq(rig_ask(REQUEST_COMMIT, 5, 0), OK);
}
END_TEST

START_TEST(test_commit_without_test)
{
	ck_assert_int_eq(rig_ask(REQUEST_COMMIT, 1, 0), COMMIT_FAILED);
	ck_assert_int_eq(rig_ask(REQUEST_ACCEPT, 1, 0), OK);
	ck_assert_int_eq(serial_now(), 0);
}
END_TEST

START_TEST(test_undo)
{
	ck_assert_int_eq(rig_ask(REQUEST_TEST, 1, 0), OK);
	ck_assert_int_eq(rig_ask(REQUEST_COMMIT, 1, 0), OK);
	ck_assert_int_eq(rig_ask(REQUEST_UNDO, 1, 0), OK);
	ck_assert_int_eq(rig_ask(REQUEST_ACCEPT, 1, 0), OK); /* of nothing */
	rig_lapse(11000);
	ck_assert_int_eq(serial_now(), 0);
	ck_assert_int_eq(rig_proposals_in_file(), 0);
}
END_TEST

START_TEST(test_undo_before_durable)
{
	struct request *commit;

	ck_assert_int_eq(rig_ask(REQUEST_TEST, 1, 0), OK);
	commit = rig_post(REQUEST_COMMIT, 1, 0); /* the face stopped waiting */
	ck_assert_int_eq(rig_ask(REQUEST_UNDO, 1, 0), OK);
	while (atomic_load(&commit->state) != REQUEST_ANSWERED)
		event_base_loop(c->base, EVLOOP_ONCE);
	request_unref(commit);
	rig_lapse(11000);
	ck_assert_int_eq(serial_now(), 0);
	ck_assert_int_eq(rig_proposals_in_file(), 0);
}
END_TEST

START_TEST(test_orphan_by_time)
{
	ck_assert_int_eq(rig_ask(REQUEST_TEST, 1, 0), OK);
	ck_assert_int_eq(rig_ask(REQUEST_COMMIT, 1, 0), OK);
	rig_lapse(9000);
	ck_assert_int_eq(serial_now(), 0);
	rig_lapse(11000);
	ck_assert_int_eq(serial_now(), 1);
	rig_lapse(22000);
	ck_assert_int_eq(serial_now(), 1); /* once */
}
END_TEST

/* What is older is settled before what is newer is even tested. */
START_TEST(test_orphan_and_next)
{
	ck_assert_int_eq(rig_ask(REQUEST_TEST, 1, 0), OK);
	ck_assert_int_eq(rig_ask(REQUEST_COMMIT, 1, 0), OK);
	ck_assert_int_eq(rig_ask(REQUEST_TEST, 2, 0), INCONSISTENT_VALUE);
	ck_assert_int_eq(serial_now(), 1);
	ck_assert_int_eq(rig_ask(REQUEST_TEST, 3, 1), OK);
	ck_assert_int_eq(rig_ask(REQUEST_COMMIT, 3, 1), OK);
	ck_assert_int_eq(rig_ask(REQUEST_ACCEPT, 3, 1), OK);
	rig_lapse(11000);
	ck_assert_int_eq(serial_now(), 2);
	ck_assert_int_eq(rig_proposals_in_file(), 0);
}
END_TEST

START_TEST(test_found_at_start)
{
	ck_assert_int_eq(rig_ask(REQUEST_TEST, 1, 0), OK);
	ck_assert_int_eq(rig_ask(REQUEST_COMMIT, 1, 0), OK);
	ck_assert_int_eq(rig_proposals_in_file(), 1);
	intent_start(c);
	ck_assert_int_eq(serial_now(), 1);
	ck_assert_int_eq(rig_proposals_in_file(), 0);
}
END_TEST

START_TEST(test_revoked)
{
	const struct set_item item = { .what = WRITE_SET_SERIAL, .klen = 1 };
	struct request *r = request_new(REQUEST_TEST, 1, &item, 1);

	ck_assert_int_eq(request_wait(r, 1), 0); /* given up before control took it */
	intent_request(&request_ref(r)->mail);
	ck_assert_int_eq(atomic_load(&r->state), REQUEST_REVOKED);
	request_unref(r);
	ck_assert_int_eq(rig_ask(REQUEST_TEST, 2, 0), OK); /* nothing is reserved */
}
END_TEST

/* What the whole-state write of a recovered store leaves: the proposals that stand. */
START_TEST(test_tell_all)
{
	struct store_batch *b = store_batch_new();

	store_batch_put(b, "proposal", "00000000000000aa", "{\"set\":[]}");
	store_submit(c->store, b, NULL, NULL);
	ck_assert_int_eq(rig_ask(REQUEST_TEST, 1, 0), OK);
	ck_assert_int_eq(rig_ask(REQUEST_COMMIT, 1, 0), OK);
	b = store_batch_new();
	intent_tell_all(c, b);
	store_submit(c->store, b, NULL, NULL);
	ck_assert_int_eq(rig_proposals_in_file(), 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("intent");
	TCase *t = tcase_create("intent");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, rig_setup, rig_teardown);
	tcase_set_timeout(t, 30);
	tcase_add_test(t, test_whole_way);
	tcase_add_test(t, test_reservation);
	tcase_add_test(t, test_commit_without_test);
	tcase_add_test(t, test_undo);
	tcase_add_test(t, test_undo_before_durable);
	tcase_add_test(t, test_orphan_by_time);
	tcase_add_test(t, test_orphan_and_next);
	tcase_add_test(t, test_found_at_start);
	tcase_add_test(t, test_revoked);
	tcase_add_test(t, test_tell_all);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
