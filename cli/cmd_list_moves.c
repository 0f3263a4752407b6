/*
 * SPDX-License-Identifier: Apache-2.0
 * The lists of what happens and what is proposed: moves, plans, policies.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/list.h"

static const char *
move_id(const struct row *row)
{
	char *text = list_ring();

	snprintf(text, LIST_TEXT, "%s/%s", row_text(row, csMoveOwner),
	    row_text(row, csMoveIndex));
	return text;
}

static const char *
move_from(const struct row *row)
{
	return list_place(
	    row_text(row, csMoveSourceName), row_text(row, csMoveSourceNodeName));
}

static const char *
move_to(const struct row *row)
{
	return list_place(
	    row_text(row, csMoveTargetName), row_text(row, csMoveTargetNodeName));
}

static bool
is_open(const struct row *row)
{
	int64_t state = row_number(row, csMoveState, 0);

	return state < mib_number(csMoveState, "succeeded") ||
	    state == mib_number(csMoveState, "inDoubt");
}

/* The state, and of a dry run that it was one. */
static const char *
move_state(const struct row *row)
{
	char *text;

	if (strcmp(row_text(row, csMoveMode), "dryRun") != 0)
		return row_text(row, csMoveState);
	text = list_ring();
	snprintf(text, LIST_TEXT, "%s (dry run)", row_text(row, csMoveState));
	return text;
}

static const char *
move_step(const struct row *row)
{
	char *text;

	if (!is_open(row) || row_number(row, csMoveProgress, -1) == -1)
		return "";
	text = list_ring();
	snprintf(text, LIST_TEXT, "%s %s %%", row_text(row, csMoveStep),
	    row_text(row, csMoveProgress));
	return text;
}

/* Milliseconds where the agent has them. */
static const char *
move_downtime(const struct row *row)
{
	int64_t ms = row_number(row, csMoveDowntimeMs, -1);
	char *text;

	if (strcmp(row_text(row, csMoveMode), "dryRun") == 0)
		return "";
	if (ms == -1 || ms >= 60000)
		return list_value(row, csMoveDowntime);
	text = list_ring();
	snprintf(text, LIST_TEXT, "%.1f s", (double)ms / 1000);
	return text;
}

static bool
move_keep(const struct cli *cli, const struct row *row)
{
	(void)cli;
	return is_open(row);
}

/* Open ones, then the newest first. */
static int
move_list(struct cli *cli)
{
	static const struct list_column columns[] = {
		{ .title = "move", .id = csMoveOwner, .text = move_id },
		{ .title = "vm", .id = csMoveVmName, .gives = true },
		{ .title = "from",
		    .id = csMoveSourceName,
		    .also = { csMoveSourceNodeName },
		    .text = move_from },
		{ .title = "to",
		    .id = csMoveTargetName,
		    .also = { csMoveTargetNodeName },
		    .text = move_to },
		{ .title = "state",
		    .id = csMoveState,
		    .also = { csMoveMode },
		    .text = move_state,
		    .painted = true },
		{ .title = "step",
		    .id = csMoveStep,
		    .also = { csMoveProgress },
		    .text = move_step },
		{ .title = "began", .id = csMoveStartedAt },
		{ .title = "down",
		    .id = csMoveDowntime,
		    .also = { csMoveDowntimeMs, csMoveMode },
		    .text = move_downtime,
		    .right = true },
		{ .title = "note", .id = csMoveError, .gives = true },
		{ .title = NULL },
	};
	static const struct list list = { .table = csMoveTable,
		.key = "moves",
		.none = "There is no move.",
		.columns = columns,
		.state = csMoveState,
		.vm = csMoveVm,
		.order = csMoveStartedAt,
		.backwards = true,
		.first = is_open,
		.keep = move_keep,
		.keep_option = { "open" },
		.keep_needs = { csMoveState } };

	return list_run(cli, &list);
}

/* --- plans
 * ---------------------------------------------------------------------------- */

