/*
 * SPDX-License-Identifier: Apache-2.0
 * Units of subagent/mib.c: what GETNEXT finds is exactly what there is, from every
 * starting point; unknown values are passed over; SETs are checked by the descriptors.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "subagent/mib.h"
#include "tests/unit/face_model.h"

#define OIDS_MAX 4000

struct name {
	uint32_t oid[MIB_OID_MAX];
	size_t len;
};

static struct mib *mib;
static struct face_model *model;
static struct mib_snapshot snapshot;
static struct table_view *views[TABLE_COUNT];
static struct name names[OIDS_MAX];
static size_t nnames;

static int
name_compare(const void *a, const void *b)
{
	const struct name *p = a, *q = b;

	return key_compare(p->oid, p->len, q->oid, q->len);
}

static void
show_model(void)
{
	int i;

	for (i = 0; i < TABLE_COUNT; i++) {
		table_view_unref(views[i]);
		views[i] = table_view(model->tables[i]);
		snapshot.tables[i] = views[i];
		snapshot.stamps[i]++;
	}
	snapshot.now = clock_ms();
	snapshot.beat = snapshot.now;
}

/* Every instance with a value, found without mib_next(). */
static void
enumerate(void)
{
	static const uint32_t zero[1] = { 0 };
	static const struct row none = { .klen = 1, .key = zero };
	const struct mib_table *t;
	const struct row *r;
	struct mib_value v;
	struct name *n;
	size_t i, c;

	nnames = 0;
	for (i = 0; i < mib_ntables; i++) {
		t = mib_tables[i];
		for (c = 0; c < t->ncolumns; c++) {
			if (t->source == SOURCE_ONE)
				r = &none;
			else if (snapshot.tables[t->source] == NULL)
				continue;
			else
				r = table_view_next(
				    snapshot.tables[t->source], NULL, 0, true);
			while (r != NULL) {
				if (mib_read(&t->columns[c], r, &snapshot, &v)) {
					ck_assert_uint_lt(nnames, OIDS_MAX);
					n = &names[nnames++];
					memcpy(n->oid, t->oid,
					    t->oid_len * sizeof(uint32_t));
					n->oid[t->oid_len] = t->columns[c].id;
					memcpy(n->oid + t->oid_len + 1, r->key,
					    r->klen * sizeof(uint32_t));
					n->len = t->oid_len + 1 + r->klen;
				}
				if (r == &none)
					break;
				r = table_view_next(
				    snapshot.tables[t->source], r->key, r->klen, false);
			}
		}
	}
	qsort(names, nnames, sizeof(names[0]), name_compare);
}

static void
setup(void)
{
	mib = mib_new();
	model = face_model_new(7);
	memset(&snapshot, 0, sizeof(snapshot));
	show_model();
	enumerate();
}

static void
teardown(void)
{
	int i;

	for (i = 0; i < TABLE_COUNT; i++) {
		table_view_unref(views[i]);
		views[i] = NULL;
	}
	face_model_free(model);
	mib_free(mib);
}

/* mib_next() from here must give the first name after it (or at it). */
static void
expect_next(const uint32_t *oid, size_t len, bool inclusive)
{
	uint32_t next[MIB_OID_MAX];
	struct mib_value v;
	size_t i, n = 0;
	bool found;
	int d;

	for (i = 0; i < nnames; i++) {
		d = key_compare(names[i].oid, names[i].len, oid, len);
		if (d > 0 || (d == 0 && inclusive))
			break;
	}
	found = mib_next(mib, &snapshot, oid, len, inclusive, next, &n, &v);
	ck_assert_int_eq(found, i < nnames);
	if (found)
		ck_assert_int_eq(key_compare(next, n, names[i].oid, names[i].len), 0);
}

static void
walk_all(void)
{
	struct name at = { .len = 0 };
	struct mib_value v;
	size_t i;

	for (i = 0; i < nnames; i++) {
		ck_assert(mib_next(
		    mib, &snapshot, at.oid, at.len, false, at.oid, &at.len, &v));
		ck_assert_int_eq(name_compare(&at, &names[i]), 0);
		ck_assert_int_eq(
		    mib_get(mib, &snapshot, at.oid, at.len, &v), MIB_VALUE);
	}
	ck_assert(
	    !mib_next(mib, &snapshot, at.oid, at.len, false, at.oid, &at.len, &v));
}

