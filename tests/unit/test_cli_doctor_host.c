/*
 * SPDX-License-Identifier: Apache-2.0
 * The doctor's judgement of snmpd's configuration, of this host and of what clustersetd
 * says.
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/doctor_judge.h"

static struct doctor_report r;
static char dir[] = "/tmp/cset-doctor-XXXXXX";

static void
setup(void)
{
	memset(&r, 0, sizeof(r));
	ck_assert(mkdtemp(dir) != NULL);
}

static void
teardown(void)
{
	static const char *const files[] = { "more.conf", "main.conf", "a.conf",
		"v.conf", "r.conf" };
	size_t i;

	doctor_clear(&r);
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char *path = xasprintf("%s/%s", dir, files[i]);

		unlink(path);
		free(path);
	}
	rmdir(dir);
}

static char *
put(const char *name, const char *text)
{
	char *path = xasprintf("%s/%s", dir, name);
	FILE *f = fopen(path, "we");

	ck_assert(f != NULL);
	fputs(text, f);
	fclose(f);
	return path;
}

static struct snmpd_oid
oid(const char *text)
{
	struct snmpd_oid o;

	ck_assert(snmpd_oid_parse(text, &o));
	return o;
}

/* --- snmpd.conf ----------------------------------------------------------------------
 */

START_TEST(test_oids)
{
	struct snmpd_oid o;

	ck_assert(snmpd_oid_parse(".1.3.6", &o) && o.n == 3 && o.id[2] == 6);
	ck_assert(snmpd_oid_parse("1", &o) && o.n == 1);
	ck_assert(snmpd_oid_parse("system", &o) && o.n == 7);
	ck_assert(!snmpd_oid_parse("", &o));
	ck_assert(!snmpd_oid_parse(".", &o));
	ck_assert(!snmpd_oid_parse("1..3", &o));
	ck_assert(!snmpd_oid_parse("1.3.", &o));
	ck_assert(!snmpd_oid_parse("1.3x", &o));
	ck_assert(!snmpd_oid_parse("SNMPv2-MIB::system", &o));
	ck_assert(!snmpd_oid_parse("4294967296", &o));
}
END_TEST

START_TEST(test_lines)
{
	char *more = put("more.conf", "agentXRetries 0\ninformsink nms public\n");
	char *text = xasprintf("# master nothing\n"
	                       "  MASTER agentx\r\n"
	                       "agentXSocket tcp:localhost:705\n"
	                       "agentXTimeout 1m\n"
	                       "trapsess -Ci -v3 -u x nms\n"
	                       "trapsess -v2c -c public nms\n"
	                       "trap2sink 127.0.0.1\n"
	                       "trapcommunity public\n"
	                       "agentaddress 127.0.0.1,[::1]\n"
	                       "includeFile more.conf\n"
	                       "includeFile main.conf\n");
	char *path = put("main.conf", text);
	struct snmpd_conf c;

	snmpd_conf_read(path, &c);
	ck_assert(c.read && c.master);
	ck_assert_str_eq(c.socket, "tcp:localhost:705");
	ck_assert_int_eq(c.timeout, 60);
	ck_assert_int_eq(c.retries, 0);
	ck_assert(!c.beyond);
	/* it includes itself: that ends somewhere */
	ck_assert_int_eq(c.traps % 2, 0);
	ck_assert_int_ge(c.informs, 2);
	snmpd_conf_clear(&c);
	free(path);
	free(text);
	free(more);
	snmpd_conf_read("/nonexistent/snmpd.conf", &c);
	ck_assert(!c.read && c.cause != NULL);
	snmpd_conf_clear(&c);
}
END_TEST

/* Whatever stands there, it is read to the end. */
START_TEST(test_nonsense)
{
	char *path = put("a.conf",
	    "\n\r\n \t\nview\nview a\nview a b\nview a included x\naccess\ngroup g\n"
	    "com2sec -Cn\nagentXTimeout 99999999999999999999w\nagentXTimeout x\n"
	    "\"unfinished\n'\nrwuser -s\nauthuser read\ntrapsess -C\n"
	    "includeDir /nonexistent\nincludeDir\nagentaddress\nagentaddress ,,, \n"
	    "view m included .1 zz.ff.ff.ff.ff.ff.ff.ff.ff.ff.ff.ff.ff.ff.ff.ff.ff.ff\n"
	    "rocommunity last");
	struct snmpd_conf c;

	snmpd_conf_read(path, &c);
	ck_assert(c.read);
	ck_assert_int_eq(c.timeout, -1);
	ck_assert_str_eq(c.rights[c.nrights - 1].name, "last");
	snmpd_conf_clear(&c);
	free(path);
}
END_TEST

