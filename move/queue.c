/*
 * SPDX-License-Identifier: Apache-2.0
 * Whose turn it is: moves wait by priority, then by age, and go as the limits of set,
 * clusters and nodes allow. See moves_impl.h.
 *
 * A move whose cluster or node is busy lets others pass; but what the first of those
 * that wait needs is kept for it, so that nobody waits for ever.
 */
#include "move/moves_impl.h"

#include <string.h>

#include "base/mem.h"

/* Does a move under way count? One that stands does nothing. */
static bool
counts(const struct mv_case *k)
{
	return move_open(&k->c) && k->c.phase != PHASE_QUEUED &&
	    k->c.phase != PHASE_DOUBT;
}

static size_t
slot_of(const struct mv_case *k, int site)
{
	return site < 0 ? SIZE_MAX : k->site[site].slot;
}

/* What it takes of clusters and nodes: work for both ends, once where they are one. */
struct need {
	size_t slot[2];
	uint32_t node[2];
};

static struct need
need_of(const struct mv_case *k)
{
	struct need n = { { slot_of(k, k->c.source), slot_of(k, k->c.target) },
		{ k->row->source_node_index, k->row->target_node_index } };

	if (n.slot[1] == n.slot[0])
		n.slot[1] = SIZE_MAX;
	if (n.node[1] == n.node[0])
		n.node[1] = 0;
	return n;
}

static unsigned *
node_load(struct moves *v, uint32_t node)
{
	size_t was = v->nnode_load;

	if (node >= was) {
		v->nnode_load = (size_t)node + 64;
		v->node_load =
		    xreallocarray(v->node_load, v->nnode_load, sizeof(*v->node_load));
		memset(v->node_load + was, 0,
		    (v->nnode_load - was) * sizeof(*v->node_load));
	}
	return &v->node_load[node];
}

static void
take(struct moves *v, const struct need *n)
{
	int i;

	for (i = 0; i < 2; i++) {
		if (n->slot[i] != SIZE_MAX)
			v->slots[n->slot[i]].load++;
		if (n->node[i] != 0)
			(*node_load(v, n->node[i]))++;
	}
}

static bool
free_for(struct moves *v, const struct need *n)
{
	const struct move_settings *s = &v->settings->moves;
	int i;

	for (i = 0; i < 2; i++)
		if ((n->slot[i] != SIZE_MAX &&
		        v->slots[n->slot[i]].load >= s->limit_cluster) ||
		    (n->node[i] != 0 && *node_load(v, n->node[i]) >= s->limit_node))
			return false;
	return true;
}

/* What is taken now; returns how many moves are under way. */
static unsigned
recount(struct moves *v)
{
	const struct mv_case *k;
	struct need n;
	unsigned set = 0;
	size_t i;

	for (i = 0; i < v->nslots; i++)
		v->slots[i].load = 0;
	if (v->nnode_load > 0)
		memset(v->node_load, 0, v->nnode_load * sizeof(*v->node_load));
	TAILQ_FOREACH (k, &v->live, live)
		if (counts(k) && k->row != NULL) {
			n = need_of(k);
			take(v, &n);
			set++;
		}
	return set;
}

void
queue_add(struct moves *v, struct mv_case *k)
{
	struct mv_case *at;

	if (k->queued)
		return;
	TAILQ_FOREACH (at, &v->queue, turn)
		if (at->priority < k->priority ||
		    (at->priority == k->priority && at->row->seq > k->row->seq))
			break;
	if (at != NULL)
		TAILQ_INSERT_BEFORE(at, k, turn);
	else
		TAILQ_INSERT_TAIL(&v->queue, k, turn);
	k->queued = true;
	v->nqueued++;
	v->queue_dirty = true;
}

void
queue_remove(struct moves *v, struct mv_case *k)
{
	if (!k->queued)
		return;
	TAILQ_REMOVE(&v->queue, k, turn);
	k->queued = false;
	v->nqueued--;
}

void
queue_resort(struct moves *v, struct mv_case *k)
{
	struct vm_info i;

	if (!model_vm_info(v->m, k->vm_index, &i) || i.priority == k->priority)
		return;
	k->priority = i.priority;
	if (!k->queued)
		return;
	queue_remove(v, k);
	queue_add(v, k);
}

static void
run_once(struct moves *v, const struct model_now *now)
{
	unsigned set = recount(v);
	struct mv_case *k, *next;
	bool kept = false;
	struct need n;

	for (k = TAILQ_FIRST(&v->queue);
	     k != NULL && set < v->settings->moves.limit_set; k = next) {
		next = TAILQ_NEXT(k, turn);
		n = need_of(k);
		if (free_for(v, &n)) {
			take(v, &n);
			set++;
			queue_remove(v, k); /* before the step: it may end at once */
			order_go(v, k, now);
		} else if (!kept) {
			take(v, &n);
			kept = true;
		}
	}
}

void
queue_run(struct moves *v, const struct model_now *now)
{
	while (v->queue_dirty && !moves_blocked(v)) {
		v->queue_dirty = false;
		run_once(v, now);
	}
}
