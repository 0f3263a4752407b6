/*
 * SPDX-License-Identifier: Apache-2.0
 * The doctor's judgement without network: endpoints, clusters, configuration, the
 * table of findings and doc/doctor.md.
 */
#include <check.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/doctor_judge.h"
#include "configfile/configfile.h"

#define NOW 1800000000

static struct doctor_report r;

static void
setup(void)
{
	memset(&r, 0, sizeof(r));
}

static void
teardown(void)
{
	doctor_clear(&r);
}

/* --- the table ---------------------------------------------------------------------
 */

START_TEST(test_table)
{
	size_t i, j;
	const char *s;

	for (i = 0; i < DOCTOR_CODES; i++) {
		ck_assert_msg(doctor_rules[i].word != NULL, "code %zu has no row", i);
		ck_assert_int_gt(strlen(doctor_rules[i].meaning), 10);
		ck_assert_int_gt(strlen(doctor_rules[i].remedy), 10);
		for (s = doctor_rules[i].word; *s != '\0'; s++)
			ck_assert((*s >= 'a' && *s <= 'z') || *s == '-');
		for (j = 0; j < i; j++)
			ck_assert_str_ne(doctor_rules[i].word, doctor_rules[j].word);
	}
}
END_TEST

/* Every row of doc/doctor.md is the code's, in its order, and none is missing. */
START_TEST(test_document)
{
	const char *top = getenv("top_srcdir");
	char *path = xasprintf("%s/doc/doctor.md", top == NULL ? "." : top);
	FILE *f = fopen(path, "re");
	char *row, *line = NULL;
	size_t size = 0, i = 0;

	ck_assert_msg(f != NULL, "%s", path);
	while (getline(&line, &size, f) > 0) {
		if (strncmp(line, "| `", 3) != 0)
			continue;
		ck_assert_msg(i < DOCTOR_CODES, "too many rows: %s", line);
		row = xasprintf("| `%s` | %s | %s | %s |\n", doctor_rules[i].word,
		    doctor_severity_word(doctor_rules[i].severity),
		    doctor_rules[i].meaning, doctor_rules[i].remedy);
		ck_assert_str_eq(line, row);
		free(row);
		i++;
	}
	ck_assert_int_eq(i, DOCTOR_CODES);
	free(line);
	fclose(f);
	free(path);
}
END_TEST

START_TEST(test_report)
{
	ck_assert_int_eq(doctor_exit(&r), 0);
	doctor_find(&r, DOC_TRUST_PEERS, "east", "%s", "seen");
	ck_assert_int_eq(doctor_exit(&r), 0);
	doctor_find(&r, DOC_PLAIN_HTTP, "east", "two\nlines\033[31m");
	ck_assert_str_eq(r.findings[1].evidence, "two lines\\033[31m");
	ck_assert_int_eq(doctor_exit(&r), 1);
	doctor_find(&r, DOC_VM_CONFLICT, "vm a", "x");
	doctor_remedy(&r, "closer to %s", "a");
	ck_assert_str_eq(r.findings[2].remedy, "closer to a");
	ck_assert_int_eq(doctor_exit(&r), 5);
	ck_assert_int_eq(doctor_count(&r, DOCTOR_CRITICAL), 1);
	ck_assert(doctor_has(&r, DOC_PLAIN_HTTP, "east"));
	ck_assert(doctor_has(&r, DOC_PLAIN_HTTP, NULL));
	ck_assert(!doctor_has(&r, DOC_PLAIN_HTTP, "west"));
}
END_TEST

/* --- configuration ------------------------------------------------------------------
 */

static struct settings *
parse(const char *more, char **warnings)
{
	char *text = xasprintf(
	    "clusters = ( { name = \"east\"; servers = ( { name = \"e1\"; url = "
	    "\"https://192.0.2.1\"; }, { name = \"e2\"; url = \"https://192.0.2.2\"; } "
	    "); }, { name = \"west\"; servers = ( { name = \"w1\"; url = "
	    "\"http://192.0.2.3\"; } ); } );\n%s\n",
	    more);
	char *cause = NULL;
	struct settings *s = configfile_parse(text, "t", &cause, warnings);

	ck_assert_msg(s != NULL, "%s", cause);
	free(text);
	return s;
}

