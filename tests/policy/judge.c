/*
 * SPDX-License-Identifier: Apache-2.0
 * What must never be, in any scenario: looked at with eyes of its own, second by
 * second.
 *
 * No command of ours makes a VM run twice. Moves of policies begin only where a mode or
 * an approval allows them, never for a VM on hold or unknown, never into a cluster that
 * is in maintenance or unknown, never beyond the limits, and never so that a hard
 * availability set or the memory of a node is worse off than before. What balance
 * moved it does not take back within the cool-down.
 */
#include "tests/policy/play.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct begun { /* a move of a policy */
	uint32_t index, vm, source, target;
	char *vm_name, *policy;
	msec_t at;
	bool itself; /* no operator approved it */
};

struct judged {
	struct begun *begun;
	size_t nbegun;
	uint32_t *approved; /* plans, by operators */
	size_t napproved;
	uint32_t *plans; /* indexes of those that were seen */
	struct {
		char *vm, *policy;
	} * proposed;
	size_t nplans;
};

void
judge_new(struct play *p)
{
	p->judged = xcalloc(1, sizeof(*p->judged));
}

void
judge_free(struct play *p)
{
	struct judged *j = p->judged;
	size_t i;

	for (i = 0; i < j->nbegun; i++) {
		free(j->begun[i].vm_name);
		free(j->begun[i].policy);
	}
	for (i = 0; i < j->nplans; i++) {
		free(j->proposed[i].vm);
		free(j->proposed[i].policy);
	}
	free(j->begun);
	free(j->approved);
	free(j->plans);
	free(j->proposed);
	free(j);
}

/* A command of ours starts it there: is it anywhere else? */
void
judge_start(struct play *p, const struct w_vm *v, const struct w_place *there)
{
	size_t i;

	for (i = 0; i < v->nplaces; i++)
		if (&v->places[i] != there && v->places[i].state != G_OFF &&
		    v->places[i].state != G_LOST)
			fail(p, "%s is started in %s while %s has it", v->name,
			    p->world.clusters[there->cluster].name,
			    p->world.clusters[v->places[i].cluster].name);
}

void
judge_approved(struct play *p, uint32_t plan)
{
	struct judged *j = p->judged;

	j->approved =
	    xreallocarray(j->approved, j->napproved + 1, sizeof(*j->approved));
	j->approved[j->napproved++] = plan;
}

/* --- who began what ----------------------------------------------------------------
 */

/* False: an operator approved it. */
static bool
of_itself(const struct play *p, uint32_t index)
{
	const struct plan_row *r = NULL;
	size_t i;

	while ((r = next_row(p, TABLE_PLAN, r)) != NULL)
		for (i = 0; r->move_index == index && i < p->judged->napproved; i++)
			if (p->judged->approved[i] == r->head.key[0])
				return false;
	return true;
}

bool
policy_of_move(const struct play *p, uint32_t index, const char **policy)
{
	const struct plan_row *r = NULL;

	while ((r = next_row(p, TABLE_PLAN, r)) != NULL)
		if (r->move_index == index) {
			*policy = r->policy_name;
			return true;
		}
	return false;
}

unsigned
judge_moves(const struct play *p, const char *vm, const char *policy)
{
	const struct judged *j = p->judged;
	unsigned n = 0;
	size_t i;

	for (i = 0; i < j->nbegun; i++)
		n += fits(vm, j->begun[i].vm_name) && fits(policy, j->begun[i].policy);
	return n;
}

unsigned
judge_proposals(const struct play *p, const char *vm, const char *policy)
{
	const struct judged *j = p->judged;
	unsigned n = 0;
	size_t i;

	for (i = 0; i < j->nplans; i++)
		n += fits(vm, j->proposed[i].vm) && fits(policy, j->proposed[i].policy);
	return n;
}

static const struct cluster_row *
cluster_row_of(const struct play *p, uint32_t index)
{
	const struct cluster_row *r = NULL;

	while ((r = next_row(p, TABLE_CLUSTER, r)) != NULL && r->head.key[0] != index)
		continue;
	return r;
}

/* --- what a move would break -------------------------------------------------------
 */

static const char *
domain_of(const struct play *p, size_t c, int n)
{
	const struct w_cluster *cl = &p->world.clusters[c];

	return n >= 0 && cl->nodes[n].domain != NULL ? cl->nodes[n].domain : cl->domain;
}

