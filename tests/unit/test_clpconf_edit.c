/*
 * SPDX-License-Identifier: Apache-2.0
 * Deleting from a clp.conf, byte for byte: each row is a request and all that may
 * differ afterwards.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ecx/clpconf_edit.h"
#include "tests/unit/clpconf_text.h"

#define DELETE  .monitors = CLPCONF_MONITORS_DELETE
#define TARGET  .monitors = CLPCONF_MONITORS_RETARGET
#define NEITHER .monitors = CLPCONF_MONITORS_REFUSE

struct replacement {
	const char *from, *to;
};

/* The pieces that rows below have in common. */
#define GONE_MDW                                              \
	{                                                     \
		"    <types name=\"mdw\"/>\n    <mdw "        \
		"name=\"mdw1\"><target/><parameters><object>" \
		"md1</object></parameters></mdw>\n",          \
		    ""                                        \
	}
#define GONE_W1                                                                        \
	{                                                                              \
		"    <genw name=\"w1\"><target>e1</target>\n"                          \
		"      <relation><type>rsc</type><name>e2</name></relation></genw>\n", \
		    ""                                                                 \
	}
#define GONE_W2                                                                        \
	{                                                                              \
		"    <genw name=\"w2\"><target/>\n"                                    \
		"      <relation><type>grp</type><name>g2</name></relation></genw>\n", \
		    ""                                                                 \
	}
#define GONE_FIPW                                                                  \
	{                                                                          \
		"    <types name=\"fipw\"/>\n    <fipw "                           \
		"name=\"fipw1\"><target>fip1</target>\n"                           \
		"      "                                                           \
		"<relation><type>rsc</type><name>fip1</name></relation></fipw>\n", \
		    ""                                                             \
	}
#define NUMBER(n)                                           \
	{                                                   \
		"<objectnumber>22<", "<objectnumber>" n "<" \
	}

