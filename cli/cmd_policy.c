/*
 * SPDX-License-Identifier: Apache-2.0
 * What policies may do: `policy show`, `policy set`, `policy mode`, `policy tune`.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/act.h"
#include "cli/list.h"
#include "cli/names.h"
#include "cli/show.h"

/* --- show ------------------------------------------------------------------------- */

static const char *
plan_number(const struct row *row)
{
	return row_text(row, csPlanIndex);
}

static const char *
plan_to(const struct row *row)
{
	return list_place(
	    row_text(row, csPlanTargetName), row_text(row, csPlanTargetNodeName));
}

static const struct list_column plan_columns[] = {
	{ .title = "plan", .id = csPlanIndex, .text = plan_number, .right = true },
	{ .title = "state", .id = csPlanState, .painted = true },
	{ .title = "vm", .id = csPlanVmName, .gives = true },
	{ .title = "from", .id = csPlanSourceName },
	{ .title = "to",
	    .id = csPlanTargetName,
	    .also = { csPlanTargetNodeName },
	    .text = plan_to },
	{ .title = "benefit", .id = csPlanBenefit, .right = true },
	{ .title = NULL },
};

/* Its plans that have not ended. */
static struct rows *
plans_of(struct cli *cli, const char *policy, int *code)
{
	struct rows *rows = act_table(cli, csPlanTable, NULL, 0, code);
	size_t i, n = 0;

	for (i = 0; rows != NULL && i < rows->n; i++) {
		struct row *row = &rows->row[i];

		if (strcmp(row_text(row, csPlanPolicyName), policy) == 0 &&
		    row_number(row, csPlanState, 0) <=
		        mib_number(csPlanState, "moving"))
			rows->row[n++] = *row;
		else
			row_clear(row);
	}
	if (rows != NULL)
		rows->n = n;
	return rows;
}

static int
run_show(struct cli *cli)
{
	const char *name = argument(cli, 0);
	struct rows *rows = NULL, *plans = NULL;
	struct out *o = &cli->out;
	const struct row *p;
	json_t *object;
	uint32_t index;
	int code = names_find(
	    cli, csPolicyTable, csPolicyName, "policy", "policy list", name, &index);

	if (!code)
		code =
		    show_row(cli, csPolicyTable, "policy", name, &index, NULL, &rows);
	if (!code)
		plans = plans_of(cli, name, &code);
	if (plans == NULL)
		goto out;
	p = &rows->row[0];
	if (o->format != OUT_SCREEN) {
		object = row_json(rows, p);
		json_object_set_new(object, "plans", rows_json(plans));
		act_document(cli, "policy", object);
		goto out;
	}
	out_say(o, TONE_STRONG, "%s", name);
	out_say(o, TONE_PLAIN, "  %s\n", row_text(p, csPolicyMode));
	show_value(o, 2, "does", p, csPolicyDescr);
	show_value(o, 2, "may do now", p, csPolicyEffectiveMode);
	show_value(o, 2, "note", p, csPolicyStatusText);
	show_value(o, 2, "last looked", p, csPolicyLastRun);
	show_value(o, 2, "proposed so far", p, csPolicyProposals);
	show_value(o, 2, "moves so far", p, csPolicyMoves);
	list_table(o, plan_columns, plans);
out:
	rows_free(rows);
	rows_free(plans);
	return code;
}

/* --- modes ------------------------------------------------------------------------ */

static int
run_set(struct cli *cli)
{
	const char *name = argument(cli, 0), *word = argument(cli, 1);
	struct snmp_assign set;
	uint32_t index;
	int code = names_find(
	    cli, csPolicyTable, csPolicyName, "policy", "policy list", name, &index);

	if (code)
		return code;
	set = act_number(csPolicyMode, index, mib_number(csPolicyMode, word));
	if ((code = act_set(cli, &set, 1)))
		return code;
	act_say(cli, "policy %s is %s", name, word);
	act_document(cli, "policies",
	    json_pack("[{s:s, s:I, s:s}]", "name", name, "index", (json_int_t)index,
	        "mode", word));
	return 0;
}

static int
run_mode(struct cli *cli)
{
	const char *word = argument(cli, 0);
	struct snmp_assign set = { .id = csPolicyMasterMode };
	int code;

	set.number = mib_number(csPolicyMasterMode, word);
	if ((code = act_set(cli, &set, 1)))
		return code;
	act_say(cli, "policies may do no more than: %s", word);
	act_document(cli, "policy", json_pack("{s:s}", "masterMode", word));
	return 0;
}

/* --- settings --------------------------------------------------------------------- */

/* As clusterset.conf calls them. */
static const struct {
	const char *key;
	enum mib_id id;
} keys[] = {
	{ "high-load", csPolicyHighLoad },
	{ "target-load", csPolicyTargetLoad },
	{ "memory-reserve", csPolicyMemoryReserve },
	{ "minimum-gain", csPolicyMinimumGain },
	{ "max-moves", csPolicyMaxMoves },
	{ "max-moves-hour", csPolicyMaxMovesPerHour },
	{ "cool-down", csPolicyCoolDown },
	{ "windows", csPolicyWindows },
};
#define KEYS                                                                          \
	"high-load target-load memory-reserve minimum-gain max-moves max-moves-hour " \
	"cool-down windows"

