/*
 * SPDX-License-Identifier: Apache-2.0
 * Fuzz targets for what ECX answers: any bytes give a result, never a crash, a leak or
 * a made-up value. Built once per endpoint, FUZZ_WHAT says which.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ecx/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FUZZ_GROUP = ECX_GET_COUNT, FUZZ_ENVELOPE };

static void
must(bool held)
{
	if (!held)
		abort();
}

/* A cause comes with every error and with nothing else. */
static void
one_endpoint(enum ecx_endpoint e, const char *body, size_t len)
{
	struct obs_view view = { 0 };
	char *cause = NULL;
	enum ecx_decoded d = ecx_decode(e, body, len, &view, &cause);

	must((d == ECX_DECODED) == (cause == NULL));
	for (size_t i = 0; i < view.nservers; i++)
		must(strlen(view.servers[i].name) <= ECX_NAME_MAX);
	for (size_t i = 0; i < view.ngroups; i++)
		must(strlen(view.groups[i].name) <= ECX_NAME_MAX);
	if (d != ECX_DECODED)
		must(view.nservers + view.ngroups + view.nresources + view.nmonitors ==
		    0);
	obs_view_clear(&view);
	free(cause);
}

static void
one_group(const char *body, size_t len)
{
	struct ecx_names names = { 0 };
	char *cause = NULL;
	enum ecx_decoded d = ecx_decode_group(body, len, "failover1", &names, &cause);

	must((d == ECX_DECODED) == (cause == NULL));
	ecx_names_clear(&names);
	free(cause);
}

static void
one_envelope(const char *body, size_t len)
{
	char *message = NULL, *cause = NULL;
	int64_t code;

	ecx_decode_envelope(body, len, &code, &message, &cause);
	free(message);
	free(cause);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* a copy of its own size: the sanitizer sees any step over the end */
	char *body = xmalloc(size == 0 ? 1 : size);
	const int what = FUZZ_WHAT;

	memcpy(body, data, size);
	if (what == FUZZ_GROUP)
		one_group(body, size);
	else if (what == FUZZ_ENVELOPE)
		one_envelope(body, size);
	else
		one_endpoint((enum ecx_endpoint)what, body, size);
	free(body);
	return 0;
}
