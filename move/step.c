/*
 * SPDX-License-Identifier: Apache-2.0
 * The move engine: events, and the table of rules. See move.h; doc/moves.md tells the
 * table in words.
 *
 * The first rule of the phase that fits acts, then the table is looked through again,
 * until none fits or something has to become durable first: nothing is decided, and
 * nothing sent, on what is not written down.
 */
#include "base/mutant.h"
#include "move/step_impl.h"

#include <string.h>

#define IN(phase) (1u << PHASE_##phase)

/* --- the table
 * ------------------------------------------------------------------------ */

#define EVERY         (~(IN(IDLE) | IN(DOUBT)))
#define BEFORE_STOP   (IN(QUEUED) | IN(CHECK) | IN(QUIESCE))
#define BEFORE_START  (IN(RELEASE) | IN(HANDOVER) | IN(READY))
#define FROM_STOPPING (BEFORE_STOP | IN(STOP) | BEFORE_START)

/* clang-format off */
const struct move_rule move_rules[] = {
	/* in			when						*/
	{ EVERY, "an operator gave it up, and no command is outstanding", abandoned,
	    act_abandon },
	{ FROM_STOPPING, "hold or maintenance was set", hold_hits, act_hold },
	{ BEFORE_STOP, "it is to be cancelled", to_be_dropped, act_drop },

	{ IN(CHECK), "the conditions are gone, or cannot be told in time",
	    conditions_gone, act_conditions_gone },
	{ IN(CHECK), "fresh rounds show that the conditions are met",
	    conditions_met, act_checked },

	{ IN(QUIESCE), "monitors could not be suspended", tries_over, act_not_quiet },
	{ IN(QUIESCE), "a site's monitors are to be suspended", one_to_suspend,
	    act_suspend },
	{ IN(QUIESCE), "all are", all_quiet, act_stop },

	{ IN(STOP), "the order has not left, and it is to be cancelled", stop_dropped,
	    act_drop_stop },
	{ IN(STOP), "the order has not left, and it is Offline", stop_superfluous,
	    act_stopped_already },
	{ IN(STOP), "forced; the order has not left, and nobody there obeys",
	    stop_forced, act_stop_forced },
	{ IN(STOP), "the order is durable", stop_ready, act_send_stop },
	{ IN(STOP), "Offline, in a round begun after the order left", stop_took_effect,
	    act_stopped },
	{ IN(STOP), "no round tells, but a fence or an operator does", stopped_otherwise,
	    act_stopped_otherwise },
	{ IN(STOP), "Pending or Failure in such a round", stop_shows, act_stop_shows },
	{ IN(STOP), "Failure", stop_failed, act_stop_failed },
	{ IN(STOP), "it cannot be told any more", server_lost, act_server_lost },
	{ IN(STOP), "Online again, after it was seen to go", stop_undone,
	    act_reappeared },
	{ IN(STOP), "refused, but Offline", stop_not_needed, act_release },
	{ IN(STOP), "refused, or without effect for the horizon; tries are left",
	    stop_again, act_stop_again },
	{ IN(STOP), "refused, or without effect for the horizon", stop_gave_up,
	    act_stop_gave_up },
	{ IN(STOP), "stop-timeout is over", stop_too_long, act_stop_too_long },

	{ BEFORE_START, "it is wanted back", wants_back, act_back },
	{ BEFORE_START, "it runs again where it was stopped", came_back,
	    act_came_back },
	{ IN(CHECK) | BEFORE_START, "of a start: it runs elsewhere", runs_elsewhere,
	    act_elsewhere },
	{ IN(RELEASE), "to nowhere: proved to be stopped", down_proved, act_done },
	{ IN(RELEASE), "every other site is proved; the disks are there already",
	    released_to_owner, act_ready },
	{ IN(RELEASE), "every other site is proved", released, act_handover },
	{ IN(HANDOVER), "nobody's, durably; every other site is still proved", taken,
	    act_take },
	{ IN(RELEASE) | IN(HANDOVER), "no proof within release-timeout", no_proof,
	    act_no_proof },
	{ IN(READY), "it runs there already, and nowhere else", runs_already,
	    act_verify },
	{ IN(READY), "the target can take it; every other site is still proved",
	    target_takes, act_start },
	{ IN(READY), "not so within release-timeout", no_proof, act_not_ready },

	{ IN(START), "active at a second site", second_activation, act_conflict },
	{ IN(START), "the order has not left, and it is wanted back", start_dropped,
	    act_drop_start },
	{ IN(START), "the order is durable; every other site is still proved",
	    start_ready, act_send_start },
	{ IN(START), "Online, in a round begun after the order left",
	    start_took_effect, act_started },
	{ IN(START), "refused, but Online, and nowhere else", runs_unordered,
	    act_verify },
	{ IN(START), "wanted back, and the target is proved to be stopped",
	    target_proved, act_target_proved },
	{ IN(START), "Pending in such a round", start_shows, act_start_shows },
	{ IN(START), "Failure, or gone for offline-settle after Pending", start_failed,
	    act_start_failed },
	{ IN(START), "refused, or without effect for the horizon; tries are left",
	    start_again, act_start_again },
	{ IN(START), "refused, or without effect for the horizon", start_gave_up,
	    act_start_gave_up },
	{ IN(START), "start-timeout is over", start_too_long, act_start_too_long },

	{ IN(VERIFY), "active at a second site", second_activation, act_conflict },
	{ IN(VERIFY), "wanted back, and the target is proved to be stopped",
	    target_proved, act_target_proved },
	{ IN(VERIFY), "it is wanted back", wants_back, act_back },
	{ IN(VERIFY), "Online for verify-time", stood, act_done },
	{ IN(VERIFY), "Failure, or Offline for offline-settle", verify_fails,
	    act_verify_failed },
	{ IN(VERIFY), "not Online any more", verify_breaks, act_not_good },
	{ IN(VERIFY), "Online again", verify_begins, act_good },
	{ IN(VERIFY), "not so within start-timeout", verify_too_long,
	    act_verify_too_long },

	{ IN(RESUME), "a site's monitors are to be resumed", one_to_resume,
	    act_resume },
	{ IN(RESUME), "all are, or it takes too long", all_resumed, act_finish },
};
const size_t move_nrules = sizeof(move_rules) / sizeof(move_rules[0]);
/* clang-format on */

