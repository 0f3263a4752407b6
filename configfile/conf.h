/*
 * SPDX-License-Identifier: Apache-2.0
 * What the parts of the configuration reader share; nobody else includes this.
 *
 *	configfile.c	text in, libconfig, settings or reports out
 *	schema.c	every option, one row each
 *	read.c		a group of libconfig into a struct, by the rows
 *	value.c		what one value must look like (names, URLs, paths)
 *	files.c		the files that it names (credentials, certificates)
 *	check.c		what several values must fulfil together
 *	moves.c		the same, of moving
 *	policies.c	the same, of loads and policies
 *	report.c	errors and warnings, gathered and sorted
 */
#ifndef CONFIGFILE_CONF_H
#define CONFIGFILE_CONF_H

#include <stdbool.h>
#include <stddef.h>

#include <libconfig.h>
#include <uthash.h>

#include "set/settings.h"

#define CONF_NOWHERE ((size_t)-1) /* a cluster that could not be resolved */

/* One complaint, at a line of a file. */
struct conf_note {
	char *file; /* NULL: the main file */
	unsigned line; /* 0: the file as a whole */
	size_t number; /* order of discovery */
	char *text;
};

struct conf_notes {
	struct conf_note *list;
	size_t n;
};

/* Where a struct of the settings was read from. */
struct conf_place {
	const void *object; /* element of one of the settings' arrays */
	const config_setting_t *at;
	UT_hash_handle hh;
};

/* A cluster by its name; entered when it was read. */
struct conf_cluster {
	const char *name; /* in the settings */
	size_t index;
	UT_hash_handle hh;
};

/* One reading of a configuration. */
struct conf {
	const char *path; /* as named in messages */
	char *dir; /* what relative paths start from */
	bool files; /* other files may be looked at */
	config_t lib;
	struct settings *s;
	struct conf_notes errors, warnings;
	struct conf_place *places;
	struct conf_cluster *clusters;
};

enum conf_type { /* libconfig's value -> the field */
	CONF_GROUP, /* group, its rows -> the same struct, or the one at `at` in it */
	CONF_LIST, /* list of groups -> array of structs, and their number */
	CONF_TEXT, /* string -> char * */
	CONF_TEXTS, /* list of strings -> array of char *, and their number */
	CONF_BOOL, /* boolean -> bool */
	CONF_SECONDS, /* number, whole or not -> msec_t */
	CONF_MILLIS, /* number -> msec_t */
	CONF_COUNT, /* whole number -> unsigned */
	CONF_BYTES, /* whole number -> size_t */
	CONF_NUMBER, /* whole number -> int64_t */
	CONF_WORD, /* one of the words -> enum, or bool */
	CONF_CLUSTER, /* name of a cluster -> size_t, its index */
	CONF_CLUSTERS, /* list of such names -> array of size_t, and their number */
	CONF_CREDENTIALS, /* path of a credentials file -> struct credentials */
	CONF_REAL, /* number, whole or not -> double */
	CONF_SECRET, /* path of a file that holds one secret -> char * */
	CONF_PROGRAM, /* path of a program -> argv[0] of char ** */
	CONF_ARGUMENTS /* list of strings -> argv[1] and on; behind its CONF_PROGRAM */
};

struct conf_word {
	const char *word; /* NULL ends the list */
	int value;
};

struct conf_section;

/* One option. */
struct conf_option {
	const char *key;
	enum conf_type type;
	size_t at; /* offset of the field */
	size_t size; /* of the field; for a list: of one element */
	double min, max; /* numbers in `unit`; lists and texts: how many, how long */
	double length; /* CONF_TEXTS: of each, at most */
	const char *unit; /* for messages: "s", "ms", "bytes" */
	bool required;
	double dflt; /* when not given and not 0, in `unit`; outside of lists
	                settings_new() decides */
	const char *dflt_text;
	const struct conf_word *words; /* CONF_WORD */
	const struct conf_section *section; /* CONF_GROUP, CONF_LIST */
	size_t count_at; /* CONF_LIST, CONF_CLUSTERS, CONF_TEXTS: of the number */
	/* a closer look at a text, or each; complains by itself, may replace it */
	void (*check)(struct conf *, const config_setting_t *at, char **text);
};

