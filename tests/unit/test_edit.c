/*
 * SPDX-License-Identifier: Apache-2.0
 * The editor of clusterset.conf: what is written where, which comments go, what is
 * refused. Changes at random are in test_edit_any.c.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/edit_words.h"

static const struct {
	const char *text, *what, *result;
} edits[] = {
	/* one option */
	{ "poll = { interval = 10; };\n", "poll.interval=12",
	    "poll = { interval = 12; };\n" },
	{ "poll : { interval : 10, fast-interval : 1 }", "poll.interval=2.5",
	    "poll : { interval : 2.5, fast-interval : 1 }" },
	{ "set = { name = \"a\" /* b */ \"c\" // d\n ; }", "set.name=x \"y\" \\z",
	    "set = { name = \"x \\\"y\\\" \\\\z\" // d\n ; }" },
	{ "# nothing\n", "poll.interval=3",
	    "# nothing\n\npoll = {\n\tinterval = 3;\n};\n" },
	{ "", "poll.interval=3", "poll = {\n\tinterval = 3;\n};\n" },
	{ "set = { };\n", "set.name=a", "set = { name = \"a\"; };\n" },
	{ "set = {\n};\n", "set.name=a", "set = {\n\tname = \"a\";\n};\n" },
	{ "set = {\n  # none\n};\n", "set.name=a",
	    "set = {\n\tname = \"a\";\n  # none\n};\n" },
	{ "set = {\n  name = \"a\"; # mine\n};\n", "set.description=b",
	    "set = {\n  name = \"a\"; # mine\n  description = \"b\";\n};\n" },
	{ "set = {\r\n  name = \"a\"\r\n}\r\npoll={interval=1}\r\n",
	    "set.description=b",
	    "set = {\r\n  name = \"a\"\r\n  description = \"b\";\r\n}\r\n"
	    "poll={interval=1}\r\n" },
	{ "poll={interval=1}", "poll.fast-interval=0.5",
	    "poll={interval=1 fast-interval=0.5;}" },
	{ "poll = { interval = 1; fast-interval = 1; };", "poll.interval",
	    "poll = { fast-interval = 1; };" },
	{ "poll = { interval = 1; fast-interval = 1; };", "poll.fast-interval",
	    "poll = { interval = 1; };" },
	{ "poll = {\n\t# a\n\tinterval = 1;\n\n\t# b\n\tfast-interval = 1; # c\n};\n",
	    "poll.fast-interval", "poll = {\n\t# a\n\tinterval = 1;\n\n};\n" },
	/* entries of lists */
	{ "fault-domains = ( );\n", "+fault-domains a",
	    "fault-domains = (\n\t{ name = \"a\"; }\n);\n" },
	{ "fault-domains = ( /* none */ );\n", "+fault-domains a",
	    "fault-domains = ( /* none */\n\t{ name = \"a\"; }\n);\n" },
	{ "fault-domains = ( { name = \"a\"; } );", "+fault-domains b",
	    "fault-domains = ( { name = \"a\"; }, { name = \"b\"; } );" },
	{ "fault-domains = (\n  { name = \"a\" } # first\n  // end\n);\n",
	    "+fault-domains b description=x",
	    "fault-domains = (\n  { name = \"a\" }, # first\n"
	    "  { name = \"b\"; description = \"x\"; }\n  // end\n);\n" },
	{ "fault-domains = ( {\n    name = \"a\";\n  }, {\n    name = \"b\";\n  } );\n",
	    "+fault-domains c",
	    "fault-domains = ( {\n    name = \"a\";\n  }, {\n    name = \"b\";\n  }, "
	    "{\n    name = \"c\";\n  } );\n" },
	{ "fault-domains = ( { name = \"a\"; }, { name = \"b\"; }, { name = \"c\"; } "
	  ");",
	    "-fault-domains b",
	    "fault-domains = ( { name = \"a\"; }, { name = \"c\"; } );" },
	{ "fault-domains = ( { name = \"a\"; }, { name = \"b\"; } );",
	    "-fault-domains b", "fault-domains = ( { name = \"a\"; } );" },
	{ "fault-domains = ( { name = \"a\"; }, { name = \"b\"; } );",
	    "-fault-domains a", "fault-domains = ( { name = \"b\"; } );" },
	{ "fault-domains = ( { name = \"a\"; } );", "-fault-domains a",
	    "fault-domains = ( );" },
	/* a comma that stands alone */
	{ "fault-domains = ( { name = \"a\"; }\n , { name = \"b\"; }\n , { name = "
	  "\"c\"; "
	  "}\n);\n",
	    "-fault-domains c",
	    "fault-domains = ( { name = \"a\"; }\n , { name = \"b\"; }\n);\n" },
	{ "fault-domains = ( { name = \"a\"; }\n , { name = \"b\"; }\n , { name = "
	  "\"c\"; "
	  "}\n);\n",
	    "-fault-domains b",
	    "fault-domains = ( { name = \"a\"; }\n , { name = \"c\"; }\n);\n" },
	/* a comment is never swallowed by another line */
	{ "set = {\n  name = \"a\"; // x\n  description = \"b\"; };\n",
	    "set.description", "set = {\n  name = \"a\"; // x\n };\n" },
	/* comments: those that belong to it */
	{ "fault-domains = (\n\t# about a\n\t{ name = \"a\"; },\n\t# about b\n\t{ name "
	  "= "
	  "\"b\"; } # too\n);\n",
	    "-fault-domains b",
	    "fault-domains = (\n\t# about a\n\t{ name = \"a\"; }\n);\n" },
	{ "fault-domains = (\n\t# about a\n\t{ name = \"a\"; },\n\t# about b\n\t{ name "
	  "= "
	  "\"b\"; }\n);\n",
	    "-fault-domains a",
	    "fault-domains = (\n\t# about b\n\t{ name = \"b\"; }\n);\n" },
	/* those that do not, or may not */
	{ "fault-domains = (\n\t# the halls\n\t{ name = \"a\"; },\n\t{ name = \"b\"; "
	  "}\n);\n",
	    "-fault-domains a",
	    "fault-domains = (\n\t# the halls\n\t{ name = \"b\"; }\n);\n" },
	{ "fault-domains = (\n\t{ name = \"a\"; },\n\n\t# two more\n\t{ name = \"b\"; "
	  "},\n\t{ name = \"c\"; }\n);\n",
	    "-fault-domains b",
	    "fault-domains = (\n\t{ name = \"a\"; },\n\n\t# two more\n\t{ name = "
	    "\"c\"; "
	    "}\n);\n" },
	{ "fault-domains = (\n\t{ name = \"a\"; },\n\t# apart\n\n\t{ name = \"b\"; "
	  "}\n);\n",
	    "-fault-domains b",
	    "fault-domains = (\n\t{ name = \"a\"; }\n\t# apart\n\n);\n" },
	{ "fault-domains = (\n\t{ name = \"a\"; },\n\t/* of\n\t   b */\n\t{ name = "
	  "\"b\"; "
	  "}\n);\n",
	    "-fault-domains b", "fault-domains = (\n\t{ name = \"a\"; }\n);\n" },
	/* lists of names keep their brackets */
	{ "vms = ( { name = \"v\"; sites = ( { cluster = \"c\"; group = \"g\"; "
	  "monitors = "
	  "[ \"x\", \"y\" ]; } ); } );",
	    "vms.v.sites.c.monitors=x,z,y",
	    "vms = ( { name = \"v\"; sites = ( { cluster = \"c\"; group = \"g\"; "
	    "monitors "
	    "= [ \"x\", \"z\", \"y\" ]; } ); } );" },
	/* what looks like something else */
	{ "set = { name = \"; } # \\\" /*\"; /* name = 1; { */ description = \"d\" };",
	    "set.description=e",
	    "set = { name = \"; } # \\\" /*\"; /* name = 1; { */ description = \"e\" "
	    "};" },
	{ "# @include \"x\"\nset = { name = \"\n@include \\\"y\\\"\"; };",
	    "set.description=e",
	    "# @include \"x\"\nset = { name = \"\n@include \\\"y\\\"\"; description = "
	    "\"e\"; };" },
};

