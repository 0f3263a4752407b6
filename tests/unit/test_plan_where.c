/*
 * SPDX-License-Identifier: Apache-2.0
 * Where a new VM should go: small sets whose answer is known, and thousands of random
 * ones in which every answer is tried: the VM is put there and the set judged again.
 */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "policy/plan_file.h"
#include "tests/unit/plan_sets.h"

#define SETS 3000

static struct plan_input *
read_set(const char *text)
{
	struct plan_input *in;
	char *copy = xstrdup(text), *cause = NULL, *p;

	for (p = copy; (p = strchr(p, '\'')) != NULL;)
		*p = '"';
	in = plan_json_parse(copy, strlen(copy), "test", &cause);
	ck_assert_msg(in != NULL, "%s", cause);
	free(copy);
	return in;
}

#define SET                                                                            \
	"{'clusters':[{'name':'east'},{'name':'west'}],"                               \
	"'availability-sets':[{'name':'web'},{'name':'soft','hard':false}],"           \
	"'nodes':[{'name':'e1','cluster':'east','cpus':10,'memory-mib':10000},"        \
	"{'name':'e2','cluster':'east','cpus':10,'memory-mib':10000},"                 \
	"{'name':'w1','cluster':'west','cpus':10,'memory-mib':10000},"                 \
	"{'name':'w2','cluster':'west','cpus':10,'memory-mib':10000,'state':'drain'}]" \
	","                                                                            \
	"'settings':{'reserve':false},"                                                \
	"'vms':[{'name':'a','node':'e1','load':4,'memory-mib':4000,"                   \
	"'availability-set':'web'},"                                                   \
	"{'name':'b','node':'e2','load':2,'memory-mib':2000,"                          \
	"'availability-set':'soft'},"                                                  \
	"{'name':'c','node':'w1','load':1,'memory-mib':9000},"                         \
	"{'name':'d','sites':['east'],'vcpus':2,'load':1,'memory-mib':100}]}"

static void
expect(const struct plan_input *in, const struct plan_where *w, size_t rank,
    const char *node, bool possible, const char *words)
{
	const struct plan_spot *s = &w->spots[rank];

	ck_assert_str_eq(in->nodes[s->node].name, node);
	ck_assert(s->possible == possible);
	ck_assert((s->score > 0) == possible);
	ck_assert_msg(strstr(s->reason, words) != NULL, "%s: %s", node, s->reason);
}

START_TEST(test_ranks)
{
	struct plan_input *in = read_set(SET);
	struct plan_want want = {
		.vcpus = 2, .load = -1, .memory = 1000, .set = -1, .home = -1
	};
	struct plan_where *w = plan_where(in, &want);

	ck_assert_uint_eq(w->nspots, 4);
	ck_assert_uint_eq(w->npossible, 2);
	expect(in, w, 0, "e2", true, "CPU 20.0 % to 26.0 %, memory 20.0 % to 30.0 %");
	expect(in, w, 1, "e1", true, "CPU 40.0 % to 46.0 %");
	expect(in, w, 2, "w1", false, "memory: needs 1000 MiB, 500 of 9500 are left");
	expect(in, w, 3, "w2", false, "w2 is being drained");
	ck_assert_int_eq(w->spots[0].score, 1000);
	ck_assert_int_lt(w->spots[1].score, 1000);
	ck_assert_str_eq(w->words,
	    "e2 (CPU 20.0 % to 26.0 %, memory 20.0 % to 30.0 %; all of east: CPU 30.0 "
	    "%, memory 30.0 %), then e1");
	plan_where_free(w);
	plan_input_free(in);
}
END_TEST

START_TEST(test_rules)
{
	const int west = 1;
	struct plan_input *in = read_set(SET);
	struct plan_want want = {
		.vcpus = 1, .load = 1, .memory = 100, .set = 0, .home = -1
	};
	struct plan_where *w = plan_where(in, &want);

	/* a hard set keeps its member's node free, a soft one says so */
	expect(in, w, 2, "e1", false, "availability set web: a is on the same node");
	plan_where_free(w);
	want.set = 1;
	w = plan_where(in, &want);
	expect(in, w, 2, "e2", true,
	    "; another of availability set soft is on the same node");
	plan_where_free(w);
	/* sites */
	want.set = -1;
	want.sites = &west;
	want.nsites = 1;
	w = plan_where(in, &want);
	ck_assert_uint_eq(w->npossible, 1);
	expect(in, w, 0, "w1", true, "CPU 10.0 % to 20.0 %");
	expect(in, w, 1, "e1", false, "east is no site of it");
	ck_assert_str_eq(w->words,
	    "w1 (CPU 10.0 % to 20.0 %, memory 90.0 % to 91.0 %; all of west: CPU 10.0 "
	    "%, memory 90.0 %) is the only possible "
	    "node");
	plan_where_free(w);
	/* nothing is possible: what stands in the way of most */
	want.nsites = 0;
	want.memory = 9900;
	w = plan_where(in, &want);
	ck_assert_uint_eq(w->npossible, 0);
	ck_assert_str_eq(w->words,
	    "no node is possible; e1: memory: needs 9900 MiB, 5500 of 9500 are left");
	plan_where_free(w);
	/* a cluster keeps room for its biggest node */
	in->settings.reserve = true;
	want.memory = 4000;
	w = plan_where(in, &want);
	expect(
	    in, w, 0, "e1", false, "reserve: with it east could not lose its biggest");
	plan_where_free(w);
	/* one that runs nowhere is asked about as a new one */
	in->settings.reserve = false;
	want = plan_want_of(in, 3);
	w = plan_where(in, &want);
	ck_assert_uint_eq(w->npossible, 2);
	expect(in, w, 0, "e2", true, "");
	plan_where_free(w);
	plan_input_free(in);
	in = read_set("{'clusters':[],'nodes':[],'vms':[]}");
	want.nsites = 0;
	want.set = -1;
	w = plan_where(in, &want);
	ck_assert_uint_eq(w->nspots, 0);
	ck_assert_str_eq(w->words, "there is no node");
	plan_where_free(w);
	plan_input_free(in);
}
END_TEST

