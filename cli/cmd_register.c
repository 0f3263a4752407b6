/*
 * SPDX-License-Identifier: Apache-2.0
 * VMs in the configuration: vm register, vm set, vm unregister; and patterns that find
 * VMs by their names.
 *
 * A VM is a group in each of its clusters and, unless it is stateless, the disk
 * resources of its LUNs there. csCandidateTable tells which groups there are that no VM
 * has; of their resources the MIB tells nothing, so those are given.
 */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/act.h"
#include "cli/confed.h"
#include "cli/confed_entry.h"
#include "configfile/change.h"

/* --- sites and disks ------------------------------------------------------- */

/* "CLUSTER=GROUP", or "CLUSTER" where the group has the name of the VM. */
static int
site_add(struct confed *c, json_t *vm, const char *spec)
{
	const char *group = strchr(spec, '=');
	char *cluster = xstrndup(spec, strcspn(spec, "=")), *cause = NULL;
	json_t *site = change_part(vm, "vms.sites", "sites", "cluster", cluster, true);
	int code = EXIT_DONE;

	if (change_assign(site, "vms.sites", "group",
	        group != NULL ? group + 1
	                      : json_string_value(json_object_get(vm, "name")),
	        &cause) != 0)
		code = confed_fail(c, &cause);
	free(cluster);
	return code;
}

/* "CLUSTER=VALUE" for an option of a site that is there. */
static int
site_assign(struct confed *c, json_t *vm, const char *spec, const char *key)
{
	const char *value = strchr(spec, '=');
	char *cluster = xstrndup(spec, strcspn(spec, "=")), *cause = NULL;
	json_t *site = change_part(vm, "vms.sites", "sites", "cluster", cluster, false);
	int code = EXIT_DONE;

	if (value == NULL)
		code =
		    cli_fail(c->cli, EXIT_USAGE, "\"%s\" is not CLUSTER=VALUE", spec);
	else if (site == NULL)
		code = cli_fail(c->cli, EXIT_FAILED,
		    "the VM has no site in cluster \"%s\"", cluster);
	else if (change_assign(site, "vms.sites", key,
	             value[1] == '\0' ? NULL : value + 1, &cause) != 0)
		code = confed_fail(c, &cause);
	free(cluster);
	return code;
}

static const char *
text_at(const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	return s == NULL ? "" : s;
}

static void
disk_site(json_t *disk, const char *cluster, const char *resource)
{
	json_t *site =
	    change_part(disk, "vms.disks.sites", "sites", "cluster", cluster, true);

	json_object_set_new(site, "resource", json_string(resource));
}

/*
 * "DISK=RESOURCE" where the resource is called so in every cluster of the VM, or
 * "DISK:CLUSTER=RESOURCE,CLUSTER=RESOURCE".
 */
static int
disk_add(struct confed *c, json_t *vm, const char *spec)
{
	const size_t len = strcspn(spec, ":=");
	char *name, *copy, *rest, *one, *resource;
	json_t *disk, *site;
	size_t i;
	int code = EXIT_DONE;

	if (spec[len] == '\0')
		return cli_fail(c->cli, EXIT_USAGE,
		    "\"%s\" is not DISK=RESOURCE or DISK:CLUSTER=RESOURCE,...", spec);
	name = xstrndup(spec, len);
	rest = copy = xstrdup(spec + len + 1);
	disk = change_part(vm, "vms.disks", "disks", "name", name, true);
	if (json_object_get(disk, "kind") == NULL)
		json_object_set_new(disk, "kind",
		    json_string(strcmp(text_at(vm, "kind"), "replica") == 0
		            ? "replicated"
		            : "shared"));
	if (spec[len] == '=') {
		json_object_del(disk, "sites");
		json_array_foreach (json_object_get(vm, "sites"), i, site) {
			disk_site(disk, text_at(site, "cluster"), copy);
		}
	}
	while (spec[len] == ':' && (one = strsep(&rest, ",")) != NULL) {
		resource = strchr(one, '=');
		if (resource == NULL) {
			code = cli_fail(
			    c->cli, EXIT_USAGE, "\"%s\" is not CLUSTER=RESOURCE", one);
			break;
		}
		*resource++ = '\0';
		disk_site(disk, one, resource);
	}
	free(copy);
	free(name);
	return code;
}

