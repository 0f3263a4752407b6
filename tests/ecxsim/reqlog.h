/*
 * SPDX-License-Identifier: Apache-2.0
 * What arrived: counters per server, method and path pattern, and the last POSTs in
 * full. http.c writes, the control endpoint reads (GET /requests).
 */
#ifndef ECXSIM_REQLOG_H
#define ECXSIM_REQLOG_H

#include <jansson.h>

#include "tests/ecxsim/model.h"

struct reqlog;
struct reqlog_entry;

struct reqlog *reqlog_new(size_t posts_max);
void reqlog_free(struct reqlog *l);
void reqlog_clear(struct reqlog *l);

void reqlog_connection(struct reqlog *l, const struct server *srv);
/* The pattern is borrowed for ever (api_path_pattern()). */
void reqlog_count(struct reqlog *l, const struct server *srv, const char *method,
    const char *pattern);

/* A POST arrived; the outcome comes later (reqlog_outcome), by number. */
void reqlog_post(struct reqlog *l, const struct server *srv, uint64_t number,
    const char *account, const char *pattern, const char *uri, const char *body,
    size_t len, int64_t now);
/* `executed`: it changed something (was accepted and carried out). */
void reqlog_outcome(
    struct reqlog *l, uint64_t number, bool executed, int status, const char *answer);

/* How many requests arrived; NULL: any. */
uint64_t reqlog_total(const struct reqlog *l, const char *cluster, const char *server,
    const char *method, const char *pattern);

/* NULL: any. The caller owns the reference. */
json_t *reqlog_json(const struct reqlog *l, const char *cluster, const char *server,
    const char *method, const char *pattern);

#endif
