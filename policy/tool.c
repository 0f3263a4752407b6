/*
 * SPDX-License-Identifier: Apache-2.0
 * clusterset-plan: options, files, and the planner between them; see tool.h.
 */
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "policy/plan_file.h"
#include "policy/tool.h"

struct options {
	const char *file, *util, *explain, *measure;
	bool ganeti, json, swaps;
	double max_moves, max_gib, seed, kicks, work, budget,
	    min_gain; /* < 0: not given */
};

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
	OPT_VERSION
};

static void
usage(FILE *out)
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
parse(int argc, char **argv, struct options *o)
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
		{ "version", no_argument, NULL, OPT_VERSION }, { NULL, 0, NULL, 0 } };
	const char *ganeti = NULL;
	int c, rc = 0;

	*o = (struct options) { .max_moves = -1,
		.max_gib = -1,
		.seed = -1,
		.kicks = -1,
		.work = -1,
		.budget = -1,
		.min_gain = -1 };
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
			usage(stdout);
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
	return 0;
}

/* The file as text. -1 and words when it cannot be had. */
static int
read_file(const char *file, char **text, size_t *len, char **cause)
{
	FILE *f = strcmp(file, "-") == 0 ? stdin : fopen(file, "re");
	size_t cap = 65536, n = 0, got;
	int rc = -1;

	*text = NULL;
	if (f == NULL)
		return cause_set(cause, "%s: %s", file, strerror(errno));
	*text = xmalloc(cap);
	while ((got = fread(*text + n, 1, cap - n, f)) > 0) {
		n += got;
		if (n > PLAN_TEXT_MAX)
			break;
		if (n == cap) {
			cap *= 2;
			*text = xreallocarray(*text, cap, 1);
		}
	}
	*len = n;
	if (ferror(f))
		cause_set(cause, "%s: %s", file, strerror(errno));
	else if (n > PLAN_TEXT_MAX)
		cause_set(cause, "%s: more than %zu MiB; plan in parts", file,
		    PLAN_TEXT_MAX >> 20);
	else
		rc = 0;
	if (f != stdin)
		fclose(f);
	return rc;
}

static struct plan_input *
read_input(const struct options *o, char **cause)
{
	struct plan_input *in = NULL;
	char *text = NULL;
	size_t len;

	if (read_file(o->file, &text, &len, cause) != 0)
		goto out;
	in = o->ganeti ? plan_ganeti_parse(text, len, o->file, cause)
	               : plan_json_parse(text, len, o->file, cause);
	xfree_clear(&text);
	if (in == NULL || o->util == NULL)
		goto out;
	if (read_file(o->util, &text, &len, cause) != 0 ||
	    plan_ganeti_util(in, text, len, o->util, cause) != 0) {
		plan_input_free(in);
		in = NULL;
	}
out:
	free(text);
	return in;
}

static bool
is_late(void *arg)
{
	const int64_t *end = arg;

	return clock_us() >= *end;
}

static void
use_options(const struct options *o, struct plan_settings *s, int64_t *end)
{
	if (o->measure != NULL && o->ganeti && strcmp(o->measure, "set") == 0)
		plan_settings_default(s);
	s->swaps = o->swaps;
	if (o->kicks >= 0)
		s->kicks = (uint64_t)o->kicks;
	if (o->max_moves >= 0)
		s->max_moves = (size_t)o->max_moves;
	if (o->max_gib >= 0)
		s->max_memory = (int64_t)(o->max_gib * 1024);
	if (o->min_gain >= 0)
		s->min_gain = o->min_gain;
	if (o->seed >= 0)
		s->seed = (uint64_t)o->seed;
	if (o->work >= 0)
		s->work = (uint64_t)o->work;
	if (o->budget >= 0) {
		*end = clock_us() + (int64_t)(o->budget * 1e6);
		s->stop = is_late;
		s->stop_arg = end;
	}
}

/* --max-moves 0 and its like mean nothing at all, where the planner's 0 is "no limit".
 */
static bool
allows_nothing(const struct options *o)
{
	return (o->max_moves >= 0 && o->max_moves < 1) || o->max_gib == 0 ||
	    o->work == 0;
}

static int
explain(const struct options *o, const struct plan_input *in, const struct plan *p)
{
	struct plan_why *why;
	char *shown;
	size_t i;

	for (i = 0; i < in->nvms && strcmp(in->vms[i].name, o->explain) != 0; i++)
		;
	if (i == in->nvms) {
		shown = text_vis(o->explain, PLAN_NAME_MAX);
		fprintf(stderr, "clusterset-plan: %s: there is no VM '%s' in it\n",
		    o->file, shown);
		free(shown);
		return 1;
	}
	why = plan_explain(in, p, (int)i);
	if (o->json)
		report_why_json(stdout, in, why, (int)i);
	else
		report_why(stdout, in, why);
	plan_why_free(why);
	return 0;
}

int
plan_tool_run(int argc, char **argv)
{
	struct plan_input *in = NULL;
	struct plan *p = NULL;
	struct options o;
	char *cause = NULL;
	int64_t end = 0, begin;
	int rc = 0;

	if (parse(argc, argv, &o) != 0) {
		usage(stderr);
		return 2;
	}
	if (allows_nothing(&o)) {
		fputs("clusterset-plan: --max-moves, --max-gib and --work begin at 1\n",
		    stderr);
		return 2;
	}
	in = read_input(&o, &cause);
	if (in == NULL) {
		fprintf(stderr, "clusterset-plan: %s\n", cause);
		rc = 1;
		goto out;
	}
	begin = clock_us();
	use_options(&o, &in->settings, &end);
	p = plan_make(in);
	if (o.explain != NULL)
		rc = explain(&o, in, p);
	else if (o.json)
		report_plan_json(stdout, in, p, (double)(clock_us() - begin) / 1e6);
	else
		report_plan(stdout, in, p);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fprintf(
		    stderr, "clusterset-plan: standard output: %s\n", strerror(errno));
		rc = 1;
	}
out:
	free(cause);
	plan_free(p);
	plan_input_free(in);
	return rc;
}
