/*
 * SPDX-License-Identifier: Apache-2.0
 * What a server said, as one number, so that the next server's answer can be compared
 * without keeping the first. FNV-1a: accidents only; a server that wants to deceive
 * needs no collision, it just repeats the others.
 */
#ifndef ECX_DIGEST_H
#define ECX_DIGEST_H

#include "set/observation.h"

#define DIGEST_START UINT64_C(0xcbf29ce484222325)

uint64_t digest_number(uint64_t h, uint64_t n);
uint64_t digest_text(uint64_t h, const char *s); /* NULL and "" differ */
/* Equal if and only if obs_views_agree() (but for accidents). */
uint64_t digest_view(const struct obs_view *);

#endif
