/*
 * SPDX-License-Identifier: Apache-2.0
 * `clusterset cluster drain` and `node drain`: maintenance, and every VM elsewhere.
 *
 * Chooses the site that is liked best for each VM and says so before it asks; whether
 * that is possible is the daemon's judgement, VM by VM: a refusal is shown, the next
 * site is tried, and the rest goes on. The limits of moves queue what is accepted.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/act.h"
#include "cli/ask.h"
#include "cli/command.h"
#include "cli/names.h"
#include "cli/unsure.h"
#include "cli/watch.h"

enum { DRY_RUN_MS = 10000 };

/* A place to which a VM may go. */
struct choice {
	uint32_t cluster;
	uint32_t node; /* 0: clusterset chooses */
	const char *cluster_name; /* in the tables below */
	const char *node_name;
	bool blocked;
	bool home;
	int64_t preference;
	int64_t running; /* VMs there, those of this drain counted in */
};

/* One VM that has to go. */
struct leaver {
	const struct row *vm;
	const struct row *move; /* that takes it away already, or NULL */
	const char *name;
	struct choice *choices; /* best first */
	size_t n;
	size_t tried; /* of the choices */
	struct ask ask; /* the row, once it was accepted */
	bool accepted;
	char *stays; /* why it stays, NULL while it does not */
};

struct drain {
	struct cli *cli;
	struct names_place from; /* node 0: the whole cluster */
	struct names_place to; /* cluster 0: wherever it may */
	struct ask_how how;
	struct rows *clusters, *nodes, *vms, *moves;
	uint32_t *planned; /* VMs sent to each row of clusters */
	struct leaver *leavers;
	size_t n;
	char **unsure; /* one per VM: why nobody can tell whether it runs there */
	size_t nunsure;
};

static const enum mib_id cluster_columns[] = { csClusterName, csClusterAdminState,
	csClusterOperState, csClusterVmsRunning };
static const enum mib_id node_columns[] = { csNodeName, csNodeClusterName,
	csNodeAdminState, csNodeOperState, csNodeVmsRunning };
static const enum mib_id vm_columns[] = { csVmName, csVmOperState, csVmCluster,
	csVmNode, csVmHomeCluster, csVmStatusText };
static const enum mib_id move_columns[] = { csMoveVm, csMoveState, csMoveSourceCluster,
	csMoveSourceNode, csMoveTargetCluster, csMoveTargetNode, csMoveTargetName };
static const enum mib_id site_columns[] = { csVmSiteClusterName, csVmSitePreference,
	csVmSiteBlocked };

#define READ(d, table, ids, code) \
	act_table((d)->cli, table, ids, sizeof(ids) / sizeof((ids)[0]), code)

/* --- where each may go ---------------------------------------------------------- */

/* Can clusterset place something there at all? The daemon says the last word. */
static bool
takes_vms(const struct row *cluster)
{
	const char *oper = row_text(cluster, csClusterOperState);

	return strcmp(row_text(cluster, csClusterAdminState), "active") == 0 &&
	    (strcmp(oper, "normal") == 0 || strcmp(oper, "caution") == 0);
}

static int
by_liking(const void *a, const void *b)
{
	const struct choice *x = a, *y = b;

	if (x->blocked != y->blocked)
		return x->blocked ? 1 : -1;
	if (x->preference != y->preference)
		return x->preference < y->preference ? -1 : 1;
	if (x->home != y->home)
		return x->home ? -1 : 1;
	if (x->running != y->running)
		return x->running < y->running ? -1 : 1;
	return x->cluster < y->cluster ? -1 : x->cluster > y->cluster;
}

static void
choose(struct leaver *l, struct choice c)
{
	l->choices = xreallocarray(l->choices, l->n + 1, sizeof(*l->choices));
	l->choices[l->n++] = c;
}

