/*
 * SPDX-License-Identifier: Apache-2.0
 * The picture of `clusterset graph` as text for dot. See cmd_graph.h.
 *
 * Every node is one table with a row for each VM: that stays compact and in order with
 * hundreds of VMs, where a box for each would be laid out anew with every change. Names
 * of things in dot are made of indexes, so that what a person may call a VM never meets
 * dot's grammar but in a quoted label.
 */
#include "cli/cmd_graph.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "cli/dot.h"

/* room around a label */
#define LABEL     "<TABLE BORDER=\"0\" CELLPADDING=\"4\"><TR><TD>"
#define LABEL_END "</TD></TR></TABLE>"

struct look {
	const char *fill, *ink;
};

static struct look
look_of(const char *word)
{
	static const struct look looks[] = {
		[TONE_PLAIN] = { "#ffffff", "#455a64" },
		[TONE_GOOD] = { "#f1f8f2", "#2e7d32" },
		[TONE_BUSY] = { "#fff6dd", "#b26a00" },
		[TONE_BAD] = { "#fde3e3", "#c62828" },
		[TONE_UNKNOWN] = { "#f2ebf9", "#6a1b9a" },
		[TONE_FAINT] = { "#f3f4f5", "#78909c" },
		[TONE_STRONG] = { "#ffffff", "#263238" },
	};

	return looks[out_tone_of(word)];
}

/* --- boxes with VMs -------------------------------------------------------- */

static void
small(FILE *f, const char *ink, const char *text)
{
	fprintf(f, " <FONT POINT-SIZE=\"9\" COLOR=\"%s\">", ink);
	dot_html(f, text);
	fputs("</FONT>", f);
}

static void
box_begin(FILE *f, const char *id, const char *border, const char *fill)
{
	fprintf(f,
	    "%s [label=<<TABLE BORDER=\"1\" CELLBORDER=\"0\" CELLSPACING=\"0\" "
	    "CELLPADDING=\"3\" COLOR=\"%s\" BGCOLOR=\"white\">"
	    "<TR><TD PORT=\"head\" BGCOLOR=\"%s\">",
	    id, border, fill);
}

static void
box_end(FILE *f)
{
	fputs("</TABLE>>];\n", f);
}

static void
vm_row(FILE *f, const struct graph_spot *s)
{
	struct look look = look_of(s->state);

	fprintf(f,
	    "\n  <TR><TD PORT=\"v%u\" ALIGN=\"LEFT\" BGCOLOR=\"%s\">"
	    "<FONT COLOR=\"%s\">&#9679;</FONT> ",
	    s->vm->index[0], look.fill, look.ink);
	if (graph_is_lost(s->state))
		fprintf(f, "<FONT COLOR=\"%s\"><B>", look.ink);
	dot_html(f, row_text(s->vm, csVmName));
	if (graph_is_lost(s->state))
		fputs("</B></FONT>", f);
	if (strcmp(s->state, "running") != 0)
		small(f, look.ink, out_words(s->state));
	if (strcmp(row_text(s->vm, csVmHold), "true") == 0)
		small(f, "#b26a00", "hold");
	fputs("</TD></TR>", f);
}

static size_t
vm_rows(FILE *f, const struct graph *g, uint32_t cluster, uint32_t node)
{
	size_t i, n = 0;

	for (i = 0; i < g->nspots; i++)
		if (g->spots[i].cluster == cluster && g->spots[i].node == node) {
			vm_row(f, &g->spots[i]);
			n++;
		}
	if (n == 0 && node != 0)
		fputs("\n  <TR><TD ALIGN=\"LEFT\"><FONT POINT-SIZE=\"9\" "
		      "COLOR=\"#90a4ae\">no VM</FONT></TD></TR>",
		    f);
	return n;
}

static void
node_box(FILE *f, const struct graph *g, const struct row *node)
{
	const char *state = row_text(node, csNodeOperState);
	struct look look = look_of(state);
	bool well = strcmp(state, "online") == 0;
	int64_t cpu = row_number(node, csNodeCpuLoad, -1);
	char id[48], load[32];

	snprintf(id, sizeof(id), "n%u_%u", node->index[0], node->index[1]);
	box_begin(f, id, well ? "#90a4ae" : look.ink, well ? "#e3eaee" : look.fill);
	fputs("<B>", f);
	dot_html(f, row_text(node, csNodeName));
	fputs("</B>", f);
	if (!well)
		small(f, look.ink, out_words(state));
	if (strcmp(row_text(node, csNodeAdminState), "maintenance") == 0)
		small(f, "#b26a00", "maintenance");
	if (cpu >= 0) {
		snprintf(load, sizeof(load), "cpu %lld %%", (long long)(cpu + 5) / 10);
		small(f, "#546e7a", load);
	}
	fputs("</TD></TR>", f);
	vm_rows(f, g, node->index[0], node->index[1]);
	box_end(f);
}

