/*
 * SPDX-License-Identifier: Apache-2.0
 * The evacuate policy: what runs in a cluster, or on a node, that an operator put in
 * maintenance goes elsewhere, and back when that is over and policies.refill says so.
 *
 * The one exception from I6 (design 5): maintenance is what asks for it, and only what
 * is otherwise sound is touched, in a cluster that answers. From a node VMs go to other
 * nodes of their cluster first; else, and from a cluster, to their other sites. What
 * matters most goes first (csVmPriority), and finds the most room; among equals what
 * stops for the shortest time, so that most is away when time runs out. Hard rules hold
 * at every step; soft sets are kept apart while that is possible, and nodes are filled
 * up to target_load before they are filled up to high_load.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "policy/look.h"

#define NAMED 3 /* of those that stay, in the status */

struct going { /* a VM in the order in which they go */
	int64_t priority;
	double downtime;
	int vm;
};

struct drain {
	const struct policy_view *view;
	struct policy_finding *f;
	struct plan_input *in;
	struct look_sums sums;
	bool *drained; /* by node */
	bool *leaver; /* by VM: it has to go, may, and is still there */
	struct going *order; /* every VM; who goes first */
	struct look_standing *standing;
	size_t nstanding;
	size_t there, gone, stay; /* VMs that are there; find a place; stay */
};

/* --- what is emptied ------------------------------------------------------- */

static bool
is_drained(const struct scene *s, size_t node)
{
	const struct scene_node *n = &s->nodes[node];
	const struct scene_cluster *c = &s->clusters[n->cluster];

	return c->admin != CLUSTER_IGNORED &&
	    (c->admin == CLUSTER_MAINTENANCE || n->admin == CLUSTER_MAINTENANCE);
}

static size_t
mark(struct drain *d)
{
	const struct scene *s = d->view->scene;
	struct plan_node *n;
	size_t i, nodes = 0;

	for (i = 0; i < s->nnodes; i++) {
		if (!(d->drained[i] = is_drained(s, i)))
			continue;
		nodes++;
		n = &d->in->nodes[i];
		if (!s->clusters[n->cluster].known)
			continue; /* from there nobody leaves */
		d->in->clusters[n->cluster].maintenance = false;
		if (s->nodes[i].oper == NODE_ONLINE)
			n->state = PLAN_NODE_DRAIN;
	}
	return nodes;
}

static const char *
maintenance_of(const struct scene *s, size_t node)
{
	return s->clusters[s->nodes[node].cluster].admin == CLUSTER_MAINTENANCE
	    ? "cluster"
	    : "server";
}

static char *
place_words(const struct scene *s, size_t cluster, int node)
{
	const struct scene_cluster *c = &s->clusters[cluster];

	return c->admin == CLUSTER_MAINTENANCE || node < 0
	    ? xstrdup(c->name)
	    : xasprintf("%s/%s", c->name, s->nodes[node].name);
}

/* Takes over why. */
static void
stays(struct drain *d, size_t vm, char *why)
{
	const struct scene *s = d->view->scene;
	const struct scene_vm *v = &s->vms[vm];
	char *place = place_words(
	    s, v->node < 0 ? (size_t)v->last : s->nodes[v->node].cluster, v->node);

	finding_lack(d->f, v->index, 0,
	    xasprintf("vm %s cannot leave %s, which is in maintenance: %s", v->name,
	        place, why));
	d->stay++;
	free(place);
	free(why);
}

/* It may run in a cluster in maintenance, but nobody tells. */
static bool
is_lost_there(const struct scene *s, const struct scene_vm *v)
{
	return v->node < 0 && v->oper == VM_UNKNOWN && !v->busy && v->last >= 0 &&
	    s->clusters[v->last].admin == CLUSTER_MAINTENANCE;
}

/* Who has to go. What is on hold, or in doubt, stays, and that is said. */
static void
find_leavers(struct drain *d)
{
	const struct scene *s = d->view->scene;
	const struct scene_vm *v;
	size_t i;

	for (i = 0; i < s->nvms; i++) {
		v = &s->vms[i];
		if (is_lost_there(s, v)) {
			d->there++;
			stays(d, i, xstrdup(v->why_stays));
			continue;
		}
		if (v->node < 0 || !d->drained[v->node] || v->oper == VM_STOPPED)
			continue;
		d->there++;
		if (v->busy)
			continue;
		if (!v->leaves)
			stays(d, i, xstrdup(v->why_stays));
		else if (!v->runs)
			stays(d, i, xstrdup("it does not run"));
		else if ((v->memory < 0 || v->load < 0) && !look_unmeasured(s))
			stays(d, i, xstrdup("what it uses is not known"));
		else
			d->leaver[i] = true;
	}
}

