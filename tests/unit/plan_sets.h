/*
 * SPDX-License-Identifier: Apache-2.0
 * Random sets for the planner's property tests, and its hard rules once more, written
 * plainly from the input: what a plan does is judged by these and not by the planner's
 * own. Fails the running test when a rule is broken, naming the seed.
 */
#ifndef TESTS_UNIT_PLAN_SETS_H
#define TESTS_UNIT_PLAN_SETS_H

#include "policy/plan.h"

/* The same set for the same seed: up to 4 clusters, 12 nodes, 45 VMs. */
struct plan_input *sets_input(uint64_t seed);
/* More of the same seed's chance: 0 to n - 1, 0 to 1. */
unsigned sets_pick(unsigned n);
double sets_share(void);

bool sets_frozen(const struct plan_input *in, int node); /* nothing leaves it */
bool sets_takes(const struct plan_input *in, int node); /* VMs may come */
int64_t sets_room(const struct plan_input *in, size_t node); /* MiB for VMs */
double sets_load_room(const struct plan_input *in, int node); /* CPUs; INFINITY */
/* Pairs of the set's members in one place. */
int sets_pairs(const struct plan_input *in, int set);
/* The node has not too much of anything; the cluster could lose its biggest node. */
void sets_check_capacity(const struct plan_input *in, int node, uint64_t seed);
void sets_check_reserve(const struct plan_input *in, int cluster, uint64_t seed);

#endif
