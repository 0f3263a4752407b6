/*
 * SPDX-License-Identifier: Apache-2.0
 * Where something stands in a JSON text; for errors about values, which jansson gives
 * no line for. Only the reader of policy/.
 */
#ifndef POLICY_PLAN_JSON_H
#define POLICY_PLAN_JSON_H

#include <stddef.h>

#define PLAN_JSON_OBJECT ((size_t)-1) /* no list: the value itself */

/*
 * The line (1 is the first) of a key inside element `index` of list `list` of the top
 * object; of the element where key is NULL or not found; of the list where the index is
 * PLAN_JSON_OBJECT. A NULL list means the top object itself. The text must be valid
 * JSON, what is not found gives the line of what it would be in.
 */
size_t plan_json_line(
    const char *text, size_t len, const char *list, size_t index, const char *key);

#endif