static const char vm_erp[] =
    "vms = ( { name = \"erp\"; kind = \"shared-disk\"; sites = ( { cluster = \"east\"; "
    "group = \"failover-erp\"; auto-start = \"%s\"; monitors = ( \"genw-erp\" ); }, { "
    "cluster = \"west\"; group = \"erp\"; auto-start = \"manual\"; } ); "
    "accept-autostart = %s; disks = ( { name = \"lun\"; kind = \"shared\"; sites = ( { "
    "cluster = \"east\"; resource = \"sd-erp\"; }, { cluster = \"west\"; resource = "
    "\"sd-erp\"; } ); } ); } );";

static struct settings *
with_vm(const char *autostart, const char *accept)
{
	char *text = NULL, *warnings = NULL;
	struct settings *s;
	FILE *f;
	size_t size;

	f = open_memstream(&text, &size);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	fprintf(f, vm_erp, autostart, accept);
#pragma GCC diagnostic pop
	fclose(f);
	s = parse(text, &warnings);
	free(warnings);
	free(text);
	return s;
}

START_TEST(test_times)
{
	static const struct {
		const char *text;
		enum doctor_code code; /* DOCTOR_CODES: none */
	} cases[] = {
		{ "", DOCTOR_CODES },
		{ "poll = { freshness = 29; };", DOC_FRESHNESS_TIGHT },
		{ "poll = { freshness = 30; };", DOCTOR_CODES },
		{ "poll = { freshness = 31; read-timeout = 21; };",
		    DOC_FRESHNESS_TIGHT },
		{ "evidence = { offline-settle = 9; };", DOC_SETTLE_SHORT },
		{ "evidence = { offline-settle = 10; };", DOCTOR_CODES },
		{ "evidence = { command-horizon = 1979; };", DOC_HORIZON_SHORT },
		{ "moves = { stop-timeout = 1979; };", DOC_MOVE_TIMEOUT_SHORT },
		{ "moves = { start-timeout = 1979; };", DOC_MOVE_TIMEOUT_SHORT },
		{ "moves = { force = true; };", DOC_FORCE_ALLOWED },
	};
	size_t i, j, n;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct settings *s = parse(cases[i].text, NULL);

		doctor_judge_config(&r, s, NULL, NULL);
		for (n = 0, j = 0; j < r.n; j++) {
			if (r.findings[j].code == DOC_CREDENTIALS_NONE ||
			    r.findings[j].code == DOC_PLAIN_HTTP)
				continue;
			ck_assert_int_eq(r.findings[j].code, cases[i].code);
			n++;
		}
		ck_assert_msg(
		    n == (cases[i].code != DOCTOR_CODES), "%s: %zu", cases[i].text, n);
		doctor_clear(&r);
		settings_free(s);
	}
}
END_TEST

