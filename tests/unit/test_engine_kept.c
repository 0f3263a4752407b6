/*
 * SPDX-License-Identifier: Apache-2.0
 * The engine of policies: what outlives a restart or a reload, what it alarms of, its
 * fences, and placement questions.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/engine_fixture.h"

static struct ex *x;
static char fence_program[] = "/bin/false";
static char *fence_argv[] = { fence_program, NULL };

static void
tune(struct settings *s)
{
	struct policy_settings *p = &s->policies;
	int i;

	for (i = 0; i < POLICY_KINDS; i++)
		p->mode[i] = POLICY_ADVISE;
	p->interval = 20000;
	p->cool_down = 600000;
	p->set_cool_down = 0;
	p->imbalance = 100;
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
	x->x->fx->settings->clusters[0].fence.argv = NULL; /* not its own */
	ex_free(x);
}

static void
windows(const char *text)
{
	char *copy = xstrdup(text);
	const struct engine_order o = { .kind = ENGINE_WINDOWS, .text = copy };

	engine_order(x->e, &o, &x->x->fx->now);
	free(copy);
}

/* --- settings ----------------------------------------------------------------------
 */

static const struct {
	enum engine_order_kind kind;
	uint32_t key;
	int64_t value, most;
	const char *object;
} sets[] = {
	{ ENGINE_MASTER_MODE, 0, POLICY_ADVISE, 3, "csPolicyMasterMode" },
	{ ENGINE_HIGH_LOAD, 0, 901, 1000, "csPolicyHighLoad" },
	{ ENGINE_TARGET_LOAD, 0, 601, 1000, "csPolicyTargetLoad" },
	{ ENGINE_MEMORY_RESERVE, 0, 201, 1000, "csPolicyMemoryReserve" },
	{ ENGINE_MINIMUM_GAIN, 0, 71, 1000, "csPolicyMinimumGain" },
	{ ENGINE_MAX_MOVES, 0, 7, 64, "csPolicyMaxMoves" },
	{ ENGINE_MAX_MOVES_HOUR, 0, 77, 1000, "csPolicyMaxMovesPerHour" },
	{ ENGINE_COOL_DOWN, 0, 4711, 604800, "csPolicyCoolDown" },
	{ ENGINE_MODE, POLICY_RECOVER + 1, POLICY_OFF, 3, "csPolicyMode of recover" },
};

static int64_t
shown(int i)
{
	const struct policy_set_row *r = ex_set(x);

	switch (sets[i].kind) {
	case ENGINE_MASTER_MODE:
		return r->master;
	case ENGINE_HIGH_LOAD:
		return r->high_load;
	case ENGINE_TARGET_LOAD:
		return r->target_load;
	case ENGINE_MEMORY_RESERVE:
		return r->memory_reserve;
	case ENGINE_MINIMUM_GAIN:
		return r->minimum_gain;
	case ENGINE_MAX_MOVES:
		return r->max_moves;
	case ENGINE_MAX_MOVES_HOUR:
		return r->max_moves_hour;
	case ENGINE_COOL_DOWN:
		return r->cool_down;
	default:
		return ex_policy(x, (enum policy_kind)(sets[i].key - 1))->mode;
	}
}

