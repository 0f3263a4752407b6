/*
 * SPDX-License-Identifier: Apache-2.0
 * HTTP/1.1 requests on an event base: libcurl's multi interface, driven by libevent.
 *
 * Owns every socket to a cluster. Nothing blocks (names are resolved in curl's own
 * threads); GETs share kept-alive connections and wait in a queue when too many run;
 * each POST has a connection of its own and never waits. Answers are handed over from
 * the base in slices of a few milliseconds, so that a hundred of them at once do not
 * stall it. Knows nothing of ECX: no JSON, no retries, no meaning of a status.
 */
#ifndef ECX_HTTP_H
#define ECX_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "set/settings.h"

struct event_base;
struct http;
struct http_transfer;
struct http_peer;

struct http_request { /* all borrowed for the call only, but for the peer */
	const char *url;
	struct http_peer *peer; /* until the callback; may be NULL */
	const struct credentials *credentials;
	/* NULL: the system's; none. libcurl remembers a CA file and whom it vouched for
	 * by its path: another text wants another spelling */
	const char *ca_file, *pinned_key;
	bool verify;
	msec_t connect_timeout,
	    timeout; /* timeout: of everything, connecting included */
	size_t answer_max; /* bytes of body that are accepted */
	bool post;
	const char *body; /* of a POST, JSON; NULL: empty */
	msec_t deadline; /* 0, or the last moment at which it may leave */
	bool first; /* goes before the others in the queue */
	bool suspect; /* did not answer last time: such may take half of the connections
	               */
	bool last; /* nothing follows soon: its connection is closed, not kept */
	bool certificate; /* `expires` is wanted */
};

struct http_answer { /* all borrowed for the callback only */
	int curl; /* CURLcode */
	long status; /* HTTP's, 0: none came */
	long verify; /* X509_V_... of the certificate */
	int os_errno; /* of connect(2), 0: none */
	bool sent; /* the request has left, or may have */
	bool late; /* it did not leave: its deadline had passed */
	bool too_big;
	msec_t timeout; /* the request's */
	msec_t took; /* from connecting to the end; waiting in the queue not included */
	int64_t date; /* of the answer's Date header, seconds since 1970; 0: none */
	int64_t expires; /* of the server's certificate, likewise, when it was wanted */
	const char *detail; /* curl's words, may be empty */
	const char *body;
	size_t len;
};
typedef void http_cb(const struct http_answer *, void *arg);

/* `connections`: GETs that run at once, at least 2. */
struct http *http_new(struct event_base *, unsigned connections);
void http_set_connections(struct http *, unsigned connections);
/* Idle connections that may be kept, at most half of the file descriptors there are. */
void http_set_idle(struct http *, size_t servers);
/* Cancels everything: no callback runs any more. NULL is fine. */
void http_free(struct http *);

/*
 * What is kept of one server from one connection to the next: its TLS session, with
 * which a handshake costs a third. Trusts what was verified when the session began; so
 * one peer is for one server, one CA file and one pin.
 */
struct http_peer *http_peer_new(void);
void http_peer_free(struct http_peer *); /* NULL is fine; not while it is in use */

/* The callback runs once, later, from the base. The result is good until then. */
struct http_transfer *http_start(
    struct http *, const struct http_request *, http_cb *, void *arg);
/* The callback will not run. A POST may have been executed all the same. */
void http_cancel(struct http_transfer *);

#endif
