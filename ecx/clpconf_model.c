/*
 * SPDX-License-Identifier: Apache-2.0
 * The facts of a clp.conf out of its elements (contract 4.1); see clpconf.h.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ecx/clpconf_int.h"

int
number_of(const char *text)
{
	int value = 0;
	const char *p;

	for (p = text; *p >= '0' && *p <= '9' && p - text < 9; p++)
		value = value * 10 + (*p - '0');
	return *p != '\0' || p == text ? -1 : value;
}

static int
number_at(struct clpconf *c, size_t el, const char *path)
{
	char *text = element_text(c, find_path(c, el, path));
	int value = number_of(text);

	free(text);
	return value;
}

/* Every object below every /root/SECTION. */
static void
each_in(struct clpconf *c, const char *section,
    void (*visit)(struct clpconf *, size_t, size_t *), size_t *n)
{
	size_t s, k;

	for (s = first_child(c, 0); s != NONE; s = next_child(c, 0, s)) {
		if (!is_named(c, s, section))
			continue;
		for (k = first_child(c, s); k != NONE; k = next_child(c, s, k))
			if (!is_named(c, k, "types"))
				visit(c, k, n);
	}
}

static size_t
count_top(const struct clpconf *c, const char *name)
{
	size_t k, n = 0;

	for (k = first_child(c, 0); k != NONE; k = next_child(c, 0, k))
		n += is_named(c, k, name);
	return n;
}

static void
visit_count(struct clpconf *c, size_t el, size_t *n)
{
	(void)c;
	(void)el;
	(*n)++;
}

static size_t
count_in(struct clpconf *c, const char *section)
{
	size_t n = 0;

	each_in(c, section, visit_count, &n);
	return n;
}

static void *
array(struct clpconf *c, size_t n, size_t size)
{
	return own(c, xcalloc(n == 0 ? 1 : n, size));
}

static const char *
name_of(struct clpconf *c, size_t el)
{
	const char *name = own_attr(c, el, "name");

	return name == NULL ? "" : name;
}

/* The names of the <depend> elements of a list, but for empty ones; how many there are.
 */
static size_t
read_depends(struct clpconf *c, size_t list, struct clpconf_names *names)
{
	size_t k, n = 0;
	const char *name;

	for (k = first_child(c, list); k != NONE; k = next_child(c, list, k))
		n += is_named(c, k, "depend");
	names->names = array(c, n, sizeof(*names->names));
	for (k = first_child(c, list); k != NONE; k = next_child(c, list, k)) {
		if (!is_named(c, k, "depend"))
			continue;
		name = name_of(c, k);
		if (*name != '\0')
			names->names[names->n++] = name;
	}
	return n;
}

/* --- servers, resources, monitors ------------------------------------------ */

static void
read_servers(struct clpconf *c)
{
	struct clpconf_server *s;
	size_t k, n = 0;

	c->servers = array(c, count_top(c, "server"), sizeof(*c->servers));
	c->server_el = array(c, count_top(c, "server"), sizeof(*c->server_el));
	for (k = first_child(c, 0); k != NONE; k = next_child(c, 0, k)) {
		if (!is_named(c, k, "server"))
			continue;
		s = &c->servers[n];
		c->server_el[n++] = k;
		s->name = name_of(c, k);
		s->line = c->scan.list[k].line;
		s->priority = number_at(c, k, "priority");
	}
	c->facts.nservers = n;
}

static void
visit_resource(struct clpconf *c, size_t el, size_t *n)
{
	struct clpconf_resource *r = &c->resources[*n];

	c->resource_el[(*n)++] = el;
	r->name = name_of(c, el);
	r->type = c->scan.list[el].name;
	r->line = c->scan.list[el].line;
	r->group = NONE;
	r->depends_said = read_depends(c, el, &r->depends) > 0;
	r->act = number_at(c, el, "act/action");
	r->deact = number_at(c, el, "deact/action");
	r->act_said = r->act >= 0;
	r->deact_said = r->deact >= 0;
	if (!r->act_said)
		r->act = CLPCONF_ACT_NOTHING;
	if (!r->deact_said)
		r->deact = CLPCONF_ACT_SHUTDOWN;
}

static void
visit_monitor(struct clpconf *c, size_t el, size_t *n)
{
	struct clpconf_monitor *m = &c->monitors[*n];

	c->monitor_el[(*n)++] = el;
	m->name = name_of(c, el);
	m->type = c->scan.list[el].name;
	m->line = c->scan.list[el].line;
	m->target = own_text(c, child_of(c, el, "target"));
	m->object = own_text(c, find_path(c, el, "parameters/object"));
	m->relation_type = own_text(c, find_path(c, el, "relation/type"));
	m->relation_name = own_text(c, find_path(c, el, "relation/name"));
}

