/*
 * SPDX-License-Identifier: Apache-2.0
 * `clusterset tree`: set > fault domain > cluster > node > VM, with loads.
 *
 * Every VM is drawn exactly once: beneath the node it runs on, or, when it runs nowhere
 * or that cannot be told, in a branch of its own that says so.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/branch.h"
#include "cli/command.h"
#include "cli/look.h"
#include "cli/loads.h"
#include "cli/names.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

enum { DEPTH_DOMAIN = 1, DEPTH_CLUSTER, DEPTH_NODE, DEPTH_VM, DEPTH_DISK };

static const enum mib_id domain_columns[] = { csFaultDomainName };
static const enum mib_id cluster_columns[] = { csClusterName, csClusterAdminState,
	csClusterOperState, csClusterFaultDomain, csClusterFaultDomainName,
	csClusterNodesOnline, csClusterNodes, csClusterVmsRunning, csClusterCpuLoad,
	csClusterMemoryUsed, csClusterMemoryTotal };
static const enum mib_id node_columns[] = { csNodeName, csNodeClusterName,
	csNodeFaultDomain, csNodeFaultDomainName, csNodeAdminState, csNodeOperState,
	csNodeCpuLoad, csNodeMemoryTotal, csNodeMemoryUsed, csNodeVmsRunning };
/* Names of places are looked up for the screen: with 20,000 VMs each column counts. The
 * first SCREEN_COLUMNS are for both. */
static const enum mib_id vm_columns[] = { csVmName, csVmAdminState, csVmHold,
	csVmOperState, csVmCluster, csVmNode, csVmHomeCluster, csVmTargetCluster,
	csVmTargetNode, csVmCpuLoad, csVmLoadSource, csVmClusterName, csVmNodeName,
	csVmTargetClusterName, csVmTargetNodeName };
enum { SCREEN_COLUMNS = 11 };
static const enum mib_id disk_columns[] = { csDiskName, csDiskOperState,
	csDiskOwnerCluster, csDiskOwnerClusterName, csDiskEpoch, csDiskVm };
static const enum mib_id site_columns[] = { csVmSiteClusterName, csVmSiteOperState,
	csVmSiteNodeName };

/* One place among the VMs, sorted so that those of a node stand together. */
struct placed {
	const struct row *vm;
	uint32_t cluster, node;
	bool drawn;
};

struct tree {
	struct look_set set;
	struct rows *domains, *clusters, *nodes, *vms, *disks, *sites;
	struct placed *placed;
	const struct row **disk_of; /* disks by VM */
	uint32_t only; /* a csClusterIndex, or 0 */
	int depth;
	bool screen;
	json_t *document; /* what is drawn, for programs */
};

/* --- gathering ------------------------------------------------------------- */

static bool
is_one_of(const struct row *vm, const char *a, const char *b)
{
	const char *state = row_text(vm, csVmOperState);

	return strcmp(state, a) == 0 || strcmp(state, b) == 0;
}

static int
by_place(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;

	if (x->cluster != y->cluster)
		return x->cluster < y->cluster ? -1 : 1;
	if (x->node != y->node)
		return x->node < y->node ? -1 : 1;
	return strcmp(row_text(x->vm, csVmName), row_text(y->vm, csVmName));
}

static int
by_vm(const void *a, const void *b)
{
	int64_t x = row_number(*(const struct row *const *)a, csDiskVm, 0),
	        y = row_number(*(const struct row *const *)b, csDiskVm, 0);

	return x < y ? -1 : x > y;
}

/* Where a VM is drawn: 0 when it runs nowhere, or nobody can be sure where. */
static void
place(struct tree *t, struct placed *p, const struct row *vm)
{
	p->vm = vm;
	if (is_one_of(vm, "conflict", "inDoubt") ||
	    is_one_of(vm, "unknown", "stopped") || is_one_of(vm, "failed", "failed"))
		return;
	p->cluster = (uint32_t)row_number(vm, csVmCluster, 0);
	if (rows_find(t->clusters, p->cluster, 0) == NULL) {
		p->cluster = 0;
		return;
	}
	p->node = (uint32_t)row_number(vm, csVmNode, 0);
	if (rows_find(t->nodes, p->cluster, p->node) == NULL)
		p->node = 0;
}

