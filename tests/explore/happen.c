/*
 * SPDX-License-Identifier: Apache-2.0
 * What happens in the small world. See happen.h; when it may is in list.c.
 */
#include "tests/explore/happen.h"

#include <string.h>

#include "tests/explore/activity.h"
#include "tests/explore/view.h"

/* --- commands
 * ---------------------------------------------------------------------------- */

static struct w_order *
order(struct w_site *s, int which)
{
	return which == 0 ? &s->start : &s->stop;
}

static void
answer(struct world *w, const struct happening *h, enum move_outcome outcome,
    struct verdict *v)
{
	struct w_site *s = &w->vm[h->vm].site[h->site];
	const struct move_event ev = {
		.kind = MOVE_EV_ANSWER,
		.site = h->site,
		.outcome = outcome,
	};

	if (outcome == ANSWER_REFUSED || outcome == ANSWER_NOT_SENT) {
		s->log.owed = ORDER_NONE;
		if (h->arg == 0)
			s->log.open = s->log.open && s->log.open_before;
		else if (site_alive(w, h->vm, h->site))
			s->log.explained = s->log.stop_open = w->vm[h->vm].stopped = 0;
	} else if (outcome == ANSWER_ACCEPTED && h->arg == 1 && s->log.open) {
		s->log.stopped_after = 1;
		s->log.stop_at = WORLD_NOW;
	}
	/* tickets tell answers apart: one to an order that was followed by another
	 * reaches nobody */
	if (!w->down && order(s, h->arg)->newest)
		drive_event(w, h->vm, &ev, v);
}

static void
do_start(
    struct world *w, int v, int c, const struct w_order *o, struct verdict *verdict)
{
	struct w_site *s = &w->vm[v].site[c];
	int server = o->node != 0 && w->cluster[c].server[o->node - 1] == SRV_UP
	    ? o->node - 1
	    : cluster_up(w, c, -1);

	if (o->within) {
		if (s->group != G_ON)
			return;
		judge_done(w, v, c, verdict);
		activity_displace(w, v, c);
		return;
	}
	if (server < 0 ||
	    (s->group != G_OFF && s->group != G_FAILED && s->group != G_HALF))
		return;
	if (s->group == G_OFF)
		judge_done(w, v, c, verdict);
	activity_activate(s, G_STARTING, server);
}

static void
do_stop(struct world *w, int v, int c)
{
	struct w_site *s = &w->vm[v].site[c];

	if (s->group != G_ON && s->group != G_STARTING && s->group != G_FAILED &&
	    s->group != G_HALF)
		return;
	s->group = G_STOPPING;
	s->log.explained = s->log.stop_open = 1; /* whatever was seen meanwhile */
}

static void
carry(struct world *w, const struct happening *h, bool ghost, struct verdict *v)
{
	struct w_order *o = order(&w->vm[h->vm].site[h->site], h->arg);

	if (ghost)
		o->ghost = 0;
	else
		o->stage = o->stage == ST_NET ? ST_DONE : ST_NONE;
	if (h->arg == 0)
		do_start(w, h->vm, h->site, o, v);
	else
		do_stop(w, h->vm, h->site);
}

static void
leave(struct world *w, const struct happening *h, struct verdict *v)
{
	if (h->arg == 0)
		judge_leaves(w, h->vm, h->site, v);
	order(&w->vm[h->vm].site[h->site], h->arg)->stage = ST_NET;
}

