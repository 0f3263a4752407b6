/*
 * SPDX-License-Identifier: Apache-2.0
 * The adapter between Net-SNMP's agent library and the rest of the face.
 *
 * With agentx_value.c all that includes Net-SNMP. It connects to the master, registers
 * the root of CLUSTER-SET-MIB, answers GET and GETNEXT out of snapshots, passes the
 * phases of a SET on and sends notifications. The library is global and not
 * thread-safe: one struct agentx per process, and one thread in it.
 *
 * The library's Open and Ping wait for the master (1 s, no retry); Register and Notify
 * are sent here without waiting. It owns its descriptors and replaces them at will,
 * even by one of the same number, so they are asked for anew before every wait.
 */
#ifndef SUBAGENT_AGENTX_H
#define SUBAGENT_AGENTX_H

#include <poll.h>

#include "subagent/mib.h"
#include "subagent/notify.h"
#include "subagent/sets.h"

struct agentx_options {
	const char *socket; /* "/var/agentx/master", "tcp:localhost:705" */
	unsigned ping_seconds; /* also the pause between tries to connect */
	struct mib *mib;
	void *arg; /* of the following */
	/* what the PDU at hand is answered from; the same until the next call */
	const struct mib_snapshot *(*snapshot)(void *arg);
	enum mib_error (*set)(void *arg, uint64_t id, enum set_phase phase,
	    const struct mib_write *writes, size_t n, size_t *failed);
	void (*session)(void *arg, bool up); /* opened, lost */
	void (*notified)(void *arg, uint64_t ticket, enum notify_answer answer);
};

struct agentx;

/* Starts the library and tries to connect for the first time. Never fails for want of a
 * master. */
struct agentx *agentx_open(const struct agentx_options *);
void agentx_close(struct agentx *);

#define AGENTX_FDS 16

/* The descriptors to wait for, at most AGENTX_FDS, and for how many microseconds at
 * most (-1: for ever). */
nfds_t agentx_wait(struct agentx *, struct pollfd *fds, int64_t *timeout_us);
/* Reads what poll() found readable. Never together with agentx_tick() after one
 * poll(): each may take away what the other was about to read. */
void agentx_read(struct agentx *, const struct pollfd *fds, nfds_t n);
/* Time-outs and alarms: pings, reconnection. */
void agentx_tick(struct agentx *);

/* A notify_send: asks for an answer that comes as `notified`. */
bool agentx_notify(void *agentx, uint64_t ticket, const struct notify_message *);

#endif
