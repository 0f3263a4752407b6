/*
 * SPDX-License-Identifier: Apache-2.0
 * Following moves to their end.
 *
 * Called by every command that may wait for what it asked for. Only reads: whatever
 * happens to the one who watches, to the network or to the agent, the moves go on. An
 * outcome is told only when the agent told it.
 */
#ifndef CLI_WATCH_H
#define CLI_WATCH_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/command.h"
#include "cli/names.h"

/* What is read of a move, in this order. */
enum watch_column {
	WATCH_STATE,
	WATCH_STEP,
	WATCH_PROGRESS,
	WATCH_ERROR,
	WATCH_VM,
	WATCH_VM_NAME,
	WATCH_SOURCE,
	WATCH_SOURCE_NODE,
	WATCH_TARGET,
	WATCH_TARGET_NODE,
	WATCH_MODE,
	WATCH_REASON,
	WATCH_DOWNTIME,
	WATCH_STARTED,
	WATCH_FINISHED,
	WATCH_COLUMNS,
};

/* Numbers of csMoveState. */
enum {
	MOVE_STATE_PROPOSED = 1,
	MOVE_STATE_ACCEPTED,
	MOVE_STATE_RUNNING,
	MOVE_STATE_CANCELLING,
	MOVE_STATE_ROLLING_BACK,
	MOVE_STATE_SUCCEEDED,
	MOVE_STATE_CANCELLED,
	MOVE_STATE_ROLLED_BACK,
	MOVE_STATE_FAILED,
	MOVE_STATE_IN_DOUBT,
};

struct watched {
	struct names_move move;
	const char *vm_name; /* borrowed; for while nothing was read yet, or NULL */
	struct snmp_instance cells[WATCH_COLUMNS]; /* as last read */
	char *error; /* csMoveError as last read, in words of this program, or NULL */
	bool there; /* was seen at least once */
	bool over; /* ended, or stands in doubt, or its row is gone */
	int64_t since; /* clock_ms() of the first look without its row; 0 */
	int shown_state; /* as it was last printed */
	int shown_step;
	int64_t shown_at;
};

struct watch {
	struct watched *moves;
	size_t n;
	unsigned good; /* 1u << csMoveState for those that mean exit code 0; 0:
	                  succeeded */
	bool ordered; /* an order was just given: what stands in doubt may leave it */
	bool quiet; /* watch_moves() prints no outcomes (another does) */
	long timeout; /* seconds, 0: for ever */
};

/* The options that watch_moves() goes with, for tables of commands. */
#define WATCH_OPTION_WAIT                                                            \
	{                                                                            \
		.name = "wait",                                                      \
		.text = "Wait for the end and show the steps. Ctrl-C only ends the " \
		        "waiting: exit code 5, the outcome is not known to this "    \
		        "call."                                                      \
	}
#define WATCH_OPTION_TIMEOUT                                                         \
	{                                                                            \
		.name = "timeout", .value = "SECONDS",                               \
		.text = "Wait no longer than this; without it as long as it takes. " \
		        "What was begun goes on in any case: exit code 5, the "      \
		        "outcome is not known to this call; 3 where the agent is "   \
		        "silent then."                                               \
	}

void watch_init(struct watch *w, size_t n);
void watch_free(struct watch *w);

/* Reads all moves once; what is not there any more keeps what was last seen. */
enum snmp_result watch_read(struct cli *cli, struct watch *w, char **cause);

/* The same again and again until all have ended, but not longer than `ms`. */
enum snmp_result watch_settle(
    struct cli *cli, struct watch *w, int64_t ms, char **cause);

int watch_state(const struct watched *m); /* csMoveState, 0 when it was never seen */
bool watch_ended(const struct watched *m);
const char *watch_text(const struct watched *m, enum watch_column column); /* or "" */

/* "ops/12"; a ring of 8. */
const char *watch_name(const struct watched *m);

/*
 * Waits until all have ended or stand in doubt, shows them on stderr meanwhile, prints
 * what came of each on stdout (not in JSON: see watch_document()) and gives the exit
 * code: 0 all as wished; 1 one ended otherwise; 5 one stands in doubt, or the outcome
 * is not known to this call: the waiting was given up by Ctrl-C or time-out, or its row
 * is gone; 3 time-out while the agent did not answer.
 */
int watch_moves(struct cli *cli, struct watch *w);

/*
 * From now on Ctrl-C does not end the program but the next or present watch_moves():
 * for a SET after which the program waits, so that nobody is left without a word about
 * what was accepted. A second Ctrl-C ends the program.
 */
void watch_catch(void);

/* One line of what came of it, for a person; the caller frees. */
char *watch_outcome(struct cli *cli, const struct watched *m);
/* 0, 1, or 5 (in doubt, not over, gone) for what was last seen of it, by w->good. */
int watch_code(const struct watch *w, const struct watched *m);

/* The moves as last seen: an array of objects with the keys of the MIB. */
json_t *watch_json(const struct watch *w);
/* {"moves": [...]}, where the format is for programs; else nothing. */
void watch_document(struct cli *cli, const struct watch *w);

#endif