static void
happen_to_order(struct world *w, const struct happening *h, struct verdict *v)
{
	struct w_order *o = order(&w->vm[h->vm].site[h->site], h->arg);
	const uint8_t was = o->stage;

	switch (h->kind) {
	case HAP_LEAVE:
		leave(w, h, v);
		break;
	case HAP_OVERDUE: /* nobody took it, or it was too late to send it */
		o->stage = ST_NONE;
		answer(w, h, was == ST_OUTBOX ? ANSWER_NOT_SENT : ANSWER_NONE, v);
		break;
	case HAP_UNSENT:
		o->stage = ST_NONE;
		answer(w, h, ANSWER_NOT_SENT, v);
		break;
	case HAP_REFUSE:
		o->stage = ST_NONE;
		answer(w, h, ANSWER_REFUSED, v);
		break;
	case HAP_ANSWER:
		o->stage = was == ST_NET ? ST_LIMBO : ST_NONE;
		answer(w, h, ANSWER_ACCEPTED, v);
		break;
	case HAP_TWICE:
		o->stage = ST_NONE;
		answer(w, h, ANSWER_ACCEPTED, v);
		answer(w, h, ANSWER_ACCEPTED, v);
		break;
	case HAP_NO_ANSWER:
		o->stage = was == ST_NET ? ST_LIMBO : ST_NONE;
		answer(w, h, ANSWER_NONE, v);
		break;
	case HAP_SWALLOWED:
		o->stage = ST_NONE;
		if (was == ST_NET)
			answer(w, h, ANSWER_ACCEPTED, v);
		break;
	default:
		carry(w, h, h->kind == HAP_DO_GHOST, v);
		break;
	}
}

/* --- clusters
 * ------------------------------------------------------------------------------ */

static void
stale_begins(struct world *w, int c)
{
	struct w_view view[W_SERVERS];
	int v;

	view_cluster(w, c, view);
	for (v = 0; v < setup.vms; v++) {
		w->cluster[c].stale[v] = view[1].group[v];
		w->cluster[c].stale_cur[v] = view[1].cur[v];
	}
	memcpy(w->cluster[c].stale_status, view[1].status,
	    sizeof(w->cluster[c].stale_status));
	w->cluster[c].server[1] = SRV_STALE;
}

static void
heal(struct w_cluster *k, int server)
{
	if (server < W_SERVERS)
		k->server[server] = SRV_UP;
	else
		k->suspended = k->swapped = k->missing = k->hook = 0;
	memset(k->stale, 0, sizeof(k->stale));
	memset(k->stale_cur, 0, sizeof(k->stale_cur));
	memset(k->stale_status, 0, sizeof(k->stale_status));
}

static void
autostart(struct world *w, int c, int server)
{
	int v;

	w->cluster[c].server[server] = SRV_UP;
	for (v = 0; v < setup.vms; v++)
		if (w->vm[v].site[c].group == G_OFF) {
			activity_foreign(w, v, c);
			activity_activate(&w->vm[v].site[c], G_STARTING, server);
		}
}

static void
blackout(struct world *w, int c)
{
	int i;

	for (i = 0; i < setup.servers[c]; i++)
		activity_server_down(w, c, i, false);
	for (i = 0; i < setup.vms; i++)
		activity_deactivate(&w->vm[i], c);
}

static void
happen_to_cluster(struct world *w, const struct happening *h)
{
	struct w_cluster *k = &w->cluster[h->site];

	switch (h->kind) {
	case HAP_POWER:
		activity_server_down(w, h->site, h->arg, true);
		break;
	case HAP_BLACKOUT:
		blackout(w, h->site);
		break;
	case HAP_BOOTING:
		k->server[h->arg] = SRV_BOOT;
		break;
	case HAP_BOOTED:
		k->server[h->arg] = SRV_UP;
		break;
	case HAP_AUTOSTART:
		autostart(w, h->site, h->arg);
		break;
	case HAP_DAEMON:
		k->server[h->arg] = SRV_DEAD;
		break;
	case HAP_MUTE:
		k->server[h->arg] = SRV_MUTE;
		break;
	case HAP_STALE:
		stale_begins(w, h->site);
		break;
	case HAP_SUSPEND:
		k->suspended = 1;
		break;
	case HAP_SWAP:
		k->swapped = 1;
		break;
	case HAP_MISS:
		k->missing = 1;
		break;
	case HAP_HOOK:
		k->hook = 1;
		break;
	default:
		heal(k, h->arg);
		break;
	}
}

