/*
 * SPDX-License-Identifier: Apache-2.0
 * Settings of VMs, and where one is: hold, home, priority, where.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/act.h"
#include "cli/command.h"
#include "cli/names.h"
#include "cli/place.h"
#include "cli/plain.h"

static const struct command_argument vms[] = {
	{ .name = "VM",
	    .complete = COMPLETE_VM,
	    .many = true,
	    .text = "Names of VMs." },
	{ .name = NULL },
};

/* The column of all named VMs to one number, in one SET. */
static int
set_all(struct cli *cli, enum mib_id id, int64_t number, const char *done)
{
	size_t n = cli->narguments, i;
	uint32_t *index = xcalloc(n, sizeof(*index));
	struct snmp_assign *set = xcalloc(n, sizeof(*set));
	json_t *array = json_array();
	const struct cell written = { .there = true, .number = number };
	int code = names_vms(cli, cli->arguments, n, index);

	for (i = 0; i < n; i++)
		set[i] = act_number(id, index[i], number);
	if (!code)
		code = act_set(cli, set, n);
	for (i = 0; !code && i < n; i++) {
		act_say(cli, "%s %s", cli->arguments[i], done);
		json_array_append_new(array,
		    json_pack("{s:s, s:I, s:o}", "name", cli->arguments[i], "index",
		        (json_int_t)index[i], mib_objects[id].key,
		        rows_cell_json(id, &written)));
	}
	if (code)
		json_decref(array);
	else
		act_document(cli, "vms", array);
	free(set);
	free(index);
	return code;
}

static int
run_hold(struct cli *cli)
{
	return set_all(cli, csVmHold, ACT_TRUE,
	    "is on hold: clusterset keeps its hands off it until clusterset vm "
	    "release");
}

static int
run_release(struct cli *cli)
{
	return set_all(cli, csVmHold, ACT_FALSE, "is not on hold any more");
}

static int
run_home(struct cli *cli)
{
	uint32_t vm, cluster = 0;
	const char *name = argument(cli, 0), *home = argument(cli, 1);
	struct snmp_assign set;
	int code = names_vm(cli, name, &vm);

	if (!code && !option_given(cli, "none") && !home)
		code = cli_fail(cli, EXIT_USAGE,
		    "vm home: CLUSTER is missing, or --none for no home at all");
	if (!code && home && option_given(cli, "none"))
		code =
		    cli_fail(cli, EXIT_USAGE, "vm home: CLUSTER or --none, not both");
	if (!code && home)
		code = names_cluster(cli, home, &cluster);
	set = act_number(csVmHomeCluster, vm, cluster);
	if (!code)
		code = act_set(cli, &set, 1);
	if (code)
		return code;
	if (home)
		act_say(cli, "%s belongs to cluster %s", name, home);
	else
		act_say(cli, "%s belongs to no cluster in particular", name);
	act_document(cli, "vms",
	    json_pack("[{s:s, s:I, s:I, s:s?}]", "name", name, "index", (json_int_t)vm,
	        "homeCluster", (json_int_t)cluster, "homeClusterName", home));
	return 0;
}

static int
run_priority(struct cli *cli)
{
	uint32_t vm;
	const char *name = argument(cli, 0), *text = argument(cli, 1);
	uint32_t number = names_number(text);
	struct snmp_assign set;
	int code;

	if (number > 1000 || (!number && strcmp(text, "0") != 0))
		return cli_fail(cli, EXIT_USAGE,
		    "vm priority wants a number from 0 to 1000, not '%s'", text);
	if ((code = names_vm(cli, name, &vm)))
		return code;
	set = act_number(csVmPriority, vm, number);
	if ((code = act_set(cli, &set, 1)))
		return code;
	act_say(cli, "%s has priority %u", name, number);
	act_document(cli, "vms",
	    json_pack("[{s:s, s:I, s:I}]", "name", name, "index", (json_int_t)vm,
	        "priority", (json_int_t)number));
	return 0;
}

/* --- where ------------------------------------------------------------------------ */

enum {
	AT_STATE,
	AT_CLUSTER,
	AT_NODE,
	AT_TEXT,
	AT_ADMIN,
	AT_HOLD,
	AT_SINCE,
	AT_COLUMNS,
};

