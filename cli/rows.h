/*
 * SPDX-License-Identifier: Apache-2.0
 * A table of the MIB in memory, as it was read.
 *
 * Filled by cli/snmp, read by the commands. A cell is what the agent said: nothing is
 * invented for an instance that is not there, and "is not there" is an answer of its
 * own (unknown), never 0 or "". Text is made harmless for a terminal once, here.
 */
#ifndef CLI_ROWS_H
#define CLI_ROWS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/mib.h"

struct cell {
	bool there; /* false: the agent has no such instance */
	int64_t number; /* integers, enumerations, counters (as uint64_t); 0 for text */
	char *text; /* MIB_TEXT: as sent, made visible (base/text.h); MIB_TIME: RFC 3339
	               in whole seconds with offset, "" for the zero time; MIB_OID:
	               dotted; else NULL */
};

struct row {
	enum mib_table_id table;
	uint32_t index[MIB_INDEX_MAX]; /* numbers of the index; of a text its length */
	char *index_text[MIB_INDEX_MAX]; /* a text of the index, else NULL */
	struct cell *cells; /* one per column of the table, in order of the MIB */
};

struct rows {
	enum mib_table_id table;
	size_t n;
	struct row *row; /* in the order of the index */
	size_t room; /* of `row`, for rows_append() */
	bool *asked; /* one per column: was it read at all? */
};

void rows_free(struct rows *rows); /* NULL is allowed */

/* For cli/snmp (and tests): an empty table, and one more row at its end, without index,
 * all of whose cells are not there. The row is valid until the next one. */
struct rows *rows_new(enum mib_table_id table);
struct row *rows_append(struct rows *rows);
/* How many columns a table has: cells of a row. */
size_t rows_columns(enum mib_table_id table);
/* What a row owns; the row itself is not freed. */
void row_clear(struct row *row);

/* One cell; the object must be a column of the row's table. */
const struct cell *row_cell(const struct row *row, enum mib_id id);

/* A number, or `otherwise` when the instance is not there. Index objects, too. */
int64_t row_number(const struct row *row, enum mib_id id, int64_t otherwise);

/*
 * What a person reads: text as it is, the word of an enumeration, a number in decimal;
 * "" when it is not there. A number without a word reads "N(unknown)". Lives as long as
 * the row: the words of numbers are kept in a ring of 32, so use it soon.
 */
const char *row_text(const struct row *row, enum mib_id id);

/* The row with this index (numbers only; unused places 0), or NULL. Binary search. */
const struct row *rows_find(const struct rows *rows, uint32_t a, uint32_t b);

/* The first row whose column `id` reads `text` exactly, or NULL. */
const struct row *rows_named(const struct rows *rows, enum mib_id id, const char *text);

/*
 * A row as an object: first its index, then every column that was read under its key
 * (mib_object.key). An index that is a column of the table itself has that column's key
 * ("index", "owner"), one that belongs to another table its own name ("clusterIndex",
 * "vmIndex"). Enumerations are words (a number without a word stays a number),
 * TruthValue is true or false, times are RFC 3339, what is not there is null, and so is
 * the time that has not been. The caller owns it.
 */
json_t *rows_cell_json(enum mib_id id, const struct cell *cell);
json_t *row_json(const struct rows *rows, const struct row *row);
json_t *rows_json(const struct rows *rows);

#endif
