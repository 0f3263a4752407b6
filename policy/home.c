/*
 * SPDX-License-Identifier: Apache-2.0
 * The home policy: a VM that has a home cluster and is elsewhere goes back when it is
 * calm.
 *
 * Calm is that for settings.calm nothing happened in the whole set (scene.h, unrest):
 * that is how a home is proved to be well for so long, too.
 * Only what fits goes, and what balance would leave there: look_return.c.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "policy/look.h"

static bool
is_calm(const struct policy_view *view, time_t since)
{
	const time_t wall = view->scene->wall;

	return since == 0 ||
	    (wall > since && (wall - since) * 1000 >= view->settings->calm);
}

static bool
waits(const struct policy_view *view, struct policy_finding *f)
{
	const struct scene *s = view->scene;

	if (look_yields(view, f))
		return true;
	if (is_calm(view, s->unrest))
		return false;
	finding_status(f,
	    xasprintf("waits until nothing has happened for %jd s; %jd s ago: %s",
	        (intmax_t)(view->settings->calm / 1000),
	        (intmax_t)(s->wall - s->unrest), s->unrest_text));
	return true;
}

void
home_look(const struct policy_view *view, struct policy_finding *f)
{
	const struct scene *s = view->scene;
	int *to = xcalloc(s->nvms + 1, sizeof *to);
	size_t i, away = 0, cools = 0;
	const struct scene_vm *v;

	f->imbalance = -1;
	for (i = 0; i < s->nvms; i++) {
		v = &s->vms[i];
		to[i] = -1;
		if (v->home < 0 || !v->runs || v->home == v->cluster)
			continue;
		away++;
		if (policy_cools(view, v->index))
			cools++;
		else
			to[i] = v->home;
	}
	if (away == 0)
		finding_status(
		    f, xstrdup("every VM that has a home and runs is there"));
	else if (waits(view, f))
		;
	else if (cools == away)
		finding_status(f,
		    xasprintf(
		        "%zu VMs are away from home, and were moved lately", away));
	else
		look_return(
		    view, f, to, POLICY_HOME, "it is calm, and its home has room", 200);
	free(to);
}
