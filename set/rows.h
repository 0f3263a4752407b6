/*
 * SPDX-License-Identifier: Apache-2.0
 * The rows of every table that a generation publishes: the model as others see it.
 *
 * One struct per table of CLUSTER-SET-MIB (design: one row, one place to look). set/
 * fills them, the SNMP face reads them through descriptors, notifications hold single
 * rows. All numbers are int64_t, so that "not known" has a value of its own and is
 * answered as noSuchInstance, never as a made-up figure:
 *	numbers		ROW_NONE when not known
 *	strings		NULL when not known ("" is a known empty string)
 *	*_wall		seconds since 1970, 0 when never
 *	*_since		msec_t (CLOCK_BOOTTIME) from which an age is told, 0 when never
 * Enumerations are the numbers of the MIB's textual conventions.
 */
#ifndef SET_ROWS_H
#define SET_ROWS_H

#include <stdint.h>

#include "set/table.h"

#define ROW_NONE INT64_MIN

enum cs_health { HEALTH_OK = 1, HEALTH_WARNING, HEALTH_CRITICAL, HEALTH_UNKNOWN };
enum cs_role { ROLE_STANDALONE = 1, ROLE_LEADER, ROLE_FOLLOWER };
enum cs_reload { RELOAD_NONE = 1, RELOAD_RUNNING, RELOAD_TAKEN, RELOAD_REFUSED };
enum cs_severity { SEV_INFO = 1, SEV_WARNING, SEV_CRITICAL };

enum cs_cluster_admin { CLUSTER_ACTIVE = 1, CLUSTER_MAINTENANCE, CLUSTER_IGNORED };
/* reachable and as ECX says; the rest is what we know without it */
enum cs_cluster_oper {
	CLUSTER_NORMAL = 1,
	CLUSTER_CAUTION,
	CLUSTER_ERROR,
	CLUSTER_SUSPENDED,
	CLUSTER_OFFLINE,
	CLUSTER_UNREACHABLE, /* no server answered in the last round */
	CLUSTER_FOREIGN, /* it answers, but with another identity */
	CLUSTER_UNKNOWN
};
enum cs_node_oper {
	NODE_ONLINE = 1,
	NODE_OFFLINE,
	NODE_STARTING,
	NODE_STOPPING,
	NODE_CAUTION,
	NODE_SUSPENDED,
	NODE_UNKNOWN
};
enum cs_load_source {
	LOAD_NONE = 1,
	LOAD_SNMP,
	LOAD_HOOK,
	LOAD_CONFIGURED,
	LOAD_ESTIMATED
};

enum cs_vm_kind { VM_SHARED_DISK = 1, VM_STATELESS, VM_REPLICA };
enum cs_vm_admin { VM_UP = 1, VM_DOWN };
enum cs_vm_oper {
	VM_RUNNING = 1,
	VM_STARTING,
	VM_STOPPING,
	VM_STOPPED,
	VM_FAILED,
	VM_MOVING,
	VM_IN_DOUBT,
	VM_CONFLICT,
	VM_UNKNOWN
};
enum cs_vm_proof { PROOF_ECX_ONLY = 1, PROOF_HOOK, PROOF_GUARD };

enum cs_site_oper {
	SITE_ONLINE = 1,
	SITE_OFFLINE,
	SITE_STARTING,
	SITE_STOPPING,
	SITE_FAILED,
	SITE_ABSENT, /* the cluster has no such group */
	SITE_UNKNOWN
};
enum cs_autostart { AUTOSTART_MANUAL = 1, AUTOSTART_AUTO, AUTOSTART_UNKNOWN };
enum cs_evidence { EVIDENCE_NONE = 1, EVIDENCE_PARTIAL, EVIDENCE_PROVED };

enum cs_disk_kind { DISK_SHARED = 1, DISK_REPLICATED };
enum cs_disk_oper {
	DISK_OWNED = 1,
	DISK_RELEASED,
	DISK_CONFLICT,
	DISK_IN_DOUBT,
	DISK_UNKNOWN
};
enum cs_disk_role { DISK_ROLE_NONE = 1, DISK_ROLE_PRIMARY, DISK_ROLE_REPLICA };

