/*
 * SPDX-License-Identifier: Apache-2.0
 * Samples of loads taken in: smoothing, precedence, age, and what follows for VMs that
 * nobody measures. See load.h.
 *
 * Each figure stands for itself: of two sources, the one that counts more keeps a
 * figure until it is stale. What a VM takes along when it moves are processors and MiB,
 * so the smoothed figures of both its nodes are corrected at once and do not have to
 * learn it: nothing is decided on a load that has left.
 */
#include "set/load.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "set/model_impl.h"

#define CPUS_MAX   65536
#define MEMORY_MAX (1 << 30) /* MiB */
#define SHARE_MAX  1.001 /* of all processors: sources round */

double
load_smooth(double mean, double sample, msec_t elapsed, msec_t half_life)
{
	if (half_life <= 0)
		return sample;
	if (elapsed <= 0)
		return mean;
	return sample + (mean - sample) * exp2(-(double)elapsed / (double)half_life);
}

/* --- one figure ------------------------------------------------------------------ */

/* Of what measures: the greater counts more. */
static int
rank(enum cs_load_source s)
{
	return s == LOAD_HOOK ? 2 : s == LOAD_SNMP ? 1 : 0;
}

/* False: it stands as it is, known better or more lately. */
static bool
figure_take(const struct model *m, struct m_figure *f, double value,
    const struct load_sample *s, msec_t at, bool smooth)
{
	if (value < 0)
		return false;
	if (f->source != 0 &&
	    (rank(f->source) > rank(s->source) ||
	        (f->source == s->source && f->at > at)))
		return false;
	f->mean = f->source == 0 || !smooth
	    ? value
	    : load_smooth(f->mean, value, at - f->at, m->settings->load.half_life);
	f->last = value;
	f->source = s->source;
	if (at > f->at)
		f->at = at;
	return true;
}

/* Something that was measured then is known: when will it have to be forgotten? */
static void
due_for(struct model *m, msec_t at)
{
	const msec_t due = at + m->settings->load.freshness + 1;

	if (m->load_due == 0 || due < m->load_due)
		m->load_due = due;
}

/* Forgets it when it is stale; else it is due when it will be. True: it was forgotten.
 */
static bool
figure_age(struct model *m, struct m_figure *f, const struct model_now *now)
{
	if (f->source == 0)
		return false;
	if (now->ms - f->at > m->settings->load.freshness) {
		memset(f, 0, sizeof(*f));
		return true;
	}
	due_for(m, f->at);
	return false;
}

static double
within(double value, double max)
{
	return value < 0 ? 0 : value > max ? max : value;
}

/* --- VMs that nobody measures ---------------------------------------------------- */

enum { PART_NONE, PART_OWN, PART_GUESSED };

/* What it is of its node's load: an own figure, a share of what is left, or nothing. */
static int
part_of(const struct m_vm *v, const struct m_node *n)
{
	if (v->load.cpu.source != 0)
		return PART_OWN;
	/* the node was not measured yet since it came: it keeps what it brought */
	if (v->load.arrived != 0 && v->load.arrived >= n->load.cpu.at)
		return v->load.guess.source != 0 ? PART_OWN : PART_NONE;
	return PART_GUESSED;
}

/*
 * Divides what is left of the node's load, measured VMs taken off, by weight times
 * vCPUs. A VM whose vCPUs nobody told gets none, but counts as the mean of the others,
 * or they would be taken for busier than they are. None uses more than its vCPUs: the
 * rest is the node's own.
 */
static void
guess_node(struct model *m, struct m_node *n)
{
	double cpus = load_node_cpus(n), last, mean, parts = 0, part;
	const bool known = n->load.cpu.source != 0 && cpus > 0;
	unsigned told = 0, untold = 0;
	struct m_vm *v;

	last = n->load.cpu.last * cpus;
	mean = n->load.cpu.mean * cpus;
	LIST_FOREACH(v, &n->vms, on_node)
	{
		if (part_of(v, n) == PART_OWN) {
			mean -= load_vm_cpu(v);
			if (v->load.cpu.source != 0)
				last -= v->load.cpu.last;
		} else if (part_of(v, n) == PART_GUESSED) {
			if (load_vm_vcpus(v) < 0) {
				untold++;
				continue;
			}
			told++;
			parts += load_vm_vcpus(v) * (double)v->cpu_weight;
		}
	}
	if (told > 0)
		parts += parts / told * untold;
	LIST_FOREACH(v, &n->vms, on_node)
	{
		if (part_of(v, n) != PART_GUESSED)
			continue;
		memset(&v->load.guess, 0, sizeof(v->load.guess));
		if (known && load_vm_vcpus(v) > 0) {
			part = load_vm_vcpus(v) * (double)v->cpu_weight / parts;
			v->load.guess = (struct m_figure) {
				.source = LOAD_ESTIMATED,
				.at = n->load.cpu.at,
				.last = within(last * part, load_vm_vcpus(v)),
				.mean = within(mean * part, load_vm_vcpus(v)),
			};
		}
		vm_put_row(m, v);
	}
}

