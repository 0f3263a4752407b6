/*
 * SPDX-License-Identifier: Apache-2.0
 * Units of subagent/sets.c and refusal.c against a control thread that is quick, slow,
 * silent or refuses: each phase asks what it must, waits no longer than it may, and
 * leaves nothing behind.
 */
#include "config.h"

#include <check.h>
#include <event2/event.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "subagent/sets.h"
#include "tests/unit/face_model.h"

#define TIMEOUT  150 /* ms, given to sets */
#define LOG_SIZE 256

static struct event_base *base; /* control's */
static struct mailbox *mailbox;
static pthread_t control;
static struct mib *mib;
static struct refusals *refusals;
static struct sets *sets;
static struct face_model *model;
static struct mib_snapshot snapshot;

/* how control behaves, and the phases that it saw, a letter each: T C A U F, lower case
 * when it found the request revoked */
static _Atomic int control_delay, control_error;
static pthread_mutex_t seen_lock = PTHREAD_MUTEX_INITIALIZER;
static char seen[LOG_SIZE];
static uint64_t seen_transaction;

static void
saw(const struct request *r, bool taken)
{
	static const char letters[] = "TCAUF", revoked[] = "tcauf";
	size_t n;

	pthread_mutex_lock(&seen_lock);
	n = strlen(seen);
	seen[n] = (taken ? letters : revoked)[r->phase];
	seen[n + 1] = '\0';
	seen_transaction = r->transaction;
	pthread_mutex_unlock(&seen_lock);
}

static void
on_request(struct mail *m)
{
	struct request *r = (struct request *)m;
	int error;

	if (request_take(r)) {
		saw(r, true);
		if (control_delay > 0)
			usleep((useconds_t)control_delay * 1000);
		error = control_error;
		request_answer(r, error, r->nitems - 1,
		    error == 0 ? NULL : xstrdup("control says no"));
	} else {
		saw(r, false);
	}
	request_unref(r);
}

static void *
control_main(void *arg)
{
	(void)arg;
	event_base_loop(base, EVLOOP_NO_EXIT_ON_EMPTY);
	return NULL;
}

struct stop {
	struct mail mail;
};

static void
on_stop(struct mail *m)
{
	event_base_loopbreak(base);
	free(m);
}

/* A letter that keeps control's thread busy before it sees the next one. */
struct busy {
	struct mail mail;
	useconds_t us;
};

static void
on_busy(struct mail *m)
{
	usleep(((struct busy *)m)->us);
	free(m);
}

static void
keep_control_busy(useconds_t ms)
{
	struct busy *b = xcalloc(1, sizeof(*b));

	b->mail.deliver = on_busy;
	b->us = ms * 1000;
	mailbox_post(mailbox, &b->mail);
	usleep(20000); /* so that the requests to come are letters of a later turn */
}

/* Everything posted so far has been seen by control, within two seconds. */
static const char *
all_seen(size_t n)
{
	static char copy[LOG_SIZE];
	int i;

	for (i = 0; i < 200; i++) {
		pthread_mutex_lock(&seen_lock);
		memcpy(copy, seen, sizeof(copy));
		pthread_mutex_unlock(&seen_lock);
		if (strlen(copy) >= n)
			break;
		usleep(10000);
	}
	return copy;
}

static void
setup(void)
{
	struct sets_options o = {
		.control = NULL, .request = on_request, .timeout = TIMEOUT
	};
	int i;

	seen[0] = '\0';
	control_delay = control_error = 0;
	base = event_base_new();
	mailbox = mailbox_new(base);
	mib = mib_new();
	refusals = refusals_new(4);
	o.mib = mib;
	o.refusals = refusals;
	o.control = mailbox;
	sets = sets_new(&o);
	model = face_model_new(5);
	memset(&snapshot, 0, sizeof(snapshot));
	for (i = 0; i < TABLE_COUNT; i++)
		snapshot.tables[i] = table_view(model->tables[i]);
	snapshot.now = clock_ms();
	pthread_create(&control, NULL, control_main, NULL);
}

static void
teardown(void)
{
	struct stop *s = xcalloc(1, sizeof(*s));
	int i;

	sets_free(sets);
	s->mail.deliver = on_stop;
	mailbox_post(mailbox, &s->mail);
	pthread_join(control, NULL);
	mailbox_free(mailbox);
	event_base_free(base);
	refusals_free(refusals);
	for (i = 0; i < TABLE_COUNT; i++)
		table_view_unref((struct table_view *)(uintptr_t)snapshot.tables[i]);
	face_model_free(model);
	mib_free(mib);
}

static const uint32_t priority_1[] = { 1, 5, 1, 16, 1 };
static const uint32_t priority_2[] = { 1, 5, 1, 16, 2 };
static const uint32_t name_1[] = { 1, 5, 1, 2, 1 };
static struct mib_write two[] = {
	{ .oid = priority_1, .len = 5, .tag = TAG_UNSIGNED32, .number = 1 },
	{ .oid = priority_2, .len = 5, .tag = TAG_UNSIGNED32, .number = 2 },
};

