/*
 * SPDX-License-Identifier: Apache-2.0
 * What may be asked of moves: every refusal with its verdict and its words; several
 * requests of one SET; what is asked twice (I5).
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/moves_fixture.h"

static struct mx *x;

#define MORE                                                          \
	"cluster north server5\n"                                     \
	"vm db1 replica east west\nvm web1 stateless east west\n"     \
	"set pair cluster hard\nvm a1 stateless east west set=pair\n" \
	"vm a2 stateless east west set=pair\nvm bare shared east west\n"

static void
forbid_force(struct settings *s)
{
	s->moves.force = false;
	s->moves.queue = 2;
	s->moves.limit_set = 1;
}

static void
setup(void)
{
	x = mx_new(6, MORE, forbid_force);
}

static void
teardown(void)
{
	mx_free(x);
}

/* --- one request -------------------------------------------------------------------
 */

static void
nothing(void)
{
}

static void
hold(void)
{
	fx_want(x->fx, INTENT_VM_HOLD, 1, 0, 1);
}

static void
down(void)
{
	fx_want(x->fx, INTENT_VM_ADMIN, 1, 0, VM_DOWN);
}

static void
west_closed(void)
{
	fx_want(x->fx, INTENT_CLUSTER_ADMIN, 2, 0, CLUSTER_MAINTENANCE);
}

static void
east_closed(void)
{
	fx_want(x->fx, INTENT_CLUSTER_ADMIN, 1, 0, CLUSTER_MAINTENANCE);
}

static void
node_closed(void)
{
	fx_want(x->fx, INTENT_NODE_ADMIN, 2, 3, CLUSTER_MAINTENANCE);
}

static void
west_silent(void)
{
	x->silent[WEST] = true;
	mx_run(x, 60);
}

static void
east_silent(void)
{
	x->silent[EAST] = true;
	mx_run(x, 60);
}

static void
twice_active(void)
{
	x->at[WEST][0] = SITE_ONLINE;
	mx_run(x, 3);
}

static void
starting_up(void)
{
	x->at[EAST][0] = SITE_STARTING;
	mx_run(x, 2);
}

static void
vm_failed(void)
{
	x->at[EAST][0] = SITE_FAILED;
	mx_run(x, 2);
}

static void
target_failed(void)
{
	x->at[WEST][0] = SITE_FAILED;
	mx_run(x, 2);
}

static void
not_its_disks(void)
{
	x->at[EAST][0] = SITE_FAILED;
	x->at[WEST][0] = SITE_ONLINE;
	mx_run(x, 2);
	fx_want(x->fx, INTENT_VM_HOLD, 1, 0, 2);
}

static void
under_way(void)
{
	const struct move_request rq = mx_to(1, 2);

	x->obeys = false;
	mx_ask(x, &rq);
	mx_run(x, 2);
}

static void
row_there(void)
{
	struct move_request rq = mx_to(2, 2);

	rq.owner = (char *)"ann";
	rq.index = 7;
	x->obeys = false;
	mx_ask(x, &rq);
}

static void
pair_used(void)
{
	struct move_request rq = mx_to(2, 1);
	struct move_order_request o = { .kind = MOVE_ORDER_DESTROY, .index = 7 };

	rq.owner = o.owner = (char *)"ann";
	rq.index = 7;
	mx_ask(x, &rq); /* it is there: it ends at once */
	moves_order(x->mv, &o, &x->fx->now);
}

static void
queue_full(void)
{
	struct move_request rq;
	uint32_t vm;

	x->obeys = false;
	for (vm = 4; vm <= 6; vm++) {
		rq = mx_to(vm, 2);
		mx_ask(x, &rq);
	}
}

static void
store_fails(void)
{
	moves_store_failed(x->mv, true, &x->fx->now);
}

#define TO(v, c) .rq = { .vm = (v), .cluster = (c), .mode = MOVE_PLANNED }
#define ROW(v, c, who, i)               \
	.rq = { .vm = (v),              \
		.cluster = (c),         \
		.mode = MOVE_PLANNED,   \
		.owner = (char *)(who), \
		.index = (i) }

