/*
 * SPDX-License-Identifier: Apache-2.0
 * Candidates for completion, from the tables of the agent.
 */
#include "cli/complete.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/watch.h"

enum { CANDIDATES_MAX = 5000 };

/* The time is up: what was not printed yet helps nobody. */
static void
give_up(int signo)
{
	(void)signo;
	_exit(EXIT_DONE);
}

struct list {
	FILE *f;
	const char *prefix;
	size_t n;
};

static void
offer(struct list *l, const char *text)
{
	if (*text && strncmp(text, l->prefix, strlen(l->prefix)) == 0 &&
	    l->n++ < CANDIDATES_MAX)
		fprintf(l->f, "%s\n", text);
}

static struct rows *
read_columns(struct cli *cli, enum mib_table_id table, const enum mib_id *ids, size_t n)
{
	enum snmp_result result;
	char *cause = NULL;
	struct rows *rows = snmp_table(cli->snmp, table, ids, n, &result, &cause);

	free(cause);
	return rows;
}

static void
names(struct cli *cli, struct list *l, enum mib_table_id table, enum mib_id column)
{
	struct rows *rows = read_columns(cli, table, &column, 1);
	size_t i;

	for (i = 0; rows && i < rows->n; i++)
		offer(l, row_text(&rows->row[i], column));
	rows_free(rows);
}

static void
nodes(struct cli *cli, struct list *l)
{
	static const enum mib_id ids[] = { csNodeName, csNodeClusterName };
	struct rows *rows = read_columns(cli, csNodeTable, ids, 2);
	size_t i;

	for (i = 0; rows && i < rows->n; i++) {
		const struct row *row = &rows->row[i];
		char *text = xasprintf("%s/%s", row_text(row, csNodeClusterName),
		    row_text(row, csNodeName));

		offer(l, text);
		free(text);
	}
	rows_free(rows);
}

static void
moves(struct cli *cli, struct list *l, bool ended)
{
	static const enum mib_id id = csMoveState;
	struct rows *rows = read_columns(cli, csMoveTable, &id, 1);
	size_t i;

	for (i = 0; rows && i < rows->n; i++) {
		const struct row *row = &rows->row[i];
		int64_t state = row_number(row, csMoveState, 0);
		char *text;

		if (!ended && state >= MOVE_STATE_SUCCEEDED &&
		    state != MOVE_STATE_IN_DOUBT)
			continue;
		text = xasprintf("%s/%" PRIu32,
		    row->index_text[0] ? row->index_text[0] : "", row->index[1]);
		offer(l, text);
		free(text);
	}
	rows_free(rows);
}

static void
numbers(struct cli *cli, struct list *l, enum mib_table_id table, enum mib_id column)
{
	struct rows *rows = read_columns(cli, table, &column, 1);
	char text[16];
	size_t i;

	for (i = 0; rows && i < rows->n; i++) {
		snprintf(text, sizeof(text), "%" PRIu32, rows->row[i].index[0]);
		offer(l, text);
	}
	rows_free(rows);
}

static void
candidates(struct cli *cli, struct list *l, enum complete kind)
{
	switch (kind) {
	case COMPLETE_VM:
		names(cli, l, csVmTable, csVmName);
		break;
	case COMPLETE_CLUSTER:
		names(cli, l, csClusterTable, csClusterName);
		break;
	case COMPLETE_PLACE:
		/* nodes only when a cluster has been chosen: the list stays short */
		if (!strchr(l->prefix, '/'))
			names(cli, l, csClusterTable, csClusterName);
		else
			nodes(cli, l);
		break;
	case COMPLETE_NODE:
		nodes(cli, l);
		break;
	case COMPLETE_DISK:
		names(cli, l, csDiskTable, csDiskName);
		break;
	case COMPLETE_MOVE:
	case COMPLETE_MOVE_ANY:
		moves(cli, l, kind == COMPLETE_MOVE_ANY);
		break;
	case COMPLETE_ALARM:
		numbers(cli, l, csAlarmTable, csAlarmType);
		break;
	case COMPLETE_FAULT_DOMAIN:
		names(cli, l, csFaultDomainTable, csFaultDomainName);
		break;
	case COMPLETE_AVAILABILITY_SET:
		names(cli, l, csAvailSetTable, csAvailSetName);
		break;
	case COMPLETE_POLICY:
		names(cli, l, csPolicyTable, csPolicyName);
		break;
	case COMPLETE_PLAN:
		numbers(cli, l, csPlanTable, csPlanState);
		break;
	case COMPLETE_HOOK:
		names(cli, l, csHookTable, csHookName);
		break;
	case COMPLETE_NONE:
	case COMPLETE_FILE:
	case COMPLETE_COMMAND:
	case COMPLETE_OPTION:
	case COMPLETE_WORDS:
		break;
	}
}

int
complete_print(struct cli *cli, enum complete kind, const char *prefix)
{
	static char retries[] = "-r1", seconds[] = "-t0.4";
	struct sigaction act = { .sa_handler = give_up };
	struct list l = { .prefix = prefix };
	char *cause = NULL, *text = NULL;
	size_t len = 0;

	sigemptyset(&act.sa_mask);
	sigaction(SIGALRM, &act, NULL);
	alarm(1);
	if (cli->snmp_argc + 2 < CLI_ARGUMENTS_MAX) {
		cli->snmp_argv[cli->snmp_argc++] = seconds;
		cli->snmp_argv[cli->snmp_argc++] = retries;
	}
	cli->snmp = snmp_open_session(
	    cli->snmp_argc, cli->snmp_argv, cli->peer, cli->root, &cause);
	free(cause);
	if (cli->snmp) {
		l.f = open_memstream(&text, &len);
		candidates(cli, &l, kind);
		fclose(l.f);
		alarm(0); /* all is here: it is printed whole */
		fputs(text, stdout);
		free(text);
	}
	alarm(0);
	return EXIT_DONE;
}
