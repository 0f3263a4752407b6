/*
 * SPDX-License-Identifier: Apache-2.0
 * setup: the first clusterset.conf, with the files of its accounts.
 *
 * Takes options, and asks on a terminal for what they do not say. Never touches a file
 * that is there. Passwords are read without echo, or from files, and go into files of
 * mode 0600 only.
 */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/act.h"
#include "cli/confed.h"
#include "configfile/change.h"

#define ANSWER_MAX 1024
#define MADE_MAX   256
#define DAEMON     "clusterset" /* the user of the daemon, see conf/clusterset.sysusers */

static const char skeleton[] =
    "# What clustersetd watches. clusterset.conf(5) explains every option, and\n"
    "# clusterset.conf.sample in its documentation shows them all. Change it by hand,\n"
    "# then `systemctl reload clustersetd`, or with clusterset: cluster add, vm "
    "register,\n"
    "# fault-domain add, availability-set add, config set.\n";

struct setup {
	struct cli *cli;
	bool ask; /* somebody is there to be asked */
	char *file, *dir;
	struct edit *edit;
	char *made[MADE_MAX]; /* files of accounts */
	size_t nmade;
};

/* --- asking ---------------------------------------------------------------- */

/* One line without its end; "" at the end of input. The caller frees. */
static char *
ask(const char *question)
{
	char line[ANSWER_MAX];

	fprintf(stderr, "%s", question);
	fflush(stderr);
	if (fgets(line, sizeof(line), stdin) == NULL)
		line[0] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return xstrdup(line);
}

static char *
ask_secret(const char *question)
{
	struct termios was, silent;
	bool terminal = tcgetattr(STDIN_FILENO, &was) == 0;
	char *answer;

	if (terminal) {
		silent = was;
		silent.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
	}
	answer = ask(question);
	if (terminal) {
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &was);
		fputc('\n', stderr);
	}
	return answer;
}

/* "CLUSTER=VALUE" among the values of an option: VALUE, borrowed. */
static const char *
value_for(const struct cli *cli, const char *option, const char *cluster)
{
	const char *given[CLI_ARGUMENTS_MAX];
	const size_t len = strlen(cluster);
	size_t n = option_values(cli, option, given, CLI_ARGUMENTS_MAX), i;

	for (i = 0; i < n; i++)
		if (strncmp(given[i], cluster, len) == 0 && given[i][len] == '=')
			return given[i] + len + 1;
	return NULL;
}

/* --- accounts -------------------------------------------------------------- */

/* The first line of a file; "-" is standard input. */
static char *
first_line(struct setup *s, const char *path, int *code)
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	char line[ANSWER_MAX] = "";

	if (f == NULL) {
		*code = cli_fail(s->cli, EXIT_FAILED, "%s: %s", path, strerror(errno));
		return NULL;
	}
	if (fgets(line, sizeof(line), f) == NULL)
		line[0] = '\0';
	if (f != stdin)
		fclose(f);
	line[strcspn(line, "\r\n")] = '\0';
	return xstrdup(line);
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

static int
make_credentials(
    struct setup *s, const char *cluster, const char *user, const char *password)
{
	char *path = xasprintf("%s/%s.credentials", s->dir, cluster), *cause = NULL;
	char *text = xasprintf("user = %s\npassword = %s\n", user, password);
	int code = EXIT_DONE;

