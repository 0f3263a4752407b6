/*
 * SPDX-License-Identifier: Apache-2.0
 * Judges what the endpoints answered: each by itself, and those of one cluster
 * together. See doctor_judge.h.
 */
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/doctor_judge.h"

enum {
	SKEW_MAX = 5, /* seconds */
	EXPIRES_SOON = 21 * 86400,
	SLOW = 3000, /* ms, one GET */
};

/* of OpenSSL's x509_vfy.h, as CURLINFO_SSL_VERIFYRESULT gives them */
enum { VERIFY_OK = 0, VERIFY_UNSPECIFIED = 1, VERIFY_NOT_YET = 9, VERIFY_EXPIRED = 10 };

/* --- one endpoint ---------------------------------------------------------- */

static enum doctor_code
certificate(const struct doctor_endpoint *e)
{
	switch (e->verify) {
	case VERIFY_NOT_YET:
	case VERIFY_EXPIRED:
		return DOC_TLS_EXPIRED;
	case VERIFY_OK: /* then it was the name */
	case VERIFY_UNSPECIFIED:
		return DOC_TLS_NAME;
	default:
		return DOC_TLS_UNTRUSTED;
	}
}

static enum doctor_code
failure(const struct doctor_endpoint *e)
{
	bool first = e->failed != NULL && strcmp(e->failed, "/cluster") == 0;

	switch (e->reach) {
	case REACH_REFUSED:
	case REACH_TIMEOUT:
		return DOC_ENDPOINT_UNREACHABLE;
	case REACH_TLS:
		if (e->curl == CURLE_SSL_PINNEDPUBKEYNOTMATCH)
			return DOC_TLS_PIN;
		if (e->curl == CURLE_SSL_CACERT_BADFILE)
			return DOC_TLS_UNTRUSTED;
		if (e->curl == CURLE_PEER_FAILED_VERIFICATION ||
		    e->curl == CURLE_SSL_ISSUER_ERROR)
			return certificate(e);
		return DOC_TLS_FAILED;
	case REACH_DENIED:
		return e->status == 401 ? DOC_CREDENTIALS_WRONG : DOC_MAY_NOT_READ;
	case REACH_PROTOCOL:
		return first ? DOC_ENDPOINT_NOT_ECX : DOC_ENDPOINT_ERROR;
	default:
		return first && e->status == 404 ? DOC_ENDPOINT_NOT_ECX
		                                 : DOC_ENDPOINT_ERROR;
	}
}

static void
judge_right(struct doctor_report *r, const struct doctor_endpoint *e,
    const struct cluster_settings *c, const char *object)
{
	bool two = c->operate.user != NULL;
	const char *user = two ? c->operate.user : c->poll.user;
	const char *said = e->operate_said == NULL ? "" : e->operate_said;

	switch (e->operate) {
	case RIGHT_DENIED:
		doctor_find(r, DOC_CREDENTIALS_WRONG, object, "account %s: %s",
		    user == NULL ? "(none)" : user, said);
		break;
	case RIGHT_NO:
		doctor_find(r, DOC_MAY_NOT_OPERATE, object, "account %s: %s",
		    user == NULL ? "(none)" : user, said);
		break;
	case RIGHT_UNCLEAR:
		doctor_find(r, DOC_RIGHTS_UNCLEAR, object, "account %s: %s",
		    user == NULL ? "(none)" : user, said);
		break;
	case RIGHT_YES:
		doctor_pass(r, object, "account %s may operate (%s)",
		    user == NULL ? "(none)" : user, said);
		break;
	case RIGHT_UNASKED:
		break;
	}
	if (e->reader_operates == RIGHT_YES)
		doctor_find(r, DOC_READER_MAY_OPERATE, object, "account %s: %s",
		    c->poll.user == NULL ? "(none)" : c->poll.user,
		    e->reader_said == NULL ? "" : e->reader_said);
	else if (e->reader_operates == RIGHT_NO)
		doctor_pass(r, object, "account %s may only read (%s)",
		    c->poll.user == NULL ? "(none)" : c->poll.user,
		    e->reader_said == NULL ? "" : e->reader_said);
}

