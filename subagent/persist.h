/*
 * SPDX-License-Identifier: Apache-2.0
 * The model's records as JSON in the store's spaces, and back.
 *
 * Space, key, value:
 *
 * - index, "KIND/NAME": {"index": 12}
 *
 * - identity, CLUSTER: {"ecx_name": "...", "servers": ["...", ...]}
 *
 * - cluster and node, NAME: {"admin": 1}
 *
 * - vm, NAME: {"admin": 1, "hold": false, "home": "...", "priority": 100,
 *   "by_pattern": true, "respected": true, "stopped_in": "...", "foreign": 1}
 *
 * - disk, NAME: {"owner": "...", "epoch": 3, "since": 1700000000, "group": "...",
 *   "resource": "..."}
 *
 * - site, "VM\nCLUSTER": {"held": true, "resources": ["...", ...], "group": "...",
 *   "foreign": true}
 *
 * - event and alarm, number of 10 digits: {...}
 *
 * - set, "serial": {"serial": 7}
 *
 * - move, case and used: move/journal.c writes and reads them
 *
 * - proposal, number of 16 hexadecimal digits: {"set": [...], "moves": [...],
 *   "orders": [...], "policies": [...]}, see want.h; older releases wrote fewer
 *
 * - policy and plan: policy/engine_kept.c writes and reads them
 *
 * - host, "this" and "batch": see host.c
 *
 * Members that do not apply are left out. Writing fills a batch; reading hands
 * everything to the model and refuses, by space and key, what it cannot understand.
 */
#ifndef SUBAGENT_PERSIST_H
#define SUBAGENT_PERSIST_H

#include "move/moves.h"
#include "policy/engine.h"
#include "set/model.h"
#include "subagent/store.h"

/* Each adds what it is told to the batch. */
void persist_index(
    struct store_batch *, enum name_kind, const char *name, uint32_t index);
void persist_identity(struct store_batch *, const char *cluster, const char *ecx_name,
    const char *servers);
void persist_cluster(struct store_batch *, const char *cluster, enum cs_cluster_admin);
void persist_node(struct store_batch *, const char *node, enum cs_cluster_admin);
void persist_vm(struct store_batch *, const char *vm, const struct vm_intent *);
void persist_disk(struct store_batch *, const char *disk, const struct disk_owner *);
void persist_site(struct store_batch *, const struct site_record *);
void persist_event(struct store_batch *, const struct event_note *);
void persist_events_before(struct store_batch *, uint32_t number);
void persist_alarm(struct store_batch *, const struct alarm_note *, bool standing);
void persist_alarms_none(struct store_batch *); /* deletes all */
void persist_serial(struct store_batch *, int64_t serial);

/* Everything in the store into a fresh model, fresh moves and a fresh engine of
 * policies; -1 and *cause naming space and key. */
int persist_load(
    struct store *, struct model *, struct moves *, struct engine *, char **cause);

#endif
