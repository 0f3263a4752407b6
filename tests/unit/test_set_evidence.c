/*
 * SPDX-License-Identifier: Apache-2.0
 * Evidence that a site is stopped: each letter of design section 4 missing in turn.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "set/evidence.h"
#include "tests/unit/model_fixture.h"

#define SERVERS "server1=Online server2=Online"
#define OFFLINE "vm1=Offline sd1:vm1=Offline exec1:vm1=Offline"
#define GOOD    "east: " SERVERS " | " OFFLINE

static const char *const resources[] = { "sd1", "exec1" };
static struct settings *settings;
static struct evidence_site site;
static struct evidence e;
static msec_t now;

static void
setup(void)
{
	settings = fx_settings("cluster east server1 server2\n");
	site = (struct evidence_site) {
		.cluster = &settings->clusters[0],
		.group = "vm1",
		.kind = VM_SHARED_DISK,
		.resources = resources,
		.nresources = 2,
		.ndisks = 1,
		.identity_ok = true,
	};
	memset(&e, 0, sizeof(e));
	evidence_void(&e, "nothing yet");
	now = 1000;
}

static void
teardown(void)
{
	evidence_clear(&e);
	settings_free(settings);
}

static void
judge(struct observation *o, msec_t after)
{
	now += after;
	o->start = now;
	o->end = now + 10;
	evidence_judge(&e, &site, o, &settings->evidence);
	ck_assert_int_eq(e.round_start, now);
	ck_assert_uint_le(strlen(e.text), 255);
	observation_free(o);
}

static void
see(const char *round, msec_t after)
{
	judge(fx_round(settings, round), after);
}

/* A round a second later that need not become the one it is judged by. */
static void
lean(const char *round)
{
	struct observation *o = fx_round(settings, round);

	o->start = now += 1000;
	evidence_judge(&e, &site, o, &settings->evidence);
	observation_free(o);
}

static void
check(enum cs_evidence state, const char *text)
{
	ck_assert_str_eq(e.text, text);
	ck_assert_int_eq(e.state, state);
	ck_assert((state == EVIDENCE_PROVED) == (e.parts == EV_ALL));
}

/* Two rounds that would prove it, were there nothing missing. */
static void
stand(const char *round)
{
	see(round, 0);
	see(round, 30000);
}

START_TEST(test_all)
{
	check(EVIDENCE_NONE, "nothing yet");
	see(GOOD, 0);
	check(EVIDENCE_PARTIAL, "Offline for 0 s of 30 s");
	see(GOOD, 29999);
	check(EVIDENCE_PARTIAL, "Offline for 29 s of 30 s");
	see(GOOD, 1);
	check(EVIDENCE_PROVED, "Offline on every server for 30 s");
	see(GOOD, 10000);
	check(EVIDENCE_PROVED, "Offline on every server for 40 s");
}
END_TEST

START_TEST(test_two_rounds)
{
	settings->evidence.offline_settle = 0;
	see(GOOD, 0);
	check(EVIDENCE_PARTIAL, "Offline for 0 s of 0 s");
	see(GOOD, 1);
	check(EVIDENCE_PROVED, "Offline on every server for 0 s");
}
END_TEST

