/*
 * SPDX-License-Identifier: Apache-2.0
 * `clusterset completion`, and the hidden commands behind it.
 *
 * `__complete WORD...` gets the words of an unfinished call, the last of them (maybe
 * empty) to be completed, and prints a candidate a line, what it means behind a tab; a
 * line "\tfiles" asks the shell for files. Knows the grammar of cli/parse.c and the
 * rows of command.h; names of things in the set come from cli/complete.c. It never
 * complains, and never keeps a prompt waiting for longer than a second.
 * `__parse WORD...` says whether a call would be understood, without doing it: what the
 * documents show is held to it.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/command.h"
#include "cli/complete.h"
#include "cli/completion_scripts.h"
#include "configfile/change.h"

/* An unfinished call, as far as its complete words tell. */
struct unfinished {
	struct cli asked; /* the way to the agent */
	char *name; /* the words in front that may name a command */
	const struct command *command;
	const struct command_option *value_of; /* its value is to be completed */
	char letter; /* Net-SNMP's, the same; 0: none */
	bool words_ended; /* "--" was there */
	const char *prefix;
	FILE *out;
};

static const char *const seconds[] = { "-t", "1", "-r", "0" };

/* --- candidates ------------------------------------------------------------ */
static void
offer(struct unfinished *u, const char *word, size_t n, const char *text)
{
	size_t len = strlen(u->prefix);

	if (n < len || strncmp(word, u->prefix, len) != 0)
		return;
	fprintf(u->out, "%.*s", (int)n, word);
	if (text != NULL && *text != '\0')
		fprintf(u->out, "\t%.*s", (int)strcspn(text, "\n"), text);
	fputc('\n', u->out);
}

static void
offer_words(struct unfinished *u, const char *words)
{
	size_t n;

	for (words += strspn(words, " "); *words != '\0'; words += strspn(words, " ")) {
		n = strcspn(words, " ");
		offer(u, words, n, NULL);
		words += n;
	}
}

static void
offer_options(struct unfinished *u, const struct command_option *o)
{
	for (; o != NULL && o->name != NULL; o++) {
		char *name;

		if (!o->many && option_given(&u->asked, o->name))
			continue;
		name = xasprintf("--%s", o->name);
		offer(u, name, strlen(name), o->text);
		free(name);
	}
}

/* The next words of commands that begin with `name`, each once: their rows stand
 * together, but one noun may come back in another table. */
struct next_words {
	struct unfinished *unfinished;
	const char *name;
	char *offered; /* "\nvm\nmove\n" */
};

static void
next_word_each(const struct command *c, void *arg)
{
	struct next_words *next = arg;
	size_t len = strlen(next->name), n;
	const char *word = c->words;
	char *line, *longer;

	if (len > 0) {
		if (strncmp(word, next->name, len) != 0 || word[len] != ' ')
			return;
		word += len + 1;
	}
	n = strcspn(word, " ");
	line = xasprintf("\n%.*s\n", (int)n, word);
	if (strstr(next->offered, line) == NULL) {
		offer(next->unfinished, word, n, word[n] == '\0' ? c->summary : NULL);
		longer = xasprintf("%s%s", next->offered, line + 1);
		free(next->offered);
		next->offered = longer;
	}
	free(line);
}

static void
offer_next_words(struct unfinished *u, const char *name)
{
	struct next_words next = {
		.unfinished = u,
		.name = name,
		.offered = xstrdup("\n"),
	};

	command_each(next_word_each, &next);
	free(next.offered);
}

static void
offer_option(const char *path, void *arg)
{
	offer(arg, path, strlen(path), NULL);
}

static void
offer_names(struct unfinished *u, enum complete kind, const char *words)
{
	switch (kind) {
	case COMPLETE_NONE:
		break;
	case COMPLETE_WORDS:
		offer_words(u, words);
		break;
	case COMPLETE_FILE:
		fputs("\tfiles\n", u->out);
		break;
	case COMPLETE_OPTION:
		change_each_option(offer_option, u);
		break;
	default:
		complete_print(&u->asked, kind, u->prefix);
		break;
	}
}

