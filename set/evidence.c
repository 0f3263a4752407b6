/*
 * SPDX-License-Identifier: Apache-2.0
 * Evidence that a site is stopped. See evidence.h; letters are design section 4's.
 */
#include "set/evidence.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/mutant.h"

#define MAY_START "a start command of ours may still take effect"
#define TEXT_MAX  240 /* octets of all that is missing; the rest is left out */

/* Adds one thing that is missing, once. */
static void __attribute__((format(printf, 2, 3)))
lacks(char **why, const char *fmt, ...)
{
	char *more;
	va_list ap;

	va_start(ap, fmt);
	more = xvasprintf(fmt, ap);
	va_end(ap);
	if (*why == NULL)
		cause_set(why, "%s", more);
	else if (strstr(*why, more) == NULL &&
	    strlen(*why) + strlen(more) + 2 <= TEXT_MAX)
		cause_set(why, "%s; %s", *why, more);
	free(more);
}

static bool
is_own(const struct own_suspends *own, const char *monitor, const char *server)
{
	size_t i;

	for (i = 0; own != NULL && i < own->n; i++)
		if (strcmp(own->list[i].monitor, monitor) == 0 &&
		    strcmp(own->list[i].server, server) == 0)
			return true;
	return false;
}

bool
evidence_suspended(const struct obs_view *v, const struct own_suspends *own)
{
	size_t i, j, suspended = 0;

	for (i = 0; i < v->nmonitors; i++)
		for (j = 0; j < v->monitors[i].nservers; j++) {
			const struct obs_server *s = &v->monitors[i].servers[j];

			if (s->status != ECX_SUSPEND)
				return false;
			suspended += !is_own(own, v->monitors[i].name, s->name);
		}
	return suspended > 0;
}

/* Its servers, and that it is not suspended. */
static bool
servers_sane(const struct cluster_settings *c, const struct obs_view *v,
    const struct own_suspends *own, char **why)
{
	const char *self = v->server < c->nservers ? c->servers[v->server].name : NULL;
	const struct obs_server *me = self == NULL ? NULL : obs_find_server(v, self);
	bool sane = true;
	size_t i;

	if (self != NULL && (me == NULL || me->status != ECX_ONLINE) &&
	    !MUTANT(DEAD_DAEMON_BELIEVED)) {
		lacks(why, "server %s answers but is not Online itself", self);
		sane = false;
	}
	for (i = 0; i < v->nservers; i++)
		if (v->servers[i].status != ECX_ONLINE &&
		    v->servers[i].status != ECX_OFFLINE &&
		    v->servers[i].status != ECX_CAUTION && !MUTANT(PENDING_BELIEVED)) {
			lacks(why, "server %s is %s", v->servers[i].name,
			    ecx_status_text(v->servers[i].status));
			sane = false;
		}
	if (evidence_suspended(v, own) && !MUTANT(SUSPENDED_BELIEVED)) {
		lacks(why, "cluster %s is suspended (every monitor is)", c->name);
		sane = false;
	}
	return sane;
}

bool
evidence_view_sane(const struct cluster_settings *c, const struct obs_view *v,
    const struct own_suspends *own, char **why)
{
	bool sane = true;

	if (v->cluster_status != ECX_NORMAL && v->cluster_status != ECX_CAUTION) {
		lacks(why, "cluster %s is %s, not Normal or Caution", c->name,
		    ecx_status_text(v->cluster_status));
		sane = false;
	}
	return servers_sane(c, v, own, why) && sane;
}

bool
evidence_view_obeys(const struct cluster_settings *c, const struct obs_view *v,
    const struct own_suspends *own)
{
	char *why = NULL;
	const bool obeys = servers_sane(c, v, own, &why) &&
	    (v->cluster_status == ECX_NORMAL || v->cluster_status == ECX_CAUTION ||
	        v->cluster_status == ECX_ERROR);

	free(why);
	return obeys;
}

