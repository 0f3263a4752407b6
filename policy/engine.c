/*
 * SPDX-License-Identifier: Apache-2.0
 * The engine of policies: its life, its second, and what a job that is back changes.
 * See engine.h.
 */
#include "policy/engine_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

#define EVENTS_AT_ONCE 1000 /* new ones that are looked at in one second */

static const uint32_t only_key[1] = { 0 };

/* --- modes ------------------------------------------------------------------------ */

bool
en_open_window(const struct engine *e, const struct model_now *now)
{
	return e->windows != NULL && windows_open(e->windows, now->wall);
}

enum cs_policy_mode
en_mode(const struct engine *e, enum policy_kind kind)
{
	const enum cs_policy_mode own = e->set.mode[kind];

	return own < e->set.master ? own : e->set.master;
}

enum cs_policy_mode
en_effective(const struct engine *e, enum policy_kind kind, const struct model_now *now)
{
	const enum cs_policy_mode mode = en_mode(e, kind);

	return mode == POLICY_AUTOMATIC && !en_open_window(e, now) ? POLICY_ADVISE
	                                                           : mode;
}

void
en_look_soon(struct engine *e, unsigned kinds)
{
	int i;

	for (i = 0; i < POLICY_KINDS; i++)
		if ((kinds & EN_BIT(i)) != 0)
			e->policy[i].now = true;
}

unsigned
en_prompt(void)
{
	unsigned kinds = 0;
	int i;

	for (i = 0; i < POLICY_KINDS; i++)
		if (!policy_table[i].lasting)
			kinds |= EN_BIT(i);
	return kinds;
}

/* --- rows ------------------------------------------------------------------------- */

static char *
window_words(const struct engine *e, const struct model_now *now)
{
	const time_t next =
	    e->windows == NULL ? 0 : windows_next(e->windows, now->wall);
	char when[32];
	struct tm tm;

	if (next == 0 || localtime_r(&next, &tm) == NULL ||
	    strftime(when, sizeof(when), "%a %H:%M", &tm) == 0)
		return xstrdup("outside of csPolicyWindows");
	return xasprintf("outside of csPolicyWindows, which open %s", when);
}

/* What it found, then what keeps it from acting. */
static char *
status_words(const struct engine *e, enum policy_kind kind, const struct model_now *now)
{
	const struct en_policy *p = &e->policy[kind];
	const enum cs_policy_mode mode = en_mode(e, kind);
	char *text, *more, *cut;

	if (mode == POLICY_OFF)
		return xstrdup(e->set.mode[kind] == POLICY_OFF
		        ? "off"
		        : "off: csPolicyMasterMode is off");
	text = xstrdup(p->run == 0  ? "has not looked yet"
	        : p->status == NULL ? ""
	                            : p->status);
	if (policy_table[kind].lasting && p->wanted && p->rounds < e->set.rounds) {
		more = xasprintf("%s, %u of %u rounds", text, p->rounds, e->set.rounds);
		free(text);
		text = more;
	}
	if (p->waits != NULL) {
		more = xasprintf("%s; waits: %s", text, p->waits);
		free(text);
		text = more;
	}
	if (mode == POLICY_AUTOMATIC && !en_open_window(e, now)) {
		cut = window_words(e, now);
		more = xasprintf("%s; advises only: %s", text, cut);
		free(cut);
		free(text);
		text = more;
	} else if (mode < e->set.mode[kind]) {
		more =
		    xasprintf("%s; advises only: csPolicyMasterMode is advise", text);
		free(text);
		text = more;
	}
	cut = text_vis(text, EN_TEXT_MAX);
	free(text);
	return cut;
}

void
en_policy_put(struct engine *e, enum policy_kind kind, const struct model_now *now)
{
	const struct en_policy *p = &e->policy[kind];
	const uint32_t key[1] = { (uint32_t)kind + 1 };
	char *status = status_words(e, kind, now);
	const struct policy_row row = {
		.name = policy_table[kind].name,
		.descr = policy_table[kind].descr,
		.mode = e->set.mode[kind],
		.effective = en_effective(e, kind, now),
		.run_wall = p->run,
		.proposals = p->proposals,
		.moves = p->moves,
		.status_text = status,
	};

	table_put(model_table_of(e->m, TABLE_POLICY), key, 1, &row);
	free(status);
}

