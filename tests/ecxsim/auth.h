/*
 * SPDX-License-Identifier: Apache-2.0
 * HTTP Basic authentication and lock-out (contract 1.2). Called by http.c only.
 */
#ifndef ECXSIM_AUTH_H
#define ECXSIM_AUTH_H

#include "tests/ecxsim/model.h"

/*
 * The account that the Authorization header's value (NULL: none was sent) proves, or
 * NULL. A cluster without accounts lets everybody in with every right.
 */
const struct account *auth_check(struct cluster *c, const char *header, char **user);

#endif