static const struct {
	void (*prepare)(void);
	struct move_request rq;
	enum move_verdict verdict;
	const char *cause;
} asked[] = {
	{ nothing, TO(1, 2), MOVE_FINE, NULL },
	{ nothing, TO(1, 1), MOVE_FINE, NULL }, /* it is there */
	{ nothing, TO(1, 0), MOVE_FINE, NULL }, /* nothing is wanted */
	{ nothing, TO(99, 2), MOVE_NO_CREATION,
	    "there is no VM with index 99: see csVmTable" },
	{ nothing, ROW(99, 2, "ann", 1), MOVE_WRONG_VALUE,
	    "there is no VM with index 99: see csVmTable" },
	{ nothing, TO(1, 3), MOVE_NOT_NOW,
	    "vm vm1 has no site in cluster north: see csVmSiteTable" },
	{ nothing, TO(1, 9), MOVE_WRONG_VALUE,
	    "vm vm1: there is no cluster with index 9: see csClusterTable" },
	{ nothing, .rq = { .vm = 1, .cluster = 2, .node = 1, .mode = MOVE_PLANNED },
	    MOVE_WRONG_VALUE,
	    "vm vm1: cluster west has no node with index 1: see csNodeTable" },
	{ nothing, .rq = { .vm = 1, .cluster = 2, .node = 3, .mode = MOVE_PLANNED },
	    MOVE_FINE, NULL },
	{ nothing, .rq = { .vm = 1, .node = 2, .mode = MOVE_PLANNED }, MOVE_FINE,
	    NULL }, /* within the cluster */
	{ node_closed, .rq = { .vm = 1, .cluster = 2, .node = 3, .mode = MOVE_PLANNED },
	    MOVE_NOT_NOW,
	    "vm vm1: node server3 of cluster west is not Online, or in maintenance: "
	    "see csNodeTable" },
	{ nothing, .rq = { .vm = 1, .cluster = 2, .mode = 4 }, MOVE_WRONG_VALUE,
	    "csMoveMode is planned, dryRun or live, not 4" },
	{ nothing, .rq = { .vm = 1, .cluster = 2, .mode = MOVE_LIVE }, MOVE_NOT_NOW,
	    "vm vm1: no hook for live moves is configured: set csMoveMode to planned" },
	{ nothing, .rq = { .vm = 1, .cluster = 2, .mode = MOVE_PLANNED, .force = true },
	    MOVE_NOT_NOW,
	    "vm vm1: csMoveForce is switched off: moves.force in the configuration" },
	/* owners and pairs */
	{ nothing, ROW(1, 2, "ann", 1), MOVE_FINE, NULL },
	{ nothing, ROW(1, 2, "set", 1), MOVE_BAD_NAME,
	    "csMoveOwner set is reserved: use a name of your own" },
	{ nothing, ROW(1, 2, "policy", 1), MOVE_BAD_NAME,
	    "csMoveOwner policy is reserved: use a name of your own" },
	{ nothing, ROW(1, 2, "hook", 1), MOVE_BAD_NAME,
	    "csMoveOwner hook is reserved: use a name of your own" },
	{ nothing, ROW(1, 2, "a\nb", 1), MOVE_BAD_NAME,
	    "csMoveOwner is 1 to 32 octets of text without control characters" },
	{ nothing, ROW(1, 2, "ann", 0), MOVE_BAD_NAME,
	    "csMoveIndex is 1 to 2147483647: see csMoveIndexNext" },
	{ nothing, ROW(1, 0, "ann", 1), MOVE_NOT_NOW,
	    "move ann/1: csMoveVm and csMoveTargetCluster have to be in the same SET" },
	{ row_there, ROW(2, 2, "ann", 7), MOVE_NOT_NOW,
	    "move ann/7 exists already (vm vm2, running): see csMoveIndexNext" },
	{ row_there, ROW(3, 2, "bob", 7), MOVE_FINE, NULL },
	{ pair_used, ROW(2, 2, "ann", 7), MOVE_BAD_NAME,
	    "move ann/7 was used before, and its row is gone: see csMoveIndexNext" },
	/* the VM */
	{ hold, TO(1, 2), MOVE_NOT_NOW,
	    "vm vm1 is on hold: set csVmHold to false first" },
	{ hold, TO(1, 1), MOVE_FINE, NULL }, /* it is there, all the same */
	{ down, TO(1, 2), MOVE_NOT_NOW,
	    "vm vm1 is set to be down: set csVmAdminState to up first" },
	{ nothing, TO(7, 2), MOVE_NOT_NOW,
	    "vm db1 is a replica: its hooks are not configured, so that it cannot be "
	    "moved" },
	{ starting_up, TO(1, 2), MOVE_NOT_NOW,
	    "vm vm1 is starting (Online Pending on server1): it can be moved when it "
	    "is running, stopped or failed" },
	{ vm_failed, TO(1, 2), MOVE_FINE, NULL },
	{ not_its_disks, TO(1, 1), MOVE_NOT_NOW,
	    "vm vm1: it is in cluster west, but its disks belong to east: see "
	    "csDiskTable" },
	{ under_way, TO(1, 2), MOVE_FINE, NULL }, /* on its way */
	{ under_way, .rq = { .vm = 1, .cluster = 2, .node = 4, .mode = MOVE_PLANNED },
	    MOVE_NOT_NOW,
	    "vm vm1: move set/1 is open (running, to west): wait for it, or set its "
	    "csMoveControl" },
	{ under_way, ROW(1, 2, "ann", 3), MOVE_NOT_NOW,
	    "vm vm1: move set/1 is open (running, to west): wait for it, or set its "
	    "csMoveControl" },
	/* sites */
	{ west_closed, TO(1, 2), MOVE_NOT_NOW,
	    "vm vm1: cluster west is in maintenance or ignored: set "
	    "csClusterAdminState to active first" },
	{ east_closed, TO(1, 2), MOVE_FINE, NULL }, /* away from there is fine */
	{ west_silent, TO(1, 2), MOVE_NOT_NOW,
	    "vm vm1: nothing fresh is known of cluster west: see its "
	    "csClusterStatusText" },
	{ target_failed, TO(1, 2), MOVE_NOT_NOW, NULL },
	/* the set */
	{ queue_full, TO(1, 2), MOVE_NO_RESOURCE,
	    "vm vm1: 2 moves wait already, and moves.queue allows no more: try again "
	    "later" },
	{ store_fails, TO(1, 2), MOVE_NO_RESOURCE,
	    "vm vm1: the state file cannot be written (see alarm storeFailed): nothing "
	    "new is accepted until it can" },
	{ store_fails, TO(1, 0), MOVE_FINE, NULL },
};

