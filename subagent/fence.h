/*
 * SPDX-License-Identifier: Apache-2.0
 * Fence programs: run when the recover policy asks for a cluster to be cut off.
 *
 * Only engine_sink.fence calls this, for clusters whose fence.automatic is true (I8).
 * The program says by exit code 0 that every server of the cluster is off, or its disks
 * are cut off, now; everything else means that nothing is known. What it may prove,
 * move/ decides. Control's thread only.
 */
#ifndef SUBAGENT_FENCE_H
#define SUBAGENT_FENCE_H

#include <stddef.h>

#include "set/generation.h"
#include "set/model.h"

struct control;
struct fences;

struct fences *fences_new(struct control *);
/* Ends what runs, and tells nobody. NULL is fine. */
void fences_free(struct fences *);
/* Ends those whose cluster answers again, as a generation shows it: once a second. */
void fences_look(struct fences *, struct generation *, const struct model_now *);
/* Begins; engine_fenced() follows exactly once, from the loop, unless it all ends. */
void fences_run(struct fences *, size_t cluster);

#endif
