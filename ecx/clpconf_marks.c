/*
 * SPDX-License-Identifier: Apache-2.0
 * From marks on elements to the bytes of the new file, and the proof that these say
 * what the marks meant; see clpconf_edit_int.h.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ecx/clpconf_edit_int.h"

/* --- marks ----------------------------------------------------------------- */

static void
value_clear(struct value *v)
{
	xfree_clear(&v->raw);
	xfree_clear(&v->text);
}

struct value
value_plain(const char *ascii)
{
	struct value v = { xstrdup(ascii), xstrdup(ascii) };

	return v;
}

struct value
value_of_name(const struct clpconf *c, size_t el)
{
	struct value v = { NULL, element_attr(c, el, "name") };
	struct span at;
	char quote;

	if (!scan_attribute(c->bytes, &c->scan.list[el], "name", &at, &quote))
		at.from = at.to = 0;
	v.raw = xstrndup(c->bytes + at.from, at.to - at.from);
	if (v.text == NULL)
		v.text = xstrdup("");
	return v;
}

void
mark_dead(struct edit *e, size_t el)
{
	e->marks[el].dead = true;
}

int
mark_content(struct edit *e, size_t el, struct value v)
{
	const struct element *at = &e->c->scan.list[el];

	if (memchr(e->c->bytes + at->open_to, '<', at->close_from - at->open_to) !=
	    NULL) {
		value_clear(&v);
		return refuse(e, el,
		    "there is markup within <%s>, whose text has to change: remove the "
		    "comment there",
		    at->name);
	}
	value_clear(&e->marks[el].content);
	e->marks[el].content = v;
	return 0;
}

void
mark_name(struct edit *e, size_t el, struct value v)
{
	value_clear(&e->marks[el].name);
	e->marks[el].name = v;
}

void
mark_copy(struct edit *e, size_t el, struct value v)
{
	struct mark *m = &e->marks[el];

	m->copies = xreallocarray(m->copies, m->ncopies + 1, sizeof(*m->copies));
	m->copies[m->ncopies++] = v;
}

bool
is_dead(const struct edit *e, size_t el)
{
	for (; el != NONE; el = e->c->scan.list[el].parent)
		if (e->marks[el].dead)
			return true;
	return false;
}

void
marks_free(struct edit *e)
{
	size_t i, j;

	for (i = 0; i < e->nchanges; i++)
		free(e->changes[i].with);
	free(e->changes);
	for (i = 0; e->marks != NULL && i < e->c->scan.n; i++) {
		value_clear(&e->marks[i].content);
		value_clear(&e->marks[i].name);
		for (j = 0; j < e->marks[i].ncopies; j++)
			value_clear(&e->marks[i].copies[j]);
		free(e->marks[i].copies);
	}
	free(e->marks);
}

/* --- changes --------------------------------------------------------------- */

