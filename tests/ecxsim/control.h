/*
 * SPDX-License-Identifier: Apache-2.0
 * The control endpoint: plain HTTP and JSON on loopback, for tests and people.
 *
 * GET /oracle /state /requests /faults /wait, POST /fault /do, DELETE /fault. See
 * README.md, "Control endpoint". Never part of the simulated product.
 */
#ifndef ECXSIM_CONTROL_H
#define ECXSIM_CONTROL_H

#include <event2/event.h>

#include "tests/ecxsim/actions.h"

struct control;

struct control *control_new(
    struct event_base *base, struct world *w, const char *host, int port, char **cause);
void control_free(struct control *c);
int control_port(const struct control *c);

/* wait.c: the condition in a query: 1 true, 0 not yet, -1 with *cause nonsense */
struct evkeyvalq;
int wait_check(const struct world *w, struct evkeyvalq *query, char **cause);

/* state.c: GET /state; cluster NULL: all. The caller owns the reference. */
json_t *state_json(const struct world *w, const char *cluster);

#endif
