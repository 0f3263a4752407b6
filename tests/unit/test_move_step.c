/*
 * SPDX-License-Identifier: Apache-2.0
 * The move engine, step by step. tests/explore goes through all orders.
 */
#include <stdlib.h>

#include "tests/unit/move_world.h"

START_TEST(test_whole)
{
	verifying();
	ck_assert_int_eq(w.c.epoch, 9); /* 8: nobody's */
	for (int i = 0; i < 9; i++) {
		round_();
		ck_assert_int_eq(w.c.phase, PHASE_VERIFY);
	}
	round_();
	ck_assert_str_eq(trace(), "idle");
	ck_assert_int_eq(w.o.state, MOVE_SUCCEEDED);
	ck_assert_int_eq(move_progress(&w.c), 100);
}
END_TEST

/* Nothing leaves before it is durable, whatever else happens meanwhile. */
START_TEST(test_durable_first)
{
	w.auto_durable = false;
	accept_move(VERB_MOVE, EAST, WEST);
	just(MOVE_EV_DURABLE);
	just(MOVE_EV_DURABLE);
	round_();
	ck_assert_int_eq(w.c.phase, PHASE_STOP);
	for (int i = 0; i < 5; i++)
		round_();
	ck_assert_str_eq(trace(), "queued check stop");
	just(MOVE_EV_DURABLE);
	ck_assert_str_eq(trace(), "STOP:east");
	for (int i = 0; i < 5; i++) /* and once only */
		round_();
	ck_assert_str_eq(trace(), "");
}
END_TEST

/* I12: durable or not, nothing leaves and nothing passes while the store fails. */
START_TEST(test_blocked)
{
	stopped();
	w.f.blocked = true;
	for (int i = 0; i < 5; i++)
		round_();
	ck_assert_str_eq(trace(), "");
	w.f.blocked = false;
	round_();
	ck_assert_str_eq(
	    trace(), "handover owner=none ready owner=west start START:west");
}
END_TEST

START_TEST(test_stop_refused)
{
	stopping();
	for (int i = 0; i < 2; i++) {
		answer(EAST, ANSWER_REFUSED);
		pass(1000);
		ck_assert_str_eq(trace(), ""); /* not at once */
		pass(5000);
		ck_assert_str_eq(trace(), "STOP:east");
	}
	answer(EAST, ANSWER_REFUSED);
	ck_assert_str_eq(trace(), "idle");
	ck_assert_int_eq(w.o.state, MOVE_FAILED);
	ck_assert_int_eq(w.c.why, WHY_STOP_REFUSED);
	ck_assert_int_eq(w.f.vm.owner, EAST);
}
END_TEST

/* I7: nothing is repeated or ended before the horizon. */
START_TEST(test_stop_unanswered)
{
	stopping();
	answer(EAST, ANSWER_NONE);
	for (int i = 0; i < 190; i++)
		pass(9000);
	just(MOVE_EV_CANCEL);
	pass(60000);
	ck_assert_str_eq(trace(), "");
	ck_assert_int_eq(w.o.state, MOVE_CANCELLING);
	pass(60000);
	pass(60000);
	ck_assert_str_eq(trace(), "idle");
	ck_assert_int_eq(w.o.state, MOVE_CANCELLED);
}
END_TEST

/* The effect is seen only in a round that began after the command left. */
START_TEST(test_old_round)
{
	stopping();
	answer(EAST, ANSWER_ACCEPTED);
	w.f.vm.site[EAST].oper = SITE_OFFLINE;
	w.f.vm.site[EAST].active = false;
	w.f.vm.site[EAST].start = w.now;
	just(MOVE_EV_LOOK);
	ck_assert_int_eq(w.c.phase, PHASE_STOP);
	w.now++;
	sees(EAST, SITE_OFFLINE);
	just(MOVE_EV_LOOK);
	ck_assert_int_ne(w.c.phase, PHASE_STOP);
}
END_TEST

