/*
 * SPDX-License-Identifier: Apache-2.0
 * clusterset doctor: what it found, and the rules that it knows.
 *
 * Gathering (doctor_rest, doctor_snmpd, doctor_host, doctor_agent) makes facts, judging
 * (doctor_judge.h) makes findings of them by the rules here, showing prints them. The
 * doctor commands nothing and changes nothing.
 */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/out.h"

enum doctor_severity {
	DOCTOR_CRITICAL, /* it does not work, or can run a VM twice */
	DOCTOR_WARNING, /* it works today */
	DOCTOR_INFO, /* worth knowing; no reason to worry */
};

enum doctor_code {
	/* clusterset.conf */
	DOC_CONFIG_MISSING,
	DOC_CONFIG_WRONG,
	DOC_CONFIG_ADVICE,
	DOC_FRESHNESS_TIGHT,
	DOC_SETTLE_SHORT,
	DOC_HORIZON_SHORT,
	DOC_MOVE_TIMEOUT_SHORT,
	DOC_EVIDENCE_AGE_TIGHT,
	DOC_FORCE_ALLOWED,
	DOC_TRUST_PEERS,
	DOC_AUTOSTART_AUTO,
	DOC_AUTOSTART_ACCEPTED,
	DOC_AUTOSTART_UNKNOWN,
	DOC_RESOURCE_IN_TWO_VMS,
	DOC_LOAD_FRESHNESS_TIGHT,
	DOC_LOAD_FORGEABLE,
	DOC_SIZES_UNKNOWN,
	DOC_RECOVER_NO_FENCE,
	DOC_FENCE_AUTOMATIC,
	/* an endpoint */
	DOC_ENDPOINT_UNREACHABLE,
	DOC_ENDPOINT_ERROR,
	DOC_ENDPOINT_NOT_ECX,
	DOC_TLS_UNTRUSTED,
	DOC_TLS_EXPIRED,
	DOC_TLS_NAME,
	DOC_TLS_PIN,
	DOC_TLS_FAILED,
	DOC_TLS_EXPIRES_SOON,
	DOC_PLAIN_HTTP,
	DOC_VERIFY_OFF,
	DOC_CREDENTIALS_NONE,
	DOC_CREDENTIALS_WRONG,
	DOC_MAY_NOT_READ,
	DOC_MAY_NOT_OPERATE,
	DOC_RIGHTS_UNCLEAR,
	DOC_RIGHTS_NOT_CHECKED,
	DOC_READER_MAY_OPERATE,
	DOC_CLOCK_SKEW,
	DOC_ENDPOINT_SLOW,
	DOC_RELEASE_OLD,
	/* a cluster */
	DOC_CLUSTER_OTHER_NAME,
	DOC_SERVER_UNKNOWN,
	DOC_SERVER_MISSING,
	DOC_SERVERS_DISAGREE,
	DOC_CLUSTER_SUSPENDED,
	DOC_CLUSTER_NOT_NORMAL,
	DOC_RELEASES_DIFFER,
	/* groups and VMs */
	DOC_SAME_NAMED_GROUPS,
	DOC_GROUP_MISSING,
	DOC_GROUP_WITHOUT_DISK,
	DOC_STATELESS_WITH_DISK,
	DOC_DISK_MISSING,
	DOC_DISK_OTHER_GROUP,
	DOC_DISK_TYPES_DIFFER,
	DOC_DISK_MIRRORED,
	DOC_DISK_UNLISTED,
	DOC_MONITOR_MISSING,
	DOC_MONITOR_LIKELY,
	/* clp.conf */
	DOC_CLPCONF_UNREADABLE,
	DOC_CLPCONF_WRONG,
	DOC_CLPCONF_STRANGER,
	DOC_CLPCONF_OTHER,
	DOC_CLPCONF_GROUP_MISSING,
	DOC_CLPCONF_NOT_GIVEN,
	DOC_GROUP_STARTS_ITSELF,
	DOC_GROUP_FAILS_BACK,
	DOC_GROUP_CHAINED,
	DOC_STOP_FAILURE_SHUTS_DOWN,
	DOC_API_OFF,
	DOC_MONITOR_NOT_SUSPENDED,
	/* snmpd */
	DOC_SNMPD_CONF_UNREAD,
	DOC_SNMPD_CONF_OTHER,
	DOC_AGENTX_NOT_MASTER,
	DOC_AGENTX_SOCKET_DIFFERS,
	DOC_AGENTX_PERMS_DEFAULT,
	DOC_AGENTX_TIMEOUT_SHORT,
	DOC_AGENTX_RETRIES,
	DOC_VIEW_NONE,
	DOC_VIEW_PARTIAL,
	DOC_OPERATOR_NONE,
	DOC_OVERRIDES_OPEN,
	DOC_USER_BEYOND_VIEW,
	DOC_WRITE_WITHOUT_PRIVACY,
	DOC_COMMUNITY_WRITES,
	DOC_COMMUNITY_WRITES_LOCAL,
	DOC_COMMUNITY_BEYOND_LOOPBACK,
	DOC_TRAP_NOWHERE,
	DOC_TRAP_UNACKNOWLEDGED,
	/* this host */
	DOC_SOCKET_MISSING,
	DOC_SOCKET_OPEN,
	DOC_SOCKET_CLOSED,
	DOC_STATE_MISSING,
	DOC_STATE_OPEN,
	DOC_STATE_OWNER,
	DOC_STATE_FULL,
	DOC_UNIT_INACTIVE,
	DOC_UNIT_DISABLED,
	/* clustersetd, as snmpd tells it */
	DOC_AGENT_UNREACHABLE,
	DOC_DAEMON_AWAY,
	DOC_AGENT_BROKEN,
	DOC_TABLE_WITHHELD,
	DOC_CONTROL_STALLED,
	DOC_VERSION_DIFFERS,
	DOC_CONFIG_DIFFERS,
	DOC_CONFIG_NOT_LOADED,
	DOC_OTHER_HOST,
	DOC_HEALTH_CRITICAL,
	DOC_HEALTH_WARNING,
	DOC_ALARM_CRITICAL,
	DOC_ALARM_WARNING,
	DOC_ALARM_DOUBT,
	DOC_VM_CONFLICT,
	DOC_VM_IN_DOUBT,
	DOC_DISK_IN_DOUBT,
	DOC_PROOF_ECX_ONLY,
	DOCTOR_CODES
};

