/*
 * SPDX-License-Identifier: Apache-2.0
 * A SET on its way from the face to control, phase by phase.
 *
 * AgentX (RFC 2741 7.2.4) brings a SET as TestSet, CommitSet, then CleanupSet or
 * UndoSet. The face checks syntax and range by its descriptors; everything that needs
 * the model is asked here:
 *	TEST	is it possible now? Takes a reservation (freed by FREE or a time-out).
 *	COMMIT	make the intent durable as `proposed`. Answered when it is on disk.
 *	ACCEPT	the proposal counts: apply it, publish a generation that shows it.
 *	UNDO	delete the proposal.
 *	FREE	give the reservation back.
 * The face waits for each answer, bounded by agentx.request_timeout. A request is
 * waiting until control takes it; a time-out may only revoke one that still waits. When
 * control has taken it and is silent, the face answers genErr: outcome unknown, read
 *back.
 */
#ifndef SUBAGENT_REQUEST_H
#define SUBAGENT_REQUEST_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "set/table.h"
#include "subagent/mailbox.h"

/* What can be written; each writable column of the descriptors names one. */
enum writable {
	WRITE_NONE,
	WRITE_SET_SERIAL, /* {0}			TestAndIncr */
	WRITE_CLUSTER_ADMIN, /* {cluster}		enum cs_cluster_admin */
	WRITE_NODE_ADMIN, /* {cluster, node}	enum cs_cluster_admin */
	WRITE_VM_ADMIN, /* {vm}			enum cs_vm_admin */
	WRITE_VM_HOLD, /* {vm}			TruthValue */
	WRITE_VM_HOME, /* {vm}			cluster index, 0 none */
	WRITE_VM_PRIORITY, /* {vm}			0..1000 */
	WRITE_VM_TARGET_CLUSTER, /* {vm}		cluster index, 0 nothing */
	WRITE_VM_TARGET_NODE, /* {vm}		node index, 0 nothing */
	WRITE_SITE_CONFIRM, /* {vm, cluster}	epoch */
	WRITE_ALARM_ACK, /* {alarm}		TruthValue */
	WRITE_SET_ADOPT, /* {0}			as it reads */
	WRITE_VM_RELEASE, /* {vm}		as it reads, 0 nothing */
	WRITE_SET_RELOAD, /* {0}			as it reads */
	/* csMoveTable: {length, octets of the owner ..., index} */
	WRITE_MOVE_VM,
	WRITE_MOVE_CLUSTER,
	WRITE_MOVE_NODE,
	WRITE_MOVE_MODE, /*			enum cs_move_mode */
	WRITE_MOVE_REASON, /*			text */
	WRITE_MOVE_CONTROL, /*			enum cs_move_control */
	WRITE_MOVE_FORCE, /*			TruthValue */
	WRITE_MOVE_STATUS, /*			createAndGo(4), destroy(6) */
	WRITE_MOVE_STORAGE, /*			nonVolatile(3) */
	/* csPolicy, {0} */
	WRITE_POLICY_MASTER, /*			enum cs_policy_mode */
	WRITE_POLICY_HIGH_LOAD, /*		per mille */
	WRITE_POLICY_TARGET_LOAD, /*		per mille */
	WRITE_POLICY_MEMORY_RESERVE, /*		per mille */
	WRITE_POLICY_MINIMUM_GAIN, /*		per mille */
	WRITE_POLICY_MAX_MOVES,
	WRITE_POLICY_MAX_MOVES_HOUR,
	WRITE_POLICY_COOL_DOWN, /*		seconds */
	WRITE_POLICY_WINDOWS, /*		text */
	WRITE_POLICY_MODE, /* {policy}		enum cs_policy_mode */
	WRITE_PLAN_APPROVE, /* {plan}		enum cs_plan_approval */
	/* csPlacementTable: {length, octets of the owner ..., index} */
	WRITE_PLACEMENT_CPUS,
	WRITE_PLACEMENT_MEMORY, /*		MiB */
	WRITE_PLACEMENT_AVAIL_SET, /*		its index, 0: none */
	WRITE_PLACEMENT_STATUS, /*		createAndGo(4), destroy(6) */
	WRITE_PLACEMENT_STORAGE, /*		volatile(2) */
	WRITE_PLACEMENT_VM /*			its index, 0: a new one */
};

#define SET_TEXT_MAX 255 /* octets of any text that can be written */

struct set_item {
	enum writable what;
	uint32_t key[KEY_MAX];
	size_t klen;
	int64_t number;
	char text[SET_TEXT_MAX + 1]; /* UTF-8 without control characters, or "" */
};

enum request_phase {
	REQUEST_TEST,
	REQUEST_COMMIT,
	REQUEST_ACCEPT,
	REQUEST_UNDO,
	REQUEST_FREE
};
enum request_state {
	REQUEST_WAITING,
	REQUEST_TAKEN,
	REQUEST_REVOKED,
	REQUEST_ANSWERED
};

struct request {
	struct mail mail; /* to control's mailbox; deliver is set by whoever wires it */
	enum request_phase phase;
	uint64_t transaction; /* the same in all phases of one SET; never 0 */
	struct set_item *items;
	size_t nitems;
	void *control; /* for control's use */

	_Atomic int state; /* enum request_state */
	_Atomic unsigned refs; /* face and control; the last one frees */
	pthread_mutex_t lock;
	pthread_cond_t answered;
	/* the answer, valid once ANSWERED */
	int error; /* SNMP error-status (RFC 3416), 0 = noError */
	size_t failed_item; /* the item it is about */
	char *reason; /* in words, for csRefusalTable; NULL when noError */
};

/* One reference for the caller; `items` are copied. */
struct request *request_new(enum request_phase, uint64_t transaction,
    const struct set_item *items, size_t nitems);
struct request *request_ref(struct request *);
void request_unref(struct request *); /* NULL is fine */

/* Control: false when the face has revoked it; then it must not be acted on. */
bool request_take(struct request *);
/* Control: the answer; takes over `reason` (NULL when error is 0). */
void request_answer(struct request *, int error, size_t failed_item, char *reason);

/*
 * Face: waits for the answer until `timeout` ms have passed. Returns
 *	1  answered (read error, failed_item, reason);
 *	0  revoked in time: nothing has happened and nothing will;
 *	-1 taken but not answered: the outcome is not known.
 */
int request_wait(struct request *, msec_t timeout);

#endif
