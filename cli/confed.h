/*
 * SPDX-License-Identifier: Apache-2.0
 * What commands that edit clusterset.conf have in common.
 *
 * Called by cmd_config.c, cmd_member.c, cmd_register.c, cmd_setup.c. Finds the file
 * that the daemon reads and makes sure that it stands on this host; shows or writes
 * what was changed (configfile/edit.h, configfile/save.h); asks the daemon to take it
 * over (csSetReload) and puts the file back when it does not.
 */
#ifndef CLI_CONFED_H
#define CLI_CONFED_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "cli/command.h"
#include "configfile/edit.h"
#include "configfile/save.h"

/* The file of a site that configured nothing else. */
#ifndef CS_SYSCONFDIR
#define CS_SYSCONFDIR "/etc"
#endif
#define CONFED_FILE CS_SYSCONFDIR "/clusterset/clusterset.conf"

/* clang-format off */
#define CONFED_OPTION_FILE                                                        \
	{ .name = "file", .value = "FILE", .complete = COMPLETE_FILE,             \
	    .text = "The configuration; without it the one that clustersetd reads." }

/* Of every command that edits. */
#define CONFED_OPTIONS                                                            \
	{ .name = "dry-run",                                                      \
	    .text = "Show the difference as a unified diff, and change nothing." }, \
	CONFED_OPTION_FILE,                                                       \
	{ .name = "no-reload",                                                    \
	    .text = "Write the file, and do not ask clustersetd to take it over." }, \
	{ .name = "keep",                                                         \
	    .text = "Leave the new file in place when clustersetd refuses it." }
/* clang-format on */

struct confed {
	struct cli *cli;
	char *path;
	struct save *save; /* holds the lock; NULL: a dry run */
	struct edit *edit;
	json_t *notes; /* texts: what was changed along with it */
	bool told; /* the daemon answered, and reads this very file here */
	char *silent; /* why it is not asked, NULL: it is */
	bool held; /* signals wait until confed_end(); these were let through before */
	sigset_t signals;
	bool written; /* the new text is in place, and has not been put back */
};

/* Which file it is. 0; or an exit code, the message was printed. */
int confed_find(struct cli *cli, struct confed *c);
/* The same, and opens it for editing. confed_end() in any case. */
int confed_begin(struct cli *cli, struct confed *c);
void confed_end(struct confed *c);

/* For failures of configfile/change: prints and frees *cause, gives EXIT_FAILED. */
int confed_fail(struct confed *c, char **cause);

/*
 * After the tree was changed, or the text when `replaced`: shows or writes it, asks the
 * daemon. `what` is what was done, in words ("cluster north added"). The exit code.
 */
int confed_finish(struct confed *c, bool replaced, const char *what);

/* Is the agent at this address on this host? */
bool confed_is_here(const char *peer);

/* --- confed_reload.c: the daemon --- */

struct confed_daemon { /* what it says of itself */
	bool answers;
	bool knows; /* these objects are there: it is new enough */
	char *host, *file, *text;
	uint32_t reloads;
	int state; /* csSetReloadState, 0: not told */
	char *cause; /* why there is no answer */
};
void confed_ask(struct cli *cli, struct confed_daemon *d);
void confed_daemon_clear(struct confed_daemon *d);

enum confed_outcome {
	CONFED_TAKEN,
	CONFED_REFUSED,
	CONFED_NOT_ALLOWED, /* to ask for it */
	CONFED_UNKNOWN /* no clear answer, or none in time */
};
/* Asks it to read the file again and waits for what comes of it; *text in words. What
 * came of a reload that somebody else asked for after it is not taken for an answer. */
enum confed_outcome confed_reload(struct cli *cli, char **text);

/* The home or priority of a VM that was given as an option is in the file now. Says so
 * where another one that was set by SNMP stands against it. */
void confed_tell_overruled(struct cli *cli, const char *vm);

#endif
