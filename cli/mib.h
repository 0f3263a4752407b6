/*
 * SPDX-License-Identifier: Apache-2.0
 * CLUSTER-SET-MIB, compiled in: what clusterset knows of every object.
 *
 * The data is made from mibs/CLUSTER-SET-MIB.txt when clusterset is built
 * (mibs/objects.awk), so no MIB file is needed where it runs. OIDs are below the root
 * of the module, {root 1 ...}; where the root is, the session says (cli/snmp.h,
 * --mib-root).
 */
#ifndef CLI_MIB_H
#define CLI_MIB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* enum mib_id { csSetName, ... }, enum mib_table_id { csVmTable, ... } */
#include "cli/mib_objects.h"

/* A number of an enumeration and its word; a list ends with a NULL word. */
struct mib_word {
	int number;
	const char *word;
};

enum mib_base {
	MIB_INTEGER, /* Integer32, or an enumeration when `words` is there */
	MIB_UNSIGNED, /* Unsigned32, Gauge32 */
	MIB_COUNTER32,
	MIB_COUNTER64,
	MIB_TEXT, /* OCTET STRING of UTF-8 */
	MIB_TIME, /* DateAndTime, RFC 2579 */
	MIB_OID, /* VariablePointer */
};

enum mib_access {
	MIB_NONE, /* not-accessible: part of an index */
	MIB_NOTIFY, /* only in notifications */
	MIB_READ,
	MIB_WRITE,
	MIB_CREATE, /* read-create: a column of a row that a manager may make */
};

enum { MIB_SUB_MAX = 6, MIB_INDEX_MAX = 3 };

struct mib_object {
	const char *name; /* "csVmOperState" */
	const char *key; /* "operState": without what it shares with its table */
	const char *type; /* the syntax's name: "ClusterSetVmOperState" */
	const char *units; /* "" without UNITS */
	enum mib_base base;
	const struct mib_word *words; /* NULL: no enumeration */
	enum mib_access access;
	int table; /* enum mib_table_id, or MIB_SCALAR */
	uint32_t column; /* its last sub-identifier */
	int64_t min; /* of the number, or of the length */
	int64_t max;
	uint32_t sub[MIB_SUB_MAX]; /* below the root, without instance */
	size_t nsub;
};

struct mib_table {
	const char *name; /* "csVmTable" */
	enum mib_id
	    first; /* its columns are first..last, the not-accessible ones too */
	enum mib_id last;
	enum mib_id index[MIB_INDEX_MAX];
	size_t nindex;
};

extern const struct mib_object mib_objects[MIB_OBJECTS];
extern const struct mib_table mib_tables[MIB_TABLES];

/* The word of a number of an enumeration, or NULL (no words, or a number that a newer
 * agent knows and we do not). */
const char *mib_word(enum mib_id id, int64_t number);

/* The number of a word, compared exactly; -1 when there is none. */
int mib_number(enum mib_id id, const char *word);

/* The object or table of that name, -1 when there is none. */
int mib_find(const char *name);
int mib_find_table(const char *name);

/* Can it be read by a GET (not an index only, not for notifications only)? */
bool mib_readable(enum mib_id id);

#endif
