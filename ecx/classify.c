/*
 * SPDX-License-Identifier: Apache-2.0
 * How a request ended. See classify.h.
 */
#include "ecx/classify.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "ecx/decode.h"

/* of OpenSSL's x509_vfy.h, as CURLINFO_SSL_VERIFYRESULT gives them */
enum {
	VERIFY_OK = 0,
	VERIFY_UNSPECIFIED = 1,
	VERIFY_NO_ISSUER = 2,
	VERIFY_NOT_YET = 9,
	VERIFY_EXPIRED = 10,
	VERIFY_SELF_SIGNED = 18,
	VERIFY_SELF_SIGNED_CHAIN = 19,
	VERIFY_NO_LOCAL_ISSUER = 20,
	VERIFY_NO_FIRST = 21
};

static enum ecx_reach
say(enum ecx_reach reach, const struct ecx_place *p, const char *text, char **cause)
{
	cause_set(cause, "%s (%s): %s", p->server, p->url, text);
	return reach;
}

/* curl's own words, where it has some */
static enum ecx_reach
say_detail(enum ecx_reach reach, const struct http_answer *a, const struct ecx_place *p,
    const char *text, char **cause)
{
	const char *detail =
	    a->detail[0] != '\0' ? a->detail : curl_easy_strerror((CURLcode)a->curl);
	char *vis = text_vis(detail, ECX_TEXT_MAX);

	cause_set(cause, "%s (%s): %s (%s)", p->server, p->url, text, vis);
	free(vis);
	return reach;
}

static enum ecx_reach
certificate(const struct http_answer *a, const struct ecx_place *p, char **cause)
{
	const char *ca = p->ca_file == NULL ? "the system's CAs" : p->ca_file;

	switch (a->verify) {
	case VERIFY_NOT_YET:
	case VERIFY_EXPIRED:
		return say(REACH_TLS, p,
		    "its certificate is expired or not valid yet; renew it, or correct "
		    "the clock",
		    cause);
	case VERIFY_NO_ISSUER:
	case VERIFY_SELF_SIGNED:
	case VERIFY_SELF_SIGNED_CHAIN:
	case VERIFY_NO_LOCAL_ISSUER:
	case VERIFY_NO_FIRST:
		cause_set(cause,
		    "%s (%s): its certificate is not signed by %s; name the right file "
		    "in `ca-file`, or the server's key in `pinned-key`",
		    p->server, p->url, ca);
		return REACH_TLS;
	case VERIFY_OK: /* the chain is good, so it is the name; curl looks at it first
	                 */
	case VERIFY_UNSPECIFIED:
		return say_detail(REACH_TLS, a, p,
		    "its certificate is for another name or address; use the one in "
		    "the "
		    "certificate in `url`, or name the key in `pinned-key`",
		    cause);
	default:
		return say_detail(
		    REACH_TLS, a, p, "its certificate cannot be verified", cause);
	}
}

static enum ecx_reach
no_connection(const struct http_answer *a, const struct ecx_place *p, char **cause)
{
	if (a->curl == CURLE_COULDNT_RESOLVE_HOST)
		return say(REACH_REFUSED, p,
		    "the host name of its `url` does not resolve; correct it, or give "
		    "an "
		    "address",
		    cause);
	cause_set(cause,
	    "%s (%s): no connection%s%s; does its API service run, is the port right?",
	    p->server, p->url, a->os_errno == 0 ? "" : ": ",
	    a->os_errno == 0 ? "" : strerror(a->os_errno));
	return REACH_REFUSED;
}

/* Transfers that curl calls failed. */
static enum ecx_reach
failed(const struct http_answer *a, const struct ecx_place *p, char **cause)
{
	char text[160];

	switch (a->curl) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
		return no_connection(a, p, cause);
	case CURLE_OPERATION_TIMEDOUT:
		snprintf(text, sizeof(text),
		    a->sent ? "no whole answer to GET %.40s within %lld ms"
		            : "no connection for GET %.40s within %lld ms",
		    p->path, (long long)a->timeout);
		return say(REACH_TIMEOUT, p, text, cause);
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_ISSUER_ERROR:
		return certificate(a, p, cause);
	case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
		return say(REACH_TLS, p,
		    "its key is not the one in `pinned-key`: either it got a new one, "
		    "or "
		    "something else answers in its place",
		    cause);
	case CURLE_SSL_CACERT_BADFILE:
		cause_set(cause,
		    "%s (%s): the CA file %s cannot be read as PEM certificates",
		    p->server, p->url, p->ca_file == NULL ? "" : p->ca_file);
		return REACH_TLS;
	case CURLE_SSL_CONNECT_ERROR:
		return say_detail(REACH_TLS, a, p,
		    "no TLS with it; is it http instead of https?", cause);
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_ENGINE_INITFAILED:
	case CURLE_SSL_INVALIDCERTSTATUS:
	case CURLE_SSL_CRL_BADFILE:
		return say_detail(REACH_TLS, a, p, "TLS failed", cause);
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_WEIRD_SERVER_REPLY:
		return say_detail(REACH_PROTOCOL, a, p,
		    "it does not speak HTTP; is it https instead of http, is the port "
		    "right?",
		    cause);
	case CURLE_WRITE_ERROR:
		if (a->too_big) {
			snprintf(text, sizeof(text),
			    "its answer to GET %.40s is bigger than `answer-max` "
			    "allows",
			    p->path);
			return say(REACH_PROTOCOL, p, text, cause);
		}
		break;
	case CURLE_URL_MALFORMAT:
		return say(
		    REACH_PROTOCOL, p, "its `url` is not one; correct it", cause);
	default:
		break;
	}
	snprintf(text, sizeof(text), "GET %.40s broke off", p->path);
	return say_detail(REACH_HTTP, a, p, text, cause);
}

/* Whole answers with a status that is not 2xx. */
static enum ecx_reach
bad_status(const struct http_answer *a, const struct ecx_place *p, char **cause)
{
	char *message = NULL;
	int64_t code;

	if (a->status == 401) {
		cause_set(cause,
		    "%s (%s): HTTP 401: wrong user or password in `credentials`; not "
		    "asked again for %lld s, since ECX may lock the account",
		    p->server, p->url, (long long)p->backoff_denied / 1000);
		return REACH_DENIED;
	}
	if (a->status == 403) {
		cause_set(cause,
		    "%s (%s): HTTP 403: this account or this host's address may not "
		    "read "
		    "(Cluster Properties, API tab); not asked again for %lld s",
		    p->server, p->url, (long long)p->backoff_denied / 1000);
		return REACH_DENIED;
	}
	if (a->len > 0) /* errors carry the envelope, too (contract 1.6) */
		ecx_decode_envelope(a->body, a->len, &code, &message, NULL);
	cause_set(cause, "%s (%s): HTTP %ld for GET %s%s%s%s", p->server, p->url,
	    a->status, p->base_path, p->path, message == NULL ? "" : ": ",
	    message == NULL ? "" : message);
	if (a->status == 404 && message == NULL)
		cause_set(cause,
		    "%s (%s): HTTP 404 for GET %s%s; is `base-path` right, is it ECX?",
		    p->server, p->url, p->base_path, p->path);
	free(message);
	return REACH_HTTP;
}

enum ecx_reach
ecx_classify(const struct http_answer *a, const struct ecx_place *p, char **cause)
{
	if (a->curl != CURLE_OK)
		return failed(a, p, cause);
	if (a->status < 200 || a->status > 299)
		return bad_status(a, p, cause);
	return REACH_OK;
}