START_TEST(test_policies)
{
#define V2 "load = { snmp = { community-file = \"c\"; "
#define V3 "load = { snmp = { user = \"u\"; auth-password-file = \"a\"; "
#define VM                                                                     \
	"vms = ( { name = \"v\"; kind = \"stateless\"; sites = ( { cluster = " \
	"\"east\"; "                                                           \
	"group = \"g\"; auto-start = \"manual\"; } ); vcpus = 1; "
	static const struct {
		const char *text;
		enum doctor_code code; /* DOCTOR_CODES: none */
		const char *evidence;
	} cases[] = {
		{ V3 "}; interval = 40; };", DOCTOR_CODES, NULL },
		{ V3 "}; interval = 41; };", DOC_LOAD_FRESHNESS_TIGHT,
		    "load.freshness is 120 s, load.interval 41 s" },
		{ "load = { interval = 41; hook = { program = \"/p\"; interval = 40; "
		  "}; "
		  "};",
		    DOCTOR_CODES, NULL },
		{ "load = { hook = { program = \"/p\"; interval = 41; }; };",
		    DOC_LOAD_FRESHNESS_TIGHT, "load.hook.interval 41 s" },
		{ V2 "}; };", DOC_LOAD_FORGEABLE, "the nodes of east, west are asked" },
		{ "policies = { balance = { mode = \"advise\"; }; };" VM "} );",
		    DOC_SIZES_UNKNOWN, "no memory or no vcpus for v" },
		{ "policies = { balance = { mode = \"advise\"; }; };" VM
		  "memory = 512; } );",
		    DOCTOR_CODES, NULL },
		{ "policies = { spread = { mode = \"advise\"; }; };" VM "} );",
		    DOCTOR_CODES, NULL },
		{ "policies = { evacuate = { mode = \"advise\"; }; }; load = { hook = "
		  "{ "
		  "program = \"/p\"; }; };" VM "} );",
		    DOCTOR_CODES, NULL },
		{ "policies = { recover = { mode = \"advise\"; }; };", DOCTOR_CODES,
		    NULL },
		{ "policies = { recover = { mode = \"automatic\"; }; };",
		    DOC_RECOVER_NO_FENCE, "no automatic fence of east, west" },
		{ "policies = { mode = \"advise\"; recover = { mode = \"automatic\"; "
		  "}; "
		  "};",
		    DOCTOR_CODES, NULL },
	};
	size_t i, j, n;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct settings *s = parse(cases[i].text, NULL);

		doctor_judge_config(&r, s, NULL, NULL);
		for (n = 0, j = 0; j < r.n; j++) {
			if (r.findings[j].code == DOC_CREDENTIALS_NONE ||
			    r.findings[j].code == DOC_PLAIN_HTTP)
				continue;
			ck_assert_int_eq(r.findings[j].code, cases[i].code);
			ck_assert_msg(
			    strstr(r.findings[j].evidence, cases[i].evidence) != NULL,
			    "%s", r.findings[j].evidence);
			n++;
		}
		ck_assert_msg(
		    n == (cases[i].code != DOCTOR_CODES), "%s: %zu", cases[i].text, n);
		doctor_clear(&r);
		settings_free(s);
	}
}
END_TEST

START_TEST(test_fences)
{
	struct settings *s =
	    parse("policies = { recover = { mode = \"automatic\"; }; };", NULL);
	static char path[] = "/sbin/cut";
	char *argv[] = { path, NULL };

	s->clusters[1].fence.argv = argv;
	doctor_judge_config(&r, s, NULL, NULL);
	ck_assert(!doctor_has(&r, DOC_FENCE_AUTOMATIC, "west"));
	doctor_clear(&r);
	s->clusters[1].fence_automatic = true;
	doctor_judge_config(&r, s, NULL, NULL);
	ck_assert(doctor_has(&r, DOC_FENCE_AUTOMATIC, "west"));
	ck_assert(!doctor_has(&r, DOC_FENCE_AUTOMATIC, "east"));
	ck_assert(doctor_has(&r, DOC_RECOVER_NO_FENCE, "clusterset.conf"));
	doctor_clear(&r);
	s->clusters[1].fence.argv = NULL;
	settings_free(s);
}
END_TEST

/* What the reader says is told once: by the doctor's own word, or as advice. */
START_TEST(test_reader)
{
	char *warnings = NULL;
	struct settings *s = parse("moves = { limit-node = 5; };", &warnings);

	ck_assert(strstr(warnings, "plain http") != NULL);
	doctor_judge_config(&r, s, warnings, NULL);
	ck_assert(doctor_has(&r, DOC_PLAIN_HTTP, "west"));
	ck_assert(!doctor_has(&r, DOC_PLAIN_HTTP, "east"));
	ck_assert(doctor_has(&r, DOC_CREDENTIALS_NONE, "east"));
	ck_assert(doctor_has(&r, DOC_CONFIG_ADVICE, "clusterset.conf"));
	for (size_t i = 0; i < r.n; i++)
		if (r.findings[i].code == DOC_CONFIG_ADVICE)
			ck_assert(strstr(r.findings[i].evidence, "limit") != NULL);
	settings_free(s);
	free(warnings);
}
END_TEST

