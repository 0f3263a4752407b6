/*
 * SPDX-License-Identifier: Apache-2.0
 * One SNMP session to the agent in front of clustersetd (Net-SNMP's manager API).
 *
 * The only way from clusterset to the set: whatever a command does, an NMS can do. The
 * options and defaults are Net-SNMP's own (snmpcmd(1), snmp.conf(5)). Tables are asked
 * by GETBULK, all wanted columns at once and several stretches of a long table in
 * flight, which is eight to ten times as fast as a walk (doc/performance.md). No call
 * waits longer than the session's time-out and retries allow.
 */
#ifndef CLI_SNMP_H
#define CLI_SNMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/mib.h"
#include "cli/rows.h"

struct snmp;

enum snmp_result {
	SNMP_DONE = 0,
	SNMP_UNREACHABLE, /* no answer, no such host, wrong credentials: exit code 3 */
	SNMP_NO_DAEMON, /* the agent answers, CLUSTER-SET-MIB is not there: exit code 3
	                 */
	SNMP_REFUSED, /* a SET was refused: exit code 4 */
	SNMP_UNCERTAIN, /* a SET without a clear answer: read back; exit code 5 */
	SNMP_FAILED, /* a bad answer, too much, an error of the library: exit code 1 */
};

/* The exit code of the programs for a result: 0, 3, 3, 4, 5, 1. */
int snmp_exit(enum snmp_result result);

/*
 * Opens a session. `argv[0..argc)` are Net-SNMP's options as its own tools take them
 * ("-v2c", "-c", "public"; no program name, no command), `peer` is the agent
 * ("host:port", "udp6:[::1]:161", ...). `root` is the dotted root of the MIB, or NULL
 * for the one compiled in. NULL with *cause, which says what to do (snmp.conf, -v3 -u
 * ...), when the options are wrong or the peer's name does not resolve. Nothing is sent
 * yet but SNMPv3's discovery.
 */
struct snmp *snmp_open_session(
    int argc, char *const *argv, const char *peer, const char *root, char **cause);
/* Was it the words of that last call (options, root), which is exit code 2, and not the
 * peer or what is missing in snmp.conf? */
bool snmp_open_wrong_words(void);
void snmp_close_session(struct snmp *s); /* NULL is allowed */

/* The peer as it was given, for messages. Borrowed. */
const char *snmp_peer(const struct snmp *s);

/* "csVmTargetCluster.7" for a dotted OID below the session's root (cells of MIB_OID),
 * the same text for any other. The caller frees. */
char *snmp_instance_name(const struct snmp *s, const char *dotted);

/* One instance: a scalar (n = 0), or a column with the numbers of its index. */
struct snmp_instance {
	enum mib_id id;
	uint32_t index[MIB_INDEX_MAX];
	const char
	    *index_text[MIB_INDEX_MAX]; /* for an index that is text, else NULL */
	struct cell cell; /* filled in; freed by snmp_free_cells() */
};

/*
 * Gets instances, in as few PDUs as fit. An instance that is not there has
 * cell.there false and is no error, unless csSetName itself is not there, which means
 * SNMP_NO_DAEMON (the words name clustersetd and, when another root answers,
 * --mib-root).
 */
enum snmp_result snmp_get(
    struct snmp *s, struct snmp_instance *instances, size_t n, char **cause);
void snmp_free_cells(struct snmp_instance *instances, size_t n);

/*
 * A whole table, or the columns `ids[0..n)` of it (n = 0: all readable ones); the cells
 * of the others are not there. NULL on error with *result and *cause. An empty table is
 * an empty struct rows. At most SNMP_ROWS_MAX rows, else SNMP_FAILED.
 */
enum { SNMP_ROWS_MAX = 2000000 };
struct rows *snmp_table(struct snmp *s, enum mib_table_id table, const enum mib_id *ids,
    size_t n, enum snmp_result *result, char **cause);

/* The rows whose index begins with these numbers (sites of a VM: prefix {7}, nprefix
 * 1); otherwise as snmp_table(). */
struct rows *snmp_table_part(struct snmp *s, enum mib_table_id table,
    const enum mib_id *ids, size_t n, const uint32_t *prefix, size_t nprefix,
    enum snmp_result *result, char **cause);

/* The one row with this index, by a GET of the columns; an empty struct rows when it is
 * not there. Index texts as in snmp_instance, or NULL where all of it is numbers. */
struct rows *snmp_row(struct snmp *s, enum mib_table_id table, const enum mib_id *ids,
    size_t n, const uint32_t *index, const char *const *index_text,
    enum snmp_result *result, char **cause);

/* Rows of a numbered table from an index on (events after number N), at most `max`. */
struct rows *snmp_table_after(struct snmp *s, enum mib_table_id table, uint32_t after,
    size_t max, enum snmp_result *result, char **cause);

/* One variable of a SET: a number (integers, enumerations, truth) or a text. */
struct snmp_assign {
	enum mib_id id;
	uint32_t index[MIB_INDEX_MAX];
	const char *index_text[MIB_INDEX_MAX];
	int64_t number;
	const char *text; /* for MIB_TEXT, else NULL */
};

/*
 * One SET of all of them, all or nothing. When it is refused *cause has the newest
 * fitting row of csRefusalTable in words; where there is none, what the SNMP error
 * means (snmpd's access control: noAccess, authorizationError, notWritable,
 * noSuchName), with the error and the object. SNMP_UNCERTAIN: no answer, genErr,
 * commitFailed or undoFailed; it may have happened. It is never sent again by us,
 * beyond the session's retries (the MIB's SETs are idempotent).
 */
enum snmp_result snmp_set(
    struct snmp *s, const struct snmp_assign *assigns, size_t n, char **cause);

#endif
