/*
 * SPDX-License-Identifier: Apache-2.0
 * The references: what the least code that answers the same questions can do.
 *
 * A sorted array with the columns and kinds of values of csVmTable, and one raw
 * Net-SNMP handler that searches it. ref_agentx.c serves it as a bare subagent,
 * ref_module.c inside snmpd. Nothing of clusterset is in here: it is the ceiling, not a
 * variant.
 */
#ifndef BENCH_REFROWS_H
#define BENCH_REFROWS_H

#include <stddef.h>

/* Fills the array with this many rows and registers it below `root` + {1 5 1}. */
int refrows_register(const char *root, unsigned long rows);

#endif
