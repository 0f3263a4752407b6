/*
 * SPDX-License-Identifier: Apache-2.0
 * cli/rows: cells, texts, JSON, looking rows up.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/rows.h"

static void
put_number(struct row *row, enum mib_id id, int64_t number)
{
	struct cell *c = &row->cells[id - mib_tables[row->table].first];

	c->there = true;
	c->number = number;
}

static void
put_text(struct row *row, enum mib_id id, const char *text)
{
	struct cell *c = &row->cells[id - mib_tables[row->table].first];

	c->there = true;
	free(c->text);
	c->text = xstrdup(text);
}

static void
ask(struct rows *rows, enum mib_id id)
{
	rows->asked[id - mib_tables[rows->table].first] = true;
}

/* Nodes (1,1), (1,2), (3,1), (3,7). */
static struct rows *
nodes(void)
{
	static const uint32_t index[][2] = { { 1, 1 }, { 1, 2 }, { 3, 1 }, { 3, 7 } };
	static const char *const names[] = { "a", "b", "c", "b" };
	struct rows *rows = rows_new(csNodeTable);
	struct row *row;
	size_t i;

	for (i = 0; i < 4; i++) {
		row = rows_append(rows);
		memcpy(row->index, index[i], sizeof(index[i]));
		put_text(row, csNodeName, names[i]);
		put_number(row, csNodeOperState, 1);
	}
	return rows;
}

START_TEST(rows_are_found_by_their_index)
{
	struct rows *rows = nodes();
	const struct row *row;

	ck_assert_ptr_eq(rows_find(rows, 1, 1), &rows->row[0]);
	ck_assert_ptr_eq(rows_find(rows, 3, 7), &rows->row[3]);
	row = rows_find(rows, 3, 1);
	ck_assert_str_eq(row_text(row, csNodeName), "c");
	ck_assert_ptr_null(rows_find(rows, 1, 0));
	ck_assert_ptr_null(rows_find(rows, 2, 1));
	ck_assert_ptr_null(rows_find(rows, 3, 8));
	ck_assert_ptr_null(rows_find(rows, UINT32_MAX, UINT32_MAX));
	rows_free(rows);
	rows = rows_new(csVmTable);
	ck_assert_ptr_null(rows_find(rows, 1, 0));
	rows_free(rows);
	rows_free(NULL);
}
END_TEST

START_TEST(rows_are_found_by_a_text)
{
	struct rows *rows = nodes();

	ck_assert_ptr_eq(rows_named(rows, csNodeName, "b"), &rows->row[1]);
	ck_assert_ptr_null(rows_named(rows, csNodeName, "B"));
	ck_assert_ptr_eq(rows_named(rows, csNodeOperState, "online"), &rows->row[0]);
	rows_free(rows);
}
END_TEST

START_TEST(what_is_not_there_is_not_zero)
{
	struct rows *rows = nodes();
	const struct row *row = &rows->row[0];

	ck_assert(!row_cell(row, csNodeCpuLoad)->there);
	ck_assert_int_eq(row_number(row, csNodeCpuLoad, -1), -1);
	ck_assert_str_eq(row_text(row, csNodeCpuLoad), "");
	ck_assert_int_eq(row_number(row, csNodeOperState, -1), 1);
	rows_free(rows);
}
END_TEST

START_TEST(an_index_reads_like_a_column)
{
	struct rows *rows = nodes();
	struct rows *moves = rows_new(csMoveTable);
	struct row *row = rows_append(moves);

	/* also one that is a column of another table */
	ck_assert_int_eq(row_number(&rows->row[3], csClusterIndex, -1), 3);
	ck_assert_int_eq(row_number(&rows->row[3], csNodeIndex, -1), 7);
	ck_assert_str_eq(row_text(&rows->row[3], csNodeIndex), "7");
	row->index[0] = 3;
	row->index_text[0] = xstrdup("set");
	row->index[1] = 12;
	ck_assert_str_eq(row_text(row, csMoveOwner), "set");
	ck_assert_int_eq(row_number(row, csMoveIndex, 0), 12);
	rows_free(rows);
	rows_free(moves);
}
END_TEST

