/*
 * SPDX-License-Identifier: Apache-2.0
 * The model: what a site's group consists of, learnt, kept, bounded.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/model_fixture.h"

#define SET                              \
	"cluster east server1 server2\n" \
	"cluster west server3 server4\n" \
	"vm vm1 shared east west\n"      \
	"disk d1 east=sd1 west=sd1\n"

#define EAST      "east: server1=Online server2=Online | vm1=Online@server1"
#define WEST_IDLE "west: server3=Online server4=Online | vm1=Offline sd1:vm1=Offline"

static struct fx *fx;

static void
teardown(void)
{
	fx_free(fx);
}

static void
see_many(const char *head, const char *prefix, unsigned n, const char *state)
{
	char *text = NULL;
	size_t size, i;
	FILE *f = open_memstream(&text, &size);

	fprintf(f, "%s", head);
	for (i = 0; i < n; i++)
		fprintf(f, " %s%0150zu:vm1=%s", prefix, i, state);
	fclose(f);
	fx_see(fx, text);
	free(text);
}

/* However much a cluster names: told once a round, and no more than so much. */
START_TEST(test_bounded)
{
	struct vm_sight sight;
	unsigned before;
	int i;

	fx = fx_new(SET);
	fx_see(fx, EAST " sd1:vm1=Online@server1");
	fx_see(fx, WEST_IDLE);
	ck_assert_ptr_null(fx_alarm(fx, ALARM_VM_IN_DOUBT, "vm1"));
	before = fx->records;
	see_many(WEST_IDLE, "a", 400, "Offline");
	ck_assert_uint_eq(fx->records, before + 1);
	ck_assert_ptr_null(fx_alarm(fx, ALARM_VM_IN_DOUBT, "vm1"));
	see_many(WEST_IDLE, "a", 2000, "Offline");
	ck_assert_uint_eq(fx->records, before + 2);
	ck_assert_ptr_nonnull(strstr(
	    fx_alarm(fx, ALARM_VM_IN_DOUBT, "vm1")->text, "group vm1 of cluster west"));
	see_many(WEST_IDLE, "b", 2000, "Offline");
	ck_assert_uint_eq(fx->records, before + 2);
	/* what may lack something proves nothing, however long it stands */
	for (i = 0; i < 10; i++) {
		fx_later(fx, 10000);
		see_many(WEST_IDLE, "a", 2000, "Offline");
	}
	ck_assert_int_eq(fx_site(fx, "vm1", "west")->evidence, EVIDENCE_NONE);
	ck_assert_str_eq(
	    fx_site(fx, "vm1", "west")->evidence_text, "too many resources to record");
	/* but that it is active is told */
	ck_assert(model_vm_sight(fx->model, 1, 1, 0, &sight) && !sight.site[1].active);
	see_many(WEST_IDLE, "a", 400, "Online");
	ck_assert(model_vm_sight(fx->model, 1, 1, 0, &sight) && sight.site[1].active);
	fx_restart(fx, SET);
	ck_assert_ptr_nonnull(fx_alarm(fx, ALARM_VM_IN_DOUBT, "vm1"));
	fx_see(fx, WEST_IDLE);
	ck_assert_int_eq(fx_site(fx, "vm1", "west")->evidence, EVIDENCE_NONE);
	ck_assert_ptr_nonnull(fx_alarm(fx, ALARM_VM_IN_DOUBT, "vm1"));
}
END_TEST

#define EAST_SD   EAST " sd1:vm1=Online@server1"
#define EAST_ONE  "east(server1): server1=Online server2=Online | vm1=Online@server1"
#define EAST_IDLE "east: server1=Online server2=Online | vm1=Offline sd1:vm1=Offline"

static void
stand_idle(void)
{
	int i;

	for (i = 0; i < 10; i++) {
		fx_later(fx, 10000);
		fx_see(fx, EAST_IDLE);
	}
}

/* A resource that was removed in ECX is not required for ever. */
START_TEST(test_forgotten)
{
	char *log;

	fx = fx_new(SET);
	fx_see(fx, EAST_SD " exec1:vm1=Online@server1 exec2:vm1=Online@server1");
	fx_see(fx, WEST_IDLE);
	/* moved to another group is gone, too */
	fx_see(fx, EAST_SD " exec2:other=Online@server1");
	fx_see(fx, EAST_SD);
	/* once more seen, it is counted anew; one server's word does not count */
	fx_see(fx, EAST_SD " exec1:vm1=Online@server1");
	fx_see(fx, EAST_SD);
	fx_see(fx, EAST_SD);
	fx_see(fx, EAST_ONE " sd1:vm1=Online@server1");
	fx_see(fx, EAST_ONE " sd1:vm1=Online@server1");
	fx_forget(fx);
	stand_idle();
	ck_assert_str_eq(
	    fx_site(fx, "vm1", "east")->evidence_text, "resource exec1 is missing");
	fx_see(fx, EAST_SD);
	log = fx_log(fx);
	ck_assert_msg(strstr(log,
	                  "110/1 vm vm1: cluster east: no longer required of group "
	                  "vm1, which runs without: exec1\n") != NULL,
	    "%s", log);
	free(log);
	stand_idle();
	ck_assert_int_eq(fx_site(fx, "vm1", "east")->evidence, EVIDENCE_PROVED);
	fx_restart(fx, SET);
	fx_see(fx, WEST_IDLE);
	stand_idle();
	ck_assert_int_eq(fx_site(fx, "vm1", "east")->evidence, EVIDENCE_PROVED);
}
END_TEST

