/*
 * SPDX-License-Identifier: Apache-2.0
 * The model: where VMs are, who says so, and what is made of silence and contradiction.
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

#define UP1  "server1=Online server2=Online"
#define UP3  "server3=Online server4=Online"
#define EAST "east: " UP1 " | vm1=Online@server1 sd1:vm1=Online@server1"
#define EAST2                                                        \
	"east: server1=Offline server2=Online | vm1=Online@server2 " \
	"sd1:vm1=Online@server2"
#define EAST_IDLE "east: " UP1 " | vm1=Offline sd1:vm1=Offline"
#define WEST      "west: " UP3 " | vm1=Online@server3 sd1:vm1=Online@server3"
#define WEST_IDLE "west: " UP3 " | vm1=Offline sd1:vm1=Offline"

static char *
log_of(struct fx *fx)
{
	static char *log;

	free(log);
	log = fx_log(fx);
	return log;
}

/* --- first sight -------------------------------------------------------------------
 */

START_TEST(test_first_sight)
{
	struct fx *fx = fx_new(SET);
	const char *log;

	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_UNKNOWN);
	ck_assert_int_eq(fx_vm(fx, "vm1")->admin, ROW_NONE);
	ck_assert_int_eq(fx_vm(fx, "vm1")->hold, 1); /* unknown: on hold */
	ck_assert_int_eq(fx_cluster(fx, "east")->oper, CLUSTER_UNKNOWN);
	ck_assert_str_eq(fx_cluster(fx, "east")->status_text, "not asked yet");
	ck_assert_int_eq(fx_node(fx, "east", "server1")->oper, NODE_UNKNOWN);
	ck_assert_str_eq(
	    fx_site(fx, "vm1", "east")->status_text, "cluster east: not asked yet");
	ck_assert_str_eq(log_of(fx), "");
	fx_see(fx, EAST);
	fx_see(fx, WEST_IDLE);
	log = log_of(fx);
	/* joined twice, adopted twice, and no state "changed" */
	ck_assert_uint_eq(fx_count(log, EVENT_OBJECT_ADDED), 2);
	ck_assert_uint_eq(fx_count(log, EVENT_VM_ADOPTED), 1);
	ck_assert_uint_eq(fx_count(log, EVENT_DISK_ADOPTED), 1);
	ck_assert_uint_eq(fx_count(log, EVENT_CLUSTER_STATE), 0);
	ck_assert_uint_eq(fx_count(log, EVENT_NODE_STATE), 0);
	ck_assert_uint_eq(fx_count(log, EVENT_VM_STATE), 0);
	ck_assert_uint_eq(fx_count(log, EVENT_VM_PLACEMENT), 0);
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_RUNNING);
	ck_assert_str_eq(fx_vm(fx, "vm1")->cluster_name, "east");
	ck_assert_str_eq(fx_vm(fx, "vm1")->node_name, "server1");
	ck_assert_int_eq(
	    fx_vm(fx, "vm1")->node, fx_node(fx, "east", "server1")->head.key[1]);
	ck_assert_int_eq(fx_node(fx, "east", "server1")->vms_running, 1);
	ck_assert_int_eq(fx_cluster(fx, "east")->vms_running, 1);
	ck_assert_int_eq(fx_cluster(fx, "east")->nodes_online, 2);
	ck_assert_int_eq(fx_cluster(fx, "east")->poll_wall, fx->now.wall);
	fx_see(fx, EAST);
	ck_assert_str_eq(log_of(fx), ""); /* the same again is nothing */
	fx_free(fx);
}
END_TEST