/* What is shown of a node and everything on it. */
static void
publish_node(struct model *m, struct m_cluster *c, struct m_node *n)
{
	struct m_vm *v;

	guess_node(m, n);
	LIST_FOREACH(v, &n->vms, on_node)
	if (part_of(v, n) != PART_GUESSED)
		vm_put_row(m, v); /* shares of the node's processors */
	node_put_row(m, c, n);
	cluster_put_row(m, c);
}

/* --- samples --------------------------------------------------------------------- */

static bool
in_range(double value, double max)
{
	return value == LOAD_UNTOLD || (value >= 0 && value <= max);
}

/* When it was measured; 0 and *cause: it may not be taken. */
static msec_t
sample_time(const struct model *m, const char *name, const struct load_sample *s,
    const struct model_now *now, char **cause)
{
	const msec_t at = s->at == 0 || s->at > now->ms ? now->ms : s->at;

	if (rank(s->source) == 0)
		cause_set(cause, "%s: its source measures nothing", name);
	else if (now->ms - at > m->settings->load.freshness)
		cause_set(cause,
		    "%s: measured %lld s ago, which is more than load.freshness", name,
		    (long long)((now->ms - at) / 1000));
	else if (at < m->void_before)
		cause_set(cause, "%s: measured before clustersetd stood still", name);
	else
		return at;
	return 0;
}

static bool
node_sane(const char *name, const struct load_sample *s, char **cause)
{
	if (!in_range(s->cpu, SHARE_MAX))
		cause_set(cause,
		    "%s: cpu = %g is no share of its processors from 0 to 1", name,
		    s->cpu);
	else if (!in_range(s->cpus, CPUS_MAX) || s->cpus == 0)
		cause_set(cause, "%s: cpus = %g is out of range", name, s->cpus);
	else if (!in_range(s->memory_total, MEMORY_MAX) || s->memory_total == 0)
		cause_set(cause, "%s: memory-total = %g MiB is out of range", name,
		    s->memory_total);
	else if (!in_range(s->memory_used, MEMORY_MAX) ||
	    (s->memory_total != LOAD_UNTOLD && s->memory_used > s->memory_total))
		cause_set(cause, "%s: memory-used = %g MiB is out of range", name,
		    s->memory_used);
	else
		return true;
	return false;
}

bool
model_node_load(struct model *m, const char *cluster, const char *node,
    const struct load_sample *s, const struct model_now *now, char **cause)
{
	struct m_cluster *c =
	    m->settings == NULL ? NULL : model_cluster_named(m, cluster);
	struct m_node *n = c == NULL ? NULL : cluster_node(c, node);
	bool taken = false;
	char *name;
	msec_t at;

	if (n == NULL) {
		cause_set(cause, "%s/%s: no such node is configured", cluster, node);
		return false;
	}
	name = xasprintf("%s/%s", cluster, node);
	at = node_sane(name, s, cause) ? sample_time(m, name, s, now, cause) : 0;
	free(name);
	if (at == 0)
		return false;
	taken |= figure_take(m, &n->load.cpus, s->cpus, s, at, false);
	taken |= figure_take(m, &n->load.total, s->memory_total, s, at, false);
	taken |= figure_take(
	    m, &n->load.cpu, s->cpu < 0 ? s->cpu : within(s->cpu, 1), s, at, true);
	taken |= figure_take(m, &n->load.used, s->memory_used, s, at, true);
	if (taken) {
		due_for(m, at);
		publish_node(m, c, n);
	}
	return true;
}

bool
model_vm_load(struct model *m, const char *vm, const struct load_sample *s,
    const struct model_now *now, char **cause)
{
	struct m_vm *v;
	bool taken = false, cpu;
	msec_t at;

	HASH_FIND_STR(m->vms, vm, v);
	if (v == NULL)
		cause_set(cause, "vm %s: no such VM is configured", vm);
	else if (!in_range(s->cpu, CPUS_MAX))
		cause_set(
		    cause, "vm %s: cpu = %g processors is out of range", vm, s->cpu);
	else if (!in_range(s->cpus, CPUS_MAX) || s->cpus == 0)
		cause_set(cause, "vm %s: vcpus = %g is out of range", vm, s->cpus);
	else if (!in_range(s->memory_used, MEMORY_MAX))
		cause_set(cause, "vm %s: memory = %g MiB is out of range", vm,
		    s->memory_used);
	else if ((at = sample_time(m, vm, s, now, cause)) != 0) {
		cpu = figure_take(m, &v->load.cpu, s->cpu, s, at, true);
		taken |= figure_take(m, &v->load.vcpus, s->cpus, s, at, false);
		taken |= figure_take(m, &v->load.memory, s->memory_used, s, at, false);
		if (cpu || taken)
			due_for(m, at);
		if (cpu)
			memset(&v->load.guess, 0, sizeof(v->load.guess));
		if (v->on != NULL && (cpu || taken))
			guess_node(m, v->on);
		if (cpu || taken)
			vm_put_row(m, v);
		return true;
	}
	return false;
}

/* --- places ---------------------------------------------------------------------- */

static void
link_to(struct m_vm *v, struct m_node *n)
{
	v->on = n;
	if (n != NULL)
		LIST_INSERT_HEAD(&n->vms, v, on_node);
}

