/*
 * SPDX-License-Identifier: Apache-2.0
 * ecxsim's state machines: groups, resources and servers.
 */
#include <check.h>
#include <stdlib.h>

#include "tests/ecxsim/machine.h"
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

START_TEST(test_stop_goes_against_dependencies)
{
	GROUP("Online s1");
	ck_assert_int_eq(world_post(sim, "a", 0, "groups/g/stop", ""), 200);
	GROUP("Offline Pending s1");
	RESOURCE("script", "Offline Pending s1");
	RESOURCE("sd", "Online s1");
	PASS(100);
	RESOURCE("script", "Offline None");
	RESOURCE("sd", "Offline Pending s1");
	ck_assert(oracle_active(sim->oracle, KEY_LUN, "L1", "a", "s1"));
	ck_assert(!oracle_active(sim->oracle, KEY_VM, "vm1", "a", NULL));
	PASS(100);
	GROUP("Offline None");
	ck_assert(!oracle_active(sim->oracle, KEY_LUN, "L1", "a", NULL));
}
END_TEST

START_TEST(test_start_follows_dependencies)
{
	world_post(sim, "a", 0, "groups/g/stop", "");
	UNTIL("Offline None");
	ck_assert_int_eq(
	    world_post(sim, "a", 0, "groups/g/start", "{\"target\":\"s2\"}"), 200);
	GROUP("Online Pending s2");
	RESOURCE("sd", "Online Pending s2");
	RESOURCE("script", "Offline None");
	ck_assert(oracle_active(sim->oracle, KEY_LUN, "L1", "a", "s2"));
	PASS(100);
	RESOURCE("sd", "Online s2");
	RESOURCE("script", "Online Pending s2");
	PASS(100);
	GROUP("Online s2");
}
END_TEST

START_TEST(test_start_without_target_goes_by_policy)
{
	world_post(sim, "a", 0, "groups/g/stop", "");
	UNTIL("Offline None");
	world_do(
	    sim, "{\"what\":\"server-power-off\",\"cluster\":\"a\",\"server\":\"s1\"}");
	PASS(5000);
	ck_assert_int_eq(world_post(sim, "a", 1, "groups/g/start", ""), 200);
	UNTIL("Online s2");
}
END_TEST

START_TEST(test_move)
{
	ck_assert_int_eq(world_post(sim, "a", 0, "groups/g/move", ""), 200);
	GROUP("Offline Pending s1");
	ck_assert_int_ne(
	    world_post(sim, "a", 0, "groups/g/stop", ""), 200); /* it is busy */
	UNTIL("Online s2");
	ck_assert_uint_eq(counts().dual_within, 0);
	ck_assert_int_ne(
	    world_post(sim, "a", 0, "groups/g/move", "{\"target\":\"s2\"}"), 200);
}
END_TEST

START_TEST(test_refusals)
{
	ck_assert_int_eq(world_post(sim, "a", 0, "groups/g/start", ""), 409);
	ck_assert_int_eq(
	    world_post(sim, "a", 0, "groups/g/move", "{\"target\":\"t1\"}"), 400);
	ck_assert_int_eq(world_post(sim, "a", 0, "groups/no/start", ""), 404);
	world_do(
	    sim, "{\"what\":\"server-power-off\",\"cluster\":\"a\",\"server\":\"s2\"}");
	PASS(5000);
	ck_assert_int_eq(
	    world_post(sim, "a", 0, "groups/g/move", "{\"target\":\"s2\"}"), 409);
	GROUP("Online s1");
	ck_assert_int_eq(world_post(sim, "a", 0, "cluster/suspend", ""), 200);
	ck_assert_int_eq(world_post(sim, "a", 0, "groups/g/stop", ""), 409);
}
END_TEST

START_TEST(test_failed_start_fails_over)
{
	world_post(sim, "a", 0, "groups/g/stop", "");
	UNTIL("Offline None");
	world_do(
	    sim, "{\"what\":\"start-fail\",\"cluster\":\"a\",\"resource\":\"script\"}");
	world_post(sim, "a", 0, "groups/g/start", "{\"target\":\"s1\"}");
	PASS(200);
	RESOURCE("script", "Offline Pending s1");
	UNTIL("Online s2");
	ck_assert_uint_eq(counts().dual_within, 0);
}
END_TEST

