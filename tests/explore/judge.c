/*
 * SPDX-License-Identifier: Apache-2.0
 * The assertions of tests/explore. See judge.h; letters are design section 4's, numbers
 * section 5's.
 */
#include "tests/explore/judge.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tests/explore/view.h"

#define BIT(as) (UINT32_C(1) << (as))

uint32_t judge_removed;

static const char *const name[ASSERTIONS] = { "none", "fence", "confirm", "4a", "4b",
	"4c", "4d", "4g", "4f", "4e", "4h", "I1", "I2", "I3", "I4", "I5", "I6", "I7",
	"I8", "I9", "I10", "I11", "I12" };

const char *
assertion_name(enum assertion a)
{
	return name[a];
}

enum assertion
assertion_find(const char *n)
{
	int i;

	for (i = 1; i < ASSERTIONS; i++)
		if (strcmp(name[i], n) == 0)
			return (enum assertion)i;
	return AS_NONE;
}

void
judge_broken(struct verdict *v, enum assertion a, const char *fmt, ...)
{
	va_list ap;

	if (v->broken != AS_NONE)
		return;
	if ((judge_removed & BIT(a)) != 0) {
		v->tolerated = true;
		return;
	}
	v->broken = a;
	va_start(ap, fmt);
	vsnprintf(v->text, sizeof(v->text), fmt, ap);
	va_end(ap);
}

/* --- 4: is a site proved to be stopped, by the log alone
 * ------------------------------ */

static bool
assert_4a(const struct w_log *l)
{
	return (l->clean & CLEAN_IDENTITY) != 0;
}

static bool
assert_4b(const struct w_log *l)
{
	return (l->clean & CLEAN_SANE) != 0;
}

static bool
assert_4c(const struct w_log *l)
{
	return (l->clean & CLEAN_AGREE) != 0;
}

/* A start of ours left, and nothing tells that it is over. */
static bool
assert_4d(const struct w_log *l)
{
	const msec_t held = l->off > l->stop_at ? l->off : l->stop_at;

	return !l->open ||
	    (l->stopped_after && l->off != 0 &&
	        l->round - held >= limits.command_horizon);
}

static bool
assert_4e(const struct w_log *l)
{
	msec_t need = settle.offline_settle;

	if (l->explained && own_settle < need)
		need = own_settle;
	if (l->seen_active && !l->explained)
		need *= EVIDENCE_GRACE;
	if (l->first == W_ANCIENT)
		return true; /* longer than any of these */
	return l->first != 0 && l->last != l->first && l->last - l->first >= need;
}

static bool
assert_4f(const struct w_log *l)
{
	return (l->clean & CLEAN_OFFLINE) != 0;
}

static bool
assert_4g(const struct w_log *l)
{
	return (l->clean & CLEAN_HOOK) != 0;
}

static bool
assert_4h(const struct w_log *l)
{
	return l->round != 0 && WORLD_NOW - l->round <= limits.evidence_age;
}

/*
 * It covers the site, is of this move's epoch, and began after the last sighting; that
 * of power is no older than a word may be.
 */
static bool
assert_fence(const struct w_log *l, uint32_t base)
{
	return l->fence && l->fence_epoch >= base && l->fence_began > l->active &&
	    (l->fence_disk || WORLD_NOW - l->fence_began < limits.confirm_life);
}

static bool
assert_confirm(const struct w_log *l, uint32_t base)
{
	return l->confirmed != 0 && l->confirmed >= base &&
	    WORLD_NOW - l->confirmed_at < limits.confirm_life;
}

/* Bits of assertions that a start elsewhere would break because of this site; 0: none.
 */
static uint32_t
site_lacks(const struct w_vm *vm, int c, const struct move_site *m)
{
	const struct w_log *l = &vm->site[c].log;
	const bool fence = assert_fence(l, vm->base);
	const bool word = assert_confirm(l, vm->base);
	uint32_t lacks = 0;

	lacks |= assert_4a(l) ? 0 : BIT(AS_4A);
	lacks |= assert_4b(l) ? 0 : BIT(AS_4B);
	lacks |= assert_4c(l) ? 0 : BIT(AS_4C);
	lacks |= assert_4d(l) ? 0 : BIT(AS_4D);
	lacks |= assert_4e(l) ? 0 : BIT(AS_4E);
	lacks |= assert_4f(l) ? 0 : BIT(AS_4F);
	lacks |= assert_4g(l) ? 0 : BIT(AS_4G);
	lacks |= assert_4h(l) ? 0 : l->calm != 0 ? BIT(AS_4C) : BIT(AS_4H);
	if (lacks == 0 || fence || word)
		return 0;
	if (m->fence.stands)
		lacks |= BIT(AS_FENCE);
	if (m->confirmed != 0)
		lacks |= BIT(AS_CONFIRM);
	return lacks;
}

