/*
 * SPDX-License-Identifier: Apache-2.0
 * The state file as a file: its directory, its lock, whether it may be used, and how it
 * is created and brought to the present schema.
 *
 * store_db.c calls it once at start. Everything is looked at before anything is
 * written: a file that is not ours, damaged or of a newer clusterset stays as it is.
 */
#include "subagent/store_db.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/log.h"
#include "base/mem.h"

#define HEADER_LEN 100 /* of an SQLite file (fileformat2, section 1.3) */
#define HEADER_APP 68 /* application_id in it, big-endian */
#define PID_TRIES  20
#define REFUSED_HINT                                                                 \
	"it was left as it is: restore a backup of it, or move it away (with its "   \
	"-wal and -shm) to begin with an empty state, which forgets who owns which " \
	"disk"

static const char *const steps[] = {
	"CREATE TABLE record (space TEXT NOT NULL, key TEXT NOT NULL,"
	" value TEXT NOT NULL, PRIMARY KEY (space, key)) WITHOUT ROWID;",
};

const struct store_schema store_schema_current = { steps,
	sizeof(steps) / sizeof(steps[0]) };

int
store_dir_check(const char *dir, char **cause)
{
	struct stat st;

	if (stat(dir, &st) < 0) {
		if (errno == ENOENT)
			return cause_set(cause,
			    "state directory %s does not exist; create it for the "
			    "daemon's user: install -d -m 0700 -o USER %s",
			    dir, dir);
		return cause_set(cause, "state directory %s: %s", dir, strerror(errno));
	}
	if (!S_ISDIR(st.st_mode))
		return cause_set(cause,
		    "state directory %s is not a directory; set.state-dir names one",
		    dir);
	if (st.st_mode & S_IWOTH)
		return cause_set(cause,
		    "state directory %s is writable by everybody (mode %04o), so "
		    "anybody could replace the state; %s%s",
		    dir, (unsigned)(st.st_mode & 07777),
		    st.st_mode & S_ISVTX ? "it is shared with others: give "
		                           "clustersetd one of its own, set.state-dir"
		                         : "chmod o-w ",
		    st.st_mode & S_ISVTX ? "" : dir);
	if (access(dir, W_OK | X_OK) < 0)
		return cause_set(cause,
		    "state directory %s cannot be written by uid %ld: %s; chown it "
		    "to the daemon's user",
		    dir, (long)geteuid(), strerror(errno));
	return 0;
}

/* The pid that the holder of the lock wrote, 0 when it cannot be told. */
static long
lock_holder(int fd)
{
	const struct timespec pause = { 0, 10000000 };
	char text[32];
	ssize_t n;
	int tries;
	long pid;

	/* between taking the lock and writing the number lies an instant */
	for (tries = 0; tries < PID_TRIES; tries++) {
		n = pread(fd, text, sizeof(text) - 1, 0);
		if (n > 0) {
			text[n] = '\0';
			pid = strtol(text, NULL, 10);
			if (pid > 0)
				return pid;
		}
		nanosleep(&pause, NULL);
	}
	return 0;
}

int
store_lock_take(const char *dir, char **cause)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char *path = xasprintf("%s/%s", dir, STORE_LOCK), text[32];
	int fd, len;
	long pid;

	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		cause_set(cause, "lock file %s: %s", path, strerror(errno));
		goto out;
	}
	if (fcntl(fd, F_OFD_SETLK, &whole) < 0) {
		if (errno != EAGAIN && errno != EACCES) {
			cause_set(cause, "lock file %s: %s", path, strerror(errno));
		} else if ((pid = lock_holder(fd)) > 0) {
			cause_set(cause,
			    "state directory %s is in use by another clustersetd, "
			    "pid %ld; stop that one, or give this one a state-dir of "
			    "its own",
			    dir, pid);
		} else {
			cause_set(cause,
			    "state directory %s is in use by another clustersetd "
			    "(lock file %s tells no pid; see fuser %s)",
			    dir, path, path);
		}
		close(fd);
		fd = -1;
		goto out;
	}
	len = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
	/* the number is for people; the lock holds without it (full disk) */
	if (ftruncate(fd, 0) < 0 || pwrite(fd, text, (size_t)len, 0) != len)
		log_warn("store", "%s: pid not written: %s", path, strerror(errno));
out:
	free(path);
	return fd;
}

