/*
 * SPDX-License-Identifier: Apache-2.0
 * Stable indexes. See names.h.
 */
#include "set/names.h"

#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "base/mem.h"

struct entry {
	char *name;
	uint32_t index;
	UT_hash_handle hh, by_index;
};

struct names {
	struct entry *names[NAME_KINDS], *indexes[NAME_KINDS];
	uint32_t last[NAME_KINDS];
};

static const char *const kind_text[NAME_KINDS] = { "cluster", "node", "vm", "disk",
	"fault-domain", "availability-set" };

struct names *
names_new(void)
{
	return xcalloc(1, sizeof(struct names));
}

void
names_free(struct names *n)
{
	struct entry *e, *tmp;
	int k;

	if (n == NULL)
		return;
	for (k = 0; k < NAME_KINDS; k++) {
		HASH_CLEAR(by_index, n->indexes[k]);
		HASH_ITER (hh, n->names[k], e, tmp) {
			HASH_DEL(n->names[k], e);
			free(e->name);
			free(e);
		}
	}
	free(n);
}

static struct entry *
find(const struct names *n, enum name_kind k, const char *name)
{
	struct entry *e;

	HASH_FIND_STR(n->names[k], name, e);
	return e;
}

static void
add(struct names *n, enum name_kind k, const char *name, uint32_t index)
{
	struct entry *e = xcalloc(1, sizeof(*e));

	e->name = xstrdup(name);
	e->index = index;
	HASH_ADD_KEYPTR(hh, n->names[k], e->name, strlen(e->name), e);
	HASH_ADD(by_index, n->indexes[k], index, sizeof(e->index), e);
	if (index > n->last[k])
		n->last[k] = index;
}

uint32_t
names_index(struct names *n, enum name_kind k, const char *name, bool *fresh)
{
	struct entry *e = find(n, k, name);

	if (fresh != NULL)
		*fresh = e == NULL;
	if (e != NULL)
		return e->index;
	add(n, k, name, n->last[k] + 1);
	return n->last[k];
}

uint32_t
names_find(const struct names *n, enum name_kind k, const char *name)
{
	struct entry *e = find(n, k, name);

	return e == NULL ? 0 : e->index;
}

bool
names_restore(struct names *n, enum name_kind k, const char *name, uint32_t index)
{
	struct entry *e;

	HASH_FIND(by_index, n->indexes[k], &index, sizeof(index), e);
	if (index == 0 || index > INT32_MAX || e != NULL || find(n, k, name) != NULL)
		return false;
	add(n, k, name, index);
	return true;
}

uint32_t
names_last(const struct names *n, enum name_kind k)
{
	return n->last[k];
}

void
names_floor(struct names *n, enum name_kind k, uint32_t last)
{
	if (last > n->last[k])
		n->last[k] = last;
}

void
names_each(const struct names *n,
    void (*each)(void *arg, enum name_kind, const char *name, uint32_t index),
    void *arg)
{
	const struct entry *e;
	int k;

	for (k = 0; k < NAME_KINDS; k++)
		for (e = n->names[k]; e != NULL; e = e->hh.next)
			each(arg, (enum name_kind)k, e->name, e->index);
}

const char *
names_kind_text(enum name_kind k)
{
	return kind_text[k];
}

int
names_kind_parse(const char *text)
{
	int k;

	for (k = 0; k < NAME_KINDS; k++)
		if (strcmp(text, kind_text[k]) == 0)
			return k;
	return -1;
}