static const struct {
	struct clpconf_request q;
	struct replacement change[12];
} rows[] = {
	/* monitors */
	{ { .what = CLPCONF_MON, .type = "userw", .name = "userw" },
	    { { "    <types name=\"userw\"/>\n    <userw "
	        "name=\"userw\"><relation><type>cls"
	        "</type><name>LocalServer</name></relation></userw>\n",
	          "" },
	        NUMBER("21") } },
	{ { .what = CLPCONF_MON, .type = "genw", .name = "w1" },
	    { GONE_W1, NUMBER("21") } },
	/* a resource with its own monitor; dependants inherit, and e2 needs fip1 once
	 */
	{ { .what = CLPCONF_RSC, .group = "g1", .type = "md", .name = "md1" },
	    { { "    <resource name=\"md@md1\"/>\n", "" },
	        { "    <types name=\"md\"/>\n", "" },
	        { "    <md name=\"md1\">\n      <depend name=\"fip1\"/>\n    </md>\n",
	            "" },
	        { "<depend name=\"md1\"/>", "<depend name=\"fip1\"/>" },
	        { "<depend name=\"md1\"/>", "<depend name=\"fip1\"/>" }, GONE_MDW,
	        NUMBER("20") } },
	/* the same without heirs: e1 must say that it needs nothing */
	{ { .what = CLPCONF_RSC,
	      .group = "g1",
	      .type = "md",
	      .name = "md1",
	      .depends = CLPCONF_DEPENDS_NONE },
	    { { "    <resource name=\"md@md1\"/>\n", "" },
	        { "    <types name=\"md\"/>\n", "" },
	        { "    <md name=\"md1\">\n      <depend name=\"fip1\"/>\n    </md>\n",
	            "" },
	        { "<depend name=\"md1\"/>", "<depend name=\"\"/>" },
	        { "      <depend name=\"md1\"/>\n      <depend name=\"e1\"/>\n",
	            "      <depend name=\"e1\"/>\n" },
	        GONE_MDW, NUMBER("20") } },
	/* and only when asked for it follows the default again */
	{ { .what = CLPCONF_RSC,
	      .group = "g1",
	      .type = "md",
	      .name = "md1",
	      .depends = CLPCONF_DEPENDS_DEFAULT },
	    { { "    <resource name=\"md@md1\"/>\n", "" },
	        { "    <types name=\"md\"/>\n", "" },
	        { "    <md name=\"md1\">\n      <depend name=\"fip1\"/>\n    </md>\n",
	            "" },
	        { "      <depend name=\"md1\"/>\n", "" },
	        { "      <depend name=\"md1\"/>\n", "" }, GONE_MDW, NUMBER("20") } },
	/* what the deleted one needs by default is not known: explicitly nothing */
	{ { .what = CLPCONF_RSC, .group = "g1", .type = "fip", .name = "fip1" },
	    { { "    <resource name=\"fip@fip1\"/>\n", "" },
	        { "    <types name=\"fip\"/>\n", "" },
	        { "    <fip name=\"fip1\"/>\n", "" },
	        { "<depend name=\"fip1\"/>", "<depend name=\"\"/>" }, GONE_FIPW,
	        NUMBER("20") } },
	/* a general monitor goes only when asked for */
	{ { .what = CLPCONF_RSC, .group = "g1", .type = "exec", .name = "e1", DELETE },
	    { { "    <resource name=\"exec@e1\"/>\n", "" },
	        { "    <exec name=\"e1\">\n      <depend name=\"md1\"/>\n    </exec>\n",
	            "" },
	        { "      <depend name=\"e1\"/>\n", "" }, GONE_W1, NUMBER("20") } },
	/* or watches something else: what the deleted one needed */
	{ { .what = CLPCONF_RSC, .group = "g1", .type = "exec", .name = "e1", TARGET },
	    { { "    <resource name=\"exec@e1\"/>\n", "" },
	        { "    <exec name=\"e1\">\n      <depend name=\"md1\"/>\n    </exec>\n",
	            "" },
	        { "      <depend name=\"e1\"/>\n", "" },
	        { "<target>e1<", "<target>md1<" }, NUMBER("21") } },
	/* or recovers the group instead */
	{ { .what = CLPCONF_RSC, .group = "g1", .type = "exec", .name = "e2", TARGET },
	    { { "    <resource name=\"exec@e2\"/>\n", "" },
	        { "    <exec name=\"e2\">\n      <depend name=\"md1\"/>\n      <depend "
	          "name=\"e1\"/>\n      <deact><action>2</action></deact>\n    "
	          "</exec>\n",
	            "" },
	        { "<type>rsc</type><name>e2<", "<type>grp</type><name>g1<" },
	        NUMBER("21") } },
	/* the last resource of a group: the group stays, its monitor, too */
	{ { .what = CLPCONF_RSC, .group = "g2", .type = "vm", .name = "vm2" },
	    { { "    <resource name=\"vm@vm2\"/>\n", "" },
	        { "    <types name=\"vm\"/>\n", "" },
	        { "    <vm name=\"vm2\"/>\n", "" }, NUMBER("21") } },
	/* or goes */
	{ { .what = CLPCONF_RSC,
	      .group = "g2",
	      .type = "vm",
	      .name = "vm2",
	      .empty = CLPCONF_EMPTY_DELETE,
	      DELETE },
	    { { "  <group name=\"g2\">\n    <resource name=\"vm@vm2\"/>\n"
	        "    <policy name=\"n2\"><order>0</order></policy>\n    "
	        "<start>0</start>\n"
	        "    <failback>1</failback>\n    <depend>\n      <act>\n        "
	        "<depend "
	        "name=\"g1\"/>\n      </act>\n    </depend>\n    <gid>1</gid>\n  "
	        "</group>\n",
	          "" },
	        { "    <types name=\"vm\"/>\n", "" },
	        { "    <vm name=\"vm2\"/>\n", "" }, GONE_W2, NUMBER("19") } },
	/* a whole group: others wait no longer, gids close up */
	{ { .what = CLPCONF_GRP, .name = "g1", DELETE },
	    { { "  <group name=\"g1\">\n    <resource name=\"fip@fip1\"/>\n    "
	        "<resource "
	        "name=\"md@md1\"/>\n    <resource name=\"exec@e1\"/>\n    <resource "
	        "name=\"exec@e2\"/>\n    <gid>0</gid>\n  </group>\n",
	          "" },
	        { "        <depend name=\"g1\"/>\n", "" }, { "<gid>1<", "<gid>0<" },
	        { "    <types name=\"fip\"/>\n    <types name=\"md\"/>\n    <types "
	          "name=\"exec\"/>\n",
	            "" },
	        { "    <fip name=\"fip1\"/>\n    <md name=\"md1\">\n      <depend "
	          "name=\"fip1\"/>\n    </md>\n    <exec name=\"e1\">\n      <depend "
	          "name=\"md1\"/>\n    </exec>\n    <exec name=\"e2\">\n      <depend "
	          "name=\"md1\"/>\n      <depend name=\"e1\"/>\n      <deact><action>2"
	          "</action></deact>\n    </exec>\n",
	            "" },
	        GONE_MDW, GONE_W1, GONE_FIPW, NUMBER("14") } },
	{ { .what = CLPCONF_GRP, .name = "g2", TARGET },
	    { { "  <group name=\"g2\">\n    <resource name=\"vm@vm2\"/>\n"
	        "    <policy name=\"n2\"><order>0</order></policy>\n    "
	        "<start>0</start>\n"
	        "    <failback>1</failback>\n    <depend>\n      <act>\n        "
	        "<depend "
	        "name=\"g1\"/>\n      </act>\n    </depend>\n    <gid>1</gid>\n  "
	        "</group>\n",
	          "" },
	        { "    <types name=\"vm\"/>\n", "" },
	        { "    <vm name=\"vm2\"/>\n", "" },
	        { "<type>grp</type><name>g2<", "<type>cls</type><name>LocalServer<" },
	        NUMBER("20") } },
	/* single dependencies */
	{ { .what = CLPCONF_RSCDEP, .type = "exec", .name = "e2", .on = "md1" },
	    { { "      <depend name=\"md1\"/>\n      <depend name=\"e1\"/>\n",
	        "      <depend name=\"e1\"/>\n" } } },
	{ { .what = CLPCONF_RSCDEP, .type = "exec", .name = "e1", .on = "md1" },
	    { { "<depend name=\"md1\"/>", "<depend name=\"\"/>" } } },
	{ { .what = CLPCONF_RSCDEP,
	      .type = "exec",
	      .name = "e1",
	      .on = "md1",
	      .depends = CLPCONF_DEPENDS_DEFAULT },
	    { { "      <depend name=\"md1\"/>\n", "" } } },
};

