/*
 * SPDX-License-Identifier: Apache-2.0
 * What is shown of loads: figures as last measured, their smoothed values, and sizes
 * from the configuration where nobody measures them. Changes nothing.
 */
#include <math.h>

#include "set/model_impl.h"

/* The measured one; else the configured one, where that is told. */
static double
either(const struct m_figure *f, int64_t configured)
{
	if (f->source != 0)
		return f->last;
	return configured > 0 ? (double)configured : -1;
}

double
load_node_cpus(const struct m_node *n)
{
	return either(&n->load.cpus, n->cfg->cpus);
}

double
load_node_memory(const struct m_node *n)
{
	return either(&n->load.total, n->cfg->memory);
}

double
load_vm_vcpus(const struct m_vm *v)
{
	return either(&v->load.vcpus, v->cfg_vcpus);
}

double
load_vm_memory(const struct m_vm *v)
{
	return either(&v->load.memory, v->cfg_memory);
}

/* The figure that its processors' use is told by; NULL: none. */
static const struct m_figure *
cpu_of(const struct m_vm *v)
{
	return v->load.cpu.source != 0  ? &v->load.cpu
	    : v->load.guess.source != 0 ? &v->load.guess
	                                : NULL;
}

double
load_vm_cpu(const struct m_vm *v)
{
	const struct m_figure *f = cpu_of(v);

	return f == NULL ? -1 : f->mean;
}

static int64_t
whole(double value)
{
	return value < 0 ? ROW_NONE : (int64_t)llround(value);
}

static int64_t
per_mille(double share)
{
	return share < 0 ? ROW_NONE : share > 1 ? 1000 : (int64_t)llround(share * 1000);
}

void
load_of_node(const struct m_node *n, struct node_row *row)
{
	const struct m_node_load *l = &n->load;
	const struct m_figure *f = l->cpu.source != 0 ? &l->cpu
	    : l->used.source != 0                     ? &l->used
	    : l->cpus.source != 0                     ? &l->cpus
	                                              : &l->total;
	const double memory = load_node_memory(n);

	row->cpus = whole(load_node_cpus(n));
	row->memory_total = whole(memory);
	row->cpu_load = per_mille(l->cpu.source != 0 ? l->cpu.last : -1);
	row->cpu_mean = per_mille(l->cpu.source != 0 ? l->cpu.mean : -1);
	row->memory_used = whole(l->used.source != 0 ? l->used.last : -1);
	row->memory_mean = whole(l->used.source != 0 ? l->used.mean : -1);
	row->load_since = f->source != 0 ? f->at : 0;
	row->load_source = f->source != 0                            ? f->source
	    : row->cpus != ROW_NONE || row->memory_total != ROW_NONE ? LOAD_CONFIGURED
	                                                             : LOAD_NONE;
}

/* Of the nodes that are Online; a sum of which a part is not known is not known. */
void
load_of_cluster(const struct m_cluster *c, struct cluster_row *row)
{
	bool cpu = true, cpus = true, used = true, total = true;
	double busy = 0, share = 0, all = 0, in_use = 0, memory = 0;
	const struct m_node *n;
	size_t i, online = 0;

	for (i = 0; i < c->nnodes; i++) {
		n = &c->nodes[i];
		if (n->oper != NODE_ONLINE)
			continue;
		online++;
		cpu = cpu && n->load.cpu.source != 0;
		cpus = cpus && load_node_cpus(n) > 0;
		used = used && n->load.used.source != 0;
		total = total && load_node_memory(n) > 0;
		share += n->load.cpu.last;
		busy += n->load.cpu.last * load_node_cpus(n);
		all += load_node_cpus(n);
		in_use += n->load.used.last;
		memory += load_node_memory(n);
	}
	cpu = cpu && online > 0;
	row->cpu_load = per_mille(!cpu ? -1
	        : cpus                 ? busy / all
	                               : share / (double)online);
	row->memory_used = whole(used && online > 0 ? in_use : -1);
	row->memory_total = whole(total && online > 0 ? memory : -1);
}

void
load_of_vm(const struct m_vm *v, struct vm_row *row)
{
	const struct m_figure *f = cpu_of(v),
	                      *size = v->load.memory.source != 0 ? &v->load.memory
	                                                         : &v->load.vcpus;
	/* a share is one of the node where it runs */
	const double cpus =
	    v->on != NULL && v->place != NULL ? load_node_cpus(v->on) : -1;

	row->vcpus = whole(load_vm_vcpus(v));
	row->memory = whole(load_vm_memory(v));
	row->cpu_milli = f == NULL ? ROW_NONE : whole(f->mean * 1000);
	row->cpu_load = per_mille(f == NULL || cpus <= 0 ? -1 : f->last / cpus);
	row->cpu_mean = per_mille(f == NULL || cpus <= 0 ? -1 : f->mean / cpus);
	if (f == NULL && size->source != 0)
		f = size;
	row->load_since = f == NULL ? 0 : f->at;
	row->load_source = f != NULL                            ? f->source
	    : row->vcpus != ROW_NONE || row->memory != ROW_NONE ? LOAD_CONFIGURED
	                                                        : LOAD_NONE;
}
