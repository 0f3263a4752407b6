/*
 * SPDX-License-Identifier: Apache-2.0
 * What to do about each kind of alarm. See remedy.h.
 */
#include "cli/remedy.h"

#include <string.h>

const struct remedy remedies[] = {
	{ "clusterUnreachable", false,
	    "No answer: check that its servers, their network and the ECX API are up. "
	    "An answer such as HTTP 401 or 403: correct user and password in its "
	    "credentials file and reload. clusterset doctor tries them; VMs there are "
	    "not moved meanwhile." },
	{ "clusterIdentity", false,
	    "Check the addresses and certificates of the cluster in clusterset.conf: "
	    "something else answers there, and nothing is commanded until it is the "
	    "right one." },
	{ "clusterNotNormal", false,
	    "Look at the cluster in ECX's Web UI (or clpstat) and repair what is amber "
	    "or red there." },
	{ "serverDown", false,
	    "Bring the server back, or put its cluster into maintenance while you work "
	    "on it: clusterset cluster maintenance CLUSTER." },
	{ "serversDisagree", false,
	    "Repair the network between the servers of this cluster; until they tell "
	    "the same, nothing is started elsewhere." },
	{ "vmFailed", false,
	    "See why in ECX's alert log and clear the failure there, then clusterset "
	    "vm up VM, or clusterset vm down VM if it may stay down." },
	{ "vmConflict", true,
	    "At once: see where it runs (clusterset vm show VM), decide which one is "
	    "right (the owner of its disk), stop the group in the other cluster with "
	    "ECX." },
	{ "vmInDoubt", true,
	    "Look at its sites (clusterset vm show VM): configure again what was taken "
	    "out, or, where it is surely stopped and nothing else proves it, say so: "
	    "clusterset site confirm VM CLUSTER." },
	{ "vmMissing", false,
	    "Create the group or resource in ECX, or correct its name in "
	    "clusterset.conf." },
	{ "diskConflict", true,
	    "At once: stop the group in the cluster that does not own the disk "
	    "(clusterset disk show DISK), then check the file system before going "
	    "on." },
	{ "foreignController", false,
	    "Find the old script, scheduled job or person that activates the group and "
	    "stop it; then clusterset alarm ack NUMBER, and clusterset vm release VM "
	    "where it is on hold." },
	{ "plainHttp", false,
	    "Switch the ECX API to HTTPS and write https:// addresses into "
	    "clusterset.conf; passwords travel in the clear until then." },
	{ "tlsUnverified", false,
	    "Give the cluster a CA file or a pinned key in clusterset.conf, so that "
	    "nobody else can answer in its place." },
	{ "storeFailed", false,
	    "Make room on, or repair, the file system of the state directory; no "
	    "command is sent until the state can be written, then it goes on by "
	    "itself." },
	{ "configurationRefused", false,
	    "Correct clusterset.conf as the text says (clustersetd -t checks it), then "
	    "reload; the old configuration stays in force meanwhile." },
	{ "credentials", false,
	    "Correct user and password in the credentials file of the cluster, then "
	    "reload; ECX may lock the account after too many tries." },
	{ "unpairedGroup", false,
	    "Pair it as a site of its VM in clusterset.conf (clusterset vm discover "
	    "shows such groups), or leave it: what is not paired is not looked "
	    "after." },
	{ "availSetViolation", false,
	    "Move one of the VMs that are together (clusterset availability-set list, "
	    "then clusterset vm move VM --to CLUSTER)." },
	{ "staleData", false,
	    "Find what makes the cluster slow or silent (clusterset cluster show "
	    "CLUSTER); what is shown of it is old, and nothing is decided upon it." },
	{ "clockGap", false,
	    "Find what stopped the host (suspend, overload, a frozen disk); nothing "
	    "else is to be done, everything is observed anew." },
	{ "autoStartHazard", false,
	    "Set the startup attribute of the group to manual in ECX and auto-start = "
	    "manual for the site in clusterset.conf: after a boot it could start a VM "
	    "that runs elsewhere." },
	{ "moveInDoubt", true,
	    "See what the move waits for (clusterset move show OWNER/INDEX), look at "
	    "the sites of the VM, then clusterset site confirm VM CLUSTER or "
	    "clusterset move retry OWNER/INDEX." },
	{ "moveFailed", false,
	    "Read what was missing (clusterset move show OWNER/INDEX), put it right "
	    "and move again; the VM may be down: clusterset vm up VM." },
	{ "hookFailed", false,
	    "Run the program by hand as clustersetd does (no shell, in /, with an "
	    "empty "
	    "environment) and repair it; the text says what was wrong." },
	{ "replication", false,
	    "Look at the replication of the disk where it is administered; the VM is "
	    "not moved to a replica that is behind." },
	{ "diskInDoubt", true,
	    "See which cluster has it active (clusterset disk show DISK) and bring "
	    "that into line with its owner, or prove the other sites stopped: "
	    "clusterset site confirm VM CLUSTER." },
	{ "stopFailed", false,
	    "Look at the source cluster in ECX's Web UI now: ECX may shut that server "
	    "down as its reaction. When the group is Offline: clusterset move retry "
	    "OWNER/INDEX." },
	{ "stateRestored", true,
	    "Make sure that no other clustersetd commands these clusters and that what "
	    "is shown is true, then: clusterset adopt." },
	{ "imbalance", false,
	    "Approve what is proposed (clusterset plan list, clusterset plan approve "
	    "NUMBER). Where nothing is, clusterset policy show balance says why: add "
	    "capacity, or loosen what keeps VMs where they are (homes, availability "
	    "sets, limits)." },
	{ "notificationsLost", false,
	    "Read what was missed: clusterset event list; then find why the trap "
	    "receiver or snmpd did not keep up." },
	{ "loadUnknown", false,
	    "Ask the agent as clustersetd does (snmpwalk to the node, with the account "
	    "of load.snmp in clusterset.conf, of 1.3.6.1.2.1.25.3.3), and put right "
	    "what "
	    "the text names; nothing is balanced on nodes whose load is not known." },
	{ "vmNotRecovered", true,
	    "Bring back what the text names, or power it off and say so: clusterset "
	    "site confirm VM CLUSTER; recover then starts the VM elsewhere. A fence of "
	    "that cluster in the configuration does both by itself." },
	{ 0 },
};

const struct remedy *
remedy_of(const char *type)
{
	const struct remedy *r;

	for (r = remedies; r->type != NULL; r++)
		if (strcmp(r->type, type) == 0)
			return r;
	return NULL;
}
