/*
 * SPDX-License-Identifier: Apache-2.0
 * The pure parts of ecx/ beside decoding: back-off, digest, group map, classification,
 * paths.
 */
#include <check.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ecx/backoff.h"
#include "ecx/classify.h"
#include "ecx/command.h"
#include "ecx/digest.h"
#include "ecx/groupmap.h"
#include "ecx/member.h"

/* --- back-off ----------------------------------------------------------------------
 */

START_TEST(test_backoff)
{
	static const struct {
		unsigned failures;
		msec_t want; /* without jitter */
	} steps[] = { { 0, 1000 }, { 1, 1000 }, { 2, 2000 }, { 3, 4000 }, { 6, 32000 },
		{ 7, 60000 }, { 8, 60000 }, { 4000000000u, 60000 } };
	unsigned dice;
	msec_t d;
	size_t i;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		ck_assert_int_eq(
		    backoff_delay(steps[i].failures, 1000, 60000, 0), steps[i].want);
		for (dice = 0; dice < 5000; dice += 7) {
			d = backoff_delay(steps[i].failures, 1000, 60000, dice);
			ck_assert_int_le(d, steps[i].want);
			ck_assert_int_gt(d, steps[i].want * 3 / 4 - 1);
		}
	}
	ck_assert_int_ne(
	    backoff_delay(5, 1000, 60000, 100), backoff_delay(5, 1000, 60000, 900));
	ck_assert_int_eq(backoff_delay(3, 90000, 60000, 0), 60000);
}
END_TEST

/* ECX may lock the account: never earlier than configured */
START_TEST(test_backoff_denied)
{
	unsigned dice;

	for (dice = 0; dice < 5000; dice += 3) {
		ck_assert_int_ge(backoff_denied(300000, dice), 300000);
		ck_assert_int_lt(backoff_denied(300000, dice), 300000 * 9 / 8 + 1);
	}
}
END_TEST

/* --- digest
 * ---------------------------------------------------------------------------- */

static struct obs_view *
view(void)
{
	static const char servers[] =
	    "{\"servers\":[{\"name\":\"s1\",\"status\":\"Online\"},"
	    "{\"name\":\"s2\",\"status\":\"Online\"}]}";
	static const char groups[] =
	    "{\"groups\":[{\"name\":\"g1\",\"status\":\"Online\",\"current\":\"s1\"},"
	    "{\"name\":\"g2\",\"status\":\"Offline\"}]}";
	static const char resources[] = "{\"resources\":[{\"name\":\"r1\",\"status\":"
	                                "\"Online\",\"current\":\"s1\"},"
	                                "{\"name\":\"r2\",\"status\":\"Offline\"}]}";
	static const char cluster[] =
	    "{\"cluster\":{\"name\":\"c\",\"status\":\"Normal\"}}";
	struct obs_view *v = xcalloc(1, sizeof(*v));

	ecx_decode(ECX_GET_CLUSTER, cluster, strlen(cluster), v, NULL);
	ecx_decode(ECX_GET_SERVERS, servers, strlen(servers), v, NULL);
	ecx_decode(ECX_GET_GROUPS, groups, strlen(groups), v, NULL);
	ecx_decode(ECX_GET_RESOURCES, resources, strlen(resources), v, NULL);
	return v;
}

static void
view_free(struct obs_view *v)
{
	obs_view_clear(v);
	free(v);
}

static void
rename_to(char **p, const char *s)
{
	free(*p);
	*p = xstrdup(s);
}

/* Change number `i` of a view; false: there is none. */
static bool
change(struct obs_view *v, int i)
{
	switch (i) {
	case 0:
		rename_to(&v->cluster_name, "d");
		return true;
	case 1:
		v->cluster_status = ECX_CAUTION;
		return true;
	case 2:
		v->servers[1].status = ECX_OFFLINE;
		return true;
	case 3:
		rename_to(&v->servers[1].name, "s3");
		return true;
	case 4:
		v->groups[0].status = ECX_ONLINE_PENDING;
		return true;
	case 5:
		rename_to(&v->groups[0].current, "s2");
		return true;
	case 6:
		rename_to(&v->groups[1].current, "s1");
		return true;
	case 7:
		rename_to(&v->groups[1].name, "g3");
		return true;
	case 8:
		v->resources[1].status = ECX_ONLINE;
		return true;
	case 9:
		rename_to(&v->resources[0].current, "s2");
		return true;
	case 10:
		xfree_clear(&v->resources[0].current);
		return true;
	case 11:
		rename_to(&v->resources[1].name, "r3");
		return true;
	default:
		return false;
	}
}

