/*
 * SPDX-License-Identifier: Apache-2.0
 * Names of the set that complete a word on the command line.
 *
 * Called by the hidden command that shells call (cli/completion.c). Asks the agent, and
 * is over within a second whatever happens: a shell waits for it.
 */
#ifndef CLI_COMPLETE_H
#define CLI_COMPLETE_H

#include "cli/command.h"

/*
 * Prints what begins with `prefix`, a line each. Nothing, and nothing on stderr, when
 * the agent does not answer in time or `kind` is nothing that the set knows (files,
 * commands and words are the shell's or the tables'). Always returns EXIT_DONE.
 */
int complete_print(struct cli *cli, enum complete kind, const char *prefix);

#endif
