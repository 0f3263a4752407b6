/*
 * SPDX-License-Identifier: Apache-2.0
 * Making, finding and freeing the simulated world. See model.h.
 */
#include "tests/ecxsim/model.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"

static const char *const words[] = { "Offline", "Online", "Online Pending",
	"Offline Pending", "Online Failure", "Offline Failure", "Unknown", "Normal",
	"Caution", "Error", "Suspend" };

const char *
status_word(enum status st)
{
	return words[st];
}

struct sim *
sim_new(bool virtual_clock, uint64_t seed)
{
	struct sim *sim = xcalloc(1, sizeof(*sim));

	sim->sched = sched_new(virtual_clock);
	sim->oracle = oracle_new(100000);
	sim->seed = seed;
	sim->jitter = 10;
	sim->keepalive_ms = 5000; /* Node.js's default */
	sim->control_host = xstrdup("127.0.0.1");
	return sim;
}

static void
cluster_free(struct cluster *c)
{
	struct failed_login *f, *next;
	struct view *v;

	while ((v = TAILQ_FIRST(&c->views)) != NULL)
		view_free(v);
	for (int i = 0; i < c->nsrv; i++) {
		sched_cancel(c->sim->sched, &c->srv[i].timer);
		sched_cancel(c->sim->sched, &c->srv[i].detect);
		sched_cancel(c->sim->sched, &c->srv[i].api_timer);
		view_free(c->srv[i].frozen);
		free(c->srv[i].name);
		free(c->srv[i].host);
		free(c->srv[i].tls_name);
	}
	for (int i = 0; i < c->nacc; i++) {
		free(c->acc[i].user);
		free(c->acc[i].password);
	}
	for (int i = 0; i < c->ngrp; i++) {
		free(c->grp[i].name);
		free(c->grp[i].vm);
		free(c->grp[i].order);
		free(c->grp[i].initial);
	}
	for (int i = 0; i < c->nres; i++) {
		free(c->res[i].name);
		free(c->res[i].type);
		free(c->res[i].lun);
		free(c->res[i].deps);
	}
	for (int i = 0; i < c->nmon; i++) {
		free(c->mon[i].name);
		free(c->mon[i].type);
	}
	HASH_ITER (hh, c->logins, f, next) {
		HASH_DEL(c->logins, f);
		free(f->user);
		free(f);
	}
	sched_cancel(c->sim->sched, &c->toratio_timer);
	sched_cancel(c->sim->sched, &c->backup.timer);
	sched_cancel(c->sim->sched, &c->restore.timer);
	json_decref(c->fenced);
	free(c->backup.message);
	free(c->restore.message);
	free(c->srv);
	free(c->acc);
	free(c->grp);
	free(c->res);
	free(c->mon);
	free(c->name);
	free(c);
}

void
sim_free(struct sim *sim)
{
	if (sim == NULL)
		return;
	HASH_CLEAR(hh, sim->by_name);
	for (size_t i = 0; i < sim->n; i++)
		cluster_free(sim->clusters[i]);
	free(sim->clusters);
	sched_free(sim->sched);
	oracle_free(sim->oracle);
	free(sim->control_host);
	free(sim->tls_dir);
	free(sim);
}

struct cluster *
sim_add_cluster(struct sim *sim, const char *name, char **cause)
{
	struct cluster *c = sim_cluster(sim, name);

	if (c != NULL) {
		cause_set(cause, "two clusters are named '%s'", name);
		return NULL;
	}
	c = xcalloc(1, sizeof(*c));
	c->sim = sim;
	c->name = xstrdup(name);
	c->index = (int)sim->n;
	c->release = REL_60;
	TAILQ_INIT(&c->views);
	c->stop_fails_over = c->failover_stopping = c->suspend_refuses = true;
	c->detect_ms = 3000;
	c->boot_ms = 5000;
	c->shutdown_ms = 1000;
	c->join_ms = 1000;
	c->sync_ms = 2000;
	c->api_restart_ms = 3000;
	c->mirror_ms = 2000;
	c->toratio = 1;
	c->start_cause = CAUSE(CAUSE_AUTOSTART);
	c->config_wall = (int64_t)time(NULL);
	c->rng = (sim->seed + 1) * 0x9e3779b97f4a7c15u + sim->n;
	sim->clusters =
	    xreallocarray(sim->clusters, sim->n + 1, sizeof(struct cluster *));
	sim->clusters[sim->n++] = c;
	HASH_ADD_KEYPTR(hh, sim->by_name, c->name, strlen(c->name), c);
	return c;
}

struct cluster *
sim_cluster(const struct sim *sim, const char *name)
{
	struct cluster *c;

	HASH_FIND_STR(sim->by_name, name, c);
	return c;
}