/* Do two members stand too close? Places are cluster and node (-1: any). */
static bool
too_close(const struct play *p, int64_t spread, size_t c1, int n1, size_t c2, int n2)
{
	const char *a, *b;

	if (spread == SPREAD_CLUSTER)
		return c1 == c2;
	if (spread == SPREAD_NODE)
		return c1 == c2 && n1 == n2 && n1 >= 0;
	a = domain_of(p, c1, n1);
	b = domain_of(p, c2, n2);
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* Members of its set that the VM would be too close to there. */
static unsigned
crowd(const struct play *p, const struct w_vm *v, int64_t spread, size_t c, int n)
{
	unsigned found = 0;
	size_t i;

	for (i = 0; i < p->world.nvms; i++) {
		struct w_vm *o = &p->world.vms[i];
		const struct w_place *pl = world_active(o);

		if (o != v && pl != NULL && o->set != NULL &&
		    strcmp(o->set, v->set) == 0)
			found += too_close(p, spread, c, n, pl->cluster, pl->node);
	}
	return found;
}

static void
judge_set(struct play *p, struct w_vm *v, size_t c, int n)
{
	const struct avail_set_row *r = NULL;
	const struct w_place *from = world_active(v);

	if (v->set == NULL || from == NULL)
		return;
	while ((r = next_row(p, TABLE_AVAIL_SET, r)) != NULL)
		if (strcmp(r->name, v->set) == 0)
			break;
	if (r == NULL || r->enforcement != ENFORCE_HARD)
		return;
	if (crowd(p, v, r->spread, c, n) >
	    crowd(p, v, r->spread, from->cluster, from->node))
		fail(p, "the move of %s makes its hard availability set %s worse",
		    v->name, v->set);
}

static void
judge_memory(struct play *p, const struct w_vm *v, size_t c, int n)
{
	int64_t most = 0;
	size_t i;

	if (n >= 0) {
		most =
		    p->world.clusters[c].nodes[n].memory - node_memory(p, c, (size_t)n);
	} else {
		for (i = 0; i < p->world.clusters[c].nnodes; i++)
			if (node_up(&p->world.clusters[c].nodes[i]) &&
			    p->world.clusters[c].nodes[i].memory -
			            node_memory(p, c, i) >
			        most)
				most = p->world.clusters[c].nodes[i].memory -
				    node_memory(p, c, i);
	}
	if (v->memory > most)
		fail(p, "%s needs %" PRId64 " MiB and has %" PRId64 " at its target",
		    v->name, v->memory, most);
}

/* --- a move has begun --------------------------------------------------------------
 */

static void
judge_vm(struct play *p, const struct move_row *m, const char *policy)
{
	const struct vm_row *r = row_of_vm(p, m->vm_name);
	const bool recovers = strcmp(policy, "recover") == 0;

	if (r == NULL)
		return;
	if (r->hold == 1)
		fail(p, "%s moves %s, which is on hold", policy, m->vm_name);
	if (r->admin != VM_UP)
		fail(p, "%s moves %s, which is not to be up", policy, m->vm_name);
	if (!recovers && r->oper != VM_RUNNING && r->oper != VM_MOVING &&
	    r->oper != VM_STOPPING)
		fail(p, "%s moves %s, which does not run (%d)", policy, m->vm_name,
		    (int)r->oper);
}

static void
judge_target(struct play *p, const struct move_row *m, const char *policy)
{
	const struct cluster_row *c = cluster_row_of(p, (uint32_t)m->target_cluster);

	if (c == NULL)
		return;
	if (c->admin != CLUSTER_ACTIVE)
		fail(p, "%s moves %s to %s, which is in maintenance", policy,
		    m->vm_name, c->name);
	if (c->oper != CLUSTER_NORMAL && c->oper != CLUSTER_CAUTION)
		fail(p, "%s moves %s to %s, of which nothing is known", policy,
		    m->vm_name, c->name);
	c = m->source_cluster == 0 ? NULL
	                           : cluster_row_of(p, (uint32_t)m->source_cluster);
	if (c != NULL && c->admin != CLUSTER_ACTIVE &&
	    strcmp(policy, "evacuate") != 0 && strcmp(policy, "recover") != 0)
		fail(p, "%s moves %s from %s, which is in maintenance", policy,
		    m->vm_name, c->name);
}

static bool
leisurely(const char *policy)
{
	return strcmp(policy, "balance") == 0 || strcmp(policy, "home") == 0;
}

static void
judge_limits(struct play *p, const struct move_row *m, const char *policy)
{
	const struct policy_set_row *set = next_row(p, TABLE_POLICY_SET, NULL);
	const struct judged *j = p->judged;
	const struct begun *b;
	struct windows *w;
	int64_t hour = 0;
	size_t i;

	if (set == NULL || !leisurely(policy) ||
	    !of_itself(p, m->head.key[m->head.klen - 1]))
		return;
	for (i = 0; i < j->nbegun; i++) {
		b = &j->begun[i];
		hour += b->itself && p->now.ms - b->at < 3600000;
		if (b->vm != (uint32_t)m->vm ||
		    p->now.ms - b->at >= set->cool_down * 1000)
			continue;
		fail(p, "%s moves %s again within its cool-down", policy, m->vm_name);
		if (b->source == m->target_cluster && m->source_cluster == b->target)
			fail(p, "%s is thrown back to where it was", m->vm_name);
	}
	if (hour >= set->max_moves_hour)
		fail(p, "more than %" PRId64 " moves in an hour", set->max_moves_hour);
	w = windows_parse(set->windows == NULL ? "" : set->windows, NULL);
	if (w != NULL && !windows_open(w, p->now.wall))
		fail(p, "%s moves %s outside of its windows", policy, m->vm_name);
	windows_free(w);
}

static bool
allowed(const struct play *p, uint32_t index)
{
	const struct plan_row *r = NULL;

	while ((r = next_row(p, TABLE_PLAN, r)) != NULL)
		if (r->move_index == index)
			return r->approve == APPROVAL_APPROVE;
	return true; /* its row is gone, as after a restart */
}

static void
judge_begun(struct play *p, const struct move_row *m)
{
	const int vm = world_vm(&p->world, m->vm_name);
	const int c =
	    m->target_name == NULL ? -1 : world_cluster(&p->world, m->target_name);
	struct judged *j = p->judged;
	const char *policy = "?";
	size_t node, cluster;
	int n = -1;

	policy_of_move(p, m->head.key[m->head.klen - 1], &policy);
	if (!allowed(p, m->head.key[m->head.klen - 1]))
		fail(p, "%s moves %s, and nobody approved it", policy, m->vm_name);
	judge_vm(p, m, policy);
	judge_target(p, m, policy);
	judge_limits(p, m, policy);
	if (m->target_node_name != NULL &&
	    world_node(&p->world, m->target_node_name, &cluster, &node))
		n = (int)node;
	if (vm >= 0 && c >= 0) {
		judge_set(p, &p->world.vms[vm], (size_t)c, n);
		judge_memory(p, &p->world.vms[vm], (size_t)c, n);
	}
	j->begun = xreallocarray(j->begun, j->nbegun + 1, sizeof(*j->begun));
	j->begun[j->nbegun++] = (struct begun) {
		.index = m->head.key[m->head.klen - 1],
		.vm = (uint32_t)m->vm,
		.source = (uint32_t)m->source_cluster,
		.target = (uint32_t)m->target_cluster,
		.vm_name = xstrdup(m->vm_name),
		.policy = xstrdup(policy),
		.at = p->now.ms,
		.itself = of_itself(p, m->head.key[m->head.klen - 1]),
	};
}

static bool
is_policy_move(const struct move_row *m)
{
	static const char owner[] = "policy";
	size_t i;

	if (m->head.klen != sizeof(owner) + 1 || m->head.key[0] != sizeof(owner) - 1)
		return false;
	for (i = 0; i < sizeof(owner) - 1; i++)
		if (m->head.key[i + 1] != (uint32_t)owner[i])
			return false;
	return true;
}

static bool
known(const struct judged *j, uint32_t index)
{
	size_t i;

	for (i = 0; i < j->nbegun; i++)
		if (j->begun[i].index == index)
			return true;
	return false;
}

static void
note_plans(struct play *p)
{
	struct judged *j = p->judged;
	const struct plan_row *r = NULL;
	size_t i;

	while ((r = next_row(p, TABLE_PLAN, r)) != NULL) {
		for (i = 0; i < j->nplans; i++)
			if (j->plans[i] == r->head.key[0])
				break;
		if (i < j->nplans)
			continue;
		j->plans = xreallocarray(j->plans, i + 1, sizeof(*j->plans));
		j->proposed = xreallocarray(j->proposed, i + 1, sizeof(*j->proposed));
		j->plans[i] = r->head.key[0];
		j->proposed[i].vm = xstrdup(r->vm_name);
		j->proposed[i].policy = xstrdup(r->policy_name);
		j->nplans++;
	}
}

void
judge_rows(struct play *p)
{
	const struct policy_set_row *set = next_row(p, TABLE_POLICY_SET, NULL);
	const struct move_row *m = NULL;
	const char *policy;
	int64_t open = 0;

	note_plans(p);
	while ((m = next_row(p, TABLE_MOVE, m)) != NULL) {
		if (!is_policy_move(m))
			continue;
		policy = "?";
		if (m->state < MOVE_SUCCEEDED &&
		    policy_of_move(p, m->head.key[m->head.klen - 1], &policy) &&
		    leisurely(policy) && of_itself(p, m->head.key[m->head.klen - 1]))
			open++;
		if (!known(p->judged, m->head.key[m->head.klen - 1]))
			judge_begun(p, m);
	}
	if (set != NULL && open > set->max_moves)
		fail(p, "%" PRId64 " automatic moves at once", open);
}