/* The sites and disks of the options. */
static int
parts(struct confed *c, json_t *vm)
{
	static const struct {
		const char *option, *list, *by;
	} gone[] = { { "no-site", "sites", "cluster" },
		{ "no-disk", "disks", "name" } };
	const char *given[CLI_ARGUMENTS_MAX];
	char *cause = NULL;
	int code = EXIT_DONE;
	size_t n, i, k;

	for (k = 0; k < 2; k++) {
		n = option_values(c->cli, gone[k].option, given, CLI_ARGUMENTS_MAX);
		for (i = 0; i < n && code == EXIT_DONE; i++)
			if (change_part_remove(
			        vm, gone[k].list, gone[k].by, given[i], &cause) != 0)
				code = confed_fail(c, &cause);
	}
	n = option_values(c->cli, "site", given, CLI_ARGUMENTS_MAX);
	for (i = 0; i < n && code == EXIT_DONE; i++)
		code = site_add(c, vm, given[i]);
	n = option_values(c->cli, "auto-start", given, CLI_ARGUMENTS_MAX);
	for (i = 0; i < n && code == EXIT_DONE; i++)
		code = site_assign(c, vm, given[i], "auto-start");
	n = option_values(c->cli, "monitors", given, CLI_ARGUMENTS_MAX);
	for (i = 0; i < n && code == EXIT_DONE; i++)
		code = site_assign(c, vm, given[i], "monitors");
	n = option_values(c->cli, "disk", given, CLI_ARGUMENTS_MAX);
	for (i = 0; i < n && code == EXIT_DONE; i++)
		code = disk_add(c, vm, given[i]);
	if (code == EXIT_DONE && option_value(c->cli, "site") != NULL)
		confed_note_groups(c, vm);
	return code;
}

/* A VM with disks shares them unless it was said otherwise; one without must say so. */
static int
parts_of_new(struct confed *c, json_t *vm)
{
	if (json_object_get(vm, "kind") == NULL) {
		if (option_value(c->cli, "disk") == NULL)
			return cli_fail(c->cli, EXIT_USAGE,
			    "which kind of VM: --disk NAME=RESOURCE for one on a "
			    "shared "
			    "disk, or --kind stateless for one without");
		json_object_set_new(vm, "kind", json_string("shared-disk"));
	}
	if (option_value(c->cli, "site") == NULL)
		return cli_fail(c->cli, EXIT_USAGE,
		    "in which clusters: --site CLUSTER=GROUP for each; clusterset vm "
		    "discover lists groups that no VM has");
	return parts(c, vm);
}

/* --- all candidates -------------------------------------------------------- */

struct all {
	struct confed *c;
	const struct rows *rows;
	const char *match; /* NULL: any but ECX's own and its examples */
	size_t registered;
	json_t *left; /* groups that were spoken of */
};

/* True the first time. */
static bool
remember(struct all *a, const char *group)
{
	if (json_object_get(a->left, group) != NULL)
		return false;
	json_object_set_new(a->left, group, json_true());
	return true;
}

/* failover1 and ManagementGroup exist everywhere and are not one VM. */
static bool
is_meant(const struct all *a, const char *group)
{
	const char *digits;

	if (strcasecmp(group, "ManagementGroup") == 0)
		return false;
	if (a->match != NULL)
		return fnmatch(a->match, group, 0) == 0;
	if (strncasecmp(group, "failover", 8) != 0)
		return true;
	digits = group + 8 + strspn(group + 8, "0123456789");
	return *digits != '\0';
}

static bool
used(const json_t *tree, const char *cluster, const char *group)
{
	json_t *vm, *site;
	size_t i, k;

	json_array_foreach (json_object_get(tree, "vms"), i, vm) {
		json_array_foreach (json_object_get(vm, "sites"), k, site) {
			if (strcmp(text_at(site, "cluster"), cluster) == 0 &&
			    strcmp(text_at(site, "group"), group) == 0)
				return true;
		}
	}
	return false;
}

/* '%' in the template of a disk is the name of the VM. */
static char *
with_name(const char *template, const char *name)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	for (; *template != '\0'; template ++)
		if (*template == '%')
			fputs(name, f);
		else
			fputc(*template, f);
	fclose(f);
	return text;
}

