/*
 * SPDX-License-Identifier: Apache-2.0
 * See move_world.h.
 */
#include "tests/unit/move_world.h"

#include <stdio.h>
#include <string.h>

static const char *const site_name[] = { "east", "west", "north" };
static const char *const phase_name[PHASES] = { "idle", "queued", "check", "quiesce",
	"stop", "release", "handover", "ready", "start", "verify", "resume", "doubt" };

struct move_world w;

static void
told(const char *what)
{
	const size_t used = strlen(w.trace);

	snprintf(
	    w.trace + used, sizeof(w.trace) - used, "%s%s", used == 0 ? "" : " ", what);
}

/* What happened since this was asked last. */
const char *
trace(void)
{
	static char copy[sizeof(w.trace)];

	memcpy(copy, w.trace, sizeof(copy));
	w.trace[0] = '\0';
	return copy;
}

static void
note(void)
{
	static const char *const kind[] = { "", "STOP", "START", "MOVE", "SUSPEND",
		"RESUME" };
	char text[80];
	unsigned i;

	if ((w.o.told & TOLD_STEP) != 0) {
		snprintf(text, sizeof(text), "%s%s", phase_name[w.c.phase],
		    w.c.leg == LEG_BACK && move_open(&w.c) ? "<" : "");
		told(text);
	}
	if (w.o.owner_changes) {
		snprintf(text, sizeof(text), "owner=%s",
		    w.o.owner < 0 ? "none" : site_name[w.o.owner]);
		told(text);
		w.f.vm.owner = w.o.owner;
		w.f.vm.epoch++;
	}
	for (i = 0; i < w.o.ncommands; i++) {
		w.command = w.o.commands[i];
		snprintf(text, sizeof(text), "%s:%s", kind[w.command.kind],
		    site_name[w.command.site]);
		told(text);
	}
}

void
event(const struct move_event *ev)
{
	static const struct move_event durable = { .kind = MOVE_EV_DURABLE };

	move_step(&w.c, &w.f, &w.l, ev, w.now, &w.o);
	note();
	while (w.auto_durable && w.c.unsaved) {
		w.disk = w.c;
		move_step(&w.c, &w.f, &w.l, &durable, w.now, &w.o);
		note();
	}
}

void
just(enum move_event_kind kind)
{
	event(&(struct move_event) { .kind = kind });
}

void
answer(int site, enum move_outcome outcome)
{
	event(&(struct move_event) {
	    .kind = MOVE_EV_ANSWER, .site = site, .outcome = outcome });
}

/* A round of that site begins now and is in. */
void
sees(int site, enum cs_site_oper oper)
{
	struct site_sight *v = &w.f.vm.site[site];

	v->fresh = v->commandable = v->alive = true;
	v->node_ok = true;
	v->start = v->judged = w.now;
	v->oper = (uint8_t)oper;
	v->active = oper == SITE_ONLINE || oper == SITE_STARTING ||
	    oper == SITE_STOPPING || oper == SITE_FAILED;
	v->parts = oper == SITE_OFFLINE ? EV_ALL : EV_ALL & ~(unsigned)EV_ALL_OFFLINE;
	if (oper != SITE_OFFLINE)
		v->offline_since = 0;
	else if (v->offline_since == 0)
		v->offline_since = w.now;
}

void
lost(int site)
{
	struct site_sight *v = &w.f.vm.site[site];

	v->fresh = v->commandable = v->alive = v->active = v->node_ok = false;
	v->parts = 0;
	v->oper = SITE_UNKNOWN;
	v->offline_since = 0;
}

/* A second later every site that is known is seen again as it was. */
void
round_(void)
{
	size_t i;

	w.now += 1000;
	for (i = 0; i < w.f.vm.nsites; i++)
		if (w.f.vm.site[i].fresh)
			sees((int)i, (enum cs_site_oper)w.f.vm.site[i].oper);
	just(MOVE_EV_LOOK);
}

void
pass(msec_t time)
{
	w.now += time;
	round_();
}

void
world_setup(void)
{
	memset(&w, 0, sizeof(w));
	w.now = 1000000;
	w.auto_durable = true;
	w.l = (struct move_limits) { .command_horizon = 1980000,
		.offline_settle = 30000,
		.evidence_age = 5000,
		.stop_timeout = 2400000,
		.release_timeout = 600000,
		.start_timeout = 2400000,
		.verify_time = 10000,
		.retry_delay = 5000,
		.tries = 3,
		.confirm_life = 900000 };
	move_init(&w.c, 2);
	w.f.vm.nsites = 2;
	w.f.vm.owner = EAST;
	w.f.vm.epoch = 7;
	sees(EAST, SITE_ONLINE);
	sees(WEST, SITE_OFFLINE);
}

void
third_site(void)
{
	w.c.nsites = w.f.vm.nsites = 3;
	sees(NORTH, SITE_OFFLINE);
}

void
accept_move(enum move_verb verb, int source, int target)
{
	event(&(struct move_event) {
	    .kind = MOVE_EV_ACCEPT, .verb = verb, .source = source, .target = target });
	just(MOVE_EV_GO);
}

/* As far as the stop that was sent. */
void
stopping(void)
{
	accept_move(VERB_MOVE, EAST, WEST);
	round_();
	ck_assert_str_eq(trace(), "queued check stop STOP:east");
}

void
stopped(void)
{
	stopping();
	answer(EAST, ANSWER_ACCEPTED);
	w.now += 1000;
	sees(EAST, SITE_OFFLINE);
	w.f.vm.site[EAST].parts &= ~(unsigned)EV_SETTLED;
	just(MOVE_EV_LOOK);
	ck_assert_str_eq(trace(), "release");
}

void
starting(void)
{
	stopped();
	round_();
	ck_assert_str_eq(
	    trace(), "handover owner=none ready owner=west start START:west");
}

void
verifying(void)
{
	starting();
	answer(WEST, ANSWER_ACCEPTED);
	w.now += 1000;
	sees(WEST, SITE_ONLINE);
	just(MOVE_EV_LOOK);
	ck_assert_str_eq(trace(), "verify");
}