static struct clpconf *
parse(const char *text)
{
	char *cause = NULL;
	struct clpconf *c = clpconf_parse(text, strlen(text), "x", NULL, &cause);

	if (c == NULL)
		ck_abort_msg("%s", cause);
	return c;
}

/* The plan's text must be `want` to the byte. */
static void
planned(const char *text, const struct clpconf_request *request, const char *want)
{
	struct clpconf_request q = *request;
	struct clpconf *c = parse(text);
	struct clpconf_plan *p;
	char *cause = NULL;

	q.random_digits = "777";
	p = clpconf_plan(c, &q, &cause);
	if (p->end != CLPCONF_PLANNED)
		ck_abort_msg("%s", cause);
	ck_assert_str_eq(p->bytes, want);
	ck_assert_uint_eq(p->len, strlen(want));
	clpconf_plan_free(p);
	clpconf_free(c);
}

static char *
crlf(const char *text)
{
	char *out = xmalloc(strlen(text) * 2 + 1), *p = out;

	for (; *text != '\0'; text++) {
		if (*text == '\n')
			*p++ = '\r';
		*p++ = *text;
	}
	*p = '\0';
	return out;
}

START_TEST(test_rows)
{
	char *want = clpconf_with(xstrdup(clpconf_text), "5311010.123", "5311010.777");
	char *dos, *dos_want;
	size_t i;

	for (i = 0; i < 12 && rows[_i].change[i].from != NULL; i++)
		want =
		    clpconf_with(want, rows[_i].change[i].from, rows[_i].change[i].to);
	planned(clpconf_text, &rows[_i].q, want);
	dos = crlf(clpconf_text);
	dos_want = crlf(want);
	planned(dos, &rows[_i].q, dos_want);
	free(dos);
	free(dos_want);
	free(want);
}
END_TEST

/* --- refused -----------------------------------------------------------------------
 */

