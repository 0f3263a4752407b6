/*
 * SPDX-License-Identifier: Apache-2.0
 * The model: do its words tell what is wrong, where, and what to do about it?
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/model_fixture.h"

#define CLUSTERS  "cluster east server1 server2\ncluster west server3 server4\n"
#define SET       CLUSTERS "vm vm1 stateless east west\n"
#define UP1       "server1=Online server2=Online"
#define UP3       "server3=Online server4=Online"

#define EAST      "east: " UP1 " | vm1=Online@server1"
#define WEST_IDLE "west: " UP3 " | vm1=Offline"

static struct fx *fx;

static void
teardown(void)
{
	if (fx != NULL)
		fx_free(fx);
	fx = NULL;
}

static char *
log_of(void)
{
	static char *log;

	free(log);
	log = fx_log(fx);
	return log;
}

static void
see_denied(const char *round)
{
	struct observation *o = fx_round(fx->settings, round);

	o->views[1].reach = REACH_DENIED;
	o->settings_seq = fx->seq;
	o->start = o->end = fx->now.ms;
	model_observe(fx->model, o, &fx->now);
}

static const struct {
	const char *round;
	bool denied;
	enum alarm_type alarm;
	const char *name;
} quiet[] = {
	{ "east():", false, ALARM_CLUSTER_UNREACHABLE, "east" },
	{ "east=Offline: server1=Online server2=Online | vm1=Offline", false,
	    ALARM_CLUSTER_NOT_NORMAL, "east" },
	{ "east=Normal~OTHER: server1=Online server2=Online |", false,
	    ALARM_CLUSTER_IDENTITY, "east" },
	{ "east(server1,server2!): server1=Online server2=Online | "
	  "vm1=Online@server1",
	    true, ALARM_CREDENTIALS, "east/server2" },
};

/* Whatever is wrong with a cluster in maintenance is only for information. */
START_TEST(test_maintenance_all)
{
	uint32_t east;
	char *log;
	int i;

	fx = fx_new(SET);
	fx_see(fx, EAST);
	fx_see(fx, WEST_IDLE);
	east = fx_cluster(fx, "east")->head.key[0];
	for (i = 0; i < 2; i++) { /* set before it happens, and after */
		if (i == 0)
			fx_want(fx, INTENT_CLUSTER_ADMIN, east, 0, CLUSTER_MAINTENANCE);
		fx_forget(fx);
		if (quiet[_i].denied)
			see_denied(quiet[_i].round);
		else
			fx_see(fx, quiet[_i].round);
		if (i == 0) {
			log = log_of();
			ck_assert_msg(strstr(log, "15/2 ") == NULL, "%s", log);
			ck_assert_msg(strstr(log, "/3 ") == NULL, "%s", log);
		} else {
			ck_assert_int_eq(fx_set(fx)->health, HEALTH_CRITICAL);
			fx_want(fx, INTENT_CLUSTER_ADMIN, east, 0, CLUSTER_MAINTENANCE);
		}
		ck_assert_int_eq(
		    fx_alarm(fx, quiet[_i].alarm, quiet[_i].name)->severity, SEV_INFO);
		ck_assert_int_eq(fx_set(fx)->health, HEALTH_OK);
		/* and out of it, it is news */
		fx_forget(fx);
		fx_want(fx, INTENT_CLUSTER_ADMIN, east, 0, CLUSTER_ACTIVE);
		ck_assert_int_eq(
		    fx_alarm(fx, quiet[_i].alarm, quiet[_i].name)->severity,
		    SEV_CRITICAL);
		ck_assert_uint_eq(fx_count(log_of(), EVENT_ALARM_RAISED), 1);
		fx_see(fx, EAST);
	}
}
END_TEST

/* --- what is not there --------------------------------------------------------------
 */

/* A wrong resource of a VM that runs: its disk is not known, and somebody is told. */
START_TEST(test_disk_missing)
{
	fx = fx_new(CLUSTERS "vm vm1 shared east west\ndisk d1 east=sd11 west=sd1\n");
	fx_see(fx, EAST " sd1:vm1=Online@server1");
	fx_see(fx, WEST_IDLE " sd1:vm1=Offline");
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_RUNNING);
	ck_assert_int_eq(fx_disk(fx, "d1")->oper, DISK_UNKNOWN);
	ck_assert_int_eq(fx_set(fx)->health, HEALTH_WARNING);
	ck_assert_str_eq(fx_alarm(fx, ALARM_VM_MISSING, "vm1")->text,
	    "vm vm1: disk d1: cluster east has no resource sd11: create it in ECX, or "
	    "correct the VM's settings");
	/* so it is when the group is stopped */
	fx_see(fx, "east: " UP1 " | vm1=Offline sd1:vm1=Offline");
	ck_assert_int_eq(fx_disk(fx, "d1")->oper, DISK_UNKNOWN);
	/* of silence nothing is known: it stands */
	fx_see(fx, "east():");
	fx_later(fx, 50000);
	ck_assert_ptr_nonnull(fx_alarm(fx, ALARM_VM_MISSING, "vm1"));
	fx_see(fx, "east: " UP1 " | vm1=Offline sd11:vm1=Offline");
	fx_see(fx, WEST_IDLE " sd1:vm1=Offline");
	ck_assert_ptr_null(fx_alarm(fx, ALARM_VM_MISSING, "vm1"));
	ck_assert_int_eq(fx_disk(fx, "d1")->oper, DISK_RELEASED);
}
END_TEST

