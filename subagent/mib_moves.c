/*
 * SPDX-License-Identifier: Apache-2.0
 * The moving of VMs in CLUSTER-SET-MIB: csMove and csMoveTable. See mib.h.
 *
 * A row is written as a whole by its creation (control decides what a SET of several
 * columns means, see want.c); what an order is written to always reads the same.
 */
#include "subagent/mib_define.h"

#define CREATE(id, name, member, min, what)                                           \
	{                                                                             \
		id, #name, TAG_UNSIGNED32, KIND_NUMBER,                               \
		    offsetof(struct move_row, member), min, INDEX_MAX, ACCESS_CREATE, \
		    what, NULL                                                        \
	}
#define CREATE_ENUM(id, name, kind, at, min, last, what, words)                   \
	{                                                                         \
		id, #name, TAG_INTEGER, kind, at, min, last, ACCESS_CREATE, what, \
		    words                                                         \
	}

static const struct mib_column move_columns[] = {
	COLUMN(1, csMoveIndexNext, TAG_UNSIGNED32, KIND_NUMBER,
	    offsetof(struct set_row, move_index_next), 1, INDEX_MAX),
};
const struct mib_table mib_move = { "csMove", OID(1, 13), TABLE_SET, "",
	COLUMNS(move_columns) };

static const struct mib_column moves_columns[] = {
	CREATE(3, csMoveVm, vm, 1, WRITE_MOVE_VM),
	CREATE(4, csMoveTargetCluster, target_cluster, 1, WRITE_MOVE_CLUSTER),
	CREATE(5, csMoveTargetNode, target_node, 0, WRITE_MOVE_NODE),
	CREATE_ENUM(6, csMoveMode, KIND_NUMBER, offsetof(struct move_row, mode), 1, 3,
	    WRITE_MOVE_MODE, "planned(1), dryRun(2) or live(3)"),
	{ 7, "csMoveReason", TAG_OCTETS, KIND_TEXT, offsetof(struct move_row, reason),
	    0, 255, ACCESS_CREATE, WRITE_MOVE_REASON, NULL },
	INDEX(8, csMoveSourceCluster, move_row, source_cluster),
	INDEX(9, csMoveSourceNode, move_row, source_node),
	NAME(10, csMoveVmName, move_row, vm_name),
	NAME(11, csMoveSourceName, move_row, source_name),
	NAME(12, csMoveSourceNodeName, move_row, source_node_name),
	NAME(13, csMoveTargetName, move_row, target_name),
	NAME(14, csMoveTargetNodeName, move_row, target_node_name),
	ENUM(15, csMoveState, move_row, state, 10),
	ENUM(16, csMoveStep, move_row, step, 12),
	COLUMN(17, csMoveProgress, TAG_UNSIGNED32, KIND_NUMBER,
	    offsetof(struct move_row, progress), 0, 100),
	WALL(18, csMoveStartedAt, move_row, started_wall),
	WALL(19, csMoveFinishedAt, move_row, finished_wall),
	GAUGE(20, csMoveDowntime, move_row, downtime),
	GAUGE(21, csMoveEpoch, move_row, epoch),
	WORDS(22, csMoveError, move_row, error),
	CREATE_ENUM(23, csMoveControl, KIND_CONST, CONTROL_NONE, 1, 4,
	    WRITE_MOVE_CONTROL, "none(1), cancel(2), retry(3) or rollback(4)"),
	CREATE_ENUM(24, csMoveForce, KIND_NUMBER, offsetof(struct move_row, force), 1,
	    2, WRITE_MOVE_FORCE, "true(1) or false(2)"),
	CREATE_ENUM(25, csMoveRowStatus, KIND_CONST, 1, 1, 6, WRITE_MOVE_STATUS,
	    "createAndGo(4) or destroy(6)"),
	CREATE_ENUM(26, csMoveStorageType, KIND_CONST, 3, 3, 3, WRITE_MOVE_STORAGE,
	    "nonVolatile(3)"),
	GAUGE(27, csMoveDowntimeMs, move_row, downtime_ms),
};
const struct mib_table mib_moves = { "csMoveTable", OID(1, 13, 2, 1), TABLE_MOVE, "sn",
	COLUMNS(moves_columns) };
