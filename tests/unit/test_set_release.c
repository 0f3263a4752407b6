/*
 * SPDX-License-Identifier: Apache-2.0
 * csVmRelease in the model: what it reads, what may be released, what goes with it.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/model_fixture.h"

#define EAST_C    "cluster east server1 server2\n"
#define WEST_C    "cluster west server3 server4\n"
#define NORTH_C   "cluster north server5 server6\n"
#define CLUSTERS  EAST_C WEST_C NORTH_C
#define VM1       "vm vm1 shared east west\ndisk d1 east=sd1 west=sd1\n"
#define VM1W      "vm vm1 shared west\ndisk d1 west=sd1\n"
#define VM2       "vm vm2 stateless east west north\n"
#define VM2N      "vm vm2 stateless north\n"
#define SET       CLUSTERS VM1 VM2

#define UP1       "server1=Online server2=Online"
#define UP3       "server3=Online server4=Online"
#define EAST      "east: " UP1 " | vm1=Online@server1 vm2=Offline sd1:vm1=Online@server1"
#define EAST_VM2  "east: " UP1 " | vm1=Offline vm2=Online@server1 sd1:vm1=Offline"
#define EAST_IDLE "east: " UP1 " | vm1=Offline vm2=Offline sd1:vm1=Offline"
#define WEST      "west: " UP3 " | vm1=Online@server3 vm2=Offline sd1:vm1=Online@server3"
#define WEST_IDLE "west: " UP3 " | vm1=Offline vm2=Offline sd1:vm1=Offline"
#define WEST_VM2  "west: " UP3 " | vm1=Offline vm2=Online@server4 sd1:vm1=Offline"

enum { EAST_INDEX = 1, WEST_INDEX, NORTH_INDEX };

static struct fx *fx;
static char *cause;

static void
setup(void)
{
	fx = fx_new(SET);
	fx_see(fx, EAST);
	fx_see(fx, WEST_VM2);
	fx_forget(fx);
}

static void
teardown(void)
{
	fx_free(fx);
	fx = NULL;
	xfree_clear(&cause);
}

static int64_t
reads(const char *vm)
{
	return fx_vm(fx, vm)->release;
}

static enum intent_verdict
ask(const char *vm, uint32_t cluster)
{
	xfree_clear(&cause);
	return model_release_test(
	    fx->model, fx_vm(fx, vm)->head.key[0], cluster, &fx->now, &cause);
}

static bool
release(const char *vm, uint32_t cluster)
{
	return model_release(fx->model, fx_vm(fx, vm)->head.key[0], cluster, &fx->now);
}

static unsigned
count(enum event_type type, const char *words)
{
	char *log = fx_log(fx);
	const unsigned n = fx_count(log, type);

	ck_assert_msg(words == NULL || strstr(log, words) != NULL, "%s", log);
	free(log);
	return n;
}

START_TEST(test_nothing)
{
	ck_assert_int_eq(reads("vm1"), 0);
	ck_assert_int_eq(ask("vm1", 9), INTENT_BAD_VALUE);
	ck_assert_str_eq(
	    cause, "vm vm1: csVmRelease is 0: no cluster is to be released");
	ck_assert_int_eq(ask("vm1", EAST_INDEX), INTENT_NOT_NOW);
	ck_assert_str_eq(cause,
	    "vm vm1: cluster east is one of its sites: take it away by a reload, which "
	    "is possible when it is proved stopped there");
	ck_assert_int_eq(
	    model_release_test(fx->model, 77, 1, &fx->now, &cause), INTENT_NO_SUCH);
	ck_assert(!release("vm1", EAST_INDEX));
	ck_assert(!release("vm1", 0));
	ck_assert_str_eq(fx_disk(fx, "d1")->owner_cluster_name, "east");
	ck_assert_uint_eq(count(EVENT_SITE_RELEASED, NULL), 0);
}
END_TEST

/* Where it ran is no site any more, with its cluster in the set (0) or without (1). */
START_TEST(test_lost)
{
	static const char *const now[] = { CLUSTERS VM1 VM2N, EAST_C NORTH_C VM2N };
	static const char *const back[] = { SET, EAST_C NORTH_C VM2N };
	unsigned records;

	fx_restart(fx, now[_i]);
	ck_assert_int_eq(reads("vm2"), WEST_INDEX);
	ck_assert_msg(strstr(fx_alarm(fx, ALARM_VM_IN_DOUBT, "vm2")->text,
	                  "set csVmRelease.2 to 2") != NULL,
	    "%s", fx_alarm(fx, ALARM_VM_IN_DOUBT, "vm2")->text);
	ck_assert_int_eq(ask("vm2", EAST_INDEX), INTENT_BAD_VALUE);
	ck_assert_str_eq(
	    cause, "vm vm2: csVmRelease is 2 (cluster west), not 1: read it again");
	ck_assert_int_eq(ask("vm2", NORTH_INDEX), INTENT_NOT_NOW);
	ck_assert(!release("vm2", EAST_INDEX));
	ck_assert_int_eq(ask("vm2", WEST_INDEX), INTENT_OK);
	fx_forget(fx);
	records = fx->records;
	ck_assert(release("vm2", WEST_INDEX));
	ck_assert_uint_gt(fx->records, records);
	ck_assert_ptr_null(fx_alarm(fx, ALARM_VM_IN_DOUBT, "vm2"));
	ck_assert_int_eq(reads("vm2"), 0);
	ck_assert_uint_eq(
	    count(EVENT_SITE_RELEASED,
	        "vm vm2: an operator released cluster west: the VM will not run there "
	        "again, and what was kept of it counts no more"),
	    1);
	/* for good: over restarts, and when the site comes again */
	fx_restart(fx, now[_i]);
	ck_assert_ptr_null(fx_alarm(fx, ALARM_VM_IN_DOUBT, "vm2"));
	ck_assert_int_eq(reads("vm2"), 0);
	ck_assert_int_eq(fx_reload(fx, back[_i], NULL), 0);
	fx_restart(fx, now[_i]);
	ck_assert_int_eq(reads("vm2"), 0);
}
END_TEST

