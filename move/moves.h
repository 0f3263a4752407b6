/*
 * SPDX-License-Identifier: Apache-2.0
 * All moves of the set: asked for, queued, carried out, remembered.
 *
 * Between the model (set/model.h), which knows what is seen, and whoever owns sockets
 * and files (subagent/), which carries out what the sink is told. Here a request
 * becomes a row of csMoveTable and a case of the engine (move.h); here rounds, answers
 * and time become the engine's events, and what it wants becomes posts, records, rows,
 * events and alarms. Control's thread only; no I/O.
 */
#ifndef MOVE_MOVES_H
#define MOVE_MOVES_H

#include "move/move.h"
#include "set/model.h"

struct moves;

#define MOVE_OWNER_MAX  32 /* octets of csMoveOwner */
#define MOVE_REASON_MAX 255

/* One POST to a cluster (contract 1.5). Names are borrowed for the call. */
enum move_post_kind {
	POST_GROUP_START,
	POST_GROUP_STOP,
	POST_GROUP_MOVE,
	POST_MONITOR_SUSPEND,
	POST_MONITOR_RESUME
};

struct move_post {
	uint64_t ticket; /* of moves_answer(), exactly once */
	enum move_post_kind kind;
	size_t cluster; /* slot in settings */
	const char *object; /* group or monitor */
	const char *target; /* server in the body; NULL: none */
	unsigned tries; /* so often before: send it to another server */
	msec_t deadline; /* last moment at which it may leave; 0: none */
};

struct moves_sink {
	void *arg;
	void (*post)(void *arg, const struct move_post *);
	/* A record of the store: value NULL deletes. Goes into this turn's batch. */
	void (*record)(
	    void *arg, const char *space, const char *key, const char *value);
	/* moves_durable(seq) is wanted when everything recorded so far is durable. */
	void (*sync)(void *arg, uint64_t seq);
};

/* `m` and the sink must outlive it. */
struct moves *moves_new(struct model *m, const struct moves_sink *);
void moves_free(struct moves *); /* NULL is fine */

/* --- what was kept: before moves_start() -------------------------------------------
 */

/* The spaces "move", "case" and "used"; -1 and *cause naming space and key. */
int moves_restore(struct moves *, const char *space, const char *key, const char *value,
    char **cause);
/*
 * The model is configured and knows what was kept, and moves_configured() was called:
 * open moves are taken up again, each by MOVE_EV_LOADED. `restored`: the store looks
 * restored (I9; why in words), so every open move stands in doubt and nothing is
 * commanded until MOVE_ORDER_ADOPT.
 */
void moves_start(struct moves *, const char *restored, const struct model_now *);

/* --- requests: both triggers -------------------------------------------------------
 */

struct move_request { /* of one VM; texts owned by whoever made it */
	uint32_t vm;
	uint32_t cluster, node; /* 0: not given */
	enum cs_move_mode mode;
	char *owner; /* "set" for csVmTargetCluster; NULL is "set" */
	uint32_t index; /* csMoveIndex; 0: one is given */
	char *reason; /* NULL: none */
	bool force;
	bool inside; /* of clustersetd itself, never of a SET: a reserved owner is fine
	              */
	bool recover; /* of the recover policy (inside): of a VM that is not seen
	                 anywhere, started where it is asked for. Never with force:
	                 every other site is seen Offline, fenced or confirmed */
	enum move_verb verb; /* 0: by cluster and node; VERB_UP, VERB_DOWN: an intent */
};

enum move_verdict {
	MOVE_FINE, /* possible, or already so */
	MOVE_WRONG_VALUE, /* never possible */
	MOVE_NOT_NOW, /* inconsistentValue */
	MOVE_BAD_NAME, /* inconsistentName: reserved owner, used pair */
	MOVE_NO_RESOURCE, /* resourceUnavailable: store, queue */
	MOVE_NO_CREATION
};

/*
 * Everything that can be checked, over all requests of one SET, which are all or
 * nothing; `which` gets the first that cannot be, *cause why, in words. Changes
 * nothing.
 */
enum move_verdict moves_test(const struct moves *, const struct move_request *,
    size_t n, const struct model_now *, size_t *which, char **cause);
/*
 * Carries out what moves_test() found possible (or what was found proposed after a
 * restart: then what is not possible any more becomes a row that failed, in words).
 * Idempotent (I5): what is there, on its way, or ended so within repeat-window makes no
 * second move.
 */
