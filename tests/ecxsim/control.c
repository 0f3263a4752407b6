/*
 * SPDX-License-Identifier: Apache-2.0
 * The control endpoint. See control.h.
 */
#include "tests/ecxsim/control.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/mem.h"

struct waiting {
	TAILQ_ENTRY(waiting) entry;
	struct control *ctl;
	struct evhttp_request *req;
	struct evkeyvalq query;
	struct timer *deadline;
};
TAILQ_HEAD(waitings, waiting);

struct control {
	struct world *w;
	struct evhttp *http;
	int port;
	struct waitings waiting;
	struct event *check; /* runs once after any number of changes */
};

static void
reply(struct evhttp_request *req, int status, json_t *j)
{
	struct evbuffer *body = evbuffer_new();
	char *text = json_dumps(j, JSON_INDENT(1));

	evhttp_add_header(
	    evhttp_request_get_output_headers(req), "Content-Type", "application/json");
	evbuffer_add_printf(body, "%s\n", text);
	evhttp_send_reply(req, status, NULL, body);
	evbuffer_free(body);
	free(text);
	json_decref(j);
}

static void
reply_error(struct evhttp_request *req, int status, const char *why)
{
	reply(req, status,
	    json_pack("{s:b, s:s}", "ok", 0, "error", why == NULL ? "" : why));
}

/* --- waiting -------------------------------------------------------------------------
 */

static void
waiting_end(struct waiting *wt, int result, const char *why)
{
	struct control *c = wt->ctl;

	if (result > 0)
		reply(wt->req, 200, json_pack("{s:b}", "ok", 1));
	else if (result == 0)
		reply_error(wt->req, 408, "the time is over");
	else
		reply_error(wt->req, 400, why);
	sched_cancel(c->w->sim->sched, &wt->deadline);
	TAILQ_REMOVE(&c->waiting, wt, entry);
	evhttp_clear_headers(&wt->query);
	free(wt);
}

static void
on_deadline(void *obj, int a, int b)
{
	struct waiting *wt = obj;

	(void)a;
	(void)b;
	wt->deadline = NULL;
	waiting_end(wt, 0, NULL);
}

static void
check_all(evutil_socket_t fd, short what, void *arg)
{
	struct control *c = arg;
	struct waiting *wt, *next;
	char *cause = NULL;
	int result;

	(void)fd;
	(void)what;
	for (wt = TAILQ_FIRST(&c->waiting); wt != NULL; wt = next) {
		next = TAILQ_NEXT(wt, entry);
		result = wait_check(c->w, &wt->query, &cause);
		if (result != 0)
			waiting_end(wt, result, cause);
	}
	free(cause);
}

static void
on_changed(void *arg)
{
	struct control *c = arg;

	if (!TAILQ_EMPTY(&c->waiting))
		event_active(c->check, EV_TIMEOUT, 0);
}

static void
do_wait(struct control *c, struct evhttp_request *req, struct evkeyvalq *query)
{
	const char *timeout = evhttp_find_header(query, "timeout");
	struct waiting *wt = xcalloc(1, sizeof(*wt));
	struct evkeyval *kv;
	double seconds = timeout == NULL ? 10 : strtod(timeout, NULL);
	struct evhttp_connection *conn = evhttp_request_get_connection(req);

	wt->ctl = c;
	wt->req = req;
	TAILQ_INIT(&wt->query);
	TAILQ_FOREACH (kv, query, next)
		evhttp_add_header(&wt->query, kv->key, kv->value);
	TAILQ_INSERT_TAIL(&c->waiting, wt, entry);
	evhttp_connection_set_timeout(conn, 86400);
	wt->deadline = sched_add(
	    c->w->sim->sched, (int64_t)(seconds * 1000), on_deadline, wt, 0, 0);
	event_active(c->check, EV_TIMEOUT, 0);
}

/* --- the rest
 * --------------------------------------------------------------------------- */

static json_t *
body_json(struct evhttp_request *req)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(req);
	size_t len = evbuffer_get_length(in);

	return len == 0 ? json_object()
	                : json_loadb((const char *)evbuffer_pullup(in, -1), len,
	                      JSON_REJECT_DUPLICATES, NULL);
}

/* What a hypervisor or a disk array would say: who has it now? */
static void
do_active(struct control *c, struct evhttp_request *req, struct evkeyvalq *query)
{
	const char *vm = evhttp_find_header(query, "vm");
	const char *lun = evhttp_find_header(query, "lun");

	if (vm == NULL && lun == NULL)
		reply_error(req, 400, "vm=NAME or lun=ID");
	else
		reply(req, 200,
		    json_pack("{s:o}", "active",
		        oracle_where(
		            c->w->sim->oracle, vm ? KEY_VM : KEY_LUN, vm ? vm : lun)));
}

static void
do_get(struct control *c, struct evhttp_request *req, const char *path,
    struct evkeyvalq *query)
{
	struct world *w = c->w;
	const char *history = evhttp_find_header(query, "history");

