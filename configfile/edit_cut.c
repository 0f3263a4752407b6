/*
 * SPDX-License-Identifier: Apache-2.0
 * The editor: entries in and out of the text, byte by byte. See edit_impl.h.
 *
 * Nothing changes before cuts_apply(): the offsets are those of the old text.
 */
#include "configfile/edit_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
cut_add(struct edit *e, size_t file, size_t pos, size_t len, char *text)
{
	if (e->ncuts == e->room) {
		e->room = e->room == 0 ? 16 : 2 * e->room;
		e->cuts = xreallocarray(e->cuts, e->room, sizeof(*e->cuts));
	}
	e->cuts[e->ncuts] = (struct cut) { file, pos, len,
		text == NULL ? xstrdup("") : text, e->ncuts };
	e->ncuts++;
}

static int
by_place(const void *va, const void *vb)
{
	const struct cut *a = va, *b = vb;

	if (a->file != b->file)
		return a->file < b->file ? -1 : 1;
	if (a->pos != b->pos)
		return a->pos < b->pos ? -1 : 1;
	/* what is put in stands before what is taken out */
	if ((a->len == 0) != (b->len == 0))
		return a->len == 0 ? -1 : 1;
	return a->number < b->number ? -1 : 1;
}

int
cuts_apply(struct edit *e)
{
	size_t file, i = 0, at, len;
	const struct span_file *f;
	FILE *out;

	if (e->ncuts > 0)
		qsort(e->cuts, e->ncuts, sizeof(*e->cuts), by_place);
	for (file = 0; file < e->s->nfiles; file++) {
		xfree_clear(&e->texts[file]);
		if (i == e->ncuts || e->cuts[i].file != file)
			continue;
		f = &e->s->files[file];
		out = open_memstream(&e->texts[file], &len);
		for (at = 0; i < e->ncuts && e->cuts[i].file == file; i++) {
			if (e->cuts[i].pos < at) {
				fclose(out);
				return -1;
			}
			fwrite(f->text + at, 1, e->cuts[i].pos - at, out);
			fputs(e->cuts[i].text, out);
			at = e->cuts[i].pos + e->cuts[i].len;
		}
		fwrite(f->text + at, 1, f->len - at, out);
		fclose(out);
	}
	return 0;
}

/* --- around an entry ------------------------------------------------------- */

static const struct span_comment *
comment_at(const struct span_file *f, size_t pos)
{
	size_t low = 0, high = f->ncomments, mid;

	while (low < high) {
		mid = (low + high) / 2;
		if (f->comments[mid].begin < pos)
			low = mid + 1;
		else
			high = mid;
	}
	return low < f->ncomments && f->comments[low].begin == pos ? &f->comments[low]
	                                                           : NULL;
}

static const struct span_comment *
comment_before(const struct span_file *f, size_t pos)
{
	size_t low = 0, high = f->ncomments, mid;

	while (low < high) {
		mid = (low + high) / 2;
		if (f->comments[mid].end <= pos)
			low = mid + 1;
		else
			high = mid;
	}
	return low == 0 ? NULL : &f->comments[low - 1];
}

/*
 * Where the line ends behind `pos`, blanks and comments passed over; SPAN_NOWHERE:
 * something else stands there. A comment of several lines counts only with `long_too`.
 */
static size_t
line_rest(const struct span_file *f, size_t pos, bool long_too)
{
	const struct span_comment *c;

	for (;;) {
		pos += strspn(f->text + pos, " \t\f");
		c = comment_at(f, pos);
		if (c == NULL)
			break;
		if (!long_too && has_newline(f, c->begin, c->end))
			return SPAN_NOWHERE;
		pos = c->end;
	}
	if (f->text[pos] == '\0' || f->text[pos] == '\n' ||
	    (f->text[pos] == '\r' && f->text[pos + 1] == '\n'))
		return pos;
	return SPAN_NOWHERE;
}

static size_t
line_behind(const struct span_file *f, size_t pos)
{
	pos += f->text[pos] == '\r';
	return pos + (f->text[pos] == '\n');
}