static const struct {
	struct clpconf_request q;
	struct replacement change;
	enum clpconf_end end;
	const char *words;
} refusals[] = {
	{ { .what = CLPCONF_GRP, .name = "g11" }, { NULL, NULL }, CLPCONF_NOT_FOUND,
	    "there is no group g11 (did you mean g1?)" },
	{ { .what = CLPCONF_RSC, .group = "g1", .type = "exec", .name = "md1" },
	    { NULL, NULL }, CLPCONF_NOT_FOUND, "resource md1 is of type md, not exec" },
	{ { .what = CLPCONF_RSC, .group = "g2", .type = "md", .name = "md1" },
	    { NULL, NULL }, CLPCONF_NOT_FOUND,
	    "resource md1 is not in group g2 but in g1" },
	{ { .what = CLPCONF_MON, .type = "mdw", .name = "w1" }, { NULL, NULL },
	    CLPCONF_NOT_FOUND, "monitor w1 is of type genw, not mdw" },
	{ { .what = CLPCONF_RSCDEP, .type = "exec", .name = "e1", .on = "fip1" },
	    { NULL, NULL }, CLPCONF_NOT_FOUND,
	    "resource e1 has no dependency on fip1" },
	{ { .what = CLPCONF_RSCDEP, .type = "fip", .name = "fip1", .on = "" },
	    { NULL, NULL }, CLPCONF_NOT_FOUND, "follows ECX's default dependency" },
	{ { .what = CLPCONF_RSC, .group = "g1", .type = "exec", .name = "e1" },
	    { NULL, NULL }, CLPCONF_REFUSED,
	    "x:52: monitor w1 (genw) watches while e1 is active: --monitors delete" },
	{ { .what = CLPCONF_RSC, .group = "g1", .type = "exec", .name = "e2" },
	    { NULL, NULL }, CLPCONF_REFUSED, "monitor w1 (genw) would recover e2" },
	{ { .what = CLPCONF_RSC, .group = "g1", .type = "md", .name = "md1", NEITHER },
	    { NULL, NULL }, CLPCONF_REFUSED, "x:50: monitor mdw1 (mdw) watches md1" },
	{ { .what = CLPCONF_GRP, .name = "g2" }, { NULL, NULL }, CLPCONF_REFUSED,
	    "x:54: monitor w2 (genw) would recover group g2" },
	{ { .what = CLPCONF_RSC,
	      .group = "g1",
	      .type = "md",
	      .name = "md1",
	      .depends = CLPCONF_DEPENDS_REFUSE },
	    { NULL, NULL }, CLPCONF_REFUSED, "x:39: resource e1 depends on md1" },
	{ { .what = CLPCONF_RSC,
	      .group = "g2",
	      .type = "vm",
	      .name = "vm2",
	      .empty = CLPCONF_EMPTY_REFUSE },
	    { NULL, NULL }, CLPCONF_REFUSED, "x:17: group g2 would have no resource" },
	{ { .what = CLPCONF_GRP, .name = "g1", TARGET }, { NULL, NULL },
	    CLPCONF_REFUSED,
	    "x:52: monitor w1 (genw) watches while e1 is active, and its group has no "
	    "other" },
	/* inconsistent before: refused as it is, with its line */
	{ { .what = CLPCONF_MON, .type = "userw", .name = "userw" },
	    { "objectnumber>22", "objectnumber>25" }, CLPCONF_REFUSED,
	    "x:63: objectnumber is 25" },
	{ { .what = CLPCONF_MON, .type = "userw", .name = "userw" },
	    { "<target>e1<", "<target>gone<" }, CLPCONF_REFUSED, "--mend" },
	/* markup where a value must change */
	{ { .what = CLPCONF_MON, .type = "userw", .name = "userw" },
	    { "objectnumber>22", "objectnumber>2<!-- -->2" }, CLPCONF_REFUSED,
	    "x:63: there is markup within <objectnumber>" },
};

START_TEST(test_refused)
{
	char *text = xstrdup(clpconf_text), *cause = NULL;
	struct clpconf_plan *p;
	struct clpconf *c;

	if (refusals[_i].change.from != NULL)
		text = clpconf_with(
		    text, refusals[_i].change.from, refusals[_i].change.to);
	c = parse(text);
	p = clpconf_plan(c, &refusals[_i].q, &cause);
	ck_assert_int_eq(p->end, refusals[_i].end);
	ck_assert(p->bytes == NULL);
	ck_assert_ptr_nonnull(cause);
	if (strstr(cause, refusals[_i].words) == NULL)
		ck_abort_msg("%s\nhas no: %s", cause, refusals[_i].words);
	clpconf_plan_free(p);
	clpconf_free(c);
	free(cause);
	free(text);
}
END_TEST

