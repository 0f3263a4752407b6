/*
 * SPDX-License-Identifier: Apache-2.0
 * clusterset-plan's output: a screen and a JSON document of the same facts; see tool.h.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/mem.h"
#include "policy/tool.h"

#define GIB 1024.0 /* MiB */

static void
dump(FILE *out, json_t *document)
{
	json_dumpf(document, out, JSON_INDENT(2) | JSON_REAL_PRECISION(10));
	fputc('\n', out);
	json_decref(document);
}

static int
longest(int most, const char *s)
{
	const int n = (int)strlen(s);

	return n > most ? n : most;
}

/* --- a plan ---------------------------------------------------------------- */

void
report_plan(FILE *out, const struct plan_input *in, const struct plan *p)
{
	const struct plan_move *m;
	int vm = 2, from = 4, to = 2;
	size_t i;

	for (i = 0; i < p->nmoves; i++) {
		m = &p->moves[i];
		vm = longest(vm, in->vms[m->vm].name);
		from = longest(from, in->nodes[m->from].name);
		to = longest(to, in->nodes[m->to].name);
	}
	if (p->nmoves > 0)
		fprintf(out, "%5s %4s %-*s  %-*s  %-*s  %9s %9s  %s\n", "stage", "wave",
		    vm, "VM", from, "from", to, "to", "benefit", "cost", "why");
	for (i = 0; i < p->nmoves; i++) {
		m = &p->moves[i];
		fprintf(out, "%5zu %4zu %-*s  %-*s  %-*s  %9.6f %9.6f  %s\n",
		    m->stage + 1, m->wave + 1, vm, in->vms[m->vm].name, from,
		    in->nodes[m->from].name, to, in->nodes[m->to].name, m->benefit,
		    m->cost, m->reason);
	}
	if (p->nmoves > 0)
		fputc('\n', out);
	fprintf(out, "%-12s %12s %12s\n", "", "before", "after");
	fprintf(out, "%-12s %12.8f %12.8f\n", "score", p->before.score, p->after.score);
	fprintf(out, "%-12s %10.1f %% %10.1f %%\n", "CPU", p->before.cpu * 100,
	    p->after.cpu * 100);
	fprintf(out, "%-12s %10.1f %% %10.1f %%\n", "memory", p->before.memory * 100,
	    p->after.memory * 100);
	if (p->before.violations > 0 || p->after.violations > 0)
		fprintf(out, "%-12s %12.3f %12.3f\n", "violations",
		    p->before.violations, p->after.violations);
	fprintf(out, "\n%zu of %zu VMs move (%.0f GiB)", p->nvms, in->nvms,
	    (double)p->memory / GIB);
	if (p->nmoves > 0)
		fprintf(out, " in %zu wave%s", p->nwaves, p->nwaves == 1 ? "" : "s");
	fprintf(out, "%s\n",
	    p->complete ? "; nothing more is worth its cost"
	                : "; a limit or the budget ended it");
}

static json_t *
score_json(const struct plan_score *s)
{
	return json_pack("{s:f, s:f, s:f, s:f}", "score", s->score, "violations",
	    s->violations, "cpuImbalance", s->cpu, "memoryImbalance", s->memory);
}

void
report_plan_json(
    FILE *out, const struct plan_input *in, const struct plan *p, double seconds)
{
	json_t *moves = json_array();
	const struct plan_move *m;
	size_t i;

	for (i = 0; i < p->nmoves; i++) {
		m = &p->moves[i];
		json_array_append_new(moves,
		    json_pack(
		        "{s:I, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:f, s:f, s:f, s:s}",
		        "stage", (json_int_t)m->stage + 1, "wave",
		        (json_int_t)m->wave + 1, "for", plan_kind_word(m->kind), "vm",
		        in->vms[m->vm].name, "from", in->nodes[m->from].name,
		        "fromCluster", in->clusters[in->nodes[m->from].cluster].name,
		        "to", in->nodes[m->to].name, "toCluster",
		        in->clusters[in->nodes[m->to].cluster].name, "benefit",
		        m->benefit, "cost", m->cost, "score", m->score, "reason",
		        m->reason));
	}
	dump(out,
	    json_pack("{s:{s:o, s:o, s:o, s:I, s:I, s:I, s:b, s:I, s:f}}", "plan",
	        "before", score_json(&p->before), "after", score_json(&p->after),
	        "moves", moves, "waves", (json_int_t)p->nwaves, "vms",
	        (json_int_t)p->nvms, "memoryMib", (json_int_t)p->memory, "complete",
	        p->complete, "work", (json_int_t)p->work, "seconds", seconds));
}

