/*
 * SPDX-License-Identifier: Apache-2.0
 * Foreign text made harmless. See text.h.
 */
#include "base/text.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

/* Length of the UTF-8 character at s (at most n bytes are there), 0 if it is not one.
 */
static size_t
utf8_len(const unsigned char *s, size_t n)
{
	size_t i, len;
	uint32_t c;

	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		len = 2;
	else if ((s[0] & 0xf0) == 0xe0)
		len = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		len = 4;
	else
		return 0;
	if (len > n)
		return 0;
	c = s[0] & (0x7fu >> len);
	for (i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if ((len == 3 && (c < 0x800 || (c >= 0xd800 && c <= 0xdfff))) ||
	    (len == 4 && (c < 0x10000 || c > 0x10ffff)))
		return 0;
	return len;
}

static bool
is_control(const unsigned char *s, size_t len)
{
	return (len == 1 && (s[0] < 0x20 || s[0] == 0x7f)) ||
	    (len == 2 && s[0] == 0xc2 && s[1] < 0xa0);
}

char *
text_vis(const char *s, size_t max)
{
	const unsigned char *p = (const unsigned char *)(s == NULL ? "" : s);
	size_t left = strlen((const char *)p), used = 0, len, i;
	char *out = xmalloc(max + 1);

	while (left > 0) {
		len = utf8_len(p, left);
		if (len == 0 || is_control(p, len)) {
			len = len == 0 ? 1 : len;
			if (used + 4 * len > max)
				break;
			for (i = 0; i < len; i++, used += 4)
				snprintf(out + used, 5, "\\%03o", p[i]);
		} else {
			if (used + len > max)
				break;
			memcpy(out + used, p, len);
			used += len;
		}
		p += len;
		left -= len;
	}
	out[used] = '\0';
	return out;
}

bool
text_is_name(const char *s, size_t max)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t left = strlen(s), len;

	if (left == 0 || left > max)
		return false;
	for (; left > 0; p += len, left -= len) {
		len = utf8_len(p, left);
		if (len == 0 || is_control(p, len))
			return false;
	}
	return true;
}

size_t
text_utf8_cut(const char *s, size_t max)
{
	size_t n = strlen(s);

	if (n <= max)
		return n;
	n = max;
	while (n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80)
		n--;
	return n;
}

static const char *
skip_blanks(const char *s)
{
	while (isspace((unsigned char)*s))
		s++;
	return s;
}

bool
text_same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool
text_same_words(const char *a, const char *b)
{
	a = skip_blanks(a);
	b = skip_blanks(b);
	while (*a != '\0' && *b != '\0') {
		if (isspace((unsigned char)*a) && isspace((unsigned char)*b)) {
			a = skip_blanks(a);
			b = skip_blanks(b);
		} else if (tolower((unsigned char)*a) == tolower((unsigned char)*b)) {
			a++;
			b++;
		} else {
			break;
		}
	}
	return *skip_blanks(a) == '\0' && *skip_blanks(b) == '\0';
}

static bool
is_same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Edits from one word to the other, each counted as 2, two neighbours that changed
 * places as 1; words longer than the table count as far away. */
static unsigned
distance(const char *a, const char *b)
{
	enum { MOST = 64 };
	unsigned rows[3][MOST], *row, *up, *up2, best;
	size_t n = strlen(b), i, j;
	bool same;

	if (n >= MOST || strlen(a) >= MOST)
		return 2 * MOST;
	for (j = 0; j <= n; j++)
		rows[0][j] = 2 * (unsigned)j;
	for (i = 1; a[i - 1] != '\0'; i++) {
		row = rows[i % 3];
		up = rows[(i + 2) % 3];
		up2 = rows[(i + 1) % 3];
		row[0] = 2 * (unsigned)i;
		for (j = 1; j <= n; j++) {
			same = is_same(a[i - 1], b[j - 1]);
			best = up[j - 1] + (same ? 0 : 2);
			if (up[j] + 2 < best)
				best = up[j] + 2;
			if (row[j - 1] + 2 < best)
				best = row[j - 1] + 2;
			if (i > 1 && j > 1 && !same && is_same(a[i - 1], b[j - 2]) &&
			    is_same(a[i - 2], b[j - 1]) && up2[j - 2] + 1 < best)
				best = up2[j - 2] + 1;
			row[j] = best;
		}
	}
	return rows[(i + 2) % 3][n];
}

int
text_nearest(const char *s, const char *const *words, size_t n)
{
	unsigned best = 2 * (1 + (unsigned)strlen(s) / 3), d;
	int found = -1;
	size_t i;

	for (i = 0; i < n; i++) {
		d = distance(s, words[i]);
		if (d <= best && (found < 0 || d < best)) {
			best = d;
			found = (int)i;
		}
	}
	return found;
}
