/*
 * SPDX-License-Identifier: Apache-2.0
 * The rows of command.h as mdoc(7), for clusterset(1).
 *
 * Called by `clusterset help --mdoc` when the manual page is built, so that page,
 * help and parser cannot disagree. Everything that comes out of a row is escaped: a
 * text may hold whatever it wants.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/command.h"
#include "cli/help.h"

enum { LINE_MAX_WANTED = 72 };

/* Text that roff cannot take for anything else. With `lines` it is broken at blanks. */
static void
put_text(FILE *f, const char *text, size_t n, bool lines)
{
	size_t i, begin = 0;

	for (i = 0; i < n; i++) {
		if (lines && isspace((unsigned char)text[i]) &&
		    i - begin + strcspn(text + i + 1, " \n") > LINE_MAX_WANTED) {
			fputc('\n', f);
			begin = i + 1;
			continue;
		}
		if (i == begin && (text[i] == '.' || text[i] == '\''))
			fputs("\\&", f);
		if (text[i] == '\\')
			fputs("\\e", f);
		else if (text[i] == '\n')
			fputc(' ', f);
		else if (text[i] == '-' &&
		    (i == 0 || !isalnum((unsigned char)text[i - 1])))
			fputs("\\-", f); /* an option's, not a hyphen */
		else
			fputc(text[i], f);
	}
}

/* A sentence a line, as mdoc wants it. */
static void
put_sentences(FILE *f, const char *text, size_t n)
{
	size_t begin = 0, i;

	for (i = 0; i < n; i++) {
		if (strchr(".?!", text[i]) == NULL || i + 1 >= n ||
		    !isspace((unsigned char)text[i + 1]) ||
		    (i + 2 < n && islower((unsigned char)text[i + 2])))
			continue;
		put_text(f, text + begin, i + 1 - begin, true);
		fputc('\n', f);
		while (i + 1 < n && isspace((unsigned char)text[i + 1]))
			i++;
		begin = i + 1;
	}
	if (begin < n) {
		put_text(f, text + begin, n - begin, true);
		fputc('\n', f);
	}
}

static void
put_paragraphs(FILE *f, const char *text)
{
	while (*text != '\0') {
		const char *end = strstr(text, "\n\n");
		size_t n = end == NULL ? strlen(text) : (size_t)(end - text);

		put_sentences(f, text, n);
		text += n + strspn(text + n, "\n");
		if (*text != '\0')
			fputs(".Pp\n", f);
	}
}

/* One word as an argument of a macro: quoted, so that mdoc neither calls nor sets it
 * apart. */
static void
put_word(FILE *f, const char *word, size_t n)
{
	size_t i;

	fputs(" \"", f);
	for (i = 0; i < n; i++) {
		if (word[i] == '"')
			fputs("\\(dq", f);
		else if (word[i] == '\\')
			fputs("\\e", f);
		else
			fputc(word[i], f);
	}
	fputc('"', f);
}

/* As command_synopsis() has it, in mdoc. */
static void
put_synopsis(FILE *f, const struct command *c)
{
	const struct command_argument *a;
	const struct command_option *o;

	fputs(".Ic", f);
	put_word(f, c->words, strlen(c->words));
	fputc('\n', f);
	for (a = c->arguments; a != NULL && a->name != NULL; a++) {
		fputs(a->optional ? ".Op Ar" : ".Ar", f);
		put_word(f, a->name, strlen(a->name));
		fputs(a->many ? " ...\n" : "\n", f);
	}
	for (o = c->options; o != NULL && o->name != NULL; o++) {
		fputs(o->required ? ".Fl Fl" : ".Op Fl Fl", f);
		put_word(f, o->name, strlen(o->name));
		if (o->value != NULL) {
			fputs(" Ar", f);
			put_word(f, o->value, strlen(o->value));
		}
		fputs(o->many ? " ...\n" : "\n", f);
	}
}

static void
put_options(FILE *f, const struct command_option *option)
{
	char *text;

	if (option->name == NULL)
		return;
	fputs(".Bl -tag -width Ds\n", f);
	for (; option->name != NULL; option++) {
		fputs(".It Fl Fl", f);
		put_word(f, option->name, strlen(option->name));
		if (option->value != NULL) {
			fputs(" Ar", f);
			put_word(f, option->value, strlen(option->value));
		}
		fputc('\n', f);
		text = help_option_text(
		    option->text, option->complete, option->words, option->many);
		put_paragraphs(f, text);
		free(text);
	}
	fputs(".El\n", f);
}

static void
put_command(FILE *f, const struct command *c)
{
	const struct command_argument *a;
	const char *line, *end;
	char *text;

	fputs(".Ss", f);
	put_word(f, c->words, strlen(c->words));
	fputc('\n', f);
	put_synopsis(f, c);
	fputs(".Pp\n", f);
	fputc(toupper((unsigned char)c->summary[0]), f);
	put_text(f, c->summary + 1, strlen(c->summary + 1), true);
	fputs(".\n", f);
	if (c->text != NULL && *c->text != '\0') {
		fputs(".Pp\n", f);
		put_paragraphs(f, c->text);
	}
	if (c->arguments != NULL && c->arguments->name != NULL) {
		fputs(".Bl -tag -width Ds\n", f);
		for (a = c->arguments; a->name != NULL; a++) {
			fputs(".It Ar", f);
			put_word(f, a->name, strlen(a->name));
			fputc('\n', f);
			text = help_option_text(a->text, a->complete, a->words, false);
			put_paragraphs(f, text);
			free(text);
		}
		fputs(".El\n", f);
	}
	if (c->options != NULL)
		put_options(f, c->options);
	if (c->examples != NULL && *c->examples != '\0') {
		fputs(".Bd -literal -offset indent\n", f);
		for (line = c->examples; *line != '\0'; line = end + (*end == '\n')) {
			end = line + strcspn(line, "\n");
			fputs(help_example_begin(line, (size_t)(end - line)), f);
			put_text(f, line, (size_t)(end - line), false);
			fputc('\n', f);
		}
		fputs(".Ed\n", f);
	}
}

struct all_commands {
	const struct command **command;
	size_t n;
};

static void
collect(const struct command *c, void *arg)
{
	struct all_commands *all = arg;

	all->command = xreallocarray(all->command, all->n + 1, sizeof(*all->command));
	all->command[all->n++] = c;
}

static int
by_words(const void *a, const void *b)
{
	return strcmp((*(const struct command *const *)a)->words,
	    (*(const struct command *const *)b)->words);
}

void
help_mdoc(FILE *f)
{
	struct all_commands all = { .n = 0 };
	size_t i;

	fputs(".Sh OPTIONS\n"
	      "These stand anywhere, before or behind the words of a command.\n",
	    f);
	put_options(f, command_globals);
	fputs(".Sh COMMANDS\n", f);
	command_each(collect, &all);
	qsort(all.command, all.n, sizeof(*all.command), by_words);
	for (i = 0; i < all.n; i++)
		put_command(f, all.command[i]);
	free(all.command);
}
