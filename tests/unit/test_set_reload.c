/*
 * SPDX-License-Identifier: Apache-2.0
 * The model over reloads and restarts: indexes, refusals, patterns, candidates.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/model_fixture.h"

#define CLUSTERS  "cluster east server1 server2\ncluster west server3 server4\n"
#define VM1       "vm vm1 shared east west\ndisk d1 east=sd1 west=sd1\n"
#define VM2       "vm vm2 stateless east west\n"
#define VM2W      "vm vm2 stateless west\n"
#define SET       CLUSTERS VM1 VM2

#define UP1       "server1=Online server2=Online"
#define UP3       "server3=Online server4=Online"
#define EAST      "east: " UP1 " | vm1=Online@server1 vm2=Offline sd1:vm1=Online@server1"
#define EAST_IDLE "east: " UP1 " | vm1=Offline vm2=Offline sd1:vm1=Offline"
#define EAST_DEAD                                                                  \
	"east=Offline: server1=Offline server2=Offline | vm1=Offline vm2=Offline " \
	"sd1:vm1=Offline"
#define WEST_IDLE "west: " UP3 " | vm1=Offline vm2=Online@server4 sd1:vm1=Offline"

static struct fx *fx;

static void
teardown(void)
{
	if (fx != NULL)
		fx_free(fx);
	fx = NULL;
}

static void
settle(void)
{
	fx_see(fx, EAST);
	fx_see(fx, WEST_IDLE);
	fx_forget(fx);
}

static uint32_t
vm_index(const char *name)
{
	return fx_vm(fx, name)->head.key[0];
}

START_TEST(test_indexes)
{
	uint32_t vm1, vm2, east, node, west, disk;

	fx = fx_new(SET);
	vm1 = vm_index("vm1");
	vm2 = vm_index("vm2");
	east = fx_cluster(fx, "east")->head.key[0];
	west = fx_cluster(fx, "west")->head.key[0];
	node = fx_node(fx, "west", "server4")->head.key[1];
	disk = fx_disk(fx, "d1")->head.key[0];
	ck_assert_uint_ne(vm1, vm2);
	ck_assert_uint_ne(east, west);
	/* order, additions and removals change nobody's number */
	ck_assert_int_eq(
	    fx_reload(fx,
	        "cluster north server5\n" CLUSTERS "vm vm0 stateless north\n" VM2 VM1,
	        NULL),
	    0);
	ck_assert_uint_eq(vm_index("vm1"), vm1);
	ck_assert_uint_eq(vm_index("vm2"), vm2);
	ck_assert_uint_gt(vm_index("vm0"), vm2);
	ck_assert_uint_eq(fx_cluster(fx, "east")->head.key[0], east);
	ck_assert_uint_eq(fx_node(fx, "west", "server4")->head.key[1], node);
	/* a name that goes keeps its number, a new one gets another */
	ck_assert_int_eq(
	    fx_reload(fx, CLUSTERS VM1 "vm vm9 stateless east\n", NULL), 0);
	ck_assert_ptr_null(fx_vm(fx, "vm2"));
	ck_assert_uint_gt(vm_index("vm9"), vm2 + 1);
	fx_restart(fx,
	    "cluster west server3 server4\ncluster east server1 server2\n" VM2
	    "vm vm7 stateless east\n" VM1);
	ck_assert_uint_eq(vm_index("vm1"), vm1);
	ck_assert_uint_eq(vm_index("vm2"), vm2);
	ck_assert_uint_gt(vm_index("vm7"), vm2 + 2);
	ck_assert_uint_eq(fx_cluster(fx, "west")->head.key[0], west);
	ck_assert_uint_eq(fx_node(fx, "west", "server4")->head.key[1], node);
	ck_assert_uint_eq(fx_disk(fx, "d1")->head.key[0], disk);
}
END_TEST

START_TEST(test_restore_index)
{
	struct model_now now = { 1, 1 };
	struct model *m = model_new(NULL, "x", &now);
	char *cause = NULL;

	ck_assert_int_eq(model_restore_index(m, NAME_VM, "a", 7, &cause), 0);
	ck_assert_int_eq(model_restore_index(m, NAME_DISK, "a", 7, &cause), 0);
	ck_assert_int_eq(model_restore_index(m, NAME_VM, "b", 7, &cause), -1);
	ck_assert_str_eq(cause, "vm b: index 7 is impossible or used twice");
	ck_assert_int_eq(model_restore_index(m, NAME_VM, "a", 8, &cause), -1);
	ck_assert_int_eq(model_restore_index(m, NAME_VM, "c", 0, &cause), -1);
	free(cause);
	model_free(m);
	model_free(NULL);
}
END_TEST

