/*
 * SPDX-License-Identifier: Apache-2.0
 * Rules of the engine: the stop, the proof and the handover. The table is in step.c.
 * See step_impl.h.
 */
#include "base/mutant.h"
#include "move/step_impl.h"

/* --- stop ----------------------------------------------------------------------------
 */

/* Something stopped it before our order left, and no start of ours is behind it. */
bool
stop_superfluous(const struct step *s)
{
	return ordered(s, s->from) && !outstanding(s, s->from) &&
	    !site(s, s->from)->may_start && is_off(s, s->from) &&
	    seen_since(s, s->from);
}

void
act_stopped_already(struct step *s)
{
	ledger_unsend(s, s->from);
	step_phase(s, PHASE_RELEASE);
}

bool
stop_dropped(const struct step *s)
{
	return wants_back(s) &&
	    (!outstanding(s, s->from) || (MUTANT(END_OUTSTANDING) && runs(s, s->from)));
}

void
act_drop_stop(struct step *s)
{
	if (ordered(s, s->from))
		ledger_unsend(s, s->from);
	give_up(s, WHY_CANCEL);
}

/* Nobody to stop it: what proves the source stopped is a fence or an operator's word.
 */
bool
stop_forced(const struct step *s)
{
	return s->c->force && s->c->leg == LEG_THERE && !outstanding(s, s->from) &&
	    !sight(s, s->from)->commandable;
}

void
act_stop_forced(struct step *s)
{
	if (ordered(s, s->from))
		ledger_unsend(s, s->from);
	step_phase(s, PHASE_RELEASE);
}

bool
stop_ready(const struct step *s)
{
	return may_send(s) && ordered(s, s->from) && !outstanding(s, s->from) &&
	    ((sight(s, s->from)->commandable &&
	         sight(s, s->from)->oper != SITE_UNKNOWN) ||
	        MUTANT(BLIND_COMMAND)) &&
	    (s->c->verb != VERB_NEWCOMER || owner_healthy(s));
}

void
act_send_stop(struct step *s)
{
	send_command(s, MOVE_CMD_STOP, s->from,
	    s->c->verb == VERB_NEWCOMER ? s->now + s->l->evidence_age : 0);
}

bool
stop_took_effect(const struct step *s)
{
	return outstanding(s, s->from) && seen_after_order(s, s->from) &&
	    is_off(s, s->from);
}

void
act_stopped(struct step *s)
{
	struct move_site *m = site(s, s->from);
	const bool accepted = m->sent == SENT_ACCEPTED;

	ledger_over(s, s->from);
	m->our_stop = true;
	m->stop_accepted = accepted;
	step_phase(s, PHASE_RELEASE);
	s->o->told |= TOLD_STOPPED;
}

/* No answer, no round, but a fence or an operator's word: it is stopped. */
bool
stopped_otherwise(const struct step *s)
{
	const enum move_proof proof =
	    move_proved(s->c, s->f, s->l, s->from, s->now, NULL);

	return outstanding(s, s->from) &&
	    (proof == PROVED_BY_FENCE || proof == PROVED_BY_OPERATOR);
}

void
act_stopped_otherwise(struct step *s)
{
	ledger_over(s, s->from);
	step_phase(s, PHASE_RELEASE);
	s->o->told |= TOLD_STOPPED;
}

bool
stop_shows(const struct step *s)
{
	return outstanding(s, s->from) && !site(s, s->from)->seen_other &&
	    seen_after_order(s, s->from) && (pending(s, s->from) || failed(s, s->from));
}

void
act_stop_shows(struct step *s)
{
	site(s, s->from)->seen_other = true;
	s->o->save = true;
	if (failed(s, s->from))
		say_once(s, TOLD_STOP_FAILED);
}

bool
stop_failed(const struct step *s)
{
	return outstanding(s, s->from) && seen_after_order(s, s->from) &&
	    failed(s, s->from) && (s->c->said & TOLD_STOP_FAILED) == 0;
}

void
act_stop_failed(struct step *s)
{
	say_once(s, TOLD_STOP_FAILED);
}

bool
server_lost(const struct step *s)
{
	return outstanding(s, s->from) && (s->c->said & TOLD_SERVER_LOST) == 0 &&
	    (!sight(s, s->from)->fresh || sight(s, s->from)->oper == SITE_UNKNOWN);
}

void
act_server_lost(struct step *s)
{
	say_once(s, TOLD_SERVER_LOST);
}

/* It was seen to go, and runs again: ECX failed it over, or somebody started it. */
bool
stop_undone(const struct step *s)
{
	return outstanding(s, s->from) && site(s, s->from)->seen_other &&
	    seen_after_order(s, s->from) && runs(s, s->from);
}

