/*
 * SPDX-License-Identifier: Apache-2.0
 * The model: what others do to a VM. A stop is told from a failure, an activation that
 * nobody asked for is told, a group that starts by itself is a hazard.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/model_fixture.h"

#define CLUSTERS  "cluster east server1 server2\ncluster west server3 server4\n"
#define DISK      "disk d1 east=sd1 west=sd1\n"
#define VM        "vm vm1 shared east west manual=east manual=west\n" DISK
#define SET       CLUSTERS VM
#define RESTART   SET "outside-restart\n"

#define UP1       "server1=Online server2=Online"
#define UP3       "server3=Online server4=Online"
#define EAST      "east: " UP1 " | vm1=Online@server1 sd1:vm1=Online@server1"
#define EAST_IDLE "east: " UP1 " | vm1=Offline sd1:vm1=Offline"
#define WEST      "west: " UP3 " | vm1=Online@server3 sd1:vm1=Online@server3"
#define WEST_IDLE "west: " UP3 " | vm1=Offline sd1:vm1=Offline"

static struct fx *fx;

static void
begin(const char *settings)
{
	fx = fx_new(settings);
	fx_see(fx, EAST);
	fx_see(fx, WEST_IDLE);
	fx_see(fx, EAST);
	ck_assert_str_eq(fx_disk(fx, "d1")->owner_cluster_name, "east");
	fx_forget(fx);
}

static void
teardown(void)
{
	fx_free(fx);
}

/* Rounds of both, ten seconds apart, so many times. */
static void
rounds(const char *east, const char *west, int n)
{
	while (n-- > 0) {
		fx_later(fx, 10000);
		fx_see(fx, east);
		fx_see(fx, west);
	}
}

static const struct vm_row *
vm(void)
{
	return fx_vm(fx, "vm1");
}

/* --- stops -------------------------------------------------------------------------
 */

START_TEST(test_respect)
{
	char *log;

	begin(SET);
	rounds(EAST_IDLE, WEST_IDLE, 9); /* it may be in transit */
	ck_assert_int_eq(vm()->oper, VM_STOPPED);
	ck_assert_int_eq(vm()->admin, VM_UP);
	fx_forget(fx);
	rounds(EAST_IDLE, WEST_IDLE, 1);
	ck_assert_int_eq(vm()->admin, VM_DOWN);
	ck_assert_str_eq(vm()->status_text,
	    "Offline in every cluster; down, because somebody else stopped it");
	log = fx_log(fx);
	ck_assert_str_eq(log,
	    "9/2 vm vm1: stopped in east by somebody else, with its servers healthy: "
	    "its intent becomes down\n"
	    "104/1 vm vm1: down, because somebody else stopped it: start it by hand, "
	    "or "
	    "write csVmAdminState up, to have it up again\n");
	free(log);
	rounds(EAST_IDLE, WEST_IDLE, 3);
	log = fx_log(fx);
	ck_assert_str_eq(log, ""); /* once */
	free(log);
	ck_assert_ptr_null(fx_alarm(fx, ALARM_VM_FAILED, "vm1"));
	/* whoever stopped it starts it again: that is known over restarts */
	fx_restart(fx, SET);
	rounds(EAST_IDLE, WEST_IDLE, 1);
	ck_assert_int_eq(vm()->admin, VM_DOWN);
	rounds(EAST, WEST_IDLE, 1);
	ck_assert_int_eq(vm()->admin, VM_UP);
	log = fx_log(fx);
	ck_assert_ptr_nonnull(strstr(log,
	    "104/1 vm vm1: up, because it was started again where somebody else had "
	    "stopped it\n"));
	free(log);
	ck_assert_str_eq(vm()->status_text, "Online on server1");
	rounds(EAST, WEST_IDLE, 2);
	log = fx_log(fx);
	ck_assert_str_eq(log, "");
	free(log);
}
END_TEST

/* Started in another cluster: up, too, but the words are true, over a restart as well.
 */
