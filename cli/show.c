/*
 * SPDX-License-Identifier: Apache-2.0
 * Rows and lines for the `show` commands. See show.h.
 */
#include "cli/show.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "cli/list.h"

enum { WHAT_COLUMNS = 22 };

int
show_row(struct cli *cli, enum mib_table_id table, const char *noun, const char *name,
    const uint32_t *index, const char *const *index_text, struct rows **rows)
{
	enum snmp_result result;
	char *cause = NULL;

	*rows = snmp_row(
	    cli_session(cli), table, NULL, 0, index, index_text, &result, &cause);
	if (*rows == NULL)
		return cli_fail_snmp(cli, result, &cause);
	if ((*rows)->n > 0)
		return EXIT_DONE;
	return cli_fail(
	    cli, EXIT_FAILED, "%s %s is gone: it was there a moment ago", noun, name);
}

int
show_part(struct cli *cli, enum mib_table_id table, uint32_t first, struct rows **rows)
{
	enum snmp_result result;
	char *cause = NULL;

	*rows = snmp_table_part(
	    cli_session(cli), table, NULL, 0, &first, 1, &result, &cause);
	return *rows != NULL ? EXIT_DONE : cli_fail_snmp(cli, result, &cause);
}

/* Takes over what the only row of `from` has. */
static void
append(struct rows *rows, struct rows *from)
{
	struct row *row;
	size_t i;

	for (i = 0; i < rows_columns(rows->table); i++)
		rows->asked[i] = true;
	if (from->n == 0)
		return;
	row = rows_append(rows);
	free(row->cells);
	*row = from->row[0];
	from->n = 0;
}

int
show_where(struct cli *cli, enum mib_table_id table, enum mib_id id, int64_t number,
    struct rows **rows)
{
	enum snmp_result result;
	char *cause = NULL;
	struct rows *all, *one;
	const struct row *row;
	size_t i;

	/* one column of all rows, then all columns of a few */
	all = snmp_table(cli_session(cli), table, &id, 1, &result, &cause);
	if (all == NULL)
		return cli_fail_snmp(cli, result, &cause);
	*rows = rows_new(table);
	for (i = 0; i < all->n; i++) {
		row = &all->row[i];
		if (row_number(row, id, -1) != number)
			continue;
		one = snmp_row(cli_session(cli), table, NULL, 0, row->index,
		    (const char *const *)row->index_text, &result, &cause);
		if (one == NULL) {
			rows_free(all);
			return cli_fail_snmp(cli, result, &cause);
		}
		append(*rows, one);
		rows_free(one);
	}
	rows_free(all);
	return EXIT_DONE;
}

static enum mib_id by;

static int
compare(const void *a, const void *b)
{
	const char *x = row_text(a, by), *y = row_text(b, by);

	if (*x == '\0' || *y == '\0')
		return (*x == '\0') - (*y == '\0');
	return strcmp(x, y);
}

void
show_by_time(struct rows *rows, enum mib_id id)
{
	by = id;
	if (rows->n > 1)
		qsort(rows->row, rows->n, sizeof(*rows->row), compare);
}

void
show_line(struct out *o, int indent, const char *what, const char *fmt, ...)
{
	va_list ap;
	char *text, *first;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	if (*text != '\0') {
		first = xasprintf("%*s%-*s ", indent, "", WHAT_COLUMNS - indent, what);
		out_wrapped(o, first, text);
		free(first);
	}
	free(text);
}

void
show_value(
    struct out *o, int indent, const char *what, const struct row *row, enum mib_id id)
{
	show_line(o, indent, what, "%s", list_value(row, id));
}

void
show_note(struct out *o, int indent, const char *state, const char *text)
{
	if (strcasecmp(state, text) != 0)
		show_wrapped(o, indent, "note", text);
}

void
show_wrapped(struct out *o, int indent, const char *what, const char *text)
{
	char *first;

	if (*text == '\0')
		return;
	first = xasprintf("%*s%s: ", indent, "", what);
	out_wrapped(o, first, text);
	free(first);
}
