/*
 * SPDX-License-Identifier: Apache-2.0
 * Which state looks restored and which does not: a real state directory is run, changed
 * as a person, a crash or a backup would change it, and opened again.
 */
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "subagent/control_impl.h"
#include "subagent/store_mark.h"

#define INSTANCE_AT 100 /* in state.marks */
#define NUMBER_AT   77 /* of the last batch */
#define EPOCH_AT    88 /* the highest */
#define STAMP_AT    133 /* when they were written, in which boot, whether last */
#define BOOT_AT     150
#define LAST_AT     187
#define OLD_LENGTH  89 /* of the release before */

static struct control *c;
static char dir[] = "/tmp/test-host-XXXXXX";

/* --- a control of which only host.c is used ------------------------------------------
 */

static void
open_state(void)
{
	char *cause = NULL;

	c = xcalloc(1, sizeof(*c));
	c->base = event_base_new();
	c->mailbox = mailbox_new(c->base);
	c->settings = settings_new();
	free(c->settings->state_dir);
	c->settings->state_dir = xstrdup(dir);
	c->store = store_open(dir, &cause);
	ck_assert_msg(c->store != NULL, "%s", cause);
	ck_assert_msg(host_load(c, &cause) == 0, "%s", cause);
	ck_assert_int_eq(store_start(c->store, c->mailbox, &cause), 0);
	host_tell_all(c, record_batch(c));
}

static bool written;

static void
on_written(void *arg, const char *error)
{
	(void)arg;
	ck_assert_msg(error == NULL, "%s", error);
	written = true;
}

static void
mark(void)
{
	uint32_t marks[STORE_MARKS] = { 5 };

	marks[MARK_BATCH] = c->host.durable;
	marks[MARK_EPOCH] = 40;
	store_mark(c->store, marks);
}

/* One batch, as record.c has it: numbered, written, known to be durable, marked. */
static void
write_batch(bool marked)
{
	struct store_batch *b = record_batch(c);
	const uint32_t number = host_number(c, b);

	written = false;
	store_submit(c->store, b, on_written, NULL);
	c->batch = NULL;
	while (!written)
		event_base_loop(c->base, EVLOOP_ONCE);
	if (!marked)
		return; /* killed before the answer was heard */
	host_durable(c, number);
	mark();
}

static void
close_state(void)
{
	store_batch_free(c->batch);
	store_close(c->store);
	mailbox_free(c->mailbox);
	settings_free(c->settings);
	host_free(c);
	event_base_free(c->base);
	free(c);
}

/* One life of a process that changes something. */
static void
run(void)
{
	open_state();
	write_batch(true);
	write_batch(true);
	close_state();
}

/* What the next start finds; NULL or words. */
static char *
start_finds(void)
{
	char *found;

	open_state();
	found = xstrdup(c->host.restored);
	close_state();
	return found;
}

static void
assert_sound(void)
{
	char *found = start_finds();

	ck_assert_msg(found == NULL, "%s", found);
}

static void
assert_restored(const char *words)
{
	char *found = start_finds();

	ck_assert_ptr_nonnull(found);
	ck_assert_msg(strstr(found, words) != NULL, "%s", found);
	free(found);
}

/* --- files --------------------------------------------------------------------------
 */

static char *
path_of(const char *name)
{
	return xasprintf("%s/%s", dir, name);
}

static void
copy(const char *from, const char *to)
{
	char *a = path_of(from), *b = path_of(to), buf[65536];
	FILE *in = fopen(a, "rb"), *out = fopen(b, "wb");
	size_t n;

	ck_assert(in != NULL && out != NULL);
	while ((n = fread(buf, 1, sizeof(buf), in)) > 0)
		ck_assert_uint_eq(fwrite(buf, 1, n, out), n);
	fclose(in);
	ck_assert_int_eq(fclose(out), 0);
	free(a);
	free(b);
}

static void
remove_file(const char *name)
{
	char *path = path_of(name);

	unlink(path);
	free(path);
}

