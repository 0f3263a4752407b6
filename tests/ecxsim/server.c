/*
 * SPDX-License-Identifier: Apache-2.0
 * Power, operating system and daemon of servers. See server.h; the cluster as a whole
 * is in whole.c.
 */
#include "tests/ecxsim/server.h"

#include <string.h>

#include "base/mem.h"
#include "tests/ecxsim/machine.h"
#include "tests/ecxsim/monitor.h"

static void joined(void *obj, int a, int b);
static void booted(void *obj, int a, int b);

static struct sched *
sched_of(const struct server *s)
{
	return s->cluster->sim->sched;
}

bool
view_online(const struct view *v, int server)
{
	return server >= 0 && (v->members & 1u << server) != 0 &&
	    v->seen[server] == ST_ONLINE;
}

static void
api_set(struct server *s, bool up, bool abruptly)
{
	struct sim *sim = s->cluster->sim;

	sched_cancel(sched_of(s), &s->api_timer);
	if (s->api_up == up)
		return;
	s->api_up = up;
	if (sim->api_changed != NULL)
		sim->api_changed(sim->api_changed_arg, s, abruptly);
}

/* Is there a member of the view, other than this server, that can notice anything? */
static bool
others_alive(const struct view *v, int server)
{
	const struct cluster *c = v->cluster;

	for (int i = 0; i < c->nsrv; i++)
		if (i != server && (v->members & 1u << i) != 0 &&
		    machine_alive(&c->srv[i]))
			return true;
	return false;
}

/* --- learning that a server is gone --------------------------------------- */

/* Nobody is left to believe anything: everything is Offline. */
static void
view_collapse(struct view *v)
{
	struct cluster *c = v->cluster;

	sched_cancel(c->sim->sched, &v->sync);
	for (int i = 0; i < c->nsrv; i++)
		v->seen[i] = ST_OFFLINE;
	for (int i = 0; i < c->nsrv; i++)
		machine_server_lost(v, i);
	v->undetected = 0;
}

static void
view_lost(struct view *v, int server)
{
	struct cluster *c = v->cluster;

	if (!others_alive(v, server)) {
		if ((v->members & 1u << server) == 0 || !machine_alive(&c->srv[server]))
			view_collapse(v);
		return;
	}
	if (c->suspended) {
		v->undetected |= 1u << server;
		return;
	}
	v->undetected &= ~(1u << server);
	v->seen[server] = ST_OFFLINE;
	machine_server_lost(v, server);
}

static void
detected(void *obj, int a, int b)
{
	struct server *s = obj;

	(void)a;
	(void)b;
	s->detect = NULL;
	view_lost(s->view, s->index);
}

/* It stopped answering heartbeats: the others notice after a while. */
static void
fell_silent(struct server *s)
{
	machine_server_silent(s->view, s->index);
	sched_cancel(sched_of(s), &s->detect);
	if (others_alive(s->view, s->index))
		s->detect =
		    sched_add(sched_of(s), s->cluster->detect_ms, detected, s, 0, 0);
	else
		view_lost(s->view, s->index);
	view_touch(s->view);
}

/* The others learn of it now, before anything else happens to the server. */
static void
detect_now(struct server *s)
{
	if (s->detect == NULL && (s->view->undetected & 1u << s->index) == 0)
		return;
	sched_cancel(sched_of(s), &s->detect);
	s->view->undetected &= ~(1u << s->index);
	s->view->seen[s->index] = ST_OFFLINE;
	machine_server_lost(s->view, s->index);
}

void
view_detect_split(void *obj, int a, int b)
{
	struct view *v = obj;

	(void)a;
	(void)b;
	v->split = NULL;
	for (int i = 0; i < v->cluster->nsrv; i++)
		if ((v->members & 1u << i) == 0)
			view_lost(v, i);
}

void
view_detect_suspended(struct view *v)
{
	for (int i = 0; i < v->cluster->nsrv; i++) {
		if ((v->undetected & 1u << i) == 0)
			continue;
		if ((v->members & 1u << i) != 0 && machine_alive(&v->cluster->srv[i]))
			v->undetected &= ~(1u << i); /* it is back */
		else
			view_lost(v, i);
	}
}

/* --- starting ------------------------------------------------------------- */

static void
autostart(void *obj, int a, int b)
{
	struct view *v = obj;
	struct cluster *c = v->cluster;

	(void)a;
	(void)b;
	v->sync = NULL;
	for (int g = 0; g < c->ngrp; g++) {
		int target = machine_pick(v, g, 0);

		if (c->grp[g].autostart && v->grp[g].status == ST_OFFLINE &&
		    v->grp[g].op == OP_NONE && target >= 0)
			machine_begin_start(v, g, target, &c->start_cause);
	}
	c->start_cause = CAUSE(CAUSE_AUTOSTART);
}