START_TEST(test_started_elsewhere)
{
	char *log;

	begin(SET);
	rounds(EAST_IDLE, WEST_IDLE, 12);
	ck_assert_int_eq(vm()->admin, VM_DOWN);
	fx_restart(fx, SET);
	rounds(EAST_IDLE, WEST_IDLE, 1);
	rounds(EAST_IDLE, WEST, 1);
	ck_assert_int_eq(vm()->admin, VM_UP);
	log = fx_log(fx);
	ck_assert_msg(strstr(log,
	                  "104/1 vm vm1: up, because somebody else started it in west, "
	                  "after it had been stopped in east\n") != NULL,
	    "%s", log);
	free(log);
}
END_TEST

/* A move that starts it is no start by hand, as long as it is under way. */
START_TEST(test_respect_busy)
{
	begin(SET);
	rounds(EAST_IDLE, WEST_IDLE, 12);
	ck_assert_int_eq(vm()->admin, VM_DOWN);
	model_vm_busy(fx->model, 1, &(const struct vm_busy) { .busy = true }, &fx->now);
	rounds(EAST, WEST_IDLE, 2);
	ck_assert_int_eq(vm()->admin, VM_DOWN);
	model_vm_busy(fx->model, 1, &(const struct vm_busy) { 0 }, &fx->now);
	ck_assert_int_eq(vm()->admin, VM_UP);
}
END_TEST

/* A down that an operator asked for is not taken back by a start by hand. */
START_TEST(test_own_down)
{
	begin(SET);
	rounds(EAST_IDLE, WEST_IDLE, 12);
	ck_assert_int_eq(vm()->admin, VM_DOWN);
	fx_want(fx, INTENT_VM_ADMIN, 1, 0, VM_DOWN);
	ck_assert_str_eq(vm()->status_text, "Offline in every cluster");
	rounds(EAST, WEST_IDLE, 2);
	ck_assert_int_eq(vm()->admin, VM_DOWN);
	fx_want(fx, INTENT_VM_ADMIN, 1, 0, VM_UP);
	rounds(EAST, WEST_IDLE, 1);
	fx_want(fx, INTENT_VM_ADMIN, 1, 0, VM_DOWN);
	rounds(EAST_IDLE, WEST_IDLE, 12);
	fx_forget(fx);
	rounds(EAST, WEST_IDLE, 1);
	ck_assert_int_eq(vm()->admin, VM_DOWN);
}
END_TEST

START_TEST(test_restart)
{
	char *log;

	begin(RESTART);
	rounds(EAST_IDLE, WEST_IDLE, 12);
	ck_assert_int_eq(vm()->admin, VM_UP);
	log = fx_log(fx);
	ck_assert_ptr_nonnull(strstr(log,
	    "9/2 vm vm1: stopped in east by somebody else, with its servers healthy: "
	    "it is started again\n"
	    "stopped outside: vm1\n"));
	ck_assert_ptr_null(
	    strstr(strstr(log, "stopped outside") + 1, "stopped outside"));
	free(log);
	/* it runs again, and is stopped again: that is another one */
	rounds(EAST, WEST_IDLE, 1);
	fx_forget(fx);
	rounds(EAST_IDLE, WEST_IDLE, 12);
	log = fx_log(fx);
	ck_assert_ptr_nonnull(strstr(log, "stopped outside: vm1\n"));
	free(log);
}
END_TEST

/* A stop of ours that may come late is nobody else's, whatever outside-stop says. */
START_TEST(test_late_stop)
{
	struct site_orders o = { .late_stop = true };
	char *log;

	begin(_i == 0 ? SET : RESTART);
	model_vm_orders(fx->model, 1, 0, &o, &fx->now);
	rounds(EAST, WEST_IDLE, 1);
	fx_forget(fx);
	rounds(EAST_IDLE, WEST_IDLE, 14);
	ck_assert_int_eq(vm()->admin, VM_UP);
	log = fx_log(fx);
	ck_assert_ptr_null(strstr(log, "somebody else"));
	ck_assert_ptr_null(strstr(log, "stopped outside"));
	free(log);
	o.late_stop = false; /* the horizon is over; the alarm still tells why */
	model_vm_orders(fx->model, 1, 0, &o, &fx->now);
	rounds(EAST_IDLE, WEST_IDLE, 2);
	ck_assert_ptr_nonnull(strstr(fx_alarm(fx, ALARM_VM_FAILED, "vm1")->text,
	    "a stop of ours that was sent to east earlier may have taken effect late"));
	rounds(EAST, WEST_IDLE, 1);
	ck_assert_ptr_null(fx_alarm(fx, ALARM_VM_FAILED, "vm1"));
	rounds(EAST_IDLE, WEST_IDLE, 14); /* this one is by hand */
	ck_assert_int_eq(vm()->admin, _i == 0 ? VM_DOWN : VM_UP);
	log = fx_log(fx);
	ck_assert_ptr_nonnull(strstr(log, "by somebody else"));
	free(log);
}
END_TEST

