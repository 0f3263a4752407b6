/*
 * SPDX-License-Identifier: Apache-2.0
 * Evidence that a site is stopped. See evidence.h; letters are design section 4's.
 */
#include "set/evidence.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static const struct obs_server *
find_server(const struct obs_view *v, const char *name)
{
	size_t i;

	for (i = 0; i < v->nservers; i++)
		if (strcmp(v->servers[i].name, name) == 0)
			return &v->servers[i];
	return NULL;
}

/* (b): the answering server is itself Online in a sound cluster without Pending. */
static bool
view_sane(const struct evidence_site *s, const struct obs_view *v, char **why)
{
	const char *self = s->cluster->servers[v->server].name;
	const struct obs_server *me = find_server(v, self);
	size_t i, j, suspended = 0, watched = 0;

	if (v->cluster_status != ECX_NORMAL && v->cluster_status != ECX_CAUTION) {
		cause_set(why, "cluster %s is %s, not Normal or Caution",
		    s->cluster->name, v->cluster_status_text);
		return false;
	}
	if (me == NULL || me->status != ECX_ONLINE) {
		cause_set(why, "server %s answers but is not Online itself", self);
		return false;
	}
	for (i = 0; i < v->nservers; i++)
		if (v->servers[i].status != ECX_ONLINE &&
		    v->servers[i].status != ECX_OFFLINE &&
		    v->servers[i].status != ECX_CAUTION) {
			cause_set(why, "server %s is %s", v->servers[i].name,
			    ecx_status_text(v->servers[i].status));
			return false;
		}
	for (i = 0; i < v->nmonitors; i++)
		for (j = 0; j < v->monitors[i].nservers; j++) {
			watched++;
			suspended += v->monitors[i].servers[j].status == ECX_SUSPEND;
		}
	if (watched > 0 && suspended == watched) {
		cause_set(why, "cluster %s is suspended (every monitor is)",
		    s->cluster->name);
		return false;
	}
	return true;
}

/* (f) in one view: group and every recorded resource there, Offline, on no server. */
static bool
view_offline(const struct evidence_site *s, const struct obs_view *v, char **why)
{
	const struct obs_group *g = obs_find_group(v, s->group);
	const struct obs_resource *r;
	size_t i;

	if (g == NULL) {
		cause_set(why, "group %s is missing", s->group);
		return false;
	}
	if (g->status != ECX_OFFLINE || g->current != NULL) {
		cause_set(why, "group %s is %s%s%s", s->group,
		    ecx_status_text(g->status), g->current == NULL ? "" : " on ",
		    g->current == NULL ? "" : g->current);
		return false;
	}
	for (i = 0; i < s->nresources; i++) {
		r = obs_find_resource(v, s->resources[i]);
		if (r == NULL) {
			cause_set(why, "resource %s is missing", s->resources[i]);
			return false;
		}
		if (r->status != ECX_OFFLINE || r->current != NULL) {
			cause_set(why, "resource %s is %s", r->name,
			    ecx_status_text(r->status));
			return false;
		}
	}
	if (s->kind == VM_SHARED_DISK && s->nresources == 0) {
		cause_set(why, "no disk resource is recorded for it");
		return false;
	}
	return true;
}

/* Anything in the round that speaks of activity there: it ends a run of Offline. */
static bool
view_active(const struct evidence_site *s, const struct obs_view *v)
{
	const struct obs_group *g = obs_find_group(v, s->group);
	const struct obs_resource *r;
	size_t i;

	if (g != NULL && (g->status != ECX_OFFLINE || g->current != NULL))
		return true;
	for (i = 0; i < s->nresources; i++) {
		r = obs_find_resource(v, s->resources[i]);
		if (r != NULL && (r->status != ECX_OFFLINE || r->current != NULL))
			return true;
	}
	return false;
}

