/*
 * SPDX-License-Identifier: Apache-2.0
 * Reading moves, and waiting for their end.
 */
#include "cli/watch.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cli/plain.h"
#include "cli/watch_show.h"

enum {
	ROW_GONE_MS = 10000, /* so long a row must be away before it is called gone */
	ORDER_MS = 3000, /* so long an order may take to show */
	POLL_MS = 300,
	POLL_SLOW_MS = 1000,
	POLL_SLOW_AFTER_MS = 30000,
};

static const enum mib_id columns[WATCH_COLUMNS] = {
	[WATCH_STATE] = csMoveState,
	[WATCH_STEP] = csMoveStep,
	[WATCH_PROGRESS] = csMoveProgress,
	[WATCH_ERROR] = csMoveError,
	[WATCH_VM] = csMoveVm,
	[WATCH_VM_NAME] = csMoveVmName,
	[WATCH_SOURCE] = csMoveSourceName,
	[WATCH_SOURCE_NODE] = csMoveSourceNodeName,
	[WATCH_TARGET] = csMoveTargetName,
	[WATCH_TARGET_NODE] = csMoveTargetNodeName,
	[WATCH_MODE] = csMoveMode,
	[WATCH_REASON] = csMoveReason,
	[WATCH_DOWNTIME] = csMoveDowntimeMs,
	[WATCH_STARTED] = csMoveStartedAt,
	[WATCH_FINISHED] = csMoveFinishedAt,
};

static volatile sig_atomic_t interrupted;

static bool catching;

static void
interrupt(int signo)
{
	(void)signo;
	interrupted = 1;
}

void
watch_catch(void)
{
	struct sigaction act = { .sa_handler = interrupt,
		.sa_flags = (int)SA_RESETHAND };

	if (catching)
		return;
	sigemptyset(&act.sa_mask);
	sigaction(SIGINT, &act, NULL); /* no SA_RESTART: naps end at once */
	catching = true;
}

void
watch_init(struct watch *w, size_t n)
{
	*w = (struct watch) { .moves = xcalloc(n + 1, sizeof(*w->moves)), .n = n };
}

void
watch_free(struct watch *w)
{
	size_t i;

	for (i = 0; i < w->n; i++) {
		snmp_free_cells(w->moves[i].cells, WATCH_COLUMNS);
		free(w->moves[i].error);
	}
	free(w->moves);
	w->moves = NULL;
	w->n = 0;
}

int
watch_state(const struct watched *m)
{
	return m->there ? (int)m->cells[WATCH_STATE].cell.number : 0;
}

bool
watch_ended(const struct watched *m)
{
	int state = watch_state(m);

	return state >= MOVE_STATE_SUCCEEDED && state <= MOVE_STATE_FAILED;
}

const char *
watch_text(const struct watched *m, enum watch_column column)
{
	const struct cell *cell = &m->cells[column].cell;
	const char *word;

	if (!cell->there)
		return column == WATCH_VM_NAME && m->vm_name ? m->vm_name : "";
	if (column == WATCH_ERROR && m->error)
		return m->error;
	if (cell->text)
		return cell->text;
	word = mib_word(columns[column], cell->number);
	return word ? word : "";
}

const char *
watch_name(const struct watched *m)
{
	static char ring[8][NAMES_OWNER_MAX + 12];
	static unsigned at;
	char *name = ring[at++ % 8];

	snprintf(name, sizeof(ring[0]), "%s/%" PRIu32, m->move.owner, m->move.index);
	return name;
}

/* csMoveError speaks to every manager: what it says to this one's user. */
static void
take_error(struct watched *m)
{
	const struct plain about = { .vm = watch_text(m, WATCH_VM_NAME),
		.move = watch_name(m),
		.cluster = watch_text(m, WATCH_SOURCE) };
	const struct cell *cell = &m->cells[WATCH_ERROR].cell;

	xfree_clear(&m->error);
	if (cell->there && cell->text)
		m->error = plain_text(cell->text, &about);
}

/* --- reading ---------------------------------------------------------------------- */

enum snmp_result
watch_read(struct cli *cli, struct watch *w, char **cause)
{
	struct snmp_instance *all = xcalloc(w->n * WATCH_COLUMNS + 1, sizeof(*all));
	enum snmp_result result;
	struct watched *m;
	size_t i, j;

	for (i = 0; i < w->n; i++)
		for (j = 0; j < WATCH_COLUMNS; j++)
			all[i * WATCH_COLUMNS + j] =
			    (struct snmp_instance) { .id = columns[j],
				    .index = { 0, w->moves[i].move.index },
				    .index_text = { w->moves[i].move.owner } };
	result = snmp_get(cli->snmp, all, w->n * WATCH_COLUMNS, cause);
	for (i = 0; result == SNMP_DONE && i < w->n; i++) {
		m = &w->moves[i];
		if (all[i * WATCH_COLUMNS].cell.there) {
			snmp_free_cells(m->cells, WATCH_COLUMNS);
			/* what was read belongs to the move from here on */
			memcpy(m->cells, &all[i * WATCH_COLUMNS], sizeof(m->cells));
			memset(&all[i * WATCH_COLUMNS], 0, sizeof(m->cells));
			m->there = true;
			m->since = 0;
			take_error(m);
		} else if (!m->since)
			m->since = clock_ms();
	}
	snmp_free_cells(all, w->n * WATCH_COLUMNS);
	free(all);
	return result;
}

