/*
 * SPDX-License-Identifier: Apache-2.0
 * The model: what SETs ask for. Refused in words, or carried out once.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/model_fixture.h"

#define SET                                                            \
	"cluster east server1 server2\ncluster west server3 server4\n" \
	"cluster north server5\n"                                      \
	"vm vm1 stateless east west home=east priority=5\n"

#define EAST      "east: server1=Online server2=Online | vm1=Online@server1"
#define WEST_IDLE "west: server3=Online server4=Online | vm1=Offline"

static struct fx *fx;

static void
setup(void)
{
	fx = fx_new(SET);
	fx_see(fx, EAST);
	fx_see(fx, WEST_IDLE);
	fx_forget(fx);
	fx->records = 0;
}

static void
teardown(void)
{
	fx_free(fx);
}

/* Indexes are given in order: clusters 1..3, servers 1..5, the VM 1. */
static const struct {
	enum intent_kind kind;
	uint32_t a, b;
	int64_t value;
	enum intent_verdict verdict;
	const char *cause;
} asked[] = {
	{ INTENT_VM_ADMIN, 1, 0, VM_DOWN, INTENT_OK, NULL },
	{ INTENT_VM_ADMIN, 2, 0, VM_DOWN, INTENT_NO_SUCH,
	    "there is no VM with index 2: see csVmTable" },
	{ INTENT_VM_ADMIN, 1, 0, 3, INTENT_BAD_VALUE,
	    "csVmAdminState is 1 to 2, not 3" },
	{ INTENT_VM_ADMIN, 1, 0, 0, INTENT_BAD_VALUE,
	    "csVmAdminState is 1 to 2, not 0" },
	{ INTENT_VM_HOLD, 1, 0, 1, INTENT_OK, NULL },
	{ INTENT_VM_HOLD, 1, 0, 2, INTENT_OK, NULL },
	{ INTENT_VM_HOLD, 1, 0, 0, INTENT_BAD_VALUE, "csVmHold is 1 to 2, not 0" },
	{ INTENT_VM_PRIORITY, 1, 0, 1000, INTENT_OK, NULL },
	{ INTENT_VM_PRIORITY, 1, 0, 0, INTENT_OK, NULL },
	{ INTENT_VM_PRIORITY, 1, 0, 1001, INTENT_BAD_VALUE,
	    "csVmPriority is 0 to 1000, not 1001" },
	{ INTENT_VM_PRIORITY, 1, 0, -1, INTENT_BAD_VALUE,
	    "csVmPriority is 0 to 1000, not -1" },
	{ INTENT_VM_HOME, 1, 0, 0, INTENT_OK, NULL },
	{ INTENT_VM_HOME, 1, 0, 2, INTENT_OK, NULL },
	{ INTENT_VM_HOME, 1, 0, 3, INTENT_NOT_NOW,
	    "vm vm1 has no site in cluster north: see csVmSiteTable" },
	{ INTENT_VM_HOME, 1, 0, 4, INTENT_BAD_VALUE,
	    "vm vm1: there is no cluster with index 4: see csClusterTable" },
	/* not cluster 1 by way of 32 bits */
	{ INTENT_VM_HOME, 1, 0, (INT64_C(1) << 32) + 1, INTENT_BAD_VALUE,
	    "csVmHomeCluster is 0 to 2147483647, not 4294967297" },
	{ INTENT_CLUSTER_ADMIN, 3, 0, CLUSTER_IGNORED, INTENT_OK, NULL },
	{ INTENT_CLUSTER_ADMIN, 3, 0, 4, INTENT_BAD_VALUE,
	    "csClusterAdminState is 1 to 3, not 4" },
	{ INTENT_CLUSTER_ADMIN, 9, 0, 1, INTENT_NO_SUCH,
	    "there is no cluster with index 9: see csClusterTable" },
	{ INTENT_NODE_ADMIN, 2, 3, CLUSTER_MAINTENANCE, INTENT_OK, NULL },
	{ INTENT_NODE_ADMIN, 2, 1, CLUSTER_MAINTENANCE, INTENT_NO_SUCH,
	    "there is no node 2.1: see csNodeTable" },
	{ INTENT_NODE_ADMIN, 2, 3, CLUSTER_IGNORED, INTENT_BAD_VALUE,
	    "csNodeAdminState is 1 to 2, not 3" },
	{ INTENT_ALARM_ACK, 77, 0, 1, INTENT_NO_SUCH,
	    "alarm 77 does not stand any more" },
	{ INTENT_SERIAL, 0, 0, 0, INTENT_OK, NULL },
	{ INTENT_SERIAL, 0, 0, 1, INTENT_NOT_NOW,
	    "csSetSerial is 0, not 1: somebody else has set something, read again" },
	{ INTENT_SERIAL, 0, 0, -1, INTENT_BAD_VALUE,
	    "csSetSerial is 0 to 2147483647, not -1" },
};

