/*
 * SPDX-License-Identifier: Apache-2.0
 * setup: the first clusterset.conf, with the files of its accounts.
 *
 * Takes options, and asks on a terminal for what they do not say. Never touches a file
 * that is there. Passwords are read without echo, or from files, and go into files of
 * mode 0600 only.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/act.h"
#include "cli/cmd_setup.h"
#include "configfile/change.h"

#define NAME_OCTETS 96

static const char skeleton[] =
    "# What clustersetd watches. clusterset.conf(5) explains every option, and\n"
    "# clusterset.conf.sample in its documentation shows them all. Change it by hand,\n"
    "# then `systemctl reload clustersetd`, or with clusterset: cluster add, vm "
    "register,\n"
    "# fault-domain add, availability-set add, config set.\n";

/* --- asking ---------------------------------------------------------------- */

int
setup_broken_off(struct setup *s)
{
	return cli_fail(
	    s->cli, EXIT_FAILED, "there are no more answers; nothing was written");
}

/* What is typed is wrong: said, and asked again. */
void
setup_say_again(const char *what, const char *why)
{
	fprintf(stderr, "  %s %s; once more\n", what, why);
}

/* "CLUSTER=VALUE" among the values of an option: VALUE, borrowed. */
const char *
setup_value_for(const struct cli *cli, const char *option, const char *cluster)
{
	const char *given[CLI_ARGUMENTS_MAX];
	const size_t len = strlen(cluster);
	size_t n = option_values(cli, option, given, CLI_ARGUMENTS_MAX), i;

	for (i = 0; i < n; i++)
		if (strncmp(given[i], cluster, len) == 0 && given[i][len] == '=')
			return given[i] + len + 1;
	return NULL;
}

/* --- clusters -------------------------------------------------------------- */

/* What clustersetd would say of it, or NULL; the caller frees. */
static char *
wrong_url(struct setup *s, const char *url)
{
	char *cause = NULL, *warnings = NULL, *line, *at, *found = NULL;
	struct edit *scratch = edit_text("", s->file, &cause);
	json_t *entry, *server;

	if (scratch == NULL) {
		free(cause);
		return NULL;
	}
	entry = change_add(edit_tree(scratch), "clusters", "c", NULL, &cause);
	server = change_part(entry, "clusters.servers", "servers", "name", "s", true);
	if (change_assign(server, "clusters.servers", "url", url, &cause) == 0 &&
	    edit_apply(scratch, &cause) == 0)
		save_check(scratch, &cause, &warnings);
	/* the rest of that configuration is missing, which is no matter here */
	for (at = cause; found == NULL && (line = strsep(&at, "\n")) != NULL;)
		if (strstr(line, "url") != NULL)
			found = xstrdup(strstr(line, "url"));
	free(cause);
	free(warnings);
	edit_free(scratch);
	return found;
}

/* NAME=URL into the entry; -1 and *cause, and nothing is changed. */
static int
take_server(struct setup *s, json_t *entry, const char *spec, char **cause)
{
	const char *url = strchr(spec, '=');
	char *name, *wrong;
	json_t *server;
	int result = 0;

	if (url == NULL || url == spec)
		return cause_set(cause,
		    "\"%s\" is not NAME=URL, such as east1=https://192.0.2.11:29009",
		    spec);
	wrong = wrong_url(s, url + 1);
	if (wrong != NULL) {
		cause_set(cause, "%s: %s", spec, wrong);
		free(wrong);
		return -1;
	}
	name = xstrndup(spec, (size_t)(url - spec));
	server = change_part(entry, "clusters.servers", "servers", "name", name, false);
	if (server != NULL || !text_is_name(name, NAME_OCTETS))
		result = cause_set(cause, "\"%s\" %s", name,
		    server != NULL ? "is given twice" : "cannot be its name");
	if (result == 0) {
		server = change_part(
		    entry, "clusters.servers", "servers", "name", name, true);
		result =
		    change_assign(server, "clusters.servers", "url", url + 1, cause);
	}
	free(name);
	return result;
}