START_TEST(a_set_outlives_restarts)
{
	struct engine_order o = { .kind = sets[_i].kind, .key = sets[_i].key };
	const int64_t configured = shown(_i);
	char *why = NULL;

	o.value = sets[_i].most + 1;
	ck_assert_int_eq(ex_test(x, &o, &why), MOVE_WRONG_VALUE);
	ck_assert_msg(
	    strncmp(why, sets[_i].object, strlen(sets[_i].object)) == 0, "%s", why);
	o.value = -1;
	ck_assert_int_eq(ex_test(x, &o, &why), MOVE_WRONG_VALUE);
	ex_order(x, sets[_i].kind, sets[_i].key, sets[_i].value);
	ck_assert_int_eq(shown(_i), sets[_i].value);
	ck_assert_uint_eq(ex_count(x, EVENT_SETTING_CHANGED), 1);
	ck_assert_msg(ex_told(x, sets[_i].object), "%s", x->x->fx->log);
	ex_order(x, sets[_i].kind, sets[_i].key, sets[_i].value); /* the same */
	ck_assert_uint_eq(ex_count(x, EVENT_SETTING_CHANGED), 1);
	ex_restart(x);
	ck_assert_int_eq(shown(_i), sets[_i].value);
	/* what is configured, set, is nothing to keep */
	ex_order(x, sets[_i].kind, sets[_i].key, configured);
	ex_restart(x);
	ck_assert_int_eq(shown(_i), configured);
	free(why);
}
END_TEST

START_TEST(a_new_configuration_wins)
{
	struct policy_settings *p = &x->x->fx->settings->policies;

	ex_order(x, ENGINE_HIGH_LOAD, 0, 901);
	ex_order(x, ENGINE_MAX_MOVES, 0, 9);
	windows("Mon 22:00-23:00");
	fx_forget(x->x->fx);
	p->high_load = 850;
	engine_configured(x->e, x->x->fx->settings, &x->x->fx->now);
	ck_assert_int_eq(ex_set(x)->high_load, 850);
	ck_assert_int_eq(ex_set(x)->max_moves, 9); /* that one says what it said */
	ck_assert_str_eq(ex_set(x)->windows, "Mon 22:00-23:00");
	ck_assert_uint_eq(ex_count(x, EVENT_SETTING_CHANGED), 1);
	ck_assert(ex_told(x, "csPolicyHighLoad: the configuration says something new"));
	ck_assert_ptr_null(ex_kept(x, "policy", "set/high-load"));
	ck_assert_ptr_nonnull(ex_kept(x, "policy", "set/max-moves"));
	ex_restart(x); /* the same, changed while it was away: it is 800 again */
	ck_assert_int_eq(ex_set(x)->high_load, 800);
	ck_assert_str_eq(ex_set(x)->windows, "Mon 22:00-23:00");
}
END_TEST

/* The targets of moves away from a busy node must not be busy themselves. */
START_TEST(thresholds_go_together)
{
	struct engine_order o = { .kind = ENGINE_TARGET_LOAD, .value = 800 };
	char *why = NULL;

	ck_assert_int_eq(ex_test(x, &o, &why), MOVE_NOT_NOW);
	ck_assert_msg(strstr(why, "800 is not below 800") != NULL, "%s", why);
	o.value = 799;
	ck_assert_int_eq(ex_test(x, &o, &why), MOVE_FINE);
	o.kind = ENGINE_HIGH_LOAD;
	o.value = 700;
	ck_assert_int_eq(ex_test(x, &o, &why), MOVE_NOT_NOW);
	ck_assert_msg(strstr(why, "700 is not below 700") != NULL, "%s", why);
	o.value = 701;
	ck_assert_int_eq(ex_test(x, &o, &why), MOVE_FINE);
	o.value = 990; /* both in one SET were judged together: one after the other */
	o.kind = ENGINE_TARGET_LOAD;
	engine_order(x->e, &o, &x->x->fx->now);
	o.value = 995;
	o.kind = ENGINE_HIGH_LOAD;
	engine_order(x->e, &o, &x->x->fx->now);
	ck_assert_int_eq(ex_set(x)->target_load, 990);
	ck_assert_int_eq(ex_set(x)->high_load, 995);
	free(why);
}
END_TEST

