/*
 * SPDX-License-Identifier: Apache-2.0
 * Monitors that refer to what is deleted (contract 4.3 d, l).
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ecx/clpconf_edit_int.h"

/* How one monitor refers to what goes. */
struct refers {
	size_t target; /* the resource it watches while active; NONE: stays */
	size_t target_group;
	size_t object; /* the resource it looks at */
	size_t recovers, recovers_group;
};

/*
 * Types that watch one resource and cannot watch another: with their target gone they
 * have no meaning. Contract 3 and 4.3 d; the cloud ones by their resource's name.
 */
static bool
is_bound(const char *type)
{
	static const char *const types[] = { "mdw", "mdnw", "hdw", "hdnw", "sdw",
		"fipw", "vipw", "diskw", "vmw", "volmgrw", "vcomw", "ddnsw", "servicew",
		"pidw", "nasw", "cifsw", "awsvipw", "awseipw", "awssipw", "awsdnsw",
		"azureppw", "azurednsw", "gcvipw", "gcdnsw", "ocvipw", "ocdnsw" };
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	return false;
}

/* parameters/object of these is a device, though it may be spelt like a resource. */
static bool
object_is_device(const char *type)
{
	return strcmp(type, "miiw") == 0 || strcmp(type, "diskw") == 0;
}

static size_t
dead_resource(const struct edit *e, const char *name)
{
	size_t i = *name == '\0' ? NONE : find_resource_named(e->c, name);

	return i != NONE && e->resource_dead[i] ? i : NONE;
}

static size_t
dead_group(const struct edit *e, const char *name)
{
	size_t i = *name == '\0' ? NONE : clpconf_find_group(e->c, name);

	return i != NONE && e->group_dead[i] ? i : NONE;
}

static struct refers
look(const struct edit *e, const struct clpconf_monitor *m)
{
	struct refers r = { NONE, NONE, NONE, NONE, NONE };

	r.target = dead_resource(e, m->target);
	if (find_resource_named(e->c, m->target) == NONE)
		r.target_group = dead_group(e, m->target);
	if (!object_is_device(m->type))
		r.object = dead_resource(e, m->object);
	if (strcmp(m->relation_type, "rsc") == 0)
		r.recovers = dead_resource(e, m->relation_name);
	if (strcmp(m->relation_type, "grp") == 0)
		r.recovers_group = dead_group(e, m->relation_name);
	return r;
}

static bool
refers_at_all(const struct refers *r)
{
	return r->target != NONE || r->target_group != NONE || r->object != NONE ||
	    r->recovers != NONE || r->recovers_group != NONE;
}

/* Does it exist for what goes, alone? */
static bool
is_own(const struct edit *e, const struct clpconf_monitor *m, const struct refers *r)
{
	if (r->object != NONE)
		return true;
	if (!is_bound(m->type))
		return false;
	return r->target != NONE ||
	    (r->recovers != NONE && *m->target == '\0' &&
	        find_resource_named(e->c, m->object) == NONE);
}

/* "watches md2 and would recover group failover2" */
static char *
words(const struct edit *e, const struct clpconf_monitor *m, const struct refers *r)
{
	char *watches = NULL, *recovers = NULL, *all;

	(void)e;
	if (r->object != NONE)
		watches = xasprintf("watches %s", m->object);
	else if (r->target != NONE || r->target_group != NONE)
		watches = xasprintf("watches while %s is active", m->target);
	if (r->recovers != NONE)
		recovers = xasprintf("would recover %s", m->relation_name);
	else if (r->recovers_group != NONE)
		recovers = xasprintf("would recover group %s", m->relation_name);
	all = xasprintf("%s%s%s", watches == NULL ? "" : watches,
	    watches != NULL && recovers != NULL ? " and " : "",
	    recovers == NULL ? "" : recovers);
	free(watches);
	free(recovers);
	return all;
}

static bool
has_resources_left(const struct edit *e, size_t group)
{
	const struct clpconf_group *g;
	size_t i;

	if (group == NONE || e->group_dead[group])
		return false;
	g = &e->c->groups[group];
	for (i = 0; i < g->nresources; i++)
		if (!e->resource_dead[g->resources[i]])
			return true;
	return false;
}