static int
ask_servers(struct setup *s, json_t *entry)
{
	char *answer, *cause = NULL;
	bool more = true;
	size_t have = 0;

	while (more) {
		answer = setup_ask(have == 0
		        ? "  A server of it, NAME=URL: "
		        : "  Another server of it, NAME=URL (empty: no more): ",
		    false);
		if (answer == NULL)
			return setup_broken_off(s);
		if (*answer == '\0' && have > 0)
			more = false;
		else if (take_server(s, entry, answer, &cause) == 0)
			have++;
		else
			fprintf(stderr, "  %s; once more\n", cause);
		xfree_clear(&cause);
		free(answer);
	}
	return EXIT_DONE;
}

/* Does the file, which may be relative to the configuration, hold certificates? */
static bool
has_certificate(const struct setup *s, const char *name)
{
	char *path = *name == '/' ? xstrdup(name) : xasprintf("%s%s", s->dir, name);
	FILE *f = fopen(path, "re");
	char *line;
	bool found = false;

	while (f != NULL && !found && (line = setup_line(f)) != NULL) {
		found = strncmp(line, "-----BEGIN ", 11) == 0 &&
		    strstr(line, "CERTIFICATE-----") != NULL;
		free(line);
	}
	if (f == NULL)
		fprintf(stderr, "  %s: %s; once more\n", path, strerror(errno));
	else if (!found)
		fprintf(stderr, "  %s holds no certificate (PEM); once more\n", path);
	if (f != NULL)
		fclose(f);
	free(path);
	return found;
}

static int
ask_ca(struct setup *s, json_t *entry)
{
	char *answer;

	for (;;) {
		answer =
		    setup_ask("  The certificate of who signed its servers' "
		              "certificates, a PEM file\n"
		              "  (empty: somebody whom this host trusts, or http): ",
		        false);
		if (answer == NULL)
			return setup_broken_off(s);
		if (*answer == '\0' || has_certificate(s, answer))
			break;
		free(answer);
	}
	if (*answer != '\0')
		json_object_set_new(entry, "ca-file", json_string(answer));
	free(answer);
	return EXIT_DONE;
}

static int
add_cluster(struct setup *s, const char *name, json_t *entry)
{
	const char *given[CLI_ARGUMENTS_MAX],
	    *ca = setup_value_for(s->cli, "ca-file", name);
	const size_t len = strlen(name);
	size_t n = option_values(s->cli, "server", given, CLI_ARGUMENTS_MAX), i,
	       have = 0;
	char *cause = NULL;
	int code = EXIT_DONE;

	for (i = 0; i < n && code == EXIT_DONE; i++)
		if (strncmp(given[i], name, len) == 0 && given[i][len] == '/') {
			if (take_server(s, entry, given[i] + len + 1, &cause) != 0)
				code = cli_fail(s->cli,
				    strchr(given[i], '=') == NULL ? EXIT_USAGE
				                                  : EXIT_FAILED,
				    "%s; nothing was written", cause);
			xfree_clear(&cause);
			have++;
		}
	if (code == EXIT_DONE && have == 0 && s->ask)
		code = ask_servers(s, entry);
	if (ca != NULL)
		json_object_set_new(entry, "ca-file", json_string(ca));
	else if (code == EXIT_DONE && s->ask)
		code = ask_ca(s, entry);
	if (code == EXIT_DONE)
		code = setup_account(s, entry, name);
	change_order(entry, "clusters");
	s->nclusters++;
	return code;
}

/* An entry for it; NULL and *cause. */
static json_t *
new_cluster(struct setup *s, const char *name, char **cause)
{
	if (text_is_name(name, NAME_OCTETS) && strchr(name, '/') == NULL)
		return change_add(edit_tree(s->edit), "clusters", name, NULL, cause);
	cause_set(cause, "\"%s\" cannot be the name of a cluster", name);
	return NULL;
}

static int
ask_clusters(struct setup *s)
{
	char *name, *cause = NULL;
	json_t *entry;
	bool more = true;
	int code = EXIT_DONE;

	while (more && code == EXIT_DONE) {
		name = setup_ask("Name of a member cluster (empty: no more): ", false);
		if (name == NULL)
			return setup_broken_off(s);
		more = *name != '\0';
		entry = more ? new_cluster(s, name, &cause) : NULL;
		if (entry != NULL)
			code = add_cluster(s, name, entry);
		else if (more)
			fprintf(stderr, "%s; once more\n", cause);
		xfree_clear(&cause);
		free(name);
	}
	return code;
}

