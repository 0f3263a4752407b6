/*
 * SPDX-License-Identifier: Apache-2.0
 * Inside the manager of moves: what the files behind moves.h share.
 *
 *	moves.c		life, settings, what happens: rounds, time, answers, durability
 *	moves_drive.c	one step of the engine, and all that it asks for
 *	moves_row.c	rows of csMoveTable, their history, events and alarms
 *	moves_settings.c what was kept and what is configured, brought together
 *	moves_fence.c	fences, from their beginning to what ends them
 *	moves_react.c	what it does by itself, where it is configured to
 *	moves_monitor.c	quiesce: monitors suspended, and exactly those resumed
 *	moves_order.c	what is asked of moves that are there: cancel, confirm, adopt
 *	admit.c		what may be asked for
 *	admit_recover.c	what the recover policy may ask for
 *	moves_accept.c	from requests to rows and cases
 *	queue.c		whose turn it is
 *	journal.c	rows and cases as records of the store, and back
 *	words.c		what a person reads
 * Nobody outside move/ includes this.
 */
#ifndef MOVE_MOVES_IMPL_H
#define MOVE_MOVES_IMPL_H

#include <sys/queue.h>

#include <uthash.h>

#include "move/moves.h"

#define SET_OWNER "set"
#define INDEX_MAX INT32_MAX /* csMoveIndex */

struct mv_case;

/* --- rows: moves asked for, under way and ended ------------------------------------
 */

enum mv_alarm_bit { /* alarms of a row that stand */
	MV_ALARM_DOUBT = 1 << 0,
	MV_ALARM_FAILED = 1 << 1,
	MV_ALARM_STOP = 1 << 2
};

struct mv_row {
	char *key; /* "%010u/OWNER", in the store */
	char *name; /* "OWNER/INDEX", as people call it */
	char *owner;
	uint32_t index;
	uint64_t seq; /* order of acceptance */
	enum move_verb verb;
	enum cs_move_mode mode;
	char *vm, *reason;
	uint32_t vm_index;
	char *source, *source_node, *target, *target_node; /* names; NULL: none */
	uint32_t source_index, source_node_index, target_index, target_node_index;
	enum cs_move_state state;
	enum cs_move_step step;
	unsigned progress;
	time_t accepted, started, finished; /* wall; 0: not yet */
	msec_t ended; /* when it did; 0: not yet */
	uint32_t left_at; /* csClusterIndex where its VM then was, or had been; 0 */
	uint32_t left_epoch; /* of its disks then */
	msec_t down; /* since when its VM is down because of it; 0: is not */
	time_t down_wall;
	int64_t downtime; /* ms, of the times before `down` */
	uint32_t epoch;
	char *error; /* NULL: all is well */
	bool force;
	unsigned alarms; /* enum mv_alarm_bit */
	bool later; /* it waits until its VM is known: neither open nor ended */
	unsigned ordered; /* 1 + enum move_order_kind, out of doubt: it waits; 0 */
	bool intent; /* and was asked for as `verb`, wherever that is */
	struct mv_case *kase; /* while it is open; NULL: ended */
	UT_hash_handle hh; /* by key */
	TAILQ_ENTRY(mv_row) dry;
	TAILQ_ENTRY(mv_row) link; /* ended ones in that order, or those that wait */
};
TAILQ_HEAD(mv_rows, mv_row);

struct mv_used { /* a pair of owner and index whose row is gone */
	char *key;
	time_t wall; /* for people */
	msec_t since; /* it is remembered; a restart moves it to now */
	UT_hash_handle hh;
};

/* --- cases: one per VM that is moved, or to which something is owed ----------------
 */

enum mv_wanted { MON_NOTHING, MON_SUSPEND, MON_RESUME };
enum mv_stage { MON_POST, MON_AWAIT, MON_SETTLE };
struct mv_monitor { /* one that we may have suspended, on one server */
	char *monitor, *server;
	bool posted; /* a suspend was ever handed to the network */
	bool done; /* as wanted */
};