START_TEST(test_autostart)
{
	static const struct {
		const char *autostart, *accept;
		enum doctor_code code;
	} cases[] = { { "manual", "false", DOCTOR_CODES },
		{ "unknown", "false", DOC_AUTOSTART_UNKNOWN },
		{ "auto", "false", DOC_AUTOSTART_AUTO },
		{ "auto", "true", DOC_AUTOSTART_ACCEPTED } };
	size_t i, j, n;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct settings *s = with_vm(cases[i].autostart, cases[i].accept);

		doctor_judge_config(&r, s, NULL, NULL);
		for (n = 0, j = 0; j < r.n; j++)
			if (strcmp(r.findings[j].object, "vm erp") == 0) {
				ck_assert_int_eq(r.findings[j].code, cases[i].code);
				n++;
			}
		ck_assert_int_eq(n, cases[i].code != DOCTOR_CODES);
		doctor_clear(&r);
		settings_free(s);
	}
}
END_TEST

/* --- endpoints ----------------------------------------------------------------------
 */

static struct doctor_endpoint
fine(size_t cluster, size_t server)
{
	struct doctor_endpoint e = { .cluster = cluster,
		.server = server,
		.reach = REACH_OK,
		.took = 20,
		.slowest = 5,
		.dated = true,
		.operate = RIGHT_YES,
		.select_resources = SUPPORT_YES };

	return e;
}

static void
judge_one(const struct settings *s, struct doctor_endpoint *e)
{
	struct doctor_rest rest = { e, 1, true };

	doctor_clear(&r);
	doctor_judge_endpoints(&r, s, &rest, NOW);
}

START_TEST(test_failures)
{
	static const struct {
		enum ecx_reach reach;
		const char *failed;
		int curl;
		long status, verify;
		enum doctor_code code;
	} cases[] = {
		{ REACH_REFUSED, "/cluster", CURLE_COULDNT_CONNECT, 0, 0,
		    DOC_ENDPOINT_UNREACHABLE },
		{ REACH_TIMEOUT, "/servers", CURLE_OPERATION_TIMEDOUT, 0, 0,
		    DOC_ENDPOINT_UNREACHABLE },
		{ REACH_DENIED, "/cluster", 0, 401, 0, DOC_CREDENTIALS_WRONG },
		{ REACH_DENIED, "/cluster", 0, 403, 0, DOC_MAY_NOT_READ },
		{ REACH_TLS, "/cluster", CURLE_PEER_FAILED_VERIFICATION, 0, 10,
		    DOC_TLS_EXPIRED },
		{ REACH_TLS, "/cluster", CURLE_PEER_FAILED_VERIFICATION, 0, 18,
		    DOC_TLS_UNTRUSTED },
		{ REACH_TLS, "/cluster", CURLE_PEER_FAILED_VERIFICATION, 0, 0,
		    DOC_TLS_NAME },
		{ REACH_TLS, "/cluster", CURLE_SSL_PINNEDPUBKEYNOTMATCH, 0, 0,
		    DOC_TLS_PIN },
		{ REACH_TLS, "/cluster", CURLE_SSL_CONNECT_ERROR, 0, 0,
		    DOC_TLS_FAILED },
		{ REACH_TLS, "/cluster", CURLE_SSL_CACERT_BADFILE, 0, 0,
		    DOC_TLS_UNTRUSTED },
		{ REACH_PROTOCOL, "/cluster", 0, 200, 0, DOC_ENDPOINT_NOT_ECX },
		{ REACH_PROTOCOL, "/groups", 0, 200, 0, DOC_ENDPOINT_ERROR },
		{ REACH_HTTP, "/cluster", 0, 404, 0, DOC_ENDPOINT_NOT_ECX },
		{ REACH_HTTP, "/cluster", 0, 500, 0, DOC_ENDPOINT_ERROR },
		{ REACH_HTTP, "/groups", 0, 404, 0, DOC_ENDPOINT_ERROR },
	};
	struct settings *s = parse("", NULL);
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct doctor_endpoint e = { .reach = cases[i].reach,
			.failed = cases[i].failed,
			.curl = cases[i].curl,
			.status = cases[i].status,
			.verify = cases[i].verify,
			.took = -1,
			.slowest = -1 };

		judge_one(s, &e);
		ck_assert_msg(r.n == 1 && r.findings[0].code == cases[i].code,
		    "case %zu: %zu findings, the first %s", i, r.n,
		    r.n == 0 ? "-" : doctor_rules[r.findings[0].code].word);
		ck_assert_str_eq(r.findings[0].object, "east/e1");
		doctor_clear(&r);
	}
	settings_free(s);
}
END_TEST

