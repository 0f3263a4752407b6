/*
 * SPDX-License-Identifier: Apache-2.0
 * The model: which cluster owns a disk, and what it takes to change that.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/model_fixture.h"

#define CLUSTERS  "cluster east server1 server2\ncluster west server3 server4\n"
#define SET       CLUSTERS "vm vm1 shared east west\ndisk d1 east=sd1 west=sd1\n"

#define UP1       "server1=Online server2=Online"
#define UP3       "server3=Online server4=Online"
#define EAST      "east: " UP1 " | vm1=Online@server1 sd1:vm1=Online@server1"
#define EAST_IDLE "east: " UP1 " | vm1=Offline sd1:vm1=Offline"
#define WEST      "west: " UP3 " | vm1=Online@server3 sd1:vm1=Online@server3"
#define WEST_IDLE "west: " UP3 " | vm1=Offline sd1:vm1=Offline"

static struct fx *fx;

static void
teardown(void)
{
	if (fx != NULL)
		fx_free(fx);
	fx = NULL;
}

static const char *
owner(void)
{
	return fx_disk(fx, "d1")->owner_cluster_name;
}

/* --- adoption ----------------------------------------------------------------------
 */

/* Each of these pairs of rounds is not good enough. */
static const struct {
	const char *east, *west;
} weak[] = {
	{ EAST, "west(server3): " UP3 " | vm1=Offline sd1:vm1=Offline" },
	{ EAST, "west(server3!,server4): " UP3 " | vm1=Offline sd1:vm1=Offline" },
	{ EAST, "west=Error: " UP3 " | vm1=Offline sd1:vm1=Offline" },
	{ EAST, "west: server3=Online server4=Offline | vm1=Offline sd1:vm1=Offline" },
	{ EAST, "west: " UP3 " | vm1=Offline" },
	{ EAST, "west: " UP3 " | sd1:vm1=Offline" },
	{ EAST, "west: " UP3 " | vm1=Offline sd1:vm1=Unknown" },
	{ EAST, "west():" },
	{ EAST, WEST },
	{ EAST_IDLE, WEST_IDLE },
	{ "east(server1): " UP1 " | vm1=Online@server1 sd1:vm1=Online@server1",
	    WEST_IDLE },
	{ "east(server1,server2!): " UP1 " | vm1=Online@server1 sd1:vm1=Online@server1",
	    WEST_IDLE },
	{ "east=Error: " UP1 " | vm1=Online@server1 sd1:vm1=Online@server1",
	    WEST_IDLE },
	{ "east: " UP1 " | vm1=Online+Pending@server1 sd1:vm1=Online@server1",
	    WEST_IDLE },
	{ "east: " UP1 " | vm1=Online@server1 sd1:vm1=Online+Pending@server1",
	    WEST_IDLE },
	{ "east: " UP1 " | vm1=Online@server1", WEST_IDLE },
};

START_TEST(test_not_adopted)
{
	fx = fx_new(SET);
	fx_see(fx, weak[_i].east);
	fx_see(fx, weak[_i].west);
	ck_assert_str_eq(owner(), "");
	ck_assert_int_eq(fx_disk(fx, "d1")->epoch, 0);
	fx_see(fx, EAST);
	fx_see(fx, WEST_IDLE);
	fx_see(fx, EAST);
	ck_assert_str_eq(owner(), "east");
	ck_assert_int_eq(fx_disk(fx, "d1")->epoch, 1);
}
END_TEST

START_TEST(test_adopted)
{
	time_t adopted;
	char *log;

	fx = fx_new(SET);
	fx_see(fx, EAST);
	ck_assert_int_eq(fx_disk(fx, "d1")->oper, DISK_UNKNOWN);
	ck_assert_int_eq(
	    fx_disk(fx, "d1")->since_wall, 0); /* there never was an owner */
	fx_see(fx, WEST_IDLE);
	log = fx_log(fx);
	ck_assert_ptr_nonnull(strstr(log, "disk d1: owner east, epoch 1 (adopted)"));
	free(log);
	ck_assert_int_eq(fx_disk(fx, "d1")->oper, DISK_OWNED);
	ck_assert_str_eq(fx_disk(fx, "d1")->owner_node_name, "server1");
	ck_assert_int_eq(fx_disk(fx, "d1")->since_wall, fx->now.wall);
	adopted = fx->now.wall;
	/* it is stopped: still owned, as it was */
	fx_later(fx, 10000);
	fx_see(fx, EAST_IDLE);
	ck_assert_int_eq(fx_disk(fx, "d1")->since_wall, adopted);
	ck_assert_int_eq(fx_disk(fx, "d1")->oper, DISK_OWNED);
	ck_assert_str_eq(owner(), "east");
	ck_assert_str_eq(fx_disk(fx, "d1")->owner_node_name, "");
}
END_TEST

