/*
 * SPDX-License-Identifier: Apache-2.0
 * Reference 1: the bare libnetsnmp subagent, as small as Net-SNMP's own example.
 *
 *	ref_agentx SOCKET ROOT ROWS
 */
#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <net-snmp/agent/net-snmp-agent-includes.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/refrows.h"

int
main(int argc, char **argv)
{
	if (argc != 4) {
		fputs("usage: ref_agentx SOCKET ROOT ROWS\n", stderr);
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	snmp_enable_stderrlog();
	netsnmp_ds_set_boolean(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_ROLE, 1);
	netsnmp_ds_set_boolean(
	    NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
	netsnmp_ds_set_boolean(
	    NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
	netsnmp_ds_set_string(
	    NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_X_SOCKET, argv[1]);
	init_agent("reference");
	if (refrows_register(argv[2], strtoul(argv[3], NULL, 10)) != MIB_REGISTERED_OK)
		return 1;
	init_snmp("reference");
	for (;;)
		agent_check_and_process(1);
}
