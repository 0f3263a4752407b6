/*
 * SPDX-License-Identifier: Apache-2.0
 * The configuration and the files around it: includes, credentials, certificates,
 * modes, and the sample that is shipped.
 */
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "configfile/configfile.h"
#include "configfile/conf.h"

static char *dir;

static void
setup(void)
{
	const char *tmp = getenv("TMPDIR");

	umask(022);
	unsetenv("CREDENTIALS_DIRECTORY");
	dir = xasprintf("%s/cs-config-XXXXXX", tmp == NULL ? "/tmp" : tmp);
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void
teardown(void)
{
	struct dirent *e;
	DIR *d = opendir(dir);

	while (d != NULL && (e = readdir(d)) != NULL)
		if (unlinkat(dirfd(d), e->d_name, 0) < 0)
			unlinkat(dirfd(d), e->d_name, AT_REMOVEDIR);
	closedir(d);
	rmdir(dir);
	free(dir);
}

static void
put(const char *name, mode_t mode, const char *data, size_t len)
{
	char *path = xasprintf("%s/%s", dir, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, data, len), (ssize_t)len);
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
	free(path);
}

static struct settings *
load(char **cause, char **warnings)
{
	char *path = xasprintf("%s/conf", dir);
	struct settings *s = configfile_load(path, cause, warnings);

	free(path);
	return s;
}

/* Every "DIR/" becomes "". */
static void
without_dir(char *text)
{
	char *slash = xasprintf("%s/", dir), *p;
	size_t len = strlen(slash);

	while ((p = strstr(text, slash)) != NULL)
		memmove(p, p + len, strlen(p + len) + 1);
	free(slash);
}

static void
expect_refusal(const char *want)
{
	char *cause = NULL;
	struct settings *s = load(&cause, NULL);

	ck_assert_msg(s == NULL, "accepted; wanted: %s", want);
	without_dir(cause);
	ck_assert_msg(strncmp(cause, want, strlen(want)) == 0, "said: %s\nwanted: %s",
	    cause, want);
	ck_assert_ptr_null(strstr(cause, "s3cret"));
	free(cause);
}

#define CONF(more)                                                        \
	"clusters = ( { name = \"a\"; servers = ( { name = \"s\"; url = " \
	"\"https://h:1\"; } );\n" more " } );\n"
#define PUT(name, mode, text) put(name, mode, text, strlen(text))

START_TEST(no_such_file)
{
	expect_refusal("conf: No such file or directory; -f FILE names another one");
}
END_TEST

START_TEST(the_name_before)
{
	char *path = xasprintf("%s/clusterset.conf", dir), *cause = NULL;

	ck_assert_ptr_null(configfile_load(path, &cause, NULL));
	ck_assert_ptr_null(strstr(cause, "clustersetd.conf"));
	PUT("clustersetd.conf", 0600, "");
	ck_assert_ptr_null(configfile_load(path, &cause, NULL));
	without_dir(cause);
	ck_assert_str_eq(cause,
	    "clusterset.conf: No such file or directory, but clustersetd.conf is "
	    "there, which is what the configuration was called before; mv "
	    "clustersetd.conf clusterset.conf");
	free(cause);
	free(path);
}
END_TEST

START_TEST(not_a_text)
{
	char *path = xasprintf("%s/conf", dir);

	put("conf", 0600, "set = {\0};", 10);
	expect_refusal("conf: it has a zero byte");
	unlink(path);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	expect_refusal("conf: not a regular file");
	free(path);
}
END_TEST

