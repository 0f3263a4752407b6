/*
 * SPDX-License-Identifier: Apache-2.0
 * HTTP/1.1 on an event base. See http.h.
 */
#include "ecx/http.h"

#include <curl/curl.h>
#include <event2/event.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/resource.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/stats.h"

#define SLICE_US    4000 /* of handing over answers in one turn of the loop */
#define BODY_KEEP   65536 /* bytes of buffer an idle handle keeps */
#define BODY_FIRST  4096
#define HEADERS_MAX 65536 /* bytes: curl limits a line but not their number */
#define READ_BUFFER 16384L
#define HANDLES_MAX 512 /* idle handles kept */

enum place { PLACE_IDLE, PLACE_QUEUE, PLACE_RUNNING, PLACE_DONE };

struct http_transfer {
	TAILQ_ENTRY(http_transfer) entry;
	struct http *http;
	enum place place;
	CURL *easy;
	struct curl_slist *headers;
	http_cb *cb;
	void *arg;
	bool post, sent, late, too_big;
	msec_t deadline, timeout;
	size_t answer_max, header_bytes;
	CURLcode result;
	char *body;
	size_t len, size;
	char error[CURL_ERROR_SIZE];
};
TAILQ_HEAD(transfers, http_transfer);

struct http {
	struct event_base *base;
	CURLM *multi;
	struct event *timer; /* curl's */
	struct event *slice; /* answers to hand over */
	unsigned connections, running; /* GETs */
	struct transfers idle, queue, active, done;
	size_t nidle;
};

struct http_socket {
	struct event *event;
};

static void collect(struct http *);

/* --- curl's sockets and timer on libevent ---------------------------------- */

static void
on_socket(evutil_socket_t fd, short what, void *arg)
{
	struct http *h = arg;
	int running, mask = 0;

	if (what & EV_READ)
		mask |= CURL_CSELECT_IN;
	if (what & EV_WRITE)
		mask |= CURL_CSELECT_OUT;
	curl_multi_socket_action(h->multi, fd, mask, &running);
	collect(h);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct http *h = arg;
	int running;

	(void)fd;
	(void)what;
	curl_multi_socket_action(h->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	collect(h);
}

static int
socket_changed(CURL *easy, curl_socket_t fd, int what, void *arg, void *sockp)
{
	struct http_socket *s = sockp;
	struct http *h = arg;
	short events = EV_PERSIST;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (s != NULL) {
			event_free(s->event);
			free(s);
			curl_multi_assign(h->multi, fd, NULL);
		}
		return 0;
	}
	if (what & CURL_POLL_IN)
		events |= EV_READ;
	if (what & CURL_POLL_OUT)
		events |= EV_WRITE;
	if (s == NULL) {
		s = xcalloc(1, sizeof(*s));
		s->event = event_new(h->base, fd, events, on_socket, h);
		curl_multi_assign(h->multi, fd, s);
	} else {
		event_del(s->event);
		event_assign(s->event, h->base, fd, events, on_socket, h);
	}
	event_add(s->event, NULL);
	return 0;
}

static int
timer_changed(CURLM *multi, long ms, void *arg)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };
	struct http *h = arg;

	(void)multi;
	if (ms < 0)
		event_del(h->timer);
	else
		event_add(h->timer, &tv);
	return 0;
}

/* --- one transfer ------------------------------------------------------------ */

static size_t
on_body(char *data, size_t size, size_t n, void *arg)
{
	struct http_transfer *t = arg;

	n *= size;
	if (n > t->answer_max - t->len) {
		t->too_big = true;
		return 0;
	}
	while (t->size - t->len < n) {
		t->size = t->size == 0 ? BODY_FIRST : t->size * 2;
		t->body = xreallocarray(t->body, t->size, 1);
	}
	memcpy(t->body + t->len, data, n);
	t->len += n;
	return n;
}

static size_t
on_header(char *data, size_t size, size_t n, void *arg)
{
	struct http_transfer *t = arg;

	(void)data;
	n *= size;
	t->header_bytes += n;
	if (t->header_bytes > HEADERS_MAX) {
		t->too_big = true;
		return 0;
	}
	return n;
}

