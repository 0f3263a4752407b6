/*
 * SPDX-License-Identifier: Apache-2.0
 * Text as a terminal shows it. See out_text.h.
 *
 * A character's width is what wcwidth(3) says in a UTF-8 locale; glibc's wide
 * characters are code points. In another locale nothing but ASCII is shown.
 */
#include "cli/out_text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/mem.h"
#include "base/text.h"

/* One character of valid UTF-8; how long it is. */
static size_t
decode(const char *s, uint32_t *c)
{
	const unsigned char *p = (const unsigned char *)s;

	if (p[0] < 0x80) {
		*c = p[0];
		return 1;
	}
	if (p[0] < 0xe0) {
		*c = (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu);
		return 2;
	}
	if (p[0] < 0xf0) {
		*c = (p[0] & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
		return 3;
	}
	*c = (p[0] & 0x07u) << 18 | (p[1] & 0x3fu) << 12 | (p[2] & 0x3fu) << 6 |
	    (p[3] & 0x3fu);
	return 4;
}

/* Marks that turn round the order of what is shown, and separators that break lines. */
static bool
is_turner(uint32_t c)
{
	return c == 0x061c || (c >= 0x200b && c <= 0x200f) ||
	    (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

static bool
is_plain(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (s[i] < 0x20 || s[i] > 0x7e)
			return false;
	return true;
}

char *
out_text_clean(bool utf8, const char *s, size_t n)
{
	char *copy = xstrndup(s, n), *visible, *to;
	const char *from;
	uint32_t c;
	size_t len;
	int w;

	if (is_plain(copy, strlen(copy)))
		return copy;
	visible = text_vis(copy, 4 * strlen(copy));
	free(copy);
	/* nothing below makes it longer: "?" for each column of a character that takes
	 * at least as many bytes */
	for (from = to = visible; *from; from += len) {
		len = decode(from, &c);
		w = c < 0x80 ? 1 : wcwidth((wchar_t)c);
		if (len == 1 || (utf8 && w >= 0 && !is_turner(c))) {
			memmove(to, from, len);
			to += len;
			continue;
		}
		if (w < 0 || is_turner(c))
			w = 1;
		while (w-- > 0)
			*to++ = '?';
	}
	*to = '\0';
	return visible;
}

char *
out_text_safe(const char *s)
{
	char *visible = text_vis(s, 4 * strlen(s)), *to;
	const char *from;
	uint32_t c;
	size_t len;

	for (from = to = visible; *from; from += len) {
		len = decode(from, &c);
		if (is_turner(c))
			*to++ = '?';
		else {
			memmove(to, from, len);
			to += len;
		}
	}
	*to = '\0';
	return visible;
}

static int
width_of(uint32_t c)
{
	int w = c < 0x80 ? 1 : wcwidth((wchar_t)c);

	return w < 0 ? 1 : w;
}

int
out_text_width(const char *clean)
{
	uint32_t c;
	int w = 0;

	while (*clean) {
		clean += decode(clean, &c);
		w += width_of(c);
	}
	return w;
}

size_t
out_text_fit(const char *clean, int columns, int *used)
{
	const char *p = clean;
	uint32_t c;
	size_t len;
	int w = 0;

	while (*p) {
		len = decode(p, &c);
		if (w + width_of(c) > columns)
			break;
		w += width_of(c);
		p += len;
	}
	*used = w;
	return (size_t)(p - clean);
}
