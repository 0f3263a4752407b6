/*
 * SPDX-License-Identifier: Apache-2.0
 * A control without a face, for tests of SETs. See intent_rig.h.
 */
#include "tests/unit/intent_rig.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "subagent/persist.h"
#include "tests/unit/model_fixture.h"

#define SET                                                            \
	"cluster east server1 server2\ncluster west server3 server4\n" \
	"vm vm1 stateless east west manual=east manual=west\n"         \
	"vm vm2 stateless east west manual=east manual=west\n"

struct control *c;
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

/* Polls find nobody; what is seen comes by rig_see(). */
static void
on_round(struct observation *o, void *arg)
{
	(void)arg;
	observation_free(o);
}

void
rig_see(const char *text)
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

bool rig_unseen;

/* A control with a store and two clusters, but without threads of the face. */
static void
rig_start(void)
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
	policies_init(c);
	c->store = store_open(dir, &cause);
	ck_assert_msg(c->store != NULL, "%s", cause);
	ck_assert_msg(
	    persist_load(c->store, c->model, c->moves, c->engine, &cause) == 0, "%s",
	    cause);
	ck_assert_msg(intent_load(c, &cause) == 0, "%s", cause);
	ck_assert_msg(host_load(c, &cause) == 0, "%s", cause);
	host_tell_all(c, record_batch(c));
	ck_assert_int_eq(store_start(c->store, c->mailbox, &cause), 0);
	ck_assert_int_eq(model_configure(c->model, c->settings, 1, &now, &cause), 0);
	c->settings_seq = 1;
	c->poller = ecx_poller_new(c->base, on_round, c);
	ecx_poller_configure(c->poller, c->settings, 1);
	moving_configured(c, &now);
	policies_configured(c, &now);
	moving_start(c, &now);
	policies_start(c, &now);
	if (!rig_unseen) {
		rig_see(RIG_EAST);
		rig_see(RIG_WEST);
	}
}

static void
rig_stop(void)
{
	c->stopping = true;
	record_flush(c);
	ecx_poller_free(c->poller);
	c->poller = NULL;
	store_stop(c->store);
	c->closed = true;
	policies_stop(c);
	mailbox_free(c->mailbox);
	store_close(c->store);
	c->store = NULL;
	intent_free(c);
	record_free(c);
	event_free(c->publish);
	policies_free(c);
	moving_free(c);
	host_free(c);
	model_free(c->model);
	generation_box_free(c->box);
	settings_free(c->settings);
	event_base_free(c->base);
	free(c);
}

void
rig_setup(void)
{
	memcpy(dir + strlen(dir) - 6, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	rig_unseen = false;
	rig_start();
}

void
rig_teardown(void)
{
	struct dirent *e;
	DIR *d;

	rig_stop();
	d = opendir(dir);
	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			ck_assert_int_eq(unlinkat(dirfd(d), e->d_name, 0), 0);
	closedir(d);
	ck_assert_int_eq(rmdir(dir), 0);
}

struct request *
rig_post(enum request_phase phase, uint64_t transaction, int64_t serial)
{
	const struct set_item item = {
		.what = WRITE_SET_SERIAL, .klen = 1, .number = serial
	};
	struct request *r = request_new(phase, transaction, &item, 1);

	intent_request(&request_ref(r)->mail);
	return r;
}

size_t rig_failed_item;

/* Turns the loop until it is answered; returns the error. */
int
rig_answer(struct request *r)
{
	int error;

	while (atomic_load(&r->state) != REQUEST_ANSWERED)
		event_base_loop(c->base, EVLOOP_ONCE);
	error = r->error;
	rig_failed_item = r->failed_item;
	request_unref(r);
	return error;
}

int
rig_ask(enum request_phase phase, uint64_t transaction, int64_t serial)
{
	return rig_answer(rig_post(phase, transaction, serial));
}

/* A new process. */
void
rig_restart(void)
{
	rig_stop();
	rig_start();
}

/* How many proposals a new process finds in the file. */
int
rig_proposals_in_file(void)
{
	struct store *s;
	char *cause = NULL;
	int n = 0;

	rig_stop();
	s = store_open(dir, &cause);
	ck_assert_msg(s != NULL, "%s", cause);
	ck_assert_int_eq(store_load(s, "proposal", count_record, &n, &cause), 0);
	store_close(s);
	rig_start();
	return n;
}

void
rig_lapse(msec_t ms)
{
	const struct model_now later = { clock_ms() + ms, time(NULL) };

	intent_tick(c, &later);
}
