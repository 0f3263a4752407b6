/*
 * SPDX-License-Identifier: Apache-2.0
 * What the set is made of, in its configuration: cluster add, set and remove, and the
 * same of fault domains and availability sets.
 *
 * Which options an entry has the schema of the configuration knows; those that people
 * need often are options of the command, the rest goes by --set.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/confed.h"
#include "cli/confed_entry.h"
#include "configfile/change.h"

/* --- servers of a cluster -------------------------------------------------- */

/* "NAME=VALUE" */
static int
server_assign(
    struct confed *c, json_t *cluster, const char *spec, const char *key, bool make)
{
	const char *value = strchr(spec, '=');
	char *name, *cause = NULL;
	json_t *server;
	int code = EXIT_DONE;

	if (value == NULL || value == spec)
		return cli_fail(c->cli, EXIT_USAGE, "\"%s\" is not NAME=%s", spec,
		    strcmp(key, "url") == 0
		        ? "URL, such as east1=https://192.0.2.11:29009"
		        : "FAULT-DOMAIN");
	name = xstrndup(spec, (size_t)(value - spec));
	server =
	    change_part(cluster, "clusters.servers", "servers", "name", name, make);
	if (server == NULL)
		code = cli_fail(
		    c->cli, EXIT_FAILED, "the cluster has no server \"%s\"", name);
	else if (change_assign(server, "clusters.servers", key, value + 1, &cause) != 0)
		code = confed_fail(c, &cause);
	free(name);
	return code;
}

static int
servers(struct confed *c, json_t *cluster)
{
	const char *given[CLI_ARGUMENTS_MAX];
	char *cause = NULL;
	int code = EXIT_DONE;
	size_t n, i;

	n = option_values(c->cli, "no-server", given, CLI_ARGUMENTS_MAX);
	for (i = 0; i < n && code == EXIT_DONE; i++)
		if (change_part_remove(cluster, "servers", "name", given[i], &cause) !=
		    0)
			code = confed_fail(c, &cause);
	n = option_values(c->cli, "server", given, CLI_ARGUMENTS_MAX);
	for (i = 0; i < n && code == EXIT_DONE; i++)
		code = server_assign(c, cluster, given[i], "url", true);
	n = option_values(c->cli, "server-fault-domain", given, CLI_ARGUMENTS_MAX);
	for (i = 0; i < n && code == EXIT_DONE; i++)
		code = server_assign(c, cluster, given[i], "fault-domain", false);
	return code;
}

static int
cluster_add(struct cli *cli)
{
	return confed_add(cli, "clusters", servers);
}

static int
cluster_set(struct cli *cli)
{
	return confed_set(cli, "clusters", servers);
}

static int
cluster_remove(struct cli *cli)
{
	return confed_remove(cli, "clusters");
}

/* --- fault domains --------------------------------------------------------- */

static int
domain_add(struct cli *cli)
{
	return confed_add(cli, "fault-domains", NULL);
}

static int
domain_set(struct cli *cli)
{
	return confed_set(cli, "fault-domains", NULL);
}

static int
domain_remove(struct cli *cli)
{
	return confed_remove(cli, "fault-domains");
}

/* --- availability sets ----------------------------------------------------- */

static int
avail_add(struct cli *cli)
{
	return confed_add(cli, "availability-sets", NULL);
}

static int
avail_set(struct cli *cli)
{
	return confed_set(cli, "availability-sets", NULL);
}

static int
avail_remove(struct cli *cli)
{
	return confed_remove(cli, "availability-sets");
}

/* One VM into a set, or out of it. */
static int
member(struct confed *c, const char *set, const char *name, bool join)
{
	const char *now;
	char *cause = NULL;
	json_t *vm = change_find(edit_tree(c->edit), "vms", name);
	int code;

	if (vm == NULL) {
		change_want(edit_tree(c->edit), "vms", name, &cause);
		code = cli_fail(c->cli, EXIT_FAILED,
		    "%s (a VM that a pattern finds is in the set of that pattern)",
		    cause);
		free(cause);
		return code;
	}
	now = json_string_value(json_object_get(vm, "availability-set"));
	if (!join && (now == NULL || strcmp(now, set) != 0))
		return cli_fail(c->cli, EXIT_FAILED,
		    "VM \"%s\" is in %s%s%s, not in \"%s\"", name,
		    now == NULL ? "no availability set" : "\"", now == NULL ? "" : now,
		    now == NULL ? "" : "\"", set);
	if (join && now != NULL && strcmp(now, set) != 0)
		confed_note(c, "VM \"%s\" leaves availability set \"%s\"", name, now);
	if (change_assign(vm, "vms", "availability-set", join ? set : NULL, &cause) !=
	    0)
		return confed_fail(c, &cause);
	return EXIT_DONE;
}

