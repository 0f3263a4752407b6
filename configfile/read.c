/*
 * SPDX-License-Identifier: Apache-2.0
 * A group of libconfig into a struct, by the schema's rows.
 *
 * Knows types, ranges, words and unknown keys; knows nothing about what an option
 * means. Every complaint is made and reading goes on: the settings are thrown away
 * afterwards, and fields that could not be read stay at 0 or NULL.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "configfile/conf.h"

#define OPTIONS_MAX 32 /* rows of one section */

static const char *
type_name(const config_setting_t *at)
{
	switch (config_setting_type(at)) {
	case CONFIG_TYPE_GROUP:
		return "a group { }";
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		return "a whole number";
	case CONFIG_TYPE_FLOAT:
		return "a number with a fraction";
	case CONFIG_TYPE_STRING:
		return "a \"text\"";
	case CONFIG_TYPE_BOOL:
		return "true or false";
	case CONFIG_TYPE_ARRAY:
		return "an array [ ]";
	default:
		return "a list ( )";
	}
}

static void
wrong_type(struct conf *c, const config_setting_t *at, const char *wanted)
{
	char *label = conf_label(at);

	conf_error(c, at, "%s must be %s, not %s", label, wanted, type_name(at));
	free(label);
}

const config_setting_t *
conf_place(struct conf *c, const void *object, const char *key)
{
	const config_setting_t *inner = NULL;
	struct conf_place *p;

	HASH_FIND_PTR(c->places, &object, p);
	if (p == NULL)
		return NULL;
	if (key != NULL)
		inner = config_setting_get_member(p->at, key);
	return inner == NULL ? p->at : inner;
}

static void
place_add(struct conf *c, const void *object, const config_setting_t *at)
{
	struct conf_place *p = xcalloc(1, sizeof(*p));

	p->object = object;
	p->at = at;
	HASH_ADD_PTR(c->places, object, p);
}

/* A number within the row's range, in the row's unit; false after a complaint. */
static bool
read_number(struct conf *c, const struct conf_option *o, const config_setting_t *at,
    bool whole, double *value)
{
	char *label;

	switch (config_setting_type(at)) {
	case CONFIG_TYPE_INT:
		*value = config_setting_get_int(at);
		break;
	case CONFIG_TYPE_INT64:
		*value = (double)config_setting_get_int64(at);
		break;
	case CONFIG_TYPE_FLOAT:
		if (!whole) {
			*value = config_setting_get_float(at);
			break;
		}
		/* FALLTHROUGH */
	default:
		wrong_type(c, at,
		    whole && o->unit != NULL && strcmp(o->unit, "per mille") == 0
		        ? "a whole number of thousandths (800 is 80 %)"
		        : whole ? "a whole number"
		                : "a number");
		return false;
	}
	if (*value >= o->min && *value <= o->max) /* false for NaN */
		return true;
	label = conf_label(at);
	conf_error(c, at, "%s = %.10g is out of range; it may be %.10g to %.10g%s%s",
	    label, *value, o->min, o->max, o->unit[0] == '\0' ? "" : " ", o->unit);
	free(label);
	return false;
}

/* A string of at most the row's length; NULL after a complaint. */
static const char *
read_string(struct conf *c, const struct conf_option *o, const config_setting_t *at)
{
	const char *s;
	char *label;

	if (config_setting_type(at) != CONFIG_TYPE_STRING) {
		wrong_type(c, at, "a \"text\"");
		return NULL;
	}
	s = config_setting_get_string(at);
	if (s == NULL)
		s = "";
	if (o->max > 0 && strlen(s) > (size_t)o->max) {
		label = conf_label(at);
		conf_error(c, at, "%s is %zu octets long; at most %.0f are allowed",
		    label, strlen(s), o->max);
		free(label);
		return NULL;
	}
	return s;
}