/* The group of one name in all clusters, the one that runs it first. */
static int
register_group(struct all *a, const char *group)
{
	const char *disks[CLI_ARGUMENTS_MAX], *cluster;
	json_t *tree = edit_tree(a->c->edit), *vm, *sites = json_array();
	char *cause = NULL, *disk;
	size_t i, n, active = 0;
	int code = EXIT_DONE;

	for (i = 0; i < a->rows->n; i++) {
		const struct row *row = &a->rows->row[i];

		if (row->index_text[1] == NULL ||
		    strcmp(row->index_text[1], group) != 0)
			continue;
		cluster = row_text(row, csCandidateClusterName);
		if (used(tree, cluster, group))
			continue;
		vm = json_pack("{s:s, s:s}", "cluster", cluster, "group", group);
		if (*row_text(row, csCandidateNodeName) != '\0') {
			active++;
			json_array_insert_new(sites, 0, vm);
		} else {
			json_array_append_new(sites, vm);
		}
	}
	if (active > 1 && json_array_size(sites) > 1) {
		if (remember(a, group))
			confed_note(a->c,
			    "group %s is active in %zu clusters, so it is most likely "
			    "not one VM and was left alone",
			    group, active);
		json_decref(sites);
		return EXIT_DONE;
	}
	if (json_array_size(sites) < 2 || change_find(tree, "vms", group) != NULL) {
		json_decref(sites);
		return EXIT_DONE;
	}
	vm = change_add(tree, "vms", group, a->c->notes, &cause);
	if (vm == NULL) {
		json_decref(sites);
		return confed_fail(a->c, &cause);
	}
	json_object_set_new(vm, "sites", sites);
	code = confed_options(a->c, "vms", vm);
	if (json_object_get(vm, "kind") == NULL)
		json_object_set_new(vm, "kind", json_string("shared-disk"));
	n = option_values(a->c->cli, "disk", disks, CLI_ARGUMENTS_MAX);
	for (i = 0; i < n && code == EXIT_DONE; i++) {
		disk = with_name(disks[i], group);
		code = disk_add(a->c, vm, disk);
		free(disk);
	}
	change_order(vm, "vms");
	confed_note(a->c, "VM \"%s\" in %zu clusters", group, json_array_size(sites));
	a->registered++;
	return code;
}

static int
register_all(struct cli *cli)
{
	struct confed c;
	struct all a = { .c = &c, .match = option_value(cli, "match") };
	struct rows *rows = NULL;
	const char *kind = option_value(cli, "kind");
	char *what;
	size_t i;
	int code = EXIT_DONE;

	if ((kind == NULL || strcmp(kind, "stateless") != 0) &&
	    option_value(cli, "disk") == NULL)
		return cli_fail(cli, EXIT_USAGE,
		    "the disk resources of the groups are not known by SNMP: --disk "
		    "%%-lun=sd-%% when they are named alike (%% is the VM), --kind "
		    "stateless when there are none, or a pattern, which pairs disks by "
		    "itself: clusterset vm-pattern add");
	if (argument(cli, 0) != NULL || option_value(cli, "site") != NULL)
		return cli_fail(cli, EXIT_USAGE,
		    "--all names the VMs as their groups and takes all their sites");
	memset(&c, 0, sizeof(c));
	rows = act_table(cli, csCandidateTable, NULL, 0, &code);
	if (rows == NULL)
		return code;
	a.rows = rows;
	a.left = json_object();
	code = confed_begin(cli, &c);
	for (i = 0; i < rows->n && code == EXIT_DONE; i++)
		if (rows->row[i].index_text[1] != NULL &&
		    is_meant(&a, rows->row[i].index_text[1]))
			code = register_group(&a, rows->row[i].index_text[1]);
	if (code == EXIT_DONE) {
		what = xasprintf(
		    "%zu VM%s registered", a.registered, a.registered == 1 ? "" : "s");
		code = confed_finish(&c, false, what);
		free(what);
	}
	confed_end(&c);
	json_decref(a.left);
	rows_free(rows);
	return code;
}

/* --- the commands ---------------------------------------------------------- */

static int
run_register(struct cli *cli)
{
	if (option_given(cli, "all"))
		return register_all(cli);
	if (argument(cli, 0) == NULL)
		return cli_fail(cli, EXIT_USAGE, "which VM? a name, or --all");
	return confed_add(cli, "vms", parts_of_new);
}

static int
run_set(struct cli *cli)
{
	const char *name = option_value(cli, "name");
	int code = confed_set(cli, "vms", parts);

	if (code == EXIT_DONE && !option_given(cli, "dry-run") &&
	    !option_given(cli, "no-reload"))
		confed_tell_overruled(cli, name == NULL ? argument(cli, 0) : name);
	return code;
}