enum cs_spread { SPREAD_NODE = 1, SPREAD_CLUSTER, SPREAD_FAULT_DOMAIN };
enum cs_enforcement { ENFORCE_HARD = 1, ENFORCE_SOFT };

enum cs_move_mode { MOVE_PLANNED = 1, MOVE_DRY_RUN, MOVE_LIVE };
enum cs_move_state {
	MOVE_PROPOSED = 1,
	MOVE_WAITING, /* accepted(2) */
	MOVE_RUNNING,
	MOVE_CANCELLING,
	MOVE_ROLLING_BACK,
	MOVE_SUCCEEDED,
	MOVE_CANCELLED,
	MOVE_ROLLED_BACK,
	MOVE_FAILED,
	MOVE_IN_DOUBT
};
enum cs_move_step {
	STEP_NONE = 1,
	STEP_CHECK,
	STEP_PRE_HOOK,
	STEP_QUIESCE,
	STEP_STOP,
	STEP_RELEASE,
	STEP_HANDOVER,
	STEP_REVERSE,
	STEP_START,
	STEP_VERIFY,
	STEP_RESUME,
	STEP_POST_HOOK
};
enum cs_move_control {
	CONTROL_NONE = 1,
	CONTROL_CANCEL,
	CONTROL_RETRY,
	CONTROL_ROLLBACK
};

enum cs_object { /* what an event or alarm is about */
	OBJECT_SET = 1,
	OBJECT_CLUSTER,
	OBJECT_NODE,
	OBJECT_VM,
	OBJECT_SITE,
	OBJECT_DISK,
	OBJECT_FAULT_DOMAIN,
	OBJECT_AVAIL_SET,
	OBJECT_MOVE,
	OBJECT_POLICY,
	OBJECT_HOOK
};

/* csSet scalars: one row with key {0} */
struct set_row {
	struct row head;
	const char *name, *descr, *version;
	int64_t role;
	int64_t health;
	const char *health_reason;
	int64_t start_since; /* csSetUpTime counts from here */
	int64_t oldest_poll_since; /* the cluster longest without a complete round */
	int64_t discontinuity_wall;
	int64_t change_wall;
	int64_t clusters, nodes, vms, disks;
	int64_t serial; /* csSetSerial, TestAndIncr */
	int64_t events_oldest, events_newest, events_dropped;
	int64_t move_index_next; /* csMoveIndexNext */
	int64_t adopt; /* csSetAdopt; 0: nothing is to be adopted */
	int64_t reloads, reload_state, reload_wall; /* csSetReload and what it did */
	const char *reload_text;
	const char *config_file; /* absolute; NULL: its name cannot be told */
	const char *host_name;
};

struct cluster_row { /* [csClusterIndex] */
	struct row head;
	const char *name;
	int64_t admin, oper;
	const char *status_text; /* what ECX says, or why nothing is known */
	const char *endpoint; /* the URL that answered last */
	int64_t fault_domain; /* index, 0 = none */
	const char *fault_domain_name;
	int64_t poll_since; /* start of the last complete round */
	int64_t poll_wall;
	int64_t poll_errors; /* rounds that failed since the discontinuity */
	int64_t nodes_online, nodes, vms_running;
	int64_t cpu_load; /* per mille */
	int64_t memory_used, memory_total; /* MiB */
};

struct node_row { /* [csClusterIndex, csNodeIndex] */
	struct row head;
	const char *name, *cluster_name;
	int64_t fault_domain;
	const char *fault_domain_name;
	int64_t admin, oper;
	const char *status_text;
	int64_t cpus, cpu_load, memory_total, memory_used, vms_running;
	int64_t load_since;
	int64_t load_source;
	int64_t cpu_mean; /* per mille, smoothed: what decisions rest on */
	int64_t memory_mean; /* MiB, smoothed */
};

