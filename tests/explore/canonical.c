/*
 * SPDX-License-Identifier: Apache-2.0
 * When two worlds are the same: what nobody can tell apart any more is made equal.
 *
 * The engine, the judge of evidence and the assertions compare times with now by a
 * threshold, or with the start of a round, which is never older than ROUND_AGE when it
 * comes in. So a time is forgotten, or only its order kept, when it is older than
 * whatever it is ever compared with. Each rule says why it is sound. That is also why
 * unit ticks suffice for "time may jump by any amount": a longer jump is several ticks
 * without anything else happening, and past the last threshold no tick changes a world.
 */
#include <assert.h>
#include <string.h>

#include "tests/explore/world.h"

#define MEMORY  (12 * W_TICK) /* more than the longest threshold */
#define OLD_MAX 64

/* Distinct old times keep their order and lose their distance. */
static void
forget_distance(struct world *w)
{
	const msec_t old = WORLD_NOW - MEMORY;
	msec_t seen[OLD_MAX], t, *at;
	size_t i, j, n = 0;

	for (i = 0; (at = world_time(w, i)) != NULL; i++) {
		t = *at;
		if (t <= W_ANCIENT || t >= old)
			continue;
		for (j = 0; j < n && seen[j] > t; j++)
			continue;
		if (j < n && seen[j] == t)
			continue;
		assert(n < OLD_MAX);
		memmove(&seen[j + 1], &seen[j], (n - j) * sizeof(seen[0]));
		seen[j] = t;
		n++;
	}
	if (n == 0)
		return;
	for (i = 0; (at = world_time(w, i)) != NULL; i++) {
		if (*at <= W_ANCIENT || *at >= old)
			continue;
		for (j = 0; seen[j] != *at; j++)
			continue;
		*at = old - (msec_t)(j + 1) * W_TICK;
	}
}

static uint32_t
epoch_rebase(uint32_t e, uint32_t by)
{
	return e == 0 ? 0 : e > by ? e - by : 1;
}

/* The newest epoch in sight is 8; older ones keep their distance down to 1. */
static void
rebase_epochs(struct w_vm *vm, struct move_case *c)
{
	uint32_t top = vm->epoch > vm->epoch_max ? vm->epoch : vm->epoch_max, by;
	struct w_case *other[2] = { &vm->disk, &vm->going };
	struct move_case d;
	size_t i, k;

	if (top <= 8)
		return;
	by = top - 8;
	vm->base = epoch_rebase(vm->base, by);
	vm->epoch = epoch_rebase(vm->epoch, by);
	vm->epoch_disk = epoch_rebase(vm->epoch_disk, by);
	vm->epoch_going = epoch_rebase(vm->epoch_going, by);
	vm->epoch_max = epoch_rebase(vm->epoch_max, by);
	for (k = 0; k < 3; k++) {
		struct move_case *at = c;

		if (k > 0) {
			memset(&d, 0, sizeof(d));
			case_load(&d, other[k - 1]);
			at = &d;
		}
		at->epoch = epoch_rebase(at->epoch, by);
		at->base = epoch_rebase(at->base, by);
		for (i = 0; i < W_CLUSTERS; i++) {
			at->site[i].confirmed = epoch_rebase(at->site[i].confirmed, by);
			at->site[i].fence.epoch =
			    epoch_rebase(at->site[i].fence.epoch, by);
		}
		if (k > 0)
			case_store(other[k - 1], &d);
	}
	for (i = 0; i < W_CLUSTERS; i++) {
		struct w_log *l = &vm->site[i].log;

		l->confirmed = (uint8_t)epoch_rebase(l->confirmed, by);
		l->fence_epoch = (uint8_t)epoch_rebase(l->fence_epoch, by);
	}
}

/* An order that is over has no times; one that has left no deadline. */
static void
forget_order(struct w_order *o)
{
	if (o->stage == ST_NONE) {
		o->sent = 0;
		o->within = o->node = o->newest = 0;
	}
	if (o->stage != ST_OUTBOX)
		o->due = 0;
	if (!o->ghost)
		o->ghost_sent = 0;
}

/* Older than `ticks` is as old as that. */
static void
at_most(msec_t *t, int ticks)
{
	if (*t > W_ANCIENT && *t < WORLD_NOW - ticks * W_TICK)
		*t = WORLD_NOW - ticks * W_TICK;
}

static void
ancient(msec_t *t)
{
	if (*t != 0)
		*t = W_ANCIENT;
}

/* Rounds are not older than ROUND_AGE when they come in, so what is older than this is
 * before all of them; thresholds on these are at most the horizon of two ticks. */
#define HORIZON       ((int)(limits.command_horizon / W_TICK))
#define BEFORE_ROUNDS ((int)(freshness / W_TICK) + HORIZON)

