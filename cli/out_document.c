/*
 * SPDX-License-Identifier: Apache-2.0
 * Documents for programs: JSON and key=value. See out.h.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/out.h"

/* jansson leaves DEL and the C1 controls as they are: legal JSON, but not for a
 * terminal. They occur within strings only. */
static void
write_json(struct out *o, const json_t *document, size_t flags)
{
	char *text =
	    json_dumps(document, flags | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
	const unsigned char *p;

	if (text == NULL)
		abort(); /* only what is no UTF-8 could do it, and no json_t is */
	for (p = (const unsigned char *)text; *p != '\0'; p++) {
		if (*p == 0x7f)
			fputs("\\u007f", o->f);
		else if (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)
			fprintf(o->f, "\\u%04x", *++p);
		else
			putc(*p, o->f);
	}
	putc('\n', o->f);
	free(text);
}

static void
write_escaped(FILE *f, const char *s, bool path)
{
	const unsigned char *p;

	for (p = (const unsigned char *)s; *p != '\0'; p++) {
		if (*p == '\\')
			fputs("\\\\", f);
		else if (*p == '\n')
			fputs("\\n", f);
		else if (*p == '\t')
			fputs("\\t", f);
		else if (*p < 0x20 || *p == 0x7f ||
		    (path && (*p == '.' || *p == '=' || *p == ' ')))
			fprintf(f, "\\u%04X", *p);
		else if (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)
			fprintf(f, "\\u%04X", *++p);
		else
			putc(*p, f);
	}
}

/* The ways to call an element, the best first; NULL: this one has no such name. */
enum { BY_NAME, BY_CLUSTER, BY_INDEX, BY_POSITION };

static char *
label(const json_t *element, size_t position, int way)
{
	const char *name = json_string_value(json_object_get(element, "name"));
	const char *cluster =
	    json_string_value(json_object_get(element, "clusterName"));
	const json_t *index = json_object_get(element, "index");

	switch (way) {
	case BY_NAME:
		return name != NULL && *name != '\0' ? xstrdup(name) : NULL;
	case BY_CLUSTER:
		return name != NULL && cluster != NULL
		    ? xasprintf("%s/%s", cluster, name)
		    : NULL;
	case BY_INDEX:
		return json_is_integer(index)
		    ? xasprintf("%lld", (long long)json_integer_value(index))
		    : NULL;
	default:
		return xasprintf("%zu", position);
	}
}

/* The first way that calls every element differently. */
static int
way_of(const json_t *array)
{
	json_t *seen = NULL;
	size_t i;
	char *name;
	int way;
	bool good;

	for (way = BY_NAME; way < BY_POSITION; way++) {
		seen = json_object();
		good = true;
		for (i = 0; good && i < json_array_size(array); i++) {
			name = label(json_array_get(array, i), i, way);
			good = name != NULL && json_object_get(seen, name) == NULL;
			if (good)
				json_object_set_new(seen, name, json_true());
			free(name);
		}
		json_decref(seen);
		if (good)
			break;
	}
	return way;
}

static void write_kv(struct out *o, const char *path, const json_t *value);

/* path.part, escaped */
static char *
longer(const char *path, const char *part)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (f == NULL)
		abort();
	fputs(path, f);
	if (*path != '\0')
		putc('.', f);
	write_escaped(f, part, true);
	fclose(f);
	return text;
}

static void
write_below(struct out *o, const char *path, const char *part, const json_t *value)
{
	char *below = longer(path, part);

	write_kv(o, below, value);
	free(below);
}

static void
write_leaf(struct out *o, const json_t *value)
{
	char *number;

	switch (json_typeof(value)) {
	case JSON_STRING:
		write_escaped(o->f, json_string_value(value), false);
		break;
	case JSON_INTEGER:
		fprintf(o->f, "%lld", (long long)json_integer_value(value));
		break;
	case JSON_REAL: /* with a point, whatever the locale has */
		number = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
		fputs(number != NULL ? number : "", o->f);
		free(number);
		break;
	case JSON_TRUE:
		fputs("true", o->f);
		break;
	case JSON_FALSE:
		fputs("false", o->f);
		break;
	default: /* null is nothing */
		break;
	}
}

static void
write_kv(struct out *o, const char *path, const json_t *value)
{
	const char *key;
	json_t *child;
	size_t i;
	char *name;
	int way;

	if (json_is_object(value)) {
		json_object_foreach ((json_t *)value, key, child)
			write_below(o, path, key, child);
	} else if (json_is_array(value)) {
		way = way_of(value);
		json_array_foreach (value, i, child) {
			name = label(child, i, way);
			write_below(o, path, name, child);
			free(name);
		}
	} else {
		fprintf(o->f, "%s=", path);
		write_leaf(o, value);
		putc('\n', o->f);
	}
}

void
out_document(struct out *o, json_t *document)
{
	if (o->format == OUT_KV)
		write_kv(o, "", document);
	else
		write_json(o, document, JSON_INDENT(2));
	json_decref(document);
}

void
out_document_line(struct out *o, json_t *document)
{
	if (o->format == OUT_KV) {
		write_kv(o, "", document);
		putc('\n', o->f);
	} else
		write_json(o, document, JSON_COMPACT);
	fflush(o->f);
	json_decref(document);
}
