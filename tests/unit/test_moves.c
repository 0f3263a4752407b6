/*
 * SPDX-License-Identifier: Apache-2.0
 * Moves from the request to the end, over the real engine and model: rows, events,
 * alarms, the order of saves and commands, orders, conflicts.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/moves_fixture.h"

static struct mx *x;

static void
limits(struct settings *s)
{
	s->moves.limit_set = 3;
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

/* --- ways --------------------------------------------------------------------------
 */

START_TEST(test_across)
{
	const struct move_row *r;
	char *log;

	ask(1, 2);
	ck_assert_int_eq(fx_vm(x->fx, "vm1")->target_cluster, 2);
	ck_assert_uint_eq(moves_index_next(x->mv), 2);
	ck_assert(moves_wants_fast(x->mv, 0));
	ck_assert(moves_wants_eager(x->mv, 1));
	mx_run(x, 1);
	ck_assert_int_eq(fx_vm(x->fx, "vm1")->oper, VM_MOVING);
	mx_until(x, 1, MOVE_SUCCEEDED, 30);
	/* each order is durable before it leaves */
	expect_trace("save save save STOP(east/vm1) save save save save save "
	             "START(west/vm1) save save save");
	r = row(1);
	ck_assert_int_eq(r->progress, 100);
	ck_assert_int_eq(r->step, STEP_NONE);
	ck_assert_str_eq(r->error, "");
	ck_assert_str_eq(r->source_name, "east");
	ck_assert_str_eq(r->source_node_name, "server1");
	ck_assert_str_eq(r->target_name, "west");
	ck_assert_int_eq(r->epoch, 3);
	ck_assert_int_ge(r->downtime_ms, 1000);
	ck_assert_int_le(r->downtime_ms, 60000);
	ck_assert_int_eq(r->downtime, (r->downtime_ms + 500) / 1000);
	ck_assert_int_gt(r->finished_wall, 0);
	ck_assert_int_ge(r->finished_wall, r->started_wall);
	log = fx_log(x->fx);
	ck_assert_uint_eq(fx_count(log, EVENT_MOVE_STARTED), 1);
	ck_assert_uint_eq(fx_count(log, EVENT_MOVE_ENDED), 1);
	ck_assert_uint_eq(fx_count(log, EVENT_DISK_OWNER), 2);
	ck_assert_uint_eq(fx_count(log, EVENT_MOVE_STEP), 6);
	ck_assert_msg(
	    strstr(log,
	        "6/1 vm vm1: move set/1, from cluster east to west: succeeded") != NULL,
	    "%s", log);
	free(log);
	ck_assert_int_eq(fx_vm(x->fx, "vm1")->oper, VM_RUNNING);
	ck_assert_int_eq(fx_vm(x->fx, "vm1")->target_cluster, 0);
	ck_assert_str_eq(fx_disk(x->fx, "d1")->owner_cluster_name, "west");
	ck_assert(!moves_wants_fast(x->mv, 0));
	ck_assert(!moves_wants_eager(x->mv, 1));
}
END_TEST

START_TEST(test_within)
{
	const struct move_request rq = { .vm = 1, .node = 2, .mode = MOVE_PLANNED };

	mx_ask(x, &rq);
	mx_until(x, 1, MOVE_SUCCEEDED, 30);
	ck_assert_str_eq(x->posts[0].target, "server2");
	ck_assert_int_eq(x->posts[0].kind, POST_GROUP_MOVE);
	ck_assert_uint_eq(x->nposts, 1);
	ck_assert_str_eq(row(1)->target_node_name, "server2");
	ck_assert_int_eq(row(1)->epoch, 0);
}
END_TEST

