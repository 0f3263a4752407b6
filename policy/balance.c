/*
 * SPDX-License-Identifier: Apache-2.0
 * The balance policy: loads evened out, by few moves that are worth what they cost.
 *
 * Begins above settings.imbalance, or when a node is above high_load, and goes on until
 * well below: half of it, so that what a load does by chance brings no move back. What
 * it proposed stands while it is nearly as good as what it would propose anew. A plan
 * as a whole has to take away minimum_gain of the imbalance after what it costs. It
 * never touches members of an availability set that is violated (that is spread's), nor
 * puts members together, of soft sets neither.
 */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "policy/look.h"

#define NOTHING 1e-9
#define NEARLY  0.8 /* of what new moves would bring: then those before stand */

int
balance_imbalance(const struct plan_score *s)
{
	const double worst = s->cpu > s->memory ? s->cpu : s->memory;

	return (int)(1000 * worst + 0.5);
}

static double
percent(const struct plan_score *s)
{
	return 100 * (s->cpu > s->memory ? s->cpu : s->memory);
}

/* --- what may be moved ----------------------------------------------------- */

static void
hold_some(const struct policy_view *view, struct plan_input *in, bool cools)
{
	bool *broken = xcalloc(in->nsets + 1, sizeof *broken);
	bool *clash = look_clashes(in);
	size_t i;

	for (i = 0; i < in->nvms; i++)
		if (clash[i])
			broken[in->vms[i].sets[0]] = true;
	for (i = 0; i < in->nvms; i++) {
		if (in->vms[i].nsets > 0 && broken[in->vms[i].sets[0]])
			in->vms[i].hold = true;
		if (cools && policy_cools(view, view->scene->vms[i].index))
			in->vms[i].hold = true;
	}
	free(broken);
	free(clash);
}

/* --- how much of a plan is enough ------------------------------------------ */

static void
judge_after(
    const struct plan_input *in, const struct plan *p, size_t n, struct plan_score *out)
{
	int *was = xcalloc(p->nmoves + 1, sizeof *was);
	size_t i;

	for (i = 0; i < n; i++) {
		was[i] = in->vms[p->moves[i].vm].node;
		in->vms[p->moves[i].vm].node = p->moves[i].to;
	}
	plan_judge(in, out);
	while (i-- > 0)
		in->vms[p->moves[i].vm].node = was[i];
	free(was);
}

static bool
stage_ends(const struct plan *p, size_t n)
{
	return n == p->nmoves || p->moves[n].stage != p->moves[n - 1].stage;
}

/* The least number of whole stages after which `enough` is not exceeded. */
static void
cut_enough(const struct plan_input *in, struct plan *p, int64_t enough)
{
	size_t low = 1, high = p->nmoves, mid;
	struct plan_score s;

	if (balance_imbalance(&p->after) > enough)
		return;
	while (low < high) {
		mid = low + (high - low) / 2;
		while (!stage_ends(p, mid))
			mid++;
		judge_after(in, p, mid, &s);
		if (s.violations <= p->after.violations + NOTHING &&
		    balance_imbalance(&s) <= enough) {
			if (mid == high)
				break; /* one stage is left */
			high = mid;
		} else {
			low = mid + 1;
		}
	}
	look_cut(p, high);
	judge_after(in, p, p->nmoves, &p->after);
}

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* What it brings after its cost, of what there is to bring. */
static double
gain(const struct plan *p)
{
	double cost = 0;
	size_t i;

	for (i = 0; i < p->nmoves; i++)
		cost += p->moves[i].cost;
	return p->before.score > 0
	    ? (p->before.score - p->after.score - cost) / p->before.score
	    : 0;
}

static bool
repairs(const struct plan *p)
{
	return p->after.violations < p->before.violations - NOTHING;
}

/*
 * Less uneven by so much that it is worth it, in what is too uneven: the score that the
 * planner lowers has other terms, too, and nobody's VM stops for those alone.
 */
static bool
evens_out(const struct policy_view *view, const struct plan *p, int64_t trigger)
{
	const double least = (double)view->settings->minimum_gain / 1000;
	const double was[] = { p->before.cpu, p->before.memory };
	const double is[] = { p->after.cpu, p->after.memory };
	size_t i;

	if (balance_imbalance(&p->after) > balance_imbalance(&p->before))
		return false;
	for (i = 0; i < 2; i++)
		if (1000 * was[i] > (double)trigger &&
		    was[i] - is[i] > least * was[i] + NOTHING)
			return true;
	return false;
}

/* --- why nothing ----------------------------------------------------------- */

/* The VM that uses most on the node that carries most, as an example. */
static int
example(const struct plan_input *in)
{
	struct look_sums s;
	int node = -1, vm = -1;
	size_t i;

	look_sums_open(&s, in);
	for (i = 0; i < in->nnodes; i++)
		if (in->nodes[i].state == PLAN_NODE_ONLINE &&
		    (node < 0 ||
		        s.load[i] / in->nodes[i].cpus >
		            s.load[node] / in->nodes[node].cpus))
			node = (int)i;
	look_sums_close(&s);
	for (i = 0; i < in->nvms; i++)
		if (in->vms[i].node == node && node >= 0 &&
		    (vm < 0 || (in->vms[vm].hold && !in->vms[i].hold) ||
		        (in->vms[vm].hold == in->vms[i].hold &&
		            in->vms[i].load > in->vms[vm].load)))
			vm = (int)i;
	return vm;
}

