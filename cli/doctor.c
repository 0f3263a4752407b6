/*
 * SPDX-License-Identifier: Apache-2.0
 * `clusterset doctor`: gathers all facts that can be had, judges them, shows the
 * findings. What cannot be reached is a finding, and the other checks go on.
 */
#include "cli/doctor.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/command.h"
#include "cli/confed.h"
#include "cli/doctor_agent.h"
#include "config.h"

enum { FILES_MAX = CLI_ARGUMENTS_MAX };

#ifndef CLUSTERSET_CONF
#define CLUSTERSET_CONF CS_SYSCONFDIR "/clusterset/clusterset.conf"
#endif

/* Does the daemon say with which file it runs, and is that one of this host? */
static bool
runs_here(const struct cli *cli, const struct doctor_agent *a, const char *host)
{
	return a->file != NULL && *a->file == '/' && a->host != NULL &&
	    strcmp(a->host, host) == 0 && confed_is_here(cli->peer);
}

static int
run_doctor(struct cli *cli)
{
	const char *clp[FILES_MAX], *file = option_value(cli, "config");
	struct doctor_wish wish = { .config = file,
		.clp = clp,
		.snmpd_conf = option_value(cli, "snmpd-conf"),
		.endpoints = !option_given(cli, "no-endpoints"),
		.post = !option_given(cli, "no-post"),
		.root = cli->root != NULL ? cli->root : CS_MIB_ROOT_TEXT };
	struct doctor_report r = { 0 };
	struct doctor_here here = { .changed = -1 };
	struct doctor_agent agent;
	char host[256] = "";
	struct stat st;
	int code;

	log_set_level(LOGL_ERR);
	gethostname(host, sizeof(host) - 1);
	wish.nclp = option_values(cli, "clp-conf", clp, FILES_MAX);
	if (wish.nclp > FILES_MAX)
		return cli_fail(
		    cli, EXIT_USAGE, "at most %d clp.conf files at a time", FILES_MAX);
	here.host = host;
	if (cli->err.terminal) /* silent servers take their time */
		fputs("looking ...", stderr);
	doctor_agent_gather(cli, &agent);
	wish.joined = agent.result == SNMP_DONE;
	if (wish.config == NULL)
		wish.config =
		    runs_here(cli, &agent, host) ? agent.file : CLUSTERSET_CONF;
	if (stat(wish.config, &st) == 0)
		here.changed = st.st_mtime;
	if (doctor_examine(&r, &wish))
		here.file = wish.config;
	if (cli->err.terminal)
		fputs("\r           \r", stderr);
	here.now = time(NULL);
	doctor_judge_agent(&r, &agent, &here);
	doctor_show(&cli->out, &r, option_given(cli, "verbose"));
	code = doctor_exit(&r);
	doctor_agent_clear(&agent);
	doctor_clear(&r);
	return code;
}

static const struct command_option options[] = {
	{ .name = "config",
	    .value = "FILE",
	    .complete = COMPLETE_FILE,
	    .text =
	        "The configuration of clustersetd. Unless given the one with which it "
	        "runs on this host, else " CLUSTERSET_CONF "." },
	{ .name = "clp-conf",
	    .value = "[CLUSTER=]FILE",
	    .complete = COMPLETE_FILE,
	    .many = true,
	    .text = "The clp.conf of a cluster (clpcfctrl --pull -l -x DIR): what ECX "
	            "does by itself is told there and nowhere else. Without CLUSTER= "
	            "the name of its cluster tells whose it is, or else its "
	            "servers; with it both must be those of that cluster." },
	{ .name = "snmpd-conf",
	    .value = "FILE",
	    .complete = COMPLETE_FILE,
	    .text = "snmpd's configuration; where snmpd looks unless given, and when "
	            "that cannot be the one of the snmpd that answers, this is said "
	            "and nothing else of it. Files that it includes are read, too." },
	{ .name = "no-endpoints", .text = "Ask no cluster." },
	{ .name = "no-post",
	    .text =
	        "Do not probe the operation right. The probe resumes a monitor that "
	        "does not exist on a server that does not exist." },
	{ .name = "verbose",
	    .text = "List every finding and every check that was passed." },
	{ .name = NULL },
};

const struct command cmd_doctor[] = {
	{ .words = "doctor",
	    .summary = "check an installation before it hurts",
	    .text =
	        "Looks at the configuration, asks every server of every cluster, reads "
	        "snmpd's configuration and what clustersetd says, and tells what is "
	        "wrong or will be: the severity, a code word that stays the same, what "
	        "was seen, and what to do. Run it on the management host, as root or "
	        "as "
	        "clustersetd's user, who can read the credentials.\n"
	        "\n"
	        "It commands nothing and changes nothing. What cannot be reached is a "
	        "finding; the other checks go on. Whether the account that gives "
	        "orders "
	        "may do so is probed by one POST for each server that cannot act.\n"
	        "\n"
	        "The exit code is 0 when nothing is worse than info, 1 otherwise, and "
	        "5 "
	        "when a VM is in doubt or in conflict.",
	    .examples =
	        "clusterset doctor # everything that can be told without a clp.conf\n"
	        "clusterset doctor --clp-conf east.conf --clp-conf west.conf # and "
	        "what "
	        "ECX does by itself\n"
	        "clusterset doctor --no-endpoints --json # this host only, for a "
	        "program",
	    .options = options,
	    .run = run_doctor,
	    .local = true },
	{ .words = NULL },
};
