/*
 * SPDX-License-Identifier: Apache-2.0
 * Reading a clp.conf: what is refused and in which words, encodings, facts, and what
 * check finds.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ecx/clpconf.h"
#include "tests/unit/clpconf_text.h"

#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

/* --- refused -----------------------------------------------------------------------
 */

static const struct {
	const char *text, *words;
} refusals[] = {
	{ "", "x:1: no element at all" },
	{ "cluster = { name = \"x\" }\n", "x:1: no element at all" },
	{ "<html><cluster/></html>", "x:1: this is no clp.conf" },
	{ "<root><server name=\"a\"/></root>", "no /root/cluster" },
	{ HEAD "<root>\n<cluster>\n</root>\n",
	    "x:4: </root> stands where <cluster> of line 3 should end" },
	{ HEAD "<root>\n<cluster/>\n", "x:2: this element does not end" },
	{ HEAD "<root>\n<cluster/>\n</root>\n<root/>", "x:5: a second element" },
	{ HEAD "<root>\n<cluster/>\n</root>\n</root>",
	    "x:5: an end tag without a start" },
	{ HEAD "<root>\n<cluster a=\"</root>", "x:3: a tag begins here" },
	{ HEAD "<root>\n<cluster/><!-- </root>", "x:3: a comment does not end" },
	{ HEAD "<root>\n<cluster><![CDATA[ </cluster></root>", "x:3: a CDATA section" },
	{ HEAD "<!DOCTYPE root>\n<root><cluster/></root>", "x:2: a DOCTYPE" },
	{ HEAD "<!DOCTYPE root [<!ENTITY a SYSTEM \"/etc/passwd\">]>\n"
	       "<root><cluster>&a;</cluster></root>",
	    "x:2: a DOCTYPE" },
	{ HEAD "<root>\n<cluster>&a;</cluster></root>",
	    "x:3: not well-formed XML: Entity" },
	{ HEAD "<root>\n<cluster>\x80</cluster></root>", "x:3: not well-formed XML" },
	{ HEAD "<root>\n<cluster/><a b=\"1\" b=\"2\"/></root>",
	    "x:3: not well-formed" },
	{ "<?xml version=\"1.0\" encoding=\"UTF-16\"?><root><cluster/></root>",
	    "x:1: encoding \"UTF-16\" is not one" },
	{ "<?xml version=\"1.0\" encoding=\"ISO-2022-JP\"?><root><cluster/></root>",
	    "encoding \"ISO-2022-JP\"" },
	{ "<?xml version=\"1.0\" "
	  "encoding=\"ASCII\"?>\n<root><cluster>\xa4\xa2</cluster>"
	  "</root>",
	    "x:2: not well-formed XML" },
	{ HEAD "<root xmlns:a=\"urn:a\">\n<cluster/><a:b/></root>",
	    "x:3: the tags here can be read in two ways" },
};

START_TEST(test_refused)
{
	char *cause = NULL;
	bool refused = false;

	ck_assert(clpconf_parse(refusals[_i].text, strlen(refusals[_i].text), "x",
	              &refused, &cause) == NULL);
	ck_assert(refused);
	ck_assert_ptr_nonnull(cause);
	if (strstr(cause, refusals[_i].words) == NULL)
		ck_abort_msg("%s\nhas no: %s", cause, refusals[_i].words);
	free(cause);
}
END_TEST

START_TEST(test_zero_bytes)
{
	static const char utf16[] = "\xff\xfe<\0r\0o\0o\0t\0/\0>\0";
	char *cause = NULL;

	ck_assert(clpconf_parse(utf16, sizeof(utf16), "x", NULL, &cause) == NULL);
	ck_assert_ptr_nonnull(strstr(cause, "UTF-16"));
	free(cause);
}
END_TEST