static enum snmp_result
gather(struct snmp *s, struct tree *t, char **cause)
{
	enum snmp_result r = look_set(s, &t->set, cause);
	size_t i;

	if (r == SNMP_DONE)
		r = look_table(s, csFaultDomainTable, domain_columns,
		    LEN(domain_columns), &t->domains, cause);
	if (r == SNMP_DONE)
		r = look_table(s, csClusterTable, cluster_columns, LEN(cluster_columns),
		    &t->clusters, cause);
	if (r == SNMP_DONE)
		r = look_table(
		    s, csNodeTable, node_columns, LEN(node_columns), &t->nodes, cause);
	if (r == SNMP_DONE)
		r = look_table(s, csVmTable, vm_columns,
		    t->screen ? SCREEN_COLUMNS : LEN(vm_columns), &t->vms, cause);
	if (r == SNMP_DONE)
		r = look_table(
		    s, csDiskTable, disk_columns, LEN(disk_columns), &t->disks, cause);
	if (r != SNMP_DONE)
		return r;
	t->placed = xcalloc(t->vms->n + 1, sizeof(*t->placed));
	for (i = 0; i < t->vms->n; i++) {
		place(t, &t->placed[i], &t->vms->row[i]);
		/* where a VM in conflict is active only its sites tell */
		if (is_one_of(&t->vms->row[i], "conflict", "inDoubt") &&
		    t->sites == NULL) {
			r = look_table(s, csVmSiteTable, site_columns,
			    LEN(site_columns), &t->sites, cause);
			if (r != SNMP_DONE)
				return r;
		}
	}
	qsort(t->placed, t->vms->n, sizeof(*t->placed), by_place);
	t->disk_of = xcalloc(t->disks->n + 1, sizeof(*t->disk_of));
	for (i = 0; i < t->disks->n; i++)
		t->disk_of[i] = &t->disks->row[i];
	qsort(t->disk_of, t->disks->n, sizeof(*t->disk_of), by_vm);
	return SNMP_DONE;
}

static void
tree_free(struct tree *t)
{
	look_set_free(&t->set);
	rows_free(t->domains);
	rows_free(t->clusters);
	rows_free(t->nodes);
	rows_free(t->vms);
	rows_free(t->disks);
	rows_free(t->sites);
	free(t->placed);
	free(t->disk_of);
}

/* The first disk of a VM in disk_of, and how many. */
static size_t
disks_of(const struct tree *t, uint32_t vm, size_t *n)
{
	size_t low = 0, high = t->disks->n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (row_number(t->disk_of[middle], csDiskVm, 0) < vm)
			low = middle + 1;
		else
			high = middle;
	}
	for (*n = 0; low + *n < t->disks->n &&
	     row_number(t->disk_of[low + *n], csDiskVm, 0) == vm;
	     ++*n)
		continue;
	return low;
}

/* A row for the document; a placeholder where only a screen is drawn: 20,000 objects
 * that nobody reads take as long as the tree itself. */
static json_t *
object_of(const struct tree *t, const struct rows *rows, const struct row *row)
{
	return t->screen ? json_null() : row_json(rows, row);
}

/* --- drawing --------------------------------------------------------------- */

static void
disk_branch(struct tree *t, struct branch *b, json_t *list, const struct row *d)
{
	struct branch *disk;
	const char *owner = row_text(d, csDiskOwnerClusterName);

	json_array_append_new(list, object_of(t, t->disks, d));
	if (t->depth < DEPTH_DISK)
		return;
	disk = branch_new(b, xasprintf("disk %s", row_text(d, csDiskName)),
	    row_text(d, csDiskOperState));
	if (*owner != '\0')
		branch_note(disk, TONE_PLAIN, "by %s, epoch %s", owner,
		    row_text(d, csDiskEpoch));
	else
		branch_note(disk, TONE_FAINT, "no owner");
}

