/*
 * SPDX-License-Identifier: Apache-2.0
 * The move engine: (state, event, facts, now) -> (state, commands), nothing else.
 *
 * One struct move_case per VM is everything the engine remembers of it: the move under
 * way, if any, and what is owed to earlier commands (the ledger of design 4d and I7).
 * It is plain data without pointers; whoever drives the engine (move/moves.c in
 * clustersetd, tests/explore in the proofs) keeps it, writes it down when told, hands
 * in what is seen and carries out what is asked for. The table of phases in
 * move/step.c can be read against doc/moves.md.
 *
 * The one rule of the journal: a command is only ever in move_out of a step in which
 * the case, as it then stands, is known to be durable. So a step that wants a command
 * first says `save`; the command comes with a step after MOVE_EV_DURABLE.
 *
 * No clock, no socket, no file, no allocation.
 */
#ifndef MOVE_MOVE_H
#define MOVE_MOVE_H

#include "set/evidence.h"
#include "set/rows.h"
#include "set/sight.h"

#define MOVE_SITES   SIGHT_SITES
#define MOVE_NOWHERE (-1) /* no site */

/* What the move does; the whole of it, not a step. */
enum move_verb {
	VERB_MOVE = 1, /* from one cluster to another */
	VERB_WITHIN, /* ECX's own group move: the same cluster, another server */
	VERB_UP, /* from nowhere: start at the target */
	VERB_DOWN, /* to nowhere: stop at the source */
	VERB_NEWCOMER /* conflict reaction: stop the site that is not the owner */
};

/*
 * Where a move stands. Durable. The order is that of a leg; a move has one leg (source
 * to target) or two (and back).
 */
enum move_phase {
	PHASE_IDLE, /* no move of this VM */
	PHASE_QUEUED, /* accepted, waits for MOVE_EV_GO */
	PHASE_CHECK, /* reading: are the conditions met by fresh rounds */
	PHASE_QUIESCE, /* monitors are being suspended */
	PHASE_STOP, /* a stop may have been sent to `from` */
	PHASE_RELEASE, /* waits for proof that every site but `to` is stopped */
	PHASE_HANDOVER, /* nobody owns the disks */
	PHASE_READY, /* `to` owns the disks; nothing was sent to it */
	PHASE_START, /* a start (or group move) may have been sent to `to` */
	PHASE_VERIFY, /* it is Online at `to`: does it stay so */
	PHASE_RESUME, /* our suspended monitors where it runs are being resumed */
	PHASE_DOUBT, /* stands; only MOVE_EV_RETRY, _ROLLBACK and _CANCEL go on */
	PHASES
};

enum move_leg { LEG_THERE, LEG_BACK };

/* Why a move goes back, ended badly or stands; move_why_words() has the words. */
enum move_why {
	WHY_NONE,
	WHY_CANCEL, /* an operator's cancel */
	WHY_ROLLBACK, /* an operator's rollback */
	WHY_HOLD, /* hold or maintenance was set: to the nearest safe end */
	WHY_CONDITIONS, /* what was true at the SET is true no more */
	WHY_QUIESCE, /* monitors could not be suspended */
	WHY_STOP_REFUSED,
	WHY_STOP_FAILED, /* Failure after our stop */
	WHY_STOP_NO_EFFECT, /* horizon over, still Online */
	WHY_STOP_TIMEOUT,
	WHY_REAPPEARED, /* active again where it had been stopped */
	WHY_SOURCE_LOST, /* the source cannot be told */
	WHY_NO_PROOF, /* a site is not proved to be stopped */
	WHY_START_REFUSED,
	WHY_START_FAILED, /* Failure after our start */
	WHY_START_NO_EFFECT,
	WHY_START_TIMEOUT,
	WHY_TARGET_LOST,
	WHY_VERIFY, /* it did not stay Online */
	WHY_CONFLICT, /* active at two sites */
	WHY_RESTORED, /* the store looks restored, or contradicts what is seen (I9) */
	WHYS
};

/* A command of ours at a site whose effect is not known to be over (4d, I7). */
enum move_order { ORDER_NONE, ORDER_START, ORDER_STOP, ORDER_MOVE };
enum move_sent {
	SENT_WRITTEN, /* about to be sent: after a restart it may have been */
	SENT_OUT, /* handed to the network; no answer yet */
	SENT_UNANSWERED, /* it may have been, or may still be, executed */
	SENT_ACCEPTED /* it may take effect */
};

/*
 * Proof by fence (design 4). It is known of from its beginning, so that whatever is
 * seen while it is at work voids it.
 */
struct move_fence {
	bool begun; /* it is at work, and nothing was seen that speaks against it */
	bool stands; /* it succeeded */
	bool disk; /* of the disk itself; else of the power of every server */
	uint32_t epoch; /* it belongs to */
	msec_t began;
};

/* What is remembered of a site. Times are CLOCK_BOOTTIME; a restart moves them to now.
 */
