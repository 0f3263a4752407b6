/*
 * SPDX-License-Identifier: Apache-2.0
 * The tables of CLUSTER-SET-MIB that a generation has rows for. See mib.h.
 *
 * Numbers, syntax, ranges and access are those of mibs/CLUSTER-SET-MIB.txt; a test
 * compares the two object by object.
 */
#include "set/event.h"
#include "subagent/mib.h"

#include "subagent/mib_define.h"

static const struct mib_column set_columns[] = {
	NAME(1, csSetName, set_row, name),
	NAME(2, csSetDescr, set_row, descr),
	NAME(3, csSetVersion, set_row, version),
	ENUM(4, csSetRole, set_row, role, 3),
	ENUM(5, csSetHealth, set_row, health, 4),
	WORDS(6, csSetHealthReason, set_row, health_reason),
	AGE(7, csSetUpTime, set_row, start_since),
	COLUMN(8, csSetControlAge, TAG_UNSIGNED32, KIND_CONTROL_AGE, 0, 0, U32_MAX),
	AGE(9, csSetOldestPollAge, set_row, oldest_poll_since),
	WALL(10, csSetDiscontinuityTime, set_row, discontinuity_wall),
	WALL(11, csSetLastChange, set_row, change_wall),
	GAUGE(12, csSetClusterCount, set_row, clusters),
	GAUGE(13, csSetNodeCount, set_row, nodes),
	GAUGE(14, csSetVmCount, set_row, vms),
	GAUGE(15, csSetDiskCount, set_row, disks),
	WRITABLE(16, csSetSerial, TAG_INTEGER, KIND_NUMBER,
	    offsetof(struct set_row, serial), 0, INDEX_MAX, WRITE_SET_SERIAL),
	GAUGE(17, csEventOldest, set_row, events_oldest),
	GAUGE(18, csEventNewest, set_row, events_newest),
	COUNTER(19, csEventDropped, set_row, events_dropped),
	SET_NUMBER(20, csSetAdopt, set_row, adopt, U32_MAX, WRITE_SET_ADOPT),
	SET_NUMBER(21, csSetReload, set_row, reloads, U32_MAX, WRITE_SET_RELOAD),
	WORDS(22, csSetReloadText, set_row, reload_text),
	WALL(23, csSetReloadTime, set_row, reload_wall),
	WORDS(24, csSetConfigFile, set_row, config_file),
	NAME(25, csSetHostName, set_row, host_name),
	ENUM(26, csSetReloadState, set_row, reload_state, 4),
};

static const struct mib_column refusal_columns[] = {
	WALL(2, csRefusalTime, refusal_row, wall),
	COLUMN(3, csRefusalInstance, TAG_OID, KIND_OID,
	    offsetof(struct refusal_row, instance), 0, 0),
	COLUMN(4, csRefusalError, TAG_INTEGER, KIND_NUMBER,
	    offsetof(struct refusal_row, error), 0, 18),
	WORDS(5, csRefusalText, refusal_row, text),
};

static const struct mib_column cluster_columns[] = {
	NAME(2, csClusterName, cluster_row, name),
	SET_ENUM(3, csClusterAdminState, cluster_row, admin, 3, WRITE_CLUSTER_ADMIN,
	    "active(1), maintenance(2) or ignored(3)"),
	ENUM(4, csClusterOperState, cluster_row, oper, 8),
	NAME(5, csClusterStatusText, cluster_row, status_text),
	NAME(6, csClusterEndpoint, cluster_row, endpoint),
	INDEX(7, csClusterFaultDomain, cluster_row, fault_domain),
	NAME(8, csClusterFaultDomainName, cluster_row, fault_domain_name),
	AGE(9, csClusterPollAge, cluster_row, poll_since),
	WALL(10, csClusterPollTime, cluster_row, poll_wall),
	COUNTER(11, csClusterPollErrors, cluster_row, poll_errors),
	GAUGE(12, csClusterNodesOnline, cluster_row, nodes_online),
	GAUGE(13, csClusterNodes, cluster_row, nodes),
	GAUGE(14, csClusterVmsRunning, cluster_row, vms_running),
	PER_MILLE(15, csClusterCpuLoad, cluster_row, cpu_load),
	GAUGE(16, csClusterMemoryUsed, cluster_row, memory_used),
	GAUGE(17, csClusterMemoryTotal, cluster_row, memory_total),
};