/* Since when it is so is told where that was seen: not of what was found so. */
START_TEST(test_since)
{
	struct fx *fx = fx_new(SET);
	time_t stopped;

	ck_assert_int_eq(fx_vm(fx, "vm1")->since_wall, 0);
	fx_see(fx, EAST);
	fx_see(fx, WEST_IDLE);
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_RUNNING);
	ck_assert_int_eq(fx_vm(fx, "vm1")->since_wall, 0);
	fx_later(fx, 10000);
	fx_see(fx, EAST_IDLE);
	stopped = fx->now.wall;
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_STOPPED);
	ck_assert_int_eq(fx_vm(fx, "vm1")->since_wall, stopped);
	fx_later(fx, 10000);
	fx_see(fx, EAST_IDLE);
	ck_assert_int_eq(fx_reload(fx, SET, NULL), 0);
	ck_assert_int_eq(fx_vm(fx, "vm1")->since_wall, stopped);
	fx_restart(fx, SET);
	fx_see(fx, EAST_IDLE);
	fx_see(fx, WEST_IDLE);
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_STOPPED);
	ck_assert_int_eq(fx_vm(fx, "vm1")->since_wall, 0);
	fx_later(fx, 10000);
	fx_see(fx, EAST);
	ck_assert_int_eq(fx_vm(fx, "vm1")->since_wall, fx->now.wall);
	fx_free(fx);
}
END_TEST

START_TEST(test_adopt)
{
	struct fx *fx = fx_new(SET);

	fx_see(fx, EAST);
	/* the other site was not seen: it may be a conflict */
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_RUNNING);
	ck_assert_int_eq(fx_vm(fx, "vm1")->admin, ROW_NONE);
	ck_assert_int_eq(fx_vm(fx, "vm1")->hold, 1);
	fx_see(fx, WEST_IDLE);
	ck_assert_int_eq(fx_vm(fx, "vm1")->admin, VM_UP);
	ck_assert_int_eq(fx_vm(fx, "vm1")->hold, 2);
	fx_free(fx);

	fx = fx_new(SET);
	fx_see(fx, EAST_IDLE);
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_UNKNOWN);
	fx_see(fx, WEST_IDLE);
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_STOPPED);
	ck_assert_int_eq(fx_vm(fx, "vm1")->admin, VM_DOWN);
	ck_assert_int_eq(fx_vm(fx, "vm1")->hold, 2);
	fx_see(fx, EAST); /* seen running later: the intent stays */
	ck_assert_int_eq(fx_vm(fx, "vm1")->admin, VM_DOWN);
	fx_free(fx);

	fx = fx_new(SET);
	fx_see(fx, EAST);
	fx_see(fx, WEST);
	ck_assert_int_eq(fx_vm(fx, "vm1")->admin, ROW_NONE);
	fx_see(fx, EAST);
	fx_see(fx, WEST);
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_CONFLICT);
	ck_assert_int_eq(fx_vm(fx, "vm1")->admin, VM_UP);
	ck_assert_int_eq(fx_vm(fx, "vm1")->hold, 1);
	fx_free(fx);

	fx = fx_new(SET);
	fx_see(fx, "east: " UP1 " | vm1=Online+Failure sd1:vm1=Offline");
	fx_see(fx, WEST_IDLE);
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_FAILED);
	ck_assert_int_eq(fx_vm(fx, "vm1")->admin, ROW_NONE);
	fx_free(fx);
}
END_TEST

/* --- a failover inside one cluster ---------------------------------------------------
 */

START_TEST(test_failover)
{
	struct fx *fx = fx_new(SET);
	const char *log, *node, *place;

	fx_see(fx, EAST);
	fx_see(fx, WEST_IDLE);
	fx_forget(fx);
	fx_later(fx, 10000);
	fx_see(fx,
	    "east=Caution(server1!,server2): server1=Offline server2=Online | "
	    "vm1=Online+Pending@server2 sd1:vm1=Online@server2");
	log = log_of(fx);
	node = strstr(log, "2/3 server east/server1: online -> offline");
	place = strstr(log, "3/1 vm vm1: running -> starting");
	ck_assert_msg(node != NULL && place != NULL && node < place, "%s", log);
	ck_assert_ptr_nonnull(strstr(log, "1/2 cluster east: normal -> caution"));
	ck_assert_uint_eq(fx_count(log, EVENT_VM_PLACEMENT), 0);
	ck_assert(model_wants_fast(fx->model, 0));
	fx_later(fx, 1000);
	fx_see(fx,
	    "east=Caution(server1!,server2): server1=Offline server2=Online | "
	    "vm1=Online@server2 sd1:vm1=Online@server2");
	ck_assert_str_eq(log_of(fx),
	    "3/1 vm vm1: starting -> running: Online on server2\n"
	    "4/1 vm vm1: from east/server1 to east/server2 [east/server1]\n");
	ck_assert(!model_wants_fast(fx->model, 0));
	ck_assert_int_eq(fx_vm(fx, "vm1")->last_move_wall, fx->now.wall);
	ck_assert_int_eq(fx_node(fx, "east", "server1")->vms_running, 0);
	ck_assert_int_eq(fx_node(fx, "east", "server2")->vms_running, 1);
	ck_assert_ptr_nonnull(fx_alarm(fx, ALARM_SERVER_DOWN, "east/server1"));
	ck_assert_ptr_null(fx_alarm(fx, ALARM_CLUSTER_UNREACHABLE, "east"));
	/* and the disk stays where it belongs, with no new epoch */
	ck_assert_str_eq(fx_disk(fx, "d1")->owner_cluster_name, "east");
	ck_assert_str_eq(fx_disk(fx, "d1")->owner_node_name, "server2");
	ck_assert_int_eq(fx_disk(fx, "d1")->epoch, 1);
	fx_free(fx);
}
END_TEST