struct move_site {
	uint8_t order; /* enum move_order: the last one that is not over */
	uint8_t sent; /* enum move_sent */
	uint8_t tries; /* of this order in this phase */
	bool may_start; /* 4d: a start of ours may still take effect */
	bool our_stop; /* the present Offline is the effect of our stop */
	bool stop_accepted; /* and that stop was answered with success */
	bool
	    seen_other; /* since the order something but the state before it was seen */
	bool quiesced; /* monitors of ours may be suspended there */
	bool stays_quiet; /* of an earlier move: until the VM runs there again */
	bool before; /* may_start was set already when the order was written */
	uint32_t named; /* csNodeIndex that the start which left named; 0: not known */
	msec_t since; /* of the order: when it was written, then when it left */
	msec_t start_since; /* of may_start: when the last start left */
	msec_t stop_done; /* when the last stop was accepted; 0: none since may_start */
	msec_t stop_left; /* of the last stop that may still come, again: when; 0 */
	msec_t last_active; /* start of the last round that saw it active; 0: never */
	uint32_t confirmed; /* epoch an operator confirmed; 0: none */
	msec_t confirmed_at;
	struct move_fence fence;
};

struct move_case {
	/* durable: as of the last `save` */
	uint8_t phase; /* enum move_phase */
	uint8_t verb; /* enum move_verb */
	uint8_t leg; /* enum move_leg */
	uint8_t why; /* enum move_why: of the leg back, or of standing in doubt */
	uint8_t before_doubt; /* enum move_phase it stood in */
	uint8_t ending; /* enum cs_move_state it ends in when the leg is through */
	bool force; /* without the orderly stop (I8) */
	bool ran; /* the VM ran when it was accepted (I4) */
	bool passed; /* ownership passed in this leg */
	int8_t source, target; /* sites; MOVE_NOWHERE */
	uint32_t node; /* csNodeIndex wanted at the target; 0: any */
	uint32_t epoch; /* that this move took; 0 before the handover */
	uint32_t
	    base; /* of the disks when it was accepted: fences and words are no older */
	size_t nsites;
	struct move_site site[MOVE_SITES];

	/* volatile: gone with the process, rebuilt by MOVE_EV_LOADED */
	bool unsaved; /* the last `save` is not durable yet */
	bool asked; /* a command of this phase is out and unanswered */
	msec_t entered; /* the phase */
	msec_t retry_at; /* not before; 0: at once */
	msec_t good_since; /* VERIFY: start of the first round that saw it Online */
	uint32_t done; /* bit per site: QUIESCE and RESUME are through with it */
	uint32_t said; /* enum move_told of this phase that is said once */
};

struct move_facts {
	struct vm_sight vm; /* of the case's sites */
	bool
	    blocked; /* nothing may be commanded: store failed, or restored (I9, I12) */
};

/* Deadlines and retries: all configuration (section "moves"). */
struct move_limits {
	msec_t command_horizon, offline_settle, evidence_age; /* design 4 */
	msec_t stop_timeout, release_timeout, start_timeout, verify_time;
	msec_t retry_delay;
	unsigned tries; /* of one command in one phase */
	msec_t confirm_life; /* 15 min: of an operator's word, and a fence of power */
};

enum move_event_kind {
	MOVE_EV_LOOK, /* a round came in, or time passed: see the facts */
	MOVE_EV_ACCEPT, /* a move is wanted: only in PHASE_IDLE, already admitted */
	MOVE_EV_GO, /* its turn has come */
	MOVE_EV_DURABLE, /* the last `save` is */
	MOVE_EV_ANSWER, /* to the order at `site`: `outcome` */
	MOVE_EV_QUIESCED, /* all that was asked of monitors at `site`: `ok` */
	MOVE_EV_CANCEL,
	MOVE_EV_RETRY,
	MOVE_EV_ROLLBACK,
	MOVE_EV_FORCE,
	MOVE_EV_CONFIRM, /* site, epoch: an operator's word (4) */
	MOVE_EV_FENCING, /* site, disk, began: a fence begins */
	MOVE_EV_FENCED, /* site, ok, began: that one has ended */
	MOVE_EV_RESTORED, /* I9: to doubt at once */
	MOVE_EV_LOADED /* after a restart, first of all */
};

/* As ecx_outcome; move/ does not include ecx/. */
enum move_outcome { ANSWER_ACCEPTED, ANSWER_REFUSED, ANSWER_NOT_SENT, ANSWER_NONE };

struct move_event {
	enum move_event_kind kind;
	int site;
	enum move_outcome outcome;
	bool ok, disk;
	uint32_t epoch, node;
	msec_t began;
	/* MOVE_EV_ACCEPT */
	enum move_verb verb;
	int source, target;
	bool force;
};

enum move_command_kind {
	MOVE_CMD_STOP = 1, /* POST groups/G/stop */
	MOVE_CMD_START, /* POST groups/G/start, target `node` if any */
	MOVE_CMD_GROUP_MOVE, /* POST groups/G/move, target `node` */
	MOVE_CMD_SUSPEND, /* the site's monitors, those not suspended already */
	MOVE_CMD_RESUME /* exactly ours */
};

