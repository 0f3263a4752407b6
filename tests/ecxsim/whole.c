/*
 * SPDX-License-Identifier: Apache-2.0
 * The cluster as a whole: beginning, start and stop, suspension, partition. See
 * server.h.
 */
#include <string.h>

#include "base/mem.h"
#include "tests/ecxsim/machine.h"
#include "tests/ecxsim/monitor.h"
#include "tests/ecxsim/server.h"

void
server_initial(struct cluster *c)
{
	struct view *v = cluster_view(c);
	struct cause cause = CAUSE(CAUSE_INITIAL);

	for (int i = 0; i < c->nsrv; i++) {
		c->srv[i].os = OS_UP;
		c->srv[i].daemon = DAEMON_ONLINE;
		c->srv[i].api_up = true;
		v->seen[i] = ST_ONLINE;
	}
	for (int g = 0; g < c->ngrp; g++) {
		const struct group *grp = &c->grp[g];
		int on = -1;

		if (grp->initial != NULL)
			on = cluster_server(c, grp->initial);
		else if (grp->autostart && grp->norder > 0)
			on = grp->order[0];
		if (on >= 0)
			machine_group_online_now(v, g, on, &cause);
	}
}

enum status
view_status(const struct view *v)
{
	const struct cluster *c = v->cluster;
	bool online = false, down = false, bad = false, gone = true;

	for (int i = 0; i < c->nsrv; i++) {
		online = online || v->seen[i] == ST_ONLINE;
		down = down || v->seen[i] != ST_ONLINE;
		gone = gone && v->seen[i] == ST_OFFLINE;
	}
	for (int g = 0; g < c->ngrp; g++)
		bad = bad || v->grp[g].status == ST_ON_FAIL ||
		    v->grp[g].status == ST_OFF_FAIL;
	for (int m = 0; m < c->nmon; m++)
		bad = bad || monitor_status(v, m) == ST_ERROR;
	if (gone)
		return ST_OFFLINE;
	if (c->suspended || !online) /* coming up or going down */
		return ST_CAUTION;
	return bad ? ST_ERROR : down ? ST_CAUTION : ST_NORMAL;
}

int
cluster_stop(struct cluster *c, enum after_stop then, char **why)
{
	struct cause cause = CAUSE(CAUSE_OPERATOR);
	int n = 0;

	for (int i = 0; i < c->nsrv; i++) {
		struct server *s = &c->srv[i];

		if (s->os != OS_UP ||
		    (s->daemon != DAEMON_ONLINE && then == THEN_NOTHING))
			continue;
		n++;
		if (s->daemon != DAEMON_ONLINE)
			continue;
		s->daemon = DAEMON_STOPPING;
		s->then = then;
		s->view->seen[i] = ST_OFF_PENDING;
	}
	if (n == 0)
		return cause_set(why, "The cluster service is not running.");
	c->suspended = false;
	for (int i = 0; i < c->nsrv; i++) {
		struct view *v = c->srv[i].view;

		if (c->srv[i].os != OS_UP)
			continue;
		if (c->srv[i].daemon != DAEMON_STOPPING) {
			server_stop(&c->srv[i], then, NULL);
			continue;
		}
		for (int g = 0; g < c->ngrp; g++)
			if (v->grp[g].current == i)
				machine_begin_stop(v, g, NEXT_NONE, -1, &cause);
		server_check_drained(&c->srv[i]);
	}
	cluster_touch(c);
	return 0;
}

int
cluster_start(struct cluster *c, char **why)
{
	int n = 0;

	for (int i = 0; i < c->nsrv; i++)
		if (server_start(&c->srv[i], NULL) == 0)
			n++;
	if (n == 0)
		return cause_set(why, "The cluster service is already running.");
	return 0;
}

int
cluster_suspend(struct cluster *c, char **why)
{
	if (c->suspended)
		return cause_set(why, "The cluster is already suspended.");
	c->suspended = true;
	cluster_touch(c);
	return 0;
}

int
cluster_resume(struct cluster *c, char **why)
{
	struct view *v;

	if (!c->suspended)
		return cause_set(why, "The cluster is not suspended.");
	c->suspended = false;
	TAILQ_FOREACH (v, &c->views, entry) {
		view_detect_suspended(v);
		for (int g = 0; g < c->ngrp; g++)
			monitor_group_settled(v, g);
	}
	cluster_touch(c);
	return 0;
}

