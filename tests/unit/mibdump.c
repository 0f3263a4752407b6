/*
 * SPDX-License-Identifier: Apache-2.0
 * mibdump: the MIB that is compiled into clusterset, a line per object and table, for
 * tests/scenario/test_cli_mib.py.
 */
#include <inttypes.h>
#include <stdio.h>

#include "cli/mib.h"

static const char *const bases[] = { [MIB_INTEGER] = "integer",
	[MIB_UNSIGNED] = "unsigned",
	[MIB_COUNTER32] = "counter32",
	[MIB_COUNTER64] = "counter64",
	[MIB_TEXT] = "text",
	[MIB_TIME] = "time",
	[MIB_OID] = "oid" };
static const char *const accesses[] = { [MIB_NONE] = "not-accessible",
	[MIB_NOTIFY] = "accessible-for-notify",
	[MIB_READ] = "read-only",
	[MIB_WRITE] = "read-write",
	[MIB_CREATE] = "read-create" };

static void
object(const struct mib_object *m)
{
	const struct mib_word *w;
	size_t i;

	printf("object\t%s\tkey=%s\ttype=%s\tunits=%s\tbase=%s\taccess=%s\ttable=%s\t"
	       "column=%" PRIu32 "\tmin=%" PRId64 "\tmax=%" PRId64 "\toid=",
	    m->name, m->key, m->type, m->units, bases[m->base], accesses[m->access],
	    m->table == MIB_SCALAR ? "" : mib_tables[m->table].name, m->column, m->min,
	    m->max);
	for (i = 0; i < m->nsub; i++)
		printf("%s%" PRIu32, i > 0 ? "." : "", m->sub[i]);
	printf("\twords=");
	for (w = m->words; w != NULL && w->word != NULL; w++)
		printf("%s%s:%d", w > m->words ? "," : "", w->word, w->number);
	printf("\n");
}

int
main(void)
{
	const struct mib_table *t;
	size_t i, j;

	for (i = 0; i < MIB_OBJECTS; i++)
		object(&mib_objects[i]);
	for (i = 0; i < MIB_TABLES; i++) {
		t = &mib_tables[i];
		printf("table\t%s\tfirst=%s\tlast=%s\tindex=", t->name,
		    mib_objects[t->first].name, mib_objects[t->last].name);
		for (j = 0; j < t->nindex; j++)
			printf("%s%s", j > 0 ? "," : "", mib_objects[t->index[j]].name);
		printf("\n");
	}
	return 0;
}
