/*
 * SPDX-License-Identifier: Apache-2.0
 * The state machine of groups and resources. See machine.h.
 */
#include "tests/ecxsim/machine.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "tests/ecxsim/monitor.h"
#include "tests/ecxsim/server.h"

static void group_step(struct view *v, int g);

static int64_t
now(const struct view *v)
{
	return sched_now(v->cluster->sim->sched);
}

static bool
pending(const struct res_rt *rt)
{
	return rt->status == ST_ON_PENDING || rt->status == ST_OFF_PENDING;
}

bool
machine_alive(const struct server *s)
{
	return s->os == OS_UP && s->daemon != DAEMON_OFFLINE &&
	    s->daemon != DAEMON_DEAD;
}

/* --- choosing servers ---------------------------------------------------- */

int
machine_pick(const struct view *v, int g, uint32_t exclude)
{
	const struct group *grp = &v->cluster->grp[g];

	for (size_t i = 0; i < grp->norder; i++)
		if ((exclude & 1u << grp->order[i]) == 0 &&
		    view_online(v, grp->order[i]))
			return grp->order[i];
	return -1;
}

/* --- the end of operations ----------------------------------------------- */

static void
group_rest(struct view *v, int g, enum status status)
{
	struct cluster *c = v->cluster;
	struct grp_rt *rt = &v->grp[g];
	int was = rt->current;

	rt->status = status;
	rt->op = OP_NONE;
	rt->target = -1;
	if (status == ST_OFFLINE)
		rt->current = -1;
	if (status == ST_ONLINE)
		rt->online_since = now(v);
	for (int i = 0; i < c->grp[g].n; i++)
		v->res[c->grp[g].first + i].wanted = false;
	view_touch(v);
	if (was >= 0)
		server_check_drained(&c->srv[was]);
	monitor_group_settled(v, g);
}

static void
group_stopped(struct view *v, int g)
{
	struct grp_rt *rt = &v->grp[g];
	struct cause cause = rt->cause;
	int from = rt->current, target = rt->target;

	if (rt->next == NEXT_NONE) {
		group_rest(v, g, rt->whole ? ST_OFFLINE : ST_ONLINE);
		return;
	}
	if (rt->next == NEXT_START && !view_online(v, target))
		target = machine_pick(v, g, 0);
	if (rt->next == NEXT_FAILOVER)
		target = machine_pick(v, g, rt->tried);
	if (target < 0) {
		group_rest(v, g, ST_OFFLINE);
		return;
	}
	rt->current = -1;
	machine_begin_start(v, g, target, &cause);
	if (from >= 0)
		server_check_drained(&v->cluster->srv[from]);
}

static void
activation_failed(struct view *v, int r)
{
	struct cluster *c = v->cluster;
	int g = c->res[r].group;
	struct grp_rt *rt = &v->grp[g];
	uint32_t tried = rt->tried | 1u << rt->current;
	struct cause cause = CAUSE(CAUSE_FAILOVER);

	rt->tried = tried;
	if (c->res[r].act_failure == FAIL_FAILOVER && c->grp[g].failover && rt->whole &&
	    !c->suspended && machine_pick(v, g, tried) >= 0) {
		machine_begin_stop(v, g, NEXT_FAILOVER, -1, &cause);
		v->grp[g].tried = tried;
		return;
	}
	group_rest(v, g, ST_ON_FAIL);
}

static void
deactivation_failed(struct view *v, int r)
{
	struct cluster *c = v->cluster;
	int g = c->res[r].group, server = v->res[r].current;
	enum failure_action action = c->res[r].deact_failure;

	group_rest(v, g, ST_OFF_FAIL);
	if (action == FAIL_SHUTDOWN || action == FAIL_REBOOT)
		server_emergency(&c->srv[server], action == FAIL_REBOOT);
}

/* --- single resources ---------------------------------------------------- */