static void
read_word(struct conf *c, const struct conf_option *o, const config_setting_t *at,
    void *field)
{
	const char *s = read_string(c, o, at), *known[OPTIONS_MAX];
	char *label, *hint, *seen;
	size_t n;

	if (s == NULL)
		return;
	for (n = 0; o->words[n].word != NULL; n++) {
		known[n] = o->words[n].word;
		if (strcmp(s, known[n]) != 0)
			continue;
		if (o->size == sizeof(bool))
			*(bool *)field = o->words[n].value != 0;
		else
			*(int *)field = o->words[n].value;
		return;
	}
	label = conf_label(at);
	hint = conf_suggest(s, known, n);
	seen = text_vis(s, 64);
	conf_error(c, at, "%s: \"%s\" is none of its words%s", label, seen, hint);
	free(label);
	free(hint);
	free(seen);
}

/* Enters the clusters that were read; of two with one name the first. */
static void
index_clusters(struct conf *c)
{
	struct conf_cluster *e;
	const char *name;
	size_t i;

	for (i = 0; i < c->s->nclusters; i++) {
		name = c->s->clusters[i].name;
		if (name == NULL)
			continue;
		HASH_FIND_STR(c->clusters, name, e);
		if (e != NULL)
			continue;
		e = xcalloc(1, sizeof(*e));
		e->name = name;
		e->index = i;
		HASH_ADD_KEYPTR(hh, c->clusters, name, strlen(name), e);
	}
}

void
conf_read_clear(struct conf *c)
{
	struct conf_cluster *e, *next_e;
	struct conf_place *p, *next_p;

	HASH_ITER (hh, c->clusters, e, next_e) {
		HASH_DEL(c->clusters, e);
		free(e);
	}
	HASH_ITER (hh, c->places, p, next_p) {
		HASH_DEL(c->places, p);
		free(p);
	}
}

/* The index of the cluster that a string names. */
static size_t
read_cluster(struct conf *c, const struct conf_option *o, const config_setting_t *at)
{
	const char *s = read_string(c, o, at), **known;
	struct conf_cluster *e;
	char *hint, *seen;
	size_t i, n = 0;

	if (s == NULL)
		return CONF_NOWHERE;
	if (c->clusters == NULL)
		index_clusters(c);
	HASH_FIND_STR(c->clusters, s, e);
	if (e != NULL)
		return e->index;
	known = xcalloc(c->s->nclusters + 1, sizeof(*known));
	for (i = 0; i < c->s->nclusters; i++)
		if (c->s->clusters[i].name != NULL)
			known[n++] = c->s->clusters[i].name;
	hint = conf_suggest(s, known, n);
	seen = text_vis(s, NAME_LEN_MAX);
	conf_error(c, at, "cluster \"%s\" is not defined%s", seen,
	    n == 0 ? "; define it in clusters = ( ... )" : hint);
	free(seen);
	free(hint);
	free(known);
	return CONF_NOWHERE;
}

/* How many elements; -1 after a complaint. */
static int
list_length(struct conf *c, const struct conf_option *o, const config_setting_t *at)
{
	int n = config_setting_length(at);
	char *label;

	if (n >= (int)o->min && n <= (int)o->max)
		return n;
	label = conf_label(at);
	conf_error(c, at, "%s has %d entries; it may have %.0f to %.0f", label, n,
	    o->min, o->max);
	free(label);
	return -1;
}

/* An array or a list of strings; false after a complaint, `*n` of them otherwise. */
static bool
read_strings(
    struct conf *c, const struct conf_option *o, const config_setting_t *at, size_t *n)
{
	int length;

	if (!config_setting_is_array(at) && !config_setting_is_list(at)) {
		wrong_type(c, at, "a list of names ( \"a\", \"b\" )");
		return false;
	}
	length = list_length(c, o, at);
	*n = length < 0 ? 0 : (size_t)length;
	return *n > 0;
}

static void
read_texts(
    struct conf *c, const struct conf_option *o, const config_setting_t *at, char *base)
{
	const struct conf_option one = { .max = o->length };
	const config_setting_t *elem;
	size_t i, n;
	const char *s;
	char **list;

	if (!read_strings(c, o, at, &n))
		return;
	list = xcalloc(n, sizeof(*list));
	*(char ***)(base + o->at) = list;
	*(size_t *)(base + o->count_at) = n;
	for (i = 0; i < n; i++) {
		elem = config_setting_get_elem(at, (unsigned)i);
		s = read_string(c, &one, elem);
		if (s == NULL)
			continue;
		list[i] = xstrdup(s);
		if (o->check != NULL)
			o->check(c, elem, &list[i]);
	}
}