static char *
why_none(
    const struct policy_view *view, const struct plan_input *in, const struct plan *p)
{
	const int vm = example(in);
	struct plan_why *w;
	char *text, *stuck;

	if (vm < 0)
		return xstrdup("no VM is on the busiest node");
	if (!view->scene->vms[vm].free)
		return xasprintf("%s, for one, stays: %s", in->vms[vm].name,
		    view->scene->vms[vm].why_not);
	if (policy_cools(view, view->scene->vms[vm].index))
		return xasprintf(
		    "%s, for one, was moved lately and cools down", in->vms[vm].name);
	w = plan_explain(in, p, vm);
	if (w->nplaces > 0 && w->places[0].possible) {
		text = xstrdup(w->words);
	} else {
		stuck = look_stuck(in, p, vm);
		text = xasprintf(
		    "%s, for one, can go nowhere: %s", in->vms[vm].name, stuck);
		free(stuck);
	}
	plan_why_free(w);
	return text;
}

/* --- the plan -------------------------------------------------------------- */

struct plan *
balance_plan(const struct policy_view *view, struct plan_input *in, int64_t trigger,
    bool cools, struct plan_score *now, char **why)
{
	struct plan *p;
	double g;

	look_settings(view, in);
	look_sets_hard(in);
	hold_some(view, in, cools);
	if (view->settings->max_moves_hour > 0 &&
	    in->settings.max_moves > 2 * view->settings->max_moves_hour)
		in->settings.max_moves = 2 * view->settings->max_moves_hour;
	plan_judge(in, now);
	if (balance_imbalance(now) <= trigger && now->violations <= NOTHING)
		return NULL;
	p = plan_make(in);
	look_once(in, p);
	judge_after(in, p, p->nmoves, &p->after);
	if (balance_imbalance(now) <= trigger && !repairs(p))
		look_cut(p, 0);
	if (p->nmoves == 0) {
		if (why != NULL)
			*why = why_none(view, in, p);
		plan_free(p);
		return NULL;
	}
	cut_enough(in, p, least(trigger, view->settings->imbalance / 2));
	g = gain(p);
	if (repairs(p) ||
	    (1000 * g >= (double)view->settings->minimum_gain &&
	        evens_out(view, p, trigger)))
		return p;
	if (why != NULL && 1000 * g >= (double)view->settings->minimum_gain)
		*why = xasprintf("the best that is to be had, %zu move%s, would bring "
		                 "it to %.1f %% only",
		    p->nmoves, p->nmoves == 1 ? "" : "s", percent(&p->after));
	else if (why != NULL)
		*why = xasprintf("%zu move%s would take away %.1f %% of it after what "
		                 "%s, and %d.%d %% is the least that is worth it",
		    p->nmoves, p->nmoves == 1 ? "" : "s", 100 * g,
		    p->nmoves == 1 ? "it costs" : "they cost",
		    LOOK_PERCENT(view->settings->minimum_gain));
	plan_free(p);
	return NULL;
}

/* --- the policy ------------------------------------------------------------ */

/* Of the score that there is, how much the move's stage takes away, by its moves. */
static int
benefit(const struct plan *p, size_t move)
{
	double sum = 0;
	size_t i, n = 0;

	for (i = 0; i < p->nmoves; i++)
		if (p->moves[i].stage == p->moves[move].stage) {
			sum += p->moves[i].benefit;
			n++;
		}
	if (p->before.score <= 0)
		return 1;
	sum = 1000 * sum / p->before.score / (double)n;
	return sum < 1 ? 1 : sum > 999 ? 999 : (int)sum;
}

static size_t
nodes_counted(const struct plan_input *in)
{
	size_t i, n = 0;

	for (i = 0; i < in->nnodes; i++)
		n += in->nodes[i].state == PLAN_NODE_ONLINE;
	return n;
}

/*
 * Is it uneven by what was measured last, too? Means remember a peak, or a dip, for
 * some looks after it is over.
 */
static bool
still_uneven(const struct policy_view *view, const struct plan_input *in,
    const struct plan_score *mean)
{
	const struct policy_settings *set = view->settings;
	double sum = 0, square = 0, share, variance;
	size_t i, n = nodes_counted(in);

	if (1000 * mean->memory > (double)set->imbalance)
		return true;
	for (i = 0; i < in->nnodes; i++) {
		if (in->nodes[i].state != PLAN_NODE_ONLINE)
			continue;
		share = view->scene->nodes[i].load_last / in->nodes[i].cpus;
		if (1000 * share > (double)set->high_load)
			return true;
		sum += share;
		square += share * share;
	}
	sum /= (double)n;
	variance = square / (double)n - sum * sum;
	return sum > 0 && variance > 0 &&
	    1000 * sqrt(variance) / sum / sqrt((double)n - 1) >
	    (double)set->imbalance / 2;
}