void moves_accept(
    struct moves *, const struct move_request *, size_t n, const struct model_now *);

/* csMoveControl, csMoveForce, destroy, csVmSiteConfirm, adopting, csVmRelease. */
enum move_order_kind {
	MOVE_ORDER_CANCEL,
	MOVE_ORDER_RETRY,
	MOVE_ORDER_ROLLBACK,
	MOVE_ORDER_FORCE,
	MOVE_ORDER_DESTROY,
	MOVE_ORDER_CONFIRM, /* vm, cluster, value: the epoch */
	MOVE_ORDER_ADOPT, /* value: csSetAdopt as it reads */
	MOVE_ORDER_RELEASE /* vm, value: csVmRelease as it reads */
};
struct move_order_request {
	enum move_order_kind kind;
	char *owner; /* of the row, with index */
	uint32_t index;
	uint32_t vm, cluster;
	uint32_t value;
};
enum move_verdict moves_order_test(const struct moves *,
    const struct move_order_request *, const struct model_now *, char **cause);
void moves_order(
    struct moves *, const struct move_order_request *, const struct model_now *);

/* csMoveIndexNext: free for any owner; changes only when used. */
uint32_t moves_index_next(const struct moves *);
/* csSetAdopt: 0 when there is nothing to adopt. */
uint32_t moves_adopt_token(const struct moves *);
/*
 * Why nothing is commanded until it is adopted, NULL: it is. Given to moves_start(), or
 * found since: what is seen contradicts what was kept of an open move (I9). Whoever
 * keeps it gives it to moves_start() again. Borrowed.
 */
const char *moves_restored(const struct moves *);

/* --- what happens ------------------------------------------------------------------
 */

/* After model_observe() of that cluster. */
void moves_observed(struct moves *, size_t cluster, const struct model_now *);
/* About once a second, and at moves_wake(). */
void moves_tick(struct moves *, const struct model_now *);
msec_t moves_wake(const struct moves *); /* when something is due; 0: nothing */
void moves_answer(struct moves *, uint64_t ticket, enum move_outcome, int64_t code,
    const char *message, const struct model_now *);
/* During moves_sink.post of a start: the server that it names in its body. */
void moves_named(struct moves *, uint64_t ticket, const char *server);
/* Everything up to `seq` is durable. */
void moves_durable(struct moves *, uint64_t seq, const struct model_now *);
/* The store fails, or works again (I12). While it fails nothing is commanded. */
void moves_store_failed(struct moves *, bool failed, const struct model_now *);
/* Records everything anew, as after a time in which the store failed. */
void moves_tell_all(struct moves *);
/* An intent of the VM or of a cluster was set (hold, up, down, maintenance). */
void moves_intent_changed(struct moves *, uint32_t vm, const struct model_now *);
/*
 * csVmHold became false: an intent that is not fulfilled is carried out now, whether it
 * was set under hold or before, also over a restart. Not where it is just being judged
 * whether somebody else stopped it, nor what a move under way brings about.
 */
void moves_hold_ended(struct moves *, uint32_t vm, const struct model_now *);
/* model_sink.stopped_outside */
void moves_stopped_outside(struct moves *, const char *vm, const struct model_now *);

/*
 * Fences of a cluster (slot in settings; design 4). It has to be told when one begins:
 * from then on every VM with a site there remembers each sign of life, and what was
 * seen before a fence ended is held against it. `began` names the fence; `disk`: it
 * cuts off the disks, else the power. Returns how many VMs the fence counts for.
 */
void moves_fencing(struct moves *, size_t cluster, bool disk, const struct model_now *);
size_t moves_fenced(
    struct moves *, size_t cluster, bool ok, msec_t began, const struct model_now *);

/* What polling has to do for moves: rounds of every server, fast; and at once. */
bool moves_wants_fast(const struct moves *, size_t cluster);
bool moves_wants_eager(const struct moves *, size_t cluster);

/* --- settings ----------------------------------------------------------------------
 */

/*
 * -1 and *cause: these settings would take a cluster, site or group from an open move,
 * or from a VM to which commands of ours are not over (design 3: refused whole).
 */
int moves_check_settings(const struct moves *, const struct settings *, char **cause);
/* After model_configure(): slots and indexes may have changed. */
void moves_configured(
    struct moves *, const struct settings *, const struct model_now *);

#endif
