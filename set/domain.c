/*
 * SPDX-License-Identifier: Apache-2.0
 * Fault domains and availability sets: what spreads, and what should.
 *
 * Counted anew, whole, when something that they are made of has changed.
 */
#include "set/model_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

uint32_t
domain_index(struct model *m, const char *name)
{
	return name == NULL ? 0 : model_index(m, NAME_FAULT_DOMAIN, name);
}

static void
domain_put_row(struct model *m, const struct fault_domain_settings *d)
{
	uint32_t index = domain_index(m, d->name);
	struct fault_domain_row row = { .name = d->name, .descr = d->descr };
	size_t i, j;

	for (i = 0; i < m->nclusters; i++) {
		const struct m_cluster *c = m->clusters[i];

		row.clusters += c->fault_domain == index;
		for (j = 0; j < c->nnodes; j++) {
			const struct m_node *n = &c->nodes[j];

			if (cluster_node_domain(c, n) != index)
				continue;
			row.nodes++;
			row.nodes_online += n->oper == NODE_ONLINE;
			row.vms_running += n->vms_running;
		}
	}
	table_put(m->tables[TABLE_FAULT_DOMAIN], &index, 1, &row);
}

/* --- availability sets ----------------------------------------------------------- */

struct member {
	const struct m_vm *vm;
	const struct m_node *node; /* where it runs; NULL: it does not, or unknown */
	uint64_t place; /* what must differ; 0: counts nowhere */
	bool violated;
};

static uint64_t
place_of(const struct m_vm *v, const struct m_node *n, enum cs_spread spread)
{
	const struct m_cluster *c;

	if (v->oper != VM_RUNNING || v->place == NULL)
		return 0;
	c = v->place->cluster;
	switch (spread) {
	case SPREAD_NODE:
		return n == NULL ? 0 : (uint64_t)c->index << 32 | n->index;
	case SPREAD_CLUSTER:
		return c->index;
	default:
		return cluster_node_domain(c, n);
	}
}

static void
member_put_row(struct model *m, const struct avail_set_settings *a, uint32_t index,
    const struct member *e)
{
	const uint32_t key[2] = { index, e->vm->index };
	const struct m_cluster *c = e->vm->place == NULL ? NULL : e->vm->place->cluster;
	uint32_t domain = c == NULL ? 0 : cluster_node_domain(c, e->node);
	char *place;
	struct avail_member_row row = {
		.avail_set_name = a->name,
		.vm_name = e->vm->name,
		.fault_domain = domain,
		.violated = e->violated ? 1 : 2,
	};

	if (e->place == 0 || c == NULL)
		place = xstrdup("");
	else if (a->spread == SPREAD_NODE)
		place = xasprintf("%s/%s", c->cfg->name, e->node->cfg->name);
	else if (a->spread == SPREAD_CLUSTER)
		place = xstrdup(c->cfg->name);
	else
		place = xstrdup(e->node != NULL && e->node->cfg->fault_domain != NULL
		        ? e->node->cfg->fault_domain
		        : c->cfg->fault_domain);
	row.place = place;
	table_put(m->tables[TABLE_AVAIL_MEMBER], key, 2, &row);
	free(place);
}

static int
place_compare(const void *a, const void *b)
{
	const struct member *x = a, *y = b;

	if (x->place != y->place)
		return x->place < y->place ? -1 : 1;
	return x->vm->index < y->vm->index ? -1 : x->vm->index > y->vm->index;
}

/* Marks every member that shares its place with another; returns how many are one too
 * many. */
static int64_t
violations(struct member *e, size_t n, char **text)
{
	int64_t found = 0;
	size_t i;

	if (n > 1)
		qsort(e, n, sizeof(*e), place_compare);
	for (i = 1; i < n; i++) {
		if (e[i].place == 0 || e[i].place != e[i - 1].place)
			continue;
		if (found++ == 0)
			cause_set(text, "%s and %s share a place", e[i - 1].vm->name,
			    e[i].vm->name);
		e[i].violated = e[i - 1].violated = true;
	}
	return found;
}

