/*
 * SPDX-License-Identifier: Apache-2.0
 * The parts of CLUSTER-SET-MIB whose engines are not built: policies, plans, placement,
 * hooks. See mib.h.
 *
 * They answer noSuchInstance, and a SET on them is refused in words. An engine that
 * comes moves its table to mib_tables.c and gives the columns their members.
 */
#include "subagent/mib_define.h"

static const struct mib_column policy_columns[] = {
	LATER(1, csPolicyMasterMode, TAG_INTEGER, 1, 3, ACCESS_WRITE),
	LATER(2, csPolicyHighLoad, TAG_UNSIGNED32, 0, 1000, ACCESS_WRITE),
	LATER(3, csPolicyTargetLoad, TAG_UNSIGNED32, 0, 1000, ACCESS_WRITE),
	LATER(4, csPolicyMemoryReserve, TAG_UNSIGNED32, 0, 1000, ACCESS_WRITE),
	LATER(5, csPolicyMinimumGain, TAG_UNSIGNED32, 0, 1000, ACCESS_WRITE),
	LATER(6, csPolicyMaxMoves, TAG_UNSIGNED32, 0, 64, ACCESS_WRITE),
	LATER(7, csPolicyMaxMovesPerHour, TAG_UNSIGNED32, 0, 1000, ACCESS_WRITE),
	LATER(8, csPolicyCoolDown, TAG_UNSIGNED32, 0, 604800, ACCESS_WRITE),
	LATER(9, csPolicyWindows, TAG_OCTETS, 0, 255, ACCESS_WRITE),
	NO_NUMBER(10, csPolicyImbalance, 0, 1000),
};
const struct mib_table mib_policy = { "csPolicy", OID(1, 14), SOURCE_NONE, "",
	COLUMNS(policy_columns) };

static const struct mib_column policies_columns[] = {
	NO_NAME(2, csPolicyName),
	NO_NAME(3, csPolicyDescr),
	LATER(4, csPolicyMode, TAG_INTEGER, 1, 3, ACCESS_WRITE),
	NO_ENUM(5, csPolicyEffectiveMode, 3),
	NO_WALL(6, csPolicyLastRun),
	NO_COUNTER(7, csPolicyProposals),
	NO_COUNTER(8, csPolicyMoves),
	NO_WORDS(9, csPolicyStatusText),
};
const struct mib_table mib_policies = { "csPolicyTable", OID(1, 14, 11, 1), SOURCE_NONE,
	"n", COLUMNS(policies_columns) };

static const struct mib_column plans_columns[] = {
	NO_ENUM(2, csPlanState, 7),
	LATER(3, csPlanApprove, TAG_INTEGER, 1, 3, ACCESS_WRITE),
	NO_NAME(4, csPlanPolicyName),
	NO_NUMBER(5, csPlanVm, 1, INDEX_MAX),
	NO_NAME(6, csPlanVmName),
	NO_NUMBER(7, csPlanSourceCluster, 0, INDEX_MAX),
	NO_NAME(8, csPlanSourceName),
	NO_NUMBER(9, csPlanTargetCluster, 1, INDEX_MAX),
	NO_NAME(10, csPlanTargetName),
	NO_NUMBER(11, csPlanTargetNode, 0, INDEX_MAX),
	NO_NAME(12, csPlanTargetNodeName),
	NO_NUMBER(13, csPlanBenefit, 0, 1000),
	NO_NUMBER(14, csPlanCost, 0, U32_MAX),
	NO_NUMBER(15, csPlanBatch, 1, INDEX_MAX),
	NO_WALL(16, csPlanCreated),
	NO_WALL(17, csPlanExpires),
	NO_NUMBER(18, csPlanMoveIndex, 0, INDEX_MAX),
};
const struct mib_table mib_plans = { "csPlanTable", OID(1, 15, 1, 1), SOURCE_NONE, "n",
	COLUMNS(plans_columns) };

static const struct mib_column reasons_columns[] = {
	NO_INTEGER(2, csPlanReasonWeight, -1000, 1000),
	NO_WORDS(3, csPlanReasonText),
};
const struct mib_table mib_reasons = { "csPlanReasonTable", OID(1, 15, 2, 1),
	SOURCE_NONE, "nn", COLUMNS(reasons_columns) };

static const struct mib_column placements_columns[] = {
	LATER(3, csPlacementCpus, TAG_UNSIGNED32, 1, 4096, ACCESS_CREATE),
	LATER(4, csPlacementMemory, TAG_UNSIGNED32, 1, 268435456, ACCESS_CREATE),
	LATER(
	    5, csPlacementAvailabilitySet, TAG_UNSIGNED32, 0, INDEX_MAX, ACCESS_CREATE),
	NO_NAME(6, csPlacementAvailabilitySetName),
	NO_ENUM(7, csPlacementState, 3),
	NO_WORDS(8, csPlacementText),
	NO_NUMBER(9, csPlacementCandidates, 0, U32_MAX),
	NO_NUMBER(10, csPlacementCluster, 0, INDEX_MAX),
	NO_NAME(11, csPlacementClusterName),
	NO_NUMBER(12, csPlacementNode, 0, INDEX_MAX),
	NO_NAME(13, csPlacementNodeName),
	NO_WALL(14, csPlacementTime),
	LATER(15, csPlacementRowStatus, TAG_INTEGER, 1, 6, ACCESS_CREATE),
	LATER(16, csPlacementStorageType, TAG_INTEGER, 1, 5, ACCESS_CREATE),
};
const struct mib_table mib_placements = { "csPlacementTable", OID(1, 16, 1),
	SOURCE_NONE, "sn", COLUMNS(placements_columns) };

static const struct mib_column results_columns[] = {
	NO_NUMBER(2, csPlacementResultCluster, 1, INDEX_MAX),
	NO_NAME(3, csPlacementResultClusterName),
	NO_NUMBER(4, csPlacementResultNode, 1, INDEX_MAX),
	NO_NAME(5, csPlacementResultNodeName),
	NO_NUMBER(6, csPlacementResultScore, 0, 1000),
	NO_WORDS(7, csPlacementResultText),
};
const struct mib_table mib_results = { "csPlacementResultTable", OID(1, 22, 1),
	SOURCE_NONE, "snn", COLUMNS(results_columns) };

static const struct mib_column hooks_columns[] = {
	NO_NAME(2, csHookName),
	NO_NAME(3, csHookEvent),
	LATER(4, csHookAdminState, TAG_INTEGER, 1, 2, ACCESS_WRITE),
	NO_ENUM(5, csHookResult, 5),
	NO_COUNTER(6, csHookRuns),
	NO_COUNTER(7, csHookFailures),
	NO_COUNTER(8, csHookTimeouts),
	NO_INTEGER(9, csHookLastExit, 0, 255),
	NO_WALL(10, csHookLastRun),
	NO_WORDS(11, csHookLastOutput),
};
const struct mib_table mib_hooks = { "csHookTable", OID(1, 17, 1), SOURCE_NONE, "n",
	COLUMNS(hooks_columns) };
