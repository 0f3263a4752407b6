/*
 * SPDX-License-Identifier: Apache-2.0
 * The engine of policies: from findings to plans to moves, what withdraws them, and
 * what keeps them waiting.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/engine_fixture.h"

static struct ex *x;

static void
tune(struct settings *s)
{
	struct policy_settings *p = &s->policies;
	int i;

	for (i = 0; i < POLICY_KINDS; i++)
		p->mode[i] = POLICY_ADVISE;
	p->interval = 20000;
	p->cool_down = 600000;
	p->set_cool_down = 30000;
	p->plan_life = 300000;
	p->rounds = 3;
}

static void
setup(void)
{
	x = ex_new(8, tune);
}

static void
teardown(void)
{
	ex_free(x);
}

static void
until(uint32_t plan, enum cs_plan_state state, unsigned seconds)
{
	for (; ex_plan(x, plan) == NULL || ex_plan(x, plan)->state != (int64_t)state;
	     seconds--) {
		ck_assert_msg(seconds > 0, "plan %u is %d: %s", plan,
		    ex_plan(x, plan) == NULL ? 0 : (int)ex_plan(x, plan)->state,
		    ex_policy(x, POLICY_SPREAD)->status_text);
		ex_run(x, 1);
	}
}

static void
automatic(enum policy_kind kind)
{
	ex_order(x, ENGINE_MODE, kind + 1, POLICY_AUTOMATIC);
}

static void
says(enum policy_kind kind, const char *text)
{
	const char *status = ex_policy(x, kind)->status_text;

	ck_assert_msg(strstr(status, text) != NULL, "%s", status);
}

/* --- the path of a proposal --------------------------------------------------------
 */

START_TEST(advised_approved_done)
{
	const struct plan_row *p;

	ex_find(POLICY_SPREAD, "1>2");
	ex_run(x, 2);
	p = ex_plan(x, 1);
	ck_assert_ptr_nonnull(p);
	ck_assert_int_eq(p->state, PLAN_PROPOSED);
	ck_assert_int_eq(p->approve, APPROVAL_UNDECIDED);
	ck_assert_str_eq(p->policy_name, "spread");
	ck_assert_str_eq(p->vm_name, "vm1");
	ck_assert_str_eq(p->source_name, "east");
	ck_assert_str_eq(p->target_name, "west");
	ck_assert_str_eq(p->target_node_name, "");
	ck_assert_int_eq(p->benefit, 100);
	ck_assert_int_eq(p->cost, 12);
	ck_assert_int_eq(p->batch, 1);
	ck_assert_int_eq(p->expires_wall - p->created_wall, 300);
	ck_assert_uint_eq(ex_count(x, EVENT_PLAN_READY), 1);
	ck_assert(ex_told(x,
	    "plan 1 of spread: vm vm1 from east to west: waits for "
	    "approval: because 1"));
	ex_run(x, 60); /* nobody decides: nothing moves, nothing is told again */
	ck_assert_uint_eq(ex_count(x, EVENT_PLAN_READY), 1);
	ck_assert_uint_eq(ex_moves(x), 0);
	ex_order(x, ENGINE_APPROVE, 1, APPROVAL_APPROVE);
	ck_assert_int_eq(ex_plan(x, 1)->approve, APPROVAL_APPROVE);
	ck_assert(ex_told(x, "approved by an operator"));
	until(1, PLAN_MOVING, 8);
	ck_assert_uint_eq(ex_moves(x), 1);
	ck_assert_int_eq(ex_plan(x, 1)->move_index, 1);
	ck_assert_msg(strncmp(mx_row(x->x, "policy", 1)->reason,
	                  "spread, plan 1: because", 23) == 0,
	    "%s", mx_row(x->x, "policy", 1)->reason);
	ex_find(POLICY_SPREAD, "");
	until(1, PLAN_DONE, 100);
	ck_assert_int_eq(ex_policy(x, POLICY_SPREAD)->moves, 1);
	ck_assert_int_eq(ex_policy(x, POLICY_SPREAD)->proposals, 1);
	ck_assert_str_eq(fx_vm(x->x->fx, "vm1")->cluster_name, "west");
}
END_TEST

