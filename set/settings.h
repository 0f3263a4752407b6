/*
 * SPDX-License-Identifier: Apache-2.0
 * What the operator configured, as plain structs.
 *
 * configfile/configfile.c builds it from clusterset.conf and checks it (names unique,
 * references resolved, one LUN in one VM, no server in two members); everybody else
 * only reads it. A reload builds a second one beside the first and swaps.
 */
#ifndef SET_SETTINGS_H
#define SET_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "set/policy_list.h"
#include "set/rows.h"

#define NAME_LEN_MAX      96 /* octets of any name an operator gives (csVmName SIZE) */
#define DISK_NAME_MAX     255 /* octets of a disk's that a pattern found (csDiskName) */
#define CLUSTER_NODES_MAX 32 /* ECX's own limit */
#define CPU_WEIGHT        100 /* of a VM that none was given */
#define SNMP_NOBODY       (-1) /* a cluster whose nodes are not to be asked */

/* An OS account of the cluster's servers (contract 1.2); password wiped when freed. */
struct credentials {
	char *user, *password; /* both NULL: none given */
};

/* A program that clustersetd runs: no shell, absolute path (hooks/run.h). */
struct program_settings {
	char **argv; /* argv[0] is the program; NULL ends it; NULL: none */
	msec_t timeout; /* default 30 s */
};

/* How the SNMP agents of nodes are asked. Secrets come from files of mode 0600. */
struct snmp_settings {
	int version; /* 2 (v2c) or 3; 0: not told; SNMP_NOBODY */
	char *community;
	char *user, *auth_protocol, *auth_password, *priv_protocol, *priv_password;
	char *context; /* NULL: "" */
};

struct server_settings {
	char *name; /* as the cluster knows it (lower-case host name) */
	char *url; /* scheme://host:port, no path; the server's own address */
	char *fault_domain; /* NULL: the cluster's */
	char *snmp; /* "HOST[:PORT]" of its SNMP agent; NULL: the host of url */
	int64_t cpus, memory; /* sizes that nobody measures, MiB; ROW_NONE: not told */
	unsigned line; /* where in the file, for messages */
};

struct cluster_settings {
	char *name; /* the set's name for it, unique */
	char
	    *ecx_name; /* what its API must call itself; NULL: recorded when it joins */
	char *base_path; /* "/api/v1" */
	char *fault_domain; /* NULL: none */
	struct server_settings *servers;
	size_t nservers;
	char *read_url; /* a floating IP: read path only, never a server's own answer;
	                   NULL */
	struct credentials poll; /* reference right is enough */
	struct credentials
	    operate; /* operation right; none: the poll account is used */
	char *ca_file; /* PEM; NULL: the system's */
	uint64_t ca_mark; /* digest of what stood in it when loaded; 0: not read */
	char *pinned_key; /* "sha256//..." as libcurl's CURLOPT_PINNEDPUBLICKEY; NULL */
	bool verify; /* false: certificates are not verified (standing alarm) */
	msec_t interval; /* between rounds; the poll section's unless given */
	bool trust_peers; /* silent-server = "trust-peers" (design 4c) */
	struct snmp_settings snmp; /* of its nodes; version 0: load.snmp's */
	struct program_settings fence; /* covers every server of it, or its disks */
	bool fence_disk; /* it cuts off the disks: lasts over a reboot */
	bool fence_automatic; /* recover may call it; default false (I8) */
	unsigned line;
};

struct fault_domain_settings {
	char *name, *descr;
	unsigned line;
};

struct avail_set_settings {
	char *name;
	enum cs_spread spread;
	enum cs_enforcement enforcement;
	unsigned line;
};

struct site_settings {
	size_t cluster; /* index into clusters[] */
	char *group;
	enum cs_autostart autostart; /* as configured in ECX; default unknown */
	char *
	    *monitors; /* that watch the group: suspended while it is moved (quiesce) */
	size_t nmonitors;
	unsigned line;
};

struct disk_site_settings {
	size_t cluster;
	char *resource;
};

struct disk_settings {
	char *name; /* unique in the set */
	enum cs_disk_kind kind;
	struct disk_site_settings *sites;
	size_t nsites;
	unsigned line;
};

struct vm_settings {
	char *name; /* 1..96 octets */
	char *uuid; /* NULL: not told */
	enum cs_vm_kind kind;
	char *home; /* cluster; NULL: none */
	char *avail_set; /* NULL: none */
	int64_t priority; /* 0..1000, higher first; default 100 */
	int64_t memory; /* MiB, ROW_NONE: not told */
	int64_t vcpus; /* ROW_NONE: not told */
	int64_t cpu_weight; /* of estimates, default CPU_WEIGHT */
	struct site_settings *sites; /* in order of preference */
	size_t nsites;
	struct disk_settings *disks;
	size_t ndisks;
	bool accept_autostart; /* the hazard of an idle site that starts by itself */
	unsigned line;
};

/*
 * "Every group whose name fits, in these clusters, is a VM of that name": the explicit
 * pattern of design 3. The VM is named as the group; its disks are the resources of a
 * disk type (sd, disk, md, hd, volmgr), paired across clusters by resource name.
 */
struct pattern_settings {
	char *group; /* fnmatch(3) pattern */
	enum cs_vm_kind kind;
	size_t *clusters; /* in order of preference */
	size_t nclusters;
	char *avail_set;
	int64_t priority;
	int64_t memory, vcpus, cpu_weight; /* as of a VM, of each of them */
	unsigned line;
};

