/*
 * SPDX-License-Identifier: Apache-2.0
 * The planner on thousands of random sets: no move breaks a hard rule, as judged here
 * from the plain input and not by the planner's own rules; whole stages lower the
 * objective; what was planned is not planned again; the same seed gives the same plan.
 */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/plan_sets.h"

#define SETS 4000

/* Makes the move in the input; every rule is looked at before or after. */
static void
make_move(struct plan_input *in, const struct plan_move *m, uint64_t seed)
{
	struct plan_vm *v = &in->vms[m->vm];
	const int cluster = in->nodes[m->to].cluster;
	int set = v->nsets > 0 && in->sets[v->sets[0]].hard ? v->sets[0] : -1;
	int before = set >= 0 ? sets_pairs(in, set) : 0;
	bool site = v->nsites == 0;
	size_t i;

	ck_assert_msg(v->node == m->from && v->node != m->to, "seed %ju: from", seed);
	ck_assert_msg(!v->hold && !sets_frozen(in, v->node), "seed %ju: hold", seed);
	ck_assert_msg(sets_takes(in, m->to), "seed %ju: target", seed);
	for (i = 0; i < v->nsites; i++)
		site |= v->sites[i] == cluster;
	ck_assert_msg(site, "seed %ju: site", seed);
	v->node = m->to;
	sets_check_capacity(in, m->to, seed);
	if (in->settings.reserve && in->nodes[m->from].cluster != cluster)
		sets_check_reserve(in, cluster, seed);
	if (set >= 0)
		ck_assert_msg(sets_pairs(in, set) <= before, "seed %ju: spread", seed);
}

/* --- waves ------------------------------------------------------------------- */

/* The node with every VM of the wave that comes and none that leaves. */
static void
check_room(struct plan_input *in, const struct plan_move *m, size_t n, uint64_t seed)
{
	const size_t was = in->nvms;
	size_t i;

	/* those that come are in the set twice for a moment */
	in->vms = xreallocarray(in->vms, was + n + 1, sizeof *in->vms);
	for (i = 0; i < n; i++) {
		in->vms[in->nvms] = in->vms[m[i].vm];
		in->vms[in->nvms++].node = m[i].to;
	}
	for (i = 0; i < n; i++)
		sets_check_capacity(in, m[i].to, seed);
	in->nvms = was;
	/* inside a cluster it is one VM as far as the cluster goes */
	for (i = 0; i < n; i++)
		if (in->nodes[m[i].from].cluster != in->nodes[m[i].to].cluster) {
			in->vms[in->nvms] = in->vms[m[i].vm];
			in->vms[in->nvms++].node = m[i].to;
		}
	for (i = 0; in->settings.reserve && i < n; i++)
		if (in->nodes[m[i].from].cluster != in->nodes[m[i].to].cluster)
			sets_check_reserve(in, in->nodes[m[i].to].cluster, seed);
	in->nvms = was;
}

/* Whichever of them have ended, sets are no worse than before the wave. */
static void
check_spreads(struct plan_input *in, const struct plan_move *m, size_t n, uint64_t seed)
{
	int before[8];
	size_t i, k, round;

	for (k = 0; k < in->nsets; k++)
		before[k] = sets_pairs(in, (int)k);
	for (round = 0; round < 4; round++) {
		for (i = 0; i < n; i++)
			if (round == 0 || sets_pick(2))
				in->vms[m[i].vm].node = m[i].to;
		for (k = 0; k < in->nsets; k++)
			ck_assert_msg(
			    !in->sets[k].hard || sets_pairs(in, (int)k) <= before[k],
			    "seed %ju: wave %zu parts set %zu badly", seed, m->wave, k);
		for (i = 0; i < n; i++)
			in->vms[m[i].vm].node = m[i].from;
	}
}

static void
check_limits(
    const struct plan_input *in, const struct plan_move *m, size_t n, uint64_t seed)
{
	const struct plan_settings *s = &in->settings;
	size_t nodes[16] = { 0 }, clusters[8] = { 0 }, i, k;

	for (i = 0; i < n; i++) {
		const int from = in->nodes[m[i].from].cluster;
		const int to = in->nodes[m[i].to].cluster;

		nodes[m[i].from]++;
		nodes[m[i].to]++;
		clusters[from]++;
		clusters[to] += to != from;
		for (k = 0; k < i; k++)
			ck_assert_msg(m[i].vm != m[k].vm, "seed %ju: twice", seed);
	}
	ck_assert_msg(s->at_once == 0 || n <= s->at_once, "seed %ju: at once", seed);
	for (i = 0; s->at_once_node > 0 && i < in->nnodes; i++)
		ck_assert_msg(nodes[i] <= s->at_once_node, "seed %ju: node", seed);
	for (i = 0; s->at_once_cluster > 0 && i < in->nclusters; i++)
		ck_assert_msg(
		    clusters[i] <= s->at_once_cluster, "seed %ju: cluster", seed);
}

