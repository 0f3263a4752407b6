/*
 * SPDX-License-Identifier: Apache-2.0
 * Notifications: what each carries, and the queue in which they wait to be
 * acknowledged.
 *
 * AgentX-Notify is answered by the master. Whoever sends hundreds without reading ends
 * with both sides blocked in send(), so at most NOTIFY_WINDOW are unacknowledged; the
 * rest wait in order of posting. What is not acknowledged is sent again, under the same
 * csNotifySequence: at least once, in order. When more than NOTIFY_WAITING wait, the
 * oldest are dropped and one csEventsSuppressed names the range.
 *
 * Belongs to the face's thread. Knows nothing of Net-SNMP: the message goes out through
 * a function of the adapter.
 */
#ifndef SUBAGENT_NOTIFY_H
#define SUBAGENT_NOTIFY_H

#include "subagent/face.h"
#include "subagent/mib.h"

#define NOTIFY_WINDOW  16
#define NOTIFY_WAITING 10000
#define NOTIFY_VARS    12

enum { NOTIFY_EVENTS_SUPPRESSED = 18, NOTIFY_TYPES = 18 };

/* A message ready to be sent: the notification's number below {root 0} and its varbinds
 * after snmpTrapOID, names below the root. */
struct notify_var {
	uint32_t oid[MIB_OID_MAX];
	size_t len;
	struct mib_value value;
};
struct notify_message {
	int type;
	struct notify_var vars[NOTIFY_VARS];
	size_t n;
};

/* The varbinds of a type by their names in the MIB, NULL-terminated; NULL: no such
 * type. */
const char *const *notify_objects(int type);

/* false: not even tried (no session). The answer comes as notifier_answer(ticket). */
typedef bool notify_send(void *arg, uint64_t ticket, const struct notify_message *);

struct notifier;

struct notifier *notifier_new(const struct mib *, notify_send *, void *arg);
void notifier_free(struct notifier *); /* NULL is fine */

/* Takes over the notice's row; copies its strings. */
void notifier_post(struct notifier *, const struct notice *, int64_t wall);
/* Sends what may be sent now. */
void notifier_pump(struct notifier *, const struct mib_snapshot *);

enum notify_answer { NOTIFY_ACKED, NOTIFY_SILENT, NOTIFY_REFUSED };
void notifier_answer(struct notifier *, uint64_t ticket, enum notify_answer);
/* The session is gone: what is unacknowledged waits again. */
void notifier_lost(struct notifier *);

size_t notifier_waiting(const struct notifier *); /* with the unacknowledged */
size_t notifier_in_flight(const struct notifier *);

#endif
