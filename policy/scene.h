/*
 * SPDX-License-Identifier: Apache-2.0
 * A scene: what policies see of the set, taken from one published generation.
 *
 * Policies decide on what everybody can read in the MIB, and on nothing else. A scene
 * is immutable, holds its generation (names are borrowed from its rows) and may be read
 * in any thread. Slots are places in these arrays; indexes are those of the MIB.
 */
#ifndef POLICY_SCENE_H
#define POLICY_SCENE_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/plan.h"
#include "set/generation.h"

struct scene_cluster {
	uint32_t index;
	const char *name;
	enum cs_cluster_admin admin;
	enum cs_cluster_oper oper;
	uint32_t domain; /* csFaultDomainIndex, 0: none */
	msec_t poll_since; /* start of the last complete round; 0: none yet */
	size_t node, nnodes; /* its nodes: slots node .. node + nnodes - 1 */
	bool known; /* it answers as itself, and is Normal or Caution */
};

struct scene_node {
	uint32_t index;
	const char *name;
	size_t cluster; /* slot */
	enum cs_cluster_admin admin;
	enum cs_node_oper oper;
	uint32_t domain; /* its own or its cluster's */
	double cpus; /* < 0: not known */
	int64_t memory; /* MiB; < 0: not known */
	double load; /* processors in use, smoothed; < 0: not known or stale */
	int64_t memory_used; /* MiB, smoothed; < 0 */
	bool takes; /* VMs may be sent there: known, Online, active, not in maintenance
	             */
};

struct scene_site {
	size_t cluster; /* slot */
	enum cs_site_oper oper;
	enum cs_evidence evidence;
	enum cs_autostart autostart;
	int64_t preference;
	bool blocked;
};

struct scene_vm {
	uint32_t index;
	const char *name;
	enum cs_vm_kind kind;
	enum cs_vm_admin admin; /* 0: not adopted */
	enum cs_vm_oper oper;
	bool hold;
	bool busy; /* a move of it is open, or it is bound for somewhere */
	int cluster, node; /* slots, where it runs; -1 */
	int last; /* slot of the cluster where it last ran, or which owns its disks; -1
	           */
	int home; /* slot; -1 */
	int set; /* slot of its availability set; -1 */
	int64_t priority;
	int64_t vcpus; /* < 0: not told */
	double load; /* processors in use, smoothed; < 0: not known or stale */
	bool estimated;
	int64_t memory; /* MiB; < 0: not known */
	msec_t downtime; /* mean of its last moves across clusters; < 0: it had none */
	time_t last_move, since; /* wall; 0: never, found so */
	struct scene_site *sites; /* by preference */
	size_t nsites;
	/*
	 * Automatic work may touch it: not on hold, set to be up, nothing of it in
	 * doubt, its cluster known and not in maintenance (I6).
	 */
	bool free;
	const char *why_not; /* in words, when it is not free; static */
};

struct scene_set { /* an availability set */
	uint32_t index;
	const char *name;
	enum cs_spread spread;
	bool hard;
};

struct scene {
	struct generation *generation;
	msec_t now;
	time_t wall;
	struct scene_cluster *clusters;
	struct scene_node *nodes;
	struct scene_vm *vms;
	struct scene_set *sets;
	size_t nclusters, nnodes, nvms, nsets;
	size_t moves_open; /* rows of csMoveTable that have not ended */
	bool failover; /* somewhere a VM or node is in transit without us: policies
	                  yield */
	const char *failover_text; /* where; "" */
};

/* Takes a reference of its own. Both times are those of the look. */
struct scene *scene_new(struct generation *, msec_t now, time_t wall);
void scene_free(struct scene *); /* NULL is fine */

/*
 * The scene as the planner's input: clusters, nodes and VMs in the same slots. Nodes
 * that are not known, or whose load is not, neither give nor take (PLAN_NODE_UNKNOWN);
 * VMs that are not free, or of unknown size, are held. Settings are the defaults.
 */
struct plan_input *scene_plan_input(const struct scene *);

#endif
