/*
 * SPDX-License-Identifier: Apache-2.0
 * A terminal taken over for a while: screen, cursor, keys, and the way back.
 *
 * Called by `clusterset top`. Five escape sequences that every terminal of today knows
 * (the second screen, the cursor away, to the top, clear to the end of line and of
 * screen) instead of ncurses: doc/architecture.md says why. However the program ends,
 * the terminal is as it was: terminal_end(), exit(3), a signal or a crash.
 */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/out.h"

/* What woke terminal_wait(). */
enum terminal_event {
	TERMINAL_TIME, /* the time is up */
	TERMINAL_FD, /* there is something to read from `fd` */
	TERMINAL_KEY,
	TERMINAL_RESIZED, /* or back from a stop: draw again */
	TERMINAL_QUIT, /* SIGINT */
};

/* Can it be taken over: a terminal with a screen? */
bool terminal_is_screen(const struct out *o);

/* Takes it over. SIGTERM, SIGHUP and SIGQUIT end the program as ever, but restore it
 * first; SIGTSTP gives it back until SIGCONT. */
void terminal_begin(struct out *o);

/* Gives it back. Twice is harmless. */
void terminal_end(void);

/* Only the signals, for who prints frames without a screen: SIGINT is TERMINAL_QUIT. */
void terminal_catch(void);

/* Waits at most `ms` milliseconds; `fd` may be -1; *key is set for TERMINAL_KEY. */
enum terminal_event terminal_wait(int ms, int fd, char *key);

/* Shows text of full lines in place of what is there, the part that fits. */
void terminal_show(struct out *o, const char *text);

#endif
