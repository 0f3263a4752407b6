/*
 * SPDX-License-Identifier: Apache-2.0
 * Inside ecx/clpconf*: the elements of a clp.conf with their bytes, and the model over
 * them. Nobody else includes it.
 *
 * Two readers see every file: libxml2 gives meaning (decoded text, well-formedness),
 * the scanner of clpconf_scan.c gives the bytes of each element. They must agree
 * element by element, or the file is refused. In the encodings that are accepted no
 * byte of a multibyte character looks like < > & " ' or /, so that scanning bytes is
 * sound.
 */
#ifndef ECX_CLPCONF_INT_H
#define ECX_CLPCONF_INT_H

#include <libxml/tree.h>
#include <libxml/xmlversion.h>

#include "ecx/clpconf.h"

#define NONE CLPCONF_NONE

/* What an error handler of libxml2 is given. */
#if LIBXML_VERSION >= 21200
#define XML_ERROR const xmlError
#else
#define XML_ERROR xmlError
#endif

struct span {
	size_t from, to; /* bytes from..to-1 */
};

/* Elements stand in document order; children of i are i+1, then each one's `next`, as
 * long as that is below i's `next`. */
struct element {
	size_t parent; /* NONE for the root */
	size_t next; /* the first element after this one's subtree */
	size_t from, to;
	size_t open_to; /* end of the start tag */
	size_t close_from; /* begin of the end tag; == to where the tag is empty */
	unsigned line, depth;
	xmlNode *node;
	const char *name; /* libxml2's */
};

struct scan {
	struct element *list;
	size_t n, cap;
};

/* One line of /root/group: <resource name="type@name"/>. */
struct entry {
	size_t el, group, resource; /* resource NONE: there is no such one */
	const char *type, *name; /* type NULL: the text has no '@' */
};

struct clpconf {
	char *name; /* for messages */
	char *bytes;
	size_t len;
	const char *reader; /* the encoding it is read in, by libxml2's name */
	xmlDoc *doc;
	struct scan scan;
	struct clpconf_facts facts;
	struct clpconf_server *servers;
	struct clpconf_group *groups;
	struct clpconf_resource *resources;
	struct clpconf_monitor *monitors;
	/* the element of each object */
	size_t *server_el, *group_el, *resource_el, *monitor_el;
	size_t *gid_el; /* of each group; NONE */
	struct entry *entries;
	size_t nentries;
	size_t nheartbeats; /* heartbeats and NP resolution resources */
	size_t objectnumber_el, configid_el;
	void **owned; /* strings and arrays of the facts */
	size_t nowned, owned_cap;
};

/* clpconf_scan.c: -1 and *cause at what is no XML or not accepted. */
int scan_elements(
    struct scan *scan, const char *name, const char *bytes, size_t len, char **cause);
/* The bytes of attribute `attr` in the start tag of `e`, without quotes; *quote is
 * which. false: it has none. */
bool scan_attribute(const char *bytes, const struct element *e, const char *attr,
    struct span *value, char *quote);
unsigned scan_line(const char *bytes, size_t at);

/* clpconf_model.c */
int model_build(struct clpconf *c, char **cause);

/* clpconf.c: texts live as long as the clpconf. */
void *own(struct clpconf *c, void *p);
const char *own_text(struct clpconf *c, size_t el); /* decoded, trimmed; "" for NONE */
const char *own_attr(struct clpconf *c, size_t el, const char *attr); /* NULL: none */

/* Decoded and trimmed text of an element, which the caller frees. */
char *element_text(const struct clpconf *c, size_t el);
char *element_attr(const struct clpconf *c, size_t el, const char *attr); /* or NULL */

/* The first child of that name, NONE. A path is names with '/' between. */
size_t child_of(const struct clpconf *c, size_t el, const char *name);
size_t find_path(const struct clpconf *c, size_t el, const char *path);
/* Walk children: for (k = first_child(c, e); k != NONE; k = next_child(c, e, k)) */
size_t first_child(const struct clpconf *c, size_t el);
size_t next_child(const struct clpconf *c, size_t el, size_t child);
bool is_named(const struct clpconf *c, size_t el, const char *name);
/* "/root/monitor/genw@g1/target", as NEC writes paths; the caller frees. */
char *element_path(const struct clpconf *c, size_t el);
/* A non-negative number, -1 for anything else. */
int number_of(const char *text);

size_t find_resource_named(const struct clpconf *c, const char *name);
size_t find_server(const struct clpconf *c, const char *name);
/* Does `parameters/object` of this type of monitor always name a resource? */
bool object_is_resource(const char *monitor_type);
/* What objectnumber must be (contract 4.1). */
unsigned long object_number(unsigned long servers, unsigned long groups,
    unsigned long resources, unsigned long monitors, unsigned long heartbeats);

/* clpconf_check.c gathers what it and the next two find. */
struct check {
	const struct clpconf *c;
	struct clpconf_findings found;
	size_t cap;
};
void found(struct check *k, enum clpconf_kind kind, unsigned line, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
unsigned line_of(const struct check *k, size_t el);
/* clpconf_cycle.c, clpconf_count.c */
void check_cycles(struct check *k);
void check_counts(struct check *k);

#endif
