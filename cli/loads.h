/*
 * SPDX-License-Identifier: Apache-2.0
 * Loads in words: the figure, where it comes from, how old it is; and, where there is
 * none, why not.
 *
 * Texts are of list_value()'s ring.
 */
#ifndef CLI_LOADS_H
#define CLI_LOADS_H

#include <stdbool.h>

#include "cli/rows.h"

/* "42 % (by SNMP 12 s ago; smoothed 40 %)"; "not known: ..." */
const char *loads_node_cpu(const struct row *node);
const char *loads_vm_cpu(const struct row *vm);
/* "30 GiB (smoothed 29 GiB)"; "" when not known */
const char *loads_node_memory(const struct row *node);
/* For a list: "SNMP, 12 s"; "" when nothing is measured */
const char *loads_node_source(const struct row *node);
/* For a list: "12 %", "about 12 %" of an estimate; "" when not known */
const char *loads_vm(const struct row *vm);
/* Is what the VM uses only estimated? */
bool loads_guessed(const struct row *vm);

#endif
