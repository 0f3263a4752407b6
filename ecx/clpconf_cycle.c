/*
 * SPDX-License-Identifier: Apache-2.0
 * Cycles in the dependencies of a clp.conf: among resources, and among groups that wait
 * for each other at their start or stop. Part of clpconf_check().
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ecx/clpconf_int.h"

struct graph {
	size_t n, nedges;
	size_t *first; /* edges of i are to[first[i]]..to[first[i + 1] - 1] */
	size_t *to;
};

struct objects {
	const char *what;
	size_t n;
	const struct clpconf_names *(*edges)(const struct clpconf *, size_t);
	size_t (*find)(const struct clpconf *, const char *);
	const char *(*name)(const struct clpconf *, size_t);
	unsigned (*line)(const struct clpconf *, size_t);
};

static const struct clpconf_names *
resource_edges(const struct clpconf *c, size_t i)
{
	return &c->resources[i].depends;
}

static const char *
resource_name(const struct clpconf *c, size_t i)
{
	return c->resources[i].name;
}

static unsigned
resource_line(const struct clpconf *c, size_t i)
{
	return c->resources[i].line;
}

static const struct clpconf_names *
start_edges(const struct clpconf *c, size_t i)
{
	return &c->groups[i].start_waits;
}

static const struct clpconf_names *
stop_edges(const struct clpconf *c, size_t i)
{
	return &c->groups[i].stop_waits;
}

static const char *
group_name(const struct clpconf *c, size_t i)
{
	return c->groups[i].name;
}

static unsigned
group_line(const struct clpconf *c, size_t i)
{
	return c->groups[i].line;
}

static void
graph_build(const struct clpconf *c, const struct objects *o, struct graph *g)
{
	const struct clpconf_names *e;
	size_t i, j, to, max = 0;

	for (i = 0; i < o->n; i++)
		max += o->edges(c, i)->n;
	g->n = o->n;
	g->nedges = 0;
	g->first = xcalloc(o->n + 1, sizeof(*g->first));
	g->to = xcalloc(max + 1, sizeof(*g->to));
	for (i = 0; i < o->n; i++) {
		e = o->edges(c, i);
		for (j = 0; j < e->n; j++) {
			to = o->find(c, e->names[j]);
			if (to != NONE)
				g->to[g->nedges++] = to;
		}
		g->first[i + 1] = g->nedges;
	}
}

/* "a -> b -> a": the part of the path that begins with `to`. */
static void
tell(struct check *k, const struct objects *o, const size_t *path, size_t n, size_t to)
{
	char *text = xstrdup(""), *longer;
	size_t i = n;

	while (path[--i] != to)
		;
	for (; i < n; i++) {
		longer = xasprintf("%s%s -> ", text, o->name(k->c, path[i]));
		free(text);
		text = longer;
	}
	found(k, CLPCONF_MISTAKE, o->line(k->c, to),
	    "%s: a cycle, each needs the next: %s%s: remove one of these dependencies",
	    o->what, text, o->name(k->c, to));
	free(text);
}

/* Depth first, with the path in hand: an edge back into the path is a cycle. */
static void
search(struct check *k, const struct objects *o, const struct graph *g)
{
	enum { NEW, OPEN, DONE };
	unsigned char *state = xcalloc(g->n + 1, 1);
	size_t *path = xcalloc(g->n + 1, sizeof(*path));
	size_t *edge = xcalloc(g->n + 1, sizeof(*edge)); /* next one to look at */
	size_t start, n, at, to;

	memcpy(edge, g->first, g->n * sizeof(*edge));
	for (start = 0; start < g->n; start++) {
		if (state[start] != NEW)
			continue;
		path[0] = start;
		state[start] = OPEN;
		for (n = 1; n > 0;) {
			at = path[n - 1];
			if (edge[at] == g->first[at + 1]) {
				state[at] = DONE;
				n--;
				continue;
			}
			to = g->to[edge[at]++];
			if (state[to] == OPEN)
				tell(k, o, path, n, to);
			if (state[to] == NEW) {
				state[to] = OPEN;
				path[n++] = to;
			}
		}
	}
	free(state);
	free(path);
	free(edge);
}

void
check_cycles(struct check *k)
{
	const struct clpconf_facts *f = &k->c->facts;
	const struct objects all[] = {
		{ "dependencies of resources", f->nresources, resource_edges,
		    find_resource_named, resource_name, resource_line },
		{ "groups that wait at their start", f->ngroups, start_edges,
		    clpconf_find_group, group_name, group_line },
		{ "groups that wait at their stop", f->ngroups, stop_edges,
		    clpconf_find_group, group_name, group_line },
	};
	struct graph g;
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		graph_build(k->c, &all[i], &g);
		search(k, &all[i], &g);
		free(g.first);
		free(g.to);
	}
}
