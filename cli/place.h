/*
 * SPDX-License-Identifier: Apache-2.0
 * Asking where a VM should go: a row of csPlacementTable, its answer, and what of it is
 * shown.
 *
 * Called by `vm place`, `vm where` and `plan explain`. The question is removed again,
 * whatever came of it.
 */
#ifndef CLI_PLACE_H
#define CLI_PLACE_H

#include <stdbool.h>

#include "cli/command.h"

struct place {
	const char *owner; /* of the row */
	long cpus, memory; /* 0: not told, for a VM that exists */
	uint32_t set; /* csAvailSetIndex, 0: none */
	uint32_t vm; /* csVmIndex; 0: a new one */
	/* the answer */
	char *state; /* a word of csPlacementState */
	char *text;
	struct rows *results; /* of this question only */
};

/* 0, or an exit code after a message. place_clear() in any case. */
int place_ask(struct cli *cli, struct place *p);
void place_clear(struct place *p);

bool place_found(const struct place *p);
/* {"state": ..., "text": ..., "places": [...]} */
json_t *place_json(const struct place *p);
/* Those that are possible, ranked, then the others and what is in the way. At most
 * `most` of each, 0: all. `here` (NULL: none) is marked. */
void place_print(struct cli *cli, const struct place *p, size_t most, const char *here);

/* The whole of `vm place`, which is `vm where` without a VM, too; their options. */
int place_run(struct cli *cli);
extern const struct command_option place_options[];

#endif