static const enum mib_id at_columns[AT_COLUMNS] = { csVmOperState, csVmClusterName,
	csVmNodeName, csVmStatusText, csVmAdminState, csVmHold, csVmSince };

/* One line: the place, or why there is none. */
static void
say_where(struct cli *cli, const char *name, const struct snmp_instance *at)
{
	struct out *o = &cli->out;
	const char *state = act_text(&at[AT_STATE]), *text = act_text(&at[AT_TEXT]);
	const char *cluster = act_text(&at[AT_CLUSTER]), *node = act_text(&at[AT_NODE]);

	out_say(o, TONE_STRONG, "%s", name);
	out_say(o, TONE_PLAIN, ": ");
	out_say(o, out_tone_of(state), "%s", out_words(state));
	if (*cluster)
		out_say(
		    o, TONE_PLAIN, " in %s%s%s", cluster, *node ? " on " : "", node);
	if (*act_text(&at[AT_SINCE]))
		out_say(o, TONE_PLAIN, " since %s", out_when(act_text(&at[AT_SINCE])));
	if (at[AT_HOLD].cell.number == ACT_TRUE)
		out_say(o, TONE_BUSY, ", on hold");
	if (strcmp(act_text(&at[AT_ADMIN]), "down") == 0)
		out_say(o, TONE_PLAIN, ", wanted down");
	/* what it says beyond the place */
	if (*text && strncmp(text, "Online on ", 10) != 0) {
		char *plain = plain_text(text, &(struct plain) { .vm = name });

		out_say(o, TONE_PLAIN, ": %s", plain);
		free(plain);
	}
	out_say(o, TONE_PLAIN, "\n");
}

/* The sites of a VM that cannot be told: what each says. */
static int
say_sites(struct cli *cli, uint32_t vm)
{
	static const enum mib_id ids[] = { csVmSiteClusterName, csVmSiteOperState,
		csVmSiteStatusText };
	enum snmp_result result = SNMP_DONE;
	char *cause = NULL;
	struct rows *rows = snmp_table_part(
	    cli_session(cli), csVmSiteTable, ids, 3, &vm, 1, &result, &cause);
	size_t i;

	if (!rows)
		return cli_fail_snmp(cli, result, &cause);
	for (i = 0; i < rows->n; i++) {
		const char *state = row_text(&rows->row[i], csVmSiteOperState);
		const char *text = row_text(&rows->row[i], csVmSiteStatusText);

		out_say(&cli->out, TONE_PLAIN,
		    "    %s: ", row_text(&rows->row[i], csVmSiteClusterName));
		out_say(&cli->out, out_tone_of(state), "%s", out_words(state));
		out_say(&cli->out, TONE_PLAIN, "%s%s\n", *text ? ": " : "", text);
	}
	rows_free(rows);
	return 0;
}

static json_t *
where_json(const char *name, uint32_t vm, const struct snmp_instance *at)
{
	json_t *o = json_pack("{s:s, s:I}", "name", name, "index", (json_int_t)vm);
	size_t i;

	for (i = 0; i < AT_COLUMNS; i++)
		json_object_set_new(o, mib_objects[at[i].id].key,
		    rows_cell_json(at[i].id, &at[i].cell));
	return o;
}

static int
say_all(struct cli *cli)
{
	size_t n = cli->narguments, i, j;
	uint32_t *index = xcalloc(n, sizeof(*index));
	struct snmp_instance *at = xcalloc(n * AT_COLUMNS, sizeof(*at));
	json_t *array = json_array();
	int code = names_vms(cli, cli->arguments, n, index);

	for (i = 0; i < n; i++)
		for (j = 0; j < AT_COLUMNS; j++)
			at[i * AT_COLUMNS + j] =
			    (struct snmp_instance) { .id = at_columns[j],
				    .index = { index[i] } };
	if (!code)
		code = act_get(cli, at, n * AT_COLUMNS);
	for (i = 0; !code && i < n; i++) {
		const struct snmp_instance *a = at + i * AT_COLUMNS;
		const char *state = act_text(&a[AT_STATE]);

		json_array_append_new(
		    array, where_json(cli->arguments[i], index[i], a));
		if (cli->out.format != OUT_SCREEN)
			continue;
		say_where(cli, cli->arguments[i], a);
		if (strcmp(state, "unknown") == 0 || strcmp(state, "inDoubt") == 0 ||
		    strcmp(state, "conflict") == 0)
			code = say_sites(cli, index[i]);
	}
	if (code)
		json_decref(array);
	else
		act_document(cli, "vms", array);
	snmp_free_cells(at, n * AT_COLUMNS);
	free(at);
	free(index);
	return code;
}

