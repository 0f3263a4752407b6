/*
 * SPDX-License-Identifier: Apache-2.0
 * ecx/decode: each tolerance that contract 9 asks for, each refusal, one row each.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ecx/decode.h"
#include "set/rows.h"

#define OK "\"result\":{\"code\":0,\"message\":\"\"}"

struct sample {
	enum ecx_endpoint endpoint;
	const char *body;
	enum ecx_decoded want;
	const char *says; /* part of the cause, or of the dump of what was decoded */
};

/* What was decoded, as text: name/status/current/type/group, parts separated by ';'. */
static char *
dump(const struct obs_view *v)
{
	char *text = NULL;
	size_t size, i, j;
	FILE *f = open_memstream(&text, &size);

	if (v->cluster_name != NULL)
		fprintf(f, "C %s/%s/%s;", v->cluster_name,
		    ecx_status_text(v->cluster_status),
		    v->cluster_status_text == NULL ? "~" : v->cluster_status_text);
	for (i = 0; i < v->nservers; i++)
		fprintf(f, "S %s/%s;", v->servers[i].name,
		    ecx_status_text(v->servers[i].status));
	for (i = 0; i < v->ngroups; i++)
		fprintf(f, "G %s/%s/%s;", v->groups[i].name,
		    ecx_status_text(v->groups[i].status),
		    v->groups[i].current == NULL ? "~" : v->groups[i].current);
	for (i = 0; i < v->nresources; i++)
		fprintf(f, "R %s/%s/%s/%s/%s;", v->resources[i].name,
		    ecx_status_text(v->resources[i].status),
		    v->resources[i].current == NULL ? "~" : v->resources[i].current,
		    v->resources[i].type == NULL ? "~" : v->resources[i].type,
		    v->resources[i].group == NULL ? "~" : v->resources[i].group);
	for (i = 0; i < v->nmonitors; i++) {
		fprintf(f, "M %s/%s/%s", v->monitors[i].name,
		    ecx_status_text(v->monitors[i].status),
		    v->monitors[i].type == NULL ? "~" : v->monitors[i].type);
		for (j = 0; j < v->monitors[i].nservers; j++)
			fprintf(f, "+%s/%s", v->monitors[i].servers[j].name,
			    ecx_status_text(v->monitors[i].servers[j].status));
		fprintf(f, ";");
	}
	fclose(f);
	return text;
}

