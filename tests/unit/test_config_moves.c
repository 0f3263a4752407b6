/*
 * SPDX-License-Identifier: Apache-2.0
 * The configuration of moving: what is wrong, what is unwise, what is just right. That
 * every option arrives is with the others in test_config.c.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/config_text.h"

/* Each is refused, with exactly these complaints (each "LINE: words", | between). */
static const struct {
	const char *text, *complaints;
} bad[] = {
	{ "moves = { limit-node = 0;\nlimit-set = 0; limit-cluster = 0; queue = 0; };",
	    "1: moves.limit-node = 0 is out of range; it may be 1 to 100000 moves|2: "
	    "moves.limit-set = 0|2: moves.limit-cluster = 0|2: moves.queue = 0" },
	{ "moves = { tries = 0;\nverify-time = -1;\nstop-timeout = 0; };",
	    "1: moves.tries = 0 is out|2: moves.verify-time = -1 is out|3: "
	    "moves.stop-timeout = 0 is out" },
	{ "moves = { outside-stop = \"restrat\";\nconflict = \"stop\"; };",
	    "1: moves.outside-stop: \"restrat\" is none of its words; did you mean "
	    "\"restart\"?|2: moves.conflict: \"stop\" is none of its words; known: "
	    "none, stop-newcomer" },
	{ BOTH "vms = ( { name = \"v\"; kind = \"replica\"; sites = ( { cluster = "
	       "\"east\"; group = \"g\"; auto-start = \"yes\"; } ); } );",
	    "3: vms.sites.auto-start: \"yes\" is none of its words; known: manual, "
	    "auto, unknown" },
	/* lists of names */
	{ BOTH "vms = ( { name = \"v\"; kind = \"replica\"; sites = ( { cluster = "
	       "\"east\"; group = \"g\"; monitors = \"m\"; } ); } );",
	    "3: vms.sites.monitors must be a list of names ( \"a\", \"b\" ), not a "
	    "\"text\"" },
	{ BOTH "vms = ( { name = \"v\"; kind = \"replica\"; sites = ( { cluster = "
	       "\"east\"; group = \"g\"; monitors = ( \"m\", 3,\n\"\",\n\"n\",\n\"m\","
	       "\n\"1234567890123456789012345678901234567890123456789012345678901234"
	       "567890123456789012345678901234567\" ); } ); } );",
	    "3: vms.sites.monitors must be a \"text\", not a whole number|4: "
	    "vms.sites.monitors must be 1 to 96 octets|6: monitor \"m\" stands twice "
	    "in this site|7: vms.sites.monitors is 97 octets long" },
	{ "availability-sets = ( { name = \"x\"; spread = \"nodes\"; } );",
	    "1: availability-sets.spread: \"nodes\" is none of its words; did you mean "
	    "\"node\"?" },
	{ ONE("silent-server = \"maybe\"; " SERVER),
	    "1: clusters.silent-server: \"maybe\" is none of its words; known: "
	    "disagrees, trust-peers" },
};

START_TEST(each_mistake_is_told_with_its_line)
{
	refused(bad[_i].text, bad[_i].complaints);
}
END_TEST

static const struct {
	const char *text, *warning;
} unwise[] = {
	{ "moves = {\nstop-timeout = 1979;\n};",
	    "conf:2: warning: moves.stop-timeout (1979 s) is less than "
	    "evidence.command-horizon (1980 s): a stop that" },
	{ "moves = {\nstart-timeout = 60; };",
	    "conf:2: warning: moves.start-timeout (60 s) is less" },
	{ "evidence = {\ncommand-horizon = 2401; };",
	    "conf:2: warning: moves.start-timeout (2400 s) is less than "
	    "evidence.command-horizon (2401 s): a start that" },
	{ "moves = {\nrelease-timeout = 30; };",
	    "conf:2: warning: moves.release-timeout (30 s) does not exceed" },
	{ "evidence = {\nevidence-age = 0.5; };",
	    "conf:2: warning: evidence.evidence-age (0.5 s) is less than "
	    "poll.fast-interval (1 s)" },
	{ "moves = {\nlimit-cluster = 9; };",
	    "conf:2: warning: moves.limit-cluster (9) exceeds moves.limit-set (8)" },
	{ "moves = { limit-cluster = 8;\nlimit-node = 9; };",
	    "conf:2: warning: moves.limit-node (9) exceeds moves.limit-cluster (8)" },
	{ BOTH "vms = ( { name = \"v\"; kind = \"stateless\"; sites = (\n{ cluster = "
	       "\"east\"; group = \"g\"; monitors = ( \"m\" ); } ); },\n{ name = "
	       "\"w\"; kind = \"stateless\"; sites = ( { cluster = \"east\"; group = "
	       "\"h\"; monitors = ( \"n\",\n\"m\" ); } ); } );",
	    "conf:6: warning: monitor \"m\" of cluster \"east\" belongs to VM \"v\" as "
	    "well" },
	{ BOTH "vms = ( { name = \"v\"; kind = \"stateless\"; sites = (\n{ cluster = "
	       "\"east\"; group = \"g\"; auto-start = \"manual\"; },\n{ cluster = "
	       "\"west\"; group = \"h\"; auto-start = \"auto\"; } ); } );",
	    "conf:5: warning: group \"h\" starts by itself when cluster \"west\" "
	    "does" },
};

START_TEST(what_is_unwise_is_said)
{
	settings_free(good(unwise[_i].text, unwise[_i].warning));
}
END_TEST

/* What is just within bounds, or was not asked for, is not complained of. */
static const char *const wise[] = {
	BOTH "moves = { stop-timeout = 1980; start-timeout = 1980; release-timeout ="
	     " 30.001; limit-cluster = 8; };\n"
	     "evidence = { evidence-age = 1; };",
	BOTH "moves = { limit-set = 1; };",
	/* a name may be used once in each cluster, and twice by one VM */
	BOTH "vms = ( { name = \"v\"; kind = \"stateless\"; sites = ( { cluster = "
	     "\"east\"; group = \"g\"; monitors = ( \"m\" ); }, { cluster = \"west\";"
	     " group = \"g\"; monitors = ( \"m\" ); } ); } );",
	/* the only site is never idle */
	BOTH "vms = ( { name = \"v\"; kind = \"stateless\"; sites = ( { cluster = "
	     "\"east\"; group = \"g\"; auto-start = \"auto\"; } ); } );",
};

START_TEST(what_is_wise_passes)
{
	settings_free(good(wise[_i], NULL));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("config_moves");
	TCase *tc = tcase_create("config_moves");
	SRunner *sr = srunner_create(suite);
	int failed;

	tcase_add_loop_test(
	    tc, each_mistake_is_told_with_its_line, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_loop_test(
	    tc, what_is_unwise_is_said, 0, sizeof(unwise) / sizeof(unwise[0]));
	tcase_add_loop_test(tc, what_is_wise_passes, 0, sizeof(wise) / sizeof(wise[0]));
	suite_add_tcase(suite, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