START_TEST(automatic_does_it_alone)
{
	automatic(POLICY_SPREAD);
	ex_find(POLICY_SPREAD, "1>2");
	ex_run(x, 8);
	ck_assert_int_eq(ex_plan(x, 1)->state, PLAN_MOVING);
	ck_assert_uint_eq(ex_count(x, EVENT_PLAN_READY), 0);
	ck_assert(ex_told(x, "approved by the policy itself: because"));
	ck_assert(ex_told(x, "begun as move policy/1"));
	ex_find(POLICY_SPREAD, "");
	until(1, PLAN_DONE, 100);
}
END_TEST

START_TEST(a_lasting_one_waits_for_rounds)
{
	ex_find(POLICY_BALANCE, "1>2");
	ex_run(x, 2);
	says(POLICY_BALANCE, "found 1, 1 of 3 rounds");
	ck_assert_ptr_null(ex_plan(x, 1));
	/* looks out of turn are no rounds */
	ex_run(x, 5);
	ex_order(x, ENGINE_MODE, POLICY_BALANCE + 1, POLICY_AUTOMATIC);
	ex_run(x, 7);
	ck_assert_uint_ge(ex_script[POLICY_BALANCE].looks, 2);
	says(POLICY_BALANCE, "1 of 3 rounds");
	ex_order(x, ENGINE_MODE, POLICY_BALANCE + 1, POLICY_ADVISE);
	ex_run(x, 22);
	says(POLICY_BALANCE, "2 of 3 rounds");
	ck_assert_ptr_null(ex_plan(x, 1));
	ex_run(x, 22);
	ck_assert_ptr_nonnull(ex_plan(x, 1));
	/* and from the beginning when it was not so once */
	ex_find(POLICY_BALANCE, "");
	ex_run(x, 22);
	ck_assert_int_eq(ex_plan(x, 1)->state, PLAN_EXPIRED);
	ex_find(POLICY_BALANCE, "1>2");
	ex_run(x, 22);
	says(POLICY_BALANCE, "1 of 3 rounds");
	/* what is urgent does not wait */
	ex_script[POLICY_BALANCE].urgent = true;
	ex_run(x, 22);
	ck_assert_ptr_nonnull(ex_plan(x, 2));
}
END_TEST

START_TEST(the_same_stays_the_same)
{
	const struct plan_reason_row *r;
	const uint32_t key[2] = { 1, 1 };
	unsigned looks;

	ex_find(POLICY_SPREAD, "1>2 2>2/3");
	ex_run(x, 2);
	looks = ex_script[POLICY_SPREAD].looks;
	ex_run(x, 44);
	ck_assert_uint_gt(ex_script[POLICY_SPREAD].looks, looks);
	ck_assert_ptr_null(ex_plan(x, 3));
	ck_assert_int_eq(ex_plan(x, 2)->batch, 1);
	ck_assert_str_eq(ex_plan(x, 2)->target_node_name, "server3");
	r = table_get(model_table_of(x->x->fx->model, TABLE_PLAN_REASON), key, 2);
	ck_assert_str_ne(r->text, "because 1"); /* the figures are new */
	/* another place is another plan; what is not proposed any more goes */
	ex_find(POLICY_SPREAD, "1>2/4");
	ex_run(x, 22);
	ck_assert_int_eq(ex_plan(x, 1)->state, PLAN_EXPIRED);
	ck_assert_int_eq(ex_plan(x, 2)->state, PLAN_EXPIRED);
	ck_assert_int_eq(ex_plan(x, 3)->state, PLAN_PROPOSED);
	ck_assert_int_eq(ex_plan(x, 3)->batch, 3);
	ck_assert(ex_told(x, "withdrawn: another place is better now"));
	ck_assert(ex_told(x, "withdrawn: it is not proposed any more (found 1)"));
	/* a policy that yields leaves things as they are */
	ex_script[POLICY_SPREAD].yields = true;
	ex_find(POLICY_SPREAD, "");
	ex_run(x, 22);
	ck_assert_int_eq(ex_plan(x, 3)->state, PLAN_PROPOSED);
}
END_TEST

