/*
 * SPDX-License-Identifier: Apache-2.0
 * I1 in one place: is a site proved to be stopped, may the VM be started. Letters are
 * design section 4's. See move.h.
 */
#include "base/mutant.h"
#include "move/move.h"

/* (d): a start of ours that may still take effect there. */
static bool
start_pending(const struct move_site *s)
{
	return s->may_start && !MUTANT(START_FORGOTTEN);
}

/* What of a round's proof is missing now. */
static unsigned
round_lacks(const struct move_site *s, const struct site_sight *v,
    const struct move_limits *l, msec_t now)
{
	const unsigned need = EV_ALL & ~(unsigned)EV_NO_COMMAND;
	unsigned missing = need & ~v->parts;

	if (MUTANT(SETTLE_SKIPPED))
		missing &= ~(unsigned)EV_SETTLED;
	if (MUTANT(HOOK_SKIPPED))
		missing &= ~(unsigned)EV_HOOK;
	if ((!v->fresh && !MUTANT(UNKNOWN_IS_OFFLINE)) || v->judged == 0 ||
	    (now - v->judged > l->evidence_age && !MUTANT(ROUND_OF_ANY_AGE))) /* (h) */
		missing = need;
	if (v->active || (v->oper != SITE_OFFLINE && !MUTANT(UNKNOWN_IS_OFFLINE)))
		missing |= EV_ALL_OFFLINE;
	if (!v->fresh && !v->alive && MUTANT(SILENCE_IS_OFFLINE))
		missing = 0;
	if (start_pending(s))
		missing |= EV_NO_COMMAND;
	return missing;
}

/*
 * A fence covers what was there when it began; of a start of ours only what had left
 * before. What lost its power may be given it again where nobody looks: a power fence
 * counts no longer than a word, and the ledger voids it at the first sign of life.
 */
static bool
fenced(const struct move_case *c, const struct move_site *s,
    const struct move_limits *l, msec_t now)
{
	const struct move_fence *f = &s->fence;

	return f->stands && f->epoch >= c->base &&
	    (f->disk || now - f->began < l->confirm_life || MUTANT(FENCE_FOR_EVER)) &&
	    (f->began > s->last_active || MUTANT(FENCE_BEFORE_SIGHTING)) &&
	    (f->disk || !start_pending(s) || f->began > s->start_since);
}

/*
 * A person knows what is; what a start of ours will still do nobody knows. So a word
 * counts only when it was said after the horizon of the start.
 */
static bool
confirmed(const struct move_case *c, const struct move_site *s,
    const struct site_sight *v, const struct move_limits *l, msec_t now)
{
	return s->confirmed != 0 && s->confirmed >= c->base &&
	    (now - s->confirmed_at < l->confirm_life || MUTANT(WORD_FOR_EVER)) &&
	    (!(v->fresh && v->active) || MUTANT(WORD_AGAINST_SIGHT)) &&
	    (!(start_pending(s) &&
	         s->confirmed_at - s->start_since < l->command_horizon) ||
	        MUTANT(WORD_AGAINST_START));
}

enum move_proof
move_proved(const struct move_case *c, const struct move_facts *f,
    const struct move_limits *l, int site, msec_t now, unsigned *missing)
{
	const struct move_site *s = &c->site[site];
	const struct site_sight *v = &f->vm.site[site];
	const unsigned lacks = round_lacks(s, v, l, now);

	if (missing != NULL)
		*missing = lacks;
	if (lacks == 0)
		return PROVED_BY_ROUND;
	if (fenced(c, s, l, now))
		return PROVED_BY_FENCE;
	if (confirmed(c, s, v, l, now))
		return PROVED_BY_OPERATOR;
	return PROVED_NOT;
}

/*
 * Until when that proof carries a start that is decided now. A word or a fence may
 * become void while a POST waits for a connection, so theirs is no longer than a
 * round's (h).
 */
static msec_t
carries_until(const struct move_case *c, const struct move_facts *f,
    const struct move_limits *l, int site, enum move_proof proof, msec_t now)
{
	const struct move_site *s = &c->site[site];
	msec_t until = now + l->evidence_age, void_at = until;

	if (proof == PROVED_BY_ROUND)
		return f->vm.site[site].judged + l->evidence_age;
	if (proof == PROVED_BY_OPERATOR)
		void_at = s->confirmed_at + l->confirm_life;
	else if (!s->fence.disk)
		void_at = s->fence.began + l->confirm_life;
	return void_at < until ? void_at : until;
}

bool
move_may_start(const struct move_case *c, const struct move_facts *f,
    const struct move_limits *l, int to, msec_t now, int *lacking, msec_t *deadline)
{
	enum move_proof proof;
	msec_t until;
	size_t i;

	*deadline = 0;
	*lacking = MOVE_NOWHERE;
	for (i = 0; i < c->nsites; i++) {
		if ((int)i == to)
			continue;
		proof = move_proved(c, f, l, (int)i, now, NULL);
		if (proof == PROVED_NOT) {
			*lacking = (int)i;
			return false;
		}
		until = carries_until(c, f, l, (int)i, proof, now);
		if (*deadline == 0 || until < *deadline)
			*deadline = until;
	}
	if (MUTANT(NO_DEADLINE))
		*deadline = 0;
	return !f->blocked && !f->vm.conflict;
}

/*
 * Could the source be proved to be stopped once it is? Every server has to answer and
 * to agree, and to be sane, but for the failure of this very group: that ends with the
 * stop.
 */
static bool
provable(const struct move_site *s, const struct site_sight *v,
    const struct move_limits *l, msec_t now)
{
	unsigned need = EV_IDENTITY | EV_ALL_AGREE;

	if (v->oper != SITE_FAILED)
		need |= EV_SERVERS_SANE;
	return !start_pending(s) && v->fresh && (v->parts & need) == need &&
	    v->judged != 0 && now - v->judged <= l->evidence_age;
}

int
move_unprovable(const struct move_case *c, const struct move_facts *f,
    const struct move_limits *l, msec_t now)
{
	size_t i;
	bool good;

	if (c->verb != VERB_MOVE)
		return MOVE_NOWHERE;
	for (i = 0; i < c->nsites; i++) {
		if ((int)i == c->target)
			continue;
		good = (int)i == c->source
		    ? c->force || provable(&c->site[i], &f->vm.site[i], l, now)
		    : move_proved(c, f, l, (int)i, now, NULL) != PROVED_NOT;
		if (!good)
			return (int)i;
	}
	return MOVE_NOWHERE;
}