START_TEST(test_addresses)
{
	static const struct {
		const char *line;
		bool beyond;
	} cases[] = { { "", true }, { "agentaddress 127.0.0.1", false },
		{ "agentaddress udp:127.0.0.1:161,unix:/run/snmpd", false },
		{ "agentaddress udp6:[::1]:161", false }, { "agentaddress 161", true },
		{ "agentaddress 127.0.0.1,192.0.2.1", true },
		{ "agentaddress localhost tcp:161", true } };
	struct snmpd_conf c;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *path = put("a.conf", cases[i].line);

		snmpd_conf_read(path, &c);
		ck_assert_msg(c.beyond == cases[i].beyond, "%s", cases[i].line);
		snmpd_conf_clear(&c);
		free(path);
	}
}
END_TEST

START_TEST(test_views)
{
	char *path = put("v.conf",
	    "view all included .1\n"
	    "view part included .1.3.6.1.4.1.9\n"
	    "view part excluded .1.3.6.1.4.1.9.2\n"
	    "view part included .1.3.6.1.4.1.9.2.1\n"
	    "view named included SNMPv2-MIB::system\n"
	    "view masked included .1.3.6.1.4.1.8.7.1 ff.40\n"
	    "view tenth included .1.3.6.1.4.1.8.7.1.5 ff.80\n"
	    "view twice included .1.3\nview twice excluded .1.3\n");
	struct snmpd_scope scope = { .kind = SCOPE_VIEW };
	const struct {
		const char *view, *subtree;
		enum snmpd_reach reach;
	} cases[] = { { "all", "1.3.6", SEES_ALL }, { "none", "1.3.6", SEES_NOTHING },
		{ "part", "1.3.6.1.4.1.9", SEES_PART },
		{ "part", "1.3.6.1.4.1.9.1", SEES_ALL },
		{ "part", "1.3.6.1.4.1.9.2", SEES_PART },
		{ "part", "1.3.6.1.4.1.9.2.2", SEES_NOTHING },
		{ "part", "1.3.6.1.4.1.9.2.1.5", SEES_ALL },
		{ "part", "1.3", SEES_PART }, { "named", "1.3", SEES_UNKNOWN },
		/* the 9th sub-identifier does not count, the 8th does */
		{ "masked", "1.3.6.1.4.1.8.7.9.1", SEES_ALL },
		{ "masked", "1.3.6.1.4.1.8.6.1", SEES_NOTHING },
		{ "tenth", "1.3.6.1.4.1.8.7.1.9", SEES_ALL },
		{ "tenth", "1.3.6.1.4.1.8.7.2.5", SEES_NOTHING },
		{ "twice", "1.3.6", SEES_NOTHING } };
	struct snmpd_conf c;
	struct snmpd_oid o;
	size_t i;

	snmpd_conf_read(path, &c);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		scope.view = xstrdup(cases[i].view);
		o = oid(cases[i].subtree);
		ck_assert_msg(snmpd_sees(&c, &scope, &o) == cases[i].reach,
		    "%s of %s: %d", cases[i].subtree, cases[i].view,
		    snmpd_sees(&c, &scope, &o));
		free(scope.view);
	}
	snmpd_conf_clear(&c);
	free(path);
}
END_TEST

START_TEST(test_rights)
{
	char *path = put("r.conf",
	    "rocommunity public default .1.3.6.1.2.1.1\n"
	    "rwcommunity \"two words\" 127.0.0.1\n"
	    "rouser -s usm watcher noauth -V v\n"
	    "rwuser boss authPriv\n"
	    "com2sec -Cn ctx local localhost secret\n"
	    "com2sec remote default open\n"
	    "group g v1 local\ngroup g v2c remote\ngroup g usm somebody\n"
	    "access g \"\" any noauth exact v none none\n"
	    "access g \"\" usm priv exact v v none\n"
	    "rocommunity\nrwuser\naccess g\n");
	struct snmpd_conf c;

	snmpd_conf_read(path, &c);
	ck_assert_int_eq(c.nrights, 8);
	ck_assert_int_eq(c.rights[0].read.kind, SCOPE_OID);
	ck_assert_int_eq(c.rights[0].write.kind, SCOPE_NONE);
	ck_assert(!c.rights[0].local);
	ck_assert_str_eq(c.rights[1].name, "two words");
	ck_assert(c.rights[1].local && c.rights[1].write.kind == SCOPE_ALL);
	ck_assert_str_eq(c.rights[2].name, "watcher");
	ck_assert(!c.rights[2].privacy);
	ck_assert_str_eq(c.rights[2].read.view, "v");
	ck_assert(c.rights[3].privacy && !c.rights[3].community);
	/* in the order of access lines, then of groups */
	ck_assert_str_eq(c.rights[4].name, "secret");
	ck_assert(c.rights[4].community && c.rights[4].local);
	ck_assert_str_eq(c.rights[5].name, "open");
	ck_assert(!c.rights[5].local);
	ck_assert_str_eq(c.rights[6].name, "somebody");
	ck_assert(!c.rights[6].privacy);
	ck_assert(c.rights[7].privacy && c.rights[7].write.kind == SCOPE_VIEW);
	snmpd_conf_clear(&c);
	free(path);
}
END_TEST

