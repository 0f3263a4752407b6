/*
 * SPDX-License-Identifier: Apache-2.0
 * Virtual load. See load.h.
 */
#include "tests/ecxsim/load.h"

#define STEP_MS 5000
#define WANDER  0.2 /* either way */

static double
hash01(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t z = a * 0x9e3779b97f4a7c15u + b * 0xbf58476d1ce4e5b9u + c;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (double)((z ^ (z >> 31)) >> 11) / 9007199254740992.0;
}

/* A factor around 1 that moves smoothly from step to step. */
static double
wander(const struct cluster *c, int what)
{
	int64_t now = sched_now(c->sim->sched);
	uint64_t step = (uint64_t)(now / STEP_MS), id = (uint64_t)c->index << 20;
	double part = (double)(now % STEP_MS) / STEP_MS;
	double from = hash01(c->sim->seed, id + (uint64_t)what, step);
	double to = hash01(c->sim->seed, id + (uint64_t)what, step + 1);

	return 1 + WANDER * (2 * (from + (to - from) * part) - 1);
}

static bool
runs(const struct cluster *c, int g, const char *server)
{
	return c->grp[g].vm != NULL &&
	    oracle_active(c->sim->oracle, KEY_VM, c->grp[g].vm, c->name, server);
}

double
load_vm_cpu(const struct cluster *c, int g)
{
	return runs(c, g, NULL) ? c->grp[g].vm_cpu * wander(c, g) : 0;
}

double
load_vm_memory(const struct cluster *c, int g)
{
	return runs(c, g, NULL) ? c->grp[g].vm_memory : 0;
}

double
load_node_cpu(const struct server *s)
{
	const struct cluster *c = s->cluster;
	double sum = s->cpu_base * wander(c, 1 << 16 | s->index);

	if (s->os != OS_UP)
		return 0;
	for (int g = 0; g < c->ngrp; g++)
		if (runs(c, g, s->name))
			sum += c->grp[g].vm_cpu * wander(c, g);
	return sum > 1000 ? 1000 : sum;
}

double
load_node_memory(const struct server *s)
{
	const struct cluster *c = s->cluster;
	double sum = s->memory_base;

	if (s->os != OS_UP)
		return 0;
	for (int g = 0; g < c->ngrp; g++)
		if (runs(c, g, s->name))
			sum += c->grp[g].vm_memory;
	return sum > s->memory_total ? s->memory_total : sum;
}