START_TEST(test_digest_agrees)
{
	struct obs_view *a = view(), *b = view();
	uint64_t same = digest_view(a);
	int i;

	ck_assert(obs_views_agree(a, b, NULL));
	ck_assert_uint_eq(digest_view(b), same);
	rename_to(&b->resources[0].group, "g1"); /* learned later, not said */
	ck_assert(obs_views_agree(a, b, NULL));
	ck_assert_uint_eq(digest_view(b), same);
	view_free(b);
	for (i = 0;; i++) {
		b = view();
		if (!change(b, i)) {
			view_free(b);
			break;
		}
		ck_assert(!obs_views_agree(a, b, NULL));
		ck_assert_uint_ne(digest_view(b), same);
		view_free(b);
	}
	ck_assert_int_eq(i, 12);
	view_free(a);
}
END_TEST

/* --- group map
 * --------------------------------------------------------------------------- */

static void
add(struct groupmap *m, const char *group, const char *a, const char *b)
{
	struct ecx_names names = { xcalloc(2, sizeof(char *)), 0 };

	names.names[names.n++] = xstrdup(a);
	if (b != NULL)
		names.names[names.n++] = xstrdup(b);
	groupmap_add(m, group, &names);
}

START_TEST(test_groupmap)
{
	struct obs_view *v = view();
	uint64_t key = groupmap_key(v);
	struct groupmap *m = groupmap_new(key, 1000);

	ck_assert(groupmap_needed(v));
	ck_assert(!groupmap_fits(NULL, key, 1000));
	ck_assert(groupmap_fits(m, key, 2000));
	ck_assert(!groupmap_fits(m, key, 1000 + 3600000));
	add(m, "g2", "r2", "zz");
	add(m, "g1", "r1", NULL);
	groupmap_apply(m, v);
	ck_assert_str_eq(v->resources[0].group, "g1");
	ck_assert_str_eq(v->resources[1].group, "g2");
	ck_assert(!groupmap_needed(v));
	rename_to(&v->resources[0].name, "r9");
	ck_assert(!groupmap_fits(m, groupmap_key(v), 2000));
	groupmap_unsupported(m);
	ck_assert(groupmap_fits(m, key, 99000000));
	groupmap_free(m);
	view_free(v);
}
END_TEST

/* Two groups that claim one resource: nobody knows. What the server says stands. */
START_TEST(test_groupmap_claims)
{
	struct obs_view *v = view();
	struct groupmap *m = groupmap_new(groupmap_key(v), 1000);

	add(m, "g2", "r2", "r1");
	add(m, "g1", "r2", NULL);
	rename_to(&v->resources[0].group, "told");
	groupmap_apply(m, v);
	ck_assert_str_eq(v->resources[0].group, "told");
	ck_assert_ptr_null(v->resources[1].group);
	groupmap_free(m);
	view_free(v);
}
END_TEST

/* --- classification
 * ------------------------------------------------------------------------ */

static const struct {
	int curl;
	long status, verify;
	int os_errno;
	bool sent, too_big;
	const char *detail, *body;
	enum ecx_reach want;
	const char *says;
} ends[] = {
	{ CURLE_OK, 200, 0, 0, true, false, "", "{}", REACH_OK, NULL },
	{ CURLE_OK, 204, 0, 0, true, false, "", "", REACH_OK, NULL },
	{ CURLE_OK, 301, 0, 0, true, false, "", "", REACH_HTTP, "HTTP 301" },
	{ CURLE_OK, 401, 0, 0, true, false, "", "", REACH_DENIED,
	    "wrong user or password in `credentials`; not asked again for 300 s" },
	{ CURLE_OK, 403, 0, 0, true, false, "", "", REACH_DENIED, "API tab" },
	{ CURLE_OK, 404, 0, 0, true, false, "", "<html>", REACH_HTTP, "`base-path`" },
	{ CURLE_OK, 404, 0, 0, true, false, "",
	    "{\"result\":{\"code\":4,\"message\":\"gone\"}}", REACH_HTTP,
	    "HTTP 404 for GET /api/v1/servers: gone" },
	{ CURLE_OK, 500, 0, 0, true, false, "", "boom", REACH_HTTP, "HTTP 500" },
	{ CURLE_COULDNT_CONNECT, 0, 0, ECONNREFUSED, false, false, "x", "",
	    REACH_REFUSED, "Connection refused" },
	{ CURLE_COULDNT_CONNECT, 0, 0, EHOSTUNREACH, false, false, "x", "",
	    REACH_REFUSED, "No route to host" },
	{ CURLE_COULDNT_RESOLVE_HOST, 0, 0, 0, false, false, "x", "", REACH_REFUSED,
	    "does not resolve" },
	{ CURLE_OPERATION_TIMEDOUT, 0, 0, 0, false, false, "x", "", REACH_TIMEOUT,
	    "no connection for GET /servers within 7000 ms" },
	{ CURLE_OPERATION_TIMEDOUT, 200, 0, 0, true, false, "x", "", REACH_TIMEOUT,
	    "no whole answer to GET /servers within 7000 ms" },
	{ CURLE_PEER_FAILED_VERIFICATION, 0, 20, 0, false, false, "x", "", REACH_TLS,
	    "not signed by /etc/ca.pem; name the right file in `ca-file`" },
	{ CURLE_PEER_FAILED_VERIFICATION, 0, 18, 0, false, false, "x", "", REACH_TLS,
	    "not signed by /etc/ca.pem" },
	{ CURLE_PEER_FAILED_VERIFICATION, 0, 10, 0, false, false, "x", "", REACH_TLS,
	    "expired or not valid yet" },
	{ CURLE_PEER_FAILED_VERIFICATION, 0, 0, 0, false, false, "no \033 match", "",
	    REACH_TLS, "for another name" },
	{ CURLE_PEER_FAILED_VERIFICATION, 0, 1, 0, false, false, "name", "", REACH_TLS,
	    "for another name" },
	{ CURLE_PEER_FAILED_VERIFICATION, 0, 7, 0, false, false, "odd", "", REACH_TLS,
	    "cannot be verified (odd)" },
	{ CURLE_SSL_PINNEDPUBKEYNOTMATCH, 0, 0, 0, false, false, "", "", REACH_TLS,
	    "not the one in `pinned-key`" },
	{ CURLE_SSL_CACERT_BADFILE, 0, 0, 0, false, false, "", "", REACH_TLS,
	    "CA file /etc/ca.pem cannot be read" },
	{ CURLE_SSL_CONNECT_ERROR, 0, 0, 0, false, false, "wrong version", "",
	    REACH_TLS, "is it http instead of https? (wrong version)" },
	{ CURLE_UNSUPPORTED_PROTOCOL, 0, 0, 0, true, false, "HTTP/0.9", "",
	    REACH_PROTOCOL, "does not speak HTTP" },
	{ CURLE_WRITE_ERROR, 200, 0, 0, true, true, "", "", REACH_PROTOCOL,
	    "bigger than `answer-max`" },
	{ CURLE_WRITE_ERROR, 200, 0, 0, true, false, "", "", REACH_HTTP, "broke off" },
	{ CURLE_RECV_ERROR, 0, 0, 0, true, false, "Connection reset by peer", "",
	    REACH_HTTP, "GET /servers broke off (Connection reset by peer)" },
	{ CURLE_GOT_NOTHING, 0, 0, 0, true, false, "", "", REACH_HTTP,
	    "broke off (Server returned nothing" },
	{ CURLE_PARTIAL_FILE, 200, 0, 0, true, false, "", "", REACH_HTTP, "broke off" },
	{ CURLE_URL_MALFORMAT, 0, 0, 0, false, false, "", "", REACH_PROTOCOL, "`url`" },
};

