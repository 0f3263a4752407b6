/*
 * SPDX-License-Identifier: Apache-2.0
 * clpcfdel: deletes objects from a clp.conf with all consequences, and checks one.
 *
 * Options and words are here, the meaning is in ecx/clpconf*.h, files are replaced in
 * clpcfdel_file.c and clpcfdel_scripts.c. It contacts no cluster and pushes nothing.
 */
#ifndef CLI_CLPCFDEL_H
#define CLI_CLPCFDEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "ecx/clpconf_edit.h"

enum clpcfdel_exit {
	CLPCFDEL_DONE = 0,
	CLPCFDEL_FAILED = 1, /* also: check has found something */
	CLPCFDEL_USAGE = 2,
	CLPCFDEL_REFUSED = 4, /* by our own check; nothing was changed */
};

enum clpcfdel_action { CLPCFDEL_DELETE, CLPCFDEL_CHECK, CLPCFDEL_LIST };

struct clpcfdel {
	enum clpcfdel_action action;
	const char *file; /* -f */
	const char *scripts; /* --scripts; NULL: `scripts` beside the file */
	const char *output; /* NULL: replace the file */
	bool file_said, dry_run;
	struct clpconf_request request;
	char *done; /* what has been changed, in words; NULL: nothing */
};

/* The whole program. */
int clpcfdel_run(int argc, char **argv);

/* --- clpcfdel_options.c ------------------------------------------------------------
 */

/* -1: go on; anything else is the exit code, after --help or a mistake was answered. */
int clpcfdel_options(struct clpcfdel *p, int argc, char **argv);

/* --- clpcfdel_say.c: words on `out`, harmless to print ---------------------------
 */

int clpcfdel_check(const struct clpconf *conf, const char *file, FILE *out);
void clpcfdel_list(const struct clpconf *conf, FILE *out);
/* The difference as patch(1) wants it; on a terminal as people do: UTF-8, and nothing
 * that a terminal would obey. */
void clpcfdel_diff(const struct clpconf *conf, const struct clpconf_plan *plan,
    const char *old_name, const char *new_name, FILE *out);
void clpcfdel_consequences(const struct clpconf_plan *plan, FILE *out);
/* What has to be done so that ECX takes the new file: no more than contract 4.2 and
 * 9.21 know. `group` may be NULL. */
void clpcfdel_how_to_apply(
    const struct clpconf *conf, const char *file, const char *group, FILE *out);

/* --- clpcfdel_file.c ---------------------------------------------------------------
 */

/*
 * Replaces the file at `path` by `len` bytes, if it still is `old` and no symbolic
 * link: written beside it with owner and mode of the old one, made durable, renamed.
 * *backup names the old one, kept beside it. On failure all is as it was; *refused
 * tells our own refusal from a failed system call. *note (may stay NULL) is worth
 * telling. After success signals are held: what goes with the file is still to be done.
 */
int clpcfdel_replace(const char *path, const char *old, size_t old_len,
    const char *bytes, size_t len, char **backup, char **note, bool *refused,
    char **cause);
/* Nobody's Ctrl-C (INT, TERM, HUP) leaves half of the work behind, while it is held. */
void clpcfdel_hold_signals(bool hold);
/* Has one of them come meanwhile? */
bool clpcfdel_is_called_off(void);
/* Could clpcfdel_replace be asked at all: a symbolic link is refused. */
int clpcfdel_replaceable(const char *path, char **cause);
/* A new file, which must not exist. */
int clpcfdel_create(
    const char *path, const char *like, const char *bytes, size_t len, char **cause);
/* The directory of a path, "." where it names none. The caller frees. */
char *clpcfdel_dirname(const char *path);
/* "20261122-194500" of now, in local time. */
void clpcfdel_stamp(char *text, size_t size);

/* --- clpcfdel_scripts.c ------------------------------------------------------------
 */

/*
 * Moves what the plan names and what exists from the directory `dir` into
 * `dir`.removed-STAMP, and says so on `out`; with `only_say`, says what would be moved.
 * A missing `dir` is a failure only where the user has named it.
 */
int clpcfdel_move_scripts(const struct clpcfdel *p, const struct clpconf_plan *plan,
    bool only_say, FILE *out, char **cause);

#endif
