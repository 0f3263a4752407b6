/*
 * SPDX-License-Identifier: Apache-2.0
 * The ledger of the engine: what may still follow from earlier commands, and what
 * rounds tell of it (design 4d, 4 Fence and Operator, I7). See move.h.
 *
 * Only a round that began after a command left tells anything about its effect.
 */
#include "base/mutant.h"
#include "move/step_impl.h"

#include <string.h>

/*
 * What a round shows after a stop need not be of that stop, so it may still come (I7):
 * nothing of the move hangs on that, but who is blamed for it does.
 */
static void
stop_may_come(struct move_site *m)
{
	if (m->order == ORDER_STOP && m->sent != SENT_WRITTEN)
		m->stop_left = m->since;
}

void
ledger_order(struct step *s, int site, enum move_order order)
{
	struct move_site *m = &s->c->site[site];

	stop_may_come(m);
	if (m->order != order)
		m->tries = 0;
	m->order = order;
	m->sent = SENT_WRITTEN;
	m->since = s->now;
	m->seen_other = false;
	m->our_stop = m->stop_accepted = false;
	if (!MUTANT(WORD_SURVIVES_COMMAND))
		m->confirmed = 0; /* void at the next command there */
	if (order != ORDER_STOP) {
		m->before = m->may_start;
		m->named = 0;
		m->start_since = s->now;
		m->may_start = true;
		m->stop_done = 0;
		memset(&m->fence, 0, sizeof(m->fence));
	}
	s->c->asked = false;
	s->c->retry_at = 0;
	s->o->save = true;
}

void
ledger_over(struct step *s, int site)
{
	struct move_site *m = &s->c->site[site];

	stop_may_come(m);
	/* of two starts, the effect of one says nothing about the other */
	if (m->order == ORDER_START || m->order == ORDER_MOVE)
		m->may_start = m->before && !MUTANT(ONE_START_VOUCHES);
	m->order = ORDER_NONE;
	s->c->asked = false;
	s->o->save = true;
}

void
ledger_unsend(struct step *s, int site)
{
	struct move_site *m = &s->c->site[site];

	if (m->order != ORDER_STOP)
		m->may_start = m->before;
	m->order = ORDER_NONE;
	s->c->asked = false;
	s->o->save = true;
}

void
ledger_answer(struct step *s, int site, enum move_outcome outcome)
{
	struct move_site *m = &s->c->site[site];

	if (site < 0 || (size_t)site >= s->c->nsites)
		return;
	if (m->order == ORDER_NONE) { /* its effect was faster than its answer */
		if (m->our_stop && outcome == ANSWER_ACCEPTED && !m->stop_accepted) {
			m->stop_accepted = true;
			m->stop_done =
			    s->now; /* what is owed there waits for it (4d) */
			s->o->save = true;
		}
		return;
	}
	if (m->sent != SENT_OUT)
		return;
	s->c->asked = false;
	s->o->save = true;
	switch (outcome) {
	case ANSWER_ACCEPTED:
		m->sent = SENT_ACCEPTED;
		if (m->order == ORDER_STOP)
			m->stop_done = s->now;
		break;
	case ANSWER_REFUSED:
	case ANSWER_NOT_SENT:
		ledger_unsend(s, site); /* definite: it does not come */
		s->c->retry_at = s->now + s->l->retry_delay;
		break;
	case ANSWER_NONE:
		m->sent = SENT_UNANSWERED;
		break;
	}
	stop_may_come(m);
}

/* A start of ours shows its effect, whatever phase the move is in. */
static void
look_effect(struct step *s, struct move_site *m, const struct site_sight *v)
{
	if (!m->may_start || s->c->phase == PHASE_START)
		return; /* the phase's own rules see to it */
	if (m->order == ORDER_MOVE)
		return; /* it was active before, too */
	if (m->before && v->start - m->start_since < s->l->command_horizon &&
	    !MUTANT(ONE_START_VOUCHES))
		return; /* perhaps that of an earlier one */
	if (v->fresh && v->active && v->start > m->start_since) {
		m->may_start = false;
		if (m->order != ORDER_STOP)
			m->order = ORDER_NONE;
		s->o->save = true;
	}
}

