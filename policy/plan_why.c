/*
 * SPDX-License-Identifier: Apache-2.0
 * The planner explains itself: why a VM moves, why it stays, why a node is not
 * possible.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "policy/plan_impl.h"

#define NOTHING 1e-9

/* Which member of the set stands in the way on that node. */
static const char *
in_the_way(const struct plan_state *st, int set, int vm, int node)
{
	const struct set_state *s = &st->sets[set];
	size_t i;

	for (i = 0; i < s->nvms; i++)
		if (s->vms[i] != vm && !rules_apart(st, (size_t)set, s->vms[i], node))
			return st->in->vms[s->vms[i]].name;
	return "another member";
}

static char *
state_words(const struct plan_input *in, int node)
{
	const struct plan_node *n = &in->nodes[node];

	if (in->clusters[n->cluster].maintenance)
		return xasprintf(
		    "cluster %s is in maintenance", in->clusters[n->cluster].name);
	if (n->why != NULL)
		return xasprintf("%s %s", n->name, n->why);
	return xasprintf("%s is %s", n->name,
	    n->state == PLAN_NODE_DRAIN             ? "being drained"
	        : n->state == PLAN_NODE_MAINTENANCE ? "in maintenance"
	                                            : plan_node_state_word(n->state));
}

char *
why_not(const struct plan_state *st, int vm, int node, bool start)
{
	const struct plan_input *in = st->in;
	const struct plan_vm *v = &in->vms[vm];
	const struct node_state *n = &st->nodes[node];
	const struct plan_cluster *c = &in->clusters[in->nodes[node].cluster];
	const struct cluster_state *cs = &st->clusters[in->nodes[node].cluster];
	int set = -1;

	switch (start ? rules_forbid_start(st, vm, node, &set)
	              : rules_forbid(st, vm, node, &set)) {
	case NO_NOTHING:
		return NULL;
	case NO_HERE:
		return xstrdup("it is there");
	case NO_STOPPED:
		return xstrdup("it does not run");
	case NO_HOLD:
		return xstrdup("it is on hold");
	case NO_SOURCE:
		return state_words(in, st->vms[vm].node);
	case NO_TARGET_STATE:
		return state_words(in, node);
	case NO_SITE:
		return v->bound == NULL
		    ? xasprintf("%s is no site of it", c->name)
		    : xasprintf("it may not go to %s: %s", c->name, v->bound);
	case NO_MEMORY:
		return xasprintf("memory: needs %jd MiB, %jd of %jd are left",
		    (intmax_t)v->memory,
		    (intmax_t)(n->memory_max > n->memory ? n->memory_max - n->memory
		                                         : 0),
		    (intmax_t)n->memory_max);
	case NO_CPU:
		return xasprintf("CPU: adds a load of %.2f to %.2f, %.2f are allowed",
		    v->load, n->load, n->load_fill);
	case NO_VCPUS:
		return xasprintf("vCPUs: adds %d to %.0f, %.0f are allowed", v->vcpus,
		    n->vcpus, n->vcpus_max);
	case NO_RESERVE:
		return xasprintf("reserve: with it %s could not lose its biggest node "
		                 "(%jd of %jd MiB used)",
		    c->name, (intmax_t)cs->memory,
		    (intmax_t)(cs->memory_max > 0 ? cs->memory_max : 0));
	case NO_SPREAD:
		return xasprintf("availability set %s: %s is on the same %s",
		    in->sets[set].name, in_the_way(st, set, vm, node),
		    plan_spread_word(in->sets[set].spread));
	}
	return xstrdup("?");
}

char *
plan_forbids(const struct plan_input *in, int vm, int node)
{
	struct plan_state *st = state_new(in);
	char *words = why_not(st, vm, node, false);

	state_free(st);
	return words;
}

/* In shares of the score that there is: what it may lower, by one move, is 100 %. */
static double
share(const struct plan_state *st, double d)
{
	const double all = score_now(st);

	return all > NOTHING ? 100 * d / all : 0;
}

static char *
possible_words(
    const struct plan_state *st, int vm, int node, const struct plan_delta *d)
{
	const struct plan_input *in = st->in;
	const int from = in->nodes[st->vms[vm].node].cluster;
	const char *far = in->nodes[node].cluster != from ? ", in another cluster" : "";
	const double less = share(st, -d->score);

	if (less < -0.05)
		return xasprintf("possible, but the set would be more uneven%s", far);
	if (less < 0.05)
		return xasprintf("possible, but evens out nothing%s", far);
	return xasprintf("takes away %.1f %% of what is uneven%s%s", less, far,
	    -d->score <= d->cost ? ", less than it is to be worth" : "");
}