START_TEST(walk_is_complete_and_increasing)
{
	size_t i;

	ck_assert_uint_gt(nnames, 600);
	for (i = 1; i < nnames; i++)
		ck_assert_int_lt(name_compare(&names[i - 1], &names[i]), 0);
	walk_all();
	walk_all(); /* what was remembered changes nothing */
}
END_TEST

START_TEST(next_from_anywhere)
{
	struct name n;
	size_t i, cut;

	for (i = 0; i < nnames; i++) {
		n = names[i];
		expect_next(n.oid, n.len, true);
		for (cut = 0; cut < n.len; cut++)
			expect_next(n.oid, cut, i % 2 == 0);
		n.oid[n.len++] = 0; /* longer than any instance */
		expect_next(n.oid, n.len, false);
		n = names[i];
		n.oid[n.len - 1]++;
		expect_next(n.oid, n.len, false);
		expect_next(n.oid, n.len, true);
		if (n.oid[n.len - 1] > 1) {
			n.oid[n.len - 1] -= 2;
			expect_next(n.oid, n.len, false);
		}
		n = names[i];
		n.oid[n.len - 1] = UINT32_MAX;
		expect_next(n.oid, n.len, false);
	}
}
END_TEST

/* The memory of unknown stretches must not depend on the order of questions. */
static void
walk_backwards(void)
{
	size_t i;

	for (i = nnames; i-- > 0;)
		expect_next(names[i].oid, names[i].len, false);
}

START_TEST(next_backwards)
{
	walk_backwards();
	walk_all();
}
END_TEST

START_TEST(unknown_becomes_known)
{
	const uint32_t key[1] = { 4 };
	struct vm_row r;

	walk_all();
	r = *(const struct vm_row *)table_get(model->tables[TABLE_VM], key, 1);
	r.cpu_load = 250;
	r.priority = ROW_NONE;
	ck_assert(table_put(model->tables[TABLE_VM], key, 1, &r));
	show_model();
	enumerate();
	walk_all();
	walk_backwards();
}
END_TEST

START_TEST(no_rows_at_all)
{
	struct mib_snapshot empty = { .now = 1000, .beat = 1 };
	uint32_t at[MIB_OID_MAX];
	struct mib_value v;
	size_t len = 0, n = 0;

	while (mib_next(mib, &empty, at, len, false, at, &len, &v)) {
		ck_assert_uint_eq(at[1], 20); /* csStats alone needs no row */
		n++;
	}
	ck_assert_uint_gt(n, 10);
}
END_TEST

static enum mib_answer
get_name(const char *column, const uint32_t *key, size_t klen, struct mib_value *v)
{
	const struct mib_table *t;
	const struct mib_column *c = mib_by_name(mib, column, &t);
	uint32_t oid[MIB_OID_MAX];

	ck_assert_ptr_nonnull(c);
	memcpy(oid, t->oid, t->oid_len * sizeof(*oid));
	oid[t->oid_len] = c->id;
	if (klen > 0)
		memcpy(oid + t->oid_len + 1, key, klen * sizeof(*oid));
	return mib_get(mib, &snapshot, oid, t->oid_len + 1 + klen, v);
}

START_TEST(get_answers)
{
	static const uint32_t zero[1] = { 0 }, vm[1] = { 3 }, other[1] = { 99 };
	static const uint32_t second[1] = { 2 };
	static const uint32_t index_column[] = { 1, 5, 1, 1, 3 };
	static const uint32_t nothing[] = { 1, 99 };
	uint32_t key[KEY_MAX];
	struct mib_value v;

	ck_assert_int_eq(get_name("csVmPriority", vm, 1, &v), MIB_VALUE);
	ck_assert_int_eq(v.tag, TAG_UNSIGNED32);
	ck_assert_int_eq(v.number, 100);
	ck_assert_int_eq(get_name("csVmPriority", other, 1, &v), MIB_NO_INSTANCE);
	ck_assert_int_eq(get_name("csVmPriority", NULL, 0, &v), MIB_NO_INSTANCE);
	ck_assert_int_eq(get_name("csVmCpuLoad", vm, 1, &v), MIB_NO_INSTANCE);
	ck_assert_int_eq(get_name("csPolicyHighLoad", zero, 1, &v), MIB_VALUE);
	ck_assert_int_eq(get_name("csPlanCost", second, 1, &v), MIB_NO_INSTANCE);
	ck_assert_int_eq(get_name("csHookAdminState", second, 1, &v), MIB_NO_INSTANCE);
	/* an index is not accessible, and what is not in the module is no object */
	ck_assert_int_eq(mib_get(mib, &snapshot, index_column, 5, &v), MIB_NO_OBJECT);
	ck_assert_int_eq(mib_get(mib, &snapshot, nothing, 2, &v), MIB_NO_OBJECT);
	ck_assert_int_eq(mib_get(mib, &snapshot, nothing, 0, &v), MIB_NO_OBJECT);
	/* a VM by its name in one GET */
	ck_assert_int_eq(
	    get_name("csVmNameIndex", key, key_from_name("vm-6", key), &v), MIB_VALUE);
	ck_assert_int_eq(v.number, 6);
	ck_assert_int_eq(
	    get_name("csVmNameIndex", key, key_from_name("vm-60", key), &v),
	    MIB_NO_INSTANCE);
}
END_TEST