static void
judge_certificate(struct doctor_report *r, const struct doctor_endpoint *e,
    const char *object, int64_t now)
{
	long long days = (long long)llabs(e->expires - now) / 86400;

	if (e->expires != 0 && e->expires - now < EXPIRES_SOON)
		doctor_find(r, DOC_TLS_EXPIRES_SOON, object,
		    "its certificate %s %lld days%s",
		    e->expires < now ? "ended" : "ends in", days,
		    e->expires < now ? " ago; nobody looks at that with pinned-key or "
		                       "verify = false"
		                     : "");
	else if (e->expires != 0)
		doctor_pass(r, object, "its certificate is good for %lld days", days);
}

static void
judge_answer(struct doctor_report *r, const struct doctor_endpoint *e,
    const struct settings *s, const char *object)
{
	msec_t patience = s->poll.read_timeout;

	if (e->dated && llabs(e->skew) > SKEW_MAX)
		doctor_find(r, DOC_CLOCK_SKEW, object,
		    "its clock is %lld s %s of ours (Date header)",
		    (long long)llabs(e->skew), e->skew > 0 ? "ahead" : "behind");
	else if (e->dated)
		doctor_pass(
		    r, object, "its clock agrees with ours within %d s", SKEW_MAX);
	if (e->slowest > SLOW || 2 * e->slowest > patience)
		doctor_find(r, DOC_ENDPOINT_SLOW, object,
		    "one GET took %lld ms, poll.read-timeout is %lld ms",
		    (long long)e->slowest, (long long)patience);
	else if (e->slowest >= 0)
		doctor_pass(r, object, "it answers a round of questions within %lld ms",
		    (long long)e->took);
	if (e->select_resources == SUPPORT_NO)
		doctor_find(r, DOC_RELEASE_OLD, object,
		    "GET /groups?select=resources tells no resources: %s",
		    doctor_release(e));
	else if (*doctor_release(e) != '\0')
		doctor_pass(r, object, "EXPRESSCLUSTER %s", doctor_release(e));
}

void
doctor_judge_endpoints(struct doctor_report *r, const struct settings *s,
    const struct doctor_rest *rest, int64_t now)
{
	const struct doctor_endpoint *e;
	const struct cluster_settings *c;
	const char *url;
	char *object;
	size_t i;

	for (i = 0; i < rest->n; i++) {
		e = &rest->list[i];
		c = &s->clusters[e->cluster];
		url = e->server == SIZE_MAX ? c->read_url : c->servers[e->server].url;
		object = xasprintf("%s/%s", c->name,
		    e->server == SIZE_MAX ? "read-url" : c->servers[e->server].name);
		judge_certificate(r, e, object, now);
		if (e->reach != REACH_OK)
			doctor_find(r, failure(e), object, "%s: %s", url,
			    e->cause == NULL ? "" : e->cause);
		else
			doctor_pass(r, object, "%s answers, account %s may read", url,
			    c->poll.user == NULL ? "(none)" : c->poll.user);
		judge_right(r, e, c, object);
		if (e->took >= 0)
			judge_answer(r, e, s, object);
		free(object);
	}
	if (!rest->posted && rest->n > 0)
		doctor_find(r, DOC_RIGHTS_NOT_CHECKED, "all clusters", "--no-post");
}

/* --- those of one cluster -------------------------------------------------- */

static bool
tells(const struct doctor_endpoint *e)
{
	return e->server != SIZE_MAX && e->view.cluster_name != NULL;
}

const struct obs_view *
doctor_view_of(const struct doctor_rest *rest, size_t cluster)
{
	const struct doctor_endpoint *e, *best = NULL;
	size_t i;

	for (i = 0; i < rest->n; i++) {
		e = &rest->list[i];
		if (e->cluster == cluster && tells(e) &&
		    (best == NULL || (best->reach != REACH_OK && e->reach == REACH_OK)))
			best = e;
	}
	return best == NULL ? NULL : &best->view;
}

