/*
 * SPDX-License-Identifier: Apache-2.0
 * `clusterset vm up` and `down`: what a VM should be, and the move that makes it so.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cli/act.h"
#include "cli/command.h"
#include "cli/names.h"
#include "cli/plain.h"
#include "cli/watch.h"

enum { ROW_MS = 3000 }; /* so soon after the SET its row should show */

struct intent {
	struct cli *cli;
	const char *word; /* "up" or "down" */
	const char *wanted; /* csVmOperState when it is so */
	size_t n;
	uint32_t *vm;
	uint32_t before; /* csMoveIndexNext before the SET */
	struct snmp_instance *at; /* csVmOperState, csVmHold, csVmStatusText of each */
	struct names_move *move; /* of each; index 0: none */
};

enum { NOW_STATE, NOW_HOLD, NOW_TEXT, NOW_COLUMNS };

static int
look(struct intent *t)
{
	static const enum mib_id ids[] = { csVmOperState, csVmHold, csVmStatusText };
	size_t i, j;

	snmp_free_cells(t->at, t->n * NOW_COLUMNS);
	for (i = 0; i < t->n; i++)
		for (j = 0; j < NOW_COLUMNS; j++)
			t->at[i * NOW_COLUMNS + j] =
			    (struct snmp_instance) { .id = ids[j],
				    .index = { t->vm[i] } };
	return act_get(t->cli, t->at, t->n * NOW_COLUMNS);
}

static bool
is_so(const struct intent *t, size_t i)
{
	return strcmp(act_text(&t->at[i * NOW_COLUMNS + NOW_STATE]), t->wanted) == 0;
}

static bool
on_hold(const struct intent *t, size_t i)
{
	return t->at[i * NOW_COLUMNS + NOW_HOLD].cell.number == ACT_TRUE;
}

/* The row of each VM that the SET made, or an open one that leads there already. */
static int
find_rows(struct intent *t)
{
	static const enum mib_id ids[] = { csMoveVm, csMoveState };
	int code;
	size_t i, r;
	struct rows *rows = act_table(t->cli, csMoveTable, ids, 2, &code);

	for (r = 0; rows && r < rows->n; r++) {
		const struct row *row = &rows->row[r];
		const char *owner = row->index_text[0] ? row->index_text[0] : "";
		int64_t state = row_number(row, csMoveState, 0);
		bool ours = strcmp(owner, "set") == 0 && row->index[1] >= t->before;
		bool open =
		    state < MOVE_STATE_SUCCEEDED || state == MOVE_STATE_IN_DOUBT;

		for (i = 0; (ours || open) && i < t->n; i++)
			if (row_number(row, csMoveVm, 0) == t->vm[i] &&
			    row->index[1] >= t->move[i].index) {
				snprintf(t->move[i].owner, sizeof(t->move[i].owner),
				    "%s", owner);
				t->move[i].index = row->index[1];
			}
	}
	rows_free(rows);
	return code;
}

/* Until every VM is as wished, has a row, or is on hold. */
static int
find_all(struct intent *t)
{
	const struct timespec nap = { .tv_nsec = 100 * 1000000 };
	int64_t end = clock_ms() + ROW_MS;
	bool all;
	size_t i;
	int code;

	for (;;) {
		if ((code = find_rows(t)) || (code = look(t)))
			return code;
		all = true;
		for (i = 0; i < t->n; i++)
			all = all && (t->move[i].index || is_so(t, i) || on_hold(t, i));
		if (all || clock_ms() > end)
			return 0;
		nanosleep(&nap, NULL);
	}
}

