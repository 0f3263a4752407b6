/*
 * SPDX-License-Identifier: Apache-2.0
 * Rows of csMoveTable: made once, whatever becomes of the answer.
 */
#include "cli/ask.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cli/act.h"

enum {
	TRIES = 5, /* of another index, after a collision */
	/* a proposal without its second half becomes a move after 10 s (the MIB) */
	READ_BACK_MS = 12000,
	VARS_MAX = 7, /* of one row */
	ROW_CREATE_AND_GO = 4,
	MODE_DRY_RUN = 2,
	TRUTH_TRUE = 1,
};

static int
index_next(struct cli *cli, uint32_t *next, char **cause)
{
	struct snmp_instance scalar = { .id = csMoveIndexNext };
	enum snmp_result result = snmp_get(cli_session(cli), &scalar, 1, cause);

	if (result != SNMP_DONE)
		return snmp_exit(result);
	if (!scalar.cell.there) {
		cause_set(
		    cause, "the agent tells no csMoveIndexNext: nothing was asked");
		return EXIT_FAILED;
	}
	*next = (uint32_t)scalar.cell.number;
	snmp_free_cells(&scalar, 1);
	return 0;
}

static enum snmp_result
create(struct cli *cli, const struct ask_how *how, const struct ask *asks, size_t n,
    char **cause)
{
	struct snmp_assign *set = xcalloc(n * VARS_MAX, sizeof(*set));
	enum snmp_result result;
	size_t i, v = 0, first;

	for (i = 0; i < n; i++) {
		first = v;
		set[v++] =
		    (struct snmp_assign) { .id = csMoveVm, .number = asks[i].vm };
		set[v++] = (struct snmp_assign) { .id = csMoveTargetCluster,
			.number = asks[i].cluster };
		if (asks[i].node)
			set[v++] = (struct snmp_assign) { .id = csMoveTargetNode,
				.number = asks[i].node };
		if (how->dry_run)
			set[v++] = (struct snmp_assign) { .id = csMoveMode,
				.number = MODE_DRY_RUN };
		if (how->reason)
			set[v++] = (struct snmp_assign) { .id = csMoveReason,
				.text = how->reason };
		if (how->force)
			set[v++] = (struct snmp_assign) { .id = csMoveForce,
				.number = TRUTH_TRUE };
		set[v++] = (struct snmp_assign) { .id = csMoveRowStatus,
			.number = ROW_CREATE_AND_GO };
		for (; first < v; first++) {
			set[first].index_text[0] = asks[i].move.owner;
			set[first].index[1] = asks[i].move.index;
		}
	}
	result = snmp_set(cli_session(cli), set, v, cause);
	free(set);
	return result;
}

enum there { THERE_NONE, THERE_OURS, THERE_OTHERS, THERE_UNKNOWN };

/* Whose is the row with the index that we wanted? */
static enum there
read_back(struct cli *cli, const struct ask_how *how, const struct ask *ask)
{
	struct snmp_instance cells[] = { { .id = csMoveVm },
		{ .id = csMoveTargetCluster }, { .id = csMoveTargetNode },
		{ .id = csMoveMode }, { .id = csMoveReason } };
	enum { N = sizeof(cells) / sizeof(cells[0]) };
	enum there there = THERE_NONE;
	char *cause = NULL;
	size_t i;

	for (i = 0; i < N; i++) {
		cells[i].index_text[0] = ask->move.owner;
		cells[i].index[1] = ask->move.index;
	}
	if (snmp_get(cli_session(cli), cells, N, &cause) != SNMP_DONE)
		there = THERE_UNKNOWN;
	else if (cells[0].cell.there)
		there = cells[0].cell.number == ask->vm &&
		        cells[1].cell.number == ask->cluster &&
		        (!ask->node || cells[2].cell.number == ask->node) &&
		        (cells[3].cell.number == MODE_DRY_RUN) == how->dry_run &&
		        strcmp(cells[4].cell.text ? cells[4].cell.text : "",
		            how->reason ? how->reason : "") == 0
		    ? THERE_OURS
		    : THERE_OTHERS;
	snmp_free_cells(cells, N);
	free(cause);
	return there;
}

/* No clear answer: the row itself tells, if it can be read. */
static enum there
read_back_long(struct cli *cli, const struct ask_how *how, const struct ask *ask)
{
	const struct timespec nap = { .tv_nsec = 500 * 1000000 };
	int64_t end = clock_ms() + READ_BACK_MS;
	enum there there;

	do {
		there = read_back(cli, how, ask);
		if (there == THERE_OURS || there == THERE_OTHERS)
			break;
		nanosleep(&nap, NULL);
	} while (clock_ms() < end);
	return there;
}

int
ask_moves(struct cli *cli, const struct ask_how *how, struct ask *asks, size_t n,
    char **cause)
{
	enum snmp_result result = SNMP_REFUSED;
	enum there there;
	uint32_t next = 0;
	size_t i;
	int code, try;

	for (try = 0; try < TRIES; try++) {
		if ((code = index_next(cli, &next, cause)))
			return code;
		for (i = 0; i < n; i++) {
			snprintf(asks[i].move.owner, sizeof(asks[i].move.owner), "%s",
			    how->owner);
			asks[i].move.index = next + (uint32_t)i;
		}
		result = create(cli, how, asks, n, cause);
		if (result == SNMP_DONE)
			return 0;
		if (result != SNMP_REFUSED && result != SNMP_UNCERTAIN)
			return snmp_exit(result);
		there = result == SNMP_REFUSED ? read_back(cli, how, &asks[0])
		                               : read_back_long(cli, how, &asks[0]);
		/* the SET was sent again by the library and is refused as its own
		 * repetition; one that stands for all: it is one SET */
		if (there == THERE_OURS) {
			xfree_clear(cause);
			return 0;
		}
		if (there == THERE_OTHERS ||
		    (result == SNMP_REFUSED && *cause &&
		        (strstr(*cause, "was used before") ||
		            strstr(*cause, "exists already"))))
			continue; /* somebody was quicker with this index */
		break;
	}
	if (result == SNMP_UNCERTAIN && *cause) {
		char *why = *cause;

		*cause =
		    xasprintf("%s; move %s/%" PRIu32 " does not show: whether it "
		              "was accepted is not known. See clusterset move list "
		              "before asking again",
		        why, asks[0].move.owner, asks[0].move.index);
		free(why);
	}
	if (result == SNMP_REFUSED)
		act_plain(cause);
	return snmp_exit(result);
}
