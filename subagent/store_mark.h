/*
 * SPDX-License-Identifier: Apache-2.0
 * The marks of a state directory, behind store.h's store_marks() and store_mark().
 */
#ifndef SUBAGENT_STORE_MARK_H
#define SUBAGENT_STORE_MARK_H

#include <stdbool.h>
#include <stdint.h>

#include "subagent/store.h"

/* Opens DIR/state.marks, made when missing; `marks` as the last run left them (0 when
 * it left none). The descriptor, or -1 and *cause. */
int store_mark_open(const char *dir, uint32_t marks[STORE_MARKS], char **cause);
void store_mark_write(int fd, const uint32_t marks[STORE_MARKS]);
/* The instance behind them, "" when there is none; and to the disk with one. */
void store_mark_instance(int fd, char instance[STORE_INSTANCE + 1]);
void store_mark_set_instance(int fd, const char *instance);

#endif
