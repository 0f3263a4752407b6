/*
 * SPDX-License-Identifier: Apache-2.0
 * The scene's inside. Only policy/scene*.c.
 */
#ifndef POLICY_SCENE_IMPL_H
#define POLICY_SCENE_IMPL_H

#include "policy/scene.h"

/* The row after `after` (NULL: the first) in a table of the scene's generation. */
const void *scene_row(const struct scene *, enum table_id, const void *after);

/* Fills moves_open, moved, and of VMs what moves tell: scene_moves.c */
void scene_moves(struct scene *);
/* Fills failover, unrest, and when clusters and nodes changed: scene_unrest.c */
void scene_unrest(struct scene *);

#endif