/* What of its disks does not go without saying. */
static void
note_disks(struct tree *t, struct branch *b, json_t *object, const struct row *vm,
    uint32_t cluster)
{
	json_t *list = json_array();
	const char *state, *owner;
	const struct row *d;
	size_t at, n, i;

	at = disks_of(t, vm->index[0], &n);
	for (i = at; i < at + n; i++) {
		d = t->disk_of[i];
		state = row_text(d, csDiskOperState);
		owner = row_text(d, csDiskOwnerClusterName);
		if (t->depth >= DEPTH_DISK)
			;
		else if (strcmp(state, "owned") != 0)
			branch_note(b,
			    strcmp(state, "released") == 0 ? TONE_BUSY
			                                   : out_tone_of(state),
			    "disk %s %s%s%s", row_text(d, csDiskName), out_words(state),
			    *owner != '\0' ? ", owner " : "", owner);
		else if (cluster == 0 ||
		    row_number(d, csDiskOwnerCluster, 0) != cluster)
			branch_note(b, cluster == 0 ? TONE_FAINT : TONE_BAD,
			    "disk %s owned by %s", row_text(d, csDiskName), owner);
		disk_branch(t, b, list, d);
	}
	json_object_set_new(object, "disks", list);
}

static void
note_sites(const struct tree *t, struct branch *b, const struct row *vm)
{
	const struct row *site;
	const char *state;
	char *where;
	size_t i;

	for (i = 0; t->sites != NULL && i < t->sites->n; i++) {
		site = &t->sites->row[i];
		state = row_text(site, csVmSiteOperState);
		if (site->index[0] != vm->index[0] || strcmp(state, "offline") == 0 ||
		    strcmp(state, "absent") == 0)
			continue;
		where = look_place(row_text(site, csVmSiteClusterName),
		    row_text(site, csVmSiteNodeName));
		branch_note(b, out_tone_of(row_text(vm, csVmOperState)), "%s in %s",
		    out_words(state), where);
		free(where);
	}
}

static const char *
cluster_name(const struct tree *t, int64_t cluster)
{
	const struct row *row = rows_find(t->clusters, (uint32_t)cluster, 0);

	return row != NULL ? row_text(row, csClusterName) : "";
}

static const char *
node_name(const struct tree *t, int64_t cluster, int64_t node)
{
	const struct row *row = rows_find(t->nodes, (uint32_t)cluster, (uint32_t)node);

	return row != NULL ? row_text(row, csNodeName) : "";
}

static void
vm_branch(struct tree *t, struct branch *parent, json_t *list, struct placed *p)
{
	const struct row *vm = p->vm;
	json_t *object = object_of(t, t->vms, vm);
	struct branch *b = branch_new(t->depth >= DEPTH_VM ? parent : NULL,
	    xstrdup(row_text(vm, csVmName)), row_text(vm, csVmOperState));
	const char *target = cluster_name(t, row_number(vm, csVmTargetCluster, 0));
	const char *seen = cluster_name(t, row_number(vm, csVmCluster, 0));
	int64_t cpu = row_number(vm, csVmCpuLoad, -1);
	char *where;

	p->drawn = true;
	if (is_one_of(vm, "conflict", "inDoubt"))
		note_sites(t, b, vm);
	else if (p->cluster == 0 && *seen != '\0')
		branch_note(b, TONE_FAINT, "last seen in %s", seen);
	if (cpu >= 0)
		branch_note(b, TONE_PLAIN, "cpu %s%lld %%",
		    loads_guessed(vm) ? "about " : "", (long long)(cpu + 5) / 10);
	if (*target != '\0') {
		where = look_place(target,
		    node_name(t, row_number(vm, csVmTargetCluster, 0),
		        row_number(vm, csVmTargetNode, 0)));
		branch_note(b, TONE_BUSY, "moves to %s", where);
		free(where);
	}
	if (strcmp(row_text(vm, csVmHold), "true") == 0)
		branch_note(b, TONE_BUSY, "on hold");
	if (strcmp(row_text(vm, csVmAdminState), "down") == 0)
		branch_note(b, TONE_FAINT, "wanted down");
	note_disks(t, b, object, vm, p->cluster);
	json_array_append_new(list, object);
	if (t->depth < DEPTH_VM)
		branch_free(b);
}

