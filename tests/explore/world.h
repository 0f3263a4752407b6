/*
 * SPDX-License-Identifier: Apache-2.0
 * The world in which tests/explore lets the shipped engine run: two or three small ECX
 * clusters, a VM or two, the network between, a state file, and the daemon's memory.
 *
 * One struct world is one state, whole: it is copied, changed by one happening, made
 * canonical and hashed. Times are milliseconds as the engine has them, but "now" is
 * always WORLD_NOW: when time goes on, every time in the world moves back by a tick.
 * What the clusters really do is in site[][].group and its neighbours; what we were
 * told of it is in the fields that begin with seen_; what an unbelieving judge notes
 * beside us is in struct w_log. Nothing here is shipped.
 */
#ifndef EXPLORE_WORLD_H
#define EXPLORE_WORLD_H

#include <stddef.h>

#include "move/move.h"
#include "set/evidence.h"

#define W_CLUSTERS 3
#define W_SERVERS  2
#define W_VMS      2
#define W_TICK     ((msec_t)1000)
#define WORLD_NOW  ((msec_t)1000000)
#define W_ANCIENT  ((msec_t)1) /* some time ago, and no longer asked when */

/* What a server of a cluster does. */
enum w_server {
	SRV_UP,
	SRV_DOWN, /* off: silent, runs nothing */
	SRV_BOOT, /* answers, Pending */
	SRV_DEAD, /* its ECX daemon is dead, the VM on it alive, the API answers */
	SRV_MUTE, /* we cannot reach it; all else is well */
	SRV_STALE /* it tells what was, not what is */
};

/* What a VM's group really is in a cluster. */
enum w_group {
	G_OFF,
	G_STARTING,
	G_ON,
	G_STOPPING,
	G_FAILED, /* Failure: the disk is still open */
	G_TRANSIT, /* between two servers: Offline for a moment, then it starts */
	G_HALF /* the group is Offline, its disk resource is not */
};

/* A POST on its way. */
enum w_stage {
	ST_NONE,
	ST_OUTBOX, /* the engine wants it; it has not left */
	ST_NET, /* it left; neither done nor answered */
	ST_DONE, /* done, not answered */
	ST_LIMBO /* answered, or given up: may still be done */
};

struct w_order {
	uint8_t stage; /* enum w_stage */
	uint8_t within; /* groups/G/move */
	uint8_t node; /* wanted; 0: any */
	uint8_t ghost; /* an earlier one, given up, may still be done */
	uint8_t newest; /* of the site's orders: its answer is listened to */
	uint8_t pad[3];
	msec_t sent; /* when the engine gave it out */
	msec_t ghost_sent;
	msec_t due; /* may not leave after it; 0: none */
};

/* What one server says, as far as it matters. */
struct w_view {
	uint8_t answers; /* 0: silence */
	uint8_t foreign; /* says it is another cluster */
	uint8_t status[W_SERVERS]; /* enum ecx_status of each server */
	uint8_t suspended;
	uint8_t missing; /* does not list the disk's resource */
	uint8_t hook; /* what the stopped-proof hook found: 1: it runs */
	uint8_t group[W_VMS]; /* enum w_group as displayed: no TRANSIT */
	uint8_t cur[W_VMS];
};

/* A round that takes its time: read, and not yet with us. */
struct w_round {
	uint8_t under_way;
	struct w_view view[W_SERVERS];
	msec_t start;
};

struct w_cluster {
	uint8_t server[W_SERVERS]; /* enum w_server */
	/* what a stale server 1 says */
	uint8_t stale[W_VMS], stale_cur[W_VMS], stale_status[W_SERVERS];
	uint8_t suspended, swapped, missing, hook;
	uint8_t closed; /* csClusterAdminState maintenance */
	uint8_t asked; /* a round was made since the last tick */
	/* as the model has it */
	uint8_t seen_identity, seen_commandable, seen_alive;
	uint8_t seen_nodes; /* bit per server: fit to run a VM */
	msec_t seen; /* start of the last round that was answered */
	struct w_round late;
};

/* What the judge of tests/explore notes of a site, from rounds alone. */
struct w_log {
	uint8_t clean; /* enum w_clause bits that the last round gave */
	uint8_t seen_active;
	uint8_t explained; /* a stop of ours is behind it, or ahead */
	uint8_t stop_open; /* and no round since showed it Offline */
	uint8_t open, open_before; /* a start of ours may take effect (d) */
	uint8_t stopped_after; /* a later stop was accepted */
	uint8_t confirmed; /* epoch; 0 */
	uint8_t fence, fence_disk; /* stands, by what the world knows of it */
	uint8_t lived; /* somebody there was seen alive since the present one began */
	uint8_t fence_epoch;
	uint8_t owed; /* enum move_order: sent, and nothing known of its effect (I7) */
	msec_t round, first, last; /* of the last round: (h); of the run of Offline: (e)
	                            */
	msec_t active; /* start of the last round that showed it active */
	msec_t off; /* of the first round of an unbroken run without activity */
	msec_t open_since, stop_at, confirmed_at, fence_began;
	msec_t owed_since, stop_sent;
	msec_t calm; /* of the last round, if it was a calm one */
};

