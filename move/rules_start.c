/*
 * SPDX-License-Identifier: Apache-2.0
 * Rules of the engine: the start, what comes of it, and giving up. The table is in
 * step.c. See step_impl.h.
 */
#include "base/mutant.h"
#include "move/step_impl.h"

/* --- start ---------------------------------------------------------------------------
 */

static bool
start_unsent(const struct step *s)
{
	return ordered(s, s->to) && !outstanding(s, s->to);
}

bool
start_dropped(const struct step *s)
{
	return !outstanding(s, s->to) &&
	    (wants_back(s) || (hold_hits(s) && !sight(s, s->to)->active));
}

void
act_drop_start(struct step *s)
{
	if (s->c->ending == MOVE_SUCCEEDED)
		act_hold(s);
	if (ordered(s, s->to))
		ledger_unsend(s, s->to);
	go_back(s, (enum move_why)s->c->why);
}

bool
start_ready(const struct step *s)
{
	return start_unsent(s) && may_send(s) && target_takes(s);
}

void
act_send_start(struct step *s)
{
	int lacking;
	msec_t deadline;

	if (!may_start(s, &lacking, &deadline))
		return;
	send_command(s,
	    s->c->verb == VERB_WITHIN ? MOVE_CMD_GROUP_MOVE : MOVE_CMD_START, s->to,
	    deadline);
}

/* Online there; of a move within the cluster: at the node that was asked for. */
bool
arrived(const struct step *s)
{
	return runs(s, s->to) &&
	    (s->c->verb != VERB_WITHIN || s->c->node == 0 ||
	        sight(s, s->to)->node == s->c->node);
}

bool
start_took_effect(const struct step *s)
{
	return outstanding(s, s->to) && seen_after_order(s, s->to) && arrived(s);
}

void
act_started(struct step *s)
{
	struct move_site *m = site(s, s->to);

	/* elsewhere than our start wanted it: that may have been somebody else's */
	if (s->c->verb != VERB_WITHIN && m->named != 0 &&
	    sight(s, s->to)->node != m->named)
		m->before = true;
	ledger_over(s, s->to);
	act_verify(s);
}

/* Refused, and yet it runs: whoever started it, it is there. */
bool
runs_unordered(const struct step *s)
{
	return !ordered(s, s->to) && seen_since(s, s->to) && arrived(s) && proved(s);
}

bool
start_shows(const struct step *s)
{
	return outstanding(s, s->to) && !site(s, s->to)->seen_other &&
	    seen_after_order(s, s->to) && pending(s, s->to);
}

void
act_start_shows(struct step *s)
{
	site(s, s->to)->seen_other = true;
	s->o->save = true;
}

/* Offline is also what a failover inside the cluster looks like for a moment (4e). */
static bool
gone(const struct step *s)
{
	const struct site_sight *v = sight(s, s->to);

	return is_off(s, s->to) && v->offline_since != 0 &&
	    v->start - v->offline_since >= s->l->offline_settle;
}

bool
start_failed(const struct step *s)
{
	if (!outstanding(s, s->to) || !seen_after_order(s, s->to))
		return false;
	/* within a cluster Offline is on the way */
	return failed(s, s->to) ||
	    (site(s, s->to)->seen_other &&
	        (s->c->verb == VERB_WITHIN ? runs(s, s->to) : gone(s)));
}

void
act_start_failed(struct step *s)
{
	ledger_over(s, s->to);
	if (MUTANT(NO_WAY_BACK))
		wind_up(s, MOVE_FAILED);
	else
		go_back(s, WHY_START_FAILED);
}

/* It is wanted back, and the target is proved to be stopped, whatever was sent there.
 */
bool
target_proved(const struct step *s)
{
	return wants_back(s) && moves_across(s) &&
	    move_proved(s->c, s->f, s->l, s->to, s->now, NULL) != PROVED_NOT;
}

void
act_target_proved(struct step *s)
{
	if (ordered(s, s->to))
		ledger_over(s, s->to);
	go_back(s, (enum move_why)s->c->why);
}

/* Refused, or no effect for the whole horizon: may_start tells the two apart. */
static bool
start_void(const struct step *s)
{
	if (!ordered(s, s->to))
		return true;
	return outstanding(s, s->to) && !site(s, s->to)->seen_other &&
	    seen_after_order(s, s->to) &&
	    (horizon_over(s, s->to) || MUTANT(START_REPEATED)) &&
	    (is_off(s, s->to) || (s->c->verb == VERB_WITHIN && runs(s, s->to)));
}

bool
start_again(const struct step *s)
{
	return start_void(s) && !wants_back(s) && s->now >= s->c->retry_at &&
	    site(s, s->to)->tries < s->l->tries && !s->f->blocked && target_takes(s);
}

