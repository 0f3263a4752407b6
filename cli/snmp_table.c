/*
 * SPDX-License-Identifier: Apache-2.0
 * Tables and rows for the commands: what snmp_fetch.c reads, put together in order.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/snmp_fetch.h"

static int
by_low(const void *a, const void *b)
{
	const struct stretch *const *x = a, *const *y = b;

	return (*x)->low < (*y)->low ? -1 : (*x)->low > (*y)->low;
}

/* The rows of a stretch to the end of the result. */
static int
deliver(struct fetch *f, struct stretch *st, struct rows *rows)
{
	size_t i, j;
	struct row *row;

	for (i = 0; i < st->n; i++) {
		if (f->max > 0 && rows->n == f->max)
			return 0;
		row = rows_append(rows);
		if (!snmp_index(f->table, st->raw[i].sub, st->raw[i].nsub, row)) {
			cause_set(f->cause, "%s answers a row of %s with a bad index",
			    f->s->peer, mib_tables[f->table].name);
			return -1;
		}
		for (j = 0; j < f->n; j++) {
			row->cells[f->ids[j] - mib_tables[f->table].first] =
			    st->raw[i].cells[j];
			memset(&st->raw[i].cells[j], 0, sizeof(struct cell));
		}
	}
	return 0;
}

static struct rows *
collect(struct fetch *f)
{
	struct rows *rows = rows_new(f->table);
	struct stretch *st, **sorted;
	size_t n = 0, i;

	for (i = 0; i < f->n; i++)
		rows->asked[f->ids[i] - mib_tables[f->table].first] = true;
	for (st = f->all; st != NULL; st = st->next)
		n++;
	sorted = xcalloc(n, sizeof(struct stretch *));
	for (n = 0, st = f->all; st != NULL; st = st->next)
		sorted[n++] = st;
	qsort(sorted, n, sizeof(struct stretch *), by_low);
	for (i = 0; i < n; i++)
		if (deliver(f, sorted[i], rows) == -1) {
			rows_free(rows);
			rows = NULL;
			f->result = SNMP_FAILED;
			break;
		}
	free(sorted);
	return rows;
}

static struct rows *
fetch(struct snmp *s, enum mib_table_id table, const enum mib_id *ids, size_t n,
    const uint32_t *prefix, size_t nprefix, uint32_t after, size_t max,
    enum snmp_result *result, char **cause)
{
	const struct mib_table *t = &mib_tables[table];
	enum mib_id *all = NULL;
	struct fetch f = { .s = s,
		.table = table,
		.prefix = prefix,
		.nprefix = nprefix,
		.max = max,
		.cause = cause };
	struct rows *rows = NULL;
	int id;

	if (n == 0) {
		all = xcalloc(rows_columns(table), sizeof(*all));
		for (id = (int)t->first; id <= (int)t->last; id++)
			if (mib_readable((enum mib_id)id))
				all[n++] = (enum mib_id)id;
		ids = all;
	}
	f.ids = ids;
	f.n = n;
	snmp_forget_log();
	if (snmp_reconnect(s, cause) == -1)
		f.result = SNMP_UNREACHABLE;
	else
		fetch_run(&f, after);
	if (f.result == SNMP_DONE)
		rows = collect(&f);
	if (rows != NULL && rows->n > 0)
		s->served = true;
	/* nothing, or no more, may also mean that clustersetd has just gone */
	if (rows != NULL && (!s->served || f.cut || rows->n == 0)) {
		f.result = snmp_served(s, cause);
		if (f.result != SNMP_DONE) {
			rows_free(rows);
			rows = NULL;
		}
	}
	fetch_free(&f);
	free(all);
	*result = f.result;
	return rows;
}

struct rows *
snmp_table(struct snmp *s, enum mib_table_id table, const enum mib_id *ids, size_t n,
    enum snmp_result *result, char **cause)
{
	return fetch(s, table, ids, n, NULL, 0, 0, 0, result, cause);
}

struct rows *
snmp_table_part(struct snmp *s, enum mib_table_id table, const enum mib_id *ids,
    size_t n, const uint32_t *prefix, size_t nprefix, enum snmp_result *result,
    char **cause)
{
	return fetch(s, table, ids, n, prefix, nprefix, 0, 0, result, cause);
}

struct rows *
snmp_table_after(struct snmp *s, enum mib_table_id table, uint32_t after, size_t max,
    enum snmp_result *result, char **cause)
{
	return fetch(s, table, NULL, 0, NULL, 0, after, max, result, cause);
}

struct rows *
snmp_row(struct snmp *s, enum mib_table_id table, const enum mib_id *ids, size_t n,
    const uint32_t *index, const char *const *index_text, enum snmp_result *result,
    char **cause)
{
	const struct mib_table *t = &mib_tables[table];
	struct snmp_instance *want = xcalloc(rows_columns(table), sizeof(*want));
	struct rows *rows = NULL;
	struct row *row = NULL;
	size_t i, j, all = 0;
	int id;

	for (id = (int)t->first; id <= (int)t->last; id++) {
		for (i = 0; i < n && ids[i] != (enum mib_id)id; i++)
			;
		if (!mib_readable((enum mib_id)id) || (n > 0 && i == n))
			continue;
		want[all].id = (enum mib_id)id;
		for (j = 0; j < t->nindex; j++) {
			want[all].index[j] = index[j];
			want[all].index_text[j] =
			    index_text != NULL ? index_text[j] : NULL;
		}
		all++;
	}
	*result = snmp_get(s, want, all, cause);
	if (*result != SNMP_DONE)
		goto out;
	rows = rows_new(table);
	for (i = 0; i < all; i++) {
		rows->asked[want[i].id - t->first] = true;
		if (!want[i].cell.there)
			continue;
		if (row == NULL) {
			row = rows_append(rows);
			for (j = 0; j < t->nindex; j++) {
				row->index[j] = index[j];
				if (want[i].index_text[j] == NULL)
					continue;
				row->index[j] = (uint32_t)strlen(want[i].index_text[j]);
				row->index_text[j] = xstrdup(want[i].index_text[j]);
			}
		}
		row->cells[want[i].id - t->first] = want[i].cell;
		memset(&want[i].cell, 0, sizeof(want[i].cell));
	}
out:
	snmp_free_cells(want, all);
	free(want);
	return rows;
}