static int
run_unregister(struct cli *cli)
{
	return confed_remove(cli, "vms");
}

static int
pattern_add(struct cli *cli)
{
	return confed_add(cli, "vm-patterns", NULL);
}

static int
pattern_set(struct cli *cli)
{
	return confed_set(cli, "vm-patterns", NULL);
}

static int
pattern_remove(struct cli *cli)
{
	return confed_remove(cli, "vm-patterns");
}

/* clang-format off */
#define KIND_OPTION                                                               \
	{ .name = "kind", .value = "KIND", .complete = COMPLETE_WORDS,            \
	    .words = "shared-disk stateless replica",                             \
	    .text = "What of it is on disks that are shared or replicated." }
#define SIZE_OPTIONS                                                              \
	{ .name = "memory", .value = "MIB",                                       \
	    .text = "What it needs, in MiB, where nobody measures it." },         \
	{ .name = "vcpus", .value = "N",                                          \
	    .text = "Its processors, where nobody tells them." },                 \
	{ .name = "cpu-weight", .value = "N",                                     \
	    .text = "Its part of the load of its node, where only that is "       \
		    "measured: 100 unless given." }
#define VM_OPTIONS                                                                \
	KIND_OPTION,                                                              \
	{ .name = "disk", .value = "DISK=RESOURCE", .many = true,                 \
	    .text = "A LUN and the disk resource that opens it: DISK=RESOURCE "   \
		    "when it is called so in each cluster of the VM, else "       \
		    "DISK:CLUSTER=RESOURCE,CLUSTER=RESOURCE." },                  \
	{ .name = "home", .value = "CLUSTER", .complete = COMPLETE_CLUSTER,       \
	    .text = "Where it belongs when all is well." },                       \
	{ .name = "availability-set", .value = "SET",                             \
	    .complete = COMPLETE_AVAILABILITY_SET,                                \
	    .text = "From whose members it is kept apart." },                     \
	{ .name = "priority", .value = "N", .text = "0 to 1000, 100 unless given." }, \
	SIZE_OPTIONS,                                                             \
	{ .name = "uuid", .value = "UUID", .text = "The hypervisor's name for it." }, \
	{ .name = "auto-start", .value = "CLUSTER=WORD", .many = true,            \
	    .text = "The group's startup attribute there: manual, auto, unknown." }, \
	{ .name = "monitors", .value = "CLUSTER=NAME,...", .many = true,          \
	    .text = "Monitors there that are suspended while it is moved." },     \
	{ .name = "accept-autostart", .value = "TRUTH", .complete = COMPLETE_WORDS, \
	    .words = "true false",                                                \
	    .text = "true: the danger of a site that starts by itself is known." }, \
	CONFED_OPTION_SET
/* clang-format on */

static const struct command_option register_options[] = {
	{ .name = "site",
	    .value = "CLUSTER[=GROUP]",
	    .many = true,
	    .text = "A cluster in which it may run, in order of preference, and its "
	            "group there; without a group the one of its name." },
	VM_OPTIONS,
	{ .name = "all",
	    .text = "Every group that at least two clusters have under one name and no "
	            "VM has yet; in --disk a % stands for the name. Groups called "
	            "failover1 and the like exist everywhere and are left alone unless "
	            "--match takes them." },
	{ .name = "match",
	    .value = "PATTERN",
	    .text = "Of --all only groups that fit it, as the shell's file names do." },
	CONFED_OPTIONS,
	{ .name = NULL },
};

static const struct command_option set_options[] = {
	{ .name = "site",
	    .value = "CLUSTER[=GROUP]",
	    .many = true,
	    .text = "One more site, or another group in one." },
	{ .name = "no-site",
	    .value = "CLUSTER",
	    .complete = COMPLETE_CLUSTER,
	    .many = true,
	    .text = "One site less." },
	{ .name = "no-disk",
	    .value = "DISK",
	    .complete = COMPLETE_DISK,
	    .many = true,
	    .text = "One disk less." },
	VM_OPTIONS,
	CONFED_OPTION_UNSET,
	CONFED_OPTION_RENAME,
	CONFED_OPTIONS,
	{ .name = NULL },
};

static const struct command_option plain_options[] = {
	CONFED_OPTIONS,
	{ .name = NULL },
};

