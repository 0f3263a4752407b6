/*
 * SPDX-License-Identifier: Apache-2.0
 * csRefusalTable. See refusal.h.
 */
#include "config.h"

#include "subagent/refusal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "base/mem.h"

struct refusals {
	struct table *table;
	struct table_view *view;
	uint32_t newest; /* index of the newest row, 0: none yet */
	unsigned keep;
};

struct refusals *
refusals_new(unsigned keep)
{
	struct refusals *r = xcalloc(1, sizeof(*r));

	r->table = table_new(&refusal_row_type);
	r->keep = keep == 0 ? 1 : keep;
	return r;
}

void
refusals_free(struct refusals *r)
{
	if (r == NULL)
		return;
	table_view_unref(r->view);
	table_free(r->table);
	free(r);
}

static char *
dotted(const uint32_t *oid, size_t len)
{
	char *text;
	size_t size, i;
	FILE *f = open_memstream(&text, &size);

	if (f == NULL)
		abort();
	fputs(CS_MIB_ROOT_TEXT, f);
	for (i = 0; i < len; i++)
		fprintf(f, ".%" PRIu32, oid[i]);
	if (fclose(f) != 0)
		abort();
	return text;
}

static const char *
error_text(enum mib_error error)
{
	switch (error) {
	case ERROR_RESOURCE_UNAVAILABLE:
		return "not possible at present";
	case ERROR_GEN_ERR:
		return "the outcome is not known; read back";
	default:
		return "refused";
	}
}

void
refusals_add(struct refusals *r, const uint32_t *oid, size_t len, enum mib_error error,
    const char *text)
{
	struct refusal_row row = { .wall = time(NULL), .error = error };
	uint32_t key;
	char *name;

	name = dotted(oid, len);
	row.instance = name;
	row.text = text == NULL ? error_text(error) : text;
	key = ++r->newest;
	table_put(r->table, &key, 1, &row);
	if (r->newest > r->keep) {
		key = r->newest - r->keep;
		table_drop(r->table, &key, 1);
	}
	log_info("set", "refused oid=%s error=%d: %s", name, (int)error, row.text);
	free(name);
}

void
refusals_show(struct refusals *r, struct mib_snapshot *s)
{
	if (r->view == NULL || s->stamps[SOURCE_REFUSAL] != table_version(r->table)) {
		table_view_unref(r->view);
		r->view = table_view(r->table);
	}
	s->tables[SOURCE_REFUSAL] = r->view;
	s->stamps[SOURCE_REFUSAL] = table_version(r->table);
}
