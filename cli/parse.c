/*
 * SPDX-License-Identifier: Apache-2.0
 * The command line taken apart, by the rows of the command tables.
 *
 * Words come first ("vm move"), options have long names and may stand anywhere;
 * one-letter options are Net-SNMP's and go to its library. A noun without a verb means
 * its list. Knows no command by name but "list"; prints only what a wrong call needs.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/command.h"
#include "config.h"

enum { WORDS_MAX = 3, NAMES_MAX = 512 };

const char command_snmp_letters[] = "v:l:u:a:A:x:X:n:e:E:Z:c:t:r:L:O:I:T:M:m:P:D:Y:3:d";

const struct command_option command_globals[] = {
	{ .name = "agent",
	    .value = "HOST[:PORT]",
	    .text =
	        "The SNMP agent in front of clustersetd. Without it the environment's "
	        "CLUSTERSET_AGENT, and localhost without that." },
	{ .name = "json",
	    .text = "Print one JSON document instead of a screen; the same as --output "
	            "json." },
	{ .name = "output",
	    .value = "FORMAT",
	    .complete = COMPLETE_WORDS,
	    .words = "screen json kv",
	    .text = "screen is for people, json and kv (one PATH=VALUE a line) for "
	            "programs." },
	{ .name = "color",
	    .value = "WHEN",
	    .complete = COMPLETE_WORDS,
	    .words = "auto always never",
	    .text = "Colour: auto is only on a terminal, and not with NO_COLOR set." },
	{ .name = "mib-root",
	    .value = "OID",
	    .text = "Where the agent's CLUSTER-SET-MIB is rooted, when that is not "
	            "where this "
	            "clusterset was built for." },
	{ .name = "help", .text = "Explain the command and exit." },
	{ .name = "version", .text = "Print the version and exit." },
	{ .name = NULL },
};

struct parse {
	struct cli *cli;
	int argc;
	char **argv;
	int at;
	bool help;
	bool version;
	const char *format;
	const char *colour;
	/* options of a command, kept until the command is known */
	const char *words[CLI_ARGUMENTS_MAX];
	size_t nwords;
	int code;
};

