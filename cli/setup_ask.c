/*
 * SPDX-License-Identifier: Apache-2.0
 * Asking, and breaking off. See setup_ask.h.
 */
#include "cli/setup_ask.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/mem.h"

#define MADE_MAX 256

static const int ending[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
#define ENDING (sizeof(ending) / sizeof(ending[0]))

/* The handler's; changed with these signals blocked. */
static struct termios usual;
static volatile sig_atomic_t silent;
static char *made[MADE_MAX];
static volatile sig_atomic_t nmade;

void
setup_give_up(void)
{
	while (nmade > 0)
		unlink(made[--nmade]); /* it ends soon: not freed here */
}

static void
ended(int signal_number)
{
	if (silent) {
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &usual);
		if (write(STDERR_FILENO, "\n", 1) < 0)
			_exit(1);
	}
	setup_give_up();
	raise(signal_number); /* the handler is reset: now it ends the program */
}

void
setup_guard(void)
{
	struct sigaction act = { .sa_handler = ended, .sa_flags = SA_RESETHAND }, was;
	size_t i;

	for (i = 0; i < ENDING; i++)
		if (sigaction(ending[i], NULL, &was) == 0 && was.sa_handler != SIG_IGN)
			sigaction(ending[i], &act, NULL);
}

static void
hold(sigset_t *was)
{
	sigset_t all;
	size_t i;

	sigemptyset(&all);
	for (i = 0; i < ENDING; i++)
		sigaddset(&all, ending[i]);
	sigprocmask(SIG_BLOCK, &all, was);
}

char *
setup_line(FILE *f)
{
	char *line = NULL;
	size_t room = 0;

	if (getline(&line, &room, f) < 0) {
		free(line);
		return NULL;
	}
	line[strcspn(line, "\r\n")] = '\0';
	return line;
}

char *
setup_ask(const char *question, bool secret)
{
	struct termios mute;
	sigset_t was;
	char *answer;

	hold(&was);
	if (secret && tcgetattr(STDIN_FILENO, &usual) == 0) {
		mute = usual;
		mute.c_lflag &= ~(tcflag_t)ECHO;
		silent = tcsetattr(STDIN_FILENO, TCSAFLUSH, &mute) == 0;
	}
	sigprocmask(SIG_SETMASK, &was, NULL);
	fprintf(stderr, "%s", question);
	fflush(stderr);
	answer = setup_line(stdin);
	hold(&was);
	if (silent) {
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &usual);
		fputc('\n', stderr);
		silent = 0;
	}
	sigprocmask(SIG_SETMASK, &was, NULL);
	return answer;
}

int
setup_create(const char *path, const char *text, mode_t mode, bool last, char **cause)
{
	sigset_t was;
	int result;

	if (nmade == MADE_MAX)
		return cause_set(cause, "%s: too many files", path);
	hold(&was);
	result = save_create(path, text, mode, cause);
	if (result == 0 && last)
		nmade = 0;
	else if (result == 0)
		made[nmade++] = xstrdup(path);
	sigprocmask(SIG_SETMASK, &was, NULL);
	return result;
}
