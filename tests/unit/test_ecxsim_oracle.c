/*
 * SPDX-License-Identifier: Apache-2.0
 * The oracle: it must count every dual activation, by its cause, and no other.
 */
#include <check.h>
#include <stdlib.h>

#include "tests/ecxsim/oracle.h"
#include "tests/unit/test_ecxsim_util.h"

static struct oracle_counts
counts(const struct oracle *o)
{
	struct oracle_counts c;

	oracle_counts(o, &c);
	return c;
}

/* --- the bare registry ----------------------------------------------------------- */

START_TEST(test_every_cause)
{
	enum cause_kind kind = (enum cause_kind)_i;
	struct cause first = CAUSE(CAUSE_INITIAL), second = CAUSE(kind);
	struct oracle *o = oracle_new(10);
	bool ours = kind == CAUSE_COMMAND;

	oracle_begin(o, KEY_VM, "v", "a", "s1", &first, 100);
	ck_assert_uint_eq(counts(o).dual_now, 0);
	oracle_begin(o, KEY_VM, "v", "b", "t1", &second, 200);
	ck_assert_uint_eq(counts(o).dual_by_command, ours ? 1 : 0);
	ck_assert_uint_eq(counts(o).dual_foreign, ours ? 0 : 1);
	ck_assert_uint_eq(counts(o).dual_within, 0);
	ck_assert_uint_eq(counts(o).dual_now, 1);
	ck_assert_uint_eq(counts(o).max_clusters, 2);
	oracle_end(o, KEY_VM, "v", "a", "s1", 300);
	ck_assert_uint_eq(counts(o).dual_now, 0);
	oracle_free(o);
}
END_TEST

START_TEST(test_one_after_the_other)
{
	struct cause cause = CAUSE(CAUSE_COMMAND);
	struct oracle *o = oracle_new(10);

	for (int i = 0; i < 5; i++) {
		oracle_begin(o, KEY_LUN, "l", i % 2 ? "a" : "b", "s", &cause, i);
		oracle_end(o, KEY_LUN, "l", i % 2 ? "a" : "b", "s", i);
	}
	/* same name, other kind; the same again; two different ones at once */
	oracle_begin(o, KEY_LUN, "l", "a", "s", &cause, 9);
	oracle_begin(o, KEY_LUN, "l", "a", "s", &cause, 9);
	oracle_begin(o, KEY_VM, "l", "b", "s", &cause, 9);
	oracle_begin(o, KEY_LUN, "m", "b", "s", &cause, 9);
	ck_assert_uint_eq(counts(o).dual_by_command, 0);
	ck_assert_uint_eq(counts(o).dual_foreign, 0);
	ck_assert_uint_eq(counts(o).dual_within, 0);
	ck_assert_uint_eq(counts(o).activations, 8);
	oracle_free(o);
}
END_TEST

START_TEST(test_within_one_cluster)
{
	struct cause cause = CAUSE(CAUSE_FAILOVER);
	struct oracle *o = oracle_new(10);

	oracle_begin(o, KEY_LUN, "l", "a", "s1", &cause, 1);
	oracle_begin(o, KEY_LUN, "l", "a", "s2", &cause, 2);
	ck_assert_uint_eq(counts(o).dual_within, 1);
	ck_assert_uint_eq(counts(o).dual_foreign, 0);
	/* the cluster has it until the last server lets go */
	oracle_end(o, KEY_LUN, "l", "a", "s1", 3);
	oracle_begin(o, KEY_LUN, "l", "b", "t1", &cause, 4);
	ck_assert_uint_eq(counts(o).dual_foreign, 1);
	oracle_end_server(o, "a", "s2", 5);
	ck_assert_uint_eq(counts(o).dual_now, 0);
	ck_assert_uint_eq(counts(o).max_clusters, 2);
	oracle_free(o);
}
END_TEST

START_TEST(test_third_cluster_counts_again)
{
	struct cause cause = CAUSE(CAUSE_COMMAND);
	struct oracle *o = oracle_new(10);

	oracle_begin(o, KEY_LUN, "l", "a", "s", &cause, 1);
	oracle_begin(o, KEY_LUN, "l", "b", "s", &cause, 2);
	oracle_begin(o, KEY_LUN, "l", "c", "s", &cause, 3);
	ck_assert_uint_eq(counts(o).dual_by_command, 2);
	ck_assert_uint_eq(counts(o).max_clusters, 3);
	ck_assert_uint_eq(counts(o).dual_now, 1);
	oracle_reset(o);
	ck_assert_uint_eq(counts(o).dual_by_command, 0);
	ck_assert_uint_eq(counts(o).dual_now, 1);
	oracle_free(o);
}
END_TEST

