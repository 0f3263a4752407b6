/*
 * SPDX-License-Identifier: Apache-2.0
 * Asks every endpoint. See doctor_rest.h.
 */
#include "cli/doctor_rest.h"

#include <curl/curl.h>
#include <event2/event.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/mem.h"
#include "base/text.h"
#include "ecx/classify.h"
#include "ecx/decode.h"
#include "ecx/http.h"

enum { JOBS_MAX = 64 }; /* servers at a time */

enum step { /* ECX_GET_CLUSTER..ECX_GET_MONITORS come first */
	STEP_SELECT = ECX_GET_COUNT,
	STEP_TORATIO,
	STEP_APPLIED,
	STEP_OPERATE_GET,
	STEP_OPERATE_POST,
	STEP_READER_POST,
	STEP_END
};

struct gather {
	const struct settings *settings;
	struct event_base *base;
	struct http *http;
	struct doctor_rest *rest;
	bool post;
	size_t next; /* the endpoint that nobody has begun */
	size_t running;
};

struct job {
	struct gather *gather;
	struct doctor_endpoint *e;
	const struct cluster_settings *cluster;
	const char *name, *url; /* of the server */
	int step;
};

static void ask(struct job *job);
static void begin(struct gather *g);

/* --- pure ------------------------------------------------------------------------ */

enum doctor_right
doctor_right_of(int curl, long status)
{
	if (curl != CURLE_OK)
		return RIGHT_UNCLEAR;
	if (status == 401)
		return RIGHT_DENIED;
	if (status == 403)
		return RIGHT_NO;
	/* ECX may answer an unknown name with 404 or with 2xx and a code (contract 9.4)
	 */
	if ((status >= 200 && status <= 299) || status == 400 || status == 404 ||
	    status == 409 || status == 422)
		return RIGHT_YES;
	return RIGHT_UNCLEAR;
}

const char *
doctor_release(const struct doctor_endpoint *e)
{
	if (e->applied_date == SUPPORT_YES)
		return "at least X 6.0, or a late 5.x";
	if (e->toratio == SUPPORT_YES)
		return "at least X 5.2, before X 6.0";
	if (e->select_resources == SUPPORT_YES && e->toratio == SUPPORT_NO)
		return "at least X 4.2.2, before X 5.2";
	if (e->select_resources == SUPPORT_YES)
		return "at least X 4.2.2";
	if (e->select_resources == SUPPORT_NO)
		return "X 4.2.0 or 4.2.1";
	return "";
}

static void
set_group(struct obs_view *view, const char *resource, const char *group)
{
	size_t i;

	for (i = 0; resource != NULL && i < view->nresources; i++)
		if (strcmp(view->resources[i].name, resource) == 0 &&
		    view->resources[i].group == NULL)
			view->resources[i].group = xstrdup(group);
}

enum doctor_support
doctor_select(const char *body, size_t len, struct obs_view *view)
{
	json_t *doc = json_loadb(body, len, 0, NULL);
	json_t *groups = json_object_get(doc, "groups"), *group, *list, *one;
	enum doctor_support support = SUPPORT_UNKNOWN;
	const char *name, *resource;
	size_t i, j;

	json_array_foreach (groups, i, group) {
		name = json_string_value(json_object_get(group, "name"));
		list = json_object_get(group, "resources");
		if (name == NULL)
			continue;
		support = json_is_array(list)    ? SUPPORT_YES
		    : support == SUPPORT_UNKNOWN ? SUPPORT_NO
		                                 : support;
		json_array_foreach (list, j, one) {
			resource = json_is_string(one)
			    ? json_string_value(one)
			    : json_string_value(json_object_get(one, "name"));
			set_group(view, resource, name);
		}
	}
	json_decref(doc);
	return support;
}

/* --- one request ----------------------------------------------------------- */

static bool
has_operator(const struct cluster_settings *c)
{
	return c->operate.user != NULL;
}

static const char *
path_of(int step)
{
	switch (step) {
	case STEP_SELECT:
		return "/groups?select=resources";
	case STEP_TORATIO:
		return "/cluster/toratio";
	case STEP_APPLIED:
		return "/metrics/config/last-applied-date";
	case STEP_OPERATE_GET:
		return "/cluster";
	case STEP_OPERATE_POST:
	case STEP_READER_POST:
		return "/monitors/" DOCTOR_PROBE_MONITOR "/resume";
	default:
		return ecx_endpoint_path((enum ecx_endpoint)step);
	}
}

static bool
wanted(const struct job *job, int step)
{
	if (job->e->server == SIZE_MAX) /* somebody else answers there */
		return step == ECX_GET_CLUSTER;
	switch (step) {
	case STEP_OPERATE_GET:
		return has_operator(job->cluster);
	case STEP_OPERATE_POST:
		return job->gather->post &&
		    (!has_operator(job->cluster) || job->e->operate != RIGHT_DENIED);
	case STEP_READER_POST:
		return job->gather->post && has_operator(job->cluster);
	default:
		return true;
	}
}

