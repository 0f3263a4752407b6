/*
 * SPDX-License-Identifier: Apache-2.0
 * The planner on sets small enough to know the answer: each hard rule, repairs, swaps,
 * costs, limits, and the words that explain it.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "policy/plan_file.h"

static struct plan_input *in;
static struct plan *plan;

static void
teardown(void)
{
	plan_free(plan);
	plan_input_free(in);
	plan = NULL;
	in = NULL;
}

/* A set of our JSON, single quotes for double ones. */
static void
load(const char *text)
{
	char *copy = xstrdup(text), *cause = NULL, *p;

	teardown();
	for (p = copy; (p = strchr(p, '\'')) != NULL;)
		*p = '"';
	in = plan_json_parse(copy, strlen(copy), "test", &cause);
	ck_assert_msg(in != NULL, "%s", cause);
	free(copy);
}

static int
vm(const char *name)
{
	size_t i;

	for (i = 0; i < in->nvms; i++)
		if (strcmp(in->vms[i].name, name) == 0)
			return (int)i;
	ck_abort_msg("no VM %s", name);
	return -1;
}

static int
node(const char *name)
{
	size_t i;

	for (i = 0; i < in->nnodes; i++)
		if (strcmp(in->nodes[i].name, name) == 0)
			return (int)i;
	ck_abort_msg("no node %s", name);
	return -1;
}

/* "vm:from>to ..." in the plan's order, "|" between stages */
static void
expect(const char *wanted)
{
	char *got = xstrdup(""), *more;
	size_t i;

	plan_free(plan);
	plan = plan_make(in);
	for (i = 0; i < plan->nmoves; i++) {
		more = xasprintf("%s%s%s:%s>%s", got,
		    i == 0                                                 ? ""
		        : plan->moves[i].stage == plan->moves[i - 1].stage ? " "
		                                                           : " | ",
		    in->vms[plan->moves[i].vm].name,
		    in->nodes[plan->moves[i].from].name,
		    in->nodes[plan->moves[i].to].name);
		free(got);
		got = more;
	}
	ck_assert_str_eq(got, wanted);
	free(got);
}

static void
forbids(const char *v, const char *n, const char *wanted)
{
	char *words = plan_forbids(in, vm(v), node(n));

	ck_assert_str_eq(words == NULL ? "" : words, wanted);
	free(words);
}

#define NODE(n, c, d)                                                      \
	"{'name':'" n "','cluster':'" c "','cpus':10,'memory-mib':100000," \
	"'fault-domain':'" d "'}"
#define HEAD                                                                        \
	"{'clusters':[{'name':'east'},{'name':'west'}],"                            \
	"'nodes':[" NODE("e1", "east", "r1") "," NODE("e2", "east", "r1") "," NODE( \
	    "w1", "west", "r2") "," NODE("w2", "west", "r2") "],"
#define VM(v, n, load, more) \
	"{'name':'" v "','node':'" n "','load':" load ",'memory-mib':20000" more "}"

START_TEST(test_even_set_stays)
{
	load(HEAD "'vms':[" VM("a", "e1", "2", "") "," VM("b", "e2", "2", "") "," VM(
	    "c", "w1", "2", "") "," VM("d", "w2", "2", "") "]}");
	expect("");
	ck_assert(plan->complete);
	load("{'clusters':[],'nodes':[],'vms':[]}");
	expect("");
	load(HEAD "'vms':[]}");
	expect("");
}
END_TEST

START_TEST(test_cheapest_way)
{
	/* a neighbour in the same cluster is as good as one across, and cheaper */
	load(HEAD "'settings':{'weights':{'cluster-cpu':0,'cluster-memory':0}},"
	          "'vms':[" VM("a", "e1", "2", "") "," VM("b", "e1", "2", "") "," VM(
	              "c", "w1", "2", "") "]}");
	expect("a:e1>e2");
	ck_assert(
	    plan->moves[0].cost > 0 && plan->moves[0].benefit > plan->moves[0].cost);
	/* what costs more than it brings is left */
	load(HEAD "'settings':{'costs':{'inside':9,'across':9}},"
	          "'vms':[" VM("a", "e1", "2", "") "," VM("b", "e1", "2", "") "]}");
	expect("");
}
END_TEST

