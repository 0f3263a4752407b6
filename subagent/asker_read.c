/*
 * SPDX-License-Identifier: Apache-2.0
 * What the figures of a node's SNMP agent mean. See asker_read.h.
 */
#include "config.h"

#include "subagent/asker_read.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"

#define MIB       (1024.0 * 1024.0)
#define BYTES_MAX ((int64_t)1 << 50)
#define UNITS_MAX ((int64_t)1 << 30)

void
figures_clear(struct figures *f)
{
	size_t i;

	*f = (struct figures) { 0 };
	for (i = 0; i < FIGURES; i++)
		f->value[i] = FIGURE_UNTOLD;
}

static bool
told(const struct figures *f, enum figure which)
{
	return f->value[which] != FIGURE_UNTOLD;
}

static int64_t
or_zero(const struct figures *f, enum figure which)
{
	return told(f, which) ? f->value[which] : 0;
}

/* --- memory
 * ---------------------------------------------------------------------------
 */

/*
 * Linux lends free memory to caches. The kernel's own word of what is left for
 * programs is best; older agents tell the parts (memCached holds memShared, which
 * cannot be had back).
 */
static int
ucd_memory(const struct figures *f, struct asker_load *load, char **cause)
{
	const int64_t total = f->value[FIGURE_UCD_TOTAL];
	int64_t left;

	if (total <= 0 || total > BYTES_MAX / 1024)
		return cause_set(
		    cause, "memTotalReal is %" PRId64 " kB, which cannot be", total);
	if (told(f, FIGURE_UCD_AVAILABLE))
		left = f->value[FIGURE_UCD_AVAILABLE];
	else if (told(f, FIGURE_UCD_FREE)) {
		left = or_zero(f, FIGURE_UCD_CACHED);
		if (left < 0 || left > total)
			return cause_set(cause,
			    "memCached is %" PRId64 " kB of %" PRId64
			    " kB, which cannot be",
			    left, total);
		if (or_zero(f, FIGURE_UCD_SHARED) > 0 &&
		    or_zero(f, FIGURE_UCD_SHARED) <= left)
			left -= or_zero(f, FIGURE_UCD_SHARED);
		if (or_zero(f, FIGURE_UCD_BUFFER) > 0 &&
		    or_zero(f, FIGURE_UCD_BUFFER) <= total)
			left += or_zero(f, FIGURE_UCD_BUFFER);
		if (f->value[FIGURE_UCD_FREE] < 0 || f->value[FIGURE_UCD_FREE] > total)
			left = -1;
		else
			left += f->value[FIGURE_UCD_FREE];
	} else {
		load->total = (double)total / 1024;
		return cause_set(cause, "memAvailReal is not told");
	}
	if (left < 0 || left > total)
		return cause_set(cause,
		    "%" PRId64 " kB of memory are free of %" PRId64
		    " kB, which cannot be",
		    left, total);
	load->total = (double)total / 1024;
	load->used = (double)(total - left) / 1024;
	return 0;
}

/* Bytes of a row's column; -1: not told, or nonsense. */
static int64_t
bytes(const struct figures *f, enum figure units, enum figure count)
{
	const int64_t u = f->value[units], n = f->value[count];

	if (u <= 0 || u > UNITS_MAX || n < 0 || n > BYTES_MAX / u)
		return -1;
	return u * n;
}

/* hrStorageUsed of the RAM is right on Windows; Net-SNMP counts caches into it. */
static int
storage_memory(const struct figures *f, struct asker_load *load, char **cause)
{
	const int64_t size = bytes(f, FIGURE_RAM_UNITS, FIGURE_RAM_SIZE);
	const int64_t left = bytes(f, FIGURE_AVAILABLE_UNITS, FIGURE_AVAILABLE_SIZE);
	const int64_t buffers = bytes(f, FIGURE_BUFFERS_UNITS, FIGURE_BUFFERS_USED);
	const int64_t cached = bytes(f, FIGURE_CACHED_UNITS, FIGURE_CACHED_USED);
	const int64_t shared = bytes(f, FIGURE_SHARED_UNITS, FIGURE_SHARED_USED);
	int64_t used = bytes(f, FIGURE_RAM_UNITS, FIGURE_RAM_USED), lent = 0;

	if (size <= 0 || used < 0 || used > size)
		return cause_set(cause,
		    "hrStorageTable tells of the RAM: units of %" PRId64
		    " bytes, size %" PRId64 ", used %" PRId64 ", which cannot be",
		    or_zero(f, FIGURE_RAM_UNITS), or_zero(f, FIGURE_RAM_SIZE),
		    or_zero(f, FIGURE_RAM_USED));
	if (left >= 0 && left <= size)
		used = size - left;
	else {
		lent = (buffers > 0 ? buffers : 0) + (cached > 0 ? cached : 0) -
		    (shared > 0 && shared <= cached ? shared : 0);
		if (lent <= used)
			used -= lent;
	}
	load->total = (double)size / MIB;
	load->used = (double)used / MIB;
	return 0;
}

