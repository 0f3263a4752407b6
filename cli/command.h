/*
 * SPDX-License-Identifier: Apache-2.0
 * The commands of clusterset as data.
 *
 * One row per command. Parsing, `clusterset help`, the COMMANDS section of
 * clusterset(1) and completion are all made of these rows, so they cannot disagree.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/out.h"
#include "cli/snmp.h"

/* Exit codes, part of the outside contract (design section 8). */
enum {
	EXIT_DONE = 0,
	EXIT_FAILED =
	    1, /* it did not come off; or status: not everything is all right */
	EXIT_USAGE = 2,
	EXIT_UNREACHABLE = 3,
	EXIT_REFUSED = 4,
	EXIT_IN_DOUBT = 5,
};

/* What completes an argument or an option's value. */
enum complete {
	COMPLETE_NONE,
	COMPLETE_VM,
	COMPLETE_CLUSTER,
	COMPLETE_NODE, /* CLUSTER/NODE */
	COMPLETE_PLACE, /* CLUSTER or CLUSTER/NODE */
	COMPLETE_DISK,
	COMPLETE_MOVE, /* OWNER/INDEX of moves that are open */
	COMPLETE_MOVE_ANY,
	COMPLETE_ALARM,
	COMPLETE_FAULT_DOMAIN,
	COMPLETE_AVAILABILITY_SET,
	COMPLETE_POLICY,
	COMPLETE_PLAN,
	COMPLETE_HOOK,
	COMPLETE_FILE,
	COMPLETE_COMMAND, /* words of commands */
	COMPLETE_OPTION, /* of clusterset.conf, by its path */
	COMPLETE_WORDS, /* of the list in `words` */
};

struct command_argument {
	const char *name; /* "VM"; NULL ends the list */
	enum complete complete;
	bool optional;
	bool many; /* the last one only */
	const char *words; /* for COMPLETE_WORDS: "off advise automatic" */
	const char *text; /* one sentence for the man page */
};

struct command_option {
	const char *name; /* "wait"; NULL ends the list. Long names only. */
	const char *value; /* "CLUSTER[/NODE]"; NULL: it is a switch */
	enum complete complete;
	const char *words;
	const char *text;
	bool many; /* may be given several times: option_values() has all */
	bool required; /* the parser refuses a call without it */
};

struct cli;

struct command {
	const char *words; /* "vm move" */
	const char
	    *summary; /* one line, no full stop: "move a VM to another cluster" */
	const char *text; /* paragraphs, separated by an empty line; plain text */
	const char *examples; /* lines "command # what it does", or NULL */
	const struct command_argument *arguments; /* NULL: none */
	const struct command_option *options; /* NULL: none */
	int (*run)(struct cli *cli); /* the exit code */
	bool local; /* works without SNMP: no session is needed */
	bool hidden; /* not in help and completion */
};

enum { CLI_ARGUMENTS_MAX = 256 };

/* One call of clusterset, parsed. */
struct cli {
	struct out out;
	struct out err; /* stderr: messages, progress */
	const struct command *command;
	const char *arguments[CLI_ARGUMENTS_MAX];
	size_t narguments;
	/* options as they were given */
	const char *given_name[CLI_ARGUMENTS_MAX];
	const char *given_value[CLI_ARGUMENTS_MAX];
	size_t ngiven;
	/* the way to the agent */
	const char *peer;
	const char *root;
	char *snmp_argv[CLI_ARGUMENTS_MAX];
	int snmp_argc;
	struct snmp *snmp; /* opened by cli_session() */
};

/* Was a switch given? The (last) value of an option, or NULL; all values of one. */
bool option_given(const struct cli *cli, const char *name);
const char *option_value(const struct cli *cli, const char *name);
size_t option_values(
    const struct cli *cli, const char *name, const char **values, size_t max);
/* A number of an option, `otherwise` when it was not given; exits with a message (code
 * 2) when it is no number in min..max. */
long option_number(
    const struct cli *cli, const char *name, long min, long max, long otherwise);
/* An argument, or NULL. */
const char *argument(const struct cli *cli, size_t i);

/* The session, opened at its first use; without one it says why and exits with 3. */
struct snmp *cli_session(struct cli *cli);

/*
 * "clusterset: what happened" to stderr (in JSON format: {"error": ..., "exit": ...} to
 * stdout as well, so that a program always gets a document), and back comes `code`, so
 * that `return cli_fail(cli, EXIT_REFUSED, ...)` is the whole path.
 */
int cli_fail(struct cli *cli, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same for a result of cli/snmp; frees and clears *cause. */
int cli_fail_snmp(struct cli *cli, enum snmp_result result, char **cause);

/*
 * All commands, in the order of help: arrays that end with a row without words. A new
 * array needs a line in cli/commands.c and one here.
 */
extern const struct command *const command_tables[];
extern const struct command cmd_completion[];
extern const struct command cmd_status[];
extern const struct command cmd_tree[];
extern const struct command cmd_top[];
extern const struct command cmd_graph[];
extern const struct command cmd_doctor[];
extern const struct command cmd_help[];
extern const struct command cmd_list[];
extern const struct command cmd_list_alarms[];
extern const struct command cmd_list_moves[];
extern const struct command cmd_show[];
extern const struct command cmd_show_moves[];
extern const struct command cmd_show_places[];
extern const struct command cmd_alarm[];
extern const struct command cmd_cluster[];
extern const struct command cmd_config[];
extern const struct command cmd_drain[];
extern const struct command cmd_event[];
extern const struct command cmd_member[];
extern const struct command cmd_move[];
extern const struct command cmd_plan[];
extern const struct command cmd_plan_explain[];
extern const struct command cmd_plan_offline[];
extern const struct command cmd_policy[];
extern const struct command cmd_register[];
extern const struct command cmd_setup[];
extern const struct command cmd_site[];
extern const struct command cmd_vm[];
extern const struct command cmd_vm_find[];
extern const struct command cmd_vm_intent[];
extern const struct command cmd_vm_move[];
extern const struct command cmd_vm_place[];

/* Calls `each` for every command that is not hidden. */
void command_each(void (*each)(const struct command *c, void *arg), void *arg);

/* The command of which `words` are the name (exactly), hidden or not, or NULL. */
const struct command *command_find(const char *words);

/*
 * How it is called, in one line without "clusterset": "vm move VM... --to
 * CLUSTER[/NODE]
 * [--wait]". Help and man page show this. The caller frees.
 */
char *command_synopsis(const struct command *c);

/* Options that every command takes; ends with a row without a name. */
extern const struct command_option command_globals[];
/* Net-SNMP's option letters as getopt(3) has them, that are handed to its library. */
extern const char command_snmp_letters[];

/* The page of one command, or the overview (NULL), on stdout. Returns EXIT_DONE. */
int help_show(struct cli *cli, const struct command *c);

/* Parses argv into *cli; 0 when a command is to be run, otherwise 1 and *code. */
int cli_parse(struct cli *cli, int argc, char **argv, int *code);

/* Parses argv, runs the command and returns the exit code. */
int cli_main(int argc, char **argv);

#endif
