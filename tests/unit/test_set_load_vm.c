/*
 * SPDX-License-Identifier: Apache-2.0
 * Loads of VMs: measured, or guessed from their node's; and what becomes of a load when
 * its VM moves.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "set/load.h"
#include "tests/unit/model_fixture.h"

#define SET                                                    \
	"cluster east server1 server2\ncluster west server3\n" \
	"load fresh=100 half-life=60\n"                        \
	"vm big stateless east west vcpus=4 memory=1000\n"     \
	"vm small stateless east vcpus=2 memory=500\n"         \
	"vm heavy stateless east vcpus=2 weight=200\n"         \
	"vm untold stateless east\n"
#define UP     "east: server1=Online server2=Online | "

#define UNTOLD LOAD_UNTOLD

static struct fx *fx;

static void
begin(const char *round)
{
	char *text = xasprintf("%s%s", UP, round);

	fx = fx_new(SET);
	fx->settings->poll.freshness = 1000000; /* other tests are of that */
	fx_see(fx, text);
	fx_see(fx, "west: server3=Online | big=Offline");
	free(text);
}

static void
see(const char *round)
{
	char *text = xasprintf("%s%s", UP, round);

	fx_later(fx, 1);
	fx_see(fx, text);
	free(text);
}

static void
teardown(void)
{
	fx_free(fx);
}

static void
node_of(const char *cluster, const char *name, double cpu, double cpus, double used,
    double total)
{
	const struct load_sample s = { LOAD_SNMP, 0, cpu, cpus, used, total };
	char *cause = NULL;

	ck_assert_msg(model_node_load(fx->model, cluster, name, &s, &fx->now, &cause),
	    "%s", cause);
}

static void
node(const char *name, double cpu)
{
	node_of("east", name, cpu, 16, 4000, 16000);
}

static void
vm(const char *name, double cpu, double vcpus, double memory)
{
	const struct load_sample s = { LOAD_HOOK, 0, cpu, vcpus, memory, UNTOLD };
	char *cause = NULL;

	ck_assert_msg(
	    model_vm_load(fx->model, name, &s, &fx->now, &cause), "%s", cause);
}

/* What a VM's row says: source, thousandths of processors, per mille of its node. */
static void
is(const char *name, enum cs_load_source source, int64_t milli, int64_t load,
    int64_t mean)
{
	const struct vm_row *row = fx_vm(fx, name);

	ck_assert_int_eq(row->load_source, source);
	ck_assert_int_eq(row->cpu_milli, milli);
	ck_assert_int_eq(row->cpu_load, load);
	ck_assert_int_eq(row->cpu_mean, mean);
}

#define ALL                                                             \
	"big=Online@server1 small=Online@server1 heavy=Online@server1 " \
	"untold=Offline"

START_TEST(sizes_alone)
{
	begin(ALL);
	is("big", LOAD_CONFIGURED, ROW_NONE, ROW_NONE, ROW_NONE);
	ck_assert_int_eq(fx_vm(fx, "big")->vcpus, 4);
	ck_assert_int_eq(fx_vm(fx, "big")->memory, 1000);
	is("heavy", LOAD_CONFIGURED, ROW_NONE, ROW_NONE, ROW_NONE);
	ck_assert_int_eq(fx_vm(fx, "heavy")->memory, ROW_NONE);
	is("untold", LOAD_NONE, ROW_NONE, ROW_NONE, ROW_NONE);
}
END_TEST

