/*
 * SPDX-License-Identifier: Apache-2.0
 * What faults do to a request in flight. See http_int.h and README.md, "Faults".
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "tests/ecxsim/http_int.h"

/* --- accepted now, done later ---------------------------------------------------- */

static void
effect_free(struct effect *e)
{
	sched_cancel(e->h->sim->sched, &e->timer);
	TAILQ_REMOVE(&e->h->effects, e, entry);
	free(e);
}

static void
effect_do(void *obj, int a, int b)
{
	struct effect *e = obj;
	struct command cmd = e->cmd;
	struct http *h = e->h;
	bool done;

	(void)a;
	(void)b;
	e->timer = NULL;
	effect_free(e);
	done = api_post_execute(&cmd, NULL) == 0;
	reqlog_outcome(
	    h->log, cmd.cause.request, done, 200, done ? "late" : "late, in vain");
}

void
http_hold_effect(struct http *h, const struct command *cmd, int64_t ms)
{
	struct effect *e = xcalloc(1, sizeof(*e));

	e->h = h;
	e->cmd = *cmd;
	TAILQ_INSERT_TAIL(&h->effects, e, entry);
	if (ms >= 0)
		e->timer = sched_add(h->sim->sched, ms, effect_do, e, 0, 0);
}

int
http_release(struct http *h)
{
	struct effect *e;
	int n = 0;

	while ((e = TAILQ_FIRST(&h->effects)) != NULL) {
		sched_cancel(h->sim->sched, &e->timer);
		effect_do(e, 0, 0);
		n++;
	}
	return n;
}

int
http_held(const struct http *h)
{
	struct effect *e;
	int n = 0;

	TAILQ_FOREACH (e, &h->effects, entry)
		n++;
	return n;
}

void
http_drop_effects(struct http *h)
{
	while (!TAILQ_EMPTY(&h->effects))
		effect_free(TAILQ_FIRST(&h->effects));
}

/* --- instead of looking at the request ---------------------------------------------
 */

static void
reply_text(struct job *job, int status, char *text, const char *type)
{
	if (type != NULL)
		evhttp_add_header(
		    evhttp_request_get_output_headers(job->req), "Content-Type", type);
	api_reply_clear(&job->reply);
	job->reply.http = status;
	job->reply.text = text;
	job->reply.len = strlen(text);
}

static char *
oversize(size_t bytes)
{
	char *text = xmalloc(bytes + 64);
	size_t n = (size_t)snprintf(
	    text, 64, "{\"result\":{\"code\":0,\"message\":\"\"},\"filler\":\"");

	memset(text + n, 'x', bytes);
	snprintf(text + n + bytes, 4, "\"}");
	return text;
}

bool
job_instead(struct job *job)
{
	const struct fault *f = job->strikes.other;
	struct cluster *c = job->l->srv->cluster;
	struct evkeyvalq *headers = evhttp_request_get_output_headers(job->req);
	char *text;

	switch (f->kind) {
	case F_HANG:
		job_hang(job);
		return true;
	case F_CLOSE:
		job_close(job, false, 0);
		return true;
	case F_RESET:
		job_close(job, true, 0);
		return true;
	case F_DENY_IP:
		api_error(&job->reply, c, 403, API_NO_RIGHT,
		    f->message ? f->message : "The client is not permitted.");
		break;
	case F_UNAUTHORIZED:
		evhttp_add_header(
		    headers, "WWW-Authenticate", "Basic realm=\"EXPRESSCLUSTER API\"");
		api_error(&job->reply, c, 401, API_NO_RIGHT, "Authentication failed.");
		break;
	case F_HTTP_STATUS:
		text = json_dumps(json_object_get(f->keys, "body"), JSON_ENCODE_ANY);
		if (text == NULL)
			text =
			    xasprintf("{\"result\":{\"code\":%d,\"message\":\"%s\"}}",
			        f->code, f->message ? f->message : "Internal error.");
		reply_text(job, f->status, text, NULL);
		break;
	case F_ENVELOPE_CODE:
		text = xasprintf("{\"result\":{\"code\":%d,\"message\":\"%s\"}}",
		    f->code, f->message ? f->message : "Internal error.");
		reply_text(job, 200, text, NULL);
		break;
	case F_NON_JSON_BODY:
		reply_text(job, f->status,
		    xstrdup(f->message ? f->message
		                       : "<html><body>Bad gateway</body></html>"),
		    "text/html");
		break;
	case F_EMPTY_BODY:
		reply_text(job, f->status, xstrdup(""), NULL);
		break;
	case F_OVERSIZE_BODY:
		reply_text(job, 200, oversize(f->bytes), NULL);
		break;
	case F_DEEP_JSON:
		text = xcalloc(1, f->bytes + 1);
		memset(text, '[', f->bytes);
		reply_text(job, 200, text, NULL);
		break;
	case F_REDIRECT:
		evhttp_add_header(headers, "Location",
		    f->message ? f->message : "http://127.0.0.1:1/api/v1/cluster");
		reply_text(job, f->status, xstrdup(""), NULL);
		break;
	default:
		return false;
	}
	fault_release(&job->strikes.other);
	job_answer(job);
	return true;
}