static bool
line_empty(const struct span_file *f, size_t pos)
{
	pos += strspn(f->text + pos, " \t\r\f");
	return f->text[pos] == '\n' || f->text[pos] == '\0';
}

/* Where the comment lines directly above a line begin; the same line: there are none.
 */
static size_t
comments_above(const struct span_file *f, size_t line)
{
	const struct span_comment *c;
	size_t gap;

	for (;;) {
		c = comment_before(f, line);
		if (c == NULL || !line_first(f, c->begin))
			return line;
		gap = c->end + strspn(f->text + c->end, " \t");
		if (line_behind(f, gap) != line || gap == line)
			return line;
		line = line_begin(f, c->begin);
	}
}

/* --- taking out ------------------------------------------------------------ */

/* Does the separator stand right behind the entry? */
static bool
sep_behind(const struct edit *e, const struct span *s)
{
	return s->sep != SPAN_NOWHERE && s->sep_file == s->file &&
	    s->end_file == s->file &&
	    s->end + strspn(e->s->files[s->file].text + s->end, " \t") == s->sep;
}

/* Does the comma of the one before stand right before the entry? */
static bool
comma_before(const struct edit *e, const struct span *before, const struct span *s)
{
	return before->sep != SPAN_NOWHERE && before->sep_file == s->file &&
	    before->sep + 1 +
	        strspn(e->s->files[s->file].text + before->sep + 1, " \t") ==
	    s->begin;
}

/* Has the line at `pos` (or the end of the file) nothing that is one more entry? */
static bool
nothing_follows(const struct span_file *f, size_t pos)
{
	pos += strspn(f->text + pos, " \t\r\f");
	return f->text[pos] == '\0' || strchr("\n})]#", f->text[pos]) != NULL ||
	    (f->text[pos] == '/' && strchr("/*", f->text[pos + 1]) != NULL);
}

/* Do the comment lines above it belong to it? See edit.h. */
static bool
owns_comments(const struct edit *e, const struct span *s, size_t behind)
{
	const struct span_file *f = &e->s->files[s->file];
	const struct span *next;

	if (!nothing_follows(f, behind))
		return false;
	if (s->nth > 0 && s->parent->children[s->nth - 1].file == s->file)
		return true;
	if (s->nth + 1 >= s->parent->n)
		return false;
	next = &s->parent->children[s->nth + 1];
	return next->file == s->file && line_first(f, next->begin) &&
	    comments_above(f, line_begin(f, next->begin)) != line_begin(f, next->begin);
}

static void
cut_lines(struct edit *e, const struct span *s, size_t begin, size_t end)
{
	const struct span_file *f = &e->s->files[s->file];
	size_t from = line_begin(f, begin), above, to = line_behind(f, end);

	above = comments_above(f, from);
	if (above != from && above > 0 && owns_comments(e, s, to))
		from = above;
	/* of two empty lines that would meet one goes */
	if (from > 0 && line_empty(f, line_begin(f, from - 1)) && f->text[to] != '\0' &&
	    line_empty(f, to))
		to = line_behind(f, to + strspn(f->text + to, " \t\f"));
	cut_add(e, s->file, from, to - from, NULL);
}

/* One that shares its lines with others. */
static void
cut_within(struct edit *e, size_t file, size_t begin, size_t end)
{
	const struct span_file *f = &e->s->files[file];
	size_t from = begin, to = end, next, blanks;
	const struct span_comment *c;

	next = end + strspn(f->text + end, " \t");
	if (line_first(f, from) && strchr("})]", f->text[next]) == NULL) {
		to = next; /* the next one takes its place */
	} else {
		blanks = from;
		while (blanks > 0 && strchr(" \t", f->text[blanks - 1]) != NULL)
			blanks--;
		if (line_first(f, from)) {
			while (blanks > 0 &&
			    strchr(" \t\r\n\f", f->text[blanks - 1]) != NULL)
				blanks--;
			c = comment_before(f, from);
			if (c != NULL && c->end == blanks) /* nothing may get into it */
				blanks = line_begin(f, from);
		}
		from = blanks;
		c = comment_before(f, begin);
		if (c != NULL && c->end > from)
			from = begin;
	}
	cut_add(e, file, from, to - from, NULL);
}