void
act_start_again(struct step *s)
{
	struct move_site *m = site(s, s->to);
	const uint8_t tries = m->tries;

	ledger_order(s, s->to, s->c->verb == VERB_WITHIN ? ORDER_MOVE : ORDER_START);
	m->tries = tries;
}

bool
start_gave_up(const struct step *s)
{
	return start_void(s) &&
	    (wants_back(s) || site(s, s->to)->tries >= s->l->tries ||
	        over(s, s->l->start_timeout));
}

void
act_start_gave_up(struct step *s)
{
	const bool sent = ordered(s, s->to);

	site(s, s->to)->order = ORDER_NONE; /* may_start stays what it is */
	s->c->asked = false;
	go_back(s, sent ? WHY_START_NO_EFFECT : WHY_START_REFUSED);
}

/* Still Pending: the opposite command is allowed now (I7). Not known: an operator. */
bool
start_too_long(const struct step *s)
{
	if (start_unsent(s))
		return over(s, s->l->release_timeout);
	return over(s, s->l->start_timeout) &&
	    (!ordered(s, s->to) || horizon_over(s, s->to) ||
	        (site(s, s->to)->seen_other && pending(s, s->to)));
}

void
act_start_too_long(struct step *s)
{
	if (start_unsent(s)) {
		ledger_unsend(s, s->to);
		act_not_ready(s);
	} else if (pending(s, s->to) && moves_across(s) && s->c->leg == LEG_THERE) {
		go_back(s, WHY_START_TIMEOUT);
	} else {
		step_doubt(s,
		    sight(s, s->to)->fresh ? WHY_START_TIMEOUT : WHY_TARGET_LOST,
		    s->to);
	}
}

bool
second_activation(const struct step *s)
{
	size_t i;

	if (s->f->vm.conflict)
		return true;
	for (i = 0; i < s->c->nsites; i++)
		if ((int)i != s->to && (runs(s, (int)i) || pending(s, (int)i)) &&
		    seen_since(s, (int)i) && sight(s, s->to)->active)
			return true;
	return false;
}

void
act_conflict(struct step *s)
{
	step_doubt(s, WHY_CONFLICT, s->to);
}

/* --- verify
 * --------------------------------------------------------------------------- */

bool
stood(const struct step *s)
{
	return arrived(s) && s->c->good_since != 0 &&
	    sight(s, s->to)->start - s->c->good_since >= s->l->verify_time;
}

bool
verify_begins(const struct step *s)
{
	return s->c->good_since == 0 && arrived(s) && seen_since(s, s->to);
}

void
act_good(struct step *s)
{
	s->c->good_since = sight(s, s->to)->start;
}

/* The round that ends it comes when verify-time is over, not when one is due. */
void
verify_wants(struct step *s)
{
	const msec_t stands = s->c->good_since + s->l->verify_time;

	if (s->c->phase != PHASE_VERIFY || s->c->good_since == 0)
		return;
	if (s->now >= stands)
		s->o->eager |= 1u << s->to;
	else if (s->o->wake == 0 || stands < s->o->wake)
		s->o->wake = stands;
}

bool
verify_fails(const struct step *s)
{
	return seen_since(s, s->to) && (failed(s, s->to) || gone(s));
}

void
act_verify_failed(struct step *s)
{
	go_back(s, WHY_VERIFY);
}

bool
verify_breaks(const struct step *s)
{
	return s->c->good_since != 0 && (!sight(s, s->to)->fresh || !arrived(s));
}

void
act_not_good(struct step *s)
{
	s->c->good_since = 0;
}

bool
verify_too_long(const struct step *s)
{
	return over(s, s->l->start_timeout + s->l->verify_time);
}

void
act_verify_too_long(struct step *s)
{
	step_doubt(s, sight(s, s->to)->fresh ? WHY_VERIFY : WHY_TARGET_LOST, s->to);
}

/* --- given up
 * ------------------------------------------------------------------------- */

/* An operator gave up what stood in doubt, and no command is outstanding (I7). */
bool
abandoned(const struct step *s)
{
	size_t i;

	if (s->c->ending != MOVE_FAILED || s->c->phase == PHASE_RESUME)
		return false;
	for (i = 0; i < s->c->nsites; i++)
		if (outstanding(s, (int)i) && !horizon_over(s, (int)i) &&
		    move_proved(s->c, s->f, s->l, (int)i, s->now, NULL) == PROVED_NOT)
			return false;
	return true;
}

void
act_abandon(struct step *s)
{
	size_t i;

	for (i = 0; i < s->c->nsites; i++) {
		if (ordered(s, (int)i) && !outstanding(s, (int)i))
			ledger_unsend(s, (int)i);
		if (outstanding(s, (int)i) && s->c->site[i].order == ORDER_STOP)
			ledger_over(s, (int)i);
		s->c->site[i].order = ORDER_NONE; /* may_start stays what it is */
	}
	wind_up(s, MOVE_FAILED);
}
