/*
 * SPDX-License-Identifier: Apache-2.0
 * The SNMP face: everything AgentX, in a thread of its own.
 *
 * libnetsnmp's agent calls are synchronous and stall for seconds when snmpd is frozen
 * and the library is not thread-safe, so this thread is the only one that ever enters
 * it. It serves generations from the box, hands SETs to control as requests and sends
 * notifications that control queued, at most 16 unacknowledged. It never touches the
 * model.
 */
#ifndef SUBAGENT_FACE_H
#define SUBAGENT_FACE_H

#include <stdbool.h>

#include "set/generation.h"
#include "set/settings.h"
#include "subagent/mailbox.h"
#include "subagent/request.h"

struct face;

struct face_options {
	const struct agentx_settings *agentx; /* copied */
	unsigned refusals; /* rows kept in csRefusalTable */
	struct generation_box *box; /* borrowed for the face's life */
	struct mailbox *control; /* where requests go */
	/* set as mail.deliver of each request; runs in control's thread, and owns one
	 * reference of the request */
	void (*request)(struct mail *);
};

/*
 * Starts the thread. It connects to snmpd by itself, now and after every loss, with
 * back-off; failure to connect is logged, not returned. NULL and *cause only when the
 * thread cannot be made. Sets MIBS, MIBDIRS and SNMP_PERSISTENT_DIR in the environment
 * and ignores SIGPIPE: call it before threads that read the environment. One face per
 * process.
 */
struct face *face_start(const struct face_options *, char **cause);
/*
 * Stops and joins the thread; closes the AgentX session. False when a frozen snmpd
 * holds the thread for more than 10 s: it is left behind with all it uses, so the
 * caller must end the process without freeing any of that. NULL is fine.
 */
bool face_stop(struct face *);

/*
 * Queues one notification, from any thread. `type` is its number below {root 0};
 * `row` is the row it is about (a reference that the face takes over, may be NULL) of
 * table `table`; strings are copied. Sent at least once, in order of posting, until
 * snmpd has acknowledged it; its csNotifyTime is now. If more than 10,000 wait, the
 * oldest are dropped and one csEventsSuppressed names the range.
 */
struct notice {
	uint32_t sequence; /* csNotifySequence, the event's number */
	int type;
	enum cs_severity severity;
	const char *object_name, *text;
	enum table_id table;
	const void *row;
	/* csVmPlacementChange, csDiskOwnerChange: where it was; NULL goes out as "" */
	const char *old_cluster, *old_node;
};
void face_notify(struct face *, const struct notice *);

#endif
