/*
 * SPDX-License-Identifier: Apache-2.0
 * The move engine: what is owed to earlier commands, sites given up for dead, monitors
 * that stay suspended, the newcomer of a conflict. test_move_step.c has the steps.
 */
#include <stdlib.h>

#include "tests/unit/move_world.h"

static void
confirm(int site)
{
	event(&(struct move_event) {
	    .kind = MOVE_EV_CONFIRM, .site = site, .epoch = w.f.vm.epoch });
}

static void
quiesced(int site)
{
	event(&(struct move_event) {
	    .kind = MOVE_EV_QUIESCED, .site = site, .ok = true });
}

/* A word that is about to become void carries no start any longer than itself. */
START_TEST(test_word_ends)
{
	int lacking;
	msec_t deadline;

	lost(EAST);
	confirm(EAST);
	ck_assert(move_may_start(&w.c, &w.f, &w.l, WEST, w.now, &lacking, &deadline));
	ck_assert_int_eq(deadline, w.now + 5000);
	w.now += 899000;
	ck_assert(move_may_start(&w.c, &w.f, &w.l, WEST, w.now, &lacking, &deadline));
	ck_assert_int_eq(deadline, w.now + 1000);
}
END_TEST

/* 4d: the stop's effect was there before its answer; the horizon still begins. */
START_TEST(test_late_answer_of_stop)
{
	w.l.tries = 1;
	starting();
	answer(WEST, ANSWER_NONE);
	pass(1980000);
	ck_assert_str_eq(trace(), "stop< STOP:west");
	round_();
	ck_assert_str_eq(trace(), "release<");
	answer(WEST, ANSWER_ACCEPTED);
	ck_assert_int_eq(w.c.site[WEST].stop_done, w.now);
	pass(1978000);
	ck_assert_str_eq(trace(), "");
	pass(1000);
	ck_assert_str_eq(
	    trace(), "handover< owner=none ready< owner=east start< START:east");
}
END_TEST

/* I7: an effect need not be of our stop: for the horizon it may still come. */
START_TEST(test_stop_left)
{
	msec_t left;

	stopped();
	left = w.c.site[EAST].stop_left;
	ck_assert_int_gt(left, 0);
	ck_assert_int_le(left, w.now);
	w.c.phase = PHASE_IDLE; /* the move is over, and nothing else is owed */
	w.c.site[EAST].our_stop = false;
	w.c.site[WEST].may_start = false;
	ck_assert(!move_clean(&w.c));
	w.now = left + w.l.command_horizon - 1;
	just(MOVE_EV_LOOK);
	ck_assert_int_eq(w.c.site[EAST].stop_left, left);
	w.now++;
	just(MOVE_EV_LOOK);
	ck_assert_int_eq(w.c.site[EAST].stop_left, 0);
	ck_assert(move_clean(&w.c));
}
END_TEST

START_TEST(test_stop_left_loaded)
{
	stopped();
	w.now += 5000;
	just(MOVE_EV_LOADED);
	ck_assert_int_eq(w.c.site[EAST].stop_left, w.now);
}
END_TEST

START_TEST(test_stop_refused_left)
{
	stopping();
	answer(EAST, _i == 0 ? ANSWER_REFUSED : ANSWER_NOT_SENT);
	ck_assert_int_eq(w.c.site[EAST].stop_left, 0);
}
END_TEST

/* A power fence that began before the second start left says nothing about it. */
START_TEST(test_fence_before_second_start)
{
	starting();
	answer(WEST, ANSWER_NONE);
	w.auto_durable = false;
	pass(1980000); /* the second is written */
	event(&(struct move_event) {
	    .kind = MOVE_EV_FENCING, .site = WEST, .began = w.now + 1 });
	event(&(struct move_event) {
	    .kind = MOVE_EV_FENCED, .site = WEST, .ok = true, .began = w.now + 1 });
	w.now += 10;
	just(MOVE_EV_DURABLE);
	ck_assert_str_eq(trace(), "START:west");
	ck_assert_int_eq(
	    move_proved(&w.c, &w.f, &w.l, WEST, w.now + 5001, NULL), PROVED_NOT);
}
END_TEST