static void
offer_letter(struct unfinished *u)
{
	switch (u->letter) {
	case 'v':
		offer_words(u, "1 2c 3");
		break;
	case 'l':
		offer_words(u, "noAuthNoPriv authNoPriv authPriv");
		break;
	case 'a':
		offer_words(u, "MD5 SHA SHA-224 SHA-256 SHA-384 SHA-512");
		break;
	case 'x':
		offer_words(u, "DES AES");
		break;
	default:
		break;
	}
}

/* --- the words before ------------------------------------------------------ */
static const struct command_option *
find_option(const struct command_option *o, const char *name, size_t len)
{
	for (; o != NULL && o->name != NULL; o++)
		if (strlen(o->name) == len && strncmp(o->name, name, len) == 0)
			return o;
	return NULL;
}

static void
take_value(struct unfinished *u, const struct command_option *o, const char *value)
{
	struct cli *asked = &u->asked;

	if (strcmp(o->name, "agent") == 0)
		asked->peer = value;
	else if (strcmp(o->name, "mib-root") == 0)
		asked->root = value;
	if (asked->ngiven < CLI_ARGUMENTS_MAX) {
		asked->given_name[asked->ngiven] = o->name;
		asked->given_value[asked->ngiven++] = value;
	}
}

static void
take_long(struct unfinished *u, const char *word)
{
	const char *name = word + 2, *equals = strchr(name, '=');
	size_t len = equals == NULL ? strlen(name) : (size_t)(equals - name);
	const struct command_option *o = find_option(command_globals, name, len);

	if (o == NULL && u->command != NULL)
		o = find_option(u->command->options, name, len);
	if (o == NULL)
		return;
	if (o->value == NULL || equals != NULL)
		take_value(u, o, equals == NULL ? "" : equals + 1);
	else
		u->value_of = o;
}

static void
take_letter(struct unfinished *u, const char *word)
{
	const char *letter = strchr(command_snmp_letters, word[1]);
	struct cli *asked = &u->asked;

	if (letter == NULL || word[1] == ':' ||
	    asked->snmp_argc + 2 >= CLI_ARGUMENTS_MAX)
		return;
	asked->snmp_argv[asked->snmp_argc++] = (char *)(uintptr_t)word;
	if (letter[1] == ':' && word[2] == '\0')
		u->letter = word[1];
}

static void
take_word(struct unfinished *u, const char *word)
{
	struct cli *asked = &u->asked;
	char *longer;

	if (asked->narguments == 0 && u->name != NULL) {
		const struct command *c;

		longer =
		    xasprintf("%s%s%s", u->name, *u->name == '\0' ? "" : " ", word);
		c = command_find(longer);
		if (c != NULL || u->command == NULL) {
			free(u->name);
			u->name = longer;
			u->command = c;
			return;
		}
		free(longer);
	}
	xfree_clear(&u->name);
	if (asked->narguments < CLI_ARGUMENTS_MAX)
		asked->arguments[asked->narguments++] = word;
}

static void
take(struct unfinished *u, const char *word)
{
	if (u->value_of != NULL) {
		take_value(u, u->value_of, word);
		u->value_of = NULL;
	} else if (u->letter != 0) {
		u->asked.snmp_argv[u->asked.snmp_argc++] = (char *)(uintptr_t)word;
		u->letter = 0;
	} else if (u->words_ended || word[0] != '-' || word[1] == '\0') {
		take_word(u, word);
	} else if (strcmp(word, "--") == 0) {
		u->words_ended = true;
	} else {
		if (u->name != NULL && *u->name != '\0') {
			/* an option ends the words of the command; "vm" is "vm list" */
			if (u->command == NULL) {
				char *list = xasprintf("%s list", u->name);

				u->command = command_find(list);
				free(list);
			}
			xfree_clear(&u->name);
		}
		if (word[1] == '-')
			take_long(u, word);
		else
			take_letter(u, word);
	}
}

/* --- the word itself ------------------------------------------------------- */
/* The words of a command as arguments, as `help` takes them. */
static void
offer_command(struct unfinished *u)
{
	char *name = xstrdup(""), *longer;
	size_t i;

	for (i = 0; i < u->asked.narguments; i++) {
		longer =
		    xasprintf("%s%s%s", name, i == 0 ? "" : " ", u->asked.arguments[i]);
		free(name);
		name = longer;
	}
	offer_next_words(u, name);
	free(name);
}