/* The other nodes of the same cluster: what leaves a node stays near. */
static void
choose_nodes(struct drain *d, struct leaver *l)
{
	size_t i;

	for (i = 0; i < d->nodes->n; i++) {
		const struct row *node = &d->nodes->row[i];

		if (node->index[0] != d->from.cluster ||
		    node->index[1] == d->from.node ||
		    strcmp(row_text(node, csNodeOperState), "online") != 0 ||
		    strcmp(row_text(node, csNodeAdminState), "active") != 0)
			continue;
		choose(l,
		    (struct choice) { .cluster = node->index[0],
		        .node = node->index[1],
		        .cluster_name = row_text(node, csNodeClusterName),
		        .node_name = row_text(node, csNodeName),
		        .preference = -1, /* before every other cluster */
		        .running = row_number(node, csNodeVmsRunning, 0) });
	}
}

static int
choose_clusters(struct drain *d, struct leaver *l)
{
	uint32_t vm = l->vm->index[0];
	enum snmp_result result = SNMP_DONE;
	char *cause = NULL;
	struct rows *sites = snmp_table_part(cli_session(d->cli), csVmSiteTable,
	    site_columns, 3, &vm, 1, &result, &cause);
	const struct row *cluster;
	size_t i;

	if (!sites) {
		l->stays = cause;
		return snmp_exit(result);
	}
	for (i = 0; i < sites->n; i++) {
		const struct row *site = &sites->row[i];

		cluster = rows_find(d->clusters, site->index[1], 0);
		if (!cluster || site->index[1] == d->from.cluster ||
		    (d->to.cluster ? site->index[1] != d->to.cluster
		                   : !takes_vms(cluster)))
			continue;
		choose(l,
		    (struct choice) { .cluster = site->index[1],
		        .node = d->to.node,
		        .cluster_name = row_text(cluster, csClusterName),
		        .node_name = d->to.node_name,
		        .blocked = row_number(site, csVmSiteBlocked, 0) == ACT_TRUE,
		        .home = row_number(l->vm, csVmHomeCluster, 0) == site->index[1],
		        .preference = row_number(site, csVmSitePreference, 0),
		        .running = row_number(cluster, csClusterVmsRunning, 0) +
		            d->planned[cluster - d->clusters->row] });
	}
	rows_free(sites);
	return 0;
}

/* --- one by one ------------------------------------------------------------------- */

static void
say_choice(struct drain *d, const struct leaver *l, const struct choice *c)
{
	act_say(d->cli, "%s: %sto %s%s%s", l->name, d->how.dry_run ? "would go " : "",
	    c->cluster_name, c->node_name ? "/" : "", c->node_name ? c->node_name : "");
}

/* Where it may go; those that have a move already need no choice. */
static int
prepare(struct drain *d, struct leaver *l)
{
	int code;

	if (l->move) {
		snprintf(l->ask.move.owner, sizeof(l->ask.move.owner), "%s",
		    l->move->index_text[0] ? l->move->index_text[0] : "");
		l->ask.move.index = l->move->index[1];
		l->accepted = true;
		act_say(d->cli, "%s: move %s/%" PRIu32 " to %s is under way already",
		    l->name, l->ask.move.owner, l->ask.move.index,
		    row_text(l->move, csMoveTargetName));
		return 0;
	}
	if (d->from.node && !d->to.cluster)
		choose_nodes(d, l);
	if ((code = choose_clusters(d, l)))
		return code;
	if (l->n)
		qsort(l->choices, l->n, sizeof(*l->choices), by_liking);
	else
		cause_set(&l->stays,
		    d->to.cluster
		        ? "it has no site in %s"
		        : "no other cluster of its sites is active and normal%s",
		    d->to.cluster ? d->to.cluster_name : "");
	return 0;
}