/* I7: running where a stop of ours is outstanding is not the end. */
START_TEST(test_cancel_of_forced)
{
	w.l.stop_timeout = 60000;
	stopping();
	answer(EAST, ANSWER_NONE);
	just(MOVE_EV_FORCE);
	pass(60000);
	ck_assert_str_eq(trace(), "release");
	just(MOVE_EV_CANCEL);
	for (int i = 0; i < 50; i++)
		pass(9000);
	ck_assert_str_eq(trace(), "release< ready<");
	ck_assert_int_eq(w.o.state, MOVE_CANCELLING);
	w.now += 1000;
	sees(EAST, SITE_OFFLINE); /* there it comes */
	just(MOVE_EV_LOOK);
	ck_assert_str_eq(trace(), "start< START:east");
}
END_TEST

/* Force does not wait for a stop that cannot even be sent. */
START_TEST(test_force_at_stop)
{
	stopping();
	answer(EAST, ANSWER_NOT_SENT);
	lost(EAST);
	pass(6000);
	ck_assert_str_eq(trace(), "");
	just(MOVE_EV_FORCE);
	ck_assert_str_eq(trace(), "release");
	confirm(EAST);
	ck_assert_str_eq(
	    trace(), "handover owner=none ready owner=west start START:west");
}
END_TEST

/* Monitors of a site that is given up for dead are in nobody's way. */
START_TEST(test_force_with_monitors)
{
	w.f.vm.site[EAST].has_monitors = true;
	lost(EAST);
	event(&(struct move_event) { .kind = MOVE_EV_ACCEPT,
	    .verb = VERB_MOVE,
	    .source = EAST,
	    .target = WEST,
	    .force = true });
	just(MOVE_EV_GO);
	round_();
	ck_assert_str_eq(trace(), "queued check release");
	ck_assert(!w.c.site[EAST].quiesced);
}
END_TEST

START_TEST(test_up_with_dead_site)
{
	sees(WEST, SITE_OFFLINE);
	w.f.vm.owner = WEST;
	w.f.vm.site[EAST].has_monitors = w.f.vm.site[WEST].has_monitors = true;
	lost(EAST);
	confirm(EAST);
	accept_move(VERB_UP, MOVE_NOWHERE, WEST);
	round_();
	ck_assert_str_eq(trace(), "queued check quiesce SUSPEND:west");
	quiesced(WEST);
	ck_assert_str_eq(trace(), "release ready start START:west");
}
END_TEST

static void
move_over(int from, int to, const char *resumes)
{
	accept_move(VERB_MOVE, from, to);
	round_();
	for (int i = 0; i < 3; i++)
		quiesced(i);
	answer(from, ANSWER_ACCEPTED);
	w.now += 1000;
	sees(from, SITE_OFFLINE);
	round_();
	answer(to, ANSWER_ACCEPTED);
	w.now += 1000;
	sees(to, SITE_ONLINE);
	just(MOVE_EV_LOOK);
	trace();
	pass(10000);
	ck_assert_str_eq(trace(), resumes);
}

/* Those of a site that the VM left stay suspended over later moves, until it returns.
 */
START_TEST(test_stays_quiet)
{
	third_site();
	for (int i = 0; i < 3; i++)
		w.f.vm.site[i].has_monitors = true;
	move_over(EAST, WEST, "resume RESUME:west");
	quiesced(WEST);
	ck_assert_str_eq(trace(), "RESUME:north");
	quiesced(NORTH);
	move_over(WEST, NORTH, "resume RESUME:north");
	quiesced(NORTH);
	ck_assert_str_eq(trace(), "idle");
	ck_assert(w.c.site[EAST].quiesced && w.c.site[WEST].quiesced);
	move_over(NORTH, EAST, "resume RESUME:east");
	quiesced(EAST);
	ck_assert_str_eq(trace(), "idle");
	ck_assert(!w.c.site[EAST].quiesced && w.c.site[WEST].quiesced &&
	    w.c.site[NORTH].quiesced);
}
END_TEST

static void
conflict(void)
{
	sees(WEST, SITE_ONLINE);
	w.f.vm.conflict = true;
	accept_move(VERB_NEWCOMER, WEST, MOVE_NOWHERE);
	trace();
}

