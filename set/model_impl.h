/*
 * SPDX-License-Identifier: Apache-2.0
 * Inside the model: its objects, shared by the files of set/ that make it up.
 *
 *	model.c		life, rounds, time, tables
 *	configure.c	new settings, taken whole or refused
 *	guard.c		what they may not take away
 *	identity.c	who answers
 *	cluster.c	rounds -> clusters	node.c		rounds -> nodes
 *	site.c		rounds -> sites		vm.c		sites -> VMs
 *	vm_row.c	VMs as they are shown	outside.c	what others do to them
 *	site_record.c	what a site consists of
 *	disk.c		resources -> disks, owners
 *	domain.c	fault domains, sets	note.c		events, alarms, health
 *	kept.c		what outlives restarts	intent.c	what SETs ask for
 *	release.c	sites let go by an operator's word
 *	pattern.c	groups found by pattern, candidates
 *	sight.c		what move/ is told of a VM
 *	moving.c	what move/ tells	fits.c		may a VM go there
 *	load.c		samples of loads	load_rows.c	what is shown of them
 *	fits_memory.c	has a node the memory
 * Nobody outside set/ includes this.
 */
#ifndef SET_MODEL_IMPL_H
#define SET_MODEL_IMPL_H

#include <sys/queue.h>
#include <uthash.h>

#include "set/evidence.h"
#include "set/load.h"
#include "set/model.h"

struct m_vm;
struct m_disk;

/* --- kept records: by name, for ever, whether configured now or not ------------- */

struct kept_cluster {
	char *name;
	enum cs_cluster_admin admin;
	char *ecx_name, *servers; /* identity; NULL: not joined yet */
	UT_hash_handle hh;
};

struct kept_node {
	char *name; /* "cluster/node" */
	enum cs_cluster_admin admin;
	UT_hash_handle hh;
};

struct kept_vm {
	char *name;
	enum cs_vm_admin admin; /* 0: not adopted */
	bool hold;
	char *home;
	int64_t priority;
	bool by_pattern; /* when last configured */
	bool respected; /* down because somebody else stopped it */
	char *stopped_in; /* where; NULL: not known */
	unsigned foreign; /* activations by others, since last settled */
	UT_hash_handle hh;
};

struct kept_disk {
	char *name;
	char *owner; /* cluster's name, "": none */
	uint64_t epoch;
	time_t since;
	char *group, *resource; /* by which the owner has it; NULL: not recorded */
	UT_hash_handle hh;
};

struct kept_site {
	char *key; /* "vm\ncluster" */
	bool held;
	char *resources;
	char *group; /* as which it was held; NULL: not recorded */
	bool foreign; /* its present activity was told as somebody else's */
	UT_hash_handle hh;
};

/* --- loads: never kept ----------------------------------------------------------- */

/* One thing that is measured, by the source that counts most of those that are fresh.
 */
struct m_figure {
	enum cs_load_source source; /* 0: not known */
	msec_t at; /* when it was measured */
	double last, mean; /* as measured, and smoothed */
};

struct m_node_load {
	struct m_figure cpu; /* share of its processors, 0 to 1 */
	struct m_figure cpus, used, total; /* MiB */
};

struct m_vm_load {
	struct m_figure cpu; /* processors */
	struct m_figure vcpus, memory; /* MiB */
	struct m_figure guess; /* its part of its node's, processors */
	/* the node whose load it is part of, once it was seen to run; 0: none */
	uint32_t cluster, node;
	bool placed; /* it was seen somewhere */
	msec_t arrived; /* from another node, or from none: 0: never */
};

/* --- what is configured now ------------------------------------------------------ */

struct m_node {
	uint32_t index;
	const struct server_settings *cfg;
	struct kept_node *kept;
	enum cs_node_oper oper; /* 0: never published */
	enum cs_node_oper before; /* last known before a restart, by its alarm; 0 */
	bool known; /* was anything but unknown at some time */
	char *text;
	enum ecx_reach reach; /* how asking its own address last ended */
	char *error;
	char *foreign; /* why what answers there is not it; NULL: it is, or silence */
	uint32_t fault_domain; /* its own or its cluster's; 0: none */
	size_t domain_slot; /* of it in settings; SIZE_MAX: none */
	int64_t vms_running, vms_before;
	struct m_node_load load;
	LIST_HEAD(m_vms_on, m_vm) vms; /* whose load is part of its */
};

#define RECORD_MAX \
	512 /* resources in a site's record; one that is full proves nothing */