static enum mib_error
phase(uint64_t id, enum set_phase p)
{
	size_t failed;

	return sets_phase(sets, &snapshot, id, p, two, 2, &failed);
}

/* The newest row of csRefusalTable. */
static const struct refusal_row *
refusal(void)
{
	const struct row *r = NULL, *next;

	refusals_show(refusals, &snapshot);
	for (next = table_view_next(snapshot.tables[SOURCE_REFUSAL], NULL, 0, true);
	     next != NULL; next = table_view_next(snapshot.tables[SOURCE_REFUSAL],
	                       next->key, next->klen, false))
		r = next;
	ck_assert_ptr_nonnull(r);
	return (const struct refusal_row *)r;
}

START_TEST(all_phases)
{
	uint64_t accepted = stat_get(STAT_SETS_ACCEPTED);

	ck_assert_int_eq(phase(7, SET_CHECK), ERROR_NONE);
	ck_assert_uint_eq(sets_open(sets), 1);
	ck_assert_int_eq(phase(7, SET_TEST), ERROR_NONE);
	ck_assert_int_eq(phase(7, SET_COMMIT), ERROR_NONE);
	ck_assert_int_eq(phase(7, SET_CLEANUP), ERROR_NONE);
	ck_assert_uint_eq(sets_open(sets), 0);
	ck_assert_str_eq(all_seen(3), "TCA");
	ck_assert_uint_eq(stat_get(STAT_SETS_ACCEPTED), accepted + 1);
	/* transactions are told apart, and never 0 */
	ck_assert_int_eq(phase(7, SET_CHECK), ERROR_NONE);
	ck_assert_int_eq(phase(7, SET_TEST), ERROR_NONE);
	all_seen(4);
	ck_assert_uint_eq(seen_transaction, 2);
}
END_TEST

START_TEST(undone)
{
	phase(7, SET_CHECK);
	phase(7, SET_TEST);
	phase(7, SET_COMMIT);
	ck_assert_int_eq(phase(7, SET_UNDO), ERROR_NONE);
	ck_assert_str_eq(all_seen(3), "TCU");
	ck_assert_uint_eq(sets_open(sets), 0);
}
END_TEST

START_TEST(freed_after_test)
{
	phase(7, SET_CHECK);
	phase(7, SET_TEST);
	ck_assert_int_eq(phase(7, SET_FREE), ERROR_NONE);
	ck_assert_str_eq(all_seen(2), "TF");
	ck_assert_uint_eq(sets_open(sets), 0);
}
END_TEST

START_TEST(freed_after_check)
{
	phase(7, SET_CHECK);
	ck_assert_int_eq(phase(7, SET_FREE), ERROR_NONE);
	ck_assert_uint_eq(sets_open(sets), 0);
	/* control was never asked; only the next SET shows up */
	phase(8, SET_CHECK);
	phase(8, SET_TEST);
	ck_assert_str_eq(all_seen(1), "T");
}
END_TEST

START_TEST(refused_by_descriptor)
{
	struct mib_write w[] = { two[0], { .oid = name_1, .len = 5, .tag = 4 } };
	uint64_t refused = stat_get(STAT_SETS_REFUSED);
	size_t failed = 9;

	ck_assert_int_eq(sets_phase(sets, &snapshot, 7, SET_CHECK, w, 2, &failed),
	    ERROR_NOT_WRITABLE);
	ck_assert_uint_eq(failed, 1);
	ck_assert_uint_eq(sets_open(sets), 0);
	ck_assert_str_eq(refusal()->instance, CS_MIB_ROOT_TEXT ".1.5.1.2.1");
	ck_assert_str_eq(refusal()->text, "csVmName.1 is read-only");
	ck_assert_int_eq(refusal()->error, ERROR_NOT_WRITABLE);
	ck_assert_uint_eq(stat_get(STAT_SETS_REFUSED), refused + 1);
	/* the master frees what it does not know to be gone */
	ck_assert_int_eq(phase(7, SET_FREE), ERROR_NONE);
	ck_assert_str_eq(all_seen(0), "");
}
END_TEST

START_TEST(same_object_twice)
{
	struct mib_write w[] = { two[0], two[0] };
	size_t failed = 9;

	ck_assert_int_eq(sets_phase(sets, &snapshot, 7, SET_CHECK, w, 2, &failed),
	    ERROR_INCONSISTENT_NAME);
	ck_assert_uint_eq(failed, 1);
}
END_TEST

