/*
 * SPDX-License-Identifier: Apache-2.0
 * The planner's readers: what they read, and the words with file and line when they do
 * not.
 */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "policy/plan_file.h"
#include "policy/plan_json.h"

static char *
quoted(const char *text)
{
	char *copy = xstrdup(text), *p;

	for (p = copy; (p = strchr(p, '\'')) != NULL;)
		*p = '"';
	return copy;
}

/* Single quotes for double ones. */
static void
bad_json(const char *text, const char *wanted)
{
	char *copy = quoted(text), *cause = NULL;

	ck_assert_ptr_null(plan_json_parse(copy, strlen(copy), "f.json", &cause));
	ck_assert_str_eq(cause, wanted);
	free(cause);
	free(copy);
}

START_TEST(test_json)
{
	char *text = quoted(
	    "{'settings':{'weights':{'cpu':3},'costs':{'across':1},'min-gain':0.5,"
	    "'reserve':false,'vcpu-ratio':4},\n"
	    "'clusters':[{'name':'c1'},{'name':'c2','maintenance':true}],\n"
	    "'nodes':[{'name':'n1','cluster':'c2','cpus':2.5,'memory-mib':64,"
	    "'reserved-mib':4,'state':'drain','fault-domain':'r1'}],\n"
	    "'availability-sets':[{'name':'s','spread':'cluster','hard':false}],\n"
	    "'vms':[{'name':'v','node':'n1','memory-mib':8,'vcpus':2,'load':1.5,"
	    "'sites':['c2','c1'],'home':'c1','priority':7,'downtime':3,'hold':true,"
	    "'availability-set':'s'},{'name':'w','vcpus':2}]}");
	char *cause = NULL;
	struct plan_input *in = plan_json_parse(text, strlen(text), "f.json", &cause);
	const struct plan_vm *v;

	ck_assert_msg(in != NULL, "%s", cause);
	ck_assert(in->settings.weight_cpu == 3 && in->settings.weight_memory == 1);
	ck_assert(in->settings.cost_across == 1 && in->settings.min_gain == 0.5);
	ck_assert(!in->settings.reserve && in->settings.vcpu_ratio == 4);
	ck_assert(in->nclusters == 2 && in->clusters[1].maintenance);
	ck_assert(in->nodes[0].cluster == 1 && in->nodes[0].cpus == 2.5);
	ck_assert(in->nodes[0].memory == 64 && in->nodes[0].reserved == 4);
	ck_assert(in->nodes[0].state == PLAN_NODE_DRAIN && in->nodes[0].domain == 0);
	ck_assert_str_eq(in->domains[0], "r1");
	ck_assert(in->sets[0].spread == PLAN_SPREAD_CLUSTER && !in->sets[0].hard);
	v = &in->vms[0];
	ck_assert(v->node == 0 && v->memory == 8 && v->vcpus == 2 && v->load == 1.5);
	ck_assert(
	    v->nsites == 2 && v->sites[0] == 1 && v->sites[1] == 0 && v->home == 0);
	ck_assert(v->priority == 7 && v->downtime == 3 && v->hold && v->nsets == 1);
	ck_assert(!v->estimated && in->vms[1].estimated && in->vms[1].node == -1);
	ck_assert(fabs(in->vms[1].load - 0.6) < 1e-9);
	plan_input_free(in);
	free(text);
}
END_TEST

#define N1 "'nodes':[\n{'name':'n1','cluster':'c','cpus':1,'memory-mib':64}]"
#define C1 "{'clusters':[{'name':'c'}],\n"

