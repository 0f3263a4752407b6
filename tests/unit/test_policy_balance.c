/*
 * SPDX-License-Identifier: Apache-2.0
 * The balance policy, by what users of other balancers complain of: moves that make it
 * worse, moves though it is even, VMs thrown back and forth, pins that flap, plans on a
 * moment's load, mass moves after a node was away for a moment, a drained node beside a
 * full one.
 */
#include <check.h>
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

static void
vms(struct world *w, int node, int n, double load, int64_t memory)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
	char name[3] = { 0 };

	for (; n > 0; n--) {
		name[0] = letters[w->nv / 26];
		name[1] = letters[w->nv % 26];
		world_vm(w, name, node, load, memory);
	}
}

/* e1 has everything: 8 VMs of 1 CPU. */
static struct world *
lopsided(void)
{
	struct world *w = four_nodes();

	vms(w, 0, 8, 1, 2048);
	world_measure(w);
	return w;
}

static size_t
proposals(struct world *w, const char *status)
{
	struct policy_finding f;
	size_t n;

	world_look(w, balance_look, &f);
	n = f.nproposals;
	if (status != NULL)
		ck_assert_msg(strstr(f.status, status) != NULL, "%s", f.status);
	finding_clear(&f);
	return n;
}

static bool
tells(const struct policy_proposal *p, const char *what)
{
	size_t i;

	for (i = 0; i < p->nreasons; i++)
		if (strstr(p->reasons[i].text, what) != NULL)
			return true;
	return false;
}

START_TEST(test_evens_out)
{
	struct world *w = lopsided();
	struct policy_finding f;
	const double before = world_imbalance(w);

	world_look(w, balance_look, &f);
	ck_assert(f.wants);
	ck_assert(!f.yields);
	ck_assert_int_gt(f.imbalance, 900);
	ck_assert_uint_ge(f.nproposals, 3);
	ck_assert_uint_le(f.nproposals, 6);
	ck_assert_ptr_nonnull(strstr(f.status, "would bring it to"));
	ck_assert(!f.proposals[0].urgent);
	ck_assert_int_gt(f.proposals[0].benefit, 0);
	ck_assert(tells(&f.proposals[0], "CPU of east/e1 50 % to 44 %"));
	ck_assert(tells(&f.proposals[0], "rather than"));
	ck_assert(!tells(&f.proposals[0], "score"));
	ck_assert(tells(&f.proposals[0], "imbalance 100.0 % to "));
	ck_assert_ptr_nonnull(strstr(f.proposals[0].reasons[0].text, "e1"));
	world_carry_out(w, &f, f.nproposals);
	ck_assert(world_imbalance(w) < before / 4);
	finding_clear(&f);
	world_free(w);
}
END_TEST

/* ProxLB #183: moves although it is even; also by another number of VMs. */
START_TEST(test_even_is_left_alone)
{
	struct world *w = four_nodes();

	vms(w, 0, 1, 4, 8192);
	vms(w, 1, 8, 0.5, 1024);
	vms(w, 2, 4, 1, 2048);
	vms(w, 3, 2, 2, 4096);
	world_measure(w);
	ck_assert_uint_eq(proposals(w, "nothing is done"), 0);
	world_free(w);
}
END_TEST

/* A moment's load: csNodeCpuLoad says 100 % everywhere, the mean does not. */
START_TEST(test_moment_counts_for_nothing)
{
	struct world *w = four_nodes();
	int i;

	for (i = 0; i < 4; i++)
		vms(w, i, 2, 1, 2048);
	world_measure(w);
	ck_assert_uint_eq(proposals(w, NULL), 0);
	/* one sample of a peak, smoothed */
	for (i = 0; i < 2; i++)
		w->v[i].load = 1.5;
	world_smooth(w, 30000, 120000, 0);
	ck_assert_uint_eq(proposals(w, NULL), 0);
	world_free(w);
}
END_TEST

