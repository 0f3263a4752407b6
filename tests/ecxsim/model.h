/*
 * SPDX-License-Identifier: Apache-2.0
 * The simulated world: clusters, their servers, groups, resources and monitors.
 *
 * What does not change (configuration) and what physically is (a server's power) hang
 * on the cluster; what the cluster *believes* hangs on a view. A healthy cluster has
 * one view shared by its servers; a partition gives every side a view of its own, and
 * each view's state machine goes on independently. Names and numbers only: the rules
 * are in machine.c, server.c and monitor.c, the JSON in api_get.c and control.c.
 */
#ifndef ECXSIM_MODEL_H
#define ECXSIM_MODEL_H

#include <jansson.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <uthash.h>

#include "tests/ecxsim/oracle.h"
#include "tests/ecxsim/sched.h"

#define SERVERS_MAX 32 /* of a cluster; sets of servers are bit masks */

/* The words of contract section 2. */
enum status {
	ST_OFFLINE,
	ST_ONLINE,
	ST_ON_PENDING,
	ST_OFF_PENDING,
	ST_ON_FAIL,
	ST_OFF_FAIL,
	ST_UNKNOWN,
	ST_NORMAL,
	ST_CAUTION,
	ST_ERROR,
	ST_SUSPEND
};
const char *status_word(enum status st);

enum release { REL_420, REL_422, REL_52, REL_60 };

enum failure_action { /* what a failed (de)activation leads to */
	FAIL_NONE,
	FAIL_FAILOVER, /* activation only */
	FAIL_SHUTDOWN,
	FAIL_REBOOT
};

struct resource {
	char *name, *type, *lun;
	int group, index;
	int *deps; /* indexes of resources of the same group it needs */
	size_t ndeps;
	int64_t start_ms, stop_ms;
	bool is_vm; /* its being active is the VM's being active */
	bool fail_leaves_active; /* a failed start may have half worked */
	enum failure_action act_failure, deact_failure;
	/* how many of the next starts and stops fail; -1: all; on one server or any */
	int start_fails, stop_fails;
	int fail_server; /* -1: any */
};

struct group {
	char *name, *vm;
	int index;
	int *order; /* failover policy: server indexes, most wanted first */
	size_t norder;
	bool autostart, failover, failback;
	int64_t start_ms, stop_ms;
	int first, n; /* its resources in cluster->res[] */
	char *initial; /* server, "" for offline, NULL for the default */
	double vm_cpu, vm_memory; /* per mille of one node; MiB */
};

struct monitor {
	char *name, *type;
	int group, resource; /* -1: none */
	bool always; /* watches on every server, not only where the target is */
	bool restarts_group;
	int restart_max; /* restarts before it becomes a failover */
	int64_t interval_ms; /* from an error to the reaction */
	int64_t revive_ms; /* starts a group it finds Offline after this; -1 never */
};

enum os_state { OS_OFF, OS_BOOTING, OS_UP, OS_SHUTTING };

enum daemon_state {
	DAEMON_OFFLINE,
	DAEMON_STARTING,
	DAEMON_ONLINE,
	DAEMON_STOPPING,
	DAEMON_DEAD /* crashed: its API answers and its VMs run on */
};

enum after_stop { /* what a server does once its groups are gone */
	THEN_NOTHING,
	THEN_POWER_OFF,
	THEN_REBOOT
};

struct listener; /* http.c */
struct view;

struct server {
	char *name, *host;
	int port, index;
	bool https;
	char *tls_name; /* "wrong-ca", "expired", "soon", "wrong-host": a bad
	                   certificate */
	struct cluster *cluster;
	enum os_state os;
	enum daemon_state daemon;
	enum after_stop then;
	bool api_up; /* the API service answers (it needs the OS, not the daemon) */
	bool hang; /* while off it hangs instead of refusing */
	struct view *view; /* what this server believes */
	struct view *frozen; /* "stale": what it serves instead, or NULL */
	struct timer *timer; /* boot, join, shutdown */
	struct timer *detect; /* the others notice its death */
	struct timer *api_timer;
	struct listener *listener;
	double cpus, cpu_base, memory_total, memory_base; /* MiB */
	bool dummy_failure;
};

struct account {
	char *user, *password;
	bool operation; /* may POST */
};

/* What is going on with a group. */
enum group_op {
	OP_NONE,
	OP_START, /* everything that is `wanted` comes up */
	OP_STOP, /* everything that is `wanted` goes down, then `next` */
	OP_EVACUATE /* waits for its server to go down */
};
enum group_next { /* once stopped */
	NEXT_NONE,
	NEXT_START, /* on `target` */
	NEXT_FAILOVER /* on whatever server the policy names */
};

struct res_rt {
	uint8_t status;
	int8_t current; /* server or -1 */
	bool wanted; /* taking part in the group's present operation */
	struct timer *timer;
};

struct grp_rt {
	uint8_t status, op, next;
	int8_t current, target;
	bool whole; /* the operation is about the whole group, not single resources */
	uint32_t tried; /* servers on which this start was tried */
	struct cause cause;
	int64_t online_since;
	int restarts; /* by monitors since the last start by anybody else */
	struct timer *timer; /* of a group without resources */
};

