/*
 * SPDX-License-Identifier: Apache-2.0
 * The scopes of explore. See scopes.h.
 *
 * Each setup is explored whole. What costs is bounded per path: `faults` of the kinds
 * that go wrong, `acts` of operators and fences, `slow` ticks with something due, and
 * `moves`; `may` narrows the kinds where a setup is about some of them.
 */
#include "tests/explore/scopes.h"

#include <string.h>

#include "tests/explore/happen.h"

#define K(kind) (UINT64_C(1) << HAP_##kind)
#define ANSWERS \
	(K(REFUSE) | K(UNSENT) | K(NO_ANSWER) | K(TWICE) | K(SWALLOWED) | K(CRASH))
#define INSIDE                                                                \
	(K(KILLED) | K(MONITORED) | K(STALE) | K(CALM) | K(MUTE) | K(POWER) | \
	    K(AUTOSTART) | K(FAIL))
#define WORDS                                                                  \
	(K(CANCEL) | K(ROLLBACK) | K(RETRY) | K(FORCE) | K(HOLD) | K(UNHOLD) | \
	    K(CLOSE) | K(AGAIN))
#define PROOFS (K(CONFIRM) | K(FENCE))

/* What is not said: two clusters of one server, one VM, one move across, one try. */
#define MOVE(n, ...)                     \
	{                                \
		.name = (n), __VA_ARGS__ \
	}

static const struct w_setup tiny[] = {
	MOVE("calm", .faults = 0),
	MOVE("up", .verb = VERB_UP, .faults = 1, .may = K(MUTE) | K(REFUSE) | K(SWAP)),
	MOVE("cancel", .acts = 1, .may = K(CANCEL)),
};

static const struct w_setup small[] = {
	MOVE("answers", .faults = 1, .may = ANSWERS),
	MOVE("others", .faults = 1, .may = K(OTHERS_START) | K(OTHERS_DISK) | K(FAIL)),
	MOVE("blind", .faults = 1, .may = K(MUTE)),
	MOVE("misled", .faults = 1, .may = K(SWAP) | K(FALSE_WORD)),
	MOVE("store", .faults = 1, .may = K(STORE) | K(RESTORED)),
	MOVE("words", .acts = 1, .may = WORDS),
	MOVE("pair", .servers = { 2, 1, 1 }, .faults = 1,
	    .may = K(KILLED) | K(MONITORED) | K(STALE) | K(CALM)),
	MOVE("three", .clusters = 3, .faults = 1, .may = K(REFUSE) | K(NO_ANSWER)),
	MOVE("again", .tries = 2, .horizon = 4),
	MOVE("quiet", .monitors = 3, .faults = 1, .may = K(LOUD) | K(REFUSE)),
	MOVE("up", .verb = VERB_UP, .faults = 1),
	MOVE("up-words", .verb = VERB_UP, .acts = 1),
	MOVE("down", .verb = VERB_DOWN, .faults = 1),
	MOVE("within", .verb = VERB_WITHIN, .servers = { 2, 1, 1 }, .faults = 1,
	    .may = ANSWERS | K(POWER) | K(FAIL)),
	MOVE("two-vms", .vms = 2, .verb = VERB_UP),
	MOVE("reboot", .verb = VERB_UP, .faults = 2, .may = K(POWER) | K(AUTOSTART)),
	MOVE("restored", .verb = VERB_UP, .faults = 2, .may = K(CRASH) | K(RESTORED)),
	MOVE("held", .verb = VERB_UP, .acts = 2, .may = K(HOLD) | K(UNHOLD)),
};

/* The recover policy, whole clusters dying and returning. */
#define LOST            (K(BLACKOUT) | K(MUTE))
#define RECOVER(n, ...) MOVE(n, .recover = 1, __VA_ARGS__)

static const struct w_setup medium[] = {
	MOVE("move", .faults = 1),
	MOVE("hanging", .horizon = 3, .acts = 2, .may = K(CANCEL) | K(CONFIRM)),
	MOVE("pair", .servers = { 2, 1, 1 }, .faults = 1, .may = INSIDE),
	MOVE("force", .force = 1, .faults = 1, .acts = 1, .may = K(MUTE) | K(CONFIRM)),
	MOVE("slow", .slow = 1),
	MOVE("settle", .long_settle = 1, .long_fresh = 1),
	MOVE("two-vms", .vms = 2, .verb = VERB_UP, .faults = 1, .may = K(REFUSE)),
	MOVE("up", .verb = VERB_UP, .faults = 2),
	RECOVER("recover", .fence = 1, .faults = 2, .acts = 1,
	    .may = K(BLACKOUT) | K(AUTOSTART) | K(FENCE)),
};

static const struct w_setup large[] = {
	MOVE("move", .faults = 2),
	MOVE("operator", .acts = 1),
	MOVE("proofs", .force = 1, .faults = 1, .acts = 1, .may = K(MUTE) | PROOFS),
	MOVE("both", .faults = 1, .acts = 1),
	MOVE("twice", .moves = 2, .clusters = 3),
	MOVE("slow", .faults = 1, .slow = 2, .tries = 2, .horizon = 4),
};

static const struct w_setup recover[] = {
	RECOVER("fence", .faults = 1, .acts = 1, .may = LOST | K(FENCE)),
	RECOVER("word", .faults = 1, .acts = 1, .may = LOST | K(CONFIRM)),
	RECOVER("stopped", .faults = 1, .may = K(OTHERS_STOP) | K(MONITORED) | K(FAIL)),
	RECOVER("fence-late", .fence = 1, .faults = 2, .acts = 1,
	    .may = K(MUTE) | K(STRIKE) | K(FENCE)),
	RECOVER("autostart", .faults = 2, .may = K(BLACKOUT) | K(AUTOSTART)),
	RECOVER("killed", .faults = 2, .acts = 1, .may = K(MUTE) | K(CRASH) | K(FENCE)),
	RECOVER("held", .faults = 1, .acts = 2,
	    .may = K(BLACKOUT) | K(CONFIRM) | K(HOLD) | K(UNHOLD)),
	RECOVER("pair", .servers = { 2, 1, 1 }, .faults = 1, .acts = 1,
	    .may = K(BLACKOUT) | K(CONFIRM)),
};

#define SCOPE(x, fair)                                    \
	{                                                 \
#x, x, sizeof(x) / sizeof((x)[0]), (fair) \
	}
static const struct scope scopes[] = {
	SCOPE(tiny, 4),
	SCOPE(small, 16),
	SCOPE(recover, 16),
	SCOPE(medium, 16),
	SCOPE(large, 64),
};

const struct scope *
scope_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++)
		if (strcmp(scopes[i].name, name) == 0)
			return &scopes[i];
	return NULL;
}
