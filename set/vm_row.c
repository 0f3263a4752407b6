/*
 * SPDX-License-Identifier: Apache-2.0
 * What the row of a VM shows: what is seen of it, what a move does with it, what is
 * wished and not fulfilled.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "set/model_impl.h"

/* A wish that is not fulfilled and that no move is about to, and the way out. */
static const char *
unfulfilled(const struct m_vm *v)
{
	if (v->busy.busy)
		return "";
	if (v->kept->admin == VM_DOWN &&
	    (v->oper == VM_RUNNING || v->oper == VM_STARTING))
		return vm_on_hold(v)
		    ? "; wanted down, but on hold: it is stopped when csVmHold is false"
		    : "; wanted down: write csVmAdminState down again to stop it";
	if (v->kept->respected && v->oper == VM_STOPPED)
		return "; down, because somebody else stopped it";
	if (v->kept->admin == VM_UP && v->oper == VM_STOPPED)
		return vm_on_hold(v)
		    ? "; wanted up, but on hold: it is started when csVmHold is false"
		    : "; wanted up: write csVmAdminState up again to start it";
	return "";
}

/* A second activation is never hidden by what a move is about to do. */
enum cs_vm_oper
vm_shown(const struct m_vm *v)
{
	return v->busy.busy && v->busy.oper != 0 && v->oper != VM_CONFLICT
	    ? v->busy.oper
	    : v->oper;
}

const char *
vm_shown_text(const struct m_vm *v)
{
	return v->busy.busy && v->busy.text != NULL && v->oper != VM_CONFLICT
	    ? v->busy.text
	    : v->text;
}

bool
vm_on_hold(const struct m_vm *v)
{
	return v->kept->hold || v->kept->admin == 0;
}

bool
vm_commanded(const struct m_vm *v)
{
	size_t i;

	for (i = 0; i < v->nsites; i++)
		if (v->sites[i].orders.may_start)
			return true;
	return v->busy.busy;
}

void
vm_put_row(struct model *m, struct m_vm *v)
{
	char *text = xasprintf("%s%s", vm_shown_text(v), unfulfilled(v));
	const struct m_node *n = v->place == NULL
	    ? NULL
	    : cluster_node(v->place->cluster, v->place->current);
	const char *home = v->kept->home != NULL ? v->kept->home : v->cfg_home;
	const struct m_cluster *tc = model_cluster(m, v->busy.target_cluster);
	const struct m_node *tn = cluster_node_at(tc, v->busy.target_node);
	const struct m_cluster *hc = home == NULL ? NULL : model_cluster_named(m, home);
	struct vm_name_row name = { .index = v->index };
	uint32_t key[KEY_MAX];
	struct vm_row row = {
		.name = v->name,
		.uuid = v->uuid,
		.kind = v->kind,
		.admin = v->kept->admin == 0 ? ROW_NONE : (int64_t)v->kept->admin,
		.hold = vm_on_hold(v) ? 1 : 2,
		.oper = v->shown,
		.cluster = v->place == NULL ? 0 : v->place->cluster->index,
		.cluster_name = v->place == NULL ? "" : v->place->cluster->cfg->name,
		.node = n == NULL ? 0 : n->index,
		.node_name = v->place == NULL || v->place->current == NULL
		    ? ""
		    : v->place->current,
		.home = hc == NULL ? 0 : hc->index,
		.home_name = hc == NULL ? "" : hc->cfg->name,
		.avail_set = v->avail_set,
		.avail_set_name = v->avail_slot == SIZE_MAX
		    ? ""
		    : m->settings->avail_sets[v->avail_slot].name,
		.priority =
		    v->kept->priority != ROW_NONE ? v->kept->priority : v->cfg_priority,
		.proof = PROOF_ECX_ONLY,
		.target_cluster = tc == NULL ? 0 : tc->index,
		.target_name = tc == NULL ? "" : tc->cfg->name,
		.target_node = tn == NULL ? 0 : tn->index,
		.target_node_name = tn == NULL ? "" : tn->cfg->name,
		.release = release_next(m, v, NULL),
		.last_move_wall = v->last_move,
		.since_wall = v->since,
		.status_text = text,
		.last_cluster = v->last_cluster,
		.last_node = v->last_node,
	};

	load_of_vm(v, &row);
	table_put(m->tables[TABLE_VM], &v->index, 1, &row);
	free(text);
	if (!v->named)
		table_put(
		    m->tables[TABLE_VM_NAME], key, key_from_name(v->name, key), &name);
	v->named = true;
}