START_TEST(undecided_it_is_void_in_time)
{
	ex_find(POLICY_SPREAD, "1>2");
	ex_run(x, 2);
	ex_run(x, 290);
	ck_assert_int_eq(ex_plan(x, 1)->state, PLAN_PROPOSED);
	ex_run(x, 10);
	ck_assert_int_eq(ex_plan(x, 1)->state, PLAN_EXPIRED);
	ck_assert(ex_told(x, "withdrawn: nobody has decided in time"));
	ex_run(x, 22); /* it is wanted still: told anew */
	ck_assert_int_eq(ex_plan(x, 2)->state, PLAN_PROPOSED);
	ck_assert_uint_eq(ex_count(x, EVENT_PLAN_READY), 2);
}
END_TEST

/* --- facts -------------------------------------------------------------------------
 */

static void
hold(void)
{
	fx_want(x->x->fx, INTENT_VM_HOLD, 1, 0, 1);
}

static void
down(void)
{
	fx_want(x->x->fx, INTENT_VM_ADMIN, 1, 0, VM_DOWN);
}

static void
target_closed(void)
{
	fx_want(x->x->fx, INTENT_CLUSTER_ADMIN, 2, 0, CLUSTER_MAINTENANCE);
}

static void
source_closed(void)
{
	fx_want(x->x->fx, INTENT_CLUSTER_ADMIN, 1, 0, CLUSTER_MAINTENANCE);
}

static void
node_closed(void)
{
	fx_want(x->x->fx, INTENT_NODE_ADMIN, 2, 3, CLUSTER_MAINTENANCE);
}

static void
moved_by_hand(void)
{
	const struct move_request rq = mx_to(1, 2);

	mx_ask(x->x, &rq);
}

static void
other_node(void)
{
	x->x->node[EAST] = "server2";
}

static void
target_silent(void)
{
	x->x->silent[WEST] = true;
	mx_run(x->x, 50);
}

static const struct {
	void (*act)(void);
	const char *why;
} facts[] = {
	{ hold, "withdrawn: the VM is on hold" },
	{ down, "withdrawn: the VM is not set to be up" },
	{ target_closed, "withdrawn: cluster west is in maintenance or ignored" },
	{ source_closed, "withdrawn: cluster east was set to maintenance" },
	{ node_closed, "withdrawn: node server3 is in maintenance" },
	{ moved_by_hand, "withdrawn: another move of the VM is open" },
	{ other_node, "withdrawn: the VM is on node server2 now" },
	{ target_silent, "withdrawn: cluster west does not take VMs now" },
};

/* Within a second, whatever its policy would say at its next look; approved, too. */
START_TEST(facts_withdraw)
{
	ex_find(POLICY_SPREAD, "1>2/3");
	ex_run(x, 2);
	ck_assert_int_eq(ex_plan(x, 1)->state, PLAN_PROPOSED);
	ex_order(x, ENGINE_MAX_MOVES, 0, 0);
	ex_order(x, ENGINE_APPROVE, 1, APPROVAL_APPROVE);
	x->slow = true;
	facts[_i].act();
	ex_run(x, 1);
	ck_assert_msg(ex_plan(x, 1)->state == PLAN_EXPIRED, "%s", facts[_i].why);
	ck_assert_msg(ex_told(x, facts[_i].why), "%s", x->x->fx->log);
	ck_assert_uint_eq(ex_moves(x), 0);
	ck_assert_ptr_null(ex_kept(x, "plan", "0000000001"));
}
END_TEST

/* What changed while the look was under way is not proposed at all. */
START_TEST(a_late_finding_is_checked)
{
	x->slow = true;
	ex_find(POLICY_SPREAD, "1>2 2>2");
	ex_run(x, 2);
	hold();
	ex_run(x, 1);
	ex_back(x);
	ck_assert_ptr_null(ex_plan_of(x, 1));
	ck_assert_ptr_nonnull(ex_plan_of(x, 2));
}
END_TEST

/* --- decisions ---------------------------------------------------------------------
 */

