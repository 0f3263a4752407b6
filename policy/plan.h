/*
 * SPDX-License-Identifier: Apache-2.0
 * The planner: who should run where, and in which order to get there.
 *
 * Pure functions of an input: no clock, no files, no model, no chance but the seed.
 * Used by clusterset-plan; what times and limits plans in a daemon stands elsewhere. It
 * never commands anything, and a plan is a proposal about the moment the input
 * describes.
 *
 * Hard rules. No move of a plan breaks one, at the moment it is made, with all moves
 * before it done; what is broken already is never made worse, and is repaired first:
 *   - the target is known, healthy and not in maintenance, and an allowed site;
 *   - memory and CPU of the target stay below the settings' head-room;
 *   - a cluster that takes a VM from another could still lose its biggest node, by the
 * sums of memory (settings.reserve; it keeps VMs out, it drives none away);
 *   - members of a hard availability set stay apart as its spread says;
 *   - a VM on hold, or on something unknown or in maintenance, is left alone;
 *   - no more moves at once than the settings allow (waves, plan_move.wave).
 * Within these, the objective is the imbalance plus what the moves cost.
 */
#ifndef POLICY_PLAN_H
#define POLICY_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLAN_NAME_MAX      96 /* bytes of a name, as csVmName */
#define PLAN_LOAD_PER_VCPU 0.3 /* CPUs in use, of a VM that was never measured */

enum plan_node_state {
	PLAN_NODE_ONLINE,
	PLAN_NODE_DRAIN, /* being emptied: nothing in, everything out is a repair */
	PLAN_NODE_MAINTENANCE, /* nothing in, nothing out */
	PLAN_NODE_OFFLINE,
	PLAN_NODE_UNKNOWN,
	PLAN_NODE_STATES
};

enum plan_spread {
	PLAN_SPREAD_NODE, /* members on different nodes */
	PLAN_SPREAD_CLUSTER,
	PLAN_SPREAD_DOMAIN, /* in different fault domains; nodes without one have no
	                       part */
	PLAN_SPREADS
};

/* What balance means. */
enum plan_measure {
	PLAN_MEASURE_SET, /* loads divided by capacities, over nodes and over clusters
	                   */
	PLAN_MEASURE_HBAL /* the score of Ganeti's hbal 3.0, for shared storage */
};

/* What a move is for. All but the last three repair what breaks a hard rule. */
enum plan_kind {
	PLAN_DRAIN, /* empties a node that is drained */
	PLAN_SITE, /* leaves a cluster in which the VM may not run */
	PLAN_MEMORY, /* its node has too much of it on it */
	PLAN_LOAD,
	PLAN_VCPUS,
	PLAN_SPREAD, /* parts members of a hard availability set */
	PLAN_BALANCE,
	PLAN_HOME, /* brings a VM home */
	PLAN_ROOM, /* makes room for another move */
	PLAN_KINDS
};
#define PLAN_AIM(kind)    (1u << (kind))
#define PLAN_AIMS_REPAIRS (PLAN_AIM(PLAN_BALANCE) - 1)
#define PLAN_AIMS_ALL     (PLAN_AIMS_REPAIRS | PLAN_AIM(PLAN_BALANCE))

struct plan_cluster {
	char *name;
	bool maintenance; /* as if all its nodes were */
};

struct plan_node {
	char *name;
	int cluster; /* index */
	int domain; /* index of a fault domain, or -1 */
	enum plan_node_state state;
	char *why; /* of the state, after the name, for people; NULL: its own word */
	double cpus; /* > 0 */
	int64_t memory; /* MiB, > 0 */
	int64_t reserved; /* MiB of it that VMs cannot have */
	/* In use, but by none of these VMs: it counts as theirs, and moves with nobody.
	 */
	double base_load; /* CPUs */
	int64_t base_memory; /* MiB, beside what is reserved */
	double os_vcpus; /* the node's own, part of hbal's vCPU ratio */
	double disk_used; /* share of its disk in use; moves do not change it (hbal) */
};