/* What the doctor knows: one row per code. doc/doctor.md is compared with it. */
struct doctor_rule {
	const char *word; /* "endpoint-unreachable": contract, never changed */
	enum doctor_severity severity;
	bool doubt; /* the set itself stands in doubt or conflict: exit code 5 */
	const char *meaning;
	/* unless the finding has a closer one; DOCDIR is where documents are installed
	 */
	const char *remedy;
};

extern const struct doctor_rule doctor_rules[DOCTOR_CODES];
const char *doctor_severity_word(enum doctor_severity severity);

struct doctor_finding {
	enum doctor_code code;
	char *object; /* "east", "east/east1", "vm erp", "snmpd" */
	char *evidence; /* what was seen, harmless to print */
	char *remedy;
};

struct doctor_line {
	char *object, *text;
};

struct doctor_lines {
	struct doctor_line *list;
	size_t n;
};

struct doctor_report {
	struct doctor_finding *findings;
	size_t n;
	struct doctor_lines passed; /* every check that was fine */
	struct doctor_lines fine; /* what an object is, in one line */
};

/* Adds a finding; the texts are copied and made harmless. */
void doctor_find(struct doctor_report *r, enum doctor_code code, const char *object,
    const char *evidence, ...) __attribute__((format(printf, 4, 5)));
/* A remedy closer than the rule's, of the finding added last. */
void doctor_remedy(struct doctor_report *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void doctor_pass(struct doctor_report *r, const char *object, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void doctor_fine(struct doctor_report *r, const char *object, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Is there one with this code; about this object (NULL: any)? */
bool doctor_has(
    const struct doctor_report *r, enum doctor_code code, const char *object);
size_t doctor_count(const struct doctor_report *r, enum doctor_severity severity);
/* 5 with doubt, 1 with anything worse than info, else 0. */
int doctor_exit(const struct doctor_report *r);
void doctor_clear(struct doctor_report *r);

/* Prints the report in the format of `o`. */
void doctor_show(struct out *o, const struct doctor_report *r, bool verbose);

/* --- all of it ----------------------------------------------------------------------
 */

struct doctor_wish {
	const char *config; /* clusterset.conf */
	const char *const *clp; /* [CLUSTER=]FILE */
	size_t nclp;
	const char *snmpd_conf; /* NULL: where snmpd looks */
	bool endpoints, post;
	bool joined; /* clustersetd answers through snmpd: it has reached the socket */
	const char *root; /* of the MIB */
};

/* Everything but what clustersetd says (doctor_agent.h). Was the configuration good? */
bool doctor_examine(struct doctor_report *r, const struct doctor_wish *wish);

#endif
