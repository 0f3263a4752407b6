/*
 * SPDX-License-Identifier: Apache-2.0
 * evacuate, spread and home: what they do, in which order, and what they leave alone.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/scene_world.h"

/* Clusters east (e1, e2) and west (w1, w2), 16 CPUs and 64 GiB each. */
static struct world *
four_nodes(void)
{
	struct world *w = world_new();

	world_cluster(w, "east");
	world_cluster(w, "west");
	world_node(w, 0, "e1", 16, 65536);
	world_node(w, 0, "e2", 16, 65536);
	world_node(w, 1, "w1", 16, 65536);
	world_node(w, 1, "w2", 16, 65536);
	return w;
}

/* vm0 .. of 1 CPU and 2 GiB on that node. */
static void
vms(struct world *w, int node, int n)
{
	char name[16];

	for (; n > 0; n--) {
		snprintf(name, sizeof name, "vm%d", w->nv);
		world_vm(w, name, node, 1, 2048);
		w->v[w->nv - 1].since = w->wall - 80000;
	}
}

static size_t
proposals(struct world *w, look_fn *look, const char *status)
{
	struct policy_finding f;
	size_t n;

	world_look(w, look, &f);
	n = f.nproposals;
	if (status != NULL)
		ck_assert_msg(strstr(f.status, status) != NULL, "%s", f.status);
	finding_clear(&f);
	return n;
}

/* --- evacuate
 * ------------------------------------------------------------------------- */

START_TEST(test_nothing_to_evacuate)
{
	struct world *w = four_nodes();

	vms(w, 0, 3);
	world_measure(w);
	ck_assert_uint_eq(proposals(w, evacuate_look, "nothing is in maintenance"), 0);
	w->c[1].admin = CLUSTER_MAINTENANCE;
	ck_assert_uint_eq(proposals(w, evacuate_look, "is empty"), 0);
	world_free(w);
}
END_TEST

START_TEST(test_cluster)
{
	struct world *w = four_nodes();
	struct policy_finding f;
	size_t i;

	vms(w, 0, 3);
	vms(w, 1, 2);
	vms(w, 2, 1);
	w->v[3].priority = 900;
	w->v[1].priority = 500;
	world_measure(w);
	w->c[0].admin = CLUSTER_MAINTENANCE;
	world_look(w, evacuate_look, &f);
	ck_assert_uint_eq(f.nproposals, 5);
	ck_assert(f.wants);
	ck_assert_uint_eq(f.nlacks, 0);
	ck_assert_uint_eq(f.proposals[0].vm, 4); /* the highest priority first */
	ck_assert_uint_eq(f.proposals[1].vm, 2);
	for (i = 0; i < 5; i++) {
		ck_assert(f.proposals[i].urgent);
		ck_assert_int_eq(f.proposals[i].benefit, 1000);
		ck_assert_uint_eq(f.proposals[i].cluster, 2);
	}
	ck_assert_str_eq(
	    f.proposals[0].reasons[0].text, "cluster east is in maintenance");
	world_carry_out(w, &f, f.nproposals);
	finding_clear(&f);
	ck_assert_uint_eq(proposals(w, evacuate_look, "is empty"), 0);
	world_free(w);
}
END_TEST

/* Of a node: inside its cluster, although others have more room. */
START_TEST(test_node_inside_first)
{
	struct world *w = four_nodes();
	struct policy_finding f;
	size_t i, inside = 0;

	vms(w, 0, 4);
	vms(w, 1, 6);
	world_measure(w);
	w->n[0].admin = CLUSTER_MAINTENANCE;
	world_look(w, evacuate_look, &f);
	ck_assert_uint_eq(f.nproposals, 4);
	for (i = 0; i < 4; i++)
		ck_assert_uint_eq(f.proposals[i].node, 102);
	ck_assert_str_eq(
	    f.proposals[0].reasons[0].text, "server east/e1 is in maintenance");
	finding_clear(&f);
	vms(w, 1, 3); /* no room for all of them there any more */
	world_measure(w);
	world_look(w, evacuate_look, &f);
	ck_assert_uint_eq(f.nproposals, 4);
	for (i = 0; i < 4; i++)
		inside += f.proposals[i].node == 102;
	ck_assert_uint_ge(inside, 1);
	ck_assert_uint_le(inside, 3);
	finding_clear(&f);
	world_free(w);
}
END_TEST

