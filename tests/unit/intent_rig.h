/*
 * SPDX-License-Identifier: Apache-2.0
 * A control with a real store, two clusters and two VMs, but without the threads of a
 * face: for tests that lead SETs through it phase by phase.
 */
#ifndef INTENT_RIG_H
#define INTENT_RIG_H

#include "subagent/control_impl.h"
#include "subagent/mib.h"

enum { VM1 = 1, VM2, EAST_INDEX = 1, WEST_INDEX };
/* Rounds: both VMs run in cluster east. */
#define RIG_EAST                                                    \
	"east: server1=Online server2=Online | vm1=Online@server1 " \
	"vm2=Online@server2"
#define RIG_WEST "west: server3=Online server4=Online | vm1=Offline vm2=Offline"

extern struct control *c;
extern bool rig_unseen; /* a start is to see nothing; rig_setup() resets it */
extern size_t rig_failed_item; /* of the last answer */

void rig_setup(void); /* in an empty directory */
void rig_teardown(void);
void rig_restart(void); /* a new process on the same directory */
void rig_see(const char *round); /* as model_fixture.h has it */
/* csSetSerial stands for every object that only has a value. */
struct request *rig_post(enum request_phase, uint64_t transaction, int64_t serial);
/* Turns the loop until it is answered; returns the error. */
int rig_answer(struct request *);
int rig_ask(enum request_phase, uint64_t transaction, int64_t serial);
/* How many proposals a new process finds in the file; restarts. */
int rig_proposals_in_file(void);
void rig_lapse(msec_t ms); /* intent_tick() so much later */

#endif
