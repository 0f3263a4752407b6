/*
 * SPDX-License-Identifier: Apache-2.0
 * The oracle: what physically has a LUN open or a VM running, where, since when and
 * why.
 *
 * The state machines report every begin and end here, whatever ECX itself believes (a
 * server whose daemon is dead still runs its VMs). The oracle counts, for every
 * instant, in how many clusters a key is active. The second cluster makes a violation:
 * it is dual_by_command when an API command caused the second activation, dual_foreign
 * for every other cause. Two servers of one cluster at once count as dual_within.
 */
#ifndef ECXSIM_ORACLE_H
#define ECXSIM_ORACLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum cause_kind {
	CAUSE_INITIAL, /* the state the simulation began with */
	CAUSE_COMMAND, /* a request through the REST API */
	CAUSE_AUTOSTART, /* the cluster or a server started */
	CAUSE_FAILOVER,
	CAUSE_FAILBACK,
	CAUSE_MONITOR, /* a monitor's recovery action */
	CAUSE_OPERATOR, /* a person at the cluster itself (control endpoint) */
	CAUSE_OUTSIDE /* somebody behind ECX's back (hypervisor) */
};

struct cause {
	enum cause_kind kind;
	uint64_t request; /* CAUSE_COMMAND: number of the request, else 0 */
	char account[32]; /* CAUSE_COMMAND: who, cut to fit */
};

#define CAUSE(k) ((struct cause) { .kind = (k) })

enum key_kind { KEY_LUN, KEY_VM };

struct oracle;

/* history and violations are kept up to `history_max` entries each (the oldest go). */
struct oracle *oracle_new(size_t history_max);
void oracle_free(struct oracle *o);

/*
 * `name` became active on the server of the cluster at now. Nothing happens when it is
 * active there already. cluster and server are names, copied.
 */
void oracle_begin(struct oracle *o, enum key_kind kind, const char *name,
    const char *cluster, const char *server, const struct cause *cause, int64_t now);
void oracle_end(struct oracle *o, enum key_kind kind, const char *name,
    const char *cluster, const char *server, int64_t now);
/* The server lost power: all that was active on it ends. */
void oracle_end_server(
    struct oracle *o, const char *cluster, const char *server, int64_t now);

bool oracle_active(const struct oracle *o, enum key_kind kind, const char *name,
    const char *cluster, const char *server); /* server NULL: any of the cluster */

/* [{"cluster":...,"server":...}] where the key is active now; the caller owns it. */
json_t *oracle_where(const struct oracle *o, enum key_kind kind, const char *name);

struct oracle_counts {
	uint64_t dual_by_command;
	uint64_t dual_foreign;
	uint64_t dual_within;
	uint64_t activations;
	unsigned dual_now; /* keys active in two or more clusters at this instant */
	unsigned
	    max_clusters; /* the most clusters any key was ever active in at once */
};
void oracle_counts(const struct oracle *o, struct oracle_counts *out);

/* Forgets counters, violations and history; what is active stays active. */
void oracle_reset(struct oracle *o);

/* How much of it: counts and violations, what is active now besides, all. */
enum oracle_detail { ORACLE_COUNTS, ORACLE_ACTIVE, ORACLE_ALL };
/* As README.md describes GET /oracle. The caller owns the reference. */
json_t *oracle_json(const struct oracle *o, int64_t now, enum oracle_detail detail);

const char *cause_kind_word(enum cause_kind kind);
json_t *cause_json(const struct cause *cause);

#endif
