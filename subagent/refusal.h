/*
 * SPDX-License-Identifier: Apache-2.0
 * csRefusalTable: the last refused SETs with the reason in words.
 *
 * An SNMP error-status is all that a manager gets; whoever wants to know why reads it
 * here. Belongs to the face's thread; kept in memory only.
 */
#ifndef SUBAGENT_REFUSAL_H
#define SUBAGENT_REFUSAL_H

#include "subagent/mib.h"

struct refusals;

struct refusals *refusals_new(unsigned keep); /* the oldest of more than `keep` go */
void refusals_free(struct refusals *); /* NULL is fine */

/* One refused variable: `oid` is below the root; `text` is copied, NULL gives words of
 * its own for the error. */
void refusals_add(struct refusals *, const uint32_t *oid, size_t len,
    enum mib_error error, const char *text);

/* Shows the table, as it is now, in a snapshot; valid until the next refusals_add(). */
void refusals_show(struct refusals *, struct mib_snapshot *);

#endif
