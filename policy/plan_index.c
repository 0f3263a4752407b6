/*
 * SPDX-License-Identifier: Apache-2.0
 * Names to indexes; see plan_index.h.
 */
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "base/mem.h"
#include "policy/plan_index.h"

struct plan_index {
	char *name;
	int index;
	UT_hash_handle hh;
};

static struct plan_index *
find(const struct plan_index *x, const char *name)
{
	struct plan_index *e;

	HASH_FIND_STR(x, name, e);
	return e;
}

int
plan_index_find(const struct plan_index *x, const char *name)
{
	const struct plan_index *e = find(x, name);

	return e == NULL ? -1 : e->index;
}

int
plan_index_add(struct plan_index **x, const char *name, int index)
{
	struct plan_index *e;

	if (find(*x, name) != NULL)
		return -1;
	e = xcalloc(1, sizeof *e);
	e->name = xstrdup(name);
	e->index = index;
	HASH_ADD_KEYPTR(hh, *x, e->name, strlen(e->name), e);
	return 0;
}

void
plan_index_free(struct plan_index **x)
{
	struct plan_index *e, *tmp;

	HASH_ITER (hh, *x, e, tmp) {
		HASH_DEL(*x, e);
		free(e->name);
		free(e);
	}
}
