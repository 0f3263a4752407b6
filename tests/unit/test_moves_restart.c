/*
 * SPDX-License-Identifier: Apache-2.0
 * Moves over restarts, with a store that fails, that was put back, or that holds what
 * clustersetd never wrote; and over changed settings.
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

static void
in_one_place(void)
{
	ck_assert_int_ne(x->at[EAST][0] == SITE_ONLINE, x->at[WEST][0] == SITE_ONLINE);
}

/* --- killed at any moment ----------------------------------------------------------
 */

START_TEST(test_after_rounds)
{
	ask(1, 2);
	mx_run(x, (unsigned)_i);
	mx_restart(x, NULL);
	ck_assert_int_eq(row(1)->started_wall == 0, _i == -1);
	mx_until(x, 1, MOVE_SUCCEEDED, 200);
	mx_run(x, 2);
	in_one_place();
	ck_assert_str_eq(fx_disk(x->fx, "d1")->owner_cluster_name, "west");
	ck_assert_int_eq(fx_vm(x->fx, "vm1")->oper, VM_RUNNING);
	if (_i < 10) /* which was after all of it */
		ck_assert_int_gt(row(1)->downtime_ms, 0);
	ck_assert_int_eq(row(1)->progress, 100);
}
END_TEST

/* The last save is lost with the process; the command that relied on it was not sent.
 */
START_TEST(test_before_durable)
{
	unsigned saves = 0, i;

	x->slow = true;
	ask(1, 2);
	for (i = 0; i < 60; i++) {
		if (x->wanted > x->durable && ++saves == (unsigned)_i)
			break;
		mx_durable(x);
		mx_run(x, 1);
		mx_durable(x);
	}
	x->slow = false;
	mx_restart(x, NULL);
	if (_i == 1) { /* it was never accepted */
		ck_assert_ptr_null(mx_row(x, "set", 1));
		return;
	}
	mx_until(x, 1, MOVE_SUCCEEDED, 200);
	in_one_place();
}
END_TEST

/* Sent, executed, and the daemon was gone before the answer. */
START_TEST(test_sent)
{
	x->obeys = false;
	ask(1, 2);
	mx_run(x, 1);
	ck_assert_int_eq(mx_last(x)->kind, POST_GROUP_STOP);
	mx_restart(x, NULL);
	mx_run(x, 20);
	ck_assert_uint_eq(x->nposts, 0); /* it is not sent again before the horizon */
	ck_assert_int_eq(row(1)->state, MOVE_RUNNING);
	x->at[EAST][0] = SITE_OFFLINE; /* and then it took effect */
	x->obeys = true;
	mx_until(x, 1, MOVE_SUCCEEDED, 200);
	in_one_place();
}
END_TEST

START_TEST(test_start_sent)
{
	x->obeys = false;
	ask(1, 2);
	mx_run(x, 1);
	mx_answer(x, mx_last(x), ANSWER_ACCEPTED, "");
	while (mx_last(x)->kind != POST_GROUP_START)
		mx_run(x, 1);
	mx_restart(x, NULL);
	mx_run(x, 20);
	ck_assert_uint_eq(x->nposts, 0);
	ck_assert_str_eq(fx_site(x->fx, "vm1", "west")->evidence_text,
	    fx_site(x->fx, "vm1", "west")->evidence_text);
	ck_assert_msg(strstr(fx_site(x->fx, "vm1", "west")->evidence_text,
	                  "start command of ours") != NULL,
	    "%s", fx_site(x->fx, "vm1", "west")->evidence_text);
	x->at[WEST][0] = SITE_ONLINE;
	mx_until(x, 1, MOVE_SUCCEEDED, 60);
}
END_TEST

