/*
 * SPDX-License-Identifier: Apache-2.0
 * A synthetic model for tests and benches of the SNMP face: every table has rows, and
 * values that nobody knows are among them. Stands in for control's tables.
 */
#ifndef TESTS_FACE_MODEL_H
#define TESTS_FACE_MODEL_H

#include "set/generation.h"

struct face_model {
	struct table *tables[TABLE_COUNT];
	uint64_t seq;
};

/* `vms` VMs in vms / 50 clusters (at least 2) of two nodes. */
struct face_model *face_model_new(uint32_t vms);
void face_model_free(struct face_model *);
/* Publishes what stands in the tables now. */
void face_model_publish(struct face_model *, struct generation_box *);

#endif