/* The same once more does nothing, for a while; it never is another release. */
START_TEST(test_again)
{
	fx_restart(fx, CLUSTERS VM1 VM2N);
	ck_assert(release("vm2", WEST_INDEX));
	fx_forget(fx);
	ck_assert_int_eq(ask("vm2", WEST_INDEX), INTENT_OK);
	ck_assert(!release("vm2", WEST_INDEX));
	ck_assert_int_eq(fx_reload(fx, CLUSTERS VM1 VM2N, NULL), 0);
	ck_assert_int_eq(ask("vm2", WEST_INDEX), INTENT_OK);
	ck_assert_int_eq(ask("vm2", EAST_INDEX), INTENT_BAD_VALUE);
	ck_assert_uint_eq(count(EVENT_SITE_RELEASED, NULL), 0);
	fx_later(fx, fx->settings->moves.repeat_window + 1);
	ck_assert_int_eq(ask("vm2", WEST_INDEX), INTENT_BAD_VALUE);
}
END_TEST

/* One after the other, the least index first. */
START_TEST(test_two)
{
	fx_see(fx, WEST_IDLE);
	fx_see(fx, EAST_VM2);
	fx_restart(fx, CLUSTERS VM1 VM2N);
	ck_assert_int_eq(reads("vm2"), EAST_INDEX);
	ck_assert_int_eq(ask("vm2", WEST_INDEX), INTENT_BAD_VALUE);
	ck_assert(release("vm2", EAST_INDEX));
	ck_assert_int_eq(reads("vm2"), WEST_INDEX);
	ck_assert_msg(strstr(fx_alarm(fx, ALARM_VM_IN_DOUBT, "vm2")->text,
	                  "ran in cluster west") != NULL,
	    "%s", fx_alarm(fx, ALARM_VM_IN_DOUBT, "vm2")->text);
	ck_assert_int_eq(ask("vm2", EAST_INDEX), INTENT_OK); /* that again */
	ck_assert(!release("vm2", EAST_INDEX));
	ck_assert(release("vm2", WEST_INDEX));
	ck_assert_ptr_null(fx_alarm(fx, ALARM_VM_IN_DOUBT, "vm2"));
	ck_assert_int_eq(ask("vm2", EAST_INDEX), INTENT_BAD_VALUE);
}
END_TEST

