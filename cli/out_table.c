/*
 * SPDX-License-Identifier: Apache-2.0
 * Tables that fit the screen. See out.h.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/out.h"

enum { GAP = 2, LEAST = 8 };

struct out_table {
	struct out_column *columns;
	size_t ncolumns;
	char **cells;
	size_t n;
	size_t size;
};

struct out_table *
out_table_new(const struct out_column *columns, size_t n)
{
	struct out_table *t = xcalloc(1, sizeof *t);

	t->columns = xcalloc(n, sizeof *t->columns);
	memcpy(t->columns, columns, n * sizeof *columns);
	t->ncolumns = n;
	return t;
}

void
out_table_free(struct out_table *t)
{
	size_t i;

	if (t == NULL)
		return;
	for (i = 0; i < t->n; i++)
		free(t->cells[i]);
	free(t->cells);
	free(t->columns);
	free(t);
}

void
out_table_cell(struct out_table *t, const char *text)
{
	if (t->n == t->size) {
		t->size = t->size == 0 ? 64 : 2 * t->size;
		t->cells = xreallocarray(t->cells, t->size, sizeof *t->cells);
	}
	t->cells[t->n++] = xstrdup(text != NULL && *text != '\0' ? text : "-");
}

/* Takes what is too much from the columns that give, in proportion to what each has
 * above the least. -1 when that is not enough. */
static int
fit(const struct out_table *t, int *width, int room)
{
	int have = 0, above = 0, over, give, left;
	size_t i;

	for (i = 0; i < t->ncolumns; i++) {
		have += width[i] + (i > 0 ? GAP : 0);
		if (t->columns[i].gives && width[i] > LEAST)
			above += width[i] - LEAST;
	}
	over = have - room;
	if (over <= 0)
		return 0;
	if (over > above)
		return -1;
	left = over;
	for (i = 0; i < t->ncolumns; i++) {
		if (!t->columns[i].gives || width[i] <= LEAST)
			continue;
		give = (int)((long)over * (width[i] - LEAST) / above);
		width[i] -= give;
		left -= give;
	}
	/* what rounding left over */
	while (left > 0)
		for (i = 0; i < t->ncolumns && left > 0; i++)
			if (t->columns[i].gives && width[i] > LEAST) {
				width[i]--;
				left--;
			}
	return 0;
}

static char *
capitals(const char *title)
{
	char *text = xstrdup(title), *p;

	for (p = text; *p != '\0'; p++)
		*p = (char)toupper((unsigned char)*p);
	return text;
}

/* The last column is not filled up: no blanks at the end of a line. */
static void
cell(struct out *o, const struct out_table *t, size_t column, enum out_tone tone,
    int width, const char *text)
{
	char *cut;

	if (column > 0)
		out_say(o, TONE_PLAIN, "%*s", GAP, "");
	if (column + 1 < t->ncolumns || t->columns[column].right) {
		out_field(o, tone, width, t->columns[column].right, text);
		return;
	}
	cut = out_cut(o, text, width);
	out_say(o, tone, "%s", cut);
	free(cut);
}

static void
blocks(struct out *o, const struct out_table *t)
{
	int most = 0, w;
	size_t i, c;
	char *first;

	for (c = 0; c < t->ncolumns; c++) {
		w = out_columns(t->columns[c].title);
		most = w > most ? w : most;
	}
	for (i = 0; i < t->n; i++) {
		c = i % t->ncolumns;
		if (c == 0 && i > 0)
			out_say(o, TONE_PLAIN, "\n");
		first = xasprintf("%*s%s: ", most - out_columns(t->columns[c].title),
		    "", t->columns[c].title);
		out_wrapped(o, first, t->cells[i]);
		free(first);
	}
}

void
out_table_print(struct out *o, struct out_table *t)
{
	int *width = xcalloc(t->ncolumns, sizeof *width), w;
	enum out_tone tone;
	char *title;
	size_t i, c;

	for (c = 0; c < t->ncolumns; c++)
		width[c] = out_columns(t->columns[c].title);
	for (i = 0; i < t->n; i++) {
		w = out_columns(t->cells[i]);
		c = i % t->ncolumns;
		width[c] = w > width[c] ? w : width[c];
	}
	if (t->n == 0)
		goto out;
	if (fit(t, width, o->width) != 0) {
		blocks(o, t);
		goto out;
	}
	for (c = 0; c < t->ncolumns; c++) {
		title = capitals(t->columns[c].title);
		cell(o, t, c, TONE_FAINT, width[c], title);
		free(title);
	}
	out_say(o, TONE_PLAIN, "\n");
	for (i = 0; i < t->n; i++) {
		c = i % t->ncolumns;
		tone = t->columns[c].painted ? out_tone_of(t->cells[i]) : TONE_PLAIN;
		cell(o, t, c, tone, width[c], t->cells[i]);
		if (c + 1 == t->ncolumns)
			out_say(o, TONE_PLAIN, "\n");
	}
out:
	free(width);
}