/* --- other shapes ------------------------------------------------------------------
 */

/* A file with mistakes can be mended by a deletion, but not be made worse. */
START_TEST(test_mend)
{
	static const struct {
		struct replacement before[2], after[4];
	} mends[] = {
		{ { { "objectnumber>22", "objectnumber>25" },
		      { "<gid>1<", "<gid>9<" } },
		    { { "<gid>9<", "<gid>1<" },
		        { "objectnumber>25", "objectnumber>21" } } },
		{ { { "<types name=\"vm\"/>",
		        "<types name=\"vm\"/>\n    <types "
		        "name=\"old\"/>" },
		      { "<types name=\"md\"/>",
		          "<types name=\"md\"/>\n    <types "
		          "name=\"fip\"/>" } },
		    { { "    <types name=\"old\"/>\n", "" },
		        { "<types name=\"md\"/>\n    <types name=\"fip\"/>",
		            "<types name=\"md\"/>" },
		        { "objectnumber>22", "objectnumber>21" } } },
		/* the monitor that goes is itself the mistake */
		{ { { "<target>e1<", "<target>gone<" } },
		    { { "objectnumber>22", "objectnumber>21" } } },
	};
	struct clpconf_request q = {
		.what = CLPCONF_MON, .type = "genw", .name = "w1", .mend = true
	};
	char *text = xstrdup(clpconf_text), *want;
	size_t i;

	for (i = 0; i < 2 && mends[_i].before[i].from != NULL; i++)
		text = clpconf_with(
		    text, mends[_i].before[i].from, mends[_i].before[i].to);
	want = clpconf_with(xstrdup(text), "5311010.123", "5311010.777");
	want = clpconf_with(want,
	    _i == 2
	        ? "    <genw name=\"w1\"><target>gone</target>\n"
	          "      <relation><type>rsc</type><name>e2</name></relation></genw>\n"
	        : "    <genw name=\"w1\"><target>e1</target>\n"
	          "      <relation><type>rsc</type><name>e2</name></relation></genw>\n",
	    "");
	for (i = 0; i < 4 && mends[_i].after[i].from != NULL; i++)
		want =
		    clpconf_with(want, mends[_i].after[i].from, mends[_i].after[i].to);
	planned(text, &q, want);
	free(text);
	free(want);
}
END_TEST