static const struct mib_column node_columns[] = {
	NAME(2, csNodeName, node_row, name),
	NAME(3, csNodeClusterName, node_row, cluster_name),
	INDEX(4, csNodeFaultDomain, node_row, fault_domain),
	NAME(5, csNodeFaultDomainName, node_row, fault_domain_name),
	SET_ENUM(6, csNodeAdminState, node_row, admin, 2, WRITE_NODE_ADMIN,
	    "active(1) or maintenance(2)"),
	ENUM(7, csNodeOperState, node_row, oper, 7),
	NAME(8, csNodeStatusText, node_row, status_text),
	GAUGE(9, csNodeCpus, node_row, cpus),
	PER_MILLE(10, csNodeCpuLoad, node_row, cpu_load),
	GAUGE(11, csNodeMemoryTotal, node_row, memory_total),
	GAUGE(12, csNodeMemoryUsed, node_row, memory_used),
	GAUGE(13, csNodeVmsRunning, node_row, vms_running),
	AGE(14, csNodeLoadAge, node_row, load_since),
	ENUM(15, csNodeLoadSource, node_row, load_source, 5),
	PER_MILLE(16, csNodeCpuMean, node_row, cpu_mean),
	GAUGE(17, csNodeMemoryMean, node_row, memory_mean),
};

static const struct mib_column vm_columns[] = {
	COLUMN(
	    2, csVmName, TAG_OCTETS, KIND_TEXT, offsetof(struct vm_row, name), 1, 96),
	COLUMN(
	    3, csVmUuid, TAG_OCTETS, KIND_TEXT, offsetof(struct vm_row, uuid), 0, 36),
	ENUM(4, csVmKind, vm_row, kind, 3),
	SET_ENUM(
	    5, csVmAdminState, vm_row, admin, 2, WRITE_VM_ADMIN, "up(1) or down(2)"),
	SET_ENUM(6, csVmHold, vm_row, hold, 2, WRITE_VM_HOLD, "true(1) or false(2)"),
	ENUM(7, csVmOperState, vm_row, oper, 9),
	INDEX(8, csVmCluster, vm_row, cluster),
	NAME(9, csVmClusterName, vm_row, cluster_name),
	INDEX(10, csVmNode, vm_row, node),
	NAME(11, csVmNodeName, vm_row, node_name),
	SET_NUMBER(12, csVmHomeCluster, vm_row, home, INDEX_MAX, WRITE_VM_HOME),
	NAME(13, csVmHomeClusterName, vm_row, home_name),
	INDEX(14, csVmAvailabilitySet, vm_row, avail_set),
	NAME(15, csVmAvailabilitySetName, vm_row, avail_set_name),
	SET_NUMBER(16, csVmPriority, vm_row, priority, 1000, WRITE_VM_PRIORITY),
	ENUM(17, csVmProof, vm_row, proof, 3),
	SET_NUMBER(18, csVmTargetCluster, vm_row, target_cluster, INDEX_MAX,
	    WRITE_VM_TARGET_CLUSTER),
	NAME(19, csVmTargetClusterName, vm_row, target_name),
	SET_NUMBER(
	    20, csVmTargetNode, vm_row, target_node, INDEX_MAX, WRITE_VM_TARGET_NODE),
	NAME(21, csVmTargetNodeName, vm_row, target_node_name),
	PER_MILLE(22, csVmCpuLoad, vm_row, cpu_load),
	GAUGE(23, csVmMemory, vm_row, memory),
	WALL(24, csVmLastMove, vm_row, last_move_wall),
	WALL(25, csVmSince, vm_row, since_wall),
	NAME(26, csVmStatusText, vm_row, status_text),
	SET_NUMBER(27, csVmRelease, vm_row, release, INDEX_MAX, WRITE_VM_RELEASE),
	PER_MILLE(28, csVmCpuMean, vm_row, cpu_mean),
	ENUM(29, csVmLoadSource, vm_row, load_source, 5),
	AGE(30, csVmLoadAge, vm_row, load_since),
	GAUGE(31, csVmVcpus, vm_row, vcpus),
};