/* The VMs placed there; how many. */
static size_t
vms_of(struct tree *t, struct branch *b, json_t *list, uint32_t cluster, uint32_t node)
{
	size_t low = 0, high = t->vms->n, middle, n = 0;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (t->placed[middle].cluster < cluster ||
		    (t->placed[middle].cluster == cluster &&
		        t->placed[middle].node < node))
			low = middle + 1;
		else
			high = middle;
	}
	for (; low + n < t->vms->n && t->placed[low + n].cluster == cluster &&
	     t->placed[low + n].node == node;
	     n++)
		vm_branch(t, b, list, &t->placed[low + n]);
	return n;
}

static void
note_admin(struct branch *b, const char *admin)
{
	if (strcmp(admin, "maintenance") == 0)
		branch_note(b, TONE_BUSY, "in maintenance");
	else if (strcmp(admin, "ignored") == 0)
		branch_note(b, TONE_UNKNOWN, "ignored");
}

static void
node_branch(struct tree *t, struct branch *parent, json_t *list, const struct row *node)
{
	json_t *object = object_of(t, t->nodes, node), *vms = json_array();
	struct branch *b = branch_new(t->depth >= DEPTH_NODE ? parent : NULL,
	    xstrdup(row_text(node, csNodeName)), row_text(node, csNodeOperState));
	const struct row *cluster = rows_find(t->clusters, node->index[0], 0);
	size_t n;

	b->loads = strcmp(b->state, "offline") != 0;
	b->cpu = (int)row_number(node, csNodeCpuLoad, -1);
	b->memory = look_share(node, csNodeMemoryUsed, csNodeMemoryTotal);
	note_admin(b, row_text(node, csNodeAdminState));
	if (row_number(node, csNodeFaultDomain, 0) != 0 &&
	    row_number(cluster, csClusterFaultDomain, 0) !=
	        row_number(node, csNodeFaultDomain, 0))
		branch_note(b, TONE_PLAIN, "fault domain %s",
		    row_text(node, csNodeFaultDomainName));
	n = vms_of(t, b, vms, node->index[0], node->index[1]);
	if (t->depth < DEPTH_VM)
		branch_note(b, TONE_PLAIN, "%zu VM%s", n, n == 1 ? "" : "s");
	json_object_set_new(object, "vms", vms);
	json_array_append_new(list, object);
	if (t->depth < DEPTH_NODE)
		branch_free(b);
}

static void
cluster_branch(
    struct tree *t, struct branch *parent, json_t *list, const struct row *cluster)
{
	json_t *object = object_of(t, t->clusters, cluster), *nodes = json_array(),
	       *lost = json_array();
	struct branch *b = branch_new(t->depth >= DEPTH_CLUSTER ? parent : NULL,
	                  xstrdup(row_text(cluster, csClusterName)),
	                  row_text(cluster, csClusterOperState)),
	              *nowhere;
	int64_t online = row_number(cluster, csClusterNodesOnline, -1);
	size_t i;

	b->tone = TONE_STRONG;
	b->cpu = (int)row_number(cluster, csClusterCpuLoad, -1);
	b->memory = look_share(cluster, csClusterMemoryUsed, csClusterMemoryTotal);
	/* what is not known is said once, by the nodes */
	b->loads = t->depth < DEPTH_NODE || b->cpu >= 0 || b->memory >= 0;
	note_admin(b, row_text(cluster, csClusterAdminState));
	if (t->depth < DEPTH_NODE && online >= 0)
		branch_note(b, TONE_PLAIN, "%lld of %s nodes online", (long long)online,
		    row_text(cluster, csClusterNodes));
	if (t->depth < DEPTH_NODE && row_number(cluster, csClusterVmsRunning, -1) >= 0)
		branch_note(b, TONE_PLAIN, "%s VMs running",
		    row_text(cluster, csClusterVmsRunning));
	for (i = 0; i < t->nodes->n; i++)
		if (t->nodes->row[i].index[0] == cluster->index[0])
			node_branch(t, b, nodes, &t->nodes->row[i]);
	/* in this cluster, but nobody tells on which node */
	nowhere = branch_new(NULL, xstrdup("node not known"), NULL);
	nowhere->tone = TONE_UNKNOWN;
	vms_of(t, nowhere, lost, cluster->index[0], 0);
	json_object_set_new(object, "nodes", nodes);
	json_object_set_new(object, "vms", lost);
	if (json_array_size(lost) > 0 && t->depth >= DEPTH_VM)
		branch_adopt(b, nowhere);
	else
		branch_free(nowhere);
	json_array_append_new(list, object);
	if (t->depth < DEPTH_CLUSTER)
		branch_free(b);
}

