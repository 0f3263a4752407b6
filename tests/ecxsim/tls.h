/*
 * SPDX-License-Identifier: Apache-2.0
 * Certificates made at start: a CA, a certificate per HTTPS server, and bad ones for
 * negative tests. Keys live in memory; only what clients need is written to tls_dir.
 */
#ifndef ECXSIM_TLS_H
#define ECXSIM_TLS_H

#include <event2/bufferevent.h>

#include "tests/ecxsim/model.h"

struct tls;

/*
 * Makes the CA and one certificate per address of the https servers, and writes
 * DIR/ca.pem, DIR/wrong-ca.pem and, for at most 100 clusters,
 * DIR/server-CLUSTER-SERVER.pem. NULL with *cause.
 */
struct tls *tls_new(struct sim *sim, const char *dir, char **cause);
void tls_free(struct tls *tls);

const char *tls_ca_file(const struct tls *tls);
const char *tls_wrong_ca_file(const struct tls *tls);

/* sha256//BASE64 of the server's public key as curl's --pinnedpubkey takes it; the
 * caller frees; NULL for a server without TLS. */
char *tls_pin(const struct tls *tls, const struct server *srv);

/* The accepting side of a new connection to the server. */
struct bufferevent *tls_bufferevent(
    struct tls *tls, struct event_base *base, const struct server *srv);

#endif
