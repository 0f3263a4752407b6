/*
 * SPDX-License-Identifier: Apache-2.0
 * `clusterset plan explain`: why a plan is proposed; why a VM is to move or stays, and
 * why a node is not possible for it.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/act.h"
#include "cli/list.h"
#include "cli/names.h"
#include "cli/place.h"
#include "cli/show.h"

enum { SHOWN = 10 };

/* The plans of a VM that have not ended. */
static struct rows *
plans_of(struct cli *cli, uint32_t vm, int *code)
{
	struct rows *rows = act_table(cli, csPlanTable, NULL, 0, code);
	size_t i, n = 0;

	for (i = 0; rows != NULL && i < rows->n; i++) {
		struct row *row = &rows->row[i];

		if (row_number(row, csPlanVm, 0) == vm &&
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
tell_plans(struct cli *cli, const struct rows *plans, json_t *all)
{
	struct rows *reasons = NULL;
	json_t *object;
	size_t i;
	int code = 0;

	for (i = 0; i < plans->n && code == 0; i++) {
		const struct row *p = &plans->row[i];

		code = show_part(cli, csPlanReasonTable, p->index[0], &reasons);
		if (code != 0)
			break;
		object = row_json(plans, p);
		json_object_set_new(object, "reasons", rows_json(reasons));
		json_array_append_new(all, object);
		if (cli->out.format == OUT_SCREEN)
			show_plan_why(&cli->out, p, reasons);
		rows_free(reasons);
	}
	return code;
}

/* Why it stays: nobody proposes to move it, by what each policy said at its last look.
 */
static int
tell_stay(struct cli *cli, const char *vm, const char *here)
{
	struct out *o = &cli->out;
	struct rows *policies;
	char *first = list_ring();
	bool looks = false;
	size_t i;
	int code;

	policies = act_table(cli, csPolicyTable, NULL, 0, &code);
	if (policies == NULL)
		return code;
	snprintf(
	    first, LIST_TEXT, "%s stays%s%s: ", vm, *here != '\0' ? " in " : "", here);
	for (i = 0; i < policies->n; i++)
		looks |= row_number(&policies->row[i], csPolicyEffectiveMode, 0) !=
		    mib_number(csPolicyEffectiveMode, "off");
	out_wrapped(o, first,
	    looks ? "no policy proposes a move of it. What they found last:"
	          : "all policies are off (clusterset policy list)");
	for (i = 0; i < policies->n; i++) {
		const struct row *p = &policies->row[i];

		if (row_number(p, csPolicyEffectiveMode, 0) ==
		    mib_number(csPolicyEffectiveMode, "off"))
			continue;
		first = list_ring();
		snprintf(first, LIST_TEXT, "  %s: ", row_text(p, csPolicyName));
		out_wrapped(o, first, row_text(p, csPolicyStatusText));
	}
	out_say(o, TONE_PLAIN, "The places that it could have:\n");
	rows_free(policies);
	return 0;
}

static int
explain_vm(struct cli *cli, const char *vm)
{
	struct place place = { .owner = names_owner(cli, option_value(cli, "owner")) };
	struct rows *row = NULL, *plans = NULL;
	json_t *all = json_array();
	const char *here;
	int code = place.owner ? names_vm(cli, vm, &place.vm) : EXIT_USAGE;

	if (code == 0)
		code = show_row(cli, csVmTable, "VM", vm, &place.vm, NULL, &row);
	if (code == 0)
		plans = plans_of(cli, place.vm, &code);
	if (plans == NULL || (code = tell_plans(cli, plans, all)) != 0 ||
	    (code = place_ask(cli, &place)) != 0)
		goto out;
	if (cli->out.format != OUT_SCREEN) {
		act_document(cli, "explanation",
		    json_pack("{s:s, s:O, s:o}", "vm", vm, "plans", all, "placement",
		        place_json(&place)));
		goto out;
	}
	here = list_place(row_text(&row->row[0], csVmClusterName),
	    row_text(&row->row[0], csVmNodeName));
	if (plans->n == 0 && (code = tell_stay(cli, vm, here)) != 0)
		goto out;
	place_print(cli, &place, option_given(cli, "all") ? 0 : SHOWN, here);
out:
	json_decref(all);
	rows_free(row);
	rows_free(plans);
	place_clear(&place);
	return code;
}

static int
run_explain(struct cli *cli)
{
	const char *what = argument(cli, 0);

	return names_number(what) != 0 ? show_plan(cli, false) : explain_vm(cli, what);
}

static const struct command_argument arguments[] = {
	{ .name = "PLAN|VM",
	    .complete = COMPLETE_VM,
	    .text = "The number of a plan, as 'plan list' shows it, or the name of a "
	            "VM." },
	{ .name = NULL },
};
static const struct command_option options[] = {
	{ .name = "all", .text = "All places, not the first ten of each kind." },
	{ .name = "owner",
	    .value = "NAME",
	    .text = "In whose name places are asked for, instead of your login name." },
	{ .name = NULL },
};

const struct command cmd_plan_explain[] = {
	{ .words = "plan explain",
	    .summary = "say why a plan is proposed, or why a VM stays",
	    .text =
	        "Of a plan: its reasons with their weights, the weightiest first.\n\n"
	        "Of a VM: its plans with their reasons, or why it stays; then every "
	        "place that it could have, ranked, and what is in the way of the "
	        "others.",
	    .examples = "clusterset plan explain 4\n"
	                "clusterset plan explain web1",
	    .arguments = arguments,
	    .options = options,
	    .run = run_explain },
	{ .words = NULL },
};
