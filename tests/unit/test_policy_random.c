/*
 * SPDX-License-Identifier: Apache-2.0
 * Policies on thousands of random sets: no proposal breaks a hard rule at the moment it
 * is carried out, as judged here and not by the planner; nothing that is on hold, in
 * maintenance, unknown or stale is touched; balance lowers the score; what was done is
 * not proposed again; and all together come to rest.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/look.h"
#include "tests/unit/scene_world.h"

#define SETS 2000

static uint64_t
sets(void)
{
	const char *s = getenv("POLICY_SETS");

	return s != NULL ? strtoull(s, NULL, 10) : SETS;
}

/* Beside what world_carry_out() asks of each move. */
static void
check_untouched(const struct world *w, const struct policy_finding *f, uint64_t seed)
{
	const struct w_node *n;
	size_t i, k;

	for (i = 0; i < f->nproposals; i++) {
		for (k = 0; k < i; k++)
			ck_assert_msg(f->proposals[i].vm != f->proposals[k].vm,
			    "seed %ju: a VM twice", (uintmax_t)seed);
		n = &w->n[w->v[f->proposals[i].vm - 1].node];
		ck_assert_msg(n->admin == CLUSTER_ACTIVE &&
		        w->c[n->cluster].admin == CLUSTER_ACTIVE,
		    "seed %ju: out of maintenance", (uintmax_t)seed);
		ck_assert_msg(
		    !n->stale, "seed %ju: from a stale node", (uintmax_t)seed);
	}
}

static void
judge(struct world *w, struct plan_score *score)
{
	struct policy_view view = { .settings = &w->settings };
	struct plan_input *in;

	view.scene = world_scene(w);
	in = scene_plan_input(view.scene);
	look_settings(&view, in);
	plan_judge(in, score);
	plan_input_free(in);
	scene_free((struct scene *)view.scene);
}

/* No cool-down; loads have settled. */
static void
later(struct world *w)
{
	int i;

	w->wall += 10 * 3600;
	w->now += 36000000;
	for (i = 0; i < w->nc; i++)
		if (w->c[i].oper == CLUSTER_NORMAL)
			w->c[i].polled = w->now;
	world_measure(w);
}

static size_t acted, moves;

static size_t
look_and_do(struct world *w, look_fn *look, uint64_t seed, bool maintenance)
{
	struct policy_finding f;
	size_t n;

	world_look(w, look, &f);
	if (!maintenance)
		check_untouched(w, &f, seed);
	world_carry_out(w, &f, f.nproposals);
	n = f.nproposals;
	acted += n > 0;
	moves += n;
	finding_clear(&f);
	later(w);
	return n;
}

START_TEST(test_balance)
{
	struct plan_score before, after;
	struct world *w;
	uint64_t seed;
	int rounds;

	acted = moves = 0;
	for (seed = 1; seed <= sets(); seed++) {
		w = world_random(seed);
		judge(w, &before);
		for (rounds = 0; look_and_do(w, balance_look, seed, false) > 0;
		     rounds++) {
			judge(w, &after);
			ck_assert_msg(after.violations < before.violations - 1e-9 ||
			        after.score < before.score,
			    "seed %ju: %f after %f", (uintmax_t)seed, after.score,
			    before.score);
			ck_assert_msg(after.violations < before.violations + 1e-6,
			    "seed %ju: violations", (uintmax_t)seed);
			before = after;
			ck_assert_msg(rounds < 4, "seed %ju", (uintmax_t)seed);
		}
		world_free(w);
	}
	printf("# balance: %zu of %ju acted, %zu moves\n", acted, (uintmax_t)sets(),
	    moves);
	ck_assert_uint_gt(acted, sets() / 8);
}
END_TEST

START_TEST(test_spread)
{
	struct world *w;
	uint64_t seed;
	int i, rounds, was[W_SETS];

	acted = moves = 0;
	for (seed = 1; seed <= sets(); seed++) {
		w = world_random(seed);
		for (i = 0; i < w->ns; i++)
			was[i] = world_clashes(w, i);
		for (rounds = 0; look_and_do(w, spread_look, seed, false) > 0; rounds++)
			ck_assert_msg(rounds < 6, "seed %ju", (uintmax_t)seed);
		for (i = 0; i < w->ns; i++)
			ck_assert_msg(world_clashes(w, i) <= was[i], "seed %ju: %s",
			    (uintmax_t)seed, w->s[i].name);
		world_free(w);
	}
	printf("# spread: %zu looks acted, %zu moves\n", acted, moves);
	ck_assert_uint_gt(acted, sets() / 20);
}
END_TEST