static const struct mib_column vm_name_columns[] = {
	COLUMN(1, csVmNameIndex, TAG_UNSIGNED32, KIND_NUMBER,
	    offsetof(struct vm_name_row, index), 1, INDEX_MAX),
};

static const struct mib_column vm_site_columns[] = {
	NAME(1, csVmSiteVmName, vm_site_row, vm_name),
	NAME(2, csVmSiteClusterName, vm_site_row, cluster_name),
	NAME(3, csVmSiteGroup, vm_site_row, group),
	ENUM(4, csVmSiteOperState, vm_site_row, oper, 7),
	NAME(5, csVmSiteStatusText, vm_site_row, status_text),
	INDEX(6, csVmSiteNode, vm_site_row, node),
	NAME(7, csVmSiteNodeName, vm_site_row, node_name),
	COLUMN(8, csVmSitePreference, TAG_UNSIGNED32, KIND_NUMBER,
	    offsetof(struct vm_site_row, preference), 0, 1000),
	TRUTH(9, csVmSiteBlocked, vm_site_row, blocked),
	ENUM(10, csVmSiteAutoStart, vm_site_row, autostart, 3),
	ENUM(11, csVmSiteEvidence, vm_site_row, evidence, 3),
	WORDS(12, csVmSiteEvidenceText, vm_site_row, evidence_text),
	SET_NUMBER(
	    13, csVmSiteConfirm, vm_site_row, confirm, U32_MAX, WRITE_SITE_CONFIRM),
};

static const struct mib_column disk_columns[] = {
	NAME(2, csDiskName, disk_row, name),
	ENUM(3, csDiskKind, disk_row, kind, 2),
	ENUM(4, csDiskOperState, disk_row, oper, 5),
	INDEX(5, csDiskOwnerCluster, disk_row, owner_cluster),
	NAME(6, csDiskOwnerClusterName, disk_row, owner_cluster_name),
	INDEX(7, csDiskOwnerNode, disk_row, owner_node),
	NAME(8, csDiskOwnerNodeName, disk_row, owner_node_name),
	GAUGE(9, csDiskEpoch, disk_row, epoch),
	WALL(10, csDiskSince, disk_row, since_wall),
	INDEX(11, csDiskVm, disk_row, vm),
	NAME(12, csDiskVmName, disk_row, vm_name),
};

static const struct mib_column disk_site_columns[] = {
	NAME(1, csDiskSiteDiskName, disk_site_row, disk_name),
	NAME(2, csDiskSiteClusterName, disk_site_row, cluster_name),
	NAME(3, csDiskSiteResource, disk_site_row, resource),
	ENUM(4, csDiskSiteOperState, disk_site_row, oper, 7),
	NAME(5, csDiskSiteStatusText, disk_site_row, status_text),
	ENUM(6, csDiskSiteRole, disk_site_row, role, 3),
	ENUM(7, csDiskSiteReplicationHealth, disk_site_row, replication_health, 4),
	NAME(8, csDiskSiteReplicationText, disk_site_row, replication_text),
};

static const struct mib_column fault_domain_columns[] = {
	NAME(2, csFaultDomainName, fault_domain_row, name),
	NAME(3, csFaultDomainDescr, fault_domain_row, descr),
	GAUGE(4, csFaultDomainClusters, fault_domain_row, clusters),
	GAUGE(5, csFaultDomainNodes, fault_domain_row, nodes),
	GAUGE(6, csFaultDomainNodesOnline, fault_domain_row, nodes_online),
	GAUGE(7, csFaultDomainVmsRunning, fault_domain_row, vms_running),
};

static const struct mib_column avail_set_columns[] = {
	NAME(2, csAvailSetName, avail_set_row, name),
	ENUM(3, csAvailSetSpread, avail_set_row, spread, 3),
	ENUM(4, csAvailSetEnforcement, avail_set_row, enforcement, 2),
	GAUGE(5, csAvailSetMembers, avail_set_row, members),
	GAUGE(6, csAvailSetViolations, avail_set_row, violations),
	WORDS(7, csAvailSetViolationText, avail_set_row, violation_text),
};

