/*
 * SPDX-License-Identifier: Apache-2.0
 * Bringing VMs back to where they belong without a fight: for home and evacuate.
 *
 * What comes back must fit, must put no members of a set together, and must be left
 * there by balance: asked with its own rules what it would do afterwards, at half of
 * the imbalance that it bears, it may take none of the set's VMs away from its home or
 * from where it is brought now. So the two never throw a VM back and forth.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "policy/look.h"

#define TRIES 24 /* of placing some of them and asking balance */

struct back {
	const struct policy_view *view;
	const int *to;
	int *list; /* VMs, the highest priority first */
	bool *chosen; /* by VM */
	size_t n;
	struct plan_input *in; /* the best so far, and its plan; NULL */
	struct plan *plan;
	unsigned tries;
	size_t refused;
	int example; /* one that was refused; -1 */
};

struct candidate {
	int64_t priority;
	int vm;
};

static int
candidate_cmp(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->priority != y->priority)
		return x->priority > y->priority ? -1 : 1;
	return x->vm < y->vm ? -1 : x->vm > y->vm;
}

/* May it go at all? NULL, or why not; static. */
static const char *
keeps_away(const struct policy_view *view, int vm, int to)
{
	const struct scene *s = view->scene;
	const struct scene_vm *v = &s->vms[vm];
	size_t i;

	if (!v->free)
		return v->why_not;
	if (!v->runs)
		return "it does not run";
	if ((v->load < 0 || v->memory < 0) && !look_unmeasured(s))
		return "what it uses is not known";
	if (!v->across)
		return v->why_inside;
	if (!s->clusters[to].known || s->clusters[to].admin != CLUSTER_ACTIVE)
		return "that cluster takes nothing";
	for (i = 0; i < v->nsites; i++)
		if (v->sites[i].cluster == (size_t)to)
			return v->sites[i].oper == SITE_OFFLINE
			    ? NULL
			    : "its site there is not Offline";
	return "it has no site there";
}

static void
find_candidates(struct back *b, const char **why_away)
{
	const struct scene *s = b->view->scene;
	struct candidate *c = xcalloc(s->nvms + 1, sizeof *c);
	const char *why;
	size_t i;

	for (i = 0; i < s->nvms; i++) {
		if (b->to[i] < 0)
			continue;
		why = keeps_away(b->view, (int)i, b->to[i]);
		if (why == NULL) {
			c[b->n++] = (struct candidate) { s->vms[i].priority, (int)i };
			continue;
		}
		b->refused++;
		b->example = (int)i;
		*why_away = why;
	}
	qsort(c, b->n, sizeof *c, candidate_cmp);
	for (i = 0; i < b->n; i++)
		b->list[i] = c[i].vm;
	free(c);
}

/* The input in which only those that are chosen are out of place. */
static struct plan_input *
input(const struct back *b)
{
	struct plan_input *in = scene_plan_input(b->view->scene);
	size_t i;

	look_settings(b->view, in);
	if (look_unmeasured(b->view->scene))
		look_by_count(b->view->scene, in);
	look_sets_hard(in);
	look_hold_all(in);
	in->settings.aims = PLAN_AIM(PLAN_SITE);
	for (i = 0; i < in->nvms; i++) {
		if (!b->chosen[i])
			continue;
		in->vms[i].hold = false;
		in->vms[i].nsites = 1;
		in->vms[i].sites[0] = b->to[i];
	}
	return in;
}

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Would balance undo it, or anything like it? */
static bool
is_fought(const struct back *b, const struct plan *back)
{
	const struct scene *s = b->view->scene;
	const int64_t bears = b->view->settings->imbalance / 2;
	struct plan_input *in;
	struct plan_score before, after;
	struct plan *p = NULL;
	bool fought;
	size_t i;
	int home;

	if (back->nmoves == 0 || look_unmeasured(s) ||
	    b->view->settings->mode[POLICY_BALANCE] == POLICY_OFF)
		return false; /* nobody would */
	in = scene_plan_input(s);
	look_settings(b->view, in);
	look_sets_hard(in);
	plan_judge(in, &before);
	look_apply(in, back, back->nmoves);
	plan_judge(in, &after);
	fought = balance_imbalance(&after) > bears &&
	    balance_imbalance(&after) > balance_imbalance(&before);
	if (!fought)
		p = balance_plan(b->view, in, bears, false, &after, NULL);
	for (i = 0; p != NULL && i < p->nmoves; i++) {
		home = b->to[p->moves[i].vm] >= 0 ? b->to[p->moves[i].vm]
		                                  : s->vms[p->moves[i].vm].home;
		fought = fought ||
		    ((int)s->nodes[p->moves[i].from].cluster == home &&
		        (int)s->nodes[p->moves[i].to].cluster != home);
	}
	plan_free(p);
	plan_input_free(in);
	return fought;
}

