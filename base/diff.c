/*
 * SPDX-License-Identifier: Apache-2.0
 * The difference of two texts. See diff.h.
 *
 * What is common at both ends is set aside; of the rest the shortest edit is found as
 * Myers has it ("An O(ND) Difference Algorithm", 1986), forward, with the furthest
 * points of every distance kept to walk back. Beyond DISTANCE_MAX the rest counts as
 * replaced as a whole, which bounds memory and time.
 */
#include "base/diff.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define CONTEXT      3
#define DISTANCE_MAX 2000

struct lines {
	const char **at; /* n + 1 of them: where each begins, and the end */
	size_t n;
};

struct diff {
	struct lines a, b;
	bool *gone, *added; /* by line of a, of b */
	size_t from, a_to, b_to; /* the part that is not common at the ends */
};

static struct lines
lines_of(const char *text, size_t len)
{
	struct lines l = { NULL, 0 };
	const char *p = text, *end = text + len, *next;
	size_t n = 0;

	for (p = text; p < end; p++)
		n += *p == '\n';
	l.at = xcalloc(n + 2, sizeof(*l.at));
	for (p = text; p < end; p = next) {
		next = memchr(p, '\n', (size_t)(end - p));
		next = next == NULL ? end : next + 1;
		l.at[l.n++] = p;
	}
	l.at[l.n] = end;
	return l;
}

static size_t
line_len(const struct lines *l, size_t i)
{
	return (size_t)(l->at[i + 1] - l->at[i]);
}

static bool
same(const struct diff *d, size_t i, size_t j)
{
	return line_len(&d->a, i) == line_len(&d->b, j) &&
	    memcmp(d->a.at[i], d->b.at[j], line_len(&d->a, i)) == 0;
}

static void
set_ends_aside(struct diff *d)
{
	d->a_to = d->a.n;
	d->b_to = d->b.n;
	while (d->from < d->a_to && d->from < d->b_to && same(d, d->from, d->from))
		d->from++;
	while (d->a_to > d->from && d->b_to > d->from &&
	    same(d, d->a_to - 1, d->b_to - 1)) {
		d->a_to--;
		d->b_to--;
	}
}

/* The furthest x on diagonal k (x - y) with one more step than `v` has, -1: none. */
static long
reach(const long *v, long k, long distance)
{
	if (k == -distance || (k != distance && v[k - 1] < v[k + 1]))
		return v[k + 1]; /* a line of b is added */
	return v[k - 1] + 1; /* a line of a goes */
}

/* Marks the lines on the way back from the end, distance by distance. */
static void
walk_back(struct diff *d, long **kept, long distance, long x, long y)
{
	long *v, k, was;

	for (; distance > 0; distance--) {
		v = kept[distance - 1] +
		    distance; /* its diagonals -distance..distance */
		k = x - y;
		was = k == -distance || (k != distance && v[k - 1] < v[k + 1]) ? k + 1
		                                                               : k - 1;
		x = v[was];
		y = x - was;
		if (was == k + 1)
			d->added[d->from + (size_t)y] = true;
		else
			d->gone[d->from + (size_t)x] = true;
	}
}

/* False: they are too different. */
static bool
shortest(struct diff *d)
{
	const long n = (long)(d->a_to - d->from), m = (long)(d->b_to - d->from);
	const long most = n + m < DISTANCE_MAX ? n + m : DISTANCE_MAX;
	long **kept = xcalloc((size_t)most + 1, sizeof(*kept)), distance, k, x, y, *v;
	long *room = xcalloc((size_t)(2 * most + 5), sizeof(*room));
	bool found = false;

	v = room + most + 2;
	v[1] = 0;
	for (distance = 0; distance <= most && !found; distance++) {
		if (distance > 0) {
			/* as it was before this distance, one diagonal more each side
			 */
			kept[distance - 1] =
			    xcalloc((size_t)(2 * distance + 1), sizeof(long));
			memcpy(kept[distance - 1], v - distance,
			    (size_t)(2 * distance + 1) * sizeof(long));
		}
		for (k = -distance; k <= distance; k += 2) {
			x = distance == 0 ? 0 : reach(v, k, distance);
			y = x - k;
			while (x < n && y < m &&
			    same(d, d->from + (size_t)x, d->from + (size_t)y)) {
				x++;
				y++;
			}
			v[k] = x;
			if (x >= n && y >= m) {
				walk_back(d, kept, distance, x, y);
				found = true;
				break;
			}
		}
	}
	for (k = 0; k <= most; k++)
		free(kept[k]);
	free(kept);
	free(room);
	return found;
}