static const struct sample rows[] = {
	/* the contract's own examples (1.8) */
	{ ECX_GET_CLUSTER,
	    "{\"cluster\":{\"name\":\"c\",\"status\":\"Normal\"}," OK "}", ECX_DECODED,
	    "C c/Normal/Normal;" },
	{ ECX_GET_SERVERS,
	    "{\"servers\":[{\"name\":\"s2\",\"status\":\"Offline\"},"
	    "{\"name\":\"s1\",\"status\":\"Online\"}]," OK "}",
	    ECX_DECODED, "S s1/Online;S s2/Offline;" },
	{ ECX_GET_GROUPS,
	    "{\"groups\":[{\"name\":\"f1\",\"status\":\"Online\",\"current\":\"s1\"},"
	    "{\"name\":\"f2\",\"status\":\"Offline\",\"current\":\"None\"}]," OK "}",
	    ECX_DECODED, "G f1/Online/s1;G f2/Offline/~;" },
	{ ECX_GET_RESOURCES,
	    "{\"resources\":[{\"name\":\"r\",\"type\":\"sd\",\"status\":\"Online "
	    "Pending\",\"current\":\"s1\",\"group\":\"f1\"}]," OK "}",
	    ECX_DECODED, "R r/Online Pending/s1/sd/f1;" },
	{ ECX_GET_MONITORS,
	    "{\"monitors\":[{\"name\":\"m\",\"type\":\"genw\",\"status\":\"Normal\","
	    "\"servers\":[{\"name\":\"s2\",\"status\":\"Suspend\"},{\"name\":\"s1\","
	    "\"status\":\"Online\"}]}]," OK "}",
	    ECX_DECODED, "M m/Normal/genw+s1/Online+s2/Suspend;" },

	/* tolerated: the envelope */
	{ ECX_GET_SERVERS, "{\"servers\":[]," OK "}", ECX_DECODED, "" },
	{ ECX_GET_SERVERS, "{\"servers\":[]}", ECX_DECODED, "" },
	{ ECX_GET_SERVERS,
	    "{\"result\":{\"code\":\"0\",\"message\":\"\"},\"servers\":[]}",
	    ECX_DECODED, "" },
	{ ECX_GET_SERVERS,
	    "{\"result\":{\"message\":null,\"code\":0.0},\"servers\":[]}", ECX_DECODED,
	    "" },
	{ ECX_GET_SERVERS, "{\"result\":{\"code\":0},\"servers\":[],\"x\":{\"y\":[1]}}",
	    ECX_DECODED, "" },
	/* tolerated: members */
	{ ECX_GET_CLUSTER, "{\"cluster\":{\"name\":\"c\"}}", ECX_DECODED,
	    "C c/Unknown/~;" },
	{ ECX_GET_CLUSTER, "{\"cluster\":{\"status\":\"  nOrMaL \",\"name\":\"c\"}}",
	    ECX_DECODED, "C c/Normal/  nOrMaL ;" },
	{ ECX_GET_CLUSTER, "{\"cluster\":{\"status\":\"a\\u0007b\",\"name\":\"c\"}}",
	    ECX_DECODED, "C c/Unknown/a\\007b;" },
	{ ECX_GET_GROUPS, "{\"groups\":{\"name\":\"f\",\"status\":\"Online\"}}",
	    ECX_DECODED, "G f/Online/~;" },
	{ ECX_GET_GROUPS, "{\"groups\":[{\"name\":\"f\",\"current\":null}]}",
	    ECX_DECODED, "G f/Unknown/~;" },
	{ ECX_GET_GROUPS, "{\"groups\":[{\"name\":\"f\",\"current\":\"\"}]}",
	    ECX_DECODED, "G f/Unknown/~;" },
	{ ECX_GET_GROUPS, "{\"groups\":[{\"name\":\"f\",\"current\":\"-\"}]}",
	    ECX_DECODED, "G f/Unknown/~;" },
	{ ECX_GET_GROUPS, "{\"groups\":[{\"name\":\"f\",\"status\":null}]}",
	    ECX_DECODED, "G f/Unknown/~;" },
	{ ECX_GET_GROUPS,
	    "{\"groups\":[{\"name\":\"f\",\"status\":\"Wobbly\",\"x\":[{}]}]}",
	    ECX_DECODED, "G f/Unknown/~;" },
	{ ECX_GET_GROUPS,
	    "{\"groups\":[{\"name\":\"f\",\"status\":\"online   FAILURE\"}]}",
	    ECX_DECODED, "G f/Online Failure/~;" },
	{ ECX_GET_GROUPS, "{\"groups\":[{\"name\":\"\xe3\x82\xab g/.. %\"}]}",
	    ECX_DECODED, "G \xe3\x82\xab g/.. %/Unknown/~;" },
	{ ECX_GET_RESOURCES,
	    "{\"resources\":[{\"name\":\"r\",\"status\":\"Offline\"}]}", ECX_DECODED,
	    "R r/Offline/~/~/~;" },
	{ ECX_GET_RESOURCES,
	    "{\"resources\":[{\"name\":\"r\",\"type\":\"\",\"group\":null}]}",
	    ECX_DECODED, "R r/Unknown/~/~/~;" },
	{ ECX_GET_MONITORS, "{\"monitors\":[{\"name\":\"m\",\"status\":\"Warning\"}]}",
	    ECX_DECODED, "M m/Caution/~;" },
	{ ECX_GET_MONITORS, "{\"monitors\":[{\"name\":\"m\",\"servers\":null}]}",
	    ECX_DECODED, "M m/Unknown/~;" },
	{ ECX_GET_MONITORS, "{\"monitors\":[{\"name\":\"m\",\"servers\":[]}]}",
	    ECX_DECODED, "M m/Unknown/~;" },

	/* a good envelope that says no */
	{ ECX_GET_SERVERS, "{\"servers\":[],\"result\":{\"code\":5,\"message\":\"\"}}",
	    ECX_SAYS_NO, "/servers: the server says code 5" },
	{ ECX_GET_SERVERS,
	    "{\"servers\":[],\"result\":{\"code\":0,\"message\":\"busy\\n\"}}",
	    ECX_SAYS_NO, "code 0: busy\\012" },
	{ ECX_GET_SERVERS, "{\"result\":{\"code\":\"-3\",\"message\":\"x\"}}",
	    ECX_SAYS_NO, "code -3: x" },

	/* refused: the document */
	{ ECX_GET_SERVERS, "", ECX_GARBLED, "/servers: the answer is not JSON" },
	{ ECX_GET_SERVERS, "{\"servers\":[", ECX_GARBLED, "is not JSON" },
	{ ECX_GET_SERVERS, "<html>", ECX_GARBLED, "is not JSON" },
	{ ECX_GET_SERVERS, "[]", ECX_GARBLED, "not a JSON object" },
	{ ECX_GET_SERVERS, "{\"servers\":[]} trailing", ECX_GARBLED, "is not JSON" },
	{ ECX_GET_SERVERS, "{\"servers\":[],\"servers\":[]}", ECX_GARBLED,
	    "is not JSON" },
	{ ECX_GET_SERVERS, "{\"servers\":[{\"name\":\"\xff\"}]}", ECX_GARBLED,
	    "is not JSON" },
	{ ECX_GET_SERVERS, "{\"servers\":[{\"name\":\"a\\u0000b\"}]}", ECX_GARBLED,
	    "is not JSON" },
	{ ECX_GET_SERVERS, "{" OK "}", ECX_GARBLED, "/servers: 'servers' is missing" },
	{ ECX_GET_SERVERS, "{\"servers\":{}," OK "}", ECX_GARBLED,
	    "'servers' is not an array" },
	{ ECX_GET_SERVERS, "{\"servers\":null}", ECX_GARBLED, "is not an array" },
	{ ECX_GET_GROUPS, "{\"groups\":\"none\"}", ECX_GARBLED, "is not an array" },
	{ ECX_GET_CLUSTER, "{\"cluster\":[]}", ECX_GARBLED,
	    "/cluster: 'cluster' is not an object" },
	{ ECX_GET_CLUSTER, "{}", ECX_GARBLED, "/cluster: 'cluster' is missing" },
	/* refused: the envelope */
	{ ECX_GET_SERVERS, "{\"servers\":[],\"result\":0}", ECX_GARBLED,
	    "'result' is not an object" },
	{ ECX_GET_SERVERS, "{\"servers\":[],\"result\":{\"message\":\"\"}}",
	    ECX_GARBLED, "'result.code' is not a number" },
	{ ECX_GET_SERVERS, "{\"servers\":[],\"result\":{\"code\":\"0x\"}}", ECX_GARBLED,
	    "'result.code' is not a number" },
	{ ECX_GET_SERVERS, "{\"servers\":[],\"result\":{\"code\":\"\"}}", ECX_GARBLED,
	    "'result.code' is not a number" },
	{ ECX_GET_SERVERS, "{\"servers\":[],\"result\":{\"code\":0.5}}", ECX_GARBLED,
	    "'result.code' is not a number" },
	{ ECX_GET_SERVERS, "{\"servers\":[],\"result\":{\"code\":1e300}}", ECX_GARBLED,
	    "'result.code' is not a number" },
	{ ECX_GET_SERVERS, "{\"servers\":[],\"result\":{\"code\":null}}", ECX_GARBLED,
	    "'result.code' is not a number" },
	{ ECX_GET_SERVERS, "{\"servers\":[],\"result\":{\"code\":0,\"message\":[]}}",
	    ECX_GARBLED, "'result.message' is not a string" },
	/* refused: members */
	{ ECX_GET_SERVERS, "{\"servers\":[{\"name\":\"a\"},1]}", ECX_GARBLED,
	    "servers[1] is not an object" },
	{ ECX_GET_SERVERS, "{\"servers\":[{\"status\":\"Online\"}]}", ECX_GARBLED,
	    "servers[0].name is missing" },
	{ ECX_GET_SERVERS, "{\"servers\":[{\"name\":1}]}", ECX_GARBLED,
	    "servers[0].name is not a string" },
	{ ECX_GET_SERVERS, "{\"servers\":[{\"name\":\"\"}]}", ECX_GARBLED,
	    "servers[0].name is empty" },
	{ ECX_GET_SERVERS, "{\"servers\":[{\"name\":\"a\\nb\"}]}", ECX_GARBLED,
	    "servers[0].name is empty, longer" },
	{ ECX_GET_SERVERS, "{\"servers\":[{\"name\":\"a\",\"status\":1}]}", ECX_GARBLED,
	    "servers[0].status is not a string" },
	{ ECX_GET_SERVERS, "{\"servers\":[{\"name\":\"a\"},{\"name\":\"a\"}]}",
	    ECX_GARBLED, "'servers' names 'a' twice" },
	{ ECX_GET_GROUPS,
	    "{\"groups\":[{\"name\":\"b\"},{\"name\":\"a\"},{\"name\":\"b\"}]}",
	    ECX_GARBLED, "'groups' names 'b' twice" },
	{ ECX_GET_GROUPS, "{\"groups\":[{\"name\":\"a\",\"current\":3}]}", ECX_GARBLED,
	    "groups[0].current is not a string" },
	{ ECX_GET_RESOURCES, "{\"resources\":[{\"name\":\"a\"},{\"name\":\"a\"}]}",
	    ECX_GARBLED, "twice" },
	{ ECX_GET_RESOURCES, "{\"resources\":[{\"name\":\"a\",\"group\":[\"g\"]}]}",
	    ECX_GARBLED, "resources[0].group is not a string" },
	{ ECX_GET_RESOURCES, "{\"resources\":[{\"name\":\"a\",\"type\":7}]}",
	    ECX_GARBLED, "resources[0].type is not a string" },
	{ ECX_GET_MONITORS, "{\"monitors\":[{\"name\":\"a\"},{\"name\":\"a\"}]}",
	    ECX_GARBLED, "twice" },
	{ ECX_GET_MONITORS, "{\"monitors\":[{\"name\":\"a\",\"servers\":{}}]}",
	    ECX_GARBLED, "monitors[0].servers is not an array" },
	{ ECX_GET_MONITORS, "{\"monitors\":[{\"name\":\"a\",\"servers\":[{}]}]}",
	    ECX_GARBLED, "monitors[].servers[0].name is missing" },
	{ ECX_GET_MONITORS,
	    "{\"monitors\":[{\"name\":\"a\",\"servers\":[{\"name\":\"s\"},"
	    "{\"name\":\"s\"}]}]}",
	    ECX_GARBLED, "names 's' twice" },
};