static void
patch_marks(off_t at, const char *text)
{
	char *path = path_of("state.marks");
	int fd = open(path, O_WRONLY);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pwrite(fd, text, strlen(text), at), (ssize_t)strlen(text));
	close(fd);
	free(path);
}

/* The marks as if they had been written so long ago. */
static void
stamp_ago(long long ms)
{
	struct timespec t;
	char *text;

	clock_gettime(CLOCK_REALTIME, &t);
	text = xasprintf("%016lld", t.tv_sec * 1000LL + t.tv_nsec / 1000000 - ms);
	patch_marks(STAMP_AT, text);
	free(text);
}

static void
put_record(const char *key, const char *value)
{
	open_state();
	store_batch_free(c->batch);
	c->batch = NULL;
	if (value == NULL)
		store_batch_del(record_batch(c), "host", key);
	else
		store_batch_put(record_batch(c), "host", key, value);
	written = false;
	store_submit(c->store, c->batch, on_written, NULL);
	c->batch = NULL;
	while (!written)
		event_base_loop(c->base, EVLOOP_ONCE);
	close_state();
}

static void
setup(void)
{
	memcpy(dir + strlen(dir) - 6, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void
teardown(void)
{
	struct dirent *e;
	DIR *d = opendir(dir);

	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			ck_assert_int_eq(unlinkat(dirfd(d), e->d_name, 0), 0);
	closedir(d);
	ck_assert_int_eq(rmdir(dir), 0);
}

/* --- what must not look restored -----------------------------------------------------
 */

START_TEST(test_first_and_second_start)
{
	assert_sound();
	run();
	assert_sound();
	run();
	run();
	assert_sound();
}
END_TEST

/* Killed after the commit and before the marks; the next one, too. */
START_TEST(test_killed_before_the_marks)
{
	run();
	open_state();
	write_batch(true);
	write_batch(false);
	close_state();
	assert_sound();
	open_state();
	write_batch(false);
	close_state();
	assert_sound();
}
END_TEST

/* The very first start, killed before anything was in the file. */
START_TEST(test_killed_at_first)
{
	char first[STORE_INSTANCE + 1];

	open_state();
	memcpy(first, c->host.instance, sizeof(first));
	close_state();
	open_state();
	ck_assert_ptr_null(c->host.restored);
	ck_assert_str_eq(c->host.instance, first);
	close_state();
	run();
	assert_sound();
}
END_TEST

/* Many batches that failed (a full disk): their numbers are in no file. */
START_TEST(test_full_disk)
{
	struct store_batch *b;
	int i;

	run();
	open_state();
	write_batch(true);
	for (i = 0; i < 1000; i++) {
		b = store_batch_new();
		host_number(c, b);
		store_batch_free(b);
		mark(); /* traps left from memory meanwhile */
	}
	close_state();
	assert_sound();
	run();
	assert_sound();
}
END_TEST

/* The marks went to the disk long before, or their last words never did. */
START_TEST(test_power_loss)
{
	run();
	copy("state.marks", "old.marks");
	run();
	run();
	copy("old.marks", "state.marks");
	stamp_ago(0);
	assert_sound();
	run();
	patch_marks(0,
	    "0000000000 0000000000 0000000000 0000000000 "
	    "0000000000 0000000000 0000000000 0000000000 \n");
	assert_sound();
}
END_TEST

/* A state of the release before: no such records, marks of 89 bytes. */
START_TEST(test_upgrade)
{
	char *path;

	run();
	put_record("this", NULL);
	put_record("batch", NULL);
	path = path_of("state.marks");
	ck_assert_int_eq(truncate(path, OLD_LENGTH), 0);
	free(path);
	patch_marks(NUMBER_AT, "0000000000 \n");
	assert_sound();
	run();
	assert_sound();
}
END_TEST

/* And back to that release for a while: it keeps our records, and zeroes the number. */
START_TEST(test_downgrade_and_upgrade)
{
	run();
	patch_marks(NUMBER_AT, "0000000000 \n"); /* over the ninth's first digit */
	assert_sound();
	run();
	assert_sound();
}
END_TEST

/* Moved away to begin afresh, as the refusal of a damaged file proposes. */
START_TEST(test_afresh)
{
	run();
	remove_file("state.sqlite");
	remove_file("state.sqlite-wal");
	remove_file("state.sqlite-shm");
	assert_sound();
	run();
	assert_sound();
}
END_TEST

/* --- what must
 * ------------------------------------------------------------------------
 */

START_TEST(test_put_back)
{
	run();
	copy("state.sqlite", "backup");
	run();
	copy("backup", "state.sqlite");
	remove_file("state.sqlite-wal");
	remove_file("state.sqlite-shm");
	remove_file("backup");
	assert_restored("older than the state.marks");
}
END_TEST

/* All of the directory, marks and all: made anew, though nothing in it is. */
START_TEST(test_directory_put_back)
{
	run();
	copy("state.sqlite", "backup");
	remove_file("state.sqlite");
	copy("backup", "state.sqlite");
	remove_file("backup");
	open_state();
	if (c->host.birth == NULL) { /* this file system does not tell */
		close_state();
		return;
	}
	close_state();
	assert_restored("put there since");
}
END_TEST

/* A copy put over the files: cp -a copy/. dir/ keeps their birth, and marks that fit.
 */
START_TEST(test_directory_copied_over)
{
	run();
	copy("state.marks", "copy");
	copy("copy", "state.marks");
	stamp_ago(5000);
	assert_restored("copy put over");
	assert_restored("copy put over"); /* nothing was written */
	open_state();
	mark(); /* told before anything is durable, and killed or ended */
	close_state();
	assert_restored("copy put over");
	open_state();
	mark();
	write_batch(true);
	close_state();
	assert_restored("copy put over"); /* the file says so itself */
	open_state();
	host_restored(c, NULL);
	write_batch(true);
	close_state();
	assert_sound();
}
END_TEST

/* Of a running one, put over it after a reboot. */
START_TEST(test_copied_over_in_another_boot)
{
	run();
	patch_marks(BOOT_AT, "00000000-0000-0000-0000-000000000000 w");
	stamp_ago(INT64_C(1000000000000)); /* decades before this boot */
	assert_restored("copy put over");
}
END_TEST

/* What the file of an orderly end says, and what is left of that by a crash. */
START_TEST(test_stamps)
{
	static const struct {
		int64_t wall, ctime;
		bool boot, last, changed;
	} cases[] = {
		/* the boot began at 1000 s, it is 2000 s now */
		{ 1500000, 1500000, true, false, false },
		{ 1500000, 1498001, true, false, false },
		{ 1500000, 1501999, true, true, false },
		{ 1500000, 1502001, true, false, true },
		{ 1500000, 1502001, true, true, true },
		{ 1500000, 1497999, true, true, true },
		{ 500000, 500000, false, true, false },
		{ 500000, 502001, false, true, true },
		{ 500000, 490000, false, true, false }, /* power loss at the end */
		{ 500000, 530000, false, false, false }, /* and before */
		{ 500000, 470000, false, false, false },
		{ 500000, 1500000, false, false, true }, /* in this boot */
		{ 500000, 2000001, false, false, false }, /* a clock that is wrong */
		{ 1500000, 1500000, false, false, false },
		{ 0, 1500000, true, false, true },
		{ 0, 500000, false, false, true },
	};
	struct store_stamp s;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		s = (struct store_stamp) { cases[i].wall, "", cases[i].last };
		snprintf(s.boot, sizeof(s.boot), cases[i].boot ? "ab-1" : "ab-0");
		ck_assert_msg(store_mark_changed(&s, cases[i].ctime, "ab-1", 1000000,
		                  2000000) == cases[i].changed,
		    "case %zu", i);
	}
	/* not known which boot: only an orderly end is judged */
	s = (struct store_stamp) { 500000, "", false };
	ck_assert(!store_mark_changed(&s, 1500000, "", 1000000, 2000000));
	ck_assert(!store_mark_changed(&s, 1500000, "ab-1", 1000000, 2000000));
}
END_TEST

/* An orderly end and a start in another boot, and an end that was none. */
START_TEST(test_other_boot)
{
	run();
	patch_marks(BOOT_AT, "00000000-0000-0000-0000-000000000000 e");
	stamp_ago(0);
	assert_sound();
	run();
	patch_marks(LAST_AT, "w");
	assert_sound();
}
END_TEST

START_TEST(test_without_its_marks)
{
	run();
	remove_file("state.marks");
	assert_restored("without its state.marks");
}
END_TEST

START_TEST(test_other_marks)
{
	run();
	patch_marks(INSTANCE_AT, "00000000000000000000000000000000");
	assert_restored("not of the same clustersetd");
}
END_TEST

START_TEST(test_other_host)
{
	char *this;

	run();
	open_state();
	if (c->host.machine == NULL) { /* a machine that has no id */
		close_state();
		return;
	}
	this = xasprintf("{\"instance\":\"%s\",\"machine\":\"%s\"}", c->host.instance,
	    "0123456789abcdef0123456789abcdef");
	close_state();
	put_record("this", this);
	free(this);
	assert_restored("another host");
}
END_TEST

/* The epochs that the copy has not heard of are not given again, now and later. */
START_TEST(test_epochs)
{
	run();
	copy("state.sqlite", "backup");
	run();
	open_state();
	ck_assert_uint_eq(c->host.epochs, 0); /* nothing is forgotten */
	close_state();
	copy("backup", "state.sqlite");
	remove_file("state.sqlite-wal");
	remove_file("state.sqlite-shm");
	remove_file("backup");
	open_state();
	ck_assert_ptr_nonnull(c->host.restored);
	ck_assert_uint_eq(c->host.epochs, 1000040);
	write_batch(true);
	host_restored(c, NULL);
	write_batch(true);
	close_state();
	patch_marks(EPOCH_AT, "0000000007");
	open_state();
	ck_assert_ptr_null(c->host.restored);
	ck_assert_uint_eq(c->host.epochs, 1000040);
	close_state();
}
END_TEST

/* Restored it stays, over restarts and crashes, until it is adopted. */
START_TEST(test_until_adopted)
{
	run();
	remove_file("state.marks");
	assert_restored("without its state.marks"); /* nothing was written */
	open_state();
	write_batch(false); /* in the file; the marks do not know yet */
	close_state();
	assert_restored("without its state.marks");
	run();
	assert_restored("without its state.marks");
	run();
	assert_restored("without its state.marks");
	open_state();
	host_restored(c, NULL);
	write_batch(true);
	close_state();
	assert_sound();
	run();
	assert_sound();
}
END_TEST

START_TEST(test_garbage)
{
	char *cause = NULL;

	run();
	put_record("this", "{\"instance\":\"short\"}");
	c = xcalloc(1, sizeof(*c));
	c->settings = settings_new();
	c->store = store_open(dir, &cause);
	ck_assert_int_eq(host_load(c, &cause), -1);
	ck_assert_ptr_nonnull(strstr(cause, "record this of space host"));
	free(cause);
	store_close(c->store);
	settings_free(c->settings);
	host_free(c);
	free(c);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("host");
	TCase *t = tcase_create("host");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, test_first_and_second_start);
	tcase_add_test(t, test_killed_before_the_marks);
	tcase_add_test(t, test_killed_at_first);
	tcase_add_test(t, test_full_disk);
	tcase_add_test(t, test_power_loss);
	tcase_add_test(t, test_upgrade);
	tcase_add_test(t, test_downgrade_and_upgrade);
	tcase_add_test(t, test_afresh);
	tcase_add_test(t, test_put_back);
	tcase_add_test(t, test_directory_put_back);
	tcase_add_test(t, test_directory_copied_over);
	tcase_add_test(t, test_copied_over_in_another_boot);
	tcase_add_test(t, test_stamps);
	tcase_add_test(t, test_other_boot);
	tcase_add_test(t, test_without_its_marks);
	tcase_add_test(t, test_other_marks);
	tcase_add_test(t, test_other_host);
	tcase_add_test(t, test_epochs);
	tcase_add_test(t, test_until_adopted);
	tcase_add_test(t, test_garbage);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