void
en_put_all(struct engine *e, const struct model_now *now)
{
	const struct policy_set_row row = {
		.master = e->set.master,
		.high_load = e->set.high_load,
		.target_load = e->set.target_load,
		.memory_reserve = e->set.memory_reserve,
		.minimum_gain = e->set.minimum_gain,
		.max_moves = e->set.max_moves,
		.max_moves_hour = e->set.max_moves_hour,
		.cool_down = e->set.cool_down / 1000,
		.windows = e->set.windows,
		.imbalance = e->imbalance < 0 ? ROW_NONE : e->imbalance,
	};
	int i;

	if (e->settings == NULL)
		return;
	table_put(model_table_of(e->m, TABLE_POLICY_SET), only_key, 1, &row);
	for (i = 0; i < POLICY_KINDS; i++)
		en_policy_put(e, (enum policy_kind)i, now);
}

/* --- life ------------------------------------------------------------------------- */

struct engine *
engine_new(struct model *m, struct moves *mv, const struct engine_sink *sink)
{
	struct engine *e = xcalloc(1, sizeof(*e));

	e->m = m;
	e->mv = mv;
	e->sink = *sink;
	e->imbalance = -1;
	e->index_next = 1;
	TAILQ_INIT(&e->open);
	TAILQ_INIT(&e->ended);
	TAILQ_INIT(&e->places);
	return e;
}

void
engine_free(struct engine *e)
{
	int i;

	if (e == NULL)
		return;
	plan_free_all(e);
	place_free_all(e);
	alarm_free(e);
	kept_end(e);
	for (i = 0; i < POLICY_KINDS; i++) {
		free(e->policy[i].status);
		free(e->policy[i].waits);
	}
	windows_free(e->windows);
	generation_unref(e->g);
	free(e->set.windows);
	free(e->failover_text);
	free(e->starts);
	free(e->strays);
	free(e);
}

void
engine_configured(
    struct engine *e, const struct settings *s, const struct model_now *now)
{
	e->settings = s;
	settings_take(e, now);
	if (e->started) {
		settings_judge(e, now);
		en_look_soon(e, en_prompt());
		en_put_all(e, now);
	}
}

void
engine_start(struct engine *e, const struct model_now *now)
{
	e->started = true;
	e->began = now->ms;
	e->seen_event = model_newest_event(e->m);
	settings_take(e, now);
	if (e->settings != NULL)
		settings_judge(e, now);
	limit_restore(e, now);
	kept_begin(e, now);
	en_put_all(e, now);
}

/* --- every second ----------------------------------------------------------------- */

/* Does it change what policies see, so that it is worth a look before its time? */
static bool
stirs(const struct event_row *ev)
{
	switch (ev->type) {
	case EVENT_CLUSTER_STATE:
	case EVENT_NODE_STATE:
	case EVENT_VM_STATE:
	case EVENT_MOVE_ENDED:
	case EVENT_CONFIGURATION_LOADED:
	case EVENT_AVAIL_SET_VIOLATION:
		return true;
	case EVENT_SETTING_CHANGED:
		return ev->object == OBJECT_CLUSTER || ev->object == OBJECT_NODE ||
		    ev->object == OBJECT_VM;
	default:
		return false;
	}
}

static void
watch_events(struct engine *e)
{
	const uint32_t newest = model_newest_event(e->m);
	struct table_view *events = e->g->tables[TABLE_EVENT];
	const struct event_row *ev;
	uint32_t from = e->seen_event;

	if (newest - from > EVENTS_AT_ONCE) {
		en_look_soon(e, en_prompt());
		from = newest - EVENTS_AT_ONCE;
	}
	while ((ev = table_view_next(events, &from, 1, false)) != NULL) {
		from = e->seen_event = ev->head.key[0];
		if (stirs(ev))
			en_look_soon(e, en_prompt());
	}
}

/* What facts speak against goes at once; what nobody decided on goes with time. */
static void
check_plans(struct engine *e, const struct model_now *now)
{
	struct en_plan *p, *next;
	char *why;

	for (p = TAILQ_FIRST(&e->open); p != NULL; p = next) {
		next = TAILQ_NEXT(p, link);
		if (p->state == PLAN_MOVING)
			continue;
		if (en_mode(e, p->kind) == POLICY_OFF) {
			plan_withdraw(e, p, "its policy is off now", now);
			continue;
		}
		if (p->state == PLAN_PROPOSED && now->ms >= p->expires_ms) {
			plan_withdraw(e, p, "nobody has decided in time", now);
			continue;
		}
		if (e->g == NULL || (p->restored && kept_early(e, p, now)))
			continue;
		why = facts_against(e, p);
		if (why != NULL)
			plan_withdraw(e, p, why, now);
		free(why);
	}
}