enum snmp_result
watch_settle(struct cli *cli, struct watch *w, int64_t ms, char **cause)
{
	const struct timespec pause = { .tv_nsec = 100 * 1000000 };
	int64_t end = clock_ms() + ms;
	enum snmp_result result;
	bool over;
	size_t i;

	for (;;) {
		result = watch_read(cli, w, cause);
		for (i = 0, over = true; i < w->n; i++)
			over = over && watch_ended(&w->moves[i]);
		if (result != SNMP_DONE || over || clock_ms() >= end)
			return result;
		nanosleep(&pause, NULL);
	}
}

/* Is there nothing more to wait for? */
static bool
is_over(const struct watch *w, const struct watched *m, int64_t begun)
{
	int64_t now = clock_ms();

	if (m->since)
		return now - m->since >= ROW_GONE_MS;
	if (watch_state(m) != MOVE_STATE_IN_DOUBT)
		return watch_ended(m);
	/* an order out of doubt waits for its turn as a new move does */
	return !w->ordered ||
	    (now - begun >= ORDER_MS &&
	        !strstr(watch_text(m, WATCH_ERROR), "waits for its turn"));
}

/* --- what came of it -------------------------------------------------------------- */

int
watch_code(const struct watch *w, const struct watched *m)
{
	unsigned good = w->good ? w->good : 1u << MOVE_STATE_SUCCEEDED;
	int state = watch_state(m);

	if (m->since || !watch_ended(m)) /* in doubt, under way, or nobody can tell */
		return EXIT_IN_DOUBT;
	return good & 1u << state ? EXIT_DONE : EXIT_FAILED;
}

/* "east on east2", as the agent knows it now; NULL when it does not run. */
static char *
place_now(struct cli *cli, const struct watched *m)
{
	uint32_t vm = (uint32_t)m->cells[WATCH_VM].cell.number;
	struct snmp_instance at[] = { { .id = csVmClusterName, .index = { vm } },
		{ .id = csVmNodeName, .index = { vm } },
		{ .id = csVmCluster, .index = { vm } } };
	char *text = NULL, *cause = NULL;

	if (snmp_get(cli->snmp, at, 3, &cause) == SNMP_DONE && at[0].cell.there &&
	    at[0].cell.text[0])
		text = at[1].cell.there && at[1].cell.text[0]
		    ? xasprintf("%s on %s", at[0].cell.text, at[1].cell.text)
		    : xstrdup(at[0].cell.text);
	snmp_free_cells(at, 3);
	free(cause);
	return text;
}

static char *
outcome_good(struct cli *cli, const struct watched *m)
{
	const struct cell *down = &m->cells[WATCH_DOWNTIME].cell;
	const char *vm = watch_text(m, WATCH_VM_NAME);
	const char *note = watch_text(m, WATCH_ERROR);
	char *place = place_now(cli, m), *text;
	bool to_nowhere = watch_text(m, WATCH_TARGET)[0] == '\0';

	if (to_nowhere)
		text = xasprintf("%s is stopped", vm);
	else if (down->there && down->number)
		text = xasprintf("%s runs in %s now; it was down for %.1f s", vm,
		    place ? place : watch_text(m, WATCH_TARGET),
		    (double)down->number / 1000);
	else
		text = xasprintf("%s runs in %s now", vm,
		    place ? place : watch_text(m, WATCH_TARGET));
	free(place);
	if (*note) {
		place = text;
		text = xasprintf("%s (%s)", place, note);
		free(place);
	}
	return text;
}

