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
	               with offset, "" for the zero time; MIB_OID: dotted; else NULL */
};

struct row {
	uint32_t index[MIB_INDEX_MAX]; /* numbers of the index; of a text its length */
	char *index_text[MIB_INDEX_MAX]; /* a text of the index, else NULL */
	struct cell *cells; /* one per column of the table, in order of the MIB */
};

struct rows {
	enum mib_table_id table;
	size_t n;
	struct row *row; /* in the order of the index */
};

void rows_free(struct rows *rows); /* NULL is allowed */

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

/* The first row whose column `id` reads `text`, or NULL. */
const struct row *rows_named(const struct rows *rows, enum mib_id id, const char *text);

/*
 * A row as an object: every column that was read under its key (mib_object.key), index
 * numbers as "index" (or by their keys when there are several), enumerations as words,
 * times as RFC 3339, what is not there and ages or loads that are not known as null.
 * The caller owns it.
 */
json_t *row_json(const struct rows *rows, const struct row *row);
json_t *rows_json(const struct rows *rows);

#endif
