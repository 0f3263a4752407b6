/*
 * SPDX-License-Identifier: Apache-2.0
 * snmpd.conf and what it includes, as far as clustersetd depends on it: AgentX, who may
 * read and write what, where notifications go. Facts for the doctor, unjudged.
 *
 * Reads files only and never those that hold keys' secrets for their sake: passwords of
 * users are skipped. Understands what snmpd.conf(5) calls traditional and VACM access
 * control; what it does not know is left alone.
 */
#ifndef CLI_DOCTOR_SNMPD_H
#define CLI_DOCTOR_SNMPD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SNMPD_OID_MAX = 128 };

struct snmpd_oid {
	uint32_t id[SNMPD_OID_MAX];
	size_t n;
};

struct snmpd_view { /* one line of a view */
	char *name;
	bool included;
	bool known; /* false: the subtree has a name that we cannot resolve */
	struct snmpd_oid oid;
	uint8_t mask[SNMPD_OID_MAX / 8];
	size_t nmask; /* octets; beyond them every sub-identifier counts */
};

enum snmpd_scope_kind { SCOPE_NONE, SCOPE_ALL, SCOPE_OID, SCOPE_VIEW, SCOPE_UNKNOWN };

struct snmpd_scope {
	enum snmpd_scope_kind kind;
	struct snmpd_oid oid;
	char *view;
};

struct snmpd_right { /* somebody, and what that one may do */
	char *name; /* of the user or community */
	bool community;
	bool by_line; /* by rouser, rwuser..., not by group and access */
	bool privacy; /* authPriv is demanded */
	bool local; /* only from this host */
	struct snmpd_scope read, write;
	char *file;
	unsigned line;
};

struct snmpd_conf {
	char *file; /* the first one that was looked for */
	bool named; /* by somebody, not found where snmpd looks */
	bool read; /* false: *cause says why not */
	char *cause;
	bool master; /* agentx */
	char *socket; /* agentXSocket, NULL: not said */
	long timeout, retries; /* agentXTimeout in seconds, agentXRetries; -1: not said
	                        */
	bool perms; /* agentXPerms is said */
	bool address_said;
	bool beyond; /* listens beyond loopback */
	char *address; /* agentAddress as it stands */
	size_t traps, informs; /* destinations */
	struct snmpd_view *views;
	size_t nviews;
	struct snmpd_right *rights;
	size_t nrights;
	size_t nfiles; /* that were read */
	/* while reading */
	struct snmpd_names *names;
};

/* `file` NULL: where snmpd looks by itself, the persistent file included. */
void snmpd_conf_read(const char *file, struct snmpd_conf *out);
void snmpd_conf_clear(struct snmpd_conf *conf);

/* "1.3.6.1" or ".1.3.6.1" or one of the few names everybody knows; false: none. */
bool snmpd_oid_parse(const char *text, struct snmpd_oid *oid);

enum snmpd_reach { SEES_NOTHING, SEES_PART, SEES_ALL, SEES_UNKNOWN };

/* How much of the subtree the scope includes. */
enum snmpd_reach snmpd_sees(const struct snmpd_conf *conf,
    const struct snmpd_scope *scope, const struct snmpd_oid *subtree);

#endif
