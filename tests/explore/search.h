/*
 * SPDX-License-Identifier: Apache-2.0
 * Breadth first through every world that can be reached from the first one.
 */
#ifndef EXPLORE_SEARCH_H
#define EXPLORE_SEARCH_H

#include "tests/explore/happen.h"

struct search_result {
	uint64_t states, transitions;
	unsigned depth;
	uint64_t by_kind[HAPPENINGS]; /* states first reached with it on the way */
	uint64_t fair_runs; /* I3: followed to their end */
	bool whole; /* everything was seen; false: the limit of states was reached */
	struct verdict verdict;
	double seconds;
};

struct search_options {
	unsigned threads;
	uint64_t max_states; /* 0: no limit */
	uint32_t fair_every; /* a fair run from one state of so many; 0: none */
	FILE *trace; /* where a counterexample is told; NULL: nowhere */
};

void search(
    const struct w_setup *, const struct search_options *, struct search_result *);

/*
 * I3: from here on nothing goes wrong any more, rounds and answers come, time passes:
 * does every move end, or stand in doubt with an alarm and a way out? (fair.c)
 */
/* The first world: a calm one, two rounds old, of which the first move is asked. */
void fair_begin(struct world *, const struct w_setup *);
void fair_run(const struct world *, struct verdict *);

#endif
