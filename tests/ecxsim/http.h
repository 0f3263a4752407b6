/*
 * SPDX-License-Identifier: Apache-2.0
 * The servers' API on the network: one listener per server, HTTP or HTTPS, Basic
 * authentication, request log, faults.
 *
 * Owns the sockets and every request in flight; asks api.h for the answers and fault.h
 * for what shall go wrong with them.
 */
#ifndef ECXSIM_HTTP_H
#define ECXSIM_HTTP_H

#include <event2/event.h>

#include "tests/ecxsim/fault.h"
#include "tests/ecxsim/model.h"
#include "tests/ecxsim/reqlog.h"

struct http; /* all listeners of a simulation */

struct http *http_new(struct event_base *base, struct sim *sim, struct faults *faults,
    struct reqlog *log);
void http_free(struct http *h);

/* Binds every server (port 0: the free port is stored in server->port) and listens. */
int http_listen(struct http *h, char **cause);

/* Certificates are made anew for each server from tls.h; needed before http_listen().
 */
struct tls;
void http_use_tls(struct http *h, struct tls *tls);

/* Makes a server's API reachable or not, as its state and faults say. */
void http_refresh(struct http *h, struct server *srv);

/* Carries out accepted commands whose effect was held back (effect-delay); how many. */
int http_release(struct http *h);
int http_held(const struct http *h);

/* "http://127.0.0.1:29009/api/v1"; the caller frees. */
char *http_url(const struct server *srv);

#endif
