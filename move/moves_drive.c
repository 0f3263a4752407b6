/*
 * SPDX-License-Identifier: Apache-2.0
 * One step of the engine, and everything that it asks for: records, owners, posts, what
 * the model is told, the row, events and alarms. See moves_impl.h.
 *
 * The order is the promise: what changes goes into this turn's batch first, then
 * commands leave, which the engine gave only because an earlier batch is durable.
 */
#include "move/moves_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"

bool
drive_facts(const struct moves *v, const struct mv_case *k, struct move_facts *f)
{
	memset(f, 0, sizeof(*f));
	f->blocked = moves_blocked(v);
	return k->vm_index != 0 &&
	    model_vm_sight(v->m, k->vm_index, k->c.target, k->c.node, &f->vm) &&
	    f->vm.nsites == k->c.nsites;
}

uint64_t
drive_sync(struct moves *v)
{
	v->sync_seq++;
	v->sink.sync(v->sink.arg, v->sync_seq);
	return v->sync_seq;
}

/* --- commands -----------------------------------------------------------------------
 */

uint64_t
drive_ticket(struct moves *v, struct mv_case *k, int site, enum move_post_kind kind,
    uint32_t serial, const struct mv_monitor *mon)
{
	struct mv_ticket *t = xcalloc(1, sizeof(*t));

	t->id = ++v->ticket_seq;
	t->case_id = k->id;
	t->vm = xstrdup(k->vm);
	t->cluster = xstrdup(k->site[site].cluster);
	t->kind = kind;
	t->serial = serial;
	if (mon != NULL) {
		t->monitor = xstrdup(mon->monitor);
		t->server = xstrdup(mon->server);
	}
	HASH_ADD(hh, v->tickets, id, sizeof(t->id), t);
	return t->id;
}

void
ticket_free(struct moves *v, struct mv_ticket *t)
{
	HASH_DEL(v->tickets, t);
	free(t->vm);
	free(t->cluster);
	free(t->monitor);
	free(t->server);
	free(t);
}

static void
post_group(struct moves *v, struct mv_case *k, const struct move_command *c)
{
	struct mv_site *s = &k->site[c->site];
	const struct move_post p = {
		.kind = c->kind == MOVE_CMD_STOP ? POST_GROUP_STOP
		    : c->kind == MOVE_CMD_START  ? POST_GROUP_START
		                                 : POST_GROUP_MOVE,
		.cluster = s->slot,
		.object = s->group,
		.target =
		    c->node == 0 ? NULL : model_node_name(v->m, s->index, c->node),
		.tries = c->tries,
		.deadline = c->deadline,
	};
	struct move_post out = p;

	xfree_clear(&k->said);
	out.ticket = drive_ticket(v, k, c->site, p.kind, ++s->serial, NULL);
	v->sink.post(v->sink.arg, &out);
}

static void
carry_commands(struct moves *v, struct mv_case *k, const struct move_out *out,
    const struct model_now *now)
{
	unsigned i;

	for (i = 0; i < out->ncommands; i++) {
		const struct move_command *c = &out->commands[i];

		if (c->kind == MOVE_CMD_SUSPEND || c->kind == MOVE_CMD_RESUME)
			monitor_command(v, k, c, now);
		else
			post_group(v, k, c);
	}
}

/* --- what the model is told ---------------------------------------------------------
 */

static enum cs_vm_oper
busy_oper(const struct mv_case *k)
{
	if (k->c.phase == PHASE_DOUBT)
		return VM_IN_DOUBT;
	switch (k->c.verb) {
	case VERB_UP:
		return VM_STARTING;
	case VERB_DOWN:
		return VM_STOPPING;
	case VERB_NEWCOMER:
		return (enum cs_vm_oper)0; /* the conflict stays in sight */
	default:
		return VM_MOVING;
	}
}