static int
memory(const struct figures *f, struct asker_load *load, char **cause)
{
	if (told(f, FIGURE_UCD_TOTAL))
		return ucd_memory(f, load, cause);
	if (told(f, FIGURE_RAM_SIZE))
		return storage_memory(f, load, cause);
	if (told(f, FIGURE_HR_MEMORY) && f->value[FIGURE_HR_MEMORY] > 0 &&
	    f->value[FIGURE_HR_MEMORY] <= BYTES_MAX / 1024)
		load->total = (double)f->value[FIGURE_HR_MEMORY] / 1024;
	return cause_set(cause,
	    "no memory in use is told: neither a row of type hrStorageRam in "
	    "hrStorageTable nor memTotalReal is there");
}

/* --- processors
 * -----------------------------------------------------------------------
 */

static int64_t
ticks(const struct figures *f, const struct figures *before, enum figure which)
{
	if (!told(f, which) || !told(before, which))
		return 0;
	/* Counter32 */
	return (int64_t)(uint32_t)(f->value[which] - before->value[which]);
}

/* The share that was not idle since last time; -1: not known. */
static double
counted(const struct figures *f, const struct figures *before)
{
	int64_t idle, busy;

	if (before == NULL || !told(f, FIGURE_TICKS_IDLE) ||
	    !told(before, FIGURE_TICKS_IDLE))
		return -1;
	idle =
	    ticks(f, before, FIGURE_TICKS_IDLE) + ticks(f, before, FIGURE_TICKS_WAIT);
	busy = ticks(f, before, FIGURE_TICKS_USER) +
	    ticks(f, before, FIGURE_TICKS_NICE) +
	    ticks(f, before, FIGURE_TICKS_INTERRUPT) +
	    ticks(f, before, FIGURE_TICKS_SOFT) + ticks(f, before, FIGURE_TICKS_STEAL);
	/* ssCpuRawSystem may hold ssCpuRawKernel and ssCpuRawWait already */
	busy += told(f, FIGURE_TICKS_KERNEL) && told(before, FIGURE_TICKS_KERNEL)
	    ? ticks(f, before, FIGURE_TICKS_KERNEL)
	    : ticks(f, before, FIGURE_TICKS_SYSTEM);
	if (idle + busy <= 0 || idle > INT32_MAX || busy > INT32_MAX)
		return -1; /* nothing happened, or the agent began anew */
	return (double)busy / (double)(idle + busy);
}

static int
processors(const struct figures *f, const struct figures *before,
    struct asker_load *load, char **cause)
{
	if (f->loads > 0) {
		load->cpus = f->loads;
		load->cpu = (double)f->load_sum / 100 / f->loads;
		return 0;
	}
	if (f->processors > 0)
		load->cpus = f->processors;
	else if (told(f, FIGURE_CPUS) && f->value[FIGURE_CPUS] > 0 &&
	    f->value[FIGURE_CPUS] <= PROCESSORS_MAX)
		load->cpus = (double)f->value[FIGURE_CPUS];
	load->cpu = counted(f, before);
	if (load->cpu < 0 && load->cpus > 0 && told(f, FIGURE_LOAD_1) &&
	    f->value[FIGURE_LOAD_1] >= 0) {
		load->cpu = (double)f->value[FIGURE_LOAD_1] / 100 / load->cpus;
		if (load->cpu > 1)
			load->cpu = 1;
	}
	if (load->cpu >= 0)
		return 0;
	return cause_set(cause,
	    "no load of its processors is told: neither hrProcessorLoad nor "
	    "ssCpuRawIdle nor laLoadInt is there");
}

int
figures_judge(const struct figures *f, const struct figures *before,
    struct asker_load *load, char **cause)
{
	char *first = NULL, *second = NULL;
	int bad = 0;

	*load = (struct asker_load) { -1, -1, -1, -1 };
	if (processors(f, before, load, &first) != 0)
		bad = -1;
	if (memory(f, load, &second) != 0)
		bad = -1;
	if (first != NULL && second != NULL)
		cause_set(cause, "%s; %s", first, second);
	else if (bad != 0)
		cause_set(cause, "%s", first != NULL ? first : second);
	free(first);
	free(second);
	return bad;
}
