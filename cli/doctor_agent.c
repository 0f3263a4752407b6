/*
 * SPDX-License-Identifier: Apache-2.0
 * What clustersetd itself says, through snmpd. Reads only. See doctor_agent.h.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/doctor_agent.h"

#include "cli/command.h"
#include "cli/look.h"
#include "cli/remedy.h"
#include "cli/snmp.h"
#include "config.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define OBJECT   "clustersetd"

/* --- gathering ----------------------------------------------------------------------
 */

static const enum mib_id scalars[] = { csSetName, csSetVersion, csSetHealth,
	csSetHealthReason, csSetConfigFile, csSetHostName, csSetControlAge,
	csSetClusterCount, csSetNodeCount, csSetVmCount, csSetDiskCount };

static char *
text_of(const struct snmp_instance *v)
{
	return v->cell.there && v->cell.text != NULL ? xstrdup(v->cell.text) : NULL;
}

static int64_t
number_of(const struct snmp_instance *v)
{
	return v->cell.there ? v->cell.number : -1;
}

static void
take_scalars(struct doctor_agent *a, const struct snmp_instance *v)
{
	const char *word =
	    v[2].cell.there ? mib_word(csSetHealth, v[2].cell.number) : NULL;

	a->name = text_of(&v[0]);
	a->version = text_of(&v[1]);
	a->health = xstrdup(word);
	a->reason = text_of(&v[3]);
	a->file = text_of(&v[4]);
	a->host = text_of(&v[5]);
	a->control_age = number_of(&v[6]);
	a->clusters = number_of(&v[7]);
	a->nodes = number_of(&v[8]);
	a->vms = number_of(&v[9]);
	a->disks = number_of(&v[10]);
}

static void
take_tables(struct doctor_agent *a, struct snmp *snmp)
{
	static const enum mib_id cluster[] = { csClusterName }, node[] = { csNodeName },
	                         disk[] = { csDiskName },
	                         vm[] = { csVmName, csVmOperState, csVmProof,
		                         csVmStatusText },
	                         alarm[] = { csAlarmType, csAlarmSeverity,
		                         csAlarmObjectName, csAlarmText };
	const struct {
		enum mib_table_id table;
		const enum mib_id *ids;
		size_t n;
		struct rows **to;
	} wanted[] = { { csClusterTable, cluster, COUNT(cluster), &a->cluster_rows },
		{ csNodeTable, node, COUNT(node), &a->node_rows },
		{ csVmTable, vm, COUNT(vm), &a->vm_rows },
		{ csDiskTable, disk, COUNT(disk), &a->disk_rows },
		{ csAlarmTable, alarm, COUNT(alarm), &a->alarm_rows } };
	enum snmp_result result = SNMP_DONE;
	size_t i;

	for (i = 0; i < COUNT(wanted) && a->result == SNMP_DONE; i++) {
		*wanted[i].to = snmp_table(snmp, wanted[i].table, wanted[i].ids,
		    wanted[i].n, &result, &a->cause);
		if (*wanted[i].to == NULL)
			a->result = result;
	}
}

void
doctor_agent_gather(struct cli *cli, struct doctor_agent *a)
{
	struct snmp_instance v[COUNT(scalars)];
	struct snmp *snmp;
	size_t i;

	memset(a, 0, sizeof(*a));
	a->peer = cli->peer;
	a->control_age = a->clusters = a->nodes = a->vms = a->disks = -1;
	snmp = snmp_open_session(
	    cli->snmp_argc, cli->snmp_argv, cli->peer, cli->root, &a->cause);
	if (snmp == NULL) {
		a->result = SNMP_UNREACHABLE;
		return;
	}
	memset(v, 0, sizeof(v));
	for (i = 0; i < COUNT(scalars); i++)
		v[i].id = scalars[i];
	a->result = snmp_get(snmp, v, COUNT(scalars), &a->cause);
	if (a->result == SNMP_DONE) {
		take_scalars(a, v);
		take_tables(a, snmp);
	}
	snmp_free_cells(v, COUNT(scalars));
	snmp_close_session(snmp);
}

void
doctor_agent_clear(struct doctor_agent *a)
{
	free(a->cause);
	free(a->name);
	free(a->version);
	free(a->health);
	free(a->reason);
	free(a->file);
	free(a->host);
	rows_free(a->cluster_rows);
	rows_free(a->node_rows);
	rows_free(a->vm_rows);
	rows_free(a->disk_rows);
	rows_free(a->alarm_rows);
	memset(a, 0, sizeof(*a));
}

/* --- judging ------------------------------------------------------------------------
 */

static void
judge_tables(struct doctor_report *r, const struct doctor_agent *a)
{
	const struct {
		const char *name;
		int64_t said;
		const struct rows *rows;
	} tables[] = { { "csClusterTable", a->clusters, a->cluster_rows },
		{ "csNodeTable", a->nodes, a->node_rows },
		{ "csVmTable", a->vms, a->vm_rows },
		{ "csDiskTable", a->disks, a->disk_rows } };
	size_t before = r->n, i;

	for (i = 0; i < COUNT(tables); i++)
		if (tables[i].said > 0 && tables[i].rows != NULL &&
		    tables[i].rows->n == 0)
			doctor_find(r, DOC_TABLE_WITHHELD, "snmpd",
			    "%s is empty, the set has %lld rows for it", tables[i].name,
			    (long long)tables[i].said);
	if (r->n == before && a->vm_rows != NULL)
		doctor_pass(r, OBJECT, "its tables can be read");
}

