/*
 * SPDX-License-Identifier: Apache-2.0
 * SETs under way: from AgentX phases to requests that control answers.
 *
 * Called by the AgentX adapter, once per phase and PDU; knows nothing of Net-SNMP. What
 * can be told from the descriptors is refused here, the rest is asked of control, and
 * no answer is waited for longer than the time given. What is refused gets a row in
 * csRefusalTable. A phase that never comes leaves nothing behind: what was tested is
 * freed, what was committed is left to control, which accepts it by itself.
 */
#ifndef SUBAGENT_SETS_H
#define SUBAGENT_SETS_H

#include "subagent/mailbox.h"
#include "subagent/mib.h"
#include "subagent/refusal.h"

/* RFC 2741 7.2.4: TestSet is the first two, CommitSet, CleanupSet, UndoSet, and
 * CleanupSet of what was only tested. */
enum set_phase { SET_CHECK, SET_TEST, SET_COMMIT, SET_CLEANUP, SET_UNDO, SET_FREE };

struct sets_options {
	const struct mib *mib;
	struct refusals *refusals;
	struct mailbox *control;
	void (*request)(struct mail *); /* as face_options.request */
	msec_t timeout; /* for one answer of control */
};

struct sets;

struct sets *sets_new(const struct sets_options *); /* everything is borrowed */
void sets_free(struct sets *); /* as sets_lost(); NULL is fine */

/*
 * One phase of the SET that `id` names (the same in all phases). `writes` matter for
 * SET_CHECK only. Returns ERROR_NONE, or an error and the number of the variable, from
 * 0, that it is about.
 */
enum mib_error sets_phase(struct sets *, const struct mib_snapshot *, uint64_t id,
    enum set_phase, const struct mib_write *writes, size_t n, size_t *failed);

/* The session is gone: no further phase will come for any SET. */
void sets_lost(struct sets *);
size_t sets_open(const struct sets *); /* how many are under way */

#endif