static void
read_clusters(
    struct conf *c, const struct conf_option *o, const config_setting_t *at, char *base)
{
	const struct conf_option one = { .max = NAME_LEN_MAX };
	size_t *list, i, n;

	if (!read_strings(c, o, at, &n))
		return;
	list = xcalloc(n, sizeof(*list));
	for (i = 0; i < n; i++)
		list[i] =
		    read_cluster(c, &one, config_setting_get_elem(at, (unsigned)i));
	*(size_t **)(base + o->at) = list;
	*(size_t *)(base + o->count_at) = n;
}

/* argv[0]. */
static void
read_program(struct conf *c, const struct conf_option *o, const config_setting_t *at,
    char ***argv)
{
	const char *s = read_string(c, o, at);

	if (s == NULL)
		return;
	*argv = xcalloc(2, sizeof(**argv));
	(*argv)[0] = xstrdup(s);
	o->check(c, at, &(*argv)[0]);
}

/* The rest of it; without a program there was a complaint already. */
static void
read_arguments(struct conf *c, const struct conf_option *o, const config_setting_t *at,
    char ***argv)
{
	const struct conf_option one = { .max = o->length };
	const char *s;
	size_t i, n;

	if (!read_strings(c, o, at, &n) || *argv == NULL)
		return;
	*argv = xreallocarray(*argv, n + 2, sizeof(**argv));
	for (i = 0; i < n; i++) {
		s = read_string(c, &one, config_setting_get_elem(at, (unsigned)i));
		(*argv)[i + 1] = xstrdup(s == NULL ? "" : s);
	}
	(*argv)[n + 1] = NULL;
}

static void default_all(const struct conf_section *, char *);

static void
default_option(const struct conf_option *o, char *base)
{
	char *field = base + o->at;

	if (o->type == CONF_CLUSTER) {
		*(size_t *)field = CONF_NOWHERE;
	} else if (o->type == CONF_GROUP) {
		default_all(o->section, field);
	} else if (o->dflt_text != NULL) {
		free(*(char **)field);
		*(char **)field = xstrdup(o->dflt_text);
	} else if (o->dflt != 0) {
		if (o->type == CONF_BOOL)
			*(bool *)field = true;
		else if (o->type == CONF_WORD)
			*(int *)field = (int)o->dflt;
		else if (o->type == CONF_SECONDS)
			*(msec_t *)field = (msec_t)lround(o->dflt * 1000);
		else
			*(int64_t *)field = (int64_t)o->dflt;
	}
}

/* Before anything is read: an element that turns out to be no group has them as well.
 */
static void
default_all(const struct conf_section *section, char *base)
{
	size_t i;

	for (i = 0; i < section->noptions; i++)
		default_option(&section->options[i], base);
}

static void
read_list(
    struct conf *c, const struct conf_option *o, const config_setting_t *at, char *base)
{
	const config_setting_t *elem;
	char *list, *label;
	int i, n;

	if (!config_setting_is_list(at)) {
		wrong_type(c, at, "a list of groups ( { ... }, { ... } )");
		return;
	}
	n = list_length(c, o, at);
	if (n <= 0)
		return;
	list = xcalloc((size_t)n, o->size);
	*(void **)(base + o->at) = list;
	*(size_t *)(base + o->count_at) = (size_t)n;
	for (i = 0; i < n; i++) {
		elem = config_setting_get_elem(at, (unsigned)i);
		default_all(o->section, list + (size_t)i * o->size);
		if (!config_setting_is_group(elem)) {
			label = conf_label(at);
			conf_error(c, elem, "%s: each %s must be a group { }, not %s",
			    label, o->section->what, type_name(elem));
			free(label);
			continue;
		}
		place_add(c, list + (size_t)i * o->size, elem);
		conf_read_group(c, o->section, elem, list + (size_t)i * o->size);
	}
}

static void
read_option(
    struct conf *c, const struct conf_option *o, const config_setting_t *at, char *base)
{
	char *field = base + o->at;
	const char *s;
	double number;

