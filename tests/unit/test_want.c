/*
 * SPDX-License-Identifier: Apache-2.0
 * What one SET asks for: variables in any order become intents, moves and orders, what
 * cannot be is refused with the right error at the right variable, and the store gives
 * back what it was given.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "subagent/want.h"

#define ITEMS_MAX 12

static struct model *model;
static struct want want;
static struct set_item items[ITEMS_MAX];
static size_t nitems, failed;
static char *why;

static void
setup(void)
{
	const struct model_now now = { 1000, 1700000000 };
	struct move_row row = { .vm = 7, .state = MOVE_RUNNING, .force = 2 };

	model = model_new(&(const struct model_sink) { .arg = NULL }, "test", &now);
	model_move_put(model, "op", 1, &row);
	row.force = 1;
	model_move_put(model, "op", 2, &row);
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
vm(enum writable what, uint32_t index, int64_t number)
{
	items[nitems++] = (struct set_item) {
		.what = what, .key = { index }, .klen = 1, .number = number
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

static void
text(const char *owner, uint32_t index, const char *reason)
{
	row(WRITE_MOVE_REASON, owner, index, 0);
	memcpy(items[nitems - 1].text, reason, strlen(reason) + 1);
}

static enum mib_error
read_all(void)
{
	want_clear(&want);
	xfree_clear(&why);
	return want_read(&want, model, items, nitems, &failed, &why);
}

/* Reads the items in every rotation, as one and the same. */
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

START_TEST(test_target)
{
	size_t by;

	vm(WRITE_VM_TARGET_NODE, 5, 3);
	vm(WRITE_VM_HOLD, 5, 2);
	vm(WRITE_VM_TARGET_CLUSTER, 5, 2);
	vm(WRITE_VM_TARGET_CLUSTER, 6, 1);
	for (by = 0; by < nitems; by++) {
		const struct move_request *r;

		ck_assert_int_eq(read_rotated(by), ERROR_NONE);
		ck_assert_uint_eq(want.nintents, 1);
		ck_assert_uint_eq(want.nmoves, 2);
		r = &want.moves[want.moves[0].vm == 5 ? 0 : 1];
		ck_assert_uint_eq(r->vm, 5);
		ck_assert_uint_eq(r->cluster, 2);
		ck_assert_uint_eq(r->node, 3);
		ck_assert_int_eq(r->mode, MOVE_PLANNED);
		ck_assert_ptr_null(r->owner);
		ck_assert_uint_eq(r->index, 0);
		ck_assert_int_eq(r->verb, 0);
	}
}
END_TEST

START_TEST(test_target_zero)
{
	vm(WRITE_VM_TARGET_CLUSTER, 5, 0);
	vm(WRITE_VM_TARGET_NODE, 5, 0);
	vm(WRITE_SITE_CONFIRM, 5, 0);
	vm(WRITE_SET_ADOPT, 0, 0);
	vm(WRITE_VM_RELEASE, 5, 0);
	ck_assert_int_eq(read_all(), ERROR_NONE);
	ck_assert(want_empty(&want));
	/* a node alone is within the present cluster, whatever 0 stands beside it */
	items[1].number = 4;
	ck_assert_int_eq(read_all(), ERROR_NONE);
	ck_assert_uint_eq(want.nmoves, 1);
	ck_assert_uint_eq(want.moves[0].cluster, 0);
	ck_assert_uint_eq(want.moves[0].node, 4);
	ck_assert_uint_eq(want.move_items[0], 1);
}
END_TEST

START_TEST(test_one_vm_twice)
{
	vm(WRITE_VM_TARGET_CLUSTER, 5, 2);
	row(WRITE_MOVE_VM, "op", 9, 5);
	row(WRITE_MOVE_CLUSTER, "op", 9, 2);
	row(WRITE_MOVE_STATUS, "op", 9, 4);
	ck_assert_int_eq(read_all(), ERROR_INCONSISTENT_VALUE);
	ck_assert_ptr_nonnull(strstr(why, "two moves of one VM"));
	ck_assert(want_empty(&want));
	nitems = 1;
	vm(WRITE_VM_ADMIN, 5, VM_DOWN);
	ck_assert_int_eq(read_all(), ERROR_INCONSISTENT_VALUE);
	ck_assert_uint_eq(failed, 0);
	items[1].key[0] = 6;
	ck_assert_int_eq(read_all(), ERROR_NONE);
}
END_TEST

