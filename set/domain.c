/*
 * SPDX-License-Identifier: Apache-2.0
 * Fault domains and availability sets: what spreads, and what should.
 *
 * Domains are counted anew, whole, when a node or what runs on it has changed; a set
 * when a member has.
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

size_t
domain_slot(const struct settings *s, const char *name)
{
	size_t i;

	for (i = 0; name != NULL && i < s->nfault_domains; i++)
		if (strcmp(s->fault_domains[i].name, name) == 0)
			return i;
	return SIZE_MAX;
}

static void
domains_publish(struct model *m)
{
	const size_t n = m->settings->nfault_domains;
	struct fault_domain_row *rows = xcalloc(n, sizeof(*rows)), *r;
	uint32_t index;
	size_t i, j;

	for (i = 0; i < m->nclusters; i++) {
		const struct m_cluster *c = m->clusters[i];

		if (c->domain_slot < n)
			rows[c->domain_slot].clusters++;
		for (j = 0; j < c->nnodes; j++) {
			if (c->nodes[j].domain_slot >= n)
				continue;
			r = &rows[c->nodes[j].domain_slot];
			r->nodes++;
			r->nodes_online += c->nodes[j].oper == NODE_ONLINE;
			r->vms_running += c->nodes[j].vms_running;
		}
	}
	for (i = 0; i < n; i++) {
		rows[i].name = m->settings->fault_domains[i].name;
		rows[i].descr = m->settings->fault_domains[i].descr;
		index = domain_index(m, rows[i].name);
		table_put(m->tables[TABLE_FAULT_DOMAIN], &index, 1, &rows[i]);
	}
	free(rows);
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

/* Is it known where it runs, or that it does not? In transit nothing is. */
static bool
member_known(const struct member *e, enum cs_spread spread)
{
	switch (e->vm->oper) {
	case VM_STOPPED:
	case VM_FAILED:
		return true;
	case VM_RUNNING:
		return e->vm->place != NULL &&
		    (e->node != NULL || spread != SPREAD_NODE);
	default:
		return false;
	}
}

/* Of members of which not all is known: who was violated still may be. */
static void
keep_violated(const struct m_avail *set, struct member *e, size_t n)
{
	size_t i, j;

	for (i = 0; i < n; i++)
		for (j = 0; j < set->nviolated; j++)
			if (e[i].vm->index == set->violated[j])
				e[i].violated = true;
}

static void
note_violated(struct m_avail *set, const struct member *e, size_t n)
{
	size_t i;

	set->violated = xreallocarray(set->violated, n + 1, sizeof(*set->violated));
	set->nviolated = 0;
	for (i = 0; i < n; i++)
		if (e[i].violated)
			set->violated[set->nviolated++] = e[i].vm->index;
}

/*
 * What the members' places say becomes what is told of the set. While one of them is
 * not known, a violation can only be added: the end of one has to be seen.
 */
static void
avail_set_publish(struct model *m, size_t slot, struct member *e, size_t n,
    const struct model_now *now)
{
	const struct avail_set_settings *a = &m->settings->avail_sets[slot];
	struct m_avail *set = &m->avail[slot];
	struct avail_set_row row = {
		.name = a->name,
		.spread = a->spread,
		.enforcement = a->enforcement,
		.members = (int64_t)n,
	};
	char *what = NULL, *text = NULL;
	bool known = true, changed;
	int64_t found;
	size_t i;

	for (i = 0; i < n; i++)
		known = known && member_known(&e[i], a->spread);
	found = violations(e, n, &what);
	if (!known)
		keep_violated(set, e, n);
	changed = (known || found > set->violations) && found != set->violations;
	if (set->restored && found > 0) /* how many stood is not known: no news */
		changed = false;
	if (known || found > set->violations) {
		set->violations = found;
		set->restored = false;
		free(set->text);
		set->text = what;
		what = NULL;
	}
	note_violated(set, e, n);
	row.violations = set->violations;
	row.violation_text = set->text == NULL ? "" : set->text;
	for (i = 0; i < n; i++)
		member_put_row(m, a, set->index, &e[i]);
	table_put(m->tables[TABLE_AVAIL_SET], &set->index, 1, &row);
	if (set->text != NULL)
		cause_set(&text, "availability set %s: %s", a->name, set->text);
	if (changed)
		violation_event(m, a, set->index, text, now);
	note_alarm_if_known(m, known, ALARM_AVAIL_SET_VIOLATION,
	    a->enforcement == ENFORCE_HARD ? SEV_CRITICAL : SEV_WARNING,
	    OBJECT_AVAIL_SET, a->name, text, now);
	free(text);
	free(what);
}

