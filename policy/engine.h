/*
 * SPDX-License-Identifier: Apache-2.0
 * The engine of policies: when they look, what may come of it, and what became of it.
 *
 * Between policies (policy.h), which propose, and move/moves.h, which moves. Keeps
 * csPolicyTable and its scalars, csPlanTable, csPlanReasonTable, csPlacementTable and
 * csPlacementResultTable. Told the time; no I/O, no thread: looks are handed out as
 * jobs that whoever owns threads runs (policy_job_run() is pure) and brings back.
 *
 * The path of a proposal: a job looks at a generation; the finding comes back; what is
 * no longer proposed, or whose facts changed, becomes expired; what is new becomes a
 * row, proposed, with an event and csPlanReady. In mode automatic it is approved by the
 * engine, else by a SET of csPlanApprove. An approved one waits for its turn (limits,
 * windows, failover, order within its batch), is then asked of moves_test() and
 * moves_accept() with owner "policy", and follows its move to the end.
 */
#ifndef POLICY_ENGINE_H
#define POLICY_ENGINE_H

#include "move/moves.h"
#include "policy/policy.h"
#include "set/windows.h"

struct engine;
struct policy_job;

struct engine_sink {
	void *arg;
	/* A record of the store, spaces "policy" and "plan"; NULL value deletes. */
	void (*record)(
	    void *arg, const char *space, const char *key, const char *value);
	/* Runs policy_job_run() in another thread; then engine_done(), also after a
	 * failure. */
	void (*compute)(void *arg, struct policy_job *);
	/*
	 * Runs the fence of that cluster (slot in settings): moves_fencing() when it
	 * begins, moves_fenced() when it ended, then engine_fenced() once.
	 */
	void (*fence)(void *arg, size_t cluster);
};

/* `model`, `moves` and the sink outlive it. */
struct engine *engine_new(struct model *, struct moves *, const struct engine_sink *);
void engine_free(struct engine *); /* NULL is fine; jobs out are waited for by others */

/* What was kept; -1 and *cause naming space and key. Before engine_start(). */
int engine_restore(struct engine *, const char *space, const char *key,
    const char *value, char **cause);
/* After every model_configure(). */
void engine_configured(
    struct engine *, const struct settings *, const struct model_now *);
void engine_start(struct engine *, const struct model_now *);
/* Records everything anew, as after a time in which the store failed. */
void engine_tell_all(struct engine *);

/* About once a second, with the newest generation (NULL: none yet). */
void engine_tick(struct engine *, struct generation *, const struct model_now *);
/* A job is back. Takes it over. */
void engine_done(struct engine *, struct policy_job *, const struct model_now *);
/* By name: slots may have changed since it began. */
void engine_fenced(struct engine *, const char *cluster, bool ok, bool disk,
    const char *text, const struct model_now *);

/* Any thread; touches nothing but the job. `stop` as in policy_view. */
void policy_job_run(struct policy_job *, bool (*stop)(void *arg), void *stop_arg);
void policy_job_free(struct policy_job *);

/* --- SETs ------------------------------------------------------------------------ */

enum engine_order_kind {
	ENGINE_MASTER_MODE, /* value: enum cs_policy_mode */
	ENGINE_HIGH_LOAD,
	ENGINE_TARGET_LOAD,
	ENGINE_MEMORY_RESERVE,
	ENGINE_MINIMUM_GAIN,
	ENGINE_MAX_MOVES,
	ENGINE_MAX_MOVES_HOUR,
	ENGINE_COOL_DOWN,
	ENGINE_WINDOWS, /* text */
	ENGINE_MODE, /* key: csPolicyIndex */
	ENGINE_APPROVE, /* key: csPlanIndex; value: enum cs_plan_approval; the decision
	                   that it has already is fine, and does nothing */
	ENGINE_PLACE, /* owner, key: index; a question; one that is there: not now */
	ENGINE_PLACE_DESTROY /* what is not there is fine */
};

#define ENGINE_RESULTS_MAX 256

struct engine_order { /* texts owned by whoever made it */
	enum engine_order_kind kind;
	uint32_t key;
	int64_t value;
	char *text; /* NULL: none */
	char *owner; /* of a placement */
	/*
	 * Of a question. With `vm` it is about an existing one, whose size and set
	 * count where cpus and memory are 0 (not told). Results are nodes, ranked,
	 * those that are not possible last, each with what is in the way (possible,
	 * text), where the VM is now among them: ENGINE_RESULTS_MAX at most.
	 */
	uint32_t cpus, memory, avail_set, vm;
};

/* Is it possible? *cause in words when not. Changes nothing. */
enum move_verdict engine_test(const struct engine *, const struct engine_order *,
    const struct model_now *, char **cause);
/* Carries it out: after a test that said MOVE_FINE, or as a proposal that was found. */
void engine_order(
    struct engine *, const struct engine_order *, const struct model_now *);

#endif
