/*
 * SPDX-License-Identifier: Apache-2.0
 * CLUSTER-SET-MIB as data: what each object is and how its value is found.
 *
 * A table is a descriptor (where it is rooted, how it is indexed, its columns) over the
 * rows of a generation; a column is a number, a syntax, a range and where in the row
 * its value lies. GET, GETNEXT and the checks of a SET are the same few functions for
 * all of them. A scalar group is a table whose only row has the key {0}. All object
 * identifiers here are below the root of the module ({csObjects 1} is 1.1).
 *
 * Called by the AgentX adapter, tests and benches. Never includes Net-SNMP, never
 * changes anything, keeps nothing but a memory of which values were unknown.
 */
#ifndef SUBAGENT_MIB_H
#define SUBAGENT_MIB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/stats.h"
#include "set/generation.h"
#include "set/rows.h"
#include "subagent/request.h"

/* ASN.1 tags (RFC 2578 7.1, RFC 3416 3); AgentX uses the same numbers. */
enum mib_tag {
	TAG_INTEGER = 0x02,
	TAG_OCTETS = 0x04,
	TAG_OID = 0x06,
	TAG_COUNTER32 = 0x41,
	TAG_UNSIGNED32 = 0x42, /* Gauge32 is the same on the wire */
	TAG_COUNTER64 = 0x46
};

/* SNMP error-status (RFC 3416 section 3), those that a SET can get from us. */
enum mib_error {
	ERROR_NONE = 0,
	ERROR_GEN_ERR = 5,
	ERROR_WRONG_TYPE = 7,
	ERROR_WRONG_LENGTH = 8,
	ERROR_WRONG_VALUE = 10,
	ERROR_NO_CREATION = 11,
	ERROR_INCONSISTENT_VALUE = 12,
	ERROR_RESOURCE_UNAVAILABLE = 13,
	ERROR_COMMIT_FAILED = 14,
	ERROR_UNDO_FAILED = 15,
	ERROR_NOT_WRITABLE = 17,
	ERROR_INCONSISTENT_NAME = 18
};

enum mib_kind {
	KIND_NUMBER, /* int64_t at an offset */
	KIND_TEXT, /* const char * at an offset */
	KIND_WALL, /* int64_t wall time -> DateAndTime; 0 is none */
	KIND_AGE, /* int64_t msec_t -> seconds since then; 0 is none */
	KIND_OID, /* const char *, dotted -> OBJECT IDENTIFIER */
	KIND_CONST, /* the same for every row: `at` itself */
	KIND_STAT, /* `at` is an enum stat_id */
	KIND_CONTROL_AGE, /* seconds since control's last turn */
	KIND_ABSENT /* its engine is not built: never an instance */
};
enum mib_access { ACCESS_READ, ACCESS_WRITE, ACCESS_CREATE };

struct mib_column {
	uint32_t id;
	const char *name;
	enum mib_tag tag;
	enum mib_kind kind;
	size_t at;
	int64_t min, max; /* of a number; of a text's octets */
	enum mib_access access;
	enum writable what; /* WRITE_NONE though writable: its engine is not built */
	const char *words; /* "up(1) or down(2)" for a refusal; NULL: the range */
};

/* Where rows come from that no generation has. */
enum mib_source {
	SOURCE_REFUSAL = TABLE_COUNT, /* struct refusal_row */
	SOURCE_ONE, /* scalars without a row: one instance, key {0} */
	SOURCE_NONE, /* never any row */
	SOURCE_COUNT
};

#define MIB_OID_MAX 128 /* sub-identifiers of any OID (RFC 2578 3.5) */

struct mib_table {
	const char *name;
	uint32_t oid[6]; /* of the conceptual row, or of the scalars' parent */
	size_t oid_len;
	int source; /* enum table_id or enum mib_source */
	const char *index; /* "" scalars; n: a number, s: length and octets */
	const struct mib_column *columns; /* ascending */
	size_t ncolumns;
};

/* csRefusalTable, [csRefusalIndex]: the face's own. */
struct refusal_row {
	struct row head;
	int64_t wall;
	int64_t error; /* enum mib_error */
	const char *instance; /* dotted OID */
	const char *text;
};
extern const struct row_type refusal_row_type;

/* Every table, in no particular order. */
extern const struct mib_table *const mib_tables[];
extern const size_t mib_ntables;

/*
 * What one PDU is answered from. A NULL view has no rows. `stamps` change whenever the
 * view of that table does; they let struct mib remember what it found.
 */
struct mib_snapshot {
	const struct table_view *tables[SOURCE_COUNT];
	uint64_t stamps[SOURCE_COUNT];
	msec_t now;
	msec_t beat; /* generation_last_beat() */
};

struct mib_value {
	enum mib_tag tag;
	int64_t number; /* INTEGER, Unsigned32, Counter32; Counter64 as uint64_t */
	const void *octets; /* OCTET STRING; borrowed from the row or from `buf` */
	size_t len; /* octets, or sub-identifiers of oid */
	unsigned char buf[DATE_AND_TIME_LEN];
	uint32_t oid[MIB_OID_MAX];
};

struct mib;

struct mib *mib_new(void);
void mib_free(struct mib *); /* NULL is fine */

/* The column that `oid` lies in, or NULL; *table and the index part may be asked for.
 */
const struct mib_column *mib_find(const struct mib *, const uint32_t *oid, size_t len,
    const struct mib_table **table, const uint32_t **key, size_t *klen);
/* A column by its name in the MIB, with its table; NULL when there is none. */
const struct mib_column *mib_by_name(
    const struct mib *, const char *name, const struct mib_table **table);

/* The value of a column in a row; false when it is not known. */
bool mib_read(const struct mib_column *, const void *row, const struct mib_snapshot *,
    struct mib_value *);

enum mib_answer { MIB_VALUE, MIB_NO_OBJECT, MIB_NO_INSTANCE };
enum mib_answer mib_get(const struct mib *, const struct mib_snapshot *,
    const uint32_t *oid, size_t len, struct mib_value *);
/*
 * The first instance after `oid` (or at it, when `inclusive`) that has a value; its
 * name goes to next[MIB_OID_MAX], *next_len. False at the end.
 */
bool mib_next(struct mib *, const struct mib_snapshot *, const uint32_t *oid,
    size_t len, bool inclusive, uint32_t *next, size_t *next_len, struct mib_value *);

/* One variable of a SET as it came. */
struct mib_write {
	const uint32_t *oid;
	size_t len;
	int tag;
	int64_t number; /* INTEGER, Unsigned32; 0 for others */
	const void *octets; /* of an OCTET STRING; borrowed */
	size_t size; /* how many */
};
/*
 * Everything that can be told of a SET without asking control, in the order of RFC 3416
 * 4.2.5: fills *item and returns ERROR_NONE, or an error and *reason in words (the
 * caller frees).
 */
enum mib_error mib_check(const struct mib *, const struct mib_snapshot *,
    const struct mib_write *, struct set_item *item, char **reason);

/* "csVmPriority.7" for a person. The caller frees. */
char *mib_instance(const struct mib *, const uint32_t *oid, size_t len);

#endif
