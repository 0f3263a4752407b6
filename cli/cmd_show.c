/*
 * SPDX-License-Identifier: Apache-2.0
 * Everything about one VM or one disk: `vm show`, `disk show`. See show.h.
 */
#include "cli/show.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/list.h"
#include "cli/loads.h"
#include "cli/look.h"
#include "cli/names.h"
#include "cli/plain.h"

enum { LAST_MOVES = 5, LAST_DRY_RUNS = 2 };

/* The columns of the site rows of a VM. */
static void
print_site(struct out *o, const struct row *site)
{
	const char *state = row_text(site, csVmSiteOperState);
	const char *evidence = row_text(site, csVmSiteEvidence);

	out_say(o, TONE_STRONG, "  %s", row_text(site, csVmSiteClusterName));
	out_say(o, TONE_PLAIN, "  group %s  ", row_text(site, csVmSiteGroup));
	out_say(o, out_tone_of(state), "%s", state);
	if (*row_text(site, csVmSiteNodeName) != '\0')
		out_say(o, TONE_PLAIN, " on %s", row_text(site, csVmSiteNodeName));
	if (strcmp(row_text(site, csVmSiteBlocked), "true") == 0)
		out_say(o, TONE_BUSY, "  blocked");
	if (strcmp(row_text(site, csVmSiteAutoStart), "auto") == 0)
		out_say(o, TONE_BUSY, "  starts by itself when its cluster boots");
	out_say(o, TONE_PLAIN, "\n");
	show_note(o, 4, state, row_text(site, csVmSiteStatusText));
	if (strcmp(state, "online") != 0 || strcmp(evidence, "none") != 0)
		out_say(o, TONE_PLAIN, "    stopped: %s\n", evidence);
	show_wrapped(o, 4, "because", row_text(site, csVmSiteEvidenceText));
}

static void
print_disk(struct out *o, int indent, const struct row *disk)
{
	const char *state = row_text(disk, csDiskOperState);

	out_say(o, TONE_PLAIN, "%*s", indent, "");
	out_say(o, TONE_STRONG, "%s", row_text(disk, csDiskName));
	out_say(o, TONE_PLAIN, "  %s  ", row_text(disk, csDiskKind));
	out_say(o, out_tone_of(state), "%s", state);
	/* a conflict is not made by the owner */
	if (*row_text(disk, csDiskOwnerClusterName) != '\0')
		out_say(o, TONE_PLAIN,
		    strcmp(state, "owned") == 0 ? " by %s" : ", owner %s",
		    list_place(row_text(disk, csDiskOwnerClusterName),
		        row_text(disk, csDiskOwnerNodeName)));
	out_say(o, TONE_PLAIN, ", epoch %s", row_text(disk, csDiskEpoch));
	if (*row_text(disk, csDiskSince) != '\0') /* else it never had an owner */
		out_say(
		    o, TONE_PLAIN, ", since %s", out_when(row_text(disk, csDiskSince)));
	out_say(o, TONE_PLAIN, "\n");
}

static void
print_move(struct out *o, const struct row *move)
{
	const char *state = row_text(move, csMoveState);
	char *from = look_place(
	    row_text(move, csMoveSourceName), row_text(move, csMoveSourceNodeName));
	char *to = look_place(
	    row_text(move, csMoveTargetName), row_text(move, csMoveTargetNodeName));

	out_say(o, TONE_PLAIN, "  %s/%s  %s  %s to %s  ", row_text(move, csMoveOwner),
	    row_text(move, csMoveIndex), out_when(row_text(move, csMoveStartedAt)),
	    from, to);
	free(from);
	free(to);
	out_say(o, out_tone_of(state), "%s", state);
	if (strcmp(row_text(move, csMoveMode), "dryRun") == 0)
		out_say(o, TONE_PLAIN, "  dry run");
	else if (row_number(move, csMoveDowntime, 0) > 0 ||
	    strcmp(state, "succeeded") == 0)
		out_say(o, TONE_PLAIN, "  down %s",
		    out_duration(row_number(move, csMoveDowntime, 0)));
	out_say(o, TONE_PLAIN, "\n");
	show_wrapped(o, 4, "note", row_text(move, csMoveError));
}

/* The newest of those that moved something, or of those that only asked: who tries it
 * ten times does not lose sight of what was done. */
static void
print_moves(
    struct out *o, const char *title, const struct rows *moves, size_t most, bool dry)
{
	const struct row *list[LAST_MOVES];
	size_t i, n = 0;