/* Connected and about to send: the last moment to think better of it. */
static int
on_leaving(void *arg, char *ip, char *local_ip, int port, int local_port)
{
	struct http_transfer *t = arg;

	(void)ip;
	(void)local_ip;
	(void)port;
	(void)local_port;
	if (t->deadline != 0 && clock_ms() > t->deadline) {
		t->late = true;
		return CURL_PREREQFUNC_ABORT;
	}
	if (!t->sent)
		stat_add(STAT_HTTP_REQUESTS, 1);
	t->sent = true;
	return CURL_PREREQFUNC_OK;
}

static CURLcode
set_trust(CURL *c, const struct http_request *rq)
{
	/* a pin without a CA stands for the chain: self-signed is the usual case */
	bool chain = rq->verify && (rq->ca_file != NULL || rq->pinned_key == NULL);
	CURLcode rc = CURLE_OK;

	rc |= curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	rc |= curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, chain ? 1L : 0L);
	rc |= curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, chain ? 2L : 0L);
	if (!chain || rq->ca_file != NULL) {
		/* else the system's directory would be trusted beside the file */
		rc |= curl_easy_setopt(c, CURLOPT_CAINFO, chain ? rq->ca_file : NULL);
		rc |= curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
	}
	if (rq->pinned_key != NULL)
		rc |= curl_easy_setopt(c, CURLOPT_PINNEDPUBLICKEY, rq->pinned_key);
#if LIBCURL_VERSION_NUM >= 0x075700
	rc |= curl_easy_setopt(c, CURLOPT_CA_CACHE_TIMEOUT, 3600L);
#endif
	/* handles are shared by many servers: a handle's few sessions never fit */
	rc |= curl_easy_setopt(c, CURLOPT_SSL_SESSIONID_CACHE, 0L);
	return rc;
}

static CURLcode
set_method(struct http_transfer *t, const struct http_request *rq)
{
	struct curl_slist *l = NULL;
	CURLcode rc = CURLE_OK;

	l = curl_slist_append(l, "Accept: application/json");
	if (rq->post) {
		rc |= curl_easy_setopt(t->easy, CURLOPT_POST, 1L);
		rc |= curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE,
		    rq->body == NULL ? 0L : (long)strlen(rq->body));
		rc |= curl_easy_setopt(
		    t->easy, CURLOPT_COPYPOSTFIELDS, rq->body == NULL ? "" : rq->body);
		rc |= curl_easy_setopt(t->easy, CURLOPT_FRESH_CONNECT, 1L);
		rc |= curl_easy_setopt(t->easy, CURLOPT_FORBID_REUSE, 1L);
		l = curl_slist_append(l,
		    rq->body == NULL ? "Content-Type:"
		                     : "Content-Type: application/json");
		l = curl_slist_append(l, "Expect:");
	}
	t->headers = l;
	rc |= curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, l);
	return rc;
}

/* The one place where a handle is set up. CURLcode's bits are or'ed: 0 is all well. */
static CURLcode
set_up(struct http_transfer *t, const struct http_request *rq)
{
	CURL *c = t->easy;
	CURLcode rc = CURLE_OK;

	rc |= curl_easy_setopt(c, CURLOPT_PRIVATE, t);
	rc |= curl_easy_setopt(c, CURLOPT_ERRORBUFFER, t->error);
	rc |= curl_easy_setopt(c, CURLOPT_URL, rq->url);
	rc |= curl_easy_setopt(c, CURLOPT_PATH_AS_IS, 1L); /* a group may be ".." */
	rc |= curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	rc |= curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	rc |= curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	rc |= curl_easy_setopt(c, CURLOPT_PROXY, "");
	rc |= curl_easy_setopt(c, CURLOPT_NOPROXY, "*");
	rc |= curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
#if LIBCURL_VERSION_NUM >= 0x075500
	rc |= curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
#else
	rc |= curl_easy_setopt(
	    c, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
#if LIBCURL_VERSION_NUM >= 0x075700
	/* else giving up on a slow resolver would wait for its thread */
	rc |= curl_easy_setopt(c, CURLOPT_QUICK_EXIT, 1L);
#endif
	rc |= curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS,
	    (long)(rq->connect_timeout < rq->timeout ? rq->connect_timeout
	                                             : rq->timeout));
	rc |= curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)rq->timeout);
	rc |= curl_easy_setopt(c, CURLOPT_BUFFERSIZE, READ_BUFFER);
	rc |= curl_easy_setopt(c, CURLOPT_USERAGENT, "clusterset");
	rc |= curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	rc |= curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
	rc |= curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	rc |= curl_easy_setopt(c, CURLOPT_HEADERDATA, t);
	rc |= curl_easy_setopt(c, CURLOPT_PREREQFUNCTION, on_leaving);
	rc |= curl_easy_setopt(c, CURLOPT_PREREQDATA, t);
	if (rq->credentials != NULL && rq->credentials->user != NULL) {
		rc |= curl_easy_setopt(c, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		rc |= curl_easy_setopt(c, CURLOPT_USERNAME, rq->credentials->user);
		rc |= curl_easy_setopt(c, CURLOPT_PASSWORD,
		    rq->credentials->password == NULL ? "" : rq->credentials->password);
	}
	rc |= set_trust(c, rq);
	rc |= set_method(t, rq);
	return rc == CURLE_OK ? CURLE_OK : CURLE_FAILED_INIT;
}

