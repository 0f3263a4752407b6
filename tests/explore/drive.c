/*
 * SPDX-License-Identifier: Apache-2.0
 * Engine and world. See drive.h.
 */
#include "tests/explore/drive.h"

#include <string.h>

#include "tests/explore/view.h"

FILE *drive_told;

const char *
phase_word(unsigned phase)
{
	static const char *const word[PHASES] = { "idle", "queued", "check", "quiesce",
		"stop", "release", "handover", "ready", "start", "verify", "resume",
		"in doubt" };

	return phase < PHASES ? word[phase] : "?";
}

/* --- telling
 * -------------------------------------------------------------------------- */

static const char *const command_word[] = { "", "stop", "start", "group move",
	"suspend monitors", "resume monitors" };

static void
tell(const struct judged_step *j)
{
	const struct move_out *o = j->out;
	unsigned i;

	if (drive_told == NULL)
		return;
	if (j->before->phase != j->after->phase || j->before->leg != j->after->leg)
		fprintf(drive_told, "      engine: %s -> %s%s%s%s\n",
		    phase_word(j->before->phase), phase_word(j->after->phase),
		    j->after->leg == LEG_BACK ? ", on the way back" : "",
		    j->after->why == WHY_NONE ? "" : ": ",
		    move_why_words((enum move_why)j->after->why));
	if (o->owner_changes)
		fprintf(drive_told, "      engine: the disks now belong to %c\n",
		    o->owner < 0 ? '-' : 'a' + o->owner);
	for (i = 0; i < o->ncommands; i++)
		fprintf(drive_told, "      engine: command: %s at %c\n",
		    command_word[o->commands[i].kind], 'a' + o->commands[i].site);
	if ((o->told & TOLD_ENDED) != 0)
		fprintf(drive_told, "      engine: ended, state %u\n", o->state);
	if ((o->told & TOLD_REFUSED) != 0)
		fprintf(drive_told, "      engine: refuses\n");
}

/* --- carrying out
 * --------------------------------------------------------------------- */

static void
post(struct w_order *o, struct w_order *other, const struct move_command *m)
{
	o->newest = 1;
	other->newest = 0;
	if (o->stage == ST_NET || o->stage == ST_LIMBO || o->stage == ST_DONE) {
		o->ghost = o->stage != ST_DONE || o->ghost;
		if (o->stage != ST_DONE)
			o->ghost_sent = o->sent;
	}
	o->stage = ST_OUTBOX;
	o->sent = WORLD_NOW;
	o->due = m->deadline;
	o->node = (uint8_t)m->node;
	o->within = m->kind == MOVE_CMD_GROUP_MOVE;
}

static void
log_command(struct w_vm *vm, const struct move_command *m)
{
	struct w_log *l = &vm->site[m->site].log;

	l->owed = m->kind == MOVE_CMD_STOP ? ORDER_STOP
	    : m->kind == MOVE_CMD_START    ? ORDER_START
	                                   : ORDER_MOVE;
	l->owed_since = WORLD_NOW;
	l->confirmed = 0;
	if (m->kind == MOVE_CMD_STOP) {
		l->explained = 1;
		l->stop_open = 1;
		l->stop_sent = WORLD_NOW;
		vm->stopped = 1;
		return;
	}
	l->explained = 0;
	l->open_before = l->open;
	l->open = 1;
	l->open_since = WORLD_NOW;
	l->stopped_after = 0;
	l->stop_at = 0;
	l->fence = 0;
}

/*
 * Foreign activity that no round could have shown before this start was commanded is
 * not our doing; any that is older, or known, is.
 */
static void
mark_excused(struct w_vm *vm, int to)
{
	int c;

	for (c = 0; c < setup.clusters; c++)
		if (c != to)
			vm->site[c].excused = vm->site[c].unseen != 0;
}

static void
carry_out(struct w_vm *vm, const struct move_command *m)
{
	struct w_site *s = &vm->site[m->site];

	switch (m->kind) {
	case MOVE_CMD_STOP:
		post(&s->stop, &s->start, m);
		log_command(vm, m);
		break;
	case MOVE_CMD_START:
	case MOVE_CMD_GROUP_MOVE:
		mark_excused(vm, m->site);
		post(&s->start, &s->stop, m);
		log_command(vm, m);
		break;
	case MOVE_CMD_SUSPEND:
		s->monitors = 1;
		break;
	case MOVE_CMD_RESUME:
		s->monitors = 2;
		break;
	}
}

