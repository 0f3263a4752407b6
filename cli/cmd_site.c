/*
 * SPDX-License-Identifier: Apache-2.0
 * An administrator's words: site confirm, site release, adopt.
 *
 * Each can destroy data when it is wrong. So what is known is shown first, the danger
 * is said in words, and the name of what it is about is typed.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/act.h"
#include "cli/command.h"
#include "cli/names.h"
#include "cli/plain.h"
#include "cli/watch.h"

/* --- what is known ---------------------------------------------------------------- */

enum {
	SITE_GROUP,
	SITE_STATE,
	SITE_TEXT,
	SITE_PROOF,
	SITE_PROOF_TEXT,
	SITE_WORD,
	SITES
};

static const enum mib_id site_columns[SITES] = { csVmSiteGroup, csVmSiteOperState,
	csVmSiteStatusText, csVmSiteEvidence, csVmSiteEvidenceText, csVmSiteConfirm };

static void
say_site(const char *vm, const char *cluster, const struct snmp_instance *site)
{
	const char *state = act_text(&site[SITE_STATE]);
	const char *text = act_text(&site[SITE_TEXT]);
	const char *proof = act_text(&site[SITE_PROOF_TEXT]);

	fprintf(stderr, "VM %s in cluster %s (group %s): %s%s%s\n", vm, cluster,
	    act_text(&site[SITE_GROUP]), out_words(state), *text ? ": " : "", text);
	fprintf(stderr, "Proof that it is stopped there: %s%s%s\n",
	    act_text(&site[SITE_PROOF]), *proof ? ": " : "", proof);
}

/* The disks of a VM with their owners on the screen; the epoch of the one whose word
 * counts, 0 when there is none with an owner. */
static int
read_disks(struct cli *cli, uint32_t vm, uint32_t *epoch, size_t *disks)
{
	static const enum mib_id ids[] = { csDiskName, csDiskVm, csDiskEpoch,
		csDiskOwnerClusterName, csDiskOperState };
	int code;
	size_t i;
	struct rows *rows = act_table(cli, csDiskTable, ids, 5, &code);

	*epoch = 0;
	*disks = 0;
	for (i = 0; rows && i < rows->n; i++) {
		const struct row *row = &rows->row[i];
		const char *owner = row_text(row, csDiskOwnerClusterName);

		if (row_number(row, csDiskVm, 0) != vm)
			continue;
		++*disks;
		fprintf(stderr, "Disk %s: %s, owner %s, epoch %s\n",
		    row_text(row, csDiskName),
		    out_words(row_text(row, csDiskOperState)), *owner ? owner : "none",
		    row_text(row, csDiskEpoch));
		/* the disks of a VM pass together: the newest epoch counts */
		if (row_number(row, csDiskEpoch, 0) > *epoch)
			*epoch = (uint32_t)row_number(row, csDiskEpoch, 0);
	}
	rows_free(rows);
	return code;
}

/* The open move of a VM; index 0 when there is none. */
static int
open_move(
    struct cli *cli, uint32_t vm, struct names_move *move, bool *doubt, bool *forced)
{
	static const enum mib_id ids[] = { csMoveVm, csMoveState, csMoveForce,
		csMoveMode };
	int code;
	size_t i;
	struct rows *rows = act_table(cli, csMoveTable, ids, 4, &code);

	*move = (struct names_move) { .index = 0 };
	for (i = 0; rows && i < rows->n; i++) {
		const struct row *row = &rows->row[i];
		int64_t state = row_number(row, csMoveState, 0);

		if (row_number(row, csMoveVm, 0) != vm ||
		    strcmp(row_text(row, csMoveMode), "dryRun") == 0 ||
		    (state >= MOVE_STATE_SUCCEEDED && state != MOVE_STATE_IN_DOUBT))
			continue;
		snprintf(move->owner, sizeof(move->owner), "%s",
		    row->index_text[0] ? row->index_text[0] : "");
		move->index = row->index[1];
		*doubt = state == MOVE_STATE_IN_DOUBT;
		*forced = row_number(row, csMoveForce, 0) == ACT_TRUE;
	}
	rows_free(rows);
	return code;
}

