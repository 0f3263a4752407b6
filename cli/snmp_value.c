/*
 * SPDX-License-Identifier: Apache-2.0
 * From OIDs and ASN.1 values to cells and indexes, and back. Nothing is sent here.
 */
#include "cli/snmp_int.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

enum { TEXT_MAX = 65536 };

void
snmp_oid_add(struct snmp_oid *o, uint32_t sub)
{
	if (o->n < MAX_OID_LEN)
		o->id[o->n++] = sub;
}

static void
oid_root(const struct snmp *s, struct snmp_oid *o)
{
	memcpy(o->id, s->root, s->nroot * sizeof(oid));
	o->n = s->nroot;
}

void
snmp_oid_object(const struct snmp *s, enum mib_id id, struct snmp_oid *o)
{
	const struct mib_object *m = &mib_objects[id];
	size_t i;

	oid_root(s, o);
	for (i = 0; i < m->nsub; i++)
		snmp_oid_add(o, m->sub[i]);
}

void
snmp_oid_table(const struct snmp *s, enum mib_table_id table, struct snmp_oid *o)
{
	const struct mib_object *m = &mib_objects[mib_tables[table].first];
	size_t i;

	oid_root(s, o);
	for (i = 0; i + 1 < m->nsub; i++)
		snmp_oid_add(o, m->sub[i]);
}

int
snmp_oid_instance(const struct snmp *s, enum mib_id id, const uint32_t *index,
    const char *const *index_text, struct snmp_oid *o, char **cause)
{
	const struct mib_object *m = &mib_objects[id];
	const struct mib_table *t;
	const char *p;
	size_t i, length;

	snmp_oid_object(s, id, o);
	if (m->table == MIB_SCALAR) {
		snmp_oid_add(o, 0);
		return 0;
	}
	t = &mib_tables[m->table];
	for (i = 0; i < t->nindex; i++) {
		if (mib_objects[t->index[i]].base != MIB_TEXT) {
			snmp_oid_add(o, index[i]);
			continue;
		}
		p = index_text[i] != NULL ? index_text[i] : "";
		length = strlen(p);
		if (o->n + 1 + length >= MAX_OID_LEN)
			return cause_set(cause,
			    "'%s' is too long: the index of %s has room for %zu bytes",
			    p, t->name, (size_t)MAX_OID_LEN - o->n - 1);
		snmp_oid_add(o, (uint32_t)length);
		for (; *p != '\0'; p++)
			snmp_oid_add(o, (unsigned char)*p);
	}
	return 0;
}

bool
snmp_nothing(const netsnmp_variable_list *v)
{
	return v->type == SNMP_NOSUCHOBJECT || v->type == SNMP_NOSUCHINSTANCE ||
	    v->type == SNMP_ENDOFMIBVIEW;
}

void
snmp_cell_free(struct cell *cell)
{
	free(cell->text);
	memset(cell, 0, sizeof(*cell));
}

/* RFC 2579 DateAndTime as RFC 3339; "" for the zero time; NULL when it is none. */
static char *
date_and_time(const unsigned char *p, size_t n)
{
	static const unsigned char zero[11];
	unsigned year;
	char zone[8] = "-00:00"; /* RFC 3339, 4.3: the offset is not known */
	size_t same = n < 8 ? n : 8;

	if (n != 8 && n != 11)
		return NULL;
	year = (unsigned)p[0] << 8 | p[1];
	if (memcmp(p, zero, same) == 0 || (year == 0 && p[2] <= 1 && p[3] <= 1))
		return xstrdup("");
	if (year > 9999 || p[2] < 1 || p[2] > 12 || p[3] < 1 || p[3] > 31 ||
	    p[4] > 23 || p[5] > 59 || p[6] > 60 || p[7] > 9)
		return NULL;
	if (n == 11) {
		if ((p[8] != '+' && p[8] != '-') || p[9] > 14 || p[10] > 59)
			return NULL;
		snprintf(zone, sizeof(zone), "%c%02u:%02u", p[8], p[9], p[10]);
	}
	return xasprintf("%04u-%02u-%02uT%02u:%02u:%02u%s", year, p[2], p[3], p[4],
	    p[5], p[6], zone);
}

static char *
dotted(const oid *id, size_t n)
{
	char *text = xmalloc(n * 11 + 1), *p = text;
	size_t i;

	*p = '\0';
	for (i = 0; i < n; i++)
		p += snprintf(p, 12, i > 0 ? ".%" PRIu32 : "%" PRIu32, (uint32_t)id[i]);
	return text;
}

/* Octets as text: what is behind a NUL is not lost but visible. */
static char *
octets(const unsigned char *p, size_t n)
{
	char *plain, *text, *part;
	size_t i, length = 0;

	if (n > TEXT_MAX)
		n = TEXT_MAX;
	plain = xmalloc(n * 4 + 1);
	for (i = 0; i < n; i++) {
		if (p[i] != '\0')
			plain[length++] = (char)p[i];
		else
			length += (size_t)snprintf(plain + length, 5, "\\000");
	}
	plain[length] = '\0';
	text = text_vis(plain, length * 4 + 1);
	free(plain);
	part = xstrdup(text); /* no more than it needs */
	free(text);
	return part;
}

