/*
 * SPDX-License-Identifier: Apache-2.0
 * Monitors and their recovery actions. See monitor.h.
 */
#include "tests/ecxsim/monitor.h"

#include "tests/ecxsim/machine.h"
#include "tests/ecxsim/server.h"

static bool
suspended_on(const struct view *v, int m, int server)
{
	return v->cluster->suspended || (v->mon[m].suspended & 1u << server) != 0;
}

static int
watched_group(const struct view *v, int m)
{
	const struct monitor *mon = &v->cluster->mon[m];

	if (mon->group >= 0)
		return mon->group;
	return mon->resource >= 0 ? v->cluster->res[mon->resource].group : -1;
}

enum status
monitor_server_status(const struct view *v, int m, int server)
{
	const struct cluster *c = v->cluster;
	const struct monitor *mon = &c->mon[m];
	int g = watched_group(v, m);
	bool active;

	if (v->seen[server] != ST_ONLINE)
		return ST_OFFLINE;
	if (suspended_on(v, m, server))
		return ST_SUSPEND;
	active = mon->always || mon->revive_ms >= 0 || g < 0 ||
	    (v->grp[g].status == ST_ONLINE && v->grp[g].current == server);
	if (((v->mon[m].error | v->mon[m].dummy) & 1u << server) != 0 ||
	    c->srv[server].dummy_failure)
		return ST_ERROR;
	return active ? ST_ONLINE : ST_OFFLINE;
}

enum status
monitor_status(const struct view *v, int m)
{
	int suspended = 0, error = 0, online = 0, asked = 0;

	for (int i = 0; i < v->cluster->nsrv; i++) {
		if (v->seen[i] != ST_ONLINE)
			continue;
		asked++;
		switch (monitor_server_status(v, m, i)) {
		case ST_SUSPEND:
			suspended++;
			break;
		case ST_ERROR:
			error++;
			break;
		case ST_ONLINE:
			online++;
			break;
		default:
			break;
		}
	}
	if (asked == 0)
		return ST_OFFLINE;
	if (suspended == asked)
		return ST_SUSPEND;
	if (error > 0)
		return ST_ERROR;
	return online > 0 ? ST_NORMAL : ST_OFFLINE;
}

/* The server from which the monitor looks, -1 when it does not watch now. */
static int
watcher(const struct view *v, int m)
{
	int g = watched_group(v, m);

	if (g >= 0 && v->grp[g].current >= 0)
		return view_online(v, v->grp[g].current) ? v->grp[g].current : -1;
	if (v->cluster->mon[m].always || v->cluster->mon[m].revive_ms >= 0)
		for (int i = 0; i < v->cluster->nsrv; i++)
			if (view_online(v, i) && !suspended_on(v, m, i))
				return i;
	return -1;
}

static void
recover(struct view *v, int m, int g)
{
	struct grp_rt *rt = &v->grp[g];
	struct cause cause = CAUSE(CAUSE_MONITOR);
	int target;

	if (rt->status == ST_OFFLINE || rt->status == ST_ON_FAIL) {
		target = rt->current >= 0 ? rt->current : machine_pick(v, g, 0);
		if (target >= 0)
			machine_begin_start(v, g, target, &cause);
		return;
	}
	if (rt->status != ST_ONLINE)
		return;
	target = rt->current;
	if (rt->restarts < v->cluster->mon[m].restart_max) {
		rt->restarts++;
	} else if (v->cluster->grp[g].failover &&
	    machine_pick(v, g, 1u << rt->current) >= 0) {
		target = machine_pick(v, g, 1u << rt->current);
		cause = CAUSE(CAUSE_FAILOVER);
		rt->restarts = 0;
	} else {
		return; /* final action: none */
	}
	machine_begin_stop(v, g, NEXT_START, target, &cause);
}

static void check(struct view *v, int m);

static void
look(void *obj, int m, int revive)
{
	struct view *v = obj;
	const struct monitor *mon = &v->cluster->mon[m];
	struct mon_rt *rt = &v->mon[m];
	int g = watched_group(v, m), server = watcher(v, m);
	bool wrong;

	rt->timer = NULL;
	if (server < 0 || suspended_on(v, m, server))
		return;
	wrong = rt->fails != 0 || (rt->dummy & 1u << server) != 0;
	if (revive && g >= 0 && v->grp[g].status == ST_OFFLINE)
		wrong = true;
	if (!wrong)
		return;
	if (rt->fails > 0)
		rt->fails--;
	if (g >= 0 && (mon->restarts_group || revive) && v->grp[g].op == OP_NONE)
		recover(v, m, g);
	if (g < 0 || v->grp[g].op == OP_NONE)
		check(v, m);
	view_touch(v);
}

static void
look_later(struct view *v, int m, int64_t ms, bool revive)
{
	struct sched *s = v->cluster->sim->sched;

	sched_cancel(s, &v->mon[m].timer);
	v->mon[m].timer =
	    sched_add(s, cluster_jitter(v->cluster, ms), look, v, m, revive);
}

static void
check(struct view *v, int m)
{
	int server = watcher(v, m);
	struct mon_rt *rt = &v->mon[m];

	if (server < 0 || suspended_on(v, m, server))
		return;
	if (rt->fails != 0 || (rt->dummy & 1u << server) != 0) {
		rt->error |= 1u << server;
		look_later(v, m, v->cluster->mon[m].interval_ms, false);
	} else {
		rt->error = 0;
	}
}

void
monitor_fail(struct view *v, int m, int times)
{
	v->mon[m].fails = times;
	check(v, m);
	view_touch(v);
}

void
monitor_suspend(struct view *v, int m, uint32_t servers)
{
	v->mon[m].suspended |= servers;
	view_touch(v);
}

void
monitor_resume(struct view *v, int m, uint32_t servers)
{
	int g = watched_group(v, m);

	v->mon[m].suspended &= ~servers;
	if (g >= 0)
		monitor_group_settled(v, g);
	else
		check(v, m);
	view_touch(v);
}

void
monitor_dummy(struct view *v, int m, uint32_t servers, bool on)
{
	if (on)
		v->mon[m].dummy |= servers;
	else
		v->mon[m].dummy &= ~servers;
	check(v, m);
	view_touch(v);
}

void
monitor_group_settled(struct view *v, int g)
{
	const struct cluster *c = v->cluster;

	for (int m = 0; m < c->nmon; m++) {
		if (watched_group(v, m) != g)
			continue;
		check(v, m);
		if (v->grp[g].status == ST_OFFLINE && c->mon[m].revive_ms >= 0)
			look_later(v, m, c->mon[m].revive_ms, true);
	}
}
