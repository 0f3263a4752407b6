/*
 * SPDX-License-Identifier: Apache-2.0
 * SETs in control, phase by phase, with a real store: what is reserved, what is
 * durable, what an orphan may do and what it may not. csSetSerial stands for every
 * object.
 */
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "subagent/control_impl.h"

enum { OK = 0, INCONSISTENT_VALUE = 12, RESOURCE_UNAVAILABLE = 13, COMMIT_FAILED = 14 };

static struct control *c;
static char dir[] = "/tmp/test-intent-XXXXXX";

static void
on_publish(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

static int
count_record(const char *key, const char *value, void *arg, char **cause)
{
	(void)key;
	(void)value;
	(void)cause;
	++*(int *)arg;
	return 0;
}

/* A control with a store and a model of nothing, but without threads of the face. */
static void
start(void)
{
	const struct model_now now = control_now();
	char *cause = NULL;

	c = xcalloc(1, sizeof(*c));
	c->base = event_base_new();
	c->mailbox = mailbox_new(c->base);
	c->box = generation_box_new();
	c->settings = settings_new();
	record_init(c);
	intent_init(c);
	c->publish = event_new(c->base, -1, 0, on_publish, NULL);
	c->model = model_new(record_sink(c), "test", &now);
	c->store = store_open(dir, &cause);
	ck_assert_msg(c->store != NULL, "%s", cause);
	ck_assert_int_eq(intent_load(c, &cause), 0);
	ck_assert_int_eq(store_start(c->store, c->mailbox, &cause), 0);
	ck_assert_int_eq(model_configure(c->model, c->settings, 1, &now, &cause), 0);
}

static void
stop(void)
{
	c->stopping = true;
	record_flush(c);
	store_close(c->store);
	c->store = NULL;
	mailbox_free(c->mailbox);
	intent_free(c);
	record_free(c);
	event_free(c->publish);
	model_free(c->model);
	generation_box_free(c->box);
	settings_free(c->settings);
	event_base_free(c->base);
	free(c);
}

static void
setup(void)
{
	memcpy(dir + strlen(dir) - 6, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	start();
}

static void
teardown(void)
{
	struct dirent *e;
	DIR *d;

	stop();
	d = opendir(dir);
	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			ck_assert_int_eq(unlinkat(dirfd(d), e->d_name, 0), 0);
	closedir(d);
	ck_assert_int_eq(rmdir(dir), 0);
}

static struct request *
post(enum request_phase phase, uint64_t transaction, int64_t serial)
{
	const struct set_item item = { WRITE_SET_SERIAL, { 0 }, 1, serial };
	struct request *r = request_new(phase, transaction, &item, 1);

	intent_request(&request_ref(r)->mail);
	return r;
}

/* Posts and turns the loop until it is answered; returns the error. */
static int
ask(enum request_phase phase, uint64_t transaction, int64_t serial)
{
	struct request *r = post(phase, transaction, serial);
	int error;

	while (atomic_load(&r->state) != REQUEST_ANSWERED)
		event_base_loop(c->base, EVLOOP_ONCE);
	error = r->error;
	request_unref(r);
	return error;
}

static int64_t
serial_now(void)
{
	const struct model_now now = control_now();
	const uint32_t key = 0;
	const struct set_row *row =
	    table_get(model_tables(c->model, &now, NULL)[TABLE_SET], &key, 1);

	return row->serial;
}

/* How many proposals a new process finds in the file. */
static int
proposals_in_file(void)
{
	struct store *s;
	char *cause = NULL;
	int n = 0;

	stop();
	s = store_open(dir, &cause);
	ck_assert_msg(s != NULL, "%s", cause);
	ck_assert_int_eq(store_load(s, "proposal", count_record, &n, &cause), 0);
	store_close(s);
	start();
	return n;
}

static void
lapse(msec_t ms)
{
	const struct model_now later = { clock_ms() + ms, time(NULL) };

	intent_tick(c, &later);
}

START_TEST(test_whole_way)
{
	ck_assert_int_eq(ask(REQUEST_TEST, 1, 0), OK);
	ck_assert_int_eq(ask(REQUEST_COMMIT, 1, 0), OK);
	ck_assert_int_eq(serial_now(), 0); /* proposed is not accepted */
	ck_assert_int_eq(ask(REQUEST_ACCEPT, 1, 0), OK);
	ck_assert_int_eq(serial_now(), 1);
	ck_assert_int_eq(proposals_in_file(), 0);
}
END_TEST

START_TEST(test_reservation)
{
	ck_assert_int_eq(ask(REQUEST_TEST, 1, 0), OK);
	ck_assert_int_eq(ask(REQUEST_TEST, 2, 0), RESOURCE_UNAVAILABLE);
	ck_assert_int_eq(ask(REQUEST_FREE, 1, 0), OK);
	ck_assert_int_eq(ask(REQUEST_TEST, 3, 0), OK);
	lapse(9000);
	ck_assert_int_eq(ask(REQUEST_TEST, 4, 0), RESOURCE_UNAVAILABLE);
	lapse(11000);
	ck_assert_int_eq(ask(REQUEST_TEST, 5, 0), OK);
	ck_assert_int_eq(ask(REQUEST_COMMIT, 3, 0), COMMIT_FAILED); /* it lapsed */
	ck_assert_int_eq(ask(REQUEST_COMMIT, 5, 0), OK);
}
END_TEST

START_TEST(test_commit_without_test)
{
	ck_assert_int_eq(ask(REQUEST_COMMIT, 1, 0), COMMIT_FAILED);
	ck_assert_int_eq(ask(REQUEST_ACCEPT, 1, 0), OK);
	ck_assert_int_eq(serial_now(), 0);
}
END_TEST

START_TEST(test_undo)
{
	ck_assert_int_eq(ask(REQUEST_TEST, 1, 0), OK);
	ck_assert_int_eq(ask(REQUEST_COMMIT, 1, 0), OK);
	ck_assert_int_eq(ask(REQUEST_UNDO, 1, 0), OK);
	ck_assert_int_eq(ask(REQUEST_ACCEPT, 1, 0), OK); /* of nothing */
	lapse(11000);
	ck_assert_int_eq(serial_now(), 0);
	ck_assert_int_eq(proposals_in_file(), 0);
}
END_TEST

START_TEST(test_undo_before_durable)
{
	struct request *commit;

	ck_assert_int_eq(ask(REQUEST_TEST, 1, 0), OK);
	commit = post(REQUEST_COMMIT, 1, 0); /* the face stopped waiting */
	ck_assert_int_eq(ask(REQUEST_UNDO, 1, 0), OK);
	while (atomic_load(&commit->state) != REQUEST_ANSWERED)
		event_base_loop(c->base, EVLOOP_ONCE);
	request_unref(commit);
	lapse(11000);
	ck_assert_int_eq(serial_now(), 0);
	ck_assert_int_eq(proposals_in_file(), 0);
}
END_TEST

START_TEST(test_orphan_by_time)
{
	ck_assert_int_eq(ask(REQUEST_TEST, 1, 0), OK);
	ck_assert_int_eq(ask(REQUEST_COMMIT, 1, 0), OK);
	lapse(9000);
	ck_assert_int_eq(serial_now(), 0);
	lapse(11000);
	ck_assert_int_eq(serial_now(), 1);
	lapse(22000);
	ck_assert_int_eq(serial_now(), 1); /* once */
}
END_TEST

/* What is older is settled before what is newer is even tested. */
START_TEST(test_orphan_and_next)
{
	ck_assert_int_eq(ask(REQUEST_TEST, 1, 0), OK);
	ck_assert_int_eq(ask(REQUEST_COMMIT, 1, 0), OK);
	ck_assert_int_eq(ask(REQUEST_TEST, 2, 0), INCONSISTENT_VALUE);
	ck_assert_int_eq(serial_now(), 1);
	ck_assert_int_eq(ask(REQUEST_TEST, 3, 1), OK);
	ck_assert_int_eq(ask(REQUEST_COMMIT, 3, 1), OK);
	ck_assert_int_eq(ask(REQUEST_ACCEPT, 3, 1), OK);
	lapse(11000);
	ck_assert_int_eq(serial_now(), 2);
	ck_assert_int_eq(proposals_in_file(), 0);
}
END_TEST

START_TEST(test_found_at_start)
{
	ck_assert_int_eq(ask(REQUEST_TEST, 1, 0), OK);
	ck_assert_int_eq(ask(REQUEST_COMMIT, 1, 0), OK);
	ck_assert_int_eq(proposals_in_file(), 1);
	intent_start(c);
	ck_assert_int_eq(serial_now(), 1);
	ck_assert_int_eq(proposals_in_file(), 0);
}
END_TEST

START_TEST(test_revoked)
{
	const struct set_item item = { WRITE_SET_SERIAL, { 0 }, 1, 0 };
	struct request *r = request_new(REQUEST_TEST, 1, &item, 1);

	ck_assert_int_eq(request_wait(r, 1), 0); /* given up before control took it */
	intent_request(&request_ref(r)->mail);
	ck_assert_int_eq(atomic_load(&r->state), REQUEST_REVOKED);
	request_unref(r);
	ck_assert_int_eq(ask(REQUEST_TEST, 2, 0), OK); /* nothing is reserved */
}
END_TEST

/* What the whole-state write of a recovered store leaves: the proposals that stand. */
START_TEST(test_tell_all)
{
	struct store_batch *b = store_batch_new();

	store_batch_put(b, "proposal", "00000000000000aa", "{\"set\":[]}");
	store_submit(c->store, b, NULL, NULL);
	ck_assert_int_eq(ask(REQUEST_TEST, 1, 0), OK);
	ck_assert_int_eq(ask(REQUEST_COMMIT, 1, 0), OK);
	b = store_batch_new();
	intent_tell_all(c, b);
	store_submit(c->store, b, NULL, NULL);
	ck_assert_int_eq(proposals_in_file(), 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("intent");
	TCase *t = tcase_create("intent");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 30);
	tcase_add_test(t, test_whole_way);
	tcase_add_test(t, test_reservation);
	tcase_add_test(t, test_commit_without_test);
	tcase_add_test(t, test_undo);
	tcase_add_test(t, test_undo_before_durable);
	tcase_add_test(t, test_orphan_by_time);
	tcase_add_test(t, test_orphan_and_next);
	tcase_add_test(t, test_found_at_start);
	tcase_add_test(t, test_revoked);
	tcase_add_test(t, test_tell_all);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