struct m_resource {
	char *name;
	unsigned missing; /* sound rounds that did not show it, though the group runs */
	bool seen; /* in a round: is kept; else only configured as a disk's */
	UT_hash_handle hh;
};

struct m_site {
	struct m_vm *vm;
	struct m_cluster *cluster;
	struct kept_site *kept;
	char *group;
	unsigned preference;
	enum cs_site_oper oper;
	char *text;
	char *current; /* server, NULL: none */
	uint32_t counted_at; /* the node whose running VM it was when last counted; 0 */
	struct evidence evidence;
	struct m_resource *record; /* what is recorded for it: kept->resources */
	const char **resources; /* the names in it, in the order they were seen */
	size_t nresources;
	bool record_changed; /* and not yet told */
	bool sound; /* the last round was one of every server, sane and agreeing */
	bool lacking; /* something recorded may be gone: a sound round would tell */
	msec_t active_since; /* end of the first round of this run of activity; 0 */
	bool long_disk; /* a pattern's disk there cannot be named: "vm/resource" */
	unsigned absent_rounds; /* sound ones of every server, without its group */
	const struct site_settings *cfg; /* NULL: found by a pattern */
	struct site_orders orders; /* of ours there */
	UT_hash_handle hh; /* in its cluster, by group */
};

struct m_cluster {
	uint32_t index;
	size_t slot; /* in settings */
	const struct cluster_settings *cfg;
	struct kept_cluster *kept;
	uint32_t fault_domain;
	size_t domain_slot;
	struct m_node *nodes;
	size_t nnodes;
	struct m_site **sites; /* the VMs' sites here */
	size_t nsites, room;
	struct m_site *by_group; /* the same */
	int64_t vms_running;
	struct observation *seen; /* the last complete round; NULL: none */
	msec_t full_start; /* of the last round that asked every server */
	enum cs_cluster_oper oper; /* 0: never published */
	enum cs_cluster_oper before; /* as a node's */
	bool known;
	char *text;
	char *endpoint;
	bool identity_ok;
	char *unsound; /* why nobody's "Offline" of seen is believed; NULL: it is */
	bool fresh; /* seen is not older than freshness */
	bool answered; /* the last round had an answer */
	bool tried; /* a round ended, whatever its result */
	bool wants_fast;
	bool servers_changed; /* by this reload: evidence of before it is void */
	int64_t poll_errors;
	struct own_suspends own; /* monitors here that we suspended, or may have */
	UT_hash_handle hh; /* by index */
};

struct m_disk_site {
	struct m_site *site;
	char *resource;
	enum cs_site_oper oper;
	char *text;
	char *current;
	msec_t active_since; /* as m_site's */
};

struct m_disk {
	uint32_t index;
	char *name;
	struct m_vm *vm;
	struct kept_disk *kept;
	enum cs_disk_kind kind;
	struct m_disk_site *sites;
	size_t nsites;
	enum cs_disk_oper oper; /* 0: never published */
	bool conflicted; /* a conflict was seen and not yet its end */
};

struct m_vm {
	uint32_t index;
	char *name;
	char *uuid;
	enum cs_vm_kind kind;
	char *cfg_home;
	int64_t cfg_priority, cfg_memory, cfg_vcpus, cpu_weight;
	struct m_vm_load load;
	struct m_node *on; /* load.node, as long as it is configured; NULL */
	LIST_ENTRY(m_vm) on_node; /* in its list, when on is set */
	uint32_t avail_set;
	size_t avail_slot; /* in settings; SIZE_MAX: none */
	bool by_pattern;
	bool named; /* stands in csVmNameTable */
	/* of the clusters where it ran and has no such site now, that of the least
	 * index; NULL: none */
	const char *lost;
	uint32_t released; /* by the last csVmRelease that was carried out; 0 */
	msec_t released_at;
	struct kept_vm *kept;
	struct m_site *sites; /* fixed after it is built: others point into it */
	size_t nsites;
	struct m_disk **disks;
	size_t ndisks;
	enum cs_vm_oper oper; /* what is seen; 0: never published */
	enum cs_vm_oper shown; /* what its row says: of a move, or what is seen */
	struct vm_busy busy; /* its text is the next */
	char *busy_text;
	bool accept_autostart;
	/* in one unbroken run of sound rounds it ran there; NULL: no such run */
	const struct kept_site *ran;
	uint32_t ran_node; /* csNodeIndex, where it ran */
	unsigned ran_online; /* servers that were Online then */
	bool ran_over; /* and the first round in which it was Offline has been */
	char *ran_monitor; /* one that was in Error in its last rounds; NULL: none */
	bool ran_late; /* a late stop of ours might have come then */
	char *stopped_why; /* why its stop is not taken for one by hand; NULL */
	bool restart; /* model_sink.stopped_outside is to be told */
	bool known;
	char *text;
	time_t since; /* seen to become so; 0: it was found so */
	bool conflicted; /* a conflict was seen and not yet its end */
	bool reacted; /* and a move was under way in it */
	struct m_site *place; /* where it is active, NULL: nowhere or not known */
	uint32_t last_cluster, last_node; /* where it was last seen running */
	time_t last_move;
	UT_hash_handle hh;
};

