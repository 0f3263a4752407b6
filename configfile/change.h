/*
 * SPDX-License-Identifier: Apache-2.0
 * What people want changed in a configuration, on the tree of its values (edit.h).
 *
 * Which options there are, and of which kind, only the schema knows. What refers to
 * something that goes away is named, or taken along when that is wanted. Whether the
 * whole is a good configuration configfile.h judges afterwards. Pure: changes the tree
 * that it is given and nothing else.
 *
 * Sections are named as in the file: "clusters", "fault-domains", "availability-sets",
 * "vms", "vm-patterns". Entries go by their name; patterns by their group.
 */
#ifndef CONFIGFILE_CHANGE_H
#define CONFIGFILE_CHANGE_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

/* The entry of that name, borrowed; NULL when there is none. */
json_t *change_find(const json_t *tree, const char *section, const char *name);
/* The same, or NULL and *cause with the names that there are. */
json_t *change_want(
    const json_t *tree, const char *section, const char *name, char **cause);

/*
 * A new entry at the end of the section with nothing but its name; borrowed. NULL and
 * *cause when there is one already. The first fault domain that is listed brings those
 * along that are used unlisted (`notes`, an array of texts, says so).
 */
json_t *change_add(
    json_t *tree, const char *section, const char *name, json_t *notes, char **cause);

/*
 * Takes an entry out. What refers to it stops that: -1, and *cause names it all and
 * the way out; with `cascade` it is changed or goes as well, and `notes` says what.
 */
int change_remove(json_t *tree, const char *section, const char *name, bool cascade,
    json_t *notes, char **cause);
/* Another name, for it and in all that refers to it. */
int change_rename(json_t *tree, const char *section, const char *name, const char *to,
    json_t *notes, char **cause);

/*
 * Sets one option of an entry from text as the schema has its kind: "true", "2.5",
 * "hard", "a,b" for a list of names. NULL takes it out, and its default counts.
 * `section` may name a part of an entry: "clusters.servers", "vms.sites".
 */
int change_assign(json_t *entry, const char *section, const char *key,
    const char *value, char **cause);
/* Any option of the file by its path: "poll.interval", "clusters.east.interval". */
int change_option(json_t *tree, const char *path, const char *value, char **cause);
/* Calls `each` for every option of the file that stands in no list: "poll.interval". */
void change_each_option(void (*each)(const char *path, void *arg), void *arg);
/* Does the section have an option of that key, one that change_assign() can set? */
bool change_known(const char *section, const char *key);

/* The element of a list within an entry, by its name or cluster; made when `make`. */
json_t *change_part(json_t *entry, const char *section, const char *list,
    const char *by, const char *name, bool make);
/* Takes it out; -1 and *cause when there is none. */
int change_part_remove(
    json_t *entry, const char *list, const char *by, const char *name, char **cause);

/* The entry's options in the order of the schema, for one that is new. */
void change_order(json_t *entry, const char *section);

#endif
