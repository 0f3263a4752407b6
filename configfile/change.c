/*
 * SPDX-License-Identifier: Apache-2.0
 * Changes on the tree of values: entries and their options. See change.h; what refers
 * to what is in change_refer.c.
 */
#include "configfile/change.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "configfile/change_impl.h"
#include "configfile/conf.h"

#define KNOWN_MAX 64

/* --- the schema ------------------------------------------------------------ */

static const struct conf_option *
option_find(const struct conf_section *s, const char *key, size_t len)
{
	size_t i;

	for (i = 0; s != NULL && i < s->noptions; i++)
		if (strlen(s->options[i].key) == len &&
		    strncmp(s->options[i].key, key, len) == 0)
			return &s->options[i];
	return NULL;
}

/* "clusters.servers" */
static const struct conf_section *
section_find(const char *path)
{
	const struct conf_section *s = &conf_schema;
	const struct conf_option *o;
	size_t len;

	for (; *path != '\0'; path += len + (path[len] == '.')) {
		len = strcspn(path, ".");
		o = option_find(s, path, len);
		if (o == NULL || o->section == NULL)
			return NULL;
		s = o->section;
	}
	return s;
}

static int
unknown_option(
    const struct conf_section *s, const char *path, const char *key, char **cause)
{
	const char *known[KNOWN_MAX];
	char *hint, *shown = text_vis(key, 64);
	size_t i;

	for (i = 0; i < s->noptions && i < KNOWN_MAX; i++)
		known[i] = s->options[i].key;
	hint = conf_suggest(key, known, i);
	cause_set(cause, "unknown option %s%s%s%s", path, *path == '\0' ? "" : ".",
	    shown, hint);
	free(shown);
	free(hint);
	return -1;
}

bool
change_known(const char *section, const char *key)
{
	const struct conf_option *o =
	    option_find(section_find(section), key, strlen(key));

	return o != NULL && o->section == NULL;
}

/* --- values ---------------------------------------------------------------- */

static json_t *
value_bool(const char *value)
{
	static const char *const yes[] = { "true", "yes", "on" },
	                         *const no[] = { "false", "no", "off" };
	size_t i;

	for (i = 0; i < 3; i++)
		if (strcasecmp(value, yes[i]) == 0 || strcasecmp(value, no[i]) == 0)
			return json_boolean(strcasecmp(value, yes[i]) == 0);
	return NULL;
}

static json_t *
value_number(const char *value, bool whole)
{
	char *end;
	long long n;
	double d;

	errno = 0;
	n = strtoll(value, &end, 10);
	if (*value != '\0' && *end == '\0' && errno == 0)
		return json_integer(n);
	errno = 0;
	d = strtod(value, &end);
	if (whole || *value == '\0' || *end != '\0' || errno != 0 ||
	    strspn(value, "+-.0123456789eE") != strlen(value))
		return NULL;
	return json_real(d);
}

/* "a,b" */
static json_t *
value_names(const char *value)
{
	json_t *all = json_array();
	size_t len;

	for (; *value != '\0'; value += len + (value[len] == ',')) {
		len = strcspn(value, ",");
		if (len > 0)
			json_array_append_new(all, json_stringn_nocheck(value, len));
	}
	return all;
}

static int
word_of(const struct conf_option *o, const char *value, char **cause)
{
	const char *known[KNOWN_MAX];
	char *hint, *shown;
	size_t i;

	for (i = 0; o->words[i].word != NULL && i < KNOWN_MAX; i++) {
		known[i] = o->words[i].word;
		if (strcmp(known[i], value) == 0)
			return 0;
	}
	hint = conf_suggest(value, known, i);
	shown = text_vis(value, 64);
	cause_set(cause, "%s: \"%s\" is none of its words%s", o->key, shown, hint);
	free(shown);
	free(hint);
	return -1;
}

