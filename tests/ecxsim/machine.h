/*
 * SPDX-License-Identifier: Apache-2.0
 * The state machine of groups and resources in one view.
 *
 * Commands come from api_post.c and actions.c (checked, may be refused), consequences
 * from server.c and monitor.c (unchecked). Reports every activation to the oracle.
 * Knows no HTTP and no clock but the scheduler.
 */
#ifndef ECXSIM_MACHINE_H
#define ECXSIM_MACHINE_H

#include "tests/ecxsim/model.h"

/*
 * Commands. A server of -1 means none was named (then the failover policy chooses).
 * 0 when the work has begun: the state is Pending at once and moves on by timers;
 * -1 with *why (a sentence in the style of ECX's own) when it is refused.
 */
int machine_group_start(
    struct view *v, int g, int server, const struct cause *cause, char **why);
int machine_group_stop(struct view *v, int g, const struct cause *cause, char **why);
int machine_group_move(
    struct view *v, int g, int server, const struct cause *cause, char **why);
/* Starts what it depends on, too. */
int machine_resource_start(
    struct view *v, int r, int server, const struct cause *cause, char **why);
/* Stops what depends on it, too; the group stays Online. */
int machine_resource_stop(struct view *v, int r, const struct cause *cause, char **why);

/* The same checks as the commands, without the work (for delayed effects). */
int machine_check_target(
    const struct view *v, int g, int server, bool may_suspend, char **why);

/* Begins without any check; whatever was going on in the group is dropped. */
void machine_begin_start(struct view *v, int g, int server, const struct cause *cause);
void machine_begin_stop(
    struct view *v, int g, enum group_next next, int target, const struct cause *cause);

/* Begins what the `wanted` flags of the group's resources say. */
void machine_begin(struct view *v, int g, enum group_op op, int64_t ms);
/* Does resource r need the resource `on`? */
bool machine_depends(const struct cluster *c, int r, int on);

/* The best server of the group's policy that is Online here and not in `exclude`. */
int machine_pick(const struct view *v, int g, uint32_t exclude);

/* The view has learned that the server is down: its groups fail over or go Offline. */
void machine_server_lost(struct view *v, int server);

/* The server does nothing any more, though nobody has noticed: what was on its way
 * there stands still. */
void machine_server_silent(struct view *v, int server);

/* activity.c: the resource (and with it maybe a VM) is, or is no longer, active on the
 * server, by the cause of its group. */
void machine_active_begin(struct view *v, int r, int server);
void machine_active_end(struct view *v, int r, int server);
/* Is the cluster cut off from the LUN? NULL: no. */
bool machine_fenced(const struct cluster *c, const char *lun);

/* Timers of the group's pending resources, after its state was copied into v. */
void machine_rearm(struct view *v, int g);
void machine_disarm(struct view *v, int g);

/* The group is on a server that is shutting down in an emergency. */
void machine_evacuate(struct view *v, int g);

/* Is the server able to do what ECX tells it (powered, daemon alive)? */
bool machine_alive(const struct server *s);

/* Is anything of the group's still on its way or running on the server? */
bool machine_group_on(const struct view *v, int g, int server);

/* A running resource turned bad by itself (Online Failure). */
void machine_resource_failed(struct view *v, int r);

/* The cluster's servers are cut off from the LUN: it and the VMs on it end everywhere
 * in the cluster, running resources fail, and starts fail until it is opened again. */
void machine_fence(struct cluster *c, const char *lun, bool fenced);

/* What is pending in the group is done now (and what follows takes its time again). */
void machine_complete(struct view *v, int g);

/* Online on the server at once, with all its resources (the initial state). */
void machine_group_online_now(
    struct view *v, int g, int server, const struct cause *cause);

#endif