struct m_avail { /* an availability set, by its slot in settings */
	uint32_t index;
	struct m_vm **vms;
	size_t nvms, room;
	int64_t violations; /* as last told, with their text (NULL: none) */
	char *text;
	uint32_t *violated; /* the VMs of them */
	size_t nviolated;
	bool restored; /* by the alarm of before a restart: how many is not known */
	bool dirty;
};

struct m_alarm {
	char *key; /* type/object/name */
	uint32_t index;
	enum alarm_type type;
	enum cs_severity severity;
	enum cs_severity full; /* out of maintenance */
	time_t since, last;
	enum cs_object object;
	char *object_name, *text;
	bool acknowledged;
	time_t acknowledged_wall;
	UT_hash_handle hh;
};

struct model {
	struct model_sink sink;
	char *version;
	struct model_now started;
	const struct settings *settings;
	uint64_t settings_seq;
	struct names *names;
	struct table *tables[TABLE_COUNT];
	uint64_t
	    told_version; /* of all tables, when model_tables() last said changed */

	struct m_cluster **clusters; /* by settings' slot */
	size_t nclusters;
	struct m_cluster *by_index; /* the same */
	struct m_vm *vms; /* by name */
	struct m_avail *avail;
	size_t navail;
	struct m_alarm *alarms;
	uint32_t next_event, oldest_event, last_alarm;
	int64_t events_dropped;
	time_t last_change;
	int64_t serial;
	uint64_t epoch_highest; /* of all that were ever given to a disk */
	uint64_t epoch_floor; /* none up to it is given again */
	uint32_t move_index_next, adopt; /* as whoever runs moves told last */
	struct model_reload reload; /* its text is ours */
	char *host_name, *config_file;
	bool domains_dirty;
	bool rebuilt; /* tables were replaced since model_tables() last said changed */
	bool gap; /* the alarm of model_gap() stands */
	msec_t void_before; /* rounds that began earlier are void */
	msec_t load_due; /* no figure of a load grows stale before; 0: not known */
	bool health_dirty;
	enum cs_health health;
	char *health_reason;

	struct kept_cluster *kept_clusters;
	struct kept_node *kept_nodes;
	struct kept_vm *kept_vms;
	struct kept_disk *kept_disks;
	struct kept_site *kept_sites;
};

/* kept.c: found or made */
struct kept_cluster *kept_cluster(struct model *, const char *name);
struct kept_node *kept_node(struct model *, const char *cluster, const char *node);
struct kept_vm *kept_vm(struct model *, const char *name);
struct kept_disk *kept_disk(struct model *, const char *name);
struct kept_site *kept_site(struct model *, const char *vm, const char *cluster);
/* Was anything ever seen of that VM there? */
bool kept_site_known(struct model *, const char *vm, const char *cluster);
void kept_free(struct model *);
/* The epoch after this one, also where the store has forgotten some (I9). */
uint64_t kept_epoch_after(struct model *, uint64_t epoch);
void kept_tell_identity(struct model *, const struct kept_cluster *);
void kept_tell_vm(struct model *, const struct kept_vm *);
void kept_tell_disk(struct model *, const struct kept_disk *);
void kept_tell_site(struct model *, const struct m_site *);
void kept_tell_record(struct model *, const struct kept_site *);

/* note.c */
void note_event(struct model *, struct event_note *, const struct model_now *);
void note_alarm(struct model *, enum alarm_type, enum cs_severity, enum cs_object,
    const char *name, const char *text, const struct model_now *);
/* The same, but not knowing clears nothing: what stood before a restart or a silence
 * stands until it is known to be over. */
void note_alarm_if_known(struct model *, bool known, enum alarm_type, enum cs_severity,
    enum cs_object, const char *name, const char *text, const struct model_now *);