/* What one kind of round lacks, and what is said of it. */
static const struct {
	const char *round;
	enum cs_evidence state;
	unsigned missing; /* beside EV_SETTLED */
	const char *text;
} lacking[] = {
	/* (b) */
	{ "east=Error: " SERVERS " | " OFFLINE, EVIDENCE_PARTIAL, EV_SERVERS_SANE,
	    "cluster east is Error, not Normal or Caution" },
	{ "east=Suspend: " SERVERS " | " OFFLINE, EVIDENCE_PARTIAL, EV_SERVERS_SANE,
	    "cluster east is Suspend, not Normal or Caution" },
	{ "east=Offline: " SERVERS " | " OFFLINE, EVIDENCE_PARTIAL, EV_SERVERS_SANE,
	    "cluster east is Offline, not Normal or Caution" },
	{ "east=gibberish: " SERVERS " | " OFFLINE, EVIDENCE_PARTIAL, EV_SERVERS_SANE,
	    "cluster east is Unknown, not Normal or Caution" },
	{ "east: server1=Online server2=Offline | " OFFLINE, EVIDENCE_PARTIAL,
	    EV_SERVERS_SANE, "server server2 answers but is not Online itself" },
	{ "east: server1=Online server2=Online+Pending | " OFFLINE, EVIDENCE_PARTIAL,
	    EV_SERVERS_SANE,
	    "server server2 is Online Pending; server server2 answers but is not "
	    "Online "
	    "itself" },
	{ "east: server1=Online | " OFFLINE, EVIDENCE_PARTIAL, EV_SERVERS_SANE,
	    "server server2 answers but is not Online itself" },
	{ GOOD " !mon1=Suspend !mon2=Suspend", EVIDENCE_PARTIAL, EV_SERVERS_SANE,
	    "cluster east is suspended (every monitor is)" },
	/* (c) */
	{ "east(server1): " SERVERS " | " OFFLINE, EVIDENCE_PARTIAL, EV_ALL_AGREE,
	    "server server2 was not asked in this round" },
	{ "east(server1,server2!): " SERVERS " | " OFFLINE, EVIDENCE_PARTIAL,
	    EV_ALL_AGREE, "server server2 did not answer" },
	{ "east(server1!,server2!): ", EVIDENCE_NONE,
	    EV_ALL_AGREE | EV_SERVERS_SANE | EV_ALL_OFFLINE,
	    "server server1 did not answer; server server2 did not answer" },
	/* (f) */
	{ "east: " SERVERS " | sd1:vm1=Offline exec1:vm1=Offline", EVIDENCE_NONE,
	    EV_ALL_OFFLINE, "group vm1 is missing" },
	{ "east: " SERVERS " | vm1=Offline exec1:vm1=Offline", EVIDENCE_NONE,
	    EV_ALL_OFFLINE, "resource sd1 is missing" },
	{ "east: " SERVERS " | vm1=Offline sd1:vm1=Offline", EVIDENCE_NONE,
	    EV_ALL_OFFLINE, "resource exec1 is missing" },
	{ "east: " SERVERS " | vm1=Offline sd1:vm1=Online@server1 exec1:vm1=Offline",
	    EVIDENCE_NONE, EV_ALL_OFFLINE, "resource sd1 is Online on server1" },
	{ "east: " SERVERS " | vm1=Online@server1 sd1:vm1=Online@server1 "
	  "exec1:vm1=Online@server1",
	    EVIDENCE_NONE, EV_ALL_OFFLINE,
	    "group vm1 is Online on server1; resource sd1 is Online on server1; "
	    "resource exec1 is Online on server1" },
	{ "east: " SERVERS " | vm1=Offline@server2 sd1:vm1=Offline exec1:vm1=Offline",
	    EVIDENCE_NONE, EV_ALL_OFFLINE, "group vm1 is Offline on server2" },
	{ "east: " SERVERS " | vm1=Offline sd1:vm1=Offline@server2 exec1:vm1=Offline",
	    EVIDENCE_NONE, EV_ALL_OFFLINE, "resource sd1 is Offline on server2" },
	{ "east: " SERVERS " | vm1=Offline+Pending sd1:vm1=Offline exec1:vm1=Offline",
	    EVIDENCE_NONE, EV_ALL_OFFLINE, "group vm1 is Offline Pending" },
	{ "east: " SERVERS " | vm1=Offline+Failure sd1:vm1=Offline exec1:vm1=Offline",
	    EVIDENCE_NONE, EV_ALL_OFFLINE, "group vm1 is Offline Failure" },
	{ "east: " SERVERS " | vm1=what sd1:vm1=Offline exec1:vm1=Offline",
	    EVIDENCE_NONE, EV_ALL_OFFLINE, "group vm1 is Unknown" },
};

