/*
 * SPDX-License-Identifier: Apache-2.0
 * The model: what is known of the cluster set, and what follows from it.
 *
 * Control owns the only one. Observations, intents, settings and time go in; tables
 * (rows.h), events, alarms and records for the store come out. No I/O, no clock: every
 * call is told the time. What cannot be known stands as unknown and blocks whatever
 * would act on it.
 */
#ifndef SET_MODEL_H
#define SET_MODEL_H

#include "base/clock.h"
#include "set/event.h"
#include "set/names.h"
#include "set/observation.h"
#include "set/rows.h"
#include "set/settings.h"
#include "set/sight.h"

struct model;

struct model_now { /* the time, by both clocks */
	msec_t ms;
	time_t wall;
};

struct vm_intent {
	enum cs_vm_admin admin; /* 0: not adopted yet */
	bool hold;
	const char *home; /* cluster's name; "": none; NULL: the configuration's */
	int64_t priority; /* ROW_NONE: the configuration's */
	bool by_pattern; /* found by a pattern, not named in the settings */
	bool respected; /* admin is down because somebody else stopped it */
	unsigned foreign; /* activations by others that nobody settled (outside.c) */
	const char
	    *stopped_in; /* the cluster in which; NULL: not respected, or not known */
};

struct disk_owner {
	const char *cluster; /* "": none */
	uint64_t epoch; /* grows strictly with every change */
	time_t since;
	const char *group, *resource; /* by which it has it; NULL: not recorded */
};

struct site_record {
	const char *vm, *cluster;
	bool held; /* the VM was active there at some time */
	const char *resources; /* recorded for it (4f), joined by '\n' */
	const char *group; /* as which it was active; NULL: not recorded */
	bool foreign; /* its present activity was told as somebody else's */
};

/*
 * Where the model tells of what must be kept or said. Records are told when they
 * change; their texts are borrowed for the call. All may be NULL.
 */
struct model_sink {
	void *arg;
	void (*event)(void *arg, const struct event_note *);
	void (*alarm)(void *arg, const struct alarm_note *, bool standing);
	void (*index)(void *arg, enum name_kind, const char *name, uint32_t index);
	/* servers: names joined by '\n' */
	void (*identity)(
	    void *arg, const char *cluster, const char *ecx_name, const char *servers);
	void (*cluster_intent)(void *arg, const char *cluster, enum cs_cluster_admin);
	void (*node_intent)(void *arg, const char *node, enum cs_cluster_admin);
	void (*vm_intent)(void *arg, const char *vm, const struct vm_intent *);
	/* owner NULL: the record goes (the disk is no longer ours) */
	void (*disk_owner)(void *arg, const char *disk, const struct disk_owner *);
	void (*site)(void *arg, const struct site_record *);
	void (*serial)(void *arg, int64_t serial);
	/*
	 * A VM that is to be up was stopped cleanly by somebody else, and
	 * moves.outside_stop is restart: whoever runs moves starts it again.
	 */
	void (*stopped_outside)(void *arg, const char *vm);
	/* Somebody asked by SNMP to read the configuration again. */
	void (*reload)(void *arg);
};

struct model *model_new(
    const struct model_sink *, const char *version, const struct model_now *);
void model_free(struct model *); /* NULL is fine */

/*
 * What was kept, before the first model_configure(). -1 and *cause when it contradicts
 * itself (a used index, an impossible value).
 */
int model_restore_index(
    struct model *, enum name_kind, const char *name, uint32_t index, char **cause);
void model_restore_identity(
    struct model *, const char *cluster, const char *ecx_name, const char *servers);
void model_restore_cluster_intent(
    struct model *, const char *cluster, enum cs_cluster_admin);
void model_restore_node_intent(struct model *, const char *node, enum cs_cluster_admin);
void model_restore_vm_intent(struct model *, const char *vm, const struct vm_intent *);
void model_restore_disk_owner(
    struct model *, const char *disk, const struct disk_owner *);
