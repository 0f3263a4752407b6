/*
 * SPDX-License-Identifier: Apache-2.0
 * How a request ended: curl's and HTTP's many ways to the few words of enum ecx_reach,
 * and to a sentence that an operator can act on. Pure.
 */
#ifndef ECX_CLASSIFY_H
#define ECX_CLASSIFY_H

#include "ecx/http.h"
#include "set/observation.h"

struct ecx_place { /* whom was asked for what; borrowed */
	const char *server, *url, *path; /* path: "/servers" */
	const char *base_path, *ca_file;
	msec_t backoff_denied; /* how long a denied server is left alone */
};

/*
 * REACH_OK for a whole 2xx answer (its body is not judged here); else *cause names the
 * server, what happened and the way out. The caller frees it.
 */
enum ecx_reach ecx_classify(
    const struct http_answer *, const struct ecx_place *, char **cause);

#endif
