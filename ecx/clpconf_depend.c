/*
 * SPDX-License-Identifier: Apache-2.0
 * Dependencies of what stays on what goes (contract 4.3 g, l): never does an explicit
 * dependency turn into ECX's default one unless that is asked for.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ecx/clpconf_edit_int.h"

/* Three relations look alike: resources, and groups at their start and at their stop.
 */
struct relation {
	const char *what;
	const char *path; /* from the object to the list of <depend>; NULL: itself */
	const char *needs; /* "depends on" */
	size_t n;
	const bool *dead;
	const size_t *el;
	size_t (*find)(const struct clpconf *, const char *);
	const struct clpconf_names *(*names)(const struct clpconf *, size_t);
	bool has_default;
};

static const struct clpconf_names *
resource_names(const struct clpconf *c, size_t i)
{
	return &c->resources[i].depends;
}

static const struct clpconf_names *
start_names(const struct clpconf *c, size_t i)
{
	return &c->groups[i].start_waits;
}

static const struct clpconf_names *
stop_names(const struct clpconf *c, size_t i)
{
	return &c->groups[i].stop_waits;
}

/* Appends those that stay of what `i`, which goes, needed; through others that go. */
static void
heirs(const struct edit *e, const struct relation *r, size_t i, bool *seen,
    size_t *list, size_t *n)
{
	const struct clpconf_names *names = r->names(e->c, i);
	size_t j, to;

	for (j = 0; j < names->n; j++) {
		to = r->find(e->c, names->names[j]);
		if (to == NONE || seen[to])
			continue;
		seen[to] = true;
		if (r->dead[to])
			heirs(e, r, to, seen, list, n);
		else
			list[(*n)++] = to;
	}
}

static struct relation
of_resources(const struct edit *e)
{
	struct relation r = { "resource", NULL, "depends on", e->c->facts.nresources,
		e->resource_dead, e->c->resource_el, find_resource_named,
		resource_names, true };

	return r;
}

size_t
heir_of(struct edit *e, size_t resource)
{
	struct relation r = of_resources(e);
	bool *seen = xcalloc(r.n + 1, sizeof(*seen));
	size_t *list = xcalloc(r.n + 1, sizeof(*list)), n = 0, first;

	heirs(e, &r, resource, seen, list, &n);
	first = n > 0 ? list[0] : NONE;
	free(seen);
	free(list);
	return first;
}

/* Nothing is left of an explicit list: it must stay explicit. */
static void
nothing_left(struct edit *e, const struct relation *r, size_t el, const char *owner,
    const char *gone, bool gone_said)
{
	if (!r->has_default) {
		mark_dead(e, el);
		tell(e, CLPCONF_CHANGES, el, "%s %s no longer %s %s", r->what, owner,
		    r->needs, gone);
	} else if (e->q->depends == CLPCONF_DEPENDS_DEFAULT) {
		mark_dead(e, el);
		tell(e, CLPCONF_WARNING, el,
		    "resource %s no longer depends on %s and follows ECX's default "
		    "dependency "
		    "from now on, as you asked",
		    owner, gone);
	} else {
		mark_name(e, el, value_plain(""));
		tell(e, gone_said ? CLPCONF_CHANGES : CLPCONF_WARNING, el,
		    "resource %s no longer depends on %s but, explicitly, on nothing%s",
		    owner, gone,
		    gone_said
		        ? ""
		        : ": what that one followed by default is not known here; if "
		          "ECX's default dependency is right, use --depends default");
	}
}