START_TEST(test_asked)
{
	char *cause = NULL, *log;

	ck_assert_int_eq(fx_ask(fx, asked[_i].kind, asked[_i].a, asked[_i].b,
	                     asked[_i].value, &cause),
	    asked[_i].verdict);
	ck_assert_pstr_eq(cause, asked[_i].cause);
	/* asking changes nothing */
	log = fx_log(fx);
	ck_assert_str_eq(log, "");
	ck_assert_uint_eq(fx->records, 0);
	free(cause);
	free(log);
}
END_TEST

/* What it reads asks, one less is that SET again, anything else is an error. */
START_TEST(test_reload)
{
	const struct model_reload r = {
		.number = 7, .state = RELOAD_TAKEN, .text = "taken"
	};
	char *cause = NULL;

	model_reload(fx->model, &r);
	ck_assert_int_eq(fx_ask(fx, INTENT_RELOAD, 0, 0, 8, &cause), INTENT_NOT_NOW);
	ck_assert_str_eq(
	    cause, "csSetReload is 7, not 8: read it and write what it reads");
	ck_assert_int_eq(fx_ask(fx, INTENT_RELOAD, 0, 0, 5, &cause), INTENT_NOT_NOW);
	ck_assert_int_eq(fx_ask(fx, INTENT_RELOAD, 0, 0, INT64_C(1) << 33, &cause),
	    INTENT_BAD_VALUE);
	ck_assert_int_eq(fx_ask(fx, INTENT_RELOAD, 0, 0, 6, &cause), INTENT_OK);
	fx_want(fx, INTENT_RELOAD, 0, 0, 6);
	ck_assert_uint_eq(fx->reloads, 0);
	ck_assert_int_eq(fx_ask(fx, INTENT_RELOAD, 0, 0, 7, &cause), INTENT_OK);
	fx_want(fx, INTENT_RELOAD, 0, 0, 7);
	ck_assert_uint_eq(fx->reloads, 1);
	free(cause);
}
END_TEST

/* Once carried out, twice is nothing. */
static void
once(enum intent_kind kind, uint32_t a, uint32_t b, int64_t value, const char *event)
{
	char *log;
	unsigned records = fx->records;

	fx_want(fx, kind, a, b, value);
	log = fx_log(fx);
	ck_assert_msg(strstr(log, event) != NULL, "%s", log);
	ck_assert_uint_eq(fx_count(log, EVENT_SETTING_CHANGED), 1);
	ck_assert_uint_eq(fx->records, records + 1);
	free(log);
	fx_want(fx, kind, a, b, value);
	log = fx_log(fx);
	ck_assert_str_eq(log, "");
	ck_assert_uint_eq(fx->records, records + 1);
	free(log);
}

START_TEST(test_once)
{
	once(INTENT_VM_ADMIN, 1, 0, VM_DOWN, "vm vm1: set to down");
	ck_assert_str_eq(fx_vm(fx, "vm1")->status_text,
	    "Online on server1; wanted down: write csVmAdminState down again to stop "
	    "it");
	ck_assert_int_eq(fx_vm(fx, "vm1")->admin, VM_DOWN);
	once(INTENT_VM_HOLD, 1, 0, 1, "vm vm1: set to hold");
	ck_assert_int_eq(fx_vm(fx, "vm1")->hold, 1);
	once(INTENT_VM_PRIORITY, 1, 0, 9, "vm vm1: set to priority 9");
	ck_assert_int_eq(fx_vm(fx, "vm1")->priority, 9);
	once(INTENT_VM_HOME, 1, 0, 2, "vm vm1: set to home west");
	ck_assert_str_eq(fx_vm(fx, "vm1")->home_name, "west");
	once(INTENT_VM_HOME, 1, 0, 0, "vm vm1: set to home nowhere");
	ck_assert_int_eq(fx_vm(fx, "vm1")->home, 0);
	once(INTENT_CLUSTER_ADMIN, 1, 0, CLUSTER_MAINTENANCE,
	    "cluster east: set to maintenance");
	ck_assert_int_eq(fx_cluster(fx, "east")->admin, CLUSTER_MAINTENANCE);
	once(INTENT_NODE_ADMIN, 1, 2, CLUSTER_MAINTENANCE,
	    "server east/server2: set to maintenance");
	ck_assert_int_eq(fx_node(fx, "east", "server2")->admin, CLUSTER_MAINTENANCE);
	ck_assert_int_eq(fx_vm(fx, "vm1")->oper, VM_RUNNING);
}
END_TEST