static int
join_or_leave(struct cli *cli, bool join)
{
	const char *set = argument(cli, 0);
	struct confed c;
	char *cause = NULL, *what = NULL;
	int code = confed_begin(cli, &c);
	size_t i;

	if (code == EXIT_DONE &&
	    change_want(edit_tree(c.edit), "availability-sets", set, &cause) == NULL)
		code = confed_fail(&c, &cause);
	for (i = 1; i < cli->narguments && code == EXIT_DONE; i++)
		code = member(&c, set, argument(cli, i), join);
	if (code == EXIT_DONE) {
		what = xasprintf("%zu VM%s %s availability set \"%s\"",
		    cli->narguments - 1, cli->narguments == 2 ? "" : "s",
		    join ? "joined" : "left", set);
		code = confed_finish(&c, false, what);
	}
	free(what);
	confed_end(&c);
	return code;
}

static int
avail_join(struct cli *cli)
{
	return join_or_leave(cli, true);
}

static int
avail_leave(struct cli *cli)
{
	return join_or_leave(cli, false);
}

/* --- the rows -------------------------------------------------------------- */

/* clang-format off */
#define CLUSTER_OPTIONS                                                               \
	{ .name = "server-fault-domain", .value = "NAME=DOMAIN", .many = true,        \
	    .text = "A server that stands in another fault domain than its cluster." }, \
	{ .name = "fault-domain", .value = "DOMAIN",                                  \
	    .complete = COMPLETE_FAULT_DOMAIN,                                        \
	    .text = "What it fails together with." },                                 \
	{ .name = "credentials", .value = "FILE", .complete = COMPLETE_FILE,          \
	    .text = "Account with the reference right: a file of mode 0600 with the " \
		    "lines user = NAME and password = SECRET." },                     \
	{ .name = "operate-credentials", .value = "FILE", .complete = COMPLETE_FILE,  \
	    .text = "Account with the operation right, for commands only." },         \
	{ .name = "ca-file", .value = "FILE", .complete = COMPLETE_FILE,              \
	    .text = "Who signed the servers' certificates (PEM)." },                  \
	{ .name = "pinned-key", .value = "KEY",                                       \
	    .text = "The servers' public key, sha256//..., instead of a CA." },       \
	{ .name = "ecx-name", .value = "NAME",                                        \
	    .text = "What the cluster must call itself." },                           \
	{ .name = "base-path", .value = "PATH",                                       \
	    .text = "Of the API, /api/v1 unless given." },                            \
	{ .name = "interval", .value = "SECONDS",                                     \
	    .text = "Between two rounds, for this cluster only." },                   \
	{ .name = "read-url", .value = "URL",                                         \
	    .text = "A floating address: one more way to read." },                    \
	CONFED_OPTION_SET
/* clang-format on */

static const struct command_option cluster_add_options[] = {
	{ .name = "server",
	    .value = "NAME=URL",
	    .many = true,
	    .required = true,
	    .text = "A server by the name that the cluster knows, and its own address: "
	            "east1=https://192.0.2.11:29009." },
	CLUSTER_OPTIONS,
	CONFED_OPTIONS,
	{ .name = NULL },
};

static const struct command_option cluster_set_options[] = {
	{ .name = "server",
	    .value = "NAME=URL",
	    .many = true,
	    .text = "A server more, or another address of one." },
	{ .name = "no-server",
	    .value = "NAME",
	    .many = true,
	    .text = "A server less." },
	CLUSTER_OPTIONS,
	CONFED_OPTION_UNSET,
	CONFED_OPTION_RENAME,
	CONFED_OPTIONS,
	{ .name = NULL },
};

static const struct command_option domain_add_options[] = {
	{ .name = "description", .value = "TEXT", .text = "What it is." },
	CONFED_OPTIONS,
	{ .name = NULL },
};

static const struct command_option domain_set_options[] = {
	{ .name = "description", .value = "TEXT", .text = "What it is." },
	CONFED_OPTION_UNSET,
	CONFED_OPTION_NAME,
	CONFED_OPTIONS,
	{ .name = NULL },
};

#define ENFORCEMENT_OPTION                                                          \
	{                                                                           \
		.name = "enforcement", .value = "WORD", .complete = COMPLETE_WORDS, \
		.words = "hard soft",                                               \
		.text = "A rule (hard, unless given) or a wish (soft)."             \
	}
#define SPREAD_TEXT "What they must not share: node, cluster or fault-domain."

static const struct command_option avail_add_options[] = {
	{ .name = "spread",
	    .value = "WHAT",
	    .complete = COMPLETE_WORDS,
	    .words = "node cluster fault-domain",
	    .required = true,
	    .text = SPREAD_TEXT },
	ENFORCEMENT_OPTION,
	CONFED_OPTIONS,
	{ .name = NULL },
};

static const struct command_option avail_set_options[] = {
	{ .name = "spread",
	    .value = "WHAT",
	    .complete = COMPLETE_WORDS,
	    .words = "node cluster fault-domain",
	    .text = SPREAD_TEXT },
	ENFORCEMENT_OPTION,
	CONFED_OPTION_UNSET,
	CONFED_OPTION_NAME,
	CONFED_OPTIONS,
	{ .name = NULL },
};

static const struct command_option remove_options[] = {
	CONFED_OPTION_CASCADE,
	CONFED_OPTIONS,
	{ .name = NULL },
};

