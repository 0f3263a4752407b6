/*
 * SPDX-License-Identifier: Apache-2.0
 * Of a SET, what is for policies, plans and placement: in any order it becomes orders
 * to the engine, rows take what RFC 2579 allows, and the store gives back what lasts.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "subagent/want.h"

#define ITEMS_MAX 16

static struct model *model;
static struct want want;
static struct set_item items[ITEMS_MAX];
static size_t nitems, failed;
static char *why;

static void
setup(void)
{
	const struct model_now now = { 1000, 1700000000 };
	const struct placement_row row = { .cpus = 2, .state = PLACEMENT_FOUND };
	uint32_t key[KEY_MAX];
	size_t klen;

	model = model_new(&(const struct model_sink) { .arg = NULL }, "test", &now);
	klen = key_from_name("op", key);
	key[klen++] = 1;
	table_put(model_table_of(model, TABLE_PLACEMENT), key, klen, &row);
	nitems = 0;
	failed = 99;
}

static void
teardown(void)
{
	want_clear(&want);
	xfree_clear(&why);
	model_free(model);
}

static void
scalar(enum writable what, uint32_t key, int64_t number)
{
	items[nitems++] = (struct set_item) {
		.what = what, .key = { key }, .klen = 1, .number = number
	};
}

static void
row(enum writable what, const char *owner, uint32_t index, int64_t number)
{
	struct set_item *s = &items[nitems++];

	*s = (struct set_item) { .what = what, .number = number };
	s->klen = key_from_name(owner, s->key);
	s->key[s->klen++] = index;
}

/* Reads the items in a rotation, as one and the same SET. */
static enum mib_error
read_rotated(size_t by)
{
	struct set_item turned[ITEMS_MAX];
	size_t i;

	for (i = 0; i < nitems; i++)
		turned[i] = items[(i + by) % nitems];
	want_clear(&want);
	xfree_clear(&why);
	return want_read(&want, model, turned, nitems, &failed, &why);
}

static enum mib_error
read_all(void)
{
	return read_rotated(0);
}

START_TEST(test_settings)
{
	static const struct {
		enum writable what;
		enum engine_order_kind kind;
	} all[] = {
		{ WRITE_POLICY_MASTER, ENGINE_MASTER_MODE },
		{ WRITE_POLICY_HIGH_LOAD, ENGINE_HIGH_LOAD },
		{ WRITE_POLICY_TARGET_LOAD, ENGINE_TARGET_LOAD },
		{ WRITE_POLICY_MEMORY_RESERVE, ENGINE_MEMORY_RESERVE },
		{ WRITE_POLICY_MINIMUM_GAIN, ENGINE_MINIMUM_GAIN },
		{ WRITE_POLICY_MAX_MOVES, ENGINE_MAX_MOVES },
		{ WRITE_POLICY_MAX_MOVES_HOUR, ENGINE_MAX_MOVES_HOUR },
		{ WRITE_POLICY_COOL_DOWN, ENGINE_COOL_DOWN },
		{ WRITE_POLICY_WINDOWS, ENGINE_WINDOWS },
		{ WRITE_POLICY_MODE, ENGINE_MODE },
		{ WRITE_PLAN_APPROVE, ENGINE_APPROVE },
	};
	const size_t n = sizeof(all) / sizeof(all[0]);
	size_t i;

	for (i = 0; i < n; i++)
		scalar(all[i].what, (uint32_t)(i > 8 ? i : 0), (int64_t)i + 100);
	memcpy(items[8].text, "Sun 00:00-24:00", sizeof("Sun 00:00-24:00"));
	ck_assert_int_eq(read_all(), ERROR_NONE);
	ck_assert_uint_eq(want.npolicies, n);
	ck_assert(!want_empty(&want) && !want_passing(&want));
	for (i = 0; i < n; i++) {
		ck_assert_int_eq(want.policies[i].kind, all[i].kind);
		ck_assert_int_eq(want.policies[i].value, (int64_t)i + 100);
		ck_assert_uint_eq(want.policies[i].key, i > 8 ? i : 0);
		ck_assert_uint_eq(want.policy_items[i], i);
	}
	ck_assert_str_eq(want.policies[8].text, "Sun 00:00-24:00");
}
END_TEST

