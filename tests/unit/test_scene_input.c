/*
 * SPDX-License-Identifier: Apache-2.0
 * Scenes as the planner's input: sums that are true, states of nodes, moves under way.
 */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "tests/unit/scene_world.h"

/* Clusters east (e1, e2) and west (w1, w2), 16 CPUs and 64 GiB each; vm0, vm1 on e1. */
static struct world *
two_clusters(void)
{
	struct world *w = world_new();

	world_cluster(w, "east");
	world_cluster(w, "west");
	world_node(w, 0, "e1", 16, 65536);
	world_node(w, 0, "e2", 16, 65536);
	world_node(w, 1, "w1", 16, 65536);
	world_node(w, 1, "w2", 16, 65536);
	world_vm(w, "vm0", 0, 2, 4096);
	world_vm(w, "vm1", 0, 1, 8192);
	world_measure(w);
	return w;
}

static double
sum_of(const struct plan_input *in, int node)
{
	double sum = in->nodes[node].base_load;
	size_t i;

	for (i = 0; i < in->nvms; i++)
		if (in->vms[i].node == node)
			sum += in->vms[i].load;
	return sum;
}

/* What a node uses beyond its VMs counts, whoever uses it. */
START_TEST(test_base)
{
	struct world *w = two_clusters();
	struct plan_input *in;
	struct scene *s;

	w->n[0].base_load = 1.5;
	w->n[0].base_memory = 2048;
	w->v[1].load = -1; /* uses 1, told to nobody */
	w->v[1].memory = -1; /* 1024 */
	world_measure(w);
	s = world_scene(w);
	in = scene_plan_input(s);
	ck_assert(in->vms[1].hold);
	ck_assert(!in->vms[0].hold);
	ck_assert(fabs(in->nodes[0].base_load - 2.5) < 0.02);
	ck_assert_int_eq(in->nodes[0].base_memory, 2048 + 1024);
	ck_assert(fabs(sum_of(in, 0) - world_node_load(w, 0)) < 0.02);
	plan_input_free(in);
	scene_free(s);
	world_free(w);
}
END_TEST

/* After a move smoothed loads still show the VM where it was: sums do not. */
START_TEST(test_lag)
{
	struct world *w = two_clusters();
	struct plan_input *in;
	struct scene *s;
	int i;

	w->n[0].base_load = w->n[2].base_load = 1;
	world_measure(w);
	world_move(w, 0, 2, true);
	w->m[0].downtime_ms = 0;
	for (i = 0; i < 12; i++) {
		world_smooth(w, 30000, 120000, 0);
		w->wall += 30;
		w->now += 30000;
		s = world_scene(w);
		in = scene_plan_input(s);
		ck_assert_msg(
		    fabs(sum_of(in, 0) - 2) < 0.05, "%d: %f", i, sum_of(in, 0));
		ck_assert_msg(
		    fabs(sum_of(in, 2) - 3) < 0.05, "%d: %f", i, sum_of(in, 2));
		plan_input_free(in);
		scene_free(s);
	}
	world_free(w);
}
END_TEST

/* What is on its way counts where it goes, and not twice. */
START_TEST(test_open_move)
{
	struct world *w = two_clusters();
	struct plan_input *in;
	struct scene *s;

	w->m = xcalloc(1, sizeof *w->m);
	w->m[w->nm++] =
	    (struct w_move) { .vm = 0, .from_node = 0, .to_node = 3, .open = true };
	s = world_scene(w);
	ck_assert_uint_eq(s->moves_open, 1);
	ck_assert(s->vms[0].busy);
	ck_assert_int_eq(s->vms[0].to_node, 3);
	in = scene_plan_input(s);
	ck_assert(in->vms[0].hold);
	ck_assert_int_eq(in->vms[0].node, 3);
	ck_assert(fabs(sum_of(in, 0) - 1) < 0.01);
	ck_assert(fabs(sum_of(in, 3) - 2) < 0.01);
	plan_input_free(in);
	scene_free(s);
	world_free(w);
}
END_TEST

START_TEST(test_node_states)
{
	struct world *w = two_clusters();
	struct plan_input *in;
	struct scene *s;

	w->n[0].stale = true;
	w->n[1].oper = NODE_OFFLINE;
	w->n[2].admin = CLUSTER_MAINTENANCE;
	world_event(w, EVENT_NODE_STATE, w->wall - 20, 1, "west/w2"); /* came back */
	s = world_scene(w);
	in = scene_plan_input(s);
	ck_assert_int_eq(in->nodes[0].state, PLAN_NODE_UNKNOWN);
	ck_assert_int_eq(in->nodes[1].state, PLAN_NODE_OFFLINE);
	ck_assert_int_eq(in->nodes[2].state, PLAN_NODE_MAINTENANCE);
	ck_assert_int_eq(in->nodes[3].state, PLAN_NODE_UNKNOWN);
	plan_input_free(in);
	scene_free(s);
	w->e[0].wall = w->wall - SCENE_FLAP;
	w->n[3].memory = 0;
	s = world_scene(w);
	in = scene_plan_input(s);
	ck_assert_int_eq(in->nodes[3].state, PLAN_NODE_UNKNOWN);
	ck_assert_int_eq(plan_input_check(in, NULL, NULL), 0);
	plan_input_free(in);
	scene_free(s);
	w->n[3].memory = 65536;
	s = world_scene(w);
	in = scene_plan_input(s);
	ck_assert_int_eq(in->nodes[3].state, PLAN_NODE_ONLINE);
	plan_input_free(in);
	scene_free(s);
	world_free(w);
}
END_TEST

