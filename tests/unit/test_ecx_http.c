/*
 * SPDX-License-Identifier: Apache-2.0
 * ecx/http on its own: a resolver that hangs blocks nobody, and a request can be
 * cancelled wherever it is.
 */
#include <arpa/inet.h>
#include <check.h>
#include <curl/curl.h>
#include <event2/event.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "ecx/http.h"

#define HANG_S  6 /* a name that ends in .slow takes so long */
#define SOON_MS 3000

static struct event_base *base;
static struct http *http;
static int64_t longest, last;
static int called;
static struct http_answer seen; /* of the last callback; its texts are gone */

/* libcurl's threads come here instead of libc's resolver. */
int
getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
    struct addrinfo **res)
{
	size_t n = node == NULL ? 0 : strlen(node);

	(void)service;
	(void)hints;
	*res = NULL;
	if (n > 5 && strcmp(node + n - 5, ".slow") == 0)
		sleep(HANG_S);
	return EAI_NONAME;
}

static void
on_beat(evutil_socket_t fd, short what, void *arg)
{
	int64_t now = clock_us();

	(void)fd;
	(void)what;
	(void)arg;
	if (last != 0 && now - last > longest)
		longest = now - last;
	last = now;
}

static void
on_answer(const struct http_answer *a, void *arg)
{
	called++;
	seen = *a;
	if (arg != NULL)
		http_cancel(arg); /* somebody else */
	event_base_loopbreak(base);
}

static struct http_transfer *
start(const char *url, bool post, void *arg)
{
	struct http_request rq = { 0 };

	rq.url = url;
	rq.verify = true;
	rq.connect_timeout = 300;
	rq.timeout = 300;
	rq.answer_max = 1000;
	rq.post = post;
	return http_start(http, &rq, on_answer, arg);
}

/* Turns the loop for a while, or until a callback. */
static void
turn(msec_t ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	event_base_loopexit(base, &tv);
	event_base_dispatch(base);
}

static void
setup(void)
{
	static const struct timeval often = { 0, 10000 };
	struct event *beat;

	base = event_base_new();
	http = http_new(base, 2);
	beat = event_new(base, -1, EV_PERSIST, on_beat, NULL);
	event_add(beat, &often);
}

/* A port on which connections are taken and nothing is said. */
static char *
mute(void)
{
	struct sockaddr_in sin = { 0 };
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	ck_assert_int_eq(listen(fd, 8), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	return xasprintf("http://127.0.0.1:%d/", ntohs(sin.sin_port));
}

START_TEST(test_slow_resolver)
{
	msec_t began = clock_ms();

	setup();
	start("http://name.slow/", _i == 1, NULL);
	turn(2 * SOON_MS);
	ck_assert_int_eq(called, 1);
	ck_assert_int_eq(seen.curl, CURLE_OPERATION_TIMEDOUT);
	ck_assert(!seen.sent);
	ck_assert_int_lt(clock_ms() - began, SOON_MS);
	ck_assert_int_lt(longest / 1000, SOON_MS / 2);
}
END_TEST

START_TEST(test_end_while_resolving)
{
	msec_t began;

	setup();
	start("http://name.slow/", false, NULL);
	turn(50);
	began = clock_ms();
	http_free(http);
	ck_assert_int_lt(clock_ms() - began, SOON_MS);
	ck_assert_int_eq(called, 0);
}
END_TEST

START_TEST(test_no_such_name)
{
	setup();
	start("http://name.invalid/", false, NULL);
	turn(SOON_MS);
	ck_assert_int_eq(called, 1);
	ck_assert_int_eq(seen.curl, CURLE_COULDNT_RESOLVE_HOST);
}
END_TEST

/* While it waits in the queue, while it runs, and when its answer waits. */
START_TEST(test_cancel)
{
	char *url = mute();
	struct http_transfer *t[3];
	size_t i;

	setup();
	for (i = 0; i < 3; i++)
		t[i] = start(url, false, NULL); /* two run, the third waits */
	turn(50);
	http_cancel(t[2]);
	http_cancel(t[0]);
	http_cancel(t[1]);
	turn(500);
	ck_assert_int_eq(called, 0);

	/* a URL that is none fails at once: its answer waits for the next turn */
	t[0] = start("no url at all", false, NULL);
	http_cancel(t[0]);
	turn(50);
	ck_assert_int_eq(called, 0);

	/* two answers in one turn; the callback of the first cancels the second */
	t[0] = start("no url at all", false, NULL);
	t[1] = start("no url at all", true, t[0]); /* a POST's answer comes first */
	turn(SOON_MS);
	turn(50);
	ck_assert_int_eq(called, 1);
	http_free(http);
	free(url);
}
END_TEST

START_TEST(test_other_protocols)
{
	static const char *const urls[] = { "file:///etc/passwd", "ftp://127.0.0.1/",
		"gopher://127.0.0.1/", "dict://127.0.0.1/" };
	size_t i;

	setup();
	for (i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		start(urls[i], false, NULL);
		turn(SOON_MS);
		ck_assert_int_eq(called, (int)i + 1);
		ck_assert_msg(seen.curl == CURLE_UNSUPPORTED_PROTOCOL, "%s: %d",
		    urls[i], seen.curl);
		ck_assert(!seen.sent);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ecx/http");
	TCase *t = tcase_create("http");
	SRunner *sr;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, test_slow_resolver, 0, 2);
	tcase_add_test(t, test_end_while_resolving);
	tcase_add_test(t, test_no_such_name);
	tcase_add_test(t, test_cancel);
	tcase_add_test(t, test_other_protocols);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
