/*
 * SPDX-License-Identifier: Apache-2.0
 * A request as it is looked at (admit.c) and carried out (moves_accept.c). Nobody else
 * includes this.
 */
#ifndef MOVE_ADMIT_IMPL_H
#define MOVE_ADMIT_IMPL_H

#include <string.h>

#include "move/moves_impl.h"

struct plan { /* one request as it would be carried out */
	const struct move_request *rq;
	struct vm_info vm;
	struct vm_sight sight;
	enum move_verb verb;
	int source, target; /* sites */
	uint32_t node;
	bool nothing; /* it is so already, or on its way */
	enum move_proof proof; /* dry run: of a source that cannot be stopped; else 0 */
	char *noted; /* why it is nothing, for a row's error */
};

struct bench { /* what the requests before it, and open moves, would make of the set */
	struct plan *plans;
	size_t n;
	struct vm_target *with;
	size_t nwith;
	size_t waiting;
};

/* A row of csMoveTable with a name of its requester's; else csVmTargetCluster. */
static inline bool
rq_by_row(const struct move_request *rq)
{
	return rq->owner != NULL && strcmp(rq->owner, SET_OWNER) != 0;
}

static inline bool
rq_is_intent(const struct move_request *rq)
{
	return rq->verb == VERB_UP || rq->verb == VERB_DOWN;
}

/* Room for `n` requests. */
void bench_open(const struct moves *, struct bench *, size_t n);
void bench_add(struct bench *, const struct plan *);
void bench_close(struct bench *);
/* Who there is, and what is asked of it: what is wrong for ever, also for a dry run. */
enum move_verdict admit_asked(
    const struct moves *, const struct bench *, struct plan *, char **cause);
/* Everything else: true today, perhaps not tomorrow. */
enum move_verdict admit_now(const struct moves *, const struct bench *, struct plan *,
    const struct model_now *, char **cause);

/* admit_recover.c: what is asked for by the recover policy, and by nobody else. */
enum move_verdict admit_recover(
    const struct moves *, const struct plan *, const struct model_now *, char **cause);

#endif