START_TEST(texts_of_numbers)
{
	struct rows *rows = rows_new(csVmTable);
	struct row *row = rows_append(rows);
	const char *many[40];
	int i;

	put_number(row, csVmOperState, 7);
	ck_assert_str_eq(row_text(row, csVmOperState), "inDoubt");
	put_number(row, csVmOperState, 77);
	ck_assert_str_eq(row_text(row, csVmOperState), "77(unknown)");
	put_number(row, csVmPriority, 100);
	ck_assert_str_eq(row_text(row, csVmPriority), "100");
	for (i = 0; i < 32; i++) {
		put_number(row, csVmPriority, i);
		many[i] = row_text(row, csVmPriority);
	}
	for (i = 0; i < 32; i++)
		ck_assert_int_eq(strtol(many[i], NULL, 10), i);
	rows_free(rows);
}
END_TEST

static void
is(json_t *object, const char *key, const char *json)
{
	char *text = json_dumps(json_object_get(object, key), JSON_ENCODE_ANY);

	ck_assert_msg(text != NULL && strcmp(text, json) == 0, "%s is %s, not %s", key,
	    text != NULL ? text : "absent", json);
	free(text);
}

START_TEST(json_says_what_was_read)
{
	struct rows *rows = rows_new(csVmTable);
	struct row *row = rows_append(rows);
	json_t *object;

	row->index[0] = 4;
	put_text(row, csVmName, "web1");
	put_number(row, csVmOperState, 1);
	put_number(row, csVmHold, 2);
	put_number(row, csVmPriority, 5);
	put_text(row, csVmSince, "");
	put_text(row, csVmLastMove, "2026-11-22T12:00:00+00:00");
	ask(rows, csVmName);
	ask(rows, csVmOperState);
	ask(rows, csVmHold);
	ask(rows, csVmCpuLoad);
	ask(rows, csVmSince);
	ask(rows, csVmLastMove);
	object = row_json(rows, row);
	is(object, "index", "4");
	is(object, "name", "\"web1\"");
	is(object, "operState", "\"running\"");
	is(object, "hold", "false");
	is(object, "cpuLoad", "null"); /* asked, not there */
	is(object, "since", "null"); /* has not been */
	is(object, "lastMove", "\"2026-11-22T12:00:00+00:00\"");
	ck_assert_ptr_null(json_object_get(object, "priority")); /* not asked */
	ck_assert_uint_eq(json_object_size(object), 7);
	json_decref(object);
	put_number(row, csVmOperState, 50);
	object = row_json(rows, row);
	is(object, "operState", "50");
	json_decref(object);
	rows_free(rows);
}
END_TEST

START_TEST(json_names_an_index_after_what_it_is_of)
{
	struct rows *rows = nodes();
	struct rows *moves = rows_new(csMoveTable);
	struct row *row = rows_append(moves);
	json_t *array = rows_json(rows), *object;

	ck_assert_uint_eq(json_array_size(array), 4);
	is(json_array_get(array, 3), "clusterIndex", "3");
	is(json_array_get(array, 3), "index", "7");
	json_decref(array);
	row->index_text[0] = xstrdup("set");
	row->index[1] = 12;
	object = row_json(moves, row);
	is(object, "owner", "\"set\"");
	is(object, "index", "12");
	json_decref(object);
	rows_free(rows);
	rows_free(moves);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("cli_rows");
	TCase *t = tcase_create("rows");
	SRunner *runner;
	int failed;

	tcase_add_test(t, rows_are_found_by_their_index);
	tcase_add_test(t, rows_are_found_by_a_text);
	tcase_add_test(t, what_is_not_there_is_not_zero);
	tcase_add_test(t, an_index_reads_like_a_column);
	tcase_add_test(t, texts_of_numbers);
	tcase_add_test(t, json_says_what_was_read);
	tcase_add_test(t, json_names_an_index_after_what_it_is_of);
	suite_add_tcase(suite, t);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
