/*
 * SPDX-License-Identifier: Apache-2.0
 * Everything that can be done to the simulated world from outside the API, as JSON:
 * POST /do, POST /fault, DELETE /fault and the steps of a scenario file.
 *
 * See README.md, "Actions". Called by control.c and scenario.c.
 */
#ifndef ECXSIM_ACTIONS_H
#define ECXSIM_ACTIONS_H

#include "tests/ecxsim/fault.h"
#include "tests/ecxsim/http.h"
#include "tests/ecxsim/model.h"
#include "tests/ecxsim/reqlog.h"

struct world {
	struct sim *sim;
	struct http *http; /* may be NULL (unit tests) */
	struct faults *faults;
	struct reqlog *log;
};

/* {"what": ...}: 0, or -1 with *cause. */
int action_do(struct world *w, const json_t *spec, char **cause);

/* {"fault": {...}}, {"clear": true|id} or an action: one step of a scenario. */
int action_step(struct world *w, const json_t *spec, char **cause);

/*
 * A scenario: {"steps":[{"at_ms":0,...},...]} or a bare array. Every step is put on the
 * clock now. A step that fails is logged and counted.
 */
int scenario_start(struct world *w, const json_t *doc, char **cause);
int scenario_load(struct world *w, const char *path, char **cause);
int scenario_failed(void);
void scenario_stop(void);

#endif