/* Neither a disk of the VM is forgotten, nor anything in a cluster that is unsound. */
START_TEST(test_not_forgotten)
{
	int i;

	fx = fx_new(SET);
	fx_see(fx, EAST_SD " exec1:vm1=Online@server1");
	fx_see(fx, WEST_IDLE);
	for (i = 0; i < 5; i++)
		fx_see(fx, EAST " exec1:vm1=Online@server1");
	for (i = 0; i < 5; i++)
		fx_see(fx,
		    "east=Error: server1=Online server2=Online | vm1=Online@server1");
	for (i = 0; i < 5; i++)
		fx_see(fx,
		    "east(server1,server2!): server1=Online server2=Offline | "
		    "vm1=Online@server1");
	fx_see(fx, "east: server1=Online server2=Online | vm1=Offline");
	ck_assert_ptr_nonnull(
	    strstr(fx_site(fx, "vm1", "east")->evidence_text, "sd1 is missing"));
	ck_assert_ptr_nonnull(
	    strstr(fx_site(fx, "vm1", "east")->evidence_text, "exec1 is missing"));
}
END_TEST

/* What may be gone is worth a round of every server; a full record finds back. */
START_TEST(test_full_again)
{
	int i;

	fx = fx_new(SET);
	fx_see(fx, EAST_SD);
	fx_see(fx, WEST_IDLE);
	see_many(EAST_SD, "a", 2000, "Online@server1");
	ck_assert_ptr_nonnull(fx_alarm(fx, ALARM_VM_IN_DOUBT, "vm1"));
	fx_later(fx, 25000);
	fx_see(fx, EAST_SD);
	ck_assert(!model_wants_full(fx->model, 0, &fx->now)); /* it just was one */
	fx_later(fx, 25000);
	fx_see(fx, EAST_ONE " sd1:vm1=Online@server1");
	ck_assert(model_wants_full(fx->model, 0, &fx->now));
	for (i = 0; i < 2; i++)
		fx_see(fx, EAST_SD);
	ck_assert_ptr_null(fx_alarm(fx, ALARM_VM_IN_DOUBT, "vm1"));
	fx_later(fx, 25000);
	fx_see(fx, EAST_ONE " sd1:vm1=Online@server1");
	ck_assert(!model_wants_full(fx->model, 0, &fx->now));
}
END_TEST

/* A wrong name in the settings is required as long as it stands there, and no longer.
 */
START_TEST(test_typo)
{
	int i;

	fx = fx_new("cluster east server1 server2\ncluster west server3 server4\n"
	            "vm vm1 shared east west\ndisk d1 east=sd1 west=sd11\n");
	for (i = 0; i < 20; i++) {
		fx_see(fx, EAST " sd1:vm1=Online@server1");
		fx_see(fx, WEST_IDLE);
		fx_later(fx, 10000);
	}
	ck_assert_str_eq(
	    fx_site(fx, "vm1", "west")->evidence_text, "resource sd11 is missing");
	if (_i == 0)
		ck_assert_int_eq(fx_reload(fx, SET, NULL), 0);
	else
		fx_restart(fx, SET);
	for (i = 0; i < 20; i++) {
		fx_see(fx, EAST " sd1:vm1=Online@server1");
		fx_see(fx, WEST_IDLE);
		fx_later(fx, 10000);
	}
	ck_assert_int_eq(fx_site(fx, "vm1", "west")->evidence, EVIDENCE_PROVED);
	/* what was seen stays required over a restart */
	fx_restart(fx, SET);
	for (i = 0; i < 20; i++) {
		fx_see(fx, "west: server3=Online server4=Online | vm1=Offline");
		fx_later(fx, 10000);
	}
	ck_assert_int_eq(fx_site(fx, "vm1", "west")->evidence, EVIDENCE_NONE);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("record");
	TCase *t = tcase_create("record");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, NULL, teardown);

	tcase_add_test(t, test_bounded);
	tcase_add_loop_test(t, test_typo, 0, 2);
	tcase_add_test(t, test_forgotten);
	tcase_add_test(t, test_not_forgotten);
	tcase_add_test(t, test_full_again);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