START_TEST(included_files_have_their_own_lines)
{
	struct settings *s;
	char *cause = NULL;

	PUT("conf", 0600,
	    "set = { name = \"main\"; };\n@include \"one.conf\"\n@include "
	    "\"two.conf\"\n");
	PUT("one.conf", 0600, CONF(""));
	PUT("two.conf", 0600,
	    "vms = (\n { name = \"v\"; kind = \"replica\";\n sites = ( { cluster = "
	    "\"a\"; group = \"g\"; } );\n } );\n");
	s = load(&cause, NULL);
	ck_assert_msg(s != NULL, "%s", cause);
	ck_assert_uint_eq(s->nvms, 1);
	settings_free(s);
	PUT("two.conf", 0600,
	    "vms = (\n { name = \"v\"; kind = \"replica\";\n sites = ( { cluster = "
	    "\"b\"; group = \"g\"; } );\n } );\n");
	expect_refusal("two.conf:3: cluster \"b\" is not defined");
	PUT("two.conf", 0600, "poll = {\n interval = ;\n};\n");
	expect_refusal("two.conf:2: syntax error");
	PUT("two.conf", 0600, "\n@include \"three.conf\"\n");
	expect_refusal("two.conf:2: cannot include three.conf: No such file");
	PUT("two.conf", 0600, "@include \"two.conf\"\n");
	expect_refusal("two.conf:1: cannot include two.conf: includes are nested too");
	PUT("two.conf", 0600, "@include \".\"\n");
	expect_refusal("two.conf:1: cannot include .: not a regular file");
}
END_TEST

static const struct {
	const char *text; /* of the credentials file; NULL: there is none */
	mode_t mode;
	const char *want; /* NULL: accepted */
} credentials[] = {
	{ "user = u\npassword = s3cret\n", 0600, NULL },
	{ "# for polling\n\n password =  s3cret \r\n\tuser=u", 0400, NULL },
	{ NULL, 0, "conf:2: credentials file c: No such file or directory; create it" },
	{ "user = u\npassword = s3cret\n", 0640,
	    "conf:2: credentials file c has mode 0640, so others may read it; chmod "
	    "600" },
	{ "user = u\npassword = s3cret\n", 0604,
	    "conf:2: credentials file c has mode" },
	{ "user = u\n", 0600, "conf:2: credentials file c: no line \"password =" },
	{ "password = s3cret\n", 0600, "conf:2: credentials file c: no line \"user =" },
	{ "", 0600, "conf:2: credentials file c: no line \"user" },
	{ "user = u\ns3cret\n", 0600, "conf:2: credentials file c: line 2 is no" },
	{ "user = u\npasword = s3cret\n", 0600,
	    "conf:2: credentials file c: line 2 begins with neither" },
	{ "user = u\npassword = s3cret\npassword = s3cret2\n", 0600,
	    "conf:2: credentials file c: line 3 says again" },
	{ "user = u\npassword =\n", 0600,
	    "conf:2: credentials file c: line 2 has noth" },
	{ "user = u:v\npassword = s3cret\n", 0600,
	    "conf:2: credentials file c: line 1 has a user name with a colon" },
};

START_TEST(credentials_are_read_or_refused)
{
	struct settings *s;
	char *cause = NULL;

	PUT("conf", 0600, CONF("credentials = \"c\";"));
	if (credentials[_i].text != NULL)
		PUT("c", credentials[_i].mode, credentials[_i].text);
	if (credentials[_i].want != NULL) {
		expect_refusal(credentials[_i].want);
		return;
	}
	s = load(&cause, NULL);
	ck_assert_msg(s != NULL, "%s", cause);
	ck_assert_str_eq(s->clusters[0].poll.user, "u");
	ck_assert_str_eq(s->clusters[0].poll.password, "s3cret");
	ck_assert_ptr_null(s->clusters[0].operate.user);
	settings_free(s);
}
END_TEST

START_TEST(systemd_hands_credentials_over)
{
	char *inner = xasprintf("%s/creds", dir), *cause = NULL;
	struct settings *s;

	ck_assert_int_eq(mkdir(inner, 0700), 0);
	PUT("conf", 0600, CONF("operate-credentials = \"c\";"));
	setenv("CREDENTIALS_DIRECTORY", inner, 1);
	expect_refusal("conf:2: credentials file creds/c: No such file");
	/* 0440 is how an ACL for the service's user looks */
	PUT("creds/c", 0440, "user = u\npassword = s3cret\n");
	s = load(&cause, NULL);
	ck_assert_msg(s != NULL, "%s", cause);
	ck_assert_str_eq(s->clusters[0].operate.user, "u");
	settings_free(s);
	PUT("creds/c", 0444, "user = u\npassword = s3cret\n");
	expect_refusal("conf:2: credentials file creds/c has mode 0444");
	free(cause);
	cause = xasprintf("%s/c", inner);
	unlink(cause);
	free(cause);
	free(inner);
}
END_TEST

