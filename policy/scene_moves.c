/*
 * SPDX-License-Identifier: Apache-2.0
 * What csMoveTable tells a scene: what is under way, what ended lately, and for how
 * long VMs were down when they were moved.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "policy/policy.h"
#include "policy/scene_impl.h"

#define DOWNTIMES    5 /* of a VM's last moves that count */
#define MOVED_LATELY 7200 /* seconds: ended moves that loads may still show */

struct downtime {
	size_t vm;
	int64_t finished, ms;
};

static int
newest_first(const void *a, const void *b)
{
	const struct downtime *x = a, *y = b;

	if (x->vm != y->vm)
		return x->vm < y->vm ? -1 : 1;
	if (x->finished != y->finished)
		return x->finished > y->finished ? -1 : 1;
	return x->ms < y->ms ? -1 : x->ms > y->ms;
}

static void
open_move(struct scene *s, struct scene_vm *v, const struct move_row *r)
{
	s->moves_open++;
	if (v == NULL)
		return;
	v->busy = true;
	if (r->target_cluster == ROW_NONE || r->target_cluster <= 0)
		return;
	v->to_cluster = scene_cluster_find(s, (uint32_t)r->target_cluster);
	v->to_node = scene_node_find(s, (uint32_t)r->target_cluster,
	    r->target_node > 0 ? (uint32_t)r->target_node : 0);
}

/* The key is csMoveOwner, with its length, and csMoveIndex. */
static bool
row_owned(const struct move_row *r, const char *owner)
{
	uint32_t key[KEY_MAX];
	const size_t n = key_from_name(owner, key);

	return r->head.klen == n + 1 && memcmp(r->head.key, key, n * sizeof *key) == 0;
}

bool
policy_asked(const struct move_row *r, enum policy_kind kind)
{
	const char *name = policy_table[kind].name;
	const size_t n = strlen(name);

	return r->reason != NULL && row_owned(r, "policy") &&
	    strncmp(r->reason, name, n) == 0 &&
	    strncmp(r->reason + n, POLICY_REASON, strlen(POLICY_REASON)) == 0;
}

static void
ended_move(struct scene *s, size_t vm, const struct move_row *r)
{
	struct scene_move *m;

	if (s->wall - r->finished_wall > MOVED_LATELY)
		return;
	m = &s->moved[s->nmoved++];
	m->vm = vm;
	m->from_node =
	    scene_node_find(s, r->source_cluster > 0 ? (uint32_t)r->source_cluster : 0,
	        r->source_node > 0 ? (uint32_t)r->source_node : 0);
	m->to_node =
	    scene_node_find(s, r->target_cluster > 0 ? (uint32_t)r->target_cluster : 0,
	        r->target_node > 0 ? (uint32_t)r->target_node : 0);
	/* what ECX chose: where it is, when that is there */
	if (m->to_node < 0 && s->vms[vm].cluster >= 0 &&
	    s->clusters[s->vms[vm].cluster].index == r->target_cluster)
		m->to_node = s->vms[vm].node;
	m->began = r->started_wall;
	m->came = r->finished_wall;
	m->ours = row_owned(r, "policy");
	m->left = r->finished_wall - (r->downtime > 0 ? (time_t)r->downtime : 0);
}

static void
read_downtimes(struct scene *s, struct downtime *d, size_t n)
{
	size_t i, k, first;
	int64_t sum;

	qsort(d, n, sizeof *d, newest_first);
	for (i = 0; i < n;) {
		first = i;
		sum = 0;
		for (k = 0; i < n && d[i].vm == d[first].vm; i++)
			if (k < DOWNTIMES) {
				sum += d[i].ms;
				k++;
			}
		s->vms[d[first].vm].downtime = sum / (int64_t)k;
	}
}

void
scene_moves(struct scene *s)
{
	const size_t rows = table_view_count(s->generation->tables[TABLE_MOVE]);
	struct downtime *d = xcalloc(rows + 1, sizeof *d);
	const struct move_row *r = NULL;
	size_t n = 0;
	int vm;

	s->moved = xcalloc(rows + 1, sizeof *s->moved);
	while ((r = scene_row(s, TABLE_MOVE, r)) != NULL) {
		if (r->mode == MOVE_DRY_RUN)
			continue;
		vm = r->vm > 0 ? scene_vm_find(s, (uint32_t)r->vm) : -1;
		if (r->finished_wall == 0 || r->state == MOVE_IN_DOUBT)
			open_move(s, vm < 0 ? NULL : &s->vms[vm], r);
		else if (vm >= 0 && r->state == MOVE_SUCCEEDED) {
			ended_move(s, (size_t)vm, r);
			if (r->source_cluster > 0 && r->downtime_ms != ROW_NONE &&
			    r->target_cluster > 0 &&
			    r->source_cluster != r->target_cluster)
				d[n++] = (struct downtime) { (size_t)vm,
					r->finished_wall, r->downtime_ms };
		}
	}
	read_downtimes(s, d, n);
	free(d);
}