/* Odd spellings of the same things, byte for byte. */
static const struct {
	const char *text, *want;
	struct clpconf_request q;
} shapes[] = {
	/* everything on one line; attributes in single quotes */
	{ "<root><cluster/><group name='g'><resource name='exec@a'/><resource "
	  "name='exec@b' /></group><resource><types name='exec'/><exec name='a'/><exec "
	  "name='b'><depend name='a'></depend></exec></resource></root>",
	    "<root><cluster/><group name='g'><resource name='exec@b' "
	    "/></group><resource>"
	    "<types name='exec'/><exec name='b'><depend name=''></depend></exec>"
	    "</resource></root>",
	    { .what = CLPCONF_RSC, .group = "g", .type = "exec", .name = "a" } },
	/* several heirs: the first takes the place, the others follow in their own line
	 */
	{ "<root><cluster/><group name=\"g\"><resource name=\"e@a\"/><resource "
	  "name=\"e@b\"/>"
	  "<resource name=\"e@c\"/><resource name=\"e@d\"/></group>\n<resource>\n"
	  "<types name=\"e\"/>\n<e name=\"a\"/><e name=\"b\"/>\n"
	  "<e name=\"c\"><depend name=\"a\"/><depend name=\"b\"/></e>\n<e "
	  "name=\"d\">\r\n"
	  "\t<depend name=\"c\"/>\r\n</e>\n</resource></root>",
	    "<root><cluster/><group name=\"g\"><resource name=\"e@a\"/><resource "
	    "name=\"e@b\"/><resource name=\"e@d\"/></group>\n<resource>\n"
	    "<types name=\"e\"/>\n<e name=\"a\"/><e name=\"b\"/>\n<e name=\"d\">\r\n"
	    "\t<depend name=\"a\"/>\r\n\t<depend "
	    "name=\"b\"/>\r\n</e>\n</resource></root>",
	    { .what = CLPCONF_RSC, .group = "g", .type = "e", .name = "c" } },
	/* a name with a quote and an ampersand goes into text and other quotes */
	{ "<root><cluster/><group name='\"&amp;'><resource name=\"e@a\"/><resource "
	  "name=\"e@b\"/></group><resource><types name=\"e\"/><e name=\"a\"/><e "
	  "name=\"b\"/>"
	  "</resource><monitor><types name=\"genw\"/><genw "
	  "name=\"m\"><relation><type>rsc"
	  "</type><name>\n a </name></relation></genw></monitor></root>",
	    "<root><cluster/><group name='\"&amp;'><resource name=\"e@b\"/></group>"
	    "<resource><types name=\"e\"/><e name=\"b\"/></resource><monitor><types "
	    "name=\"genw\"/><genw "
	    "name=\"m\"><relation><type>grp</type><name>\"&amp;</name>"
	    "</relation></genw></monitor></root>",
	    { .what = CLPCONF_RSC, .group = "\"&", .type = "e", .name = "a", TARGET } },
	/* comments stay, and tags in comments and CDATA are none */
	{ "<!-- <root> --><root><cluster><![CDATA[<group name=\"g\">]]></cluster>\n"
	  "<group name=\"g\"/> <!-- g -->\n<group name=\"h\"/>\n</root>",
	    "<!-- <root> --><root><cluster><![CDATA[<group name=\"g\">]]></cluster>\n"
	    " <!-- g -->\n<group name=\"h\"/>\n</root>",
	    { .what = CLPCONF_GRP, .name = "g" } },
	/* groups that waited for it wait for what it waited for, with their children */
	{ "<root><cluster/><group name=\"a\"/><group name=\"b\"><depend><act><depend "
	  "name=\"a\"/></act></depend></group><group name=\"c\"><depend><act><depend "
	  "name=\"b\"><sameserver>1</sameserver></depend></act></depend></group></"
	  "root>",
	    "<root><cluster/><group name=\"a\"/><group name=\"c\"><depend><act><depend "
	    "name=\"a\"><sameserver>1</sameserver></depend></act></depend></group></"
	    "root>",
	    { .what = CLPCONF_GRP, .name = "b" } },
	/* vcom: goes with its address when asked for */
	{ "<root><cluster/><group name=\"g\"><resource name=\"fip@f\"/><resource "
	  "name=\"vcom@v\"/></group><resource><types name=\"fip\"/><types "
	  "name=\"vcom\"/>"
	  "<fip name=\"f\"/><vcom "
	  "name=\"v\"><parameters><target>f</target></parameters>"
	  "</vcom></resource></root>",
	    "<root><cluster/><group name=\"g\"></group><resource></resource></root>",
	    { .what = CLPCONF_RSC,
	        .group = "g",
	        .type = "fip",
	        .name = "f",
	        .vcom = CLPCONF_VCOM_DELETE } },
	/* both in a group that goes: nobody is left to ask about */
	{ "<root><cluster/><group name=\"g\"><resource name=\"fip@f\"/><resource "
	  "name=\"vcom@v\"/></group><resource><types name=\"fip\"/><types "
	  "name=\"vcom\"/>"
	  "<fip name=\"f\"/><vcom "
	  "name=\"v\"><parameters><target>f</target></parameters>"
	  "</vcom></resource></root>",
	    "<root><cluster/><resource></resource></root>",
	    { .what = CLPCONF_GRP, .name = "g" } },
};

START_TEST(test_shapes)
{
	planned(shapes[_i].text, &shapes[_i].q, shapes[_i].want);
}
END_TEST