/* Who cannot go is named, with why. */
START_TEST(test_who_stays)
{
	struct world *w = four_nodes();
	struct policy_finding f;

	vms(w, 0, 4);
	w->v[0].hold = true;
	w->v[1].nsites = 1;
	w->v[2].sites[1].blocked = true;
	world_measure(w);
	w->c[0].admin = CLUSTER_MAINTENANCE;
	world_look(w, evacuate_look, &f);
	ck_assert_uint_eq(f.nproposals, 1);
	ck_assert_uint_eq(f.proposals[0].vm, 4);
	ck_assert_uint_eq(f.nlacks, 3);
	ck_assert_ptr_nonnull(strstr(f.lacks[0].text,
	    "vm vm0 cannot leave east, which is in maintenance: it is on hold"));
	ck_assert_ptr_nonnull(strstr(f.lacks[1].text, "vm vm1"));
	ck_assert_ptr_nonnull(strstr(f.lacks[1].text, "is no site of it"));
	ck_assert_ptr_nonnull(strstr(f.lacks[2].text, "csVmSiteBlocked"));
	ck_assert_ptr_nonnull(strstr(f.status, "vm0"));
	finding_clear(&f);
	world_free(w);
}
END_TEST

START_TEST(test_no_room)
{
	struct world *w = four_nodes();
	struct policy_finding f;

	vms(w, 0, 4);
	w->n[2].base_memory = w->n[3].base_memory = 58000;
	world_measure(w);
	w->c[0].admin = CLUSTER_MAINTENANCE;
	world_look(w, evacuate_look, &f);
	ck_assert_uint_eq(f.nproposals, 0);
	ck_assert_uint_eq(f.nlacks, 4);
	ck_assert_ptr_nonnull(strstr(f.lacks[0].text, "west/w1: memory: needs 2048"));
	finding_clear(&f);
	world_free(w);
}
END_TEST

/* A cluster that is silent, in doubt, or ignored is no cluster to take VMs from. */
START_TEST(test_not_from_the_unknown)
{
	struct world *w = four_nodes();

	vms(w, 0, 3);
	world_measure(w);
	w->c[0].admin = CLUSTER_MAINTENANCE;
	w->v[0].last = w->v[1].last = w->v[2].last = 0;
	w->c[0].oper = CLUSTER_UNREACHABLE;
	ck_assert_uint_eq(
	    proposals(w, evacuate_look, "3 VMs are in what is in maintenance"), 0);
	w->c[0].oper = CLUSTER_SUSPENDED;
	ck_assert_uint_eq(proposals(w, evacuate_look, "not known to be well"), 0);
	w->c[0].oper = CLUSTER_NORMAL;
	w->c[0].admin = CLUSTER_IGNORED;
	ck_assert_uint_eq(proposals(w, evacuate_look, NULL), 0);
	w->c[0].admin = CLUSTER_MAINTENANCE;
	ck_assert_uint_eq(proposals(w, evacuate_look, NULL), 3);
	w->v[1].oper = VM_STARTING; /* failing over in maintenance: no wait, it stays */
	ck_assert_uint_eq(proposals(w, evacuate_look, NULL), 2);
	world_free(w);
}
END_TEST

/* Members of a set stay apart on the way, too; of a soft set while that is possible. */
START_TEST(test_evacuated_sets)
{
	struct world *w = four_nodes();
	struct policy_finding f;

	world_set(w, "web", SPREAD_NODE, true);
	vms(w, 0, 1);
	vms(w, 1, 1);
	w->v[0].set = w->v[1].set = 0;
	world_measure(w);
	w->c[0].admin = CLUSTER_MAINTENANCE;
	world_look(w, evacuate_look, &f);
	ck_assert_uint_eq(f.nproposals, 2);
	ck_assert_uint_ne(f.proposals[0].node, f.proposals[1].node);
	finding_clear(&f);
	w->n[3].oper = NODE_OFFLINE;
	w->settings.failover_reserve = false;
	world_look(w, evacuate_look, &f);
	ck_assert_uint_eq(f.nproposals, 1);
	ck_assert_uint_eq(f.nlacks, 1);
	ck_assert_ptr_nonnull(strstr(f.lacks[0].text, "availability set web"));
	finding_clear(&f);
	w->s[0].hard = false;
	ck_assert_uint_eq(proposals(w, evacuate_look, NULL), 2);
	world_free(w);
}
END_TEST

