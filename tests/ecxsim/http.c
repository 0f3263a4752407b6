/*
 * SPDX-License-Identifier: Apache-2.0
 * Listeners and the life of a request. See http.h; what faults do to it is in spoil.c.
 */
#include "tests/ecxsim/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <event2/util.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "tests/ecxsim/auth.h"
#include "tests/ecxsim/http_int.h"
#include "tests/ecxsim/tls.h"

static void job_handle(struct job *job);

/* --- jobs -------------------------------------------------------------------- */

static struct sched *
sched_of(const struct job *job)
{
	return job->l->h->sim->sched;
}

static void
job_free(struct job *job)
{
	sched_cancel(sched_of(job), &job->timer);
	TAILQ_REMOVE(&job->l->jobs, job, entry);
	fault_release(&job->strikes.delay);
	fault_release(&job->strikes.other);
	api_path_clear(&job->path);
	api_reply_clear(&job->reply);
	free(job->account);
	free(job);
}

/* The client went away while we held its request. */
static bool
gone(const struct job *job)
{
	return evhttp_request_get_connection(job->req) == NULL;
}

/* Makes the kernel send RST (a close would send FIN before it). */
static void
reset(struct evhttp_connection *conn)
{
	struct sockaddr nowhere = { .sa_family = AF_UNSPEC };

	connect(bufferevent_getfd(evhttp_connection_get_bufferevent(conn)), &nowhere,
	    sizeof(nowhere));
}

static void
closed_late(void *obj, int rst, int b)
{
	struct job *job = obj;
	struct evhttp_connection *conn = evhttp_request_get_connection(job->req);

	(void)b;
	job->timer = NULL;
	if (conn == NULL) {
		evhttp_request_free(job->req);
	} else {
		if (rst)
			reset(conn);
		evhttp_connection_free(conn);
	}
	job_free(job);
}

void
job_close(struct job *job, bool rst, int64_t ms)
{
	/* never from inside evhttp's own callback */
	sched_cancel(sched_of(job), &job->timer);
	job->timer = sched_add(sched_of(job), ms, closed_late, job, rst, 0);
}

void
job_hang(struct job *job)
{
	struct evhttp_connection *conn = evhttp_request_get_connection(job->req);

	if (conn != NULL)
		evhttp_connection_set_timeout(conn, 86400);
}

static void
job_send(struct job *job)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(job->req);
	struct evbuffer *body = evbuffer_new();

	if (evhttp_find_header(headers, "Content-Type") == NULL)
		evhttp_add_header(
		    headers, "Content-Type", "application/json; charset=utf-8");
	if (!gone(job))
		evhttp_connection_set_timeout_tv(
		    evhttp_request_get_connection(job->req), &job->l->h->keepalive);
	evbuffer_add(body, job->reply.text, job->reply.len);
	evhttp_send_reply(job->req, job->reply.http, NULL, body);
	evbuffer_free(body);
	job_free(job);
}

static void
job_timer(void *obj, int late, int b)
{
	struct job *job = obj;

	(void)b;
	job->timer = NULL;
	if (late)
		job_answer(job);
	else
		job_handle(job);
}

static void
job_delay(struct job *job, bool late)
{
	int64_t ms = job->strikes.delay->ms;

	fault_release(&job->strikes.delay);
	job_hang(job);
	job->timer = sched_add(sched_of(job), ms, job_timer, job, late, 0);
}

/* The answer is known: spoil it, delay it, or send it. */
void
job_answer(struct job *job)
{
	if (job->strikes.delay != NULL) {
		if (job->reply.borrowed) { /* it is the answer of now, sent later */
			job->reply.text = xstrndup(job->reply.text, job->reply.len);
			job->reply.borrowed = false;
		}
		job_delay(job, true);
		return;
	}
	if (job->strikes.other != NULL && job_spoil(job))
		return;
	job_send(job);
}

/* --- from request to answer ------------------------------------------------------ */

static struct cause
job_cause(const struct job *job)
{
	struct cause cause = { .kind = CAUSE_COMMAND, .request = job->number };

	snprintf(cause.account, sizeof(cause.account), "%s",
	    job->account == NULL ? "" : job->account);
	return cause;
}

static void
job_post(struct job *job)
{
	struct server *srv = job->l->srv;
	struct evbuffer *in = evhttp_request_get_input_buffer(job->req);
	size_t len = evbuffer_get_length(in);
	const char *body = len == 0 ? "" : (const char *)evbuffer_pullup(in, -1);
	struct cause cause = job_cause(job);
	struct command cmd;
	char *why = NULL;
	bool done = false, parsed;

	parsed =
	    api_post_parse(srv, &job->path, body, len, &cause, &cmd, &job->reply) == 0;
	if (parsed && job->strikes.other != NULL &&
	    job->strikes.other->kind == F_EFFECT_DELAY) {
		http_hold_effect(job->l->h, &cmd, job->strikes.other->ms);
		api_success(&job->reply);
	} else if (parsed && api_post_execute(&cmd, &why) == 0) {
		done = true;
		api_success(&job->reply);
	} else if (parsed) {
		api_error(&job->reply, srv->cluster, 409, API_REFUSED, why);
	}
	free(why);
	reqlog_outcome(
	    job->l->h->log, job->number, done, job->reply.http, job->reply.text);
}