static bool
fails(int *count, int only, int server)
{
	if (*count == 0 || (only >= 0 && only != server))
		return false;
	if (*count > 0)
		(*count)--;
	return true;
}

static void
resource_started(void *obj, int r, int b)
{
	struct view *v = obj;
	struct resource *res = &v->cluster->res[r];
	struct res_rt *rt = &v->res[r];

	(void)b;
	rt->timer = NULL;
	if (fails(&res->start_fails, res->fail_server, rt->current) ||
	    machine_fenced(v->cluster, res->lun)) {
		rt->status = ST_ON_FAIL;
		if (!res->fail_leaves_active)
			machine_active_end(v, r, rt->current);
		activation_failed(v, r);
		return;
	}
	rt->status = ST_ONLINE;
	view_touch(v);
	group_step(v, res->group);
}

static void
resource_stopped(void *obj, int r, int b)
{
	struct view *v = obj;
	struct resource *res = &v->cluster->res[r];
	struct res_rt *rt = &v->res[r];

	(void)b;
	rt->timer = NULL;
	if (fails(&res->stop_fails, res->fail_server, rt->current)) {
		rt->status = ST_OFF_FAIL;
		deactivation_failed(v, r);
		return;
	}
	machine_active_end(v, r, rt->current);
	rt->status = ST_OFFLINE;
	rt->current = -1;
	view_touch(v);
	group_step(v, res->group);
}

/* Does the server do what this view's cluster tells it? */
static bool
reachable(const struct view *v, int server)
{
	return (v->members & 1u << server) != 0 &&
	    machine_alive(&v->cluster->srv[server]);
}

static void
resource_begin_start(struct view *v, int r, int server)
{
	struct cluster *c = v->cluster;
	struct res_rt *rt = &v->res[r];

	rt->status = ST_ON_PENDING;
	rt->current = (int8_t)server;
	if (!reachable(v, server))
		return; /* chosen although dead: stays Pending until that is noticed */
	machine_active_begin(v, r, server);
	rt->timer = sched_add(c->sim->sched, cluster_jitter(c, c->res[r].start_ms),
	    resource_started, v, r, 0);
}

static void
resource_begin_stop(struct view *v, int r)
{
	struct cluster *c = v->cluster;
	struct res_rt *rt = &v->res[r];

	rt->status = ST_OFF_PENDING;
	if (!reachable(v, rt->current))
		return;
	rt->timer = sched_add(c->sim->sched, cluster_jitter(c, c->res[r].stop_ms),
	    resource_stopped, v, r, 0);
}

static bool
deps_online(const struct view *v, int r)
{
	const struct resource *res = &v->cluster->res[r];

	for (size_t i = 0; i < res->ndeps; i++)
		if (v->res[res->deps[i]].status != ST_ONLINE)
			return false;
	return true;
}

bool
machine_depends(const struct cluster *c, int r, int on)
{
	for (size_t i = 0; i < c->res[r].ndeps; i++)
		if (c->res[r].deps[i] == on)
			return true;
	return false;
}

static bool
dependents_offline(const struct view *v, int r)
{
	const struct cluster *c = v->cluster;
	const struct group *grp = &c->grp[c->res[r].group];

	for (int i = grp->first; i < grp->first + grp->n; i++)
		if (machine_depends(c, i, r) && v->res[i].status != ST_OFFLINE)
			return false;
	return true;
}

/* --- the group's progress ------------------------------------------------ */

static void
group_step(struct view *v, int g)
{
	const struct group *grp = &v->cluster->grp[g];
	struct grp_rt *rt = &v->grp[g];
	int left = 0;

	if (rt->op != OP_START && rt->op != OP_STOP)
		return;
	for (int r = grp->first; r < grp->first + grp->n; r++) {
		struct res_rt *res = &v->res[r];

		if (!res->wanted)
			continue;
		if (res->status == (rt->op == OP_START ? ST_ONLINE : ST_OFFLINE))
			continue;
		left++;
		if (pending(res))
			continue;
		if (rt->op == OP_START && deps_online(v, r))
			resource_begin_start(v, r, rt->current);
		else if (rt->op == OP_STOP && dependents_offline(v, r))
			resource_begin_stop(v, r);
	}
	if (left > 0 || rt->timer != NULL)
		return;
	if (rt->op == OP_START)
		group_rest(v, g, ST_ONLINE);
	else
		group_stopped(v, g);
}

