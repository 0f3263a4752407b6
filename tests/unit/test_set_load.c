/*
 * SPDX-License-Identifier: Apache-2.0
 * Loads in the model: samples smoothed over uneven steps, the better source kept, what
 * is stale not known, and what is nonsense refused.
 */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "set/load.h"
#include "tests/unit/model_fixture.h"

#define SET                                      \
	"cluster east server1 server2 server3\n" \
	"size east server2 cpus=16 memory=2000\n"
#define UP     "east: server1=Online server2=Online server3=Offline | "

#define UNTOLD LOAD_UNTOLD

static struct fx *fx;

static void
begin(const char *more)
{
	char *text = xasprintf("%s%s", SET, more);

	fx = fx_new(text);
	free(text);
	fx_see(fx, UP);
}

static void
teardown(void)
{
	fx_free(fx);
}

static void
node(const char *name, enum cs_load_source source, double cpu, double cpus, double used,
    double total)
{
	const struct load_sample s = { source, 0, cpu, cpus, used, total };
	char *cause = NULL;

	ck_assert_msg(model_node_load(fx->model, "east", name, &s, &fx->now, &cause),
	    "%s", cause);
}

#define ROW(name) fx_node(fx, "east", name)

START_TEST(a_step_of_smoothing)
{
	ck_assert(load_smooth(1, 0, 60000, 60000) == 0.5);
	ck_assert(load_smooth(1, 0, 120000, 60000) == 0.25);
	ck_assert(load_smooth(0, 8, 60000, 60000) == 4);
	ck_assert(load_smooth(3, 8, 0, 60000) == 3);
	ck_assert(load_smooth(3, 8, -5, 60000) == 3);
	ck_assert(load_smooth(3, 8, 5, 0) == 8);
	/* two steps are one of both lengths: how often one asks does not matter */
	ck_assert(fabs(load_smooth(load_smooth(1, 0, 7000, 60000), 0, 23000, 60000) -
	              load_smooth(1, 0, 30000, 60000)) < 1e-12);
}
END_TEST

START_TEST(nothing_measured_is_not_known)
{
	begin("");
	ck_assert_int_eq(ROW("server1")->load_source, LOAD_NONE);
	ck_assert_int_eq(ROW("server1")->cpus, ROW_NONE);
	ck_assert_int_eq(ROW("server1")->cpu_load, ROW_NONE);
	ck_assert_int_eq(ROW("server1")->cpu_mean, ROW_NONE);
	ck_assert_int_eq(ROW("server1")->memory_mean, ROW_NONE);
	ck_assert_int_eq(ROW("server1")->load_since, 0);
	ck_assert_int_eq(ROW("server2")->load_source, LOAD_CONFIGURED);
	ck_assert_int_eq(ROW("server2")->cpus, 16);
	ck_assert_int_eq(ROW("server2")->memory_total, 2000);
	ck_assert_int_eq(ROW("server2")->cpu_load, ROW_NONE);
	ck_assert_int_eq(fx_cluster(fx, "east")->cpu_load, ROW_NONE);
	ck_assert_int_eq(fx_cluster(fx, "east")->memory_used, ROW_NONE);
	ck_assert_int_eq(fx_cluster(fx, "east")->memory_total, ROW_NONE);
}
END_TEST

START_TEST(the_last_and_the_smoothed_value)
{
	begin("load half-life=60\n");
	node("server1", LOAD_SNMP, 0.8, 8, 1000, 4000);
	ck_assert_int_eq(ROW("server1")->cpu_load, 800);
	ck_assert_int_eq(ROW("server1")->cpu_mean, 800);
	ck_assert_int_eq(ROW("server1")->cpus, 8);
	ck_assert_int_eq(ROW("server1")->memory_used, 1000);
	ck_assert_int_eq(ROW("server1")->memory_mean, 1000);
	ck_assert_int_eq(ROW("server1")->memory_total, 4000);
	ck_assert_int_eq(ROW("server1")->load_since, fx->now.ms);
	ck_assert_int_eq(ROW("server1")->load_source, LOAD_SNMP);
	fx_later(fx, 60000);
	node("server1", LOAD_SNMP, 0.2, 8, 2000, 4000);
	ck_assert_int_eq(ROW("server1")->cpu_load, 200);
	ck_assert_int_eq(ROW("server1")->cpu_mean, 500);
	ck_assert_int_eq(ROW("server1")->memory_used, 2000);
	ck_assert_int_eq(ROW("server1")->memory_mean, 1500);
	fx_later(fx, 120000 - 1);
	node("server1", LOAD_SNMP, 1.0, 8, UNTOLD, UNTOLD);
	ck_assert_int_eq(ROW("server1")->cpu_mean, 875);
	ck_assert_int_eq(ROW("server1")->memory_used, 2000);
	ck_assert_int_eq(ROW("server1")->load_since, fx->now.ms);
}
END_TEST