START_TEST(values_fit_their_syntax)
{
	static const uint32_t key[1] = { 1 };
	char *name = xcalloc(1, 401);
	struct cluster_row r;
	struct mib_value v;

	/* 399 octets, a two-octet character across the 255th */
	memset(name, 'x', 399);
	memcpy(name + 254, "\xc3\xa4", 2);
	r = *(const struct cluster_row *)table_get(
	    model->tables[TABLE_CLUSTER], key, 1);
	r.name = name;
	r.cpu_load = 1200;
	r.memory_used = (int64_t)1 << 40;
	r.poll_errors = ((int64_t)1 << 32) + 5;
	r.oper = 99;
	r.poll_since = snapshot.now - 61500;
	table_put(model->tables[TABLE_CLUSTER], key, 1, &r);
	free(name);
	show_model();
	snapshot.now = r.poll_since + 61500;
	ck_assert_int_eq(get_name("csClusterName", key, 1, &v), MIB_VALUE);
	ck_assert_uint_eq(v.len, 254);
	ck_assert_int_eq(get_name("csClusterCpuLoad", key, 1, &v), MIB_VALUE);
	ck_assert_int_eq(v.number, 1000);
	ck_assert_int_eq(get_name("csClusterMemoryUsed", key, 1, &v), MIB_VALUE);
	ck_assert_int_eq(v.number, UINT32_MAX);
	ck_assert_int_eq(get_name("csClusterPollErrors", key, 1, &v), MIB_VALUE);
	ck_assert_int_eq(v.number, 5);
	ck_assert_int_eq(get_name("csClusterOperState", key, 1, &v), MIB_NO_INSTANCE);
	ck_assert_int_eq(get_name("csClusterPollAge", key, 1, &v), MIB_VALUE);
	ck_assert_int_eq(v.number, 61);
	ck_assert_int_eq(get_name("csClusterPollTime", key, 1, &v), MIB_VALUE);
	ck_assert_uint_eq(v.len, DATE_AND_TIME_LEN);
}
END_TEST

START_TEST(control_age_rises)
{
	static const uint32_t zero[1] = { 0 };
	struct mib_value v;

	snapshot.beat = 1000;
	snapshot.now = 46999;
	ck_assert_int_eq(get_name("csSetControlAge", zero, 1, &v), MIB_VALUE);
	ck_assert_int_eq(v.number, 45);
	snapshot.beat = 0; /* never */
	ck_assert_int_eq(get_name("csSetControlAge", zero, 1, &v), MIB_NO_INSTANCE);
}
END_TEST

enum { BAD_TEXT = 1 };