void
store_lock_release(int fd)
{
	if (fd < 0)
		return;
	/* never unlinked: a waiter might hold the old inode, a third make a new one */
	if (ftruncate(fd, 0) < 0)
		log_debug("store", "lock file: %s", strerror(errno));
	close(fd);
}

/*
 * Before SQLite touches it. The descriptor must be closed before SQLite opens the file:
 * closing any descriptor of a file drops the process's POSIX locks on it.
 */
static int
header_check(const char *path, char **cause)
{
	static const char magic[16] = "SQLite format 3";
	unsigned char h[HEADER_LEN];
	struct stat st;
	uint32_t app;
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return cause_set(cause, "state file %s: %s", path, strerror(errno));
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return cause_set(cause, "state file %s is not a regular file", path);
	}
	n = pread(fd, h, sizeof(h), 0);
	close(fd);
	if (n < 0)
		return cause_set(cause, "state file %s: %s", path, strerror(errno));
	if (n < HEADER_LEN || memcmp(h, magic, sizeof(magic)) != 0)
		return cause_set(cause, "state file %s is not an SQLite database; %s",
		    path, REFUSED_HINT);
	app = (uint32_t)h[HEADER_APP] << 24 | (uint32_t)h[HEADER_APP + 1] << 16 |
	    (uint32_t)h[HEADER_APP + 2] << 8 | h[HEADER_APP + 3];
	if (app != STORE_APPLICATION_ID)
		return cause_set(cause,
		    "state file %s belongs to another program (application_id "
		    "0x%08x, not 0x%08x); %s",
		    path, app, STORE_APPLICATION_ID, REFUSED_HINT);
	if (access(path, W_OK) < 0)
		return cause_set(cause,
		    "state file %s cannot be written by uid %ld: %s; chown it to the "
		    "daemon's user",
		    path, (long)geteuid(), strerror(errno));
	return 0;
}

/* The first column of the first row, as a number; -1 on failure. */
static int
number_of(sqlite3 *db, const char *sql, int *value)
{
	sqlite3_stmt *st = NULL;
	int ret = -1;

	if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) == SQLITE_OK &&
	    sqlite3_step(st) == SQLITE_ROW) {
		*value = sqlite3_column_int(st, 0);
		ret = 0;
	}
	if (sqlite3_finalize(st) != SQLITE_OK)
		ret = -1;
	return ret;
}

static int
quick_check(sqlite3 *db, const char *path, char **cause)
{
	sqlite3_stmt *st = NULL;
	const unsigned char *first = NULL;
	int ret = -1, rc;

	rc = sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &st, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		first = sqlite3_column_text(st, 0);
	if (first != NULL && strcmp((const char *)first, "ok") == 0)
		ret = 0;
	else if (first != NULL)
		cause_set(cause, "state file %s is damaged (%s); %s", path, first,
		    REFUSED_HINT);
	else if ((rc & 0xff) == SQLITE_CORRUPT || (rc & 0xff) == SQLITE_NOTADB)
		cause_set(cause, "state file %s is damaged (%s); %s", path,
		    sqlite3_errmsg(db), REFUSED_HINT);
	else
		cause_set(cause, "state file %s: check: %s", path, sqlite3_errmsg(db));
	sqlite3_finalize(st);
	return ret;
}

static int
run(sqlite3 *db, const char *path, const char *what, const char *sql, char **cause)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	return cause_set(
	    cause, "state file %s: %s: %s", path, what, sqlite3_errmsg(db));
}

/* From version `from` to the schema's, all or nothing. */
static int
migrate(sqlite3 *db, const char *path, const struct store_schema *schema, int from,
    char **cause)
{
	char sql[80], *what;
	int i;

	if (from == schema->version)
		return 0;
	what = xasprintf("schema %d to %d", from, schema->version);
	if (run(db, path, what, "BEGIN IMMEDIATE", cause) < 0)
		goto fail;
	for (i = from; i < schema->version; i++)
		if (run(db, path, what, schema->sql[i], cause) < 0)
			goto rollback;
	snprintf(sql, sizeof(sql), "PRAGMA user_version = %d", schema->version);
	if (run(db, path, what, sql, cause) < 0 ||
	    run(db, path, what, "COMMIT", cause) < 0)
		goto rollback;
	if (from > 0)
		log_notice("store", "%s: schema %d brought to %d", path, from,
		    schema->version);
	free(what);
	return 0;
rollback:
	if (!sqlite3_get_autocommit(db))
		sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
fail:
	free(what);
	return -1;
}