START_TEST(a_threshold_that_no_longer_fits)
{
	struct policy_settings *p = &x->x->fx->settings->policies;

	ex_order(x, ENGINE_TARGET_LOAD, 0, 790);
	fx_forget(x->x->fx);
	p->high_load = 750; /* over 700, as the file has it, and not over 790 */
	engine_configured(x->e, x->x->fx->settings, &x->x->fx->now);
	ck_assert_int_eq(ex_set(x)->high_load, 750);
	ck_assert_int_eq(ex_set(x)->target_load, 700);
	ck_assert_uint_eq(ex_count(x, EVENT_SETTING_CHANGED), 1);
	ck_assert_msg(ex_told(x, "csPolicyTargetLoad: csPolicyTargetLoad would not be"),
	    "%s", x->x->fx->log);
	ck_assert_ptr_null(ex_kept(x, "policy", "set/target-load"));
	/* the same over a restart */
	p->high_load = 800;
	engine_configured(x->e, x->x->fx->settings, &x->x->fx->now);
	ex_order(x, ENGINE_TARGET_LOAD, 0, 790);
	p->high_load = 750;
	ex_again(x);
	ck_assert_int_eq(ex_set(x)->target_load, 700);
}
END_TEST

START_TEST(all_is_told_again)
{
	ex_find(POLICY_SPREAD, "1>2");
	ex_run(x, 2);
	ex_order(x, ENGINE_MAX_MOVES, 0, 0);
	ex_order(x, ENGINE_APPROVE, 1, APPROVAL_APPROVE);
	ex_forget_kept(x);
	engine_tell_all(x->e);
	ck_assert_ptr_nonnull(ex_kept(x, "policy", "set/max-moves"));
	ck_assert_ptr_nonnull(ex_kept(x, "policy", "index"));
	ck_assert_ptr_nonnull(ex_kept(x, "plan", "0000000001"));
}
END_TEST

static const struct {
	const char *space, *key, *value;
} bad[] = {
	{ "policy", "set/high-load", "{\"value\":1001,\"configured\":1}" },
	{ "policy", "set/high-load", "{\"value\":1}" },
	{ "policy", "set/high-load", "1" },
	{ "policy", "set/windows", "{\"value\":\"x\",\"configured\":\"\"}" },
	{ "policy", "set/nothing", "{\"value\":1,\"configured\":1}" },
	{ "policy", "index", "{\"next\":0}" },
	{ "policy", "left/vm1", "{\"from\":\"east\"}" },
	{ "policy", "index", "{" },
	{ "plan", "0000000001", "{}" },
	{ "plan", "x", "{}" },
	{ "else", "x", "{}" },
};

START_TEST(bad_records_are_refused)
{
	const struct engine_sink sink = { NULL, NULL, NULL, NULL };
	struct engine *e = engine_new(x->x->fx->model, x->x->mv, &sink);
	char *why = NULL;

	ck_assert_int_eq(
	    engine_restore(e, bad[_i].space, bad[_i].key, bad[_i].value, &why), -1);
	ck_assert_ptr_nonnull(strstr(why, bad[_i].space));
	ck_assert_ptr_nonnull(strstr(why, bad[_i].key));
	free(why);
	engine_free(e);
}
END_TEST

/* --- plans over a restart ----------------------------------------------------------
 */

static void
approve_and_restart(void)
{
	ex_find(POLICY_SPREAD, "1>2/3 2>2");
	ex_run(x, 2);
	ex_order(x, ENGINE_MAX_MOVES, 0, 0);
	ex_order(x, ENGINE_APPROVE, 1, APPROVAL_APPROVE);
	ck_assert_ptr_nonnull(ex_kept(x, "plan", "0000000001"));
	ck_assert_ptr_null(ex_kept(x, "plan", "0000000002"));
	ex_find(POLICY_SPREAD, "");
	ex_restart(x);
	ck_assert_int_eq(ex_plan(x, 1)->state, PLAN_APPROVED);
	ck_assert_str_eq(ex_plan(x, 1)->source_name, "east");
	ck_assert_str_eq(ex_plan(x, 1)->target_node_name, "server3");
	ck_assert_ptr_null(ex_plan(x, 2));
}