START_TEST(test_down_and_up)
{
	struct move_request rq = { .vm = 1, .mode = MOVE_PLANNED, .verb = VERB_DOWN };

	fx_want(x->fx, INTENT_VM_ADMIN, 1, 0, VM_DOWN);
	mx_ask(x, &rq);
	mx_until(x, 1, MOVE_SUCCEEDED, 60);
	ck_assert_int_eq(row(1)->target_cluster, ROW_NONE);
	ck_assert_int_eq(fx_vm(x->fx, "vm1")->oper, VM_STOPPED);
	mx_ask(x, &rq); /* it is so */
	ck_assert_ptr_null(mx_row(x, "set", 2));
	fx_want(x->fx, INTENT_VM_ADMIN, 1, 0, VM_UP);
	rq.verb = VERB_UP;
	mx_ask(x, &rq);
	mx_until(x, 2, MOVE_SUCCEEDED, 60);
	ck_assert_str_eq(row(2)->target_name, "east"); /* where its disks are */
	mx_ask(x, &rq);
	ck_assert_ptr_null(mx_row(x, "set", 3));
}
END_TEST

/* The intent stays; what cannot be done now is a row that says why. */
START_TEST(test_up_not_possible)
{
	struct move_request rq = { .vm = 1, .mode = MOVE_PLANNED, .verb = VERB_DOWN };

	mx_ask(x, &rq);
	mx_until(x, 1, MOVE_SUCCEEDED, 60);
	fx_want(x->fx, INTENT_CLUSTER_ADMIN, 1, 0, CLUSTER_MAINTENANCE);
	rq.verb = VERB_UP;
	mx_ask(x, &rq);
	ck_assert_int_eq(row(2)->state, MOVE_FAILED);
	ck_assert_str_eq(row(2)->error,
	    "vm vm1: cluster east is in maintenance or ignored: set "
	    "csClusterAdminState to active first");
	ck_assert_ptr_nonnull(fx_alarm(x->fx, ALARM_MOVE_FAILED, "set/2"));
	fx_want(x->fx, INTENT_CLUSTER_ADMIN, 1, 0, CLUSTER_ACTIVE);
	mx_ask(x, &rq);
	mx_until(x, 3, MOVE_SUCCEEDED, 60);
	/* a later success says that it is over */
	ck_assert_ptr_null(fx_alarm(x->fx, ALARM_MOVE_FAILED, "set/2"));
}
END_TEST

/* On hold it is kept, and not carried out; while it is moved it is refused. */
START_TEST(test_intent_waits)
{
	struct move_request rq = { .vm = 1, .mode = MOVE_PLANNED, .verb = VERB_DOWN };
	char *cause = NULL;

	fx_want(x->fx, INTENT_VM_HOLD, 1, 0, 1);
	mx_ask(x, &rq);
	ck_assert_str_eq(
	    row(1)->error, "vm vm1 is on hold: set csVmHold to false first");
	ck_assert_ptr_null(fx_alarm(x->fx, ALARM_MOVE_FAILED, "set/1"));
	fx_want(x->fx, INTENT_VM_HOLD, 1, 0, 2);
	x->obeys = false;
	ask(1, 2);
	ck_assert_int_eq(mx_test(x, &rq, &cause), MOVE_NOT_NOW);
	ck_assert_str_eq(cause,
	    "vm vm1: move set/2 is open (running, to west): wait for it, or set its "
	    "csMoveControl");
	rq.verb = VERB_UP; /* that is what it comes to */
	mx_ask(x, &rq);
	ck_assert_ptr_null(mx_row(x, "set", 3));
	free(cause);
}
END_TEST

START_TEST(test_stopped_outside)
{
	x->at[EAST][0] = SITE_OFFLINE;
	mx_run(x, 100);
	fx_want(x->fx, INTENT_VM_ADMIN, 1, 0, VM_UP);
	moves_stopped_outside(x->mv, "vm1", &x->fx->now);
	ck_assert_ptr_null(mx_row(x, "set", 1)); /* not in the midst of a round */
	mx_run(x, 1);
	mx_until(x, 1, MOVE_SUCCEEDED, 60);
	ck_assert_str_eq(row(1)->target_name, "east");
	ck_assert_msg(
	    strstr(row(1)->reason, "somebody else") != NULL, "%s", row(1)->reason);
}
END_TEST