static int
dir_sync(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash == NULL ? xstrdup(".") : xstrndup(path, slash - path);
	int fd = open(dir[0] == '\0' ? "/" : dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ret = fd < 0 ? -1 : fsync(fd);

	if (fd >= 0)
		close(fd);
	free(dir);
	return ret;
}

/*
 * An empty state beside the name, then renamed into place: PATH never holds a half-made
 * file. A -wal without its file is refused: SQLite would play it into the new one.
 */
static int
create(const char *path, const struct store_schema *schema, char **cause)
{
	static const char *const rests[] = { "-wal", "-journal" };
	char *fresh = xasprintf("%s.new", path), *rest, sql[80];
	sqlite3 *db = NULL;
	int ret = -1, fd;
	size_t i;

	for (i = 0; i < sizeof(rests) / sizeof(rests[0]); i++) {
		rest = xasprintf("%s%s", path, rests[i]);
		if (access(rest, F_OK) == 0) {
			cause_set(cause,
			    "%s is there without %s; it holds the last changes of "
			    "that file: put both back, or move both away",
			    rest, path);
			free(rest);
			goto out;
		}
		free(rest);
	}
	fd = open(fresh, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		cause_set(cause, "state file %s: %s", fresh, strerror(errno));
		goto out;
	}
	close(fd);
	if (sqlite3_open_v2(fresh, &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK) {
		cause_set(cause, "state file %s: %s", fresh,
		    db == NULL ? "no memory" : sqlite3_errmsg(db));
		goto out;
	}
	snprintf(sql, sizeof(sql), "PRAGMA application_id = %d", STORE_APPLICATION_ID);
	if (run(db, fresh, "create", "PRAGMA synchronous = FULL", cause) < 0 ||
	    run(db, fresh, "create", sql, cause) < 0 ||
	    migrate(db, fresh, schema, 0, cause) < 0)
		goto out;
	if (sqlite3_close(db) != SQLITE_OK) {
		cause_set(cause, "state file %s: %s", fresh, sqlite3_errmsg(db));
		goto out;
	}
	db = NULL;
	if (rename(fresh, path) < 0 || dir_sync(path) < 0) {
		cause_set(cause, "state file %s: %s", path, strerror(errno));
		goto out;
	}
	log_notice("store", "%s: created, empty", path);
	ret = 0;
out:
	sqlite3_close(db);
	if (ret < 0)
		unlink(fresh);
	free(fresh);
	return ret;
}

struct sqlite3 *
store_file_open(const char *path, const struct store_schema *schema, char **cause)
{
	sqlite3 *db = NULL;
	int version = 0, id = 0;

	if (access(path, F_OK) < 0 && errno == ENOENT) {
		if (create(path, schema, cause) < 0)
			return NULL;
	} else if (header_check(path, cause) < 0) {
		return NULL;
	}
	if (sqlite3_open_v2(path, &db,
	        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
	        NULL) != SQLITE_OK) {
		cause_set(cause, "state file %s: %s", path,
		    db == NULL ? "no memory" : sqlite3_errmsg(db));
		goto fail;
	}
	/* until it has passed, not even the -wal may be folded into it on closing */
	sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_busy_timeout(db, 5000);
	if (quick_check(db, path, cause) < 0)
		goto fail;
	if (number_of(db, "PRAGMA user_version", &version) < 0 ||
	    number_of(db, "PRAGMA application_id", &id) < 0) {
		cause_set(cause, "state file %s: %s", path, sqlite3_errmsg(db));
		goto fail;
	}
	if (id != STORE_APPLICATION_ID || version < 1) {
		cause_set(cause,
		    "state file %s is not one of clusterset (application_id 0x%08x, "
		    "schema %d); %s",
		    path, (unsigned)id, version, REFUSED_HINT);
		goto fail;
	}
	if (version > schema->version) {
		cause_set(cause,
		    "state file %s was written by a newer clusterset (schema %d, this "
		    "one knows up to %d); install that version again, or restore a "
		    "backup from before the upgrade; the file was left as it is",
		    path, version, schema->version);
		goto fail;
	}
	if (run(db, path, "WAL", "PRAGMA journal_mode = WAL", cause) < 0 ||
	    run(db, path, "settings",
	        "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
	        "PRAGMA trusted_schema = OFF; PRAGMA journal_size_limit = 67108864;",
	        cause) < 0 ||
	    migrate(db, path, schema, version, cause) < 0)
		goto fail;
	sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
	return db;
fail:
	sqlite3_close(db);
	return NULL;
}