/* Between two rounds: only where it runs has changed. */
START_TEST(test_failover_unseen)
{
	struct fx *fx = fx_new(SET);
	const struct vm_row *r;

	fx_see(fx, EAST);
	fx_see(fx, WEST_IDLE);
	fx_forget(fx);
	fx_see(fx, "east: " UP1 " | vm1=Online@server2 sd1:vm1=Online@server2");
	ck_assert_str_eq(log_of(fx),
	    "4/1 vm vm1: from east/server1 to east/server2 [east/server1]\n");
	r = fx_vm(fx, "vm1");
	ck_assert_str_eq(r->node_name, "server2");
	fx_free(fx);
}
END_TEST

#define WANTED_UP "; wanted up: write csVmAdminState up again to start it"

START_TEST(test_words)
{
	static const struct {
		const char *group;
		enum cs_vm_oper vm;
		enum cs_site_oper site;
		const char *text;
	} words[] = {
		{ "vm1=Online@server1", VM_RUNNING, SITE_ONLINE, "Online on server1" },
		{ "vm1=Online+Pending@server1", VM_STARTING, SITE_STARTING,
		    "Online Pending on server1" },
		{ "vm1=Offline+Pending@server1", VM_STOPPING, SITE_STOPPING,
		    "Offline Pending on server1" },
		{ "vm1=Offline", VM_STOPPED, SITE_OFFLINE,
		    "Offline in every cluster" WANTED_UP },
		{ "vm1=Online+Failure@server1", VM_FAILED, SITE_FAILED,
		    "Online Failure in cluster east" },
		{ "vm1=Offline+Failure@server1", VM_FAILED, SITE_FAILED,
		    "Offline Failure in cluster east" },
		{ "vm1=Error", VM_FAILED, SITE_FAILED, "Error in cluster east" },
		{ "vm1=Unknown", VM_UNKNOWN, SITE_UNKNOWN,
		    "not known: cluster east: Unknown" },
		{ "vm1=rubbish", VM_UNKNOWN, SITE_UNKNOWN,
		    "not known: cluster east: Unknown" },
		{ "vm1=Normal", VM_UNKNOWN, SITE_UNKNOWN,
		    "not known: cluster east: Normal" },
		/* Offline somewhere is a contradiction: never a guess */
		{ "vm1=Offline@server1", VM_UNKNOWN, SITE_UNKNOWN,
		    "not known: cluster east: Offline, but said to be on server1" },
		{ "other=Offline", VM_STOPPED, SITE_ABSENT,
		    "Offline in every cluster that has its group; cluster east has no "
		    "group vm1" WANTED_UP },
	};
	struct fx *fx = fx_new(SET);
	size_t i;

	fx_see(fx, WEST_IDLE);
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		char *round = xasprintf("east: " UP1 " | %s", words[i].group);

		fx_see(fx, round);
		free(round);
		ck_assert_int_eq(fx_vm(fx, "vm1")->oper, words[i].vm);
		ck_assert_int_eq(fx_site(fx, "vm1", "east")->oper, words[i].site);
		ck_assert_str_eq(fx_vm(fx, "vm1")->status_text, words[i].text);
	}
	ck_assert_ptr_nonnull(fx_alarm(fx, ALARM_VM_MISSING, "vm1"));
	fx_free(fx);
}
END_TEST