static void
put_line(FILE *f, char mark, const struct lines *l, size_t i)
{
	const size_t len = line_len(l, i);

	fputc(mark, f);
	fwrite(l->at[i], 1, len, f);
	if (len == 0 || l->at[i][len - 1] != '\n')
		fputs("\n\\ No newline at end of file\n", f);
}

static void
put_range(FILE *f, char mark, size_t from, size_t n)
{
	if (n == 1)
		fprintf(f, " %c%zu", mark, from + 1);
	else
		fprintf(f, " %c%zu,%zu", mark, n == 0 ? from : from + 1, n);
}

/* The hunk that begins with the change at i, j; leaves both behind it. */
static void
put_hunk(FILE *f, const struct diff *d, size_t *ai, size_t *bj)
{
	const size_t before = *ai < CONTEXT ? *ai : CONTEXT;
	size_t i = *ai, j = *bj, i0 = i - before, j0 = j - before, calm = 0, end_i = i,
	       end_j = j;

	while ((i < d->a.n || j < d->b.n) && calm <= 2 * CONTEXT) {
		if (i < d->a.n && d->gone[i]) {
			i++;
		} else if (j < d->b.n && d->added[j]) {
			j++;
		} else {
			i++;
			j++;
			calm++;
			continue;
		}
		calm = 0;
		end_i = i;
		end_j = j;
	}
	*ai = end_i;
	*bj = end_j;
	for (calm = 0; calm < CONTEXT && end_i < d->a.n && end_j < d->b.n; calm++) {
		end_i++;
		end_j++;
	}
	fputs("@@", f);
	put_range(f, '-', i0, end_i - i0);
	put_range(f, '+', j0, end_j - j0);
	fputs(" @@\n", f);
	for (i = i0, j = j0; i < end_i || j < end_j;) {
		if (i < end_i && d->gone[i])
			put_line(f, '-', &d->a, i++);
		else if (j < end_j && d->added[j])
			put_line(f, '+', &d->b, j++);
		else {
			put_line(f, ' ', &d->a, i++);
			j++;
		}
	}
}

char *
diff_unified(const char *old_text, size_t old_len, const char *new_text, size_t new_len,
    const char *old_name, const char *new_name)
{
	struct diff d = { .a = lines_of(old_text, old_len),
		.b = lines_of(new_text, new_len) };
	char *text = NULL;
	size_t i, j, len;
	FILE *f = open_memstream(&text, &len);

	d.gone = xcalloc(d.a.n + 1, sizeof(*d.gone));
	d.added = xcalloc(d.b.n + 1, sizeof(*d.added));
	set_ends_aside(&d);
	if (!shortest(&d)) {
		memset(d.gone + d.from, true, d.a_to - d.from);
		memset(d.added + d.from, true, d.b_to - d.from);
	}
	if (d.from < d.a_to || d.from < d.b_to)
		fprintf(f, "--- %s\n+++ %s\n", old_name, new_name);
	for (i = 0, j = 0; i < d.a.n || j < d.b.n;) {
		if ((i < d.a.n && d.gone[i]) || (j < d.b.n && d.added[j])) {
			put_hunk(f, &d, &i, &j);
		} else {
			i++;
			j++;
		}
	}
	fclose(f);
	free(d.gone);
	free(d.added);
	free(d.a.at);
	free(d.b.at);
	return text;
}