void model_restore_site(struct model *, const struct site_record *);
void model_restore_event(struct model *, const struct event_note *);
void model_restore_alarm(struct model *, const struct alarm_note *);
void model_restore_serial(struct model *, int64_t serial);

/*
 * Tells the sink every record that is kept (not the events), as after a time in which
 * the store failed.
 */
void model_tell_all(struct model *);
/* The number of the newest event, 0 before the first. */
uint32_t model_newest_event(const struct model *);
/*
 * The newest event's number and the greatest index of each kind, whether their records
 * are durable or not. What is restored from them is never given to anything else, also
 * where the records themselves were lost.
 */
struct model_marks {
	uint32_t event, index[NAME_KINDS];
	uint64_t epoch; /* the highest that any disk ever had; told, not restored */
};
void model_marks(const struct model *, struct model_marks *);
void model_restore_marks(struct model *, const struct model_marks *);
/*
 * The store was put back from a copy (I9): epochs up to `floor` were given already, and
 * are not given again, whatever the records say.
 */
void model_restore_epochs(struct model *, uint64_t floor);

/*
 * Takes new settings whole or changes nothing: -1 and *cause name what stands in the
 * way (a VM that owns a disk and is not known to be stopped would lose its site).
 * `settings` is borrowed until the next successful call. `seq` marks observations.
 */
int model_configure(struct model *, const struct settings *, uint64_t seq,
    const struct model_now *, char **cause);

/* Takes in one round; takes over the observation. One of older settings is dropped. */
void model_observe(struct model *, struct observation *, const struct model_now *);
/*
 * Ages what is known: call about once a second. What is older than freshness becomes
 * unknown.
 */
void model_tick(struct model *, const struct model_now *);
/* Control stood still for `gap` ms: everything observed before is void. */
void model_gap(struct model *, msec_t gap, const struct model_now *);

/* Does something in transit there want fast rounds of every server? */
bool model_wants_fast(const struct model *, size_t cluster);
/*
 * Is a round of every server due there? Proof that idle sites are stopped is renewed
 * before it is too old, and made as soon as the settling time allows.
 */
bool model_wants_full(const struct model *, size_t cluster, const struct model_now *);
bool model_ignored(const struct model *, size_t cluster);

/*
 * Alarms of others (store, configuration, notifications). Text NULL clears. The same
 * alarm raised again only updates its text.
 */
void model_alarm(struct model *, enum alarm_type, enum cs_severity, enum cs_object,
    const char *object_name, const char *text, const struct model_now *);
/* Events of others. */
void model_event(struct model *, enum event_type, enum cs_severity, enum cs_object,
    const char *object_name, const char *text, const struct model_now *);

/*
 * The tables, by enum table_id, brought up to date; borrowed. Cheap when nothing
 * changed; *changed (may be NULL) says whether anything did since the last call.
 */
struct table *const *model_tables(
    struct model *, const struct model_now *, bool *changed);

/*
 * What csSetReload and its company show. The number grows by one with every reload that
 * was asked for, by SET or by signal; texts are copied.
 */
struct model_reload {
	uint32_t number;
	enum cs_reload state;
	const char *text; /* what came of the last one */
	time_t wall; /* when that was; 0: never */
};
void model_reload(struct model *, const struct model_reload *);
/* Where the configuration is: csSetHostName, csSetConfigFile (NULL: not to be told). */
void model_whereabouts(struct model *, const char *host, const char *file);

/* --- intents: what SETs ask for (set/intent.c) --------------------------------- */

enum intent_kind {
	INTENT_SERIAL, /* key {0} */
	INTENT_CLUSTER_ADMIN, /* key {cluster} */
	INTENT_NODE_ADMIN, /* key {cluster, node} */
	INTENT_VM_ADMIN, /* key {vm} */
	INTENT_VM_HOLD,
	INTENT_VM_HOME,
	INTENT_VM_PRIORITY,
	INTENT_ALARM_ACK, /* key {alarm} */
	INTENT_RELOAD /* key {0}; csSetReload as it was read */
};

