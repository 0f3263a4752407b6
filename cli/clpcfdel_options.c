/*
 * SPDX-License-Identifier: Apache-2.0
 * The command line of clpcfdel; see clpcfdel.h.
 */
#include "config.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/clpcfdel.h"

enum { OPT_MONITORS = 256, OPT_DEPENDS, OPT_EMPTY, OPT_VCOM, OPT_MEND };

static const struct option options[] = {
	{ "file", required_argument, NULL, 'f' },
	{ "scripts", required_argument, NULL, 's' },
	{ "dry-run", no_argument, NULL, 'n' },
	{ "output", required_argument, NULL, 'o' },
	{ "monitors", required_argument, NULL, OPT_MONITORS },
	{ "depends", required_argument, NULL, OPT_DEPENDS },
	{ "empty-group", required_argument, NULL, OPT_EMPTY },
	{ "vcom", required_argument, NULL, OPT_VCOM },
	{ "mend", no_argument, NULL, OPT_MEND },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static const char help[] =
    "usage: clpcfdel [options] rsc GROUP TYPE NAME           a resource\n"
    "       clpcfdel [options] rscdep TYPE NAME DEPENDS_ON   a dependency\n"
    "       clpcfdel [options] mon TYPE NAME                 a monitor\n"
    "       clpcfdel [options] grp NAME                      a group and all in it\n"
    "       clpcfdel [-f FILE] check                         does the file hold?\n"
    "       clpcfdel [-f FILE] list                          what could be deleted\n"
    "Deletes from a clp.conf of EXPRESSCLUSTER X, with everything that refers to it.\n"
    "\n"
    "  -f, --file FILE      the file (clp.conf in this directory)\n"
    "  -n, --dry-run        change nothing: show the difference and what it means\n"
    "  -o, --output FILE    write the result there and leave the file alone\n"
    "  -s, --scripts DIR    where scripts are (`scripts' beside the file); those of\n"
    "                       what is deleted are moved aside, not erased\n"
    "      --monitors HOW   monitors that refer to it: own (delete those that exist\n"
    "                       for it alone, refuse for others; this is the default),\n"
    "                       delete, retarget, refuse\n"
    "      --depends HOW    resources that depend on it: inherit (what it depended\n"
    "                       on; default), none, default, refuse\n"
    "      --empty-group HOW  a group that loses its last resource: keep (default),\n"
    "                       delete, refuse\n"
    "      --vcom HOW       virtual computer names on its address: refuse (default),\n"
    "                       delete\n"
    "      --mend           go on although `check' finds mistakes; puts counts right\n"
    "  -h, --help; -V, --version\n"
    "\n"
    "TYPE is ECX's: exec, script, md, disk, sd, fip, vm, genw, mdw...\n"
    "Exit: 0 done, 1 failed or check found something, 2 usage, 4 refused.\n"
    "See clpcfdel(1).\n";

static int wrong(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static int
wrong(const char *fmt, ...)
{
	va_list ap;

	fputs("clpcfdel: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputs("\nclpcfdel --help says what there is.\n", stderr);
	return CLPCFDEL_USAGE;
}

/* The index of a word in a list that ends with NULL, as an enum has it; -1. */
static int
choice(const char *option, const char *word, const char *const *words)
{
	char *all = xstrdup(""), *longer;
	int i;

	for (i = 0; words[i] != NULL; i++) {
		if (strcmp(word, words[i]) == 0) {
			free(all);
			return i;
		}
		longer = xasprintf("%s%s%s", all, i == 0 ? "" : ", ", words[i]);
		free(all);
		all = longer;
	}
	wrong("--%s knows no \"%s\", but %s", option, word, all);
	free(all);
	return -1;
}

static int
option_how(struct clpconf_request *q, int c, const char *word)
{
	static const char *const monitors[] = { "own", "delete", "retarget", "refuse",
		NULL };
	static const char *const depends[] = { "inherit", "none", "default", "refuse",
		NULL };
	static const char *const empty[] = { "keep", "delete", "refuse", NULL };
	static const char *const vcom[] = { "refuse", "delete", NULL };
	int i;

	switch (c) {
	case OPT_MONITORS:
		i = choice("monitors", word, monitors);
		q->monitors = (enum clpconf_monitors)(i < 0 ? 0 : i);
		break;
	case OPT_DEPENDS:
		i = choice("depends", word, depends);
		q->depends = (enum clpconf_depends)(i < 0 ? 0 : i);
		break;
	case OPT_EMPTY:
		i = choice("empty-group", word, empty);
		q->empty = (enum clpconf_empty)(i < 0 ? 0 : i);
		break;
	default:
		i = choice("vcom", word, vcom);
		q->vcom = (enum clpconf_vcom)(i < 0 ? 0 : i);
		break;
	}
	return i < 0 ? -1 : 0;
}

/* The command and its words. */
static int
command(struct clpcfdel *p, int argc, char **argv)
{
	static const struct {
		const char *word, *wants;
		int n;
		enum clpcfdel_action action;
		enum clpconf_what what;
	} commands[] = {
		{ "rsc", "GROUP TYPE NAME", 3, CLPCFDEL_DELETE, CLPCONF_RSC },
		{ "rscdep", "TYPE NAME DEPENDS_ON", 3, CLPCFDEL_DELETE,
		    CLPCONF_RSCDEP },
		{ "mon", "TYPE NAME", 2, CLPCFDEL_DELETE, CLPCONF_MON },
		{ "grp", "NAME", 1, CLPCFDEL_DELETE, CLPCONF_GRP },
		{ "check", "no more words", 0, CLPCFDEL_CHECK, CLPCONF_RSC },
		{ "list", "no more words", 0, CLPCFDEL_LIST, CLPCONF_RSC },
	};
	struct clpconf_request *q = &p->request;
	size_t i;

	if (argc == 0)
		return wrong(
		    "what is to be done? rsc, rscdep, mon, grp, check or list");
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(argv[0], commands[i].word) == 0)
			break;
	if (i == sizeof(commands) / sizeof(commands[0]))
		return wrong(
		    "there is no command \"%s\": rsc, rscdep, mon, grp, check or "
		    "list",
		    argv[0]);
	if (argc - 1 != commands[i].n)
		return wrong("%s wants %s, and got %d word%s", argv[0],
		    commands[i].wants, argc - 1, argc == 2 ? "" : "s");
	p->action = commands[i].action;
	q->what = commands[i].what;
	argv++;
	if (q->what == CLPCONF_RSC && p->action == CLPCFDEL_DELETE)
		q->group = *argv++;
	if (q->what != CLPCONF_GRP && p->action == CLPCFDEL_DELETE)
		q->type = *argv++;
	if (p->action == CLPCFDEL_DELETE)
		q->name = *argv++;
	if (q->what == CLPCONF_RSCDEP)
		q->on = *argv;
	if (p->action != CLPCFDEL_DELETE &&
	    (p->dry_run || p->output != NULL || p->scripts != NULL || q->mend))
		return wrong("%s changes nothing: it takes -f only", commands[i].word);
	return -1;
}

int
clpcfdel_options(struct clpcfdel *p, int argc, char **argv)
{
	static char name[] = "clpcfdel";
	int c;

	memset(p, 0, sizeof(*p));
	if (argc > 0)
		argv[0] = name; /* as getopt_long() calls us */
	p->file = "clp.conf";
	while ((c = getopt_long(argc, argv, "f:s:no:hV", options, NULL)) != -1)
		switch (c) {
		case 'f':
			p->file = optarg;
			p->file_said = true;
			break;
		case 's':
			p->scripts = optarg;
			break;
		case 'n':
			p->dry_run = true;
			break;
		case 'o':
			p->output = optarg;
			break;
		case OPT_MONITORS:
		case OPT_DEPENDS:
		case OPT_EMPTY:
		case OPT_VCOM:
			if (option_how(&p->request, c, optarg) != 0)
				return CLPCFDEL_USAGE;
			break;
		case OPT_MEND:
			p->request.mend = true;
			break;
		case 'h':
			fputs(help, stdout);
			return CLPCFDEL_DONE;
		case 'V':
			printf("clpcfdel %s\n", PACKAGE_VERSION);
			return CLPCFDEL_DONE;
		default:
			fputs("clpcfdel --help says what there is.\n", stderr);
			return CLPCFDEL_USAGE;
		}
	return command(p, argc - optind, argv + optind);
}