START_TEST(rejected_is_not_proposed_again)
{
	const struct engine_order o = {
		.kind = ENGINE_APPROVE, .key = 1, .value = APPROVAL_APPROVE
	};
	char *why = NULL;

	ex_find(POLICY_SPREAD, "1>2");
	ex_run(x, 2);
	ex_order(x, ENGINE_APPROVE, 1, APPROVAL_REJECT);
	ck_assert_int_eq(ex_plan(x, 1)->state, PLAN_REJECTED);
	ck_assert_int_eq(ex_plan(x, 1)->approve, APPROVAL_REJECT);
	ex_order(x, ENGINE_APPROVE, 1, APPROVAL_REJECT); /* so it is already */
	ck_assert_int_eq(ex_test(x, &o, &why), MOVE_NOT_NOW);
	ck_assert_str_eq(why,
	    "plan 1 is rejected: what is decided stays so; see csPlanTable for newer "
	    "plans");
	ex_run(x, 570);
	ck_assert_ptr_null(ex_plan(x, 2));
	ex_run(x, 50);
	ck_assert_ptr_nonnull(ex_plan(x, 2));
	free(why);
}
END_TEST

START_TEST(off_takes_all_with_it)
{
	unsigned looks;

	ex_find(POLICY_SPREAD, "1>2 2>2");
	ex_run(x, 2);
	ex_order(x, ENGINE_MAX_MOVES, 0, 0);
	ex_order(x, ENGINE_APPROVE, 1, APPROVAL_APPROVE);
	looks = ex_script[POLICY_SPREAD].looks;
	ex_order(x, ENGINE_MODE, POLICY_SPREAD + 1, POLICY_OFF);
	ex_run(x, 60);
	ck_assert_int_eq(ex_plan(x, 1)->state, PLAN_EXPIRED);
	ck_assert_int_eq(ex_plan(x, 2)->state, PLAN_EXPIRED);
	ck_assert_uint_eq(ex_script[POLICY_SPREAD].looks, looks);
	ck_assert_str_eq(ex_policy(x, POLICY_SPREAD)->status_text, "off");
}
END_TEST

START_TEST(the_master_limits)
{
	automatic(POLICY_SPREAD);
	ex_order(x, ENGINE_MASTER_MODE, 0, POLICY_ADVISE);
	ck_assert_int_eq(ex_policy(x, POLICY_SPREAD)->effective, POLICY_ADVISE);
	ex_find(POLICY_SPREAD, "1>2");
	ex_run(x, 30);
	ck_assert_int_eq(ex_plan(x, 1)->state, PLAN_PROPOSED);
	says(POLICY_SPREAD, "csPolicyMasterMode is advise");
	/* what stands is approved when it may be; and no longer when it may not */
	ex_order(x, ENGINE_MAX_MOVES, 0, 0);
	ex_order(x, ENGINE_MASTER_MODE, 0, POLICY_AUTOMATIC);
	ck_assert_int_eq(ex_plan(x, 1)->state, PLAN_APPROVED);
	ex_order(x, ENGINE_MASTER_MODE, 0, POLICY_ADVISE);
	ck_assert_int_eq(ex_plan(x, 1)->state, PLAN_PROPOSED);
	ex_order(x, ENGINE_MASTER_MODE, 0, POLICY_OFF);
	says(POLICY_SPREAD, "off: csPolicyMasterMode is off");
	ex_run(x, 1);
	ck_assert_int_eq(ex_plan(x, 1)->state, PLAN_EXPIRED);
}
END_TEST

/* One VM, several policies: what matters more has it. */
START_TEST(one_plan_a_vm)
{
	ex_find(POLICY_SPREAD, "1>2/3");
	ex_run(x, 2);
	ex_find(POLICY_EVACUATE, "1>2/4");
	ex_find(POLICY_HOME, "1>2");
	ex_run(x, 22);
	ck_assert_int_eq(ex_plan(x, 1)->state, PLAN_EXPIRED);
	ck_assert(ex_told(x, "withdrawn: policy evacuate has other plans for the VM"));
	ck_assert_str_eq(ex_plan_of(x, 1)->policy_name, "evacuate");
	ck_assert_int_eq(ex_plan_of(x, 1)->state, PLAN_PROPOSED);
	ck_assert_int_eq(ex_plan_of(x, 1)->target_node, 4);
}
END_TEST