/* Sized by whoever wrote the file: all of it has a cap. */
START_TEST(test_caps)
{
	static const struct {
		const char *head, *more, *tail, *words;
		unsigned n;
	} caps[] = {
		{ "<root><cluster/>", "<a>", "", "nested too deeply",
		    CLPCONF_DEPTH_MAX },
		{ "<root><cluster/>", "<a/>", "</root>", "too many elements",
		    CLPCONF_ELEMENTS_MAX },
		{ "<root><cluster/>", "<group name=\"g\"/>", "</root>", "more than",
		    CLPCONF_OBJECTS_MAX + 1 },
		{ "<root><cluster/><group name=\"g\">", "<resource name=\"a@b\"/>",
		    "</group></root>", "more than", CLPCONF_OBJECTS_MAX + 1 },
		{ "<root><cluster/>", "                                ", "</root>",
		    "more than", CLPCONF_BYTES_MAX / 32 },
	};
	size_t head = strlen(caps[_i].head), more = strlen(caps[_i].more);
	char *text = xmalloc(head + more * caps[_i].n + 100), *p = text, *cause = NULL;
	bool refused;
	unsigned i;

	memcpy(p, caps[_i].head, head);
	for (p += head, i = 0; i < caps[_i].n; i++, p += more)
		memcpy(p, caps[_i].more, more);
	memcpy(p, caps[_i].tail, strlen(caps[_i].tail));
	p += strlen(caps[_i].tail);
	ck_assert(
	    clpconf_parse(text, (size_t)(p - text), "x", &refused, &cause) == NULL);
	ck_assert(refused);
	if (strstr(cause, caps[_i].words) == NULL)
		ck_abort_msg("%s\nhas no: %s", cause, caps[_i].words);
	free(cause);
	free(text);
}
END_TEST

START_TEST(test_no_file)
{
	char *cause = NULL;
	bool refused = true;

	ck_assert(clpconf_load("/nowhere/clp.conf", &refused, &cause) == NULL);
	ck_assert(!refused);
	ck_assert_ptr_nonnull(strstr(cause, "/nowhere/clp.conf: cannot be opened"));
	ck_assert(clpconf_load("/", &refused, &cause) == NULL);
	ck_assert_ptr_nonnull(strstr(cause, "is a directory"));
	ck_assert(clpconf_load("/dev/null", &refused, &cause) == NULL);
	ck_assert_ptr_nonnull(strstr(cause, "is a device"));
	free(cause);
}
END_TEST

/* --- encodings ---------------------------------------------------------------------
 */

static const struct {
	const char *encoding, *bytes, *utf8;
} encodings[] = {
	{ "UTF-8", "\xe8\xa1\xa8", "\xe8\xa1\xa8" },
	{ "EUC-JP", "\xc9\xbd", "\xe8\xa1\xa8" },
	{ "EUC-JP", "\xad\xa1", "\xe2\x91\xa0" }, /* circled one: NEC's own row 13 */
	{ "SJIS", "\x95\x5c", "\xe8\xa1\xa8" }, /* its second byte is a backslash */
	{ "Shift_JIS", "\x83\x5c\x83\x5d", "\xe3\x82\xbd\xe3\x82\xbe" },
	{ "SJIS", "\x87\x40", "\xe2\x91\xa0" },
	{ "GB2312", "\xd7\xe9", "\xe7\xbb\x84" },
	{ "ASCII", "plain", "plain" },
	{ "us-ascii", "&lt;&amp;&#65;", "<&A" },
};

START_TEST(test_encodings)
{
	char *cause = NULL,
	     *text = xasprintf("<?xml version=\"1.0\" encoding=\"%s\"?>"
	                       "<root><cluster><name> %s\n</name></cluster></root>",
	         encodings[_i].encoding, encodings[_i].bytes);
	struct clpconf *c = clpconf_parse(text, strlen(text), "x", NULL, &cause);

	if (c == NULL)
		ck_abort_msg("%s", cause);
	ck_assert_str_eq(clpconf_facts(c)->cluster, encodings[_i].utf8);
	clpconf_free(c);
	free(text);
}
END_TEST

/* --- facts -------------------------------------------------------------------------
 */

static struct clpconf *
parse(const char *text)
{
	char *cause = NULL;
	struct clpconf *c = clpconf_parse(text, strlen(text), "x", NULL, &cause);

	if (c == NULL)
		ck_abort_msg("%s", cause);
	return c;
}

