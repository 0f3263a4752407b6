/*
 * SPDX-License-Identifier: Apache-2.0
 * Intents that cannot be carried out when they are set: under hold, or with a state
 * that looks restored. They are kept, and carried out when that is over.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/moves_fixture.h"

static struct mx *x;
static struct move_request rq;

static void
setup(void)
{
	x = mx_new(1, NULL, NULL);
	rq = (struct move_request) { .vm = 1, .mode = MOVE_PLANNED, .verb = VERB_DOWN };
}

static void
teardown(void)
{
	mx_free(x);
}

static const struct move_row *
row(uint32_t index)
{
	const struct move_row *r = mx_row(x, "set", index);

	ck_assert_ptr_nonnull(r);
	return r;
}

static void
release_hold(void)
{
	fx_want(x->fx, INTENT_VM_HOLD, 1, 0, 2);
	moves_hold_ended(x->mv, 1, &x->fx->now);
}

/* What was wished under hold is carried out when it ends, also after a restart. */
START_TEST(test_hold_ends)
{
	fx_want(x->fx, INTENT_VM_HOLD, 1, 0, 1);
	release_hold();
	ck_assert_ptr_null(mx_row(x, "set", 1)); /* it is as it should be */
	fx_want(x->fx, INTENT_VM_HOLD, 1, 0, 1);
	fx_want(x->fx, INTENT_VM_ADMIN, 1, 0, VM_DOWN);
	mx_ask(x, &rq);
	ck_assert_int_eq(row(1)->state, MOVE_FAILED);
	ck_assert_ptr_nonnull(strstr(fx_vm(x->fx, "vm1")->status_text,
	    "wanted down, but on hold: it is stopped when csVmHold is false"));
	moves_hold_ended(x->mv, 1, &x->fx->now); /* it has not */
	ck_assert_ptr_null(mx_row(x, "set", 2));
	release_hold();
	release_hold();
	ck_assert_ptr_null(mx_row(x, "set", 3));
	mx_until(x, 2, MOVE_SUCCEEDED, 60);
	ck_assert_int_eq(fx_vm(x->fx, "vm1")->oper, VM_STOPPED);
	fx_want(x->fx, INTENT_VM_HOLD, 1, 0, 1);
	fx_want(x->fx, INTENT_VM_ADMIN, 1, 0, VM_UP);
	ck_assert_ptr_nonnull(strstr(fx_vm(x->fx, "vm1")->status_text,
	    "wanted up, but on hold: it is started when csVmHold is false"));
	mx_restart(x, NULL);
	release_hold(); /* nothing is known yet: it waits */
	ck_assert_int_eq(row(3)->finished_wall, 0);
	mx_until(x, 3, MOVE_SUCCEEDED, 60);
	ck_assert_int_eq(fx_vm(x->fx, "vm1")->oper, VM_RUNNING);
}
END_TEST

/* Stopped by hand under hold a moment ago: first it is judged who did it. */
START_TEST(test_hold_ends_too_soon)
{
	fx_want(x->fx, INTENT_VM_HOLD, 1, 0, 1);
	mx_run(x, 3);
	x->at[EAST][0] = SITE_OFFLINE;
	mx_run(x, 1);
	ck_assert_int_eq(fx_vm(x->fx, "vm1")->oper, VM_STOPPED);
	release_hold();
	mx_run(x, 100);
	ck_assert_ptr_null(mx_row(x, "set", 1));
	ck_assert_int_eq(fx_vm(x->fx, "vm1")->admin, VM_DOWN);
}
END_TEST

/* Answered just before a crash, and then the state looks restored. */
START_TEST(test_intent_of_a_restored_state)
{
	struct move_order_request o = { .kind = MOVE_ORDER_ADOPT };

	mx_restart(x, "another machine");
	fx_want(x->fx, INTENT_VM_ADMIN, 1, 0, VM_DOWN);
	moves_accept(x->mv, &rq, 1, &x->fx->now);
	mx_run(x, 60);
	ck_assert_ptr_nonnull(
	    strstr(row(1)->error, "waits until the state is adopted"));
	ck_assert_uint_eq(x->nposts, 0);
	if (_i == 1) {
		mx_restart(x, "another machine");
		mx_run(x, 60);
	}
	o.value = moves_adopt_token(x->mv);
	moves_order(x->mv, &o, &x->fx->now);
	mx_until(x, 1, MOVE_SUCCEEDED, 60);
	ck_assert_int_eq(fx_vm(x->fx, "vm1")->oper, VM_STOPPED);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("moves_intent");
	TCase *t = tcase_create("intent");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, test_hold_ends);
	tcase_add_test(t, test_hold_ends_too_soon);
	tcase_add_loop_test(t, test_intent_of_a_restored_state, 0, 2);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
