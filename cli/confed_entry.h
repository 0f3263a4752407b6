/*
 * SPDX-License-Identifier: Apache-2.0
 * Adding, changing and removing one entry of the configuration, whatever its section.
 *
 * Called by cmd_member.c and cmd_register.c: every option of the command that is named
 * as an option of the section in the schema is set.
 */
#ifndef CLI_CONFED_ENTRY_H
#define CLI_CONFED_ENTRY_H

#include "cli/confed.h"

#define CONFED_TEXT                                                                    \
	"The file is checked before it replaces the old one, which stays beside it "   \
	"as FILE.saved-N; comments stay. Then clustersetd is asked to take it over; "  \
	"when it refuses, the old file is put back (exit code 4). Where the new file " \
	"is written and not in force, the exit code is 4 when asking for that was "    \
	"refused, and 5 when nothing is known of it."

/* clang-format off */
#define CONFED_OPTION_SET                                                         \
	{ .name = "set", .value = "OPTION=VALUE", .many = true,                   \
	    .text = "Any other option of the entry, as clusterset.conf(5) has it." }
#define CONFED_OPTION_UNSET                                                       \
	{ .name = "unset", .value = "OPTION", .many = true,                       \
	    .text = "Take an option away, so that its default counts." }
#define CONFED_OPTION_NAME                                                        \
	{ .name = "name", .value = "NAME",                                        \
	    .text = "Another name; what refers to it follows." }
/* Of a VM or a cluster */
#define CONFED_OPTION_RENAME                                                      \
	{ .name = "name", .value = "NAME",                                        \
	    .text = "Another name; what refers to it follows. For clustersetd one goes " \
		    "and another comes: history, index and owner of disks are by name, " \
		    "and while it is in use it is refused." }
#define CONFED_OPTION_CASCADE                                                     \
	{ .name = "cascade",                                                      \
	    .text = "Change what refers to it as well, instead of refusing." }
/* clang-format on */

/* What the section has besides simple options. The exit code. */
typedef int confed_parts(struct confed *c, json_t *entry);

int confed_add(struct cli *cli, const char *section, confed_parts *parts);
int confed_set(struct cli *cli, const char *section, confed_parts *parts);
int confed_remove(struct cli *cli, const char *section);

/* The options given, into the entry. The exit code. */
int confed_options(struct confed *c, const char *section, json_t *entry);
/* A text about what was changed along with it. */
void confed_note(struct confed *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* --- confed_use.c: what the running set says of it --- */

/* An entry of clusters or vms gets another name: says what that means, and refuses it
 * while the set knows it in use. The exit code. */
int confed_rename(
    struct confed *c, const char *section, const char *name, const char *to);
/* Notes the sites of the entry whose group its cluster is known not to have. */
void confed_note_groups(struct confed *c, const json_t *vm);

#endif
