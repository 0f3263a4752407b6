/*
 * SPDX-License-Identifier: Apache-2.0
 * A generation: all tables as they stood at one moment, and the box that hands the
 * newest one from the control thread to whoever reads.
 *
 * The control thread publishes; readers take a reference and keep it as long as they
 * like. Nobody waits for anybody: publishing swaps one pointer.
 */
#ifndef SET_GENERATION_H
#define SET_GENERATION_H

#include "base/clock.h"
#include "set/rows.h"

struct generation {
	_Atomic unsigned refs;
	uint64_t seq; /* 1, 2, 3 ... in this process */
	msec_t published;
	struct table_view *tables[TABLE_COUNT];
};

/* Views of `tables` (TABLE_COUNT of them) as one generation with one reference. */
struct generation *generation_new(
    struct table *const *tables, uint64_t seq, msec_t now);
struct generation *generation_ref(struct generation *);
void generation_unref(struct generation *); /* NULL is fine */

struct generation_box;

struct generation_box *generation_box_new(void);
void generation_box_free(struct generation_box *); /* NULL is fine */
/* Takes over the caller's reference. */
void generation_publish(struct generation_box *, struct generation *);
/* The newest generation with a reference of the caller's own; NULL before the first. */
struct generation *generation_take(struct generation_box *);
/* Its seq, 0 before the first: cheap enough to ask on every request. */
uint64_t generation_seq(const struct generation_box *);

/*
 * The control thread's heartbeat: generation_beat() at the end of each of its turns,
 * read as csSetControlAge by the face even while control hangs.
 */
void generation_beat(struct generation_box *, msec_t now);
msec_t generation_last_beat(const struct generation_box *);

#endif