static void
avail_set_count(struct model *m, size_t slot, const struct model_now *now)
{
	const struct m_avail *set = &m->avail[slot];
	struct member *e = xcalloc(set->nvms, sizeof(*e));
	const struct m_vm *v;
	size_t i;

	for (i = 0; i < set->nvms; i++) {
		v = e[i].vm = set->vms[i];
		if (v->place != NULL)
			e[i].node = cluster_node(v->place->cluster, v->place->current);
		e[i].place =
		    place_of(v, e[i].node, m->settings->avail_sets[slot].spread);
	}
	avail_set_publish(m, slot, e, set->nvms, now);
	free(e);
}

/* --- what belongs to what -------------------------------------------------------- */

static void
avail_free(struct m_avail *avail, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		free(avail[i].vms);
		free(avail[i].text);
		free(avail[i].violated);
	}
	free(avail);
}

void
domain_free(struct model *m)
{
	avail_free(m->avail, m->navail);
}

/* What stood goes on over a reload. */
static void
avail_carry(struct m_avail *set, struct m_avail *old)
{
	set->violations = old->violations;
	set->text = old->text;
	set->violated = old->violated;
	set->nviolated = old->nviolated;
	set->restored = old->restored;
	old->text = NULL;
	old->violated = NULL;
}

/* What stood before a restart, as its alarm tells. */
static void
avail_restore(struct model *m, struct m_avail *set, const char *name)
{
	const char *alarm = note_standing(
	    m, ALARM_AVAIL_SET_VIOLATION, OBJECT_AVAIL_SET, name, SEV_INFO);
	const char *what = alarm == NULL ? NULL : strstr(alarm, ": ");

	if (alarm == NULL)
		return;
	set->text = xstrdup(what == NULL ? alarm : what + 2);
	set->violations = 1;
	set->restored = true;
}

void
domain_take(struct model *m)
{
	struct m_avail *old = m->avail;
	size_t nold = m->navail, i, j;

	m->navail = m->settings->navail_sets;
	m->avail = xcalloc(m->navail, sizeof(*m->avail));
	for (i = 0; i < m->navail; i++) {
		m->avail[i].dirty = true;
		m->avail[i].index =
		    model_index(m, NAME_AVAIL_SET, m->settings->avail_sets[i].name);
		for (j = 0; j < nold; j++)
			if (old[j].index == m->avail[i].index)
				break;
		if (j < nold)
			avail_carry(&m->avail[i], &old[j]);
		else
			avail_restore(m, &m->avail[i], m->settings->avail_sets[i].name);
	}
	avail_free(old, nold);
	m->domains_dirty = true;
}

void
domain_join(struct model *m, struct m_vm *v)
{
	struct m_avail *set;

	if (v->avail_slot == SIZE_MAX)
		return;
	set = &m->avail[v->avail_slot];
	if (set->nvms == set->room) {
		set->room = set->room == 0 ? 8 : set->room * 2;
		set->vms = xreallocarray(set->vms, set->room, sizeof(struct m_vm *));
	}
	set->vms[set->nvms++] = v;
}

void
domain_leave(struct model *m, const struct m_vm *v)
{
	struct m_avail *set;
	size_t i;

	if (v->avail_slot == SIZE_MAX)
		return;
	set = &m->avail[v->avail_slot];
	for (i = 0; i < set->nvms; i++)
		if (set->vms[i] == v)
			set->vms[i--] = set->vms[--set->nvms];
	set->dirty = true;
}

void
domain_touch(struct model *m, const struct m_vm *v)
{
	if (v->avail_slot != SIZE_MAX)
		m->avail[v->avail_slot].dirty = true;
}

void
domain_publish(struct model *m, const struct model_now *now)
{
	size_t i;

	if (m->domains_dirty && m->settings != NULL)
		domains_publish(m);
	m->domains_dirty = false;
	for (i = 0; i < m->navail; i++) {
		if (!m->avail[i].dirty)
			continue;
		m->avail[i].dirty = false;
		avail_set_count(m, i, now);
	}
}
