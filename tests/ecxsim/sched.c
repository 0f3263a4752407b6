/*
 * SPDX-License-Identifier: Apache-2.0
 * A binary heap of timers. See sched.h.
 */
#include "tests/ecxsim/sched.h"

#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"

struct timer {
	int64_t due;
	uint64_t seq; /* equal due times fire in order of addition */
	size_t pos;
	timer_fn fn;
	void *obj;
	int a, b;
};

struct sched {
	struct timer **heap;
	size_t n, size;
	uint64_t seq;
	bool virtual_clock;
	int64_t now; /* virtual clock only */
	void (*changed)(void *);
	void *changed_arg;
};

struct sched *
sched_new(bool virtual_clock)
{
	struct sched *s = xcalloc(1, sizeof(*s));

	s->virtual_clock = virtual_clock;
	s->now = 1000;
	return s;
}

void
sched_free(struct sched *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->n; i++)
		free(s->heap[i]);
	free(s->heap);
	free(s);
}

int64_t
sched_now(const struct sched *s)
{
	return s->virtual_clock ? s->now : clock_ms();
}

static bool
before(const struct timer *x, const struct timer *y)
{
	return x->due != y->due ? x->due < y->due : x->seq < y->seq;
}

static void
place(struct sched *s, size_t pos, struct timer *t)
{
	s->heap[pos] = t;
	t->pos = pos;
}

static void
sift_up(struct sched *s, struct timer *t)
{
	size_t pos = t->pos;

	while (pos > 0 && before(t, s->heap[(pos - 1) / 2])) {
		place(s, pos, s->heap[(pos - 1) / 2]);
		pos = (pos - 1) / 2;
	}
	place(s, pos, t);
}

static void
sift_down(struct sched *s, struct timer *t)
{
	size_t pos = t->pos, child;

	while ((child = 2 * pos + 1) < s->n) {
		if (child + 1 < s->n && before(s->heap[child + 1], s->heap[child]))
			child++;
		if (!before(s->heap[child], t))
			break;
		place(s, pos, s->heap[child]);
		pos = child;
	}
	place(s, pos, t);
}

static void
take_out(struct sched *s, struct timer *t)
{
	struct timer *last = s->heap[--s->n];

	if (last == t)
		return;
	place(s, t->pos, last);
	sift_up(s, last);
	sift_down(s, last);
}

static void
changed(struct sched *s)
{
	if (s->changed != NULL)
		s->changed(s->changed_arg);
}

struct timer *
sched_add(struct sched *s, int64_t ms, timer_fn fn, void *obj, int a, int b)
{
	struct timer *t = xcalloc(1, sizeof(*t));

	assert(fn != NULL);
	t->due = sched_now(s) + (ms < 0 ? 0 : ms);
	t->seq = ++s->seq;
	t->fn = fn;
	t->obj = obj;
	t->a = a;
	t->b = b;
	if (s->n == s->size) {
		s->size = s->size == 0 ? 64 : 2 * s->size;
		s->heap = xreallocarray(s->heap, s->size, sizeof(struct timer *));
	}
	place(s, s->n++, t);
	sift_up(s, t);
	if (t->pos == 0)
		changed(s);
	return t;
}

void
sched_cancel(struct sched *s, struct timer **t)
{
	if (*t == NULL)
		return;
	take_out(s, *t);
	free(*t);
	*t = NULL;
}

int64_t
sched_due_in(const struct sched *s)
{
	int64_t ms;

	if (s->n == 0)
		return -1;
	ms = s->heap[0]->due - sched_now(s);
	return ms < 0 ? 0 : ms;
}

void
sched_run(struct sched *s)
{
	int64_t now = sched_now(s), due = s->n > 0 ? s->heap[0]->due : 0;
	uint64_t newest = s->seq; /* what they add waits for the next run */

	while (due <= now && s->n > 0 && s->heap[0]->due == due &&
	    s->heap[0]->seq <= newest) {
		struct timer *t = s->heap[0];
		struct timer copy = *t;

		take_out(s, t);
		free(t);
		copy.fn(copy.obj, copy.a, copy.b);
	}
	changed(s); /* also after an alarm that came early */
}

void
sched_advance(struct sched *s, int64_t ms)
{
	int64_t end = s->now + ms;

	assert(s->virtual_clock);
	while (s->n > 0 && s->heap[0]->due <= end) {
		if (s->heap[0]->due > s->now)
			s->now = s->heap[0]->due;
		sched_run(s);
	}
	s->now = end;
}

void
sched_on_change(struct sched *s, void (*fn)(void *), void *arg)
{
	s->changed = fn;
	s->changed_arg = arg;
}
