/*
 * SPDX-License-Identifier: Apache-2.0
 * The planner's inside: a placement with its running sums. Only policy/plan*.c.
 *
 * Every quantity that is balanced is a metric: a VM adds an amount to its node, divided
 * by the node's capacity. A score is a weighted sum of standard deviations of metrics,
 * so trying a move needs the two nodes it touches and two sums, however many nodes
 * there are.
 */
#ifndef POLICY_PLAN_IMPL_H
#define POLICY_PLAN_IMPL_H

#include "policy/plan.h"

#define METRICS 8 /* room for; 2 or 8 are in use */

/* Why a VM cannot go to a node. */
enum plan_no {
	NO_NOTHING,
	NO_HERE, /* it is there */
	NO_STOPPED,
	NO_HOLD,
	NO_SOURCE, /* where it is is unknown or in maintenance */
	NO_TARGET_STATE,
	NO_SITE,
	NO_MEMORY,
	NO_CPU,
	NO_VCPUS,
	NO_RESERVE,
	NO_SPREAD
};

struct node_state {
	double x[METRICS]; /* loads, each divided by the node's capacity */
	double inverse[METRICS]; /* 1 / capacity; 0 where the node does not count */
	int64_t memory, memory_max; /* MiB of VMs; what is allowed */
	double load, load_max, load_fill; /* load_fill: up to which it takes VMs */
	double vcpus, vcpus_max;
	bool counts; /* takes VMs, and has a part in the deviations */
	bool frozen; /* nothing leaves */
	int *vms; /* those on it */
	size_t nvms, cap;
};

struct cluster_state {
	double x[METRICS], inverse[METRICS];
	int64_t memory,
	    memory_max; /* of counting nodes, memory_max without the biggest */
	int *nodes; /* counting ones */
	size_t nnodes;
};

struct vm_state {
	double q[METRICS]; /* what it adds */
	int node, start;
	size_t slot; /* in the node's list */
	double cost_inside, cost_across; /* of being moved, score units */
	bool fixed; /* hold, stopped, or on something frozen */
};

struct set_state {
	int *vms; /* members that run */
	size_t nvms;
	double weight; /* of a clash, in the score */
};

struct plan_state {
	const struct plan_input *in;
	const struct plan_settings *s;
	struct node_state *nodes;
	struct cluster_state *clusters;
	struct vm_state *vms;
	struct set_state *sets;
	int *targets; /* nodes that count */
	size_t ntargets;
	size_t nmetrics;
	bool over_clusters; /* deviations over clusters count, too */
	double weight[METRICS], cluster_weight[METRICS];
	double sum1[METRICS], sum2[METRICS]; /* over nodes: x, x squared */
	double csum1[METRICS], csum2[METRICS]; /* over clusters */
	size_t cluster_count; /* with counting nodes */
	double deviations, cluster_deviations; /* weighted sums now */
	double unit; /* a cost of 1 in score units */
	double min_gain; /* score units */
	size_t applied; /* since the sums were made anew */
	bool *moved; /* by VM: is it not where it began? Small, for a quick look */
	size_t nmoved; /* how many */
	int64_t memory_moved;
	double mean_memory; /* of VMs, MiB */
	uint64_t work; /* tries so far */
	uint64_t asked; /* the try at which stop() was last asked */
	bool stopped;
	bool limited; /* the last pass left something because of a limit */
};

/* What a try would change. */
struct plan_delta {
	double score; /* without costs */
	double cost;
};

struct plan_state *state_new(const struct plan_input *in);
void state_free(struct plan_state *st);
/* A copy of the placement only: what each VM's node is. The caller frees. */
int *state_placement(const struct plan_state *st);
void state_apply(struct plan_state *st, int vm, int node);
/* Puts every VM where the array says. */
void state_restore(struct plan_state *st, const int *placement);

/* Rules: plan_rules.c */
enum plan_no rules_forbid(const struct plan_state *st, int vm, int node, int *set);
/* ... if VM `gone` had just left that node for the node of vm (a swap's second half).
 */
enum plan_no rules_forbid_without(
    const struct plan_state *st, int vm, int node, int gone, int *set);
/* ... if it ran nowhere, and were to be started there. */
enum plan_no rules_forbid_start(
    const struct plan_state *st, int vm, int node, int *set);
/* The violations that VM vm has a part in, so that moving it could mend one? */
bool rules_blame(const struct plan_state *st, int vm);
double rules_violations(const struct plan_state *st, unsigned aims);
/* How much the node has too much of anything that is an aim. */
double rules_overflow(const struct plan_state *st, int node);
/* By how much moving there changes them; <= 0 for whatever is not forbidden. */
double rules_change(const struct plan_state *st, int vm, int node);
/* Other members of the set in the place of that node. */
int rules_together(const struct plan_state *st, int set, int vm, int node);
/* Is the node another place than the one of VM other, as the set spreads? */
bool rules_apart(const struct plan_state *st, size_t set, int other, int node);
/* Is the cluster one in which the VM may run? */
bool rules_site(const struct plan_vm *vm, int cluster);

/* Scores: plan_score.c */
double score_now(const struct plan_state *st); /* without costs */
void score_refresh(struct plan_state *st); /* all sums anew, against drift */
/* Around a change of two nodes: takes them and their clusters out of the sums, and puts
 * them in again. */
void score_without(struct plan_state *st, int a, int b);
void score_with(struct plan_state *st, int a, int b);
void score_move(struct plan_state *st, int vm, int node, struct plan_delta *d);
/* How the score changes if a VM that runs nowhere is started there. */
double score_start(const struct plan_state *st, int vm, int node);
/* both at once: a to b's node, b to a's; violations are not looked at */
void score_swap(struct plan_state *st, int a, int b, struct plan_delta *d);
/* a to the node of b and c, and these to its; they share no set */
void score_two(struct plan_state *st, int a, int b, int c, struct plan_delta *d);
/* What it costs that the VM is where it is. */
double score_cost(const struct plan_state *st, int vm);
void score_words(const struct plan_state *st, struct plan_score *out);

/* Search: plan_search.c. What was done, in order; each a swap of two or one move. */
struct plan_step {
	int vm, from, to;
	size_t stage;
};
struct plan_steps {
	struct plan_step *steps;
	size_t n, cap, stages;
};
void steps_add(struct plan_steps *steps, int vm, int from, int to);
/*
 * Improves the placement until nothing does or the budget is gone; true: nothing does.
 * Another variant tries VMs in another order.
 */
bool search_run(struct plan_state *st, unsigned variant, struct plan_steps *done);
/* Goes on from there with settings.kicks kicks; true: with all of them. */
bool search_kick(struct plan_state *st, struct plan_steps *done);

/* Words: plan_why.c. Why it cannot go there, or (start) start there; NULL: it can. */
char *why_not(const struct plan_state *st, int vm, int node, bool start);

/* What the move is for and why, before it is made; the caller frees. plan_words.c */
char *words_of_move(
    const struct plan_state *st, const struct plan_step *m, enum plan_kind *kind);

/*
 * Waves: plan_wave.c. The steps in an order in which those that may run together stand
 * together, with the wave of each in waves[]; returns how many waves. st is at the
 * start of the steps, and ends after them.
 */
size_t wave_run(struct plan_state *st, const struct plan_steps *steps,
    struct plan_steps *out, size_t *waves);

/* Order: plan_order.c. From start to where the search came, without detours where that
 * is possible; st is at start and ends where the steps end. True: all of it. */
bool order_run(struct plan_state *st, const int *wanted, const struct plan_steps *found,
    struct plan_steps *out);

#endif
