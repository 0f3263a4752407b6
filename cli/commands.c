/*
 * SPDX-License-Identifier: Apache-2.0
 * The list of all commands, in the order of help. Each table stands with its code.
 */
#include "cli/command.h"

const struct command *const command_tables[] = {
	cmd_vm,
	cmd_vm_move,
	cmd_vm_intent,
	cmd_vm_find,
	cmd_cluster,
	cmd_drain,
	cmd_move,
	cmd_site,
	cmd_alarm,
	cmd_event,
	cmd_plan,
	cmd_completion,
	cmd_status,
	cmd_tree,
	cmd_top,
	cmd_list,
	cmd_list_moves,
	cmd_list_alarms,
	cmd_show_places,
	cmd_show,
	cmd_show_moves,
	cmd_graph,
	cmd_doctor,
	cmd_help,
	NULL,
};
