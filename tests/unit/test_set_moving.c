/*
 * SPDX-License-Identifier: Apache-2.0
 * The model and moves: what move/ is told of a VM, and what it tells.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "set/evidence.h"
#include "tests/unit/model_fixture.h"

#define CLUSTERS "cluster east server1 server2\ncluster west server3 server4\n"
#define SET                                                                           \
	CLUSTERS "vm vm1 shared east west:g1 manual=east manual=west "                \
	         "monitor=east:genw1 monitor=east:genw2\ndisk d1 east=sd1 west=sd1\n" \
	         "vm vm2 stateless west\n"

#define UP1       "server1=Online server2=Online"
#define UP3       "server3=Online server4=Online"
#define EAST      "east: " UP1 " | vm1=Online@server2 sd1:vm1=Online@server2"
#define EAST_IDLE "east: " UP1 " | vm1=Offline sd1:vm1=Offline"
#define WEST                                                    \
	"west: " UP3 " | vm2=Online@server3 g1=Online@server3 " \
	"sd1:g1=Online@server3"
#define WEST_IDLE "west: " UP3 " | vm2=Online@server3 g1=Offline sd1:g1=Offline"

#define VM1       1
#define VM2       2
#define ROUND     (EV_IDENTITY | EV_SERVERS_SANE | EV_ALL_AGREE)

static struct fx *fx;
static struct vm_sight sight;

static void
setup(void)
{
	fx = fx_new(SET);
	fx_see(fx, EAST);
	fx_see(fx, WEST_IDLE);
	fx_forget(fx);
}

static void
teardown(void)
{
	fx_free(fx);
}

static const struct site_sight *
look(int site, uint32_t wanted)
{
	ck_assert(model_vm_sight(fx->model, VM1, site, wanted, &sight));
	ck_assert_uint_eq(sight.nsites, 2);
	return &sight.site[site];
}

/* --- what is told ------------------------------------------------------------------
 */

START_TEST(test_info)
{
	struct vm_info i;

	ck_assert(model_vm_info(fx->model, VM1, &i));
	ck_assert_str_eq(i.name, "vm1");
	ck_assert_uint_eq(i.index, VM1);
	ck_assert_int_eq(i.kind, VM_SHARED_DISK);
	ck_assert_int_eq(i.admin, VM_UP);
	ck_assert_int_eq(i.oper, VM_RUNNING);
	ck_assert_str_eq(i.oper_text, "Online on server2");
	ck_assert(!i.hold && !i.too_many);
	ck_assert_int_eq(i.priority, 100);
	ck_assert_int_eq(i.place, 0);
	ck_assert_uint_eq(i.node, 2);
	ck_assert_uint_eq(i.ndisks, 1);
	ck_assert_uint_eq(i.nsites, 2);
	ck_assert_uint_eq(i.site[0].cluster, 0);
	ck_assert_str_eq(i.site[0].cluster_name, "east");
	ck_assert_str_eq(i.site[1].group, "g1");
	ck_assert_uint_eq(i.site[1].cluster_index, 2);
	ck_assert_uint_eq(i.site[0].nmonitors, 2);
	ck_assert_str_eq(i.site[0].monitors[1], "genw2");
	ck_assert_uint_eq(i.site[1].nmonitors, 0);
	ck_assert(!model_vm_info(fx->model, 3, &i));
	ck_assert_uint_eq(model_vm_find(fx->model, "vm2"), VM2);
	ck_assert_uint_eq(model_vm_find(fx->model, "vm9"), 0);
	ck_assert_int_eq(model_vm_site(fx->model, VM1, 2), 1);
	ck_assert_int_eq(model_vm_site(fx->model, VM2, 1), -1);
	ck_assert_int_eq(model_vm_site(fx->model, 9, 1), -1);
	ck_assert_str_eq(model_node_name(fx->model, 2, 4), "server4");
	ck_assert_ptr_null(model_node_name(fx->model, 2, 1));
	ck_assert_ptr_null(model_node_name(fx->model, 9, 1));
}
END_TEST