/* ECX stops a group because of a monitor as an operator does, but for that monitor. */
START_TEST(test_monitor_error)
{
	static const char *const last[] = { EAST " !genw1=Error@server1",
		"east: " UP1 " | vm1=Offline+Pending@server1 sd1:vm1=Online@server1 "
		"!genw1=Error@server1",
		EAST_IDLE " !genw1=Error@server1" };
	char *log;

	begin(SET);
	rounds(last[_i], WEST_IDLE, 1);
	fx_forget(fx);
	rounds(EAST_IDLE " !genw1=Normal@server1", WEST_IDLE, 14);
	ck_assert_int_eq(vm()->admin, VM_UP);
	log = fx_log(fx);
	ck_assert_ptr_null(strstr(log, "somebody else"));
	free(log);
	ck_assert_ptr_nonnull(strstr(fx_alarm(fx, ALARM_VM_FAILED, "vm1")->text,
	    "monitor genw1 was in Error in east when it was stopped"));
	/* an error that was over before, and one that comes after it */
	rounds(EAST " !genw1=Error@server1", WEST_IDLE, 1);
	rounds(EAST " !genw1=Normal@server1", WEST_IDLE, 1);
	rounds(EAST_IDLE " !genw1=Normal@server1", WEST_IDLE, 1);
	rounds(EAST_IDLE " !genw1=Error@server1", WEST_IDLE, 13);
	ck_assert_int_eq(vm()->admin, VM_DOWN);
}
END_TEST

/* What is on hold or in maintenance is not started by itself (I6), nor what ECX may. */
START_TEST(test_restart_not)
{
	static const char *const why[] = { "it is on hold", "its cluster is not active",
		"a site of it is blocked (csVmSiteBlocked)" };
	char *log;

	begin(_i < 2 ? RESTART
	             : CLUSTERS "vm vm1 shared east west manual=east\n" DISK
	                        "outside-restart\n");
	if (_i == 0)
		fx_want(fx, INTENT_VM_HOLD, 1, 0, 1);
	else if (_i == 1)
		fx_want(fx, INTENT_CLUSTER_ADMIN, 1, 0, CLUSTER_MAINTENANCE);
	rounds(EAST_IDLE, WEST_IDLE, 12);
	log = fx_log(fx);
	ck_assert_ptr_null(strstr(log, "stopped outside"));
	ck_assert_ptr_nonnull(strstr(log, "it stays so, for "));
	ck_assert_ptr_nonnull(strstr(log, why[_i]));
	free(log);
	ck_assert_int_eq(vm()->admin, VM_UP);
	ck_assert_ptr_nonnull(fx_alarm(fx, ALARM_VM_FAILED, "vm1"));
}
END_TEST

