/*
 * SPDX-License-Identifier: Apache-2.0
 * The SQLite backend of the store: one file, one lock beside it, one transaction.
 *
 * For store.c and its tests only. Nothing here starts a thread; whoever opened a
 * store_db uses it from one thread at a time.
 */
#ifndef SUBAGENT_STORE_DB_H
#define SUBAGENT_STORE_DB_H

#include <sys/queue.h>

#include "set/settings.h"

struct sqlite3;

#define STORE_FILE           STATE_FILE_NAME
#define STORE_LOCK           "state.lock"
#define STORE_APPLICATION_ID 0x43534554 /* "CSET": what file(1) and we know it by */

/*
 * The schema's history: sql[i] brings version i to i + 1. PRAGMA user_version holds the
 * version of a file. A step, once released, is never edited; a new one is appended.
 */
struct store_schema {
	const char *const *sql;
	int version; /* number of steps, the version this program writes */
};
extern const struct store_schema store_schema_current;

enum store_verb { STORE_PUT, STORE_DEL, STORE_DEL_BEFORE };

/* One change; the texts lie behind it. */
struct store_op {
	STAILQ_ENTRY(store_op) next;
	enum store_verb verb;
	const char *space, *key, *value; /* value: STORE_PUT only */
	char text[];
};

/*
 * The lock file is separate from the database, so that anybody may read that with
 * sqlite3(1). It is held by an open file description (fcntl(2), F_OFD_SETLK): a file
 * left behind by a dead process is no lock. Returns a descriptor for
 * store_lock_release(), or -1 and *cause, which names the holder's pid.
 */
int store_lock_take(const char *dir, char **cause);
void store_lock_release(int fd);

/* The directory is there, is one, is ours to write in and nobody else's; or -1. */
int store_dir_check(const char *dir, char **cause);

/*
 * Opens PATH, checked and brought to the schema; creates it when it is not there. A
 * file that is refused keeps every byte. The caller closes with sqlite3_close().
 */
struct sqlite3 *store_file_open(
    const char *path, const struct store_schema *schema, char **cause);

struct store_db;

struct store_db *store_db_open(
    const char *dir, const struct store_schema *schema, char **cause);
void store_db_close(struct store_db *); /* NULL is fine */
struct sqlite3 *store_db_handle(struct store_db *); /* borrowed; tests shrink it */

int store_db_load(struct store_db *, const char *space,
    int (*each)(const char *key, const char *value, void *arg, char **cause), void *arg,
    char **cause);

/* One transaction: begin, apply..., commit. After any -1 call rollback. */
int store_db_begin(struct store_db *, char **cause);
int store_db_apply(struct store_db *, const struct store_op *, char **cause);
int store_db_commit(struct store_db *, char **cause);
void store_db_rollback(struct store_db *);

#endif