struct vm_row { /* [csVmIndex] */
	struct row head;
	const char *name, *uuid;
	int64_t kind, admin, hold, oper; /* hold: TruthValue */
	int64_t cluster; /* index, 0 = nowhere or not known */
	const char *cluster_name;
	int64_t node;
	const char *node_name;
	int64_t home;
	const char *home_name;
	int64_t avail_set;
	const char *avail_set_name;
	int64_t priority;
	int64_t proof;
	int64_t target_cluster, target_node; /* of the open move, 0 = none */
	const char *target_name, *target_node_name;
	int64_t release; /* cluster index of csVmRelease, 0 = none */
	int64_t cpu_load, memory;
	int64_t last_move_wall;
	int64_t since_wall; /* seen to become so; 0: it was found so */
	const char *status_text;
	int64_t vcpus; /* ROW_NONE: not told */
	int64_t load_source; /* enum cs_load_source: of cpu_load */
	int64_t load_since;
	int64_t cpu_milli; /* thousandths of a processor, smoothed: for decisions */
	int64_t cpu_mean; /* the same as cpu_load, per mille of its node */
	int64_t last_cluster, last_node; /* indexes, where last seen running; 0 */
};

struct vm_name_row { /* [csVmName] */
	struct row head;
	int64_t index;
};

struct vm_site_row { /* [csVmIndex, csClusterIndex] */
	struct row head;
	const char *vm_name, *cluster_name, *group;
	int64_t oper;
	const char *status_text;
	int64_t node;
	const char *node_name;
	int64_t preference; /* 0 first */
	int64_t blocked; /* TruthValue */
	int64_t autostart;
	int64_t evidence;
	const char *evidence_text; /* what is proved, what is missing */
	int64_t confirm; /* ROW_NONE: nothing to confirm */
};

struct disk_row { /* [csDiskIndex] */
	struct row head;
	const char *name;
	int64_t kind, oper;
	int64_t owner_cluster; /* index, 0 = none */
	const char *owner_cluster_name;
	int64_t owner_node;
	const char *owner_node_name;
	int64_t epoch;
	int64_t since_wall; /* of the owner; 0: there never was one */
	int64_t vm;
	const char *vm_name;
};

struct disk_site_row { /* [csDiskIndex, csClusterIndex] */
	struct row head;
	const char *disk_name, *cluster_name, *resource;
	int64_t oper; /* enum cs_site_oper */
	const char *status_text;
	int64_t role;
	int64_t replication_health; /* enum cs_health; ROW_NONE: none, or not known */
	const char *replication_text;
};

struct fault_domain_row { /* [csFaultDomainIndex] */
	struct row head;
	const char *name, *descr;
	int64_t clusters, nodes, nodes_online, vms_running;
};

struct avail_set_row { /* [csAvailSetIndex] */
	struct row head;
	const char *name;
	int64_t spread, enforcement, members, violations;
	const char *violation_text;
};

struct avail_member_row { /* [csAvailSetIndex, csVmIndex] */
	struct row head;
	const char *avail_set_name, *vm_name;
	int64_t fault_domain;
	const char *place; /* where it counts as being: node, cluster or domain */
	int64_t violated; /* TruthValue */
};

struct event_row { /* [csEventIndex] */
	struct row head;
	int64_t wall;
	int64_t type; /* the notification's number below {root 0} */
	int64_t severity;
	int64_t object; /* enum cs_object */
	const char *object_name;
	const char *cluster_name, *vm_name; /* NULL when it has none */
	const char *text;
};

struct alarm_row { /* [csAlarmIndex] */
	struct row head;
	int64_t type; /* enum alarm_type of set/alarm.h */
	int64_t severity;
	int64_t since_wall, last_wall;
	int64_t object;
	const char *object_name;
	const char *text;
	int64_t acknowledged; /* TruthValue */
	int64_t acknowledged_wall;
};

/* A group that no VM is paired with: what `vm discover` lists, never commanded. */
struct candidate_row { /* [csClusterIndex, csCandidateGroup] */
	struct row head;
	const char *cluster_name;
	int64_t oper; /* enum cs_site_oper */
	const char *node_name;
	int64_t twins; /* other clusters of the set with a group of this name */
};

struct move_row { /* [csMoveOwner, csMoveIndex] */
	struct row head;
	int64_t vm;
	int64_t target_cluster; /* ROW_NONE: a stop, which has none */
	int64_t target_node, mode;
	const char *reason;
	int64_t source_cluster, source_node; /* 0: it ran nowhere */
	const char *vm_name, *source_name, *source_node_name;
	const char *target_name, *target_node_name;
	int64_t state, step, progress;
	int64_t started_wall, finished_wall; /* 0: not yet */
	int64_t downtime; /* seconds, up to when the row was put or in the end */
	int64_t downtime_ms; /* the same in milliseconds */
	int64_t epoch;
	const char *error;
	int64_t force; /* TruthValue */
};