START_TEST(test_hard_rules)
{
	load(HEAD
	    "'availability-sets':[{'name':'web','spread':'node'},"
	    "{'name':'db','spread':'fault-domain'}],"
	    "'settings':{'vcpu-ratio':1},"
	    "'vms':[" VM("web1", "e1", "1", ",'availability-set':'web'") "," VM(
	        "web2", "e2", "1", ",'availability-set':'web'") "," VM("db1", "e1", "1",
	        ",'availability-set':'db'") "," VM("db2", "w1", "1",
	        ",'availability-set':'db'") "," VM("home", "e1", "1",
	        ",'sites':['east']") "," VM("held", "e1", "1",
	        ",'hold':true") ","
	                        "{'name':'off','memory-mib':1},"
	                        "{'name':'big','node':'e1','memory-mib':90000,'load':1}"
	                        ","
	                        "{'name':'hot','node':'e1','memory-mib':10,'load':8.5},"
	                        "{'name':'wide','node':'e1','memory-mib':10,'load':0.1,"
	                        "'vcpus':10}]}");
	forbids("web1", "e1", "it is there");
	forbids("web1", "e2", "availability set web: web2 is on the same node");
	forbids("web1", "w1", "");
	forbids("db1", "w2", "availability set db: db2 is on the same fault-domain");
	forbids("db1", "e2", "");
	forbids("home", "w1", "west is no site of it");
	forbids("home", "e2", "");
	forbids("held", "e2", "it is on hold");
	forbids("off", "e2", "it does not run");
	forbids("big", "w1", "memory: needs 90000 MiB, 75000 of 95000 are left");
	forbids("hot", "w1", "CPU: adds a load of 8.50 to 1.00, 9.00 are allowed");
	forbids("wide", "w1", "vCPUs: adds 10 to 1, 10 are allowed");
	forbids("big", "w2",
	    "reserve: with it west could not lose its biggest node (20000 of 95000 MiB "
	    "used)");
	in->nodes[node("w2")].state = PLAN_NODE_UNKNOWN;
	forbids("home", "w2", "w2 is unknown");
	in->clusters[1].maintenance = true;
	forbids("web1", "w1", "cluster west is in maintenance");
	forbids("db2", "e2", "cluster west is in maintenance");
	in->nodes[node("e2")].state = PLAN_NODE_DRAIN;
	forbids("home", "e2", "e2 is being drained");
}
END_TEST

START_TEST(test_repairs)
{
	/* a drained node is emptied, whatever it costs; a maintained one is left */
	load(HEAD "'settings':{'costs':{'inside':9,'across':9}},"
	          "'vms':[" VM("a", "e1", "1", "") "," VM("b", "w1", "1", "") "]}");
	in->nodes[node("e1")].state = PLAN_NODE_DRAIN;
	in->nodes[node("w1")].state = PLAN_NODE_MAINTENANCE;
	expect("a:e1>e2");
	ck_assert_str_eq(plan->moves[0].reason, "repairs: e1 is being drained");
	ck_assert(plan->before.violations == 1 && plan->after.violations == 0);
	/* members of a set go apart, before anything is balanced */
	load(HEAD "'availability-sets':[{'name':'s','spread':'cluster'}],"
	          "'vms':[" VM("a", "e1", "1",
	              ",'availability-set':'s','hold':true") "," VM("b", "e2", "1",
	              ",'availability-set':'s'") "," VM("c", "e2", "4", "") "]}");
	expect("b:e2>w1");
	ck_assert_str_eq(plan->moves[0].reason,
	    "repairs: availability set s wants it on another cluster than a");
	/* nothing is made worse where nothing can be mended */
	load(HEAD "'availability-sets':[{'name':'s','spread':'cluster'}],"
	          "'vms':[" VM("a", "e1", "1",
	              ",'availability-set':'s','sites':['east']") "," VM("b", "e2", "1",
	              ",'availability-set':'s','sites':['east']") "]}");
	expect("");
	ck_assert(plan->after.violations == 1);
}
END_TEST