static int
run_where(struct cli *cli)
{
	const struct command_option *o;

	if (cli->narguments == 0)
		return place_run(cli);
	for (o = place_options; o->name != NULL; o++)
		if (option_given(cli, o->name))
			return cli_fail(cli, EXIT_USAGE,
			    "vm where: --%s is for a VM that is not there yet; where "
			    "one that exists could go says clusterset vm place",
			    o->name);
	return say_all(cli);
}

/* --- the table -------------------------------------------------------------------- */

static const struct command_argument where_vms[] = {
	{ .name = "VM",
	    .complete = COMPLETE_VM,
	    .optional = true,
	    .many = true,
	    .text = "Names of VMs." },
	{ .name = NULL },
};
static const struct command_argument home_arguments[] = {
	{ .name = "VM", .complete = COMPLETE_VM, .text = "Its name." },
	{ .name = "CLUSTER",
	    .complete = COMPLETE_CLUSTER,
	    .optional = true,
	    .text = "One of its clusters." },
	{ .name = NULL },
};
static const struct command_option home_options[] = {
	{ .name = "none", .text = "It belongs to no cluster in particular." },
	{ .name = NULL },
};
static const struct command_argument priority_arguments[] = {
	{ .name = "VM", .complete = COMPLETE_VM, .text = "Its name." },
	{ .name = "NUMBER", .text = "0 to 1000; higher goes first." },
	{ .name = NULL },
};

const struct command cmd_vm[] = {
	{ .words = "vm where",
	    .summary = "say where VMs that you name are, or where a new one fits",
	    .text =
	        "State, cluster and node; for a VM of which that is not known, what "
	        "each of its clusters says.\n\n"
	        "Without a name it says where a new one of the given size should go, "
	        "as "
	        "clusterset vm place does.",
	    .examples = "clusterset vm where web1 # running in east on east1\n"
	                "clusterset vm where --cpus 2 --memory 4096 # a new one",
	    .arguments = where_vms,
	    .options = place_options,
	    .run = run_where },
	{ .words = "vm hold",
	    .summary = "keep clusterset's hands off VMs",
	    .text = "Nothing moves, starts or stops a VM on hold, and a move of it "
	            "under way "
	            "goes to its nearest safe end: before the stop it is cancelled, "
	            "after it "
	            "the VM goes back to its source. Set it before work by hand. What "
	            "clusterset vm up or down asks for meanwhile is done when the hold "
	            "ends.",
	    .examples = "clusterset vm hold web1 # before work by hand",
	    .arguments = vms,
	    .run = run_hold },
	{ .words = "vm release",
	    .summary = "end the hold of VMs",
	    .text = "What was asked for during the hold is done now. To let go of a "
	            "cluster that is gone, see clusterset site release.",
	    .examples = "clusterset vm release web1 # the work by hand is done",
	    .arguments = vms,
	    .run = run_release },
	{ .words = "vm unhold",
	    .summary = "end the hold of VMs (the same as vm release)",
	    .arguments = vms,
	    .run = run_release,
	    .hidden = true },
	{ .words = "vm home",
	    .summary = "say to which cluster a VM belongs",
	    .text =
	        "What is set here stands from now on, also after restarts; the home of "
	        "the configuration file is ignored then.",
	    .examples =
	        "clusterset vm home web1 east # policies may bring it back there",
	    .arguments = home_arguments,
	    .options = home_options,
	    .run = run_home },
	{ .words = "vm priority",
	    .summary = "say how important a VM is",
	    .text =
	        "Higher goes first when moves wait for their turn or not all VMs can "
	        "run. What is set here stands from now on; the priority of the "
	        "configuration file is ignored then.",
	    .examples = "clusterset vm priority web1 800 # before most others",
	    .arguments = priority_arguments,
	    .run = run_priority },
	{ .words = NULL },
};