struct move_command {
	enum move_command_kind kind;
	int site;
	uint32_t node;
	msec_t deadline; /* last moment at which it may leave (4h); 0: none */
	unsigned tries; /* how often before: another server may be tried */
};

/* What a step wants done. At most one command of each kind of need: few suffice. */
#define MOVE_COMMANDS 4
enum move_told { /* bits: what happened, for events and alarms */
	TOLD_BEGAN = 1 << 0, /* it left the queue: csMoveStarted */
	TOLD_STEP = 1 << 1, /* another phase or leg */
	TOLD_ENDED = 1 << 2, /* `state` tells how: csMoveEnded */
	TOLD_DOUBT = 1 << 3, /* it stands from now on: csMoveEnded, alarm */
	TOLD_UNDOUBT = 1 << 4, /* it goes on */
	TOLD_STOPPED = 1 << 5, /* downtime begins: our stop took effect */
	TOLD_RUNS = 1 << 6, /* downtime ends */
	TOLD_STOP_FAILED = 1 << 7,
	TOLD_SERVER_LOST =
	    1 << 8, /* `from` could not be told any more during the stop */
	TOLD_REAPPEARED = 1 << 9,
	TOLD_CONFIRMED = 1 << 10,
	TOLD_UNCONFIRMED = 1 << 11, /* a confirmation became void */
	TOLD_REFUSED = 1 << 12 /* the order (cancel, retry ...) does not fit now */
};

struct move_out {
	struct move_command commands[MOVE_COMMANDS];
	unsigned ncommands;
	bool save; /* write the case down; MOVE_EV_DURABLE when it is */
	bool owner_changes; /* in the same batch as the case: */
	int owner; /* a site, or OWNER_NOBODY; each change is a new epoch (I9) */
	unsigned told; /* enum move_told */
	enum cs_move_state state; /* TOLD_ENDED: the end; always what a row shows */
	int lacking; /* the site that proof or condition is missing of; MOVE_NOWHERE */
	uint32_t fast; /* bit per site: rounds of every server, fast */
	uint32_t eager; /* bit per site: and at once, a command's effect is awaited */
	msec_t wake; /* look again then at the latest; 0: nothing is due */
};

/* An idle case of a VM with that many sites. */
void move_init(struct move_case *, size_t nsites);
/*
 * One step. `facts->vm.nsites` is the case's. Deterministic; the whole truth of what to
 * do next is in the case and the arguments.
 */
void move_step(struct move_case *, const struct move_facts *,
    const struct move_limits *, const struct move_event *, msec_t now,
    struct move_out *);

/* The sites of the leg under way; MOVE_NOWHERE: none. */
int move_from(const struct move_case *);
int move_to(const struct move_case *);
/*
 * The start that has just been handed out names that node. Where another one comes up
 * the start may be on its way still, whoever was faster (4d).
 */
void move_named(struct move_case *, int site, uint32_t node);
bool move_open(const struct move_case *); /* a move that has not ended */
/* Does CANCEL, RETRY, ROLLBACK or FORCE fit now? *why (may be NULL): in words, if not.
 */
bool move_takes(const struct move_case *, enum move_event_kind, const char **why);
/* Nothing is owed: no open move, no order, nothing suspended, nothing confirmed. */
bool move_clean(const struct move_case *);
/* csMoveState, csMoveStep and csMoveProgress of the case. */
enum cs_move_state move_state(const struct move_case *);
enum cs_move_step move_step_shown(const struct move_case *);
unsigned move_progress(const struct move_case *);
const char *move_why_words(enum move_why);

/* --- move/proof.c: I1, in one place ------------------------------------------------
 */

enum move_proof { PROVED_NOT, PROVED_BY_ROUND, PROVED_BY_FENCE, PROVED_BY_OPERATOR };
/*
 * Is the site proved to be stopped now, and by what (design 4)? PROVED_NOT: `*missing`
 * (may be NULL) gets the evidence_part bits that lack; all of them with a round that is
 * too old. The last moment until which PROVED_BY_ROUND holds is judged + evidence_age.
 */
enum move_proof move_proved(const struct move_case *, const struct move_facts *,
    const struct move_limits *, int site, msec_t now, unsigned *missing);
/*
 * May the VM be started at `to`: every other site proved, nothing active elsewhere?
 * False: *lacking is the first site that stands in the way. True: *deadline is the last
 * moment at which the start may leave (0: there is no other site).
 */
bool move_may_start(const struct move_case *, const struct move_facts *,
    const struct move_limits *, int to, msec_t now, int *lacking, msec_t *deadline);

/*
 * Before the stop of a move from one cluster to another: the first site of which the
 * proof that has to follow could not be had now, MOVE_NOWHERE: none. A third site has
 * to be proved already; of the source, every server has to answer and agree.
 */
int move_unprovable(const struct move_case *, const struct move_facts *,
    const struct move_limits *, msec_t now);

#endif
