/*
 * SPDX-License-Identifier: Apache-2.0
 * The asker: a process of its own that asks the nodes' SNMP agents for their load.
 *
 * `clustersetd --load-child` is run by subagent/loads_child.c, because libnetsnmp is
 *not thread-safe and clustersetd has a thread in it already (the face). It owns nothing
 *and keeps nothing; it ends when its standard input does.
 *
 * Both ways are lines of JSON, at most ASKER_LINE_MAX bytes. What it is told:
 *	{"settings":{"interval":ms,"timeout":ms,"tries":n,"at-once":n}}
 *	{"account":{"id":n,"version":2,"community":"..."}}
 *	{"account":{"id":n,"version":3,"user":"...","auth-protocol":"SHA", ...}}
 *	{"node":{"id":n,"host":"...","port":161,"account":n}}
 *	{"drop":n}
 * and what it says, MiB and shares; what the agent does not tell is left out:
 *	{"id":n,"at":boottime ms,"cpu":0.42,"cpus":8,"used":2048,"total":8192}
 *	{"id":n,"error":"in words"}, also both in one line
 *	{"alive":n}, every ASKER_BEAT_MS
 */
#ifndef SUBAGENT_ASKER_H
#define SUBAGENT_ASKER_H

#define ASKER_LINE_MAX 16384
#define ASKER_BEAT_MS  3000

/* Until standard input ends; the program's exit code. */
int asker_run(void);

#endif