/* A SET that was durable when the daemon died is carried out when its VM is known. */
START_TEST(test_asked_at_start)
{
	struct move_request rq = mx_to(1, 2), mine = mx_to(2, 1), lost = mx_to(3, 2);
	struct move_request up = { .vm = 1, .mode = MOVE_PLANNED, .verb = VERB_UP };
	struct move_order_request o = { .kind = MOVE_ORDER_DESTROY, .index = 1 };

	mine.owner = (char *)"ann";
	mine.index = 9;
	mx_restart(x, NULL);
	moves_accept(x->mv, &rq, 1, &x->fx->now);
	moves_accept(x->mv, &mine, 1, &x->fx->now); /* it is there */
	moves_accept(x->mv, &lost, 1, &x->fx->now);
	ck_assert_int_eq(row(1)->state, MOVE_WAITING);
	ck_assert_str_eq(row(1)->error,
	    "waits until vm vm1 is known after the start of clustersetd");
	ck_assert_int_eq(moves_order_test(x->mv, &o, &x->fx->now, NULL), MOVE_NOT_NOW);
	moves_order(x->mv, &o, &x->fx->now); /* and if it is ordered all the same */
	mx_durable(x);
	mx_restart(x, NULL); /* and once more */
	ck_assert_int_eq(row(1)->state, MOVE_WAITING);
	ck_assert_int_eq(mx_row(x, "ann", 9)->state, MOVE_WAITING);
	mx_order(x, MOVE_ORDER_CANCEL, 10);
	ck_assert_int_eq(row(10)->state, MOVE_CANCELLED);
	mx_run(x, 1);
	ck_assert_int_eq(mx_row(x, "ann", 9)->state, MOVE_SUCCEEDED);
	ck_assert_str_eq(row(1)->source_name, "east");
	mx_until(x, 1, MOVE_SUCCEEDED, 60);
	mx_restart(x, NULL);
	moves_accept(x->mv, &up, 1, &x->fx->now);
	ck_assert_int_eq(row(11)->state, MOVE_WAITING);
	mx_run(x, 2); /* it is up */
	ck_assert_ptr_null(mx_row(x, "set", 11));
	ck_assert_ptr_null(mx_kept(x, "move", "0000000011/set"));
}
END_TEST

/* Not for ever: what stays unknown is told. */
START_TEST(test_asked_in_vain)
{
	const struct move_request rq = mx_to(1, 2);

	x->silent[EAST] = true;
	mx_restart(x, NULL);
	moves_accept(x->mv, &rq, 1, &x->fx->now);
	mx_run(x, 43);
	ck_assert_int_eq(row(1)->state, MOVE_WAITING);
	mx_run(x, 3);
	ck_assert_int_eq(row(1)->state, MOVE_FAILED);
	ck_assert_msg(
	    strstr(row(1)->error, "vm vm1 is unknown") != NULL, "%s", row(1)->error);
}
END_TEST

/* What was never planned, as nobody knew whither, has a record that can be read again.
 */
START_TEST(test_asked_for_a_node_in_vain)
{
	const struct move_request rq = { .vm = 1, .node = 1, .mode = MOVE_PLANNED };

	mx_run(x, 1);
	x->silent[EAST] = true;
	mx_run(x, 60);
	moves_accept(x->mv, &rq, 1, &x->fx->now);
	ck_assert_int_eq(row(1)->state, MOVE_FAILED);
	mx_durable(x);
	mx_restart(x, NULL);
	ck_assert_int_eq(row(1)->state, MOVE_FAILED);
}
END_TEST

START_TEST(test_queue_kept)
{
	x->obeys = false;
	ask(1, 2);
	ask(2, 2);
	ask(3, 2);
	mx_run(x, 1);
	ck_assert_int_eq(row(3)->state, MOVE_WAITING);
	mx_restart(x, NULL);
	ck_assert_int_eq(row(3)->state, MOVE_WAITING);
	ck_assert_int_eq(row(3)->started_wall, 0);
	ck_assert_int_gt(row(1)->started_wall, 0);
	ck_assert_uint_eq(moves_index_next(x->mv), 4);
	x->at[EAST][0] = x->at[EAST][1] = SITE_OFFLINE;
	x->obeys = true;
	mx_until(x, 1, MOVE_SUCCEEDED, 200);
	mx_until(x, 2, MOVE_SUCCEEDED, 200);
	mx_until(x, 3, MOVE_SUCCEEDED, 200);
}
END_TEST