/* --- groups ---------------------------------------------------------------- */

static enum clpconf_auto
attribute(struct clpconf *c, size_t el, const char *path, enum clpconf_auto otherwise,
    bool *said)
{
	int value = number_at(c, el, path);

	*said = value >= 0;
	return !*said ? otherwise : value == 0 ? CLPCONF_MANUAL : CLPCONF_AUTO;
}

static void
waits(struct clpconf *c, size_t el, const char *path, struct clpconf_names *names)
{
	size_t list = find_path(c, el, path);

	if (list != NONE)
		read_depends(c, list, names);
}

struct choice {
	const char *name;
	int order;
	size_t at;
};

static int
by_order(const void *a, const void *b)
{
	const struct choice *x = a, *y = b;
	unsigned p = (unsigned)x->order, q = (unsigned)y->order; /* -1 comes last */

	if (p != q)
		return p < q ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

/* The servers of its policy by order; without one, all by priority. */
static void
policy(struct clpconf *c, size_t el, struct clpconf_group *g)
{
	struct choice *choices;
	size_t k, n = 0, max = c->facts.nservers;

	for (k = first_child(c, el); k != NONE; k = next_child(c, el, k))
		max += is_named(c, k, "policy");
	choices = xcalloc(max + 1, sizeof(*choices));
	for (k = first_child(c, el); k != NONE; k = next_child(c, el, k))
		if (is_named(c, k, "policy")) {
			choices[n].name = name_of(c, k);
			choices[n].order = number_at(c, k, "order");
			choices[n].at = n;
			n++;
		}
	g->servers_said = n > 0;
	if (n == 0)
		for (; n < c->facts.nservers; n++) {
			choices[n].name = c->servers[n].name;
			choices[n].order = c->servers[n].priority;
			choices[n].at = n;
		}
	qsort(choices, n, sizeof(*choices), by_order);
	g->servers.names = array(c, n, sizeof(*g->servers.names));
	for (k = 0; k < n; k++)
		g->servers.names[g->servers.n++] = choices[k].name;
	free(choices);
}

static void
add_entry(struct clpconf *c, size_t group, size_t el)
{
	struct entry *e = &c->entries[c->nentries++];
	char *text = element_attr(c, el, "name"), *at;

	e->el = el;
	e->group = group;
	e->resource = NONE;
	if (text == NULL)
		text = xstrdup("");
	at = strchr(text, '@');
	if (at != NULL) {
		*at = '\0';
		e->type = text;
		e->name = at + 1;
		e->resource = clpconf_find_resource(c, e->type, e->name);
	} else
		e->name = text;
	own(c, text);
	if (e->resource != NONE && c->resources[e->resource].group == NONE)
		c->resources[e->resource].group = group;
}

static void
read_group(struct clpconf *c, size_t el, size_t at)
{
	struct clpconf_group *g = &c->groups[at];
	size_t k, n = 0, first = c->nentries;
	size_t *list;

	c->group_el[at] = el;
	c->gid_el[at] = child_of(c, el, "gid");
	g->name = name_of(c, el);
	g->type = own_text(c, child_of(c, el, "type"));
	if (*g->type == '\0')
		g->type = "failover";
	g->line = c->scan.list[el].line;
	g->start = attribute(c, el, "start", CLPCONF_AUTO, &g->start_said);
	g->failover = attribute(c, el, "failover", CLPCONF_AUTO, &g->failover_said);
	g->failback = attribute(c, el, "failback", CLPCONF_MANUAL, &g->failback_said);
	waits(c, el, "depend/act", &g->start_waits);
	waits(c, el, "depend/deact", &g->stop_waits);
	policy(c, el, g);
	for (k = first_child(c, el); k != NONE; k = next_child(c, el, k))
		if (is_named(c, k, "resource"))
			add_entry(c, at, k);
	list = array(c, c->nentries - first, sizeof(*list));
	for (k = first; k < c->nentries; k++)
		if (c->entries[k].resource != NONE)
			list[n++] = c->entries[k].resource;
	g->resources = list;
	g->nresources = n;
}

static int
read_groups(struct clpconf *c, char **cause)
{
	size_t k, j, n = 0, all = 0, groups = count_top(c, "group");

	for (k = first_child(c, 0); k != NONE; k = next_child(c, 0, k))
		if (is_named(c, k, "group"))
			for (j = first_child(c, k); j != NONE; j = next_child(c, k, j))
				all += is_named(c, j, "resource");
	if (all > CLPCONF_OBJECTS_MAX)
		return cause_set(cause, "%s: groups list more than %u resources",
		    c->name, CLPCONF_OBJECTS_MAX);
	c->groups = array(c, groups, sizeof(*c->groups));
	c->group_el = array(c, groups, sizeof(*c->group_el));
	c->gid_el = array(c, groups, sizeof(*c->gid_el));
	c->entries = array(c, all, sizeof(*c->entries));
	for (k = first_child(c, 0); k != NONE; k = next_child(c, 0, k))
		if (is_named(c, k, "group"))
			read_group(c, k, n++);
	c->facts.ngroups = n;
	return 0;
}

/* --- all ------------------------------------------------------------------- */

int
model_build(struct clpconf *c, char **cause)
{
	struct clpconf_facts *f = &c->facts;
	size_t resources = count_in(c, "resource"), monitors = count_in(c, "monitor");
	const char *use;

	if (resources > CLPCONF_OBJECTS_MAX || monitors > CLPCONF_OBJECTS_MAX ||
	    count_top(c, "server") > CLPCONF_OBJECTS_MAX ||
	    count_top(c, "group") > CLPCONF_OBJECTS_MAX)
		return cause_set(cause,
		    "%s: more than %u servers, groups, resources or monitors", c->name,
		    CLPCONF_OBJECTS_MAX);
	f->cluster = own_text(c, find_path(c, 0, "cluster/name"));
	f->os = own_text(c, find_path(c, 0, "all/serveros"));
	use = own_text(c, find_path(c, 0, "rstd/use"));
	f->rest_api = *use == '\0' ? CLPCONF_UNSAID
	    : number_of(use) > 0   ? CLPCONF_ON
	                           : CLPCONF_OFF;
	read_servers(c);
	c->resources = array(c, resources, sizeof(*c->resources));
	c->resource_el = array(c, resources, sizeof(*c->resource_el));
	each_in(c, "resource", visit_resource, &f->nresources);
	c->monitors = array(c, monitors, sizeof(*c->monitors));
	c->monitor_el = array(c, monitors, sizeof(*c->monitor_el));
	each_in(c, "monitor", visit_monitor, &f->nmonitors);
	f->servers = c->servers;
	f->resources = c->resources;
	f->monitors = c->monitors;
	if (read_groups(c, cause) != 0)
		return -1;
	f->groups = c->groups;
	c->nheartbeats = count_in(c, "heartbeat") + count_in(c, "networkpartition");
	c->objectnumber_el = find_path(c, 0, "webmgr/client/objectnumber");
	c->configid_el = find_path(c, 0, "trekking/configid");
	return 0;
}

size_t
clpconf_find_group(const struct clpconf *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->facts.ngroups; i++)
		if (strcmp(c->groups[i].name, name) == 0)
			return i;
	return NONE;
}