/* --- silence -------------------------------------------------------------------------
 */

START_TEST(test_freshness)
{
	struct fx *fx = fx_new(SET);
	const char *log;

	fx_see(fx, EAST);
	fx_see(fx, WEST_IDLE);
	fx_forget(fx);
	fx_later(fx, 40000);
	fx_see(fx, WEST_IDLE);
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_RUNNING);
	fx_later(fx, 5000);
	log = log_of(fx);
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_UNKNOWN);
	ck_assert_str_eq(fx_site(fx, "vm1", "east")->status_text,
	    "cluster east: nothing fresh is known");
	ck_assert_int_eq(fx_site(fx, "vm1", "east")->evidence, EVIDENCE_NONE);
	ck_assert_int_eq(fx_cluster(fx, "east")->oper, CLUSTER_UNKNOWN);
	ck_assert_int_eq(fx_cluster(fx, "west")->oper, CLUSTER_NORMAL);
	ck_assert_int_eq(fx_node(fx, "east", "server1")->oper, NODE_UNKNOWN);
	ck_assert_ptr_nonnull(fx_alarm(fx, ALARM_STALE_DATA, "east"));
	ck_assert_ptr_null(fx_alarm(fx, ALARM_STALE_DATA, "west"));
	ck_assert_ptr_nonnull(strstr(log, "3/2 vm vm1: running -> unknown"));
	ck_assert_ptr_nonnull(strstr(log, "1/2 cluster east: normal -> unknown"));
	/* an owner that cannot be asked still owns */
	ck_assert_str_eq(fx_disk(fx, "d1")->owner_cluster_name, "east");
	ck_assert_int_eq(fx_disk(fx, "d1")->oper, DISK_OWNED);
	ck_assert_int_eq(fx_disk_site(fx, "d1", "east")->oper, SITE_UNKNOWN);
	fx_see(fx, EAST);
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_RUNNING);
	ck_assert_ptr_null(fx_alarm(fx, ALARM_STALE_DATA, "east"));
	log = log_of(fx);
	ck_assert_uint_eq(fx_count(log, EVENT_VM_PLACEMENT), 0); /* it never moved */
	fx_free(fx);
}
END_TEST

START_TEST(test_unreachable)
{
	struct fx *fx = fx_new(SET);
	const char *log;

	fx_see(fx, EAST);
	fx_see(fx, WEST_IDLE);
	fx_forget(fx);
	fx_see(fx, "east():");
	log = log_of(fx);
	ck_assert_int_eq(fx_cluster(fx, "east")->oper, CLUSTER_UNREACHABLE);
	ck_assert_ptr_nonnull(strstr(log,
	    "1/3 cluster east: normal -> unreachable: server1, server2: timed out"));
	ck_assert_int_eq(
	    fx_alarm(fx, ALARM_CLUSTER_UNREACHABLE, "east")->severity, SEV_CRITICAL);
	ck_assert_int_eq(fx_cluster(fx, "east")->poll_errors, 1);
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_RUNNING); /* known 10 ms ago */
	fx_later(fx, 46000);
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_UNKNOWN);
	fx_see(fx, EAST);
	ck_assert_ptr_null(fx_alarm(fx, ALARM_CLUSTER_UNREACHABLE, "east"));
	ck_assert_int_eq(fx_cluster(fx, "east")->oper, CLUSTER_NORMAL);
	fx_free(fx);
}
END_TEST

/* A round that lasted longer than freshness is old when it comes. */
START_TEST(test_slow_round)
{
	struct fx *fx = fx_new(SET);
	struct observation *o = fx_round(fx->settings, EAST);

	fx_see(fx, WEST_IDLE);
	o->settings_seq = fx->seq;
	o->start = fx->now.ms;
	fx_later(fx, 50000);
	o->end = fx->now.ms;
	model_observe(fx->model, o, &fx->now);
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_UNKNOWN);
	ck_assert_int_eq(fx_vm(fx, "vm1")->admin, ROW_NONE);
	fx_free(fx);
}
END_TEST

