/*
 * SPDX-License-Identifier: Apache-2.0
 * The policies, a row each: whoever needs something of every policy (its kind, name,
 * option in the configuration, setting in the store, look) makes it of this list.
 *
 * POLICY(KIND, name, rank, lasting, descr):
 *	KIND	enum policy_kind, POLICY_KIND; rows keep their place, since it is
 *		csPolicyIndex: a new one goes to the end
 *	name	csPolicyName and the option in section "policies"; name_look() is its
 *		function (policy/policy.h)
 *	rank	whose turn it is: lower ones look first, and their plans begin first
 *	lasting	acts only when `rounds` looks in a row wanted something
 *	descr	csPolicyDescr
 */
#ifndef SET_POLICY_LIST_H
#define SET_POLICY_LIST_H

/* clang-format off */
#define POLICY_LIST(POLICY) \
	POLICY(BALANCE, balance, 4, true, \
	    "Evens out the load of nodes and clusters, when it has been uneven for " \
	    "several looks and the gain is worth the moves") \
	POLICY(EVACUATE, evacuate, 1, false, \
	    "Empties clusters and nodes that are set to maintenance, and refills them " \
	    "afterwards if asked to") \
	POLICY(RECOVER, recover, 0, false, \
	    "Starts VMs that should run and run nowhere, as soon as it is proved that " \
	    "they do not run elsewhere") \
	POLICY(SPREAD, spread, 2, false, \
	    "Parts members of availability sets that are closer than their set allows") \
	POLICY(HOME, home, 3, false, \
	    "Brings VMs back to their home clusters when all has been calm")
/* clang-format on */

#define POLICY_KIND_OF(KIND, name, rank, lasting, descr) POLICY_##KIND,
enum policy_kind { POLICY_LIST(POLICY_KIND_OF) POLICY_KINDS };

#endif