START_TEST(test_released)
{
	fx = fx_new(SET);
	fx_see(fx, EAST_IDLE);
	ck_assert_int_eq(fx_disk(fx, "d1")->oper, DISK_UNKNOWN);
	fx_see(fx, WEST_IDLE);
	ck_assert_int_eq(fx_disk(fx, "d1")->oper, DISK_RELEASED);
}
END_TEST

static void
hand_to_east(void)
{
	for (int i = 0; i < 12; i++) {
		fx_later(fx, 10000);
		fx_see(fx, WEST_IDLE);
		fx_see(fx, EAST);
	}
	ck_assert_str_eq(owner(), "east");
}

/* --- a move by hand
 * -------------------------------------------------------------------- */

START_TEST(test_hand_move)
{
	time_t moved;
	char *log;
	int i;

	fx = fx_new(SET);
	fx_see(fx, EAST);
	fx_see(fx, WEST_IDLE);
	fx_later(fx, 10000);
	fx_see(fx, EAST_IDLE);
	fx_later(fx, 10000);
	fx_see(fx, WEST);
	fx_forget(fx);
	/* not proved yet: seen active a moment ago, and nothing explains the stop */
	for (i = 0; i < 7; i++) {
		fx_later(fx, 10000);
		fx_see(fx, EAST_IDLE);
		fx_see(fx, WEST);
		ck_assert_str_eq(owner(), "east");
		ck_assert_int_eq(fx_disk(fx, "d1")->oper, DISK_IN_DOUBT);
		ck_assert_ptr_nonnull(fx_alarm(fx, ALARM_DISK_IN_DOUBT, "d1"));
		ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_RUNNING);
	}
	ck_assert(model_wants_fast(fx->model, 0));
	fx_later(fx, 10000);
	fx_see(fx, EAST_IDLE);
	log = fx_log(fx);
	ck_assert_str_eq(owner(), "west");
	ck_assert_int_eq(fx_disk(fx, "d1")->epoch, 2);
	ck_assert_int_eq(fx_disk(fx, "d1")->oper, DISK_OWNED);
	ck_assert_ptr_null(fx_alarm(fx, ALARM_DISK_IN_DOUBT, "d1"));
	ck_assert_ptr_nonnull(strstr(
	    log, "7/1 disk d1: owner east -> west, epoch 2 (moved by hand) [east/]"));
	ck_assert_uint_eq(fx_count(log, EVENT_DISK_OWNER), 1);
	ck_assert_uint_eq(fx_count(log, EVENT_DISK_CONFLICT), 0);
	free(log);
	moved = fx->now.wall;
	ck_assert_int_eq(fx_disk(fx, "d1")->since_wall, moved);
	/* and it is there after a restart, since then */
	fx_later(fx, 60000);
	fx_restart(fx, SET);
	ck_assert_str_eq(owner(), "west");
	ck_assert_int_eq(fx_disk(fx, "d1")->epoch, 2);
	fx_see(fx, EAST_IDLE);
	fx_see(fx, WEST);
	ck_assert_int_eq(fx_disk(fx, "d1")->oper, DISK_OWNED);
	ck_assert_int_eq(fx_disk(fx, "d1")->since_wall, moved);
}
END_TEST

/* ... but an operator's word for that very epoch does: the only way out when a start of
 * ours was never answered there and the VM was started elsewhere by hand. */
START_TEST(test_owner_confirmed)
{
	const struct site_orders old = { .may_start = true, .confirmed = 1 },
	                         word = { .may_start = true, .confirmed = 2 };

	fx = fx_new(SET);
	fx_see(fx, WEST);
	fx_see(fx, EAST_IDLE);
	hand_to_east();
	ck_assert_int_eq(fx_disk(fx, "d1")->epoch, 2);
	model_vm_orders(fx->model, 1, 0, &old, &fx->now);
	fx_later(fx, 10000);
	fx_see(fx, "east():");
	fx_see(fx, WEST);
	fx_see(fx, WEST);
	ck_assert_str_eq(owner(), "east");
	model_vm_orders(fx->model, 1, 0, &word, &fx->now);
	fx_see(fx, EAST); /* it is seen to run: no word is worth anything */
	fx_see(fx, WEST);
	ck_assert_str_eq(owner(), "east");
	fx_see(fx, EAST_IDLE);
	fx_see(fx, WEST);
	ck_assert_str_eq(owner(), "west");
	ck_assert_int_eq(fx_disk(fx, "d1")->epoch, 3);
	ck_assert_int_eq(fx_disk(fx, "d1")->oper, DISK_OWNED);
}
END_TEST