START_TEST(test_asked)
{
	char *cause = NULL, *log, *trace;

	asked[_i].prepare();
	fx_forget(x->fx);
	free(mx_trace(x));
	ck_assert_msg(
	    mx_test(x, &asked[_i].rq, &cause) == asked[_i].verdict, "%s", cause);
	if (asked[_i].cause != NULL)
		ck_assert_str_eq(cause, asked[_i].cause);
	if (asked[_i].verdict == MOVE_FINE)
		ck_assert_ptr_null(cause);
	else
		ck_assert_ptr_nonnull(cause);
	/* asking changes nothing */
	log = fx_log(x->fx);
	trace = mx_trace(x);
	ck_assert_str_eq(log, "");
	ck_assert_str_eq(trace, "");
	free(cause);
	free(log);
	free(trace);
}
END_TEST

START_TEST(test_not_known)
{
	const struct move_request rq = mx_to(1, 2);
	char *cause = NULL;

	east_silent();
	ck_assert_int_eq(mx_test(x, &rq, &cause), MOVE_NOT_NOW);
	ck_assert_msg(strncmp(cause, "vm vm1 is unknown (", 19) == 0, "%s", cause);
	x->silent[EAST] = false;
	twice_active();
	fx_want(x->fx, INTENT_VM_HOLD, 1, 0, 2);
	ck_assert_int_eq(mx_test(x, &rq, &cause), MOVE_NOT_NOW);
	ck_assert_msg(strncmp(cause, "vm vm1 is in conflict (", 23) == 0, "%s", cause);
	free(cause);
}
END_TEST

/* A stopped VM can be started elsewhere, with its disks; one that is wanted down not.
 */
