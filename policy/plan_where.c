/*
 * SPDX-License-Identifier: Apache-2.0
 * The planner's answer to "where should a new VM go": every node, the best first.
 *
 * The VM is put beside those of the input as one that runs nowhere; then the same rules
 * and the same score as for a move say what each node would mean to it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "policy/plan_impl.h"

#define BEST  1000
#define EQUAL 1e-6 /* shares of a node: less is no difference between two places */

struct plan_want
plan_want_of(const struct plan_input *in, int vm)
{
	const struct plan_vm *v = &in->vms[vm];

	return (struct plan_want) { .vcpus = v->vcpus,
		.load = v->load,
		.memory = v->memory,
		.set = v->nsets > 0 ? v->sets[0] : -1,
		.sites = v->sites,
		.nsites = v->nsites,
		.home = v->home };
}

/* What the node would look like, and what speaks against it although it is possible. */
static char *
spot_words(const struct plan_state *st, int vm, int node)
{
	const struct plan_node *n = &st->in->nodes[node];
	const struct plan_vm *v = &st->in->vms[vm];
	const struct node_state *s = &st->nodes[node];
	const struct cluster_state *c = &st->clusters[n->cluster];
	const double cpus = 100 / n->cpus;
	const double memory = 100 / (double)(n->memory - n->reserved);
	char *text = NULL;
	size_t i, len;
	FILE *f = open_memstream(&text, &len);

	fprintf(f, "CPU %.1f %% to %.1f %%, memory %.1f %% to %.1f %%", s->load * cpus,
	    (s->load + v->load) * cpus, (double)s->memory * memory,
	    (double)(s->memory + v->memory) * memory);
	if (st->over_clusters)
		fprintf(f, "; all of %s: CPU %.1f %%, memory %.1f %%",
		    st->in->clusters[n->cluster].name, c->x[0] * 100, c->x[1] * 100);
	for (i = 0; i < v->nsets; i++)
		if (rules_together(st, v->sets[i], vm, node) > 0)
			fprintf(f, "; another of availability set %s is on the same %s",
			    st->in->sets[v->sets[i]].name,
			    plan_spread_word(st->in->sets[v->sets[i]].spread));
	if (v->home >= 0 && n->cluster != v->home)
		fprintf(f, "; not its home, %s", st->in->clusters[v->home].name);
	fclose(f);
	return text;
}

static int
spot_cmp(const void *a, const void *b)
{
	const struct plan_spot *x = a, *y = b;

	if (x->possible != y->possible)
		return x->possible ? -1 : 1;
	if (x->possible && x->score != y->score)
		return x->score > y->score ? -1 : 1;
	if (x->possible && x->change != y->change)
		return x->change < y->change ? -1 : 1;
	return x->node - y->node;
}

/* What keeps the VM out of most nodes, as the first of them has it in words. */
static const struct plan_spot *
commonest(const struct plan_state *st, int vm, const struct plan_where *w)
{
	const struct plan_spot *first[NO_SPREAD + 1] = { NULL }, *best = NULL;
	size_t count[NO_SPREAD + 1] = { 0 }, most = 0, i;
	enum plan_no no;

	for (i = 0; i < w->nspots; i++) {
		no = rules_forbid_start(st, vm, w->spots[i].node, NULL);
		if (count[no]++ == 0)
			first[no] = &w->spots[i];
		if (count[no] > most) {
			most = count[no];
			best = first[no];
		}
	}
	return best;
}

static char *
where_words(const struct plan_state *st, int vm, const struct plan_where *w)
{
	const struct plan_input *in = st->in;
	const struct plan_spot *s = w->spots;

	if (w->nspots == 0)
		return xstrdup("there is no node");
	if (w->npossible == 0) {
		s = commonest(st, vm, w);
		return xasprintf(
		    "no node is possible; %s: %s", in->nodes[s->node].name, s->reason);
	}
	if (w->npossible == 1)
		return xasprintf("%s (%s) is the only possible node",
		    in->nodes[s->node].name, s->reason);
	return xasprintf("%s (%s), then %s", in->nodes[s->node].name, s->reason,
	    in->nodes[s[1].node].name);
}

/* The scores of all spots, from what they would make of the set's. */
static void
rate(const struct plan_state *st, int vm, struct plan_where *w)
{
	double least = 0, most = 0, d, range;
	bool any = false;
	size_t i;

	for (i = 0; i < st->ntargets; i++) {
		d = score_start(st, vm, st->targets[i]);
		if (!any || d < least)
			least = d;
		if (!any || d > most)
			most = d;
		any = true;
	}
	range = most - least;
	for (i = 0; i < w->nspots; i++) {
		struct plan_spot *s = &w->spots[i];

		if (!s->possible)
			continue;
		s->change = score_start(st, vm, s->node);
		s->score = BEST;
		if (range > EQUAL * st->unit)
			s->score -=
			    (int)((s->change - least) / range * (BEST - 1) + 0.5);
	}
}

struct plan_where *
plan_where(const struct plan_input *in, const struct plan_want *want)
{
	struct plan_where *w = xcalloc(1, sizeof *w);
	struct plan_input all = *in;
	struct plan_vm *v;
	struct plan_state *st;
	char name[] = "the new VM";
	int set = want->set;
	size_t i;

	all.vms = xcalloc(in->nvms + 1, sizeof *all.vms);
	if (in->nvms > 0)
		memcpy(all.vms, in->vms, in->nvms * sizeof *all.vms);
	all.nvms++;
	v = &all.vms[in->nvms];
	*v = (struct plan_vm) { .name = name,
		.node = -1,
		.load = want->load < 0 ? want->vcpus * PLAN_LOAD_PER_VCPU : want->load,
		.vcpus = want->vcpus,
		.memory = want->memory,
		.sites = (int *)want->sites,
		.nsites = want->nsites,
		.home = want->home,
		.downtime = -1,
		.sets = &set,
		.nsets = set >= 0 };
	st = state_new(&all);
	w->spots = xcalloc(in->nnodes + 1, sizeof *w->spots);
	w->nspots = in->nnodes;
	for (i = 0; i < in->nnodes; i++) {
		struct plan_spot *s = &w->spots[i];

		s->node = (int)i;
		s->reason = why_not(st, (int)in->nvms, s->node, true);
		s->possible = s->reason == NULL;
		w->npossible += s->possible;
		if (s->possible)
			s->reason = spot_words(st, (int)in->nvms, s->node);
	}
	rate(st, (int)in->nvms, w);
	if (w->nspots > 0)
		qsort(w->spots, w->nspots, sizeof *w->spots, spot_cmp);
	w->words = where_words(st, (int)in->nvms, w);
	state_free(st);
	free(all.vms);
	return w;
}

void
plan_where_free(struct plan_where *w)
{
	size_t i;

	if (w == NULL)
		return;
	for (i = 0; i < w->nspots; i++)
		free(w->spots[i].reason);
	free(w->spots);
	free(w->words);
	free(w);
}