START_TEST(measured)
{
	begin(ALL);
	vm("big", 2, 6, 1200);
	/* shares are of the node, whose size is not known yet */
	is("big", LOAD_HOOK, 2000, ROW_NONE, ROW_NONE);
	ck_assert_int_eq(fx_vm(fx, "big")->vcpus, 6);
	ck_assert_int_eq(fx_vm(fx, "big")->memory, 1200);
	ck_assert_int_eq(fx_vm(fx, "big")->load_since, fx->now.ms);
	node("server1", 0.5);
	is("big", LOAD_HOOK, 2000, 125, 125);
	fx_later(fx, 60000);
	vm("big", 4, UNTOLD, UNTOLD);
	is("big", LOAD_HOOK, 3000, 250, 188);
	/* of a VM that runs nowhere, too */
	vm("untold", 0, UNTOLD, UNTOLD);
	is("untold", LOAD_HOOK, 0, ROW_NONE, ROW_NONE);
	/* stale: what the configuration says of it, and its share of the node */
	node("server1", 0.5);
	fx_later(fx, 40001);
	ck_assert_int_eq(fx_vm(fx, "big")->vcpus, 4);
	ck_assert_int_eq(fx_vm(fx, "big")->memory, 1000);
	is("untold", LOAD_HOOK, 0, ROW_NONE, ROW_NONE);
	fx_later(fx, 59999);
	is("untold", LOAD_HOOK, 0, ROW_NONE, ROW_NONE);
	fx_later(fx, 1);
	is("untold", LOAD_NONE, ROW_NONE, ROW_NONE, ROW_NONE);
	is("big", LOAD_CONFIGURED, ROW_NONE, ROW_NONE, ROW_NONE);
}
END_TEST

START_TEST(guessed_by_vcpus_and_weight)
{
	begin(ALL);
	node("server1", 0.25); /* 4 processors, by 400 : 200 : 400 */
	is("big", LOAD_ESTIMATED, 1600, 100, 100);
	is("small", LOAD_ESTIMATED, 800, 50, 50);
	is("heavy", LOAD_ESTIMATED, 1600, 100, 100);
	is("untold", LOAD_NONE, ROW_NONE, ROW_NONE, ROW_NONE);
	ck_assert_int_eq(fx_vm(fx, "big")->load_since, fx->now.ms);
	/* as its node, the last value and the smoothed one */
	fx_later(fx, 60000);
	node("server1", 0.125);
	is("big", LOAD_ESTIMATED, 1200, 50, 75);
	/* nobody uses more than its vCPUs: the rest is the node's own */
	fx_later(fx, 60000);
	node("server1", 1);
	is("small", LOAD_ESTIMATED, 1900, 125, 119);
	is("heavy", LOAD_ESTIMATED, 2000, 125, 125);
	/* and as old as its node's */
	fx_later(fx, 100001);
	is("small", LOAD_CONFIGURED, ROW_NONE, ROW_NONE, ROW_NONE);
}
END_TEST

START_TEST(what_is_measured_is_not_divided)
{
	begin(ALL);
	node("server1", 0.25);
	vm("big", 3, UNTOLD, UNTOLD);
	is("big", LOAD_HOOK, 3000, 188, 188);
	is("small", LOAD_ESTIMATED, 333, 21, 21); /* 1 processor by 200 : 400 */
	is("heavy", LOAD_ESTIMATED, 667, 42, 42);
	/* more than the node has is left of: nothing, never less */
	vm("heavy", 6, UNTOLD, UNTOLD);
	is("small", LOAD_ESTIMATED, 0, 0, 0);
}
END_TEST

START_TEST(one_of_unknown_size)
{
	begin("big=Online@server1 small=Online@server1 heavy=Offline "
	      "untold=Online@server1");
	node("server1", 0.25);
	/* it counts as the mean of the others, and is not known itself */
	is("big", LOAD_ESTIMATED, 1778, 111, 111);
	is("small", LOAD_ESTIMATED, 889, 56, 56);
	is("untold", LOAD_NONE, ROW_NONE, ROW_NONE, ROW_NONE);
	is("heavy", LOAD_CONFIGURED, ROW_NONE, ROW_NONE, ROW_NONE);
}
END_TEST

START_TEST(a_measured_vm_takes_its_load_along)
{
	begin(ALL);
	node_of("east", "server1", 0.5, 16, 4000, 16000);
	node_of("east", "server2", 0.25, 8, 2000, 16000);
	vm("big", 2, UNTOLD, UNTOLD);
	see("big=Online@server2 small=Online@server1 heavy=Online@server1");
	/* a quarter of another node, and both nodes know */
	is("big", LOAD_HOOK, 2000, 250, 250);
	ck_assert_int_eq(fx_node(fx, "east", "server1")->cpu_mean, 375);
	ck_assert_int_eq(fx_node(fx, "east", "server2")->cpu_mean, 500);
	ck_assert_int_eq(fx_node(fx, "east", "server1")->memory_mean, 3000);
	ck_assert_int_eq(fx_node(fx, "east", "server2")->memory_mean, 3000);
	/* what was measured is what was measured */
	ck_assert_int_eq(fx_node(fx, "east", "server1")->cpu_load, 500);
	ck_assert_int_eq(fx_node(fx, "east", "server2")->memory_used, 2000);
	/* and the next samples go on from there */
	fx_later(fx, 59999);
	node_of("east", "server1", 0.375, 16, 3000, 16000);
	ck_assert_int_eq(fx_node(fx, "east", "server1")->cpu_mean, 375);
	ck_assert_int_eq(fx_node(fx, "east", "server1")->memory_mean, 3000);
}
END_TEST