START_TEST(test_vcom_refused)
{
	struct clpconf_request q = {
		.what = CLPCONF_RSC, .group = "g", .type = "fip", .name = "f"
	};
	struct clpconf *c = parse(shapes[5].text);
	struct clpconf_plan *p;
	char *cause = NULL;

	p = clpconf_plan(c, &q, &cause);
	ck_assert_int_eq(p->end, CLPCONF_REFUSED);
	ck_assert_ptr_nonnull(strstr(cause, "virtual computer name v uses f"));
	clpconf_plan_free(p);
	clpconf_free(c);
	free(cause);
}
END_TEST

static bool
tells(const struct clpconf_plan *p, enum clpconf_weight weight, const char *words)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (p->list[i].weight == weight &&
		    strstr(p->list[i].text, words) != NULL)
			return true;
	return false;
}

static bool
has_script(const struct clpconf_plan *p, const char *folder, const char *name)
{
	size_t i;

	for (i = 0; i < p->nscripts; i++)
		if (strcmp(p->scripts[i].folder, folder) == 0 &&
		    strcmp(p->scripts[i].name, name) == 0)
			return true;
	return false;
}

/* Words, script directories, names that are left over, and a fresh configid. */
START_TEST(test_words)
{
	struct clpconf_request q = {
		.what = CLPCONF_RSC, .group = "g1", .type = "md", .name = "md1"
	};
	char *text = clpconf_with(xstrdup(clpconf_text), "<vm name=\"vm2\"/>",
	    "<vm name=\"vm2\"><x>md1</x><y name=\"md1\"/><md1>vm</md1></vm>");
	struct clpconf_plan *p, *again;
	struct clpconf *c;

	text =
	    clpconf_with(text, "id=\"400\"/>", "id=\"400\"><type>mdc</type></device>");
	c = parse(text);
	p = clpconf_plan(c, &q, NULL);
	ck_assert_int_eq(p->end, CLPCONF_PLANNED);
	ck_assert(tells(p, CLPCONF_DELETES, "resource md1 (md) of group g1 goes"));
	ck_assert(
	    tells(p, CLPCONF_DELETES, "monitor mdw1 (mdw), which watches md1, goes"));
	ck_assert(
	    tells(p, CLPCONF_CHANGES, "resource e1 depends on fip1 instead of md1"));
	ck_assert(tells(p, CLPCONF_CHANGES, "objectnumber was 22 and is 20"));
	ck_assert(tells(p, CLPCONF_NOTE, "ports"));
	ck_assert(tells(p, CLPCONF_WARNING, "/root/resource/vm@vm2/x still says md1"));
	ck_assert(
	    tells(p, CLPCONF_WARNING, "/root/resource/vm@vm2/y@md1 still says md1"));
	ck_assert(!tells(p, CLPCONF_WARNING, "vm2/md1"));
	ck_assert(
	    tells(p, CLPCONF_NOTE, "no mirror uses this mdc device of server n1"));
	ck_assert(!tells(p, CLPCONF_NOTE, "server n2"));
	ck_assert_uint_eq(p->nscripts, 2);
	ck_assert(has_script(p, "g1", "md1") && has_script(p, "monitor.s", "mdw1"));
	again = clpconf_plan(c, &q, NULL);
	ck_assert_ptr_null(strstr(p->bytes, "5311010.123"));
	ck_assert_ptr_nonnull(strstr(p->bytes, "<configid>5311010."));
	ck_assert_str_ne(p->bytes, again->bytes);
	clpconf_plan_free(p);
	clpconf_plan_free(again);
	q.what = CLPCONF_GRP;
	q.name = "g1";
	q.monitors = CLPCONF_MONITORS_DELETE;
	p = clpconf_plan(c, &q, NULL);
	ck_assert(has_script(p, "", "g1") && !has_script(p, "g1", "md1"));
	clpconf_plan_free(p);
	clpconf_free(c);
	free(text);
}
END_TEST

#define N(array) ((int)(sizeof(array) / sizeof((array)[0])))

int
main(void)
{
	Suite *s = suite_create("ecx/clpconf_edit");
	TCase *t = tcase_create("clpconf_edit");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(t, test_rows, 0, N(rows));
	tcase_add_loop_test(t, test_refused, 0, N(refusals));
	tcase_add_loop_test(t, test_mend, 0, 3);
	tcase_add_loop_test(t, test_shapes, 0, N(shapes));
	tcase_add_test(t, test_vcom_refused);
	tcase_add_test(t, test_words);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