START_TEST(test_group_missing)
{
	fx = fx_new(CLUSTERS "vm vm1 stateless east:failover-prox west\n");
	fx_see(fx, EAST);
	fx_see(fx, WEST_IDLE);
	ck_assert_str_eq(fx_alarm(fx, ALARM_VM_MISSING, "vm1")->text,
	    "vm vm1: cluster east has no group failover-prox: create it in ECX, or "
	    "correct the VM's settings");
	ck_assert_str_eq(fx_vm(fx, "vm1")->status_text,
	    "Offline in every cluster that has its group; cluster east has no group "
	    "failover-prox");
	fx_see(fx, "west: " UP3 " | other=Offline");
	ck_assert_str_eq(fx_vm(fx, "vm1")->status_text,
	    "cluster east has no group failover-prox; cluster west has no group vm1");
}
END_TEST

START_TEST(test_not_known)
{
	fx = fx_new(SET);
	ck_assert_str_eq(fx_vm(fx, "vm1")->status_text,
	    "not known: cluster east: not asked yet (and 1 more)");
	fx_see(fx, "west: " UP3 " | vm1=Error");
	fx_see(fx, EAST);
	fx_later(fx, 30000);
	fx_see(fx, EAST);
	fx_later(fx, 20000);
	ck_assert_str_eq(fx_vm(fx, "vm1")->status_text,
	    "Online on server1; not known of cluster west");
	fx_see(fx, "east: " UP1 " | vm1=Offline");
	ck_assert_str_eq(fx_vm(fx, "vm1")->status_text,
	    "not known: cluster west: nothing fresh is known");
}
END_TEST

/* Where it runs is all that matters: what else is missing reads like a doubt of it. */
START_TEST(test_active_evidence)
{
	fx = fx_new(SET);
	fx_see(fx, "east(server1): " UP1 " | vm1=Online@server1");
	ck_assert_int_eq(fx_site(fx, "vm1", "east")->evidence, EVIDENCE_NONE);
	ck_assert_str_eq(fx_site(fx, "vm1", "east")->evidence_text,
	    "group vm1 is Online on server1");
	fx_see(fx, "east(server1): " UP1 " | vm1=Offline");
	ck_assert_str_eq(fx_site(fx, "vm1", "east")->evidence_text,
	    "server server2 was not asked in this round");
}
END_TEST

/* --- why nobody answers ----------------------------------------------------------
 */

static void
see_errors(const char *one, const char *two)
{
	struct observation *o = fx_round(fx->settings, "east():");
	const char *const errors[] = { one, two };
	int i;

	for (i = 0; i < 2; i++) {
		free(o->views[i].error);
		o->views[i].error = xstrdup(errors[i]);
		o->views[i].reach = REACH_DENIED;
	}
	o->settings_seq = fx->seq;
	o->start = o->end = fx->now.ms;
	model_observe(fx->model, o, &fx->now);
}

#define REFUSED "HTTP 401: not asked again for 300 s, since ECX may lock the account"

START_TEST(test_errors)
{
	fx = fx_new(SET);
	see_errors(
	    "server1 (https://a:1): " REFUSED, "server2 (https://b:1): " REFUSED);
	ck_assert_str_eq(
	    fx_cluster(fx, "east")->status_text, "server1, server2: " REFUSED);
	ck_assert_str_eq(fx_alarm(fx, ALARM_CREDENTIALS, "east/server2")->text,
	    "server east/server2 refuses the account (" REFUSED
	    "): correct the credentials of cluster east");
	ck_assert_ptr_nonnull(fx_alarm(fx, ALARM_CREDENTIALS, "east/server1"));
	see_errors("server1 (https://a:1): timed out", "odd");
	ck_assert_str_eq(fx_cluster(fx, "east")->status_text,
	    "server1 (https://a:1): timed out; odd");
	see_errors("server1 (x", NULL);
	ck_assert_str_eq(fx_cluster(fx, "east")->status_text, "server1 (x; ");
}
END_TEST

START_TEST(test_plain_http)
{
	struct settings *s;
	size_t i;

	fx = fx_new(SET);
	s = fx_settings(SET);
	for (i = 0; i < 2; i++) {
		free(s->clusters[0].servers[i].url);
		s->clusters[0].servers[i].url = xstrdup("http://10.0.0.1:29009");
	}
	ck_assert_int_eq(model_configure(fx->model, s, ++fx->seq, &fx->now, NULL), 0);
	settings_free(fx->settings);
	fx->settings = s;
	ck_assert_str_eq(fx_alarm(fx, ALARM_PLAIN_HTTP, "east")->text,
	    "cluster east: asked over plain http: server1, server2: OS passwords "
	    "cross the network readable; switch the API to https");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("words");
	TCase *t = tcase_create("words");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, NULL, teardown);

	tcase_add_loop_test(
	    t, test_maintenance_all, 0, sizeof(quiet) / sizeof(quiet[0]));
	tcase_add_test(t, test_disk_missing);
	tcase_add_test(t, test_group_missing);
	tcase_add_test(t, test_not_known);
	tcase_add_test(t, test_active_evidence);
	tcase_add_test(t, test_errors);
	tcase_add_test(t, test_plain_http);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
