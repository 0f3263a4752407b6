/*
 * SPDX-License-Identifier: Apache-2.0
 * Orders to moves, and waiting for them: wait, cancel, retry, rollback, force, delete.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/act.h"
#include "cli/command.h"
#include "cli/names.h"
#include "cli/watch.h"

enum { ROW_DESTROY = 6 };

static const struct command_argument open_moves[] = {
	{ .name = "MOVE",
	    .complete = COMPLETE_MOVE,
	    .many = true,
	    .text =
	        "OWNER/INDEX; the index alone where only one owner has it; or a VM, "
	        "which means its newest move." },
	{ .name = NULL },
};
static const struct command_argument any_moves[] = {
	{ .name = "MOVE",
	    .complete = COMPLETE_MOVE_ANY,
	    .many = true,
	    .text =
	        "OWNER/INDEX; the index alone where only one owner has it; or a VM, "
	        "which means its newest move." },
	{ .name = NULL },
};
static const struct command_option wait_options[] = {
	WATCH_OPTION_WAIT,
	WATCH_OPTION_TIMEOUT,
	{ .name = NULL },
};
static const struct command_option timeout_options[] = {
	WATCH_OPTION_TIMEOUT,
	{ .name = NULL },
};

/* The moves that were named, not read yet. */
static int
begin(struct cli *cli, struct watch *w)
{
	size_t i;
	int code = 0;

	watch_init(w, cli->narguments);
	w->timeout = option_number(cli, "timeout", 1, 1000000, 0);
	for (i = 0; i < w->n && !code; i++)
		code = names_move(cli, cli->arguments[i], &w->moves[i].move);
	return code;
}

static int
run_wait(struct cli *cli)
{
	struct watch w;
	int code = begin(cli, &w);

	if (!code) {
		code = watch_moves(cli, &w);
		watch_document(cli, &w);
	}
	watch_free(&w);
	return code;
}

/* What an order that has been taken means, as far as can be read. */
static int
taken(struct cli *cli, struct watch *w, const char *what)
{
	char *cause = NULL;
	enum snmp_result result = watch_read(cli, w, &cause);
	size_t i;

	if (result != SNMP_DONE)
		return cli_fail_snmp(cli, result, &cause);
	for (i = 0; i < w->n; i++) {
		const struct watched *m = &w->moves[i];

		if (watch_ended(m))
			act_say(cli, "%s: move %s is %s", watch_text(m, WATCH_VM_NAME),
			    watch_name(m), out_words(watch_text(m, WATCH_STATE)));
		else
			act_say(cli,
			    "%s: move %s: %s is accepted; clusterset move wait %s "
			    "follows it",
			    watch_text(m, WATCH_VM_NAME), watch_name(m), what,
			    watch_name(m));
	}
	return 0;
}

/* What has ended is not rolled back, but there is a way back all the same. */
static void
add_way_back(struct cli *cli, struct watch *w, char **cause)
{
	char *ignored = NULL, *text = *cause;
	size_t i;

	if (!text || watch_read(cli, w, &ignored) != SNMP_DONE) {
		free(ignored);
		return;
	}
	for (i = 0; i < w->n; i++) {
		const struct watched *m = &w->moves[i];
		const char *node = watch_text(m, WATCH_SOURCE_NODE);

		if (watch_state(m) != MOVE_STATE_SUCCEEDED ||
		    !*watch_text(m, WATCH_SOURCE) || !*watch_text(m, WATCH_TARGET))
			continue;
		*cause = xasprintf("%s; what brings it back is a move of its own: "
		                   "clusterset vm move %s --to %s%s%s",
		    text, watch_text(m, WATCH_VM_NAME), watch_text(m, WATCH_SOURCE),
		    *node ? "/" : "", node);
		free(text);
		return;
	}
}

/* One SET for all moves; then the end of them with --wait. */
static int
order(struct cli *cli, enum mib_id id, int64_t number, const char *what, unsigned good)
{
	struct watch w;
	struct snmp_assign *set = NULL;
	char *cause = NULL;
	size_t i;
	int code = begin(cli, &w);

	if (code)
		goto out;
	set = xcalloc(w.n, sizeof(*set));
	for (i = 0; i < w.n; i++)
		set[i] = (struct snmp_assign) { .id = id,
			.index = { 0, w.moves[i].move.index },
			.index_text = { w.moves[i].move.owner },
			.number = number };
	if (option_given(cli, "wait"))
		watch_catch();
	code = act_try(cli, set, w.n, &cause);
	if (code == EXIT_REFUSED && good == 1u << MOVE_STATE_ROLLED_BACK)
		add_way_back(cli, &w, &cause);
	if (code) {
		cli_fail(cli, code, "%s", cause ? cause : "the SET failed");
		goto out;
	}
	w.ordered = true;
	w.good = good;
	code = option_given(cli, "wait") ? watch_moves(cli, &w) : taken(cli, &w, what);
	watch_document(cli, &w);
out:
	free(cause);
	free(set);
	watch_free(&w);
	return code;
}

