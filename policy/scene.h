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
#include <time.h>

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
	bool provable; /* all its servers answer, or something is proved to be stopped
	                  there without them: fences, an operator, trust-peers */
	time_t changed; /* wall: its newest change of state that is told; 0: none is */
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
	double load_last; /* the same as measured last */
	int64_t memory_used; /* MiB, smoothed; < 0 */
	bool takes; /* VMs may be sent there: known, Online, active, not in maintenance
	             */
	time_t changed; /* wall: its newest change of state that is told; 0: none is */
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
	int to_cluster, to_node; /* slots, where an open move takes it; -1 */
	bool runs; /* running, and known on which node */
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
	 * doubt or transit, its disks where it is (or was last), its cluster known, and
	 * neither that nor its node in maintenance (I6).
	 */
	bool free;
	const char *why_not; /* in words, when it is not free; static */
	/*
	 * The same but for maintenance, set by an operator on a cluster that is known:
	 * what evacuate goes by, which is the one exception from I6 that he asked for.
	 */
	bool leaves;
	const char *why_stays; /* in words, when it may not leave; static */
	/*
	 * It may go to another cluster: what every other site of it is is known, that
	 * it is stopped can be proved in each, and none starts by itself, nor would
	 * the one that it leaves. Inside its cluster it may move without.
	 */
	bool across;
	const char *why_inside; /* in words, when it may not; static */
};

struct scene_move { /* one that ended well, not long ago */
	size_t vm; /* slot */
	int from_node, to_node; /* slots; -1 */
	time_t began, left, came; /* wall; came: it ended */
	bool ours; /* of a policy */
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
	struct scene_move *moved;
	size_t nclusters, nnodes, nvms, nsets, nmoved;
	size_t moves_open; /* rows of csMoveTable that have not ended */
	time_t start; /* wall: the daemon's; what was found so is so at least since */
	/*
	 * Something is in transit without us, or has just broken, so that ECX or the
	 * recover policy may be about to act: policies yield. That is
	 *	a VM that is to be up and is starting or stopping, or since
	 *	SCENE_TRANSIT at most stopped, failed or unknown;
	 *	a cluster that was no longer Normal or Caution since SCENE_TRANSIT at
	 *	most, or was not asked yet;
	 *	a node that is starting or stopping, or since SCENE_LOST at most lost.
	 * Whatever is in a cluster or on a node that an operator put in maintenance, or
	 * that is ignored, counts for nothing here, and neither does what we move. Each
	 * state that can last for ever counts for a while only, so that a dead cluster
	 * ends the work on others for SCENE_TRANSIT, and not for good: what is
	 * unknown is left alone without that.
	 */
	bool failover;
	char *failover_text; /* what and where; "" */
	/*
	 * The newest thing that happened: a change of state or place, an alarm raised,
	 * the end of a move, or our own start; but for what policies brought about
	 * themselves, and for what is in maintenance. 0: nothing is told of.
	 */
	time_t unrest;
	char *unrest_text; /* what; "" */
};

#define SCENE_TRANSIT 900 /* seconds */
#define SCENE_STUCK   5400 /* ... after which nobody waits for a Pending any more */
#define SCENE_LOST    180
#define SCENE_FLAP                                                        \
	300 /* a node, or cluster, that came back so lately takes nothing \
	     */

/* Takes a reference of its own. Both times are those of the look. */
struct scene *scene_new(struct generation *, msec_t now, time_t wall);
void scene_free(struct scene *); /* NULL is fine */

/* Slots by index; -1: there is none. */
int scene_cluster_find(const struct scene *, uint32_t index);
int scene_node_find(const struct scene *, uint32_t cluster, uint32_t node);
int scene_vm_find(const struct scene *, uint32_t index);
/* Did the node, and its cluster, become what they are longer than so many seconds ago?
 */
bool scene_node_settled(const struct scene *, size_t node, time_t seconds);

/*
 * The scene as the planner's input: clusters, nodes and VMs in the same slots. Nodes
 * that are not known, or whose load is not, or that came back within SCENE_FLAP,
 * neither give nor take (PLAN_NODE_UNKNOWN). VMs that are not free, or of unknown size,
 * are held. Settings are the defaults.
 *
 * Sums are true: what a node is measured to use beyond its VMs of known size is its
 * base, which moves with nobody. A VM that is being moved stands where it is bound for.
 * Smoothed loads lag behind a move; how much of it they show yet is taken into account.
 */
struct plan_input *scene_plan_input(const struct scene *);

#endif