struct plan_vm {
	char *name;
	int node; /* index, or -1: does not run, and has no part */
	double load; /* CPUs in use */
	bool estimated; /* load was not measured but taken from the size */
	int vcpus;
	int64_t memory; /* MiB */
	double util[4]; /* hbal -U: cpu, memory, disk, net, each 0 to 1 */
	int *sites; /* indexes of clusters in which it may run; none: all */
	size_t nsites;
	char *bound; /* why sites are left out that it has; NULL: none are */
	int home; /* index of a cluster, or -1 */
	int priority; /* 0 to 1000: its moves cost up to twice as much */
	double downtime; /* seconds that a move to another cluster stops it; < 0:
	                    settings */
	bool hold;
	int *sets; /* indexes of availability sets */
	size_t nsets;
};

struct plan_set {
	char *name;
	enum plan_spread spread;
	bool hard;
};

struct plan_settings {
	enum plan_measure measure;
	/* PLAN_MEASURE_SET: weights of the standard deviations */
	double weight_cpu, weight_memory;
	double weight_cluster_cpu, weight_cluster_memory;
	/*
	 * Costs are shares of one node: 0.01 is what one hundredth of a node's load is
	 * worth, taken from a node that has one standard deviation too much to one that
	 * has one too little. So they mean the same in a set of any size.
	 */
	double weight_spread; /* a pair of a soft set that is together */
	double weight_home; /* a VM away from its home cluster */
	double cost_inside; /* a move inside a cluster */
	double cost_across; /* a move to another cluster, and ... */
	double cost_second; /* ... each second that it stops the VM */
	double cost_gib; /* each GiB of a moved VM's memory */
	double downtime; /* seconds, of VMs that say nothing */
	double min_gain; /* what a move must bring beyond its cost */
	double
	    memory_limit; /* share of a node's memory that VMs may have, above 0 to 1 */
	/*
	 * Share of a node's CPUs that loads may take; above it the node is too busy,
	 * and VMs are taken away from it whatever that costs. 0: none.
	 */
	double cpu_limit;
	double cpu_target; /* ... up to which a node is filled; 0: as cpu_limit */
	double vcpu_ratio; /* vCPUs for each CPU at most; 0: no limit */
	bool reserve; /* every cluster can lose its biggest node */
	/*
	 * PLAN_AIM() of what to plan for. A repair that is no aim is not made; its rule
	 * holds all the same. Without PLAN_BALANCE only repairs are made (and what
	 * makes room for them).
	 */
	unsigned aims;
	/*
	 * Moves that may run at the same time: of all, of those that come to or leave
	 * one node, or one cluster. 0: no limit. See plan_move.wave.
	 */
	size_t at_once, at_once_node, at_once_cluster;
	bool swaps; /* exchange two VMs where single moves are stuck */
	/*
	 * Kicks: a few exchanges at random, kept if what follows from them is better.
	 * More of them, a better plan; with any, planning a plan's result again may
	 * find a little.
	 */
	uint64_t kicks;
	size_t max_moves; /* VMs that may move; 0: no limit */
	int64_t max_memory; /* MiB that may move; 0: no limit */
	uint64_t seed; /* order in which VMs are tried; 0: as they stand */
	/* When to stop with the best so far: */
	uint64_t work; /* tries, the same on every machine; 0: no limit */
	bool (*stop)(void *arg); /* asked now and then, true stops; NULL: never */
	void *stop_arg;
};

struct plan_input {
	struct plan_cluster *clusters;
	size_t nclusters;
	struct plan_node *nodes;
	size_t nnodes;
	struct plan_vm *vms;
	size_t nvms;
	struct plan_set *sets;
	size_t nsets;
	char **domains;
	size_t ndomains;
	struct plan_settings settings;
};

/* How uneven the set is. Lower is better. */
struct plan_score {
	double violations; /* hard rules broken, and by how much; 0: none */
	double score; /* by the measure, without costs */
	double cpu, memory; /* 0 to 1: coefficient of variation over sqrt(nodes - 1) */
};

struct plan_move {
	int vm, from, to; /* indexes */
	/*
	 * Moves of one stage belong together (a swap). Hard rules hold after every
	 * move; the score has fallen, or a violation, after every whole stage.
	 */
	size_t stage;
	/*
	 * Moves of one wave may run at the same time, begin and end in any order: with
	 * all of them under way each VM still uses its source and has its room on the
	 * target already, and whichever have ended, no hard rule is broken. A wave
	 * begins when all moves of those before have ended. Never falls along the list.
	 */
	size_t wave;
	enum plan_kind kind;
	double benefit; /* what the score fell by; may be negative inside a stage */
	double cost; /* in the same unit */
	double score; /* after it */
	char *reason;
};

