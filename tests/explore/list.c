/*
 * SPDX-License-Identifier: Apache-2.0
 * What may happen next. See happen.h; what each does is in happen.c.
 */
#include "tests/explore/happen.h"

#include <assert.h>
#include <string.h>

#include "tests/explore/view.h"

struct list {
	const struct world *w;
	struct happening *at;
	unsigned n;
};

static bool
allowed(const struct world *w, enum happening_kind k)
{
	if (setup.may != 0 && k >= HAP_FAULTS && (setup.may & UINT64_C(1) << k) == 0)
		return false;
	return k < HAP_FAULTS || (k < HAP_ACTS ? w->faults : w->acts) > 0;
}

static void
may(struct list *l, enum happening_kind k, int vm, int site, int arg)
{
	if (!allowed(l->w, k))
		return;
	assert(l->n < HAPPENINGS_MAX);
	l->at[l->n++] =
	    (struct happening) { (uint8_t)k, (uint8_t)vm, (uint8_t)site, (uint8_t)arg };
}

/* --- time
 * ------------------------------------------------------------------------------ */

static msec_t
older(msec_t t)
{
	return WORLD_NOW + W_TICK - t; /* its age when the tick is over */
}

static bool
order_waits(const struct w_order *o)
{
	switch (o->stage) {
	case ST_OUTBOX:
		return older(o->sent) > post_timeout;
	case ST_NET:
	case ST_DONE: /* an answer, or that there is none, comes in time */
		return older(o->sent) > post_timeout + limits.evidence_age;
	default:
		return false;
	}
}

/* A gap in a failover is shorter than what (e) asks for. */
static bool
transit_over(const struct w_site *s)
{
	const msec_t gap =
	    s->log.explained ? own_settle : EVIDENCE_GRACE * settle.offline_settle;

	return s->group == G_TRANSIT && older(s->transit) >= gap;
}

/* A program that fences has a time-out. */
static bool
fence_waits(const struct w_site *s)
{
	return s->fencing != 0 && older(s->fence_began) > limits.confirm_life;
}

static bool
tick_may(const struct world *w)
{
	int v, c;

	for (v = 0; v < setup.vms; v++)
		for (c = 0; c < setup.clusters; c++) {
			const struct w_site *s = &w->vm[v].site[c];

			if (order_waits(&s->start) || order_waits(&s->stop) ||
			    transit_over(s) || fence_waits(s))
				return false;
		}
	return true;
}

/*
 * Is something due that a healthy daemon does at once? Then a tick that goes by first
 * is slowness, of which each path has only so much.
 */
static bool
due_at_once(const struct world *w, int v)
{
	const struct w_vm *vm = &w->vm[v];
	struct move_case mem;
	int c;

	case_load(&mem, &vm->mem);
	if (!w->down && setup.recover && vm->wants > 0 && !move_open(&mem))
		for (c = 0; c < setup.clusters; c++) /* its ticks are as long as that */
			if (!w->cluster[c].asked && !w->cluster[c].late.under_way)
				return true;
	if (w->down || !move_open(&mem) || mem.phase == PHASE_DOUBT)
		return false; /* then nothing is polled fast */
	if (mem.phase == PHASE_QUEUED || (vm->save != SAVE_NONE && !w->store_bad))
		return true;
	for (c = 0; c < setup.clusters; c++)
		if (vm->site[c].start.stage == ST_OUTBOX ||
		    vm->site[c].stop.stage == ST_OUTBOX || vm->site[c].monitors != 0 ||
		    (!w->cluster[c].asked && !w->cluster[c].late.under_way))
			return true;
	return false;
}

static bool
tick_is_slow(const struct world *w)
{
	int v;

	for (v = 0; v < setup.vms; v++)
		if (due_at_once(w, v))
			return true;
	return false;
}

/* --- commands
 * -------------------------------------------------------------------------- */

