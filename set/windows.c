/*
 * SPDX-License-Identifier: Apache-2.0
 * Maintenance windows: see windows.h.
 */
#include "set/windows.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"

#define DAY_MINUTES  1440
#define WEEK_MINUTES (7 * DAY_MINUTES)
#define CHANGES_MAX  8 /* of the clock's offset within the days looked ahead */
#define EXAMPLE      "\"Mon-Fri 22:00-05:00; Sun 00:00-24:00\""

struct span {
	unsigned from, length; /* minutes: of the week, from Sunday 00:00 */
};

struct windows {
	struct span *spans;
	size_t n; /* 0: always open */
};

static const char *const day_names[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri",
	"Sat" };

static const char *
blanks(const char *p)
{
	while (*p == ' ' || *p == '\t')
		p++;
	return p;
}

/* 0 to 6, behind it in *p; -1. */
static int
read_day(const char **p)
{
	int d;

	for (d = 0; d < 7; d++)
		if (strncasecmp(*p, day_names[d], 3) == 0 &&
		    !isalpha((unsigned char)(*p)[3])) {
			*p += 3;
			return d;
		}
	return -1;
}

/* "Mon-Fri, Sun" as a set of bits; all days when none is named. False: no such day. */
static bool
read_days(const char **p, unsigned *days)
{
	int from, to;

	*days = 0;
	if (isdigit((unsigned char)**p)) {
		*days = 0x7f;
		return true;
	}
	for (;;) {
		from = to = read_day(p);
		if (from < 0)
			return false;
		*p = blanks(*p);
		if (**p == '-') {
			*p = blanks(*p + 1);
			to = read_day(p);
			if (to < 0)
				return false;
			*p = blanks(*p);
		}
		for (; from != to; from = (from + 1) % 7)
			*days |= 1u << from;
		*days |= 1u << to;
		if (**p != ',')
			return true;
		*p = blanks(*p + 1);
	}
}

/* "22:00": minutes of the day, 24:00 being one more day's 00:00; -1. */
static int
read_time(const char **p)
{
	unsigned hour = 0, minute = 0;
	const char *s = *p;
	int n;

	for (n = 0; n < 2 && isdigit((unsigned char)*s); n++)
		hour = hour * 10 + (unsigned)(*s++ - '0');
	if (n == 0 || *s++ != ':')
		return -1;
	for (n = 0; n < 2 && isdigit((unsigned char)*s); n++)
		minute = minute * 10 + (unsigned)(*s++ - '0');
	if (n < 2 || isdigit((unsigned char)*s) || minute > 59 ||
	    hour * 60 + minute > DAY_MINUTES)
		return -1;
	*p = s;
	return (int)(hour * 60 + minute);
}

static void
add_spans(struct windows *w, unsigned days, int from, int to)
{
	unsigned d;

	for (d = 0; d < 7; d++) {
		if ((days & 1u << d) == 0)
			continue;
		w->spans = xreallocarray(w->spans, w->n + 1, sizeof(*w->spans));
		w->spans[w->n].from = d * DAY_MINUTES + (unsigned)from;
		w->spans[w->n++].length =
		    (unsigned)(to > from ? to - from : to + DAY_MINUTES - from);
	}
}

/* One entry; what is wrong with it in words, or NULL. */
static const char *
read_entry(struct windows *w, const char **p)
{
	unsigned days;
	int from, to;

	if (!read_days(p, &days))
		return "names no day; they are Mon, Tue, Wed, Thu, Fri, Sat and Sun";
	for (;;) {
		*p = blanks(*p);
		from = read_time(p);
		if (from < 0)
			return "has no time as 22:00 where one begins";
		*p = blanks(*p);
		if (**p != '-')
			return "has no - between two times";
		*p = blanks(*p + 1);
		to = read_time(p);
		if (to < 0)
			return "has no time as 05:00 where one ends";
		if (from == to || from == DAY_MINUTES)
			return "has a time of no length; a whole day is 00:00-24:00";
		add_spans(w, days, from, to);
		*p = blanks(*p);
		if (**p != ',')
			return NULL;
		++*p;
	}
}

