/*
 * SPDX-License-Identifier: Apache-2.0
 * recover: what it proposes, what it says is missing, which cluster it would have
 * fenced, and what it leaves alone.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "policy/engine_impl.h"
#include "tests/unit/scene_world.h"

#define RECOVERED "recover" POLICY_REASON "it should run and runs nowhere"

static struct world *w;
static struct policy_finding f;

enum { EAST, WEST, NORTH };

/* vm1 ran in east, which went dark long ago; west and north could take it. */
static void
setup(void)
{
	w = world_new();
	world_cluster(w, "east");
	world_cluster(w, "west");
	world_cluster(w, "north");
	world_node(w, EAST, "e1", 16, 65536);
	world_node(w, EAST, "e2", 16, 65536);
	world_node(w, WEST, "w1", 16, 65536);
	world_node(w, NORTH, "n1", 16, 65536);
	world_vm(w, "vm1", 0, 1, 2048);
	w->v[0].since = w->wall - 80000;
	w->v[0].last = EAST;
	w->settings.recover_grace = 300000;
	w->c[EAST].oper = CLUSTER_UNREACHABLE;
	w->c[EAST].polled = w->now - 90000;
	w->n[0].oper = w->n[1].oper = NODE_UNKNOWN;
}

static void
teardown(void)
{
	finding_clear(&f);
	world_free(w);
}

/* East answers, and vm1 is Offline everywhere. */
static void
stopped(void)
{
	w->c[EAST].oper = CLUSTER_NORMAL;
	w->n[0].oper = w->n[1].oper = NODE_ONLINE;
	w->v[0].node = -1;
	w->v[0].oper = VM_STOPPED;
}

static void
look(void)
{
	finding_clear(&f);
	world_look(w, recover_look, &f);
}

static void
proposes(int cluster)
{
	look();
	ck_assert_uint_eq(f.nproposals, 1);
	ck_assert_uint_eq(f.nlacks, 0);
	ck_assert_uint_eq(f.proposals[0].vm, 1);
	ck_assert_uint_eq(f.proposals[0].cluster, (uint32_t)cluster + 1);
	ck_assert_uint_eq(f.proposals[0].node, 0);
	ck_assert(f.proposals[0].urgent);
}

/* NULL: neither a proposal nor a lack. `fence`: a cluster; -1: none. */
static void
lacks(const char *words, int fence)
{
	look();
	ck_assert_msg(f.nproposals == 0, "%s: %s", words, f.status);
	ck_assert_uint_eq(f.nlacks, words != NULL);
	if (words == NULL)
		return;
	ck_assert_msg(strstr(f.lacks[0].text, words) != NULL, "%s", f.lacks[0].text);
	ck_assert_uint_eq(f.lacks[0].fence, (uint32_t)(fence + 1));
}

static void
tried(int node, int n, time_t ago)
{
	for (; n > 0; n--) {
		w->m = realloc(w->m, (size_t)(w->nm + 1) * sizeof *w->m);
		w->m[w->nm++] = (struct w_move) { .vm = 0,
			.from_node = -1,
			.to_node = node,
			.by_policy = true,
			.reason = RECOVERED,
			.began = w->wall - ago - 10,
			.ended = w->wall - ago };
	}
}

START_TEST(test_dark)
{
	lacks("cluster east is not known since 20", EAST);
	lacks("e1 does not answer, e2 does not answer", EAST);
	lacks("clusterset site confirm vm1 east", EAST);
	w->v[0].sites[EAST].proved = true; /* it was fenced */
	proposes(WEST);
	w->v[0].sites[EAST].proved = false;
	w->v[0].sites[EAST].confirm = 7; /* an operator said so */
	proposes(WEST);
}
END_TEST

/* What a fence would not help, or would harm, is not fenced. */
START_TEST(test_no_fence)
{
	w->c[NORTH].oper = CLUSTER_UNREACHABLE; /* one fence is not enough */
	lacks("cluster north", -1);
	w->c[NORTH].oper = CLUSTER_NORMAL;
	w->v[0].last = WEST; /* it was not there */
	w->v[0].node = -1;
	w->v[0].oper = VM_UNKNOWN;
	lacks("cluster east", -1);
	w->v[0].last = EAST;
	lacks("cluster east", EAST);
	w->n[2].admin = w->n[3].admin = CLUSTER_MAINTENANCE; /* nobody could take it */
	lacks("cluster east", -1);
	w->n[2].admin = w->n[3].admin = CLUSTER_ACTIVE;
	w->v[0].sites[EAST].blocked = true; /* it would start by itself */
	lacks("cluster east", -1);
	w->v[0].sites[EAST].blocked = false;
	world_vm(w, "vm2", 0, 1, 2048); /* on hold, and loses its power */
	w->v[1].hold = true;
	w->v[1].last = EAST;
	lacks("cluster east", -1);
	w->v[1].hold = false;
	w->v[1].admin = VM_DOWN;
	lacks("cluster east", EAST);
}
END_TEST