START_TEST(test_sight)
{
	const struct site_sight *s = look(0, 0);
	msec_t full;

	ck_assert(s->fresh && s->commandable && !s->closed && s->node_ok);
	ck_assert(s->alive && s->active && s->has_monitors);
	ck_assert_int_eq(s->oper, SITE_ONLINE);
	ck_assert_uint_eq(s->node, 2);
	ck_assert_int_eq(s->start, fx->now.ms - 20);
	ck_assert_int_eq(s->judged, s->start);
	ck_assert_int_eq(s->offline_since, 0);
	s = look(1, 4);
	ck_assert(s->fresh && s->commandable && s->node_ok && s->alive);
	ck_assert(!s->active && !s->has_monitors);
	ck_assert_int_eq(s->oper, SITE_OFFLINE);
	ck_assert_uint_eq(s->node, 0);
	ck_assert_uint_eq(s->parts & ~EV_SETTLED, EV_ALL & ~EV_SETTLED);
	ck_assert_int_eq(s->offline_since, fx->now.ms - 10);
	full = s->judged;
	ck_assert_int_eq(sight.owner, 0);
	ck_assert_uint_eq(sight.epoch, 1);
	ck_assert(!sight.hold && !sight.conflict);
	/* a calm round: newer, but the proof is as old as it was */
	fx_later(fx, 1000);
	fx_see(fx,
	    "west(server3): " UP3 " | vm2=Online@server3 g1=Offline sd1:g1=Offline");
	s = look(1, 0);
	ck_assert_int_eq(s->start, fx->now.ms - 10);
	ck_assert_int_eq(s->judged, full);
	/* what a disk's resource tells is activity, too */
	fx_see(fx,
	    "west: " UP3 " | vm2=Online@server3 g1=Offline "
	    "sd1:g1=Online+Pending@server3");
	s = look(1, 0);
	ck_assert(s->active);
	ck_assert_int_eq(s->offline_since, 0);
	ck_assert_int_eq(s->oper, SITE_OFFLINE);
	/* nothing fresh: nothing is told */
	fx_later(fx, 60000);
	s = look(1, 0);
	ck_assert(!s->fresh && !s->commandable && !s->node_ok && !s->active);
	ck_assert_int_eq(s->oper, SITE_UNKNOWN);
	ck_assert_int_eq(s->start, 0);
	ck_assert_int_eq(s->judged, 0);
	ck_assert_uint_eq(s->parts, 0);
	ck_assert(!model_vm_sight(fx->model, 9, 0, 0, &sight));
}
END_TEST

/* Who can be sent to, and who can take it. */
START_TEST(test_commandable)
{
	fx_see(fx,
	    "west: server3=Offline server4=Online | vm2=Offline g1=Offline "
	    "sd1:g1=Offline");
	ck_assert(look(1, 0)->commandable); /* server4 is sane by its own word */
	ck_assert(look(1, 4)->node_ok);
	ck_assert(!look(1, 3)->node_ok);
	ck_assert(!look(1, 1)->node_ok); /* not of that cluster */
	fx_see(fx,
	    "west: server3=Offline server4=Offline | vm2=Offline g1=Offline "
	    "sd1:g1=Offline");
	ck_assert(!look(1, 0)->commandable);
	ck_assert(!look(1, 0)->node_ok);
	/* a group that failed makes it Error: the way back goes through here */
	fx_see(fx, "west=Error: " UP3 " | vm2=Offline g1=Offline sd1:g1=Offline");
	ck_assert(look(1, 0)->commandable);
	ck_assert((look(1, 0)->parts & EV_SERVERS_SANE) == 0);
	fx_see(fx, "west=Suspend: " UP3 " | vm2=Offline g1=Offline sd1:g1=Offline");
	ck_assert(!look(1, 0)->commandable);
	fx_see(fx, "west~other: " UP3 " | g1=Online@server3 sd1:g1=Online@server3");
	ck_assert(!look(1, 0)->fresh && !look(1, 0)->commandable);
	ck_assert(!look(1, 0)->active);
	fx_see(fx, WEST_IDLE);
	ck_assert(look(1, 0)->commandable && look(1, 0)->alive);
	fx_see(fx, "west():");
	ck_assert(!look(1, 0)->alive && !look(1, 0)->commandable);
	ck_assert(look(1, 0)->fresh); /* what was told is not too old yet */
	fx_see(fx, WEST_IDLE);
	fx_want(fx, INTENT_NODE_ADMIN, 2, 4, CLUSTER_MAINTENANCE);
	ck_assert(!look(1, 4)->node_ok && look(1, 0)->node_ok);
	ck_assert(!look(1, 0)->closed);
	fx_want(fx, INTENT_CLUSTER_ADMIN, 2, 0, CLUSTER_MAINTENANCE);
	ck_assert(look(1, 0)->closed && look(1, 0)->fresh);
	fx_want(fx, INTENT_CLUSTER_ADMIN, 2, 0, CLUSTER_IGNORED);
	ck_assert(look(1, 0)->closed && !look(1, 0)->fresh && !look(1, 0)->alive);
}
END_TEST