START_TEST(test_endpoint)
{
	struct settings *s = parse("", NULL);
	struct doctor_endpoint e = fine(0, 0);

	judge_one(s, &e);
	ck_assert_int_eq(r.n, 0);
	e.skew = 5;
	judge_one(s, &e);
	ck_assert_int_eq(r.n, 0);
	e.skew = -6;
	judge_one(s, &e);
	ck_assert(doctor_has(&r, DOC_CLOCK_SKEW, "east/e1"));
	e = fine(0, 0);
	e.expires = NOW + 22 * 86400;
	judge_one(s, &e);
	ck_assert_int_eq(r.n, 0);
	e.expires = NOW + 20 * 86400;
	judge_one(s, &e);
	ck_assert(doctor_has(&r, DOC_TLS_EXPIRES_SOON, "east/e1"));
	e = fine(0, 0);
	e.slowest = 3001;
	judge_one(s, &e);
	ck_assert(doctor_has(&r, DOC_ENDPOINT_SLOW, "east/e1"));
	e = fine(0, 0);
	e.select_resources = SUPPORT_NO;
	judge_one(s, &e);
	ck_assert(doctor_has(&r, DOC_RELEASE_OLD, "east/e1"));
	e = fine(0, 0);
	e.operate = RIGHT_NO;
	judge_one(s, &e);
	ck_assert(doctor_has(&r, DOC_MAY_NOT_OPERATE, "east/e1"));
	e.operate = RIGHT_DENIED;
	judge_one(s, &e);
	ck_assert(doctor_has(&r, DOC_CREDENTIALS_WRONG, "east/e1"));
	e.operate = RIGHT_UNCLEAR;
	e.reader_operates = RIGHT_YES;
	judge_one(s, &e);
	ck_assert(doctor_has(&r, DOC_RIGHTS_UNCLEAR, "east/e1"));
	ck_assert(doctor_has(&r, DOC_READER_MAY_OPERATE, "east/e1"));
	settings_free(s);
}
END_TEST

START_TEST(test_rights)
{
	ck_assert_int_eq(doctor_right_of(CURLE_OPERATION_TIMEDOUT, 0), RIGHT_UNCLEAR);
	ck_assert_int_eq(doctor_right_of(0, 401), RIGHT_DENIED);
	ck_assert_int_eq(doctor_right_of(0, 403), RIGHT_NO);
	ck_assert_int_eq(doctor_right_of(0, 404), RIGHT_YES);
	ck_assert_int_eq(doctor_right_of(0, 200), RIGHT_YES);
	ck_assert_int_eq(doctor_right_of(0, 409), RIGHT_YES);
	ck_assert_int_eq(doctor_right_of(0, 500), RIGHT_UNCLEAR);
	ck_assert_int_eq(doctor_right_of(0, 405), RIGHT_UNCLEAR);
	ck_assert_int_eq(doctor_right_of(0, 302), RIGHT_UNCLEAR);
}
END_TEST

START_TEST(test_release)
{
	struct doctor_endpoint e = { 0 };

	ck_assert_str_eq(doctor_release(&e), "");
	e.select_resources = SUPPORT_NO;
	ck_assert_str_eq(doctor_release(&e), "X 4.2.0 or 4.2.1");
	e.select_resources = SUPPORT_YES;
	ck_assert_str_eq(doctor_release(&e), "at least X 4.2.2");
	e.toratio = SUPPORT_NO;
	ck_assert_str_eq(doctor_release(&e), "at least X 4.2.2, before X 5.2");
	e.toratio = SUPPORT_YES;
	ck_assert_str_eq(doctor_release(&e), "at least X 5.2, before X 6.0");
	e.applied_date = SUPPORT_YES;
	ck_assert_str_eq(doctor_release(&e), "at least X 6.0, or a late 5.x");
}
END_TEST