/* --- an explanation -------------------------------------------------------- */

void
report_why(FILE *out, const struct plan_input *in, const struct plan_why *why)
{
	const struct plan_place *place;
	int width = 4;
	size_t i;

	fprintf(out, "%s\n", why->words);
	if (why->nplaces == 0)
		return;
	for (i = 0; i < why->nplaces; i++)
		width = longest(width, in->nodes[why->places[i].node].name);
	fprintf(out, "\n%-*s  %-8s  %s\n", width, "node", "possible", "because");
	for (i = 0; i < why->nplaces; i++) {
		place = &why->places[i];
		fprintf(out, "%-*s  %-8s  %s\n", width, in->nodes[place->node].name,
		    place->possible ? "yes" : "no", place->reason);
	}
}

void
report_why_json(
    FILE *out, const struct plan_input *in, const struct plan_why *why, int vm)
{
	json_t *places = json_array();
	const struct plan_place *place;
	size_t i;

	for (i = 0; i < why->nplaces; i++) {
		place = &why->places[i];
		json_array_append_new(places,
		    json_pack("{s:s, s:b, s:f, s:f, s:s}", "node",
		        in->nodes[place->node].name, "possible", place->possible,
		        "benefit", place->benefit, "cost", place->cost, "reason",
		        place->reason));
	}
	dump(out,
	    json_pack("{s:{s:s, s:s, s:o}}", "why", "vm", in->vms[vm].name, "words",
	        why->words, "nodes", places));
}

/* --- where a new VM should go ---------------------------------------------- */

void
report_where(FILE *out, const struct plan_input *in, const struct plan_where *w)
{
	const struct plan_node *n;
	int node = 4, cluster = 7;
	size_t i;

	for (i = 0; i < w->nspots; i++) {
		n = &in->nodes[w->spots[i].node];
		node = longest(node, n->name);
		cluster = longest(cluster, in->clusters[n->cluster].name);
	}
	if (w->nspots > 0)
		fprintf(out, "%4s %5s  %-*s  %-*s  %s\n", "rank", "score", node, "node",
		    cluster, "cluster", "because");
	for (i = 0; i < w->nspots; i++) {
		n = &in->nodes[w->spots[i].node];
		if (w->spots[i].possible)
			fprintf(out, "%4zu %5d", i + 1, w->spots[i].score);
		else
			fprintf(out, "%4s %5s", "-", "-");
		fprintf(out, "  %-*s  %-*s  %s\n", node, n->name, cluster,
		    in->clusters[n->cluster].name, w->spots[i].reason);
	}
	fprintf(out, "%s%s\n", w->nspots > 0 ? "\n" : "", w->words);
}

void
report_where_json(FILE *out, const struct plan_input *in, const struct plan_where *w)
{
	json_t *spots = json_array();
	const struct plan_spot *s;
	size_t i;

	for (i = 0; i < w->nspots; i++) {
		s = &w->spots[i];
		json_array_append_new(spots,
		    json_pack("{s:s, s:s, s:b, s:i, s:f, s:s}", "node",
		        in->nodes[s->node].name, "cluster",
		        in->clusters[in->nodes[s->node].cluster].name, "possible",
		        s->possible, "score", s->score, "change", s->change, "reason",
		        s->reason));
	}
	dump(out,
	    json_pack("{s:{s:s, s:I, s:o}}", "where", "words", w->words, "possible",
	        (json_int_t)w->npossible, "nodes", spots));
}
