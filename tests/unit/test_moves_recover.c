/*
 * SPDX-License-Identifier: Apache-2.0
 * Recover through the manager of moves, over the real model: what is let in of a VM
 * that nobody sees, and what a fence of its cluster proves, of which VMs, and until
 * when.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/moves_fixture.h"

static struct mx *x;

static void
limits(struct settings *s)
{
	s->moves.force = true;
	s->moves.limit_set = s->moves.limit_cluster = s->moves.limit_node = 8;
}

/* vm1 and vm2 ran in east, which is dark for longer than anything is fresh. */
static void
setup(void)
{
	x = mx_new(2, NULL, limits);
	x->silent[EAST] = true;
	x->at[EAST][0] = x->at[EAST][1] = SITE_OFFLINE; /* it lost its power */
	mx_run(x, 60);
	free(mx_trace(x));
}

static void
teardown(void)
{
	mx_free(x);
}

static char owner[] = "policy", reason[] = "recover";

static struct move_request
recovery(uint32_t vm)
{
	struct move_request rq = mx_to(vm, 2);

	rq.owner = owner;
	rq.reason = reason;
	rq.index = 10 + vm;
	rq.inside = rq.recover = true;
	return rq;
}

static void
refused(const struct move_request *rq, const char *words)
{
	char *cause = NULL;

	ck_assert_int_ne(mx_test(x, rq, &cause), MOVE_FINE);
	ck_assert_msg(strstr(cause, words) != NULL, "%s", cause);
	free(cause);
}

static msec_t
fence_begins(bool disk)
{
	moves_fencing(x->mv, EAST, disk, &x->fx->now);
	return x->fx->now.ms;
}

static size_t
fenced(bool ok, msec_t began)
{
	return moves_fenced(x->mv, EAST, ok, began, &x->fx->now);
}

static int64_t
evidence(uint32_t vm)
{
	const uint32_t key[2] = { vm, 1 };
	const struct vm_site_row *r;

	model_tables(x->fx->model, &x->fx->now, NULL);
	r = table_get(
	    model_tables(x->fx->model, &x->fx->now, NULL)[TABLE_VM_SITE], key, 2);
	return r->evidence;
}

static unsigned
starts(void)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; i < x->nposts; i++)
		n += x->posts[i].kind == POST_GROUP_START;
	return n;
}

START_TEST(test_admission)
{
	struct move_request rq = recovery(1);

	refused(&rq, "not proved stopped in cluster east");
	rq.recover = false;
	refused(&rq, "vm1");
	rq.recover = true;
	rq.inside = false;
	refused(&rq, "reserved");
	rq.inside = true;
	fenced(true, fence_begins(false));
	rq.force = true;
	refused(&rq, "never by force");
	rq.force = false;
	mx_ask(x, &rq);
	mx_run(x, 8);
	ck_assert_uint_eq(starts(), 1);
	ck_assert_int_eq(mx_row(x, owner, 11)->state, MOVE_SUCCEEDED);
}
END_TEST

/* One fence for all VMs with a site there, and for none that was not told of it. */
START_TEST(test_fence_of_all)
{
	const msec_t began = fence_begins(false);
	struct move_request a = recovery(1), b = recovery(2);

	ck_assert_int_ne(evidence(1), EVIDENCE_PROVED);
	ck_assert_uint_eq(fenced(true, began - 1), 0);
	ck_assert_uint_eq(moves_fenced(x->mv, WEST, true, began, &x->fx->now), 0);
	ck_assert_int_ne(evidence(1), EVIDENCE_PROVED);
	ck_assert_uint_eq(fenced(true, began), 2);
	ck_assert_uint_eq(fenced(true, began), 0);
	ck_assert_int_eq(evidence(1), EVIDENCE_PROVED);
	ck_assert_int_eq(evidence(2), EVIDENCE_PROVED);
	mx_ask(x, &a);
	mx_ask(x, &b);
	mx_run(x, 8);
	ck_assert_uint_eq(starts(), 2);
}
END_TEST

START_TEST(test_fence_fails)
{
	const struct move_request rq = recovery(1);

	ck_assert_uint_eq(fenced(false, fence_begins(false)), 0);
	refused(&rq, "not proved stopped");
}
END_TEST

/* It answers again while the fence is at work, or after it. */
START_TEST(test_sign_of_life)
{
	const struct move_request rq = recovery(1);
	msec_t began = fence_begins(false);

	x->silent[EAST] = false;
	x->at[EAST][0] = SITE_ONLINE;
	mx_run(x, 1);
	x->silent[EAST] = true;
	mx_run(x, 1);
	ck_assert_uint_eq(fenced(true, began), 0);
	mx_run(x, 60);
	refused(&rq, "not proved stopped");
	began = fence_begins(false);
	ck_assert_uint_eq(fenced(true, began), 2);
	x->silent[EAST] = false;
	mx_run(x, 1);
	ck_assert_int_ne(evidence(1), EVIDENCE_PROVED);
	ck_assert_uint_eq(starts(), 0);
}
END_TEST

static void
reload(void)
{
	moves_configured(x->mv, x->fx->settings, &x->fx->now);
}

static void
restart(void)
{
	mx_restart(x, NULL);
	mx_run(x, 50);
}

static void
a_long_time(void)
{
	mx_run(x, 900);
}

START_TEST(test_what_ends_it)
{
	static void (*const ends[])(void) = { reload, restart, a_long_time };
	const struct move_request rq = recovery(1);

	fenced(true, fence_begins(false));
	ck_assert_int_eq(evidence(1), EVIDENCE_PROVED);
	ends[_i]();
	refused(&rq, "vm1");
	ck_assert_uint_eq(starts(), 0);
}
END_TEST

/* It comes back while the start waits for its proof: there is nothing to start. */
START_TEST(test_back_at_its_source)
{
	struct move_request rq = recovery(1);

	fenced(true, fence_begins(false));
	x->slow = true;
	mx_ask(x, &rq);
	x->silent[EAST] = false;
	x->at[EAST][0] = SITE_ONLINE;
	x->slow = false;
	mx_durable(x);
	mx_run(x, 5);
	ck_assert_uint_eq(starts(), 0);
	ck_assert_int_eq(mx_row(x, owner, 11)->state, MOVE_FAILED);
	ck_assert_msg(strstr(mx_row(x, owner, 11)->error, "runs again") != NULL, "%s",
	    mx_row(x, owner, 11)->error);
}
END_TEST

START_TEST(test_word)
{
	const struct move_order_request o = {
		.kind = MOVE_ORDER_CONFIRM, .vm = 1, .cluster = 1, .value = 1
	};
	struct move_request rq = recovery(1);

	moves_order(x->mv, &o, &x->fx->now);
	mx_ask(x, &rq);
	mx_run(x, 8);
	ck_assert_uint_eq(starts(), 1);
	rq = recovery(2);
	refused(&rq, "not proved stopped");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("moves_recover");
	TCase *tc = tcase_create("recover");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_admission);
	tcase_add_test(tc, test_fence_of_all);
	tcase_add_test(tc, test_fence_fails);
	tcase_add_test(tc, test_sign_of_life);
	tcase_add_loop_test(tc, test_what_ends_it, 0, 3);
	tcase_add_test(tc, test_back_at_its_source);
	tcase_add_test(tc, test_word);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