/* What it could watch instead: what the deleted one needed, else the first that is left
 * of its group. */
static size_t
instead_of(struct edit *e, size_t resource)
{
	size_t heir = heir_of(e, resource), group = e->c->resources[resource].group, i;
	const struct clpconf_group *g;

	if (heir != NONE && e->c->resources[heir].group == group)
		return heir;
	if (!has_resources_left(e, group))
		return NONE;
	g = &e->c->groups[group];
	for (i = 0; e->resource_dead[g->resources[i]]; i++)
		;
	return g->resources[i];
}

static void
retarget_watch(struct edit *e, size_t i, const struct refers *r)
{
	const struct clpconf_monitor *m = &e->c->monitors[i];
	size_t el = child_of(e->c, e->c->monitor_el[i], "target"), to = NONE;

	if (r->target != NONE)
		to = instead_of(e, r->target);
	if (to == NONE && r->target_group != NONE) {
		refuse(e, el,
		    "monitor %s (%s) watches while group %s is active, which goes: use "
		    "--monitors delete, or change the monitor first",
		    m->name, m->type, m->target);
		return;
	}
	if (to == NONE) {
		refuse(e, el,
		    "monitor %s (%s) watches while %s is active, and its group has no "
		    "other resource that it could watch: use --monitors delete, or "
		    "change the monitor first",
		    m->name, m->type, m->target);
		return;
	}
	if (mark_content(e, el, value_of_name(e->c, e->c->resource_el[to])) == 0)
		tell(e, CLPCONF_WARNING, el,
		    "monitor %s (%s) watches while %s is active, no longer while %s "
		    "is: "
		    "see whether that makes sense",
		    m->name, m->type, e->c->resources[to].name, m->target);
}

static void
retarget_recovery(struct edit *e, size_t i, const struct refers *r)
{
	const struct clpconf_monitor *m = &e->c->monitors[i];
	size_t relation = child_of(e->c, e->c->monitor_el[i], "relation");
	size_t name = child_of(e->c, relation, "name");
	size_t type = child_of(e->c, relation, "type"), group = NONE;

	if (r->recovers != NONE)
		group = e->c->resources[r->recovers].group;
	if (has_resources_left(e, group)) {
		if (mark_content(e, name, value_of_name(e->c, e->c->group_el[group])) ==
		        0 &&
		    mark_content(e, type, value_plain("grp")) == 0)
			tell(e, CLPCONF_WARNING, name,
			    "monitor %s (%s) recovers the whole group %s, no longer "
			    "resource %s alone",
			    m->name, m->type, e->c->groups[group].name,
			    m->relation_name);
		return;
	}
	if (mark_content(e, name, value_plain("LocalServer")) == 0 &&
	    mark_content(e, type, value_plain("cls")) == 0)
		tell(e, CLPCONF_WARNING, name,
		    "monitor %s (%s) has the local server as recovery target, no "
		    "longer "
		    "%s: see what its final action does to that server",
		    m->name, m->type, m->relation_name);
}

static void
settle_one(struct edit *e, size_t i, const struct refers *r)
{
	const struct clpconf_monitor *m = &e->c->monitors[i];
	enum clpconf_monitors how = e->q->monitors;
	bool own = is_own(e, m, r);
	char *why = words(e, m, r);

	if (how == CLPCONF_MONITORS_DELETE || (own && how != CLPCONF_MONITORS_REFUSE))
		take_monitor(e, i, why);
	else if (how == CLPCONF_MONITORS_RETARGET) {
		if (r->target != NONE || r->target_group != NONE)
			retarget_watch(e, i, r);
		if (r->recovers != NONE || r->recovers_group != NONE)
			retarget_recovery(e, i, r);
	} else
		refuse(e, e->c->monitor_el[i],
		    "monitor %s (%s) %s: --monitors delete deletes it, too%s", m->name,
		    m->type, why,
		    own ? "" : ", --monitors retarget points it to what is left");
	free(why);
}

void
settle_monitors(struct edit *e)
{
	struct refers r;
	size_t i;

	for (i = 0; i < e->c->facts.nmonitors; i++) {
		if (e->monitor_dead[i])
			continue;
		r = look(e, &e->c->monitors[i]);
		if (refers_at_all(&r))
			settle_one(e, i, &r);
	}
}