/* What may be a failure leaves the intent, and has an alarm. */
static const char *const failures[] = {
	"east: " UP1 " | vm1=Online+Failure@server1 sd1:vm1=Online@server1",
	"east: " UP1 " | vm1=Offline+Failure sd1:vm1=Offline",
	"east: server1=Offline server2=Online | vm1=Offline sd1:vm1=Offline",
	"east: server1=Online server2=Offline | vm1=Offline sd1:vm1=Offline",
	"east: server1=Online+Pending server2=Online | vm1=Offline sd1:vm1=Offline",
	"east(server1!,server2): server1=Online server2=Online | vm1=Offline "
	"sd1:vm1=Offline",
	"east():",
	"east=Error: " UP1 " | vm1=Offline sd1:vm1=Offline",
	"east~another: " UP1 " | vm1=Offline sd1:vm1=Offline",
	"east: " UP1 " | sd1:vm1=Offline",
	/* asked of one server, and of that server's peer */
	"east(server1,server2!): server1=Online server2=Offline | vm1=Offline "
	"sd1:vm1=Offline",
	"east(server2): server1=Offline server2=Online | vm1=Offline sd1:vm1=Offline",
};

START_TEST(test_failure)
{
	const struct alarm_row *a;
	char *log;

	begin(SET);
	fx_see(fx, failures[_i]);
	rounds(EAST_IDLE, WEST_IDLE, 15);
	ck_assert_int_eq(vm()->oper, VM_STOPPED);
	ck_assert_int_eq(vm()->admin, VM_UP);
	a = fx_alarm(fx, ALARM_VM_FAILED, "vm1");
	ck_assert_ptr_nonnull(a);
	ck_assert_str_eq(a->text,
	    "vm vm1 is wanted up, but stopped in every cluster, and nothing is "
	    "about to start it: write csVmAdminState up to start it, "
	    "or csVmAdminState down");
	log = fx_log(fx);
	ck_assert_uint_eq(fx_count(log, EVENT_FOREIGN_CONTROLLER), 0);
	free(log);
	rounds(EAST, WEST_IDLE, 1);
	ck_assert_ptr_null(fx_alarm(fx, ALARM_VM_FAILED, "vm1"));
	/* and it is forgiven: what comes now is judged on its own */
	rounds(EAST_IDLE, WEST_IDLE, 12);
	ck_assert_int_eq(vm()->admin, VM_DOWN);
}
END_TEST

/* A server that was down all the time is nobody lost. */
START_TEST(test_one_server)
{
	fx = fx_new("cluster east server1 server2\nvm vm1 stateless east\n");
	fx_see(fx,
	    "east(server1,server2!): server1=Online server2=Offline | "
	    "vm1=Online@server1");
	fx_later(fx, 1000);
	fx->settings->clusters[0].trust_peers = true;
	ck_assert_int_eq(vm()->admin, VM_UP);
	for (int i = 0; i < 12; i++) {
		fx_later(fx, 10000);
		fx_see(fx,
		    "east(server1,server2!): server1=Online server2=Offline | "
		    "vm1=Offline");
	}
	ck_assert_int_eq(vm()->admin, VM_DOWN);
}
END_TEST

/* Nobody knows what happened while nobody looked. */
START_TEST(test_unseen)
{
	begin(SET);
	if (_i == 0)
		fx_restart(fx, SET);
	else if (_i == 1)
		fx_later(fx, 60000);
	else
		model_gap(fx->model, 60000, &fx->now);
	rounds(EAST_IDLE, WEST_IDLE, 2); /* a failover may look so for a moment */
	ck_assert_int_eq(vm()->oper, VM_STOPPED);
	ck_assert_ptr_null(fx_alarm(fx, ALARM_VM_FAILED, "vm1"));
	rounds(EAST_IDLE, WEST_IDLE, 13);
	ck_assert_int_eq(vm()->admin, VM_UP);
	ck_assert_ptr_nonnull(fx_alarm(fx, ALARM_VM_FAILED, "vm1"));
	fx_want(fx, INTENT_VM_ADMIN, 1, 0, VM_DOWN);
	ck_assert_ptr_null(fx_alarm(fx, ALARM_VM_FAILED, "vm1"));
}
END_TEST

