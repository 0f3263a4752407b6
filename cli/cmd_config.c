/*
 * SPDX-License-Identifier: Apache-2.0
 * The configuration itself: config show, check, set, unset and edit.
 *
 * Any option by its path, as "poll.interval" or "clusters.east.interval"; what entries
 * there are the commands of cmd_member.c and cmd_register.c change.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/act.h"
#include "cli/confed_entry.h"
#include "configfile/change.h"

#define TEXT_MAX   (64u << 20)
#define ANSWER_MAX 16

/* --- show ------------------------------------------------------------------ */

/* Elements by their names where they have some, else by their places. */
static char *
path_of(const char *above, const json_t *element, size_t place)
{
	static const char *const keys[] = { "name", "cluster", "group" };
	const char *name = NULL;
	size_t i;

	for (i = 0; i < 3 && name == NULL; i++)
		name = json_string_value(json_object_get(element, keys[i]));
	return name == NULL ? xasprintf("%s.%zu", above, place)
	                    : xasprintf("%s.%s", above, name);
}

static char *
value_text(const json_t *v)
{
	char *text = NULL, *inner;
	json_t *one;
	size_t i, len;
	FILE *f;

	if (!json_is_array(v))
		return json_is_string(v)
		    ? xstrdup(json_string_value(v))
		    : json_dumps(v, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
	f = open_memstream(&text, &len);
	json_array_foreach (v, i, one) {
		inner = value_text(one);
		fprintf(f, "%s%s", i == 0 ? "" : ",", inner);
		free(inner);
	}
	fclose(f);
	return text;
}

static bool
has_entries(const json_t *v)
{
	return json_is_array(v) && json_is_object(json_array_get(v, 0));
}

static bool
begins_with(const char *path, const char *wanted)
{
	const size_t len = strlen(wanted);

	return strncmp(path, wanted, len) == 0 &&
	    (path[len] == '\0' || path[len] == '.');
}

/* Each option on a line; how many there were. */
static size_t
show(struct cli *cli, const char *above, const json_t *v, const char *wanted)
{
	const char *key;
	char *path, *text;
	json_t *one;
	size_t i, n = 0;

	if (json_is_object(v)) {
		json_object_foreach ((json_t *)v, key, one) {
			path = *above == '\0' ? xstrdup(key)
			                      : xasprintf("%s.%s", above, key);
			n += show(cli, path, one, wanted);
			free(path);
		}
		return n;
	}
	if (has_entries(v)) {
		json_array_foreach (v, i, one) {
			path = path_of(above, one, i);
			n += show(cli, path, one, wanted);
			free(path);
		}
		return n;
	}
	if (wanted != NULL && !begins_with(above, wanted))
		return 0;
	text = value_text(v);
	act_say(cli, "%s = %s", above, text);
	free(text);
	return 1;
}

static int
run_show(struct cli *cli)
{
	const char *wanted = argument(cli, 0);
	struct confed c;
	char *cause = NULL;
	int code = confed_find(cli, &c);

	if (code != EXIT_DONE)
		goto out;
	c.edit = edit_open(c.path, &cause);
	if (c.edit == NULL) {
		code = confed_fail(&c, &cause);
	} else if (cli->out.format != OUT_SCREEN) {
		out_document(&cli->out,
		    json_pack(
		        "{s:s, s:O}", "file", c.path, "options", edit_tree(c.edit)));
	} else if (show(cli, "", edit_tree(c.edit), wanted) == 0 && wanted != NULL) {
		code = cli_fail(cli, EXIT_FAILED,
		    "%s is not set in %s; clusterset.conf(5) has its default", wanted,
		    c.path);
	}
out:
	confed_end(&c);
	return code;
}

/* --- check ----------------------------------------------------------------- */

static json_t *
lines_of(const char *text)
{
	json_t *all = json_array();
	size_t len;

	for (; text != NULL && *text != '\0'; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		json_array_append_new(all, json_stringn(text, len));
	}
	return all;
}

static int
run_check(struct cli *cli)
{
	struct confed c;
	char *cause = NULL, *warnings = NULL;
	struct save_counts n;
	bool good;
	int code = EXIT_DONE;

	if (argument(cli, 0) == NULL) {
		code = confed_find(cli, &c);
		if (code != EXIT_DONE) {
			confed_end(&c);
			return code;
		}
	} else {
		memset(&c, 0, sizeof(c));
		c.path = xstrdup(argument(cli, 0));
	}
	good = save_check_file(c.path, &n, &cause, &warnings) == 0;
	if (cli->out.format != OUT_SCREEN) {
		out_document(&cli->out,
		    json_pack("{s:s, s:b, s:o, s:o}", "file", c.path, "good", good,
		        "errors", lines_of(cause), "warnings", lines_of(warnings)));
	} else {
		if (warnings != NULL)
			fprintf(stderr, "%s\n", warnings);
		if (cause != NULL)
			fprintf(stderr, "%s\n", cause);
		if (good)
			act_say(cli, "%s: good: %zu cluster%s, %zu VM%s, %zu pattern%s",
			    c.path, n.clusters, n.clusters == 1 ? "" : "s", n.vms,
			    n.vms == 1 ? "" : "s", n.patterns,
			    n.patterns == 1 ? "" : "s");
	}
	if (!good)
		code = EXIT_FAILED;
	free(cause);
	free(warnings);
	confed_end(&c);
	return code;
}

/* --- set, unset ------------------------------------------------------------ */

static int
set_option(struct cli *cli, const char *path, const char *value)
{
	struct confed c;
	char *cause = NULL, *what;
	int code = confed_begin(cli, &c);

	if (code == EXIT_DONE &&
	    change_option(edit_tree(c.edit), path, value, &cause) != 0)
		code = confed_fail(&c, &cause);
	if (code == EXIT_DONE) {
		what = value == NULL ? xasprintf("%s unset", path)
		                     : xasprintf("%s set to %s", path, value);
		code = confed_finish(&c, false, what);
		free(what);
	}
	confed_end(&c);
	return code;
}

static int
run_set(struct cli *cli)
{
	return set_option(cli, argument(cli, 0), argument(cli, 1));
}

static int
run_unset(struct cli *cli)
{
	return set_option(cli, argument(cli, 0), NULL);
}

/* --- edit ------------------------------------------------------------------ */

/* The editor on a file, to its end; -1: it could not be run. */
static int
run_editor(const char *path)
{
	const char *editor = getenv("VISUAL");
	struct sigaction ignore = { .sa_handler = SIG_IGN }, interrupt, quit;
	int status = -1;
	pid_t pid;

	if (editor == NULL || *editor == '\0')
		editor = getenv("EDITOR");
	if (editor == NULL || *editor == '\0')
		editor = "vi";
	/* the terminal's signals are for the editor */
	sigaction(SIGINT, &ignore, &interrupt);
	sigaction(SIGQUIT, &ignore, &quit);
	pid = fork();
	if (pid == 0) {
		sigaction(SIGINT, &interrupt, NULL);
		sigaction(SIGQUIT, &quit, NULL);
		/* it may have arguments of its own */
		execl("/bin/sh", "sh", "-c", "exec $0 \"$1\"", editor, path,
		    (char *)NULL);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	sigaction(SIGINT, &interrupt, NULL);
	sigaction(SIGQUIT, &quit, NULL);
	return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

static char *
read_text(const char *path, char **cause)
{
	char *text = NULL;
	FILE *f = fopen(path, "re");
	size_t n = 0, room = 65536;

	if (f == NULL) {
		cause_set(cause, "%s: %s", path, strerror(errno));
		return NULL;
	}
	for (;;) {
		text = xreallocarray(text, room + 1, 1);
		n += fread(text + n, 1, room - n, f);
		if (n < room || room >= TEXT_MAX)
			break;
		room *= 2;
	}
	text[n] = '\0';
	fclose(f);
	return text;
}

static bool
can_ask(const struct cli *cli)
{
	return isatty(STDIN_FILENO) && cli->err.terminal;
}

/* An empty answer is `otherwise`, no answer at all is no. */
static bool
ask(const char *question, bool otherwise)
{
	char answer[ANSWER_MAX];

	fprintf(stderr, "%s %s ", question, otherwise ? "[Y/n]" : "[y/N]");
	fflush(stderr);
	if (fgets(answer, sizeof(answer), stdin) == NULL)
		return false;
	return answer[0] == '\n' ? otherwise : answer[0] == 'y' || answer[0] == 'Y';
}

/* Shall it be edited once more? */
static bool
again(struct cli *cli, const char *cause)
{
	fprintf(stderr, "%s\n", cause);
	return can_ask(cli) && ask("Edit it again?", true);
}

/* On a copy, until it is good or given up. 0: *c has the new text. */
static int
edit_copy(struct confed *c, const char *copy)
{
	char *text, *cause = NULL, *warnings = NULL;
	int good;

	for (;;) {
		if (run_editor(copy) != 0)
			return cli_fail(c->cli, EXIT_FAILED,
			    "the editor failed ($VISUAL, $EDITOR or vi); nothing was "
			    "changed");
		text = read_text(copy, &cause);
		if (text == NULL)
			return confed_fail(c, &cause);
		edit_replace(c->edit, text);
		free(text);
		good = save_check(c->edit, &cause, &warnings);
		xfree_clear(&warnings);
		if (good == 0)
			return EXIT_DONE;
		if (!again(c->cli, cause)) {
			free(cause);
			return EXIT_REFUSED;
		}
		xfree_clear(&cause);
	}
}

/* Was the configuration changed after what is kept had been written? */
static bool
changed_since(const struct confed *c, const struct stat *kept)
{
	struct stat st;

	if (stat(c->path, &st) != 0 || st.st_mtim.tv_sec < kept->st_mtim.tv_sec)
		return false;
	return st.st_mtim.tv_sec > kept->st_mtim.tv_sec ||
	    st.st_mtim.tv_nsec > kept->st_mtim.tv_nsec;
}

/* What was written before, under a name that nobody has. */
static int
set_aside(struct confed *c, const char *copy)
{
	unsigned n;
	char *to;
	int done;

	for (n = 1;; n++) {
		to = xasprintf("%s-%u", copy, n);
		done = link(copy, to);
		if (done == 0 || errno != EEXIST)
			break;
		free(to);
	}
	if (done == 0)
		done = unlink(copy);
	if (done == 0)
		act_warn(c->cli, "it is in %s from now on", to);
	else
		cli_fail(c->cli, EXIT_FAILED, "%s: %s", to, strerror(errno));
	free(to);
	return done == 0 ? EXIT_DONE : EXIT_FAILED;
}

/* The copy to edit: a new one, or what an edit has left that was not good. */
static int
begin_copy(struct confed *c, const char *copy, bool *resumed)
{
	struct stat st;
	char *cause = NULL, *question;
	bool changed;
	int code = EXIT_DONE;

	if (lstat(copy, &st) == 0) {
		changed = changed_since(c, &st);
		*resumed = option_given(c->cli, "continue");
		if (!*resumed && !can_ask(c->cli))
			return cli_fail(c->cli, EXIT_REFUSED,
			    "%s has what was written in an edit that did not come "
			    "off: --continue goes on with it%s; or move it away",
			    copy,
			    changed ? " (and would undo what was changed in the "
			              "configuration since)"
			            : "");
		if (!*resumed) {
			question = xasprintf(
			    "%s has what was written in an edit that did not come off"
			    "%s.\nGo on with it?",
			    copy,
			    changed ? ".\nThe configuration was changed since, which "
			              "would be undone"
			            : "");
			*resumed = ask(question, !changed);
			free(question);
			if (!*resumed)
				code = set_aside(c, copy);
		}
		if (*resumed || code != EXIT_DONE)
			return code;
	}
	if (save_create(copy, edit_old(c->edit, 0), 0600, &cause) != 0)
		return confed_fail(c, &cause);
	return EXIT_DONE;
}

/* Does the copy hold something that would be lost without it? */
static bool
worth_keeping(const struct confed *c, const char *copy, bool resumed, int code)
{
	char *text, *cause = NULL;
	bool differs;

	if (c->written)
		return !save_stands(c->save);
	if (code == EXIT_DONE && !resumed)
		return false;
	if (code == EXIT_DONE) /* a dry run of what is kept, or no change any more */
		return option_given(c->cli, "dry-run");
	text = read_text(copy, &cause);
	differs = text == NULL || strcmp(text, edit_old(c->edit, 0)) != 0;
	free(text);
	free(cause);
	return differs;
}

static int
run_edit(struct cli *cli)
{
	struct confed c;
	char *copy = NULL, *cause = NULL;
	bool resumed = false;
	int code = confed_begin(cli, &c);

	if (code != EXIT_DONE)
		goto out;
	/* the lock guards the copy as well, so a dry run needs it, too */
	if (c.save == NULL && (c.save = save_begin(c.path, &cause)) == NULL) {
		code = confed_fail(&c, &cause);
		goto out;
	}
	copy = xasprintf("%s.edit", c.path);
	code = begin_copy(&c, copy, &resumed);
	if (code != EXIT_DONE)
		goto out;
	code = edit_copy(&c, copy);
	if (code == EXIT_DONE)
		code = confed_finish(&c, true, "changes");
	if (worth_keeping(&c, copy, resumed, code))
		act_warn(cli,
		    "what you wrote is in %s; clusterset config edit --continue goes "
		    "on "
		    "with it",
		    copy);
	else
		unlink(copy);
out:
	free(copy);
	confed_end(&c);
	return code;
}

/* --- the rows -------------------------------------------------------------- */

static const struct command_option show_options[] = {
	CONFED_OPTION_FILE,
	{ .name = "no-reload", .text = "With --file: do not ask clustersetd at all." },
	{ .name = NULL },
};

static const struct command_option edit_options[] = {
	CONFED_OPTIONS,
	{ .name = NULL },
};

static const struct command_option editor_options[] = {
	{ .name = "continue",
	    .text = "Go on with what an edit has left that did not come off." },
	CONFED_OPTIONS,
	{ .name = NULL },
};

static const struct command_argument show_path[] = {
	{ .name = "OPTION",
	    .complete = COMPLETE_OPTION,
	    .optional = true,
	    .text = "Only it, or what is below it: poll, clusters.east." },
	{ .name = NULL },
};
static const struct command_argument check_file[] = {
	{ .name = "FILE",
	    .complete = COMPLETE_FILE,
	    .optional = true,
	    .text = "Another file than the one that clustersetd reads." },
	{ .name = NULL },
};
static const struct command_argument set_arguments[] = {
	{ .name = "OPTION",
	    .complete = COMPLETE_OPTION,
	    .text = "Its path: poll.interval, clusters.east.interval, "
	            "vms.erp.sites.west.group." },
	{ .name = "VALUE", .text = "Its value; names of a list with commas between." },
	{ .name = NULL },
};
static const struct command_argument unset_arguments[] = {
	{ .name = "OPTION", .complete = COMPLETE_OPTION, .text = "Its path." },
	{ .name = NULL },
};

const struct command cmd_config[] = {
	{ .words = "config show",
	    .summary = "show what the configuration sets",
	    .text =
	        "Each option that clusterset.conf sets, by its path, on a line; "
	        "what is not there has its default. Passwords are in files of their "
	        "own and never shown.",
	    .examples = "clusterset config show poll",
	    .arguments = show_path,
	    .options = show_options,
	    .run = run_show,
	    .local = true },
	{ .words = "config check",
	    .summary = "check the configuration as clustersetd does",
	    .text =
	        "Every error and warning with its file and line and a way out. Like "
	        "clustersetd -t; run it as the user that clustersetd runs as when "
	        "file modes matter.",
	    .examples = "clusterset config check new.conf",
	    .arguments = check_file,
	    .options = show_options,
	    .run = run_check,
	    .local = true },
	{ .words = "config set",
	    .summary = "set one option of the configuration",
	    .text = "Only its value is written; everything else in the file stays byte "
	            "for byte. " CONFED_TEXT,
	    .examples = "clusterset config set poll.interval 15\n"
	                "clusterset config set vms.erp.sites.west.auto-start manual",
	    .arguments = set_arguments,
	    .options = edit_options,
	    .run = run_set,
	    .local = true },
	{ .words = "config unset",
	    .summary = "take one option out of the configuration",
	    .text = "Its default counts from then on. " CONFED_TEXT,
	    .examples = "clusterset config unset clusters.east.interval",
	    .arguments = unset_arguments,
	    .options = edit_options,
	    .run = run_unset,
	    .local = true },
	{ .words = "config edit",
	    .summary = "edit the configuration with an editor, checked",
	    .text =
	        "$VISUAL, $EDITOR or vi on a copy. When it ends the copy is checked; "
	        "with errors it can be edited again, and is kept beside the file as "
	        "FILE.edit when given up: the next config edit asks whether to go on "
	        "with it. " CONFED_TEXT,
	    .options = editor_options,
	    .run = run_edit,
	    .local = true },
	{ .words = NULL },
};
