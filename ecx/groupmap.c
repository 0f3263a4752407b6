/*
 * SPDX-License-Identifier: Apache-2.0
 * Which group each resource belongs to. See groupmap.h.
 */
#include "ecx/groupmap.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ecx/digest.h"

#define MAP_AGE_MAX 3600000 /* a resource may move without a change of names */

struct pair {
	char *resource;
	char *group;
};

struct groupmap {
	uint64_t key;
	msec_t learned;
	bool unsupported, sorted;
	struct pair *pairs;
	size_t n;
};

uint64_t
groupmap_key(const struct obs_view *v)
{
	uint64_t h = DIGEST_START;
	size_t i;

	for (i = 0; i < v->ngroups; i++)
		h = digest_text(h, v->groups[i].name);
	h = digest_number(h, v->ngroups);
	for (i = 0; i < v->nresources; i++)
		h = digest_text(h, v->resources[i].name);
	return h;
}

bool
groupmap_needed(const struct obs_view *v)
{
	size_t i;

	for (i = 0; i < v->nresources; i++)
		if (v->resources[i].group == NULL)
			return true;
	return false;
}

struct groupmap *
groupmap_new(uint64_t key, msec_t now)
{
	struct groupmap *m = xcalloc(1, sizeof(*m));

	m->key = key;
	m->learned = now;
	return m;
}

static void
forget(struct groupmap *m)
{
	size_t i;

	for (i = 0; i < m->n; i++) {
		free(m->pairs[i].resource);
		free(m->pairs[i].group);
	}
	free(m->pairs);
	m->pairs = NULL;
	m->n = 0;
}

void
groupmap_free(struct groupmap *m)
{
	if (m == NULL)
		return;
	forget(m);
	free(m);
}

void
groupmap_add(struct groupmap *m, const char *group, struct ecx_names *names)
{
	size_t i;

	m->sorted = false;
	m->pairs = xreallocarray(m->pairs, m->n + names->n + 1, sizeof(*m->pairs));
	for (i = 0; i < names->n; i++) {
		m->pairs[m->n].resource = names->names[i];
		m->pairs[m->n++].group = xstrdup(group);
		names->names[i] = NULL;
	}
	ecx_names_clear(names);
}

void
groupmap_unsupported(struct groupmap *m)
{
	forget(m);
	m->unsupported = true;
}

bool
groupmap_fits(const struct groupmap *m, uint64_t key, msec_t now)
{
	return m != NULL && m->key == key &&
	    (m->unsupported || now - m->learned < MAP_AGE_MAX);
}

static int
by_resource(const void *a, const void *b)
{
	const struct pair *p = a, *q = b;

	return strcmp(p->resource, q->resource);
}

void
groupmap_apply(struct groupmap *m, struct obs_view *v)
{
	struct pair wanted = { 0 }, *p;
	size_t i, at;

	if (m->n == 0)
		return;
	if (!m->sorted)
		qsort(m->pairs, m->n, sizeof(*m->pairs), by_resource);
	m->sorted = true;
	for (i = 0; i < v->nresources; i++) {
		if (v->resources[i].group != NULL)
			continue;
		wanted.resource = v->resources[i].name;
		p = bsearch(&wanted, m->pairs, m->n, sizeof(*p), by_resource);
		if (p == NULL)
			continue;
		at = (size_t)(p - m->pairs);
		if ((at > 0 && by_resource(p, p - 1) == 0) ||
		    (at + 1 < m->n && by_resource(p, p + 1) == 0))
			continue;
		v->resources[i].group = xstrdup(p->group);
	}
}