START_TEST(test_facts)
{
	struct clpconf *c = parse(clpconf_text);
	const struct clpconf_facts *f = clpconf_facts(c);

	ck_assert_str_eq(f->cluster, "c1");
	ck_assert_str_eq(f->os, "linux");
	ck_assert_int_eq(f->rest_api, CLPCONF_ON);
	ck_assert_uint_eq(f->nservers, 2);
	ck_assert_str_eq(f->servers[1].name, "n2");
	ck_assert_int_eq(f->servers[1].priority, 1);
	ck_assert_uint_eq(f->ngroups, 2);
	ck_assert_str_eq(f->groups[0].type, "failover");
	ck_assert_uint_eq(f->groups[0].line, 10);
	ck_assert(f->groups[0].start == CLPCONF_AUTO && !f->groups[0].start_said);
	ck_assert(f->groups[0].failover == CLPCONF_AUTO && !f->groups[0].failover_said);
	ck_assert(
	    f->groups[0].failback == CLPCONF_MANUAL && !f->groups[0].failback_said);
	ck_assert(!f->groups[0].servers_said);
	ck_assert_uint_eq(f->groups[0].servers.n, 2);
	ck_assert_str_eq(f->groups[0].servers.names[0], "n1");
	ck_assert_uint_eq(f->groups[0].nresources, 4);
	ck_assert_str_eq(f->resources[f->groups[0].resources[3]].name, "e2");
	ck_assert(f->groups[1].start == CLPCONF_MANUAL && f->groups[1].start_said);
	ck_assert(f->groups[1].failback == CLPCONF_AUTO && f->groups[1].failback_said);
	ck_assert(f->groups[1].servers_said);
	ck_assert_uint_eq(f->groups[1].servers.n, 1);
	ck_assert_uint_eq(f->groups[1].start_waits.n, 1);
	ck_assert_str_eq(f->groups[1].start_waits.names[0], "g1");
	ck_assert_uint_eq(f->groups[1].stop_waits.n, 0);
	ck_assert_uint_eq(f->nresources, 5);
	ck_assert_str_eq(f->resources[3].type, "exec");
	ck_assert_uint_eq(f->resources[3].depends.n, 2);
	ck_assert_int_eq(f->resources[3].deact, CLPCONF_ACT_STOP_GROUP);
	ck_assert(f->resources[3].deact_said);
	ck_assert_int_eq(f->resources[2].deact, CLPCONF_ACT_SHUTDOWN);
	ck_assert(!f->resources[2].deact_said);
	ck_assert(!f->resources[0].depends_said);
	ck_assert_uint_eq(f->resources[4].group, 1);
	ck_assert_uint_eq(f->nmonitors, 5);
	ck_assert_str_eq(f->monitors[0].object, "md1");
	ck_assert_str_eq(f->monitors[1].target, "e1");
	ck_assert_str_eq(f->monitors[1].relation_type, "rsc");
	ck_assert_str_eq(f->monitors[2].relation_name, "g2");
	ck_assert_uint_eq(clpconf_find_resource(c, "exec", "md1"), CLPCONF_NONE);
	ck_assert_uint_eq(clpconf_find_resource(c, "md", "md1"), 1);
	ck_assert_uint_eq(clpconf_find_monitor(c, "genw", "w2"), 2);
	ck_assert_uint_eq(clpconf_find_group(c, "g3"), CLPCONF_NONE);
	clpconf_free(c);
}
END_TEST

START_TEST(test_few_facts)
{
	struct clpconf *c = parse("<root><cluster/><rstd><use>0</use></rstd></root>");

	ck_assert_str_eq(clpconf_facts(c)->cluster, "");
	ck_assert_int_eq(clpconf_facts(c)->rest_api, CLPCONF_OFF);
	ck_assert_uint_eq(clpconf_check(c).n, 0);
	clpconf_free(c);
	c = parse("<root><cluster/></root>");
	ck_assert_int_eq(clpconf_facts(c)->rest_api, CLPCONF_UNSAID);
	clpconf_free(c);
}
END_TEST

/* --- check -------------------------------------------------------------------------
 */