static int usage(struct parse *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static int
usage(struct parse *p, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	p->code = cli_fail(p->cli, EXIT_USAGE, "%s", text);
	free(text);
	return -1;
}

/* --- names, and what somebody may have meant ------------------------------------- */

struct names {
	const char *name[NAMES_MAX];
	size_t n;
	const char *noun; /* only commands that begin with it */
};

static void
collect(const struct command *c, void *arg)
{
	struct names *names = arg;
	size_t len = names->noun ? strlen(names->noun) : 0;

	if (names->n == NAMES_MAX)
		return;
	if (names->noun &&
	    (strncmp(c->words, names->noun, len) != 0 || c->words[len] != ' '))
		return;
	names->name[names->n++] = names->noun ? c->words + len + 1 : c->words;
}

static bool
is_noun(const char *word)
{
	struct names names = { .noun = word };

	command_each(collect, &names);
	return names.n > 0;
}

/* "; did you mean X? See " or "; see ", for a word that is none of these. */
static char *
meant(const char *before, const char *word, const char *const *names, size_t n)
{
	int i = text_nearest(word, names, n);

	return i < 0 ? xstrdup("; see ")
	             : xasprintf("; did you mean %s%s? See ", before, names[i]);
}

/* The command that was meant by its verb in front, `list vm` or `hold web1`; NULL. A
 * verb that is a noun, too, needs its noun behind it. */
static const char *
by_verb(const char *verb, const char *next)
{
	struct names names = { .n = 0 };
	const char *found[NAMES_MAX], *space;
	char *nouns[NAMES_MAX];
	size_t n = 0, i;
	int at = -1;

	command_each(collect, &names);
	for (i = 0; i < names.n; i++) {
		space = strchr(names.name[i], ' ');
		if (!space || strcmp(space + 1, verb) != 0)
			continue;
		found[n] = names.name[i];
		nouns[n++] = xstrndup(names.name[i], (size_t)(space - names.name[i]));
	}
	if (next && n > 0)
		at = text_nearest(next, (const char *const *)nouns, n);
	if (at >= 0 && is_noun(verb) && strcmp(nouns[at], next) != 0)
		at = -1;
	else if (at < 0 && n > 0 && !is_noun(verb))
		at = 0;
	for (i = 0; i < n; i++)
		free(nouns[i]);
	return at < 0 ? NULL : found[at];
}

static const struct command_option *
find_option(const struct command_option *o, const char *name, size_t len)
{
	for (; o && o->name; o++)
		if (strlen(o->name) == len && strncmp(o->name, name, len) == 0)
			return o;
	return NULL;
}

/* --- one piece at a time ---------------------------------------------------------- */

/* The value of an option: behind "=" or the next argument. */
static const char *
value_of(struct parse *p, const struct command_option *o, const char *equals)
{
	if (equals)
		return equals + 1;
	if (p->at + 1 >= p->argc) {
		usage(p, "--%s wants a value: --%s %s", o->name, o->name, o->value);
		return NULL;
	}
	return p->argv[++p->at];
}

static bool
one_of(const char *words, const char *word)
{
	size_t len = strlen(word);
	const char *w;

	for (w = words; (w = strstr(w, word)); w += len)
		if (len && (w == words || w[-1] == ' ') &&
		    (w[len] == ' ' || w[len] == '\0'))
			return true;
	return false;
}

static int
take_global(struct parse *p, const struct command_option *o, const char *value)
{
	struct cli *cli = p->cli;

	if (strcmp(o->name, "agent") == 0)
		cli->peer = value;
	else if (strcmp(o->name, "mib-root") == 0)
		cli->root = value;
	else if (strcmp(o->name, "json") == 0)
		p->format = "json";
	else if (strcmp(o->name, "output") == 0)
		p->format = value;
	else if (strcmp(o->name, "color") == 0)
		p->colour = value;
	else if (strcmp(o->name, "help") == 0)
		p->help = true;
	else
		p->version = true;
	cli->out.format = !p->format || strcmp(p->format, "screen") == 0 ? OUT_SCREEN
	    : strcmp(p->format, "json") == 0                             ? OUT_JSON
	                                                                 : OUT_KV;
	return 0;
}

static int
take_long(struct parse *p)
{
	const char *name = p->argv[p->at] + 2;
	const char *equals = strchr(name, '=');
	size_t len = equals ? (size_t)(equals - name) : strlen(name);
	const struct command *c = p->cli->command;
	const struct command_option *o = find_option(command_globals, name, len);
	bool global = o != NULL;
	const char *value = "";
	const char *names[NAMES_MAX];
	size_t n = 0;
	char *hint;
	int rc;

	if (!o && c)
		o = find_option(c->options, name, len);
	if (!o) {
		for (o = command_globals; o->name; o++)
			names[n++] = o->name;
		for (o = c ? c->options : NULL; o && o->name && n < NAMES_MAX; o++)
			names[n++] = o->name;
		hint = xasprintf("%.*s", (int)len, name);
		char *near = meant("--", hint, names, n);
		rc = usage(p, "%s has no option --%s%sclusterset help %s",
		    c ? c->words : "clusterset", hint, near, c ? c->words : "options");
		free(near);
		free(hint);
		return rc;
	}
	if (!o->value && equals)
		return usage(p, "--%s takes no value", o->name);
	if (o->value && !(value = value_of(p, o, equals)))
		return -1;
	if (o->value && o->complete == COMPLETE_WORDS && !one_of(o->words, value))
		return usage(
		    p, "--%s is one of: %s; not '%s'", o->name, o->words, value);
	if (global)
		return take_global(p, o, value);
	if (p->cli->ngiven == CLI_ARGUMENTS_MAX)
		return usage(p, "too many options");
	if (!o->many && option_given(p->cli, o->name))
		return usage(p, "--%s is given twice", o->name);
	p->cli->given_name[p->cli->ngiven] = o->name;
	p->cli->given_value[p->cli->ngiven++] = value;
	return 0;
}

/* One of Net-SNMP's letters, and its value, for snmp_open_session(). */
static int
take_letter(struct parse *p)
{
	struct cli *cli = p->cli;
	char *argument = p->argv[p->at];
	const char *letter = strchr(command_snmp_letters, argument[1]);

	if (argument[1] == 'h' && !argument[2])
		return take_global(p, find_option(command_globals, "help", 4), "");
	if (argument[1] == 'V' && !argument[2])
		return take_global(p, find_option(command_globals, "version", 7), "");
	if (!letter || argument[1] == ':')
		return usage(p,
		    "no option %s: one-letter options are those of snmpcmd(1), all "
		    "others "
		    "have long names; see clusterset help",
		    argument);
	if (cli->snmp_argc + 2 >= CLI_ARGUMENTS_MAX)
		return usage(p, "too many options");
	cli->snmp_argv[cli->snmp_argc++] = argument;
	if (letter[1] == ':' && !argument[2]) {
		if (p->at + 1 >= p->argc)
			return usage(p, "%s wants a value, see snmpcmd(1)", argument);
		cli->snmp_argv[cli->snmp_argc++] = p->argv[++p->at];
	}
	return 0;
}

/* --- which command --------------------------------------------------------- */

/*
 * The words in front that name a command, the most of them; an option that stands
 * between them ends the name. Leaves p->at behind them.
 */
static int
find_command(struct parse *p)
{
	char name[128] = "";
	const struct command *found = NULL, *c;
	int n, end = p->at;
	struct names names = { 0 };
	char *hint;
	int rc;

	for (n = 0; n < WORDS_MAX && p->at + n < p->argc; n++) {
		const char *word = p->argv[p->at + n];
		size_t len = strlen(name);

		if (word[0] == '-' || len + strlen(word) + 2 > sizeof(name))
			break;
		snprintf(name + len, sizeof(name) - len, "%s%s", n ? " " : "", word);
		c = command_find(name);
		if (c) {
			found = c;
			end = p->at + n + 1;
		}
	}
	if (!found) {
		const char *next = p->at + 1 < p->argc ? p->argv[p->at + 1] : "-";
		const char *likely =
		    by_verb(p->argv[p->at], next[0] == '-' ? NULL : next);

		if (likely)
			return usage(p,
			    "there is no command '%s'; did you mean %s? See "
			    "clusterset help %s",
			    p->argv[p->at], likely, likely);
	}
	if (!found && is_noun(p->argv[p->at])) {
		const char *noun = p->argv[p->at];
		const char *verb = p->at + 1 < p->argc ? p->argv[p->at + 1] : NULL;

		snprintf(name, sizeof(name), "%s list", noun);
		found = command_find(name);
		end = p->at + 1;
		if ((verb && verb[0] != '-') || !found) {
			names.noun = noun;
			command_each(collect, &names);
			hint = meant("", verb && verb[0] != '-' ? verb : "list",
			    names.name, names.n);
			rc = usage(p, "%s %s%s%sclusterset help %s", noun,
			    verb && verb[0] != '-' ? "has no " : "wants one more word",
			    verb && verb[0] != '-' ? verb : "", hint, noun);
			free(hint);
			return rc;
		}
	}
	if (!found) {
		command_each(collect, &names);
		for (size_t i = 0; i < names.n; i++) /* nouns are near, too */
			names.name[i] =
			    xstrndup(names.name[i], strcspn(names.name[i], " "));
		hint = meant("", p->argv[p->at], names.name, names.n);
		rc = usage(p, "there is no command '%s'%sclusterset help",
		    p->argv[p->at], hint);
		free(hint);
		for (size_t i = 0; i < names.n; i++)
			free((char *)(uintptr_t)names.name[i]);
		return rc;
	}
	p->cli->command = found;
	p->at = end;
	return 0;
}

/* All that are missing at once: nobody likes to be asked one by one. */
static int
check_required(struct parse *p, const struct command *c)
{
	const struct command_option *o;
	char *missing = NULL, *more;
	int n = 0, code;

	for (o = c->options; o && o->name; o++) {
		if (!o->required || option_given(p->cli, o->name))
			continue;
		more = xasprintf("%s%s--%s%s%s", n ? missing : "", n ? " and " : "",
		    o->name, o->value ? " " : "", o->value ? o->value : "");
		free(missing);
		missing = more;
		n++;
	}
	if (n == 0)
		return 0;
	code = usage(p, "%s: %s %s missing; see clusterset help %s", c->words, missing,
	    n == 1 ? "is" : "are", c->words);
	free(missing);
	return code;
}

/* Do arguments and options fit the command's row? */
static int
check_call(struct parse *p)
{
	const struct cli *cli = p->cli;
	const struct command *c = cli->command;
	const struct command_argument *a;
	size_t n = 0;
	bool many = false;

	for (a = c->arguments; a && a->name; a++, n++) {
		if (n >= cli->narguments && !a->optional) {
			char *synopsis = command_synopsis(c);
			int rc = usage(p, "%s: %s is missing: clusterset %s", c->words,
			    a->name, synopsis);

			free(synopsis);
			return rc;
		}
		if (n < cli->narguments && a->complete == COMPLETE_WORDS &&
		    !one_of(a->words, cli->arguments[n]))
			return usage(p, "%s: %s is one of: %s; not '%s'", c->words,
			    a->name, a->words, cli->arguments[n]);
		many = a->many;
	}
	if (cli->narguments > n && !many)
		return usage(p,
		    "%s: '%s' is one argument too many; see clusterset help %s",
		    c->words, cli->arguments[n], c->words);
	return check_required(p, c);
}

static int
take_all(struct parse *p)
{
	bool options = true;

	for (p->at = 1; p->at < p->argc; p->at++) {
		const char *argument = p->argv[p->at];

		if (options && strcmp(argument, "--") == 0) {
			options = false;
			continue;
		}
		if (options && strncmp(argument, "--", 2) == 0) {
			if (take_long(p))
				return -1;
			continue;
		}
		if (options && argument[0] == '-' && argument[1]) {
			if (take_letter(p))
				return -1;
			continue;
		}
		if (!p->cli->command) {
			if (find_command(p))
				return -1;
			p->at--;
			continue;
		}
		if (p->cli->narguments == CLI_ARGUMENTS_MAX)
			return usage(p, "too many arguments");
		p->cli->arguments[p->cli->narguments++] = argument;
	}
	return 0;
}

/* Does the call ask for JSON anywhere? Then a mistake in front of that is told so, too.
 */
static bool
wants_json(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--json") == 0 ||
		    strcmp(argv[i], "--output=json") == 0 ||
		    (strcmp(argv[i], "--output") == 0 && i + 1 < argc &&
		        strcmp(argv[i + 1], "json") == 0))
			return true;
	return false;
}