/* 4d: a later stop was accepted, and Offline has held for the horizon since. */
static void
look_horizon(struct step *s, struct move_site *m, const struct site_sight *v)
{
	msec_t held;

	if (!m->may_start || m->stop_done == 0 || !v->fresh || v->active ||
	    v->offline_since == 0)
		return;
	held = v->offline_since > m->stop_done ? v->offline_since : m->stop_done;
	if (v->judged - held >= s->l->command_horizon || MUTANT(HORIZON_SKIPPED)) {
		m->may_start = false;
		s->o->save = true;
	}
}

/* A sign of life that is no older than the fence speaks against it, begun or ended. */
static void
look_fence(struct step *s, struct move_fence *f, const struct site_sight *v)
{
	const bool seen = v->active && v->start > f->began;
	const bool lives = !f->disk && v->alive && (!v->fresh || v->start > f->began);
	const bool over = !f->disk && s->now - f->began >= s->l->confirm_life &&
	    !MUTANT(FENCE_FOR_EVER);

	if (f->begun &&
	    ((seen && !MUTANT(FENCE_BEFORE_SIGHTING)) ||
	        (lives && !MUTANT(FENCE_WHILE_ALIVE))))
		f->begun = false;
	if (f->stands && (((seen || lives) && !MUTANT(FENCE_OUTLIVES)) || over)) {
		f->stands = false;
		s->o->save = true;
	}
}

static void
look_words(struct step *s, struct move_site *m, const struct site_sight *v)
{
	if (m->confirmed != 0 &&
	    ((v->active && v->start >= m->confirmed_at &&
	         !MUTANT(WORD_AGAINST_SIGHT)) ||
	        (s->now - m->confirmed_at >= s->l->confirm_life &&
	            !MUTANT(WORD_FOR_EVER)))) {
		m->confirmed = 0;
		s->o->told |= TOLD_UNCONFIRMED;
		s->o->save = true;
	}
	look_fence(s, &m->fence, v);
}

void
ledger_look(struct step *s)
{
	size_t i;

	for (i = 0; i < s->c->nsites; i++) {
		struct move_site *m = &s->c->site[i];
		const struct site_sight *v = &s->f->vm.site[i];

		look_effect(s, m, v);
		look_words(s, m, v);
		if (v->active && v->start > m->last_active) {
			m->last_active = v->start;
			if (m->our_stop) {
				m->our_stop = m->stop_accepted = false;
				s->o->save = true;
			}
		}
		look_horizon(s, m, v);
		if (m->stop_left != 0 &&
		    s->now - m->stop_left >= s->l->command_horizon) {
			m->stop_left = 0;
			/* a move has more urgent things to write down */
			s->o->save = s->o->save || !move_open(s->c);
		}
		if (!move_open(s->c) && outstanding(s, (int)i) &&
		    horizon_over(s, (int)i)) {
			m->order = ORDER_NONE; /* may_start stays what it is */
			s->o->save = true;
		}
	}
}

/*
 * After a restart: what was about to be sent may have been; times count from now, and
 * what was seen, or said by an operator about it, before is void.
 */
void
ledger_loaded(struct step *s)
{
	size_t i;

	for (i = 0; i < s->c->nsites; i++) {
		struct move_site *m = &s->c->site[i];

		if (m->order != ORDER_NONE &&
		    (m->sent == SENT_WRITTEN || m->sent == SENT_OUT))
			m->sent = m->order == ORDER_STOP && MUTANT(RESTART_RESENDS)
			    ? SENT_WRITTEN
			    : SENT_UNANSWERED;
		if (m->order == ORDER_START && MUTANT(RESTART_FORGETS))
			m->order = ORDER_NONE;
		m->since = m->order == ORDER_NONE ? 0 : s->now;
		m->start_since = m->may_start ? s->now : 0;
		m->stop_done = m->stop_done == 0 ? 0 : s->now;
		m->stop_left = m->stop_left == 0 ? 0 : s->now;
		m->last_active = m->last_active == 0 ? 0 : s->now;
		m->stop_accepted = false; /* it may have run meanwhile */
		m->confirmed = 0;
		memset(&m->fence, 0, sizeof(m->fence));
	}
	s->o->save = true;
}
