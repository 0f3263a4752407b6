/*
 * SPDX-License-Identifier: Apache-2.0
 * Gives a fuzz target its corpus without a fuzzer: part of make check, in TAP. What a
 * fuzzer ever found is kept in tests/fuzz/corpus/NAME and stays found.
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
visible(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static bool
replay(const char *dir, const char *name)
{
	char *path = xasprintf("%s/%s", dir, name), *text = NULL;
	FILE *f = fopen(path, "rb");
	size_t size = 0, got;

	free(path);
	if (f == NULL)
		return false;
	do {
		text = xreallocarray(text, size + 4096, 1);
		got = fread(text + size, 1, 4096, f);
		size += got;
	} while (got > 0);
	fclose(f);
	LLVMFuzzerTestOneInput((const uint8_t *)text, size);
	free(text);
	return true;
}

int
main(int argc, char **argv)
{
	const char *top = getenv("top_srcdir"), *self = strrchr(argv[0], '/');
	struct dirent **entries = NULL;
	char *dir;
	int n;

	(void)argc;
	dir = xasprintf("%s/tests/fuzz/corpus/%s", top == NULL ? "." : top,
	    self == NULL ? argv[0] : self + 1);
	n = scandir(dir, &entries, visible, alphasort);
	if (n < 0) {
		printf("1..1\nnot ok 1 - no corpus in %s\n", dir);
		n = 0;
	} else {
		printf("1..%d\n", n);
	}
	for (int i = 0; i < n; i++) {
		printf("%s %d - %s\n",
		    replay(dir, entries[i]->d_name) ? "ok" : "not ok", i + 1,
		    entries[i]->d_name);
		fflush(stdout);
		free(entries[i]);
	}
	free(entries);
	free(dir);
	return 0;
}