struct mv_site { /* beside move_case.site[], in the same order */
	char *cluster, *group;
	uint32_t index; /* csClusterIndex */
	size_t slot; /* in settings */
	struct site_orders told; /* what the model knows of it */
	uint32_t serial; /* of the newest order that was sent */
	struct mv_monitor *monitors; /* journalled before the first POST */
	size_t nmonitors;
	enum mv_wanted wanted;
	enum mv_stage stage;
	uint64_t mon_saved; /* nothing is sent before this is durable; 0: it is */
	size_t mon_open; /* unanswered */
	msec_t mon_since; /* MON_SETTLE: all are answered, since */
	unsigned mon_tries;
	bool mon_ready, mon_ok; /* the engine is to be told, and what */
	char *mon_error; /* the monitor that is not as wanted, and why; NULL */
};

struct mv_case {
	char *vm;
	uint32_t vm_index; /* 0: not configured now (an orphan) */
	uint64_t id; /* never given twice in this process */
	struct move_case c;
	struct mv_site *site;
	struct mv_row *row; /* the open move; NULL: none */
	char *move_key; /* between restore and start: of `row` */
	int64_t priority;
	uint64_t saved; /* the newest save's sync, while it is not durable; 0 */
	msec_t wake;
	uint32_t fast, eager; /* bit per site, as the engine last said */
	bool loaded; /* MOVE_EV_LOADED was its first event, or nothing was kept of it */
	bool reviewed; /* after a restart: seen not to contradict what was kept */
	char *said; /* the last answer that was no success */
	char *cause; /* what was seen when it turned back or came to stand; NULL */
	struct vm_busy busy; /* as the model knows it */
	char *busy_text;
	enum cs_move_step told_step; /* by the last event of a step */
	uint8_t told_leg;
	UT_hash_handle hh; /* by vm */
	TAILQ_ENTRY(mv_case) live; /* those that time does something to */
	TAILQ_ENTRY(mv_case) wait; /* those whose save is not durable */
	TAILQ_ENTRY(mv_case) turn; /* queued ones, whose turn is first in front */
	bool lives, waits, queued;
};
TAILQ_HEAD(mv_cases, mv_case);

struct mv_ticket { /* a POST that is out */
	uint64_t id;
	uint64_t case_id;
	char *vm, *cluster;
	enum move_post_kind kind;
	uint32_t serial;
	char *monitor, *server;
	UT_hash_handle hh;
};

struct mv_slot { /* a cluster of the settings */
	struct mv_case **cases; /* with a site there */
	size_t ncases, room;
	unsigned fast, eager; /* how many want it */
	unsigned load; /* moves under way, while the queue is looked through */
};

struct mv_name { /* of a VM, in a set of such */
	char *vm;
	bool seen, done;
	UT_hash_handle hh;
};

struct moves {
	struct model *m;
	struct moves_sink sink;
	const struct settings *settings;
	struct move_limits limits;
	bool started;
	msec_t began; /* moves_start() */
	bool store_failed;
	char *restored; /* I9: why nothing is commanded; NULL: all is well */
	uint32_t adopt; /* csSetAdopt */

	struct mv_row *rows; /* by key */
	struct mv_rows ended, later;
	unsigned nended;
	struct mv_rows dry; /* of the ended ones, the dry runs */
	unsigned ndry;
	struct mv_used *used;
	uint32_t index_next;
	uint64_t row_seq;

	struct mv_case *cases; /* by VM */
	struct mv_cases live, waiting, queue;
	unsigned nqueued;
	bool queue_dirty;
	uint64_t case_seq, sync_seq, ticket_seq;
	uint64_t durable; /* everything up to this sync is */
	struct mv_ticket *tickets;
	struct mv_slot *slots;
	size_t nslots;
	unsigned *node_load; /* as a slot's, by csNodeIndex */
	size_t nnode_load;
	msec_t wake;
	msec_t swept; /* used pairs were looked through */

