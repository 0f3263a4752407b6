/*
 * SPDX-License-Identifier: Apache-2.0
 * The store as its callers see it, and every way in which it refuses to open a file.
 */
#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/mem.h"
#include "base/stats.h"
#include "subagent/store_db.h"
#include "tests/unit/test_store_util.h"

/* store_open() must fail with these words in its cause. */
static void
expect_refusal(const char *dir, const char *words, const char *more)
{
	char *cause = NULL;
	struct store *s = store_open(dir, &cause);

	ck_assert_msg(s == NULL, "opened although: %s", words);
	ck_assert_msg(strstr(cause, words) != NULL && strstr(cause, more) != NULL,
	    "\"%s\" lacks \"%s\" or \"%s\"", cause, words, more);
	free(cause);
}

static void
expect_dump(const char *dir, const char *space, const char *want)
{
	char *got = util_dump(dir, space);

	ck_assert_str_eq(got, want);
	free(got);
}

static void
sql(const char *dir, const char *text)
{
	char *path = util_path(dir, STORE_FILE);
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_msg(sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK, "%s",
	    sqlite3_errmsg(db));
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
	free(path);
}

START_TEST(records_survive_in_key_order)
{
	char *dir = util_dir();
	struct store_batch *batch;
	struct bench b;

	rig_open(&b, dir);
	batch = store_batch_new();
	ck_assert(store_batch_empty(batch));
	store_batch_put(batch, "vm", "b", "{\"n\":2}");
	store_batch_put(batch, "vm", "a", "first");
	store_batch_put(batch, "vm", "a", "second \xc3\xa4 '\"; --");
	store_batch_put(batch, "vm", "B", "");
	store_batch_put(batch, "other", "a", "x");
	ck_assert(!store_batch_empty(batch));
	rig_submit(&b, batch, 1);
	rig_wait(&b, 1);
	ck_assert_uint_eq(b.failures, 0);
	rig_close(&b);
	expect_dump(dir, "vm", "B= a=second \xc3\xa4 '\"; -- b={\"n\":2} ");
	expect_dump(dir, "other", "a=x ");
	expect_dump(dir, "none", "");
	util_dir_remove(dir);
}
END_TEST

START_TEST(deletes_act_in_order_and_stay_in_their_space)
{
	char *dir = util_dir();
	struct store_batch *batch;
	struct bench b;

	rig_open(&b, dir);
	batch = store_batch_new();
	store_batch_put(batch, "event", "0000000009", "9");
	store_batch_put(batch, "event", "0000000010", "10");
	store_batch_put(batch, "event", "0000000011", "11");
	store_batch_put(batch, "event", "0000000012", "12");
	store_batch_put(batch, "move", "0000000001", "1");
	rig_submit(&b, batch, 1);
	batch = store_batch_new();
	store_batch_del_before(batch, "event", "0000000011");
	store_batch_del(batch, "event", "0000000012");
	store_batch_del(batch, "event", "not there");
	store_batch_put(batch, "event", "0000000001", "again");
	rig_submit(&b, batch, 2);
	rig_wait(&b, 2);
	rig_close(&b);
	expect_dump(dir, "event", "0000000001=again 0000000011=11 ");
	expect_dump(dir, "move", "0000000001=1 ");
	util_dir_remove(dir);
}
END_TEST

START_TEST(answers_come_in_order_and_share_transactions)
{
	const uint64_t before = stat_get(STAT_STORE_WRITES);
	char *dir = util_dir(), key[32];
	struct bench b;
	long i;

	rig_open(&b, dir);
	for (i = 0; i < 500; i++) {
		snprintf(key, sizeof(key), "%04ld", i);
		rig_put(&b, key, "v", i);
	}
	rig_wait(&b, 500);
	for (i = 0; i < 64; i++)
		ck_assert_int_eq(b.order[i], i);
	ck_assert_uint_eq(b.failures, 0);
	ck_assert_uint_lt(stat_get(STAT_STORE_WRITES) - before, 250);
	rig_close(&b);
	util_dir_remove(dir);
}
END_TEST

START_TEST(closing_waits_for_what_was_submitted)
{
	char *dir = util_dir();
	struct bench b;
	char *dump;
	long i;

	rig_open(&b, dir);
	for (i = 0; i < 20; i++)
		rig_put(&b, "k", i == 19 ? "last" : "v", i);
	store_close(b.store);
	b.store = NULL;
	mailbox_free(b.mailbox); /* delivers what was posted */
	ck_assert_uint_eq(b.answers, 20);
	b.mailbox = mailbox_new(b.base);
	rig_close(&b);
	dump = util_dump(dir, "test");
	ck_assert_str_eq(dump, "k=last ");
	free(dump);
	util_dir_remove(dir);
}
END_TEST