static int
place_cmp(const void *a, const void *b)
{
	const struct plan_place *x = a, *y = b;
	const double gx = x->benefit - x->cost, gy = y->benefit - y->cost;

	if (x->possible != y->possible)
		return x->possible ? -1 : 1;
	if (x->possible && gx != gy)
		return gx > gy ? -1 : 1;
	return x->node - y->node;
}

static void
look_at_places(struct plan_state *st, int vm, struct plan_why *why)
{
	struct plan_place *place;
	struct plan_delta d;
	size_t i;

	why->places = xcalloc(st->in->nnodes + 1, sizeof *why->places);
	for (i = 0; i < st->in->nnodes; i++) {
		if ((int)i == st->vms[vm].node)
			continue;
		place = &why->places[why->nplaces++];
		place->node = (int)i;
		place->reason = why_not(st, vm, (int)i, false);
		place->possible = place->reason == NULL;
		if (!place->possible)
			continue;
		score_move(st, vm, (int)i, &d);
		place->benefit = d.score < 0 || d.score > 0 ? -d.score : 0;
		place->cost = d.cost;
		place->reason = possible_words(st, vm, (int)i, &d);
		if (rules_change(st, vm, (int)i) < -1e-9)
			place->benefit += 1e6; /* mends something: before all others */
	}
	qsort(why->places, why->nplaces, sizeof *why->places, place_cmp);
	for (i = 0; i < why->nplaces; i++)
		if (why->places[i].benefit > 1e5)
			why->places[i].benefit -= 1e6;
}

static char *
stay_words(const struct plan_state *st, const struct plan *p, int vm,
    const struct plan_why *why)
{
	const struct plan_input *in = st->in;
	const struct plan_vm *v = &in->vms[vm];
	const struct plan_place *best = why->places; /* the best comes first */
	const char *node;
	char *state, *words;

	if (v->node < 0)
		return xasprintf("%s stays: it does not run", v->name);
	node = in->nodes[v->node].name;
	if (v->hold)
		return xasprintf("%s stays on %s: it is on hold", v->name, node);
	if (st->nodes[v->node].frozen) {
		state = state_words(in, v->node);
		words = xasprintf(
		    "%s stays: %s, and nothing there is touched", v->name, state);
		free(state);
		return words;
	}
	if (why->nplaces == 0 || !best->possible)
		return xasprintf(
		    "%s stays on %s: no other node is possible", v->name, node);
	if (best->benefit <= NOTHING)
		return xasprintf("%s stays on %s: moving it would even out nothing, "
		                 "not even to %s, the best other node",
		    v->name, node, in->nodes[best->node].name);
	if (best->benefit <= best->cost + st->min_gain)
		return xasprintf(
		    "%s stays on %s: the best other node, %s, would take away %.1f %% "
		    "of what is uneven, and %.1f %% is the least that makes up for "
		    "moving it",
		    v->name, node, in->nodes[best->node].name, share(st, best->benefit),
		    share(st, best->cost + st->min_gain));
	return xasprintf(
	    "%s stays on %s: on %s it would take away %.1f %% of what is uneven, but "
	    "other moves come first%s",
	    v->name, node, in->nodes[best->node].name, share(st, best->benefit),
	    p->complete ? "" : ", and the plan ended at its limit or budget");
}

char *
plan_reason(const struct plan_input *in, int vm, int to)
{
	struct plan_state *st = state_new(in);
	const struct plan_step m = { .vm = vm, .from = st->vms[vm].node, .to = to };
	enum plan_kind kind;
	char *words = words_of_move(st, &m, &kind);

	state_free(st);
	return words;
}

struct plan_why *
plan_explain(const struct plan_input *in, const struct plan *p, int vm)
{
	struct plan_why *why = xcalloc(1, sizeof *why);
	struct plan_state *st = state_new(in);
	const struct plan_move *m = NULL;
	size_t i;

	for (i = 0; i < p->nmoves && m == NULL; i++)
		if (p->moves[i].vm == vm)
			m = &p->moves[i];
	for (i = 0; i < p->nmoves && m == NULL; i++)
		state_apply(st, p->moves[i].vm, p->moves[i].to);
	if (st->vms[vm].node >= 0)
		look_at_places(st, vm, why);
	if (m == NULL)
		why->words = stay_words(st, p, vm, why);
	else
		why->words = xasprintf("%s moves from %s to %s: %s", in->vms[vm].name,
		    in->nodes[m->from].name, in->nodes[m->to].name, m->reason);
	state_free(st);
	return why;
}

void
plan_why_free(struct plan_why *why)
{
	size_t i;

	if (why == NULL)
		return;
	for (i = 0; i < why->nplaces; i++)
		free(why->places[i].reason);
	free(why->places);
	free(why->words);
	free(why);
}
