/*
 * SPDX-License-Identifier: Apache-2.0
 * Everything about one cluster or node: `cluster show`, `node show`.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/list.h"
#include "cli/names.h"
#include "cli/show.h"

static void
print_head(struct out *o, const char *name, const char *state, const char *admin)
{
	out_say(o, TONE_STRONG, "%s", name);
	out_say(o, TONE_PLAIN, "  ");
	out_say(o, out_tone_of(state), "%s", state);
	if (strcmp(admin, "active") != 0 && *admin != '\0') {
		out_say(o, TONE_PLAIN, "  ");
		out_say(o, out_tone_of(admin), "%s", admin);
	}
	out_say(o, TONE_PLAIN, "\n");
}

/* The VMs of `vms` that are in this cluster, and on this node unless it is 0. */
static json_t *
vms_json(const struct rows *vms)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < vms->n; i++)
		json_array_append_new(array, row_json(vms, &vms->row[i]));
	return array;
}

static void
print_vms(struct out *o, const struct rows *vms)
{
	static const struct out_column columns[] = { { .title = "vm" },
		{ .title = "state", .painted = true }, { .title = "node" },
		{ .title = "note", .gives = true } };
	struct out_table *t;
	size_t i;

	if (vms->n == 0)
		return;
	out_say(o, TONE_PLAIN, "\n");
	t = out_table_new(columns, 4);
	for (i = 0; i < vms->n; i++) {
		out_table_cell(t, row_text(&vms->row[i], csVmName));
		out_table_cell(t, row_text(&vms->row[i], csVmOperState));
		out_table_cell(t, row_text(&vms->row[i], csVmNodeName));
		out_table_cell(t, row_text(&vms->row[i], csVmStatusText));
	}
	out_table_print(o, t);
	out_table_free(t);
}

static void
print_nodes(struct out *o, const struct rows *nodes)
{
	static const struct out_column columns[] = { { .title = "node" },
		{ .title = "state", .painted = true },
		{ .title = "wanted", .painted = true },
		{ .title = "vms", .right = true }, { .title = "cpu", .right = true },
		{ .title = "memory", .right = true },
		{ .title = "fault domain", .gives = true },
		{ .title = "note", .gives = true } };
	static const enum mib_id ids[] = { csNodeName, csNodeOperState,
		csNodeAdminState, csNodeVmsRunning, csNodeCpuLoad, csNodeMemoryTotal,
		csNodeFaultDomainName, csNodeStatusText };
	enum { N = sizeof(ids) / sizeof(ids[0]) };
	struct out_table *t;
	size_t i, j;

	if (nodes->n == 0)
		return;
	out_say(o, TONE_PLAIN, "\n");
	t = out_table_new(columns, N);
	for (i = 0; i < nodes->n; i++)
		for (j = 0; j < N; j++)
			out_table_cell(t, list_value(&nodes->row[i], ids[j]));
	out_table_print(o, t);
	out_table_free(t);
}

static void
print_cluster(struct out *o, const struct row *c)
{
	print_head(o, row_text(c, csClusterName), row_text(c, csClusterOperState),
	    row_text(c, csClusterAdminState));
	show_note(
	    o, 2, row_text(c, csClusterOperState), row_text(c, csClusterStatusText));
	show_value(o, 2, "endpoint", c, csClusterEndpoint);
	show_value(o, 2, "fault domain", c, csClusterFaultDomainName);
	show_line(o, 2, "nodes online", "%s of %s", row_text(c, csClusterNodesOnline),
	    row_text(c, csClusterNodes));
	show_value(o, 2, "vms running", c, csClusterVmsRunning);
	show_value(o, 2, "processor load", c, csClusterCpuLoad);
	show_value(o, 2, "memory used", c, csClusterMemoryUsed);
	show_value(o, 2, "memory", c, csClusterMemoryTotal);
	if (row_number(c, csClusterPollAge, -1) >= 0)
		show_line(o, 2, "asked", "%s ago (%s)",
		    out_duration(row_number(c, csClusterPollAge, 0)),
		    out_when(row_text(c, csClusterPollTime)));
	show_value(o, 2, "rounds with errors", c, csClusterPollErrors);
	show_value(o, 2, "index", c, csClusterIndex);
}