START_TEST(test_question)
{
	const struct engine_order *o;
	size_t by;

	row(WRITE_PLACEMENT_CPUS, "op", 9, 4);
	row(WRITE_PLACEMENT_MEMORY, "op", 9, 8192);
	row(WRITE_PLACEMENT_STATUS, "op", 9, 4);
	row(WRITE_PLACEMENT_AVAIL_SET, "op", 9, 7);
	row(WRITE_PLACEMENT_STORAGE, "op", 9, 2);
	row(WRITE_PLACEMENT_STATUS, "op", 10, 4);
	row(WRITE_PLACEMENT_VM, "op", 10, 3);
	for (by = 0; by < nitems; by++) {
		ck_assert_int_eq(read_rotated(by), ERROR_NONE);
		ck_assert_uint_eq(want.npolicies, 2);
		ck_assert(want_passing(&want) && !want_empty(&want));
		o = &want.policies[want.policies[0].key == 9 ? 0 : 1];
		ck_assert_int_eq(o->kind, ENGINE_PLACE);
		ck_assert_str_eq(o->owner, "op");
		ck_assert_uint_eq(o->cpus, 4);
		ck_assert_uint_eq(o->memory, 8192);
		ck_assert_uint_eq(o->avail_set, 7);
		ck_assert_uint_eq(o->vm, 0);
		o = &want.policies[want.policies[0].key == 9 ? 1 : 0];
		/* its own size, which nobody told here */
		ck_assert_uint_eq(o->vm, 3);
		ck_assert_uint_eq(o->cpus + o->memory + o->avail_set, 0);
	}
	/* what is not told of a new VM has its default */
	nitems = 0;
	row(WRITE_PLACEMENT_STATUS, "op", 9, 4);
	ck_assert_int_eq(read_all(), ERROR_NONE);
	ck_assert_uint_eq(want.policies[0].cpus, 1);
	ck_assert_uint_eq(want.policies[0].memory, 1024);
	/* with anything else it is for the store, too */
	scalar(WRITE_VM_HOLD, 3, 1);
	ck_assert_int_eq(read_all(), ERROR_NONE);
	ck_assert(!want_passing(&want));
}
END_TEST

START_TEST(test_question_refused)
{
	row(WRITE_PLACEMENT_CPUS, "op", 9, 4);
	ck_assert_int_eq(read_all(), ERROR_INCONSISTENT_NAME);
	ck_assert_ptr_nonnull(strstr(why, "createAndGo"));
	row(WRITE_PLACEMENT_STATUS, "op", 9, 5);
	ck_assert_int_eq(read_all(), ERROR_WRONG_VALUE);
	ck_assert_uint_eq(failed, 1);
	ck_assert(want_empty(&want));
	/* what is not there may be destroyed */
	items[1].number = 6;
	ck_assert_int_eq(read_all(), ERROR_NONE);
	ck_assert(want_empty(&want));
	nitems = 0;
	row(WRITE_PLACEMENT_STATUS, "a name of more than 32 octets, it is", 9, 4);
	ck_assert_int_eq(read_all(), ERROR_NO_CREATION);
}
END_TEST

START_TEST(test_question_there)
{
	row(WRITE_PLACEMENT_STATUS, "op", 1, 4);
	ck_assert_int_eq(read_all(), ERROR_INCONSISTENT_VALUE);
	ck_assert_ptr_nonnull(strstr(why, "already"));
	items[0].what = WRITE_PLACEMENT_VM;
	ck_assert_int_eq(read_all(), ERROR_INCONSISTENT_VALUE);
	items[0].what = WRITE_PLACEMENT_STORAGE;
	items[0].number = 2; /* as it reads */
	ck_assert_int_eq(read_all(), ERROR_NONE);
	ck_assert(want_empty(&want));
	row(WRITE_PLACEMENT_STATUS, "op", 1, 6);
	ck_assert_int_eq(read_all(), ERROR_NONE);
	ck_assert_uint_eq(want.npolicies, 1);
	ck_assert_int_eq(want.policies[0].kind, ENGINE_PLACE_DESTROY);
	ck_assert_str_eq(want.policies[0].owner, "op");
	ck_assert_uint_eq(want.policies[0].key, 1);
	ck_assert(want_passing(&want));
}
END_TEST