/* Nobody measures this set: VMs are spread by their number. */
START_TEST(test_unmeasured)
{
	struct world *w = four_nodes();
	struct policy_finding f;
	size_t i, n = 0;
	int k;

	vms(w, 0, 6);
	for (k = 0; k < 4; k++)
		w->n[k].cpus = 0, w->n[k].memory = 0;
	for (k = 0; k < 6; k++)
		w->v[k].load = -1, w->v[k].memory = -1;
	w->c[0].admin = CLUSTER_MAINTENANCE;
	world_look(w, evacuate_look, &f);
	ck_assert_msg(f.nproposals == 6, "%s", f.status);
	for (i = 0; i < 6; i++)
		n += f.proposals[i].node == 103;
	ck_assert_uint_eq(n, 3);
	finding_clear(&f);
	ck_assert_uint_eq(proposals(w, balance_look, "2 are needed"), 0);
	w->loads_missing = true; /* somebody should, and does not: that is unknown */
	ck_assert_uint_eq(proposals(w, evacuate_look, NULL), 0);
	world_free(w);
}
END_TEST

START_TEST(test_refill)
{
	struct world *w = four_nodes();
	struct policy_finding f;

	vms(w, 2, 3);
	w->past[1].left = w->past[2].left = 1;
	world_measure(w);
	ck_assert_uint_eq(proposals(w, evacuate_look, "nothing is in maintenance"), 0);
	w->settings.refill = true;
	w->c[0].admin = CLUSTER_MAINTENANCE; /* not over yet */
	ck_assert_uint_eq(proposals(w, evacuate_look, NULL), 0);
	w->c[0].admin = CLUSTER_ACTIVE;
	world_look(w, evacuate_look, &f);
	ck_assert_uint_eq(f.nproposals, 2);
	ck_assert_uint_eq(f.proposals[0].cluster, 1);
	ck_assert(!f.proposals[0].urgent);
	finding_clear(&f);
	w->past[1].moved = w->wall - 100;
	ck_assert_uint_eq(proposals(w, evacuate_look, NULL), 1);
	world_free(w);
}
END_TEST

/* Where they were to go stands, although another node has become a little better. */
START_TEST(test_places_stand)
{
	struct world *w = four_nodes();
	struct policy_finding f, g;
	size_t i;

	vms(w, 0, 5);
	vms(w, 2, 1);
	world_measure(w);
	w->c[0].admin = CLUSTER_MAINTENANCE;
	world_look(w, evacuate_look, &f);
	ck_assert_uint_eq(f.nproposals, 5);
	world_stands(w, "evacuate", &f);
	w->n[f.proposals[0].node - 101].base_load = 2;
	world_measure(w);
	world_look(w, evacuate_look, &g);
	ck_assert_uint_eq(g.nproposals, 5);
	for (i = 0; i < 5; i++) {
		ck_assert_uint_eq(g.proposals[i].vm, f.proposals[i].vm);
		ck_assert_uint_eq(g.proposals[i].node, f.proposals[i].node);
	}
	finding_clear(&g);
	w->n[f.proposals[0].node - 101].oper = NODE_OFFLINE;
	w->settings.failover_reserve = false;
	world_look(w, evacuate_look, &g);
	ck_assert_uint_eq(g.nproposals, 5);
	for (i = 0; i < 5; i++)
		ck_assert_uint_ne(g.proposals[i].node, f.proposals[0].node);
	finding_clear(&g);
	finding_clear(&f);
	world_free(w);
}
END_TEST

/* --- spread
 * ------------------------------------------------------------------------------ */