/* The text of an alarm that stands, NULL when it does not or is less severe. */
const char *note_standing(const struct model *, enum alarm_type, enum cs_object,
    const char *name, enum cs_severity least);
/* The same alarm for another reason: whoever acknowledged the first did not mean it. */
void note_alarm_again(struct model *, enum alarm_type, enum cs_severity, enum cs_object,
    const char *name, const char *text, const struct model_now *);
bool note_acknowledged(/* it stands, and is */
    const struct model *, enum alarm_type, enum cs_object, const char *name);
/* After a change of what is in maintenance: alarms about that are for information. */
void note_alarms_weigh(struct model *, const struct model_now *);
/* Clears all alarms of objects of a kind that `there` no longer finds. */
void note_alarms_sweep(struct model *, enum cs_object,
    bool (*there)(struct model *, const char *name), const struct model_now *);
void note_tell_alarms(struct model *);
void note_alarm_row(struct model *, const struct m_alarm *);
void note_health(struct model *); /* brings m->health up to date */
void note_trim(struct model *); /* the ring of events, to its configured size */
void note_free(struct model *);

/* model.c */
struct m_vm *model_vm(const struct model *, uint32_t index); /* NULL: none */
struct m_cluster *model_cluster(const struct model *, uint32_t index);
struct m_cluster *model_cluster_named(const struct model *, const char *name);
/* Everything of a cluster anew, the cause before what follows from it. */
void model_refresh(struct model *, struct m_cluster *, const struct model_now *);

/* configure.c */
uint32_t model_index(struct model *, enum name_kind, const char *name);
void configure_free(struct model *);
/* Clears the alarms of VMs and disks that are no more. */
void configure_sweep(struct model *, const struct model_now *);

/* guard.c */
/* -1 and *cause: these settings would take something away that is not let go. */
int guard_check(const struct model *, const struct settings *, char **cause);
/* The owners of disks that the new settings, by leave of guard_check(), drop. */
void guard_release(struct model *, struct m_vm *old, const struct model_now *);
/* Is this the name of a disk that is owned, but not configured? */
bool guard_orphan(struct model *, const char *disk);
void guard_alarms(struct model *, const struct model_now *);
/* Is it paired with another group than the one as which it ran? */
bool guard_repaired(const struct m_site *);
/* VMs without a site in which they ran; of one VM anew, or (NULL) of new settings. */
void guard_find_lost(struct model *, struct m_vm *);
/* The disk is nobody's, by a new epoch. */
void guard_disown(struct model *, struct kept_disk *, const struct model_now *);

/* release.c */
/* csVmRelease: the index (and name) of the cluster to be released next; 0: none. */
uint32_t release_next(const struct model *, const struct m_vm *, const char **name);

/* cluster.c */
struct m_cluster *cluster_new(struct model *, size_t slot, struct m_cluster *old);
void cluster_free(struct m_cluster *);
void cluster_publish(struct model *, struct m_cluster *, const struct model_now *);
void cluster_put_row(struct model *, struct m_cluster *);
/* Counts what runs where, after its VMs were brought up to date. */
void cluster_recount(struct model *, struct m_cluster *);
/* Keeps the round when anybody answered (c->answered tells), else it stays the
 * caller's. */
void cluster_observe(
    struct model *, struct m_cluster *, struct observation *, const struct model_now *);
/* True when what is known of it became too old. */
bool cluster_age(struct model *, struct m_cluster *, const struct model_now *);
/* As if it had never been asked. */
void cluster_forget(struct model *, struct m_cluster *);
const char *cluster_admin_word(enum cs_cluster_admin);
/* The first view of the last round that answered; NULL: nothing fresh, or not it. */
const struct obs_view *cluster_view(const struct m_cluster *);
/* Nothing that its servers said may be believed now. */
bool cluster_blind(const struct m_cluster *);

/* identity.c */
/* Would who answered rightly or wrongly before do so by new settings? */
bool identity_same(const struct cluster_settings *, const struct cluster_settings *);
/* What is wrong when an older member has the same identity; NULL: none has. */
char *identity_twin(const struct model *, const struct m_cluster *);
void identity_note(struct model *, struct m_cluster *, const struct observation *,
    const struct model_now *);

/* node.c */
struct m_node *cluster_node(const struct m_cluster *, const char *name);
/* By csNodeIndex; also NULL of no cluster. */
struct m_node *cluster_node_at(const struct m_cluster *, uint32_t index);
uint32_t cluster_node_domain(const struct m_cluster *, const struct m_node *);
void node_put_row(struct model *, struct m_cluster *, struct m_node *);
void node_update(
    struct model *, struct m_cluster *, struct m_node *, const struct model_now *);
