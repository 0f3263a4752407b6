/*
 * SPDX-License-Identifier: Apache-2.0
 * The model: VMs and disks that a pattern found, and what may be believed of them.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/model_fixture.h"

#define CLUSTERS "cluster east server1 server2\ncluster west server3 server4\n"
#define PATTERN  CLUSTERS "pattern vm* shared east west\n"

#define UP1      "server1=Online server2=Online"
#define UP3      "server3=Online server4=Online"

static struct fx *fx;

static void
teardown(void)
{
	if (fx != NULL)
		fx_free(fx);
	fx = NULL;
}

static void
see_both(const char *east, const char *west, int times)
{
	while (times-- > 0) {
		fx_see(fx, east);
		fx_see(fx, west);
		fx_later(fx, 10000);
	}
}

/* --- who owns a disk that a pattern found ----------------------------------------- */

#define EAST_A    "east: " UP1 " | vm1=Online@server1 sda:vm1=Online@server1"
#define WEST_DEAD "west=Offline: server3=Offline server4=Offline | vm1=Offline "

/* The other side's daemon is dead, its LUN perhaps active under another name. */
START_TEST(test_unpaired_dead)
{
	fx = fx_new(PATTERN);
	see_both(EAST_A, WEST_DEAD "sdb:vm1=Offline", 12);
	ck_assert_str_eq(fx_disk(fx, "vm1/sda")->owner_cluster_name, "");
	ck_assert_ptr_nonnull(fx_alarm(fx, ALARM_DISK_IN_DOUBT, "vm1/sda"));
}
END_TEST

/* Names that do not match are no pair, however well both sides are. */
START_TEST(test_unpaired)
{
	char *log;

	fx = fx_new(PATTERN);
	see_both(EAST_A, "west: " UP3 " | vm1=Offline sdb:vm1=Offline", 12);
	ck_assert_str_eq(fx_disk(fx, "vm1/sda")->owner_cluster_name, "");
	ck_assert_int_eq(fx_disk(fx, "vm1/sda")->epoch, 0);
	ck_assert_str_eq(fx_alarm(fx, ALARM_DISK_IN_DOUBT, "vm1/sda")->text,
	    "disk vm1/sda (vm vm1) has no resource of its name in group vm1 of cluster "
	    "west: what owns it cannot be told; name both alike, or pair them in vms");
	/* the same while that side keeps silent, and after a restart */
	fx_forget(fx);
	fx_restart(fx, PATTERN);
	see_both(EAST_A, "west():", 2);
	log = fx_log(fx);
	ck_assert_uint_eq(fx_count(log, EVENT_ALARM_CLEARED), 0);
	free(log);
	ck_assert_ptr_nonnull(fx_alarm(fx, ALARM_DISK_IN_DOUBT, "vm1/sda"));
	/* corrected: a pair, adopted, no alarm */
	see_both(
	    EAST_A, "west: " UP3 " | vm1=Offline sda:vm1=Offline sdb:vm1=Offline", 2);
	ck_assert_str_eq(fx_disk(fx, "vm1/sda")->owner_cluster_name, "east");
	ck_assert_ptr_null(fx_alarm(fx, ALARM_DISK_IN_DOUBT, "vm1/sda"));
}
END_TEST

/* Where the group never was nothing of it can run, if all of the cluster says so. */
START_TEST(test_never_there)
{
	fx = fx_new(PATTERN);
	see_both(
	    EAST_A, "west=Offline: server3=Offline server4=Offline | o=Offline", 2);
	ck_assert_str_eq(fx_disk(fx, "vm1/sda")->owner_cluster_name, "");
	see_both(EAST_A, "west(server3,server4!): " UP3 " | o=Offline", 2);
	ck_assert_str_eq(fx_disk(fx, "vm1/sda")->owner_cluster_name, "");
	see_both(EAST_A, "west: " UP3 " | o=Offline", 2);
	ck_assert_str_eq(fx_disk(fx, "vm1/sda")->owner_cluster_name, "east");
	ck_assert_ptr_null(fx_alarm(fx, ALARM_DISK_IN_DOUBT, "vm1/sda"));
}
END_TEST

/* A disk that the settings pair in fewer clusters than the VM has sites. */
START_TEST(test_fewer_sites)
{
	fx = fx_new(CLUSTERS "vm vm1 shared east west\ndisk d1 east=sd1 west=sd1\n"
	                     "disk d2 east=sda\n");
	see_both("east: " UP1 " | vm1=Online@server1 sd1:vm1=Online@server1 "
	         "sda:vm1=Online@server1",
	    WEST_DEAD "sd1:vm1=Offline", 12);
	ck_assert_str_eq(fx_disk(fx, "d2")->owner_cluster_name, "");
	see_both("east: " UP1 " | vm1=Online@server1 sd1:vm1=Online@server1 "
	         "sda:vm1=Online@server1",
	    "west: " UP3 " | vm1=Offline sd1:vm1=Offline", 2);
	ck_assert_str_eq(fx_disk(fx, "d2")->owner_cluster_name, "east");
}
END_TEST