START_TEST(test_edits)
{
	char *cause = NULL, *now = changed(edits[_i].text, edits[_i].what, &cause);

	ck_assert_msg(now != NULL, "%s: %s", edits[_i].what, cause);
	ck_assert_msg(strcmp(now, edits[_i].result) == 0, "%s of\n%s\nis\n%s\nnot\n%s",
	    edits[_i].what, edits[_i].text, now, edits[_i].result);
	free(now);
	free(cause);
}
END_TEST

static const char world[] =
    "clusters = ( { name = \"east\"; fault-domain = \"h1\"; servers = ( { name = "
    "\"e\"; url = \"https://e:1\"; fault-domain = \"h2\" } ); },\n"
    " { name = \"west.x\"; servers = ( { name = \"w\"; url = \"https://w:1\"; } ); } "
    ");\n"
    "availability-sets = ( { name = \"s\"; spread = \"node\"; } );\n"
    "vms = ( { name = \"a\"; kind = \"stateless\"; home = \"east\"; "
    "availability-set = \"s\"; sites = ( { cluster = \"east\"; group = \"a\"; }, { "
    "cluster = \"west.x\"; group = \"a\"; } ); },\n"
    " { name = \"b\"; kind = \"stateless\"; sites = ( { cluster = \"east\"; group = "
    "\"b\"; } ); } );\n"
    "vm-patterns = ( { group = \"p*\"; kind = \"stateless\"; clusters = ( \"east\" ); "
    "} );\n";

