/*
 * SPDX-License-Identifier: Apache-2.0
 * The model: events, alarms and health.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/model_fixture.h"

#define SET                                                            \
	"cluster east server1 server2\ncluster west server3 server4\n" \
	"vm vm1 stateless east west\n"

#define EAST      "east: server1=Online server2=Online | vm1=Online@server1"
#define WEST_IDLE "west: server3=Online server4=Online | vm1=Offline"

static struct fx *fx;

static void
teardown(void)
{
	if (fx != NULL)
		fx_free(fx);
	fx = NULL;
}

static void
alarm_set(enum cs_severity severity, const char *text)
{
	model_alarm(
	    fx->model, ALARM_STORE_FAILED, severity, OBJECT_SET, "set", text, &fx->now);
}

static char *
log_of(void)
{
	static char *log;

	free(log);
	log = fx_log(fx);
	return log;
}

/* --- alarms ------------------------------------------------------------------------
 */

START_TEST(test_alarm_life)
{
	const struct alarm_row *a;
	uint32_t index, event;
	char *cause = NULL;

	fx = fx_new(SET);
	fx_forget(fx);
	alarm_set(SEV_WARNING, NULL); /* nothing to clear */
	ck_assert_str_eq(log_of(), "");
	alarm_set(SEV_WARNING, "disk full");
	ck_assert_str_eq(log_of(), "15/2 disk full\n");
	a = fx_alarm(fx, ALARM_STORE_FAILED, "set");
	index = a->head.key[0];
	event = fx->last_event;
	ck_assert_uint_eq(index, event); /* of its event: never given again */
	ck_assert_int_eq(a->since_wall, fx->now.wall);
	ck_assert_int_eq(a->acknowledged, 2);
	fx_later(fx, 5000);
	alarm_set(SEV_WARNING, "disk full");
	a = fx_alarm(fx, ALARM_STORE_FAILED, "set");
	ck_assert_int_eq(a->last_wall, fx->now.wall - 5); /* nothing new */
	alarm_set(SEV_WARNING, "disk very full");
	ck_assert_str_eq(log_of(), ""); /* other words are no other alarm */
	a = fx_alarm(fx, ALARM_STORE_FAILED, "set");
	ck_assert_str_eq(a->text, "disk very full");
	ck_assert_int_eq(a->last_wall, fx->now.wall);
	ck_assert_int_eq(a->since_wall, fx->now.wall - 5);
	ck_assert_uint_eq(a->head.key[0], index);
	fx_want(fx, INTENT_ALARM_ACK, index, 0, 1);
	a = fx_alarm(fx, ALARM_STORE_FAILED, "set");
	ck_assert_int_eq(a->acknowledged, 1);
	ck_assert_int_eq(a->acknowledged_wall, fx->now.wall);
	ck_assert_ptr_nonnull(strstr(log_of(), "acknowledged: disk very full"));
	fx_want(fx, INTENT_ALARM_ACK, index, 0, 1);
	ck_assert_str_eq(log_of(), "");
	/* what gets worse is news again */
	alarm_set(SEV_CRITICAL, "disk broken");
	ck_assert_str_eq(log_of(), "15/3 disk broken\n");
	ck_assert_int_eq(fx_alarm(fx, ALARM_STORE_FAILED, "set")->acknowledged, 2);
	alarm_set(SEV_WARNING, "disk full"); /* and better is not */
	ck_assert_str_eq(log_of(), "");
	alarm_set(SEV_WARNING, NULL);
	ck_assert_str_eq(log_of(), "16/1 over: disk full\n");
	ck_assert_uint_eq(fx_rows(fx, TABLE_ALARM), 0);
	ck_assert_int_eq(
	    fx_ask(fx, INTENT_ALARM_ACK, index, 0, 1, &cause), INTENT_NO_SUCH);
	free(cause);
	alarm_set(SEV_WARNING, "disk full");
	ck_assert_uint_gt(fx_alarm(fx, ALARM_STORE_FAILED, "set")->head.key[0], index);
}
END_TEST

