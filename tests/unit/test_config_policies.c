/*
 * SPDX-License-Identifier: Apache-2.0
 * The configuration of loads and policies: every option arrives, what contradicts
 * itself is refused, what has no effect is said. Secrets and programs, which are files,
 * are in test_config_files.c.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/config_text.h"

#define SNMP2 "snmp = { version = \"2c\"; community-file = \"c\"; };"
#define HOOK  "hook = { program = \"/p\"; };"

START_TEST(what_is_usual_need_not_be_said)
{
	struct settings *s =
	    good(BOTH "load = { snmp = { community-file = \"c\"; }; };", NULL);

	ck_assert_int_eq(s->load.snmp.version, 2);
	settings_free(s);
	s = good(BOTH "load = { snmp = { user = \"u\"; auth-password-file = \"a\";"
	              " priv-password-file = \"p\"; }; };",
	    NULL);
	ck_assert_int_eq(s->load.snmp.version, 3);
	ck_assert_str_eq(s->load.snmp.auth_protocol, "SHA-256");
	ck_assert_str_eq(s->load.snmp.priv_protocol, "AES");
	settings_free(s);
}
END_TEST

START_TEST(every_option_arrives)
{
	struct settings *s = good(
	    "load = { interval = 7; timeout = 0.5; tries = 3; at-once = 8;"
	    " freshness = 21.5; half-life = 33; " SNMP2 "\n"
	    " hook = { program = \"/usr/bin/loads\"; arguments = ( \"-a\", \"\","
	    " \"b c\" ); timeout = 4; interval = 5; }; };\n"
	    "policies = { mode = \"automatic\"; interval = 11; look-time = 0.25;"
	    " rounds = 5; imbalance = 110; high-load = 810; target-load = 710;"
	    " memory-reserve = 120; minimum-gain = 60; failover-reserve = false;"
	    " swaps = false; weights = { cpu = 2; memory = 0.5; cluster = 0; };"
	    " max-moves = 3; max-moves-hour = 13; cool-down = 3601;"
	    " set-cool-down = 61; windows = \"Mon-Fri 22:00-05:00; Sun 0:00-24:00\";"
	    " plan-life = 1801; refill = true; recover-grace = 301; calm = 901;"
	    " balance = { mode = \"advise\"; }; evacuate = { mode = \"automatic\"; };"
	    " recover = { mode = \"automatic\"; }; spread = { mode = \"advise\"; };"
	    " home = { mode = \"advise\"; }; };\n"
	    "clusters = ( { name = \"east\"; snmp = { version = \"none\"; };"
	    " fence = { program = \"/sbin/fence\"; arguments = [ \"east\" ]; timeout ="
	    " 12; disk = true; automatic = true; };"
	    " servers = ( { name = \"e1\"; url = \"https://h1\"; cpus = 16;"
	    " memory = 65536; } ); },\n"
	    "{ name = \"west\"; fence = { program = \"/f\"; };"
	    " servers = ( { name = \"w1\"; url = \"https://h2\"; snmp ="
	    " \"h3:1161\"; } ); } );\n"
	    "vms = ( { name = \"v\"; kind = \"stateless\"; vcpus = 4; memory = 512;"
	    " cpu-weight = 300; " SITES " },\n"
	    "{ name = \"w\"; kind = \"stateless\"; sites = ( { cluster = \"east\";"
	    " group = \"h\"; } ); } );\n"
	    "vm-patterns = ( { group = \"x*\"; kind = \"stateless\"; clusters ="
	    " ( \"east\" ); vcpus = 2; memory = 1024; cpu-weight = 50; },"
	    " { group = \"y*\"; kind = \"stateless\"; clusters = ( \"east\" ); } );\n",
	    NULL);
	const struct policy_settings *p = &s->policies;
	const struct load_settings *l = &s->load;
	const struct cluster_settings *c = s->clusters;

	ck_assert_int_eq(l->interval, 7000);
	ck_assert_int_eq(l->timeout, 500);
	ck_assert_uint_eq(l->tries, 3);
	ck_assert_uint_eq(l->at_once, 8);
	ck_assert_int_eq(l->freshness, 21500);
	ck_assert_int_eq(l->half_life, 33000);
	ck_assert_int_eq(l->snmp.version, 2);
	ck_assert_str_eq(l->hook.argv[0], "/usr/bin/loads");
	ck_assert_str_eq(l->hook.argv[1], "-a");
	ck_assert_str_eq(l->hook.argv[2], "");
	ck_assert_str_eq(l->hook.argv[3], "b c");
	ck_assert_ptr_null(l->hook.argv[4]);
	ck_assert_int_eq(l->hook.timeout, 4000);
	ck_assert_int_eq(l->hook_interval, 5000);
	ck_assert_int_eq(p->master, POLICY_AUTOMATIC);
	ck_assert_int_eq(p->mode[POLICY_BALANCE], POLICY_ADVISE);
	ck_assert_int_eq(p->mode[POLICY_EVACUATE], POLICY_AUTOMATIC);
	ck_assert_int_eq(p->mode[POLICY_RECOVER], POLICY_AUTOMATIC);
	ck_assert_int_eq(p->mode[POLICY_SPREAD], POLICY_ADVISE);
	ck_assert_int_eq(p->mode[POLICY_HOME], POLICY_ADVISE);
	ck_assert_int_eq(p->interval, 11000);
	ck_assert_int_eq(p->look_time, 250);
	ck_assert_uint_eq(p->rounds, 5);
	ck_assert_int_eq(p->imbalance, 110);
	ck_assert_int_eq(p->high_load, 810);
	ck_assert_int_eq(p->target_load, 710);
	ck_assert_int_eq(p->memory_reserve, 120);
	ck_assert_int_eq(p->minimum_gain, 60);
	ck_assert(!p->failover_reserve && !p->swaps && p->refill);
	ck_assert(p->weight_cpu == 2 && p->weight_memory == 0.5);
	ck_assert(p->weight_cluster == 0);
	ck_assert_uint_eq(p->max_moves, 3);
	ck_assert_uint_eq(p->max_moves_hour, 13);
	ck_assert_int_eq(p->cool_down, 3601000);
	ck_assert_int_eq(p->set_cool_down, 61000);
	ck_assert_str_eq(p->windows, "Mon-Fri 22:00-05:00; Sun 0:00-24:00");
	ck_assert_int_eq(p->plan_life, 1801000);
	ck_assert_int_eq(p->recover_grace, 301000);
	ck_assert_int_eq(p->calm, 901000);
	ck_assert_int_eq(c[0].snmp.version, SNMP_NOBODY);
	ck_assert_ptr_null(settings_snmp(s, &c[0]));
	ck_assert_ptr_eq(settings_snmp(s, &c[1]), &l->snmp);
	ck_assert_str_eq(c[0].fence.argv[0], "/sbin/fence");
	ck_assert_str_eq(c[0].fence.argv[1], "east");
	ck_assert_int_eq(c[0].fence.timeout, 12000);
	ck_assert(c[0].fence_disk && c[0].fence_automatic);
	ck_assert_int_eq(c[1].fence.timeout, 60000);
	ck_assert(!c[1].fence_disk && !c[1].fence_automatic);
	ck_assert_int_eq(c[0].servers[0].cpus, 16);
	ck_assert_int_eq(c[0].servers[0].memory, 65536);
	ck_assert_ptr_null(c[0].servers[0].snmp);
	ck_assert_int_eq(c[1].servers[0].cpus, ROW_NONE);
	ck_assert_int_eq(c[1].servers[0].memory, ROW_NONE);
	ck_assert_str_eq(c[1].servers[0].snmp, "h3:1161");
	ck_assert_int_eq(s->vms[0].cpu_weight, 300);
	ck_assert_int_eq(s->vms[1].cpu_weight, CPU_WEIGHT);
	ck_assert_int_eq(s->patterns[0].vcpus, 2);
	ck_assert_int_eq(s->patterns[0].memory, 1024);
	ck_assert_int_eq(s->patterns[0].cpu_weight, 50);
	ck_assert_int_eq(s->patterns[1].vcpus, ROW_NONE);
	ck_assert_int_eq(s->patterns[1].memory, ROW_NONE);
	ck_assert_int_eq(s->patterns[1].cpu_weight, CPU_WEIGHT);
	settings_free(s);
}
END_TEST

/* Each is refused, with exactly these complaints (each "LINE: words", | between). */
static const struct {
	const char *text, *complaints;
} bad[] = {
	{ "load = { interval = 0;\ntimeout = 0; tries = 0;\nat-once = 0; half-life = "
	  "-1; };",
	    "1: load.interval = 0 is out of range; it may be 0.1 to 86400 s|2: "
	    "load.timeout = 0 is out|2: load.tries = 0 is out|3: load.at-once = 0|3: "
	    "load.half-life = -1" },
	{ "load = { snmp = 3; hook = \"/p\"; };",
	    "1: load.snmp must be a group { }, not a whole number|1: load.hook must be "
	    "a group { }, not a \"text\"" },
	{ "load = { snmp = { }; };",
	    "1: load.snmp says nothing: version \"2c\" needs community-file, \"3\" "
	    "needs user" },
	{ "load = { snmp = { community-file = \"c\"; context = \"x\"; }; };",
	    "1: load.snmp: community-file is of version \"2c\", the rest of version" },
	{ "load = { snmp = { context = \"x\"; }; };",
	    "1: load.snmp: version = \"3\" needs user" },
	{ "load = { snmp = { version = \"snmpv1\"; }; };",
	    "1: load.snmp.version: \"snmpv1\" is none of its words; known: 2c, 3, "
	    "none" },
	{ "load = { snmp = { version = \"2c\"; }; };",
	    "1: load.snmp: version = \"2c\" needs community-file" },
	{ "load = { snmp = { version = \"2c\"; community-file = \"c\";\nuser = \"u\"; "
	  "}; };",
	    "2: load.snmp.user belongs to version = \"3\"" },
	{ "load = { snmp = { version = \"3\"; }; };",
	    "1: load.snmp: version = \"3\" needs user" },
	{ "load = { snmp = { version = \"3\"; user = \"u\"; community-file = \"c\"; "
	  "}; };",
	    "1: load.snmp.community-file belongs to version = \"2c\"" },
	{ "load = { snmp = { version = \"3\"; user = \"u\"; auth-protocol = \"SHA\"; "
	  "}; };",
	    "1: load.snmp: auth-protocol without auth-password-file; give both" },
	{ "load = { snmp = { version = \"3\"; user = \"u\"; priv-protocol = \"AES\"; "
	  "priv-password-file = \"p\"; }; };",
	    "1: load.snmp: priv-password-file without auth-password-file; SNMPv3 "
	    "encrypts" },
	{ "load = { snmp = { version = \"3\"; user = \"u\"; auth-protocol = \"SHA1\";\n"
	  "auth-password-file = \"a\"; priv-protocol = \"3DES\"; priv-password-file = "
	  "\"p\"; }; };",
	    "1: load.snmp.auth-protocol: \"SHA1\" is none of its words; did you mean "
	    "\"SHA\"?|2: load.snmp.priv-protocol: \"3DES\" is none of its words; did "
	    "you mean \"DES\"?" },
	{ ONE("snmp = { version = \"none\"; user = \"u\"; }; " SERVER),
	    "1: clusters.snmp.user belongs to version = \"3\"" },
	{ ONE("snmp = { version = \"2c\"; };\n" SERVER),
	    "1: clusters.snmp: version = \"2c\" needs community-file" },
	{ "load = { interval = 120;\nfreshness = 120; " SNMP2 " }; " BOTH,
	    "2: load.freshness (120 s) must exceed load.interval (120 s)" },
	{ "load = { " HOOK "\nfreshness = 30; }; ",
	    "2: load.freshness (30 s) must exceed load.hook.interval (30 s)" },
	{ "load = { hook = { program = \"loads\"; }; };",
	    "1: load.hook.program must be the absolute path of a program, without" },
	{ "load = { hook = { arguments = ( 3 );\nprogramm = \"/p\"; }; };",
	    "1: load.hook: a metrics hook without \"program\"; add it|2: unknown "
	    "option load.hook.programm; did you mean \"program\"?" },
	{ "load = { hook = { program = \"/p\"; arguments = ( 3 ); timeout = 0; }; };",
	    "1: load.hook.arguments must be a \"text\", not a whole number|1: "
	    "load.hook.timeout = 0 is out of range" },
	{ ONE("fence = { disk = 1; };\n" SERVER),
	    "1: clusters.fence: a fence without \"program\"; add it|1: "
	    "clusters.fence.disk must be true or false, not a whole number" },
	{ ONE("servers = ( { name = \"s\"; url = \"https://h:1\"; snmp = \"udp:h\"; "
	      "cpus = 0;\nmemory = 0; } );"),
	    "1: clusters.servers.snmp must be the address of the server's SNMP "
	    "agent|1: clusters.servers.cpus = 0 is out of range|2: "
	    "clusters.servers.memory = 0" },
	{ ONE("servers = ( { name = \"s\"; url = \"https://h:1\"; snmp = \"h:\"; },\n{ "
	      "name = \"t\"; url = \"https://h:2\"; snmp = \"h:65536\"; },\n{ name = "
	      "\"u\"; url = \"https://h:3\"; snmp = \"[::1\"; },\n{ name = \"v\"; url "
	      "= \"https://h:4\"; snmp = \"\"; } );"),
	    "1: clusters.servers.snmp must be|2: clusters.servers.snmp must be|3: "
	    "clusters.servers.snmp must be|4: clusters.servers.snmp must be" },
	{ "policies = { mode = \"on\";\nbalance = { mode = \"auto\"; };\nhome = "
	  "\"off\"; };",
	    "1: policies.mode: \"on\" is none of its words|2: policies.balance.mode: "
	    "\"auto\" is none of its words; known: off, advise, automatic|3: "
	    "policies.home must be a group { }" },
	{ "policies = { target-load = 800; };",
	    "1: policies.target-load (800) must be below policies.high-load (800)" },
	{ "policies = {\nhigh-load = 700; };",
	    "2: policies.target-load (700) must be below policies.high-load (700)" },
	{ "policies = { high-load = 1001; imbalance = -1; memory-reserve = 0.1; };",
	    "1: policies.imbalance = -1 is out of range; it may be 0 to 1000 per "
	    "mille|1: policies.high-load = 1001|1: policies.memory-reserve must be a "
	    "whole number" },
	{ "policies = { weights = { cpu = 0; memory = 0.0; }; };",
	    "1: policies.weights.cpu and .memory are both 0" },
	{ "policies = {\nwindows = \"Mon-Fri\"; };",
	    "2: policies.windows: entry 1 (\"Mon-Fri\") has no time" },
	{ "policies = { max-moves = 65; max-moves-hour = 1001; cool-down = 604801; };",
	    "1: policies.max-moves = 65 is out|1: policies.max-moves-hour = 1001|1: "
	    "policies.cool-down = 604801" },
	{ "policies = { recovery-grace = 3; };",
	    "1: unknown option policies.recovery-grace; did you mean "
	    "\"recover-grace\"?" },
};