START_TEST(test_third_site)
{
	third_site();
	accept_move(VERB_MOVE, EAST, WEST);
	round_();
	lost(NORTH); /* after the stop has left */
	trace();
	answer(EAST, ANSWER_ACCEPTED);
	w.now += 1000;
	sees(EAST, SITE_OFFLINE);
	round_();
	ck_assert_str_eq(trace(), "release");
	ck_assert_int_eq(w.o.lacking, NORTH);
	pass(500000);
	ck_assert_str_eq(trace(), "");
	pass(100000); /* release-timeout: neither there nor back */
	ck_assert_str_eq(trace(), "release<");
	pass(600000);
	ck_assert_str_eq(trace(), "doubt<");
	ck_assert_int_eq(w.c.why, WHY_NO_PROOF);
	event(&(struct move_event) {
	    .kind = MOVE_EV_CONFIRM, .site = NORTH, .epoch = 6 });
	ck_assert((w.o.told & TOLD_REFUSED) != 0);
	event(&(struct move_event) {
	    .kind = MOVE_EV_CONFIRM, .site = NORTH, .epoch = 7 });
	just(MOVE_EV_RETRY);
	round_();
	/* the source owns the disk still: back it goes */
	ck_assert_str_eq(trace(), "release< ready< start< START:east");
}
END_TEST

/* (h) and the deadline: the oldest proof decides until when a start may leave. */
START_TEST(test_evidence_age)
{
	third_site();
	accept_move(VERB_MOVE, EAST, WEST);
	round_();
	answer(EAST, ANSWER_ACCEPTED);
	w.now += 1000;
	sees(EAST, SITE_OFFLINE);
	w.f.vm.site[NORTH].judged = w.now - 5001;
	just(MOVE_EV_LOOK);
	ck_assert_int_eq(w.c.phase, PHASE_RELEASE);
	w.f.vm.site[NORTH].judged = w.now - 4000;
	trace();
	just(MOVE_EV_LOOK);
	ck_assert_str_eq(
	    trace(), "handover owner=none ready owner=west start START:west");
	ck_assert_int_eq(w.command.deadline, w.now + 1000);
}
END_TEST

START_TEST(test_start_refused)
{
	starting();
	answer(WEST, ANSWER_REFUSED);
	pass(5000);
	ck_assert_str_eq(trace(), "START:west");
	answer(WEST, ANSWER_NOT_SENT);
	pass(5000);
	ck_assert_str_eq(trace(), "START:west");
	answer(WEST, ANSWER_REFUSED);
	round_();
	/* nothing of ours is there: back without a stop */
	ck_assert_str_eq(trace(),
	    "release< handover< owner=none ready< owner=east start< START:east");
	ck_assert(!w.c.site[WEST].may_start);
	answer(EAST, ANSWER_ACCEPTED);
	w.now += 1000;
	sees(EAST, SITE_ONLINE);
	just(MOVE_EV_LOOK);
	pass(10000);
	ck_assert_str_eq(trace(), "verify< idle");
	ck_assert_int_eq(w.o.state, MOVE_ROLLED_BACK);
	ck_assert_int_eq(w.f.vm.epoch, 11);
}
END_TEST

/* An unanswered start without effect: not before the horizon anything else there, and
 * no start at the source before a later stop was accepted and the horizon is over. */
START_TEST(test_start_unanswered)
{
	w.l.tries = 1;
	starting();
	answer(WEST, ANSWER_NONE);
	for (int i = 0; i < 190; i++)
		pass(9000);
	ck_assert_str_eq(trace(), "");
	pass(90000);
	ck_assert_str_eq(trace(), "stop< STOP:west");
	ck_assert(w.c.site[WEST].may_start);
	answer(WEST, ANSWER_ACCEPTED);
	for (int i = 0; i < 190; i++)
		pass(9000);
	ck_assert_str_eq(trace(), "release<");
	pass(90000);
	pass(1000);
	ck_assert_str_eq(
	    trace(), "handover< owner=none ready< owner=east start< START:east");
}
END_TEST

START_TEST(test_start_failed)
{
	starting();
	answer(WEST, ANSWER_ACCEPTED);
	w.now += 1000;
	sees(WEST, SITE_FAILED);
	just(MOVE_EV_LOOK);
	ck_assert_str_eq(trace(), "stop< STOP:west");
	answer(WEST, ANSWER_ACCEPTED);
	w.now += 1000;
	sees(EAST, SITE_OFFLINE);
	sees(WEST, SITE_OFFLINE);
	just(MOVE_EV_LOOK);
	ck_assert_str_eq(trace(),
	    "release< handover< owner=none ready< owner=east start< START:east");
}
END_TEST