START_TEST(test_doubt_kept)
{
	x->obeys = false;
	ask(1, 2);
	mx_run(x, 1);
	mx_restart(x, "another machine");
	mx_run(x, 2);
	ck_assert_int_eq(row(1)->state, MOVE_IN_DOUBT);
	mx_restart(x, NULL); /* adopted by other means */
	mx_run(x, 2);
	ck_assert_int_eq(row(1)->state, MOVE_IN_DOUBT);
	ck_assert_ptr_nonnull(fx_alarm(x->fx, ALARM_MOVE_IN_DOUBT, "set/1"));
	ck_assert_int_eq(fx_vm(x->fx, "vm1")->oper, VM_IN_DOUBT);
}
END_TEST

/* What was written, read, and written again is the same. */
START_TEST(test_round_trip)
{
	char *before, *row_before;

	x->obeys = false;
	ask(1, 2);
	mx_run(x, 1);
	mx_restart(x, NULL);
	before = xstrdup(mx_kept(x, "case", "vm1"));
	row_before = xstrdup(mx_kept(x, "move", "0000000001/set"));
	ck_assert_str_eq(before,
	    "{\"v\":1,\"move\":\"0000000001/set\",\"phase\":\"stop\",\"verb\":\"move\","
	    "\"leg\":\"there\",\"why\":\"none\",\"before\":\"idle\",\"ending\":"
	    "\"succeeded\",\"ran\":true,\"source\":\"east\",\"target\":\"west\","
	    "\"base\":"
	    "1,\"sites\":{\"east\":{\"group\":\"vm1\",\"order\":\"stop\",\"sent\":"
	    "\"unanswered\",\"active\":true},\"west\":{\"group\":\"vm1\"}}}");
	mx_restart(x, NULL);
	ck_assert_str_eq(mx_kept(x, "case", "vm1"), before);
	ck_assert_str_eq(mx_kept(x, "move", "0000000001/set"), row_before);
	free(before);
	free(row_before);
}
END_TEST

/* --- a store that looks restored (I9) ----------------------------------------------
 */

START_TEST(test_restored)
{
	struct move_order_request o = { .kind = MOVE_ORDER_RETRY, .index = 1 };
	const struct move_request rq = mx_to(2, 2);
	char *cause = NULL, *log;
	uint32_t token;

	x->obeys = false;
	ask(1, 2);
	mx_run(x, 1);
	fx_forget(x->fx);
	mx_restart(x, "another machine");
	mx_run(x, 1);
	token = moves_adopt_token(x->mv);
	ck_assert_uint_ne(token, 0);
	ck_assert_int_eq(fx_set(x->fx)->adopt, token);
	ck_assert_int_eq(row(1)->state, MOVE_IN_DOUBT);
	ck_assert_msg(strstr(row(1)->error, "looks restored (another machine)") != NULL,
	    "%s", row(1)->error);
	ck_assert_ptr_nonnull(fx_next(x->fx, TABLE_ALARM, NULL));
	ck_assert_int_eq(
	    moves_order_test(x->mv, &o, &x->fx->now, &cause), MOVE_NOT_NOW);
	ck_assert_msg(strstr(cause, "set csSetAdopt to") != NULL, "%s", cause);
	ck_assert_int_eq(mx_test(x, &rq, &cause), MOVE_NOT_NOW);
	ck_assert_msg(strstr(cause, "set csSetAdopt to") != NULL, "%s", cause);
	o.kind = MOVE_ORDER_ADOPT;
	o.value = token + 2;
	ck_assert_int_eq(
	    moves_order_test(x->mv, &o, &x->fx->now, &cause), MOVE_WRONG_VALUE);
	o.value = token;
	ck_assert_int_eq(moves_order_test(x->mv, &o, &x->fx->now, &cause), MOVE_FINE);
	moves_order(x->mv, &o, &x->fx->now);
	moves_order(x->mv, &o, &x->fx->now);
	ck_assert_uint_eq(moves_adopt_token(x->mv), 0);
	ck_assert_int_eq(fx_set(x->fx)->adopt, 0);
	log = fx_log(x->fx);
	ck_assert_uint_eq(fx_count(log, EVENT_STATE_ADOPTED), 1);
	free(log);
	ck_assert_int_eq(row(1)->state, MOVE_IN_DOUBT); /* a person goes on with it */
	x->obeys = true;
	x->at[EAST][0] = SITE_OFFLINE;
	mx_order(x, MOVE_ORDER_RETRY, 1);
	mx_until(x, 1, MOVE_SUCCEEDED, 200);
	free(cause);
}
END_TEST

