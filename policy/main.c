/*
 * SPDX-License-Identifier: Apache-2.0
 * clusterset-plan; see tool.h.
 */
#include "policy/tool.h"

int
main(int argc, char **argv)
{
	return plan_tool_run(argc, argv);
}