START_TEST(across_clusters_with_a_stop_between)
{
	begin(ALL);
	node_of("east", "server1", 0.5, 16, 4000, 16000);
	node_of("west", "server3", 0, 4, 1000, 16000);
	vm("big", 2, UNTOLD, UNTOLD);
	see("big=Offline small=Online@server1 heavy=Online@server1");
	ck_assert_int_eq(fx_vm(fx, "big")->oper, VM_STOPPED);
	ck_assert_int_eq(fx_node(fx, "east", "server1")->cpu_mean, 375);
	is("big", LOAD_HOOK, 2000, ROW_NONE, ROW_NONE);
	/* once, however often it is seen */
	see("big=Offline small=Online@server1 heavy=Online@server1");
	ck_assert_int_eq(fx_node(fx, "east", "server1")->cpu_mean, 375);
	fx_see(fx, "west: server3=Online | big=Online@server3");
	is("big", LOAD_HOOK, 2000, 500, 500);
	ck_assert_int_eq(fx_node(fx, "west", "server3")->cpu_mean, 500);
	ck_assert_int_eq(fx_node(fx, "west", "server3")->memory_mean, 2000);
}
END_TEST

START_TEST(a_guess_goes_along_until_the_node_is_measured)
{
	begin(ALL);
	node("server1", 0.25);
	node_of("east", "server2", 0.25, 8, 2000, 16000);
	see("big=Online@server2 small=Online@server1 heavy=Online@server1");
	is("big", LOAD_ESTIMATED, 1600, 200, 200);
	is("small", LOAD_ESTIMATED, 800, 50, 50); /* no more than before */
	ck_assert_int_eq(fx_node(fx, "east", "server1")->cpu_mean, 150);
	ck_assert_int_eq(fx_node(fx, "east", "server2")->cpu_mean, 450);
	/* a sample from before it came says nothing of it */
	node("server1", 0.25);
	is("big", LOAD_ESTIMATED, 1600, 200, 200);
	fx_later(fx, 1000);
	node_of("east", "server2", 0.4, 8, 2000, 16000);
	is("big", LOAD_ESTIMATED, 3595, 400, 449); /* alone there */
}
END_TEST

START_TEST(what_is_not_known_stays_where_it_was)
{
	begin(ALL);
	node("server1", 0.5);
	vm("big", 2, UNTOLD, UNTOLD);
	see("big=Online+Pending@server1 small=Online@server1 heavy=Online@server1");
	ck_assert_int_eq(fx_node(fx, "east", "server1")->cpu_mean, 500);
	fx->settings->poll.freshness = 45000;
	fx_later(fx, 46000); /* nothing fresh is known of the clusters */
	ck_assert_int_eq(fx_vm(fx, "big")->oper, VM_UNKNOWN);
	ck_assert_int_eq(fx_node(fx, "east", "server1")->cpu_mean, 500);
	is("big", LOAD_HOOK, 2000, ROW_NONE, ROW_NONE);
	see(ALL);
	fx_see(fx, "west: server3=Online | big=Offline");
	ck_assert_int_eq(fx_node(fx, "east", "server1")->cpu_mean, 500);
	is("big", LOAD_HOOK, 2000, 125, 125);
}
END_TEST

/* Loads that were known before the first round are of where the VMs are then. */
START_TEST(found_is_not_moved)
{
	fx = fx_new(SET);
	node("server1", 0.5);
	vm("big", 2, UNTOLD, UNTOLD);
	fx_see(fx, UP ALL);
	ck_assert_int_eq(fx_node(fx, "east", "server1")->cpu_mean, 500);
	is("big", LOAD_HOOK, 2000, 125, 125);
	fx_see(fx, "west: server3=Online | big=Offline");
	ck_assert_int_eq(fx_node(fx, "east", "server1")->cpu_mean, 500);
	is("big", LOAD_HOOK, 2000, 125, 125);
}
END_TEST