/* VMs in a cluster of which nobody tells the node. */
static bool
has_lost_vms(const struct graph *g, uint32_t cluster)
{
	size_t i;

	for (i = 0; i < g->nspots; i++)
		if (g->spots[i].cluster == cluster && g->spots[i].node == 0)
			return true;
	return false;
}

static void
lost_box(FILE *f, const struct graph *g, uint32_t cluster)
{
	char id[48];

	snprintf(id, sizeof(id), "n%u_0", cluster);
	box_begin(f, id, "#6a1b9a", "#f2ebf9");
	fputs("node not known</TD></TR>", f);
	vm_rows(f, g, cluster, 0);
	box_end(f);
}

/* --- disks ----------------------------------------------------------------- */

struct by_spot {
	const struct row *disk;
	size_t spot;
};

static int
in_order(const void *a, const void *b)
{
	const struct by_spot *x = a, *y = b;

	if (x->spot != y->spot)
		return x->spot < y->spot ? -1 : 1;
	return strcmp(row_text(x->disk, csDiskName), row_text(y->disk, csDiskName));
}

/* The disks of an owner in the order of their VMs, so that lines do not cross. */
static struct by_spot *
disks_of(const struct graph *g, uint32_t owner, size_t *n)
{
	struct by_spot *list = xcalloc(g->disks->n + 1, sizeof(*list));
	const struct row *d;
	size_t i, at;

	*n = 0;
	for (i = 0; i < g->disks->n; i++) {
		d = &g->disks->row[i];
		if (graph_shelf_of(g, d) != owner)
			continue;
		list[*n].disk = d;
		at = graph_spot_of(g, (uint32_t)row_number(d, csDiskVm, 0));
		/* what runs nowhere is drawn at the end, behind it what is nobody's */
		if (at == g->nspots || g->spots[at].cluster == 0)
			at += g->nspots;
		list[(*n)++].spot = at;
	}
	qsort(list, *n, sizeof(*list), in_order);
	return list;
}

/* The VM of a disk and where it is, where no line leads to it. */
static void
user_cell(FILE *f, const struct graph *g, size_t spot, uint32_t owner)
{
	const struct graph_spot *s = NULL;
	const struct row *cluster, *node;
	const char *ink = "#546e7a";
	char *where, *text;

	fputs("</TD><TD ALIGN=\"LEFT\">", f);
	if (g->nspots == 0 || spot == 2 * g->nspots)
		return; /* nobody's */
	s = &g->spots[spot % g->nspots];
	cluster = rows_find(g->clusters, s->cluster, 0);
	node = rows_find(g->nodes, s->cluster, s->node);
	where = look_place(cluster != NULL ? row_text(cluster, csClusterName) : "",
	    node != NULL ? row_text(node, csNodeName) : "");
	if (cluster != NULL)
		text = xasprintf("%s on %s", row_text(s->vm, csVmName), where);
	else
		text =
		    xasprintf("%s %s", row_text(s->vm, csVmName), out_words(s->state));
	if (graph_is_lost(s->state) || (cluster != NULL && s->cluster != owner))
		ink = "#c62828";
	small(f, ink, text);
	free(text);
	free(where);
}

static void
shelf_box(FILE *f, const struct graph *g, uint32_t owner)
{
	const char *state;
	struct by_spot *list;
	struct look look;
	char id[32], epoch[32];
	size_t n, i;

	list = disks_of(g, owner, &n);
	if (n > 0) {
		snprintf(id, sizeof(id), "d%u", owner);
		box_begin(f, id, "#7986cb",
		    g->view == GRAPH_OWNERSHIP ? "#e4e7f6\" COLSPAN=\"2" : "#e4e7f6");
		fprintf(f, "%s</TD></TR>",
		    owner != 0 ? "<B>owned disks</B>" : "<B>disks without owner</B>");
		for (i = 0; i < n; i++) {
			state = row_text(list[i].disk, csDiskOperState);
			look = look_of(strcmp(state, "owned") == 0 ? "" : state);
			fprintf(f,
			    "\n  <TR><TD PORT=\"d%u\" ALIGN=\"LEFT\" BGCOLOR=\"%s\">",
			    list[i].disk->index[0], look.fill);
			dot_html(f, row_text(list[i].disk, csDiskName));
			snprintf(epoch, sizeof(epoch), "epoch %s",
			    row_text(list[i].disk, csDiskEpoch));
			small(f, "#5c6bc0", epoch);
			if (strcmp(state, "owned") != 0)
				small(f, look.ink, out_words(state));
			if (g->view == GRAPH_OWNERSHIP)
				user_cell(f, g, list[i].spot, owner);
			fputs("</TD></TR>", f);
		}
		box_end(f);
	}
	free(list);
}

