/*
 * SPDX-License-Identifier: Apache-2.0
 * Accounts of a first configuration. See cmd_setup.h.
 *
 * What the daemon would read otherwise than it was typed (configfile/files.c takes
 * blanks away) is refused.
 */
#include <ctype.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/cmd_setup.h"

#define SECRET_MAX 2000 /* user and password each; their file has 4096 octets */
#define DAEMON     "clusterset" /* the user of the daemon, see conf/clusterset.sysusers */

/* Why the daemon would not read it as it is, or NULL. */
static const char *
unfit(const char *text, bool user)
{
	const size_t len = strlen(text);

	if (len == 0)
		return "is empty";
	if (len > SECRET_MAX)
		return "is too long";
	if (isspace((unsigned char)text[0]) || isspace((unsigned char)text[len - 1]))
		return "begins or ends with a blank, which a file of an account "
		       "cannot express";
	if (user && strchr(text, ':') != NULL)
		return "has a colon, which Basic authentication cannot express";
	return NULL;
}

/* The first line of a file; "-" is standard input. */
static char *
first_line(struct setup *s, const char *path, int *code)
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	const char *wrong;
	char *line;

	if (f == NULL) {
		*code = cli_fail(s->cli, EXIT_FAILED, "%s: %s", path, strerror(errno));
		return NULL;
	}
	line = setup_line(f);
	if (f != stdin)
		fclose(f);
	wrong = unfit(line == NULL ? "" : line, false);
	if (wrong != NULL)
		*code = cli_fail(s->cli, EXIT_FAILED, "the password in %s %s",
		    f == stdin ? "standard input" : path, wrong);
	return line;
}

/* Root makes files for the daemon's user. */
static void
give_to_daemon(const char *path)
{
	struct passwd *p = geteuid() == 0 ? getpwnam(DAEMON) : NULL;

	if (p != NULL && chown(path, p->pw_uid, p->pw_gid) != 0)
		fprintf(stderr, "clusterset: %s: chown %s: %s\n", path, DAEMON,
		    strerror(errno));
}

char *
setup_credentials_path(const struct setup *s, const char *cluster)
{
	return xasprintf("%s%s.credentials", s->dir, cluster);
}

static int
make_credentials(
    struct setup *s, const char *cluster, const char *user, const char *password)
{
	char *path = setup_credentials_path(s, cluster), *cause = NULL;
	char *text = xasprintf("user = %s\npassword = %s\n", user, password);
	int code = EXIT_DONE;

	if (strchr(cluster, '/') != NULL || s->nmade == MADE_MAX)
		code = cli_fail(s->cli, EXIT_FAILED,
		    "no file can be named after cluster \"%s\"", cluster);
	else if (setup_create(path, text, 0600, false, &cause) != 0)
		code = cli_fail(s->cli, EXIT_FAILED, "%s", cause);
	explicit_bzero(text, strlen(text));
	free(text);
	free(cause);
	if (code != EXIT_DONE) {
		free(path);
		return code;
	}
	give_to_daemon(path);
	s->made[s->nmade++] = path;
	return EXIT_DONE;
}

/* Asks until it is fit; NULL and *code when there are no more answers. */
static char *
ask_fit(struct setup *s, const char *question, bool user, int *code)
{
	const char *wrong;
	char *answer;

	for (;;) {
		answer = setup_ask(question, !user);
		if (answer == NULL)
			*code = setup_broken_off(s);
		if (answer == NULL || (wrong = unfit(answer, user)) == NULL)
			return answer;
		setup_say_again(user ? "that name" : "that password", wrong);
		explicit_bzero(answer, strlen(answer));
		free(answer);
	}
}

static void
refer_to(json_t *entry, const char *cluster)
{
	char *name = xasprintf("%s.credentials", cluster);

	json_object_set_new(entry, "credentials", json_string(name));
	free(name);
}

/* Of an earlier run, or of somebody who made it before. */
static bool
account_is_there(struct setup *s, const char *cluster)
{
	char *path = setup_credentials_path(s, cluster);
	bool there = access(path, F_OK) == 0;

	if (there && s->ask)
		fprintf(stderr,
		    "  Its account is in %s already (remove that file to give "
		    "another)\n",
		    path);
	free(path);
	return there;
}

int
setup_account(struct setup *s, json_t *entry, const char *cluster)
{
	const char *given = setup_value_for(s->cli, "user", cluster), *wrong;
	const char *file = setup_value_for(s->cli, "password-file", cluster);
	char *user = xstrdup(given), *password = NULL;
	int code = EXIT_DONE;

	if (user == NULL && account_is_there(s, cluster)) {
		refer_to(entry, cluster);
		return EXIT_DONE;
	}
	if (user == NULL && s->ask)
		user = ask_fit(
		    s, "  Account of its API with the reference right: ", true, &code);
	if (user == NULL) /* the check says what is missing */
		return code;
	wrong = unfit(user, true);
	if (wrong != NULL)
		code =
		    cli_fail(s->cli, EXIT_USAGE, "the user of %s %s", cluster, wrong);
	else if (file != NULL)
		password = first_line(s, file, &code);
	else if (s->ask)
		password = ask_fit(s, "  Its password: ", false, &code);
	else
		code = cli_fail(s->cli, EXIT_USAGE,
		    "the password of %s: --password-file %s=FILE (- is standard input)",
		    user, cluster);
	if (code == EXIT_DONE) {
		code = make_credentials(s, cluster, user, password);
		refer_to(entry, cluster);
	}
	if (password != NULL)
		explicit_bzero(password, strlen(password));
	free(password);
	free(user);
	return code;
}
