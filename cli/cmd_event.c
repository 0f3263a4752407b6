/*
 * SPDX-License-Identifier: Apache-2.0
 * `clusterset event list` and `follow`: what happened, and what happens next.
 *
 * Numbers of events are contiguous and never reset, so a follower knows what it missed:
 * it remembers the last number and reads the rows after it, whatever happened to the
 * daemon meanwhile.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cli/act.h"
#include "cli/command.h"
#include "cli/names.h"
#include "cli/plain.h"

enum {
	LAST_DEFAULT = 50,
	READ_MAX = 500, /* rows of one reading while following */
	POLL_MS = 700,
	SECONDS_OF_DAY = 86400,
};

struct filter {
	int severity; /* this one or worse */
	const char *vm;
	const char *cluster;
	time_t since; /* 0: from the beginning */
};

/* --- which ------------------------------------------------------------------------ */

/* "10m", "2h", "1d", "90s": how long ago, in seconds; -1 when it is none. */
static long
ago(const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);
	const char *unit = strchr("smhd", *end);
	static const long seconds[] = { 1, 60, 3600, SECONDS_OF_DAY };

	if (end == text || n < 0 || n > 1000000 || !*end || end[1] || !unit)
		return -1;
	return n * seconds[unit - "smhd"];
}

/* "2026-11-22T14:03:05Z", "... 14:03[:05]" in local time, or "14:03" of today. */
static bool
moment(const char *text, time_t *at)
{
	static const char *const formats[] = { "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S",
		"%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%H:%M:%S", "%H:%M" };
	time_t now = time(NULL);
	size_t i;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct tm tm = { 0 };
		const char *rest;

		if (formats[i][1] == 'H') {
			localtime_r(&now, &tm);
			tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
		}
		tm.tm_isdst = -1;
		rest = strptime(text, formats[i], &tm);
		if (rest && strcmp(rest, "Z") == 0)
			*at = timegm(&tm);
		else if (rest && (*rest == '+' || *rest == '-') && strlen(rest) == 6 &&
		    rest[3] == ':')
			*at = timegm(&tm) -
			    (*rest == '-' ? -1 : 1) *
			        (strtol(rest + 1, NULL, 10) * 3600 +
			            strtol(rest + 4, NULL, 10) * 60);
		else if (rest && !*rest)
			*at = mktime(&tm);
		else
			continue;
		return true;
	}
	return false;
}

/* Does the set know a VM or cluster of that name now? */
static bool
is_there(const struct rows *rows, enum mib_id column, const char *name)
{
	return !name || rows_named(rows, column, name);
}

/* A name that neither the set nor any event knows is a typo, and not a place where
 * nothing happened. */
static int
check_names(struct cli *cli, const struct filter *f)
{
	static const enum mib_id vm = csVmName, cluster = csClusterName;
	static const enum mib_id ids[] = { csEventVmName, csEventClusterName };
	struct rows *vms = NULL, *clusters = NULL, *events = NULL;
	bool vm_there, cluster_there;
	uint32_t index;
	int code = 0;

	if (f->vm)
		vms = act_table(cli, csVmTable, &vm, 1, &code);
	if (!code && f->cluster)
		clusters = act_table(cli, csClusterTable, &cluster, 1, &code);
	if (code)
		goto out;
	vm_there = is_there(vms, csVmName, f->vm);
	cluster_there = is_there(clusters, csClusterName, f->cluster);
	if (vm_there && cluster_there)
		goto out;
	events = act_table(cli, csEventTable, ids, 2, &code);
	if (!code && !vm_there && !rows_named(events, csEventVmName, f->vm))
		code = names_vm(cli, f->vm, &index);
	if (!code && !cluster_there &&
	    !rows_named(events, csEventClusterName, f->cluster))
		code = names_cluster(cli, f->cluster, &index);
out:
	rows_free(events);
	rows_free(clusters);
	rows_free(vms);
	return code;
}

static int
read_filter(struct cli *cli, struct filter *f)
{
	const char *since = option_value(cli, "since");
	const char *severity = option_value(cli, "severity");
	long seconds;

	*f = (struct filter) { .vm = option_value(cli, "vm"),
		.cluster = option_value(cli, "cluster"),
		.severity = severity ? mib_number(csEventSeverity, severity) : 1 };
	seconds = since ? ago(since) : -1;
	if (!since)
		;
	else if (seconds >= 0)
		f->since = time(NULL) - seconds;
	else if (!moment(since, &f->since))
		return cli_fail(cli, EXIT_USAGE,
		    "--since wants a time (2026-11-22T14:03:05, 14:03) or how long ago "
		    "(90s, 10m, 2h, 1d), not '%s'",
		    since);
	return check_names(cli, f);
}

