/*
 * SPDX-License-Identifier: Apache-2.0
 * Commands on groups and resources: the checks that may refuse them. See machine.h.
 */
#include "base/mem.h"
#include "tests/ecxsim/machine.h"
#include "tests/ecxsim/server.h"

static bool
group_in_policy(const struct group *grp, int server)
{
	for (size_t i = 0; i < grp->norder; i++)
		if (grp->order[i] == server)
			return true;
	return false;
}

int
machine_check_target(
    const struct view *v, int g, int server, bool may_suspend, char **why)
{
	const struct cluster *c = v->cluster;

	if (c->suspended && c->suspend_refuses && !may_suspend)
		return cause_set(why, "The cluster is suspended. Resume it first.");
	if (server < 0)
		return 0;
	if (!group_in_policy(&c->grp[g], server))
		return cause_set(why,
		    "Server %s is not in the list of servers that can run group %s.",
		    c->srv[server].name, c->grp[g].name);
	if (!view_online(v, server))
		return cause_set(why, "Invalid server status. Server %s is not online.",
		    c->srv[server].name);
	return 0;
}

static int
check_busy(const struct view *v, int g, char **why)
{
	if (v->grp[g].op != OP_NONE)
		return cause_set(why, "The group is busy. Try again later.");
	return 0;
}

int
machine_group_start(
    struct view *v, int g, int server, const struct cause *cause, char **why)
{
	const struct group *grp = &v->cluster->grp[g];
	const struct grp_rt *rt = &v->grp[g];

	if (check_busy(v, g, why) != 0 ||
	    machine_check_target(v, g, server, false, why) != 0)
		return -1;
	if (rt->status == ST_ONLINE) {
		bool all = true;

		for (int r = grp->first; r < grp->first + grp->n; r++)
			all = all && v->res[r].status == ST_ONLINE;
		if (all && v->cluster->idempotent &&
		    (server < 0 || server == rt->current))
			return 0;
		if (all)
			return cause_set(
			    why, "Group %s is already started.", grp->name);
	}
	if (rt->current >= 0 && server >= 0 && server != rt->current)
		return cause_set(
		    why, "Group %s is already started on another server.", grp->name);
	if (server < 0)
		server = rt->current >= 0 ? rt->current : machine_pick(v, g, 0);
	if (server < 0)
		return cause_set(
		    why, "There is no server on which group %s can start.", grp->name);
	machine_begin_start(v, g, server, cause);
	return 0;
}

int
machine_group_stop(struct view *v, int g, const struct cause *cause, char **why)
{
	if (check_busy(v, g, why) != 0 ||
	    machine_check_target(v, g, -1, false, why) != 0)
		return -1;
	if (v->grp[g].status == ST_OFFLINE) {
		if (v->cluster->idempotent)
			return 0;
		return cause_set(
		    why, "Group %s is already stopped.", v->cluster->grp[g].name);
	}
	machine_begin_stop(v, g, NEXT_NONE, -1, cause);
	return 0;
}

int
machine_group_move(
    struct view *v, int g, int server, const struct cause *cause, char **why)
{
	const struct grp_rt *rt = &v->grp[g];
	const char *name = v->cluster->grp[g].name;

	if (check_busy(v, g, why) != 0 ||
	    machine_check_target(v, g, server, false, why) != 0)
		return -1;
	if (rt->current < 0)
		return cause_set(why, "Group %s is not started.", name);
	if (server < 0)
		server = machine_pick(v, g, 1u << rt->current);
	if (server < 0)
		return cause_set(
		    why, "There is no server to which group %s can move.", name);
	if (server == rt->current)
		return cause_set(why, "Group %s is already on server %s.", name,
		    v->cluster->srv[server].name);
	machine_begin_stop(v, g, NEXT_START, server, cause);
	return 0;
}

/* The resource and all it needs (or all that need it), transitively. */
static void
want_closure(struct view *v, int r, bool needed)
{
	const struct cluster *c = v->cluster;
	const struct group *grp = &c->grp[c->res[r].group];
	bool grown = true;

	v->res[r].wanted = true;
	while (grown) {
		grown = false;
		for (int a = grp->first; a < grp->first + grp->n; a++) {
			for (int b = grp->first; b < grp->first + grp->n; b++) {
				bool link = needed ? machine_depends(c, a, b)
				                   : machine_depends(c, b, a);

				if (v->res[a].wanted && link && !v->res[b].wanted)
					grown = v->res[b].wanted = true;
			}
		}
	}
}

int
machine_resource_start(
    struct view *v, int r, int server, const struct cause *cause, char **why)
{
	int g = v->cluster->res[r].group;
	struct grp_rt *rt = &v->grp[g];

	if (check_busy(v, g, why) != 0 ||
	    machine_check_target(v, g, server, false, why) != 0)
		return -1;
	if (v->res[r].status == ST_ONLINE)
		return cause_set(
		    why, "Resource %s is already started.", v->cluster->res[r].name);
	if (rt->current >= 0 && server >= 0 && server != rt->current)
		return cause_set(why, "Group %s is started on another server.",
		    v->cluster->grp[g].name);
	if (server < 0)
		server = rt->current >= 0 ? rt->current : machine_pick(v, g, 0);
	if (server < 0)
		return cause_set(why, "There is no server on which %s can start.",
		    v->cluster->res[r].name);
	rt->cause = *cause;
	rt->whole = false;
	rt->next = NEXT_NONE;
	rt->tried = 0;
	rt->current = rt->target = (int8_t)server;
	want_closure(v, r, true);
	machine_begin(v, g, OP_START, 0);
	return 0;
}

int
machine_resource_stop(struct view *v, int r, const struct cause *cause, char **why)
{
	int g = v->cluster->res[r].group;
	struct grp_rt *rt = &v->grp[g];

	if (check_busy(v, g, why) != 0 ||
	    machine_check_target(v, g, -1, false, why) != 0)
		return -1;
	if (v->res[r].status == ST_OFFLINE)
		return cause_set(
		    why, "Resource %s is already stopped.", v->cluster->res[r].name);
	rt->cause = *cause;
	rt->whole = false;
	rt->next = NEXT_NONE;
	want_closure(v, r, false);
	machine_begin(v, g, OP_STOP, 0);
	return 0;
}
