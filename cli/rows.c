/*
 * SPDX-License-Identifier: Apache-2.0
 * Tables of the MIB in memory. See rows.h.
 */
#include "cli/rows.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

size_t
rows_columns(enum mib_table_id table)
{
	return (size_t)(mib_tables[table].last - mib_tables[table].first) + 1;
}

struct rows *
rows_new(enum mib_table_id table)
{
	struct rows *rows = xcalloc(1, sizeof(*rows));

	rows->table = table;
	rows->asked = xcalloc(rows_columns(table), sizeof(*rows->asked));
	return rows;
}

struct row *
rows_append(struct rows *rows)
{
	struct row *row;

	if (rows->n == rows->room) {
		rows->room = rows->room == 0 ? 16 : rows->room * 2;
		rows->row = xreallocarray(rows->row, rows->room, sizeof(*rows->row));
	}
	row = &rows->row[rows->n++];
	memset(row, 0, sizeof(*row));
	row->table = rows->table;
	row->cells = xcalloc(rows_columns(rows->table), sizeof(*row->cells));
	return row;
}

void
row_clear(struct row *row)
{
	size_t i;

	for (i = 0; row->cells != NULL && i < rows_columns(row->table); i++)
		free(row->cells[i].text);
	free(row->cells);
	row->cells = NULL;
	for (i = 0; i < MIB_INDEX_MAX; i++)
		xfree_clear(&row->index_text[i]);
}

void
rows_free(struct rows *rows)
{
	size_t i;

	if (rows == NULL)
		return;
	for (i = 0; i < rows->n; i++)
		row_clear(&rows->row[i]);
	free(rows->row);
	free(rows->asked);
	free(rows);
}

/* Which part of the row's index an object is, or -1. */
static int
index_part(const struct row *row, enum mib_id id)
{
	const struct mib_table *t = &mib_tables[row->table];
	size_t i;

	for (i = 0; i < t->nindex; i++)
		if (t->index[i] == id)
			return (int)i;
	return -1;
}

const struct cell *
row_cell(const struct row *row, enum mib_id id)
{
	assert(mib_objects[id].table == (int)row->table);
	return &row->cells[id - mib_tables[row->table].first];
}

int64_t
row_number(const struct row *row, enum mib_id id, int64_t otherwise)
{
	int part = index_part(row, id);
	const struct cell *cell;

	/* csVmNameIndex has the name in its index and the number as a column */
	if (part != -1)
		return row->index[part];
	cell = row_cell(row, id);
	return cell->there ? cell->number : otherwise;
}

/* Numbers as text, in a ring: a line of output may need several at once. */
static char *
ring(void)
{
	static char texts[32][40];
	static unsigned at;

	return texts[at++ % 32];
}

static const char *
number_text(enum mib_id id, int64_t number)
{
	const char *word = mib_word(id, number);
	char *text;

	if (word != NULL)
		return word;
	text = ring();
	if (mib_objects[id].words != NULL)
		snprintf(text, 40, "%" PRId64 "(unknown)", number);
	else if (mib_objects[id].base == MIB_COUNTER64)
		snprintf(text, 40, "%" PRIu64, (uint64_t)number);
	else
		snprintf(text, 40, "%" PRId64, number);
	return text;
}

const char *
row_text(const struct row *row, enum mib_id id)
{
	int part = index_part(row, id);
	const struct cell *cell;

	if (part != -1)
		return row->index_text[part] != NULL
		    ? row->index_text[part]
		    : number_text(id, row->index[part]);
	cell = row_cell(row, id);
	if (!cell->there)
		return "";
	return cell->text != NULL ? cell->text : number_text(id, cell->number);
}

static int
compare(const struct row *row, uint32_t a, uint32_t b)
{
	if (row->index[0] != a)
		return row->index[0] < a ? -1 : 1;
	if (row->index[1] != b)
		return row->index[1] < b ? -1 : 1;
	return 0;
}

const struct row *
rows_find(const struct rows *rows, uint32_t a, uint32_t b)
{
	size_t low = 0, high = rows->n, middle;
	int order;

	while (low < high) {
		middle = low + (high - low) / 2;
		order = compare(&rows->row[middle], a, b);
		if (order == 0)
			return &rows->row[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const struct row *
rows_named(const struct rows *rows, enum mib_id id, const char *text)
{
	size_t i;

	for (i = 0; i < rows->n; i++)
		if (strcmp(row_text(&rows->row[i], id), text) == 0)
			return &rows->row[i];
	return NULL;
}

json_t *
rows_cell_json(enum mib_id id, const struct cell *cell)
{
	const struct mib_object *m = &mib_objects[id];
	const char *word;

	if (!cell->there)
		return json_null();
	if (m->base == MIB_TIME && (cell->text == NULL || *cell->text == '\0'))
		return json_null();
	if (cell->text != NULL)
		return json_string(cell->text);
	if (m->words == NULL)
		return json_integer(cell->number);
	word = mib_word(id, cell->number);
	if (word == NULL)
		return json_integer(cell->number);
	if (strcmp(m->type, "TruthValue") == 0)
		return json_boolean(strcmp(word, "true") == 0);
	return json_string(word);
}

/* The key of a part of the index: see rows.h. */
static void
put_index(json_t *object, const struct row *row, size_t part)
{
	enum mib_id id = mib_tables[row->table].index[part];
	json_t *value;
	char key[64];

	if (mib_objects[id].table == (int)row->table)
		snprintf(key, sizeof(key), "%s", mib_objects[id].key);
	else
		snprintf(key, sizeof(key), "%c%s", mib_objects[id].name[2] | 0x20,
		    mib_objects[id].name + 3);
	value = row->index_text[part] != NULL ? json_string(row->index_text[part])
	                                      : json_integer(row->index[part]);
	json_object_set_new(object, key, value);
}

json_t *
row_json(const struct rows *rows, const struct row *row)
{
	const struct mib_table *t = &mib_tables[rows->table];
	json_t *object = json_object();
	size_t i;

	for (i = 0; i < t->nindex; i++)
		put_index(object, row, i);
	for (i = 0; i < rows_columns(rows->table); i++)
		if (rows->asked[i])
			json_object_set_new(object, mib_objects[t->first + i].key,
			    rows_cell_json(
			        (enum mib_id)(t->first + i), &row->cells[i]));
	return object;
}

json_t *
rows_json(const struct rows *rows)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < rows->n; i++)
		json_array_append_new(array, row_json(rows, &rows->row[i]));
	return array;
}