/* "vm/resource" has to fit: cut, it would be the name of many. */
#define R50  "0123456789012345678901234567890123456789012345678/"
#define R250 R50 R50 R50 R50 R50

START_TEST(test_long_names)
{
	int i;

	fx = fx_new(PATTERN);
	for (i = 0; i < 3; i++) {
		see_both(
		    "east: " UP1 " | vm1=Online@server1 sd" R250 "1:vm1=Online@server1 "
		    "sd" R250 "2:vm1=Online@server1 sd/" R50 "x:vm1=Online@server1",
		    "west: " UP3 " | vm1=Offline sd/" R50 "x:vm1=Offline", 1);
		/* the one that fits, whatever stands in it, is found and kept */
		ck_assert_uint_eq(fx_rows(fx, TABLE_DISK), 1);
		ck_assert_ptr_nonnull(fx_disk_site(fx, "vm1/sd/" R50 "x", "west"));
		ck_assert_str_eq(
		    fx_disk(fx, "vm1/sd/" R50 "x")->owner_cluster_name, "east");
		ck_assert_str_eq(fx_alarm(fx, ALARM_VM_IN_DOUBT, "vm1")->text,
		    "vm vm1: group vm1 of cluster east has a disk resource whose name, "
		    "with the VM's, is longer than 255 octets: nobody owns it; rename "
		    "it in ECX, or pair it in vms");
		fx_restart(fx, PATTERN);
		fx_see(fx, "west():");
		ck_assert_ptr_nonnull(fx_disk_site(fx, "vm1/sd/" R50 "x", "west"));
		ck_assert_ptr_nonnull(fx_alarm(fx, ALARM_VM_IN_DOUBT, "vm1"));
	}
	see_both("east: " UP1 " | vm1=Online@server1 sd/" R50 "x:vm1=Online@server1",
	    "west: " UP3 " | vm1=Offline sd/" R50 "x:vm1=Offline", 1);
	ck_assert_ptr_null(fx_alarm(fx, ALARM_VM_IN_DOUBT, "vm1"));
}
END_TEST

/* --- a VM that a pattern found is named in the settings ----------------------------
 */

#define EAST      "east: " UP1 " | vm1=Online@server1 sd1:vm1=Online@server1"
#define EAST_IDLE "east: " UP1 " | vm1=Offline sd1:vm1=Offline"
#define WEST_IDLE "west: " UP3 " | vm1=Offline sd1:vm1=Offline"

/* One group or one LUN would be in two VMs, each with an owner. */
static const char *const takes[] = {
	PATTERN "vm named shared east:vm1 west:vm1\ndisk lun east=sd1 west=sd1\n",
	PATTERN "vm named shared east:x west:vm1\ndisk lun east=sd9 west=sd9\n",
	PATTERN "vm named shared east:x west:y\ndisk lun east=sd9 west=sd1\n",
};

START_TEST(test_named)
{
	char *cause = NULL;

	fx = fx_new(PATTERN);
	see_both(EAST, WEST_IDLE, 3);
	ck_assert_str_eq(fx_disk(fx, "vm1/sd1")->owner_cluster_name, "east");
	ck_assert_int_eq(fx_reload(fx, takes[_i], &cause), -1);
	ck_assert_str_eq(cause,
	    "configuration: vm vm1: cluster east owns its disk vm1/sd1 and would lose "
	    "it to vm named: set the VM down (csVmAdminState.1), stop it in ECX, and "
	    "reload "
	    "again when it is proved stopped everywhere (csVmSiteEvidence.1)");
	free(cause);
	fx_want(fx, INTENT_VM_ADMIN, fx_vm(fx, "vm1")->head.key[0], 0, VM_DOWN);
	see_both(EAST_IDLE, WEST_IDLE, 5);
	ck_assert_int_eq(fx_reload(fx, takes[_i], NULL), 0);
	see_both(EAST, WEST_IDLE, 3);
	if (_i < 2) {
		ck_assert_ptr_null(fx_vm(fx, "vm1"));
		ck_assert_ptr_null(fx_disk(fx, "vm1/sd1"));
		ck_assert_uint_eq(fx_rows(fx, TABLE_VM), 1);
	} else {
		ck_assert_ptr_null(fx_disk_site(fx, "vm1/sd1", "west"));
		ck_assert_str_eq(fx_disk(fx, "vm1/sd1")->owner_cluster_name, "");
	}
	if (_i == 0)
		ck_assert_str_eq(fx_disk(fx, "lun")->owner_cluster_name, "east");
	/* and so it stays over a restart */
	fx_restart(fx, takes[_i]);
	ck_assert_uint_eq(fx_rows(fx, TABLE_VM), _i < 2 ? 1 : 2);
}
END_TEST

