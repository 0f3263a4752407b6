/*
 * SPDX-License-Identifier: Apache-2.0
 * Decisions on what policies propose: plan approve and reject. And hooks.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/act.h"
#include "cli/command.h"
#include "cli/names.h"

#define HAS_NONE                                                                       \
	"A clustersetd that lists no hooks, as that of this release, refuses it. The " \
	"program of load.hook and fences are switched in clusterset.conf(5)."

static int
decide(struct cli *cli, const char *word, const char *done)
{
	size_t i, n = cli->narguments;
	struct snmp_assign *set = xcalloc(n, sizeof(*set));
	json_t *array = json_array();
	int code = 0;

	for (i = 0; i < n && !code; i++) {
		uint32_t number = names_number(cli->arguments[i]);

		set[i] =
		    act_number(csPlanApprove, number, mib_number(csPlanApprove, word));
		if (!number)
			code = cli_fail(cli, EXIT_USAGE,
			    "'%s' is no number of a plan: see clusterset plan list",
			    cli->arguments[i]);
		else
			json_array_append_new(array,
			    json_pack("{s:I, s:s}", "index", (json_int_t)number,
			        "approve", word));
	}
	if (!code)
		code = act_set(cli, set, n);
	for (i = 0; i < n && !code; i++)
		act_say(cli, "plan %s is %s", cli->arguments[i], done);
	if (!code)
		act_document(cli, "plans", json_incref(array));
	json_decref(array);
	free(set);
	return code;
}

static int
run_approve(struct cli *cli)
{
	return decide(cli, "approve", "approved");
}

static int
run_reject(struct cli *cli)
{
	return decide(cli, "reject", "rejected");
}

/* A row with a name: its column to a word's number. */
static int
set_named(struct cli *cli, enum mib_table_id table, enum mib_id name_column,
    const char *noun, const char *list, enum mib_id id, const char *word,
    const char *kind)
{
	const char *name = argument(cli, 0);
	struct snmp_assign set;
	uint32_t index;
	int code = names_find(cli, table, name_column, noun, list, name, &index);

	if (code)
		return code;
	set = act_number(id, index, mib_number(id, word));
	if ((code = act_set(cli, &set, 1)))
		return code;
	act_say(cli, "%s %s is %s", noun, name, word);
	act_document(cli, kind,
	    json_pack("[{s:s, s:I, s:s}]", "name", name, "index", (json_int_t)index,
	        mib_objects[id].key, word));
	return 0;
}

static int
run_hook_enable(struct cli *cli)
{
	return set_named(cli, csHookTable, csHookName, "hook", "hook list",
	    csHookAdminState, "enabled", "hooks");
}

static int
run_hook_disable(struct cli *cli)
{
	return set_named(cli, csHookTable, csHookName, "hook", "hook list",
	    csHookAdminState, "disabled", "hooks");
}

static const struct command_argument plans[] = {
	{ .name = "NUMBER",
	    .complete = COMPLETE_PLAN,
	    .many = true,
	    .text = "Numbers of clusterset plan list." },
	{ .name = NULL },
};
static const struct command_argument hook_arguments[] = {
	{ .name = "HOOK", .complete = COMPLETE_HOOK, .text = "Its name." },
	{ .name = NULL },
};

const struct command cmd_plan[] = {
	{ .words = "plan approve",
	    .summary = "have plans carried out",
	    .text =
	        "Its turn comes when those before it are done and the limits let it "
	        "begin; see its state in clusterset plan list. Plans of one batch "
	        "are meant in their order, and each may be approved, rejected or "
	        "withdrawn by itself: half of an exchange can stay. A plan that is no "
	        "longer proposed is "
	        "refused.",
	    .examples = "clusterset plan approve 4 5 6",
	    .arguments = plans,
	    .run = run_approve },
	{ .words = "plan reject",
	    .summary = "say no to plans",
	    .text =
	        "Its policy does not propose the same again for a while. A plan that "
	        "is no longer proposed is refused.",
	    .examples = "clusterset plan reject 4",
	    .arguments = plans,
	    .run = run_reject },
	{ .words = "hook enable",
	    .summary = "have a hook run",
	    .text = HAS_NONE,
	    .examples = "clusterset hook enable fence",
	    .arguments = hook_arguments,
	    .run = run_hook_enable },
	{ .words = "hook disable",
	    .summary = "keep a hook from running",
	    .text = HAS_NONE,
	    .examples = "clusterset hook disable fence",
	    .arguments = hook_arguments,
	    .run = run_hook_disable },
	{ .words = NULL },
};
