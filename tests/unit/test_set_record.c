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
	fx_restart(fx, SET);
	ck_assert_ptr_nonnull(fx_alarm(fx, ALARM_VM_IN_DOUBT, "vm1"));
	fx_see(fx, WEST_IDLE);
	ck_assert_int_eq(fx_site(fx, "vm1", "west")->evidence, EVIDENCE_NONE);
	ck_assert_ptr_nonnull(fx_alarm(fx, ALARM_VM_IN_DOUBT, "vm1"));
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
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