static void
job_unauthorized(struct job *job)
{
	evhttp_add_header(evhttp_request_get_output_headers(job->req),
	    "WWW-Authenticate", "Basic realm=\"EXPRESSCLUSTER API\"");
	api_error(&job->reply, job->l->srv->cluster, 401, API_NO_RIGHT,
	    "Authentication failed.");
}

/* Each that arrived, also one that a fault answers or swallows. */
static void
job_log_post(const struct job *job)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(job->req);
	size_t len = evbuffer_get_length(in);

	reqlog_post(job->l->h->log, job->l->srv, job->number, job->account,
	    api_path_pattern(&job->path), evhttp_request_get_uri(job->req),
	    len == 0 ? "" : (const char *)evbuffer_pullup(in, -1), len,
	    sched_now(sched_of(job)));
}

static void
job_handle(struct job *job)
{
	struct server *srv = job->l->srv;
	enum evhttp_cmd_type cmd = evhttp_request_get_command(job->req);
	const struct account *acc;

	/* a client that has gone meanwhile is no reason not to do what it asked */
	acc = auth_check(srv->cluster,
	    evhttp_find_header(
	        evhttp_request_get_input_headers(job->req), "Authorization"),
	    &job->account);
	if (cmd == EVHTTP_REQ_POST)
		job_log_post(job);
	if (job->strikes.other != NULL && job_instead(job))
		return;
	if (acc == NULL)
		job_unauthorized(job);
	else if (cmd == EVHTTP_REQ_GET)
		api_get(srv, &job->path, &job->reply);
	else if (cmd != EVHTTP_REQ_POST)
		api_error(&job->reply, srv->cluster, 405, API_BAD_PARAMETER,
		    "Method not allowed.");
	else if (!acc->operation)
		api_error(&job->reply, srv->cluster, 403, API_NO_RIGHT,
		    "No right to operate the cluster.");
	else
		job_post(job);
	job_answer(job);
}

static const char *
method_word(enum evhttp_cmd_type cmd)
{
	switch (cmd) {
	case EVHTTP_REQ_GET:
		return "GET";
	case EVHTTP_REQ_POST:
		return "POST";
	default:
		return "OTHER";
	}
}

static void
on_request(struct evhttp_request *req, void *arg)
{
	struct listener *l = arg;
	struct sim *sim = l->h->sim;
	struct job *job = xcalloc(1, sizeof(*job));
	const char *method = method_word(evhttp_request_get_command(req));
	char *peer = NULL;
	ev_uint16_t port;

	job->l = l;
	job->req = req;
	job->number = ++sim->requests;
	TAILQ_INSERT_TAIL(&l->jobs, job, entry);
	if (!l->srv->api_up) { /* powered off, in the manner that hangs */
		job_hang(job);
		return;
	}
	api_path_parse(&job->path, evhttp_request_get_uri(req));
	reqlog_count(l->h->log, l->srv, method, api_path_pattern(&job->path));
	if (sim->changed != NULL)
		sim->changed(sim->changed_arg);
	evhttp_connection_get_peer(evhttp_request_get_connection(req), &peer, &port);
	faults_match(l->h->faults, l->srv, method, evhttp_request_get_uri(req),
	    peer == NULL ? "" : peer, &job->strikes);
	if (job->strikes.delay != NULL && !job->strikes.delay->late)
		job_delay(job, false);
	else
		job_handle(job);
}

/* --- listeners ---------------------------------------------------------------------
 */

static struct bufferevent *
on_accept(struct event_base *base, void *arg)
{
	struct listener *l = arg;

	reqlog_connection(l->h->log, l->srv);
	if (l->srv->https)
		return tls_bufferevent(l->h->tls, base, l->srv);
	return NULL; /* evhttp makes a plain one */
}

/* A socket bound to the server's address; port 0 becomes a free one. */
static int
bind_socket(struct server *srv, char **cause)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)srv->port) };
	socklen_t len = sizeof(sin);
	int fd = -1;

	if (inet_pton(AF_INET, srv->host, &sin.sin_addr) != 1)
		return cause_set(cause, "server %s: '%s' is not an IPv4 address",
		    srv->name, srv->host);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return cause_set(cause, "socket: %s", strerror(errno));
	evutil_make_listen_socket_reuseable(fd);
	if (bind(fd, (struct sockaddr *)&sin, sizeof(sin)) != 0 ||
	    getsockname(fd, (struct sockaddr *)&sin, &len) != 0) {
		cause_set(cause, "server %s: cannot bind %s:%d: %s", srv->name,
		    srv->host, srv->port, strerror(errno));
		close(fd);
		return -1;
	}
	srv->port = ntohs(sin.sin_port);
	return fd;
}