static void
judge_alarms(struct doctor_report *r, const struct doctor_agent *a)
{
	const struct remedy *remedy;
	const struct row *row;
	const char *severity;
	size_t i;

	for (i = 0; a->alarm_rows != NULL && i < a->alarm_rows->n; i++) {
		row = &a->alarm_rows->row[i];
		severity = row_text(row, csAlarmSeverity);
		if (strcmp(severity, "info") == 0)
			continue;
		doctor_find(r,
		    strcmp(severity, "critical") == 0 ? DOC_ALARM_CRITICAL
		                                      : DOC_ALARM_WARNING,
		    OBJECT, "%s: %s (%s)", row_text(row, csAlarmObjectName),
		    row_text(row, csAlarmText), row_text(row, csAlarmType));
		remedy = remedy_of(row_text(row, csAlarmType));
		if (remedy != NULL)
			doctor_remedy(r, "%s", remedy->text);
	}
}

static void
judge_vms(struct doctor_report *r, const struct doctor_agent *a)
{
	const struct row *row;
	const char *state;
	char *object;
	size_t i, alone = 0;

	for (i = 0; a->vm_rows != NULL && i < a->vm_rows->n; i++) {
		row = &a->vm_rows->row[i];
		state = row_text(row, csVmOperState);
		alone += strcmp(row_text(row, csVmProof), "ecxOnly") == 0;
		if (strcmp(state, "conflict") != 0 && strcmp(state, "inDoubt") != 0)
			continue;
		object = xasprintf("vm %s", row_text(row, csVmName));
		doctor_find(r,
		    strcmp(state, "conflict") == 0 ? DOC_VM_CONFLICT : DOC_VM_IN_DOUBT,
		    object, "%s: %s", state, row_text(row, csVmStatusText));
		free(object);
	}
	if (alone > 0)
		doctor_find(r, DOC_PROOF_ECX_ONLY, OBJECT,
		    "csVmProof is ecxOnly for %zu of %zu VMs", alone, a->vm_rows->n);
}

static void
judge_health(struct doctor_report *r, const struct doctor_agent *a)
{
	const char *health = a->health == NULL ? "" : a->health;
	const char *reason = a->reason == NULL ? "" : a->reason;

	if (a->control_age > LOOK_STUCK_S)
		doctor_find(r, DOC_CONTROL_STALLED, OBJECT, "csSetControlAge is %lld s",
		    (long long)a->control_age);
	if (strcmp(health, "critical") == 0) {
		if (!doctor_has(r, DOC_ALARM_CRITICAL, OBJECT))
			doctor_find(r, DOC_HEALTH_CRITICAL, OBJECT, "%s", reason);
	} else if (strcmp(health, "ok") != 0) {
		if (!doctor_has(r, DOC_ALARM_WARNING, OBJECT) &&
		    !doctor_has(r, DOC_ALARM_CRITICAL, OBJECT))
			doctor_find(r, DOC_HEALTH_WARNING, OBJECT, "%s: %s",
			    *health == '\0' ? "not told" : health, reason);
	} else
		doctor_pass(r, OBJECT, "the set's health is ok");
}

/* Is it the program and the file that we look at? */
static void
judge_identity(struct doctor_report *r, const struct doctor_agent *a, const char *file,
    const char *host)
{
	const char *blank = a->version == NULL ? NULL : strrchr(a->version, ' ');
	const char *version = blank == NULL ? a->version : blank + 1;
	char *ours;

	if (version != NULL && strcmp(version, PACKAGE_VERSION) != 0)
		doctor_find(r, DOC_VERSION_DIFFERS, OBJECT, "%s; this is clusterset %s",
		    a->version, PACKAGE_VERSION);
	else if (version != NULL)
		doctor_pass(r, OBJECT, "version %s, as clusterset", version);
	if (a->host != NULL && *a->host != '\0' && strcmp(a->host, host) != 0) {
		doctor_find(r, DOC_OTHER_HOST, OBJECT, "it runs on %s, this is %s",
		    a->host, host);
		return;
	}
	if (file == NULL || a->file == NULL || *a->file == '\0')
		return;
	ours = realpath(file, NULL);
	if (strcmp(ours == NULL ? file : ours, a->file) != 0) {
		char *theirs = realpath(a->file, NULL);

		if (theirs == NULL || ours == NULL || strcmp(theirs, ours) != 0)
			doctor_find(r, DOC_CONFIG_DIFFERS, OBJECT,
			    "it runs with %s, this is %s", a->file, file);
		free(theirs);
	} else
		doctor_pass(r, OBJECT, "it runs with %s", a->file);
	free(ours);
}

void
doctor_judge_agent(struct doctor_report *r, const struct doctor_agent *a,
    const char *file, const char *host)
{
	const char *cause = a->cause == NULL ? "" : a->cause;

	if (a->result == SNMP_UNREACHABLE || a->result == SNMP_NO_DAEMON) {
		doctor_find(r,
		    a->result == SNMP_UNREACHABLE ? DOC_AGENT_UNREACHABLE
		                                  : DOC_DAEMON_AWAY,
		    a->result == SNMP_UNREACHABLE ? "snmpd" : OBJECT, "%s", cause);
		return;
	}
	if (a->result != SNMP_DONE)
		doctor_find(r, DOC_AGENT_BROKEN, "snmpd", "%s", cause);
	judge_identity(r, a, file, host);
	judge_tables(r, a);
	judge_alarms(r, a);
	judge_vms(r, a);
	judge_health(r, a);
	doctor_fine(r, OBJECT, "%s, %s, %lld clusters, %lld VMs, health %s",
	    a->name == NULL ? "" : a->name, a->version == NULL ? "?" : a->version,
	    (long long)a->clusters, (long long)a->vms,
	    a->health == NULL ? "?" : a->health);
}