START_TEST(reload_takes_vms_and_nodes_away)
{
	begin(ALL);
	node("server1", 0.25);
	ck_assert_int_eq(
	    fx_reload(fx,
	        "cluster east server2 server1\n"
	        "load fresh=100 half-life=60\n"
	        "vm big stateless east vcpus=4\nvm heavy stateless east vcpus=2\n",
	        NULL),
	    0);
	is("big", LOAD_ESTIMATED, 1600, 100, 100); /* states go on */
	node("server1", 0.25);
	is("big", LOAD_ESTIMATED, 2667, 167, 167);
	ck_assert_int_eq(
	    fx_reload(fx,
	        "cluster east server2\nload fresh=100\nvm big stateless east vcpus=4\n",
	        NULL),
	    0);
	fx_see(fx, "east: server2=Online | big=Online@server2");
	fx_later(fx, 1);
	node("server2", 0.125);
	is("big", LOAD_ESTIMATED, 2000, 125, 125);
}
END_TEST

START_TEST(sizes_of_a_pattern_and_of_new_settings)
{
	fx = fx_new("cluster east server1\n"
	            "pattern p* stateless east vcpus=2 memory=512\n");
	fx_see(fx, "east: server1=Online | p1=Online@server1 p2=Online@server1");
	is("p1", LOAD_CONFIGURED, ROW_NONE, ROW_NONE, ROW_NONE);
	ck_assert_int_eq(fx_vm(fx, "p2")->memory, 512);
	node_of("east", "server1", 0.5, 4, 1000, 2000);
	is("p1", LOAD_ESTIMATED, 1000, 250, 250);
	ck_assert_int_eq(fx_reload(fx,
	                     "cluster east server1\n"
	                     "vm p1 stateless east vcpus=6 memory=600\n"
	                     "pattern p* stateless east vcpus=2 memory=512\n",
	                     NULL),
	    0);
	ck_assert_int_eq(fx_vm(fx, "p1")->vcpus, 6);
	ck_assert_int_eq(fx_vm(fx, "p1")->memory, 600);
	node_of("east", "server1", 0.5, 4, 1000, 2000);
	is("p1", LOAD_ESTIMATED, 1500, 375, 375);
	/* a VM whose group is gone leaves its node's list */
	fx_see(fx, "east: server1=Online | p1=Online@server1");
	fx_see(fx, "east: server1=Online | p1=Online@server1");
	fx_see(fx, "east: server1=Online | p1=Online@server1");
	fx_later(fx, 1);
	node_of("east", "server1", 0.5, 4, 1000, 2000);
	ck_assert_int_eq(fx_vm(fx, "p1")->load_since, fx->now.ms);
}
END_TEST

/* --- memory is a hard limit where it is known (I10) ------------------------------- */

static void
check(const char *name, const char *cluster, uint32_t node,
    const struct vm_target *with, size_t nwith, const char *expect)
{
	const struct vm_target t = { model_vm_find(fx->model, name),
		strcmp(cluster, "east") == 0 ? 1 : 2, node };
	struct vm_target placed = t;
	char *cause = NULL;

	ck_assert_int_eq(
	    model_vm_fits(fx->model, &t, with, nwith, &cause), expect == NULL ? 0 : -1);
	if (expect != NULL)
		ck_assert_msg(strstr(cause, expect) != NULL, "%s", cause);
	free(cause);
	cause = NULL;
	if (node == 0 && expect != NULL && nwith == 0)
		ck_assert_int_eq(
		    model_vm_place(fx->model, &placed, NULL, 0, &cause), -1);
	free(cause);
}