START_TEST(test_rows)
{
	const struct sample *r = &rows[_i];
	struct obs_view v = { 0 };
	char *cause = NULL, *got;

	ck_assert_int_eq(
	    ecx_decode(r->endpoint, r->body, strlen(r->body), &v, &cause), r->want);
	got = dump(&v);
	if (r->want == ECX_DECODED) {
		ck_assert_ptr_null(cause);
		ck_assert_str_eq(got, r->says);
	} else {
		ck_assert_ptr_nonnull(cause);
		ck_assert_msg(strstr(cause, r->says) != NULL, "%s", cause);
		ck_assert_str_eq(got, "");
	}
	free(got);
	free(cause);
	obs_view_clear(&v);
}
END_TEST

/* A list of `n` names of `len` bytes. */
static char *
long_list(size_t n, size_t len)
{
	char *text = NULL;
	size_t size, i;
	FILE *f = open_memstream(&text, &size);

	fprintf(f, "{\"servers\":[");
	for (i = 0; i < n; i++)
		fprintf(f, "%s{\"name\":\"%0*zu\"}", i == 0 ? "" : ",", (int)len, i);
	fprintf(f, "]}");
	fclose(f);
	return text;
}

START_TEST(test_limits)
{
	static const struct {
		size_t n, len;
		enum ecx_decoded want;
	} sizes[] = {
		{ 1, ECX_NAME_MAX, ECX_DECODED },
		{ 1, ECX_NAME_MAX + 1, ECX_GARBLED },
		{ 5000, 6, ECX_DECODED },
		{ ECX_CONTAINERS_MAX, 6, ECX_GARBLED },
	};
	struct obs_view v = { 0 };
	char *body, *cause = NULL;
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		body = long_list(sizes[i].n, sizes[i].len);
		ck_assert_int_eq(
		    ecx_decode(ECX_GET_SERVERS, body, strlen(body), &v, &cause),
		    sizes[i].want);
		ck_assert_uint_eq(
		    v.nservers, sizes[i].want == ECX_DECODED ? sizes[i].n : 0);
		obs_view_clear(&v);
		free(body);
		xfree_clear(&cause);
	}
}
END_TEST