static bool
passes(const struct filter *f, const struct row *row)
{
	time_t at;

	if (row_number(row, csEventSeverity, 0) < f->severity)
		return false;
	if (f->vm && strcmp(row_text(row, csEventVmName), f->vm) != 0)
		return false;
	if (f->cluster && strcmp(row_text(row, csEventClusterName), f->cluster) != 0)
		return false;
	return !f->since || !moment(row_text(row, csEventTime), &at) || at >= f->since;
}

/* --- showing ---------------------------------------------------------------------- */

static void
say_event(struct out *o, const struct row *row)
{
	const char *severity = row_text(row, csEventSeverity);
	const char *name = row_text(row, csEventObjectName);
	const struct plain about = { .vm = row_text(row, csEventVmName),
		.cluster = row_text(row, csEventClusterName) };
	char *text = plain_text(row_text(row, csEventText), &about);

	out_say(o, TONE_FAINT, "%6" PRIu32 "  ", row->index[0]);
	out_say(o, TONE_PLAIN, "%s  ", out_when(row_text(row, csEventTime)));
	out_field(o, out_tone_of(severity), 8, false, severity);
	out_say(o, TONE_PLAIN, "  ");
	out_field(o, TONE_STRONG, 16, false, out_words(row_text(row, csEventType)));
	/* nearly every text names what it is about */
	if (strstr(text, name))
		name = "";
	out_say(o, TONE_PLAIN, "  %s%s%s\n", name, *name ? ": " : "", text);
	free(text);
}

static int
list(struct cli *cli, const struct filter *f, long last)
{
	bool all = f->vm || f->cluster || f->since || f->severity > 1;
	struct snmp_instance newest = { .id = csEventNewest };
	enum snmp_result result = SNMP_DONE;
	char *cause = NULL;
	struct rows *rows;
	json_t *array;
	size_t i, n = 0, skip;
	uint32_t end;
	int code = act_get(cli, &newest, 1);

	if (code)
		return code;
	end = (uint32_t)newest.cell.number;
	/* without a filter the last ones are found by their numbers */
	rows = snmp_table_after(cli_session(cli), csEventTable,
	    all || end < last ? 0 : end - (uint32_t)last, SNMP_ROWS_MAX, &result,
	    &cause);
	if (!rows)
		return cli_fail_snmp(cli, result, &cause);
	for (i = 0; i < rows->n; i++)
		n += passes(f, &rows->row[i]);
	skip = n > (size_t)last ? n - (size_t)last : 0;
	array = json_array();
	for (i = 0; i < rows->n; i++) {
		if (!passes(f, &rows->row[i]) || (skip && skip--))
			continue;
		if (cli->out.format == OUT_SCREEN)
			say_event(&cli->out, &rows->row[i]);
		else
			json_array_append_new(array, row_json(rows, &rows->row[i]));
	}
	if (!n)
		act_say(cli, "no event%s", all ? " that fits" : "");
	act_document(cli, "events", array);
	rows_free(rows);
	return 0;
}

/* --- following -------------------------------------------------------------------- */

struct follow {
	struct cli *cli;
	const struct filter *filter;
	uint32_t last; /* the number of the last one that was read */
	bool silent; /* that nobody answers has been said */
};

/* Events that cannot be read any more: the ring went round while we did not look. */
static void
missed(struct follow *w, uint32_t first, uint32_t last)
{
	if (w->cli->out.format == OUT_SCREEN)
		out_say(&w->cli->out, TONE_BAD,
		    "events %" PRIu32 " to %" PRIu32
		    " were missed: csEventTable holds them no more\n",
		    first, last);
	else
		out_document_line(&w->cli->out,
		    json_pack("{s:{s:I, s:I}}", "missed", "first", (json_int_t)first,
		        "last", (json_int_t)last));
}

static void
take(struct follow *w, const struct rows *rows)
{
	struct cli *cli = w->cli;
	size_t i;

	for (i = 0; i < rows->n; i++) {
		const struct row *row = &rows->row[i];

		if (row->index[0] > w->last + 1)
			missed(w, w->last + 1, row->index[0] - 1);
		w->last = row->index[0];
		if (!passes(w->filter, row))
			continue;
		if (cli->out.format == OUT_SCREEN)
			say_event(&cli->out, row);
		else
			out_document_line(&cli->out, row_json(rows, row));
	}
}

/* All that is new since w->last. */
static enum snmp_result
catch_up(struct follow *w, char **cause)
{
	enum snmp_result result;
	struct snmp_instance newest;
	struct rows *rows;
	size_t n;

	for (;;) {
		newest = (struct snmp_instance) { .id = csEventNewest };
		result = snmp_get(w->cli->snmp, &newest, 1, cause);
		if (result != SNMP_DONE)
			return result;
		if (!newest.cell.there) {
			cause_set(cause, "the agent tells no csEventNewest");
			return SNMP_FAILED;
		}
		if (newest.cell.number < w->last) {
			/* never with one state file: it is another one, or an old copy
			 */
			act_warn(w->cli,
			    "the newest event is %" PRIi64 " now, and was %" PRIu32
			    ": the state of clustersetd is another one; going on from "
			    "there",
			    newest.cell.number, w->last);
			w->last = (uint32_t)newest.cell.number;
		}
		if (newest.cell.number == w->last)
			return SNMP_DONE;
		rows = snmp_table_after(
		    w->cli->snmp, csEventTable, w->last, READ_MAX, &result, cause);
		if (!rows)
			return result;
		n = rows->n;
		take(w, rows);
		rows_free(rows);
		if (n < READ_MAX)
			return SNMP_DONE;
	}
}