/* What was seen or asked before the process stood still is void, whenever it comes. */
START_TEST(test_gap)
{
	struct fx *fx = fx_new(SET);
	struct observation *o;

	fx_see(fx, EAST);
	fx_see(fx, WEST_IDLE);
	o = fx_round(fx->settings, EAST);
	o->settings_seq = fx->seq;
	o->start = o->end = fx->now.ms;
	fx->now.ms += 30000;
	model_gap(fx->model, 30000, &fx->now);
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_UNKNOWN);
	ck_assert_int_eq(fx_site(fx, "vm1", "west")->evidence, EVIDENCE_NONE);
	ck_assert_ptr_nonnull(fx_alarm(fx, ALARM_CLOCK_GAP, "clustersetd"));
	model_observe(fx->model, o, &fx->now); /* it was on its way */
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_UNKNOWN);
	fx_see(fx, EAST);
	fx_later(fx, 1000);
	ck_assert_ptr_nonnull(fx_alarm(fx, ALARM_CLOCK_GAP, "clustersetd"));
	fx_see(fx, WEST_IDLE);
	fx_later(fx, 1000);
	ck_assert_ptr_null(fx_alarm(fx, ALARM_CLOCK_GAP, "clustersetd"));
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_RUNNING);
	fx_free(fx);
}
END_TEST

START_TEST(test_old_settings)
{
	struct fx *fx = fx_new(SET);
	struct observation *o = fx_round(fx->settings, EAST);

	o->settings_seq = fx->seq - 1;
	o->start = o->end = fx->now.ms;
	model_observe(fx->model, o, &fx->now);
	ck_assert_int_eq(fx_cluster(fx, "east")->oper, CLUSTER_UNKNOWN);
	fx_free(fx);
}
END_TEST

/* --- contradiction
 * --------------------------------------------------------------------- */

START_TEST(test_disagree)
{
	struct fx *fx = fx_new(SET);
	const struct alarm_row *a;

	fx_see(fx, EAST);
	fx_see(fx, WEST_IDLE);
	fx_see_split(
	    fx, EAST, 1, "east: " UP1 " | vm1=Online@server2 sd1:vm1=Online@server2");
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_UNKNOWN);
	ck_assert_str_eq(fx_site(fx, "vm1", "east")->status_text,
	    "the servers of the cluster disagree");
	ck_assert_int_eq(fx_disk_site(fx, "d1", "east")->oper, SITE_UNKNOWN);
	ck_assert_str_eq(fx_disk(fx, "d1")->owner_cluster_name, "east");
	a = fx_alarm(fx, ALARM_SERVERS_DISAGREE, "east");
	ck_assert_str_eq(a->text, "cluster east: its servers disagree about group vm1");
	ck_assert_int_eq(a->severity, SEV_CRITICAL);
	/* one voice cannot tell that it is over */
	fx_see(
	    fx, "east(server1): " UP1 " | vm1=Online@server1 sd1:vm1=Online@server1");
	ck_assert_ptr_nonnull(fx_alarm(fx, ALARM_SERVERS_DISAGREE, "east"));
	fx_see(fx, EAST);
	ck_assert_ptr_null(fx_alarm(fx, ALARM_SERVERS_DISAGREE, "east"));
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_RUNNING);
	fx_free(fx);
}
END_TEST

/* It runs, and one server of the other cluster says that it runs there, too: the other
 * server may be the one that is wrong (a stale one, or one whose daemon is not up). */
START_TEST(test_disagree_about_a_second_activation)
{
	struct fx *fx = fx_new(SET);

	fx_see(fx, EAST);
	fx_see(fx, WEST_IDLE);
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_RUNNING);
	fx_see_split(fx, WEST_IDLE, 1,
	    "west: " UP3 " | vm1=Online@server3 sd1:vm1=Online@server3");
	ck_assert_int_eq(fx_site(fx, "vm1", "west")->oper, SITE_UNKNOWN);
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_IN_DOUBT);
	fx_see(fx, WEST_IDLE);
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_RUNNING);
	/* disagreement about something else says nothing of it */
	fx_see_split(fx, EAST, 1,
	    "east: server1=Offline server2=Online | vm1=Online@server1 "
	    "sd1:vm1=Online@server1");
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_RUNNING);
	fx_free(fx);
}
END_TEST

