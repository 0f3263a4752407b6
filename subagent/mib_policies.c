/*
 * SPDX-License-Identifier: Apache-2.0
 * Policies in CLUSTER-SET-MIB: csPolicy, csPlan, csPlacementTable and what belongs to
 * them. See mib.h.
 *
 * policy/engine.c puts the rows. A row of csPlacementTable is written as a whole by its
 * creation, see want_policy.c for what a SET of several columns means.
 */
#include "subagent/mib_define.h"

/* --- csPolicy ----------------------------------------------------------------------
 */

#define SETTING(id, name, member, max, what) \
	SET_NUMBER(id, name, policy_set_row, member, max, what)
#define MODE_WORDS "off(1), advise(2) or automatic(3)"

static const struct mib_column policy_columns[] = {
	SET_ENUM(1, csPolicyMasterMode, policy_set_row, master, 3, WRITE_POLICY_MASTER,
	    MODE_WORDS),
	SETTING(2, csPolicyHighLoad, high_load, 1000, WRITE_POLICY_HIGH_LOAD),
	SETTING(3, csPolicyTargetLoad, target_load, 1000, WRITE_POLICY_TARGET_LOAD),
	SETTING(4, csPolicyMemoryReserve, memory_reserve, 1000,
	    WRITE_POLICY_MEMORY_RESERVE),
	SETTING(5, csPolicyMinimumGain, minimum_gain, 1000, WRITE_POLICY_MINIMUM_GAIN),
	SETTING(6, csPolicyMaxMoves, max_moves, 64, WRITE_POLICY_MAX_MOVES),
	SETTING(7, csPolicyMaxMovesPerHour, max_moves_hour, 1000,
	    WRITE_POLICY_MAX_MOVES_HOUR),
	SETTING(8, csPolicyCoolDown, cool_down, 604800, WRITE_POLICY_COOL_DOWN),
	WRITABLE(9, csPolicyWindows, TAG_OCTETS, KIND_TEXT,
	    offsetof(struct policy_set_row, windows), 0, 255, WRITE_POLICY_WINDOWS),
	PER_MILLE(10, csPolicyImbalance, policy_set_row, imbalance),
};
const struct mib_table mib_policy = { "csPolicy", OID(1, 14), TABLE_POLICY_SET, "",
	COLUMNS(policy_columns) };

static const struct mib_column policies_columns[] = {
	NAME(2, csPolicyName, policy_row, name),
	NAME(3, csPolicyDescr, policy_row, descr),
	SET_ENUM(4, csPolicyMode, policy_row, mode, 3, WRITE_POLICY_MODE, MODE_WORDS),
	ENUM(5, csPolicyEffectiveMode, policy_row, effective, 3),
	WALL(6, csPolicyLastRun, policy_row, run_wall),
	COUNTER(7, csPolicyProposals, policy_row, proposals),
	COUNTER(8, csPolicyMoves, policy_row, moves),
	WORDS(9, csPolicyStatusText, policy_row, status_text),
};
const struct mib_table mib_policies = { "csPolicyTable", OID(1, 14, 11, 1),
	TABLE_POLICY, "n", COLUMNS(policies_columns) };

/* --- csPlan ------------------------------------------------------------------------
 */

#define INDEX_FROM(id, name, row, member, min)                                      \
	COLUMN(id, name, TAG_UNSIGNED32, KIND_NUMBER, offsetof(struct row, member), \
	    min, INDEX_MAX)

static const struct mib_column plans_columns[] = {
	ENUM(2, csPlanState, plan_row, state, 7),
	SET_ENUM(3, csPlanApprove, plan_row, approve, 3, WRITE_PLAN_APPROVE,
	    "undecided(1), approve(2) or reject(3)"),
	NAME(4, csPlanPolicyName, plan_row, policy_name),
	INDEX_FROM(5, csPlanVm, plan_row, vm, 1),
	NAME(6, csPlanVmName, plan_row, vm_name),
	INDEX(7, csPlanSourceCluster, plan_row, source_cluster),
	NAME(8, csPlanSourceName, plan_row, source_name),
	INDEX_FROM(9, csPlanTargetCluster, plan_row, target_cluster, 1),
	NAME(10, csPlanTargetName, plan_row, target_name),
	INDEX(11, csPlanTargetNode, plan_row, target_node),
	NAME(12, csPlanTargetNodeName, plan_row, target_node_name),
	PER_MILLE(13, csPlanBenefit, plan_row, benefit),
	GAUGE(14, csPlanCost, plan_row, cost),
	INDEX_FROM(15, csPlanBatch, plan_row, batch, 1),
	WALL(16, csPlanCreated, plan_row, created_wall),
	WALL(17, csPlanExpires, plan_row, expires_wall),
	INDEX(18, csPlanMoveIndex, plan_row, move_index),
};
const struct mib_table mib_plans = { "csPlanTable", OID(1, 15, 1, 1), TABLE_PLAN, "n",
	COLUMNS(plans_columns) };

