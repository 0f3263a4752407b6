/*
 * SPDX-License-Identifier: Apache-2.0
 * What follows from any deletion: types lists, object number, group ids, the
 * configuration's id (contract 4.3 c, e, f, l, m); and names of what went that still
 * stand somewhere.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/mem.h"
#include "ecx/clpconf_edit_int.h"

#define CONFIGID_DIGITS 17 /* as many as the product writes */

/* --- types ----------------------------------------------------------------- */

struct entry_of {
	char *name;
	size_t el;
};

static int
by_name(const void *a, const void *b)
{
	const struct entry_of *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order != 0 ? order : x->el < y->el ? -1 : x->el > y->el;
}

static int
find_name(const void *key, const void *member)
{
	return strcmp(key, ((const struct entry_of *)member)->name);
}

static bool
uses(const struct entry_of *list, size_t n, const char *name)
{
	return n > 0 && bsearch(name, list, n, sizeof(*list), find_name) != NULL;
}

/* Entries of types that nobody has, or has twice. */
static void
settle_types(struct edit *e, const char *section)
{
	const struct clpconf *c = e->c;
	struct entry_of *entries = NULL, *used = NULL, **to;
	size_t s, k, n[2] = { 0, 0 }, cap[2] = { 0, 0 }, i, which;
	char *name;

	for (s = first_child(c, 0); s != NONE; s = next_child(c, 0, s)) {
		if (!is_named(c, s, section))
			continue;
		for (k = first_child(c, s); k != NONE; k = next_child(c, s, k)) {
			if (e->marks[k].dead)
				continue;
			which = is_named(c, k, "types") ? 0 : 1;
			to = which == 0 ? &entries : &used;
			name = which == 0 ? element_attr(c, k, "name")
			                  : xstrdup(c->scan.list[k].name);
			if (n[which] == cap[which]) {
				cap[which] = cap[which] == 0 ? 32 : cap[which] * 2;
				*to = xreallocarray(*to, cap[which], sizeof(**to));
			}
			(*to)[n[which]].el = k;
			(*to)[n[which]++].name = name == NULL ? xstrdup("") : name;
		}
	}
	if (n[1] > 0)
		qsort(used, n[1], sizeof(*used), by_name);
	if (n[0] > 0)
		qsort(entries, n[0], sizeof(*entries), by_name);
	for (i = 0; i < n[0]; i++)
		if (!uses(used, n[1], entries[i].name)) {
			mark_dead(e, entries[i].el);
			tell(e, CLPCONF_CHANGES, entries[i].el,
			    "no %s of type %s is left: its entry in the types goes",
			    section, entries[i].name);
		} else if (i > 0 && strcmp(entries[i].name, entries[i - 1].name) == 0) {
			mark_dead(e, entries[i].el);
			tell(e, CLPCONF_CHANGES, entries[i].el,
			    "the types of %s list %s twice: this entry goes", section,
			    entries[i].name);
		}
	for (i = 0; i < n[0]; i++)
		free(entries[i].name);
	for (i = 0; i < n[1]; i++)
		free(used[i].name);
	free(entries);
	free(used);
}

/* --- numbers --------------------------------------------------------------- */

static void
settle_object_number(struct edit *e)
{
	const struct clpconf *c = e->c;
	const struct clpconf_facts *f = &c->facts;
	char *was = element_text(c, c->objectnumber_el);
	char *is = xasprintf("%lu",
	    object_number(f->nservers, f->ngroups - e->ngroups_dead,
	        f->nresources - e->nresources_dead, f->nmonitors - e->nmonitors_dead,
	        c->nheartbeats));

	if (c->objectnumber_el != NONE && strcmp(was, is) != 0 &&
	    mark_content(e, c->objectnumber_el, value_plain(is)) == 0)
		tell(e, CLPCONF_CHANGES, c->objectnumber_el,
		    "objectnumber was %s and is %s", was, is);
	free(was);
	free(is);
}

struct numbered {
	int gid;
	size_t group;
};

static int
by_gid(const void *a, const void *b)
{
	const struct numbered *x = a, *y = b;

	if (x->gid != y->gid)
		return x->gid < y->gid ? -1 : 1;
	return x->group < y->group ? -1 : x->group > y->group;
}

/* 0, 1, 2... in the order they had. */
static void
settle_gids(struct edit *e)
{
	const struct clpconf *c = e->c;
	struct numbered *list = xcalloc(c->facts.ngroups + 1, sizeof(*list));
	size_t i, n = 0;
	char *text;

	for (i = 0; i < c->facts.ngroups; i++) {
		if (e->group_dead[i])
			continue;
		text = element_text(c, c->gid_el[i]);
		list[n].gid = number_of(text);
		list[n].group = i;
		free(text);
		if (list[n++].gid < 0)
			goto out; /* old files have none */
	}
	qsort(list, n, sizeof(*list), by_gid);
	for (i = 0; i < n; i++) {
		if ((size_t)list[i].gid == i)
			continue;
		text = xasprintf("%zu", i);
		if (mark_content(e, c->gid_el[list[i].group], value_plain(text)) == 0)
			tell(e, CLPCONF_CHANGES, c->gid_el[list[i].group],
			    "the gid of group %s was %d and is %zu: gids have no gaps",
			    c->groups[list[i].group].name, list[i].gid, i);
		free(text);
	}
out:
	free(list);
}