START_TEST(a_ca_file_must_be_one)
{
	struct settings *s;
	char *cause = NULL;

	PUT("conf", 0600, CONF("ca-file = \"ca.pem\";"));
	expect_refusal("conf:2: ca-file ca.pem: No such file or directory");
	PUT("ca.pem", 0644, "nothing\n");
	expect_refusal("conf:2: ca-file ca.pem holds no certificate");
	PUT("ca.pem", 0644, "-----BEGIN CERTIFICATE-----\n");
	s = load(&cause, NULL);
	ck_assert_msg(s != NULL, "%s", cause);
	without_dir(s->clusters[0].ca_file);
	ck_assert_str_eq(s->clusters[0].ca_file, "ca.pem");
	ck_assert(s->clusters[0].ca_mark != 0);
	settings_free(s);
}
END_TEST

START_TEST(open_doors_are_warned_of)
{
	char *text = xasprintf(
	    "set = {\n state-dir = \"%s\"; };\n%s", dir, CONF("credentials = \"c\";"));
	char *cause = NULL, *warnings = NULL;
	struct settings *s;

	PUT("conf", 0620, text);
	PUT("c", 0600, "user = u\npassword = p\n");
	ck_assert_int_eq(chmod(dir, 0755), 0);
	s = load(&cause, &warnings);
	ck_assert_msg(s != NULL, "%s", cause);
	ck_assert_ptr_nonnull(
	    strstr(warnings, "conf: warning: others may write this file (mode"));
	ck_assert_ptr_nonnull(strstr(warnings, "conf:2: warning: state directory"));
	settings_free(s);
	free(warnings);
	warnings = NULL;
	PUT("conf", 0644, text);
	ck_assert_int_eq(chmod(dir, 0700), 0);
	s = load(&cause, &warnings);
	ck_assert_ptr_nonnull(s);
	ck_assert_msg(warnings == NULL, "%s", warnings);
	settings_free(s);
	free(text);
}
END_TEST

/* The sample as it is installed, with the files that it names beside it. */
/* Advice that somebody follows must not harm what is not ours. */
START_TEST(a_state_directory_of_others_is_left_alone)
{
	char *own = xasprintf("%s/own", dir), *text, *warnings = NULL, *cause = NULL;
	static const struct {
		mode_t mode; /* 0: it is not there */
		const char *file, *want, *never;
	} cases[] = {
		{ 0755, NULL, "is open to everybody (mode 0755); chmod 0700",
		    "shared" },
		{ 0755, "state.sqlite", "chmod 0700", "shared" },
		{ 0755, "passwd", "is shared with others (mode 0755)", "chmod" },
		{ 01777, NULL, "is shared with others (mode 1777); give", "chmod" },
		{ 0777, NULL, "is shared with others", "chmod" },
		{ 0, NULL, "own: No such file or directory; create it", "chmod" },
	};
	size_t i;
	char *name;

	PUT("c", 0600, "user = u\npassword = p\n");
	text = xasprintf(
	    "set = {\n state-dir = \"%s\"; };\n%s", own, CONF("credentials = \"c\";"));
	PUT("conf", 0600, text);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		name =
		    cases[i].file == NULL ? NULL : xasprintf("own/%s", cases[i].file);
		if (cases[i].mode != 0) {
			ck_assert_int_eq(mkdir(own, 0700), 0);
			ck_assert_int_eq(chmod(own, cases[i].mode), 0);
		}
		if (name != NULL)
			PUT(name, 0600, "");
		settings_free(load(&cause, &warnings));
		ck_assert_ptr_null(cause);
		ck_assert_ptr_nonnull(warnings);
		ck_assert_msg(strstr(warnings, cases[i].want) != NULL, "%s\nwanted: %s",
		    warnings, cases[i].want);
		ck_assert_msg(strstr(warnings, cases[i].never) == NULL, "%s", warnings);
		if (name != NULL) {
			free(name);
			name = xasprintf("%s/%s", own, cases[i].file);
			unlink(name);
			free(name);
		}
		rmdir(own);
	}
	free(warnings);
	free(text);
	free(own);
}
END_TEST

