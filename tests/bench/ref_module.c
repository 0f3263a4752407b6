/*
 * SPDX-License-Identifier: Apache-2.0
 * Reference 2: the same rows inside snmpd, loaded by its `dlmod refmodule PATH`.
 *
 * BENCH_ROOT and BENCH_ROWS in snmpd's environment say where and how many.
 */
#include <stdlib.h>

#include "tests/bench/refrows.h"

void init_refmodule(void);

void
init_refmodule(void)
{
	const char *root = getenv("BENCH_ROOT"), *rows = getenv("BENCH_ROWS");

	if (root != NULL && rows != NULL)
		refrows_register(root, strtoul(rows, NULL, 10));
}