/* The owner of its disk is no such site any more. */
static const struct {
	const char *settings;
	bool cluster; /* it is still in the set */
} owners[] = {
	{ CLUSTERS VM1W, true },
	{ WEST_C NORTH_C VM1W, false },
	{ CLUSTERS "vm vm1 shared east:other west\ndisk d1 east=sd1 west=sd1\n", true },
	{ CLUSTERS "vm vm1 shared east west\ndisk d1 east=sd2 west=sd1\n", true },
};

#define EAST_OTHER EAST_IDLE " other=Offline sd2:vm1=Offline"

START_TEST(test_owner)
{
	fx_restart(fx, owners[_i].settings);
	ck_assert_int_eq(reads("vm1"), EAST_INDEX);
	ck_assert_msg(strstr(fx_alarm(fx, ALARM_DISK_IN_DOUBT, "d1")->text,
	                  "set csVmRelease.1 to 1") != NULL,
	    "%s", fx_alarm(fx, ALARM_DISK_IN_DOUBT, "d1")->text);
	fx_see(fx, WEST);
	if (owners[_i].cluster) {
		fx_see(fx, EAST " other=Offline sd2:vm1=Offline");
		ck_assert_int_eq(ask("vm1", EAST_INDEX), INTENT_NOT_NOW);
		ck_assert_str_eq(cause,
		    "vm vm1: in cluster east group vm1 is not Offline, by a round just "
		    "now: that cannot be released; stop it there first");
		fx_see(fx, EAST_OTHER " extra=Online@server1");
	}
	ck_assert_str_eq(fx_disk(fx, "d1")->owner_cluster_name, "east");
	ck_assert_int_eq(ask("vm1", EAST_INDEX), INTENT_OK);
	fx_forget(fx);
	ck_assert(release("vm1", EAST_INDEX));
	ck_assert_uint_eq(count(EVENT_DISK_OWNER,
	                      "disk d1: owner east -> nobody, epoch 2 (released by an "
	                      "operator)"),
	    1);
	ck_assert_int_eq(reads("vm1"), 0);
	ck_assert_ptr_null(fx_alarm(fx, ALARM_DISK_IN_DOUBT, "d1"));
	ck_assert_ptr_null(fx_alarm(fx, ALARM_VM_IN_DOUBT, "vm1"));
	/* it runs in west, and nothing stands against that any more */
	if (owners[_i].cluster)
		fx_see(fx, EAST_OTHER);
	fx_see(fx, WEST);
	ck_assert_str_eq(fx_disk(fx, "d1")->owner_cluster_name, "west");
	ck_assert_int_eq(fx_disk(fx, "d1")->epoch, 3);
	fx_restart(fx, owners[_i].settings);
	ck_assert_int_eq(reads("vm1"), 0);
	ck_assert_ptr_null(fx_alarm(fx, ALARM_DISK_IN_DOUBT, "d1"));
	ck_assert_str_eq(fx_disk(fx, "d1")->owner_cluster_name, "west");
}
END_TEST

/* A site that is paired anew is a new one: resources of the old group are not asked
 * for. */
