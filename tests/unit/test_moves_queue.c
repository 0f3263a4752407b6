/*
 * SPDX-License-Identifier: Apache-2.0
 * Moves side by side and one after the other: the queue and its limits, history, used
 * pairs; and what is suspended for them (quiesce).
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/moves_fixture.h"

static struct mx *x;
static unsigned limit_set = 3;

static void
limits(struct settings *s)
{
	s->moves.limit_set = limit_set;
	s->moves.limit_cluster = 2;
	s->moves.limit_node = 100;
	s->moves.history = 5;
	s->moves.force = true;
	s->moves.tries = 2;
	s->moves.retry_delay = 1000;
	s->moves.conflict = CONFLICT_STOP_NEWCOMER;
	s->moves.repeat_window = 0;
}

static void
setup(void)
{
	x = mx_new(8, NULL, limits);
}

static void
setup_monitors(void)
{
	x = mx_new(0,
	    "vm vm1 shared east west monitor=east:genw1 monitor=west:genw1\n"
	    "disk d1 east=sd1 west=sd1\n",
	    limits);
	x->nvms = 1;
	x->at[EAST][0] = SITE_ONLINE;
	x->at[WEST][0] = SITE_OFFLINE;
	mx_run(x, 3);
	fx_forget(x->fx);
	free(mx_trace(x));
}

static void
teardown(void)
{
	mx_free(x);
}

static void
expect_trace(const char *want)
{
	char *got = mx_trace(x);

	ck_assert_str_eq(got, want);
	free(got);
}

static void
ask(uint32_t vm, uint32_t cluster)
{
	const struct move_request rq = mx_to(vm, cluster);

	mx_ask(x, &rq);
}

static const struct move_row *
row(uint32_t index)
{
	const struct move_row *r = mx_row(x, "set", index);

	ck_assert_ptr_nonnull(r);
	return r;
}

static void
into_doubt(void)
{
	x->fx->settings->moves.start_timeout = 20000;
	moves_configured(x->mv, x->fx->settings, &x->fx->now);
	x->obeys = false;
	ask(1, 2);
	mx_run(x, 1);
	mx_answer(x, mx_last(x), ANSWER_ACCEPTED, "");
	while (x->nposts < 2)
		mx_run(x, 1);
	mx_answer(x, mx_last(x), ANSWER_ACCEPTED, "");
	x->silent[WEST] = true;
	x->fx->settings->evidence.command_horizon = 30000;
	moves_configured(x->mv, x->fx->settings, &x->fx->now);
	mx_until(x, 1, MOVE_IN_DOUBT, 200);
}

/* --- queue -------------------------------------------------------------------------
 */

static unsigned
running(void)
{
	const struct move_row *r = NULL;
	unsigned n = 0;

	while ((r = fx_next(x->fx, TABLE_MOVE, r)) != NULL)
		n += r->state == MOVE_RUNNING;
	return n;
}

START_TEST(test_limit_cluster)
{
	uint32_t vm;

	x->obeys = false;
	for (vm = 1; vm <= 8; vm++)
		ask(vm, 2);
	mx_run(x, 2);
	ck_assert_uint_eq(running(), 2);
	x->obeys = true;
	for (vm = 0; vm < 100 && (running() > 0 || vm < 3); vm++) {
		mx_run(x, 1);
		ck_assert_uint_le(running(), 2);
	}
	for (vm = 0; vm < 8; vm++)
		ck_assert_int_eq(x->at[WEST][vm], SITE_ONLINE);
}
END_TEST

START_TEST(test_limit_node)
{
	x->fx->settings->moves.limit_node = 1;
	moves_configured(x->mv, x->fx->settings, &x->fx->now);
	x->obeys = false;
	ask(1, 2);
	ask(2, 2); /* from the same server1 */
	mx_run(x, 2);
	ck_assert_uint_eq(running(), 1);
	x->fx->settings->moves.limit_node = 2;
	moves_configured(x->mv, x->fx->settings, &x->fx->now);
	ck_assert_uint_eq(running(), 2);
}
END_TEST

START_TEST(test_limit_set)
{
	x->fx->settings->moves.limit_set = 1;
	moves_configured(x->mv, x->fx->settings, &x->fx->now);
	x->obeys = false;
	ask(1, 2);
	ask(2, 2);
	ck_assert_int_eq(row(2)->state, MOVE_WAITING);
}
END_TEST