static void
group_timer(void *obj, int g, int b)
{
	struct view *v = obj;

	(void)b;
	v->grp[g].timer = NULL;
	group_step(v, g);
}

void
machine_disarm(struct view *v, int g)
{
	struct sched *s = v->cluster->sim->sched;
	const struct group *grp = &v->cluster->grp[g];

	sched_cancel(s, &v->grp[g].timer);
	for (int r = grp->first; r < grp->first + grp->n; r++)
		sched_cancel(s, &v->res[r].timer);
}

void
machine_begin(struct view *v, int g, enum group_op op, int64_t ms)
{
	struct cluster *c = v->cluster;
	struct grp_rt *rt = &v->grp[g];

	rt->op = (uint8_t)op;
	rt->status = op == OP_START ? ST_ON_PENDING : ST_OFF_PENDING;
	if (c->grp[g].n == 0)
		rt->timer = sched_add(
		    c->sim->sched, cluster_jitter(c, ms), group_timer, v, g, 0);
	view_touch(v);
	group_step(v, g);
}

static void
want_all(struct view *v, int g)
{
	const struct group *grp = &v->cluster->grp[g];

	for (int r = grp->first; r < grp->first + grp->n; r++)
		v->res[r].wanted = true;
}

void
machine_begin_start(struct view *v, int g, int server, const struct cause *cause)
{
	struct grp_rt *rt = &v->grp[g];
	struct cause copy = *cause; /* may be rt's own */

	assert(server >= 0 && server < v->cluster->nsrv);
	machine_disarm(v, g);
	rt->cause = copy;
	rt->whole = true;
	rt->current = rt->target = (int8_t)server;
	rt->next = NEXT_NONE;
	if (copy.kind != CAUSE_FAILOVER)
		rt->tried = 0;
	if (copy.kind != CAUSE_MONITOR && copy.kind != CAUSE_FAILOVER)
		rt->restarts = 0;
	want_all(v, g);
	machine_begin(v, g, OP_START, v->cluster->grp[g].start_ms);
}

void
machine_begin_stop(
    struct view *v, int g, enum group_next next, int target, const struct cause *cause)
{
	struct grp_rt *rt = &v->grp[g];
	struct cause copy = *cause;
	const struct group *grp = &v->cluster->grp[g];

	machine_disarm(v, g);
	rt->cause = copy;
	rt->whole = true;
	rt->next = (uint8_t)next;
	rt->target = (int8_t)target;
	if (copy.kind != CAUSE_FAILOVER)
		rt->tried = 0;
	want_all(v, g);
	/* cancelled in the middle of coming up: it has to be stopped like the rest */
	for (int r = grp->first; r < grp->first + grp->n; r++)
		if (pending(&v->res[r]))
			v->res[r].status = ST_ONLINE;
	machine_begin(v, g, OP_STOP, grp->stop_ms);
}

/* --- what happens to groups ---------------------------------------------- */

void
machine_rearm(struct view *v, int g)
{
	struct cluster *c = v->cluster;
	const struct group *grp = &c->grp[g];

	for (int r = grp->first; r < grp->first + grp->n; r++) {
		struct res_rt *rt = &v->res[r];

		if (rt->timer != NULL || rt->current < 0)
			continue;
		if (rt->status == ST_ON_PENDING)
			resource_begin_start(v, r, rt->current);
		else if (rt->status == ST_OFF_PENDING)
			resource_begin_stop(v, r);
	}
	if (grp->n == 0 && v->grp[g].op != OP_NONE && v->grp[g].timer == NULL)
		v->grp[g].timer = sched_add(c->sim->sched, 0, group_timer, v, g, 0);
}

