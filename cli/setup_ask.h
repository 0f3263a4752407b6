/*
 * SPDX-License-Identifier: Apache-2.0
 * Questions of `clusterset setup`, and what is to be put right when somebody breaks it
 * off between two of them: echo comes back, files made so far go.
 *
 * Called by cmd_setup.c alone, in its only thread.
 */
#ifndef CLI_SETUP_ASK_H
#define CLI_SETUP_ASK_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "configfile/save.h"

/* One line without its end, of any length; NULL at the end of input. The caller frees.
 */
char *setup_line(FILE *f);
/* The same from standard input, for a question on stderr; a secret without echo. */
char *setup_ask(const char *question, bool secret);

/* From now on signals that end the program do so neatly. */
void setup_guard(void);
/* Makes a file as save_create() does. One that is `last` makes the whole complete: none
 * is removed any more. -1 and *cause. */
int setup_create(
    const char *path, const char *text, mode_t mode, bool last, char **cause);
/* Removes all that were made and are not complete. */
void setup_give_up(void);

#endif
