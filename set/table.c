/*
 * SPDX-License-Identifier: Apache-2.0
 * Generation tables. See table.h.
 *
 * A table is a sorted array of chunks, a chunk a sorted array of at most CHUNK_ROWS
 * rows. A view holds its own array of chunk references; the table copies a chunk before
 * it changes one that a view may also hold.
 */
#include "set/table.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define CHUNK_ROWS 256

struct chunk {
	_Atomic unsigned refs;
	unsigned n;
	struct row *rows[CHUNK_ROWS];
};

struct table {
	const struct row_type *type;
	struct chunk **chunks;
	size_t nchunks, room, count;
	uint64_t version;
	struct table_view *last; /* the newest view, of version last_version */
	uint64_t last_version;
};

struct table_view {
	_Atomic unsigned refs;
	size_t nchunks, count;
	struct chunk *chunks[];
};

/* Where a key is, or would be put: chunk c, place i. */
struct place {
	size_t c;
	unsigned i;
	bool there;
};

int
key_compare(const uint32_t *a, size_t alen, const uint32_t *b, size_t blen)
{
	size_t i, n = alen < blen ? alen : blen;

	for (i = 0; i < n; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return alen == blen ? 0 : alen < blen ? -1 : 1;
}

size_t
key_from_name(const char *name, uint32_t out[KEY_MAX])
{
	size_t n = strlen(name), i;

	if (n + 1 > KEY_MAX)
		return 0;
	out[0] = (uint32_t)n;
	for (i = 0; i < n; i++)
		out[i + 1] = (unsigned char)name[i];
	return n + 1;
}

/* --- rows ------------------------------------------------------------------ */

static const char *
row_string(const void *row, size_t offset)
{
	const char *s;

	memcpy(&s, (const char *)row + offset, sizeof(s));
	return s;
}

/* One allocation: the struct, its key, its strings. */
static struct row *
row_make(
    const struct row_type *type, const uint32_t *key, size_t klen, const void *tmpl)
{
	size_t keys = klen * sizeof(*key), total, i, n;
	char *mem, *at;
	const char *s;
	struct row *r;

	assert(type->size % sizeof(uint32_t) == 0);
	total = type->size + keys;
	for (i = 0; i < type->nstrings; i++)
		if ((s = row_string(tmpl, type->strings[i])) != NULL)
			total += strlen(s) + 1;
	mem = xmalloc(total);
	memcpy(mem, tmpl, type->size);
	memcpy(mem + type->size, key, keys);
	at = mem + type->size + keys;
	for (i = 0; i < type->nstrings; i++) {
		if ((s = row_string(tmpl, type->strings[i])) == NULL)
			continue;
		n = strlen(s) + 1;
		memcpy(at, s, n);
		memcpy(mem + type->strings[i], &at, sizeof(at));
		at += n;
	}
	r = (struct row *)mem;
	atomic_init(&r->refs, 1);
	r->klen = (uint16_t)klen;
	r->key = (const uint32_t *)(mem + type->size);
	return r;
}

/* Same contents, key and head aside: compares the gaps between strings bytewise. */
static bool
row_same(const struct row_type *type, const void *a, const void *b)
{
	size_t from = sizeof(struct row), i, off;
	const char *s, *t;

	for (i = 0; i < type->nstrings; i++) {
		off = type->strings[i];
		if (memcmp((const char *)a + from, (const char *)b + from,
		        off - from) != 0)
			return false;
		s = row_string(a, off);
		t = row_string(b, off);
		if ((s == NULL) != (t == NULL) || (s != NULL && strcmp(s, t) != 0))
			return false;
		from = off + sizeof(const char *);
	}
	return memcmp((const char *)a + from, (const char *)b + from,
	           type->size - from) == 0;
}

const void *
row_ref(const void *row)
{
	struct row *r = (struct row *)(uintptr_t)row;

	atomic_fetch_add_explicit(&r->refs, 1, memory_order_relaxed);
	return row;
}

void
row_unref(const void *row)
{
	struct row *r = (struct row *)(uintptr_t)row;

	if (r != NULL &&
	    atomic_fetch_sub_explicit(&r->refs, 1, memory_order_acq_rel) == 1)
		free(r);
}

/* --- chunks ---------------------------------------------------------------- */

static struct chunk *
chunk_new(void)
{
	struct chunk *c = xmalloc(sizeof(*c));

	atomic_init(&c->refs, 1);
	c->n = 0;
	return c;
}

static void
chunk_unref(struct chunk *c)
{
	unsigned i;

	if (atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (i = 0; i < c->n; i++)
		row_unref(c->rows[i]);
	free(c);
}

/* The table's own copy of a chunk, made only when a view shares it. */
static struct chunk *
chunk_own(struct table *t, size_t at)
{
	struct chunk *old = t->chunks[at], *c;
	unsigned i;

	if (atomic_load_explicit(&old->refs, memory_order_acquire) == 1)
		return old;
	c = chunk_new();
	c->n = old->n;
	for (i = 0; i < old->n; i++) {
		row_ref(old->rows[i]);
		c->rows[i] = old->rows[i];
	}
	t->chunks[at] = c;
	chunk_unref(old);
	return c;
}

static void
chunks_insert(struct table *t, size_t at, struct chunk *c)
{
	if (t->nchunks == t->room) {
		t->room = t->room == 0 ? 8 : t->room * 2;
		t->chunks = xreallocarray(t->chunks, t->room, sizeof(struct chunk *));
	}
	memmove(t->chunks + at + 1, t->chunks + at,
	    (t->nchunks - at) * sizeof(struct chunk *));
	t->chunks[at] = c;
	t->nchunks++;
}

/* The place of the first row >= key; past the end: c == nchunks or i == n of the last.
 */
static struct place
place_find(
    struct chunk *const *chunks, size_t nchunks, const uint32_t *key, size_t klen)
{
	struct place p = { 0, 0, false };
	size_t lo = 0, hi = nchunks, mid;
	unsigned a, b, m;
	const struct row *r;
	int d;

	while (lo < hi) { /* the last chunk whose first row is <= key */
		mid = (lo + hi) / 2;
		r = chunks[mid]->rows[0];
		if (key_compare(r->key, r->klen, key, klen) <= 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == 0)
		return p;
	p.c = lo - 1;
	a = 0;
	b = chunks[p.c]->n;
	while (a < b) {
		m = (a + b) / 2;
		r = chunks[p.c]->rows[m];
		d = key_compare(r->key, r->klen, key, klen);
		if (d == 0) {
			p.i = m;
			p.there = true;
			return p;
		}
		if (d < 0)
			a = m + 1;
		else
			b = m;
	}
	p.i = a;
	return p;
}

/* --- the table ------------------------------------------------------------- */

struct table *
table_new(const struct row_type *type)
{
	struct table *t = xcalloc(1, sizeof(*t));

	t->type = type;
	return t;
}

void
table_free(struct table *t)
{
	size_t i;

	if (t == NULL)
		return;
	table_view_unref(t->last);
	for (i = 0; i < t->nchunks; i++)
		chunk_unref(t->chunks[i]);
	free(t->chunks);
	free(t);
}

static void
table_insert(struct table *t, struct place p, struct row *r)
{
	struct chunk *c, *d;
	unsigned half;

	if (t->nchunks == 0)
		chunks_insert(t, 0, chunk_new());
	c = chunk_own(t, p.c);
	if (c->n == CHUNK_ROWS) {
		/* rows mostly arrive in order: keep full chunks full then */
		half = p.i == CHUNK_ROWS && p.c + 1 == t->nchunks ? CHUNK_ROWS
		                                                  : CHUNK_ROWS / 2;
		d = chunk_new();
		d->n = CHUNK_ROWS - half;
		memcpy(d->rows, c->rows + half, d->n * sizeof(struct row *));
		c->n = half;
		chunks_insert(t, p.c + 1, d);
		if (p.i >= half) {
			p.c++;
			p.i -= half;
			c = d;
		}
	}
	memmove(c->rows + p.i + 1, c->rows + p.i, (c->n - p.i) * sizeof(struct row *));
	c->rows[p.i] = r;
	c->n++;
	t->count++;
}

bool
table_put(struct table *t, const uint32_t *key, size_t klen, const void *tmpl)
{
	struct place p;
	struct chunk *c;
	struct row *r;

	assert(klen > 0 && klen <= KEY_MAX);
	p = place_find(t->chunks, t->nchunks, key, klen);
	if (p.there && row_same(t->type, t->chunks[p.c]->rows[p.i], tmpl))
		return false;
	r = row_make(t->type, key, klen, tmpl);
	if (p.there) {
		c = chunk_own(t, p.c);
		row_unref(c->rows[p.i]);
		c->rows[p.i] = r;
	} else {
		table_insert(t, p, r);
	}
	t->version++;
	return true;
}

bool
table_drop(struct table *t, const uint32_t *key, size_t klen)
{
	struct place p = place_find(t->chunks, t->nchunks, key, klen);
	struct chunk *c;

	if (!p.there)
		return false;
	c = chunk_own(t, p.c);
	row_unref(c->rows[p.i]);
	memmove(
	    c->rows + p.i, c->rows + p.i + 1, (c->n - p.i - 1) * sizeof(struct row *));
	c->n--;
	t->count--;
	if (c->n == 0) {
		chunk_unref(c);
		memmove(t->chunks + p.c, t->chunks + p.c + 1,
		    (t->nchunks - p.c - 1) * sizeof(struct chunk *));
		t->nchunks--;
	}
	t->version++;
	return true;
}

const void *
table_get(const struct table *t, const uint32_t *key, size_t klen)
{
	struct place p = place_find(t->chunks, t->nchunks, key, klen);

	return p.there ? t->chunks[p.c]->rows[p.i] : NULL;
}

size_t
table_count(const struct table *t)
{
	return t->count;
}

uint64_t
table_version(const struct table *t)
{
	return t->version;
}

/* --- views ----------------------------------------------------------------- */

struct table_view *
table_view(struct table *t)
{
	struct table_view *v;
	size_t i;

	if (t->last != NULL && t->last_version == t->version)
		return table_view_ref(t->last);
	v = xmalloc(sizeof(*v) + t->nchunks * sizeof(struct chunk *));
	atomic_init(&v->refs, 1);
	v->nchunks = t->nchunks;
	v->count = t->count;
	for (i = 0; i < t->nchunks; i++) {
		atomic_fetch_add_explicit(&t->chunks[i]->refs, 1, memory_order_relaxed);
		v->chunks[i] = t->chunks[i];
	}
	table_view_unref(t->last);
	t->last = table_view_ref(v);
	t->last_version = t->version;
	return v;
}

struct table_view *
table_view_ref(struct table_view *v)
{
	atomic_fetch_add_explicit(&v->refs, 1, memory_order_relaxed);
	return v;
}

void
table_view_unref(struct table_view *v)
{
	size_t i;

	if (v == NULL ||
	    atomic_fetch_sub_explicit(&v->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (i = 0; i < v->nchunks; i++)
		chunk_unref(v->chunks[i]);
	free(v);
}

size_t
table_view_count(const struct table_view *v)
{
	return v->count;
}

const void *
table_view_get(const struct table_view *v, const uint32_t *key, size_t klen)
{
	struct place p = place_find(v->chunks, v->nchunks, key, klen);

	return p.there ? v->chunks[p.c]->rows[p.i] : NULL;
}

const void *
table_view_next(
    const struct table_view *v, const uint32_t *key, size_t klen, bool inclusive)
{
	struct place p = place_find(v->chunks, v->nchunks, key, klen);

	if (p.there && !inclusive)
		p.i++;
	if (p.c < v->nchunks && p.i == v->chunks[p.c]->n) {
		p.c++;
		p.i = 0;
	}
	return p.c < v->nchunks ? v->chunks[p.c]->rows[p.i] : NULL;
}
