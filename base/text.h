/*
 * SPDX-License-Identifier: Apache-2.0
 * Foreign text made harmless.
 *
 * Names and messages come from ECX, hooks, traps and operators. What enters the model
 * or leaves as SnmpAdminString (RFC 3411, UTF-8 without control characters) or in a log
 * line goes through these first.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A copy of at most `max` bytes (cut at a character boundary) in which control
 * characters and bytes that are not valid UTF-8 stand as \ooo. The caller frees.
 * NULL gives "".
 */
char *text_vis(const char *s, size_t max);

/* Valid UTF-8 (RFC 3629) without control characters (C0, DEL, C1) and 1..max bytes? */
bool text_is_name(const char *s, size_t max);

/* Length of the longest prefix of s, at most max bytes, that ends between characters.
 */
size_t text_utf8_cut(const char *s, size_t max);

/* The same text, or both NULL? */
bool text_same(const char *a, const char *b);

/* Compare ignoring ASCII case and runs of blanks, as status words are (contract 9.7).
 */
bool text_same_words(const char *a, const char *b);

/* The index of the nearest of `n` words to `s` (for "did you mean"), or -1 if none is
 * near. */
int text_nearest(const char *s, const char *const *words, size_t n);

#endif
