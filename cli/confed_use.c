/*
 * SPDX-License-Identifier: Apache-2.0
 * What the running set says of an entry before the configuration is written: a cluster
 * or a VM that is in use keeps its name, and a VM needs groups that are there. See
 * confed_entry.h.
 *
 * Asks by SNMP, and only the daemon that reads this file; the daemon judges again.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/act.h"
#include "cli/confed_entry.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool
same(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* A table, or none: this is a courtesy, and silent where it cannot be had. */
static struct rows *
read_table(struct confed *c, enum mib_table_id table, const enum mib_id *ids, size_t n)
{
	enum snmp_result result;
	struct rows *rows;
	char *cause = NULL;

	if (!c->told || c->cli->snmp == NULL)
		return NULL;
	rows = snmp_table(c->cli->snmp, table, ids, n, &result, &cause);
	free(cause);
	return rows;
}

/* --- another name ---------------------------------------------------------- */

/* Nothing of it can run: it is wanted down, and that is proved in all its sites. */
static bool
is_at_rest(const struct rows *vms, const struct rows *sites, const char *vm)
{
	bool down = false;
	size_t i;

	for (i = 0; i < vms->n; i++)
		if (same(row_text(&vms->row[i], csVmName), vm))
			down = same(row_text(&vms->row[i], csVmAdminState), "down");
	for (i = 0; i < sites->n && down; i++)
		if (same(row_text(&sites->row[i], csVmSiteVmName), vm))
			down =
			    same(row_text(&sites->row[i], csVmSiteEvidence), "proved");
	return down;
}

/* The disk that would lose its owner, or NULL. */
static const struct row *
disk_lost(const struct rows *disks, const struct rows *vms, const struct rows *sites,
    bool vm, const char *name)
{
	const struct row *row;
	size_t i;

	for (i = 0; i < disks->n; i++) {
		row = &disks->row[i];
		if (*row_text(row, csDiskOwnerClusterName) != '\0' &&
		    same(row_text(row, vm ? csDiskVmName : csDiskOwnerClusterName),
		        name) &&
		    !is_at_rest(vms, sites, row_text(row, csDiskVmName)))
			return row;
	}
	return NULL;
}

static int
refuse(
    struct confed *c, bool vm, const char *name, const char *to, const struct row *disk)
{
	if (vm)
		return cli_fail(c->cli, EXIT_REFUSED,
		    "VM %s is in use: cluster %s owns its disk %s, and would lose it, "
		    "since another name is another VM; nothing was written. clusterset "
		    "vm down %s, and when clusterset vm show %s has it proved stopped "
		    "in every cluster the same again, and clusterset vm up %s",
		    name, row_text(disk, csDiskOwnerClusterName),
		    row_text(disk, csDiskName), name, name, to);
	return cli_fail(c->cli, EXIT_REFUSED,
	    "cluster %s is in use: it owns disk %s of VM %s, and would lose it, since "
	    "another name is another cluster; nothing was written. clusterset cluster "
	    "drain %s, and when clusterset disk list names it no more as an owner the "
	    "same again",
	    name, row_text(disk, csDiskName), row_text(disk, csDiskVmName), name);
}

int
confed_rename(struct confed *c, const char *section, const char *name, const char *to)
{
	static const enum mib_id disk_ids[] = { csDiskName, csDiskOwnerClusterName,
		csDiskVmName };
	static const enum mib_id vm_ids[] = { csVmName, csVmAdminState };
	static const enum mib_id site_ids[] = { csVmSiteVmName, csVmSiteEvidence };
	const bool vm = same(section, "vms");
	struct rows *disks, *vms, *sites;
	const struct row *lost = NULL;
	int code = EXIT_DONE;

	if (same(name, to) || (!vm && !same(section, "clusters")))
		return EXIT_DONE;
	disks = read_table(c, csDiskTable, disk_ids, COUNT(disk_ids));
	vms = read_table(c, csVmTable, vm_ids, COUNT(vm_ids));
	sites = read_table(c, csVmSiteTable, site_ids, COUNT(site_ids));
	if (disks != NULL && vms != NULL && sites != NULL)
		lost = disk_lost(disks, vms, sites, vm, name);
	if (lost != NULL)
		code = refuse(c, vm, name, to, lost);
	else
		confed_note(c,
		    "for clustersetd %s %s goes and %s comes: history, index%s go by "
		    "the name and begin anew",
		    vm ? "VM" : "cluster", name, to,
		    vm ? ", what was set by command, and the owner of its disks"
		       : " and the owner of disks");
	rows_free(disks);
	rows_free(vms);
	rows_free(sites);
	return code;
}