	if (strchr(cluster, '/') != NULL || s->nmade == MADE_MAX)
		code = cli_fail(s->cli, EXIT_FAILED,
		    "no file can be named after cluster \"%s\"", cluster);
	else if (save_create(path, text, 0600, &cause) != 0)
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

static int
account(struct setup *s, json_t *entry, const char *cluster)
{
	const char *given = value_for(s->cli, "user", cluster);
	const char *file = value_for(s->cli, "password-file", cluster);
	char *user = xstrdup(given), *password = NULL, *name;
	int code = EXIT_DONE;

	if (user == NULL && s->ask)
		user = ask("  Account of its API with the reference right: ");
	if (user == NULL || *user == '\0') {
		free(user);
		return EXIT_DONE; /* the check says what is missing */
	}
	if (file != NULL)
		password = first_line(s, file, &code);
	else if (s->ask)
		password = ask_secret("  Its password: ");
	else
		code = cli_fail(s->cli, EXIT_USAGE,
		    "the password of %s: --password-file %s=FILE (- is standard input)",
		    user, cluster);
	if (code == EXIT_DONE) {
		code = make_credentials(s, cluster, user, password);
		name = xasprintf("%s.credentials", cluster);
		json_object_set_new(entry, "credentials", json_string(name));
		free(name);
	}
	if (password != NULL)
		explicit_bzero(password, strlen(password));
	free(password);
	free(user);
	return code;
}

/* --- clusters -------------------------------------------------------------- */

static int
add_server(struct setup *s, json_t *entry, const char *spec)
{
	const char *url = strchr(spec, '=');
	char *name, *cause = NULL;
	json_t *server;
	int code = EXIT_DONE;

	if (url == NULL)
		return cli_fail(s->cli, EXIT_USAGE,
		    "\"%s\" is not NAME=URL, such as east1=https://192.0.2.11:29009",
		    spec);
	name = xstrndup(spec, (size_t)(url - spec));
	server = change_part(entry, "clusters.servers", "servers", "name", name, true);
	if (change_assign(server, "clusters.servers", "url", url + 1, &cause) != 0)
		code = cli_fail(s->cli, EXIT_FAILED, "%s", cause);
	free(cause);
	free(name);
	return code;
}

static int
add_cluster(struct setup *s, const char *name)
{
	const char *given[CLI_ARGUMENTS_MAX], *ca;
	const size_t len = strlen(name);
	char *cause = NULL, *answer;
	json_t *entry = change_add(edit_tree(s->edit), "clusters", name, NULL, &cause);
	size_t n = option_values(s->cli, "server", given, CLI_ARGUMENTS_MAX), i,
	       have = 0;
	int code = EXIT_DONE;

	if (entry == NULL) {
		code = cli_fail(s->cli, EXIT_FAILED, "%s", cause);
		free(cause);
		return code;
	}
	for (i = 0; i < n && code == EXIT_DONE; i++)
		if (strncmp(given[i], name, len) == 0 && given[i][len] == '/') {
			code = add_server(s, entry, given[i] + len + 1);
			have++;
		}
	while (have == 0 && s->ask && code == EXIT_DONE) {
		answer = ask("  A server of it, NAME=URL (empty: no more): ");
		if (*answer == '\0')
			have = 1;
		else
			code = add_server(s, entry, answer);
		free(answer);
	}
	if (code == EXIT_DONE)
		code = account(s, entry, name);
	ca = value_for(s->cli, "ca-file", name);
	if (ca != NULL)
		json_object_set_new(entry, "ca-file", json_string(ca));
	change_order(entry, "clusters");
	return code;
}

static int
add_clusters(struct setup *s)
{
	const char *given[CLI_ARGUMENTS_MAX];
	size_t n = option_values(s->cli, "cluster", given, CLI_ARGUMENTS_MAX), i;
	char *name;
	bool more = n == 0 && s->ask;
	int code = EXIT_DONE;

	for (i = 0; i < n && code == EXIT_DONE; i++)
		code = add_cluster(s, given[i]);
	while (more && code == EXIT_DONE) {
		name = ask("Name of a member cluster (empty: no more): ");
		more = *name != '\0';
		if (more)
			code = add_cluster(s, name);
		free(name);
	}
	return code;
}

/* --- all of it ------------------------------------------------------------- */

static int
describe(struct setup *s)
{
	static const char *const options[] = { "name", "description", "state-dir" };
	json_t *set = json_object();
	char *answer = NULL, *cause = NULL;
	const char *value;
	int code = EXIT_DONE;
	size_t i;

	json_object_set_new(edit_tree(s->edit), "set", set);
	for (i = 0; i < 3 && code == EXIT_DONE; i++) {
		value = option_value(s->cli, options[i]);
		if (value == NULL && i == 0 && s->ask)
			value = answer = ask("Name of the cluster set [cluster-set]: ");
		if (value != NULL && *value != '\0' &&
		    change_assign(set, "set", options[i], value, &cause) != 0)
			code = cli_fail(s->cli, EXIT_FAILED, "%s", cause);
	}
	if (json_object_size(set) == 0)
		json_object_set_new(set, "name", json_string("cluster-set"));
	free(answer);
	free(cause);
	return code;
}

static void
next_steps(struct setup *s)
{
	json_t *made = json_array();
	size_t i;

	for (i = 0; i < s->nmade; i++)
		json_array_append_new(made, json_string(s->made[i]));
	if (s->cli->out.format != OUT_SCREEN) {
		out_document(&s->cli->out,
		    json_pack("{s:s, s:o}", "file", s->file, "credentials", made));
		return;
	}
	json_decref(made);
	act_say(s->cli, "%s is written%s", s->file,
	    s->nmade > 0 ? ", and beside it the files of its accounts" : "");
	act_say(s->cli,
	    "\nWhat remains:\n"
	    "  1. snmpd: copy the example snmpd.conf.d/clusterset.conf into\n"
	    "     /etc/snmp/snmpd.conf.d/, make the SNMPv3 users that it names,\n"
	    "     systemctl restart snmpd\n"
	    "  2. systemctl enable --now clustersetd\n"
	    "  3. clusterset doctor      # before it hurts\n"
	    "     clusterset status\n"
	    "     clusterset vm discover # which groups could be VMs; then vm "
	    "register");
}

static int
make(struct setup *s)
{
	char *cause = NULL;
	int code = describe(s);

	if (code == EXIT_DONE)
		code = add_clusters(s);
	if (code != EXIT_DONE)
		return code;
	if (edit_apply(s->edit, &cause) != 0 ||
	    save_check(s->edit, &cause, NULL) != 0 ||
	    save_create(s->file, edit_new(s->edit, 0), 0644, &cause) != 0) {
		code = cli_fail(s->cli, EXIT_FAILED, "nothing was written:\n%s", cause);
		free(cause);
		return code;
	}
	next_steps(s);
	return EXIT_DONE;
}

static int
run_setup(struct cli *cli)
{
	const char *file = option_value(cli, "file"), *slash;
	struct setup s = { .cli = cli };
	char *cause = NULL;
	int code;
	size_t i;

	s.file = xstrdup(file == NULL ? CONFED_FILE : file);
	slash = strrchr(s.file, '/');
	s.dir = slash == NULL ? xstrdup(".")
	                      : xstrndup(s.file, (size_t)(slash - s.file) + 1);
	s.ask = isatty(STDIN_FILENO) && cli->err.terminal &&
	    option_value(cli, "cluster") == NULL;
	s.edit = edit_text(skeleton, s.file, &cause);
	if (access(s.file, F_OK) == 0)
		code = cli_fail(cli, EXIT_REFUSED,
		    "%s is there already and stays as it is; clusterset cluster add, "
		    "config set and config edit change it",
		    s.file);
	else
		code = make(&s);
	for (i = 0; i < s.nmade; i++) {
		if (code != EXIT_DONE)
			unlink(s.made[i]);
		free(s.made[i]);
	}
	edit_free(s.edit);
	free(cause);
	free(s.file);
	free(s.dir);
	return code;
}

static const struct command_option options[] = {
	{ .name = "file",
	    .value = "FILE",
	    .complete = COMPLETE_FILE,
	    .text = "Another place than the one where clustersetd looks for it." },
	{ .name = "name", .value = "NAME", .text = "What NMSs call the set." },
	{ .name = "description", .value = "TEXT", .text = "What it is." },
	{ .name = "state-dir",
	    .value = "DIR",
	    .complete = COMPLETE_FILE,
	    .text = "Where clustersetd keeps its state, /var/lib/clusterset unless "
	            "given." },
	{ .name = "cluster",
	    .value = "NAME",
	    .many = true,
	    .text = "A member cluster. Without any they are asked for on a terminal." },
	{ .name = "server",
	    .value = "CLUSTER/NAME=URL",
	    .many = true,
	    .text = "A server of one, by the name that it has there." },
	{ .name = "user",
	    .value = "CLUSTER=NAME",
	    .many = true,
	    .text = "Its account with the reference right; goes into "
	            "CLUSTER.credentials." },
	{ .name = "password-file",
	    .value = "CLUSTER=FILE",
	    .many = true,
	    .text = "The account's password is the first line of that file; - is "
	            "standard input." },
	{ .name = "ca-file",
	    .value = "CLUSTER=FILE",
	    .many = true,
	    .text = "Who signed its servers' certificates (PEM)." },
	{ .name = NULL },
};

const struct command cmd_setup[] = {
	{ .words = "setup",
	    .summary = "make the first configuration",
	    .text =
	        "Writes clusterset.conf and, for each cluster, a file with its account "
	        "(mode 0600, for the user clusterset when root does it), checks them "
	        "as "
	        "clustersetd does, and says what remains to be done. On a terminal it "
	        "asks for what no option says. It never changes a file that is there.",
	    .examples =
	        "clusterset setup\n"
	        "clusterset setup --name site --cluster east --server "
	        "east/east1=https://192.0.2.11:29009 --user east=watch --password-file "
	        "east=secret --ca-file east=/etc/clusterset/ecx-ca.pem",
	    .options = options,
	    .run = run_setup,
	    .local = true },
	{ .words = NULL },
};
