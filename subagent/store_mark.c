/*
 * SPDX-License-Identifier: Apache-2.0
 * The marks: a few numbers that were told to the world, whatever became of their
 * records.
 *
 * A fixed 100 bytes in a file of their own, overwritten in place: that needs no room on
 * a full disk and no fsync, so the owner's thread may do it before it tells anybody. It
 * outlives kill -9 at any instant; after a power loss the durable records have to do.
 * Behind them stands, once and for all, which state they belong to. (An earlier release
 * had eight marks in 89 bytes. It reads the first eight of ours and leaves what stands
 * behind alone, but for the first digit of the ninth.)
 */
#include "subagent/store_mark.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"

#define MARK_DIGITS 11 /* "%010u " */
#define MARK_LENGTH (STORE_MARKS * MARK_DIGITS + 1)

/* The name of the file itself must outlive a power loss, too. */
static void
sync_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fsync(fd) != 0)
		log_warn("store", "%s: fsync: %s", dir, strerror(errno));
	if (fd >= 0)
		close(fd);
}

int
store_mark_open(const char *dir, uint32_t marks[STORE_MARKS], char **cause)
{
	char *path = xasprintf("%s/state.marks", dir);
	char text[STORE_MARKS * MARK_DIGITS + 1] = "";
	ssize_t got = 0;
	int fd, i;

	memset(marks, 0, STORE_MARKS * sizeof(*marks));
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		cause_set(cause, "%s: %s", path, strerror(errno));
	else if ((got = pread(fd, text, sizeof(text) - 1, 0)) <= 0)
		sync_dir(dir);
	for (i = 0; (i + 1) * MARK_DIGITS <= got && i < STORE_MARKS; i++)
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

void
store_mark_instance(int fd, char instance[STORE_INSTANCE + 1])
{
	memset(instance, 0, STORE_INSTANCE + 1);
	if (pread(fd, instance, STORE_INSTANCE, MARK_LENGTH) != STORE_INSTANCE ||
	    strspn(instance, "0123456789abcdef") != STORE_INSTANCE)
		instance[0] = '\0';
}

void
store_mark_set_instance(int fd, const char *instance)
{
	static const uint32_t none[STORE_MARKS];
	struct stat st;

	if (fstat(fd, &st) == 0 && st.st_size == 0)
		store_mark_write(fd, none);
	if (pwrite(fd, instance, STORE_INSTANCE, MARK_LENGTH) != STORE_INSTANCE ||
	    pwrite(fd, "\n", 1, MARK_LENGTH + STORE_INSTANCE) != 1 || fsync(fd) != 0)
		log_err("store",
		    "state.marks: %s: the state may look restored at the next start",
		    strerror(errno));
}
