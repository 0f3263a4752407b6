/*
 * SPDX-License-Identifier: Apache-2.0
 * The scopes of explore. See scopes.h.
 */
#include "tests/explore/scopes.h"

#include <string.h>

static const struct w_setup tiny[] = {
	{ .name = "move",
	    .clusters = 2,
	    .vms = 1,
	    .servers = { 1, 1 },
	    .verb = VERB_MOVE,
	    .faults = 0,
	    .acts = 0,
	    .slow = 0,
	    .moves = 1 },
};

static const struct w_setup small[] = {
	{ .name = "move",
	    .clusters = 2,
	    .vms = 1,
	    .servers = { 1, 1 },
	    .verb = VERB_MOVE,
	    .faults = 1,
	    .acts = 0,
	    .slow = 0,
	    .moves = 1 },
};

#define SCOPE(x, fair)                                  \
	{                                               \
#x, x, sizeof(x) / sizeof((x)[0]), fair \
	}
static const struct scope scopes[] = {
	SCOPE(tiny, 1),
	SCOPE(small, 16),
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