static const struct {
	const char *column;
	uint32_t key[5];
	size_t klen;
	int tag;
	int64_t number;
	size_t size;
	enum mib_error error;
	const char *words; /* in the reason */
} writes[] = {
	{ "csVmPriority", { 2 }, 1, TAG_UNSIGNED32, 0, 8, ERROR_NONE, NULL },
	{ "csVmPriority", { 2 }, 1, TAG_UNSIGNED32, 1000, 8, ERROR_NONE, NULL },
	{ "csVmPriority", { 2 }, 1, TAG_UNSIGNED32, 1001, 8, ERROR_WRONG_VALUE,
	    "csVmPriority takes 0..1000, not 1001" },
	{ "csVmPriority", { 2 }, 1, TAG_INTEGER, 5, 8, ERROR_WRONG_TYPE,
	    "takes Unsigned32, not INTEGER" },
	{ "csVmPriority", { 2 }, 1, TAG_OCTETS, 0, 3, ERROR_WRONG_TYPE,
	    "not OCTET STRING" },
	{ "csVmPriority", { 2 }, 1, TAG_COUNTER64, 0, 16, ERROR_WRONG_TYPE, NULL },
	{ "csVmPriority", { 2 }, 1, 0x40, 0, 4, ERROR_WRONG_TYPE, "another type" },
	{ "csVmPriority", { 77 }, 1, TAG_UNSIGNED32, 1, 8, ERROR_NO_CREATION,
	    "csVmPriority.77: csVmTable has no such row" },
	{ "csVmPriority", { 2, 0 }, 2, TAG_UNSIGNED32, 1, 8, ERROR_NO_CREATION, NULL },
	{ "csVmPriority", { 0 }, 0, TAG_UNSIGNED32, 1, 8, ERROR_NO_CREATION, NULL },
	{ "csVmAdminState", { 2 }, 1, TAG_INTEGER, 2, 8, ERROR_NONE, NULL },
	{ "csVmAdminState", { 2 }, 1, TAG_INTEGER, 0, 8, ERROR_WRONG_VALUE,
	    "csVmAdminState takes up(1) or down(2), not 0" },
	{ "csVmAdminState", { 2 }, 1, TAG_INTEGER, 3, 8, ERROR_WRONG_VALUE, NULL },
	{ "csVmHold", { 2 }, 1, TAG_INTEGER, 3, 8, ERROR_WRONG_VALUE,
	    "csVmHold takes true(1) or false(2), not 3" },
	{ "csClusterAdminState", { 1 }, 1, TAG_INTEGER, 4, 8, ERROR_WRONG_VALUE,
	    "takes active(1), maintenance(2) or ignored(3), not 4" },
	{ "csSetSerial", { 0 }, 1, TAG_INTEGER, -1, 8, ERROR_WRONG_VALUE,
	    "takes 0..2147483647, not -1" },
	{ "csVmAdminState", { 2 }, 1, TAG_INTEGER, -1, 8, ERROR_WRONG_VALUE, NULL },
	{ "csVmHold", { 2 }, 1, TAG_INTEGER, 1, 8, ERROR_NONE, NULL },
	{ "csClusterAdminState", { 1 }, 1, TAG_INTEGER, 3, 8, ERROR_NONE, NULL },
	{ "csNodeAdminState", { 1, 2 }, 2, TAG_INTEGER, 2, 8, ERROR_NONE, NULL },
	{ "csNodeAdminState", { 1, 2 }, 2, TAG_INTEGER, 3, 8, ERROR_WRONG_VALUE, NULL },
	{ "csSetSerial", { 0 }, 1, TAG_INTEGER, 0, 8, ERROR_NONE, NULL },
	{ "csSetSerial", { 1 }, 1, TAG_INTEGER, 0, 8, ERROR_NO_CREATION, NULL },
	{ "csAlarmAcknowledge", { 1 }, 1, TAG_INTEGER, 1, 8, ERROR_NONE, NULL },
	/* the row is there, the value is not */
	{ "csVmTargetCluster", { 2 }, 1, TAG_UNSIGNED32, 1, 8, ERROR_INCONSISTENT_NAME,
	    "csVmTargetCluster.2 has no value now" },
	{ "csVmTargetCluster", { 1 }, 1, TAG_UNSIGNED32, 1, 8, ERROR_NONE, NULL },
	{ "csVmSiteConfirm", { 2, 3 }, 2, TAG_UNSIGNED32, 1, 8, ERROR_NO_CREATION,
	    NULL },
	{ "csVmSiteConfirm", { 2, 1 }, 2, TAG_UNSIGNED32, 7, 8, ERROR_NONE, NULL },
	/* read-only, whatever the value */
	{ "csVmName", { 2 }, 1, TAG_OCTETS, 0, 1, ERROR_NOT_WRITABLE,
	    "csVmName.2 is read-only" },
	{ "csStatsPolls", { 0 }, 1, TAG_COUNTER32, 0, 4, ERROR_NOT_WRITABLE, NULL },
	/* rows that a SET may create: the value first, then the index */
	{ "csMoveReason", { 1, 65, 1 }, 3, TAG_OCTETS, 0, 256, ERROR_WRONG_LENGTH,
	    "takes 0 to 255 octets, not 256" },
	{ "csMoveReason", { 1, 65, 1 }, 3, TAG_OCTETS, 0, 255, ERROR_NONE, NULL },
	{ "csMoveReason", { 1, 65, 1 }, 3, TAG_OCTETS, 0, 0, ERROR_NONE, NULL },
	{ "csMoveReason", { 1, 65, 1 }, 3, TAG_OCTETS, BAD_TEXT, 4, ERROR_WRONG_VALUE,
	    "one line of UTF-8" },
	{ "csMoveReason", { 0, 1 }, 2, TAG_OCTETS, 0, 4, ERROR_NO_CREATION,
	    "no row of csMoveTable can have this index" },
	{ "csMoveReason", { 1, 65 }, 2, TAG_OCTETS, 0, 4, ERROR_NO_CREATION, NULL },
	{ "csMoveReason", { 2, 65, 1 }, 3, TAG_OCTETS, 0, 4, ERROR_NO_CREATION, NULL },
	{ "csMoveReason", { 1, 65, 1, 1 }, 4, TAG_OCTETS, 0, 4, ERROR_NO_CREATION,
	    NULL },
	{ "csMoveReason", { 1, 65, 0 }, 3, TAG_OCTETS, 0, 4, ERROR_NO_CREATION, NULL },
	{ "csMoveReason", { 1, 300, 1 }, 3, TAG_OCTETS, 0, 4, ERROR_NO_CREATION, NULL },
	{ "csMoveReason", { UINT32_MAX, 65, 1 }, 3, TAG_OCTETS, 0, 4, ERROR_NO_CREATION,
	    NULL },
	{ "csMoveVm", { 1, 65, 1 }, 3, TAG_UNSIGNED32, 0, 8, ERROR_WRONG_VALUE, NULL },
	{ "csMoveVm", { 1, 65, 1 }, 3, TAG_UNSIGNED32, 5, 8, ERROR_NONE, NULL },
	{ "csMoveRowStatus", { 1, 65, 1 }, 3, TAG_INTEGER, 4, 8, ERROR_NONE, NULL },
	{ "csMoveRowStatus", { 1, 65, 1 }, 3, TAG_INTEGER, 7, 8, ERROR_WRONG_VALUE,
	    "createAndGo(4) or destroy(6), not 7" },
	{ "csMoveRowStatus", { 3, 's', 'e', 't', 1 }, 5, TAG_INTEGER, 6, 8, ERROR_NONE,
	    NULL },
	{ "csMoveStorageType", { 1, 65, 1 }, 3, TAG_INTEGER, 2, 8, ERROR_WRONG_VALUE,
	    "nonVolatile(3), not 2" },
	{ "csMoveState", { 3, 's', 'e', 't', 1 }, 5, TAG_INTEGER, 6, 8,
	    ERROR_NOT_WRITABLE, NULL },
	{ "csPolicyHighLoad", { 0 }, 1, TAG_UNSIGNED32, 1, 8, ERROR_NONE, NULL },
	{ "csPolicyHighLoad", { 0 }, 1, TAG_UNSIGNED32, 1001, 8, ERROR_WRONG_VALUE,
	    NULL },
	{ "csPolicyHighLoad", { 1 }, 1, TAG_UNSIGNED32, 1, 8, ERROR_NO_CREATION, NULL },
	{ "csPolicyMasterMode", { 0 }, 1, TAG_INTEGER, 4, 8, ERROR_WRONG_VALUE,
	    "off(1), advise(2) or automatic(3), not 4" },
	{ "csPolicyWindows", { 0 }, 1, TAG_OCTETS, 0, 0, ERROR_NONE, NULL },
	{ "csPlanApprove", { 1 }, 1, TAG_INTEGER, 2, 8, ERROR_NONE, NULL },
	{ "csPlanApprove", { 9 }, 1, TAG_INTEGER, 2, 8, ERROR_NO_CREATION, NULL },
	{ "csPlacementCpus", { 1, 65, 1 }, 3, TAG_UNSIGNED32, 0, 8, ERROR_WRONG_VALUE,
	    NULL },
	{ "csPlacementCpus", { 1, 65, 1 }, 3, TAG_UNSIGNED32, 2, 8, ERROR_NONE, NULL },
	{ "csPlacementVm", { 1, 65, 1 }, 3, TAG_UNSIGNED32, 0, 8, ERROR_NONE, NULL },
	{ "csPlacementStorageType", { 1, 65, 1 }, 3, TAG_INTEGER, 3, 8,
	    ERROR_WRONG_VALUE, "volatile(2), not 3" },
	{ "csHookAdminState", { 1 }, 1, TAG_INTEGER, 1, 8, ERROR_NO_CREATION, NULL },
};

