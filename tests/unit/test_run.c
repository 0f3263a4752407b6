/*
 * SPDX-License-Identifier: Apache-2.0
 * Programs that do everything a program may do to whoever runs it; after each test no
 * descriptor, no child and no zombie is left.
 */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "hooks/run.h"

#define MANY    100
#define W(word) ((char *)(word)) /* of an argv */

struct seen {
	unsigned calls;
	enum run_end end;
	int code;
	char *output, *error, *text;
	size_t output_len;
	bool output_cut, error_cut;
	msec_t took;
};

static struct event_base *base;
static struct seen seen;
static unsigned open_before, waiting;
static char dir[] = "/tmp/test-run-XXXXXX";

static unsigned
open_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

static void
setup(void)
{
	signal(SIGPIPE, SIG_IGN);
	open_before = open_descriptors();
	base = event_base_new();
	memset(&seen, 0, sizeof(seen));
	waiting = 0;
}

static void
forget(void)
{
	free(seen.output);
	free(seen.error);
	free(seen.text);
	memset(&seen, 0, sizeof(seen));
}

static void
teardown(void)
{
	forget();
	ck_assert_uint_eq(run_count(), 0);
	event_base_free(base);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
	ck_assert_uint_eq(open_descriptors(), open_before);
}

static void
on_done(void *arg, const struct run_result *r)
{
	struct seen *s = arg;

	if (waiting > 0)
		waiting--;
	s->calls++;
	s->end = r->end;
	s->code = r->code;
	free(s->output);
	free(s->error);
	free(s->text);
	s->output = xstrndup(r->output, r->output_len);
	s->error = xstrndup(r->error, r->error_len);
	ck_assert_int_eq(r->output[r->output_len], '\0');
	s->text = xstrdup(r->text);
	s->output_len = r->output_len;
	s->output_cut = r->output_cut;
	s->error_cut = r->error_cut;
	s->took = r->took;
}

static struct run *
begin(char *const argv[], const char *input, msec_t timeout)
{
	char *const env[] = { W("CS_ONE=1"), W("CS_TWO=two words"), NULL };
	const struct run_program p = {
		.argv = argv,
		.env = env,
		.input = input,
		.input_len = input == NULL ? 0 : strlen(input),
		.timeout = timeout,
		.grace = 200,
		.output_max = 100000,
		.error_max = 1000,
	};

	waiting++;
	return run_start(base, &p, on_done, &seen);
}

static void
until_done(void)
{
	while (waiting > 0)
		event_base_loop(base, EVLOOP_ONCE);
}

static void
run(const char *script, const char *input, msec_t timeout)
{
	char *const argv[] = { W("/bin/sh"), W("-c"), W(script), NULL };

	begin(argv, input, timeout);
	until_done();
	ck_assert_uint_eq(seen.calls, 1);
}

START_TEST(tells_everything)
{
	run("cat; echo problem >&2; exit 3", "question", 10000);
	ck_assert_int_eq(seen.end, RUN_EXITED);
	ck_assert_int_eq(seen.code, 3);
	ck_assert_str_eq(seen.output, "question");
	ck_assert_str_eq(seen.error, "problem\n");
	ck_assert_str_eq(seen.text, "exited with 3");
	ck_assert(!seen.output_cut && !seen.error_cut);
}
END_TEST

START_TEST(environment_from_scratch)
{
	char *const argv[] = { W("/usr/bin/env"), NULL };

	setenv("CS_LEAK", "x", 1);
	begin(argv, NULL, 10000);
	until_done();
	ck_assert_str_eq(seen.output,
	    "CS_ONE=1\nCS_TWO=two words\n"
	    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"
	    "LANG=C.UTF-8\n");
}
END_TEST

START_TEST(own_session_and_signals)
{
	sigset_t usr;

	sigemptyset(&usr);
	sigaddset(&usr, SIGUSR1);
	sigprocmask(SIG_BLOCK, &usr, NULL);
	signal(SIGUSR2, SIG_IGN);
	/* 32 and 33 are the C library's own, which nobody can set */
	run("read pid comm state ppid pgrp session rest </proc/$$/stat\n"
	    "test $pid = $pgrp && test $pid = $session && echo own\n"
	    "while read name mask; do case $name in SigBlk: | SigIgn:)\n"
	    "echo $name $((0x$mask & ~0x180000000));; esac; done </proc/$$/status\n"
	    "pwd",
	    NULL, 10000);
	ck_assert_str_eq(seen.output, "own\nSigBlk: 0\nSigIgn: 0\n/\n");
}
END_TEST

