/*
 * SPDX-License-Identifier: Apache-2.0
 * The model: an API that goes on answering while its cluster's daemon is dead.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/model_fixture.h"

#define CLUSTERS  "cluster east server1 server2\ncluster west server3 server4\n"
#define SET       CLUSTERS "vm vm1 shared east west\ndisk d1 east=sd1 west=sd1\n"

#define UP1       "server1=Online server2=Online"
#define UP3       "server3=Online server4=Online"
#define EAST      "east: " UP1 " | vm1=Online@server1 sd1:vm1=Online@server1"
#define EAST_IDLE "east: " UP1 " | vm1=Offline sd1:vm1=Offline"
#define EAST_DEAD \
	"east=Offline: server1=Offline server2=Offline | vm1=Offline sd1:vm1=Offline"
#define WEST_IDLE "west: " UP3 " | vm1=Offline sd1:vm1=Offline"

static struct fx *fx;

static void
teardown(void)
{
	if (fx != NULL)
		fx_free(fx);
	fx = NULL;
}

START_TEST(test_not_stopped)
{
	int i;

	fx = fx_new(SET);
	fx_see(fx, EAST);
	fx_see(fx, WEST_IDLE);
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_RUNNING);
	for (i = 0; i < 20; i++) {
		fx_see(fx, EAST_DEAD);
		fx_see(fx, WEST_IDLE);
		fx_later(fx, 10000);
	}
	ck_assert_int_eq(fx_site(fx, "vm1", "east")->oper, SITE_UNKNOWN);
	ck_assert_str_eq(fx_site(fx, "vm1", "east")->status_text,
	    "Offline, not believed: cluster east is Offline, not Normal or Caution; "
	    "server server1 answers but is not Online itself; server server2 answers "
	    "but is not Online itself");
	ck_assert_int_eq(fx_disk_site(fx, "d1", "east")->oper, SITE_UNKNOWN);
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_UNKNOWN);
	ck_assert_int_eq(fx_site(fx, "vm1", "west")->oper, SITE_OFFLINE);
	/* the same after a reload that changes nothing */
	ck_assert_int_eq(fx_reload(fx, SET, NULL), 0);
	ck_assert_int_eq(fx_site(fx, "vm1", "east")->oper, SITE_UNKNOWN);
	fx_see(fx, EAST_IDLE);
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_STOPPED);
	ck_assert_str_eq(fx_site(fx, "vm1", "east")->status_text, "Offline");
}
END_TEST

/* What is seen active is believed whoever says it: that errs on the safe side. */
START_TEST(test_active)
{
	fx = fx_new(SET);
	fx_see(fx,
	    "east=Error: " UP1 " | vm1=Online@server1 sd1:vm1=Online+Pending@server1");
	ck_assert_int_eq(fx_site(fx, "vm1", "east")->oper, SITE_ONLINE);
	ck_assert_int_eq(fx_disk_site(fx, "d1", "east")->oper, SITE_STARTING);
}
END_TEST

/* Its other server is well and knows of nothing: the dead one may run it yet. */
START_TEST(test_one_daemon)
{
	fx = fx_new(SET);
	fx_see(fx, WEST_IDLE);
	fx_see_split(fx,
	    "east=Caution: server1=Offline server2=Online | vm1=Offline "
	    "sd1:vm1=Offline",
	    0,
	    "east=Caution: server1=Offline server2=Online | vm1=Offline "
	    "sd1:vm1=Offline");
	ck_assert_int_eq(fx_site(fx, "vm1", "east")->oper, SITE_UNKNOWN);
	ck_assert_int_eq(fx_vm(fx, "vm1")->admin, ROW_NONE);
}
END_TEST

/* A server that is off is no reason to doubt what the other one says. */
START_TEST(test_one_server_down)
{
	fx = fx_new(SET);
	fx_see(fx, WEST_IDLE);
	fx_see(fx,
	    "east=Caution(server1!,server2): server1=Offline server2=Online | "
	    "vm1=Offline sd1:vm1=Offline");
	ck_assert_int_eq(fx_site(fx, "vm1", "east")->oper, SITE_OFFLINE);
	ck_assert_int_eq(fx_disk_site(fx, "d1", "east")->oper, SITE_OFFLINE);
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_STOPPED);
}
END_TEST

START_TEST(test_not_adopted)
{
	fx = fx_new(SET);
	fx_see(fx, EAST_DEAD);
	fx_see(fx, WEST_IDLE);
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_UNKNOWN);
	ck_assert_int_eq(fx_vm(fx, "vm1")->admin, ROW_NONE);
	fx_see(fx, EAST_IDLE);
	ck_assert_int_eq(fx_vm(fx, "vm1")->admin, VM_DOWN);
}
END_TEST

/* Nor is its list of groups one. */
START_TEST(test_not_absent)
{
	fx = fx_new(SET);
	fx_see(fx, WEST_IDLE);
	fx_see(fx, "east=Offline: server1=Offline server2=Offline | other=Offline");
	ck_assert_int_eq(fx_site(fx, "vm1", "east")->oper, SITE_UNKNOWN);
	ck_assert_ptr_null(fx_alarm(fx, ALARM_VM_MISSING, "vm1"));
	fx_see(fx, "east: " UP1 " | other=Offline");
	ck_assert_int_eq(fx_site(fx, "vm1", "east")->oper, SITE_ABSENT);
	ck_assert_ptr_nonnull(fx_alarm(fx, ALARM_VM_MISSING, "vm1"));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("daemon");
	TCase *t = tcase_create("daemon");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, NULL, teardown);

	tcase_add_test(t, test_not_stopped);
	tcase_add_test(t, test_active);
	tcase_add_test(t, test_one_daemon);
	tcase_add_test(t, test_one_server_down);
	tcase_add_test(t, test_not_adopted);
	tcase_add_test(t, test_not_absent);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