static const struct mib_column avail_member_columns[] = {
	NAME(1, csAvailSetMemberSetName, avail_member_row, avail_set_name),
	NAME(2, csAvailSetMemberVmName, avail_member_row, vm_name),
	INDEX(3, csAvailSetMemberFaultDomain, avail_member_row, fault_domain),
	NAME(4, csAvailSetMemberPlace, avail_member_row, place),
	TRUTH(5, csAvailSetMemberViolated, avail_member_row, violated),
};

static const struct mib_column event_columns[] = {
	WALL(2, csEventTime, event_row, wall),
	ENUM(3, csEventType, event_row, type, EVENT_TYPE_LAST),
	ENUM(4, csEventSeverity, event_row, severity, 3),
	ENUM(5, csEventObjectKind, event_row, object, 11),
	NAME(6, csEventObjectName, event_row, object_name),
	NAME(7, csEventClusterName, event_row, cluster_name),
	NAME(8, csEventVmName, event_row, vm_name),
	WORDS(9, csEventText, event_row, text),
};

static const struct mib_column alarm_columns[] = {
	COLUMN(2, csAlarmState, TAG_INTEGER, KIND_CONST, 1, 1, 2),
	ENUM(3, csAlarmType, alarm_row, type, ALARM_TYPE_LAST),
	ENUM(4, csAlarmSeverity, alarm_row, severity, 3),
	WALL(5, csAlarmSince, alarm_row, since_wall),
	WALL(6, csAlarmLast, alarm_row, last_wall),
	ENUM(7, csAlarmObjectKind, alarm_row, object, 11),
	NAME(8, csAlarmObjectName, alarm_row, object_name),
	WORDS(9, csAlarmText, alarm_row, text),
	SET_ENUM(10, csAlarmAcknowledge, alarm_row, acknowledged, 2, WRITE_ALARM_ACK,
	    "true(1) or false(2)"),
	WALL(11, csAlarmAcknowledgedAt, alarm_row, acknowledged_wall),
};

static const struct mib_column stats_columns[] = {
	STAT(1, csStatsPolls, STAT_POLLS),
	STAT(2, csStatsPollErrors, STAT_POLL_ERRORS),
	COLUMN(3, csStatsHttpRequests, TAG_COUNTER64, KIND_STAT, STAT_HTTP_REQUESTS, 0,
	    INT64_MAX),
	STAT(4, csStatsCommandsSent, STAT_COMMANDS_SENT),
	STAT(5, csStatsCommandsRefused, STAT_COMMANDS_REFUSED),
	STAT(6, csStatsCommandsUnanswered, STAT_COMMANDS_UNANSWERED),
	STAT(7, csStatsSetsAccepted, STAT_SETS_ACCEPTED),
	STAT(8, csStatsSetsRefused, STAT_SETS_REFUSED),
	STAT(9, csStatsMovesStarted, STAT_MOVES_STARTED),
	STAT(10, csStatsMovesSucceeded, STAT_MOVES_SUCCEEDED),
	STAT(11, csStatsMovesCancelled, STAT_MOVES_CANCELLED),
	STAT(12, csStatsMovesRolledBack, STAT_MOVES_ROLLED_BACK),
	STAT(13, csStatsMovesFailed, STAT_MOVES_FAILED),
	STAT(14, csStatsMovesInDoubt, STAT_MOVES_IN_DOUBT),
	STAT(15, csStatsNotificationsSent, STAT_NOTIFICATIONS_SENT),
	STAT(16, csStatsNotificationsSuppressed, STAT_NOTIFICATIONS_SUPPRESSED),
	COLUMN(17, csStatsNotificationsQueued, TAG_UNSIGNED32, KIND_STAT,
	    STAT_NOTIFICATIONS_QUEUED, 0, U32_MAX),
	STAT(18, csStatsNotifyRetransmitted, STAT_NOTIFICATIONS_RETRIED),
	NO_COUNTER(19, csStatsHookRuns),
	NO_COUNTER(20, csStatsHookFailures),
	NO_COUNTER(21, csStatsHookTimeouts),
	STAT(22, csStatsEvents, STAT_EVENTS),
	STAT(23, csStatsStoreWrites, STAT_STORE_WRITES),
	STAT(24, csStatsStoreFailures, STAT_STORE_FAILURES),
	STAT(25, csStatsAgentxReconnects, STAT_AGENTX_RECONNECTS),
};