START_TEST(test_lacking)
{
	stand(lacking[_i].round);
	check(lacking[_i].state, lacking[_i].text);
	ck_assert_uint_eq(e.parts, EV_ALL & ~EV_SETTLED & ~lacking[_i].missing);
	/* nothing of it counted: what follows stands on its own */
	see(GOOD, 1);
	check(EVIDENCE_PARTIAL,
	    e.seen_active ? "Offline for 0 s of 90 s" : "Offline for 0 s of 30 s");
}
END_TEST

START_TEST(test_disagree)
{
	struct observation *o = fx_round(settings, GOOD);

	see(GOOD, 0);
	fx_other_view(settings, o, 1,
	    "east: " SERVERS " | vm1=Online@server2 sd1:vm1=Online@server2 "
	    "exec1:vm1=Online@server2");
	judge(o, 30000);
	ck_assert_int_eq(e.state, EVIDENCE_NONE);
	ck_assert_ptr_nonnull(strstr(e.text, "group vm1 is Online on server2"));
	ck_assert_ptr_nonnull(strstr(e.text, "the servers of east disagree"));
	/* disagreement about something else is disagreement, too: (c) */
	teardown();
	setup();
	o = fx_round(settings, GOOD " vm2=Offline");
	fx_other_view(settings, o, 1, GOOD " vm2=Online@server2");
	judge(o, 0);
	check(EVIDENCE_PARTIAL, "the servers of east disagree");
}
END_TEST

/* A floating IP is a read path only. */
START_TEST(test_read_url)
{
	struct observation *o = fx_round(settings, GOOD);

	o->views[1].server = SIZE_MAX;
	judge(o, 0);
	check(EVIDENCE_PARTIAL, "server server2 was not asked in this round");
	o = fx_round(settings, GOOD);
	o->views[0].server = o->views[1].server = SIZE_MAX;
	judge(o, 30000);
	ck_assert_int_eq(e.state, EVIDENCE_NONE);
}
END_TEST

START_TEST(test_identity)
{
	see(GOOD, 0);
	site.identity_ok = false;
	see(GOOD, 30000);
	check(EVIDENCE_NONE, "the cluster has another identity than recorded");
	ck_assert((e.parts & EV_ALL_OFFLINE) == 0); /* nothing of it is believed */
	site.identity_ok = true;
	see(GOOD, 1000); /* and the run begins anew */
	check(EVIDENCE_PARTIAL, "Offline for 0 s of 30 s");
}
END_TEST

START_TEST(test_command)
{
	e.may_start = true;
	stand(GOOD);
	check(EVIDENCE_PARTIAL, "a start command of ours may still take effect");
	evidence_void(&e, "void");
	ck_assert(e.may_start); /* neither a gap nor anything else unsays it */
	e.may_start = false;
	stand(GOOD);
	check(EVIDENCE_PROVED, "Offline on every server for 30 s");
}
END_TEST

START_TEST(test_disks)
{
	site.ndisks = 0;
	stand(GOOD);
	check(EVIDENCE_NONE, "no disk is recorded for it");
	site.kind = VM_STATELESS;
	site.nresources = 0;
	stand(GOOD);
	ck_assert_int_eq(e.state, EVIDENCE_PROVED);
}
END_TEST

/* What was seen active stands the grace time, unless something explains its stop. */
START_TEST(test_grace)
{
	see("east: " SERVERS " | vm1=Online@server1 sd1:vm1=Online@server1 "
	    "exec1:vm1=Online@server1",
	    0);
	see(GOOD, 10000);
	check(EVIDENCE_PARTIAL, "Offline for 0 s of 90 s");
	see(GOOD, 89999);
	check(EVIDENCE_PARTIAL, "Offline for 89 s of 90 s");
	site.explained = true;
	see(GOOD, 0);
	check(EVIDENCE_PROVED, "Offline on every server for 89 s");
	site.explained = false;
	see(GOOD, 1);
	check(EVIDENCE_PROVED, "Offline on every server for 90 s");
	/* silence between does not make it forget */
	evidence_judge(&e, &site, NULL, &settings->evidence);
	see(GOOD, 1000);
	check(EVIDENCE_PARTIAL, "Offline for 0 s of 90 s");
}
END_TEST

