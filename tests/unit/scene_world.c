/*
 * SPDX-License-Identifier: Apache-2.0
 * A set as plain structs, published as a generation: see scene_world.h.
 */
#include "tests/unit/scene_world.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "set/settings.h"

#define WALL 1800000000

struct world *
world_new(void)
{
	struct world *w = xcalloc(1, sizeof *w);
	struct settings *s = settings_new();

	w->settings = s->policies;
	w->settings.windows = NULL;
	w->settings.mode[POLICY_BALANCE] = POLICY_AUTOMATIC; /* home asks it */
	settings_free(s);
	w->wall = WALL;
	w->now = 100000000;
	w->start = w->now - 90000000;
	w->random = 1;
	return w;
}

void
world_free(struct world *w)
{
	free(w->m);
	free(w);
}

unsigned
world_pick(struct world *w, unsigned n)
{
	w->random = w->random * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(w->random >> 33) % n;
}

double
world_share(struct world *w)
{
	return world_pick(w, 1000001) / 1e6;
}

int
world_cluster(struct world *w, const char *name)
{
	struct w_cluster *c = &w->c[w->nc];

	snprintf(c->name, sizeof c->name, "%s", name);
	c->admin = CLUSTER_ACTIVE;
	c->oper = CLUSTER_NORMAL;
	c->polled = w->now - 1000;
	return w->nc++;
}

int
world_node(struct world *w, int cluster, const char *name, int cpus, int64_t memory)
{
	struct w_node *n = &w->n[w->nn];

	snprintf(n->name, sizeof n->name, "%s", name);
	n->cluster = cluster;
	n->admin = CLUSTER_ACTIVE;
	n->oper = NODE_ONLINE;
	n->cpus = cpus;
	n->memory = memory;
	return w->nn++;
}

int
world_vm(struct world *w, const char *name, int node, double load, int64_t memory)
{
	struct w_vm *v = &w->v[w->nv];
	int i;

	snprintf(v->name, sizeof v->name, "%s", name);
	v->kind = VM_SHARED_DISK;
	v->admin = VM_UP;
	v->oper = node < 0 ? VM_STOPPED : VM_RUNNING;
	v->node = node;
	v->last = -1;
	v->home = v->set = -1;
	v->load = load;
	v->memory = memory;
	v->disk_owner = -2;
	v->to_cluster = v->to_node = -1;
	for (i = 0; i < w->nc; i++)
		v->sites[v->nsites++].cluster = i;
	return w->nv++;
}

int
world_set(struct world *w, const char *name, enum cs_spread spread, bool hard)
{
	struct w_set *s = &w->s[w->ns];

	snprintf(s->name, sizeof s->name, "%s", name);
	s->spread = spread;
	s->hard = hard;
	return w->ns++;
}

void
world_event(struct world *w, enum event_type type, time_t wall, int cluster,
    const char *object_name)
{
	struct w_event *e;

	if (w->ne == W_EVENTS) { /* a ring, but in order */
		memmove(&w->e[0], &w->e[1], (W_EVENTS - 1) * sizeof w->e[0]);
		w->ne--;
	}
	e = &w->e[w->ne++];
	*e = (struct w_event) { .type = type, .severity = SEV_INFO, .wall = wall };
	e->object = type == EVENT_NODE_STATE ? OBJECT_NODE
	    : type == EVENT_CLUSTER_STATE    ? OBJECT_CLUSTER
	    : type == EVENT_MOVE_ENDED       ? OBJECT_MOVE
	                                     : OBJECT_VM;
	snprintf(e->object_name, sizeof e->object_name, "%s", object_name);
	snprintf(
	    e->cluster, sizeof e->cluster, "%s", cluster < 0 ? "" : w->c[cluster].name);
	if (e->object == OBJECT_VM)
		snprintf(e->vm, sizeof e->vm, "%.31s", object_name);
	snprintf(e->text, sizeof e->text, "event about %s", object_name);
}

