/*
 * SPDX-License-Identifier: Apache-2.0
 * ecxsim in trouble: partitions, disk fences, very long stops, and monitors.
 */
#include <check.h>
#include <stdlib.h>

#include "tests/ecxsim/machine.h"
#include "tests/ecxsim/monitor.h"
#include "tests/ecxsim/server.h"
#include "tests/unit/test_ecxsim_util.h"

#define GROUP(words)    ck_assert_str_eq(world_group(sim, "a", "g"), words)
#define RESOURCE(r, w)  ck_assert_str_eq(world_resource(sim, "a", r), w)
#define SERVER(s, word) ck_assert_str_eq(world_server(sim, "a", s), word)
#define PASS(ms)        sched_advance(sim->sched, ms)
#define UNTIL(words)    ck_assert_int_ge(world_until(sim, "a", "g", words), 0)

static struct sim *sim;

static void
pair(void)
{
	sim = world_pair("", "");
}

static void
done(void)
{
	sim_free(sim);
	sim = NULL;
}

static struct oracle_counts
counts(void)
{
	struct oracle_counts c;

	oracle_counts(sim->oracle, &c);
	return c;
}

START_TEST(test_partition_and_heal)
{
	struct cluster *a = sim_cluster(sim, "a");
	struct view *other;

	a->heal_keep = _i == 1;
	world_do(sim, "{\"what\":\"partition\",\"cluster\":\"a\"}");
	PASS(5000);
	other = a->srv[1].view;
	ck_assert_ptr_ne(other, cluster_view(a));
	GROUP("Online s1");
	SERVER("s2", "Offline");
	ck_assert_int_eq(other->seen[0], ST_OFFLINE);
	ck_assert_int_eq(other->grp[0].status, ST_ONLINE);
	ck_assert_int_eq(other->grp[0].current, 1);
	ck_assert_uint_eq(counts().dual_within, 2);
	ck_assert_uint_eq(counts().dual_foreign, 0);
	world_do(sim, "{\"what\":\"heal\",\"cluster\":\"a\"}");
	ck_assert_ptr_eq(a->srv[1].view, cluster_view(a));
	GROUP("Online s1");
	ck_assert(oracle_active(sim->oracle, KEY_VM, "vm1", "a", "s2") == (_i == 1));
	PASS(10000);
	SERVER("s2", "Online");
	GROUP("Online s1");
}
END_TEST

START_TEST(test_partition_during_a_move)
{
	struct cluster *a = sim_cluster(sim, "a");

	world_post(sim, "a", 0, "groups/g/move", "");
	UNTIL("Online Pending s2");
	PASS(50);
	world_do(sim, "{\"what\":\"partition\",\"cluster\":\"a\"}");
	PASS(10000);
	ck_assert_int_eq(a->srv[1].view->grp[0].status, ST_ONLINE);
	ck_assert_int_eq(a->srv[1].view->grp[0].current, 1);
	GROUP("Online s1");
	ck_assert_uint_gt(counts().dual_within, 0);
}
END_TEST

START_TEST(test_power_after_partition_is_not_stale)
{
	/* all die on one side; a heal must not bring what that side believed back */
	world_do(
	    sim, "{\"what\":\"server-power-off\",\"cluster\":\"a\",\"server\":\"s2\"}");
	PASS(5000);
	world_do(sim, "{\"what\":\"partition\",\"cluster\":\"a\"}");
	PASS(5000);
	GROUP("Online s1");
	ck_assert_int_eq(sim_cluster(sim, "a")->srv[1].view->grp[0].status, ST_OFFLINE);
	world_do(
	    sim, "{\"what\":\"server-power-off\",\"cluster\":\"a\",\"server\":\"s1\"}");
	GROUP("Offline None");
	world_do(sim, "{\"what\":\"heal\",\"cluster\":\"a\"}");
	GROUP("Offline None");
	SERVER("s1", "Offline");
}
END_TEST

START_TEST(test_partition_heals_under_suspension)
{
	world_do(sim, "{\"what\":\"suspend\",\"cluster\":\"a\"}");
	world_do(sim, "{\"what\":\"partition\",\"cluster\":\"a\"}");
	PASS(5000);
	world_do(sim, "{\"what\":\"heal\",\"cluster\":\"a\"}");
	world_do(sim, "{\"what\":\"resume\",\"cluster\":\"a\"}");
	PASS(5000);
	SERVER("s1", "Online");
	SERVER("s2", "Online");
	GROUP("Online s1");
	ck_assert_uint_eq(counts().dual_within, 0);
}
END_TEST

START_TEST(test_other_side_is_out_of_reach)
{
	world_do(sim, "{\"what\":\"partition\",\"cluster\":\"a\"}");
	ck_assert_int_eq(world_post(sim, "a", 1, "servers/s1/reboot", ""), 409);
	ck_assert_int_eq(world_post(sim, "a", 1, "groups/g/stop", ""), 200);
	PASS(2900); /* s2 asks s1 to stop it, and s1 does not hear */
	ck_assert_int_eq(
	    sim_cluster(sim, "a")->srv[1].view->grp[0].status, ST_OFF_PENDING);
	ck_assert(oracle_active(sim->oracle, KEY_LUN, "L1", "a", "s1"));
}
END_TEST