/* A failover, a move by hand, a stop of ours: none is a stop by somebody else. */
START_TEST(test_no_stop)
{
	begin(SET);
	rounds(EAST_IDLE, WEST_IDLE, 5);
	rounds(
	    "east: " UP1 " | vm1=Online@server2 sd1:vm1=Online@server2", WEST_IDLE, 1);
	ck_assert_int_eq(vm()->admin, VM_UP);
	rounds(EAST_IDLE, WEST_IDLE, 5); /* counted from here */
	ck_assert_int_eq(vm()->admin, VM_UP);
	rounds(EAST_IDLE, WEST, 8);
	ck_assert_int_eq(vm()->admin, VM_UP);
	model_vm_busy(fx->model, 1, &(const struct vm_busy) { .busy = true }, &fx->now);
	rounds(EAST_IDLE, WEST_IDLE, 15);
	model_vm_busy(fx->model, 1, &(const struct vm_busy) { 0 }, &fx->now);
	rounds(EAST_IDLE, WEST_IDLE, 15);
	ck_assert_int_eq(vm()->admin, VM_UP);
}
END_TEST

/* A VM of one site only is asked for by rounds of every server, too. */
START_TEST(test_full_rounds)
{
	fx = fx_new("cluster east server1 server2\nvm vm1 stateless east\n");
	fx_see(fx, "east: " UP1 " | vm1=Online@server1");
	fx_later(fx, 31000);
	ck_assert(!model_wants_full(fx->model, 0, &fx->now));
	fx_see(fx, "east(server1): " UP1 " | vm1=Offline");
	ck_assert(model_wants_full(fx->model, 0, &fx->now));
}
END_TEST

/* --- activations -------------------------------------------------------------------
 */

static const char *
alarm_text(void)
{
	const struct alarm_row *a = fx_alarm(fx, ALARM_FOREIGN_CONTROLLER, "vm1");

	return a == NULL ? "" : a->text;
}

static void
acknowledge(void)
{
	const struct alarm_row *a = fx_alarm(fx, ALARM_FOREIGN_CONTROLLER, "vm1");

	fx_want(fx, INTENT_ALARM_ACK, a->head.key[0], 0, 1);
}

#define FIRST                                                                       \
	"vm vm1: somebody else activated it in west on server3: find out who, for " \
	"example an old script; then acknowledge this alarm"
#define SECOND                                                                         \
	"vm vm1: somebody else activated it in east on server1 (2 times by now): "     \
	"find "                                                                        \
	"out who, for example an old script; then acknowledge this alarm and release " \
	"the hold"

START_TEST(test_foreign)
{
	char *log;

	begin(SET);
	rounds(EAST_IDLE, WEST_IDLE, 1);
	fx_forget(fx);
	rounds(EAST_IDLE, WEST, 1);
	log = fx_log(fx);
	ck_assert_ptr_nonnull(strstr(log,
	    "9/2 vm vm1: somebody else activated it in west on server3\n15/2 " FIRST));
	ck_assert_uint_eq(fx_count(log, EVENT_FOREIGN_CONTROLLER), 1);
	free(log);
	ck_assert_str_eq(alarm_text(), FIRST);
	ck_assert_int_eq(vm()->hold, 2);
	/* told once, over restarts, and while it is the same activation */
	rounds(EAST_IDLE, WEST, 2);
	fx_restart(fx, SET);
	rounds(EAST_IDLE, WEST, 1);
	log = fx_log(fx);
	ck_assert_uint_eq(fx_count(log, EVENT_FOREIGN_CONTROLLER), 0);
	free(log);
	ck_assert_str_eq(alarm_text(), FIRST);
	rounds(EAST_IDLE, WEST, 12);
	ck_assert_str_eq(fx_disk(fx, "d1")->owner_cluster_name, "west");
	/* the second time */
	rounds(EAST_IDLE, WEST_IDLE, 1);
	fx_forget(fx);
	rounds(EAST, WEST_IDLE, 1);
	log = fx_log(fx);
	ck_assert_ptr_nonnull(
	    strstr(log, "9/3 vm vm1: somebody else activated it in east on server1\n"));
	ck_assert_ptr_nonnull(strstr(log,
	    "104/1 vm vm1: put on hold: somebody else activates it again and again\n"));
	free(log);
	ck_assert_str_eq(alarm_text(), SECOND);
	ck_assert_int_eq(
	    fx_alarm(fx, ALARM_FOREIGN_CONTROLLER, "vm1")->severity, SEV_CRITICAL);
	ck_assert_int_eq(vm()->hold, 1);
}
END_TEST

