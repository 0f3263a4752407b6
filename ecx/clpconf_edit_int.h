/*
 * SPDX-License-Identifier: Apache-2.0
 * Inside ecx/clpconf_plan.c and its neighbours: an edit in the making. Nobody else
 * includes it.
 *
 * Decisions are marks on elements; clpconf_marks.c alone turns marks into bytes, and
 * proves that the bytes mean what the marks say.
 */
#ifndef ECX_CLPCONF_EDIT_INT_H
#define ECX_CLPCONF_EDIT_INT_H

#include "ecx/clpconf_edit.h"
#include "ecx/clpconf_int.h"

/* A value twice: as its bytes stand in the file, and decoded. */
struct value {
	char *raw, *text;
};

struct mark {
	bool dead;
	struct value content; /* new text, where raw is set */
	struct value name; /* new value of attribute `name`, where raw is set */
	struct value *copies; /* copies of the element with these names, behind it */
	size_t ncopies;
};

/* Bytes from..to-1 of the file become `with`. */
struct change {
	size_t from, to;
	char *with;
};

struct edit {
	const struct clpconf *c;
	const struct clpconf_request *q;
	struct clpconf_plan *plan;
	struct mark *marks; /* of each element */
	struct change *changes;
	size_t nchanges;
	bool *group_dead, *resource_dead, *monitor_dead;
	size_t ngroups_dead, nresources_dead, nmonitors_dead;
	char *refusals; /* lines; NULL: nothing speaks against it */
};

/* clpconf_marks.c */
void mark_dead(struct edit *e, size_t el);
/* Takes the values over. mark_content fails with a refusal where markup is in the way.
 */
int mark_content(struct edit *e, size_t el, struct value v);
void mark_name(struct edit *e, size_t el, struct value v);
void mark_copy(struct edit *e, size_t el, struct value v);
struct value value_plain(const char *ascii);
struct value value_of_name(const struct clpconf *c, size_t el); /* attribute `name` */
/* Is the element, or one around it, dead? */
bool is_dead(const struct edit *e, size_t el);
void marks_free(struct edit *e);
/* The bytes, the list of changes, and the proof. -1 and *cause: nothing may be used. */
int marks_apply(struct edit *e, char **cause);

/* clpconf_plan.c */
void tell(struct edit *e, enum clpconf_weight weight, size_t el, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Remembers a reason against the edit, with its line. Returns -1. */
int refuse(struct edit *e, size_t el, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void take_monitor(struct edit *e, size_t monitor, const char *why);

/* clpconf_depend.c: <depend> of what stays on what goes. */
void settle_depends(struct edit *e);
int drop_dependency(struct edit *e, size_t resource, size_t el);
/* The first resource that stays among those the given one depended on; NONE. */
size_t heir_of(struct edit *e, size_t resource);

/* clpconf_watch.c: monitors of what goes. */
void settle_monitors(struct edit *e);

/* clpconf_books.c: types, object number, gids, configid; names that are left over. */
void settle_books(struct edit *e);
void note_leftovers(struct edit *e);

#endif
