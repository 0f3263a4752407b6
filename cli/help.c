/*
 * SPDX-License-Identifier: Apache-2.0
 * `clusterset help`: the rows of command.h as text for a terminal.
 *
 * Called by the parser (--help, no command) and as a command of its own. Says nothing
 * that is not in a row, but how the commands are grouped; cli/help_mdoc.c makes the
 * manual page of the same rows.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/help.h"

/* How the overview is grouped: by the first word of a command. */
static const struct subject {
	const char *title;
	const char *words; /* with a blank around each */
} subjects[] = {
	{ "Look", " status tree top graph stats " },
	{ "VMs and where they run", " vm disk availability-set vm-pattern " },
	{ "Clusters", " cluster node fault-domain " },
	{ "Moves", " move site " },
	{ "Policies and plans", " policy plan hook " },
	{ "What happened, what is wrong", " alarm event refusal " },
	{ "Set up and repair", " setup doctor config adopt " },
	{ "Help", " help completion " },
};
enum { SUBJECTS = sizeof(subjects) / sizeof(subjects[0]), SUMMARY_COLUMN = 26 };

/* Is `word`, of n bytes, one of these? */
static bool
among(const char *words, const char *word, size_t n)
{
	char *wanted = xasprintf(" %.*s ", (int)n, word);
	bool found = strstr(words, wanted) != NULL;

	free(wanted);
	return found;
}

/* A name and what it means beside it, or beneath it when the name is long. */
static void
print_entry(struct out *o, const char *name, const char *text)
{
	char *first;

	if (out_columns(name) + 4 > SUMMARY_COLUMN) {
		out_say(o, TONE_PLAIN, "  %s\n", name);
		name = "";
	}
	first = xasprintf("  %-*s", SUMMARY_COLUMN - 2, name);
	out_wrapped(o, first, text);
	free(first);
}

static void
print_title(struct out *o, const char *title)
{
	out_say(o, TONE_PLAIN, "\n");
	out_say(o, TONE_STRONG, "%s", title);
	out_say(o, TONE_PLAIN, "\n");
}

/* --- all of them ----------------------------------------------------------------- */
struct overview {
	struct out *out;
	const char *title; /* until it has been printed */
	const char *noun; /* its commands; NULL: those of no subject */
	size_t len;
	bool looking; /* list and show; the others afterwards */
};

static void
overview_each(const struct command *c, void *arg)
{
	struct overview *v = arg;
	size_t len = strcspn(c->words, " "), i;
	const char *verb = c->words[len] == ' ' ? c->words + len + 1 : "list";

	if (v->noun == NULL) {
		for (i = 0; i < SUBJECTS; i++)
			if (among(subjects[i].words, c->words, len))
				return;
	} else if (len != v->len || strncmp(c->words, v->noun, len) != 0)
		return;
	if (among(" list show ", verb, strlen(verb)) != v->looking)
		return;
	if (v->title != NULL)
		print_title(v->out, v->title);
	v->title = NULL;
	print_entry(v->out, c->words, c->summary);
}

/* The commands of a noun: first those that look, then those that act. */
static void
overview_noun(struct overview *v, const char *noun, size_t len)
{
	v->noun = noun;
	v->len = len;
	v->looking = true;
	command_each(overview_each, v);
	v->looking = false;
	command_each(overview_each, v);
}

void
help_overview(struct out *o)
{
	struct overview v = { .out = o };
	const char *noun;
	size_t i, len;

	out_wrapped(o, "usage: ", "clusterset [OPTION...] COMMAND [ARGUMENT...]");
	for (i = 0; i < SUBJECTS; i++) {
		v.title = subjects[i].title;
		for (noun = subjects[i].words + 1; *noun != '\0'; noun += len + 1) {
			len = strcspn(noun, " ");
			overview_noun(&v, noun, len);
		}
	}
	v.title = "More";
	overview_noun(&v, NULL, 0);
	out_say(o, TONE_PLAIN, "\n");
	out_wrapped(o, "",
	    "\"clusterset help COMMAND\" explains one, \"clusterset help options\" "
	    "what all "
	    "of them take: the agent to ask, SNMP's options, the form of the output.");
}