static const struct mib_column candidate_columns[] = {
	NAME(2, csCandidateClusterName, candidate_row, cluster_name),
	ENUM(3, csCandidateOperState, candidate_row, oper, 7),
	NAME(4, csCandidateNodeName, candidate_row, node_name),
	GAUGE(5, csCandidateTwins, candidate_row, twins),
};

static const struct mib_table tables[] = {
	{ "csSet", OID(1, 1), TABLE_SET, "", COLUMNS(set_columns) },
	{ "csRefusalTable", OID(1, 2, 1), SOURCE_REFUSAL, "n",
	    COLUMNS(refusal_columns) },
	{ "csClusterTable", OID(1, 3, 1), TABLE_CLUSTER, "n",
	    COLUMNS(cluster_columns) },
	{ "csNodeTable", OID(1, 4, 1), TABLE_NODE, "nn", COLUMNS(node_columns) },
	{ "csVmTable", OID(1, 5, 1), TABLE_VM, "n", COLUMNS(vm_columns) },
	{ "csVmNameTable", OID(1, 6, 1), TABLE_VM_NAME, "s", COLUMNS(vm_name_columns) },
	{ "csVmSiteTable", OID(1, 7, 1), TABLE_VM_SITE, "nn",
	    COLUMNS(vm_site_columns) },
	{ "csDiskTable", OID(1, 8, 1), TABLE_DISK, "n", COLUMNS(disk_columns) },
	{ "csDiskSiteTable", OID(1, 9, 1), TABLE_DISK_SITE, "nn",
	    COLUMNS(disk_site_columns) },
	{ "csFaultDomainTable", OID(1, 10, 1), TABLE_FAULT_DOMAIN, "n",
	    COLUMNS(fault_domain_columns) },
	{ "csAvailSetTable", OID(1, 11, 1), TABLE_AVAIL_SET, "n",
	    COLUMNS(avail_set_columns) },
	{ "csAvailSetMemberTable", OID(1, 12, 1), TABLE_AVAIL_MEMBER, "nn",
	    COLUMNS(avail_member_columns) },
	{ "csEventTable", OID(1, 18, 1), TABLE_EVENT, "n", COLUMNS(event_columns) },
	{ "csAlarmTable", OID(1, 19, 1), TABLE_ALARM, "n", COLUMNS(alarm_columns) },
	{ "csStats", OID(1, 20), SOURCE_ONE, "", COLUMNS(stats_columns) },
	{ "csCandidateTable", OID(1, 23, 1), TABLE_CANDIDATE, "ns",
	    COLUMNS(candidate_columns) },
};

const struct mib_table *const mib_tables[] = {
	&tables[0],
	&tables[1],
	&tables[2],
	&tables[3],
	&tables[4],
	&tables[5],
	&tables[6],
	&tables[7],
	&tables[8],
	&tables[9],
	&tables[10],
	&tables[11],
	&tables[12],
	&tables[13],
	&tables[14],
	&tables[15],
	&mib_move,
	&mib_moves,
	&mib_policy,
	&mib_policies,
	&mib_plans,
	&mib_reasons,
	&mib_placements,
	&mib_results,
	&mib_hooks,
};
const size_t mib_ntables = sizeof(mib_tables) / sizeof(mib_tables[0]);

static const size_t refusal_strings[] = {
	offsetof(struct refusal_row, instance),
	offsetof(struct refusal_row, text),
};
const struct row_type refusal_row_type = { "refusal_row", sizeof(struct refusal_row),
	refusal_strings, sizeof(refusal_strings) / sizeof(refusal_strings[0]) };
