/*
 * SPDX-License-Identifier: Apache-2.0
 * Judges whether the VMs that are configured exist in their clusters, with their disks
 * and monitors, and which groups nobody has claimed. See doctor_judge.h.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <uthash.h>

#include "base/mem.h"
#include "cli/doctor_judge.h"

enum { NAMES_SHOWN = 10, NAME_PART_MIN = 3 };

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *const shared_types[] = { "sd", "disk", "volmgr" };
static const char *const mirror_types[] = { "md", "hd" };

static bool
is_of(const char *type, const char *const *types, size_t n)
{
	size_t i;

	for (i = 0; type != NULL && i < n; i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	return false;
}

static bool
is_mirror(const char *type)
{
	return is_of(type, mirror_types, COUNT(mirror_types));
}

static bool
is_disk(const char *type)
{
	return is_of(type, shared_types, COUNT(shared_types)) || is_mirror(type);
}

/* --- the groups of VMs ----------------------------------------------------- */

/* Does the group have a disk resource? -1: its resources or their types are not told.
 */
static int
has_disk(const struct obs_view *v, const char *group, const char **which)
{
	const struct obs_resource *res;
	bool told = false, untold = false;
	size_t i;

	for (i = 0; i < v->nresources; i++) {
		res = &v->resources[i];
		if (res->group == NULL || res->type == NULL) {
			untold = true;
			continue;
		}
		if (strcmp(res->group, group) != 0)
			continue;
		told = true;
		if (is_disk(res->type)) {
			*which = res->name;
			return 1;
		}
	}
	return told || !untold ? 0 : -1;
}

static void
judge_kind(struct doctor_report *r, const struct obs_view *v, const char *cluster,
    const char *group, enum cs_vm_kind kind, const char *object)
{
	const char *which = "";
	int disk = has_disk(v, group, &which);

	if (disk == 0 && kind == VM_SHARED_DISK)
		doctor_find(r, DOC_GROUP_WITHOUT_DISK, object,
		    "no resource of group %s in %s is of type sd, disk or volmgr",
		    group, cluster);
	else if (disk == 1 && kind == VM_STATELESS)
		doctor_find(r, DOC_STATELESS_WITH_DISK, object,
		    "group %s in %s has the disk resource %s", group, cluster, which);
}

static void
judge_disk(struct doctor_report *r, const struct settings *s,
    const struct doctor_rest *rest, const struct vm_settings *vm,
    const struct disk_settings *d, const char *object)
{
	const struct obs_resource *res, *first = NULL;
	const struct disk_site_settings *site;
	const char *cluster, *first_cluster = "", *group;
	const struct obs_view *v;
	size_t i, j;

	for (i = 0; i < d->nsites; i++) {
		site = &d->sites[i];
		cluster = s->clusters[site->cluster].name;
		v = doctor_view_of(rest, site->cluster);
		if (v == NULL || v->nresources == 0)
			continue;
		res = obs_find_resource(v, site->resource);
		if (res == NULL) {
			doctor_find(r, DOC_DISK_MISSING, object,
			    "%s has no resource %s (disk %s, clusterset.conf:%u)",
			    cluster, site->resource, d->name, d->line);
			continue;
		}
		for (group = NULL, j = 0; j < vm->nsites; j++)
			if (vm->sites[j].cluster == site->cluster)
				group = vm->sites[j].group;
		if (group != NULL && res->group != NULL &&
		    strcmp(group, res->group) != 0)
			doctor_find(r, DOC_DISK_OTHER_GROUP, object,
			    "resource %s of %s belongs to group %s, the VM's is %s",
			    site->resource, cluster, res->group, group);
		if (d->kind == DISK_SHARED && is_mirror(res->type))
			doctor_find(r, DOC_DISK_MIRRORED, object,
			    "resource %s of %s is of type %s, disk %s is \"shared\"",
			    site->resource, cluster, res->type, d->name);
		if (first == NULL) {
			first = res;
			first_cluster = cluster;
		} else if (d->kind == DISK_SHARED && first->type != NULL &&
		    res->type != NULL && strcmp(first->type, res->type) != 0)
			doctor_find(r, DOC_DISK_TYPES_DIFFER, object,
			    "disk %s: %s of %s is of type %s, %s of %s of type %s",
			    d->name, first->name, first_cluster, first->type, res->name,
			    cluster, res->type);
	}
}