START_TEST(test_paired_anew)
{
	int i;

	fx_see(fx, EAST " ip1:vm1=Online@server1");
	fx_restart(fx, owners[2].settings);
	ck_assert(release("vm1", EAST_INDEX));
	for (i = 0; i < 12; i++) {
		fx_see(fx, "east: " UP1 " | other=Offline sd1:other=Offline");
		fx_see(fx, WEST);
		fx_later(fx, 10000);
	}
	ck_assert_int_eq(fx_site(fx, "vm1", "east")->evidence, EVIDENCE_PROVED);
}
END_TEST

/* Its disk alone is active there; or it never was seen there at all. */
START_TEST(test_seen)
{
	fx_restart(fx, CLUSTERS VM1W);
	fx_see(fx, "east: " UP1 " | vm1=Offline vm2=Offline sd1:vm1=Online@server1");
	ck_assert_int_eq(ask("vm1", EAST_INDEX), INTENT_NOT_NOW);
	ck_assert_ptr_nonnull(strstr(cause, "in cluster east resource sd1 is not"));
	fx_restart(fx, SET);
	model_vm_owner(fx->model, 1, 1, "passed on", &fx->now); /* and not started */
	fx_restart(fx, CLUSTERS "vm vm1 shared north\ndisk d1 north=sd1\n" VM2);
	ck_assert(release("vm1", EAST_INDEX)); /* where it ran */
	ck_assert_int_eq(reads("vm1"), WEST_INDEX);
	fx_see(fx, "west: " UP3 " | vm1=Online@server3 vm2=Offline sd1:vm1=Offline");
	ck_assert_int_eq(ask("vm1", WEST_INDEX), INTENT_NOT_NOW);
	ck_assert_ptr_nonnull(strstr(cause, "in cluster west group vm1 is not"));
	fx_see(fx, WEST_IDLE);
	ck_assert_int_eq(ask("vm1", WEST_INDEX), INTENT_OK);
	ck_assert(release("vm1", WEST_INDEX));
	ck_assert_str_eq(fx_disk(fx, "d1")->owner_cluster_name, "");
}
END_TEST

/* A disk of no VM any more, had by the group that is released. */
START_TEST(test_orphan)
{
	fx_restart(fx, WEST_C NORTH_C "vm vm1 stateless west\n");
	ck_assert_ptr_nonnull(fx_alarm(fx, ALARM_DISK_IN_DOUBT, "d1"));
	ck_assert_int_eq(reads("vm1"), EAST_INDEX);
	fx_forget(fx);
	ck_assert(release("vm1", EAST_INDEX));
	ck_assert_uint_eq(
	    count(EVENT_OBJECT_REMOVED, "disk d1: owner east -> nobody, epoch 2"), 1);
	ck_assert_ptr_null(fx_alarm(fx, ALARM_DISK_IN_DOUBT, "d1"));
	fx_restart(fx, WEST_C NORTH_C "vm vm1 stateless west\n");
	ck_assert_ptr_null(fx_alarm(fx, ALARM_DISK_IN_DOUBT, "d1"));
}
END_TEST

/* A move of it is open. */
START_TEST(test_busy)
{
	const struct vm_busy busy = { .busy = true, .oper = VM_IN_DOUBT };

	fx_restart(fx, CLUSTERS VM1 VM2N);
	model_vm_busy(fx->model, 2, &busy, &fx->now);
	ck_assert_int_eq(ask("vm2", WEST_INDEX), INTENT_NOT_NOW);
	ck_assert_str_eq(cause, "vm vm2: a move of it is open: it has to end first");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("set_release");
	TCase *t = tcase_create("release");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, test_nothing);
	tcase_add_loop_test(t, test_lost, 0, 2);
	tcase_add_test(t, test_again);
	tcase_add_test(t, test_two);
	tcase_add_loop_test(t, test_owner, 0, sizeof(owners) / sizeof(owners[0]));
	tcase_add_test(t, test_paired_anew);
	tcase_add_test(t, test_seen);
	tcase_add_test(t, test_orphan);
	tcase_add_test(t, test_busy);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