/* --- clusters and fault domains -------------------------------------------- */

/* A cluster alone, where only ownership is looked at. */
static void
cluster_box(FILE *f, const struct row *cluster)
{
	const char *state = row_text(cluster, csClusterOperState);
	struct look look = look_of(state);
	bool well = strcmp(state, "normal") == 0;
	char id[32];

	snprintf(id, sizeof(id), "c%u", cluster->index[0]);
	box_begin(f, id, well ? "#90a4ae" : look.ink, well ? "#e3eaee" : look.fill);
	fputs("<FONT POINT-SIZE=\"14\"><B>", f);
	dot_html(f, row_text(cluster, csClusterName));
	fputs("</B></FONT>", f);
	if (!well)
		small(f, look.ink, out_words(state));
	fputs("</TD></TR>", f);
	box_end(f);
}

static void
cluster_label(FILE *f, const struct row *cluster)
{
	const char *state = row_text(cluster, csClusterOperState);
	struct look look = look_of(state);

	fputs("label=<" LABEL "<FONT POINT-SIZE=\"14\"><B>", f);
	dot_html(f, row_text(cluster, csClusterName));
	fputs("</B></FONT>", f);
	small(f, look.ink, out_words(state));
	if (strcmp(row_text(cluster, csClusterAdminState), "active") != 0)
		small(f, "#b26a00", row_text(cluster, csClusterAdminState));
	fprintf(f,
	    LABEL_END
	    ">; labeljust=l; style=\"rounded,filled%s\"; fillcolor=\"#fbfcfd\"; "
	    "color=\"%s\"; penwidth=1.4;\n",
	    strcmp(state, "unreachable") == 0 ? ",dashed" : "",
	    strcmp(state, "normal") == 0 ? "#90a4ae" : look.ink);
}

/* Side by side to about a square, line by line beneath each other. */
static size_t
per_line(size_t n)
{
	size_t w = 1;

	while (w * w < n)
		w++;
	return n <= 2 ? n : w;
}

static void
cluster_subgraph(FILE *f, const struct graph *g, const struct row *cluster)
{
	uint32_t c = cluster->index[0];
	size_t i, n = 0, at = 0, wide;
	uint32_t first = 0, last = 0;

	if (g->view == GRAPH_OWNERSHIP) {
		cluster_box(f, cluster);
		shelf_box(f, g, c);
		return;
	}
	fprintf(f, "subgraph cluster_c%u {\n", c);
	cluster_label(f, cluster);
	for (i = 0; i < g->nodes->n; i++)
		n += g->nodes->row[i].index[0] == c;
	wide = g->view == GRAPH_PLACEMENT ? per_line(n) : n;
	for (i = 0; i < g->nodes->n; i++) {
		if (g->nodes->row[i].index[0] != c)
			continue;
		node_box(f, g, &g->nodes->row[i]);
		if (wide > 0 && at % wide == 0) {
			if (first != 0)
				fprintf(f, "n%u_%u -> n%u_%u [style=invis];\n", c,
				    first, c, g->nodes->row[i].index[1]);
			first = g->nodes->row[i].index[1];
		} else if (g->view == GRAPH_PLACEMENT)
			/* an unseen line keeps the order */
			fprintf(f, "{ rank=same; n%u_%u -> n%u_%u [style=invis]; }\n",
			    c, last, c, g->nodes->row[i].index[1]);
		last = g->nodes->row[i].index[1];
		at++;
	}
	if (has_lost_vms(g, c))
		lost_box(f, g, c);
	if (g->view == GRAPH_ALL)
		shelf_box(f, g, c);
	fputs("}\n", f);
}

static void
domain_subgraph(FILE *f, const struct graph *g, const struct row *domain)
{
	const struct row *c;
	size_t i, n = 0;

	for (i = 0; i < g->clusters->n; i++) {
		c = &g->clusters->row[i];
		if (row_number(c, csClusterFaultDomain, 0) != domain->index[0])
			continue;
		if (n++ == 0 && g->view != GRAPH_OWNERSHIP) {
			fprintf(f, "subgraph cluster_f%u {\nlabel=<" LABEL,
			    domain->index[0]);
			small(f, "#607d8b", "fault domain ");
			fputs("<FONT COLOR=\"#455a64\"><B>", f);
			dot_html(f, row_text(domain, csFaultDomainName));
			fputs("</B></FONT>" LABEL_END
			      ">; labeljust=l; style=\"rounded,dashed\"; "
			      "color=\"#b0bec5\"; penwidth=1.2;\n",
			    f);
		}
		cluster_subgraph(f, g, c);
	}
	if (n > 0 && g->view != GRAPH_OWNERSHIP)
		fputs("}\n", f);
}

