/*
 * SPDX-License-Identifier: Apache-2.0
 * The lists of what there is: clusters, nodes, VMs, disks, fault domains, availability
 * sets, hooks.
 */
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "cli/list.h"
#include "cli/loads.h"

/* --- texts of several values
 * ---------------------------------------------------------- */

/* "12/64 GiB" */
static const char *
used_of(const struct row *row, enum mib_id used, enum mib_id total)
{
	int64_t u = row_number(row, used, -1), t = row_number(row, total, -1);
	char *text;

	if (u == -1 || t <= 0)
		return t > 0 ? list_mebibytes(t) : "";
	text = list_ring();
	snprintf(text, LIST_TEXT, "%s of %s", list_mebibytes(u), list_mebibytes(t));
	return text;
}

static const char *
cluster_memory(const struct row *row)
{
	return used_of(row, csClusterMemoryUsed, csClusterMemoryTotal);
}

static const char *
node_memory(const struct row *row)
{
	return used_of(row, csNodeMemoryUsed, csNodeMemoryTotal);
}

/* "1/2" */
static const char *
part_of(const struct row *row, enum mib_id part, enum mib_id all)
{
	char *text = list_ring();

	if (row_number(row, all, -1) == -1)
		return "";
	snprintf(text, LIST_TEXT, "%s/%s", row_text(row, part), row_text(row, all));
	return text;
}

static const char *
cluster_nodes(const struct row *row)
{
	return part_of(row, csClusterNodesOnline, csClusterNodes);
}

static const char *
domain_nodes(const struct row *row)
{
	return part_of(row, csFaultDomainNodesOnline, csFaultDomainNodes);
}

/* What the operator wants, unless that is the usual. */
static const char *
unusual(const struct row *row, enum mib_id id)
{
	const char *word = row_text(row, id);

	return strcmp(word, "active") == 0 ? "" : word;
}

static const char *
cluster_wanted(const struct row *row)
{
	return unusual(row, csClusterAdminState);
}

static const char *
node_wanted(const struct row *row)
{
	return unusual(row, csNodeAdminState);
}

/* A note that says no more than that all is well, in ECX's word, is none. */
static const char *
note(const struct row *row, enum mib_id state, const char *well, enum mib_id text,
    const char *word)
{
	const char *said = row_text(row, text);

	return strcmp(row_text(row, state), well) == 0 &&
	        strncasecmp(said, word, strlen(word)) == 0
	    ? ""
	    : said;
}

static const char *
cluster_note(const struct row *row)
{
	return note(row, csClusterOperState, "normal", csClusterStatusText, "Normal");
}

static const char *
node_note(const struct row *row)
{
	return note(row, csNodeOperState, "online", csNodeStatusText, "Online");
}

static const char *
vm_note(const struct row *row)
{
	return note(row, csVmOperState, "running", csVmStatusText, "Online on ");
}

static const char *
vm_wanted(const struct row *row)
{
	char *text;

	if (strcmp(row_text(row, csVmHold), "true") != 0)
		return row_text(row, csVmAdminState);
	text = list_ring();
	snprintf(text, LIST_TEXT, "%s, on hold", row_text(row, csVmAdminState));
	return text;
}

static const char *
vm_place(const struct row *row)
{
	return list_place(row_text(row, csVmClusterName), row_text(row, csVmNodeName));
}

static const char *
disk_owner(const struct row *row)
{
	return list_place(
	    row_text(row, csDiskOwnerClusterName), row_text(row, csDiskOwnerNodeName));
}

static const char *
hook_failed(const struct row *row)
{
	int64_t failures = row_number(row, csHookFailures, -1);
	int64_t timeouts = row_number(row, csHookTimeouts, -1);
	char *text = list_ring();

	if (failures == -1 && timeouts == -1)
		return "";
	snprintf(text, LIST_TEXT, "%" PRId64,
	    (failures > 0 ? failures : 0) + (timeouts > 0 ? timeouts : 0));
	return text;
}

/* --- the lists
 * ------------------------------------------------------------------------ */

