/*
 * SPDX-License-Identifier: Apache-2.0
 * Starting one child process: what every child of clustersetd has in common.
 *
 * Used by run.c for programs that are called and by subagent/loads_child.c for the
 * process that asks the nodes. A child is in its own session and process group, has
 * every signal at its default and none blocked, stands in "/", and has no descriptor
 * but 0, 1 and 2. No shell, no fork handler, no code of ours runs in between
 * (posix_spawn), so threads do no harm.
 */
#ifndef HOOKS_SPAWN_H
#define HOOKS_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * A pipe, both ends close-on-exec and above 2; the end [ours] does not block. False:
 * errno says why.
 */
bool spawn_pipe(int fd[2], int ours);

/*
 * Starts argv[0] (absolute) with exactly `env`. fd[i] becomes descriptor i of the
 * child; -1 is /dev/null. The caller keeps and closes its copies. 0, or an errno: the
 * program could not be started. *pidfd is -1 where the kernel gives none; poll then.
 */
int spawn(char *const argv[], char *const env[], const int fd[3], pid_t *, int *pidfd);

/*
 * Has it ended? Then everything it left in its group is killed, it is reaped, and
 * *status is that of waitpid(2). Never waits for it.
 */
bool spawn_ended(pid_t, int *status);

/* "exited with 3", "was ended by signal 9 (Killed)". The caller frees. */
char *spawn_status(int status);

#endif