START_TEST(refused_by_control)
{
	size_t failed = 9;

	control_error = ERROR_INCONSISTENT_VALUE;
	phase(7, SET_CHECK);
	ck_assert_int_eq(sets_phase(sets, &snapshot, 7, SET_TEST, two, 2, &failed),
	    ERROR_INCONSISTENT_VALUE);
	ck_assert_uint_eq(failed, 1);
	ck_assert_str_eq(refusal()->text, "control says no");
	ck_assert_str_eq(refusal()->instance, CS_MIB_ROOT_TEXT ".1.5.1.16.2");
	phase(7, SET_FREE);
	ck_assert_str_eq(all_seen(2), "TF");
}
END_TEST

START_TEST(control_silent_in_test)
{
	msec_t from;

	phase(7, SET_CHECK);
	keep_control_busy(600);
	from = clock_ms();
	ck_assert_int_eq(phase(7, SET_TEST), ERROR_RESOURCE_UNAVAILABLE);
	ck_assert_int_ge(clock_ms() - from, TIMEOUT);
	ck_assert_int_lt(clock_ms() - from, 500);
	ck_assert_ptr_nonnull(strstr(refusal()->text, "nothing was done"));
	phase(7, SET_FREE);
	/* revoked in time: control finds it so, and is told to forget */
	ck_assert_str_eq(all_seen(2), "tF");
}
END_TEST

START_TEST(control_slow_in_commit)
{
	phase(7, SET_CHECK);
	phase(7, SET_TEST);
	control_delay = 400;
	ck_assert_int_eq(phase(7, SET_COMMIT), ERROR_GEN_ERR);
	ck_assert_ptr_nonnull(strstr(refusal()->text, "outcome is not known"));
	control_delay = 0;
	usleep(500000);
	ck_assert_int_eq(phase(7, SET_UNDO), ERROR_NONE);
	ck_assert_str_eq(all_seen(3), "TCU");
}
END_TEST

START_TEST(control_silent_in_cleanup)
{
	phase(7, SET_CHECK);
	phase(7, SET_TEST);
	phase(7, SET_COMMIT);
	keep_control_busy(400);
	ck_assert_int_eq(phase(7, SET_CLEANUP), ERROR_NONE);
	/* the one waited for was revoked; another one reaches control all the same */
	ck_assert_str_eq(all_seen(4), "TCaA");
}
END_TEST

START_TEST(session_lost)
{
	phase(7, SET_CHECK); /* nobody knows of it */
	phase(8, SET_CHECK);
	phase(8, SET_TEST); /* reserved: freed */
	phase(9, SET_CHECK);
	phase(9, SET_TEST);
	phase(9, SET_COMMIT); /* durable: control accepts it by itself */
	ck_assert_uint_eq(sets_open(sets), 3);
	sets_lost(sets);
	ck_assert_uint_eq(sets_open(sets), 0);
	ck_assert_str_eq(all_seen(4), "TTCF");
	ck_assert_int_eq(phase(9, SET_CLEANUP), ERROR_NONE);
	ck_assert_int_eq(phase(9, SET_COMMIT), ERROR_GEN_ERR);
}
END_TEST

START_TEST(skipped_phases_leave_nothing)
{
	uint64_t id;

	for (id = 1; id <= 500; id++) {
		phase(id, SET_CHECK);
		ck_assert_uint_le(sets_open(sets), 64);
	}
	/* the same number again, its forerunner never concluded */
	phase(500, SET_CHECK);
	phase(500, SET_TEST);
	phase(500, SET_CHECK);
	ck_assert_uint_le(sets_open(sets), 64);
	snapshot.now += 61000;
	phase(501, SET_CHECK);
	ck_assert_uint_eq(sets_open(sets), 1);
}
END_TEST

START_TEST(refusals_are_a_ring)
{
	static const uint32_t oldest[1] = { 7 }, gone[1] = { 6 };
	int i;

	for (i = 0; i < 10; i++)
		refusals_add(refusals, priority_1, 5, ERROR_GEN_ERR, NULL);
	refusals_show(refusals, &snapshot);
	ck_assert_uint_eq(table_view_count(snapshot.tables[SOURCE_REFUSAL]), 4);
	ck_assert_ptr_nonnull(
	    table_view_get(snapshot.tables[SOURCE_REFUSAL], oldest, 1));
	ck_assert_ptr_null(table_view_get(snapshot.tables[SOURCE_REFUSAL], gone, 1));
	ck_assert_str_ne(refusal()->text, "");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("face_sets");
	TCase *t = tcase_create("sets");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, all_phases);
	tcase_add_test(t, undone);
	tcase_add_test(t, freed_after_test);
	tcase_add_test(t, freed_after_check);
	tcase_add_test(t, refused_by_descriptor);
	tcase_add_test(t, same_object_twice);
	tcase_add_test(t, refused_by_control);
	tcase_add_test(t, control_silent_in_test);
	tcase_add_test(t, control_slow_in_commit);
	tcase_add_test(t, control_silent_in_cleanup);
	tcase_add_test(t, session_lost);
	tcase_add_test(t, skipped_phases_leave_nothing);
	tcase_add_test(t, refusals_are_a_ring);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