static void
happen_to_group(struct world *w, const struct happening *h)
{
	struct w_site *s = &w->vm[h->vm].site[h->site];

	switch (h->kind) {
	case HAP_SETTLE:
		if (s->group == G_STARTING)
			s->group = G_ON;
		else
			activity_deactivate(&w->vm[h->vm], h->site);
		break;
	case HAP_FAILOVER:
		if (cluster_up(w, h->site, s->cur) >= 0)
			activity_activate(
			    s, G_STARTING, cluster_up(w, h->site, s->cur));
		else
			activity_deactivate(&w->vm[h->vm], h->site);
		break;
	case HAP_FAIL:
		s->group = G_FAILED;
		break;
	case HAP_KILLED:
		activity_server_down(w, h->site, s->cur, true);
		break;
	case HAP_MONITORED:
		activity_displace(w, h->vm, h->site);
		break;
	case HAP_OTHERS_START:
		activity_foreign(w, h->vm, h->site);
		activity_activate(s, G_STARTING, cluster_up(w, h->site, -1));
		break;
	case HAP_OTHERS_STOP:
		s->group = G_STOPPING;
		break;
	default: /* HAP_OTHERS_DISK */
		activity_foreign(w, h->vm, h->site);
		activity_activate(s, G_HALF, cluster_up(w, h->site, -1));
		break;
	}
}

/* --- rounds, time
 * -------------------------------------------------------------------------- */

static void
round_now(struct world *w, int c, int only, struct verdict *v)
{
	struct w_view view[W_SERVERS];

	view_cluster(w, c, view);
	w->cluster[c].asked = 1;
	view_deliver(w, c, view, WORLD_NOW, only);
	drive_look(w, v);
}

static void
late_round(struct world *w, const struct happening *h, struct verdict *v)
{
	struct w_round r = w->cluster[h->site].late;
	int vm;

	if (h->kind == HAP_LATE) {
		r.under_way = 1;
		r.start = WORLD_NOW;
		view_cluster(w, h->site, r.view);
		w->cluster[h->site].late = r;
		return;
	}
	memset(&w->cluster[h->site].late, 0, sizeof(r));
	if (h->arg == 0) {
		view_deliver(w, h->site, r.view, r.start, -1);
		drive_look(w, v);
	}
	for (vm = 0; vm < setup.vms; vm++)
		if (w->vm[vm].site[h->site].unseen == 2)
			w->vm[vm].site[h->site].unseen = 1;
}

/* What a command has not done within the horizon it never will. */
static void
horizon(struct w_order *o)
{
	if (o->stage == ST_LIMBO && WORLD_NOW - o->sent >= limits.command_horizon)
		o->stage = ST_NONE;
	if (o->ghost && WORLD_NOW - o->ghost_sent >= limits.command_horizon)
		o->ghost = 0;
}

static void
tick(struct world *w)
{
	int v, c;

	world_age(w);
	for (c = 0; c < setup.clusters; c++)
		w->cluster[c].asked = 0;
	for (c = 0; c < setup.clusters; c++) /* GETs have time-outs */
		if (w->cluster[c].late.under_way &&
		    WORLD_NOW - w->cluster[c].late.start > freshness + W_TICK)
			late_round(w,
			    &(struct happening) { HAP_ARRIVE, 0, (uint8_t)c, 1 }, NULL);
	for (v = 0; v < setup.vms; v++)
		for (c = 0; c < setup.clusters; c++) {
			horizon(&w->vm[v].site[c].start);
			horizon(&w->vm[v].site[c].stop);
		}
	if (!w->down)
		view_age(w);
}

/* --- words of operators, fences
 * ------------------------------------------------------------- */

