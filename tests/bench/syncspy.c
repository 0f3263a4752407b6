/*
 * SPDX-License-Identifier: Apache-2.0
 * Preloaded into clustersetd by bench-move: how often it waits for a disk, how long.
 *
 * $SYNCSPY_OUT gets one 32-bit number per fsync(2) or fdatasync(2), in the order they
 * end: microseconds. Changes nothing of what the calls do.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int
timed(const char *name, int fd)
{
	static int out = -1;
	struct timespec a, b;
	int (*real)(int);
	uint32_t us;
	void *f = dlsym(RTLD_NEXT, name);
	int result;

	if (f == NULL)
		abort();
	memcpy(&real, &f, sizeof(real));
	clock_gettime(CLOCK_MONOTONIC, &a);
	result = real(fd);
	clock_gettime(CLOCK_MONOTONIC, &b);
	us = (uint32_t)((b.tv_sec - a.tv_sec) * 1000000 +
	    (b.tv_nsec - a.tv_nsec) / 1000);
	if (out < 0 && getenv("SYNCSPY_OUT") != NULL)
		out = open(getenv("SYNCSPY_OUT"),
		    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (out >= 0 && write(out, &us, sizeof(us)) < 0)
		abort();
	return result;
}

int
fsync(int fd)
{
	return timed("fsync", fd);
}

int
fdatasync(int fd)
{
	return timed("fdatasync", fd);
}