START_TEST(test_newcomer)
{
	conflict();
	round_();
	ck_assert_str_eq(trace(), "stop");
	round_(); /* the owner once more */
	ck_assert_str_eq(trace(), "STOP:west");
	ck_assert_int_eq(w.command.deadline, w.now + 5000);
	answer(WEST, ANSWER_REFUSED); /* once */
	pass(10000);
	ck_assert_str_eq(trace(), "idle");
	ck_assert_int_eq(w.o.state, MOVE_FAILED);
}
END_TEST

/* Not when the owner is not seen to be healthy just before. */
START_TEST(test_newcomer_alone)
{
	conflict();
	round_();
	ck_assert_str_eq(trace(), "stop");
	lost(EAST);
	for (int i = 0; i < 5; i++)
		round_();
	ck_assert_str_eq(trace(), "");
}
END_TEST

START_TEST(test_newcomer_hold)
{
	conflict();
	w.f.vm.hold = true;
	round_();
	ck_assert_str_eq(trace(), "idle");
	ck_assert_int_eq(w.o.state, MOVE_CANCELLED);
}
END_TEST

/* Another process has seen that; this one begins nothing on its word. */
START_TEST(test_newcomer_restart)
{
	conflict();
	w.c = w.disk;
	just(MOVE_EV_LOADED);
	round_();
	ck_assert_str_eq(trace(), "idle");
	ck_assert_int_eq(w.o.state, MOVE_CANCELLED);
}
END_TEST

/* On the way back the target runs again: retry stops it once more. */
START_TEST(test_retry_of_reappeared)
{
	verifying();
	just(MOVE_EV_ROLLBACK);
	answer(WEST, ANSWER_ACCEPTED);
	w.now += 1000;
	sees(WEST, SITE_OFFLINE);
	w.f.vm.site[WEST].parts &= ~(unsigned)EV_SETTLED;
	just(MOVE_EV_LOOK);
	w.now += 1000;
	sees(WEST, SITE_ONLINE);
	just(MOVE_EV_LOOK);
	ck_assert_str_eq(trace(), "stop< STOP:west release< doubt<");
	just(MOVE_EV_RETRY);
	ck_assert_str_eq(trace(), "stop< STOP:west");
}
END_TEST

static void
one(int site, enum cs_site_oper oper)
{
	w.now += 1000;
	sees(EAST, SITE_OFFLINE);
	sees(site, oper);
	just(MOVE_EV_LOOK);
}

/* ECX's own failover in the target, on the way up and while it is watched. */
START_TEST(test_failover_in_target)
{
	starting();
	answer(WEST, ANSWER_ACCEPTED);
	one(WEST, SITE_STARTING);
	one(WEST, SITE_OFFLINE);
	one(WEST, SITE_STARTING);
	one(WEST, SITE_ONLINE);
	ck_assert_str_eq(trace(), "verify");
	one(WEST, SITE_OFFLINE);
	one(WEST, SITE_ONLINE);
	for (int i = 0; i < 9; i++)
		one(WEST, SITE_ONLINE);
	ck_assert_str_eq(trace(), "");
	one(WEST, SITE_ONLINE);
	ck_assert_str_eq(trace(), "idle");
	ck_assert_int_eq(w.o.state, MOVE_SUCCEEDED);
}
END_TEST

START_TEST(test_gone_in_target)
{
	starting();
	answer(WEST, ANSWER_ACCEPTED);
	one(WEST, SITE_STARTING);
	for (int i = 0; i < 30; i++)
		one(WEST, SITE_OFFLINE);
	ck_assert_str_eq(trace(), "");
	one(WEST, SITE_OFFLINE);
	ck_assert_str_eq(trace(),
	    "release< handover< owner=none ready< owner=east start< START:east");
}
END_TEST

/* Rollback of what stands on its way back goes on with that; cancel gives it up. */
START_TEST(test_rollback_on_the_way_back)
{
	verifying();
	just(MOVE_EV_CANCEL);
	answer(WEST, ANSWER_ACCEPTED);
	lost(EAST);
	w.now += 1000;
	sees(WEST, SITE_OFFLINE);
	just(MOVE_EV_LOOK);
	for (int i = 0; i < 3; i++)
		pass(600000);
	ck_assert_int_eq(w.c.phase, PHASE_DOUBT);
	trace();
	just(MOVE_EV_ROLLBACK);
	w.now += 1000;
	sees(EAST, SITE_OFFLINE);
	sees(WEST, SITE_OFFLINE);
	just(MOVE_EV_LOOK);
	ck_assert_str_eq(trace(), "ready< start< START:east");
	ck_assert_int_eq(w.o.state, MOVE_CANCELLING);
}
END_TEST

