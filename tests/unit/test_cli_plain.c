/*
 * SPDX-License-Identifier: Apache-2.0
 * What clustersetd says to every manager, as clusterset says it to a person.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "cli/plain.h"

static const struct plain about = { .vm = "db1", .move = "noc/7", .cluster = "north" };

static const struct {
	const char *text, *plain;
} cases[] = {
	{ "web1 runs in west", "web1 runs in west" },
	{ "vm web1 is on hold: set csVmHold to false first",
	    "vm web1 is on hold: clusterset vm release web1 first" },
	{ "conf: vm web-2.a: cluster east owns its disk lun and would lose it: set the "
	  "VM "
	  "down (csVmAdminState.2), stop it in ECX, and reload again when it is proved "
	  "stopped everywhere (csVmSiteEvidence.2)",
	    "conf: vm web-2.a: cluster east owns its disk lun and would lose it: set "
	    "the "
	    "VM down (clusterset vm down web-2.a), stop it in ECX, and reload again "
	    "when "
	    "it is proved stopped everywhere (clusterset vm show web-2.a)" },
	{ "stop it there, and reload again when it is (csVmSiteEvidence.2.11)",
	    "stop it there, and reload again when it is (clusterset vm show db1)" },
	{ "cluster east is in maintenance or ignored: set csClusterAdminState to "
	  "active "
	  "first",
	    "cluster east is in maintenance or ignored: clusterset cluster activate "
	    "east "
	    "first" },
	{ "nothing fresh is known of cluster east: see its csClusterStatusText; set "
	  "csMoveControl to retry, rollback or cancel, or confirm by csVmSiteConfirm "
	  "that "
	  "it is stopped there",
	    "nothing fresh is known of cluster east: see clusterset cluster show east; "
	    "clusterset move retry noc/7, rollback or cancel, or, where it is surely "
	    "stopped, clusterset site confirm db1 east" },
	{ "vm web1: move root/9 is open (running, to west): wait for it, or set its "
	  "csMoveControl",
	    "vm web1: move root/9 is open (running, to west): wait for it (clusterset "
	    "move wait root/9), or clusterset move cancel root/9" },
	{ "vm web1 is unknown (nothing of cluster north): it can be moved when it is "
	  "running; when cluster east is dead and it cannot run there, say so by "
	  "csVmSiteConfirm.1.12 and move it with csMoveForce (both are switched off: "
	  "moves.force in the configuration)",
	    "vm web1 is unknown (nothing of cluster north): it can be moved when it is "
	    "running; when cluster east is dead and it cannot run there, clusterset "
	    "site "
	    "confirm web1 east, then clusterset vm move web1 --to CLUSTER --force "
	    "(both "
	    "are switched off: clusterset config set moves.force true is a decision of "
	    "your site)" },
	{ "when it is, say so by csVmSiteConfirm.1.2",
	    "when it is, clusterset site confirm db1 north" },
	{ "set csVmRelease.7 to 3", "clusterset site release db1" },
	{ "see csVmRelease.", "see clusterset site release db1." },
	{ "looks restored (x): set csSetAdopt to 1795381683 first",
	    "looks restored (x): clusterset adopt first" },
	{ "wanted up: write csVmAdminState up again to start it",
	    "wanted up: clusterset vm up db1 starts it" },
	{ "Offline; wanted down, but on hold: it is stopped when csVmHold is false",
	    "Offline; wanted down, but on hold: it is stopped after clusterset vm "
	    "release "
	    "db1" },
	{ "refused: x (csVmHold.7, noAccess)", "refused: x (csVmHold.7, noAccess)" },
	{ "xcsVmTable see csVmTables", "xcsVmTable see csVmTables" },
	{ "csMoveControl", "csMoveControl" },
	{ "csVmHold was set to false", "its hold was ended" },
	{ "", "" },
};

START_TEST(says_commands)
{
	char *plain = plain_text(cases[_i].text, &about);

	ck_assert_str_eq(plain, cases[_i].plain);
	free(plain);
}
END_TEST

START_TEST(about_its_object)
{
	static const struct {
		const char *kind, *name, *plain;
	} of[] = {
		{ "vm", "web1", "clusterset vm release web1 first" },
		{ "move", "set/1", "clusterset vm release VM first" },
		{ "set", "web1", "clusterset vm release VM first" },
	};
	char *plain =
	    plain_about("set csVmHold to false first", of[_i].kind, of[_i].name);

	ck_assert_str_eq(plain, of[_i].plain);
	free(plain);
}
END_TEST

START_TEST(without_names)
{
	char *plain =
	    plain_text("set csVmHold to false, set csMoveControl to retry, see "
	               "its csClusterStatusText",
	        NULL);

	ck_assert_str_eq(plain,
	    "clusterset vm release VM, clusterset move retry MOVE, see clusterset "
	    "cluster "
	    "show CLUSTER");
	free(plain);
	/* names that a shell would not take as they are */
	plain = plain_text("vm $(x) is on hold: set csVmHold to false first", NULL);
	ck_assert_ptr_nonnull(strstr(plain, "clusterset vm release VM first"));
	free(plain);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("cli_plain");
	TCase *t = tcase_create("plain");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(t, says_commands, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_loop_test(t, about_its_object, 0, 3);
	tcase_add_test(t, without_names);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
