/*
 * SPDX-License-Identifier: Apache-2.0
 * Which agents are on this host, as addresses go: only then is a file here edited.
 */
#include <check.h>

#include "cli/confed.h"

static const struct {
	const char *peer;
	bool here;
} peers[] = {
	{ NULL, true },
	{ "127.0.0.1", true },
	{ "127.3.2.1:1161", true },
	{ "udp:127.0.0.1:161", true },
	{ "TCP:127.0.0.1:161", true },
	{ "udp6:[::1]:161", true },
	{ "[::1]", true },
	{ "::1", true },
	{ "localhost", true },
	{ "161", true }, /* only a port */
	{ "/var/run/snmpd.sock", true },
	{ "unix:/var/run/snmpd.sock", true },
	{ "192.0.2.1", false },
	{ "udp:192.0.2.1:161", false },
	{ "udp6:[2001:db8::1]:161", false },
	{ "2001:db8::1", false },
	{ "dtlsudp:192.0.2.1:10161", false },
	{ "no.such.host.invalid", false },
};

START_TEST(test_peers)
{
	ck_assert_msg(confed_is_here(peers[_i].peer) == peers[_i].here, "%s",
	    peers[_i].peer == NULL ? "(none)" : peers[_i].peer);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("confed");
	TCase *t = tcase_create("confed");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(t, test_peers, 0, sizeof(peers) / sizeof(peers[0]));
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
