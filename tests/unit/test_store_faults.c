/*
 * SPDX-License-Identifier: Apache-2.0
 * The store when the disk is full, when it lies, when it is gone, and after SIGKILL.
 *
 * The layer that breaks the disk is the default VFS of this program, so the store runs
 * as it always does.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/mem.h"
#include "base/stats.h"
#include "subagent/store_db.h"
#include "tests/unit/test_store_shim.h"
#include "tests/unit/test_store_util.h"

/* --- tests ------------------------------------------------------------------- */

static void
expect_error(struct bench *b, const char *words, const char *more)
{
	ck_assert_ptr_nonnull(b->error);
	ck_assert_msg(strstr(b->error, words) != NULL && strstr(b->error, more) != NULL,
	    "\"%s\" lacks \"%s\" or \"%s\"", b->error, words, more);
}

START_TEST(a_failed_write_fails_the_whole_transaction)
{
	const uint64_t failures = stat_get(STAT_STORE_FAILURES);
	char *dir = util_dir(), *dump;
	struct store_batch *batch;
	struct bench b;

	rig_open(&b, dir);
	rig_put(&b, "a", "old", 1);
	rig_wait(&b, 1);
	atomic_store(&write_error, SQLITE_IOERR_WRITE);
	atomic_store(&fail_writes, -1);
	batch = store_batch_new();
	store_batch_put(batch, "test", "a", "new");
	store_batch_put(batch, "test", "b", "new");
	rig_submit(&b, batch, 2);
	rig_wait(&b, 2);
	ck_assert_uint_eq(b.failures, 1);
	expect_error(&b, "cannot write ", "disk errors");
	ck_assert_uint_gt(stat_get(STAT_STORE_FAILURES), failures);
	rig_put(&b, "c", "new", 3); /* tried anew, fails anew */
	rig_wait(&b, 3);
	ck_assert_uint_eq(b.failures, 2);
	atomic_store(&fail_writes, 0);
	rig_put(&b, "d", "new", 4);
	rig_wait(&b, 4);
	ck_assert_uint_eq(b.failures, 2);
	rig_close(&b);
	dump = util_dump(dir, "test");
	ck_assert_str_eq(dump, "a=old d=new ");
	free(dump);
	util_dir_remove(dir);
}
END_TEST

START_TEST(a_full_disk_is_told_and_survived)
{
	char *dir = util_dir(), *dump;
	struct bench b;

	rig_open(&b, dir);
	atomic_store(&write_error, SQLITE_FULL);
	atomic_store(&fail_writes, -1);
	rig_put(&b, "a", "x", 1);
	rig_wait(&b, 1);
	expect_error(&b, STORE_FILE, "free space");
	atomic_store(&fail_writes, 0);
	rig_put(&b, "b", "y", 2);
	rig_wait(&b, 2);
	ck_assert_uint_eq(b.failures, 1);
	rig_close(&b);
	dump = util_dump(dir, "test");
	ck_assert_str_eq(dump, "b=y ");
	free(dump);
	util_dir_remove(dir);
}
END_TEST

/* The kernel itself says no, as with a quota or a full file system. */
START_TEST(a_limit_of_the_kernel_is_survived)
{
	char *dir = util_dir(), *big = xmalloc(200001), *dump;
	struct rlimit old, small;
	struct bench b;

	memset(big, 'x', 200000);
	big[200000] = '\0';
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = 100000;
	rig_open(&b, dir);
	rig_put(&b, "a", "x", 1);
	rig_wait(&b, 1);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
	rig_put(&b, "b", big, 2);
	rig_wait(&b, 2);
	ck_assert_uint_eq(b.failures, 1);
	expect_error(&b, "cannot write ", "File too large");
	rig_put(&b, "c", "fits", 3);
	rig_wait(&b, 3);
	ck_assert_uint_eq(b.failures, 1);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &old), 0);
	rig_close(&b);
	dump = util_dump(dir, "test");
	ck_assert_str_eq(dump, "a=x c=fits ");
	free(dump);
	free(big);
	util_dir_remove(dir);
}
END_TEST

