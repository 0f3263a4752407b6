/*
 * SPDX-License-Identifier: Apache-2.0
 * A SET on its way from the face to control. See request.h.
 */
#include "subagent/request.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"

struct request *
request_new(enum request_phase phase, uint64_t transaction,
    const struct set_item *items, size_t nitems)
{
	struct request *r = xcalloc(1, sizeof(*r));
	pthread_condattr_t attr;

	r->phase = phase;
	r->transaction = transaction;
	r->nitems = nitems;
	if (nitems > 0) {
		r->items = xcalloc(nitems, sizeof(*items));
		memcpy(r->items, items, nitems * sizeof(*items));
	}
	atomic_init(&r->state, REQUEST_WAITING);
	atomic_init(&r->refs, 1);
	pthread_mutex_init(&r->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&r->answered, &attr);
	pthread_condattr_destroy(&attr);
	return r;
}

struct request *
request_ref(struct request *r)
{
	atomic_fetch_add(&r->refs, 1);
	return r;
}

void
request_unref(struct request *r)
{
	if (r == NULL || atomic_fetch_sub(&r->refs, 1) != 1)
		return;
	pthread_cond_destroy(&r->answered);
	pthread_mutex_destroy(&r->lock);
	free(r->items);
	free(r->reason);
	free(r);
}

bool
request_take(struct request *r)
{
	int waiting = REQUEST_WAITING;

	return atomic_compare_exchange_strong(&r->state, &waiting, REQUEST_TAKEN);
}

void
request_answer(struct request *r, int error, size_t failed_item, char *reason)
{
	pthread_mutex_lock(&r->lock);
	r->error = error;
	r->failed_item = failed_item;
	r->reason = reason;
	atomic_store(&r->state, REQUEST_ANSWERED);
	pthread_cond_signal(&r->answered);
	pthread_mutex_unlock(&r->lock);
}

int
request_wait(struct request *r, msec_t timeout)
{
	int waiting = REQUEST_WAITING;
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += timeout / 1000;
	until.tv_nsec += (timeout % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	pthread_mutex_lock(&r->lock);
	while (atomic_load(&r->state) != REQUEST_ANSWERED)
		if (pthread_cond_timedwait(&r->answered, &r->lock, &until) != 0)
			break;
	pthread_mutex_unlock(&r->lock);
	if (atomic_load(&r->state) == REQUEST_ANSWERED)
		return 1;
	if (atomic_compare_exchange_strong(&r->state, &waiting, REQUEST_REVOKED))
		return 0;
	return atomic_load(&r->state) == REQUEST_ANSWERED ? 1 : -1;
}