static bool
plan_keep(const struct cli *cli, const struct row *row)
{
	return option_given(cli, "all") || option_given(cli, "state") ||
	    row_number(row, csPlanState, 0) <= mib_number(csPlanState, "moving");
}

static const char *
plan_to(const struct row *row)
{
	return list_place(
	    row_text(row, csPlanTargetName), row_text(row, csPlanTargetNodeName));
}

static const char *
plan_number(const struct row *row)
{
	return row_text(row, csPlanIndex);
}

static int
plan_list(struct cli *cli)
{
	static const struct list_column columns[] = {
		{ .title = "plan",
		    .id = csPlanIndex,
		    .text = plan_number,
		    .right = true },
		{ .title = "state", .id = csPlanState, .painted = true },
		{ .title = "vm", .id = csPlanVmName, .gives = true },
		{ .title = "from", .id = csPlanSourceName },
		{ .title = "to",
		    .id = csPlanTargetName,
		    .also = { csPlanTargetNodeName },
		    .text = plan_to },
		{ .title = "benefit", .id = csPlanBenefit, .right = true },
		{ .title = "down", .id = csPlanCost, .right = true },
		{ .title = "policy", .id = csPlanPolicyName },
		{ .title = "expires", .id = csPlanExpires },
		{ .title = NULL },
	};
	struct list list = { .table = csPlanTable,
		.key = "plans",
		.none = "There is no plan.",
		.columns = columns,
		.state = csPlanState,
		.vm = csPlanVm,
		.keep = plan_keep,
		.keep_needs = { csPlanState } };

	struct snmp_instance mode = { .id = csPolicyMasterMode };
	enum snmp_result result;
	char *cause = NULL;

	result = snmp_get(cli_session(cli), &mode, 1, &cause);
	if (result != SNMP_DONE)
		return cli_fail_snmp(cli, result, &cause);
	if (!option_given(cli, "vm") && !option_given(cli, "state"))
		list.none_kept = "No plan is open; --all shows those that have ended.";
	if (!mode.cell.there)
		list.none = "This clustersetd has no policies, so there is no plan.";
	return list_run(cli, &list);
}

/* --- policies
 * --------------------------------------------------------------------------- */

/* The scalars of csPolicy: what all policies share. */
static const enum mib_id settings[] = { csPolicyMasterMode, csPolicyHighLoad,
	csPolicyTargetLoad, csPolicyMemoryReserve, csPolicyMinimumGain,
	csPolicyMaxMoves, csPolicyMaxMovesPerHour, csPolicyCoolDown, csPolicyWindows,
	csPolicyImbalance };
enum { SETTINGS = sizeof(settings) / sizeof(settings[0]) };

static const char *
setting_text(const struct snmp_instance *s)
{
	const struct mib_object *m = &mib_objects[s->id];
	const char *word = mib_word(s->id, s->cell.number);
	char *text;

	if (s->cell.text != NULL)
		return *s->cell.text != '\0' ? s->cell.text : "always";
	if (word != NULL)
		return word;
	if (strcmp(m->units, "per mille") == 0)
		return list_per_mille(s->cell.number);
	if (strcmp(m->units, "seconds") == 0)
		return out_duration(s->cell.number);
	text = list_ring();
	snprintf(text, LIST_TEXT, "%" PRId64, s->cell.number);
	return text;
}

static void
print_settings(struct cli *cli, const struct snmp_instance *s)
{
	static const char *const names[SETTINGS] = { "mode of all", "high load",
		"wanted load", "memory kept free", "least gain", "moves at a time",
		"moves per hour", "rest after a move", "windows", "imbalance now" };
	char *first;
	size_t i;

	for (i = 0; i < SETTINGS; i++) {
		if (!s[i].cell.there)
			continue;
		first = xasprintf("%-18s", names[i]);
		out_wrapped(&cli->out, first, setting_text(&s[i]));
		free(first);
	}
}

static void
settings_json(json_t *document, void *arg)
{
	const struct snmp_instance *s = arg;
	json_t *object = json_object();
	size_t i;

	for (i = 0; i < SETTINGS; i++)
		json_object_set_new(object, mib_objects[s[i].id].key,
		    rows_cell_json(s[i].id, &s[i].cell));
	json_object_set_new(document, "settings", object);
}

