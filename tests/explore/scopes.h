/*
 * SPDX-License-Identifier: Apache-2.0
 * How far an exploration goes: the bounds of doc/moves-proof.md, as data.
 */
#ifndef EXPLORE_SCOPES_H
#define EXPLORE_SCOPES_H

#include "tests/explore/world.h"

struct scope {
	const char *name;
	const struct w_setup *setups;
	size_t n;
	uint32_t fair_every;
};

const struct scope *scope_find(const char *name); /* NULL: there is none */

#endif