#define FIND(array, count)                                              \
	for (int i = 0; i < (count); i++)                               \
		if (name != NULL && strcmp((array)[i].name, name) == 0) \
			return i;                                       \
	return -1

int
cluster_server(const struct cluster *c, const char *name)
{
	FIND(c->srv, c->nsrv);
}

int
cluster_group(const struct cluster *c, const char *name)
{
	FIND(c->grp, c->ngrp);
}

int
cluster_resource(const struct cluster *c, const char *name)
{
	FIND(c->res, c->nres);
}

int
cluster_monitor(const struct cluster *c, const char *name)
{
	FIND(c->mon, c->nmon);
}

struct view *
cluster_view(struct cluster *c)
{
	struct view *v = TAILQ_FIRST(&c->views);

	if (v != NULL)
		return v;
	v = xcalloc(1, sizeof(*v));
	v->cluster = c;
	v->version = 1;
	v->res = xcalloc((size_t)c->nres + 1, sizeof(*v->res));
	v->grp = xcalloc((size_t)c->ngrp + 1, sizeof(*v->grp));
	v->mon = xcalloc((size_t)c->nmon + 1, sizeof(*v->mon));
	for (int i = 0; i < c->nres; i++)
		v->res[i].current = -1;
	for (int i = 0; i < c->ngrp; i++)
		v->grp[i].current = v->grp[i].target = -1;
	for (int i = 0; i < c->nsrv; i++) {
		v->members |= 1u << i;
		c->srv[i].view = v;
	}
	TAILQ_INSERT_TAIL(&c->views, v, entry);
	return v;
}

struct view *
view_clone(const struct view *old, bool linked)
{
	struct cluster *c = old->cluster;
	struct view *v = xcalloc(1, sizeof(*v));

	v->cluster = c;
	v->version = old->version + 1;
	v->members = linked ? 0 : old->members;
	v->undetected = old->undetected;
	memcpy(v->seen, old->seen, sizeof(v->seen));
	v->res = xcalloc((size_t)c->nres + 1, sizeof(*v->res));
	v->grp = xcalloc((size_t)c->ngrp + 1, sizeof(*v->grp));
	v->mon = xcalloc((size_t)c->nmon + 1, sizeof(*v->mon));
	memcpy(v->res, old->res, (size_t)c->nres * sizeof(*v->res));
	memcpy(v->grp, old->grp, (size_t)c->ngrp * sizeof(*v->grp));
	memcpy(v->mon, old->mon, (size_t)c->nmon * sizeof(*v->mon));
	for (int i = 0; i < c->nres; i++)
		v->res[i].timer = NULL;
	for (int i = 0; i < c->ngrp; i++)
		v->grp[i].timer = NULL;
	for (int i = 0; i < c->nmon; i++)
		v->mon[i].timer = NULL;
	if (linked)
		TAILQ_INSERT_TAIL(&c->views, v, entry);
	return v;
}

void
view_free(struct view *v)
{
	struct sched *s;
	struct view *other;

	if (v == NULL)
		return;
	s = v->cluster->sim->sched;
	TAILQ_FOREACH (other, &v->cluster->views, entry) {
		if (other == v) {
			TAILQ_REMOVE(&v->cluster->views, v, entry);
			break;
		}
	}
	for (int i = 0; i < v->cluster->nres; i++)
		sched_cancel(s, &v->res[i].timer);
	for (int i = 0; i < v->cluster->ngrp; i++)
		sched_cancel(s, &v->grp[i].timer);
	for (int i = 0; i < v->cluster->nmon; i++)
		sched_cancel(s, &v->mon[i].timer);
	sched_cancel(s, &v->sync);
	sched_cancel(s, &v->split);
	for (int i = 0; i < C_SLOTS; i++)
		free(v->cache[i].text);
	free(v->res);
	free(v->grp);
	free(v->mon);
	free(v);
}

void
view_touch(struct view *v)
{
	struct sim *sim = v->cluster->sim;

	v->version++;
	if (sim->changed != NULL)
		sim->changed(sim->changed_arg);
}

void
cluster_touch(struct cluster *c)
{
	struct view *v;

	TAILQ_FOREACH (v, &c->views, entry)
		view_touch(v);
}

double
cluster_random(struct cluster *c)
{
	uint64_t z = (c->rng += 0x9e3779b97f4a7c15u); /* splitmix64 */

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	z ^= z >> 31;
	return (double)(z >> 11) / 9007199254740992.0;
}

int64_t
cluster_jitter(struct cluster *c, int64_t ms)
{
	double part = (double)c->sim->jitter / 100.0;

	if (part == 0 || ms == 0)
		return ms;
	return (int64_t)((double)ms * (1.0 + part * (2 * cluster_random(c) - 1)));
}
