/*
 * SPDX-License-Identifier: Apache-2.0
 * The planner: searches, orders what was found, and says why in words.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "policy/plan_impl.h"

#define ROUNDS      8 /* of searching again after an order that could not do all */
#define NOTHING     1e-9
#define FEW_TRIES   5000 /* VMs by nodes: up to here several searches take no time */
#define MANY_STARTS 8

/* What the plan is to lower: violations first, then score and costs together. */
struct objective {
	double violations, score;
};

static bool
is_lower(const struct objective *a, const struct objective *b)
{
	if (a->violations < b->violations - NOTHING)
		return true;
	return a->violations < b->violations + NOTHING && a->score < b->score - 1e-13;
}

/* Makes the move and follows the objective. Returns how the score changed. */
static double
follow(struct plan_state *st, const struct plan_step *step, struct objective *o,
    double *cost)
{
	struct plan_delta d;

	o->violations += rules_change(st, step->vm, step->to);
	score_move(st, step->vm, step->to, &d);
	o->score += d.score + d.cost;
	*cost = d.cost;
	state_apply(st, step->vm, step->to);
	return d.score;
}

/* How many of the steps, done from where st stands, end in the lowest objective? */
static size_t
best_prefix(struct plan_state *st, const struct plan_steps *steps)
{
	struct objective now = { 0, 0 }, best = { 0, 0 };
	size_t i, n = 0;
	double cost;

	for (i = 0; i < steps->n; i++) {
		follow(st, &steps->steps[i], &now, &cost);
		if (is_lower(&now, &best)) {
			best = now;
			n = i + 1;
		}
	}
	return n;
}

static struct objective
objective_now(const struct plan_state *st)
{
	struct objective o = { rules_violations(st, st->s->aims), score_now(st) };
	size_t i;

	for (i = 0; i < st->in->nvms; i++)
		if (st->vms[i].node >= 0)
			o.score += score_cost(st, (int)i);
	return o;
}

/* How often to search a set of this size, each time in another order. */
static unsigned
starts(const struct plan_state *st)
{
	const double tries = (double)st->in->nvms * (double)st->ntargets;

	return tries <= FEW_TRIES ? MANY_STARTS : 1;
}

/* The best of some searches; st ends there. True: it left nothing that gains. */
static bool
search_best(struct plan_state *st, struct plan_steps *found)
{
	int *start = state_placement(st), *best_place = NULL;
	struct objective best = { 0, 0 }, o;
	const unsigned n = starts(st);
	struct plan_steps steps;
	bool finished = false, f;
	unsigned i;

	for (i = 0; i < n && !st->stopped; i++) {
		steps = (struct plan_steps) { 0 };
		state_restore(st, start);
		f = search_run(st, i, &steps);
		o = objective_now(st);
		if (i > 0 && !is_lower(&o, &best)) {
			free(steps.steps);
			continue;
		}
		best = o;
		finished = f;
		free(best_place);
		best_place = state_placement(st);
		free(found->steps);
		*found = steps;
	}
	if (best_place != NULL)
		state_restore(st, best_place);
	free(best_place);
	free(start);
	if (st->s->kicks > 0 && (st->stopped || !search_kick(st, found)))
		finished = false;
	return finished;
}

/*
 * One search and the order of what it found, appended to all. False: nothing was found,
 * or nothing more can come; *complete says whether because nothing is left.
 */
static bool
round_run(struct plan_state *st, struct plan_steps *all, bool *complete)
{
	struct plan_steps found = { 0 }, direct = { 0 };
	const struct plan_steps *use = &direct;
	int *start = state_placement(st), *wanted;
	bool finished, whole;
	size_t i, n;

	finished = search_best(st, &found);
	wanted = state_placement(st);
	state_restore(st, start);
	whole = order_run(st, wanted, &found, &direct);
	state_restore(st, start);
	n = best_prefix(st, &direct);
	whole = whole && n == direct.n;
	if (n == 0 && !whole) { /* a knot: go the way the search went */
		use = &found;
		state_restore(st, start);
		n = best_prefix(st, &found);
		whole = n == found.n;
	}
	state_restore(st, start);
	for (i = 0; i < n; i++) {
		steps_add(all, use->steps[i].vm, use->steps[i].from, use->steps[i].to);
		state_apply(st, use->steps[i].vm, use->steps[i].to);
	}
	free(found.steps);
	free(direct.steps);
	free(start);
	free(wanted);
	*complete = finished && whole;
	return n > 0 && !whole && !st->stopped;
}

/* --- the plan ------------------------------------------------------------ */

/* The steps from the start in their waves, with stages, figures and reasons. */
static void
write_moves(struct plan_state *st, const struct plan_steps *steps, const size_t *waves,
    struct plan *p)
{
	struct objective now = { 0, 0 }, best = now, last = now;
	int *start = state_placement(st);
	struct plan_move *m;
	double score = p->before.score, cost;
	size_t i, stage = 0;

	for (i = 0; i < steps->n; i++)
		follow(st, &steps->steps[i], &last, &cost);
	state_restore(st, start);
	free(start);
	p->moves = xcalloc(steps->n + 1, sizeof *p->moves);
	for (i = 0; i < steps->n; i++) {
		m = &p->moves[p->nmoves++];
		m->vm = steps->steps[i].vm;
		m->from = steps->steps[i].from;
		m->to = steps->steps[i].to;
		m->stage = stage;
		m->wave = waves[i];
		m->reason = words_of_move(st, &steps->steps[i], &m->kind);
		m->benefit = -follow(st, &steps->steps[i], &now, &m->cost);
		score -= m->benefit;
		m->score = score;
		p->memory += st->in->vms[m->vm].memory;
		/* what comes after a stage must be able to end lower still */
		if (is_lower(&now, &best) && is_lower(&last, &now)) {
			best = now;
			stage++;
		}
	}
	p->nvms = st->nmoved;
}

struct plan *
plan_make(const struct plan_input *in)
{
	struct plan *p = xcalloc(1, sizeof *p);
	struct plan_state *st = state_new(in);
	struct plan_steps all = { 0 }, ordered = { 0 };
	int *start = state_placement(st);
	size_t *waves;
	int i;

	score_words(st, &p->before);
	for (i = 0; i < ROUNDS && round_run(st, &all, &p->complete); i++)
		;
	p->work = st->work;
	state_restore(st, start);
	waves = xcalloc(all.n + 1, sizeof *waves);
	p->nwaves = wave_run(st, &all, &ordered, waves);
	state_restore(st, start);
	write_moves(st, &ordered, waves, p);
	score_refresh(st);
	score_words(st, &p->after);
	free(waves);
	free(start);
	free(all.steps);
	free(ordered.steps);
	state_free(st);
	return p;
}

void
plan_free(struct plan *p)
{
	size_t i;

	if (p == NULL)
		return;
	for (i = 0; i < p->nmoves; i++)
		free(p->moves[i].reason);
	free(p->moves);
	free(p);
}

void
plan_judge(const struct plan_input *in, struct plan_score *score)
{
	struct plan_state *st = state_new(in);

	score_words(st, score);
	state_free(st);
}