/* --- trouble -----------------------------------------------------------------------
 */

START_TEST(test_refused)
{
	x->obeys = false;
	ask(1, 2);
	mx_run(x, 1);
	mx_answer(x, mx_last(x), ANSWER_REFUSED, "not\nnow");
	mx_until_step(x, 1, STEP_STOP, 1);
	ck_assert_str_eq(row(1)->error, "cluster east refused it: not\\012now");
	mx_run(x, 2); /* tried again */
	ck_assert_uint_eq(x->nposts, 2);
	mx_answer(x, mx_last(x), ANSWER_REFUSED, "never");
	mx_until(x, 1, MOVE_FAILED, 5);
	ck_assert_str_eq(row(1)->error,
	    "the stop was refused; cluster east refused it: never; it runs in cluster "
	    "east");
	ck_assert_ptr_nonnull(fx_alarm(x->fx, ALARM_MOVE_FAILED, "set/1"));
	ck_assert_int_eq(fx_vm(x->fx, "vm1")->oper, VM_RUNNING);
}
END_TEST

START_TEST(test_rolled_back)
{
	struct mx_post *p;
	char *log;

	x->obeys = false;
	ask(1, 2);
	mx_run(x, 1);
	mx_answer(x, mx_last(x), ANSWER_ACCEPTED, "");
	while (x->nposts < 2)
		mx_run(x, 1);
	p = mx_last(x);
	ck_assert_int_eq(p->kind, POST_GROUP_START);
	ck_assert_int_gt(p->deadline, p->at);
	ck_assert_int_le(p->deadline, p->at + 5000);
	p->answered = true;
	moves_answer(x->mv, p->ticket, ANSWER_ACCEPTED, 0, "", &x->fx->now);
	x->at[WEST][0] = SITE_FAILED;
	mx_run(x, 2);
	ck_assert_int_eq(row(1)->state, MOVE_ROLLING_BACK);
	ck_assert_int_eq(row(1)->progress, 60); /* it never goes back */
	x->obeys = true;
	mx_until(x, 1, MOVE_ROLLED_BACK, 60);
	ck_assert_str_eq(
	    row(1)->error, "the start failed; cluster west: Online Failure");
	ck_assert_str_eq(fx_disk(x->fx, "d1")->owner_cluster_name, "east");
	ck_assert_int_eq(x->at[EAST][0], SITE_ONLINE);
	ck_assert_int_eq(x->at[WEST][0], SITE_OFFLINE);
	log = fx_log(x->fx);
	ck_assert_msg(strstr(log, ": start (back)") != NULL, "%s", log);
	free(log);
}
END_TEST

START_TEST(test_stop_failed)
{
	x->obeys = false;
	ask(1, 2);
	mx_run(x, 1);
	mx_answer(x, mx_last(x), ANSWER_NONE, "timed out");
	x->at[EAST][0] = SITE_FAILED;
	mx_run(x, 3);
	ck_assert_ptr_nonnull(fx_alarm(x->fx, ALARM_STOP_FAILED, "set/1"));
	x->at[EAST][0] = SITE_OFFLINE;
	x->obeys = true;
	mx_until(x, 1, MOVE_SUCCEEDED, 60);
	ck_assert_ptr_null(fx_alarm(x->fx, ALARM_STOP_FAILED, "set/1"));
}
END_TEST

/* An answer to an order before this one is not this one's. */
START_TEST(test_late_answer)
{
	uint64_t old;

	x->obeys = false;
	ask(1, 2);
	mx_run(x, 1);
	old = mx_last(x)->ticket;
	x->at[EAST][0] = SITE_OFFLINE; /* its effect was faster */
	while (x->nposts < 2)
		mx_run(x, 1);
	ck_assert_int_eq(mx_last(x)->kind, POST_GROUP_START);
	moves_answer(x->mv, old, ANSWER_REFUSED, 0, "no", &x->fx->now);
	moves_answer(x->mv, old, ANSWER_REFUSED, 0, "twice", &x->fx->now);
	moves_answer(x->mv, 4711, ANSWER_ACCEPTED, 0, "whose", &x->fx->now);
	ck_assert_int_eq(row(1)->step, STEP_START);
	mx_run(x, 3);
	ck_assert_uint_eq(x->nposts, 2);
}
END_TEST

