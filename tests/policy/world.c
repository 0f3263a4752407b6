/*
 * SPDX-License-Identifier: Apache-2.0
 * The truth of a scenario: clusters that start, stop, fail over and die as ECX ones do,
 * and what their VMs use. Nothing here knows of clusterset.
 */
#include "tests/policy/play.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define DETECT 5000 /* a dead server is noticed after so long */
#define JOIN   10000 /* a server that was powered on is Online after so long */

/* --- finding -----------------------------------------------------------------------
 */

int
world_cluster(const struct world *w, const char *name)
{
	size_t i;

	for (i = 0; i < w->nclusters; i++)
		if (strcmp(w->clusters[i].name, name) == 0)
			return (int)i;
	return -1;
}

bool
world_node(const struct world *w, const char *name, size_t *cluster, size_t *node)
{
	const char *slash = strchr(name, '/');
	const char *last = slash == NULL ? name : slash + 1;

	for (*cluster = 0; *cluster < w->nclusters; ++*cluster) {
		const struct w_cluster *c = &w->clusters[*cluster];

		if (slash != NULL &&
		    (strlen(c->name) != (size_t)(slash - name) ||
		        strncmp(c->name, name, (size_t)(slash - name)) != 0))
			continue;
		for (*node = 0; *node < c->nnodes; ++*node)
			if (strcmp(c->nodes[*node].name, last) == 0)
				return true;
	}
	return false;
}

int
world_vm(const struct world *w, const char *name)
{
	size_t i;

	for (i = 0; i < w->nvms; i++)
		if (strcmp(w->vms[i].name, name) == 0)
			return (int)i;
	return -1;
}

struct w_place *
world_place(struct w_vm *v, size_t cluster)
{
	size_t i;

	for (i = 0; i < v->nplaces; i++)
		if (v->places[i].cluster == cluster)
			return &v->places[i];
	return NULL;
}

struct w_place *
world_active(struct w_vm *v)
{
	size_t i;

	for (i = 0; i < v->nplaces; i++)
		if (v->places[i].state != G_OFF && v->places[i].state != G_LOST)
			return &v->places[i];
	return NULL;
}

bool
node_up(const struct w_node *n)
{
	return !n->off && n->back == 0;
}

size_t
nodes_up(const struct w_cluster *c)
{
	size_t i, n = 0;

	for (i = 0; i < c->nnodes; i++)
		n += node_up(&c->nodes[i]);
	return n;
}

int
least_used(const struct world *w, size_t cluster)
{
	const struct w_cluster *c = &w->clusters[cluster];
	int best = -1, used, fewest = 0;
	size_t i, j, k;

	for (i = 0; i < c->nnodes; i++) {
		if (!node_up(&c->nodes[i]))
			continue;
		used = 0;
		for (j = 0; j < w->nvms; j++)
			for (k = 0; k < w->vms[j].nplaces; k++) {
				const struct w_place *p = &w->vms[j].places[k];

				used += p->cluster == cluster && p->state != G_OFF &&
				    p->node == (int)i;
			}
		if (best < 0 || used < fewest) {
			best = (int)i;
			fewest = used;
		}
	}
	return best;
}

/* --- loads -------------------------------------------------------------------------
 */

static double
hash01(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t z = a * 0x9e3779b97f4a7c15u + b * 0xbf58476d1ce4e5b9u + c;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (double)((z ^ (z >> 31)) >> 11) / 9007199254740992.0;
}

double
vm_load(const struct play *p, const struct w_vm *v)
{
	const msec_t t = p->now.ms - p->began;
	double load = v->load, part;

	if (v->period > 0) {
		part = fmod((double)(t + v->phase) / (double)v->period, 1);
		load = v->square
		    ? (part < 0.5 ? v->high : v->low)
		    : v->low + (v->high - v->low) * (0.5 - 0.5 * cos(part * 2 * M_PI));
	}
	if (v->noise > 0) /* anew every ten seconds */
		load *= 1 +
		    v->noise *
		        (2 *
		                hash01(p->world.seed, (uint64_t)(v - p->world.vms),
		                    (uint64_t)(t / 10000)) -
		            1);
	return load;
}

static bool
runs_on(const struct w_vm *v, size_t cluster, size_t node)
{
	size_t i;

	for (i = 0; i < v->nplaces; i++)
		if (v->places[i].cluster == cluster && v->places[i].node == (int)node &&
		    v->places[i].state != G_OFF && v->places[i].state != G_LOST)
			return true;
	return false;
}

double
node_load(const struct play *p, size_t cluster, size_t node)
{
	const struct w_node *n = &p->world.clusters[cluster].nodes[node];
	double sum = n->base;
	size_t i;

	for (i = 0; i < p->world.nvms; i++)
		if (runs_on(&p->world.vms[i], cluster, node))
			sum += vm_load(p, &p->world.vms[i]);
	return sum > n->cpus ? n->cpus : sum;
}

int64_t
node_memory(const struct play *p, size_t cluster, size_t node)
{
	const struct w_node *n = &p->world.clusters[cluster].nodes[node];
	int64_t sum = 1024;
	size_t i;

	for (i = 0; i < p->world.nvms; i++)
		if (runs_on(&p->world.vms[i], cluster, node))
			sum += p->world.vms[i].memory;
	return sum > n->memory ? n->memory : sum;
}

/* --- groups ------------------------------------------------------------------------
 */

static void
begin(struct play *p, const struct w_vm *v, struct w_place *pl, int node)
{
	pl->state = G_STARTING;
	pl->node = node;
	pl->next = -1;
	pl->until = p->now.ms + v->start;
}