/* A dry run is a row that is accepted and says afterwards what would be. */
static int
dry_answer(struct drain *d, struct leaver *l, char **cause)
{
	struct watch w;
	enum snmp_result result;
	int code;

	watch_init(&w, 1);
	w.moves[0].move = l->ask.move;
	result = watch_settle(d->cli, &w, DRY_RUN_MS, cause);
	code = result != SNMP_DONE                             ? snmp_exit(result)
	    : watch_state(&w.moves[0]) == MOVE_STATE_SUCCEEDED ? EXIT_DONE
	    : watch_ended(&w.moves[0])                         ? EXIT_REFUSED
	                                                       : EXIT_IN_DOUBT;
	if (code == EXIT_REFUSED)
		cause_set(cause, "%s", watch_text(&w.moves[0], WATCH_ERROR));
	else if (code == EXIT_IN_DOUBT)
		cause_set(cause, "no answer to the dry run yet");
	watch_free(&w);
	return code;
}

/* Asks for its move to the first place that takes it. */
static int
send_away(struct drain *d, struct leaver *l)
{
	const struct row *cluster;
	char *cause = NULL;
	int code = prepare(d, l);

	while (!code && l->tried < l->n && !l->accepted) {
		const struct choice *c = &l->choices[l->tried++];

		l->ask = (struct ask) {
			.vm = l->vm->index[0], .cluster = c->cluster, .node = c->node
		};
		if (!d->how.dry_run)
			say_choice(d, l, c);
		code = ask_moves(d->cli, &d->how, &l->ask, 1, &cause);
		if (!code && d->how.dry_run)
			code = dry_answer(d, l, &cause);
		if (!code) {
			l->accepted = true;
			if (d->how.dry_run)
				say_choice(d, l, c);
			cluster = rows_find(d->clusters, c->cluster, 0);
			if (cluster)
				d->planned[cluster - d->clusters->row]++;
		} else {
			cause_set(&l->stays, "%s", cause ? cause : "the SET failed");
			/* about this place, perhaps: the next one may take it */
			if (code == EXIT_REFUSED && l->tried < l->n && !d->how.dry_run)
				act_say(d->cli, "%s: refused: %s", l->name, l->stays);
			if (code == EXIT_REFUSED)
				code = 0;
		}
		xfree_clear(&cause);
	}
	if (l->accepted)
		xfree_clear(&l->stays);
	return code;
}

/* Does an open move take it away from what is drained? */
static bool
takes_away(const struct drain *d, const struct row *move)
{
	int64_t state = row_number(move, csMoveState, 0);
	int64_t to = row_number(move, csMoveTargetCluster, 0);
	int64_t node = row_number(move, csMoveTargetNode, 0);

	if ((state >= MOVE_STATE_SUCCEEDED && state != MOVE_STATE_IN_DOUBT) || !to ||
	    row_number(move, csMoveSourceCluster, 0) != d->from.cluster)
		return false;
	if (!d->from.node)
		return to != d->from.cluster;
	return row_number(move, csMoveSourceNode, 0) == d->from.node &&
	    (to != d->from.cluster || (node && node != d->from.node));
}

/* The move that is under way for it, or NULL. */
static const struct row *
leaving(const struct drain *d, const struct row *vm)
{
	size_t i;

	for (i = 0; i < d->moves->n; i++)
		if (row_number(&d->moves->row[i], csMoveVm, 0) == vm->index[0] &&
		    takes_away(d, &d->moves->row[i]))
			return &d->moves->row[i];
	return NULL;
}

/* Is it there, so that it has to leave? */
static bool
has_to_leave(const struct drain *d, const struct row *vm)
{
	return row_number(vm, csVmCluster, 0) == d->from.cluster &&
	    (!d->from.node || row_number(vm, csVmNode, 0) == d->from.node) &&
	    strcmp(row_text(vm, csVmOperState), "stopped") != 0;
}

