/*
 * SPDX-License-Identifier: Apache-2.0
 * Scenes: what is read of a generation, who may be touched, what is in transit, and
 * that the planner's sums are true.
 */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

START_TEST(test_reads)
{
	struct world *w = two_clusters();
	struct scene *s;

	w->v[0].home = 1;
	w->v[0].priority = 7;
	s = world_scene(w);
	ck_assert_uint_eq(s->nclusters, 2);
	ck_assert_uint_eq(s->nnodes, 4);
	ck_assert_uint_eq(s->clusters[1].node, 2);
	ck_assert_uint_eq(s->clusters[1].nnodes, 2);
	ck_assert_str_eq(s->nodes[3].name, "w2");
	ck_assert(s->nodes[3].takes);
	ck_assert(fabs(s->nodes[0].load - 3) < 0.01);
	ck_assert_int_eq(s->nodes[0].memory_used, 12288);
	ck_assert_int_eq(s->vms[0].node, 0);
	ck_assert_int_eq(s->vms[0].home, 1);
	ck_assert_int_eq(s->vms[0].priority, 7);
	ck_assert_uint_eq(s->vms[0].nsites, 2);
	ck_assert(s->vms[0].free);
	ck_assert(s->vms[0].across);
	ck_assert(s->vms[0].downtime < 0);
	ck_assert(!s->failover);
	ck_assert_str_eq(s->failover_text, "");
	ck_assert_int_eq(scene_vm_find(s, 2), 1);
	ck_assert_int_eq(scene_vm_find(s, 9), -1);
	ck_assert_int_eq(scene_node_find(s, 2, 103), 2);
	ck_assert_int_eq(scene_node_find(s, 1, 103), -1);
	scene_free(s);
	world_free(w);
}
END_TEST

START_TEST(test_empty)
{
	struct world *w = world_new();
	struct scene *s = world_scene(w);
	struct plan_input *in = scene_plan_input(s);

	ck_assert_uint_eq(s->nvms, 0);
	ck_assert(!s->failover);
	ck_assert_uint_eq(in->nnodes, 0);
	plan_input_free(in);
	scene_free(s);
	world_free(w);
}
END_TEST

/* What makes vm0 not free: what is changed, and a word of why. */
static void
hold(struct world *w)
{
	w->v[0].hold = true;
}

static void
down(struct world *w)
{
	w->v[0].admin = VM_DOWN;
}

static void
unadopted(struct world *w)
{
	w->v[0].admin = 0;
}

static void
replica(struct world *w)
{
	w->v[0].kind = VM_REPLICA;
}

static void
conflict(struct world *w)
{
	w->v[0].oper = VM_CONFLICT;
}

static void
unknown(struct world *w)
{
	w->v[0].oper = VM_UNKNOWN;
}

static void
starting(struct world *w)
{
	w->v[0].oper = VM_STARTING;
}

static void
bound(struct world *w)
{
	w->v[0].to_cluster = 1;
}

static void
unreachable(struct world *w)
{
	w->c[0].oper = CLUSTER_UNREACHABLE;
}

static void
suspended(struct world *w)
{
	w->c[0].oper = CLUSTER_SUSPENDED;
	w->v[0].oper = VM_RUNNING;
}

static void
maintained(struct world *w)
{
	w->c[0].admin = CLUSTER_MAINTENANCE;
}

static void
node_maintained(struct world *w)
{
	w->n[0].admin = CLUSTER_MAINTENANCE;
}

static void
node_suspended(struct world *w)
{
	w->n[0].oper = NODE_SUSPENDED;
}

static void
released(struct world *w)
{
	w->v[0].disk_owner = -1;
}

static void
owned_elsewhere(struct world *w)
{
	w->v[0].disk_owner = 1;
}

static const struct {
	void (*change)(struct world *);
	const char *why;
	bool leaves;
} unfree[] = {
	{ hold, "hold", false },
	{ down, "set to be down", false },
	{ unadopted, "adopted", false },
	{ replica, "replica", false },
	{ conflict, "two places", false },
	{ unknown, "not known", false },
	{ starting, "starting", false },
	{ bound, "move", false },
	{ unreachable, "not known", false },
	{ suspended, "not known to be well", false },
	{ maintained, "maintenance", true },
	{ node_maintained, "maintenance", true },
	{ node_suspended, "not Online", false },
	{ released, "which cluster owns", false },
	{ owned_elsewhere, "another cluster", false },
};

