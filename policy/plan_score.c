/*
 * SPDX-License-Identifier: Apache-2.0
 * The planner's score: what it is now, and what a move or a swap would make of it.
 */
#include <math.h>
#include <string.h>

#include "policy/plan_impl.h"

static inline double
deviation(double sum1, double sum2, double per)
{
	const double mean = sum1 * per, variance = sum2 * per - mean * mean;

	return variance > 0 ? sqrt(variance) : 0;
}

/* The weighted deviations if amounts q went from a to b; n is a constant to the
 * compiler.
 */
static inline double
deviations_with(const double *sum1, const double *sum2, const double *weight,
    double per, const double *xa, const double *ia, const double *xb, const double *ib,
    const double *q, size_t n)
{
	double all = 0, da, db, s1, s2, mean, variance;
	size_t k;

	for (k = 0; k < n; k++) {
		da = q[k] * ia[k];
		db = q[k] * ib[k];
		s1 = sum1[k] - da + db;
		s2 = sum2[k] + da * (da - 2 * xa[k]) + db * (db + 2 * xb[k]);
		mean = s1 * per;
		variance = s2 * per - mean * mean;
		all += weight[k] * sqrt(variance > 0 ? variance : 0);
	}
	return all;
}

/* How the deviations change if amounts q go from node a to node b. */
static double
change(const struct plan_state *st, int a, int b, const double *q)
{
	const struct node_state *na = &st->nodes[a], *nb = &st->nodes[b];
	const int ca = st->in->nodes[a].cluster, cb = st->in->nodes[b].cluster;
	const double per = st->ntargets > 0 ? 1.0 / (double)st->ntargets : 0;
	const struct cluster_state *sa, *sb;
	static const double none[METRICS];
	double d;

	if (st->nmetrics == 2)
		d = deviations_with(st->sum1, st->sum2, st->weight, per, na->x,
		    na->inverse, nb->x, nb->inverse, q, 2);
	else
		d = deviations_with(st->sum1, st->sum2, st->weight, per, na->x,
		    na->inverse, nb->x, nb->inverse, q, METRICS);
	d -= st->deviations;
	if (!st->over_clusters || (ca == cb && na->counts && nb->counts))
		return d;
	sa = &st->clusters[ca];
	sb = &st->clusters[cb];
	return d +
	    deviations_with(st->csum1, st->csum2, st->cluster_weight,
	        1.0 / (double)st->cluster_count, sa->x, na->counts ? sa->inverse : none,
	        sb->x, sb->inverse, q, 2) -
	    st->cluster_deviations;
}

static void
deviations_now(struct plan_state *st)
{
	const double per = st->ntargets > 0 ? 1.0 / (double)st->ntargets : 0;
	size_t k;

	st->deviations = st->cluster_deviations = 0;
	for (k = 0; k < st->nmetrics; k++)
		st->deviations +=
		    st->weight[k] * deviation(st->sum1[k], st->sum2[k], per);
	if (st->over_clusters)
		for (k = 0; k < st->nmetrics; k++)
			st->cluster_deviations += st->cluster_weight[k] *
			    deviation(st->csum1[k], st->csum2[k],
			        1.0 / (double)st->cluster_count);
}

static void
add(double *sum1, double *sum2, const double *x, double sign, size_t n)
{
	size_t k;

	for (k = 0; k < n; k++) {
		sum1[k] += sign * x[k];
		sum2[k] += sign * x[k] * x[k];
	}
}

static void
add_nodes(struct plan_state *st, int a, int b, double sign)
{
	const int ca = st->in->nodes[a].cluster, cb = st->in->nodes[b].cluster;

	add(st->sum1, st->sum2, st->nodes[a].x, sign, st->nmetrics);
	add(st->sum1, st->sum2, st->nodes[b].x, sign, st->nmetrics);
	if (!st->over_clusters)
		return;
	add(st->csum1, st->csum2, st->clusters[ca].x, sign, st->nmetrics);
	if (ca != cb)
		add(st->csum1, st->csum2, st->clusters[cb].x, sign, st->nmetrics);
}

void
score_without(struct plan_state *st, int a, int b)
{
	add_nodes(st, a, b, -1);
}

void
score_with(struct plan_state *st, int a, int b)
{
	add_nodes(st, a, b, 1);
	deviations_now(st);
}

void
score_refresh(struct plan_state *st)
{
	size_t i;

	memset(st->sum1, 0, sizeof st->sum1);
	memset(st->sum2, 0, sizeof st->sum2);
	memset(st->csum1, 0, sizeof st->csum1);
	memset(st->csum2, 0, sizeof st->csum2);
	for (i = 0; i < st->ntargets; i++)
		add(st->sum1, st->sum2, st->nodes[st->targets[i]].x, 1, st->nmetrics);
	for (i = 0; st->over_clusters && i < st->in->nclusters; i++)
		if (st->clusters[i].nnodes > 0)
			add(st->csum1, st->csum2, st->clusters[i].x, 1, st->nmetrics);
	deviations_now(st);
	st->applied = 0;
}

/* --- what is not a deviation: clashes, home, cost ------------------------ */

/* We count pairs; hbal counts how many are more than one in a place. */
static double
clashes(const struct plan_state *st, int set, int vm, int node)
{
	const int n = rules_together(st, set, vm, node);

	return st->s->measure == PLAN_MEASURE_HBAL ? n > 0 : (double)n;
}