static void
report_lacks(struct verdict *v, uint32_t lacks, int c)
{
	int i;

	if ((lacks & judge_removed) != 0) {
		v->tolerated = true;
		return;
	}
	for (i = 1; i < ASSERTIONS; i++)
		if ((lacks & BIT(i)) != 0) {
			judge_broken(v, (enum assertion)i,
			    "a start is commanded, and cluster %c is not proved to be "
			    "stopped: %s",
			    'a' + c, name[i]);
			return;
		}
}

static void
judge_start(const struct judged_step *j, int to, struct verdict *v)
{
	uint32_t lacks = 0;
	int c, at = 0;

	for (c = 0; c < setup.clusters; c++) {
		const uint32_t l =
		    c == to ? 0 : site_lacks(&j->w->vm[j->vm], c, &j->after->site[c]);

		if (l != 0 && lacks == 0)
			at = c;
		lacks |= l;
	}
	if (lacks != 0)
		report_lacks(v, lacks, at);
}

/* --- 5, of one command
 * ----------------------------------------------------------------- */

static enum move_order
order_of(enum move_command_kind k)
{
	return k == MOVE_CMD_STOP      ? ORDER_STOP
	    : k == MOVE_CMD_START      ? ORDER_START
	    : k == MOVE_CMD_GROUP_MOVE ? ORDER_MOVE
	                               : ORDER_NONE;
}

/* I1 in its other half: a start goes to where the VM is wanted, with nobody between. */
static void
assert_i2(const struct judged_step *j, const struct move_command *m, struct verdict *v)
{
	const struct w_vm *vm = &j->w->vm[j->vm];

	if (m->kind != MOVE_CMD_STOP && vm->owner_disk != m->site)
		judge_broken(v, AS_I2,
		    "a start at %c is commanded, and on disk the owner is %c",
		    'a' + m->site, vm->owner_disk < 0 ? '-' : 'a' + vm->owner_disk);
}

static void
assert_i6(const struct judged_step *j, const struct move_command *m, struct verdict *v)
{
	const struct site_sight *s = &j->facts->vm.site[m->site];
	const int to = move_to(j->after);

	if (!s->fresh || !s->commandable || s->oper == SITE_UNKNOWN)
		judge_broken(v, AS_I6, "a command to %c, of which nothing is known",
		    'a' + m->site);
	if (j->after->leg != LEG_THERE || j->after->verb == VERB_NEWCOMER)
		return;
	if (j->facts->vm.hold)
		judge_broken(v, AS_I6, "the VM is on hold, and %c gets a command",
		    'a' + m->site);
	if (to != MOVE_NOWHERE && j->facts->vm.site[to].closed)
		judge_broken(
		    v, AS_I6, "%c is in maintenance, and a move goes there", 'a' + to);
}

static bool
owed(const struct w_log *l)
{
	return l->owed != ORDER_NONE &&
	    WORLD_NOW - l->owed_since < limits.command_horizon;
}

/* A fence that stands, or a word that counts, is an answer, too. */
static bool
answered_otherwise(const struct w_vm *vm, int c)
{
	const struct w_log *l = &vm->site[c].log;

	return assert_fence(l, vm->base) || assert_confirm(l, vm->base);
}

static void
assert_i7(const struct judged_step *j, const struct move_command *m, struct verdict *v)
{
	const struct w_vm *vm = &j->w->vm[j->vm];

	if (owed(&vm->site[m->site].log) && !answered_otherwise(vm, m->site))
		judge_broken(v, AS_I7,
		    "a command to %c, where an earlier one may still take effect",
		    'a' + m->site);
}

static void
assert_i10(const struct judged_step *j, const struct move_command *m, struct verdict *v)
{
	if (m->kind != MOVE_CMD_STOP && !j->facts->vm.site[m->site].node_ok)
		judge_broken(v, AS_I10, "a start at %c, where no node can take it",
		    'a' + m->site);
}

static void
assert_i12(const struct judged_step *j, const struct move_command *m, struct verdict *v)
{
	struct move_case disk;
	const enum move_order order = order_of(m->kind);

	case_load(&disk, &j->w->vm[j->vm].disk);
	if (j->facts->blocked)
		judge_broken(v, AS_I12, "a command while the store fails");
	if (!move_open(&disk) || disk.leg != j->after->leg ||
	    disk.source != j->after->source || disk.target != j->after->target ||
	    (order != ORDER_NONE && disk.site[m->site].order != order) ||
	    (m->kind == MOVE_CMD_SUSPEND && !disk.site[m->site].quiesced))
		judge_broken(v, AS_I12,
		    "a command to %c that does not stand in the journal",
		    'a' + m->site);
}

