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
#define SILENCE (K(MUTE) | K(POWER) | K(DAEMON))
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
	MOVE("answers", .faults = 1, .may = ANSWERS & ~K(CRASH)),
	MOVE(
	    "operator", .acts = 1, .may = K(CANCEL) | K(ROLLBACK) | K(HOLD) | K(AGAIN)),
};

static const struct w_setup small[] = {
	MOVE("answers", .faults = 1, .may = ANSWERS),
	MOVE("others", .faults = 1,
	    .may = K(OTHERS_START) | K(OTHERS_STOP) | K(OTHERS_DISK) | K(FAIL)),
	MOVE("blind", .faults = 1,
	    .may = K(MUTE) | K(DAEMON) | K(POWER) | K(AUTOSTART) | K(LATE)),
	MOVE("misled", .faults = 1,
	    .may = K(SUSPEND) | K(SWAP) | K(MISS) | K(HOOK) | K(FALSE_WORD)),
	MOVE("store", .faults = 1, .may = K(STORE) | K(RESTORED) | K(CRASH)),
	MOVE("operator", .acts = 1),
	MOVE("pair", .servers = { 2, 1, 1 }, .faults = 1, .may = INSIDE),
	MOVE("force", .force = 1, .faults = 1, .acts = 1, .may = K(MUTE) | PROOFS),
	MOVE("three", .clusters = 3, .faults = 1, .may = K(REFUSE) | K(NO_ANSWER)),
	MOVE("again", .tries = 2, .horizon = 4),
	MOVE("slow", .slow = 1),
	MOVE("quiet", .monitors = 3, .faults = 1, .may = K(LOUD) | K(REFUSE)),
	MOVE("up", .verb = VERB_UP, .faults = 1),
	MOVE("down", .verb = VERB_DOWN, .faults = 1),
	MOVE("within", .verb = VERB_WITHIN, .servers = { 2, 1, 1 }, .faults = 1,
	    .may = ANSWERS | K(POWER) | K(FAIL)),
	MOVE("two-vms", .vms = 2, .may = K(CRASH)),
};

static const struct w_setup medium[] = {
	MOVE("move", .faults = 1, .acts = 1, .slow = 1),
};

static const struct w_setup large[] = {
	MOVE("move", .faults = 2, .acts = 1, .slow = 1, .tries = 2),
};

#define SCOPE(x, fair)                                    \
	{                                                 \
#x, x, sizeof(x) / sizeof((x)[0]), (fair) \
	}
static const struct scope scopes[] = {
	SCOPE(tiny, 1),
	SCOPE(small, 4),
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