/* --- queue and hand-over ------------------------------------------------------ */

static void
move_to(struct http_transfer *t, enum place place, struct transfers *list, bool head)
{
	t->place = place;
	if (head)
		TAILQ_INSERT_HEAD(list, t, entry);
	else
		TAILQ_INSERT_TAIL(list, t, entry);
}

static void
finish(struct http_transfer *t, CURLcode result)
{
	static const struct timeval at_once = { 0, 0 };
	struct http *h = t->http;

	t->result = result;
	/* a command's answer does not queue behind a hundred polls */
	move_to(t, PLACE_DONE, &h->done, t->post);
	event_add(h->slice, &at_once);
}

static void
run(struct http_transfer *t)
{
	struct http *h = t->http;

	if (curl_multi_add_handle(h->multi, t->easy) != CURLM_OK) {
		finish(t, CURLE_FAILED_INIT);
		return;
	}
	move_to(t, PLACE_RUNNING, &h->active, false);
	if (!t->post)
		h->running++;
}

static void
run_queued(struct http *h)
{
	struct http_transfer *t;

	while (h->running < h->connections && (t = TAILQ_FIRST(&h->queue)) != NULL) {
		TAILQ_REMOVE(&h->queue, t, entry);
		run(t);
	}
}

static void
stop(struct http_transfer *t)
{
	struct http *h = t->http;

	curl_multi_remove_handle(h->multi, t->easy);
	TAILQ_REMOVE(&h->active, t, entry);
	if (!t->post)
		h->running--;
}

/* Takes what curl has finished. */
static void
collect(struct http *h)
{
	struct http_transfer *t;
	CURLcode result;
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(h->multi, &left)) != NULL) {
		if (msg->msg != CURLMSG_DONE)
			continue;
		result = msg->data.result;
		curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &t);
		stop(t);
		finish(t, result);
	}
	run_queued(h);
}

static void
transfer_free(struct http_transfer *t)
{
	curl_easy_cleanup(t->easy);
	curl_slist_free_all(t->headers);
	free(t->body);
	free(t);
}

/* Back to the idle ones, or away; it is on no list. */
static void
release(struct http_transfer *t)
{
	struct http *h = t->http;

	if (h->nidle >= HANDLES_MAX) {
		transfer_free(t);
		return;
	}
	curl_easy_reset(t->easy); /* forgets the password among the rest */
	curl_slist_free_all(t->headers);
	t->headers = NULL;
	if (t->size > BODY_KEEP) {
		xfree_clear(&t->body);
		t->size = 0;
	}
	h->nidle++;
	move_to(t, PLACE_IDLE, &h->idle, true);
}

static void
hand_over(struct http_transfer *t)
{
	struct http_answer a = { 0 };
	long os_errno = 0;

	a.curl = (int)t->result;
	a.sent = t->sent;
	a.late = t->late;
	a.too_big = t->too_big;
	a.timeout = t->timeout;
	a.detail = t->error;
	a.body = t->body == NULL ? "" : t->body;
	a.len = t->len;
	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &a.status);
	curl_easy_getinfo(t->easy, CURLINFO_SSL_VERIFYRESULT, &a.verify);
	curl_easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &os_errno);
	a.os_errno = (int)os_errno;
	t->cb(&a, t->arg);
}

static void
on_slice(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval at_once = { 0, 0 };
	int64_t until = clock_us() + SLICE_US;
	struct http *h = arg;
	struct http_transfer *t;

	(void)fd;
	(void)what;
	while ((t = TAILQ_FIRST(&h->done)) != NULL && clock_us() < until) {
		TAILQ_REMOVE(&h->done, t, entry);
		t->place = PLACE_IDLE;
		hand_over(t);
		release(t);
	}
	if (!TAILQ_EMPTY(&h->done))
		event_add(h->slice, &at_once);
}