START_TEST(test_who_may_be_touched)
{
	struct world *w = two_clusters();
	struct plan_input *in;
	struct scene *s;

	unfree[_i].change(w);
	s = world_scene(w);
	ck_assert(!s->vms[0].free);
	ck_assert_msg(strstr(s->vms[0].why_not, unfree[_i].why) != NULL, "%s: %s",
	    unfree[_i].why, s->vms[0].why_not);
	ck_assert_int_eq(s->vms[0].leaves, unfree[_i].leaves);
	in = scene_plan_input(s);
	ck_assert(in->vms[0].hold);
	plan_input_free(in);
	scene_free(s);
	world_free(w);
}
END_TEST

/* A VM without disks needs no owner of them. */
START_TEST(test_stateless_is_free)
{
	struct world *w = two_clusters();
	struct scene *s;

	w->v[0].kind = VM_STATELESS;
	s = world_scene(w);
	ck_assert(s->vms[0].free);
	scene_free(s);
	world_free(w);
}
END_TEST

/* Sites that start by themselves keep it in its cluster, there it may move. */
START_TEST(test_autostart_keeps_inside)
{
	struct world *w = two_clusters();
	struct plan_input *in;
	struct scene *s;

	w->v[0].sites[1].blocked = true;
	w->v[0].sites[1].autostart = AUTOSTART_AUTO;
	w->v[1].sites[0].autostart = AUTOSTART_UNKNOWN;
	s = world_scene(w);
	ck_assert(s->vms[0].free);
	ck_assert(!s->vms[0].across);
	ck_assert_ptr_nonnull(strstr(s->vms[0].why_inside, "csVmSiteBlocked"));
	ck_assert(!s->vms[1].across);
	in = scene_plan_input(s);
	ck_assert_uint_eq(in->vms[0].nsites, 1);
	ck_assert_int_eq(in->vms[0].sites[0], 0);
	plan_input_free(in);
	scene_free(s);
	/* accept-autostart: an idle site that is not manual, and yet not blocked */
	w->v[0].sites[1].blocked = false;
	w->v[0].sites[0].autostart = AUTOSTART_AUTO;
	s = world_scene(w);
	ck_assert(s->vms[0].across);
	scene_free(s);
	world_free(w);
}
END_TEST

/* A third cluster that does not answer: it might run there, too. */
START_TEST(test_silent_third_cluster)
{
	struct world *w = world_new();
	struct plan_input *in;
	struct scene *s;
	int i;

	for (i = 0; i < 3; i++)
		world_node(w, world_cluster(w, &"abc"[i]), "n", 8, 65536);
	world_vm(w, "vm", 0, 1, 1024);
	w->c[2].oper = CLUSTER_UNREACHABLE;
	w->c[2].polled = w->now - 10000000;
	s = world_scene(w);
	ck_assert(s->vms[0].free);
	ck_assert(!s->vms[0].across);
	in = scene_plan_input(s);
	ck_assert_uint_eq(in->vms[0].nsites, 1);
	plan_input_free(in);
	scene_free(s);
	world_free(w);
}
END_TEST

/* --- in transit
 * ------------------------------------------------------------------------ */

static bool
is_failover(struct world *w)
{
	struct scene *s = world_scene(w);
	const bool f = s->failover;

	ck_assert_int_eq(f, *s->failover_text != '\0');
	scene_free(s);
	return f;
}

START_TEST(test_vm_in_transit)
{
	struct world *w = two_clusters();
	static const enum cs_vm_oper passing[] = { VM_STOPPED, VM_FAILED, VM_UNKNOWN };
	size_t i;

	ck_assert(!is_failover(w));
	w->v[0].oper = VM_STARTING;
	w->v[0].since = w->wall - 1000;
	ck_assert(is_failover(w));
	w->v[0].since = w->wall - SCENE_STUCK;
	ck_assert(!is_failover(w));
	for (i = 0; i < 3; i++) {
		w->v[0].oper = passing[i];
		w->v[0].since = w->wall - 10;
		ck_assert(is_failover(w));
		w->v[0].since = w->wall - SCENE_TRANSIT;
		ck_assert(!is_failover(w));
		/* found so when the daemon started, long ago */
		w->v[0].since = 0;
		ck_assert(!is_failover(w));
		w->start = w->now - 5000;
		ck_assert(is_failover(w));
		w->start = w->now - 90000000;
	}
	/* ours, set down, on hold, or in maintenance: no reason to wait */
	w->v[0].since = w->wall - 10;
	ck_assert(is_failover(w));
	w->v[0].admin = VM_DOWN;
	ck_assert(!is_failover(w));
	w->v[0].admin = VM_UP;
	w->v[0].hold = true;
	ck_assert(!is_failover(w));
	w->v[0].hold = false;
	w->v[0].to_cluster = 1;
	ck_assert(!is_failover(w));
	w->v[0].to_cluster = -1;
	w->c[0].admin = CLUSTER_MAINTENANCE;
	ck_assert(!is_failover(w));
	world_free(w);
}
END_TEST