START_TEST(test_cancel_early)
{
	accept_move(VERB_MOVE, EAST, WEST);
	just(MOVE_EV_CANCEL);
	ck_assert_str_eq(trace(), "queued check idle");
	ck_assert_int_eq(w.o.state, MOVE_CANCELLED);
}
END_TEST

START_TEST(test_cancel_release)
{
	stopped();
	just(MOVE_EV_CANCEL);
	ck_assert_int_eq(w.o.state, MOVE_CANCELLING);
	round_();
	ck_assert_str_eq(trace(), "release< ready< start< START:east");
}
END_TEST

START_TEST(test_verify_asks_when_it_is_over)
{
	msec_t stands;

	verifying();
	stands = w.f.vm.site[WEST].start + w.l.verify_time;
	just(MOVE_EV_LOOK);
	ck_assert_int_eq(w.o.wake, stands);
	ck_assert_uint_eq(w.o.eager, 0);
	w.now = stands - 1;
	just(MOVE_EV_LOOK);
	ck_assert_uint_eq(w.o.eager, 0);
	w.now = stands;
	just(MOVE_EV_LOOK);
	ck_assert_int_eq(w.c.phase, PHASE_VERIFY); /* no round has shown it yet */
	ck_assert_uint_eq(w.o.eager, 1u << WEST);
	ck_assert_int_eq(w.o.wake, 0);
	sees(WEST, SITE_ONLINE);
	just(MOVE_EV_LOOK);
	ck_assert_str_eq(trace(), "idle");
	ck_assert_uint_eq(w.o.eager, 0);
}
END_TEST

START_TEST(test_rollback_verify)
{
	verifying();
	just(MOVE_EV_ROLLBACK);
	ck_assert_str_eq(trace(), "stop< STOP:west");
	just(MOVE_EV_CANCEL); /* too late */
	ck_assert((w.o.told & TOLD_REFUSED) != 0);
}
END_TEST

START_TEST(test_hold)
{
	accept_move(VERB_MOVE, EAST, WEST);
	w.f.vm.hold = true;
	round_();
	ck_assert_str_eq(trace(), "queued check idle");
	w.f.vm.hold = false;
	verifying();
	w.f.vm.hold = true; /* forward is the nearest safe end now */
	pass(10000);
	ck_assert_str_eq(trace(), "idle");
	ck_assert_int_eq(w.o.state, MOVE_SUCCEEDED);
}
END_TEST

/* Somebody starts it at the source again while the proof is waited for. */
START_TEST(test_came_back)
{
	stopped();
	w.now += 1000;
	sees(EAST, SITE_ONLINE);
	sees(WEST, SITE_OFFLINE);
	just(MOVE_EV_LOOK);
	round_();
	ck_assert_str_eq(trace(), "release< ready< verify<");
	pass(10000);
	ck_assert_str_eq(trace(), "idle");
	ck_assert_int_eq(w.o.state, MOVE_ROLLED_BACK);
	ck_assert_int_eq(w.c.why, WHY_REAPPEARED);
}
END_TEST

START_TEST(test_stop_reappears)
{
	stopping();
	answer(EAST, ANSWER_ACCEPTED);
	w.now += 1000;
	sees(EAST, SITE_FAILED);
	just(MOVE_EV_LOOK);
	ck_assert(w.c.site[EAST].seen_other);
	lost(EAST);
	just(MOVE_EV_LOOK);
	ck_assert((w.o.told & TOLD_SERVER_LOST) != 0);
	w.now += 5000;
	sees(EAST, SITE_ONLINE);
	just(MOVE_EV_LOOK);
	ck_assert((w.o.told & TOLD_REAPPEARED) != 0 || w.c.why == WHY_REAPPEARED);
	ck_assert_str_eq(trace(), "idle");
	ck_assert_int_eq(w.o.state, MOVE_FAILED);
}
END_TEST