static bool
is_wanted(const struct tree *t, const struct row *cluster, uint32_t domain)
{
	uint32_t in = (uint32_t)row_number(cluster, csClusterFaultDomain, 0);

	if (rows_find(t->domains, in, 0) == NULL)
		in = 0;
	return (t->only == 0 || cluster->index[0] == t->only) && in == domain;
}

static void
domain_branch(struct tree *t, struct branch *root, json_t *list, uint32_t domain,
    const char *name)
{
	json_t *clusters = json_array(), *object;
	struct branch *b = NULL;
	size_t i;

	for (i = 0; i < t->clusters->n; i++) {
		if (!is_wanted(t, &t->clusters->row[i], domain))
			continue;
		if (b == NULL) {
			b = branch_new(root, xstrdup(name), NULL);
			branch_note(b, TONE_FAINT, "fault domain");
		}
		cluster_branch(t, b, clusters, &t->clusters->row[i]);
	}
	if (b != NULL && t->depth < DEPTH_CLUSTER)
		branch_note(b, TONE_PLAIN, "%zu cluster%s", json_array_size(clusters),
		    json_array_size(clusters) == 1 ? "" : "s");
	object = json_pack("{s:s,s:o}", "name", name, "clusters", clusters);
	if (b != NULL || t->only == 0)
		json_array_append_new(list, object);
	else
		json_decref(object);
}

/* Is a VM that runs nowhere to be drawn? With --cluster those that belong there. */
static bool
concerns(const struct tree *t, const struct row *vm)
{
	size_t at, n, i;

	if (t->only == 0 || row_number(vm, csVmCluster, 0) == t->only ||
	    row_number(vm, csVmHomeCluster, 0) == t->only)
		return true;
	at = disks_of(t, vm->index[0], &n);
	for (i = at; i < at + n; i++)
		if (row_number(t->disk_of[i], csDiskOwnerCluster, 0) == t->only)
			return true;
	return false;
}

/* VMs of a state that have not been drawn; NULL: whatever is left. */
static void
elsewhere(struct tree *t, struct branch *root, json_t *object, const char *state,
    const char *title)
{
	struct branch *b = branch_new(NULL, xstrdup(title), NULL);
	json_t *list = json_array();
	struct placed *p;
	size_t i;

	b->tone = state != NULL ? out_tone_of(state) : TONE_UNKNOWN;
	for (i = 0; i < t->vms->n; i++) {
		p = &t->placed[i];
		if (p->drawn || p->cluster != 0 || !concerns(t, p->vm) ||
		    (state != NULL &&
		        strcmp(row_text(p->vm, csVmOperState), state) != 0))
			continue;
		vm_branch(t, b, list, p);
	}
	if (json_array_size(list) == 0) {
		branch_free(b);
		json_decref(list);
		return;
	}
	if (t->depth < DEPTH_VM)
		branch_note(b, b->tone, "%zu VM%s", json_array_size(list),
		    json_array_size(list) == 1 ? "" : "s");
	branch_adopt(root, b);
	json_object_set_new(object, state != NULL ? state : "other", list);
}

