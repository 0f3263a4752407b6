/*
 * SPDX-License-Identifier: Apache-2.0
 * What the figures of a node's SNMP agent mean. Pure; asker_query.c collects them.
 *
 * HOST-RESOURCES-MIB (RFC 2790), as Windows and Net-SNMP serve it, and UCD-SNMP-MIB.
 * An agent is not believed: a figure that cannot be is refused and named.
 */
#ifndef SUBAGENT_ASKER_READ_H
#define SUBAGENT_ASKER_READ_H

#include <stdint.h>

#define FIGURE_UNTOLD INT64_MIN

enum figure {
	/* UCD-SNMP-MIB memory, KiB */
	FIGURE_UCD_TOTAL, /* memTotalReal */
	FIGURE_UCD_FREE, /* memAvailReal */
	FIGURE_UCD_SHARED, /* memShared; in memCached, too */
	FIGURE_UCD_BUFFER, /* memBuffer */
	FIGURE_UCD_CACHED, /* memCached */
	FIGURE_UCD_AVAILABLE, /* memSysAvail: what the kernel calls MemAvailable */
	FIGURE_HR_MEMORY, /* hrMemorySize, KiB */
	/* rows of hrStorageTable, in order of enum storage */
	FIGURE_RAM_UNITS,
	FIGURE_RAM_SIZE,
	FIGURE_RAM_USED,
	FIGURE_AVAILABLE_UNITS,
	FIGURE_AVAILABLE_SIZE,
	FIGURE_BUFFERS_UNITS,
	FIGURE_BUFFERS_USED,
	FIGURE_CACHED_UNITS,
	FIGURE_CACHED_USED,
	FIGURE_SHARED_UNITS,
	FIGURE_SHARED_USED,
	/* where there is no hrProcessorLoad; ticks are Counter32 */
	FIGURE_CPUS, /* ssCpuNumCpus */
	FIGURE_LOAD_1, /* laLoadInt.1: hundredths */
	FIGURE_TICKS_USER,
	FIGURE_TICKS_NICE,
	FIGURE_TICKS_SYSTEM,
	FIGURE_TICKS_IDLE,
	FIGURE_TICKS_WAIT,
	FIGURE_TICKS_KERNEL,
	FIGURE_TICKS_INTERRUPT,
	FIGURE_TICKS_SOFT,
	FIGURE_TICKS_STEAL,
	FIGURES
};

#define PROCESSORS_MAX 4096 /* rows of hrProcessorTable */

struct figures {
	int64_t value[FIGURES]; /* FIGURE_UNTOLD */
	unsigned loads; /* rows with hrProcessorLoad */
	int64_t load_sum; /* of them; each was 0 to 100 */
	unsigned processors; /* rows of hrProcessorFrwID, when there are no loads */
};

struct asker_load { /* -1: not told */
	double cpu, cpus, used, total; /* share; number; MiB; MiB */
};

void figures_clear(struct figures *);
/*
 * `before` (NULL: none) is what the same agent said last, for what only counts. -1 when
 * something is missing or cannot be: *cause says what, *load has the rest.
 */
int figures_judge(const struct figures *, const struct figures *before,
    struct asker_load *load, char **cause);

#endif
