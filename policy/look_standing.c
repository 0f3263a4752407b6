/*
 * SPDX-License-Identifier: Apache-2.0
 * What a policy proposed before, so that it stays with it while it is good.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "policy/look.h"

size_t
look_standing(const struct policy_view *view, enum policy_kind kind,
    struct look_standing **out, bool *moving)
{
	const struct scene *s = view->scene;
	struct table_view *plans = s->generation->tables[TABLE_PLAN];
	const struct plan_row *r = table_view_next(plans, NULL, 0, true);
	size_t n = 0;
	int vm, node;

	*out = xcalloc(table_view_count(plans) + 1, sizeof **out);
	*moving = false;
	for (; r != NULL;
	     r = table_view_next(plans, r->head.key, r->head.klen, false)) {
		if (r->policy_name == NULL ||
		    strcmp(r->policy_name, policy_table[kind].name) != 0)
			continue;
		if (r->state == PLAN_MOVING)
			*moving = true;
		if ((r->state != PLAN_PROPOSED && r->state != PLAN_APPROVED) ||
		    r->vm <= 0 || r->target_cluster <= 0 || r->target_node <= 0)
			continue;
		vm = scene_vm_find(s, (uint32_t)r->vm);
		node = scene_node_find(
		    s, (uint32_t)r->target_cluster, (uint32_t)r->target_node);
		if (vm >= 0 && node >= 0 && s->vms[vm].node != node)
			(*out)[n++] = (struct look_standing) { vm, node };
	}
	return n;
}

static bool
clashes(const struct plan_input *in, int vm)
{
	bool *clash = look_clashes(in), found = clash[vm];

	free(clash);
	return found;
}

struct plan *
look_keep(
    struct plan_input *in, const struct look_standing *standing, size_t n, bool mends)
{
	struct plan *p = xcalloc(1, sizeof *p);
	struct plan_move *m;
	char *why;
	size_t i;
	int from;

	p->moves = xcalloc(n + 1, sizeof *p->moves);
	p->complete = true;
	for (i = 0; i < n && p->nmoves < LOOK_MOVES; i++) {
		from = in->vms[standing[i].vm].node;
		if (in->vms[standing[i].vm].hold || from < 0 ||
		    (mends && !clashes(in, standing[i].vm)))
			continue;
		why = plan_forbids(in, standing[i].vm, standing[i].node);
		if (why == NULL) {
			m = &p->moves[p->nmoves];
			m->vm = standing[i].vm;
			m->from = from;
			m->to = standing[i].node;
			m->stage = p->nmoves++;
			m->reason = xstrdup("as it was proposed before");
			in->vms[m->vm].node = m->to;
		}
		free(why);
	}
	for (i = p->nmoves; i-- > 0;)
		in->vms[p->moves[i].vm].node = p->moves[i].from;
	look_once(in, p);
	return p;
}