/* --- random sets ------------------------------------------------------------------ */

/* Could the last VM, which runs nowhere, be on that node? By the plain rules. */
static bool
would_do(struct plan_input *in, int node)
{
	struct plan_vm *v = &in->vms[in->nvms - 1];
	const struct plan_settings *s = &in->settings;
	const int cluster = in->nodes[node].cluster;
	int64_t memory = v->memory + in->nodes[node].base_memory;
	int64_t all = v->memory, rooms = 0, biggest = 0;
	double load = v->load + in->nodes[node].base_load, vcpus = v->vcpus;
	bool site = v->nsites == 0;
	int before;
	size_t i;

	if (!sets_takes(in, node))
		return false;
	for (i = 0; i < v->nsites; i++)
		site |= v->sites[i] == cluster;
	if (!site)
		return false;
	for (i = 0; i < in->nvms; i++) {
		const struct plan_vm *o = &in->vms[i];

		if (o->node < 0)
			continue;
		if (in->nodes[o->node].cluster == cluster)
			all += o->memory;
		if (o->node != node)
			continue;
		memory += o->memory;
		load += o->load;
		vcpus += o->vcpus;
	}
	for (i = 0; i < in->nnodes; i++)
		if (in->nodes[i].cluster == cluster && sets_takes(in, (int)i)) {
			all += in->nodes[i].base_memory;
			rooms += sets_room(in, i);
			if (sets_room(in, i) > biggest)
				biggest = sets_room(in, i);
		}
	if (memory > sets_room(in, (size_t)node) ||
	    load > sets_load_room(in, node) + 1e-9 ||
	    (s->vcpu_ratio > 0 && vcpus > in->nodes[node].cpus * s->vcpu_ratio + 1e-9))
		return false;
	if (s->reserve && all > rooms - biggest)
		return false;
	if (v->nsets == 0 || !in->sets[v->sets[0]].hard)
		return true;
	before = sets_pairs(in, v->sets[0]);
	v->node = node;
	site = sets_pairs(in, v->sets[0]) == before;
	v->node = -1;
	return site;
}

static size_t possible, forbidden;

static void
check_spot(struct plan_input *in, const struct plan_where *w, size_t k, uint64_t seed)
{
	const struct plan_spot *s = &w->spots[k];
	struct plan_vm *v = &in->vms[in->nvms - 1];
	struct plan_score was, now;

	ck_assert_ptr_nonnull(s->reason);
	ck_assert_msg(s->possible == would_do(in, s->node), "seed %ju: n%d: %s", seed,
	    s->node, s->reason);
	ck_assert((s->score > 0) == s->possible && s->score <= 1000);
	if (k > 0)
		ck_assert_msg(w->spots[k - 1].score >= s->score &&
		        (!s->possible || w->spots[k - 1].change <= s->change + 1e-6),
		    "seed %ju: order", seed);
	possible += s->possible;
	forbidden += !s->possible;
	if (!s->possible)
		return;
	plan_judge(in, &was);
	v->node = s->node;
	plan_judge(in, &now);
	v->node = -1;
	ck_assert_msg(fabs(now.score - was.score - s->change) < 1e-7,
	    "seed %ju: n%d: %.9f is %.9f", seed, s->node, s->change,
	    now.score - was.score);
	ck_assert_msg(
	    now.violations <= was.violations + 1e-9, "seed %ju: violations", seed);
}

START_TEST(test_random_sets)
{
	struct plan_input *in;
	struct plan_where *w;
	struct plan_want want;
	struct plan_vm *v;
	uint64_t seed;
	size_t k;

	for (seed = 1; seed <= SETS; seed++) {
		in = sets_input(seed);
		if (in->nvms > 0) {
			v = &in->vms[in->nvms - 1];
			v->node = -1;
			want = plan_want_of(in, (int)in->nvms - 1);
			w = plan_where(in, &want);
			ck_assert_uint_eq(w->nspots, in->nnodes);
			for (k = 0; k < w->nspots; k++)
				check_spot(in, w, k, seed);
			plan_where_free(w);
		}
		plan_input_free(in);
	}
	/* or the generator asks nothing */
	ck_assert_uint_gt(possible, SETS);
	ck_assert_uint_gt(forbidden, SETS);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("planner, where");
	TCase *tc = tcase_create("where");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, test_ranks);
	tcase_add_test(tc, test_rules);
	tcase_add_test(tc, test_random_sets);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