void
machine_evacuate(struct view *v, int g)
{
	machine_disarm(v, g);
	v->grp[g].op = OP_EVACUATE;
	v->grp[g].status = ST_OFF_PENDING;
	view_touch(v);
}

void
machine_server_silent(struct view *v, int server)
{
	for (int g = 0; g < v->cluster->ngrp; g++)
		if (v->grp[g].current == server)
			machine_disarm(v, g);
}

bool
machine_group_on(const struct view *v, int g, int server)
{
	const struct grp_rt *rt = &v->grp[g];

	return rt->current == server &&
	    (rt->op != OP_NONE || rt->status == ST_ONLINE || rt->status == ST_ON_FAIL);
}

void
machine_server_lost(struct view *v, int server)
{
	struct cluster *c = v->cluster;
	struct cause cause = CAUSE(CAUSE_FAILOVER);

	for (int g = 0; g < c->ngrp; g++) {
		struct grp_rt *rt = &v->grp[g];
		const struct group *grp = &c->grp[g];
		bool stopping = rt->op == OP_STOP && rt->next == NEXT_NONE;
		int target;

		if (rt->current != server)
			continue;
		machine_disarm(v, g);
		for (int r = grp->first; r < grp->first + grp->n; r++) {
			v->res[r].status = ST_OFFLINE;
			v->res[r].current = -1;
		}
		target = machine_pick(v, g, 1u << server);
		if (!grp->failover || target < 0 || c->suspended ||
		    (stopping && !c->failover_stopping)) {
			rt->current = -1;
			group_rest(v, g, ST_OFFLINE);
			continue;
		}
		if (rt->op == OP_STOP && rt->next == NEXT_START &&
		    view_online(v, rt->target)) {
			target = rt->target; /* a move goes where it was going */
			cause = rt->cause;
		}
		rt->tried = 1u << server;
		machine_begin_start(v, g, target, &cause);
		cause = CAUSE(CAUSE_FAILOVER);
	}
	view_touch(v);
}

void
machine_resource_failed(struct view *v, int r)
{
	struct cluster *c = v->cluster;
	int g = c->res[r].group, on = v->res[r].current;

	if (v->res[r].status != ST_ONLINE || v->grp[g].op != OP_NONE ||
	    !reachable(v, on))
		return;
	v->res[r].status = ST_ON_FAIL;
	if (!c->res[r].fail_leaves_active)
		machine_active_end(v, r, v->res[r].current);
	v->grp[g].whole = true;
	v->grp[g].tried = 0;
	activation_failed(v, r);
}

void
machine_complete(struct view *v, int g)
{
	const struct group *grp = &v->cluster->grp[g];
	struct sched *s = v->cluster->sim->sched;

	for (int r = grp->first; r < grp->first + grp->n; r++) {
		struct res_rt *rt = &v->res[r];

		if (rt->timer == NULL)
			continue;
		sched_cancel(s, &rt->timer);
		rt->timer = sched_add(s, 0,
		    rt->status == ST_ON_PENDING ? resource_started : resource_stopped,
		    v, r, 0);
	}
}

void
machine_group_online_now(struct view *v, int g, int server, const struct cause *cause)
{
	struct cluster *c = v->cluster;
	const struct group *grp = &c->grp[g];
	struct grp_rt *rt = &v->grp[g];

	rt->cause = *cause;
	rt->status = ST_ONLINE;
	rt->current = (int8_t)server;
	rt->online_since = now(v);
	for (int r = grp->first; r < grp->first + grp->n; r++) {
		v->res[r].status = ST_ONLINE;
		v->res[r].current = (int8_t)server;
		machine_active_begin(v, r, server);
	}
	view_touch(v);
}