static bool
is_listed(const struct vm_settings *vm, size_t cluster, const char *resource)
{
	size_t i, j;

	for (i = 0; i < vm->ndisks; i++)
		for (j = 0; j < vm->disks[i].nsites; j++)
			if (vm->disks[i].sites[j].cluster == cluster &&
			    strcmp(vm->disks[i].sites[j].resource, resource) == 0)
				return true;
	return false;
}

static void
judge_unlisted(struct doctor_report *r, const struct obs_view *v,
    const struct vm_settings *vm, const struct site_settings *site, const char *cluster,
    const char *object)
{
	const struct obs_resource *res;
	size_t i;

	if (vm->kind == VM_STATELESS)
		return; /* which is a finding of its own */
	for (i = 0; i < v->nresources; i++) {
		res = &v->resources[i];
		if (res->group != NULL && strcmp(res->group, site->group) == 0 &&
		    is_disk(res->type) && !is_listed(vm, site->cluster, res->name))
			doctor_find(r, DOC_DISK_UNLISTED, object,
			    "resource %s (type %s) of group %s in %s", res->name,
			    res->type, site->group, cluster);
	}
}

/* --- monitors -------------------------------------------------------------- */

static const struct obs_monitor *
find_monitor(const struct obs_view *v, const char *name)
{
	size_t i;

	for (i = 0; i < v->nmonitors; i++)
		if (strcmp(v->monitors[i].name, name) == 0)
			return &v->monitors[i];
	return NULL;
}

/* "failover-erp" names the VM as "erp" */
static const char *
core(const char *group)
{
	static const char before[] = "failover-";

	return strncmp(group, before, sizeof(before) - 1) == 0
	    ? group + sizeof(before) - 1
	    : group;
}

/* Is `part` one of the words of `name`, between -, _ and .? */
static bool
names(const char *name, const char *part)
{
	size_t n = strlen(part);
	const char *at = name;

	if (n < NAME_PART_MIN)
		return false;
	for (; (at = strcasestr(at, part)) != NULL; at++)
		if ((at == name || strchr("-_.", at[-1]) != NULL) &&
		    (at[n] == '\0' || strchr("-_.", at[n]) != NULL))
			return true;
	return false;
}

static void
judge_monitors(struct doctor_report *r, const struct obs_view *v,
    const struct doctor_site *of, const struct site_settings *site, const char *cluster,
    const char *object, bool certain)
{
	const struct obs_monitor *m;
	size_t i, j;

	if (v->nmonitors == 0) /* not told: every cluster has some */
		return;
	for (i = 0; i < site->nmonitors; i++)
		if (find_monitor(v, site->monitors[i]) == NULL)
			doctor_find(r, DOC_MONITOR_MISSING, object,
			    "%s has no monitor %s (clusterset.conf:%u)", cluster,
			    site->monitors[i], site->line);
	for (i = 0; !certain && i < v->nmonitors; i++) {
		m = &v->monitors[i];
		for (j = 0; j < site->nmonitors; j++)
			if (strcmp(site->monitors[j], m->name) == 0)
				break;
		if (j == site->nmonitors &&
		    (names(m->name, of->vm) || names(m->name, core(site->group))))
			doctor_find(r, DOC_MONITOR_LIKELY, object,
			    "monitor %s%s%s%s of %s", m->name,
			    m->type == NULL ? "" : " (", m->type == NULL ? "" : m->type,
			    m->type == NULL ? "" : ")", cluster);
	}
}