static void
tell_busy(struct moves *v, struct mv_case *k, bool all, const struct model_now *now)
{
	struct vm_busy b = { 0 };
	char *whither, *text = NULL;

	if (move_open(&k->c) && k->row != NULL) {
		b.target_cluster = k->row->target_index;
		b.target_node = k->row->target_node_index;
		b.busy = k->c.phase != PHASE_QUEUED;
	}
	if (b.busy) {
		b.oper = busy_oper(k);
		whither = words_whither(k->row);
		text = xasprintf("move %s (%s): %s", k->row->name, whither,
		    k->c.phase == PHASE_DOUBT ? "in doubt" : step_word(k->row->step));
		free(whither);
	}
	b.text = b.oper == 0 ? NULL : text;
	if (all || memcmp(&b.busy, &k->busy.busy, sizeof(b.busy)) != 0 ||
	    b.oper != k->busy.oper || b.target_cluster != k->busy.target_cluster ||
	    b.target_node != k->busy.target_node ||
	    (b.text != NULL &&
	        (k->busy_text == NULL || strcmp(b.text, k->busy_text) != 0))) {
		model_vm_busy(v->m, k->vm_index, &b, now);
		k->busy = b;
		free(k->busy_text);
		k->busy_text = text;
		return;
	}
	free(text);
}

void
drive_tell(struct moves *v, struct mv_case *k, bool all, const struct model_now *now)
{
	size_t i;

	for (i = 0; i < k->c.nsites; i++) {
		const struct move_site *m = &k->c.site[i];
		const struct site_orders o = { m->may_start, m->our_stop,
			m->stop_accepted, m->stop_left != 0, m->fence.stands,
			m->confirmed };
		struct site_orders *was = &k->site[i].told;

		if (!all && was->may_start == o.may_start &&
		    was->our_stop == o.our_stop &&
		    was->stop_accepted == o.stop_accepted &&
		    was->late_stop == o.late_stop && was->fenced == o.fenced &&
		    was->confirmed == o.confirmed)
			continue;
		*was = o;
		model_vm_orders(v->m, k->vm_index, (int)i, &o, now);
	}
	tell_busy(v, k, all, now);
}

void
drive_wants(struct moves *v, struct mv_case *k, uint32_t fast, uint32_t eager)
{
	size_t i;

	for (i = 0; i < k->c.nsites; i++) {
		const uint32_t bit = 1u << i;
		struct mv_slot *s;

		if (k->site[i].slot >= v->nslots)
			continue;
		s = &v->slots[k->site[i].slot];
		s->fast += ((fast & bit) != 0) - ((k->fast & bit) != 0);
		s->eager += ((eager & bit) != 0) - ((k->eager & bit) != 0);
	}
	k->fast = fast;
	k->eager = eager;
}

/* --- row, events, alarms ------------------------------------------------------------
 */

static void
measure_downtime(struct mv_row *r, const struct move_facts *f, unsigned told, int from,
    int to, const struct model_now *now)
{
	const struct site_sight *s;
	msec_t end;

	if ((told & TOLD_STOPPED) != 0 && r->down == 0 && from >= 0) {
		s = &f->vm.site[from];
		r->down = s->offline_since != 0 ? s->offline_since : now->ms;
		r->down_wall = now->wall - (time_t)((now->ms - r->down) / 1000);
	}
	if ((told & (TOLD_RUNS | TOLD_REAPPEARED)) == 0 || r->down == 0)
		return;
	s = (told & TOLD_REAPPEARED) != 0 ? from >= 0 ? &f->vm.site[from] : NULL
	    : to >= 0                     ? &f->vm.site[to]
	                                  : NULL;
	end = s != NULL && s->start > r->down ? s->start : now->ms;
	r->downtime = row_downtime(r, end);
	r->down = 0;
	r->down_wall = 0;
}

static void __attribute__((format(printf, 6, 7)))
tell(struct moves *v, const struct mv_row *r, enum event_type type,
    enum cs_severity severity, const struct model_now *now, const char *fmt, ...)
{
	char *whither = words_whither(r), *what, *text;
	va_list ap;

	va_start(ap, fmt);
	what = xvasprintf(fmt, ap);
	va_end(ap);
	text = xasprintf("vm %s: move %s, %s: %s", r->vm, r->name, whither, what);
	row_event(v, r, type, severity, text, now);
	log_info("move", "%s", text);
	free(whither);
	free(what);
	free(text);
}

