/*
 * SPDX-License-Identifier: Apache-2.0
 * Inside the engine: one step's context, shared by step.c (events and the table of
 * rules), rules.c (their guards and acts) and ledger.c (what is owed to earlier
 * commands). Nobody else includes this.
 */
#ifndef MOVE_STEP_IMPL_H
#define MOVE_STEP_IMPL_H

#include "move/move.h"

struct step {
	struct move_case *c;
	const struct move_facts *f;
	const struct move_limits *l;
	msec_t now;
	struct move_out *o;
	int from, to; /* of the leg */
};

typedef bool move_guard(const struct step *);
typedef void move_act(struct step *);

struct move_rule {
	unsigned phases; /* bit per enum move_phase */
	const char *when; /* in the words of doc/moves.md */
	move_guard *guard;
	move_act *act;
};
extern const struct move_rule move_rules[];
extern const size_t move_nrules;

/* ledger.c: sightings and time, before any rule looks */
void ledger_look(struct step *);
void ledger_answer(struct step *, int site, enum move_outcome);
void ledger_loaded(struct step *);
/* Writes an order down; it leaves when that is durable. */
void ledger_order(struct step *, int site, enum move_order);
/* The order is over: refused, or its effect was seen. */
void ledger_over(struct step *, int site);
/* It was never handed to the network, and will not be. */
void ledger_unsend(struct step *, int site);

/* --- what rounds show ----------------------------------------------------------------
 */

static inline const struct site_sight *
sight(const struct step *s, int site)
{
	return &s->f->vm.site[site];
}

static inline struct move_site *
site(const struct step *s, int i)
{
	return &s->c->site[i];
}

static inline bool
moves_across(const struct step *s)
{
	return s->c->verb == VERB_MOVE;
}

/* Somebody wants the VM back where it was, and that is still ahead. */
static inline bool
wants_back(const struct step *s)
{
	return s->c->leg == LEG_THERE && s->c->ending != MOVE_SUCCEEDED;
}

static inline bool
over(const struct step *s, msec_t time)
{
	return s->now - s->c->entered >= time;
}

/* A round of it that began after this phase did. */
static inline bool
seen_since(const struct step *s, int at)
{
	return sight(s, at)->fresh && sight(s, at)->start > s->c->entered;
}

/* A round of it that began after the order left. */
static inline bool
seen_after_order(const struct step *s, int at)
{
	return sight(s, at)->fresh && sight(s, at)->start > site(s, at)->since;
}

static inline bool
ordered(const struct step *s, int at)
{
	return site(s, at)->order != ORDER_NONE;
}

static inline bool
outstanding(const struct step *s, int at)
{
	return ordered(s, at) && site(s, at)->sent != SENT_WRITTEN;
}

static inline bool
horizon_over(const struct step *s, int at)
{
	return s->now - site(s, at)->since >= s->l->command_horizon;
}

static inline bool
runs(const struct step *s, int at)
{
	return sight(s, at)->fresh && sight(s, at)->oper == SITE_ONLINE;
}

static inline bool
is_off(const struct step *s, int at)
{
	return sight(s, at)->fresh && sight(s, at)->oper == SITE_OFFLINE &&
	    !sight(s, at)->active;
}

static inline bool
pending(const struct step *s, int at)
{
	return sight(s, at)->fresh &&
	    (sight(s, at)->oper == SITE_STARTING ||
	        sight(s, at)->oper == SITE_STOPPING);
}

static inline bool
failed(const struct step *s, int at)
{
	return sight(s, at)->fresh && sight(s, at)->oper == SITE_FAILED;
}

/* --- rules.c: going on ---------------------------------------------------------------
 */

void step_leg(struct step *); /* from and to anew */
void step_phase(struct step *, enum move_phase); /* enters it, and saves */
void step_doubt(struct step *, enum move_why, int lacking);
void say_once(struct step *, enum move_told); /* in this phase */
/* The end, after what was suspended goes on. */
void wind_up(struct step *, enum cs_move_state);
/* Nothing has changed yet: it ends as it was asked to, or as failed. */
void give_up(struct step *, enum move_why);
/*
 * To the source again, the target stopped first when anything of ours may be there
 * (I4). Where there is no way back it ends, and says why.
 */
void go_back(struct step *, enum move_why);
bool may_send(const struct step *); /* a command of the phase may leave now */
void send_command(struct step *, enum move_command_kind, int site, msec_t deadline);
bool may_start(const struct step *, int *lacking, msec_t *deadline);
bool proved(const struct step *); /* every site but `to` (I1) */
int lacking_site(const struct step *); /* of proof, else `from` */
/* What it waits for, or why it stands, is to be told of that one. */
int awaited_site(const struct step *);

/* --- the guards and acts of the table in step.c
 * ---------------------------------------- */

move_guard abandoned, stopped_otherwise, target_proved, hold_hits, to_be_dropped,
    conditions_gone, conditions_met, tries_over, one_to_suspend, all_quiet,
    stop_dropped, stop_superfluous, stop_forced, stop_ready, stop_took_effect,
    stop_shows, stop_failed, server_lost, stop_undone, stop_not_needed, stop_again,
    stop_gave_up, stop_too_long, came_back, down_proved, released_to_owner, released,
    taken, no_proof, runs_already, runs_elsewhere, target_takes, second_activation,
    start_dropped, start_ready, start_took_effect, runs_unordered, start_shows,
    start_failed, start_again, start_gave_up, start_too_long, stood, verify_fails,
    verify_breaks, verify_begins, verify_too_long, one_to_resume, all_resumed;
move_act act_abandon, act_stopped_otherwise, act_target_proved, act_hold, act_drop,
    act_conditions_gone, act_checked, act_not_quiet, act_suspend, act_stop,
    act_drop_stop, act_stopped_already, act_stop_forced, act_send_stop, act_stopped,
    act_stop_shows, act_stop_failed, act_server_lost, act_reappeared, act_release,
    act_stop_again, act_stop_gave_up, act_stop_too_long, act_back, act_came_back,
    act_done, act_ready, act_handover, act_take, act_no_proof, act_verify, act_start,
    act_not_ready, act_conflict, act_drop_start, act_send_start, act_started,
    act_start_shows, act_start_failed, act_start_again, act_start_gave_up,
    act_start_too_long, act_verify_failed, act_not_good, act_good, act_verify_too_long,
    act_resume, act_finish, act_elsewhere;
void verify_wants(struct step *); /* rounds, and when */
move_guard arrived, owner_healthy;

#endif