/* Above cpu-limit VMs go, however much that costs; above cpu-target none comes. */
START_TEST(test_high_load)
{
	load(HEAD "'settings':{'costs':{'inside':9,'across':9},'cpu-target':0.7,"
	          "'cpu-limit':0.8},'vms':[" VM("a", "e1", "4", "") "," VM(
	              "b", "e1", "4.5", "") "," VM("c", "e2", "6.6", "") "," VM("d",
	              "w1", "7.9", "") "," VM("e", "e1", "0.4", "") "]}");
	expect("a:e1>w2");
	ck_assert_str_eq(plan->moves[0].reason,
	    "repairs: e1 has a load of 8.9 CPUs, above 8.0 it is too busy");
	ck_assert_int_eq(plan->moves[0].kind, PLAN_LOAD);
	forbids("e", "w1", "CPU: adds a load of 0.40 to 7.90, 7.00 are allowed");
	/* unless that is no aim */
	in->settings.aims &= ~PLAN_AIM(PLAN_LOAD);
	expect("");
}
END_TEST

/* What is no aim is left, and so is balance; what is one is done. */
START_TEST(test_aims)
{
	load(HEAD "'availability-sets':[{'name':'s'}],'vms':[" VM(
	    "a", "e1", "3", ",'availability-set':'s'") "," VM("b", "e1", "3",
	    ",'availability-set':'s'") "," VM("c", "w1", "1", "") "]}");
	in->nodes[node("w1")].state = PLAN_NODE_DRAIN;
	in->settings.aims = PLAN_AIM(PLAN_DRAIN);
	expect("c:w1>w2");
	ck_assert_int_eq(plan->moves[0].kind, PLAN_DRAIN);
	in->settings.aims = PLAN_AIM(PLAN_SPREAD);
	plan_free(plan);
	plan = plan_make(in);
	ck_assert_uint_eq(plan->nmoves, 1);
	ck_assert_int_eq(plan->moves[0].kind, PLAN_SPREAD);
}
END_TEST

/* Moves that share no node run together; one that needs another's room waits. */
START_TEST(test_waves)
{
	size_t i;

	load(HEAD "'vms':[" VM("a", "e1", "1", "") "," VM("b", "e1", "2", "") "," VM(
	    "c", "e1", "1.5", "") "," VM("d", "e1", "2", "") "]}");
	plan = plan_make(in);
	ck_assert_uint_eq(plan->nmoves, 3);
	ck_assert_uint_eq(plan->nwaves, 3);
	for (i = 0; i < 3; i++)
		ck_assert_uint_eq(plan->moves[i].wave, i);
	in->settings.at_once_node = 2;
	plan_free(plan);
	plan = plan_make(in);
	ck_assert_uint_eq(plan->nwaves, 2);
	in->settings.at_once_node = 0;
	plan_free(plan);
	plan = plan_make(in);
	ck_assert_uint_eq(plan->nwaves, 1);
	in->settings.at_once_cluster = 1;
	plan_free(plan);
	plan = plan_make(in);
	ck_assert_uint_eq(plan->nwaves, 3);
	/* a goes only where b was */
	load("{'settings':{'reserve':false,'memory-limit':1},'clusters':[{'name':'c'}],"
	     "'nodes':[{'name':'n1','cluster':'c','cpus':10,'memory-mib':50,'state':'"
	     "drain'},"
	     "{'name':'n2','cluster':'c','cpus':10,'memory-mib':50},"
	     "{'name':'n3','cluster':'c','cpus':10,'memory-mib':30}],"
	     "'vms':[{'name':'a','node':'n1','memory-mib':40,'load':1},"
	     "{'name':'b','node':'n2','memory-mib':20,'load':1}]}");
	in->settings.at_once_node = 0;
	expect("b:n2>n3 a:n1>n2");
	ck_assert_uint_eq(plan->nwaves, 2);
}
END_TEST

