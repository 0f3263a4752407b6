/*
 * SPDX-License-Identifier: Apache-2.0
 * The doctor's judgement of what clustersetd says.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/doctor_agent.h"
#include "cli/rows.h"
#include "cli/snmp.h"
#include "config.h"

#define NOW 1800000000

static struct doctor_report r;
static const struct doctor_here here = { "/nonexistent/clusterset.conf", NOW - 500,
	"host1", NOW };

static void
setup(void)
{
	memset(&r, 0, sizeof(r));
}

static void
teardown(void)
{
	doctor_clear(&r);
}

static struct doctor_agent
well(void)
{
	struct doctor_agent a = { .result = SNMP_DONE,
		.name = xstrdup("set"),
		.version = xstrdup("clustersetd " PACKAGE_VERSION),
		.health = xstrdup("ok"),
		.reason = xstrdup(""),
		.file = xstrdup(here.file),
		.host = xstrdup("host1"),
		.control_age = 0,
		.clusters = 0,
		.nodes = 0,
		.vms = 0,
		.disks = 0,
		.up_time = 1000,
		.reload = -1 };

	return a;
}

/* Judges and clears; the only finding's code, -1: none, -2: several. */
static int
judged(struct doctor_agent *a)
{
	int code;

	doctor_clear(&r);
	doctor_judge_agent(&r, a, &here);
	code = r.n == 0 ? -1 : r.n == 1 ? (int)r.findings[0].code : -2;
	doctor_agent_clear(a);
	return code;
}

static void
say(char **text, const char *words)
{
	free(*text);
	*text = xstrdup(words);
}

START_TEST(test_identity)
{
	struct doctor_agent a = well();

	a.up_time = 400; /* started after the change */
	ck_assert_int_eq(judged(&a), -1);
	a = well(); /* the file was changed 500 s after the start 1000 s ago */
	ck_assert_int_eq(judged(&a), DOC_CONFIG_NOT_LOADED);
	a = well();
	a.reload = NOW - 499;
	ck_assert_int_eq(judged(&a), -1);
	a = well();
	a.reload = NOW - 600;
	ck_assert_int_eq(judged(&a), DOC_CONFIG_NOT_LOADED);
	a = well();
	say(&a.file, "/elsewhere.conf");
	ck_assert_int_eq(judged(&a), DOC_CONFIG_DIFFERS);
	a = well();
	say(&a.host, "host2");
	ck_assert_int_eq(judged(&a), DOC_OTHER_HOST);
	a = well();
	a.up_time = 1;
	say(&a.version, "clustersetd 0.0.0");
	ck_assert_int_eq(judged(&a), DOC_VERSION_DIFFERS);
	a = well(); /* one that has not these objects yet */
	xfree_clear(&a.file);
	xfree_clear(&a.host);
	ck_assert_int_eq(judged(&a), -1);
}
END_TEST

START_TEST(test_health)
{
	struct doctor_agent a = well();

	a.up_time = 1;
	a.control_age = 31;
	ck_assert_int_eq(judged(&a), DOC_CONTROL_STALLED);
	a = well();
	a.up_time = 1;
	say(&a.health, "critical");
	ck_assert_int_eq(judged(&a), DOC_HEALTH_CRITICAL);
	a = well();
	a.up_time = 1;
	say(&a.health, "unknown");
	ck_assert_int_eq(judged(&a), DOC_HEALTH_WARNING);
	a = well();
	a.up_time = 1;
	a.vms = 3;
	a.vm_rows = rows_new(csVmTable);
	ck_assert_int_eq(judged(&a), DOC_TABLE_WITHHELD);
}
END_TEST

static void
set(struct row *row, enum mib_id id, int64_t number, const char *text)
{
	struct cell *c = (struct cell *)(uintptr_t)row_cell(row, id);

	c->there = true;
	c->number = number;
	c->text = xstrdup(text);
}

START_TEST(test_tables)
{
	struct doctor_agent a = well();
	struct row *row;

	a.up_time = 1;
	say(&a.health, "critical");
	a.vms = a.disks = 1;
	a.vm_rows = rows_new(csVmTable);
	row = rows_append(a.vm_rows);
	set(row, csVmName, 0, "erp");
	set(row, csVmOperState, mib_number(csVmOperState, "inDoubt"), NULL);
	set(row, csVmProof, mib_number(csVmProof, "ecxOnly"), NULL);
	set(row, csVmStatusText, 0, "words");
	a.disk_rows = rows_new(csDiskTable);
	row = rows_append(a.disk_rows);
	set(row, csDiskName, 0, "lun");
	set(row, csDiskOperState, mib_number(csDiskOperState, "conflict"), NULL);
	a.alarm_rows = rows_new(csAlarmTable);
	row = rows_append(a.alarm_rows);
	set(row, csAlarmType, mib_number(csAlarmType, "plainHttp"), NULL);
	set(row, csAlarmSeverity, mib_number(csAlarmSeverity, "critical"), NULL);
	set(row, csAlarmObjectName, 0, "east");
	set(row, csAlarmText, 0, "words");
	ck_assert_int_eq(judged(&a), -2);
	ck_assert(doctor_has(&r, DOC_VM_IN_DOUBT, "vm erp"));
	ck_assert(doctor_has(&r, DOC_DISK_IN_DOUBT, "disk lun"));
	ck_assert(doctor_has(&r, DOC_PROOF_ECX_ONLY, "clustersetd"));
	ck_assert(doctor_has(&r, DOC_ALARM_CRITICAL, "clustersetd"));
	/* the alarm says it better */
	ck_assert(!doctor_has(&r, DOC_HEALTH_CRITICAL, NULL));
	ck_assert_int_eq(doctor_exit(&r), 5);
}
END_TEST

START_TEST(test_away)
{
	struct doctor_agent a = { .result = SNMP_UNREACHABLE };

	ck_assert_int_eq(judged(&a), DOC_AGENT_UNREACHABLE);
	a.result = SNMP_NO_DAEMON;
	ck_assert_int_eq(judged(&a), DOC_DAEMON_AWAY);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("cli/doctor_agent");
	TCase *t = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, test_identity);
	tcase_add_test(t, test_health);
	tcase_add_test(t, test_tables);
	tcase_add_test(t, test_away);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
