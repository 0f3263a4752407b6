/*
 * SPDX-License-Identifier: Apache-2.0
 * The configuration as a whole: text in, libconfig, settings or complaints out. See
 * configfile.h; conf.h says who does what.
 */
#include "configfile/configfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "configfile/conf.h"

#define TEXT_MAX (64u << 20)

static char *
dir_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return xstrdup(".");
	return slash == path ? xstrdup("/") : xstrndup(path, (size_t)(slash - path));
}

/* libconfig stops at the first error of grammar; there is one, with its line. */
static void
parse_error(struct conf *c)
{
	const char *text = config_error_text(&c->lib), *hint = "";

	if (text == NULL)
		text = "cannot be read";
	if (strcmp(text, "syntax error") == 0)
		hint = "; look here and at the end of the line before: each option is "
		       "name = value; and lists are ( ... )";
	else if (strstr(text, "duplicate") != NULL)
		hint = "; each option stands once in its group";
	else if (strstr(text, "array") != NULL)
		hint = "; write a list ( ... ) instead of [ ... ]";
	conf_error_line(c, config_error_file(&c->lib),
	    (unsigned)config_error_line(&c->lib), "%s%s", text, hint);
}

static struct settings *
parse(const char *text, const char *path, bool files, char **cause, char **warnings)
{
	struct conf c = { .path = path, .dir = dir_of(path), .files = files };
	struct settings *s = NULL;
	char *notes;

	config_init(&c.lib);
	config_set_include_dir(&c.lib, c.dir);
	c.s = settings_new();
	c.s->file = xstrdup(path);
	if (!conf_includes_ok(&c, text))
		;
	else if (config_read_string(&c.lib, text) != CONFIG_TRUE) {
		parse_error(&c);
	} else {
		conf_read_group(&c, &conf_schema, config_root_setting(&c.lib), c.s);
		conf_check_all(&c);
		if (c.errors.n == 0)
			conf_read_ca_files(&c);
		if (files)
			conf_warn_modes(&c);
	}
	if (warnings != NULL) {
		free(*warnings);
		*warnings = conf_notes_text(&c, &c.warnings, "warning: ");
	}
	if (c.errors.n == 0) {
		s = c.s;
		c.s = NULL;
	} else {
		notes = conf_notes_text(&c, &c.errors, "");
		cause_set(cause, "%s", notes);
		free(notes);
	}
	conf_read_clear(&c);
	conf_notes_clear(&c.errors);
	conf_notes_clear(&c.warnings);
	settings_free(c.s);
	config_destroy(&c.lib);
	free(c.dir);
	return s;
}

/* Where the file is not there, but one of its earlier name beside it; else NULL. */
static char *
old_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash == NULL ? path : slash + 1;
	char *old;

	if (strcmp(base, "clusterset.conf") != 0 || access(path, F_OK) == 0)
		return NULL;
	old = xasprintf("%.*sclustersetd.conf", (int)(base - path), path);
	if (access(old, F_OK) != 0)
		xfree_clear(&old);
	return old;
}

struct settings *
configfile_load(const char *path, char **cause, char **warnings)
{
	struct settings *s;
	char *text, *old, *why = NULL;

	text = conf_slurp(path, TEXT_MAX, &why);
	if (text == NULL) {
		old = old_name(path);
		if (old != NULL)
			cause_set(cause,
			    "%s: %s, but %s is there, which is what the configuration "
			    "was called before; mv %s %s",
			    path, why, old, old, path);
		else
			cause_set(cause,
			    "%s: %s; -f FILE names another one, and a sample is in the "
			    "documentation (clusterset.conf.sample)",
			    path, why);
		free(old);
		free(why);
		return NULL;
	}
	s = parse(text, path, true, cause, warnings);
	free(text);
	return s;
}

struct settings *
configfile_check(const char *text, const char *path, char **cause, char **warnings)
{
	return parse(text, path, true, cause, warnings);
}

struct settings *
configfile_parse(const char *text, const char *name, char **cause, char **warnings)
{
	return parse(text, name, false, cause, warnings);
}