enum move_outcome
world_start(struct play *p, struct w_vm *v, struct w_place *pl, int node)
{
	if (nodes_up(&p->world.clusters[pl->cluster]) == 0)
		return ANSWER_NOT_SENT;
	if (node < 0)
		node = least_used(&p->world, pl->cluster);
	if (pl->state != G_OFF || !node_up(&p->world.clusters[pl->cluster].nodes[node]))
		return ANSWER_REFUSED;
	judge_start(p, v, pl);
	begin(p, v, pl, node);
	pl->ours = true;
	return ANSWER_ACCEPTED;
}

enum move_outcome
world_stop(struct play *p, struct w_vm *v, struct w_place *pl)
{
	if (nodes_up(&p->world.clusters[pl->cluster]) == 0)
		return ANSWER_NOT_SENT;
	if (pl->state != G_ON && pl->state != G_FAILED)
		return ANSWER_REFUSED;
	pl->state = G_STOPPING;
	pl->next = -1;
	pl->until = p->now.ms + v->stop;
	return ANSWER_ACCEPTED;
}

enum move_outcome
world_move(struct play *p, struct w_vm *v, struct w_place *pl, int node)
{
	const struct w_cluster *c = &p->world.clusters[pl->cluster];
	size_t i;

	if (nodes_up(c) == 0)
		return ANSWER_NOT_SENT;
	for (i = 0; node < 0 && i < c->nnodes; i++)
		if ((int)i != pl->node && node_up(&c->nodes[i]))
			node = (int)i;
	if (pl->state != G_ON || node < 0 || node == pl->node ||
	    !node_up(&c->nodes[node]))
		return ANSWER_REFUSED;
	pl->state = G_STOPPING;
	pl->next = node;
	pl->until = p->now.ms + v->stop;
	return ANSWER_ACCEPTED;
}

/* Its server is dead: another one of the cluster takes it, as ECX does. */
static void
fail_over(struct play *p, const struct w_vm *v, struct w_place *pl)
{
	const struct w_cluster *c = &p->world.clusters[pl->cluster];
	const int node = c->stays ? -1 : least_used(&p->world, pl->cluster);

	if (nodes_up(c) == 0)
		return; /* nobody there to notice */
	if (node < 0) {
		pl->state = G_OFF;
		pl->node = -1;
		return;
	}
	say(p, "%s: %s fails over to %s", c->name, v->name, c->nodes[node].name);
	begin(p, v, pl, node);
}

static void
step_place(struct play *p, const struct w_vm *v, struct w_place *pl)
{
	if (pl->state == G_OFF || pl->state == G_ON || pl->state == G_FAILED ||
	    p->now.ms < pl->until)
		return;
	switch (pl->state) {
	case G_STARTING:
		pl->state = pl->fails ? G_FAILED : G_ON;
		break;
	case G_STOPPING:
		if (v->wedged)
			break;
		pl->state = G_OFF;
		if (pl->next >= 0)
			begin(p, v, pl, pl->next);
		else
			pl->node = -1;
		break;
	default:
		fail_over(p, v, pl);
		break;
	}
}

/* A whole cluster comes back: what is not on it is Offline, and some start themselves.
 */
static void
come_back(struct play *p, size_t cluster)
{
	size_t i;

	for (i = 0; i < p->world.nvms; i++) {
		struct w_vm *v = &p->world.vms[i];
		struct w_place *pl = world_place(v, cluster);

		if (pl == NULL || (pl->state != G_OFF && pl->state != G_LOST))
			continue;
		pl->state = G_OFF;
		pl->node = -1;
		if (pl->automatic) {
			say(p, "%s: %s starts by itself",
			    p->world.clusters[cluster].name, v->name);
			begin(p, v, pl, least_used(&p->world, cluster));
			pl->ours = false;
		}
	}
}

void
world_step(struct play *p)
{
	size_t i, j;
	bool first;

	for (i = 0; i < p->world.nclusters; i++) {
		struct w_cluster *c = &p->world.clusters[i];

		first = nodes_up(c) == 0;
		for (j = 0; j < c->nnodes; j++)
			if (c->nodes[j].back != 0 && p->now.ms >= c->nodes[j].back)
				c->nodes[j].back = 0;
		if (first && nodes_up(c) > 0)
			come_back(p, i);
	}
	for (i = 0; i < p->world.nvms; i++)
		for (j = 0; j < p->world.vms[i].nplaces; j++)
			step_place(p, &p->world.vms[i], &p->world.vms[i].places[j]);
}

void
node_power(struct play *p, size_t cluster, size_t node, bool on)
{
	struct w_node *n = &p->world.clusters[cluster].nodes[node];
	size_t i;

	if (on == !n->off)
		return;
	n->off = !on;
	n->back = on ? p->now.ms + JOIN : 0;
	for (i = 0; !on && i < p->world.nvms; i++) {
		struct w_place *pl = world_place(&p->world.vms[i], cluster);

		if (pl == NULL || pl->state == G_OFF)
			continue;
		if (pl->node == (int)node ||
		    (pl->state == G_STOPPING && pl->next == (int)node)) {
			pl->state = G_LOST;
			pl->until = p->now.ms + DETECT;
		}
	}
}

void
world_free(struct world *w)
{
	size_t i, j;

	for (i = 0; i < w->nclusters; i++) {
		for (j = 0; j < w->clusters[i].nnodes; j++) {
			free(w->clusters[i].nodes[j].name);
			free(w->clusters[i].nodes[j].domain);
		}
		free(w->clusters[i].nodes);
		free(w->clusters[i].name);
		free(w->clusters[i].domain);
		free(w->clusters[i].fence);
	}
	for (i = 0; i < w->nvms; i++) {
		free(w->vms[i].name);
		free(w->vms[i].set);
		free(w->vms[i].home);
		free(w->vms[i].places);
	}
	free(w->clusters);
	free(w->vms);
}
