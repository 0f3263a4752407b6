/*
 * SPDX-License-Identifier: Apache-2.0
 * Names of hosts become addresses without holding up the asker: the C library asks the
 * resolver in threads of its own (getaddrinfo_a(3)), which we look at now and then.
 */
#include "config.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "subagent/asker_impl.h"

#define LOOK_FIRST_MS 5
#define LOOK_MOST_MS  200

struct lookup {
	struct gaicb request;
	char *host;
	struct event *timer;
	msec_t wait;
	lookup_done *done;
	void *arg;
};

static const struct addrinfo hints = {
	.ai_socktype = SOCK_DGRAM,
	.ai_flags = AI_ADDRCONFIG,
};

static char *
numeric_of(const struct addrinfo *a)
{
	char text[NI_MAXHOST];

	if (a == NULL ||
	    getnameinfo(a->ai_addr, a->ai_addrlen, text, sizeof(text), NULL, 0,
	        NI_NUMERICHOST) != 0)
		return NULL;
	return xstrdup(text);
}

char *
name_numeric(const char *host)
{
	const struct addrinfo only = {
		.ai_socktype = SOCK_DGRAM,
		.ai_flags = AI_NUMERICHOST,
	};
	struct addrinfo *found = NULL;
	char *text;

	if (getaddrinfo(host, NULL, &only, &found) != 0)
		return NULL;
	text = numeric_of(found);
	freeaddrinfo(found);
	return text;
}

static void
lookup_free(struct lookup *l)
{
	if (l->request.ar_result != NULL)
		freeaddrinfo(l->request.ar_result);
	event_free(l->timer);
	free(l->host);
	free(l);
}

static void
on_look(evutil_socket_t fd, short what, void *arg)
{
	struct lookup *l = arg;
	const int error = gai_error(&l->request);
	char *address = NULL, *why = NULL;

	(void)fd;
	(void)what;
	if (error == EAI_INPROGRESS) {
		const struct timeval again = { 0, l->wait * 1000 };

		l->wait = l->wait * 2 > LOOK_MOST_MS ? LOOK_MOST_MS : l->wait * 2;
		event_add(l->timer, &again);
		return;
	}
	if (error == 0)
		address = numeric_of(l->request.ar_result);
	if (address == NULL)
		cause_set(&why, "the name %s cannot be looked up: %s", l->host,
		    error == 0 ? "no address" : gai_strerror(error));
	l->done(l->arg, address, why);
	free(address);
	free(why);
	lookup_free(l);
}

struct lookup *
lookup_start(struct event_base *base, const char *host, lookup_done *done, void *arg)
{
	struct lookup *l = xcalloc(1, sizeof(*l));
	struct gaicb *list[1] = { &l->request };
	const struct timeval first = { 0, LOOK_FIRST_MS * 1000 };

	l->host = xstrdup(host);
	l->request.ar_name = l->host;
	l->request.ar_request = &hints;
	l->wait = LOOK_FIRST_MS;
	l->done = done;
	l->arg = arg;
	l->timer = event_new(base, -1, 0, on_look, l);
	/* should it fail, gai_error() tells */
	getaddrinfo_a(GAI_NOWAIT, list, 1, NULL);
	event_add(l->timer, &first);
	return l;
}