/* ProxLB #128, #390: after a plan was carried out smoothed loads lag, and nothing goes
 * back, nor on. */
START_TEST(test_no_way_back)
{
	struct world *w = lopsided();
	struct policy_finding f;
	int i;

	w->settings.cool_down = 0;
	world_look(w, balance_look, &f);
	world_carry_out(w, &f, f.nproposals);
	finding_clear(&f);
	for (i = 0; i < 60; i++) {
		w->wall += 30;
		w->now += 30000;
		world_smooth(w, 30000, 120000, 0);
		ck_assert_msg(proposals(w, NULL) == 0, "%d s after", 30 * (i + 1));
	}
	world_free(w);
}
END_TEST

/* ProxLB credativ #44: one node drained to 2 %, another at 60 %. */
START_TEST(test_nobody_is_drained)
{
	struct world *w = four_nodes();
	struct policy_finding f;
	double x, least = 1, most = 0;
	int i;

	vms(w, 0, 6, 1.5, 2048);
	vms(w, 1, 4, 1, 2048);
	vms(w, 2, 3, 1.2, 2048);
	vms(w, 3, 2, 0.8, 2048);
	world_measure(w);
	world_look(w, balance_look, &f);
	ck_assert_uint_gt(f.nproposals, 0);
	world_carry_out(w, &f, f.nproposals);
	finding_clear(&f);
	for (i = 0; i < 4; i++) {
		x = world_node_load(w, i) / 16;
		least = x < least ? x : least;
		most = x > most ? x : most;
	}
	ck_assert_msg(least > 0.2 && most < 0.4, "%f to %f", least, most);
	world_free(w);
}
END_TEST

/* ProxLB #416: what may not move is never proposed, look after look. */
START_TEST(test_pins_hold)
{
	struct world *w = lopsided();
	struct policy_finding f;
	size_t i;
	int k;

	for (k = 0; k < 7; k++)
		w->v[k].nsites = 1; /* east only */
	w->v[7].hold = true;
	for (k = 0; k < 10; k++) {
		world_look(w, balance_look, &f);
		ck_assert_uint_gt(f.nproposals, 0);
		for (i = 0; i < f.nproposals; i++) {
			ck_assert_uint_eq(f.proposals[i].cluster, 1);
			ck_assert_uint_ne(f.proposals[i].vm, 8);
		}
		finding_clear(&f);
		w->wall += 60;
	}
	w->n[1].admin = CLUSTER_MAINTENANCE;
	ck_assert_uint_eq(proposals(w, "nothing is to be done"), 0);
	world_free(w);
}
END_TEST

/* DRS KB 323462: an agent that flaps made mass moves to a few hosts. */
START_TEST(test_flap)
{
	struct world *w = lopsided();
	struct policy_finding f;
	size_t i;

	w->n[3].oper = NODE_OFFLINE;
	world_event(w, EVENT_NODE_STATE, w->wall - 10, 1, "west/w2");
	ck_assert_uint_eq(proposals(w, "waits: server west/w2 was lost"), 0);
	w->n[3].oper = NODE_ONLINE; /* and back */
	world_event(w, EVENT_NODE_STATE, w->wall - 5, 1, "west/w2");
	world_look(w, balance_look, &f);
	for (i = 0; i < f.nproposals; i++)
		ck_assert_uint_ne(f.proposals[i].node, 104);
	finding_clear(&f);
	w->wall += SCENE_FLAP;
	ck_assert_uint_gt(proposals(w, NULL), 0);
	world_free(w);
}
END_TEST

START_TEST(test_yields_to_failover)
{
	struct world *w = lopsided();
	struct policy_finding f;

	w->v[7].oper = VM_STARTING;
	w->v[7].since = w->wall - 5;
	world_look(w, balance_look, &f);
	ck_assert_uint_eq(f.nproposals, 0);
	ck_assert(f.yields);
	ck_assert(!f.wants);
	ck_assert_int_gt(f.imbalance, 500); /* is measured all the same */
	ck_assert_ptr_nonnull(strstr(f.status, "vm ah is starting"));
	finding_clear(&f);
	world_free(w);
}
END_TEST

