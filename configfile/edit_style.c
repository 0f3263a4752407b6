/*
 * SPDX-License-Identifier: Apache-2.0
 * The editor: values as text, in the style of what stands near. See edit_impl.h.
 */
#include "configfile/edit_impl.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define LINE_MAX_COLUMNS 88
#define TAB_COLUMNS      8

/* --- lines ----------------------------------------------------------------- */

size_t
line_begin(const struct span_file *f, size_t pos)
{
	while (pos > 0 && f->text[pos - 1] != '\n')
		pos--;
	return pos;
}

char *
line_indent(const struct span_file *f, size_t pos)
{
	const char *line = f->text + line_begin(f, pos);

	return xstrndup(line, strspn(line, " \t"));
}

bool
line_first(const struct span_file *f, size_t pos)
{
	const size_t begin = line_begin(f, pos);

	return strspn(f->text + begin, " \t") >= pos - begin;
}

bool
has_newline(const struct span_file *f, size_t begin, size_t end)
{
	return begin < end && memchr(f->text + begin, '\n', end - begin) != NULL;
}

/* --- what is usual here ---------------------------------------------------- */

/* Between name and value of the first setting that has both in one file. */
static const char *
equals_of(const struct edit *e, const struct span *s)
{
	const struct span_file *f;
	const struct span *c;
	size_t i;

	for (i = 0; i < s->n; i++) {
		c = &s->children[i];
		if (c->name == NULL)
			continue;
		f = &e->s->files[c->file];
		i = c->begin + strlen(c->name);
		if (memchr(f->text + i, ':', c->value - i) != NULL)
			return f->text[i] == ':' ? ": " : " : ";
		return f->text[i] == '=' ? "=" : " = ";
	}
	return NULL;
}

static char *
step_of(const struct edit *e, const struct span *s)
{
	char *outer, *inner, *step = NULL;
	const struct span *c, *up;
	const struct span_file *f;

	/* the nearest level at which a child begins deeper than what it is in */
	for (up = s; up != NULL && step == NULL; up = up->parent) {
		if (up->n == 0 || up->parent == NULL)
			continue;
		c = &up->children[0];
		f = &e->s->files[c->file];
		if (c->file != up->file || !line_first(f, c->begin))
			continue;
		outer = line_indent(f, up->begin);
		inner = line_indent(f, c->begin);
		if (strlen(inner) > strlen(outer) &&
		    strncmp(inner, outer, strlen(outer)) == 0)
			step = xstrdup(inner + strlen(outer));
		free(outer);
		free(inner);
	}
	return step;
}

/* Of the whole file, where there is none near. */
static char *
step_of_file(const struct edit *e)
{
	char *step = NULL;
	size_t i;

	for (i = 0; i < e->s->root.n && step == NULL; i++)
		step = step_of(e, &e->s->root.children[i]);
	return step == NULL ? xstrdup("\t") : step;
}

struct style
style_near(const struct edit *e, const struct span *s)
{
	const struct span_file *f = &e->s->files[s->file];
	struct style style = { .eol = f->eol, .separator = ';' };
	const struct span *up;

	style.indent = s->parent == NULL ? xstrdup("") : line_indent(f, s->begin);
	style.step = step_of(e, s);
	if (style.step == NULL)
		style.step = step_of_file(e);
	for (up = s; up != NULL && style.equals == NULL; up = up->parent)
		style.equals = equals_of(e, up);
	if (style.equals == NULL)
		style.equals = " = ";
	return style;
}

void
style_clear(struct style *s)
{
	free(s->indent);
	free(s->step);
}

/* --- values ---------------------------------------------------------------- */

static void
put_string(FILE *f, const char *s)
{
	fputc('"', f);
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			fprintf(f, "\\%c", *s);
		else if (*s == '\n')
			fputs("\\n", f);
		else if (*s == '\t')
			fputs("\\t", f);
		else if ((unsigned char)*s < ' ' || *s == 0x7f)
			fprintf(f, "\\x%02x", (unsigned)(unsigned char)*s);
		else
			fputc(*s, f);
	}
	fputc('"', f);
}