/* Takes `with` over. */
static void
change(struct edit *e, size_t from, size_t to, char *with)
{
	struct change *c;

	e->changes = xreallocarray(e->changes, e->nchanges + 1, sizeof(*e->changes));
	c = &e->changes[e->nchanges++];
	c->from = from;
	c->to = to;
	c->with = with;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* From..to with everything of its lines, when nothing else stands on them. */
static struct span
whole_lines(const struct clpconf *c, struct span s)
{
	size_t from = s.from, to = s.to;

	while (from > 0 && (c->bytes[from - 1] == ' ' || c->bytes[from - 1] == '\t'))
		from--;
	while (to < c->len && (c->bytes[to] == ' ' || c->bytes[to] == '\t'))
		to++;
	if (to + 1 < c->len && c->bytes[to] == '\r' && c->bytes[to + 1] == '\n')
		to++;
	if (to >= c->len || c->bytes[to] != '\n' ||
	    (from > 0 && c->bytes[from - 1] != '\n'))
		return s;
	s.from = from;
	s.to = to + 1;
	return s;
}

/* The end of a run of dead siblings with nothing but blanks between; *next is the
 * element behind them. */
static size_t
run_end(const struct edit *e, size_t el, size_t *next)
{
	const struct element *list = e->c->scan.list;
	size_t parent = list[el].parent, end, i, after;

	for (;;) {
		end = list[el].to;
		after = list[el].next;
		*next = after;
		if (parent == NONE || after >= list[parent].next ||
		    !e->marks[after].dead)
			return end;
		for (i = end; i < list[after].from; i++)
			if (!is_blank(e->c->bytes[i]))
				return end;
		el = after;
	}
}

/* A value that may stand between these quotes. */
static char *
quoted(const char *raw, char quote)
{
	const char *name = quote == '"' ? "&quot;" : "&apos;";
	char *out = xmalloc(strlen(raw) * 6 + 1), *p = out;

	for (; *raw != '\0'; raw++)
		if (*raw == quote) {
			memcpy(p, name, 6);
			p += 6;
		} else
			*p++ = *raw;
	*p = '\0';
	return out;
}

static void
change_name(struct edit *e, size_t el)
{
	struct span at;
	char quote;

	if (scan_attribute(e->c->bytes, &e->c->scan.list[el], "name", &at, &quote))
		change(e, at.from, at.to, quoted(e->marks[el].name.raw, quote));
}

static void
change_content(struct edit *e, size_t el)
{
	const struct element *at = &e->c->scan.list[el];
	const char *raw = e->marks[el].content.raw;
	size_t end;

	if (at->close_from < at->to) {
		change(e, at->open_to, at->close_from, xstrdup(raw));
		return;
	}
	/* <target/> and <target /> become <target>text</target> */
	for (end = at->open_to - 2; is_blank(e->c->bytes[end - 1]); end--)
		;
	change(e, end, at->to, xasprintf(">%s</%s>", raw, at->name));
}

/* Copies behind an element: each on a line of its own, where the first one has that. */
static void
change_copies(struct edit *e, size_t el)
{
	const struct clpconf *c = e->c;
	const struct element *at = &c->scan.list[el];
	struct span s = { at->from, at->to }, lines = whole_lines(c, s), name;
	const char *line_end = c->bytes + lines.to - 1;
	char *out = NULL, *value, quote;
	size_t size = 0, i;
	FILE *f = open_memstream(&out, &size);

	if (f == NULL)
		abort();
	for (i = 0; i < e->marks[el].ncopies; i++) {
		if (lines.from != s.from || lines.to != s.to) {
			if (line_end > c->bytes && line_end[-1] == '\r')
				fputc('\r', f);
			fputc('\n', f);
			fwrite(c->bytes + lines.from, 1, s.from - lines.from, f);
		}
		if (!scan_attribute(c->bytes, at, "name", &name, &quote))
			continue;
		value = quoted(e->marks[el].copies[i].raw, quote);
		fwrite(c->bytes + s.from, 1, name.from - s.from, f);
		fputs(value, f);
		fwrite(c->bytes + name.to, 1, s.to - name.to, f);
		free(value);
	}
	fclose(f);
	change(e, at->to, at->to, out);
}

static int
by_place(const void *a, const void *b)
{
	const struct change *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return x->to < y->to ? -1 : x->to > y->to;
}

static void
collect(struct edit *e)
{
	const struct scan *s = &e->c->scan;
	struct span at;
	size_t i, next;

	for (i = 0; i < s->n; i = next) {
		const struct mark *m = &e->marks[i];

		next = i + 1;
		if (m->dead) {
			at.from = s->list[i].from;
			at.to = run_end(e, i, &next);
			at = whole_lines(e->c, at);
			change(e, at.from, at.to, xstrdup(""));
			continue;
		}
		if (m->name.raw != NULL)
			change_name(e, i);
		if (m->content.raw != NULL)
			change_content(e, i);
		if (m->ncopies > 0)
			change_copies(e, i);
	}
	if (e->nchanges > 0)
		qsort(e->changes, e->nchanges, sizeof(*e->changes), by_place);
}

static int
build(struct edit *e, char **cause)
{
	struct clpconf_plan *p = e->plan;
	size_t at = 0, i;
	FILE *f = open_memstream(&p->bytes, &p->len);

	if (f == NULL)
		abort();
	for (i = 0; i < e->nchanges; i++) {
		if (e->changes[i].from < at)
			break;
		fwrite(e->c->bytes + at, 1, e->changes[i].from - at, f);
		fputs(e->changes[i].with, f);
		at = e->changes[i].to;
	}
	fwrite(e->c->bytes + at, 1, e->c->len - at, f);
	fclose(f);
	if (i == e->nchanges)
		return 0;
	return cause_set(cause,
	    "%s:%u: two changes meet here, which this program cannot do: nothing was "
	    "changed",
	    e->c->name, scan_line(e->c->bytes, e->changes[i].from));
}

/* --- proof ----------------------------------------------------------------- */

/* The text that stands directly in an element, without blanks around. */
static char *
own_words(xmlNode *node)
{
	char *all = xstrdup(""), *longer;
	xmlNode *n;

	for (n = node->children; n != NULL; n = n->next) {
		const char *p = (const char *)n->content, *end;

		if ((n->type != XML_TEXT_NODE && n->type != XML_CDATA_SECTION_NODE) ||
		    p == NULL)
			continue;
		while (is_blank(*p))
			p++;
		for (end = p + strlen(p); end > p && is_blank(end[-1]); end--)
			;
		longer = xasprintf("%s%.*s", all, (int)(end - p), p);
		free(all);
		all = longer;
	}
	return all;
}

static void
write_element(
    FILE *f, unsigned depth, xmlNode *node, const char *name, const char *text)
{
	char *words = text == NULL ? own_words(node) : NULL;
	xmlAttr *a;
	xmlChar *value;

	fprintf(f, "%u<%s", depth, (const char *)node->name);
	for (a = node->properties; a != NULL; a = a->next) {
		value = xmlNodeListGetString(node->doc, a->children, 1);
		fprintf(f, " %s=[%s]", (const char *)a->name,
		    name != NULL && strcmp((const char *)a->name, "name") == 0 ? name
		        : value == NULL                                        ? ""
		                        : (const char *)value);
		xmlFree(value);
	}
	fprintf(f, ">%s\n", text == NULL ? words : text);
	free(words);
}

static void
write_subtree(FILE *f, const struct clpconf *c, size_t el, const char *name)
{
	size_t i;

	for (i = el; i < c->scan.list[el].next; i++)
		write_element(f, c->scan.list[i].depth, c->scan.list[i].node,
		    i == el ? name : NULL, NULL);
}

/* Elements, attributes and words, in order: of a file, or of it as `marks` would have
 * it. */
static char *
signature(const struct clpconf *c, const struct mark *marks, size_t *len)
{
	char *out = NULL;
	FILE *f = open_memstream(&out, len);
	size_t i, j, up, next;

	if (f == NULL)
		abort();
	for (i = 0; i < c->scan.n; i = next) {
		const struct mark *m = marks == NULL ? NULL : &marks[i];

		next = i + 1;
		if (m != NULL && m->dead)
			next = c->scan.list[i].next;
		else
			write_element(f, c->scan.list[i].depth, c->scan.list[i].node,
			    m == NULL ? NULL : m->name.text,
			    m == NULL ? NULL : m->content.text);
		/* subtrees that end here may be followed by their copies */
		for (up = i;
		     marks != NULL && up != NONE && c->scan.list[up].next == next;
		     up = c->scan.list[up].parent)
			for (j = 0; j < marks[up].ncopies; j++)
				write_subtree(f, c, up, marks[up].copies[j].text);
	}
	fclose(f);
	return out;
}

static bool
had(const struct clpconf_findings *before, const char *text)
{
	size_t i;

	for (i = 0; i < before->n; i++)
		if (strcmp(before->list[i].text, text) == 0)
			return true;
	return false;
}

static int
prove(struct edit *e, char **cause)
{
	struct clpconf_findings before = { NULL, 0 }, after = { NULL, 0 };
	struct clpconf *new;
	char *meant = NULL, *is = NULL, *why = NULL;
	size_t meant_len, is_len, i;
	int ret = -1;

	new = clpconf_parse(e->plan->bytes, e->plan->len, e->c->name, NULL, &why);
	if (new == NULL) {
		cause_set(cause, "the edited file could not be read again: %s", why);
		goto out;
	}
	meant = signature(e->c, e->marks, &meant_len);
	is = signature(new, NULL, &is_len);
	if (meant_len != is_len || memcmp(meant, is, is_len) != 0) {
		cause_set(cause,
		    "%s: the edited bytes do not say what was meant, which is a "
		    "mistake "
		    "of this program: nothing was changed, please report it",
		    e->c->name);
		goto out;
	}
	if (e->q->mend)
		before = clpconf_check(e->c);
	after = clpconf_check(new);
	for (i = 0; i < after.n; i++)
		if (!had(&before, after.list[i].text)) {
			cause_set(cause,
			    "%s:%u: after the deletion this would not hold: %s; "
			    "nothing "
			    "was changed",
			    e->c->name, after.list[i].line, after.list[i].text);
			goto out;
		}
	ret = 0;
out:
	clpconf_findings_clear(&before);
	clpconf_findings_clear(&after);
	clpconf_free(new);
	free(meant);
	free(is);
	free(why);
	return ret;
}

int
marks_apply(struct edit *e, char **cause)
{
	collect(e);
	return build(e, cause) == 0 && prove(e, cause) == 0 ? 0 : -1;
}
