/*
 * SPDX-License-Identifier: Apache-2.0
 * What the files of the editor share; nobody else includes this.
 *
 *	edit.c		the tree against the text: what differs
 *	edit_cut.c	the bytes: inserting and removing entries, applying it all
 *	edit_style.c	values as text
 *	span.c		where everything stands
 */
#ifndef CONFIGFILE_EDIT_IMPL_H
#define CONFIGFILE_EDIT_IMPL_H

#include "configfile/edit.h"
#include "configfile/span.h"

/* `len` bytes at `pos` become `text`. */
struct cut {
	size_t file, pos, len;
	char *text;
	size_t number; /* in order, where several stand at one place */
};

struct edit {
	char *path;
	bool includes;
	struct spans *s;
	json_t *tree; /* as wanted */
	char **texts; /* by file; NULL: as it was */
	bool replaced; /* the first of them by hand */
	struct cut *cuts;
	size_t ncuts, room;
};

/* --- edit_cut.c --- */

void cut_add(struct edit *, size_t file, size_t pos, size_t len, char *text);
/* Takes a setting out of its group, and elements out of a list. */
void cut_entry(struct edit *, const struct span *);
void cut_gone(struct edit *, const struct span *list, const bool *gone);
/* A new setting behind `after`, a child of `group`; NULL: it has none that stays. */
void cut_setting(struct edit *, const struct span *group, const struct span *after,
    const char *key, const json_t *value);
/* New elements behind `after` in a list that has some; NULL: before the first one. */
void cut_elements(struct edit *, const struct span *list, const struct span *after,
    json_t *const *values, size_t n);
/* Another value. */
void cut_value(struct edit *, const struct span *, const json_t *value);
/* New texts of it all. -1: two of them touch the same bytes, a bug. */
int cuts_apply(struct edit *);

/* --- edit_style.c --- */

struct style {
	const char *eol;
	char *indent; /* of the line on which it begins */
	char *step; /* one more level */
	const char *equals; /* " = " */
	char separator; /* behind a setting */
};

/* As those near the span have it; to be cleared. */
struct style style_near(const struct edit *, const struct span *);
void style_clear(struct style *);
/* A value, from where it begins to its last byte. The caller frees. */
char *style_value(const struct style *, const json_t *value, bool one_line);
/* "key = value;" */
char *style_setting(const struct style *, const char *key, const json_t *value);

/* --- both --- */

/* The blanks with which the line of a byte begins. The caller frees. */
char *line_indent(const struct span_file *, size_t pos);
size_t line_begin(const struct span_file *, size_t pos);
/* Is nothing but blanks before it on its line? */
bool line_first(const struct span_file *, size_t pos);
bool has_newline(const struct span_file *, size_t begin, size_t end);

#endif