/* NULL and *cause. */
static json_t *
value_of(const struct conf_option *o, const char *value, char **cause)
{
	const char *wanted = "";
	json_t *v = NULL;

	switch (o->type) {
	case CONF_TEXT:
	case CONF_CLUSTER:
	case CONF_CREDENTIALS:
	case CONF_SECRET:
	case CONF_PROGRAM:
		return json_string_nocheck(value);
	case CONF_WORD:
		if (word_of(o, value, cause) != 0)
			return NULL;
		return json_string_nocheck(value);
	case CONF_TEXTS:
	case CONF_CLUSTERS:
	case CONF_ARGUMENTS:
		return value_names(value);
	case CONF_BOOL:
		v = value_bool(value);
		wanted = "true or false";
		break;
	case CONF_SECONDS:
	case CONF_MILLIS:
	case CONF_REAL:
		v = value_number(value, false);
		wanted = "a number";
		break;
	case CONF_COUNT:
	case CONF_BYTES:
	case CONF_NUMBER:
		v = value_number(value, true);
		wanted = "a whole number";
		break;
	case CONF_GROUP:
	case CONF_LIST:
		wanted = "changed entry by entry, not as a whole";
		break;
	}
	if (v == NULL) {
		char *shown = text_vis(value, 64);

		cause_set(cause, "%s must be %s, not \"%s\"", o->key, wanted, shown);
		free(shown);
	}
	return v;
}

int
change_assign(json_t *entry, const char *section, const char *key, const char *value,
    char **cause)
{
	const struct conf_section *s = section_find(section);
	const struct conf_option *o = option_find(s, key, strlen(key));
	json_t *v;

	if (o == NULL)
		return unknown_option(s, section, key, cause);
	if (value == NULL) {
		if (o->required)
			return cause_set(cause,
			    "%s cannot be taken away: a %s needs it", key, s->what);
		if (o->section != NULL)
			return cause_set(
			    cause, "%s is changed entry by entry, not as a whole", key);
		json_object_del(entry, key);
		return 0;
	}
	v = value_of(o, value, cause);
	if (v == NULL)
		return -1;
	json_object_set_new_nocheck(entry, key, v);
	return 0;
}

/* --- entries --------------------------------------------------------------- */

const char *
change_key(const char *section)
{
	return strcmp(section, "vm-patterns") == 0 ? "group" : "name";
}

const char *
change_what(const char *section)
{
	const struct conf_section *s = section_find(section);

	return s == NULL ? section : s->what;
}

/* The element whose member `by` reads `name`; *at is its place. */
static json_t *
element(const json_t *list, const char *by, const char *name, size_t *at)
{
	const char *s;
	json_t *one;
	size_t i;

	json_array_foreach (list, i, one) {
		s = json_string_value(json_object_get(one, by));
		if (s != NULL && strcmp(s, name) == 0) {
			if (at != NULL)
				*at = i;
			return one;
		}
	}
	return NULL;
}

json_t *
change_find(const json_t *tree, const char *section, const char *name)
{
	return element(json_object_get(tree, section), change_key(section), name, NULL);
}

json_t *
change_want(const json_t *tree, const char *section, const char *name, char **cause)
{
	const json_t *list = json_object_get(tree, section), *one;
	json_t *found = change_find(tree, section, name);
	const char **known, *s;
	char *hint, *shown;
	size_t i, n = 0;

	if (found != NULL)
		return found;
	known = xcalloc(json_array_size(list) + 1, sizeof(*known));
	json_array_foreach (list, i, one) {
		s = json_string_value(json_object_get(one, change_key(section)));
		if (s != NULL)
			known[n++] = s;
	}
	hint =
	    n == 0 ? xasprintf("; %s has none", section) : conf_suggest(name, known, n);
	shown = text_vis(name, 96);
	cause_set(cause, "there is no %s \"%s\" in the configuration%s",
	    change_what(section), shown, hint);
	free(shown);
	free(hint);
	free(known);
	return NULL;
}

json_t *
change_add(
    json_t *tree, const char *section, const char *name, json_t *notes, char **cause)
{
	json_t *list = json_object_get(tree, section), *entry;

	if (change_find(tree, section, name) != NULL) {
		cause_set(cause, "%s \"%s\" is there already; \"set\" changes it",
		    change_what(section), name);
		return NULL;
	}
	if (list == NULL) {
		list = json_array();
		json_object_set_new_nocheck(tree, section, list);
		if (strcmp(section, "fault-domains") == 0)
			change_list_domains(tree, list, name, notes);
	}
	entry = json_object();
	json_object_set_new_nocheck(
	    entry, change_key(section), json_string_nocheck(name));
	json_array_append_new(list, entry);
	return entry;
}

void
change_drop(json_t *tree, const char *section, const char *name)
{
	json_t *list = json_object_get(tree, section);
	size_t at = 0;

	if (element(list, change_key(section), name, &at) != NULL)
		json_array_remove(list, at);
}

