/*
 * SPDX-License-Identifier: Apache-2.0
 * Servers: power, operating system, cluster daemon, API service; and the cluster as a
 * whole: start, stop, suspend, partition.
 *
 * Called by api_post.c and actions.c; calls machine.c for the groups' share. Every
 * function returns 0, or -1 with *why when the present state forbids it.
 */
#ifndef ECXSIM_SERVER_H
#define ECXSIM_SERVER_H

#include "tests/ecxsim/model.h"

/* The start of the simulation: every server up, groups where they begin. */
void server_initial(struct cluster *c);

/* Power. Off is instantaneous and cuts everything on it. */
int server_power_off(struct server *s, char **why);
int server_power_on(struct server *s, char **why);

/* Off, and nobody in its view is to react to it. */
void server_vanish(struct server *s);
/* Is it dead though believed Online? Then it will be noticed. */
void server_look_for_silence(struct server *s);

/* Orderly: stop the daemon (and its groups), then what `then` says. */
int server_stop(struct server *s, enum after_stop then, char **why);
int server_start(struct server *s, char **why); /* the daemon */
/* The daemon crashes; its API and what it had started live on. */
int server_daemon_kill(struct server *s, char **why);

/* ECX's reaction to a failed deactivation: shut the OS down (and boot again). */
void server_emergency(struct server *s, bool reboot);

/* A group may have left the server: is that what its stop was waiting for? */
void server_check_drained(struct server *s);

/* The API service of this server restarts (contract 1.1: after a configuration push).
 */
int server_api_restart(struct server *s, int64_t ms, char **why);

int cluster_stop(struct cluster *c, enum after_stop then, char **why);
int cluster_start(struct cluster *c, char **why);
int cluster_suspend(struct cluster *c, char **why);
int cluster_resume(struct cluster *c, char **why);

/* Splits the cluster; sides[n] are masks, together all servers. */
int cluster_partition(struct cluster *c, const uint32_t *sides, size_t n, char **why);
/* Ends it: groups active on two sides make the later side's servers reboot. */
int cluster_heal(struct cluster *c, char **why);

/* The view learns what it did not notice while partitioned or suspended (whole.c). */
void view_detect_split(void *obj, int a, int b);
void view_detect_suspended(struct view *v);

/* Is the server an Online member as far as this view knows? */
bool view_online(const struct view *v, int server);
/* The cluster's status word as this view reports it. */
enum status view_status(const struct view *v);

#endif
