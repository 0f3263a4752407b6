/*
 * SPDX-License-Identifier: Apache-2.0
 * What new settings may not take away: owners of disks, and who was not asked.
 *
 * A reload is compared with what is and refused whole; settings that were changed while
 * nobody looked are taken at start, with an alarm for every owner they do not fit.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "set/model_impl.h"

/* The new settings' VMs by name, while they are compared with what is. */
struct new_vm {
	const struct vm_settings *cfg;
	UT_hash_handle hh;
};

static struct new_vm *
new_vms(const struct settings *s)
{
	struct new_vm *all = xcalloc(s->nvms + 1, sizeof(*all)), *head = NULL;
	size_t i;

	for (i = 0; i < s->nvms; i++) {
		all[i].cfg = &s->vms[i];
		HASH_ADD_KEYPTR(
		    hh, head, s->vms[i].name, strlen(s->vms[i].name), &all[i]);
	}
	if (head == NULL)
		free(all);
	return head;
}

static void
new_vms_free(struct new_vm *head)
{
	struct new_vm *all = head; /* the first added is the array's first */

	HASH_CLEAR(hh, head);
	free(all);
}

static const struct vm_settings *
vm_named(struct new_vm *head, const char *name)
{
	struct new_vm *n;

	HASH_FIND_STR(head, name, n);
	return n == NULL ? NULL : n->cfg;
}

/* Does the new VM still pair `cluster` with this group and, for the disk, this
 * resource? */
static bool
still_paired(const struct settings *s, const struct vm_settings *v, const char *cluster,
    const char *group, const char *disk, const char *resource)
{
	bool site = false;
	size_t i, j;

	for (i = 0; i < v->nsites; i++)
		site = site ||
		    (strcmp(s->clusters[v->sites[i].cluster].name, cluster) == 0 &&
		        strcmp(v->sites[i].group, group) == 0);
	if (!site)
		return false;
	for (i = 0; i < v->ndisks; i++)
		for (j = 0; j < v->disks[i].nsites; j++)
			if (strcmp(v->disks[i].name, disk) == 0 &&
			    strcmp(s->clusters[v->disks[i].sites[j].cluster].name,
			        cluster) == 0 &&
			    strcmp(v->disks[i].sites[j].resource, resource) == 0)
				return true;
	return false;
}

/*
 * The new VM that takes a group or a disk's resource of one that a pattern found; NULL:
 * none. One LUN in two VMs would have two owners.
 */
static const struct vm_settings *
taken_by(const struct settings *s, const struct m_vm *v, const struct m_disk *d)
{
	const struct vm_settings *n;
	size_t i, j, k, slot;

	for (i = 0; v->by_pattern && i < s->nvms; i++)
		for (j = 0; j < s->vms[i].nsites; j++)
			for (k = 0; k < v->nsites; k++)
				if (strcmp(s->vms[i].sites[j].group,
				        v->sites[k].group) == 0 &&
				    strcmp(s->clusters[s->vms[i].sites[j].cluster].name,
				        v->sites[k].cluster->cfg->name) == 0)
					return &s->vms[i];
	for (i = 0; v->by_pattern && i < d->nsites; i++)
		for (slot = 0; slot < s->nclusters; slot++)
			if (strcmp(s->clusters[slot].name,
			        d->sites[i].site->cluster->cfg->name) == 0 &&
			    (n = vm_takes_resource(s, slot, d->sites[i].resource)) !=
			        NULL)
				return n;
	return NULL;
}

static bool
keeps_owner(const struct settings *s, const struct vm_settings *now,
    const struct m_vm *v, const struct m_disk *d)
{
	const struct m_disk_site *ds = disk_owner_site(d);

	if (ds == NULL)
		return true; /* it is no site any more: nothing more can be lost */
	if (now != NULL)
		return still_paired(
		    s, now, disk_owner_name(d), ds->site->group, d->name, ds->resource);
	return v->by_pattern && taken_by(s, v, d) == NULL &&
	    pattern_covers(s, ds->site->group, disk_owner_name(d));
}

