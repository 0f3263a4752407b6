/*
 * SPDX-License-Identifier: Apache-2.0
 * Generation tables against a naive model, and read by others while they change.
 */
#include <check.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "set/generation.h"
#include "set/rows.h"

#define KEYS 2000

/* as ck_assert(), for millions of times and any thread: silent while all is well */
#define MUST(x)                                 \
	do {                                    \
		if (!(x))                       \
			ck_abort_msg("%s", #x); \
	} while (0)

/* The naive model: each possible key (two sub-identifiers), its value or -1. */
static int64_t value[KEYS];

static void
key_of(unsigned k, uint32_t key[2])
{
	key[0] = k / 7 + 1;
	key[1] = k % 7;
}

static bool
put(struct table *t, unsigned k, int64_t n)
{
	char *text = xasprintf("value %lld", (long long)n);
	const struct node_row row = {
		.name = text, .cluster_name = n % 3 == 0 ? NULL : "", .cpus = n
	};
	uint32_t key[2];
	bool changed;

	key_of(k, key);
	changed = table_put(t, key, 2, &row);
	free(text); /* the table has its own copy */
	return changed;
}

static void
check_row(const struct node_row *r, unsigned k, int64_t n)
{
	char text[40];
	uint32_t key[2];

	key_of(k, key);
	snprintf(text, sizeof(text), "value %lld", (long long)n);
	MUST(r != NULL);
	MUST(r->cpus == n);
	MUST(strcmp(r->name, text) == 0);
	MUST((r->cluster_name == NULL) == (n % 3 == 0));
	MUST(key_compare(r->head.key, r->head.klen, key, 2) == 0);
}

/* Every key of a view, by get and by walking, against an array of values. */
static void
check_view(const struct table_view *v, const int64_t *want)
{
	const struct node_row *r = table_view_next(v, NULL, 0, true);
	size_t n = 0;
	unsigned k;

	for (k = 0; k < KEYS; k++) {
		uint32_t key[2];

		key_of(k, key);
		if (want[k] < 0) {
			MUST(table_view_get(v, key, 2) == NULL);
			continue;
		}
		n++;
		check_row(table_view_get(v, key, 2), k, want[k]);
		check_row(r, k, want[k]);
		MUST(table_view_next(v, key, 2, true) == r);
		r = table_view_next(v, key, 2, false);
	}
	MUST(r == NULL);
	MUST(table_view_count(v) == n);
}

START_TEST(test_random)
{
	enum { VIEWS = 5 };
	struct table *t = table_new(&row_types[TABLE_NODE]);
	struct table_view *views[VIEWS] = { NULL };
	static int64_t then[VIEWS][KEYS];
	unsigned seed = 17 + (unsigned)_i, round, i, k;
	int64_t n;

	for (k = 0; k < KEYS; k++)
		value[k] = -1;
	for (round = 0; round < 20; round++) {
		for (i = 0; i < 700; i++) {
			uint64_t before = table_version(t);
			uint32_t key[2];
			bool changed;

			k = (unsigned)rand_r(&seed) % KEYS;
			n = rand_r(&seed) % 4;
			key_of(k, key);
			if (rand_r(&seed) % 10 < (round % 4 == 3 ? 9 : 3)) {
				changed = table_drop(t, key, 2);
				MUST(changed == (value[k] >= 0));
				value[k] = -1;
			} else {
				changed = put(t, k, n);
				MUST(changed == (value[k] != n));
				value[k] = n;
				check_row(table_get(t, key, 2), k, n);
			}
			MUST(table_version(t) == before + changed);
		}
		i = round % VIEWS;
		if (views[i] != NULL)
			check_view(views[i], then[i]); /* as it was, for ever */
		table_view_unref(views[i]);
		views[i] = table_view(t);
		memcpy(then[i], value, sizeof(value));
		check_view(views[i], value);
	}
	table_free(t); /* views live on */
	for (i = 0; i < VIEWS; i++) {
		check_view(views[i], then[i]);
		table_view_unref(views[i]);
	}
}
END_TEST

/* Whole chunks filled upwards, downwards and from the middle, then emptied. */
START_TEST(test_splits)
{
	struct table *t = table_new(&row_types[TABLE_NODE]);
	struct table_view *full;
	unsigned i, k;

	for (k = 0; k < KEYS; k++)
		value[k] = -1;
	for (i = 0; i < KEYS; i++) {
		k = _i == 0 ? i : _i == 1 ? KEYS - 1 - i : (i * 997 + 500) % KEYS;
		ck_assert(put(t, k, k));
		value[k] = k;
	}
	ck_assert_uint_eq(table_count(t), KEYS);
	full = table_view(t);
	check_view(full, value);
	for (i = 0; i < KEYS; i++) {
		uint32_t key[2];

		key_of(_i == 0 ? KEYS - 1 - i : i, key);
		ck_assert(table_drop(t, key, 2));
		ck_assert(!table_drop(t, key, 2));
	}
	ck_assert_uint_eq(table_count(t), 0);
	check_view(full, value);
	ck_assert(put(t, 5, 5)); /* and it still works */
	table_view_unref(full);
	table_free(t);
}
END_TEST

START_TEST(test_empty)
{
	struct table *t = table_new(&row_types[TABLE_NODE]);
	struct table_view *v = table_view(t);
	const uint32_t key[1] = { 1 };

	ck_assert_ptr_null(table_view_next(v, key, 1, true));
	ck_assert_ptr_null(table_view_next(v, NULL, 0, false));
	ck_assert_ptr_null(table_view_get(v, key, 1));
	ck_assert_ptr_null(table_get(t, key, 1));
	ck_assert(!table_drop(t, key, 1));
	table_view_unref(v);
	table_view_unref(NULL);
	table_free(t);
	table_free(NULL);
}
END_TEST

/* An equal put gives no new version and no new view; members that are NULL differ from
 * empty ones. */
START_TEST(test_equal_put)
{
	struct table *t = table_new(&row_types[TABLE_CLUSTER]);
	struct cluster_row row = { .name = "a", .endpoint = "", .memory_total = 1 };
	const uint32_t key[1] = { 3 };
	struct table_view *v, *w;

	ck_assert(table_put(t, key, 1, &row));
	v = table_view(t);
	ck_assert(!table_put(t, key, 1, &row));
	row.head.klen = 77; /* the head of a template is ignored */
	ck_assert(!table_put(t, key, 1, &row));
	w = table_view(t);
	ck_assert_ptr_eq(v, w);
	table_view_unref(w);
	row.memory_total = 2; /* behind the last string */
	ck_assert(table_put(t, key, 1, &row));
	row.admin = 1; /* between strings */
	ck_assert(table_put(t, key, 1, &row));
	row.status_text = "";
	ck_assert(table_put(t, key, 1, &row));
	row.status_text = NULL;
	ck_assert(table_put(t, key, 1, &row));
	ck_assert_uint_eq(table_version(t), 5);
	table_view_unref(v);
	table_free(t);
}
END_TEST

/* Names sort as SNMP indexes do: shorter first, then octet by octet, unsigned. */
START_TEST(test_string_index)
{
	static const char *const sorted[] = { "a", "z", "\xc3\xa4", "aa", "az", "b\xff",
		"aaa" };
	struct table *t = table_new(&row_types[TABLE_VM_NAME]);
	const size_t n = sizeof(sorted) / sizeof(sorted[0]);
	const struct vm_name_row *r = NULL;
	char name[120];
	uint32_t key[KEY_MAX];
	struct table_view *v;
	size_t i;

	/* "\xc3\xa4" has two octets: after "az", "aa" < "az" < "b\xff" < it */
	static const size_t order[] = { 0, 1, 3, 4, 5, 2, 6 };

	for (i = n; i-- > 0;) {
		struct vm_name_row row = { .index = (int64_t)i };

		table_put(t, key, key_from_name(sorted[i], key), &row);
	}
	v = table_view(t);
	for (i = 0; i < n; i++) {
		r = r == NULL ? table_view_next(v, NULL, 0, true)
		              : table_view_next(v, r->head.key, r->head.klen, false);
		ck_assert_int_eq(r->index, (int64_t)order[i]);
	}
	table_view_unref(v);
	table_free(t);

	memset(name, 'x', sizeof(name));
	name[99] = '\0';
	ck_assert_uint_eq(key_from_name(name, key), 100);
	ck_assert_uint_eq(key[0], 99);
	name[99] = 'x';
	name[100] = '\0';
	ck_assert_uint_eq(key_from_name(name, key), 0);
	ck_assert_uint_eq(key_from_name("", key), 1);
	ck_assert_uint_eq(key[0], 0);
}
END_TEST

START_TEST(test_row_outlives)
{
	struct table *t = table_new(&row_types[TABLE_NODE]);
	struct table_view *v;
	const struct node_row *r;
	uint32_t key[2];

	put(t, 1, 42);
	v = table_view(t);
	key_of(1, key);
	r = row_ref(table_view_get(v, key, 2));
	table_view_unref(v);
	table_free(t);
	check_row(r, 1, 42);
	row_unref(r);
	row_unref(NULL);
}
END_TEST

/* --- readers and one writer --------------------------------------------------------
 */

static struct generation_box *box;
static atomic_bool done;
static atomic_ulong taken;

/* In every generation all rows of all tables say the same number. */
static void *
reader(void *arg)
{
	uint64_t last = 0;

	(void)arg;
	while (!atomic_load(&done)) {
		struct generation *g = generation_take(box);
		const struct node_row *r = NULL;
		int64_t n = -1;
		size_t rows = 0;

		if (g == NULL)
			continue;
		MUST(g->seq >= last);
		last = g->seq;
		for (;;) {
			struct table_view *v = g->tables[TABLE_NODE];

			r = r == NULL
			    ? table_view_next(v, NULL, 0, true)
			    : table_view_next(v, r->head.key, r->head.klen, false);
			if (r == NULL)
				break;
			if (rows++ == 0)
				n = r->cpus;
			MUST(r->cpus == n);
		}
		MUST(rows == table_view_count(g->tables[TABLE_NODE]));
		atomic_fetch_add(&taken, 1);
		generation_unref(g);
	}
	return NULL;
}

START_TEST(test_concurrent)
{
	enum { THREADS = 3, ROWS = 600, ROUNDS = 300 };
	struct table *tables[TABLE_COUNT];
	pthread_t threads[THREADS];
	uint64_t seq;
	unsigned i;

	box = generation_box_new();
	for (i = 0; i < TABLE_COUNT; i++)
		tables[i] = table_new(&row_types[i]);
	for (i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, reader, NULL), 0);
	for (seq = 1; seq <= ROUNDS || atomic_load(&taken) < 100; seq++) {
		for (i = 0; i < ROWS; i++) {
			uint32_t key[2];

			key_of((i + (unsigned)seq) % KEYS, key);
			if (i == 0)
				table_drop(tables[TABLE_NODE], key, 2);
			put(tables[TABLE_NODE], (i + (unsigned)seq + 1) % KEYS,
			    (int64_t)seq);
		}
		generation_publish(box, generation_new(tables, seq, (msec_t)seq));
		ck_assert_uint_eq(generation_seq(box), seq);
		generation_beat(box, (msec_t)seq);
		ck_assert_int_eq(generation_last_beat(box), (msec_t)seq);
	}
	atomic_store(&done, true);
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (i = 0; i < TABLE_COUNT; i++)
		table_free(tables[i]);
	generation_box_free(box);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("table");
	TCase *t = tcase_create("table");
	SRunner *sr;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, test_random, 0, 6);
	tcase_add_loop_test(t, test_splits, 0, 3);
	tcase_add_test(t, test_empty);
	tcase_add_test(t, test_equal_put);
	tcase_add_test(t, test_string_index);
	tcase_add_test(t, test_row_outlives);
	tcase_add_test(t, test_concurrent);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
