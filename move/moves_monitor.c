/*
 * SPDX-License-Identifier: Apache-2.0
 * Quiesce: which monitors are suspended for a move, on which servers, and that exactly
 * those are resumed. See moves_impl.h.
 *
 * The list of (monitor, server) is durable before the first POST, so that a crash at
 * any moment leaves nothing suspended that nobody knows of. What somebody else had
 * suspended is never in it. A resume waits until no suspend is on its way any more.
 */
#include "move/moves_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static struct mv_monitor *
monitor_find(const struct mv_site *s, const char *monitor, const char *server)
{
	size_t i;

	for (i = 0; i < s->nmonitors; i++)
		if (strcmp(s->monitors[i].monitor, monitor) == 0 &&
		    strcmp(s->monitors[i].server, server) == 0)
			return &s->monitors[i];
	return NULL;
}

struct mv_monitor *
monitor_add(struct mv_site *s, const char *monitor, const char *server)
{
	struct mv_monitor *m = monitor_find(s, monitor, server);

	if (m != NULL)
		return m;
	s->monitors =
	    xreallocarray(s->monitors, s->nmonitors + 1, sizeof(*s->monitors));
	m = &s->monitors[s->nmonitors++];
	*m = (struct mv_monitor) { xstrdup(monitor), xstrdup(server), false, false };
	return m;
}

static void
monitor_remove(struct mv_site *s, struct mv_monitor *m)
{
	free(m->monitor);
	free(m->server);
	*m = s->monitors[--s->nmonitors];
}

void
monitor_clear(struct mv_site *s)
{
	while (s->nmonitors > 0)
		monitor_remove(s, &s->monitors[s->nmonitors - 1]);
	free(s->monitors);
	s->monitors = NULL;
	xfree_clear(&s->mon_error);
}

void
monitor_tell(struct moves *v, struct mv_case *k, int site, const struct model_now *now)
{
	const struct mv_site *s = &k->site[site];
	struct monitor_on_server *pairs = xcalloc(s->nmonitors + 1, sizeof(*pairs));
	size_t i;

	for (i = 0; i < s->nmonitors; i++)
		pairs[i] = (struct monitor_on_server) { s->monitors[i].monitor,
			s->monitors[i].server };
	model_vm_suspended(v->m, k->vm_index, site, pairs, s->nmonitors, now);
	free(pairs);
}

bool
monitor_busy(const struct mv_case *k)
{
	size_t i;

	for (i = 0; i < k->c.nsites; i++)
		if (k->site[i].wanted != MON_NOTHING || k->site[i].mon_open > 0)
			return true;
	return false;
}

bool
monitor_result(struct mv_case *k, struct move_event *ev)
{
	size_t i;

	for (i = 0; i < k->c.nsites; i++)
		if (k->site[i].mon_ready) {
			k->site[i].mon_ready = false;
			memset(ev, 0, sizeof(*ev));
			ev->kind = MOVE_EV_QUIESCED;
			ev->site = (int)i;
			ev->ok = k->site[i].mon_ok;
			return true;
		}
	return false;
}

/* --- what is to be done -------------------------------------------------------------
 */

/* What watches the VM there now, and nobody has suspended. True: the list grew. */
static bool
list_to_suspend(struct moves *v, struct mv_case *k, int site)
{
	struct mv_site *s = &k->site[site];
	const struct cluster_settings *c = &v->settings->clusters[s->slot];
	const size_t before = s->nmonitors;
	struct vm_info info;
	size_t i, j;

	if (!model_vm_info(v->m, k->vm_index, &info))
		return false;
	for (i = 0; i < s->nmonitors; i++)
		s->monitors[i].done =
		    model_monitor(v->m, s->slot, s->monitors[i].monitor,
		        s->monitors[i].server) == ECX_SUSPEND;
	for (i = 0; i < info.site[site].nmonitors; i++) {
		const char *monitor = info.site[site].monitors[i];
		size_t told = 0;

		for (j = 0; j < c->nservers; j++) {
			const enum ecx_status st =
			    model_monitor(v->m, s->slot, monitor, c->servers[j].name);

			told += st != ECX_UNKNOWN;
			if (st != ECX_UNKNOWN && st != ECX_SUSPEND && st != ECX_OFFLINE)
				monitor_add(s, monitor, c->servers[j].name);
		}
		if (told == 0)
			cause_set(&s->mon_error,
			    "no server tells of monitor %s: correct monitors in the "
			    "configuration, or see csClusterStatusText",
			    monitor);
	}
	return s->nmonitors != before;
}

/* What never left need not be undone. True: the list shrank. */
static bool
list_to_resume(struct mv_site *s)
{
	const size_t before = s->nmonitors;
	size_t i;

	for (i = s->nmonitors; i > 0; i--)
		if (!s->monitors[i - 1].posted)
			monitor_remove(s, &s->monitors[i - 1]);
		else
			s->monitors[i - 1].done = false;
	return s->nmonitors != before;
}

