/*
 * SPDX-License-Identifier: Apache-2.0
 * Fuzz target for clustersetd.conf: any text gives settings or words, never a crash.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "subagent/configfile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[64], *cause = NULL, *warnings = NULL;
	int fd = memfd_create("clustersetd.conf", MFD_CLOEXEC);
	struct settings *s;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	s = configfile_load(path, &cause, &warnings);
	if ((s == NULL) != (cause != NULL))
		abort(); /* errors have words, and only errors have them */
	settings_free(s);
	free(cause);
	free(warnings);
	close(fd);
	return 0;
}
