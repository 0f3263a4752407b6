/*
 * SPDX-License-Identifier: Apache-2.0
 * ECX's REST API without HTTP: from a path and a body to a status and a JSON text.
 *
 * Exactly contract 1.4 (api_get.c) and 1.5 (api_post.c), by release, in the cluster's
 * error style (1.6). http.c calls these; unit tests may too.
 */
#ifndef ECXSIM_API_H
#define ECXSIM_API_H

#include "tests/ecxsim/model.h"

#define API_SEGMENTS 5

struct api_path { /* what follows /api/v1, decoded: groups/g1/start -> 3 segments */
	char *seg[API_SEGMENTS];
	int n; /* -1: no path of the API */
	char *select; /* value of ?select=, or NULL */
};

struct api_reply {
	int http; /* status */
	char *text; /* the caller frees, unless borrowed */
	size_t len;
	bool
	    borrowed; /* text belongs to a view's cache: copy before anything changes */
};
void api_reply_clear(struct api_reply *r);

/* Splits and decodes the URI's path and query (no method in it). */
void api_path_parse(struct api_path *p, const char *uri);
void api_path_clear(struct api_path *p);
/* "groups/{}/start" for the request counters; borrowed; "other" when unknown. */
const char *api_path_pattern(const struct api_path *p);

enum api_code { /* result.code; the texts and numbers are ours (contract 1.6) */
	API_OK,
	API_REFUSED,
	API_BAD_PARAMETER,
	API_NOT_FOUND,
	API_NO_RIGHT,
	API_NOT_RUNNING
};
/* An error in the cluster's style: http status, or 200 with the code. */
void api_error(struct api_reply *r, const struct cluster *c, int http, int code,
    const char *message);

void api_get(struct server *srv, const struct api_path *p, struct api_reply *r);

/* What a POST asks for, checked as far as its words go. */
struct command {
	const struct api_post_row *row;
	struct server *via;
	int object; /* index of the group, resource, monitor or server; -1 none */
	int target; /* server or -1 */
	bool target_all;
	int ratio;
	int64_t ratio_ms;
	struct cause cause;
};

/* 0 and *cmd, or -1 and the error in *r. body may be empty. */
int api_post_parse(struct server *srv, const struct api_path *p, const char *body,
    size_t len, const struct cause *cause, struct command *cmd, struct api_reply *r);

/* Carries it out in the present state; 0 or -1 with *why. */
int api_post_execute(const struct command *cmd, char **why);

/* Parses, executes, answers. */
void api_post(struct server *srv, const struct api_path *p, const char *body,
    size_t len, const struct cause *cause, struct api_reply *r);

/* 200 with code 0 and an empty message. */
void api_success(struct api_reply *r);

/* Does the path exist for POST (get false) or for GET in this release? */
bool api_post_known(enum release rel, const struct api_path *p);
bool api_get_known(enum release rel, const struct api_path *p);
/* The row's pattern in the newest release, NULL when no POST has this path. */
const char *api_post_pattern(const struct api_path *p);

/* Does the API of this server have a working daemon behind it? */
bool api_daemon_answers(const struct server *srv);

#endif
