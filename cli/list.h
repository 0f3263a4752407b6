/*
 * SPDX-License-Identifier: Apache-2.0
 * Lists: a table of the MIB as a person wants to see it.
 *
 * A list is data: the columns that are shown unless others are asked for, and by which
 * columns its rows can be picked. Only what is shown, picked or sorted by is asked of
 * the agent; for programs it is everything.
 */
#ifndef CLI_LIST_H
#define CLI_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/command.h"

struct list_column {
	const char *title; /* NULL ends the list */
	enum mib_id id; /* what it shows and is sorted by */
	/* what it shows besides `id`, when `text` is there; 0 is no further one */
	enum mib_id also[3];
	/* makes the text; NULL: list_value() of `id` */
	const char *(*text)(const struct row *row);
	bool right;
	bool gives;
	bool painted;
};

struct list {
	enum mib_table_id table;
	const char *key; /* of the document: "vms" */
	const char *none; /* "There is no VM." */
	const char *none_kept; /* when `keep` alone leaves all out; or NULL */
	const struct list_column *columns;
	/* columns of the options --state (its words), --cluster and --vm (an index),
	 * --hold and so on; 0 where the list has no such option */
	enum mib_id state;
	enum mib_id cluster;
	enum mib_id vm;
	/* further choice of rows, where one of two options is given (none named:
	 * always): needs `keep_needs` columns (0 ends them) */
	bool (*keep)(const struct cli *cli, const struct row *row);
	const char *keep_option[2];
	enum mib_id keep_needs[4];
	/* order without --sort; 0: that of the index */
	enum mib_id order;
	bool backwards;
	/* without --sort: rows of which it says so come before all others; by `state`
	 */
	bool (*first)(const struct row *row);
	/* a row as a block of its own instead of a line of a table, NULL: a table */
	void (*block)(struct cli *cli, const struct row *row);
	/* puts more into the document of OUT_JSON and OUT_KV, or is NULL */
	void (*more)(json_t *document, void *arg);
	void *arg;
};

#define LIST_OPTIONS                                                                 \
	{ .name = "columns",                                                         \
		.value = "KEY,...",                                                  \
		.text = "Show these columns: keys as --json has them, or all." },    \
	{                                                                            \
		.name = "sort", .value = "KEY",                                      \
		.text = "Sort by this column; with a - before it the largest first." \
	}

/* Reads, picks, sorts and prints. The exit code. */
int list_run(struct cli *cli, const struct list *list);

/* Rows as such a table, nothing when there is none; columns that say nothing are left
 * out. The array ends with a column without title. */
void list_table(
    struct out *o, const struct list_column *columns, const struct rows *rows);
/* Those of `node list` and `vm list`. */
extern const struct list_column list_nodes[];
extern const struct list_column list_vms[];

/*
 * A value as a person reads it: times and ages in words, loads in percent, memory in
 * GiB; "" when it is not known. Ring of 64.
 */
const char *list_value(const struct row *row, enum mib_id id);

/* Room for a text that is made of several values: one of the same ring. */
enum { LIST_TEXT = 160 };
char *list_ring(void);
/* "12 %", "3.5 GiB" */
const char *list_per_mille(int64_t per_mille);
const char *list_mebibytes(int64_t mebibytes);
/* VMs running there; "-" where nobody can be asked: none is not what is known then */
const char *list_vms_of_cluster(const struct row *cluster);
const char *list_vms_of_node(const struct row *node);
/* "east/east1", "east", or "" */
const char *list_place(const char *cluster, const char *node);

#endif