void node_clear(struct m_node *); /* frees what it holds */
/* A new one: what it was before a restart, as far as alarms tell. */
void node_seed(struct model *, const struct m_cluster *, struct m_node *);

/* One object over all views that answered. */
struct look {
	bool present; /* in every view */
	bool agreed;
	enum ecx_status status;
	const char *current;
};
struct look look_group(const struct observation *, const char *name);
struct look look_resource(const struct observation *, const char *name);
struct look look_server(const struct observation *, const char *name);
/* A monitor on a server, by all views that answered. */
enum ecx_status look_monitor(
    const struct observation *, const char *monitor, const char *server);

/* site.c */
/* The settings are borrowed as long as the site's own when not found by a pattern. */
void site_init(struct model *, struct m_vm *, struct m_site *,
    const struct site_settings *, unsigned preference);
void site_clear(struct m_site *); /* frees what it holds */
void site_leave(struct m_site *); /* its cluster knows it no more */
struct m_site *site_of_group(const struct m_cluster *, const char *group);
/* Takes in one round's evidence (NULL: nothing fresh); before vm_update(). */
void site_evidence(struct model *, struct m_site *, const struct observation *);
/* Judges it by what is known now. */
void site_judge(struct m_site *);
void site_put_row(struct model *, const struct m_site *);
enum cs_autostart site_autostart(const struct m_site *); /* as configured */
/*
 * Nothing automatic starts a VM of which an idle group may start by itself, too, when
 * its server boots: unless the operator accepts that (accept-autostart).
 */
bool site_blocked(const struct m_site *);
bool site_active(const struct m_site *);
/* One sound round of every server: it has no such group, and never was seen to. */
bool site_never_there(const struct m_site *);
/* "Offline" and "not there" are believed only of a sound cluster. */
enum cs_site_oper site_oper_of(const struct m_cluster *, const struct look *);
char *site_oper_text(const struct m_cluster *, const struct look *, const char *kind);
const char *site_oper_word(enum cs_site_oper);
/*
 * Two runs of activity, each from the end of its first round to the start of its last:
 * have they been seen to overlap? Rounds of two clusters are never of one moment, so
 * one sighting of each proves nothing.
 */
bool site_overlap(msec_t a_since, const struct m_cluster *a, msec_t b_since,
    const struct m_cluster *b);

/* site_record.c */
void site_record_init(struct m_site *); /* from what was kept */
void site_record_clear(struct m_site *);
/* Records what the groups of a cluster's sites are made of; before their evidence. */
void site_record_learn(struct model *, const struct m_cluster *);
/*
 * Forgets what is not in the group any more: missing in three sound rounds while the
 * group runs, and no disk of the VM. True when it did; learn again then.
 */
bool site_record_forget(struct model *, struct m_site *, const struct model_now *);
/* Forgets all of it, and learns anew from the last round. */
void site_record_renew(struct model *, struct m_site *);
/* How many of the VM's disks have a resource there; their names are required, too. */
size_t site_record_disks(struct model *, struct m_site *);
bool site_recorded(const struct m_site *, const char *resource);
bool site_record_full(const struct m_site *); /* it may lack something */
void site_record_alarm(struct model *, const struct m_vm *, const struct model_now *);

/* vm.c */
struct m_vm *vm_new(
    struct model *, const struct vm_settings *, size_t avail_slot, bool by_pattern);
void vm_free(struct m_vm *);
/* Judges all sites anew by what is known now, publishes, tells events and alarms. */
void vm_update(struct model *, struct m_vm *, const struct model_now *);
/* By full evidence (design 4) for every site. */
bool vm_proved_stopped(const struct m_vm *);
bool vm_on_hold(const struct m_vm *); /* as csVmHold reads */
/* Fills in the VM and its row. */
void vm_event(
    struct model *, const struct m_vm *, struct event_note *, const struct model_now *);
/* No automatic work from now on; false when it was so. */
bool vm_hold(struct model *, struct m_vm *);
void vm_hold_event(
    struct model *, const struct m_vm *, const char *why, const struct model_now *);
/* Is a move of it under way, or may a command of ours still take effect? */
bool vm_commanded(const struct m_vm *);

/* vm_row.c */
void vm_put_row(struct model *, struct m_vm *);
enum cs_vm_oper vm_shown(const struct m_vm *);
const char *vm_shown_text(const struct m_vm *);