	if (strcmp(path, "/oracle") == 0)
		reply(req, 200,
		    oracle_json(w->sim->oracle, sched_now(w->sim->sched),
		        history == NULL                      ? ORACLE_ALL
		            : strcmp(history, "no") == 0     ? ORACLE_COUNTS
		            : strcmp(history, "active") == 0 ? ORACLE_ACTIVE
		                                             : ORACLE_ALL));
	else if (strcmp(path, "/active") == 0)
		do_active(c, req, query);
	else if (strcmp(path, "/state") == 0)
		reply(req, 200, state_json(w, evhttp_find_header(query, "cluster")));
	else if (strcmp(path, "/requests") == 0)
		reply(req, 200,
		    reqlog_json(w->log, evhttp_find_header(query, "cluster"),
		        evhttp_find_header(query, "server"),
		        evhttp_find_header(query, "method"),
		        evhttp_find_header(query, "pattern")));
	else if (strcmp(path, "/fault") == 0 || strcmp(path, "/faults") == 0)
		reply(req, 200, json_pack("{s:o}", "faults", faults_json(w->faults)));
	else if (strcmp(path, "/wait") == 0)
		do_wait(c, req, query);
	else
		reply_error(req, 404,
		    "GET /oracle /active /state /requests /faults /wait, POST /do "
		    "/fault "
		    "/scenario, DELETE /fault");
}

static void
do_post(struct control *c, struct evhttp_request *req, const char *path)
{
	json_t *body = body_json(req);
	char *cause = NULL;
	int id = 0, err;

	if (body == NULL) {
		reply_error(req, 400, "the body is not JSON");
		return;
	}
	if (strcmp(path, "/do") == 0)
		err = action_do(c->w, body, &cause);
	else if (strcmp(path, "/fault") == 0)
		err = id = faults_add(c->w->faults, body, &cause);
	else if (strcmp(path, "/scenario") == 0)
		err = scenario_start(c->w, body, &cause);
	else
		err = cause_set(&cause, "POST /do, /fault or /scenario");
	if (err < 0)
		reply_error(req, 400, cause);
	else
		reply(req, 200, json_pack("{s:b, s:i}", "ok", 1, "id", id));
	free(cause);
	json_decref(body);
}

static void
on_control(struct evhttp_request *req, void *arg)
{
	struct control *c = arg;
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(req);
	const char *path = evhttp_uri_get_path(uri), *q = evhttp_uri_get_query(uri),
	           *id;
	struct evkeyvalq query;

	TAILQ_INIT(&query);
	if (q != NULL && evhttp_parse_query_str(q, &query) != 0) {
		reply_error(req, 400, "the query cannot be parsed");
		return;
	}
	switch (evhttp_request_get_command(req)) {
	case EVHTTP_REQ_GET:
		do_get(c, req, path, &query);
		break;
	case EVHTTP_REQ_POST:
		do_post(c, req, path);
		break;
	case EVHTTP_REQ_DELETE:
		id = evhttp_find_header(&query, "id");
		if (strcmp(path, "/fault") != 0 && strcmp(path, "/faults") != 0) {
			reply_error(req, 404, "DELETE /fault or /fault?id=N");
			break;
		}
		reply(req, 200,
		    json_pack("{s:b, s:i}", "ok", 1, "cleared",
		        faults_clear(
		            c->w->faults, id ? (int)strtol(id, NULL, 10) : 0)));
		break;
	default:
		reply_error(req, 405, "GET, POST or DELETE");
	}
	evhttp_clear_headers(&query);
}

struct control *
control_new(
    struct event_base *base, struct world *w, const char *host, int port, char **cause)
{
	struct control *c = xcalloc(1, sizeof(*c));
	struct evhttp_bound_socket *sock;
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	c->w = w;
	TAILQ_INIT(&c->waiting);
	c->http = evhttp_new(base);
	c->check = event_new(base, -1, 0, check_all, c);
	evhttp_set_allowed_methods(
	    c->http, EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_DELETE);
	evhttp_set_max_body_size(c->http, 16 << 20);
	evhttp_set_gencb(c->http, on_control, c);
	sock = evhttp_bind_socket_with_handle(c->http, host, (ev_uint16_t)port);
	if (sock == NULL ||
	    getsockname(
	        evhttp_bound_socket_get_fd(sock), (struct sockaddr *)&ss, &len) != 0) {
		cause_set(cause, "cannot listen on %s:%d (control)", host, port);
		control_free(c);
		return NULL;
	}
	c->port = ntohs(((struct sockaddr_in *)&ss)->sin_port);
	w->sim->changed = on_changed;
	w->sim->changed_arg = c;
	return c;
}

void
control_free(struct control *c)
{
	struct waiting *wt;

	if (c == NULL)
		return;
	c->w->sim->changed = NULL;
	while ((wt = TAILQ_FIRST(&c->waiting)) != NULL)
		waiting_end(wt, 0, NULL);
	evhttp_free(c->http);
	event_free(c->check);
	free(c);
}

int
control_port(const struct control *c)
{
	return c->port;
}