static size_t waves, together;

/* Every wave of the plan; the set is as it was afterwards. */
static void
check_waves(struct plan_input *in, const struct plan *p, uint64_t seed)
{
	size_t i, k, n, wave = 0;

	for (i = 0; i < p->nmoves; i += n, wave++) {
		const struct plan_move *m = &p->moves[i];

		for (n = 1; i + n < p->nmoves && m[n].wave == m->wave; n++)
			;
		ck_assert_msg(m->wave == wave, "seed %ju: wave %zu", seed, m->wave);
		check_limits(in, m, n, seed);
		check_room(in, m, n, seed);
		check_spreads(in, m, n, seed);
		waves++;
		together += n - 1;
		for (k = 0; k < n; k++)
			in->vms[m[k].vm].node = m[k].to;
	}
	ck_assert_uint_eq(wave, p->nwaves);
	while (i-- > 0)
		in->vms[p->moves[i].vm].node = p->moves[i].from;
}

/* --- the properties ---------------------------------------------------------- */

static void
check_plan(struct plan_input *in, const struct plan *p, uint64_t seed)
{
	struct plan_score was = p->before, now;
	double cost = 0;
	size_t i;

	for (i = 0; i < p->nmoves; i++) {
		make_move(in, &p->moves[i], seed);
		cost += p->moves[i].cost;
		ck_assert_ptr_nonnull(p->moves[i].reason);
		if (i + 1 < p->nmoves && p->moves[i + 1].stage == p->moves[i].stage)
			continue;
		plan_judge(in, &now);
		ck_assert_msg(fabs(now.score - p->moves[i].score) < 1e-7,
		    "seed %ju: score %.9f is %.9f", seed, p->moves[i].score, now.score);
		ck_assert_msg(now.violations < was.violations - 1e-10 ||
		        (now.violations < was.violations + 1e-8 &&
		            now.score + cost < was.score + 1e-8),
		    "seed %ju: move %zu: %.9f (%.6f) after %.9f (%.6f), cost %.9f",
		    seed, i, now.score, now.violations, was.score, was.violations,
		    cost);
		was = now;
		cost = 0;
	}
	plan_judge(in, &now);
	ck_assert_msg(fabs(now.score - p->after.score) < 1e-7, "seed %ju: end", seed);
	ck_assert_msg(fabs(now.violations - p->after.violations) < 1e-7,
	    "seed %ju: end violations", seed);
}

/* What is still too busy could not be helped by any one move. */
static void
check_busy(const struct plan_input *in, const struct plan *p, uint64_t seed)
{
	const struct plan_settings *s = &in->settings;
	double load;
	size_t i, k, v;
	char *why;

	for (i = 0; p->complete && (s->aims & PLAN_AIM(PLAN_LOAD)) && i < in->nnodes;
	     i++) {
		for (v = 0, load = in->nodes[i].base_load; v < in->nvms; v++)
			load += in->vms[v].node == (int)i ? in->vms[v].load : 0;
		if (!sets_takes(in, (int)i) || s->cpu_limit <= 0 ||
		    load <= in->nodes[i].cpus * s->cpu_limit + 1e-6)
			continue;
		for (v = 0; v < in->nvms; v++)
			for (k = 0; in->vms[v].node == (int)i && k < in->nnodes; k++) {
				if (in->vms[v].load < 1e-6)
					continue;
				why = plan_forbids(in, (int)v, (int)k);
				ck_assert_msg(why != NULL,
				    "seed %ju: n%zu is too busy, and %s could go to "
				    "n%zu",
				    seed, i, in->vms[v].name, k);
				free(why);
			}
	}
}

static size_t across;

/*
 * A VM that was sent to another cluster for balance is worth it there: put back, the
 * set would be worse by what the move cost, or nearly. Judged on the whole plan.
 */