/* --- clusters and VMs ----------------------------------------------------------------
 */

static struct obs_view
view(const char *name)
{
	struct obs_view v = { .reach = REACH_OK,
		.cluster_name = xstrdup(name),
		.cluster_status = ECX_NORMAL,
		.cluster_status_text = xstrdup("Normal") };

	return v;
}

static void
add_server(struct obs_view *v, const char *name)
{
	v->servers = xreallocarray(v->servers, v->nservers + 1, sizeof(*v->servers));
	v->servers[v->nservers++] = (struct obs_server) { xstrdup(name), ECX_ONLINE };
}

static void
add_group(struct obs_view *v, const char *name)
{
	v->groups = xreallocarray(v->groups, v->ngroups + 1, sizeof(*v->groups));
	v->groups[v->ngroups++] =
	    (struct obs_group) { xstrdup(name), ECX_OFFLINE, NULL };
}

static void
add_resource(struct obs_view *v, const char *name, const char *type, const char *group)
{
	v->resources =
	    xreallocarray(v->resources, v->nresources + 1, sizeof(*v->resources));
	v->resources[v->nresources++] = (struct obs_resource) { xstrdup(name),
		xstrdup(type), xstrdup(group), ECX_OFFLINE, NULL };
}

static void
add_monitor(struct obs_view *v, const char *name, const char *type)
{
	struct obs_monitor m = {
		.name = xstrdup(name), .type = xstrdup(type), .status = ECX_NORMAL
	};

	v->monitors =
	    xreallocarray(v->monitors, v->nmonitors + 1, sizeof(*v->monitors));
	v->monitors[v->nmonitors++] = m;
}

START_TEST(test_clusters)
{
	struct settings *s = parse("", NULL);
	struct doctor_endpoint e[2] = { fine(0, 0), fine(0, 1) };
	struct doctor_rest rest = { e, 2, true };
	size_t i;

	for (i = 0; i < 2; i++) {
		e[i].view = view("cluster1");
		add_server(&e[i].view, "e1");
		add_server(&e[i].view, "e2");
	}
	doctor_judge_clusters(&r, s, &rest);
	ck_assert_int_eq(r.n, 0);
	ck_assert_int_eq(r.fine.n, 1); /* the other one does not answer */
	/* another name on one of them */
	free(e[1].view.cluster_name);
	e[1].view.cluster_name = xstrdup("cluster2");
	doctor_judge_clusters(&r, s, &rest);
	ck_assert_int_eq(r.n, 1);
	ck_assert(doctor_has(&r, DOC_CLUSTER_OTHER_NAME, "east"));
	doctor_clear(&r);
	/* one server under another spelling, one too many */
	free(e[0].view.servers[1].name);
	e[0].view.servers[1].name = xstrdup("E2");
	add_server(&e[0].view, "e3");
	e[1].reach = REACH_HTTP;
	doctor_judge_clusters(&r, s, &rest);
	ck_assert(doctor_has(&r, DOC_SERVER_UNKNOWN, "east"));
	ck_assert(doctor_has(&r, DOC_SERVER_MISSING, "east"));
	for (i = 0; i < r.n; i++) {
		if (r.findings[i].code == DOC_SERVER_UNKNOWN)
			ck_assert(strstr(r.findings[i].remedy,
			              "--no-server e2 --server E2=https://") != NULL);
		if (r.findings[i].code == DOC_SERVER_MISSING)
			ck_assert(
			    strstr(r.findings[i].remedy, "east --server e3=") != NULL);
	}
	/* a round that is slower than evidence allows */
	e[0].took = 2600;
	doctor_judge_clusters(&r, s, &rest);
	ck_assert(doctor_has(&r, DOC_EVIDENCE_AGE_TIGHT, "east"));
	obs_view_clear(&e[0].view);
	obs_view_clear(&e[1].view);
	settings_free(s);
}
END_TEST