static const struct {
	const char *what, *cause;
} refused[] = {
	{ "-clusters east",
	    "cluster \"east\" is still used by VM \"a\" (site and home), VM \"b\" "
	    "(site), pattern \"p*\"; take it out there first, or let --cascade do so" },
	{ "-availability-sets s",
	    "availability set \"s\" is still used by VM \"a\"; take it out there "
	    "first, "
	    "or let --cascade do so" },
	{ "-clusters eats",
	    "there is no cluster \"eats\" in the configuration; did you mean "
	    "\"east\"?" },
	{ "-fault-domains x",
	    "there is no fault domain \"x\" in the configuration; fault-domains has "
	    "none" },
	{ "+clusters east x=y",
	    "cluster \"east\" is there already; \"set\" changes it" },
	{ "poll.intervall=3",
	    "unknown option poll.intervall; did you mean \"interval\"?" },
	{ "poll.interval=soon", "interval must be a number, not \"soon\"" },
	{ "poll.connections=2.5", "connections must be a whole number, not \"2.5\"" },
	{ "moves.force=perhaps", "force must be true or false, not \"perhaps\"" },
	{ "moves.conflict=stop",
	    "conflict: \"stop\" is none of its words; known: none, stop-newcomer" },
	{ "clusters.east.name", "name cannot be taken away: a cluster needs it" },
	{ "clusters.none.interval=3",
	    "clusters.none.interval: no cluster of that name is there, or no option is "
	    "named behind it" },
	{ "vms=3", "vms must be changed entry by entry, not as a whole, not \"3\"" },
};

START_TEST(test_refused)
{
	char *cause = NULL, *now = changed(world, refused[_i].what, &cause);

	ck_assert_ptr_null(now);
	ck_assert_str_eq(cause, refused[_i].cause);
	free(cause);
}
END_TEST

static void
hasnt(const char *text, const char *what)
{
	ck_assert_msg(strstr(text, what) == NULL, "%s in\n%s", what, text);
}

START_TEST(test_cascade)
{
	char *cause = NULL, *now = changed(world, "!clusters east", &cause), *more;

	ck_assert_msg(now != NULL, "%s", cause);
	hasnt(now, "east");
	hasnt(now, "home");
	hasnt(now, "\"b\"");
	hasnt(now, "p*");
	has(now,
	    "name = \"a\"; kind = \"stateless\"; availability-set = \"s\"; sites = ( "
	    "{ cluster = \"west.x\"; group = \"a\"; } ); }");
	more = changed(now, "!availability-sets s", &cause);
	has(more, "name = \"a\"; kind = \"stateless\"; sites");
	free(now);
	now = changed(more, "vms.a.sites.west.x.group=other", &cause);
	has(now, "group = \"other\"");
	free(more);
	free(now);
	/* listing the first fault domain lists those that are used */
	now = changed(world, "+fault-domains h3", &cause);
	ck_assert_msg(now != NULL, "%s", cause);
	has(now,
	    "\nfault-domains = (\n\t{ name = \"h1\"; },\n\t{ name = \"h2\"; },\n\t{ "
	    "name = \"h3\"; }\n);\n");
	free(now);
}
END_TEST

START_TEST(test_rename)
{
	struct edit *e = edit_text(world, "conf", NULL);
	char *cause = NULL;

	ck_assert_int_eq(
	    change_rename(edit_tree(e), "clusters", "east", "north", NULL, &cause), 0);
	ck_assert_int_eq(edit_apply(e, &cause), 0);
	hasnt(edit_new(e, 0), "east");
	has(edit_new(e, 0), "clusters = ( \"north\" )");
	has(edit_new(e, 0), "home = \"north\"");
	edit_free(e);
}
END_TEST

START_TEST(test_bad_texts)
{
	static const char *const texts[] = { "set = {", "set = { name = }",
		"x = ( 1 2 );", "a = 1; a = 2;", "@include \"x\"\n", "= 3;",
		"set = { name = \"a\"; };;", "a = [ 1, \"x\" ];", "$" };
	char *cause = NULL;

	ck_assert_ptr_null(edit_text(texts[_i], "conf", &cause));
	ck_assert_int_eq(strncmp(cause, "conf:", 5), 0);
	free(cause);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("edit");
	TCase *t = tcase_create("edit");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(t, test_edits, 0, sizeof(edits) / sizeof(edits[0]));
	tcase_add_loop_test(t, test_refused, 0, sizeof(refused) / sizeof(refused[0]));
	tcase_add_test(t, test_cascade);
	tcase_add_test(t, test_rename);
	tcase_add_loop_test(t, test_bad_texts, 0, 9);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
