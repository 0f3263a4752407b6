/*
 * SPDX-License-Identifier: Apache-2.0
 * GET, GETNEXT and the checks of a SET over descriptors. See mib.h.
 */
#include "config.h"

#include "subagent/mib.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

/* One column, with its whole OID, and what was last found unknown in it. */
struct place {
	uint32_t oid[7];
	size_t len;
	const struct mib_table *table;
	const struct mib_column *column;
	/* no row from `from` to before `to` (NULL: the end) has a value here; true of
	 * the view of stamp `stamp` only */
	uint64_t stamp;
	const struct row *from, *to;
};

struct mib {
	struct place *places; /* sorted by OID */
	size_t nplaces;
};

static const uint32_t scalar_key[1] = { 0 };

static int
place_compare(const void *a, const void *b)
{
	const struct place *p = a, *q = b;

	return key_compare(p->oid, p->len, q->oid, q->len);
}

struct mib *
mib_new(void)
{
	struct mib *m = xcalloc(1, sizeof(*m));
	const struct mib_table *t;
	struct place *p;
	size_t i, c;

	for (i = 0; i < mib_ntables; i++)
		m->nplaces += mib_tables[i]->ncolumns;
	m->places = p = xcalloc(m->nplaces, sizeof(*p));
	for (i = 0; i < mib_ntables; i++) {
		t = mib_tables[i];
		for (c = 0; c < t->ncolumns; c++, p++) {
			memcpy(p->oid, t->oid, t->oid_len * sizeof(uint32_t));
			p->oid[t->oid_len] = t->columns[c].id;
			p->len = t->oid_len + 1;
			p->table = t;
			p->column = &t->columns[c];
		}
	}
	qsort(m->places, m->nplaces, sizeof(*m->places), place_compare);
	return m;
}

void
mib_free(struct mib *m)
{
	if (m == NULL)
		return;
	free(m->places);
	free(m);
}