/* The owner keeps silent: nothing proves that it does not write. */
START_TEST(test_owner_silent)
{
	int i;

	fx = fx_new(SET);
	fx_see(fx, EAST);
	fx_see(fx, WEST_IDLE);
	for (i = 0; i < 30; i++) {
		fx_later(fx, 10000);
		fx_see(fx, "east():");
		fx_see(fx, WEST);
	}
	ck_assert_str_eq(owner(), "east");
	ck_assert_int_eq(fx_disk(fx, "d1")->oper, DISK_IN_DOUBT);
	ck_assert_str_eq(fx_alarm(fx, ALARM_DISK_IN_DOUBT, "d1")->text,
	    "disk d1 (vm vm1) is active in west although east owns it and is not "
	    "proved "
	    "to be stopped");
	/* one of its servers is back: not enough either */
	for (i = 0; i < 30; i++) {
		fx_later(fx, 10000);
		fx_see(fx,
		    "east(server1!,server2): server1=Offline server2=Online | "
		    "vm1=Offline sd1:vm1=Offline");
		fx_see(fx, WEST);
	}
	ck_assert_str_eq(owner(), "east");
}
END_TEST

/* The group is Offline, but its disk was left online there. */
START_TEST(test_disk_left_online)
{
	int i;

	fx = fx_new(SET);
	fx_see(fx, EAST);
	fx_see(fx, WEST_IDLE);
	for (i = 0; i < 20; i++) {
		fx_later(fx, 10000);
		fx_see(fx, "east: " UP1 " | vm1=Offline sd1:vm1=Online@server1");
		fx_see(fx, WEST);
	}
	ck_assert_str_eq(owner(), "east");
	ck_assert_int_eq(fx_disk(fx, "d1")->oper, DISK_CONFLICT);
	ck_assert_ptr_nonnull(fx_alarm(fx, ALARM_DISK_CONFLICT, "d1"));
}
END_TEST

/* The group tells nothing, but the disk does. */
START_TEST(test_group_unknown)
{
	fx = fx_new(SET);
	fx_see(fx, EAST);
	fx_see(fx, WEST_IDLE);
	fx_see(fx, "west: " UP3 " | vm1=Unknown sd1:vm1=Online@server3");
	ck_assert_int_eq(fx_site(fx, "vm1", "west")->oper, SITE_UNKNOWN);
	ck_assert_int_eq(fx_disk_site(fx, "d1", "west")->oper, SITE_ONLINE);
	fx_see(fx, EAST);
	fx_see(fx, "west: " UP3 " | vm1=Unknown sd1:vm1=Online@server3");
	ck_assert_int_eq(fx_disk(fx, "d1")->oper, DISK_CONFLICT);
}
END_TEST

/* Settings were changed while the daemon was down: the owner is no site any more. */
START_TEST(test_owner_no_site)
{
	int i;

	fx = fx_new(SET);
	fx_see(fx, EAST);
	fx_see(fx, WEST_IDLE);
	ck_assert_str_eq(owner(), "east");
	fx_restart(fx, CLUSTERS "vm vm1 shared west\ndisk d1 west=sd1\n");
	for (i = 0; i < 20; i++) {
		fx_later(fx, 10000);
		fx_see(fx, WEST);
	}
	ck_assert_str_eq(owner(), "east");
	ck_assert_int_eq(fx_disk(fx, "d1")->oper, DISK_IN_DOUBT);
}
END_TEST

/* Ignored clusters tell nothing, prove nothing, and their rounds do not count. */
START_TEST(test_ignored)
{
	int i;

	fx = fx_new(SET);
	fx_see(fx, EAST);
	fx_see(fx, WEST_IDLE);
	fx_want(fx, INTENT_CLUSTER_ADMIN, fx_cluster(fx, "east")->head.key[0], 0,
	    CLUSTER_IGNORED);
	ck_assert(model_ignored(fx->model, 0));
	for (i = 0; i < 20; i++) {
		fx_later(fx, 10000);
		fx_see(fx, EAST_IDLE);
		fx_see(fx, WEST);
	}
	ck_assert_int_eq(fx_cluster(fx, "east")->oper, CLUSTER_UNKNOWN);
	ck_assert_str_eq(fx_cluster(fx, "east")->status_text, "ignored: not polled");
	ck_assert_int_eq(fx_site(fx, "vm1", "east")->evidence, EVIDENCE_NONE);
	ck_assert_str_eq(owner(), "east");
	ck_assert_int_eq(fx_set(fx)->health, HEALTH_WARNING); /* only the disk */
	fx_want(fx, INTENT_CLUSTER_ADMIN, fx_cluster(fx, "east")->head.key[0], 0,
	    CLUSTER_ACTIVE);
	ck_assert_str_eq(fx_cluster(fx, "east")->status_text, "not asked yet");
	fx_see(fx, EAST_IDLE);
	ck_assert_int_eq(fx_cluster(fx, "east")->oper, CLUSTER_NORMAL);
}
END_TEST