/* A cluster that has just gone stops everything; a dead one does not for ever. */
START_TEST(test_cluster_in_transit)
{
	struct world *w = two_clusters();

	w->c[1].oper = CLUSTER_UNREACHABLE;
	w->c[1].polled = w->now - 20000;
	ck_assert(is_failover(w));
	w->c[1].polled = w->now - 1000 * (SCENE_TRANSIT + 1);
	ck_assert(!is_failover(w));
	/* polled all the time, but in error since then */
	w->c[1].oper = CLUSTER_ERROR;
	w->c[1].polled = w->now;
	world_event(w, EVENT_CLUSTER_STATE, w->wall - 100, 1, "west");
	ck_assert(is_failover(w));
	w->e[0].wall = w->wall - SCENE_TRANSIT;
	ck_assert(!is_failover(w));
	w->e[0].wall = w->wall - 100;
	w->c[1].admin = CLUSTER_MAINTENANCE;
	ck_assert(!is_failover(w));
	w->c[1].admin = CLUSTER_IGNORED;
	w->c[1].oper = CLUSTER_UNKNOWN;
	ck_assert(!is_failover(w));
	/* not asked yet: soon after the start only */
	w->c[1].admin = CLUSTER_ACTIVE;
	w->c[1].polled = 0;
	w->e[0].wall = w->wall - 90000;
	ck_assert(!is_failover(w));
	w->start = w->now - 3000;
	ck_assert(is_failover(w));
	world_free(w);
}
END_TEST

START_TEST(test_node_in_transit)
{
	struct world *w = two_clusters();

	w->n[1].oper = NODE_STARTING;
	world_event(w, EVENT_NODE_STATE, w->wall - 60, 0, "east/e2");
	ck_assert(is_failover(w));
	w->n[1].admin = CLUSTER_MAINTENANCE;
	ck_assert(!is_failover(w));
	w->n[1].admin = CLUSTER_ACTIVE;
	w->n[1].oper = NODE_OFFLINE;
	ck_assert(is_failover(w));
	w->e[0].wall = w->wall - SCENE_LOST;
	ck_assert(!is_failover(w));
	world_free(w);
}
END_TEST

/* --- calm
 * ------------------------------------------------------------------------------- */

START_TEST(test_unrest)
{
	struct world *w = two_clusters();
	struct scene *s;

	world_event(w, EVENT_DAEMON_STARTED, w->wall - 5000, -1, "set");
	world_event(w, EVENT_NODE_STATE, w->wall - 600, 0, "east/e1");
	world_event(w, EVENT_SETTING_CHANGED, w->wall - 5, -1, "set");
	s = world_scene(w);
	ck_assert_int_eq(s->unrest, w->wall - 600);
	ck_assert_int_eq(s->nodes[0].changed, w->wall - 600);
	ck_assert_int_eq(s->nodes[1].changed, 0);
	ck_assert(scene_node_settled(s, 0, 600));
	ck_assert(!scene_node_settled(s, 0, 601));
	scene_free(s);
	/* what we moved ourselves is no unrest; what others moved is */
	world_move(w, 0, 2, true);
	world_event(w, EVENT_VM_STATE, w->wall - 2, 1, "vm0");
	world_event(w, EVENT_MOVE_ENDED, w->wall, 1, "policy/1");
	s = world_scene(w);
	ck_assert_int_eq(s->unrest, w->wall - 600);
	scene_free(s);
	world_event(w, EVENT_MOVE_ENDED, w->wall, 1, "ann/1");
	s = world_scene(w);
	ck_assert_int_eq(s->unrest, w->wall);
	scene_free(s);
	/* in maintenance anything may happen */
	w->e[w->ne - 1].wall = w->wall - 700;
	w->c[0].admin = CLUSTER_MAINTENANCE;
	s = world_scene(w);
	ck_assert_int_eq(s->unrest, w->wall - 700);
	scene_free(s);
	world_free(w);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("scene");
	TCase *tc = tcase_create("scene");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_reads);
	tcase_add_test(tc, test_empty);
	tcase_add_loop_test(
	    tc, test_who_may_be_touched, 0, sizeof unfree / sizeof *unfree);
	tcase_add_test(tc, test_stateless_is_free);
	tcase_add_test(tc, test_autostart_keeps_inside);
	tcase_add_test(tc, test_silent_third_cluster);
	tcase_add_test(tc, test_vm_in_transit);
	tcase_add_test(tc, test_cluster_in_transit);
	tcase_add_test(tc, test_node_in_transit);
	tcase_add_test(tc, test_unrest);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
