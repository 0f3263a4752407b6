/*
 * SPDX-License-Identifier: Apache-2.0
 * The spread policy: members of an availability set that share a place are put apart.
 *
 * By the cheapest moves: inside a cluster where that is possible, of those members
 * alone before others make room for them. What a hard set demands is urgent; of a soft
 * set it is repaired when nothing speaks against it, as any other move. The planner
 * repairs soft sets here as if they were hard, but never at the cost of a hard rule,
 * nor of another set, soft or not.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "policy/look.h"

struct mend {
	const struct policy_view *view;
	struct policy_finding *f;
	struct plan_input *in; /* as the proposals so far leave it */
	bool *held; /* by VM, as the scene has it */
	struct look_sums sums;
};

/* Of the VM's set, as the operator has it. */
static bool
in_hard_set(const struct scene *s, size_t vm)
{
	return s->vms[vm].set >= 0 && s->sets[s->vms[vm].set].hard;
}

static void
free_members(struct mend *m)
{
	const struct scene *s = m->view->scene;
	bool *clash = look_clashes(m->in);
	size_t i;

	look_hold_all(m->in);
	for (i = 0; i < m->in->nvms; i++)
		if (clash[i] && !m->held[i] &&
		    (in_hard_set(s, i) || !policy_cools(m->view, s->vms[i].index)))
			m->in->vms[i].hold = false;
	free(clash);
}

/* Who may make room for them. */
static void
free_others(struct mend *m)
{
	size_t i;

	for (i = 0; i < m->in->nvms; i++)
		if (!m->held[i] && !policy_cools(m->view, m->view->scene->vms[i].index))
			m->in->vms[i].hold = false;
}

static char *
reason(const struct mend *m, int vm, bool clashes)
{
	const struct scene *s = m->view->scene;
	const struct scene_set *set;

	if (!clashes)
		return xstrdup("makes room for a member of an availability set");
	set = &s->sets[s->vms[vm].set];
	return xasprintf("availability set %s (%s) wants its VMs in different %s",
	    set->name, set->hard ? "hard" : "soft",
	    set->spread == SPREAD_NODE          ? "servers"
	        : set->spread == SPREAD_CLUSTER ? "clusters"
	                                        : "fault domains");
}

/* Only what mends, or makes room for it, and is still allowed without the rest. */
static void
propose(struct mend *m, const struct plan *p, bool helpers)
{
	const struct plan_move *move;
	struct policy_proposal *q;
	bool *clash, hard;
	char *why;
	size_t i;

	for (i = 0; i < p->nmoves; i++) {
		move = &p->moves[i];
		clash = look_clashes(m->in);
		hard = clash[move->vm] && in_hard_set(m->view->scene, (size_t)move->vm);
		why = clash[move->vm] || helpers
		    ? plan_forbids(m->in, move->vm, move->to)
		    : xstrdup("mends nothing");
		if (why == NULL) {
			q = look_propose(m->view, m->f, m->in, p, i, &m->sums,
			    reason(m, move->vm, clash[move->vm]));
			q->urgent = hard;
			q->benefit = hard ? 1000 : 300;
			m->in->vms[move->vm].node = move->to;
		}
		free(why);
		free(clash);
	}
}

static void
mend(struct mend *m, bool helpers)
{
	struct look_standing *standing = NULL;
	struct plan *p;
	bool moving;
	size_t n;

	look_settings(m->view, m->in);
	if (look_unmeasured(m->view->scene))
		look_by_count(m->view->scene, m->in);
	look_sets_hard(m->in);
	m->in->settings.aims = PLAN_AIM(PLAN_SPREAD);
	m->in->settings.cost_across += LOOK_FAR;
	free_members(m);
	if (helpers)
		free_others(m);
	n = helpers ? 0 : look_standing(m->view, POLICY_SPREAD, &standing, &moving);
	if (n > 0) {
		p = look_keep(m->in, standing, n, true);
		propose(m, p, false);
		plan_free(p);
		free_members(m);
	}
	free(standing);
	p = plan_make(m->in);
	look_once(m->in, p);
	propose(m, p, helpers);
	plan_free(p);
}

/* Those together now. */
static size_t
count(const struct mend *m, int *example)
{
	const struct plan_input *in = m->in;
	const struct scene_vm *vms = m->view->scene->vms;
	bool *clash = look_clashes(in);
	size_t i, n = 0;

	*example = -1;
	for (i = 0; i < in->nvms; i++)
		if (clash[i]) {
			n++;
			if (*example < 0 || (!vms[*example].free && vms[i].free))
				*example = (int)i;
		}
	free(clash);
	return n;
}

static char *
why_left(const struct mend *m, int vm)
{
	const struct plan nothing = { .complete = true };
	const struct scene_vm *v = &m->view->scene->vms[vm];

	if (!v->free)
		return xstrdup(v->why_not);
	if (!in_hard_set(m->view->scene, (size_t)vm) && policy_cools(m->view, v->index))
		return xstrdup("it was moved lately and cools down");
	return look_stuck(m->in, &nothing, vm);
}

static void
look(struct mend *m)
{
	int example;
	const size_t before = count(m, &example);
	size_t after, i;
	char *why;

	if (before == 0) {
		finding_status(m->f,
		    xasprintf("%zu availability sets, and each is as it should be",
		        m->in->nsets));
		return;
	}
	if (look_yields(m->view, m->f))
		return;
	if (look_unmeasured(m->view->scene))
		look_by_count(m->view->scene, m->in);
	look_sums_open(&m->sums, m->in);
	for (i = 0; i < m->in->nvms; i++)
		m->held[i] = m->in->vms[i].hold;
	mend(m, false);
	if (m->f->nproposals == 0 && !look_stopped(m->view))
		mend(m, true);
	after = count(m, &example);
	m->f->wants = m->f->nproposals > 0;
	if (after == 0) {
		finding_status(m->f,
		    xasprintf("%zu VMs share places with others of their sets: %zu "
		              "moves put them apart",
		        before, m->f->nproposals));
	} else {
		why = why_left(m, example);
		finding_status(m->f,
		    xasprintf(
		        "%zu VMs share places with others of their sets; %zu moves "
		        "leave %zu so: %s of %s: %s",
		        before, m->f->nproposals, after, m->in->vms[example].name,
		        m->in->sets[m->in->vms[example].sets[0]].name, why));
		free(why);
	}
	look_sums_close(&m->sums);
}

void
spread_look(const struct policy_view *view, struct policy_finding *f)
{
	struct mend m = { .view = view, .f = f };
	char *cause = NULL;

	f->imbalance = -1;
	m.in = scene_plan_input(view->scene);
	m.held = xcalloc(view->scene->nvms + 1, sizeof *m.held);
	look_settings(view, m.in);
	if (plan_input_check(m.in, NULL, &cause) != 0)
		finding_status(f, xasprintf("cannot plan: %s", cause));
	else
		look(&m);
	free(cause);
	free(m.held);
	plan_input_free(m.in);
}