static void
judge_name(struct doctor_report *r, const struct settings *s,
    const struct doctor_rest *rest, size_t cluster)
{
	const struct cluster_settings *c = &s->clusters[cluster];
	const struct doctor_endpoint *first = NULL, *e;
	const char *want;
	size_t i;
	bool good = true;

	for (i = 0; i < rest->n; i++) {
		e = &rest->list[i];
		if (e->cluster != cluster || !tells(e))
			continue;
		if (first == NULL)
			first = e;
		want = c->ecx_name != NULL ? c->ecx_name : first->view.cluster_name;
		if (strcmp(want, e->view.cluster_name) == 0)
			continue;
		good = false;
		doctor_find(r, DOC_CLUSTER_OTHER_NAME, c->name,
		    "%s says that its cluster is \"%s\"; %s \"%s\"",
		    c->servers[e->server].name, e->view.cluster_name,
		    c->ecx_name != NULL ? "ecx-name is"
		                        : c->servers[first->server].name,
		    want);
	}
	if (first != NULL && good)
		doctor_pass(r, c->name,
		    "calls itself \"%s\" on every server that answers",
		    first->view.cluster_name);
}

static void
judge_servers(
    struct doctor_report *r, const struct cluster_settings *c, const struct obs_view *v)
{
	size_t before = r->n, i, j;

	for (i = 0; i < c->nservers; i++) {
		if (obs_find_server(v, c->servers[i].name) != NULL)
			continue;
		for (j = 0; j < v->nservers; j++)
			if (strcasecmp(v->servers[j].name, c->servers[i].name) == 0)
				break;
		doctor_find(r, DOC_SERVER_UNKNOWN, c->name,
		    "server \"%s\" (clusterset.conf:%u) is not among those of the "
		    "cluster",
		    c->servers[i].name, c->servers[i].line);
		if (j < v->nservers)
			doctor_remedy(r,
			    "write it as the cluster does: clusterset cluster set %s "
			    "--no-server %s --server %s=%s",
			    c->name, c->servers[i].name, v->servers[j].name,
			    c->servers[i].url);
	}
	for (i = 0; i < v->nservers; i++) {
		for (j = 0; j < c->nservers; j++)
			if (strcasecmp(v->servers[i].name, c->servers[j].name) == 0)
				break;
		if (j < c->nservers)
			continue;
		doctor_find(r, DOC_SERVER_MISSING, c->name,
		    "the cluster has a server \"%s\" (%s), which is not in "
		    "clusterset.conf",
		    v->servers[i].name, ecx_status_text(v->servers[i].status));
		doctor_remedy(r,
		    "clusterset cluster set %s --server %s=https://ADDRESS:29009",
		    c->name, v->servers[i].name);
	}
	if (r->n == before)
		doctor_pass(r, c->name, "has exactly the servers that are configured");
}

static void
judge_agreement(struct doctor_report *r, const struct settings *s,
    const struct doctor_rest *rest, size_t cluster)
{
	const struct cluster_settings *c = &s->clusters[cluster];
	const struct doctor_endpoint *first = NULL, *e;
	size_t i, others = 0;
	bool agree = true;
	char *what;

	for (i = 0; i < rest->n; i++) {
		e = &rest->list[i];
		if (e->cluster != cluster || !tells(e) || e->reach != REACH_OK)
			continue;
		if (first == NULL) {
			first = e;
			continue;
		}
		others++;
		what = NULL;
		if (strcmp(first->view.cluster_name, e->view.cluster_name) == 0 &&
		    !obs_views_agree(&first->view, &e->view, &what)) {
			agree = false;
			doctor_find(r, DOC_SERVERS_DISAGREE, c->name, "%s and %s: %s",
			    c->servers[first->server].name, c->servers[e->server].name,
			    what == NULL ? "" : what);
		}
		free(what);
		if (strcmp(doctor_release(first), doctor_release(e)) != 0)
			doctor_find(r, DOC_RELEASES_DIFFER, c->name, "%s: %s; %s: %s",
			    c->servers[first->server].name, doctor_release(first),
			    c->servers[e->server].name, doctor_release(e));
	}
	if (others > 0 && agree)
		doctor_pass(r, c->name, "all its servers tell the same");
}