START_TEST(stale_is_not_known)
{
	const struct load_sample old = { LOAD_SNMP, 1, 0.1, 4, UNTOLD, UNTOLD };
	char *cause = NULL;

	begin("load fresh=120\n");
	node("server1", LOAD_SNMP, 0.8, 8, 1000, 4000);
	node("server2", LOAD_SNMP, 0.8, 8, 1000, 4000);
	fx_later(fx, 60000);
	node("server1", LOAD_SNMP, 0.8, 8, UNTOLD, UNTOLD);
	fx_later(fx, 60000);
	ck_assert_int_eq(ROW("server2")->cpu_load, 800);
	fx_later(fx, 1);
	/* what was told again stays, each figure for itself */
	ck_assert_int_eq(ROW("server1")->cpu_load, 800);
	ck_assert_int_eq(ROW("server1")->memory_used, ROW_NONE);
	ck_assert_int_eq(ROW("server1")->memory_total, ROW_NONE);
	/* sizes that were told fall back to those of the configuration */
	ck_assert_int_eq(ROW("server2")->cpu_load, ROW_NONE);
	ck_assert_int_eq(ROW("server2")->cpu_mean, ROW_NONE);
	ck_assert_int_eq(ROW("server2")->cpus, 16);
	ck_assert_int_eq(ROW("server2")->load_source, LOAD_CONFIGURED);
	ck_assert_int_eq(ROW("server2")->load_since, 0);
	/* and what comes late is not smoothed with what was forgotten */
	node("server2", LOAD_SNMP, 0.1, 8, UNTOLD, UNTOLD);
	ck_assert_int_eq(ROW("server2")->cpu_mean, 100);
	fx_later(fx, 60000);
	ck_assert_int_eq(ROW("server1")->cpu_load, ROW_NONE);
	ck_assert_int_eq(ROW("server1")->load_source, LOAD_NONE);
	ck_assert(
	    !model_node_load(fx->model, "east", "server1", &old, &fx->now, &cause));
	ck_assert_ptr_nonnull(strstr(cause, "east/server1: measured"));
	ck_assert_ptr_nonnull(strstr(cause, "more than load.freshness"));
	free(cause);
}
END_TEST

START_TEST(an_old_sample_is_as_old_as_it_is)
{
	struct load_sample s = { LOAD_SNMP, 0, 0.5, 4, UNTOLD, UNTOLD };

	begin("load fresh=120 half-life=0\n");
	s.at = fx->now.ms - 100;
	fx_later(fx, 50000);
	ck_assert(model_node_load(fx->model, "east", "server1", &s, &fx->now, NULL));
	ck_assert_int_eq(ROW("server1")->load_since, s.at);
	/* one from before it changes nothing */
	s.at -= 1;
	s.cpu = 0.9;
	ck_assert(model_node_load(fx->model, "east", "server1", &s, &fx->now, NULL));
	ck_assert_int_eq(ROW("server1")->cpu_load, 500);
	fx_later(fx, 69900);
	ck_assert_int_eq(ROW("server1")->cpu_load, 500);
	fx_later(fx, 1);
	ck_assert_int_eq(ROW("server1")->cpu_load, ROW_NONE);
}
END_TEST

START_TEST(the_better_source_stays_until_it_is_stale)
{
	begin("load fresh=100 half-life=0\n");
	node("server1", LOAD_SNMP, 0.1, 4, 100, 1000);
	node("server1", LOAD_HOOK, 0.9, UNTOLD, UNTOLD, UNTOLD);
	ck_assert_int_eq(ROW("server1")->load_source, LOAD_HOOK);
	ck_assert_int_eq(ROW("server1")->cpu_load, 900);
	fx_later(fx, 60000);
	/* figures that it does not tell are the other's */
	node("server1", LOAD_SNMP, 0.2, 8, 200, 1000);
	ck_assert_int_eq(ROW("server1")->cpu_load, 900);
	ck_assert_int_eq(ROW("server1")->cpus, 8);
	ck_assert_int_eq(ROW("server1")->memory_used, 200);
	fx_later(fx, 41000);
	ck_assert_int_eq(ROW("server1")->cpu_load, ROW_NONE);
	ck_assert_int_eq(ROW("server1")->load_source, LOAD_SNMP); /* of the memory */
	node("server1", LOAD_SNMP, 0.3, 8, 300, 1000);
	ck_assert_int_eq(ROW("server1")->cpu_load, 300);
	ck_assert_int_eq(ROW("server1")->load_source, LOAD_SNMP);
}
END_TEST

