/*
 * SPDX-License-Identifier: Apache-2.0
 * How a request is put to libcurl: the one place that says what we never do (redirects,
 * proxies, .netrc, signals, other protocols, other HTTP versions) and whom we trust.
 * For http.c only; callbacks are its own.
 */
#ifndef ECX_HTTP_OPTIONS_H
#define ECX_HTTP_OPTIONS_H

#include <curl/curl.h>

#include "ecx/http.h"

/* Sets everything that comes from the request. *headers is the caller's, to be freed
 * after the transfer. */
CURLcode http_options(CURL *, const struct http_request *, struct curl_slist **headers);

#endif