static int
cluster_show(struct cli *cli)
{
	struct rows *cluster = NULL, *nodes = NULL, *vms = NULL;
	const char *name = argument(cli, 0);
	json_t *object;
	uint32_t index;
	int code;

	if ((code = names_cluster(cli, name, &index)) != 0 ||
	    (code = show_row(
	         cli, csClusterTable, "cluster", name, &index, NULL, &cluster)) != 0 ||
	    (code = show_part(cli, csNodeTable, index, &nodes)) != 0 ||
	    (code = show_where(cli, csVmTable, csVmCluster, index, &vms)) != 0)
		goto out;
	if (cli->out.format == OUT_SCREEN) {
		print_cluster(&cli->out, &cluster->row[0]);
		print_nodes(&cli->out, nodes);
		print_vms(&cli->out, vms);
		goto out;
	}
	object = row_json(cluster, &cluster->row[0]);
	json_object_set_new(object, "servers", rows_json(nodes));
	json_object_set_new(object, "vms", vms_json(vms));
	out_document(&cli->out, json_pack("{s:o}", "cluster", object));
out:
	rows_free(cluster);
	rows_free(nodes);
	rows_free(vms);
	return code;
}

static void
print_node(struct out *o, const struct row *n)
{
	print_head(o,
	    list_place(row_text(n, csNodeClusterName), row_text(n, csNodeName)),
	    row_text(n, csNodeOperState), row_text(n, csNodeAdminState));
	show_note(o, 2, row_text(n, csNodeOperState), row_text(n, csNodeStatusText));
	show_value(o, 2, "fault domain", n, csNodeFaultDomainName);
	show_value(o, 2, "vms running", n, csNodeVmsRunning);
	show_value(o, 2, "processors", n, csNodeCpus);
	show_value(o, 2, "processor load", n, csNodeCpuLoad);
	show_value(o, 2, "memory", n, csNodeMemoryTotal);
	show_value(o, 2, "memory used", n, csNodeMemoryUsed);
	show_value(o, 2, "load comes from", n, csNodeLoadSource);
	show_value(o, 2, "load measured", n, csNodeLoadAge);
	show_value(o, 2, "index", n, csNodeIndex);
}

/* Leaves the VMs that are on this node. */
static void
only_on(struct rows *vms, uint32_t node)
{
	size_t i, n = 0;

	for (i = 0; i < vms->n; i++)
		if (row_number(&vms->row[i], csVmNode, 0) == node)
			vms->row[n++] = vms->row[i];
		else
			row_clear(&vms->row[i]);
	vms->n = n;
}

static int
node_show(struct cli *cli)
{
	struct names_place place = { 0 };
	struct rows *node = NULL, *vms = NULL;
	const char *name = argument(cli, 0);
	uint32_t index[2];
	json_t *object;
	int code;

	if ((code = names_node(cli, name, &place)) != 0)
		return code;
	index[0] = place.cluster;
	index[1] = place.node;
	names_place_free(&place);
	if ((code = show_row(cli, csNodeTable, "node", name, index, NULL, &node)) !=
	        0 ||
	    (code = show_where(cli, csVmTable, csVmCluster, index[0], &vms)) != 0)
		goto out;
	only_on(vms, index[1]);
	if (cli->out.format == OUT_SCREEN) {
		print_node(&cli->out, &node->row[0]);
		print_vms(&cli->out, vms);
		goto out;
	}
	object = row_json(node, &node->row[0]);
	json_object_set_new(object, "vms", vms_json(vms));
	out_document(&cli->out, json_pack("{s:o}", "node", object));
out:
	rows_free(node);
	rows_free(vms);
	return code;
}

static const struct command_argument cluster_arguments[] = {
	{ .name = "CLUSTER",
	    .complete = COMPLETE_CLUSTER,
	    .text = "The name of the cluster." },
	{ .name = NULL },
};

static const struct command_argument node_arguments[] = {
	{ .name = "NODE",
	    .complete = COMPLETE_NODE,
	    .text = "CLUSTER/NODE, or the name of the node where only one cluster has "
	            "it." },
	{ .name = NULL },
};

const struct command cmd_show_places[] = {
	{ .words = "cluster show",
	    .summary = "show everything about a cluster: nodes, VMs, freshness",
	    .text = "What ECX says of the cluster, how fresh that is, its servers and "
	            "the VMs "
	            "that are there.",
	    .examples = "cluster show east",
	    .arguments = cluster_arguments,
	    .run = cluster_show },
	{ .words = "node show",
	    .summary = "show everything about a node: load, VMs",
	    .text = "What is known of one server, and the VMs that run on it.",
	    .examples = "node show east/east1",
	    .arguments = node_arguments,
	    .run = node_show },
	{ .words = NULL },
};
