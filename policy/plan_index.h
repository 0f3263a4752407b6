/*
 * SPDX-License-Identifier: Apache-2.0
 * Names to indexes while an input is read. Only the readers of policy/.
 */
#ifndef POLICY_PLAN_INDEX_H
#define POLICY_PLAN_INDEX_H

struct plan_index; /* NULL is an empty one */

/* The index that was given with this name, or -1. */
int plan_index_find(const struct plan_index *x, const char *name);
/* Remembers it; the name is copied. -1 when the name is there already. */
int plan_index_add(struct plan_index **x, const char *name, int index);
void plan_index_free(struct plan_index **x);

#endif