START_TEST(set_checks)
{
	const struct mib_table *t;
	const struct mib_column *c = mib_by_name(mib, writes[_i].column, &t);
	uint32_t oid[MIB_OID_MAX];
	char octets[256];
	struct mib_write w = { .oid = oid,
		.tag = writes[_i].tag,
		.number = writes[_i].number,
		.octets = octets,
		.size = writes[_i].size };
	struct set_item item;
	char *reason = NULL;
	enum mib_error error;

	ck_assert_ptr_nonnull(c);
	memset(octets, writes[_i].number == BAD_TEXT ? '\n' : 'x', sizeof(octets));
	memcpy(oid, t->oid, t->oid_len * sizeof(*oid));
	oid[t->oid_len] = c->id;
	memcpy(oid + t->oid_len + 1, writes[_i].key, writes[_i].klen * sizeof(*oid));
	w.len = t->oid_len + 1 + writes[_i].klen;
	error = mib_check(mib, &snapshot, &w, &item, &reason);
	ck_assert_msg(error == writes[_i].error, "%s: error %d, not %d (%s)",
	    writes[_i].column, (int)error, (int)writes[_i].error,
	    reason == NULL ? "" : reason);
	if (error == ERROR_NONE) {
		ck_assert_int_eq(item.what, c->what);
		ck_assert_uint_eq(item.klen, writes[_i].klen);
		ck_assert_int_eq(item.number, writes[_i].number);
		ck_assert_uint_eq(strlen(item.text), w.tag == TAG_OCTETS ? w.size : 0);
		ck_assert_ptr_null(reason);
	} else {
		ck_assert_ptr_nonnull(reason);
		if (writes[_i].words != NULL)
			ck_assert_ptr_nonnull(strstr(reason, writes[_i].words));
	}
	free(reason);
}
END_TEST