START_TEST(test_owner_sight)
{
	model_vm_owner(fx->model, VM1, -1, "test", &fx->now);
	look(0, 0);
	ck_assert_int_eq(sight.owner, 0); /* adopted again: nothing was under way */
	ck_assert_uint_eq(sight.epoch, 3);
	ck_assert(model_vm_sight(fx->model, VM2, 0, 0, &sight));
	ck_assert_int_eq(sight.owner, OWNER_NO_DISKS);
	ck_assert_uint_eq(sight.epoch, SIGHT_STATELESS_EPOCH);
	teardown();
	fx = fx_new(SET);
	look(0, 0);
	ck_assert_int_eq(sight.owner, OWNER_OTHER); /* not adopted */
	ck_assert(sight.hold);
	fx_see(fx, EAST_IDLE);
	fx_see(fx, WEST_IDLE);
	look(0, 0);
	ck_assert_int_eq(sight.owner, OWNER_NOBODY); /* it was never anybody's */
	ck_assert(!sight.hold);
	/* two disks of two owners */
	teardown();
	fx = fx_new(SET);
	model_restore_disk_owner(
	    fx->model, "d1", &(struct disk_owner) { "north", 3, 1, NULL, NULL });
	look(0, 0);
	ck_assert_int_eq(sight.owner, OWNER_OTHER); /* no site of it */
	ck_assert_uint_eq(sight.epoch, 3);
}
END_TEST

/* --- what move/ tells --------------------------------------------------------------
 */

static void
busy(enum cs_vm_oper oper, uint32_t cluster, uint32_t node, const char *text)
{
	const struct vm_busy b = { true, oper, cluster, node, text };

	model_vm_busy(fx->model, VM1, &b, &fx->now);
}

static void
idle(void)
{
	model_vm_busy(fx->model, VM1, &(const struct vm_busy) { 0 }, &fx->now);
}

START_TEST(test_busy)
{
	char *log;

	busy(VM_MOVING, 2, 4, "stopping it in east");
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_MOVING);
	ck_assert_str_eq(fx_vm(fx, "vm1")->status_text, "stopping it in east");
	ck_assert_str_eq(fx_vm(fx, "vm1")->target_name, "west");
	ck_assert_str_eq(fx_vm(fx, "vm1")->target_node_name, "server4");
	ck_assert_int_eq(fx_vm(fx, "vm1")->target_cluster, 2);
	ck_assert_int_eq(fx_vm(fx, "vm1")->target_node, 4);
	ck_assert_str_eq(fx_vm(fx, "vm1")->cluster_name, "east");
	log = fx_log(fx);
	ck_assert_str_eq(log, "3/1 vm vm1: running -> moving: stopping it in east\n");
	free(log);
	/* what is seen meanwhile is told to move/, not shown */
	fx_see(fx, EAST_IDLE);
	log = fx_log(fx);
	ck_assert_str_eq(log, "");
	free(log);
	busy(VM_STARTING, 2, 4, NULL);
	ck_assert_str_eq(fx_vm(fx, "vm1")->status_text, "Offline in every cluster");
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_STARTING);
	model_vm_owner(fx->model, VM1, 1, "test", &fx->now);
	fx_see(fx, WEST);
	fx_forget(fx);
	idle();
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_RUNNING);
	ck_assert_int_eq(fx_vm(fx, "vm1")->target_cluster, 0);
	ck_assert_str_eq(fx_vm(fx, "vm1")->target_name, "");
	log = fx_log(fx);
	ck_assert_str_eq(log, "3/1 vm vm1: starting -> running: Online on server3\n");
	free(log);
}
END_TEST