/* A node that one server sees down and the other up is unknown; the VM is not. */
START_TEST(test_disagree_node)
{
	struct fx *fx = fx_new(SET);

	fx_see(fx, WEST_IDLE);
	fx_see_split(fx, EAST, 1,
	    "east: server1=Offline server2=Online | vm1=Online@server1 "
	    "sd1:vm1=Online@server1");
	ck_assert_int_eq(fx_node(fx, "east", "server1")->oper, NODE_UNKNOWN);
	ck_assert_str_eq(fx_node(fx, "east", "server1")->status_text,
	    "the servers of its cluster disagree about it");
	ck_assert_int_eq(fx_node(fx, "east", "server2")->oper, NODE_ONLINE);
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_RUNNING);
	fx_free(fx);
}
END_TEST

/* A server that is down stays reported while nobody can tell. */
START_TEST(test_alarm_while_unknown)
{
	struct fx *fx = fx_new(SET);
	uint32_t index;

	fx_see(fx, WEST_IDLE);
	fx_see(fx, EAST2);
	index = fx_alarm(fx, ALARM_SERVER_DOWN, "east/server1")->head.key[0];
	fx_later(fx, 50000);
	ck_assert_int_eq(fx_node(fx, "east", "server1")->oper, NODE_UNKNOWN);
	ck_assert_uint_eq(
	    fx_alarm(fx, ALARM_SERVER_DOWN, "east/server1")->head.key[0], index);
	fx_see(fx, EAST);
	ck_assert_ptr_null(fx_alarm(fx, ALARM_SERVER_DOWN, "east/server1"));
	fx_free(fx);
}
END_TEST

/* --- one or the other
 * -------------------------------------------------------------------- */

/* A quick move by hand between two rounds is not a conflict, though one round of each
 * cluster said Online. */
START_TEST(test_hand_move_quick)
{
	struct fx *fx = fx_new(SET);
	const char *log;

	fx_see(fx, EAST);
	fx_see(fx, WEST_IDLE);
	fx_later(fx, 10000);
	fx_see(fx, EAST);
	fx_forget(fx);
	fx_later(fx, 9000);
	fx_see(fx, WEST); /* started there, after it was stopped here */
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_IN_DOUBT);
	ck_assert_int_eq(fx_disk(fx, "d1")->oper, DISK_IN_DOUBT);
	ck_assert(model_wants_fast(fx->model, 0) && model_wants_fast(fx->model, 1));
	fx_see(fx, EAST_IDLE);
	log = log_of(fx);
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_RUNNING);
	ck_assert_uint_eq(fx_count(log, EVENT_DISK_CONFLICT), 0);
	ck_assert_ptr_null(fx_alarm(fx, ALARM_VM_CONFLICT, "vm1"));
	ck_assert_ptr_null(fx_alarm(fx, ALARM_DISK_CONFLICT, "d1"));
	ck_assert_ptr_nonnull(strstr(
	    log, "4/1 vm vm1: from east/server1 to west/server3 [east/server1]\n"));
	fx_free(fx);
}
END_TEST