START_TEST(test_depth)
{
	enum { DEEP = 100000 };
	char *body = xmalloc(DEEP + 1), *cause = NULL;
	struct obs_view v = { 0 };

	memset(body, '[', DEEP);
	body[DEEP] = '\0';
	ck_assert_int_eq(
	    ecx_decode(ECX_GET_SERVERS, body, DEEP, &v, &cause), ECX_GARBLED);
	ck_assert_msg(strstr(cause, "depth") != NULL, "%s", cause);
	free(cause);
	free(body);
}
END_TEST

/* Only the endpoint's part is touched. */
START_TEST(test_parts)
{
	struct obs_view v = { 0 };
	char *got;

	ck_assert_int_eq(
	    ecx_decode(ECX_GET_CLUSTER, "{\"cluster\":{\"name\":\"c\"}}", 24, &v, NULL),
	    ECX_DECODED);
	ck_assert_int_eq(
	    ecx_decode(ECX_GET_GROUPS, "{\"groups\":[{\"name\":\"g\"}]}", 25, &v, NULL),
	    ECX_DECODED);
	ck_assert_int_eq(ecx_decode(ECX_GET_SERVERS, "{}", 2, &v, NULL), ECX_GARBLED);
	got = dump(&v);
	ck_assert_str_eq(got, "C c/Unknown/~;G g/Unknown/~;");
	free(got);
	obs_view_clear(&v);
}
END_TEST

