/*
 * SPDX-License-Identifier: Apache-2.0
 * VMs of which nobody can tell whether they run in a cluster.
 *
 * Called by commands that say what runs where. Only reads, and prints nothing but why
 * it could not read.
 */
#ifndef CLI_UNSURE_H
#define CLI_UNSURE_H

#include <stddef.h>

#include "cli/command.h"

/*
 * A reason for each of `vms` (csVmTable with csVmOperState and csVmCluster) that may
 * run in the cluster although the set cannot tell, NULL for the others. A VM counts
 * when the set does not know where it runs and its site there is not told, or, where
 * that site cannot be read, when it was last seen there or a disk of it belongs there.
 * What is known to run elsewhere, or to be stopped, does not. 0 or the exit code; *why
 * has vms->n texts, for unsure_free().
 */
int unsure_vms(struct cli *cli, const struct rows *vms, uint32_t cluster, char ***why);
void unsure_free(char **why, size_t n); /* NULL is allowed */

#endif