/* What comes next depends on whether a move of the VM waits for this word. */
static void
say_confirmed(struct cli *cli, const char *vm_name, uint32_t vm, const char *cluster,
    uint32_t epoch)
{
	struct names_move move;
	bool doubt = false, forced = false;

	act_say(cli, "%s counts as stopped in cluster %s for epoch %" PRIu32, vm_name,
	    cluster, epoch);
	if (cli->out.format != OUT_SCREEN || open_move(cli, vm, &move, &doubt, &forced))
		return;
	if (!move.index) {
		act_say(cli, "now clusterset vm move %s --to CLUSTER --force", vm_name);
		act_say(cli,
		    "(the recover policy, where it is on, starts it or proposes to "
		    "within seconds: clusterset plan list)");
	} else if (doubt)
		act_say(cli, "now clusterset move retry %s/%" PRIu32, move.owner,
		    move.index);
	else
		act_say(cli,
		    "its move %s/%" PRIu32 " goes on by itself (clusterset move wait "
		    "%s/%" PRIu32 " follows it)%s",
		    move.owner, move.index, move.owner, move.index,
		    forced ? ""
		           : "; where it waits for the stop: clusterset move force");
}

/* --- site confirm ----------------------------------------------------------------- */

static int
run_confirm(struct cli *cli)
{
	const char *vm_name = argument(cli, 0), *cluster_name = argument(cli, 1);
	long given = option_number(cli, "epoch", 1, UINT32_MAX, 0);
	uint32_t vm, cluster, epoch;
	struct snmp_instance site[SITES];
	struct snmp_assign set;
	size_t i, disks;
	int code = names_vm(cli, vm_name, &vm);

	if (!code)
		code = names_cluster(cli, cluster_name, &cluster);
	if (code)
		return code;
	for (i = 0; i < SITES; i++)
		site[i] = (struct snmp_instance) { .id = site_columns[i],
			.index = { vm, cluster } };
	code = act_get(cli, site, SITES);
	if (!code && !site[SITE_STATE].cell.there)
		code = cli_fail(cli, EXIT_FAILED,
		    "VM %s has no site in cluster %s: see clusterset vm show %s",
		    vm_name, cluster_name, vm_name);
	if (!code && !site[SITE_WORD].cell.there)
		code = cli_fail(cli, EXIT_REFUSED,
		    "VM %s: there is nothing to confirm in cluster %s", vm_name,
		    cluster_name);
	if (code)
		goto out;
	say_site(vm_name, cluster_name, site);
	code = read_disks(cli, vm, &epoch, &disks);
	if (code)
		goto out;
	/* a word that stands may be given again, and another epoch is refused */
	if (strcmp(act_text(&site[SITE_PROOF]), "proved") == 0 &&
	    site[SITE_WORD].cell.number == 0 && (!given || given == (long)epoch)) {
		act_say(cli,
		    "there is nothing to confirm: %s is proved stopped in cluster %s "
		    "without your word",
		    vm_name, cluster_name);
		act_document(cli, "sites",
		    json_pack("[{s:s, s:s, s:i, s:s}]", "vmName", vm_name,
		        "clusterName", cluster_name, "confirm", 0, "evidence",
		        "proved"));
		goto out;
	}
	if (given)
		epoch = (uint32_t)given;
	else if (!epoch)
		epoch =
		    1; /* stateless; with disks the daemon refuses it and says why */
	act_danger(cli,
	    "You say that %s is stopped in cluster %s, for epoch %" PRIu32
	    ": it may then "
	    "be started elsewhere. If it does run there, or starts again there (power "
	    "that "
	    "comes back, auto-start), two servers write to one disk and its data are "
	    "destroyed. Go and look: power off, cable out, group disabled. The word is "
	    "void after 15 minutes, at any sign of the VM there, and when clustersetd "
	    "restarts.",
	    vm_name, cluster_name, epoch);
	code = act_confirm(cli, vm_name);
	if (code)
		goto out;
	set = (struct snmp_assign) {
		.id = csVmSiteConfirm, .index = { vm, cluster }, .number = epoch
	};
	code = act_set(cli, &set, 1);
	if (code)
		goto out;
	say_confirmed(cli, vm_name, vm, cluster_name, epoch);
	act_document(cli, "sites",
	    json_pack("[{s:s, s:s, s:I}]", "vmName", vm_name, "clusterName",
	        cluster_name, "confirm", (json_int_t)epoch));
out:
	snmp_free_cells(site, SITES);
	return code;
}

/* --- site release ----------------------------------------------------------------- */

/* The alarms about this VM and its disks: they name the cluster that is in the way. */
static int
say_alarms(struct cli *cli, const char *vm, enum mib_id column)
{
	int code;
	size_t i;
	struct rows *rows = act_table(cli, csAlarmTable, NULL, 0, &code);

	for (i = 0; rows && i < rows->n; i++) {
		const char *type = row_text(&rows->row[i], csAlarmType);
		const char *text = row_text(&rows->row[i], csAlarmText);
		bool fits = column == csSetAdopt
		    ? strcmp(type, "stateRestored") == 0
		    : (strcmp(type, "vmInDoubt") == 0 ||
		          strcmp(type, "diskInDoubt") == 0) &&
		        strstr(text, vm);

		if (fits) {
			char *plain = plain_text(text, &(struct plain) { .vm = vm });

			fprintf(stderr, "Alarm %s: %s\n", out_words(type), plain);
			free(plain);
		}
	}
	rows_free(rows);
	return code;
}