static void
violation_event(struct model *m, const struct avail_set_settings *a, uint32_t index,
    const char *text, const struct model_now *now)
{
	struct event_note e = {
		.type = EVENT_AVAIL_SET_VIOLATION,
		.severity = text == NULL             ? SEV_INFO
		    : a->enforcement == ENFORCE_HARD ? SEV_CRITICAL
		                                     : SEV_WARNING,
		.object = OBJECT_AVAIL_SET,
		.object_name = a->name,
		.table = TABLE_AVAIL_SET,
		.row = table_get(m->tables[TABLE_AVAIL_SET], &index, 1),
	};
	char *well = NULL;

	if (text == NULL)
		cause_set(
		    &well, "availability set %s: no members share a place", a->name);
	e.text = text == NULL ? well : text;
	note_event(m, &e, now);
	free(well);
}

static void
avail_set_publish(struct model *m, size_t slot, struct member *e, size_t n,
    const struct model_now *now)
{
	const struct avail_set_settings *a = &m->settings->avail_sets[slot];
	uint32_t index = model_index(m, NAME_AVAIL_SET, a->name);
	const struct avail_set_row *old =
	    table_get(m->tables[TABLE_AVAIL_SET], &index, 1);
	int64_t was = old == NULL ? 0 : old->violations;
	struct avail_set_row row = {
		.name = a->name,
		.spread = a->spread,
		.enforcement = a->enforcement,
		.members = (int64_t)n,
	};
	char *what = NULL, *text = NULL;
	bool known = true;
	size_t i;

	for (i = 0; i < n; i++)
		known = known && e[i].vm->oper != VM_UNKNOWN;
	row.violations = violations(e, n, &what);
	row.violation_text = what == NULL ? "" : what;
	for (i = 0; i < n; i++)
		member_put_row(m, a, index, &e[i]);
	table_put(m->tables[TABLE_AVAIL_SET], &index, 1, &row);
	if (what != NULL)
		cause_set(&text, "availability set %s: %s", a->name, what);
	if (row.violations != was)
		violation_event(m, a, index, text, now);
	note_alarm_if_known(m, known, ALARM_AVAIL_SET_VIOLATION,
	    a->enforcement == ENFORCE_HARD ? SEV_CRITICAL : SEV_WARNING,
	    OBJECT_AVAIL_SET, a->name, text, now);
	free(text);
	free(what);
}

static void
avail_sets_publish(struct model *m, const struct model_now *now)
{
	const struct settings *s = m->settings;
	struct member **members = xcalloc(s->navail_sets, sizeof(*members));
	size_t *n = xcalloc(s->navail_sets, sizeof(*n)), i;
	struct m_vm *v;

	for (v = m->vms; v != NULL; v = v->hh.next) {
		struct member *e;

		i = v->avail_slot;
		if (i == SIZE_MAX)
			continue;
		members[i] = xreallocarray(members[i], n[i] + 1, sizeof(struct member));
		e = &members[i][n[i]++];
		memset(e, 0, sizeof(*e));
		e->vm = v;
		if (v->place != NULL)
			e->node = cluster_node(v->place->cluster, v->place->current);
		e->place = place_of(v, e->node, s->avail_sets[i].spread);
	}
	for (i = 0; i < s->navail_sets; i++) {
		avail_set_publish(m, i, members[i], n[i], now);
		free(members[i]);
	}
	free(members);
	free(n);
}

void
domain_publish(struct model *m, const struct model_now *now)
{
	size_t i;

	if (!m->domains_dirty || m->settings == NULL)
		return;
	m->domains_dirty = false;
	for (i = 0; i < m->settings->nfault_domains; i++)
		domain_put_row(m, &m->settings->fault_domains[i]);
	if (m->settings->navail_sets > 0)
		avail_sets_publish(m, now);
}