/* It ends when somebody has seen to it, and not before. */
START_TEST(test_foreign_ends)
{
	begin(SET);
	rounds(EAST_IDLE, WEST, 1);
	ck_assert_str_eq(alarm_text(), FIRST);
	acknowledge();
	ck_assert_str_eq(alarm_text(), FIRST); /* it still goes on */
	rounds(EAST_IDLE, WEST_IDLE, 1);
	ck_assert_str_eq(alarm_text(), "");
	/* so this is the first time again */
	rounds(EAST_IDLE, WEST, 1);
	ck_assert_str_eq(alarm_text(), FIRST);
	ck_assert_int_eq(vm()->hold, 2);
	rounds(EAST_IDLE, WEST_IDLE, 1);
	acknowledge();
	ck_assert_str_eq(alarm_text(), "");
	rounds(EAST_IDLE, WEST, 1);
	rounds(EAST_IDLE, WEST_IDLE, 1);
	rounds(EAST_IDLE, WEST, 1);
	rounds(EAST_IDLE, WEST_IDLE, 1);
	ck_assert_int_eq(vm()->hold, 1);
	acknowledge();
	ck_assert_ptr_nonnull(strstr(alarm_text(), "2 times by now"));
	fx_restart(fx, SET);
	rounds(EAST_IDLE, WEST_IDLE, 1);
	fx_want(fx, INTENT_VM_HOLD, 1, 0, 2);
	ck_assert_str_eq(alarm_text(), "");
	/* an acknowledgement is of what stood then */
	rounds(EAST_IDLE, WEST, 1);
	acknowledge();
	fx_want(fx, INTENT_VM_HOLD, 1, 0, 1);
	rounds(EAST_IDLE, WEST_IDLE, 1);
	rounds(EAST_IDLE, WEST, 1);
	rounds(EAST_IDLE, WEST_IDLE, 1);
	acknowledge();
	rounds(EAST_IDLE, WEST, 1); /* no worse than that, but another one */
	rounds(EAST_IDLE, WEST_IDLE, 1);
	fx_want(fx, INTENT_VM_HOLD, 1, 0, 2);
	ck_assert_ptr_nonnull(strstr(alarm_text(), "3 times by now"));
	acknowledge();
	ck_assert_str_eq(alarm_text(), "");
	/* a move by hand that was settled is over, though it runs there */
	rounds(EAST_IDLE, WEST, 12);
	ck_assert_str_eq(fx_disk(fx, "d1")->owner_cluster_name, "west");
	ck_assert_str_eq(alarm_text(), FIRST);
	acknowledge();
	ck_assert_str_eq(alarm_text(), "");
}
END_TEST

/* What a command of ours may have done, and what the owner does, is nobody's. */
START_TEST(test_not_foreign)
{
	const struct site_orders o = { .may_start = true };

	begin(SET);
	model_vm_orders(fx->model, 1, 1, &o, &fx->now);
	rounds(EAST_IDLE, WEST, 1);
	ck_assert_str_eq(alarm_text(), "");
	teardown();
	begin(SET);
	rounds(EAST_IDLE, WEST_IDLE, 1);
	rounds(EAST, WEST_IDLE, 1);
	rounds(
	    "east: " UP1 " | vm1=Online@server2 sd1:vm1=Online@server2", WEST_IDLE, 1);
	ck_assert_str_eq(alarm_text(), "");
}
END_TEST

/* Without disks only a second activation is somebody else's. */
START_TEST(test_second)
{
	fx = fx_new(CLUSTERS "vm vm1 stateless east west\n");
	rounds("east: " UP1 " | vm1=Online@server1", "west: " UP3 " | vm1=Offline", 1);
	rounds("east: " UP1 " | vm1=Offline", "west: " UP3 " | vm1=Online@server3", 1);
	ck_assert_str_eq(alarm_text(), "");
	rounds("east: " UP1 " | vm1=Online@server1",
	    "west: " UP3 " | vm1=Online@server3", 2);
	ck_assert_int_eq(vm()->oper, VM_CONFLICT);
	ck_assert_ptr_nonnull(strstr(alarm_text(), "activated it in east on server1"));
	rounds("east: " UP1 " | vm1=Offline", "west: " UP3 " | vm1=Online@server3", 1);
	acknowledge();
	fx_want(fx, INTENT_VM_HOLD, 1, 0, 2);
	ck_assert_str_eq(alarm_text(), "");
}
END_TEST

