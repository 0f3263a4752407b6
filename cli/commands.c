/*
 * SPDX-License-Identifier: Apache-2.0
 * The list of all commands, in the order of help (within a subject: what looks,
 * then what acts). Each table stands with its code.
 */
#include "cli/command.h"

const struct command *const command_tables[] = {
	cmd_status,
	cmd_tree,
	cmd_top,
	cmd_graph,
	cmd_list,
	cmd_show_places,
	cmd_show,
	cmd_list_moves,
	cmd_show_moves,
	cmd_list_alarms,
	cmd_vm_find,
	cmd_vm_place,
	cmd_vm,
	cmd_vm_move,
	cmd_vm_intent,
	cmd_cluster,
	cmd_drain,
	cmd_move,
	cmd_site,
	cmd_alarm,
	cmd_event,
	cmd_plan,
	cmd_plan_explain,
	cmd_plan_offline,
	cmd_policy,
	cmd_doctor,
	cmd_completion,
	cmd_register,
	cmd_member,
	cmd_config,
	cmd_setup,
	cmd_help,
	NULL,
};
