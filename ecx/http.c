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
#include <strings.h>
#include <sys/queue.h>
#include <sys/resource.h>

#include "base/mem.h"
#include "base/stats.h"
#include "ecx/http_options.h"

#define SLICE_US    4000 /* of work in one turn of the loop: handshakes, answers */
#define STARTS_MAX  8 /* in one turn: curl connects all that were added in one go */
#define BODY_KEEP   65536 /* bytes of buffer an idle handle keeps */
#define BODY_FIRST  4096
#define HEADERS_MAX 65536 /* bytes: curl limits a line but not their number */
#define HANDLES_MAX 512 /* idle handles kept */
#define DATE_MAX    64 /* bytes of a header that may be a date */

enum place { PLACE_IDLE, PLACE_QUEUE, PLACE_RUNNING, PLACE_DONE };

struct http_transfer {
	TAILQ_ENTRY(http_transfer) entry;
	struct http *http;
	enum place place;
	CURL *easy;
	struct http_peer *peer;
	struct curl_slist *headers;
	http_cb *cb;
	void *arg;
	bool post, suspect, sent, late, too_big;
	msec_t deadline, timeout;
	size_t answer_max, header_bytes;
	int64_t date;
	CURLcode result;
	char *body;
	size_t len, size;
	char error[CURL_ERROR_SIZE];
};
TAILQ_HEAD(transfers, http_transfer);

struct http_peer {
	CURLSH *share;
};

struct http_socket {
	TAILQ_ENTRY(http_socket) entry;
	struct http *http;
	struct event *event;
	curl_socket_t fd;
	int mask; /* what it is ready for while it waits in `ready` */
};
TAILQ_HEAD(sockets, http_socket);

struct http {
	/* for those without a peer: libcurl 7.88 loses memory when a handle that ran
	 * without a share gets one later */
	CURLSH *none;
	struct event_base *base;
	CURLM *multi;
	struct event *timer; /* curl's */
	struct event *slice; /* work that is left for the next turn */
	int64_t until; /* end of this turn's slice; 0: nothing was done in it yet */
	unsigned started; /* in this turn */
	struct sockets ready;
	unsigned connections, running,
	    suspects; /* GETs; suspects are among the running */
	struct transfers idle, queue, queue_suspect, active, done;
	size_t nidle;
};

static void collect(struct http *);

/* --- curl's sockets and timer on libevent ---------------------------------- */

/* Time left in this turn's slice? The slice event ends it, in the next turn. */
static bool
have_time(struct http *h)
{
	static const struct timeval at_once = { 0, 0 };

	if (h->until == 0) {
		h->until = clock_us() + SLICE_US;
		event_add(h->slice, &at_once);
		return true;
	}
	return clock_us() < h->until;
}

static void
act(struct http *h, curl_socket_t fd, int mask)
{
	int running;

	curl_multi_socket_action(h->multi, fd, mask, &running);
	collect(h);
}