START_TEST(test_alarm_restored)
{
	const struct alarm_row *a;
	uint32_t index;

	fx = fx_new(SET);
	alarm_set(SEV_WARNING, "disk full");
	fx_see(fx, "east():");
	index = fx_alarm(fx, ALARM_STORE_FAILED, "set")->head.key[0];
	fx_want(fx, INTENT_ALARM_ACK, index, 0, 1);
	fx_restart(fx, SET);
	fx_forget(fx);
	a = fx_alarm(fx, ALARM_STORE_FAILED, "set");
	ck_assert_uint_eq(a->head.key[0], index);
	ck_assert_str_eq(a->text, "disk full");
	ck_assert_int_eq(a->acknowledged, 1);
	/* nobody was asked yet: it stands, and is not raised again */
	ck_assert_ptr_nonnull(fx_alarm(fx, ALARM_CLUSTER_UNREACHABLE, "east"));
	fx_see(fx, "east():");
	ck_assert_uint_eq(fx_count(log_of(), EVENT_ALARM_RAISED), 0);
	fx_see(fx, EAST);
	ck_assert_ptr_null(fx_alarm(fx, ALARM_CLUSTER_UNREACHABLE, "east"));
	/* numbers go on behind those of standing alarms */
	alarm_set(SEV_WARNING, NULL);
	alarm_set(SEV_WARNING, "again");
	ck_assert_uint_gt(
	    fx_alarm(fx, ALARM_STORE_FAILED, "set")->head.key[0], index + 1);
}
END_TEST

static const struct {
	const char *round;
	const char *event; /* when it is over */
} befores[] = {
	{ "east():", "1/1 cluster east: unreachable -> normal\n" },
	{ "east=Caution: server1=Online server2=Online | vm1=Online@server1",
	    "1/1 cluster east: caution -> normal\n" },
	{ "east=Offline: server1=Online server2=Online | vm1=Offline",
	    "1/1 cluster east: offline -> normal\n" },
	{ "east=Normal~OTHER: server1=Online server2=Online |",
	    "1/1 cluster east: foreign -> normal\n" },
	{ "east: server1=Online server2=Offline | vm1=Online@server1",
	    "2/1 server east/server2: offline -> online\n" },
};

/* What was so before a restart is no news after it, and the end of it is. */
START_TEST(test_states_restored)
{
	char *log;

	fx = fx_new(SET);
	fx_see(fx, EAST);
	fx_see(fx, befores[_i].round);
	ck_assert_ptr_nonnull(strstr(log_of(), _i == 4 ? "2/3 " : "1/"));
	fx_restart(fx, SET);
	fx_see(fx, befores[_i].round);
	ck_assert_int_eq(fx_reload(fx, SET, NULL), 0);
	log = log_of();
	ck_assert_uint_eq(fx_count(log, EVENT_CLUSTER_STATE), 0);
	ck_assert_uint_eq(fx_count(log, EVENT_NODE_STATE), 0);
	fx_restart(fx, SET);
	fx_see(fx, EAST);
	log = log_of();
	ck_assert_msg(strstr(log, befores[_i].event) != NULL, "%s", log);
}
END_TEST

/* An alarm whose event was lost keeps its number for itself. */
START_TEST(test_alarm_without_event)
{
	struct model_now now = { 1, 1 };
	struct model *m = model_new(NULL, "x", &now);
	struct settings *s = fx_settings(SET);
	const struct alarm_row *a, *b;
	struct table_view *v;

	model_restore_alarm(m,
	    &(struct alarm_note) { .index = 500,
	        .type = ALARM_STORE_FAILED,
	        .severity = SEV_WARNING,
	        .object = OBJECT_SET,
	        .object_name = "set",
	        .text = "old" });
	ck_assert_int_eq(model_configure(m, s, 1, &now, NULL), 0);
	model_alarm(m, ALARM_HOOK_FAILED, SEV_WARNING, OBJECT_HOOK, "h", "new", &now);
	v = table_view(model_tables(m, &now, NULL)[TABLE_ALARM]);
	a = table_view_next(v, NULL, 0, true);
	b = table_view_next(v, a->head.key, 1, false);
	ck_assert_uint_eq(a->head.key[0], 500);
	ck_assert_uint_gt(b->head.key[0], 500);
	table_view_unref(v);
	model_free(m);
	settings_free(s);
}
END_TEST

/* The gap of a process before this one does not stand for ever. */
START_TEST(test_gap_restored)
{
	fx = fx_new(SET);
	fx_see(fx, EAST);
	model_gap(fx->model, 99000, &fx->now);
	ck_assert_ptr_nonnull(fx_alarm(fx, ALARM_CLOCK_GAP, "clustersetd"));
	fx_restart(fx, SET);
	ck_assert_ptr_nonnull(fx_alarm(fx, ALARM_CLOCK_GAP, "clustersetd"));
	fx_see(fx, EAST);
	fx_see(fx, WEST_IDLE);
	fx_later(fx, 1000);
	ck_assert_ptr_null(fx_alarm(fx, ALARM_CLOCK_GAP, "clustersetd"));
}
END_TEST

