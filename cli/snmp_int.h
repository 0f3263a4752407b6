/*
 * SPDX-License-Identifier: Apache-2.0
 * What the files of cli/snmp share: the session itself, OIDs, values, words for errors.
 *
 * Nobody outside cli/snmp*.c includes this.
 */
#ifndef CLI_SNMP_INT_H
#define CLI_SNMP_INT_H

#include <net-snmp/net-snmp-config.h>
/* after it */
#include <net-snmp/library/large_fd_set.h>
#include <net-snmp/net-snmp-includes.h>

#include "cli/snmp.h"

struct snmp {
	void *handle; /* Net-SNMP's single session */
	netsnmp_session *session; /* borrowed from it */
	char *peer;
	char **argv; /* for the option parser, the peer included */
	int argc;
	bool lost; /* a request failed: engine, connection or address may be others now
	            */
	bool sent; /* the last exchange was sent at all */
	oid root[MAX_OID_LEN];
	size_t nroot;
	bool heard; /* the peer has answered us at least once */
	bool served; /* CLUSTER-SET-MIB has answered us at least once */
	size_t most; /* varbinds of an answer that we ask for; less after tooBig */
};

/* An instance: root, object and numbers of an index. */
struct snmp_oid {
	oid id[MAX_OID_LEN];
	size_t n;
};

/* The numbers of a dotted OID into id[MAX_OID_LEN]; 0 when it is none. */
size_t snmp_oid_parse(const char *text, oid *id);

/* The object itself, to which an index is added by snmp_oid_add(). */
void snmp_oid_object(const struct snmp *s, enum mib_id id, struct snmp_oid *o);
void snmp_oid_table(const struct snmp *s, enum mib_table_id table, struct snmp_oid *o);
void snmp_oid_add(struct snmp_oid *o, uint32_t sub);
/* The instance of a request; -1 with *cause when its index does not fit into an OID. */
int snmp_oid_instance(const struct snmp *s, enum mib_id id, const uint32_t *index,
    const char *const *index_text, struct snmp_oid *o, char **cause);

/* Is it an exception (noSuchObject, noSuchInstance, endOfMibView)? */
bool snmp_nothing(const netsnmp_variable_list *v);

/*
 * A value as a cell of this object; frees what the cell had. -1 with *cause when the
 * type cannot be one of the object.
 */
int snmp_value(const struct snmp *s, const netsnmp_variable_list *v, enum mib_id id,
    struct cell *cell, char **cause);
void snmp_cell_free(struct cell *cell);

/* The index in the numbers behind a column; false when it is none of this table. */
bool snmp_index(
    enum mib_table_id table, const uint32_t *sub, size_t n, struct row *row);

/*
 * One exchange. SNMP_DONE with *answer (snmp_free_pdu() by the caller), whose
 * error-status is not looked at; otherwise *cause. Takes the pdu.
 */
enum snmp_result snmp_exchange(
    struct snmp *s, netsnmp_pdu *pdu, netsnmp_pdu **answer, char **cause);

/* The last warning of the library since snmp_forget_log(), or NULL. */
const char *snmp_last_log(void);
void snmp_forget_log(void);

/*
 * After a failure the session is opened anew before the next request: a restarted snmpd
 * may have another SNMPv3 engine, a connection may have gone, a name may have moved. -1
 * with *cause when that fails.
 */
int snmp_reconnect(struct snmp *s, char **cause);

/* Words for a request that was not answered or not sent: `error` is one of SNMPERR_*.
 */
enum snmp_result snmp_why(struct snmp *s, int error, char **cause);
/* "inconsistentValue" for an error-status. */
const char *snmp_status_word(long status);
/* Words for an error-status of a GET, GETNEXT or GETBULK. */
enum snmp_result snmp_why_status(
    struct snmp *s, const netsnmp_pdu *answer, char **cause);
/* Is CLUSTER-SET-MIB there? SNMP_DONE, or SNMP_NO_DAEMON with all that can be told. */
enum snmp_result snmp_served(struct snmp *s, char **cause);

#endif
