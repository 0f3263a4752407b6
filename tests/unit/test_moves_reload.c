/*
 * SPDX-License-Identifier: Apache-2.0
 * The manager of moves: settings that change under open moves, orphans.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/moves_fixture.h"

static struct mx *x;

static void
limits(struct settings *s)
{
	s->moves.force = true;
	s->moves.limit_node = 2;
	s->evidence.command_horizon = 60000;
}

static void
setup(void)
{
	x = mx_new(3, NULL, limits);
}

static void
teardown(void)
{
	mx_free(x);
}

static void
ask(uint32_t vm, uint32_t cluster)
{
	const struct move_request rq = mx_to(vm, cluster);

	mx_ask(x, &rq);
}

static const struct move_row *
row(uint32_t index)
{
	const struct move_row *r = mx_row(x, "set", index);

	ck_assert_ptr_nonnull(r);
	return r;
}

/* --- settings ------------------------------------------------------------------------
 */

#define CLUSTERS_ "cluster east server1 server2\ncluster west server3 server4\n"
#define VM(n)     "vm vm" n " shared east west\ndisk d" n " east=sd" n " west=sd" n "\n"

static const struct {
	const char *settings, *cause;
} reloads[] = {
	{ CLUSTERS_ VM("1") VM("2"), NULL },
	{ CLUSTERS_ "vm vm1 shared west east\ndisk d1 east=sd1 west=sd1\n", NULL },
	{ CLUSTERS_ "pattern vm* shared east west\n", NULL },
	{ CLUSTERS_ VM("2"),
	    "vm vm1: move set/1 is under way (running), and its site in cluster east "
	    "(group vm1) would go: wait for the move, or cancel it, then reload" },
	{ CLUSTERS_ "vm vm1 shared east\ndisk d1 east=sd1\n",
	    "vm vm1: move set/1 is under way (running), and its site in cluster west "
	    "(group vm1) would go: wait for the move, or cancel it, then reload" },
	{ CLUSTERS_ "vm vm1 shared east west:other\ndisk d1 east=sd1 west=sd1\n",
	    "vm vm1: move set/1 is under way (running), and its site in cluster west "
	    "(group vm1) would go: wait for the move, or cancel it, then reload" },
	{ CLUSTERS_ "pattern vm* shared east\n",
	    "vm vm1: move set/1 is under way (running), and its site in cluster west "
	    "(group vm1) would go: wait for the move, or cancel it, then reload" },
	{ "cluster east server1 server2\nvm vm1 shared east\ndisk d1 east=sd1\n",
	    "vm vm1: move set/1 is under way (running), and its site in cluster west "
	    "(group vm1) would go: wait for the move, or cancel it, then reload" },
};

START_TEST(test_reload)
{
	struct settings *s = fx_settings(reloads[_i].settings);
	char *cause = NULL;

	ck_assert_int_eq(moves_check_settings(x->mv, s, &cause), 0); /* no move yet */
	x->obeys = false;
	ask(1, 2);
	mx_run(x, 1);
	ck_assert_int_eq(
	    moves_check_settings(x->mv, s, &cause), reloads[_i].cause == NULL ? 0 : -1);
	ck_assert_pstr_eq(cause, reloads[_i].cause);
	settings_free(s);
	free(cause);
}
END_TEST

/* Clusters and sites in another order: the move goes on where it was. */
START_TEST(test_reorder)
{
	char *cause = NULL;

	x->obeys = false;
	ask(1, 2);
	mx_run(x, 1);
	ck_assert_msg(
	    fx_reload(x->fx,
	        "cluster west server3 server4\ncluster east server1 server2\n"
	        "vm vm1 shared west east\ndisk d1 east=sd1 west=sd1\n" VM("2") VM("3"),
	        &cause) == 0,
	    "%s", cause);
	x->fx->settings->moves.verify_time = 1000;
	moves_configured(x->mv, x->fx->settings, &x->fx->now);
	ck_assert(moves_wants_fast(x->mv, 0));
	mx_answer(x, mx_last(x), ANSWER_ACCEPTED, "");
	x->at[EAST][0] = SITE_OFFLINE;
	x->swapped = true; /* slots of settings from now on */
	x->obeys = true;
	mx_until(x, 1, MOVE_SUCCEEDED, 60);
	ck_assert_int_eq(x->at[WEST][0], SITE_ONLINE);
	ck_assert_str_eq(fx_disk(x->fx, "d1")->owner_cluster_name, "west");
	free(cause);
}
END_TEST

/* The configuration was changed while nobody could refuse it. */
START_TEST(test_orphan)
{
	char *before = x->settings;

	x->obeys = false;
	ask(1, 2);
	mx_run(x, 1);
	x->settings = xstrdup(CLUSTERS_ VM("2") VM("3"));
	mx_restart(x, NULL);
	mx_run(x, 2);
	ck_assert_int_eq(row(1)->state, MOVE_IN_DOUBT);
	ck_assert_msg(strstr(row(1)->error, "not configured any more") != NULL, "%s",
	    row(1)->error);
	ck_assert_ptr_nonnull(fx_alarm(x->fx, ALARM_MOVE_IN_DOUBT, "set/1"));
	if (_i == 0) { /* it comes back */
		free(x->settings);
		x->settings = before;
		mx_restart(x, NULL);
		x->at[EAST][0] = SITE_OFFLINE;
		x->obeys = true;
		mx_until(x, 1, MOVE_SUCCEEDED, 100);
		ck_assert_ptr_null(fx_alarm(x->fx, ALARM_MOVE_IN_DOUBT, "set/1"));
		return;
	}
	free(before);
	mx_order(x, MOVE_ORDER_CANCEL, 1);
	ck_assert_int_eq(row(1)->state, MOVE_FAILED);
	ck_assert_ptr_null(fx_alarm(x->fx, ALARM_MOVE_IN_DOUBT, "set/1"));
}
END_TEST

/*
 * It is configured again by a reload: what was about to be sent when the process before
 * this one died may have been, now as well.
 */
START_TEST(test_orphan_reloaded)
{
	char *before = x->settings, *cause = NULL;
	size_t posts;

	x->obeys = false;
	ask(1, 2);
	mx_run(x, 1);
	x->settings = xstrdup(CLUSTERS_ VM("2") VM("3"));
	mx_restart(x, NULL);
	mx_run(x, 2);
	posts = x->nposts;
	ck_assert_msg(fx_reload(x->fx, before, &cause) == 0, "%s", cause);
	free(before);
	limits(x->fx->settings);
	moves_configured(x->mv, x->fx->settings, &x->fx->now);
	mx_run(x, 10);
	ck_assert_uint_eq(x->nposts, posts);
	mx_order(x, MOVE_ORDER_CANCEL, 1);
	mx_run(x, 2);
	ck_assert_int_eq(row(1)->state, MOVE_CANCELLING);
	mx_run(x, 70); /* the horizon */
	ck_assert_int_eq(row(1)->state, MOVE_CANCELLED);
	free(cause);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("moves_reload");
	TCase *t = tcase_create("reload");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(
	    t, test_reload, 0, (int)(sizeof(reloads) / sizeof(reloads[0])));
	tcase_add_test(t, test_reorder);
	tcase_add_loop_test(t, test_orphan, 0, 2);
	tcase_add_test(t, test_orphan_reloaded);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