static const struct mib_column reasons_columns[] = {
	COLUMN(2, csPlanReasonWeight, TAG_INTEGER, KIND_NUMBER,
	    offsetof(struct plan_reason_row, weight), -1000, 1000),
	WORDS(3, csPlanReasonText, plan_reason_row, text),
};
const struct mib_table mib_reasons = { "csPlanReasonTable", OID(1, 15, 2, 1),
	TABLE_PLAN_REASON, "nn", COLUMNS(reasons_columns) };

/* --- csPlacementTable ---------------------------------------------------------------
 */

#define ASKED(id, name, member, min, max, what)                                      \
	{                                                                            \
		id, #name, TAG_UNSIGNED32, KIND_NUMBER,                              \
		    offsetof(struct placement_row, member), min, max, ACCESS_CREATE, \
		    what, NULL                                                       \
	}
#define CONSTANT(id, name, value, min, max, what, words)                            \
	{                                                                           \
		id, #name, TAG_INTEGER, KIND_CONST, value, min, max, ACCESS_CREATE, \
		    what, words                                                     \
	}

static const struct mib_column placements_columns[] = {
	ASKED(3, csPlacementCpus, cpus, 1, 4096, WRITE_PLACEMENT_CPUS),
	ASKED(4, csPlacementMemory, memory, 1, 268435456, WRITE_PLACEMENT_MEMORY),
	ASKED(5, csPlacementAvailabilitySet, avail_set, 0, INDEX_MAX,
	    WRITE_PLACEMENT_AVAIL_SET),
	NAME(6, csPlacementAvailabilitySetName, placement_row, avail_set_name),
	ENUM(7, csPlacementState, placement_row, state, 3),
	WORDS(8, csPlacementText, placement_row, text),
	GAUGE(9, csPlacementCandidates, placement_row, candidates),
	INDEX(10, csPlacementCluster, placement_row, cluster),
	NAME(11, csPlacementClusterName, placement_row, cluster_name),
	INDEX(12, csPlacementNode, placement_row, node),
	NAME(13, csPlacementNodeName, placement_row, node_name),
	WALL(14, csPlacementTime, placement_row, wall),
	CONSTANT(15, csPlacementRowStatus, 1, 1, 6, WRITE_PLACEMENT_STATUS,
	    "createAndGo(4) or destroy(6)"),
	CONSTANT(16, csPlacementStorageType, 2, 2, 2, WRITE_PLACEMENT_STORAGE,
	    "volatile(2)"),
	ASKED(17, csPlacementVm, vm, 0, INDEX_MAX, WRITE_PLACEMENT_VM),
	NAME(18, csPlacementVmName, placement_row, vm_name),
};
const struct mib_table mib_placements = { "csPlacementTable", OID(1, 16, 1),
	TABLE_PLACEMENT, "sn", COLUMNS(placements_columns) };

static const struct mib_column results_columns[] = {
	INDEX_FROM(2, csPlacementResultCluster, placement_result_row, cluster, 1),
	NAME(3, csPlacementResultClusterName, placement_result_row, cluster_name),
	INDEX_FROM(4, csPlacementResultNode, placement_result_row, node, 1),
	NAME(5, csPlacementResultNodeName, placement_result_row, node_name),
	PER_MILLE(6, csPlacementResultScore, placement_result_row, score),
	WORDS(7, csPlacementResultText, placement_result_row, text),
	TRUTH(8, csPlacementResultPossible, placement_result_row, possible),
};
const struct mib_table mib_results = { "csPlacementResultTable", OID(1, 22, 1),
	TABLE_PLACEMENT_RESULT, "snn", COLUMNS(results_columns) };
