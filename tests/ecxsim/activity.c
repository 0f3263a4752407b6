/*
 * SPDX-License-Identifier: Apache-2.0
 * What is physically so: reports to the oracle, and disk fences. See machine.h.
 */
#include <string.h>

#include "tests/ecxsim/machine.h"

bool
machine_fenced(const struct cluster *c, const char *lun)
{
	return lun != NULL && json_object_get(c->fenced, lun) != NULL;
}

/* A VM without its disk does no harm: it does not count as active. */
static bool
group_fenced(const struct cluster *c, int g)
{
	for (int r = c->grp[g].first; r < c->grp[g].first + c->grp[g].n; r++)
		if (machine_fenced(c, c->res[r].lun))
			return true;
	return false;
}

void
machine_active_begin(struct view *v, int r, int server)
{
	struct cluster *c = v->cluster;
	const struct resource *res = &c->res[r];
	const struct cause *cause = &v->grp[res->group].cause;
	const char *vm = c->grp[res->group].vm;

	if (group_fenced(c, res->group))
		return;
	if (res->lun != NULL)
		oracle_begin(c->sim->oracle, KEY_LUN, res->lun, c->name,
		    c->srv[server].name, cause, sched_now(c->sim->sched));
	if (res->is_vm && vm != NULL)
		oracle_begin(c->sim->oracle, KEY_VM, vm, c->name, c->srv[server].name,
		    cause, sched_now(c->sim->sched));
}

void
machine_active_end(struct view *v, int r, int server)
{
	struct cluster *c = v->cluster;
	const struct resource *res = &c->res[r];
	const char *vm = c->grp[res->group].vm;

	if (res->lun != NULL)
		oracle_end(c->sim->oracle, KEY_LUN, res->lun, c->name,
		    c->srv[server].name, sched_now(c->sim->sched));
	if (res->is_vm && vm != NULL)
		oracle_end(c->sim->oracle, KEY_VM, vm, c->name, c->srv[server].name,
		    sched_now(c->sim->sched));
}

static void
fence_end(struct cluster *c, int r)
{
	const char *vm = c->grp[c->res[r].group].vm;
	int64_t at = sched_now(c->sim->sched);

	for (int i = 0; i < c->nsrv; i++) {
		oracle_end(c->sim->oracle, KEY_LUN, c->res[r].lun, c->name,
		    c->srv[i].name, at);
		if (vm != NULL)
			oracle_end(
			    c->sim->oracle, KEY_VM, vm, c->name, c->srv[i].name, at);
	}
}

/* What still holds the disk open writes to it again. */
static void
fence_opened(struct cluster *c, const char *lun)
{
	struct view *v;

	TAILQ_FOREACH (v, &c->views, entry)
		for (int r = 0; r < c->nres; r++) {
			struct grp_rt *grp = &v->grp[c->res[r].group];
			struct cause was = grp->cause;
			int on = v->res[r].current;

			if (on < 0 || v->res[r].status == ST_ON_FAIL ||
			    c->srv[on].os == OS_OFF ||
			    (c->res[r].lun != NULL && strcmp(c->res[r].lun, lun) != 0))
				continue;
			grp->cause = CAUSE(CAUSE_OPERATOR);
			machine_active_begin(v, r, on);
			grp->cause = was;
		}
}

void
machine_fence(struct cluster *c, const char *lun, bool on)
{
	struct view *v;

	if (c->fenced == NULL)
		c->fenced = json_object();
	if (!on) {
		json_object_del(c->fenced, lun);
		fence_opened(c, lun);
		return;
	}
	json_object_set_new(c->fenced, lun, json_true());
	for (int r = 0; r < c->nres; r++) {
		if (!machine_fenced(c, c->res[r].lun))
			continue;
		fence_end(c, r);
		TAILQ_FOREACH (v, &c->views, entry)
			machine_resource_failed(v, r);
	}
}
