/*
 * SPDX-License-Identifier: Apache-2.0
 * A simulated world on a clock that the test turns, for the units of ecxsim.
 */
#ifndef TEST_ECXSIM_UTIL_H
#define TEST_ECXSIM_UTIL_H

#include "tests/ecxsim/actions.h"
#include "tests/ecxsim/model.h"

/* From the JSON text of the "clusters" array; jitter 0. Ends the test when it is bad.
 */
struct sim *world_new(const char *clusters, uint64_t seed);

/* Two clusters a (s1, s2) and b (t1, t2) with one VM on a shared LUN, 100 ms each to
 * start and stop a resource; `extra_a`, `extra_b` are keys added to the clusters. */
struct sim *world_pair(const char *extra_a, const char *extra_b);

/* POST /do; fails the test when it is refused. */
void world_do(struct sim *sim, const char *json);

/* "Online s1", "Offline None", ...; a static buffer. */
const char *world_group(struct sim *sim, const char *cluster, const char *group);
const char *world_resource(struct sim *sim, const char *cluster, const char *resource);
const char *world_server(struct sim *sim, const char *cluster, const char *server);

/* Turns the clock on in steps of 10 ms until the group says so; milliseconds it took,
 * -1 when it did not within ten minutes. */
int64_t world_until(
    struct sim *sim, const char *cluster, const char *group, const char *words);

/* A POST through the API of a server, as account "op", request 7; HTTP status. */
int world_post(struct sim *sim, const char *cluster, int server, const char *path,
    const char *body);

#endif