START_TEST(an_approval_outlives_a_restart)
{
	approve_and_restart();
	ex_run(x, 3);
	ex_order(x, ENGINE_MAX_MOVES, 0, 2);
	ex_run(x, 100);
	ck_assert_int_eq(ex_plan(x, 1)->state, PLAN_DONE);
	ck_assert_uint_eq(ex_moves(x), 1);
	ck_assert_ptr_null(ex_kept(x, "plan", "0000000001"));
	/* indexes go on */
	ex_find(POLICY_SPREAD, "2>2");
	ex_run(x, 22);
	ck_assert_int_gt(ex_plan_of(x, 2)->head.key[0], 2);
}
END_TEST

START_TEST(or_ends_when_its_facts_are_gone)
{
	approve_and_restart();
	x->x->at[EAST][0] = SITE_OFFLINE; /* somebody stopped it meanwhile */
	ex_run(x, 40);
	ck_assert_int_eq(ex_plan(x, 1)->state, PLAN_APPROVED); /* too early to say */
	ex_run(x, 20);
	ck_assert_int_eq(ex_plan(x, 1)->state, PLAN_EXPIRED);
	ck_assert_msg(ex_told(x, "withdrawn: the VM is not"), "%s", x->x->fx->log);
	ck_assert_ptr_null(ex_kept(x, "plan", "0000000001"));
	ck_assert_uint_eq(ex_moves(x), 0);
}
END_TEST

/* What only moves can tell ends it, too, when it is no longer too early. */
START_TEST(or_when_it_is_refused)
{
	approve_and_restart();
	x->x->at[WEST][0] = SITE_FAILED;
	ex_run(x, 1);
	ex_order(x, ENGINE_MAX_MOVES, 0, 2);
	ex_run(x, 30);
	ck_assert_int_eq(ex_plan(x, 1)->state, PLAN_APPROVED);
	ex_run(x, 30);
	ck_assert_int_eq(ex_plan(x, 1)->state, PLAN_EXPIRED);
	ck_assert_ptr_null(ex_kept(x, "plan", "0000000001"));
}
END_TEST

/* A move of a policy that never began, in the history, is none of the last hour. */
START_TEST(what_never_began_counts_by_its_end)
{
	const struct model_now *now = &x->x->fx->now;
	struct move_row row = {
		.vm = 8, .state = MOVE_CANCELLED, .finished_wall = now->wall - 7200
	};
	uint32_t key[KEY_MAX];
	const size_t n = key_from_name("policy", key);

	key[n] = 99;
	table_put(
	    model_tables(x->x->fx->model, now, NULL)[TABLE_MOVE], key, n + 1, &row);
	ex_again(x);
	ex_order(x, ENGINE_MAX_MOVES_HOUR, 0, 1);
	ex_order(x, ENGINE_MODE, POLICY_SPREAD + 1, POLICY_AUTOMATIC);
	ex_find(POLICY_SPREAD, "1>2");
	ex_run(x, 8);
	ck_assert_msg(ex_plan(x, 1)->state == PLAN_MOVING, "%s",
	    ex_policy(x, POLICY_SPREAD)->status_text);
}
END_TEST

/* --- evacuate's memory -------------------------------------------------------------
 */

START_TEST(it_knows_where_evacuate_took_vms_from)
{
	fx_want(x->x->fx, INTENT_CLUSTER_ADMIN, 1, 0, CLUSTER_MAINTENANCE);
	ex_order(x, ENGINE_MODE, POLICY_EVACUATE + 1, POLICY_AUTOMATIC);
	ex_script[POLICY_EVACUATE].urgent = true;
	ex_find(POLICY_EVACUATE, "1>2");
	ex_run(x, 60);
	ck_assert_str_eq(
	    ex_kept(x, "policy", "left/vm1"), "{\"from\":\"east\",\"to\":\"west\"}");
	ex_restart(x);
	ex_run(x, 30);
	ck_assert_ptr_nonnull(ex_kept(x, "policy", "left/vm1"));
	/* who takes it elsewhere ends that */
	x->x->at[WEST][0] = SITE_OFFLINE;
	ex_run(x, 70);
	x->x->at[EAST][0] = SITE_ONLINE;
	ex_run(x, 30);
	ck_assert_ptr_null(ex_kept(x, "policy", "left/vm1"));
}
END_TEST

