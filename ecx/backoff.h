/*
 * SPDX-License-Identifier: Apache-2.0
 * How long a server that did not answer is left alone. Pure arithmetic; the caller
 * brings the dice.
 */
#ifndef ECX_BACKOFF_H
#define ECX_BACKOFF_H

#include "base/clock.h"

/*
 * After the `failures`-th failure in a row (1 ...): `first` doubled each time, at most
 * `most`, less up to a quarter of it by `dice` (any number), so that servers which fell
 * together do not come back together.
 */
msec_t backoff_delay(unsigned failures, msec_t first, msec_t most, unsigned dice);

/* After 401 or 403: never less than `denied`, up to an eighth more. */
msec_t backoff_denied(msec_t denied, unsigned dice);

#endif