/* Is every monitor suspended, the visible sign of a suspended cluster (contract 2)? */
static bool
all_suspended(const struct obs_view *v)
{
	size_t i, j;

	for (i = 0; i < v->nmonitors; i++) {
		if (v->monitors[i].nservers == 0 &&
		    v->monitors[i].status != ECX_SUSPEND)
			return false;
		for (j = 0; j < v->monitors[i].nservers; j++)
			if (v->monitors[i].servers[j].status != ECX_SUSPEND)
				return false;
	}
	return v->nmonitors > 0;
}

static void
judge_status(
    struct doctor_report *r, const struct cluster_settings *c, const struct obs_view *v)
{
	const char *text = v->cluster_status_text == NULL ? "" : v->cluster_status_text;

	if (v->cluster_status == ECX_SUSPEND || all_suspended(v))
		doctor_find(r, DOC_CLUSTER_SUSPENDED, c->name,
		    "cluster status \"%s\"%s", text,
		    all_suspended(v) ? ", every monitor Suspend" : "");
	else if (v->cluster_status != ECX_NORMAL)
		doctor_find(
		    r, DOC_CLUSTER_NOT_NORMAL, c->name, "cluster status \"%s\"", text);
	else
		doctor_pass(r, c->name, "its status is %s", text);
}

/* "2 endpoints, https, account watcher reads, orders go, at least X 5.2" */
static void
sum_up(struct doctor_report *r, const struct settings *s,
    const struct doctor_rest *rest, size_t cluster)
{
	const struct cluster_settings *c = &s->clusters[cluster];
	const struct doctor_endpoint *e, *one = NULL;
	size_t i, answer = 0, tls = 0, operate = 0;
	msec_t longest = 0;
	const char *release;

	for (i = 0; i < rest->n; i++) {
		e = &rest->list[i];
		if (e->cluster != cluster || e->server == SIZE_MAX)
			continue;
		tls += strncasecmp(c->servers[e->server].url, "https:", 6) == 0;
		if (e->reach != REACH_OK)
			continue;
		answer++;
		operate += e->operate == RIGHT_YES;
		one = e;
		if (e->took > longest)
			longest = e->took;
	}
	if (one == NULL)
		return; /* which is a finding of each */
	release = doctor_release(one);
	doctor_fine(r, c->name,
	    "%zu of %zu endpoints answer, %s, reading right%s%s%s, within %lld ms",
	    answer, c->nservers,
	    tls == c->nservers ? "https"
	        : tls == 0     ? "http"
	                       : "http and https",
	    operate == answer ? ", operation right" : "", *release == '\0' ? "" : ", ",
	    release, (long long)longest);
	if (2 * longest > s->evidence.evidence_age)
		doctor_find(r, DOC_EVIDENCE_AGE_TIGHT, c->name,
		    "a round of questions takes %lld ms, evidence.evidence-age is %lld "
		    "ms",
		    (long long)longest, (long long)s->evidence.evidence_age);
}

void
doctor_judge_clusters(
    struct doctor_report *r, const struct settings *s, const struct doctor_rest *rest)
{
	const struct obs_view *v;
	size_t i;

	for (i = 0; i < s->nclusters; i++) {
		sum_up(r, s, rest, i);
		v = doctor_view_of(rest, i);
		if (v == NULL)
			continue;
		judge_name(r, s, rest, i);
		if (v->nservers > 0)
			judge_servers(r, &s->clusters[i], v);
		judge_status(r, &s->clusters[i], v);
		judge_agreement(r, s, rest, i);
	}
}
