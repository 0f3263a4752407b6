/*
 * SPDX-License-Identifier: Apache-2.0
 * clusterset-plan's command line: what was asked, checked as far as it can be without
 * the file. Only policy/tool*.c.
 */
#ifndef POLICY_TOOL_OPTIONS_H
#define POLICY_TOOL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define TOOL_SITES_MAX 64 /* clusters that --site may name */

struct options {
	const char *file, *util, *explain, *measure;
	bool ganeti, json, swaps, where;
	const char *set, *sites[TOOL_SITES_MAX]; /* of --where */
	size_t nsites;
	double cpus, memory, load; /* < 0: not given */
	double max_moves, max_gib, seed, kicks, work, budget,
	    min_gain; /* < 0: not given */
};

/* 0, or -1 after words on stderr. --help and --version end the program. */
int tool_options_parse(int argc, char **argv, struct options *o);
void tool_usage(FILE *out);

#endif