START_TEST(test_spread_hard)
{
	struct world *w = four_nodes();
	struct policy_finding f;

	world_set(w, "web", SPREAD_NODE, true);
	vms(w, 0, 3);
	w->v[0].set = w->v[1].set = 0;
	world_measure(w);
	world_look(w, spread_look, &f);
	ck_assert_uint_eq(f.nproposals, 1); /* one of them is enough */
	ck_assert_uint_eq(f.proposals[0].node, 102); /* inside is cheapest */
	ck_assert(f.proposals[0].urgent);
	ck_assert_int_eq(f.proposals[0].benefit, 1000);
	ck_assert_ptr_nonnull(strstr(f.proposals[0].reasons[0].text, "web (hard)"));
	world_carry_out(w, &f, 1);
	finding_clear(&f);
	ck_assert_int_eq(world_clashes(w, 0), 0);
	ck_assert_uint_eq(proposals(w, spread_look, "each is as it should be"), 0);
	world_free(w);
}
END_TEST

START_TEST(test_spread_soft)
{
	struct world *w = four_nodes();
	struct policy_finding f;

	world_set(w, "db", SPREAD_CLUSTER, false);
	vms(w, 0, 2);
	w->v[0].set = w->v[1].set = 0;
	w->v[0].hold = true;
	world_measure(w);
	world_look(w, spread_look, &f);
	ck_assert_uint_eq(f.nproposals, 1);
	ck_assert_uint_eq(f.proposals[0].vm, 2); /* the other is on hold */
	ck_assert_uint_eq(f.proposals[0].cluster, 2);
	ck_assert(!f.proposals[0].urgent);
	finding_clear(&f);
	w->past[1].moved = w->wall - 10;
	ck_assert_uint_eq(proposals(w, spread_look, "db"), 0);
	w->s[0].hard = true; /* a hard one does not wait for that */
	ck_assert_uint_eq(proposals(w, spread_look, NULL), 1);
	w->v[1].hold = true;
	ck_assert_uint_eq(proposals(w, spread_look, "on hold"), 0);
	world_free(w);
}
END_TEST

/* No room for a member: another VM goes first. */
START_TEST(test_spread_makes_room)
{
	struct world *w = world_new();
	struct policy_finding f;

	world_cluster(w, "east");
	world_node(w, 0, "e1", 16, 65536);
	world_node(w, 0, "e2", 16, 16384);
	world_set(w, "web", SPREAD_NODE, true);
	world_vm(w, "a", 0, 1, 8192);
	world_vm(w, "b", 0, 1, 8192);
	world_vm(w, "c", 1, 1, 8192);
	w->v[0].set = w->v[1].set = 0;
	world_measure(w);
	world_look(w, spread_look, &f);
	ck_assert_msg(f.nproposals == 2, "%s", f.status);
	ck_assert_uint_eq(f.proposals[0].vm, 3);
	world_carry_out(w, &f, 2);
	ck_assert_int_eq(world_clashes(w, 0), 0);
	finding_clear(&f);
	world_free(w);
}
END_TEST

/* --- home
 * --------------------------------------------------------------------------------- */

static struct world *
away(void)
{
	struct world *w = four_nodes();
	int i;

	vms(w, 0, 3);
	vms(w, 1, 3);
	vms(w, 2, 4);
	vms(w, 3, 3);
	for (i = 6; i < 8; i++) {
		w->v[i].home = 0;
		w->v[i].load = 0.2;
		w->v[i].memory = 256;
	}
	w->v[8].load = w->v[9].load = 1.3;
	w->v[8].memory = w->v[9].memory = 2900;
	world_measure(w);
	return w;
}

START_TEST(test_home_when_calm)
{
	struct world *w = away();
	struct policy_finding f;

	w->v[7].priority = 100;
	world_look(w, home_look, &f);
	ck_assert_msg(f.nproposals == 2, "%s", f.status);
	ck_assert_uint_eq(f.proposals[0].cluster, 1);
	ck_assert(!f.proposals[0].urgent);
	ck_assert(f.wants);
	world_carry_out(w, &f, 2);
	finding_clear(&f);
	w->wall += 4000;
	world_measure(w);
	ck_assert_uint_eq(proposals(w, home_look, "is there"), 0);
	ck_assert_uint_eq(proposals(w, balance_look, NULL), 0);
	world_free(w);
}
END_TEST