static int
read_all(struct drain *d)
{
	int code;
	size_t i;

	d->clusters = READ(d, csClusterTable, cluster_columns, &code);
	if (!code)
		d->nodes = READ(d, csNodeTable, node_columns, &code);
	if (!code)
		d->vms = READ(d, csVmTable, vm_columns, &code);
	if (!code)
		d->moves = READ(d, csMoveTable, move_columns, &code);
	if (!code)
		code = unsure_vms(d->cli, d->vms, d->from.cluster, &d->unsure);
	if (code)
		return code;
	d->planned = xcalloc(d->clusters->n + 1, sizeof(*d->planned));
	d->leavers = xcalloc(d->vms->n + 1, sizeof(*d->leavers));
	for (i = 0; i < d->vms->n; i++) {
		const struct row *vm = &d->vms->row[i];
		const struct row *move = leaving(d, vm);

		if (move) /* it says itself how it goes */
			xfree_clear(&d->unsure[i]);
		d->nunsure += d->unsure[i] != NULL;
		if (!move && (d->unsure[i] || !has_to_leave(d, vm)))
			continue;
		d->leavers[d->n].vm = vm;
		d->leavers[d->n].move = move;
		d->leavers[d->n++].name = row_text(vm, csVmName);
	}
	return 0;
}

static int
maintenance(struct drain *d)
{
	enum mib_id id = d->from.node ? csNodeAdminState : csClusterAdminState;
	struct snmp_assign set = { .id = id,
		.index = { d->from.cluster, d->from.node },
		.number = mib_number(id, "maintenance") };
	int code = d->how.dry_run ? 0 : act_set(d->cli, &set, 1);

	if (!code && !d->how.dry_run)
		act_say(d->cli, "%s %s%s%s is in maintenance: nothing new goes there",
		    d->from.node ? "node" : "cluster", d->from.cluster_name,
		    d->from.node ? "/" : "", d->from.node ? d->from.node_name : "");
	return code;
}

/* --- what came of it -------------------------------------------------------------- */

/* Why its move did not take it away, without its name. The caller frees. */
static char *
reason(const struct drain *d, const struct leaver *l, const struct watched *move)
{
	char *text = d->how.dry_run && !l->move ? xstrdup(watch_text(move, WATCH_ERROR))
	                                        : watch_outcome(d->cli, move);
	size_t len = strlen(l->name);

	if (strncmp(text, l->name, len) == 0 && strncmp(text + len, ": ", 2) == 0)
		memmove(text, text + len + 2, strlen(text + len + 2) + 1);
	return text;
}

/* What the moves came to; those that did not come off stay. */
static int
follow(struct drain *d, struct watch *w)
{
	char *cause = NULL;
	enum snmp_result result;
	size_t i, m = 0;
	int code = 0;

	for (i = 0; i < d->n; i++)
		if (d->leavers[i].accepted || (d->how.dry_run && d->leavers[i].tried)) {
			w->moves[m].vm_name = d->leavers[i].name;
			w->moves[m++].move = d->leavers[i].ask.move;
		}
	w->n = m;
	w->quiet = true;
	if (m && option_given(d->cli, "wait") && !d->how.dry_run)
		code = watch_moves(d->cli, w);
	else if (m) {
		result = watch_read(d->cli, w, &cause);
		code = snmp_exit(result);
		if (code)
			act_warn(d->cli, "%s", cause ? cause : "no answer");
		free(cause);
	}
	for (i = 0, m = 0; i < d->n; i++) {
		struct leaver *l = &d->leavers[i];
		const struct watched *move = &w->moves[m];

		if (!l->accepted) {
			m += d->how.dry_run && l->tried;
			continue;
		}
		m++;
		if ((watch_ended(move) || watch_state(move) == MOVE_STATE_IN_DOUBT) &&
		    watch_state(move) != MOVE_STATE_SUCCEEDED)
			l->stays = reason(d, l, move);
	}
	return code;
}

