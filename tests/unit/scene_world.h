/*
 * SPDX-License-Identifier: Apache-2.0
 * A set as plain structs, published as a generation, for tests of policies: no model,
 * no rounds. Loads are true or smoothed as set/load.c does; moves take effect at once
 * or when the test says so.
 */
#ifndef SCENE_WORLD_H
#define SCENE_WORLD_H

#include "policy/policy.h"
#include "set/event.h"

enum {
	W_CLUSTERS = 8,
	W_NODES = 40,
	W_VMS = 300,
	W_SETS = 8,
	W_EVENTS = 200,
	W_PLANS = 64
};

struct w_cluster {
	char name[32];
	enum cs_cluster_admin admin;
	enum cs_cluster_oper oper;
	uint32_t domain;
	msec_t polled;
};

struct w_node {
	char name[32];
	int cluster;
	enum cs_cluster_admin admin;
	enum cs_node_oper oper;
	uint32_t domain;
	int cpus; /* 0: not known */
	int64_t memory; /* MiB; 0: not known */
	double base_load; /* CPUs */
	int64_t base_memory;
	double mean_load, mean_memory; /* what is told, smoothed */
	bool stale; /* no load is told */
};

struct w_site {
	int cluster;
	enum cs_site_oper oper; /* 0: as the VM is */
	enum cs_autostart autostart; /* 0: manual */
	bool blocked; /* while it does not run there, by its autostart */
	bool proved; /* its evidence is complete, as that of a fence */
	uint32_t confirm; /* epoch that an operator confirmed */
};

struct w_vm {
	char name[32];
	enum cs_vm_kind kind;
	enum cs_vm_admin admin;
	enum cs_vm_oper oper;
	bool hold, estimated;
	int node; /* -1: nowhere */
	int last; /* cluster; -1 */
	int home; /* cluster; -1 */
	int set; /* -1 */
	int priority;
	double load; /* what it really uses; < 0: not told to anybody, 1 really */
	double mean_load;
	int64_t memory; /* < 0: not told, 1024 really */
	time_t moved, since;
	struct w_site sites[W_CLUSTERS];
	int nsites;
	int disk_owner; /* cluster; -1 nobody; -2: as it runs */
	int to_cluster, to_node; /* open move; -1 */
};

struct w_set {
	char name[32];
	enum cs_spread spread;
	bool hard;
};

struct w_move {
	int vm, from_node, to_node;
	bool by_policy, open;
	const char *reason; /* NULL: none */
	time_t began, ended;
	int64_t downtime_ms;
};

struct w_event {
	enum event_type type;
	enum cs_severity severity;
	enum cs_object object;
	time_t wall;
	char object_name[64], cluster[32], vm[32], text[96];
};

struct w_plan { /* a row of csPlanTable */
	const char *policy;
	uint32_t vm, cluster, node; /* indexes */
	enum cs_plan_state state;
};

struct world {
	struct w_cluster c[W_CLUSTERS];
	struct w_node n[W_NODES];
	struct w_vm v[W_VMS];
	struct w_set s[W_SETS];
	struct w_event e[W_EVENTS];
	struct w_plan p[W_PLANS];
	struct w_move *m;
	int nc, nn, nv, ns, ne, nm, np, ndomains;
	bool loads_missing; /* the alarm loadUnknown stands */
	msec_t now, start;
	time_t wall;
	struct policy_settings settings;
	struct policy_past past[W_VMS];
	struct policy_fence fence; /* cluster 0: none has one */
	uint64_t random;
};

struct world *world_new(void);
void world_free(struct world *);

int world_cluster(struct world *, const char *name);
int world_node(struct world *, int cluster, const char *name, int cpus, int64_t memory);
/* It may run in every cluster that there is now; its home is none. */
int world_vm(struct world *, const char *name, int node, double load, int64_t memory);
int world_set(struct world *, const char *name, enum cs_spread, bool hard);
void world_event(
    struct world *, enum event_type, time_t wall, int cluster, const char *object_name);
/* Loads told are the true ones, at once. */
void world_measure(struct world *);
/* One step of smoothing, with noise: each load off by up to that share. */
void world_smooth(struct world *, msec_t elapsed, msec_t half_life, double noise);
/* The VM is there now; a row of csMoveTable, by a policy or not. */
void world_move(struct world *, int vm, int node, bool by_policy);

struct scene *world_scene(struct world *);
typedef void look_fn(const struct policy_view *, struct policy_finding *);
/* Looks once; the caller clears the finding. */
void world_look(struct world *, look_fn *, struct policy_finding *);
/* What was found stands in csPlanTable from now on, instead of what stood. */
void world_stands(struct world *, const char *policy, const struct policy_finding *);
/* Carries out the first n proposals; each is checked against the rules first: see
 * world_forbids(). */
void world_carry_out(struct world *, const struct policy_finding *, size_t n);
/*
 * What moving there would break, judged from the structs and not by the planner; NULL:
 * nothing. Static text.
 */
const char *world_forbids(const struct world *, int vm, int node);
int world_node_of(const struct world *, uint32_t cluster, uint32_t node);
/* Pairs of that set together. */
int world_clashes(const struct world *, int set);
double world_node_load(const struct world *, int node);
int64_t world_node_memory(const struct world *, int node);
/* CV of the nodes' loads over its bound, of those that are well: by the true loads. */
double world_imbalance(const struct world *);

unsigned world_pick(struct world *, unsigned n);
double world_share(struct world *);
/* A random one. */
struct world *world_random(uint64_t seed);

#endif