char *
watch_outcome(struct cli *cli, const struct watched *m)
{
	const char *vm = watch_text(m, WATCH_VM_NAME);
	const char *error = watch_text(m, WATCH_ERROR);
	const char *colon = *error ? ": " : "";

	if (!m->there && !m->since)
		return xasprintf(
		    "%s: nothing could be read of move %s yet; it goes on by "
		    "itself; clusterset move wait %s follows it",
		    vm, watch_name(m), watch_name(m));
	if (m->since)
		return xasprintf(
		    "%s: its row is gone, so how the move ended is not known: see "
		    "clusterset event list",
		    watch_name(m));
	if (watch_state(m) == MOVE_STATE_SUCCEEDED)
		return outcome_good(cli, m);
	if (watch_state(m) == MOVE_STATE_IN_DOUBT)
		return xasprintf(
		    "%s: move %s stands in doubt in step %s%s%s. Look at clusterset "
		    "vm show %s, repair what is missing, then clusterset move "
		    "retry %s or rollback",
		    vm, watch_name(m), watch_text(m, WATCH_STEP), colon, error, vm,
		    watch_name(m));
	if (watch_ended(m))
		return xasprintf("%s: move %s %s%s%s", vm, watch_name(m),
		    watch_state(m) == MOVE_STATE_FAILED          ? "failed"
		        : watch_state(m) == MOVE_STATE_CANCELLED ? "was cancelled"
		                                                 : "was rolled back",
		    colon, error);
	return xasprintf("%s: move %s was %s, step %s, when last read, and goes on by "
	                 "itself; clusterset move wait %s follows it, clusterset move "
	                 "cancel %s ends it",
	    vm, watch_name(m), watch_text(m, WATCH_STATE), watch_text(m, WATCH_STEP),
	    watch_name(m), watch_name(m));
}

json_t *
watch_json(const struct watch *w)
{
	json_t *array = json_array();
	size_t i, j;

	for (i = 0; i < w->n; i++) {
		const struct watched *m = &w->moves[i];
		json_t *move = json_pack("{s:s, s:s, s:I}", "name", watch_name(m),
		    "owner", m->move.owner, "index", (json_int_t)m->move.index);

		for (j = 0; j < WATCH_COLUMNS; j++)
			json_object_set_new(move, mib_objects[columns[j]].key,
			    rows_cell_json(columns[j], &m->cells[j].cell));
		if (!m->there && m->vm_name)
			json_object_set_new(move, mib_objects[csMoveVmName].key,
			    json_string(m->vm_name));
		json_array_append_new(array, move);
	}
	return array;
}

void
watch_document(struct cli *cli, const struct watch *w)
{
	if (cli->out.format != OUT_SCREEN)
		out_document(&cli->out, json_pack("{s:o}", "moves", watch_json(w)));
}

/* --- waiting ---------------------------------------------------------------------- */

static void
nap(int64_t ms)
{
	struct timespec ts = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	if (!interrupted)
		nanosleep(&ts, NULL); /* a signal ends it early, as it should */
}

/* A new session: an agent that was replaced may not know the old one (SNMPv3). */
static void
open_again(struct cli *cli)
{
	char *cause = NULL;
	struct snmp *fresh = snmp_open_session(
	    cli->snmp_argc, cli->snmp_argv, cli->peer, cli->root, &cause);

	if (fresh) {
		snmp_close_session(cli->snmp);
		cli->snmp = fresh;
	}
	free(cause);
}

static int
say_outcomes(struct cli *cli, const struct watch *w)
{
	int code = EXIT_DONE;
	size_t i;

	for (i = 0; i < w->n; i++) {
		const struct watched *m = &w->moves[i];
		int one = watch_code(w, m);
		char *text = watch_outcome(cli, m);

		if (one == EXIT_IN_DOUBT || (one && !code))
			code = one;
		if (one && cli->out.format == OUT_SCREEN && (!w->quiet || !m->over))
			fprintf(stderr, "clusterset: %s\n", text);
		else if (cli->out.format == OUT_SCREEN && !w->quiet)
			out_say(&cli->out, TONE_PLAIN, "%s\n", text);
		free(text);
	}
	return code;
}

int
watch_moves(struct cli *cli, struct watch *w)
{
	struct watch_show show = { .cli = cli, .begun = clock_ms() };
	bool answered = true, over = false;
	char *cause = NULL;
	size_t i;

	cli_session(cli);
	watch_catch();
	for (;;) {
		int64_t waited = clock_ms() - show.begun;
		enum snmp_result result = watch_read(cli, w, &cause);

		answered = result == SNMP_DONE;
		over = answered;
		for (i = 0; answered && i < w->n; i++) {
			w->moves[i].over = is_over(w, &w->moves[i], show.begun);
			over = over && w->moves[i].over;
		}
		if (answered)
			watch_show_moves(&show, w);
		else
			watch_show_silence(&show, cause);
		xfree_clear(&cause);
		if (over || interrupted || (w->timeout && waited >= w->timeout * 1000))
			break;
		nap(waited < POLL_SLOW_AFTER_MS ? POLL_MS : POLL_SLOW_MS);
		if (!answered)
			open_again(cli);
	}
	watch_show_end(&show);
	if (!over && interrupted)
		fprintf(stderr,
		    "clusterset: interrupted; nothing was cancelled, and the outcome "
		    "is "
		    "not known to this call\n");
	else if (!over)
		fprintf(stderr,
		    "clusterset: not over after %ld s%s: the outcome is not known to "
		    "this call\n",
		    w->timeout, answered ? "" : ", and the agent does not answer");
	i = (size_t)say_outcomes(cli, w);
	return !over && !answered && !interrupted ? EXIT_UNREACHABLE : (int)i;
}