enum cs_policy_mode { POLICY_OFF = 1, POLICY_ADVISE, POLICY_AUTOMATIC };
enum cs_plan_state {
	PLAN_PROPOSED = 1,
	PLAN_APPROVED, /* waits for its turn */
	PLAN_MOVING,
	PLAN_DONE,
	PLAN_FAILED,
	PLAN_REJECTED,
	PLAN_EXPIRED /* its reasons no longer hold */
};
enum cs_plan_approval { APPROVAL_UNDECIDED = 1, APPROVAL_APPROVE, APPROVAL_REJECT };
enum cs_placement_state { PLACEMENT_COMPUTING = 1, PLACEMENT_FOUND, PLACEMENT_NONE };

/* csPolicy scalars: one row with key {0} */
struct policy_set_row {
	struct row head;
	int64_t master; /* enum cs_policy_mode */
	int64_t high_load, target_load, memory_reserve, minimum_gain; /* per mille */
	int64_t max_moves, max_moves_hour;
	int64_t cool_down; /* seconds */
	const char *windows;
	int64_t imbalance; /* per mille */
};

struct policy_row { /* [csPolicyIndex] */
	struct row head;
	const char *name, *descr;
	int64_t mode, effective; /* enum cs_policy_mode */
	int64_t run_wall; /* 0: not yet */
	int64_t proposals, moves; /* counters */
	const char *status_text;
};

struct plan_row { /* [csPlanIndex] */
	struct row head;
	int64_t state, approve; /* enum cs_plan_state, cs_plan_approval */
	const char *policy_name;
	int64_t vm;
	const char *vm_name;
	int64_t source_cluster; /* 0: it runs nowhere */
	const char *source_name;
	int64_t target_cluster;
	const char *target_name;
	int64_t target_node; /* 0: any */
	const char *target_node_name;
	int64_t benefit; /* per mille */
	int64_t cost; /* seconds of down time; ROW_NONE: not known */
	int64_t batch;
	int64_t created_wall, expires_wall;
	int64_t move_index; /* csMoveIndex of owner "policy"; 0: none */
};

struct plan_reason_row { /* [csPlanIndex, csPlanReasonIndex] */
	struct row head;
	int64_t weight; /* per mille, below 0: against it */
	const char *text;
};

struct placement_row { /* [csPlacementOwner, csPlacementIndex] */
	struct row head;
	int64_t cpus, memory, avail_set;
	const char *avail_set_name;
	int64_t state; /* enum cs_placement_state */
	const char *text;
	int64_t candidates;
	int64_t cluster, node; /* 0: none */
	const char *cluster_name, *node_name;
	int64_t wall; /* of the answer; 0: not yet */
	int64_t vm; /* the existing one that it is about; 0: a new one */
	const char *vm_name;
};

struct placement_result_row { /* [owner, index, csPlacementResultRank] */
	struct row head;
	int64_t cluster;
	const char *cluster_name;
	int64_t node;
	const char *node_name;
	int64_t score; /* per mille */
	const char *text; /* why it is good, or what is in the way */
	int64_t possible; /* TruthValue */
};

enum table_id {
	TABLE_SET,
	TABLE_CLUSTER,
	TABLE_NODE,
	TABLE_VM,
	TABLE_VM_NAME,
	TABLE_VM_SITE,
	TABLE_DISK,
	TABLE_DISK_SITE,
	TABLE_FAULT_DOMAIN,
	TABLE_AVAIL_SET,
	TABLE_AVAIL_MEMBER,
	TABLE_EVENT,
	TABLE_ALARM,
	TABLE_CANDIDATE,
	TABLE_MOVE,
	TABLE_POLICY_SET, /* from here on: policy/ puts the rows */
	TABLE_POLICY,
	TABLE_PLAN,
	TABLE_PLAN_REASON,
	TABLE_PLACEMENT,
	TABLE_PLACEMENT_RESULT,
	TABLE_COUNT
};

/* The row type of each table, by enum table_id. */
extern const struct row_type row_types[TABLE_COUNT];

#endif