START_TEST(test_disk_fence)
{
	world_do(sim, "{\"what\":\"disk-fence\",\"cluster\":\"a\",\"lun\":\"L1\"}");
	ck_assert(!oracle_active(sim->oracle, KEY_LUN, "L1", "a", NULL));
	ck_assert(!oracle_active(sim->oracle, KEY_VM, "vm1", "a", NULL));
	UNTIL("Online Failure s2");
	world_do(sim, "{\"what\":\"cluster-reboot\",\"cluster\":\"a\"}");
	PASS(60000); /* it survives a reboot */
	ck_assert(!oracle_active(sim->oracle, KEY_LUN, "L1", "a", NULL));
	GROUP("Online Failure s2");
	world_do(sim, "{\"what\":\"group-stop\",\"cluster\":\"a\",\"group\":\"g\"}");
	UNTIL("Offline None");
	world_do(sim, "{\"what\":\"disk-unfence\",\"cluster\":\"a\",\"lun\":\"L1\"}");
	ck_assert(!oracle_active(sim->oracle, KEY_LUN, "L1", "a", NULL));
	world_do(sim, "{\"what\":\"group-start\",\"cluster\":\"a\",\"group\":\"g\"}");
	UNTIL("Online s1");
	ck_assert(oracle_active(sim->oracle, KEY_LUN, "L1", "a", "s1"));
}
END_TEST

START_TEST(test_complete)
{
	world_do(sim,
	    "{\"what\":\"pending\",\"cluster\":\"a\",\"group\":\"g\","
	    "\"stop_ms\":1800000}");
	world_post(sim, "a", 0, "groups/g/stop", "");
	PASS(1000000);
	GROUP("Offline Pending s1");
	RESOURCE("script", "Offline Pending s1");
	for (int i = 0; i < 2; i++) {
		world_do(
		    sim, "{\"what\":\"complete\",\"cluster\":\"a\",\"group\":\"g\"}");
		PASS(1);
	}
	GROUP("Offline None");
}
END_TEST

/* --- monitors ------------------------------------------------------------------ */

#define MONITORED(keys)                                                        \
	world_new("[{\"name\":\"a\",\"servers\":[{\"name\":\"s1\"},{\"name\":" \
	          "\"s2\"}],\"groups\":[{\"name\":\"g\",\"vm\":\"v\","         \
	          "\"resources\":[{\"name\":\"r\",\"start_ms\":100,"           \
	          "\"stop_ms\":100}]}],\"monitors\":[{\"name\":\"m\","         \
	          "\"group\":\"g\"," keys "}]}]",                              \
	    0)

START_TEST(test_monitor_restarts_then_fails_over)
{
	struct view *v;

	done();
	sim = MONITORED("\"restarts_group\":true,\"restart_max\":1");
	v = cluster_view(sim_cluster(sim, "a"));
	ck_assert_int_eq(monitor_status(v, 0), ST_NORMAL);
	ck_assert_int_eq(monitor_server_status(v, 0, 0), ST_ONLINE);
	ck_assert_int_eq(monitor_server_status(v, 0, 1), ST_OFFLINE);
	world_do(sim,
	    "{\"what\":\"monitor-fail\",\"cluster\":\"a\",\"monitor\":\"m\","
	    "\"count\":2}");
	ck_assert_int_eq(monitor_status(v, 0), ST_ERROR);
	ck_assert_int_eq(view_status(v), ST_ERROR);
	PASS(500);
	GROUP("Offline Pending s1");
	ck_assert_int_eq(v->grp[0].cause.kind, CAUSE_MONITOR);
	UNTIL("Online s1");
	UNTIL("Online s2"); /* the second error */
	PASS(5000);
	GROUP("Online s2");
	ck_assert_int_eq(monitor_status(v, 0), ST_NORMAL);
}
END_TEST

START_TEST(test_monitor_suspended_does_nothing)
{
	done();
	sim = MONITORED("\"restarts_group\":true");
	ck_assert_int_eq(
	    world_post(sim, "a", 0, "monitors/m/suspend", "{\"target\":\"s1\"}"), 200);
	world_do(
	    sim, "{\"what\":\"monitor-fail\",\"cluster\":\"a\",\"monitor\":\"m\"}");
	PASS(60000);
	GROUP("Online s1");
	ck_assert_int_eq(
	    monitor_server_status(cluster_view(sim_cluster(sim, "a")), 0, 0),
	    ST_SUSPEND);
	ck_assert_int_eq(
	    world_post(sim, "a", 0, "monitors/m/resume", "{\"target\":\"s1\"}"), 200);
	UNTIL("Offline Pending s1");
}
END_TEST

START_TEST(test_monitor_revives_what_was_stopped)
{
	done();
	sim = MONITORED("\"revive_ms\":1000");
	world_post(sim, "a", 0, "groups/g/stop", "");
	UNTIL("Offline None");
	PASS(900);
	GROUP("Offline None");
	UNTIL("Online s1");
	ck_assert_int_eq(
	    cluster_view(sim_cluster(sim, "a"))->grp[0].cause.kind, CAUSE_MONITOR);
	world_post(sim, "a", 0, "monitors/m/suspend", "{\"target\":\"s1\"}");
	world_post(sim, "a", 0, "monitors/m/suspend", "{\"target\":\"s2\"}");
	world_post(sim, "a", 0, "groups/g/stop", "");
	PASS(60000);
	GROUP("Offline None");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ecxsim trouble");
	TCase *tc = tcase_create("trouble");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(tc, pair, done);
	tcase_add_loop_test(tc, test_partition_and_heal, 0, 2);
	tcase_add_test(tc, test_partition_during_a_move);
	tcase_add_test(tc, test_power_after_partition_is_not_stale);
	tcase_add_test(tc, test_partition_heals_under_suspension);
	tcase_add_test(tc, test_other_side_is_out_of_reach);
	tcase_add_test(tc, test_disk_fence);
	tcase_add_test(tc, test_complete);
	tcase_add_test(tc, test_monitor_restarts_then_fails_over);
	tcase_add_test(tc, test_monitor_suspended_does_nothing);
	tcase_add_test(tc, test_monitor_revives_what_was_stopped);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