/* Neither an intent nor an alarm nor an owner comes of what a move does. */
START_TEST(test_busy_owner)
{
	char *log;
	int i;

	busy(VM_MOVING, 2, 0, "moving");
	fx_forget(fx);
	for (i = 0; i < 12; i++) { /* stopped there, started here, settled */
		fx_later(fx, 10000);
		fx_see(fx, EAST_IDLE);
		fx_see(fx, WEST);
	}
	ck_assert_str_eq(fx_disk(fx, "d1")->owner_cluster_name, "east");
	ck_assert_ptr_null(fx_alarm(fx, ALARM_FOREIGN_CONTROLLER, "vm1"));
	ck_assert_int_eq(fx_vm(fx, "vm1")->admin, VM_UP);
	log = fx_log(fx);
	ck_assert_uint_eq(fx_count(log, EVENT_FOREIGN_CONTROLLER), 0);
	ck_assert_uint_eq(fx_count(log, EVENT_DISK_OWNER), 0);
	free(log);
	idle(); /* nobody said that it passed: then it was moved by hand */
	ck_assert_str_eq(fx_disk(fx, "d1")->owner_cluster_name, "west");
}
END_TEST

START_TEST(test_conflict_shows)
{
	busy(VM_MOVING, 2, 0, "moving");
	fx_see(fx, WEST);
	fx_see(fx, EAST);
	fx_see(fx, WEST);
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_CONFLICT);
	ck_assert_str_eq(
	    fx_vm(fx, "vm1")->status_text, "active in 2 clusters: east, west");
	ck_assert_ptr_nonnull(fx_alarm(fx, ALARM_VM_CONFLICT, "vm1"));
	look(0, 0);
	ck_assert(sight.conflict && sight.hold);
}
END_TEST

static void
acknowledge(void)
{
	const struct alarm_row *a = fx_alarm(fx, ALARM_FOREIGN_CONTROLLER, "vm1");

	fx_want(fx, INTENT_ALARM_ACK, a->head.key[0], 0, 1);
}

static void
twice(void)
{
	fx_see(fx, EAST);
	fx_see(fx, WEST);
	fx_see(fx, EAST);
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_CONFLICT);
}

/* The one reaction to a conflict is not stopped by a hold that comes of it. */
START_TEST(test_newcomer)
{
	twice();
	ck_assert_int_eq(fx_vm(fx, "vm1")->hold, 1);
	teardown();
	fx = fx_new(SET "stop-newcomer\n");
	fx_see(fx, EAST);
	fx_see(fx, WEST_IDLE);
	fx_see(fx, EAST);
	twice();
	twice();
	ck_assert_int_eq(fx_vm(fx, "vm1")->hold, 2);
	busy(VM_STOPPING, 0, 0, "stopping the newcomer");
	twice();
	ck_assert_int_eq(fx_vm(fx, "vm1")->hold, 2);
	idle(); /* and it still runs twice */
	ck_assert_int_eq(fx_vm(fx, "vm1")->hold, 1);
	/* the next conflict is another one */
	fx_see(fx, WEST_IDLE);
	fx_see(fx, EAST);
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_RUNNING);
	acknowledge();
	fx_want(fx, INTENT_VM_HOLD, VM1, 0, 2);
	ck_assert_ptr_null(fx_alarm(fx, ALARM_FOREIGN_CONTROLLER, "vm1"));
	twice();
	twice();
	ck_assert_int_eq(fx_vm(fx, "vm1")->hold, 2);
	/* where nobody owns the disk there is no newcomer */
	teardown();
	fx = fx_new(SET "stop-newcomer\n");
	twice();
	ck_assert_int_eq(fx_vm(fx, "vm1")->hold, 1);
}
END_TEST

START_TEST(test_doubt)
{
	busy(VM_IN_DOUBT, 2, 0, "it stands");
	fx_see(fx, EAST);
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_IN_DOUBT);
	ck_assert_int_eq(fx_disk(fx, "d1")->oper, DISK_IN_DOUBT);
	ck_assert(!model_wants_fast(fx->model, 0)); /* it may stand for days */
	idle();
	ck_assert_int_eq(fx_disk(fx, "d1")->oper, DISK_OWNED);
}
END_TEST

