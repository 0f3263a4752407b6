/*
 * SPDX-License-Identifier: Apache-2.0
 * `clusterset alarm ack`: somebody takes care of it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/act.h"
#include "cli/command.h"
#include "cli/names.h"

/* The alarms that were named by number; each is looked up. */
static int
named(struct cli *cli, const struct rows *rows, struct snmp_assign *set, size_t *n)
{
	size_t i;

	for (i = 0; i < cli->narguments; i++) {
		uint32_t number = names_number(cli->arguments[i]);

		if (!number)
			return cli_fail(cli, EXIT_USAGE,
			    "'%s' is no number of an alarm: see clusterset alarm list",
			    cli->arguments[i]);
		if (!rows_find(rows, number, 0))
			return cli_fail(cli, EXIT_FAILED,
			    "no alarm %u: it may have cleared; see clusterset alarm "
			    "list",
			    number);
		set[(*n)++] = act_number(csAlarmAcknowledge, number, ACT_TRUE);
	}
	return 0;
}

static int
acknowledge(struct cli *cli, bool yes)
{
	static const enum mib_id ids[] = { csAlarmAcknowledge, csAlarmType,
		csAlarmObjectName };
	bool all = option_given(cli, "all");
	int code;
	size_t i, n = 0;
	struct rows *rows;
	struct snmp_assign *set = NULL;
	json_t *array = json_array();

	if (all == (cli->narguments > 0)) {
		json_decref(array);
		return cli_fail(cli, EXIT_USAGE,
		    "%s: name the alarms by their numbers, which clusterset alarm list "
		    "shows, or give --all%s",
		    cli->command->words, all ? ", not both" : "");
	}
	rows = act_table(cli, csAlarmTable, ids, 3, &code);
	if (!rows) {
		json_decref(array);
		return code;
	}
	set = xcalloc(rows->n + cli->narguments + 1, sizeof(*set));
	for (i = 0; all && i < rows->n; i++)
		if ((row_number(&rows->row[i], csAlarmAcknowledge, 0) == ACT_TRUE) !=
		    yes)
			set[n++] = act_number(
			    csAlarmAcknowledge, rows->row[i].index[0], ACT_TRUE);
	if (!all)
		code = named(cli, rows, set, &n);
	for (i = 0; i < n; i++)
		set[i].number = yes ? ACT_TRUE : ACT_FALSE;
	/* each by itself: one may clear while the others are written */
	for (i = 0; i < n && !code; i++) {
		const struct row *row = rows_find(rows, set[i].index[0], 0);

		code = act_set(cli, &set[i], 1);
		if (code)
			break;
		act_say(cli, "alarm %u (%s, %s) is %s", set[i].index[0],
		    out_words(row_text(row, csAlarmType)),
		    row_text(row, csAlarmObjectName),
		    yes ? "acknowledged" : "not acknowledged any more");
		json_array_append_new(array,
		    json_pack("{s:I, s:b}", "index", (json_int_t)set[i].index[0],
		        "acknowledge", yes));
	}
	if (!code && !n)
		act_say(cli, "there is no alarm to %s", yes ? "acknowledge" : "change");
	if (!code)
		act_document(cli, "alarms", json_incref(array));
	json_decref(array);
	free(set);
	rows_free(rows);
	return code;
}

static int
run_ack(struct cli *cli)
{
	return acknowledge(cli, true);
}

static int
run_unack(struct cli *cli)
{
	return acknowledge(cli, false);
}

static const struct command_argument arguments[] = {
	{ .name = "NUMBER",
	    .complete = COMPLETE_ALARM,
	    .optional = true,
	    .many = true,
	    .text = "Numbers of clusterset alarm list." },
	{ .name = NULL },
};
static const struct command_option options[] = {
	{ .name = "all", .text = "All alarms that stand now." },
	{ .name = NULL },
};

const struct command cmd_alarm[] = {
	{ .words = "alarm ack",
	    .summary = "say that somebody takes care of alarms",
	    .text =
	        "An alarm stands until its cause is gone, and the acknowledgement is "
	        "forgotten with it. Only foreignController ends by being acknowledged, "
	        "when "
	        "nothing of the kind goes on any more and the VM is not on hold.",
	    .examples = "clusterset alarm ack 3 7\nclusterset alarm ack --all",
	    .arguments = arguments,
	    .options = options,
	    .run = run_ack },
	{ .words = "alarm unack",
	    .summary = "take an acknowledgement back",
	    .arguments = arguments,
	    .options = options,
	    .run = run_unack },
	{ .words = NULL },
};
