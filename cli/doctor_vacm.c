/*
 * SPDX-License-Identifier: Apache-2.0
 * Who may read and write what, by snmpd.conf: traditional lines and VACM (RFC 3415).
 * See doctor_snmpd.h.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "cli/doctor_snmpd_int.h"

/* com2sec, group and access lines, kept until all have been read. */
struct line {
	char *w[9];
	size_t n;
	char *file;
	unsigned number;
};

struct snmpd_names {
	struct line *list;
	size_t n;
};

bool
snmpd_source_is_local(const char *source)
{
	return strncmp(source, "127.", 4) == 0 ||
	    strcasecmp(source, "localhost") == 0 || strncmp(source, "::1", 3) == 0;
}

static struct snmpd_right *
add_right(struct snmpd_conf *c, const char *name, const char *file, unsigned line)
{
	struct snmpd_right *r;

	c->rights = xreallocarray(c->rights, c->nrights + 1, sizeof(*c->rights));
	r = &c->rights[c->nrights++];
	memset(r, 0, sizeof(*r));
	r->name = xstrdup(name);
	r->file = xstrdup(file);
	r->line = line;
	return r;
}

/* [OID | -V VIEW], from w[i] on; nothing means everything. */
static void
take_scope(struct snmpd_scope *s, char *const *w, size_t n, size_t i)
{
	if (i >= n)
		s->kind = SCOPE_ALL;
	else if (strcmp(w[i], "-V") == 0 && i + 1 < n) {
		s->kind = SCOPE_VIEW;
		s->view = xstrdup(w[i + 1]);
	} else
		s->kind = snmpd_oid_parse(w[i], &s->oid) ? SCOPE_OID : SCOPE_UNKNOWN;
}

/* COMMUNITY [SOURCE [OID | -V VIEW]] from w[i] on */
static void
take_community(struct snmpd_conf *c, char *const *w, size_t n, size_t i, bool read,
    bool write, const char *file, unsigned line)
{
	struct snmpd_right *r;

	if (i >= n)
		return;
	r = add_right(c, w[i], file, line);
	r->community = r->by_line = true;
	r->local = i + 1 < n && snmpd_source_is_local(w[i + 1]);
	if (read)
		take_scope(&r->read, w, n, i + 2);
	if (write)
		take_scope(&r->write, w, n, i + 2);
}

static bool
is_privacy(const char *level)
{
	return strcasecmp(level, "priv") == 0 || strcasecmp(level, "authpriv") == 0;
}

/* [-s MODEL] USER [LEVEL [OID | -V VIEW]] from w[i] on */
static void
take_user(struct snmpd_conf *c, char *const *w, size_t n, size_t i, bool read,
    bool write, const char *file, unsigned line)
{
	struct snmpd_right *r;

	if (i + 1 < n && strcmp(w[i], "-s") == 0)
		i += 2;
	if (i >= n)
		return;
	r = add_right(c, w[i], file, line);
	r->by_line = true;
	r->privacy = i + 1 < n && is_privacy(w[i + 1]);
	if (read)
		take_scope(&r->read, w, n, i + 2);
	if (write)
		take_scope(&r->write, w, n, i + 2);
}

static void
keep(struct snmpd_conf *c, char *const *w, size_t n, const char *file, unsigned number)
{
	struct line *l;
	size_t i;

	if (c->names == NULL)
		c->names = xcalloc(1, sizeof(*c->names));
	c->names->list =
	    xreallocarray(c->names->list, c->names->n + 1, sizeof(*c->names->list));
	l = &c->names->list[c->names->n++];
	memset(l, 0, sizeof(*l));
	for (i = 0; i < n && i < sizeof(l->w) / sizeof(l->w[0]); i++)
		l->w[i] = xstrdup(w[i]);
	l->n = i;
	l->file = xstrdup(file);
	l->number = number;
}

void
snmpd_take_right(
    struct snmpd_conf *c, char *const *w, size_t n, const char *file, unsigned line)
{
	const char *key = w[0];

	if (strcasecmp(key, "rocommunity") == 0 || strcasecmp(key, "rocommunity6") == 0)
		take_community(c, w, n, 1, true, false, file, line);
	else if (strcasecmp(key, "rwcommunity") == 0 ||
	    strcasecmp(key, "rwcommunity6") == 0)
		take_community(c, w, n, 1, true, true, file, line);
	else if (strcasecmp(key, "authcommunity") == 0 && n > 2)
		take_community(c, w, n, 2, strstr(w[1], "read") != NULL,
		    strstr(w[1], "write") != NULL, file, line);
	else if (strcasecmp(key, "rouser") == 0)
		take_user(c, w, n, 1, true, false, file, line);
	else if (strcasecmp(key, "rwuser") == 0)
		take_user(c, w, n, 1, true, true, file, line);
	else if (strcasecmp(key, "authuser") == 0 && n > 2)
		take_user(c, w, n, 2, strstr(w[1], "read") != NULL,
		    strstr(w[1], "write") != NULL, file, line);
	else if (strcasecmp(key, "com2sec") == 0 || strcasecmp(key, "com2sec6") == 0 ||
	    strcasecmp(key, "group") == 0 || strcasecmp(key, "access") == 0)
		keep(c, w, n, file, line);
}

