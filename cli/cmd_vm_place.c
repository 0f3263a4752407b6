/*
 * SPDX-License-Identifier: Apache-2.0
 * `clusterset vm place`: where a new VM fits best, or one that exists.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/act.h"
#include "cli/names.h"
#include "cli/place.h"

enum { SHOWN = 10 };

/* A new VM has no size but the one that is told. */
static int
check_size(struct cli *cli, const struct place *p)
{
	if (p->vm || (p->cpus && p->memory))
		return 0;
	return cli_fail(cli, EXIT_USAGE,
	    "%s%s%s %s missing: a new VM has the size that you say (of one that exists "
	    "give the name)",
	    p->cpus ? "" : "--cpus N", p->cpus || p->memory ? "" : " and ",
	    p->memory ? "" : "--memory MIB", p->cpus || p->memory ? "is" : "are");
}

int
place_run(struct cli *cli)
{
	const char *vm = argument(cli, 0), *set = option_value(cli, "availability-set");
	struct place p = { .owner = names_owner(cli, option_value(cli, "owner")),
		.cpus = option_number(cli, "cpus", 1, 4096, 0),
		.memory = option_number(cli, "memory", 1, 268435456, 0) };
	int code = p.owner ? 0 : EXIT_USAGE;

	if (!code && !vm)
		code = check_size(cli, &p);
	if (!code && vm)
		code = names_vm(cli, vm, &p.vm);
	if (!code && set)
		code = names_find(cli, csAvailSetTable, csAvailSetName,
		    "availability set", "availability-set list", set, &p.set);
	if (!code)
		code = place_ask(cli, &p);
	if (code)
		goto out;
	if (cli->out.format == OUT_SCREEN) {
		place_print(cli, &p, option_given(cli, "all") ? 0 : SHOWN, NULL);
		if (!place_found(&p))
			act_warn(cli, "there is no place for it: %s", p.text);
		else if (*p.text != '\0')
			out_wrapped(&cli->out, "", p.text);
	} else {
		act_document(cli, "placement", place_json(&p));
	}
	if (!place_found(&p))
		code = EXIT_FAILED;
out:
	place_clear(&p);
	return code;
}

static const struct command_argument arguments[] = {
	{ .name = "VM",
	    .complete = COMPLETE_VM,
	    .optional = true,
	    .text = "One that exists; without it the question is about a new one." },
	{ .name = NULL },
};
const struct command_option place_options[] = {
	{ .name = "cpus",
	    .value = "N",
	    .text = "Its processors. A VM that exists has its own." },
	{ .name = "memory",
	    .value = "MIB",
	    .text = "Its memory. A VM that exists has its own." },
	{ .name = "availability-set",
	    .value = "NAME",
	    .complete = COMPLETE_AVAILABILITY_SET,
	    .text = "The set that it will belong to." },
	{ .name = "all", .text = "All places, not the first ten of each kind." },
	{ .name = "owner",
	    .value = "NAME",
	    .text = "In whose name it is asked, instead of your login name." },
	{ .name = NULL },
};

const struct command cmd_vm_place[] = {
	{ .words = "vm place",
	    .summary = "ask where a VM fits best",
	    .text =
	        "Ranked places for so many processors and so much memory, the best "
	        "first, then the nodes that are not possible and what is in the way. "
	        "Nothing is reserved, and nothing is moved. Exit code 1 when there is "
	        "no place.\n\n"
	        "A node counts only where its load and its memory are known: see "
	        "clusterset node list, and the sections load and clusters of "
	        "clusterset.conf(5).",
	    .examples = "clusterset vm place --cpus 4 --memory 8192 # for a new one\n"
	                "clusterset vm place --cpus 2 --memory 4096 "
	                "--availability-set front\n"
	                "clusterset vm place web1 # for one that exists",
	    .arguments = arguments,
	    .options = place_options,
	    .run = place_run },
	{ .words = NULL },
};