START_TEST(what_cannot_work_is_said)
{
	char *text = xasprintf("set = {\n state-dir = \"%s\"; };\n%s", dir, CONF(""));
	char *cause = NULL, *warnings = NULL;
	struct settings *s;

	PUT("conf", 0600, text);
	settings_free(load(&cause, &warnings));
	ck_assert_ptr_nonnull(
	    strstr(warnings, "conf:3: warning: cluster \"a\" has no credentials"));
	PUT("conf", 0600, CONF("credentials = \"c\";"));
	PUT("c", 0600, "user = u\npassword = \"s3cret\"\n");
	s = load(&cause, &warnings);
	ck_assert_msg(s != NULL, "%s", cause);
	ck_assert_str_eq(s->clusters[0].poll.password, "\"s3cret\"");
	settings_free(s);
	ck_assert_ptr_nonnull(strstr(warnings, "the password stands in quotes"));
	ck_assert_ptr_null(strstr(warnings, "s3cret"));
	free(warnings);
	free(text);
}
END_TEST

static void
expect_same_policies(const struct settings *s, const struct settings *d)
{
	const struct policy_settings *p = &s->policies, *e = &d->policies;
	int i;

	ck_assert_int_eq(s->load.interval, d->load.interval);
	ck_assert_int_eq(s->load.timeout, d->load.timeout);
	ck_assert_uint_eq(s->load.tries, d->load.tries);
	ck_assert_uint_eq(s->load.at_once, d->load.at_once);
	ck_assert_int_eq(s->load.freshness, d->load.freshness);
	ck_assert_int_eq(s->load.half_life, d->load.half_life);
	ck_assert_int_eq(p->master, e->master);
	for (i = 0; i < POLICY_KINDS; i++)
		ck_assert_int_eq(p->mode[i], e->mode[i]);
	ck_assert_int_eq(p->interval, e->interval);
	ck_assert_int_eq(p->look_time, e->look_time);
	ck_assert_uint_eq(p->rounds, e->rounds);
	ck_assert_int_eq(p->imbalance, e->imbalance);
	ck_assert_int_eq(p->high_load, e->high_load);
	ck_assert_int_eq(p->target_load, e->target_load);
	ck_assert_int_eq(p->memory_reserve, e->memory_reserve);
	ck_assert_int_eq(p->minimum_gain, e->minimum_gain);
	ck_assert_int_eq(p->failover_reserve, e->failover_reserve);
	ck_assert_int_eq(p->swaps, e->swaps);
	ck_assert(p->weight_cpu == e->weight_cpu);
	ck_assert(p->weight_memory == e->weight_memory);
	ck_assert(p->weight_cluster == e->weight_cluster);
	ck_assert_uint_eq(p->max_moves, e->max_moves);
	ck_assert_uint_eq(p->max_moves_hour, e->max_moves_hour);
	ck_assert_int_eq(p->cool_down, e->cool_down);
	ck_assert_int_eq(p->set_cool_down, e->set_cool_down);
	ck_assert_str_eq(p->windows, e->windows);
	ck_assert_int_eq(p->plan_life, e->plan_life);
	ck_assert_int_eq(p->refill, e->refill);
	ck_assert_int_eq(p->recover_grace, e->recover_grace);
	ck_assert_int_eq(p->calm, e->calm);
}

#define SNMP2 "snmp = { version = \"2c\"; community-file = \"secret\"; };"