START_TEST(test_classify)
{
	struct ecx_place p = { "s1", "https://h:1", "/servers", "/api/v1",
		"/etc/ca.pem", 300000 };
	struct http_answer a = { 0 };
	char *cause = NULL;

	a.curl = ends[_i].curl;
	a.status = ends[_i].status;
	a.verify = ends[_i].verify;
	a.os_errno = ends[_i].os_errno;
	a.sent = ends[_i].sent;
	a.too_big = ends[_i].too_big;
	a.detail = ends[_i].detail;
	a.body = ends[_i].body;
	a.len = strlen(a.body);
	a.timeout = 7000;
	ck_assert_int_eq(ecx_classify(&a, &p, &cause), ends[_i].want);
	if (ends[_i].says == NULL) {
		ck_assert_ptr_null(cause);
		return;
	}
	ck_assert_int_eq(strncmp(cause, "s1 (https://h:1): ", 18), 0);
	ck_assert_msg(strstr(cause, ends[_i].says) != NULL, "%s", cause);
	ck_assert_ptr_null(strchr(cause, '\033'));
	free(cause);
}
END_TEST

/* --- paths
 * ----------------------------------------------------------------------------- */

START_TEST(test_path)
{
	static const struct {
		const char *name, *want;
	} cases[] = {
		{ "failover1", "/groups/failover1/start" },
		{ "a b/c?d#e%f&g", "/groups/a%20b%2Fc%3Fd%23e%25f%26g/start" },
		{ "..", "/groups/../start" }, /* sent as it is: CURLOPT_PATH_AS_IS */
		{ "\xe3\x82\xab", "/groups/%E3%82%AB/start" },
		{ "%s%n", "/groups/%25s%25n/start" },
	};
	char *path;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		path = ecx_path("/groups/%s/start", cases[i].name);
		ck_assert_str_eq(path, cases[i].want);
		free(path);
	}
	path = ecx_url("http://h:1//", "/api/v1", "/x");
	ck_assert_str_eq(path, "http://h:1/api/v1/x");
	free(path);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ecx/parts");
	TCase *t = tcase_create("parts");
	SRunner *sr;
	int failed;

	tcase_add_test(t, test_backoff);
	tcase_add_test(t, test_backoff_denied);
	tcase_add_test(t, test_digest_agrees);
	tcase_add_test(t, test_groupmap);
	tcase_add_test(t, test_groupmap_claims);
	tcase_add_loop_test(t, test_classify, 0, (int)(sizeof(ends) / sizeof(ends[0])));
	tcase_add_test(t, test_path);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