/* --- groups that are not there --------------------------------------------- */

/* Does the set hear of the cluster's groups? */
static bool
is_heard(const struct rows *clusters, const char *cluster)
{
	const char *state;
	size_t i;

	for (i = 0; i < clusters->n; i++)
		if (same(row_text(&clusters->row[i], csClusterName), cluster)) {
			state = row_text(&clusters->row[i], csClusterOperState);
			return same(state, "normal") || same(state, "caution") ||
			    same(state, "suspended");
		}
	return false;
}

/* Groups of the cluster: those of VMs and those of none. Borrowed words. */
static size_t
groups_of(const struct rows *candidates, const struct rows *sites, const char *cluster,
    const char **words)
{
	const struct row *row;
	size_t i, n = 0;

	for (i = 0; i < candidates->n; i++) {
		row = &candidates->row[i];
		if (row->index_text[1] != NULL &&
		    same(row_text(row, csCandidateClusterName), cluster))
			words[n++] = row->index_text[1];
	}
	for (i = 0; i < sites->n; i++) {
		row = &sites->row[i];
		if (same(row_text(row, csVmSiteClusterName), cluster) &&
		    !same(row_text(row, csVmSiteOperState), "unknown") &&
		    !same(row_text(row, csVmSiteOperState), "absent"))
			words[n++] = row_text(row, csVmSiteGroup);
	}
	return n;
}

static void
look_for(struct confed *c, const char *cluster, const char *group,
    const char *const *words, size_t n)
{
	size_t i;
	int near;

	for (i = 0; i < n; i++)
		if (same(words[i], group))
			return;
	near = text_nearest(group, words, n);
	confed_note(c,
	    "cluster %s has no group \"%s\"%s%s%s: until it has, nothing can be "
	    "started "
	    "there (clusterset vm discover)",
	    cluster, group, near < 0 ? "" : "; did you mean \"",
	    near < 0 ? "" : words[near], near < 0 ? "" : "\"?");
}

void
confed_note_groups(struct confed *c, const json_t *vm)
{
	static const enum mib_id cluster_ids[] = { csClusterName, csClusterOperState };
	static const enum mib_id candidate_ids[] = { csCandidateClusterName };
	static const enum mib_id site_ids[] = { csVmSiteClusterName, csVmSiteGroup,
		csVmSiteOperState };
	struct rows *clusters, *candidates, *sites;
	const char **words, *cluster, *group;
	const json_t *site;
	size_t i;

	clusters = read_table(c, csClusterTable, cluster_ids, COUNT(cluster_ids));
	candidates =
	    read_table(c, csCandidateTable, candidate_ids, COUNT(candidate_ids));
	sites = read_table(c, csVmSiteTable, site_ids, COUNT(site_ids));
	if (clusters == NULL || candidates == NULL || sites == NULL)
		goto out;
	words = xcalloc(candidates->n + sites->n + 1, sizeof(*words));
	json_array_foreach (json_object_get(vm, "sites"), i, site) {
		cluster = json_string_value(json_object_get(site, "cluster"));
		group = json_string_value(json_object_get(site, "group"));
		if (cluster != NULL && group != NULL && is_heard(clusters, cluster))
			look_for(c, cluster, group, words,
			    groups_of(candidates, sites, cluster, words));
	}
	free(words);
out:
	rows_free(clusters);
	rows_free(candidates);
	rows_free(sites);
}