/* --- truths --------------------------------------------------------------------------
 */

static double
vm_load(const struct w_vm *v)
{
	return v->load < 0 ? 1 : v->load;
}

static int64_t
vm_memory(const struct w_vm *v)
{
	return v->memory < 0 ? 1024 : v->memory;
}

double
world_node_load(const struct world *w, int node)
{
	double sum = w->n[node].base_load;
	int i;

	for (i = 0; i < w->nv; i++)
		if (w->v[i].node == node)
			sum += vm_load(&w->v[i]);
	return sum;
}

int64_t
world_node_memory(const struct world *w, int node)
{
	int64_t sum = w->n[node].base_memory;
	int i;

	for (i = 0; i < w->nv; i++)
		if (w->v[i].node == node)
			sum += vm_memory(&w->v[i]);
	return sum;
}

void
world_measure(struct world *w)
{
	int i;

	for (i = 0; i < w->nn; i++) {
		w->n[i].mean_load = world_node_load(w, i);
		w->n[i].mean_memory = (double)world_node_memory(w, i);
	}
	for (i = 0; i < w->nv; i++)
		w->v[i].mean_load = w->v[i].load;
}

/* As set/load.c does it. */
static double
smooth(double mean, double sample, msec_t elapsed, msec_t half_life)
{
	return sample + (mean - sample) * exp2(-(double)elapsed / (double)half_life);
}

void
world_smooth(struct world *w, msec_t elapsed, msec_t half_life, double noise)
{
	double *vm = xcalloc((size_t)w->nv + 1, sizeof *vm), sum;
	int i, k;

	for (i = 0; i < w->nv; i++) {
		vm[i] = vm_load(&w->v[i]) * (1 + noise * (2 * world_share(w) - 1));
		if (w->v[i].load >= 0)
			w->v[i].mean_load =
			    smooth(w->v[i].mean_load, vm[i], elapsed, half_life);
	}
	for (i = 0; i < w->nn; i++) {
		sum = w->n[i].base_load;
		for (k = 0; k < w->nv; k++)
			if (w->v[k].node == i)
				sum += vm[k];
		w->n[i].mean_load = smooth(w->n[i].mean_load, sum, elapsed, half_life);
		w->n[i].mean_memory = smooth(w->n[i].mean_memory,
		    (double)world_node_memory(w, i), elapsed, half_life);
	}
	free(vm);
}

/* What it uses comes to a node or goes from it before that is measured: as the model.
 */
static void
shift(struct w_node *n, const struct w_vm *v, double sign)
{
	n->mean_load += sign * (v->load < 0 ? vm_load(v) : v->mean_load);
	if (n->mean_load < 0)
		n->mean_load = 0;
	n->mean_memory += sign * (double)vm_memory(v);
}

void
world_move(struct world *w, int vm, int node, bool by_policy)
{
	struct w_vm *v = &w->v[vm];

	if (v->node >= 0)
		shift(&w->n[v->node], v, -1);
	shift(&w->n[node], v, 1);

	w->m = xreallocarray(w->m, (size_t)w->nm + 1, sizeof *w->m);
	w->m[w->nm++] = (struct w_move) { .vm = vm,
		.from_node = v->node,
		.to_node = node,
		.by_policy = by_policy,
		.began = w->wall - 30,
		.ended = w->wall,
		.downtime_ms = 20000 };
	w->past[vm].moved = w->wall;
	v->moved = w->wall;
	v->node = node;
	v->last = w->n[node].cluster;
}

double
world_imbalance(const struct world *w)
{
	double sum = 0, square = 0, x, mean, variance;
	int i, n = 0;

	for (i = 0; i < w->nn; i++) {
		if (w->n[i].oper != NODE_ONLINE || w->n[i].admin != CLUSTER_ACTIVE ||
		    w->c[w->n[i].cluster].oper != CLUSTER_NORMAL ||
		    w->c[w->n[i].cluster].admin != CLUSTER_ACTIVE || w->n[i].stale)
			continue;
		x = world_node_load(w, i) / w->n[i].cpus;
		sum += x;
		square += x * x;
		n++;
	}
	if (n < 2 || sum <= 0)
		return 0;
	mean = sum / n;
	variance = square / n - mean * mean;
	return sqrt(variance > 0 ? variance : 0) / mean / sqrt(n - 1);
}