/* --- public ------------------------------------------------------------------- */

struct http_transfer *
http_start(struct http *h, const struct http_request *rq, http_cb *cb, void *arg)
{
	struct http_transfer *t = TAILQ_FIRST(&h->idle);
	CURLcode rc;

	if (t != NULL) {
		TAILQ_REMOVE(&h->idle, t, entry);
		h->nidle--;
	} else {
		t = xcalloc(1, sizeof(*t));
		t->http = h;
		t->easy = curl_easy_init();
		if (t->easy == NULL)
			abort(); /* out of memory, see base/mem.h */
	}
	t->cb = cb;
	t->arg = arg;
	t->post = rq->post;
	t->sent = t->late = t->too_big = false;
	t->deadline = rq->deadline;
	t->timeout = rq->timeout;
	t->answer_max = rq->answer_max;
	t->len = t->header_bytes = 0;
	t->error[0] = '\0';
	rc = set_up(t, rq);
	if (rc != CURLE_OK)
		finish(t, rc);
	else if (t->post)
		run(t);
	else {
		move_to(t, PLACE_QUEUE, &h->queue, rq->first);
		run_queued(h);
	}
	return t;
}

void
http_cancel(struct http_transfer *t)
{
	struct http *h = t->http;

	switch (t->place) {
	case PLACE_QUEUE:
		TAILQ_REMOVE(&h->queue, t, entry);
		break;
	case PLACE_RUNNING:
		stop(t);
		break;
	case PLACE_DONE:
		TAILQ_REMOVE(&h->done, t, entry);
		break;
	case PLACE_IDLE:
		return;
	}
	release(t);
	run_queued(h);
}

struct http *
http_new(struct event_base *base, unsigned connections)
{
	struct http *h = xcalloc(1, sizeof(*h));

	curl_global_init(CURL_GLOBAL_DEFAULT);
	signal(SIGPIPE, SIG_IGN); /* OpenSSL writes to connections that may be gone */
	h->base = base;
	h->multi = curl_multi_init();
	if (h->multi == NULL)
		abort(); /* out of memory, see base/mem.h */
	h->timer = evtimer_new(base, on_timer, h);
	h->slice = evtimer_new(base, on_slice, h);
	TAILQ_INIT(&h->idle);
	TAILQ_INIT(&h->queue);
	TAILQ_INIT(&h->active);
	TAILQ_INIT(&h->done);
	curl_multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, socket_changed);
	curl_multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h);
	curl_multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, timer_changed);
	curl_multi_setopt(h->multi, CURLMOPT_TIMERDATA, h);
	curl_multi_setopt(h->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
	http_set_connections(h, connections);
	return h;
}

void
http_set_connections(struct http *h, unsigned connections)
{
	h->connections = connections == 0 ? 1 : connections;
	run_queued(h);
}

void
http_set_idle(struct http *h, size_t servers)
{
	struct rlimit lim;
	size_t most = 512;

	if (getrlimit(RLIMIT_NOFILE, &lim) == 0 && lim.rlim_cur != RLIM_INFINITY)
		most = (size_t)lim.rlim_cur / 2;
	if (servers > most) {
		log_notice("ecx",
		    "%zu servers but only %zu file descriptors for connections: "
		    "some are opened anew in each round; raise LimitNOFILE",
		    servers, most);
		servers = most;
	}
	curl_multi_setopt(
	    h->multi, CURLMOPT_MAXCONNECTS, (long)(servers < 16 ? 16 : servers));
}

void
http_free(struct http *h)
{
	struct transfers *lists[] = { &h->idle, &h->queue, &h->active, &h->done };
	struct http_transfer *t;
	size_t i;

	if (h == NULL)
		return;
	while ((t = TAILQ_FIRST(&h->active)) != NULL) {
		stop(t);
		move_to(t, PLACE_IDLE, &h->idle, true);
	}
	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		while ((t = TAILQ_FIRST(lists[i])) != NULL) {
			TAILQ_REMOVE(lists[i], t, entry);
			transfer_free(t);
		}
	curl_multi_cleanup(h->multi); /* closes what is idle, through our callbacks */
	event_free(h->timer);
	event_free(h->slice);
	free(h);
}
