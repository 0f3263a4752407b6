/*
 * SPDX-License-Identifier: Apache-2.0
 * Whole tables, fast: the part of cli/snmp that keeps several questions under way.
 *
 * snmpd asks a subagent one GetNext after the other, whatever the GETBULK says, but one
 * such GetNext carries all variables of the PDU. So the time a table takes is the
 * number of repetitions, not of values: we ask many variables and few repetitions. A
 * short table is one PDU of all its columns. Of a long one the columns are too few for
 * that: it is cut into stretches by its first index, several stretches go into a PDU,
 * and several PDUs are under way at once. A stretch that has come to its end takes half
 * of the one that has most before it, so it does not matter how the numbers lie.
 *
 * Nothing here trusts the agent: answers may be short, columns may have holes, rows may
 * come and go, and an answer that does not go forward ends the reading. Only
 * cli/snmp_table.c includes this.
 */
#ifndef CLI_SNMP_FETCH_H
#define CLI_SNMP_FETCH_H

#include "cli/snmp_int.h"

enum {
	FETCH_LANES = 4, /* PDUs under way */
	FETCH_WIDTH = 20,
	FETCH_SLOTS = FETCH_WIDTH, /* stretches of a PDU, at most */
	FETCH_VARIABLES = 128, /* of a PDU */
};

/* A row on its way: cells and the numbers of its index. */
struct raw {
	uint32_t *sub;
	size_t nsub;
	struct cell *cells;
};

/* How far one column of a stretch has got. */
struct cursor {
	uint32_t sub[MAX_OID_LEN];
	size_t nsub; /* 0: not begun, what `sub` would have is the stretch's begin */
	bool done;
	size_t at; /* where in `raw` the search for its next row begins */
};

/* Rows whose index (its first number behind the prefix) is in low + 1 .. high. */
struct stretch {
	uint32_t low;
	uint32_t high; /* UINT32_MAX: to the end */
	struct cursor *cursor; /* one per column */
	struct raw *raw;
	size_t n, room;
	struct stretch *next; /* of all */
};

struct asked {
	struct stretch *stretch;
	size_t column;
};

struct fetch;

struct lane {
	struct fetch *fetch;
	struct stretch *slot[FETCH_SLOTS];
	struct asked asked[FETCH_VARIABLES];
	size_t nasked;
	size_t size; /* varbinds of the answer that was asked for */
	bool waiting;
};

struct fetch {
	struct snmp *s;
	enum mib_table_id table;
	const enum mib_id *ids;
	size_t n; /* columns */
	const uint32_t *prefix;
	size_t nprefix;
	size_t max; /* rows wanted, 0: all */
	struct stretch *all;
	struct lane lane[FETCH_LANES];
	size_t slots; /* per lane */
	bool cut; /* it may be cut into stretches */
	uint32_t far; /* no index is known beyond this */
	size_t rows;
	enum snmp_result result;
	char **cause;
};

/* Reads rows whose first number behind the prefix is above `after`, until f->result is
 * an error or all (f->max: that many) are in the stretches. Never waits longer than the
 * session's time-outs. */
void fetch_run(struct fetch *f, uint32_t after);
void fetch_free(struct fetch *f);

#endif