START_TEST(no_other_descriptor)
{
	int fd[2];

	ck_assert_int_eq(pipe(fd), 0); /* not close-on-exec */
	run("for f in $(seq 0 100); do test -e /proc/$$/fd/$f && echo $f; done", "x",
	    10000);
	ck_assert_str_eq(seen.output, "0\n1\n2\n");
	close(fd[0]);
	close(fd[1]);
}
END_TEST

START_TEST(input_is_not_read)
{
	char *much = xmalloc(1000001);

	memset(much, 'x', 1000000);
	much[1000000] = '\0';
	run("exec <&-; sleep 0.1; echo fine", much, 10000);
	ck_assert_int_eq(seen.end, RUN_EXITED);
	ck_assert_str_eq(seen.output, "fine\n");
	forget();
	run("wc -c", much, 10000);
	ck_assert_str_eq(seen.output, "1000000\n");
	free(much);
}
END_TEST

START_TEST(no_input_is_empty)
{
	run("wc -c", NULL, 10000);
	ck_assert_str_eq(seen.output, "0\n");
}
END_TEST

START_TEST(closes_its_output_and_lives_on)
{
	run("exec >&- 2>&-; sleep 0.3; exit 5", NULL, 10000);
	ck_assert_int_eq(seen.end, RUN_EXITED);
	ck_assert_int_eq(seen.code, 5);
	ck_assert_int_ge(seen.took, 300);
}
END_TEST

static bool
alive(pid_t pid)
{
	char *path = xasprintf("/proc/%d/stat", (int)pid), line[200] = "";
	FILE *f = fopen(path, "r");
	bool is;

	free(path);
	if (f == NULL)
		return false;
	is = fgets(line, sizeof(line), f) != NULL && strstr(line, ") Z ") == NULL;
	fclose(f);
	return is;
}

START_TEST(what_it_left_behind_is_killed)
{
	int tries;
	pid_t pid;

	run("sleep 1000 & echo $!; exit 0", NULL, 20000);
	ck_assert_int_eq(seen.end, RUN_EXITED);
	ck_assert_int_eq(seen.code, 0);
	ck_assert_int_lt(seen.took, 10000);
	pid = (pid_t)strtol(seen.output, NULL, 10);
	ck_assert_int_gt(pid, 1);
	for (tries = 0; tries < 2000 && alive(pid); tries++)
		usleep(5000);
	ck_assert(!alive(pid));
}
END_TEST

START_TEST(who_escapes_is_not_waited_for)
{
	pid_t pid;

	run("setsid sleep 1000 & echo $!; sleep 0.2", NULL, 20000);
	ck_assert_int_eq(seen.end, RUN_EXITED);
	ck_assert_int_lt(seen.took, 10000);
	pid = (pid_t)strtol(seen.output, NULL, 10);
	ck_assert_int_gt(pid, 1);
	ck_assert(alive(pid));
	kill(pid, SIGKILL);
}
END_TEST

START_TEST(who_escapes_and_writes_is_not_read_for_ever)
{
	pid_t pid;

	run("setsid yes & echo $!; sleep 0.2", NULL, 20000);
	ck_assert_int_eq(seen.end, RUN_EXITED);
	ck_assert(seen.output_cut);
	pid = (pid_t)strtol(seen.output, NULL, 10);
	if (pid > 1)
		kill(pid, SIGKILL);
}
END_TEST

START_TEST(ends_when_told)
{
	run("trap 'echo bye; exit 0' TERM; while :; do sleep 0.05; done", NULL, 300);
	ck_assert_int_eq(seen.end, RUN_TIMED_OUT);
	ck_assert_int_eq(seen.code, 0);
	ck_assert_str_eq(seen.output, "bye\n");
	ck_assert_str_eq(seen.text, "did not end within 0.3 s, then exited with 0");
}
END_TEST

START_TEST(ignores_term)
{
	run("trap '' TERM; while :; do sleep 0.05; done", NULL, 100);
	ck_assert_int_eq(seen.end, RUN_TIMED_OUT);
	ck_assert_str_eq(seen.text,
	    "did not end within 0.1 s, then killed: was ended by signal 9 (Killed)");
	ck_assert_int_ge(seen.took, 300);
}
END_TEST

START_TEST(stopped)
{
	run("kill -STOP $$", NULL, 100);
	ck_assert_int_eq(seen.end, RUN_TIMED_OUT);
}
END_TEST

