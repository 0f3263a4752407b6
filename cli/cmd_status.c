/*
 * SPDX-License-Identifier: Apache-2.0
 * `clusterset status`: is everything all right, and if not what do I do?
 *
 * One screen. The facts are gathered here; cli/cmd_status_screen.c shows them.
 */
#include "cli/cmd_status.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/command.h"
#include "cli/remedy.h"

/* Older than any poll interval and time-out that is in use. */
enum { POLL_OLD_S = 600 };

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static const enum mib_id cluster_columns[] = { csClusterName, csClusterOperState,
	csClusterAdminState, csClusterNodes, csClusterNodesOnline };
static const enum mib_id few_columns[] = { csNodeName, csNodeClusterName,
	csNodeAdminState, csNodeOperState };
static const enum mib_id vm_columns[] = { csVmHold, csVmOperState };
static const enum mib_id disk_columns[] = { csDiskOperState };
static const enum mib_id plan_columns[] = { csPlanState };

static bool
alarm_is_doubt(const struct row *alarm)
{
	const struct remedy *r = remedy_of(row_text(alarm, csAlarmType));

	return r != NULL && r->doubt &&
	    strcmp(row_text(alarm, csAlarmSeverity), "info") != 0;
}

/* The verdict is the agent's, the counts are as well: they have to fit. */
static char *
against(const struct status *st)
{
	const struct look_set *set = &st->set;
	uint64_t vms = look_counted(&st->vm_states, "failed") +
	    look_counted(&st->vm_states, "unknown"),
	         disks = look_counted(&st->disk_states, "unknown");

	if (strcmp(set->health, "ok") != 0)
		return NULL;
	if (set->control_age < 0)
		return xstrdup("it tells no heartbeat, so nobody knows whether it "
		               "still watches");
	if (vms > 0)
		return xasprintf("%llu VM%s failed or unknown", (unsigned long long)vms,
		    vms == 1 ? " is" : "s are");
	if (disks > 0)
		return xasprintf("%llu disk%s unknown", (unsigned long long)disks,
		    disks == 1 ? " is" : "s are");
	if (set->oldest_poll_age > POLL_OLD_S)
		return xasprintf("a cluster was last polled %s ago",
		    out_duration(set->oldest_poll_age));
	return NULL;
}

const char *
status_word(const struct status *st)
{
	return look_stuck(&st->set) ? "stuck"
	    : st->doubt             ? "in doubt"
	    : st->against != NULL   ? "unclear"
	                            : st->set.health;
}

void
status_judge(struct status *st)
{
	size_t i;

	look_count(&st->cluster_states, st->clusters, csClusterOperState);
	look_count(&st->node_states, st->nodes, csNodeOperState);
	look_count(&st->vm_states, st->vms, csVmOperState);
	look_count(&st->disk_states, st->disks, csDiskOperState);
	st->doubt = look_counted(&st->vm_states, "inDoubt") +
	        look_counted(&st->vm_states, "conflict") +
	        look_counted(&st->disk_states, "inDoubt") +
	        look_counted(&st->disk_states, "conflict") >
	    0;
	st->open = look_open_moves(st->moves, &st->nopen);
	for (i = 0; i < st->nopen; i++)
		if (strcmp(row_text(st->open[i], csMoveState), "inDoubt") == 0)
			st->doubt = true;
	st->by_urgency = look_alarms(st->alarms);
	for (i = 0; i < st->alarms->n; i++) {
		if (alarm_is_doubt(&st->alarms->row[i]))
			st->doubt = true;
		if (strcmp(row_text(&st->alarms->row[i], csAlarmAcknowledge), "true") ==
		    0)
			st->acknowledged++;
	}
	look_count(&st->severities, st->alarms, csAlarmSeverity);
	for (i = 0; st->plans != NULL && i < st->plans->n; i++)
		if (strcmp(row_text(&st->plans->row[i], csPlanState), "proposed") == 0)
			st->proposed++;
	free(st->against);
	st->against = against(st);
}

/* Names are asked for the few VMs on hold only, not for all. */
static enum snmp_result
gather_held(struct snmp *s, struct status *st, char **cause)
{
	struct snmp_instance in[STATUS_HELD_MOST];
	enum snmp_result r = SNMP_DONE;
	size_t i, n = 0;

	memset(in, 0, sizeof(in));
	for (i = 0; i < st->vms->n; i++) {
		/* TruthValue: true(1) */
		if (row_number(&st->vms->row[i], csVmHold, 2) != 1)
			continue;
		st->held++;
		if (n == STATUS_HELD_MOST)
			continue;
		in[n].id = csVmName;
		in[n++].index[0] = st->vms->row[i].index[0];
	}
	if (n > 0)
		r = snmp_get(s, in, n, cause);
	for (i = 0; r == SNMP_DONE && i < n; i++)
		if (in[i].cell.there && in[i].cell.text != NULL)
			st->held_names[st->nheld_names++] = xstrdup(in[i].cell.text);
	snmp_free_cells(in, n);
	return r;
}

