/*
 * SPDX-License-Identifier: Apache-2.0
 * What `clusterset graph` draws, between gathering (cmd_graph.c) and drawing
 * (cmd_graph_draw.c).
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
	struct look_set set;
	struct rows *domains, *clusters, *nodes, *vms, *disks, *sites, *disk_sites,
	    *moves;
	struct graph_spot *spots; /* by cluster, node, state and name */
	size_t nspots;
};

/* The number of the first spot of a VM, or g->nspots. */
size_t graph_spot_of(const struct graph *g, uint32_t vm);

/* The whole picture as text for dot. */
void graph_draw(FILE *f, const struct graph *g);

#endif
