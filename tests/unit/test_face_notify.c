/*
 * SPDX-License-Identifier: Apache-2.0
 * Units of subagent/notify.c: the varbinds of each notification, the window, order and
 * repetition, and the range named when the queue overflows.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/stats.h"
#include "set/event.h"
#include "subagent/notify.h"
#include "tests/unit/face_model.h"

#define SENT_MAX 60000

static struct mib *mib;
static struct face_model *model;
static struct mib_snapshot snapshot;
static struct notifier *notifier;
static bool sendable;
static struct {
	uint64_t ticket;
	uint32_t sequence;
	int type;
} sent[SENT_MAX];
static size_t nsent;
static struct notify_message last, suppressed;
static char suppressed_text[4]; /* the count that its words begin with */

static bool
send_one(void *arg, uint64_t ticket, const struct notify_message *m)
{
	(void)arg;
	if (!sendable)
		return false;
	ck_assert_uint_lt(nsent, SENT_MAX);
	sent[nsent].ticket = ticket;
	sent[nsent].sequence = (uint32_t)m->vars[0].value.number;
	sent[nsent++].type = m->type;
	last = *m;
	if (m->type == NOTIFY_EVENTS_SUPPRESSED) {
		suppressed = *m;
		memcpy(suppressed_text, m->vars[4].value.octets, 3);
	}
	return true;
}

static void
setup(void)
{
	int i;

	mib = mib_new();
	model = face_model_new(3);
	memset(&snapshot, 0, sizeof(snapshot));
	for (i = 0; i < TABLE_COUNT; i++)
		snapshot.tables[i] = table_view(model->tables[i]);
	snapshot.now = clock_ms();
	notifier = notifier_new(mib, send_one, NULL);
	sendable = true;
	nsent = 0;
}

static void
teardown(void)
{
	int i;

	notifier_free(notifier);
	for (i = 0; i < TABLE_COUNT; i++)
		table_view_unref((struct table_view *)(uintptr_t)snapshot.tables[i]);
	face_model_free(model);
	mib_free(mib);
}

static void
post(uint32_t sequence, int type, enum table_id table, const uint32_t *key, size_t klen)
{
	struct notice n = { .sequence = sequence,
		.type = type,
		.severity = SEV_WARNING,
		.object_name = "vm-1",
		.text = "words",
		.table = table,
		.old_cluster = "cluster-9" };

	if (key != NULL)
		n.row = row_ref(table_get(model->tables[table], key, klen));
	notifier_post(notifier, &n, 1700000000);
}

static const uint32_t one[2] = { 1, 1 };

static void
post_range(uint32_t from, uint32_t to)
{
	for (; from <= to; from++)
		post(from, 3, TABLE_VM, one, 1);
}

/* Acknowledges all that is in flight until nothing is. */
static void
drain(void)
{
	size_t i = nsent - notifier_in_flight(notifier);

	for (; i < nsent; i++) {
		notifier_answer(notifier, sent[i].ticket, NOTIFY_ACKED);
		notifier_pump(notifier, &snapshot);
	}
}

START_TEST(window_and_order)
{
	size_t i;

	post_range(1, 100);
	notifier_pump(notifier, &snapshot);
	ck_assert_uint_eq(nsent, NOTIFY_WINDOW);
	ck_assert_uint_eq(notifier_waiting(notifier), 100);
	notifier_pump(notifier, &snapshot);
	ck_assert_uint_eq(nsent, NOTIFY_WINDOW);
	/* acknowledged in any order, sent in theirs */
	notifier_answer(notifier, sent[5].ticket, NOTIFY_ACKED);
	notifier_answer(notifier, sent[5].ticket, NOTIFY_ACKED); /* counts once */
	notifier_pump(notifier, &snapshot);
	ck_assert_uint_eq(nsent, NOTIFY_WINDOW + 1);
	for (i = 0; i < nsent; i++)
		if (i != 5)
			notifier_answer(notifier, sent[i].ticket, NOTIFY_ACKED);
	notifier_pump(notifier, &snapshot);
	drain();
	ck_assert_uint_eq(nsent, 100);
	for (i = 0; i < nsent; i++)
		ck_assert_uint_eq(sent[i].sequence, i + 1);
	ck_assert_uint_eq(notifier_waiting(notifier), 0);
	ck_assert_uint_eq(stat_get(STAT_NOTIFICATIONS_SENT), 100);
	ck_assert_uint_eq(stat_get(STAT_NOTIFICATIONS_QUEUED), 0);
}
END_TEST

