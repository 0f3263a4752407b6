/*
 * SPDX-License-Identifier: Apache-2.0
 * What an operator's word does for a VM that stands still: csVmRelease of a site that
 * is gone, against moves, orders and the store; csVmSiteConfirm of one that lacks
 * something.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/moves_fixture.h"

#define CLUSTERS_  "cluster east server1 server2\ncluster west server3 server4\n"
#define WITHOUT(c) CLUSTERS_ "vm vm1 shared " c "\ndisk d1 " c "=sd1\n"
#define HORIZON    60

static struct mx *x;
static bool force;

static void
limits(struct settings *s)
{
	s->moves.force = force;
	s->evidence.command_horizon = HORIZON * 1000;
	s->moves.release_timeout = 3600000;
}

static void
setup(void)
{
	force = true;
	x = mx_new(1, NULL, limits);
}

static void
teardown(void)
{
	mx_free(x);
}

static void
restart_with(const char *settings, const char *restored)
{
	free(x->settings);
	x->settings = xstrdup(settings);
	mx_restart(x, restored);
	mx_run(x, 3);
}

static struct move_order_request
word(uint32_t cluster)
{
	return (struct move_order_request) {
		.kind = MOVE_ORDER_RELEASE, .vm = 1, .value = cluster
	};
}

static void
expect(uint32_t cluster, enum move_verdict verdict, const char *words)
{
	const struct move_order_request o = word(cluster);
	char *cause = NULL;

	ck_assert_msg(
	    moves_order_test(x->mv, &o, &x->fx->now, &cause) == verdict, "%s", cause);
	ck_assert_pstr_eq(cause, words);
	free(cause);
}

static unsigned
release(uint32_t cluster)
{
	const struct move_order_request o = word(cluster);
	unsigned n;
	char *log;

	fx_forget(x->fx);
	moves_order(x->mv, &o, &x->fx->now);
	mx_run(x, 1);
	log = fx_log(x->fx);
	n = fx_count(log, EVENT_SITE_RELEASED);
	free(log);
	return n;
}

static const struct move_request up = {
	.vm = 1, .mode = MOVE_PLANNED, .verb = VERB_UP
};

/* East, where it ran, is gone; from then on it can be had in west. */
START_TEST(test_moves_again)
{
	const struct move_request there = mx_to(1, 2);
	char *cause = NULL;

	x->at[EAST][0] = SITE_OFFLINE;
	restart_with(WITHOUT("west"), NULL);
	mx_run(x, 60);
	ck_assert_int_eq(mx_test(x, &there, &cause), MOVE_NOT_NOW);
	free(cause);
	expect(2, MOVE_NOT_NOW,
	    "vm vm1: cluster west is one of its sites: take it away by a reload, which "
	    "is possible when it is proved stopped there");
	expect(7, MOVE_WRONG_VALUE,
	    "vm vm1: csVmRelease is 1 (cluster east), not 7: read it again");
	expect(1, MOVE_FINE, NULL);
	ck_assert_uint_eq(release(7), 0);
	ck_assert_uint_eq(release(1), 1);
	expect(1, MOVE_FINE, NULL); /* the same SET once more */
	ck_assert_uint_eq(release(1), 0);
	mx_ask(x, &up);
	mx_until(x, 1, MOVE_SUCCEEDED, 60);
	ck_assert_int_eq(x->at[WEST][0], SITE_ONLINE);
	ck_assert_str_eq(fx_disk(x->fx, "d1")->owner_cluster_name, "west");
}
END_TEST

START_TEST(test_gates)
{
	x->at[EAST][0] = SITE_OFFLINE;
	force = false;
	restart_with(WITHOUT("west"), NULL);
	expect(1, MOVE_NOT_NOW,
	    "vm vm1: csVmRelease is switched off: moves.force in the configuration");
	force = true;
	restart_with(WITHOUT("west"), "why not");
	ck_assert_uint_eq(release(1), 0);
	ck_assert_str_eq(fx_disk(x->fx, "d1")->owner_cluster_name, "east");
	restart_with(WITHOUT("west"), NULL);
	moves_store_failed(x->mv, true, &x->fx->now);
	expect(1, MOVE_NO_RESOURCE,
	    "vm vm1: the state file cannot be written (see alarm storeFailed)");
	moves_store_failed(x->mv, false, &x->fx->now);
	x->at[EAST][0] = SITE_ONLINE;
	mx_run(x, 1);
	expect(1, MOVE_NOT_NOW,
	    "vm vm1: in cluster east group vm1 is not Offline, by a round just now: "
	    "that cannot be released; stop it there first");
	x->silent[EAST] = true; /* nobody looks */
	mx_run(x, 60);
	expect(1, MOVE_FINE, NULL);
}
END_TEST