static void
list_order(struct list *l, int v, int c, int which, const struct w_order *o)
{
	const bool up = cluster_up(l->w, c, -1) >= 0;
	const bool young = WORLD_NOW - o->sent < limits.command_horizon;

	switch (o->stage) {
	case ST_OUTBOX:
		if (o->due == 0 || WORLD_NOW <= o->due) {
			may(l, HAP_LEAVE, v, c, which);
			may(l, HAP_UNSENT, v, c, which);
		} else {
			may(l, HAP_OVERDUE, v, c, which);
		}
		break;
	case ST_NET:
		if (up) {
			if (young)
				may(l, HAP_DO, v, c, which);
			may(l, HAP_ANSWER, v, c, which);
			may(l, HAP_REFUSE, v, c, which);
			may(l, HAP_SWALLOWED, v, c, which);
			may(l, HAP_NO_ANSWER, v, c, which);
		} else {
			may(l, HAP_OVERDUE, v, c, which); /* nobody is there */
		}
		break;
	case ST_DONE:
		may(l, HAP_ANSWER, v, c, which);
		may(l, HAP_TWICE, v, c, which);
		may(l, HAP_NO_ANSWER, v, c, which);
		break;
	case ST_LIMBO:
		if (up && young) {
			may(l, HAP_DO, v, c, which);
			may(l, HAP_SWALLOWED, v, c, which);
		}
		break;
	default:
		break;
	}
	if (o->ghost && up)
		may(l, HAP_DO_GHOST, v, c, which);
}

/* --- groups and servers
 * ------------------------------------------------------------------ */

static void
list_group(struct list *l, int v, int c)
{
	const struct world *w = l->w;
	const struct w_site *s = &w->vm[v].site[c];
	const bool up = cluster_up(w, c, -1) >= 0;

	switch (s->group) {
	case G_OFF:
		if (up && !w->cluster[c].suspended) {
			may(l, HAP_OTHERS_START, v, c, 0);
			may(l, HAP_OTHERS_DISK, v, c, 0);
		}
		break;
	case G_STARTING:
	case G_STOPPING:
		may(l, HAP_SETTLE, v, c, 0);
		may(l, HAP_FAIL, v, c, 0);
		if (s->group == G_STOPPING)
			may(l, HAP_KILLED, v, c, 0);
		break;
	case G_ON:
		may(l, HAP_FAIL, v, c, 0);
		may(l, HAP_OTHERS_STOP, v, c, 0);
		if (cluster_up(w, c, s->cur) >= 0)
			may(l, HAP_MONITORED, v, c, 0);
		break;
	case G_TRANSIT:
		may(l, HAP_FAILOVER, v, c, 0);
		break;
	default:
		break;
	}
}

static bool
in_transit(const struct world *w, int c)
{
	int v;

	for (v = 0; v < setup.vms; v++)
		if (w->vm[v].site[c].group == G_TRANSIT)
			return true;
	return false;
}

static void
list_server(struct list *l, int c, int s)
{
	const struct world *w = l->w;

	switch (w->cluster[c].server[s]) {
	case SRV_UP:
		may(l, HAP_POWER, 0, c, s);
		may(l, HAP_DAEMON, 0, c, s);
		may(l, HAP_MUTE, 0, c, s);
		if (s == 1)
			may(l, HAP_STALE, 0, c, s);
		break;
	case SRV_DOWN:
		if (!in_transit(w, c)) /* the others take over before it is back */
			may(l, HAP_BOOTING, 0, c, s);
		break;
	case SRV_BOOT:
		may(l, HAP_BOOTED, 0, c, s);
		may(l, HAP_AUTOSTART, 0, c, s);
		break;
	default:
		may(l, HAP_HEAL, 0, c, s);
		break;
	}
}

