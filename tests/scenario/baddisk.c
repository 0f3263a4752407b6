/*
 * SPDX-License-Identifier: Apache-2.0
 * A disk that fails, stands still or is cut off, to be preloaded into clustersetd.
 *
 * It stands before what SQLite writes and syncs with, and looks into the directory
 * $BADDISK, where a test puts: `eio`, and writes and syncs of the state file fail with
 * EIO; `wait`, and syncs of it last until that is gone; `die`, a line "N write" or
 * "N sync", and the process is killed at the Nth transaction from then on, before it is
 * written or after it is durable. harness/disk.py puts them.
 */
#include <sys/stat.h>
#include <sys/types.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void *
next(const char *name)
{
	void *f = dlsym(RTLD_NEXT, name);

	if (f == NULL)
		abort();
	return f;
}

/* "state.sqlite" and what belongs to it; "-wal" when `log`. */
static int
of_state(int fd, int log)
{
	char link[64], path[4096];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		return 0;
	path[n] = '\0';
	return strstr(path, log ? "state.sqlite-wal" : "state.sqlite") != NULL;
}

static const char *
told(const char *name, char path[4096])
{
	const char *dir = getenv("BADDISK");

	if (dir == NULL || snprintf(path, 4096, "%s/%s", dir, name) >= 4096)
		return NULL;
	return access(path, F_OK) == 0 ? path : NULL;
}

/* The transactions still to go, and when to die of the last. */
static int
deadline(char when[16], char path[4096])
{
	const char *file = told("die", path);
	int left = 0;
	FILE *f;

	if (file == NULL || (f = fopen(file, "r")) == NULL)
		return 0;
	if (fscanf(f, "%d %15s", &left, when) != 2)
		left = 0;
	fclose(f);
	return left;
}

static void
die(const char *path)
{
	unlink(path);
	kill(getpid(), SIGKILL);
	pause();
}

static int
fails(int fd)
{
	char path[4096];

	if (told("eio", path) == NULL || !of_state(fd, 0))
		return 0;
	errno = EIO;
	return 1;
}

static void
before_write(int fd)
{
	char path[4096], when[16] = "";

	if (deadline(when, path) == 1 && strcmp(when, "write") == 0 && of_state(fd, 1))
		die(path);
}

static void
wait_for_disk(int fd)
{
	const struct timespec pause = { 0, 10000000 };
	char path[4096];

	while (told("wait", path) != NULL && of_state(fd, 0))
		nanosleep(&pause, NULL);
}

static void
after_sync(int fd)
{
	char path[4096], when[16] = "";
	int left = deadline(when, path);
	FILE *f;

	if (left == 0 || !of_state(fd, 1))
		return;
	if (left == 1 && strcmp(when, "sync") == 0)
		die(path);
	if (left > 1 && (f = fopen(path, "w")) != NULL) {
		fprintf(f, "%d %s\n", left - 1, when);
		fclose(f);
	}
}

static int
synced(int fd, const char *name)
{
	int (*f)(int) = (int (*)(int))next(name);
	int result;

	if (fails(fd))
		return -1;
	wait_for_disk(fd);
	result = f(fd);
	after_sync(fd);
	return result;
}

int
fsync(int fd)
{
	return synced(fd, "fsync");
}

int
fdatasync(int fd)
{
	return synced(fd, "fdatasync");
}

ssize_t
pwrite(int fd, const void *data, size_t n, off_t at)
{
	ssize_t (*f)(int, const void *, size_t, off_t) =
	    (ssize_t(*)(int, const void *, size_t, off_t))next("pwrite");

	if (fails(fd))
		return -1;
	before_write(fd);
	return f(fd, data, n, at);
}

ssize_t
pwrite64(int fd, const void *data, size_t n, off64_t at)
{
	ssize_t (*f)(int, const void *, size_t, off64_t) =
	    (ssize_t(*)(int, const void *, size_t, off64_t))next("pwrite64");

	if (fails(fd))
		return -1;
	before_write(fd);
	return f(fd, data, n, at);
}