START_TEST(test_priority)
{
	x->obeys = false;
	ask(1, 2);
	ask(2, 2);
	ask(3, 2);
	ask(4, 2);
	ask(5, 2);
	fx_want(x->fx, INTENT_VM_PRIORITY, 5, 0, 900); /* while it waits */
	moves_intent_changed(x->mv, 5, &x->fx->now);
	mx_order(x, MOVE_ORDER_CANCEL, 1);
	mx_answer(x, &x->posts[0], ANSWER_REFUSED, "no");
	mx_run(x, 3);
	ck_assert_int_eq(row(1)->state, MOVE_CANCELLED);
	ck_assert_int_eq(row(5)->state, MOVE_RUNNING);
	ck_assert_int_eq(row(3)->state, MOVE_WAITING);
	mx_answer(x, &x->posts[1], ANSWER_REFUSED, "no");
	mx_order(x, MOVE_ORDER_CANCEL, 2);
	mx_run(x, 3);
	ck_assert_int_eq(row(3)->state, MOVE_RUNNING); /* then by age */
	ck_assert_int_eq(row(4)->state, MOVE_WAITING);
}
END_TEST

/* A move that stands does nothing: it takes no place. */
START_TEST(test_doubt_takes_no_place)
{
	x->fx->settings->moves.limit_set = 1;
	into_doubt();
	x->silent[WEST] = false;
	x->obeys = true;
	mx_run(x, 2);
	ask(2, 2);
	mx_until(x, 2, MOVE_SUCCEEDED, 60);
	ck_assert_int_eq(row(1)->state, MOVE_IN_DOUBT);
}
END_TEST

/* Nor does it go on beside others: what is ordered of it waits, over restarts, too. */
START_TEST(test_doubt_waits)
{
	static const enum move_order_kind kinds[] = { MOVE_ORDER_RETRY,
		MOVE_ORDER_ROLLBACK, MOVE_ORDER_CANCEL };
	static const char *const words[] = { "retry", "rollback", "cancel" };
	char *text = xasprintf("%s waits for its turn", words[_i]);
	size_t posts;

	x->fx->settings->moves.limit_set = limit_set = 1;
	into_doubt();
	x->silent[WEST] = false;
	mx_run(x, 2);
	ask(2, 2);
	mx_run(x, 2);
	posts = x->nposts;
	mx_order(x, kinds[_i], 1);
	mx_run(x, 3);
	ck_assert_int_eq(row(1)->state, MOVE_IN_DOUBT);
	ck_assert_ptr_nonnull(strstr(row(1)->error, text));
	ck_assert_uint_eq(x->nposts, posts);
	mx_restart(x, NULL);
	mx_run(x, 3);
	ck_assert_int_eq(row(1)->state, MOVE_IN_DOUBT);
	ck_assert_ptr_nonnull(strstr(row(1)->error, text));
	free(text);
	ck_assert_uint_eq(x->nposts, 0);
	x->at[EAST][1] = SITE_OFFLINE; /* the other one is carried out */
	x->obeys = true;
	mx_until(x, 2, MOVE_SUCCEEDED, 200);
	mx_run(x, 2);
	ck_assert_int_ne(row(1)->state, MOVE_IN_DOUBT);
}
END_TEST

/* --- history -----------------------------------------------------------------------
 */

START_TEST(test_history)
{
	struct move_request rq;
	uint32_t i;

	for (i = 1; i <= 8; i++) {
		rq = mx_to(1, i % 2 == 1 ? 2 : 1);
		mx_ask(x, &rq);
		mx_until(x, i, MOVE_SUCCEEDED, 60);
	}
	ck_assert_uint_eq(fx_rows(x->fx, TABLE_MOVE), 5);
	ck_assert_ptr_null(mx_row(x, "set", 3));
	ck_assert_ptr_nonnull(mx_row(x, "set", 4));
	ck_assert_uint_eq(mx_kept_count(x, "move"), 5);
	ck_assert_uint_eq(mx_kept_count(x, "used"), 3);
	ck_assert_ptr_nonnull(mx_kept(x, "used", "0000000003/set"));
	mx_restart(x, NULL);
	ck_assert_uint_eq(fx_rows(x->fx, TABLE_MOVE), 5);
	ck_assert_uint_eq(moves_index_next(x->mv), 9);
	x->fx->now.wall += 8 * 24 * 3600; /* used-memory is a week, not by that clock */
	mx_run(x, 90);
	ck_assert_uint_eq(mx_kept_count(x, "used"), 3);
	mx_restart(x, NULL);
	mx_run(x, 3);
	ck_assert_uint_eq(mx_kept_count(x, "used"), 3);
	x->fx->now.ms += INT64_C(8) * 24 * 3600 * 1000;
	mx_run(x, 1);
	ck_assert_uint_eq(mx_kept_count(x, "used"), 0);
}
END_TEST

static void
roomy(struct settings *s)
{
	limits(s);
	s->moves.history = 100;
}

