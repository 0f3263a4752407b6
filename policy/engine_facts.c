/*
 * SPDX-License-Identifier: Apache-2.0
 * What a plan rests on, noted when it was proposed, and whether that is still so: by
 * the newest generation, which is what everybody can read. It is asked every second of
 * the plans that wait, never of all VMs. What has the last word is moves_test().
 */
#include "policy/engine_impl.h"

#include <stdlib.h>

#include "base/mem.h"

const struct vm_row *
fact_vm(const struct engine *e, uint32_t vm)
{
	return e->g == NULL ? NULL : table_view_get(e->g->tables[TABLE_VM], &vm, 1);
}

const struct cluster_row *
fact_cluster(const struct engine *e, uint32_t cluster)
{
	return e->g == NULL ? NULL
	                    : table_view_get(e->g->tables[TABLE_CLUSTER], &cluster, 1);
}

const struct node_row *
fact_node(const struct engine *e, uint32_t cluster, uint32_t node)
{
	const uint32_t key[2] = { cluster, node };

	return e->g == NULL || node == 0
	    ? NULL
	    : table_view_get(e->g->tables[TABLE_NODE], key, 2);
}

static void
set_name(char **to, const char *name)
{
	free(*to);
	*to = name == NULL || *name == '\0' ? NULL : xstrdup(name);
}

void
facts_take(const struct engine *e, struct en_plan *p)
{
	const struct vm_row *v = fact_vm(e, p->vm);
	const struct cluster_row *c = fact_cluster(e, p->cluster);
	const struct node_row *n = fact_node(e, p->cluster, p->node);

	if (v != NULL)
		set_name(&p->vm_name, v->name);
	if (p->vm_name == NULL)
		p->vm_name = xasprintf("%u", p->vm);
	if (c != NULL)
		set_name(&p->cluster_name, c->name);
	if (n != NULL)
		set_name(&p->node_name, n->name);
	p->source = p->source_node = 0;
	p->source_admin = p->source_node_admin = 0;
	set_name(&p->source_name, NULL);
	if (v == NULL || v->cluster <= 0)
		return;
	p->source = (uint32_t)v->cluster;
	p->source_node = v->node > 0 ? (uint32_t)v->node : 0;
	set_name(&p->source_name, v->cluster_name);
	c = fact_cluster(e, p->source);
	n = fact_node(e, p->source, p->source_node);
	p->source_admin = c == NULL ? 0 : c->admin;
	p->source_node_admin = n == NULL ? 0 : n->admin;
}

static char *
against_vm(const struct en_plan *p, const struct vm_row *v)
{
	if (v == NULL)
		return xstrdup("the VM is not configured any more");
	if (v->hold == 1)
		return xstrdup("the VM is on hold");
	if (v->admin != VM_UP)
		return xstrdup("the VM is not set to be up");
	if (v->target_cluster > 0 || v->oper == VM_MOVING)
		return xasprintf("another move of the VM is open (%s)",
		    v->status_text == NULL ? "" : v->status_text);
	if (v->oper == VM_RUNNING && (uint32_t)v->cluster == p->cluster &&
	    (p->node == 0 || (uint32_t)v->node == p->node))
		return xstrdup("the VM is there already");
	if (p->source == 0 && v->cluster > 0)
		return xasprintf("the VM is in cluster %s now", v->cluster_name);
	if (p->source == 0)
		return v->oper == VM_CONFLICT || v->oper == VM_IN_DOUBT
		    ? xstrdup("the VM is in conflict or in doubt")
		    : NULL;
	if (v->oper != VM_RUNNING && v->oper != VM_FAILED)
		return xasprintf("the VM is not seen running any more (%s)",
		    v->status_text == NULL ? "" : v->status_text);
	if ((uint32_t)v->cluster != p->source)
		return xasprintf("the VM is in cluster %s now",
		    v->cluster_name == NULL ? "?" : v->cluster_name);
	if (p->source_node != 0 && v->node > 0 && (uint32_t)v->node != p->source_node)
		return xasprintf("the VM is on node %s now",
		    v->node_name == NULL ? "?" : v->node_name);
	return NULL;
}

static char *
against_source(const struct engine *e, const struct en_plan *p)
{
	const struct cluster_row *c = fact_cluster(e, p->source);
	const struct node_row *n = fact_node(e, p->source, p->source_node);

	if (p->source == 0)
		return NULL;
	if (c != NULL && p->source_admin != 0 && c->admin != p->source_admin)
		return xasprintf("cluster %s was set to %s", c->name,
		    c->admin == CLUSTER_ACTIVE        ? "active"
		        : c->admin == CLUSTER_IGNORED ? "ignored"
		                                      : "maintenance");
	if (n != NULL && p->source_node_admin != 0 && n->admin != p->source_node_admin)
		return xasprintf("node %s was set to %s", n->name,
		    n->admin == CLUSTER_ACTIVE ? "active" : "maintenance");
	return NULL;
}

static char *
against_target(const struct engine *e, const struct en_plan *p)
{
	const struct cluster_row *c = fact_cluster(e, p->cluster);
	const struct node_row *n = fact_node(e, p->cluster, p->node);

	if (c == NULL)
		return xstrdup("its target is not configured any more");
	if (c->admin != CLUSTER_ACTIVE)
		return xasprintf("cluster %s is in maintenance or ignored", c->name);
	if (c->oper != CLUSTER_NORMAL && c->oper != CLUSTER_CAUTION)
		return xasprintf("cluster %s does not take VMs now (%s)", c->name,
		    c->status_text == NULL ? "" : c->status_text);
	if (p->node == 0)
		return NULL;
	if (n == NULL)
		return xstrdup("its target node is not configured any more");
	if (n->admin != CLUSTER_ACTIVE)
		return xasprintf("node %s is in maintenance", n->name);
	if (n->oper != NODE_ONLINE)
		return xasprintf("node %s is not online", n->name);
	return NULL;
}

char *
facts_against(const struct engine *e, const struct en_plan *p)
{
	char *why = against_vm(p, fact_vm(e, p->vm));

	if (why == NULL)
		why = against_source(e, p);
	return why != NULL ? why : against_target(e, p);
}