#define PATTERN_OPTIONS                                              \
	{ .name = "availability-set",                                \
		.value = "SET",                                      \
		.complete = COMPLETE_AVAILABILITY_SET,               \
		.text = "From whose members they are kept apart." }, \
	    { .name = "priority",                                    \
		    .value = "N",                                    \
		    .text = "0 to 1000, 100 unless given." },        \
	    SIZE_OPTIONS

static const struct command_option pattern_add_options[] = {
	{ .name = "kind",
	    .value = "KIND",
	    .complete = COMPLETE_WORDS,
	    .words = "shared-disk stateless replica",
	    .required = true,
	    .text = "Of all of them." },
	{ .name = "clusters",
	    .value = "CLUSTER,...",
	    .required = true,
	    .text = "Where they may run, in order of preference." },
	PATTERN_OPTIONS,
	CONFED_OPTIONS,
	{ .name = NULL },
};

static const struct command_option pattern_set_options[] = {
	KIND_OPTION,
	{ .name = "clusters",
	    .value = "CLUSTER,...",
	    .text = "Where they may run, in order of preference." },
	PATTERN_OPTIONS,
	CONFED_OPTION_UNSET,
	CONFED_OPTIONS,
	{ .name = NULL },
};

static const struct command_argument new_vm[] = {
	{ .name = "NAME", .optional = true, .text = "Its name in the set." },
	{ .name = NULL },
};
static const struct command_argument one_vm[] = {
	{ .name = "VM", .complete = COMPLETE_VM, .text = "Its name." },
	{ .name = NULL },
};
static const struct command_argument vms[] = {
	{ .name = "VM", .complete = COMPLETE_VM, .many = true, .text = "Their names." },
	{ .name = NULL },
};
static const struct command_argument pattern[] = {
	{ .name = "PATTERN",
	    .text = "Names of groups, as the shell's file names: vm-*" },
	{ .name = NULL },
};

const struct command cmd_register[] = {
	{ .words = "vm register",
	    .summary = "make a VM of groups that the clusters have",
	    .text = "Writes an entry into vms of clusterset.conf: from then on its "
	            "groups are one VM, which runs in one cluster at a time. "
	            "Nothing is started or stopped by that. A group that its cluster "
	            "is known not to have is told of, and registered all the same: it "
	            "may be made later. " CONFED_TEXT,
	    .examples = "clusterset vm register erp --site east=failover-erp --site "
	                "west=failover-erp --disk erp-lun0=sd-erp --home east\n"
	                "clusterset vm register --all --match 'vm-*' --disk %-lun=sd-% "
	                "--dry-run",
	    .arguments = new_vm,
	    .options = register_options,
	    .run = run_register },
	{ .words = "vm set",
	    .summary = "change a VM in the configuration",
	    .text = "Its home and priority as they were last set by clusterset vm home "
	            "and clusterset vm priority stand against what the file says. A VM "
	            "under another name is another one: while a cluster owns a disk "
	            "of it that is refused, unless it is down and proved stopped in "
	            "all its clusters. " CONFED_TEXT,
	    .examples = "clusterset vm set erp --memory 32768 --monitors "
	                "east=genw-erp,psw-erp",
	    .arguments = one_vm,
	    .options = set_options,
	    .run = run_set },
	{ .words = "vm unregister",
	    .summary = "remove VMs from the configuration",
	    .text =
	        "Takes their entries out of clusterset.conf, the comments that belong "
	        "to them included; their groups become candidates again. Nothing is "
	        "started or stopped. " CONFED_TEXT,
	    .examples = "clusterset vm unregister erp --dry-run",
	    .arguments = vms,
	    .options = plain_options,
	    .run = run_unregister },
	{ .words = "vm-pattern add",
	    .summary = "take every group that fits a pattern for a VM",
	    .text = "Their disk resources are paired by name. What vms names is not "
	            "taken again. " CONFED_TEXT,
	    .examples =
	        "clusterset vm-pattern add 'vm-*' --kind shared-disk --clusters "
	        "east,west",
	    .arguments = pattern,
	    .options = pattern_add_options,
	    .run = pattern_add },
	{ .words = "vm-pattern set",
	    .summary = "change what a pattern finds",
	    .text = CONFED_TEXT,
	    .arguments = pattern,
	    .options = pattern_set_options,
	    .run = pattern_set },
	{ .words = "vm-pattern remove",
	    .summary = "remove a pattern from the configuration",
	    .text = CONFED_TEXT,
	    .arguments = pattern,
	    .options = plain_options,
	    .run = pattern_remove },
	{ .words = NULL },
};