static void
change_owner(struct w_vm *vm, int owner)
{
	vm->owner = (int8_t)owner;
	if (owner >= 0)
		vm->site[owner].fenced_disk = 0;
	vm->epoch++; /* model_vm_owner() gives each change a new one */
	if (vm->epoch > vm->epoch_max)
		vm->epoch_max = vm->epoch;
}

static void
note_told(struct w_vm *vm, const struct move_out *o)
{
	if ((o->told & TOLD_DOUBT) != 0)
		vm->alarm |= 1;
	if ((o->told & (TOLD_UNDOUBT | TOLD_ENDED)) != 0)
		vm->alarm &= (uint8_t)~1u;
	if ((o->told & TOLD_ENDED) != 0)
		vm->told = (uint8_t)o->state;
}

void
drive_event(
    struct world *w, int v, const struct move_event *ev, struct verdict *verdict)
{
	static __thread struct move_case before, after;
	static __thread struct move_facts facts;
	struct w_vm *vm = &w->vm[v];
	struct move_out out;
	const struct judged_step j = { w, v, ev, &facts, &before, &after, &out };
	unsigned i;

	case_load(&after, &vm->mem);
	before = after;
	view_facts(w, v, &facts);
	move_step(&after, &facts, &limits, ev, WORLD_NOW, &out);
	tell(&j);
	judge_step(&j, verdict);
	case_store(&vm->mem, &after);
	if (out.owner_changes)
		change_owner(vm, out.owner);
	if (out.save) {
		case_durable(&vm->going, &after);
		vm->owner_going = vm->owner;
		vm->epoch_going = vm->epoch;
		vm->save = SAVE_PENDING;
	}
	for (i = 0; i < out.ncommands; i++)
		carry_out(vm, &out.commands[i]);
	note_told(vm, &out);
}

void
drive_kind(struct world *w, int vm, enum move_event_kind kind, struct verdict *v)
{
	const struct move_event ev = { .kind = kind };

	drive_event(w, vm, &ev, v);
}

void
drive_look(struct world *w, struct verdict *v)
{
	int vm;

	for (vm = 0; vm < setup.vms && v->broken == AS_NONE && !v->tolerated; vm++)
		drive_kind(w, vm, MOVE_EV_LOOK, v);
}

/* --- the state file
 * ------------------------------------------------------------------- */

void
drive_write(struct world *w, int v)
{
	struct w_vm *vm = &w->vm[v];

	vm->disk = vm->going;
	vm->owner_disk = vm->owner_going;
	vm->epoch_disk = vm->epoch_going;
	vm->save = SAVE_ON_DISK;
}

void
drive_notify(struct world *w, int v, struct verdict *verdict)
{
	w->vm[v].save = SAVE_NONE;
	drive_kind(w, v, MOVE_EV_DURABLE, verdict);
}

/* --- crash and restart
 * ---------------------------------------------------------------- */

static void
orphan(struct w_order *o)
{
	if (o->stage == ST_NET)
		o->stage = ST_LIMBO;
	else if (o->stage == ST_OUTBOX || o->stage == ST_DONE)
		o->stage = ST_NONE;
}

void
drive_crash(struct world *w)
{
	struct w_vm *vm;
	int v, c;

	w->down = 1;
	for (v = 0; v < setup.vms; v++) {
		vm = &w->vm[v];
		vm->mem = vm->disk;
		vm->owner = vm->owner_disk;
		vm->epoch = vm->epoch_disk;
		vm->save = SAVE_NONE;
		for (c = 0; c < setup.clusters; c++) {
			struct w_site *s = &vm->site[c];

			if (s->start.stage == ST_OUTBOX) /* it never left */
				s->log.open = s->log.open_before;
			if (s->start.stage == ST_OUTBOX || s->stop.stage == ST_OUTBOX)
				s->log.owed = ORDER_NONE;
			orphan(&s->start);
			orphan(&s->stop);
			s->monitors = 0;
			if (s->log.active == WORLD_NOW) /* before whatever follows */
				s->log.active -= W_TICK;
			s->fencing = s->struck = s->log.lived = 0;
			s->fence_began = 0;
		}
	}
	view_forget(w);
}

void
drive_load(struct world *w, bool restored, struct verdict *v)
{
	int vm;

	w->down = 0;
	w->restored = restored;
	for (vm = 0; vm < setup.vms; vm++) {
		drive_kind(w, vm, MOVE_EV_LOADED, v);
		if (restored)
			drive_kind(w, vm, MOVE_EV_RESTORED, v);
	}
}
