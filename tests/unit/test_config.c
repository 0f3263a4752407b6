/*
 * SPDX-License-Identifier: Apache-2.0
 * The configuration as text: what is understood, and every complaint with its line.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/config_text.h"

START_TEST(nothing_configured_is_all_defaults)
{
	struct settings *s = good("", "no clusters"), *d = settings_new();

	ck_assert_str_eq(s->file, "conf");
	ck_assert_str_eq(s->name, d->name);
	ck_assert_int_eq(s->poll.interval, 10000);
	ck_assert_uint_eq(s->nclusters, 0);
	settings_free(s);
	settings_free(d);
}
END_TEST

START_TEST(every_option_arrives)
{
	struct settings *s = good(
	    "set = { name = \"site\"; description = \"two halls\"; state-dir = \"/s\"; "
	    "};\n"
	    "agentx = { socket = \"tcp:localhost:705\"; ping-interval = 7;"
	    " request-timeout = 2500; };\n"
	    "poll = { interval = 2; fast-interval = 0.25; connect-timeout = 1.5;"
	    " read-timeout = 3; command-timeout = 100; backoff-max = 20;"
	    " backoff-denied = 30; freshness = 9.5; answer-max = 100000;"
	    " connections = 12; };\n"
	    "evidence = { command-horizon = 2000; offline-settle = 20;"
	    " evidence-age = 2; };\n"
	    "history = { events = 500; };"
	    "moves = { stop-timeout = 2100; start-timeout = 2200.5; release-timeout ="
	    " 700; verify-time = 0; retry-delay = 0.5; tries = 4; repeat-window = 61;"
	    " history = 20; used-memory = 86400; limit-set = 30; limit-cluster = 20;"
	    " limit-node = 10; queue = 9; force = true; outside-stop = \"restart\";"
	    " conflict = \"stop-newcomer\"; };\n"
	    "fault-domains = ( { name = \"hall1\"; description = \"north\"; },"
	    " { name = \"hall2\"; } );\n"
	    "availability-sets = ( { name = \"web\"; spread = \"fault-domain\";"
	    " enforcement = \"soft\"; }, { name = \"db\"; spread = \"cluster\"; } );\n"
	    "vms = ( { name = \"vm1\"; uuid = "
	    "\"F81D4FAE-7dec-11d0-a765-00a0c91e6bf6\";\n"
	    " kind = \"shared-disk\"; home = \"west\"; availability-set = \"web\";\n"
	    " priority = 7; memory = 4096; vcpus = 2;\n" SITES DISK "},\n"
	    "{ name = \"vm2\"; kind = \"stateless\"; accept-autostart = true;"
	    " sites = ( { cluster = \"east\"; group = \"h\"; auto-start = \"auto\";"
	    " monitors = ( \"genw1\", \"genw2\" ); }, { cluster = \"west\"; group ="
	    " \"h\"; auto-start = \"manual\"; monitors = [ ]; } ); } );\n"
	    "vm-patterns = ( { group = \"fail*\"; kind = \"replica\";"
	    " clusters = [ \"west\", \"east\" ]; priority = 3;"
	    " availability-set = \"db\"; } );\n"
	    "clusters = ( { name = \"east\"; ecx-name = \"cl1\"; base-path = \"/x\";\n"
	    " fault-domain = \"hall1\"; interval = 4; silent-server = "
	    "\"trust-peers\";\n"
	    " credentials = \"c\"; operate-credentials = \"o\"; ca-file = \"/ca\";\n"
	    " pinned-key = \"sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\";\n"
	    " verify = true; read-url = \"https://10.0.1.9\";\n"
	    " servers = ( { name = \"e1\"; url = \"HTTPS://Host1\";"
	    " fault-domain = \"hall2\"; } ); }, " WEST " );\n",
	    NULL);
	struct cluster_settings *c;
	struct vm_settings *v;

	ck_assert_str_eq(s->name, "site");
	ck_assert_str_eq(s->descr, "two halls");
	ck_assert_str_eq(s->state_dir, "/s");
	ck_assert_str_eq(s->agentx.socket, "tcp:localhost:705");
	ck_assert_uint_eq(s->agentx.ping_seconds, 7);
	ck_assert_int_eq(s->agentx.request_timeout, 2500);
	ck_assert_int_eq(s->poll.interval, 2000);
	ck_assert_int_eq(s->poll.fast_interval, 250);
	ck_assert_int_eq(s->poll.connect_timeout, 1500);
	ck_assert_int_eq(s->poll.read_timeout, 3000);
	ck_assert_int_eq(s->poll.command_timeout, 100000);
	ck_assert_int_eq(s->poll.backoff_max, 20000);
	ck_assert_int_eq(s->poll.backoff_denied, 30000);
	ck_assert_int_eq(s->poll.freshness, 9500);
	ck_assert_uint_eq(s->poll.answer_max, 100000);
	ck_assert_uint_eq(s->poll.connections, 12);
	ck_assert_int_eq(s->evidence.command_horizon, 2000000);
	ck_assert_int_eq(s->evidence.offline_settle, 20000);
	ck_assert_int_eq(s->evidence.evidence_age, 2000);
	ck_assert_uint_eq(s->history.events, 500);
	ck_assert_int_eq(s->moves.stop_timeout, 2100000);
	ck_assert_int_eq(s->moves.start_timeout, 2200500);
	ck_assert_int_eq(s->moves.release_timeout, 700000);
	ck_assert_int_eq(s->moves.verify_time, 0);
	ck_assert_int_eq(s->moves.retry_delay, 500);
	ck_assert_uint_eq(s->moves.tries, 4);
	ck_assert_int_eq(s->moves.repeat_window, 61000);
	ck_assert_uint_eq(s->moves.history, 20);
	ck_assert_int_eq(s->moves.used_memory, 86400000);
	ck_assert_uint_eq(s->moves.limit_set, 30);
	ck_assert_uint_eq(s->moves.limit_cluster, 20);
	ck_assert_uint_eq(s->moves.limit_node, 10);
	ck_assert_uint_eq(s->moves.queue, 9);
	ck_assert(s->moves.force);
	ck_assert_int_eq(s->moves.outside_stop, OUTSIDE_RESTART);
	ck_assert_int_eq(s->moves.conflict, CONFLICT_STOP_NEWCOMER);
	ck_assert_uint_eq(s->nfault_domains, 2);
	ck_assert_str_eq(s->fault_domains[0].descr, "north");
	ck_assert_str_eq(s->fault_domains[1].descr, "");
	ck_assert_uint_eq(s->navail_sets, 2);
	ck_assert_int_eq(s->avail_sets[0].spread, SPREAD_FAULT_DOMAIN);
	ck_assert_int_eq(s->avail_sets[0].enforcement, ENFORCE_SOFT);
	ck_assert_int_eq(s->avail_sets[1].enforcement, ENFORCE_HARD);
	ck_assert_uint_eq(s->nclusters, 2);
	c = &s->clusters[0];
	ck_assert_str_eq(c->ecx_name, "cl1");
	ck_assert_str_eq(c->base_path, "/x");
	ck_assert_str_eq(c->fault_domain, "hall1");
	ck_assert_int_eq(c->interval, 4000);
	ck_assert(c->trust_peers);
	ck_assert(c->verify);
	ck_assert_str_eq(c->ca_file, "/ca");
	ck_assert_ptr_nonnull(c->pinned_key);
	ck_assert_str_eq(c->read_url, "https://10.0.1.9:29009");
	ck_assert_str_eq(c->servers[0].fault_domain, "hall2");
	ck_assert_str_eq(c->servers[0].url + strlen(c->servers[0].url) - 6, ":29009");
	c = &s->clusters[1];
	ck_assert_str_eq(c->base_path, "/api/v1");
	ck_assert_int_eq(c->interval, 2000); /* the poll section's */
	ck_assert(!c->trust_peers);
	ck_assert(c->verify);
	ck_assert_ptr_null(c->poll.user);
	ck_assert_uint_eq(s->nvms, 2);
	v = &s->vms[0];
	ck_assert_str_eq(v->uuid, "f81d4fae-7dec-11d0-a765-00a0c91e6bf6");
	ck_assert_int_eq(v->kind, VM_SHARED_DISK);
	ck_assert_str_eq(v->home, "west");
	ck_assert_str_eq(v->avail_set, "web");
	ck_assert_int_eq(v->priority, 7);
	ck_assert_int_eq(v->memory, 4096);
	ck_assert_int_eq(v->vcpus, 2);
	ck_assert_uint_eq(v->nsites, 2);
	ck_assert_uint_eq(v->sites[1].cluster, 1);
	ck_assert_str_eq(v->sites[1].group, "g");
	ck_assert_int_eq(v->sites[1].autostart, AUTOSTART_UNKNOWN);
	ck_assert_uint_eq(v->sites[1].nmonitors, 0);
	ck_assert(!v->accept_autostart);
	ck_assert_uint_eq(v->line, 8);
	ck_assert_uint_eq(v->ndisks, 1);
	ck_assert_int_eq(v->disks[0].kind, DISK_SHARED);
	ck_assert_uint_eq(v->disks[0].sites[1].cluster, 1);
	ck_assert_str_eq(v->disks[0].sites[1].resource, "sd");
	v = &s->vms[1];
	ck_assert_int_eq(v->priority, 100);
	ck_assert(v->accept_autostart);
	ck_assert_int_eq(v->sites[0].autostart, AUTOSTART_AUTO);
	ck_assert_uint_eq(v->sites[0].nmonitors, 2);
	ck_assert_str_eq(v->sites[0].monitors[0], "genw1");
	ck_assert_str_eq(v->sites[0].monitors[1], "genw2");
	ck_assert_int_eq(v->sites[1].autostart, AUTOSTART_MANUAL);
	ck_assert_uint_eq(v->sites[1].nmonitors, 0);
	ck_assert_int_eq(v->memory, ROW_NONE);
	ck_assert_int_eq(v->vcpus, ROW_NONE);
	ck_assert_uint_eq(s->npatterns, 1);
	ck_assert_str_eq(s->patterns[0].group, "fail*");
	ck_assert_int_eq(s->patterns[0].kind, VM_REPLICA);
	ck_assert_uint_eq(s->patterns[0].nclusters, 2);
	ck_assert_uint_eq(s->patterns[0].clusters[0], 1);
	ck_assert_uint_eq(s->patterns[0].clusters[1], 0);
	ck_assert_int_eq(s->patterns[0].priority, 3);
	settings_free(s);
}
END_TEST

