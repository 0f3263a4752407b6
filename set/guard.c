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

static int
check_disks(const struct settings *s, const struct vm_settings *now,
    const struct m_vm *v, char **cause)
{
	const struct vm_settings *taker;
	const struct m_disk *d;
	size_t i;

	for (i = 0; i < v->ndisks; i++) {
		d = v->disks[i];
		if (*disk_owner_name(d) == '\0' || keeps_owner(s, now, v, d) ||
		    (v->kept->admin == VM_DOWN && vm_proved_stopped(v)))
			continue;
		taker = taken_by(s, v, d);
		if (taker != NULL && strcmp(taker->name, v->name) == 0)
			taker = NULL; /* itself, with another disk */
		return cause_set(cause,
		    "%s: vm %s: cluster %s owns its disk %s and would lose it%s%s: set "
		    "the VM down (csVmAdminState.%u), stop it in ECX, and reload again "
		    "when "
		    "it "
		    "is proved stopped everywhere (csVmSiteEvidence.%u)",
		    s->file == NULL ? "configuration" : s->file, v->name,
		    disk_owner_name(d), d->name, taker == NULL ? "" : " to vm ",
		    taker == NULL ? "" : taker->name, v->index, v->index);
	}
	return 0;
}

/* Is the VM that a pattern found a VM of the new settings, too? */
static bool
pattern_stays(const struct settings *s, const struct m_vm *v)
{
	size_t i;

	for (i = 0; v->by_pattern && i < v->nsites; i++)
		if (pattern_covers(
		        s, v->sites[i].group, v->sites[i].cluster->cfg->name))
			return true;
	return false;
}

static bool
has_cluster(const struct settings *s, const struct vm_settings *v, const char *cluster,
    const char *group)
{
	size_t i;

	for (i = 0; i < v->nsites; i++)
		if (strcmp(s->clusters[v->sites[i].cluster].name, cluster) == 0 &&
		    (group == NULL || strcmp(v->sites[i].group, group) == 0))
			return true;
	return false;
}

bool
guard_repaired(const struct m_site *s)
{
	return s->kept->held && s->kept->group != NULL &&
	    strcmp(s->kept->group, s->group) != 0;
}

/*
 * Where a VM ever ran it may run again until that is disproved: the site counts in each
 * proof that comes. A VM that goes as a whole is commanded no more, and may.
 */
static bool
loses_site(const struct settings *s, const struct vm_settings *now,
    const struct m_vm *v, const struct m_site *site)
{
	const char *cluster = site->cluster->cfg->name;

	if (!site->kept->held || guard_repaired(site))
		return false; /* it is lost already, and an alarm stands */
	if (now != NULL)
		return !has_cluster(s, now, cluster, site->group);
	return pattern_stays(s, v) && !pattern_covers(s, site->group, cluster);
}

static int
check_sites(const struct settings *s, const struct vm_settings *now,
    const struct m_vm *v, char **cause)
{
	const struct m_site *site;
	size_t i;

	for (i = 0; i < v->nsites; i++) {
		site = &v->sites[i];
		if (site->evidence.state == EVIDENCE_PROVED ||
		    !loses_site(s, now, v, site))
			continue;
		return cause_set(cause,
		    "%s: vm %s ran as group %s of cluster %s and would lose this site, "
		    "where it is not proved stopped: stop it there, and reload again "
		    "when it is (csVmSiteEvidence.%u.%u)",
		    s->file == NULL ? "configuration" : s->file, v->name, site->group,
		    site->cluster->cfg->name, v->index, site->cluster->index);
	}
	return 0;
}

/* "vm\ncluster" of a record, apart; the caller frees. */
static char *
record_vm(const struct kept_site *k, const char **cluster)
{
	const char *mid = strchr(k->key, '\n');

	*cluster = mid + 1;
	return xstrndup(k->key, (size_t)(mid - k->key));
}

/* A VM that went as a whole comes back: with every site that it ever ran in. */
static int
check_returns(
    const struct model *m, const struct settings *s, struct new_vm *new, char **cause)
{
	const struct vm_settings *now;
	const struct kept_site *k;
	const char *cluster;
	struct m_vm *v;
	int rc = 0;
	char *vm;

	for (k = m->kept_sites; k != NULL && rc == 0; k = k->hh.next) {
		if (!k->held)
			continue;
		vm = record_vm(k, &cluster);
		HASH_FIND_STR(m->vms, vm, v);
		now = vm_named(new, vm);
		if (v == NULL && now != NULL && !has_cluster(s, now, cluster, NULL))
			rc = cause_set(cause,
			    "%s: vm %s once ran in cluster %s and was not proved "
			    "stopped there when it was taken away: configure that "
			    "site, too",
			    s->file == NULL ? "configuration" : s->file, vm, cluster);
		free(vm);
	}
	return rc;
}