/* --- com2sec, group, access ------------------------------------------------ */

static bool
is(const struct line *l, const char *key, size_t n)
{
	return strncasecmp(l->w[0], key, strlen(key)) == 0 && l->n >= n;
}

static void
view_scope(struct snmpd_scope *s, const char *view)
{
	if (strcasecmp(view, "none") == 0)
		return;
	s->kind = SCOPE_VIEW;
	s->view = xstrdup(view);
}

/* One member of a group, by one access line. */
static void
join(struct snmpd_conf *c, const struct line *access, const char *name, bool community,
    bool local)
{
	struct snmpd_right *r = add_right(c, name, access->file, access->number);

	r->community = community;
	r->local = local;
	r->privacy = is_privacy(access->w[4]);
	view_scope(&r->read, access->w[6]);
	view_scope(&r->write, access->w[7]);
}

static void
join_group(struct snmpd_conf *c, const struct line *access, const struct line *group)
{
	const struct snmpd_names *all = c->names;
	const char *model = group->w[2];
	const struct line *l;
	size_t i, at;

	if (strcmp(group->w[1], access->w[1]) != 0 ||
	    (strcasecmp(access->w[3], "any") != 0 &&
	        strcasecmp(access->w[3], model) != 0))
		return;
	if (strcasecmp(model, "v1") != 0 && strcasecmp(model, "v2c") != 0) {
		join(c, access, group->w[3], false, false);
		return;
	}
	for (i = 0; i < all->n; i++) {
		l = &all->list[i];
		if (!is(l, "com2sec", 4))
			continue;
		at = strcmp(l->w[1], "-Cn") == 0 ? 3 : 1;
		if (at + 2 < l->n && strcmp(l->w[at], group->w[3]) == 0)
			join(c, access, l->w[at + 2], true,
			    snmpd_source_is_local(l->w[at + 1]));
	}
}

void
snmpd_join_rights(struct snmpd_conf *c)
{
	struct snmpd_names *all = c->names;
	size_t i, j;

	if (all == NULL)
		return;
	for (i = 0; i < all->n; i++)
		for (j = 0; is(&all->list[i], "access", 8) && j < all->n; j++)
			if (is(&all->list[j], "group", 4))
				join_group(c, &all->list[i], &all->list[j]);
	for (i = 0; i < all->n; i++) {
		for (j = 0; j < all->list[i].n; j++)
			free(all->list[i].w[j]);
		free(all->list[i].file);
	}
	free(all->list);
	free(all);
	c->names = NULL;
}

/* --- what a scope includes ------------------------------------------------- */

/* Does `oid` stand at or below the subtree of the line? */
static bool
below(const struct snmpd_view *v, const struct snmpd_oid *oid)
{
	size_t i;

	if (oid->n < v->oid.n)
		return false;
	for (i = 0; i < v->oid.n; i++)
		if (oid->id[i] != v->oid.id[i] &&
		    (i / 8 >= v->nmask || (v->mask[i / 8] & (0x80u >> (i % 8))) != 0))
			return false;
	return true;
}

static bool
prefix(const struct snmpd_oid *shorter, const struct snmpd_oid *longer)
{
	return shorter->n <= longer->n &&
	    memcmp(shorter->id, longer->id, shorter->n * sizeof(shorter->id[0])) == 0;
}

static enum snmpd_reach
view_sees(const struct snmpd_conf *c, const char *name, const struct snmpd_oid *subtree)
{
	const struct snmpd_view *v, *best = NULL;
	bool in, more = false, less = false;
	size_t i;

	for (i = 0; i < c->nviews; i++) {
		v = &c->views[i];
		if (strcmp(v->name, name) != 0)
			continue;
		if (!v->known)
			return SEES_UNKNOWN;
		if (below(v, subtree)) {
			if (best == NULL || v->oid.n >= best->oid.n)
				best = v;
		} else if (prefix(subtree, &v->oid)) { /* a part of it */
			more |= v->included;
			less |= !v->included;
		}
	}
	in = best != NULL && best->included;
	if (in)
		return less ? SEES_PART : SEES_ALL;
	return more ? SEES_PART : SEES_NOTHING;
}

enum snmpd_reach
snmpd_sees(const struct snmpd_conf *c, const struct snmpd_scope *s,
    const struct snmpd_oid *subtree)
{
	switch (s->kind) {
	case SCOPE_NONE:
		return SEES_NOTHING;
	case SCOPE_ALL:
		return SEES_ALL;
	case SCOPE_OID:
		return prefix(&s->oid, subtree) ? SEES_ALL
		    : prefix(subtree, &s->oid)  ? SEES_PART
		                                : SEES_NOTHING;
	case SCOPE_VIEW:
		return view_sees(c, s->view, subtree);
	case SCOPE_UNKNOWN:
		break;
	}
	return SEES_UNKNOWN;
}