/* --- alarms ------------------------------------------------------------------------
 */

START_TEST(an_imbalance_that_lasts)
{
	struct ex_script *s = &ex_script[POLICY_BALANCE];

	s->imbalance = 240;
	ex_run(x, 25);
	ck_assert_int_eq(ex_set(x)->imbalance, 240);
	ck_assert_ptr_null(fx_alarm(x->x->fx, ALARM_IMBALANCE, "balance"));
	ex_run(x, 20);
	ck_assert_ptr_nonnull(fx_alarm(x->x->fx, ALARM_IMBALANCE, "balance"));
	ck_assert_uint_eq(ex_count(x, EVENT_IMBALANCE), 1);
	ck_assert(ex_told(x, "loads are uneven: imbalance 24.0 %, 10.0 % are borne"));
	s->imbalance = 333; /* the alarm shows the figure of now, and is no new one */
	ex_run(x, 22);
	ck_assert_str_eq(fx_alarm(x->x->fx, ALARM_IMBALANCE, "balance")->text,
	    "loads are uneven: imbalance 33.3 %, 10.0 % are borne");
	s->imbalance = 90; /* just below: not yet even */
	ex_run(x, 22);
	ck_assert_ptr_nonnull(fx_alarm(x->x->fx, ALARM_IMBALANCE, "balance"));
	s->imbalance = 110;
	ex_run(x, 80);
	ck_assert_uint_eq(ex_count(x, EVENT_IMBALANCE), 1);
	/* it stands over a restart, and ends with its reason */
	ex_restart(x);
	s->imbalance = 222;
	ex_run(x, 25);
	ck_assert_ptr_nonnull(
	    strstr(fx_alarm(x->x->fx, ALARM_IMBALANCE, "balance")->text, "22.2 %"));
	s->imbalance = 70;
	ex_run(x, 25);
	ck_assert_ptr_null(fx_alarm(x->x->fx, ALARM_IMBALANCE, "balance"));
	ck_assert_uint_eq(ex_count(x, EVENT_IMBALANCE), 2);
	ck_assert(ex_told(x, "loads are even again: imbalance 7.0 %"));
}
END_TEST

START_TEST(off_measures_nothing)
{
	ex_script[POLICY_BALANCE].imbalance = 240;
	ex_run(x, 65);
	ck_assert_ptr_nonnull(fx_alarm(x->x->fx, ALARM_IMBALANCE, "balance"));
	ex_order(x, ENGINE_MODE, POLICY_BALANCE + 1, POLICY_OFF);
	ex_run(x, 1);
	ck_assert_ptr_null(fx_alarm(x->x->fx, ALARM_IMBALANCE, "balance"));
	ck_assert(ex_set(x)->imbalance == ROW_NONE);
}
END_TEST

START_TEST(what_is_not_recovered)
{
	ex_script[POLICY_RECOVER].lack = 3;
	ex_run(x, 2);
	ck_assert_str_eq(fx_alarm(x->x->fx, ALARM_VM_NOT_RECOVERED, "vm3")->text,
	    "no proof from east");
	ex_run(x, 30);
	ck_assert_uint_eq(ex_count(x, EVENT_ALARM_RAISED), 1);
	ex_restart(x);
	ex_script[POLICY_RECOVER].lack = 4;
	ex_run(x, 30);
	ck_assert_ptr_null(fx_alarm(x->x->fx, ALARM_VM_NOT_RECOVERED, "vm3"));
	ck_assert_ptr_nonnull(fx_alarm(x->x->fx, ALARM_VM_NOT_RECOVERED, "vm4"));
	ex_order(x, ENGINE_MODE, POLICY_RECOVER + 1, POLICY_OFF);
	ex_run(x, 1);
	ck_assert_ptr_null(fx_alarm(x->x->fx, ALARM_VM_NOT_RECOVERED, "vm4"));
	/* of the others a lack is words */
	ex_script[POLICY_HOME].lack = 5;
	ex_run(x, 22);
	ck_assert_ptr_null(fx_alarm(x->x->fx, ALARM_VM_NOT_RECOVERED, "vm5"));
	ck_assert_str_eq(
	    ex_policy(x, POLICY_HOME)->status_text, "found 0; no proof from east");
}
END_TEST

