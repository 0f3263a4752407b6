/*
 * SPDX-License-Identifier: Apache-2.0
 * One entry of the configuration: add, set, remove. See confed_entry.h.
 */
#include "cli/confed_entry.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "configfile/change.h"

/* "cluster" of "clusters", for messages. */
static const char *
noun(const char *section)
{
	static const char *const nouns[][2] = { { "clusters", "cluster" },
		{ "fault-domains", "fault domain" },
		{ "availability-sets", "availability set" }, { "vms", "VM" },
		{ "vm-patterns", "VM pattern" } };
	size_t i;

	for (i = 0; i < sizeof(nouns) / sizeof(nouns[0]); i++)
		if (strcmp(nouns[i][0], section) == 0)
			return nouns[i][1];
	return section;
}

void
confed_note(struct confed *c, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	json_array_append_new(c->notes, json_string(text));
	free(text);
}

static int
assign(struct confed *c, const char *section, json_t *entry, const char *key,
    const char *value)
{
	char *cause = NULL;

	if (change_assign(entry, section, key, value, &cause) == 0)
		return EXIT_DONE;
	return confed_fail(c, &cause);
}

/* "OPTION=VALUE" of --set */
static int
assign_any(struct confed *c, const char *section, json_t *entry, const char *spec)
{
	const char *value = strchr(spec, '=');
	char *key;
	int code;

	if (value == NULL)
		return cli_fail(c->cli, EXIT_USAGE, "\"%s\" is not OPTION=VALUE", spec);
	key = xstrndup(spec, (size_t)(value - spec));
	code = assign(c, section, entry, key, value + 1);
	free(key);
	return code;
}

int
confed_options(struct confed *c, const char *section, json_t *entry)
{
	const struct cli *cli = c->cli;
	int code = EXIT_DONE;
	size_t i;

	for (i = 0; i < cli->ngiven && code == EXIT_DONE; i++) {
		const char *name = cli->given_name[i], *value = cli->given_value[i];

		if (strcmp(name, "set") == 0)
			code = assign_any(c, section, entry, value);
		else if (strcmp(name, "unset") == 0)
			code = assign(c, section, entry, value, NULL);
		else if (strcmp(name, "name") != 0 && change_known(section, name))
			code = assign(
			    c, section, entry, name, value == NULL ? "true" : value);
	}
	return code;
}

static int
finish(struct confed *c, const char *section, const char *name, const char *done)
{
	char *what = xasprintf("%s \"%s\" %s", noun(section), name, done);
	int code = confed_finish(c, false, what);

	free(what);
	return code;
}

int
confed_add(struct cli *cli, const char *section, confed_parts *parts)
{
	const char *name = argument(cli, 0);
	struct confed c;
	char *cause = NULL;
	json_t *entry;
	int code = confed_begin(cli, &c);

	if (code != EXIT_DONE)
		goto out;
	entry = change_add(edit_tree(c.edit), section, name, c.notes, &cause);
	if (entry == NULL) {
		code = confed_fail(&c, &cause);
		goto out;
	}
	code = confed_options(&c, section, entry);
	if (code == EXIT_DONE && parts != NULL)
		code = parts(&c, entry);
	if (code != EXIT_DONE)
		goto out;
	change_order(entry, section);
	code = finish(&c, section, name, "added");
out:
	confed_end(&c);
	return code;
}

int
confed_set(struct cli *cli, const char *section, confed_parts *parts)
{
	const char *name = argument(cli, 0), *to = option_value(cli, "name");
	struct confed c;
	char *cause = NULL;
	json_t *entry;
	int code = confed_begin(cli, &c);

	if (code != EXIT_DONE)
		goto out;
	entry = change_want(edit_tree(c.edit), section, name, &cause);
	if (entry == NULL ||
	    (to != NULL &&
	        change_rename(edit_tree(c.edit), section, name, to, c.notes, &cause) !=
	            0)) {
		code = confed_fail(&c, &cause);
		goto out;
	}
	code = to == NULL ? EXIT_DONE : confed_rename(&c, section, name, to);
	if (code == EXIT_DONE)
		code = confed_options(&c, section, entry);
	if (code == EXIT_DONE && parts != NULL)
		code = parts(&c, entry);
	if (code == EXIT_DONE)
		code = finish(&c, section, name, "changed");
out:
	confed_end(&c);
	return code;
}

int
confed_remove(struct cli *cli, const char *section)
{
	struct confed c;
	char *cause = NULL;
	int code = confed_begin(cli, &c);
	size_t i;

	for (i = 0; i < cli->narguments && code == EXIT_DONE; i++) {
		if (change_want(edit_tree(c.edit), section, argument(cli, i), &cause) ==
		    NULL) {
			code = confed_fail(&c, &cause);
		} else if (change_remove(edit_tree(c.edit), section, argument(cli, i),
		               option_given(cli, "cascade"), c.notes, &cause) != 0) {
			code = cli_fail(cli, EXIT_REFUSED, "%s", cause);
			free(cause);
		}
	}
	if (code == EXIT_DONE)
		code = finish(&c, section, argument(cli, 0),
		    cli->narguments > 1 ? "and others removed" : "removed");
	confed_end(&c);
	return code;
}