/* What the text says of fences is so of the one that there is. */
START_TEST(test_words_of_fences)
{
	lacks("east; or configure a fence", EAST);
	w->fence.cluster = EAST + 1;
	lacks("clusters.east.fence.automatic is false", EAST);
	w->fence.automatic = true;
	lacks("clusterset policy set recover automatic", EAST);
	w->fence.may_act = true;
	lacks("wait for its fence, which is being called", EAST);
	w->fence.failed = true;
	w->fence.ended = 1700000000;
	lacks("failed at 2023-11-14T22:13:20Z and is called again", EAST);
	w->v[0].node = -1;
	w->v[0].oper = VM_UNKNOWN;
	w->v[0].sites[EAST].blocked = true;
	lacks("cluster east may start its group by itself", -1);
}
END_TEST

START_TEST(test_words_of_proofs)
{
	w->v[0].sites[EAST].confirm = 7;
	proposes(WEST);
	ck_assert_uint_eq(f.proposals[0].nreasons, 3);
	ck_assert_str_eq(f.proposals[0].reasons[1].text,
	    "cluster east, where it was last, is not seen");
	ck_assert_ptr_nonnull(strstr(
	    f.proposals[0].reasons[2].text, "cluster east rests on an operator"));
	w->v[0].sites[EAST].confirm = 0;
	w->v[0].sites[EAST].proved = true;
	proposes(WEST);
	ck_assert_ptr_nonnull(
	    strstr(f.proposals[0].reasons[2].text, "in cluster east is proved"));
}
END_TEST

START_TEST(test_grace)
{
	stopped();
	w->v[0].since = w->wall - 299;
	lacks(NULL, -1);
	ck_assert_msg(strstr(f.status, "1 are left to ECX") != NULL, "%s", f.status);
	w->v[0].since = w->wall - 300;
	proposes(EAST);
	w->v[0].since = w->wall + 100; /* the clock was set */
	lacks(NULL, -1);
}
END_TEST

START_TEST(test_left_alone)
{
	stopped();
	proposes(EAST);
	w->v[0].hold = true;
	lacks(NULL, -1);
	w->v[0].hold = false;
	w->v[0].admin = VM_DOWN;
	lacks(NULL, -1);
	w->v[0].admin = (enum cs_vm_admin)0;
	lacks(NULL, -1);
	w->v[0].admin = VM_UP;
	w->c[EAST].admin = CLUSTER_MAINTENANCE;
	lacks(NULL, -1);
	w->c[EAST].admin = CLUSTER_ACTIVE;
	w->v[0].to_cluster = WEST; /* a move is open */
	lacks(NULL, -1);
}
END_TEST

START_TEST(test_whither)
{
	stopped();
	w->n[0].oper = w->n[1].oper = NODE_OFFLINE;
	proposes(WEST);
	w->n[2].memory = 1024;
	proposes(NORTH);
	w->n[3].admin = CLUSTER_MAINTENANCE;
	lacks("no other cluster can take it", -1);
	w->n[0].oper = NODE_ONLINE;
	w->v[0].sites[NORTH].blocked = true;
	lacks("cluster north may start its group by itself", -1);
}
END_TEST

/* Not where it failed, and no loops. */
START_TEST(test_tries)
{
	stopped();
	tried(0, 1, 299);
	lacks(NULL, -1); /* what was tried just now has its grace, too */
	w->m[0].ended -= 1;
	proposes(WEST);
	tried(2, 2, 900);
	lacks("3 times within 6 h", -1);
	w->m[0].ended = w->m[1].ended = w->m[2].ended = w->wall - 6 * 3600;
	proposes(EAST);
	w->m[0].ended = w->m[1].ended = w->m[2].ended = w->wall - 900;
	w->m[0].reason = "home" POLICY_REASON "it is calm"; /* no recovery */
	proposes(WEST);
}
END_TEST

START_TEST(test_failed)
{
	stopped();
	w->v[0].node = 0;
	w->v[0].oper = VM_FAILED;
	w->v[0].sites[EAST].oper = SITE_FAILED;
	proposes(WEST);
	w->n[2].oper = w->n[3].oper = NODE_OFFLINE;
	lacks("no other cluster can take it", -1);
}
END_TEST

/* Who asks where it may go is not told of clusters that it has no site in. */
START_TEST(test_where)
{
	struct en_question q = { .vm = 1, .memory = 512 };
	struct policy_job job = { .questions = &q, .nquestions = 1 };
	const int south = world_cluster(w, "south");
	struct scene *s;
	size_t i;

	world_node(w, south, "s1", 16, 65536);
	stopped();
	world_measure(w);
	job.settings = w->settings;
	s = world_scene(w);
	place_compute_all(&job, s);
	ck_assert_uint_eq(q.nspots, 5);
	for (i = 0; i < q.nspots; i++)
		ck_assert_msg((strstr(q.spots[i].text, "is no site of it") != NULL) ==
		        (strcmp(q.spots[i].node_name, "s1") == 0),
		    "%s: %s", q.spots[i].node_name, q.spots[i].text);
	place_question_clear(&q);
	scene_free(s);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("policy_recover");
	TCase *tc = tcase_create("recover");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_where);
	tcase_add_test(tc, test_dark);
	tcase_add_test(tc, test_no_fence);
	tcase_add_test(tc, test_words_of_fences);
	tcase_add_test(tc, test_words_of_proofs);
	tcase_add_test(tc, test_grace);
	tcase_add_test(tc, test_left_alone);
	tcase_add_test(tc, test_whither);
	tcase_add_test(tc, test_tries);
	tcase_add_test(tc, test_failed);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