/* --- rows
 * ------------------------------------------------------------------------------ */

static uint32_t
node_index(const struct world *w, int node)
{
	(void)w;
	return (uint32_t)node + 101;
}

int
world_node_of(const struct world *w, uint32_t cluster, uint32_t node)
{
	const int i = (int)node - 101;

	return i >= 0 && i < w->nn && w->n[i].cluster == (int)cluster - 1 ? i : -1;
}

static void
put_clusters(const struct world *w, struct table *const *t)
{
	struct cluster_row c;
	struct node_row n;
	uint32_t key[2];
	int i;

	for (i = 0; i < w->nc; i++) {
		key[0] = (uint32_t)i + 1;
		c = (struct cluster_row) { .name = w->c[i].name,
			.admin = w->c[i].admin,
			.oper = w->c[i].oper,
			.fault_domain = w->c[i].domain,
			.poll_since = w->c[i].polled };
		table_put(t[TABLE_CLUSTER], key, 1, &c);
	}
	for (i = 0; i < w->nn; i++) {
		const bool told = !w->n[i].stale && w->n[i].cpus > 0;

		key[0] = (uint32_t)w->n[i].cluster + 1;
		key[1] = node_index(w, i);
		n = (struct node_row) { .name = w->n[i].name,
			.cluster_name = w->c[w->n[i].cluster].name,
			.fault_domain = w->n[i].domain,
			.admin = w->n[i].admin,
			.oper = w->n[i].oper,
			.cpus = w->n[i].cpus == 0 ? ROW_NONE : w->n[i].cpus,
			.memory_total = w->n[i].memory == 0 ? ROW_NONE : w->n[i].memory,
			.cpu_mean = told
			    ? llround(1000 * w->n[i].mean_load / w->n[i].cpus)
			    : ROW_NONE,
			.cpu_load = told ? 1000 : ROW_NONE, /* never to be planned on */
			.memory_mean = told && w->n[i].memory > 0
			    ? llround(w->n[i].mean_memory)
			    : ROW_NONE,
			.load_source = w->n[i].cpus > 0 ? LOAD_SNMP : LOAD_NONE };
		table_put(t[TABLE_NODE], key, 2, &n);
	}
}

static void
put_sites(const struct world *w, struct table *const *t, int vm)
{
	const struct w_vm *v = &w->v[vm];
	const int at = v->node < 0 ? -1 : w->n[v->node].cluster;
	uint32_t key[2] = { (uint32_t)vm + 1, 0 };
	struct vm_site_row r;
	int i;

	for (i = 0; i < v->nsites; i++) {
		const struct w_site *s = &v->sites[i];

		key[1] = (uint32_t)s->cluster + 1;
		r = (struct vm_site_row) { .vm_name = v->name,
			.cluster_name = w->c[s->cluster].name,
			.oper = s->oper,
			.preference = i,
			.blocked = s->blocked && s->cluster != at ? 1 : 2,
			.autostart = s->autostart != 0 ? s->autostart
			    : s->blocked               ? AUTOSTART_AUTO
			                               : AUTOSTART_MANUAL,
			.evidence = s->proved ? EVIDENCE_PROVED : EVIDENCE_PARTIAL,
			.confirm = s->confirm };
		if (s->oper == 0)
			r.oper = w->c[s->cluster].oper > CLUSTER_CAUTION ? SITE_UNKNOWN
			    : s->cluster == at                           ? SITE_ONLINE
			                                                 : SITE_OFFLINE;
		table_put(t[TABLE_VM_SITE], key, 2, &r);
	}
}