static void
list_cluster(struct list *l, int c)
{
	const struct w_cluster *k = &l->w->cluster[c];
	int s;

	for (s = 0; s < setup.servers[c]; s++)
		list_server(l, c, s);
	if (cluster_up(l->w, c, -1) >= 0)
		may(l, HAP_BLACKOUT, 0, c, 0);
	if (k->suspended || k->swapped || k->missing || k->hook) {
		may(l, HAP_HEAL, 0, c, W_SERVERS);
	} else {
		may(l, HAP_SUSPEND, 0, c, 0);
		may(l, HAP_SWAP, 0, c, 0);
		may(l, HAP_MISS, 0, c, 0);
		may(l, HAP_HOOK, 0, c, 0);
	}
	if (l->w->down)
		return;
	if (k->late.under_way) {
		may(l, HAP_ARRIVE, 0, c, 0);
		may(l, HAP_ARRIVE, 0, c, 1); /* never */
		return;
	}
	may(l, HAP_ROUND, 0, c, 0);
	may(l, HAP_LATE, 0, c, 0);
	for (s = 0; s < setup.servers[c] && setup.servers[c] > 1; s++)
		may(l, HAP_CALM, 0, c, s);
}

/* --- the daemon and its operators
 * -------------------------------------------------------- */

/*
 * As move/admit_recover.c: every other site is seen Offline, or somebody vouches for
 * it. Here the policy is in a hurry: no grace, no back-off, any target.
 */
static bool
recover_may(const struct move_case *mem, const struct move_facts *f, int target)
{
	const struct site_sight *t = &f->vm.site[target], *s;
	int c;

	if (!t->fresh || t->oper != SITE_OFFLINE || t->active || t->closed)
		return false;
	for (c = 0; c < setup.clusters; c++) {
		s = &f->vm.site[c];
		if (c != target &&
		    !(s->fresh && s->oper == SITE_OFFLINE && !s->active) &&
		    move_proved(mem, f, &limits, c, WORLD_NOW, NULL) == PROVED_NOT)
			return false;
	}
	return true;
}

/* As a SET of csVmTargetCluster is admitted; the rest is proved in tests/unit. */
static bool
admitted(const struct world *w, int v, const struct move_case *mem,
    const struct move_facts *f, int target)
{
	const struct w_vm *vm = &w->vm[v];
	const int at = vm->owner;
	const struct site_sight *s, *t;

	if (move_open(mem) || vm->wants == 0 || f->blocked || f->vm.hold ||
	    f->vm.conflict)
		return false;
	if (setup.recover)
		return recover_may(mem, f, target);
	if (at < 0)
		return false;
	s = &f->vm.site[at];
	t = &f->vm.site[target];
	if (setup.verb == VERB_WITHIN || setup.verb == VERB_DOWN)
		return target == at && s->fresh && s->oper == SITE_ONLINE;
	if (setup.verb == VERB_UP)
		return target == at && s->fresh && s->oper == SITE_OFFLINE;
	return target != at && t->fresh && t->oper == SITE_OFFLINE && !t->closed &&
	    (setup.force ||
	        (s->fresh && (s->oper == SITE_ONLINE || s->oper == SITE_FAILED)));
}

/* Would anybody fence that site, or say a word about it? Recover does so beforehand. */
static bool
proof_wanted(const struct world *w, int v, int c, const struct move_case *mem)
{
	const struct w_cluster *k = &w->cluster[c];
	const bool dark = k->seen == 0 || WORLD_NOW - k->seen > freshness;

	return move_open(mem) || (setup.recover && w->vm[v].wants > 0 && dark);
}

static void
list_words(struct list *l, int v, const struct move_case *mem)
{
	const struct world *w = l->w;
	const struct w_vm *vm = &w->vm[v];
	int c;

	if (move_takes(mem, MOVE_EV_CANCEL, NULL))
		may(l, HAP_CANCEL, v, 0, 0);
	if (move_takes(mem, MOVE_EV_ROLLBACK, NULL))
		may(l, HAP_ROLLBACK, v, 0, 0);
	if (move_takes(mem, MOVE_EV_RETRY, NULL))
		may(l, HAP_RETRY, v, 0, 0);
	if (move_takes(mem, MOVE_EV_FORCE, NULL))
		may(l, HAP_FORCE, v, 0, 0);
	if (move_open(mem))
		may(l, HAP_AGAIN, v, 0, 0);
	may(l, vm->hold ? HAP_UNHOLD : HAP_HOLD, v, 0, 0);
	for (c = 0; c < setup.clusters; c++) {
		const struct w_site *s = &vm->site[c];

		if (move_open(mem) && c == mem->target && !w->cluster[c].closed)
			may(l, HAP_CLOSE, v, c, 0);
		if (s->fencing) {
			may(l, HAP_FENCED, v, c, 0);
			may(l, HAP_UNFENCED, v, c, 0);
			if (!s->struck)
				may(l, HAP_STRIKE, v, c, 0);
		} else if (proof_wanted(w, v, c, mem)) {
			if (setup.fence != 2)
				may(l, HAP_FENCE, v, c, 1);
			if (setup.fence != 1)
				may(l, HAP_FENCE, v, c, 2);
		}
		if (!proof_wanted(w, v, c, mem))
			continue;
		if (!site_bound(w, v, c))
			may(l, HAP_CONFIRM, v, c, 0);
		else if (!s->fenced_disk)
			may(l, HAP_FALSE_WORD, v, c, 0);
	}
}

