/*
 * SPDX-License-Identifier: Apache-2.0
 * The state as transactions: load a space, apply changes, commit or take all back.
 *
 * Used by store.c, by the control thread until the store starts and by the store's
 * thread from then on. Decides nothing about batches and knows no thread.
 */
#include "subagent/store_db.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "base/log.h"
#include "base/mem.h"

#define VERBS           3
#define WAL_FOLD_FRAMES 1000 /* from here on the -wal is folded into the file */
#define WAL_WARN_FRAMES 65536 /* of 4 KiB; something keeps it from being folded */

struct store_db {
	char *path;
	int lock;
	sqlite3 *db;
	sqlite3_stmt *verbs[VERBS]; /* by enum store_verb */
	char scrub[48]; /* see scrub() */
	bool wal_warned;
};

static const char *const verb_sql[VERBS] = {
	[STORE_PUT] = ("INSERT INTO record (space, key, value) VALUES (?1, ?2, ?3)"
	               " ON CONFLICT (space, key) DO UPDATE SET value = ?3"),
	[STORE_DEL] = "DELETE FROM record WHERE space = ?1 AND key = ?2",
	[STORE_DEL_BEFORE] = "DELETE FROM record WHERE space = ?1 AND key < ?2",
};

/*
 * errno of a failed write or fsync, 0 when it cannot be told. Within a transaction
 * those go to the -wal; sqlite3_system_errno() does not know of them.
 */
static int
wal_errno(sqlite3 *db, int rc)
{
	sqlite3_file *wal = NULL;
	int number = 0;

	if (rc != SQLITE_IOERR_WRITE && rc != SQLITE_IOERR_FSYNC)
		return 0;
	sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &wal);
	if (wal != NULL && wal->pMethods != NULL)
		wal->pMethods->xFileControl(wal, SQLITE_FCNTL_LAST_ERRNO, &number);
	return number;
}

/* What went wrong, where, and what a person can do about it. Always -1. */
static int
fail(struct store_db *s, char **cause)
{
	int rc = sqlite3_extended_errcode(s->db), sys = wal_errno(s->db, rc);
	const char *hint;
	char why[96] = "";

	switch (rc & 0xff) {
	case SQLITE_FULL:
		hint = "free space on its file system";
		break;
	case SQLITE_IOERR:
		hint = sys == EDQUOT || sys == EFBIG
		    ? "raise the daemon's quota or file size limit"
		    : "look for disk errors in the kernel's log";
		break;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		hint = "another program keeps it locked for writing: close that one "
		       "(an sqlite3 shell inside a transaction?)";
		break;
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
		hint = "see that the daemon's user may write it and its directory";
		break;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		hint = "it is damaged: stop clustersetd and restore a backup";
		break;
	default:
		hint = "nothing was written";
	}
	if (sys != 0)
		snprintf(why, sizeof(why), " (%s)", strerror(sys));
	return cause_set(cause, "cannot write %s: %s%s; %s", s->path,
	    sqlite3_errmsg(s->db), why, hint);
}

/*
 * After each commit: what SQLite would do by itself, and word of it when that does not
 * help. The commit is durable whatever happens here.
 */
static int
on_commit(void *arg, sqlite3 *db, const char *name, int frames)
{
	struct store_db *s = arg;
	int rc;

	if (frames < WAL_FOLD_FRAMES) {
		s->wal_warned = false;
		return SQLITE_OK;
	}
	rc = sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	if (s->wal_warned)
		return SQLITE_OK;
	if (rc != SQLITE_OK && (rc & 0xff) != SQLITE_BUSY) {
		log_warn("store", "%s: its -wal cannot be folded into it: %s", s->path,
		    sqlite3_errmsg(db));
		s->wal_warned = true;
	} else if (frames >= WAL_WARN_FRAMES) {
		log_warn("store",
		    "%s: its -wal has grown to %d pages; a reader that never ends "
		    "its transaction keeps it (an sqlite3 shell?)",
		    s->path, frames);
		s->wal_warned = true;
	}
	return SQLITE_OK;
}

