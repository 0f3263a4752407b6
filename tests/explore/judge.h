/*
 * SPDX-License-Identifier: Apache-2.0
 * What must never happen: the clauses of design 4 and the invariants of design 5, each
 * an assertion of its own that can be named, and removed.
 *
 * They judge by what the world really is and by the log of rounds (w_log), never by
 * what the engine or the shipped judge believes. An assertion that is removed tolerates
 * what it would have reported: the path ends there, without a violation.
 */
#ifndef EXPLORE_JUDGE_H
#define EXPLORE_JUDGE_H

#include "tests/explore/world.h"

enum assertion {
	AS_NONE,
	AS_FENCE, /* in the order in which a start that lacks several is reported */
	AS_CONFIRM,
	AS_4A,
	AS_4B,
	AS_4C,
	AS_4D,
	AS_4G,
	AS_4F,
	AS_4E,
	AS_4H,
	AS_I1,
	AS_I2,
	AS_I3,
	AS_I4,
	AS_I5,
	AS_I6,
	AS_I7,
	AS_I8,
	AS_I9,
	AS_I10,
	AS_I11,
	AS_I12,
	ASSERTIONS
};

struct verdict {
	enum assertion broken; /* AS_NONE: all is well */
	bool tolerated; /* by a removed assertion: nothing follows */
	char text[200];
};

extern uint32_t judge_removed; /* bit per enum assertion */

const char *assertion_name(enum assertion);
enum assertion assertion_find(const char *name); /* AS_NONE: there is none */

/* One step of the engine, and what it led to; of the whole of it. */
struct judged_step {
	const struct world *w; /* as it was, rounds taken in */
	int vm;
	const struct move_event *ev;
	const struct move_facts *facts;
	const struct move_case *before, *after;
	const struct move_out *out;
};
void judge_step(const struct judged_step *, struct verdict *);
/* A start leaves for site `c` (4h). */
void judge_leaves(const struct world *, int vm, int c, struct verdict *);
/* A start of ours is carried out at site `c`: the truth of I1. */
void judge_done(const struct world *, int vm, int c, struct verdict *);
/* For search.c and fair.c. */
void judge_broken(struct verdict *, enum assertion, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