static int
wrong_type(
    const struct snmp *s, const netsnmp_variable_list *v, enum mib_id id, char **cause)
{
	static const struct {
		unsigned char type;
		const char *word;
	} types[] = { { ASN_INTEGER, "an INTEGER" },
		{ ASN_OCTET_STR, "an OCTET STRING" },
		{ ASN_OBJECT_ID, "an OBJECT IDENTIFIER" },
		{ ASN_COUNTER, "a Counter32" }, { ASN_GAUGE, "a Gauge32" },
		{ ASN_TIMETICKS, "TimeTicks" }, { ASN_COUNTER64, "a Counter64" },
		{ ASN_NULL, "NULL" } };
	const char *word = "a value of another type";
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].type == v->type)
			word = types[i].word;
	return cause_set(cause,
	    "%s answers %s for %s, which is %s: is it really CLUSTER-SET-MIB that is "
	    "served "
	    "there (--mib-root)?",
	    s->peer, word, mib_objects[id].name, mib_objects[id].type);
}

int
snmp_value(const struct snmp *s, const netsnmp_variable_list *v, enum mib_id id,
    struct cell *cell, char **cause)
{
	enum mib_base base = mib_objects[id].base;

	snmp_cell_free(cell);
	if (snmp_nothing(v))
		return 0;
	switch (v->type) {
	case ASN_INTEGER:
		cell->number = *v->val.integer;
		break;
	case ASN_COUNTER:
	case ASN_GAUGE:
	case ASN_TIMETICKS:
	case ASN_UINTEGER:
		cell->number = (uint32_t)*v->val.integer;
		break;
	case ASN_COUNTER64:
		cell->number = (int64_t)((uint64_t)v->val.counter64->high << 32 |
		    (v->val.counter64->low & 0xffffffff));
		break;
	case ASN_OCTET_STR:
		if (base == MIB_TEXT)
			cell->text = octets(v->val.string, v->val_len);
		else if (base != MIB_TIME)
			return wrong_type(s, v, id, cause);
		else if ((cell->text = date_and_time(v->val.string, v->val_len)) ==
		    NULL)
			return 0; /* a time that is none: not known */
		cell->there = true;
		return 0;
	case ASN_OBJECT_ID:
		if (base != MIB_OID)
			return wrong_type(s, v, id, cause);
		cell->text = dotted(v->val.objid, v->val_len / sizeof(oid));
		cell->there = true;
		return 0;
	default:
		return wrong_type(s, v, id, cause);
	}
	if (base == MIB_TEXT || base == MIB_TIME || base == MIB_OID) {
		cell->number = 0;
		return wrong_type(s, v, id, cause);
	}
	cell->there = true;
	return 0;
}

bool
snmp_index(enum mib_table_id table, const uint32_t *sub, size_t n, struct row *row)
{
	const struct mib_table *t = &mib_tables[table];
	unsigned char *bytes;
	size_t i, j, at = 0;

	for (i = 0; i < t->nindex; i++) {
		if (at >= n)
			return false;
		row->index[i] = sub[at++];
		if (mib_objects[t->index[i]].base != MIB_TEXT)
			continue;
		if (row->index[i] > n - at)
			return false;
		bytes = xmalloc(row->index[i] + 1);
		for (j = 0; j < row->index[i]; j++) {
			if (sub[at + j] > 255) {
				free(bytes);
				return false;
			}
			bytes[j] = (unsigned char)sub[at + j];
		}
		at += row->index[i];
		row->index_text[i] = octets(bytes, row->index[i]);
		free(bytes);
	}
	return at == n;
}

size_t
snmp_oid_parse(const char *text, oid *id)
{
	unsigned long number;
	char *end;
	size_t n = 0;

	if (*text == '.')
		text++;
	for (;; text = end + 1) {
		if (*text < '0' || *text > '9' || n == MAX_OID_LEN)
			return 0;
		errno = 0;
		number = strtoul(text, &end, 10);
		if (errno != 0 || number > UINT32_MAX)
			return 0;
		id[n++] = number;
		if (*end == '\0')
			return n;
		if (*end != '.')
			return 0;
	}
}

char *
snmp_instance_name(const struct snmp *s, const char *text)
{
	oid id[MAX_OID_LEN];
	size_t n = snmp_oid_parse(text, id), i, j, best = 0, used = 0;
	const struct mib_object *m;
	char *name, *rest;

	if (n <= s->nroot || memcmp(id, s->root, s->nroot * sizeof(oid)) != 0)
		return xstrdup(text);
	for (i = 0; i < MIB_OBJECTS; i++) {
		m = &mib_objects[i];
		for (j = 0; j < m->nsub && s->nroot + j < n; j++)
			if (id[s->nroot + j] != m->sub[j])
				break;
		if (j == m->nsub) {
			best = i;
			used = s->nroot + j;
		}
	}
	if (used == 0)
		return xstrdup(text);
	rest = dotted(id + used, n - used);
	name = xasprintf("%s%s%s", mib_objects[best].name, n > used ? "." : "", rest);
	free(rest);
	return name;
}
