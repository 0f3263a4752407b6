/*
 * SPDX-License-Identifier: Apache-2.0
 * What a server said, as one number. See digest.h.
 */
#include "ecx/digest.h"

#define DIGEST_PRIME UINT64_C(0x100000001b3)

static uint64_t
digest_byte(uint64_t h, unsigned char c)
{
	return (h ^ c) * DIGEST_PRIME;
}

uint64_t
digest_number(uint64_t h, uint64_t n)
{
	unsigned i;

	for (i = 0; i < 8; i++, n >>= 8)
		h = digest_byte(h, (unsigned char)n);
	return h;
}

/* Text has no NUL, so its end and "no text" are told apart by two bytes. */
uint64_t
digest_text(uint64_t h, const char *s)
{
	if (s == NULL)
		return digest_byte(digest_byte(h, 0), 1);
	for (; *s != '\0'; s++)
		h = digest_byte(h, (unsigned char)*s);
	return digest_byte(h, 0);
}

uint64_t
digest_view(const struct obs_view *v)
{
	uint64_t h = digest_text(DIGEST_START, v->cluster_name);
	size_t i;

	h = digest_number(h, v->cluster_status);
	h = digest_number(h, v->nservers);
	for (i = 0; i < v->nservers; i++) {
		h = digest_text(h, v->servers[i].name);
		h = digest_byte(h, (unsigned char)v->servers[i].status);
	}
	h = digest_number(h, v->ngroups);
	for (i = 0; i < v->ngroups; i++) {
		h = digest_text(h, v->groups[i].name);
		h = digest_byte(h, (unsigned char)v->groups[i].status);
		h = digest_text(h, v->groups[i].current);
	}
	h = digest_number(h, v->nresources);
	for (i = 0; i < v->nresources; i++) {
		h = digest_text(h, v->resources[i].name);
		h = digest_byte(h, (unsigned char)v->resources[i].status);
		h = digest_text(h, v->resources[i].current);
	}
	return h;
}
