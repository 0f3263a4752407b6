/*
 * SPDX-License-Identifier: Apache-2.0
 * `clusterset graph`: placement and ownership as a picture, in Graphviz's language.
 */
#include "cli/cmd_graph.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/command.h"
#include "cli/dot.h"
#include "cli/names.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static const enum mib_id domain_columns[] = { csFaultDomainName };
static const enum mib_id cluster_columns[] = { csClusterName, csClusterAdminState,
	csClusterOperState, csClusterFaultDomain, csClusterNodesOnline,
	csClusterNodes };
static const enum mib_id node_columns[] = { csNodeName, csNodeAdminState,
	csNodeOperState, csNodeCpuLoad };
static const enum mib_id vm_columns[] = { csVmName, csVmHold, csVmOperState,
	csVmCluster, csVmNode, csVmHomeCluster };
static const enum mib_id disk_columns[] = { csDiskName, csDiskOperState,
	csDiskOwnerCluster, csDiskOwnerClusterName, csDiskEpoch, csDiskVm };
static const enum mib_id site_columns[] = { csVmSiteOperState, csVmSiteNode };
static const enum mib_id disk_site_columns[] = { csDiskSiteOperState };

static bool
any_lost(const struct rows *rows, enum mib_id state)
{
	size_t i;

	for (i = 0; i < rows->n; i++)
		if (graph_is_lost(row_text(&rows->row[i], state)))
			return true;
	return false;
}

static enum snmp_result
gather(struct snmp *s, struct graph *g, char **cause)
{
	enum snmp_result r = look_set(s, &g->set, cause);

	if (r == SNMP_DONE)
		r = look_table(s, csFaultDomainTable, domain_columns,
		    LEN(domain_columns), &g->domains, cause);
	if (r == SNMP_DONE)
		r = look_table(s, csClusterTable, cluster_columns, LEN(cluster_columns),
		    &g->clusters, cause);
	if (r == SNMP_DONE)
		r = look_table(
		    s, csNodeTable, node_columns, LEN(node_columns), &g->nodes, cause);
	if (r == SNMP_DONE)
		r = look_table(
		    s, csVmTable, vm_columns, LEN(vm_columns), &g->vms, cause);
	if (r == SNMP_DONE)
		r = look_table(
		    s, csDiskTable, disk_columns, LEN(disk_columns), &g->disks, cause);
	if (r == SNMP_DONE)
		r = look_table(s, csMoveTable, NULL, 0, &g->moves, cause);
	/* where two claim a thing, only its sites tell who */
	if (r == SNMP_DONE && any_lost(g->vms, csVmOperState))
		r = look_table(s, csVmSiteTable, site_columns, LEN(site_columns),
		    &g->sites, cause);
	if (r == SNMP_DONE && any_lost(g->disks, csDiskOperState))
		r = look_table(s, csDiskSiteTable, disk_site_columns,
		    LEN(disk_site_columns), &g->disk_sites, cause);
	return r;
}

static void
graph_free(struct graph *g)
{
	look_set_free(&g->set);
	rows_free(g->domains);
	rows_free(g->clusters);
	rows_free(g->nodes);
	rows_free(g->vms);
	rows_free(g->disks);
	rows_free(g->sites);
	rows_free(g->disk_sites);
	rows_free(g->moves);
	free(g->spots);
}

/* --- where the VMs are ----------------------------------------------------- */

bool
graph_has(const struct graph *g, int64_t cluster)
{
	return rows_find(g->clusters, (uint32_t)cluster, 0) != NULL;
}

static void
add_spot(struct graph *g, const struct row *vm, int64_t cluster, int64_t node)
{
	struct graph_spot *s;

	g->spots = xreallocarray(g->spots, g->nspots + 1, sizeof(*g->spots));
	s = &g->spots[g->nspots++];
	memset(s, 0, sizeof(*s));
	s->vm = vm;
	s->state = row_text(vm, csVmOperState);
	s->cluster = (uint32_t)cluster;
	if (rows_find(g->clusters, s->cluster, 0) == NULL)
		s->cluster = 0;
	s->node = (uint32_t)node;
	if (s->cluster == 0 || rows_find(g->nodes, s->cluster, s->node) == NULL)
		s->node = 0;
}