START_TEST(fault_domains_may_be_implied)
{
	struct settings *s = good(
	    "clusters = ( { name = \"a\"; fault-domain = \"x\"; servers = (\n"
	    "{ name = \"s\"; url = \"https://h:1\"; fault-domain = \"y\"; },\n"
	    "{ name = \"t\"; url = \"https://h:2\"; fault-domain = \"x\"; } ); } );\n",
	    NULL);

	ck_assert_uint_eq(s->nfault_domains, 2);
	ck_assert_str_eq(s->fault_domains[0].name, "x");
	ck_assert_str_eq(s->fault_domains[1].name, "y");
	ck_assert_uint_eq(s->fault_domains[1].line, 2);
	settings_free(s);
}
END_TEST

static const struct {
	const char *text, *warning;
} unwise[] = {
	{ ONE("servers = ( { name = \"s\";\nurl = \"http://h:1\"; } );"),
	    "conf:2: warning: cluster \"a\" is asked over plain http" },
	{ ONE("\nverify = false; " SERVER), "conf:2: warning: verify = false" },
	{ ONE("\nservers = ( { name = \"s\"; url = \"http://h:1\"; },"
	      " { name = \"t\"; url = \"https://h:2\"; } );"),
	    "conf:2: warning: some servers have http, others https" },
	{ ONE("ca-file = \"/x\"; servers = ( { name = \"s\"; url = \"http://h:1\"; } "
	      ");"),
	    "conf:1: warning: ca-file and pinned-key mean nothing" },
	{ ONE("servers = ( { url = \"https://h:1\";\nname = \"Node1\"; } );"),
	    "conf:2: warning: server \"Node1\": ECX has server names in lower case" },
	{ "clusters = ( );", "conf:1: warning: no clusters" },
};