static struct branch *
draw(struct tree *t)
{
	struct branch *root = branch_new(NULL, xstrdup(t->set.name), t->set.health);
	json_t *domains = json_array(), *clusters = json_array(), *nowhere;
	const struct row *d;
	size_t i;

	root->tone = TONE_STRONG;
	if (look_stuck(&t->set))
		branch_note(root, TONE_BAD,
		    "clustersetd has stopped watching %s ago: this is old",
		    out_duration(t->set.control_age));
	for (i = 0; i < t->domains->n; i++) {
		d = &t->domains->row[i];
		domain_branch(
		    t, root, domains, d->index[0], row_text(d, csFaultDomainName));
	}
	for (i = 0; i < t->clusters->n; i++)
		if (is_wanted(t, &t->clusters->row[i], 0))
			cluster_branch(t, root, clusters, &t->clusters->row[i]);
	nowhere = json_object();
	elsewhere(t, root, nowhere, "conflict",
	    "in conflict: active in more than one cluster");
	elsewhere(
	    t, root, nowhere, "inDoubt", "in doubt: where it runs cannot be told");
	elsewhere(t, root, nowhere, "failed", "failed");
	elsewhere(t, root, nowhere, "unknown", "unknown: a site cannot be told");
	elsewhere(t, root, nowhere, "moving", "moving: runs nowhere now");
	elsewhere(t, root, nowhere, "stopped", "stopped");
	elsewhere(t, root, nowhere, NULL, "where it runs is not told");
	t->document = json_pack("{s:{s:s,s:s,s:o,s:o,s:o}}", "tree", "name",
	    t->set.name, "health", t->set.health, "faultDomains", domains, "clusters",
	    clusters, "elsewhere", nowhere);
	return root;
}

static int
run_tree(struct cli *cli)
{
	struct tree t = { .depth = DEPTH_VM };
	struct branch *root;
	char *cause = NULL;
	const char *only = option_value(cli, "cluster");
	enum snmp_result r;
	int code;

	t.screen = cli->out.format == OUT_SCREEN;
	if (option_given(cli, "disks"))
		t.depth = DEPTH_DISK;
	if (option_given(cli, "no-vms"))
		t.depth = DEPTH_NODE;
	t.depth = (int)option_number(cli, "depth", DEPTH_DOMAIN, DEPTH_DISK, t.depth);
	if (only != NULL && (code = names_cluster(cli, only, &t.only)) != 0)
		return code;
	r = gather(cli_session(cli), &t, &cause);
	if (r != SNMP_DONE) {
		tree_free(&t);
		return cli_fail_snmp(cli, r, &cause);
	}
	root = draw(&t);
	if (cli->out.format == OUT_SCREEN) {
		branch_print(&cli->out, root);
		json_decref(t.document);
	} else
		out_document(&cli->out, t.document);
	branch_free(root);
	tree_free(&t);
	return EXIT_DONE;
}

static const struct command_option tree_options[] = {
	{ .name = "cluster",
	    .value = "CLUSTER",
	    .complete = COMPLETE_CLUSTER,
	    .text =
	        "Only this cluster, and the VMs that run nowhere but belong to it." },
	{ .name = "depth",
	    .value = "N",
	    .complete = COMPLETE_WORDS,
	    .words = "1 2 3 4 5",
	    .text = "How deep: 1 fault domains, 2 clusters, 3 nodes, 4 VMs (as without "
	            "this option), 5 disks." },
	{ .name = "disks", .text = "The disks of every VM with owner and epoch." },
	{ .name = "no-vms", .text = "Clusters and nodes only." },
	{ 0 },
};

const struct command cmd_tree[] = {
	{
	    .words = "tree",
	    .summary = "what runs where, as a tree with loads",
	    .text =
	        "The set, its fault domains, their clusters and nodes with their "
	        "loads, and the VMs on each node. A load that nobody measures is "
	        "shown as unknown. VMs that run nowhere, are in doubt or in "
	        "conflict stand in branches of their own at the end, so that every "
	        "VM is to be found exactly once. The owner of a disk is shown where "
	        "it is not the cluster in which the VM runs.",
	    .examples =
	        "clusterset tree # everything\n"
	        "clusterset tree --cluster east --disks # one cluster, its disks\n"
	        "clusterset tree --depth 2 # clusters only",
	    .options = tree_options,
	    .run = run_tree,
	},
	{ 0 },
};