START_TEST(test_failed_start_everywhere)
{
	world_post(sim, "a", 0, "groups/g/stop", "");
	UNTIL("Offline None");
	world_do(sim,
	    "{\"what\":\"start-fail\",\"cluster\":\"a\",\"resource\":"
	    "\"script\",\"count\":-1}");
	world_post(sim, "a", 0, "groups/g/start", "{\"target\":\"s1\"}");
	UNTIL("Online Failure s2");
	RESOURCE("sd", "Online s2");
	RESOURCE("script", "Online Failure s2");
	PASS(60000); /* and it rests there */
	GROUP("Online Failure s2");
	/* a failed script may have started the VM, and the disk is open */
	ck_assert(oracle_active(sim->oracle, KEY_VM, "vm1", "a", "s2"));
	ck_assert(oracle_active(sim->oracle, KEY_LUN, "L1", "a", "s2"));
	ck_assert_int_eq(world_post(sim, "a", 0, "groups/g/stop", ""), 200);
	UNTIL("Offline None");
	ck_assert(!oracle_active(sim->oracle, KEY_VM, "vm1", "a", NULL));
}
END_TEST

START_TEST(test_failed_stop_shuts_the_server_down)
{
	world_do(sim, "{\"what\":\"stop-fail\",\"cluster\":\"a\",\"resource\":\"sd\"}");
	world_post(sim, "a", 0, "groups/g/stop", "");
	PASS(200);
	GROUP("Offline Pending s1");
	RESOURCE("sd", "Offline Failure s1");
	SERVER("s1", "Offline Pending");
	ck_assert(oracle_active(sim->oracle, KEY_LUN, "L1", "a", "s1"));
	PASS(1000);
	SERVER("s1", "Offline");
	ck_assert(!oracle_active(sim->oracle, KEY_LUN, "L1", "a", "s1"));
	UNTIL("Online s2"); /* an operator's stop ended as a failover */
	ck_assert_uint_eq(counts().dual_within, 0);
	ck_assert(sim_cluster(sim, "a")->srv[0].os == OS_OFF);
}
END_TEST

START_TEST(test_failed_stop_may_do_nothing)
{
	sim_cluster(sim, "a")->res[0].deact_failure = FAIL_NONE;
	world_do(sim, "{\"what\":\"stop-fail\",\"cluster\":\"a\",\"resource\":\"sd\"}");
	world_post(sim, "a", 0, "groups/g/stop", "");
	PASS(60000);
	GROUP("Offline Failure s1");
	SERVER("s1", "Online");
	ck_assert(oracle_active(sim->oracle, KEY_LUN, "L1", "a", "s1"));
	ck_assert_int_eq(world_post(sim, "a", 0, "groups/g/stop", ""), 200);
	UNTIL("Offline None");
}
END_TEST

START_TEST(test_power_loss)
{
	world_do(
	    sim, "{\"what\":\"server-power-off\",\"cluster\":\"a\",\"server\":\"s1\"}");
	ck_assert(!oracle_active(sim->oracle, KEY_LUN, "L1", "a", NULL));
	ck_assert(!sim_cluster(sim, "a")->srv[0].api_up);
	PASS(2900);
	GROUP("Online s1"); /* nobody has noticed */
	SERVER("s1", "Online");
	PASS(100);
	SERVER("s1", "Offline");
	GROUP("Online Pending s2");
	UNTIL("Online s2");
	world_do(
	    sim, "{\"what\":\"server-power-on\",\"cluster\":\"a\",\"server\":\"s1\"}");
	PASS(5000);
	SERVER("s1", "Online Pending");
	PASS(1000);
	SERVER("s1", "Online");
	PASS(60000);
	GROUP("Online s2"); /* no failback */
}
END_TEST

START_TEST(test_reset_is_noticed_at_boot)
{
	sim_cluster(sim, "a")->detect_ms = 60000;
	world_do(
	    sim, "{\"what\":\"server-reset\",\"cluster\":\"a\",\"server\":\"s1\"}");
	PASS(4990);
	GROUP("Online s1");
	PASS(10);
	GROUP("Online Pending s2");
	UNTIL("Online s2");
}
END_TEST

START_TEST(test_death_while_stopping)
{
	struct cluster *a = sim_cluster(sim, "a");

	a->failover_stopping = _i == 0;
	world_post(sim, "a", 0, "groups/g/stop", "");
	PASS(50);
	world_do(
	    sim, "{\"what\":\"server-power-off\",\"cluster\":\"a\",\"server\":\"s1\"}");
	PASS(1000);
	GROUP("Offline Pending s1");
	RESOURCE("script", "Offline Pending s1"); /* a dead server finishes nothing */
	UNTIL(_i == 0 ? "Online s2" : "Offline None");
}
END_TEST

