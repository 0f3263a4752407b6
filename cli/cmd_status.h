/*
 * SPDX-License-Identifier: Apache-2.0
 * What `clusterset status` found, between gathering and showing it.
 */
#ifndef CLI_CMD_STATUS_H
#define CLI_CMD_STATUS_H

#include "cli/look.h"

struct status {
	struct look_set set;
	struct rows *clusters, *nodes, *vms, *disks, *moves, *alarms;
	struct look_counts cluster_states, node_states, vm_states, disk_states,
	    severities;
	const struct row **by_urgency; /* the alarms */
	const struct row **open; /* the moves */
	size_t nopen, acknowledged;
	bool doubt; /* something is in doubt or in conflict */
};

void status_brief(struct out *o, const struct status *st);
void status_screen(struct out *o, const struct status *st);

/* Open moves, a line each (two where the screen is narrow), and what they wait for; top
 * shows them, too. */
void status_moves(struct out *o, const struct look_set *set,
    const struct row *const *moves, size_t n);

#endif
