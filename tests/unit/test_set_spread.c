/*
 * SPDX-License-Identifier: Apache-2.0
 * The model: fault domains counted, availability sets watched.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/model_fixture.h"

#define CLUSTERS                                      \
	"domain r1\ndomain r2\ndomain r3\n"           \
	"cluster east server1 server2/r2 domain=r1\n" \
	"cluster west server3 server4 domain=r2\n"
#define VMS(set)                                   \
	"vm vm1 stateless east west set=" set "\n" \
	"vm vm2 stateless east west set=" set "\n" \
	"vm vm3 stateless east west set=" set "\n"

#define EAST(groups) "east: server1=Online server2=Online | " groups
#define WEST(groups) "west: server3=Online server4=Online | " groups

static struct fx *fx;

static void
teardown(void)
{
	fx_free(fx);
}

static void
domain(const char *name, int64_t clusters, int64_t nodes, int64_t online, int64_t vms)
{
	const struct fault_domain_row *r = fx_domain(fx, name);

	ck_assert_int_eq(r->clusters, clusters);
	ck_assert_int_eq(r->nodes, nodes);
	ck_assert_int_eq(r->nodes_online, online);
	ck_assert_int_eq(r->vms_running, vms);
}

START_TEST(test_domains)
{
	fx = fx_new(CLUSTERS VMS("web") "set web node soft\n");
	domain("r1", 1, 1, 0, 0);
	domain("r2", 1, 3, 0, 0); /* a server may stand elsewhere than its cluster */
	domain("r3", 0, 0, 0, 0);
	fx_see(fx, EAST("vm1=Online@server1 vm2=Online@server2 vm3=Offline"));
	fx_see(fx, WEST("vm1=Offline vm2=Offline vm3=Online@server4"));
	domain("r1", 1, 1, 1, 1);
	domain("r2", 1, 3, 3, 2);
	/* moved live between two rounds */
	fx_see(fx, EAST("vm1=Online@server2 vm2=Online@server2 vm3=Offline"));
	domain("r1", 1, 1, 1, 0);
	domain("r2", 1, 3, 3, 3);
	fx_see(fx,
	    "east: server1=Offline server2=Online | vm1=Online@server2 "
	    "vm2=Online@server2 vm3=Offline");
	domain("r1", 1, 1, 0, 0);
	ck_assert_str_eq(fx_node(fx, "east", "server2")->fault_domain_name, "r2");
	ck_assert_str_eq(fx_node(fx, "east", "server1")->fault_domain_name, "r1");
	ck_assert_str_eq(fx_cluster(fx, "east")->fault_domain_name, "r1");
}
END_TEST

static const struct {
	const char *spread;
	const char *east, *west;
	int64_t violations;
	const char *text;
} spreads[] = {
	{ "node", EAST("vm1=Online@server1 vm2=Online@server2 vm3=Offline"),
	    WEST("vm1=Offline vm2=Offline vm3=Online@server3"), 0, "" },
	{ "node", EAST("vm1=Online@server1 vm2=Online@server1 vm3=Offline"),
	    WEST("vm1=Offline vm2=Offline vm3=Online@server3"), 1,
	    "vm1 and vm2 share a place" },
	{ "node", EAST("vm1=Online@server1 vm2=Online@server1 vm3=Online@server1"),
	    WEST("vm1=Offline vm2=Offline vm3=Offline"), 2,
	    "vm1 and vm2 share a place" },
	/* stopped ones count nowhere */
	{ "node", EAST("vm1=Online@server1 vm2=Offline vm3=Offline"),
	    WEST("vm1=Offline vm2=Offline vm3=Offline"), 0, "" },
	{ "cluster", EAST("vm1=Online@server1 vm2=Online@server2 vm3=Offline"),
	    WEST("vm1=Offline vm2=Offline vm3=Online@server3"), 1,
	    "vm1 and vm2 share a place" },
	{ "cluster", EAST("vm1=Online@server1 vm2=Offline vm3=Offline"),
	    WEST("vm1=Offline vm2=Online@server3 vm3=Offline"), 0, "" },
	/* server2 stands in r2, as all of west does */
	{ "domain", EAST("vm1=Online@server1 vm2=Offline vm3=Online@server2"),
	    WEST("vm1=Offline vm2=Online@server3 vm3=Offline"), 1,
	    "vm2 and vm3 share a place" },
	{ "domain", EAST("vm1=Online@server1 vm2=Offline vm3=Offline"),
	    WEST("vm1=Offline vm2=Online@server3 vm3=Offline"), 0, "" },
};

