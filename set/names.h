/*
 * SPDX-License-Identifier: Apache-2.0
 * Stable indexes: every name an operator uses has a number that it keeps.
 *
 * An index is given once per kind and name, survives restarts, reloads and renames of
 * others, and is never given to another name: NMSs hang years of history on it. Names
 * that are gone keep their number in case they come back. Pure: the owner persists what
 * names_index() newly gave.
 */
#ifndef SET_NAMES_H
#define SET_NAMES_H

#include <stdbool.h>
#include <stdint.h>

enum name_kind {
	NAME_CLUSTER,
	NAME_NODE, /* "cluster/node"; numbered over the whole set */
	NAME_VM,
	NAME_DISK,
	NAME_FAULT_DOMAIN,
	NAME_AVAIL_SET,
	NAME_KINDS
};

struct names;

struct names *names_new(void);
void names_free(struct names *); /* NULL is fine */

/* The index of a name, given now if it had none (*fresh says so, may be NULL). >= 1. */
uint32_t names_index(struct names *, enum name_kind, const char *name, bool *fresh);
/* Its index, or 0 when it never had one. */
uint32_t names_find(const struct names *, enum name_kind, const char *name);
/* From the store. False when the index or the name is already taken otherwise. */
bool names_restore(struct names *, enum name_kind, const char *name, uint32_t index);

/* The greatest index given so far; names_floor() sees to it that later ones are
 * greater. */
uint32_t names_last(const struct names *, enum name_kind);
void names_floor(struct names *, enum name_kind, uint32_t last);
/* Calls `each` for every name of every kind. */
void names_each(const struct names *,
    void (*each)(void *arg, enum name_kind, const char *name, uint32_t index),
    void *arg);

/* "cluster", "node", ...: the word the store uses. */
const char *names_kind_text(enum name_kind);
int names_kind_parse(const char *text); /* -1: none */

#endif