START_TEST(test_json)
{
	struct cause cause = { .kind = CAUSE_COMMAND, .request = 12, .account = "op" };
	struct oracle *o = oracle_new(3);
	json_t *j, *v;
	const char *what, *account;
	int at, request;

	oracle_begin(o, KEY_VM, "v", "a", "s", &cause, 100);
	oracle_begin(o, KEY_VM, "v", "b", "t", &cause, 150);
	oracle_end(o, KEY_VM, "v", "a", "s", 170);
	j = oracle_json(o, 500, ORACLE_ALL);
	v = json_array_get(json_object_get(j, "violations"), 0);
	ck_assert_int_eq(
	    json_unpack(v, "{s:s, s:i, s:{s:s, s:i}}", "what", &what, "at_ms", &at,
	        "cause", "account", &account, "request", &request),
	    0);
	ck_assert_str_eq(what, "dual_by_command");
	ck_assert_str_eq(account, "op");
	ck_assert_int_eq(at, 150);
	ck_assert_int_eq(request, 12);
	ck_assert_int_eq(
	    json_integer_value(json_object_get(json_object_get(j, "dual_ms"), "vm:v")),
	    20);
	ck_assert_int_eq(
	    json_integer_value(json_object_get(json_object_get(j, "by_account"), "op")),
	    1);
	ck_assert_uint_eq(json_array_size(json_object_get(j, "active")), 1);
	ck_assert_uint_eq(json_array_size(json_object_get(j, "history")), 1);
	json_decref(j);
	for (int i = 0; i < 20; i++) { /* history is bounded */
		oracle_begin(o, KEY_VM, "w", "a", "s", &cause, i);
		oracle_end(o, KEY_VM, "w", "a", "s", i);
	}
	j = oracle_json(o, 500, ORACLE_ALL);
	ck_assert_uint_eq(json_array_size(json_object_get(j, "history")), 3);
	json_decref(j);
	j = oracle_json(o, 500, ORACLE_ACTIVE);
	ck_assert_uint_eq(json_array_size(json_object_get(j, "active")), 1);
	ck_assert_uint_eq(json_array_size(json_object_get(j, "history")), 0);
	json_decref(j);
	j = oracle_json(o, 500, ORACLE_COUNTS);
	ck_assert_uint_eq(json_array_size(json_object_get(j, "active")), 0);
	json_decref(j);
	oracle_free(o);
}
END_TEST

/* --- in the simulated world: how each second activation can come about -------------
 */

static const struct way {
	const char *name;
	const char *extra_b; /* keys of cluster b, where the second one happens */
	const char *prepare, *act;
	const char *api; /* a POST to b instead of an action */
	int64_t after; /* between prepare and act */
	bool ours;
} ways[] = {
	{ "command", "", NULL, NULL, "groups/g/start", 0, true },
	{ "resource command", "", NULL, NULL, "resources/script/start", 0, true },
	{ "operator", "", NULL,
	    "{\"what\":\"group-start\",\"cluster\":\"b\",\"group\":\"g\"}", NULL, 0,
	    false },
	{ "outside", "", NULL,
	    "{\"what\":\"vm-start-outside\",\"cluster\":\"b\",\"server\":\"t1\","
	    "\"vm\":\"vm1\",\"lun\":\"L1\"}",
	    NULL, 0, false },
	{ "autostart", "", "{\"what\":\"cluster-power-off\",\"cluster\":\"b\"}",
	    "{\"what\":\"cluster-power-on\",\"cluster\":\"b\"}", NULL, 100, false },
	{ "autostart by command", "", "{\"what\":\"cluster-stop\",\"cluster\":\"b\"}",
	    NULL, "cluster/start", 60000, true },
	{ "monitor",
	    "\"monitors\":[{\"name\":\"m\",\"group\":\"g\",\"always\":true,"
	    "\"restarts_group\":true}],",
	    NULL, "{\"what\":\"monitor-fail\",\"cluster\":\"b\",\"monitor\":\"m\"}",
	    NULL, 0, false },
};

START_TEST(test_ways)
{
	const struct way *w = &ways[_i];
	struct sim *sim = world_pair("", w->extra_b);

	sim_cluster(sim, "b")->grp[0].autostart = true;
	ck_assert_uint_eq(counts(sim->oracle).max_clusters, 1);
	if (w->prepare != NULL)
		world_do(sim, w->prepare);
	sched_advance(sim->sched, w->after);
	ck_assert_uint_eq(counts(sim->oracle).dual_now, 0);
	if (w->act != NULL)
		world_do(sim, w->act);
	if (w->api != NULL)
		ck_assert_int_eq(world_post(sim, "b", 0, w->api, ""), 200);
	sched_advance(sim->sched, 60000);
	ck_assert_msg(counts(sim->oracle).dual_by_command == (w->ours ? 2 : 0) &&
	        counts(sim->oracle).dual_foreign == (w->ours ? 0 : 2) &&
	        counts(sim->oracle).dual_now == 2,
	    "%s: by command %d, foreign %d", w->name,
	    (int)counts(sim->oracle).dual_by_command,
	    (int)counts(sim->oracle).dual_foreign);
	sim_free(sim);
}
END_TEST

