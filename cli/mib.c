/*
 * SPDX-License-Identifier: Apache-2.0
 * Looking things up in the compiled MIB. The data itself is generated: mib_objects.c.
 */
#include "cli/mib.h"

#include <string.h>

const char *
mib_word(enum mib_id id, int64_t number)
{
	const struct mib_word *w;

	for (w = mib_objects[id].words; w && w->word; w++)
		if (w->number == number)
			return w->word;
	return NULL;
}

int
mib_number(enum mib_id id, const char *word)
{
	const struct mib_word *w;

	for (w = mib_objects[id].words; w && w->word; w++)
		if (strcmp(w->word, word) == 0)
			return w->number;
	return -1;
}

int
mib_find(const char *name)
{
	int i;

	for (i = 0; i < MIB_OBJECTS; i++)
		if (strcmp(mib_objects[i].name, name) == 0)
			return i;
	return -1;
}

int
mib_find_table(const char *name)
{
	int i;

	for (i = 0; i < MIB_TABLES; i++)
		if (strcmp(mib_tables[i].name, name) == 0)
			return i;
	return -1;
}

bool
mib_readable(enum mib_id id)
{
	return mib_objects[id].access >= MIB_READ;
}