/* Nor does it when the set gets another name meanwhile. */
START_TEST(test_gap_renamed)
{
	struct settings *s;

	fx = fx_new(SET);
	fx_see(fx, EAST);
	model_gap(fx->model, 99000, &fx->now);
	s = fx_settings(SET);
	free(s->name);
	s->name = xstrdup("renamed");
	ck_assert_int_eq(model_configure(fx->model, s, ++fx->seq, &fx->now, NULL), 0);
	settings_free(fx->settings);
	fx->settings = s;
	fx_see(fx, EAST);
	fx_see(fx, WEST_IDLE);
	fx_later(fx, 1000);
	ck_assert_uint_eq(fx_rows(fx, TABLE_ALARM), 0);
}
END_TEST

/* In maintenance warnings are no warnings, and the end of it is news. */
START_TEST(test_maintenance)
{
	uint32_t east, server1;

	fx = fx_new(SET);
	fx_see(fx, EAST);
	fx_see(fx, WEST_IDLE);
	east = fx_cluster(fx, "east")->head.key[0];
	server1 = fx_node(fx, "east", "server1")->head.key[1];
	fx_want(fx, INTENT_CLUSTER_ADMIN, east, 0, CLUSTER_MAINTENANCE);
	fx_see(fx, "east=Caution: server1=Offline server2=Online | vm1=Online@server2");
	ck_assert_int_eq(
	    fx_alarm(fx, ALARM_SERVER_DOWN, "east/server1")->severity, SEV_INFO);
	ck_assert_int_eq(
	    fx_alarm(fx, ALARM_CLUSTER_NOT_NORMAL, "east")->severity, SEV_INFO);
	ck_assert_int_eq(fx_set(fx)->health, HEALTH_OK);
	fx_forget(fx);
	fx_want(fx, INTENT_CLUSTER_ADMIN, east, 0, CLUSTER_ACTIVE);
	ck_assert_int_eq(
	    fx_alarm(fx, ALARM_SERVER_DOWN, "east/server1")->severity, SEV_CRITICAL);
	ck_assert_uint_eq(fx_count(log_of(), EVENT_ALARM_RAISED), 2);
	ck_assert_int_eq(fx_set(fx)->health, HEALTH_CRITICAL);
	fx_want(fx, INTENT_NODE_ADMIN, east, server1, CLUSTER_MAINTENANCE);
	ck_assert_int_eq(
	    fx_alarm(fx, ALARM_SERVER_DOWN, "east/server1")->severity, SEV_INFO);
	fx_want(fx, INTENT_CLUSTER_ADMIN, east, 0, CLUSTER_IGNORED);
	ck_assert_uint_eq(fx_rows(fx, TABLE_ALARM), 0);
	ck_assert_int_eq(fx_set(fx)->health, HEALTH_OK);
}
END_TEST

static void
see_denied(const char *round)
{
	struct observation *o = fx_round(fx->settings, round);

	o->views[1].reach = REACH_DENIED;
	o->settings_seq = fx->seq;
	o->start = o->end = fx->now.ms;
	model_observe(fx->model, o, &fx->now);
}

#define EAST_ONE "east(server1): server1=Online server2=Online | vm1=Online@server1"
#define EAST_DENIED \
	"east(server1,server2!): server1=Online server2=Online | vm1=Online@server1"