/* The source dies under the stop: stands, and goes on by an operator's word. */
START_TEST(test_source_lost)
{
	stopping();
	answer(EAST, ANSWER_NONE);
	lost(EAST);
	pass(2500000);
	ck_assert_str_eq(trace(), "doubt");
	event(
	    &(struct move_event) { .kind = MOVE_EV_CONFIRM, .site = EAST, .epoch = 7 });
	just(MOVE_EV_RETRY);
	ck_assert_str_eq(trace(),
	    "stop release handover owner=none ready owner=west start START:west");
}
END_TEST

START_TEST(test_force)
{
	lost(EAST);
	event(&(struct move_event) { .kind = MOVE_EV_ACCEPT,
	    .verb = VERB_MOVE,
	    .source = EAST,
	    .target = WEST,
	    .force = true });
	just(MOVE_EV_GO);
	round_();
	ck_assert_str_eq(trace(), "queued check release");
	event(
	    &(struct move_event) { .kind = MOVE_EV_CONFIRM, .site = EAST, .epoch = 7 });
	ck_assert_str_eq(
	    trace(), "handover owner=none ready owner=west start START:west");
	ck_assert_int_eq(w.command.deadline, w.now + 5000); /* as a round's proof */
}
END_TEST

/* A word is void after 15 minutes, and at any sighting. */
START_TEST(test_confirm_void)
{
	stopped();
	lost(EAST);
	w.f.blocked = true;
	event(
	    &(struct move_event) { .kind = MOVE_EV_CONFIRM, .site = EAST, .epoch = 7 });
	ck_assert_int_eq(
	    move_proved(&w.c, &w.f, &w.l, EAST, w.now, NULL), PROVED_BY_OPERATOR);
	pass(899000);
	ck_assert_int_eq(w.c.site[EAST].confirmed, 0);
	event(
	    &(struct move_event) { .kind = MOVE_EV_CONFIRM, .site = EAST, .epoch = 7 });
	w.now += 1000;
	sees(EAST, SITE_STARTING);
	just(MOVE_EV_LOOK);
	ck_assert_int_eq(w.c.site[EAST].confirmed, 0);
	ck_assert_int_eq(move_proved(&w.c, &w.f, &w.l, EAST, w.now, NULL), PROVED_NOT);
}
END_TEST

START_TEST(test_fence)
{
	struct move_event power = {
		.kind = MOVE_EV_FENCING, .site = EAST, .ok = true, .began = 2000000
	};
	struct move_event disk = power;

	stopped();
	lost(EAST);
	w.f.blocked = true;
	w.now = 2000001;
	event(&power);
	ck_assert_int_eq(move_proved(&w.c, &w.f, &w.l, EAST, w.now, NULL), PROVED_NOT);
	power.kind = MOVE_EV_FENCED;
	power.began--; /* that of another one */
	event(&power);
	ck_assert_int_eq(move_proved(&w.c, &w.f, &w.l, EAST, w.now, NULL), PROVED_NOT);
	power.began++;
	event(&power);
	ck_assert_int_eq(
	    move_proved(&w.c, &w.f, &w.l, EAST, w.now, NULL), PROVED_BY_FENCE);
	w.now += 1000;
	w.f.vm.site[EAST].alive = true; /* a sign of life */
	w.f.vm.site[EAST].start = w.now;
	just(MOVE_EV_LOOK);
	ck_assert_int_eq(move_proved(&w.c, &w.f, &w.l, EAST, w.now, NULL), PROVED_NOT);
	event(&power); /* the same once more tells nothing new */
	ck_assert_int_eq(move_proved(&w.c, &w.f, &w.l, EAST, w.now, NULL), PROVED_NOT);
	disk.disk = true; /* survives a reboot */
	event(&disk);
	disk.kind = MOVE_EV_FENCED;
	event(&disk);
	w.f.vm.site[EAST].start = w.now += 1000;
	just(MOVE_EV_LOOK);
	ck_assert_int_eq(
	    move_proved(&w.c, &w.f, &w.l, EAST, w.now, NULL), PROVED_BY_FENCE);
}
END_TEST

