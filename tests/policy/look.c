/*
 * SPDX-License-Identifier: Apache-2.0
 * What is seen of the truth: a round of one cluster as its servers would answer, and
 * the loads as agents and a metrics hook would tell them.
 */
#include "tests/policy/play.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define SEEN 10 /* ms that a round takes */

/* --- a round -----------------------------------------------------------------------
 */

static enum ecx_status
shown(const struct w_cluster *c, const struct w_place *p)
{
	switch (p->state) {
	case G_ON:
		return ECX_ONLINE;
	case G_STARTING:
		return ECX_ONLINE_PENDING;
	case G_STOPPING:
		return ECX_OFFLINE_PENDING;
	case G_FAILED:
		return ECX_ONLINE_FAILURE;
	case G_LOST: /* not noticed yet: as it was */
		return nodes_up(c) > 0 ? ECX_ONLINE : ECX_OFFLINE;
	default:
		return ECX_OFFLINE;
	}
}

static void
add_group(struct obs_view *v, const struct w_cluster *c, const struct w_vm *vm,
    const struct w_place *p)
{
	const char *current =
	    p->state == G_OFF || p->node < 0 ? NULL : c->nodes[p->node].name;
	struct obs_resource *r;
	struct obs_group *g;

	v->groups = xreallocarray(v->groups, v->ngroups + 1, sizeof(*v->groups));
	g = &v->groups[v->ngroups++];
	*g = (struct obs_group) { xstrdup(vm->name), shown(c, p), xstrdup(current) };
	v->resources =
	    xreallocarray(v->resources, v->nresources + 1, sizeof(*v->resources));
	r = &v->resources[v->nresources++];
	*r = (struct obs_resource) {
		.name = xasprintf("%s-%s", vm->stateless ? "exec" : "sd", vm->name),
		.type = xstrdup(vm->stateless ? "exec" : "sd"),
		.group = xstrdup(vm->name),
		.status = shown(c, p),
		.current = xstrdup(current),
	};
}

static void
fill_view(struct play *p, struct obs_view *v, size_t cluster)
{
	const struct w_cluster *c = &p->world.clusters[cluster];
	const bool whole = nodes_up(c) == c->nnodes;
	const struct w_place *pl;
	size_t i;

	v->reach = REACH_OK;
	v->cluster_name = xstrdup(c->name);
	v->cluster_status = whole ? ECX_NORMAL : ECX_CAUTION;
	v->cluster_status_text = xstrdup(whole ? "Normal" : "Caution");
	v->servers = xcalloc(c->nnodes, sizeof(*v->servers));
	v->nservers = c->nnodes;
	for (i = 0; i < c->nnodes; i++)
		v->servers[i] = (struct obs_server) { xstrdup(c->nodes[i].name),
			node_up(&c->nodes[i])       ? ECX_ONLINE
			    : c->nodes[i].back != 0 ? ECX_ONLINE_PENDING
			                            : ECX_OFFLINE };
	for (i = 0; i < p->world.nvms; i++)
		if ((pl = world_place(&p->world.vms[i], cluster)) != NULL)
			add_group(v, c, &p->world.vms[i], pl);
	obs_view_sort(v);
}

struct observation *
look_round(struct play *p, size_t cluster)
{
	const struct w_cluster *c = &p->world.clusters[cluster];
	struct observation *o = xcalloc(1, sizeof(*o));
	size_t i;

	o->seq = ++p->round_seq;
	o->settings_seq = p->settings_seq;
	o->cluster = cluster;
	o->start = p->now.ms;
	o->end = p->now.ms + SEEN;
	o->wall = p->now.wall;
	o->every_server = true;
	o->nviews = c->nnodes;
	o->views = xcalloc(o->nviews, sizeof(*o->views));
	for (i = 0; i < c->nnodes; i++) {
		o->views[i].server = i;
		o->views[i].start = o->start;
		o->views[i].end = o->end;
		if (node_up(&c->nodes[i]) && !c->nodes[i].mute) {
			fill_view(p, &o->views[i], cluster);
			continue;
		}
		o->views[i].reach = c->nodes[i].mute ? REACH_TIMEOUT : REACH_REFUSED;
		o->views[i].error = xasprintf("%s: %s", c->nodes[i].name,
		    c->nodes[i].mute ? "timed out" : "connection refused");
	}
	return o;
}

/* --- loads -------------------------------------------------------------------------
 */

static void
told(struct play *p, bool taken, const char *what, char **cause)
{
	if (!taken)
		fail(p, "the load of %s was not taken: %s", what,
		    *cause == NULL ? "no reason" : *cause);
	xfree_clear(cause);
}

static void
look_node(struct play *p, size_t c, size_t n)
{
	const struct w_cluster *cl = &p->world.clusters[c];
	const struct w_node *node = &cl->nodes[n];
	const struct load_sample s = {
		.source = LOAD_SNMP,
		.at = p->now.ms,
		.cpu = node_load(p, c, n) / node->cpus,
		.cpus = node->cpus,
		.memory_used = (double)node_memory(p, c, n),
		.memory_total = (double)node->memory,
	};
	char *cause = NULL;

	if (!node_up(node) || node->untold)
		return;
	told(p, model_node_load(p->model, cl->name, node->name, &s, &p->now, &cause),
	    node->name, &cause);
}

void
look_loads(struct play *p)
{
	char *cause = NULL;
	size_t i, j;

	for (i = 0; i < p->world.nclusters; i++)
		for (j = 0; j < p->world.clusters[i].nnodes; j++)
			look_node(p, i, j);
	for (i = 0; i < p->world.nvms; i++) {
		struct w_vm *v = &p->world.vms[i];
		const struct w_place *pl = world_active(v);
		const struct load_sample s = {
			.source = LOAD_HOOK,
			.at = p->now.ms,
			.cpu = vm_load(p, v),
			.cpus = v->vcpus,
			.memory_used = (double)v->memory,
			.memory_total = LOAD_UNTOLD,
		};

		if (v->unmeasured || v->untold || pl == NULL || pl->state != G_ON)
			continue;
		told(p, model_vm_load(p->model, v->name, &s, &p->now, &cause), v->name,
		    &cause);
	}
}