/* An entry with what of its separators stands at it. */
static void
cut_bytes(struct edit *e, const struct span *s, size_t begin, size_t end)
{
	const struct span_file *f = &e->s->files[s->file];
	size_t rest = line_rest(f, end, false);

	if (s->end_file != s->file)
		return; /* it cannot be taken out; the proof will say so */
	if (line_first(f, begin) && rest != SPAN_NOWHERE)
		cut_lines(e, s, begin, rest);
	else
		cut_within(e, s->file, begin, end);
}

void
cut_entry(struct edit *e, const struct span *s)
{
	if (s->sep != SPAN_NOWHERE && !sep_behind(e, s))
		cut_add(e, s->sep_file, s->sep, 1, NULL);
	cut_bytes(e, s, s->begin, sep_behind(e, s) ? s->sep + 1 : s->end);
}

/* With each element one comma goes: its own, or the one before it. */
void
cut_gone(struct edit *e, const struct span *list, const bool *gone)
{
	bool *taken = xcalloc(list->n, sizeof(*taken)); /* the comma behind it */
	const struct span *s;
	size_t i, k, begin, end;

	for (i = 0; i < list->n; i++) {
		if (!gone[i])
			continue;
		s = &list->children[i];
		begin = s->begin;
		end = s->end;
		k = i;
		if (sep_behind(e, s)) {
			end = s->sep + 1;
		} else if (i > 0 && !taken[i - 1] && comma_before(e, s - 1, s)) {
			k = i - 1;
			begin = list->children[k].sep;
		} else {
			while (k > 0 &&
			    (list->children[k].sep == SPAN_NOWHERE || taken[k]))
				k--;
			if (list->children[k].sep != SPAN_NOWHERE && !taken[k])
				cut_add(e, list->children[k].sep_file,
				    list->children[k].sep, 1, NULL);
		}
		taken[k] = true;
		cut_bytes(e, s, begin, end);
	}
	free(taken);
}

/* --- putting in ------------------------------------------------------------ */

/* The indentation of those in the group that begin a line; NULL: none does. */
static char *
indent_within(const struct edit *e, const struct span *group)
{
	const struct span *c;
	size_t i;

	for (i = group->n; i-- > 0;) {
		c = &group->children[i];
		if (line_first(&e->s->files[c->file], c->begin))
			return line_indent(&e->s->files[c->file], c->begin);
	}
	return NULL;
}

void
cut_setting(struct edit *e, const struct span *group, const struct span *after,
    const char *key, const json_t *value)
{
	const size_t file = after == NULL ? group->file : after->file;
	const struct span_file *f = &e->s->files[file];
	struct style style = style_near(e, group);
	size_t pos, rest;
	char *indent, *text;

	if (after == NULL)
		pos = group->parent == NULL ? f->len : group->value + 1;
	else
		pos = after->sep != SPAN_NOWHERE && after->sep_file == file
		    ? after->sep + 1
		    : after->end;
	if (after != NULL && after->sep != SPAN_NOWHERE && after->sep_file == file &&
	    f->text[after->sep] == ',')
		style.separator = ',';
	rest = line_rest(f, pos, true);
	indent = indent_within(e, group);
	if (indent == NULL)
		indent = group->parent == NULL
		    ? xstrdup("")
		    : xasprintf("%s%s", style.indent, style.step);
	free(style.indent);
	style.indent = indent;
	style.eol = f->eol;
	if (rest == SPAN_NOWHERE) {
		free(style.indent);
		style.indent = line_indent(f, pos);
		text = style_setting(&style, key, value);
		cut_add(e, file, pos, 0, xasprintf(" %s", text));
	} else {
		text = style_setting(&style, key, value);
		cut_add(e, file, rest, 0,
		    xasprintf("%s%s%s%s%s",
		        rest == 0 || (rest == f->len && f->text[rest - 1] == '\n')
		            ? ""
		            : f->eol,
		        group->parent == NULL && rest > 0 ? f->eol : "", indent, text,
		        rest == f->len ? f->eol : ""));
	}
	free(text);
	style_clear(&style);
}

