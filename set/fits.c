/*
 * SPDX-License-Identifier: Apache-2.0
 * May a VM go there: does it keep the hard constraints that hold (I10)?
 *
 * Hard availability sets, that the disks can be reached there, and memory
 * (fits_memory.c) as far as it is known.
 */
#include "set/model_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct spot { /* where a VM is, or is bound for */
	const struct m_cluster *cluster; /* NULL: nowhere */
	const struct m_node *node; /* NULL: any of the cluster's servers */
};

/* Where it is; when that is not known, where it was last seen running. */
static struct spot
spot_now(const struct model *m, const struct m_vm *v)
{
	struct spot p = { NULL, NULL };

	if (v->oper == VM_STOPPED || v->oper == VM_FAILED)
		return p;
	if (v->place != NULL) {
		p.cluster = v->place->cluster;
		p.node = cluster_node(p.cluster, v->place->current);
	} else {
		p.cluster = model_cluster(m, v->last_cluster);
		p.node = cluster_node_at(p.cluster, v->last_node);
	}
	return p;
}

static struct spot
spot_at(const struct model *m, uint32_t cluster, uint32_t node)
{
	const struct m_cluster *c = model_cluster(m, cluster);

	return (struct spot) { c, cluster_node_at(c, node) };
}

/* May a VM at this spot be in that fault domain? */
static bool
in_domain(const struct spot *p, uint32_t domain)
{
	size_t i;

	if (p->node != NULL || p->cluster->nnodes == 0)
		return cluster_node_domain(p->cluster, p->node) == domain;
	for (i = 0; i < p->cluster->nnodes; i++)
		if (p->cluster->nodes[i].fault_domain == domain)
			return true;
	return false;
}

static bool
share_domain(const struct spot *a, const struct spot *b)
{
	size_t i;

	if (a->node != NULL || a->cluster->nnodes == 0) {
		const uint32_t d = cluster_node_domain(a->cluster, a->node);

		return d != 0 && in_domain(b, d);
	}
	for (i = 0; i < a->cluster->nnodes; i++)
		if (a->cluster->nodes[i].fault_domain != 0 &&
		    in_domain(b, a->cluster->nodes[i].fault_domain))
			return true;
	return false;
}

/* Do they share a place, or may they when a server is not told? */
static bool
share(const struct spot *a, const struct spot *b, enum cs_spread spread)
{
	if (a->cluster == NULL || b->cluster == NULL)
		return false;
	switch (spread) {
	case SPREAD_NODE:
		return a->cluster == b->cluster &&
		    (a->node == NULL || b->node == NULL || a->node == b->node);
	case SPREAD_CLUSTER:
		return a->cluster == b->cluster;
	default:
		return share_domain(a, b);
	}
}

/*
 * Would a VM at that spot share a place with another one: in any case, or when that
 * one, which is being moved, ends where it is worst?
 */
struct meeting {
	bool sure, possible;
};

static struct meeting
meets(const struct model *m, const struct spot *at, const struct m_vm *v,
    const struct vm_target *with, size_t n, enum cs_spread spread)
{
	struct meeting r = { true, false };
	struct spot other = spot_now(m, v);
	bool bound = false, here;
	size_t i;

	for (i = 0; i < n; i++) {
		if (with[i].vm != v->index)
			continue;
		bound = true;
		other = spot_at(m, with[i].cluster, with[i].node);
		here = share(at, &other, spread);
		r.sure = r.sure && here;
		r.possible = r.possible || here;
	}
	if (!bound)
		r.sure = r.possible = share(at, &other, spread);
	return r;
}

static const char *
way_out(const struct spot *to, enum cs_spread spread)
{
	if (spread == SPREAD_CLUSTER)
		return "choose another cluster";
	return to->node == NULL ? "name a server where no other one of it is"
	                        : "choose another server";
}

/* Members of its hard set with which it would share a place, against now. */
static int
fits_set(const struct model *m, const struct m_vm *v, const struct spot *to,
    const struct vm_target *with, size_t nwith, char **cause)
{
	const struct avail_set_settings *a = &m->settings->avail_sets[v->avail_slot];
	const struct m_avail *set = &m->avail[v->avail_slot];
	const struct spot from = spot_now(m, v);
	const struct m_vm *first = NULL;
	unsigned before = 0, after = 0;
	size_t i;

	if (a->enforcement != ENFORCE_HARD)
		return 0;
	for (i = 0; i < set->nvms; i++) {
		if (set->vms[i] == v)
			continue;
		before += meets(m, &from, set->vms[i], with, nwith, a->spread).sure;
		if (!meets(m, to, set->vms[i], with, nwith, a->spread).possible)
			continue;
		after++;
		if (first == NULL)
			first = set->vms[i];
	}
	if (after <= before)
		return 0;
	return cause_set(cause,
	    "vm %s: availability set %s keeps it apart from vm %s, which is, or is "
	    "bound, there: %s",
	    v->name, a->name, first->name, way_out(to, a->spread));
}

