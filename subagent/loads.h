/*
 * SPDX-License-Identifier: Apache-2.0
 * Where control's loads come from: the asker, a process that asks the nodes' SNMP
 * agents (loads_child.c runs it), and the metrics hook (loads_hook.c).
 *
 * Control's thread only. What they measure goes to the model (set/load.h); what they
 * cannot, into the log, sparingly, and as an alarm that stands as long as it is so. A
 * node or a program that does not answer costs nothing but its own figures.
 */
#ifndef SUBAGENT_LOADS_H
#define SUBAGENT_LOADS_H

#include <event2/event.h>
#include <jansson.h>
#include <stdbool.h>

#include "set/settings.h"

struct control;
struct loads;

/* After the model has taken the settings, at start and at each reload: what did not
 * change goes on undisturbed. *loads NULL: begins. */
void loads_configure(struct loads **, struct control *);
/* Ends its processes and reaps them. NULL is fine. */
void loads_free(struct loads *);

/* --- loads_child.c: the process and its lines ------------------------------------- */

struct loads_child_to {
	void *arg;
	void (*started)(void *arg); /* it wants to be told everything */
	void (*line)(void *arg, const json_t *); /* an object */
	/* it ended though it was not told to, and is started again; NULL: all is well
	 */
	void (*trouble)(void *arg, const char *text);
};

struct loads_child;
struct loads_child *loads_child_new(struct event_base *, const struct loads_child_to *);
/* Should it run? */
void loads_child_want(struct loads_child *, bool);
/* It is ended, and begins anew at once. */
void loads_child_restart(struct loads_child *);
/* Takes over the line; dropped while it does not run. */
void loads_child_tell(struct loads_child *, json_t *line);
bool loads_child_runs(const struct loads_child *);
void loads_child_free(struct loads_child *);

/* --- loads_hook.c ------------------------------------------------------------------
 */

struct loads_hook;
struct loads_hook *loads_hook_new(struct control *);
void loads_hook_configure(struct loads_hook *, const struct load_settings *);
void loads_hook_free(struct loads_hook *);

#endif
