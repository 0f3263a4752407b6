/*
 * SPDX-License-Identifier: Apache-2.0
 * Names and values between Net-SNMP's terms and ours. See agentx_value.h.
 */
#include "subagent/agentx_value.h"

#include <string.h>

bool
value_name_below(const netsnmp_variable_list *vb, uint32_t *out, size_t *len)
{
	size_t i;

	if (vb->name_length < OID_LENGTH(value_root) ||
	    vb->name_length - OID_LENGTH(value_root) > MIB_OID_MAX ||
	    snmp_oid_ncompare(vb->name, vb->name_length, value_root,
	        OID_LENGTH(value_root), OID_LENGTH(value_root)) != 0)
		return false;
	*len = vb->name_length - OID_LENGTH(value_root);
	for (i = 0; i < *len; i++)
		out[i] = (uint32_t)vb->name[OID_LENGTH(value_root) + i];
	return true;
}

size_t
value_name_full(const uint32_t *below, size_t len, oid out[MAX_OID_LEN])
{
	size_t i;

	if (len > MAX_OID_LEN - OID_LENGTH(value_root))
		len = MAX_OID_LEN - OID_LENGTH(value_root);
	memcpy(out, value_root, sizeof(value_root));
	for (i = 0; i < len; i++)
		out[OID_LENGTH(value_root) + i] = below[i];
	return OID_LENGTH(value_root) + len;
}

const void *
value_raw(const struct mib_value *v, union value_raw *raw, size_t *len)
{
	size_t i;

	switch (v->tag) {
	case TAG_OCTETS:
		*len = v->len;
		return v->octets;
	case TAG_OID:
		for (i = 0; i < v->len; i++)
			raw->name[i] = v->oid[i];
		*len = v->len * sizeof(oid);
		return raw->name;
	case TAG_COUNTER64:
		raw->c64.high = (u_long)((uint64_t)v->number >> 32);
		raw->c64.low = (u_long)(v->number & 0xffffffff);
		*len = sizeof(raw->c64);
		return &raw->c64;
	default:
		raw->number = (long)v->number;
		*len = sizeof(raw->number);
		return &raw->number;
	}
}

void
value_answer(netsnmp_request_info *request, const struct mib_value *v)
{
	union value_raw raw;
	size_t len;
	const void *p = value_raw(v, &raw, &len);

	snmp_set_var_typed_value(request->requestvb, (u_char)v->tag, p, len);
}

void
value_write(struct mib_write *w, uint32_t *below, const netsnmp_variable_list *vb)
{
	w->oid = below;
	if (!value_name_below(vb, below, &w->len))
		w->len = 0;
	w->tag = vb->type;
	w->octets = vb->val.string;
	w->size = vb->val_len;
	w->number = 0;
	if (vb->val.integer == NULL || vb->val_len < sizeof(*vb->val.integer))
		return;
	if (vb->type == ASN_INTEGER)
		w->number = *vb->val.integer;
	else if (vb->type == ASN_UNSIGNED)
		w->number = (int64_t)((u_long)*vb->val.integer & 0xffffffff);
}
