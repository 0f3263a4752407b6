/*
 * SPDX-License-Identifier: Apache-2.0
 * Inside the asker: what its files share.
 *
 * asker.c has the lines, the turns and the nodes; asker_talk.c one conversation with
 * one agent; asker_snmp.c accounts, sessions and words for what Net-SNMP says;
 * asker_name.c names of hosts; asker_read.c what figures mean.
 */
#ifndef SUBAGENT_ASKER_IMPL_H
#define SUBAGENT_ASKER_IMPL_H

#include <net-snmp/net-snmp-config.h>
/* after it */
#include <net-snmp/net-snmp-includes.h>

#include <event2/event.h>
#include <stdbool.h>
#include <sys/queue.h>
#include <uthash.h>

#include "base/clock.h"
#include "subagent/asker.h"
#include "subagent/asker_read.h"

#define ENGINE_MAX 32 /* octets of an snmpEngineID (RFC 3411) */

struct account {
	unsigned id;
	int version; /* 2 or 3 */
	char *community;
	char *user, *context;
	char *wrong; /* why it cannot be used; NULL: it can */
	int level; /* SNMP_SEC_LEVEL_... */
	oid *auth, *priv; /* the library's */
	size_t auth_len, priv_len;
	u_char auth_key[USM_AUTH_KU_LEN], priv_key[USM_PRIV_KU_LEN];
	size_t auth_key_len, priv_key_len;
	UT_hash_handle hh;
};

enum storage { /* rows of hrStorageTable that matter */
	STORAGE_RAM,
	STORAGE_AVAILABLE,
	STORAGE_BUFFERS,
	STORAGE_CACHED,
	STORAGE_SHARED,
	STORAGES
};

struct layout { /* where in an agent's tables things stand */
	bool known;
	oid row[STORAGES]; /* 0: there is none */
	unsigned processors;
};

struct lookup;
struct talk;

struct node {
	unsigned id;
	char *host;
	unsigned port;
	struct account *account;
	char *address; /* numeric; NULL: not looked up */
	msec_t looked_up;
	struct lookup *lookup; /* under way */
	struct talk *talk; /* under way */
	bool dropped; /* free it when its lookup has ended */
	bool ill; /* the last one failed */
	msec_t due;
	u_char engine[ENGINE_MAX];
	size_t engine_len; /* 0: not known */
	struct layout layout;
	struct figures before;
	bool counted; /* there is something in before */
	TAILQ_ENTRY(node) waiting;
	UT_hash_handle hh;
};

struct asker_limits {
	msec_t interval, timeout;
	unsigned tries, at_once;
};

/* --- asker_talk.c
 * ---------------------------------------------------------------------
 */

/* Exactly once, from the loop; load NULL: nothing is known. error NULL: all is well. */
typedef void talk_done(struct node *, const struct asker_load *load, const char *error);
/* The node's address is known. */
void talk_start(
    struct event_base *, struct node *, const struct asker_limits *, talk_done *);
void talk_cancel(struct talk *);

/* --- asker_snmp.c --------------------------------------------------------------------
 */

void snmp_begin(void);
/* Keys from passwords, once an account: it costs milliseconds. */
void account_prepare(struct account *, const char *auth_protocol,
    const char *auth_password, const char *priv_protocol, const char *priv_password);
void account_free(struct account *);
/* NULL and *cause. */
void *session_open(const struct node *, const struct asker_limits *, char **cause);
/* The PDU that makes a version 3 agent tell its engine ID. */
netsnmp_pdu *session_probe(void);
/* After the answer to it: the node's engine and its user are known, or -1 and *cause.
 */
int session_engine(void *session, struct node *, char **cause);
/* Forgets the engine and what the library keeps of it. */
void session_forget(struct node *);
/* A report of SNMPv3, or an error of the library, in words. The caller frees. */
char *session_why(const struct node *, int why);

/* --- asker_name.c --------------------------------------------------------------------
 */

/* The address of a numeric host, else NULL. The caller frees. */
char *name_numeric(const char *host);
/* Asks the system's resolver in a thread of its own; address or error is NULL. */
typedef void lookup_done(void *arg, const char *address, const char *error);
struct lookup *lookup_start(
    struct event_base *, const char *host, lookup_done *, void *arg);

#endif
