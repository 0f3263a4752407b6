/*
 * SPDX-License-Identifier: Apache-2.0
 * Starting one child process. See spawn.h.
 */
#include "config.h"

#include "hooks/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"

/* The descriptor itself, or one above 2: those below are given to children. */
static int
above_standard(int fd)
{
	int other, error;

	if (fd < 0 || fd > 2)
		return fd;
	other = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	error = errno;
	close(fd);
	errno = error;
	return other;
}

bool
spawn_pipe(int fd[2], int ours)
{
	int error;

	if (pipe2(fd, O_CLOEXEC) != 0) {
		fd[0] = fd[1] = -1;
		return false;
	}
	fd[0] = above_standard(fd[0]);
	fd[1] = above_standard(fd[1]);
	if (fd[0] >= 0 && fd[1] >= 0 && fcntl(fd[ours], F_SETFL, O_NONBLOCK) == 0)
		return true;
	error = errno;
	if (fd[0] >= 0)
		close(fd[0]);
	if (fd[1] >= 0)
		close(fd[1]);
	fd[0] = fd[1] = -1;
	errno = error;
	return false;
}

static int
file_actions(posix_spawn_file_actions_t *a, const int fd[3])
{
	int i, error = 0;

	for (i = 0; i < 3 && error == 0; i++)
		if (fd[i] < 0)
			error = posix_spawn_file_actions_addopen(
			    a, i, "/dev/null", i == 0 ? O_RDONLY : O_WRONLY, 0);
		else
			error = posix_spawn_file_actions_adddup2(a, fd[i], i);
	if (error == 0)
		error = posix_spawn_file_actions_addclosefrom_np(a, 3);
	if (error == 0)
		error = posix_spawn_file_actions_addchdir_np(a, "/");
	return error;
}

static int
attributes(posix_spawnattr_t *a)
{
	sigset_t all, none;
	int error;

	sigfillset(&all);
	sigemptyset(&none);
	error = posix_spawnattr_setsigdefault(a, &all);
	if (error == 0)
		error = posix_spawnattr_setsigmask(a, &none);
	if (error == 0)
		error = posix_spawnattr_setflags(a,
		    POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF |
		        POSIX_SPAWN_SETSIGMASK);
	return error;
}

int
spawn(char *const argv[], char *const env[], const int fd[3], pid_t *pid, int *pidfd)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	int error;

	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attr);
	error = file_actions(&actions, fd);
	if (error == 0)
		error = attributes(&attr);
	if (error == 0)
		error = posix_spawn(pid, argv[0], &actions, &attr, argv, env);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	*pidfd = -1;
#ifdef SYS_pidfd_open
	/* nobody but us reaps it, so the number is still its own; close-on-exec by
	 * itself */
	if (error == 0)
		*pidfd = (int)syscall(SYS_pidfd_open, *pid, 0);
#endif
	return error;
}

bool
spawn_ended(pid_t pid, int *status)
{
	siginfo_t info;

	*status = 0;
	info.si_pid = 0;
	if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0)
		return errno != EINTR; /* it is nobody's: cannot be, but is an end */
	if (info.si_pid == 0)
		return false;
	/* while it is not reaped, the number of its group is nobody else's */
	kill(-pid, SIGKILL);
	waitpid(pid, status, 0);
	return true;
}

char *
spawn_status(int status)
{
	if (WIFEXITED(status))
		return xasprintf("exited with %d", WEXITSTATUS(status));
	return xasprintf("was ended by signal %d (%s)", WTERMSIG(status),
	    strsignal(WTERMSIG(status)));
}