START_TEST(test_home)
{
	struct world *w;
	uint64_t seed;
	int rounds;

	acted = moves = 0;
	for (seed = 1; seed <= sets(); seed++) {
		w = world_random(seed);
		for (rounds = 0; look_and_do(w, home_look, seed, false) > 0; rounds++)
			ck_assert_msg(rounds < 6, "seed %ju", (uintmax_t)seed);
		world_free(w);
	}
	printf("# home: %zu looks acted, %zu moves\n", acted, moves);
	ck_assert_uint_gt(acted, sets() / 20);
}
END_TEST

/* Whoever stays in maintenance is named with a reason, and nobody leaves otherwise. */
START_TEST(test_evacuate)
{
	struct policy_finding f;
	struct world *w;
	uint64_t seed;
	size_t i, lacking = 0, in_turn = 0, all = 0;
	int k, there, rounds;

	acted = moves = 0;
	for (seed = 1; seed <= sets(); seed++) {
		w = world_random(seed);
		w->c[seed % (unsigned)w->nc].admin = CLUSTER_MAINTENANCE;
		world_look(w, evacuate_look, &f);
		for (i = 0; i < f.nproposals; i++) {
			const struct w_node *n =
			    &w->n[w->v[f.proposals[i].vm - 1].node];

			ck_assert(n->admin == CLUSTER_MAINTENANCE ||
			    w->c[n->cluster].admin == CLUSTER_MAINTENANCE);
			ck_assert(f.proposals[i].urgent);
			in_turn += i == 0 ||
			    w->v[f.proposals[i].vm - 1].priority <=
			        w->v[f.proposals[i - 1].vm - 1].priority;
			all++;
		}
		finding_clear(&f);
		for (rounds = 0; look_and_do(w, evacuate_look, seed, true) > 0;
		     rounds++)
			ck_assert_msg(rounds < 4, "seed %ju", (uintmax_t)seed);
		for (k = 0, there = 0; k < w->nv; k++) {
			const struct w_node *n =
			    &w->n[w->v[k].node < 0 ? 0 : w->v[k].node];
			const struct w_cluster *c = &w->c[n->cluster];

			there += w->v[k].node >= 0 &&
			    (c->admin == CLUSTER_MAINTENANCE ||
			        (n->admin == CLUSTER_MAINTENANCE &&
			            c->oper == CLUSTER_NORMAL));
		}
		world_look(w, evacuate_look, &f);
		ck_assert_msg((int)f.nlacks == there, "seed %ju: %zu of %d named: %s",
		    (uintmax_t)seed, f.nlacks, there, f.status);
		for (i = 0; i < f.nlacks; i++)
			ck_assert_uint_gt(strlen(f.lacks[i].text), 30);
		lacking += f.nlacks;
		finding_clear(&f);
		world_free(w);
	}
	ck_assert_uint_gt(in_turn * 10, all * 9);
	printf("# evacuate: %zu looks acted, %zu moves, %zu stay\n", acted, moves,
	    lacking);
	ck_assert_uint_gt(acted, sets() / 8);
}
END_TEST

/* In any order, each with all it proposes carried out: at last nobody wants anything.
 */
START_TEST(test_fixpoint)
{
	static look_fn *const looks[] = { balance_look, home_look, spread_look };
	unsigned idle, turn, rounds;
	struct world *w;
	uint64_t seed;

	acted = moves = 0;
	for (seed = 1; seed <= sets(); seed++) {
		w = world_random(seed);
		turn = (unsigned)seed;
		for (idle = rounds = 0; idle < 3; rounds++, turn++) {
			ck_assert_msg(rounds < 60, "seed %ju", (uintmax_t)seed);
			if (look_and_do(w, looks[turn % 3], seed, false) > 0)
				idle = 0;
			else
				idle++;
		}
		world_free(w);
	}
	printf("# together: %zu looks acted, %zu moves\n", acted, moves);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("policies, random sets");
	TCase *tc = tcase_create("random");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 300);
	tcase_add_test(tc, test_balance);
	tcase_add_test(tc, test_spread);
	tcase_add_test(tc, test_home);
	tcase_add_test(tc, test_evacuate);
	tcase_add_test(tc, test_fixpoint);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
