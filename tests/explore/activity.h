/*
 * SPDX-License-Identifier: Apache-2.0
 * Groups going up and down in the small world, by whomever; happen.c says when.
 */
#ifndef EXPLORE_ACTIVITY_H
#define EXPLORE_ACTIVITY_H

#include "tests/explore/world.h"

void activity_activate(struct w_site *, enum w_group, int server);
/* Somebody else is about to: is anything of ours behind us or ahead? */
void activity_foreign(struct world *, int vm, int c);
void activity_deactivate(struct w_vm *, int c);
/* The group leaves its server: to another one, or it is down. */
void activity_displace(struct world *, int vm, int c);
void activity_server_down(struct world *, int c, int server, bool failover);

#endif