static void
put_vm(const struct world *w, struct table *const *t, int vm)
{
	const struct w_vm *v = &w->v[vm];
	const int at = v->node < 0 ? -1 : w->n[v->node].cluster;
	const int owner =
	    v->disk_owner == -2 ? (at >= 0 ? at : v->last) : v->disk_owner;
	uint32_t key = (uint32_t)vm + 1;
	const bool lost = at >= 0 && w->c[at].oper > CLUSTER_SUSPENDED;
	struct vm_row r = { .name = v->name,
		.kind = v->kind,
		.admin = v->admin == 0 ? ROW_NONE : (int64_t)v->admin,
		.hold = v->hold ? 1 : 2,
		.oper = lost ? VM_UNKNOWN : v->oper,
		.cluster = lost ? 0 : at + 1,
		.node = lost || at < 0 ? 0 : node_index(w, v->node),
		.home = v->home + 1,
		.avail_set = v->set + 1,
		.priority = v->priority,
		.target_cluster = v->to_cluster + 1,
		.target_node = v->to_node < 0 ? 0 : node_index(w, v->to_node),
		.memory = v->memory < 0 ? ROW_NONE : v->memory,
		.cpu_milli = v->load < 0 ? ROW_NONE : llround(1000 * v->mean_load),
		.vcpus = 2,
		.load_source = v->load < 0 ? LOAD_NONE
		    : v->estimated         ? LOAD_ESTIMATED
		                           : LOAD_HOOK,
		.last_cluster = at >= 0 ? at + 1 : v->last + 1,
		.last_move_wall = v->moved,
		.since_wall = v->since };
	struct disk_row d = { .name = v->name,
		.kind = DISK_SHARED,
		.oper = owner < 0 ? DISK_RELEASED : DISK_OWNED,
		.owner_cluster = owner + 1,
		.vm = key };

	table_put(t[TABLE_VM], &key, 1, &r);
	put_sites(w, t, vm);
	if (v->kind == VM_SHARED_DISK)
		table_put(t[TABLE_DISK], &key, 1, &d);
}

static void
put_moves(const struct world *w, struct table *const *t)
{
	uint32_t key[KEY_MAX];
	struct move_row r;
	size_t n;
	int i;

	for (i = 0; i < w->nm; i++) {
		const struct w_move *m = &w->m[i];
		const int from = m->from_node < 0 ? -1 : w->n[m->from_node].cluster;

		n = key_from_name(m->by_policy ? "policy" : "ann", key);
		key[n++] = (uint32_t)i + 1;
		r = (struct move_row) { .vm = m->vm + 1,
			.mode = MOVE_PLANNED,
			.reason = m->reason,
			.source_cluster = from + 1,
			.source_node = from < 0 ? 0 : node_index(w, m->from_node),
			.target_cluster = w->n[m->to_node].cluster + 1,
			.target_node = node_index(w, m->to_node),
			.state = m->open ? MOVE_RUNNING : MOVE_SUCCEEDED,
			.started_wall = m->began,
			.finished_wall = m->open ? 0 : m->ended,
			.downtime = m->downtime_ms / 1000,
			.downtime_ms = m->downtime_ms };
		table_put(t[TABLE_MOVE], key, n, &r);
	}
}