/* (b), (c) and (f) over all views; `why` gets the first thing that is missing. */
static unsigned
judge_views(const struct evidence_site *s, const struct observation *o, char **why)
{
	const struct obs_view *v, *first = NULL;
	unsigned parts = EV_SERVERS_SANE | EV_ALL_AGREE | EV_ALL_OFFLINE;
	char *text = NULL;
	size_t i, own = 0;

	for (i = 0; i < o->nviews; i++) {
		v = &o->views[i];
		if (v->server == SIZE_MAX)
			continue;
		if (v->reach != REACH_OK) {
			if (v->reach != REACH_UNASKED && s->cluster->trust_peers)
				continue; /* silent-server = trust-peers */
			parts &= ~(unsigned)EV_ALL_AGREE;
			cause_set(&text, "server %s %s",
			    s->cluster->servers[v->server].name,
			    v->reach == REACH_UNASKED ? "was not asked in this round"
			                              : "did not answer");
			continue;
		}
		own++;
		if (!view_offline(s, v, &text))
			parts &= ~(unsigned)EV_ALL_OFFLINE;
		if (!view_sane(s, v, &text))
			parts &= ~(unsigned)EV_SERVERS_SANE;
		if (first != NULL && !obs_views_agree(first, v, NULL)) {
			parts &= ~(unsigned)EV_ALL_AGREE;
			cause_set(&text, "servers of %s disagree", s->cluster->name);
		}
		first = v;
	}
	if (own == 0)
		parts = 0;
	if (!o->every_server)
		parts &= ~(unsigned)EV_ALL_AGREE;
	if (text == NULL && (parts & EV_ALL_AGREE) == 0)
		cause_set(&text, "not every server was asked in this round");
	if (text != NULL) {
		cause_set(why, "%s", text);
		free(text);
	}
	return parts;
}

static void
judge_settled(struct evidence *e, const struct evidence_site *s,
    const struct observation *o, const struct evidence_settings *set, char **why)
{
	const unsigned seen =
	    EV_IDENTITY | EV_SERVERS_SANE | EV_ALL_AGREE | EV_ALL_OFFLINE;
	msec_t stood, need = set->offline_settle;
	size_t i;

	for (i = 0; i < o->nviews; i++)
		if (o->views[i].reach == REACH_OK && view_active(s, &o->views[i])) {
			e->offline_first = e->offline_last = 0;
			e->seen_active = true;
			return;
		}
	if ((e->parts & seen) != seen)
		return;
	if (e->offline_first == 0)
		e->offline_first = o->start;
	e->offline_last = o->start;
	if (e->seen_active && !s->explained)
		need *= 3; /* in transit for the grace time, then Offline for settle */
	stood = e->offline_last - e->offline_first;
	if (stood >= need && e->offline_last != e->offline_first)
		e->parts |= EV_SETTLED;
	else if (*why == NULL)
		cause_set(why, "Offline for %lld s of %lld s",
		    (long long)(stood / 1000), (long long)(need / 1000));
}

void
evidence_judge(struct evidence *e, const struct evidence_site *s,
    const struct observation *o, const struct evidence_settings *set)
{
	char *why = NULL;

	e->parts = 0;
	if (o == NULL) {
		evidence_void(e, "nothing fresh is known of the cluster");
		return;
	}
	e->round_start = o->start;
	e->parts = judge_views(s, o, &why);
	if (s->identity_ok)
		e->parts |= EV_IDENTITY;
	else
		cause_set(&why, "the cluster has another identity than recorded");
	if (!e->may_start)
		e->parts |= EV_NO_COMMAND;
	else
		cause_set(&why, "a start command of ours may still take effect");
	e->parts |=
	    EV_HOOK; /* no stopped-proof hook is configured: csVmProof says so */
	judge_settled(e, s, o, set, &why);

	free(e->text);
	if ((e->parts & EV_ALL) == EV_ALL) {
		e->state = EVIDENCE_PROVED;
		e->text = xasprintf("Offline on every server for %lld s",
		    (long long)((e->offline_last - e->offline_first) / 1000));
		free(why);
	} else {
		e->state =
		    (e->parts & EV_ALL_OFFLINE) != 0 ? EVIDENCE_PARTIAL : EVIDENCE_NONE;
		e->text = why != NULL ? why : xstrdup("not settled");
	}
}

void
evidence_void(struct evidence *e, const char *why)
{
	bool may_start = e->may_start;

	free(e->text);
	memset(e, 0, sizeof(*e));
	e->may_start = may_start;
	e->state = EVIDENCE_NONE;
	e->text = xstrdup(why);
}

void
evidence_clear(struct evidence *e)
{
	free(e->text);
	memset(e, 0, sizeof(*e));
}