START_TEST(test_creation)
{
	size_t by;

	row(WRITE_MOVE_VM, "op", 9, 5);
	row(WRITE_MOVE_CLUSTER, "op", 9, 2);
	row(WRITE_MOVE_STATUS, "op", 9, 4);
	row(WRITE_MOVE_NODE, "op", 9, 3);
	row(WRITE_MOVE_MODE, "op", 9, MOVE_DRY_RUN);
	text("op", 9, "to make room");
	row(WRITE_MOVE_FORCE, "op", 9, 1);
	row(WRITE_MOVE_STORAGE, "op", 9, 3);
	row(WRITE_MOVE_CONTROL, "op", 9, CONTROL_NONE);
	for (by = 0; by < nitems; by++) {
		const struct move_request *r = NULL;

		ck_assert_int_eq(read_rotated(by), ERROR_NONE);
		ck_assert_uint_eq(want.nmoves, 1);
		ck_assert_uint_eq(want.norders + want.nintents, 0);
		ck_assert_uint_eq(want.move_items[0], (2 + nitems - by) % nitems);
		r = want.moves;
		ck_assert_str_eq(r->owner, "op");
		ck_assert_uint_eq(r->index, 9);
		ck_assert_uint_eq(r->vm, 5);
		ck_assert_uint_eq(r->cluster, 2);
		ck_assert_uint_eq(r->node, 3);
		ck_assert_int_eq(r->mode, MOVE_DRY_RUN);
		ck_assert_str_eq(r->reason, "to make room");
		ck_assert(r->force);
	}
	/* what is not told has its default */
	nitems = 3;
	ck_assert_int_eq(read_all(), ERROR_NONE);
	ck_assert_int_eq(want.moves[0].mode, MOVE_PLANNED);
	ck_assert_uint_eq(want.moves[0].node, 0);
	ck_assert_ptr_null(want.moves[0].reason);
	ck_assert(!want.moves[0].force);
}
END_TEST

START_TEST(test_two_creations)
{
	row(WRITE_MOVE_VM, "op", 9, 5);
	row(WRITE_MOVE_VM, "op", 10, 6);
	row(WRITE_MOVE_CLUSTER, "op", 10, 2);
	row(WRITE_MOVE_STATUS, "op", 9, 4);
	row(WRITE_MOVE_STATUS, "op", 10, 4);
	row(WRITE_MOVE_CLUSTER, "op", 9, 2);
	ck_assert_int_eq(read_all(), ERROR_NONE);
	ck_assert_uint_eq(want.nmoves, 2);
	ck_assert_uint_eq(want.moves[0].vm, 5);
	ck_assert_uint_eq(want.moves[1].vm, 6);
}
END_TEST

START_TEST(test_no_creation)
{
	row(WRITE_MOVE_VM, "op", 9, 5);
	row(WRITE_MOVE_CLUSTER, "op", 9, 2);
	ck_assert_int_eq(read_all(), ERROR_INCONSISTENT_NAME);
	ck_assert_ptr_nonnull(strstr(why, "createAndGo"));
	row(WRITE_MOVE_STATUS, "op", 9, 4);
	items[1].what = WRITE_MOVE_NODE;
	ck_assert_int_eq(read_all(), ERROR_INCONSISTENT_VALUE);
	ck_assert_ptr_nonnull(strstr(why, "csMoveTargetCluster"));
	ck_assert_uint_eq(failed, 2);
	items[1].what = WRITE_MOVE_CLUSTER;
	items[0].what = WRITE_MOVE_NODE;
	ck_assert_int_eq(read_all(), ERROR_INCONSISTENT_VALUE);
	ck_assert_ptr_nonnull(strstr(why, "csMoveVm"));
	items[2].number = 5; /* createAndWait */
	ck_assert_int_eq(read_all(), ERROR_WRONG_VALUE);
	ck_assert_uint_eq(failed, 2);
	items[2].number = 6; /* what is not there may be destroyed */
	ck_assert_int_eq(read_all(), ERROR_NONE);
	ck_assert(want_empty(&want));
}
END_TEST

START_TEST(test_owner)
{
	row(WRITE_MOVE_STATUS, "a name of more than 32 octets, it is", 9, 6);
	ck_assert_int_eq(read_all(), ERROR_NO_CREATION);
	nitems = 0;
	row(WRITE_MOVE_STATUS, "\xc3\xb6p", 9, 6);
	ck_assert_int_eq(read_all(), ERROR_NONE);
	nitems = 0;
	row(WRITE_MOVE_STATUS, "\xc3p", 9, 6);
	ck_assert_int_eq(read_all(), ERROR_NO_CREATION);
	nitems = 0;
	row(WRITE_MOVE_STATUS, "a\nb", 9, 6);
	ck_assert_int_eq(read_all(), ERROR_NO_CREATION);
}
END_TEST

