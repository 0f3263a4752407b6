/*
 * SPDX-License-Identifier: Apache-2.0
 * What clusterset says about itself, all of it made from the rows of command.h.
 *
 * Called by `clusterset help`, by the parser for --help and a missing command, and when
 * the COMMANDS section of clusterset(1) is built. Names no command of its own: a row
 * that is not hidden appears in all of them.
 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/command.h"
#include "cli/out.h"

/* All commands, grouped by subject, a line each. */
void help_overview(struct out *o);

/* The page of one command: synopsis, text, arguments, options, examples. */
void help_command(struct out *o, const struct command *c);

/* The commands of which `words` are the beginning ("vm"), a line each; how many. */
size_t help_subject(struct out *o, const char *words);

/* The options of every command, environment and exit codes. */
void help_options(struct out *o);

/* What an option or argument means, with the words that it may be and whether it may be
 * given several times. The caller frees. */
char *help_option_text(
    const char *text, enum complete complete, const char *words, bool many);

/* What stands before a line of examples: "clusterset " where the line, of `n` bytes,
 * begins with the words of a command, otherwise "". */
const char *help_example_begin(const char *line, size_t n);

/* The sections OPTIONS and COMMANDS of clusterset(1), in mdoc(7). */
void help_mdoc(FILE *f);

#endif