struct intent {
	enum intent_kind kind;
	uint32_t key[2];
	int64_t value;
};

enum intent_verdict {
	INTENT_OK,
	INTENT_NO_SUCH, /* no such row */
	INTENT_BAD_VALUE, /* never possible */
	INTENT_NOT_NOW /* not with what else is true */
};

/* Is it possible? *cause in words when not. Changes nothing. */
enum intent_verdict model_intent_test(
    const struct model *, const struct intent *, char **cause);
/* Carries it out; to be called only after a test that said INTENT_OK or at recovery. */
void model_intent_apply(
    struct model *, const struct intent *, const struct model_now *);

/*
 * Exchanges the value of a hold, of an intent of a VM, or of maintenance with the one
 * that stands, and tells nobody: to judge what else a SET asks for as if it were set
 * already. The same once more, in reverse order, takes it back; until then nothing else
 * of the model may be called but what reads it. Other kinds are left alone.
 */
void model_intent_suppose(struct model *, struct intent *);

/*
 * csVmRelease (set/release.c): an operator's word that a VM will never run again in a
 * cluster that is none of its sites any more, nor use its disks there. Whether such
 * words are taken at all, and what a move or a command of ours has against it, move/
 * knows. The same once more within repeat-window is fine and does nothing.
 */
enum intent_verdict model_release_test(const struct model *, uint32_t vm,
    uint32_t cluster, const struct model_now *, char **cause);
/* The name of the cluster that csVmRelease reads; NULL: none. Borrowed for a moment. */
const char *model_released(const struct model *, uint32_t vm);
/*
 * The record of the site goes, and so does the owner of its disks, by new epochs; an
 * audit event. False: this is not what csVmRelease reads (any more).
 */
bool model_release(
    struct model *, uint32_t vm, uint32_t cluster, const struct model_now *);

/* --- moves: what move/ asks and tells (set/moving.c) ------------------------------ */

struct vm_place { /* one site, by what operators call it; borrowed */
	size_t cluster; /* slot in settings */
	uint32_t cluster_index;
	const char *cluster_name, *group;
	const char *const *monitors; /* to be suspended while the VM is moved */
	size_t nmonitors;
	const char *text; /* what is seen there */
	const char *evidence; /* what proves it to be stopped, or is missing */
};

struct vm_info { /* borrowed until the next model_configure() or model_observe() */
	uint32_t index;
	const char *name;
	enum cs_vm_kind kind;
	enum cs_vm_admin admin; /* 0: not adopted */
	enum cs_vm_oper oper; /* without what model_vm_busy() says */
	const char *oper_text;
	bool hold;
	bool lately; /* it ran just now: whether somebody stopped it is being judged */
	int64_t priority;
	int place; /* the site where it is; -1: nowhere, or not known */
	uint32_t node; /* csNodeIndex there; 0 */
	int last, home; /* the site where it last ran, its home's; -1: none */
	size_t nsites, ndisks;
	struct vm_place site[SIGHT_SITES];
	bool too_many; /* sites than can be moved: SIGHT_SITES at most */
};

/* False: there is no such VM. */
bool model_vm_info(const struct model *, uint32_t vm, struct vm_info *);
uint32_t model_vm_find(const struct model *, const char *name); /* 0: none */
/* Site of the VM in the cluster; -1: none. */
int model_vm_site(const struct model *, uint32_t vm, uint32_t cluster);
/* Calls `each` for every VM with a site in that cluster (slot in settings). */
void model_cluster_vms(const struct model *, size_t cluster,
    void (*each)(void *arg, uint32_t vm), void *arg);
/* Name of a node, NULL when there is none such. Borrowed. */
const char *model_node_name(const struct model *, uint32_t cluster, uint32_t node);
/* Its csNodeIndex; 0: the cluster has no such server. */
uint32_t model_node_find(const struct model *, uint32_t cluster, const char *name);

/*
 * What is seen of it now. `wanted` is the node that site `to` is asked for (0: any):
 * site[to].node_ok is about that one.
 */