START_TEST(secrets_come_from_files)
{
	char *cause = NULL, *warnings = NULL;
	struct settings *s;

	PUT("secret", 0600, "\n  community s3cret \r\n");
	PUT("auth", 0400, "s3cret s3cret");
	PUT("priv", 0600, "'s3crets3cret'\n");
	PUT("conf", 0600,
	    CONF(SNMP2) "load = { snmp = { version = \"3\"; user = \"u\";\n"
	                "auth-protocol = \"sha-256\"; auth-password-file = \"auth\";\n"
	                "priv-protocol = \"aes\"; priv-password-file = \"priv\"; "
	                "context = \"c\"; }; };");
	s = load(&cause, &warnings);
	ck_assert_msg(s != NULL, "%s", cause);
	ck_assert_int_eq(s->clusters[0].snmp.version, 2);
	ck_assert_str_eq(s->clusters[0].snmp.community, "community s3cret");
	ck_assert_int_eq(s->load.snmp.version, 3);
	ck_assert_str_eq(s->load.snmp.user, "u");
	ck_assert_str_eq(s->load.snmp.auth_protocol, "SHA-256");
	ck_assert_str_eq(s->load.snmp.auth_password, "s3cret s3cret");
	ck_assert_str_eq(s->load.snmp.priv_protocol, "AES");
	ck_assert_str_eq(s->load.snmp.priv_password, "'s3crets3cret'");
	ck_assert_str_eq(s->load.snmp.context, "c");
	ck_assert_ptr_nonnull(strstr(warnings, "conf:5: warning: priv-password-file"));
	ck_assert_ptr_nonnull(strstr(warnings, "stands in quotes"));
	ck_assert_ptr_null(strstr(warnings, "s3cret"));
	free(warnings);
	settings_free(s);
}
END_TEST

START_TEST(secrets_that_are_none)
{
	PUT("conf", 0600, CONF(SNMP2));
	expect_refusal(
	    "conf:2: community-file secret: No such file or directory; create "
	    "it with mode 0600 and one line, the secret");
	PUT("secret", 0640, "s3cret\n");
	expect_refusal(
	    "conf:2: community-file secret has mode 0640, so others may read "
	    "it; chmod 600 secret");
	PUT("secret", 0600, "\n");
	expect_refusal("conf:2: community-file secret: it must hold one line");
	PUT("secret", 0600, "s3cret\ns3cret\n");
	expect_refusal("conf:2: community-file secret: it must hold one line");
	PUT("secret", 0600, "s3cret7\n");
	PUT("conf", 0600,
	    "load = { snmp = { version = \"3\"; user = \"u\"; auth-protocol = "
	    "\"SHA\";\n"
	    "auth-password-file = \"secret\"; }; };");
	expect_refusal(
	    "conf:2: auth-password-file secret: its secret is shorter than 8");
}
END_TEST

START_TEST(programs_are_looked_at)
{
	static const struct {
		mode_t mode;
		const char *warning;
	} how[] = { { 0, "No such file or directory; it cannot be run" },
		{ 0644, "is not executable; chmod +x" }, { 0775, "others may write" },
		{ 0755, NULL } };
	char *cause, *warnings, *conf, *path = xasprintf("%s/prog", dir);
	struct settings *s;
	size_t i;

	conf = xasprintf("load = { hook = { program = \"%s\"; }; };", path);
	PUT("conf", 0600, conf);
	for (i = 0; i < sizeof(how) / sizeof(how[0]); i++) {
		cause = warnings = NULL;
		if (how[i].mode != 0)
			PUT("prog", how[i].mode, "#!/bin/sh\n");
		s = load(&cause, &warnings);
		ck_assert_msg(s != NULL, "%s", cause);
		ck_assert_str_eq(s->load.hook.argv[0], path);
		ck_assert_ptr_null(s->load.hook.argv[1]);
		if (how[i].warning != NULL)
			ck_assert_msg(strstr(warnings, how[i].warning) != NULL,
			    "\"%s\" lacks \"%s\"", warnings, how[i].warning);
		else
			ck_assert_msg(strstr(warnings, "prog") == NULL, "%s", warnings);
		free(warnings);
		settings_free(s);
	}
	free(conf);
	free(path);
}
END_TEST

