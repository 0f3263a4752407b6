/*
 * SPDX-License-Identifier: Apache-2.0
 * SETs in control, phase by phase, with a real store: what is reserved, what is
 * durable, what an orphan may do and what it may not. csSetSerial stands for every
 * object that only has a value; moves are asked for in both ways.
 */
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "subagent/control_impl.h"
#include "subagent/mib.h"
#include "subagent/persist.h"
#include "tests/unit/model_fixture.h"

enum {
	OK = ERROR_NONE,
	INCONSISTENT_VALUE = ERROR_INCONSISTENT_VALUE,
	RESOURCE_UNAVAILABLE = ERROR_RESOURCE_UNAVAILABLE,
	COMMIT_FAILED = ERROR_COMMIT_FAILED
};

#define SET                                                            \
	"cluster east server1 server2\ncluster west server3 server4\n" \
	"vm vm1 stateless east west manual=east manual=west\n"         \
	"vm vm2 stateless east west manual=east manual=west\n"
#define EAST                                                        \
	"east: server1=Online server2=Online | vm1=Online@server1 " \
	"vm2=Online@server2"
#define WEST "west: server3=Online server4=Online | vm1=Offline vm2=Offline"
enum { VM1 = 1, VM2, EAST_INDEX = 1, WEST_INDEX };

static struct control *c;
static char dir[] = "/tmp/test-intent-XXXXXX";

