/*
 * SPDX-License-Identifier: Apache-2.0
 * What one value of the configuration must look like: names, URLs, paths, keys.
 *
 * The schema's rows name these checks. A URL is never repeated in a message: somebody
 * may have written a password into it.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#include "base/mem.h"
#include "base/text.h"
#include "configfile/conf.h"
#include "set/windows.h"

#define ECX_PORT "29009" /* contract 1.1 */

static void
complain(struct conf *c, const config_setting_t *at, const char *what)
{
	char *label = conf_label(at);

	conf_error(c, at, "%s %s", label, what);
	free(label);
}

void
conf_check_name(struct conf *c, const config_setting_t *at, char **text)
{
	if (!text_is_name(*text, NAME_LEN_MAX))
		complain(c, at,
		    "must be 1 to 96 octets of UTF-8 without control characters");
}

void
conf_check_line(struct conf *c, const config_setting_t *at, char **text)
{
	if (**text != '\0' && !text_is_name(*text, 255))
		complain(c, at,
		    "must be at most 255 octets of UTF-8 without control characters");
}

/* A failover group, or a pattern of some. */
void
conf_check_group(struct conf *c, const config_setting_t *at, char **text)
{
	conf_check_name(c, at, text);
	if (strcasecmp(*text, "ManagementGroup") == 0)
		complain(c, at,
		    "is ManagementGroup, which is ECX's own group and never a VM");
}

/* fnmatch(3) takes a pattern that is not whole for plain characters, without a word. */
void
conf_check_pattern(struct conf *c, const config_setting_t *at, char **text)
{
	const char *p, *q, *end;

	conf_check_group(c, at, text);
	for (p = *text; *p != '\0'; p++) {
		if (*p == '\\') {
			if (*++p != '\0')
				continue;
			complain(c, at, "ends in a backslash, which escapes nothing");
			return;
		}
		if (*p != '[')
			continue;
		q = p + 1;
		q += *q == '!' || *q == '^';
		q += *q == ']'; /* the first one is a character of the set */
		for (; *q != '\0' && *q != ']'; q++)
			if (q[0] == '[' && q[1] == ':' &&
			    (end = strstr(q + 2, ":]")) != NULL)
				q = end + 1;
		if (*q == '\0') {
			complain(c, at,
			    "has a [ without a ], so it matches no name that is meant; "
			    "write [...] whole, or \\\\[ for the character itself");
			return;
		}
		p = q;
	}
}

void
conf_check_server(struct conf *c, const config_setting_t *at, char **text)
{
	const char *p;

	conf_check_name(c, at, text);
	for (p = *text; *p != '\0' && !isupper((unsigned char)*p); p++)
		;
	if (*p != '\0' && strcasecmp(*text, "None") != 0)
		conf_warn(c, at,
		    "server \"%s\": ECX has server names in lower case; see what "
		    "clpstat says",
		    *text);
	if (strcasecmp(*text, "None") == 0)
		complain(c, at,
		    "is \"None\", which is ECX's word for \"on no server\"; no server "
		    "can be told apart from that");
}

void
conf_check_url(struct conf *c, const config_setting_t *at, char **text)
{
	char *scheme = NULL, *user = NULL, *password = NULL, *port = NULL, *path = NULL,
	     *url = NULL, *rest = NULL;
	CURLU *u = curl_url();
	CURLUcode rc;
	size_t len;

	if (u == NULL)
		abort();
	rc = curl_url_set(u, CURLUPART_URL, *text, CURLU_NON_SUPPORT_SCHEME);
	if (rc != CURLUE_OK) {
		complain(c, at,
		    "is no URL; write scheme, address and port: "
		    "\"https://192.0.2.10:" ECX_PORT "\"");
		goto out;
	}
	curl_url_get(u, CURLUPART_SCHEME, &scheme, 0);
	curl_url_get(u, CURLUPART_USER, &user, 0);
	curl_url_get(u, CURLUPART_PASSWORD, &password, 0);
	curl_url_get(u, CURLUPART_PATH, &path, 0);
	if (scheme == NULL ||
	    (strcasecmp(scheme, "http") != 0 && strcasecmp(scheme, "https") != 0)) {
		complain(c, at, "must begin with http:// or https://");
		goto out;
	}
	if (user != NULL || password != NULL) {
		complain(c, at,
		    "holds a user name; write that and the password into the file "
		    "that \"credentials\" names");
		goto out;
	}
	if ((path != NULL && path[0] != '\0' && strcmp(path, "/") != 0) ||
	    curl_url_get(u, CURLUPART_QUERY, &rest, 0) == CURLUE_OK ||
	    curl_url_get(u, CURLUPART_FRAGMENT, &rest, 0) == CURLUE_OK) {
		complain(c, at,
		    "must end after the port; the path of the API is base-path, an "
		    "option of the cluster");
		goto out;
	}
	if (curl_url_get(u, CURLUPART_PORT, &port, 0) != CURLUE_OK)
		curl_url_set(u, CURLUPART_PORT, ECX_PORT, 0);
	else if (strtol(port, NULL, 10) < 1) {
		complain(c, at, "has port 0; ECX's default is " ECX_PORT);
		goto out;
	}
	if (curl_url_get(u, CURLUPART_URL, &url, 0) != CURLUE_OK) {
		complain(c, at, "is no URL");
		goto out;
	}
	len = strlen(url);
	while (len > 0 && url[len - 1] == '/')
		len--;
	free(*text);
	*text = xstrndup(url, len);
out:
	curl_free(scheme);
	curl_free(user);
	curl_free(password);
	curl_free(port);
	curl_free(path);
	curl_free(url);
	curl_free(rest);
	curl_url_cleanup(u);
}