START_TEST(test_pass)
{
	char *log;

	busy(VM_MOVING, 2, 0, "moving");
	fx_see(fx, EAST_IDLE);
	fx_forget(fx);
	ck_assert_uint_eq(model_vm_owner(fx->model, VM1, -1, "handover", &fx->now), 2);
	ck_assert_int_eq(fx_disk(fx, "d1")->oper, DISK_RELEASED);
	ck_assert_int_eq(fx_disk(fx, "d1")->owner_cluster, 0);
	look(0, 0);
	ck_assert_int_eq(sight.owner, OWNER_NOBODY);
	ck_assert_uint_eq(model_vm_owner(fx->model, VM1, 1, "handover", &fx->now), 3);
	ck_assert_int_eq(fx_disk(fx, "d1")->oper, DISK_OWNED);
	look(0, 0);
	ck_assert_int_eq(sight.owner, 1);
	ck_assert_uint_eq(sight.epoch, 3);
	log = fx_log(fx);
	ck_assert_str_eq(log,
	    "7/1 disk d1: owner east -> nobody, epoch 2 (handover) [east/]\n"
	    "7/1 disk d1: owner west, epoch 3 (handover) [/]\n");
	free(log);
	fx_restart(fx, SET);
	look(0, 0);
	ck_assert_int_eq(sight.owner, 1);
	ck_assert_uint_eq(model_vm_owner(fx->model, VM2, 0, "none", &fx->now), 0);
}
END_TEST

/* Disks whose epochs differ have one afterwards, above all of them. */
START_TEST(test_pass_two)
{
	teardown();
	fx = fx_new(CLUSTERS "vm vm1 shared east west\ndisk d1 east=sd1 west=sd1\n"
	                     "disk d2 east=sd2 west=sd2\n");
	model_restore_disk_owner(
	    fx->model, "d2", &(struct disk_owner) { "west", 7, 1, NULL, NULL });
	model_restore_disk_owner(
	    fx->model, "d1", &(struct disk_owner) { "east", 2, 1, NULL, NULL });
	look(0, 0);
	ck_assert_int_eq(sight.owner, OWNER_OTHER);
	ck_assert_uint_eq(sight.epoch, 7);
	busy(VM_MOVING, 2, 0, "moving");
	ck_assert_uint_eq(model_vm_owner(fx->model, VM1, 0, "test", &fx->now), 8);
	ck_assert_int_eq(fx_disk(fx, "d1")->epoch, 8);
	ck_assert_int_eq(fx_disk(fx, "d2")->epoch, 8);
	look(0, 0);
	ck_assert_int_eq(sight.owner, 0);
}
END_TEST

static void
orders(int site, struct site_orders o)
{
	model_vm_orders(fx->model, VM1, site, &o, &fx->now);
}

START_TEST(test_orders)
{
	fx_later(fx, 15000);
	fx_see(fx, WEST_IDLE);
	fx_later(fx, 15000);
	fx_see(fx, WEST_IDLE);
	ck_assert_int_eq(fx_site(fx, "vm1", "west")->evidence, EVIDENCE_PROVED);
	orders(1, (struct site_orders) { .may_start = true });
	ck_assert_int_eq(fx_site(fx, "vm1", "west")->evidence, EVIDENCE_PARTIAL);
	ck_assert_str_eq(fx_site(fx, "vm1", "west")->evidence_text,
	    "a start command of ours may still take effect");
	ck_assert(fx_reload(fx, SET "domain r1\n", NULL) == 0);
	fx_see(fx, WEST_IDLE);
	ck_assert_int_eq(fx_site(fx, "vm1", "west")->evidence, EVIDENCE_PARTIAL);
	orders(1, (struct site_orders) { .confirmed = 4 });
	fx_see(fx, WEST_IDLE);
	ck_assert_int_eq(fx_site(fx, "vm1", "west")->evidence, EVIDENCE_PROVED);
	ck_assert_int_eq(fx_site(fx, "vm1", "west")->confirm, 4);
	ck_assert(fx_reload(fx, SET, NULL) == 0);
	ck_assert_int_eq(fx_site(fx, "vm1", "west")->confirm, 4);
	ck_assert_int_eq(fx_site(fx, "vm1", "east")->confirm, 0);
	ck_assert_int_eq(fx_site(fx, "vm2", "west")->confirm, 0);
	orders(2, (struct site_orders) { .may_start = true }); /* no such site */
	/* the stop of ours settles in one interval, when it was answered */
	fx_see(fx, EAST);
	fx_see(fx, EAST_IDLE);
	orders(0, (struct site_orders) { .our_stop = true, .stop_accepted = true });
	fx_later(fx, fx->settings->poll.interval - 20);
	fx_see(fx, EAST_IDLE);
	ck_assert_int_eq(fx_site(fx, "vm1", "east")->evidence, EVIDENCE_PARTIAL);
	fx_later(fx, 10);
	fx_see(fx, EAST_IDLE);
	ck_assert_int_eq(fx_site(fx, "vm1", "east")->evidence, EVIDENCE_PROVED);
	orders(0, (struct site_orders) { .our_stop = true });
	fx_see(fx, EAST_IDLE);
	ck_assert_str_eq(
	    fx_site(fx, "vm1", "east")->evidence_text, "Offline for 10 s of 30 s");
}
END_TEST

