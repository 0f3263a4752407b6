/*
 * SPDX-License-Identifier: Apache-2.0
 * A terminal taken over for a while. See terminal.h.
 */
#include "cli/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define ENTER "\033[?1049h\033[?25l\033[H\033[2J"
#define LEAVE "\033[?25h\033[?1049l"

static struct termios before;
static volatile sig_atomic_t taken, keys; /* keys: the input is a terminal */
static bool silent; /* nobody types any more */
static int screen = -1;
static int wake[2] = { -1, -1 };

bool
terminal_is_screen(const struct out *o)
{
	const char *term = getenv("TERM");

	return o->terminal && term != NULL && *term != '\0' &&
	    strcmp(term, "dumb") != 0;
}

/* Only what a signal handler may call, here and in what it calls. */
static void
say(const char *text)
{
	size_t n = strlen(text);
	ssize_t done;

	while (n > 0) {
		done = write(screen, text, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return;
		text += done;
		n -= (size_t)done;
	}
}

void
terminal_end(void)
{
	int error = errno;

	if (taken) {
		taken = 0;
		say(LEAVE);
		if (keys)
			tcsetattr(STDIN_FILENO, TCSANOW, &before);
	}
	errno = error;
}

static void
take(void)
{
	struct termios raw = before;

	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	if (keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	taken = 1;
	say(ENTER);
}

static void
on_signal(int number)
{
	char c = number == SIGINT ? 'q' : 'r';
	int error = errno;
	ssize_t done;

	done = write(wake[1], &c, 1);
	(void)done; /* a full pipe wakes as well */
	errno = error;
}

/* SIGTERM and its like, and what a crash raises: as without us, but restored. */
static void
on_end(int number)
{
	terminal_end();
	signal(number, SIG_DFL);
	raise(number);
}

static void
on_stop(int number)
{
	int error = errno;
	bool was = taken;
	char c = 'r';
	ssize_t done;

	(void)number;
	terminal_end();
	raise(SIGSTOP);
	if (was)
		take();
	done = write(wake[1], &c, 1);
	(void)done;
	errno = error;
}

/* Handlers that somebody else installed (a sanitizer, nohup) stay. */
static void
handle(int number, void (*handler)(int), int flags)
{
	struct sigaction old, new;

	if (sigaction(number, NULL, &old) != 0 || old.sa_handler != SIG_DFL)
		return;
	memset(&new, 0, sizeof(new));
	new.sa_handler = handler;
	new.sa_flags = flags;
	sigemptyset(&new.sa_mask);
	sigaction(number, &new, NULL);
}

void
terminal_catch(void)
{
	if (wake[0] >= 0)
		return;
	if (pipe2(wake, O_CLOEXEC | O_NONBLOCK) != 0)
		abort();
	handle(SIGINT, on_signal, 0);
}

void
terminal_begin(struct out *o)
{
	static const int ends[] = { SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGSEGV, SIGBUS,
		SIGILL, SIGFPE, SIGABRT };
	size_t i;

	terminal_catch();
	fflush(o->f);
	screen = fileno(o->f);
	keys = tcgetattr(STDIN_FILENO, &before) == 0;
	handle(SIGWINCH, on_signal, 0);
	handle(SIGTSTP, on_stop, SA_NODEFER);
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		handle(ends[i], on_end, SA_NODEFER);
	atexit(terminal_end);
	take();
}

enum terminal_event
terminal_wait(int ms, int fd, char *key)
{
	struct pollfd p[3] = {
		{ .fd = wake[0], .events = POLLIN },
		{ .fd = taken && keys && !silent ? STDIN_FILENO : -1,
		    .events = POLLIN },
		{ .fd = fd, .events = POLLIN },
	};
	ssize_t n;
	char c;

	if (poll(p, 3, ms < 0 ? 0 : ms) < 0)
		/* a signal: what it has to say is in the pipe */
		poll(p, 3, 0);
	if (read(wake[0], &c, 1) == 1)
		return c == 'q' ? TERMINAL_QUIT : TERMINAL_RESIZED;
	if (p[1].revents != 0) {
		n = read(STDIN_FILENO, key, 1);
		if (n == 1)
			return TERMINAL_KEY;
		silent = n == 0 || errno != EINTR;
	}
	return p[2].revents != 0 ? TERMINAL_FD : TERMINAL_TIME;
}

void
terminal_show(struct out *o, const char *text)
{
	int line = 0, height = o->height > 0 ? o->height : 24;
	size_t n;

	fputs("\033[H", o->f);
	for (; *text != '\0' && line < height; line++) {
		n = strcspn(text, "\n");
		/* no end of line after the last one: that would scroll */
		if (line > 0)
			fputs("\r\n", o->f);
		fwrite(text, 1, n, o->f);
		fputs("\033[K", o->f);
		text += n + (text[n] == '\n');
	}
	fputs("\033[J", o->f);
	fflush(o->f);
}