static const char *
error_of(const struct mv_row *r)
{
	return r->error == NULL ? "" : r->error;
}

/* A move that failed is worse where the VM is down. */
static enum cs_severity
end_severity(const struct mv_row *r, const struct move_facts *f)
{
	size_t i;

	switch (r->state) {
	case MOVE_SUCCEEDED:
	case MOVE_CANCELLED:
		return SEV_INFO;
	case MOVE_ROLLED_BACK:
		return SEV_WARNING;
	default:
		for (i = 0; i < f->vm.nsites; i++)
			if (f->vm.site[i].fresh && f->vm.site[i].oper == SITE_ONLINE)
				return SEV_WARNING;
		return SEV_CRITICAL;
	}
}

static void
raise(struct moves *v, struct mv_row *r, enum mv_alarm_bit bit,
    enum cs_severity severity, const char *what, const struct model_now *now)
{
	char *whither = words_whither(r);
	char *text = xasprintf("vm %s: move %s, %s: %s", r->vm, r->name, whither, what);

	row_alarm(v, r, bit, severity, text, now);
	free(whither);
	free(text);
}

static void
tell_end(struct moves *v, struct mv_row *r, const struct move_facts *f,
    const struct model_now *now)
{
	const enum cs_severity severity = end_severity(r, f);

	tell(v, r, EVENT_MOVE_ENDED, severity, now, "%s%s%s", state_word(r->state),
	    r->error == NULL ? "" : ": ", error_of(r));
	row_alarm(v, r, MV_ALARM_DOUBT, SEV_INFO, NULL, now);
	if (r->state == MOVE_FAILED) {
		raise(v, r, MV_ALARM_FAILED, severity, error_of(r), now);
		return;
	}
	row_alarm(v, r, MV_ALARM_STOP, SEV_INFO, NULL, now);
	if (r->state == MOVE_SUCCEEDED)
		row_relieve(v, r->vm, r, now);
}

static void
tell_trouble(struct moves *v, struct mv_case *k, unsigned told, int from,
    const struct model_now *now)
{
	struct mv_row *r = k->row;
	const char *at = from >= 0 ? k->site[from].cluster : "?";
	char *text;

	if ((told & TOLD_STOP_FAILED) != 0) {
		text = xasprintf("the stop failed in cluster %s: ECX may shut the "
		                 "server down as its reaction; see the cluster's log",
		    at);
		tell(v, r, EVENT_MOVE_STEP, SEV_CRITICAL, now, "%s", text);
		raise(v, r, MV_ALARM_STOP, SEV_CRITICAL, text, now);
		free(text);
	}
	if ((told & TOLD_SERVER_LOST) != 0)
		tell(v, r, EVENT_MOVE_STEP, SEV_WARNING, now,
		    "cluster %s cannot be told any more since the stop was sent", at);
	if ((told & TOLD_REAPPEARED) != 0)
		tell(v, r, EVENT_MOVE_STEP, SEV_WARNING, now,
		    "it is active again in cluster %s, and not by us", at);
}

/* What a proof leaned on that is not everybody's own answer (4c); NULL: nothing. */
static char *
leaned_on(const struct mv_case *k, const struct move_facts *f)
{
	const int to = move_to(&k->c);
	char *text = NULL;
	size_t i;

	if (k->c.phase < PHASE_HANDOVER || k->c.phase > PHASE_START)
		return NULL;
	for (i = 0; i < k->c.nsites; i++)
		if ((int)i != to && f->vm.site[i].trusted)
			cause_set(&text,
			    "%s%scluster %s is believed without its "
			    "silent server (trust-peers)",
			    text == NULL ? "" : text, text == NULL ? ": " : "; ",
			    k->site[i].cluster);
	return text;
}

