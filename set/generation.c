/*
 * SPDX-License-Identifier: Apache-2.0
 * Generations and their box. See generation.h.
 */
#include "set/generation.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/mem.h"

struct generation_box {
	pthread_mutex_t lock;
	struct generation *newest;
	_Atomic uint64_t seq;
	_Atomic msec_t beat;
};

struct generation *
generation_new(struct table *const *tables, uint64_t seq, msec_t now)
{
	struct generation *g = xcalloc(1, sizeof(*g));
	int i;

	atomic_init(&g->refs, 1);
	g->seq = seq;
	g->published = now;
	for (i = 0; i < TABLE_COUNT; i++)
		g->tables[i] = table_view(tables[i]);
	return g;
}

struct generation *
generation_ref(struct generation *g)
{
	atomic_fetch_add_explicit(&g->refs, 1, memory_order_relaxed);
	return g;
}

void
generation_unref(struct generation *g)
{
	int i;

	if (g == NULL ||
	    atomic_fetch_sub_explicit(&g->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (i = 0; i < TABLE_COUNT; i++)
		table_view_unref(g->tables[i]);
	free(g);
}

struct generation_box *
generation_box_new(void)
{
	struct generation_box *b = xcalloc(1, sizeof(*b));

	pthread_mutex_init(&b->lock, NULL);
	return b;
}

void
generation_box_free(struct generation_box *b)
{
	if (b == NULL)
		return;
	generation_unref(b->newest);
	pthread_mutex_destroy(&b->lock);
	free(b);
}

void
generation_publish(struct generation_box *b, struct generation *g)
{
	struct generation *old;

	pthread_mutex_lock(&b->lock);
	old = b->newest;
	b->newest = g;
	atomic_store_explicit(&b->seq, g->seq, memory_order_release);
	pthread_mutex_unlock(&b->lock);
	generation_unref(
	    old); /* freeing it is outside the lock: nobody waits for that */
}

struct generation *
generation_take(struct generation_box *b)
{
	struct generation *g;

	pthread_mutex_lock(&b->lock);
	g = b->newest == NULL ? NULL : generation_ref(b->newest);
	pthread_mutex_unlock(&b->lock);
	return g;
}

uint64_t
generation_seq(const struct generation_box *b)
{
	return atomic_load_explicit(&b->seq, memory_order_acquire);
}

void
generation_beat(struct generation_box *b, msec_t now)
{
	atomic_store_explicit(&b->beat, now, memory_order_relaxed);
}

msec_t
generation_last_beat(const struct generation_box *b)
{
	return atomic_load_explicit(&b->beat, memory_order_relaxed);
}