START_TEST(test_envelope)
{
	static const struct {
		const char *body;
		enum ecx_decoded want;
		int64_t code;
		const char *message;
	} cases[] = {
		{ "", ECX_DECODED, ROW_NONE, NULL },
		{ "{}", ECX_DECODED, ROW_NONE, NULL },
		{ "{" OK "}", ECX_DECODED, 0, NULL },
		{ "{\"result\":{\"code\":\"0\"}}", ECX_DECODED, 0, NULL },
		{ "{\"result\":{\"code\":7,\"message\":\"no\"}}", ECX_SAYS_NO, 7,
		    "no" },
		{ "{\"result\":{\"code\":0,\"message\":\"no\"}}", ECX_SAYS_NO, 0,
		    "no" },
		{ "{\"result\":{\"code\":true,\"message\":\"no\"}}", ECX_GARBLED,
		    ROW_NONE, NULL },
		{ "OK", ECX_GARBLED, ROW_NONE, NULL },
		{ "null", ECX_GARBLED, ROW_NONE, NULL },
	};
	int64_t code;
	char *message, *cause = NULL;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_int_eq(ecx_decode_envelope(cases[i].body,
		                     strlen(cases[i].body), &code, &message, &cause),
		    cases[i].want);
		ck_assert_int_eq(code, cases[i].code);
		ck_assert_pstr_eq(message, cases[i].message);
		free(message);
		xfree_clear(&cause);
	}
}
END_TEST

START_TEST(test_group)
{
	static const struct {
		const char *body;
		enum ecx_decoded want;
		size_t n;
	} cases[] = {
		{ "{\"groups\":[{\"name\":\"g\",\"resources\":[{\"name\":\"a\"},{"
		  "\"name\":"
		  "\"b\"}]}]," OK "}",
		    ECX_DECODED, 2 },
		{ "{\"groups\":{\"resources\":[{\"name\":\"a\"}]}}", ECX_DECODED, 1 },
		{ "{\"groups\":[{\"name\":\"g\",\"resources\":[]}]}", ECX_DECODED, 0 },
		{ "{\"groups\":[{\"name\":\"other\",\"resources\":[{\"name\":\"a\"}]}]"
		  "}",
		    ECX_GARBLED, 0 },
		{ "{\"groups\":[{\"name\":\"g\",\"status\":\"Online\"}]}", ECX_GARBLED,
		    0 },
		{ "{\"groups\":[]}", ECX_GARBLED, 0 },
		{ "{\"groups\":[{\"name\":\"g\",\"resources\":[{\"name\":\"a\"},{}]}]}",
		    ECX_GARBLED, 0 },
		{ "{\"result\":{\"code\":2,\"message\":\"no such group\"}}",
		    ECX_SAYS_NO, 0 },
	};
	struct ecx_names names;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_int_eq(ecx_decode_group(cases[i].body, strlen(cases[i].body),
		                     "g", &names, NULL),
		    cases[i].want);
		ck_assert_uint_eq(names.n, cases[i].n);
		ecx_names_clear(&names);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ecx/decode");
	TCase *t = tcase_create("decode");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(t, test_rows, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(t, test_limits);
	tcase_add_test(t, test_depth);
	tcase_add_test(t, test_parts);
	tcase_add_test(t, test_envelope);
	tcase_add_test(t, test_group);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