struct poll_settings {
	msec_t interval; /* calm rounds, default 10 s */
	msec_t fast_interval; /* something is in transit there, default 1 s */
	msec_t connect_timeout; /* default 5 s */
	msec_t read_timeout; /* one GET, connecting included, default 10 s */
	msec_t command_timeout; /* one POST, default 300 s (contract 1.7) */
	msec_t backoff_max; /* unreachable server, default 60 s */
	msec_t backoff_denied; /* after 401/403, default 300 s: ECX may lock accounts */
	msec_t freshness; /* older knowledge is void, default 45 s */
	size_t answer_max; /* bytes of one answer, default 4 MiB */
	unsigned connections; /* GETs at once over all clusters, default 256 */
};

struct evidence_settings { /* design 4 */
	msec_t command_horizon; /* default 1980 s */
	msec_t offline_settle; /* default 30 s */
	msec_t evidence_age; /* default 5 s */
};

enum outside_stop { /* a clean stop by somebody else of a VM that is to be up */
	OUTSIDE_RESPECT, /* its intent becomes down */
	OUTSIDE_RESTART /* it is started again where it was */
};
enum conflict_reaction { CONFLICT_NONE, CONFLICT_STOP_NEWCOMER };

struct move_settings { /* section "moves"; design 5 */
	msec_t stop_timeout, start_timeout; /* default 2400 s each: exec and script
	                                       resources may be Pending half an hour */
	msec_t release_timeout; /* for the proof that the others are stopped, 600 s */
	msec_t verify_time; /* that it has to stay Online at the target, 10 s */
	msec_t retry_delay; /* before a refused command is sent again, 5 s */
	unsigned tries; /* of one command, 3 */
	msec_t repeat_window; /* the same SET so soon after is the same move, 60 s */
	unsigned history; /* ended moves that stay in csMoveTable, 1000 */
	msec_t used_memory; /* used pairs of owner and index are remembered, 7 days */
	unsigned limit_set, limit_cluster, limit_node; /* at once: 8, 2, 1 */
	unsigned queue; /* waiting moves, 1000 */
	bool force; /* are csMoveForce and csVmSiteConfirm allowed; default false */
	enum outside_stop outside_stop; /* default respect */
	enum conflict_reaction conflict; /* default none */
};

struct load_settings { /* section "load" */
	msec_t interval; /* between two questions to a node, default 30 s */
	msec_t timeout; /* of one, default 2 s */
	unsigned tries; /* default 2 */
	unsigned at_once; /* nodes that are asked at the same time, default 64 */
	msec_t freshness; /* older is not known, default 120 s */
	msec_t half_life; /* of the smoothing, default 120 s; 0: none */
	struct snmp_settings snmp; /* for clusters that have none of their own */
	struct program_settings hook; /* the metrics hook */
	msec_t hook_interval; /* between two runs, default 30 s */
};

struct policy_settings { /* section "policies" */
	enum cs_policy_mode
	    master; /* default automatic: each policy's own mode counts */
	enum cs_policy_mode mode[POLICY_KINDS]; /* default off */
	msec_t interval; /* between two looks, default 60 s */
	msec_t look_time; /* the planner's, default 2 s */
	unsigned rounds; /* looks in a row before a lasting policy acts, default 3 */
	int64_t
	    imbalance; /* per mille: balance wants something above it, default 100 */
	int64_t high_load; /* per mille of a node's CPUs, default 800 */
	int64_t target_load; /* default 700 */
	int64_t memory_reserve; /* per mille of a node's memory, default 100 */
	int64_t minimum_gain; /* per mille of the imbalance, after cost, default 50 */
	bool failover_reserve; /* every cluster can lose its biggest node; default true
	                        */
	bool swaps; /* default true */
	double weight_cpu, weight_memory; /* defaults 1, 1 */
	double weight_cluster; /* of the deviations over clusters, default 0.5 */
	unsigned max_moves; /* automatic ones at once, default 2 */
	unsigned max_moves_hour; /* default 12 */
	msec_t cool_down; /* of a VM, default 1 h */
	msec_t set_cool_down; /* after any automatic move, default 60 s */
	char *windows; /* default "": always */
	msec_t plan_life; /* until a proposal is void, default 30 min */
	msec_t recover_grace; /* left to ECX inside its cluster, default 300 s */
	bool refill; /* evacuate brings back what it took; default false */
	msec_t calm; /* nothing happened for so long before home acts, default 900 s */
};

struct agentx_settings {
	char *socket; /* default /var/agentx/master */
	unsigned ping_seconds; /* default 5 */
	msec_t request_timeout; /* what a SET may wait for control, default 3 s */
};

struct history_settings {
	unsigned events; /* ring of past events, default 10000 */
	unsigned refusals; /* 64 by contract */
};

#define STATE_FILE_NAME "state.sqlite" /* in state_dir */

struct settings {
	char *file; /* where it came from */
	char *name, *descr;
	char *state_dir; /* default /var/lib/clusterset */
	struct poll_settings poll;
	struct evidence_settings evidence;
	struct move_settings moves;
	struct load_settings load;
	struct policy_settings policies;
	struct agentx_settings agentx;
	struct history_settings history;
	struct cluster_settings *clusters;
	size_t nclusters;
	struct fault_domain_settings *fault_domains;
	size_t nfault_domains;
	struct avail_set_settings *avail_sets;
	size_t navail_sets;
	struct vm_settings *vms;
	size_t nvms;
	struct pattern_settings *patterns;
	size_t npatterns;
};

/* Everything at its default, nothing configured. */
struct settings *settings_new(void);
/* How the agents of a cluster's nodes are asked; NULL: nobody is. */
const struct snmp_settings *settings_snmp(
    const struct settings *, const struct cluster_settings *);
/* Frees all of it, passwords wiped first. NULL is fine. */
void settings_free(struct settings *);

#endif