static void
ask(struct world *w, const struct happening *h, bool again, struct verdict *v)
{
	struct w_vm *vm = &w->vm[h->vm];
	const int at = vm->owner;
	struct move_event ev = { .kind = MOVE_EV_ACCEPT,
		.verb = (enum move_verb)setup.verb,
		.source = at,
		.target = h->site,
		.force = setup.force != 0 };

	if (setup.verb == VERB_UP || setup.verb == VERB_WITHIN)
		ev.source = setup.verb == VERB_UP ? MOVE_NOWHERE : at;
	if (setup.verb == VERB_WITHIN)
		ev.node = vm->site[at].cur == 0 ? 2 : 1;
	if (setup.verb == VERB_DOWN)
		ev.target = MOVE_NOWHERE;
	if (!again) {
		vm->wants--;
		vm->told = vm->stopped = 0;
		vm->base = vm->epoch;
	}
	drive_event(w, h->vm, &ev, v);
}

static void
word(struct world *w, const struct happening *h, struct verdict *v)
{
	struct w_vm *vm = &w->vm[h->vm];
	struct w_log *l = &vm->site[h->site].log;
	const struct move_event ev = {
		.kind = MOVE_EV_CONFIRM, .site = h->site, .epoch = vm->epoch
	};

	if (h->kind == HAP_FALSE_WORD)
		vm->lied |= (uint8_t)(1u << h->site);
	if (l->round == 0 || WORLD_NOW - l->round > freshness ||
	    (l->clean & CLEAN_OFFLINE) != 0) {
		l->confirmed = (uint8_t)vm->epoch;
		l->confirmed_at = WORLD_NOW;
		l->owed = ORDER_NONE; /* a word is an answer, too (I7) */
	}
	drive_event(w, h->vm, &ev, v);
}

/* Who was to do it is off, for longer than a command waits to leave. */
static void
fence_order(struct w_order *o)
{
	o->ghost = 0;
	if (o->stage == ST_LIMBO)
		o->stage = ST_NONE;
	else if (o->stage != ST_NONE)
		o->stage = ST_DONE; /* only its answer, or none, is to come */
}

static void
fence_strikes(struct world *w, int v, int c)
{
	struct w_site *s = &w->vm[v].site[c];
	int i;

	if (s->fencing == 2) {
		s->fenced_disk = 1;
		return;
	}
	blackout(w, c);
	for (i = 0; i < setup.vms; i++) {
		struct w_site *x = &w->vm[i].site[c];

		fence_order(&x->start);
		fence_order(&x->stop);
	}
}

static void
fence(struct world *w, const struct happening *h, struct verdict *v)
{
	struct w_vm *vm = &w->vm[h->vm];
	struct w_site *s = &vm->site[h->site];
	struct move_event ev = { .kind = MOVE_EV_FENCED,
		.site = h->site,
		.ok = h->kind == HAP_FENCED,
		.disk = s->fencing == 2,
		.began = s->fence_began };

	if (h->kind == HAP_STRIKE) {
		fence_strikes(w, h->vm, h->site);
		s->struck = 1;
		return;
	}
	if (h->kind == HAP_FENCE) {
		s->fencing = h->arg;
		s->fence_began = ev.began = WORLD_NOW;
		s->log.lived = s->log.fence = 0;
		s->log.fence_epoch = (uint8_t)vm->epoch;
		ev.kind = MOVE_EV_FENCING;
		ev.disk = h->arg == 2;
		drive_event(w, h->vm, &ev, v);
		return;
	}
	if (ev.ok && !s->struck)
		fence_strikes(w, h->vm, h->site);
	s->log.fence = ev.ok && (ev.disk || !s->log.lived);
	s->log.fence_disk = ev.disk;
	s->log.fence_began = s->fence_began;
	s->log.lived = 0;
	s->fencing = s->struck = 0;
	s->fence_began = 0;
	drive_event(w, h->vm, &ev, v);
}

static void
quiet(struct world *w, const struct happening *h, struct verdict *v)
{
	const struct move_event ev = {
		.kind = MOVE_EV_QUIESCED, .site = h->site, .ok = h->kind == HAP_QUIET
	};

	w->vm[h->vm].site[h->site].monitors = 0;
	drive_event(w, h->vm, &ev, v);
}