/* What is to be said of a VM that has no move to follow; its exit code. */
static int
without_move(struct intent *t, size_t i)
{
	struct cli *cli = t->cli;
	const char *name = cli->arguments[i];
	char *text;

	if (is_so(t, i)) {
		act_say(cli, "%s is %s already", name, t->wanted);
		return EXIT_DONE;
	}
	if (on_hold(t, i)) {
		act_say(cli,
		    "%s is to be %s, but it is on hold: that is done when the hold "
		    "ends "
		    "(clusterset vm release %s)",
		    name, t->word, name);
		return option_given(cli, "wait") ? EXIT_FAILED : EXIT_DONE;
	}
	text = plain_text(act_text(&t->at[i * NOW_COLUMNS + NOW_TEXT]),
	    &(struct plain) { .vm = name });
	act_say(cli, "%s is to be %s%s%s", name, t->word, *text ? ": " : "", text);
	free(text);
	return option_given(cli, "wait") ? EXIT_FAILED : EXIT_DONE;
}

/* The moves that carry the wish out: waits for them, or says how they stand. */
static int
follow(struct intent *t, struct watch *w)
{
	struct cli *cli = t->cli;
	char *cause = NULL;
	enum snmp_result result;
	size_t i;
	int code = 0;

	if (option_given(cli, "wait"))
		return watch_moves(cli, w);
	result = watch_read(cli, w, &cause);
	if (result != SNMP_DONE)
		return cli_fail_snmp(cli, result, &cause);
	for (i = 0; i < w->n; i++) {
		const struct watched *m = &w->moves[i];

		if (watch_ended(m) || watch_state(m) == MOVE_STATE_IN_DOUBT) {
			char *text = watch_outcome(cli, m);
			int one = watch_code(w, m);

			if (one && cli->out.format == OUT_SCREEN)
				act_warn(cli, "%s", text);
			else
				act_say(cli, "%s", text);
			code = one ? one : code;
			free(text);
		} else
			act_say(cli,
			    "%s is to be %s: move %s does it; clusterset move wait %s "
			    "follows it",
			    watch_text(m, WATCH_VM_NAME), t->word, watch_name(m),
			    watch_name(m));
	}
	return code;
}

static int
report(struct intent *t)
{
	struct watch w;
	json_t *vms = json_array();
	size_t i, n = 0;
	int code = 0, one;

	watch_init(&w, t->n);
	w.timeout = option_number(t->cli, "timeout", 1, 1000000, 0);
	for (i = 0; i < t->n; i++) {
		if (t->move[i].index)
			w.moves[n++].move = t->move[i];
		else if ((one = without_move(t, i)))
			code = one;
	}
	w.n = n;
	if (n && (one = follow(t, &w)))
		code = one;
	look(t);
	for (i = 0; i < t->n; i++)
		json_array_append_new(vms,
		    json_pack("{s:s, s:I, s:s, s:s}", "name", t->cli->arguments[i],
		        "index", (json_int_t)t->vm[i], "adminState", t->word,
		        "operState", act_text(&t->at[i * NOW_COLUMNS + NOW_STATE])));
	if (t->cli->out.format != OUT_SCREEN)
		out_document(&t->cli->out,
		    json_pack("{s:O, s:o}", "vms", vms, "moves", watch_json(&w)));
	json_decref(vms);
	watch_free(&w);
	return code;
}

/* A VM that was never seen has no wish either: what is missing, in words. */
static int
not_seen(struct cli *cli, const char *name, uint32_t vm)
{
	static const enum mib_id ids[] = { csVmSiteClusterName, csVmSiteGroup,
		csVmSiteOperState };
	char *list = NULL, *one;
	bool absent = false;
	size_t i;
	int code;
	struct rows *rows = act_table(cli, csVmSiteTable, ids, 3, &code);

	for (i = 0; rows != NULL && i < rows->n; i++) {
		const struct row *row = &rows->row[i];
		const bool none =
		    strcmp(row_text(row, csVmSiteOperState), "absent") == 0;

		if (row->index[0] != vm)
			continue;
		absent = absent || none;
		one = xasprintf("%s%scluster %s %s \"%s\"", list == NULL ? "" : list,
		    list == NULL ? "" : ", ", row_text(row, csVmSiteClusterName),
		    none ? "has none called" : "has not told of group",
		    row_text(row, csVmSiteGroup));
		free(list);
		list = one;
	}
	if (rows != NULL)
		code = cli_fail(cli, EXIT_REFUSED, "%s has no group%s: %s%s%s%s", name,
		    absent ? "" : " that was ever seen",
		    list == NULL ? "no site" : list,
		    absent ? "; make the group in ECX, or clusterset vm set " : "",
		    absent ? name : "",
		    absent
		        ? " --site CLUSTER=GROUP (clusterset vm discover lists groups "
		          "that no VM has)"
		        : "");
	rows_free(rows);
	free(list);
	return code;
}

