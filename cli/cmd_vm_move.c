/*
 * SPDX-License-Identifier: Apache-2.0
 * `clusterset vm move`: rows of csMoveTable for VMs, all or nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/act.h"
#include "cli/ask.h"
#include "cli/command.h"
#include "cli/names.h"
#include "cli/watch.h"

enum { DRY_RUN_MS = 10000 };

/* Which clusters hold them: for --to /NODE. */
static int
own_clusters(struct cli *cli, const uint32_t *vm, uint32_t *cluster, size_t n)
{
	struct snmp_instance *at = xcalloc(n, sizeof(*at));
	size_t i;
	int code;

	for (i = 0; i < n; i++)
		at[i] =
		    (struct snmp_instance) { .id = csVmCluster, .index = { vm[i] } };
	code = act_get(cli, at, n);
	for (i = 0; !code && i < n; i++) {
		cluster[i] = (uint32_t)at[i].cell.number;
		if (!cluster[i])
			code = cli_fail(cli, EXIT_FAILED,
			    "%s is in no cluster now, so that its node there cannot be "
			    "chosen: say --to CLUSTER/NODE",
			    cli->arguments[i]);
	}
	snmp_free_cells(at, n);
	free(at);
	return code;
}

/* Fills in where each is to go. */
static int
targets(struct cli *cli, const char *to, const uint32_t *vm, struct ask *asks, size_t n)
{
	uint32_t *own = xcalloc(n, sizeof(*own));
	struct names_place place = { 0 };
	size_t i;
	int code = 0;

	if (to[0] == '/')
		code = own_clusters(cli, vm, own, n);
	for (i = 0; !code && i < n; i++) {
		if (i == 0 || (to[0] == '/' && own[i] != own[i - 1])) {
			names_place_free(&place);
			code = names_place(cli, to, own[i], &place);
		}
		asks[i] = (struct ask) {
			.vm = vm[i], .cluster = place.cluster, .node = place.node
		};
	}
	names_place_free(&place);
	free(own);
	return code;
}

/* Reads them; rows that end at once get the time to do so. */
static int
settle(struct cli *cli, struct watch *w, int64_t ms)
{
	char *cause = NULL;
	enum snmp_result result = watch_settle(cli, w, ms, &cause);

	return result == SNMP_DONE ? 0 : cli_fail_snmp(cli, result, &cause);
}

/* What the dry runs say: 0 all possible, 4 one would be refused. */
static int
dry_run(struct cli *cli, struct watch *w)
{
	int code = settle(cli, w, DRY_RUN_MS);
	size_t i;

	if (code)
		return code;
	for (i = 0; i < w->n; i++) {
		const struct watched *m = &w->moves[i];
		const char *text = watch_text(m, WATCH_ERROR);
		int one = watch_state(m) == MOVE_STATE_SUCCEEDED ? EXIT_DONE
		    : watch_ended(m)                             ? EXIT_REFUSED
		                                                 : EXIT_IN_DOUBT;

		if (one == EXIT_DONE)
			act_say(cli, "%s: %s", watch_text(m, WATCH_VM_NAME), text);
		else if (cli->out.format == OUT_SCREEN)
			act_warn(cli, "%s: %s", watch_text(m, WATCH_VM_NAME),
			    one == EXIT_REFUSED ? text
			                        : "no answer to the dry run yet");
		if (one && code != EXIT_REFUSED)
			code = one;
	}
	return code;
}

/* They were accepted, and nobody waits. Some may have ended: nothing to do. */
static int
accepted(struct cli *cli, struct watch *w)
{
	int code = settle(cli, w, 0);
	size_t i;

	for (i = 0; !code && i < w->n; i++) {
		const struct watched *m = &w->moves[i];
		char *text;

		if (watch_ended(m)) {
			text = watch_outcome(cli, m);
			code = watch_code(w, m);
			if (code && cli->out.format == OUT_SCREEN)
				act_warn(cli, "%s", text);
			else
				act_say(cli, "%s", text);
			free(text);
		} else if (*watch_text(m, WATCH_SOURCE))
			act_say(cli,
			    "%s: move %s from %s to %s is accepted; clusterset move "
			    "wait %s follows it",
			    watch_text(m, WATCH_VM_NAME), watch_name(m),
			    watch_text(m, WATCH_SOURCE), watch_text(m, WATCH_TARGET),
			    watch_name(m));
		else
			act_say(cli,
			    "%s: move %s to %s is accepted; clusterset move wait %s "
			    "follows it",
			    watch_text(m, WATCH_VM_NAME), watch_name(m),
			    watch_text(m, WATCH_TARGET), watch_name(m));
	}
	return code;
}

