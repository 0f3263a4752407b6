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
#include "policy/plan.h"

#define SETS 4000

static uint64_t state;

static unsigned
pick(unsigned n)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(state >> 33) % n;
}

static double
share(void)
{
	return pick(1000001) / 1e6;
}

static char *
random_name(const char *prefix, size_t i)
{
	return xasprintf("%s%zu", prefix, i);
}

static void
random_settings(struct plan_settings *s)
{
	s->swaps = pick(2);
	s->reserve = pick(2);
	s->memory_limit = 0.7 + 0.3 * share();
	s->cpu_limit = pick(3) == 0 ? 0 : 0.5 + share();
	s->vcpu_ratio = pick(3) == 0 ? 1 + 3 * share() : 0;
	if (pick(3) == 0)
		s->cost_inside = s->cost_across = s->cost_second = s->cost_gib = 0;
	if (pick(4) == 0)
		s->min_gain = 0;
	s->seed = pick(3);
}

static void
random_vm(struct plan_input *in, size_t i, bool tight)
{
	struct plan_vm *v = &in->vms[i];

	v->name = random_name("vm", i);
	v->node = pick(30) == 0 ? -1 : (int)pick((unsigned)in->nnodes);
	if (pick(2) && v->node > 0) /* skewed */
		v->node = (int)pick((unsigned)v->node + 1);
	v->vcpus = 1 + (int)pick(4);
	v->load = share() * v->vcpus;
	v->memory = 1024 * (1 + pick(tight ? 24 : 8));
	v->home = pick(4) == 0 ? (int)pick((unsigned)in->nclusters) : -1;
	v->priority = (int)pick(1001);
	v->downtime = pick(2) ? -1 : 100 * share();
	v->hold = pick(15) == 0;
	if (pick(4) == 0) {
		v->sites = xcalloc(2, sizeof *v->sites);
		v->sites[v->nsites++] = (int)pick((unsigned)in->nclusters);
		if (pick(2))
			v->sites[v->nsites++] = (int)pick((unsigned)in->nclusters);
	}
	if (in->nsets > 0 && pick(3) == 0) {
		v->sets = xcalloc(1, sizeof *v->sets);
		v->sets[v->nsets++] = (int)pick((unsigned)in->nsets);
	}
}

static struct plan_input *
random_input(uint64_t seed)
{
	struct plan_input *in = plan_input_new();
	bool tight;
	size_t i;

	state = seed * 2654435761u + 1;
	pick(2);
	tight = pick(3) == 0;
	random_settings(&in->settings);
	in->nclusters = 1 + pick(4);
	in->clusters = xcalloc(in->nclusters, sizeof *in->clusters);
	for (i = 0; i < in->nclusters; i++) {
		in->clusters[i].name = random_name("c", i);
		in->clusters[i].maintenance = pick(10) == 0;
	}
	in->ndomains = pick(4);
	in->domains = xcalloc(in->ndomains + 1, sizeof *in->domains);
	for (i = 0; i < in->ndomains; i++)
		in->domains[i] = random_name("d", i);
	in->nnodes = 1 + pick(12);
	in->nodes = xcalloc(in->nnodes, sizeof *in->nodes);
	for (i = 0; i < in->nnodes; i++) {
		in->nodes[i].name = random_name("n", i);
		in->nodes[i].cluster = (int)pick((unsigned)in->nclusters);
		in->nodes[i].domain =
		    in->ndomains > 0 ? (int)pick((unsigned)in->ndomains + 1) - 1 : -1;
		in->nodes[i].state =
		    pick(5) == 0 ? (enum plan_node_state)pick(5) : PLAN_NODE_ONLINE;
		in->nodes[i].cpus = 4 << pick(3);
		in->nodes[i].memory = 1024 * (32 << pick(2));
		in->nodes[i].reserved = pick(4096);
	}
	in->nsets = pick(4);
	in->sets = xcalloc(in->nsets + 1, sizeof *in->sets);
	for (i = 0; i < in->nsets; i++) {
		in->sets[i].name = random_name("s", i);
		in->sets[i].spread = (enum plan_spread)pick(PLAN_SPREADS);
		in->sets[i].hard = pick(2);
	}
	in->nvms = pick(45);
	in->vms = xcalloc(in->nvms + 1, sizeof *in->vms);
	for (i = 0; i < in->nvms; i++)
		random_vm(in, i, tight);
	return in;
}

/* --- the rules again, plainly ---------------------------------------------- */

static bool
frozen(const struct plan_input *in, int node)
{
	const struct plan_node *n = &in->nodes[node];

	return in->clusters[n->cluster].maintenance ||
	    (n->state != PLAN_NODE_ONLINE && n->state != PLAN_NODE_DRAIN);
}

static bool
takes(const struct plan_input *in, int node)
{
	return !frozen(in, node) && in->nodes[node].state == PLAN_NODE_ONLINE;
}