/* An element in the form of one that stands beside it. */
static char *
element_like(const struct edit *e, const struct style *near, const struct span *like,
    const json_t *value)
{
	const struct span_file *f = &e->s->files[like->file];
	struct style style = *near;
	bool one_line = !has_newline(f, like->value, like->end);
	char *text, *closing = NULL;

	if (like->end_file != like->file)
		one_line = false;
	if (one_line) {
		text = style_value(&style, value, true);
		if (like->kind != SPAN_GROUP || strlen(text) <= 120)
			return text;
		free(text);
	} else {
		closing = line_indent(f, like->end - 1);
		style.indent = closing;
	}
	text = style_value(&style, value, false);
	free(closing);
	return text;
}

void
cut_elements(struct edit *e, const struct span *list, const struct span *after,
    json_t *const *values, size_t n)
{
	const struct span *s = after == NULL ? &list->children[0] : after, *before;
	const struct span_file *f = &e->s->files[s->file];
	const bool comma = s->sep != SPAN_NOWHERE && s->sep_file == s->file;
	struct style style = style_near(e, s);
	size_t pos = comma ? s->sep + 1 : s->end, rest, len, i;
	char *text = NULL, *one;
	bool lines;
	FILE *out;

	before = s->nth > 0 ? &list->children[s->nth - 1] : NULL;
	if (before != NULL && before->end_file == s->file)
		lines = has_newline(f, before->end, s->begin);
	else if (before == NULL && list->file == s->file)
		lines = has_newline(f, list->value, s->begin);
	else
		lines = true;
	out = open_memstream(&text, &len);
	for (i = 0; i < n; i++) {
		one = element_like(e, &style, s, values[i]);
		if (after == NULL) {
			fprintf(out, "%s,", one);
			if (lines)
				fprintf(out, "%s%s", f->eol, style.indent);
			else
				fputc(' ', out);
		} else {
			if (lines)
				fprintf(out, "%s%s", f->eol, style.indent);
			else
				fputc(' ', out);
			fprintf(out, "%s%s", one,
			    i + 1 < n || s->sep != SPAN_NOWHERE ? "," : "");
		}
		free(one);
	}
	fclose(out);
	if (after == NULL) {
		cut_add(e, s->file, s->begin, 0, text);
	} else {
		if (s->sep == SPAN_NOWHERE)
			cut_add(e, s->end_file, s->end, 0, xstrdup(","));
		rest = lines ? line_rest(f, pos, true) : SPAN_NOWHERE;
		if (s->sep != SPAN_NOWHERE && !comma)
			cut_add(e, s->sep_file, s->sep + 1, 0, text);
		else
			cut_add(e, s->file, rest == SPAN_NOWHERE ? pos : rest, 0, text);
	}
	style_clear(&style);
}

/* Of an empty list: the comments within stay. */
static void
fill_list(struct edit *e, const struct span *s, const json_t *value)
{
	const struct span_file *f = &e->s->files[s->file];
	struct style style = style_near(e, s);
	char *text = style_value(&style, value, false);
	size_t inner = s->value + 1, close = s->end - 1, blanks = close;

	if (inner + strspn(f->text + inner, " \t\r\n\f") == close) {
		cut_add(e, s->file, s->value, s->end - s->value, text);
	} else {
		while (strchr(" \t\r\n\f", f->text[blanks - 1]) != NULL)
			blanks--;
		text[strlen(text) - 1] = '\0'; /* without its brackets */
		cut_add(e, s->file, blanks, close - blanks, xstrdup(text + 1));
		free(text);
	}
	style_clear(&style);
}

void
cut_value(struct edit *e, const struct span *s, const json_t *value)
{
	struct style style;

	if (json_is_array(value) && s->n == 0 && s->kind == SPAN_LIST &&
	    s->file == s->end_file) {
		fill_list(e, s, value);
		return;
	}
	style = style_near(e, s);
	cut_add(e, s->file, s->value, s->end - s->value,
	    style_value(&style, value,
	        s->kind != SPAN_SCALAR &&
	            !has_newline(&e->s->files[s->file], s->value, s->end)));
	style_clear(&style);
}
