/*
 * SPDX-License-Identifier: Apache-2.0
 * Everything about one move or one plan: `move show`, `plan show`.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/list.h"
#include "cli/names.h"
#include "cli/show.h"

static void
print_move(struct cli *cli, const struct row *m)
{
	struct out *o = &cli->out;
	const char *state = row_text(m, csMoveState);
	int64_t ms = row_number(m, csMoveDowntimeMs, -1);

	out_say(o, TONE_STRONG, "%s/%s", row_text(m, csMoveOwner),
	    row_text(m, csMoveIndex));
	out_say(o, TONE_PLAIN, "  %s  ", row_text(m, csMoveVmName));
	out_say(o, out_tone_of(state), "%s", state);
	if (strcmp(row_text(m, csMoveStep), "none") != 0)
		out_say(o, TONE_PLAIN, "  step %s, %s %%", row_text(m, csMoveStep),
		    row_text(m, csMoveProgress));
	out_say(o, TONE_PLAIN, "\n");
	show_wrapped(o, 2, "note", row_text(m, csMoveError));
	show_line(o, 2, "from", "%s",
	    list_place(
	        row_text(m, csMoveSourceName), row_text(m, csMoveSourceNodeName)));
	show_line(o, 2, "to", "%s",
	    list_place(
	        row_text(m, csMoveTargetName), row_text(m, csMoveTargetNodeName)));
	show_value(o, 2, "mode", m, csMoveMode);
	if (strcmp(row_text(m, csMoveForce), "true") == 0)
		show_line(o, 2, "forced", "yes: without the source's own proof");
	show_value(o, 2, "reason", m, csMoveReason);
	show_value(o, 2, "began", m, csMoveStartedAt);
	show_value(o, 2, "ended", m, csMoveFinishedAt);
	if (strcmp(row_text(m, csMoveMode), "dryRun") == 0)
		ms = -1; /* nothing was stopped */
	else if (ms >= 0 && ms < 60000)
		show_line(o, 2, "down", "%.1f s", (double)ms / 1000);
	else
		show_value(o, 2, "down", m, csMoveDowntime);
	if (row_number(m, csMoveEpoch, 0) > 0)
		show_value(o, 2, "epoch", m, csMoveEpoch);
	if (strcmp(state, "inDoubt") == 0)
		out_say(o, TONE_PLAIN,
		    "Its VM: 'clusterset vm show %s'. Then 'clusterset move retry "
		    "%s/%s' or "
		    "'clusterset move rollback %s/%s'.\n",
		    row_text(m, csMoveVmName), row_text(m, csMoveOwner),
		    row_text(m, csMoveIndex), row_text(m, csMoveOwner),
		    row_text(m, csMoveIndex));
}

static int
move_show(struct cli *cli)
{
	struct names_move move;
	struct rows *rows = NULL;
	const char *texts[MIB_INDEX_MAX] = { move.owner };
	uint32_t index[MIB_INDEX_MAX] = { 0 };
	int code;

	if ((code = names_move(cli, argument(cli, 0), &move)) != 0)
		return code;
	index[1] = move.index;
	code =
	    show_row(cli, csMoveTable, "move", argument(cli, 0), index, texts, &rows);
	if (code == 0 && cli->out.format == OUT_SCREEN)
		print_move(cli, &rows->row[0]);
	else if (code == 0)
		out_document(&cli->out,
		    json_pack("{s:o}", "move", row_json(rows, &rows->row[0])));
	rows_free(rows);
	return code;
}

/* --- plans
 * ---------------------------------------------------------------------------- */

/* The plan of the argument and its reasons; 0, or an exit code after a message. */
static int
find_plan(struct cli *cli, struct rows **plan, struct rows **reasons)
{
	const char *text = argument(cli, 0);
	uint32_t index = names_number(text);
	enum snmp_result result;
	char *cause = NULL;

	*plan = *reasons = NULL;
	if (index == 0)
		return cli_fail(cli, EXIT_USAGE,
		    "'%s' is no number of a plan: 'clusterset plan list' has them",
		    text);
	*plan = snmp_row(
	    cli_session(cli), csPlanTable, NULL, 0, &index, NULL, &result, &cause);
	if (*plan == NULL)
		return cli_fail_snmp(cli, result, &cause);
	if ((*plan)->n == 0)
		return cli_fail(cli, EXIT_FAILED,
		    "there is no plan %s: 'clusterset plan list' has those there are",
		    text);
	return show_part(cli, csPlanReasonTable, index, reasons);
}

/* "  for       why" by the sign of the weight, the weightiest first as the MIB has them
 */