/* A refused account stands until that very server answers. */
START_TEST(test_credentials)
{
	const char *server2 = "east/server2";

	fx = fx_new(SET);
	see_denied(EAST_DENIED);
	ck_assert_ptr_nonnull(strstr(fx_alarm(fx, ALARM_CREDENTIALS, server2)->text,
	    "server east/server2 refuses the account"));
	ck_assert_uint_eq(fx_rows(fx, TABLE_ALARM), 1);
	ck_assert_ptr_nonnull(
	    strstr(fx_node(fx, "east", "server2")->status_text, "its own API"));
	fx_forget(fx);
	/* not asked this time, or silent: it stands */
	fx_see(fx, EAST_ONE);
	fx_see(fx, EAST_DENIED);
	ck_assert_ptr_nonnull(fx_alarm(fx, ALARM_CREDENTIALS, server2));
	/* so it does over a reload and a restart */
	see_denied(EAST_DENIED);
	ck_assert_int_eq(fx_reload(fx, SET, NULL), 0);
	ck_assert_ptr_nonnull(
	    strstr(fx_node(fx, "east", "server2")->status_text, "its own API"));
	fx_see(fx, EAST_ONE);
	ck_assert_ptr_nonnull(fx_alarm(fx, ALARM_CREDENTIALS, server2));
	fx_restart(fx, SET);
	fx_see(fx, EAST_ONE);
	ck_assert_ptr_nonnull(fx_alarm(fx, ALARM_CREDENTIALS, server2));
	ck_assert_uint_eq(fx_count(log_of(), EVENT_ALARM_CLEARED), 0);
	fx_see(fx, EAST);
	ck_assert_ptr_null(fx_alarm(fx, ALARM_CREDENTIALS, server2));
	/* nobody asks what is ignored */
	see_denied(EAST_DENIED);
	ck_assert_ptr_nonnull(fx_alarm(fx, ALARM_CREDENTIALS, server2));
	fx_want(fx, INTENT_CLUSTER_ADMIN, fx_cluster(fx, "east")->head.key[0], 0,
	    CLUSTER_IGNORED);
	ck_assert_uint_eq(fx_rows(fx, TABLE_ALARM), 0);
}
END_TEST

/* Who was found to be another one is so over a reload, until it answers again. */
START_TEST(test_foreign_reload)
{
	fx = fx_new(SET);
	fx_see(fx, EAST);
	fx_see_split(fx, EAST, 1, "east=Normal~OTHER: server1=Online server2=Online |");
	ck_assert_int_eq(fx_cluster(fx, "east")->oper, CLUSTER_FOREIGN);
	ck_assert_int_eq(fx_reload(fx, SET, NULL), 0);
	fx_see(fx, EAST_ONE);
	ck_assert_int_eq(fx_cluster(fx, "east")->oper, CLUSTER_FOREIGN);
	fx_see(fx, EAST);
	ck_assert_int_eq(fx_cluster(fx, "east")->oper, CLUSTER_NORMAL);
}
END_TEST

#define G50 "group-of-a-long-name-group-of-a-long-name-group-of"

#define TWINS                                                   \
	"cluster east server1 server2\n"                        \
	"cluster west server1 server2\nvm vm1 stateless east\n" \
	"vm vm2 stateless west\n"

/* Two members that may be one cluster: a warning, and both are believed. */
START_TEST(test_twin)
{
	const struct alarm_row *a;

	fx = fx_new(TWINS);
	fx_see(
	    fx, "west=Normal~demo: server1=Online server2=Online | vm2=Online@server1");
	fx_see(fx,
	    "east=Normal~other: server1=Online server2=Online | vm1=Online@server1");
	ck_assert_uint_eq(fx_rows(fx, TABLE_ALARM), 0);
	fx_free(fx);
	fx = fx_new(TWINS);
	fx_see(
	    fx, "west=Normal~demo: server1=Online server2=Online | vm2=Online@server1");
	fx_see(
	    fx, "east=Normal~demo: server1=Online server2=Online | vm1=Online@server1");
	fx_see(
	    fx, "west=Normal~demo: server1=Online server2=Online | vm2=Online@server1");
	a = fx_alarm(fx, ALARM_CLUSTER_IDENTITY, "west");
	ck_assert_ptr_nonnull(a);
	ck_assert_int_eq(a->severity, SEV_WARNING);
	ck_assert_ptr_nonnull(strstr(a->text, "as member east"));
	ck_assert_ptr_null(fx_alarm(fx, ALARM_CLUSTER_IDENTITY, "east"));
	ck_assert_int_eq(fx_cluster(fx, "west")->oper, CLUSTER_NORMAL);
	/* a restart takes it for nothing worse */
	fx_restart(fx, TWINS);
	fx_forget(fx);
	fx_see(
	    fx, "west=Normal~demo: server1=Online server2=Online | vm2=Online@server1");
	ck_assert_uint_eq(fx_count(log_of(), EVENT_CLUSTER_STATE), 0);
	ck_assert_ptr_nonnull(fx_alarm(fx, ALARM_CLUSTER_IDENTITY, "west"));
	/* the other one leaves */
	ck_assert_int_eq(
	    fx_reload(
	        fx, "cluster west server1 server2\nvm vm2 stateless west\n", NULL),
	    0);
	ck_assert_uint_eq(fx_rows(fx, TABLE_ALARM), 0);
}
END_TEST

