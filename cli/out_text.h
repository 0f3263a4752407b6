/*
 * SPDX-License-Identifier: Apache-2.0
 * Text as a terminal shows it, for the files out*.c and dot.c only.
 */
#ifndef CLI_OUT_TEXT_H
#define CLI_OUT_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A copy of s[0..n) that moves no cursor: control characters and what is no UTF-8 stand
 * as \ooo, what a terminal may turn round or does not know as "?", and without `utf8`
 * everything but ASCII as well. The caller frees.
 */
char *out_text_clean(bool utf8, const char *s, size_t n);

/* The same for a file in UTF-8, whatever the terminal can: all characters stay but
 * those that act. The caller frees. */
char *out_text_safe(const char *s);

/* The columns of text that out_text_clean() gave. */
int out_text_width(const char *clean);

/* How many bytes of a clean text fit into `columns`; *used is what they take. */
size_t out_text_fit(const char *clean, int columns, int *used);

#endif