START_TEST(each_mistake_is_told_with_its_line)
{
	refused(bad[_i].text, bad[_i].complaints);
}
END_TEST

static const struct {
	const char *text, *warning;
} unwise[] = {
	{ BOTH "load = { snmp = { version = \"3\"; user = \"u\"; }; };",
	    "conf:3: warning: load.snmp: without auth-password-file anybody on the "
	    "way" },
	{ ONE("servers = ( { name = \"s\"; url = \"https://h:1\";\nsnmp = \"h\"; } );"),
	    "conf:2: warning: server \"s\" has an SNMP agent, but nothing says how" },
	{ BOTH "load = { " SNMP2 "\ninterval = 3; };",
	    "conf:3: warning: load.timeout (2 s) times load.tries (2) exceeds "
	    "load.interval (3 s)" },
	{ BOTH "load = { hook = { program = \"/p\";\ntimeout = 121; }; };",
	    "conf:4: warning: load.hook.timeout (121 s) exceeds load.freshness" },
	{ ONE(SERVER "\nfence = { program = \"/f\"; automatic = true; };"),
	    "conf:2: warning: cluster \"a\" may be fenced automatically, but nothing" },
	{ BOTH "policies = { look-time = 61; };",
	    "conf:3: warning: policies.look-time (61 s) exceeds policies.interval" },
	{ BOTH "policies = { balance = { mode = \"advise\"; }; };",
	    "conf:3: warning: policies.balance is on, but nobody measures loads" },
	{ BOTH
	    "policies = { mode = \"advise\";\nspread = { mode = \"automatic\"; }; };",
	    "conf:4: warning: policies.spread.mode is more than policies.mode" },
	{ BOTH "policies = { home = { mode = \"automatic\"; };\nmax-moves = 0; };",
	    "conf:4: warning: policies.home.mode is \"automatic\", but "
	    "policies.max-moves = 0" },
};