static void
end(struct job *job)
{
	struct gather *g = job->gather;

	g->running--;
	free(job);
	begin(g);
}

static void
go_on(struct job *job)
{
	do
		job->step++;
	while (job->step < STEP_END && !wanted(job, job->step));
	if (job->step >= STEP_END)
		end(job);
	else
		ask(job);
}

static bool
good(const struct http_answer *a)
{
	return a->curl == CURLE_OK && a->status >= 200 && a->status <= 299;
}

/* --- its answer ----------------------------------------------------------------- */

static void
fail(struct job *job, const struct http_answer *a, enum ecx_reach reach,
    const char *cause)
{
	struct doctor_endpoint *e = job->e;

	if (e->reach != REACH_OK)
		return;
	e->reach = reach;
	e->failed = path_of(job->step);
	e->curl = a->curl;
	e->status = a->status;
	e->verify = a->verify;
	e->cause = xstrdup(obs_error_reason(cause, job->name));
}

/* "HTTP 403 for GET /api/v1/cluster: what it said" */
static char *
said(const struct job *job, const struct http_answer *a, const char *method)
{
	char *message = NULL, *text, *vis;
	int64_t code;

	if (a->curl != CURLE_OK) {
		vis = text_vis(a->detail[0] != '\0'
		        ? a->detail
		        : curl_easy_strerror((CURLcode)a->curl),
		    ECX_TEXT_MAX);
		text = xasprintf("no answer to %s %s%s: %s", method,
		    job->cluster->base_path, path_of(job->step), vis);
		free(vis);
		return text;
	}
	if (a->len > 0)
		ecx_decode_envelope(a->body, a->len, &code, &message, NULL);
	text = xasprintf("HTTP %ld for %s %s%s%s%s", a->status, method,
	    job->cluster->base_path, path_of(job->step), message == NULL ? "" : ": ",
	    message == NULL ? "" : message);
	free(message);
	return text;
}

static void
measure(struct job *job, const struct http_answer *a)
{
	struct doctor_endpoint *e = job->e;

	if (job->step == ECX_GET_CLUSTER) {
		e->took = e->slowest = 0;
		e->expires = a->expires;
		if (a->date != 0) {
			e->dated = true;
			e->skew = a->date - (int64_t)time(NULL);
		}
	}
	e->took += a->took;
	if (a->took > e->slowest)
		e->slowest = a->took;
}

/* One of the five of a round; is it worth asking on? */
static bool
take_round(struct job *job, const struct http_answer *a)
{
	struct ecx_place place = { job->name, job->url, path_of(job->step),
		job->cluster->base_path, job->cluster->ca_file,
		job->gather->settings->poll.backoff_denied };
	enum ecx_decoded decoded;
	enum ecx_reach reach;
	char *cause = NULL;
	bool on = true;

	if (a->curl == CURLE_OK && (a->status == 401 || a->status == 403)) {
		cause = said(job, a, "GET");
		fail(job, a, REACH_DENIED, cause);
		free(cause);
		return false;
	}
	reach = ecx_classify(a, &place, &cause);
	if (reach != REACH_OK) {
		fail(job, a, reach, cause);
		on = a->curl == CURLE_OK && job->step != ECX_GET_CLUSTER;
	} else {
		measure(job, a);
		decoded = ecx_decode((enum ecx_endpoint)job->step, a->body, a->len,
		    &job->e->view, &cause);
		if (decoded == ECX_SAYS_NO)
			fail(job, a, REACH_HTTP, cause);
		else if (decoded == ECX_GARBLED)
			fail(job, a, REACH_PROTOCOL, cause);
		on = decoded != ECX_GARBLED || job->step != ECX_GET_CLUSTER;
	}
	free(cause);
	return on;
}

static enum doctor_support
support(const struct http_answer *a)
{
	json_t *doc;
	int64_t code = 0;
	char *message = NULL;
	enum doctor_support s = SUPPORT_NO;

	if (a->curl != CURLE_OK || a->status >= 500 || a->status == 401 ||
	    a->status == 403)
		return SUPPORT_UNKNOWN;
	doc = good(a) ? json_loadb(a->body, a->len, 0, NULL) : NULL;
	/* the answer has something beside its `result`, or an old release's envelope */
	if (doc != NULL && json_object_size(doc) > 1 &&
	    ecx_decode_envelope(a->body, a->len, &code, &message, NULL) == ECX_DECODED)
		s = SUPPORT_YES;
	json_decref(doc);
	free(message);
	return s;
}

