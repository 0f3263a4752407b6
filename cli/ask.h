/*
 * SPDX-License-Identifier: Apache-2.0
 * Asking for moves by rows of csMoveTable.
 *
 * Called by the commands that move VMs. Finds free indexes, and makes sure that no
 * collision, lost answer or SET that is sent again becomes a second move. Prints
 * nothing.
 */
#ifndef CLI_ASK_H
#define CLI_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/command.h"
#include "cli/names.h"

struct ask {
	uint32_t vm; /* csVmIndex */
	uint32_t cluster; /* csClusterIndex of the target */
	uint32_t node; /* csNodeIndex there, or 0: clusterset chooses */
	struct names_move move; /* out: the row */
};

struct ask_how {
	const char *owner;
	const char *reason; /* or NULL */
	bool dry_run;
	bool force;
};

/*
 * All of them in one SET, all or nothing. 0, or an exit code with *cause: 4 refused; 3,
 * 1 and 5 as cli/snmp has them. Where no clear answer came, the rows are read back for
 * a while; only when they do not show is the code 5, and the words say what is not
 * known.
 */
int ask_moves(struct cli *cli, const struct ask_how *how, struct ask *asks, size_t n,
    char **cause);

#endif
