/*
 * SPDX-License-Identifier: Apache-2.0
 * Has a node the memory for one more VM (I10)?
 *
 * The limit is all of the node's memory: what is beyond that nobody can have. Reserves
 * and head-room are policies' matter. Only what is known counts; a size that nobody
 * told or measured refuses nothing.
 */
#include "base/mem.h"
#include "set/model_impl.h"

/* Of a VM that is bound for that node and not there yet; 0: it is none such. */
static double
bound_for(const struct model *m, const struct m_vm *v, const struct m_cluster *c,
    const struct m_node *n, const struct vm_target *t)
{
	const struct m_vm *other = model_vm(m, t->vm);

	if (other == NULL || other == v || other->on == n || t->cluster != c->index ||
	    t->node != n->index || load_vm_memory(other) < 0)
		return 0;
	return load_vm_memory(other);
}

int
fits_memory(const struct model *m, const struct m_vm *v, const struct m_cluster *c,
    const struct m_node *n, const struct vm_target *with, size_t nwith, char **cause)
{
	const double total = load_node_memory(n), own = load_vm_memory(v);
	double sizes = 0, used = n->load.used.source != 0 ? n->load.used.mean : 0,
	       bound = 0;
	const struct m_vm *other;
	size_t i;

	if (total <= 0 || own <= 0 || v->on == n)
		return 0;
	LIST_FOREACH(other, &n->vms, on_node)
	if (load_vm_memory(other) > 0)
		sizes += load_vm_memory(other);
	for (i = 0; i < nwith; i++)
		bound += bound_for(m, v, c, n, &with[i]);
	if (used < sizes)
		used = sizes;
	if (used + bound + own <= total)
		return 0;
	return cause_set(cause,
	    "vm %s: it takes %.0f MiB, but server %s/%s has %.0f MiB, of which %.0f "
	    "are "
	    "in use or bound for: choose another server, or move something away from "
	    "it "
	    "first",
	    v->name, own, c->cfg->name, n->cfg->name, total, used + bound);
}