/* --- groups that start by themselves -----------------------------------------------
 */

START_TEST(test_autostart)
{
	begin(CLUSTERS "vm vm1 shared east west auto=west manual=east\n" DISK);
	ck_assert_int_eq(fx_site(fx, "vm1", "west")->autostart, AUTOSTART_AUTO);
	ck_assert_int_eq(fx_site(fx, "vm1", "west")->blocked, 1);
	ck_assert_int_eq(fx_site(fx, "vm1", "east")->autostart, AUTOSTART_MANUAL);
	ck_assert_int_eq(fx_site(fx, "vm1", "east")->blocked, 2);
	ck_assert_str_eq(fx_alarm(fx, ALARM_AUTO_START_HAZARD, "vm1")->text,
	    "vm vm1: cluster west starts its group vm1 by itself at boot, where it may "
	    "be the second one: set the group's startup attribute to manual in ECX, or "
	    "name it in accept-autostart");
	/* where it runs it may start by itself */
	rounds(EAST_IDLE, WEST, 1);
	ck_assert_int_eq(fx_site(fx, "vm1", "west")->blocked, 2);
	ck_assert_ptr_null(fx_alarm(fx, ALARM_AUTO_START_HAZARD, "vm1"));
	teardown();
	/* not known: not shown as a fault, but nothing automatic */
	begin(CLUSTERS "vm vm1 shared east west\n" DISK);
	ck_assert_int_eq(fx_site(fx, "vm1", "west")->autostart, AUTOSTART_UNKNOWN);
	ck_assert_int_eq(fx_site(fx, "vm1", "west")->blocked, 1);
	ck_assert_ptr_null(fx_alarm(fx, ALARM_AUTO_START_HAZARD, "vm1"));
	/* accepted by the operator */
	ck_assert(
	    fx_reload(fx, CLUSTERS "vm vm1 shared east west auto=west accept\n" DISK,
	        NULL) == 0);
	ck_assert_int_eq(fx_site(fx, "vm1", "west")->blocked, 2);
	ck_assert_ptr_null(fx_alarm(fx, ALARM_AUTO_START_HAZARD, "vm1"));
	teardown();
	/* one site is no second one */
	fx = fx_new("cluster east server1\nvm vm1 stateless east auto=east\n");
	fx_see(fx, "east: server1=Online | vm1=Offline");
	ck_assert_int_eq(fx_site(fx, "vm1", "east")->blocked, 2);
	ck_assert_ptr_null(fx_alarm(fx, ALARM_AUTO_START_HAZARD, "vm1"));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("outside");
	TCase *t = tcase_create("outside");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_add_test(t, test_respect);
	tcase_add_test(t, test_started_elsewhere);
	tcase_add_test(t, test_respect_busy);
	tcase_add_test(t, test_own_down);
	tcase_add_test(t, test_restart);
	tcase_add_loop_test(t, test_late_stop, 0, 2);
	tcase_add_loop_test(t, test_monitor_error, 0, 3);
	tcase_add_loop_test(t, test_restart_not, 0, 3);
	tcase_add_loop_test(t, test_failure, 0, sizeof(failures) / sizeof(failures[0]));
	tcase_add_test(t, test_one_server);
	tcase_add_loop_test(t, test_unseen, 0, 3);
	tcase_add_test(t, test_no_stop);
	tcase_add_test(t, test_full_rounds);
	tcase_add_test(t, test_foreign);
	tcase_add_test(t, test_foreign_ends);
	tcase_add_test(t, test_not_foreign);
	tcase_add_test(t, test_second);
	tcase_add_test(t, test_autostart);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