#define SUSPENDED                                                       \
	"west: " UP3 " | vm2=Online@server3 g1=Offline sd1:g1=Offline " \
	"!genw1=Suspend"

START_TEST(test_suspended)
{
	static const struct monitor_on_server pairs[] = { { "genw1", "server3" },
		{ "genw1", "server4" } };

	fx_see(fx, SUSPENDED);
	ck_assert_int_eq(fx_cluster(fx, "west")->oper, CLUSTER_SUSPENDED);
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_RUNNING);
	ck_assert_int_eq(fx_site(fx, "vm1", "west")->oper, SITE_UNKNOWN);
	model_vm_suspended(fx->model, VM1, 1, pairs, 2, &fx->now);
	ck_assert_int_eq(fx_cluster(fx, "west")->oper, CLUSTER_NORMAL);
	fx_see(fx, SUSPENDED);
	ck_assert_int_eq(fx_site(fx, "vm1", "west")->oper, SITE_OFFLINE);
	/* another VM's are others, and what is told again is told once */
	model_vm_suspended(fx->model, VM2, 0, pairs, 1, &fx->now);
	model_vm_suspended(fx->model, VM2, 0, pairs, 0, &fx->now);
	model_vm_suspended(fx->model, VM1, 1, pairs, 2, &fx->now);
	ck_assert(fx_reload(fx, SET "domain r1\n", NULL) == 0);
	fx_see(fx, SUSPENDED);
	ck_assert_int_eq(fx_cluster(fx, "west")->oper, CLUSTER_NORMAL);
	fx_see(fx, SUSPENDED " !userw=Suspend"); /* that one is not ours */
	ck_assert_int_eq(fx_cluster(fx, "west")->oper, CLUSTER_SUSPENDED);
	fx_see(fx, SUSPENDED);
	/* resumed: what no round shows yet is no suspension by others */
	model_vm_suspended(fx->model, VM1, 1, pairs, 1, &fx->now);
	model_vm_suspended(fx->model, VM1, 1, NULL, 0, &fx->now);
	ck_assert_int_eq(fx_cluster(fx, "west")->oper, CLUSTER_NORMAL);
	fx_see(fx, SUSPENDED);
	fx_later(fx, 29000);
	fx_see(fx, SUSPENDED);
	ck_assert_int_eq(fx_cluster(fx, "west")->oper, CLUSTER_NORMAL);
	fx_later(fx, 1000);
	fx_see(fx, SUSPENDED); /* but somebody else did it, after all this time */
	ck_assert_int_eq(fx_cluster(fx, "west")->oper, CLUSTER_SUSPENDED);
	/* seen resumed once, it is as any other */
	model_vm_suspended(fx->model, VM1, 1, pairs, 2, &fx->now);
	fx_see(fx, SUSPENDED);
	model_vm_suspended(fx->model, VM1, 1, NULL, 0, &fx->now);
	fx_see(fx, WEST_IDLE " !genw1=Online"); /* begun before: it tells nothing */
	fx_see(fx, SUSPENDED);
	ck_assert_int_eq(fx_cluster(fx, "west")->oper, CLUSTER_NORMAL);
	fx_see(fx, WEST_IDLE " !genw1=Online");
	fx_see(fx, SUSPENDED);
	ck_assert_int_eq(fx_cluster(fx, "west")->oper, CLUSTER_SUSPENDED);
}
END_TEST

