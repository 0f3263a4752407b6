/*
 * SPDX-License-Identifier: Apache-2.0
 * Fences of a whole cluster, handed to the case of every VM with a site there. Who runs
 * them, and when, is not decided here. See moves.h.
 *
 * A fence proves by what was not seen since it began, so every case has to look from
 * its beginning: one that is made when it has ended has seen nothing at all.
 */
#include "move/moves_impl.h"

#include "base/log.h"

struct beginning {
	struct moves *v;
	const char *cluster;
	const struct model_now *now;
	bool disk;
};

static void
begin(void *arg, uint32_t vm)
{
	const struct beginning *b = arg;
	struct move_event ev = {
		.kind = MOVE_EV_FENCING, .disk = b->disk, .began = b->now->ms
	};
	struct vm_info info;
	struct mv_case *k;

	if (!model_vm_info(b->v->m, vm, &info) || (k = case_get(b->v, &info)) == NULL ||
	    (ev.site = case_site(k, b->cluster)) < 0)
		return;
	drive(b->v, k, &ev, b->now);
}

void
moves_fencing(struct moves *v, size_t cluster, bool disk, const struct model_now *now)
{
	struct beginning b = { v, NULL, now, disk };

	if (cluster >= v->nslots || cluster >= v->settings->nclusters)
		return;
	b.cluster = v->settings->clusters[cluster].name;
	model_cluster_vms(v->m, cluster, begin, &b);
	moves_settle(v, now);
}

size_t
moves_fenced(
    struct moves *v, size_t cluster, bool ok, msec_t began, const struct model_now *now)
{
	struct move_event ev = { .kind = MOVE_EV_FENCED, .ok = ok, .began = began };
	struct mv_case *k, *next;
	size_t proved = 0;
	const char *name;

	if (cluster >= v->nslots || cluster >= v->settings->nclusters)
		return 0;
	name = v->settings->clusters[cluster].name;
	HASH_ITER (hh, v->cases, k, next) {
		ev.site = case_site(k, name);
		if (ev.site < 0 || k->vm_index == 0)
			continue;
		/* counted first: the step may drop the case */
		proved += ok && k->c.site[ev.site].fence.begun &&
		    k->c.site[ev.site].fence.began == began;
		drive(v, k, &ev, now);
	}
	log_notice("move", "cluster=%s fence %s, it counts for %zu VMs", name,
	    ok ? "succeeded" : "failed", proved);
	moves_settle(v, now);
	return proved;
}

void
fences_void(struct moves *v)
{
	struct mv_case *k;
	size_t i;

	for (k = v->cases; k != NULL; k = k->hh.next)
		for (i = 0; i < k->c.nsites; i++)
			k->c.site[i].fence = (struct move_fence) { 0 };
}