START_TEST(test_orders)
{
	row(WRITE_MOVE_CONTROL, "op", 1, CONTROL_CANCEL);
	row(WRITE_MOVE_FORCE, "op", 1, 1);
	ck_assert_int_eq(read_all(), ERROR_NONE);
	ck_assert_uint_eq(want.norders, 2);
	ck_assert_int_eq(want.orders[0].kind, MOVE_ORDER_FORCE);
	ck_assert_int_eq(want.orders[1].kind, MOVE_ORDER_CANCEL);
	ck_assert_str_eq(want.orders[1].owner, "op");
	ck_assert_uint_eq(want.orders[1].index, 1);
	items[0].number = CONTROL_ROLLBACK;
	ck_assert_int_eq(read_all(), ERROR_NONE);
	ck_assert_int_eq(want.orders[1].kind, MOVE_ORDER_ROLLBACK);
	/* nothing that is not so already */
	items[0].number = CONTROL_NONE;
	items[1].number = 2;
	ck_assert_int_eq(read_all(), ERROR_NONE);
	ck_assert(want_empty(&want));
}
END_TEST

START_TEST(test_force_stays)
{
	row(WRITE_MOVE_FORCE, "op", 2, 1);
	ck_assert_int_eq(read_all(), ERROR_NONE);
	ck_assert(want_empty(&want));
	items[0].number = 2;
	ck_assert_int_eq(read_all(), ERROR_INCONSISTENT_VALUE);
	ck_assert_ptr_nonnull(strstr(why, "op/2"));
}
END_TEST

START_TEST(test_existing_row)
{
	row(WRITE_MOVE_VM, "op", 1, 5);
	row(WRITE_MOVE_CLUSTER, "op", 1, 2);
	row(WRITE_MOVE_STATUS, "op", 1, 4);
	ck_assert_int_eq(read_all(), ERROR_INCONSISTENT_VALUE);
	nitems = 0;
	row(WRITE_MOVE_STATUS, "op", 1, 4);
	ck_assert_int_eq(read_all(), ERROR_INCONSISTENT_VALUE);
	items[0].number = 6;
	ck_assert_int_eq(read_all(), ERROR_NONE);
	ck_assert_uint_eq(want.norders, 1);
	ck_assert_int_eq(want.orders[0].kind, MOVE_ORDER_DESTROY);
	row(WRITE_MOVE_CONTROL, "op", 1, CONTROL_CANCEL);
	ck_assert_int_eq(read_all(), ERROR_INCONSISTENT_VALUE);
}
END_TEST

START_TEST(test_confirm_and_adopt)
{
	vm(WRITE_SITE_CONFIRM, 5, 17);
	items[0].key[1] = 2;
	items[0].klen = 2;
	vm(WRITE_SET_ADOPT, 0, 4711);
	vm(WRITE_VM_RELEASE, 6, 3);
	ck_assert_int_eq(read_all(), ERROR_NONE);
	ck_assert_uint_eq(want.norders, 3);
	ck_assert_int_eq(want.orders[2].kind, MOVE_ORDER_RELEASE);
	ck_assert_uint_eq(want.orders[2].vm, 6);
	ck_assert_uint_eq(want.orders[2].cluster, 0);
	ck_assert_uint_eq(want.orders[2].value, 3);
	ck_assert_int_eq(want.orders[0].kind, MOVE_ORDER_CONFIRM);
	ck_assert_uint_eq(want.orders[0].vm, 5);
	ck_assert_uint_eq(want.orders[0].cluster, 2);
	ck_assert_uint_eq(want.orders[0].value, 17);
	ck_assert_int_eq(want.orders[1].kind, MOVE_ORDER_ADOPT);
	ck_assert_uint_eq(want.orders[1].value, 4711);
}
END_TEST