START_TEST(test_rows)
{
	struct move_row row = {
		.vm = VM1,
		.vm_name = "vm1",
		.target_cluster = ROW_NONE,
		.state = MOVE_RUNNING,
	};
	const struct move_row *r;

	model_move_put(fx->model, "lab", 7, &row);
	row.state = MOVE_SUCCEEDED;
	model_move_put(fx->model, "lab", 8, &row);
	model_move_put(fx->model, "la", 9, &row);
	ck_assert_uint_eq(fx_rows(fx, TABLE_MOVE), 3);
	r = model_move_row(fx->model, "lab", 7);
	ck_assert_int_eq(r->state, MOVE_RUNNING);
	ck_assert_uint_eq(r->head.klen, 5); /* length, three octets, index */
	ck_assert_uint_eq(r->head.key[0], 3);
	ck_assert_uint_eq(r->head.key[1], 'l');
	ck_assert_uint_eq(r->head.key[4], 7);
	ck_assert_ptr_null(model_move_row(fx->model, "lab", 9));
	r = fx_next(fx, TABLE_MOVE, NULL); /* the shorter owner first, as OIDs are */
	ck_assert_uint_eq(r->head.key[0], 2);
	ck_assert(fx_reload(fx, SET "domain r1\n", NULL) == 0);
	ck_assert_int_eq(model_move_row(fx->model, "lab", 8)->state, MOVE_SUCCEEDED);
	model_move_drop(fx->model, "lab", 8);
	model_move_drop(fx->model, "lab", 8);
	ck_assert_ptr_null(model_move_row(fx->model, "lab", 8));
	ck_assert_uint_eq(fx_rows(fx, TABLE_MOVE), 2);
}
END_TEST

/* What is under way goes on over a reload. */
START_TEST(test_reload)
{
	busy(VM_MOVING, 2, 4, "moving");
	fx_forget(fx);
	ck_assert(fx_reload(fx, SET "domain r1\n", NULL) == 0);
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_MOVING);
	ck_assert_str_eq(fx_vm(fx, "vm1")->target_node_name, "server4");
	ck_assert_str_eq(fx_vm(fx, "vm1")->status_text, "moving");
	idle();
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_RUNNING);
}
END_TEST

/* A VM that a pattern found is not retired while a move of it is under way. */
START_TEST(test_pattern)
{
	int i;

	teardown();
	fx = fx_new(CLUSTERS "pattern vm* stateless east west\n");
	fx_see(fx, "east: " UP1 " | vm1=Online@server1");
	fx_see(fx, "west: " UP3 " |");
	busy(VM_MOVING, 2, 0, "moving");
	for (i = 0; i < 6; i++) {
		fx_see(fx, "east: " UP1 " |");
		fx_see(fx, "west: " UP3 " |");
	}
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_MOVING);
	idle();
	for (i = 0; i < 6; i++) {
		fx_see(fx, "east: " UP1 " |");
		fx_see(fx, "west: " UP3 " |");
	}
	ck_assert_ptr_null(fx_vm(fx, "vm1"));
}
END_TEST

START_TEST(test_note)
{
	struct event_note e = {
		.type = EVENT_MOVE_STEP,
		.severity = SEV_INFO,
		.object = OBJECT_MOVE,
		.object_name = "lab/7",
		.vm_name = "vm1",
		.text = "move lab/7: stop",
	};
	char *log;

	model_note(fx->model, &e, &fx->now);
	ck_assert_uint_eq(e.number, model_newest_event(fx->model));
	log = fx_log(fx);
	ck_assert_str_eq(log, "111/1 move lab/7: stop\n");
	free(log);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("moving");
	TCase *t = tcase_create("moving");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, test_info);
	tcase_add_test(t, test_sight);
	tcase_add_test(t, test_commandable);
	tcase_add_test(t, test_owner_sight);
	tcase_add_test(t, test_busy);
	tcase_add_test(t, test_busy_owner);
	tcase_add_test(t, test_conflict_shows);
	tcase_add_test(t, test_newcomer);
	tcase_add_test(t, test_doubt);
	tcase_add_test(t, test_pass);
	tcase_add_test(t, test_pass_two);
	tcase_add_test(t, test_orders);
	tcase_add_test(t, test_suspended);
	tcase_add_test(t, test_rows);
	tcase_add_test(t, test_reload);
	tcase_add_test(t, test_pattern);
	tcase_add_test(t, test_note);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