static void
add_vm(struct graph *g, const struct row *vm)
{
	const char *state = row_text(vm, csVmOperState), *at;
	size_t i, before = g->nspots;
	const struct row *site;

	if (graph_is_lost(state))
		for (i = 0; g->sites != NULL && i < g->sites->n; i++) {
			site = &g->sites->row[i];
			at = row_text(site, csVmSiteOperState);
			if (site->index[0] == vm->index[0] &&
			    (!g->part || graph_has(g, site->index[1])) &&
			    strcmp(at, "offline") != 0 && strcmp(at, "absent") != 0)
				add_spot(g, vm, site->index[1],
				    row_number(site, csVmSiteNode, 0));
		}
	if (g->nspots > before)
		return;
	/* of those that run nowhere the ones that belong here */
	if (g->part && !graph_has(g, row_number(vm, csVmCluster, 0)) &&
	    (row_number(vm, csVmCluster, 0) != 0 ||
	        !graph_has(g, row_number(vm, csVmHomeCluster, 0))))
		return;
	if (graph_is_lost(state) || strcmp(state, "stopped") == 0 ||
	    strcmp(state, "failed") == 0 || strcmp(state, "unknown") == 0)
		add_spot(g, vm, 0, 0);
	else
		add_spot(
		    g, vm, row_number(vm, csVmCluster, 0), row_number(vm, csVmNode, 0));
}

/* Leaves only the named clusters. */
static int
keep_clusters(struct cli *cli, struct graph *g)
{
	const char *names[CLI_ARGUMENTS_MAX];
	size_t n = option_values(cli, "cluster", names, CLI_ARGUMENTS_MAX), i, k,
	       kept = 0;
	uint32_t index[CLI_ARGUMENTS_MAX];
	struct rows *all = g->clusters;
	int code;

	for (i = 0; i < n; i++)
		if ((code = names_cluster(cli, names[i], &index[i])) != 0)
			return code;
	g->part = n > 0;
	for (i = 0; n > 0 && i < all->n; i++) {
		for (k = 0; k < n && index[k] != all->row[i].index[0]; k++)
			continue;
		if (k < n)
			all->row[kept++] = all->row[i];
		else
			row_clear(&all->row[i]);
	}
	if (n > 0)
		all->n = kept;
	return 0;
}

static int
by_place(const void *a, const void *b)
{
	const struct graph_spot *x = a, *y = b;

	if (x->cluster != y->cluster)
		return x->cluster < y->cluster ? -1 : 1;
	if (x->node != y->node)
		return x->node < y->node ? -1 : 1;
	if (x->cluster == 0 && strcmp(x->state, y->state) != 0)
		return strcmp(x->state, y->state);
	return strcmp(row_text(x->vm, csVmName), row_text(y->vm, csVmName));
}

size_t
graph_spot_of(const struct graph *g, uint32_t vm)
{
	size_t i;

	for (i = 0; i < g->nspots; i++)
		if (g->spots[i].vm->index[0] == vm)
			break;
	return i;
}

/* --- the command ----------------------------------------------------------- */

static int
write_out(struct cli *cli, FILE *text, FILE *to, const char *name)
{
	char *cause = NULL;
	int c;

	rewind(text);
	if (option_given(cli, "svg")) {
		if (dot_svg(text, to, &cause) != 0) {
			cli_fail(cli, EXIT_FAILED, "%s", cause);
			free(cause);
			return EXIT_FAILED;
		}
	} else
		while ((c = getc(text)) != EOF && putc(c, to) != EOF)
			continue;
	if (to == cli->out.f) /* cli_main() looks after that one */
		return EXIT_DONE;
	if (fflush(to) != 0 || ferror(to))
		return cli_fail(
		    cli, EXIT_FAILED, "cannot write %s: %s", name, strerror(errno));
	return EXIT_DONE;
}

