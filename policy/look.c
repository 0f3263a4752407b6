/*
 * SPDX-License-Identifier: Apache-2.0
 * What looks of policies have in common: see look.h.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "policy/look.h"
#include "set/event.h"

#define EXPLAINED    24 /* proposals of a look with other nodes named */
#define ALTERNATIVES 3 /* ... so many */
#define STUCK_NODES  4 /* of those where a VM cannot go, so many are named */

bool
look_yields(const struct policy_view *view, struct policy_finding *f)
{
	if (!view->scene->failover)
		return false;
	f->yields = true;
	finding_status(f,
	    xasprintf("waits: %s, and whatever ECX or the recover policy does about "
	              "that comes first",
	        view->scene->failover_text));
	return true;
}

bool
look_stopped(const struct policy_view *view)
{
	return view->stop != NULL && view->stop(view->stop_arg);
}

void
look_settings(const struct policy_view *view, struct plan_input *in)
{
	const struct policy_settings *p = view->settings;
	struct plan_settings *s = &in->settings;

	plan_settings_default(s);
	s->weight_cpu = p->weight_cpu;
	s->weight_memory = p->weight_memory;
	s->weight_cluster_cpu = p->weight_cluster * p->weight_cpu;
	s->weight_cluster_memory = p->weight_cluster * p->weight_memory;
	s->memory_limit = 1 - (double)p->memory_reserve / 1000;
	if (s->memory_limit < 0.01)
		s->memory_limit = 0.01;
	s->cpu_limit = (double)p->high_load / 1000;
	s->cpu_target = (double)p->target_load / 1000;
	s->reserve = p->failover_reserve;
	s->swaps = p->swaps;
	s->max_moves = LOOK_MOVES;
	s->stop = view->stop;
	s->stop_arg = view->stop_arg;
}

void
look_hold_all(struct plan_input *in)
{
	size_t i;

	for (i = 0; i < in->nvms; i++)
		in->vms[i].hold = true;
}

void
look_sets_hard(struct plan_input *in)
{
	size_t i;

	for (i = 0; i < in->nsets; i++)
		in->sets[i].hard = true;
}

bool
look_unmeasured(const struct scene *s)
{
	struct table_view *alarms = s->generation->tables[TABLE_ALARM];
	const struct alarm_row *a = table_view_next(alarms, NULL, 0, true);
	const struct node_row *r;
	size_t i;

	for (; a != NULL; a = table_view_next(alarms, a->head.key, a->head.klen, false))
		if (a->type == ALARM_LOAD_UNKNOWN) /* somebody should tell them */
			return false;

	for (i = 0; i < s->nnodes; i++) {
		const uint32_t key[2] = { s->clusters[s->nodes[i].cluster].index,
			s->nodes[i].index };

		if (s->nodes[i].cpus >= 0 || s->nodes[i].memory >= 0 ||
		    s->nodes[i].load >= 0 || s->nodes[i].memory_used >= 0)
			return false;
		r = table_view_get(s->generation->tables[TABLE_NODE], key, 2);
		if (r != NULL && r->load_source > LOAD_NONE) /* silent, but there */
			return false;
	}
	return true;
}

void
look_by_count(const struct scene *s, struct plan_input *in)
{
	size_t i;

	for (i = 0; i < in->nnodes; i++) {
		in->nodes[i].cpus = 1e6;
		in->nodes[i].memory = (int64_t)1 << 30;
		in->nodes[i].base_load = 0;
		in->nodes[i].base_memory = 0;
		if (in->nodes[i].state == PLAN_NODE_UNKNOWN && s->nodes[i].takes &&
		    scene_node_settled(s, i, SCENE_FLAP))
			in->nodes[i].state = PLAN_NODE_ONLINE;
	}
	for (i = 0; i < in->nvms; i++) {
		in->vms[i].load = 1;
		in->vms[i].memory = 1;
		in->vms[i].vcpus = 0;
		in->vms[i].hold = !s->vms[i].free || !s->vms[i].runs;
	}
	in->settings.reserve = false;
}

