/*
 * SPDX-License-Identifier: Apache-2.0
 * One server, one round: cluster, servers, groups, resources and monitors one after the
 * other over one kept-alive connection, as NEC's own panel does (contract 1.7), and on
 * X 4.2 the resources of each group when they are not known yet.
 */
#include <curl/curl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "ecx/classify.h"
#include "ecx/command.h"
#include "ecx/decode.h"
#include "ecx/member.h"

struct ask {
	struct ecx_member *member;
	size_t server;
	struct obs_view *view;
	ask_cb *cb;
	void *arg;
	struct http_transfer *transfer;
	enum ecx_endpoint at;
	msec_t asked; /* when the last request was made */
	struct groupmap *learning; /* NULL: the five GETs are not over yet */
	size_t group; /* that is being asked for its resources */
};

/*
 * The API's Node.js closes what was idle for 5 s (contract 1.1; its default). Thousands
 * of connections that will be dead when they are wanted again are worse than none:
 * libcurl looks through all of them at every request, in one turn of the loop.
 */
#define KEPT_ALIVE 4000 /* ms */

static void on_get(const struct http_answer *, void *arg);
static void on_group(const struct http_answer *, void *arg);

char *
ecx_url(const char *server_url, const char *base_path, const char *path)
{
	size_t n = strlen(server_url);

	while (n > 0 && server_url[n - 1] == '/')
		n--;
	return xasprintf("%.*s%s%s", (int)n, server_url, base_path, path);
}

static const char *
server_url(const struct ask *a)
{
	const struct cluster_settings *s = a->member->settings;

	return a->server < s->nservers ? s->servers[a->server].url : s->read_url;
}

static void
get(struct ask *a, const char *path, http_cb *cb)
{
	const struct cluster_settings *s = a->member->settings;
	const struct poll_settings *p = &a->member->poller->settings->poll;
	struct http_request rq = { 0 };
	char *url = ecx_url(server_url(a), s->base_path, path);

	rq.url = url;
	rq.peer =
	    a->member->targets[a->server < s->nservers ? a->server : s->nservers].peer;
	rq.credentials = &s->poll;
	rq.ca_file = a->member->ca_file;
	rq.pinned_key = s->pinned_key;
	rq.verify = s->verify;
	rq.connect_timeout = p->connect_timeout;
	rq.timeout = p->read_timeout;
	rq.answer_max = p->answer_max;
	rq.first = a->at > ECX_GET_CLUSTER; /* what is begun is finished first */
	rq.suspect = a->member->targets[a->server].failures > 0;
	rq.last = a->at == ECX_GET_COUNT - 1 &&
	    poller_interval(a->member) * (msec_t)s->nservers > KEPT_ALIVE;
	a->asked = clock_ms();
	a->transfer = http_start(a->member->poller->http, &rq, cb, a);
	free(url);
}

static void
ask_free(struct ask *a)
{
	groupmap_free(a->learning);
	free(a);
}

static void
done(struct ask *a)
{
	ask_cb *cb = a->cb;
	void *arg = a->arg;
	size_t server = a->server;

	a->view->end = clock_ms();
	ask_free(a);
	cb(server, arg);
}

/* Nothing half-read is handed on. Takes the text over. */
static void
fail(struct ask *a, enum ecx_reach reach, char *error)
{
	struct obs_view *v = a->view;
	size_t server = v->server;
	msec_t start = v->start;

	obs_view_clear(v);
	v->server = server;
	v->start = start;
	v->reach = reach;
	v->error = error;
	done(a);
}

static void
log_answer(const struct ask *a, const struct http_answer *answer, const char *path,
    const char *group)
{
	const struct cluster_settings *s = a->member->settings;

	log_debug("ecx",
	    "cluster=%s server=%s GET %s%s%s: HTTP %ld, %zu bytes, %" PRId64 " ms%s%s",
	    s->name, a->server < s->nservers ? s->servers[a->server].name : "read-url",
	    path, group == NULL ? "" : " of ", group == NULL ? "" : group,
	    answer->status, answer->len, clock_ms() - a->asked,
	    answer->curl == CURLE_OK ? "" : ": ",
	    answer->curl == CURLE_OK ? "" : curl_easy_strerror((CURLcode)answer->curl));
}

static enum ecx_reach
classify(
    struct ask *a, const struct http_answer *answer, const char *path, char **error)
{
	const struct cluster_settings *s = a->member->settings;
	struct ecx_place place = { 0 };