/* "700", "70%" of what counts in thousandths. -1: no such number. */
static int64_t
amount(const struct mib_object *m, const char *text)
{
	char *end;
	double n;

	errno = 0;
	n = strtod(text, &end);
	if (end == text || errno != 0 || !(n >= 0) || n > 1e9)
		return -1;
	if (*end == '%' && strcmp(m->units, "per mille") == 0) {
		n *= 10;
		end++;
	}
	return *end == '\0' && n == floor(n) ? (int64_t)n : -1;
}

static int
run_tune(struct cli *cli)
{
	const char *key = argument(cli, 0), *value = argument(cli, 1);
	struct snmp_assign set = { .index = { 0 } };
	const struct mib_object *m;
	size_t i = 0;
	int code;

	while (strcmp(keys[i].key, key) != 0) /* the parser knows the words */
		i++;
	m = &mib_objects[keys[i].id];
	set.id = keys[i].id;
	if (m->base == MIB_TEXT) {
		set.text = value;
	} else {
		set.number = amount(m, value);
		if (set.number < m->min || set.number > m->max)
			return cli_fail(cli, EXIT_USAGE,
			    "%s takes %" PRId64 " to %" PRId64 " %s, not '%s'", key,
			    m->min, m->max, m->units, value);
	}
	if ((code = act_set(cli, &set, 1)))
		return code;
	if (m->base == MIB_TEXT)
		act_say(cli, "%s: %s", key, *value != '\0' ? value : "always");
	else
		act_say(cli, "%s is %" PRId64 " %s", key, set.number, m->units);
	act_document(cli, "policy",
	    m->base == MIB_TEXT ? json_pack("{s:s}", m->key, value)
	                        : json_pack("{s:I}", m->key, (json_int_t)set.number));
	return 0;
}

/* --- the table -------------------------------------------------------------------- */

#define A_POLICY                                                                   \
	{                                                                          \
		.name = "POLICY", .complete = COMPLETE_POLICY, .text = "Its name." \
	}
#define MODES "off advise automatic"
#define LASTS                                                                        \
	"What is set lasts: over restarts, and until the configuration's own value " \
	"is changed."

static const struct command_argument show_arguments[] = { A_POLICY, { .name = NULL } };
static const struct command_argument set_arguments[] = {
	A_POLICY,
	{ .name = "MODE",
	    .complete = COMPLETE_WORDS,
	    .words = MODES,
	    .text =
	        "What it may do: nothing, propose plans, or carry them out itself." },
	{ .name = NULL },
};
static const struct command_argument mode_arguments[] = {
	{ .name = "MODE",
	    .complete = COMPLETE_WORDS,
	    .words = MODES,
	    .text = "The most that any policy may do." },
	{ .name = NULL },
};
static const struct command_argument tune_arguments[] = {
	{ .name = "KEY",
	    .complete = COMPLETE_WORDS,
	    .words = KEYS,
	    .text =
	        "What, by its name in the section policies of clusterset.conf(5)." },
	{ .name = "VALUE",
	    .text = "A number: thousandths (or with a % after it), moves, seconds. "
	            "Windows as in clusterset.conf(5), '' is always." },
	{ .name = NULL },
};

const struct command cmd_policy[] = {
	{ .words = "policy show",
	    .summary = "show a policy, what it last found and what it proposes",
	    .text = "What it does and may do, what it last found or what keeps it from "
	            "acting, and its plans that have not ended.",
	    .examples = "clusterset policy show balance",
	    .arguments = show_arguments,
	    .run = run_show },
	{ .words = "policy set",
	    .summary = "say what a policy may do",
	    .text = "clusterset policy mode limits all of them. " LASTS,
	    .examples = "clusterset policy set balance advise",
	    .arguments = set_arguments,
	    .run = run_set },
	{ .words = "policy mode",
	    .summary = "say what all policies may do at the most",
	    .text = "off or advise stops all automatic work at once; moves that were "
	            "accepted go to their end. " LASTS,
	    .examples = "clusterset policy mode off # hands off, everybody",
	    .arguments = mode_arguments,
	    .run = run_mode },
	{ .words = "policy tune",
	    .summary = "change a threshold, a limit or the windows of policies",
	    .text =
	        "clusterset policy list shows what they are now. The imbalance from "
	        "which balance acts, its rounds and the interval are in "
	        "clusterset.conf(5) only. " LASTS,
	    .examples = "clusterset policy tune high-load 75%\n"
	                "clusterset policy tune windows 'Mon-Fri 22:00-05:00'\n"
	                "clusterset policy tune max-moves 1",
	    .arguments = tune_arguments,
	    .run = run_tune },
	{ .words = NULL },
};