static void
tell_row(struct moves *v, struct mv_case *k, const struct move_facts *f, unsigned told,
    int from, const struct model_now *now)
{
	struct mv_row *r = k->row;
	const bool told_step = r->step != STEP_NONE &&
	    (r->step != k->told_step || k->c.leg != k->told_leg);
	char *leaned;

	k->told_step = r->step;
	k->told_leg = k->c.leg;
	if ((told & TOLD_BEGAN) != 0)
		tell(v, r, EVENT_MOVE_STARTED, SEV_INFO, now, "started%s%s",
		    r->reason == NULL || *r->reason == '\0' ? "" : ": ",
		    r->reason == NULL ? "" : r->reason);
	tell_trouble(v, k, told, from, now);
	if ((told & TOLD_DOUBT) != 0) {
		tell(v, r, EVENT_MOVE_ENDED, SEV_CRITICAL, now, "stands in doubt: %s",
		    error_of(r));
	} else if (told_step && (told & TOLD_ENDED) == 0) {
		leaned = leaned_on(k, f);
		tell(v, r, EVENT_MOVE_STEP, leaned == NULL ? SEV_INFO : SEV_WARNING,
		    now, "%s%s%s", step_word(r->step),
		    k->c.leg == LEG_BACK ? " (back)" : "",
		    leaned == NULL ? "" : leaned);
		free(leaned);
	}
	if (k->c.phase != PHASE_DOUBT)
		row_alarm(v, r, MV_ALARM_DOUBT, SEV_INFO, NULL, now);
	else /* its text may have changed */
		raise(v, r, MV_ALARM_DOUBT, SEV_CRITICAL, error_of(r), now);
}

static void
tell_confirmed(struct moves *v, struct mv_case *k, const struct move_event *ev,
    unsigned told, const struct model_now *now)
{
	char *name, *text;

	if ((told & TOLD_CONFIRMED) != 0 && ev->kind == MOVE_EV_CONFIRM) {
		name = xasprintf("%s/%s", k->vm, k->site[ev->site].cluster);
		text = xasprintf("vm %s: an operator confirmed that it is stopped in "
		                 "cluster %s (epoch %u)",
		    k->vm, k->site[ev->site].cluster, ev->epoch);
		model_event(v->m, EVENT_SITE_CONFIRMED, SEV_WARNING, OBJECT_SITE, name,
		    text, now);
		log_notice("move", "%s", text);
		free(name);
		free(text);
	}
	if ((told & TOLD_UNCONFIRMED) != 0) {
		text = xasprintf("vm %s: what an operator confirmed of its sites is "
		                 "void now",
		    k->vm);
		model_event(
		    v->m, EVENT_SITE_CONFIRMED, SEV_INFO, OBJECT_VM, k->vm, text, now);
		free(text);
	}
}

/* Takes into the row what the step came to; true when it changed. */
static bool
fill_row(struct moves *v, struct mv_case *k, const struct move_facts *f,
    const struct move_out *out, const struct model_now *now)
{
	struct mv_row *r = k->row;
	const enum cs_move_step step = move_step_shown(&k->c);
	const unsigned done = move_progress(&k->c);
	char *error = words_error(v, k, f, out, now);
	const bool changed = r->state != out->state || r->step != step ||
	    r->epoch != k->c.epoch || r->force != k->c.force ||
	    (error == NULL) != (r->error == NULL) ||
	    (error != NULL && strcmp(error, r->error) != 0);

	r->state = out->state;
	r->step = step;
	if (done > r->progress && done < 100)
		r->progress = done;
	r->epoch = k->c.epoch;
	r->force = k->c.force;
	free(r->error);
	r->error = error;
	if ((out->told & TOLD_BEGAN) != 0)
		r->started = now->wall;
	return changed;
}

/* --- the step -----------------------------------------------------------------------
 */

static void
pass_disks(struct moves *v, struct mv_case *k, const struct move_out *out,
    const struct model_now *now)
{
	char *how = xasprintf("move %s", k->row != NULL ? k->row->name : k->vm);
	const uint32_t epoch = model_vm_owner(
	    v->m, k->vm_index, out->owner < 0 ? -1 : out->owner, how, now);

	if (out->owner >= 0 && epoch != 0)
		k->c.epoch = epoch; /* a restored state may have skipped some */
	free(how);
}

static void
save(struct moves *v, struct mv_case *k)
{
	journal_case(v, k);
	k->saved = drive_sync(v);
	if (k->waits)
		TAILQ_REMOVE(&v->waiting, k, wait);
	TAILQ_INSERT_TAIL(&v->waiting, k, wait);
	k->waits = true;
}