/* A file system of its own that is full; where mounting is not allowed, nothing. */
START_TEST(a_full_file_system_is_survived)
{
	const char *fork_mode = getenv("CK_FORK");
	char *dir = util_dir(), *fill = util_path(dir, "fill"), *dump;
	char block[4096] = { 0 };
	struct bench b;
	int fd;

	if ((fork_mode != NULL && strcmp(fork_mode, "no") == 0) ||
	    unshare(CLONE_NEWNS) < 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("full", dir, "tmpfs", 0, "size=1m,mode=0700") < 0)
		goto out;
	rig_open(&b, dir);
	rig_put(&b, "a", "x", 1);
	rig_wait(&b, 1);
	ck_assert_uint_eq(b.failures, 0);
	fd = open(fill, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	while (write(fd, block, sizeof(block)) > 0)
		;
	rig_put(&b, "b", "y", 2);
	rig_wait(&b, 2);
	ck_assert_uint_eq(b.failures, 1);
	expect_error(&b, "full", "free space");
	ck_assert_int_eq(ftruncate(fd, 0), 0);
	close(fd);
	rig_put(&b, "c", "z", 3);
	rig_wait(&b, 3);
	ck_assert_uint_eq(b.failures, 1);
	rig_close(&b);
	dump = util_dump(dir, "test");
	ck_assert_str_eq(dump, "a=x c=z ");
	free(dump);
	umount2(dir, MNT_DETACH);
out:
	free(fill);
	util_dir_remove(dir);
}
END_TEST

/* A reader that stays must not stop the writer, nor fold what it still reads. */
START_TEST(a_reader_that_stays_is_not_minded)
{
	char *dir = util_dir(), *path = util_path(dir, STORE_FILE), *big, *dump,
	     key[16];
	sqlite3 *db;
	struct bench b;
	pid_t pid;
	int status;
	long i;

	rig_open(&b, dir);
	rig_put(&b, "a", "x", 1);
	rig_wait(&b, 1);
	pid = fork();
	if (pid == 0) {
		if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) !=
		        SQLITE_OK ||
		    sqlite3_exec(db, "BEGIN; SELECT * FROM record", 0, 0, 0) !=
		        SQLITE_OK)
			_exit(1);
		raise(SIGSTOP);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, WUNTRACED), pid);
	ck_assert(WIFSTOPPED(status));
	big = xmalloc(100001);
	memset(big, 'x', 100000);
	big[100000] = '\0';
	for (i = 0; i < 120; i++) { /* some 3000 pages: folded thrice, were it not */
		snprintf(key, sizeof(key), "b%ld", i % 4);
		rig_put(&b, key, i < 116 ? big : "last", i);
		rig_wait(&b, 2 + (unsigned)i);
	}
	ck_assert_uint_eq(b.failures, 0);
	kill(pid, SIGCONT);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	rig_put(&b, "c", "z", 0);
	rig_wait(&b, 122);
	rig_close(&b);
	dump = util_dump(dir, "test");
	ck_assert_str_eq(dump, "a=x b0=last b1=last b2=last b3=last c=z ");
	free(dump);
	free(big);
	free(path);
	util_dir_remove(dir);
}
END_TEST

/* SQLite's own limit instead of a shim: the failure comes in the middle of a batch. */
START_TEST(a_batch_too_large_leaves_nothing)
{
	const struct store_op *op;
	char *dir = util_dir(), *big = xmalloc(600001), *cause = NULL, *dump;
	STAILQ_HEAD(, store_op) ops = STAILQ_HEAD_INITIALIZER(ops);
	struct store_op small = { .verb = STORE_PUT }, large = { .verb = STORE_PUT };
	struct store_db *db = store_db_open(dir, &store_schema_current, &cause);

	ck_assert_msg(db != NULL, "%s", cause);
	memset(big, 'x', 600000);
	big[600000] = '\0';
	small.space = large.space = "test";
	small.key = "small";
	small.value = "s";
	large.key = "large";
	large.value = big;
	STAILQ_INSERT_TAIL(&ops, &small, next);
	STAILQ_INSERT_TAIL(&ops, &large, next);
	sqlite3_exec(store_db_handle(db), "PRAGMA max_page_count = 50", 0, 0, 0);
	ck_assert_int_eq(store_db_begin(db, &cause), 0);
	op = STAILQ_FIRST(&ops);
	ck_assert_int_eq(store_db_apply(db, op, &cause), 0);
	op = STAILQ_NEXT(op, next);
	ck_assert_int_eq(store_db_apply(db, op, &cause), -1);
	ck_assert_ptr_nonnull(strstr(cause, "full"));
	xfree_clear(&cause);
	store_db_rollback(db);
	store_db_rollback(db); /* harmless twice */
	ck_assert_int_eq(store_db_begin(db, &cause), 0);
	small.key = "later";
	ck_assert_int_eq(store_db_apply(db, &small, &cause), 0);
	ck_assert_int_eq(store_db_commit(db, &cause), 0);
	store_db_close(db);
	dump = util_dump(dir, "test");
	ck_assert_str_eq(dump, "later=s ");
	free(dump);
	free(big);
	util_dir_remove(dir);
}
END_TEST