/* --- the true answer, badly delivered ------------------------------------------------
 */

/*
 * Where bytes can be written behind evhttp's back. On a kept connection evhttp would
 * take them for its own last answer and end the request as soon as they are out.
 */
static struct evbuffer *
raw_output(struct job *job)
{
	struct evhttp_connection *conn = evhttp_request_get_connection(job->req);
	bufferevent_data_cb on_read, on_written;
	bufferevent_event_cb on_event;
	struct bufferevent *bev;
	void *arg;

	if (conn == NULL)
		return NULL;
	bev = evhttp_connection_get_bufferevent(conn);
	bufferevent_getcb(bev, &on_read, &on_written, &on_event, &arg);
	bufferevent_setcb(bev, on_read, NULL, on_event, arg);
	bufferevent_enable(bev, EV_WRITE);
	return bufferevent_get_output(bev);
}

static void
raw_header(struct job *job, struct evbuffer *out)
{
	evbuffer_add_printf(out,
	    "HTTP/1.1 %d OK\r\nContent-Type: application/json; charset=utf-8\r\n"
	    "Content-Length: %zu\r\n\r\n",
	    job->reply.http, job->reply.len);
}

static void
drip(void *obj, int a, int b)
{
	struct job *job = obj;
	struct evbuffer *out = raw_output(job);

	(void)a;
	(void)b;
	job->timer = NULL;
	if (out == NULL || job->sent == job->reply.len) {
		job_close(job, false, 200);
		return;
	}
	evbuffer_add(out, job->reply.text + job->sent++, 1);
	job->timer =
	    sched_add(job->l->h->sim->sched, job->strikes.other->ms, drip, job, 0, 0);
}

static void
own(struct api_reply *r)
{
	if (r->borrowed)
		r->text = xstrndup(r->text, r->len);
	r->borrowed = false;
}

/* evhttp leaves a Date that is there as it is. */
static void
wrong_date(struct job *job, int64_t ms)
{
	time_t then = time(NULL) + (time_t)(ms / 1000);
	char text[64];
	struct tm tm;

	if (gmtime_r(&then, &tm) == NULL ||
	    strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &tm) == 0)
		return;
	evhttp_add_header(evhttp_request_get_output_headers(job->req), "Date", text);
}

bool
job_spoil(struct job *job)
{
	const struct fault *f = job->strikes.other;
	struct api_reply *r = &job->reply;
	struct evbuffer *out = NULL;
	char *text;

	if (f->kind == F_RESET_MID_BODY || f->kind == F_DRIP)
		out = raw_output(job);

	switch (f->kind) {
	case F_EXECUTE_LOSE_ANSWER:
		job_hang(job);
		return true;
	case F_EXECUTE_CLOSE:
		job_close(job, false, 0);
		return true;
	case F_RESET_MID_BODY:
		if (out != NULL) {
			raw_header(job, out);
			evbuffer_add(out, r->text,
			    f->bytes > 0 && f->bytes < r->len ? f->bytes : r->len / 2);
		}
		job_close(job, true, 100);
		return true;
	case F_DRIP:
		own(r);
		if (out != NULL)
			raw_header(job, out);
		job_hang(job);
		drip(job, 0, 0);
		return true;
	case F_DATE:
		wrong_date(job, f->ms);
		return false;
	case F_TRUNCATE_JSON:
		own(r);
		r->len = f->bytes > 0 && f->bytes < r->len ? f->bytes : r->len / 2;
		r->text[r->len] = '\0';
		return false;
	case F_WRONG_TYPES:
	case F_MISSING_FIELDS:
	case F_SET_FIELDS:
	case F_DROP_ITEMS:
		own(r);
		text = fault_spoil(f, r->text);
		if (text != NULL) {
			free(r->text);
			r->text = text;
			r->len = strlen(text);
		}
		return false;
	default:
		return false;
	}
}