static int
check_seen(struct intent *t)
{
	struct snmp_instance *now = xcalloc(t->n, sizeof(*now));
	size_t i;
	int code;

	for (i = 0; i < t->n; i++)
		now[i] = (struct snmp_instance) { .id = csVmAdminState,
			.index = { t->vm[i] } };
	code = act_get(t->cli, now, t->n);
	for (i = 0; i < t->n && code == EXIT_DONE; i++)
		if (!now[i].cell.there)
			code = not_seen(t->cli, t->cli->arguments[i], t->vm[i]);
	snmp_free_cells(now, t->n);
	free(now);
	return code;
}

static int
run_intent(struct cli *cli, const char *word, const char *wanted)
{
	struct intent t = {
		.cli = cli, .word = word, .wanted = wanted, .n = cli->narguments
	};
	struct snmp_assign *set = xcalloc(t.n, sizeof(*set));
	struct snmp_instance next = { .id = csMoveIndexNext };
	size_t i;
	int code;

	t.vm = xcalloc(t.n, sizeof(*t.vm));
	t.at = xcalloc(t.n * NOW_COLUMNS, sizeof(*t.at));
	t.move = xcalloc(t.n, sizeof(*t.move));
	code = names_vms(cli, cli->arguments, t.n, t.vm);
	if (!code)
		code = act_get(cli, &next, 1);
	t.before = (uint32_t)next.cell.number;
	for (i = 0; i < t.n; i++)
		set[i] = act_number(
		    csVmAdminState, t.vm[i], mib_number(csVmAdminState, word));
	if (option_given(cli, "wait"))
		watch_catch();
	if (!code)
		code = check_seen(&t);
	if (!code)
		code = act_set(cli, set, t.n);
	if (!code)
		code = find_all(&t);
	if (!code)
		code = report(&t);
	snmp_free_cells(t.at, t.n * NOW_COLUMNS);
	free(t.move);
	free(t.at);
	free(t.vm);
	free(set);
	return code;
}

static int
run_up(struct cli *cli)
{
	return run_intent(cli, "up", "running");
}

static int
run_down(struct cli *cli)
{
	return run_intent(cli, "down", "stopped");
}

static const struct command_argument arguments[] = {
	{ .name = "VM",
	    .complete = COMPLETE_VM,
	    .many = true,
	    .text = "Names of VMs." },
	{ .name = NULL },
};

static const struct command_option options[] = {
	WATCH_OPTION_WAIT,
	WATCH_OPTION_TIMEOUT,
	{ .name = NULL },
};

const struct command cmd_vm_intent[] = {
	{ .words = "vm up",
	    .summary = "want VMs to run, and start them",
	    .text =
	        "Each is started where its disks belong, else where it last ran, else "
	        "at "
	        "home, as soon as every other site is proved to be stopped. The wish "
	        "stays when it cannot be carried out now; the command then says why.",
	    .examples = "clusterset vm up web1 --wait",
	    .arguments = arguments,
	    .options = options,
	    .run = run_up },
	{ .words = "vm down",
	    .summary = "stop VMs, and want them to stay so",
	    .text =
	        "Each is stopped where it runs, and nothing starts it automatically "
	        "until clusterset vm up.",
	    .examples = "clusterset vm down web1 db1 --wait",
	    .arguments = arguments,
	    .options = options,
	    .run = run_down },
	{ .words = NULL },
};
