/*
 * SPDX-License-Identifier: Apache-2.0
 * SETs that speak to the engine of policies, phase by phase, with a real store and a
 * real thread that looks: settings last, questions pass, nothing half happens.
 */
#include <check.h>
#include <string.h>

#include "tests/unit/intent_rig.h"

enum {
	OK = ERROR_NONE,
	WRONG_VALUE = ERROR_WRONG_VALUE,
	INCONSISTENT_VALUE = ERROR_INCONSISTENT_VALUE,
	RESOURCE_UNAVAILABLE = ERROR_RESOURCE_UNAVAILABLE
};

static struct set_item items[80];
static size_t nitems;

static void
scalar(enum writable what, uint32_t key, int64_t number)
{
	items[nitems++] = (struct set_item) {
		.what = what, .key = { key }, .klen = 1, .number = number
	};
}

static void
question(enum writable what, uint32_t index, int64_t number)
{
	items[nitems++] = (struct set_item) {
		.what = what, .key = { 2, 'o', 'p', index }, .klen = 4, .number = number
	};
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

static const struct policy_set_row *
settings_row(void)
{
	static const uint32_t zero[1] = { 0 };

	return table_get(model_table_of(c->model, TABLE_POLICY_SET), zero, 1);
}

static const struct policy_row *
policy(enum policy_kind kind)
{
	const uint32_t key[1] = { (uint32_t)kind + 1 };

	return table_get(model_table_of(c->model, TABLE_POLICY), key, 1);
}

static const struct placement_row *
placement(uint32_t index)
{
	const uint32_t key[] = { 2, 'o', 'p', index };

	return table_get(model_table_of(c->model, TABLE_PLACEMENT), key, 4);
}

START_TEST(test_settings_last)
{
	const int64_t high = settings_row()->high_load;

	nitems = 0;
	scalar(WRITE_POLICY_HIGH_LOAD, 0, 901);
	scalar(WRITE_POLICY_MODE, POLICY_HOME + 1, POLICY_ADVISE);
	scalar(WRITE_POLICY_WINDOWS, 0, 0);
	memcpy(items[2].text, "Sun 01:00-02:00", sizeof("Sun 01:00-02:00"));
	ck_assert_int_eq(ask_items(REQUEST_TEST, 1), OK);
	ck_assert_int_eq(ask_items(REQUEST_COMMIT, 1), OK);
	ck_assert_int_eq(settings_row()->high_load, high); /* proposed */
	ck_assert_int_eq(ask_items(REQUEST_ACCEPT, 1), OK);
	ck_assert_int_eq(settings_row()->high_load, 901);
	rig_restart();
	ck_assert_int_eq(settings_row()->high_load, 901);
	ck_assert_str_eq(settings_row()->windows, "Sun 01:00-02:00");
	ck_assert_int_eq(policy(POLICY_HOME)->mode, POLICY_ADVISE);
	ck_assert_int_eq(policy(POLICY_BALANCE)->mode, POLICY_OFF);
	ck_assert_int_eq(rig_proposals_in_file(), 0);
}
END_TEST

START_TEST(test_settings_undone)
{
	const int64_t high = settings_row()->high_load;

	nitems = 0;
	scalar(WRITE_POLICY_HIGH_LOAD, 0, 901);
	ck_assert_int_eq(ask_items(REQUEST_TEST, 1), OK);
	ck_assert_int_eq(ask_items(REQUEST_COMMIT, 1), OK);
	ck_assert_int_eq(ask_items(REQUEST_UNDO, 1), OK);
	ck_assert_int_eq(rig_proposals_in_file(), 0);
	ck_assert_int_eq(settings_row()->high_load, high);
}
END_TEST

START_TEST(test_found_at_start)
{
	nitems = 0;
	scalar(WRITE_POLICY_MASTER, 0, POLICY_OFF);
	ck_assert_int_eq(ask_items(REQUEST_TEST, 1), OK);
	ck_assert_int_eq(ask_items(REQUEST_COMMIT, 1), OK);
	rig_restart();
	ck_assert_int_eq(settings_row()->master, POLICY_AUTOMATIC);
	intent_start(c);
	ck_assert_int_eq(settings_row()->master, POLICY_OFF);
	rig_restart();
	ck_assert_int_eq(settings_row()->master, POLICY_OFF);
}
END_TEST

START_TEST(test_all_or_nothing)
{
	const int64_t high = settings_row()->high_load;

	nitems = 0;
	scalar(WRITE_POLICY_HIGH_LOAD, 0, 901);
	scalar(WRITE_POLICY_WINDOWS, 0, 0);
	memcpy(items[1].text, "never", sizeof("never"));
	ck_assert_int_eq(set_items(1), WRONG_VALUE);
	ck_assert_uint_eq(rig_failed_item, 1);
	ck_assert_int_eq(settings_row()->high_load, high);
}
END_TEST

/* Thresholds of one SET are judged by each other. */
START_TEST(test_both_loads)
{
	nitems = 0;
	scalar(WRITE_POLICY_HIGH_LOAD, 0, 600); /* below what target-load is */
	ck_assert_int_eq(set_items(1), INCONSISTENT_VALUE);
	scalar(WRITE_POLICY_TARGET_LOAD, 0, 500);
	ck_assert_int_eq(set_items(2), OK);
	ck_assert_int_eq(settings_row()->high_load, 600);
	ck_assert_int_eq(settings_row()->target_load, 500);
	items[0].number = 550;
	items[1].number = 560; /* each would do beside what the other is now */
	ck_assert_int_eq(set_items(3), INCONSISTENT_VALUE);
	ck_assert_int_eq(settings_row()->high_load, 600);
}
END_TEST

START_TEST(test_reserved)
{
	nitems = 0;
	scalar(WRITE_POLICY_HIGH_LOAD, 0, 901);
	ck_assert_int_eq(ask_items(REQUEST_TEST, 1), OK);
	ck_assert_int_eq(ask_items(REQUEST_TEST, 2), RESOURCE_UNAVAILABLE);
	ck_assert_int_eq(ask_items(REQUEST_FREE, 1), OK);
	ck_assert_int_eq(set_items(3), OK);
}
END_TEST

/* The answer comes from the thread that looks; nothing of it is in the file. */
START_TEST(test_question)
{
	const msec_t until = clock_ms() + 10000;

	nitems = 0;
	question(WRITE_PLACEMENT_STATUS, 7, 4);
	question(WRITE_PLACEMENT_CPUS, 7, 2);
	ck_assert_int_eq(ask_items(REQUEST_TEST, 1), OK);
	ck_assert_ptr_null(placement(7));
	ck_assert_int_eq(ask_items(REQUEST_COMMIT, 1), OK);
	ck_assert_int_eq(ask_items(REQUEST_ACCEPT, 1), OK);
	ck_assert_ptr_nonnull(placement(7));
	ck_assert_int_eq(placement(7)->cpus, 2);
	ck_assert_int_eq(placement(7)->memory, 1024);
	while (placement(7)->state == PLACEMENT_COMPUTING && clock_ms() < until)
		event_base_loop(c->base, EVLOOP_ONCE);
	/* nobody knows how large these nodes are */
	ck_assert_int_eq(placement(7)->state, PLACEMENT_NONE);
	ck_assert_int_eq(set_items(2), INCONSISTENT_VALUE);
	ck_assert_int_eq(rig_proposals_in_file(), 0);
	ck_assert_ptr_null(placement(7));
	ck_assert_int_eq(set_items(3), OK);
	nitems = 0;
	question(WRITE_PLACEMENT_STATUS, 7, 6);
	ck_assert_int_eq(set_items(4), OK);
	ck_assert_ptr_null(placement(7));
	ck_assert_int_eq(set_items(5), OK); /* gone is gone */
}
END_TEST

START_TEST(test_too_many_questions)
{
	uint32_t i;

	nitems = 0;
	for (i = 1; i <= 65; i++)
		question(WRITE_PLACEMENT_STATUS, i, 4);
	ck_assert_int_eq(set_items(1), RESOURCE_UNAVAILABLE);
	ck_assert_ptr_null(placement(1));
	nitems--;
	ck_assert_int_eq(set_items(2), OK);
	ck_assert_ptr_nonnull(placement(64));
	items[0].key[3] = 65;
	nitems = 1;
	ck_assert_int_eq(set_items(3), RESOURCE_UNAVAILABLE);
}
END_TEST

/* I12: what cannot be made durable is refused; a question needs no file. */
START_TEST(test_store_failed)
{
	c->store_failed = true;
	nitems = 0;
	scalar(WRITE_POLICY_HIGH_LOAD, 0, 901);
	ck_assert_int_eq(set_items(1), RESOURCE_UNAVAILABLE);
	nitems = 0;
	question(WRITE_PLACEMENT_STATUS, 7, 4);
	ck_assert_int_eq(set_items(2), OK);
	ck_assert_ptr_nonnull(placement(7));
	c->store_failed = false;
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("intent_policy");
	TCase *t = tcase_create("intent_policy");
	SRunner *sr;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, rig_setup, rig_teardown);
	tcase_add_test(t, test_settings_last);
	tcase_add_test(t, test_settings_undone);
	tcase_add_test(t, test_found_at_start);
	tcase_add_test(t, test_all_or_nothing);
	tcase_add_test(t, test_both_loads);
	tcase_add_test(t, test_reserved);
	tcase_add_test(t, test_question);
	tcase_add_test(t, test_too_many_questions);
	tcase_add_test(t, test_store_failed);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