struct mon_rt {
	uint32_t suspended, error, dummy; /* per server */
	int fails; /* how often it will still find an error; -1: always */
	struct timer *timer;
};

enum cache_slot {
	C_CLUSTER,
	C_SERVERS,
	C_SERVERS_NAME,
	C_GROUPS,
	C_GROUPS_NAME,
	C_GROUPS_RESOURCES,
	C_RESOURCES,
	C_RESOURCES_NAME,
	C_MONITORS,
	C_MONITORS_NAME,
	C_SLOTS
};
struct cached {
	uint64_t version; /* of the view, when it was made; 0: never */
	char *text;
	size_t len;
};

struct view {
	TAILQ_ENTRY(view) entry;
	struct cluster *cluster;
	uint32_t members; /* servers that share it */
	uint8_t seen[SERVERS_MAX]; /* enum status of every server as believed here */
	uint32_t undetected; /* lost while suspended: noticed at resume */
	struct res_rt *res;
	struct grp_rt *grp;
	struct mon_rt *mon;
	struct timer *sync; /* cluster start: auto-start comes when it fires */
	struct timer *split; /* a partition: the other sides are noticed */
	uint64_t version; /* grows with every change of anything that GETs show */
	struct cached cache[C_SLOTS];
};
TAILQ_HEAD(views, view);

struct failed_login { /* lock-out is per account name */
	char *user;
	int failures;
	int64_t locked_until;
	UT_hash_handle hh;
};

struct mirror { /* mirrors/backup and mirrors/restore */
	struct timer *timer;
	bool running;
	char *message;
};

struct cluster {
	struct sim *sim;
	char *name;
	int index;
	enum release release;
	bool envelope_style; /* errors as HTTP 200 with a code */
	struct server *srv;
	struct account *acc;
	struct group *grp;
	struct resource *res;
	struct monitor *mon;
	int nsrv, nacc, ngrp, nres, nmon;
	struct views views;
	bool suspended;
	bool autostart_each; /* auto-start at any server's join, not only cluster start
	                      */
	bool daemon_down_error; /* API without daemon: an error, not "Offline" */
	bool heal_keep; /* both sides survive the end of a partition */
	bool stop_fails_over; /* a clean stop of one server moves its groups */
	bool
	    failover_stopping; /* a group that was stopping when its server died, too */
	bool idempotent; /* start of a started group is no error */
	bool suspend_refuses; /* groups cannot be operated while suspended */
	bool current_pending_none; /* `current` while Pending is "None" */
	int64_t detect_ms, boot_ms, shutdown_ms, join_ms, sync_ms, api_restart_ms;
	int64_t mirror_ms;
	int lockout_failures; /* 0: none */
	int64_t lockout_ms;
	struct failed_login *logins;
	json_t *fenced; /* LUN ids (keys) this cluster is cut off from, or NULL */
	struct cause start_cause; /* of the auto-starts of the next cluster start */
	int toratio;
	struct timer *toratio_timer;
	int64_t config_wall; /* last applied, seconds since 1970 */
	struct mirror backup, restore;
	uint64_t rng;
	UT_hash_handle hh;
};

struct sim {
	struct sched *sched;
	struct oracle *oracle;
	struct cluster **clusters;
	size_t n;
	struct cluster *by_name;
	uint64_t seed, requests;
	int jitter; /* per cent of every pending time */
	int64_t keepalive_ms;
	char *control_host, *tls_dir;
	int control_port;
	/* called after anything changed (GET /wait hangs on it) */
	void (*changed)(void *arg);
	void *changed_arg;
	/* called when a server's API must come up or go down */
	void (*api_changed)(void *arg, struct server *srv, bool abruptly);
	void *api_changed_arg;
};

struct sim *sim_new(bool virtual_clock, uint64_t seed);
void sim_free(struct sim *sim);

/* Adds an empty cluster (owned by sim); NULL with *cause when the name is taken. */
struct cluster *sim_add_cluster(struct sim *sim, const char *name, char **cause);
struct cluster *sim_cluster(const struct sim *sim, const char *name);

/* Each gives an index or -1. */
int cluster_server(const struct cluster *c, const char *name);
int cluster_group(const struct cluster *c, const char *name);
int cluster_resource(const struct cluster *c, const char *name);
int cluster_monitor(const struct cluster *c, const char *name);

/* The first view; makes it (everything Offline) when there is none. */
struct view *cluster_view(struct cluster *c);
/* A copy without timers. `linked`: it joins the cluster's views and lives. */
struct view *view_clone(const struct view *v, bool linked);
void view_free(struct view *v);
/* What GETs show changed. */
void view_touch(struct view *v);
void cluster_touch(struct cluster *c);

/* A pending time with the simulation's jitter (repeatable by seed). */
int64_t cluster_jitter(struct cluster *c, int64_t ms);
double cluster_random(struct cluster *c); /* 0 <= x < 1 */

#endif