	place.server =
	    a->server < s->nservers ? s->servers[a->server].name : "read-url";
	place.url = server_url(a);
	place.path = path;
	place.base_path = s->base_path;
	place.ca_file = s->ca_file;
	place.backoff_denied = a->member->poller->settings->poll.backoff_denied;
	return ecx_classify(answer, &place, error);
}

/* "server1 (http://...): " before what the decoder says */
static void
fail_decode(struct ask *a, enum ecx_decoded d, char *cause)
{
	const struct cluster_settings *s = a->member->settings;
	char *error = xasprintf("%s (%s): GET %s",
	    a->server < s->nservers ? s->servers[a->server].name : "read-url",
	    server_url(a), cause);

	free(cause);
	fail(a, d == ECX_SAYS_NO ? REACH_HTTP : REACH_PROTOCOL, error);
}

static void
five_done(struct ask *a)
{
	struct ecx_member *m = a->member;
	uint64_t key;

	if (groupmap_needed(a->view)) {
		key = groupmap_key(a->view);
		if (!groupmap_fits(m->map, key, clock_ms())) {
			a->learning = groupmap_new(key, clock_ms());
			a->group = 0;
			on_group(NULL, a);
			return;
		}
		groupmap_apply(m->map, a->view);
	}
	done(a);
}

static void
on_get(const struct http_answer *answer, void *arg)
{
	struct ask *a = arg;
	enum ecx_decoded d;
	enum ecx_reach reach;
	char *cause = NULL;

	a->transfer = NULL;
	log_answer(a, answer, ecx_endpoint_path(a->at), NULL);
	reach = classify(a, answer, ecx_endpoint_path(a->at), &cause);
	if (reach != REACH_OK) {
		fail(a, reach, cause);
		return;
	}
	d = ecx_decode(a->at, answer->body, answer->len, a->view, &cause);
	if (d != ECX_DECODED) {
		fail_decode(a, d, cause);
		return;
	}
	if (++a->at < ECX_GET_COUNT)
		get(a, ecx_endpoint_path(a->at), on_get);
	else
		five_done(a);
}

/* The map is whole, or there will be none: the cluster remembers either. */
static void
learned(struct ask *a)
{
	groupmap_apply(a->learning, a->view);
	groupmap_free(a->member->map);
	a->member->map = a->learning;
	a->learning = NULL;
	done(a);
}

/* Takes the answer of one group (NULL: before the first) and asks the next. */
static void
on_group(const struct http_answer *answer, void *arg)
{
	struct ask *a = arg;
	struct ecx_names names = { 0 };
	const char *group;
	enum ecx_reach reach;
	char *cause = NULL, *path;

	a->transfer = NULL;
	if (answer != NULL) {
		group = a->view->groups[a->group].name;
		log_answer(a, answer, "/groups/...?select=resources", group);
		reach = classify(a, answer, "/groups/...?select=resources", &cause);
		if (reach != REACH_OK && answer->curl != CURLE_OK) {
			fail(a, reach, cause); /* the way there, not the release */
			return;
		}
		if (reach == REACH_DENIED || answer->status >= 500) {
			fail(a, reach, cause);
			return;
		}
		xfree_clear(&cause);
		if (reach != REACH_OK ||
		    ecx_decode_group(answer->body, answer->len, group, &names, NULL) !=
		        ECX_DECODED) {
			groupmap_unsupported(a->learning);
			learned(a);
			return;
		}
		groupmap_add(a->learning, group, &names);
		a->group++;
	}
	if (a->group == a->view->ngroups) {
		learned(a);
		return;
	}
	path = ecx_path("/groups/%s?select=resources", a->view->groups[a->group].name);
	get(a, path, on_group);
	free(path);
}

struct ask *
ask_start(
    struct ecx_member *m, size_t server, struct obs_view *view, ask_cb *cb, void *arg)
{
	struct ask *a = xcalloc(1, sizeof(*a));

	a->member = m;
	a->server = server;
	a->view = view;
	a->cb = cb;
	a->arg = arg;
	view->reach = REACH_OK;
	view->start = clock_ms();
	get(a, ecx_endpoint_path(a->at), on_get);
	return a;
}

void
ask_cancel(struct ask *a)
{
	if (a == NULL)
		return;
	if (a->transfer != NULL)
		http_cancel(a->transfer);
	ask_free(a);
}