/* --- the order ------------------------------------------------------------- */

static int
going_cmp(const void *a, const void *b)
{
	const struct going *x = a, *y = b;

	if (x->priority != y->priority)
		return x->priority > y->priority ? -1 : 1;
	if (x->downtime < y->downtime || x->downtime > y->downtime)
		return x->downtime < y->downtime ? -1 : 1;
	return x->vm < y->vm ? -1 : x->vm > y->vm;
}

static void
find_order(struct drain *d)
{
	const struct scene *s = d->view->scene;
	const struct scene_vm *v;
	size_t i;

	for (i = 0; i < s->nvms; i++) {
		v = &s->vms[i];
		d->order[i] = (struct going) { v->priority,
			v->downtime < 0 ? 1e18 : (double)v->downtime, (int)i };
	}
	qsort(d->order, s->nvms, sizeof *d->order, going_cmp);
}

/* The planner finds places in the order in which VMs stand in its input. */
static struct plan *
plan_in_order(struct drain *d)
{
	struct plan_vm *own = d->in->vms, *vms = xcalloc(d->in->nvms + 1, sizeof *vms);
	struct plan *p;
	size_t i;

	for (i = 0; i < d->in->nvms; i++)
		vms[i] = own[d->order[i].vm];
	d->in->vms = vms;
	p = plan_make(d->in);
	d->in->vms = own;
	free(vms);
	for (i = 0; i < p->nmoves; i++)
		p->moves[i].vm = d->order[p->moves[i].vm].vm;
	return p;
}

static bool
all_allowed(struct plan_input *in, const struct plan_move *moves, size_t n)
{
	int *was = xcalloc(n + 1, sizeof *was);
	char *why = NULL;
	size_t i;

	for (i = 0; i < n; i++) {
		was[i] = in->vms[moves[i].vm].node;
		why = plan_forbids(in, moves[i].vm, moves[i].to);
		if (why != NULL)
			break;
		in->vms[moves[i].vm].node = moves[i].to;
	}
	for (n = i; n-- > 0;)
		in->vms[moves[n].vm].node = was[n];
	free(was);
	free(why);
	return why == NULL;
}

/*
 * A search may place them in another order than it was given, which may matter to the
 * rules, too: then its order stays.
 */
static void
sort_moves(struct drain *d, struct plan *p)
{
	struct plan_move *sorted = xcalloc(p->nmoves + 1, sizeof *sorted);
	size_t i, k, n = 0;

	for (i = 0; i < d->in->nvms; i++)
		for (k = 0; d->leaver[d->order[i].vm] && k < p->nmoves; k++)
			if (p->moves[k].vm == d->order[i].vm)
				sorted[n++] = p->moves[k];
	if (n == p->nmoves && all_allowed(d->in, sorted, n)) {
		free(p->moves);
		p->moves = sorted;
	} else {
		free(sorted);
	}
}

/* --- going ----------------------------------------------------------------- */

static void
propose(struct drain *d, const struct plan *p)
{
	const struct scene *s = d->view->scene;
	struct policy_proposal *q;
	const struct plan_move *m;
	char *place;
	size_t i;

	for (i = 0; i < p->nmoves; i++) {
		m = &p->moves[i];
		place = place_words(s, s->nodes[m->from].cluster, m->from);
		q = look_propose(d->view, d->f, d->in, p, i, &d->sums,
		    xasprintf("%s %s is in maintenance",
		        maintenance_of(s, (size_t)m->from), place));
		q->benefit = 1000;
		q->urgent = true;
		d->leaver[m->vm] = false;
		d->gone++;
		free(place);
	}
}

/* Takes the plan over. */
static void
go(struct drain *d, struct plan *p)
{
	size_t i;

	propose(d, p);
	look_apply(d->in, p, p->nmoves);
	for (i = 0; i < p->nmoves; i++)
		d->in->vms[p->moves[i].vm].hold = true;
	plan_free(p);
}

