/*
 * SPDX-License-Identifier: Apache-2.0
 * Groups going up and down in the small world. See activity.h.
 */
#include "tests/explore/activity.h"

/* A start of ours that hangs is spent when somebody else starts the group. */
static void
spend(struct w_site *s)
{
	s->start.ghost = 0;
	if (s->start.stage == ST_LIMBO)
		s->start.stage = ST_NONE;
	else if (s->start.stage == ST_NET)
		s->start.stage = ST_DONE;
}

/* Somebody else activates it: is anything of ours behind us or ahead? */
void
activity_foreign(struct world *w, int v, int c)
{
	struct w_vm *vm = &w->vm[v];
	struct w_site *s = &vm->site[c];
	int i;

	spend(s);
	s->unseen = w->cluster[c].late.under_way ? 2 : 1;
	s->excused = 0;
	for (i = 0; i < setup.clusters; i++)
		if (i != c &&
		    (start_out(&vm->site[i]) || vm->site[i].start.stage == ST_OUTBOX))
			s->excused = 1;
}

void
activity_activate(struct w_site *s, enum w_group g, int server)
{
	s->group = (uint8_t)g;
	s->cur = (uint8_t)(server < 0 ? 0 : server);
	s->transit = 0;
}

void
activity_deactivate(struct w_vm *vm, int c)
{
	struct w_site *s = &vm->site[c];

	s->group = G_OFF;
	s->cur = s->excused = s->unseen = 0;
	s->transit = 0;
	vm->lied &= (uint8_t) ~(1u << c);
}

/* The group leaves its server: to another one, or it is down. */
void
activity_displace(struct world *w, int v, int c)
{
	struct w_site *s = &w->vm[v].site[c];

	if (s->group == G_HALF || cluster_up(w, c, s->cur) < 0) {
		activity_deactivate(&w->vm[v], c);
		return;
	}
	s->group = G_TRANSIT;
	s->transit = WORLD_NOW;
}

void
activity_server_down(struct world *w, int c, int server, bool failover)
{
	int v;

	w->cluster[c].server[server] = SRV_DOWN;
	for (v = 0; v < setup.vms; v++) {
		struct w_site *s = &w->vm[v].site[c];

		if (s->group == G_OFF || s->cur != server)
			continue;
		if (s->group == G_TRANSIT)
			continue; /* on its way to another one */
		if (failover)
			activity_displace(w, v, c);
		else
			activity_deactivate(&w->vm[v], c);
	}
}
