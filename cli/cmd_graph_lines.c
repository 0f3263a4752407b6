/*
 * SPDX-License-Identifier: Apache-2.0
 * The lines of `clusterset graph`: conflicts, moves, and whose the disks are. See
 * cmd_graph.h.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/cmd_graph.h"
#include "cli/dot.h"

bool
graph_is_lost(const char *state)
{
	return strcmp(state, "conflict") == 0 || strcmp(state, "inDoubt") == 0;
}

uint32_t
graph_shelf_of(const struct graph *g, const struct row *disk)
{
	uint32_t owner = (uint32_t)row_number(disk, csDiskOwnerCluster, 0);

	if (g->part && !graph_has(g, owner) &&
	    (owner != 0 ||
	        graph_spot_of(g, (uint32_t)row_number(disk, csDiskVm, 0)) == g->nspots))
		return GRAPH_NOT_DRAWN;
	return rows_find(g->clusters, owner, 0) != NULL ? owner : 0;
}

const struct row *
graph_first_node(const struct graph *g, uint32_t cluster)
{
	size_t i;

	for (i = 0; i < g->nodes->n; i++)
		if (g->nodes->row[i].index[0] == cluster)
			return &g->nodes->row[i];
	return NULL;
}

/* --- lines ----------------------------------------------------------------- */

static void
spot_name(FILE *f, const struct graph_spot *s, const char *side)
{
	if (s->cluster != 0)
		fprintf(f, "n%u_%u:v%u%s", s->cluster, s->node, s->vm->index[0], side);
	else
		fprintf(f, "x:v%u%s", s->vm->index[0], side);
}

/* Where lines between VMs leave their tables: away from the disks, if they are there.
 */
static const char *
side_of(const struct graph *g)
{
	return g->view == GRAPH_ALL ? ":w" : "";
}

/* A VM that two places claim: a red line between them. */
static void
conflict_lines(FILE *f, const struct graph *g)
{
	const struct graph_spot *s, *t;
	size_t i, j;

	for (i = 0; i < g->nspots; i++) {
		s = &g->spots[i];
		if (!graph_is_lost(s->state))
			continue;
		j = graph_spot_of(g, s->vm->index[0]);
		if (j == i)
			continue;
		t = &g->spots[j];
		spot_name(f, t, side_of(g));
		fputs(" -> ", f);
		spot_name(f, s, side_of(g));
		fputs(" [dir=both, color=\"#c62828\", penwidth=2.2, "
		      "constraint=false];\n",
		    f);
	}
}

static void
move_line(FILE *f, const struct graph *g, const struct row *move)
{
	uint32_t vm = (uint32_t)row_number(move, csMoveVm, 0),
	         to = (uint32_t)row_number(move, csMoveTargetCluster, 0),
	         node = (uint32_t)row_number(move, csMoveTargetNode, 0);
	const char *state = row_text(move, csMoveState),
	           *step = row_text(move, csMoveStep),
	           *ink = strcmp(state, "inDoubt") == 0 ? "#c62828" : "#1565c0";
	size_t at = graph_spot_of(g, vm);
	const struct row *end;
	char *label;

	end = rows_find(g->nodes, to, node);
	if (end == NULL)
		end = graph_first_node(g, to);
	if (at == g->nspots || end == NULL || !graph_has(g, to))
		return;
	label = xasprintf(" %s: %s %s %%", row_text(move, csMoveVmName),
	    strcmp(state, "running") == 0 && strcmp(step, "none") != 0
	        ? out_words(step)
	        : out_words(state),
	    row_text(move, csMoveProgress));
	spot_name(f, &g->spots[at], side_of(g));
	fprintf(f,
	    " -> n%u_%u:head%s [style=dashed, color=\"%s\", fontcolor=\"%s\", "
	    "penwidth=1.8, constraint=false, xlabel=",
	    end->index[0], end->index[1], side_of(g), ink, ink);
	dot_quoted(f, label);
	/* to the whole cluster, when clusterset has the choice */
	if (node == 0)
		fprintf(f, ", lhead=cluster_c%u", to);
	fputs("];\n", f);
	free(label);
}

/* From the VM (or, where only ownership is drawn, from the owner) to the disk. */
static void
disk_line(FILE *f, const struct graph *g, const struct row *disk)
{
	uint32_t owner = graph_shelf_of(g, disk),
	         vm = (uint32_t)row_number(disk, csDiskVm, 0);
	size_t at = graph_spot_of(g, vm);
	bool wrong = graph_is_lost(row_text(disk, csDiskOperState));

	if (owner == GRAPH_NOT_DRAWN)
		return;
	if (g->view == GRAPH_OWNERSHIP) {
		if (owner != 0)
			fprintf(f, "c%u:head:e -> d%u:d%u:w [color=\"%s\"];\n", owner,
			    owner, disk->index[0], wrong ? "#c62828" : "#7986cb");
		return;
	}
	if (at == g->nspots)
		return;
	/* it runs where the disk is not owned */
	if (g->spots[at].cluster != 0 && g->spots[at].cluster != owner)
		wrong = true;
	spot_name(f, &g->spots[at], ":e");
	fprintf(f, " -> d%u:d%u:w [arrowhead=none, color=\"%s\"%s%s];\n", owner,
	    disk->index[0], wrong ? "#c62828" : "#9fa8da", wrong ? ", penwidth=2" : "",
	    g->spots[at].cluster != owner ? ", constraint=false" : "");
}

/* Who else has a disk active than its owner. */
static void
claim_lines(FILE *f, const struct graph *g)
{
	const struct row *site, *disk, *node;
	const char *state;
	size_t i;

	for (i = 0; g->disk_sites != NULL && i < g->disk_sites->n; i++) {
		site = &g->disk_sites->row[i];
		state = row_text(site, csDiskSiteOperState);
		disk = rows_find(g->disks, site->index[0], 0);
		if (disk == NULL || !graph_is_lost(row_text(disk, csDiskOperState)) ||
		    strcmp(state, "offline") == 0 || strcmp(state, "absent") == 0 ||
		    site->index[1] == graph_shelf_of(g, disk) ||
		    graph_shelf_of(g, disk) == GRAPH_NOT_DRAWN ||
		    !graph_has(g, site->index[1]))
			continue;
		node = graph_first_node(g, site->index[1]);
		if (g->view == GRAPH_OWNERSHIP)
			fprintf(f, "c%u:head:e", site->index[1]);
		else if (node != NULL)
			fprintf(f, "n%u_%u:head:e", node->index[0], node->index[1]);
		else
			continue;
		fprintf(f,
		    " -> d%u:d%u:w [color=\"#c62828\", fontcolor=\"#c62828\", "
		    "penwidth=2, style=dashed, constraint=false, xlabel=",
		    graph_shelf_of(g, disk), disk->index[0]);
		dot_quoted(f, out_words(state));
		fputs("];\n", f);
	}
}

void
graph_draw_lines(FILE *f, const struct graph *g)
{
	enum { MOVES_MOST = 200 };
	const struct row **moves;
	size_t i, n;

	if (g->view != GRAPH_PLACEMENT) {
		for (i = 0; i < g->disks->n; i++)
			disk_line(f, g, &g->disks->row[i]);
		claim_lines(f, g);
	}
	if (g->view == GRAPH_OWNERSHIP)
		return;
	conflict_lines(f, g);
	moves = look_open_moves(g->moves, &n);
	for (i = 0; i < n && i < MOVES_MOST; i++)
		move_line(f, g, moves[i]);
	free(moves);
}
