/*
 * SPDX-License-Identifier: Apache-2.0
 * How a request is put to libcurl. See http_options.h. The bits of each CURLcode are
 * or'ed: 0 is all well.
 */
#include "ecx/http_options.h"

#include <string.h>
#include <sys/socket.h>

static CURLcode
set_trust(CURL *c, const struct http_request *rq)
{
	/* a pin without a CA stands for the chain: self-signed is the usual case */
	bool chain = rq->verify && (rq->ca_file != NULL || rq->pinned_key == NULL);
	CURLcode rc = CURLE_OK;

	rc |= curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	rc |= curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, chain ? 1L : 0L);
	rc |= curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, chain ? 2L : 0L);
	if (!chain || rq->ca_file != NULL) {
		/* else the system's directory would be trusted beside the file */
		rc |= curl_easy_setopt(c, CURLOPT_CAINFO, chain ? rq->ca_file : NULL);
		rc |= curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
	}
	if (rq->pinned_key != NULL)
		rc |= curl_easy_setopt(c, CURLOPT_PINNEDPUBLICKEY, rq->pinned_key);
#if LIBCURL_VERSION_NUM >= 0x075700
	rc |= curl_easy_setopt(c, CURLOPT_CA_CACHE_TIMEOUT, -1L); /* for ever */
#endif
	/* else a handle keeps the sessions itself, of servers it is not for */
	rc |= curl_easy_setopt(
	    c, CURLOPT_SSL_SESSIONID_CACHE, rq->peer != NULL ? 1L : 0L);
	return rc;
}

/* libcurl's own would be inherited by every child. */
static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
	(void)arg;
	(void)purpose;
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static CURLcode
set_method(CURL *c, const struct http_request *rq, struct curl_slist **headers)
{
	struct curl_slist *l = NULL;
	CURLcode rc = CURLE_OK;

	l = curl_slist_append(l, "Accept: application/json");
	if (rq->post) {
		rc |= curl_easy_setopt(c, CURLOPT_POST, 1L);
		rc |= curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE,
		    rq->body == NULL ? 0L : (long)strlen(rq->body));
		rc |= curl_easy_setopt(
		    c, CURLOPT_COPYPOSTFIELDS, rq->body == NULL ? "" : rq->body);
		rc |= curl_easy_setopt(c, CURLOPT_FRESH_CONNECT, 1L);
		rc |= curl_easy_setopt(c, CURLOPT_FORBID_REUSE, 1L);
		l = curl_slist_append(l,
		    rq->body == NULL ? "Content-Type:"
		                     : "Content-Type: application/json");
		l = curl_slist_append(l, "Expect:");
	}
	*headers = l;
	rc |= curl_easy_setopt(c, CURLOPT_HTTPHEADER, l);
	return rc;
}

/* Is the host of a URL an address? */
static bool
is_address(const char *url)
{
	const char *host = strstr(url, "://");
	size_t n;

	if (host == NULL)
		return false;
	host += 3;
	n = strcspn(host, ":/");
	return *host == '[' || (n > 0 && strspn(host, "0123456789.") == n);
}

CURLcode
http_options(CURL *c, const struct http_request *rq, struct curl_slist **headers)
{
	CURLcode rc = CURLE_OK;

	rc |= curl_easy_setopt(c, CURLOPT_URL, rq->url);
	rc |= curl_easy_setopt(c, CURLOPT_PATH_AS_IS, 1L); /* a group may be ".." */
	rc |= curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	rc |= curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	/* an address never changes its address; where names expire, each request looks
	 * through all of them, which among 2000 servers is half of all the work */
	if (is_address(rq->url))
		rc |= curl_easy_setopt(c, CURLOPT_DNS_CACHE_TIMEOUT, -1L);
	rc |= curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	rc |= curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	rc |= curl_easy_setopt(c, CURLOPT_PROXY, "");
	rc |= curl_easy_setopt(c, CURLOPT_NOPROXY, "*");
	rc |= curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
#if LIBCURL_VERSION_NUM >= 0x075500
	rc |= curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
#else
	rc |= curl_easy_setopt(
	    c, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
#if LIBCURL_VERSION_NUM >= 0x075700
	/* else giving up on a slow resolver would wait for its thread */
	rc |= curl_easy_setopt(c, CURLOPT_QUICK_EXIT, 1L);
#endif
	rc |= curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS,
	    (long)(rq->connect_timeout < rq->timeout ? rq->connect_timeout
	                                             : rq->timeout));
	rc |= curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)rq->timeout);
	rc |= curl_easy_setopt(c, CURLOPT_FORBID_REUSE, rq->last ? 1L : 0L);
	rc |= curl_easy_setopt(c, CURLOPT_CERTINFO, rq->certificate ? 1L : 0L);
	rc |= curl_easy_setopt(c, CURLOPT_USERAGENT, "clusterset");
	if (rq->credentials != NULL && rq->credentials->user != NULL) {
		rc |= curl_easy_setopt(c, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		rc |= curl_easy_setopt(c, CURLOPT_USERNAME, rq->credentials->user);
		rc |= curl_easy_setopt(c, CURLOPT_PASSWORD,
		    rq->credentials->password == NULL ? "" : rq->credentials->password);
	}
	rc |= set_trust(c, rq);
	rc |= set_method(c, rq, headers);
	return rc == CURLE_OK ? CURLE_OK : CURLE_FAILED_INIT;
}