START_TEST(test_store)
{
	struct want back = { 0 };
	size_t item;
	json_t *o;

	vm(WRITE_VM_PRIORITY, 5, 300);
	vm(WRITE_VM_TARGET_CLUSTER, 6, 2);
	row(WRITE_MOVE_VM, "op", 9, 5);
	row(WRITE_MOVE_CLUSTER, "op", 9, 2);
	row(WRITE_MOVE_STATUS, "op", 9, 4);
	row(WRITE_MOVE_FORCE, "op", 9, 1);
	text("op", 9, "\"why\" \xc3\xb6");
	row(WRITE_MOVE_CONTROL, "op", 1, CONTROL_RETRY);
	ck_assert_int_eq(read_all(), ERROR_NONE);
	o = want_json(&want);
	ck_assert_ptr_nonnull(o);
	ck_assert(want_load(&back, o));
	json_decref(o);
	ck_assert_uint_eq(back.nintents, 1);
	ck_assert_int_eq(back.intents[0].kind, INTENT_VM_PRIORITY);
	ck_assert_int_eq(back.intents[0].value, 300);
	ck_assert_uint_eq(back.nmoves, 2);
	ck_assert_uint_eq(back.moves[0].vm, 6);
	ck_assert_ptr_null(back.moves[0].owner);
	ck_assert_str_eq(back.moves[1].owner, "op");
	ck_assert_str_eq(back.moves[1].reason, "\"why\" \xc3\xb6");
	ck_assert(back.moves[1].force);
	ck_assert_uint_eq(back.norders, 1);
	ck_assert_int_eq(back.orders[0].kind, MOVE_ORDER_RETRY);
	ck_assert(want_meets(&want, &back, &item));
	want_clear(&back);
}
END_TEST

/* A proposal as the release before moves wrote it, and what nobody ever wrote. */
START_TEST(test_store_formats)
{
	static const struct {
		const char *text;
		bool ok;
	} records[] = {
		{ "{\"set\":[{\"kind\":0,\"key\":[0,0],\"value\":3}]}", true },
		{ "{\"set\":[]}", false },
		{ "{\"set\":{}}", false },
		{ "{}", false },
		{ "{\"set\":[{\"kind\":99,\"key\":[0,0],\"value\":3}]}", false },
		{ "{\"moves\":[{\"vm\":1,\"cluster\":2,\"node\":0,\"mode\":1,"
		  "\"index\":0,\"force\":false}]}",
		    true },
		{ "{\"moves\":[{\"vm\":1,\"cluster\":2,\"node\":0,\"mode\":9,"
		  "\"index\":0,\"force\":false}]}",
		    false },
		{ "{\"moves\":[{\"vm\":-1,\"cluster\":2,\"node\":0,\"mode\":1,"
		  "\"index\":0,\"force\":false}]}",
		    false },
		{ "{\"orders\":[{\"order\":7,\"index\":0,\"vm\":1,\"cluster\":0,"
		  "\"value\":3}]}",
		    true },
		{ "{\"orders\":[{\"order\":8,\"index\":0,\"vm\":1,\"cluster\":0,"
		  "\"value\":3}]}",
		    false },
		{ "{\"orders\":[{\"order\":99,\"index\":0,\"vm\":0,\"cluster\":0,"
		  "\"value\":0}]}",
		    false },
	};
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

	vm(WRITE_VM_HOLD, 5, 1);
	vm(WRITE_VM_TARGET_CLUSTER, 6, 2);
	ck_assert_int_eq(read_all(), ERROR_NONE);
	other = want;
	memset(&want, 0, sizeof(want));
	nitems = 0;
	vm(WRITE_VM_HOLD, 6, 1);
	vm(WRITE_VM_TARGET_CLUSTER, 5, 2);
	ck_assert_int_eq(read_all(), ERROR_NONE);
	ck_assert(!want_meets(&want, &other, &item));
	items[1].key[0] = 6;
	ck_assert_int_eq(read_all(), ERROR_NONE);
	ck_assert(want_meets(&want, &other, &item));
	ck_assert_uint_eq(item, 1);
	want_clear(&other);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("want");
	TCase *t = tcase_create("want");
	SRunner *sr;
	int nfailed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, test_target);
	tcase_add_test(t, test_target_zero);
	tcase_add_test(t, test_one_vm_twice);
	tcase_add_test(t, test_creation);
	tcase_add_test(t, test_two_creations);
	tcase_add_test(t, test_no_creation);
	tcase_add_test(t, test_owner);
	tcase_add_test(t, test_orders);
	tcase_add_test(t, test_force_stays);
	tcase_add_test(t, test_existing_row);
	tcase_add_test(t, test_confirm_and_adopt);
	tcase_add_test(t, test_store);
	tcase_add_loop_test(t, test_store_formats, 0, 9);
	tcase_add_test(t, test_meets);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	nfailed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return nfailed == 0 ? 0 : 1;
}