/* A VM whose downtime is not worth it stays; the same VM goes when it is short. */
START_TEST(test_downtime_counts)
{
	load("{'settings':{'reserve':false},'clusters':[{'name':'c'},{'name':'d'}],"
	     "'nodes':[{'name':'n1','cluster':'c','cpus':10,'memory-mib':1000},"
	     "{'name':'n2','cluster':'d','cpus':10,'memory-mib':1000}],"
	     "'vms':[{'name':'a','node':'n1','memory-mib':100,'load':1,'downtime':10},"
	     "{'name':'b','node':'n1','memory-mib':100,'load':1.1,'downtime':10}]}");
	expect("a:n1>n2");
	in->vms[vm("a")].downtime = 600;
	expect("b:n1>n2");
	in->vms[vm("a")].downtime = 3600;
	in->vms[vm("b")].downtime = 3600;
	expect("");
}
END_TEST

static bool
stop_at_once(void *arg)
{
	(*(int *)arg)++;
	return true;
}

/* Any time: told to stop, what is there by then is a plan; nothing is asked twice. */
START_TEST(test_stop)
{
	const size_t n = 60;
	int asked = 0;
	size_t i;

	load(HEAD "'vms':[]}");
	free(in->vms);
	in->vms = xcalloc(n, sizeof *in->vms);
	in->nvms = n;
	for (i = 0; i < n; i++) {
		in->vms[i].name = xasprintf("v%zu", i);
		in->vms[i].load = 0.1;
		in->vms[i].memory = 500;
		in->vms[i].home = in->vms[i].downtime = -1;
	}
	in->settings.swaps = true;
	in->settings.kicks = 1000000000; /* it would never end */
	in->settings.stop = stop_at_once;
	in->settings.stop_arg = &asked;
	plan = plan_make(in);
	ck_assert_int_eq(asked, 1);
	ck_assert(!plan->complete);
	ck_assert(plan->nmoves > 0 && plan->after.score < plan->before.score);
}
END_TEST

/* Room is made where a repair needs it, in an order in which everything fits. */
START_TEST(test_room_is_made)
{
	load("{'settings':{'reserve':false,'memory-limit':1},'clusters':[{'name':'c'}],"
	     "'nodes':[{'name':'n1','cluster':'c','cpus':10,'memory-mib':50,'state':'"
	     "drain'},"
	     "{'name':'n2','cluster':'c','cpus':10,'memory-mib':50},"
	     "{'name':'n3','cluster':'c','cpus':10,'memory-mib':30}],"
	     "'vms':[{'name':'a','node':'n1','memory-mib':40,'load':1},"
	     "{'name':'b','node':'n2','memory-mib':20,'load':1}]}");
	expect("b:n2>n3 a:n1>n2");
	ck_assert(plan->after.violations == 0);
}
END_TEST

/* Two VMs that cannot move alone are exchanged when that is asked for. */
START_TEST(test_swap)
{
	load("{'settings':{'reserve':false,'memory-limit':1,'cpu-limit':0},"
	     "'clusters':[{'name':'c'}],"
	     "'nodes':[{'name':'n1','cluster':'c','cpus':10,'memory-mib':100},"
	     "{'name':'n2','cluster':'c','cpus':10,'memory-mib':100}],"
	     "'vms':[{'name':'a','node':'n1','memory-mib':40,'load':4},"
	     "{'name':'b','node':'n1','memory-mib':40,'load':4},"
	     "{'name':'c','node':'n2','memory-mib':40,'load':0.1},"
	     "{'name':'d','node':'n2','memory-mib':10,'load':0.1}]}");
	in->settings.swaps = true;
	plan = plan_make(in);
	ck_assert_uint_ge(plan->nmoves, 2);
	ck_assert(plan->after.cpu < 0.1 && plan->after.memory < 0.35);
	in->settings.max_moves = 1;
	plan_free(plan);
	plan = plan_make(in);
	ck_assert_uint_le(plan->nmoves, 1);
}
END_TEST