static void
put_real(FILE *f, double v)
{
	char text[40];
	int digits;

	for (digits = 1; digits < 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, v);
		if (strtod(text, NULL) == v)
			break;
	}
	if (strcspn(text, ".eE") == strlen(text))
		snprintf(text + strlen(text), sizeof(text) - strlen(text), ".0");
	fputs(text, f);
}

static void put_value(FILE *, const struct style *, const json_t *, bool, unsigned);

static void
put_line(FILE *f, const struct style *s, unsigned depth)
{
	fprintf(f, "%s%s", s->eol, s->indent);
	while (depth-- > 0)
		fputs(s->step, f);
}

static void
put_group(
    FILE *f, const struct style *s, const json_t *value, bool one_line, unsigned depth)
{
	const char *key;
	json_t *v;

	fputc('{', f);
	json_object_foreach ((json_t *)value, key, v) {
		if (one_line)
			fputc(' ', f);
		else
			put_line(f, s, depth + 1);
		fprintf(f, "%s%s", key, s->equals);
		put_value(f, s, v, one_line, depth + 1);
		fputc(s->separator, f);
	}
	if (one_line)
		fputc(' ', f);
	else
		put_line(f, s, depth);
	fputc('}', f);
}

static bool
is_flat(const json_t *value)
{
	const char *key;
	json_t *v;
	size_t i;

	json_object_foreach ((json_t *)value, key, v) {
		if (json_is_object(v) || (json_is_array(v) && !is_flat(v)))
			return false;
	}
	json_array_foreach (value, i, v) {
		if (json_is_object(v) || json_is_array(v))
			return false;
	}
	return true;
}

static size_t
columns(const struct style *s, unsigned depth)
{
	size_t n = 0, i;
	const char *p;

	for (p = s->indent; *p != '\0'; p++)
		n += *p == '\t' ? TAB_COLUMNS : 1;
	for (i = 0; i < depth; i++)
		for (p = s->step; *p != '\0'; p++)
			n += *p == '\t' ? TAB_COLUMNS : 1;
	return n;
}

/* Is it better to read on one line? */
static bool
fits(const struct style *s, const json_t *value, unsigned depth)
{
	char *text;
	bool yes;

	if (!is_flat(value))
		return false;
	text = style_value(s, value, true);
	yes = columns(s, depth) + strlen(text) < LINE_MAX_COLUMNS;
	free(text);
	return yes;
}

static void
put_list(
    FILE *f, const struct style *s, const json_t *value, bool one_line, unsigned depth)
{
	const bool lines = !one_line && !is_flat(value);
	json_t *v;
	size_t i;

	fputc('(', f);
	json_array_foreach (value, i, v) {
		if (i > 0)
			fputc(',', f);
		if (lines)
			put_line(f, s, depth + 1);
		else
			fputc(' ', f);
		put_value(
		    f, s, v, one_line || (lines && fits(s, v, depth + 1)), depth + 1);
	}
	if (lines)
		put_line(f, s, depth);
	else
		fputc(' ', f);
	fputc(')', f);
}

static void
put_value(
    FILE *f, const struct style *s, const json_t *value, bool one_line, unsigned depth)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		put_group(f, s, value, one_line, depth);
		break;
	case JSON_ARRAY:
		put_list(f, s, value, one_line, depth);
		break;
	case JSON_STRING:
		put_string(f, json_string_value(value));
		break;
	case JSON_INTEGER:
		fprintf(f, "%" JSON_INTEGER_FORMAT "%s", json_integer_value(value),
		    json_integer_value(value) > INT32_MAX ||
		            json_integer_value(value) < INT32_MIN
		        ? "L"
		        : "");
		break;
	case JSON_REAL:
		put_real(f, json_real_value(value));
		break;
	default:
		fputs(json_is_true(value) ? "true" : "false", f);
		break;
	}
}

char *
style_value(const struct style *s, const json_t *value, bool one_line)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	put_value(f, s, value, one_line, 0);
	fclose(f);
	return text;
}

char *
style_setting(const struct style *s, const char *key, const json_t *value)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	fprintf(f, "%s%s", key, s->equals);
	put_value(f, s, value, false, 0);
	fputc(s->separator, f);
	fclose(f);
	return text;
}