/* --- availability sets ----------------------------------------------------- */

struct member {
	int set, place, vm;
};

static int
member_cmp(const void *a, const void *b)
{
	const struct member *x = a, *y = b;

	if (x->set != y->set)
		return x->set < y->set ? -1 : 1;
	return x->place < y->place ? -1 : x->place > y->place;
}

static int
place_of(const struct plan_input *in, int set, int node)
{
	switch (in->sets[set].spread) {
	case PLAN_SPREAD_NODE:
		return node;
	case PLAN_SPREAD_CLUSTER:
		return in->nodes[node].cluster;
	default:
		return in->nodes[node].domain;
	}
}

bool *
look_clashes(const struct plan_input *in)
{
	struct member *m = xcalloc(in->nvms + 1, sizeof *m);
	bool *clash = xcalloc(in->nvms + 1, sizeof *clash);
	size_t i, n = 0;
	int place;

	for (i = 0; i < in->nvms; i++) { /* each has one set at most */
		if (in->vms[i].node < 0 || in->vms[i].nsets == 0)
			continue;
		place = place_of(in, in->vms[i].sets[0], in->vms[i].node);
		if (place >= 0)
			m[n++] = (struct member) { in->vms[i].sets[0], place, (int)i };
	}
	qsort(m, n, sizeof *m, member_cmp);
	for (i = 1; i < n; i++)
		if (member_cmp(&m[i - 1], &m[i]) == 0)
			clash[m[i - 1].vm] = clash[m[i].vm] = true;
	free(m);
	return clash;
}

/* --- figures --------------------------------------------------------------- */

void
look_sums_open(struct look_sums *s, const struct plan_input *in)
{
	size_t i;

	s->load = xcalloc(in->nnodes + 1, sizeof *s->load);
	s->memory = xcalloc(in->nnodes + 1, sizeof *s->memory);
	for (i = 0; i < in->nnodes; i++) {
		s->load[i] = in->nodes[i].base_load;
		s->memory[i] = (double)in->nodes[i].base_memory;
	}
	for (i = 0; i < in->nvms; i++) {
		if (in->vms[i].node < 0)
			continue;
		s->load[in->vms[i].node] += in->vms[i].load;
		s->memory[in->vms[i].node] += (double)in->vms[i].memory;
	}
}

void
look_sums_move(
    struct look_sums *s, const struct plan_input *in, const struct plan_move *m)
{
	const struct plan_vm *v = &in->vms[m->vm];

	s->load[m->from] -= v->load;
	s->load[m->to] += v->load;
	s->memory[m->from] -= (double)v->memory;
	s->memory[m->to] += (double)v->memory;
}

void
look_sums_close(struct look_sums *s)
{
	free(s->load);
	free(s->memory);
}

static double
percent(double used, double of)
{
	return of > 0 ? 100 * used / of : 0;
}

static char *
figures(
    const struct look_sums *s, const struct plan_input *in, const struct plan_move *m)
{
	const struct plan_node *a = &in->nodes[m->from], *b = &in->nodes[m->to];
	const struct plan_vm *v = &in->vms[m->vm];
	const double load = v->load, memory = (double)v->memory;

	return xasprintf("CPU of %s/%s %.0f %% to %.0f %%, of %s/%s %.0f %% to "
	                 "%.0f %%; memory %.0f %% to %.0f %%, %.0f %% to %.0f %%%s",
	    in->clusters[a->cluster].name, a->name, percent(s->load[m->from], a->cpus),
	    percent(s->load[m->from] - load, a->cpus), in->clusters[b->cluster].name,
	    b->name, percent(s->load[m->to], b->cpus),
	    percent(s->load[m->to] + load, b->cpus),
	    percent(s->memory[m->from], (double)a->memory),
	    percent(s->memory[m->from] - memory, (double)a->memory),
	    percent(s->memory[m->to], (double)b->memory),
	    percent(s->memory[m->to] + memory, (double)b->memory),
	    v->estimated ? " (its load is estimated)" : "");
}