/* The cluster's name as far as it is still known. */
static int
cluster_name_of(struct cli *cli, uint32_t cluster, char **name)
{
	struct snmp_instance at = { .id = csClusterName, .index = { cluster } };
	int code = act_get(cli, &at, 1);

	*name = !code && *act_text(&at)
	    ? xstrdup(act_text(&at))
	    : xasprintf(
	          "number %" PRIu32 ", which is not configured any more", cluster);
	snmp_free_cells(&at, 1);
	return code;
}

static int
run_site_release(struct cli *cli)
{
	const char *vm_name = argument(cli, 0), *wanted = argument(cli, 1);
	struct snmp_instance at = { .id = csVmRelease };
	uint32_t vm, cluster;
	struct snmp_assign set;
	char *name = NULL;
	int code = names_vm(cli, vm_name, &vm);

	if (code)
		return code;
	at.index[0] = vm;
	if ((code = act_get(cli, &at, 1)))
		return code;
	cluster = (uint32_t)at.cell.number;
	if (!cluster)
		return cli_fail(cli, EXIT_REFUSED,
		    "VM %s: no cluster is to be released; a site that is configured is "
		    "not "
		    "released but proved stopped",
		    vm_name);
	code = cluster_name_of(cli, cluster, &name);
	if (!code && wanted && strcmp(wanted, name) != 0 &&
	    names_number(wanted) != cluster)
		code = cli_fail(cli, EXIT_REFUSED,
		    "VM %s: the cluster in the way is %s, not %s", vm_name, name,
		    wanted);
	if (!code)
		code = say_alarms(cli, vm_name, csVmRelease);
	if (code)
		goto out;
	act_danger(cli,
	    "You say that VM %s will never again run in cluster %s with these disks: "
	    "the "
	    "servers are gone, or the disks are taken from them. What was kept of that "
	    "site is forgotten for good, and its disks belong to nobody. If it does "
	    "run "
	    "there, two servers write to one disk and its data are destroyed. If that "
	    "cluster still exists, configure the site again instead.",
	    vm_name, name);
	code = act_confirm(cli, vm_name);
	if (code)
		goto out;
	set = act_number(csVmRelease, vm, cluster);
	code = act_set(cli, &set, 1);
	if (code)
		goto out;
	act_say(cli, "cluster %s no longer counts for VM %s; clusterset vm where %s",
	    name, vm_name, vm_name);
	act_document(cli, "sites",
	    json_pack("[{s:s, s:I, s:b}]", "vmName", vm_name, "clusterIndex",
	        (json_int_t)cluster, "released", 1));
out:
	free(name);
	return code;
}

/* --- adopt ------------------------------------------------------------------------ */

/* Each disk whose remembered owner is not where its VM is seen. */
static int
say_owners(struct cli *cli)
{
	static const enum mib_id disk_ids[] = { csDiskName, csDiskOwnerClusterName,
		csDiskEpoch, csDiskVm, csDiskVmName };
	static const enum mib_id vm_ids[] = { csVmOperState, csVmClusterName };
	int code;
	size_t i, other = 0;
	struct rows *vms = NULL;
	struct rows *disks = act_table(cli, csDiskTable, disk_ids, 5, &code);

	if (!code)
		vms = act_table(cli, csVmTable, vm_ids, 2, &code);
	for (i = 0; !code && i < disks->n; i++) {
		const struct row *disk = &disks->row[i];
		const struct row *vm =
		    rows_find(vms, (uint32_t)row_number(disk, csDiskVm, 0), 0);
		const char *owner = row_text(disk, csDiskOwnerClusterName);
		const char *at = vm ? row_text(vm, csVmClusterName) : "";

		if (strcmp(owner, at) == 0)
			continue;
		other++;
		out_say(&cli->err, TONE_BUSY,
		    "Disk %s: remembered owner %s, epoch %s; VM %s is %s%s%s\n",
		    row_text(disk, csDiskName), *owner ? owner : "none",
		    row_text(disk, csDiskEpoch), row_text(disk, csDiskVmName),
		    vm ? out_words(row_text(vm, csVmOperState)) : "not configured",
		    *at ? " in " : "", at);
	}
	if (!code)
		out_say(&cli->err, TONE_PLAIN,
		    "%zu of %zu disks are remembered where their VM is seen\n",
		    disks->n - other, disks->n);
	rows_free(vms);
	rows_free(disks);
	return code;
}

