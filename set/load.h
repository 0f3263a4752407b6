/*
 * SPDX-License-Identifier: Apache-2.0
 * Loads: what nodes and VMs use of processors and memory, by whom it is told and how
 * old that is.
 *
 * ECX tells nothing of this (contract 1.4), so other sources do: the nodes' own SNMP
 * agents, a metrics hook, sizes in the configuration. Whoever asks them
 * (subagent/loads.c) hands samples in here; the model smooths them, derives what was
 * not measured, ages all of it, and shows it in csNodeTable, csVmTable and
 * csClusterTable. What is older than load.freshness is not known: the columns answer
 * noSuchInstance, and no policy acts on it.
 *
 * A sample never invents: a member that its source did not tell stays LOAD_UNTOLD.
 */
#ifndef SET_LOAD_H
#define SET_LOAD_H

#include "set/model.h"

#define LOAD_UNTOLD (-1.0)

struct load_sample {
	enum cs_load_source source; /* LOAD_SNMP or LOAD_HOOK */
	msec_t at; /* when it was measured, CLOCK_BOOTTIME; 0: now */
	double cpu; /* of a node: share of its processors in use, 0 to 1;
	               of a VM: processors in use, 0.5 is half of one */
	double cpus; /* logical processors of the node; vCPUs of the VM */
	double memory_used; /* MiB in use on the node; of the VM: that it takes there */
	double memory_total; /* MiB of the node; of a VM LOAD_UNTOLD */
};

/*
 * A sample of a node or a VM, by the names of the configuration. False: there is no
 * such one, or a figure is out of range (nothing is taken; *cause in words).
 *
 * Where several sources tell of one object, the one that measures the VM itself or the
 * node itself stays until it is stale: a hook's word counts before SNMP's, both before
 * configured sizes, and those before an estimate.
 */
bool model_node_load(struct model *, const char *cluster, const char *node,
    const struct load_sample *, const struct model_now *, char **cause);
bool model_vm_load(struct model *, const char *vm, const struct load_sample *,
    const struct model_now *, char **cause);

/*
 * One step of smoothing: an exponentially weighted moving average over uneven steps.
 * `mean` as it stood `elapsed` ms ago; half_life 0: the sample itself.
 */
double load_smooth(double mean, double sample, msec_t elapsed, msec_t half_life);

#endif