START_TEST(test_cool_down)
{
	struct world *w = lopsided();
	int i;

	for (i = 0; i < 8; i++)
		w->past[i].moved = w->wall - 3599;
	ck_assert_uint_eq(proposals(w, "cools down"), 0);
	for (i = 0; i < 8; i++)
		w->past[i].moved = 0;
	for (i = 0; i < 8; i++) /* moved by somebody, and told by the row only */
		w->v[i].moved = w->wall - 3599;
	ck_assert_uint_eq(proposals(w, NULL), 0);
	w->wall += 1;
	ck_assert_uint_gt(proposals(w, NULL), 0);
	world_free(w);
}
END_TEST

/* DRS: moves that bring less than they cost. */
START_TEST(test_minimum_gain)
{
	struct world *w = four_nodes();

	vms(w, 0, 5, 1, 2048);
	vms(w, 1, 4, 1, 2048);
	vms(w, 2, 4, 1, 2048);
	vms(w, 3, 3, 1, 2048);
	world_measure(w);
	w->settings.imbalance = 50;
	ck_assert_uint_gt(proposals(w, NULL), 0);
	w->settings.minimum_gain = 990;
	ck_assert_uint_eq(proposals(w, "the least that is worth it"), 0);
	world_free(w);
}
END_TEST

/* A node above high_load is relieved although the set is even enough; others are
 * filled up to target_load only. */
START_TEST(test_high_load)
{
	struct world *w = four_nodes();
	struct policy_finding f;
	int i;

	vms(w, 0, 7, 2, 2048); /* 88 % */
	vms(w, 1, 5, 2, 2048);
	vms(w, 2, 5, 2, 2048);
	vms(w, 3, 5, 2, 2048);
	w->settings.imbalance = 900;
	world_measure(w);
	world_look(w, balance_look, &f);
	ck_assert_msg(f.nproposals == 0, "%s", f.status); /* 75 % would be above 70 % */
	finding_clear(&f);
	w->v[w->nv - 1].load = 0.5;
	world_measure(w);
	world_look(w, balance_look, &f);
	ck_assert_uint_ge(f.nproposals, 1);
	ck_assert_uint_eq(f.proposals[0].node, 104);
	ck_assert(!f.proposals[0].urgent);
	world_carry_out(w, &f, f.nproposals);
	finding_clear(&f);
	for (i = 0; i < 4; i++)
		ck_assert(world_node_load(w, i) <= 16 * 0.8);
	world_free(w);
}
END_TEST

START_TEST(test_memory_counts)
{
	struct world *w = four_nodes();
	int i;

	for (i = 0; i < 4; i++)
		vms(w, i, 1, 4, 1024);
	vms(w, 0, 10, 0, 4096);
	world_measure(w);
	ck_assert_uint_gt(proposals(w, NULL), 0);
	world_free(w);
}
END_TEST

/* What no VM of ours uses counts as load: the node looks empty, and is not. */
START_TEST(test_other_load_counts)
{
	struct world *w = four_nodes();
	struct policy_finding f;
	size_t i;

	vms(w, 0, 8, 1, 2048);
	w->n[2].base_load = 8; /* somebody else's */
	world_measure(w);
	world_look(w, balance_look, &f);
	ck_assert_uint_gt(f.nproposals, 0);
	for (i = 0; i < f.nproposals; i++)
		ck_assert_uint_ne(f.proposals[i].node, 103);
	finding_clear(&f);
	world_free(w);
}
END_TEST

