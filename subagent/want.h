/*
 * SPDX-License-Identifier: Apache-2.0
 * What one SET asks for, as control understands it: intents, moves, orders about moves,
 * and what is said to the engine of policies.
 *
 * Several variables of a PDU may be one request (a target's cluster and node, the
 * columns of a row of csMoveTable), in any order. intent.c leads a want through the
 * phases of a SET and through the store; here it is read, tested and carried out.
 */
#ifndef SUBAGENT_WANT_H
#define SUBAGENT_WANT_H

#include <jansson.h>

#include "move/moves.h"
#include "policy/engine.h"
#include "subagent/mib.h"
#include "subagent/request.h"

struct want { /* the texts within are its own */
	struct intent *intents;
	struct move_request *moves;
	struct move_order_request *orders;
	struct engine_order *policies;
	size_t nintents, nmoves, norders, npolicies;
	/* the variable of the PDU that each came from; NULL when read from the store */
	size_t *intent_items, *move_items, *order_items, *policy_items;
};

/*
 * Fills `w` (empty before) from the variables of one SET. On an error *item tells the
 * variable and *why the words, and `w` is empty.
 */
enum mib_error want_read(struct want *, struct model *, const struct set_item *,
    size_t n, size_t *item, char **why);
void want_clear(struct want *);
bool want_empty(const struct want *); /* nothing but values that ask for nothing */
/* Nothing but questions about placement, which are in memory only: no proposal of the
 * store is made for them. */
bool want_passing(const struct want *);

/*
 * Is all of it possible now, the rest as if the intents beside it were set already? As
 * want_read() when not. Changes nothing.
 */
enum mib_error want_test(const struct want *, struct model *, const struct moves *,
    const struct engine *, const struct model_now *, size_t *item, char **why);
/* Carries it out: after a test that said yes, or as a proposal that was found. */
void want_apply(const struct want *, struct model *, struct moves *, struct engine *,
    const struct model_now *);

/*
 * Takes out what counts only for the process that was told: words that a site is
 * stopped (csVmSiteConfirm), void after a restart (design 4). How many there were.
 */
size_t want_void_words(struct want *);

/* Do both want something of one object? *item tells which variable of `a` it is. */
bool want_meets(const struct want *a, const struct want *b, size_t *item);

/* One more; what comes with it is taken over. */
void want_add_intent(struct want *, const struct intent *, size_t item);
void want_add_move(struct want *, const struct move_request *, size_t item);
void want_add_order(struct want *, const struct move_order_request *, size_t item);
void want_add_policy(struct want *, const struct engine_order *, size_t item);

/* As JSON for the store, and back: false when it is not understood. */
json_t *want_json(const struct want *);
bool want_load(struct want *, const json_t *);

#endif
