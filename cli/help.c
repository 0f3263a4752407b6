/*
 * SPDX-License-Identifier: Apache-2.0
 * `clusterset help`: the overview, and a page per command, from the command tables.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/command.h"

static void
line(const struct command *c, void *arg)
{
	struct cli *cli = arg;

	fprintf(cli->out.f, "  %-24s %s\n", c->words, c->summary);
}

static void
options(struct cli *cli, const struct command_option *o)
{
	for (; o && o->name; o++) {
		fprintf(cli->out.f, "  --%s%s%s\n", o->name, o->value ? " " : "",
		    o->value ? o->value : "");
		out_wrapped(&cli->out, "      ", o->text);
	}
}

int
help_show(struct cli *cli, const struct command *c)
{
	char *synopsis;

	if (!c) {
		fputs("usage: clusterset [options] COMMAND ...\n\n", cli->out.f);
		command_each(line, cli);
		return EXIT_DONE;
	}
	synopsis = command_synopsis(c);
	out_wrapped(&cli->out, "usage: clusterset ", synopsis);
	free(synopsis);
	fprintf(cli->out.f, "\n%s\n\n", c->summary);
	if (c->text)
		out_wrapped(&cli->out, "", c->text);
	options(cli, c->options);
	return EXIT_DONE;
}

static int
run_help(struct cli *cli)
{
	char name[256] = "";
	const struct command *c;
	size_t i, len;

	for (i = 0; i < cli->narguments; i++) {
		len = strlen(name);
		snprintf(name + len, sizeof(name) - len, "%s%s", i ? " " : "",
		    cli->arguments[i]);
	}
	if (!cli->narguments)
		return help_show(cli, NULL);
	c = command_find(name);
	if (!c)
		return cli_fail(cli, EXIT_USAGE,
		    "there is no command '%s'; see clusterset help", name);
	return help_show(cli, c);
}

static const struct command_argument help_arguments[] = {
	{ .name = "COMMAND",
	    .complete = COMPLETE_COMMAND,
	    .optional = true,
	    .many = true,
	    .text = "The words of a command." },
	{ .name = NULL },
};

const struct command cmd_help[] = {
	{ .words = "help",
	    .summary = "explain a command",
	    .text = "Without a command: all of them, a line each.",
	    .arguments = help_arguments,
	    .run = run_help,
	    .local = true },
	{ .words = NULL },
};
