/*
 * SPDX-License-Identifier: Apache-2.0
 * Rules of the engine: how a move goes on, back or to its end; check, quiesce and
 * resume. The table is in step.c. See step_impl.h.
 */
#include "base/mutant.h"
#include "move/step_impl.h"

#include <string.h>

/* --- going on ------------------------------------------------------------------------
 */

void
step_leg(struct step *s)
{
	s->from = move_from(s->c);
	s->to = move_to(s->c);
}

void
step_phase(struct step *s, enum move_phase phase)
{
	s->c->phase = (uint8_t)phase;
	s->c->entered = s->now;
	s->c->retry_at = 0;
	s->c->good_since = 0;
	s->c->asked = false;
	s->c->done = 0;
	s->c->said = 0;
	s->o->save = true;
	s->o->told |= TOLD_STEP;
}

void
say_once(struct step *s, enum move_told what)
{
	if ((s->c->said & what) == 0)
		s->o->told |= what;
	s->c->said |= what;
}

static void
finish(struct step *s, enum cs_move_state state)
{
	s->c->ending = (uint8_t)state;
	step_phase(s, PHASE_IDLE);
	s->o->told |= TOLD_ENDED;
}

void
step_doubt(struct step *s, enum move_why why, int lacking)
{
	s->c->before_doubt = s->c->phase;
	s->c->why = (uint8_t)why;
	step_phase(s, PHASE_DOUBT);
	s->o->told |= MUTANT(DOUBT_UNTOLD) ? 0 : TOLD_DOUBT;
	s->o->lacking = lacking;
}

static bool
suspended_any(const struct step *s)
{
	size_t i;

	for (i = 0; i < s->c->nsites; i++)
		if (s->c->site[i].quiesced)
			return true;
	return false;
}

/* The end, after what was suspended goes on. */
void
wind_up(struct step *s, enum cs_move_state state)
{
	s->c->ending = (uint8_t)state;
	if (suspended_any(s))
		step_phase(s, PHASE_RESUME);
	else
		finish(s, state);
}

/* Nothing has changed yet: it ends as it was asked to, or as failed. */
void
give_up(struct step *s, enum move_why why)
{
	const bool asked = s->c->ending != MOVE_SUCCEEDED;

	if (!asked)
		s->c->why = (uint8_t)why;
	wind_up(s, asked ? MOVE_CANCELLED : MOVE_FAILED);
}

static bool
stop_needed(const struct step *s, int at)
{
	const struct move_site *m = site(s, at);

	/* where ours was seen to run it runs, until it is seen not to */
	return m->order != ORDER_NONE || m->may_start || sight(s, at)->active ||
	    sight(s, at)->oper == SITE_FAILED ||
	    (s->c->phase == PHASE_VERIFY && !is_off(s, at));
}

/*
 * To the source again, the target stopped first when anything of ours may be there
 * (I4). Where there is no way back it ends, and says why.
 */
void
go_back(struct step *s, enum move_why why)
{
	struct move_case *c = s->c;

	if (c->ending == MOVE_SUCCEEDED || c->leg == LEG_BACK)
		c->why = (uint8_t)why;
	if (!moves_across(s) || c->leg == LEG_BACK || !c->ran) {
		wind_up(s,
		    c->ending == MOVE_SUCCEEDED || c->leg == LEG_BACK
		        ? MOVE_FAILED
		        : (enum cs_move_state)c->ending);
		return;
	}
	if (c->ending == MOVE_SUCCEEDED)
		c->ending = MOVE_ROLLED_BACK;
	c->leg = LEG_BACK;
	c->passed = false;
	step_leg(s);
	if (stop_needed(s, s->from)) {
		step_phase(s, PHASE_STOP);
		site(s, s->from)->tries = 0;
		ledger_order(s, s->from, ORDER_STOP);
	} else {
		step_phase(s, PHASE_RELEASE);
	}
}

/* A command of the phase may leave now. */
bool
may_send(const struct step *s)
{
	return ((!s->c->unsaved && !s->o->save) || MUTANT(JOURNAL_AFTER)) &&
	    !s->c->asked && (!s->f->blocked || MUTANT(STORE_IGNORED)) &&
	    s->now >= s->c->retry_at && s->o->ncommands < MOVE_COMMANDS;
}

