/*
 * SPDX-License-Identifier: Apache-2.0
 * Polls all member clusters on one event base.
 *
 * Hundreds of clusters, one thread, nothing blocks (libcurl multi on libevent). Calm
 * rounds ask one server per cluster, in turns, and compare with what the previous one
 * said; a difference, or something in transit, makes the round ask every server at its
 * own address. Servers that differ are asked once more before the round is handed over.
 * A server that does not answer is backed off with jitter, longest after 401/403
 * (contract 1.2, 9.12); meanwhile rounds leave it out (REACH_UNASKED), and a cluster of
 * which nobody may be asked has no rounds. Its `read_url` is asked when no server
 * answers at its own address. The first round, and the first after none answered, asks
 * every server.
 */
#ifndef ECX_POLLER_H
#define ECX_POLLER_H

#include "set/observation.h"
#include "set/settings.h"

struct event_base;
struct ecx_poller;

/* Takes over the observation. Runs in the base's thread; must not free the poller. */
typedef void ecx_round_cb(struct observation *, void *arg);

struct ecx_poller *ecx_poller_new(struct event_base *, ecx_round_cb *, void *arg);
/* Cancels what is under way: no callback runs any more, of commands neither. */
void ecx_poller_free(struct ecx_poller *);

/*
 * Takes a new configuration; `settings` is borrowed until the next call. Clusters are
 * recognised by name; what did not change goes on undisturbed. First rounds are spread
 * over the interval.
 */
void ecx_poller_configure(
    struct ecx_poller *, const struct settings *settings, uint64_t settings_seq);

/* Something is in transit there: fast rounds that ask every server, until set back. */
void ecx_poller_fast(struct ecx_poller *, size_t cluster, bool fast);
/*
 * The effect of a command is awaited there: rounds of every server, begun `gap` ms
 * after each other, or as soon as one has ended; 0 ends that.
 */
void ecx_poller_eager(struct ecx_poller *, size_t cluster, msec_t gap);
/*
 * A round of every server as soon as possible (a trap, a SET, an operator), begun in a
 * later millisecond than this call. Back-off is forgiven, but for 401 and 403.
 */
void ecx_poller_kick(struct ecx_poller *, size_t cluster);
/* The next calm round asks every server; it does not come sooner. */
void ecx_poller_full(struct ecx_poller *, size_t cluster);
/* Not polled at all while ignored. */
void ecx_poller_ignore(struct ecx_poller *, size_t cluster, bool ignored);

#endif