static void
happen_to_daemon(struct world *w, const struct happening *h, struct verdict *v)
{
	switch (h->kind) {
	case HAP_LOOK:
		drive_kind(w, h->vm, MOVE_EV_LOOK, v);
		break;
	case HAP_WRITE:
		drive_write(w, h->vm);
		if (h->arg)
			drive_notify(w, h->vm, v);
		break;
	case HAP_NOTIFY:
		drive_notify(w, h->vm, v);
		break;
	case HAP_CRASH:
		drive_crash(w);
		break;
	case HAP_LOAD:
	case HAP_RESTORED:
		drive_load(w, h->kind == HAP_RESTORED, v);
		break;
	case HAP_STORE:
		w->store_bad = 1;
		break;
	case HAP_MEND:
		w->store_bad = w->restored = 0;
		break;
	case HAP_GO:
		drive_kind(w, h->vm, MOVE_EV_GO, v);
		break;
	case HAP_CANCEL:
		drive_kind(w, h->vm, MOVE_EV_CANCEL, v);
		break;
	case HAP_ROLLBACK:
		drive_kind(w, h->vm, MOVE_EV_ROLLBACK, v);
		break;
	case HAP_RETRY:
		drive_kind(w, h->vm, MOVE_EV_RETRY, v);
		break;
	case HAP_FORCE:
		drive_kind(w, h->vm, MOVE_EV_FORCE, v);
		break;
	case HAP_HOLD:
	case HAP_UNHOLD:
		w->vm[h->vm].hold = h->kind == HAP_HOLD;
		break;
	default: /* HAP_CLOSE */
		w->cluster[h->site].closed = 1;
		break;
	}
}

void
happen(struct world *w, const struct happening *h, struct verdict *v)
{
	memset(v, 0, sizeof(*v));
	if (h->kind >= HAP_FAULTS && h->kind < HAP_ACTS)
		w->faults--;
	else if (h->kind >= HAP_ACTS)
		w->acts--;
	switch (h->kind) {
	case HAP_TICK:
		w->slow -= h->arg;
		tick(w);
		break;
	case HAP_ROUND:
		round_now(w, h->site, -1, v);
		break;
	case HAP_CALM:
		round_now(w, h->site, h->arg, v);
		break;
	case HAP_LATE:
	case HAP_ARRIVE:
		late_round(w, h, v);
		break;
	case HAP_LEAVE:
	case HAP_OVERDUE:
	case HAP_DO:
	case HAP_DO_GHOST:
	case HAP_ANSWER:
	case HAP_REFUSE:
	case HAP_UNSENT:
	case HAP_NO_ANSWER:
	case HAP_TWICE:
	case HAP_SWALLOWED:
		happen_to_order(w, h, v);
		break;
	case HAP_SETTLE:
	case HAP_FAILOVER:
	case HAP_FAIL:
	case HAP_KILLED:
	case HAP_MONITORED:
	case HAP_OTHERS_START:
	case HAP_OTHERS_STOP:
	case HAP_OTHERS_DISK:
		happen_to_group(w, h);
		break;
	case HAP_BOOTING:
	case HAP_BOOTED:
	case HAP_AUTOSTART:
	case HAP_HEAL:
	case HAP_POWER:
	case HAP_BLACKOUT:
	case HAP_DAEMON:
	case HAP_MUTE:
	case HAP_STALE:
	case HAP_SUSPEND:
	case HAP_SWAP:
	case HAP_MISS:
	case HAP_HOOK:
		happen_to_cluster(w, h);
		break;
	case HAP_ASK:
	case HAP_AGAIN:
		ask(w, h, h->kind == HAP_AGAIN, v);
		break;
	case HAP_CONFIRM:
	case HAP_FALSE_WORD:
		word(w, h, v);
		break;
	case HAP_FENCE:
	case HAP_STRIKE:
	case HAP_FENCED:
	case HAP_UNFENCED:
		fence(w, h, v);
		break;
	case HAP_QUIET:
	case HAP_LOUD:
		quiet(w, h, v);
		break;
	default:
		happen_to_daemon(w, h, v);
		break;
	}
}
