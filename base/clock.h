/*
 * SPDX-License-Identifier: Apache-2.0
 * The two clocks of clusterset.
 *
 * Durations, ages and deadlines are CLOCK_BOOTTIME (it goes on while the machine is
 * suspended, and nobody can set it). Wall time is for display and maintenance windows.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

typedef int64_t msec_t; /* milliseconds of CLOCK_BOOTTIME; 0 means "never" */

msec_t clock_ms(void); /* now; always > 0 */
int64_t clock_us(void); /* now in microseconds, for measuring */

/* RFC 2579 DateAndTime of a wall time, 8 octets in UTC + 3 octets offset. */
#define DATE_AND_TIME_LEN 11
void clock_date_and_time(time_t wall, unsigned char out[DATE_AND_TIME_LEN]);

/* "2026-11-22T12:42:22Z" into buf (at least 21 bytes); returns buf. */
char *clock_iso8601(time_t wall, char *buf, size_t size);

/* "2026-11-22 12:42" by the host's own time zone, for texts; as above. */
char *clock_local(time_t wall, char *buf, size_t size);

#endif