static int64_t
room(const struct plan_input *in, size_t node)
{
	return (int64_t)((double)(in->nodes[node].memory - in->nodes[node].reserved) *
	    in->settings.memory_limit);
}

static int
pairs_together(const struct plan_input *in, int set)
{
	const struct plan_node *a, *b;
	size_t i, k;
	int n = 0;

	for (i = 0; i < in->nvms; i++)
		for (k = 0; k < i; k++) {
			if (in->vms[i].nsets == 0 || in->vms[i].sets[0] != set ||
			    in->vms[k].nsets == 0 || in->vms[k].sets[0] != set ||
			    in->vms[i].node < 0 || in->vms[k].node < 0)
				continue;
			a = &in->nodes[in->vms[i].node];
			b = &in->nodes[in->vms[k].node];
			if (in->sets[set].spread == PLAN_SPREAD_NODE)
				n += a == b;
			else if (in->sets[set].spread == PLAN_SPREAD_CLUSTER)
				n += a->cluster == b->cluster;
			else
				n += a->domain >= 0 && a->domain == b->domain;
		}
	return n;
}

static void
check_capacity(const struct plan_input *in, int node, uint64_t seed)
{
	const struct plan_settings *s = &in->settings;
	int64_t memory = 0;
	double load = 0, vcpus = 0;
	size_t i;

	for (i = 0; i < in->nvms; i++)
		if (in->vms[i].node == node) {
			memory += in->vms[i].memory;
			load += in->vms[i].load;
			vcpus += in->vms[i].vcpus;
		}
	ck_assert_msg(memory <= room(in, (size_t)node), "seed %ju: memory", seed);
	ck_assert_msg(
	    s->cpu_limit <= 0 || load <= in->nodes[node].cpus * s->cpu_limit + 1e-6,
	    "seed %ju: load", seed);
	ck_assert_msg(
	    s->vcpu_ratio <= 0 || vcpus <= in->nodes[node].cpus * s->vcpu_ratio + 1e-6,
	    "seed %ju: vCPUs", seed);
}

static void
check_reserve(const struct plan_input *in, int cluster, uint64_t seed)
{
	int64_t memory = 0, all = 0, biggest = 0;
	size_t i;

	for (i = 0; i < in->nnodes; i++)
		if (in->nodes[i].cluster == cluster && takes(in, (int)i)) {
			all += room(in, i);
			if (room(in, i) > biggest)
				biggest = room(in, i);
		}
	for (i = 0; i < in->nvms; i++)
		if (in->vms[i].node >= 0 &&
		    in->nodes[in->vms[i].node].cluster == cluster)
			memory += in->vms[i].memory;
	ck_assert_msg(memory <= all - biggest, "seed %ju: reserve of c%d: %jd of %jd",
	    seed, cluster, (intmax_t)memory, (intmax_t)(all - biggest));
}

/* Makes the move in the input; every rule is looked at before or after. */
static void
make_move(struct plan_input *in, const struct plan_move *m, uint64_t seed)
{
	struct plan_vm *v = &in->vms[m->vm];
	const int cluster = in->nodes[m->to].cluster;
	int set = v->nsets > 0 && in->sets[v->sets[0]].hard ? v->sets[0] : -1;
	int before = set >= 0 ? pairs_together(in, set) : 0;
	bool site = v->nsites == 0;
	size_t i;

	ck_assert_msg(v->node == m->from && v->node != m->to, "seed %ju: from", seed);
	ck_assert_msg(!v->hold && !frozen(in, v->node), "seed %ju: hold", seed);
	ck_assert_msg(takes(in, m->to), "seed %ju: target", seed);
	for (i = 0; i < v->nsites; i++)
		site |= v->sites[i] == cluster;
	ck_assert_msg(site, "seed %ju: site", seed);
	v->node = m->to;
	check_capacity(in, m->to, seed);
	if (in->settings.reserve && in->nodes[m->from].cluster != cluster)
		check_reserve(in, cluster, seed);
	if (set >= 0)
		ck_assert_msg(
		    pairs_together(in, set) <= before, "seed %ju: spread", seed);
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

static size_t planned, moved, mended;

static void
check_seed(uint64_t seed)
{
	struct plan_input *in = random_input(seed);
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
	check_plan(in, p, seed);
	again = plan_make(in);
	if (p->complete)
		ck_assert_msg(again->nmoves == 0, "seed %ju: %zu moves, then %zu more",
		    seed, p->nmoves, again->nmoves);
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
}
END_TEST

/* Limits, budgets and kicks: the same rules, and never more than was allowed. */
START_TEST(test_random_limits)
{
	struct plan_input *in;
	struct plan *p;
	uint64_t seed;

	for (seed = 1; seed <= SETS / 4; seed++) {
		in = random_input(seed);
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
