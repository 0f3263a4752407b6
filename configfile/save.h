/*
 * SPDX-License-Identifier: Apache-2.0
 * An edited configuration onto the disk: whole, with a way back, or not at all.
 *
 * For tools that edit, never for the daemon. Between save_begin() and save_end() no
 * other such tool edits in that directory (flock(2) on it; editors such as vi do not
 * know of it, so what changed since it was read is noticed and refused). Each file is
 * replaced by rename(2) after fsync(2), symbolic links are followed to the file itself,
 * owner, group and mode stay.
 *
 * The file as it was becomes FILE.saved-N beside it, N one more than the highest there
 * is; the SAVE_BACKUPS newest are kept. Nobody else calls files like that, so none but
 * our own are removed.
 */
#ifndef CONFIGFILE_SAVE_H
#define CONFIGFILE_SAVE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "configfile/edit.h"

enum { SAVE_BACKUPS = 20 };

struct save;

/* Waits some seconds for the lock. NULL and *cause. */
struct save *save_begin(const char *path, char **cause);
void save_end(struct save *); /* NULL is fine */

/*
 * Would clustersetd take what the edit makes? All checks of configfile_load(), as if
 * the files were in place. -1 and *cause, a line per error; *warnings as there. What is
 * wrong with credentials files is no error when it was so before the edit.
 */
int save_check(const struct edit *, char **cause, char **warnings);

/* The same of a file as it stands; what it configures, when it is good. */
struct save_counts {
	size_t clusters, vms, patterns;
};
int save_check_file(
    const char *path, struct save_counts *, char **cause, char **warnings);

/*
 * Writes every changed file. -1 and *cause: nothing has changed (or what was is back).
 * The names of the backups are in save_backup(), NULL-terminated by save_nbackups().
 */
int save_write(struct save *, const struct edit *, char **cause);
size_t save_nbackups(const struct save *);
const char *save_backup(const struct save *, size_t i); /* borrowed */

/* Do the files still say what save_write() put there? */
bool save_stands(const struct save *);

/* Puts the backups back in place, but never over what somebody else wrote since. -1 and
 * *cause names those that are still beside. */
int save_restore(struct save *, char **cause);

/* A new file; there must be none. -1 and *cause. */
int save_create(const char *path, const char *text, mode_t mode, char **cause);

#endif