/* --- what a case says of itself
 * -------------------------------------------------------- */

void
move_init(struct move_case *c, size_t nsites)
{
	memset(c, 0, sizeof(*c));
	c->nsites = nsites;
	c->source = c->target = MOVE_NOWHERE;
	c->ending = MOVE_SUCCEEDED;
}

int
move_from(const struct move_case *c)
{
	if (c->verb != VERB_MOVE)
		return c->verb == VERB_DOWN || c->verb == VERB_NEWCOMER ? c->source
		                                                        : MOVE_NOWHERE;
	return c->leg == LEG_THERE ? c->source : c->target;
}

int
move_to(const struct move_case *c)
{
	if (c->verb == VERB_DOWN || c->verb == VERB_NEWCOMER)
		return MOVE_NOWHERE;
	return c->leg == LEG_THERE ? c->target : c->source;
}

void
move_named(struct move_case *c, int site, uint32_t node)
{
	c->site[site].named = node;
}

bool
move_open(const struct move_case *c)
{
	return c->phase != PHASE_IDLE;
}

bool
move_clean(const struct move_case *c)
{
	size_t i;

	for (i = 0; i < c->nsites; i++) {
		const struct move_site *m = &c->site[i];

		if (m->order != ORDER_NONE || m->may_start || m->our_stop ||
		    m->stop_left != 0 || m->quiesced || m->confirmed != 0 ||
		    m->fence.begun || m->fence.stands)
			return false;
	}
	return !move_open(c);
}