/* The journal says that nothing was sent there, and yet it runs there. */
START_TEST(test_contradiction)
{
	x->obeys = false;
	ask(1, 2);
	ask(2, 2); /* nothing contradicts this one; it is of the same state (I9) */
	mx_run(x, 1);
	ck_assert_int_eq(row(1)->step, STEP_STOP);
	mx_restart(x, NULL);
	x->at[EAST][0] = SITE_OFFLINE;
	x->at[WEST][0] = SITE_ONLINE;
	mx_run(x, 1);
	ck_assert_int_eq(row(1)->state, MOVE_IN_DOUBT);
	ck_assert_msg(
	    strstr(row(1)->error, "contradicts what is") != NULL, "%s", row(1)->error);
	ck_assert_int_eq(row(2)->state, MOVE_IN_DOUBT);
	ck_assert_uint_ne(moves_adopt_token(x->mv), 0);
	ck_assert_msg(strstr(moves_restored(x->mv), "contradicts") != NULL, "%s",
	    moves_restored(x->mv));
}
END_TEST

/* A case without its row, a row without its case. */
START_TEST(test_halves)
{
	struct move_request rq = mx_to(1, 2);
	char *kept, *cause = NULL;

	x->obeys = false;
	mx_ask(x, &rq);
	mx_run(x, 1);
	kept = xstrdup(mx_kept(x, "move", "0000000001/set"));
	moves_free(x->mv);
	mx_sink(x, "move", "0000000001/set", NULL);
	mx_sink(x, "move", "0000000007/ann", kept);
	mx_sink(x, "used", "0000000001/set", "1763800000");
	mx_again(x);
	ck_assert_int_eq(row(8)->state, MOVE_IN_DOUBT);
	ck_assert_int_eq(mx_row(x, "ann", 7)->state, MOVE_FAILED);
	ck_assert_msg(strstr(mx_row(x, "ann", 7)->error, "nothing of how far") != NULL,
	    "%s", mx_row(x, "ann", 7)->error);
	free(kept);
	free(cause);
}
END_TEST

/* --- what clustersetd never wrote --------------------------------------------------
 */

#define CASE(more)                                                         \
	"{\"v\":1,\"phase\":\"stop\",\"verb\":\"move\",\"leg\":\"there\"," \
	"\"why\":\"none\",\"before\":\"idle\",\"ending\":\"succeeded\"" more "}"
#define SITES ",\"sites\":{\"east\":{\"group\":\"vm9\"},\"west\":{\"group\":\"vm9\"}}"

