/*
 * SPDX-License-Identifier: Apache-2.0
 * Monitors: their two levels of status, and what they do to groups.
 *
 * Called by machine.c when a group changes and by the API and control endpoint.
 */
#ifndef ECXSIM_MONITOR_H
#define ECXSIM_MONITOR_H

#include "tests/ecxsim/model.h"

/* Status on one server (Online, Offline, Suspend, Error) and of the whole. */
enum status monitor_server_status(const struct view *v, int m, int server);
enum status monitor_status(const struct view *v, int m);

/* The monitor will find an error `times` times (-1: until told 0). */
void monitor_fail(struct view *v, int m, int times);

/* Servers are a mask. */
void monitor_suspend(struct view *v, int m, uint32_t servers);
void monitor_resume(struct view *v, int m, uint32_t servers);
void monitor_dummy(struct view *v, int m, uint32_t servers, bool on);

/* The group came to rest Online or Offline: monitors that watch it look. */
void monitor_group_settled(struct view *v, int g);

#endif