/* Is every server that is up, or on its way, an Online member? */
static bool
all_joined(const struct view *v)
{
	const struct cluster *c = v->cluster;

	for (int i = 0; i < c->nsrv; i++)
		if ((v->members & 1u << i) != 0 && v->seen[i] != ST_ONLINE &&
		    (c->srv[i].os == OS_BOOTING || c->srv[i].daemon == DAEMON_STARTING))
			return false;
	return true;
}

static void
server_joins_running(struct server *s)
{
	struct view *v = s->view;
	struct cluster *c = s->cluster;
	struct cause failback = CAUSE(CAUSE_FAILBACK);

	for (int g = 0; g < c->ngrp; g++) {
		const struct group *grp = &c->grp[g];
		struct grp_rt *rt = &v->grp[g];

		if (rt->op != OP_NONE)
			continue;
		if (c->autostart_each && grp->autostart && rt->status == ST_OFFLINE &&
		    machine_pick(v, g, 0) >= 0)
			machine_begin_start(
			    v, g, machine_pick(v, g, 0), &c->start_cause);
		else if (grp->failback && rt->status == ST_ONLINE && grp->norder > 0 &&
		    grp->order[0] == s->index && rt->current != s->index)
			machine_begin_stop(v, g, NEXT_START, s->index, &failback);
	}
}

static void
joined(void *obj, int a, int b)
{
	struct server *s = obj;
	struct view *v = s->view;
	bool first = true;

	(void)a;
	(void)b;
	s->timer = NULL;
	s->daemon = DAEMON_ONLINE;
	for (int i = 0; i < s->cluster->nsrv; i++)
		first = first && !view_online(v, i);
	v->seen[s->index] = ST_ONLINE;
	view_touch(v);
	if (first) {
		sched_cancel(sched_of(s), &v->sync);
		v->sync =
		    sched_add(sched_of(s), s->cluster->sync_ms, autostart, v, 0, 0);
	} else if (v->sync == NULL) {
		server_joins_running(s);
		s->cluster->start_cause = CAUSE(CAUSE_AUTOSTART);
	}
	if (v->sync != NULL && all_joined(v)) {
		sched_cancel(sched_of(s), &v->sync);
		autostart(v, 0, 0);
	}
}

int
server_start(struct server *s, char **why)
{
	if (s->os != OS_UP)
		return cause_set(why, "Server %s is not running.", s->name);
	if (s->daemon == DAEMON_DEAD)
		detect_now(s);
	else if (s->daemon != DAEMON_OFFLINE)
		return cause_set(
		    why, "The cluster service is already running on %s.", s->name);
	s->daemon = DAEMON_STARTING;
	s->view->seen[s->index] = ST_ON_PENDING;
	view_touch(s->view);
	sched_cancel(sched_of(s), &s->timer);
	s->timer = sched_add(sched_of(s),
	    cluster_jitter(s->cluster, s->cluster->join_ms), joined, s, 0, 0);
	return 0;
}

static void
booted(void *obj, int a, int b)
{
	struct server *s = obj;

	(void)a;
	(void)b;
	s->timer = NULL;
	s->os = OS_UP;
	s->then = THEN_NOTHING;
	detect_now(s);
	api_set(s, true, false);
	server_start(s, NULL);
}

static void
boot(struct server *s)
{
	s->os = OS_BOOTING;
	sched_cancel(sched_of(s), &s->timer);
	s->timer = sched_add(sched_of(s),
	    cluster_jitter(s->cluster, s->cluster->boot_ms), booted, s, 0, 0);
	view_touch(s->view);
}

/* --- stopping ------------------------------------------------------------- */

static void
cut(struct server *s, bool abruptly)
{
	sched_cancel(sched_of(s), &s->timer);
	s->os = OS_OFF;
	s->daemon = DAEMON_OFFLINE;
	s->dummy_failure = false;
	api_set(s, false, abruptly);
	oracle_end_server(
	    s->cluster->sim->oracle, s->cluster->name, s->name, sched_now(sched_of(s)));
}

int
server_power_off(struct server *s, char **why)
{
	bool noticed =
	    s->view->seen[s->index] == ST_OFFLINE && s->daemon == DAEMON_OFFLINE;

	if (s->os == OS_OFF)
		return cause_set(why, "Server %s is already off.", s->name);
	cut(s, true);
	s->then = THEN_NOTHING;
	if (!noticed)
		fell_silent(s);
	view_touch(s->view);
	return 0;
}