static bool
object_offline(const char *kind, const char *name, bool there, enum ecx_status status,
    const char *current, char **why)
{
	if (!there && MUTANT(MISSING_IS_OFFLINE))
		return true;
	if (!there)
		lacks(why, "%s %s is missing", kind, name);
	else if (status != ECX_OFFLINE || current != NULL)
		lacks(why, "%s %s is %s%s%s", kind, name, ecx_status_text(status),
		    current == NULL ? "" : " on ", current == NULL ? "" : current);
	else
		return true;
	return false;
}

/* (f) in one view: group and every recorded resource there, Offline, on no server. */
static bool
view_offline(const struct evidence_site *s, const struct obs_view *v, char **why)
{
	const struct obs_group *g = obs_find_group(v, s->group);
	const struct obs_resource *r;
	bool offline;
	size_t i;

	offline = object_offline("group", s->group, g != NULL,
	    g == NULL ? ECX_UNKNOWN : g->status, g == NULL ? NULL : g->current, why);
	for (i = 0; i < s->nresources && !MUTANT(RESOURCES_IGNORED); i++) {
		r = obs_find_resource(v, s->resources[i]);
		offline &= object_offline("resource", s->resources[i], r != NULL,
		    r == NULL ? ECX_UNKNOWN : r->status, r == NULL ? NULL : r->current,
		    why);
	}
	if (s->kind == VM_SHARED_DISK && s->ndisks == 0) {
		lacks(why, "no disk is recorded for it");
		offline = false;
	}
	return offline;
}

/* Anything there that is not Offline, or hints at activity: ends a run of Offline. */
static bool
view_moving(const struct evidence_site *s, const struct obs_view *v, bool *active)
{
	const struct obs_group *g = obs_find_group(v, s->group);
	const struct obs_resource *r;
	bool moving = g == NULL;
	size_t i;

	if (g != NULL && (g->status != ECX_OFFLINE || g->current != NULL))
		*active = moving = true;
	for (i = 0; i < s->nresources && !MUTANT(RESOURCES_IGNORED); i++) {
		r = obs_find_resource(v, s->resources[i]);
		moving = moving || (r == NULL && !MUTANT(MISSING_IS_OFFLINE));
		if (r != NULL && (r->status != ECX_OFFLINE || r->current != NULL))
			*active = moving = true;
	}
	return moving;
}

static bool
runs(enum ecx_status s)
{
	return s == ECX_ONLINE || s == ECX_ONLINE_PENDING || s == ECX_OFFLINE_PENDING;
}

/* When it, or a part of it, is active by every view, `why` tells that and nothing else.
 */
static void
plainly_active(const struct evidence_site *s, const struct observation *o, char **why)
{
	const struct obs_resource *r;
	const struct obs_group *g;
	bool by_all = true, here;
	char *all = NULL;
	size_t i, j;

	for (i = 0; i < o->nviews && by_all; i++) {
		const struct obs_view *v = &o->views[i];

		if (v->reach != REACH_OK)
			continue;
		g = obs_find_group(v, s->group);
		here = g != NULL && runs(g->status);
		if (here)
			object_offline(
			    "group", s->group, true, g->status, g->current, &all);
		for (j = 0; j < s->nresources; j++) {
			r = obs_find_resource(v, s->resources[j]);
			if (r == NULL || !runs(r->status))
				continue;
			here = true;
			object_offline("resource", s->resources[j], true, r->status,
			    r->current, &all);
		}
		by_all = here;
	}
	if (by_all && all != NULL) {
		free(*why);
		*why = all;
	} else {
		free(all);
	}
}

/* No connection, no answer: only that is silence. A server that refuses the account or
 * talks nonsense is alive. */
static bool
silent(const struct obs_view *v)
{
	return v->reach == REACH_REFUSED || v->reach == REACH_TIMEOUT;
}

