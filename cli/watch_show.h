/*
 * SPDX-License-Identifier: Apache-2.0
 * What somebody who waits for moves sees on stderr meanwhile.
 *
 * On a terminal a line with a bar per open move, drawn again in place; otherwise a line
 * for each step. Called by cli/watch.c only; asks nothing.
 */
#ifndef CLI_WATCH_SHOW_H
#define CLI_WATCH_SHOW_H

#include "cli/watch.h"

struct watch_show {
	struct cli *cli;
	int64_t begun; /* clock_ms() */
	int lines; /* drawn on the terminal, to be drawn over */
	bool silent; /* that the agent does not answer has been said */
};

void watch_show_moves(struct watch_show *show, struct watch *w);
void watch_show_silence(struct watch_show *show, const char *cause);
void watch_show_end(struct watch_show *show); /* takes the bars away */

#endif