/* Stale is unknown, and unknown takes no part. */
START_TEST(test_stale)
{
	struct world *w = lopsided();
	struct policy_finding f;
	size_t i;

	w->n[3].stale = true;
	world_look(w, balance_look, &f);
	ck_assert_uint_gt(f.nproposals, 0);
	for (i = 0; i < f.nproposals; i++)
		ck_assert_uint_ne(f.proposals[i].node, 104);
	finding_clear(&f);
	w->n[0].stale = true;
	ck_assert_uint_eq(proposals(w, NULL), 0);
	w->n[1].stale = true;
	world_look(w, balance_look, &f);
	ck_assert_int_eq(f.imbalance, -1);
	ck_assert_ptr_nonnull(strstr(f.status, "2 are needed"));
	finding_clear(&f);
	world_free(w);
}
END_TEST

/* N+1: a cluster that could not lose its biggest node any more takes nothing. */
START_TEST(test_reserve)
{
	struct world *w = four_nodes();
	struct policy_finding f;
	size_t i;

	vms(w, 0, 8, 1, 2048);
	w->n[1].admin = CLUSTER_MAINTENANCE; /* so that all would go west */
	w->n[2].base_memory = 30000;
	w->n[3].base_memory = 28000;
	world_measure(w);
	ck_assert_uint_eq(proposals(w, "reserve"), 0);
	w->settings.failover_reserve = false;
	world_look(w, balance_look, &f);
	ck_assert_uint_gt(f.nproposals, 0);
	for (i = 0; i < f.nproposals; i++)
		ck_assert_uint_eq(f.proposals[i].cluster, 2);
	finding_clear(&f);
	world_free(w);
}
END_TEST

/* Sets that are violated are spread's; what is apart stays apart, also of soft sets. */
START_TEST(test_sets)
{
	struct world *w = lopsided();
	struct policy_finding f;
	size_t i;

	world_set(w, "web", SPREAD_NODE, true);
	world_set(w, "db", SPREAD_CLUSTER, false);
	w->v[0].set = w->v[1].set = 0; /* together on e1 */
	w->v[2].set = 1;
	vms(w, 2, 1, 0.1, 1024);
	w->v[8].set = 1; /* apart, in west */
	world_measure(w);
	world_look(w, balance_look, &f);
	ck_assert_uint_gt(f.nproposals, 0);
	for (i = 0; i < f.nproposals; i++) {
		ck_assert_uint_gt(f.proposals[i].vm, 2);
		if (f.proposals[i].vm == 3)
			ck_assert_uint_eq(f.proposals[i].cluster, 1);
	}
	world_carry_out(w, &f, f.nproposals);
	ck_assert_int_eq(world_clashes(w, 1), 0);
	finding_clear(&f);
	world_free(w);
}
END_TEST

/* A soft set, too, where the load alone would be worth it. */
START_TEST(test_soft_set_is_kept)
{
	struct world *w = four_nodes();

	world_set(w, "db", SPREAD_CLUSTER, false);
	w->n[1].admin = w->n[3].admin = CLUSTER_MAINTENANCE;
	w->settings.failover_reserve = false;
	vms(w, 0, 2, 6, 2048);
	vms(w, 2, 1, 0.1, 1024);
	w->v[1].hold = true;
	world_measure(w);
	ck_assert_uint_eq(proposals(w, NULL), 1);
	w->v[0].set = w->v[2].set = 0;
	ck_assert_uint_eq(proposals(w, "availability set db"), 0);
	world_free(w);
}
END_TEST

/* The bound of one look: what can be done in two hours. */
START_TEST(test_few_at_a_time)
{
	struct world *w = four_nodes();

	vms(w, 0, 60, 0.2, 512);
	world_measure(w);
	w->settings.max_moves_hour = 3;
	ck_assert_uint_eq(proposals(w, NULL), 6);
	world_free(w);
}
END_TEST