	for (i = moves->n; i-- > 0 && n < most && n < LAST_MOVES;)
		if ((strcmp(row_text(&moves->row[i], csMoveMode), "dryRun") == 0) ==
		    dry)
			list[n++] = &moves->row[i];
	if (n > 0)
		out_say(o, TONE_PLAIN, "%s\n", title);
	while (n-- > 0)
		print_move(o, list[n]);
}

static void
print_vm(struct out *o, const struct row *vm, const struct rows *sites,
    const struct rows *disks, const struct rows *moves)
{
	const char *state = row_text(vm, csVmOperState);
	const struct row *back = NULL;
	char *text;
	size_t i;

	out_say(o, TONE_STRONG, "%s", row_text(vm, csVmName));
	out_say(o, TONE_PLAIN, "  ");
	out_say(o, out_tone_of(state), "%s", state);
	if (*row_text(vm, csVmClusterName) != '\0')
		out_say(o, TONE_PLAIN, " on %s",
		    list_place(
		        row_text(vm, csVmClusterName), row_text(vm, csVmNodeName)));
	if (*row_text(vm, csVmSince) != '\0')
		out_say(o, TONE_PLAIN, " since %s", out_when(row_text(vm, csVmSince)));
	out_say(o, TONE_PLAIN, "\n");
	text = plain_about(row_text(vm, csVmStatusText), "vm", row_text(vm, csVmName));
	show_wrapped(o, 2, "note", text);
	free(text);
	show_line(o, 2, "wanted", "%s%s", row_text(vm, csVmAdminState),
	    strcmp(row_text(vm, csVmHold), "true") == 0
	        ? ", on hold: nothing automatic touches it"
	        : "");
	for (i = moves->n; i-- > 0 && back == NULL;)
		if (strcmp(row_text(&moves->row[i], csMoveState), "rollingBack") == 0)
			back = &moves->row[i];
	if (back != NULL)
		show_line(o, 2, "on its way back to", "%s",
		    list_place(row_text(back, csMoveSourceName),
		        row_text(back, csMoveSourceNodeName)));
	else if (row_number(vm, csVmTargetCluster, 0) > 0)
		show_line(o, 2, "on its way to", "%s",
		    list_place(row_text(vm, csVmTargetClusterName),
		        row_text(vm, csVmTargetNodeName)));
	show_value(o, 2, "home", vm, csVmHomeClusterName);
	show_value(o, 2, "availability set", vm, csVmAvailabilitySetName);
	show_value(o, 2, "kind", vm, csVmKind);
	show_value(o, 2, "proof of a stop", vm, csVmProof);
	show_value(o, 2, "priority", vm, csVmPriority);
	show_line(o, 2, "processor load", "%s", loads_vm_cpu(vm));
	show_value(o, 2, "vcpus", vm, csVmVcpus);
	show_value(o, 2, "memory", vm, csVmMemory);
	show_value(o, 2, "uuid", vm, csVmUuid);
	show_value(o, 2, "last changed cluster", vm, csVmLastMove);
	show_value(o, 2, "index", vm, csVmIndex);
	out_say(o, TONE_PLAIN, "sites\n");
	for (i = 0; i < sites->n; i++)
		print_site(o, &sites->row[i]);
	if (disks->n > 0)
		out_say(o, TONE_PLAIN, "disks\n");
	for (i = 0; i < disks->n; i++)
		print_disk(o, 2, &disks->row[i]);
	print_moves(o, "last moves", moves, LAST_MOVES, false);
	print_moves(o, "last dry runs", moves, LAST_DRY_RUNS, true);
}

static int
vm_show(struct cli *cli)
{
	struct rows *vm = NULL, *sites = NULL, *disks = NULL, *moves = NULL;
	json_t *object;
	uint32_t index;
	int code;

	if ((code = names_vm(cli, argument(cli, 0), &index)) != 0 ||
	    (code = show_row(
	         cli, csVmTable, "VM", argument(cli, 0), &index, NULL, &vm)) != 0 ||
	    (code = show_part(cli, csVmSiteTable, index, &sites)) != 0 ||
	    (code = show_where(cli, csDiskTable, csDiskVm, index, &disks)) != 0 ||
	    (code = show_where(cli, csMoveTable, csMoveVm, index, &moves)) != 0)
		goto out;
	show_by_time(moves, csMoveStartedAt);
	if (cli->out.format == OUT_SCREEN) {
		print_vm(&cli->out, &vm->row[0], sites, disks, moves);
		goto out;
	}
	object = row_json(vm, &vm->row[0]);
	json_object_set_new(object, "sites", rows_json(sites));
	json_object_set_new(object, "disks", rows_json(disks));
	json_object_set_new(object, "moves", rows_json(moves));
	out_document(&cli->out, json_pack("{s:o}", "vm", object));
out:
	rows_free(vm);
	rows_free(sites);
	rows_free(disks);
	rows_free(moves);
	return code;
}

