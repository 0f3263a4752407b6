/*
 * SPDX-License-Identifier: Apache-2.0
 * Every finding of the doctor: its word, how bad it is, what it means, what to do.
 * doc/doctor.md has the same table for people, and a test compares them.
 */
#include "cli/doctor.h"

#define C DOCTOR_CRITICAL, false
#define D DOCTOR_CRITICAL, true /* and the set itself stands in doubt */
#define W DOCTOR_WARNING, false
#define I DOCTOR_INFO, false

/* clang-format off */
const struct doctor_rule doctor_rules[DOCTOR_CODES] = {
	[DOC_CONFIG_MISSING] = { "config-missing", C,
	    "no configuration file on this host, so nothing was checked that it "
	    "says",
	    "run the doctor where clustersetd runs, or name the file with "
	    "--config" },
	[DOC_CONFIG_WRONG] = { "config-wrong", C,
	    "clustersetd would refuse this configuration",
	    "correct the line; clustersetd -t -f FILE checks the file" },
	[DOC_CONFIG_ADVICE] = { "config-advice", W,
	    "legal, but unwise",
	    "change the line that is named" },
	[DOC_FRESHNESS_TIGHT] = { "freshness-tight", W,
	    "one lost or slow answer makes all knowledge of the cluster void",
	    "clusterset config set poll.freshness SECONDS: at least three "
	    "intervals, and more than interval plus read-timeout" },
	[DOC_SETTLE_SHORT] = { "settle-short", W,
	    "Offline is believed sooner than a second look can be taken",
	    "clusterset config set evidence.offline-settle SECONDS: at least "
	    "the cluster's interval; 30 is the default" },
	[DOC_HORIZON_SHORT] = { "horizon-short", W,
	    "a command that ECX accepted may still take effect after it is "
	    "forgotten: a VM could then be active twice",
	    "clusterset config set evidence.command-horizon SECONDS: at least "
	    "the longest script time-out of the groups plus 180 s; 1980 is "
	    "right for ECX's defaults" },
	[DOC_MOVE_TIMEOUT_SHORT] = { "move-timeout-short", W,
	    "moves are given up while ECX may still be at work",
	    "clusterset config set moves.stop-timeout SECONDS, and "
	    "moves.start-timeout: more than evidence.command-horizon" },
	[DOC_EVIDENCE_AGE_TIGHT] = { "evidence-age-tight", W,
	    "asking all servers of the cluster takes longer than evidence stays "
	    "good: starts are put off again and again",
	    "look why the servers answer slowly; else clusterset config set "
	    "evidence.evidence-age SECONDS, which must stay small" },
	[DOC_FORCE_ALLOWED] = { "force-allowed", I,
	    "operators may override the evidence (csMoveForce, csVmSiteConfirm, "
	    "csVmRelease)",
	    "clusterset config set moves.force false, unless it is needed now; "
	    "withhold these columns from ordinary operators: the view clusterset-operate of "
	    "DOCDIR/examples/snmpd.conf.d/clusterset.conf" },
	[DOC_TRUST_PEERS] = { "trust-peers", I,
	    "a silent server of this cluster is taken to be down when the "
	    "others say so; that is wrong in a partition",
	    "unless something else fences the silent server: clusterset cluster "
	    "set CLUSTER --unset silent-server" },
	[DOC_AUTOSTART_AUTO] = { "autostart-auto", C,
	    "the group starts by itself with its cluster, also while the VM "
	    "runs elsewhere: the classic second activation",
	    "set the group's startup attribute to manual in ECX, then "
	    "clusterset vm set VM --auto-start CLUSTER=manual" },
	[DOC_AUTOSTART_ACCEPTED] = { "autostart-accepted", I,
	    "the group starts by itself with its cluster, and accept-autostart "
	    "says that the danger is known",
	    "set the startup attribute to manual in ECX if it need not start by "
	    "itself" },
	[DOC_AUTOSTART_UNKNOWN] = { "autostart-unknown", W,
	    "nobody has said whether the group starts by itself with its "
	    "cluster, and ECX's API does not tell; ECX's default is that it "
	    "does",
	    "look at the group's startup attribute in ECX, let it be manual, "
	    "then clusterset vm set VM --auto-start CLUSTER=manual; --clp-conf "
	    "reads it from the clp.conf" },
	[DOC_RESOURCE_IN_TWO_VMS] = { "resource-in-two-vms", C,
	    "one disk resource in two VMs: they cannot move apart",
	    "give each VM its own LUN, or make one VM of them" },
	[DOC_LOAD_FRESHNESS_TIGHT] = { "load-freshness-tight", W,
	    "one lost answer, and the load of a node is not known any more",
	    "clusterset config set load.freshness SECONDS: at least three "
	    "intervals" },
	[DOC_LOAD_FORGEABLE] = { "load-forgeable", I,
	    "loads are asked for by SNMP v2c: the community crosses the "
	    "network readable, and answers can be forged, by which policies "
	    "decide",
	    "where the agents have SNMPv3 give load.snmp a user and auth-"
	    "password-file instead of community-file" },
	[DOC_SIZES_UNKNOWN] = { "sizes-unknown", W,
	    "a policy that looks for room is on, but nobody tells how large "
	    "these VMs are: it leaves them alone, or cannot see that a node "
	    "is full",
	    "clusterset vm set VM --memory MIB --vcpus N, or a metrics hook "
	    "(load.hook) that tells it" },
	[DOC_RECOVER_NO_FENCE] = { "recover-no-fence", I,
	    "recover is automatic, but may not cut off a cluster that died: "
	    "its VMs stay down until it answers again or a person confirms "
	    "that it is off",
	    "unless that is meant: clusterset config set "
	    "clusters.CLUSTER.fence.program PATH, and "
	    "clusters.CLUSTER.fence.automatic true" },
	[DOC_FENCE_AUTOMATIC] = { "fence-automatic", I,
	    "the policy recover may cut off all servers of this cluster "
	    "without asking anybody",
	    "unless that is meant: clusterset config set "
	    "clusters.CLUSTER.fence.automatic false" },
	[DOC_ENDPOINT_UNREACHABLE] = { "endpoint-unreachable", C,
	    "the server does not answer",
	    "start the API service (Linux: systemctl start clusterpro_api), "
	    "compare the port with Cluster Properties > Port No., open the "
	    "firewall from this host" },
	[DOC_ENDPOINT_ERROR] = { "endpoint-error", C,
	    "the server answers with an error",
	    "look at the API service's log on that server" },
	[DOC_ENDPOINT_NOT_ECX] = { "endpoint-not-ecx", C,
	    "something answers that is not ECX's API",
	    "correct url and base-path, or look who listens there" },
	[DOC_TLS_UNTRUSTED] = { "tls-untrusted", C,
	    "the server's certificate is signed by nobody that we trust",
	    "name the CA's certificate or the server's key: clusterset cluster "
	    "set CLUSTER --ca-file FILE, or --pinned-key KEY" },
	[DOC_TLS_EXPIRED] = { "tls-expired", C,
	    "the server's certificate is expired or not valid yet",
	    "renew the certificate on that server, or correct the clock" },
	[DOC_TLS_NAME] = { "tls-name", C,
	    "the server's certificate is for another name or address",
	    "use a name from the certificate in url, or name the server's key "
	    "in pinned-key" },
	[DOC_TLS_PIN] = { "tls-pin", C,
	    "the server's key is not the pinned one",
	    "compare the key on the server itself; if it was renewed, write the "
	    "new pinned-key" },
	[DOC_TLS_FAILED] = { "tls-failed", C,
	    "no TLS with the server",
	    "compare the communication method in Cluster Properties > API with "
	    "url: http or https" },
	[DOC_TLS_EXPIRES_SOON] = { "tls-expires-soon", W,
	    "the server's certificate ends soon; from then on nothing can be "
	    "asked or ordered there",
	    "renew the certificate on that server" },
	[DOC_PLAIN_HTTP] = { "plain-http", W,
	    "passwords of operating system accounts cross the network readable, "
	    "and anybody in between can answer",
	    "choose HTTPS in Cluster Properties > API and write https in url" },
	[DOC_VERIFY_OFF] = { "verify-off", W,
	    "whoever answers at this address is believed and gets the password",
	    "clusterset cluster set CLUSTER --ca-file FILE (or --pinned-key "
	    "KEY) --unset verify" },
	[DOC_CREDENTIALS_NONE] = { "credentials-none", W,
	    "no account for this cluster",
	    "write user and password into a file of mode 0600: clusterset "
	    "cluster set CLUSTER --credentials FILE" },
	[DOC_CREDENTIALS_WRONG] = { "credentials-wrong", C,
	    "the server refuses user and password",
	    "correct the credentials file; ECX may lock the account after some "
	    "failures, so wait before trying again" },
	[DOC_MAY_NOT_READ] = { "may-not-read", C,
	    "the account, or this host's address, may not read",
	    "give the account's group the reference right and admit this host's "
	    "address: Cluster Properties > API" },
	[DOC_MAY_NOT_OPERATE] = { "may-not-operate", C,
	    "the account that gives orders has no operation right: no VM can be "
	    "moved",
	    "give it the operation right (Cluster Properties > API), or name "
	    "one that has it: clusterset cluster set CLUSTER "
	    "--operate-credentials FILE" },
	[DOC_RIGHTS_UNCLEAR] = { "rights-unclear", I,
	    "whether the account may operate could not be told",
	    "try again when the server is well" },
	[DOC_RIGHTS_NOT_CHECKED] = { "rights-not-checked", I,
	    "the operation right was not probed",
	    "run without --no-post: the probe cannot act (DOCDIR/doctor.md)" },
	[DOC_READER_MAY_OPERATE] = { "reader-may-operate", I,
	    "the account that only polls could also operate",
	    "give it the reference right only, and clusterset cluster set "
	    "CLUSTER --operate-credentials FILE: a leaked polling password then "
	    "harms nobody" },
	[DOC_CLOCK_SKEW] = { "clock-skew", W,
	    "the server's clock and ours differ: events and logs cannot be put "
	    "in order, certificates may fail",
	    "run an NTP client (chrony, w32time) on all servers and here" },
	[DOC_ENDPOINT_SLOW] = { "endpoint-slow", W,
	    "the server answers, but slowly",
	    "look at its load and the network; raise poll.read-timeout if it "
	    "must be so" },
	[DOC_RELEASE_OLD] = { "release-old", W,
	    "this release does not tell which group a resource belongs to: "
	    "nothing can be proved of its groups",
	    "update EXPRESSCLUSTER X to 4.2.2 or later" },
	[DOC_CLUSTER_OTHER_NAME] = { "cluster-other-name", C,
	    "another cluster answers than the one that is meant",
	    "correct url, or ecx-name" },
	[DOC_SERVER_UNKNOWN] = { "server-unknown", C,
	    "the cluster has no server of this name",
	    "write the server's name as clpstat shows it" },
	[DOC_SERVER_MISSING] = { "server-missing", C,
	    "the cluster has a server that is not configured: what it does is "
	    "not seen, so nothing counts as proved",
	    "add it with its own address: clusterset cluster set CLUSTER "
	    "--server NAME=URL" },
	[DOC_SERVERS_DISAGREE] = { "servers-disagree", W,
	    "servers of one cluster tell different things: a change just now, "
	    "or a partition",
	    "run the doctor again; if it stays, look at the cluster's "
	    "heartbeats" },
	[DOC_CLUSTER_SUSPENDED] = { "cluster-suspended", W,
	    "the cluster or its monitors are suspended: nothing fails over and "
	    "no evidence counts",
	    "resume it: clpcl --resume, or POST cluster/resume" },
	[DOC_CLUSTER_NOT_NORMAL] = { "cluster-not-normal", W,
	    "the cluster does not call itself Normal",
	    "look at the cluster: clpstat" },
	[DOC_RELEASES_DIFFER] = { "releases-differ", I,
	    "servers of one cluster answer as different releases",
	    "finish the update of all servers" },
	[DOC_SAME_NAMED_GROUPS] = { "same-named-groups", I,
	    "groups of one name in several clusters that are not paired: VMs "
	    "that nobody looks after, or chance",
	    "if they are one VM: clusterset vm register (clusterset vm discover "
	    "lists candidates)" },
	[DOC_GROUP_MISSING] = { "group-missing", C,
	    "the cluster has no such group",
	    "correct the site's group, or make the group in ECX" },
	[DOC_GROUP_WITHOUT_DISK] = { "group-without-disk", C,
	    "the group of a shared-disk VM has no disk resource: nothing guards "
	    "its LUN",
	    "add the disk resource to the group, or clusterset vm set VM --kind "
	    "stateless" },
	[DOC_STATELESS_WITH_DISK] = { "stateless-with-disk", W,
	    "the group of a stateless VM has a disk resource, whose owner "
	    "nobody watches",
	    "clusterset vm set VM --kind shared-disk --disk DISK=RESOURCE" },
	[DOC_DISK_MISSING] = { "disk-missing", C,
	    "the cluster has no such resource",
	    "correct the disk's resource, or make it in ECX" },
	[DOC_DISK_OTHER_GROUP] = { "disk-other-group", C,
	    "the disk's resource belongs to another group",
	    "correct the disk's resource; stopping this group would not close "
	    "the disk" },
	[DOC_DISK_TYPES_DIFFER] = { "disk-types-differ", W,
	    "one disk is opened by resources of different types: is it the same "
	    "disk?",
	    "compare the resources in both clusters" },
	[DOC_DISK_MIRRORED] = { "disk-mirrored", C,
	    "mirror and hybrid disks belong to one cluster: another cluster "
	    "cannot open them",
	    "use a LUN that both clusters reach, or kind = \"replicated\" with "
	    "replication between the clusters" },
	[DOC_DISK_UNLISTED] = { "disk-unlisted", W,
	    "the group opens a disk that is not listed for its VM: nobody "
	    "watches who owns it",
	    "clusterset vm set VM --disk DISK:CLUSTER=RESOURCE,CLUSTER=RESOURCE" },
	[DOC_MONITOR_MISSING] = { "monitor-missing", W,
	    "the cluster has no such monitor",
	    "correct the site's monitors: a misspelt one is not suspended, and "
	    "restarts the VM while it moves" },
	[DOC_MONITOR_LIKELY] = { "monitor-likely", I,
	    "a monitor is named like the VM and is not suspended while it moves",
	    "if it restarts or fails over the group: clusterset vm set VM "
	    "--monitors CLUSTER=NAME; --clp-conf tells for certain" },
	[DOC_CLPCONF_UNREADABLE] = { "clpconf-unreadable", W,
	    "the clp.conf cannot be read",
	    "pull it again: clpcfctrl --pull -l -x DIR" },
	[DOC_CLPCONF_WRONG] = { "clpconf-wrong", W,
	    "the clp.conf does not hold together",
	    "clpcfdel check -f FILE lists all of it" },
	[DOC_CLPCONF_STRANGER] = { "clpconf-stranger", W,
	    "the clp.conf is of no cluster of this set",
	    "name the cluster: --clp-conf CLUSTER=FILE" },
	[DOC_CLPCONF_OTHER] = { "clpconf-other", W,
	    "the clp.conf is another cluster's than it was given for, and nothing "
	    "in it was judged",
	    "give each cluster its own file: --clp-conf CLUSTER=FILE; or correct "
	    "the names of the cluster and its servers in the configuration" },
	[DOC_CLPCONF_GROUP_MISSING] = { "clpconf-group-missing", W,
	    "the clp.conf does not have the VM's group: nothing was checked of it",
	    "pull the file again if it is old (clpcfctrl --pull -l -x DIR); "
	    "otherwise clusterset vm set VM --site CLUSTER=GROUP" },
	[DOC_CLPCONF_NOT_GIVEN] = { "clpconf-not-given", I,
	    "what only clp.conf tells was not checked: startup, failback, "
	    "dependence between groups, actions at failure, what monitors do",
	    "pull it (clpcfctrl --pull -l -x DIR) and give it: --clp-conf "
	    "CLUSTER=DIR/clp.conf" },
	[DOC_GROUP_STARTS_ITSELF] = { "group-starts-itself", C,
	    "the group starts by itself with its cluster, also while the VM "
	    "runs elsewhere: the classic second activation",
	    "Cluster WebUI: group properties > Attribute > Startup Attribute: "
	    "Manual Startup" },
	[DOC_GROUP_FAILS_BACK] = { "group-fails-back", W,
	    "the group goes back to its first server by itself, also in the "
	    "middle of a move",
	    "Cluster WebUI: group properties > Attribute > Failback Attribute: "
	    "Manual Failback" },
	[DOC_GROUP_CHAINED] = { "group-chained", C,
	    "the group waits for another one to start or stop: they move as one "
	    "or not at all",
	    "remove the dependence between the groups, or move what it needs "
	    "into this group" },
	[DOC_STOP_FAILURE_SHUTS_DOWN] = { "stop-failure-shuts-down", W,
	    "when this resource fails to stop, ECX shuts the whole server down, "
	    "with every other VM on it",
	    "set the final action at deactivation failure to \"no operation\" or "
	    "\"stop group\" if other VMs run there; otherwise know it" },
	[DOC_API_OFF] = { "api-off", C,
	    "the clp.conf has the RESTful API switched off",
	    "Cluster Properties > API > Enable API Service" },
	[DOC_MONITOR_NOT_SUSPENDED] = { "monitor-not-suspended", W,
	    "monitors restart or fail over the group and are not suspended "
	    "while the VM moves: they may take its stop for a failure",
	    "clusterset vm set VM --monitors CLUSTER=NAME,...: those of the VM "
	    "itself at least (genw, vmw)" },
	[DOC_SNMPD_CONF_UNREAD] = { "snmpd-conf-unread", I,
	    "snmpd's configuration cannot be read here, so nothing of it was "
	    "checked",
	    "run the doctor as root, or name the file with --snmpd-conf" },
	[DOC_SNMPD_CONF_OTHER] = { "snmpd-conf-other", I,
	    "the snmpd configuration that was looked at is not the one of the "
	    "snmpd that answers, so little of it was checked",
	    "name the file of that snmpd with --snmpd-conf; for an snmpd on "
	    "another host run the doctor there" },
	[DOC_AGENTX_NOT_MASTER] = { "agentx-not-master", C,
	    "snmpd admits no subagents",
	    "write `master agentx` into snmpd.conf and restart snmpd; "
	    ""
	    "DOCDIR/examples/snmpd.conf.d/clusterset.conf has all of it" },
	[DOC_AGENTX_SOCKET_DIFFERS] = { "agentx-socket-differs", C,
	    "snmpd and clustersetd use different AgentX sockets",
	    "let agentXSocket in snmpd.conf and agentx.socket be the same" },
	[DOC_AGENTX_PERMS_DEFAULT] = { "agentx-perms-default", W,
	    "without agentXPerms only root reaches the AgentX socket",
	    "write `agentXPerms 0660 0755 root GROUP` with a group of "
	    "clustersetd's user" },
	[DOC_AGENTX_TIMEOUT_SHORT] = { "agentx-timeout-short", W,
	    "snmpd gives up before clustersetd has to answer: a SET ends as "
	    "genErr although it was done",
	    "write `agentXTimeout 5` into snmpd.conf: more than "
	    "agentx.request-timeout" },
	[DOC_AGENTX_RETRIES] = { "agentx-retries", W,
	    "snmpd repeats requests to a busy subagent: a SET that was done "
	    "ends as genErr, and snmpd serves nobody meanwhile",
	    "write `agentXRetries 0` into snmpd.conf" },
	[DOC_VIEW_NONE] = { "view-none", C,
	    "nobody may read CLUSTER-SET-MIB",
	    "add a view: DOCDIR/examples/snmpd.conf.d/clusterset.conf has one" },
	[DOC_VIEW_PARTIAL] = { "view-partial", W,
	    "somebody may read only a part of CLUSTER-SET-MIB, and sees tables "
	    "empty that are not",
	    "let the read view include the whole module" },
	[DOC_OPERATOR_NONE] = { "operator-none", W,
	    "nobody may give orders by SNMP: clusterset and NMSs can only look",
	    "give an SNMPv3 authPriv user the view clusterset-operate "
	    "(DOCDIR/examples/snmpd.conf.d/clusterset.conf)" },
	[DOC_OVERRIDES_OPEN] = { "overrides-open", W,
	    "everybody who may move VMs may also override the evidence "
	    "(csMoveForce, csVmSiteConfirm, csVmRelease, csSetAdopt)",
	    "give operators the view clusterset-operate, which withholds these "
	    "columns" },
	[DOC_USER_BEYOND_VIEW] = { "user-beyond-view", W,
	    "a rouser or rwuser line gives this user more than its view",
	    "remove the line, as DOCDIR/examples/snmpd.conf.d/clusterset.conf explains "
	    "(net-snmp-create-v3-user writes it)" },
	[DOC_WRITE_WITHOUT_PRIVACY] = { "write-without-privacy", W,
	    "SETs are admitted without authentication and encryption",
	    "demand authPriv" },
	[DOC_COMMUNITY_WRITES] = { "community-writes", C,
	    "a community, which crosses the network readable, may write "
	    "CLUSTER-SET-MIB from other hosts",
	    "remove the rwcommunity; give orders as an SNMPv3 authPriv user" },
	[DOC_COMMUNITY_WRITES_LOCAL] = { "community-writes-local", W,
	    "every local user who knows this community may write "
	    "CLUSTER-SET-MIB",
	    "remove the rwcommunity; give orders as an SNMPv3 authPriv user" },
	[DOC_COMMUNITY_BEYOND_LOOPBACK] = { "community-beyond-loopback", W,
	    "a community reads CLUSTER-SET-MIB from other hosts, readable on "
	    "the way",
	    "restrict it to 127.0.0.1, or use SNMPv3" },
	[DOC_TRAP_NOWHERE] = { "trap-nowhere", W,
	    "notifications go nowhere: nobody is told when something happens",
	    "write a trapsess -Ci line (informs) for your NMS into snmpd.conf" },
	[DOC_TRAP_UNACKNOWLEDGED] = { "trap-unacknowledged", I,
	    "only traps, no informs: they may be lost on the way",
	    "use trapsess -Ci; a poll of csAlarmTable finds what was lost" },
	[DOC_SOCKET_MISSING] = { "socket-missing", C,
	    "snmpd's AgentX socket is not there",
	    "start snmpd, with `master agentx` in snmpd.conf" },
	[DOC_SOCKET_OPEN] = { "socket-open", C,
	    "everybody on this host may join snmpd and answer in clustersetd's "
	    "place",
	    "write `agentXPerms 0660 0755 root GROUP` into snmpd.conf and "
	    "restart snmpd" },
	[DOC_SOCKET_CLOSED] = { "socket-closed", C,
	    "clustersetd's user cannot reach snmpd's AgentX socket",
	    "agentXPerms 0660 0755 root GROUP, its user in GROUP, and chmod "
	    "0755 on the directory if it was there before" },
	[DOC_STATE_MISSING] = { "state-missing", C,
	    "the state directory is not there",
	    "install -d -m 0700 -o clusterset -g clusterset DIRECTORY" },
	[DOC_STATE_OPEN] = { "state-open", W,
	    "others may enter the state directory",
	    "chmod 0700 DIRECTORY" },
	[DOC_STATE_OWNER] = { "state-owner", C,
	    "the state belongs to several users: clustersetd cannot write all "
	    "of it",
	    "chown -R clusterset: DIRECTORY" },
	[DOC_STATE_FULL] = { "state-full", C,
	    "no room for the state: clustersetd stops giving orders when it "
	    "cannot write",
	    "free some space on that file system" },
	[DOC_UNIT_INACTIVE] = { "unit-inactive", W,
	    "systemd does not run clustersetd",
	    "systemctl start clustersetd; journalctl -u clustersetd tells why "
	    "it ended" },
	[DOC_UNIT_DISABLED] = { "unit-disabled", W,
	    "clustersetd will not start at boot",
	    "systemctl enable clustersetd" },
	[DOC_AGENT_UNREACHABLE] = { "agent-unreachable", C,
	    "snmpd does not answer us",
	    "start snmpd; check --agent, and the user or community in "
	    "~/.snmp/snmp.conf (snmp.conf(5))" },
	[DOC_DAEMON_AWAY] = { "daemon-away", C,
	    "snmpd answers, but clustersetd is not joined to it, or this user "
	    "may not see it",
	    "start clustersetd; its log says why it cannot join; compare the "
	    "views" },
	[DOC_AGENT_BROKEN] = { "agent-broken", W,
	    "snmpd answers, but not well",
	    "see the words" },
	[DOC_TABLE_WITHHELD] = { "table-withheld", W,
	    "a table is empty that cannot be: a view withholds it",
	    "let the read view include the whole module" },
	[DOC_CONTROL_STALLED] = { "control-stalled", C,
	    "clustersetd answers from memory, but its control loop stands still",
	    "restart clustersetd, and send its log to its makers" },
	[DOC_VERSION_DIFFERS] = { "version-differs", W,
	    "clusterset and clustersetd are of different versions",
	    "restart clustersetd after an update; install the same version on "
	    "both hosts" },
	[DOC_CONFIG_DIFFERS] = { "config-differs", W,
	    "clustersetd runs with another file than the one that was looked at",
	    "name that file with --config" },
	[DOC_CONFIG_NOT_LOADED] = { "config-not-loaded", W,
	    "clustersetd has not read the configuration since it was changed",
	    "clustersetd -t -f FILE, then systemctl reload clustersetd" },
	[DOC_OTHER_HOST] = { "other-host", I,
	    "clustersetd runs on another host: files of this one say nothing "
	    "about it",
	    "run the doctor there" },
	[DOC_HEALTH_CRITICAL] = { "health-critical", C,
	    "the set itself says critical",
	    "clusterset status; clusterset alarm list" },
	[DOC_HEALTH_WARNING] = { "health-warning", W,
	    "the set itself says warning",
	    "clusterset status; clusterset alarm list" },
	[DOC_ALARM_CRITICAL] = { "alarm-critical", C,
	    "an alarm stands",
	    "clusterset alarm list; DOCDIR/operations.md has each alarm" },
	[DOC_ALARM_WARNING] = { "alarm-warning", W,
	    "an alarm stands",
	    "clusterset alarm list; DOCDIR/operations.md has each alarm" },
	[DOC_ALARM_DOUBT] = { "alarm-doubt", D,
	    "an alarm stands: the set does not know where something is, or it "
	    "is in two places",
	    "clusterset alarm list; DOCDIR/operations.md has each alarm" },
	[DOC_VM_CONFLICT] = { "vm-conflict", D,
	    "the VM is active in two clusters",
	    "stop it where it does not belong, at once: clusterset vm show VM; "
	    "DOCDIR/operations.md" },
	[DOC_VM_IN_DOUBT] = { "vm-in-doubt", D,
	    "a move ended so that nobody knows where the VM is",
	    "clusterset move show; look at both clusters; DOCDIR/operations.md" },
	[DOC_DISK_IN_DOUBT] = { "disk-in-doubt", D,
	    "which cluster owns the disk is not known, or two have it open",
	    "clusterset disk show DISK; look at both clusters; "
	    "DOCDIR/operations.md" },
	[DOC_PROOF_ECX_ONLY] = { "proof-ecx-only", I,
	    "that a site is stopped is known from ECX alone, which is as true "
	    "as its stop scripts",
	    "let the groups' stop scripts fail while the VM still runs; before "
	    "forcing a move look at the hypervisor as well" },
};
/* clang-format on */