START_TEST(test_stopped)
{
	const struct move_request rq = mx_to(1, 2);
	const struct move_row *r;
	char *cause = NULL;

	x->at[EAST][0] = SITE_OFFLINE;
	mx_run(x, 120);
	ck_assert_int_eq(mx_test(x, &rq, &cause), MOVE_NOT_NOW); /* respected */
	ck_assert_str_eq(
	    cause, "vm vm1 is set to be down: set csVmAdminState to up first");
	fx_want(x->fx, INTENT_VM_ADMIN, 1, 0, VM_UP);
	mx_ask(x, &rq);
	mx_until(x, 1, MOVE_SUCCEEDED, 60);
	r = mx_row(x, "set", 1);
	ck_assert_int_eq(r->source_cluster, 0);
	ck_assert_str_eq(r->source_name, "");
	ck_assert_str_eq(fx_disk(x->fx, "d1")->owner_cluster_name, "west");
	free(cause);
}
END_TEST

/* --- several -----------------------------------------------------------------------
 */

static enum move_verdict
test_two(const struct move_request *rq, size_t *which, char **cause)
{
	return moves_test(x->mv, rq, 2, &x->fx->now, which, cause);
}

START_TEST(test_several)
{
	struct move_request rq[2] = { mx_to(1, 2), mx_to(2, 2) };
	char *cause = NULL;
	size_t which = 9;

	ck_assert_int_eq(test_two(rq, &which, &cause), MOVE_FINE);
	rq[1].vm = 77;
	ck_assert_int_eq(test_two(rq, &which, &cause), MOVE_NO_CREATION);
	ck_assert_uint_eq(which, 1);
	rq[1] = rq[0]; /* the same twice is once */
	ck_assert_int_eq(test_two(rq, &which, &cause), MOVE_FINE);
	rq[1].node = 4;
	ck_assert_int_eq(test_two(rq, &which, &cause), MOVE_NOT_NOW);
	ck_assert_str_eq(cause, "vm vm1: two moves of it stand in this SET");
	rq[0].owner = rq[1].owner = (char *)"ann";
	rq[0].index = rq[1].index = 5;
	rq[1].vm = 2;
	rq[1].node = 0;
	ck_assert_int_eq(test_two(rq, &which, &cause), MOVE_NOT_NOW);
	ck_assert_str_eq(cause, "move ann/5 stands twice in this SET");
	rq[1].index = 6;
	ck_assert_int_eq(test_two(rq, &which, &cause), MOVE_FINE);
	free(cause);
}
END_TEST

/* The second sees the first: two members of a set that spreads over clusters. */
START_TEST(test_later_sees_earlier)
{
	struct move_request rq[2];
	uint32_t a1 = model_vm_find(x->fx->model, "a1"),
	         a2 = model_vm_find(x->fx->model, "a2");
	char *cause = NULL;
	size_t which = 9;

	fx_see(x->fx,
	    "east: server1=Online server2=Online | a1=Online@server1 a2=Offline");
	fx_see(x->fx,
	    "west: server3=Online server4=Online | a1=Offline a2=Online@server3");
	fx_want(x->fx, INTENT_VM_ADMIN, a1, 0, VM_UP);
	fx_want(x->fx, INTENT_VM_ADMIN, a2, 0, VM_UP);
	rq[0] = mx_to(a2, 1);
	ck_assert_int_eq(mx_test(x, &rq[0], &cause), MOVE_NOT_NOW);
	ck_assert_msg(strstr(cause, "pair") != NULL, "%s", cause);
	rq[0] = mx_to(a1, 2);
	rq[1] = mx_to(a2, 1); /* they change places: each would be in the other's way */
	rq[0].mode = rq[1].mode = MOVE_PLANNED;
	ck_assert_int_eq(test_two(rq, &which, &cause), MOVE_NOT_NOW);
	ck_assert_uint_eq(which, 0);
	free(cause);
}
END_TEST