/* --- limits ------------------------------------------------------------------------
 */

START_TEST(so_many_at_once)
{
	x->x->obeys = false;
	automatic(POLICY_SPREAD);
	ex_order(x, ENGINE_MAX_MOVES, 0, 2);
	ex_find(POLICY_SPREAD, "1>2");
	automatic(POLICY_EVACUATE);
	ex_find(POLICY_EVACUATE, "2>2");
	automatic(POLICY_HOME);
	ex_find(POLICY_HOME, "3>2");
	ex_run(x, 25);
	ck_assert_uint_eq(ex_moves(x), 2);
	ck_assert_int_eq(ex_plan_of(x, 3)->state, PLAN_APPROVED);
	says(POLICY_HOME,
	    "waits: 2 moves are under way, csPolicyMaxMoves allows no more");
	/* recover does not wait for what may wait; 0 is none for all */
	automatic(POLICY_RECOVER);
	ex_script[POLICY_RECOVER].urgent = true;
	ex_find(POLICY_RECOVER, "4>2");
	ex_order(x, ENGINE_MAX_MOVES, 0, 0);
	ex_run(x, 22);
	ck_assert_uint_eq(ex_moves(x), 2);
	says(POLICY_RECOVER, "waits: csPolicyMaxMoves is 0");
	ex_order(x, ENGINE_MAX_MOVES, 0, 1);
	/* so it is asked for, and moves has its own say: vm4 runs */
	ck_assert_int_eq(ex_plan_of(x, 4)->state, PLAN_EXPIRED);
}
END_TEST

START_TEST(so_many_an_hour)
{
	automatic(POLICY_SPREAD);
	ex_order(x, ENGINE_MAX_MOVES_HOUR, 0, 2);
	ex_find(POLICY_SPREAD, "1>2 2>2 3>2");
	ex_run(x, 150);
	ck_assert_uint_eq(ex_moves(x), 2);
	ex_find(POLICY_SPREAD, "3>2");
	ex_run(x, 60);
	says(POLICY_SPREAD, "waits: 2 moves within the last hour");
	/* they count over a restart, too */
	ex_restart(x);
	automatic(POLICY_SPREAD);
	ex_run(x, 120);
	says(POLICY_SPREAD, "waits: 2 moves within the last hour");
	ck_assert_uint_eq(ex_moves(x), 2);
	/* a person may, an hour later everybody */
	ex_run(x, 3500);
	ck_assert_uint_eq(ex_moves(x), 3);
}
END_TEST

START_TEST(a_pause_after_each)
{
	automatic(POLICY_SPREAD);
	ex_order(x, ENGINE_MAX_MOVES, 0, 1);
	ex_find(POLICY_SPREAD, "1>2");
	ex_run(x, 2);
	until(1, PLAN_MOVING, 10);
	ex_find(POLICY_SPREAD, "2>2");
	until(1, PLAN_DONE, 100);
	ex_run(x, 20);
	ck_assert_uint_eq(ex_moves(x), 1);
	says(POLICY_SPREAD, "waits: the last automatic move ended");
	ex_run(x, 20);
	ck_assert_uint_eq(ex_moves(x), 2);
}
END_TEST

START_TEST(a_vm_cools_down)
{
	const struct move_request rq = mx_to(1, 2);
	char *words;

	mx_ask(x->x, &rq); /* whoever moved it */
	mx_until(x->x, 1, MOVE_SUCCEEDED, 100);
	automatic(POLICY_SPREAD);
	ex_find(POLICY_SPREAD, "1>1");
	ex_run(x, 30);
	says(POLICY_SPREAD, "waits: vm vm1 moved lately, it is left alone until ");
	words = strdup(ex_policy(x, POLICY_SPREAD)->status_text);
	ex_run(x, 3); /* its row says the same: else it would be another each second */
	ck_assert_str_eq(ex_policy(x, POLICY_SPREAD)->status_text, words);
	free(words);
	ck_assert_uint_eq(ex_moves(x), 0);
	/* not so for an operator */
	ex_order(x, ENGINE_APPROVE, 1, APPROVAL_APPROVE);
	ex_run(x, 8);
	ck_assert_uint_eq(ex_moves(x), 1);
}
END_TEST