START_TEST(what_is_unwise_is_said)
{
	settings_free(good(unwise[_i].text, unwise[_i].warning));
}
END_TEST

/* Each is refused, with exactly these complaints (each "LINE: words", | between). */
static const struct {
	const char *text, *complaints;
} bad[] = {
	/* grammar */
	{ "set = {\n name = \"x\"\n descr ;\n};", "3: syntax error" },
	{ "set = { name = \"x\";\n name = \"y\"; };", "2: duplicate setting name" },
	{ "poll = { };\n\npoll = { };", "3: duplicate setting name" },
	{ "@include \"x\"\n", "1: cannot include x: not allowed here" },
	{ "# @include \"a\"\n/* \n@include \"b\" */ name = \"\n@include\";\n"
	  " @include \"c\"",
	    "5: cannot include c" },
	/* unknown keys */
	{ "pol = { };", "1: unknown option pol; did you mean \"poll\"?" },
	{ "poll = {\n intervall = 1;\n};",
	    "2: unknown option poll.intervall; did you mean \"interval\"?" },
	{ "history = { frobnication = 1; };",
	    "1: unknown option history.frobnication; known: events" },
	{ ONE("servers = ( { name = \"s\"; url = \"https://h:1\";\n prot = 1; } );"),
	    "2: unknown option clusters.servers.prot" },
	/* types */
	{ "set = 3;", "1: set must be a group { }, not a whole number" },
	{ "policies: { high-load = 0.8; }",
	    "1: policies.high-load must be a whole number of thousandths (800 is 80 "
	    "%)" },
	{ "clusters = { };", "1: clusters must be a list of groups" },
	{ "clusters = [ \"a\" ];", "1: clusters must be a list of groups" },
	{ "clusters = (\n \"a\" );", "2: clusters: each cluster must be a group" },
	{ "vms = ( { name = \"v\"; kind = \"replica\"; sites = ( 3 );\n disks = ( { "
	  "name ="
	  " \"d\"; kind = \"shared\"; sites = ( true ); }, 1.5 ); } );",
	    "1: vms.sites: each site must be a group { }, not a whole number|2: "
	    "vms.disks.sites: each disk site must be a group { }, not true or false|2: "
	    "vms.disks: each disk must be a group { }, not a number with a fraction" },
	{ "set = { name = 3; };",
	    "1: set.name must be a \"text\", not a whole number" },
	{ "poll = { interval = \"10\"; };",
	    "1: poll.interval must be a number, not a \"text\"" },
	{ "poll = { connections = 1.5; };",
	    "1: poll.connections must be a whole number, not a number with a frac" },
	{ ONE("verify = 1; " SERVER), "1: clusters.verify must be true or false" },
	{ "availability-sets = ( { name = \"x\"; spread = 1; } );",
	    "1: availability-sets.spread must be a \"text\"" },
	{ BOTH "vm-patterns = ( { group = \"x\"; kind = \"replica\"; clusters ="
	       " \"east\"; } );",
	    "3: vm-patterns.clusters must be a list of names" },
	/* ranges */
	{ "poll = {\n interval = 0;\n fast-interval = 0.1; };",
	    "2: poll.interval = 0 is out of range; it may be 0.1 to 3600 s" },
	{ "poll = { freshness = 1e400; };", "1: poll.freshness = inf is out of range" },
	{ "poll = { answer-max = 5000000000L; };",
	    "1: poll.answer-max = 5000000000 is" },
	{ "poll = { answer-max = 99999999999999999999; };", "1: poll.answer-max = " },
	{ "agentx = { request-timeout = 3; };",
	    "1: agentx.request-timeout = 3 is out of range; it may be 100 to 60000 "
	    "ms" },
	{ "history = { events = -5; };", "1: history.events = -5 is out of range" },
	{ BOTH "vms = ( { name = \"v\"; kind = \"replica\"; priority = 1001;\n" SITES
	       "} );",
	    "3: vms.priority = 1001 is out of range; it may be 0 to 1000" },
	/* words */
	/* names and texts */
	{ "set = { name = \"\"; };", "1: set.name must be 1 to 96 octets" },
	{ "set = { name = \"a\\nb\"; };", "1: set.name must be 1 to 96 octets" },
	{ "set = { name = \"\\xff\"; };", "1: set.name must be 1 to 96 octets" },
	{ "set = { name = \"1234567890123456789012345678901234567890123456789012345678"
	  "901234567890123456789012345678901234567\"; };",
	    "1: set.name is 97 octets long; at most 96" },
	{ "set = { state-dir = \"lib\"; };", "1: set.state-dir must be an absolute" },
	{ "agentx = { socket = \"master\"; };", "1: agentx.socket must be what" },
	{ ONE("base-path = \"api/\"; " SERVER),
	    "1: clusters.base-path must be a path" },
	{ ONE("base-path = \"/a b\"; " SERVER),
	    "1: clusters.base-path must be a path" },
	{ ONE("pinned-key = \"sha256//abc\"; " SERVER),
	    "1: clusters.pinned-key must be" },
	{ BOTH "vms = ( { name = \"v\"; uuid = \"1-2\"; kind = \"replica\";\n" SITES
	       "} );",
	    "3: vms.uuid must look like" },
	{ ONE("servers = ( { name = \"None\"; url = \"https://h:1\"; } );"),
	    "1: clusters.servers.name is \"None\"" },
	{ BOTH "vm-patterns = ( { group = \"managementgroup\"; kind = \"replica\";"
	       " clusters = ( \"east\" ); } );",
	    "3: vm-patterns.group is ManagementGroup" },
	/* URLs */
	{ ONE("servers = ( { name = \"s\"; url = \"10.0.0.1\"; } );"),
	    "1: clusters.servers.url is no URL" },
	{ ONE("servers = ( { name = \"s\"; url = \"\"; } );"),
	    "1: clusters.servers.url is no URL" },
	{ ONE("servers = ( { name = \"s\"; url = \"https://h:99999\"; } );"),
	    "1: clusters.servers.url is no URL" },
	{ ONE("servers = ( { name = \"s\"; url = \"ftp://h:1\"; } );"),
	    "1: clusters.servers.url must begin with http" },
	{ ONE("servers = ( { name = \"s\"; url = \"https://u:topsecret@h:1\"; } );"),
	    "1: clusters.servers.url holds a user name" },
	{ ONE("servers = ( { name = \"s\"; url = \"https://h:1/api/v1\"; } );"),
	    "1: clusters.servers.url must end after the port" },
	{ ONE("servers = ( { name = \"s\"; url = \"https://h:1/?a=topsecret\"; } );"),
	    "1: clusters.servers.url must end after the port" },
	{ ONE("read-url = \"https://h:0\"; " SERVER), "1: clusters.read-url " },
	/* what must be there */
	{ ONE(""), "1: clusters: a cluster without \"servers\"; add it" },
	{ "clusters = ( {\n " SERVER " } );",
	    "1: clusters: a cluster without \"name\"" },
	{ ONE("servers = ( );"), "1: clusters.servers has 0 entries; it may have 1" },
	{ ONE("servers = ( { name = \"s\"; } );"),
	    "1: clusters.servers: a server without \"url\"" },
	{ BOTH "vms = ( { kind = \"replica\";\n" SITES "},\n { name = \"x\";\n"
	       " sites = ( { cluster = \"east\"; group = \"h\"; } ); } );",
	    "3: vms: a VM without \"name\"|6: vms: a VM without \"kind\"" },
	/* twice */
	{ "clusters = ( " EAST ",\n{ name = \"east\"; " SERVER " } );",
	    "2: cluster \"east\" is used twice; it was used before at conf:1" },
	{ ONE("servers = ( { name = \"s\"; url = \"https://h:1\"; },\n"
	      "{ name = \"s\"; url = \"https://h:2\"; } );"),
	    "2: server \"s\" is used twice" },
	{ "clusters = ( " EAST ",\n{ name = \"b\"; servers = ( { name = \"s\";\n"
	  "url = \"http://10.0.1.2\"; } ); } );",
	    "3: a server belongs to one cluster and has an address of its own: "
	    "\"10.0.1.2:29009\" is used twice; it was used before at conf:1" },
	{ ONE("read-url = \"https://H:1/\";\n" SERVER),
	    "1: read-url is a floating address, no server's own: \"h:1\" is used" },
	{ "fault-domains = ( { name = \"x\"; },\n { name = \"x\"; } );",
	    "2: fault domain \"x\" is used twice" },
	{ "availability-sets = ( { name = \"x\"; spread = \"node\"; },\n { name = "
	  "\"x\"; spread = \"node\"; } );",
	    "2: availability set \"x\" is used twice" },
	{ BOTH "vms = ( { name = \"v\"; kind = \"replica\";\n" SITES "},\n { name = "
	       "\"v\"; kind = \"replica\"; sites = ( { cluster = \"east\"; group = "
	       "\"h\"; } ); } );",
	    "6: VM \"v\" is used twice; it was used before at conf:3" },
	{ BOTH "vms = ( { name = \"v\"; kind = \"replica\";\n" SITES "},\n { name = "
	       "\"w\"; kind = \"replica\";\n" SITES "} );",
	    "7: a group is one VM: in cluster \"east\" group \"g\" is used twice; it "
	    "was "
	    "used before at conf:4|7: a group is one VM: in cluster \"west\"" },
	{ BOTH
	    "vms = ( { name = \"v\"; kind = \"shared-disk\";\n" SITES DISK
	    "},\n{ name = \"w\"; kind = \"shared-disk\"; sites = ( { cluster = "
	    "\"east\"; group = \"h\"; } );\n disks = ( { name = \"d\";\n kind = "
	    "\"shared\"; sites = ( { cluster = \"east\";\n resource = \"sd\"; } ); } "
	    "); } );",
	    "8: disk \"d\" is used twice; it was used before at conf:5|10: a disk "
	    "belongs to one VM: in cluster \"east\" resource \"sd\" is used twice; it "
	    "was used before at conf:5" },
	{ BOTH
	    "vms = ( { name = \"v\"; kind = \"replica\"; sites = (\n{ cluster = "
	    "\"east\"; group = \"g\"; },\n{ cluster = \"east\"; group = \"h\"; } ); } "
	    ");",
	    "5: cluster \"east\" stands twice in the sites" },
	{ BOTH "vm-patterns = ( { group = \"x*\"; kind = \"replica\"; clusters = ( "
	       "\"east\", \"east\" ); } );",
	    "3: cluster \"east\" stands twice in this pattern" },
	{ BOTH "vm-patterns = ( { group = \"x*\"; kind = \"replica\"; clusters = ( "
	       "\"east\" ); },\n{ group = \"x*\"; kind = \"stateless\"; clusters = ( "
	       "\"east\" ); } );",
	    "4: in cluster \"east\" pattern \"x*\" is used twice" },
	/* what fnmatch(3) would take for a name */
	{ BOTH "vm-patterns = ( { kind = \"replica\"; clusters = ( \"east\" );\n"
	       "group = \"vm-[\"; },\n{ kind = \"replica\"; clusters = ( \"east\" );\n"
	       "group = \"[[:alpha:\"; },\n{ kind = \"replica\"; clusters = ( "
	       "\"east\" );\ngroup = \"vm\\\\\"; } );",
	    "4: vm-patterns.group has a [ without a ]|6: vm-patterns.group has a [ "
	    "without a ]|8: vm-patterns.group ends in a backslash" },
	/* references */
	{ BOTH "vms = ( { name = \"v\"; kind = \"replica\"; sites = (\n{ cluster = "
	       "\"eats\"; group = \"g\"; } ); } );",
	    "4: cluster \"eats\" is not defined; did you mean \"east\"?" },
	{ "vms = ( { name = \"v\"; kind = \"replica\"; sites = (\n{ cluster = "
	  "\"east\"; group = \"g\"; } ); } );",
	    "2: cluster \"east\" is not defined; define it in clusters" },
	{ BOTH "vm-patterns = ( { group = \"x*\"; kind = \"replica\"; clusters = ( "
	       "\"east\",\n\"north\" ); } );",
	    "4: cluster \"north\" is not defined; known: east, west" },
	{ "fault-domains = ( { name = \"hall1\"; } );\n" ONE(
	      "fault-domain = \"hall2\"; servers = ( { name = \"s\"; url = "
	      "\"https://h:1\";\nfault-domain = \"moon\"; } );"),
	    "2: fault domain \"hall2\" is not in fault-domains; did you mean "
	    "\"hall1\"|3: "
	    "fault domain \"moon\" is not in fault-domains; known: hall1" },
	{ BOTH "vms = ( { name = \"v\"; kind = \"replica\"; home = \"north\";\n"
	       "availability-set = \"x\";\n" SITES "} );",
	    "3: home \"north\" is no cluster in which the VM has a site; known: east, "
	    "west|4: availability set \"x\" is not in availability-sets" },
	/* kinds and disks */
	{ BOTH "vms = ( { name = \"v\"; kind = \"shared-disk\";\n" SITES "} );",
	    "3: a shared-disk VM needs at least one disk" },
	{ BOTH "vms = ( { name = \"v\"; kind = \"stateless\";\n" SITES DISK "} );",
	    "5: a stateless VM has no disks" },
	{ BOTH "vms = ( { name = \"v\"; kind = \"shared-disk\";\n" SITES
	       "disks = ( { name = \"d\"; kind = \"shared\"; sites = ( { cluster = "
	       "\"east\"; resource = \"sd\"; } ); } ); } );",
	    "5: a shared-disk VM needs at least one disk" },
	{ BOTH "vms = ( { name = \"v\"; kind = \"replica\"; sites = ( { cluster = "
	       "\"east\"; group = \"g\"; } );\n" DISK "} );",
	    "4: the disk has a site in cluster \"west\", the VM has none there" },
	/* times that do not fit */
	{ "poll = { interval = 5; fast-interval = 6;\n freshness = 5; };",
	    "1: poll.fast-interval (6 s) must not exceed poll.interval (5 s)|2: "
	    "poll.freshness (5 s) must exceed poll.interval" },
	{ "poll = {\n interval = 60; };", "1: poll.freshness (45 s) must exceed" },
	{ "poll = { connect-timeout = 20; };",
	    "1: poll.connect-timeout (20 s) must not" },
	{ ONE("\ninterval = 45; " SERVER), "2: interval (45 s) must be less than" },
	{ "evidence = { offline-settle = 30; command-horizon = 30; };",
	    "1: evidence.offline-settle (30 s) must be less" },
	/* a secret written where it does not belong */
	{ ONE("password = \"topsecret\"; " SERVER),
	    "1: unknown option clusters.password" },
};