static void
judge_command(
    const struct judged_step *j, const struct move_command *m, struct verdict *v)
{
	assert_i12(j, m, v);
	if (order_of(m->kind) == ORDER_NONE)
		return; /* of monitors */
	if (m->kind != MOVE_CMD_STOP)
		judge_start(j, m->site, v);
	if (v->tolerated)
		return;
	assert_i2(j, m, v);
	assert_i7(j, m, v);
	assert_i6(j, m, v);
	assert_i10(j, m, v);
}

/* --- 5, of one step
 * ------------------------------------------------------------------- */

static void
assert_i2_owner(const struct judged_step *j, struct verdict *v)
{
	const int was = j->w->vm[j->vm].owner;

	if (!j->out->owner_changes)
		return;
	if (j->out->owner != OWNER_NOBODY && was != OWNER_NOBODY)
		judge_broken(v, AS_I2, "the disks pass from %c to %c without a pause",
		    'a' + was, 'a' + j->out->owner);
	if (j->out->owner != OWNER_NOBODY && j->w->vm[j->vm].owner_disk != OWNER_NOBODY)
		judge_broken(v, AS_I2,
		    "%c gets the disks, and that nobody has them is not durable",
		    'a' + j->out->owner);
}

/* An end is told, and so is standing; nothing else is left behind. */
static void
assert_i3(const struct judged_step *j, struct verdict *v)
{
	const bool ended = move_open(j->before) && !move_open(j->after);
	const bool stands =
	    j->before->phase != PHASE_DOUBT && j->after->phase == PHASE_DOUBT;

	if (ended != ((j->out->told & TOLD_ENDED) != 0))
		judge_broken(v, AS_I3, "a move ends and nobody is told, or not");
	if (stands && (j->out->told & TOLD_DOUBT) == 0)
		judge_broken(v, AS_I3, "a move stands in doubt and nobody is told");
	if (ended && (j->out->state < MOVE_SUCCEEDED || j->out->state > MOVE_FAILED))
		judge_broken(v, AS_I3, "a move ends without a result");
}

static void
assert_i4(const struct judged_step *j, struct verdict *v)
{
	const struct w_vm *vm = &j->w->vm[j->vm];
	const struct move_case *c = j->before;
	const enum cs_move_state end = j->out->state;

	if (!move_open(c) || move_open(j->after) || c->verb != VERB_MOVE || !c->ran)
		return;
	if ((end == MOVE_CANCELLED || end == MOVE_ROLLED_BACK) && vm->stopped &&
	    vm->site[c->source].seen_oper != SITE_ONLINE)
		judge_broken(v, AS_I4,
		    "a move ends as if undone, and the VM that ran at %c does not",
		    'a' + c->source);
	if (end == MOVE_FAILED && c->leg == LEG_THERE && vm->stopped && !c->force &&
	    c->ending == MOVE_SUCCEEDED &&
	    vm->site[c->source].seen_oper == SITE_OFFLINE)
		judge_broken(v, AS_I4,
		    "a move failed, and the VM stays down at %c without a try to start "
		    "it again",
		    'a' + c->source);
}

static void
assert_i5(const struct judged_step *j, struct verdict *v)
{
	const struct move_case *a = j->before, *b = j->after;

	if (j->ev->kind != MOVE_EV_ACCEPT || !move_open(a))
		return;
	/* this look may have brought the first to its end, but not made it another */
	if (a->target != b->target || a->verb != b->verb ||
	    (a->phase != PHASE_QUEUED && b->phase == PHASE_QUEUED) ||
	    (j->out->told & TOLD_REFUSED) == 0)
		judge_broken(v, AS_I5, "a second move begins while one is open");
}

static void
assert_i7_end(const struct judged_step *j, struct verdict *v)
{
	int c;

	if (!move_open(j->before) || move_open(j->after))
		return;
	for (c = 0; c < setup.clusters; c++) {
		const struct w_log *l = &j->w->vm[j->vm].site[c].log;

		if (owed(l) && !answered_otherwise(&j->w->vm[j->vm], c))
			judge_broken(v, AS_I7,
			    "the move ends, and a command to %c may still take effect",
			    'a' + c);
		/* Pending is an effect, but not yet the end of a stop */
		if (l->stop_open && j->out->state == MOVE_CANCELLED &&
		    WORLD_NOW - l->stop_sent < limits.command_horizon &&
		    j->w->vm[j->vm].site[c].seen_oper != SITE_ONLINE)
			judge_broken(v, AS_I7,
			    "the move ends as cancelled, and the stop at %c is "
			    "outstanding",
			    'a' + c);
	}
}