START_TEST(test_death_of_a_starting_server)
{
	world_post(sim, "a", 0, "groups/g/move", "");
	UNTIL("Online Pending s2");
	world_do(
	    sim, "{\"what\":\"server-power-off\",\"cluster\":\"a\",\"server\":\"s2\"}");
	PASS(1000);
	GROUP("Online Pending s2");
	UNTIL("Online s1");
	ck_assert_uint_eq(counts().dual_within, 0);
}
END_TEST

START_TEST(test_failover_to_a_dead_server_waits)
{
	struct cluster *c;

	done();
	sim = world_new(
	    "[{\"name\":\"a\",\"servers\":[{\"name\":\"s1\"},{\"name\":\"s2\"},"
	    "{\"name\":\"s3\"}],\"groups\":[{\"name\":\"g\",\"vm\":\"v\","
	    "\"resources\":[{\"name\":\"r\"}]}]}]",
	    0);
	c = sim_cluster(sim, "a");
	world_do(
	    sim, "{\"what\":\"server-power-off\",\"cluster\":\"a\",\"server\":\"s1\"}");
	PASS(2000);
	world_do(
	    sim, "{\"what\":\"server-power-off\",\"cluster\":\"a\",\"server\":\"s2\"}");
	PASS(1500); /* s1's death is known, s2's is not */
	GROUP("Online Pending s2");
	ck_assert(!oracle_active(sim->oracle, KEY_VM, "v", "a", NULL));
	UNTIL("Online s3");
	ck_assert_int_eq(view_status(cluster_view(c)), ST_CAUTION);
}
END_TEST

START_TEST(test_whole_cluster_reboots)
{
	world_do(sim, "{\"what\":\"cluster-power-off\",\"cluster\":\"a\"}");
	GROUP("Offline None");
	PASS(60000);
	world_do(sim, "{\"what\":\"cluster-power-on\",\"cluster\":\"a\"}");
	UNTIL("Online s1"); /* auto-start */
	world_post(sim, "b", 0, "cluster/stop", "");
	PASS(5000);
	ck_assert_str_eq(world_server(sim, "b", "t1"), "Offline");
	ck_assert_int_eq(world_post(sim, "b", 0, "groups/g/start", ""), 503);
	ck_assert_int_eq(world_post(sim, "b", 0, "cluster/start", ""), 200);
	PASS(60000);
	ck_assert_str_eq(world_group(sim, "b", "g"), "Offline None"); /* manual start */
}
END_TEST

START_TEST(test_orderly_stop_moves_groups)
{
	ck_assert_int_eq(world_post(sim, "a", 0, "servers/s1/reboot", ""), 200);
	SERVER("s1", "Offline Pending");
	GROUP("Offline Pending s1");
	UNTIL("Online s2");
	ck_assert_uint_eq(counts().dual_within, 0);
	PASS(60000);
	SERVER("s1", "Online");
	ck_assert_int_eq(world_post(sim, "a", 0, "cluster/shutdown", ""), 200);
	PASS(60000);
	GROUP("Offline None");
	ck_assert(sim_cluster(sim, "a")->srv[1].os == OS_OFF);
}
END_TEST

START_TEST(test_failback)
{
	sim_cluster(sim, "a")->grp[0].failback = true;
	world_do(
	    sim, "{\"what\":\"server-reset\",\"cluster\":\"a\",\"server\":\"s1\"}");
	UNTIL("Online s2");
	UNTIL("Online s1");
	ck_assert_uint_eq(counts().dual_within, 0);
}
END_TEST

START_TEST(test_daemon_death_leaves_vms)
{
	world_do(sim, "{\"what\":\"daemon-kill\",\"cluster\":\"a\",\"server\":\"s1\"}");
	ck_assert(oracle_active(sim->oracle, KEY_VM, "vm1", "a", "s1"));
	ck_assert(sim_cluster(sim, "a")->srv[0].api_up);
	UNTIL("Online s2");
	ck_assert(oracle_active(sim->oracle, KEY_VM, "vm1", "a", "s1"));
	ck_assert_uint_eq(counts().dual_within, 2); /* LUN and VM */
	world_do(
	    sim, "{\"what\":\"server-reset\",\"cluster\":\"a\",\"server\":\"s1\"}");
	ck_assert(!oracle_active(sim->oracle, KEY_VM, "vm1", "a", "s1"));
}
END_TEST

START_TEST(test_all_daemons_dead)
{
	world_do(sim, "{\"what\":\"daemon-kill\",\"cluster\":\"a\",\"server\":\"s2\"}");
	world_do(sim, "{\"what\":\"daemon-kill\",\"cluster\":\"a\",\"server\":\"s1\"}");
	GROUP("Offline None");
	ck_assert(oracle_active(sim->oracle, KEY_VM, "vm1", "a", "s1"));
	world_do(
	    sim, "{\"what\":\"daemon-start\",\"cluster\":\"a\",\"server\":\"s1\"}");
	UNTIL("Online s1");
}
END_TEST