/* moving.c: a round was kept, before anything is judged by it */
void own_suspends_observed(struct m_cluster *, const struct model_now *);

/* outside.c: after a VM was judged, its row put */
void outside_note(struct model *, struct m_vm *, const struct model_now *);
/* Tells the sink what outside_note() wants started again. */
void outside_tell(struct model *, struct m_cluster *);
/* Does the question whether it was stopped by somebody else wait for full rounds? */
bool outside_asks(const struct m_site *);

/* load.c */
/* The VM was judged: its load goes where it is. Before its row is put. */
void load_place(struct model *, struct m_vm *, const struct model_now *);
/* Forgets what is stale. */
void load_tick(struct model *, const struct model_now *);
/* Forgets everything. */
void load_forget(struct model *, const struct model_now *);
/* New settings: `old` VMs let go of nodes that will be freed; then, VMs carried. */
void load_unlink(struct m_vm *old);
void load_link(struct model *);
/* The VM is about to be freed. */
void load_leave(struct m_vm *);

/* load_rows.c */
void load_of_cluster(const struct m_cluster *, struct cluster_row *);
void load_of_node(const struct m_node *, struct node_row *);
void load_of_vm(const struct m_vm *, struct vm_row *);
/* Measured, or else configured; < 0: not known. */
double load_node_cpus(const struct m_node *);
double load_node_memory(const struct m_node *); /* MiB */
double load_vm_vcpus(const struct m_vm *);
double load_vm_memory(const struct m_vm *); /* MiB */
/* What it uses of processors, smoothed, measured or guessed. */
double load_vm_cpu(const struct m_vm *);

/* fits_memory.c */
/*
 * Has the node the memory for the VM, beside what it has and what is bound for it?
 * Where a size is not known nothing is refused. -1 and *cause: it has not.
 */
int fits_memory(const struct model *, const struct m_vm *, const struct m_cluster *,
    const struct m_node *, const struct vm_target *with, size_t nwith, char **cause);

/* disk.c */
struct m_disk *disk_new(struct model *, struct m_vm *, const struct disk_settings *);
void disk_add_site(struct m_disk *, struct m_site *, const char *resource);
void disk_free(struct m_disk *);
void disk_update(struct model *, struct m_disk *, const struct model_now *);
/* We pass it to a site of the VM, or to nobody (NULL); tells records and event. */
void disk_pass(struct model *, struct m_disk *, const struct m_site *, uint64_t epoch,
    const char *how, const struct model_now *);
/* Its resource at a site of the VM; NULL: none. */
const struct m_disk_site *disk_at(const struct m_disk *, const struct m_site *);
const char *disk_owner_name(const struct m_disk *); /* "" when none */
/* The group is there, but no resource of that name: nothing is known of the disk. */
bool disk_lacking(const struct m_disk_site *);
/*
 * The site by which its owner has it; NULL: none that still is so. An owner that is not
 * among the sites, or whose site was paired anew while nobody looked, cannot be proved
 * to be stopped.
 */
const struct m_disk_site *disk_owner_site(const struct m_disk *);

/* sight.c */
uint64_t vm_epoch(const struct m_vm *); /* the highest of its disks; 0: none */
bool node_takes(const struct m_node *); /* may a VM be started there */

/* domain.c */
void domain_publish(struct model *, const struct model_now *);
size_t domain_slot(const struct settings *, const char *name); /* SIZE_MAX: none */
void domain_take(struct model *); /* new settings; before the VMs */
void domain_free(struct model *);
void domain_join(struct model *, struct m_vm *); /* a new VM, to its set */
void domain_leave(struct model *, const struct m_vm *);
void domain_touch(struct model *, const struct m_vm *); /* its place changed */
uint32_t domain_index(struct model *, const char *name);

/* pattern.c */
void pattern_discover(struct model *, struct m_cluster *);
void pattern_restore(struct model *);
/* Drops VMs that a pattern found and whose groups are gone; after a round of it. */
void pattern_retire(struct model *, struct m_cluster *, const struct model_now *);
/* Is that VM's group gone from everywhere, as far as can be seen? */
bool pattern_gone(const struct m_vm *);
/* The configured VM that has this resource as a disk's; NULL: none. */
const struct vm_settings *vm_takes_resource(
    const struct settings *, size_t cluster, const char *resource);
bool pattern_covers(const struct settings *, const char *group, const char *cluster);
size_t avail_slot(const struct settings *, const char *name); /* SIZE_MAX: none */
void candidates_publish(struct model *, struct m_cluster *, const struct model_now *);

#endif