START_TEST(test_json_errors)
{
	bad_json("", "f.json:1: no JSON: '[' or '{' expected near end of file");
	bad_json("{\n'clusters':\n[}", "f.json:3: no JSON: unexpected token near '}'");
	bad_json("[]",
	    "f.json:1: an object {\"clusters\": [...], \"nodes\": [...], \"vms\": "
	    "[...]} is wanted");
	bad_json("{\n'vmms':[]}",
	    "f.json:2: unknown key \"vmms\" in the whole; is \"vms\" meant?");
	bad_json("{'settings':{\n'costs':{'insidee':1}}}",
	    "f.json:1: unknown key \"insidee\" in settings; is \"inside\" meant?");
	bad_json("{'settings':{\n'memory-limit':2}}",
	    "f.json:1: settings: memory-limit must be 0.01 to 1");
	bad_json("{'settings':{'downtime':\n'long'}}",
	    "f.json:1: downtime: a number is wanted");
	bad_json("{'clusters':{}}", "f.json:1: clusters: a list [...] is wanted");
	bad_json("{'clusters':[{'name':'c'},\n\n{'name':'c'}]}",
	    "f.json:3: name: 'c' stands twice; remove or rename one");
	bad_json("{'clusters':[{}]}", "f.json:1: clusters: an element has no \"name\"");
	bad_json(
	    "{'clusters':[7]}", "f.json:1: clusters: an object {...} is wanted here");
	bad_json(C1 N1 ",\n'vms':[{'name':'v',\n'node':'n7'}]}",
	    "f.json:5: node: 'n7' is none of \"nodes\"");
	bad_json(C1 N1 ",\n'vms':[{'name':'v'},{'name':'w',\n\n'memory-mib':-1}]}",
	    "f.json:6: memory-mib: a whole number from 0 to 1099511627776 is wanted");
	bad_json(C1 N1 ",\n'vms':[{'name':'v'},\n{'name':'w','load':-1}]}",
	    "f.json:5: VM w: its CPUs and load must be 0 to 1000000");
	bad_json(C1 N1 ",\n'vms':[{'name':'v','sites':[\n'd']}]}",
	    "f.json:4: sites: 'd' is none of \"clusters\"");
	bad_json(C1 N1 ",\n'vms':[{'name':'v','hold':1}]}",
	    "f.json:4: hold: true or false is wanted");
	bad_json(C1 "'nodes':[{'name':'n'}]}", "f.json:2: node n: no \"cluster\"");
	bad_json(C1 "'nodes':[{'name':'n','cluster':'c','state':\n'asleep'}]}",
	    "f.json:2: state: 'asleep' is no such word; see clusterset-plan(1)");
	bad_json(C1 "'nodes':[{'name':'n','cluster':'c'}]}",
	    "f.json:2: node n: cpus must be 0.001 to 1000000");
	bad_json("{'vms':[{'name':'a\\u0007b'}]}",
	    "f.json:1: name: a string of 1 to 96 bytes without control characters is "
	    "wanted");
}
END_TEST

START_TEST(test_json_line)
{
	char *text =
	    quoted("{ 'a' : [ 1, {'x':'}]\\'',\n'y':[[2],{}]},\n{'z':\n3} ],\n'b':4 }");
	const size_t n = strlen(text);

	ck_assert_uint_eq(plan_json_line(text, n, NULL, PLAN_JSON_OBJECT, "a"), 1);
	ck_assert_uint_eq(plan_json_line(text, n, NULL, PLAN_JSON_OBJECT, "b"), 5);
	ck_assert_uint_eq(plan_json_line(text, n, "a", 1, "y"), 2);
	ck_assert_uint_eq(plan_json_line(text, n, "a", 2, NULL), 3);
	ck_assert_uint_eq(plan_json_line(text, n, "a", 2, "z"), 3);
	ck_assert_uint_eq(plan_json_line(text, n, "a", 9, "z"), 1);
	ck_assert_uint_eq(plan_json_line(text, n, "none", 0, NULL), 1);
	free(text);
}
END_TEST

#define GROUPS "g1|u1|preferred||\n\n"
#define NODES                                             \
	"n1|1000|10|690|100|50|8|N|u1|1|cl:a|N|1|2|1.0\n" \
	"n2|2000|10|1990|100|100|16|Y|u1|1|cl:b|N|1|1|1.0\n\n"
#define VMS                                         \
	"v1|100|5|2|running|Y|n1||ext|as:x|1|-|N\n" \
	"v2|200|5|4|running|Y|n1||plain|as:x,other|1|-|N\n\n"
#define TAGS "htools:iextags:as\nhtools:nlocation:cl\n\n|policy\n"

START_TEST(test_ganeti)
{
	static const char text[] = GROUPS NODES VMS TAGS;
	static const char util[] = "v1 0.5 0.1 0.2 0.3\n\nv2\t1 0 0 0\n";
	char *cause = NULL;
	struct plan_input *in = plan_ganeti_parse(text, strlen(text), "f", &cause);

	ck_assert_msg(in != NULL, "%s", cause);
	ck_assert_int_eq(plan_ganeti_util(in, util, strlen(util), "u", &cause), 0);
	ck_assert(in->settings.measure == PLAN_MEASURE_HBAL);
	ck_assert(in->nclusters == 1 && in->nnodes == 2 && in->nvms == 2);
	ck_assert(in->nodes[0].memory == 1000 && in->nodes[0].reserved == 10);
	ck_assert(in->nodes[0].cpus == 8 && in->nodes[0].os_vcpus == 2);
	ck_assert(in->nodes[0].disk_used == 0.5);
	ck_assert(in->nodes[1].state == PLAN_NODE_DRAIN && in->nodes[1].domain == 1);
	ck_assert(!in->vms[0].hold && in->vms[1].hold); /* plain: local disks */
	ck_assert(in->vms[0].util[3] == 0.3 && in->vms[0].load == 1);
	ck_assert(in->nsets == 2 && in->vms[0].nsets == 2 && in->vms[1].nsets == 2);
	ck_assert(in->sets[0].hard && in->sets[0].spread == PLAN_SPREAD_NODE);
	ck_assert(!in->sets[1].hard && in->sets[1].spread == PLAN_SPREAD_DOMAIN);
	plan_input_free(in);
}
END_TEST