void
act_reappeared(struct step *s)
{
	ledger_over(s, s->from);
	s->o->told |= TOLD_REAPPEARED;
	if (s->c->leg == LEG_BACK)
		step_doubt(s, WHY_REAPPEARED, s->from);
	else
		give_up(s, WHY_REAPPEARED);
}

/* Refused, or without effect for the whole horizon: nothing was changed. */
static bool
stop_void(const struct step *s)
{
	if (!ordered(s, s->from))
		return true;
	return outstanding(s, s->from) && !site(s, s->from)->seen_other &&
	    seen_after_order(s, s->from) && runs(s, s->from) &&
	    (horizon_over(s, s->from) || MUTANT(STOP_REPEATED));
}

static unsigned
stop_tries(const struct step *s)
{
	return s->c->verb == VERB_NEWCOMER ? 1 : s->l->tries;
}

bool
stop_again(const struct step *s)
{
	return stop_void(s) && !wants_back(s) && s->now >= s->c->retry_at &&
	    site(s, s->from)->tries < stop_tries(s) && !s->f->blocked &&
	    !(is_off(s, s->from) && !site(s, s->from)->may_start);
}

void
act_stop_again(struct step *s)
{
	const uint8_t tries = site(s, s->from)->tries;

	ledger_order(s, s->from, ORDER_STOP);
	site(s, s->from)->tries = tries;
}

bool
stop_not_needed(const struct step *s)
{
	return !ordered(s, s->from) && is_off(s, s->from) && seen_since(s, s->from) &&
	    !site(s, s->from)->may_start;
}

void
act_release(struct step *s)
{
	step_phase(s, PHASE_RELEASE);
}

bool
stop_gave_up(const struct step *s)
{
	return stop_void(s) &&
	    (wants_back(s) || site(s, s->from)->tries >= stop_tries(s));
}

void
act_stop_gave_up(struct step *s)
{
	const enum move_why why =
	    ordered(s, s->from) ? WHY_STOP_NO_EFFECT : WHY_STOP_REFUSED;

	if (ordered(s, s->from))
		ledger_over(s, s->from);
	if (s->c->force || (s->c->leg == LEG_BACK && !sight(s, s->from)->active))
		step_phase(s, PHASE_RELEASE); /* what is owed there decides */
	else if (s->c->leg == LEG_BACK)
		step_doubt(s, why, s->from);
	else
		give_up(s, why);
}

bool
stop_too_long(const struct step *s)
{
	return over(s, s->l->stop_timeout) && !MUTANT(STOP_FOR_EVER);
}

void
act_stop_too_long(struct step *s)
{
	if (MUTANT(FORCED_BY_TIME))
		s->c->force = true;
	if (s->c->force) {
		step_phase(s, PHASE_RELEASE);
		return;
	}
	if (ordered(s, s->from) && !outstanding(s, s->from)) {
		ledger_unsend(s, s->from);
		if (s->c->leg == LEG_THERE) {
			give_up(s, WHY_SOURCE_LOST);
			return;
		}
	}
	step_doubt(s,
	    failed(s, s->from)              ? WHY_STOP_FAILED
	        : !sight(s, s->from)->fresh ? WHY_SOURCE_LOST
	                                    : WHY_STOP_TIMEOUT,
	    s->from);
}

/* --- release, handover, ready --------------------------------------------------------
 */

bool
came_back(const struct step *s)
{
	return s->from != MOVE_NOWHERE && seen_since(s, s->from) &&
	    (runs(s, s->from) || sight(s, s->from)->oper == SITE_STARTING) &&
	    !s->c->force;
}

/* Somebody, or ECX, was faster, at another site than where this start goes. */
static int
elsewhere(const struct step *s)
{
	size_t i;

	for (i = 0; s->c->verb == VERB_UP && i < s->c->nsites; i++)
		if ((int)i != s->to && seen_since(s, (int)i) &&
		    (runs(s, (int)i) || sight(s, (int)i)->oper == SITE_STARTING))
			return (int)i;
	return MOVE_NOWHERE;
}

bool
runs_elsewhere(const struct step *s)
{
	return elsewhere(s) != MOVE_NOWHERE;
}

void
act_elsewhere(struct step *s)
{
	const int at = elsewhere(s);

	give_up(s, WHY_REAPPEARED);
	s->o->lacking = at;
}

void
act_came_back(struct step *s)
{
	s->o->told |= TOLD_REAPPEARED;
	if (s->c->leg == LEG_BACK)
		step_doubt(s, WHY_REAPPEARED, s->from);
	else if (moves_across(s))
		go_back(s, WHY_REAPPEARED);
	else
		give_up(s, WHY_REAPPEARED);
}

void
act_back(struct step *s)
{
	if (MUTANT(UNDONE_UNSEEN))
		wind_up(s, MOVE_CANCELLED);
	else
		go_back(s, (enum move_why)s->c->why);
}

