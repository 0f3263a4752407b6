/*
 * SPDX-License-Identifier: Apache-2.0
 * What `clusterset top` shows, between asking (cmd_top.c) and drawing
 * (cmd_top_screen.c).
 */
#ifndef CLI_CMD_TOP_H
#define CLI_CMD_TOP_H

#include "cli/cmd_status.h"

struct top {
	struct status st; /* st.nodes with all of its columns */
	struct rows *events; /* the newest, oldest first */
	int64_t age; /* seconds since the agent answered */
	const char *cause; /* why it does not answer now, or NULL */
	long interval; /* seconds */
};

/* One frame of full lines: as many as the screen is high, or all when it is none. */
void top_draw(struct out *o, const struct top *t);

#endif
