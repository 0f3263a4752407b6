/*
 * SPDX-License-Identifier: Apache-2.0
 * To be preloaded into clustersetd: the host has another name, as one at the other end
 * of a tunnel has. For test_cli_config.py.
 */
#include <stddef.h>
#include <string.h>
#include <unistd.h>

int
gethostname(char *name, size_t len)
{
	static const char other[] = "far-away";

	if (len < sizeof(other))
		return -1;
	memcpy(name, other, sizeof(other));
	return 0;
}