/* The number of places whose OID is <= oid: the last of them may be its column. */
static size_t
places_upto(const struct mib *m, const uint32_t *oid, size_t len)
{
	size_t lo = 0, hi = m->nplaces, mid;

	while (lo < hi) {
		mid = (lo + hi) / 2;
		if (key_compare(m->places[mid].oid, m->places[mid].len, oid, len) <= 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static bool
place_holds(const struct place *p, const uint32_t *oid, size_t len)
{
	return len >= p->len && memcmp(p->oid, oid, p->len * sizeof(*oid)) == 0;
}

static struct place *
place_find(const struct mib *m, const uint32_t *oid, size_t len)
{
	size_t n = places_upto(m, oid, len);

	if (n == 0 || !place_holds(&m->places[n - 1], oid, len))
		return NULL;
	return &m->places[n - 1];
}

const struct mib_column *
mib_find(const struct mib *m, const uint32_t *oid, size_t len,
    const struct mib_table **table, const uint32_t **key, size_t *klen)
{
	const struct place *p = place_find(m, oid, len);

	if (p == NULL)
		return NULL;
	if (table != NULL)
		*table = p->table;
	if (key != NULL)
		*key = oid + p->len;
	if (klen != NULL)
		*klen = len - p->len;
	return p->column;
}

const struct mib_column *
mib_by_name(const struct mib *m, const char *name, const struct mib_table **table)
{
	size_t i;

	for (i = 0; i < m->nplaces; i++)
		if (strcmp(m->places[i].column->name, name) == 0) {
			*table = m->places[i].table;
			return m->places[i].column;
		}
	return NULL;
}

/* --- values ---------------------------------------------------------------- */

static int64_t
row_number(const void *row, size_t at)
{
	int64_t v;

	memcpy(&v, (const char *)row + at, sizeof(v));
	return v;
}

static const char *
row_text(const void *row, size_t at)
{
	const char *s;

	memcpy(&s, (const char *)row + at, sizeof(s));
	return s;
}

/* A number as its syntax can carry it; false for an enumeration's unknown member. */
static bool
value_number(const struct mib_column *c, int64_t n, struct mib_value *v)
{
	if (c->tag == TAG_COUNTER32) {
		n = (int64_t)((uint64_t)n & UINT32_MAX);
	} else if (c->tag != TAG_COUNTER64 && (n < c->min || n > c->max)) {
		if (c->tag == TAG_INTEGER)
			return false;
		n = n < c->min ? c->min : c->max; /* a gauge stands at its end */
	}
	v->number = n;
	return true;
}

static bool
value_age(const struct mib_column *c, msec_t since, msec_t now, struct mib_value *v)
{
	if (since == 0)
		return false;
	return value_number(c, now > since ? (now - since) / 1000 : 0, v);
}

static bool
value_oid(const char *text, struct mib_value *v)
{
	unsigned long n;
	char *end;

	v->len = 0;
	if (text == NULL)
		return false;
	while (*text != '\0' && v->len < MIB_OID_MAX) {
		n = strtoul(text, &end, 10);
		if (end == text || n > UINT32_MAX)
			return false;
		v->oid[v->len++] = (uint32_t)n;
		text = *end == '.' ? end + 1 : end;
	}
	return v->len >= 2;
}

bool
mib_read(const struct mib_column *c, const void *row, const struct mib_snapshot *s,
    struct mib_value *v)
{
	int64_t n;

	v->tag = c->tag;
	v->octets = NULL;
	v->len = 0;
	v->number = 0;
	switch (c->kind) {
	case KIND_NUMBER:
		n = row_number(row, c->at);
		return n != ROW_NONE && value_number(c, n, v);
	case KIND_TEXT:
		if ((v->octets = row_text(row, c->at)) == NULL)
			return false;
		v->len = text_utf8_cut(v->octets, (size_t)c->max);
		return true;
	case KIND_WALL:
		n = row_number(row, c->at);
		if (n == 0 || n == ROW_NONE)
			return false;
		clock_date_and_time((time_t)n, v->buf);
		v->octets = v->buf;
		v->len = DATE_AND_TIME_LEN;
		return true;
	case KIND_AGE:
		n = row_number(row, c->at);
		return n != ROW_NONE && value_age(c, n, s->now, v);
	case KIND_OID:
		return value_oid(row_text(row, c->at), v);
	case KIND_CONST:
		v->number = (int64_t)c->at;
		return true;
	case KIND_STAT:
		return value_number(c, (int64_t)stat_get((enum stat_id)c->at), v);
	case KIND_CONTROL_AGE:
		return value_age(c, s->beat, s->now, v);
	case KIND_ABSENT:
		break;
	}
	return false;
}

/* --- GET ------------------------------------------------------------------- */

/* The row of scalars that have none. */
static const struct row no_row = { .klen = 1, .key = scalar_key };

static const void *
source_get(const struct mib_snapshot *s, int source, const uint32_t *key, size_t klen)
{
	if (source == SOURCE_ONE)
		return klen == 1 && key[0] == 0 ? &no_row : NULL;
	if (s->tables[source] == NULL)
		return NULL;
	return table_view_get(s->tables[source], key, klen);
}

static const void *
source_next(const struct mib_snapshot *s, int source, const uint32_t *key, size_t klen,
    bool inclusive)
{
	int d;

	if (source == SOURCE_ONE) {
		d = key_compare(key, klen, scalar_key, 1);
		return d < 0 || (d == 0 && inclusive) ? &no_row : NULL;
	}
	if (s->tables[source] == NULL)
		return NULL;
	return table_view_next(s->tables[source], key, klen, inclusive);
}

enum mib_answer
mib_get(const struct mib *m, const struct mib_snapshot *s, const uint32_t *oid,
    size_t len, struct mib_value *v)
{
	const struct place *p = place_find(m, oid, len);
	const void *row;

	if (p == NULL)
		return MIB_NO_OBJECT;
	row = source_get(s, p->table->source, oid + p->len, len - p->len);
	if (row == NULL || !mib_read(p->column, row, s, v))
		return MIB_NO_INSTANCE;
	return MIB_VALUE;
}

/* --- GETNEXT --------------------------------------------------------------- */

static bool
row_before(const struct row *a, const struct row *b)
{
	return b == NULL || key_compare(a->key, a->klen, b->key, b->klen) < 0;
}

/*
 * The first row from key on that has a value in this column. A column of which nobody
 * knows anything would cost a look at all rows for each question, so the stretch last
 * found empty is remembered: a walk then looks at every row once per generation.
 */
static const struct row *
place_next(struct place *p, const struct mib_snapshot *s, const uint32_t *key,
    size_t klen, bool inclusive, struct mib_value *v)
{
	int source = p->table->source;
	const struct row *r, *from;

	if (p->column->kind == KIND_ABSENT)
		return NULL;
	r = source_next(s, source, key, klen, inclusive);
	if (r == NULL || mib_read(p->column, r, s, v))
		return r;
	if (p->stamp != s->stamps[source]) {
		p->stamp = s->stamps[source];
		p->from = p->to = NULL;
	}
	from = r;
	while (r != NULL && !mib_read(p->column, r, s, v)) {
		if (p->from != NULL && !row_before(r, p->from) &&
		    row_before(r, p->to)) {
			if (row_before(p->from, from))
				from = p->from;
			r = p->to;
			continue;
		}
		r = source_next(s, source, r->key, r->klen, false);
	}
	p->from = from;
	p->to = r;
	return r;
}

bool
mib_next(struct mib *m, const struct mib_snapshot *s, const uint32_t *oid, size_t len,
    bool inclusive, uint32_t *next, size_t *next_len, struct mib_value *v)
{
	size_t i = places_upto(m, oid, len);
	const uint32_t *key = NULL;
	const struct row *r;
	struct place *p;
	size_t klen = 0;

	if (i > 0 && place_holds(&m->places[i - 1], oid, len)) {
		i--;
		key = oid + m->places[i].len;
		klen = len - m->places[i].len;
	}
	for (; i < m->nplaces; i++, key = NULL, klen = 0) {
		p = &m->places[i];
		r = place_next(p, s, key, klen, inclusive, v);
		if (r == NULL)
			continue;
		assert(p->len + r->klen <= MIB_OID_MAX);
		memcpy(next, p->oid, p->len * sizeof(*next));
		memcpy(next + p->len, r->key, r->klen * sizeof(*next));
		*next_len = p->len + r->klen;
		return true;
	}
	return false;
}

/* --- SET ------------------------------------------------------------------- */

static const char *
tag_name(int tag)
{
	switch (tag) {
	case TAG_INTEGER:
		return "INTEGER";
	case TAG_OCTETS:
		return "OCTET STRING";
	case TAG_OID:
		return "OBJECT IDENTIFIER";
	case TAG_COUNTER32:
		return "Counter32";
	case TAG_UNSIGNED32:
		return "Unsigned32";
	case TAG_COUNTER64:
		return "Counter64";
	}
	return "another type";
}

char *
mib_instance(const struct mib *m, const uint32_t *oid, size_t len)
{
	const struct place *p = place_find(m, oid, len);
	size_t i = p == NULL ? 0 : p->len, size;
	char *text;
	FILE *f = open_memstream(&text, &size);

	if (f == NULL)
		abort();
	fputs(p == NULL ? CS_MIB_ROOT_TEXT : p->column->name, f);
	for (; i < len; i++)
		fprintf(f, ".%" PRIu32, oid[i]);
	if (fclose(f) != 0)
		abort();
	return text;
}

static enum mib_error
refuse(char **reason, enum mib_error error, char *words)
{
	free(*reason);
	*reason = words;
	return error;
}

static enum mib_error
check_text(const struct mib_column *c, const struct mib_write *w, char **reason)
{
	char text[SET_TEXT_MAX + 1] = "";

	if ((int64_t)w->size < c->min || (int64_t)w->size > c->max ||
	    w->size > SET_TEXT_MAX)
		return refuse(reason, ERROR_WRONG_LENGTH,
		    xasprintf("%s takes %" PRId64 " to %" PRId64 " octets, not %zu",
		        c->name, c->min, c->max, w->size));
	if (w->size == 0)
		return ERROR_NONE;
	memcpy(text, w->octets, w->size);
	if (strlen(text) != w->size || !text_is_name(text, SET_TEXT_MAX))
		return refuse(reason, ERROR_WRONG_VALUE,
		    xasprintf("%s takes one line of UTF-8 without control characters",
		        c->name));
	return ERROR_NONE;
}

static enum mib_error
check_value(const struct mib_column *c, const struct mib_write *w, char **reason)
{
	if (w->tag != (int)c->tag)
		return refuse(reason, ERROR_WRONG_TYPE,
		    xasprintf("%s takes %s, not %s", c->name, tag_name(c->tag),
		        tag_name(w->tag)));
	if (c->tag == TAG_OCTETS)
		return check_text(c, w, reason);
	if (w->number >= c->min && w->number <= c->max)
		return ERROR_NONE;
	if (c->words != NULL)
		return refuse(reason, ERROR_WRONG_VALUE,
		    xasprintf(
		        "%s takes %s, not %" PRId64, c->name, c->words, w->number));
	return refuse(reason, ERROR_WRONG_VALUE,
	    xasprintf("%s takes %" PRId64 "..%" PRId64 ", not %" PRId64, c->name,
	        c->min, c->max, w->number));
}

/* May a row of such an index have this key? */
static bool
key_fits(const char *index, const uint32_t *key, size_t klen)
{
	size_t i = 0, end;

	for (; *index != '\0'; index++) {
		if (i == klen || key[i] == 0 || key[i] > INT32_MAX)
			return false;
		if (*index == 'n') {
			i++;
			continue;
		}
		if (key[i] >= klen - i)
			return false;
		for (end = i + key[i]; i < end; i++)
			if (key[i + 1] == 0 || key[i + 1] > UINT8_MAX)
				return false;
		i++;
	}
	return i == klen;
}

/* Is the instance there, or may the SET create it? */
static enum mib_error
check_instance(const struct place *p, const struct mib_snapshot *s,
    const struct mib_write *w, const char *name, char **reason)
{
	const struct mib_column *c = p->column;
	const uint32_t *key = w->oid + p->len;
	size_t klen = w->len - p->len;
	struct mib_value v;
	const void *row =
	    klen > KEY_MAX ? NULL : source_get(s, p->table->source, key, klen);

	if (c->access == ACCESS_CREATE) {
		if (row != NULL ||
		    (klen <= KEY_MAX && key_fits(p->table->index, key, klen)))
			return ERROR_NONE;
		return refuse(reason, ERROR_NO_CREATION,
		    xasprintf(
		        "%s: no row of %s can have this index", name, p->table->name));
	}
	if (row == NULL)
		return refuse(reason, ERROR_NO_CREATION,
		    xasprintf("%s: %s has no such row", name, p->table->name));
	if (!mib_read(c, row, s, &v))
		return refuse(reason, ERROR_INCONSISTENT_NAME,
		    xasprintf("%s has no value now and cannot be set: CLUSTER-SET-MIB "
		              "tells of %s when it has one",
		        name, c->name));
	return ERROR_NONE;
}

enum mib_error
mib_check(const struct mib *m, const struct mib_snapshot *s, const struct mib_write *w,
    struct set_item *item, char **reason)
{
	const struct place *p = place_find(m, w->oid, w->len);
	const struct mib_column *c;
	enum mib_error error;
	char *name;

	if (p == NULL || p->column->access == ACCESS_READ) {
		name = mib_instance(m, w->oid, w->len);
		error = refuse(reason, ERROR_NOT_WRITABLE,
		    xasprintf("%s %s", name,
		        p == NULL ? "is no object of CLUSTER-SET-MIB"
		                  : "is read-only"));
		free(name);
		return error;
	}
	c = p->column;
	if ((error = check_value(c, w, reason)) != ERROR_NONE)
		return error;
	if (c->what == WRITE_NONE)
		return refuse(reason, ERROR_NO_CREATION,
		    xasprintf(
		        "%s: this release of clustersetd cannot do that yet", c->name));
	name = mib_instance(m, w->oid, w->len);
	error = check_instance(p, s, w, name, reason);
	free(name);
	if (error != ERROR_NONE)
		return error;
	memset(item, 0, sizeof(*item));
	item->what = c->what;
	item->klen = w->len - p->len;
	memcpy(item->key, w->oid + p->len, item->klen * sizeof(*item->key));
	item->number = w->number;
	if (c->tag == TAG_OCTETS && w->size > 0)
		memcpy(item->text, w->octets, w->size);
	return ERROR_NONE;
}