/* A cluster/start explains the auto-starts it causes, not those of the next reboot. */
START_TEST(test_command_explains_one_start)
{
	struct sim *sim = world_pair("", "");

	sim_cluster(sim, "b")->grp[0].autostart = true;
	world_do(sim, "{\"what\":\"cluster-power-off\",\"cluster\":\"a\"}");
	world_do(sim, "{\"what\":\"cluster-stop\",\"cluster\":\"b\"}");
	sched_advance(sim->sched, 60000);
	ck_assert_int_eq(world_post(sim, "b", 0, "cluster/start", ""), 200);
	sched_advance(sim->sched, 60000);
	world_do(sim, "{\"what\":\"cluster-power-off\",\"cluster\":\"b\"}");
	world_do(sim, "{\"what\":\"cluster-power-on\",\"cluster\":\"a\"}");
	sched_advance(sim->sched, 60000);
	ck_assert_uint_eq(counts(sim->oracle).max_clusters, 1);
	world_do(sim, "{\"what\":\"cluster-power-on\",\"cluster\":\"b\"}");
	sched_advance(sim->sched, 60000);
	ck_assert_uint_eq(counts(sim->oracle).dual_by_command, 0);
	ck_assert_uint_eq(counts(sim->oracle).dual_foreign, 2);
	sim_free(sim);
}
END_TEST

/* b runs it when a's server dies and comes back: failover and failback are foreign. */
START_TEST(test_failover_and_failback)
{
	struct sim *sim = world_pair("", "");
	struct oracle_counts c;

	sim_cluster(sim, "a")->grp[0].failback = true;
	world_do(
	    sim, "{\"what\":\"server-power-off\",\"cluster\":\"a\",\"server\":\"s1\"}");
	ck_assert_int_eq(world_post(sim, "b", 0, "groups/g/start", ""), 200);
	sched_advance(sim->sched, 1000);
	c = counts(sim->oracle);
	ck_assert_uint_eq(c.dual_by_command + c.dual_foreign, 0);
	sched_advance(sim->sched, 10000); /* a fails over */
	c = counts(sim->oracle);
	ck_assert_uint_eq(c.dual_foreign, 2);
	world_do(
	    sim, "{\"what\":\"server-power-on\",\"cluster\":\"a\",\"server\":\"s1\"}");
	sched_advance(sim->sched, 60000); /* and back */
	c = counts(sim->oracle);
	ck_assert_str_eq(world_group(sim, "a", "g"), "Online s1");
	ck_assert_uint_eq(c.dual_foreign, 4);
	ck_assert_uint_eq(c.dual_by_command, 0);
	sim_free(sim);
}
END_TEST

/* An orderly move from a to b is none at all. */
START_TEST(test_orderly_move)
{
	struct sim *sim = world_pair("", "");

	ck_assert_int_eq(world_post(sim, "a", 0, "groups/g/stop", ""), 200);
	ck_assert_int_ge(world_until(sim, "a", "g", "Offline None"), 0);
	ck_assert_int_eq(world_post(sim, "b", 0, "groups/g/start", ""), 200);
	ck_assert_int_ge(world_until(sim, "b", "g", "Online t1"), 0);
	ck_assert_uint_eq(counts(sim->oracle).max_clusters, 1);
	sim_free(sim);
}
END_TEST

/* A start while the other is still stopping is one: the disk is open until the end. */
START_TEST(test_too_early)
{
	struct sim *sim = world_pair("", "");

	world_post(sim, "a", 0, "groups/g/stop", "");
	sched_advance(sim->sched, 150); /* the VM is down, the disk is not */
	world_post(sim, "b", 0, "groups/g/start", "");
	ck_assert_uint_eq(counts(sim->oracle).dual_by_command, 1);
	sim_free(sim);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ecxsim oracle");
	TCase *tc = tcase_create("oracle");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_loop_test(tc, test_every_cause, 0, CAUSE_OUTSIDE + 1);
	tcase_add_test(tc, test_one_after_the_other);
	tcase_add_test(tc, test_within_one_cluster);
	tcase_add_test(tc, test_third_cluster_counts_again);
	tcase_add_test(tc, test_json);
	tcase_add_loop_test(tc, test_ways, 0, (int)(sizeof(ways) / sizeof(ways[0])));
	tcase_add_test(tc, test_command_explains_one_start);
	tcase_add_test(tc, test_failover_and_failback);
	tcase_add_test(tc, test_orderly_move);
	tcase_add_test(tc, test_too_early);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
