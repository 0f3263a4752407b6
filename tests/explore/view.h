/*
 * SPDX-License-Identifier: Apache-2.0
 * Between world and engine: what servers say, rounds, what the model makes of them.
 *
 * Rounds become real observations and go through the shipped judge (set/evidence.c);
 * what set/sight.c and set/vm.c do with the result is done here for a small world.
 * Beside it the log of the unbelieving judge is kept, by code of its own.
 */
#ifndef EXPLORE_VIEW_H
#define EXPLORE_VIEW_H

#include "tests/explore/world.h"

/* Clauses of design 4 that one round can give, as w_log.clean. */
enum w_clause {
	CLEAN_IDENTITY = 1 << 0,
	CLEAN_SANE = 1 << 1,
	CLEAN_AGREE = 1 << 2,
	CLEAN_OFFLINE = 1 << 3,
	CLEAN_HOOK = 1 << 4
};

/* What each server of the cluster says now. */
void view_cluster(const struct world *, int c, struct w_view[W_SERVERS]);
/* A round begun at `start` comes in; `only` >= 0: a calm one that asked that server. */
void view_deliver(
    struct world *, int c, const struct w_view[W_SERVERS], msec_t start, int only);
/* Time went on: what is too old to be known is void. */
void view_age(struct world *);
/* Everything the model knows is gone with the process. */
void view_forget(struct world *);
void view_facts(const struct world *, int vm, struct move_facts *);

#endif
