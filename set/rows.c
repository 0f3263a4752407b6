/*
 * SPDX-License-Identifier: Apache-2.0
 * The row types: which members of each row of rows.h are strings.
 */
#include "set/rows.h"

#define OFFSETS(...)        \
	(const size_t[])    \
	{                   \
		__VA_ARGS__ \
	}
#define COUNT(...) (sizeof(OFFSETS(__VA_ARGS__)) / sizeof(size_t))
#define TYPE(id, s, ...) \
	[id] = { #s, sizeof(struct s), OFFSETS(__VA_ARGS__), COUNT(__VA_ARGS__) }
#define AT(s, m) offsetof(struct s, m)

/* offsets ascend, as the members do */
const struct row_type row_types[TABLE_COUNT] = {
	TYPE(TABLE_SET, set_row, AT(set_row, name), AT(set_row, descr),
	    AT(set_row, version), AT(set_row, health_reason), AT(set_row, reload_text),
	    AT(set_row, config_file), AT(set_row, host_name)),
	TYPE(TABLE_CLUSTER, cluster_row, AT(cluster_row, name),
	    AT(cluster_row, status_text), AT(cluster_row, endpoint),
	    AT(cluster_row, fault_domain_name)),
	TYPE(TABLE_NODE, node_row, AT(node_row, name), AT(node_row, cluster_name),
	    AT(node_row, fault_domain_name), AT(node_row, status_text)),
	TYPE(TABLE_VM, vm_row, AT(vm_row, name), AT(vm_row, uuid),
	    AT(vm_row, cluster_name), AT(vm_row, node_name), AT(vm_row, home_name),
	    AT(vm_row, avail_set_name), AT(vm_row, target_name),
	    AT(vm_row, target_node_name), AT(vm_row, status_text)),
	[TABLE_VM_NAME] = { "vm_name_row", sizeof(struct vm_name_row), NULL, 0 },
	TYPE(TABLE_VM_SITE, vm_site_row, AT(vm_site_row, vm_name),
	    AT(vm_site_row, cluster_name), AT(vm_site_row, group),
	    AT(vm_site_row, status_text), AT(vm_site_row, node_name),
	    AT(vm_site_row, evidence_text)),
	TYPE(TABLE_DISK, disk_row, AT(disk_row, name), AT(disk_row, owner_cluster_name),
	    AT(disk_row, owner_node_name), AT(disk_row, vm_name)),
	TYPE(TABLE_DISK_SITE, disk_site_row, AT(disk_site_row, disk_name),
	    AT(disk_site_row, cluster_name), AT(disk_site_row, resource),
	    AT(disk_site_row, status_text), AT(disk_site_row, replication_text)),
	TYPE(TABLE_FAULT_DOMAIN, fault_domain_row, AT(fault_domain_row, name),
	    AT(fault_domain_row, descr)),
	TYPE(TABLE_AVAIL_SET, avail_set_row, AT(avail_set_row, name),
	    AT(avail_set_row, violation_text)),
	TYPE(TABLE_AVAIL_MEMBER, avail_member_row, AT(avail_member_row, avail_set_name),
	    AT(avail_member_row, vm_name), AT(avail_member_row, place)),
	TYPE(TABLE_EVENT, event_row, AT(event_row, object_name),
	    AT(event_row, cluster_name), AT(event_row, vm_name), AT(event_row, text)),
	TYPE(TABLE_ALARM, alarm_row, AT(alarm_row, object_name), AT(alarm_row, text)),
	TYPE(TABLE_CANDIDATE, candidate_row, AT(candidate_row, cluster_name),
	    AT(candidate_row, node_name)),
	TYPE(TABLE_MOVE, move_row, AT(move_row, reason), AT(move_row, vm_name),
	    AT(move_row, source_name), AT(move_row, source_node_name),
	    AT(move_row, target_name), AT(move_row, target_node_name),
	    AT(move_row, error)),
	TYPE(TABLE_POLICY_SET, policy_set_row, AT(policy_set_row, windows)),
	TYPE(TABLE_POLICY, policy_row, AT(policy_row, name), AT(policy_row, descr),
	    AT(policy_row, status_text)),
	TYPE(TABLE_PLAN, plan_row, AT(plan_row, policy_name), AT(plan_row, vm_name),
	    AT(plan_row, source_name), AT(plan_row, target_name),
	    AT(plan_row, target_node_name)),
	TYPE(TABLE_PLAN_REASON, plan_reason_row, AT(plan_reason_row, text)),
	TYPE(TABLE_PLACEMENT, placement_row, AT(placement_row, avail_set_name),
	    AT(placement_row, text), AT(placement_row, cluster_name),
	    AT(placement_row, node_name), AT(placement_row, vm_name)),
	TYPE(TABLE_PLACEMENT_RESULT, placement_result_row,
	    AT(placement_result_row, cluster_name), AT(placement_result_row, node_name),
	    AT(placement_result_row, text)),
};