void
server_vanish(struct server *s)
{
	cut(s, true);
	s->then = THEN_NOTHING;
	sched_cancel(sched_of(s), &s->detect);
	machine_server_silent(s->view, s->index);
}

void
server_look_for_silence(struct server *s)
{
	if (!machine_alive(s) && s->view->seen[s->index] == ST_ONLINE &&
	    s->detect == NULL && (s->view->undetected & 1u << s->index) == 0)
		fell_silent(s);
}

int
server_power_on(struct server *s, char **why)
{
	if (s->os != OS_OFF)
		return cause_set(why, "Server %s is already on.", s->name);
	boot(s);
	return 0;
}

/* The orderly end of the operating system. */
static void
os_down(void *obj, int a, int b)
{
	struct server *s = obj;
	struct view *v = s->view;
	bool reboot = s->then == THEN_REBOOT;

	(void)a;
	(void)b;
	s->timer = NULL;
	s->then = THEN_NOTHING;
	cut(s, false);
	v->seen[s->index] = ST_OFFLINE;
	if (others_alive(v, s->index))
		machine_server_lost(v, s->index);
	else
		view_collapse(v);
	if (reboot)
		boot(s);
}

static void
shut_os(struct server *s)
{
	s->os = OS_SHUTTING;
	sched_cancel(sched_of(s), &s->timer);
	s->timer = sched_add(sched_of(s),
	    cluster_jitter(s->cluster, s->cluster->shutdown_ms), os_down, s, 0, 0);
}

void
server_check_drained(struct server *s)
{
	if (s->os != OS_UP || s->daemon != DAEMON_STOPPING)
		return;
	for (int g = 0; g < s->cluster->ngrp; g++)
		if (machine_group_on(s->view, g, s->index))
			return;
	s->daemon = DAEMON_OFFLINE;
	s->view->seen[s->index] = ST_OFFLINE;
	if (s->then != THEN_NOTHING)
		shut_os(s);
	view_touch(s->view);
}

int
server_stop(struct server *s, enum after_stop then, char **why)
{
	struct cluster *c = s->cluster;
	struct view *v = s->view;
	struct cause cause = CAUSE(CAUSE_FAILOVER);

	if (s->os != OS_UP)
		return cause_set(why, "Server %s is not running.", s->name);
	if (s->daemon != DAEMON_ONLINE && then == THEN_NOTHING)
		return cause_set(
		    why, "The cluster service is not running on %s.", s->name);
	s->then = then;
	if (s->daemon == DAEMON_STOPPING)
		return 0;
	if (s->daemon != DAEMON_ONLINE) {
		shut_os(s);
		return 0;
	}
	s->daemon = DAEMON_STOPPING;
	v->seen[s->index] = ST_OFF_PENDING;
	for (int g = 0; g < c->ngrp; g++) {
		bool moves = c->grp[g].failover && c->stop_fails_over &&
		    !c->suspended && machine_pick(v, g, 1u << s->index) >= 0;

		if (v->grp[g].current == s->index)
			machine_begin_stop(
			    v, g, moves ? NEXT_FAILOVER : NEXT_NONE, -1, &cause);
	}
	view_touch(v);
	server_check_drained(s);
	return 0;
}

int
server_daemon_kill(struct server *s, char **why)
{
	if (!machine_alive(s))
		return cause_set(
		    why, "The cluster service is not running on %s.", s->name);
	sched_cancel(sched_of(s), &s->timer);
	s->daemon = DAEMON_DEAD;
	fell_silent(s);
	return 0;
}

void
server_emergency(struct server *s, bool reboot)
{
	if (s->os != OS_UP)
		return;
	s->then = reboot ? THEN_REBOOT : THEN_POWER_OFF;
	s->daemon = DAEMON_STOPPING;
	s->view->seen[s->index] = ST_OFF_PENDING;
	shut_os(s);
	for (int g = 0; g < s->cluster->ngrp; g++)
		if (s->view->grp[g].current == s->index)
			machine_evacuate(s->view, g);
	view_touch(s->view);
}

static void
api_back(void *obj, int a, int b)
{
	struct server *s = obj;

	(void)a;
	(void)b;
	s->api_timer = NULL;
	if (s->os == OS_UP)
		api_set(s, true, false);
}

int
server_api_restart(struct server *s, int64_t ms, char **why)
{
	if (s->os != OS_UP)
		return cause_set(why, "Server %s is not running.", s->name);
	api_set(s, false, true);
	sched_cancel(sched_of(s), &s->api_timer);
	s->api_timer = sched_add(sched_of(s), ms, api_back, s, 0, 0);
	return 0;
}
