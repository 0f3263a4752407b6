/*
 * SPDX-License-Identifier: Apache-2.0
 * What `clusterset status` found, between gathering and showing it.
 */
#ifndef CLI_CMD_STATUS_H
#define CLI_CMD_STATUS_H

#include "cli/look.h"

enum { STATUS_HELD_MOST = 100 };

struct status {
	struct look_set set;
	struct rows *clusters, *nodes, *vms, *disks, *moves, *alarms, *plans;
	struct look_counts cluster_states, node_states, vm_states, disk_states,
	    severities;
	const struct row **by_urgency; /* the alarms */
	const struct row **open; /* the moves */
	size_t nopen, acknowledged;
	size_t proposed; /* plans that wait for a decision */
	/* VMs on hold, and the names of the first */
	size_t held, nheld_names;
	char *held_names[STATUS_HELD_MOST];
	bool doubt; /* something is in doubt or in conflict */
	/* What speaks against a clustersetd that says ok; NULL: nothing, or it does not
	 * say so. */
	char *against;
};

/*
 * Asks the agent: the nodes with these columns. Nothing but SNMP happens here, so that
 * it may run in a thread of its own; status_judge() follows in the thread that makes
 * words. On an error what came is in *st all the same, for status_free().
 */
enum snmp_result status_gather(struct snmp *s, struct status *st,
    const enum mib_id *node_columns, size_t n, char **cause);
void status_judge(struct status *st);
/* The health in a word: of the MIB, or what is worse than it. */
const char *status_word(const struct status *st);
void status_free(struct status *st);
/* The exit code: 0, 1 or 5 (cli/command.h). */
int status_exit(const struct status *st);
/* {"status": ...} */
json_t *status_document(const struct status *st);

void status_brief(struct out *o, const struct status *st);
void status_screen(struct out *o, const struct status *st);

/* Open moves, a line each (two where the screen is narrow), and what they wait for; top
 * shows them, too. */
void status_moves(struct out *o, const struct look_set *set,
    const struct row *const *moves, size_t n);

#endif