/* The log of the judge (judge.c and view.c read it, nobody else). */
static void
forget_log(const struct w_site *s, struct w_log *l)
{
	if (l->fence == 0)
		l->fence_began = l->fence_disk = 0;
	if (l->fence == 0 && s->fencing == 0)
		l->fence_epoch = 0;
	/* only compared with the begin of a fence, which is now or that one's */
	if (l->fence == 0 && s->fencing == 0 && l->active < WORLD_NOW)
		ancient(&l->active);
	if (l->confirmed == 0 || WORLD_NOW - l->confirmed_at >= limits.confirm_life)
		l->confirmed = 0, l->confirmed_at = 0;
	if (l->owed == 0 || WORLD_NOW - l->owed_since >= limits.command_horizon)
		l->owed = 0, l->owed_since = 0;
	if (!l->open) {
		l->open_since = l->stop_at = l->stopped_after = 0;
		ancient(&l->off); /* (d) of a later start begins anew */
	}
	if (WORLD_NOW - l->round > limits.evidence_age)
		ancient(&l->round); /* (h) does not hold, whatever else does */
	if (WORLD_NOW - l->calm > limits.evidence_age)
		l->calm = 0;
	if (!l->stop_open)
		l->stop_sent = 0;
	at_most(&l->stop_sent, BEFORE_ROUNDS);
	at_most(&l->open_since, BEFORE_ROUNDS);
	at_most(&l->off, BEFORE_ROUNDS + HORIZON);
	at_most(&l->stop_at, BEFORE_ROUNDS + HORIZON);
	/* (e) is given, however much longer it lasts */
	if (l->first > W_ANCIENT &&
	    l->last - l->first >= EVIDENCE_GRACE * settle.offline_settle)
		l->first = W_ANCIENT;
	if (l->first == W_ANCIENT)
		l->last = 0;
}

/* What the model has of a site (set/evidence.c and the engine read it). */
static void
forget_seen(const struct world *w, int c, struct w_site *s, const struct move_site *m)
{
	struct evidence *e = &s->seen_evidence;
	bool all_later = true;
	int i;

	if (!m->may_start) { /* only (d) asks how long */
		ancient(&e->offline_since);
		if (WORLD_NOW - e->round_start > freshness + W_TICK)
			ancient(&e->round_start);
	}
	at_most(&e->offline_since, BEFORE_ROUNDS + HORIZON);
	if (e->offline_first > W_ANCIENT &&
	    e->offline_last - e->offline_first >=
	        EVIDENCE_GRACE * settle.offline_settle)
		e->offline_first = W_ANCIENT;
	if (e->offline_first == W_ANCIENT)
		e->offline_last = WORLD_NOW; /* their difference is all that counts */
	/* only asked whether rounds of other clusters are later */
	for (i = 0; i < setup.clusters; i++)
		if (i != c &&
		    ((w->cluster[i].seen != 0 &&
		         w->cluster[i].seen < s->seen_active_since) ||
		        (w->cluster[i].late.under_way &&
		            w->cluster[i].late.start < s->seen_active_since)))
			all_later = false;
	if (all_later)
		ancient(&s->seen_active_since);
}

/* The engine's own (move/ledger.c, move/proof.c). */
static void
forget_site(const struct w_cluster *k, const struct w_site *s, struct move_site *m)
{
	if (m->order == ORDER_NONE)
		m->since = 0;
	if (!m->fence.begun && !m->fence.stands)
		memset(&m->fence, 0, sizeof(m->fence));
	if (!m->may_start) {
		m->start_since = 0;
		ancient(&m->stop_done);
	}
	at_most(&m->stop_done,
	    BEFORE_ROUNDS + HORIZON); /* the horizon before the oldest judged round */
	if (m->confirmed == 0)
		m->confirmed_at = 0;
	at_most(&m->since, BEFORE_ROUNDS);
	at_most(&m->start_since, BEFORE_ROUNDS);
	/* only compared with later rounds, and with the begin of a fence */
	if (!m->fence.stands && s->fencing == 0 && m->last_active < WORLD_NOW &&
	    (k->seen == 0 || m->last_active < k->seen) &&
	    (!k->late.under_way || m->last_active < k->late.start))
		ancient(&m->last_active);
}

static void
forget_case(struct w_vm *vm, struct move_case *c)
{
	if (c->retry_at <= WORLD_NOW)
		c->retry_at = 0; /* it is over, however long */
	at_most(&c->good_since, BEFORE_ROUNDS);
	switch (c->phase) {
	case PHASE_IDLE:
	case PHASE_QUEUED:
	case PHASE_DOUBT: /* nothing is due there */
		ancient(&c->entered);
		break;
	case PHASE_CHECK:
	case PHASE_QUIESCE:
	case PHASE_RESUME:
		at_most(&c->entered, BEFORE_ROUNDS);
		break;
	default:
		at_most(&c->entered, HORIZON + 2); /* start-timeout and verify-time */
		break;
	}
	if (vm->save == SAVE_NONE) {
		memset(&vm->going, 0, sizeof(vm->going));
		vm->owner_going = 0;
		vm->epoch_going = 0;
	}
}

static void
forget_cluster(struct world *w, int c)
{
	struct w_cluster *k = &w->cluster[c];

	if (k->seen != 0 && WORLD_NOW - k->seen > freshness) {
		k->seen = 0; /* void: as if there had been none */
		k->seen_identity = 1;
		k->seen_commandable = k->seen_nodes = 0;
	}
}

void
world_canonical(struct world *w)
{
	struct move_case c;
	int v, i;

	memset(&c, 0, sizeof(c));
	for (i = 0; i < setup.clusters; i++)
		forget_cluster(w, i);
	for (v = 0; v < setup.vms; v++) {
		struct w_vm *vm = &w->vm[v];

		case_load(&c, &vm->mem);
		for (i = 0; i < setup.clusters; i++) {
			struct w_site *s = &vm->site[i];

			forget_order(&s->start);
			forget_order(&s->stop);
			if (s->group == G_OFF)
				s->cur = s->excused = 0;
			forget_log(s, &s->log);
			forget_seen(w, i, s, &c.site[i]);
			forget_site(&w->cluster[i], s, &c.site[i]);
		}
		forget_case(vm, &c);
		rebase_epochs(vm, &c);
		case_store(&vm->mem, &c);
	}
	forget_distance(w);
}