/* Ended dry runs do not fill it: the newest stay, and what somebody may yet read. */
START_TEST(test_history_dry_runs)
{
	struct move_request rq = mx_to(1, 2);
	uint32_t i;

	x->fx->settings->moves.history = 100;
	mx_ask(x, &rq);
	mx_until(x, 1, MOVE_SUCCEEDED, 60);
	rq = mx_to(1, 1);
	rq.owner = (char *)"ann";
	rq.mode = MOVE_DRY_RUN;
	for (i = 101; i <= 115; i++) {
		rq.index = i;
		mx_ask(x, &rq);
	}
	mx_run(x, 3);
	ck_assert_uint_eq(fx_rows(x->fx, TABLE_MOVE), 16);
	fx_later(x->fx, 300000);
	mx_run(x, 1);
	ck_assert_uint_eq(fx_rows(x->fx, TABLE_MOVE), 11);
	ck_assert_ptr_nonnull(mx_row(x, "set", 1));
	ck_assert_ptr_null(mx_row(x, "ann", 105));
	ck_assert_ptr_nonnull(mx_row(x, "ann", 106));
	ck_assert_uint_eq(mx_kept_count(x, "move"), 11);
	ck_assert_uint_eq(mx_kept_count(x, "used"), 5);
	x->tune = roomy;
	mx_restart(x, NULL);
	mx_run(x, 2);
	ck_assert_uint_eq(fx_rows(x->fx, TABLE_MOVE), 11);
	rq.index = 116;
	mx_ask(x, &rq);
	fx_later(x->fx, 300000);
	mx_run(x, 1);
	ck_assert_uint_eq(fx_rows(x->fx, TABLE_MOVE), 11);
	ck_assert_ptr_null(mx_row(x, "ann", 106));
	ck_assert_ptr_nonnull(mx_row(x, "set", 1));
}
END_TEST

START_TEST(test_index_next)
{
	struct move_request rq = mx_to(1, 1); /* there: it ends at once */

	rq.owner = (char *)"ann";
	rq.index = 41;
	mx_ask(x, &rq);
	ck_assert_uint_eq(moves_index_next(x->mv), 42);
	rq.index = INT32_MAX;
	mx_ask(x, &rq);
	ck_assert_uint_eq(moves_index_next(x->mv), 1); /* the least that is free */
	ck_assert_int_eq(fx_set(x->fx)->move_index_next, 1);
	ck_assert_str_eq(
	    mx_row(x, "ann", 41)->error, "vm vm1 is there already: nothing to do");
	rq = mx_to(1, 2);
	mx_ask(x, &rq);
	ck_assert_ptr_nonnull(mx_row(x, "set", 1));
	ck_assert_uint_eq(moves_index_next(x->mv), 2);
}
END_TEST

/* --- quiesce -----------------------------------------------------------------------
 */

START_TEST(test_quiesce)
{
	ask(1, 2);
	mx_until(x, 1, MOVE_SUCCEEDED, 60);
	/* the list is durable before the first of them; the source's stay suspended */
	expect_trace(
	    "save save save save SUSPEND(east/genw1@server1) "
	    "SUSPEND(east/genw1@server2) save "
	    "SUSPEND(west/genw1@server3) SUSPEND(west/genw1@server4) save "
	    "STOP(east/vm1) save save save save save START(west/vm1) save save "
	    "save RESUME(west/genw1@server3) RESUME(west/genw1@server4) save "
	    "save");
	ck_assert_int_eq(x->monitor[EAST], SITE_OFFLINE);
	ck_assert_int_eq(x->monitor[WEST], SITE_ONLINE);
	ck_assert_ptr_nonnull(strstr(mx_kept(x, "case", "vm1"),
	    "\"monitors\":[[\"genw1\",\"server1\"],[\"genw1\",\"server2\"]]"));
	mx_restart(x, NULL);
	mx_run(x, 5);
	ask(1, 1);
	mx_until(x, 2, MOVE_SUCCEEDED, 60);
	ck_assert_int_eq(x->monitor[EAST], SITE_ONLINE); /* when it has returned */
	ck_assert_int_eq(x->monitor[WEST], SITE_OFFLINE);
}
END_TEST

/* The VM has left for good: its old site may go, monitors or not. */
START_TEST(test_left_site_goes)
{
	const char *without =
	    "cluster east server1 server2\ncluster west server3 server4\n"
	    "vm vm1 shared west monitor=west:genw1\ndisk d1 west=sd1\n";
	struct settings *s = fx_settings(without);
	char *cause = NULL;

	ask(1, 2);
	mx_until(x, 1, MOVE_SUCCEEDED, 60);
	ck_assert_msg(moves_check_settings(x->mv, s, &cause) == 0, "%s", cause);
	settings_free(s);
	ck_assert_msg(fx_reload(x->fx, without, &cause) == 0, "%s", cause);
	moves_configured(x->mv, x->fx->settings, &x->fx->now);
	mx_run(x, 3);
	ck_assert_ptr_null(mx_kept(x, "case", "vm1"));
}
END_TEST

