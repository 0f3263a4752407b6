/*
 * SPDX-License-Identifier: Apache-2.0
 * clusterset-plan: the planner on a file, to try it and to compare it.
 *
 * Reads files, prints; contacts nothing and changes nothing. Manual:
 * clusterset-plan(1).
 */
#ifndef POLICY_TOOL_H
#define POLICY_TOOL_H

#include <stdio.h>

#include "policy/plan.h"

/* The program. Returns its exit code: 0 done, 1 failed, 2 usage. */
int plan_tool_run(int argc, char **argv);

/* What plan_tool_run() prints: report.c. `seconds`: how long planning took. */
void report_plan(FILE *out, const struct plan_input *in, const struct plan *p);
void report_plan_json(
    FILE *out, const struct plan_input *in, const struct plan *p, double seconds);
void report_why(FILE *out, const struct plan_input *in, const struct plan_why *why);
void report_why_json(
    FILE *out, const struct plan_input *in, const struct plan_why *why, int vm);
void report_where(FILE *out, const struct plan_input *in, const struct plan_where *w);
void report_where_json(
    FILE *out, const struct plan_input *in, const struct plan_where *w);

#endif