START_TEST(files_are_private_and_marked)
{
	char *dir = util_dir(), *path = util_path(dir, STORE_FILE);
	struct stat st;
	struct bench b;
	char *data;
	size_t len;

	umask(022);
	rig_open(&b, dir);
	rig_put(&b, "k", "v", 1);
	rig_wait(&b, 1);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	rig_close(&b);
	data = util_read(path, &len);
	ck_assert_mem_eq(data + 68, "CSET", 4);
	free(data);
	free(path);
	util_dir_remove(dir);
}
END_TEST

/* An operator may look with sqlite3(1) while the daemon runs, and neither minds. */
START_TEST(others_may_read_meanwhile)
{
	char *dir = util_dir(), *path = util_path(dir, STORE_FILE), *uri;
	struct bench b;
	sqlite3 *db;
	sqlite3_stmt *st;
	pid_t pid;
	int status;

	rig_open(&b, dir);
	rig_put(&b, "k", "v", 1);
	rig_wait(&b, 1);
	/* another process: POSIX locks do not tell threads of one from each other */
	pid = fork();
	if (pid == 0) {
		uri = xasprintf("file:%s?mode=ro", path);
		if (sqlite3_open_v2(uri, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI,
		        NULL) != SQLITE_OK ||
		    sqlite3_exec(db, "BEGIN", NULL, NULL, NULL) != SQLITE_OK ||
		    sqlite3_prepare_v2(db, "SELECT value FROM record", -1, &st, NULL) !=
		        SQLITE_OK ||
		    sqlite3_step(st) != SQLITE_ROW)
			_exit(1);
		raise(SIGSTOP); /* in the middle of its read transaction */
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, WUNTRACED), pid);
	ck_assert(WIFSTOPPED(status));
	rig_put(&b, "k", "w", 2);
	rig_wait(&b, 2);
	ck_assert_uint_eq(b.failures, 0);
	kill(pid, SIGCONT);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	rig_close(&b);
	free(path);
	util_dir_remove(dir);
}
END_TEST

