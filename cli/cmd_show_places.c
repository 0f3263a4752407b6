/*
 * SPDX-License-Identifier: Apache-2.0
 * Everything about one cluster or node: `cluster show`, `node show`.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/list.h"
#include "cli/loads.h"
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

/* A table with an empty line before it, if there are rows. */
static void
print_table(struct out *o, const struct list_column *columns, const struct rows *rows)
{
	if (rows->n == 0)
		return;
	out_say(o, TONE_PLAIN, "\n");
	list_table(o, columns, rows);
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
	show_line(o, 2, "vms running", "%s", list_vms_of_cluster(c));
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
		print_table(&cli->out, list_nodes, nodes);
		print_table(&cli->out, list_vms, vms);
		goto out;
	}
	object = row_json(cluster, &cluster->row[0]);
	json_object_set_new(object, "servers", rows_json(nodes));
	json_object_set_new(object, "vms", rows_json(vms));
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
	show_line(o, 2, "vms running", "%s", list_vms_of_node(n));
	show_value(o, 2, "processors", n, csNodeCpus);
	show_line(o, 2, "processor load", "%s", loads_node_cpu(n));
	show_value(o, 2, "memory", n, csNodeMemoryTotal);
	show_line(o, 2, "memory used", "%s", loads_node_memory(n));
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
		print_table(&cli->out, list_vms, vms);
		goto out;
	}
	object = row_json(node, &node->row[0]);
	json_object_set_new(object, "vms", rows_json(vms));
	out_document(&cli->out, json_pack("{s:o}", "node", object));
out:
	rows_free(node);
	rows_free(vms);
	return code;
}

/* --- what fails together, and what must not
 * ------------------------------------------- */

static int
fault_domain_show(struct cli *cli)
{
	struct rows *domain = NULL, *clusters = NULL, *nodes = NULL;
	const char *name = argument(cli, 0);
	struct out *o = &cli->out;
	json_t *object;
	uint32_t index;
	size_t i;
	int code;

	if ((code = names_find(cli, csFaultDomainTable, csFaultDomainName,
	         "fault domain", "fault-domain list", name, &index)) != 0 ||
	    (code = show_row(cli, csFaultDomainTable, "fault domain", name, &index,
	         NULL, &domain)) != 0 ||
	    (code = show_where(
	         cli, csClusterTable, csClusterFaultDomain, index, &clusters)) != 0 ||
	    (code = show_where(cli, csNodeTable, csNodeFaultDomain, index, &nodes)) !=
	        0)
		goto out;
	if (o->format != OUT_SCREEN) {
		/* the counts have the plain names */
		object = row_json(domain, &domain->row[0]);
		json_object_set_new(object, "clusterRows", rows_json(clusters));
		json_object_set_new(object, "nodeRows", rows_json(nodes));
		out_document(o, json_pack("{s:o}", "faultDomain", object));
		goto out;
	}
	out_say(o, TONE_STRONG, "%s\n", row_text(&domain->row[0], csFaultDomainName));
	show_value(o, 2, "description", &domain->row[0], csFaultDomainDescr);
	show_line(o, 2, "nodes online", "%s of %s",
	    row_text(&domain->row[0], csFaultDomainNodesOnline),
	    row_text(&domain->row[0], csFaultDomainNodes));
	show_value(o, 2, "vms running", &domain->row[0], csFaultDomainVmsRunning);
	for (i = 0; i < clusters->n; i++)
		show_value(o, 2, "cluster", &clusters->row[i], csClusterName);
	print_table(o, list_nodes, nodes);
out:
	rows_free(domain);
	rows_free(clusters);
	rows_free(nodes);
	return code;
}

static const char *
violation(const struct row *row)
{
	return strcmp(row_text(row, csAvailSetMemberViolated), "true") == 0 ? "violated"
	                                                                    : "";
}

static const struct list_column members_columns[] = {
	{ .title = "vm", .id = csAvailSetMemberVmName },
	{ .title = "place", .id = csAvailSetMemberPlace, .gives = true },
	{ .title = "violation",
	    .id = csAvailSetMemberViolated,
	    .text = violation,
	    .painted = true },
	{ .title = NULL },
};

static int
availability_set_show(struct cli *cli)
{
	struct rows *set = NULL, *members = NULL;
	const char *name = argument(cli, 0);
	struct out *o = &cli->out;
	const struct row *row;
	json_t *object;
	uint32_t index;
	int code;

	if ((code = names_find(cli, csAvailSetTable, csAvailSetName, "availability set",
	         "availability-set list", name, &index)) != 0 ||
	    (code = show_row(cli, csAvailSetTable, "availability set", name, &index,
	         NULL, &set)) != 0 ||
	    (code = show_part(cli, csAvailSetMemberTable, index, &members)) != 0)
		goto out;
	row = &set->row[0];
	if (o->format != OUT_SCREEN) {
		object = row_json(set, row);
		json_object_set_new(object, "vms", rows_json(members));
		out_document(o, json_pack("{s:o}", "availabilitySet", object));
		goto out;
	}
	out_say(o, TONE_STRONG, "%s", row_text(row, csAvailSetName));
	if (row_number(row, csAvailSetViolations, 0) > 0)
		out_say(o, TONE_BAD, "  violated");
	out_say(o, TONE_PLAIN, "\n");
	show_wrapped(o, 2, "why", row_text(row, csAvailSetViolationText));
	show_line(
	    o, 2, "must not share a", "%s", out_words(row_text(row, csAvailSetSpread)));
	show_value(o, 2, "enforcement", row, csAvailSetEnforcement);
	print_table(o, members_columns, members);
out:
	rows_free(set);
	rows_free(members);
	return code;
}

static const struct command_argument domain_arguments[] = {
	{ .name = "FAULT-DOMAIN",
	    .complete = COMPLETE_FAULT_DOMAIN,
	    .text = "The name of the fault domain." },
	{ .name = NULL },
};

static const struct command_argument set_arguments[] = {
	{ .name = "AVAILABILITY-SET",
	    .complete = COMPLETE_AVAILABILITY_SET,
	    .text = "The name of the availability set." },
	{ .name = NULL },
};

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
	{ .words = "fault-domain show",
	    .summary = "show a fault domain: its clusters and nodes",
	    .text = "What fails together: the clusters and servers of the fault "
	            "domain, and how "
	            "many VMs run there.",
	    .arguments = domain_arguments,
	    .run = fault_domain_show },
	{ .words = "availability-set show",
	    .summary = "show an availability set: its VMs, their places, violations",
	    .text = "What must not fail together: the VMs of the availability set, "
	            "where each of "
	            "them is, and which of them share what they should not.",
	    .arguments = set_arguments,
	    .run = availability_set_show },
	{ .words = NULL },
};