START_TEST(what_is_unwise_is_said)
{
	settings_free(good(unwise[_i].text, unwise[_i].warning));
}
END_TEST

static const char *const wise[] = {
	BOTH "load = { " HOOK " freshness = 31; interval = 40; };",
	BOTH "load = { " SNMP2 " interval = 119.9; };",
	BOTH "load = { " SNMP2 " interval = 4; };",
	BOTH "policies = { balance = { mode = \"advise\"; }; }; load = { " HOOK " };",
	BOTH "policies = { recover = { mode = \"advise\"; }; max-moves = 0; };",
	BOTH
	"policies = { target-load = 0; high-load = 1; home = { }; weights = { }; };",
	ONE(SNMP2 "servers = ( { name = \"s\"; url = \"https://h:1\"; snmp ="
	          " \"[fe80::1]:1\"; }, { name = \"t\"; url = \"https://h:2\"; snmp ="
	          " \"a_b-c.d:65535\"; }, { name = \"u\"; url = \"https://h:3\"; snmp ="
	          " \"[::1]\"; } );"),
};

START_TEST(what_is_wise_passes)
{
	settings_free(good(wise[_i], NULL));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("config_policies");
	TCase *tc = tcase_create("config_policies");
	SRunner *sr = srunner_create(suite);
	int failed;

	tcase_add_test(tc, every_option_arrives);
	tcase_add_test(tc, what_is_usual_need_not_be_said);
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