	switch (o->type) {
	case CONF_GROUP:
		if (config_setting_is_group(at))
			conf_read_group(c, o->section, at, field);
		else
			wrong_type(c, at, "a group { }");
		break;
	case CONF_LIST:
		read_list(c, o, at, base);
		break;
	case CONF_TEXT:
		s = read_string(c, o, at);
		if (s == NULL)
			break;
		free(*(char **)field);
		*(char **)field = xstrdup(s);
		if (o->check != NULL)
			o->check(c, at, (char **)field);
		break;
	case CONF_TEXTS:
		read_texts(c, o, at, base);
		break;
	case CONF_BOOL:
		if (config_setting_type(at) == CONFIG_TYPE_BOOL)
			*(bool *)field = config_setting_get_bool(at) != 0;
		else
			wrong_type(c, at, "true or false");
		break;
	case CONF_SECONDS:
		if (read_number(c, o, at, false, &number))
			*(msec_t *)field = (msec_t)lround(number * 1000);
		break;
	case CONF_MILLIS:
		if (read_number(c, o, at, false, &number))
			*(msec_t *)field = (msec_t)lround(number);
		break;
	case CONF_COUNT:
		if (read_number(c, o, at, true, &number))
			*(unsigned *)field = (unsigned)number;
		break;
	case CONF_BYTES:
		if (read_number(c, o, at, true, &number))
			*(size_t *)field = (size_t)number;
		break;
	case CONF_NUMBER:
		if (read_number(c, o, at, true, &number))
			*(int64_t *)field = (int64_t)number;
		break;
	case CONF_WORD:
		read_word(c, o, at, field);
		break;
	case CONF_CLUSTER:
		*(size_t *)field = read_cluster(c, o, at);
		break;
	case CONF_CLUSTERS:
		read_clusters(c, o, at, base);
		break;
	case CONF_CREDENTIALS:
		if (read_string(c, o, at) != NULL)
			conf_read_credentials(c, at, (struct credentials *)field);
		break;
	case CONF_REAL:
		if (read_number(c, o, at, false, &number))
			*(double *)field = number;
		break;
	case CONF_SECRET:
		if (read_string(c, o, at) != NULL)
			*(char **)field = conf_read_secret(c, at, (size_t)o->min);
		break;
	case CONF_PROGRAM:
		read_program(c, o, at, (char ***)field);
		break;
	case CONF_ARGUMENTS:
		read_arguments(c, o, at, (char ***)field);
		break;
	}
}

static void
unknown_key(
    struct conf *c, const struct conf_section *section, const config_setting_t *at)
{
	const char *known[OPTIONS_MAX];
	char *label = conf_label(at), *hint;
	size_t i;

	for (i = 0; i < section->noptions && i < OPTIONS_MAX; i++)
		known[i] = section->options[i].key;
	hint = conf_suggest(config_setting_name(at), known, i);
	conf_error(c, at, "unknown option %s%s", label, hint);
	free(label);
	free(hint);
}

void
conf_read_group(struct conf *c, const struct conf_section *section,
    const config_setting_t *group, void *base)
{
	const struct conf_option *o;
	const config_setting_t *at;
	size_t i, n = (size_t)config_setting_length(group), k;
	char *label;

	if (section->line_at != CONF_NOWHERE)
		*(unsigned *)((char *)base + section->line_at) =
		    config_setting_source_line(group);
	for (i = 0; i < n; i++) {
		at = config_setting_get_elem(group, (unsigned)i);
		for (k = 0; k < section->noptions; k++)
			if (strcmp(section->options[k].key, config_setting_name(at)) ==
			    0)
				break;
		if (k == section->noptions)
			unknown_key(c, section, at);
	}
	for (k = 0; k < section->noptions; k++) {
		o = &section->options[k];
		at = config_setting_get_member(group, o->key);
		if (at != NULL) {
			read_option(c, o, at, base);
		} else if (o->required) {
			label = conf_label(group);
			conf_error(c, group, "%s: a %s without \"%s\"; add it", label,
			    section->what, o->key);
			free(label);
		}
	}
}