/* One cluster alone, moves inside it. */
START_TEST(test_one_cluster)
{
	struct world *w = world_new();
	struct policy_finding f;

	world_cluster(w, "east");
	world_node(w, 0, "e1", 16, 65536);
	world_node(w, 0, "e2", 16, 65536);
	vms(w, 0, 8, 1, 2048);
	world_measure(w);
	world_look(w, balance_look, &f);
	ck_assert_uint_ge(f.nproposals, 3);
	ck_assert(f.proposals[0].cost < 0);
	finding_clear(&f);
	world_free(w);
}
END_TEST

/* What an operator reads does not change with every breath of a load ... */
START_TEST(test_proposals_stand)
{
	struct world *w = lopsided();
	struct policy_finding f, g;
	size_t i;
	int k, round;

	for (k = 0; k < 8; k++)
		w->v[k].load = 0.7 + 0.1 * k;
	world_measure(w);
	world_look(w, balance_look, &f);
	ck_assert_uint_ge(f.nproposals, 3);
	world_stands(w, "balance", &f);
	for (round = 0; round < 20; round++) {
		world_smooth(w, 30000, 120000, 0.3);
		world_look(w, balance_look, &g);
		ck_assert_uint_eq(g.nproposals, f.nproposals);
		for (i = 0; i < f.nproposals; i++) {
			ck_assert_uint_eq(g.proposals[i].vm, f.proposals[i].vm);
			ck_assert_uint_eq(g.proposals[i].node, f.proposals[i].node);
			ck_assert_int_gt(g.proposals[i].benefit, 0);
		}
		finding_clear(&g);
	}
	/* ... but with the facts: the first one goes nowhere any more */
	w->v[f.proposals[0].vm - 1].hold = true;
	world_look(w, balance_look, &g);
	ck_assert_uint_gt(g.nproposals, 0);
	for (i = 0; i < g.nproposals; i++)
		ck_assert_uint_ne(g.proposals[i].vm, f.proposals[0].vm);
	finding_clear(&g);
	finding_clear(&f);
	world_free(w);
}
END_TEST

/* What was begun goes on below the imbalance at which it began, and ends at half. */
START_TEST(test_hysteresis)
{
	struct world *w = four_nodes();

	vms(w, 0, 5, 1, 1024);
	vms(w, 1, 4, 1, 1024);
	vms(w, 2, 4, 1, 1024);
	vms(w, 3, 3, 1, 1024);
	world_measure(w);
	ck_assert(world_imbalance(w) > 0.05 && world_imbalance(w) < 0.2);
	w->settings.imbalance = (int64_t)(world_imbalance(w) * 1500);
	ck_assert_uint_eq(proposals(w, NULL), 0);
	w->p[w->np++] = (struct w_plan) { "balance", 1, 2, 103, PLAN_MOVING };
	ck_assert_uint_gt(proposals(w, NULL), 0);
	w->settings.imbalance = (int64_t)(world_imbalance(w) * 2500);
	ck_assert_uint_eq(proposals(w, NULL), 0);
	world_free(w);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("balance");
	TCase *tc = tcase_create("balance");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_evens_out);
	tcase_add_test(tc, test_even_is_left_alone);
	tcase_add_test(tc, test_moment_counts_for_nothing);
	tcase_add_test(tc, test_no_way_back);
	tcase_add_test(tc, test_nobody_is_drained);
	tcase_add_test(tc, test_pins_hold);
	tcase_add_test(tc, test_flap);
	tcase_add_test(tc, test_yields_to_failover);
	tcase_add_test(tc, test_cool_down);
	tcase_add_test(tc, test_minimum_gain);
	tcase_add_test(tc, test_high_load);
	tcase_add_test(tc, test_memory_counts);
	tcase_add_test(tc, test_other_load_counts);
	tcase_add_test(tc, test_stale);
	tcase_add_test(tc, test_reserve);
	tcase_add_test(tc, test_sets);
	tcase_add_test(tc, test_soft_set_is_kept);
	tcase_add_test(tc, test_few_at_a_time);
	tcase_add_test(tc, test_one_cluster);
	tcase_add_test(tc, test_proposals_stand);
	tcase_add_test(tc, test_hysteresis);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
