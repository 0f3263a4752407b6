/*
 * SPDX-License-Identifier: Apache-2.0
 * Why snmpd's AgentX socket cannot be joined. See agentx_why.h.
 */
#include "subagent/agentx_why.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"

static int
try_connect(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	size_t len = strlen(path);
	int fd, error = 0;

	if (len >= sizeof(sun.sun_path))
		return ENAMETOOLONG;
	memcpy(sun.sun_path, path, len + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return errno;
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) < 0 && errno != EAGAIN)
		error = errno;
	close(fd);
	return error;
}

int
agentx_why(const char *socket, char **words)
{
	const char *path = strncmp(socket, "unix:", 5) == 0 ? socket + 5 : socket;
	int error = path[0] == '/' ? try_connect(path) : 0;

	if (error == EACCES || error == EPERM)
		*words = xasprintf(
		    "the AgentX socket %s is closed to uid %ld: %s; is clustersetd's "
		    "user in the group that agentXPerms in snmpd.conf gives it to, and "
		    "may that group enter its directory?",
		    path, (long)geteuid(), strerror(error));
	else if (error != 0)
		*words = xasprintf(
		    "no snmpd at %s: %s; is snmpd running, with \"master agentx\" and "
		    "this agentXSocket in snmpd.conf?",
		    path, strerror(error));
	else if (path[0] == '/')
		*words = xasprintf("no snmpd at %s: somebody listens there but opens "
		                   "no AgentX session",
		    path);
	else
		*words = xasprintf("no snmpd at %s; is snmpd running, with \"master "
		                   "agentx\" and this agentXSocket in snmpd.conf?",
		    path);
	return error;
}