#define RUNS                                                                       \
	"east: " SERVERS " | vm1=Online@server1 sd1:vm1=Online@server1 exec1:vm1=" \
	"Online@server1"

/* A stop of ours explains Offline; one that was answered settles in an interval. */
START_TEST(test_own_stop)
{
	site.own_settle = 1000;
	see(RUNS, 0);
	site.our_stop = true;
	see(GOOD, 10000);
	check(EVIDENCE_PARTIAL, "Offline for 0 s of 30 s");
	site.stop_accepted = true;
	see(GOOD, 0); /* not two rounds yet */
	check(EVIDENCE_PARTIAL, "Offline for 0 s of 1 s");
	see(GOOD, 999);
	check(EVIDENCE_PARTIAL, "Offline for 0 s of 1 s");
	see(GOOD, 1);
	check(EVIDENCE_PROVED, "Offline on every server for 1 s");
	see(RUNS, 1000); /* what follows is no effect of that stop */
	site.our_stop = false;
	see(GOOD, 1000);
	check(EVIDENCE_PARTIAL, "Offline for 0 s of 90 s");
	see(GOOD, 2000);
	check(EVIDENCE_PARTIAL, "Offline for 2 s of 90 s");
	/* and no interval is longer than settling */
	site.our_stop = true;
	site.own_settle = 60000;
	see(GOOD, 28000);
	check(EVIDENCE_PROVED, "Offline on every server for 30 s");
}
END_TEST

/* What a start of ours may still do is shown at once; that it is over, by a round. */
START_TEST(test_command_at_once)
{
	stand(GOOD);
	evidence_command(&e, true);
	ck_assert_int_eq(e.state, EVIDENCE_PARTIAL);
	ck_assert_str_eq(e.text, "a start command of ours may still take effect");
	ck_assert((e.parts & EV_NO_COMMAND) == 0);
	evidence_command(&e, false);
	ck_assert_int_eq(e.state, EVIDENCE_PARTIAL);
	see(GOOD, 1000);
	check(EVIDENCE_PROVED, "Offline on every server for 31 s");
}
END_TEST

/* Rounds, calm ones too, in which nothing but Offline was said by the sane. */
START_TEST(test_offline_since)
{
	struct observation *o;
	msec_t first;

	see(RUNS, 0);
	ck_assert(e.active);
	ck_assert_int_eq(e.offline_since, 0);
	lean("east(server1): " SERVERS " | " OFFLINE);
	ck_assert(!e.active);
	first = now;
	ck_assert_int_eq(e.offline_since, first);
	see(GOOD, 1000);
	see("east(server1,server2!): " SERVERS " | " OFFLINE, 1000);
	see("east(): ", 1000);
	lean("east(server2): " SERVERS " | " OFFLINE);
	ck_assert_int_eq(e.offline_since, first);
	stand(GOOD);
	site.keep = 45000;
	lean("east(server2): " SERVERS " | " OFFLINE); /* leans on that one */
	ck_assert_int_eq(e.offline_since, first);
	lean("east(server2): server1=Online server2=Offline | " OFFLINE);
	ck_assert_int_eq(e.offline_since, 0); /* said by one whose daemon is dead */
	see(GOOD, 1000);
	ck_assert_int_eq(e.offline_since, now);
	see("east: " SERVERS " | vm1=Offline sd1:vm1=Offline", 1000); /* one missing */
	ck_assert(!e.active);
	ck_assert_int_eq(e.offline_since, 0);
	see(GOOD, 1000);
	see("east: " SERVERS " | vm1=Unknown sd1:vm1=Offline exec1:vm1=Offline", 1000);
	ck_assert(e.active);
	ck_assert_int_eq(e.offline_since, 0);
	see(GOOD, 1000);
	site.identity_ok = false;
	see(RUNS, 1000); /* somebody else's */
	ck_assert(!e.active);
	ck_assert_int_eq(e.offline_since, 0);
	site.identity_ok = true;
	see(GOOD, 1000);
	evidence_judge(&e, &site, NULL, &settings->evidence);
	ck_assert_int_eq(e.offline_since, 0);
	o = fx_round(settings, GOOD); /* said at a floating IP, by nobody for itself */
	o->views[0].server = o->views[1].server = SIZE_MAX;
	judge(o, 1000);
	ck_assert_int_eq(e.offline_since, 0);
}
END_TEST

