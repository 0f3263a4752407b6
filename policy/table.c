/*
 * SPDX-License-Identifier: Apache-2.0
 * The policies. A new one is a file with its look(), a row here and an enum policy_kind
 * (doc/policies.md). The rows stand in the order of that enum.
 */
#include "policy/policy.h"

const struct policy policy_table[POLICY_KINDS] = {
	[POLICY_BALANCE] = { "balance",
	    "Evens out the load of nodes and clusters, when it has been uneven for "
	    "several looks and the gain is worth the moves",
	    true, balance_look },
	[POLICY_EVACUATE] = { "evacuate",
	    "Empties clusters and nodes that are set to maintenance, and refills them "
	    "afterwards if asked to",
	    false, evacuate_look },
	[POLICY_RECOVER] = { "recover",
	    "Starts VMs that should run and run nowhere, as soon as it is proved that "
	    "they do not run elsewhere",
	    false, recover_look },
	[POLICY_SPREAD] = { "spread",
	    "Parts members of availability sets that are closer than their set allows",
	    false, spread_look },
	[POLICY_HOME] = { "home",
	    "Brings VMs back to their home clusters when all has been calm", false,
	    home_look },
};