/* --- this host
 * ------------------------------------------------------------------------ */

static gid_t ours[] = { 50 };

static struct doctor_host
host(void)
{
	struct doctor_host h = { .socket = { "/run/a/master", 0, S_IFSOCK | 0660, 0,
		                     50 },
		.socket_dir = { "/run/a", 0, S_IFDIR | 0755, 0, 0 },
		.state = { "/var/lib/c", 0, S_IFDIR | 0700, 900, 900 },
		.state_file = { "/var/lib/c/s", 0, S_IFREG | 0600, 900, 900 },
		.socket_is_path = true,
		.user_known = true,
		.uid = 900,
		.user = (char *)(uintptr_t) "clusterset",
		.groups = ours,
		.ngroups = 1,
		.free_bytes = 1u << 30,
		.free_inodes = 100000 };

	return h;
}

static void
expect(const struct doctor_host *h, int code)
{
	doctor_clear(&r);
	doctor_judge_host(&r, h);
	ck_assert_msg(code < 0 ? r.n == 0 : r.n == 1 && (int)r.findings[0].code == code,
	    "%zu findings, the first %s", r.n,
	    r.n == 0 ? "-" : doctor_rules[r.findings[0].code].word);
}

START_TEST(test_host)
{
	struct doctor_host h = host();

	expect(&h, -1);
	h.socket_dir.mode = S_IFDIR | 0700;
	expect(&h, DOC_SOCKET_CLOSED);
	h = host();
	h.socket.gid = 51;
	expect(&h, DOC_SOCKET_CLOSED);
	h.joined = true;
	expect(&h, -1);
	h.uid = 0; /* root reaches everything; the state is another's then, no matter */
	expect(&h, -1);
	h = host();
	h.socket.mode = S_IFSOCK | 0666;
	expect(&h, DOC_SOCKET_OPEN);
	h.socket_dir = (struct doctor_node) { "/run/a", 0, S_IFDIR | 0750, 0, 50 };
	expect(&h, -1); /* nobody else gets there */
	h = host();
	h.socket.error = ENOENT;
	expect(&h, DOC_SOCKET_MISSING);
	h.socket.error = EACCES; /* to us, who are not clustersetd */
	expect(&h, -1);
	h.socket_is_path = false;
	h.socket.error = ENOENT;
	expect(&h, -1);
	h = host();
	h.state.error = ENOENT;
	expect(&h, DOC_STATE_MISSING);
	h = host();
	h.state.mode = S_IFDIR | 0750;
	expect(&h, DOC_STATE_OPEN);
	h = host();
	h.state_file.uid = 0;
	expect(&h, DOC_STATE_OWNER);
	h.state_file.error = ENOENT;
	expect(&h, -1);
	h.state.uid = 0;
	expect(&h, DOC_STATE_OWNER);
	h = host();
	h.free_bytes = 1 << 20;
	expect(&h, DOC_STATE_FULL);
	h = host();
	h.free_inodes = 3;
	expect(&h, DOC_STATE_FULL);
	h = host();
	h.active = h.enabled = UNIT_YES;
	expect(&h, -1);
	h.active = UNIT_NO;
	expect(&h, DOC_UNIT_INACTIVE);
	h.active = UNIT_YES;
	h.enabled = UNIT_NO;
	expect(&h, DOC_UNIT_DISABLED);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("cli/doctor_host");
	TCase *t = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, test_oids);
	tcase_add_test(t, test_lines);
	tcase_add_test(t, test_nonsense);
	tcase_add_test(t, test_addresses);
	tcase_add_test(t, test_views);
	tcase_add_test(t, test_rights);
	tcase_add_test(t, test_host);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
