/*
 * SPDX-License-Identifier: Apache-2.0
 * The difference of two texts, as diff -u has it.
 *
 * For tools that show what they would write (--dry-run) before they write it. Pure: no
 * files, no output. Lines are compared as bytes, their ends included, so that a changed
 * line end is a changed line; bytes are not interpreted and not made harmless.
 */
#ifndef BASE_DIFF_H
#define BASE_DIFF_H

#include <stddef.h>

/*
 * A unified diff with three lines of context, patch(1) can apply it; "" when both are
 * the same. A last line without an end is marked as diff(1) marks it. The names stand
 * in the two head lines. Where the texts differ in more than some thousand lines the
 * difference is right, but not the shortest. The caller frees.
 */
char *diff_unified(const char *old_text, size_t old_len, const char *new_text,
    size_t new_len, const char *old_name, const char *new_name);

#endif
