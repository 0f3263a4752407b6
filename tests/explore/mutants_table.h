/*
 * SPDX-License-Identifier: Apache-2.0
 * The seeded faults: what each is, who must notice, and the small world in which.
 */
#ifndef EXPLORE_MUTANTS_TABLE_H
#define EXPLORE_MUTANTS_TABLE_H

#include "base/mutant.h"
#include "tests/explore/judge.h"

struct mutant_row {
	uint64_t on; /* bit per enum mutant: more than one where the model looks, too */
	const char *name; /* in the words of a reader */
	enum assertion clause;
	struct w_setup setup;
};
extern const struct mutant_row mutant_rows[];
extern const unsigned mutant_nrows;

#endif