START_TEST(test_spread)
{
	char *settings =
	    xasprintf(CLUSTERS "set web %s hard\n" VMS("web"), spreads[_i].spread);
	const struct avail_set_row *r;
	const struct avail_member_row *m = NULL;
	int64_t violated = 0;

	fx = fx_new(settings);
	free(settings);
	fx_see(fx, spreads[_i].east);
	fx_see(fx, spreads[_i].west);
	r = fx_avail_set(fx, "web");
	ck_assert_int_eq(r->members, 3);
	ck_assert_int_eq(r->violations, spreads[_i].violations);
	ck_assert_str_eq(r->violation_text, spreads[_i].text);
	ck_assert_uint_eq(fx_rows(fx, TABLE_AVAIL_MEMBER), 3);
	while ((m = fx_next(fx, TABLE_AVAIL_MEMBER, m)) != NULL) {
		ck_assert_uint_eq(m->head.key[0], r->head.key[0]);
		violated += m->violated == 1;
	}
	ck_assert_int_eq(violated, r->violations == 0 ? 0 : r->violations + 1);
	ck_assert((fx_alarm(fx, ALARM_AVAIL_SET_VIOLATION, "web") != NULL) ==
	    (r->violations > 0));
}
END_TEST

START_TEST(test_violation)
{
	char *log;

	fx = fx_new(CLUSTERS "set web node soft\nset db node hard\n" VMS("web"));
	fx_see(fx, EAST("vm1=Online@server1 vm2=Online@server2 vm3=Offline"));
	fx_see(fx, WEST("vm1=Offline vm2=Offline vm3=Online@server3"));
	fx_forget(fx);
	fx_see(fx, EAST("vm1=Online@server1 vm2=Online@server1 vm3=Offline"));
	log = fx_log(fx);
	ck_assert_ptr_nonnull(
	    strstr(log, "10/2 availability set web: vm1 and vm2 share a place"));
	free(log);
	ck_assert_int_eq(
	    fx_alarm(fx, ALARM_AVAIL_SET_VIOLATION, "web")->severity, SEV_WARNING);
	ck_assert_str_eq(fx_vm(fx, "vm1")->avail_set_name, "web");
	fx_see(fx, EAST("vm1=Online@server1 vm2=Online@server1 vm3=Offline"));
	log = fx_log(fx);
	ck_assert_str_eq(log, "");
	free(log);
	ck_assert_int_eq(
	    fx_reload(
	        fx, CLUSTERS "set db node hard\nset web node soft\n" VMS("web"), NULL),
	    0);
	log = fx_log(fx);
	ck_assert_str_eq(log, ""); /* a reload is no news */
	free(log);
	/* not known is not well */
	fx_later(fx, 50000);
	fx_forget(fx);
	ck_assert_ptr_nonnull(fx_alarm(fx, ALARM_AVAIL_SET_VIOLATION, "web"));
	fx_see(fx, EAST("vm1=Online@server1 vm2=Online@server2 vm3=Offline"));
	fx_see(fx, WEST("vm1=Offline vm2=Offline vm3=Online@server3"));
	fx_forget(fx);
	ck_assert_ptr_null(fx_alarm(fx, ALARM_AVAIL_SET_VIOLATION, "web"));
	ck_assert_int_eq(fx_avail_set(fx, "db")->members, 0);
	/* a set that goes takes its rows and alarms along */
	fx_see(fx, EAST("vm1=Online@server1 vm2=Online@server1 vm3=Offline"));
	fx_forget(fx);
	ck_assert_int_eq(
	    fx_reload(fx, CLUSTERS "set db node hard\n" VMS("db"), NULL), 0);
	ck_assert_ptr_null(fx_avail_set(fx, "web"));
	ck_assert_ptr_null(fx_alarm(fx, ALARM_AVAIL_SET_VIOLATION, "web"));
	ck_assert_int_eq(fx_avail_set(fx, "db")->violations, 1);
}
END_TEST

static const char *const doubts[] = {
	"east():", /* unknown */
	EAST("vm1=Online+Pending vm2=Online@server2 vm3=Offline"), /* in transit */
	WEST("vm1=Online@server3 vm2=Offline vm3=Online@server4"), /* in doubt */
	EAST("vm1=Online vm2=Online@server2 vm3=Offline"), /* on no server */
};