static enum move_proof
fence_of(bool disk, void (*meanwhile)(void), msec_t after, bool ok)
{
	struct move_event ev = { .kind = MOVE_EV_FENCING, .site = EAST, .disk = disk };

	stopped();
	lost(EAST);
	w.f.blocked = true;
	ev.began = w.now += 1000;
	event(&ev);
	if (meanwhile != NULL)
		meanwhile();
	ev.kind = MOVE_EV_FENCED;
	ev.ok = ok;
	event(&ev);
	w.now += after;
	just(MOVE_EV_LOOK);
	return move_proved(&w.c, &w.f, &w.l, EAST, w.now, NULL);
}

static void
a_server_answers(void)
{
	w.now += 1000;
	w.f.vm.site[EAST].alive = true;
	w.f.vm.site[EAST].start = w.now;
	just(MOVE_EV_LOOK);
	w.now += 1000;
	lost(EAST);
	w.f.vm.site[EAST].alive = false;
	just(MOVE_EV_LOOK);
}

static void
restarted(void)
{
	just(MOVE_EV_LOADED);
	lost(EAST);
}

/* What is seen while a fence is at work speaks against it, and so does a restart. */
START_TEST(test_fence_meanwhile)
{
	ck_assert_int_eq(fence_of(false, NULL, 0, true), PROVED_BY_FENCE);
	world_setup();
	ck_assert_int_eq(fence_of(false, NULL, 0, false), PROVED_NOT);
	world_setup();
	ck_assert_int_eq(fence_of(false, a_server_answers, 0, true), PROVED_NOT);
	world_setup();
	ck_assert_int_eq(fence_of(true, a_server_answers, 0, true), PROVED_BY_FENCE);
	world_setup();
	ck_assert_int_eq(fence_of(true, restarted, 0, true), PROVED_NOT);
}
END_TEST

/* Power comes back where nobody looks; a reservation of the disk stays. */
START_TEST(test_fence_life)
{
	ck_assert_int_eq(
	    fence_of(false, NULL, w.l.confirm_life - 1, true), PROVED_BY_FENCE);
	world_setup();
	ck_assert_int_eq(fence_of(false, NULL, w.l.confirm_life, true), PROVED_NOT);
	world_setup();
	ck_assert_int_eq(
	    fence_of(true, NULL, 4 * w.l.confirm_life, true), PROVED_BY_FENCE);
}
END_TEST

/* Killed anywhere: what was about to be sent counts as sent. */
START_TEST(test_restart)
{
	stopping();
	w.c = w.disk; /* SENT_WRITTEN, and the POST may be out */
	just(MOVE_EV_LOADED);
	for (int i = 0; i < 5; i++)
		round_();
	ck_assert_str_eq(trace(), ""); /* not again */
	w.now += 1000;
	sees(EAST, SITE_OFFLINE);
	just(MOVE_EV_LOOK);
	ck_assert_str_eq(
	    trace(), "release handover owner=none ready owner=west start START:west");
	w.c = w.disk;
	just(MOVE_EV_LOADED);
	for (int i = 0; i < 5; i++)
		round_();
	ck_assert_str_eq(trace(), "");
	ck_assert(w.c.site[WEST].may_start);
	w.now += 1000;
	sees(WEST, SITE_ONLINE);
	just(MOVE_EV_LOOK);
	pass(10000);
	ck_assert_str_eq(trace(), "verify idle");
	ck_assert_int_eq(w.o.state, MOVE_SUCCEEDED);
}
END_TEST

START_TEST(test_within)
{
	event(&(struct move_event) { .kind = MOVE_EV_ACCEPT,
	    .verb = VERB_WITHIN,
	    .source = EAST,
	    .target = EAST,
	    .node = 2 });
	just(MOVE_EV_GO);
	w.f.vm.site[EAST].node = 1;
	round_();
	ck_assert_str_eq(trace(), "queued check release ready start MOVE:east");
	ck_assert_int_eq(w.command.node, 2);
	answer(EAST, ANSWER_ACCEPTED);
	round_();
	w.now += 1000;
	sees(EAST, SITE_OFFLINE); /* on the way */
	just(MOVE_EV_LOOK);
	ck_assert_str_eq(trace(), "");
	w.now += 1000;
	w.f.vm.site[EAST].node = 2;
	sees(EAST, SITE_ONLINE);
	just(MOVE_EV_LOOK);
	pass(10000);
	ck_assert_str_eq(trace(), "verify idle");
	ck_assert_int_eq(w.o.state, MOVE_SUCCEEDED);
}
END_TEST