/* What may run there and cannot be told: nobody may take the place for empty. */
static json_t *
say_unsure(struct drain *d)
{
	json_t *array = json_array();
	bool screen = d->cli->out.format == OUT_SCREEN;
	size_t i;

	for (i = 0; i < d->vms->n; i++) {
		const char *name = row_text(&d->vms->row[i], csVmName);

		if (!d->unsure[i])
			continue;
		if (screen)
			act_warn(d->cli, "%s: not known whether it runs there: %s",
			    name, d->unsure[i]);
		json_array_append_new(
		    array, json_pack("{s:s, s:s}", "name", name, "text", d->unsure[i]));
	}
	if (d->nunsure && screen)
		act_warn(d->cli,
		    "what cannot be told is not moved: bring %s back, or, where it is "
		    "surely dead, clusterset site confirm VM %s, then clusterset vm "
		    "move VM --to CLUSTER --force",
		    d->from.cluster_name, d->from.cluster_name);
	return array;
}

static int
report(struct drain *d, int code)
{
	struct watch w;
	json_t *stays = json_array(), *moves, *unsure;
	size_t i, staying = 0, gone = 0;
	int one;

	watch_init(&w, d->n);
	one = follow(d, &w);
	code = code ? code : one;
	for (i = 0; i < d->n; i++) {
		struct leaver *l = &d->leavers[i];

		if (!l->stays) {
			gone += l->accepted;
			continue;
		}
		staying++;
		if (d->cli->out.format == OUT_SCREEN)
			act_warn(d->cli, "%s stays: %s", l->name, l->stays);
		json_array_append_new(
		    stays, json_pack("{s:s, s:s}", "name", l->name, "text", l->stays));
	}
	unsure = say_unsure(d);
	if (d->n == 0 && d->nunsure)
		act_say(d->cli,
		    "no VM is known to run there, and of %zu that is not known",
		    d->nunsure);
	else if (d->n == 0)
		act_say(d->cli, "no VM runs there");
	else if (d->how.dry_run)
		act_say(d->cli, "%zu of %zu VMs would go", gone, d->n);
	else if (option_given(d->cli, "wait"))
		act_say(d->cli, "%zu of %zu VMs have gone", gone, d->n);
	else
		act_say(d->cli,
		    "%zu of %zu VMs are on their way; clusterset move list shows them",
		    gone, d->n);
	moves = watch_json(&w);
	if (d->cli->out.format == OUT_SCREEN) {
		json_decref(stays);
		json_decref(moves);
		json_decref(unsure);
	} else
		out_document(&d->cli->out,
		    json_pack("{s:{s:s, s:s?, s:b, s:o, s:o, s:o}}", "drain",
		        "clusterName", d->from.cluster_name, "nodeName",
		        d->from.node_name, "dryRun", d->how.dry_run, "moves", moves,
		        "stays", stays, "unknown", unsure));
	watch_free(&w);
	if (code == EXIT_DONE || code == EXIT_FAILED)
		code = d->nunsure ? EXIT_IN_DOUBT : staying ? EXIT_FAILED : code;
	return code;
}

/* Asks for every move, as long as somebody answers, and reports. */
static int
empty(struct drain *d)
{
	size_t i;
	int code = 0;

	for (i = 0; !code && i < d->n; i++)
		code = send_away(d, &d->leavers[i]);
	for (; i < d->n; i++)
		d->leavers[i].stays = xstrdup("nothing was asked for it");
	return report(d, code);
}

static void
drain_free(struct drain *d)
{
	size_t i;

	for (i = 0; i < d->n; i++) {
		free(d->leavers[i].choices);
		free(d->leavers[i].stays);
	}
	free(d->leavers);
	free(d->planned);
	if (d->vms)
		unsure_free(d->unsure, d->vms->n);
	rows_free(d->clusters);
	rows_free(d->nodes);
	rows_free(d->vms);
	rows_free(d->moves);
	names_place_free(&d->from);
	names_place_free(&d->to);
}