static void
when_off(struct engine *e, const struct model_now *now)
{
	int i;

	for (i = 0; i < POLICY_KINDS; i++) {
		struct en_policy *p = &e->policy[i];

		if (en_mode(e, (enum policy_kind)i) != POLICY_OFF)
			continue;
		p->rounds = 0;
		p->counted = p->looked = 0;
		p->wanted = false;
	}
	if (en_mode(e, POLICY_BALANCE) == POLICY_OFF) {
		e->imbalance = -1;
		alarm_imbalance(e, -1, now);
	}
	if (en_mode(e, POLICY_RECOVER) == POLICY_OFF)
		alarm_lacks(e, NULL, now);
}

void
engine_tick(struct engine *e, struct generation *g, const struct model_now *now)
{
	struct policy_job *job;

	if (g != NULL && g != e->g) {
		generation_unref(e->g);
		e->g = generation_ref(g);
	}
	if (!e->started || e->settings == NULL)
		return;
	memory_sweep(e, now);
	place_tick(e, now);
	limit_follow(e, now);
	turn_follow(e, now);
	if (e->g != NULL)
		watch_events(e);
	check_plans(e, now);
	when_off(e, now);
	turn_all(e, now);
	en_put_all(e, now);
	if (e->out != NULL || e->g == NULL || (job = job_make(e, now)) == NULL)
		return;
	e->out = job;
	e->sink.compute(e->sink.arg, job); /* the last: it may be back before that */
}

/* --- a job is back ---------------------------------------------------------------- */

/* An interval and its slack: looks that came early are not rounds. */
static bool
is_round(const struct engine *e, msec_t counted, msec_t at)
{
	return counted == 0 || at - counted >= e->set.interval - e->set.interval / 10;
}

static void
count_round(
    struct engine *e, enum policy_kind kind, const struct policy_finding *f, msec_t at)
{
	struct en_policy *p = &e->policy[kind];

	p->wanted = f->wants;
	if (!f->wants) {
		p->rounds = 0;
		p->counted = 0;
	} else if (is_round(e, p->counted, at)) {
		p->rounds += p->rounds < UINT32_MAX;
		p->counted = at;
	}
}

static void
take_status(struct en_policy *p, const struct policy_finding *f, bool lacks)
{
	char *text = xstrdup(f->status == NULL ? "" : f->status), *more;

	if (lacks && f->nlacks > 0) {
		more = xasprintf("%s%s%s%s", text, *text == '\0' ? "" : "; ",
		    f->lacks[0].text, f->nlacks > 1 ? " (and more)" : "");
		free(text);
		text = more;
	}
	free(p->status);
	p->status = text;
}

static void
take_finding(struct engine *e, enum policy_kind kind, struct policy_job *job,
    const struct model_now *now)
{
	struct policy_finding *f = &job->finding[kind];
	struct en_policy *p = &e->policy[kind];

	if (en_mode(e, kind) == POLICY_OFF)
		return; /* since */
	p->run = job->now.wall;
	take_status(p, f, kind != POLICY_RECOVER && kind != POLICY_EVACUATE);
	count_round(e, kind, f, job->now.ms);
	if (f->imbalance >= 0 || kind == POLICY_BALANCE) {
		e->imbalance = f->imbalance > 1000 ? 1000 : f->imbalance;
		if (e->imbalance_counted == 0 ||
		    is_round(e, e->imbalance_counted, job->now.ms)) {
			e->imbalance_counted = job->now.ms;
			e->imbalance_rounds = e->imbalance > e->set.imbalance
			    ? e->imbalance_rounds + 1
			    : 0;
		}
		alarm_imbalance(e, e->imbalance, now);
	}
	if (kind == POLICY_RECOVER)
		alarm_lacks(e, f, now);
	found_take(e, kind, f, now);
}

void
engine_done(struct engine *e, struct policy_job *job, const struct model_now *now)
{
	int i;

	if (e->out == job)
		e->out = NULL;
	if (!job->ran) {
		log_warn("policy", "a look was not carried out; it is repeated");
	} else {
		e->scene_at = job->now.ms;
		e->failover = job->failover;
		free(e->failover_text);
		e->failover_text = xstrdup(job->failover_text);
		for (i = 0; i < POLICY_KINDS; i++)
			if ((job->looks & EN_BIT(i)) != 0)
				take_finding(e, (enum policy_kind)i, job, now);
	}
	place_answer(e, job, now);
	policy_job_free(job);
	check_plans(e, now);
	turn_all(e, now);
	en_put_all(e, now);
}