enum snmp_result
status_gather(struct snmp *s, struct status *st, const enum mib_id *node_columns,
    size_t n, char **cause)
{
	enum snmp_result r;

	memset(st, 0, sizeof *st);
	r = look_set(s, &st->set, cause);
	if (r == SNMP_DONE)
		r = look_table(s, csClusterTable, cluster_columns, LEN(cluster_columns),
		    &st->clusters, cause);
	if (r == SNMP_DONE)
		r = look_table(s, csNodeTable, node_columns, n, &st->nodes, cause);
	if (r == SNMP_DONE)
		r = look_table(
		    s, csVmTable, vm_columns, LEN(vm_columns), &st->vms, cause);
	if (r == SNMP_DONE)
		r = look_table(
		    s, csDiskTable, disk_columns, LEN(disk_columns), &st->disks, cause);
	if (r == SNMP_DONE)
		r = look_table(s, csMoveTable, NULL, 0, &st->moves, cause);
	if (r == SNMP_DONE)
		r = look_table(s, csAlarmTable, NULL, 0, &st->alarms, cause);
	if (r == SNMP_DONE)
		r = look_table(
		    s, csPlanTable, plan_columns, LEN(plan_columns), &st->plans, cause);
	if (r == SNMP_DONE)
		r = gather_held(s, st, cause);
	return r;
}

void
status_free(struct status *st)
{
	size_t i;

	look_set_free(&st->set);
	rows_free(st->clusters);
	rows_free(st->nodes);
	rows_free(st->vms);
	rows_free(st->disks);
	rows_free(st->moves);
	rows_free(st->alarms);
	rows_free(st->plans);
	for (i = 0; i < st->nheld_names; i++)
		free(st->held_names[i]);
	free(st->by_urgency);
	free(st->open);
	free(st->against);
}

static json_t *
age(int64_t seconds)
{
	return seconds < 0 ? json_null() : json_integer(seconds);
}

json_t *
status_document(const struct status *st)
{
	const struct look_set *set = &st->set;
	json_t *moves = json_array(), *alarms = json_array(), *alarm;
	json_t *held = json_array();
	const struct remedy *r;
	size_t i;

	for (i = 0; i < st->nheld_names; i++)
		json_array_append_new(held, json_string(st->held_names[i]));
	for (i = 0; i < st->nopen; i++)
		json_array_append_new(moves, row_json(st->moves, st->open[i]));
	for (i = 0; i < st->alarms->n; i++) {
		alarm = row_json(st->alarms, st->by_urgency[i]);
		r = remedy_of(row_text(st->by_urgency[i], csAlarmType));
		json_object_set_new(
		    alarm, "remedy", r != NULL ? json_string(r->text) : json_null());
		json_array_append_new(alarms, alarm);
	}
	return json_pack("{s:{s:s,s:s,s:s,s:s,s:s,s:s,s:b,s:b,s:s?,s:o,s:o,s:o,"
	                 "s:o,s:o,s:o,s:o,s:i,s:o,s:i,s:o,s:o}}",
	    "status", "name", set->name, "descr", set->descr, "version", set->version,
	    "role", set->role, "health", set->health, "healthReason", set->reason,
	    "inDoubt", st->doubt, "stuck", look_stuck(set), "against", st->against,
	    "upTime", age(set->up_time), "controlAge", age(set->control_age),
	    "oldestPollAge", age(set->oldest_poll_age), "clusters",
	    look_counts_json(&st->cluster_states), "nodes",
	    look_counts_json(&st->node_states), "vms", look_counts_json(&st->vm_states),
	    "disks", look_counts_json(&st->disk_states), "held", (int)st->held,
	    "heldNames", held, "plansProposed", (int)st->proposed, "moves", moves,
	    "alarms", alarms);
}

int
status_exit(const struct status *st)
{
	if (st->doubt)
		return EXIT_IN_DOUBT;
	/* a daemon that watches nothing cannot say that all is well */
	if (strcmp(st->set.health, "ok") != 0 || look_stuck(&st->set) ||
	    st->against != NULL)
		return EXIT_FAILED;
	return EXIT_DONE;
}

static int
run_status(struct cli *cli)
{
	struct status st;
	char *cause = NULL;
	enum snmp_result r =
	    status_gather(cli_session(cli), &st, few_columns, LEN(few_columns), &cause);
	int code;

	if (r != SNMP_DONE) {
		status_free(&st);
		return cli_fail_snmp(cli, r, &cause);
	}
	status_judge(&st);
	if (cli->out.format != OUT_SCREEN)
		out_document(&cli->out, status_document(&st));
	else if (option_given(cli, "brief"))
		status_brief(&cli->out, &st);
	else
		status_screen(&cli->out, &st);
	code = status_exit(&st);
	status_free(&st);
	return code;
}

static const struct command_option status_options[] = {
	{ .name = "brief",
	    .text = "One line, for prompts and scripts. The exit code is the same." },
	{ 0 },
};

const struct command cmd_status[] = {
	{
	    .words = "status",
	    .summary = "is everything all right, and if not, what to do",
	    .text =
	        "One screen: the health of the set in words, how old the knowledge "
	        "is, how many clusters, nodes, VMs and disks are in which state, "
	        "what is on hold or in maintenance, how many plans wait for approval, "
	        "the moves under way, and every standing alarm with what to do "
	        "about it. On a terminal the alarms are cut at its height.\n\n"
	        "Exits with 0 only when all is well, with 5 when a VM, a disk or a "
	        "move is in doubt or in conflict, with 3 when the agent or "
	        "clustersetd does not answer, else with 1. A clustersetd that "
	        "answers but has stopped watching is not well, nor is one that says so "
	        "over VMs or disks that are failed or unknown, or over polls that "
	        "are long past.",
	    .examples = "clusterset status # the screen\n"
	                "clusterset status --brief # one line\n"
	                "clusterset status --output kv | grep ^status.vms # counts",
	    .options = status_options,
	    .run = run_status,
	},
	{ 0 },
};