START_TEST(each_mistake_is_told_with_its_line)
{
	refused(bad[_i].text, bad[_i].complaints);
}
END_TEST

START_TEST(endless_complaints_are_cut)
{
	char *cause = NULL, *text = NULL, *last;
	size_t len, i;
	FILE *f = open_memstream(&text, &len);

	for (i = 0; i < 250; i++)
		fprintf(f, "nonsense%zu = 1;\n", i);
	fclose(f);
	ck_assert_ptr_null(configfile_parse(text, "conf", &cause, NULL));
	last = strrchr(cause, '\n');
	ck_assert_str_eq(last, "\nconf: and 150 more");
	ck_assert_ptr_nonnull(strstr(cause, "conf:100: "));
	free(cause);
	free(text);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("config");
	TCase *tc = tcase_create("config");
	SRunner *sr = srunner_create(suite);
	int failed;

	tcase_add_test(tc, nothing_configured_is_all_defaults);
	tcase_add_test(tc, every_option_arrives);
	tcase_add_test(tc, fault_domains_may_be_implied);
	tcase_add_loop_test(
	    tc, what_is_unwise_is_said, 0, sizeof(unwise) / sizeof(unwise[0]));
	tcase_add_loop_test(
	    tc, each_mistake_is_told_with_its_line, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tc, endless_complaints_are_cut);
	suite_add_tcase(suite, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
