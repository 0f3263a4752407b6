/*
 * SPDX-License-Identifier: Apache-2.0
 * SNMPv2c for the walker. See wire.h.
 */
#include "tests/bench/wire.h"

#include <stdlib.h>
#include <string.h>

enum { T_INTEGER = 0x02, T_OCTETS = 0x04, T_NULL = 0x05, T_OID = 0x06, T_SEQ = 0x30 };

bool
wire_oid_parse(const char *text, struct wire_oid *o)
{
	unsigned long n;
	char *end;

	o->len = 0;
	for (text += *text == '.'; *text != '\0'; text = *end == '.' ? end + 1 : end) {
		n = strtoul(text, &end, 10);
		if (end == text || n > UINT32_MAX || o->len == WIRE_OID_MAX ||
		    (*end != '.' && *end != '\0'))
			return false;
		o->id[o->len++] = (uint32_t)n;
	}
	return o->len >= 2;
}

int
wire_oid_compare(const struct wire_oid *a, const struct wire_oid *b)
{
	size_t i, n = a->len < b->len ? a->len : b->len;

	for (i = 0; i < n; i++)
		if (a->id[i] != b->id[i])
			return a->id[i] < b->id[i] ? -1 : 1;
	return a->len == b->len ? 0 : a->len < b->len ? -1 : 1;
}

bool
wire_oid_below(const struct wire_oid *o, const struct wire_oid *root)
{
	return o->len > root->len &&
	    memcmp(o->id, root->id, root->len * sizeof(o->id[0])) == 0;
}

/* --- writing: from the end to the beginning, so that every length is known -------- */

static unsigned char *
put_head(unsigned char *p, const unsigned char *end, int tag)
{
	size_t n = (size_t)(end - p);

	if (n < 0x80) {
		*--p = (unsigned char)n;
	} else {
		*--p = (unsigned char)n;
		*--p = (unsigned char)(n >> 8);
		*--p = 0x82;
	}
	*--p = (unsigned char)tag;
	return p;
}

static unsigned char *
put_int(unsigned char *p, int32_t n)
{
	const unsigned char *end = p;
	uint32_t u = (uint32_t)n;
	int i;

	for (i = 0; i < 4; i++, u >>= 8)
		*--p = (unsigned char)u;
	while (end - p > 1 && p[0] == 0 && (p[1] & 0x80) == 0)
		p++;
	return put_head(p, end, T_INTEGER);
}

static unsigned char *
put_oid(unsigned char *p, const struct wire_oid *o)
{
	const unsigned char *end = p;
	uint32_t n;
	size_t i;

	for (i = o->len; i-- > 2;) {
		n = o->id[i];
		*--p = n & 0x7f;
		while ((n >>= 7) != 0)
			*--p = (n & 0x7f) | 0x80;
	}
	*--p = (unsigned char)(o->id[0] * 40 + o->id[1]);
	return put_head(p, end, T_OID);
}

const unsigned char *
wire_request(unsigned char *buf, size_t *size, enum wire_pdu pdu, const char *community,
    int32_t id, int32_t repeat, const struct wire_oid *const *oids, size_t n)
{
	unsigned char *p = buf + WIRE_SIZE, *all = p, *end;
	size_t len = strlen(community);

	while (n-- > 0) {
		end = p;
		p = put_head(p, p, T_NULL);
		p = put_oid(p, oids[n]);
		p = put_head(p, end, T_SEQ);
	}
	p = put_head(p, all, T_SEQ);
	p = put_int(p, pdu == WIRE_GETBULK ? repeat : 0);
	p = put_int(p, 0);
	p = put_int(p, id);
	p = put_head(p, all, (int)pdu);
	end = p;
	p -= len;
	memcpy(p, community, len);
	p = put_head(p, end, T_OCTETS);
	p = put_int(p, 1);
	p = put_head(p, all, T_SEQ);
	*size = (size_t)(all - p);
	return p;
}

/* --- reading -----------------------------------------------------------------------
 */

struct reader {
	const unsigned char *p, *end;
};

/* Takes one element off `r`: its contents. False when it does not fit. */
static bool
take(struct reader *r, int *tag, struct reader *in)
{
	size_t n, octets;

	if (r->end - r->p < 2)
		return false;
	*tag = *r->p++;
	n = *r->p++;
	if (n >= 0x80) {
		octets = n & 0x7f;
		if (octets == 0 || octets > 3 || (size_t)(r->end - r->p) < octets)
			return false;
		for (n = 0; octets > 0; octets--)
			n = n << 8 | *r->p++;
	}
	if ((size_t)(r->end - r->p) < n)
		return false;
	in->p = r->p;
	in->end = r->p += n;
	return true;
}

static bool
take_tag(struct reader *r, int wanted, struct reader *in)
{
	int tag;

	return take(r, &tag, in) && tag == wanted;
}

static bool
take_int(struct reader *r, int32_t *out)
{
	struct reader in;
	uint32_t n;

	if (!take_tag(r, T_INTEGER, &in) || in.p == in.end || in.end - in.p > 4)
		return false;
	for (n = (*in.p & 0x80) != 0 ? UINT32_MAX : 0; in.p < in.end; in.p++)
		n = n << 8 | *in.p;
	*out = (int32_t)n;
	return true;
}

static bool
take_oid(struct reader *r, struct wire_oid *o)
{
	struct reader in;
	uint32_t n;

	if (!take_tag(r, T_OID, &in) || in.p == in.end)
		return false;
	o->id[0] = *in.p / 40;
	o->id[1] = *in.p++ % 40;
	o->len = 2;
	while (in.p < in.end) {
		if (o->len == WIRE_OID_MAX)
			return false;
		for (n = 0; in.p < in.end && (*in.p & 0x80) != 0; in.p++)
			n = n << 7 | (*in.p & 0x7f);
		if (in.p == in.end)
			return false;
		o->id[o->len++] = n << 7 | *in.p++;
	}
	return true;
}

const char *
wire_parse(const unsigned char *msg, size_t size, struct wire_answer *a)
{
	struct reader r = { msg, msg + size }, in, pdu, list, var, value;
	int32_t version;

	if (!take_tag(&r, T_SEQ, &in) || !take_int(&in, &version) || version != 1 ||
	    !take_tag(&in, T_OCTETS, &value) || !take_tag(&in, WIRE_RESPONSE, &pdu) ||
	    !take_int(&pdu, &a->id) || !take_int(&pdu, &a->error) ||
	    !take_int(&pdu, &a->index) || !take_tag(&pdu, T_SEQ, &list))
		return "not an SNMPv2c response";
	for (a->n = 0; list.p < list.end; a->n++) {
		if (a->n == WIRE_VARS_MAX)
			return "more variables than asked for";
		if (!take_tag(&list, T_SEQ, &var) ||
		    !take_oid(&var, &a->vars[a->n].oid) ||
		    !take(&var, &a->vars[a->n].tag, &value))
			return "a variable that cannot be decoded";
	}
	return NULL;
}