START_TEST(test_vms)
{
	struct settings *s = with_vm("manual", "false");
	struct doctor_endpoint e[2] = { fine(0, 0), fine(1, 0) };
	struct doctor_rest rest = { e, 2, true };
	size_t i;

	for (i = 0; i < 2; i++) {
		e[i].view = view(i == 0 ? "c1" : "c2");
		add_group(&e[i].view, i == 0 ? "failover-erp" : "erp");
		add_group(&e[i].view, "failover1");
		add_resource(
		    &e[i].view, "sd-erp", "sd", i == 0 ? "failover-erp" : "erp");
	}
	add_monitor(&e[0].view, "genw-erp", "genw");
	for (i = 0; i < 2; i++)
		obs_view_sort(&e[i].view);
	doctor_judge_vms(&r, s, &rest, NULL);
	ck_assert_int_eq(r.n, 1);
	ck_assert(doctor_has(&r, DOC_SAME_NAMED_GROUPS, "group failover1"));
	doctor_clear(&r);
	/* a monitor that is named so; words, not parts of words */
	add_monitor(&e[1].view, "genw-erpx", "genw");
	doctor_judge_vms(&r, s, &rest, NULL);
	ck_assert(!doctor_has(&r, DOC_MONITOR_LIKELY, NULL));
	add_monitor(&e[1].view, "ERP-genw", "genw");
	doctor_judge_vms(&r, s, &rest, NULL);
	ck_assert(doctor_has(&r, DOC_MONITOR_LIKELY, "vm erp"));
	doctor_clear(&r);
	/* resources without types (X 4.2) prove nothing about disks */
	xfree_clear(&e[1].view.resources[0].type);
	doctor_judge_vms(&r, s, &rest, NULL);
	ck_assert(!doctor_has(&r, DOC_GROUP_WITHOUT_DISK, NULL));
	obs_view_clear(&e[0].view);
	obs_view_clear(&e[1].view);
	settings_free(s);
}
END_TEST

START_TEST(test_select)
{
	static const char told[] =
	    "{\"groups\":[{\"name\":\"a\",\"resources\":[{\"name\":"
	    "\"r1\"},\"r2\"]},{\"name\":\"b\"}]}";
	static const char untold[] = "{\"groups\":[{\"name\":\"a\"}]}";
	struct obs_view v = view("c");

	add_resource(&v, "r1", NULL, NULL);
	add_resource(&v, "r2", NULL, "kept");
	ck_assert_int_eq(doctor_select(told, strlen(told), &v), SUPPORT_YES);
	ck_assert_str_eq(v.resources[0].group, "a");
	ck_assert_str_eq(v.resources[1].group, "kept");
	ck_assert_int_eq(doctor_select(untold, strlen(untold), &v), SUPPORT_NO);
	ck_assert_int_eq(doctor_select("{}", 2, &v), SUPPORT_UNKNOWN);
	ck_assert_int_eq(doctor_select("[", 1, &v), SUPPORT_UNKNOWN);
	ck_assert_int_eq(
	    doctor_select("{\"groups\":[5,{\"name\":7}]}", 25, &v), SUPPORT_UNKNOWN);
	obs_view_clear(&v);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("cli/doctor");
	TCase *t = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, test_table);
	tcase_add_test(t, test_document);
	tcase_add_test(t, test_report);
	tcase_add_test(t, test_times);
	tcase_add_test(t, test_policies);
	tcase_add_test(t, test_fences);
	tcase_add_test(t, test_reader);
	tcase_add_test(t, test_autostart);
	tcase_add_test(t, test_failures);
	tcase_add_test(t, test_endpoint);
	tcase_add_test(t, test_rights);
	tcase_add_test(t, test_release);
	tcase_add_test(t, test_clusters);
	tcase_add_test(t, test_vms);
	tcase_add_test(t, test_select);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