static void
bad_ganeti(const char *text, const char *wanted)
{
	char *cause = NULL;

	ck_assert_ptr_null(plan_ganeti_parse(text, strlen(text), "f", &cause));
	ck_assert_str_eq(cause, wanted);
	free(cause);
}

START_TEST(test_ganeti_errors)
{
	static const char zero[] = "a\0b";
	char *cause = NULL;

	bad_ganeti("",
	    "f:1: there are no nodes; sections (groups, nodes, instances, cluster "
	    "tags, policies) are separated by one empty line");
	bad_ganeti("g1\n",
	    "f:1: a node group has at least 2 fields: name|uuid|... (this line "
	    "has 1)");
	bad_ganeti(GROUPS "n1|1000\n",
	    "f:3: a node has at least 9 fields: name|memory|memory of the node|free "
	    "memory|disk|free disk|cpus|offline|group uuid|... (this line has 2)");
	bad_ganeti(GROUPS "n1|x|10|690|100|50|8|N|u1\n",
	    "f:3: field 2, memory: 'x' is no number from 0 to 10^15");
	bad_ganeti(GROUPS "n1|1000|10|690|100|50|8|N|u2\n",
	    "f:3: node n1: no node group above has this uuid");
	bad_ganeti(GROUPS "n1|1000|10|690|100|50|0|N|u1\n\n\n",
	    "f:3: node n1: cpus must be 0.001 to 1000000");
	bad_ganeti(GROUPS NODES "v1|100|5|2|running|Y|n3||ext\n",
	    "f:6: instance v1: its primary is no node above");
	bad_ganeti(GROUPS NODES "v1|100|5|2|running|Y|n1|n2|drbd\n",
	    "f:6: instance v1 has a secondary node (template drbd): only VMs on "
	    "storage that "
	    "every node sees can be planned; leave it out");
	bad_ganeti(GROUPS NODES
	    "v1|1|5|2|running|Y|n1||ext\nv1|1|5|2|running|Y|n1||ext\n",
	    "f:7: instance v1 stands twice; remove one");
	ck_assert_ptr_null(plan_ganeti_parse(zero, 3, "f", &cause));
	ck_assert_str_eq(cause, "f: a zero byte: this is no text");
	free(cause);
}
END_TEST

START_TEST(test_util_errors)
{
	static const struct {
		const char *text, *wanted;
	} rows[] = {
		{ "\nv1 0 0\n", "u:2: a line is: instance cpu memory disk net" },
		{ "v1 0 0 0 0 0\n", "u:1: a line is: instance cpu memory disk net" },
		{ "v9 0 0 0 0\n",
		    "u:1: instance v9 is not in the data; do both files belong "
		    "together?" },
		{ "v1 0 a 0 0\n",
		    "u:1: field 3, memory: 'a' is no number from 0 to 10^15" },
	};
	static const char text[] = GROUPS NODES VMS TAGS;
	struct plan_input *in;
	char *cause = NULL;
	size_t i;

	in = plan_ganeti_parse(text, strlen(text), "f", &cause);
	ck_assert_msg(in != NULL, "%s", cause);
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		ck_assert_int_eq(plan_ganeti_util(in, rows[i].text,
		                     strlen(rows[i].text), "u", &cause),
		    -1);
		ck_assert_str_eq(cause, rows[i].wanted);
	}
	free(cause);
	plan_input_free(in);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("planner, readers");
	TCase *tc = tcase_create("readers");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, test_json);
	tcase_add_test(tc, test_json_errors);
	tcase_add_test(tc, test_json_line);
	tcase_add_test(tc, test_ganeti);
	tcase_add_test(tc, test_ganeti_errors);
	tcase_add_test(tc, test_util_errors);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