void
send_command(struct step *s, enum move_command_kind kind, int at, msec_t deadline)
{
	struct move_site *m = site(s, at);

	s->o->commands[s->o->ncommands++] = (struct move_command) { kind, at,
		kind == MOVE_CMD_STOP || s->c->leg == LEG_BACK ? 0 : s->c->node,
		deadline, m->tries };
	s->c->asked = true;
	if (kind == MOVE_CMD_SUSPEND || kind == MOVE_CMD_RESUME)
		return;
	m->tries++;
	m->sent = SENT_OUT;
	m->since = s->now;
	if (kind != MOVE_CMD_STOP) {
		m->start_since = s->now; /* of the last one, if there are several */
		memset(&m->fence, 0, sizeof(m->fence)); /* it is to run there */
	}
	if (m->confirmed != 0 &&
	    !MUTANT(WORD_SURVIVES_COMMAND)) { /* said after the order was written: void,
		                                 too */
		m->confirmed = 0;
		s->o->told |= TOLD_UNCONFIRMED;
	}
}

bool
may_start(const struct step *s, int *lacking, msec_t *deadline)
{
	return move_may_start(s->c, s->f, s->l, s->to, s->now, lacking, deadline);
}

bool
proved(const struct step *s)
{
	int lacking;
	msec_t deadline;

	return may_start(s, &lacking, &deadline);
}

int
lacking_site(const struct step *s)
{
	int lacking = MOVE_NOWHERE;
	msec_t deadline;

	if (s->to != MOVE_NOWHERE)
		may_start(s, &lacking, &deadline);
	return lacking == MOVE_NOWHERE ? s->from : lacking;
}

int
awaited_site(const struct step *s)
{
	const bool doubt = s->c->phase == PHASE_DOUBT;
	const uint8_t phase = doubt ? s->c->before_doubt : s->c->phase;

	if (phase == PHASE_STOP && doubt)
		return s->from;
	if (phase == PHASE_CHECK)
		return move_unprovable(s->c, s->f, s->l, s->now);
	if (phase < PHASE_RELEASE || phase > PHASE_START ||
	    (phase == PHASE_START && outstanding(s, s->to)))
		return MOVE_NOWHERE;
	return lacking_site(s);
}

/* --- check ---------------------------------------------------------------------------
 */

bool
to_be_dropped(const struct step *s)
{
	return s->c->ending != MOVE_SUCCEEDED;
}

static bool
frozen(const struct step *s)
{
	return s->f->vm.hold ||
	    sight(s, s->to == MOVE_NOWHERE ? s->from : s->to)->closed;
}

/* A stop that an operator wants goes on under hold; what we do by ourselves does not.
 */
bool
hold_hits(const struct step *s)
{
	return s->c->ending == MOVE_SUCCEEDED && s->c->leg == LEG_THERE &&
	    s->c->verb != VERB_DOWN && frozen(s) && !MUTANT(HOLD_IGNORED);
}

void
act_hold(struct step *s)
{
	s->c->ending = MOVE_CANCELLED;
	s->c->why = WHY_HOLD;
	s->o->save = true;
}

void
act_drop(struct step *s)
{
	wind_up(s, MOVE_CANCELLED);
}

/* Fresh rounds of all that it is about; not of a source that force leaves aside. */
static bool
looked(const struct step *s)
{
	return (s->from == MOVE_NOWHERE || s->c->force || seen_since(s, s->from)) &&
	    (s->to == MOVE_NOWHERE || seen_since(s, s->to));
}

static bool
source_fits(const struct step *s)
{
	const int at = s->c->verb == VERB_WITHIN ? s->to : s->from;

	if (at == MOVE_NOWHERE || s->c->force)
		return true;
	return sight(s, at)->commandable &&
	    (runs(s, at) || failed(s, at) || (s->to == MOVE_NOWHERE && is_off(s, at)));
}

static bool
target_fits(const struct step *s)
{
	if (s->to == MOVE_NOWHERE)
		return true;
	return sight(s, s->to)->commandable && sight(s, s->to)->node_ok &&
	    (s->c->verb == VERB_WITHIN || is_off(s, s->to) ||
	        (s->c->verb == VERB_UP && runs(s, s->to)));
}

/* The newcomer of a conflict is only stopped while the owner is seen to be healthy. */
bool
owner_healthy(const struct step *s)
{
	const int at = s->f->vm.owner;

	return at >= 0 && at != s->from && seen_since(s, at) && runs(s, at) &&
	    sight(s, at)->commandable;
}

bool
conditions_met(const struct step *s)
{
	return looked(s) && source_fits(s) && target_fits(s) && !s->f->blocked &&
	    move_unprovable(s->c, s->f, s->l, s->now) == MOVE_NOWHERE &&
	    (s->c->verb == VERB_NEWCOMER ? owner_healthy(s) : !s->f->vm.conflict);
}

bool
conditions_gone(const struct step *s)
{
	return over(s, s->l->release_timeout) ||
	    (moves_across(s) && looked(s) &&
	        ((!s->c->force && is_off(s, s->from)) || runs(s, s->to)));
}

