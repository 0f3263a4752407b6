/*
 * SPDX-License-Identifier: Apache-2.0
 * What looks of policies have in common: the planner asked, its moves as proposals.
 * Only the policies themselves.
 */
#ifndef POLICY_LOOK_H
#define POLICY_LOOK_H

#include "policy/policy.h"

#define LOOK_MOVES 64 /* proposals of one look at most */
#define LOOK_FAR   100 /* more cost across clusters: any place inside is preferred */

/* Something is in transit: says so, wants nothing. */
bool look_yields(const struct policy_view *, struct policy_finding *);
bool look_stopped(const struct policy_view *);

/* The planner's settings as these policies have them; no kicks, told to stop. */
void look_settings(const struct policy_view *, struct plan_input *);
void look_hold_all(struct plan_input *);
/* Soft sets as if they were hard: nothing is put together that is apart. */
void look_sets_hard(struct plan_input *);
/* By VM: does it share a place with another one of its set, as that spreads? */
bool *look_clashes(const struct plan_input *);

/* What nodes carry, as the moves before made it. */
struct look_sums {
	double *load;
	double *memory;
};
void look_sums_open(struct look_sums *, const struct plan_input *);
void look_sums_move(
    struct look_sums *, const struct plan_input *, const struct plan_move *);
void look_sums_close(struct look_sums *);

/*
 * A proposal of that move with its reasons: `why`, taken over, or what the planner
 * says; the figures of both nodes before and after it, by *sums, which follows; the
 * next best nodes. `from` is the placement before the plan.
 */
struct policy_proposal *look_propose(const struct policy_view *,
    struct policy_finding *, const struct plan_input *from, const struct plan *,
    size_t move, struct look_sums *, char *why);

/*
 * Nobody measures this set: no node tells loads or sizes, nor ever did. Then policies
 * that do not rest on loads go by the number of VMs: every node as big as the next,
 * every VM as big as the next, no head-room to keep.
 */
bool look_unmeasured(const struct scene *);
void look_by_count(const struct scene *, struct plan_input *);

/*
 * Proposes to bring VMs to the clusters to[vm] (slots; -1: not this one), as many as
 * have room there and as balance would leave there, those of the highest priority
 * first. Says in the status how many, and why others stay away.
 */
void look_return(const struct policy_view *, struct policy_finding *, const int *to,
    enum policy_kind, const char *why, int benefit);

/* Why the VM can go to none of its nodes: the reasons of some. The caller frees. */
char *look_stuck(const struct plan_input *, const struct plan *, int vm);

/*
 * What the policy proposed before and what stands: rows of csPlanTable that are
 * proposed or approved, the oldest first. A look that finds them still good proposes
 * them again, so that what an operator reads does not change with every breath of a
 * load. *moving: a plan of it is being carried out.
 */
struct look_standing {
	int vm, node; /* slots */
};
size_t look_standing(const struct policy_view *, enum policy_kind,
    struct look_standing **, bool *moving);
/*
 * Those of them, in that order, whose VM is not held in this input and whose move is
 * allowed when those before it are made; with `mends`, whose VM shares a place with
 * another one of its set then. As a plan without scores; plan_free() it.
 */
struct plan *look_keep(
    struct plan_input *, const struct look_standing *, size_t n, bool mends);

/* Drops the moves from n on. */
void look_cut(struct plan *, size_t n);
/*
 * A plan moves a VM twice where it cannot do without. Nobody wants that of a policy: it
 * ends before the stage in which that happens, and the next look goes on from there.
 */
void look_once(const struct plan_input *, struct plan *);
/* Puts the VMs where the plan's first n moves bring them. */
void look_apply(struct plan_input *, const struct plan *, size_t n);

/* "12.3" of 123 per mille */
#define LOOK_PERCENT(mille) (int)((mille) / 10), (int)((mille) % 10)

/*
 * What balance would do with that input, whose settings and holds it sets: NULL when it
 * is content. *now (never NULL) is what it measured. `trigger`: per mille of imbalance
 * that it bears. VMs in cool-down are left alone if `cools`. *why (may be NULL): when
 * nothing is to be done although more is borne than that, why; the caller frees.
 */
struct plan *balance_plan(const struct policy_view *, struct plan_input *,
    int64_t trigger, bool cools, struct plan_score *now, char **why);
/* per mille */
int balance_imbalance(const struct plan_score *);

#endif
