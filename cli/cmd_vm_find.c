/*
 * SPDX-License-Identifier: Apache-2.0
 * `clusterset vm discover`: which groups could be VMs. `vm place`: where a new one
 * fits.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cli/act.h"
#include "cli/command.h"
#include "cli/names.h"

/* --- discover --------------------------------------------------------------------- */

static const char *
group_of(const struct row *row)
{
	return row->index_text[1] ? row->index_text[1] : "";
}

static int
by_group(const void *a, const void *b)
{
	const struct row *x = *(const struct row *const *)a,
	                 *y = *(const struct row *const *)b;
	int order = strcmp(group_of(x), group_of(y));

	return order ? order : x->index[0] < y->index[0] ? -1 : 1;
}

/* A word as a shell takes it. The caller frees. */
static char *
quoted(const char *text)
{
	static const char plain[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789_-./:@%+,=";
	char *q = NULL;
	size_t len;
	FILE *f;

	if (*text && strspn(text, plain) == strlen(text))
		return xstrdup(text);
	f = open_memstream(&q, &len);
	fputc('\'', f);
	for (; *text; text++)
		fputs(*text == '\'' ? "'\\''" : (char[]) { *text, '\0' }, f);
	fputc('\'', f);
	fclose(f);
	return q;
}

/* The command that makes a VM of these groups of one name. The caller frees. */
static char *
command_for(struct row *const *row, size_t n)
{
	char *text = NULL, *word = quoted(group_of(row[0]));
	size_t len, i;
	FILE *f = open_memstream(&text, &len);

	fprintf(f, "clusterset vm register %s", word);
	free(word);
	for (i = 0; i < n; i++) {
		char *site = xasprintf("%s=%s",
		    row_text(row[i], csCandidateClusterName), group_of(row[i]));

		word = quoted(site);
		fprintf(f, " --site %s", word);
		free(word);
		free(site);
	}
	fclose(f);
	return text;
}

/* One name with the clusters that have it, and what to do about it. */
static json_t *
say_group(struct cli *cli, struct row *const *row, size_t n)
{
	struct out *o = &cli->out;
	bool screen = o->format == OUT_SCREEN;
	char *command = n > 1 ? command_for(row, n) : NULL;
	json_t *sites = json_array();
	size_t i, active = 0;

	if (screen)
		out_say(o, TONE_STRONG, "%s\n", group_of(row[0]));
	for (i = 0; i < n; i++) {
		const char *cluster = row_text(row[i], csCandidateClusterName);
		const char *state = row_text(row[i], csCandidateOperState);
		const char *node = row_text(row[i], csCandidateNodeName);

		active += strcmp(state, "offline") != 0;
		if (screen) {
			out_say(o, TONE_PLAIN, "    %s: ", cluster);
			out_say(o, out_tone_of(state), "%s", out_words(state));
			out_say(o, TONE_PLAIN, "%s%s\n", *node ? " on " : "", node);
		}
		json_array_append_new(sites,
		    json_pack("{s:s, s:s, s:s}", "clusterName", cluster, "operState",
		        state, "nodeName", node));
	}
	if (screen && n > 1 && active > 1)
		out_say(o, TONE_BUSY,
		    "    active in more than one cluster: these are most likely not "
		    "one "
		    "VM\n");
	else if (screen && n > 1)
		out_say(o, TONE_FAINT,
		    "    if these are one VM: %s --disk NAME=RESOURCE\n", command);
	sites = json_pack("{s:s, s:o, s:s?}", "group", group_of(row[0]), "sites", sites,
	    "command", n > 1 && active < 2 ? command : NULL);
	free(command);
	return sites;
}

static int
run_discover(struct cli *cli)
{
	int code;
	size_t i, n, single = 0;
	struct rows *rows = act_table(cli, csCandidateTable, NULL, 0, &code);
	struct row **row;
	json_t *array = json_array();
	bool all = option_given(cli, "all");

	if (!rows) {
		json_decref(array);
		return code;
	}
	row = xcalloc(rows->n + 1, sizeof(struct row *));
	for (i = 0; i < rows->n; i++)
		row[i] = &rows->row[i];
	if (rows->n)
		qsort(row, rows->n, sizeof(struct row *), by_group);
	for (i = 0; i < rows->n; i += n) {
		for (n = 1; i + n < rows->n &&
		     strcmp(group_of(row[i]), group_of(row[i + n])) == 0;
		     n++)
			;
		if (n == 1 && !all && cli->out.format == OUT_SCREEN) {
			single++;
			continue;
		}
		json_array_append_new(array, say_group(cli, row + i, n));
	}
	if (rows->n == 0)
		act_say(cli, "every failover group belongs to a VM");
	else if (single)
		act_say(cli,
		    "%zu more groups are in one cluster only; --all shows them",
		    single);
	if (json_array_size(array) && cli->out.format == OUT_SCREEN)
		out_wrapped(&cli->out, "",
		    "Groups of one name need not be one VM: failover1 and "
		    "ManagementGroup are everywhere. Look at their disks first, and "
		    "say "
		    "with --disk which resource is the one that they share (--kind "
		    "stateless when there is none).");
	act_document(cli, "candidates", array);
	free(row);
	rows_free(rows);
	return 0;
}

/* --- place ------------------------------------------------------------------------ */

enum {
	ROW_CREATE_AND_GO = 4,
	ROW_DESTROY = 6,
	PLACE_MS = 15000,
	TRIES = 5,
	VARS_MAX = 4,
};

struct question {
	struct cli *cli;
	const char *owner;
	uint32_t index;
	long cpus, memory;
	uint32_t set; /* csAvailSetIndex, 0: none */
};

static struct snmp_assign
cell(const struct question *q, enum mib_id id, int64_t number)
{
	return (struct snmp_assign) { .id = id,
		.index = { 0, q->index },
		.index_text = { q->owner },
		.number = number };
}

/* A row of csPlacementTable with an index that nobody has. */
static int
ask(struct question *q)
{
	struct snmp_assign set[VARS_MAX];
	char *cause = NULL;
	size_t n;
	int code = EXIT_FAILED, try;

	/* there is no csPlacementIndexNext: a number that others do not choose */
	q->index = ((uint32_t)clock_ms() << 8 ^ (uint32_t)getpid()) & INT32_MAX;
	for (try = 0; try < TRIES; try++, q->index++) {
		if (q->index == 0)
			q->index = 1;
		n = 0;
		set[n++] = cell(q, csPlacementCpus, q->cpus);
		set[n++] = cell(q, csPlacementMemory, q->memory);
		if (q->set)
			set[n++] = cell(q, csPlacementAvailabilitySet, q->set);
		set[n++] = cell(q, csPlacementRowStatus, ROW_CREATE_AND_GO);
		code = act_try(q->cli, set, n, &cause);
		if (code != EXIT_REFUSED || !cause || !strstr(cause, "exists"))
			break;
	}
	if (code)
		cli_fail(q->cli, code, "%s", cause ? cause : "the SET failed");
	free(cause);
	return code;
}

/* Until the answer is there: its state, 0 when it does not come. */
static int
await(struct question *q, struct snmp_instance *answer)
{
	const struct timespec nap = { .tv_nsec = 200 * 1000000 };
	const int computing = mib_number(csPlacementState, "computing");
	int64_t end = clock_ms() + PLACE_MS;
	int code;

	for (;;) {
		answer[0] = (struct snmp_instance) { .id = csPlacementState };
		answer[1] = (struct snmp_instance) { .id = csPlacementText };
		answer[0].index[1] = answer[1].index[1] = q->index;
		answer[0].index_text[0] = answer[1].index_text[0] = q->owner;
		if ((code = act_get(q->cli, answer, 2)))
			return code;
		if (answer[0].cell.there && answer[0].cell.number != computing)
			return 0;
		snmp_free_cells(answer, 2);
		if (clock_ms() > end)
			return cli_fail(q->cli, EXIT_FAILED,
			    "no answer to the question %s/%" PRIu32
			    " yet: read csPlacementTable later",
			    q->owner, q->index);
		nanosleep(&nap, NULL);
	}
}

/* The places, best first. */
static int
say_places(struct question *q, const struct snmp_instance *answer)
{
	static const struct out_column columns[] = { { .title = "RANK", .right = true },
		{ .title = "CLUSTER" }, { .title = "NODE" },
		{ .title = "SCORE", .right = true },
		{ .title = "WHY", .gives = true } };
	struct cli *cli = q->cli;
	struct out_table *t;
	json_t *places = json_array();
	char text[32];
	int code;
	size_t i;
	struct rows *rows = act_table(cli, csPlacementResultTable, NULL, 0, &code);

	if (!rows) {
		json_decref(places);
		return code;
	}
	t = out_table_new(columns, sizeof(columns) / sizeof(columns[0]));
	for (i = 0; i < rows->n; i++) {
		const struct row *row = &rows->row[i];
		const char *owner = row->index_text[0] ? row->index_text[0] : "";

		if (strcmp(owner, q->owner) != 0 || row->index[1] != q->index)
			continue;
		snprintf(text, sizeof(text), "%" PRIu32, row->index[2]);
		out_table_cell(t, text);
		out_table_cell(t, row_text(row, csPlacementResultClusterName));
		out_table_cell(t, row_text(row, csPlacementResultNodeName));
		out_table_cell(t, row_text(row, csPlacementResultScore));
		out_table_cell(t, row_text(row, csPlacementResultText));
		json_array_append_new(places, row_json(rows, row));
	}
	if (cli->out.format == OUT_SCREEN)
		out_table_print(&cli->out, t);
	out_table_free(t);
	act_document(cli, "placement",
	    json_pack("{s:s, s:s, s:o}", "state", act_text(&answer[0]), "text",
	        act_text(&answer[1]), "places", places));
	rows_free(rows);
	return 0;
}

static int
run_place(struct cli *cli)
{
	const char *set = option_value(cli, "availability-set");
	struct question q = { .cli = cli,
		.owner = names_owner(cli, option_value(cli, "owner")),
		.cpus = option_number(cli, "cpus", 1, 4096, 1),
		.memory = option_number(cli, "memory", 1, 268435456, 1) };
	struct snmp_instance answer[2];
	struct snmp_assign destroy;
	char *cause = NULL;
	int code = q.owner ? 0 : EXIT_USAGE;

	if (!code && set)
		code = names_find(cli, csAvailSetTable, csAvailSetName,
		    "availability set", "availability-set list", set, &q.set);
	if (!code)
		code = ask(&q);
	if (code)
		return code;
	code = await(&q, answer);
	if (!code) {
		code = say_places(&q, answer);
		if (!code && strcmp(act_text(&answer[0]), "found") != 0) {
			if (cli->out.format == OUT_SCREEN)
				act_warn(cli, "there is no place for it: %s",
				    act_text(&answer[1]));
			code = EXIT_FAILED;
		}
		snmp_free_cells(answer, 2);
	}
	destroy = cell(&q, csPlacementRowStatus, ROW_DESTROY);
	if (snmp_set(cli_session(cli), &destroy, 1, &cause) != SNMP_DONE)
		act_warn(cli, "the question stays in csPlacementTable: %s",
		    cause ? cause : "no answer");
	free(cause);
	return code;
}

/* --- the table -------------------------------------------------------------------- */

static const struct command_option discover_options[] = {
	{ .name = "all", .text = "Groups that are in one cluster only, too." },
	{ .name = NULL },
};
static const struct command_option place_options[] = {
	{ .name = "cpus", .value = "N", .text = "Its processors.", .required = true },
	{ .name = "memory", .value = "MIB", .text = "Its memory.", .required = true },
	{ .name = "availability-set",
	    .value = "NAME",
	    .complete = COMPLETE_AVAILABILITY_SET,
	    .text = "The set that it will belong to." },
	{ .name = "owner",
	    .value = "NAME",
	    .text = "In whose name it is asked, instead of your login name." },
	{ .name = NULL },
};

const struct command cmd_vm_find[] = {
	{ .words = "vm discover",
	    .summary = "list failover groups that could be VMs",
	    .text =
	        "Groups of the clusters that no VM of the configuration is paired "
	        "with. "
	        "Those that several clusters have by one name come with the command "
	        "that "
	        "makes a VM of them; whether they are one VM, only you can tell: their "
	        "disk must be the same.",
	    .examples = "clusterset vm discover",
	    .options = discover_options,
	    .run = run_discover },
	{ .words = "vm place",
	    .summary = "ask where a new VM fits best",
	    .text =
	        "Ranked places for so many processors and so much memory. Exit code 1 "
	        "when there is none. A clustersetd that measures no loads, as that of "
	        "this release, refuses the question (4).",
	    .examples = "clusterset vm place --cpus 4 --memory 8192",
	    .options = place_options,
	    .run = run_place },
	{ .words = NULL },
};