/* The same settings once more: nothing happened. */
START_TEST(test_same)
{
	struct table_view *before[TABLE_COUNT];
	int id, i;
	char *log;

	fx = fx_new(
	    "domain r1\n"
	    "cluster east server1 server2 domain=r1\ncluster west server3 server4\n"
	    "set web node hard\n"
	    "vm vm1 shared east west set=web\ndisk d1 east=sd1 west=sd1\n" VM2);
	for (i = 0; i < 5; i++) {
		fx_see(fx, EAST " free=Offline");
		fx_see(fx, WEST_IDLE);
		fx_later(fx, 10000);
	}
	fx_forget(fx);
	fx->records = 0;
	for (id = 0; id < TABLE_COUNT; id++)
		before[id] = table_view(model_tables(fx->model, &fx->now, NULL)[id]);
	ck_assert_int_eq(
	    fx_reload(fx,
	        "domain r1\n"
	        "cluster east server1 server2 domain=r1\ncluster west server3 server4\n"
	        "set web node hard\n"
	        "vm vm1 shared east west set=web\ndisk d1 east=sd1 west=sd1\n" VM2,
	        NULL),
	    0);
	log = fx_log(fx);
	ck_assert_str_eq(log, "");
	free(log);
	ck_assert_uint_eq(fx->records, 0);
	for (id = 0; id < TABLE_COUNT; id++) {
		struct table *t = model_tables(fx->model, &fx->now, NULL)[id];
		const struct row *r = NULL;

		ck_assert_uint_eq(table_count(t), table_view_count(before[id]));
		/* every old row put again is the row that is there */
		while ((r = table_view_next(before[id], r == NULL ? NULL : r->key,
		            r == NULL ? 0 : r->klen, r == NULL)) != NULL)
			ck_assert_msg(!table_put(t, r->key, r->klen, r), "%s",
			    row_types[id].name);
		table_view_unref(before[id]);
	}
	ck_assert_int_eq(fx_site(fx, "vm1", "west")->evidence, EVIDENCE_PROVED);
}
END_TEST