void
conf_check_base_path(struct conf *c, const config_setting_t *at, char **text)
{
	size_t len = strlen(*text);
	const char *p;

	for (p = *text; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && strchr("/-._~", *p) == NULL)
			break;
	if ((*text)[0] != '/' || *p != '\0' || (len > 1 && (*text)[len - 1] == '/') ||
	    strstr(*text, "//") != NULL)
		complain(c, at,
		    "must be a path such as \"/api/v1\": a slash first and none last, "
		    "letters, digits and - . _ ~ between");
}

void
conf_check_socket(struct conf *c, const config_setting_t *at, char **text)
{
	static const char *const kinds[] = { "/", "unix:/", "tcp:", "tcp6:", "tcpv6:" };
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strncmp(*text, kinds[i], strlen(kinds[i])) == 0 &&
		    text_is_name(*text, 255))
			return;
	complain(c, at,
	    "must be what snmpd.conf has as agentXSocket: \"/var/agentx/master\" or "
	    "\"tcp:localhost:705\"");
}

void
conf_check_state_dir(struct conf *c, const config_setting_t *at, char **text)
{
	if ((*text)[0] != '/' || !text_is_name(*text, 4000))
		complain(c, at, "must be an absolute path, \"/var/lib/clusterset\"");
}

/* libcurl's CURLOPT_PINNEDPUBLICKEY, the hash form only: one or more of them. */
void
conf_check_pin(struct conf *c, const config_setting_t *at, char **text)
{
	static const char base64[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789+/";
	const char *p = *text;

	for (;;) {
		if (strncmp(p, "sha256//", 8) != 0 || strspn(p + 8, base64) != 43 ||
		    p[51] != '=')
			break;
		p += 52;
		if (*p == '\0')
			return;
		if (*p++ != ';')
			break;
	}
	complain(c, at,
	    "must be \"sha256//\" and 44 characters of base64, as `openssl s_client "
	    "... "
	    "| openssl x509 -pubkey -noout | openssl pkey -pubin -outform der | "
	    "openssl "
	    "dgst -sha256 -binary | base64` prints them");
}

void
conf_check_uuid(struct conf *c, const config_setting_t *at, char **text)
{
	static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	size_t i;

	for (i = 0; i < sizeof(shape) - 1; i++) {
		if (shape[i] == 'x' ? !isxdigit((unsigned char)(*text)[i])
		                    : (*text)[i] != '-')
			break;
		(*text)[i] = (char)tolower((unsigned char)(*text)[i]);
	}
	if (i < sizeof(shape) - 1 || (*text)[i] != '\0')
		complain(
		    c, at, "must look like \"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\"");
}

/* "HOST", "HOST:PORT", "[ADDRESS]:PORT" of an SNMP agent; UDP, 161 unless told. */
void
conf_check_agent(struct conf *c, const config_setting_t *at, char **text)
{
	static const char host[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
	const char *p = *text, *port;
	char *end;
	long n;

	if (*p == '[') {
		port = p + 1 + strspn(p + 1, "0123456789abcdefABCDEF:.");
		if (port == p + 1 || *port != ']')
			goto bad;
		port++;
	} else {
		port = p + strspn(p, host);
		if (port == p)
			goto bad;
	}
	if (*port == '\0')
		return;
	n = isdigit((unsigned char)port[1]) ? strtol(port + 1, &end, 10) : 0;
	if (*port == ':' && n >= 1 && n <= 65535 && *end == '\0')
		return;
bad:
	complain(c, at,
	    "must be the address of the server's SNMP agent: \"HOST\", \"HOST:PORT\" "
	    "or "
	    "\"[IPV6]:PORT\"; without a port it is 161");
}

/* One of the words, in capitals afterwards. */
static void
check_protocol(struct conf *c, const config_setting_t *at, char **text,
    const char *const *known, size_t n)
{
	char *label, *hint, *seen;
	size_t i;

	for (i = 0; i < n; i++)
		if (strcasecmp(*text, known[i]) == 0) {
			free(*text);
			*text = xstrdup(known[i]);
			return;
		}
	label = conf_label(at);
	hint = conf_suggest(*text, known, n);
	seen = text_vis(*text, 64);
	conf_error(c, at, "%s: \"%s\" is none of its words%s", label, seen, hint);
	free(label);
	free(hint);
	free(seen);
}

void
conf_check_auth(struct conf *c, const config_setting_t *at, char **text)
{
	static const char *const known[] = { "MD5", "SHA", "SHA-224", "SHA-256",
		"SHA-384", "SHA-512" };

	check_protocol(c, at, text, known, sizeof(known) / sizeof(known[0]));
}

void
conf_check_priv(struct conf *c, const config_setting_t *at, char **text)
{
	static const char *const known[] = { "DES", "AES", "AES-192", "AES-256" };

	check_protocol(c, at, text, known, sizeof(known) / sizeof(known[0]));
}

void
conf_check_context(struct conf *c, const config_setting_t *at, char **text)
{
	if (**text != '\0' && !text_is_name(*text, 32))
		complain(c, at,
		    "must be at most 32 octets of UTF-8 without control characters");
}

void
conf_check_program(struct conf *c, const config_setting_t *at, char **text)
{
	if ((*text)[0] != '/' || !text_is_name(*text, 4000))
		complain(c, at,
		    "must be the absolute path of a program, without arguments: no "
		    "shell starts it, and nothing is looked for in PATH");
	else if (c->files)
		conf_warn_program(c, at, *text);
}

void
conf_check_windows(struct conf *c, const config_setting_t *at, char **text)
{
	char *cause = NULL, *label;

	windows_free(windows_parse(*text, &cause));
	if (cause == NULL)
		return;
	label = conf_label(at);
	conf_error(c, at, "%s: %s", label, cause);
	free(label);
	free(cause);
}