/* Force, a person's word and a fence come from outside, never from the engine. */
static void
assert_i8(const struct judged_step *j, struct verdict *v)
{
	const enum move_event_kind k = j->ev->kind;
	int c;

	if (j->after->force && !j->before->force && k != MOVE_EV_FORCE &&
	    !(k == MOVE_EV_ACCEPT && j->ev->force))
		judge_broken(v, AS_I8, "a move is forced, and nobody asked for it");
	for (c = 0; c < setup.clusters; c++) {
		const struct move_site *a = &j->before->site[c],
		                       *b = &j->after->site[c];

		if (b->confirmed != 0 && a->confirmed == 0 && k != MOVE_EV_CONFIRM)
			judge_broken(
			    v, AS_I8, "%c counts as confirmed by nobody", 'a' + c);
		if (b->fence.stands && !a->fence.stands && k != MOVE_EV_FENCED)
			judge_broken(
			    v, AS_I8, "%c counts as fenced by nobody", 'a' + c);
	}
}

static void
assert_i9(const struct judged_step *j, struct verdict *v)
{
	const struct w_vm *vm = &j->w->vm[j->vm];

	if (j->out->owner_changes && j->out->owner >= 0 && j->after->epoch <= vm->epoch)
		judge_broken(v, AS_I9, "%c gets the disks without a new epoch",
		    'a' + j->out->owner);
	if (j->w->restored && j->out->ncommands > 0)
		judge_broken(v, AS_I9,
		    "a command, though the store looks restored and is not adopted");
	if (j->ev->kind == MOVE_EV_RESTORED && move_open(j->before) &&
	    j->after->phase != PHASE_DOUBT)
		judge_broken(v, AS_I9, "a move goes on upon a restored store");
}

/* Having been away is no reason to do anything: first look. */
static void
assert_i11(const struct judged_step *j, struct verdict *v)
{
	if (j->ev->kind != MOVE_EV_LOADED)
		return;
	if (j->out->ncommands > 0)
		judge_broken(v, AS_I11, "a command before anything was seen again");
	if (j->after->phase != j->before->phase || j->after->leg != j->before->leg)
		judge_broken(v, AS_I11, "a move went on while nobody looked");
	if (WORLD_NOW != j->after->entered && move_open(j->after))
		judge_broken(v, AS_I11, "the time of our absence counts");
}

void
judge_step(const struct judged_step *j, struct verdict *v)
{
	unsigned i;

	assert_i5(j, v);
	assert_i8(j, v);
	assert_i2_owner(j, v);
	if (!v->tolerated)
		assert_i9(j, v);
	assert_i11(j, v);
	for (i = 0; i < j->out->ncommands && !v->tolerated; i++)
		judge_command(j, &j->out->commands[i], v);
	if (!v->tolerated)
		assert_i7_end(j, v);
	if (!v->tolerated)
		assert_i4(j, v);
	if (!v->tolerated)
		assert_i3(j, v);
}

/* --- what happens to a command
 * --------------------------------------------------------- */

void
judge_leaves(const struct world *w, int vm, int to, struct verdict *v)
{
	const struct w_vm *m = &w->vm[vm];
	struct move_case mem;
	int c;

	case_load(&mem, &m->mem);
	for (c = 0; c < setup.clusters; c++) {
		const struct w_log *l = &m->site[c].log;

		if (c == to || assert_4h(l) || assert_fence(l, m->base) ||
		    assert_confirm(l, m->base))
			continue;
		judge_broken(v, mem.site[c].confirmed != 0 ? AS_CONFIRM : AS_4H,
		    "a start at %c leaves, and what proves %c to be stopped is too old",
		    'a' + to, 'a' + c);
	}
}

void
judge_done(const struct world *w, int vm, int to, struct verdict *v)
{
	const struct w_vm *m = &w->vm[vm];
	int c;

	for (c = 0; c < setup.clusters; c++)
		if (c != to && site_bound(w, vm, c) && !m->site[c].excused &&
		    (m->lied & 1u << c) == 0)
			judge_broken(v, AS_I1,
			    "a start of ours is carried out at %c while the VM is "
			    "active "
			    "at %c (%s)",
			    'a' + to, 'a' + c, group_word(m->site[c].group));
}
