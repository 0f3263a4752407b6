/*
 * SPDX-License-Identifier: Apache-2.0
 * What is wrong, what was refused, how much was done: `alarm list`, `refusal list`,
 * `stats`.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/list.h"
#include "cli/plain.h"
#include "cli/remedy.h"

static bool
alarm_keep(const struct cli *cli, const struct row *row)
{
	const char *severity = option_value(cli, "severity");

	if (severity != NULL && strcmp(row_text(row, csAlarmSeverity), severity) != 0)
		return false;
	return !option_given(cli, "unacknowledged") ||
	    strcmp(row_text(row, csAlarmAcknowledge), "true") != 0;
}

static void
alarm_block(struct cli *cli, const struct row *row)
{
	const char *severity = row_text(row, csAlarmSeverity);
	const char *type = row_text(row, csAlarmType);
	const struct remedy *remedy = remedy_of(type);
	struct out *o = &cli->out;
	char *text = plain_about(row_text(row, csAlarmText),
	    row_text(row, csAlarmObjectKind), row_text(row, csAlarmObjectName));

	out_say(o, out_tone_of(severity), "%s", severity);
	out_say(o, TONE_PLAIN, "  %s  %s %s  since %s", row_text(row, csAlarmIndex),
	    out_words(row_text(row, csAlarmObjectKind)),
	    row_text(row, csAlarmObjectName), out_when(row_text(row, csAlarmSince)));
	out_say(o, TONE_FAINT, "  %s", type);
	if (strcmp(row_text(row, csAlarmAcknowledge), "true") == 0)
		out_say(o, TONE_FAINT, "  acknowledged %s",
		    out_when(row_text(row, csAlarmAcknowledgedAt)));
	out_say(o, TONE_PLAIN, "\n");
	out_wrapped(o, "    ", text);
	free(text);
	if (remedy != NULL)
		out_wrapped(o, "    do: ", remedy->text);
}

static int
alarm_list(struct cli *cli)
{
	static const struct list_column columns[] = {
		{ .title = "alarm", .id = csAlarmIndex },
		{ .title = "severity",
		    .id = csAlarmSeverity,
		    .also = { csAlarmObjectKind, csAlarmObjectName, csAlarmSince } },
		{ .title = "kind",
		    .id = csAlarmType,
		    .also = { csAlarmAcknowledge, csAlarmAcknowledgedAt,
		        csAlarmText } },
		{ .title = NULL },
	};
	static const struct list list = { .table = csAlarmTable,
		.key = "alarms",
		.none = "No alarm stands.",
		.columns = columns,
		.keep = alarm_keep,
		.keep_option = { "severity", "unacknowledged" },
		.keep_needs = { csAlarmSeverity, csAlarmAcknowledge },
		.order = csAlarmSeverity,
		.backwards = true,
		.block = alarm_block };

	return list_run(cli, &list);
}

/* --- refusals
 * ------------------------------------------------------------------------- */

static struct snmp *session; /* whose root names the objects */

static const char *
refusal_object(const struct row *row)
{
	char *name = snmp_instance_name(session, row_text(row, csRefusalInstance));
	char *text = list_ring();

	snprintf(text, LIST_TEXT, "%s", name);
	free(name);
	return text;
}

static void
refusal_block(struct cli *cli, const struct row *row)
{
	struct out *o = &cli->out;

	out_say(o, TONE_STRONG, "%s", out_when(row_text(row, csRefusalTime)));
	out_say(o, TONE_PLAIN, "  %s  %s\n", refusal_object(row),
	    row_text(row, csRefusalError));
	out_wrapped(o, "    ", row_text(row, csRefusalText));
}

static int
refusal_list(struct cli *cli)
{
	static const struct list_column columns[] = {
		{ .title = "time", .id = csRefusalTime },
		{ .title = "object", .id = csRefusalInstance, .text = refusal_object },
		{ .title = "error", .id = csRefusalError },
		{ .title = "why", .id = csRefusalText, .gives = true },
		{ .title = NULL },
	};
	static const struct list list = { .table = csRefusalTable,
		.key = "refusals",
		.none = "Nothing was refused since clustersetd started.",
		.columns = columns,
		.block = refusal_block };

	session = cli_session(cli);
	return list_run(cli, &list);
}

/* --- stats
 * ------------------------------------------------------------------------------ */

static int
stats(struct cli *cli)
{
	struct snmp_instance all[MIB_OBJECTS];
	enum snmp_result result;
	json_t *values;
	char *cause = NULL, *first;
	size_t n = 0, i;
	int id;

	for (id = 0; id < MIB_OBJECTS; id++)
		if (strncmp(mib_objects[id].name, "csStats", 7) == 0 &&
		    mib_readable((enum mib_id)id))
			all[n++] = (struct snmp_instance) { .id = (enum mib_id)id };
	all[n++] = (struct snmp_instance) { .id = csSetDiscontinuityTime };
	result = snmp_get(cli_session(cli), all, n, &cause);
	if (result != SNMP_DONE) {
		snmp_free_cells(all, n);
		return cli_fail_snmp(cli, result, &cause);
	}
	if (cli->out.format == OUT_SCREEN) {
		for (i = 0; i + 1 < n; i++) {
			if (!all[i].cell.there)
				continue;
			out_say(&cli->out, TONE_PLAIN, "%-26s %12" PRIu64 "  ",
			    mib_objects[all[i].id].key, (uint64_t)all[i].cell.number);
			out_say(&cli->out, TONE_FAINT, "%s\n",
			    mib_objects[all[i].id].units);
		}
		if (all[i].cell.there) {
			first = xasprintf("%-26s ", "counted since");
			out_wrapped(&cli->out, first, out_when(all[i].cell.text));
			free(first);
		}
	} else {
		values = json_object();
		for (i = 0; i < n; i++)
			json_object_set_new(values, mib_objects[all[i].id].key,
			    rows_cell_json(all[i].id, &all[i].cell));
		out_document(&cli->out, json_pack("{s:o}", "stats", values));
	}
	snmp_free_cells(all, n);
	return EXIT_DONE;
}

static const struct command_option alarm_options[] = {
	{ .name = "severity",
	    .value = "SEVERITY",
	    .complete = COMPLETE_WORDS,
	    .words = "warning critical",
	    .text = "Only alarms of this severity." },
	{ .name = "unacknowledged",
	    .text = "Only alarms that nobody has acknowledged." },
	LIST_OPTIONS,
	{ .name = NULL },
};

static const struct command_option refusal_options[] = { LIST_OPTIONS,
	{ .name = NULL } };

const struct command cmd_list_alarms[] = {
	{ .words = "alarm list",
	    .summary = "list what is wrong right now",
	    .text = "Every alarm that stands, the most urgent first: its number, what "
	            "it is "
	            "about, since when, and what to do about it.",
	    .examples = "alarm list --severity critical\n"
	                "alarm list --unacknowledged --json",
	    .options = alarm_options,
	    .run = alarm_list },
	{ .words = "refusal list",
	    .summary = "list the orders that were refused, and why",
	    .text =
	        "The last SETs that clustersetd refused, the newest last: the object, "
	        "the "
	        "SNMP error and the reason in words. It remembers 64 of them since it "
	        "started.",
	    .options = refusal_options,
	    .run = refusal_list },
	{ .words = "stats",
	    .summary = "show how much clustersetd has done",
	    .text = "The counters of csStats.",
	    .run = stats },
	{ .words = NULL },
};