START_TEST(test_suspension)
{
	struct cluster *a = sim_cluster(sim, "a");

	world_post(sim, "a", 0, "cluster/suspend", "");
	ck_assert_int_eq(view_status(cluster_view(a)), ST_CAUTION);
	world_do(
	    sim, "{\"what\":\"server-power-off\",\"cluster\":\"a\",\"server\":\"s1\"}");
	PASS(60000);
	GROUP("Online s1");
	SERVER("s1", "Online");
	world_post(sim, "a", 1, "cluster/resume", "");
	SERVER("s1", "Offline");
	UNTIL("Online s2");
}
END_TEST

START_TEST(test_single_resources)
{
	ck_assert_int_eq(world_post(sim, "a", 0, "resources/sd/stop", ""), 200);
	PASS(200);
	RESOURCE("sd", "Offline None");
	RESOURCE("script", "Offline None"); /* it depends on sd */
	GROUP("Online s1");
	ck_assert_int_eq(world_post(sim, "a", 0, "resources/script/start", ""), 200);
	PASS(200);
	RESOURCE("sd", "Online s1"); /* script depends on it */
	RESOURCE("script", "Online s1");
	ck_assert_int_eq(world_post(sim, "a", 0, "resources/script/stop", ""), 200);
	PASS(100);
	RESOURCE("sd", "Online s1");
	RESOURCE("script", "Offline None");
	ck_assert(!oracle_active(sim->oracle, KEY_VM, "vm1", "a", NULL));
	ck_assert(oracle_active(sim->oracle, KEY_LUN, "L1", "a", "s1"));
}
END_TEST

START_TEST(test_running_resource_fails)
{
	world_do(sim,
	    "{\"what\":\"resource-fail\",\"cluster\":\"a\",\"resource\":\"script\"}");
	RESOURCE("script", "Offline Pending s1");
	UNTIL("Online s2");
	ck_assert_uint_eq(counts().dual_within, 0);
}
END_TEST

START_TEST(test_seed_repeats)
{
	static const char one[] =
	    "[{\"name\":\"a\",\"servers\":[{\"name\":\"s1\"},{\"name\":\"s2\"}],"
	    "\"groups\":[{\"name\":\"g\",\"resources\":[{\"name\":\"r\",\"start_ms\":"
	    "10000,\"stop_ms\":10000}]}]}]";
	int64_t took[3];

	done();
	for (int i = 0; i < 3; i++) {
		sim = world_new(one, i < 2 ? 5 : 6);
		world_post(sim, "a", 0, "groups/g/move", "");
		took[i] = world_until(sim, "a", "g", "Online s2");
		done();
	}
	ck_assert_int_eq(took[0], took[1]);
	ck_assert_int_ne(took[0], took[2]);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ecxsim machine");
	TCase *tc = tcase_create("machine");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(tc, pair, done);
	tcase_add_test(tc, test_stop_goes_against_dependencies);
	tcase_add_test(tc, test_start_follows_dependencies);
	tcase_add_test(tc, test_start_without_target_goes_by_policy);
	tcase_add_test(tc, test_move);
	tcase_add_test(tc, test_refusals);
	tcase_add_test(tc, test_failed_start_fails_over);
	tcase_add_test(tc, test_failed_start_everywhere);
	tcase_add_test(tc, test_failed_stop_shuts_the_server_down);
	tcase_add_test(tc, test_failed_stop_may_do_nothing);
	tcase_add_test(tc, test_power_loss);
	tcase_add_test(tc, test_reset_is_noticed_at_boot);
	tcase_add_loop_test(tc, test_death_while_stopping, 0, 2);
	tcase_add_test(tc, test_death_of_a_starting_server);
	tcase_add_test(tc, test_failover_to_a_dead_server_waits);
	tcase_add_test(tc, test_whole_cluster_reboots);
	tcase_add_test(tc, test_orderly_stop_moves_groups);
	tcase_add_test(tc, test_failback);
	tcase_add_test(tc, test_daemon_death_leaves_vms);
	tcase_add_test(tc, test_all_daemons_dead);
	tcase_add_test(tc, test_suspension);
	tcase_add_test(tc, test_single_resources);
	tcase_add_test(tc, test_running_resource_fails);
	tcase_add_test(tc, test_seed_repeats);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
