/*
 * SPDX-License-Identifier: Apache-2.0
 * Does a clp.conf hold together? See clpconf.h; the rules are those of contract 4.1 and
 * 4.3. What the contract does not know is not judged.
 */
#include "config.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "ecx/clpconf_int.h"

void
found(struct check *k, enum clpconf_kind kind, unsigned line, const char *fmt, ...)
{
	struct clpconf_finding *f;
	char *text;
	va_list ap;

	if (k->found.n == k->cap) {
		k->cap = k->cap == 0 ? 16 : k->cap * 2;
		k->found.list = xreallocarray(k->found.list, k->cap, sizeof(*f));
	}
	f = &k->found.list[k->found.n++];
	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	f->kind = kind;
	f->line = line;
	f->text = text_vis(text, 1000);
	free(text);
}

unsigned
line_of(const struct check *k, size_t el)
{
	return k->c->scan.list[el].line;
}

/* --- names ----------------------------------------------------------------- */

struct named {
	const char *name;
	unsigned line;
};

static int
by_name(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order != 0 ? order : x->line < y->line ? -1 : x->line > y->line;
}

static void
unique(struct check *k, const char *what, struct named *list, size_t n)
{
	size_t i;

	qsort(list, n, sizeof(*list), by_name);
	for (i = 0; i < n; i++) {
		if (*list[i].name == '\0')
			found(k, CLPCONF_MISTAKE, list[i].line,
			    "a %s without a name: give it one or remove it", what);
		else if (i > 0 && strcmp(list[i].name, list[i - 1].name) == 0)
			found(k, CLPCONF_MISTAKE, list[i].line,
			    "%s %s stands here a second time, first in line %u: rename "
			    "or "
			    "remove one",
			    what, list[i].name, list[i - 1].line);
	}
}

#define UNIQUE(k, what, objects, count)                                     \
	do {                                                                \
		struct named *list_ = xcalloc((count) + 1, sizeof(*list_)); \
		size_t i_;                                                  \
                                                                            \
		for (i_ = 0; i_ < (count); i_++) {                          \
			list_[i_].name = (objects)[i_].name;                \
			list_[i_].line = (objects)[i_].line;                \
		}                                                           \
		unique(k, what, list_, count);                              \
		free(list_);                                                \
	} while (0)

static void
check_names(struct check *k)
{
	const struct clpconf_facts *f = &k->c->facts;

	UNIQUE(k, "server", f->servers, f->nservers);
	UNIQUE(k, "group", f->groups, f->ngroups);
	UNIQUE(k, "resource", f->resources, f->nresources);
	UNIQUE(k, "monitor", f->monitors, f->nmonitors);
}

/* --- groups and their resources -------------------------------------------- */

static void
check_entries(struct check *k)
{
	const struct clpconf *c = k->c;
	size_t *seen = xcalloc(c->facts.nresources + 1, sizeof(*seen)), i;
	struct entry *e;

	for (i = 0; i < c->nentries; i++) {
		e = &c->entries[i];
		if (e->type == NULL)
			found(k, CLPCONF_MISTAKE, line_of(k, e->el),
			    "group %s lists \"%s\", which is not TYPE@NAME",
			    c->groups[e->group].name, e->name);
		else if (e->resource == NONE)
			found(k, CLPCONF_MISTAKE, line_of(k, e->el),
			    "group %s lists resource %s of type %s, which is not "
			    "defined: "
			    "remove this line",
			    c->groups[e->group].name, e->name, e->type);
		else if (seen[e->resource]++ > 0)
			found(k, CLPCONF_MISTAKE, line_of(k, e->el),
			    "group %s lists resource %s, which group %s lists already: "
			    "a "
			    "resource has one group",
			    c->groups[e->group].name, e->name,
			    c->groups[c->resources[e->resource].group].name);
	}
	for (i = 0; i < c->facts.nresources; i++)
		if (seen[i] == 0)
			found(k, CLPCONF_MISTAKE, c->resources[i].line,
			    "resource %s of type %s is in no group: list it in one, or "
			    "remove it",
			    c->resources[i].name, c->resources[i].type);
	free(seen);
}