/* Monitors that we suspended say nothing of the cluster, and only as long as they are.
 */
START_TEST(test_own_suspends)
{
	char mon1[] = "mon1", s1[] = "server1", s2[] = "server2";
	struct own_suspend list[] = { { mon1, s1, 1, 0 }, { mon1, s2, 1, 0 } };
	const struct own_suspends own = { list, 2 };

	site.own = &own;
	stand(GOOD " !mon1=Suspend");
	check(EVIDENCE_PROVED, "Offline on every server for 30 s");
	see(GOOD " !mon1=Suspend !mon2=Suspend", 1000);
	check(EVIDENCE_PARTIAL, "cluster east is suspended (every monitor is)");
	see(GOOD " !mon1=Online !mon2=Suspend", 30000);
	ck_assert((e.parts & EV_SERVERS_SANE) != 0);
	site.own = &(const struct own_suspends) { list, 1 };
	see(GOOD " !mon1=Suspend", 1000);
	check(EVIDENCE_PARTIAL, "cluster east is suspended (every monitor is)");
}
END_TEST

static const char *const breaks[] = {
	"east: " SERVERS " | vm1=Online@server1 sd1:vm1=Offline exec1:vm1=Offline",
	"east: " SERVERS " | vm1=Offline sd1:vm1=Online@server1 exec1:vm1=Offline",
	"east: " SERVERS " | vm1=Offline@server1 sd1:vm1=Offline exec1:vm1=Offline",
	"east: " SERVERS " | vm1=Online+Pending sd1:vm1=Offline exec1:vm1=Offline",
	"east: " SERVERS " | vm1=Unknown sd1:vm1=Offline exec1:vm1=Offline",
	/* also when only one server was asked, or a sick one says it */
	"east(server2): " SERVERS " | vm1=Online@server1 sd1:vm1=Offline "
	"exec1:vm1=Offline",
	"east=Error(server2): " SERVERS " | vm1=Offline sd1:vm1=Online@server2 "
	"exec1:vm1=Offline",
};

START_TEST(test_broken)
{
	stand(GOOD);
	ck_assert_int_eq(e.state, EVIDENCE_PROVED);
	see(breaks[_i], 1000);
	ck_assert_int_eq(e.state, EVIDENCE_NONE);
	see(GOOD, 1000);
	check(EVIDENCE_PARTIAL, "Offline for 0 s of 90 s");
}
END_TEST

/* Rounds that tell less neither break a run nor count. */
START_TEST(test_not_broken)
{
	see(GOOD, 0);
	see("east(server1): " SERVERS " | " OFFLINE, 10000);
	check(EVIDENCE_PARTIAL, "server server2 was not asked in this round");
	see("east(server1,server2!): " SERVERS " | " OFFLINE, 10000);
	check(EVIDENCE_PARTIAL, "server server2 did not answer");
	see("east(): ", 5000);
	ck_assert_int_eq(e.state, EVIDENCE_NONE); /* a failed round proves nothing */
	see(GOOD, 5000);
	check(EVIDENCE_PROVED, "Offline on every server for 30 s");
}
END_TEST