enum cs_move_state
move_state(const struct move_case *c)
{
	switch (c->phase) {
	case PHASE_IDLE:
		return (enum cs_move_state)c->ending;
	case PHASE_QUEUED:
		return MOVE_WAITING;
	case PHASE_DOUBT:
		return MOVE_IN_DOUBT;
	default:
		return c->ending == MOVE_CANCELLED ? MOVE_CANCELLING
		    : c->ending == MOVE_ROLLED_BACK || c->leg == LEG_BACK
		    ? MOVE_ROLLING_BACK
		    : MOVE_RUNNING;
	}
}

static const enum cs_move_step shown[PHASES] = {
	[PHASE_IDLE] = STEP_NONE,
	[PHASE_QUEUED] = STEP_NONE,
	[PHASE_CHECK] = STEP_CHECK,
	[PHASE_QUIESCE] = STEP_QUIESCE,
	[PHASE_STOP] = STEP_STOP,
	[PHASE_RELEASE] = STEP_RELEASE,
	[PHASE_HANDOVER] = STEP_HANDOVER,
	[PHASE_READY] = STEP_START,
	[PHASE_START] = STEP_START,
	[PHASE_VERIFY] = STEP_VERIFY,
	[PHASE_RESUME] = STEP_RESUME,
};

enum cs_move_step
move_step_shown(const struct move_case *c)
{
	return shown[c->phase == PHASE_DOUBT ? c->before_doubt : c->phase];
}

/* In the order of the steps; what has been passed is done. */
unsigned
move_progress(const struct move_case *c)
{
	static const unsigned percent[PHASES] = {
		[PHASE_CHECK] = 5,
		[PHASE_QUIESCE] = 10,
		[PHASE_STOP] = 15,
		[PHASE_RELEASE] = 40,
		[PHASE_HANDOVER] = 50,
		[PHASE_READY] = 55,
		[PHASE_START] = 60,
		[PHASE_VERIFY] = 80,
		[PHASE_RESUME] = 95,
	};

	if (c->phase == PHASE_IDLE)
		return 100;
	return percent[c->phase == PHASE_DOUBT ? c->before_doubt : c->phase];
}

const char *
move_why_words(enum move_why why)
{
	static const char *const words[WHYS] = {
		[WHY_NONE] = "",
		[WHY_CANCEL] = "cancelled by an operator",
		[WHY_ROLLBACK] = "rolled back by an operator",
		[WHY_HOLD] = "hold or maintenance was set",
		[WHY_CONDITIONS] = "its conditions are not met any more",
		[WHY_QUIESCE] = "monitors could not be suspended",
		[WHY_STOP_REFUSED] = "the stop was refused",
		[WHY_STOP_FAILED] = "the stop failed",
		[WHY_STOP_NO_EFFECT] = "the stop had no effect",
		[WHY_STOP_TIMEOUT] = "the stop takes too long",
		[WHY_REAPPEARED] = "it runs again where it was stopped",
		[WHY_SOURCE_LOST] = "its source cannot be told",
		[WHY_NO_PROOF] = "a site is not proved to be stopped",
		[WHY_START_REFUSED] = "the start was refused",
		[WHY_START_FAILED] = "the start failed",
		[WHY_START_NO_EFFECT] = "the start had no effect",
		[WHY_START_TIMEOUT] = "the start takes too long",
		[WHY_TARGET_LOST] = "its target cannot be told",
		[WHY_VERIFY] = "it did not stay Online",
		[WHY_CONFLICT] = "it is active in two clusters",
		[WHY_RESTORED] =
		    "the state file looks restored, or contradicts what is seen",
	};

	return why < WHYS ? words[why] : "";
}

/* --- orders of operators ------------------------------------------------------------
 */