/* The list of one object that stays. `taken`: objects it has or must not get. */
static void
settle_list(struct edit *e, const struct relation *r, size_t owner, size_t list,
    bool *taken, size_t *more)
{
	const struct clpconf *c = e->c;
	struct value me = value_of_name(c, r->el[owner]), v;
	size_t k, j, n, to, left = 0, last = NONE;

	memset(taken, 0, r->n * sizeof(*taken));
	taken[owner] = true;
	for (k = first_child(c, list); k != NONE; k = next_child(c, list, k)) {
		if (!is_named(c, k, "depend"))
			continue;
		v = value_of_name(c, k);
		to = r->find(c, v.text);
		if (to == NONE || !r->dead[to])
			left++;
		if (to != NONE)
			taken[to] = true;
		free(v.raw);
		free(v.text);
	}
	for (k = first_child(c, list); k != NONE; k = next_child(c, list, k)) {
		if (!is_named(c, k, "depend"))
			continue;
		v = value_of_name(c, k);
		to = r->find(c, v.text);
		if (to != NONE && r->dead[to]) {
			if (e->q->depends == CLPCONF_DEPENDS_REFUSE)
				refuse(e, k,
				    "%s %s %s %s: say with --depends inherit, none or "
				    "default what becomes of that",
				    r->what, me.text, r->needs, v.text);
			n = 0;
			if (e->q->depends == CLPCONF_DEPENDS_INHERIT)
				heirs(e, r, to, taken, more, &n);
			for (j = 0; j < n; j++) {
				struct value heir = value_of_name(c, r->el[more[j]]);

				tell(e, CLPCONF_CHANGES, k, "%s %s %s %s instead of %s",
				    r->what, me.text, r->needs, heir.text, v.text);
				if (j == 0)
					mark_name(e, k, heir);
				else
					mark_copy(e, k, heir);
			}
			left += n;
			if (n == 0) {
				mark_dead(e, k);
				if (last == NONE)
					last = k;
			}
		}
		free(v.raw);
		free(v.text);
	}
	if (last != NONE) {
		v = value_of_name(c, last);
		to = r->find(c, v.text);
		if (left > 0)
			tell(e, CLPCONF_CHANGES, last, "%s %s no longer %s %s", r->what,
			    me.text, r->needs, v.text);
		else {
			e->marks[last].dead = false;
			nothing_left(e, r, last, me.text, v.text,
			    !r->has_default || c->resources[to].depends_said);
		}
		free(v.raw);
		free(v.text);
	}
	free(me.raw);
	free(me.text);
}

void
settle_depends(struct edit *e)
{
	const struct clpconf *c = e->c;
	const struct relation all[] = { of_resources(e),
		{ "group", "depend/act", "waits at its start for group",
		    c->facts.ngroups, e->group_dead, c->group_el, clpconf_find_group,
		    start_names, false },
		{ "group", "depend/deact", "waits at its stop for group",
		    c->facts.ngroups, e->group_dead, c->group_el, clpconf_find_group,
		    stop_names, false } };
	size_t i, j, list, *more;
	bool *taken;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		taken = xcalloc(all[i].n + 1, sizeof(*taken));
		more = xcalloc(all[i].n + 1, sizeof(*more));
		for (j = 0; j < all[i].n; j++) {
			list = all[i].path == NULL
			    ? all[i].el[j]
			    : find_path(c, all[i].el[j], all[i].path);
			if (!all[i].dead[j] && list != NONE)
				settle_list(e, &all[i], j, list, taken, more);
		}
		free(taken);
		free(more);
	}
}

int
drop_dependency(struct edit *e, size_t resource, size_t el)
{
	const struct clpconf_resource *r = &e->c->resources[resource];
	struct value on = value_of_name(e->c, el);
	struct relation rel = of_resources(e);
	int ret = 0;

	if (r->depends.n > 1) {
		mark_dead(e, el);
		tell(e, CLPCONF_CHANGES, el, "resource %s no longer depends on %s",
		    r->name, on.text);
	} else if (e->q->depends == CLPCONF_DEPENDS_REFUSE)
		ret = refuse(e, el,
		    "%s is the last that %s depends on: --depends none lets it depend "
		    "on "
		    "nothing, --depends default on what ECX takes by default",
		    on.text, r->name);
	else
		nothing_left(e, &rel, el, r->name, on.text, true);
	free(on.raw);
	free(on.text);
	return ret;
}