/* Its answer comes when another order is out at the same site. */
START_TEST(test_answer_to_another)
{
	uint64_t stop;

	x->obeys = false;
	ask(1, 2);
	mx_run(x, 1);
	stop = mx_last(x)->ticket;
	mx_last(x)->answered = true;
	x->at[EAST][0] = SITE_OFFLINE;
	while (mx_last(x)->kind != POST_GROUP_START)
		mx_run(x, 1);
	mx_answer(x, mx_last(x), ANSWER_REFUSED, "no");
	mx_order(x, MOVE_ORDER_CANCEL, 1);
	while (mx_last(x)->cluster != EAST)
		mx_run(x, 1);
	ck_assert_int_eq(mx_last(x)->kind, POST_GROUP_START); /* back */
	moves_answer(x->mv, stop, ANSWER_REFUSED, 0, "late", &x->fx->now);
	mx_run(x, 3);
	ck_assert_int_eq(mx_last(x)->answered, false);
	ck_assert_uint_eq(x->nposts, 3); /* nothing was sent again for it */
	ck_assert_int_eq(row(1)->state, MOVE_CANCELLING);
	x->obeys = true;
	mx_until(x, 1, MOVE_CANCELLED, 30);
}
END_TEST

/* A command leaves when its own record is durable, not when another is. */
START_TEST(test_each_its_save)
{
	x->slow = true;
	ask(1, 2);
	ask(2, 2);
	mx_durable(x);
	mx_run(x, 1);
	while (strstr(mx_kept(x, "case", "vm1"), "\"order\":\"stop\"") == NULL) {
		mx_durable(x);
		mx_run(x, 1);
	}
	mx_durable_to(x, x->wanted - 2);
	mx_run(x, 2);
	ck_assert_uint_eq(x->nposts, 0);
	mx_durable(x);
	ck_assert_uint_ge(x->nposts, 1);
}
END_TEST

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

START_TEST(test_doubt)
{
	struct move_order_request o = { .kind = MOVE_ORDER_DESTROY, .index = 1 };
	const struct alarm_row *a;
	char *cause = NULL, *log;

	into_doubt();
	a = fx_alarm(x->fx, ALARM_MOVE_IN_DOUBT, "set/1");
	ck_assert_ptr_nonnull(a);
	ck_assert_msg(strstr(row(1)->error, "set csMoveControl to retry") != NULL, "%s",
	    row(1)->error);
	ck_assert_msg(strstr(a->text, "vm vm1: move set/1") != NULL, "%s", a->text);
	ck_assert_int_eq(fx_vm(x->fx, "vm1")->oper, VM_IN_DOUBT);
	ck_assert_int_eq(
	    moves_order_test(x->mv, &o, &x->fx->now, &cause), MOVE_NOT_NOW);
	ck_assert_str_eq(cause,
	    "move set/1 has not ended (in doubt): cancel it first, by csMoveControl");
	log = fx_log(x->fx);
	ck_assert_uint_eq(fx_count(log, EVENT_MOVE_ENDED), 1);
	free(log);
	x->silent[WEST] = false;
	x->obeys = true;
	mx_run(x, 2);
	mx_order(x, MOVE_ORDER_RETRY, 1);
	ck_assert_ptr_null(fx_alarm(x->fx, ALARM_MOVE_IN_DOUBT, "set/1"));
	mx_until(x, 1, MOVE_SUCCEEDED, 60);
	moves_order(x->mv, &o, &x->fx->now);
	ck_assert_ptr_null(mx_row(x, "set", 1));
	free(cause);
}
END_TEST

/* --- orders ------------------------------------------------------------------------
 */