static int
fits_disks(const struct model *m, const struct m_vm *v, const struct m_cluster *c,
    char **cause)
{
	const int site = model_vm_site(m, v->index, c->index);
	size_t i;

	for (i = 0; v->kind == VM_SHARED_DISK && site >= 0 && i < v->ndisks; i++)
		if (disk_at(v->disks[i], &v->sites[site]) == NULL)
			return cause_set(cause,
			    "vm %s: disk %s has no resource in cluster %s: pair it in "
			    "the VM's settings",
			    v->name, v->disks[i]->name, c->cfg->name);
	return 0;
}

/* Of the wanted server; else of whichever of the cluster's ECX may choose. */
static int
fits_sizes(const struct model *m, const struct m_vm *v, const struct spot *to,
    const struct vm_target *with, size_t nwith, char **cause)
{
	const struct m_node *n;
	size_t i;

	if (to->node != NULL)
		return fits_memory(m, v, to->cluster, to->node, with, nwith, cause);
	for (i = 0; i < to->cluster->nnodes; i++) {
		n = &to->cluster->nodes[i];
		if (node_takes(n) &&
		    fits_memory(m, v, to->cluster, n, with, nwith, cause) != 0)
			return -1;
	}
	return 0;
}

int
model_vm_fits(const struct model *m, const struct vm_target *t,
    const struct vm_target *with, size_t nwith, char **cause)
{
	const struct m_vm *v = model_vm(m, t->vm);
	const struct spot to = spot_at(m, t->cluster, t->node);

	if (v == NULL || to.cluster == NULL)
		return cause_set(cause, "there is no such VM or cluster any more");
	if (fits_disks(m, v, to.cluster, cause) != 0 ||
	    fits_sizes(m, v, &to, with, nwith, cause) != 0)
		return -1;
	return v->avail_slot == SIZE_MAX ? 0 : fits_set(m, v, &to, with, nwith, cause);
}

/* --- a server for it ---------------------------------------------------------------
 */

static unsigned
load_of(const struct model *m, const struct m_node *n, const struct vm_target *with,
    size_t nwith)
{
	const struct m_vm *v;
	unsigned load = 0;
	size_t i;

	for (v = m->vms; v != NULL; v = v->hh.next)
		load += spot_now(m, v).node == n;
	for (i = 0; i < nwith; i++)
		load += spot_at(m, with[i].cluster, with[i].node).node == n;
	return load;
}

/* The member of its set that keeps it from any server there. */
static const struct m_vm *
in_the_way(const struct model *m, const struct m_vm *v, const struct spot *to,
    const struct vm_target *with, size_t nwith)
{
	const struct m_avail *set = &m->avail[v->avail_slot];
	const enum cs_spread spread = m->settings->avail_sets[v->avail_slot].spread;
	size_t i;

	for (i = 0; i < set->nvms; i++)
		if (set->vms[i] != v &&
		    meets(m, to, set->vms[i], with, nwith, spread).possible)
			return set->vms[i];
	return v;
}

/* No server of the cluster will do: why, in the end. */
static int
no_server(const struct model *m, const struct m_vm *v, const struct vm_target *t,
    const struct vm_target *with, size_t nwith, char **cause)
{
	const struct spot to = spot_at(m, t->cluster, 0);
	char *why = NULL;

	if (v->avail_slot != SIZE_MAX && fits_set(m, v, &to, with, nwith, &why) != 0) {
		if (m->settings->avail_sets[v->avail_slot].spread != SPREAD_CLUSTER)
			cause_set(&why,
			    "vm %s: availability set %s keeps it apart from vm %s, and "
			    "no other server of cluster %s can take it: choose another "
			    "cluster",
			    v->name, m->settings->avail_sets[v->avail_slot].name,
			    in_the_way(m, v, &to, with, nwith)->name,
			    to.cluster->cfg->name);
	} else if (fits_sizes(m, v, &to, with, nwith, &why) != 0) {
		cause_set(&why, "no server of cluster %s has room: %s",
		    to.cluster->cfg->name, why);
	}
	cause_set(cause, "%s", why == NULL ? "no server can take it" : why);
	free(why);
	return -1;
}

int
model_vm_place(const struct model *m, struct vm_target *t, const struct vm_target *with,
    size_t nwith, char **cause)
{
	const struct m_vm *v = model_vm(m, t->vm);
	const struct m_cluster *c = model_cluster(m, t->cluster);
	struct vm_target at = *t;
	unsigned load, least = 0;
	char *why = NULL;
	size_t i;

	if (t->node != 0 || v == NULL || c == NULL || fits_disks(m, v, c, &why) != 0 ||
	    model_vm_fits(m, t, with, nwith, &why) == 0) {
		free(why);
		return model_vm_fits(m, t, with, nwith, cause);
	}
	free(why);
	for (i = 0; i < c->nnodes; i++) {
		at.node = c->nodes[i].index;
		why = NULL;
		if (node_takes(&c->nodes[i]) &&
		    model_vm_fits(m, &at, with, nwith, &why) == 0) {
			load = load_of(m, &c->nodes[i], with, nwith);
			if (t->node == 0 || load < least) {
				t->node = at.node;
				least = load;
			}
		}
		free(why);
	}
	return t->node != 0 ? 0 : no_server(m, v, t, with, nwith, cause);
}