START_TEST(test_refused)
{
	static const char *const loses[] = {
		CLUSTERS VM2, /* the VM goes */
		CLUSTERS "vm vm1 shared west\ndisk d1 west=sd1\n" VM2, /* its site */
		CLUSTERS "vm vm1 shared east:other west\ndisk d1 east=sd1 west=sd1\n",
		CLUSTERS "vm vm1 shared east west\ndisk d1 east=sd2 west=sd1\n",
		CLUSTERS "vm vm1 shared east west\ndisk d2 east=sd1 west=sd1\n",
		CLUSTERS "vm vm1 shared east west\n", /* its disk */
		"cluster west server3 server4\nvm vm1 shared west\ndisk d1 west=sd1\n",
		CLUSTERS "pattern vm1 shared west\n",
	};
	char *cause = NULL, *log;
	uint64_t seq;
	size_t i;

	fx = fx_new(SET);
	settle();
	seq = fx->seq;
	for (i = 0; i < sizeof(loses) / sizeof(loses[0]); i++) {
		ck_assert_int_eq(fx_reload(fx, loses[i], &cause), -1);
		ck_assert_str_eq(cause,
		    "configuration: vm vm1: cluster east owns its disk d1 and would "
		    "lose "
		    "it: set the VM down (csVmAdminState.1), stop it in ECX, and "
		    "reload again "
		    "when it is proved stopped everywhere (csVmSiteEvidence.1)");
		xfree_clear(&cause);
	}
	ck_assert_uint_eq(fx->seq, seq);
	log = fx_log(fx);
	ck_assert_str_eq(log, ""); /* refused whole */
	free(log);
	ck_assert_str_eq(fx_vm(fx, "vm1")->cluster_name, "east");
	/* down is not enough, stopped is not enough */
	fx_want(fx, INTENT_VM_ADMIN, vm_index("vm1"), 0, VM_DOWN);
	ck_assert_int_eq(fx_reload(fx, loses[0], NULL), -1);
	fx_want(fx, INTENT_VM_ADMIN, vm_index("vm1"), 0, VM_UP);
	fx_see(fx, EAST_IDLE);
	ck_assert_int_eq(fx_reload(fx, loses[0], NULL), -1);
	fx_want(fx, INTENT_VM_ADMIN, vm_index("vm1"), 0, VM_DOWN);
	fx_later(fx, 50000); /* not known any more */
	ck_assert_int_eq(fx_reload(fx, loses[0], NULL), -1);
	/* nor is one round, and least of all what a dead daemon's API says */
	fx_see(fx, EAST_IDLE);
	fx_see(fx, WEST_IDLE);
	ck_assert_int_eq(fx_reload(fx, loses[0], NULL), -1);
	for (i = 0; i < 20; i++) {
		fx_later(fx, 10000);
		fx_see(fx, EAST_DEAD);
		fx_see(fx, WEST_IDLE);
		ck_assert_int_eq(fx_reload(fx, loses[0], NULL), -1);
	}
	for (i = 0; i < 5; i++) {
		fx_later(fx, 10000);
		fx_see(fx, EAST_IDLE);
		fx_see(fx, WEST_IDLE);
	}
	fx_forget(fx);
	ck_assert_int_eq(fx_reload(fx, loses[0], NULL), 0);
	log = fx_log(fx);
	ck_assert_ptr_nonnull(strstr(log, "vm vm1: no longer configured"));
	ck_assert_ptr_nonnull(
	    strstr(log, "disk d1: no longer configured for east, which owned it"));
	free(log);
	ck_assert_ptr_null(fx_vm(fx, "vm1"));
	/* it comes back without owner, and its epochs go on */
	ck_assert_int_eq(fx_reload(fx, SET, NULL), 0);
	ck_assert_str_eq(fx_disk(fx, "d1")->owner_cluster_name, "");
	ck_assert_int_eq(fx_disk(fx, "d1")->epoch, 2);
}
END_TEST

START_TEST(test_allowed)
{
	fx = fx_new(SET);
	settle();
	/* what is not the owner's may go, and everything may come */
	ck_assert_int_eq(
	    fx_reload(fx, CLUSTERS "vm vm1 shared east\ndisk d1 east=sd1\n" VM2, NULL),
	    0);
	ck_assert_int_eq(fx_reload(fx, SET "vm vm3 stateless east\n", NULL), 0);
	ck_assert_int_eq(fx_reload(fx, CLUSTERS VM1, NULL), 0); /* stateless: free */
	ck_assert_str_eq(fx_disk(fx, "d1")->owner_cluster_name, "east");
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_RUNNING);
}
END_TEST

/* Rows, alarms and candidates of what is gone go with it. */
START_TEST(test_removed)
{
	char *log;

	fx = fx_new(SET);
	fx_see(fx, "east: " UP1 " | sd1:vm1=Offline");
	fx_see(fx, "east=Error: server1=Offline server2=Online | sd1:vm1=Offline");
	fx_see(fx, WEST_IDLE);
	ck_assert_ptr_nonnull(fx_alarm(fx, ALARM_VM_MISSING, "vm2"));
	ck_assert_ptr_nonnull(fx_alarm(fx, ALARM_SERVER_DOWN, "east/server1"));
	ck_assert_ptr_nonnull(fx_alarm(fx, ALARM_CLUSTER_NOT_NORMAL, "east"));
	fx_forget(fx);
	ck_assert_int_eq(
	    fx_reload(
	        fx, "cluster west server3 server4\nvm vm2 stateless west\n", NULL),
	    0);
	log = fx_log(fx);
	ck_assert_ptr_nonnull(strstr(log, "cluster east: no longer configured"));
	free(log);
	ck_assert_uint_eq(fx_rows(fx, TABLE_ALARM), 0);
	ck_assert_uint_eq(fx_rows(fx, TABLE_CLUSTER), 1);
	ck_assert_uint_eq(fx_rows(fx, TABLE_NODE), 2);
	ck_assert_uint_eq(fx_rows(fx, TABLE_VM), 1);
	ck_assert_uint_eq(fx_rows(fx, TABLE_VM_NAME), 1);
	ck_assert_uint_eq(fx_rows(fx, TABLE_VM_SITE), 1);
	ck_assert_uint_eq(fx_rows(fx, TABLE_DISK), 0);
	ck_assert_uint_eq(fx_rows(fx, TABLE_DISK_SITE), 0);
	ck_assert_int_eq(fx_vm(fx, "vm2")->oper, VM_RUNNING);
	ck_assert_uint_eq(fx_rows(fx, TABLE_CANDIDATE), 1); /* vm1, unpaired now */
}
END_TEST

