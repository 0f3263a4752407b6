/*
 * SPDX-License-Identifier: Apache-2.0
 * Policies in a closed loop over hours: loads that are noisy and smoothed, moves
 * carried out a few at a time with the cool-down that the engine keeps. What is stable
 * comes to rest: moves are few, and no VM returns to where it came from.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "tests/unit/scene_world.h"

enum { ROUNDS = 1000, HOUR = 60, SEEDS = 3, ALL_SEEDS = 2, HISTORY = 16 };

struct loop {
	struct world *w;
	double noise; /* share of each VM's load, from sample to sample */
	int was[W_VMS][HISTORY], nwas[W_VMS];
	int moves, late; /* late: in the last half */
	int hour[HOUR]; /* moves in each minute of the last hour */
	unsigned lasting[4]; /* rounds in a row in which each policy wanted something */
	bool may_return;
};

static struct world *
skewed(uint64_t seed)
{
	struct world *w = world_new();
	char name[32];
	int i, k;

	w->random = seed * 977 + 5;
	for (i = 0; i < 3; i++) {
		snprintf(name, sizeof name, "c%d", i);
		world_cluster(w, name);
		for (k = 0; k < 3; k++) {
			snprintf(name, sizeof name, "n%d%d", i, k);
			world_node(
			    w, i, name, k == 0 ? 32 : 16, k == 0 ? 131072 : 65536);
			w->n[w->nn - 1].base_load = 0.5;
			w->n[w->nn - 1].base_memory = 2048;
		}
	}
	world_set(w, "web", SPREAD_NODE, true);
	world_set(w, "db", SPREAD_CLUSTER, false);
	for (i = 0; i < 45; i++) {
		snprintf(name, sizeof name, "vm%d", i);
		k = (int)world_pick(w, 9);
		if (world_pick(w, 2))
			k = (int)world_pick(w, (unsigned)k + 1);
		k = world_vm(w, name, k, 0.3 + 2.4 * world_share(w),
		    2048 * (1 + (int64_t)world_pick(w, 3)));
		if (i < 3)
			w->v[k].set = 0;
		else if (i < 6)
			w->v[k].set = 1;
		w->v[k].since = w->wall - 80000;
	}
	world_measure(w);
	return w;
}

static int
in_hour(const struct loop *l)
{
	int i, n = 0;

	for (i = 0; i < HOUR; i++)
		n += l->hour[i];
	return n;
}

static void
move(struct loop *l, int vm, int node, int round)
{
	struct world *w = l->w;
	int i;

	for (i = 0; i < l->nwas[vm] && !l->may_return; i++)
		ck_assert_msg(l->was[vm][i] != node,
		    "round %d: %s is thrown back to %s", round, w->v[vm].name,
		    w->n[node].name);
	if (l->nwas[vm] < HISTORY)
		l->was[vm][l->nwas[vm]++] = w->v[vm].node;
	world_move(w, vm, node, true);
	l->moves++;
	l->late += round >= ROUNDS / 2;
	l->hour[round % HOUR]++;
}

/* As the engine: rounds in a row, limits at once and per hour. */
static void
act(struct loop *l, look_fn *look, unsigned which, bool lasts, int round)
{
	struct world *w = l->w;
	struct policy_finding f;
	const char *why;
	unsigned n = 0;
	size_t i;
	int node;

	world_look(w, look, &f);
	l->lasting[which] = f.wants ? l->lasting[which] + 1 : 0;
	for (i = 0; i < f.nproposals && n < w->settings.max_moves; i++) {
		if ((lasts && l->lasting[which] < w->settings.rounds) ||
		    in_hour(l) >= (int)w->settings.max_moves_hour)
			break;
		node = world_node_of(w, f.proposals[i].cluster, f.proposals[i].node);
		why = world_forbids(w, (int)f.proposals[i].vm - 1, node);
		ck_assert_msg(why == NULL, "round %d: %s", round, why);
		move(l, (int)f.proposals[i].vm - 1, node, round);
		n++;
	}
	finding_clear(&f);
}

static void
minute(struct loop *l, int round)
{
	int i;

	l->w->wall += 60;
	l->w->now += 60000;
	l->hour[round % HOUR] = 0;
	for (i = 0; i < l->w->nc; i++)
		l->w->c[i].polled = l->w->now;
	world_smooth(l->w, 30000, 120000, l->noise);
	world_smooth(l->w, 30000, 120000, l->noise);
}

static const double noises[] = { 0, 0.2, 0.6 };

START_TEST(test_no_oscillation)
{
	struct loop *l;
	int seed, round, moves = 0;
	double before, after = 0;

	for (seed = 1; seed <= SEEDS; seed++) {
		l = xcalloc(1, sizeof *l);
		l->w = skewed((uint64_t)seed);
		l->noise = noises[_i];
		before = world_imbalance(l->w);
		for (round = 0; round < ROUNDS; round++) {
			minute(l, round);
			act(l, balance_look, 0, true, round);
		}
		after = world_imbalance(l->w);
		moves += l->moves;
		ck_assert_msg(
		    after <= before, "seed %d: %f after %f", seed, after, before);
		ck_assert_msg(after * 1000 < (double)l->w->settings.imbalance * 1.1,
		    "seed %d: %f", seed, after);
		ck_assert_msg(l->moves <= 30, "seed %d: %d moves", seed, l->moves);
		ck_assert_msg(l->late <= (l->noise > 0.5 ? 2 : 0),
		    "seed %d: %d moves late", seed, l->late);
		world_free(l->w);
		free(l);
	}
	printf("# noise %.0f %%: %.1f moves a set\n", 100 * noises[_i],
	    (double)moves / SEEDS);
}
END_TEST

/* All of them, VMs with homes, a soft and a hard set. */
START_TEST(test_all_together)
{
	struct loop *l;
	int seed, round, i, moves = 0;

	for (seed = 1; seed <= ALL_SEEDS; seed++) {
		l = xcalloc(1, sizeof *l);
		l->w = skewed((uint64_t)seed + 100);
		l->noise = noises[_i];
		for (i = 0; i < l->w->nv; i += 3)
			l->w->v[i].home = (int)world_pick(l->w, 3);
		l->may_return = true; /* once, home: bounded below */
		for (round = 0; round < ROUNDS; round++) {
			minute(l, round);
			act(l, balance_look, 0, true, round);
			if (round % 4 == 0)
				act(l, spread_look, 1, false, round);
			if (round % 8 == 2)
				act(l, home_look, 2, true, round);
		}
		moves += l->moves;
		for (i = 0; i < l->w->nv; i++)
			ck_assert_msg(l->nwas[i] <= 3, "seed %d: %s moved %d times",
			    seed, l->w->v[i].name, l->nwas[i]);
		ck_assert_int_eq(world_clashes(l->w, 0), 0);
		ck_assert_msg(l->moves <= 60, "seed %d: %d moves", seed, l->moves);
		ck_assert_msg(l->late <= (l->noise > 0.5 ? 2 : 0),
		    "seed %d: %d moves late", seed, l->late);
		world_free(l->w);
		free(l);
	}
	printf("# all, noise %.0f %%: %.1f moves a set\n", 100 * noises[_i],
	    (double)moves / ALL_SEEDS);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("policies in a loop");
	TCase *tc = tcase_create("loop");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 300);
	tcase_add_loop_test(tc, test_no_oscillation, 0, sizeof noises / sizeof *noises);
	tcase_add_loop_test(tc, test_all_together, 0, sizeof noises / sizeof *noises);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