static void
open_again(struct cli *cli)
{
	char *cause = NULL;
	struct snmp *fresh = snmp_open_session(
	    cli->snmp_argc, cli->snmp_argv, cli->peer, cli->root, &cause);

	if (fresh) {
		snmp_close_session(cli->snmp);
		cli->snmp = fresh;
	}
	free(cause);
}

static int
follow(struct cli *cli, const struct filter *f, long back)
{
	struct follow w = { .cli = cli, .filter = f };
	const struct timespec nap = { .tv_nsec = POLL_MS * 1000000L };
	struct snmp_instance at[] = { { .id = csEventNewest },
		{ .id = csEventOldest } };
	char *cause = NULL;
	int code = act_get(cli, at, 2);

	if (code)
		return code;
	w.last = (uint32_t)(at[0].cell.number > back ? at[0].cell.number - back : 0);
	/* what is older than the ring was not missed: nobody asked for it */
	if (w.last + 1 < at[1].cell.number)
		w.last = (uint32_t)at[1].cell.number - 1;
	for (;;) {
		enum snmp_result result = catch_up(&w, &cause);

		if (out_finish(&cli->out, NULL))
			return EXIT_FAILED; /* whoever read it is gone */
		if (result != SNMP_DONE && !w.silent)
			act_warn(cli, "%s; waiting", cause ? cause : "no answer");
		if (result == SNMP_DONE && w.silent)
			act_warn(cli, "%s answers again", snmp_peer(cli->snmp));
		w.silent = result != SNMP_DONE;
		xfree_clear(&cause);
		nanosleep(&nap, NULL);
		if (w.silent)
			open_again(cli);
	}
}

static int
run_list(struct cli *cli)
{
	struct filter f;
	bool following = option_given(cli, "follow");
	long last = option_number(cli, "last", 0, 1000000, -1);
	int code = read_filter(cli, &f);

	if (code)
		return code;
	if (following)
		return follow(cli, &f, last < 0 ? 10 : last);
	return list(cli, &f, last < 0 ? f.since ? 1000000 : LAST_DEFAULT : last);
}

static int
run_follow(struct cli *cli)
{
	struct filter f;
	int code = read_filter(cli, &f);

	return code ? code
	            : follow(cli, &f, option_number(cli, "last", 0, 1000000, 10));
}

#define FILTER_OPTIONS                                                                 \
	{ .name = "severity",                                                          \
		.value = "SEVERITY",                                                   \
		.complete = COMPLETE_WORDS,                                            \
		.words = "info warning critical",                                      \
		.text = "Only this one and worse." },                                  \
	    { .name = "vm",                                                            \
		    .value = "VM",                                                     \
		    .complete = COMPLETE_VM,                                           \
		    .text = "Only what is about this VM, also one that is no more." }, \
	    { .name = "cluster",                                                       \
		    .value = "CLUSTER",                                                \
		    .complete = COMPLETE_CLUSTER,                                      \
		    .text = "Only what is about this cluster." },                      \
	    { .name = "since",                                                         \
		    .value = "TIME",                                                   \
		    .text = "From a time on (2026-11-22T14:03:05, 14:03) or so long "  \
		            "ago (90s, 10m, 2h, 1d)." },                               \
	{                                                                              \
		.name = "last", .value = "N",                                          \
		.text = "Only the last N: without it 50, or 10 before what follows."   \
	}

static const struct command_option list_options[] = {
	FILTER_OPTIONS,
	{ .name = "follow",
	    .text = "Go on with new ones, as clusterset event follow." },
	{ .name = NULL },
};
static const struct command_option follow_options[] = {
	FILTER_OPTIONS,
	{ .name = NULL },
};

const struct command cmd_event[] = {
	{ .words = "event list",
	    .summary = "show what happened",
	    .text =
	        "Oldest first. The ring has a configured size and survives restarts.",
	    .examples = "clusterset event list --vm web1 --since 2h\n"
	                "clusterset event --follow --severity warning",
	    .options = list_options,
	    .run = run_list },
	{ .words = "event follow",
	    .summary = "show what happens, as it happens",
	    .text =
	        "Every event once and in order, across restarts of clustersetd and "
	        "snmpd; "
	        "where the ring went round meanwhile, the numbers that were missed are "
	        "named. With --json a line per event.",
	    .examples = "clusterset event follow --json # for programs",
	    .options = follow_options,
	    .run = run_follow },
	{ .words = NULL },
};
