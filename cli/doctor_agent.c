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

enum { RELOAD_GRACE = 2 }; /* seconds: times of both are rounded */

/* --- gathering ------------------------------------------------------------- */

static const enum mib_id scalars[] = { csSetName, csSetVersion, csSetHealth,
	csSetHealthReason, csSetConfigFile, csSetHostName, csSetControlAge,
	csSetClusterCount, csSetNodeCount, csSetVmCount, csSetDiskCount, csSetUpTime,
	csSetReloadTime };

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
	a->up_time = number_of(&v[11]);
	a->reload =
	    v[12].cell.there && v[12].cell.text != NULL && *v[12].cell.text != '\0'
	    ? out_time(v[12].cell.text)
	    : -1;
}

static void
take_tables(struct doctor_agent *a, struct snmp *snmp)
{
	static const enum mib_id cluster[] = { csClusterName }, node[] = { csNodeName },
	                         disk[] = { csDiskName, csDiskOperState },
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
	a->up_time = a->reload = -1;
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

/* --- judging --------------------------------------------------------------- */

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
		remedy = remedy_of(row_text(row, csAlarmType));
		doctor_find(r,
		    remedy != NULL && remedy->doubt         ? DOC_ALARM_DOUBT
		        : strcmp(severity, "critical") == 0 ? DOC_ALARM_CRITICAL
		                                            : DOC_ALARM_WARNING,
		    OBJECT, "%s: %s (%s)", row_text(row, csAlarmObjectName),
		    row_text(row, csAlarmText), row_text(row, csAlarmType));
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
judge_disks(struct doctor_report *r, const struct doctor_agent *a)
{
	const struct row *row;
	const char *state;
	char *object;
	size_t i;

	for (i = 0; a->disk_rows != NULL && i < a->disk_rows->n; i++) {
		row = &a->disk_rows->row[i];
		state = row_text(row, csDiskOperState);
		if (strcmp(state, "conflict") != 0 && strcmp(state, "inDoubt") != 0)
			continue;
		object = xasprintf("disk %s", row_text(row, csDiskName));
		doctor_find(
		    r, DOC_DISK_IN_DOUBT, object, "csDiskOperState is %s", state);
		free(object);
	}
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
		if (!doctor_has(r, DOC_ALARM_CRITICAL, OBJECT) &&
		    !doctor_has(r, DOC_ALARM_DOUBT, OBJECT))
			doctor_find(r, DOC_HEALTH_CRITICAL, OBJECT, "%s", reason);
	} else if (strcmp(health, "ok") != 0) {
		if (!doctor_has(r, DOC_ALARM_WARNING, OBJECT) &&
		    !doctor_has(r, DOC_ALARM_CRITICAL, OBJECT))
			doctor_find(r, DOC_HEALTH_WARNING, OBJECT, "%s: %s",
			    *health == '\0' ? "not told" : health, reason);
	} else
		doctor_pass(r, OBJECT, "the set's health is ok");
}

static bool
same_file(const char *a, const char *b)
{
	char *x = realpath(a, NULL), *y = realpath(b, NULL);
	bool same = strcmp(x == NULL ? a : x, y == NULL ? b : y) == 0;

	free(x);
	free(y);
	return same;
}

static void
judge_file(struct doctor_report *r, const struct doctor_agent *a,
    const struct doctor_here *here)
{
	int64_t loaded = a->reload >= 0 ? a->reload
	    : a->up_time >= 0           ? here->now - a->up_time
	                                : -1;

	if (!same_file(a->file, here->file))
		doctor_find(r, DOC_CONFIG_DIFFERS, OBJECT,
		    "it runs with %s, this is %s", a->file, here->file);
	else if (loaded >= 0 && here->changed > loaded + RELOAD_GRACE)
		doctor_find(r, DOC_CONFIG_NOT_LOADED, OBJECT,
		    "%s was changed %lld s after clustersetd had read it", a->file,
		    (long long)(here->changed - loaded));
	else
		doctor_pass(r, OBJECT, "it runs with %s as it stands", a->file);
}

/* Is it the program and the file that we look at? */
static void
judge_identity(struct doctor_report *r, const struct doctor_agent *a,
    const struct doctor_here *here)
{
	const char *blank = a->version == NULL ? NULL : strrchr(a->version, ' ');
	const char *version = blank == NULL ? a->version : blank + 1;

	if (version != NULL && strcmp(version, PACKAGE_VERSION) != 0)
		doctor_find(r, DOC_VERSION_DIFFERS, OBJECT, "%s; this is clusterset %s",
		    a->version, PACKAGE_VERSION);
	else if (version != NULL)
		doctor_pass(r, OBJECT, "version %s, as clusterset", version);
	if (a->host != NULL && *a->host != '\0' && strcmp(a->host, here->host) != 0)
		doctor_find(r, DOC_OTHER_HOST, OBJECT, "it runs on %s, this is %s",
		    a->host, here->host);
	else if (here->file != NULL && a->file != NULL && *a->file != '\0')
		judge_file(r, a, here);
}

void
doctor_judge_agent(struct doctor_report *r, const struct doctor_agent *a,
    const struct doctor_here *here)
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
	judge_identity(r, a, here);
	judge_tables(r, a);
	judge_alarms(r, a);
	judge_vms(r, a);
	judge_disks(r, a);
	judge_health(r, a);
	doctor_fine(r, OBJECT, "%s, %s, %lld clusters, %lld VMs, health %s",
	    a->name == NULL ? "" : a->name, a->version == NULL ? "?" : a->version,
	    (long long)a->clusters, (long long)a->vms,
	    a->health == NULL ? "?" : a->health);
}