START_TEST(only_in_windows)
{
	struct engine_order o = { .kind = ENGINE_WINDOWS };
	char text[64], *why = NULL;
	struct tm tm;
	time_t t;

	setenv("TZ", "UTC0", 1);
	tzset();
	t = x->x->fx->now.wall + 600;
	gmtime_r(&t, &tm);
	snprintf(text, sizeof(text), "%02d:%02d-%02d:%02d", tm.tm_hour, tm.tm_min,
	    (tm.tm_hour + 1) % 24, tm.tm_min);
	o.text = (char *)"Mon 22-23";
	ck_assert_int_eq(ex_test(x, &o, &why), MOVE_WRONG_VALUE);
	ck_assert_msg(strncmp(why, "csPolicyWindows entry 1", 23) == 0, "%s", why);
	o.text = text;
	ck_assert_int_eq(ex_test(x, &o, &why), MOVE_FINE);
	engine_order(x->e, &o, &x->x->fx->now);
	ck_assert_str_eq(ex_set(x)->windows, text);
	automatic(POLICY_SPREAD);
	ck_assert_int_eq(ex_policy(x, POLICY_SPREAD)->effective, POLICY_ADVISE);
	ex_find(POLICY_SPREAD, "1>2");
	ex_run(x, 30);
	ck_assert_int_eq(ex_plan(x, 1)->state, PLAN_PROPOSED);
	ck_assert_uint_eq(ex_count(x, EVENT_PLAN_READY), 1);
	says(POLICY_SPREAD, "advises only: outside of csPolicyWindows, which open");
	/* what is urgent does not wait for it */
	ex_find(POLICY_SPREAD, "");
	ex_script[POLICY_EVACUATE].urgent = true;
	automatic(POLICY_EVACUATE);
	ex_find(POLICY_EVACUATE, "2>2");
	ex_run(x, 22);
	ck_assert_uint_eq(ex_moves(x), 1);
	ex_find(POLICY_EVACUATE, "");
	ex_find(POLICY_SPREAD, "1>2");
	ex_run(x, 600);
	ck_assert_int_eq(ex_policy(x, POLICY_SPREAD)->effective, POLICY_AUTOMATIC);
	ck_assert_uint_eq(ex_moves(x), 2);
	free(why);
}
END_TEST

START_TEST(it_yields_to_failovers)
{
	automatic(POLICY_SPREAD);
	x->x->at[EAST][4] = SITE_STARTING; /* nobody of us starts it */
	ex_run(x, 3);
	ex_find(POLICY_SPREAD, "1>2");
	ex_run(x, 40);
	ck_assert_uint_eq(ex_moves(x), 0);
	ck_assert_int_eq(ex_plan(x, 1)->state, PLAN_APPROVED);
	says(POLICY_SPREAD, "vm5");
	/* not when it is urgent */
	automatic(POLICY_EVACUATE);
	ex_script[POLICY_EVACUATE].urgent = true;
	ex_find(POLICY_EVACUATE, "2>2");
	ex_run(x, 22);
	ck_assert_uint_eq(ex_moves(x), 1);
	x->x->at[EAST][4] = SITE_ONLINE;
	ex_run(x, 240);
	ck_assert_uint_eq(ex_moves(x), 2);
}
END_TEST

/* --- steps -------------------------------------------------------------------------
 */

START_TEST(steps_at_one_node_follow_each_other)
{
	x->x->obeys = false;
	automatic(POLICY_SPREAD);
	ex_order(x, ENGINE_MAX_MOVES, 0, 8);
	ex_find(POLICY_SPREAD, "1>2/3 2>2/3");
	ex_run(x, 25);
	ck_assert_int_eq(ex_plan(x, 1)->state, PLAN_MOVING);
	ck_assert_int_eq(ex_plan(x, 2)->state, PLAN_APPROVED);
	says(POLICY_SPREAD, "waits: plan 1 comes first");
}
END_TEST