/* A server more: what is known stays, what was proved does not. */
START_TEST(test_server_added)
{
	char *log;
	int i;

	fx = fx_new(SET);
	for (i = 0; i < 5; i++) {
		fx_see(fx, EAST);
		fx_see(fx, WEST_IDLE);
		fx_later(fx, 10000);
	}
	fx_forget(fx);
	ck_assert_int_eq(fx_site(fx, "vm1", "west")->evidence, EVIDENCE_PROVED);
	ck_assert_int_eq(fx_reload(fx,
	                     "cluster east server1 server2\ncluster west server3 "
	                     "server4 server5\n" VM1 VM2,
	                     NULL),
	    0);
	log = fx_log(fx);
	ck_assert_str_eq(log, "");
	free(log);
	ck_assert_int_eq(fx_cluster(fx, "west")->oper, CLUSTER_NORMAL);
	ck_assert_int_eq(fx_site(fx, "vm1", "west")->evidence, EVIDENCE_NONE);
	ck_assert_int_eq(fx_node(fx, "west", "server5")->oper, NODE_UNKNOWN);
	/* a cluster of other servers is another one: nothing of before is believed */
	ck_assert_int_eq(
	    fx_reload(fx,
	        "cluster east server1 server2\ncluster west server8 server9\n" VM1 VM2,
	        NULL),
	    0);
	ck_assert_int_eq(fx_cluster(fx, "west")->oper, CLUSTER_UNKNOWN);
	ck_assert_str_eq(fx_cluster(fx, "west")->status_text, "not asked yet");
	ck_assert_ptr_null(fx_alarm(fx, ALARM_CLUSTER_UNREACHABLE, "west"));
	ck_assert_int_eq(fx_vm(fx, "vm2")->oper, VM_UNKNOWN);
}
END_TEST

/* --- restart
 * --------------------------------------------------------------------------- */

START_TEST(test_restart)
{
	char *log;

	fx = fx_new(SET);
	settle();
	fx_want(fx, INTENT_VM_HOLD, vm_index("vm1"), 0, 1);
	fx_want(fx, INTENT_VM_PRIORITY, vm_index("vm1"), 0, 7);
	fx_want(fx, INTENT_VM_HOME, vm_index("vm1"), 0,
	    fx_cluster(fx, "west")->head.key[0]);
	fx_want(fx, INTENT_CLUSTER_ADMIN, fx_cluster(fx, "west")->head.key[0], 0,
	    CLUSTER_MAINTENANCE);
	fx_want(fx, INTENT_NODE_ADMIN, fx_cluster(fx, "east")->head.key[0],
	    fx_node(fx, "east", "server2")->head.key[1], CLUSTER_MAINTENANCE);
	fx_restart(fx, SET);
	fx_forget(fx);
	ck_assert_int_eq(
	    fx_vm(fx, "vm1")->oper, VM_UNKNOWN); /* all of before is void */
	ck_assert_int_eq(fx_vm(fx, "vm1")->hold, 1);
	ck_assert_int_eq(fx_vm(fx, "vm1")->admin, VM_UP);
	ck_assert_int_eq(fx_vm(fx, "vm1")->priority, 7);
	ck_assert_str_eq(fx_vm(fx, "vm1")->home_name, "west");
	ck_assert_int_eq(fx_vm(fx, "vm2")->hold, 2);
	ck_assert_int_eq(fx_cluster(fx, "west")->admin, CLUSTER_MAINTENANCE);
	ck_assert_int_eq(fx_node(fx, "east", "server2")->admin, CLUSTER_MAINTENANCE);
	ck_assert_int_eq(fx_node(fx, "east", "server1")->admin, CLUSTER_ACTIVE);
	fx_see(fx, EAST);
	fx_see(fx, WEST_IDLE);
	log = fx_log(fx);
	ck_assert_str_eq(log, ""); /* all is as it was left */
	free(log);
}
END_TEST

