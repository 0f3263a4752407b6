/*
 * SPDX-License-Identifier: Apache-2.0
 * What `clusterset graph` draws, between gathering (cmd_graph.c) and drawing
 * (cmd_graph_draw.c: the boxes).
 */
#ifndef CLI_CMD_GRAPH_H
#define CLI_CMD_GRAPH_H

#include <stdio.h>

#include "cli/look.h"

enum graph_view { GRAPH_PLACEMENT, GRAPH_OWNERSHIP, GRAPH_ALL };

/* A VM at a place. One that is in conflict has several. */
struct graph_spot {
	const struct row *vm;
	uint32_t cluster; /* 0: it runs nowhere, or that cannot be told */
	uint32_t node; /* 0: which node is not known */
	const char *state; /* of the VM; a word of the MIB */
};

struct graph {
	enum graph_view view;
	bool part; /* not all clusters are in `clusters`: the others are not drawn */
	struct look_set set;
	struct rows *domains, *clusters, *nodes, *vms, *disks, *sites, *disk_sites,
	    *moves;
	struct graph_spot *spots; /* by cluster, node, state and name */
	size_t nspots;
};

/* Is this cluster drawn? */
bool graph_has(const struct graph *g, int64_t cluster);

/* The number of the first spot of a VM, or g->nspots. */
size_t graph_spot_of(const struct graph *g, uint32_t vm);

/* In doubt or in conflict: of a VM or a disk. */
bool graph_is_lost(const char *state);

/* On which shelf a disk lies: its owner's, 0 for none, GRAPH_NOT_DRAWN for that of a
 * cluster that is not drawn. */
#define GRAPH_NOT_DRAWN UINT32_MAX
uint32_t graph_shelf_of(const struct graph *g, const struct row *disk);

/* The first node of a cluster, to have an end for a line to the whole of it; or NULL.
 */
const struct row *graph_first_node(const struct graph *g, uint32_t cluster);

/* All lines, once the boxes are there (cmd_graph_lines.c). */
void graph_draw_lines(FILE *f, const struct graph *g);

/* The whole picture as text for dot. */
void graph_draw(FILE *f, const struct graph *g);

#endif