/* When the move is over a stop without effect says nothing beyond its horizon. */
START_TEST(test_stop_of_an_ended_move)
{
	w.l.stop_timeout = 60000;
	stopping();
	answer(EAST, ANSWER_NONE);
	just(MOVE_EV_FORCE);
	pass(60000);
	lost(EAST);
	w.now++;
	event(&(struct move_event) {
	    .kind = MOVE_EV_FENCING, .site = EAST, .disk = true, .began = w.now });
	event(&(struct move_event) {
	    .kind = MOVE_EV_FENCED, .site = EAST, .ok = true, .began = w.now });
	just(MOVE_EV_LOOK);
	answer(WEST, ANSWER_ACCEPTED);
	w.now += 1000;
	sees(WEST, SITE_ONLINE);
	just(MOVE_EV_LOOK);
	pass(10000);
	ck_assert_int_eq(w.o.state, MOVE_SUCCEEDED);
	ck_assert_int_eq(w.c.site[EAST].order, ORDER_STOP);
	pass(1980000);
	ck_assert_int_eq(w.c.site[EAST].order, ORDER_NONE);
}
END_TEST

/* A conflict in which the VM went on hold is over: it stays where it runs. */
START_TEST(test_hold_after_conflict)
{
	starting();
	answer(WEST, ANSWER_ACCEPTED);
	w.now += 1000;
	sees(EAST, SITE_ONLINE);
	sees(WEST, SITE_ONLINE);
	w.f.vm.conflict = w.f.vm.hold = true;
	just(MOVE_EV_LOOK);
	ck_assert_str_eq(trace(), "doubt");
	round_();
	w.now += 1000;
	sees(EAST, SITE_OFFLINE);
	sees(WEST, SITE_ONLINE);
	w.f.vm.conflict = false;
	just(MOVE_EV_RETRY);
	round_();
	ck_assert_str_eq(trace(), "start verify");
}
END_TEST

/* What is missing is told as long as it stands, not only when that begins. */
START_TEST(test_doubt_tells)
{
	third_site();
	accept_move(VERB_MOVE, EAST, WEST);
	round_();
	lost(NORTH); /* after the stop has left */
	answer(EAST, ANSWER_ACCEPTED);
	w.now += 1000;
	sees(EAST, SITE_OFFLINE);
	for (int i = 0; i < 3; i++)
		pass(600000);
	ck_assert_int_eq(w.c.phase, PHASE_DOUBT);
	round_();
	ck_assert_int_eq(w.o.lacking, NORTH);
}
END_TEST

START_TEST(test_stop_in_doubt_tells)
{
	stopping();
	answer(EAST, ANSWER_NONE);
	lost(EAST);
	pass(2500000);
	ck_assert_int_eq(w.c.phase, PHASE_DOUBT);
	round_();
	ck_assert_int_eq(w.o.lacking, EAST);
}
END_TEST

/* A group move runs all the time: that it runs is not its effect. */
START_TEST(test_group_move_in_doubt)
{
	w.c.site[EAST].may_start = true;
	w.c.site[EAST].order = ORDER_MOVE;
	w.c.site[EAST].sent = SENT_UNANSWERED;
	w.c.verb = VERB_WITHIN;
	w.c.source = w.c.target = EAST;
	w.c.phase = PHASE_DOUBT;
	round_();
	round_();
	ck_assert(w.c.site[EAST].may_start);
}
END_TEST

/* Nothing is stopped when the proof that has to follow could not be had. */
START_TEST(test_unprovable_before_the_stop)
{
	third_site();
	w.f.vm.site[NORTH].parts &= ~(unsigned)EV_ALL_AGREE; /* one server is silent */
	accept_move(VERB_MOVE, EAST, WEST);
	for (int i = 0; i < 5; i++) {
		w.now += 1000;
		sees(EAST, SITE_ONLINE);
		sees(WEST, SITE_OFFLINE);
		just(MOVE_EV_LOOK);
	}
	ck_assert_str_eq(trace(), "queued check");
	ck_assert_int_eq(w.o.lacking, NORTH);
	w.now += 600000;
	sees(EAST, SITE_ONLINE);
	sees(WEST, SITE_OFFLINE);
	just(MOVE_EV_LOOK);
	ck_assert_str_eq(trace(), "idle");
	ck_assert_int_eq(w.o.state, MOVE_FAILED);
	ck_assert_int_eq(w.c.why, WHY_NO_PROOF);
}
END_TEST

