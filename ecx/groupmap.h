/*
 * SPDX-License-Identifier: Apache-2.0
 * Which group each resource belongs to, where GET /resources does not tell (X 4.2).
 *
 * Learned by GET /groups/{group}?select=resources and kept per cluster as long as the
 * names of groups and resources stay the same. A release without that call (4.2.0) gets
 * an empty map, so that the groups stay unknown and nobody asks again and again.
 */
#ifndef ECX_GROUPMAP_H
#define ECX_GROUPMAP_H

#include "ecx/decode.h"

struct groupmap;

/* The names of all groups and resources, as one number. */
uint64_t groupmap_key(const struct obs_view *);
/* Has some resource no group? */
bool groupmap_needed(const struct obs_view *);

struct groupmap *groupmap_new(uint64_t key, msec_t now);
void groupmap_free(struct groupmap *); /* NULL is fine */
/* Takes the names over. */
void groupmap_add(struct groupmap *, const char *group, struct ecx_names *);
/* The cluster cannot tell: forgets what was added. */
void groupmap_unsupported(struct groupmap *);

/* Good for these names, and not too old? NULL is not. */
bool groupmap_fits(const struct groupmap *, uint64_t key, msec_t now);
/* Fills in the groups that are missing. A resource claimed by two groups gets none. */
void groupmap_apply(struct groupmap *, struct obs_view *);

#endif
