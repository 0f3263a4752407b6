/*
 * SPDX-License-Identifier: Apache-2.0
 * Timed steps. See actions.h.
 */
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "tests/ecxsim/actions.h"

/* Every scenario that was started; its steps stay until the end of the simulation. */
static struct {
	json_t *steps; /* all steps of all scenarios */
	int failed;
} running;

static void
step(void *obj, int i, int b)
{
	char *cause = NULL;

	(void)b;
	if (action_step(obj, json_array_get(running.steps, (size_t)i), &cause) != 0) {
		running.failed++;
		log_err("ecxsim", "scenario step %d: %s", i, cause);
	}
	free(cause);
}

int
scenario_start(struct world *w, const json_t *doc, char **cause)
{
	const json_t *steps = json_is_object(doc) ? json_object_get(doc, "steps") : doc;
	json_t *spec;
	size_t i;

	if (!json_is_array(steps))
		return cause_set(cause, "scenario: \"steps\" must be an array");
	json_array_foreach (steps, i, spec) {
		if (!json_is_object(spec))
			return cause_set(
			    cause, "scenario: step %zu must be an object", i);
	}
	if (running.steps == NULL)
		running.steps = json_array();
	json_array_foreach (steps, i, spec) {
		json_array_append_new(running.steps, json_deep_copy(spec));
		sched_add(w->sim->sched,
		    json_integer_value(json_object_get(spec, "at_ms")), step, w,
		    (int)json_array_size(running.steps) - 1, 0);
	}
	return 0;
}

int
scenario_load(struct world *w, const char *path, char **cause)
{
	json_error_t e;
	json_t *doc = json_load_file(path, JSON_REJECT_DUPLICATES, &e);
	int err;

	if (doc == NULL)
		return cause_set(cause, "%s:%d: %s", path, e.line, e.text);
	err = scenario_start(w, doc, cause);
	json_decref(doc);
	return err;
}

int
scenario_failed(void)
{
	return running.failed;
}

void
scenario_stop(void)
{
	json_decref(running.steps);
	running.steps = NULL;
	running.failed = 0;
}