/* Sites where a VM ever ran count, whether it has disks or not. */
static const char *const drops[] = {
	CLUSTERS VM1 "vm vm2 stateless east\n",
	CLUSTERS VM1 "vm vm2 stateless east west:other\n",
	("cluster east server1 server2\nvm vm1 shared east\ndisk d1 east=sd1\n"
	 "vm vm2 stateless east\n"),
};

START_TEST(test_held)
{
	char *cause = NULL;
	int i;

	fx = fx_new(SET);
	settle();
	ck_assert_int_eq(fx_reload(fx, drops[_i], &cause), -1);
	ck_assert_str_eq(cause,
	    "configuration: vm vm2 ran as group vm2 of cluster west and would lose "
	    "this site, where it is not proved stopped: stop it there, and reload "
	    "again when it is (csVmSiteEvidence.2.2)");
	xfree_clear(&cause);
	/* nor by dropping it first and bringing it back */
	ck_assert_int_eq(fx_reload(fx, CLUSTERS VM1, NULL), 0);
	ck_assert_int_eq(
	    fx_reload(fx, CLUSTERS VM1 "vm vm2 stateless east\n", &cause), -1);
	ck_assert_str_eq(cause,
	    "configuration: vm vm2 once ran in cluster west and was not proved "
	    "stopped there when it was taken away: configure that site, too");
	xfree_clear(&cause);
	ck_assert_int_eq(fx_reload(fx, SET, NULL), 0);
	/* nor while nobody looks, in silence */
	fx_restart(fx, drops[_i]);
	for (i = 0; i < 2; i++) {
		ck_assert_str_eq(fx_alarm(fx, ALARM_VM_IN_DOUBT, "vm2")->text,
		    "vm vm2 ran in cluster west, where it has no such site any more: "
		    "nobody "
		    "sees whether it runs there; configure that site again, and take "
		    "it away with a reload when it is proved stopped; or, if it will "
		    "never run there again, set csVmRelease.2 to 2");
		fx_see(fx, EAST);
		if (_i != 2)
			fx_see(fx, WEST_IDLE " other=Online@server3");
		ck_assert_ptr_nonnull(fx_alarm(fx, ALARM_VM_IN_DOUBT, "vm2"));
		fx_restart(fx, drops[_i]);
	}
	ck_assert_int_eq(fx_reload(fx, SET, NULL), 0);
	fx_restart(fx, SET);
	for (i = 0; i < 12; i++) {
		fx_see(fx, EAST);
		fx_see(fx, "west: " UP3 " | vm1=Offline vm2=Offline sd1:vm1=Offline");
		fx_later(fx, 10000);
	}
	ck_assert_ptr_null(fx_alarm(fx, ALARM_VM_IN_DOUBT, "vm2"));
	ck_assert_int_eq(fx_reload(fx, drops[_i], NULL), 0);
	ck_assert_ptr_null(fx_alarm(fx, ALARM_VM_IN_DOUBT, "vm2"));
	/* let go: it may come back without that site */
	fx_restart(fx, drops[_i]);
	ck_assert_ptr_null(fx_alarm(fx, ALARM_VM_IN_DOUBT, "vm2"));
}
END_TEST

