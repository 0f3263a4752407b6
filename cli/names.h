/*
 * SPDX-License-Identifier: Apache-2.0
 * From the names that people use to the indexes that the MIB uses.
 *
 * Called by commands for their arguments. A name that is not there is answered with the
 * nearest one that is. Every function gives 0, or an exit code whose message has been
 * printed already, so that `if ((code = names_vm(...))) return code;` is the whole
 * path. Nothing is kept: each call asks the agent.
 */
#ifndef CLI_NAMES_H
#define CLI_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "cli/command.h"

enum { NAMES_OWNER_MAX = 32 };

/* The indexes of n VMs. The usual case, all names right, is one GET and no walk. */
int names_vms(struct cli *cli, const char *const *names, size_t n, uint32_t *index);
int names_vm(struct cli *cli, const char *name, uint32_t *index);

int names_cluster(struct cli *cli, const char *name, uint32_t *index);

/* A cluster, or a node of one. */
struct names_place {
	uint32_t cluster; /* 0: none was named (text was "/NODE") */
	uint32_t node; /* 0: none */
	char *cluster_name; /* owned */
	char *node_name; /* owned, NULL without a node */
};
void names_place_free(struct names_place *place);

/*
 * "CLUSTER" or "CLUSTER/NODE". With `within` (a csClusterIndex, else 0) "/NODE" is a
 * node of that cluster.
 */
int names_place(
    struct cli *cli, const char *text, uint32_t within, struct names_place *place);
/* A node: "CLUSTER/NODE", or "NODE" where only one cluster has a node of that name. */
int names_node(struct cli *cli, const char *text, struct names_place *place);

/* A row of csMoveTable. */
struct names_move {
	char owner[NAMES_OWNER_MAX + 1];
	uint32_t index;
};
/* "OWNER/INDEX"; "INDEX" where only one owner has it; or the name of a VM, which means
 * its newest move. That the row is there has been seen. */
int names_move(struct cli *cli, const char *text, struct names_move *move);

/*
 * Anything else with one number as its index and a column that is its name: `noun` and
 * `list` are for the message ("fault domain", "fault-domain list").
 */
int names_find(struct cli *cli, enum mib_table_id table, enum mib_id column,
    const char *noun, const char *list, const char *name, uint32_t *index);

/* A positive number in `text`, 0 when it is none. */
uint32_t names_number(const char *text);

/* The owner for rows that this user makes: `given`, else the login name; never one that
 * the MIB reserves. A string that stays; NULL with a message (code 2) when `given` is
 * no possible owner. */
const char *names_owner(struct cli *cli, const char *given);

#endif