static void
check_server_name(struct check *k, size_t el, const char *name, const char *who)
{
	if (find_server(k->c, name) == NONE)
		found(k, CLPCONF_MISTAKE, line_of(k, el),
		    "%s names server %s, which is "
		    "not defined",
		    who, *name == '\0' ? "\"\"" : name);
}

/* Attribute `name` of each child `what` of `el` is a server. */
static void
check_servers(struct check *k, size_t el, const char *what, const char *who)
{
	char *name;
	size_t j;

	for (j = first_child(k->c, el); j != NONE; j = next_child(k->c, el, j)) {
		if (!is_named(k->c, j, what))
			continue;
		name = element_attr(k->c, j, "name");
		check_server_name(k, j, name == NULL ? "" : name, who);
		free(name);
	}
}

static void
check_waits(struct check *k, size_t group, const char *path, const char *when)
{
	const struct clpconf *c = k->c;
	size_t list = find_path(c, c->group_el[group], path), j;
	const char *me = c->groups[group].name;
	char *name;

	if (list == NONE)
		return;
	for (j = first_child(c, list); j != NONE; j = next_child(c, list, j)) {
		if (!is_named(c, j, "depend"))
			continue;
		name = element_attr(c, j, "name");
		if (name == NULL || clpconf_find_group(c, name) == NONE)
			found(k, CLPCONF_MISTAKE, line_of(k, j),
			    "group %s waits at its %s for group %s, which is not "
			    "defined",
			    me, when, name == NULL || *name == '\0' ? "\"\"" : name);
		free(name);
	}
}

static void
check_groups(struct check *k)
{
	const struct clpconf *c = k->c;
	char *who;
	size_t i;

	for (i = 0; i < c->facts.ngroups; i++) {
		who = xasprintf("the policy of group %s", c->groups[i].name);
		check_servers(k, c->group_el[i], "policy", who);
		free(who);
		check_waits(k, i, "depend/act", "start");
		check_waits(k, i, "depend/deact", "stop");
	}
}

/* --- dependencies ---------------------------------------------------------- */

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names listed twice, among those of one object. */
static void
check_twice(
    struct check *k, const struct clpconf_names *names, unsigned line, const char *who)
{
	const char **sorted = xcalloc(names->n + 1, sizeof(*sorted));
	size_t i;

	if (names->n > 0)
		memcpy(sorted, names->names, names->n * sizeof(*sorted));
	qsort(sorted, names->n, sizeof(*sorted), by_text);
	for (i = 1; i < names->n; i++)
		if (strcmp(sorted[i], sorted[i - 1]) == 0)
			found(k, CLPCONF_MISTAKE, line,
			    "%s depends on %s twice: remove one", who, sorted[i]);
	free(sorted);
}

static void
check_depends(struct check *k)
{
	const struct clpconf *c = k->c;
	struct clpconf_resource *r;
	size_t i, j, empty;
	char *name, *who;

	for (i = 0; i < c->facts.nresources; i++) {
		r = &c->resources[i];
		who = xasprintf("resource %s", r->name);
		check_twice(k, &r->depends, r->line, who);
		check_servers(k, c->resource_el[i], "server", who);
		free(who);
		empty = 0;
		for (j = first_child(c, c->resource_el[i]); j != NONE;
		     j = next_child(c, c->resource_el[i], j)) {
			if (!is_named(c, j, "depend"))
				continue;
			name = element_attr(c, j, "name");
			if (name == NULL || *name == '\0')
				empty = j;
			else if (find_resource_named(c, name) == NONE)
				found(k, CLPCONF_MISTAKE, line_of(k, j),
				    "resource %s depends on %s, which is not defined",
				    r->name, name);
			free(name);
		}
		if (empty != 0 && r->depends.n > 0)
			found(k, CLPCONF_MISTAKE, line_of(k, empty),
			    "resource %s depends on nothing, says this line, and on "
			    "%s, "
			    "says another: remove one",
			    r->name, r->depends.names[0]);
	}
}

/* --- what refers to resources ---------------------------------------------- */

/* Recovery target of every group: its spelling is from general knowledge. */
static bool
means_all_groups(const char *name)
{
	return text_same_words(name, "All Groups") ||
	    text_same_words(name, "AllGroups");
}