/* A group whose name nobody can show or pair does not vanish silently. */
START_TEST(test_unnamed_group)
{
	const char *set = SET "pattern group* stateless east west\n";
	const struct alarm_row *a;

	fx = fx_new(set);
	fx_see(fx, EAST " " G50 "=Offline");
	ck_assert_ptr_null(fx_alarm(fx, ALARM_UNPAIRED_GROUP, "east"));
	fx_see(fx, EAST " " G50 G50 "=Offline " G50 G50 "2=Offline");
	a = fx_alarm(fx, ALARM_UNPAIRED_GROUP, "east");
	ck_assert_ptr_nonnull(a);
	ck_assert_ptr_nonnull(strstr(a->text, "cluster east: group " G50 G50 " is"));
	ck_assert_ptr_nonnull(strstr(a->text, "(and 1 more)"));
	ck_assert_uint_eq(fx_rows(fx, TABLE_CANDIDATE), 0);
	fx_see(fx, "east():");
	ck_assert_int_eq(fx_reload(fx, SET, NULL), 0);
	ck_assert_ptr_nonnull(fx_alarm(fx, ALARM_UNPAIRED_GROUP, "east"));
	fx_see(fx, EAST);
	ck_assert_ptr_null(fx_alarm(fx, ALARM_UNPAIRED_GROUP, "east"));
}
END_TEST

START_TEST(test_transport)
{
	struct settings *s;

	fx = fx_new(SET);
	s = fx_settings(SET);
	free(s->clusters[0].servers[1].url);
	s->clusters[0].servers[1].url = xstrdup("http://10.0.0.1:29009");
	s->clusters[1].verify = false;
	ck_assert_int_eq(model_configure(fx->model, s, ++fx->seq, &fx->now, NULL), 0);
	settings_free(fx->settings);
	fx->settings = s;
	ck_assert_ptr_nonnull(
	    strstr(fx_alarm(fx, ALARM_PLAIN_HTTP, "east")->text, "server2"));
	ck_assert_ptr_null(fx_alarm(fx, ALARM_PLAIN_HTTP, "west"));
	ck_assert_ptr_nonnull(fx_alarm(fx, ALARM_TLS_UNVERIFIED, "west"));
	ck_assert_int_eq(fx_reload(fx, SET, NULL), 0);
	ck_assert_uint_eq(fx_rows(fx, TABLE_ALARM), 0);
}
END_TEST

/* --- health --------------------------------------------------------------------------
 */

START_TEST(test_health)
{
	fx = fx_new("");
	ck_assert_int_eq(fx_set(fx)->health, HEALTH_UNKNOWN);
	ck_assert_str_eq(fx_set(fx)->health_reason, "no cluster is configured");
	ck_assert_int_eq(fx_reload(fx, SET, NULL), 0);
	ck_assert_int_eq(fx_set(fx)->health, HEALTH_UNKNOWN);
	ck_assert_str_eq(
	    fx_set(fx)->health_reason, "cluster east: no poll round has ended yet");
	fx_see(fx, EAST);
	ck_assert_str_eq(
	    fx_set(fx)->health_reason, "cluster west: no poll round has ended yet");
	fx_see(fx, WEST_IDLE);
	ck_assert_int_eq(fx_set(fx)->health, HEALTH_OK);
	ck_assert_str_eq(fx_set(fx)->health_reason, "");
	alarm_set(SEV_INFO, "by the way");
	ck_assert_int_eq(fx_set(fx)->health, HEALTH_OK);
	alarm_set(SEV_WARNING, "disk full");
	ck_assert_int_eq(fx_set(fx)->health, HEALTH_WARNING);
	ck_assert_str_eq(fx_set(fx)->health_reason, "disk full");
	fx_see(fx, "west():");
	ck_assert_int_eq(fx_set(fx)->health, HEALTH_CRITICAL);
	ck_assert_str_eq(fx_set(fx)->health_reason,
	    "cluster west: server3, server4: timed out (and 1 more)");
	fx_see(fx, WEST_IDLE);
	ck_assert_int_eq(fx_set(fx)->health, HEALTH_WARNING);
	ck_assert_int_eq(fx_set(fx)->clusters, 2);
	ck_assert_int_eq(fx_set(fx)->nodes, 4);
	ck_assert_int_eq(fx_set(fx)->vms, 1);
}
END_TEST