/* Finds places for those that have none yet. Returns whether any is left without. */
static bool
send(struct drain *d, bool soft_too, bool fill)
{
	struct plan *p;
	bool left = false;
	size_t i;

	look_settings(d->view, d->in);
	if (look_unmeasured(d->view->scene))
		look_by_count(d->view->scene, d->in);
	d->in->settings.aims = PLAN_AIM(PLAN_DRAIN);
	d->in->settings.cost_across += LOOK_FAR;
	d->in->settings.max_moves = LOOK_MOVES > d->gone ? LOOK_MOVES - d->gone : 0;
	if (d->in->settings.max_moves == 0)
		return false;
	if (fill)
		d->in->settings.cpu_target = 0;
	for (i = 0; i < d->in->nsets; i++)
		d->in->sets[i].hard = soft_too || d->view->scene->sets[i].hard;
	look_hold_all(d->in);
	for (i = 0; i < d->in->nvms; i++)
		if (d->leaver[i]) {
			d->in->vms[i].hold = false;
			left = true;
		}
	if (!left)
		return false;
	p = look_keep(d->in, d->standing, d->nstanding, false);
	go(d, p);
	p = plan_in_order(d);
	look_once(d->in, p);
	sort_moves(d, p);
	go(d, p);
	for (i = 0, left = false; i < d->in->nvms; i++)
		left = left || d->leaver[i];
	return left;
}

static void
say_stuck(struct drain *d)
{
	struct plan nothing = { .complete = true };
	char *stuck;
	size_t i;

	if (d->gone >= LOOK_MOVES)
		return; /* their turn comes when those before them are away */
	for (i = 0; i < d->in->nvms; i++)
		if (d->leaver[i]) {
			stuck = look_stuck(d->in, &nothing, (int)i);
			stays(d, i,
			    d->view->scene->vms[i].across
			        ? xstrdup(stuck)
			        : xasprintf("%s; %s", d->view->scene->vms[i].why_inside,
			              stuck));
			free(stuck);
		}
}

static void
say(struct drain *d)
{
	char *text = NULL, *more;
	size_t i;

	if (d->there == 0) {
		finding_status(d->f,
		    xstrdup("what is in maintenance is empty: no VM is to leave"));
		return;
	}
	text = xasprintf("%zu VMs are in what is in maintenance: %zu are to go, %zu "
	                 "cannot",
	    d->there, d->gone, d->stay);
	for (i = 0; i < d->f->nlacks && i < NAMED; i++) {
		more = xasprintf("%s; %s", text, d->f->lacks[i].text);
		free(text);
		text = more;
	}
	if (d->f->nlacks > NAMED) {
		more = xasprintf("%s; and %zu more", text, d->f->nlacks - NAMED);
		free(text);
		text = more;
	}
	finding_status(d->f, text);
}

/* Nothing is in maintenance, or all of that is empty: what was taken may come back. */
static bool
refill(const struct policy_view *view, struct policy_finding *f)
{
	const struct scene *s = view->scene;
	int *to = xcalloc(s->nvms + 1, sizeof *to);
	const struct policy_past *past;
	size_t i, n = 0;

	for (i = 0; i < s->nvms; i++) {
		past = policy_past(view, s->vms[i].index);
		to[i] = past == NULL || past->left == 0
		    ? -1
		    : scene_cluster_find(s, past->left);
		if (to[i] == s->vms[i].cluster || policy_cools(view, s->vms[i].index))
			to[i] = -1;
		n += to[i] >= 0;
	}
	if (n > 0)
		look_return(view, f, to, POLICY_EVACUATE,
		    "it was taken from there for maintenance", 300);
	free(to);
	return n > 0;
}

void
evacuate_look(const struct policy_view *view, struct policy_finding *f)
{
	struct drain d = { .view = view, .f = f };
	char *cause = NULL;
	bool moving;
	size_t nodes;

	f->imbalance = -1;
	d.in = scene_plan_input(view->scene);
	d.drained = xcalloc(view->scene->nnodes + 1, sizeof *d.drained);
	d.leaver = xcalloc(view->scene->nvms + 1, sizeof *d.leaver);
	d.order = xcalloc(view->scene->nvms + 1, sizeof *d.order);
	look_settings(view, d.in);
	if (plan_input_check(d.in, NULL, &cause) != 0) {
		finding_status(f, xasprintf("cannot plan: %s", cause));
		goto out;
	}
	nodes = mark(&d);
	if (look_yields(view, f))
		goto out;
	find_leavers(&d);
	find_order(&d);
	d.nstanding = look_standing(view, POLICY_EVACUATE, &d.standing, &moving);
	look_sums_open(&d.sums, d.in);
	if (send(&d, true, false) && send(&d, false, true))
		say_stuck(&d);
	f->wants = d.gone > 0;
	if (d.there > 0 || !view->settings->refill || !refill(view, f)) {
		if (nodes == 0)
			finding_status(f, xstrdup("nothing is in maintenance"));
		else
			say(&d);
	}
	look_sums_close(&d.sums);
out:
	free(cause);
	free(d.drained);
	free(d.leaver);
	free(d.order);
	free(d.standing);
	plan_input_free(d.in);
}