static void
put_rest(const struct world *w, struct table *const *t)
{
	struct set_row set = { .name = "set",
		.start_since = w->start,
		.events_oldest = 1,
		.events_newest = w->ne };
	uint32_t key = 0;
	int i;

	table_put(t[TABLE_SET], &key, 1, &set);
	for (i = 0; i < w->ns; i++) {
		key = (uint32_t)i + 1;
		table_put(t[TABLE_AVAIL_SET], &key, 1,
		    &(struct avail_set_row) { .name = w->s[i].name,
		        .spread = w->s[i].spread,
		        .enforcement = w->s[i].hard ? ENFORCE_HARD : ENFORCE_SOFT });
	}
	for (i = 0; i < w->ndomains; i++) {
		char name[16];

		key = (uint32_t)i + 1;
		snprintf(name, sizeof name, "d%d", i + 1);
		table_put(t[TABLE_FAULT_DOMAIN], &key, 1,
		    &(struct fault_domain_row) { .name = name });
	}
	key = 1;
	if (w->loads_missing)
		table_put(t[TABLE_ALARM], &key, 1,
		    &(struct alarm_row) { .type = ALARM_LOAD_UNKNOWN });
	for (i = 0; i < w->np; i++) {
		key = (uint32_t)i + 1;
		table_put(t[TABLE_PLAN], &key, 1,
		    &(struct plan_row) { .policy_name = w->p[i].policy,
		        .state = w->p[i].state,
		        .vm = w->p[i].vm,
		        .target_cluster = w->p[i].cluster,
		        .target_node = w->p[i].node });
	}
	for (i = 0; i < w->ne; i++) {
		const struct w_event *e = &w->e[i];

		key = (uint32_t)i + 1;
		table_put(t[TABLE_EVENT], &key, 1,
		    &(struct event_row) { .wall = e->wall,
		        .type = e->type,
		        .severity = e->severity,
		        .object = e->object,
		        .object_name = e->object_name,
		        .cluster_name = *e->cluster == '\0' ? NULL : e->cluster,
		        .vm_name = *e->vm == '\0' ? NULL : e->vm,
		        .text = e->text });
	}
}

struct scene *
world_scene(struct world *w)
{
	struct table *t[TABLE_COUNT];
	struct generation *g;
	struct scene *s;
	int i;

	for (i = 0; i < TABLE_COUNT; i++)
		t[i] = table_new(&row_types[i]);
	put_clusters(w, t);
	for (i = 0; i < w->nv; i++)
		put_vm(w, t, i);
	put_moves(w, t);
	put_rest(w, t);
	g = generation_new(t, 1, w->now);
	for (i = 0; i < TABLE_COUNT; i++)
		table_free(t[i]);
	s = scene_new(g, w->now, w->wall);
	generation_unref(g);
	return s;
}

/* --- looking and acting
 * ------------------------------------------------------------------ */

void
world_look(struct world *w, look_fn *look, struct policy_finding *f)
{
	struct policy_view view = { .settings = &w->settings, .past = w->past };
	struct scene *s = world_scene(w);
	int i;

	for (i = 0; i < w->nv; i++)
		w->past[i].vm = (uint32_t)i + 1;
	view.npast = (size_t)w->nv;
	view.fences = &w->fence;
	view.nfences = w->fence.cluster != 0;
	view.scene = s;
	*f = (struct policy_finding) { .imbalance = -1 };
	look(&view, f);
	ck_assert_ptr_nonnull(f->status);
	scene_free(s);
}

void
world_stands(struct world *w, const char *policy, const struct policy_finding *f)
{
	size_t i;

	w->np = 0;
	for (i = 0; i < f->nproposals && i < W_PLANS; i++)
		w->p[w->np++] = (struct w_plan) { policy, f->proposals[i].vm,
			f->proposals[i].cluster, f->proposals[i].node, PLAN_PROPOSED };
}

void
world_carry_out(struct world *w, const struct policy_finding *f, size_t n)
{
	const struct policy_proposal *p;
	const char *why;
	size_t i;
	int node;

	for (i = 0; i < n && i < f->nproposals; i++) {
		p = &f->proposals[i];
		node = world_node_of(w, p->cluster, p->node);
		ck_assert_int_ge(node, 0);
		why = world_forbids(w, (int)p->vm - 1, node);
		ck_assert_msg(why == NULL, "%s to %s: %s", w->v[p->vm - 1].name,
		    w->n[node].name, why == NULL ? "" : why);
		ck_assert_uint_gt(p->nreasons, 0);
		world_move(w, (int)p->vm - 1, node, true);
	}
}