START_TEST(sums_of_a_cluster)
{
	begin("");
	node("server1", LOAD_SNMP, 0.2, 8, 1000, 4000);
	/* of one that is Online nothing is known */
	ck_assert_int_eq(fx_cluster(fx, "east")->cpu_load, ROW_NONE);
	ck_assert_int_eq(fx_cluster(fx, "east")->memory_used, ROW_NONE);
	ck_assert_int_eq(fx_cluster(fx, "east")->memory_total, 6000);
	node("server2", LOAD_SNMP, 0.8, 24, 2000, 8000);
	ck_assert_int_eq(fx_cluster(fx, "east")->cpu_load, 650); /* 20.8 of 32 */
	ck_assert_int_eq(fx_cluster(fx, "east")->memory_used, 3000);
	ck_assert_int_eq(fx_cluster(fx, "east")->memory_total, 12000);
	/* one that is Offline does not count, another that comes does */
	node("server3", LOAD_SNMP, 1, 32, 1, 1);
	ck_assert_int_eq(fx_cluster(fx, "east")->cpu_load, 650);
	fx_see(fx, "east: server1=Online server2=Online server3=Online | ");
	ck_assert_int_eq(fx_cluster(fx, "east")->cpu_load, 825);
	fx_see(fx, "east: server1=Offline server2=Offline server3=Offline | ");
	ck_assert_int_eq(fx_cluster(fx, "east")->cpu_load, ROW_NONE);
	ck_assert_int_eq(fx_cluster(fx, "east")->memory_total, ROW_NONE);
}
END_TEST

/* Nothing is taken of a sample with one figure that cannot be. */
static const struct {
	double cpu, cpus, used, total;
	const char *cause;
} nonsense[] = {
	{ 1.01, 4, 1, 2, "east/server1: cpu = 1.01 is no share" },
	{ -0.5, 4, 1, 2, "east/server1: cpu = -0.5 is no share" },
	{ NAN, 4, 1, 2, "east/server1: cpu = nan is no share" },
	{ 0.5, 0, 1, 2, "east/server1: cpus = 0 is out of range" },
	{ 0.5, 65537, 1, 2, "east/server1: cpus = 65537 is out of range" },
	{ 0.5, INFINITY, 1, 2, "east/server1: cpus = inf is out of range" },
	{ 0.5, 4, 3, 2, "east/server1: memory-used = 3 MiB is out of range" },
	{ 0.5, 4, -3, 2, "east/server1: memory-used = -3 MiB is out of range" },
	{ 0.5, 4, 3, 0, "east/server1: memory-total = 0 MiB is out of range" },
	{ 0.5, 4, 3, 2e9, "east/server1: memory-total = 2e+09 MiB is out of range" },
};

START_TEST(nonsense_is_refused)
{
	const struct load_sample s = { LOAD_HOOK, 0, nonsense[_i].cpu,
		nonsense[_i].cpus, nonsense[_i].used, nonsense[_i].total };
	char *cause = NULL;

	begin("");
	ck_assert(!model_node_load(fx->model, "east", "server1", &s, &fx->now, &cause));
	ck_assert_msg(
	    strncmp(cause, nonsense[_i].cause, strlen(nonsense[_i].cause)) == 0, "%s",
	    cause);
	ck_assert_int_eq(ROW("server1")->load_source, LOAD_NONE);
	free(cause);
}
END_TEST

START_TEST(strangers_are_refused)
{
	struct load_sample s = { LOAD_HOOK, 0, 0.5, 4, UNTOLD, UNTOLD };
	char *cause = NULL;

	begin("");
	ck_assert(!model_node_load(fx->model, "east", "server9", &s, &fx->now, &cause));
	ck_assert_str_eq(cause, "east/server9: no such node is configured");
	ck_assert(!model_node_load(fx->model, "mars", "server1", &s, &fx->now, &cause));
	ck_assert_str_eq(cause, "mars/server1: no such node is configured");
	ck_assert(!model_vm_load(fx->model, "vm9", &s, &fx->now, &cause));
	ck_assert_str_eq(cause, "vm vm9: no such VM is configured");
	s.source = LOAD_CONFIGURED;
	ck_assert(!model_node_load(fx->model, "east", "server1", &s, &fx->now, &cause));
	ck_assert_ptr_nonnull(strstr(cause, "measures nothing"));
	free(cause);
}
END_TEST

