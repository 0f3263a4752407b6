/*
 * SPDX-License-Identifier: Apache-2.0
 * Graphviz: text in its language, quoted, and its program dot.
 *
 * Called by `clusterset graph`. dot is no dependency: it is looked for when a picture
 * is wanted, and run without a shell.
 */
#ifndef CLI_DOT_H
#define CLI_DOT_H

#include <stdio.h>

/* A string in double quotes. */
void dot_quoted(FILE *f, const char *text);

/* Text within a label of HTML's kind; nothing in it is taken for a tag. */
void dot_html(FILE *f, const char *text);

/*
 * Runs dot -Tsvg over the text from its beginning and writes the picture to `to`, all
 * of it or nothing. -1 with *cause, which says how to get dot when it is not there.
 */
int dot_svg(FILE *text, FILE *to, char **cause);

#endif
