/*
 * SPDX-License-Identifier: Apache-2.0
 * Names and values between Net-SNMP's terms and ours.
 *
 * For agentx.c only, and with it the only ones that include Net-SNMP. Keeps nothing.
 */
#ifndef SUBAGENT_AGENTX_VALUE_H
#define SUBAGENT_AGENTX_VALUE_H

#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <net-snmp/agent/net-snmp-agent-includes.h>

/* both packages have a config.h of their own */
#undef PACKAGE_BUGREPORT
#undef PACKAGE_NAME
#undef PACKAGE_STRING
#undef PACKAGE_TARNAME
#undef PACKAGE_VERSION
#include "config.h"

#include "subagent/mib.h"

static const oid value_root[] = { CS_MIB_ROOT };

/* A value in the library's own terms. */
union value_raw {
	long number;
	struct counter64 c64;
	oid name[MIB_OID_MAX];
};

/* The part of a name below the root; false when it is not below it. */
bool value_name_below(const netsnmp_variable_list *, uint32_t *out, size_t *len);
/* The whole name of one below the root; its length. */
size_t value_name_full(const uint32_t *below, size_t len, oid out[MAX_OID_LEN]);
/* Where the library finds the value: in `raw` or in `v` itself. */
const void *value_raw(const struct mib_value *v, union value_raw *raw, size_t *len);
/* Answers the variable of a GET or GETNEXT. */
void value_answer(netsnmp_request_info *, const struct mib_value *);
/* A variable of a SET. Its type is what the manager chose: neither it nor the length
 * that comes with it is trusted. The name goes to `below`, which `w` borrows. */
void value_write(struct mib_write *w, uint32_t *below, const netsnmp_variable_list *);

#endif
