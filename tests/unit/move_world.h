/*
 * SPDX-License-Identifier: Apache-2.0
 * A world of two or three sites told by hand, in which the move engine is driven step
 * by step: what it writes down, what it sends, and in which order, as one line of
 * words.
 */
#ifndef TESTS_UNIT_MOVE_WORLD_H
#define TESTS_UNIT_MOVE_WORLD_H

#include <check.h>

#include "move/move.h"

enum { EAST, WEST, NORTH };

struct move_world {
	struct move_case c;
	struct move_facts f;
	struct move_limits l;
	struct move_out o; /* of the last step */
	struct move_command command; /* the last one */
	msec_t now;
	bool auto_durable; /* every save is, at once */
	char trace[2048];
	struct move_case disk; /* as of the last durable save */
};
extern struct move_world w;

void world_setup(void); /* the VM runs in east, which owns its disk; west is Offline */
const char *trace(void); /* what happened since this was asked last */
void event(const struct move_event *);
void just(enum move_event_kind); /* an event of nothing but its kind */
void answer(int site, enum move_outcome);
void sees(int site, enum cs_site_oper); /* a round of it begins now and is in */
void lost(int site); /* it cannot be told any more */
void round_(void); /* a second later all that is known is seen again as it was */
void pass(msec_t); /* time, and then a round */
void third_site(void);
void accept_move(enum move_verb, int source, int target); /* and its turn comes */

/* As far as a move from east to west has got, checked on the way. */
void stopping(void);
void stopped(void);
void starting(void);
void verifying(void);

#endif
