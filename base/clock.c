/*
 * SPDX-License-Identifier: Apache-2.0
 * The two clocks of clusterset. See clock.h.
 */
#include "base/clock.h"

#include <stdio.h>

int64_t
clock_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

msec_t
clock_ms(void)
{
	return clock_us() / 1000 + 1;
}

void
clock_date_and_time(time_t wall, unsigned char out[DATE_AND_TIME_LEN])
{
	struct tm tm;
	unsigned year;

	gmtime_r(&wall, &tm);
	year = (unsigned)tm.tm_year + 1900;
	out[0] = (unsigned char)(year >> 8);
	out[1] = (unsigned char)year;
	out[2] = (unsigned char)(tm.tm_mon + 1);
	out[3] = (unsigned char)tm.tm_mday;
	out[4] = (unsigned char)tm.tm_hour;
	out[5] = (unsigned char)tm.tm_min;
	out[6] = (unsigned char)tm.tm_sec;
	out[7] = 0;
	out[8] = '+';
	out[9] = 0;
	out[10] = 0;
}

char *
clock_iso8601(time_t wall, char *buf, size_t size)
{
	struct tm tm;

	gmtime_r(&wall, &tm);
	if (strftime(buf, size, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0 && size > 0)
		buf[0] = '\0';
	return buf;
}

char *
clock_local(time_t wall, char *buf, size_t size)
{
	struct tm tm;

	if ((localtime_r(&wall, &tm) == NULL ||
	        strftime(buf, size, "%Y-%m-%d %H:%M", &tm) == 0) &&
	    size > 0)
		buf[0] = '\0';
	return buf;
}
