/*
 * SPDX-License-Identifier: Apache-2.0
 * `clusterset vm discover`: which groups could be VMs.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/act.h"
#include "cli/command.h"

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

/* --- the table -------------------------------------------------------------------- */

static const struct command_option discover_options[] = {
	{ .name = "all", .text = "Groups that are in one cluster only, too." },
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
	{ .words = NULL },
};