struct conf_section {
	const char *what; /* one of them, in words */
	const struct conf_option *options;
	size_t noptions;
	size_t line_at; /* offset of `unsigned line`; CONF_NOWHERE: none */
};

extern const struct conf_section conf_schema; /* the whole file */

/* --- reading --- */

/* Fills the struct at `base` from a group; complains about all that does not fit. */
void conf_read_group(struct conf *, const struct conf_section *section,
    const config_setting_t *group, void *base);
/* Frees what reading has gathered besides the settings. */
void conf_read_clear(struct conf *);
/* Where the object was read from, or the setting `key` in there when there is one. */
const config_setting_t *conf_place(struct conf *, const void *object, const char *key);

/* --- single values (check functions) --- */

void conf_check_name(struct conf *, const config_setting_t *, char **);
void conf_check_line(struct conf *, const config_setting_t *, char **);
void conf_check_group(struct conf *, const config_setting_t *, char **);
void conf_check_pattern(struct conf *, const config_setting_t *, char **);
void conf_check_server(struct conf *, const config_setting_t *, char **);
void conf_check_url(struct conf *, const config_setting_t *, char **);
void conf_check_base_path(struct conf *, const config_setting_t *, char **);
void conf_check_socket(struct conf *, const config_setting_t *, char **);
void conf_check_state_dir(struct conf *, const config_setting_t *, char **);
void conf_check_pin(struct conf *, const config_setting_t *, char **);
void conf_check_uuid(struct conf *, const config_setting_t *, char **);
void conf_check_ca_file(struct conf *, const config_setting_t *, char **);
void conf_check_agent(struct conf *, const config_setting_t *, char **);
void conf_check_auth(struct conf *, const config_setting_t *, char **);
void conf_check_priv(struct conf *, const config_setting_t *, char **);
void conf_check_context(struct conf *, const config_setting_t *, char **);
void conf_check_program(struct conf *, const config_setting_t *, char **);
void conf_check_windows(struct conf *, const config_setting_t *, char **);

/* --- files --- */

void conf_read_credentials(
    struct conf *, const config_setting_t *, struct credentials *);
/*
 * The secret of the file that `at` names, of at least `least` octets; NULL after a
 * complaint, or where no file is looked at. The caller wipes and frees it.
 */
char *conf_read_secret(struct conf *, const config_setting_t *at, size_t least);
/* Warns of a program that is not there, cannot be run or is others' to change. */
void conf_warn_program(struct conf *, const config_setting_t *at, const char *path);
/* The whole file as text, at most `max` bytes; NULL and *cause. The caller frees. */
char *conf_slurp(const char *path, size_t max, char **cause);
/* Warns of a state directory that is not there or is open to others. */
void conf_warn_modes(struct conf *);
/* The mark of every ca-file, once all else is right. */
void conf_read_ca_files(struct conf *);
/* Every file that the text includes can be opened; complains where not. */
bool conf_includes_ok(struct conf *, const char *text);

/* --- all together --- */

void conf_check_all(struct conf *);
void conf_check_moves(struct conf *);
void conf_check_policies(struct conf *);

/* --- reports --- */

void conf_error(struct conf *, const config_setting_t *at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void conf_warn(struct conf *, const config_setting_t *at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same with the place in hand. */
void conf_error_line(struct conf *, const char *file, unsigned line, const char *fmt,
    ...) __attribute__((format(printf, 4, 5)));
/* "FILE:LINE: BEFOREtext" of each, sorted; NULL when there are none. The caller frees.
 */
char *conf_notes_text(struct conf *, struct conf_notes *, const char *before);
void conf_notes_clear(struct conf_notes *);
/* "vms.sites.group" of a setting. The caller frees. */
char *conf_label(const config_setting_t *);
/* "; did you mean "x"?" or, when nothing is near, "; known: a, b". The caller frees. */
char *conf_suggest(const char *given, const char *const *known, size_t n);

#endif
