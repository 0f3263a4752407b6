/*
 * SPDX-License-Identifier: Apache-2.0
 * Rounds -> nodes: how each server of a cluster is, by what all of them say.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "set/model_impl.h"

static const char *const node_word[] = { "", "online", "offline", "starting",
	"stopping", "caution", "suspended", "unknown" };

struct m_node *
cluster_node(const struct m_cluster *c, const char *name)
{
	size_t i;

	if (name != NULL)
		for (i = 0; i < c->nnodes; i++)
			if (strcmp(c->nodes[i].cfg->name, name) == 0)
				return &c->nodes[i];
	return NULL;
}

struct m_node *
cluster_node_at(const struct m_cluster *c, uint32_t index)
{
	size_t i;

	for (i = 0; c != NULL && i < c->nnodes; i++)
		if (c->nodes[i].index == index)
			return &c->nodes[i];
	return NULL;
}

uint32_t
cluster_node_domain(const struct m_cluster *c, const struct m_node *n)
{
	return n != NULL ? n->fault_domain : c->fault_domain;
}

void
node_clear(struct m_node *n)
{
	free(n->text);
	free(n->error);
	free(n->foreign);
}

void
node_seed(struct model *m, const struct m_cluster *c, struct m_node *n)
{
	char *name = xasprintf("%s/%s", c->cfg->name, n->cfg->name);

	if (note_standing(m, ALARM_SERVER_DOWN, OBJECT_NODE, name, SEV_INFO) != NULL)
		n->before = NODE_OFFLINE;
	n->known = n->before != 0;
	free(name);
}

static enum cs_node_oper
node_oper_of(const struct look *l)
{
	if (!l->present || !l->agreed)
		return NODE_UNKNOWN;
	switch (l->status) {
	case ECX_ONLINE:
	case ECX_NORMAL:
		return NODE_ONLINE;
	case ECX_OFFLINE:
		return NODE_OFFLINE;
	case ECX_ONLINE_PENDING:
		return NODE_STARTING;
	case ECX_OFFLINE_PENDING:
		return NODE_STOPPING;
	case ECX_CAUTION:
		return NODE_CAUTION;
	case ECX_SUSPEND:
		return NODE_SUSPENDED;
	default:
		return NODE_UNKNOWN;
	}
}

static void
node_event(struct model *m, struct m_cluster *c, struct m_node *n,
    enum cs_node_oper was, const struct model_now *now)
{
	const uint32_t key[2] = { c->index, n->index };
	const bool quiet =
	    c->kept->admin != CLUSTER_ACTIVE || n->kept->admin == CLUSTER_MAINTENANCE;
	char *name = xasprintf("%s/%s", c->cfg->name, n->cfg->name);
	char *text =
	    xasprintf("server %s: %s -> %s", name, node_word[was], node_word[n->oper]);
	struct event_note e = {
		.type = EVENT_NODE_STATE,
		.severity = n->oper == NODE_ONLINE || quiet ? SEV_INFO
		    : n->oper == NODE_OFFLINE               ? SEV_CRITICAL
		                                            : SEV_WARNING,
		.object = OBJECT_NODE,
		.object_name = name,
		.cluster_name = c->cfg->name,
		.text = text,
		.table = TABLE_NODE,
		.row = table_get(m->tables[TABLE_NODE], key, 2),
	};

	note_event(m, &e, now);
	free(text);
	free(name);
}

void
node_put_row(struct model *m, struct m_cluster *c, struct m_node *n)
{
	const uint32_t key[2] = { c->index, n->index };
	struct node_row row = {
		.name = n->cfg->name,
		.cluster_name = c->cfg->name,
		.fault_domain = n->fault_domain,
		.fault_domain_name = n->cfg->fault_domain != NULL ? n->cfg->fault_domain
		    : c->cfg->fault_domain != NULL                ? c->cfg->fault_domain
		                                                  : "",
		.admin = n->kept->admin,
		.oper = n->oper,
		.status_text = n->text,
		.vms_running = n->vms_running,
	};

	load_of_node(n, &row);
	table_put(m->tables[TABLE_NODE], key, 2, &row);
}

static void
node_judge(struct m_cluster *c, struct m_node *n)
{
	struct look l = { false, false, ECX_UNKNOWN, NULL };

	n->oper = NODE_UNKNOWN;
	if (!cluster_blind(c)) {
		l = look_server(c->seen, n->cfg->name);
		n->oper = node_oper_of(&l);
	}
	free(n->text);
	if (!c->tried)
		n->text = xstrdup("not asked yet");
	else if (cluster_blind(c))
		n->text = xstrdup("nothing fresh is known of its cluster");
	else if (!l.agreed)
		n->text = xstrdup("the servers of its cluster disagree about it");
	else if (!l.present)
		n->text = xstrdup("its cluster does not list it");
	else if (n->error != NULL)
		n->text = xasprintf(
		    "%s; its own API: %s", ecx_status_text(l.status), n->error);
	else
		n->text = xstrdup(ecx_status_text(l.status));
}

static void
node_alarm(
    struct model *m, struct m_cluster *c, struct m_node *n, const struct model_now *now)
{
	char *name, *text = NULL;

	if (n->oper == NODE_UNKNOWN && c->kept->admin != CLUSTER_IGNORED)
		return; /* not told: what stood before stands */
	name = xasprintf("%s/%s", c->cfg->name, n->cfg->name);
	if (n->oper == NODE_OFFLINE && c->kept->admin != CLUSTER_IGNORED &&
	    n->kept->admin != CLUSTER_IGNORED)
		cause_set(&text, "server %s is Offline in ECX", name);
	note_alarm(m, ALARM_SERVER_DOWN, SEV_CRITICAL, OBJECT_NODE, name, text, now);
	free(text);
	free(name);
}

void
node_update(
    struct model *m, struct m_cluster *c, struct m_node *n, const struct model_now *now)
{
	enum cs_node_oper was = n->oper;

	node_judge(c, n);
	node_put_row(m, c, n);
	if (was != n->oper)
		m->domains_dirty = true;
	if (n->before != 0 && n->oper != NODE_UNKNOWN) {
		was = n->before;
		n->before = 0;
	}
	if (was != n->oper) {
		if (was != 0 && (n->known || n->oper == NODE_OFFLINE))
			node_event(m, c, n, was, now);
		n->known = n->known || n->oper != NODE_UNKNOWN;
	}
	node_alarm(m, c, n, now);
}
