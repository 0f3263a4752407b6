/*
 * SPDX-License-Identifier: Apache-2.0
 * Allocation that aborts. See mem.h for the reason.
 */
#include "base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *
must(void *p, size_t n, size_t size)
{
	if (p == NULL && n != 0 && size != 0) {
		fprintf(stderr, "out of memory: %zu times %zu bytes\n", n, size);
		abort();
	}
	return p;
}

void *
xmalloc(size_t size)
{
	return must(malloc(size), 1, size);
}

void *
xcalloc(size_t n, size_t size)
{
	return must(calloc(n, size), n, size);
}

void *
xreallocarray(void *p, size_t n, size_t size)
{
	return must(reallocarray(p, n, size), n, size);
}

char *
xstrdup(const char *s)
{
	return s == NULL ? NULL : must(strdup(s), 1, 1);
}

char *
xstrndup(const char *s, size_t n)
{
	return must(strndup(s, n), 1, 1);
}

char *
xvasprintf(const char *fmt, va_list ap)
{
	char *s = NULL;

	if (vasprintf(&s, fmt, ap) < 0)
		must(NULL, 1, 1);
	return s;
}

char *
xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = xvasprintf(fmt, ap);
	va_end(ap);
	return s;
}

int
cause_set(char **cause, const char *fmt, ...)
{
	va_list ap;
	char *text;

	if (cause == NULL)
		return -1;
	va_start(ap, fmt);
	text = xvasprintf(fmt, ap); /* before the free: an argument may be *cause */
	va_end(ap);
	free(*cause);
	*cause = text;
	return -1;
}

void
xfree_clear(char **p)
{
	free(*p);
	*p = NULL;
}
