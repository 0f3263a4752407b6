/*
 * SPDX-License-Identifier: Apache-2.0
 * The daemon of the small world: hands events to the shipped engine (move/move.h) and
 * carries out what it wants, as move/moves.c does, with the judge looking on.
 */
#ifndef EXPLORE_DRIVE_H
#define EXPLORE_DRIVE_H

#include <stdio.h>

#include "tests/explore/judge.h"
#include "tests/explore/world.h"

/* Where steps of the engine are told in words; NULL: nowhere. */
extern FILE *drive_told;

void drive_event(struct world *, int vm, const struct move_event *, struct verdict *);
void drive_kind(struct world *, int vm, enum move_event_kind, struct verdict *);
/* Every VM's engine looks: a round came in, or its time has come. */
void drive_look(struct world *, struct verdict *);
/* The state file: a batch becomes durable; that is told. */
void drive_write(struct world *, int vm);
void drive_notify(struct world *, int vm, struct verdict *);
/* kill -9: what is not durable is gone, and what had left goes on. */
void drive_crash(struct world *);
/* A new process takes up what stands on disk. */
void drive_load(struct world *, bool restored, struct verdict *);
const char *phase_word(unsigned phase);

#endif