json_t *
change_part(json_t *entry, const char *section, const char *list, const char *by,
    const char *name, bool make)
{
	json_t *all = json_object_get(entry, list), *one;

	(void)section;
	one = element(all, by, name, NULL);
	if (one != NULL || !make)
		return one;
	if (all == NULL) {
		all = json_array();
		json_object_set_new_nocheck(entry, list, all);
	}
	one = json_object();
	json_object_set_new_nocheck(one, by, json_string_nocheck(name));
	json_array_append_new(all, one);
	return one;
}

int
change_part_remove(
    json_t *entry, const char *list, const char *by, const char *name, char **cause)
{
	json_t *all = json_object_get(entry, list);
	size_t at = 0;

	if (element(all, by, name, &at) == NULL)
		return cause_set(cause, "there is no \"%s\" in its %s", name, list);
	json_array_remove(all, at);
	return 0;
}

void
change_order(json_t *entry, const char *section)
{
	const struct conf_section *s = section_find(section);
	json_t *copy = json_copy(entry), *v;
	size_t i;

	json_object_clear(entry);
	for (i = 0; s != NULL && i < s->noptions; i++) {
		v = json_object_get(copy, s->options[i].key);
		if (v != NULL)
			json_object_set_nocheck(entry, s->options[i].key, v);
	}
	json_object_update_missing(entry, copy);
	json_decref(copy);
}

/* --- any option ------------------------------------------------------------ */

/* The element whose name `path` begins with, names with dots in them too. */
static json_t *
element_at(const json_t *list, const char *by, const char **path)
{
	json_t *one, *found = NULL;
	size_t i, len, best = 0;
	const char *s;

	json_array_foreach (list, i, one) {
		s = json_string_value(json_object_get(one, by));
		len = s == NULL ? 0 : strlen(s);
		if (len > best && strncmp(*path, s, len) == 0 && (*path)[len] == '.') {
			found = one;
			best = len;
		}
	}
	if (found != NULL)
		*path += best + 1;
	return found;
}

int
change_option(json_t *tree, const char *path, const char *value, char **cause)
{
	const struct conf_section *s = &conf_schema;
	const struct conf_option *o;
	const char *rest = path, *by;
	char *section = xstrdup(""), *deeper;
	json_t *at = tree, *next;
	int result = -1;
	size_t len;

	for (;;) {
		len = strcspn(rest, ".");
		o = option_find(s, rest, len);
		if (rest[len] == '\0' || o == NULL || o->section == NULL)
			break;
		deeper =
		    xasprintf("%s%s%s", section, *section == '\0' ? "" : ".", o->key);
		free(section);
		section = deeper;
		s = o->section;
		rest += len + 1;
		next = json_object_get(at, o->key);
		if (o->type == CONF_LIST) {
			by = option_find(s, "name", 4) != NULL     ? "name"
			    : option_find(s, "cluster", 7) != NULL ? "cluster"
			                                           : "group";
			at = element_at(next, by, &rest);
			if (at == NULL) {
				cause_set(cause,
				    "%s: no %s of that name is there, or no option is "
				    "named behind it",
				    path, s->what);
				goto out;
			}
		} else if (next == NULL && value != NULL) {
			next = json_object();
			json_object_set_new_nocheck(at, o->key, next);
			at = next;
		} else {
			at = next;
		}
		if (at == NULL) { /* nothing there that could be taken out */
			result = 0;
			goto out;
		}
	}
	result = change_assign(at, section, rest, value, cause);
out:
	free(section);
	return result;
}

/* Options of a group and of the groups in it; lists have names to be known first. */
static void
each_of(const struct conf_section *s, const char *before,
    void (*each)(const char *path, void *arg), void *arg)
{
	const struct conf_option *o;
	char *path;
	size_t i;

	for (i = 0; i < s->noptions; i++) {
		o = &s->options[i];
		if (o->type == CONF_LIST)
			continue;
		path = xasprintf("%s%s%s", before, *before == '\0' ? "" : ".", o->key);
		if (o->type == CONF_GROUP)
			each_of(o->section, path, each, arg);
		else
			each(path, arg);
		free(path);
	}
}

void
change_each_option(void (*each)(const char *path, void *arg), void *arg)
{
	each_of(&conf_schema, "", each, arg);
}