/* What is on its way may have to come back: its place is kept (I10). */
START_TEST(test_way_back_is_kept)
{
	struct move_request rq, two[2];
	uint32_t a1 = model_vm_find(x->fx->model, "a1"),
	         a2 = model_vm_find(x->fx->model, "a2");
	char *cause = NULL;
	size_t which = 9;

	fx_see(x->fx,
	    "east: server1=Online server2=Online | a1=Online@server1 a2=Offline");
	fx_see(x->fx, "west: server3=Online server4=Online | a1=Offline a2=Offline");
	fx_want(x->fx, INTENT_VM_ADMIN, a1, 0, VM_UP);
	fx_want(x->fx, INTENT_VM_ADMIN, a2, 0, VM_UP);
	two[0] = mx_to(a1, 2);
	two[1] = mx_to(a2, 1);
	ck_assert_int_eq(test_two(two, &which, &cause), MOVE_NOT_NOW); /* in one SET */
	ck_assert_uint_eq(which, 1);
	ck_assert_msg(strstr(cause, "apart from vm a1") != NULL, "%s", cause);
	xfree_clear(&cause);
	rq = mx_to(a1, 2);
	mx_ask(x, &rq);
	rq = mx_to(a2, 1);
	ck_assert_int_eq(mx_test(x, &rq, &cause), MOVE_NOT_NOW);
	ck_assert_msg(strstr(cause, "apart from vm a1") != NULL, "%s", cause);
	free(cause);
}
END_TEST

START_TEST(test_queue_counts_all)
{
	struct move_request rq[3] = { mx_to(1, 2), mx_to(2, 2), mx_to(3, 2) };
	char *cause = NULL;
	size_t which;

	ck_assert_int_eq(
	    moves_test(x->mv, rq, 3, &x->fx->now, &which, &cause), MOVE_NO_RESOURCE);
	ck_assert_uint_eq(which, 2);
	free(cause);
}
END_TEST

/* --- twice (I5) --------------------------------------------------------------------
 */

START_TEST(test_twice)
{
	const struct move_request there = mx_to(1, 2), back = mx_to(1, 1);

	mx_ask(x, &there);
	mx_ask(x, &there); /* on its way */
	ck_assert_ptr_null(mx_row(x, "set", 2));
	mx_until(x, 1, MOVE_SUCCEEDED, 30);
	mx_ask(x, &there); /* it is there */
	ck_assert_ptr_null(mx_row(x, "set", 2));
	mx_ask(x, &back); /* another one */
	mx_until(x, 2, MOVE_SUCCEEDED, 30);
	mx_ask(x, &there); /* the newest was not that one */
	ck_assert_ptr_nonnull(mx_row(x, "set", 3));
}
END_TEST

START_TEST(test_just_ended)
{
	const struct move_request rq = mx_to(1, 2);
	struct move_request mine = rq;

	x->obeys = false;
	mx_ask(x, &rq);
	mx_run(x, 1);
	mx_order(x, MOVE_ORDER_CANCEL, 1);
	mx_answer(x, mx_last(x), ANSWER_REFUSED, "no");
	mx_until(x, 1, MOVE_CANCELLED, 10);
	mx_ask(x, &rq); /* the same SET, late: no second move */
	ck_assert_ptr_null(mx_row(x, "set", 2));
	mine.owner = (char *)"ann"; /* who names his own pair means it */
	mine.index = 1;
	mx_ask(x, &mine);
	ck_assert_int_eq(mx_row(x, "ann", 1)->state, MOVE_RUNNING);
}
END_TEST

/* Somebody took it from where the move had put it: the same SET is a new move. */
START_TEST(test_repeat_taken_away)
{
	const struct move_request rq = mx_to(1, 2);
	char *why = NULL;

	mx_ask(x, &rq);
	mx_until(x, 1, MOVE_SUCCEEDED, 100);
	x->at[WEST][0] = SITE_OFFLINE;
	mx_run(x, 3);
	ck_assert_int_eq(mx_test(x, &rq, &why), MOVE_FINE); /* it is where it was put */
	x->at[EAST][0] = SITE_ONLINE;
	mx_run(x, 3);
	ck_assert_int_eq(mx_test(x, &rq, &why), MOVE_NOT_NOW);
	ck_assert_str_eq(why,
	    "vm vm1: it is in cluster east, but its disks belong to west: see "
	    "csDiskTable");
	free(why);
	/* a failed one is over when the disks were passed on, wherever it is */
	model_vm_owner(x->fx->model, 1, EAST, "by hand", &x->fx->now);
	mx_ask(x, &rq);
	ck_assert_ptr_nonnull(mx_row(x, "set", 2));
	mx_order(x, MOVE_ORDER_CANCEL, 2);
	mx_until(x, 2, MOVE_CANCELLED, 100);
	ck_assert_int_eq(mx_test(x, &rq, NULL), MOVE_FINE);
	mx_ask(x, &rq);
	ck_assert_ptr_null(mx_row(x, "set", 3));
	model_vm_owner(x->fx->model, 1, EAST, "by hand", &x->fx->now);
	mx_ask(x, &rq);
	ck_assert_ptr_nonnull(mx_row(x, "set", 3));
}
END_TEST