START_TEST(test_store)
{
	struct want back = { 0 };
	size_t item;
	json_t *o;

	scalar(WRITE_POLICY_WINDOWS, 0, 0);
	scalar(WRITE_PLAN_APPROVE, 8, APPROVAL_APPROVE);
	row(WRITE_PLACEMENT_STATUS, "op", 9, 4);
	ck_assert_int_eq(read_all(), ERROR_NONE);
	o = want_json(&want);
	ck_assert(want_load(&back, o));
	json_decref(o);
	ck_assert_uint_eq(back.npolicies, 2); /* a question is not for the store */
	ck_assert_int_eq(back.policies[0].kind, ENGINE_WINDOWS);
	ck_assert_str_eq(back.policies[0].text, "");
	ck_assert_int_eq(back.policies[1].kind, ENGINE_APPROVE);
	ck_assert_uint_eq(back.policies[1].key, 8);
	ck_assert_int_eq(back.policies[1].value, APPROVAL_APPROVE);
	ck_assert(want_meets(&want, &back, &item));
	back.policies[0].kind = ENGINE_HIGH_LOAD;
	back.policies[1].key = 9;
	ck_assert(!want_meets(&want, &back, &item));
	want_clear(&back);
}
END_TEST

static const struct {
	const char *text;
	bool ok;
} records[] = {
	{ "{\"policies\":[{\"policy\":\"master-mode\",\"key\":0,\"value\":1}]}", true },
	{ "{\"policies\":[{\"policy\":\"windows\",\"key\":0,\"value\":0,\"text\":\"\"}]"
	  "}",
	    true },
	{ "{\"policies\":[{\"policy\":\"windows\",\"key\":0,\"value\":0}]}", false },
	{ "{\"policies\":[{\"policy\":\"placement\",\"key\":0,\"value\":1}]}", false },
	{ "{\"policies\":[{\"policy\":\"mode\",\"key\":-1,\"value\":1}]}", false },
	{ "{\"policies\":[{\"policy\":0,\"key\":0,\"value\":1}]}", false },
	{ "{\"policies\":[{\"key\":1,\"value\":1}]}", false },
	{ "{\"policies\":{}}", false },
	{ "{\"policies\":[]}", false },
};

START_TEST(test_store_formats)
{
	json_t *o = json_loads(records[_i].text, 0, NULL);

	ck_assert_ptr_nonnull(o);
	ck_assert_int_eq(want_load(&want, o), records[_i].ok);
	json_decref(o);
}
END_TEST

START_TEST(test_meets)
{
	struct want other = { 0 };
	size_t item;

	row(WRITE_PLACEMENT_STATUS, "op", 9, 4);
	scalar(WRITE_POLICY_HIGH_LOAD, 0, 900);
	ck_assert_int_eq(read_all(), ERROR_NONE);
	other = want;
	memset(&want, 0, sizeof(want));
	nitems = 0;
	row(WRITE_PLACEMENT_STATUS, "noc", 9, 4);
	scalar(WRITE_POLICY_TARGET_LOAD, 0, 900);
	ck_assert_int_eq(read_all(), ERROR_NONE);
	ck_assert(!want_meets(&want, &other, &item));
	items[1].what = WRITE_POLICY_HIGH_LOAD;
	ck_assert_int_eq(read_all(), ERROR_NONE);
	ck_assert(want_meets(&want, &other, &item));
	ck_assert_uint_eq(item, 1);
	want_clear(&other);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("want_policy");
	TCase *t = tcase_create("want_policy");
	SRunner *sr;
	int nfailed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, test_settings);
	tcase_add_test(t, test_question);
	tcase_add_test(t, test_question_refused);
	tcase_add_test(t, test_question_there);
	tcase_add_test(t, test_store);
	tcase_add_loop_test(
	    t, test_store_formats, 0, (int)(sizeof(records) / sizeof(records[0])));
	tcase_add_test(t, test_meets);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	nfailed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return nfailed == 0 ? 0 : 1;
}