START_TEST(a_second_instance_is_refused_by_pid)
{
	char *dir = util_dir(), text[64], *cause = NULL;
	struct bench b;
	pid_t pid;
	int status;

	rig_open(&b, dir);
	snprintf(text, sizeof(text), "pid %ld", (long)getpid());
	pid = fork();
	if (pid == 0) { /* open file descriptions are the lock's owner: open anew */
		struct store *s = store_open(dir, &cause);

		_exit(s == NULL && strstr(cause, text) != NULL ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	expect_refusal(dir, text, "another clustersetd"); /* the same process as well */
	rig_close(&b);
	expect_dump(dir, "test", ""); /* free again */
	util_dir_remove(dir);
}
END_TEST

START_TEST(a_stale_lock_file_is_no_lock)
{
	char *dir = util_dir(), *path = util_path(dir, STORE_LOCK);

	util_write(path, "1\n", 2); /* a pid that lives, and does not hold it */
	expect_dump(dir, "test", "");
	free(path);
	util_dir_remove(dir);
}
END_TEST

START_TEST(directories_that_will_not_do)
{
	char *dir = util_dir(), *none = util_path(dir, "none");
	char *file = util_path(dir, "file");
	pid_t pid;
	int status;

	expect_refusal(none, "does not exist", "install -d");
	util_write(file, "", 0);
	expect_refusal(file, "not a directory", "state-dir");
	ck_assert_int_eq(chmod(dir, 0777), 0);
	expect_refusal(dir, "writable by everybody", "chmod o-w");
	ck_assert_int_eq(chmod(dir, 0555), 0);
	pid = fork();
	if (pid == 0) {
		char *cause = NULL;

		if (geteuid() == 0 && setuid(65534) < 0)
			_exit(2);
		_exit(store_open(dir, &cause) == NULL &&
		            strstr(cause, "cannot be written by uid") != NULL
		        ? 0
		        : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	chmod(dir, 0700);
	free(none);
	free(file);
	util_dir_remove(dir);
}
END_TEST

/* What is done to a good file, and the words with which it must be refused. */
static const struct damage {
	const char *sql; /* through SQLite */
	long at; /* bytes overwritten there; -1 none; from the end when < -1 */
	long cut; /* truncated to so many bytes; -1 not */
	const char *words, *more;
} damages[] = {
	{ "PRAGMA user_version = 999", -1, -1, "newer clusterset (schema 999",
	    "left as it is" },
	{ "PRAGMA user_version = 0", -1, -1, "not one of clusterset", "move it away" },
	{ "PRAGMA application_id = 77", -1, -1, "another program", "move it away" },
	{ NULL, 0, -1, "not an SQLite database", "restore a backup" },
	{ NULL, -1, 0, "not an SQLite database", "restore a backup" },
	{ NULL, -1, 50, "not an SQLite database", "restore a backup" },
	{ NULL, -1, 8192, "damaged", "restore a backup" },
	{ NULL, 4096, -1, "damaged", "restore a backup" },
	{ NULL, 3 * 4096, -1, "damaged", "restore a backup" },
	{ NULL, 100, -1, "damaged", "restore a backup" },
};

START_TEST(a_refused_file_keeps_every_byte)
{
	const struct damage *d = &damages[_i];
	char *dir = util_dir(), *path = util_path(dir, STORE_FILE), key[16], *value;
	char *before, *after;
	size_t len, len2;
	struct bench b;
	long i;

	rig_open(&b, dir);
	value = xmalloc(2001);
	memset(value, 'x', 2000);
	value[2000] = '\0';
	for (i = 0; i < 40; i++) {
		snprintf(key, sizeof(key), "%ld", i);
		rig_put(&b, key, value, i);
	}
	free(value);
	rig_wait(&b, 40);
	rig_close(&b);
	if (d->sql != NULL)
		sql(dir, d->sql);
	before = util_read(path, &len);
	if (d->at >= 0)
		memset(before + d->at, 0xa5, 16);
	if (d->cut >= 0)
		len = (size_t)d->cut;
	util_write(path, before, len);
	expect_refusal(dir, d->words, d->more);
	expect_refusal(dir, d->words, path);
	after = util_read(path, &len2);
	ck_assert_uint_eq(len, len2);
	ck_assert_mem_eq(before, after, len);
	free(before);
	free(after);
	free(path);
	util_dir_remove(dir);
}
END_TEST

/* The newer schema may still stand in the -wal only: that must stay as well. */
START_TEST(a_newer_schema_in_the_wal_is_kept)
{
	char *dir = util_dir(), *path = util_path(dir, STORE_FILE);
	char *wal = util_path(dir, STORE_FILE "-wal"), *before[2], *after[2];
	size_t len[4];
	pid_t pid;
	int status;

	expect_dump(dir, "test", "");
	pid = fork();
	if (pid == 0) {
		sqlite3 *db;

		if (sqlite3_open(path, &db) != SQLITE_OK ||
		    sqlite3_exec(db, "PRAGMA user_version = 1000", NULL, NULL, NULL) !=
		        SQLITE_OK)
			_exit(1);
		kill(getpid(), SIGKILL); /* no checkpoint */
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status));
	before[0] = util_read(path, &len[0]);
	before[1] = util_read(wal, &len[1]);
	ck_assert_uint_gt(len[1], 0);
	expect_refusal(dir, "newer clusterset (schema 1000", "left as it is");
	after[0] = util_read(path, &len[2]);
	after[1] = util_read(wal, &len[3]);
	ck_assert_uint_eq(len[0], len[2]);
	ck_assert_uint_eq(len[1], len[3]);
	ck_assert_mem_eq(before[0], after[0], len[0]);
	ck_assert_mem_eq(before[1], after[1], len[1]);
	free(before[0]);
	free(before[1]);
	free(after[0]);
	free(after[1]);
	free(wal);
	free(path);
	util_dir_remove(dir);
}
END_TEST

START_TEST(a_wal_without_its_file_is_refused)
{
	char *dir = util_dir(), *wal = util_path(dir, STORE_FILE "-wal");
	char *path = util_path(dir, STORE_FILE);

	util_write(wal, "something", 9);
	expect_refusal(dir, "state.sqlite-wal is there without", "move both away");
	ck_assert_int_lt(access(path, F_OK), 0);
	free(wal);
	free(path);
	util_dir_remove(dir);
}
END_TEST

/* A backup made with .backup or VACUUM INTO is not in WAL mode; it must do. */
START_TEST(a_backup_can_be_put_back)
{
	char *dir = util_dir(), *copy = util_path(dir, "copy");
	char *path = util_path(dir, STORE_FILE), *text;
	struct bench b;

	rig_open(&b, dir);
	rig_put(&b, "k", "v", 1);
	rig_wait(&b, 1);
	rig_close(&b);
	text = xasprintf("VACUUM INTO '%s'", copy);
	sql(dir, text);
	free(text);
	ck_assert_int_eq(rename(copy, path), 0);
	expect_dump(dir, "test", "k=v ");
	free(copy);
	free(path);
	util_dir_remove(dir);
}
END_TEST

#define STEP_1                                                         \
	"CREATE TABLE record (space TEXT NOT NULL, key TEXT NOT NULL," \
	" value TEXT NOT NULL, PRIMARY KEY (space, key)) WITHOUT ROWID;"

static const char *const v1[] = {
	STEP_1,
	"INSERT INTO record VALUES ('test', 'two', 'was here');",
	"UPDATE record SET value = value || '!'; CREATE TABLE extra (x);",
};
static const char *const broken[] = {
	STEP_1,
	"INSERT INTO record VALUES ('test', 'two', 'was here');",
	"UPDATE nothing SET value = 0;",
};

static int
print_one(const char *key, const char *value, void *arg, char **cause)
{
	char **text = arg, *more = xasprintf("%s%s=%s ", *text, key, value);

	(void)cause;
	free(*text);
	*text = more;
	return 0;
}

static char *
open_schema(const char *dir, const char *const *steps, int version)
{
	const struct store_schema schema = { steps, version };
	char *cause = NULL, *text = xstrdup("");
	struct store_db *s = store_db_open(dir, &schema, &cause);

	if (s == NULL) {
		free(text);
		return cause;
	}
	ck_assert_int_eq(store_db_load(s, "test", print_one, &text, &cause), 0);
	store_db_close(s);
	return text;
}

START_TEST(an_older_schema_is_brought_forward_whole)
{
	char *dir = util_dir(), *text;

	text = open_schema(dir, v1, 1);
	ck_assert_str_eq(text, "");
	free(text);
	text = open_schema(dir, broken, 3); /* its second step must not stay */
	ck_assert_ptr_nonnull(strstr(text, "schema 1 to 3"));
	free(text);
	text = open_schema(dir, v1, 1);
	ck_assert_str_eq(text, "");
	free(text);
	text = open_schema(dir, v1, 3);
	ck_assert_str_eq(text, "two=was here! ");
	free(text);
	text = open_schema(dir, v1, 3); /* and once only */
	ck_assert_str_eq(text, "two=was here! ");
	free(text);
	text = open_schema(dir, v1, 2); /* downwards never */
	ck_assert_ptr_nonnull(strstr(text, "newer clusterset (schema 3"));
	free(text);
	util_dir_remove(dir);
}
END_TEST

static int
refuse_two(const char *key, const char *value, void *arg, char **cause)
{
	(void)value;
	++*(int *)arg;
	return strcmp(key, "b") == 0 ? cause_set(cause, "record %s: nonsense", key) : 0;
}

START_TEST(a_reader_that_refuses_ends_the_load)
{
	char *dir = util_dir(), *cause = NULL;
	struct store *s;
	struct bench b;
	int n = 0;

	rig_open(&b, dir);
	rig_put(&b, "a", "", 1);
	rig_put(&b, "b", "", 2);
	rig_put(&b, "c", "", 3);
	rig_wait(&b, 3);
	rig_close(&b);
	s = store_open(dir, &cause);
	ck_assert_ptr_nonnull(s);
	ck_assert_int_eq(store_load(s, "test", refuse_two, &n, &cause), -1);
	ck_assert_int_eq(n, 2);
	ck_assert_str_eq(cause, "record b: nonsense");
	free(cause);
	store_close(s);
	util_dir_remove(dir);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("store");
	TCase *tc = tcase_create("store");
	SRunner *sr = srunner_create(suite);
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, records_survive_in_key_order);
	tcase_add_test(tc, deletes_act_in_order_and_stay_in_their_space);
	tcase_add_test(tc, answers_come_in_order_and_share_transactions);
	tcase_add_test(tc, closing_waits_for_what_was_submitted);
	tcase_add_test(tc, files_are_private_and_marked);
	tcase_add_test(tc, others_may_read_meanwhile);
	tcase_add_test(tc, a_second_instance_is_refused_by_pid);
	tcase_add_test(tc, a_stale_lock_file_is_no_lock);
	tcase_add_test(tc, directories_that_will_not_do);
	tcase_add_loop_test(tc, a_refused_file_keeps_every_byte, 0,
	    sizeof(damages) / sizeof(damages[0]));
	tcase_add_test(tc, a_newer_schema_in_the_wal_is_kept);
	tcase_add_test(tc, a_wal_without_its_file_is_refused);
	tcase_add_test(tc, a_backup_can_be_put_back);
	tcase_add_test(tc, an_older_schema_is_brought_forward_whole);
	tcase_add_test(tc, a_reader_that_refuses_ends_the_load);
	suite_add_tcase(suite, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
