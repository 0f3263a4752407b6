/*
 * SPDX-License-Identifier: Apache-2.0
 * clusterset-plan's command line; see tool_options.h.
 */
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "policy/tool_options.h"

enum {
	OPT_MEASURE = 256,
	OPT_SWAPS,
	OPT_KICKS,
	OPT_MAX_MOVES,
	OPT_MAX_GIB,
	OPT_MIN_GAIN,
	OPT_SEED,
	OPT_WORK,
	OPT_BUDGET,
	OPT_WHERE,
	OPT_CPUS,
	OPT_MEMORY,
	OPT_LOAD,
	OPT_SET,
	OPT_SITE,
	OPT_VERSION
};

void
tool_usage(FILE *out)
{
	fputs(
	    "usage: clusterset-plan [options] FILE\n"
	    "       clusterset-plan [options] -t FILE [-U FILE]\n"
	    "Who should run where, and in which order to get there. Nothing is "
	    "contacted.\n"
	    "\n"
	    "  -t, --ganeti FILE   read what hbal -t reads (and not our JSON)\n"
	    "  -U, --util FILE     loads for it, as hbal -U reads them\n"
	    "      --measure WORD  what balance means: set, or hbal (the default with "
	    "-t)\n"
	    "  -e, --explain VM    why this VM moves or stays, and what of every node\n"
	    "      --where         where should a new VM go: every node, the best "
	    "first\n"
	    "      --cpus N        its vCPUs (1)\n"
	    "      --memory MIB    its memory in MiB (1024)\n"
	    "      --load X        CPUs that it will use (0.3 of each vCPU)\n"
	    "      --availability-set NAME   it will belong to\n"
	    "      --site CLUSTER  it may run there; may be given several times\n"
	    "  -j, --json          one JSON document\n"
	    "      --swaps         exchange VMs where single moves are stuck\n"
	    "      --kicks N       disturb and improve N times: better, and slower\n"
	    "      --max-moves N   VMs that may move\n"
	    "      --max-gib N     memory that may move\n"
	    "      --min-gain X    what a move must bring beyond its cost\n"
	    "      --seed N        another order of trying; the same plan for the same "
	    "seed\n"
	    "      --work N        stop after N tries with the best so far\n"
	    "      --budget S      stop after S seconds with the best so far\n"
	    "      --version\n"
	    "  -h, --help          this\n"
	    "Manual: clusterset-plan(1).\n",
	    out);
}

/* A number from 0 to most. */
static int
option_number(const char *name, const char *s, double most, double *value)
{
	char *end, *shown;

	errno = 0;
	*value = strtod(s, &end);
	if (end != s && *end == '\0' && errno == 0 && *value >= 0 && *value <= most)
		return 0;
	shown = text_vis(s, 40);
	fprintf(stderr, "clusterset-plan: --%s: '%s' is no number from 0 to %g\n", name,
	    shown, most);
	free(shown);
	return -1;
}

static int
add_site(struct options *o, const char *name)
{
	if (o->nsites == TOOL_SITES_MAX) {
		fprintf(stderr, "clusterset-plan: --site: %d are possible\n",
		    TOOL_SITES_MAX);
		return -1;
	}
	o->sites[o->nsites++] = name;
	return 0;
}

/* Do the options fit together? */
static int
check_options(const struct options *o)
{
	if (o->util != NULL && !o->ganeti) {
		fputs("clusterset-plan: -U belongs to -t\n", stderr);
		return -1;
	}
	if (o->measure != NULL && strcmp(o->measure, "set") != 0 &&
	    strcmp(o->measure, "hbal") != 0) {
		fputs("clusterset-plan: --measure is set or hbal\n", stderr);
		return -1;
	}
	if (o->measure != NULL && !o->ganeti && strcmp(o->measure, "hbal") == 0) {
		fputs("clusterset-plan: --measure hbal needs what hbal reads (-t)\n",
		    stderr);
		return -1;
	}
	if (!o->where &&
	    (o->cpus >= 0 || o->memory >= 0 || o->load >= 0 || o->set != NULL ||
	        o->nsites > 0)) {
		fputs("clusterset-plan: --cpus, --memory, --load, --availability-set "
		      "and --site belong to --where\n",
		    stderr);
		return -1;
	}
	if (o->where && o->explain != NULL) {
		fputs("clusterset-plan: --where or --explain, one of them\n", stderr);
		return -1;
	}
	return 0;
}