/* What the site had while it ran belongs to the proof: also after a restart. */
START_TEST(test_recorded)
{
	int i;

	fx = fx_new(SET);
	fx_see(fx,
	    "east: " UP1 " | vm1=Online@server1 sd1:vm1=Online@server1 "
	    "exec1:vm1=Online@server1");
	fx_see(fx, WEST_IDLE);
	fx_restart(fx, SET);
	for (i = 0; i < 12; i++) {
		fx_later(fx, 10000);
		fx_see(fx, EAST_IDLE);
	}
	ck_assert_int_eq(fx_site(fx, "vm1", "east")->evidence, EVIDENCE_NONE);
	ck_assert_str_eq(
	    fx_site(fx, "vm1", "east")->evidence_text, "resource exec1 is missing");
	for (i = 0; i < 12; i++) {
		fx_later(fx, 10000);
		fx_see(fx, EAST_IDLE " exec1:vm1=Offline");
	}
	ck_assert_int_eq(fx_site(fx, "vm1", "east")->evidence, EVIDENCE_PROVED);
	ck_assert_int_eq(fx_site(fx, "vm1", "west")->evidence, EVIDENCE_NONE);
}
END_TEST

/* Where it ran before a restart it may just have been in transit. */
START_TEST(test_restart_grace)
{
	int i;

	fx = fx_new(SET);
	fx_see(fx, EAST);
	fx_see(fx, WEST_IDLE);
	fx_restart(fx, SET);
	for (i = 0; i < 5; i++) {
		fx_see(fx, EAST_IDLE);
		fx_see(fx, WEST_IDLE);
		fx_later(fx, 10000);
	}
	ck_assert_str_eq(
	    fx_site(fx, "vm1", "east")->evidence_text, "Offline for 40 s of 90 s");
	ck_assert_int_eq(fx_site(fx, "vm1", "west")->evidence, EVIDENCE_PROVED);
}
END_TEST

/* A failed round is no evidence, whatever the one before said. */
START_TEST(test_evidence_falls)
{
	int i;

	fx = fx_new(SET);
	fx_see(fx, EAST);
	for (i = 0; i < 5; i++) {
		fx_see(fx, WEST_IDLE);
		fx_later(fx, 10000);
	}
	ck_assert_int_eq(fx_site(fx, "vm1", "west")->evidence, EVIDENCE_PROVED);
	/* calm rounds lean on the last full one */
	fx_see(fx, "west(server3): " UP3 " | vm1=Offline sd1:vm1=Offline");
	ck_assert_int_eq(fx_site(fx, "vm1", "west")->evidence, EVIDENCE_PROVED);
	fx_see(fx, "west():");
	ck_assert_int_eq(fx_site(fx, "vm1", "west")->evidence, EVIDENCE_NONE);
	fx_see(fx, "west(server3): " UP3 " | vm1=Offline sd1:vm1=Offline");
	ck_assert_int_eq(fx_site(fx, "vm1", "west")->evidence, EVIDENCE_PARTIAL);
	fx_see(fx, WEST_IDLE);
	ck_assert_int_eq(fx_site(fx, "vm1", "west")->evidence, EVIDENCE_PROVED);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("owner");
	TCase *t = tcase_create("owner");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, NULL, teardown);

	tcase_add_loop_test(t, test_not_adopted, 0, sizeof(weak) / sizeof(weak[0]));
	tcase_add_test(t, test_adopted);
	tcase_add_test(t, test_released);
	tcase_add_test(t, test_hand_move);
	tcase_add_test(t, test_owner_confirmed);
	tcase_add_test(t, test_owner_silent);
	tcase_add_test(t, test_disk_left_online);
	tcase_add_test(t, test_group_unknown);
	tcase_add_test(t, test_owner_no_site);
	tcase_add_test(t, test_ignored);
	tcase_add_test(t, test_recorded);
	tcase_add_test(t, test_restart_grace);
	tcase_add_test(t, test_evidence_falls);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