void
load_leave(struct m_vm *v)
{
	if (v->on != NULL)
		LIST_REMOVE(v, on_node);
	v->on = NULL;
}

void
load_unlink(struct m_vm *old)
{
	struct m_vm *v;

	for (v = old; v != NULL; v = v->hh.next)
		load_leave(v);
}

void
load_link(struct model *m)
{
	struct m_vm *v;

	for (v = m->vms; v != NULL; v = v->hh.next) {
		load_leave(v);
		if (v->load.node != 0)
			link_to(v,
			    cluster_node_at(
			        model_cluster(m, v->load.cluster), v->load.node));
	}
	m->load_due = m->started.ms; /* freshness may be another one: look again */
}

/* What it uses comes to a node, or goes from it, before that is measured. */
static void
shift(struct model *m, struct m_cluster *c, struct m_node *n, const struct m_vm *v,
    double sign)
{
	const double cpus = load_node_cpus(n), memory = load_node_memory(n),
	             cpu = load_vm_cpu(v);
	struct m_node_load *l = &n->load;

	if (l->cpu.source != 0 && cpus > 0 && cpu > 0)
		l->cpu.mean = within(l->cpu.mean + sign * cpu / cpus, 1);
	if (l->used.source != 0 && load_vm_memory(v) > 0)
		l->used.mean = within(l->used.mean + sign * load_vm_memory(v),
		    memory > 0 ? memory : MEMORY_MAX);
	if (l->cpu.source != 0 || l->used.source != 0)
		node_put_row(m, c, n);
}

/*
 * The guesses of the others stay as they are: what the VM was thought to use is what
 * its nodes' loads were corrected by.
 */
void
load_place(struct model *m, struct m_vm *v, const struct model_now *now)
{
	struct m_node *old = v->on, *n = NULL;
	struct m_cluster *c = NULL;

	if (v->oper == VM_RUNNING && v->place != NULL) {
		c = v->place->cluster;
		n = cluster_node(c, v->place->current);
	}
	/* what is not known is where it was; so is what starts or stops */
	if (n == NULL && v->oper != VM_STOPPED && v->oper != VM_FAILED)
		return;
	if (n == old && (n != NULL || v->load.placed))
		return;
	load_leave(v);
	if (old != NULL)
		shift(m, model_cluster(m, v->load.cluster), old, v, -1);
	if (n != NULL && v->load.placed) {
		v->load.arrived = now->ms;
		shift(m, c, n, v, 1);
	}
	v->load.placed = true;
	v->load.cluster = n == NULL ? 0 : c->index;
	v->load.node = n == NULL ? 0 : n->index;
	link_to(v, n);
}

/* --- age ------------------------------------------------------------------------- */

static bool
node_age(struct model *m, struct m_node *n, const struct model_now *now)
{
	bool gone = figure_age(m, &n->load.cpu, now);

	gone |= figure_age(m, &n->load.cpus, now);
	gone |= figure_age(m, &n->load.used, now);
	gone |= figure_age(m, &n->load.total, now);
	return gone;
}

static bool
vm_age(struct model *m, struct m_vm *v, const struct model_now *now)
{
	bool gone = figure_age(m, &v->load.cpu, now);

	gone |= figure_age(m, &v->load.vcpus, now);
	gone |= figure_age(m, &v->load.memory, now);
	gone |= figure_age(m, &v->load.guess, now);
	return gone;
}

void
load_tick(struct model *m, const struct model_now *now)
{
	struct m_cluster *c;
	struct m_vm *v;
	size_t i, k;

	if (m->load_due == 0 || now->ms < m->load_due)
		return;
	m->load_due = 0;
	for (v = m->vms; v != NULL; v = v->hh.next) {
		if (!vm_age(m, v, now))
			continue;
		if (v->on != NULL)
			guess_node(m, v->on);
		vm_put_row(m, v);
	}
	for (i = 0; i < m->nclusters; i++) {
		c = m->clusters[i];
		for (k = 0; k < c->nnodes; k++)
			if (node_age(m, &c->nodes[k], now))
				publish_node(m, c, &c->nodes[k]);
	}
}

void
load_forget(struct model *m, const struct model_now *now)
{
	struct m_cluster *c;
	struct m_vm *v;
	size_t i, k;

	(void)now;
	for (v = m->vms; v != NULL; v = v->hh.next) {
		memset(&v->load.cpu, 0, sizeof(v->load.cpu));
		memset(&v->load.vcpus, 0, sizeof(v->load.vcpus));
		memset(&v->load.memory, 0, sizeof(v->load.memory));
		memset(&v->load.guess, 0, sizeof(v->load.guess));
	}
	for (i = 0; i < m->nclusters; i++) {
		c = m->clusters[i];
		for (k = 0; k < c->nnodes; k++) {
			memset(&c->nodes[k].load, 0, sizeof(c->nodes[k].load));
			node_put_row(m, c, &c->nodes[k]);
		}
		cluster_put_row(m, c);
	}
	for (v = m->vms; v != NULL; v = v->hh.next)
		vm_put_row(m, v);
}
