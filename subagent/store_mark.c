/*
 * SPDX-License-Identifier: Apache-2.0
 * The marks: a few numbers that were told to the world, whatever became of their
 * records.
 *
 * A fixed 89 bytes in a file of their own, overwritten in place: that needs no room on
 * a full disk and no fsync, so the owner's thread may do it before it tells anybody. It
 * outlives kill -9 at any instant; after a power loss the durable records have to do.
 */
#include "subagent/store_mark.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"

#define MARK_DIGITS 11 /* "%010u " */

int
store_mark_open(const char *dir, uint32_t marks[STORE_MARKS], char **cause)
{
	char *path = xasprintf("%s/state.marks", dir);
	char text[STORE_MARKS * MARK_DIGITS + 1] = "";
	int fd, i;

	memset(marks, 0, STORE_MARKS * sizeof(*marks));
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		cause_set(cause, "%s: %s", path, strerror(errno));
	else if (pread(fd, text, sizeof(text) - 1, 0) == (ssize_t)sizeof(text) - 1)
		for (i = 0; i < STORE_MARKS; i++)
			marks[i] = (uint32_t)strtoul(text + i * MARK_DIGITS, NULL, 10);
	free(path);
	return fd;
}

void
store_mark_write(int fd, const uint32_t marks[STORE_MARKS])
{
	static bool told;
	char text[STORE_MARKS * MARK_DIGITS + 2];
	int i, n = 0;

	for (i = 0; i < STORE_MARKS; i++)
		n += snprintf(
		    text + n, sizeof(text) - (size_t)n, "%010" PRIu32 " ", marks[i]);
	text[n++] = '\n';
	if (pwrite(fd, text, (size_t)n, 0) != n && !told) {
		told = true;
		log_err("store",
		    "state.marks: %s: numbers may be told twice after a crash",
		    strerror(errno));
	}
}
