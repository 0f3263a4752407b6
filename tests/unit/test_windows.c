/*
 * SPDX-License-Identifier: Apache-2.0
 * Maintenance windows: what is understood, when they are open, and what the days do on
 * which the clock is changed.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "set/windows.h"

/* "2026-11-22 21:59:30" on the local clock; where it shows that twice, `later` tells.
 */
static time_t
at(const char *text, bool later)
{
	struct tm tm = { 0 };

	ck_assert_ptr_nonnull(strptime(text, "%Y-%m-%d %H:%M:%S", &tm));
	tm.tm_isdst = later ? 0 : -1;
	return mktime(&tm);
}

static void
zone(const char *name)
{
	setenv("TZ", name, 1);
	tzset();
}

static struct windows *
windows(const char *text)
{
	char *cause = NULL;
	struct windows *w = windows_parse(text, &cause);

	ck_assert_msg(w != NULL, "%s: %s", text, cause);
	return w;
}

static const struct {
	const char *text, *cause;
} wrong[] = {
	{ "Mon", "entry 1 (\"Mon\") has no time as 22:00" },
	{ "Mo 1:00-2:00", "entry 1 (\"Mo 1:00-2:00\") names no day" },
	{ "Monday 1:00-2:00", "entry 1 (\"Monday 1:00-2:00\") names no day" },
	{ "1:00-2:00; Tue-Xyz 1:00-2:00", "entry 2 (\"Tue-Xyz 1:00-2:00\") names no" },
	{ "Tue 1:00", "entry 1 (\"Tue 1:00\") has no - between" },
	{ "Tue 1:00-25:00", "entry 1 (\"Tue 1:00-25:00\") has no time as 05:00" },
	{ "Tue 1:00-24:01", "entry 1 (\"Tue 1:00-24:01\") has no time as 05:00" },
	{ "Tue 1:60-2:00", "entry 1 (\"Tue 1:60-2:00\") has no time as 22:00" },
	{ "Tue 100-200", "entry 1 (\"Tue 100-200\") has no time as 22:00" },
	{ "Tue 1:00-1:00", "entry 1 (\"Tue 1:00-1:00\") has a time of no length" },
	{ "Tue 24:00-1:00", "entry 1 (\"Tue 24:00-1:00\") has a time of no length" },
	{ "Tue 1:00-2:00 Wed 1:00-2:00",
	    "entry 1 (\"Tue 1:00-2:00 Wed 1:00-2:00\") "
	    "goes on behind" },
	{ "Mon, 1:00-2:00", "entry 1 (\"Mon, 1:00-2:00\") names no day" },
	{ "\n", "entry 1 (\"\\012\") names no day" },
};

START_TEST(what_is_wrong_is_told)
{
	char *cause = NULL;

	ck_assert_ptr_null(windows_parse(wrong[_i].text, &cause));
	ck_assert_msg(strncmp(cause, wrong[_i].cause, strlen(wrong[_i].cause)) == 0,
	    "%s: %s", wrong[_i].text, cause);
	ck_assert_ptr_nonnull(strstr(cause, "write \"Mon-Fri 22:00-05:00;"));
	free(cause);
}
END_TEST

START_TEST(a_long_text_is_refused)
{
	char text[300], *cause = NULL;

	memset(text, ' ', sizeof(text));
	text[256] = '\0';
	ck_assert_ptr_null(windows_parse(text, &cause));
	ck_assert_str_eq(cause, "is 256 octets long; at most 255 are allowed");
	text[255] = '\0';
	windows_free(windows(text));
	free(cause);
}
END_TEST

