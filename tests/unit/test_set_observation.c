/*
 * SPDX-License-Identifier: Apache-2.0
 * Observations: ECX's words, look-ups, and when two servers tell the same.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/model_fixture.h"

static const struct {
	const char *text;
	enum ecx_status status;
} words[] = {
	{ "Unknown", ECX_UNKNOWN },
	{ "Normal", ECX_NORMAL },
	{ "Caution", ECX_CAUTION },
	{ "Error", ECX_ERROR },
	{ "Unused", ECX_UNUSED },
	{ "Suspend", ECX_SUSPEND },
	{ "Online", ECX_ONLINE },
	{ "Offline", ECX_OFFLINE },
	{ "Online Pending", ECX_ONLINE_PENDING },
	{ "Offline Pending", ECX_OFFLINE_PENDING },
	{ "Online Failure", ECX_ONLINE_FAILURE },
	{ "Offline Failure", ECX_OFFLINE_FAILURE },
	/* case and blanks are ignored, and three words are taken for others */
	{ "ONLINE", ECX_ONLINE },
	{ " online  PENDING ", ECX_ONLINE_PENDING },
	{ "offline\tpending", ECX_OFFLINE_PENDING },
	{ "Warning", ECX_CAUTION },
	{ "suspended", ECX_SUSPEND },
	{ "Failure", ECX_ONLINE_FAILURE },
	/* and nothing is guessed */
	{ "", ECX_UNKNOWN },
	{ " ", ECX_UNKNOWN },
	{ "OnlinePending", ECX_UNKNOWN },
	{ "Online Pending!", ECX_UNKNOWN },
	{ "Onlin", ECX_UNKNOWN },
	{ "Online2", ECX_UNKNOWN },
	{ "not Offline", ECX_UNKNOWN },
	{ "None", ECX_UNKNOWN },
	{ NULL, ECX_UNKNOWN },
};

START_TEST(test_words)
{
	ck_assert_msg(
	    ecx_status_parse(words[_i].text) == words[_i].status, "%s", words[_i].text);
	if (_i < 12)
		ck_assert_str_eq(ecx_status_text(words[_i].status), words[_i].text);
}
END_TEST

static struct settings *settings;
#define ROUND                                                                   \
	"east: server1=Online server2=Online | vm1=Online@server1 vm2=Offline " \
	"sd1:vm1=Online@server1 sd2:vm2=Offline"

static void
setup(void)
{
	settings = fx_settings("cluster east server1 server2\n");
}

static void
teardown(void)
{
	settings_free(settings);
}

static const struct {
	const char *other, *what;
} differences[] = {
	{ ROUND, NULL },
	/* the order in which they come says nothing */
	{ "east: server2=Online server1=Online | vm2=Offline vm1=Online@server1 "
	  "sd2:vm2=Offline sd1:vm1=Online@server1",
	    NULL },
	/* the monitors of each server are its own */
	{ ROUND " !mon1=Suspend", NULL },
	{ "east=Caution: server1=Online server2=Online | vm1=Online@server1 "
	  "vm2=Offline "
	  "sd1:vm1=Online@server1 sd2:vm2=Offline",
	    "the cluster's status" },
	{ "east~west: server1=Online server2=Online | vm1=Online@server1 vm2=Offline "
	  "sd1:vm1=Online@server1 sd2:vm2=Offline",
	    "the cluster's name" },
	{ "east: server1=Online server2=Offline | vm1=Online@server1 vm2=Offline "
	  "sd1:vm1=Online@server1 sd2:vm2=Offline",
	    "server server2" },
	{ "east: server1=Online | vm1=Online@server1 vm2=Offline "
	  "sd1:vm1=Online@server1 sd2:vm2=Offline",
	    "the list of servers" },
	{ "east: server1=Online server2=Online | vm1=Offline vm2=Offline "
	  "sd1:vm1=Online@server1 sd2:vm2=Offline",
	    "group vm1" },
	{ "east: server1=Online server2=Online | vm1=Online@server2 vm2=Offline "
	  "sd1:vm1=Online@server1 sd2:vm2=Offline",
	    "group vm1" },
	{ "east: server1=Online server2=Online | vm1=Online@server1 "
	  "vm2=Offline@server1 "
	  "sd1:vm1=Online@server1 sd2:vm2=Offline",
	    "group vm2" },
	{ "east: server1=Online server2=Online | vm1=Online@server1 "
	  "sd1:vm1=Online@server1 sd2:vm2=Offline",
	    "the list of groups" },
	{ "east: server1=Online server2=Online | vm1=Online@server1 vm3=Offline "
	  "sd1:vm1=Online@server1 sd2:vm2=Offline",
	    "group vm2" },
	{ "east: server1=Online server2=Online | vm1=Online@server1 vm2=Offline "
	  "sd1:vm1=Offline sd2:vm2=Offline",
	    "resource sd1" },
	{ "east: server1=Online server2=Online | vm1=Online@server1 vm2=Offline "
	  "sd1:vm1=Online@server1",
	    "the list of resources" },
};

START_TEST(test_agree)
{
	struct observation *a = fx_round(settings, ROUND);
	struct observation *b = fx_round(settings, differences[_i].other);
	const char *want = differences[_i].what;
	char *what = NULL;

	ck_assert(obs_views_agree(&a->views[0], &b->views[0], &what) == (want == NULL));
	ck_assert_pstr_eq(what, want);
	ck_assert(obs_views_agree(&b->views[0], &a->views[0], NULL) == (want == NULL));
	free(what);
	observation_free(a);
	observation_free(b);
}
END_TEST

START_TEST(test_lookup)
{
	struct observation *o = fx_round(settings,
	    "east: server1=Online server2=Online | vm9=Offline vm1=Online@server1 "
	    "a=Offline "
	    "zz=Offline sd9:vm9=Offline sd1:vm1=Online@server1");
	const struct obs_view *v = &o->views[1];

	ck_assert_str_eq(obs_find_group(v, "a")->name, "a");
	ck_assert_str_eq(obs_find_group(v, "zz")->name, "zz");
	ck_assert_str_eq(obs_find_group(v, "vm1")->current, "server1");
	ck_assert_ptr_null(obs_find_group(v, "vm"));
	ck_assert_ptr_null(obs_find_group(v, "VM1")); /* ECX's names have case */
	ck_assert_ptr_null(obs_find_group(v, "sd1"));
	ck_assert_int_eq(obs_find_resource(v, "sd9")->status, ECX_OFFLINE);
	ck_assert_ptr_null(obs_find_resource(v, "vm1"));
	obs_view_clear(&o->views[1]);
	ck_assert_ptr_null(obs_find_group(v, "a"));
	ck_assert_ptr_null(obs_find_resource(v, "sd1"));
	observation_free(o);
	observation_free(NULL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("observation");
	TCase *t = tcase_create("observation");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, test_words, 0, sizeof(words) / sizeof(words[0]));
	tcase_add_loop_test(
	    t, test_agree, 0, sizeof(differences) / sizeof(differences[0]));
	tcase_add_test(t, test_lookup);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