START_TEST(prints_gigabytes)
{
	run("echo begin; exec yes", NULL, 300);
	ck_assert_int_eq(seen.end, RUN_TIMED_OUT);
	ck_assert_uint_eq(seen.output_len, 100000);
	ck_assert(seen.output_cut);
	ck_assert_int_eq(strncmp(seen.output, "begin\ny\n", 8), 0);
	forget();
	run("head -c 50000000 /dev/zero; head -c 50000 /dev/zero >&2; exit 1", NULL,
	    20000);
	ck_assert_int_eq(seen.end, RUN_EXITED);
	ck_assert_int_eq(seen.code, 1);
	ck_assert_uint_eq(seen.output_len, 100000);
	ck_assert(seen.output_cut && seen.error_cut);
}
END_TEST

START_TEST(output_of_exactly_the_cap)
{
	run("head -c 100000 /dev/zero", NULL, 10000);
	ck_assert_uint_eq(seen.output_len, 100000);
	ck_assert(!seen.output_cut);
}
END_TEST

START_TEST(nothing_is_kept)
{
	char *const argv[] = { W("/bin/sh"), W("-c"), W("echo x; echo y >&2; exit 4"),
		NULL };
	const struct run_program p = { .argv = argv, .timeout = 10000, .grace = 1 };

	waiting = 1;
	run_start(base, &p, on_done, &seen);
	until_done();
	ck_assert_int_eq(seen.code, 4);
	ck_assert_str_eq(seen.output, "");
	ck_assert(!seen.output_cut && !seen.error_cut);
}
END_TEST

START_TEST(ended_by_a_signal)
{
	run("kill -SEGV $$", NULL, 10000);
	ck_assert_int_eq(seen.end, RUN_SIGNALLED);
	ck_assert_int_eq(seen.code, SIGSEGV);
	ck_assert_str_eq(seen.text, "was ended by signal 11 (Segmentation fault)");
}
END_TEST

static void
cannot(const char *path, const char *why)
{
	char *const argv[] = { W(path), NULL };

	forget();
	begin(argv, "some input", 10000);
	ck_assert_uint_eq(seen.calls, 0); /* never from run_start() */
	ck_assert_uint_eq(run_count(), 0);
	until_done();
	ck_assert_uint_eq(seen.calls, 1);
	ck_assert_int_eq(seen.end, RUN_FAILED);
	ck_assert_msg(strstr(seen.text, path) != NULL && strstr(seen.text, why) != NULL,
	    "%s", seen.text);
}

static char *
file(const char *name, const char *text, mode_t mode)
{
	char *path = xasprintf("%s/%s", dir, name);
	FILE *f = fopen(path, "w");

	fputs(text, f);
	fclose(f);
	chmod(path, mode);
	return path;
}

START_TEST(cannot_be_started)
{
	char *plain, *lost, *empty;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	plain = file("plain", "#!/bin/sh\n", 0644);
	lost = file("lost", "#!/no/such/shell\n", 0755);
	empty = file("empty", "", 0755);
	cannot("/no/such/program", "No such file");
	cannot(plain, "Permission denied");
	cannot(lost, "No such file");
	cannot(empty, "Exec format error");
	cannot(dir, "Permission denied");
	unlink(plain);
	unlink(lost);
	unlink(empty);
	rmdir(dir);
	free(plain);
	free(lost);
	free(empty);
}
END_TEST

START_TEST(no_descriptors_left)
{
	struct rlimit old, few;
	int next = dup(0);

	close(next);
	getrlimit(RLIMIT_NOFILE, &old);
	few = old;
	few.rlim_cur = (rlim_t)next + 3; /* one pipe and a half */
	setrlimit(RLIMIT_NOFILE, &few);
	cannot("/bin/true", "Too many open files");
	setrlimit(RLIMIT_NOFILE, &old);
	forget();
	run("echo again", NULL, 10000);
	ck_assert_str_eq(seen.output, "again\n");
}
END_TEST

START_TEST(standard_descriptors_of_ours_are_closed)
{
	int kept = dup(0);

	close(0);
	run("cat; echo e >&2", "through", 10000);
	ck_assert_str_eq(seen.output, "through");
	ck_assert_str_eq(seen.error, "e\n");
	ck_assert_int_eq(dup2(kept, 0), 0);
	close(kept);
}
END_TEST

