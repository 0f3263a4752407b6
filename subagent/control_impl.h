/*
 * SPDX-License-Identifier: Apache-2.0
 * Inside control: what its files share.
 *
 * control.c has life, rounds, time and signals; record.c the way to the store, of
 * events and of notifications; intent.c SETs from the face and their proposals;
 * moves.c what moves need of the world, policies.c what policies need; host.c whether
 * the state is the last one; reload.c SIGHUP and csSetReload.
 */
#ifndef SUBAGENT_CONTROL_IMPL_H
#define SUBAGENT_CONTROL_IMPL_H

#include <event2/event.h>

#include "ecx/poller.h"
#include "move/moves.h"
#include "policy/engine.h"
#include "set/generation.h"
#include "set/model.h"
#include "subagent/control.h"
#include "subagent/face.h"
#include "subagent/loads.h"
#include "subagent/mailbox.h"
#include "subagent/request.h"
#include "subagent/store.h"

/* what alarms about clustersetd itself are about */
#define CONTROL_NAME "clustersetd"

struct policies;
struct proposal;
STAILQ_HEAD(kept_notices, kept_notice);
TAILQ_HEAD(proposals, proposal);

enum control_mark { /* places in the store's marks */
	MARK_EVENT,
	MARK_INDEX, /* one for each kind of names */
	MARK_BATCH = MARK_INDEX + NAME_KINDS, /* the last one known to be durable */
	MARK_EPOCH, /* the highest */
	MARK_COUNT
};

struct host { /* host.c */
	char instance[STORE_INSTANCE + 1]; /* the state's name */
	char *machine; /* NULL: not known */
	char *birth; /* of the file; NULL: not known */
	char *restored; /* why it looks restored; NULL: it does not, or is adopted */
	uint32_t number; /* of the last batch */
	uint32_t durable; /* of the last one that is */
	uint32_t epochs; /* given before it was restored, and never again */
	bool unmarked; /* the marks do not fit yet */
};

struct control {
	struct settings *settings;
	uint64_t settings_seq;
	struct event_base *base;
	struct mailbox *mailbox;
	struct model *model;
	struct store *store;
	struct ecx_poller *poller;
	struct generation_box *box;
	struct face *face;
	struct moves *moves;
	struct engine *engine;
	struct policies *policies; /* policies.c */
	struct loads *loads;
	uint64_t generation;

	/* record.c */
	struct store_batch *batch; /* what this turn changed */
	struct kept_notices notices; /* what it wants to tell, once that is durable */
	struct event *flush;
	struct event *store_retry;
	bool store_failed;
	uint32_t durable_event; /* the newest event known to be in the file */
	uint32_t newest_event;
	uint32_t marks[STORE_MARKS]; /* as last written */
	char *lost; /* what a crash of the last run lost, in words; NULL: nothing */

	/* intent.c */
	struct proposals proposals;
	uint64_t proposal_seq;

	struct host host; /* host.c */

	/* moves.c */
	struct event *move_timer;
	struct member_pace *paces; /* one per cluster of the settings */
	size_t npaces;
	bool pace_moves; /* some of them are polled fast because of a move */
	LIST_HEAD(, posted) posted;
	LIST_HEAD(, begun) begun;
	bool moves_started;
	uint64_t sync_wanted; /* moves want to know when it is durable */

	/* control.c */
	struct event *tick, *publish;
	struct event *signals[5];
	msec_t last_turn, published;
	int64_t longest_turn_us, turn_began_us;
	bool reloading, reload_again; /* reload.c */
	uint32_t reloads; /* asked for */
	time_t reloaded; /* when the last one ended; 0: never */
	bool watchdog; /* systemd wants to hear from the loop */
	bool stopping;
	bool closed; /* the store takes no more batches */
};

struct model_now control_now(void);

/* record.c */
void record_init(struct control *);
/* What this turn changes; goes to the store at its end. */
struct store_batch *record_batch(struct control *);
const struct model_sink *record_sink(struct control *);
/* Submits what the turn changed; notices leave when it is durable. */
void record_flush(struct control *);
/* A batch did not become durable: alarm, and the whole state is offered again. */
void record_failed(struct control *, const char *error);
void record_mark(struct control *);
char *record_restore_marks(struct control *);
void record_free(struct control *);

/* intent.c: mail.deliver of the face's requests; the arg is found by intent_init() */
void intent_init(struct control *);
int intent_load(struct control *, char **cause); /* proposals found at start */
void intent_start(struct control *); /* those found at start count as accepted */
void intent_request(struct mail *);
/* The proposals that stand, and no others, into the batch. */
void intent_tell_all(struct control *, struct store_batch *);
void intent_tick(struct control *, const struct model_now *);
void intent_free(struct control *);

/* moves.c */
void moving_init(struct control *); /* the model is there */
void moving_free(struct control *);
/* After model_configure(): clusters may have other slots. */
void moving_configured(struct control *, const struct model_now *);
void moving_start(struct control *, const struct model_now *);
/* Before and after the model sees a round. */
void moving_look(struct control *, const struct observation *);
void moving_observed(struct control *, size_t cluster, const struct model_now *);
void moving_tick(struct control *, const struct model_now *);
/* After whatever may have led moves on: timer, polling, records, publishing. */
void moving_settle(struct control *);
void moving_pace(struct control *); /* how each cluster is polled from now on */
void moving_durable(struct control *, uint64_t sync);
void moving_store_failed(struct control *, bool failed);
void moving_tell_all(struct control *);

/* policies.c */
void policies_init(struct control *); /* model and moves are there */
/* Before the mailbox goes: no look is under way any more. */
void policies_stop(struct control *);
void policies_free(struct control *);
/* After moving_configured(). */
void policies_configured(struct control *, const struct model_now *);
void policies_start(struct control *, const struct model_now *);
void policies_tick(struct control *, const struct model_now *);
void policies_soon(struct control *); /* something was said to them */
void policies_tell_all(struct control *);

/* host.c */
int host_load(struct control *, char **cause); /* before store_start() */
void host_tell_all(struct control *, struct store_batch *);
/* Numbers a batch that is about to be submitted. */
uint32_t host_number(struct control *, struct store_batch *);
void host_durable(struct control *, uint32_t number); /* that batch is */
void host_restored(struct control *, const char *why); /* NULL: it is adopted */
void host_free(struct control *);

/* reload.c */
void control_whereabouts(struct control *); /* which host and file these are */

/* control.c */
/* Takes new settings (and frees the old ones), or -1 and *cause. */
int control_take(struct control *, struct settings *, char **cause);
void control_publish_now(struct control *);
void control_changed(struct control *); /* publish soon, flush at the end of the turn */

#endif
