/*
 * SPDX-License-Identifier: Apache-2.0
 * What status, tree, top and graph ask of the agent alike, and how they call things.
 *
 * Nothing here prints. Every screen says itself which columns it wants: few, because
 * a set has 20,000 VMs.
 */
#ifndef CLI_LOOK_H
#define CLI_LOOK_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "cli/out.h"
#include "cli/rows.h"
#include "cli/snmp.h"

/* csSetControlAge above this means that clustersetd no longer watches anything (the
 * object's DESCRIPTION). */
enum { LOOK_STUCK_S = 30 };

/* The set as a whole; -1 or "" is what the agent does not tell. */
struct look_set {
	char *name, *descr, *version, *reason;
	const char *health, *role; /* words of the MIB; "unknown", "" */
	int64_t up_time, control_age, oldest_poll_age; /* seconds */
	int64_t clusters, nodes, vms, disks;
	int64_t event_newest;
	int64_t now; /* of the management host, since 1970; -1 */
};

enum snmp_result look_set(struct snmp *s, struct look_set *set, char **cause);
void look_set_free(struct look_set *set);

/* clustersetd answers, but no longer watches. */
bool look_stuck(const struct look_set *set);

/* snmp_table() with the rows where the other results have theirs. */
enum snmp_result look_table(struct snmp *s, enum mib_table_id table,
    const enum mib_id *ids, size_t n, struct rows **rows, char **cause);

/* How many rows have each word of an enumeration; by the word's place in its list, so
 * in the order of the MIB. Words beyond the last are counted in it. */
enum { LOOK_WORDS_MAX = 16 };
struct look_counts {
	enum mib_id id;
	size_t n;
	uint64_t of[LOOK_WORDS_MAX];
	uint64_t total;
};
void look_count(struct look_counts *counts, const struct rows *rows, enum mib_id id);
uint64_t look_counted(const struct look_counts *counts, const char *word);
json_t *look_counts_json(const struct look_counts *counts);
/* "6: 5 running, 1 in doubt", each in its tone */
void look_counts_say(struct out *o, const struct look_counts *counts);

/* The moves that have not ended: in doubt counts, it stands, and comes first. The
 * caller frees the array, not the rows. */
const struct row **look_open_moves(const struct rows *moves, size_t *n);
/* "east/east1", "east" or "-"; the caller frees. */
char *look_place(const char *cluster, const char *node);
/* From where to where a move goes: "east/east1 > west"; the caller frees. */
char *look_move_way(const struct row *move);

/* Alarms, the most urgent first: severity, doubt (cli/remedy.h), not acknowledged,
 * kind, age. `n` of them; the caller frees the array, not the rows. */
const struct row **look_alarms(const struct rows *alarms);

/* A share in per mille of two cells, -1 when one of them is not there. */
int look_share(const struct row *row, enum mib_id used, enum mib_id total);

/* Seconds since an RFC 3339 time by the clock of the management host, so that ours may
 * differ; -1 when that cannot be told. */
int64_t look_age(const struct look_set *set, const char *rfc3339);

#endif