/* The next best nodes, and what keeps it from the first that is not possible. */
static void
alternatives(struct policy_proposal *p, const struct plan_input *in,
    const struct plan *plan, const struct plan_move *m)
{
	struct plan_why *why = plan_explain(in, plan, m->vm);
	const struct plan_place *place;
	const struct plan_node *n;
	size_t i, named = 0;

	for (i = 0; i < why->nplaces && named < ALTERNATIVES; i++) {
		place = &why->places[i];
		n = &in->nodes[place->node];
		if (place->node == m->to)
			continue;
		named++;
		proposal_reason(p, place->possible ? -20 : -10,
		    xasprintf("%s %s/%s: %s", place->possible ? "rather than" : "not",
		        in->clusters[n->cluster].name, n->name, place->reason));
		if (!place->possible)
			break;
	}
	plan_why_free(why);
}

struct policy_proposal *
look_propose(const struct policy_view *view, struct policy_finding *f,
    const struct plan_input *from, const struct plan *plan, size_t move,
    struct look_sums *sums, char *why)
{
	const struct plan_move *m = &plan->moves[move];
	const struct scene *s = view->scene;
	const struct scene_vm *v = &s->vms[m->vm];
	const struct scene_node *to = &s->nodes[m->to];
	const bool across = s->nodes[m->from].cluster != to->cluster;
	struct policy_proposal *p =
	    finding_propose(f, v->index, s->clusters[to->cluster].index, to->index);

	/* inside a cluster it stops, too, but nothing was ever measured of that */
	if (across && v->downtime >= 0)
		p->cost = (double)v->downtime / 1000;
	proposal_reason(p, 1000, why != NULL ? why : xstrdup(m->reason));
	proposal_reason(p, 500, figures(sums, from, m));
	if (across && v->downtime >= 0)
		proposal_reason(p, -100,
		    xasprintf(
		        "it stops for about %.0f s, as its last moves did", p->cost));
	else if (across)
		proposal_reason(p, -100,
		    xstrdup("it stops, for how long no move of it has shown yet"));
	if (f->nproposals <= EXPLAINED)
		alternatives(p, from, plan, m);
	look_sums_move(sums, from, m);
	return p;
}

char *
look_stuck(const struct plan_input *in, const struct plan *plan, int vm)
{
	struct plan_why *why = plan_explain(in, plan, vm);
	const struct plan_place *place;
	const struct plan_node *n;
	size_t i, named = 0, left = 0, size;
	char *text = NULL;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		abort();
	for (i = 0; i < why->nplaces; i++) {
		place = &why->places[i];
		n = &in->nodes[place->node];
		if (place->possible) /* but not brought about */
			continue;
		if (named == STUCK_NODES) {
			left++;
			continue;
		}
		fprintf(out, "%s%s/%s: %s", named++ > 0 ? "; " : "",
		    in->clusters[n->cluster].name, n->name, place->reason);
	}
	if (left > 0)
		fprintf(out, "; and %zu more", left);
	if (named == 0)
		fputs(why->words, out);
	fclose(out);
	plan_why_free(why);
	return text;
}

void
look_apply(struct plan_input *in, const struct plan *plan, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		in->vms[plan->moves[i].vm].node = plan->moves[i].to;
}

void
look_cut(struct plan *p, size_t n)
{
	while (p->nmoves > n)
		free(p->moves[--p->nmoves].reason);
}

void
look_once(const struct plan_input *in, struct plan *p)
{
	bool *moved = xcalloc(in->nvms + 1, sizeof *moved);
	size_t i, stage = 0;

	for (i = 0; i < p->nmoves; i++) {
		if (i > 0 && p->moves[i].stage != p->moves[i - 1].stage)
			stage = i;
		if (moved[p->moves[i].vm]) {
			look_cut(p, stage);
			break;
		}
		moved[p->moves[i].vm] = true;
	}
	free(moved);
}
