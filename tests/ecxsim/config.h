/*
 * SPDX-License-Identifier: Apache-2.0
 * From JSON (README.md, "Configuration") or from --generate to a simulated world.
 *
 * Everything is checked: unknown keys, wrong types and dangling names are errors that
 * say where. Called once by main.c and by tests.
 */
#ifndef ECXSIM_CONFIG_H
#define ECXSIM_CONFIG_H

#include "tests/ecxsim/model.h"

/* Adds what the document describes to sim. 0, or -1 with *cause. */
int config_apply(struct sim *sim, const json_t *doc, char **cause);

/* Reads the file and applies it. */
int config_load(struct sim *sim, const char *path, char **cause);

/* The document for "clusters=1000,servers=2,groups=20,...", or NULL with *cause. */
json_t *config_generate(const char *spec, char **cause);

#endif