	struct mv_name *outside; /* VMs stopped by others, to be started again */
	struct mv_name *conflicts; /* that were reacted to, until they are over */
	bool told_scalars; /* to the model, as they last were: */
	uint32_t told_index, told_adopt;
};

/* --- moves.c --- */
struct mv_case *case_find(const struct moves *, const char *vm);
/* An idle one, its sites still without names. */
struct mv_case *case_new(struct moves *, const char *vm, size_t nsites);
/* That of a VM, made if there is none; NULL: the VM cannot have one. */
struct mv_case *case_get(struct moves *, const struct vm_info *);
void case_drop(struct moves *, struct mv_case *);
/* Does anything keep it: a move, or something owed? */
bool case_owed(const struct mv_case *);
int case_site(const struct mv_case *, const char *cluster); /* -1: none */
bool moves_blocked(const struct moves *);
void slot_add(struct moves *, size_t slot, struct mv_case *);
void slot_remove(struct moves *, size_t slot, struct mv_case *);
void names_clear(struct mv_name **);
/* At the end of every call from outside. */
void moves_settle(struct moves *, const struct model_now *);

/* --- moves_settings.c --- */
/* After a restart: does what is seen contradict what was kept (I9)? */
void case_review(struct moves *, struct mv_case *, const struct model_now *);
/*
 * Is anything of ours on record at a site of an orphan in that cluster? Then *left (may
 * be NULL) is how long it may still take effect, in ms.
 */
bool orphan_owed(const struct moves *, const struct mv_case *, const char *cluster,
    const struct model_now *, msec_t *left);
/* It is no more: the site was released. What is left finds its VM again. */
void orphan_release(
    struct moves *, struct mv_case *, const char *cluster, const struct model_now *);

/* --- moves_order.c --- */
/* The turn of what waited has come: a queued move, or an order to one in doubt. */
void order_go(struct moves *, struct mv_case *, const struct model_now *);
/* As its row tells it: "retry waits for its turn". */
const char *order_word(unsigned ordered);

/* --- moves_react.c --- */
void react_outside(struct moves *, const struct model_now *);
void react_conflicts(struct moves *, const struct model_now *);

/* --- moves_drive.c --- */
/* One step; may drop the case. */
void drive(struct moves *, struct mv_case *, const struct move_event *,
    const struct model_now *);
void drive_kind(
    struct moves *, struct mv_case *, enum move_event_kind, const struct model_now *);
bool drive_facts(const struct moves *, const struct mv_case *, struct move_facts *);
/* Tells the model of commands and of being moved: all, or what changed of it. */
void drive_tell(struct moves *, struct mv_case *, bool all, const struct model_now *);
/* Into the list of those that time does something to, or out of it. */
void drive_live(struct moves *, struct mv_case *);
void drive_wants(struct moves *, struct mv_case *, uint32_t fast, uint32_t eager);
uint64_t drive_ticket(struct moves *, struct mv_case *, int site,
    enum move_post_kind kind, uint32_t serial, const struct mv_monitor *);
void ticket_free(struct moves *, struct mv_ticket *);
/* Everything recorded so far is wanted durable: the number to wait for. */
uint64_t drive_sync(struct moves *);

/* --- moves_row.c --- */
struct mv_row *row_find(const struct moves *, const char *owner, uint32_t index);
struct mv_row *row_by_key(const struct moves *, const char *key);
/* A new one in the tables of here, not yet told to anybody. index 0: one is given. */
struct mv_row *row_new(
    struct moves *, const char *owner, uint32_t index, const char *vm);