START_TEST(test_repeat_window_over)
{
	const struct move_request rq = mx_to(1, 2);

	x->obeys = false;
	mx_ask(x, &rq);
	mx_run(x, 1);
	mx_order(x, MOVE_ORDER_CANCEL, 1);
	mx_answer(x, mx_last(x), ANSWER_REFUSED, "no");
	mx_until(x, 1, MOVE_CANCELLED, 10);
	mx_run(x, 61);
	mx_ask(x, &rq);
	ck_assert_ptr_nonnull(mx_row(x, "set", 2));
}
END_TEST

/* --- dry runs ----------------------------------------------------------------------
 */

START_TEST(test_dry_run)
{
	struct move_request rq = mx_to(1, 2);

	rq.mode = MOVE_DRY_RUN;
	rq.owner = (char *)"ann";
	rq.index = 1;
	mx_ask(x, &rq);
	ck_assert_int_eq(mx_row(x, "ann", 1)->state, MOVE_SUCCEEDED);
	ck_assert_str_eq(mx_row(x, "ann", 1)->error,
	    "would be possible: vm vm1 stopped and proved stopped, its disks passed "
	    "on, started in cluster west");
	west_closed();
	rq.index = 2;
	mx_ask(x, &rq);
	ck_assert_int_eq(mx_row(x, "ann", 2)->state, MOVE_FAILED);
	ck_assert_str_eq(mx_row(x, "ann", 2)->error,
	    "would not be possible: vm vm1: cluster west is in maintenance or ignored: "
	    "set csClusterAdminState to active first");
	ck_assert_ptr_null(fx_alarm(x->fx, ALARM_MOVE_FAILED, "ann/2"));
	ck_assert_uint_eq(x->nposts, 0);
	rq.index = 3;
	rq.vm = 99;
	ck_assert_int_eq(mx_test(x, &rq, NULL), MOVE_WRONG_VALUE);
}
END_TEST

/* What policies ask for is a row of their own, checked as any other. */
START_TEST(test_inside)
{
	char policy[] = "policy";
	struct move_request rq = mx_to(1, 2);
	char *why = NULL;

	rq.owner = policy;
	rq.index = moves_index_next(x->mv);
	ck_assert_int_eq(mx_test(x, &rq, &why), MOVE_BAD_NAME);
	rq.inside = true;
	mx_ask(x, &rq);
	ck_assert_ptr_nonnull(mx_row(x, "policy", rq.index));
	ck_assert_int_eq(mx_test(x, &rq, &why), MOVE_NOT_NOW);
	rq.vm = 2;
	rq.index = moves_index_next(x->mv);
	fx_want(x->fx, INTENT_VM_HOLD, 2, 0, 1);
	ck_assert_int_eq(mx_test(x, &rq, &why), MOVE_NOT_NOW);
	ck_assert_str_eq(why, "vm vm2 is on hold: set csVmHold to false first");
	free(why);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("moves_admit");
	TCase *t = tcase_create("admit");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, test_asked, 0, (int)(sizeof(asked) / sizeof(asked[0])));
	tcase_add_test(t, test_not_known);
	tcase_add_test(t, test_stopped);
	tcase_add_test(t, test_several);
	tcase_add_test(t, test_later_sees_earlier);
	tcase_add_test(t, test_way_back_is_kept);
	tcase_add_test(t, test_queue_counts_all);
	tcase_add_test(t, test_twice);
	tcase_add_test(t, test_just_ended);
	tcase_add_test(t, test_repeat_taken_away);
	tcase_add_test(t, test_repeat_window_over);
	tcase_add_test(t, test_dry_run);
	tcase_add_test(t, test_inside);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