struct plan {
	struct plan_move *moves;
	size_t nmoves;
	size_t nwaves;
	size_t nvms; /* VMs that end elsewhere */
	int64_t memory; /* MiB moved */
	struct plan_score before, after;
	uint64_t work; /* tries made */
	bool
	    complete; /* false: limits or the budget ended it, more would be possible */
};

/* Settings as a file without any has them. */
void plan_settings_default(struct plan_settings *s);
/* ... and with hbal's measure: no costs, no reserve, no limits but memory and 8 vCPUs
 */
void plan_settings_hbal(struct plan_settings *s);

struct plan_input *plan_input_new(void); /* empty, default settings */
void plan_input_free(struct plan_input *in);
/* Where an input is wrong. */
enum plan_part { PLAN_PART_SETTINGS, PLAN_PART_NODE, PLAN_PART_VM, PLAN_PART_SET };
struct plan_fault {
	enum plan_part part;
	size_t index; /* of nodes, vms, sets */
};

/*
 * Does everything in it refer to something, are figures in range? 0, or -1 with words
 * in *cause and the place in *where (may be NULL). The functions below want a checked
 * input.
 */
int plan_input_check(
    const struct plan_input *in, struct plan_fault *where, char **cause);

/* The input stays the caller's; the plan keeps nothing of it. plan_free() the result.
 */
struct plan *plan_make(const struct plan_input *in);
void plan_free(struct plan *p);

/* The scores of the input as it stands. */
void plan_judge(const struct plan_input *in, struct plan_score *score);

/*
 * Would moving this VM to this node, now, break or worsen a hard rule? NULL when not,
 * else which, in words that the caller frees.
 */
char *plan_forbids(const struct plan_input *in, int vm, int node);

/* One node as a place for one VM. */
struct plan_place {
	int node;
	bool possible;
	double benefit, cost; /* of moving there, where possible, in the score's unit */
	char *reason; /* why not possible, or what it would bring */
};

struct plan_why {
	char *words; /* why it moves, or why it stays: one paragraph */
	struct plan_place
	    *places; /* every other node: possible ones first, best first */
	size_t nplaces;
};

/*
 * Why a VM moves or stays. A VM that moves is looked at before the first move, one that
 * stays after the last. plan_why_free the result.
 */
struct plan_why *plan_explain(
    const struct plan_input *in, const struct plan *p, int vm);
/* What this one move would be for, as a plan says it; the caller frees. */
char *plan_reason(const struct plan_input *, int vm, int to);
void plan_why_free(struct plan_why *why);

/* What a new VM, or one that runs nowhere, would need. */
struct plan_want {
	int vcpus;
	double load; /* CPUs it will use; < 0: PLAN_LOAD_PER_VCPU of each vCPU */
	int64_t memory; /* MiB */
	int set; /* index of its availability set, or -1 */
	const int *sites; /* indexes of clusters in which it may run; none: all */
	size_t nsites;
	int home; /* index of a cluster, or -1 */
};

/* One node as a place for it. */
struct plan_spot {
	int node;
	bool possible;
	/*
	 * 1000: no node would leave the set more even, even if it broke a rule; 1: as
	 * bad as the worst; 0: not possible.
	 */
	int score;
	double change; /* of the score, where possible; below 0: it gets more even */
	char *reason; /* what the node would look like, or why it is not possible */
};

struct plan_where {
	struct plan_spot *spots; /* every node: possible ones first, best first */
	size_t nspots, npossible;
	/* One sentence: the best place and the next, or what stands in the way of most.
	 */
	char *words;
};

/*
 * Where should it go: the hard rules as for a move from nowhere, then the imbalance it
 * leaves. The want must fit the input: indexes in range, memory and CPUs not below 0.
 * plan_where_free() the result.
 */
struct plan_where *plan_where(
    const struct plan_input *in, const struct plan_want *want);
void plan_where_free(struct plan_where *where); /* NULL is fine */
/* What a VM of the input needs, as if it ran nowhere; borrows its sites. */
struct plan_want plan_want_of(const struct plan_input *in, int vm);

const char *plan_node_state_word(enum plan_node_state state);
const char *plan_kind_word(enum plan_kind kind);
const char *plan_spread_word(enum plan_spread spread);

#endif