static char *
measured(const struct plan_score *s)
{
	return xasprintf("imbalance %.1f %% (CPU %.1f %%, memory %.1f %%)", percent(s),
	    100 * s->cpu, 100 * s->memory);
}

/*
 * Each move's reason by what stands when its turn comes: those that the planner wrote
 * may speak of moves that were cut.
 */
static void
say_reasons(struct plan_input *in, const struct plan *p)
{
	int *was = xcalloc(p->nmoves + 1, sizeof *was);
	size_t i;

	for (i = 0; i < p->nmoves; i++) {
		struct plan_move *m = &p->moves[i];

		free(m->reason);
		m->reason = plan_reason(in, m->vm, m->to);
		was[i] = in->vms[m->vm].node;
		in->vms[m->vm].node = m->to;
	}
	while (i-- > 0)
		in->vms[p->moves[i].vm].node = was[i];
	free(was);
}

static void
propose(const struct policy_view *view, struct policy_finding *f, struct plan_input *in,
    const struct plan *p)
{
	struct plan_score before = p->before, after;
	struct policy_proposal *one;
	struct look_sums sums;
	size_t i;

	say_reasons(in, p);
	look_sums_open(&sums, in);
	for (i = 0; i < p->nmoves; i++) {
		one = look_propose(view, f, in, p, i, &sums, NULL);
		one->benefit = benefit(p, i);
		judge_after(in, p, i + 1, &after);
		proposal_reason(one, 750,
		    xasprintf("imbalance %.1f %% to %.1f %%%s", percent(&before),
		        percent(&after), i == 0 ? "" : ", after the plans before it"));
		before = after;
	}
	look_sums_close(&sums);
}

/*
 * The moves proposed before instead of new ones, where they bring nearly as much; their
 * scores are told anew.
 */
static struct plan *
stay_with(struct plan_input *in, struct plan *fresh,
    const struct look_standing *standing, size_t n)
{
	struct plan *p = look_keep(in, standing, n, false);
	struct plan_score before = fresh->before;
	size_t i;

	p->before = before;
	p->after = before;
	for (i = 0; i < p->nmoves; i++) {
		judge_after(in, p, i + 1, &p->after);
		p->moves[i].benefit = before.score - p->after.score;
		p->moves[i].score = p->after.score;
		before = p->after;
	}
	if (p->nmoves < n || p->after.violations > fresh->after.violations + NOTHING ||
	    p->before.score - p->after.score <
	        NEARLY * (fresh->before.score - fresh->after.score)) {
		plan_free(p);
		return fresh;
	}
	plan_free(fresh);
	return p;
}

void
balance_look(const struct policy_view *view, struct policy_finding *f)
{
	int64_t bears = view->settings->imbalance;
	struct look_standing *standing = NULL;
	size_t nstanding;
	bool moving;
	struct plan_input *in = scene_plan_input(view->scene);
	char *cause = NULL, *why = NULL, *how;
	struct plan_score now;
	struct plan *p = NULL;

	f->imbalance = -1;
	look_settings(view, in);
	if (plan_input_check(in, NULL, &cause) != 0) {
		finding_status(f, xasprintf("cannot plan: %s", cause));
		goto out;
	}
	if (nodes_counted(in) < 2) {
		finding_status(f,
		    xasprintf("of %zu nodes %zu are well and have loads and sizes that "
		              "are known: 2 are needed",
		        in->nnodes, nodes_counted(in)));
		goto out;
	}
	plan_judge(in, &now);
	f->imbalance = balance_imbalance(&now);
	if (look_yields(view, f))
		goto out;
	nstanding = look_standing(view, POLICY_BALANCE, &standing, &moving);
	if (nstanding > 0 || moving) /* what was begun is brought to its end */
		bears /= 2;
	p = balance_plan(view, in, bears, true, &now, &why);
	if (p != NULL && nstanding > 0)
		p = stay_with(in, p, standing, nstanding);
	how = measured(&now);
	f->wants = p != NULL || f->imbalance > bears;
	if (p != NULL && !still_uneven(view, in, &now)) {
		f->wants = false;
		finding_status(f,
		    xasprintf("%s on average, but not any more by what was measured "
		              "last",
		        how));
	} else if (p != NULL) {
		propose(view, f, in, p);
		finding_status(f,
		    xasprintf("%s: %zu move%s would bring it to %.1f %%", how,
		        p->nmoves, p->nmoves == 1 ? "" : "s", percent(&p->after)));
	} else if (f->wants || why != NULL) {
		finding_status(f,
		    xasprintf("%s, but nothing is to be done: %s", how,
		        why != NULL ? why : "it is borne"));
	} else {
		finding_status(f,
		    xasprintf("%s: up to %d.%d %% nothing is done", how,
		        LOOK_PERCENT(bears)));
	}
	free(how);
out:
	free(cause);
	free(why);
	free(standing);
	plan_free(p);
	plan_input_free(in);
}