START_TEST(lost_session_repeats_in_order)
{
	size_t i;

	post_range(1, 40);
	notifier_pump(notifier, &snapshot);
	notifier_answer(notifier, sent[0].ticket, NOTIFY_ACKED);
	notifier_answer(notifier, sent[3].ticket, NOTIFY_ACKED);
	notifier_lost(notifier);
	sendable = false;
	notifier_pump(notifier, &snapshot);
	ck_assert_uint_eq(nsent, NOTIFY_WINDOW);
	/* an answer that comes after all is of a session that is gone */
	notifier_answer(notifier, sent[1].ticket, NOTIFY_ACKED);
	ck_assert_uint_eq(notifier_waiting(notifier), 38);
	sendable = true;
	notifier_pump(notifier, &snapshot);
	drain();
	ck_assert_uint_eq(sent[16].sequence, 2);
	ck_assert_uint_eq(sent[17].sequence, 3);
	ck_assert_uint_eq(sent[18].sequence, 5);
	for (i = 19; i < nsent; i++)
		ck_assert_uint_eq(sent[i].sequence, i - 13);
	ck_assert_uint_eq(sent[nsent - 1].sequence, 40);
	ck_assert_uint_eq(stat_get(STAT_NOTIFICATIONS_SENT), 40);
	ck_assert_uint_eq(stat_get(STAT_NOTIFICATIONS_RETRIED), 14);
}
END_TEST

START_TEST(silence_holds_what_follows)
{
	size_t i;

	post_range(1, 30);
	notifier_pump(notifier, &snapshot);
	for (i = 0; i < NOTIFY_WINDOW; i++) {
		if (i == 2)
			notifier_answer(notifier, sent[i].ticket, NOTIFY_SILENT);
		else if (i < 8)
			notifier_answer(notifier, sent[i].ticket, NOTIFY_ACKED);
		notifier_pump(notifier, &snapshot);
	}
	/* sequence 3 is to come before anything newer, but what flies may still land */
	ck_assert_uint_eq(sent[nsent - 1].sequence, 18);
	for (i = 8; i < nsent; i++)
		notifier_answer(notifier, sent[i].ticket, NOTIFY_ACKED);
	i = nsent;
	notifier_pump(notifier, &snapshot);
	ck_assert_uint_eq(sent[i].sequence, 3);
	ck_assert_uint_eq(sent[i + 1].sequence, 19);
	drain();
	ck_assert_uint_eq(sent[nsent - 1].sequence, 30);
}
END_TEST

START_TEST(refused_is_given_up)
{
	int i;

	post(1, 3, TABLE_VM, one, 1);
	for (i = 1; i <= 3; i++) {
		notifier_pump(notifier, &snapshot);
		ck_assert_uint_eq(nsent, i);
		notifier_answer(notifier, sent[i - 1].ticket, NOTIFY_REFUSED);
	}
	notifier_pump(notifier, &snapshot);
	ck_assert_uint_eq(nsent, 3);
	ck_assert_uint_eq(notifier_waiting(notifier), 0);
	ck_assert_uint_eq(stat_get(STAT_NOTIFICATIONS_SUPPRESSED), 1);
}
END_TEST

START_TEST(overflow_is_named)
{
	size_t i;

	sendable = false;
	/* tried in vain after each, as the face does */
	for (i = 1; i <= NOTIFY_WAITING + 250; i++) {
		post_range((uint32_t)i, (uint32_t)i);
		notifier_pump(notifier, &snapshot);
	}
	ck_assert_uint_eq(stat_get(STAT_NOTIFICATIONS_SUPPRESSED), 250);
	sendable = true;
	notifier_pump(notifier, &snapshot);
	drain();
	ck_assert_uint_eq(nsent, NOTIFY_WAITING + 1);
	ck_assert_int_eq(sent[0].type, NOTIFY_EVENTS_SUPPRESSED);
	ck_assert_int_eq(suppressed.vars[6].value.number, 1);
	ck_assert_int_eq(suppressed.vars[7].value.number, 250);
	ck_assert_str_eq(suppressed_text, "250");
	for (i = 1; i < nsent; i++)
		ck_assert_uint_eq(sent[i].sequence, 250 + i);
}
END_TEST

START_TEST(overflow_says_the_range)
{
	sendable = false;
	post_range(11, NOTIFY_WAITING + 30);
	sendable = true;
	notifier_pump(notifier, &snapshot);
	drain();
	nsent = 0;
	sendable = false;
	post_range(20001, NOTIFY_WAITING + 20001);
	sendable = true;
	post_range(0, 0);
	notifier_pump(notifier, &snapshot);
	ck_assert_int_eq(sent[0].type, NOTIFY_EVENTS_SUPPRESSED);
	ck_assert_uint_eq(sent[0].sequence, 20002);
	ck_assert_uint_eq(sent[1].sequence, 20003);
}
END_TEST

static const struct {
	enum table_id table;
	size_t klen;
} about[NOTIFY_TYPES + 1] = {
	[1] = { TABLE_CLUSTER, 1 },
	[2] = { TABLE_NODE, 2 },
	[3] = { TABLE_VM, 1 },
	[4] = { TABLE_VM, 1 },
	[5] = { TABLE_SET, 0 },
	[6] = { TABLE_SET, 0 },
	[7] = { TABLE_DISK, 1 },
	[8] = { TABLE_DISK, 1 },
	[9] = { TABLE_VM, 1 },
	[10] = { TABLE_AVAIL_SET, 1 },
	[11] = { TABLE_SET, 0 },
	[12] = { TABLE_PLAN, 1 },
	[13] = { TABLE_SET, 0 },
	[14] = { TABLE_SET, 0 },
	[15] = { TABLE_ALARM, 1 },
	[16] = { TABLE_ALARM, 1 },
	[17] = { TABLE_SET, 0 },
	[18] = { TABLE_SET, 0 },
};

