/*
 * SPDX-License-Identifier: Apache-2.0
 * The model: hard availability sets are neither broken nor made worse (I10).
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/model_fixture.h"

/* Clusters 1..3, servers 1..6, VMs 1..3. */
#define CLUSTERS                                                                       \
	"domain r1\ndomain r2\n"                                                       \
	"cluster east server1/r1 server2/r2\ncluster west server3 server4 domain=r2\n" \
	"cluster north server5 server6\n"
#define VMS                                          \
	"vm vm1 stateless east west north set=web\n" \
	"vm vm2 stateless east west north set=web\n" \
	"vm vm3 stateless east west north set=web\n"

#define UP1 "east: server1=Online server2=Online | "
#define UP3 "west: server3=Online server4=Online | "
#define UP5 "north: server5=Online server6=Online | "

static struct fx *fx;

static void
begin(const char *spread)
{
	char *text = xasprintf("%sset web %s\n%s", CLUSTERS, spread, VMS);

	fx = fx_new(text);
	free(text);
	fx_see(fx, UP1 "vm1=Online@server1 vm2=Offline vm3=Offline");
	fx_see(fx, UP3 "vm1=Offline vm2=Online@server3 vm3=Offline");
	fx_see(fx, UP5 "vm1=Offline vm2=Offline vm3=Offline");
}

static void
teardown(void)
{
	fx_free(fx);
}

static const struct vm_target *with;
static size_t nwith;

static void
check(uint32_t vm, uint32_t cluster, uint32_t node, const char *expect)
{
	const struct vm_target t = { vm, cluster, node };
	char *cause = NULL;
	const int rc = model_vm_fits(fx->model, &t, with, nwith, &cause);

	ck_assert_str_eq(cause == NULL ? "" : cause, expect);
	ck_assert_int_eq(rc, *expect == '\0' ? 0 : -1);
	free(cause);
}

#define APART(vm, other, way)                                           \
	"vm " vm ": availability set web keeps it apart from vm " other \
	", which is, or is bound, there: " way
#define SERVER  "choose another server"
#define NAMED   "name a server where no other one of it is"
#define CLUSTER "choose another cluster"

START_TEST(test_node)
{
	const struct vm_target bound[] = { { 2, 3, 0 }, { 3, 1, 2 } };

	begin("node hard");
	check(1, 2, 4, "");
	check(1, 2, 3, APART("vm1", "vm2", SERVER));
	check(1, 2, 0, APART("vm1", "vm2", NAMED)); /* ECX might choose that one */
	check(1, 3, 0, "");
	check(3, 1, 1, APART("vm3", "vm1", SERVER));
	check(3, 1, 2, "");
	/* moves that were accepted are as good as done */
	with = bound;
	nwith = 2;
	check(1, 2, 3, "");
	check(1, 3, 5, APART("vm1", "vm2", SERVER)); /* any server there */
	check(1, 1, 2, APART("vm1", "vm3", SERVER));
	check(2, 3, 5, ""); /* its own does not count */
	/* one that may come back keeps its place */
	with = (const struct vm_target[]) { { 2, 3, 0 }, { 2, 2, 0 } };
	check(1, 2, 4, APART("vm1", "vm2", SERVER));
	check(1, 3, 5, APART("vm1", "vm2", SERVER));
	check(1, 1, 2, "");
	with = NULL;
	nwith = 0;
	/* what is not known is where it was last */
	fx_see(fx, UP3 "vm1=Offline vm2=Offline vm3=Offline");
	check(1, 2, 3, "");
	fx_see(fx, UP3 "vm1=Offline vm2=Online@server3 vm3=Offline");
	fx_later(fx, 60000);
	check(1, 2, 3, APART("vm1", "vm2", SERVER));
	check(1, 2, 4, "");
	check(9, 1, 0, "there is no such VM or cluster any more");
	check(1, 9, 0, "there is no such VM or cluster any more");
}
END_TEST

static void
place(uint32_t vm, uint32_t cluster, uint32_t node, const char *expect)
{
	struct vm_target t = { vm, cluster, 0 };
	char *cause = NULL;
	const int rc = model_vm_place(fx->model, &t, with, nwith, &cause);

	ck_assert_str_eq(cause == NULL ? "" : cause, expect);
	ck_assert_int_eq(rc, *expect == '\0' ? 0 : -1);
	ck_assert_uint_eq(t.node, node);
	free(cause);
}

