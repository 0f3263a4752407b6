/*
 * SPDX-License-Identifier: Apache-2.0
 * Virtual load: what the VMs and nodes would use. Computed when somebody looks, from
 * the configured bases, the seed and the time, so it costs nothing and repeats.
 */
#ifndef ECXSIM_LOAD_H
#define ECXSIM_LOAD_H

#include "tests/ecxsim/model.h"

/* CPU in per mille of one node, memory in MiB. 0 where the VM does not run. */
double load_vm_cpu(const struct cluster *c, int group);
double load_vm_memory(const struct cluster *c, int group);

/* Base plus the VMs that physically run there; 0 when the server is off. */
double load_node_cpu(const struct server *s);
double load_node_memory(const struct server *s);

#endif
