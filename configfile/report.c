/*
 * SPDX-License-Identifier: Apache-2.0
 * Errors and warnings of the configuration: gathered, sorted by place, made one text.
 *
 * Every part of the reader complains here and goes on, so that a person gets all of
 * them at once. Never repeats a value that may hold a secret: callers see to it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "configfile/conf.h"

#define NOTES_SHOWN 100

static void __attribute__((format(printf, 4, 0))) note(struct conf_notes *notes,
    const char *file, unsigned line, const char *fmt, va_list ap)
{
	struct conf_note *n;

	if (notes->n < NOTES_SHOWN) {
		notes->list =
		    xreallocarray(notes->list, notes->n + 1, sizeof(*notes->list));
		n = &notes->list[notes->n];
		n->file = xstrdup(file);
		n->line = line;
		n->number = notes->n;
		n->text = xvasprintf(fmt, ap);
	}
	notes->n++;
}

void
conf_error(struct conf *c, const config_setting_t *at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	note(&c->errors, at == NULL ? NULL : config_setting_source_file(at),
	    at == NULL ? 0 : config_setting_source_line(at), fmt, ap);
	va_end(ap);
}

void
conf_error_line(struct conf *c, const char *file, unsigned line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	note(&c->errors, file, line, fmt, ap);
	va_end(ap);
}

void
conf_warn(struct conf *c, const config_setting_t *at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	note(&c->warnings, at == NULL ? NULL : config_setting_source_file(at),
	    at == NULL ? 0 : config_setting_source_line(at), fmt, ap);
	va_end(ap);
}

/* The main file first, then the included ones by name. */
static int
by_place(const void *va, const void *vb)
{
	const struct conf_note *a = va, *b = vb;
	int d = strcmp(a->file == NULL ? "" : a->file, b->file == NULL ? "" : b->file);

	if (d != 0)
		return d;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return a->number < b->number ? -1 : 1;
}

char *
conf_notes_text(struct conf *c, struct conf_notes *notes, const char *before)
{
	size_t shown = notes->n < NOTES_SHOWN ? notes->n : NOTES_SHOWN, i, len;
	char *text = NULL;
	FILE *f;

	if (notes->n == 0)
		return NULL;
	qsort(notes->list, shown, sizeof(*notes->list), by_place);
	f = open_memstream(&text, &len);
	for (i = 0; i < shown; i++) {
		fprintf(f, "%s%s:", i == 0 ? "" : "\n",
		    notes->list[i].file == NULL ? c->path : notes->list[i].file);
		if (notes->list[i].line > 0)
			fprintf(f, "%u:", notes->list[i].line);
		fprintf(f, " %s%s", before, notes->list[i].text);
	}
	if (notes->n > shown)
		fprintf(f, "\n%s: and %zu more", c->path, notes->n - shown);
	fclose(f);
	return text;
}

void
conf_notes_clear(struct conf_notes *notes)
{
	size_t i;

	for (i = 0; i < notes->n && i < NOTES_SHOWN; i++) {
		free(notes->list[i].file);
		free(notes->list[i].text);
	}
	free(notes->list);
}

char *
conf_label(const config_setting_t *at)
{
	const char *name = config_setting_name(at);
	char *above, *label;

	if (config_setting_is_root(at))
		return xstrdup("");
	above = conf_label(config_setting_parent(at));
	if (name == NULL)
		return above;
	label = xasprintf("%s%s%s", above, above[0] == '\0' ? "" : ".", name);
	free(above);
	return label;
}

char *
conf_suggest(const char *given, const char *const *known, size_t n)
{
	int near = text_nearest(given, known, n);
	char *text = NULL;
	size_t i, len;
	FILE *f;

	if (near >= 0)
		return xasprintf("; did you mean \"%s\"?", known[near]);
	if (n == 0)
		return xstrdup("");
	f = open_memstream(&text, &len);
	fputs("; known: ", f);
	for (i = 0; i < n && i < 20; i++)
		fprintf(f, "%s%s", i == 0 ? "" : ", ", known[i]);
	if (i < n)
		fprintf(f, " and %zu more", n - i);
	fclose(f);
	return text;
}
