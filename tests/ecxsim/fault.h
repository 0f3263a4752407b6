/*
 * SPDX-License-Identifier: Apache-2.0
 * Faults on demand: which requests shall go wrong, and how.
 *
 * A fault names its victims (cluster, server, method, path pattern), how often it
 * strikes (count, skip) and what happens (kind). http.c asks for every request; the
 * control endpoint and scenarios add and clear. See README.md, "Faults".
 */
#ifndef ECXSIM_FAULT_H
#define ECXSIM_FAULT_H

#include <jansson.h>
#include <sys/queue.h>

#include "tests/ecxsim/model.h"

enum fault_kind {
	/* before the request is looked at */
	F_LATENCY,
	F_HANG,
	F_CLOSE,
	F_RESET,
	F_DENY_IP,
	F_UNAUTHORIZED,
	/* instead of the true answer (the request is not executed) */
	F_HTTP_STATUS,
	F_ENVELOPE_CODE,
	F_NON_JSON_BODY,
	F_EMPTY_BODY,
	F_OVERSIZE_BODY,
	F_REDIRECT,
	F_DEEP_JSON,
	/* the request is executed, but */
	F_EFFECT_DELAY,
	F_EXECUTE_LOSE_ANSWER,
	F_EXECUTE_CLOSE,
	F_RESET_MID_BODY,
	F_TRUNCATE_JSON,
	F_WRONG_TYPES,
	F_MISSING_FIELDS,
	F_SET_FIELDS,
	F_DROP_ITEMS,
	F_DRIP,
	F_DATE,
	/* of a server, not of a request */
	F_REFUSE,
	F_STALE,
	F_KINDS
};

struct fault {
	enum fault_kind kind;
	int id;
	char *cluster, *server, *method, *path, *ip; /* NULL: any */
	int64_t ms; /* latency, effect-delay (-1: until released), drip per byte */
	int status, code; /* http-status, envelope-code */
	char *message;
	size_t bytes; /* oversize-body: how many; reset and truncate: after how many */
	bool late; /* latency after the request was handled instead of before */
	json_t *where; /* the answer's objects that this is about; NULL: all */
	json_t *keys; /* missing-fields: array of names; set: object of values */
	int count, skip; /* count -1: for ever */
	uint64_t hits;
	struct timer *expiry;
	int refs;
	TAILQ_ENTRY(fault) entry;
};

struct faults;

struct faults *faults_new(struct sim *sim);
void faults_free(struct faults *f);

/* Adds what the JSON object says; its id, or -1 with *cause. */
int faults_add(struct faults *f, const json_t *spec, char **cause);
/* id 0: all. How many went. */
int faults_clear(struct faults *f, int id);
json_t *faults_json(const struct faults *f);

/* What strikes this request: at most one latency and one other. Counts them. */
struct strikes {
	struct fault *delay, *other; /* NULL: none; give back with fault_release() */
};
void fault_release(struct fault **f);
void faults_match(struct faults *f, const struct server *srv, const char *method,
    const char *path, const char *peer, struct strikes *out);

/* Is the server's listener to be closed (kind refuse)? */
bool faults_refuse(const struct faults *f, const struct server *srv);

/* Called when refuse faults came or went. */
void faults_on_refuse(
    struct faults *f, void (*fn)(void *arg, struct server *), void *arg);

/* The wrong answers: the text changed as the fault says; the caller frees. */
char *fault_spoil(const struct fault *f, const char *json);

#endif