static void
list_vm(struct list *l, int v)
{
	static __thread struct move_case mem;
	static __thread struct move_facts f;
	const struct world *w = l->w;
	const struct w_vm *vm = &w->vm[v];
	int c;

	case_load(&mem, &vm->mem);
	view_facts(w, v, &f);
	may(l, HAP_LOOK, v, 0, 0);
	if (vm->save == SAVE_PENDING && !w->store_bad)
		/* who cannot crash any more cannot tell the two apart */
		may(l, HAP_WRITE, v, 0, !allowed(w, HAP_CRASH));
	if (vm->save == SAVE_ON_DISK)
		may(l, HAP_NOTIFY, v, 0, 0);
	for (c = 0; c < setup.clusters; c++) {
		if (vm->site[c].monitors != 0) {
			may(l, HAP_QUIET, v, c, 0);
			may(l, HAP_LOUD, v, c, 0);
		}
		if (admitted(w, v, &mem, &f, c))
			may(l, HAP_ASK, v, c, 0);
	}
	if (mem.phase == PHASE_QUEUED)
		may(l, HAP_GO, v, 0, 0);
	list_words(l, v, &mem);
}

/* Nothing of ours is under way, and nothing that may happen leads to anything. */
static bool
vm_at_rest(const struct world *w, int v)
{
	const struct w_vm *vm = &w->vm[v];
	struct move_case mem;
	int c;

	case_load(&mem, &vm->mem);
	if (mem.phase == PHASE_IDLE ? vm->wants > 0
	                            : mem.phase != PHASE_DOUBT || w->acts > 0)
		return false;
	for (c = 0; c < setup.clusters; c++)
		if (vm->site[c].start.stage != ST_NONE || vm->site[c].start.ghost)
			return false;
	return true;
}

bool
happen_over(const struct world *w)
{
	int v;

	for (v = 0; v < setup.vms; v++)
		if (!vm_at_rest(w, v))
			return false;
	return true;
}

unsigned
happen_list(const struct world *w, struct happening out[HAPPENINGS_MAX])
{
	struct list l = { w, out, 0 };
	int v, c;

	if (tick_may(w) && (w->slow > 0 || !tick_is_slow(w)))
		may(&l, HAP_TICK, 0, 0, tick_is_slow(w));
	for (c = 0; c < setup.clusters; c++)
		list_cluster(&l, c);
	for (v = 0; v < setup.vms; v++) {
		for (c = 0; c < setup.clusters; c++) {
			const struct w_site *s = &w->vm[v].site[c];

			list_group(&l, v, c);
			list_order(&l, v, c, 0, &s->start);
			list_order(&l, v, c, 1, &s->stop);
		}
		if (!w->down)
			list_vm(&l, v);
	}
	if (w->down) {
		may(&l, HAP_LOAD, 0, 0, 0);
		may(&l, HAP_RESTORED, 0, 0, 0);
		return l.n;
	}
	may(&l, HAP_CRASH, 0, 0, 0);
	if (w->store_bad || w->restored)
		may(&l, HAP_MEND, 0, 0, 0);
	else
		may(&l, HAP_STORE, 0, 0, 0);
	return l.n;
}