struct w_site {
	uint8_t group, cur; /* enum w_group; server */
	uint8_t excused; /* its present activity is foreign and later than our proof */
	uint8_t unseen; /* foreign activity no delivered round can know of: 1; 2: begun
	                   after the late round was read */
	uint8_t fenced_disk; /* it cannot open the disk */
	uint8_t fencing; /* a fence is at work: 1 power, 2 disk */
	uint8_t struck; /* and has done its work, but not said so */
	uint8_t monitors; /* asked and unanswered: 1 suspend, 2 resume */
	msec_t transit, fence_began;
	struct w_order start, stop;
	struct w_log log;
	/* as the model has it */
	struct evidence seen_evidence; /* text is NULL */
	uint8_t seen_oper, seen_node, pad[6];
	msec_t seen_active_since;
};

/* A case without the room for sites that a small world does not have. */
#define CASE_HEAD offsetof(struct move_case, site)
#define CASE_TAIL (sizeof(struct move_case) - offsetof(struct move_case, unsaved))
struct w_case {
	_Alignas(8) unsigned char head[CASE_HEAD];
	struct move_site site[W_CLUSTERS];
	_Alignas(8) unsigned char tail[CASE_TAIL];
};

enum w_save { SAVE_NONE, SAVE_PENDING, SAVE_ON_DISK /* and not told */ };

struct w_vm {
	struct w_site site[W_CLUSTERS];
	struct w_case mem; /* the engine's */
	struct w_case disk, going; /* durable; on its way there */
	int8_t owner, owner_disk, owner_going;
	uint8_t save; /* enum w_save */
	uint8_t hold;
	uint8_t wants; /* moves that may still be asked for */
	uint8_t lied; /* bit per site: an operator said what was not true */
	uint8_t alarm; /* bits: 1 it stands in doubt, 2 a move failed */
	uint8_t told; /* what the end was: enum cs_move_state; 0 */
	uint8_t forced; /* MOVE_EV_FORCE or an admitted one */
	uint8_t stopped; /* a stop was sent in this move, and not refused */
	uint8_t conflict; /* as the model has it */
	uint32_t base; /* the epoch when the move was asked for */
	uint32_t epoch, epoch_disk, epoch_going;
	uint32_t epoch_max; /* ever taken, durable or not */
	uint32_t pad;
};

struct world {
	struct w_cluster cluster[W_CLUSTERS];
	struct w_vm vm[W_VMS];
	uint8_t down; /* the daemon is not running */
	uint8_t store_bad, restored;
	uint8_t faults, acts; /* that may still happen */
	uint8_t slow; /* ticks that may still go by while something is due */
	uint8_t pad[2];
};

/* What there is, and what may happen: one exploration. 0 is what scopes.c says. */
struct w_setup {
	const char *name;
	uint8_t clusters, vms;
	uint8_t servers[W_CLUSTERS];
	uint8_t verb; /* enum move_verb */
	uint8_t faults, acts, slow, moves; /* how many on one path */
	uint8_t force; /* the move is asked for with force */
	uint8_t fence; /* only such: 1 power, 2 disk */
	uint8_t recover; /* it runs, and is started elsewhere when it runs nowhere */
	uint8_t trust_peers;
	uint8_t monitors; /* bit per cluster */
	uint8_t long_fresh; /* what is known is fresh for longer than evidence */
	uint8_t long_settle; /* longer than one interval */
	uint8_t tries; /* of one command; 0: one */
	uint8_t horizon; /* ticks; 0: two */
	uint64_t may; /* bit per enum happening_kind that costs; 0: all */
};

extern struct w_setup setup; /* one at a time per process */
extern struct move_limits limits;
extern struct evidence_settings settle;
extern msec_t freshness, own_settle, post_timeout;

/* Sets `setup` and the limits, and makes the first world. */
void world_begin(struct world *, const struct w_setup *);
/* A tick goes by; everything that is bound by it has been seen to. */
void world_age(struct world *);
/* Makes equal what nobody can tell apart any more (canonical.c). */
void world_canonical(struct world *);
/* Times that a small world has, for canonical.c: the i-th, NULL after the last. */
msec_t *world_time(struct world *, size_t i);
/* Packs the canonical world; returns the length. At most sizeof(struct world) + 512. */
size_t world_pack(const struct world *, unsigned char *);
void world_unpack(struct world *, const unsigned char *);

void case_load(struct move_case *, const struct w_case *);
void case_store(struct w_case *, const struct move_case *);
/* As it stands on disk: without what is gone with the process, times only as "set". */
void case_durable(struct w_case *, const struct move_case *);

bool site_alive(const struct world *, int vm, int c); /* the VM may write to its disk */
/* The same, or it will by itself: it fails over. */
bool site_bound(const struct world *, int vm, int c);
bool start_out(const struct w_site *); /* a start of ours may still be done */
int cluster_up(const struct world *, int c, int but); /* a server that is; -1 */
const char *group_word(enum w_group);
const char *server_word(enum w_server);

#endif
