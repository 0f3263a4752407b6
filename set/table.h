/*
 * SPDX-License-Identifier: Apache-2.0
 * Generation tables: sorted rows that one thread changes and others read without locks.
 *
 * The control thread keeps a `struct table` per MIB table. A row never changes once it
 * is in; a change puts a new row in its place. table_view() gives an immutable picture
 * that shares all unchanged chunks of rows with the table (copy on write), so
 * publishing costs a few hundred bytes per changed row and never a copy of the model.
 * Views and rows are counted references and may be read and released by any thread; the
 * table itself belongs to the thread that made it.
 *
 * A key is the row's SNMP index as sub-identifiers (RFC 2578 section 7.7), compared as
 * OIDs are. Knows nothing of SNMP beyond that.
 */
#ifndef SET_TABLE_H
#define SET_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEY_MAX 100 /* sub-identifiers; a name of 96 octets with its length fits */

/*
 * The head of every row; the first member of each row struct of rows.h. Filled by
 * table_put(); in a template handed to table_put() it is ignored.
 */
struct row {
	_Atomic unsigned refs;
	uint16_t klen;
	const uint32_t *key;
};

/* What a table must know of its rows: their size and which members are strings. */
struct row_type {
	const char *name;
	size_t size;
	const size_t *strings; /* offsets of the `const char *` members */
	size_t nstrings;
};

struct table;
struct table_view;

struct table *table_new(const struct row_type *type);
void table_free(struct table *); /* NULL is fine; views live on */

/*
 * Puts a row: copies `tmpl` (a struct of the table's row type; strings are borrowed and
 * copied, NULL stays NULL) under `key`, replacing what stood there. Returns false, and
 * changes nothing, when an equal row stands there already.
 */
bool table_put(struct table *, const uint32_t *key, size_t klen, const void *tmpl);
/* Removes a row; false when there is none. */
bool table_drop(struct table *, const uint32_t *key, size_t klen);
/* The row at key, or NULL. Borrowed until the next change of the table. */
const void *table_get(const struct table *, const uint32_t *key, size_t klen);
size_t table_count(const struct table *);
/* Grows by one with every change: two equal values mean nothing was changed between. */
uint64_t table_version(const struct table *);

/* An immutable picture of the table as it is now; release with table_view_unref(). */
struct table_view *table_view(struct table *);
struct table_view *table_view_ref(struct table_view *);
void table_view_unref(struct table_view *); /* NULL is fine */
size_t table_view_count(const struct table_view *);
/* The row at key, or NULL. Borrowed from the view. */
const void *table_view_get(const struct table_view *, const uint32_t *key, size_t klen);
/* The first row whose key is > key (or >= when `inclusive`), or NULL. Borrowed. */
const void *table_view_next(
    const struct table_view *, const uint32_t *key, size_t klen, bool inclusive);

/* A reference to one row on its own, for what outlives a view (an event's varbinds). */
const void *row_ref(const void *row);
void row_unref(const void *row); /* NULL is fine */

/* Order of two keys as OIDs: <0, 0, >0. */
int key_compare(const uint32_t *a, size_t alen, const uint32_t *b, size_t blen);
/*
 * A name as a variable-length string index: its length, then its octets. `out` has room
 * for KEY_MAX; returns the number of sub-identifiers, 0 when the name does not fit.
 */
size_t key_from_name(const char *name, uint32_t out[KEY_MAX]);

#endif