int
cli_parse(struct cli *cli, int argc, char **argv, int *code)
{
	struct parse p = { .cli = cli, .argc = argc, .argv = argv, .code = EXIT_USAGE };
	const char *peer = getenv("CLUSTERSET_AGENT");
	int rc;

	cli->peer = peer && *peer ? peer : "localhost";
	if (wants_json(argc, argv))
		cli->out.format = OUT_JSON;
	rc = take_all(&p);
	out_init(&cli->out, stdout, cli->out.format, p.colour ? p.colour : "auto");
	out_init(&cli->err, stderr, OUT_SCREEN, p.colour ? p.colour : "auto");
	*code = p.code;
	if (rc)
		return 1;
	if (p.version) {
		puts("clusterset " PACKAGE_VERSION);
		*code = EXIT_DONE;
		return 1;
	}
	if (p.help || !cli->command) {
		*code = help_show(cli, cli->command);
		if (!p.help)
			*code = EXIT_USAGE;
		return 1;
	}
	if (check_call(&p)) {
		*code = p.code;
		return 1;
	}
	return 0;
}

/* --- what a command asks of its call
 * -------------------------------------------------- */

bool
option_given(const struct cli *cli, const char *name)
{
	return option_value(cli, name) != NULL;
}

const char *
option_value(const struct cli *cli, const char *name)
{
	size_t i = cli->ngiven;

	while (i-- > 0)
		if (strcmp(cli->given_name[i], name) == 0)
			return cli->given_value[i];
	return NULL;
}

size_t
option_values(const struct cli *cli, const char *name, const char **values, size_t max)
{
	size_t i, n = 0;

	for (i = 0; i < cli->ngiven && n < max; i++)
		if (strcmp(cli->given_name[i], name) == 0)
			values[n++] = cli->given_value[i];
	return n;
}

long
option_number(
    const struct cli *cli, const char *name, long min, long max, long otherwise)
{
	const char *text = option_value(cli, name);
	char *end;
	long number;

	if (!text)
		return otherwise;
	errno = 0;
	number = strtol(text, &end, 10);
	if (errno || end == text || *end || number < min || number > max)
		exit(cli_fail((struct cli *)(uintptr_t)cli, EXIT_USAGE,
		    "--%s wants a number from %ld to %ld, not '%s'", name, min, max,
		    text));
	return number;
}

const char *
argument(const struct cli *cli, size_t i)
{
	return i < cli->narguments ? cli->arguments[i] : NULL;
}
