/*
 * SPDX-License-Identifier: Apache-2.0
 * The marks of a state directory, behind store.h's store_marks() and store_mark().
 */
#ifndef SUBAGENT_STORE_MARK_H
#define SUBAGENT_STORE_MARK_H

#include <stdbool.h>
#include <stdint.h>

#include "subagent/store.h"

#define STORE_BOOT 36 /* characters of a boot id (random(4)) */

struct store_stamp { /* what the file tells of its last write */
	int64_t wall; /* ms of CLOCK_REALTIME; 0: it looked restored already */
	char boot[STORE_BOOT + 1]; /* in which it was written; "": not known */
	bool last; /* the last word of an orderly end, on the disk */
};

struct store_mark { /* the open file and what stands in it */
	int fd;
	uint32_t marks[STORE_MARKS]; /* 0 when it has none */
	char instance[STORE_INSTANCE + 1]; /* "": none */
	time_t touched; /* as store_touched() */
	char boot[STORE_BOOT + 1]; /* the present one */
	bool doubt, written; /* as store_doubt(); by us */
};

/* Opens DIR/state.marks, made when missing, and reads it. -1 and *cause. */
int store_mark_open(struct store_mark *, const char *dir, char **cause);
void store_mark_write(struct store_mark *, const uint32_t marks[STORE_MARKS]);
void store_mark_set_instance(struct store_mark *, const char *instance);
/* The last word, to the disk, where this run wrote anything. */
void store_mark_close(struct store_mark *);

/*
 * Did something else change the file after the write that `s` tells of? By the file's
 * change time, the boot of now, its beginning and the present time (ms of
 * CLOCK_REALTIME). What a power loss can have done is not judged.
 */
bool store_mark_changed(const struct store_stamp *s, int64_t ctime, const char *boot,
    int64_t booted, int64_t now);

#endif