static void
check_across(struct plan_input *in, const struct plan *p, uint64_t seed)
{
	struct plan_score with, without;
	double nodes = 0, unit_gain;
	size_t i, k;
	char *why;

	for (i = 0; i < in->nnodes; i++)
		nodes += sets_takes(in, (int)i);
	unit_gain = in->settings.min_gain / fmax(nodes, 1);
	plan_judge(in, &with);
	for (i = 0; p->complete && i < p->nmoves; i++) {
		const struct plan_move *m = &p->moves[i];
		const int to = in->vms[m->vm].node;

		for (k = 0; k < p->nmoves && (k == i || p->moves[k].vm != m->vm); k++)
			;
		if (k < p->nmoves || m->kind != PLAN_BALANCE ||
		    in->nodes[m->from].cluster == in->nodes[to].cluster)
			continue;
		why = plan_forbids(in, m->vm, m->from);
		if (why == NULL) {
			in->vms[m->vm].node = m->from;
			plan_judge(in, &without);
			in->vms[m->vm].node = to;
			across++;
			ck_assert_msg(without.violations > with.violations + 1e-9 ||
			        without.score - with.score > m->cost - unit_gain - 1e-7,
			    "seed %ju: %s brings %.6f across and costs %.6f", seed,
			    in->vms[m->vm].name, without.score - with.score, m->cost);
		}
		free(why);
	}
}

/* Nothing is done that is no aim. */
static void
check_aims(const struct plan_input *in, const struct plan *p, uint64_t seed)
{
	const unsigned aims = in->settings.aims;
	size_t i;

	for (i = 0; i < p->nmoves; i++) {
		const enum plan_kind kind = p->moves[i].kind;

		ck_assert_msg(kind == PLAN_ROOM ||
		        (kind == PLAN_HOME ? aims & PLAN_AIM(PLAN_BALANCE)
		                           : aims & PLAN_AIM(kind)),
		    "seed %ju: %s", seed, p->moves[i].reason);
	}
}

static size_t planned, moved, mended, relieved;

static void
check_seed(uint64_t seed)
{
	struct plan_input *in = sets_input(seed);
	struct plan *p, *same, *again;
	char *cause = NULL;
	size_t i;

	ck_assert_msg(
	    plan_input_check(in, NULL, &cause) == 0, "seed %ju: %s", seed, cause);
	p = plan_make(in);
	same = plan_make(in);
	ck_assert_uint_eq(p->nmoves, same->nmoves);
	for (i = 0; i < p->nmoves; i++)
		ck_assert(p->moves[i].vm == same->moves[i].vm &&
		    p->moves[i].to == same->moves[i].to);
	check_aims(in, p, seed);
	check_waves(in, p, seed);
	check_plan(in, p, seed);
	check_busy(in, p, seed);
	check_across(in, p, seed);
	again = plan_make(in);
	if (p->complete)
		ck_assert_msg(again->nmoves == 0, "seed %ju: %zu moves, then %zu more",
		    seed, p->nmoves, again->nmoves);
	for (i = 0; i < p->nmoves; i++)
		relieved += p->moves[i].kind == PLAN_LOAD;
	planned += p->complete;
	moved += p->nmoves;
	mended += p->after.violations < p->before.violations;
	plan_free(p);
	plan_free(same);
	plan_free(again);
	plan_input_free(in);
}

START_TEST(test_random_sets)
{
	const char *s = getenv("PLAN_SETS");
	const uint64_t n = s != NULL ? strtoull(s, NULL, 10) : SETS;
	uint64_t seed;

	for (seed = 1; seed <= n; seed++)
		check_seed(seed);
	/* or the generator makes nothing to plan */
	ck_assert_uint_gt(planned, n * 95 / 100);
	ck_assert_uint_gt(moved, n * 2);
	ck_assert_uint_gt(mended, n / 20);
	ck_assert_uint_gt(relieved, n / 20);
	ck_assert_uint_gt(across, n / 5);
	ck_assert_uint_gt(waves, n);
	ck_assert_uint_gt(together, n / 2);
}
END_TEST

/* Limits, budgets and kicks: the same rules, and never more than was allowed. */
START_TEST(test_random_limits)
{
	struct plan_input *in;
	struct plan *p;
	uint64_t seed;

	for (seed = 1; seed <= SETS / 4; seed++) {
		in = sets_input(seed);
		in->settings.max_moves = 1 + seed % 5;
		if (seed % 3 == 0)
			in->settings.max_memory = 1024 * (int64_t)(1 + seed % 40);
		if (seed % 4 == 0)
			in->settings.work = 1 + seed * 7 % 3000;
		in->settings.kicks = seed % 20;
		p = plan_make(in);
		ck_assert_uint_le(p->nvms, in->settings.max_moves);
		if (in->settings.max_memory > 0 && p->nvms == p->nmoves)
			ck_assert_int_le(p->memory, in->settings.max_memory);
		check_waves(in, p, seed);
		check_plan(in, p, seed);
		plan_free(p);
		plan_input_free(in);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("planner, random sets");
	TCase *tc = tcase_create("random");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 300);
	tcase_add_test(tc, test_random_sets);
	tcase_add_test(tc, test_random_limits);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