/* The configuration's word counts until an operator gives another. */
START_TEST(test_configured)
{
	ck_assert_str_eq(fx_vm(fx, "vm1")->home_name, "east");
	ck_assert_int_eq(fx_vm(fx, "vm1")->priority, 5);
	fx_want(fx, INTENT_VM_PRIORITY, 1, 0, 0);
	fx_want(fx, INTENT_VM_HOME, 1, 0, 0);
	ck_assert_int_eq(fx_reload(fx, SET, NULL), 0);
	ck_assert_str_eq(fx_vm(fx, "vm1")->home_name, "");
	ck_assert_int_eq(fx_vm(fx, "vm1")->priority, 0);
}
END_TEST

START_TEST(test_not_adopted)
{
	char *cause = NULL;

	teardown();
	fx = fx_new(SET);
	ck_assert_int_eq(fx_ask(fx, INTENT_VM_HOLD, 1, 0, 2, &cause), INTENT_NOT_NOW);
	ck_assert_str_eq(cause,
	    "vm vm1 is not adopted yet (not known: cluster east: not asked yet (and 1 "
	    "more)): set csVmAdminState first");
	free(cause);
	fx_want(fx, INTENT_VM_ADMIN, 1, 0, VM_UP);
	ck_assert_int_eq(fx_vm(fx, "vm1")->hold, 2);
	fx_see(fx, "east: server1=Online server2=Online | vm1=Offline");
	fx_see(fx, WEST_IDLE);
	ck_assert_int_eq(fx_vm(fx, "vm1")->admin, VM_UP); /* said is said */
}
END_TEST

START_TEST(test_serial)
{
	int i;

	for (i = 0; i < 3; i++) {
		ck_assert_int_eq(fx_set(fx)->serial, i);
		fx_want(fx, INTENT_SERIAL, 0, 0, i);
	}
	fx_restart(fx, SET);
	ck_assert_int_eq(fx_set(fx)->serial, 3);
	model_restore_serial(fx->model, INT32_MAX);
	fx_want(fx, INTENT_SERIAL, 0, 0, INT32_MAX);
	ck_assert_int_eq(fx_set(fx)->serial, 0); /* RFC 2579 TestAndIncr */
}
END_TEST

/* Recovery may carry out what has no row any more. */
START_TEST(test_gone)
{
	static const struct intent gone[] = {
		{ INTENT_VM_ADMIN, { 99, 0 }, VM_UP },
		{ INTENT_CLUSTER_ADMIN, { 99, 0 }, CLUSTER_ACTIVE },
		{ INTENT_NODE_ADMIN, { 1, 99 }, CLUSTER_ACTIVE },
		{ INTENT_NODE_ADMIN, { 99, 99 }, CLUSTER_ACTIVE },
		{ INTENT_ALARM_ACK, { 99, 0 }, 1 },
	};
	size_t i;
	char *log;

	for (i = 0; i < sizeof(gone) / sizeof(gone[0]); i++)
		model_intent_apply(fx->model, &gone[i], &fx->now);
	log = fx_log(fx);
	ck_assert_str_eq(log, "");
	free(log);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("intent");
	TCase *t = tcase_create("intent");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);

	tcase_add_loop_test(t, test_asked, 0, sizeof(asked) / sizeof(asked[0]));
	tcase_add_test(t, test_once);
	tcase_add_test(t, test_reload);
	tcase_add_test(t, test_configured);
	tcase_add_test(t, test_not_adopted);
	tcase_add_test(t, test_serial);
	tcase_add_test(t, test_gone);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