/* (c): every server was asked at its own address and says the same. */
static bool
all_agree(const struct evidence_site *s, const struct observation *o, bool *trusted,
    char **why)
{
	const struct obs_view *v, *first = NULL;
	bool agree = true;
	size_t i, j;

	for (i = 0; i < s->cluster->nservers; i++) {
		v = NULL;
		for (j = 0; j < o->nviews; j++)
			if (o->views[j].server == i)
				v = &o->views[j];
		if (v == NULL || v->reach == REACH_UNASKED) {
			if (MUTANT(UNASKED_AGREES))
				continue;
			lacks(why, "server %s was not asked in this round",
			    s->cluster->servers[i].name);
			agree = false;
		} else if (v->reach != REACH_OK) {
			if (silent(v) &&
			    (s->cluster->trust_peers || MUTANT(SILENT_AGREES))) {
				*trusted = true; /* silent-server = trust-peers */
				continue;
			}
			lacks(why, "server %s did not answer",
			    s->cluster->servers[i].name);
			agree = false;
		} else if (first == NULL) {
			first = v;
		} else if (!obs_views_agree(first, v, NULL) &&
		    !MUTANT(DIFFERENCE_AGREES)) {
			lacks(why, "the servers of %s disagree", s->cluster->name);
			agree = false;
		}
	}
	return agree && first != NULL;
}

/* (b), (c) and (f) over all views; `why` gets what is missing. */
static unsigned
judge_views(const struct evidence_site *s, const struct observation *o, bool *trusted,
    char **why)
{
	unsigned parts = EV_SERVERS_SANE | EV_ALL_OFFLINE;
	const struct obs_view *v;
	size_t i, own = 0;

	for (i = 0; i < o->nviews; i++) {
		v = &o->views[i];
		if (v->server >= s->cluster->nservers || v->reach != REACH_OK)
			continue; /* a floating IP is nobody's own answer */
		own++;
		if (!view_offline(s, v, why))
			parts &= ~(unsigned)EV_ALL_OFFLINE;
		if (!evidence_view_sane(s->cluster, v, s->own, why))
			parts &= ~(unsigned)EV_SERVERS_SANE;
	}
	if (own == 0)
		parts = 0;
	*trusted = false;
	if (all_agree(s, o, trusted, why))
		parts |= EV_ALL_AGREE;
	return parts;
}

/* How long Offline has to stand in such a case. */
static msec_t
settling_time(const struct evidence *e, const struct evidence_site *s,
    const struct evidence_settings *set)
{
	if (s->our_stop && s->stop_accepted && s->own_settle < set->offline_settle)
		return s->own_settle;
	if (e->seen_active && !s->explained && !s->our_stop && !MUTANT(NO_GRACE))
		return set->offline_settle * EVIDENCE_GRACE; /* perhaps in transit */
	return set->offline_settle;
}

/* (e): keeps the run of Offline. */
static void
judge_settled(struct evidence *e, const struct evidence_site *s,
    const struct observation *o, const struct evidence_settings *set, char **why)
{
	const unsigned seen =
	    EV_IDENTITY | EV_SERVERS_SANE | EV_ALL_AGREE | EV_ALL_OFFLINE;
	const msec_t need = settling_time(e, s, set);
	msec_t stood;
	bool moving = false;
	size_t i;

	for (i = 0; i < o->nviews; i++)
		if (o->views[i].reach == REACH_OK &&
		    view_moving(s, &o->views[i], &e->seen_active))
			moving = true;
	if (moving || (!s->identity_ok && !MUTANT(IDENTITY_BELIEVED))) {
		e->offline_first = e->offline_last = 0;
		return;
	}
	if ((e->parts & seen) != seen)
		return;
	if (e->offline_first == 0)
		e->offline_first = o->start;
	e->offline_last = o->start;
	stood = e->offline_last - e->offline_first;
	if ((stood >= need && e->offline_last != e->offline_first) || MUTANT(ONE_ROUND))
		e->parts |= EV_SETTLED;
	else
		lacks(why, "Offline for %lld s of %lld s", (long long)(stood / 1000),
		    (long long)(need / 1000));
}

/*
 * A calm round after a full one: does what that one showed still stand? Only when the
 * ones that were asked are sane, and show nothing but Offline.
 */
