/*
 * SPDX-License-Identifier: Apache-2.0
 * Asking where a VM should go. See place.h.
 */
#include "cli/place.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cli/act.h"
#include "cli/list.h"

enum {
	ROW_CREATE_AND_GO = 4,
	ROW_DESTROY = 6,
	PLACE_MS = 15000,
	TRIES = 5,
	VARS_MAX = 5,
};

struct question {
	struct cli *cli;
	struct place *place;
	uint32_t index;
};

static struct snmp_assign
cell(const struct question *q, enum mib_id id, int64_t number)
{
	return (struct snmp_assign) { .id = id,
		.index = { 0, q->index },
		.index_text = { q->place->owner },
		.number = number };
}

/* A row of csPlacementTable with an index that nobody has. */
static int
ask(struct question *q)
{
	const struct place *p = q->place;
	struct snmp_assign set[VARS_MAX];
	char *cause = NULL;
	size_t n;
	int code = EXIT_FAILED, try;

	/* there is no csPlacementIndexNext: a number that others do not choose */
	q->index = ((uint32_t)clock_ms() << 8 ^ (uint32_t)getpid()) & INT32_MAX;
	for (try = 0; try < TRIES; try++, q->index++) {
		if (q->index == 0)
			q->index = 1;
		n = 0;
		if (p->cpus > 0)
			set[n++] = cell(q, csPlacementCpus, p->cpus);
		if (p->memory > 0)
			set[n++] = cell(q, csPlacementMemory, p->memory);
		if (p->set)
			set[n++] = cell(q, csPlacementAvailabilitySet, p->set);
		if (p->vm)
			set[n++] = cell(q, csPlacementVm, p->vm);
		set[n++] = cell(q, csPlacementRowStatus, ROW_CREATE_AND_GO);
		code = act_try(q->cli, set, n, &cause);
		if (code != EXIT_REFUSED || !cause || !strstr(cause, "already"))
			break;
	}
	if (code)
		cli_fail(q->cli, code, "%s", cause ? cause : "the SET failed");
	free(cause);
	return code;
}

/* Until the answer is there: its state and words. */
static int
await(struct question *q)
{
	const struct timespec nap = { .tv_nsec = 200 * 1000000 };
	const int computing = mib_number(csPlacementState, "computing");
	struct snmp_instance answer[2];
	int64_t end = clock_ms() + PLACE_MS;
	int code;

	for (;;) {
		answer[0] = (struct snmp_instance) { .id = csPlacementState };
		answer[1] = (struct snmp_instance) { .id = csPlacementText };
		answer[0].index[1] = answer[1].index[1] = q->index;
		answer[0].index_text[0] = answer[1].index_text[0] = q->place->owner;
		if ((code = act_get(q->cli, answer, 2)))
			return code;
		if (answer[0].cell.there && answer[0].cell.number != computing) {
			q->place->state = xstrdup(act_text(&answer[0]));
			q->place->text = xstrdup(act_text(&answer[1]));
			snmp_free_cells(answer, 2);
			return 0;
		}
		snmp_free_cells(answer, 2);
		if (clock_ms() > end)
			return cli_fail(q->cli, EXIT_FAILED,
			    "no answer to the question %s/%" PRIu32
			    " yet: clustersetd has not looked at the set within %d s",
			    q->place->owner, q->index, PLACE_MS / 1000);
		nanosleep(&nap, NULL);
	}
}

/* Other people's questions have results, too. */
static int
results(struct question *q)
{
	struct place *p = q->place;
	struct rows *rows;
	size_t i, n = 0;
	int code;

	rows = act_table(q->cli, csPlacementResultTable, NULL, 0, &code);
	if (!rows)
		return code;
	for (i = 0; i < rows->n; i++) {
		struct row *row = &rows->row[i];

		if (row->index_text[0] && strcmp(row->index_text[0], p->owner) == 0 &&
		    row->index[1] == q->index)
			rows->row[n++] = *row;
		else
			row_clear(row);
	}
	rows->n = n;
	p->results = rows;
	return 0;
}

int
place_ask(struct cli *cli, struct place *p)
{
	struct question q = { .cli = cli, .place = p };
	struct snmp_assign destroy;
	char *cause = NULL;
	int code;

	if ((code = ask(&q)))
		return code;
	if (!(code = await(&q)))
		code = results(&q);
	destroy = cell(&q, csPlacementRowStatus, ROW_DESTROY);
	if (snmp_set(cli_session(cli), &destroy, 1, &cause) != SNMP_DONE)
		act_warn(cli, "the question stays in csPlacementTable: %s",
		    cause ? cause : "no answer");
	free(cause);
	return code;
}

void
place_clear(struct place *p)
{
	rows_free(p->results);
	p->results = NULL;
	xfree_clear(&p->state);
	xfree_clear(&p->text);
}

bool
place_found(const struct place *p)
{
	return strcmp(p->state, "found") == 0;
}

json_t *
place_json(const struct place *p)
{
	return json_pack("{s:s, s:s, s:o}", "state", p->state, "text", p->text,
	    "places", rows_json(p->results));
}

/* An agent that does not tell has possible ones only. */
static bool
possible(const struct row *row)
{
	return row_number(row, csPlacementResultPossible, ACT_TRUE) == ACT_TRUE;
}

static size_t
print_some(
    struct cli *cli, const struct place *p, bool good, size_t most, const char *here)
{
	static const struct out_column ranked[] = { { .title = "RANK", .right = true },
		{ .title = "PLACE" }, { .title = "SCORE", .right = true },
		{ .title = "WHY", .gives = true } },
	                               others[] = { { .title = "NOT POSSIBLE" },
		                               { .title = "WHAT IS IN THE WAY",
		                                   .gives = true } };
	struct out_table *t =
	    good ? out_table_new(ranked, 4) : out_table_new(others, 2);
	char text[16], *marked;
	const char *at;
	size_t i, n = 0;

	for (i = 0; i < p->results->n; i++) {
		const struct row *row = &p->results->row[i];

		if (possible(row) != good || (++n > most && most > 0))
			continue;
		at = list_place(row_text(row, csPlacementResultClusterName),
		    row_text(row, csPlacementResultNodeName));
		marked = xasprintf(
		    "%s%s", at, here != NULL && strcmp(at, here) == 0 ? " (here)" : "");
		if (good) {
			snprintf(text, sizeof(text), "%" PRIu32, row->index[2]);
			out_table_cell(t, text);
		}
		out_table_cell(t, marked);
		if (good)
			out_table_cell(t, list_value(row, csPlacementResultScore));
		out_table_cell(t, row_text(row, csPlacementResultText));
		free(marked);
	}
	out_table_print(&cli->out, t);
	out_table_free(t);
	return most > 0 && n > most ? n - most : 0;
}

void
place_print(struct cli *cli, const struct place *p, size_t most, const char *here)
{
	size_t more = print_some(cli, p, true, most, here);

	more += print_some(cli, p, false, most, here);
	if (more > 0)
		out_say(
		    &cli->out, TONE_FAINT, "and %zu more: --all shows them\n", more);
}
