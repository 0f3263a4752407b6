/*
 * SPDX-License-Identifier: Apache-2.0
 * One object over all views of a round: what every server that answered says of it.
 */
#include "set/model_impl.h"

#include <string.h>

#include "base/text.h"

/* Adds one view's word; the first sets the tone, any other one must repeat it. */
static void
look_add(struct look *l, bool first, bool present, enum ecx_status status,
    const char *current)
{
	if (first) {
		l->present = present;
		l->agreed = true;
		l->status = status;
		l->current = current;
	} else if (present != l->present || status != l->status ||
	    !text_same(current, l->current)) {
		l->present = l->present && present;
		l->agreed = false;
		l->status = ECX_UNKNOWN;
		l->current = NULL;
	}
}

#define LOOK(find_expr, type, current_expr)                                         \
	struct look l = { false, false, ECX_UNKNOWN, NULL };                        \
	bool first = true;                                                          \
	size_t i;                                                                   \
	for (i = 0; i < o->nviews; i++) {                                           \
		const struct obs_view *v = &o->views[i];                            \
		const struct type *t;                                               \
		if (v->reach != REACH_OK)                                           \
			continue;                                                   \
		t = find_expr;                                                      \
		look_add(&l, first, t != NULL, t == NULL ? ECX_UNKNOWN : t->status, \
		    t == NULL ? NULL : current_expr);                               \
		first = false;                                                      \
	}                                                                           \
	return l

struct look
look_group(const struct observation *o, const char *name)
{
	LOOK(obs_find_group(v, name), obs_group, t->current);
}

struct look
look_resource(const struct observation *o, const char *name)
{
	LOOK(obs_find_resource(v, name), obs_resource, t->current);
}

struct look
look_server(const struct observation *o, const char *name)
{
	LOOK(obs_find_server(v, name), obs_server, NULL);
}

static enum ecx_status
monitor_in(const struct obs_view *v, const char *monitor, const char *server)
{
	size_t i, j;

	for (i = 0; i < v->nmonitors; i++)
		if (strcmp(v->monitors[i].name, monitor) == 0)
			for (j = 0; j < v->monitors[i].nservers; j++)
				if (strcmp(v->monitors[i].servers[j].name, server) == 0)
					return v->monitors[i].servers[j].status;
	return ECX_UNKNOWN;
}

enum ecx_status
look_monitor(const struct observation *o, const char *monitor, const char *server)
{
	enum ecx_status status = ECX_UNKNOWN, one;
	bool first = true;
	size_t i;

	for (i = 0; i < o->nviews; i++) {
		if (o->views[i].reach != REACH_OK)
			continue;
		one = monitor_in(&o->views[i], monitor, server);
		if (!first && one != status)
			return ECX_UNKNOWN;
		status = one;
		first = false;
	}
	return status;
}