static void
print_disk_site(struct out *o, const struct row *site)
{
	const char *state = row_text(site, csDiskSiteOperState);

	out_say(o, TONE_STRONG, "  %s", row_text(site, csDiskSiteClusterName));
	out_say(o, TONE_PLAIN, "  resource %s  ", row_text(site, csDiskSiteResource));
	out_say(o, out_tone_of(state), "%s", state);
	if (strcmp(row_text(site, csDiskSiteRole), "none") != 0 &&
	    *row_text(site, csDiskSiteRole) != '\0')
		out_say(o, TONE_PLAIN, "  %s, replication %s",
		    row_text(site, csDiskSiteRole),
		    row_text(site, csDiskSiteReplicationHealth));
	out_say(o, TONE_PLAIN, "\n");
	show_note(o, 4, state, row_text(site, csDiskSiteStatusText));
	show_wrapped(o, 4, "replication", row_text(site, csDiskSiteReplicationText));
}

static int
disk_show(struct cli *cli)
{
	struct rows *disk = NULL, *sites = NULL, *vm_sites = NULL;
	struct out *o = &cli->out;
	const char *name = argument(cli, 0);
	json_t *object;
	uint32_t index;
	size_t i;
	int code;

	if ((code = names_find(cli, csDiskTable, csDiskName, "disk", "disk list", name,
	         &index)) != 0 ||
	    (code = show_row(cli, csDiskTable, "disk", name, &index, NULL, &disk)) !=
	        0 ||
	    (code = show_part(cli, csDiskSiteTable, index, &sites)) != 0 ||
	    (code = show_part(cli, csVmSiteTable,
	         (uint32_t)row_number(&disk->row[0], csDiskVm, 0), &vm_sites)) != 0)
		goto out;
	if (o->format != OUT_SCREEN) {
		object = row_json(disk, &disk->row[0]);
		json_object_set_new(object, "sites", rows_json(sites));
		json_object_set_new(object, "vmSites", rows_json(vm_sites));
		out_document(o, json_pack("{s:o}", "disk", object));
		goto out;
	}
	print_disk(o, 0, &disk->row[0]);
	show_value(o, 2, "vm", &disk->row[0], csDiskVmName);
	show_value(o, 2, "index", &disk->row[0], csDiskIndex);
	out_say(o, TONE_PLAIN, "resources\n");
	for (i = 0; i < sites->n; i++)
		print_disk_site(o, &sites->row[i]);
	if (vm_sites->n > 0)
		out_say(
		    o, TONE_PLAIN, "sites of its VM, and what is proved about them\n");
	for (i = 0; i < vm_sites->n; i++)
		print_site(o, &vm_sites->row[i]);
out:
	rows_free(disk);
	rows_free(sites);
	rows_free(vm_sites);
	return code;
}

static const struct command_argument vm_arguments[] = {
	{ .name = "VM", .complete = COMPLETE_VM, .text = "The name of the VM." },
	{ .name = NULL },
};

static const struct command_argument disk_arguments[] = {
	{ .name = "DISK", .complete = COMPLETE_DISK, .text = "The name of the disk." },
	{ .name = NULL },
};

const struct command cmd_show[] = {
	{ .words = "vm show",
	    .summary = "show everything about a VM: sites, evidence, disks, moves",
	    .text = "What is known of one VM: its state and place, what is wanted of "
	            "it, every "
	            "cluster in which it may run with what is proved about it there, "
	            "its disks "
	            "with their owners, and its last moves.",
	    .examples = "vm show web1\n"
	                "vm show web1 --json",
	    .arguments = vm_arguments,
	    .run = vm_show },
	{ .words = "disk show",
	    .summary = "show everything about a disk: owner, resources, evidence",
	    .text = "Who owns the disk since when, its resource in each cluster, and "
	            "what is "
	            "proved about the sites of its VM.",
	    .examples = "disk show lun-web1",
	    .arguments = disk_arguments,
	    .run = disk_show },
	{ .words = NULL },
};