START_TEST(a_gap_voids_them)
{
	struct load_sample s = { LOAD_SNMP, 0, 0.5, 4, UNTOLD, UNTOLD };
	char *cause = NULL;

	begin("load half-life=60\n");
	node("server1", LOAD_SNMP, 0.8, 8, 1000, 4000);
	s.at = fx->now.ms;
	fx->now.ms += 50000;
	model_gap(fx->model, 50000, &fx->now);
	ck_assert_int_eq(ROW("server1")->cpu_load, ROW_NONE);
	ck_assert_int_eq(ROW("server1")->load_source, LOAD_NONE);
	ck_assert_int_eq(fx_cluster(fx, "east")->cpu_load, ROW_NONE);
	ck_assert(!model_node_load(fx->model, "east", "server1", &s, &fx->now, &cause));
	ck_assert_ptr_nonnull(strstr(cause, "before clustersetd stood still"));
	free(cause);
	node("server1", LOAD_SNMP, 0.2, 8, 1000, 4000);
	ck_assert_int_eq(ROW("server1")->cpu_mean, 200);
}
END_TEST

START_TEST(reload_keeps_and_restart_forgets)
{
	begin("");
	node("server1", LOAD_SNMP, 0.8, 8, 1000, 4000);
	ck_assert_int_eq(fx_reload(fx, "cluster east server3 server1\n", NULL), 0);
	ck_assert_int_eq(ROW("server1")->cpu_load, 800);
	/* with another freshness it is looked at again */
	ck_assert_int_eq(
	    fx_reload(fx, "cluster east server1\nload fresh=20\n", NULL), 0);
	fx_later(fx, 20001);
	ck_assert_int_eq(ROW("server1")->cpu_load, ROW_NONE);
	node("server1", LOAD_SNMP, 0.8, 8, 1000, 4000);
	fx_restart(fx, "cluster east server1\n");
	ck_assert_int_eq(ROW("server1")->cpu_load, ROW_NONE);
	ck_assert_int_eq(ROW("server1")->cpus, ROW_NONE);
}
END_TEST

/* Time alone changes no row, and a sample only those that it is about. */
START_TEST(rows_are_put_when_something_changed)
{
	uint64_t nodes, vms;
	struct table *const *t;
	int i;

	begin("vm v1 stateless east vcpus=1\nvm v2 stateless east vcpus=1\n");
	fx_see(fx, UP "v1=Online@server1 v2=Online@server2");
	node("server1", LOAD_SNMP, 0.8, 8, 1000, 4000);
	node("server2", LOAD_SNMP, 0.8, 8, 1000, 4000);
	t = model_tables(fx->model, &fx->now, NULL);
	nodes = table_version(t[TABLE_NODE]);
	vms = table_version(t[TABLE_VM]);
	for (i = 0; i < 40; i++)
		fx_later(fx, 1000);
	ck_assert_uint_eq(table_version(t[TABLE_NODE]), nodes);
	ck_assert_uint_eq(table_version(t[TABLE_VM]), vms);
	node("server1", LOAD_SNMP, 0.8, 8, 1000, 4000);
	ck_assert_uint_eq(table_version(t[TABLE_NODE]), nodes + 1);
	ck_assert_uint_eq(table_version(t[TABLE_VM]), vms + 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("load");
	TCase *t = tcase_create("load");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_test(t, a_step_of_smoothing);
	suite_add_tcase(s, t);
	t = tcase_create("model");
	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_add_test(t, nothing_measured_is_not_known);
	tcase_add_test(t, the_last_and_the_smoothed_value);
	tcase_add_test(t, stale_is_not_known);
	tcase_add_test(t, an_old_sample_is_as_old_as_it_is);
	tcase_add_test(t, the_better_source_stays_until_it_is_stale);
	tcase_add_test(t, sums_of_a_cluster);
	tcase_add_loop_test(
	    t, nonsense_is_refused, 0, sizeof(nonsense) / sizeof(nonsense[0]));
	tcase_add_test(t, strangers_are_refused);
	tcase_add_test(t, a_gap_voids_them);
	tcase_add_test(t, reload_keeps_and_restart_forgets);
	tcase_add_test(t, rows_are_put_when_something_changed);
	suite_add_tcase(s, t);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
