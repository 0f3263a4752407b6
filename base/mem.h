/*
 * SPDX-License-Identifier: Apache-2.0
 * Allocation that aborts.
 *
 * Running out of memory ends the process: every promise of clusterset is kept by what
 * is already durable, so a restart is safer than a half-built answer. Whatever a peer
 * sizes (REST bodies, hook output, traps) has a cap of its own and fails with a clear
 * error long before it gets here.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stdarg.h>
#include <stddef.h>

/* Like malloc, calloc, reallocarray, strdup, strndup; never NULL. The caller frees. */
void *xmalloc(size_t size);
void *xcalloc(size_t n, size_t size);
void *xreallocarray(void *p, size_t n, size_t size);
char *xstrdup(const char *s); /* NULL gives NULL */
char *xstrndup(const char *s, size_t n);
/* printf into a new string; never NULL. The caller frees. */
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
char *xvasprintf(const char *fmt, va_list ap) __attribute__((format(printf, 1, 0)));

/*
 * For `char **cause` parameters: frees what *cause held and sets it to the new text.
 * A NULL cause is allowed and drops the text. Always returns -1, so that
 * `return cause_set(cause, ...)` is the whole error path.
 */
int cause_set(char **cause, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Frees *p and sets it to NULL, so that a second release is harmless. */
void xfree_clear(char **p);

#endif