static int
policy_list(struct cli *cli)
{
	static const struct list_column columns[] = {
		{ .title = "name", .id = csPolicyName },
		{ .title = "mode", .id = csPolicyMode, .painted = true },
		{ .title = "in effect", .id = csPolicyEffectiveMode, .painted = true },
		{ .title = "last run", .id = csPolicyLastRun },
		{ .title = "proposals", .id = csPolicyProposals, .right = true },
		{ .title = "moves", .id = csPolicyMoves, .right = true },
		{ .title = "note", .id = csPolicyStatusText, .gives = true },
		{ .title = NULL },
	};
	struct snmp_instance s[SETTINGS] = { { .id = csSetName } };
	const struct list list = { .table = csPolicyTable,
		.key = "policies",
		.more = settings_json,
		.arg = s,
		.none =
		    "This clustersetd has no policies: nothing moves a VM by itself.",
		.columns = columns };
	enum snmp_result result;
	char *cause = NULL;
	bool any = false;
	size_t i;
	int code;

	for (i = 0; i < SETTINGS; i++)
		s[i].id = settings[i];
	result = snmp_get(cli_session(cli), s, SETTINGS, &cause);
	if (result != SNMP_DONE)
		return cli_fail_snmp(cli, result, &cause);
	code = list_run(cli, &list);
	for (i = 0; i < SETTINGS; i++)
		any = any || s[i].cell.there;
	if (any && code == EXIT_DONE && cli->out.format == OUT_SCREEN) {
		out_say(&cli->out, TONE_PLAIN, "\n");
		print_settings(cli, s);
	}
	snmp_free_cells(s, SETTINGS);
	return code;
}

/* --- the commands
 * --------------------------------------------------------------------- */

static const struct command_option move_options[] = {
	{ .name = "open", .text = "Only moves that have not ended." },
	{ .name = "vm",
	    .value = "VM",
	    .complete = COMPLETE_VM,
	    .text = "Only moves of this VM." },
	{ .name = "state",
	    .value = "STATE",
	    .complete = COMPLETE_WORDS,
	    .words =
	        "proposed accepted running cancelling rollingBack succeeded cancelled "
	        "rolledBack failed inDoubt",
	    .text = "Only moves in this state." },
	LIST_OPTIONS,
	{ .name = NULL },
};

static const struct command_option plan_options[] = {
	{ .name = "all", .text = "Also plans that are done, rejected or expired." },
	{ .name = "vm",
	    .value = "VM",
	    .complete = COMPLETE_VM,
	    .text = "Only plans for this VM." },
	{ .name = "state",
	    .value = "STATE",
	    .complete = COMPLETE_WORDS,
	    .words = "proposed approved moving done failed rejected expired",
	    .text = "Only plans in this state." },
	LIST_OPTIONS,
	{ .name = NULL },
};

static const struct command_option policy_options[] = { LIST_OPTIONS,
	{ .name = NULL } };

const struct command cmd_list_moves[] = {
	{ .words = "move list",
	    .summary = "list the moves: under way, and ended",
	    .text = "A line per move that clustersetd remembers, with the time that "
	            "the VM was down and, when something went wrong, what. Open moves "
	            "come first, then the newest.",
	    .examples = "move list --open\n"
	                "move list --vm web1 --sort downtime",
	    .options = move_options,
	    .run = move_list },
	{ .words = "policy list",
	    .summary = "list the policies and what they may do",
	    .text = "A line per policy, then what all of them share: clusterset policy "
	            "tune changes it.",
	    .options = policy_options,
	    .run = policy_list },
	{ .words = "plan list",
	    .summary = "list the moves that policies propose",
	    .text = "A line per plan that waits for a decision, for its turn or for "
	            "the end of "
	            "its move.",
	    .examples = "plan list --all\n"
	                "plan list --state proposed",
	    .options = plan_options,
	    .run = plan_list },
	{ .words = NULL },
};