START_TEST(test_conflict)
{
	struct fx *fx = fx_new(SET);
	const char *log;

	fx_see(fx, EAST);
	fx_see(fx, WEST_IDLE);
	fx_forget(fx);
	fx_later(fx, 10000);
	fx_see(fx, WEST);
	fx_later(fx, 1000);
	fx_see(fx, EAST);
	fx_later(fx, 1000);
	fx_see(fx, WEST);
	log = log_of(fx);
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_CONFLICT);
	ck_assert_str_eq(
	    fx_vm(fx, "vm1")->status_text, "active in 2 clusters: east, west");
	ck_assert_int_eq(fx_vm(fx, "vm1")->cluster, 0); /* nowhere in particular */
	ck_assert_int_eq(fx_disk(fx, "d1")->oper, DISK_CONFLICT);
	ck_assert_str_eq(fx_disk(fx, "d1")->owner_cluster_name, "east");
	ck_assert_int_eq(fx_disk(fx, "d1")->epoch, 1);
	ck_assert_int_eq(
	    fx_alarm(fx, ALARM_VM_CONFLICT, "vm1")->severity, SEV_CRITICAL);
	ck_assert_str_eq(fx_alarm(fx, ALARM_DISK_CONFLICT, "d1")->text,
	    "disk d1 (vm vm1) is active in east, west; its owner is east: stop the "
	    "other "
	    "side at once, data are in danger");
	ck_assert_uint_eq(fx_count(log, EVENT_DISK_CONFLICT), 1);
	ck_assert_ptr_nonnull(strstr(log, "-> conflict"));
	ck_assert_ptr_nonnull(strstr(log, "8/3 disk d1"));
	ck_assert_ptr_nonnull(strstr(
	    log, "104/1 vm vm1: put on hold: active in 2 clusters: east, west\n"));
	ck_assert_int_eq(fx_vm(fx, "vm1")->hold, 1);
	/* one side falls silent: nobody has seen it end */
	fx_later(fx, 40000);
	fx_see(fx, EAST);
	fx_later(fx, 6000);
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_CONFLICT);
	ck_assert_int_eq(fx_disk(fx, "d1")->oper, DISK_CONFLICT);
	ck_assert_ptr_nonnull(fx_alarm(fx, ALARM_VM_CONFLICT, "vm1"));
	ck_assert_ptr_nonnull(fx_alarm(fx, ALARM_DISK_CONFLICT, "d1"));
	fx_see(fx, WEST_IDLE);
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_RUNNING);
	ck_assert_int_eq(fx_disk(fx, "d1")->oper, DISK_OWNED);
	ck_assert_ptr_null(fx_alarm(fx, ALARM_VM_CONFLICT, "vm1"));
	ck_assert_ptr_null(fx_alarm(fx, ALARM_DISK_CONFLICT, "d1"));
	/* the hold is the operator's to end, over restarts */
	fx_restart(fx, SET);
	ck_assert_int_eq(fx_vm(fx, "vm1")->hold, 1);
	fx_want(fx, INTENT_VM_HOLD, fx_vm(fx, "vm1")->head.key[0], 0, 2);
	ck_assert_int_eq(fx_vm(fx, "vm1")->hold, 2);
	fx_free(fx);
}
END_TEST

/* Both sides of a replica are Online for ever: that tells nothing. */
START_TEST(test_replica)
{
	struct fx *fx =
	    fx_new("cluster east server1 server2\ncluster west server3 server4\n"
	           "vm vm1 replica east west\ndisk d1 east=sd1 west=sd1\n");
	int i;

	for (i = 0; i < 3; i++) {
		fx_see(fx, EAST);
		fx_see(fx, WEST);
	}
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_UNKNOWN);
	ck_assert_int_eq(fx_vm(fx, "vm1")->cluster, 0);
	ck_assert_ptr_null(fx_alarm(fx, ALARM_VM_CONFLICT, "vm1"));
	ck_assert_ptr_null(fx_alarm(fx, ALARM_DISK_CONFLICT, "d1"));
	ck_assert_int_eq(fx_disk(fx, "d1")->oper, DISK_UNKNOWN);
	ck_assert_int_eq(fx_disk(fx, "d1")->owner_cluster, 0);
	fx_free(fx);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("place");
	TCase *t = tcase_create("place");
	SRunner *sr;
	int failed;

	tcase_add_test(t, test_first_sight);
	tcase_add_test(t, test_since);
	tcase_add_test(t, test_adopt);
	tcase_add_test(t, test_failover);
	tcase_add_test(t, test_failover_unseen);
	tcase_add_test(t, test_words);
	tcase_add_test(t, test_freshness);
	tcase_add_test(t, test_unreachable);
	tcase_add_test(t, test_slow_round);
	tcase_add_test(t, test_gap);
	tcase_add_test(t, test_old_settings);
	tcase_add_test(t, test_disagree);
	tcase_add_test(t, test_disagree_about_a_second_activation);
	tcase_add_test(t, test_disagree_node);
	tcase_add_test(t, test_alarm_while_unknown);
	tcase_add_test(t, test_hand_move_quick);
	tcase_add_test(t, test_conflict);
	tcase_add_test(t, test_replica);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
