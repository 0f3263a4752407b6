/*
 * SPDX-License-Identifier: Apache-2.0
 * Where something stands in a JSON text; see plan_json.h.
 */
#include <stdbool.h>
#include <string.h>

#include "policy/plan_json.h"

struct at {
	const char *p, *end;
};

static void
blanks(struct at *a)
{
	while (a->p < a->end && strchr(" \t\r\n", *a->p) != NULL && *a->p != '\0')
		a->p++;
}

/* Over a string, at its first quote. */
static void
over_string(struct at *a)
{
	for (a->p++; a->p < a->end && *a->p != '"'; a->p++)
		if (*a->p == '\\' && a->p + 1 < a->end)
			a->p++;
	if (a->p < a->end)
		a->p++;
}

/* Over a value, at its first byte: whatever is nested in it is counted, not looked at.
 */
static void
over_value(struct at *a)
{
	size_t depth = 0;

	for (; a->p < a->end; a->p++) {
		if (*a->p == '"') {
			over_string(a);
			a->p--;
		} else if (*a->p == '[' || *a->p == '{')
			depth++;
		else if (*a->p == ']' || *a->p == '}') {
			if (depth == 0)
				return;
			if (--depth == 0) {
				a->p++;
				return;
			}
			continue;
		} else if (depth == 0 && *a->p == ',')
			return;
	}
}

static bool
next(struct at *a)
{
	blanks(a);
	if (a->p >= a->end || *a->p != ',')
		return false;
	a->p++;
	blanks(a);
	return a->p < a->end;
}

/* From an object's brace to the value of a key; *line_at: where the key stands. */
static bool
into_key(struct at *a, const char *key, const char **where)
{
	const size_t len = strlen(key);
	struct at at = *a;
	const char *name;

	if (at.p >= at.end || *at.p != '{')
		return false;
	at.p++;
	blanks(&at);
	do {
		if (at.p >= at.end || *at.p != '"')
			return false;
		name = at.p;
		over_string(&at);
		blanks(&at);
		if (at.p < at.end)
			at.p++; /* the colon */
		blanks(&at);
		if ((size_t)(at.end - name) > len + 1 &&
		    strncmp(name + 1, key, len) == 0 && name[len + 1] == '"') {
			*a = at;
			*where = name;
			return true;
		}
		over_value(&at);
	} while (next(&at));
	return false;
}

static bool
into_element(struct at *a, size_t index)
{
	struct at at = *a;

	if (at.p >= at.end || *at.p != '[')
		return false;
	at.p++;
	blanks(&at);
	while (index-- > 0) {
		over_value(&at);
		if (!next(&at))
			return false;
	}
	*a = at;
	return true;
}

size_t
plan_json_line(
    const char *text, size_t len, const char *list, size_t index, const char *key)
{
	struct at a = { text, text + len };
	const char *where, *p;
	size_t line = 1;

	blanks(&a);
	where = a.p;
	if (list != NULL && into_key(&a, list, &where) && index != PLAN_JSON_OBJECT &&
	    into_element(&a, index))
		where = a.p;
	if (key != NULL)
		into_key(&a, key, &where);
	for (p = text; p < where; p++)
		line += *p == '\n';
	return line;
}
