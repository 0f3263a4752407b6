/*
 * SPDX-License-Identifier: Apache-2.0
 * What the operator wants of clusters and nodes: active, maintenance, ignored.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/act.h"
#include "cli/command.h"
#include "cli/names.h"

/* All named ones to one state, in one SET. */
static int
set_state(struct cli *cli, bool node, const char *word, const char *done)
{
	size_t n = cli->narguments, i;
	enum mib_id id = node ? csNodeAdminState : csClusterAdminState;
	struct snmp_assign *set = xcalloc(n, sizeof(*set));
	struct names_place *place = xcalloc(n, sizeof(*place));
	json_t *array = json_array();
	int code = 0;

	for (i = 0; i < n && !code; i++) {
		const char *name = cli->arguments[i];

		code = node ? names_node(cli, name, &place[i])
		            : names_cluster(cli, name, &place[i].cluster);
		set[i] = (struct snmp_assign) { .id = id,
			.index = { place[i].cluster, place[i].node },
			.number = mib_number(id, word) };
	}
	if (!code)
		code = act_set(cli, set, n);
	for (i = 0; i < n && !code; i++) {
		act_say(cli, "%s %s %s", node ? "node" : "cluster", cli->arguments[i],
		    done);
		json_array_append_new(array,
		    node ? json_pack("{s:s, s:s, s:I, s:I, s:s}", "name",
		               place[i].node_name, "clusterName", place[i].cluster_name,
		               "clusterIndex", (json_int_t)place[i].cluster, "index",
		               (json_int_t)place[i].node, "adminState", word)
		         : json_pack("{s:s, s:I, s:s}", "name", cli->arguments[i],
		               "index", (json_int_t)place[i].cluster, "adminState",
		               word));
	}
	if (!code)
		act_document(cli, node ? "nodes" : "clusters", json_incref(array));
	json_decref(array);
	for (i = 0; i < n; i++)
		names_place_free(&place[i]);
	free(place);
	free(set);
	return code;
}

static int
run_cluster_activate(struct cli *cli)
{
	return set_state(cli, false, "active", "is active");
}

static int
run_cluster_maintenance(struct cli *cli)
{
	return set_state(cli, false, "maintenance",
	    "is in maintenance: nothing new goes there; what runs there stays, "
	    "unless the evacuate policy brings it away (clusterset policy show "
	    "evacuate; clusterset cluster drain does it now)");
}

static int
run_cluster_ignore(struct cli *cli)
{
	return set_state(cli, false, "ignored",
	    "is ignored: it is not asked any more, and what runs there is unknown");
}

static int
run_node_activate(struct cli *cli)
{
	return set_state(cli, true, "active", "is active");
}

static int
run_node_maintenance(struct cli *cli)
{
	return set_state(cli, true, "maintenance",
	    "is in maintenance: no VM is placed there; what runs there stays, "
	    "unless the evacuate policy brings it away (clusterset policy show "
	    "evacuate; clusterset node drain does it now)");
}

static const struct command_argument clusters[] = {
	{ .name = "CLUSTER",
	    .complete = COMPLETE_CLUSTER,
	    .many = true,
	    .text = "Names of clusters." },
	{ .name = NULL },
};
static const struct command_argument nodes[] = {
	{ .name = "NODE",
	    .complete = COMPLETE_NODE,
	    .many = true,
	    .text = "CLUSTER/NODE, or NODE where only one cluster has it." },
	{ .name = NULL },
};

const struct command cmd_cluster[] = {
	{ .words = "cluster activate",
	    .summary = "end the maintenance of clusters",
	    .text = "Also for clusters that are ignored.",
	    .examples = "clusterset cluster activate east",
	    .arguments = clusters,
	    .run = run_cluster_activate },
	{ .words = "cluster maintenance",
	    .summary = "keep new VMs away from clusters",
	    .text =
	        "For work on a cluster: no VM is brought there, none is touched "
	        "automatically, and its alarms are only for information. The one "
	        "exception is the evacuate policy: in its mode advise it proposes to "
	        "bring away what runs there, in its mode automatic it does so. VMs may "
	        "be moved away by hand, too.",
	    .examples = "clusterset cluster maintenance east",
	    .arguments = clusters,
	    .run = run_cluster_maintenance },
	{ .words = "cluster ignore",
	    .summary = "ask nothing of clusters any more",
	    .text = "Everything there is unknown then: a VM with a site there can be "
	            "started nowhere else, because nobody knows whether it runs there.",
	    .examples = "clusterset cluster ignore lab",
	    .arguments = clusters,
	    .run = run_cluster_ignore },
	{ .words = "node activate",
	    .summary = "end the maintenance of nodes",
	    .examples = "clusterset node activate east/east1",
	    .arguments = nodes,
	    .run = run_node_activate },
	{ .words = "node maintenance",
	    .summary = "place no VMs on nodes",
	    .text =
	        "ECX itself may still fail over to them. The evacuate policy brings "
	        "away what runs there, where it is on.",
	    .examples = "clusterset node maintenance east/east1",
	    .arguments = nodes,
	    .run = run_node_maintenance },
	{ .words = NULL },
};
