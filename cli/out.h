/*
 * SPDX-License-Identifier: Apache-2.0
 * What leaves a command: screens for people, JSON and key=value for programs.
 *
 * A command makes one JSON document of what it found and, for people, a screen of the
 * same facts. Colour and drawing are used only where they are wanted: on a terminal,
 * without NO_COLOR and TERM=dumb; UTF-8 only in a UTF-8 locale, plain ASCII otherwise.
 * Whatever text comes in, no control character of it reaches a screen.
 */
#ifndef CLI_OUT_H
#define CLI_OUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum out_format { OUT_SCREEN, OUT_JSON, OUT_KV };

enum out_tone { /* what a colour means; never the only carrier of it */
	TONE_PLAIN,
	TONE_GOOD,
	TONE_BUSY, /* on its way, or worth a look */
	TONE_BAD,
	TONE_UNKNOWN,
	TONE_FAINT,
	TONE_STRONG,
};

struct out {
	FILE *f;
	enum out_format format;
	bool terminal; /* f is one: bars and refreshing make sense */
	bool colour;
	bool utf8;
	int width; /* columns: of the terminal, $COLUMNS, or 100 */
	int height; /* lines of the terminal; 0: no end, it is none */
};

/* colour: "auto", "always" or "never". Takes LC_CTYPE from the environment, and from
 * now on a broken pipe is an error of write(2), see out_finish(), and no signal. */
void out_init(struct out *o, FILE *f, enum out_format format, const char *colour);

/* Looks again how large the terminal is; o->width and o->height change. */
void out_resize(struct out *o);

/*
 * Flushes. -1 with *cause when something of what was written is lost (a broken pipe, a
 * full disk): the command has failed whatever else it did. Only the first call that
 * finds it says so; the others return -1 and leave *cause alone. So does a closed pipe:
 * who has stopped reading need not be told.
 */
int out_finish(struct out *o, char **cause);

/* Is it a pipe that nobody reads any more? */
bool out_unread(const struct out *o);

/* The width of text in columns of a terminal (wide and combining characters counted).
 */
int out_columns(const char *text);

/* The text as it may be shown, of `columns` columns at most, the rest cut off with an
 * ellipsis. The caller frees. */
char *out_cut(const struct out *o, const char *text, int columns);

/* Prints text in a tone; printf-like. Line ends are the only control characters that
 * come through. */
void out_say(struct out *o, enum out_tone tone, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The same, filled up with blanks to `columns` columns, or cut to them. */
void out_field(
    struct out *o, enum out_tone tone, int columns, bool right, const char *text);

/* The tone of a state's word (running, offline, inDoubt, critical, ...). */
enum out_tone out_tone_of(const char *word);

/* A word of the MIB as people write it: "inDoubt" is "in doubt", "vmInDoubt" is "VM in
 * doubt". Ring of 16. */
const char *out_words(const char *word);

/* Text broken at blanks to the width, `first` before the first line, the others beneath
 * it. */
void out_wrapped(struct out *o, const char *first, const char *text);

/*
 * A table: columns as wide as what is in them; when that is more than the width, the
 * columns marked `gives` are cut with an ellipsis, in proportion; when even that is too
 * wide, every row is a block of lines "title: value". Cells are copied. Titles are
 * shown in capitals.
 */
struct out_column {
	const char *title;
	bool right; /* numbers */
	bool gives; /* may be cut */
	bool painted; /* in the tone of its word */
};
struct out_table;
struct out_table *out_table_new(const struct out_column *columns, size_t n);
void out_table_cell(struct out_table *t, const char *text); /* row by row; NULL: "-" */
void out_table_print(
    struct out *o, struct out_table *t); /* nothing when there is no row */
void out_table_free(struct out_table *t);

/* A bar of `width` columns for a share of 0 to 1000 per mille; -1 (not known) is an
 * empty one of dots. */
void out_bar(struct out *o, int per_mille, int width, enum out_tone tone);

/* "3 s", "5 min", "2 h 10 min", "4 d": for people, two units at the most; "-" for less
 * than 0. Ring of 16. */
const char *out_duration(int64_t seconds);
/* "14:03:05" for today, with the date otherwise, of an RFC 3339 text, in the time zone
 * of who looks; "-" for "". Ring of 16. */
const char *out_when(const char *rfc3339);
/* Such a time in seconds since 1970; -1 when it is none. */
int64_t out_time(const char *rfc3339);

/*
 * A document for programs, in OUT_JSON (indented, one trailing newline) or OUT_KV: a
 * line per leaf, path=value, the path made of keys and, for an array's elements, of
 * their "name" when all have one and no two the same, else of "clusterName/name", else
 * of "index", else of the position from 0, joined by "."; in paths ".", "=" and blanks
 * are \u00XX; in values control characters and backslash are \n, \t, \\, \u00XX; null
 * is an empty value. So the first "=" of a line always ends the path, and no line goes
 * on in the next. Steals the reference.
 */
void out_document(struct out *o, json_t *document);
/* One line of a stream (event --follow): compact JSON, or kv lines and an empty one.
 * Flushed. Steals the reference. */
void out_document_line(struct out *o, json_t *document);

#endif