/* With those of the list from low on as well? As many of them as may. */
static void
try_with(struct back *b, size_t low, size_t high)
{
	struct plan_input *in;
	struct plan *p;
	size_t i;

	if (low >= high)
		return;
	if (b->tries++ >= TRIES || look_stopped(b->view)) {
		b->refused += high - low;
		return;
	}
	for (i = low; i < high; i++)
		b->chosen[b->list[i]] = true;
	in = input(b);
	p = plan_make(in);
	look_once(in, p);
	if (!is_fought(b, p)) {
		plan_free(b->plan);
		plan_input_free(b->in);
		b->plan = p;
		b->in = in;
		return;
	}
	plan_free(p);
	plan_input_free(in);
	for (i = low; i < high; i++)
		b->chosen[b->list[i]] = false;
	if (high - low == 1) {
		b->refused++;
		b->example = b->list[low];
		return;
	}
	try_with(b, low, low + (high - low) / 2);
	try_with(b, low + (high - low) / 2, high);
}

/* Chosen, but no node there can take it: the first of them. */
static int
no_room(const struct back *b, size_t *n)
{
	bool *goes = xcalloc(b->view->scene->nvms + 1, sizeof *goes);
	int first = -1;
	size_t i;

	for (i = 0; b->plan != NULL && i < b->plan->nmoves; i++)
		goes[b->plan->moves[i].vm] = true;
	for (i = 0; i < b->n; i++)
		if (b->chosen[b->list[i]] && !goes[b->list[i]]) {
			(*n)++;
			if (first < 0)
				first = b->list[i];
		}
	free(goes);
	return first;
}

static char *
stuck_words(struct back *b, int vm)
{
	char *text;

	look_apply(b->in, b->plan, b->plan->nmoves);
	text = look_stuck(b->in, &(struct plan) { .complete = true }, vm);
	return text;
}

static void
say(struct back *b, struct policy_finding *f, const char *why_away)
{
	const struct scene *s = b->view->scene;
	const size_t goes = b->plan == NULL ? 0 : b->plan->nmoves;
	size_t full = 0;
	const int stuck = no_room(b, &full);
	char *text, *words = NULL;

	if (stuck >= 0)
		words = stuck_words(b, stuck);
	if (stuck >= 0)
		text = xasprintf("%zu VMs are to go back; %zu find no room: %s: %s",
		    goes, full, s->vms[stuck].name, words);
	else if (b->refused > 0 && b->example >= 0)
		text = xasprintf(
		    "%zu VMs are to go back; %zu stay where they are: %s: %s", goes,
		    b->refused, s->vms[b->example].name,
		    why_away != NULL ? why_away
		                     : "with it there the set would be less even than "
		                       "balance bears");
	else
		text = xasprintf("%zu VMs are to go back", goes);
	finding_status(f, text);
	free(words);
}

/* The node of that cluster that was proposed before, where it is still possible. */
static void
stay_with(struct back *b, enum policy_kind kind)
{
	struct look_standing *standing;
	struct plan_move *m;
	bool moving;
	const size_t n = look_standing(b->view, kind, &standing, &moving);
	size_t i, k;
	char *why;

	for (i = 0; n > 0 && i < b->plan->nmoves; i++) {
		m = &b->plan->moves[i];
		for (k = 0; k < n; k++) {
			if (standing[k].vm != m->vm || standing[k].node == m->to ||
			    b->in->nodes[standing[k].node].cluster !=
			        b->in->nodes[m->to].cluster)
				continue;
			why = plan_forbids(b->in, m->vm, standing[k].node);
			if (why == NULL)
				m->to = standing[k].node;
			free(why);
		}
		why = plan_forbids(b->in, m->vm, m->to);
		if (why != NULL) {
			look_cut(b->plan, i);
			free(why);
			break;
		}
		b->in->vms[m->vm].node = m->to;
	}
	for (k = i; n > 0 && k-- > 0;)
		b->in->vms[b->plan->moves[k].vm].node = b->plan->moves[k].from;
	free(standing);
}

void
look_return(const struct policy_view *view, struct policy_finding *f, const int *to,
    enum policy_kind kind, const char *why, int benefit)
{
	struct back b = { .view = view, .to = to, .example = -1 };
	const struct scene *s = view->scene;
	const char *why_away = NULL;
	struct policy_proposal *q;
	struct look_sums sums;
	size_t i;

	b.list = xcalloc(s->nvms + 1, sizeof *b.list);
	b.chosen = xcalloc(s->nvms + 1, sizeof *b.chosen);
	find_candidates(&b, &why_away);
	try_with(&b, 0, (size_t)least((int64_t)b.n, LOOK_MOVES));
	if (b.plan != NULL) {
		stay_with(&b, kind);
		look_sums_open(&sums, b.in);
		for (i = 0; i < b.plan->nmoves; i++) {
			q = look_propose(view, f, b.in, b.plan, i, &sums, xstrdup(why));
			q->benefit = benefit;
		}
		look_sums_close(&sums);
	}
	f->wants = f->wants || f->nproposals > 0;
	say(&b, f, why_away);
	plan_free(b.plan);
	plan_input_free(b.in);
	free(b.list);
	free(b.chosen);
}
