/*
 * SPDX-License-Identifier: Apache-2.0
 * Bookkeeping of a clp.conf: types lists, devices, object number, group ids. Part of
 * clpconf_check().
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ecx/clpconf_int.h"

struct typed {
	char *name;
	unsigned line;
	bool is_entry; /* a <types>, or an object of that type */
};

static int
by_type(const void *a, const void *b)
{
	const struct typed *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order != 0 ? order : x->line < y->line ? -1 : x->line > y->line;
}

/* One type of a section: its entries and its objects. */
static void
judge_type(struct check *k, const char *section, const struct typed *run, size_t n)
{
	size_t i, entries = 0, uses = 0;

	for (i = 0; i < n; i++) {
		entries += run[i].is_entry;
		uses += !run[i].is_entry;
	}
	if (entries == 0) {
		found(k, CLPCONF_MISTAKE, run[0].line,
		    "the types of %s do not list %s: add <types name=\"%s\"/>", section,
		    run[0].name, run[0].name);
		return;
	}
	for (i = 0, entries = 0; i < n; i++) {
		if (!run[i].is_entry)
			continue;
		if (uses == 0)
			found(k, CLPCONF_BOOKKEEPING, run[i].line,
			    "the types of %s list %s, of which there is none", section,
			    *run[i].name == '\0' ? "\"\"" : run[i].name);
		else if (entries++ > 0)
			found(k, CLPCONF_BOOKKEEPING, run[i].line,
			    "the types of %s list %s twice", section, run[i].name);
	}
}

static void
check_types(struct check *k, const char *section)
{
	const struct clpconf *c = k->c;
	struct typed *list = NULL;
	size_t s, j, i, n = 0, cap = 0, from;

	for (s = first_child(c, 0); s != NONE; s = next_child(c, 0, s)) {
		if (!is_named(c, s, section))
			continue;
		for (j = first_child(c, s); j != NONE; j = next_child(c, s, j)) {
			if (n == cap) {
				cap = cap == 0 ? 64 : cap * 2;
				list = xreallocarray(list, cap, sizeof(*list));
			}
			list[n].is_entry = is_named(c, j, "types");
			list[n].name = list[n].is_entry ? element_attr(c, j, "name")
			                                : xstrdup(c->scan.list[j].name);
			if (list[n].name == NULL)
				list[n].name = xstrdup("");
			list[n++].line = line_of(k, j);
		}
	}
	if (n > 0)
		qsort(list, n, sizeof(*list), by_type);
	for (from = 0; from < n; from = i) {
		for (i = from; i < n && strcmp(list[i].name, list[from].name) == 0; i++)
			;
		judge_type(k, section, list + from, i - from);
	}
	for (i = 0; i < n; i++)
		free(list[i].name);
	free(list);
}

/* --- devices --------------------------------------------------------------- */

static bool
has_device(const struct clpconf *c, const char *id)
{
	size_t i, j;
	char *other;
	bool same;

	for (i = 0; i < c->facts.nservers; i++)
		for (j = first_child(c, c->server_el[i]); j != NONE;
		     j = next_child(c, c->server_el[i], j)) {
			if (!is_named(c, j, "device"))
				continue;
			other = element_attr(c, j, "id");
			same = other != NULL && strcmp(other, id) == 0;
			free(other);
			if (same)
				return true;
		}
	return false;
}

static void
check_device(struct check *k, size_t el, const char *who)
{
	char *id = element_text(k->c, el);

	if (*id != '\0' && !has_device(k->c, id))
		found(k, CLPCONF_MISTAKE, line_of(k, el),
		    "%s uses device %s, which no server has", who, id);
	free(id);
}

static void
check_devices(struct check *k)
{
	static const char *const sections[] = { "heartbeat", "networkpartition" };
	const struct clpconf *c = k->c;
	size_t i, s, j, el;
	char *who;

	for (i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		s = child_of(c, 0, sections[i]);
		for (j = s == NONE ? NONE : first_child(c, s); j != NONE;
		     j = next_child(c, s, j)) {
			el = child_of(c, j, "device");
			if (el != NONE)
				check_device(k, el, c->scan.list[j].name);
		}
	}
	for (i = 0; i < c->facts.nresources; i++) {
		s = child_of(c, c->resource_el[i], "parameters");
		who = xasprintf("resource %s", c->resources[i].name);
		for (j = s == NONE ? NONE : first_child(c, s); j != NONE;
		     j = next_child(c, s, j)) {
			el = is_named(c, j, "netdev") ? child_of(c, j, "device") : NONE;
			if (el != NONE)
				check_device(k, el, who);
		}
		free(who);
	}
}

/* --- counts ---------------------------------------------------------------- */

static void
check_object_number(struct check *k)
{
	const struct clpconf *c = k->c;
	const struct clpconf_facts *f = &c->facts;
	unsigned long right = object_number(
	    f->nservers, f->ngroups, f->nresources, f->nmonitors, c->nheartbeats);
	char *text = element_text(c, c->objectnumber_el),
	     *want = xasprintf("%lu", right);

	if (c->objectnumber_el != NONE && strcmp(text, want) != 0)
		found(k, CLPCONF_BOOKKEEPING, line_of(k, c->objectnumber_el),
		    "objectnumber is %s and should be %lu: 4 + %zu servers + %zu "
		    "groups + "
		    "%zu resources + %zu monitors + %zu heartbeats and NP resources x "
		    "%zu "
		    "servers",
		    *text == '\0' ? "\"\"" : text, right, f->nservers, f->ngroups,
		    f->nresources, f->nmonitors, c->nheartbeats, f->nservers);
	free(text);
	free(want);
}

/* gids are 0, 1, 2...; old files have none at all. */
static void
check_gids(struct check *k)
{
	const struct clpconf *c = k->c;
	size_t i, n = c->facts.ngroups, have = 0;
	bool *seen = xcalloc(n + 1, sizeof(*seen));
	char *text;
	int gid;

	for (i = 0; i < n; i++)
		have += c->gid_el[i] != NONE;
	for (i = 0; have > 0 && i < n; i++) {
		if (c->gid_el[i] == NONE) {
			found(k, CLPCONF_MISTAKE, c->groups[i].line,
			    "group %s has no gid, and others have one",
			    c->groups[i].name);
			continue;
		}
		text = element_text(c, c->gid_el[i]);
		gid = number_of(text);
		if (gid < 0)
			found(k, CLPCONF_MISTAKE, line_of(k, c->gid_el[i]),
			    "the gid of group %s is no number: %s", c->groups[i].name,
			    *text == '\0' ? "\"\"" : text);
		else if ((size_t)gid >= n)
			found(k, CLPCONF_BOOKKEEPING, line_of(k, c->gid_el[i]),
			    "the gid of group %s is %d, and there are only %zu groups: "
			    "gids are 0, 1, 2...",
			    c->groups[i].name, gid, n);
		else if (seen[gid])
			found(k, CLPCONF_BOOKKEEPING, line_of(k, c->gid_el[i]),
			    "the gid of group %s is %d, as that of another group",
			    c->groups[i].name, gid);
		else
			seen[gid] = true;
		free(text);
	}
	free(seen);
}

void
check_counts(struct check *k)
{
	check_types(k, "heartbeat");
	check_types(k, "networkpartition");
	check_types(k, "resource");
	check_types(k, "monitor");
	check_devices(k);
	check_object_number(k);
	check_gids(k);
}
