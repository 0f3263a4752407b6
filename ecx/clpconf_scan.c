/*
 * SPDX-License-Identifier: Apache-2.0
 * The bytes of each element of an XML text; see clpconf_int.h.
 *
 * It knows tags, attributes, comments, CDATA and processing instructions, no more:
 * whether the text is well-formed is libxml2's word.
 */
#include "config.h"

#include <string.h>

#include "base/mem.h"
#include "ecx/clpconf_int.h"

struct at {
	const char *name, *bytes;
	size_t len, pos;
	unsigned line;
	char **cause;
};

static int
wrong(struct at *a, const char *what)
{
	return cause_set(
	    a->cause, "%s:%u: %s; nothing was changed", a->name, a->line, what);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool
ends_name(char c)
{
	return is_blank(c) || c == '/' || c == '>' || c == '=' || c == '<' ||
	    c == '"' || c == '\'' || c == '\0';
}

static void
advance(struct at *a, size_t to)
{
	for (; a->pos < to; a->pos++)
		a->line += a->bytes[a->pos] == '\n';
}

static bool
starts(const struct at *a, const char *word)
{
	size_t n = strlen(word);

	return a->len - a->pos >= n && memcmp(a->bytes + a->pos, word, n) == 0;
}

/* Goes past the next `end`; false when there is none. */
static bool
skip_past(struct at *a, const char *end)
{
	const char *p = memmem(a->bytes + a->pos, a->len - a->pos, end, strlen(end));

	if (p == NULL)
		return false;
	advance(a, (size_t)(p - a->bytes) + strlen(end));
	return true;
}

static struct element *
add(struct scan *s)
{
	if (s->n == s->cap) {
		s->cap = s->cap == 0 ? 256 : s->cap * 2;
		s->list = xreallocarray(s->list, s->cap, sizeof(*s->list));
	}
	memset(&s->list[s->n], 0, sizeof(*s->list));
	return &s->list[s->n++];
}

/* The end of the tag that begins here, quotes respected; 0 when it has none. */
static size_t
tag_end(const struct at *a)
{
	size_t i;
	char quote = '\0';

	for (i = a->pos + 1; i < a->len; i++) {
		char c = a->bytes[i];

		if (quote != '\0')
			quote = c == quote ? '\0' : quote;
		else if (c == '"' || c == '\'')
			quote = c;
		else if (c == '>')
			return i + 1;
		else if (c == '<')
			return 0;
	}
	return 0;
}

static int
start_tag(struct at *a, struct scan *s, size_t *open)
{
	struct element *e;
	size_t end = tag_end(a), parent = *open, me = s->n;

	if (end == 0)
		return wrong(a, "a tag begins here and does not end");
	if (s->n >= CLPCONF_ELEMENTS_MAX)
		return wrong(a, "too many elements for a clp.conf");
	if (parent == NONE && s->n > 0)
		return wrong(a, "a second element outside of the first");
	e = add(s);
	e->parent = parent;
	e->depth = parent == NONE ? 0 : s->list[parent].depth + 1;
	e->from = a->pos;
	e->open_to = e->close_from = e->to = end;
	e->line = a->line;
	if (e->depth >= CLPCONF_DEPTH_MAX)
		return wrong(a, "elements are nested too deeply for a clp.conf");
	if (a->bytes[end - 2] == '/')
		e->next = s->n;
	else
		*open = me;
	advance(a, end);
	return 0;
}

/* How many bytes the name has that begins at `from`; not more than a line of text. */
static int
name_len(const struct at *a, size_t from)
{
	int n;

	for (n = 0; n < 100 && !ends_name(a->bytes[from + (size_t)n]); n++)
		if ((unsigned char)a->bytes[from + (size_t)n] < ' ' ||
		    (unsigned char)a->bytes[from + (size_t)n] > '~')
			break; /* nothing that a terminal would obey */
	return n;
}

static bool
same_tag(const struct at *a, const struct element *e)
{
	const char *x = a->bytes + e->from + 1, *y = a->bytes + a->pos + 2;

	for (; !ends_name(*x) && *x == *y; x++, y++)
		;
	return ends_name(*x) && ends_name(*y);
}

static int
end_tag(struct at *a, struct scan *s, size_t *open)
{
	struct element *e;
	size_t end = tag_end(a);

	if (end == 0)
		return wrong(a, "an end tag begins here and does not end");
	if (*open == NONE)
		return wrong(a, "an end tag without a start");
	e = &s->list[*open];
	if (!same_tag(a, e))
		return cause_set(a->cause,
		    "%s:%u: </%.*s> stands where <%.*s> of line %u should end; nothing "
		    "was "
		    "changed",
		    a->name, a->line, name_len(a, a->pos + 2), a->bytes + a->pos + 2,
		    name_len(a, e->from + 1), a->bytes + e->from + 1, e->line);
	e->close_from = a->pos;
	e->to = end;
	e->next = s->n;
	*open = e->parent;
	advance(a, end);
	return 0;
}

static int
markup(struct at *a, struct scan *s, size_t *open)
{
	if (starts(a, "<!--"))
		return skip_past(a, "-->") ? 0 : wrong(a, "a comment does not end");
	if (starts(a, "<![CDATA["))
		return skip_past(a, "]]>") ? 0
		                           : wrong(a, "a CDATA section does not end");
	if (starts(a, "<!"))
		return wrong(a,
		    "a DOCTYPE or another declaration, which no clp.conf has and which "
		    "is "
		    "not accepted: remove it");
	if (starts(a, "<?"))
		return skip_past(a, "?>") ? 0 : wrong(a, "a <? does not end");
	if (starts(a, "</"))
		return end_tag(a, s, open);
	return start_tag(a, s, open);
}

int
scan_elements(
    struct scan *scan, const char *name, const char *bytes, size_t len, char **cause)
{
	struct at a = { name, bytes, len, 0, 1, cause };
	size_t open = NONE;
	const char *p;

	while ((p = memchr(bytes + a.pos, '<', len - a.pos)) != NULL) {
		advance(&a, (size_t)(p - bytes));
		if (markup(&a, scan, &open) != 0)
			return -1;
	}
	if (open != NONE) {
		a.line = scan->list[open].line;
		return wrong(&a, "this element does not end");
	}
	if (scan->n == 0)
		return wrong(&a, "no element at all: this is no clp.conf");
	return 0;
}

bool
scan_attribute(const char *bytes, const struct element *e, const char *attr,
    struct span *value, char *quote)
{
	size_t i = e->from + 1, end = e->open_to, from, n = strlen(attr);
	bool hit;

	while (i < end && !ends_name(bytes[i]))
		i++;
	while (i < end) {
		while (i < end && (is_blank(bytes[i]) || bytes[i] == '/'))
			i++;
		from = i;
		while (i < end && !ends_name(bytes[i]))
			i++;
		if (i == from)
			return false;
		hit = i - from == n && memcmp(bytes + from, attr, n) == 0;
		while (i < end && (is_blank(bytes[i]) || bytes[i] == '='))
			i++;
		if (i >= end || (bytes[i] != '"' && bytes[i] != '\''))
			return false;
		*quote = bytes[i++];
		value->from = i;
		while (i < end && bytes[i] != *quote)
			i++;
		value->to = i++;
		if (hit)
			return true;
	}
	return false;
}

unsigned
scan_line(const char *bytes, size_t at)
{
	unsigned line = 1;
	size_t i;

	for (i = 0; i < at; i++)
		line += bytes[i] == '\n';
	return line;
}