/* The settings were changed while nobody looked: taken, but not in silence. */
static const struct {
	const char *settings, *text;
} behind[] = {
	{ CLUSTERS VM2, /* the VM is gone */
	    "disk d1 is no longer configured, but cluster east owns it as sd1 of group "
	    "vm1: configure it again, set its VM down, and take it away with a "
	    "reload; or configure it without that site, restart, and set csVmRelease" },
	{ "cluster west server3 server4\n" VM2W, /* and its cluster, too */
	    "disk d1 is no longer configured, but cluster east owns it as sd1 of group "
	    "vm1: configure it again, set its VM down, and take it away with a "
	    "reload; or configure it without that site, restart, and set csVmRelease" },
	{ CLUSTERS "vm vm1 shared west\ndisk d1 west=sd1\n" VM2,
	    "disk d1 (vm vm1): cluster east owns it as sd1 of group vm1, which is "
	    "configured no more: configure it so again, set the VM down, and change "
	    "it "
	    "with a reload; or, if the VM will never run there again with it, set "
	    "csVmRelease.1 to 1" },
	{ CLUSTERS "vm vm1 shared east:other west\ndisk d1 east=sd1 west=sd1\n" VM2,
	    "disk d1 (vm vm1): cluster east owns it as sd1 of group vm1, which is "
	    "configured no more: configure it so again, set the VM down, and change "
	    "it "
	    "with a reload; or, if the VM will never run there again with it, set "
	    "csVmRelease.1 to 1" },
	{ CLUSTERS "vm vm1 shared east west\ndisk d1 east=sd2 west=sd1\n" VM2,
	    "disk d1 (vm vm1): cluster east owns it as sd1 of group vm1, which is "
	    "configured no more: configure it so again, set the VM down, and change "
	    "it "
	    "with a reload; or, if the VM will never run there again with it, set "
	    "csVmRelease.1 to 1" },
};

START_TEST(test_changed_behind)
{
	int i;

	fx = fx_new(SET);
	settle();
	ck_assert_str_eq(fx_disk(fx, "d1")->owner_cluster_name, "east");
	for (i = 0; i < 2; i++) { /* it is no one day's fly */
		fx_restart(fx, behind[_i].settings);
		ck_assert_ptr_nonnull(fx_alarm(fx, ALARM_DISK_IN_DOUBT, "d1"));
		ck_assert_str_eq(
		    fx_alarm(fx, ALARM_DISK_IN_DOUBT, "d1")->text, behind[_i].text);
		if (_i != 1)
			fx_see(fx, EAST_IDLE " sd2:vm1=Offline");
		fx_see(fx, WEST_IDLE);
		ck_assert_int_eq(fx_reload(fx, behind[_i].settings, NULL), 0);
		ck_assert_ptr_nonnull(fx_alarm(fx, ALARM_DISK_IN_DOUBT, "d1"));
	}
	/* put right again, by a reload that nothing stands against */
	ck_assert_int_eq(fx_reload(fx, SET, NULL), 0);
	fx_see(fx, EAST);
	fx_see(fx, WEST_IDLE);
	ck_assert_ptr_null(fx_alarm(fx, ALARM_DISK_IN_DOUBT, "d1"));
	ck_assert_str_eq(fx_disk(fx, "d1")->owner_cluster_name, "east");
	ck_assert_int_eq(fx_disk(fx, "d1")->epoch, 1);
}
END_TEST

/* --- patterns and candidates
 * --------------------------------------------------------------- */

#define PATTERN CLUSTERS "pattern vm* shared east west\n"

START_TEST(test_pattern)
{
	uint32_t index;

	fx = fx_new(PATTERN);
	ck_assert_uint_eq(fx_rows(fx, TABLE_VM), 0);
	fx_see(fx, EAST " other=Offline sd9:other=Offline");
	ck_assert_uint_eq(fx_rows(fx, TABLE_VM), 2);
	ck_assert_ptr_null(fx_vm(fx, "other"));
	/* the other cluster may have it active, too */
	ck_assert_str_eq(fx_disk(fx, "vm1/sd1")->owner_cluster_name, "");
	fx_see(fx, WEST_IDLE);
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_RUNNING);
	ck_assert_str_eq(fx_disk(fx, "vm1/sd1")->owner_cluster_name, "east");
	index = vm_index("vm1");
	/* after a restart it is known while nobody can be asked */
	fx_restart(fx, PATTERN);
	ck_assert_uint_eq(vm_index("vm1"), index);
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_UNKNOWN);
	ck_assert_int_eq(fx_vm(fx, "vm1")->admin, VM_UP);
	ck_assert_str_eq(fx_disk(fx, "vm1/sd1")->owner_cluster_name, "east");
	ck_assert_uint_eq(fx_rows(fx, TABLE_DISK_SITE), 2);
	fx_see(fx, "east():");
	ck_assert_uint_eq(fx_rows(fx, TABLE_VM), 2);
	/* and a reload that drops the pattern is refused as any other */
	ck_assert_int_eq(fx_reload(fx, CLUSTERS, NULL), -1);
	ck_assert_int_eq(fx_reload(fx, CLUSTERS "pattern vm* shared west\n", NULL), -1);
	ck_assert_int_eq(fx_reload(fx, PATTERN VM2, NULL), 0);
	ck_assert_uint_eq(vm_index("vm1"), index);
}
END_TEST