static bool
has_domain(const struct graph *g, const struct row *cluster)
{
	return rows_find(g->domains,
	           (uint32_t)row_number(cluster, csClusterFaultDomain, 0), 0) != NULL;
}

/* --- the whole ------------------------------------------------------------- */

static void
title(FILE *f, const struct graph *g)
{
	static const char *const legend[] = { "running", "starting", "stopped",
		"failed", "unknown" };
	static const char *const words[] = { "running", "on its way", "stopped",
		"failed, in doubt, conflict", "unknown" };
	time_t now = g->set.now >= 0 ? (time_t)g->set.now : time(NULL);
	char when[64] = "";
	struct tm tm;
	size_t i;

	if (localtime_r(&now, &tm) != NULL)
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
	fputs("label=<<FONT POINT-SIZE=\"18\"><B>", f);
	dot_html(f, g->set.name);
	fputs("</B></FONT>", f);
	small(f, look_of(g->set.health).ink, g->set.health);
	small(f, "#78909c", when);
	if (look_stuck(&g->set))
		small(f, "#c62828", "clustersetd has stopped watching: this is old");
	fputs("<BR/><FONT POINT-SIZE=\"9\">", f);
	for (i = 0; i < sizeof(legend) / sizeof(legend[0]); i++)
		fprintf(f, "<FONT COLOR=\"%s\">&#9679;</FONT> %s &nbsp; ",
		    look_of(legend[i]).ink, words[i]);
	fputs("<FONT COLOR=\"#1565c0\">- - &gt;</FONT> move</FONT><BR/> >;\n", f);
}

/* Columns of groups, a fault domain or a cluster without one each. */
static void
stack(FILE *f, const struct graph *g)
{
	const struct row *c, *node;
	uint32_t domain, last_domain = 0, above[16] = { 0 };
	size_t i, groups = 0, columns, column = 0;
	bool begun = false;

	if (g->view != GRAPH_PLACEMENT)
		return;
	groups = g->domains->n;
	for (i = 0; i < g->clusters->n; i++)
		groups += !has_domain(g, &g->clusters->row[i]);
	columns = groups <= 4 ? groups : per_line(groups);
	columns = columns == 0 ? 1 : columns > 16 ? 16 : columns;
	for (i = 0; i < g->clusters->n; i++) {
		c = &g->clusters->row[i];
		node = graph_first_node(g, c->index[0]);
		domain = (uint32_t)row_number(c, csClusterFaultDomain, 0);
		if (has_domain(g, c))
			column = domain % columns;
		else if (begun && (domain == 0 || domain != last_domain))
			column = (column + 1) % columns;
		begun = true;
		last_domain = domain;
		if (node == NULL)
			continue;
		if (above[column] != 0)
			fprintf(f,
			    "n%u_%u -> n%u_%u [style=invis, ltail=cluster_c%u];\n",
			    above[column], graph_first_node(g, above[column])->index[1],
			    node->index[0], node->index[1], above[column]);
		above[column] = c->index[0];
	}
}

void
graph_draw(FILE *f, const struct graph *g)
{
	const struct row *c;
	size_t i;

	fputs("digraph ", f);
	dot_quoted(f, g->set.name);
	fprintf(f,
	    " {\ncharset=\"UTF-8\"; rankdir=%s; compound=true; newrank=true; "
	    "labelloc=t; nodesep=0.25; ranksep=%s; pad=0.3; bgcolor=white;\n"
	    "fontname=\"Helvetica,Arial,sans-serif\"; fontsize=11; "
	    "fontcolor=\"#263238\";\n"
	    "node [shape=plain, fontname=\"Helvetica,Arial,sans-serif\", fontsize=11, "
	    "fontcolor=\"#263238\"];\n"
	    "edge [fontname=\"Helvetica,Arial,sans-serif\", fontsize=9, "
	    "arrowsize=0.7];\n",
	    g->view == GRAPH_PLACEMENT ? "TB" : "LR",
	    g->view == GRAPH_PLACEMENT ? "0.35" : "1.2");
	title(f, g);
	for (i = 0; i < g->domains->n; i++)
		domain_subgraph(f, g, &g->domains->row[i]);
	for (i = 0; i < g->clusters->n; i++) {
		c = &g->clusters->row[i];
		if (!has_domain(g, c))
			cluster_subgraph(f, g, c);
	}
	if (g->view != GRAPH_OWNERSHIP && has_lost_vms(g, 0)) {
		box_begin(f, "x", "#78909c", "#eceff1");
		fputs("<B>run nowhere, or not known</B></TD></TR>", f);
		vm_rows(f, g, 0, 0);
		box_end(f);
	}
	if (g->view != GRAPH_PLACEMENT)
		shelf_box(f, g, 0);
	graph_draw_lines(f, g);
	stack(f, g);
	fputs("}\n", f);
}