bool
down_proved(const struct step *s)
{
	return s->to == MOVE_NOWHERE &&
	    move_proved(s->c, s->f, s->l, s->from, s->now, NULL) != PROVED_NOT;
}

void
act_done(struct step *s)
{
	wind_up(s, (enum cs_move_state)s->c->ending);
}

static bool
owns_already(const struct step *s)
{
	return s->f->vm.owner == s->to || s->f->vm.owner == OWNER_NO_DISKS ||
	    MUTANT(OWNER_SKIPPED);
}

bool
released_to_owner(const struct step *s)
{
	return s->to != MOVE_NOWHERE && owns_already(s) && proved(s);
}

void
act_ready(struct step *s)
{
	step_phase(s, PHASE_READY);
}

bool
released(const struct step *s)
{
	return s->to != MOVE_NOWHERE && s->f->vm.owner != OWNER_OTHER && proved(s);
}

void
act_handover(struct step *s)
{
	step_phase(s, PHASE_HANDOVER);
	if (s->f->vm.owner == OWNER_NOBODY)
		return;
	s->o->owner_changes = true;
	s->o->owner = MUTANT(OWNER_DIRECT) ? s->to : OWNER_NOBODY;
}

bool
taken(const struct step *s)
{
	return s->f->vm.owner == OWNER_NOBODY && proved(s);
}

void
act_take(struct step *s)
{
	s->o->owner_changes = true;
	s->o->owner = s->to;
	s->c->epoch = s->f->vm.epoch + (MUTANT(EPOCH_STANDS) ? 0 : 1);
	s->c->passed = true;
	step_phase(s, PHASE_READY);
}

bool
no_proof(const struct step *s)
{
	const int at = lacking_site(s);
	const struct move_site *m = at == MOVE_NOWHERE ? NULL : site(s, at);
	msec_t patience = s->l->release_timeout;

	/* a proof that needs the horizon gets it */
	if (m != NULL && m->may_start && m->stop_done != 0)
		patience += s->l->command_horizon;
	if (MUTANT(CONFIRMED_BY_SILENCE) && over(s, patience) && m != NULL)
		site(s, at)->confirmed = s->c->base;
	return over(s, patience) && !MUTANT(NO_PATIENCE);
}

void
act_no_proof(struct step *s)
{
	const int at = lacking_site(s);

	if (s->c->leg == LEG_THERE && s->c->verb == VERB_MOVE && !s->c->force &&
	    s->c->ran) {
		go_back(s, WHY_NO_PROOF);
		s->o->lacking = at;
	} else if (s->c->leg == LEG_THERE && (s->from == MOVE_NOWHERE || !s->c->ran)) {
		s->o->lacking = at;
		give_up(s, WHY_NO_PROOF);
	} else {
		step_doubt(s, WHY_NO_PROOF, at);
	}
}

/* I7: what a stop of ours does there is known, or cannot come any more. */
static bool
no_stop_awaited(const struct step *s)
{
	return !outstanding(s, s->to) || site(s, s->to)->order != ORDER_STOP ||
	    horizon_over(s, s->to) || (is_off(s, s->to) && seen_after_order(s, s->to));
}

/* Somebody was faster, or it came back by itself: nothing to start. */
bool
runs_already(const struct step *s)
{
	return s->c->verb != VERB_WITHIN && seen_since(s, s->to) && runs(s, s->to) &&
	    no_stop_awaited(s) && proved(s);
}

void
act_verify(struct step *s)
{
	step_phase(s, PHASE_VERIFY);
	s->c->good_since = sight(s, s->to)->start;
	s->o->told |= TOLD_RUNS;
}

bool
target_takes(const struct step *s)
{
	const struct site_sight *v = sight(s, s->to);

	return v->fresh && v->commandable && (v->node_ok || MUTANT(NODE_IGNORED)) &&
	    no_stop_awaited(s) &&
	    (s->c->verb == VERB_WITHIN ? runs(s, s->to)
	                               : is_off(s, s->to) || failed(s, s->to)) &&
	    proved(s);
}

void
act_start(struct step *s)
{
	step_phase(s, PHASE_START);
	site(s, s->to)->tries = 0;
	ledger_order(s, s->to, s->c->verb == VERB_WITHIN ? ORDER_MOVE : ORDER_START);
}

void
act_not_ready(struct step *s)
{
	const bool lost = !sight(s, s->to)->fresh || !sight(s, s->to)->commandable;

	if (s->c->leg == LEG_BACK)
		step_doubt(s, lost ? WHY_SOURCE_LOST : WHY_NO_PROOF, lacking_site(s));
	else
		go_back(s, lost ? WHY_TARGET_LOST : WHY_NO_PROOF);
}