START_TEST(set_outside_the_module)
{
	static const uint32_t oid[] = { 1, 99, 1 };
	uint32_t deep[MIB_OID_MAX] = { 1, 5, 1, 16 };
	struct mib_write w = { .oid = oid, .len = 3, .tag = TAG_INTEGER };
	struct set_item item;
	char *reason = NULL;

	ck_assert_int_eq(
	    mib_check(mib, &snapshot, &w, &item, &reason), ERROR_NOT_WRITABLE);
	w = (struct mib_write) {
		.oid = deep, .len = MIB_OID_MAX, .tag = TAG_UNSIGNED32
	};
	ck_assert_int_eq(
	    mib_check(mib, &snapshot, &w, &item, &reason), ERROR_NO_CREATION);
	free(reason);
}
END_TEST

START_TEST(descriptors_are_sound)
{
	const struct mib_table *t;
	const struct mib_column *c;
	size_t i, j;

	for (i = 0; i < mib_ntables; i++) {
		t = mib_tables[i];
		ck_assert_int_ge(t->source, 0);
		ck_assert_int_lt(t->source, SOURCE_COUNT);
		for (j = 0; j < t->ncolumns; j++) {
			c = &t->columns[j];
			ck_assert_msg(j == 0 || c->id > t->columns[j - 1].id,
			    "%s is out of order", c->name);
			ck_assert_msg(c->what == WRITE_NONE || c->access != ACCESS_READ,
			    "%s", c->name);
			ck_assert_msg(c->kind == KIND_ABSENT || c->kind == KIND_STAT ||
			        c->kind == KIND_CONST || c->kind == KIND_CONTROL_AGE ||
			        (t->source < TABLE_COUNT &&
			            c->at < row_types[t->source].size) ||
			        t->source == SOURCE_REFUSAL,
			    "%s", c->name);
		}
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("face_mib");
	TCase *t = tcase_create("mib");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, walk_is_complete_and_increasing);
	tcase_add_test(t, next_from_anywhere);
	tcase_add_test(t, next_backwards);
	tcase_add_test(t, unknown_becomes_known);
	tcase_add_test(t, no_rows_at_all);
	tcase_add_test(t, get_answers);
	tcase_add_test(t, values_fit_their_syntax);
	tcase_add_test(t, control_age_rises);
	tcase_add_loop_test(t, set_checks, 0, sizeof(writes) / sizeof(writes[0]));
	tcase_add_test(t, set_outside_the_module);
	tcase_add_test(t, descriptors_are_sound);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