static void
offer_argument(struct unfinished *u)
{
	const struct command_argument *a = u->command->arguments;
	size_t i;

	for (i = 0; a != NULL && a->name != NULL && i < u->asked.narguments; i++) {
		if (a->many)
			break;
		a++;
	}
	if (a == NULL || a->name == NULL)
		return;
	if (a->complete == COMPLETE_COMMAND)
		offer_command(u);
	else
		offer_names(u, a->complete, a->words);
}

static void
complete_last(struct unfinished *u)
{
	const char *equals;

	if (u->value_of != NULL) {
		offer_names(u, u->value_of->complete, u->value_of->words);
		return;
	}
	if (u->letter != 0) {
		offer_letter(u);
		return;
	}
	if (!u->words_ended && u->prefix[0] == '-') {
		equals = strchr(u->prefix, '=');
		if (equals != NULL) { /* --name=VALUE: the value is completed */
			char *option =
			    xstrndup(u->prefix, (size_t)(equals - u->prefix));

			take(u, option);
			free(option);
			u->prefix = equals + 1;
			if (u->value_of != NULL)
				offer_names(
				    u, u->value_of->complete, u->value_of->words);
			return;
		}
		if (u->command != NULL)
			offer_options(u, u->command->options);
		offer_options(u, command_globals);
		return;
	}
	if (u->name != NULL)
		offer_next_words(u, u->name);
	if (u->command != NULL)
		offer_argument(u);
}

static int
words_run(struct cli *cli)
{
	struct unfinished u = { .out = cli->out.f, .name = xstrdup("") };
	size_t i;

	if (cli->narguments == 0)
		return EXIT_DONE;
	u.asked.out = cli->out;
	u.asked.out.format = OUT_SCREEN;
	u.asked.err = cli->err;
	u.asked.peer = cli->peer;
	for (i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++)
		u.asked.snmp_argv[u.asked.snmp_argc++] = (char *)(uintptr_t)seconds[i];
	for (i = 0; i + 1 < cli->narguments; i++)
		take(&u, cli->arguments[i]);
	u.prefix = cli->arguments[i];
	complete_last(&u);
	free(u.name);
	snmp_close_session(u.asked.snmp);
	return EXIT_DONE;
}

static int
parse_run(struct cli *cli)
{
	static struct cli other;
	char *argv[CLI_ARGUMENTS_MAX + 2] = { (char *)(uintptr_t) "clusterset" };
	size_t i;
	int code = EXIT_DONE;

	for (i = 0; i < cli->narguments; i++)
		argv[i + 1] = (char *)(uintptr_t)cli->arguments[i];
	return cli_parse(&other, (int)cli->narguments + 1, argv, &code) == 0 ? EXIT_DONE
	                                                                     : code;
}

static int
script_run(struct cli *cli)
{
	fputs(strcmp(argument(cli, 0), "zsh") == 0 ? completion_zsh : completion_bash,
	    cli->out.f);
	return EXIT_DONE;
}

static const struct command_argument script_arguments[] = {
	{ .name = "SHELL",
	    .complete = COMPLETE_WORDS,
	    .words = "bash zsh",
	    .text = "The shell that is to complete: bash or zsh." },
	{ .name = NULL },
};

static const struct command_argument words_arguments[] = {
	{ .name = "WORD", .optional = true, .many = true, .text = "What was typed." },
	{ .name = NULL },
};

const struct command cmd_completion[] = {
	{ .words = "completion",
	    .summary = "print what makes a shell complete clusterset's words",
	    .text = "It completes commands, options, and the names of VMs, clusters, "
	            "nodes, "
	            "moves and the rest, which it asks of the agent; SNMP options that "
	            "stand before them are used. Installed packages bring it along.",
	    .examples = "source <(clusterset completion bash) # in this shell, now",
	    .arguments = script_arguments,
	    .run = script_run,
	    .local = true },
	{ .words = "__complete",
	    .summary = "print what may stand next",
	    .arguments = words_arguments,
	    .run = words_run,
	    .local = true,
	    .hidden = true },
	{ .words = "__parse",
	    .summary = "say whether a call is understood",
	    .arguments = words_arguments,
	    .run = parse_run,
	    .local = true,
	    .hidden = true },
	{ .words = NULL },
};
