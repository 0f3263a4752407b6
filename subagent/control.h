/*
 * SPDX-License-Identifier: Apache-2.0
 * The control thread: polls, model, intents, and the order in which things become true.
 *
 * Owns the event base, the model and the poller; talks to the store and the face only
 * by letters and generations. It never enters libnetsnmp and never waits for a disk:
 * what must be durable first comes back as an event.
 */
#ifndef SUBAGENT_CONTROL_H
#define SUBAGENT_CONTROL_H

#include <stdbool.h>

#include "set/settings.h"

struct control;

/*
 * Builds everything from checked settings (taken over): opens and loads the state file,
 * starts store and face. NULL and *cause when that is impossible.
 */
struct control *control_new(struct settings *, const char *version, char **cause);

/* Runs until a signal says stop (SIGTERM, SIGINT) or control_stop(). SIGHUP reloads. */
void control_run(struct control *);
/* From the same thread. */
void control_stop(struct control *);

/*
 * Reads the configuration file again, in a thread of its own; later the loop swaps
 * whole, or keeps the old and says why.
 */
void control_reload(struct control *);

/* Tells systemd, closes the session with snmpd and the state file, frees all. */
void control_free(struct control *);

#endif