static int
drain(struct cli *cli, bool node)
{
	struct drain d = { .cli = cli };
	const char *from = argument(cli, 0), *to = option_value(cli, "to");
	int code;

	d.how =
	    (struct ask_how) { .owner = names_owner(cli, option_value(cli, "owner")),
		    .reason = option_value(cli, "reason"),
		    .dry_run = option_given(cli, "dry-run") };
	if (!d.how.reason)
		d.how.reason = node ? "node drain" : "cluster drain";
	if (!d.how.owner)
		return EXIT_USAGE;
	if (d.how.dry_run && option_given(cli, "wait"))
		return cli_fail(cli, EXIT_USAGE,
		    "a dry run moves nothing that could be waited for");
	code =
	    node ? names_node(cli, from, &d.from) : names_place(cli, from, 0, &d.from);
	if (!code && !node && d.from.node)
		code = cli_fail(cli, EXIT_USAGE,
		    "%s is a node: clusterset node drain %s", from, from);
	if (!code && to)
		code = names_place(cli, to, 0, &d.to);
	if (!code && to && !node && d.to.cluster == d.from.cluster)
		code =
		    cli_fail(cli, EXIT_USAGE, "--to %s is what is to be drained", to);
	if (!code)
		code = read_all(&d);
	if (!code)
		code = maintenance(&d);
	if (!code)
		code = empty(&d);
	drain_free(&d);
	return code;
}

static int
run_cluster_drain(struct cli *cli)
{
	return drain(cli, false);
}

static int
run_node_drain(struct cli *cli)
{
	return drain(cli, true);
}

static const struct command_argument cluster_arguments[] = {
	{ .name = "CLUSTER", .complete = COMPLETE_CLUSTER, .text = "Its name." },
	{ .name = NULL },
};
static const struct command_argument node_arguments[] = {
	{ .name = "NODE",
	    .complete = COMPLETE_NODE,
	    .text = "CLUSTER/NODE, or NODE where only one cluster has it." },
	{ .name = NULL },
};
static const struct command_option options[] = {
	WATCH_OPTION_WAIT,
	{ .name = "to",
	    .value = "CLUSTER[/NODE]",
	    .complete = COMPLETE_PLACE,
	    .text = "All of them there, instead of the best place for each." },
	WATCH_OPTION_TIMEOUT,
	{ .name = "dry-run",
	    .text = "Change nothing, say where each would go and what would stay." },
	{ .name = "reason",
	    .value = "TEXT",
	    .text = "Stands in the rows of the moves." },
	{ .name = "owner",
	    .value = "NAME",
	    .text = "In whose name it is asked for, instead of your login name." },
	{ .name = NULL },
};

const struct command cmd_drain[] = {
	{ .words = "cluster drain",
	    .summary = "move all VMs of a cluster elsewhere, for maintenance",
	    .text =
	        "Puts the cluster in maintenance and asks for a move of every VM "
	        "there to "
	        "the best of its other sites: the lowest preference first, then "
	        "its home, "
	        "then where the fewest VMs run; clusters that are not active and "
	        "normal "
	        "are left out, sites that are blocked come last. What is refused "
	        "(a hold, "
	        "an availability set) is shown with the reason, and the rest goes "
	        "on. VMs "
	        "that are stopped stay stopped.\n\n"
	        "The exit code is 1 when something stays, 5 when a VM may run there "
	        "and that cannot be told (the cluster does not answer), or when the "
	        "waiting ends before the moves do. clusterset cluster activate ends "
	        "the maintenance; nothing comes back by itself.",
	    .examples = "clusterset cluster drain east --dry-run # what would happen\n"
	                "clusterset cluster drain east --wait",
	    .arguments = cluster_arguments,
	    .options = options,
	    .run = run_cluster_drain },
	{ .words = "node drain",
	    .summary = "move all VMs of a node elsewhere, for maintenance",
	    .text =
	        "As cluster drain; the other nodes of its cluster that are online and "
	        "active come first, the one with the fewest VMs before the others.",
	    .examples = "clusterset node drain east/east1 --wait",
	    .arguments = node_arguments,
	    .options = options,
	    .run = run_node_drain },
	{ .words = NULL },
};
