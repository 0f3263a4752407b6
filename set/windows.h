/*
 * SPDX-License-Identifier: Apache-2.0
 * Maintenance windows: when automatic work may begin, by the clock on the wall.
 *
 * "Mon-Fri 22:00-05:00; Sun 00:00-24:00" in local time of this host. Entries stand
 * between semicolons: days (Mon to Sun, ranges and lists with commas; none: every day)
 * and a time from-to; one that ends before it begins ends on the next day. A window is
 * open while the local clock shows a time within, so an hour that the clock repeats is
 * in it twice, and one that it leaps over is not. Pure but for the time zone.
 */
#ifndef SET_WINDOWS_H
#define SET_WINDOWS_H

#include <stdbool.h>
#include <time.h>

#define WINDOWS_TEXT_MAX 255 /* octets, csPolicyWindows */

struct windows;

/* NULL and *cause: not understood. "" (or blanks) is always. */
struct windows *windows_parse(const char *text, char **cause);
bool windows_open(const struct windows *, time_t wall);
/* When it opens next; 0: it is open, or never will be. */
time_t windows_next(const struct windows *, time_t wall);
void windows_free(struct windows *); /* NULL is fine */

#endif