/* What a failed step was to make possible is not done on; nor is that one tried on. */
START_TEST(a_failed_step_stops_the_rest)
{
	x->x->obeys = false;
	automatic(POLICY_SPREAD);
	ex_order(x, ENGINE_MAX_MOVES, 0, 1);
	ex_find(POLICY_SPREAD, "1>2/3 2>2/3");
	ex_run(x, 8);
	until(1, PLAN_MOVING, 8);
	ex_run(x, 2);
	x->slow = true;
	mx_answer(x->x, mx_last(x->x), ANSWER_REFUSED, "no");
	ex_run(x, 8);
	mx_answer(x->x, mx_last(x->x), ANSWER_REFUSED, "no");
	ex_run(x, 8);
	mx_answer(x->x, mx_last(x->x), ANSWER_REFUSED, "no");
	until(1, PLAN_FAILED, 20);
	ck_assert_int_eq(ex_plan(x, 2)->state, PLAN_APPROVED);
	says(POLICY_SPREAD, "waits: a step before it failed");
	x->slow = false;
	ex_run(x, 22); /* plan 2 is proposed still, plan 1 not again for a while */
	ex_back(x);
	ck_assert_int_eq(ex_plan(x, 2)->state, PLAN_APPROVED);
	ck_assert_ptr_null(ex_plan(x, 3));
	ex_run(x, 20);
	ck_assert_int_eq(ex_plan(x, 2)->state, PLAN_MOVING);
	x->x->obeys = true;
	ex_run(x, 300);
	ck_assert_ptr_null(ex_plan(x, 3));
	ex_find(POLICY_SPREAD, "1>2/3");
	ex_run(x, 360);
	ck_assert_ptr_nonnull(ex_plan(x, 3)); /* the cool-down is over */
}
END_TEST

/* What is refused when it is asked for is withdrawn, and not asked on and on. */
START_TEST(a_refused_request_backs_off)
{
	x->x->fx->settings->moves.queue = 1000;
	automatic(POLICY_SPREAD);
	x->x->at[WEST][0] = SITE_FAILED; /* facts do not see that, moves do */
	ex_run(x, 2);
	ex_find(POLICY_SPREAD, "1>2");
	ex_run(x, 8);
	if (ex_plan(x, 1) != NULL)
		ck_assert_int_eq(ex_plan(x, 1)->state, PLAN_EXPIRED);
	ck_assert_uint_eq(ex_moves(x), 0);
	ex_run(x, 590);
	ck_assert_uint_eq(ex_moves(x), 0);
	/* a minute, two, four: not ten a ten minutes */
	ck_assert_int_le(ex_policy(x, POLICY_SPREAD)->proposals, 4);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("engine");
	TCase *t = tcase_create("engine");
	SRunner *sr;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, advised_approved_done);
	tcase_add_test(t, automatic_does_it_alone);
	tcase_add_test(t, a_lasting_one_waits_for_rounds);
	tcase_add_test(t, the_same_stays_the_same);
	tcase_add_test(t, undecided_it_is_void_in_time);
	tcase_add_loop_test(
	    t, facts_withdraw, 0, (int)(sizeof(facts) / sizeof(facts[0])));
	tcase_add_test(t, a_late_finding_is_checked);
	tcase_add_test(t, rejected_is_not_proposed_again);
	tcase_add_test(t, off_takes_all_with_it);
	tcase_add_test(t, the_master_limits);
	tcase_add_test(t, one_plan_a_vm);
	tcase_add_test(t, so_many_at_once);
	tcase_add_test(t, so_many_an_hour);
	tcase_add_test(t, a_pause_after_each);
	tcase_add_test(t, a_vm_cools_down);
	tcase_add_test(t, only_in_windows);
	tcase_add_test(t, it_yields_to_failovers);
	tcase_add_test(t, steps_at_one_node_follow_each_other);
	tcase_add_test(t, a_failed_step_stops_the_rest);
	tcase_add_test(t, a_refused_request_backs_off);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