static int
add_clusters(struct setup *s)
{
	const char *given[CLI_ARGUMENTS_MAX];
	size_t n = option_values(s->cli, "cluster", given, CLI_ARGUMENTS_MAX), i;
	char *cause = NULL;
	json_t *entry;
	int code = EXIT_DONE;

	if (n == 0 && s->ask)
		return ask_clusters(s);
	for (i = 0; i < n && code == EXIT_DONE; i++) {
		entry = new_cluster(s, given[i], &cause);
		code = entry != NULL ? add_cluster(s, given[i], entry)
		                     : cli_fail(s->cli, EXIT_FAILED, "%s", cause);
		xfree_clear(&cause);
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
		while (value == NULL && i == 0 && s->ask) {
			answer =
			    setup_ask("Name of the cluster set [cluster-set]: ", false);
			if (answer == NULL)
				return setup_broken_off(s);
			if (*answer == '\0' || text_is_name(answer, NAME_OCTETS))
				value = answer;
			else {
				setup_say_again("that", "cannot be a name");
				xfree_clear(&answer);
			}
		}
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
	unsigned n = 0;
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
	act_say(s->cli, "\nWhat remains:");
	if (s->nclusters == 0)
		act_say(s->cli,
		    "  %u. there is no cluster yet: clusterset cluster add\n"
		    "     (clusterset help cluster add has an example)",
		    ++n);
	act_say(s->cli,
	    "  %u. snmpd: copy " CS_DOCDIR "/examples/snmpd.conf.d/clusterset.conf\n"
	    "     into /etc/snmp/snmpd.conf.d/, make the SNMPv3 users that it names,\n"
	    "     systemctl restart snmpd\n"
	    "  %u. systemctl enable --now clustersetd\n"
	    "  %u. clusterset doctor      # before it hurts\n"
	    "     clusterset status\n"
	    "     clusterset vm discover # which groups could be VMs; then vm "
	    "register",
	    n + 1, n + 2, n + 3);
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
	    setup_create(s->file, edit_new(s->edit, 0), 0644, true, &cause) != 0) {
		code = cli_fail(s->cli, EXIT_FAILED, "nothing was written:\n%s", cause);
		free(cause);
		return code;
	}
	next_steps(s);
	return EXIT_DONE;
}

/* What would stop it after all questions is looked at before the first one. */
static int
look_first(struct setup *s)
{
	const char *given[CLI_ARGUMENTS_MAX];
	size_t n = option_values(s->cli, "user", given, CLI_ARGUMENTS_MAX), i;
	char *cluster, *path;
	struct stat st;
	int code = EXIT_DONE;

	if (access(s->file, F_OK) == 0)
		return cli_fail(s->cli, EXIT_REFUSED,
		    "%s is there already and stays as it is; clusterset cluster add, "
		    "config set and config edit change it",
		    s->file);
	if (stat(s->dir, &st) != 0)
		return cli_fail(s->cli, EXIT_FAILED,
		    "%s: %s; make it first: install -d -m 0755 %s", s->dir,
		    strerror(errno), s->dir);
	if (access(s->dir, W_OK | X_OK) != 0)
		return cli_fail(s->cli, EXIT_FAILED,
		    "no files can be made in %s: %s; run it as root, or name another "
		    "place with --file",
		    s->dir, strerror(errno));
	for (i = 0; i < n && code == EXIT_DONE; i++) {
		cluster = xstrndup(given[i], strcspn(given[i], "="));
		path = setup_credentials_path(s, cluster);
		if (access(path, F_OK) == 0)
			code = cli_fail(s->cli, EXIT_REFUSED,
			    "%s is there already and stays as it is: without --user "
			    "%s=... it is used, else remove it",
			    path, cluster);
		free(path);
		free(cluster);
	}
	return code;
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
	s.dir = slash == NULL ? xstrdup("./")
	                      : xstrndup(s.file, (size_t)(slash - s.file) + 1);
	s.ask = isatty(STDIN_FILENO) && cli->err.terminal &&
	    option_value(cli, "cluster") == NULL;
	s.edit = edit_text(skeleton, s.file, &cause);
	setup_guard();
	code = look_first(&s);
	if (code == EXIT_DONE)
		code = make(&s);
	if (code != EXIT_DONE)
		setup_give_up();
	for (i = 0; i < s.nmade; i++)
		free(s.made[i]);
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
	    .text =
	        "Its account with the reference right; goes into "
	        "CLUSTER.credentials; without it a file of that name which is there "
	        "is used." },
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
