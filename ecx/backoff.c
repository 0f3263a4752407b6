/*
 * SPDX-License-Identifier: Apache-2.0
 * How long a server that did not answer is left alone. See backoff.h.
 */
#include "ecx/backoff.h"

#define DICE_RANGE 1024

static msec_t
share(msec_t of, unsigned dice)
{
	return of * (msec_t)(dice % DICE_RANGE) / DICE_RANGE;
}

msec_t
backoff_delay(unsigned failures, msec_t first, msec_t most, unsigned dice)
{
	msec_t delay = first;

	while (failures > 1 && delay < most) {
		delay *= 2;
		failures--;
	}
	if (delay > most)
		delay = most;
	return delay - share(delay / 4, dice);
}

msec_t
backoff_denied(msec_t denied, unsigned dice)
{
	return denied + share(denied / 8, dice);
}