int
guard_check(const struct model *m, const struct settings *s, char **cause)
{
	struct new_vm *new = new_vms(s);
	const struct m_vm *v;
	int rc = 0;

	for (v = m->vms; v != NULL && rc == 0; v = v->hh.next) {
		rc = check_disks(s, vm_named(new, v->name), v, cause);
		if (rc == 0)
			rc = check_sites(s, vm_named(new, v->name), v, cause);
	}
	if (rc == 0 && m->settings != NULL) /* at start nothing is refused */
		rc = check_returns(m, s, new, cause);
	new_vms_free(new);
	return rc;
}

void
guard_disown(struct model *m, struct kept_disk *k, const struct model_now *now)
{
	free(k->owner);
	k->owner = xstrdup("");
	k->epoch = kept_epoch_after(m, k->epoch);
	k->since = now->wall;
	kept_tell_disk(m, k);
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
		guard_disown(m, k, now);
		model_event(
		    m, EVENT_OBJECT_REMOVED, SEV_INFO, OBJECT_DISK, k->name, text, now);
		free(text);
	}
}

/* Sites that go or are paired anew are proved stopped: they count no more. */
static void
release_sites(struct model *m, const struct vm_settings *now, struct m_vm *old)
{
	struct m_site *site;
	size_t i;

	for (i = 0; i < old->nsites; i++) {
		site = &old->sites[i];
		if (site->evidence.state != EVIDENCE_PROVED || !site->kept->held ||
		    (now != NULL ? !loses_site(m->settings, now, old, site)
		                 : pattern_covers(m->settings, site->group,
		                       site->cluster->cfg->name)))
			continue;
		site->kept->held = false;
		kept_tell_site(m, site);
	}
}

void
guard_release(struct model *m, struct m_vm *old, const struct model_now *now)
{
	struct new_vm *new = new_vms(m->settings);
	struct m_vm *v;

	for (v = old; v != NULL; v = v->hh.next) {
		release_disks(m, new, v, now);
		release_sites(m, vm_named(new, v->name), v);
	}
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
guard_find_lost(struct model *m, struct m_vm *of)
{
	const struct kept_site *k;
	const char *cluster;
	struct m_vm *v;
	char *vm;
	size_t i;

	if (of != NULL)
		of->lost = NULL;
	for (k = m->kept_sites; k != NULL; k = k->hh.next) {
		if (!k->held)
			continue;
		vm = record_vm(k, &cluster);
		HASH_FIND_STR(m->vms, vm, v);
		free(vm);
		for (i = 0; v != NULL && i < v->nsites; i++)
			if (v->sites[i].kept == k && !guard_repaired(&v->sites[i]))
				break;
		if (v != NULL && i == v->nsites &&
		    (v->lost == NULL ||
		        model_index(m, NAME_CLUSTER, cluster) <
		            model_index(m, NAME_CLUSTER, v->lost)))
			v->lost = cluster; /* records stay for ever */
	}
}

void
guard_alarms(struct model *m, const struct model_now *now)
{
	const struct kept_disk *k;
	struct m_vm *v;
	char *text;

	guard_find_lost(m, NULL);
	for (v = m->vms; v != NULL; v = v->hh.next) {
		if (v->lost == NULL)
			continue;
		model_index(m, NAME_CLUSTER, v->lost); /* by which it is released */
		site_record_alarm(m, v, now);
		vm_put_row(m, v);
	}
	for (k = m->kept_disks; k != NULL; k = k->hh.next) {
		if (!guard_orphan(m, k->name))
			continue;
		text = xasprintf("disk %s is no longer configured, but cluster %s owns "
		                 "it as %s of group %s: configure it again, set its VM "
		                 "down, and take it away with a reload; or configure "
		                 "it without that site, restart, and set csVmRelease",
		    k->name, k->owner, k->resource == NULL ? "?" : k->resource,
		    k->group == NULL ? "?" : k->group);
		note_alarm(m, ALARM_DISK_IN_DOUBT, SEV_WARNING, OBJECT_DISK, k->name,
		    text, now);
		free(text);
	}
}
