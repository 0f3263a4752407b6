/*
 * SPDX-License-Identifier: Apache-2.0
 * What an operator is told of an AgentX socket that cannot be joined.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "subagent/agentx_why.h"

#define NOBODY 65534

static char *dir, *path;
static int listener;

static void
setup(void)
{
	const char *tmp = getenv("TMPDIR");
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	dir = xasprintf("%s/cs-why-XXXXXX", tmp == NULL ? "/tmp" : tmp);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chmod(dir, 0755), 0);
	path = xasprintf("%s/master", dir);
	ck_assert_uint_lt(strlen(path), sizeof(sun.sun_path));
	memcpy(sun.sun_path, path, strlen(path) + 1);
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&sun, sizeof(sun)), 0);
	ck_assert_int_eq(listen(listener, 4), 0);
}

static void
teardown(void)
{
	close(listener);
	unlink(path);
	rmdir(dir);
	free(path);
	free(dir);
}

static void
expect(const char *socket, int error, const char *words)
{
	char *got = NULL;

	ck_assert_int_eq(agentx_why(socket, &got), error);
	ck_assert_msg(strstr(got, words) != NULL, "said: %s\nwanted: %s", got, words);
	ck_assert_msg(strstr(got, strchr(socket, '/') == NULL ? socket : path) != NULL,
	    "names no socket: %s", got);
	free(got);
}

START_TEST(nobody_there)
{
	char *unix_path = xasprintf("unix:%s", path);

	expect(path, 0, "opens no AgentX session");
	close(listener);
	expect(
	    path, ECONNREFUSED, "Connection refused; is snmpd running, with \"master");
	expect(unix_path, ECONNREFUSED, "no snmpd at /");
	unlink(path);
	expect(
	    path, ENOENT, "No such file or directory; is snmpd running, with \"master");
	expect("tcp:localhost:705", 0, "no snmpd at tcp:localhost:705; is snmpd");
	free(unix_path);
}
END_TEST

/* root passes every mode, so root asks as somebody else. */
START_TEST(closed_to_us)
{
	char *words = NULL;
	int status, why;
	pid_t pid;

	ck_assert_int_eq(chmod(path, 0), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		if (geteuid() == 0 && setuid(NOBODY) < 0)
			_exit(3);
		why = agentx_why(path, &words);
		if (why != EACCES)
			_exit(1);
		_exit(strstr(words, "no snmpd") == NULL &&
		            strstr(words, "Permission denied") != NULL &&
		            strstr(words, "agentXPerms") != NULL
		        ? 0
		        : 2);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("agentx_why");
	TCase *tc = tcase_create("agentx_why");
	SRunner *sr = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, nobody_there);
	tcase_add_test(tc, closed_to_us);
	suite_add_tcase(suite, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
