/*
 * SPDX-License-Identifier: Apache-2.0
 * What clustersetd says of itself, through snmpd: facts for the doctor, and the
 * judgement. Apart from doctor_judge.h, which knows the configuration's structs.
 */
#ifndef CLI_DOCTOR_AGENT_H
#define CLI_DOCTOR_AGENT_H

#include <stdint.h>

#include "cli/doctor.h"

struct cli;
struct rows;

struct doctor_agent {
	const char *peer;
	int result; /* enum snmp_result */
	char *cause;
	/* NULL or -1: not told */
	char *name, *version, *health, *reason, *file, *host;
	int64_t control_age, clusters, nodes, vms, disks;
	int64_t up_time; /* seconds */
	int64_t reload; /* since 1970, of the last one; -1: none */
	struct rows *cluster_rows, *node_rows, *vm_rows, *disk_rows, *alarm_rows;
};

/* Reads only. */
void doctor_agent_gather(struct cli *cli, struct doctor_agent *out);
void doctor_agent_clear(struct doctor_agent *a);

struct doctor_here { /* where the doctor looks from */
	const char *file; /* the configuration that was looked at; NULL: none */
	int64_t changed; /* when that was, since 1970; -1: not known */
	const char *host;
	int64_t now; /* since 1970 */
};

/* Pure, but for symbolic links in the names of files. */
void doctor_judge_agent(struct doctor_report *r, const struct doctor_agent *a,
    const struct doctor_here *here);

#endif