START_TEST(test_up_down)
{
	accept_move(VERB_DOWN, EAST, MOVE_NOWHERE);
	round_();
	ck_assert_str_eq(trace(), "queued check stop STOP:east");
	answer(EAST, ANSWER_ACCEPTED);
	w.now += 1000;
	sees(EAST, SITE_OFFLINE);
	just(MOVE_EV_LOOK);
	ck_assert_str_eq(trace(), "release idle");
	ck_assert_int_eq(w.o.state, MOVE_SUCCEEDED);
	ck_assert_int_eq(w.f.vm.owner, EAST);
	accept_move(VERB_UP, MOVE_NOWHERE, EAST);
	round_();
	ck_assert_str_eq(trace(), "queued check release ready start START:east");
	answer(EAST, ANSWER_REFUSED);
	pass(5000);
	pass(5000);
	answer(EAST, ANSWER_REFUSED);
	pass(5000);
	answer(EAST, ANSWER_REFUSED);
	ck_assert_str_eq(trace(), "START:east START:east idle");
	ck_assert_int_eq(w.o.state, MOVE_FAILED);
}
END_TEST

START_TEST(test_quiesce)
{
	w.f.vm.site[EAST].has_monitors = w.f.vm.site[WEST].has_monitors = true;
	accept_move(VERB_MOVE, EAST, WEST);
	round_();
	ck_assert_str_eq(trace(), "queued check quiesce SUSPEND:east");
	event(&(struct move_event) {
	    .kind = MOVE_EV_QUIESCED, .site = EAST, .ok = true });
	ck_assert_str_eq(trace(), "SUSPEND:west");
	event(&(struct move_event) {
	    .kind = MOVE_EV_QUIESCED, .site = WEST, .ok = true });
	ck_assert_str_eq(trace(), "stop STOP:east");
	answer(EAST, ANSWER_ACCEPTED);
	w.now += 1000;
	sees(EAST, SITE_OFFLINE);
	just(MOVE_EV_LOOK);
	answer(WEST, ANSWER_ACCEPTED);
	w.now += 1000;
	sees(WEST, SITE_ONLINE);
	just(MOVE_EV_LOOK);
	trace();
	pass(10000);
	ck_assert_str_eq(trace(), "resume RESUME:west");
	event(&(struct move_event) {
	    .kind = MOVE_EV_QUIESCED, .site = WEST, .ok = true });
	ck_assert_str_eq(trace(), "idle");
	ck_assert(w.c.site[EAST].quiesced); /* until it returns */
	ck_assert(!w.c.site[WEST].quiesced);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("move_step");
	TCase *t = tcase_create("step");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, world_setup, NULL);
	tcase_add_test(t, test_whole);
	tcase_add_test(t, test_durable_first);
	tcase_add_test(t, test_blocked);
	tcase_add_test(t, test_stop_refused);
	tcase_add_test(t, test_stop_unanswered);
	tcase_add_test(t, test_old_round);
	tcase_add_test(t, test_third_site);
	tcase_add_test(t, test_evidence_age);
	tcase_add_test(t, test_start_refused);
	tcase_add_test(t, test_start_unanswered);
	tcase_add_test(t, test_start_failed);
	tcase_add_test(t, test_cancel_early);
	tcase_add_test(t, test_cancel_release);
	tcase_add_test(t, test_verify_asks_when_it_is_over);
	tcase_add_test(t, test_rollback_verify);
	tcase_add_test(t, test_hold);
	tcase_add_test(t, test_came_back);
	tcase_add_test(t, test_stop_reappears);
	tcase_add_test(t, test_source_lost);
	tcase_add_test(t, test_force);
	tcase_add_test(t, test_confirm_void);
	tcase_add_test(t, test_fence);
	tcase_add_test(t, test_fence_meanwhile);
	tcase_add_test(t, test_fence_life);
	tcase_add_test(t, test_restart);
	tcase_add_test(t, test_within);
	tcase_add_test(t, test_up_down);
	tcase_add_test(t, test_quiesce);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
