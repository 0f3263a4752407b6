/*
 * SPDX-License-Identifier: Apache-2.0
 * The marks: a few numbers that were told to the world, whatever became of their
 * records.
 *
 * A fixed 190 bytes in a file of their own, overwritten in place: that needs no room on
 * a full disk and no fsync, so the owner's thread may do it before it tells anybody. It
 * outlives kill -9 at any instant; after a power loss the durable records have to do.
 * Behind them stands which state they belong to, and of the last write the time, the
 * boot, and whether it was the last word of an orderly end. Nobody else writes here,
 * and the kernel notes the time of the last change by the same clock, which no copy can
 * bring back: where the two differ, something else wrote, copied, linked or chowned it.
 * Only a power loss may keep one and lose the other, so that across a boot less is
 * judged; the first write of a run and the last one go to the disk at once for that.
 * (An earlier release had eight marks in 89 bytes. It reads the first eight of ours and
 * leaves what stands behind alone, but for the first digit of the ninth.)
 */
#include "subagent/store_mark.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"

#define MARK_DIGITS 11 /* "%010u " */
#define MARK_LENGTH (STORE_MARKS * MARK_DIGITS + 1)
#define STAMP_AT    (MARK_LENGTH + STORE_INSTANCE + 1)
#define WALL_DIGITS 16
#define STAMP       "%0*lld %-*s %c\n"
#define FILE_LENGTH (STAMP_AT + WALL_DIGITS + 1 + STORE_BOOT + 1 + 1 + 1)
#define NINTH_DIGIT 88 /* the earlier release ends its line here */
#define TOLERANCE   2000 /* ms between our clock and the file system's */
#define HEX         "0123456789abcdef"

static int64_t
ms_of(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

/* When the file was changed last; 0: not known. */
static int64_t
change_time(int fd)
{
	struct stat st;

	return fstat(fd, &st) != 0
	    ? 0
	    : st.st_ctim.tv_sec * INT64_C(1000) + st.st_ctim.tv_nsec / 1000000;
}

static void
boot_id(char boot[STORE_BOOT + 1])
{
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");

	if (f == NULL || fgets(boot, STORE_BOOT + 1, f) == NULL ||
	    strspn(boot, HEX "-") != STORE_BOOT)
		boot[0] = '\0';
	if (f != NULL)
		fclose(f);
}

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

/* --- reading ------------------------------------------------------------------------
 */

/* False: it has none (of an earlier release, or not whole). */
static bool
read_stamp(const char *text, size_t n, struct store_stamp *s)
{
	const char *boot = text + STAMP_AT + WALL_DIGITS + 1;

	if (n < FILE_LENGTH || text[NINTH_DIGIT] == '\n' ||
	    strspn(text + STAMP_AT, "0123456789") != WALL_DIGITS)
		return false;
	s->wall = strtoll(text + STAMP_AT, NULL, 10);
	memcpy(s->boot, boot, STORE_BOOT);
	s->boot[strspn(s->boot, HEX "-")] = '\0';
	s->last = boot[STORE_BOOT + 1] == 'e';
	return true;
}

bool
store_mark_changed(const struct store_stamp *s, int64_t ctime, const char *boot,
    int64_t booted, int64_t now)
{
	if (s->wall == 0)
		return true;
	if (*boot != '\0' && strcmp(s->boot, boot) == 0)
		return llabs(ctime - s->wall) > TOLERANCE;
	if (s->last) /* a power loss within it can only leave an older time */
		return ctime > s->wall + TOLERANCE;
	/* killed by a power loss, and not touched by us in this boot */
	return *boot != '\0' && s->boot[0] != '\0' && ctime > booted + TOLERANCE &&
	    ctime > s->wall + TOLERANCE && ctime <= now;
}

static void
read_file(struct store_mark *m, const char *dir)
{
	char text[FILE_LENGTH + 1] = "";
	const ssize_t got = pread(m->fd, text, FILE_LENGTH, 0);
	const int64_t now = ms_of(CLOCK_REALTIME), changed = change_time(m->fd);
	struct store_stamp stamp = { 0 };
	int i;

	if (got <= 0) {
		sync_dir(dir);
		return;
	}
	for (i = 0; (i + 1) * MARK_DIGITS <= got && i < STORE_MARKS; i++)
		m->marks[i] = (uint32_t)strtoul(text + i * MARK_DIGITS, NULL, 10);
	if (got >= MARK_LENGTH + STORE_INSTANCE &&
	    strspn(text + MARK_LENGTH, HEX) == STORE_INSTANCE)
		memcpy(m->instance, text + MARK_LENGTH, STORE_INSTANCE);
	if (read_stamp(text, (size_t)got, &stamp) &&
	    store_mark_changed(
	        &stamp, changed, m->boot, now - ms_of(CLOCK_BOOTTIME), now))
		m->touched = (time_t)(changed / 1000);
}

int
store_mark_open(struct store_mark *m, const char *dir, char **cause)
{
	char *path = xasprintf("%s/state.marks", dir);

	memset(m, 0, sizeof(*m));
	boot_id(m->boot);
	m->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (m->fd < 0)
		cause_set(cause, "%s: %s", path, strerror(errno));
	else
		read_file(m, dir);
	free(path);
	return m->fd < 0 ? -1 : 0;
}

/* --- writing ------------------------------------------------------------------------
 */

static int
write_once(const struct store_mark *m, int64_t wall, bool last)
{
	char text[FILE_LENGTH + 1];
	size_t n = 0;
	int i;

	for (i = 0; i < STORE_MARKS; i++)
		n += (size_t)snprintf(
		    text + n, sizeof(text) - n, "%010" PRIu32 " ", m->marks[i]);
	snprintf(text + n, sizeof(text) - n, "\n%-*s\n" STAMP, STORE_INSTANCE,
	    m->instance, WALL_DIGITS, (long long)(m->doubt ? 0 : wall), STORE_BOOT,
	    m->boot[0] == '\0' ? "?" : m->boot, last ? 'e' : 'w');
	return pwrite(m->fd, text, FILE_LENGTH, 0) == FILE_LENGTH ? 0 : -1;
}

/* The stamp must not be older than the write, though we may be stopped in between. */
static int
write_file(struct store_mark *m, bool last)
{
	int64_t wall;
	int tries = 3, rc;

	do {
		wall = ms_of(CLOCK_REALTIME);
		rc = write_once(m, wall, last);
	} while (
	    rc == 0 && llabs(change_time(m->fd) - wall) > TOLERANCE / 2 && --tries > 0);
	if (rc == 0 && (last || !m->written))
		rc = fsync(m->fd);
	m->written = true;
	return rc;
}

void
store_mark_write(struct store_mark *m, const uint32_t marks[STORE_MARKS])
{
	static bool told;

	memcpy(m->marks, marks, sizeof(m->marks));
	if (write_file(m, false) == 0 || told)
		return;
	told = true;
	log_err("store", "state.marks: %s: numbers may be told twice after a crash",
	    strerror(errno));
}

void
store_mark_set_instance(struct store_mark *m, const char *instance)
{
	memcpy(m->instance, instance, sizeof(m->instance));
	if (write_file(m, false) != 0 || fsync(m->fd) != 0)
		log_err("store",
		    "state.marks: %s: the state may look restored at the next start",
		    strerror(errno));
}

void
store_mark_close(struct store_mark *m)
{
	if (m->written && write_file(m, true) != 0)
		log_err("store",
		    "state.marks: %s: the state may look restored at the next start",
		    strerror(errno));
	close(m->fd);
}