static const struct {
	const char *from, *to;
	unsigned line;
	enum clpconf_kind kind;
	const char *words;
} findings[] = {
	{ "objectnumber>22", "objectnumber>23", 63, CLPCONF_BOOKKEEPING,
	    "objectnumber is 23 and should be 22" },
	{ "objectnumber>22", "objectnumber>", 63, CLPCONF_BOOKKEEPING, "is \"\"" },
	{ "<gid>1</gid>", "<gid>0</gid>", 27, CLPCONF_BOOKKEEPING,
	    "as that of another" },
	{ "<gid>1</gid>", "<gid>7</gid>", 27, CLPCONF_BOOKKEEPING, "only 2 groups" },
	{ "<gid>1</gid>", "<gid>x</gid>", 27, CLPCONF_MISTAKE, "is no number" },
	{ "    <gid>1</gid>\n", "\n", 17, CLPCONF_MISTAKE, "has no gid" },
	{ "<types name=\"vm\"/>", "<types name=\"vmx\"/>", 33, CLPCONF_BOOKKEEPING,
	    "list vmx, of which there is none" },
	{ "<types name=\"vm\"/>", "<types name=\"fip\"/><types name=\"vm\"/>", 33,
	    CLPCONF_BOOKKEEPING, "list fip twice" },
	{ "<types name=\"genw\"/>", "", 52, CLPCONF_MISTAKE, "do not list genw" },
	{ "\"exec@e2\"", "\"exec@e3\"", 14, CLPCONF_MISTAKE,
	    "group g1 lists resource e3 of type exec, which is not defined" },
	{ "\"exec@e2\"", "\"exec@e1\"", 14, CLPCONF_MISTAKE, "lists already" },
	{ "\"exec@e2\"", "\"e2\"", 14, CLPCONF_MISTAKE, "not TYPE@NAME" },
	{ "\"exec@e2\"", "\"md@e2\"", 41, CLPCONF_MISTAKE,
	    "e2 of type exec is in no group" },
	{ "<depend name=\"fip1\"/>", "<depend name=\"fip2\"/>", 36, CLPCONF_MISTAKE,
	    "resource md1 depends on fip2, which is not defined" },
	{ "<depend name=\"fip1\"/>", "<depend name=\"e1\"/>", 35, CLPCONF_MISTAKE,
	    "md1 -> e1 -> md1" },
	{ "<depend name=\"fip1\"/>", "<depend name=\"md1\"/>", 35, CLPCONF_MISTAKE,
	    "md1 -> md1" },
	{ "<depend name=\"e1\"/>", "<depend name=\"\"/>", 43, CLPCONF_MISTAKE,
	    "depends on nothing, says this line, and on md1" },
	{ "<depend name=\"e1\"/>", "<depend name=\"md1\"/>", 41, CLPCONF_MISTAKE,
	    "twice" },
	{ "<depend name=\"g1\"/>", "<depend name=\"g3\"/>", 24, CLPCONF_MISTAKE,
	    "group g2 waits at its start for group g3" },
	{ "<depend name=\"g1\"/>", "<depend name=\"g2\"/>", 17, CLPCONF_MISTAKE,
	    "g2 -> g2" },
	{ "policy name=\"n2\"", "policy name=\"n3\"", 19, CLPCONF_MISTAKE,
	    "the policy of group g2 names server n3" },
	{ "server name=\"n2\"", "server name=\"n1\"", 7, CLPCONF_MISTAKE,
	    "server n1 stands here a second time, first in line 6" },
	{ "group name=\"g2\"", "group name=\"g1\"", 17, CLPCONF_MISTAKE,
	    "second time" },
	{ "<fip name=\"fip1\"", "<fip name=\"e1\"", 38, CLPCONF_MISTAKE,
	    "second time" },
	{ "<genw name=\"w2\"", "<genw name=\"w1\"", 54, CLPCONF_MISTAKE,
	    "second time" },
	{ "<genw name=\"w2\"", "<genw", 54, CLPCONF_MISTAKE,
	    "a monitor without a name" },
	{ "<target>e1<", "<target>e4<", 52, CLPCONF_MISTAKE,
	    "watches while resource e4 is active" },
	{ "<name>e2<", "<name>e4<", 53, CLPCONF_MISTAKE, "would recover resource e4" },
	{ "<name>g2<", "<name>g4<", 55, CLPCONF_MISTAKE, "would recover group g4" },
	{ "<object>md1<", "<object>md4<", 50, CLPCONF_MISTAKE, "watches resource md4" },
	{ "<vm name=\"vm2\"/>", "<vm name=\"vm2\"><server name=\"n9\"/></vm>", 46,
	    CLPCONF_MISTAKE, "resource vm2 names server n9" },
	{ "<userw name=\"userw\">",
	    "<userw name=\"userw\"><polling><servers id=\"0\"><name>n9</name></servers>"
	    "</polling>",
	    57, CLPCONF_MISTAKE, "monitor userw names server n9" },
	{ "<md name=\"md1\">",
	    "<md name=\"md1\"><parameters><netdev "
	    "id=\"0\"><device>401</device></netdev>"
	    "</parameters>",
	    35, CLPCONF_MISTAKE, "resource md1 uses device 401, which no server has" },
	{ "<lankhb name=\"hb1\"/>", "<lankhb name=\"hb1\"><device>9</device></lankhb>",
	    8, CLPCONF_MISTAKE, "device 9" },
};

