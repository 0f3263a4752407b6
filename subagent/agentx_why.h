/*
 * SPDX-License-Identifier: Apache-2.0
 * Why snmpd's AgentX socket cannot be joined, in words for an operator.
 *
 * Called by the AgentX adapter when the library could not connect, which says no more
 * than that. Tries to connect once, without waiting, sends nothing and keeps nothing.
 */
#ifndef SUBAGENT_AGENTX_WHY_H
#define SUBAGENT_AGENTX_WHY_H

/*
 * `socket` as in the configuration. *words (the caller frees) names the socket, what is
 * wrong with it and what to look at. Returns the errno of the attempt; 0: it can be
 * connected to, or it is no path and nothing is known of it.
 */
int agentx_why(const char *socket, char **words);

#endif
