/*
 * SPDX-License-Identifier: Apache-2.0
 * The simulator's own alarm clock: a heap of timers over a clock that is either real
 * (CLOCK_BOOTTIME) or, in unit tests, turned by hand.
 *
 * Owns the timers; used by every state machine of ecxsim. Does no waiting itself: the
 * program asks sched_due_in() and calls sched_run() (main.c does it with libevent).
 */
#ifndef ECXSIM_SCHED_H
#define ECXSIM_SCHED_H

#include <stdbool.h>
#include <stdint.h>

struct sched;
struct timer;

/* obj and the two numbers are what sched_add() was given; the timer is already gone. */
typedef void (*timer_fn)(void *obj, int a, int b);

/* virtual_clock: time stands at 1000 ms and moves only by sched_advance(). */
struct sched *sched_new(bool virtual_clock);
void sched_free(struct sched *s);

int64_t sched_now(const struct sched *s); /* milliseconds */

/* Call fn after ms milliseconds (0: at the next run). The holder must forget the
 * returned pointer when fn is called. */
struct timer *sched_add(
    struct sched *s, int64_t ms, timer_fn fn, void *obj, int a, int b);

/* Cancels *t when it is not NULL and sets it to NULL. */
void sched_cancel(struct sched *s, struct timer **t);

/* Milliseconds until the next timer, 0 when one is due, -1 when there is none. */
int64_t sched_due_in(const struct sched *s);

/*
 * Runs the timers of the earliest instant that is due, in order of addition; the rest
 * is for the next run, so that who waits for a state sees every one, however late we
 * are.
 */
void sched_run(struct sched *s);

/* Virtual clock only: moves the time on by ms, running everything on the way. */
void sched_advance(struct sched *s, int64_t ms);

/* Called whenever the first timer changes (so that a loop can wait for it). */
void sched_on_change(struct sched *s, void (*fn)(void *), void *arg);

#endif
