/*
 * SPDX-License-Identifier: Apache-2.0
 * How a column is written down in mib_tables.c, mib_moves.c, mib_policies.c and
 * mib_later.c: one line each, in the words of the MIB. Included by nobody else.
 */
#ifndef SUBAGENT_MIB_DEFINE_H
#define SUBAGENT_MIB_DEFINE_H

#include <stddef.h>

#include "subagent/mib.h"

#define COLUMN(id, name, tag, kind, at, min, max)                                 \
	{                                                                         \
		id, #name, tag, kind, at, min, max, ACCESS_READ, WRITE_NONE, NULL \
	}
#define WRITABLE(id, name, tag, kind, at, min, max, what)                    \
	{                                                                    \
		id, #name, tag, kind, at, min, max, ACCESS_WRITE, what, NULL \
	}

#define U32_MAX   4294967295
#define INDEX_MAX 2147483647

/* an enumeration of the numbers 1..last */
#define ENUM(id, name, row, member, last) \
	COLUMN(                           \
	    id, name, TAG_INTEGER, KIND_NUMBER, offsetof(struct row, member), 1, last)
#define TRUTH(id, name, row, member) ENUM(id, name, row, member, 2)
#define GAUGE(id, name, row, member)                                                   \
	COLUMN(id, name, TAG_UNSIGNED32, KIND_NUMBER, offsetof(struct row, member), 0, \
	    U32_MAX)
#define PER_MILLE(id, name, row, member)                                               \
	COLUMN(id, name, TAG_UNSIGNED32, KIND_NUMBER, offsetof(struct row, member), 0, \
	    1000)
#define INDEX(id, name, row, member)                                                   \
	COLUMN(id, name, TAG_UNSIGNED32, KIND_NUMBER, offsetof(struct row, member), 0, \
	    INDEX_MAX)
#define COUNTER(id, name, row, member)                                                \
	COLUMN(id, name, TAG_COUNTER32, KIND_NUMBER, offsetof(struct row, member), 0, \
	    U32_MAX)
#define NAME(id, name, row, member) /* SnmpAdminString */ \
	COLUMN(id, name, TAG_OCTETS, KIND_TEXT, offsetof(struct row, member), 0, 255)
#define WORDS(id, name, row, member) /* ClusterSetText */ \
	COLUMN(id, name, TAG_OCTETS, KIND_TEXT, offsetof(struct row, member), 0, 512)
#define WALL(id, name, row, member)                                           \
	COLUMN(id, name, TAG_OCTETS, KIND_WALL, offsetof(struct row, member), \
	    DATE_AND_TIME_LEN, DATE_AND_TIME_LEN)
#define AGE(id, name, row, member)                                                  \
	COLUMN(id, name, TAG_UNSIGNED32, KIND_AGE, offsetof(struct row, member), 0, \
	    U32_MAX)
#define STAT(id, name, which) \
	COLUMN(id, name, TAG_COUNTER32, KIND_STAT, which, 0, U32_MAX)

#define SET_ENUM(id, name, row, member, last, what, words)                            \
	{                                                                             \
		id, #name, TAG_INTEGER, KIND_NUMBER, offsetof(struct row, member), 1, \
		    last, ACCESS_WRITE, what, words                                   \
	}
#define SET_NUMBER(id, name, row, member, max, what)                                  \
	WRITABLE(id, name, TAG_UNSIGNED32, KIND_NUMBER, offsetof(struct row, member), \
	    0, max, what)

/* its engine is not built yet: no instance, and a SET says so */
#define NO_ENUM(id, name, last) COLUMN(id, name, TAG_INTEGER, KIND_ABSENT, 0, 1, last)
#define NO_INTEGER(id, name, min, max) \
	COLUMN(id, name, TAG_INTEGER, KIND_ABSENT, 0, min, max)
#define NO_NUMBER(id, name, min, max) \
	COLUMN(id, name, TAG_UNSIGNED32, KIND_ABSENT, 0, min, max)
#define NO_COUNTER(id, name) COLUMN(id, name, TAG_COUNTER32, KIND_ABSENT, 0, 0, U32_MAX)
#define NO_NAME(id, name)    COLUMN(id, name, TAG_OCTETS, KIND_ABSENT, 0, 0, 255)
#define NO_WORDS(id, name)   COLUMN(id, name, TAG_OCTETS, KIND_ABSENT, 0, 0, 512)
#define NO_WALL(id, name)                                               \
	COLUMN(id, name, TAG_OCTETS, KIND_ABSENT, 0, DATE_AND_TIME_LEN, \
	    DATE_AND_TIME_LEN)
#define LATER(id, name, tag, min, max, access)                                     \
	{                                                                          \
		id, #name, tag, KIND_ABSENT, 0, min, max, access, WRITE_NONE, NULL \
	}

#define OID(...) \
	{ __VA_ARGS__ }, sizeof((const uint32_t[]) { __VA_ARGS__ }) / sizeof(uint32_t)
#define COLUMNS(list) list, sizeof(list) / sizeof((list)[0])

extern const struct mib_table mib_move, mib_moves, mib_policy, mib_policies, mib_plans,
    mib_reasons, mib_placements, mib_results, mib_hooks;

#endif