static int
write_file(struct cli *cli, FILE *text, const char *name)
{
	FILE *to = fopen(name, "we");
	int code;

	if (to == NULL)
		return cli_fail(
		    cli, EXIT_FAILED, "cannot write %s: %s", name, strerror(errno));
	code = write_out(cli, text, to, name);
	if (fclose(to) != 0 && code == EXIT_DONE)
		code = cli_fail(
		    cli, EXIT_FAILED, "cannot write %s: %s", name, strerror(errno));
	/* half a picture is no picture */
	if (code != EXIT_DONE && strncmp(name, "/dev/", 5) != 0)
		remove(name);
	return code;
}

static const char *const views[] = {
	[GRAPH_PLACEMENT] = "placement",
	[GRAPH_OWNERSHIP] = "ownership",
	[GRAPH_ALL] = "all",
};

static int
run_graph(struct cli *cli)
{
	const char *view = option_value(cli, "view");
	const char *name = option_value(cli, "file");
	struct graph g = { .view = GRAPH_ALL };
	char *cause = NULL, *document;
	enum snmp_result r;
	FILE *text = NULL;
	size_t i, size;
	int code = EXIT_FAILED;

	for (i = 0; view != NULL && i < LEN(views); i++)
		if (strcmp(view, views[i]) == 0)
			g.view = (enum graph_view)i;
	r = gather(cli_session(cli), &g, &cause);
	if (r != SNMP_DONE) {
		graph_free(&g);
		return cli_fail_snmp(cli, r, &cause);
	}
	if ((code = keep_clusters(cli, &g)) != 0) {
		graph_free(&g);
		return code;
	}
	for (i = 0; i < g.vms->n; i++)
		add_vm(&g, &g.vms->row[i]);
	if (g.nspots > 0)
		qsort(g.spots, g.nspots, sizeof(*g.spots), by_place);
	if (cli->out.format != OUT_SCREEN) {
		text = open_memstream(&document, &size);
		if (text == NULL)
			abort();
		graph_draw(text, &g);
		fclose(text);
		out_document(&cli->out,
		    json_pack("{s:{s:s,s:s}}", "graph", "view", views[g.view], "dot",
		        document));
		free(document);
		graph_free(&g);
		return EXIT_DONE;
	}
	text = tmpfile();
	if (text == NULL) {
		code = cli_fail(cli, EXIT_FAILED, "cannot make a temporary file: %s",
		    strerror(errno));
		goto out;
	}
	graph_draw(text, &g);
	if (fflush(text) != 0)
		code = cli_fail(cli, EXIT_FAILED, "cannot write a temporary file: %s",
		    strerror(errno));
	else if (name != NULL)
		code = write_file(cli, text, name);
	else
		code = write_out(cli, text, cli->out.f, "standard output");
out:
	if (text != NULL)
		fclose(text);
	graph_free(&g);
	return code;
}

static const struct command_option graph_options[] = {
	{ .name = "view",
	    .value = "VIEW",
	    .complete = COMPLETE_WORDS,
	    .words = "placement ownership all",
	    .text = "What is drawn: which VM runs where, which cluster owns each "
	            "disk, or both, as without this option." },
	{ .name = "cluster",
	    .value = "CLUSTER",
	    .complete = COMPLETE_CLUSTER,
	    .many = true,
	    .text = "Only this cluster, its VMs and its disks; may be given several "
	            "times." },
	{ .name = "file",
	    .value = "FILE",
	    .complete = COMPLETE_FILE,
	    .text = "Write there instead of to the standard output." },
	{ .name = "svg",
	    .text = "Draw it: runs dot -Tsvg, which must be installed (Graphviz)." },
	{ 0 },
};

const struct command cmd_graph[] = {
	{
	    .words = "graph",
	    .summary = "draw placement and disk ownership with Graphviz",
	    .text = "Writes the set in the language of Graphviz's dot: fault domains, "
	            "clusters and nodes as boxes, the VMs on each node, the disks with "
	            "owner and epoch, moves under way as dashed arrows. What is in "
	            "doubt or in conflict is red, and drawn at every place that claims "
	            "it.\n\n"
	            "With --svg it becomes a picture that any browser shows; other "
	            "forms come from dot itself.",
	    .examples =
	        "clusterset graph --svg --file set.svg # a picture\n"
	        "clusterset graph --view placement | dot -Tpng -o set.png # PNG",
	    .options = graph_options,
	    .run = run_graph,
	},
	{ 0 },
};