START_TEST(test_source_half_silent)
{
	accept_move(VERB_MOVE, EAST, WEST);
	w.now += 1000;
	sees(EAST, SITE_ONLINE);
	sees(WEST, SITE_OFFLINE);
	w.f.vm.site[EAST].parts &= ~(unsigned)EV_ALL_AGREE;
	just(MOVE_EV_LOOK);
	ck_assert_str_eq(trace(), "queued check");
	ck_assert_int_eq(w.o.lacking, EAST);
	round_(); /* the server is back */
	ck_assert_str_eq(trace(), "stop STOP:east");
}
END_TEST

/* Silence is no stop: what was seen to run at the target is stopped on the way back. */
START_TEST(test_rollback_of_a_silent_target)
{
	verifying();
	lost(WEST);
	just(MOVE_EV_ROLLBACK);
	ck_assert_str_eq(trace(), "stop<");
	w.now += 1000;
	sees(WEST, SITE_ONLINE);
	just(MOVE_EV_LOOK);
	ck_assert_str_eq(trace(), "STOP:west");
}
END_TEST

/* It came up on another server than our start named: ours may be on its way still. */
START_TEST(test_start_on_another_server)
{
	starting();
	move_named(&w.c, WEST, 1);
	answer(WEST, ANSWER_ACCEPTED);
	w.now += 1000;
	sees(WEST, SITE_ONLINE);
	w.f.vm.site[WEST].node = 2;
	just(MOVE_EV_LOOK);
	ck_assert_str_eq(trace(), "verify");
	ck_assert(w.c.site[WEST].may_start);
	pass(10000);
	ck_assert_str_eq(trace(), "idle");
	accept_move(VERB_MOVE, WEST, EAST); /* nothing there could be proved now */
	for (int i = 0; i < 5; i++)
		round_();
	ck_assert_str_eq(trace(), "queued check");
	ck_assert_int_eq(w.o.lacking, WEST);
	for (int i = 0; i < 200 && w.c.site[WEST].may_start; i++)
		pass(10000); /* the horizon: it was ours, or never comes */
	ck_assert(!w.c.site[WEST].may_start);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("move_owed");
	TCase *t = tcase_create("owed");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, world_setup, NULL);
	tcase_add_test(t, test_word_ends);
	tcase_add_test(t, test_stop_left);
	tcase_add_test(t, test_stop_left_loaded);
	tcase_add_loop_test(t, test_stop_refused_left, 0, 2);
	tcase_add_test(t, test_late_answer_of_stop);
	tcase_add_test(t, test_fence_before_second_start);
	tcase_add_test(t, test_cancel_of_forced);
	tcase_add_test(t, test_force_at_stop);
	tcase_add_test(t, test_force_with_monitors);
	tcase_add_test(t, test_up_with_dead_site);
	tcase_add_test(t, test_stays_quiet);
	tcase_add_test(t, test_newcomer);
	tcase_add_test(t, test_newcomer_alone);
	tcase_add_test(t, test_newcomer_hold);
	tcase_add_test(t, test_newcomer_restart);
	tcase_add_test(t, test_retry_of_reappeared);
	tcase_add_test(t, test_failover_in_target);
	tcase_add_test(t, test_gone_in_target);
	tcase_add_test(t, test_rollback_on_the_way_back);
	tcase_add_test(t, test_stop_of_an_ended_move);
	tcase_add_test(t, test_hold_after_conflict);
	tcase_add_test(t, test_doubt_tells);
	tcase_add_test(t, test_stop_in_doubt_tells);
	tcase_add_test(t, test_group_move_in_doubt);
	tcase_add_test(t, test_start_on_another_server);
	tcase_add_test(t, test_unprovable_before_the_stop);
	tcase_add_test(t, test_source_half_silent);
	tcase_add_test(t, test_rollback_of_a_silent_target);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
