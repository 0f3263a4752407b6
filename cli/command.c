/*
 * SPDX-License-Identifier: Apache-2.0
 * Looking a command up, and how it is called in one line. Knows no command by name.
 */
#include "cli/command.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

void
command_each(void (*each)(const struct command *c, void *arg), void *arg)
{
	const struct command *const *table;
	const struct command *c;

	for (table = command_tables; *table; table++)
		for (c = *table; c->words; c++)
			if (!c->hidden)
				each(c, arg);
}

const struct command *
command_find(const char *words)
{
	const struct command *const *table;
	const struct command *c;

	for (table = command_tables; *table; table++)
		for (c = *table; c->words; c++)
			if (strcmp(c->words, words) == 0)
				return c;
	return NULL;
}

char *
command_synopsis(const struct command *c)
{
	const struct command_argument *a;
	const struct command_option *o;
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	fputs(c->words, f);
	for (a = c->arguments; a && a->name; a++)
		fprintf(f, " %s%s%s%s", a->optional ? "[" : "", a->name,
		    a->many ? "..." : "", a->optional ? "]" : "");
	for (o = c->options; o && o->name; o++)
		fprintf(f, " %s--%s%s%s%s%s", o->required ? "" : "[", o->name,
		    o->value ? " " : "", o->value ? o->value : "",
		    o->required ? "" : "]", o->many ? "..." : "");
	fclose(f);
	return text;
}
