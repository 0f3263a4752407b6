/*
 * SPDX-License-Identifier: Apache-2.0
 * The policies, as the engine wants them: made of set/policy_list.h.
 */
#include "policy/policy.h"

#define ROW(KIND, name, rank, lasting, descr) \
	[POLICY_##KIND] = { #name, descr, rank, lasting, name##_look },

const struct policy policy_table[POLICY_KINDS] = { POLICY_LIST(ROW) };