/* A way back, or an end before anything was sent. */
static bool
takes_back(const struct move_case *c, const char **why)
{
	if (c->phase == PHASE_DOUBT)
		return true;
	if (c->ending != MOVE_SUCCEEDED || c->leg == LEG_BACK) {
		*why = "it is already on its way back, or to its end";
		return false;
	}
	if (c->phase == PHASE_RESUME) {
		*why = "it is done but for resuming monitors";
		return false;
	}
	if (c->verb == VERB_MOVE)
		return true;
	if (c->phase >= (move_to(c) == MOVE_NOWHERE ? PHASE_STOP : PHASE_START)) {
		*why = "its command has been sent, and there is no way back from it";
		return false;
	}
	return true;
}

bool
move_takes(const struct move_case *c, enum move_event_kind kind, const char **why)
{
	const char *unused;

	if (why == NULL)
		why = &unused;
	*why = "";
	if (!move_open(c)) {
		*why = "it has ended";
		return false;
	}
	switch (kind) {
	case MOVE_EV_CANCEL:
	case MOVE_EV_ROLLBACK:
		return takes_back(c, why);
	case MOVE_EV_RETRY:
		*why = "only a move in doubt is tried again";
		return c->phase == PHASE_DOUBT;
	case MOVE_EV_FORCE:
		*why = "only a move from one cluster to another that has not been "
		       "started at its target is forced";
		return c->verb == VERB_MOVE && c->leg == LEG_THERE &&
		    (c->phase <= PHASE_RELEASE || c->phase == PHASE_DOUBT);
	default:
		return true;
	}
}

static void
leave_doubt(struct step *s)
{
	size_t i;

	s->o->told |= TOLD_UNDOUBT;
	step_phase(s, (enum move_phase)s->c->before_doubt);
	for (i = 0; i < s->c->nsites; i++)
		s->c->site[i].tries = 0;
	if (s->c->ending == MOVE_SUCCEEDED)
		s->c->why = WHY_NONE;
}

/* It runs again where it was stopped on the way back: the stop is what failed. */
static void
stop_again_there(struct step *s)
{
	const struct move_case *c = s->c;

	if (c->leg != LEG_BACK || c->phase < PHASE_RELEASE || c->phase > PHASE_READY ||
	    !sight(s, s->from)->active)
		return;
	step_phase(s, PHASE_STOP);
	ledger_order(s, s->from, ORDER_STOP);
}

static void
take_back(struct step *s, enum cs_move_state ending, enum move_why why)
{
	struct move_case *c = s->c;
	const bool doubt = c->phase == PHASE_DOUBT;

	if (doubt && c->leg == LEG_BACK && ending == MOVE_ROLLED_BACK) {
		if (c->ending == MOVE_FAILED)
			c->ending = MOVE_ROLLED_BACK;
		leave_doubt(s); /* it is on that way: go on */
		stop_again_there(s);
		return;
	}
	/* who stands in doubt without a way back is given up */
	if (doubt && (c->verb != VERB_MOVE || c->leg == LEG_BACK))
		ending = MOVE_FAILED;
	c->ending = (uint8_t)ending;
	c->why = (uint8_t)why;
	s->o->save = true;
	if (doubt)
		leave_doubt(s);
}

static void
take_order(struct step *s, const struct move_event *ev)
{
	if (!move_takes(s->c, ev->kind, NULL) ||
	    (s->f->blocked && s->c->phase == PHASE_DOUBT)) {
		s->o->told |= TOLD_REFUSED;
		return;
	}
	switch (ev->kind) {
	case MOVE_EV_CANCEL:
		take_back(s, MOVE_CANCELLED, WHY_CANCEL);
		break;
	case MOVE_EV_ROLLBACK:
		take_back(s, MOVE_ROLLED_BACK, WHY_ROLLBACK);
		break;
	case MOVE_EV_RETRY:
		leave_doubt(s);
		stop_again_there(s);
		break;
	default: /* MOVE_EV_FORCE */
		s->c->force = true;
		s->o->save = true;
		break;
	}
}

/* --- events
 * ----------------------------------------------------------------------------- */

