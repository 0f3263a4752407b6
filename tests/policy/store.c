/*
 * SPDX-License-Identifier: Apache-2.0
 * The store of subagent/store.h in memory: what subagent/persist.c writes for a daemon
 * of a scenario, and reads when that daemon starts again. What is put is kept at once.
 */
#include "subagent/store.h"

#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "base/mem.h"
#include "tests/policy/play.h"

struct kept {
	char *key; /* the space, a newline, the key */
	char *value;
	UT_hash_handle hh;
};

struct store_batch {
	struct store *store;
};

struct store {
	struct kept *kept;
	struct store_batch batch;
};

struct store *
memory_store_new(void)
{
	struct store *s = xcalloc(1, sizeof(*s));

	s->batch.store = s;
	return s;
}

static void
drop(struct store *s, struct kept *k)
{
	HASH_DEL(s->kept, k);
	free(k->key);
	free(k->value);
	free(k);
}

void
memory_store_free(struct store *s)
{
	struct kept *k, *next;

	HASH_ITER (hh, s->kept, k, next)
		drop(s, k);
	free(s);
}

void
memory_store_put(struct store *s, const char *space, const char *key, const char *value)
{
	char *full = xasprintf("%s\n%s", space, key);
	struct kept *k;

	HASH_FIND_STR(s->kept, full, k);
	if (value == NULL) {
		if (k != NULL)
			drop(s, k);
		free(full);
		return;
	}
	if (k == NULL) {
		k = xcalloc(1, sizeof(*k));
		k->key = full;
		HASH_ADD_KEYPTR(hh, s->kept, k->key, strlen(k->key), k);
	} else {
		free(full);
	}
	free(k->value);
	k->value = xstrdup(value);
}

static int
by_key(const struct kept *a, const struct kept *b)
{
	return strcmp(a->key, b->key);
}

/* What is read changes what is kept: of a copy. */
int
store_load(struct store *s, const char *space,
    int (*each)(const char *key, const char *value, void *arg, char **cause), void *arg,
    char **cause)
{
	const size_t len = strlen(space);
	char **keys = NULL, **values = NULL;
	struct kept *k, *next;
	size_t n = 0, i;
	int rc = 0;

	HASH_SORT(s->kept, by_key);
	HASH_ITER (hh, s->kept, k, next) {
		if (strncmp(k->key, space, len) != 0 || k->key[len] != '\n')
			continue;
		keys = xreallocarray(keys, n + 1, sizeof(*keys));
		values = xreallocarray(values, n + 1, sizeof(*values));
		keys[n] = xstrdup(k->key + len + 1);
		values[n++] = xstrdup(k->value);
	}
	for (i = 0; i < n; i++) {
		if (rc == 0)
			rc = each(keys[i], values[i], arg, cause);
		free(keys[i]);
		free(values[i]);
	}
	free(keys);
	free(values);
	return rc;
}

struct store_batch *
memory_store_batch(struct store *s)
{
	return &s->batch;
}

/* --- what persist.c calls ----------------------------------------------------------
 */

void
store_batch_put(
    struct store_batch *b, const char *space, const char *key, const char *value)
{
	memory_store_put(b->store, space, key, value);
}

void
store_batch_del(struct store_batch *b, const char *space, const char *key)
{
	memory_store_put(b->store, space, key, NULL);
}

void
store_batch_del_before(struct store_batch *b, const char *space, const char *before)
{
	const size_t len = strlen(space);
	struct kept *k, *next;

	HASH_ITER (hh, b->store->kept, k, next)
		if (strncmp(k->key, space, len) == 0 && k->key[len] == '\n' &&
		    strcmp(k->key + len + 1, before) < 0)
			drop(b->store, k);
}
