/*
 * SPDX-License-Identifier: Apache-2.0
 * The part of CLUSTER-SET-MIB whose engine is not built: hooks. See mib.h.
 *
 * It answers noSuchInstance, and a SET on it is refused in words. An engine that comes
 * gives the columns their members.
 */
#include "subagent/mib_define.h"

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