size_t
clpconf_find_resource(const struct clpconf *c, const char *type, const char *name)
{
	size_t i;

	for (i = 0; i < c->facts.nresources; i++)
		if (strcmp(c->resources[i].name, name) == 0 &&
		    strcmp(c->resources[i].type, type) == 0)
			return i;
	return NONE;
}

size_t
clpconf_find_monitor(const struct clpconf *c, const char *type, const char *name)
{
	size_t i;

	for (i = 0; i < c->facts.nmonitors; i++)
		if (strcmp(c->monitors[i].name, name) == 0 &&
		    strcmp(c->monitors[i].type, type) == 0)
			return i;
	return NONE;
}

size_t
find_resource_named(const struct clpconf *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->facts.nresources; i++)
		if (strcmp(c->resources[i].name, name) == 0)
			return i;
	return NONE;
}

size_t
find_server(const struct clpconf *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->facts.nservers; i++)
		if (strcmp(c->servers[i].name, name) == 0)
			return i;
	return NONE;
}

bool
object_is_resource(const char *type)
{
	static const char *const types[] = { "mdw", "mdnw", "hdw", "hdnw", "sdw",
		"vmw" };
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	return false;
}

unsigned long
object_number(unsigned long servers, unsigned long groups, unsigned long resources,
    unsigned long monitors, unsigned long heartbeats)
{
	return 4 + servers + groups + resources + monitors + heartbeats * servers;
}