/* A start that recover wants and moves refuse is a lack, and moves say which. */
START_TEST(what_moves_refuse_is_a_lack)
{
	const struct alarm_row *a;

	x->x->at[EAST][2] = SITE_OFFLINE;
	x->x->at[WEST][2] = SITE_FAILED; /* recover's script does not see that */
	ex_run(x, 60);
	ex_script[POLICY_RECOVER].urgent = true;
	ex_order(x, ENGINE_MODE, POLICY_RECOVER + 1, POLICY_AUTOMATIC);
	ex_find(POLICY_RECOVER, "3>2");
	ex_run(x, 25);
	ck_assert_uint_eq(ex_moves(x), 0);
	a = fx_alarm(x->x->fx, ALARM_VM_NOT_RECOVERED, "vm3");
	ck_assert_ptr_nonnull(a);
	ck_assert_msg(
	    strstr(a->text, "its start in cluster west was refused: ") != NULL, "%s",
	    a->text);
	fx_forget(x->x->fx);
	ex_run(x, 120); /* it stands, however often that is asked again */
	ck_assert_ptr_nonnull(fx_alarm(x->x->fx, ALARM_VM_NOT_RECOVERED, "vm3"));
	ck_assert_uint_eq(ex_count(x, EVENT_ALARM_RAISED), 0);
	x->x->at[WEST][2] = SITE_OFFLINE;
	ex_run(x, 60);
	fx_want(x->x->fx, INTENT_VM_ADMIN, 3, 0, VM_UP); /* somebody had stopped it */
	ex_run(x, 340);
	ck_assert_msg(ex_moves(x) == 1, "%s %s",
	    ex_policy(x, POLICY_RECOVER)->status_text, x->x->fx->log);
	ck_assert_ptr_null(fx_alarm(x->x->fx, ALARM_VM_NOT_RECOVERED, "vm3"));
}
END_TEST

START_TEST(fences_only_where_they_may)
{
	struct cluster_settings *c = &x->x->fx->settings->clusters[0];

	ex_script[POLICY_RECOVER].lack = 3;
	ex_script[POLICY_RECOVER].fence = 1;
	c->fence_automatic = true; /* but there is no program */
	ex_order(x, ENGINE_MODE, POLICY_RECOVER + 1, POLICY_AUTOMATIC);
	ex_run(x, 30);
	ck_assert_uint_eq(x->fences, 0);
	c->fence.argv = fence_argv;
	c->fence_automatic = false;
	ex_run(x, 30);
	ck_assert_uint_eq(x->fences, 0);
	c->fence_automatic = true;
	ex_order(x, ENGINE_MODE, POLICY_RECOVER + 1, POLICY_ADVISE);
	ex_run(x, 30);
	ck_assert_uint_eq(x->fences, 0);
	ex_order(x, ENGINE_MASTER_MODE, 0, POLICY_ADVISE);
	ex_order(x, ENGINE_MODE, POLICY_RECOVER + 1, POLICY_AUTOMATIC);
	ex_run(x, 30);
	ck_assert_uint_eq(x->fences, 0);
	/* windows are for what can wait */
	windows("Mon 3:00-3:01");
	ex_order(x, ENGINE_MASTER_MODE, 0, POLICY_AUTOMATIC);
	ex_run(x, 30);
	ck_assert_uint_eq(x->fences, 1);
	ck_assert_uint_eq(x->fenced, 0);
	ck_assert(ex_told(x, "fences cluster east: no proof from east"));
}
END_TEST