START_TEST(test_list_first)
{
	unsigned i;

	x->slow = true;
	ask(1, 2);
	for (i = 0; i < 20; i++) {
		if (strstr(mx_kept(x, "case", "vm1"), "\"monitors\"") != NULL)
			break;
		mx_durable_to(x, x->wanted);
		mx_run(x, 1);
	}
	ck_assert_int_lt(i, 20);
	mx_run(x, 3);
	ck_assert_uint_eq(x->nposts, 0);
	mx_durable_to(x, x->wanted);
	ck_assert_uint_eq(x->nposts, 2);
}
END_TEST

/* What somebody else had suspended is not ours: it stays so. */
START_TEST(test_not_ours)
{
	size_t i;

	x->monitor[WEST] = SITE_OFFLINE;
	mx_run(x, 2);
	ask(1, 2);
	mx_until(x, 1, MOVE_SUCCEEDED, 60);
	for (i = 0; i < x->nposts; i++)
		ck_assert(x->posts[i].cluster == EAST ||
		    x->posts[i].kind == POST_GROUP_START);
	ck_assert_int_eq(x->monitor[WEST], SITE_OFFLINE);
}
END_TEST

START_TEST(test_suspend_refused)
{
	unsigned i;

	x->obeys = false;
	ask(1, 2);
	mx_run(x, 1);
	for (i = 0; i < 40 && row(1)->state == MOVE_RUNNING; i++) {
		size_t p;

		for (p = 0; p < x->nposts; p++)
			if (!x->posts[p].answered)
				mx_answer(x, &x->posts[p],
				    x->posts[p].kind == POST_MONITOR_SUSPEND
				        ? ANSWER_REFUSED
				        : ANSWER_ACCEPTED,
				    "no");
		mx_run(x, 1);
	}
	ck_assert_int_eq(row(1)->state, MOVE_FAILED);
	ck_assert_msg(strstr(row(1)->error, "monitors could not be suspended") != NULL,
	    "%s", row(1)->error);
	ck_assert_int_eq(x->at[EAST][0], SITE_ONLINE);
	ck_assert_int_eq(x->monitor[EAST], SITE_ONLINE);
}
END_TEST

/* A resume never overtakes a suspend that is still on its way. */
START_TEST(test_resume_waits)
{
	size_t i;

	x->obeys = false;
	ask(1, 2);
	mx_run(x, 1);
	ck_assert_uint_eq(x->nposts, 2);
	mx_order(x, MOVE_ORDER_CANCEL, 1);
	mx_run(x, 3);
	ck_assert_uint_eq(x->nposts, 2);
	mx_answer(x, &x->posts[0], ANSWER_ACCEPTED, "");
	mx_answer(x, &x->posts[1], ANSWER_NONE, "");
	ck_assert_uint_eq(x->nposts, 4);
	for (i = 2; i < 4; i++) {
		ck_assert_int_eq(x->posts[i].kind, POST_MONITOR_RESUME);
		mx_answer(x, &x->posts[i], ANSWER_ACCEPTED, "");
	}
	x->obeys = true;
	mx_until(x, 1, MOVE_CANCELLED, 10);
	ck_assert_ptr_null(mx_kept(x, "case", "vm1")); /* nothing is owed */
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("moves_queue");
	TCase *t = tcase_create("queue"), *q = tcase_create("quiesce");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, test_limit_cluster);
	tcase_add_test(t, test_limit_node);
	tcase_add_test(t, test_limit_set);
	tcase_add_test(t, test_priority);
	tcase_add_test(t, test_doubt_takes_no_place);
	tcase_add_loop_test(t, test_doubt_waits, 0, 3);
	tcase_add_test(t, test_history);
	tcase_add_test(t, test_history_dry_runs);
	tcase_add_test(t, test_index_next);
	tcase_add_checked_fixture(q, setup_monitors, teardown);
	tcase_add_test(q, test_left_site_goes);
	tcase_add_test(q, test_quiesce);
	tcase_add_test(q, test_list_first);
	tcase_add_test(q, test_not_ours);
	tcase_add_test(q, test_suspend_refused);
	tcase_add_test(q, test_resume_waits);
	suite_add_tcase(s, t);
	suite_add_tcase(s, q);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