static int
run_cancel(struct cli *cli)
{
	return order(cli, csMoveControl, mib_number(csMoveControl, "cancel"), "cancel",
	    1u << MOVE_STATE_CANCELLED);
}

static int
run_retry(struct cli *cli)
{
	return order(
	    cli, csMoveControl, mib_number(csMoveControl, "retry"), "retry", 0);
}

static int
run_rollback(struct cli *cli)
{
	return order(cli, csMoveControl, mib_number(csMoveControl, "rollback"),
	    "rollback", 1u << MOVE_STATE_ROLLED_BACK);
}

static int
run_force(struct cli *cli)
{
	return order(cli, csMoveForce, ACT_TRUE, "force", 0);
}

static int
run_delete(struct cli *cli)
{
	struct watch w;
	struct snmp_assign *set = NULL;
	json_t *array = json_array();
	size_t i;
	int code = begin(cli, &w);

	if (code)
		goto out;
	set = xcalloc(w.n, sizeof(*set));
	for (i = 0; i < w.n; i++)
		set[i] = (struct snmp_assign) { .id = csMoveRowStatus,
			.index = { 0, w.moves[i].move.index },
			.index_text = { w.moves[i].move.owner },
			.number = ROW_DESTROY };
	code = act_set(cli, set, w.n);
	for (i = 0; !code && i < w.n; i++) {
		act_say(cli, "the row of move %s is removed", watch_name(&w.moves[i]));
		json_array_append_new(array,
		    json_pack("{s:s, s:s, s:I, s:b}", "name", watch_name(&w.moves[i]),
		        "owner", w.moves[i].move.owner, "index",
		        (json_int_t)w.moves[i].move.index, "deleted", 1));
	}
	if (!code)
		act_document(cli, "moves", json_incref(array));
out:
	json_decref(array);
	free(set);
	watch_free(&w);
	return code;
}

const struct command cmd_move[] = {
	{ .words = "move wait",
	    .summary = "follow moves to their end",
	    .text = "Shows the steps and gives the exit code: 0 succeeded, 1 failed, "
	            "cancelled "
	            "or rolled back, 5 in doubt, or not over when the waiting ended. "
	            "Ctrl-C "
	            "ends the waiting, not the move.",
	    .examples = "clusterset move wait ops/12 # also: clusterset move wait web1",
	    .arguments = any_moves,
	    .options = timeout_options,
	    .run = run_wait },
	{ .words = "move cancel",
	    .summary = "end moves as soon as that is safe",
	    .text =
	        "Before the stop has left the move ends at once and nothing was "
	        "changed. "
	        "Later it is cancelling: the effect of what was sent is awaited, then "
	        "the VM goes back to its source, by the same rules of proof. A move in "
	        "doubt that was on its way back already is given up: it ends failed, "
	        "and the VM stays as it is. With --wait 0 means cancelled.",
	    .examples = "clusterset move cancel ops/12 --wait # and see it go back",
	    .arguments = open_moves,
	    .options = wait_options,
	    .run = run_cancel },
	{ .words = "move retry",
	    .summary = "try again the step of a move in doubt",
	    .text =
	        "The same step, with all its tries. Repair first what clusterset move "
	        "show names.",
	    .examples = "clusterset move retry ops/12 --wait",
	    .arguments = open_moves,
	    .options = wait_options,
	    .run = run_retry },
	{ .words = "move rollback",
	    .summary = "bring the VM of a move back to its source",
	    .text =
	        "As cancel, but it ends rolled back; with --wait 0 means that. A move "
	        "that has ended is brought back by another one: clusterset vm move.",
	    .examples = "clusterset move rollback ops/12 --wait",
	    .arguments = open_moves,
	    .options = wait_options,
	    .run = run_rollback },
	{ .words = "move force",
	    .summary = "let a move go on without the stop of its source",
	    .text =
	        "For a source that is dead or does not obey. It cannot be taken back, "
	        "and "
	        "it replaces no proof: that every other site is stopped must come from "
	        "a round or from clusterset site confirm. For administrators, and only "
	        "where moves.force is on in the configuration.",
	    .examples = "clusterset move force ops/12 --wait",
	    .arguments = open_moves,
	    .options = wait_options,
	    .run = run_force },
	{ .words = "move delete",
	    .summary = "remove the rows of ended moves",
	    .text =
	        "clusterset removes old rows by itself (moves.history). The alarm of a "
	        "failed move goes with its row.",
	    .examples = "clusterset move delete ops/12",
	    .arguments = any_moves,
	    .run = run_delete },
	{ .words = NULL },
};