static int
run_adopt(struct cli *cli)
{
	struct snmp_instance at[] = { { .id = csSetAdopt }, { .id = csSetName } };
	struct snmp_assign set = { .id = csSetAdopt };
	int code = act_get(cli, at, 2);

	if (code)
		return code;
	set.number = at[0].cell.number;
	if (!at[0].cell.there || set.number == 0) {
		act_say(cli,
		    "the state file is not taken for a restored one: there is "
		    "nothing to adopt");
		act_document(
		    cli, "adopt", json_pack("{s:b, s:i}", "adopted", 0, "number", 0));
		goto out;
	}
	code = say_alarms(cli, "", csSetAdopt);
	if (!code)
		code = say_owners(cli);
	if (code)
		goto out;
	act_danger(cli,
	    "You say that the state of clustersetd may be taken as it is: no other "
	    "clustersetd works on these clusters, and clusterset disk list names the "
	    "right "
	    "owners. A restored copy does not know what happened since it was made; "
	    "with a "
	    "wrong owner in it two servers can write to one disk. Open moves still "
	    "wait "
	    "for your clusterset move retry or cancel.");
	code = act_confirm(cli, act_text(&at[1]));
	if (!code)
		code = act_set(cli, &set, 1);
	if (code)
		goto out;
	act_say(cli, "adopted; clusterset move list shows the moves in doubt");
	act_document(cli, "adopt",
	    json_pack("{s:b, s:I}", "adopted", 1, "number", (json_int_t)set.number));
out:
	snmp_free_cells(at, 2);
	return code;
}

/* --- the table -------------------------------------------------------------------- */

static const struct command_argument confirm_arguments[] = {
	{ .name = "VM", .complete = COMPLETE_VM, .text = "Its name." },
	{ .name = "CLUSTER",
	    .complete = COMPLETE_CLUSTER,
	    .text = "The cluster in which it is stopped." },
	{ .name = NULL },
};
static const struct command_option confirm_options[] = {
	{ .name = "epoch",
	    .value = "N",
	    .text = "The epoch of its disk at which you looked; without it the present "
	            "one. "
	            "Another one is refused: the owner has changed since you looked." },
	ACT_OPTION_YES,
	{ .name = NULL },
};
static const struct command_argument release_arguments[] = {
	{ .name = "VM", .complete = COMPLETE_VM, .text = "Its name." },
	{ .name = "CLUSTER",
	    .complete = COMPLETE_CLUSTER,
	    .optional = true,
	    .text = "The cluster that is gone, by name or number: refused when another "
	            "one is in the way." },
	{ .name = NULL },
};
static const struct command_option yes_options[] = {
	ACT_OPTION_YES,
	{ .name = NULL },
};

const struct command cmd_site[] = {
	{ .words = "site confirm",
	    .summary = "say that a VM is stopped at a site that cannot be asked",
	    .text =
	        "For a cluster that is dead: nobody can prove over the network that it "
	        "runs nothing; you can, by going there. A wrong word can destroy the "
	        "data of the disk. It is refused while a fresh round shows the VM "
	        "there "
	        "as anything but offline, and where moves.force is off. Where the VM "
	        "is proved "
	        "stopped already nothing is written, with or without --yes, and the "
	        "exit code is 0. A move that waits for the word goes on by itself. For "
	        "administrators.",
	    .examples =
	        "clusterset site confirm web1 east # asks; then vm move --force",
	    .arguments = confirm_arguments,
	    .options = confirm_options,
	    .run = run_confirm },
	{ .words = "site release",
	    .summary = "let go of a cluster that once held a VM and is gone for good",
	    .text = "For a site that was taken out of the configuration while "
	            "clustersetd was "
	            "down: the VM stays in doubt until the site is configured again or "
	            "released. Its disks belong to nobody then, and can be started "
	            "elsewhere. For administrators.",
	    .examples = "clusterset site release web1 # then clusterset vm up web1",
	    .arguments = release_arguments,
	    .options = yes_options,
	    .run = run_site_release },
	{ .words = "adopt",
	    .summary = "take a state file that looks restored as it is",
	    .text = "While it looks restored, nothing is commanded and every open move "
	            "stands in doubt. For administrators.",
	    .examples = "clusterset adopt # shows why, and asks",
	    .options = yes_options,
	    .run = run_adopt },
	{ .words = NULL },
};