START_TEST(test_orders_refused)
{
	static const struct {
		enum move_order_kind kind;
		uint32_t index;
		enum move_verdict verdict;
		const char *cause;
	} o[] = {
		{ MOVE_ORDER_CANCEL, 9, MOVE_NO_CREATION,
		    "there is no move set/9: see csMoveTable" },
		{ MOVE_ORDER_RETRY, 1, MOVE_NOT_NOW,
		    "move set/1 (running): retry is not possible: only a move in doubt "
		    "is tried again" },
		{ MOVE_ORDER_CANCEL, 1, MOVE_FINE, NULL },
		{ MOVE_ORDER_ROLLBACK, 1, MOVE_FINE, NULL },
		{ MOVE_ORDER_DESTROY, 1, MOVE_NOT_NOW,
		    "move set/1 has not ended (running): cancel it first, by "
		    "csMoveControl" },
		{ MOVE_ORDER_DESTROY, 9, MOVE_FINE, NULL },
	};
	size_t i;

	x->obeys = false;
	ask(1, 2);
	mx_run(x, 1);
	for (i = 0; i < sizeof(o) / sizeof(o[0]); i++) {
		const struct move_order_request rq = { .kind = o[i].kind,
			.index = o[i].index };
		char *cause = NULL;

		ck_assert_int_eq(
		    moves_order_test(x->mv, &rq, &x->fx->now, &cause), o[i].verdict);
		if (o[i].cause != NULL)
			ck_assert_str_eq(cause, o[i].cause);
		free(cause);
	}
}
END_TEST

START_TEST(test_cancel_with_stop_outstanding)
{
	x->obeys = false;
	ask(1, 2);
	mx_run(x, 1);
	mx_order(x, MOVE_ORDER_CANCEL, 1);
	mx_order(x, MOVE_ORDER_CANCEL, 1); /* the same once more */
	ck_assert_int_eq(row(1)->state, MOVE_CANCELLING);
	mx_run(x, 5);
	ck_assert_int_eq(row(1)->state, MOVE_CANCELLING); /* I7 */
	x->obeys = true;
	mx_until(x, 1, MOVE_CANCELLED, 60);
	ck_assert_int_eq(x->at[EAST][0], SITE_ONLINE); /* I4 */
	ck_assert_str_eq(row(1)->error, "cancelled by an operator");
}
END_TEST

START_TEST(test_hold_while_queued)
{
	x->obeys = false;
	ask(1, 2);
	ask(2, 2);
	ask(3, 2); /* waits: limit-cluster is 2 */
	ck_assert_int_eq(row(3)->state, MOVE_WAITING);
	fx_want(x->fx, INTENT_VM_HOLD, 3, 0, 1);
	moves_intent_changed(x->mv, 3, &x->fx->now);
	mx_run(x, 1);
	ck_assert_int_eq(row(3)->state, MOVE_CANCELLED);
	ck_assert_str_eq(row(3)->error, "hold or maintenance was set");
}
END_TEST

START_TEST(test_confirm)
{
	struct move_order_request o = {
		.kind = MOVE_ORDER_CONFIRM, .vm = 1, .cluster = 1, .value = 1
	};
	struct move_request rq = mx_to(1, 2);
	char *cause = NULL, *log;

	ck_assert_int_eq(
	    moves_order_test(x->mv, &o, &x->fx->now, &cause), MOVE_NOT_NOW);
	ck_assert_str_eq(cause,
	    "vm vm1: in cluster east it is Online, by a round just now (Online): that "
	    "cannot be confirmed away");
	x->silent[EAST] = true;
	mx_run(x, 60);
	o.value = 2;
	ck_assert_int_eq(
	    moves_order_test(x->mv, &o, &x->fx->now, &cause), MOVE_WRONG_VALUE);
	ck_assert_str_eq(cause,
	    "vm vm1: the epoch of its disks is 1, not 2: read csDiskEpoch again");
	o.value = 1;
	ck_assert_int_eq(moves_order_test(x->mv, &o, &x->fx->now, &cause), MOVE_FINE);
	fx_forget(x->fx);
	moves_order(x->mv, &o, &x->fx->now);
	mx_run(x, 1);
	log = fx_log(x->fx);
	ck_assert_uint_eq(fx_count(log, EVENT_SITE_CONFIRMED), 1);
	free(log);
	/* the source is dead, a person said so: by force it comes over */
	rq.force = true;
	mx_ask(x, &rq);
	mx_until(x, 1, MOVE_SUCCEEDED, 60);
	ck_assert_uint_eq(x->nposts, 1);
	ck_assert_int_eq(mx_last(x)->kind, POST_GROUP_START);
	ck_assert_int_eq(row(1)->force, 1);
	free(cause);
}
END_TEST