static double
soft_change(const struct plan_state *st, int vm, int node)
{
	const struct plan_vm *v = &st->in->vms[vm];
	const int here = st->vms[vm].node;
	const int ca = st->in->nodes[here].cluster, cb = st->in->nodes[node].cluster;
	double d = 0;
	size_t i;

	for (i = 0; i < v->nsets; i++)
		if (st->sets[v->sets[i]].weight > 0)
			d += st->sets[v->sets[i]].weight *
			    (clashes(st, v->sets[i], vm, node) -
			        clashes(st, v->sets[i], vm, here));
	if (v->home >= 0 && ca != cb)
		d +=
		    st->s->weight_home * st->unit * ((cb != v->home) - (ca != v->home));
	return d;
}

static double
cost_at(const struct plan_state *st, int vm, int node)
{
	const struct vm_state *v = &st->vms[vm];

	if (node == v->start)
		return 0;
	return st->in->nodes[node].cluster == st->in->nodes[v->start].cluster
	    ? v->cost_inside
	    : v->cost_across;
}

double
score_cost(const struct plan_state *st, int vm)
{
	return cost_at(st, vm, st->vms[vm].node);
}

void
score_move(struct plan_state *st, int vm, int node, struct plan_delta *d)
{
	const int from = st->vms[vm].node;

	st->work++;
	d->score = change(st, from, node, st->vms[vm].q) + soft_change(st, vm, node);
	d->cost = cost_at(st, vm, node) - cost_at(st, vm, from);
}

double
score_start(const struct plan_state *st, int vm, int node)
{
	static const double none[METRICS];
	const struct plan_vm *v = &st->in->vms[vm];
	const struct node_state *n = &st->nodes[node];
	const int cluster = st->in->nodes[node].cluster;
	const struct cluster_state *c = &st->clusters[cluster];
	double d =
	    deviations_with(st->sum1, st->sum2, st->weight, 1.0 / (double)st->ntargets,
	        none, none, n->x, n->inverse, st->vms[vm].q, st->nmetrics) -
	    st->deviations;
	size_t i;

	if (st->over_clusters)
		d += deviations_with(st->csum1, st->csum2, st->cluster_weight,
		         1.0 / (double)st->cluster_count, none, none, c->x, c->inverse,
		         st->vms[vm].q, 2) -
		    st->cluster_deviations;
	for (i = 0; i < v->nsets; i++)
		if (st->sets[v->sets[i]].weight > 0)
			d += st->sets[v->sets[i]].weight *
			    clashes(st, v->sets[i], vm, node);
	if (v->home >= 0 && cluster != v->home)
		d += st->s->weight_home * st->unit;
	return d;
}

void
score_swap(struct plan_state *st, int a, int b, struct plan_delta *d)
{
	const int na = st->vms[a].node, nb = st->vms[b].node;
	double q[METRICS];
	size_t k;

	st->work++;
	for (k = 0; k < METRICS; k++)
		q[k] = st->vms[a].q[k] - st->vms[b].q[k];
	d->score =
	    change(st, na, nb, q) + soft_change(st, a, nb) + soft_change(st, b, na);
	d->cost = cost_at(st, a, nb) - cost_at(st, a, na) + cost_at(st, b, na) -
	    cost_at(st, b, nb);
}

void
score_two(struct plan_state *st, int a, int b, int c, struct plan_delta *d)
{
	const int na = st->vms[a].node, nb = st->vms[b].node;
	double q[METRICS];
	size_t k;

	st->work++;
	for (k = 0; k < METRICS; k++)
		q[k] = st->vms[a].q[k] - st->vms[b].q[k] - st->vms[c].q[k];
	d->score = change(st, na, nb, q) + soft_change(st, a, nb) +
	    soft_change(st, b, na) + soft_change(st, c, na);
	d->cost = cost_at(st, a, nb) - cost_at(st, a, na) + cost_at(st, b, na) -
	    cost_at(st, b, nb) + cost_at(st, c, na) - cost_at(st, c, nb);
}

double
score_now(const struct plan_state *st)
{
	double all = st->deviations + st->cluster_deviations;
	const struct set_state *s;
	const struct plan_vm *v;
	size_t i, k;
	double n;

	for (i = 0; i < st->in->nsets; i++) {
		s = &st->sets[i];
		/* every pair is met twice; "more than one" is one less than all who
		 * clash */
		for (k = 0, n = 0; s->weight > 0 && k < s->nvms; k++) {
			const double with = rules_together(
			    st, (int)i, s->vms[k], st->vms[s->vms[k]].node);

			n += st->s->measure == PLAN_MEASURE_HBAL ? with / (with + 1)
			                                         : with / 2;
		}
		all += s->weight * n;
	}
	for (i = 0; i < st->in->nvms; i++) {
		v = &st->in->vms[i];
		if (v->node >= 0 && v->home >= 0 &&
		    st->in->nodes[st->vms[i].node].cluster != v->home)
			all += st->s->weight_home * st->unit;
	}
	return all;
}

/* 0 to 1: coefficient of variation over its upper bound */
static double
imbalance(const struct plan_state *st, size_t k)
{
	const double n = (double)st->ntargets;

	if (st->ntargets < 2 || st->sum1[k] <= 0)
		return 0;
	return deviation(st->sum1[k], st->sum2[k], 1 / n) / (st->sum1[k] / n) /
	    sqrt(n - 1);
}

void
score_words(const struct plan_state *st, struct plan_score *out)
{
	const bool hbal = st->s->measure == PLAN_MEASURE_HBAL;

	out->violations = rules_violations(st, PLAN_AIMS_ALL);
	out->score = score_now(st);
	out->cpu = imbalance(st, hbal ? 2 : 0);
	out->memory = imbalance(st, hbal ? 0 : 1);
}