START_TEST(test_findings)
{
	char *text =
	    clpconf_with(xstrdup(clpconf_text), findings[_i].from, findings[_i].to);
	struct clpconf *c = parse(text);
	struct clpconf_findings f = clpconf_check(c);
	size_t i;

	for (i = 0; i < f.n; i++)
		if (f.list[i].line == findings[_i].line &&
		    f.list[i].kind == findings[_i].kind &&
		    strstr(f.list[i].text, findings[_i].words) != NULL)
			break;
	if (i == f.n)
		ck_abort_msg("%zu findings, none is line %u %s; the first: %u %s", f.n,
		    findings[_i].line, findings[_i].words,
		    f.n == 0 ? 0 : f.list[0].line, f.n == 0 ? "" : f.list[0].text);
	clpconf_findings_clear(&f);
	clpconf_free(c);
	free(text);
}
END_TEST

/* Things that look odd and are not judged. */
static const struct {
	const char *from, *to;
} fine[] = {
	{ "name=\"x\"", "name=\"x\"" },
	{ "<name>g2<", "<name>All Groups<" },
	{ "<object>md1<", "<object><" },
	{ "<relation><type>cls", "<relation><type>new" },
	{ "<target>e1<", "<target>g1<" },
	{ "<trekking><configid>5311010.123</configid></trekking>", "" },
	{ "<webmgr><client><objectnumber>22</objectnumber></client></webmgr>", "" },
	{ "<depend name=\"fip1\"/>", "<depend name=\"\"/>" },
	{ "<userw name=\"userw\">",
	    "<userw name=\"userw\"><parameters><object>nic</object>"
	    "</parameters>" },
};

START_TEST(test_fine)
{
	char *text = _i == 0
	    ? xstrdup(clpconf_text)
	    : clpconf_with(xstrdup(clpconf_text), fine[_i].from, fine[_i].to);
	struct clpconf *c = parse(text);
	struct clpconf_findings f = clpconf_check(c);

	if (f.n > 0)
		ck_abort_msg("line %u: %s", f.list[0].line, f.list[0].text);
	clpconf_findings_clear(&f);
	clpconf_free(c);
	free(text);
}
END_TEST

#define N(array) ((int)(sizeof(array) / sizeof((array)[0])))

int
main(void)
{
	Suite *s = suite_create("ecx/clpconf");
	TCase *t = tcase_create("clpconf");
	SRunner *sr;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, test_refused, 0, N(refusals));
	tcase_add_test(t, test_zero_bytes);
	tcase_add_loop_test(t, test_caps, 0, 5);
	tcase_add_test(t, test_no_file);
	tcase_add_loop_test(t, test_encodings, 0, N(encodings));
	tcase_add_test(t, test_facts);
	tcase_add_test(t, test_few_facts);
	tcase_add_loop_test(t, test_findings, 0, N(findings));
	tcase_add_loop_test(t, test_fine, 0, N(fine));
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