START_TEST(the_sample_loads)
{
	const char *top = getenv("top_srcdir");
	char *path, *text, *cause = NULL, *warnings = NULL, *next, *line;
	struct settings *s, *d;
	FILE *f;
	size_t n;

	path = xasprintf("%s/doc/clusterset.conf.sample", top == NULL ? "." : top);
	f = fopen(path, "r");
	ck_assert_msg(f != NULL, "%s is not there", path);
	text = xcalloc(1, 65536);
	n = fread(text, 1, 65535, f);
	fclose(f);
	put("conf", 0644, text, n);
	PUT("east.credentials", 0600, "user = u\npassword = p\n");
	PUT("west.credentials", 0600, "user = u\npassword = p\n");
	PUT("ecx-ca.pem", 0644, "-----BEGIN CERTIFICATE-----\n");
	s = load(&cause, &warnings);
	ck_assert_msg(s != NULL, "%s", cause);
	/* what this machine's /var/lib/clusterset is like is not the sample's fault */
	for (next = warnings; (line = strsep(&next, "\n")) != NULL;)
		ck_assert_msg(strstr(line, "state directory") != NULL, "%s", line);
	ck_assert_uint_eq(s->nclusters, 2);
	ck_assert_uint_eq(s->nvms, 2);
	ck_assert_uint_eq(s->npatterns, 1);
	/* what it says is the default is the default */
	d = settings_new();
	ck_assert_str_eq(s->name, d->name);
	ck_assert_str_eq(s->state_dir, d->state_dir);
	ck_assert_str_eq(s->agentx.socket, d->agentx.socket);
	ck_assert_mem_eq(
	    &s->poll, &d->poll, offsetof(struct poll_settings, answer_max));
	ck_assert_uint_eq(s->poll.answer_max, d->poll.answer_max);
	ck_assert_uint_eq(s->poll.connections, d->poll.connections);
	ck_assert_mem_eq(&s->evidence, &d->evidence, sizeof(s->evidence));
	ck_assert_int_eq(s->moves.stop_timeout, d->moves.stop_timeout);
	ck_assert_int_eq(s->moves.start_timeout, d->moves.start_timeout);
	ck_assert_int_eq(s->moves.release_timeout, d->moves.release_timeout);
	ck_assert_int_eq(s->moves.verify_time, d->moves.verify_time);
	ck_assert_int_eq(s->moves.retry_delay, d->moves.retry_delay);
	ck_assert_int_eq(s->moves.tries, d->moves.tries);
	ck_assert_int_eq(s->moves.repeat_window, d->moves.repeat_window);
	ck_assert_int_eq(s->moves.history, d->moves.history);
	ck_assert_int_eq(s->moves.used_memory, d->moves.used_memory);
	ck_assert_int_eq(s->moves.limit_set, d->moves.limit_set);
	ck_assert_int_eq(s->moves.limit_cluster, d->moves.limit_cluster);
	ck_assert_int_eq(s->moves.limit_node, d->moves.limit_node);
	ck_assert_int_eq(s->moves.queue, d->moves.queue);
	ck_assert_int_eq(s->moves.force, d->moves.force);
	ck_assert_int_eq(s->moves.outside_stop, d->moves.outside_stop);
	ck_assert_int_eq(s->moves.conflict, d->moves.conflict);
	expect_same_policies(s, d);
	ck_assert_uint_eq(s->history.events, d->history.events);
	ck_assert_uint_eq(s->agentx.ping_seconds, d->agentx.ping_seconds);
	ck_assert_int_eq(s->agentx.request_timeout, d->agentx.request_timeout);
	settings_free(s);
	settings_free(d);
	/* and what is commented out would be understood */
	for (next = strstr(text, "\t#"); next != NULL; next = strstr(next + 1, "\t#"))
		if (next[2] != ' ')
			next[1] = ' ';
	put("conf", 0644, text, n);
	PUT("east-operate.credentials", 0600, "user = u\npassword = p\n");
	PUT("snmp.community", 0600, "lab\n");
	free(warnings);
	warnings = NULL;
	s = load(&cause, &warnings);
	ck_assert_msg(s != NULL, "%s", cause);
	ck_assert_ptr_nonnull(s->clusters[0].pinned_key);
	ck_assert_ptr_nonnull(s->clusters[1].read_url);
	ck_assert_int_eq(s->clusters[1].interval, 30000);
	ck_assert_str_eq(s->load.snmp.community, "lab");
	ck_assert_str_eq(s->load.hook.argv[1], "--all");
	ck_assert_int_eq(s->clusters[1].snmp.version, SNMP_NOBODY);
	ck_assert_str_eq(s->clusters[1].fence.argv[0], "/usr/local/libexec/cut-off");
	settings_free(s);
	free(warnings);
	free(text);
	free(path);
}
END_TEST