static const struct {
	const char *space, *key, *value, *cause; /* NULL: it is taken */
} records[] = {
	{ "case", "vm9", CASE(SITES ",\"source\":\"east\",\"target\":\"west\""), NULL },
	{ "move", "0000000009/ann",
	    "{\"v\":1,\"vm\":\"vm1\",\"verb\":\"up\",\"mode\":\"planned\",\"state\":"
	    "\"succeeded\"}",
	    NULL },
	{ "used", "0000000009/ann", "1763800000", NULL },
	{ "used", "0000000009/ann", "soon", "its time" },
	{ "used", "0000000009/ann", "", "its time" },
	{ "used", "9/ann", "1", "its time" },
	{ "used", "0000000009/", "1", "its time" },
	{ "used", "4294967296/ann", "1", "its time" },
	{ "used", "0000000000/ann", "1", "its time" },
	{ "other", "a", "1", "no such space" },
	{ "case", "vm9", "", "is not what clustersetd writes" },
	{ "case", "vm9", "[]", "not an object" },
	{ "case", "vm9", "{\"v\":2}", "its version" },
	{ "case", "vm9", "{\"v\":1,\"v\":1}", "is not what clustersetd writes" },
	{ "case", "vm9", CASE(""), "sites" },
	{ "case", "vm9", CASE(",\"sites\":{}"), "sites" },
	{ "case", "vm9", CASE(",\"sites\":{\"east\":1}"), "sites" },
	{ "case", "vm9", CASE(",\"sites\":{\"east\":{}}"), "group" },
	{ "case", "vm9", CASE(SITES), "source or target" },
	{ "case", "vm9", CASE(SITES ",\"source\":\"east\",\"target\":\"mars\""),
	    "target" },
	{ "case", "vm9", CASE(SITES ",\"source\":\"east\",\"target\":\"east\""),
	    "source or target" },
	{ "case", "vm9",
	    CASE(",\"source\":\"a\",\"target\":\"b\",\"sites\":{\"a\":{\"group\":\"g\","
	         "\"order\":\"dance\"},\"b\":{\"group\":\"g\"}}"),
	    "order" },
	{ "case", "vm9",
	    CASE(",\"source\":\"a\",\"target\":\"b\",\"sites\":{\"a\":{\"group\":\"g\","
	         "\"monitors\":[[\"x\"]]},\"b\":{\"group\":\"g\"}}"),
	    "monitors" },
	{ "case", "vm9",
	    CASE(",\"source\":\"a\",\"target\":\"b\",\"sites\":{\"a\":{\"group\":\"g\","
	         "\"tries\":999},\"b\":{\"group\":\"g\"}}"),
	    "tries" },
	{ "case", "vm9", "{\"v\":1,\"phase\":\"fly\"" SITES "}", "phase" },
	{ "case", "vm\n9", CASE(SITES ",\"source\":\"east\",\"target\":\"west\""),
	    "the key" },
	{ "move", "ann", "{\"v\":1}", "the key" },
	{ "move", "0000000009/ann", "{\"v\":1}", "vm is" },
	{ "move", "0000000009/ann",
	    "{\"v\":1,\"vm\":\"vm1\",\"verb\":\"up\",\"mode\":\"planned\",\"state\":"
	    "\"fine\"}",
	    "state" },
	{ "move", "0000000009/ann",
	    "{\"v\":1,\"vm\":\"vm1\",\"verb\":\"up\",\"mode\":\"planned\",\"state\":"
	    "\"failed\",\"progress\":101}",
	    "progress" },
	{ "move", "0000000009/ann",
	    "{\"v\":1,\"vm\":\"vm1\",\"verb\":\"up\",\"mode\":\"planned\",\"state\":"
	    "\"failed\",\"error\":7}",
	    "error" },
};

START_TEST(test_record)
{
	const struct moves_sink sink = { 0 };
	struct moves *v = moves_new(x->fx->model, &sink);
	char *cause = NULL;
	int got = moves_restore(
	    v, records[_i].space, records[_i].key, records[_i].value, &cause);

	if (records[_i].cause == NULL) {
		ck_assert_msg(got == 0, "%s", cause);
		/* the same key twice is none that we wrote */
		if (*records[_i].space != 'u')
			ck_assert_int_eq(
			    moves_restore(v, records[_i].space, records[_i].key,
			        records[_i].value, &cause),
			    -1);
	} else {
		ck_assert_int_eq(got, -1);
		ck_assert_msg(strstr(cause, records[_i].cause) != NULL, "%s", cause);
		ck_assert_msg(strstr(cause, records[_i].space) != NULL, "%s", cause);
	}
	free(cause);
	moves_free(v);
}
END_TEST