struct listing {
	const char *words;
	size_t n;
};

static void
listing_each(const struct command *c, void *arg)
{
	struct listing *l = arg;
	size_t len = strlen(l->words);

	if (strncmp(c->words, l->words, len) == 0 && c->words[len] == ' ')
		l->n++;
}

size_t
help_subject(struct out *o, const char *words)
{
	struct listing l = { .words = words };
	struct overview v = { .out = o, .title = words };

	if (strchr(words, ' ') == NULL)
		command_each(listing_each, &l);
	if (l.n == 0)
		return 0;
	out_wrapped(o, "usage: ", "clusterset [OPTION...] COMMAND [ARGUMENT...]");
	overview_noun(&v, words, strlen(words));
	return l.n;
}

/* --- one of them ----------------------------------------------------------------- */
/* Paragraphs, separated by empty lines; a line end within one is a blank. */
static void
print_paragraphs(struct out *o, const char *text)
{
	while (*text != '\0') {
		const char *end = strstr(text, "\n\n");
		size_t n = end == NULL ? strlen(text) : (size_t)(end - text), i;
		char *paragraph = xstrndup(text, n);

		for (i = 0; i < n; i++)
			if (paragraph[i] == '\n')
				paragraph[i] = ' ';
		out_say(o, TONE_PLAIN, "\n");
		out_wrapped(o, "", paragraph);
		free(paragraph);
		text += n + strspn(text + n, "\n");
	}
}

char *
help_option_text(const char *text, enum complete complete, const char *words, bool many)
{
	char *whole = NULL;
	size_t len, n;
	FILE *f = open_memstream(&whole, &len);
	bool missing = false;
	const char *w;

	fputs(text, f);
	if (complete == COMPLETE_WORDS) {
		for (w = words; *w != '\0'; w += n + strspn(w + n, " ")) {
			n = strcspn(w, " ");
			missing = missing || memmem(text, strlen(text), w, n) == NULL;
		}
		for (w = words; missing && *w != '\0'; w += n + strspn(w + n, " ")) {
			n = strcspn(w, " ");
			fprintf(
			    f, "%s%.*s", w == words ? " One of: " : ", ", (int)n, w);
		}
		fputs(missing ? "." : "", f);
	}
	if (many)
		fputs(" May be given several times.", f);
	fclose(f);
	return whole;
}

static void
print_options(struct out *o, const struct command_option *option)
{
	for (; option->name != NULL; option++) {
		char *name = xasprintf("--%s%s%s", option->name,
		    option->value == NULL ? "" : " ",
		    option->value == NULL ? "" : option->value);
		char *text = help_option_text(
		    option->text, option->complete, option->words, option->many);

		print_entry(o, name, text);
		free(name);
		free(text);
	}
}

const char *
help_example_begin(const char *line, size_t n)
{
	char *command =
	    xstrndup(line, strcspn(line, "#\n") < n ? strcspn(line, "#\n") : n);
	bool whole = *command == '\0' || strstr(command, "clusterset") != NULL;

	free(command);
	return whole ? "" : "clusterset ";
}

void
help_command(struct out *o, const struct command *c)
{
	char *synopsis = command_synopsis(c), *text;
	const struct command_argument *a;
	const char *line, *end;

	out_wrapped(o, "usage: clusterset ", synopsis);
	free(synopsis);
	out_say(o, TONE_PLAIN, "\n");
	text =
	    xasprintf("%c%s.", toupper((unsigned char)c->summary[0]), c->summary + 1);
	out_wrapped(o, "", text);
	free(text);
	if (c->text != NULL)
		print_paragraphs(o, c->text);
	if (c->arguments != NULL && c->arguments->name != NULL) {
		print_title(o, "Arguments");
		for (a = c->arguments; a->name != NULL; a++) {
			text = help_option_text(a->text, a->complete, a->words, false);
			print_entry(o, a->name, text);
			free(text);
		}
	}
	if (c->options != NULL && c->options->name != NULL) {
		print_title(o, "Options");
		print_options(o, c->options);
	}
	if (c->examples != NULL && *c->examples != '\0') {
		print_title(o, "Examples");
		for (line = c->examples; *line != '\0'; line = end + (*end == '\n')) {
			end = line + strcspn(line, "\n");
			out_say(o, TONE_PLAIN, "  %s%.*s\n",
			    help_example_begin(line, (size_t)(end - line)),
			    (int)(end - line), line);
		}
	}
}

