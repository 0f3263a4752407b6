/*
 * SPDX-License-Identifier: Apache-2.0
 * Basic authentication. See auth.h.
 */
#include "tests/ecxsim/auth.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

#define HEADER_MAX 1024

/* "user:password" or NULL; the caller frees. */
static char *
decode(const char *header)
{
	size_t len;
	unsigned char *out;
	int n;

	if (header == NULL || strncasecmp(header, "Basic ", 6) != 0)
		return NULL;
	header += 6;
	header += strspn(header, " ");
	len = strlen(header);
	if (len == 0 || len > HEADER_MAX)
		return NULL;
	out = xcalloc(1, len + 4);
	n = EVP_DecodeBlock(out, (const unsigned char *)header, (int)len);
	if (n < 0 || memchr(out, ':', (size_t)n) == NULL) {
		free(out);
		return NULL;
	}
	return (char *)out; /* padding decodes to NUL bytes */
}

static struct failed_login *
login_get(struct cluster *c, const char *user)
{
	struct failed_login *f;

	HASH_FIND_STR(c->logins, user, f);
	if (f != NULL || HASH_COUNT(c->logins) > 1000)
		return f;
	f = xcalloc(1, sizeof(*f));
	f->user = xstrdup(user);
	HASH_ADD_KEYPTR(hh, c->logins, f->user, strlen(f->user), f);
	return f;
}

const struct account *
auth_check(struct cluster *c, const char *header, char **user)
{
	static const struct account anybody = { NULL, NULL, true };
	const struct account *found = NULL;
	struct failed_login *f = NULL;
	char *pair = decode(header), *password;
	int64_t now = sched_now(c->sim->sched);

	*user = NULL;
	if (c->nacc == 0 && pair == NULL) {
		*user = xstrdup("");
		return &anybody;
	}
	if (pair == NULL)
		return NULL;
	password = strchr(pair, ':');
	*password++ = '\0';
	*user = xstrdup(pair);
	if (c->nacc == 0)
		found = &anybody;
	for (int i = 0; i < c->nacc; i++)
		if (strcmp(c->acc[i].user, pair) == 0 &&
		    strcmp(c->acc[i].password, password) == 0)
			found = &c->acc[i];
	if (c->lockout_failures > 0)
		f = login_get(c, pair);
	if (f != NULL) {
		if (f->locked_until > now)
			found = NULL; /* even with the right password */
		else if (found == NULL && ++f->failures >= c->lockout_failures) {
			f->locked_until = now + c->lockout_ms;
			f->failures = 0;
		} else if (found != NULL)
			f->failures = 0;
	}
	free(pair);
	return found;
}