static int
run_move(struct cli *cli)
{
	size_t n = cli->narguments, i;
	uint32_t *vm = xcalloc(n, sizeof(*vm));
	struct ask *asks = xcalloc(n, sizeof(*asks));
	struct ask_how how = { .owner = names_owner(cli, option_value(cli, "owner")),
		.reason = option_value(cli, "reason"),
		.dry_run = option_given(cli, "dry-run"),
		.force = option_given(cli, "force") };
	long timeout = option_number(cli, "timeout", 1, 1000000, 0);
	struct watch w = { 0 };
	char *cause = NULL;
	int code = how.owner ? 0 : EXIT_USAGE;

	if (!code && how.dry_run && option_given(cli, "wait"))
		code = cli_fail(cli, EXIT_USAGE,
		    "vm move: a dry run moves nothing that could be waited for");
	if (!code)
		code = names_vms(cli, cli->arguments, n, vm);
	if (!code)
		code = targets(cli, option_value(cli, "to"), vm, asks, n);
	if (code)
		goto out;
	if (option_given(cli, "wait"))
		watch_catch();
	code = ask_moves(cli, &how, asks, n, &cause);
	if (code) {
		cli_fail(cli, code, "%s%s", cause ? cause : "the SET failed",
		    cause && strstr(cause, "variables in one SET")
		        ? ": all or none is one SET; name fewer VMs, or see clusterset "
		          "cluster drain"
		        : "");
		goto out;
	}
	watch_init(&w, n);
	w.timeout = timeout;
	for (i = 0; i < n; i++) {
		w.moves[i].move = asks[i].move;
		w.moves[i].vm_name = cli->arguments[i];
	}
	code = how.dry_run              ? dry_run(cli, &w)
	    : option_given(cli, "wait") ? watch_moves(cli, &w)
	                                : accepted(cli, &w);
	watch_document(cli, &w);
	watch_free(&w);
out:
	free(cause);
	free(asks);
	free(vm);
	return code;
}

static const struct command_argument arguments[] = {
	{ .name = "VM",
	    .complete = COMPLETE_VM,
	    .many = true,
	    .text = "Several VMs are moved all or none." },
	{ .name = NULL },
};

static const struct command_option options[] = {
	{ .name = "to",
	    .value = "CLUSTER[/NODE]",
	    .complete = COMPLETE_PLACE,
	    .text = "Where to. Without a node clusterset takes the one that is online, "
	            "not in maintenance and runs the fewest VMs. /NODE alone is a node "
	            "of the cluster where the VM is.",
	    .required = true },
	WATCH_OPTION_WAIT,
	WATCH_OPTION_TIMEOUT,
	{ .name = "dry-run",
	    .text = "Move nothing, say whether it would be possible: exit code 0, or 4 "
	            "and why not." },
	{ .name = "reason",
	    .value = "TEXT",
	    .text = "Stands in the row of the move and in its events." },
	{ .name = "owner",
	    .value = "NAME",
	    .text = "In whose name it is asked for, instead of your login name." },
	{ .name = "force",
	    .text =
	        "For a source that is dead or does not obey: without the orderly stop "
	        "there. That every other site is stopped must be proved all the "
	        "same: see clusterset site confirm. For administrators." },
	{ .name = NULL },
};

const struct command cmd_vm_move[] = {
	{ .words = "vm move",
	    .summary = "move VMs to another cluster or node",
	    .text =
	        "The VM is stopped, proved to be stopped everywhere else, its disks "
	        "pass to "
	        "the target, it is started there and watched for a while. The order is "
	        "on disk when it is answered, and is carried out whatever happens to "
	        "the one who asked.\n\n"
	        "With --wait the exit code is 0 when it succeeded, 1 when it failed, "
	        "was "
	        "cancelled or rolled back, 5 when it stands in doubt and needs you, "
	        "or when the outcome is not known to this call (--timeout ran out, "
	        "Ctrl-C, an answer that was lost): clusterset move list tells. "
	        "A refused order (4) says why, and moved nothing.",
	    .examples =
	        "clusterset vm move web1 --to west --wait # show the steps and the "
	        "down "
	        "time\n"
	        "clusterset vm move web1 db1 --to west/west2 # both or none\n"
	        "clusterset vm move web1 --to /east2 # another node of its cluster\n"
	        "clusterset vm move web1 --to west --dry-run # would it be possible?",
	    .arguments = arguments,
	    .options = options,
	    .run = run_move },
	{ .words = NULL },
};