struct store_db *
store_db_open(const char *dir, const struct store_schema *schema, char **cause)
{
	struct store_db *s;
	size_t i;

	if (store_dir_check(dir, cause) < 0)
		return NULL;
	s = xcalloc(1, sizeof(*s));
	s->path = xasprintf("%s/%s", dir, STORE_FILE);
	s->lock = store_lock_take(dir, cause);
	if (s->lock < 0)
		goto fail;
	s->db = store_file_open(s->path, schema, cause);
	if (s->db == NULL)
		goto fail;
	for (i = 0; i < VERBS; i++) {
		if (sqlite3_prepare_v3(s->db, verb_sql[i], -1,
		        SQLITE_PREPARE_PERSISTENT, &s->verbs[i], NULL) != SQLITE_OK) {
			cause_set(
			    cause, "state file %s: %s", s->path, sqlite3_errmsg(s->db));
			goto fail;
		}
	}
	sqlite3_wal_hook(s->db, on_commit, s);
	snprintf(
	    s->scrub, sizeof(s->scrub), "PRAGMA user_version = %d", schema->version);
	return s;
fail:
	store_db_close(s);
	return NULL;
}

void
store_db_close(struct store_db *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < VERBS; i++)
		sqlite3_finalize(s->verbs[i]);
	sqlite3_close(s->db);
	store_lock_release(s->lock);
	free(s->path);
	free(s);
}

struct sqlite3 *
store_db_handle(struct store_db *s)
{
	return s->db;
}

int
store_db_load(struct store_db *s, const char *space,
    int (*each)(const char *key, const char *value, void *arg, char **cause), void *arg,
    char **cause)
{
	sqlite3_stmt *st = NULL;
	const char *key, *value;
	int ret = -1, rc;

	if (sqlite3_prepare_v2(s->db,
	        "SELECT key, value FROM record WHERE space = ?1 ORDER BY key", -1, &st,
	        NULL) != SQLITE_OK ||
	    sqlite3_bind_text(st, 1, space, -1, SQLITE_STATIC) != SQLITE_OK) {
		cause_set(cause, "cannot read %s: %s", s->path, sqlite3_errmsg(s->db));
		goto out;
	}
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		key = (const char *)sqlite3_column_text(st, 0);
		value = (const char *)sqlite3_column_text(st, 1);
		if (key == NULL || value == NULL) {
			cause_set(cause, "cannot read %s: a record of %s is no text",
			    s->path, space);
			goto out;
		}
		if (each(key, value, arg, cause) < 0)
			goto out;
	}
	if (rc != SQLITE_DONE) {
		cause_set(cause, "cannot read %s: %s", s->path, sqlite3_errmsg(s->db));
		goto out;
	}
	ret = 0;
out:
	sqlite3_finalize(st);
	return ret;
}

int
store_db_begin(struct store_db *s, char **cause)
{
	int moved = 0;

	/* an unlinked file would take every commit and keep none of them */
	if (sqlite3_file_control(s->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) ==
	        SQLITE_OK &&
	    moved)
		return cause_set(cause,
		    "cannot write %s: it was removed or replaced while clustersetd "
		    "ran; put it back and restart clustersetd",
		    s->path);
	if (sqlite3_exec(s->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
		return fail(s, cause);
	return 0;
}

int
store_db_apply(struct store_db *s, const struct store_op *op, char **cause)
{
	sqlite3_stmt *st = s->verbs[op->verb];
	int ret = 0;

	if (sqlite3_bind_text(st, 1, op->space, -1, SQLITE_STATIC) != SQLITE_OK ||
	    sqlite3_bind_text(st, 2, op->key, -1, SQLITE_STATIC) != SQLITE_OK ||
	    (op->verb == STORE_PUT &&
	        sqlite3_bind_text(st, 3, op->value, -1, SQLITE_STATIC) != SQLITE_OK) ||
	    sqlite3_step(st) != SQLITE_DONE)
		ret = fail(s, cause);
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
	return ret;
}

/*
 * A commit whose fsync failed has left its frames in the -wal: should the machine die
 * now, recovery could find them whole and bring back what was reported as failed. Any
 * later transaction overwrites them, so one that changes nothing follows at once; when
 * it fails as well, the next that succeeds does the same.
 */
static void
scrub(struct store_db *s)
{
	if (sqlite3_exec(s->db, s->scrub, NULL, NULL, NULL) != SQLITE_OK)
		log_info("store", "%s: a failed commit could not be overwritten: %s",
		    s->path, sqlite3_errmsg(s->db));
}

int
store_db_commit(struct store_db *s, char **cause)
{
	if (sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	fail(s, cause);
	store_db_rollback(s);
	scrub(s);
	return -1;
}

void
store_db_rollback(struct store_db *s)
{
	/* SQLite has rolled back itself after some errors */
	if (!sqlite3_get_autocommit(s->db) &&
	    sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL) != SQLITE_OK)
		log_err("store", "%s: rollback: %s", s->path, sqlite3_errmsg(s->db));
}