static int
cluster_list(struct cli *cli)
{
	static const struct list_column columns[] = {
		{ .title = "name", .id = csClusterName },
		{ .title = "state", .id = csClusterOperState, .painted = true },
		{ .title = "wanted",
		    .id = csClusterAdminState,
		    .text = cluster_wanted,
		    .painted = true },
		{ .title = "nodes",
		    .id = csClusterNodesOnline,
		    .also = { csClusterNodes },
		    .text = cluster_nodes,
		    .right = true },
		{ .title = "vms",
		    .id = csClusterVmsRunning,
		    .also = { csClusterOperState },
		    .text = list_vms_of_cluster,
		    .right = true },
		{ .title = "cpu", .id = csClusterCpuLoad, .right = true },
		{ .title = "memory",
		    .id = csClusterMemoryUsed,
		    .also = { csClusterMemoryTotal },
		    .text = cluster_memory },
		{ .title = "fault domain",
		    .id = csClusterFaultDomainName,
		    .gives = true },
		{ .title = "asked", .id = csClusterPollAge, .right = true },
		{ .title = "note",
		    .id = csClusterStatusText,
		    .also = { csClusterOperState },
		    .text = cluster_note,
		    .gives = true },
		{ .title = NULL },
	};
	static const struct list list = { .table = csClusterTable,
		.key = "clusters",
		.none = "There is no cluster: 'clusterset cluster add' adds one.",
		.columns = columns,
		.state = csClusterOperState };

	return list_run(cli, &list);
}

const struct list_column list_nodes[] = {
	{ .title = "cluster", .id = csNodeClusterName },
	{ .title = "name", .id = csNodeName },
	{ .title = "state", .id = csNodeOperState, .painted = true },
	{ .title = "wanted",
	    .id = csNodeAdminState,
	    .text = node_wanted,
	    .painted = true },
	{ .title = "vms",
	    .id = csNodeVmsRunning,
	    .also = { csNodeOperState },
	    .text = list_vms_of_node,
	    .right = true },
	{ .title = "cpu", .id = csNodeCpuLoad, .right = true },
	{ .title = "memory",
	    .id = csNodeMemoryUsed,
	    .also = { csNodeMemoryTotal },
	    .text = node_memory },
	{ .title = "measured",
	    .id = csNodeLoadAge,
	    .also = { csNodeLoadSource },
	    .text = loads_node_source },
	{ .title = "fault domain", .id = csNodeFaultDomainName, .gives = true },
	{ .title = "note",
	    .id = csNodeStatusText,
	    .also = { csNodeOperState },
	    .text = node_note,
	    .gives = true },
	{ .title = NULL },
};

static int
node_list(struct cli *cli)
{
	static const struct list list = { .table = csNodeTable,
		.key = "nodes",
		.none = "There is no node.",
		.columns = list_nodes,
		.state = csNodeOperState,
		.cluster = csClusterIndex };

	return list_run(cli, &list);
}

static bool
vm_keep(const struct cli *cli, const struct row *row)
{
	(void)cli;
	return strcmp(row_text(row, csVmHold), "true") == 0;
}

const struct list_column list_vms[] = {
	{ .title = "name", .id = csVmName },
	{ .title = "state", .id = csVmOperState, .painted = true },
	{ .title = "place",
	    .id = csVmClusterName,
	    .also = { csVmNodeName },
	    .text = vm_place },
	{ .title = "wanted",
	    .id = csVmAdminState,
	    .also = { csVmHold },
	    .text = vm_wanted },
	{ .title = "cpu",
	    .id = csVmCpuLoad,
	    .also = { csVmLoadSource },
	    .text = loads_vm,
	    .right = true },
	{ .title = "memory", .id = csVmMemory, .right = true },
	{ .title = "home", .id = csVmHomeClusterName },
	{ .title = "since", .id = csVmSince },
	{ .title = "note",
	    .id = csVmStatusText,
	    .also = { csVmOperState },
	    .text = vm_note,
	    .gives = true },
	{ .title = NULL },
};

static int
vm_list(struct cli *cli)
{
	static const struct list list = { .table = csVmTable,
		.key = "vms",
		.none = "There is no VM: 'clusterset vm discover' finds some.",
		.columns = list_vms,
		.state = csVmOperState,
		.cluster = csVmCluster,
		.keep = vm_keep,
		.keep_option = { "hold" },
		.keep_needs = { csVmHold } };

	return list_run(cli, &list);
}