static const struct command_option plain_options[] = {
	CONFED_OPTIONS,
	{ .name = NULL },
};

static const struct command_argument new_name[] = {
	{ .name = "NAME", .text = "Its name in the set." },
	{ .name = NULL },
};
static const struct command_argument cluster_name[] = {
	{ .name = "CLUSTER", .complete = COMPLETE_CLUSTER, .text = "Its name." },
	{ .name = NULL },
};
static const struct command_argument domain_name[] = {
	{ .name = "DOMAIN", .complete = COMPLETE_FAULT_DOMAIN, .text = "Its name." },
	{ .name = NULL },
};
static const struct command_argument avail_name[] = {
	{ .name = "SET", .complete = COMPLETE_AVAILABILITY_SET, .text = "Its name." },
	{ .name = NULL },
};
static const struct command_argument avail_vms[] = {
	{ .name = "SET", .complete = COMPLETE_AVAILABILITY_SET, .text = "Its name." },
	{ .name = "VM",
	    .complete = COMPLETE_VM,
	    .many = true,
	    .text = "Names of VMs of the configuration." },
	{ .name = NULL },
};

const struct command cmd_member[] = {
	{ .words = "cluster add",
	    .summary = "add a member cluster to the configuration",
	    .text = "Writes an entry into clusters of clusterset.conf. " CONFED_TEXT,
	    .examples = "clusterset cluster add north --server "
	                "north1=https://192.0.2.31:29009 --server "
	                "north2=https://192.0.2.32:29009 --credentials "
	                "north.credentials --ca-file ecx-ca.pem",
	    .arguments = new_name,
	    .options = cluster_add_options,
	    .run = cluster_add },
	{ .words = "cluster set",
	    .summary = "change a member cluster in the configuration",
	    .text = "Changes its entry in clusterset.conf. " CONFED_TEXT
	            "\n\nA cluster under another name is another one for the set: "
	            "its indexes are new, and clustersetd refuses to rename one that "
	            "owns disks.",
	    .examples =
	        "clusterset cluster set north --fault-domain hall2 --unset interval",
	    .arguments = cluster_name,
	    .options = cluster_set_options,
	    .run = cluster_set },
	{ .words = "cluster remove",
	    .summary = "remove a member cluster from the configuration",
	    .text = "Takes its entry out of clusterset.conf, the comments that belong "
	            "to it included. VMs that still have a site there are named and "
	            "stand in the way, unless --cascade takes those sites along. "
	            "Nothing happens in the cluster itself. " CONFED_TEXT,
	    .examples = "clusterset cluster remove north --cascade --dry-run",
	    .arguments = cluster_name,
	    .options = remove_options,
	    .run = cluster_remove },
	{ .words = "fault-domain add",
	    .summary = "add a fault domain to the configuration",
	    .text = CONFED_TEXT "\n\nThe first one that is listed brings those along "
	                        "that clusters use without a list.",
	    .examples = "clusterset fault-domain add hall3 --description \"Hall 3\"",
	    .arguments = new_name,
	    .options = domain_add_options,
	    .run = domain_add },
	{ .words = "fault-domain set",
	    .summary = "change or rename a fault domain",
	    .text = CONFED_TEXT,
	    .examples = "clusterset fault-domain set hall3 --name annex",
	    .arguments = domain_name,
	    .options = domain_set_options,
	    .run = domain_set },
	{ .words = "fault-domain remove",
	    .summary = "remove a fault domain from the configuration",
	    .text = "Refused while clusters or servers are in it; --cascade takes it "
	            "away from them. " CONFED_TEXT,
	    .arguments = domain_name,
	    .options = remove_options,
	    .run = domain_remove },
	{ .words = "availability-set add",
	    .summary = "add an availability set to the configuration",
	    .text = CONFED_TEXT,
	    .examples = "clusterset availability-set add web --spread cluster",
	    .arguments = new_name,
	    .options = avail_add_options,
	    .run = avail_add },
	{ .words = "availability-set set",
	    .summary = "change or rename an availability set",
	    .text = CONFED_TEXT,
	    .examples = "clusterset availability-set set web --enforcement soft",
	    .arguments = avail_name,
	    .options = avail_set_options,
	    .run = avail_set },
	{ .words = "availability-set remove",
	    .summary = "remove an availability set from the configuration",
	    .text =
	        "Refused while VMs are in it; --cascade takes them out. " CONFED_TEXT,
	    .arguments = avail_name,
	    .options = remove_options,
	    .run = avail_remove },
	{ .words = "availability-set join",
	    .summary = "put VMs into an availability set",
	    .text = "A VM is in one set only and leaves the one in which it was. "
	            "" CONFED_TEXT,
	    .examples = "clusterset availability-set join web web1 web2",
	    .arguments = avail_vms,
	    .options = plain_options,
	    .run = avail_join },
	{ .words = "availability-set leave",
	    .summary = "take VMs out of an availability set",
	    .text = CONFED_TEXT,
	    .examples = "clusterset availability-set leave web web1",
	    .arguments = avail_vms,
	    .options = plain_options,
	    .run = avail_leave },
	{ .words = NULL },
};