/* 2026-11-22 is a Sunday. */
static const struct {
	const char *text, *when, *next; /* NULL: it is open */
} moments[] = {
	{ "", "2026-11-22 12:00:00", NULL },
	{ " ; ;", "2026-11-22 12:00:00", NULL },
	{ "Mon-Fri 22:00-05:00", "2026-11-22 12:00:00", "2026-11-23 22:00:00" },
	{ "Mon-Fri 22:00-05:00", "2026-11-23 21:59:59", "2026-11-23 22:00:00" },
	{ "Mon-Fri 22:00-05:00", "2026-11-23 22:00:00", NULL },
	{ "Mon-Fri 22:00-05:00", "2026-11-24 04:59:59", NULL },
	{ "Mon-Fri 22:00-05:00", "2026-11-24 05:00:00", "2026-11-24 22:00:00" },
	{ "Mon-Fri 22:00-05:00", "2026-11-28 04:00:00", NULL }, /* Saturday */
	{ "Mon-Fri 22:00-05:00", "2026-11-28 05:00:00", "2026-11-30 22:00:00" },
	{ "mon-fri 22:00-05:00; SUN 00:00-24:00", "2026-11-22 23:59:59", NULL },
	{ "Sun 0:00-24:00", "2026-11-23 00:00:00", "2026-11-29 00:00:00" },
	{ "Sat 23:00-01:00", "2026-11-22 00:30:00", NULL },
	{ "Fri-Mon 10:00-11:00", "2026-11-22 10:00:00", NULL },
	{ "Fri-Mon 10:00-11:00", "2026-11-24 10:00:00", "2026-11-27 10:00:00" },
	{ "Tue , Thu 1:00 - 2:00 , 3:00-4:00", "2026-11-24 03:00:00", NULL },
	{ "Tue,Thu 1:00-2:00,3:00-4:00", "2026-11-24 02:00:07", "2026-11-24 03:00:00" },
	{ "9:30-9:31", "2026-11-22 09:30:59", NULL },
	{ "9:30-9:31", "2026-11-22 09:31:00", "2026-11-23 09:30:00" },
};

START_TEST(they_open_and_close)
{
	static const char *const zones[] = { "UTC0", "EST5", "<+0545>-5:45",
		"CET-1CEST,M3.5.0,M10.5.0/3" };
	struct windows *w = windows(moments[_i].text);
	const char *next = moments[_i].next;
	time_t when;
	size_t z;

	for (z = 0; z < sizeof(zones) / sizeof(zones[0]); z++) {
		zone(zones[z]);
		when = at(moments[_i].when, false);
		ck_assert_int_eq(windows_open(w, when), next == NULL);
		ck_assert_int_eq(
		    windows_next(w, when), next == NULL ? 0 : at(next, false));
	}
	windows_free(w);
}
END_TEST

/* Central Europe: 2027-03-28 leaps from 2 to 3, 2026-10-25 goes back from 3 to 2. */
START_TEST(the_clock_on_the_wall_counts)
{
	struct windows *w = windows("2:30-3:30"), *gone = windows("2:00-2:45");
	time_t t;

	zone("CET-1CEST,M3.5.0,M10.5.0/3");
	/* half of it is leapt over: it opens at 3, when the clock shows that */
	t = at("2027-03-28 01:00:00", false);
	ck_assert(!windows_open(w, t));
	ck_assert_int_eq(windows_next(w, t), t + 3600);
	ck_assert(windows_open(w, t + 3600));
	ck_assert(!windows_open(w, t + 3600 + 1800));
	/* all of it is: the next day's is the next, an hour earlier than 24 hours */
	ck_assert_int_eq(windows_next(gone, t), t + 24 * 3600);
	/* what the clock shows twice is in it twice */
	t = at("2026-10-25 01:59:00", false);
	ck_assert_int_eq(windows_next(gone, t), t + 60);
	ck_assert(windows_open(gone, t + 60));
	ck_assert(!windows_open(gone, t + 60 + 45 * 60));
	ck_assert_int_eq(windows_next(gone, t + 60 + 45 * 60), t + 60 + 3600);
	ck_assert(windows_open(gone, t + 60 + 3600));
	ck_assert_int_eq(at("2026-10-25 02:00:00", true), t + 60 + 3600);
	/* a change before the next opening moves that */
	windows_free(w);
	w = windows("Mon 22:00-23:00");
	t = at("2026-10-24 22:00:00", false);
	ck_assert_int_eq(windows_next(w, t), t + 49 * 3600);
	windows_free(w);
	windows_free(gone);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("windows");
	TCase *tc = tcase_create("windows");
	SRunner *sr = srunner_create(suite);
	int failed;

	tcase_add_loop_test(
	    tc, what_is_wrong_is_told, 0, sizeof(wrong) / sizeof(wrong[0]));
	tcase_add_test(tc, a_long_text_is_refused);
	tcase_add_loop_test(
	    tc, they_open_and_close, 0, sizeof(moments) / sizeof(moments[0]));
	tcase_add_test(tc, the_clock_on_the_wall_counts);
	suite_add_tcase(suite, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