/* Where no server is named one is found for which the rules hold. */
START_TEST(test_place)
{
	begin("node hard");
	place(1, 3, 0, ""); /* any */
	place(1, 2, 4, "");
	place(3, 1, 2, "");
	fx_want(fx, INTENT_NODE_ADMIN, 2, 4, CLUSTER_MAINTENANCE);
	place(1, 2, 0,
	    "vm vm1: availability set web keeps it apart from vm vm2, and no other "
	    "server of cluster west can take it: choose another cluster");
	fx_want(fx, INTENT_NODE_ADMIN, 2, 4, CLUSTER_ACTIVE);
	fx_see(fx,
	    "west: server3=Online server4=Offline | vm1=Offline "
	    "vm2=Online@server3 vm3=Offline");
	place(1, 2, 0,
	    "vm vm1: availability set web keeps it apart from vm vm2, and no other "
	    "server of cluster west can take it: choose another cluster");
	fx_see(fx, UP3 "vm1=Offline vm2=Offline vm3=Offline");
	place(1, 2, 0, "");
}
END_TEST

START_TEST(test_place_domain)
{
	begin("domain hard");
	fx_see(fx, UP3 "vm1=Offline vm2=Offline vm3=Offline");
	place(3, 1, 2, ""); /* r1 has vm1 */
	place(3, 2, 0, "");
}
END_TEST

START_TEST(test_place_cluster)
{
	begin("cluster hard");
	place(1, 2, 0, APART("vm1", "vm2", CLUSTER));
}
END_TEST

/* Of those the one that runs the fewest, and that the fewest are bound for. */
START_TEST(test_place_fewest)
{
	const struct vm_target bound[] = { { 4, 1, 3 }, { 5, 1, 3 } };

	fx = fx_new("cluster east server1 server2 server3\ncluster west server4\n"
	            "set web node hard\nvm vm1 stateless east west set=web\n"
	            "vm vm2 stateless east west set=web\nvm vm3 stateless east west\n"
	            "vm vm4 stateless east west\nvm vm5 stateless east west\n");
	fx_see(fx,
	    "east: server1=Online server2=Online server3=Online | "
	    "vm1=Online@server1 vm2=Offline vm3=Online@server2 vm4=Offline "
	    "vm5=Offline");
	fx_see(fx,
	    "west: server4=Online | vm1=Offline vm2=Online@server4 vm3=Offline "
	    "vm4=Online@server4 vm5=Online@server4");
	place(2, 1, 3, "");
	with = bound;
	nwith = 2;
	place(2, 1, 2, "");
	with = NULL;
	nwith = 0;
}
END_TEST

START_TEST(test_cluster)
{
	begin("cluster hard");
	check(1, 2, 4, APART("vm1", "vm2", CLUSTER));
	check(1, 3, 0, "");
	check(1, 1, 2, "");
	/* what is broken may stay so, but not become worse */
	fx_see(fx, UP3 "vm1=Offline vm2=Offline vm3=Offline");
	fx_see(fx, UP1 "vm1=Online@server1 vm2=Online@server2 vm3=Offline");
	check(1, 1, 2, "");
	check(3, 1, 0, APART("vm3", "vm1", CLUSTER));
	check(1, 2, 0, "");
	fx_see(fx, UP3 "vm1=Offline vm2=Offline vm3=Online@server3");
	check(1, 2, 0, ""); /* from one it shares with to one it shares with */
	check(3, 1, 0, APART("vm3", "vm1", CLUSTER));
}
END_TEST

START_TEST(test_domain)
{
	begin("domain hard");
	check(1, 1, 2, APART("vm1", "vm2", SERVER)); /* r2 as west is */
	check(3, 1, 1, APART("vm3", "vm1", SERVER));
	check(3, 1, 0, APART("vm3", "vm1", NAMED));
	check(3, 2, 4, APART("vm3", "vm2", SERVER));
	check(3, 3, 0, ""); /* in none */
}
END_TEST

START_TEST(test_soft)
{
	begin("node soft");
	check(1, 2, 3, "");
}
END_TEST

START_TEST(test_disk)
{
	fx = fx_new("cluster east server1\ncluster west server3\n"
	            "vm vm1 shared east west\ndisk d1 east=sd1\n");
	check(1, 1, 0, "");
	check(1, 2, 0,
	    "vm vm1: disk d1 has no resource in cluster west: pair it in the VM's "
	    "settings");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("fits");
	TCase *t = tcase_create("fits");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_add_test(t, test_node);
	tcase_add_test(t, test_place);
	tcase_add_test(t, test_place_domain);
	tcase_add_test(t, test_place_cluster);
	tcase_add_test(t, test_place_fewest);
	tcase_add_test(t, test_cluster);
	tcase_add_test(t, test_domain);
	tcase_add_test(t, test_soft);
	tcase_add_test(t, test_disk);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