void
act_conditions_gone(struct step *s)
{
	const int unprovable = move_unprovable(s->c, s->f, s->l, s->now);
	const bool fits = source_fits(s) && target_fits(s);

	/* better not stopped at all than stopped without a way on or back */
	s->o->lacking = !target_fits(s) ? s->to : fits ? unprovable : s->from;
	give_up(s, fits && unprovable != MOVE_NOWHERE ? WHY_NO_PROOF : WHY_CONDITIONS);
}

/* Monitors of a site that is given up for dead could not be suspended. */
static bool
given_up_for_dead(const struct step *s, int at)
{
	enum move_proof proof;

	if (sight(s, at)->commandable)
		return false;
	proof = move_proved(s->c, s->f, s->l, at, s->now, NULL);
	return (s->c->force && at == s->from) || proof == PROVED_BY_FENCE ||
	    proof == PROVED_BY_OPERATOR;
}

static bool
to_be_quiesced(const struct step *s, int at)
{
	return sight(s, at)->has_monitors && !given_up_for_dead(s, at);
}

/* To the stop, or where there is nothing to stop, or nobody to obey, past it. */
void
act_stop(struct step *s)
{
	if (s->from == MOVE_NOWHERE ||
	    (s->c->force && !sight(s, s->from)->commandable)) {
		step_phase(s, PHASE_RELEASE);
		return;
	}
	step_phase(s, PHASE_STOP);
	site(s, s->from)->tries = 0;
	ledger_order(s, s->from, ORDER_STOP);
}

void
act_checked(struct step *s)
{
	bool any = false;
	size_t i;

	for (i = 0; i < s->c->nsites; i++)
		if (to_be_quiesced(s, (int)i))
			any = s->c->site[i].quiesced = true;
	if (any)
		step_phase(s, PHASE_QUIESCE);
	else
		act_stop(s);
}

/* --- quiesce and resume
 * --------------------------------------------------------------- */

static int
not_done(const struct step *s)
{
	size_t i;

	for (i = 0; i < s->c->nsites; i++)
		if (s->c->site[i].quiesced && (s->c->done & 1u << i) == 0 &&
		    to_be_quiesced(s, (int)i))
			return (int)i;
	return MOVE_NOWHERE;
}

bool
all_quiet(const struct step *s)
{
	return not_done(s) == MOVE_NOWHERE && !s->f->blocked;
}

bool
one_to_suspend(const struct step *s)
{
	return may_send(s) && not_done(s) != MOVE_NOWHERE;
}

void
act_suspend(struct step *s)
{
	send_command(s, MOVE_CMD_SUSPEND, not_done(s), 0);
}

bool
tries_over(const struct step *s)
{
	return (s->c->said & TOLD_REFUSED) != 0; /* MOVE_EV_QUIESCED said so */
}

void
act_not_quiet(struct step *s)
{
	s->o->lacking = not_done(s);
	give_up(s, WHY_QUIESCE);
}

/* Of the site that the VM left, by this move or an earlier one, until it returns. */
static bool
left_behind(const struct step *s, int at)
{
	return site(s, at)->stays_quiet ||
	    (at == s->c->source && s->c->verb != VERB_WITHIN);
}

/*
 * Which monitors stay suspended at the end: those of a site that the VM left; after a
 * failure that leaves it down, those of all.
 */
static bool
stays_quiet(const struct step *s, int at)
{
	const struct move_case *c = s->c;
	bool runs = false;
	size_t i;

	if (sight(s, at)->active)
		return false;
	for (i = 0; i < c->nsites; i++)
		runs = runs || sight(s, (int)i)->active;
	if (c->ending == MOVE_SUCCEEDED)
		return at != s->to && left_behind(s, at);
	if (runs)
		return left_behind(s, at);
	return c->ending == MOVE_FAILED || site(s, at)->stays_quiet;
}

static int
to_resume(const struct step *s)
{
	size_t i;

	for (i = 0; i < s->c->nsites; i++)
		if (s->c->site[i].quiesced && (s->c->done & 1u << i) == 0 &&
		    !stays_quiet(s, (int)i))
			return (int)i;
	return MOVE_NOWHERE;
}

bool
one_to_resume(const struct step *s)
{
	return may_send(s) && to_resume(s) != MOVE_NOWHERE;
}

void
act_resume(struct step *s)
{
	send_command(s, MOVE_CMD_RESUME, to_resume(s), 0);
}

bool
all_resumed(const struct step *s)
{
	return to_resume(s) == MOVE_NOWHERE || over(s, s->l->release_timeout);
}

void
act_finish(struct step *s)
{
	size_t i;

	for (i = 0; i < s->c->nsites; i++)
		s->c->site[i].stays_quiet = s->c->site[i].quiesced &&
		    stays_quiet(s, (int)i) && left_behind(s, (int)i);
	finish(s, (enum cs_move_state)s->c->ending);
}
