/*
 * SPDX-License-Identifier: Apache-2.0
 * The policy that doc/policies.md shows: what stands there compiles and does what is
 * said of it.
 */
#include <check.h>
#include <string.h>

#include "policy/policy.h"

void shelter_look(const struct policy_view *, struct policy_finding *);

enum { WHOLE, HURT, CLUSTERS };

static struct scene_cluster clusters[CLUSTERS];
static struct scene_site sites[CLUSTERS];
static struct scene_vm vm;
static struct scene scene;
static struct policy_settings settings;
static struct policy_view view;
static struct policy_finding found;

static void
setup(void)
{
	clusters[WHOLE] = (struct scene_cluster) { .index = 7,
		.name = "whole",
		.admin = CLUSTER_ACTIVE,
		.oper = CLUSTER_NORMAL,
		.known = true };
	clusters[HURT] = clusters[WHOLE];
	clusters[HURT].index = 8;
	clusters[HURT].name = "hurt";
	clusters[HURT].oper = CLUSTER_CAUTION;
	sites[0] = (struct scene_site) { .cluster = HURT, .oper = SITE_ONLINE };
	sites[1] = (struct scene_site) { .cluster = WHOLE, .oper = SITE_OFFLINE };
	vm = (struct scene_vm) { .index = 3,
		.name = "vm1",
		.cluster = HURT,
		.node = 0,
		.priority = 900,
		.sites = sites,
		.nsites = 2,
		.free = true,
		.across = true };
	scene = (struct scene) { .clusters = clusters,
		.nclusters = CLUSTERS,
		.vms = &vm,
		.nvms = 1,
		.wall = 1000000 };
	view = (struct policy_view) { .scene = &scene, .settings = &settings };
	found = (struct policy_finding) { .imbalance = -1 };
}

static void
teardown(void)
{
	finding_clear(&found);
}

START_TEST(it_proposes)
{
	shelter_look(&view, &found);
	ck_assert(found.wants);
	ck_assert_uint_eq(found.nproposals, 1);
	ck_assert_uint_eq(found.proposals[0].vm, 3);
	ck_assert_uint_eq(found.proposals[0].cluster, 7);
	ck_assert_uint_eq(found.proposals[0].node, 0);
	ck_assert_int_eq(found.proposals[0].benefit, 900);
	ck_assert_str_eq(found.proposals[0].reasons[0].text,
	    "hurt has lost a server, whole is whole");
	ck_assert_str_eq(found.status, "1 VMs that matter are exposed");
}
END_TEST

START_TEST(it_says_what_is_missing)
{
	sites[1].blocked = true;
	shelter_look(&view, &found);
	ck_assert(!found.wants);
	ck_assert_uint_eq(found.nlacks, 1);
	ck_assert_str_eq(found.lacks[0].text, "vm vm1 has no site that is whole");
}
END_TEST

static const char *const calm[] = { "matters less", "is not free",
	"has a whole cluster", "was moved lately" };

START_TEST(it_leaves_alone)
{
	switch (_i) {
	case 0:
		vm.priority = 100;
		break;
	case 1:
		vm.free = false;
		break;
	case 2:
		clusters[HURT].oper = CLUSTER_NORMAL;
		break;
	default:
		settings.cool_down = 3600000;
		vm.last_move = scene.wall - 60;
		break;
	}
	shelter_look(&view, &found);
	ck_assert_msg(!found.wants && found.nproposals == 0 && found.nlacks == 0,
	    "a VM that %s is not left alone", calm[_i]);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("policy example");
	TCase *tc = tcase_create("shelter");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, it_proposes);
	tcase_add_test(tc, it_says_what_is_missing);
	tcase_add_loop_test(tc, it_leaves_alone, 0, 4);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
