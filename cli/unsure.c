/*
 * SPDX-License-Identifier: Apache-2.0
 * VMs that cannot be told. See unsure.h.
 */
#include "cli/unsure.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/act.h"

static bool
is_unsure(const struct row *vm)
{
	const char *state = row_text(vm, csVmOperState);

	return strcmp(state, "unknown") == 0 || strcmp(state, "inDoubt") == 0 ||
	    !*state;
}

/* Where the site says nothing: is it the last place that is known of the VM? */
static bool
belongs_there(const struct row *vm, const struct rows *disks, uint32_t cluster)
{
	size_t i;

	if (row_number(vm, csVmCluster, 0) == cluster)
		return true;
	for (i = 0; i < disks->n; i++)
		if (row_number(&disks->row[i], csDiskVm, 0) == vm->index[0] &&
		    row_number(&disks->row[i], csDiskOwnerCluster, 0) == cluster)
			return true;
	return false;
}

static char *
reason(const struct row *vm, const struct row *site, const struct rows *disks,
    uint32_t cluster)
{
	const char *state = site ? row_text(site, csVmSiteOperState) : "";
	const char *text = site ? row_text(site, csVmSiteStatusText) : "";

	if (strcmp(state, "unknown") == 0)
		return xstrdup(*text ? text : "its site there cannot be told");
	if (!*state && belongs_there(vm, disks, cluster))
		return xstrdup("it was last seen there, or its disk belongs there");
	return NULL;
}

int
unsure_vms(struct cli *cli, const struct rows *vms, uint32_t cluster, char ***why)
{
	static const enum mib_id site_ids[] = { csVmSiteOperState, csVmSiteStatusText };
	static const enum mib_id disk_ids[] = { csDiskVm, csDiskOwnerCluster };
	struct rows *sites = NULL, *disks = NULL;
	size_t i, n = 0;
	int code = 0;

	*why = xcalloc(vms->n + 1, sizeof(**why));
	for (i = 0; i < vms->n; i++)
		n += is_unsure(&vms->row[i]);
	if (n == 0)
		return 0; /* the usual case reads no big table */
	sites = act_table(cli, csVmSiteTable, site_ids, 2, &code);
	if (!code)
		disks = act_table(cli, csDiskTable, disk_ids, 2, &code);
	for (i = 0; !code && i < vms->n; i++) {
		const struct row *vm = &vms->row[i];

		if (is_unsure(vm))
			(*why)[i] = reason(vm, rows_find(sites, vm->index[0], cluster),
			    disks, cluster);
	}
	rows_free(disks);
	rows_free(sites);
	return code;
}

void
unsure_free(char **why, size_t n)
{
	size_t i;

	for (i = 0; why && i < n; i++)
		free(why[i]);
	free(why);
}