START_TEST(memory_is_a_limit_where_it_is_known)
{
	struct vm_target with, t = { 1, 1, 0 };
	char *cause = NULL;
	uint32_t s1, s2, s3;

	begin(ALL);
	s1 = model_node_find(fx->model, 1, "server1");
	s2 = model_node_find(fx->model, 1, "server2");
	s3 = model_node_find(fx->model, 2, "server3");
	check("big", "west", s3, NULL, 0, NULL); /* nothing is known */
	node_of("west", "server3", 0, 4, 14999, 16000);
	check("big", "west", s3, NULL, 0, NULL);
	node_of("west", "server3", 0, 4, 15001, 16000);
	fx_later(fx, 30000);
	node_of("west", "server3", 0, 4, 15010, 16000);
	check("big", "west", s3, NULL, 0,
	    "vm big: it takes 1000 MiB, but server west/server3 has 16000 MiB, of "
	    "which "
	    "15002 are in use or bound for: choose another server");
	check("big", "west", 0, NULL, 0, "vm big: it takes 1000 MiB");
	check("heavy", "east", s2, NULL, 0, NULL); /* its size is not known */
	/* sizes count where they are more than what is in use; so does what is bound */
	node_of("east", "server2", 0, 4, 0, 1400);
	with = (struct vm_target) { model_vm_find(fx->model, "small"), 1, s2 };
	check("big", "east", s2, NULL, 0, NULL);
	check("big", "east", s2, &with, 1, "has 1400 MiB, of which 500 are in use");
	with.vm = model_vm_find(fx->model, "big");
	check("big", "east", s2, &with, 1, NULL); /* itself */
	with = (struct vm_target) { model_vm_find(fx->model, "small"), 1, s1 };
	check("big", "east", s2, &with, 1, NULL); /* elsewhere */
	see("big=Online@server1 small=Online@server2 heavy=Online@server1");
	check("big", "east", s2, NULL, 0, "has 1400 MiB, of which 500 are in use");
	check("small", "east", s2, NULL, 0, NULL); /* it is there */
	with = (struct vm_target) { model_vm_find(fx->model, "small"), 1, s2 };
	node_of("east", "server2", 0, 4, UNTOLD, 1500);
	check("big", "east", s2, &with, 1, NULL); /* counted once */
	node_of("east", "server2", 0, 4, UNTOLD, 400);
	check("small", "east", s2, NULL, 0, NULL); /* too large already */
	node_of("east", "server2", 0, 4, UNTOLD, 1400);
	fx_later(fx, 100001); /* what is in use is not known any more, sizes are */
	node_of("east", "server2", 0, 4, UNTOLD, 1400);
	check("big", "east", s2, NULL, 0, "has 1400 MiB, of which 500 are in use");
	/* where the choice is ECX's, a server that has the room is asked for instead */
	node_of("east", "server1", 0, 4, 0, 16000);
	see("big=Offline small=Online@server2 heavy=Online@server1");
	fx_see(fx, "west: server3=Online | big=Offline");
	t.vm = model_vm_find(fx->model, "big");
	ck_assert_int_eq(model_vm_place(fx->model, &t, NULL, 0, &cause), 0);
	ck_assert_uint_eq(t.node, s1);
	node_of("east", "server1", 0, 4, 0, 999);
	node_of("east", "server2", 0, 4, 1399, 1400);
	see("big=Offline small=Online@server2 heavy=Online@server1");
	t.node = 0;
	ck_assert_int_eq(model_vm_place(fx->model, &t, NULL, 0, &cause), -1);
	ck_assert_ptr_nonnull(
	    strstr(cause, "no server of cluster east has room: vm big: it takes"));
	free(cause);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("load_vm");
	TCase *t = tcase_create("load_vm");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_add_test(t, sizes_alone);
	tcase_add_test(t, measured);
	tcase_add_test(t, guessed_by_vcpus_and_weight);
	tcase_add_test(t, what_is_measured_is_not_divided);
	tcase_add_test(t, one_of_unknown_size);
	tcase_add_test(t, a_measured_vm_takes_its_load_along);
	tcase_add_test(t, across_clusters_with_a_stop_between);
	tcase_add_test(t, a_guess_goes_along_until_the_node_is_measured);
	tcase_add_test(t, what_is_not_known_stays_where_it_was);
	tcase_add_test(t, found_is_not_moved);
	tcase_add_test(t, reload_takes_vms_and_nodes_away);
	tcase_add_test(t, sizes_of_a_pattern_and_of_new_settings);
	tcase_add_test(t, memory_is_a_limit_where_it_is_known);
	suite_add_tcase(s, t);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
