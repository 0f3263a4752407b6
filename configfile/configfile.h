/*
 * SPDX-License-Identifier: Apache-2.0
 * clusterset.conf: libconfig text in, checked settings out.
 *
 * One schema row per option. Unknown keys, wrong types, values out of range, duplicates
 * and references to what is not there are errors with file:line and a hint; all of them
 * are reported together. Reads credential files. Changes nothing anywhere.
 */
#ifndef CONFIGFILE_CONFIGFILE_H
#define CONFIGFILE_CONFIGFILE_H

#include "set/settings.h"

/*
 * Settings from a file, or NULL and *cause with one line per error
 * ("FILE:LINE: what is wrong; what to do"). *warnings (may be NULL) gets what is legal
 * but unwise (plain http, verification off, world-readable directory), one per line.
 * The caller frees both texts and the settings.
 */
struct settings *configfile_load(const char *path, char **cause, char **warnings);

/* The same of a text that is to become that file: relative paths start beside it. */
struct settings *configfile_check(
    const char *text, const char *path, char **cause, char **warnings);

/*
 * The same from text in memory; `name` stands for the file in messages. No other file
 * is looked at: credentials stay empty, certificates unread, includes are errors. For
 * fuzzing and for checking a text before it is a file.
 */
struct settings *configfile_parse(
    const char *text, const char *name, char **cause, char **warnings);

#endif
