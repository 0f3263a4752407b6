/*
 * SPDX-License-Identifier: Apache-2.0
 * The process's counters. See stats.h.
 */
#include "base/stats.h"

#include <stdatomic.h>

static _Atomic int64_t stat_values[STAT_COUNT];

void
stat_add(enum stat_id which, int64_t n)
{
	atomic_fetch_add_explicit(&stat_values[which], n, memory_order_relaxed);
}

void
stat_set(enum stat_id which, int64_t value)
{
	atomic_store_explicit(&stat_values[which], value, memory_order_relaxed);
}

uint64_t
stat_get(enum stat_id which)
{
	int64_t v = atomic_load_explicit(&stat_values[which], memory_order_relaxed);

	return v < 0 ? 0 : (uint64_t)v;
}
