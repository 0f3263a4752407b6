/*
 * SPDX-License-Identifier: Apache-2.0
 * The insides of the poller, shared by its files only: poller.c (when to ask), round.c
 * (whom to ask), ask.c (one server), command.c.
 */
#ifndef ECX_MEMBER_H
#define ECX_MEMBER_H

#include "ecx/groupmap.h"
#include "ecx/http.h"
#include "ecx/poller.h"

struct ask;
struct command;
struct event;
struct round;

struct ecx_target { /* one address and what is remembered of it */
	struct http_peer *peer; /* NULL: it has no TLS */
	unsigned failures; /* in a row */
	msec_t not_before; /* 0: may be asked */
	bool denied; /* 401 or 403: not_before stands, whatever happens */
	bool known; /* `digest` is of its last answer */
	uint64_t digest;
};

struct ecx_member { /* one cluster */
	struct ecx_poller *poller;
	size_t index; /* into the present settings */
	const struct cluster_settings *settings;
	struct ecx_target *targets; /* one per server, the read_url last */
	char *ca_file; /* as it is spelled for libcurl, see ca_spell() */
	struct event *timer; /* the next round */
	msec_t due; /* when that is; the timer alone may be some ms early */
	struct round *round; /* under way */
	struct groupmap *map;
	msec_t last_start, last_end; /* of rounds */
	msec_t asked; /* for a round that begins later than this */
	size_t turn; /* the server that was asked last in a calm round */
	bool fast, ignored;
	msec_t eager; /* between the starts of two rounds; 0: as fast says */
	bool kicked; /* another round is wanted at once */
	bool full; /* the next round is to ask every server, no sooner */
	bool whole; /* the next round asks every server that may be asked */
	bool wanted; /* still in the settings (while they are swapped) */
};

struct ecx_poller {
	struct event_base *base;
	struct http *http;
	ecx_round_cb *cb;
	void *arg;
	const struct settings *settings;
	uint64_t settings_seq;
	struct ecx_member **members; /* as in settings.clusters */
	size_t nmembers;
	msec_t epoch; /* from where the clusters' moments of the interval count */
	struct ca_seen *cas; /* by path */
	struct command *commands; /* under way */
};

/* --- ask.c: the GETs of one round to one server ------------------------------- */

/* The view is filled; runs once, from the base. */
typedef void ask_cb(size_t server, void *arg);

/*
 * Asks server number `server` (settings.nservers: the read_url) and fills `view`, which
 * stays the caller's and must be empty. Where something fails only `reach`, `error`,
 * and the times are set.
 */
struct ask *ask_start(
    struct ecx_member *, size_t server, struct obs_view *view, ask_cb *, void *arg);
void ask_cancel(struct ask *); /* NULL is fine; leaves the view as it is */

/* --- round.c: one round -------------------------------------------------------- */

/* Ends in poller_round_done(). There must be somebody who may be asked. */
void round_start(struct ecx_member *, bool every_server);
void round_cancel(struct ecx_member *);
/* May this target be asked now? */
bool round_may_ask(const struct ecx_member *, size_t server, msec_t now);

/* --- poller.c -------------------------------------------------------------------- */

/* Takes over the observation. */
void poller_round_done(struct ecx_member *, struct observation *);
/* Between two rounds of it, as things stand. */
msec_t poller_interval(const struct ecx_member *);

/* --- command.c ------------------------------------------------------------------- */

/* For ecx_poller_free(): no callback runs. */
void command_cancel_all(struct ecx_poller *);

/* "https://host:1/" + "/api/v1" + "/x"; the caller frees. */
char *ecx_url(const char *server_url, const char *base_path, const char *path);

#endif