static char *
random_digits(void)
{
	unsigned char bytes[CONFIGID_DIGITS];
	char *text = xmalloc(CONFIGID_DIGITS + 1);
	size_t i;

	/* no secret: it only has to differ from the one before */
	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		for (i = 0; i < CONFIGID_DIGITS; i++)
			bytes[i] = (unsigned char)random();
	for (i = 0; i < CONFIGID_DIGITS; i++)
		text[i] = (char)('0' + bytes[i] % 10);
	text[CONFIGID_DIGITS] = '\0';
	return text;
}

static void
settle_configid(struct edit *e)
{
	const struct clpconf *c = e->c;
	char *was = element_text(c, c->configid_el), *dot = strchr(was, '.'), *digits,
	     *is;

	if (c->configid_el == NONE) {
		free(was);
		return;
	}
	if (dot == NULL || strspn(was, "0123456789.") != strlen(was)) {
		tell(e, CLPCONF_NOTE, c->configid_el,
		    "configid is not NUMBER.DIGITS as the product writes it, and "
		    "stays");
		free(was);
		return;
	}
	digits = e->q->random_digits != NULL ? xstrdup(e->q->random_digits)
	                                     : random_digits();
	is = xasprintf("%.*s.%s", (int)(dot - was), was, digits);
	if (mark_content(e, c->configid_el, value_plain(is)) == 0)
		tell(e, CLPCONF_CHANGES, c->configid_el,
		    "configid was %s and is %s, as after every saving", was, is);
	free(digits);
	free(is);
	free(was);
}

void
settle_books(struct edit *e)
{
	settle_types(e, "resource");
	settle_types(e, "monitor");
	if (e->q->mend) {
		settle_types(e, "heartbeat");
		settle_types(e, "networkpartition");
	}
	settle_object_number(e);
	if (e->ngroups_dead > 0 || e->q->mend)
		settle_gids(e);
	settle_configid(e);
}

/* --- leftovers ------------------------------------------------------------- */

struct gone {
	const char **names;
	size_t n;
};

static struct gone
list_gone(const struct edit *e)
{
	const struct clpconf *c = e->c;
	struct gone g = { NULL, 0 };
	size_t i;

	g.names = xcalloc(e->ngroups_dead + e->nresources_dead + e->nmonitors_dead + 1,
	    sizeof(*g.names));
	for (i = 0; i < c->facts.ngroups; i++)
		if (e->group_dead[i])
			g.names[g.n++] = c->groups[i].name;
	for (i = 0; i < c->facts.nresources; i++)
		if (e->resource_dead[i])
			g.names[g.n++] = c->resources[i].name;
	for (i = 0; i < c->facts.nmonitors; i++)
		if (e->monitor_dead[i])
			g.names[g.n++] = c->monitors[i].name;
	return g;
}

static bool
is_gone(const struct gone *g, const char *name)
{
	size_t i;

	for (i = 0; i < g->n; i++)
		if (strcmp(g->names[i], name) == 0)
			return *name != '\0' && number_of(name) < 0;
	return false;
}

/* Is the attribute `name` here the name of the thing itself, or a reference that has
 * been dealt with? */
static bool
is_known_name(const struct clpconf *c, size_t el)
{
	static const char *const sections[] = { "resource", "monitor", "heartbeat",
		"networkpartition", "messages" };
	static const char *const names[] = { "types", "depend", "policy", "server" };
	size_t i, parent = c->scan.list[el].parent;

	if (c->scan.list[el].depth < 2)
		return true;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (is_named(c, el, names[i]))
			return true;
	for (i = 0;
	     c->scan.list[el].depth == 2 && i < sizeof(sections) / sizeof(sections[0]);
	     i++)
		if (is_named(c, parent, sections[i]))
			return true;
	return c->scan.list[el].depth == 2 && is_named(c, parent, "group") &&
	    is_named(c, el, "resource");
}

/* Does the product keep words here that are no reference? */
static bool
is_known_word(const struct clpconf *c, size_t el)
{
	static const char *const names[] = { "comment", "type", "path", "ip", "gid",
		"priority", "info", "point", "serveros", "charset", "encode" };
	size_t i, parent = c->scan.list[el].parent;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (is_named(c, el, names[i]))
			return true;
	return is_named(c, el, "name") && parent != NONE &&
	    is_named(c, parent, "cluster");
}

static void
note_text(struct edit *e, const struct gone *g, size_t el, const char *text)
{
	char *path;

	if (!is_gone(g, text))
		return;
	path = element_path(e->c, el);
	tell(e, CLPCONF_WARNING, el,
	    "%s still says %s: whether it means what is deleted is not known here, see "
	    "for "
	    "yourself",
	    path, text);
	free(path);
}

/* Where the contract knows no reference there may be one all the same. */
void
note_leftovers(struct edit *e)
{
	const struct clpconf *c = e->c;
	struct gone g = list_gone(e);
	size_t i, next;
	char *text;

	for (i = 0; i < c->scan.n; i = next) {
		next = i + 1;
		if (e->marks[i].dead) {
			next = c->scan.list[i].next;
			continue;
		}
		if (!is_known_name(c, i)) {
			text = element_attr(c, i, "name");
			note_text(e, &g, i, text == NULL ? "" : text);
			free(text);
		}
		if (c->scan.list[i].next > i + 1 || e->marks[i].content.raw != NULL ||
		    is_known_word(c, i))
			continue;
		text = element_text(c, i);
		note_text(e, &g, i, text);
		free(text);
	}
	free(g.names);
}
