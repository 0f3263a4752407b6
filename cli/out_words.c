/*
 * SPDX-License-Identifier: Apache-2.0
 * Words of the MIB, ages and times as people read them. See out.h.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/out.h"

enum { RING = 16, TEXT_MAX = 160 };

static char *
next(void)
{
	static char ring[RING][TEXT_MAX];
	static unsigned at;

	return ring[at++ % RING];
}

static const char good[] = " active done enabled found normal ok online owned proved "
                           "resolved running succeeded up verified ";
static const char busy[] = " accepted approved automatic auto cancelling caution "
                           "computing degraded maintenance moving partial pending "
                           "proposed released rolledBack rollingBack starting stopping "
                           "suspended warning ";
static const char bad[] = " absent conflict critical error failed foreign "
                          "impossible inDoubt offline refused rejected stale stuck "
                          "timedOut unreachable violated ";
static const char unsure[] = " unknown ";
static const char faint[] = " cancelled disabled down expired ignored info never none "
                            "off stopped undecided ";

static bool
is_in(const char *list, const char *word)
{
	size_t n = strlen(word);
	const char *p = list;

	while ((p = strstr(p, word)) != NULL) {
		if (p > list && p[-1] == ' ' && p[n] == ' ')
			return true;
		p++;
	}
	return false;
}

enum out_tone
out_tone_of(const char *word)
{
	if (word == NULL || *word == '\0' || strchr(word, ' ') != NULL)
		return TONE_PLAIN;
	if (is_in(good, word))
		return TONE_GOOD;
	if (is_in(busy, word))
		return TONE_BUSY;
	if (is_in(bad, word))
		return TONE_BAD;
	if (is_in(unsure, word))
		return TONE_UNKNOWN;
	if (is_in(faint, word))
		return TONE_FAINT;
	return TONE_PLAIN;
}

const char *
out_words(const char *word)
{
	static const struct {
		const char *from, *to;
	} proper[] = {
		{ "vm", "VM" },
		{ "tls", "TLS" },
		{ "plain http", "plain HTTP" },
		{ "avail set", "availability set" },
		{ "http", "HTTP" },
	};
	char text[TEXT_MAX], *result = next();
	size_t i, n = 0;

	for (; *word != '\0' && n + 2 < sizeof text; word++) {
		if (isupper((unsigned char)*word) && n > 0)
			text[n++] = ' ';
		text[n++] = (char)tolower((unsigned char)*word);
	}
	text[n] = '\0';
	for (i = 0; i < sizeof proper / sizeof proper[0]; i++) {
		n = strlen(proper[i].from);
		if (strncmp(text, proper[i].from, n) == 0 &&
		    (text[n] == '\0' || text[n] == ' ')) {
			snprintf(result, TEXT_MAX, "%s%.100s", proper[i].to, text + n);
			return result;
		}
	}
	memcpy(result, text, sizeof text);
	return result;
}

const char *
out_duration(int64_t seconds)
{
	static const struct {
		int64_t seconds;
		const char *unit;
	} units[] = { { 86400, "d" }, { 3600, "h" }, { 60, "min" }, { 1, "s" } };
	char *text = next();
	int64_t rest;
	size_t i;

	if (seconds < 0)
		return "-";
	for (i = 0; i < 3 && seconds < units[i].seconds; i++)
		continue;
	rest = i < 3 ? seconds % units[i].seconds / units[i + 1].seconds : 0;
	/* from ten on the smaller unit says nothing */
	if (rest > 0 && (seconds / units[i].seconds < 10 || i == 1))
		snprintf(text, TEXT_MAX, "%lld %s %lld %s",
		    (long long)(seconds / units[i].seconds), units[i].unit,
		    (long long)rest, units[i + 1].unit);
	else
		snprintf(text, TEXT_MAX, "%lld %s",
		    (long long)(seconds / units[i].seconds), units[i].unit);
	return text;
}

int64_t
out_time(const char *s)
{
	int y, mon, d, h, min, sec, n = 0, oh, om;
	struct tm tm;
	long offset = 0;
	char sign;

	if (sscanf(s, "%4d-%2d-%2dT%2d:%2d:%2d%n", &y, &mon, &d, &h, &min, &sec, &n) !=
	        6 ||
	    n == 0)
		return -1;
	s += n;
	if (*s == '.')
		s += 1 + strspn(s + 1, "0123456789");
	if (*s == '+' || *s == '-') {
		sign = *s;
		if (sscanf(s + 1, "%2d:%2d", &oh, &om) != 2)
			return -1;
		offset = (oh * 60L + om) * 60L * (sign == '-' ? -1 : 1);
	} else if (*s != 'Z' && *s != 'z')
		return -1;
	memset(&tm, 0, sizeof tm);
	tm.tm_year = y - 1900;
	tm.tm_mon = mon - 1;
	tm.tm_mday = d;
	tm.tm_hour = h;
	tm.tm_min = min;
	tm.tm_sec = sec;
	return (int64_t)timegm(&tm) - offset;
}

const char *
out_when(const char *rfc3339)
{
	char *text = next();
	struct tm tm, today;
	time_t when, now = time(NULL);

	if (rfc3339 == NULL || *rfc3339 == '\0')
		return "-";
	when = (time_t)out_time(rfc3339);
	if (when == -1 || localtime_r(&when, &tm) == NULL ||
	    localtime_r(&now, &today) == NULL) {
		snprintf(text, TEXT_MAX, "%.100s", rfc3339);
		return text;
	}
	strftime(text, TEXT_MAX,
	    tm.tm_year == today.tm_year && tm.tm_yday == today.tm_yday
	        ? "%H:%M:%S"
	        : "%Y-%m-%d %H:%M:%S",
	    &tm);
	return text;
}