/* --- a store that fails (I12) -------------------------------------------------------
 */

START_TEST(test_store_fails)
{
	struct move_order_request o = { .kind = MOVE_ORDER_CANCEL, .index = 1 };
	char *cause = NULL;

	x->slow = true;
	ask(1, 2);
	mx_durable(x);
	mx_run(x, 1);
	moves_store_failed(x->mv, true, &x->fx->now);
	mx_run(x, 10);
	ck_assert_uint_eq(x->nposts, 0);
	ck_assert_msg(
	    strstr(row(1)->error, "cannot be written") != NULL, "%s", row(1)->error);
	ck_assert_int_eq(
	    moves_order_test(x->mv, &o, &x->fx->now, &cause), MOVE_NO_RESOURCE);
	moves_store_failed(x->mv, false, &x->fx->now);
	mx_run(x, 5);
	ck_assert_uint_eq(x->nposts, 0); /* nothing of it is durable yet */
	moves_tell_all(x->mv);
	x->slow = false;
	mx_until(x, 1, MOVE_SUCCEEDED, 60);
	ck_assert_str_eq(row(1)->error, "");
	free(cause);
}
END_TEST

/* Already durable, but the store failed before the command left. */
START_TEST(test_store_fails_then)
{
	x->slow = true;
	ask(1, 2);
	mx_durable(x);
	mx_run(x, 1);
	while (strstr(mx_kept(x, "case", "vm1"), "\"order\":\"stop\"") == NULL) {
		mx_durable(x);
		mx_run(x, 1);
	}
	moves_store_failed(x->mv, true, &x->fx->now);
	mx_durable(x);
	mx_run(x, 5);
	ck_assert_uint_eq(x->nposts, 0);
	moves_store_failed(x->mv, false, &x->fx->now);
	x->slow = false;
	mx_until(x, 1, MOVE_SUCCEEDED, 60);
}
END_TEST

/* A stop of ours may come late, whatever was seen and done since: nobody is blamed. */
START_TEST(test_late_stop)
{
	ask(1, 2);
	mx_until(x, 1, MOVE_SUCCEEDED, 100);
	ask(1, 1);
	mx_until(x, 2, MOVE_SUCCEEDED, 100);
	mx_restart(x, NULL);
	mx_run(x, 5);
	ck_assert_int_eq(fx_vm(x->fx, "vm1")->oper, VM_RUNNING);
	x->at[EAST][0] = SITE_OFFLINE;
	mx_run(x, 150); /* it settles when the horizon is over */
	ck_assert_int_eq(fx_vm(x->fx, "vm1")->admin, VM_UP);
	ck_assert_ptr_nonnull(fx_alarm(x->fx, ALARM_VM_FAILED, "vm1"));
	x->at[EAST][0] = SITE_ONLINE;
	mx_run(x, 5);
	x->at[EAST][0] = SITE_OFFLINE;
	mx_run(x, 150);
	ck_assert_int_eq(fx_vm(x->fx, "vm1")->admin, VM_DOWN);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("moves_restart");
	TCase *t = tcase_create("restart");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, test_after_rounds, 0, 16);
	tcase_add_loop_test(t, test_before_durable, 1, 12);
	tcase_add_test(t, test_sent);
	tcase_add_test(t, test_start_sent);
	tcase_add_test(t, test_asked_at_start);
	tcase_add_test(t, test_asked_in_vain);
	tcase_add_test(t, test_asked_for_a_node_in_vain);
	tcase_add_test(t, test_queue_kept);
	tcase_add_test(t, test_doubt_kept);
	tcase_add_test(t, test_round_trip);
	tcase_add_test(t, test_restored);
	tcase_add_test(t, test_contradiction);
	tcase_add_test(t, test_halves);
	tcase_add_loop_test(
	    t, test_record, 0, (int)(sizeof(records) / sizeof(records[0])));
	tcase_add_test(t, test_store_fails);
	tcase_add_test(t, test_store_fails_then);
	tcase_add_test(t, test_late_stop);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
