/*
 * SPDX-License-Identifier: Apache-2.0
 * Prints what the face believes of every column: for test_mib_columns.py, which holds
 * it to the module. Also those whose engine is not built are seen here, as no walk sees
 * them.
 *
 * One line each: TABLE INDEX OID NAME TAG MIN MAX ACCESS
 */
#include <inttypes.h>
#include <stdio.h>

#include "subagent/mib.h"

static const char *
access_text(enum mib_access access)
{
	switch (access) {
	case ACCESS_READ:
		return "read-only";
	case ACCESS_WRITE:
		return "read-write";
	case ACCESS_CREATE:
		return "read-create";
	}
	return "?";
}

int
main(void)
{
	for (size_t t = 0; t < mib_ntables; t++) {
		const struct mib_table *table = mib_tables[t];

		for (size_t c = 0; c < table->ncolumns; c++) {
			const struct mib_column *column = &table->columns[c];

			printf(
			    "%s %s ", table->name, *table->index ? table->index : "-");
			for (size_t i = 0; i < table->oid_len; i++)
				printf("%" PRIu32 ".", table->oid[i]);
			printf("%" PRIu32 " %s %d %" PRId64 " %" PRId64 " %s\n",
			    column->id, column->name, (int)column->tag, column->min,
			    column->max, access_text(column->access));
		}
	}
	return 0;
}