/* Two patterns fit the name: restored is the one by which it was found. */
START_TEST(test_pattern_clusters)
{
#define FOUR                                             \
	CLUSTERS                                         \
	"cluster north server5\ncluster south server6\n" \
	"pattern vm* stateless east west\npattern vm* stateless north south\n"
	fx = fx_new(FOUR);
	fx_see(fx, "south: server6=Online | vm5=Online@server6");
	fx_see(fx, "north: server5=Online | vm5=Offline");
	ck_assert_ptr_nonnull(fx_site(fx, "vm5", "south"));
	ck_assert_ptr_null(fx_site(fx, "vm5", "east"));
	fx_restart(fx, FOUR);
	ck_assert_ptr_nonnull(fx_site(fx, "vm5", "south"));
	ck_assert_ptr_null(fx_site(fx, "vm5", "east"));
}
END_TEST

/* A disk that only one cluster has stays so over a restart. */
START_TEST(test_pattern_disk)
{
	fx = fx_new(PATTERN);
	fx_see(fx, "east: " UP1 " | vm1=Online@server1 sd1:vm1=Online@server1");
	fx_see(fx, "west: " UP3 " | vm1=Offline sd2:vm1=Offline");
	fx_see(fx, "east: " UP1 " | vm1=Online@server1 sd1:vm1=Online@server1");
	ck_assert_uint_eq(fx_rows(fx, TABLE_DISK_SITE), 2);
	fx_restart(fx, PATTERN);
	ck_assert_ptr_nonnull(fx_disk_site(fx, "vm1/sd1", "east"));
	ck_assert_ptr_null(fx_disk_site(fx, "vm1/sd1", "west"));
}
END_TEST

START_TEST(test_candidates)
{
	const struct candidate_row *r;

	fx = fx_new(CLUSTERS VM1);
	fx_see(fx, EAST " ManagementGroup=Online@server2 failover1=Offline");
	fx_see(fx, WEST_IDLE " failover1=Online@server3");
	/* vm2 and failover1 twice, ManagementGroup once; vm1 is paired */
	ck_assert_uint_eq(fx_rows(fx, TABLE_CANDIDATE), 5);
	r = fx_next(fx, TABLE_CANDIDATE, NULL);
	ck_assert_str_eq(r->cluster_name, "east");
	ck_assert_uint_eq(r->head.key[1], 3); /* "vm2": shortest first */
	ck_assert_int_eq(r->oper, SITE_OFFLINE);
	fx_see(fx, EAST);
	r = fx_next(fx, TABLE_CANDIDATE, NULL);
	ck_assert_uint_eq(fx_rows(fx, TABLE_CANDIDATE), 3);
	ck_assert_int_eq(r->twins, 1);
	ck_assert_uint_eq(fx_rows(fx, TABLE_ALARM), 0); /* never a conflict */
	ck_assert_int_eq(fx_reload(fx, SET, NULL), 0);
	ck_assert_uint_eq(fx_rows(fx, TABLE_CANDIDATE), 1);
	fx_later(fx, 60000);
	ck_assert_uint_eq(fx_rows(fx, TABLE_CANDIDATE), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("reload");
	TCase *t = tcase_create("reload");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, NULL, teardown);

	tcase_add_test(t, test_indexes);
	tcase_add_test(t, test_restore_index);
	tcase_add_test(t, test_same);
	tcase_add_test(t, test_refused);
	tcase_add_test(t, test_allowed);
	tcase_add_test(t, test_removed);
	tcase_add_test(t, test_server_added);
	tcase_add_test(t, test_restart);
	tcase_add_loop_test(t, test_held, 0, sizeof(drops) / sizeof(drops[0]));
	tcase_add_loop_test(
	    t, test_changed_behind, 0, sizeof(behind) / sizeof(behind[0]));
	tcase_add_test(t, test_pattern);
	tcase_add_test(t, test_pattern_clusters);
	tcase_add_test(t, test_pattern_disk);
	tcase_add_test(t, test_candidates);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