static void
on_publish(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

static int
count_record(const char *key, const char *value, void *arg, char **cause)
{
	(void)key;
	(void)value;
	(void)cause;
	++*(int *)arg;
	return 0;
}

/* Polls find nobody; what is seen comes by see(). */
static void
on_round(struct observation *o, void *arg)
{
	(void)arg;
	observation_free(o);
}

static void
see(const char *text)
{
	const struct model_now now = control_now();
	struct observation *o = fx_round(c->settings, text);
	const size_t cluster = o->cluster;
	static uint64_t seq;

	o->seq = ++seq;
	o->settings_seq = 1;
	o->start = o->end = now.ms;
	o->wall = now.wall;
	moving_look(c, o);
	model_observe(c->model, o, &now);
	moving_observed(c, cluster, &now);
}

static bool unseen; /* start() is to see nothing */

/* A control with a store and two clusters, but without threads of the face. */
static void
start(void)
{
	const struct model_now now = control_now();
	char *cause = NULL;
	size_t i, j;

	c = xcalloc(1, sizeof(*c));
	c->base = event_base_new();
	c->mailbox = mailbox_new(c->base);
	c->box = generation_box_new();
	c->settings = fx_settings(SET);
	for (i = 0; i < c->settings->nclusters; i++)
		for (j = 0; j < c->settings->clusters[i].nservers; j++) {
			free(c->settings->clusters[i].servers[j].url);
			c->settings->clusters[i].servers[j].url =
			    xstrdup("http://127.0.0.1:1");
		}
	record_init(c);
	intent_init(c);
	c->publish = event_new(c->base, -1, 0, on_publish, NULL);
	c->model = model_new(record_sink(c), "test", &now);
	moving_init(c);
	c->store = store_open(dir, &cause);
	ck_assert_msg(c->store != NULL, "%s", cause);
	ck_assert_msg(
	    persist_load(c->store, c->model, c->moves, &cause) == 0, "%s", cause);
	ck_assert_msg(intent_load(c, &cause) == 0, "%s", cause);
	ck_assert_msg(host_load(c, &cause) == 0, "%s", cause);
	host_tell_all(c, record_batch(c));
	ck_assert_int_eq(store_start(c->store, c->mailbox, &cause), 0);
	ck_assert_int_eq(model_configure(c->model, c->settings, 1, &now, &cause), 0);
	c->settings_seq = 1;
	c->poller = ecx_poller_new(c->base, on_round, c);
	ecx_poller_configure(c->poller, c->settings, 1);
	moving_configured(c, &now);
	moving_start(c, &now);
	if (!unseen) {
		see(EAST);
		see(WEST);
	}
}

static void
stop(void)
{
	c->stopping = true;
	record_flush(c);
	ecx_poller_free(c->poller);
	c->poller = NULL;
	store_stop(c->store);
	c->closed = true;
	mailbox_free(c->mailbox);
	store_close(c->store);
	c->store = NULL;
	intent_free(c);
	record_free(c);
	event_free(c->publish);
	moving_free(c);
	host_free(c);
	model_free(c->model);
	generation_box_free(c->box);
	settings_free(c->settings);
	event_base_free(c->base);
	free(c);
}

static void
setup(void)
{
	memcpy(dir + strlen(dir) - 6, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	unseen = false;
	start();
}

static void
teardown(void)
{
	struct dirent *e;
	DIR *d;

	stop();
	d = opendir(dir);
	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			ck_assert_int_eq(unlinkat(dirfd(d), e->d_name, 0), 0);
	closedir(d);
	ck_assert_int_eq(rmdir(dir), 0);
}

static struct request *
post(enum request_phase phase, uint64_t transaction, int64_t serial)
{
	const struct set_item item = {
		.what = WRITE_SET_SERIAL, .klen = 1, .number = serial
	};
	struct request *r = request_new(phase, transaction, &item, 1);

	intent_request(&request_ref(r)->mail);
	return r;
}

static size_t failed_item;

/* Turns the loop until it is answered; returns the error. */
static int
answer(struct request *r)
{
	int error;

	while (atomic_load(&r->state) != REQUEST_ANSWERED)
		event_base_loop(c->base, EVLOOP_ONCE);
	error = r->error;
	failed_item = r->failed_item;
	request_unref(r);
	return error;
}

static int
ask(enum request_phase phase, uint64_t transaction, int64_t serial)
{
	return answer(post(phase, transaction, serial));
}

/* --- SETs of moves -----------------------------------------------------------------
 */

static struct set_item items[8];
static size_t nitems;

static void
target(uint32_t vm, uint32_t cluster)
{
	items[nitems++] = (struct set_item) { .what = WRITE_VM_TARGET_CLUSTER,
		.key = { vm },
		.klen = 1,
		.number = cluster };
}

static void
column(enum writable what, uint32_t index, int64_t number)
{
	items[nitems++] = (struct set_item) {
		.what = what, .key = { 2, 'o', 'p', index }, .klen = 4, .number = number
	};
}

static void
creation(uint32_t index, uint32_t vm, uint32_t cluster)
{
	nitems = 0;
	column(WRITE_MOVE_STATUS, index, 4);
	column(WRITE_MOVE_VM, index, vm);
	column(WRITE_MOVE_CLUSTER, index, cluster);
}

static int
ask_items(enum request_phase phase, uint64_t transaction)
{
	struct request *r = request_new(phase, transaction, items, nitems);

	intent_request(&request_ref(r)->mail);
	return answer(r);
}

/* All phases of one SET; the first error. */
static int
set_items(uint64_t transaction)
{
	int error = ask_items(REQUEST_TEST, transaction);

	if (error == OK)
		error = ask_items(REQUEST_COMMIT, transaction);
	if (error == OK)
		error = ask_items(REQUEST_ACCEPT, transaction);
	return error;
}

static size_t
moves_now(void)
{
	const struct model_now now = control_now();

	return table_count(model_tables(c->model, &now, NULL)[TABLE_MOVE]);
}

/* How the move op/INDEX ended; at most ten seconds of rounds. */
static int64_t
ending(uint32_t index)
{
	const msec_t until = clock_ms() + 10000;
	const struct timeval soon = { 0, 20000 };
	const struct move_row *row;

	do {
		event_base_loopexit(c->base, &soon);
		event_base_dispatch(c->base);
		see(EAST);
		see(WEST);
		row = model_move_row(c->model, "op", index);
	} while (row->finished_wall == 0 && clock_ms() < until);
	return row->state;
}

/* A new process. */
static void
restart(void)
{
	stop();
	start();
}

static int64_t
serial_now(void)
{
	const struct model_now now = control_now();
	const uint32_t key = 0;
	const struct set_row *row =
	    table_get(model_tables(c->model, &now, NULL)[TABLE_SET], &key, 1);

	return row->serial;
}

/* How many proposals a new process finds in the file. */
static int
proposals_in_file(void)
{
	struct store *s;
	char *cause = NULL;
	int n = 0;

	stop();
	s = store_open(dir, &cause);
	ck_assert_msg(s != NULL, "%s", cause);
	ck_assert_int_eq(store_load(s, "proposal", count_record, &n, &cause), 0);
	store_close(s);
	start();
	return n;
}

static void
lapse(msec_t ms)
{
	const struct model_now later = { clock_ms() + ms, time(NULL) };

	intent_tick(c, &later);
}

START_TEST(test_whole_way)
{
	ck_assert_int_eq(ask(REQUEST_TEST, 1, 0), OK);
	ck_assert_int_eq(ask(REQUEST_COMMIT, 1, 0), OK);
	ck_assert_int_eq(serial_now(), 0); /* proposed is not accepted */
	ck_assert_int_eq(ask(REQUEST_ACCEPT, 1, 0), OK);
	ck_assert_int_eq(serial_now(), 1);
	ck_assert_int_eq(proposals_in_file(), 0);
}
END_TEST

START_TEST(test_reservation)
{
	ck_assert_int_eq(ask(REQUEST_TEST, 1, 0), OK);
	ck_assert_int_eq(ask(REQUEST_TEST, 2, 0), RESOURCE_UNAVAILABLE);
	ck_assert_int_eq(ask(REQUEST_FREE, 1, 0), OK);
	ck_assert_int_eq(ask(REQUEST_TEST, 3, 0), OK);
	lapse(9000);
	ck_assert_int_eq(ask(REQUEST_TEST, 4, 0), RESOURCE_UNAVAILABLE);
	lapse(11000);
	ck_assert_int_eq(ask(REQUEST_TEST, 5, 0), OK);
	ck_assert_int_eq(ask(REQUEST_COMMIT, 3, 0), COMMIT_FAILED); /* it lapsed */
	ck_assert_int_eq(ask(REQUEST_COMMIT, 5, 0), OK);
}
END_TEST

START_TEST(test_commit_without_test)
{
	ck_assert_int_eq(ask(REQUEST_COMMIT, 1, 0), COMMIT_FAILED);
	ck_assert_int_eq(ask(REQUEST_ACCEPT, 1, 0), OK);
	ck_assert_int_eq(serial_now(), 0);
}
END_TEST

START_TEST(test_undo)
{
	ck_assert_int_eq(ask(REQUEST_TEST, 1, 0), OK);
	ck_assert_int_eq(ask(REQUEST_COMMIT, 1, 0), OK);
	ck_assert_int_eq(ask(REQUEST_UNDO, 1, 0), OK);
	ck_assert_int_eq(ask(REQUEST_ACCEPT, 1, 0), OK); /* of nothing */
	lapse(11000);
	ck_assert_int_eq(serial_now(), 0);
	ck_assert_int_eq(proposals_in_file(), 0);
}
END_TEST

START_TEST(test_undo_before_durable)
{
	struct request *commit;

	ck_assert_int_eq(ask(REQUEST_TEST, 1, 0), OK);
	commit = post(REQUEST_COMMIT, 1, 0); /* the face stopped waiting */
	ck_assert_int_eq(ask(REQUEST_UNDO, 1, 0), OK);
	while (atomic_load(&commit->state) != REQUEST_ANSWERED)
		event_base_loop(c->base, EVLOOP_ONCE);
	request_unref(commit);
	lapse(11000);
	ck_assert_int_eq(serial_now(), 0);
	ck_assert_int_eq(proposals_in_file(), 0);
}
END_TEST

START_TEST(test_orphan_by_time)
{
	ck_assert_int_eq(ask(REQUEST_TEST, 1, 0), OK);
	ck_assert_int_eq(ask(REQUEST_COMMIT, 1, 0), OK);
	lapse(9000);
	ck_assert_int_eq(serial_now(), 0);
	lapse(11000);
	ck_assert_int_eq(serial_now(), 1);
	lapse(22000);
	ck_assert_int_eq(serial_now(), 1); /* once */
}
END_TEST

/* What is older is settled before what is newer is even tested. */
START_TEST(test_orphan_and_next)
{
	ck_assert_int_eq(ask(REQUEST_TEST, 1, 0), OK);
	ck_assert_int_eq(ask(REQUEST_COMMIT, 1, 0), OK);
	ck_assert_int_eq(ask(REQUEST_TEST, 2, 0), INCONSISTENT_VALUE);
	ck_assert_int_eq(serial_now(), 1);
	ck_assert_int_eq(ask(REQUEST_TEST, 3, 1), OK);
	ck_assert_int_eq(ask(REQUEST_COMMIT, 3, 1), OK);
	ck_assert_int_eq(ask(REQUEST_ACCEPT, 3, 1), OK);
	lapse(11000);
	ck_assert_int_eq(serial_now(), 2);
	ck_assert_int_eq(proposals_in_file(), 0);
}
END_TEST

START_TEST(test_found_at_start)
{
	ck_assert_int_eq(ask(REQUEST_TEST, 1, 0), OK);
	ck_assert_int_eq(ask(REQUEST_COMMIT, 1, 0), OK);
	ck_assert_int_eq(proposals_in_file(), 1);
	intent_start(c);
	ck_assert_int_eq(serial_now(), 1);
	ck_assert_int_eq(proposals_in_file(), 0);
}
END_TEST

START_TEST(test_revoked)
{
	const struct set_item item = { .what = WRITE_SET_SERIAL, .klen = 1 };
	struct request *r = request_new(REQUEST_TEST, 1, &item, 1);

	ck_assert_int_eq(request_wait(r, 1), 0); /* given up before control took it */
	intent_request(&request_ref(r)->mail);
	ck_assert_int_eq(atomic_load(&r->state), REQUEST_REVOKED);
	request_unref(r);
	ck_assert_int_eq(ask(REQUEST_TEST, 2, 0), OK); /* nothing is reserved */
}
END_TEST

/* What the whole-state write of a recovered store leaves: the proposals that stand. */
START_TEST(test_tell_all)
{
	struct store_batch *b = store_batch_new();

	store_batch_put(b, "proposal", "00000000000000aa", "{\"set\":[]}");
	store_submit(c->store, b, NULL, NULL);
	ck_assert_int_eq(ask(REQUEST_TEST, 1, 0), OK);
	ck_assert_int_eq(ask(REQUEST_COMMIT, 1, 0), OK);
	b = store_batch_new();
	intent_tell_all(c, b);
	store_submit(c->store, b, NULL, NULL);
	ck_assert_int_eq(proposals_in_file(), 1);
}
END_TEST

/* --- moves --------------------------------------------------------------------------
 */

START_TEST(test_move)
{
	nitems = 0;
	target(VM1, WEST_INDEX);
	ck_assert_int_eq(ask_items(REQUEST_TEST, 1), OK);
	ck_assert_uint_eq(moves_now(), 0);
	ck_assert_int_eq(ask_items(REQUEST_COMMIT, 1), OK);
	ck_assert_uint_eq(moves_now(), 0); /* proposed is not accepted */
	ck_assert_int_eq(ask_items(REQUEST_ACCEPT, 1), OK);
	ck_assert_uint_eq(moves_now(), 1);
	ck_assert_ptr_nonnull(model_move_row(c->model, "set", 1));
	/* the same once more, also of a new process, is the same move */
	ck_assert_int_eq(set_items(2), OK);
	ck_assert_uint_eq(moves_now(), 1);
	restart();
	ck_assert_uint_eq(moves_now(), 1);
	ck_assert_int_eq(set_items(1), OK);
	ck_assert_uint_eq(moves_now(), 1);
	ck_assert_int_eq(proposals_in_file(), 0);
}
END_TEST

START_TEST(test_move_undone)
{
	nitems = 0;
	target(VM1, WEST_INDEX);
	ck_assert_int_eq(ask_items(REQUEST_TEST, 1), OK);
	ck_assert_int_eq(ask_items(REQUEST_COMMIT, 1), OK);
	ck_assert_int_eq(ask_items(REQUEST_UNDO, 1), OK);
	lapse(11000);
	ck_assert_uint_eq(moves_now(), 0);
	ck_assert_int_eq(proposals_in_file(), 0);
	ck_assert_uint_eq(moves_now(), 0);
}
END_TEST

/* The manager may have been told: what is durable is carried out once. */
START_TEST(test_move_found_at_start)
{
	creation(7, VM1, WEST_INDEX);
	ck_assert_int_eq(ask_items(REQUEST_TEST, 1), OK);
	ck_assert_int_eq(ask_items(REQUEST_COMMIT, 1), OK);
	restart();
	ck_assert_uint_eq(moves_now(), 0);
	intent_start(c);
	ck_assert_uint_eq(moves_now(), 1);
	ck_assert_ptr_nonnull(model_move_row(c->model, "op", 7));
	ck_assert_int_eq(proposals_in_file(), 0);
	ck_assert_uint_eq(moves_now(), 1);
}
END_TEST

/* Before the first rounds nothing is known of the VM: it waits for them. */
START_TEST(test_move_found_unseen)
{
	creation(7, VM1, WEST_INDEX);
	ck_assert_int_eq(ask_items(REQUEST_TEST, 1), OK);
	ck_assert_int_eq(ask_items(REQUEST_COMMIT, 1), OK);
	unseen = true;
	restart();
	intent_start(c);
	ck_assert_uint_eq(moves_now(), 0);
	see(WEST);
	lapse(1000);
	ck_assert_uint_eq(moves_now(), 0);
	ck_assert_int_eq(
	    set_items(2), INCONSISTENT_VALUE); /* it comes first, in vain */
	ck_assert_uint_eq(moves_now(), 1);
	ck_assert_int_eq(model_move_row(c->model, "op", 7)->state, MOVE_FAILED);
}
END_TEST

START_TEST(test_move_found_then_seen)
{
	creation(7, VM1, WEST_INDEX);
	ck_assert_int_eq(ask_items(REQUEST_TEST, 1), OK);
	ck_assert_int_eq(ask_items(REQUEST_COMMIT, 1), OK);
	unseen = true;
	restart();
	intent_start(c);
	/* another SET is another matter */
	ck_assert_int_eq(ask(REQUEST_TEST, 1, 0), OK);
	ck_assert_int_eq(ask(REQUEST_COMMIT, 1, 0), OK);
	ck_assert_int_eq(ask(REQUEST_ACCEPT, 1, 0), OK);
	ck_assert_uint_eq(moves_now(), 0);
	see(EAST);
	see(WEST);
	lapse(1000);
	ck_assert_uint_eq(moves_now(), 1);
	ck_assert_int_lt(model_move_row(c->model, "op", 7)->state, MOVE_SUCCEEDED);
	lapse(2000);
	ck_assert_uint_eq(moves_now(), 1);
	ck_assert_int_eq(proposals_in_file(), 0);
}
END_TEST

START_TEST(test_move_found_never_seen)
{
	creation(7, VM1, WEST_INDEX);
	ck_assert_int_eq(ask_items(REQUEST_TEST, 1), OK);
	ck_assert_int_eq(ask_items(REQUEST_COMMIT, 1), OK);
	unseen = true;
	restart();
	intent_start(c);
	lapse(c->settings->poll.freshness - 1000);
	ck_assert_uint_eq(moves_now(), 0);
	lapse(c->settings->poll.freshness + 1000);
	ck_assert_uint_eq(moves_now(), 1);
	ck_assert_int_eq(model_move_row(c->model, "op", 7)->state, MOVE_FAILED);
}
END_TEST

START_TEST(test_move_orphan)
{
	creation(7, VM1, WEST_INDEX);
	ck_assert_int_eq(ask_items(REQUEST_TEST, 1), OK);
	ck_assert_int_eq(ask_items(REQUEST_COMMIT, 1), OK);
	lapse(11000);
	ck_assert_uint_eq(moves_now(), 1);
	lapse(22000);
	ck_assert_uint_eq(moves_now(), 1);
}
END_TEST

START_TEST(test_row_twice)
{
	creation(7, VM1, WEST_INDEX);
	ck_assert_int_eq(set_items(1), OK);
	ck_assert_int_eq(ask_items(REQUEST_TEST, 2), INCONSISTENT_VALUE);
	ck_assert_uint_eq(moves_now(), 1);
	restart();
	ck_assert_int_eq(ask_items(REQUEST_TEST, 1), INCONSISTENT_VALUE);
	/* another move of that VM is another matter, and refused for another reason */
	creation(8, VM1, WEST_INDEX);
	ck_assert_int_eq(ask_items(REQUEST_TEST, 3), INCONSISTENT_VALUE);
	creation(8, VM2, WEST_INDEX);
	ck_assert_int_eq(set_items(4), OK);
	ck_assert_uint_eq(moves_now(), 2);
}
END_TEST

START_TEST(test_all_or_nothing)
{
	nitems = 0;
	target(VM1, WEST_INDEX);
	target(VM2, 99);
	ck_assert_int_eq(ask_items(REQUEST_TEST, 1), ERROR_WRONG_VALUE);
	ck_assert_uint_eq(failed_item, 1);
	ck_assert_int_eq(ask_items(REQUEST_COMMIT, 1), COMMIT_FAILED);
	ck_assert_uint_eq(moves_now(), 0);
	items[1].number = WEST_INDEX;
	ck_assert_int_eq(set_items(2), OK);
	ck_assert_uint_eq(moves_now(), 2);
}
END_TEST

START_TEST(test_reserved_vm)
{
	nitems = 0;
	target(VM1, WEST_INDEX);
	ck_assert_int_eq(ask_items(REQUEST_TEST, 1), OK);
	creation(7, VM1, WEST_INDEX);
	ck_assert_int_eq(ask_items(REQUEST_TEST, 2), RESOURCE_UNAVAILABLE);
	creation(7, VM2, WEST_INDEX);
	ck_assert_int_eq(ask_items(REQUEST_TEST, 3), OK);
}
END_TEST

/* What asks for nothing needs no disk. */
START_TEST(test_nothing)
{
	nitems = 0;
	target(VM1, 0);
	ck_assert_int_eq(ask_items(REQUEST_TEST, 1), OK);
	ck_assert_int_eq(ask_items(REQUEST_COMMIT, 1), OK);
	ck_assert_int_eq(proposals_in_file(), 0);
	ck_assert_int_eq(set_items(1), OK);
	ck_assert_int_eq(ask_items(REQUEST_TEST, 2), OK);
	ck_assert_int_eq(ask_items(REQUEST_COMMIT, 2), OK);
	ck_assert_int_eq(ask_items(REQUEST_UNDO, 2), OK);
	ck_assert_uint_eq(moves_now(), 0);
}
END_TEST

START_TEST(test_orders)
{
	creation(7, VM1, WEST_INDEX);
	ck_assert_int_eq(set_items(1), OK);
	nitems = 0;
	column(WRITE_MOVE_STATUS, 7, 6);
	ck_assert_int_eq(ask_items(REQUEST_TEST, 2), INCONSISTENT_VALUE); /* is open */
	nitems = 0;
	column(WRITE_MOVE_FORCE, 7, 1);
	ck_assert_int_ne(ask_items(REQUEST_TEST, 3), OK); /* not configured */
	nitems = 0;
	column(WRITE_MOVE_CONTROL, 7, CONTROL_CANCEL);
	ck_assert_int_eq(set_items(4), OK);
	ck_assert_int_eq(ending(7), MOVE_CANCELLED);
	nitems = 0;
	column(WRITE_MOVE_STATUS, 7, 6);
	ck_assert_int_eq(set_items(5), OK);
	ck_assert_uint_eq(moves_now(), 0);
	restart();
	ck_assert_uint_eq(moves_now(), 0);
	creation(7, VM1, WEST_INDEX);
	ck_assert_int_eq(ask_items(REQUEST_TEST, 6), ERROR_INCONSISTENT_NAME);
}
END_TEST

/* While the file cannot be written nothing is asked for, and later all is as before. */
START_TEST(test_store_failed)
{
	record_failed(c, "no space left");
	creation(7, VM1, WEST_INDEX);
	ck_assert_int_eq(ask_items(REQUEST_TEST, 1), RESOURCE_UNAVAILABLE);
	while (c->store_failed) /* the retry, after some seconds */
		event_base_loop(c->base, EVLOOP_ONCE);
	ck_assert_int_eq(set_items(2), OK);
	restart();
	ck_assert_uint_eq(moves_now(), 1);
}
END_TEST

/* Rows that went while nothing could be written do not come back. */
START_TEST(test_gone_while_failed)
{
	creation(7, VM1, WEST_INDEX);
	ck_assert_int_eq(set_items(1), OK);
	nitems = 0;
	column(WRITE_MOVE_CONTROL, 7, CONTROL_CANCEL);
	ck_assert_int_eq(set_items(2), OK);
	ck_assert_int_eq(ending(7), MOVE_CANCELLED);
	record_flush(c);
	record_failed(c, "no space left");
	store_batch_free(c->batch);
	c->batch = NULL;
	moves_order(c->moves,
	    &(const struct move_order_request) {
	        .kind = MOVE_ORDER_DESTROY, .owner = (char[]) { "op" }, .index = 7 },
	    &(const struct model_now) { clock_ms(), time(NULL) });
	store_batch_free(c->batch); /* as a batch that fails */
	c->batch = NULL;
	while (c->store_failed)
		event_base_loop(c->base, EVLOOP_ONCE);
	restart();
	ck_assert_uint_eq(moves_now(), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("intent");
	TCase *t = tcase_create("intent");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 30);
	tcase_add_test(t, test_whole_way);
	tcase_add_test(t, test_reservation);
	tcase_add_test(t, test_commit_without_test);
	tcase_add_test(t, test_undo);
	tcase_add_test(t, test_undo_before_durable);
	tcase_add_test(t, test_orphan_by_time);
	tcase_add_test(t, test_orphan_and_next);
	tcase_add_test(t, test_found_at_start);
	tcase_add_test(t, test_revoked);
	tcase_add_test(t, test_tell_all);
	tcase_add_test(t, test_move);
	tcase_add_test(t, test_move_undone);
	tcase_add_test(t, test_move_found_at_start);
	tcase_add_test(t, test_move_found_unseen);
	tcase_add_test(t, test_move_found_then_seen);
	tcase_add_test(t, test_move_found_never_seen);
	tcase_add_test(t, test_move_orphan);
	tcase_add_test(t, test_row_twice);
	tcase_add_test(t, test_all_or_nothing);
	tcase_add_test(t, test_reserved_vm);
	tcase_add_test(t, test_nothing);
	tcase_add_test(t, test_orders);
	tcase_add_test(t, test_store_failed);
	tcase_add_test(t, test_gone_while_failed);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