START_TEST(test_downtime_is_the_mean_of_the_last)
{
	struct world *w = two_clusters();
	struct scene *s;
	int i;

	for (i = 0; i < 7; i++) {
		w->wall += 100;
		world_move(w, 0, i % 2 == 0 ? 2 : 0, false);
		w->m[i].downtime_ms = i < 2 ? 900000 : 10000 + i * 1000;
	}
	world_move(w, 1, 1, false); /* inside a cluster: not measured there */
	s = world_scene(w);
	ck_assert_int_eq(s->vms[0].downtime, 14000);
	ck_assert(s->vms[1].downtime < 0);
	scene_free(s);
	world_free(w);
}
END_TEST

/* --- size
 * ---------------------------------------------------------------------------------- */

enum { BIG_CLUSTERS = 1000, BIG_VMS = 20000 };

START_TEST(test_big)
{
	struct table *t[TABLE_COUNT];
	struct generation *g;
	struct timespec a, b;
	struct plan_input *in;
	struct scene *s;
	uint32_t key[2];
	char name[32];
	unsigned i, k;

	for (i = 0; i < TABLE_COUNT; i++)
		t[i] = table_new(&row_types[i]);
	for (i = 1; i <= BIG_CLUSTERS; i++) {
		key[0] = i;
		snprintf(name, sizeof name, "c%u", i);
		table_put(t[TABLE_CLUSTER], key, 1,
		    &(struct cluster_row) { .name = name,
		        .admin = CLUSTER_ACTIVE,
		        .oper = CLUSTER_NORMAL });
		for (k = 1; k <= 2; k++) {
			key[1] = k;
			table_put(t[TABLE_NODE], key, 2,
			    &(struct node_row) { .name = "n",
			        .admin = CLUSTER_ACTIVE,
			        .oper = NODE_ONLINE,
			        .cpus = 16,
			        .cpu_mean = 300,
			        .memory_total = 65536,
			        .memory_mean = 30000 });
		}
	}
	for (i = 1; i <= BIG_VMS; i++) {
		key[0] = i;
		snprintf(name, sizeof name, "vm%u", i);
		table_put(t[TABLE_VM], key, 1,
		    &(struct vm_row) { .name = name,
		        .kind = VM_SHARED_DISK,
		        .admin = VM_UP,
		        .hold = 2,
		        .oper = VM_RUNNING,
		        .cluster = i % BIG_CLUSTERS + 1,
		        .node = 1 + i % 2,
		        .priority = ROW_NONE,
		        .memory = 2048,
		        .cpu_milli = 300,
		        .vcpus = 2 });
		for (k = 0; k < 2; k++) {
			key[1] = (i + k) % BIG_CLUSTERS + 1;
			table_put(t[TABLE_VM_SITE], key, 2,
			    &(struct vm_site_row) {
			        .oper = k == 0 ? SITE_ONLINE : SITE_OFFLINE,
			        .preference = k,
			        .blocked = 2,
			        .autostart = AUTOSTART_MANUAL });
		}
		table_put(t[TABLE_DISK], key, 1,
		    &(struct disk_row) { .name = name,
		        .oper = DISK_OWNED,
		        .owner_cluster = i % BIG_CLUSTERS + 1,
		        .vm = i });
	}
	g = generation_new(t, 1, 1000);
	clock_gettime(CLOCK_MONOTONIC, &a);
	s = scene_new(g, 1000, 1800000000);
	in = scene_plan_input(s);
	clock_gettime(CLOCK_MONOTONIC, &b);
	ck_assert_uint_eq(s->nvms, BIG_VMS);
	ck_assert(s->vms[BIG_VMS - 1].free);
	ck_assert(!in->vms[5].hold);
	printf("# scene and input of %d VMs: %.1f ms\n", BIG_VMS,
	    (double)(b.tv_sec - a.tv_sec) * 1e3 +
	        (double)(b.tv_nsec - a.tv_nsec) / 1e6);
	plan_input_free(in);
	scene_free(s);
	generation_unref(g);
	for (i = 0; i < TABLE_COUNT; i++)
		table_free(t[i]);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("scenes as input");
	TCase *tc = tcase_create("input");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_base);
	tcase_add_test(tc, test_lag);
	tcase_add_test(tc, test_open_move);
	tcase_add_test(tc, test_node_states);
	tcase_add_test(tc, test_downtime_is_the_mean_of_the_last);
	tcase_add_test(tc, test_big);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
