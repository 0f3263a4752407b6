/*
 * SPDX-License-Identifier: Apache-2.0
 * The model: who answers, and what is not believed of somebody else.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/model_fixture.h"

#define SET                              \
	"cluster east server1 server2\n" \
	"cluster west server3 server4\n" \
	"vm vm1 shared east west\n"      \
	"disk d1 east=sd1 west=sd1\n"

#define UP1       "server1=Online server2=Online"
#define UP3       "server3=Online server4=Online"
#define EAST      "east: " UP1 " | vm1=Online@server1 sd1:vm1=Online@server1"
#define WEST_IDLE "west: " UP3 " | vm1=Offline sd1:vm1=Offline"

static char *
log_of(struct fx *fx)
{
	static char *log;

	free(log);
	log = fx_log(fx);
	return log;
}

/* --- identity
 * -------------------------------------------------------------------------- */

START_TEST(test_foreign)
{
	struct fx *fx = fx_new(SET);
	const char *log;

	fx_see(fx, EAST);
	fx_see(fx, WEST_IDLE);
	fx_forget(fx);
	fx_see(fx, "east~other: " UP1 " | vm1=Offline sd1:vm1=Offline new=Offline");
	log = log_of(fx);
	ck_assert_int_eq(fx_cluster(fx, "east")->oper, CLUSTER_FOREIGN);
	ck_assert_str_eq(
	    fx_cluster(fx, "east")->status_text, "it calls itself other, not east");
	ck_assert_int_eq(
	    fx_alarm(fx, ALARM_CLUSTER_IDENTITY, "east")->severity, SEV_CRITICAL);
	ck_assert_ptr_nonnull(strstr(log, "1/3 cluster east: normal -> foreign"));
	/* nothing of it is believed */
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_UNKNOWN);
	ck_assert_int_eq(fx_site(fx, "vm1", "east")->oper, SITE_UNKNOWN);
	ck_assert_int_eq(fx_site(fx, "vm1", "east")->evidence, EVIDENCE_NONE);
	ck_assert_int_eq(fx_node(fx, "east", "server1")->oper, NODE_UNKNOWN);
	ck_assert_int_eq(fx_cluster(fx, "east")->nodes_online, 0);
	ck_assert_uint_eq(fx_rows(fx, TABLE_CANDIDATE), 0);
	ck_assert_str_eq(fx_disk(fx, "d1")->owner_cluster_name, "east");
	fx_see(fx, EAST);
	ck_assert_int_eq(fx_cluster(fx, "east")->oper, CLUSTER_NORMAL);
	ck_assert_ptr_null(fx_alarm(fx, ALARM_CLUSTER_IDENTITY, "east"));
	fx_free(fx);
}
END_TEST

/* Only one address leads elsewhere, and calm rounds ask in turns: one alarm, not many.
 */
START_TEST(test_foreign_half)
{
	struct fx *fx = fx_new(SET);
	const char *log;
	int i;

	fx_see(fx, EAST);
	fx_see(fx, WEST_IDLE);
	fx_forget(fx);
	for (i = 0; i < 5; i++) {
		fx_see(fx, "east~other(server2): server1=Online server2=Online |");
		fx_see(fx,
		    "east(server1): " UP1 " | vm1=Online@server1 "
		    "sd1:vm1=Online@server1");
		ck_assert_int_eq(fx_cluster(fx, "east")->oper, CLUSTER_FOREIGN);
	}
	log = log_of(fx);
	ck_assert_uint_eq(fx_count(log, EVENT_CLUSTER_STATE), 1);
	ck_assert_uint_eq(fx_count(log, EVENT_ALARM_RAISED), 1);
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_UNKNOWN);
	/* when nobody answers there any more the rest counts again */
	fx_see(fx,
	    "east(server1,server2!): " UP1 " | vm1=Online@server1 "
	    "sd1:vm1=Online@server1");
	ck_assert_int_eq(fx_cluster(fx, "east")->oper, CLUSTER_NORMAL);
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_RUNNING);
	fx_free(fx);
}
END_TEST

START_TEST(test_servers_other)
{
	struct fx *fx = fx_new(SET);

	fx_see(fx,
	    "east: server1=Online server2=Online server9=Online | vm1=Online@server9");
	ck_assert_int_eq(fx_cluster(fx, "east")->oper, CLUSTER_FOREIGN);
	ck_assert_str_eq(fx_cluster(fx, "east")->status_text,
	    "it has a server server9 that the configuration does not name: add it to "
	    "cluster east and reload");
	fx_see(fx, "east: server1=Online | vm1=Online@server1");
	ck_assert_str_eq(fx_cluster(fx, "east")->status_text,
	    "it has no server server2, which the configuration names: correct "
	    "cluster east and reload");
	fx_see(fx, "east: server1=Online sever2=Online | vm1=Online@server1");
	ck_assert_str_eq(fx_cluster(fx, "east")->status_text,
	    "it has no server server2, but a server sever2 that the configuration "
	    "does not name: correct the name in cluster east and reload");
	fx_free(fx);
}
END_TEST

/* The name recorded at joining counts after a restart, too. */
START_TEST(test_identity_kept)
{
	struct fx *fx = fx_new(SET);

	fx_see(fx, "east~PROD: " UP1 " | vm1=Online@server1 sd1:vm1=Online@server1");
	ck_assert_int_eq(fx_cluster(fx, "east")->oper, CLUSTER_NORMAL);
	fx_restart(fx, SET);
	fx_see(fx, EAST);
	ck_assert_int_eq(fx_cluster(fx, "east")->oper, CLUSTER_FOREIGN);
	fx_see(fx, "east~PROD: " UP1 " | vm1=Online@server1 sd1:vm1=Online@server1");
	ck_assert_int_eq(fx_cluster(fx, "east")->oper, CLUSTER_NORMAL);
	fx_free(fx);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("identity");
	TCase *t = tcase_create("identity");
	SRunner *sr;
	int failed;

	tcase_add_test(t, test_foreign);
	tcase_add_test(t, test_foreign_half);
	tcase_add_test(t, test_servers_other);
	tcase_add_test(t, test_identity_kept);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