START_TEST(a_hundred_at_once)
{
	char *const argv[] = { W("/bin/sh"), W("-c"), W("sleep 0.5; cat"), NULL };
	msec_t began = clock_ms();
	unsigned i;

	for (i = 0; i < MANY; i++)
		begin(argv, "all of them", 60000);
	ck_assert_uint_eq(run_count(), MANY);
	until_done();
	ck_assert_uint_eq(seen.calls, MANY);
	ck_assert_str_eq(seen.output, "all of them");
	ck_assert_int_lt(clock_ms() - began, MANY * 500);
}
END_TEST

START_TEST(cancelled)
{
	char *const deaf[] = { W("/bin/sh"), W("-c"),
		W("trap '' TERM; while :; do sleep 1; done"), NULL };
	char *const none[] = { W("/no/such/program"), NULL };
	int i;

	run_cancel(NULL);
	for (i = 0; i < 20; i++) {
		run_cancel(begin(deaf, "in", 10000));
		run_cancel(begin(none, "in", 10000));
	}
	while (run_count() > 0)
		event_base_loop(base, EVLOOP_ONCE);
	ck_assert_uint_eq(seen.calls, 0);
}
END_TEST

START_TEST(all_are_ended)
{
	char *const deaf[] = { W("/bin/sh"), W("-c"),
		W("trap '' TERM; while :; do sleep 1; done"), NULL };
	char *const none[] = { W("/no/such/program"), NULL };
	int i;

	for (i = 0; i < 20; i++)
		begin(deaf, "in", 10000);
	begin(none, NULL, 1);
	run_end_all();
	ck_assert_uint_eq(run_count(), 0);
	ck_assert_uint_eq(seen.calls, 0);
	run_end_all();
}
END_TEST

static struct run *self;

static void
on_done_cancel(void *arg, const struct run_result *r)
{
	on_done(arg, r);
	run_cancel(self);
	run_end_all();
}

START_TEST(cancelled_from_within)
{
	char *const argv[] = { W("/bin/true"), NULL };
	const struct run_program p = {
		.argv = argv, .timeout = 10000, .grace = 1, .output_max = 1
	};

	waiting = 1;
	self = run_start(base, &p, on_done_cancel, &seen);
	until_done();
	ck_assert_uint_eq(seen.calls, 1);
}
END_TEST

/* Others reap their own children; neither takes the other's. */
START_TEST(children_of_others)
{
	pid_t other = fork();
	int status;

	if (other == 0)
		_exit(7);
	run("exit 3", NULL, 10000);
	ck_assert_int_eq(seen.code, 3);
	ck_assert_int_eq(waitpid(other, &status, 0), other);
	ck_assert_int_eq(WEXITSTATUS(status), 7);
}
END_TEST

START_TEST(five_hundred_in_turn)
{
	char *const argv[] = { W("/bin/true"), NULL };
	unsigned i;

	for (i = 0; i < 500; i++) {
		begin(argv, "x", 10000);
		if (i % 3 == 0)
			begin(argv, NULL, 10000);
		until_done();
	}
	ck_assert_int_eq(seen.end, RUN_EXITED);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("run");
	TCase *tc = tcase_create("run");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, tells_everything);
	tcase_add_test(tc, environment_from_scratch);
	tcase_add_test(tc, own_session_and_signals);
	tcase_add_test(tc, no_other_descriptor);
	tcase_add_test(tc, input_is_not_read);
	tcase_add_test(tc, no_input_is_empty);
	tcase_add_test(tc, closes_its_output_and_lives_on);
	tcase_add_test(tc, what_it_left_behind_is_killed);
	tcase_add_test(tc, who_escapes_is_not_waited_for);
	tcase_add_test(tc, who_escapes_and_writes_is_not_read_for_ever);
	tcase_add_test(tc, ends_when_told);
	tcase_add_test(tc, ignores_term);
	tcase_add_test(tc, stopped);
	tcase_add_test(tc, prints_gigabytes);
	tcase_add_test(tc, output_of_exactly_the_cap);
	tcase_add_test(tc, nothing_is_kept);
	tcase_add_test(tc, ended_by_a_signal);
	tcase_add_test(tc, cannot_be_started);
	tcase_add_test(tc, no_descriptors_left);
	tcase_add_test(tc, standard_descriptors_of_ours_are_closed);
	tcase_add_test(tc, a_hundred_at_once);
	tcase_add_test(tc, cancelled);
	tcase_add_test(tc, all_are_ended);
	tcase_add_test(tc, cancelled_from_within);
	tcase_add_test(tc, children_of_others);
	tcase_add_test(tc, five_hundred_in_turn);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