/* A start of ours in west may still take effect when west goes; or it never left (1).
 */
START_TEST(test_owed)
{
	const struct move_request rq = mx_to(1, 2);
	char *log;

	x->obeys = false;
	mx_ask(x, &rq);
	mx_until_step(x, 1, STEP_STOP, 20);
	mx_run(x, 1);
	mx_answer(x, mx_last(x), ANSWER_ACCEPTED, "");
	mx_until_step(x, 1, STEP_START, 60);
	mx_run(x, 1);
	ck_assert_int_eq(mx_last(x)->kind, POST_GROUP_START);
	restart_with(WITHOUT("east"), NULL);
	expect(2, MOVE_NOT_NOW,
	    "vm vm1: move set/1 is open (in doubt): it has to end first, see its "
	    "csMoveControl");
	ck_assert_uint_eq(release(2), 0);
	mx_order(x, MOVE_ORDER_CANCEL, 1);
	ck_assert_int_eq(mx_row(x, "set", 1)->state, MOVE_FAILED);
	restart_with(WITHOUT("east"), NULL);
	expect(2, MOVE_NOT_NOW,
	    "vm vm1: a command of ours in cluster west may still take effect for 57 s: "
	    "release it then");
	fx_forget(x->fx);
	ck_assert_uint_eq(release(2), 0);
	mx_run(x, HORIZON);
	log = fx_log(x->fx);
	free(log);
	expect(2, MOVE_FINE, NULL);
	ck_assert_ptr_nonnull(mx_kept(x, "case", "vm1"));
	ck_assert_uint_eq(release(2), 1);
	ck_assert_str_eq(fx_disk(x->fx, "d1")->owner_cluster_name, "");
	if (_i == 1)
		restart_with(WITHOUT("east"), NULL);
	x->obeys = true;
	mx_ask(x, &up);
	mx_until(x, 2, MOVE_SUCCEEDED, 60);
	ck_assert_int_eq(x->at[EAST][0], SITE_ONLINE);
	ck_assert_str_eq(fx_disk(x->fx, "d1")->owner_cluster_name, "east");
}
END_TEST

/*
 * A resource was deleted from a group that does not run: only a group that runs tells
 * that it is no part of it any more. A person's word goes on for that one start.
 */
START_TEST(test_deleted_resource)
{
	const struct move_request down = {
		.vm = 1, .mode = MOVE_PLANNED, .verb = VERB_DOWN
	};
	struct move_order_request o = {
		.kind = MOVE_ORDER_CONFIRM, .vm = 1, .cluster = 2, .value = 1
	};
	char *cause = NULL;

	x->also[WEST] = " ip1:vm1=Offline";
	mx_run(x, 60);
	ck_assert_int_eq(fx_site(x->fx, "vm1", "west")->evidence, EVIDENCE_PROVED);
	x->also[WEST] = NULL;
	mx_ask(x, &down);
	mx_until(x, 1, MOVE_SUCCEEDED, 60);
	mx_run(x, 60);
	ck_assert_int_ne(fx_site(x->fx, "vm1", "west")->evidence, EVIDENCE_PROVED);
	ck_assert_str_eq(
	    fx_site(x->fx, "vm1", "west")->evidence_text, "resource ip1 is missing");
	mx_ask(x, &up);
	mx_run(x, 60);
	ck_assert_int_eq(mx_row(x, "set", 2)->step, STEP_RELEASE);
	ck_assert_int_eq(x->at[EAST][0], SITE_OFFLINE);
	ck_assert_msg(
	    moves_order_test(x->mv, &o, &x->fx->now, &cause) == MOVE_FINE, "%s", cause);
	moves_order(x->mv, &o, &x->fx->now);
	mx_until(x, 2, MOVE_SUCCEEDED, 60);
	ck_assert_int_eq(x->at[EAST][0], SITE_ONLINE);
}
END_TEST

/* ... or the VM is moved there once: a group that runs tells what it consists of. */
START_TEST(test_deleted_resource_moved)
{
	const struct move_request there = mx_to(1, 2), back = mx_to(1, 1);

	x->also[WEST] = " ip1:vm1=Offline";
	mx_run(x, 3);
	x->also[WEST] = NULL;
	mx_ask(x, &there);
	mx_until(x, 1, MOVE_SUCCEEDED, 60);
	mx_run(x, 5);
	mx_ask(x, &back);
	mx_until(x, 2, MOVE_SUCCEEDED, 100);
	ck_assert_int_eq(x->at[EAST][0], SITE_ONLINE);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("moves_release");
	TCase *t = tcase_create("release");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, test_moves_again);
	tcase_add_test(t, test_gates);
	tcase_add_loop_test(t, test_owed, 0, 2);
	tcase_add_test(t, test_deleted_resource);
	tcase_add_test(t, test_deleted_resource_moved);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