static int
disk_list(struct cli *cli)
{
	static const struct list_column columns[] = {
		{ .title = "name", .id = csDiskName, .gives = true },
		{ .title = "state", .id = csDiskOperState, .painted = true },
		{ .title = "owner",
		    .id = csDiskOwnerClusterName,
		    .also = { csDiskOwnerNodeName },
		    .text = disk_owner },
		{ .title = "epoch", .id = csDiskEpoch, .right = true },
		{ .title = "since", .id = csDiskSince },
		{ .title = "vm", .id = csDiskVmName, .gives = true },
		{ .title = "kind", .id = csDiskKind },
		{ .title = NULL },
	};
	static const struct list list = { .table = csDiskTable,
		.key = "disks",
		.none = "There is no disk.",
		.columns = columns,
		.state = csDiskOperState,
		.cluster = csDiskOwnerCluster,
		.vm = csDiskVm };

	return list_run(cli, &list);
}

static int
fault_domain_list(struct cli *cli)
{
	static const struct list_column columns[] = {
		{ .title = "name", .id = csFaultDomainName },
		{ .title = "clusters", .id = csFaultDomainClusters, .right = true },
		{ .title = "nodes",
		    .id = csFaultDomainNodesOnline,
		    .also = { csFaultDomainNodes },
		    .text = domain_nodes,
		    .right = true },
		{ .title = "vms", .id = csFaultDomainVmsRunning, .right = true },
		{ .title = "description", .id = csFaultDomainDescr, .gives = true },
		{ .title = NULL },
	};
	static const struct list list = { .table = csFaultDomainTable,
		.key = "faultDomains",
		.none = "There is no fault domain: 'clusterset fault-domain add' makes "
		        "one.",
		.columns = columns };

	return list_run(cli, &list);
}

static int
availability_set_list(struct cli *cli)
{
	static const struct list_column columns[] = {
		{ .title = "name", .id = csAvailSetName },
		{ .title = "spread", .id = csAvailSetSpread },
		{ .title = "enforcement", .id = csAvailSetEnforcement },
		{ .title = "members", .id = csAvailSetMembers, .right = true },
		{ .title = "violations", .id = csAvailSetViolations, .right = true },
		{ .title = "why", .id = csAvailSetViolationText, .gives = true },
		{ .title = NULL },
	};
	static const struct list list = { .table = csAvailSetTable,
		.key = "availabilitySets",
		.none = "There is no availability set: 'clusterset availability-set "
		        "add' makes "
		        "one.",
		.columns = columns };

	return list_run(cli, &list);
}

static int
hook_list(struct cli *cli)
{
	static const struct list_column columns[] = {
		{ .title = "name", .id = csHookName },
		{ .title = "event", .id = csHookEvent },
		{ .title = "wanted", .id = csHookAdminState, .painted = true },
		{ .title = "result", .id = csHookResult, .painted = true },
		{ .title = "runs", .id = csHookRuns, .right = true },
		{ .title = "failed",
		    .id = csHookFailures,
		    .also = { csHookTimeouts },
		    .text = hook_failed,
		    .right = true },
		{ .title = "last run", .id = csHookLastRun },
		{ .title = "output", .id = csHookLastOutput, .gives = true },
		{ .title = NULL },
	};
	static const struct list list = { .table = csHookTable,
		.key = "hooks",
		.none =
		    "This clustersetd lists no hooks. What the configuration has of "
		    "load.hook and of fences runs all the same and is not shown "
		    "here: clusterset node list says what was measured and whence, "
		    "clusterset alarm list and event list what failed.",
		.columns = columns };

	return list_run(cli, &list);
}

/* --- the commands
 * --------------------------------------------------------------------- */

static const struct command_option plain_options[] = { LIST_OPTIONS, { .name = NULL } };

static const struct command_option cluster_options[] = {
	{ .name = "state",
	    .value = "STATE",
	    .complete = COMPLETE_WORDS,
	    .words =
	        "normal caution error suspended offline unreachable foreign unknown",
	    .text = "Only clusters in this state." },
	LIST_OPTIONS,
	{ .name = NULL },
};

