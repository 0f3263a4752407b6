/*
 * SPDX-License-Identifier: Apache-2.0
 * Inside of wants: what want.c, want_read.c and want_policy.c share.
 */
#ifndef SUBAGENT_WANT_IMPL_H
#define SUBAGENT_WANT_IMPL_H

#include "subagent/want.h"

enum { ROW_CREATE_AND_GO = 4, ROW_DESTROY = 6 }; /* RowStatus, RFC 2579 */

/* Takes over the words. */
enum mib_error want_refuse(char **why, enum mib_error, char *words);
/* The index {length, octets of the owner ..., number}. NULL: there is none such. */
char *want_owner(const struct set_item *, uint32_t *index);
enum mib_error want_error_of(enum move_verdict);

/* want_policy.c */
bool want_is_policy(const struct set_item *);
/* At a variable of policies, plans or placement; a row is read at its first one. */
enum mib_error want_read_policy(struct want *, struct model *, const struct set_item *,
    size_t n, size_t at, size_t *item, char **why);
enum mib_error want_test_policies(const struct want *, struct model *,
    const struct engine *, const struct model_now *, size_t *item, char **why);
bool want_same_policy(const struct engine_order *, const struct engine_order *);
json_t *want_policies_json(const struct want *);
bool want_load_policy(struct want *, json_t *);

#endif