/* What cannot be told ends no violation: neither row nor event nor alarm. */
START_TEST(test_violation_stands)
{
	const struct avail_member_row *m = NULL;
	int64_t violated = 0;
	char *log;

	fx = fx_new(CLUSTERS "set web node soft\n" VMS("web"));
	fx_see(fx, EAST("vm1=Online@server1 vm2=Online@server1 vm3=Offline"));
	fx_see(fx, WEST("vm1=Offline vm2=Offline vm3=Online@server3"));
	fx_forget(fx);
	if (_i == 0)
		fx_later(fx, 50000);
	fx_see(fx, doubts[_i]);
	ck_assert_int_eq(
	    fx_reload(fx, CLUSTERS "set web node soft\n" VMS("web"), NULL), 0);
	log = fx_log(fx);
	ck_assert_uint_eq(fx_count(log, EVENT_AVAIL_SET_VIOLATION), 0);
	free(log);
	ck_assert_int_eq(fx_avail_set(fx, "web")->violations, 1);
	ck_assert_str_eq(
	    fx_avail_set(fx, "web")->violation_text, "vm1 and vm2 share a place");
	while ((m = fx_next(fx, TABLE_AVAIL_MEMBER, m)) != NULL)
		violated += m->violated == 1;
	ck_assert_int_eq(violated, 2);
	ck_assert_ptr_nonnull(fx_alarm(fx, ALARM_AVAIL_SET_VIOLATION, "web"));
	/* seen well, it ends */
	fx_see(fx, EAST("vm1=Online@server1 vm2=Online@server2 vm3=Offline"));
	fx_see(fx, WEST("vm1=Offline vm2=Offline vm3=Online@server3"));
	log = fx_log(fx);
	ck_assert_ptr_nonnull(
	    strstr(log, "10/1 availability set web: no members share a place"));
	free(log);
	ck_assert_int_eq(fx_avail_set(fx, "web")->violations, 0);
	ck_assert_ptr_null(fx_alarm(fx, ALARM_AVAIL_SET_VIOLATION, "web"));
}
END_TEST

/* What stood before a restart is no news after it, and its end is. */
START_TEST(test_violation_restart)
{
	const char *settings = CLUSTERS "set web node soft\n" VMS("web");
	char *log;

	fx = fx_new(settings);
	fx_see(fx, EAST("vm1=Online@server1 vm2=Online@server1 vm3=Online@server1"));
	fx_see(fx, WEST("vm1=Offline vm2=Offline vm3=Offline"));
	fx_forget(fx);
	fx_restart(fx, settings);
	ck_assert_int_gt(fx_avail_set(fx, "web")->violations, 0);
	ck_assert_str_eq(
	    fx_avail_set(fx, "web")->violation_text, "vm1 and vm2 share a place");
	fx_see(fx, EAST("vm1=Online@server1 vm2=Online@server1 vm3=Online@server1"));
	fx_see(fx, WEST("vm1=Offline vm2=Offline vm3=Offline"));
	log = fx_log(fx);
	ck_assert_uint_eq(fx_count(log, EVENT_AVAIL_SET_VIOLATION), 0);
	free(log);
	ck_assert_int_eq(fx_avail_set(fx, "web")->violations, 2);
	ck_assert_ptr_nonnull(fx_alarm(fx, ALARM_AVAIL_SET_VIOLATION, "web"));
	fx_restart(fx, settings);
	fx_see(fx, EAST("vm1=Online@server1 vm2=Online@server2 vm3=Offline"));
	fx_see(fx, WEST("vm1=Offline vm2=Offline vm3=Offline"));
	log = fx_log(fx);
	ck_assert_uint_eq(fx_count(log, EVENT_AVAIL_SET_VIOLATION), 1);
	free(log);
	ck_assert_int_eq(fx_avail_set(fx, "web")->violations, 0);
	ck_assert_ptr_null(fx_alarm(fx, ALARM_AVAIL_SET_VIOLATION, "web"));
}
END_TEST

/* A new one is told though not all is known. */
START_TEST(test_violation_added)
{
	char *log;

	fx = fx_new(CLUSTERS "set web node soft\n" VMS("web"));
	fx_see(fx, EAST("vm1=Online@server1 vm2=Online@server1 vm3=Unknown"));
	fx_see(fx, WEST("vm1=Offline vm2=Offline vm3=Offline"));
	log = fx_log(fx);
	ck_assert_uint_eq(fx_count(log, EVENT_AVAIL_SET_VIOLATION), 1);
	free(log);
	fx_see(fx, EAST("vm1=Online@server1 vm2=Online@server1 vm3=Online@server1"));
	log = fx_log(fx);
	ck_assert_uint_eq(fx_count(log, EVENT_AVAIL_SET_VIOLATION), 1);
	free(log);
	ck_assert_int_eq(fx_avail_set(fx, "web")->violations, 2);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("spread");
	TCase *t = tcase_create("spread");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, NULL, teardown);

	tcase_add_test(t, test_domains);
	tcase_add_loop_test(t, test_spread, 0, sizeof(spreads) / sizeof(spreads[0]));
	tcase_add_test(t, test_violation);
	tcase_add_loop_test(
	    t, test_violation_stands, 0, sizeof(doubts) / sizeof(doubts[0]));
	tcase_add_test(t, test_violation_restart);
	tcase_add_test(t, test_violation_added);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
