/*
 * SPDX-License-Identifier: Apache-2.0
 * What the store's tests share: a directory of their own, a loop, a batch at a time.
 */
#ifndef TESTS_UNIT_TEST_STORE_UTIL_H
#define TESTS_UNIT_TEST_STORE_UTIL_H

#include <stdbool.h>
#include <stddef.h>

#include "subagent/store.h"

struct event_base;

/* A store that runs, with the loop that its answers come to. */
struct bench {
	char *dir;
	struct event_base *base;
	struct mailbox *mailbox;
	struct store *store;
	unsigned answers, failures;
	char *error; /* words of the last failure */
	long order[64]; /* arg of the first answers, as they came */
};

char *util_dir(void); /* a new empty directory; util_dir_remove() takes it away */
void util_dir_remove(char *dir);
char *util_path(const char *dir, const char *name);
char *util_read(const char *path, size_t *len); /* NULL when it is not there */
void util_write(const char *path, const void *data, size_t len);

void rig_open(struct bench *, const char *dir); /* fails the test when it cannot */
void rig_close(struct bench *);
/* Submits; the number comes back in order[]. */
void rig_submit(struct bench *, struct store_batch *, long number);
void rig_put(struct bench *, const char *key, const char *value, long number);
/* Runs the loop until so many answers have come; fails the test after 20 s. */
void rig_wait(struct bench *, unsigned answers);

/* "key=value " of every record of a space, read through a store opened for it. */
char *util_dump(const char *dir, const char *space);

#endif
