/*
 * SPDX-License-Identifier: Apache-2.0
 * What commands that change something have in common.
 *
 * Called by cli/cmd_*.c. A SET is one PDU and is sent once; what its answer leaves open
 * is read back.
 */
#ifndef CLI_ACT_H
#define CLI_ACT_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/command.h"

enum { ACT_TRUE = 1, ACT_FALSE = 2 }; /* TruthValue */

/*
 * One SET of all of them. 0, or the exit code (the message has been printed). Where no
 * clear answer came they are read for a while: when all read as written, that is 0.
 */
int act_set(struct cli *cli, const struct snmp_assign *assigns, size_t n);
/* The same without a message: *cause has it. */
int act_try(struct cli *cli, const struct snmp_assign *assigns, size_t n, char **cause);

/* A refusal with commands instead of objects of the MIB: see cli/plain.h. */
void act_plain(char **cause);

/* One column of one row to a number. */
struct snmp_assign act_number(enum mib_id id, uint32_t index, int64_t number);

/*
 * Has `word` typed on the terminal, unless --yes was given. 0; 2 where nobody can be
 * asked; 1 when something else was typed. The danger must stand on the screen already.
 */
int act_confirm(struct cli *cli, const char *word);
#define ACT_OPTION_YES                                                    \
	{                                                                 \
		.name = "yes", .text = "Do not ask: the danger is known." \
	}

/* GET with a message: 0 or the exit code. Free with snmp_free_cells(). */
int act_get(struct cli *cli, struct snmp_instance *cells, size_t n);
/* A whole table with a message: NULL and *code on failure. */
struct rows *act_table(struct cli *cli, enum mib_table_id table, const enum mib_id *ids,
    size_t n, int *code);
/* The text or word of a cell, "" when it is not there. A ring of numbers is not needed:
 * what has no word reads "". */
const char *act_text(const struct snmp_instance *cell);

/* What is at stake, on stderr, broken at blanks: before act_confirm(). */
void act_danger(struct cli *cli, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* {"KIND": array} for programs (steals the array), nothing on a screen. */
void act_document(struct cli *cli, const char *kind, json_t *array);

/* For people only: a line on stdout in the screen format. */
void act_say(struct cli *cli, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* "clusterset: ..." on stderr, where a document already says the same. */
void act_warn(struct cli *cli, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