struct windows *
windows_parse(const char *text, char **cause)
{
	struct windows *w = xcalloc(1, sizeof(*w));
	const char *p = text, *entry, *wrong = NULL;
	size_t number = 1;
	char *raw, *shown;

	if (strlen(text) > WINDOWS_TEXT_MAX) {
		cause_set(cause, "is %zu octets long; at most %d are allowed",
		    strlen(text), WINDOWS_TEXT_MAX);
		goto fail;
	}
	for (;; number++) {
		p = entry = blanks(p);
		if (*p != '\0' && *p != ';')
			wrong = read_entry(w, &p);
		if (wrong == NULL && *p != '\0' && *p != ';')
			wrong = "goes on behind its time; a ; separates entries";
		if (wrong != NULL)
			break;
		if (*p == '\0')
			return w;
		p++;
	}
	raw = xstrndup(entry, strcspn(entry, ";"));
	shown = text_vis(raw, 80);
	cause_set(
	    cause, "entry %zu (\"%s\") %s; write %s", number, shown, wrong, EXAMPLE);
	free(shown);
	free(raw);
fail:
	windows_free(w);
	return NULL;
}

void
windows_free(struct windows *w)
{
	if (w == NULL)
		return;
	free(w->spans);
	free(w);
}

/* Minutes since Sunday 00:00 on the local clock, and its offset from UTC. */
static bool
local_minute(time_t wall, unsigned *minute, long *offset)
{
	struct tm tm;

	if (localtime_r(&wall, &tm) == NULL)
		return false;
	*minute = (unsigned)(tm.tm_wday * DAY_MINUTES + tm.tm_hour * 60 + tm.tm_min);
	*offset = tm.tm_gmtoff;
	return true;
}

static bool
within(const struct windows *w, unsigned minute)
{
	size_t i;

	if (w->n == 0)
		return true;
	for (i = 0; i < w->n; i++)
		if ((minute + WEEK_MINUTES - w->spans[i].from) % WEEK_MINUTES <
		    w->spans[i].length)
			return true;
	return false;
}

bool
windows_open(const struct windows *w, time_t wall)
{
	unsigned minute;
	long offset;

	if (w->n == 0)
		return true;
	return local_minute(wall, &minute, &offset) && within(w, minute);
}

/* The first second within (from, to] that has not the offset of `from`. */
static time_t
change_of(time_t from, time_t to, long offset)
{
	unsigned minute;
	time_t middle;
	long there;

	while (to - from > 1) {
		middle = from + (to - from) / 2;
		if (local_minute(middle, &minute, &there) && there == offset)
			from = middle;
		else
			to = middle;
	}
	return to;
}

time_t
windows_next(const struct windows *w, time_t wall)
{
	unsigned minute, nearest, wait, i;
	time_t t = wall, begin;
	long offset, then;
	size_t k;

	for (i = 0; i < CHANGES_MAX; i++) {
		if (!local_minute(t, &minute, &offset))
			return 0;
		if (within(w, minute))
			return t == wall ? 0 : t;
		nearest = WEEK_MINUTES;
		for (k = 0; k < w->n; k++) {
			wait =
			    (w->spans[k].from + WEEK_MINUTES - minute) % WEEK_MINUTES;
			if (wait < nearest)
				nearest = wait;
		}
		/* seconds of local time are those of UTC but where offsets are odd */
		begin = t + (time_t)nearest * 60 - ((t + offset) % 60 + 60) % 60;
		if (!local_minute(begin, &minute, &then))
			return 0;
		if (then == offset)
			return begin;
		/* the clock is changed before: look again from there */
		t = change_of(t, begin, offset);
	}
	return 0;
}