static void
check_relation(struct check *k, size_t i)
{
	struct clpconf_monitor *m = &k->c->monitors[i];
	size_t el = find_path(k->c, k->c->monitor_el[i], "relation/name");

	if (strcmp(m->relation_type, "rsc") == 0 &&
	    find_resource_named(k->c, m->relation_name) == NONE)
		found(k, CLPCONF_MISTAKE, el == NONE ? m->line : line_of(k, el),
		    "monitor %s would recover resource %s, which is not defined: "
		    "delete the monitor or give it another recovery target",
		    m->name, *m->relation_name == '\0' ? "\"\"" : m->relation_name);
	if (strcmp(m->relation_type, "grp") == 0 &&
	    !means_all_groups(m->relation_name) &&
	    clpconf_find_group(k->c, m->relation_name) == NONE)
		found(k, CLPCONF_MISTAKE, el == NONE ? m->line : line_of(k, el),
		    "monitor %s would recover group %s, which is not defined: delete "
		    "the monitor or give it another recovery target",
		    m->name, *m->relation_name == '\0' ? "\"\"" : m->relation_name);
}

static void
check_monitors(struct check *k)
{
	const struct clpconf *c = k->c;
	struct clpconf_monitor *m;
	size_t i, j, el, polling;
	char *who, *text;

	for (i = 0; i < c->facts.nmonitors; i++) {
		m = &c->monitors[i];
		el = c->monitor_el[i];
		if (*m->target != '\0' && find_resource_named(c, m->target) == NONE &&
		    clpconf_find_group(c, m->target) == NONE)
			found(k, CLPCONF_MISTAKE, line_of(k, child_of(c, el, "target")),
			    "monitor %s watches while resource %s is active, which is "
			    "not "
			    "defined: delete the monitor or change its target",
			    m->name, m->target);
		if (object_is_resource(m->type) && *m->object != '\0' &&
		    find_resource_named(c, m->object) == NONE)
			found(k, CLPCONF_MISTAKE,
			    line_of(k, find_path(c, el, "parameters/object")),
			    "monitor %s of type %s watches resource %s, which is not "
			    "defined: delete the monitor",
			    m->name, m->type, m->object);
		check_relation(k, i);
		polling = child_of(c, el, "polling");
		if (polling == NONE)
			continue;
		who = xasprintf("monitor %s", m->name);
		for (j = first_child(c, polling); j != NONE;
		     j = next_child(c, polling, j)) {
			if (!is_named(c, j, "servers"))
				continue;
			text = element_text(c, child_of(c, j, "name"));
			check_server_name(k, j, text, who);
			free(text);
		}
		free(who);
	}
}

static void
check_vcom(struct check *k)
{
	const struct clpconf *c = k->c;
	size_t i, el, at;
	char *text;

	for (i = 0; i < c->facts.nresources; i++) {
		if (strcmp(c->resources[i].type, "vcom") != 0)
			continue;
		el = find_path(c, c->resource_el[i], "parameters/target");
		text = element_text(c, el);
		at = find_resource_named(c, text);
		if (*text != '\0' &&
		    (at == NONE || strcmp(c->resources[at].type, "fip") != 0))
			found(k, CLPCONF_MISTAKE, line_of(k, el),
			    "virtual computer name %s uses floating IP resource %s, "
			    "which "
			    "is not defined",
			    c->resources[i].name, text);
		free(text);
	}
}

/* --- all ------------------------------------------------------------------- */

static int
by_line(const void *a, const void *b)
{
	const struct clpconf_finding *x = a, *y = b;

	return x->line != y->line ? (x->line < y->line ? -1 : 1)
	                          : strcmp(x->text, y->text);
}

struct clpconf_findings
clpconf_check(const struct clpconf *conf)
{
	struct check k = { conf, { NULL, 0 }, 0 };

	check_names(&k);
	check_entries(&k);
	check_groups(&k);
	check_depends(&k);
	check_monitors(&k);
	check_vcom(&k);
	check_cycles(&k);
	check_counts(&k);
	if (k.found.n > 0)
		qsort(k.found.list, k.found.n, sizeof(*k.found.list), by_line);
	return k.found;
}

void
clpconf_findings_clear(struct clpconf_findings *findings)
{
	size_t i;

	for (i = 0; i < findings->n; i++)
		free(findings->list[i].text);
	free(findings->list);
	findings->list = NULL;
	findings->n = 0;
}
