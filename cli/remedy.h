/*
 * SPDX-License-Identifier: Apache-2.0
 * What to do about each kind of alarm, in one line.
 *
 * `clusterset status` shows it beneath the alarms, doc/operations.md repeats it. The
 * text of an alarm says what is wrong with this very thing; this says which way leads
 * out of it. A kind of alarm that the MIB has and this table has not is a failing test.
 */
#ifndef CLI_REMEDY_H
#define CLI_REMEDY_H

#include <stdbool.h>

struct remedy {
	const char *type; /* the word in ClusterSetAlarmType */
	bool doubt; /* where a thing is cannot be told, or it is in two places */
	const char *text; /* one line; VM, CLUSTER, ... stand for the names */
};

/* In the order of the MIB; the last one has no type. */
extern const struct remedy remedies[];

/* NULL: a kind that a newer agent knows and we do not. */
const struct remedy *remedy_of(const char *type);

#endif