START_TEST(test_home_waits)
{
	struct world *w = away();
	struct policy_finding f;

	/* somewhere something happened */
	world_event(w, EVENT_NODE_STATE, w->wall - 899, 1, "west/w2");
	world_look(w, home_look, &f);
	ck_assert_uint_eq(f.nproposals, 0);
	ck_assert(!f.yields); /* what was proposed goes, too */
	ck_assert_ptr_nonnull(strstr(f.status, "event about west/w2"));
	finding_clear(&f);
	w->wall += 1;
	ck_assert_uint_eq(proposals(w, home_look, NULL), 2);
	/* a move of somebody's ended */
	world_event(w, EVENT_MOVE_ENDED, w->wall - 100, 1, "ann/7");
	ck_assert_uint_eq(proposals(w, home_look, "ann/7"), 0);
	w->ne--;
	/* a failover */
	w->v[0].oper = VM_STOPPING;
	w->v[0].since = w->wall - 5;
	ck_assert_uint_eq(proposals(w, home_look, "waits"), 0);
	w->v[0].oper = VM_RUNNING;
	/* moved lately */
	w->past[6].moved = w->past[7].moved = w->wall - 100;
	ck_assert_uint_eq(
	    proposals(w, home_look, "2 VMs are away from home, and were moved lately"),
	    0);
	world_free(w);
}
END_TEST

START_TEST(test_home_must_be_well)
{
	struct world *w = away();

	w->c[0].admin = CLUSTER_MAINTENANCE;
	ck_assert_uint_eq(proposals(w, home_look, "takes nothing"), 0);
	w->c[0].admin = CLUSTER_ACTIVE;
	w->c[0].oper = CLUSTER_ERROR;
	ck_assert_uint_eq(proposals(w, home_look, NULL), 0);
	w->c[0].oper = CLUSTER_NORMAL;
	w->n[0].base_memory = w->n[1].base_memory = 40000;
	world_measure(w);
	ck_assert_uint_eq(proposals(w, home_look, "find no room"), 0);
	world_free(w);
}
END_TEST

/* What balance would take away again stays. */
START_TEST(test_home_fights_not)
{
	struct world *w = away();
	int i;

	for (i = 0; i < w->nv; i++) /* each node has 4.2 */
		w->v[i].load = 1.4;
	w->v[6].load = w->v[7].load = 1.6;
	w->v[8].load = w->v[9].load = 0.5;
	world_measure(w);
	ck_assert_uint_eq(proposals(w, balance_look, NULL), 0);
	ck_assert_uint_eq(proposals(w, home_look, "less even than balance bears"), 0);
	w->settings.minimum_gain = 990; /* nor when balance would have to bear it */
	ck_assert_uint_eq(proposals(w, home_look, "less even than balance bears"), 0);
	world_free(w);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("evacuate, spread, home");
	TCase *tc = tcase_create("evacuate");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, test_nothing_to_evacuate);
	tcase_add_test(tc, test_cluster);
	tcase_add_test(tc, test_node_inside_first);
	tcase_add_test(tc, test_who_stays);
	tcase_add_test(tc, test_no_room);
	tcase_add_test(tc, test_not_from_the_unknown);
	tcase_add_test(tc, test_evacuated_sets);
	tcase_add_test(tc, test_unmeasured);
	tcase_add_test(tc, test_refill);
	tcase_add_test(tc, test_places_stand);
	suite_add_tcase(s, tc);
	tc = tcase_create("spread");
	tcase_add_test(tc, test_spread_hard);
	tcase_add_test(tc, test_spread_soft);
	tcase_add_test(tc, test_spread_makes_room);
	suite_add_tcase(s, tc);
	tc = tcase_create("home");
	tcase_add_test(tc, test_home_when_calm);
	tcase_add_test(tc, test_home_waits);
	tcase_add_test(tc, test_home_must_be_well);
	tcase_add_test(tc, test_home_fights_not);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
