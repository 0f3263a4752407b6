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
};
void model_marks(const struct model *, struct model_marks *);
void model_restore_marks(struct model *, const struct model_marks *);

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

/* --- intents: what SETs ask for (set/intent.c) --------------------------------- */

enum intent_kind {
	INTENT_SERIAL, /* key {0} */
	INTENT_CLUSTER_ADMIN, /* key {cluster} */
	INTENT_NODE_ADMIN, /* key {cluster, node} */
	INTENT_VM_ADMIN, /* key {vm} */
	INTENT_VM_HOLD,
	INTENT_VM_HOME,
	INTENT_VM_PRIORITY,
	INTENT_ALARM_ACK /* key {alarm} */
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

#endif