static void
post(struct moves *v, struct mv_case *k, int site, struct mv_monitor *m)
{
	struct mv_site *s = &k->site[site];
	const enum move_post_kind kind =
	    s->wanted == MON_SUSPEND ? POST_MONITOR_SUSPEND : POST_MONITOR_RESUME;
	const struct move_post p = {
		.ticket = drive_ticket(v, k, site, kind, 0, m),
		.kind = kind,
		.cluster = s->slot,
		.object = m->monitor,
		.target = m->server,
		.tries = s->mon_tries,
	};

	m->posted = true;
	s->mon_open++;
	v->sink.post(v->sink.arg, &p);
}

static void
finish(
    struct moves *v, struct mv_case *k, int site, bool ok, const struct model_now *now)
{
	struct mv_site *s = &k->site[site];

	s->wanted = MON_NOTHING;
	s->mon_ready = true;
	s->mon_ok = ok;
	monitor_tell(v, k, site, now);
	journal_case(v, k);
}

/* Those that are not as wanted, by what a round told since; true: none is left. */
static bool
settle(struct moves *v, struct mv_site *s)
{
	const enum ecx_status want =
	    s->wanted == MON_SUSPEND ? ECX_SUSPEND : ECX_ONLINE;
	size_t i;

	for (i = s->nmonitors; i > 0; i--) {
		struct mv_monitor *m = &s->monitors[i - 1];

		if (!m->done)
			m->done =
			    model_monitor(v->m, s->slot, m->monitor, m->server) == want;
		if (!m->done)
			cause_set(&s->mon_error,
			    s->wanted == MON_SUSPEND
			        ? "monitor %s could not be suspended on %s"
			        : "monitor %s could not be resumed on %s: do it in ECX",
			    m->monitor, m->server);
		else if (s->wanted == MON_RESUME)
			monitor_remove(s, m);
	}
	if (s->wanted == MON_RESUME)
		return s->nmonitors == 0;
	for (i = 0; i < s->nmonitors; i++)
		if (!s->monitors[i].done)
			return false;
	return true;
}

static bool
all_done(struct mv_site *s)
{
	size_t i;

	for (i = 0; i < s->nmonitors; i++)
		if (!s->monitors[i].done)
			return false;
	return true;
}

static bool
round_since(struct moves *v, struct mv_case *k, int site, msec_t since)
{
	struct move_facts f;

	return drive_facts(v, k, &f) && f.vm.site[site].fresh &&
	    f.vm.site[site].start > since;
}

static void
look_site(struct moves *v, struct mv_case *k, int site, const struct model_now *now)
{
	struct mv_site *s = &k->site[site];
	size_t i;

	if (s->wanted == MON_NOTHING || s->mon_open > 0)
		return;
	if (s->stage == MON_POST) {
		if (s->mon_saved > v->durable || moves_blocked(v))
			return;
		for (i = 0; i < s->nmonitors; i++)
			if (!s->monitors[i].done)
				post(v, k, site, &s->monitors[i]);
		s->stage = MON_AWAIT;
		if (s->mon_open > 0)
			return;
	}
	if (s->stage == MON_AWAIT) {
		if (all_done(s)) {
			settle(v, s);
			finish(v, k, site, s->mon_error == NULL, now);
			return;
		}
		s->stage = MON_SETTLE;
		s->mon_since = now->ms;
	}
	if (round_since(v, k, site, s->mon_since) ||
	    now->ms - s->mon_since > v->settings->poll.freshness)
		finish(v, k, site, settle(v, s) && s->mon_error == NULL, now);
}

void
monitor_command(struct moves *v, struct mv_case *k, const struct move_command *c,
    const struct model_now *now)
{
	struct mv_site *s = &k->site[c->site];
	bool changed;

	xfree_clear(&s->mon_error);
	s->wanted = c->kind == MOVE_CMD_SUSPEND ? MON_SUSPEND : MON_RESUME;
	s->stage = MON_POST;
	s->mon_tries = c->tries;
	s->mon_ready = false;
	changed = s->wanted == MON_SUSPEND ? list_to_suspend(v, k, c->site)
	                                   : list_to_resume(s);
	if (changed) {
		monitor_tell(v, k, c->site, now);
		journal_case(v, k);
		s->mon_saved = drive_sync(v);
	}
	look_site(v, k, c->site, now);
}

void
monitor_answer(struct moves *v, struct mv_case *k, int site, const struct mv_ticket *t,
    enum move_outcome outcome, const char *said, const struct model_now *now)
{
	struct mv_site *s = &k->site[site];
	struct mv_monitor *m = monitor_find(s, t->monitor, t->server);

	if (s->mon_open > 0)
		s->mon_open--;
	if (m != NULL && outcome == ANSWER_ACCEPTED &&
	    (t->kind == POST_MONITOR_SUSPEND) == (s->wanted == MON_SUSPEND))
		m->done = true;
	if (outcome != ANSWER_ACCEPTED && said != NULL) {
		free(k->said);
		k->said = xstrdup(said);
	}
	look_site(v, k, site, now);
}

void
monitor_look(struct moves *v, struct mv_case *k, const struct model_now *now)
{
	size_t i;

	for (i = 0; i < k->c.nsites; i++)
		look_site(v, k, (int)i, now);
}