/* --- partition ------------------------------------------------------------ */

static void
side_begin(struct view *v, uint32_t members)
{
	struct cluster *c = v->cluster;

	v->members = members;
	for (int i = 0; i < c->nsrv; i++)
		if ((members & 1u << i) != 0)
			c->srv[i].view = v;
	for (int g = 0; g < c->ngrp; g++) {
		if (v->grp[g].current < 0)
			continue;
		if ((members & 1u << v->grp[g].current) != 0)
			machine_rearm(v, g);
		else
			machine_disarm(v, g);
	}
	sched_cancel(c->sim->sched, &v->split);
	v->split = sched_add(c->sim->sched, c->detect_ms, view_detect_split, v, 0, 0);
	view_touch(v);
}

int
cluster_partition(struct cluster *c, const uint32_t *sides, size_t n, char **why)
{
	struct view *first = cluster_view(c), *v;
	uint32_t all = 0;

	if (TAILQ_NEXT(first, entry) != NULL)
		return cause_set(why, "cluster %s is partitioned already", c->name);
	for (size_t i = 0; i < n; i++) {
		if (sides[i] == 0 || (sides[i] & all) != 0)
			return cause_set(
			    why, "the sides must be disjoint and not empty");
		all |= sides[i];
	}
	if (n < 2 || all != first->members)
		return cause_set(
		    why, "two sides or more, together all servers of %s", c->name);
	for (size_t i = 1; i < n; i++) {
		v = view_clone(first, true);
		side_begin(v, sides[i]);
	}
	side_begin(first, sides[0]);
	return 0;
}

static bool
active_here(const struct view *v, int g)
{
	return v->grp[g].current >= 0 && (v->members & 1u << v->grp[g].current) != 0 &&
	    (v->grp[g].op != OP_NONE || v->grp[g].status != ST_OFFLINE);
}

static void
group_copy(struct view *to, struct view *from, int g)
{
	const struct group *grp = &to->cluster->grp[g];

	machine_disarm(to, g);
	machine_disarm(from, g);
	to->grp[g] = from->grp[g];
	for (int r = grp->first; r < grp->first + grp->n; r++)
		to->res[r] = from->res[r];
}

static void
side_merge(struct view *to, struct view *from)
{
	struct cluster *c = to->cluster;
	uint32_t reboot = 0;
	bool conflict = false;

	for (int g = 0; g < c->ngrp; g++)
		conflict = conflict || (active_here(to, g) && active_here(from, g));
	conflict = conflict && !c->heal_keep;
	for (int i = 0; i < c->nsrv; i++) {
		struct server *s = &c->srv[i];

		if ((from->members & 1u << i) == 0)
			continue;
		if (conflict && s->os != OS_OFF) {
			server_vanish(s);
			reboot |= 1u << i;
		}
		sched_cancel(c->sim->sched, &s->detect);
		s->view = to;
		to->members |= 1u << i;
		to->seen[i] = s->os == OS_UP ? from->seen[i] : ST_OFFLINE;
	}
	for (int g = 0; g < c->ngrp; g++) {
		if (conflict || active_here(to, g) || !active_here(from, g))
			continue;
		group_copy(to, from, g);
		machine_rearm(to, g);
	}
	for (int i = 0; i < c->nsrv; i++)
		if ((reboot & 1u << i) != 0)
			server_power_on(&c->srv[i], NULL);
	view_free(from);
}

int
cluster_heal(struct cluster *c, char **why)
{
	struct view *first = cluster_view(c), *v;

	if (TAILQ_NEXT(first, entry) == NULL)
		return cause_set(why, "cluster %s is not partitioned", c->name);
	sched_cancel(c->sim->sched, &first->split);
	while ((v = TAILQ_NEXT(first, entry)) != NULL)
		side_merge(first, v);
	for (int i = 0; i < c->nsrv; i++)
		if (c->srv[i].os == OS_UP && c->srv[i].daemon == DAEMON_ONLINE)
			first->seen[i] = ST_ONLINE;
	for (int i = 0; i < c->nsrv; i++)
		server_look_for_silence(&c->srv[i]);
	view_touch(first);
	return 0;
}