START_TEST(fences_are_not_hammered)
{
	struct cluster_settings *c = &x->x->fx->settings->clusters[0];
	unsigned i;

	c->fence.argv = fence_argv;
	c->fence_automatic = true;
	ex_script[POLICY_RECOVER].lack = 3;
	ex_script[POLICY_RECOVER].fence = 1;
	ex_order(x, ENGINE_MODE, POLICY_RECOVER + 1, POLICY_AUTOMATIC);
	ex_run(x, 300);
	ck_assert_uint_eq(x->fences, 1); /* it runs still */
	for (i = 0; i < 30; i++) {
		engine_fenced(
		    x->e, "east", false, false, "exited with 1", &x->x->fx->now);
		ex_run(x, 60);
	}
	ck_assert(ex_told(x, "cluster east could not be fenced: exited with 1"));
	/* after 1, 2, 4, 8 minutes */
	ck_assert_uint_ge(x->fences, 4);
	ck_assert_uint_le(x->fences, 6);
}
END_TEST

/* --- placement questions -----------------------------------------------------------
 */

static char owner[] = "ann";

static void
ask(uint32_t index)
{
	const struct engine_order o = { .kind = ENGINE_PLACE,
		.key = index,
		.owner = owner,
		.cpus = 1,
		.memory = 512 };
	char *why = NULL;

	ck_assert_msg(ex_test(x, &o, &why) == MOVE_FINE, "%s", why);
	engine_order(x->e, &o, &x->x->fx->now);
}

START_TEST(a_question_is_answered)
{
	const struct placement_row *r;
	struct engine_order o = { .kind = ENGINE_PLACE_DESTROY, .owner = owner };

	ask(7);
	r = fx_next(x->x->fx, TABLE_PLACEMENT, NULL);
	ck_assert_int_eq(r->state, PLACEMENT_COMPUTING);
	ck_assert_int_eq(r->wall, 0);
	ex_run(x, 1);
	r = fx_next(x->x->fx, TABLE_PLACEMENT, NULL);
	ck_assert_int_ne(r->state, PLACEMENT_COMPUTING);
	ck_assert_int_ne(r->wall, 0);
	ck_assert_str_ne(r->text, "");
	ck_assert_uint_eq(fx_rows(x->x->fx, TABLE_PLACEMENT_RESULT), 4);
	/* it goes when it is destroyed, and by itself after ten minutes */
	ask(8);
	o.key = 7;
	engine_order(x->e, &o, &x->x->fx->now);
	engine_order(x->e, &o, &x->x->fx->now);
	ck_assert_uint_eq(fx_rows(x->x->fx, TABLE_PLACEMENT), 1);
	ex_run(x, 580);
	ck_assert_uint_eq(fx_rows(x->x->fx, TABLE_PLACEMENT), 1);
	ex_run(x, 20);
	ck_assert_uint_eq(fx_rows(x->x->fx, TABLE_PLACEMENT), 0);
	ck_assert_uint_eq(fx_rows(x->x->fx, TABLE_PLACEMENT_RESULT), 0);
}
END_TEST

START_TEST(destroyed_while_it_is_computed)
{
	const struct engine_order o = {
		.kind = ENGINE_PLACE_DESTROY, .key = 7, .owner = owner
	};

	x->slow = true;
	ask(7);
	ex_run(x, 1);
	engine_order(x->e, &o, &x->x->fx->now);
	ask(7); /* another one of that name */
	ex_back(x);
	ck_assert_uint_eq(fx_rows(x->x->fx, TABLE_PLACEMENT_RESULT), 0);
	ex_run(x, 1);
	ex_back(x);
	ck_assert_uint_eq(fx_rows(x->x->fx, TABLE_PLACEMENT_RESULT), 4);
}
END_TEST

