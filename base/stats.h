/*
 * SPDX-License-Identifier: Apache-2.0
 * The process's counters, for csStats and for tests.
 *
 * Any thread adds, any thread reads; nothing is kept over a restart
 * (csSetDiscontinuityTime tells an NMS so). One gauge is among them and says so.
 */
#ifndef BASE_STATS_H
#define BASE_STATS_H

#include <stdint.h>

enum stat_id {
	STAT_POLLS, /* rounds finished, good or bad */
	STAT_POLL_ERRORS, /* servers asked that did not give a whole answer */
	STAT_HTTP_REQUESTS, /* every request to a cluster, GET or POST */
	STAT_COMMANDS_SENT, /* POSTs of which at least one byte left */
	STAT_COMMANDS_REFUSED,
	STAT_COMMANDS_UNANSWERED,
	STAT_SETS_ACCEPTED,
	STAT_SETS_REFUSED,
	STAT_MOVES_STARTED, /* left accepted(2) */
	STAT_MOVES_SUCCEEDED,
	STAT_MOVES_CANCELLED,
	STAT_MOVES_ROLLED_BACK,
	STAT_MOVES_FAILED,
	STAT_MOVES_IN_DOUBT, /* times that one came to stand in doubt */
	STAT_NOTIFICATIONS_SENT,
	STAT_NOTIFICATIONS_SUPPRESSED,
	STAT_NOTIFICATIONS_QUEUED, /* gauge: waiting now */
	STAT_NOTIFICATIONS_RETRIED,
	STAT_EVENTS,
	STAT_STORE_WRITES,
	STAT_STORE_FAILURES,
	STAT_AGENTX_RECONNECTS,
	STAT_COUNT
};

/* Adds `n` (negative for the gauge only). */
void stat_add(enum stat_id which, int64_t n);
/* Sets the gauge. */
void stat_set(enum stat_id which, int64_t value);
uint64_t stat_get(enum stat_id which);

#endif