static void
take_accept(struct step *s, const struct move_event *ev)
{
	struct move_case *c = s->c;

	if (move_open(c) && !MUTANT(SET_DOUBLED)) {
		s->o->told |= TOLD_REFUSED;
		return;
	}
	c->verb = (uint8_t)ev->verb;
	c->leg = LEG_THERE;
	c->why = WHY_NONE;
	c->ending = MOVE_SUCCEEDED;
	c->force = ev->force;
	c->source = (int8_t)ev->source;
	c->target = (int8_t)ev->target;
	c->ran = ev->source != MOVE_NOWHERE;
	c->passed = false;
	c->node = ev->node;
	c->epoch = 0;
	c->base = s->f->vm.epoch;
	step_phase(s, PHASE_QUEUED);
}

static void
take_confirm(struct step *s, const struct move_event *ev)
{
	struct move_site *m = &s->c->site[ev->site];
	const struct site_sight *v = &s->f->vm.site[ev->site];

	if (ev->epoch == 0 || ev->epoch != s->f->vm.epoch ||
	    (v->fresh && (v->active || v->oper != SITE_OFFLINE))) {
		s->o->told |= TOLD_REFUSED;
		return;
	}
	m->confirmed = ev->epoch;
	m->confirmed_at = s->now;
	s->o->told |= TOLD_CONFIRMED;
	s->o->save = true;
}

/* What an earlier one proved is void: who fences again does not rely on it. */
static void
take_fencing(struct step *s, const struct move_event *ev)
{
	struct move_fence *f = &s->c->site[ev->site].fence;

	*f = (struct move_fence) { .begun = true,
		.disk = ev->disk,
		.epoch = s->f->vm.epoch,
		.began = ev->began };
}

/* Of a fence that was not known of from its beginning nothing is believed. */
static void
take_fenced(struct step *s, const struct move_event *ev)
{
	struct move_fence *f = &s->c->site[ev->site].fence;

	if (!f->begun || f->began != ev->began)
		return;
	f->begun = false;
	f->stands = ev->ok || MUTANT(FENCE_FAILED_COUNTS);
	s->o->save = true;
	if (MUTANT(FENCE_ELSEWHERE)) {
		s->c->site[0].fence = *f;
		s->c->site[1].fence = *f;
	}
}

static void
take_quiesced(struct step *s, const struct move_event *ev)
{
	struct move_case *c = s->c;
	struct move_site *m = &c->site[ev->site];

	if (c->phase != PHASE_QUIESCE && c->phase != PHASE_RESUME)
		return;
	c->asked = false;
	if (ev->ok) {
		c->done |= 1u << ev->site;
		if (c->phase == PHASE_RESUME) {
			m->quiesced = false;
			s->o->save = true;
		}
	} else if (++m->tries >= s->l->tries) {
		m->tries = 0;
		if (c->phase == PHASE_RESUME)
			c->done |= 1u
			    << ev->site; /* it stays suspended; the row says so */
		else
			c->said |= TOLD_REFUSED;
	} else {
		c->retry_at = s->now + s->l->retry_delay;
	}
}

static void
take_loaded(struct step *s)
{
	struct move_case *c = s->c;

	c->unsaved = c->asked = false;
	if (!MUTANT(ABSENCE_COUNTS))
		c->entered = s->now;
	c->retry_at = 0;
	c->good_since = 0;
	c->done = 0;
	c->said = 0;
	if (c->verb == VERB_NEWCOMER && c->ending == MOVE_SUCCEEDED &&
	    c->phase >= PHASE_QUEUED && c->phase <= PHASE_QUIESCE) {
		c->ending = MOVE_CANCELLED; /* another process saw the owner healthy */
		c->why = WHY_CONDITIONS;
	}
	ledger_loaded(s);
}