START_TEST(test_limits_and_budget)
{
	size_t i;

	load(HEAD "'vms':[" VM("a", "e1", "1", "") "," VM("b", "e1", "2", "") "," VM(
	    "c", "e1", "1.5", "") "," VM("d", "e1", "2", "") "]}");
	expect("b:e1>w1 | c:e1>w2 | a:e1>e2");
	ck_assert(plan->complete);
	/* four nodes; a move across, 60 s without the VM, its memory */
	ck_assert_double_eq_tol(plan->moves[0].cost,
	    (0.05 + 60 * 0.0005 + 20000 / 1024.0 * 0.0001) / 4, 1e-12);
	ck_assert_double_eq_tol(
	    plan->moves[2].cost, (0.02 + 20000 / 1024.0 * 0.0001) / 4, 1e-12);
	for (i = 0; i < in->nvms; i++) {
		in->vms[i].priority = 1000;
		in->vms[i].downtime = 0;
	}
	plan_free(plan);
	plan = plan_make(in);
	ck_assert_double_eq_tol(
	    plan->moves[0].cost, 2 * (0.05 + 20000 / 1024.0 * 0.0001) / 4, 1e-12);
	for (i = 0; i < in->nvms; i++)
		in->vms[i].priority = 0;
	in->settings.max_moves = 2;
	plan_free(plan);
	plan = plan_make(in);
	ck_assert_uint_eq(plan->nvms, 2);
	ck_assert(!plan->complete);
	in->settings.max_moves = 0;
	in->settings.max_memory = 39999;
	plan_free(plan);
	plan = plan_make(in);
	ck_assert_uint_eq(plan->nvms, 1);
	in->settings.max_memory = 0;
	in->settings.work = 1;
	plan_free(plan);
	plan = plan_make(in);
	ck_assert(!plan->complete);
}
END_TEST

START_TEST(test_home)
{
	load(HEAD "'settings':{'costs':{'inside':0,'across':0,'second':0,'gib':0},"
	          "'weights':{'home':1}},"
	          "'vms':[" VM("a", "e1", "1", ",'home':'west'") "," VM(
	              "b", "w2", "1", "") "]}");
	expect("a:e1>w1 | b:w2>e1");
	ck_assert_str_eq(plan->moves[0].reason, "goes home to west");
}
END_TEST

static void
explains(const char *v, const char *wanted)
{
	struct plan_why *why;

	plan_free(plan);
	plan = plan_make(in);
	why = plan_explain(in, plan, vm(v));
	ck_assert_msg(strstr(why->words, wanted) != NULL, "%s", why->words);
	plan_why_free(why);
}

START_TEST(test_explanations)
{
	struct plan_why *why;

	load(HEAD "'vms':[" VM("a", "e1", "3", "") "," VM("b", "e1", "3", "") "," VM(
	    "held", "e2", "1", ",'hold':true") "," VM("c", "w1", "3",
	    "") ","
	        "{'name':'off','memory-mib':1}]}");
	explains("a", "a moves from e1 to w2: evens out CPU: e1 60.0 % to 30.0 %");
	explains("held", "held stays on e2: it is on hold");
	explains("off", "off stays: it does not run");
	explains("c", "c stays on w1: moving it would even out nothing");
	why = plan_explain(in, plan, vm("a"));
	ck_assert_uint_eq(why->nplaces, 3);
	ck_assert(why->places[0].possible && why->places[0].node == node("w2"));
	ck_assert(why->places[0].benefit > why->places[0].cost);
	plan_why_free(why);
	in->vms[vm("a")].sites = xcalloc(1, sizeof(int));
	in->vms[vm("a")].nsites = 1;
	in->nodes[node("e2")].state = PLAN_NODE_OFFLINE;
	explains("a", "a stays on e1: no other node is possible");
	in->clusters[0].maintenance = true;
	explains("a",
	    "a stays: cluster east is in maintenance, and nothing there is touched");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("planner");
	TCase *tc = tcase_create("planner");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_test(tc, test_even_set_stays);
	tcase_add_test(tc, test_cheapest_way);
	tcase_add_test(tc, test_hard_rules);
	tcase_add_test(tc, test_repairs);
	tcase_add_test(tc, test_high_load);
	tcase_add_test(tc, test_aims);
	tcase_add_test(tc, test_waves);
	tcase_add_test(tc, test_downtime_counts);
	tcase_add_test(tc, test_stop);
	tcase_add_test(tc, test_room_is_made);
	tcase_add_test(tc, test_swap);
	tcase_add_test(tc, test_limits_and_budget);
	tcase_add_test(tc, test_home);
	tcase_add_test(tc, test_explanations);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
