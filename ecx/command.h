/*
 * SPDX-License-Identifier: Apache-2.0
 * One POST to one server of a cluster (contract 1.5), and what is known of it after.
 *
 * Each command has a connection of its own: libcurl silently repeats a POST on a reused
 * connection that closed. No redirects, no proxy, no .netrc. Never repeated here.
 */
#ifndef ECX_COMMAND_H
#define ECX_COMMAND_H

#include "set/settings.h"

struct event_base;
struct ecx_poller;

enum ecx_outcome {
	ECX_ACCEPTED, /* 2xx, code 0, empty message: it may take effect */
	ECX_REFUSED, /* an answer that says no: it will not take effect */
	ECX_NOT_SENT, /* no byte of the request left: it will not take effect */
	ECX_UNANSWERED /* anything else: it may have been, or may still be, executed */
};

struct ecx_result {
	enum ecx_outcome outcome;
	long http_status; /* 0: none */
	int64_t code; /* result.code; ROW_NONE: none */
	const char *message; /* in words; borrowed */
};
typedef void ecx_command_cb(const struct ecx_result *, void *arg);

/*
 * POSTs `path` ("/groups/g/start"; names percent-encoded by ecx_path()) below the base
 * path of `server`, body JSON text or NULL. `deadline` (CLOCK_BOOTTIME, 0 = none) is
 * the last moment at which the request may still leave: past it the outcome is
 * ECX_NOT_SENT (design 4h). The callback runs once, from the event base.
 */
void ecx_command(struct ecx_poller *, size_t cluster, size_t server, const char *path,
    const char *body, msec_t deadline, ecx_command_cb *, void *arg);

/* "/groups/%s/start" with the name percent-encoded (RFC 3986). The caller frees. */
char *ecx_path(const char *format, const char *name);

#endif