int
guard_check(const struct model *m, const struct settings *s, char **cause)
{
	struct new_vm *new = new_vms(s);
	const struct vm_settings *taker;
	const struct m_vm *v;
	int rc = 0;
	size_t i;

	for (v = m->vms; v != NULL && rc == 0; v = v->hh.next)
		for (i = 0; i < v->ndisks && rc == 0; i++) {
			const struct m_disk *d = v->disks[i];

			if (*disk_owner_name(d) == '\0' ||
			    keeps_owner(s, vm_named(new, v->name), v, d) ||
			    (v->kept->admin == VM_DOWN && vm_proved_stopped(v)))
				continue;
			taker = taken_by(s, v, d);
			if (taker != NULL && strcmp(taker->name, v->name) == 0)
				taker = NULL; /* itself, with another disk */
			rc = cause_set(cause,
			    "%s: vm %s: cluster %s owns its disk %s and would lose "
			    "it%s%s: "
			    "set the VM down (csVmAdminState.%u), stop it, and reload "
			    "again when it is proved stopped everywhere "
			    "(csVmSiteEvidence.%u)",
			    s->file == NULL ? "configuration" : s->file, v->name,
			    disk_owner_name(d), d->name, taker == NULL ? "" : " to vm ",
			    taker == NULL ? "" : taker->name, v->index, v->index);
		}
	new_vms_free(new);
	return rc;
}

/* The owner of a disk that the settings drop (its VM is down and proved stopped). */
static void
release_disks(
    struct model *m, struct new_vm *new, struct m_vm *old, const struct model_now *now)
{
	char *text;
	size_t i;

	for (i = 0; i < old->ndisks; i++) {
		struct kept_disk *k = old->disks[i]->kept;

		if (*k->owner == '\0' ||
		    keeps_owner(
		        m->settings, vm_named(new, old->name), old, old->disks[i]))
			continue;
		text = xasprintf("disk %s: no longer configured for %s, which owned it",
		    k->name, k->owner);
		free(k->owner);
		k->owner = xstrdup("");
		k->epoch++;
		k->since = now->wall;
		kept_tell_disk(m, k);
		model_event(
		    m, EVENT_OBJECT_REMOVED, SEV_INFO, OBJECT_DISK, k->name, text, now);
		free(text);
	}
}

void
guard_release(struct model *m, struct m_vm *old, const struct model_now *now)
{
	struct new_vm *new = new_vms(m->settings);
	struct m_vm *v;

	for (v = old; v != NULL; v = v->hh.next)
		release_disks(m, new, v, now);
	new_vms_free(new);
}

/* --- what changed while the daemon was down ----------------------------------------
 */

bool
guard_orphan(struct model *m, const char *disk)
{
	const uint32_t index = names_find(m->names, NAME_DISK, disk);
	struct kept_disk *k;

	HASH_FIND_STR(m->kept_disks, disk, k);
	return k != NULL && *k->owner != '\0' &&
	    (index == 0 || table_get(m->tables[TABLE_DISK], &index, 1) == NULL);
}

void
guard_alarms(struct model *m, const struct model_now *now)
{
	const struct kept_disk *k;
	char *text;

	for (k = m->kept_disks; k != NULL; k = k->hh.next) {
		if (!guard_orphan(m, k->name))
			continue;
		text = xasprintf("disk %s is no longer configured, but cluster %s owns "
		                 "it as %s of group %s: configure it again, set its VM "
		                 "down, and take it away with a reload",
		    k->name, k->owner, k->resource == NULL ? "?" : k->resource,
		    k->group == NULL ? "?" : k->group);
		note_alarm(m, ALARM_DISK_IN_DOUBT, SEV_WARNING, OBJECT_DISK, k->name,
		    text, now);
		free(text);
	}
}