START_TEST(test_oldest_poll)
{
	msec_t began;

	fx = fx_new(SET);
	began = fx->now.ms;
	fx_later(fx, 1000);
	fx_see(fx, EAST);
	ck_assert_int_eq(fx_set(fx)->oldest_poll_since, began); /* west: never */
	fx_see(fx, WEST_IDLE);
	ck_assert_int_eq(fx_set(fx)->oldest_poll_since, began + 1000);
	fx_later(fx, 1000);
	fx_see(fx, "east():");
	ck_assert_int_eq(fx_set(fx)->oldest_poll_since, began + 1000);
	fx_want(fx, INTENT_CLUSTER_ADMIN, fx_cluster(fx, "east")->head.key[0], 0,
	    CLUSTER_IGNORED);
	ck_assert_int_eq(fx_set(fx)->oldest_poll_since, began + 1010);
}
END_TEST

/* --- events --------------------------------------------------------------------------
 */

/* The ring: the newest N, contiguous, numbers never reset. */
START_TEST(test_ring)
{
	const struct event_row *r = NULL;
	uint32_t expect;
	char text[20];
	int i;

	fx = fx_new(SET "events 50\n");
	for (i = 1; i <= 120; i++) {
		snprintf(text, sizeof(text), "event %d", i);
		model_event(fx->model, EVENT_DAEMON_STARTED, SEV_INFO, OBJECT_SET,
		    "set", text, &fx->now);
	}
	ck_assert_uint_eq(fx_rows(fx, TABLE_EVENT), 50);
	ck_assert_int_eq(fx_set(fx)->events_newest, 120);
	ck_assert_int_eq(fx_set(fx)->events_oldest, 71);
	ck_assert_int_eq(fx_set(fx)->events_dropped, 70);
	for (expect = 71; (r = fx_next(fx, TABLE_EVENT, r)) != NULL; expect++) {
		snprintf(text, sizeof(text), "event %u", expect);
		ck_assert_uint_eq(r->head.key[0], expect);
		ck_assert_str_eq(r->text, text);
	}
	ck_assert_uint_eq(expect, 121);
	/* a smaller ring at once, and after a restart all goes on */
	ck_assert_int_eq(fx_reload(fx, SET "events 10\n", NULL), 0);
	ck_assert_uint_eq(fx_rows(fx, TABLE_EVENT), 10);
	fx_restart(fx, SET "events 10\n");
	ck_assert_uint_eq(fx_rows(fx, TABLE_EVENT), 10);
	ck_assert_int_eq(fx_set(fx)->events_newest, 120);
	model_event(fx->model, EVENT_DAEMON_STARTED, SEV_INFO, OBJECT_SET, "set", "x",
	    &fx->now);
	ck_assert_int_eq(fx_set(fx)->events_newest, 121);
	ck_assert_int_eq(fx_set(fx)->events_oldest, 112);
}
END_TEST

START_TEST(test_changed)
{
	struct observation *o;
	bool changed;

	fx = fx_new(SET);
	fx_see(fx, EAST);
	model_tables(fx->model, &fx->now, &changed);
	ck_assert(changed);
	model_tables(fx->model, &fx->now, &changed);
	ck_assert(!changed);
	fx_later(fx, 1000);
	model_tables(fx->model, &fx->now, &changed);
	ck_assert(!changed);
	o = fx_round(fx->settings, EAST);
	o->settings_seq = fx->seq;
	o->start = o->end = fx->now.ms;
	model_observe(fx->model, o, &fx->now);
	model_tables(fx->model, &fx->now, &changed);
	ck_assert(changed); /* the time of its poll */
	ck_assert_int_eq(fx_reload(fx, SET, NULL), 0);
	model_tables(fx->model, &fx->now, &changed);
	ck_assert(changed);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("alarm");
	TCase *t = tcase_create("alarm");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, NULL, teardown);

	tcase_add_test(t, test_alarm_life);
	tcase_add_test(t, test_alarm_restored);
	tcase_add_loop_test(
	    t, test_states_restored, 0, sizeof(befores) / sizeof(befores[0]));
	tcase_add_test(t, test_alarm_without_event);
	tcase_add_test(t, test_gap_restored);
	tcase_add_test(t, test_gap_renamed);
	tcase_add_test(t, test_maintenance);
	tcase_add_test(t, test_credentials);
	tcase_add_test(t, test_foreign_reload);
	tcase_add_test(t, test_twin);
	tcase_add_test(t, test_unnamed_group);
	tcase_add_test(t, test_transport);
	tcase_add_test(t, test_health);
	tcase_add_test(t, test_oldest_poll);
	tcase_add_test(t, test_ring);
	tcase_add_test(t, test_changed);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