/*
 * The nasty one: all bytes of the commit were written and only the fsync failed. What
 * was reported as failed must not come back when the process dies right afterwards.
 */
START_TEST(a_commit_whose_fsync_failed_does_not_come_back)
{
	char *dir = util_dir(), *dump;
	pid_t pid;
	int status;

	pid = fork();
	if (pid == 0) {
		struct bench b;

		rig_open(&b, dir);
		rig_put(&b, "a", "durable", 1);
		rig_wait(&b, 1);
		atomic_store(&fail_syncs, 1);
		rig_put(&b, "b", "failed", 2);
		rig_wait(&b, 2);
		if (b.failures == 1 && strstr(b.error, "disk errors") != NULL)
			kill(getpid(), SIGKILL);
		_exit(1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	dump = util_dump(dir, "test");
	ck_assert_str_eq(dump, "a=durable ");
	free(dump);
	util_dir_remove(dir);
}
END_TEST

START_TEST(a_file_taken_away_is_noticed)
{
	char *dir = util_dir(), *path = util_path(dir, STORE_FILE);
	struct bench b;

	rig_open(&b, dir);
	rig_put(&b, "a", "x", 1);
	rig_wait(&b, 1);
	ck_assert_int_eq(unlink(path), 0);
	rig_put(&b, "b", "x", 2);
	rig_wait(&b, 2);
	expect_error(&b, "removed or replaced", "restart clustersetd");
	rig_close(&b);
	free(path);
	util_dir_remove(dir);
}
END_TEST

START_TEST(another_writer_is_told)
{
	char *dir = util_dir(), *path = util_path(dir, STORE_FILE);
	struct bench b;
	sqlite3 *db;
	pid_t pid;
	int status;

	rig_open(&b, dir);
	pid = fork();
	if (pid == 0) {
		if (sqlite3_open(path, &db) != SQLITE_OK ||
		    sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
			_exit(1);
		raise(SIGSTOP);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, WUNTRACED), pid);
	ck_assert(WIFSTOPPED(status));
	rig_put(&b, "a", "x", 1);
	rig_wait(&b, 1);
	expect_error(&b, "locked", "another program");
	kill(pid, SIGCONT);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	rig_put(&b, "a", "y", 2);
	rig_wait(&b, 2);
	ck_assert_uint_eq(b.failures, 1);
	rig_close(&b);
	free(path);
	util_dir_remove(dir);
}
END_TEST

START_TEST(only_its_own_thread_syncs)
{
	char *dir = util_dir(), *path, *name;
	struct bench b;
	size_t len;

	rig_open(&b, dir);
	atomic_store(&sync_thread, 0);
	rig_put(&b, "a", "x", 1);
	rig_wait(&b, 1);
	ck_assert_int_ne(atomic_load(&sync_thread), 0); /* synchronous = FULL */
	ck_assert_int_ne(atomic_load(&sync_thread), (int)syscall(SYS_gettid));
	path = xasprintf("/proc/self/task/%d/comm", atomic_load(&sync_thread));
	name = xcalloc(1, 32);
	len = 0;
	{
		FILE *f = fopen(path, "r");

		ck_assert_ptr_nonnull(f);
		len = fread(name, 1, 31, f);
		fclose(f);
	}
	ck_assert_uint_gt(len, 0);
	ck_assert_str_eq(name, "store\n");
	free(name);
	free(path);
	rig_close(&b);
	util_dir_remove(dir);
}
END_TEST

/* --- SIGKILL ------------------------------------------------------------------ */

struct told {
	struct bench *bench;
	int fd;
	long number;
};

static void
tell(void *arg, const char *error)
{
	struct told *t = arg;

	if (error != NULL || write(t->fd, &t->number, sizeof(t->number)) < 0)
		_exit(1);
	t->bench->answers++;
	free(t);
}

/* Writes batches of two records each, for ever; every durable one is told. */
static void
writer(const char *dir, int fd)
{
	struct store_batch *batch;
	char key[32], text[32];
	struct bench b;
	struct told *t;
	long n;

	rig_open(&b, dir);
	for (n = 0;; n++) {
		batch = store_batch_new();
		snprintf(text, sizeof(text), "%ld", n);
		snprintf(key, sizeof(key), "%08ld.a", n);
		store_batch_put(batch, "test", key, text);
		snprintf(key, sizeof(key), "%08ld.b", n);
		store_batch_put(batch, "test", key, text);
		t = xcalloc(1, sizeof(*t));
		t->bench = &b;
		t->fd = fd;
		t->number = n;
		store_submit(b.store, batch, tell, t);
		if (n % 16 == 15) /* up to 16 share a transaction */
			rig_wait(&b, (unsigned)n + 1);
	}
}

struct seen {
	long next; /* number that must come next */
	bool half; /* its first record was seen */
};

static int
see(const char *key, const char *value, void *arg, char **cause)
{
	struct seen *s = arg;
	char want[32];

	snprintf(want, sizeof(want), "%08ld.%c", s->next, s->half ? 'b' : 'a');
	if (strcmp(key, want) != 0 || strtol(value, NULL, 10) != s->next)
		return cause_set(cause, "%s=%s where %s was due", key, value, want);
	if (s->half)
		s->next++;
	s->half = !s->half;
	return 0;
}

START_TEST(what_was_durable_survives_sigkill)
{
	char *dir = util_dir(), *cause = NULL;
	struct seen seen = { 0, false };
	long number, last = -1, wanted;
	struct store *s;
	int fds[2], status;
	pid_t pid;

	ck_assert_int_eq(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		close(fds[0]);
		writer(dir, fds[1]);
		_exit(1);
	}
	close(fds[1]);
	wanted = 20 + 37L * _i;
	while (last < wanted) {
		ck_assert_int_eq(read(fds[0], &number, sizeof(number)), sizeof(number));
		ck_assert_int_eq(number, last + 1);
		last = number;
	}
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	while (read(fds[0], &number, sizeof(number)) == sizeof(number))
		last = number;
	close(fds[0]);
	s = store_open(dir, &cause);
	ck_assert_msg(s != NULL, "%s", cause);
	ck_assert_msg(store_load(s, "test", see, &seen, &cause) == 0, "%s", cause);
	ck_assert(!seen.half); /* whole batches only */
	ck_assert_msg(seen.next > last, "%ld was reported durable, %ld are there", last,
	    seen.next);
	store_close(s);
	util_dir_remove(dir);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("store_faults");
	TCase *tc = tcase_create("faults"), *kills = tcase_create("kill");
	SRunner *sr = srunner_create(suite);
	int failed;

	shim_install();
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_failed_write_fails_the_whole_transaction);
	tcase_add_test(tc, a_full_disk_is_told_and_survived);
	tcase_add_test(tc, a_limit_of_the_kernel_is_survived);
	tcase_add_test(tc, a_full_file_system_is_survived);
	tcase_add_test(tc, a_reader_that_stays_is_not_minded);
	tcase_add_test(tc, a_batch_too_large_leaves_nothing);
	tcase_add_test(tc, a_commit_whose_fsync_failed_does_not_come_back);
	tcase_add_test(tc, a_file_taken_away_is_noticed);
	tcase_add_test(tc, another_writer_is_told);
	tcase_add_test(tc, only_its_own_thread_syncs);
	tcase_set_timeout(kills, 60);
	tcase_add_loop_test(kills, what_was_durable_survives_sigkill, 0, 20);
	suite_add_tcase(suite, tc);
	suite_add_tcase(suite, kills);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