static const struct command_option node_options[] = {
	{ .name = "cluster",
	    .value = "CLUSTER",
	    .complete = COMPLETE_CLUSTER,
	    .text = "Only nodes of this cluster." },
	{ .name = "state",
	    .value = "STATE",
	    .complete = COMPLETE_WORDS,
	    .words = "online offline starting stopping caution suspended unknown",
	    .text = "Only nodes in this state." },
	LIST_OPTIONS,
	{ .name = NULL },
};

static const struct command_option vm_options[] = {
	{ .name = "cluster",
	    .value = "CLUSTER",
	    .complete = COMPLETE_CLUSTER,
	    .text = "Only VMs that are in this cluster." },
	{ .name = "state",
	    .value = "STATE",
	    .complete = COMPLETE_WORDS,
	    .words = "running starting stopping stopped failed moving inDoubt conflict "
	             "unknown",
	    .text = "Only VMs in this state." },
	{ .name = "hold", .text = "Only VMs on hold." },
	LIST_OPTIONS,
	{ .name = NULL },
};

static const struct command_option disk_options[] = {
	{ .name = "cluster",
	    .value = "CLUSTER",
	    .complete = COMPLETE_CLUSTER,
	    .text = "Only disks that this cluster owns." },
	{ .name = "vm",
	    .value = "VM",
	    .complete = COMPLETE_VM,
	    .text = "Only disks of this VM." },
	{ .name = "state",
	    .value = "STATE",
	    .complete = COMPLETE_WORDS,
	    .words = "owned released conflict inDoubt unknown",
	    .text = "Only disks in this state." },
	LIST_OPTIONS,
	{ .name = NULL },
};

const struct command cmd_list[] = {
	{ .words = "cluster list",
	    .summary = "list the member clusters",
	    .text =
	        "A line per cluster: its state as ECX says, what the operator wants of "
	        "it, "
	        "nodes online, VMs running, load, and how long ago it was asked last.",
	    .examples = "cluster list --state unreachable\n"
	                "cluster list --columns name,endpoint,pollErrors",
	    .options = cluster_options,
	    .run = cluster_list },
	{ .words = "node list",
	    .summary = "list the servers of the clusters",
	    .text = "A line per node. Loads are there where something measures them: "
	            "load.snmp and load.hook of the configuration. The last column of "
	            "them says who did, and how long ago.",
	    .examples = "node list --cluster east --sort -vmsRunning",
	    .options = node_options,
	    .run = node_list },
	{ .words = "vm list",
	    .summary = "list the VMs: state, place, what is wanted of them",
	    .text =
	        "A line per VM of the set. The place is the cluster and the node where "
	        "it "
	        "runs; wanted is what an operator wants of it (up or down, and hold). "
	        "The load is a share of its node; about 12 % is an estimate.",
	    .examples = "vm list --state stopped\n"
	                "vm list --cluster east --sort name\n"
	                "vm list --json # everything that is known",
	    .options = vm_options,
	    .run = vm_list },
	{ .words = "disk list",
	    .summary = "list the disks and who owns them",
	    .text = "A line per disk. The owner is the only cluster that may use it; "
	            "the epoch "
	            "grows with every change of owner.",
	    .examples = "disk list --vm web1\n"
	                "disk list --state inDoubt",
	    .options = disk_options,
	    .run = disk_list },
	{ .words = "fault-domain list",
	    .summary = "list the fault domains",
	    .text = "A line per fault domain: what fails together.",
	    .options = plain_options,
	    .run = fault_domain_list },
	{ .words = "availability-set list",
	    .summary = "list the availability sets and what violates them",
	    .text = "A line per availability set: what its VMs must not share, how "
	            "strictly, "
	            "and what violates it now.",
	    .options = plain_options,
	    .run = availability_set_list },
	{ .words = "hook list",
	    .summary = "list the hooks and how their last run ended",
	    .text =
	        "A line per hook. A clustersetd that lists none says so; the program "
	        "of load.hook and fences are not listed.",
	    .options = plain_options,
	    .run = hook_list },
	{ .words = NULL },
};
