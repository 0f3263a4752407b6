/*
 * SPDX-License-Identifier: Apache-2.0
 * What the `show` commands share: rows of one thing, and lines "what  value".
 *
 * The functions that ask give 0, or an exit code whose message has been printed.
 */
#ifndef CLI_SHOW_H
#define CLI_SHOW_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/command.h"

/* The row with this index and all its columns; when it is gone meanwhile that is an
 * error that names it. Index texts may be NULL. */
int show_row(struct cli *cli, enum mib_table_id table, const char *noun,
    const char *name, const uint32_t *index, const char *const *index_text,
    struct rows **rows);
/* All rows whose index begins with this number. */
int show_part(
    struct cli *cli, enum mib_table_id table, uint32_t first, struct rows **rows);
/* All rows in which a column has this number. */
int show_where(struct cli *cli, enum mib_table_id table, enum mib_id id, int64_t number,
    struct rows **rows);
/* Sorts by a time, the oldest first; what has none is last. */
void show_by_time(struct rows *rows, enum mib_id id);

/* "  home             east", `indent` blanks first. A value or a text that is not there
 * prints nothing. */
void show_line(struct out *o, int indent, const char *what, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void show_value(
    struct out *o, int indent, const char *what, const struct row *row, enum mib_id id);
/* A sentence, broken at the width of the screen. */
void show_wrapped(struct out *o, int indent, const char *what, const char *text);
/* A status text, unless it is only the state again. */
void show_note(struct out *o, int indent, const char *state, const char *text);

/* `plan show` and, not whole, `plan explain` of the plan that is the argument; why one
 * is proposed. cmd_show_moves.c has them. */
int show_plan(struct cli *cli, bool whole);
void show_plan_why(struct out *o, const struct row *plan, const struct rows *reasons);

#endif