/* A dead source, in maintenance as it may be: what is said is what is missing. */
START_TEST(test_forced_words)
{
	struct move_order_request o = {
		.kind = MOVE_ORDER_CONFIRM, .vm = 1, .cluster = 1, .value = 1
	};
	struct move_request rq = mx_to(1, 2);
	char *cause = NULL;

	x->silent[EAST] = true;
	mx_run(x, 60);
	fx_want(x->fx, INTENT_CLUSTER_ADMIN, 1, 0, CLUSTER_MAINTENANCE);
	ck_assert_int_eq(mx_test(x, &rq, &cause), MOVE_NOT_NOW);
	ck_assert_msg(strstr(cause, "vm vm1 is unknown (") == cause, "%s", cause);
	ck_assert_msg(
	    strstr(cause,
	        "when cluster east is dead and it cannot run there, say so "
	        "by csVmSiteConfirm.1.1 and move it with csMoveForce") != NULL,
	    "%s", cause);
	free(cause);
	rq.force = true;
	rq.mode = MOVE_DRY_RUN;
	rq.owner = (char *)"ann";
	rq.index = 1;
	mx_ask(x, &rq);
	ck_assert_int_eq(mx_row(x, "ann", 1)->state, MOVE_FAILED);
	ck_assert_str_eq(mx_row(x, "ann", 1)->error,
	    "would not be possible: vm vm1: it is not proved stopped in cluster east "
	    "(nothing fresh is known of the cluster): when it is, say so by "
	    "csVmSiteConfirm.1.1");
	moves_order(x->mv, &o, &x->fx->now);
	rq.index = 2;
	mx_ask(x, &rq);
	ck_assert_str_eq(mx_row(x, "ann", 2)->error,
	    "would be possible: vm vm1 taken for stopped by an operator's word, its "
	    "disks passed on, started in cluster west");
	ck_assert_int_eq(mx_row(x, "ann", 2)->state, MOVE_SUCCEEDED);
	/* vm2: nobody said anything */
	rq = mx_to(2, 2);
	rq.force = true;
	mx_ask(x, &rq);
	ck_assert_int_eq(row(3)->step, STEP_CHECK);
	ck_assert_str_eq(row(3)->error,
	    "cluster east: not proved stopped: nothing fresh is known of the cluster; "
	    "when it is, say so by csVmSiteConfirm.2.1");
	mx_run(x, 3);
	ck_assert_int_eq(row(3)->step, STEP_RELEASE);
	ck_assert_str_eq(row(3)->error,
	    "cluster east: not proved stopped: nothing fresh is known of the cluster; "
	    "when it is, say so by csVmSiteConfirm.2.1");
}
END_TEST

/* --- conflict ----------------------------------------------------------------------
 */

START_TEST(test_newcomer)
{
	unsigned i;

	x->at[WEST][0] = SITE_ONLINE;
	for (i = 0; i < 20 && x->nposts == 0; i++)
		mx_run(x, 1);
	ck_assert_uint_eq(x->nposts, 1);
	ck_assert_int_eq(x->posts[0].kind, POST_GROUP_STOP);
	ck_assert_uint_eq(x->posts[0].cluster, WEST); /* who is not the owner */
	mx_until(x, 1, MOVE_SUCCEEDED, 60);
	ck_assert_int_eq(x->at[EAST][0], SITE_ONLINE);
	ck_assert_int_eq(row(1)->target_cluster, ROW_NONE);
}
END_TEST