/* --- a VM that a pattern found goes with its group ---------------------------------
 */

#define FREE     CLUSTERS "set web node hard\npattern vm* stateless east west set=web\n"
#define NONE1    "east: " UP1 " | other=Offline"
#define NONE3    "west: " UP3 " | other=Offline"
#define FREE_RUN "east: " UP1 " | vm1=Online@server1 vm2=Online@server2"

START_TEST(test_group_deleted)
{
	char *log;
	uint32_t index;

	fx = fx_new(FREE);
	see_both(FREE_RUN, NONE3, 2);
	ck_assert_uint_eq(fx_rows(fx, TABLE_VM), 2);
	index = fx_vm(fx, "vm2")->head.key[0];
	/* it is not gone that cannot be told, nor in one round */
	see_both("east=Offline: server1=Offline server2=Offline | o=Offline", NONE3, 5);
	see_both("east(server1,server2!): " UP1 " | o=Offline", NONE3, 5);
	see_both("east():", NONE3, 6);
	see_both("east: " UP1 " | vm1=Online@server1", NONE3, 2);
	ck_assert_ptr_nonnull(fx_vm(fx, "vm2"));
	ck_assert_ptr_nonnull(fx_alarm(fx, ALARM_VM_MISSING, "vm2"));
	fx_forget(fx);
	see_both("east: " UP1 " | vm1=Online@server1", NONE3, 1);
	log = fx_log(fx);
	ck_assert_ptr_nonnull(strstr(log, "vm vm2: no cluster has its group any more"));
	free(log);
	ck_assert_ptr_null(fx_vm(fx, "vm2"));
	ck_assert_ptr_null(fx_site(fx, "vm2", "west"));
	ck_assert_uint_eq(fx_rows(fx, TABLE_VM_NAME), 1);
	ck_assert_ptr_null(fx_alarm(fx, ALARM_VM_MISSING, "vm2"));
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_RUNNING);
	ck_assert_ptr_nonnull(fx_avail_set(fx, "web"));
	fx_restart(fx, FREE);
	ck_assert_ptr_null(fx_vm(fx, "vm2"));
	ck_assert_ptr_nonnull(fx_vm(fx, "vm1"));
	/* its group comes back, and it with it */
	see_both(FREE_RUN, NONE3, 1);
	ck_assert_uint_eq(fx_vm(fx, "vm2")->head.key[0], index);
}
END_TEST

/* What a cluster owns is not forgotten because its group cannot be found. */
START_TEST(test_owner_stays)
{
	fx = fx_new(PATTERN);
	see_both(EAST, WEST_IDLE, 2);
	see_both(NONE1, NONE3, 6);
	ck_assert_ptr_nonnull(fx_vm(fx, "vm1"));
	ck_assert_str_eq(fx_disk(fx, "vm1/sd1")->owner_cluster_name, "east");
}
END_TEST

/* Nobody owns its disk: rows of disks go, too. */
START_TEST(test_disks_go)
{
	fx = fx_new(PATTERN);
	see_both(EAST_IDLE, WEST_IDLE, 2);
	ck_assert_uint_eq(fx_rows(fx, TABLE_DISK_SITE), 2);
	see_both(NONE1, NONE3, 4);
	ck_assert_uint_eq(fx_rows(fx, TABLE_VM), 0);
	ck_assert_uint_eq(fx_rows(fx, TABLE_DISK), 0);
	ck_assert_uint_eq(fx_rows(fx, TABLE_DISK_SITE), 0);
	ck_assert_uint_eq(fx_rows(fx, TABLE_VM_SITE), 0);
}
END_TEST

/* A VM that was named and goes does not come back as a pattern's. */
START_TEST(test_no_phantom)
{
	fx = fx_new(FREE "vm vmx stateless east:gx west:gx\n");
	see_both("east: " UP1 " | gx=Online@server1 e1:gx=Online@server1",
	    "west: " UP3 " | gx=Offline e1:gx=Offline", 3);
	ck_assert_int_eq(fx_reload(fx, FREE, NULL), 0);
	ck_assert_ptr_null(fx_vm(fx, "vmx"));
	fx_restart(fx, FREE);
	ck_assert_ptr_null(fx_vm(fx, "vmx"));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("pattern");
	TCase *t = tcase_create("pattern");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, NULL, teardown);

	tcase_add_test(t, test_unpaired_dead);
	tcase_add_test(t, test_unpaired);
	tcase_add_test(t, test_never_there);
	tcase_add_test(t, test_fewer_sites);
	tcase_add_loop_test(t, test_named, 0, sizeof(takes) / sizeof(takes[0]));
	tcase_add_test(t, test_long_names);
	tcase_add_test(t, test_group_deleted);
	tcase_add_test(t, test_owner_stays);
	tcase_add_test(t, test_disks_go);
	tcase_add_test(t, test_no_phantom);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