static void
judge_vm(struct doctor_report *r, const struct settings *s,
    const struct doctor_rest *rest, const struct doctor_clpconfs *clp,
    const struct vm_settings *vm)
{
	char *object = xasprintf("vm %s", vm->name);
	const struct site_settings *site;
	const struct obs_view *v;
	struct doctor_site of;
	const char *cluster;
	size_t before = r->n, seen = 0, i;

	for (i = 0; i < vm->nsites; i++) {
		site = &vm->sites[i];
		cluster = s->clusters[site->cluster].name;
		v = doctor_view_of(rest, site->cluster);
		if (v == NULL || v->ngroups == 0)
			continue;
		seen++;
		if (obs_find_group(v, site->group) == NULL) {
			doctor_find(r, DOC_GROUP_MISSING, object,
			    "%s has no group %s (clusterset.conf:%u)", cluster,
			    site->group, site->line);
			continue;
		}
		of = (struct doctor_site) { vm->name, vm->kind, vm, site };
		judge_kind(r, v, cluster, site->group, vm->kind, object);
		judge_unlisted(r, v, vm, site, cluster, object);
		judge_monitors(r, v, &of, site, cluster, object,
		    doctor_clpconf_of(clp, site->cluster) != NULL);
	}
	for (i = 0; i < vm->ndisks; i++)
		judge_disk(r, s, rest, vm, &vm->disks[i], object);
	if (seen == vm->nsites && r->n == before)
		doctor_pass(r, object,
		    "its groups, disks and monitors are there in all its clusters");
	free(object);
}

/* --- groups of one name, and groups of patterns ---------------------------- */

struct group_name {
	const char *name;
	char *clusters; /* "east, west" */
	size_t n;
	UT_hash_handle hh;
};

static void
meet(struct group_name **all, const char *name, const char *cluster)
{
	struct group_name *g;
	char *longer;

	HASH_FIND_STR(*all, name, g);
	if (g == NULL) {
		g = xcalloc(1, sizeof(*g));
		g->name = name;
		g->clusters = xstrdup(cluster);
		HASH_ADD_KEYPTR(hh, *all, g->name, strlen(g->name), g);
	} else if (g->n < NAMES_SHOWN) {
		longer = xasprintf("%s, %s", g->clusters, cluster);
		free(g->clusters);
		g->clusters = longer;
	} else if (g->n == NAMES_SHOWN) {
		longer = xasprintf("%s and more", g->clusters);
		free(g->clusters);
		g->clusters = longer;
	}
	g->n++;
}

static void
judge_names(struct doctor_report *r, struct group_name *all)
{
	struct group_name *g, *next;
	char *object;

	HASH_ITER (hh, all, g, next) {
		if (g->n > 1) {
			object = xasprintf("group %s", g->name);
			doctor_find(
			    r, DOC_SAME_NAMED_GROUPS, object, "in %s", g->clusters);
			free(object);
		}
		HASH_DEL(all, g);
		free(g->clusters);
		free(g);
	}
}

void
doctor_judge_vms(struct doctor_report *r, const struct settings *s,
    const struct doctor_rest *rest, const struct doctor_clpconfs *clp)
{
	struct group_name *unpaired = NULL;
	const struct obs_view *v;
	struct doctor_site of;
	char *object;
	size_t i, j;

	for (i = 0; i < s->nvms; i++)
		judge_vm(r, s, rest, clp, &s->vms[i]);
	for (i = 0; i < s->nclusters; i++) {
		v = doctor_view_of(rest, i);
		for (j = 0; v != NULL && j < v->ngroups; j++) {
			if (!doctor_site_of(s, i, v->groups[j].name, &of)) {
				meet(&unpaired, v->groups[j].name, s->clusters[i].name);
				continue;
			}
			if (of.settings != NULL)
				continue;
			object = xasprintf("vm %s", of.vm);
			judge_kind(r, v, s->clusters[i].name, v->groups[j].name,
			    of.kind, object);
			free(object);
		}
	}
	judge_names(r, unpaired);
}