/* A hundred handshakes at once would stall the loop: what does not fit must wait. */
static void
on_socket(evutil_socket_t fd, short what, void *arg)
{
	struct http_socket *s = arg;
	struct http *h = s->http;
	int mask = 0;

	if (what & EV_READ)
		mask |= CURL_CSELECT_IN;
	if (what & EV_WRITE)
		mask |= CURL_CSELECT_OUT;
	if (s->mask == 0 && have_time(h)) {
		act(h, fd, mask);
		return;
	}
	if (s->mask == 0)
		TAILQ_INSERT_TAIL(&h->ready, s, entry);
	s->mask = mask;
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	act(arg, CURL_SOCKET_TIMEOUT, 0);
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
			if (s->mask != 0)
				TAILQ_REMOVE(&h->ready, s, entry);
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
		s->http = h;
		s->fd = fd;
		s->event = event_new(h->base, fd, events, on_socket, s);
		curl_multi_assign(h->multi, fd, s);
	} else {
		event_del(s->event);
		event_assign(s->event, h->base, fd, events, on_socket, s);
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

/* Seconds since 1970 of a date as HTTP and certificates write it, 0: it is none. */
static int64_t
date_of(const char *text, size_t len)
{
	char *copy = xstrndup(text, len);
	time_t when = curl_getdate(copy, NULL);

	free(copy);
	return when < 0 ? 0 : (int64_t)when;
}

static size_t
on_header(char *data, size_t size, size_t n, void *arg)
{
	struct http_transfer *t = arg;

	n *= size;
	t->header_bytes += n;
	if (t->header_bytes > HEADERS_MAX) {
		t->too_big = true;
		return 0;
	}
	if (n > 5 && n < DATE_MAX && strncasecmp(data, "date:", 5) == 0)
		t->date = date_of(data + 5, n - 5);
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

/* What is this transfer's own; the rest is http_options(). */
static CURLcode
set_up(struct http_transfer *t, const struct http_request *rq)
{
	CURL *c = t->easy;
	CURLcode rc = CURLE_OK;

	rc |= curl_easy_setopt(c, CURLOPT_PRIVATE, t);
	rc |= curl_easy_setopt(c, CURLOPT_ERRORBUFFER, t->error);
	rc |= curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	rc |= curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
	rc |= curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	rc |= curl_easy_setopt(c, CURLOPT_HEADERDATA, t);
	rc |= curl_easy_setopt(c, CURLOPT_PREREQFUNCTION, on_leaving);
	rc |= curl_easy_setopt(c, CURLOPT_PREREQDATA, t);
	if (rc != CURLE_OK)
		return CURLE_FAILED_INIT;
	return http_options(c, rq, &t->headers);
}

static CURLSH *
share_new(void)
{
	CURLSH *s = curl_share_init();

	if (s == NULL)
		abort(); /* out of memory, see base/mem.h */
	curl_share_setopt(s, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
	return s;
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

	curl_easy_setopt(
	    t->easy, CURLOPT_SHARE, t->peer != NULL ? t->peer->share : h->none);
	if (curl_multi_add_handle(h->multi, t->easy) != CURLM_OK) {
		curl_easy_setopt(t->easy, CURLOPT_SHARE, NULL);
		finish(t, CURLE_FAILED_INIT);
		return;
	}
	move_to(t, PLACE_RUNNING, &h->active, false);
	if (!t->post)
		h->running++;
	if (t->suspect)
		h->suspects++;
}

/* Those that hang until their timeout do not take everybody's place. */
static struct transfers *
next_queue(struct http *h)
{
	if (h->running >= h->connections)
		return NULL;
	if (!TAILQ_EMPTY(&h->queue))
		return &h->queue;
	if (!TAILQ_EMPTY(&h->queue_suspect) && h->suspects < h->connections / 2)
		return &h->queue_suspect;
	return NULL;
}

static void
run_queued(struct http *h)
{
	struct transfers *queue;
	struct http_transfer *t;

	while ((queue = next_queue(h)) != NULL) {
		if (!have_time(h) || h->started >= STARTS_MAX)
			return;
		h->started++;
		t = TAILQ_FIRST(queue);
		TAILQ_REMOVE(queue, t, entry);
		run(t);
	}
}

static void
stop(struct http_transfer *t)
{
	struct http *h = t->http;

	curl_multi_remove_handle(h->multi, t->easy);
	curl_easy_setopt(t->easy, CURLOPT_SHARE, NULL);
	TAILQ_REMOVE(&h->active, t, entry);
	if (!t->post)
		h->running--;
	if (t->suspect)
		h->suspects--;
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

/* When the certificate of the server itself, the first of its chain, ends. */
static int64_t
certificate_end(CURL *easy)
{
	static const char key[] = "Expire date:";
	struct curl_certinfo *chain = NULL;
	const struct curl_slist *l;

	if (curl_easy_getinfo(easy, CURLINFO_CERTINFO, &chain) != CURLE_OK ||
	    chain == NULL || chain->num_of_certs < 1)
		return 0;
	for (l = chain->certinfo[0]; l != NULL; l = l->next)
		if (strncmp(l->data, key, sizeof(key) - 1) == 0)
			return date_of(l->data + sizeof(key) - 1, DATE_MAX);
	return 0;
}

static void
hand_over(struct http_transfer *t)
{
	struct http_answer a = { 0 };
	long os_errno = 0;
	curl_off_t took = 0;

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
	curl_easy_getinfo(t->easy, CURLINFO_TOTAL_TIME_T, &took);
	a.took = (msec_t)(took / 1000);
	a.date = t->date;
	a.expires = certificate_end(t->easy);
	t->cb(&a, t->arg);
}

static void
on_slice(evutil_socket_t fd, short what, void *arg)
{
	struct http *h = arg;
	struct http_socket *s;
	struct http_transfer *t;
	int mask;

	(void)fd;
	(void)what;
	h->until = 0;
	h->started = 0;
	run_queued(h);
	while (!TAILQ_EMPTY(&h->done) || !TAILQ_EMPTY(&h->ready)) {
		if (!have_time(h)) /* which has seen to the next turn */
			return;
		if ((t = TAILQ_FIRST(&h->done)) != NULL) {
			TAILQ_REMOVE(&h->done, t, entry);
			t->place = PLACE_IDLE;
			hand_over(t);
			release(t);
		}
		if ((s = TAILQ_FIRST(&h->ready)) != NULL) {
			TAILQ_REMOVE(&h->ready, s, entry);
			mask = s->mask;
			s->mask = 0;
			act(h, s->fd, mask); /* may free it */
		}
	}
}

/* --- public ------------------------------------------------------------------- */

struct http_peer *
http_peer_new(void)
{
	struct http_peer *p = xcalloc(1, sizeof(*p));

	p->share = share_new();
	return p;
}

void
http_peer_free(struct http_peer *p)
{
	if (p == NULL)
		return;
	curl_share_cleanup(p->share);
	free(p);
}

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
	t->peer = rq->peer;
	t->post = rq->post;
	t->suspect = rq->suspect && !rq->post;
	t->sent = t->late = t->too_big = false;
	t->deadline = rq->deadline;
	t->timeout = rq->timeout;
	t->answer_max = rq->answer_max;
	t->len = t->header_bytes = 0;
	t->date = 0;
	t->error[0] = '\0';
	rc = set_up(t, rq);
	if (rc != CURLE_OK)
		finish(t, rc);
	else if (t->post)
		run(t);
	else {
		move_to(t, PLACE_QUEUE, t->suspect ? &h->queue_suspect : &h->queue,
		    rq->first);
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
		TAILQ_REMOVE(t->suspect ? &h->queue_suspect : &h->queue, t, entry);
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
	h->none = share_new();
	if (h->multi == NULL)
		abort(); /* out of memory, see base/mem.h */
	h->timer = evtimer_new(base, on_timer, h);
	h->slice = evtimer_new(base, on_slice, h);
	TAILQ_INIT(&h->ready);
	TAILQ_INIT(&h->idle);
	TAILQ_INIT(&h->queue);
	TAILQ_INIT(&h->queue_suspect);
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
	h->connections = connections < 2 ? 2 : connections;
	run_queued(h);
}

void
http_set_idle(struct http *h, size_t servers)
{
	struct rlimit lim;
	size_t most = 512;

	if (getrlimit(RLIMIT_NOFILE, &lim) == 0 && lim.rlim_cur != RLIM_INFINITY)
		most = (size_t)lim.rlim_cur / 2;
	if (servers > most)
		servers = most;
	curl_multi_setopt(
	    h->multi, CURLMOPT_MAXCONNECTS, (long)(servers < 16 ? 16 : servers));
}

void
http_free(struct http *h)
{
	struct transfers *lists[] = { &h->idle, &h->queue, &h->queue_suspect,
		&h->active, &h->done };
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
	curl_share_cleanup(h->none);
	event_free(h->timer);
	event_free(h->slice);
	free(h);
}