START_TEST(questions_that_are_refused)
{
	struct engine_order o = {
		.kind = ENGINE_PLACE, .key = 1, .owner = owner, .cpus = 1, .memory = 512
	};
	uint32_t i;

	ex_run(x, 1);
	o.owner = NULL;
	ck_assert_int_eq(ex_test(x, &o, NULL), MOVE_BAD_NAME);
	o.owner = owner;
	o.key = 0;
	ck_assert_int_eq(ex_test(x, &o, NULL), MOVE_BAD_NAME);
	o.key = 1;
	o.cpus = 0;
	ck_assert_int_eq(ex_test(x, &o, NULL), MOVE_WRONG_VALUE);
	o.cpus = 4097;
	ck_assert_int_eq(ex_test(x, &o, NULL), MOVE_WRONG_VALUE);
	o.cpus = 1;
	o.memory = 0;
	ck_assert_int_eq(ex_test(x, &o, NULL), MOVE_WRONG_VALUE);
	o.memory = 1;
	o.avail_set = 9;
	ck_assert_int_eq(ex_test(x, &o, NULL), MOVE_WRONG_VALUE);
	o.avail_set = 0;
	o.vm = 99;
	ck_assert_int_eq(ex_test(x, &o, NULL), MOVE_WRONG_VALUE);
	o.vm = 0;
	ask(1);
	ck_assert_int_eq(ex_test(x, &o, NULL), MOVE_NOT_NOW);
	for (i = 2; i <= 64; i++)
		ask(i);
	o.key = 65;
	ck_assert_int_eq(ex_test(x, &o, NULL), MOVE_NO_RESOURCE);
}
END_TEST

START_TEST(history_is_bounded)
{
	unsigned i;

	for (i = 0; i < 300; i++) {
		ex_find(POLICY_SPREAD, i % 2 == 0 ? "1>2/3" : "1>2/4");
		ex_run(x, 20);
	}
	ck_assert_uint_le(fx_rows(x->x->fx, TABLE_PLAN), 257);
	ck_assert_uint_ge(fx_rows(x->x->fx, TABLE_PLAN), 250);
	ck_assert_ptr_null(ex_plan(x, 1));
	ck_assert_uint_le(fx_rows(x->x->fx, TABLE_PLAN_REASON), 2 * 257);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("engine_kept");
	TCase *t = tcase_create("engine_kept");
	SRunner *sr;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(
	    t, a_set_outlives_restarts, 0, (int)(sizeof(sets) / sizeof(sets[0])));
	tcase_add_test(t, a_new_configuration_wins);
	tcase_add_test(t, thresholds_go_together);
	tcase_add_test(t, a_threshold_that_no_longer_fits);
	tcase_add_test(t, all_is_told_again);
	tcase_add_loop_test(
	    t, bad_records_are_refused, 0, (int)(sizeof(bad) / sizeof(bad[0])));
	tcase_add_test(t, an_approval_outlives_a_restart);
	tcase_add_test(t, or_ends_when_its_facts_are_gone);
	tcase_add_test(t, or_when_it_is_refused);
	tcase_add_test(t, what_never_began_counts_by_its_end);
	tcase_add_test(t, it_knows_where_evacuate_took_vms_from);
	tcase_add_test(t, an_imbalance_that_lasts);
	tcase_add_test(t, off_measures_nothing);
	tcase_add_test(t, what_is_not_recovered);
	tcase_add_test(t, what_moves_refuse_is_a_lack);
	tcase_add_test(t, fences_only_where_they_may);
	tcase_add_test(t, fences_are_not_hammered);
	tcase_add_test(t, a_question_is_answered);
	tcase_add_test(t, destroyed_while_it_is_computed);
	tcase_add_test(t, questions_that_are_refused);
	tcase_add_test(t, history_is_bounded);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