void row_free(struct mv_row *);
void row_put(struct moves *, struct mv_row *, const struct model_now *);
/* Puts an ended one at the end of the history. */
void row_remember(struct moves *, struct mv_row *);
/* It ended; it is in the history from now on, which is trimmed. */
bool row_leaves(const struct moves *, uint32_t vm, uint32_t *at, uint32_t *epoch);
void row_ended(struct moves *, struct mv_row *, const struct model_now *);
/* Removes one that is in no list, without a trace. */
void row_drop(struct moves *, struct mv_row *);
/* Removes an ended one and remembers that the pair was used. */
void row_forget(struct moves *, struct mv_row *, const struct model_now *);
void row_trim(struct moves *, const struct model_now *);
void row_event(struct moves *, const struct mv_row *, enum event_type, enum cs_severity,
    const char *text, const struct model_now *);
void row_alarm(struct moves *, struct mv_row *, enum mv_alarm_bit, enum cs_severity,
    const char *text, const struct model_now *);
/* A move of that VM succeeded: what older ones complain of is over. */
void row_relieve(
    struct moves *, const char *vm, const struct mv_row *but, const struct model_now *);
int64_t row_downtime(const struct mv_row *, msec_t now);
void used_add(struct moves *, const char *key, time_t wall, msec_t since);
void used_sweep(struct moves *, const struct model_now *);
char *row_key(const char *owner, uint32_t index);
void index_taken(struct moves *, uint32_t index);

/* --- moves_monitor.c --- */
void monitor_command(struct moves *, struct mv_case *, const struct move_command *,
    const struct model_now *);
void monitor_answer(struct moves *, struct mv_case *, int site,
    const struct mv_ticket *, enum move_outcome, const char *said,
    const struct model_now *);
/* After a round, in time, and when something became durable. */
void monitor_look(struct moves *, struct mv_case *, const struct model_now *);
/* Is the engine to be told of a site? Then *ev is MOVE_EV_QUIESCED of it, once. */
bool monitor_result(struct mv_case *, struct move_event *ev);
void monitor_clear(struct mv_site *); /* frees what it holds */
struct mv_monitor *monitor_add(
    struct mv_site *, const char *monitor, const char *server);
/* Tells the model which are ours. */
void monitor_tell(struct moves *, struct mv_case *, int site, const struct model_now *);
bool monitor_busy(const struct mv_case *); /* is anything of it going on */

/* --- admit.c --- */
/* Requests of the manager's own: VERB_UP after an outside stop, VERB_NEWCOMER. */
void admit_newcomer(struct moves *, uint32_t vm, int site, const struct model_now *);

/* --- moves_accept.c --- */
void accept_later(struct moves *, const struct model_now *);
void accept_cancel(struct moves *, struct mv_row *, const struct model_now *);

/* --- moves_fence.c --- */
/* Another configuration: clusters may have other servers than were fenced. */
void fences_void(struct moves *);

/* --- queue.c --- */
void queue_add(struct moves *, struct mv_case *);
void queue_remove(struct moves *, struct mv_case *);
void queue_resort(struct moves *, struct mv_case *); /* its priority may have changed */
void queue_run(struct moves *, const struct model_now *);

/* --- journal.c --- */
void journal_row(struct moves *, const struct mv_row *);
void journal_case(struct moves *, const struct mv_case *);
void journal_drop(struct moves *, const char *space, const char *key);
void journal_used(struct moves *, const struct mv_used *);

/* --- words.c --- */
const char *state_word(enum cs_move_state);
const char *step_word(enum cs_move_step);
const char *oper_word(enum cs_vm_oper);
const char *site_word(enum cs_site_oper);
/* "to cluster west", "of itself down" ...: what the move does, after "vm X: move N". */
char *words_whither(const struct mv_row *);
/* What a row shows as error: what is lacking and the way out; NULL: all is well. */
char *words_cause(const struct moves *, const struct mv_case *,
    const struct move_facts *, int lacking, int from, int to, const struct model_now *);
char *words_error(const struct moves *, const struct mv_case *,
    const struct move_facts *, const struct move_out *, const struct model_now *);
/* Why a site cannot be commanded or started at, NULL when it can. */
char *words_site(const struct vm_place *, const struct site_sight *);

#endif