static void
take_event(struct step *s, const struct move_event *ev)
{
	struct move_case *c = s->c;

	switch (ev->kind) {
	case MOVE_EV_LOOK:
		break;
	case MOVE_EV_ACCEPT:
		take_accept(s, ev);
		break;
	case MOVE_EV_GO:
		if (c->phase != PHASE_QUEUED)
			break;
		step_phase(s, PHASE_CHECK);
		s->o->told |= TOLD_BEGAN;
		break;
	case MOVE_EV_DURABLE:
		c->unsaved = false;
		break;
	case MOVE_EV_ANSWER:
		ledger_answer(s, ev->site, ev->outcome);
		break;
	case MOVE_EV_QUIESCED:
		take_quiesced(s, ev);
		break;
	case MOVE_EV_CONFIRM:
		take_confirm(s, ev);
		break;
	case MOVE_EV_FENCING:
		take_fencing(s, ev);
		break;
	case MOVE_EV_FENCED:
		take_fenced(s, ev);
		break;
	case MOVE_EV_RESTORED:
		if (move_open(c) && c->phase != PHASE_DOUBT &&
		    !MUTANT(RESTORED_IGNORED))
			step_doubt(s, WHY_RESTORED, MOVE_NOWHERE);
		break;
	case MOVE_EV_LOADED:
		take_loaded(s);
		break;
	default:
		take_order(s, ev);
		break;
	}
}

/* --- the step
 * ----------------------------------------------------------------------------- */

static void
run_rules(struct step *s)
{
	const struct move_rule *r = move_rules;

	while (((!s->c->unsaved && !s->o->save) || MUTANT(JOURNAL_AFTER)) &&
	    r < move_rules + move_nrules) {
		if ((r->phases & 1u << s->c->phase) != 0 && r->guard(s)) {
			r->act(s);
			step_leg(s);
			r = move_rules;
		} else {
			r++;
		}
	}
}

/* Which rounds it waits for, and until when at the latest. */
static void
want_rounds(struct step *s)
{
	const struct move_case *c = s->c;
	const uint32_t all = (uint32_t)((UINT64_C(1) << c->nsites) - 1);
	size_t i;

	if (c->phase == PHASE_IDLE || c->phase == PHASE_QUEUED ||
	    c->phase == PHASE_DOUBT)
		return;
	s->o->fast = all;
	for (i = 0; i < c->nsites; i++)
		if (c->site[i].order != ORDER_NONE && c->site[i].sent != SENT_WRITTEN)
			s->o->eager |= 1u << i;
	if (c->phase == PHASE_CHECK)
		s->o->eager |= (s->from == MOVE_NOWHERE ? 0 : 1u << s->from) |
		    (s->to == MOVE_NOWHERE ? 0 : 1u << s->to) |
		    (awaited_site(s) == MOVE_NOWHERE ? 0 : 1u << awaited_site(s));
	if (c->phase >= PHASE_RELEASE && c->phase <= PHASE_READY)
		for (i = 0; i < c->nsites; i++)
			if ((int)i != s->to &&
			    move_proved(c, s->f, s->l, (int)i, s->now, NULL) ==
			        PROVED_NOT)
				s->o->eager |= 1u << i;
	s->o->wake = c->retry_at > s->now ? c->retry_at : 0;
	verify_wants(s);
}

void
move_step(struct move_case *c, const struct move_facts *f, const struct move_limits *l,
    const struct move_event *ev, msec_t now, struct move_out *o)
{
	struct step s = { c, f, l, now, o, MOVE_NOWHERE, MOVE_NOWHERE };

	memset(o, 0, sizeof(*o));
	o->owner = OWNER_NOBODY;
	o->lacking = MOVE_NOWHERE;
	step_leg(&s);
	take_event(&s, ev);
	step_leg(&s);
	if (ev->kind != MOVE_EV_LOADED)
		ledger_look(&s);
	if (move_open(c))
		run_rules(&s);
	if (o->save)
		c->unsaved = true;
	o->state = move_state(c);
	if (move_open(c)) {
		if (o->lacking == MOVE_NOWHERE)
			o->lacking = awaited_site(&s);
		want_rounds(&s);
	}
}