/* Does time do anything to it, or only a sighting? */
static bool
case_lives(const struct mv_case *k)
{
	size_t i;

	for (i = 0; i < k->c.nsites; i++)
		if (k->c.site[i].order != ORDER_NONE || k->c.site[i].may_start ||
		    k->c.site[i].confirmed != 0 || k->c.site[i].fence.begun ||
		    k->c.site[i].fence.stands)
			return true;
	return move_open(&k->c) || monitor_busy(k);
}

static void
wake_at(struct moves *v, struct mv_case *k, msec_t wake)
{
	const bool lives = case_lives(k) || wake != 0;

	k->wake = wake;
	if (wake != 0 && (v->wake == 0 || wake < v->wake))
		v->wake = wake;
	if (lives && !k->lives)
		TAILQ_INSERT_TAIL(&v->live, k, live);
	else if (!lives && k->lives)
		TAILQ_REMOVE(&v->live, k, live);
	k->lives = lives;
}

void
drive_live(struct moves *v, struct mv_case *k)
{
	wake_at(v, k, k->wake);
}

static void
end_row(struct moves *v, struct mv_case *k, const struct move_facts *f,
    const struct model_now *now)
{
	struct mv_row *r = k->row;

	k->row = NULL;
	xfree_clear(&k->said);
	row_ended(v, r, now);
	tell_end(v, r, f, now);
	journal_row(v, r); /* with its alarms */
	v->queue_dirty = true;
}

static void
carry_out(struct moves *v, struct mv_case *k, const struct move_event *ev,
    const struct move_facts *f, const struct move_out *out, int from, int to,
    const struct model_now *now)
{
	struct mv_row *r = k->row;
	bool changed;

	if (out->owner_changes)
		pass_disks(v, k, out, now);
	if (r != NULL) {
		measure_downtime(r, f, out->told, from, to, now);
		changed = fill_row(v, k, f, out, now);
		if (changed || out->told != 0)
			row_put(v, r, now);
		tell_row(v, k, f, out->told, from, now);
		if ((out->told & TOLD_ENDED) != 0)
			end_row(v, k, f, now);
		else if (out->save || changed)
			journal_row(v, r);
	}
	tell_confirmed(v, k, ev, out->told, now);
	if (out->save)
		save(v, k);
	carry_commands(v, k, out, now);
	drive_tell(v, k, false, now);
	drive_wants(v, k, out->fast, out->eager);
	wake_at(v, k, out->wake);
	if (k->c.phase == PHASE_QUEUED ||
	    (k->c.phase == PHASE_DOUBT && k->row != NULL && k->row->ordered != 0))
		queue_add(v, k);
	else
		queue_remove(v, k);
	if (k->c.phase == PHASE_DOUBT && (out->told & TOLD_DOUBT) != 0)
		v->queue_dirty = true; /* it uses nothing now */
}

static bool
one_step(struct moves *v, struct mv_case *k, const struct move_event *ev,
    const struct model_now *now)
{
	const int from = move_from(&k->c), to = move_to(&k->c);
	const uint8_t why = k->c.why;
	struct move_facts f;
	struct move_out out;

	if (!drive_facts(v, k, &f))
		return false; /* an orphan stands as it is */
	move_step(&k->c, &f, &v->limits, ev, now->ms, &out);
	if (k->c.why != why) { /* what comes after hides what it was */
		free(k->cause);
		k->cause = words_cause(v, k, &f, out.lacking, from, to, now);
	}
	carry_out(v, k, ev, &f, &out, from, to, now);
	return true;
}

void
drive(struct moves *v, struct mv_case *k, const struct move_event *ev,
    const struct model_now *now)
{
	struct move_event next = *ev;

	while (one_step(v, k, &next, now) && monitor_result(k, &next))
		continue;
	if (!case_owed(k))
		case_drop(v, k);
}

void
drive_kind(struct moves *v, struct mv_case *k, enum move_event_kind kind,
    const struct model_now *now)
{
	const struct move_event ev = { .kind = kind, .site = MOVE_NOWHERE };

	drive(v, k, &ev, now);
}
