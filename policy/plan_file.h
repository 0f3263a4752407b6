/*
 * SPDX-License-Identifier: Apache-2.0
 * Texts into inputs of the planner: our JSON, and Ganeti's text format.
 *
 * Used by clusterset-plan. Readers of text only: whoever calls reads the files. `file`
 * is the name that errors carry; they say FILE:LINE, what is wrong and what would be
 * right. A returned input has passed plan_input_check(); plan_input_free() it.
 */
#ifndef POLICY_PLAN_FILE_H
#define POLICY_PLAN_FILE_H

#include <stddef.h>

#include "policy/plan.h"

#define PLAN_TEXT_MAX  ((size_t)256 << 20) /* bytes of a text */
#define PLAN_VMS_MAX   1000000
#define PLAN_NODES_MAX 100000

/*
 * One JSON object; clusterset-plan(1) describes it. Unknown keys are errors. NULL and
 * words in *cause when it is not one.
 */
struct plan_input *plan_json_parse(
    const char *text, size_t len, const char *file, char **cause);

/*
 * What `hbal -t` reads (htools(1), Ganeti 3.0): groups, nodes, instances, cluster tags,
 * policies. A node group becomes a cluster that its instances do not leave; an offline
 * node is drained; exclusion tags become hard availability sets, over location tags
 * soft ones; instances with local disks are held, and those of template drbd are
 * refused, since their mirrors are nothing we know. Settings are
 * plan_settings_hbal()'s.
 */
struct plan_input *plan_ganeti_parse(
    const char *text, size_t len, const char *file, char **cause);
/* What `hbal -U` reads: "instance cpu mem disk net" a line. 0 or -1. */
int plan_ganeti_util(struct plan_input *in, const char *text, size_t len,
    const char *file, char **cause);

#endif
