/*
 * SPDX-License-Identifier: Apache-2.0
 * Loads in words. See loads.h.
 */
#include "cli/loads.h"

#include <stdio.h>
#include <string.h>

#include "cli/list.h"

static const char *
source_words(const char *source)
{
	static const char *const words[][2] = { { "snmp", "by SNMP" },
		{ "hook", "by the metrics hook" },
		{ "estimated", "estimated from its node's" } };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i][0], source) == 0)
			return words[i][1];
	return source;
}

/* Where the load stands is told by three columns. */
static const char *
cpu(const struct row *row, enum mib_id load, enum mib_id mean, enum mib_id source,
    enum mib_id age)
{
	const char *from = row_text(row, source), *smooth = list_value(row, mean);
	char *text;
	int n; /* its parts are short: all of it fits */

	if (row_number(row, load, -1) < 0)
		return strcmp(from, "configured") == 0
		    ? "not known: only the size is, from the configuration"
		    : *from == '\0' || strcmp(from, "none") == 0
		    ? "not known: nobody measures it"
		    : "not known";
	text = list_ring();
	n = snprintf(
	    text, LIST_TEXT, "%s (%s", list_value(row, load), source_words(from));
	if (row_number(row, age, -1) >= 0)
		n += snprintf(
		    text + n, (size_t)(LIST_TEXT - n), " %s ago", list_value(row, age));
	if (*smooth != '\0')
		n += snprintf(
		    text + n, (size_t)(LIST_TEXT - n), "; smoothed %s", smooth);
	snprintf(text + n, (size_t)(LIST_TEXT - n), ")");
	return text;
}

const char *
loads_node_cpu(const struct row *node)
{
	return cpu(node, csNodeCpuLoad, csNodeCpuMean, csNodeLoadSource, csNodeLoadAge);
}

const char *
loads_vm_cpu(const struct row *vm)
{
	if (row_number(vm, csVmCpuLoad, -1) < 0 && row_number(vm, csVmNode, 0) == 0)
		return ""; /* it is on no node */
	return cpu(vm, csVmCpuLoad, csVmCpuMean, csVmLoadSource, csVmLoadAge);
}

const char *
loads_node_memory(const struct row *node)
{
	const char *used = list_value(node, csNodeMemoryUsed),
	           *smooth = list_value(node, csNodeMemoryMean);
	char *text;

	if (*used == '\0' || *smooth == '\0')
		return used;
	text = list_ring();
	snprintf(text, LIST_TEXT, "%s (smoothed %s)", used, smooth);
	return text;
}

const char *
loads_node_source(const struct row *node)
{
	const char *from = row_text(node, csNodeLoadSource);
	char *text;

	if (row_number(node, csNodeLoadAge, -1) < 0)
		return "";
	text = list_ring();
	snprintf(text, LIST_TEXT, "%s, %s", strcmp(from, "snmp") == 0 ? "SNMP" : from,
	    list_value(node, csNodeLoadAge));
	return text;
}

bool
loads_guessed(const struct row *vm)
{
	return strcmp(row_text(vm, csVmLoadSource), "estimated") == 0;
}

const char *
loads_vm(const struct row *vm)
{
	const char *load = list_value(vm, csVmCpuLoad);
	char *text;

	if (*load == '\0' || !loads_guessed(vm))
		return load;
	text = list_ring();
	snprintf(text, LIST_TEXT, "about %s", load);
	return text;
}
