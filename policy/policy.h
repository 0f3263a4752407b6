/*
 * SPDX-License-Identifier: Apache-2.0
 * A policy: a function that looks at a scene and says what should be moved, and why.
 *
 * One file and one row of POLICY_LIST (set/policy_list.h); doc/policies.md walks
 * through an example. look() is pure and runs in a thread of its own: it sees a scene,
 * the settings and what the engine remembers, and fills a finding. It never acts:
 * modes, rounds, limits, cool-down, windows, approval, withdrawal and the request
 * itself are the engine's (policy/engine.h), the same for all, and every proposal
 * passes the checks that a SET passes.
 */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include "policy/scene.h"
#include "set/settings.h"

/*
 * What csMoveReason of a policy's move begins with: the policy's name and this, then
 * the plan's number.
 */
#define POLICY_REASON ", plan "
/* Is the row a move that this policy asked for? */
bool policy_asked(const struct move_row *, enum policy_kind);

/* What the engine remembers of a VM, for look(). */
struct policy_past {
	uint32_t vm;
	time_t moved; /* its last automatic move ended, or any move of it; 0 */
	uint32_t left; /* cluster that evacuate took it from and may refill; 0 */
	unsigned times; /* policies moved it within the last day */
};

struct policy_fence { /* of a cluster that has one */
	uint32_t cluster;
	bool automatic; /* the configuration lets recover call it */
	bool may_act; /* and recover may act by itself now */
	bool failed; /* the last time that it was called, ... */
	time_t ended; /* ... until then */
};

struct policy_view {
	const struct scene *scene;
	const struct policy_settings *settings; /* with what SETs changed */
	const struct policy_past *past; /* sorted by vm */
	size_t npast;
	const struct policy_fence *fences; /* clusters without: none here */
	size_t nfences;
	bool (*stop)(
	    void *arg); /* the look's time is over: finish with what there is */
	void *stop_arg;
};
const struct policy_past *policy_past(const struct policy_view *, uint32_t vm);
/*
 * Is the VM within its cool-down? That doubles with every further time that policies
 * moved it within a day (up to a day), so that nobody chases loads that come and go.
 */
bool policy_cools(const struct policy_view *, uint32_t vm);

struct policy_reason {
	int weight; /* per mille; below 0: against it */
	char *text;
};

struct policy_proposal {
	uint32_t vm, cluster, node; /* indexes; node 0: ECX chooses */
	int benefit; /* per mille, 1000: it must be */
	double cost; /* seconds of down time expected; < 0: not known */
	bool urgent; /* repairs or recovers: no windows, cool-down, gain or rounds */
	struct policy_reason *reasons; /* the weightiest first */
	size_t nreasons;
};

/* What stands in the way of something that should be: an alarm while it lasts. */
struct policy_lack {
	uint32_t vm;
	char *text; /* what is missing, exactly, and the way out */
	uint32_t fence; /* cluster whose fence would help; 0 */
};

struct policy_finding {
	char *status; /* csPolicyStatusText */
	int imbalance; /* per mille; -1: this policy does not measure it */
	bool wants; /* something should be done: the engine counts rounds of it */
	bool yields; /* it waits for a failover to end: what stood before may stand */
	struct policy_proposal *proposals; /* in the order they are to be carried out */
	size_t nproposals;
	struct policy_lack *lacks;
	size_t nlacks;
};

/* Texts are taken over. The proposal stays valid until the next one is added. */
struct policy_proposal *finding_propose(
    struct policy_finding *, uint32_t vm, uint32_t cluster, uint32_t node);
void proposal_reason(struct policy_proposal *, int weight, char *text);
void finding_lack(struct policy_finding *, uint32_t vm, uint32_t fence, char *text);
void finding_status(struct policy_finding *, char *text);
void finding_clear(struct policy_finding *);

struct policy {
	const char *name; /* csPolicyName and the key in the configuration */
	const char *descr; /* csPolicyDescr */
	int rank; /* lower ones look first, and their plans begin first */
	bool lasting; /* acts only after `rounds` looks in a row wanted something */
	void (*look)(const struct policy_view *, struct policy_finding *);
};

/* By enum policy_kind; made of set/policy_list.h. */
extern const struct policy policy_table[POLICY_KINDS];

/* name_look(), of each of them */
#define POLICY_LOOK(KIND, name, rank, lasting, descr) \
	void name##_look(const struct policy_view *, struct policy_finding *);
POLICY_LIST(POLICY_LOOK)

#endif