int
tool_options_parse(int argc, char **argv, struct options *o)
{
	static const struct option table[] = { { "ganeti", required_argument, NULL,
		                                   't' },
		{ "util", required_argument, NULL, 'U' },
		{ "measure", required_argument, NULL, OPT_MEASURE },
		{ "explain", required_argument, NULL, 'e' },
		{ "json", no_argument, NULL, 'j' }, { "help", no_argument, NULL, 'h' },
		{ "swaps", no_argument, NULL, OPT_SWAPS },
		{ "kicks", required_argument, NULL, OPT_KICKS },
		{ "max-moves", required_argument, NULL, OPT_MAX_MOVES },
		{ "max-gib", required_argument, NULL, OPT_MAX_GIB },
		{ "min-gain", required_argument, NULL, OPT_MIN_GAIN },
		{ "seed", required_argument, NULL, OPT_SEED },
		{ "work", required_argument, NULL, OPT_WORK },
		{ "budget", required_argument, NULL, OPT_BUDGET },
		{ "where", no_argument, NULL, OPT_WHERE },
		{ "cpus", required_argument, NULL, OPT_CPUS },
		{ "memory", required_argument, NULL, OPT_MEMORY },
		{ "load", required_argument, NULL, OPT_LOAD },
		{ "availability-set", required_argument, NULL, OPT_SET },
		{ "site", required_argument, NULL, OPT_SITE },
		{ "version", no_argument, NULL, OPT_VERSION }, { NULL, 0, NULL, 0 } };
	const char *ganeti = NULL;
	int c, rc = 0;

	*o = (struct options) { .max_moves = -1,
		.max_gib = -1,
		.seed = -1,
		.kicks = -1,
		.work = -1,
		.budget = -1,
		.min_gain = -1,
		.cpus = -1,
		.memory = -1,
		.load = -1 };
	while (
	    rc == 0 && (c = getopt_long(argc, argv, "t:U:e:jh", table, NULL)) != -1) {
		switch (c) {
		case 't':
			ganeti = optarg;
			break;
		case 'U':
			o->util = optarg;
			break;
		case 'e':
			o->explain = optarg;
			break;
		case 'j':
			o->json = true;
			break;
		case 'h':
			tool_usage(stdout);
			exit(0);
		case OPT_VERSION:
			puts("clusterset-plan " PACKAGE_VERSION);
			exit(0);
		case OPT_MEASURE:
			o->measure = optarg;
			break;
		case OPT_SWAPS:
			o->swaps = true;
			break;
		case OPT_KICKS:
			rc = option_number("kicks", optarg, 1e9, &o->kicks);
			break;
		case OPT_MAX_MOVES:
			rc = option_number("max-moves", optarg, 1e9, &o->max_moves);
			break;
		case OPT_MAX_GIB:
			rc = option_number("max-gib", optarg, 1e9, &o->max_gib);
			break;
		case OPT_MIN_GAIN:
			rc = option_number("min-gain", optarg, 1000, &o->min_gain);
			break;
		case OPT_SEED:
			rc = option_number("seed", optarg, 1e15, &o->seed);
			break;
		case OPT_WORK:
			rc = option_number("work", optarg, 1e15, &o->work);
			break;
		case OPT_BUDGET:
			rc = option_number("budget", optarg, 1e9, &o->budget);
			break;
		case OPT_WHERE:
			o->where = true;
			break;
		case OPT_CPUS:
			rc = option_number("cpus", optarg, 1e6, &o->cpus);
			break;
		case OPT_MEMORY:
			rc = option_number("memory", optarg, 1e12, &o->memory);
			break;
		case OPT_LOAD:
			rc = option_number("load", optarg, 1e6, &o->load);
			break;
		case OPT_SET:
			o->set = optarg;
			break;
		case OPT_SITE:
			rc = add_site(o, optarg);
			break;
		default:
			rc = -1;
		}
	}
	if (rc != 0)
		return -1;
	o->ganeti = ganeti != NULL;
	o->file = ganeti != NULL ? ganeti : argv[optind];
	if (argc - optind != (o->ganeti ? 0 : 1)) {
		fputs("clusterset-plan: one file is wanted, or -t FILE\n", stderr);
		return -1;
	}
	return check_options(o);
}