START_TEST(test_newcomer_once)
{
	unsigned i;

	x->obeys = false;
	x->at[WEST][0] = SITE_ONLINE;
	for (i = 0; i < 20 && x->nposts == 0; i++)
		mx_run(x, 1);
	mx_answer(x, mx_last(x), ANSWER_REFUSED, "no");
	mx_run(x, 2);
	mx_answer(x, mx_last(x), ANSWER_REFUSED, "no");
	mx_until(x, 1, MOVE_FAILED, 60);
	mx_run(x, 30);
	ck_assert_ptr_null(mx_row(x, "set", 2));
	fx_want(x->fx, INTENT_VM_HOLD, 1, 0, 2); /* not even then: once a conflict */
	mx_run(x, 5);
	ck_assert_ptr_null(mx_row(x, "set", 2));
}
END_TEST

/* Not where a person had put it on hold, nor without a healthy owner. */
START_TEST(test_newcomer_not)
{
	if (_i == 0)
		fx_want(x->fx, INTENT_VM_HOLD, 1, 0, 1);
	else if (_i == 1)
		x->fx->settings->moves.conflict = CONFLICT_NONE;
	x->at[WEST][0] = SITE_ONLINE;
	if (_i == 2) {
		x->at[EAST][0] = SITE_STARTING;
		x->at[WEST][0] = SITE_ONLINE;
	}
	mx_run(x, 20);
	ck_assert_int_eq(fx_vm(x->fx, "vm1")->oper, VM_CONFLICT);
	ck_assert_uint_eq(x->nposts, 0);
	ck_assert_ptr_null(mx_row(x, "set", 1));
}
END_TEST

/* It came up on another server than was wanted: it is there, and that is told. */
START_TEST(test_other_node)
{
	struct move_request rq = mx_to(1, 2);
	char *log;

	x->obeys = false;
	rq.node = 4;
	mx_ask(x, &rq);
	mx_run(x, 1);
	x->at[EAST][0] = SITE_OFFLINE;
	mx_answer(x, mx_last(x), ANSWER_ACCEPTED, "");
	mx_until_step(x, 1, STEP_START, 200);
	fx_forget(x->fx);
	x->node[WEST] = _i == 0 ? "server3" : "server4";
	x->at[WEST][0] = SITE_ONLINE;
	mx_answer(x, mx_last(x), ANSWER_ACCEPTED, "");
	mx_until(x, 1, MOVE_SUCCEEDED, 3000);
	ck_assert_str_eq(
	    row(1)->error, _i == 0 ? "runs on server3, not on server4 as wanted" : "");
	log = fx_log(x->fx);
	ck_assert_int_eq(
	    strstr(log, "succeeded: runs on server3, not on server4") != NULL, _i == 0);
	free(log);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("moves");
	TCase *t = tcase_create("moves");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, test_across);
	tcase_add_test(t, test_within);
	tcase_add_test(t, test_down_and_up);
	tcase_add_test(t, test_up_not_possible);
	tcase_add_test(t, test_intent_waits);
	tcase_add_test(t, test_stopped_outside);
	tcase_add_test(t, test_refused);
	tcase_add_test(t, test_rolled_back);
	tcase_add_test(t, test_stop_failed);
	tcase_add_test(t, test_late_answer);
	tcase_add_test(t, test_answer_to_another);
	tcase_add_test(t, test_each_its_save);
	tcase_add_test(t, test_doubt);
	tcase_add_loop_test(t, test_other_node, 0, 2);
	tcase_add_test(t, test_orders_refused);
	tcase_add_test(t, test_cancel_with_stop_outstanding);
	tcase_add_test(t, test_hold_while_queued);
	tcase_add_test(t, test_confirm);
	tcase_add_test(t, test_forced_words);
	tcase_add_test(t, test_newcomer);
	tcase_add_test(t, test_newcomer_once);
	tcase_add_loop_test(t, test_newcomer_not, 0, 3);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