void
help_options(struct out *o)
{
	static const struct {
		const char *code, *text;
	} codes[] = {
		{ "0", "done; status: everything is all right" },
		{ "1", "it did not come off; status: something is not all right" },
		{ "2", "wrong words or options" },
		{ "3", "no answer: of snmpd, or of clustersetd behind it" },
		{ "4", "refused; the reason is printed" },
		{ "5",
		    "in doubt: a person has to look; or it is not known whether "
		    "it has happened (no answer): look before asking again" },
	};
	size_t i;

	out_wrapped(o, "usage: ", "clusterset [OPTION...] COMMAND [ARGUMENT...]");
	print_title(o, "Options of every command");
	print_options(o, command_globals);
	out_say(o, TONE_PLAIN, "\n");
	out_wrapped(o, "",
	    "One-letter options are Net-SNMP's, see snmpcmd(1), such as -v3 -l "
	    "authPriv -u "
	    "NAME -a SHA -A PASSWORD -x AES -X PASSWORD. What stands in snmp.conf, see "
	    "snmp.conf(5), need not be typed and is not seen in ps(1).");
	print_title(o, "Exit codes");
	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		print_entry(o, codes[i].code, codes[i].text);
}

int
help_show(struct cli *cli, const struct command *c)
{
	if (c == NULL)
		help_overview(&cli->out);
	else
		help_command(&cli->out, c);
	return EXIT_DONE;
}

/* --- the command ------------------------------------------------------------------ */
static char *
joined_arguments(struct cli *cli)
{
	char *words = xstrdup(""), *longer;
	size_t i;

	for (i = 0; i < cli->narguments; i++) {
		longer =
		    xasprintf("%s%s%s", words, i == 0 ? "" : " ", argument(cli, i));
		free(words);
		words = longer;
	}
	return words;
}

static int
help_run(struct cli *cli)
{
	const struct command *c;
	char *words;
	int code = EXIT_DONE;

	if (option_given(cli, "mdoc")) {
		help_mdoc(cli->out.f);
		return EXIT_DONE;
	}
	words = joined_arguments(cli);
	c = command_find(words);
	if (*words == '\0')
		help_overview(&cli->out);
	else if (strcmp(words, "options") == 0)
		help_options(&cli->out);
	else if (c != NULL)
		help_command(&cli->out, c);
	else if (help_subject(&cli->out, words) == 0)
		code = cli_fail(cli, EXIT_USAGE,
		    "there is no command \"%s\": \"clusterset help\" lists them all",
		    words);
	free(words);
	return code;
}

static const struct command_argument help_arguments[] = {
	{ .name = "COMMAND",
	    .complete = COMPLETE_COMMAND,
	    .optional = true,
	    .many = true,
	    .text = "The words of a command, or the first of them; or \"options\"." },
	{ .name = NULL },
};

static const struct command_option help_switches[] = {
	{ .name = "mdoc",
	    .text =
	        "Print all commands and options in mdoc(7); clusterset(1) is made of "
	        "it." },
	{ .name = NULL },
};

const struct command cmd_help[] = {
	{ .words = "help",
	    .summary = "explain a command, or list them all",
	    .text =
	        "Without an argument all commands, grouped by subject. With the first "
	        "word of some (\"vm\") those. \"help options\" explains the options "
	        "of every command and the exit codes.",
	    .examples = "clusterset help vm move # all about moving a VM",
	    .arguments = help_arguments,
	    .options = help_switches,
	    .run = help_run,
	    .local = true },
	{ .words = NULL },
};
