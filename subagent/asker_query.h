/*
 * SPDX-License-Identifier: Apache-2.0
 * What an agent is asked, step by step, and what is taken of its answers.
 *
 * Where things stand (once, and again when they moved), then memory, then the
 * processors; what hrProcessorLoad does not tell is asked for otherwise. It makes and
 * reads PDUs, asker_talk.c sends them. The number of rows is bounded whatever the agent
 * answers.
 */
#ifndef SUBAGENT_ASKER_QUERY_H
#define SUBAGENT_ASKER_QUERY_H

#include "subagent/asker_impl.h"

#define OID_MOST 14
struct name { /* an OID of ours */
	oid id[OID_MOST];
	size_t n;
};

enum step {
	STEP_PROBE, /* the SNMPv3 engine */
	STEP_STORAGE, /* types and names of hrStorageTable */
	STEP_MEMORY,
	STEP_LOADS, /* hrProcessorLoad */
	STEP_PROCESSORS, /* hrProcessorFrwID */
	STEP_OTHER, /* of UCD-SNMP-MIB */
	STEP_DONE
};

struct column { /* of a walk */
	const struct name *name;
	oid last; /* the row it came to; 0: none yet */
	unsigned rows;
	bool ended;
};

struct query {
	enum step step;
	struct layout *layout; /* the node's */
	bool looked; /* for the layout a second time */
	struct column column[2]; /* of the walk that this step is */
	size_t ncolumns; /* 0: it is none */
	struct figures figures;
	char *error; /* why it ends here; NULL: it does not */
};

void query_begin(struct query *, struct layout *, bool probe);
/* The question of this step; the caller sends or frees it. */
netsnmp_pdu *query_pdu(struct query *);
/* Takes an answer in; query->error when it cannot be. */
void query_take(struct query *, const netsnmp_pdu *);
/* To what is asked next; STEP_DONE: nothing. */
void query_next(struct query *);

#endif