bool model_vm_sight(
    const struct model *, uint32_t vm, int to, uint32_t wanted, struct vm_sight *);
/* The commands of ours at a site; its evidence is judged with them from now on. */
void model_vm_orders(struct model *, uint32_t vm, int site, const struct site_orders *,
    const struct model_now *);

/*
 * All monitors that are, or may be, suspended by us at a site for that VM: replaces
 * what was told before. Call it before the POST that suspends and after the one that
 * resumes (n 0: none any more). They are left out when it is judged whether the whole
 * cluster is suspended; those that were resumed until a round shows it, for 30 s at
 * most. Texts are copied.
 */
struct monitor_on_server {
	const char *monitor, *server;
};
void model_vm_suspended(struct model *, uint32_t vm, int site,
    const struct monitor_on_server *, size_t n, const struct model_now *);

/* What a monitor is on a server, by all who answered; ECX_UNKNOWN: not told. */
enum ecx_status model_monitor(
    const struct model *, size_t cluster, const char *monitor, const char *server);
/* Calls `each` for every VM whose alarm of a conflict stands. */
void model_conflicts(
    const struct model *, void (*each)(void *arg, const char *vm), void *arg);

/*
 * What the row of a VM shows of a move: oper moving, inDoubt, starting or stopping (0:
 * none, what is seen), the target, and words. While it is busy nobody but
 * model_vm_owner() changes the owner of its disks, and what the move does is neither
 * an outside stop nor a foreign activation.
 */
struct vm_busy {
	bool busy;
	enum cs_vm_oper oper;
	uint32_t target_cluster, target_node; /* 0: none */
	const char *text; /* NULL: what is seen */
};
void model_vm_busy(
    struct model *, uint32_t vm, const struct vm_busy *, const struct model_now *);

/*
 * Passes every disk of the VM to a site (or to nobody: -1) with a new epoch each (I9);
 * tells the sink the records, and csDiskOwnerChange as an event. Returns the highest
 * epoch; 0 for a VM without disks.
 */
uint32_t model_vm_owner(
    struct model *, uint32_t vm, int site, const char *how, const struct model_now *);

/*
 * Would the VM at that cluster (and node, 0 any) break a hard constraint that holds now
 * or worsen a broken one: availability sets, capacity where it is known (I10)? `with`
 * are the places of VMs that are being moved, instead of where they are: {vm, cluster,
 * node}; one with several may end at any of them. -1 and *cause when it would.
 */
struct vm_target {
	uint32_t vm, cluster, node;
};
int model_vm_fits(const struct model *, const struct vm_target *,
    const struct vm_target *with, size_t nwith, char **cause);

/*
 * The same where no node is wanted (t->node 0), which is set where it matters: when not
 * any server of the cluster would do, to the one of those that take VMs and for which
 * the constraints hold that has the fewest VMs, running or bound for it. -1 and *cause:
 * there is none.
 */
int model_vm_place(const struct model *, struct vm_target *,
    const struct vm_target *with, size_t nwith, char **cause);

/* csMoveIndexNext (0: not known) and csSetAdopt, as they are from now on. */
void model_move_scalars(struct model *, uint32_t index_next, uint32_t adopt);

/* Rows of csMoveTable. */
void model_move_put(
    struct model *, const char *owner, uint32_t index, const struct move_row *);
void model_move_drop(struct model *, const char *owner, uint32_t index);
const struct move_row *model_move_row(
    const struct model *, const char *owner, uint32_t index);
/* Appends an event as note_event() does: with a row, old_cluster and so on. */
void model_note(struct model *, struct event_note *, const struct model_now *);

/*
 * A table whose rows another room puts and drops: TABLE_POLICY_SET and those after it.
 * It lives as long as the model; a reload leaves it alone.
 */
struct table *model_table_of(struct model *, enum table_id);

/*
 * Would these settings take something from a VM with an open move or with commands of
 * ours that are not over? move/ answers, control asks before model_configure(); -1 and
 * *cause. See moves_check_settings() in move/moves.h.
 */

#endif
