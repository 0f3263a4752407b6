/*
 * SPDX-License-Identifier: Apache-2.0
 * Changing clusterset.conf without losing a byte that is not concerned.
 *
 * The caller changes the tree of the values; the text follows: only the spans of what
 * differs are written anew, each in the style of its neighbours (indentation, line
 * ends, one line or several), in the file where it stands, also when that is an
 * @include. What comes out is parsed by libconfig and must be exactly the tree that
 * was wanted, else nothing has happened. Nothing is written to any file here, see
 * save.h; which values make sense is configfile.h's and change.h's.
 *
 * Comments stay, but for those that clearly belong to an entry that is removed: what
 * stands within it; what stands behind it on its last line, when that line is its own;
 * and the comment lines directly above it (no empty line between), when the line
 * behind it is empty, a comment, a closing bracket or the end of the file, since
 * otherwise they may be about a run of entries. Above the first entry of a list or
 * group they may be about the whole, and stay unless the next entry has a comment of
 * its own, too. At the beginning of a file they are about the file, and stay.
 */
#ifndef CONFIGFILE_EDIT_H
#define CONFIGFILE_EDIT_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

struct edit;

/* The file at `path` and all that it includes. NULL and *cause. */
struct edit *edit_open(const char *path, char **cause);
/* The same of a text in memory, without other files; `name` is for messages. */
struct edit *edit_text(const char *text, const char *name, char **cause);
void edit_free(struct edit *); /* NULL is fine */

/*
 * The values: groups are objects, lists and arrays are arrays. Change it, then call
 * edit_apply(). New keys of an object are written in the order in which they were
 * added. Borrowed.
 */
json_t *edit_tree(struct edit *);

/* Makes the new texts. -1 and *cause: it cannot be done, nothing has changed. */
int edit_apply(struct edit *, char **cause);

/* Instead: a whole new text of the file itself, made by hand and not judged here. */
void edit_replace(struct edit *, const char *text);

/* The files, the first is the one that was opened; as they were and as they are to be
 * (the same text when it is not concerned). All borrowed. */
size_t edit_nfiles(const struct edit *);
const char *edit_path(const struct edit *, size_t file);
const char *edit_old(const struct edit *, size_t file);
const char *edit_new(const struct edit *, size_t file);
bool edit_changed(const struct edit *, size_t file);
bool edit_changed_any(const struct edit *);
/* All differences as one unified diff; "" when there are none. The caller frees. */
char *edit_diff(const struct edit *);
/*
 * The new text of a file in which every file that is included by it, and whose `names`
 * entry is not NULL, is included under that name: to check changed files beside those
 * in use. The caller frees.
 */
char *edit_new_including(const struct edit *, size_t file, const char *const *names);

#endif
