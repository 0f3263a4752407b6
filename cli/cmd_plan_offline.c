/*
 * SPDX-License-Identifier: Apache-2.0
 * `clusterset plan offline`: the planner on a file, without a set: clusterset-plan's
 * own code under this command's roof.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/act.h"
#include "cli/command.h"
#include "policy/tool.h"

enum { WORDS_MAX = 2 * CLI_ARGUMENTS_MAX + 8 };

static const struct command_argument arguments[] = {
	{ .name = "FILE",
	    .complete = COMPLETE_FILE,
	    .text = "A set as JSON, as clusterset-plan(1) describes it, or with "
	            "--ganeti what hbal -t reads. - is standard input." },
	{ .name = NULL },
};

/* By the names of clusterset-plan, to which they go as they are. */
static const struct command_option options[] = {
	{ .name = "explain",
	    .value = "VM",
	    .text =
	        "Why this VM moves or stays, and what every node would mean to it." },
	{ .name = "where", .text = "Where a new VM should go, in place of a plan." },
	{ .name = "cpus", .value = "N", .text = "Its vCPUs; 1 when it is not given." },
	{ .name = "memory",
	    .value = "MIB",
	    .text = "Its memory in MiB; 1024 when it is not given." },
	{ .name = "load",
	    .value = "X",
	    .text =
	        "The CPUs that it will use; 0.3 of each vCPU when it is not given." },
	{ .name = "availability-set",
	    .value = "NAME",
	    .text = "The availability set of the file that it will belong to." },
	{ .name = "site",
	    .value = "CLUSTER",
	    .many = true,
	    .text = "A cluster of the file in which it may run." },
	{ .name = "swaps", .text = "Exchange VMs where single moves are stuck." },
	{ .name = "kicks",
	    .value = "N",
	    .text = "Disturb the plan and improve it again so often, and keep what is "
	            "better." },
	{ .name = "max-moves", .value = "N", .text = "VMs that may move." },
	{ .name = "max-gib", .value = "N", .text = "Memory that may move, in GiB." },
	{ .name = "min-gain",
	    .value = "X",
	    .text = "What a move must bring beyond its cost, in shares of a node." },
	{ .name = "seed",
	    .value = "N",
	    .text = "Another order of trying; the same plan for the same seed." },
	{ .name = "work",
	    .value = "N",
	    .text = "Stop after so many tries with the best so far." },
	{ .name = "budget",
	    .value = "SECONDS",
	    .text = "Stop after that time with the best so far." },
	{ .name = "ganeti", .text = "The file is what hbal -t reads." },
	{ .name = "util",
	    .value = "FILE",
	    .complete = COMPLETE_FILE,
	    .text = "Loads that belong to it, as hbal -U reads them." },
	{ .name = "measure",
	    .value = "WORD",
	    .complete = COMPLETE_WORDS,
	    .words = "set hbal",
	    .text = "What balance means; hbal, possible only with --ganeti, is its "
	            "own score." },
	{ .name = NULL },
};

static int
run_offline(struct cli *cli)
{
	const char *file = argument(cli, 0);
	const bool ganeti = option_given(cli, "ganeti");
	const struct command_option *o;
	char *words[WORDS_MAX + 1];
	const char *values[CLI_ARGUMENTS_MAX];
	size_t n = 0, i, k, given;
	int code;

	words[n++] = xstrdup("clusterset plan offline");
	for (o = options; o->name != NULL; o++) {
		if (strcmp(o->name, "ganeti") == 0 || !option_given(cli, o->name))
			continue;
		if (o->value == NULL) {
			words[n++] = xasprintf("--%s", o->name);
			continue;
		}
		given = option_values(cli, o->name, values, CLI_ARGUMENTS_MAX);
		for (k = o->many ? 0 : given - 1; k < given; k++)
			words[n++] = xasprintf("--%s=%s", o->name, values[k]);
	}
	if (cli->out.format != OUT_SCREEN)
		words[n++] = xstrdup("--json");
	words[n++] = ganeti ? xasprintf("--ganeti=%s", file) : xstrdup("--");
	if (!ganeti)
		words[n++] = xstrdup(file);
	words[n] = NULL;
	optind = 0; /* getopt_long(3) of this program was at work before */
	code = plan_tool_run((int)n, words);
	for (i = 0; i < n; i++)
		free(words[i]);
	return code;
}

const struct command cmd_plan_offline[] = {
	{ .words = "plan offline",
	    .summary = "plan from a file, without a set",
	    .text =
	        "Who should run where, and in which order to get there: the planner "
	        "that policies use, on a set described by a file. Nothing is contacted "
	        "and nothing is moved. The same as clusterset-plan(1), which has the "
	        "file's format and says what the figures mean.",
	    .examples =
	        "clusterset plan offline set.json\n"
	        "clusterset plan offline set.json --explain web1\n"
	        "clusterset plan offline set.json --where --cpus 4 --memory 8192",
	    .arguments = arguments,
	    .options = options,
	    .run = run_offline,
	    .local = true },
	{ .words = NULL },
};