static void
print_reasons(struct out *o, const struct rows *reasons)
{
	const struct row *row;
	char *first;
	size_t i;

	for (i = 0; i < reasons->n; i++) {
		row = &reasons->row[i];
		first = list_ring();
		snprintf(first, LIST_TEXT, "  %-7s %5s  ",
		    row_number(row, csPlanReasonWeight, 0) < 0 ? "against" : "for",
		    list_per_mille(llabs(row_number(row, csPlanReasonWeight, 0))));
		out_wrapped(o, first, row_text(row, csPlanReasonText));
	}
	if (reasons->n == 0)
		out_say(o, TONE_PLAIN, "  no reasons are told\n");
}

static void
print_plan(struct out *o, const struct row *p)
{
	const char *state = row_text(p, csPlanState);

	out_say(o, TONE_STRONG, "plan %s", row_text(p, csPlanIndex));
	out_say(o, TONE_PLAIN, "  %s  ", row_text(p, csPlanVmName));
	out_say(o, out_tone_of(state), "%s\n", state);
	show_value(o, 2, "from", p, csPlanSourceName);
	show_line(o, 2, "to", "%s",
	    list_place(
	        row_text(p, csPlanTargetName), row_text(p, csPlanTargetNodeName)));
	show_value(o, 2, "policy", p, csPlanPolicyName);
	show_value(o, 2, "benefit", p, csPlanBenefit);
	show_value(o, 2, "down for about", p, csPlanCost);
	show_value(o, 2, "belongs to batch", p, csPlanBatch);
	show_value(o, 2, "proposed", p, csPlanCreated);
	show_value(o, 2, "expires", p, csPlanExpires);
	show_value(o, 2, "decision", p, csPlanApprove);
	if (row_number(p, csPlanMoveIndex, 0) > 0)
		show_line(o, 2, "its move", "policy/%s", row_text(p, csPlanMoveIndex));
}

static void
print_hint(struct out *o, const struct row *p)
{
	if (strcmp(row_text(p, csPlanState), "proposed") == 0)
		out_say(o, TONE_FAINT, "'clusterset plan approve %s' does it.\n",
		    row_text(p, csPlanIndex));
}

void
show_plan_why(struct out *o, const struct row *p, const struct rows *reasons)
{
	out_say(o, TONE_PLAIN, "%s should go to %s, says %s, because\n",
	    row_text(p, csPlanVmName),
	    list_place(
	        row_text(p, csPlanTargetName), row_text(p, csPlanTargetNodeName)),
	    row_text(p, csPlanPolicyName));
	print_reasons(o, reasons);
	print_hint(o, p);
}

int
show_plan(struct cli *cli, bool whole)
{
	struct rows *plan, *reasons;
	struct out *o = &cli->out;
	const struct row *p;
	json_t *object;
	int code = find_plan(cli, &plan, &reasons);

	if (code != 0)
		goto out;
	p = &plan->row[0];
	if (o->format != OUT_SCREEN) {
		object = row_json(plan, p);
		json_object_set_new(object, "reasons", rows_json(reasons));
		out_document(o, json_pack("{s:o}", "plan", object));
		goto out;
	}
	if (whole) {
		print_plan(o, p);
		out_say(o, TONE_PLAIN, "reasons\n");
		print_reasons(o, reasons);
		print_hint(o, p);
	} else {
		show_plan_why(o, p, reasons);
	}
out:
	rows_free(plan);
	rows_free(reasons);
	return code;
}

static int
plan_show(struct cli *cli)
{
	return show_plan(cli, true);
}

static const struct command_argument move_arguments[] = {
	{ .name = "MOVE",
	    .complete = COMPLETE_MOVE_ANY,
	    .text = "OWNER/INDEX as 'move list' shows it, or the name of a VM for its "
	            "newest "
	            "move." },
	{ .name = NULL },
};

static const struct command_argument plan_arguments[] = {
	{ .name = "PLAN",
	    .complete = COMPLETE_PLAN,
	    .text = "The number of the plan, as 'plan list' shows it." },
	{ .name = NULL },
};

const struct command cmd_show_moves[] = {
	{ .words = "move show",
	    .summary = "show everything about a move",
	    .text = "From where to where, how far it is, how long the VM was down, and "
	            "when it "
	            "did not come off, what is missing.",
	    .examples = "move show set/12\n"
	                "move show web1 # the newest move of a VM",
	    .arguments = move_arguments,
	    .run = move_show },
	{ .words = "plan show",
	    .summary = "show a proposed move and what speaks for and against it",
	    .text = "Everything about one plan: where from and to, what it gains, how "
	            "long the "
	            "VM will be down, when it expires, and the reasons.",
	    .arguments = plan_arguments,
	    .run = plan_show },
	{ .words = NULL },
};