static char *
text_of(const char *name)
{
	const char *top = getenv("top_srcdir");
	char *path = xasprintf("%s/doc/%s", top == NULL ? "." : top, name);
	char *cause = NULL, *text = conf_slurp(path, 1 << 20, &cause);

	ck_assert_msg(text != NULL, "%s: %s", path, cause);
	free(path);
	return text;
}

/* Does a line ".Ss KEY" or ".It Cm KEY , Cm KEY" or ".Cm KEY" of the manual name it? */
static bool
in_manual(const char *manual, const char *key)
{
	char *copy = xstrdup(manual), *next = copy, *line, *word;
	bool found = false;

	while (!found && (line = strsep(&next, "\n")) != NULL) {
		if (strncmp(line, ".Ss ", 4) != 0 && strncmp(line, ".It Cm ", 7) != 0 &&
		    strncmp(line, ".Cm ", 4) != 0)
			continue;
		while (!found && (word = strsep(&line, " :")) != NULL)
			found = strcmp(word, key) == 0;
	}
	free(copy);
	return found;
}

/* Is there a "KEY = ", be it after a #? */
static bool
in_sample(const char *sample, const char *key)
{
	char *word = xasprintf("%s = ", key);
	const char *p = sample;

	while ((p = strstr(p, word)) != NULL && strchr("\n\t #", p[-1]) == NULL)
		p++;
	free(word);
	return p != NULL;
}

static void
expect_documented(
    const struct conf_section *section, const char *manual, const char *sample)
{
	const struct conf_option *o;
	size_t i;

	for (i = 0; i < section->noptions; i++) {
		o = &section->options[i];
		ck_assert_msg(
		    in_manual(manual, o->key), "%s is not in the manual page", o->key);
		ck_assert_msg(
		    in_sample(sample, o->key), "%s is not in the sample", o->key);
		if (o->section != NULL)
			expect_documented(o->section, manual, sample);
	}
}

START_TEST(every_option_is_documented)
{
	char *manual = text_of("clusterset.conf.5.in");
	char *sample = text_of("clusterset.conf.sample");

	expect_documented(&conf_schema, manual, sample);
	free(manual);
	free(sample);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("config_files");
	TCase *tc = tcase_create("config_files");
	SRunner *sr = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, no_such_file);
	tcase_add_test(tc, the_name_before);
	tcase_add_test(tc, not_a_text);
	tcase_add_test(tc, included_files_have_their_own_lines);
	tcase_add_loop_test(tc, credentials_are_read_or_refused, 0,
	    sizeof(credentials) / sizeof(credentials[0]));
	tcase_add_test(tc, systemd_hands_credentials_over);
	tcase_add_test(tc, a_ca_file_must_be_one);
	tcase_add_test(tc, open_doors_are_warned_of);
	tcase_add_test(tc, a_state_directory_of_others_is_left_alone);
	tcase_add_test(tc, what_cannot_work_is_said);
	tcase_add_test(tc, secrets_come_from_files);
	tcase_add_test(tc, secrets_that_are_none);
	tcase_add_test(tc, programs_are_looked_at);
	tcase_add_test(tc, the_sample_loads);
	tcase_add_test(tc, every_option_is_documented);
	suite_add_tcase(suite, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