static bool
leans_on_last(const struct evidence *e, const struct evidence_site *s,
    const struct observation *o)
{
	bool active = false, stands;
	char *why = NULL;
	size_t i;

	stands = !o->every_server && (e->parts & EV_ALL_AGREE) != 0 && s->identity_ok &&
	    !e->may_start && o->start - e->round_start <= s->keep;
	for (i = 0; i < o->nviews && stands; i++) {
		const struct obs_view *v = &o->views[i];

		if (v->reach == REACH_UNASKED)
			continue;
		stands = v->reach == REACH_OK && !view_moving(s, v, &active) &&
		    (v->server >= s->cluster->nservers ||
		        evidence_view_sane(s->cluster, v, s->own, &why));
	}
	free(why);
	return stands;
}

/* What every round tells, whoever was asked: activity, and the run of Offline. */
static void
note_round(
    struct evidence *e, const struct evidence_site *s, const struct observation *o)
{
	bool stopped = s->identity_ok, own = false, active = false;
	char *why = NULL;
	size_t i;

	for (i = 0; i < o->nviews; i++) {
		const struct obs_view *v = &o->views[i];

		if (v->reach != REACH_OK)
			continue;
		stopped = !view_moving(s, v, &active) && stopped;
		if (v->server >= s->cluster->nservers)
			continue;
		own = true;
		stopped = stopped && evidence_view_sane(s->cluster, v, s->own, &why);
	}
	free(why);
	e->active = active && s->identity_ok;
	if (!stopped)
		e->offline_since = 0;
	else if (own && e->offline_since == 0)
		e->offline_since = o->start;
}

void
evidence_judge(struct evidence *e, const struct evidence_site *s,
    const struct observation *o, const struct evidence_settings *set)
{
	char *why = NULL;

	if (o == NULL) {
		evidence_void(e, "nothing fresh is known of the cluster");
		return;
	}
	note_round(e, s, o);
	if (leans_on_last(e, s, o))
		return;
	e->round_start = o->start;
	if (!s->identity_ok) /* nothing that it says is believed */
		lacks(&why, "the cluster has another identity than recorded");
	if (e->may_start)
		lacks(&why, MAY_START);
	e->parts = judge_views(s, o, &e->trusted, &why);
	if (s->identity_ok || MUTANT(IDENTITY_BELIEVED))
		e->parts |= EV_IDENTITY;
	else
		e->parts = 0;
	if (!e->may_start)
		e->parts |= EV_NO_COMMAND;
	/* no stopped-proof hook is configured: csVmProof says so */
	e->parts |= EV_HOOK;
	judge_settled(e, s, o, set, &why);
	if (s->identity_ok)
		plainly_active(s, o, &why);

	free(e->text);
	if ((e->parts & EV_ALL) == EV_ALL) {
		e->state = EVIDENCE_PROVED;
		e->text = xasprintf("Offline on every server%s for %lld s",
		    e->trusted ? " but silent ones (silent-server is trust-peers)" : "",
		    (long long)((e->offline_last - e->offline_first) / 1000));
		free(why);
	} else {
		e->state =
		    (e->parts & EV_ALL_OFFLINE) != 0 ? EVIDENCE_PARTIAL : EVIDENCE_NONE;
		e->text = why != NULL ? why : xstrdup("not settled");
	}
}

void
evidence_command(struct evidence *e, bool may_start)
{
	if (e->may_start == may_start)
		return;
	e->may_start = may_start;
	if (!may_start || (e->parts & EV_NO_COMMAND) == 0)
		return; /* what is over, the next round tells */
	e->parts &= ~(unsigned)EV_NO_COMMAND;
	if (e->state != EVIDENCE_PROVED)
		return;
	e->state = EVIDENCE_PARTIAL;
	free(e->text);
	e->text = xstrdup(MAY_START);
}

void
evidence_void(struct evidence *e, const char *why)
{
	const bool may_start = e->may_start, seen_active = e->seen_active;

	free(e->text);
	memset(e, 0, sizeof(*e));
	e->may_start = may_start;
	e->seen_active = seen_active;
	e->state = EVIDENCE_NONE;
	e->text = xstrdup(why);
}

void
evidence_clear(struct evidence *e)
{
	free(e->text);
	memset(e, 0, sizeof(*e));
}