static void
listener_down(struct listener *l)
{
	struct job *job;

	while ((job = TAILQ_FIRST(&l->jobs)) != NULL) {
		if (gone(job))
			evhttp_request_free(job->req);
		job_free(job); /* the request goes with its connection */
	}
	if (l->http != NULL)
		evhttp_free(l->http);
	l->http = NULL;
}

static int
listener_up(struct listener *l, char **cause)
{
	struct http *h = l->h;

	if (l->fd < 0)
		l->fd = bind_socket(l->srv, cause);
	if (l->fd < 0)
		return -1;
	if (listen(l->fd, 511) != 0)
		return cause_set(
		    cause, "server %s: listen: %s", l->srv->name, strerror(errno));
	l->http = evhttp_new(h->base);
	evhttp_set_allowed_methods(l->http, 0xffff);
	evhttp_set_max_headers_size(l->http, 65536);
	evhttp_set_max_body_size(l->http, 1 << 20);
	evhttp_set_timeout_tv(l->http, &h->keepalive);
	evhttp_set_bevcb(l->http, on_accept, l);
	evhttp_set_gencb(l->http, on_request, l);
	if (evhttp_accept_socket_with_handle(l->http, l->fd) == NULL)
		return cause_set(
		    cause, "server %s: evhttp refuses its socket", l->srv->name);
	l->fd = -1; /* evhttp owns it */
	return 0;
}

void
http_refresh(struct http *h, struct server *srv)
{
	struct listener *l = srv->listener;
	bool up = srv->api_up && !faults_refuse(h->faults, srv);
	char *cause = NULL;

	if (l == NULL)
		return;
	if (!up && srv->hang && srv->os == OS_OFF)
		return; /* accepts, and never answers */
	if (l->http != NULL)
		listener_down(l);
	if (up) {
		if (listener_up(l, &cause) != 0)
			log_err("ecxsim", "%s", cause);
	} else if (l->fd < 0 && (l->fd = bind_socket(srv, &cause)) < 0) {
		log_warn(
		    "ecxsim", "%s", cause); /* bound but deaf: the port stays ours */
	}
	free(cause);
}

static void
on_api_changed(void *arg, struct server *srv, bool abruptly)
{
	(void)abruptly;
	http_refresh(arg, srv);
}

static void
on_refuse(void *arg, struct server *srv)
{
	http_refresh(arg, srv);
}

/* --- all of them ---------------------------------------------------------------------
 */

struct http *
http_new(
    struct event_base *base, struct sim *sim, struct faults *faults, struct reqlog *log)
{
	struct http *h = xcalloc(1, sizeof(*h));

	h->base = base;
	h->sim = sim;
	h->faults = faults;
	h->log = log;
	h->keepalive.tv_sec = sim->keepalive_ms / 1000;
	h->keepalive.tv_usec = sim->keepalive_ms % 1000 * 1000;
	TAILQ_INIT(&h->effects);
	sim->api_changed = on_api_changed;
	sim->api_changed_arg = h;
	faults_on_refuse(faults, on_refuse, h);
	return h;
}

void
http_use_tls(struct http *h, struct tls *tls)
{
	h->tls = tls;
}

int
http_listen(struct http *h, char **cause)
{
	for (size_t i = 0; i < h->sim->n; i++) {
		struct cluster *c = h->sim->clusters[i];

		for (int s = 0; s < c->nsrv; s++) {
			struct listener *l = xcalloc(1, sizeof(*l));

			l->h = h;
			l->srv = &c->srv[s];
			l->fd = -1;
			TAILQ_INIT(&l->jobs);
			l->srv->listener = l;
			if (listener_up(l, cause) != 0)
				return -1;
		}
	}
	return 0;
}

void
http_free(struct http *h)
{
	if (h == NULL)
		return;
	h->sim->api_changed = NULL;
	for (size_t i = 0; i < h->sim->n; i++) {
		struct cluster *c = h->sim->clusters[i];

		for (int s = 0; s < c->nsrv; s++) {
			struct listener *l = c->srv[s].listener;

			if (l == NULL)
				continue;
			listener_down(l);
			if (l->fd >= 0)
				close(l->fd);
			free(l);
			c->srv[s].listener = NULL;
		}
	}
	http_drop_effects(h);
	free(h);
}

char *
http_url(const struct server *srv)
{
	return xasprintf(
	    "%s://%s:%d/api/v1", srv->https ? "https" : "http", srv->host, srv->port);
}
