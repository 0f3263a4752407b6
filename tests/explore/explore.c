/*
 * SPDX-License-Identifier: Apache-2.0
 * explore: every interleaving of the shipped move engine in small worlds.
 *
 *	explore [-s tiny|small|recover|medium|large] [-j threads] [-o name] [-v]
 *
 * Prints a line per exploration and per kind of fault, a counterexample if there is
 *one, and last: explore states=N transitions=N depth=N violations=N seconds=S
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/explore/scopes.h"
#include "tests/explore/search.h"

static void
print_kinds(const struct search_result *all)
{
	int k;

	printf("states first reached by a way with\n");
	for (k = HAP_FAULTS; k < HAPPENINGS; k++)
		printf("  %-20s %10llu\n", happening_word((enum happening_kind)k),
		    (unsigned long long)all->by_kind[k]);
}

static void
add(struct search_result *all, const struct search_result *one)
{
	int k;

	all->states += one->states;
	all->transitions += one->transitions;
	all->fair_runs += one->fair_runs;
	all->seconds += one->seconds;
	all->depth = one->depth > all->depth ? one->depth : all->depth;
	for (k = 0; k < HAPPENINGS; k++)
		all->by_kind[k] += one->by_kind[k];
}

static int
usage(void)
{
	fprintf(stderr,
	    "usage: explore [-s tiny|small|recover|medium|large] [-j threads] [-o "
	    "name]\n");
	return 2;
}

int
main(int argc, char **argv)
{
	struct search_options options = { .threads = 2, .trace = stdout };
	struct search_result all, one;
	const struct scope *scope = scope_find("small");
	const char *only = NULL;
	unsigned violations = 0;
	size_t i;
	int opt;

	while ((opt = getopt(argc, argv, "s:j:o:")) != -1)
		switch (opt) {
		case 's':
			scope = scope_find(optarg);
			break;
		case 'j':
			options.threads = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'o':
			only = optarg;
			break;
		default:
			return usage();
		}
	if (scope == NULL || options.threads < 1 || options.threads > 16)
		return usage();
	options.max_states = 60000000;
	memset(&all, 0, sizeof(all));
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = 0; i < scope->n; i++) {
		const struct w_setup *s = &scope->setups[i];

		if (only != NULL && strcmp(only, s->name) != 0)
			continue;
		options.fair_every = scope->fair_every;
		search(s, &options, &one);
		printf(
		    "%-12s clusters=%u vms=%u moves=%u faults<=%u acts<=%u slow<=%u: "
		    "states=%llu transitions=%llu depth=%u fair=%llu seconds=%.1f%s\n",
		    setup.name, setup.clusters, setup.vms, setup.moves, setup.faults,
		    setup.acts, setup.slow, (unsigned long long)one.states,
		    (unsigned long long)one.transitions, one.depth,
		    (unsigned long long)one.fair_runs, one.seconds,
		    one.verdict.broken != AS_NONE ? " VIOLATED"
		        : one.whole               ? ""
		                                  : " not exhausted");
		violations += one.verdict.broken != AS_NONE || !one.whole;
		add(&all, &one);
	}
	print_kinds(&all);
	printf("explore states=%llu transitions=%llu depth=%u violations=%u "
	       "seconds=%.1f\n",
	    (unsigned long long)all.states, (unsigned long long)all.transitions,
	    all.depth, violations, all.seconds);
	return violations == 0 ? 0 : 1;
}