static void
on_answer(const struct http_answer *a, void *arg)
{
	struct job *job = arg;
	struct doctor_endpoint *e = job->e;

	switch (job->step) {
	case STEP_SELECT:
		e->select_resources =
		    good(a) ? doctor_select(a->body, a->len, &e->view) : support(a);
		break;
	case STEP_TORATIO:
		e->toratio = support(a);
		break;
	case STEP_APPLIED:
		e->applied_date = support(a);
		break;
	case STEP_OPERATE_GET:
		if (a->curl == CURLE_OK && (a->status == 401 || a->status == 403)) {
			e->operate = a->status == 401 ? RIGHT_DENIED : RIGHT_NO;
			e->operate_said = said(job, a, "GET");
		}
		break;
	case STEP_OPERATE_POST:
		e->operate = doctor_right_of(a->curl, a->status);
		xfree_clear(&e->operate_said);
		e->operate_said = said(job, a, "POST");
		break;
	case STEP_READER_POST:
		e->reader_operates = doctor_right_of(a->curl, a->status);
		e->reader_said = said(job, a, "POST");
		break;
	default:
		if (!take_round(job, a)) {
			end(job);
			return;
		}
	}
	go_on(job);
}

/* --- asking ----------------------------------------------------------------------- */

static void
ask(struct job *job)
{
	const struct poll_settings *p = &job->gather->settings->poll;
	const struct cluster_settings *c = job->cluster;
	bool operates = job->step == STEP_OPERATE_GET ||
	    (job->step == STEP_OPERATE_POST && has_operator(c));
	struct http_request rq = { 0 };
	char *url = xasprintf("%s%s%s", job->url, c->base_path, path_of(job->step));

	rq.url = url;
	rq.credentials = operates ? &c->operate : &c->poll;
	rq.ca_file = c->ca_file;
	rq.pinned_key = c->pinned_key;
	rq.verify = c->verify;
	rq.connect_timeout = p->connect_timeout;
	rq.timeout = p->read_timeout;
	rq.answer_max = p->answer_max;
	rq.certificate = job->step == ECX_GET_CLUSTER;
	rq.post = job->step == STEP_OPERATE_POST || job->step == STEP_READER_POST;
	if (rq.post)
		rq.body = "{\"target\":\"" DOCTOR_PROBE_SERVER "\"}";
	http_start(job->gather->http, &rq, on_answer, job);
	free(url);
}

static void
begin(struct gather *g)
{
	const struct cluster_settings *c;
	struct doctor_endpoint *e;
	struct job *job;

	while (g->running < JOBS_MAX && g->next < g->rest->n) {
		e = &g->rest->list[g->next++];
		c = &g->settings->clusters[e->cluster];
		job = xcalloc(1, sizeof(*job));
		job->gather = g;
		job->e = e;
		job->cluster = c;
		job->name =
		    e->server == SIZE_MAX ? "read-url" : c->servers[e->server].name;
		job->url =
		    e->server == SIZE_MAX ? c->read_url : c->servers[e->server].url;
		job->step = ECX_GET_CLUSTER;
		g->running++;
		ask(job);
	}
	if (g->running == 0)
		event_base_loopbreak(g->base);
}

static void
add_endpoint(struct doctor_rest *rest, size_t cluster, size_t server)
{
	struct doctor_endpoint *e;

	rest->list = xreallocarray(rest->list, rest->n + 1, sizeof(*rest->list));
	e = &rest->list[rest->n++];
	memset(e, 0, sizeof(*e));
	e->cluster = cluster;
	e->server = server;
	e->view.server = server;
	e->took = e->slowest = -1;
}

void
doctor_rest_gather(const struct settings *s, bool post, struct doctor_rest *out)
{
	struct gather g = { .settings = s, .rest = out, .post = post };
	size_t i, j;

	out->posted = post;
	for (i = 0; i < s->nclusters; i++) {
		for (j = 0; j < s->clusters[i].nservers; j++)
			add_endpoint(out, i, j);
		if (s->clusters[i].read_url != NULL)
			add_endpoint(out, i, SIZE_MAX);
	}
	if (out->n == 0)
		return;
	g.base = event_base_new();
	if (g.base == NULL)
		abort(); /* out of memory, see base/mem.h */
	g.http = http_new(g.base, s->poll.connections);
	begin(&g);
	while (g.running > 0)
		event_base_dispatch(g.base);
	http_free(g.http);
	event_base_free(g.base);
}

void
doctor_rest_clear(struct doctor_rest *rest)
{
	size_t i;

	for (i = 0; i < rest->n; i++) {
		obs_view_clear(&rest->list[i].view);
		free(rest->list[i].cause);
		free(rest->list[i].operate_said);
		free(rest->list[i].reader_said);
	}
	free(rest->list);
	memset(rest, 0, sizeof(*rest));
}