START_TEST(test_void)
{
	stand(GOOD);
	evidence_judge(&e, &site, NULL, &settings->evidence);
	check(EVIDENCE_NONE, "nothing fresh is known of the cluster");
	ck_assert_int_eq(e.round_start, 0);
	ck_assert_uint_eq(e.parts, 0);
	see(GOOD, 1000);
	check(EVIDENCE_PARTIAL, "Offline for 0 s of 30 s");
}
END_TEST

START_TEST(test_trust_peers)
{
	struct observation *o;

	settings->clusters[0].trust_peers = true;
	stand("east(server1,server2!): server1=Online server2=Offline | " OFFLINE);
	check(EVIDENCE_PROVED,
	    "Offline on every server but silent ones (silent-server is trust-peers) "
	    "for 30 s");
	ck_assert(e.trusted);
	/* who was not asked was not silent */
	see("east(server1): server1=Online server2=Offline | " OFFLINE, 1000);
	check(EVIDENCE_PARTIAL, "server server2 was not asked in this round");
	/* who refuses the account is alive */
	o = fx_round(settings,
	    "east(server1,server2!): server1=Online server2=Offline | " OFFLINE);
	o->views[1].reach = REACH_DENIED;
	judge(o, 1000);
	check(EVIDENCE_PARTIAL, "server server2 did not answer");
	/* and nobody trusts peers of whom there is none */
	see("east(server1!,server2!): ", 1000);
	ck_assert_int_eq(e.state, EVIDENCE_NONE);
}
END_TEST

/* A calm round leans on the last full one, for so long, and on nothing that moves. */
START_TEST(test_calm)
{
	const char *calm = "east(server1): " SERVERS " | " OFFLINE;
	msec_t full;

	site.keep = 45000;
	stand(GOOD);
	full = now;
	now += 10000;
	lean(calm);
	check(EVIDENCE_PROVED, "Offline on every server for 30 s");
	ck_assert_int_eq(e.round_start, full); /* the proof is as old as it is */
	now = full + 44001;
	lean(calm);
	check(EVIDENCE_PARTIAL, "server server2 was not asked in this round");
	stand(GOOD);
	lean("east(server1): " SERVERS " | vm1=Online@server1 sd1:vm1=Offline "
	     "exec1:vm1=Offline");
	ck_assert_int_eq(e.state, EVIDENCE_NONE);
	stand(GOOD);
	lean("east(server1!): ");
	ck_assert_int_eq(e.state, EVIDENCE_NONE);
	stand(GOOD);
	lean("east(server1): server1=Offline server2=Online | " OFFLINE);
	ck_assert_int_eq(e.state, EVIDENCE_PARTIAL);
	stand(GOOD);
	e.may_start = true;
	lean(calm);
	ck_assert_int_eq(e.state, EVIDENCE_PARTIAL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("evidence");
	TCase *t = tcase_create("evidence");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, test_all);
	tcase_add_test(t, test_two_rounds);
	tcase_add_loop_test(t, test_lacking, 0, sizeof(lacking) / sizeof(lacking[0]));
	tcase_add_test(t, test_disagree);
	tcase_add_test(t, test_read_url);
	tcase_add_test(t, test_identity);
	tcase_add_test(t, test_command);
	tcase_add_test(t, test_disks);
	tcase_add_test(t, test_grace);
	tcase_add_test(t, test_own_stop);
	tcase_add_test(t, test_command_at_once);
	tcase_add_test(t, test_offline_since);
	tcase_add_test(t, test_own_suspends);
	tcase_add_loop_test(t, test_broken, 0, sizeof(breaks) / sizeof(breaks[0]));
	tcase_add_test(t, test_not_broken);
	tcase_add_test(t, test_void);
	tcase_add_test(t, test_trust_peers);
	tcase_add_test(t, test_calm);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
