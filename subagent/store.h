/*
 * SPDX-License-Identifier: Apache-2.0
 * The state file: what must survive a restart, and word of when it is durable.
 *
 * A store is spaces of records, key -> value (both text; values are JSON objects), and
 * batches that become durable whole or not at all. Nothing outside knows that the first
 * backend is SQLite (WAL, synchronous=FULL) behind a thread of its own; etcd is to be
 * the second. The owner (control) submits; the answer comes back to its mailbox.
 */
#ifndef SUBAGENT_STORE_H
#define SUBAGENT_STORE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "subagent/mailbox.h"

struct store;
struct store_batch;

/*
 * Opens or creates DIR/state.sqlite. Fails with *cause when another process holds it
 * (named by its pid), when the file is corrupt or of a newer schema (it is kept, not
 * touched), or when it cannot be written; migrates an older schema forward in one
 * transaction.
 */
struct store *store_open(const char *dir, char **cause);

/* Calls `each` for every record of a space in key order; before store_start() only. */
int store_load(struct store *, const char *space,
    int (*each)(const char *key, const char *value, void *arg, char **cause), void *arg,
    char **cause);

/* Starts the writing thread; answers go to `mailbox`. */
int store_start(struct store *, struct mailbox *mailbox, char **cause);

/*
 * The marks: a few numbers that were told to the world before their records were
 * durable. store_marks() gives them as the last run left them; store_mark() overwrites
 * them at once, without waiting for the disk and also when it is full. They outlive
 * kill -9, not a power loss.
 */
#define STORE_MARKS 9
void store_marks(const struct store *, uint32_t marks[STORE_MARKS]);
void store_mark(struct store *, const uint32_t marks[STORE_MARKS]);

/*
 * The name of this state, beside the marks: hexadecimal digits, "" when there is none.
 * Setting it waits for the disk; a failure is logged.
 */
#define STORE_INSTANCE 32
const char *store_instance(const struct store *);
void store_set_instance(struct store *, const char *instance);
/*
 * When something else than a clustersetd wrote, copied, linked or chowned the marks
 * since one wrote them last, as the file system tells; 0: nothing did, or it cannot be
 * judged (marks of an earlier release, a power loss).
 */
time_t store_touched(const struct store *);
/* While in doubt, the marks are written so that they look touched at the next start:
 * what was found is not durable otherwise. */
void store_doubt(struct store *, bool doubt);

struct store_batch *store_batch_new(void);
void store_batch_put(
    struct store_batch *, const char *space, const char *key, const char *value);
void store_batch_del(struct store_batch *, const char *space, const char *key);
/* Deletes every record of the space whose key is < before (bytewise). */
void store_batch_del_before(
    struct store_batch *, const char *space, const char *before);
bool store_batch_empty(const struct store_batch *);
void store_batch_free(struct store_batch *);

/*
 * Takes over the batch; batches become durable in the order of submission (several may
 * share one transaction). `done` runs in the mailbox's thread: error NULL means
 * durable; otherwise the words why, and nothing of the batch is in the file. A failure
 * fails all that shared the transaction; what comes after it is tried anew, so that who
 * builds on an earlier batch waits for that one's answer.
 */
typedef void store_done(void *arg, const char *error);
void store_submit(struct store *, struct store_batch *, store_done *, void *arg);

/* Waits for what was submitted and joins the thread: nothing may be submitted any more.
 * `done` calls still due are posted before it returns; marks may be set. */
void store_stop(struct store *); /* NULL is fine */
/* Closes the file, after store_stop() if that was not done. NULL is fine. */
void store_close(struct store *);

#endif
