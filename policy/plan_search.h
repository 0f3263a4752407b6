/*
 * SPDX-License-Identifier: Apache-2.0
 * The planner's search, shared by its parts. Only policy/plan*.c.
 */
#ifndef POLICY_PLAN_SEARCH_H
#define POLICY_PLAN_SEARCH_H

#include "policy/plan_impl.h"

#define PLAN_NOTHING 1e-9 /* less is no change of a violation */

/* What a pass tries for each VM beside single moves. */
enum effort {
	SINGLES,
	EXCHANGES, /* swaps after which no more VMs are away from where they began */
	SWAPS,
	TRIOS /* and one VM for two */
};

struct search {
	struct plan_state *st;
	struct plan_steps *done;
	int *order; /* of VMs */
	bool all; /* few nodes: try every one */
	int *roomy; /* by kind: overall, then each metric */
	size_t nroomy, per_kind;
	size_t since; /* moves since roomy was made */
	int *list; /* targets of the VM that is tried: own_list, or all */
	int *own_list;
	char *listed; /* node is in list */
	size_t nlist;
	bool dense; /* swaps: every VM is tried, so each pair need be looked at once */
	double objective; /* score and cost, since the search began */
	uint64_t random;
};

/* Makes the move and writes it down. */
void search_go(struct search *se, int vm, int node);
/* First a, then b. */
void search_swap(struct search *se, int a, int b);
/* Is the budget gone? */
bool search_spent(struct plan_state *st);
/* May so many more VMs with so much memory be away from where they began? */
bool search_within(const struct plan_state *st, int vms, int64_t memory);
/* Does moving there make one more VM away from its start (1), one less (-1), or not? */
int search_more(const struct plan_state *st, int vm, int node);
/*
 * What it lowers score and cost by, for each VM that it makes one more to move; where
 * memory is limited, for as much memory as the mean VM has.
 */
double search_gain(
    const struct plan_state *st, const struct plan_delta *d, int more, int64_t memory);
/* In which order can the two be exchanged? The first one, or -1: in none. */
int search_first(const struct plan_state *st, int a, int b);
/* Makes se->list the nodes on which the VM is tried. */
void search_targets(struct search *se, int vm);
/* The best thing to do with one VM, done if it gains at least `least`. *left: the best
 * gain that was not taken, if it is more. */
bool search_try(
    struct search *se, int vm, enum effort effort, double least, double *left);
/*
 * Makes the best exchange of a VM for one of the listed nodes that gains at least
 * `least`; or, for two of one of them. *seen: the best gain that was left. plan_swap.c
 */
bool swap_try(
    struct search *se, int vm, enum effort effort, double least, double *seen);
bool swap_try_two(struct search *se, int vm, double least, double *seen);
/* splitmix64, so that a seed means the same everywhere */
uint64_t search_random(uint64_t *state);

/* Mends violations: plan_repair.c */
void repair_run(struct search *se);
/* Disturbs the placement a little and improves it again: plan_kick.c. True: all kicks
 */
bool kick_run(struct search *se, enum effort effort, double floor);

#endif
