/*
 * SPDX-License-Identifier: Apache-2.0
 * The request log. See reqlog.h.
 */
#include "tests/ecxsim/reqlog.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/mem.h"
#include "base/text.h"

#define BODY_MAX 1024

struct counter {
	char *key; /* cluster/server METHOD pattern */
	const struct server *srv;
	char method[8];
	const char *pattern;
	uint64_t n;
	UT_hash_handle hh;
};

struct connections {
	const struct server *srv; /* key */
	uint64_t n;
	UT_hash_handle hh;
};

struct post {
	TAILQ_ENTRY(post) entry;
	const struct server *srv;
	uint64_t number;
	char *account, *uri, *body, *answer;
	const char *pattern;
	int64_t at;
	bool executed;
	int status; /* 0: none sent */
};
TAILQ_HEAD(posts, post);

struct reqlog {
	struct counter *counters;
	struct connections *connections;
	struct posts posts;
	size_t nposts, max;
};

struct reqlog *
reqlog_new(size_t posts_max)
{
	struct reqlog *l = xcalloc(1, sizeof(*l));

	TAILQ_INIT(&l->posts);
	l->max = posts_max;
	return l;
}

static void
post_free(struct reqlog *l, struct post *p)
{
	TAILQ_REMOVE(&l->posts, p, entry);
	l->nposts--;
	free(p->account);
	free(p->uri);
	free(p->body);
	free(p->answer);
	free(p);
}

void
reqlog_clear(struct reqlog *l)
{
	struct counter *c, *cn;
	struct connections *k, *kn;

	HASH_ITER (hh, l->counters, c, cn) {
		HASH_DEL(l->counters, c);
		free(c->key);
		free(c);
	}
	HASH_ITER (hh, l->connections, k, kn) {
		HASH_DEL(l->connections, k);
		free(k);
	}
	while (!TAILQ_EMPTY(&l->posts))
		post_free(l, TAILQ_FIRST(&l->posts));
}

void
reqlog_free(struct reqlog *l)
{
	if (l == NULL)
		return;
	reqlog_clear(l);
	free(l);
}

void
reqlog_connection(struct reqlog *l, const struct server *srv)
{
	struct connections *k;

	HASH_FIND_PTR(l->connections, &srv, k);
	if (k == NULL) {
		k = xcalloc(1, sizeof(*k));
		k->srv = srv;
		HASH_ADD_PTR(l->connections, srv, k);
	}
	k->n++;
}

void
reqlog_count(
    struct reqlog *l, const struct server *srv, const char *method, const char *pattern)
{
	char key[128];
	struct counter *c;

	snprintf(key, sizeof(key), "%p %s %s", (const void *)srv, method, pattern);
	HASH_FIND_STR(l->counters, key, c);
	if (c == NULL) {
		c = xcalloc(1, sizeof(*c));
		c->key = xstrdup(key);
		c->srv = srv;
		c->pattern = pattern;
		snprintf(c->method, sizeof(c->method), "%s", method);
		HASH_ADD_KEYPTR(hh, l->counters, c->key, strlen(c->key), c);
	}
	c->n++;
}

void
reqlog_post(struct reqlog *l, const struct server *srv, uint64_t number,
    const char *account, const char *pattern, const char *uri, const char *body,
    size_t len, int64_t now)
{
	struct post *p = xcalloc(1, sizeof(*p));
	char *raw = xstrndup(body == NULL ? "" : body, len < BODY_MAX ? len : BODY_MAX);

	p->srv = srv;
	p->number = number;
	p->account = text_vis(account, 64);
	p->uri = text_vis(uri, 256);
	p->body = text_vis(raw, BODY_MAX);
	p->pattern = pattern;
	p->at = now;
	TAILQ_INSERT_TAIL(&l->posts, p, entry);
	if (++l->nposts > l->max)
		post_free(l, TAILQ_FIRST(&l->posts));
	free(raw);
}

void
reqlog_outcome(
    struct reqlog *l, uint64_t number, bool executed, int status, const char *answer)
{
	struct post *p;

	TAILQ_FOREACH_REVERSE(p, &l->posts, posts, entry)
	{
		if (p->number != number)
			continue;
		p->executed = p->executed || executed;
		p->status = status;
		free(p->answer);
		p->answer = xstrdup(answer);
		return;
	}
}

static bool
wanted(const struct server *srv, const char *cluster, const char *server)
{
	return (cluster == NULL || strcmp(cluster, srv->cluster->name) == 0) &&
	    (server == NULL || strcmp(server, srv->name) == 0);
}

static bool
same(const char *filter, const char *s)
{
	return filter == NULL || strcmp(filter, s) == 0;
}

uint64_t
reqlog_total(const struct reqlog *l, const char *cluster, const char *server,
    const char *method, const char *pattern)
{
	struct counter *c, *next;
	uint64_t total = 0;

	HASH_ITER (hh, l->counters, c, next)
		if (wanted(c->srv, cluster, server) && same(method, c->method) &&
		    same(pattern, c->pattern))
			total += c->n;
	return total;
}

json_t *
reqlog_json(const struct reqlog *l, const char *cluster, const char *server,
    const char *method, const char *pattern)
{
	json_t *counts = json_array(), *conns = json_array(), *posts = json_array();
	struct counter *c, *cn;
	struct connections *k, *kn;
	struct post *p;
	uint64_t total = 0, opened = 0;

	HASH_ITER (hh, l->counters, c, cn) {
		if (!wanted(c->srv, cluster, server) || !same(method, c->method) ||
		    !same(pattern, c->pattern))
			continue;
		total += c->n;
		json_array_append_new(counts,
		    json_pack("{s:s, s:s, s:s, s:s, s:I}", "cluster",
		        c->srv->cluster->name, "server", c->srv->name, "method",
		        c->method, "pattern", c->pattern, "count", (json_int_t)c->n));
	}
	HASH_ITER (hh, l->connections, k, kn) {
		if (!wanted(k->srv, cluster, server))
			continue;
		opened += k->n;
		json_array_append_new(conns,
		    json_pack("{s:s, s:s, s:I}", "cluster", k->srv->cluster->name,
		        "server", k->srv->name, "opened", (json_int_t)k->n));
	}
	TAILQ_FOREACH (p, &l->posts, entry) {
		if (!wanted(p->srv, cluster, server) || !same(pattern, p->pattern) ||
		    (method != NULL && strcmp(method, "POST") != 0))
			continue;
		json_array_append_new(posts,
		    json_pack(
		        "{s:I, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:i, s:s*}",
		        "number", (json_int_t)p->number, "at_ms", (json_int_t)p->at,
		        "cluster", p->srv->cluster->name, "server", p->srv->name,
		        "account", p->account, "pattern", p->pattern, "uri", p->uri,
		        "body", p->body, "executed", (int)p->executed, "status",
		        p->status, "answer", p->answer));
	}
	return json_pack("{s:I, s:I, s:o, s:o, s:o}", "total", (json_int_t)total,
	    "connections_opened", (json_int_t)opened, "counts", counts, "connections",
	    conns, "posts", posts);
}