START_TEST(every_type_has_its_varbinds)
{
	const char *const *name = notify_objects(_i);
	const struct mib_column *c;
	const struct mib_table *t;
	size_t i;

	ck_assert_ptr_nonnull(name);
	post(42, _i, about[_i].table, about[_i].klen == 0 ? NULL : one, about[_i].klen);
	notifier_pump(notifier, &snapshot);
	ck_assert_uint_eq(nsent, 1);
	ck_assert_int_eq(last.type, _i);
	for (i = 0; name[i] != NULL; i++) {
		ck_assert_uint_lt(i, last.n);
		if (strncmp(name[i], "csNotify", 8) == 0)
			continue;
		c = mib_by_name(mib, name[i], &t);
		ck_assert_msg(c != NULL, "%s", name[i]);
		ck_assert_int_eq(last.vars[i].value.tag, c->tag);
		ck_assert_uint_eq(last.vars[i].oid[t->oid_len], c->id);
		/* the instance is that of the row */
		if (about[_i].klen > 0 && t->source == (int)about[_i].table)
			ck_assert_uint_eq(
			    last.vars[i].len, t->oid_len + 1 + about[_i].klen);
	}
	ck_assert_uint_eq(last.n, i);
	ck_assert_str_eq(name[0], "csNotifySequence");
	ck_assert_int_eq(last.vars[0].value.number, 42);
	ck_assert_int_eq(last.vars[1].value.number, SEV_WARNING);
	ck_assert_uint_eq(last.vars[2].value.len, 4);
	ck_assert_str_eq(name[4], "csNotifyText");
	ck_assert_uint_eq(last.vars[4].value.len, 5);
	ck_assert_uint_eq(last.vars[5].value.len, DATE_AND_TIME_LEN);
}
END_TEST

START_TEST(values_of_the_row_when_posted)
{
	struct vm_row r;

	post(1, 3, TABLE_VM, one, 1);
	/* the model goes on; the notice keeps its row */
	r = *(const struct vm_row *)table_get(model->tables[TABLE_VM], one, 1);
	r.oper = VM_FAILED;
	table_put(model->tables[TABLE_VM], one, 1, &r);
	notifier_pump(notifier, &snapshot);
	ck_assert_int_eq(last.vars[3].value.number, VM_RUNNING);
}
END_TEST

START_TEST(plans_and_the_imbalance)
{
	static const uint32_t zero[1] = { 0 };

	post(1, EVENT_PLAN_READY, TABLE_PLAN, one, 1);
	notifier_pump(notifier, &snapshot);
	ck_assert_int_eq(last.vars[3].value.number, PLAN_PROPOSED);
	ck_assert_uint_eq(last.vars[9].value.number, 300); /* csPlanBenefit */
	post(2, EVENT_IMBALANCE, TABLE_POLICY_SET, zero, 1);
	notifier_pump(notifier, &snapshot);
	ck_assert_int_eq(last.vars[3].value.number, 123);
	/* of the set, which is another row */
	ck_assert_uint_gt(last.vars[6].value.len, 0);
}
END_TEST

START_TEST(alarm_states)
{
	post(1, 15, TABLE_ALARM, one, 1);
	notifier_pump(notifier, &snapshot);
	ck_assert_int_eq(last.vars[3].value.number, 1);
	post(2, 16, TABLE_ALARM, one, 1);
	notifier_pump(notifier, &snapshot);
	ck_assert_int_eq(last.vars[3].value.number, 2);
}
END_TEST

START_TEST(no_such_type)
{
	post(1, 0, TABLE_VM, one, 1);
	post(2, NOTIFY_TYPES + 1, TABLE_VM, NULL, 0);
	notifier_pump(notifier, &snapshot);
	ck_assert_uint_eq(nsent, 0);
	ck_assert_ptr_null(notify_objects(-1));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("face_notify");
	TCase *t = tcase_create("notify");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, window_and_order);
	tcase_add_test(t, lost_session_repeats_in_order);
	tcase_add_test(t, silence_holds_what_follows);
	tcase_add_test(t, refused_is_given_up);
	tcase_add_test(t, overflow_is_named);
	tcase_add_test(t, overflow_says_the_range);
	tcase_add_loop_test(t, every_type_has_its_varbinds, 1, NOTIFY_TYPES + 1);
	tcase_add_test(t, values_of_the_row_when_posted);
	tcase_add_test(t, plans_and_the_imbalance);
	tcase_add_test(t, alarm_states);
	tcase_add_test(t, no_such_type);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
