/*
 * SPDX-License-Identifier: Apache-2.0
 * Properties of deletion, over every clp.conf in some folders (make check-clpconf).
 *
 * property [-v] [-r ROUNDS] DIR... (folders, and all below): for every object of every
 * file and every way to treat what refers to it: the result holds together, nothing was
 * added, and every line that is not concerned stands where it stood. All objects are
 * deleted in random orders, too. What holds together is judged here by XPath, not by
 * the code under test. Prints `clpconf files=N deletions=N failures=N`.
 */
#include "config.h"

#include <ftw.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ecx/clpconf_edit.h"
#include "tests/clpconf/judge.h"

static unsigned long files, deletions, failures;
static bool verbose;
static unsigned rounds = 12;

struct object {
	enum clpconf_what what;
	const char *group, *type, *name, *on;
};

static void
fail(const char *file, const struct clpconf_request *q, const char *why)
{
	failures++;
	printf("not ok: %s: %s %s %s (monitors %d depends %d empty %d): %s\n", file,
	    (const char *[]) { "rsc", "rscdep", "mon", "grp" }[q->what],
	    q->type == NULL ? "" : q->type, q->name, q->monitors, q->depends, q->empty,
	    why);
}

/* Everything that can be deleted; the caller frees. */
static struct object *
objects_of(const struct clpconf *c, size_t *n)
{
	const struct clpconf_facts *f = clpconf_facts(c);
	struct object *list;
	size_t i, k, max = f->ngroups + f->nresources + f->nmonitors;

	for (i = 0; i < f->nresources; i++)
		max += f->resources[i].depends.n;
	list = xcalloc(max + 1, sizeof(*list));
	*n = 0;
	for (i = 0; i < f->nresources; i++) {
		const struct clpconf_resource *r = &f->resources[i];

		list[(*n)++] = (struct object) { CLPCONF_RSC, f->groups[r->group].name,
			r->type, r->name, NULL };
		for (k = 0; k < r->depends.n; k++)
			list[(*n)++] = (struct object) { CLPCONF_RSCDEP, NULL, r->type,
				r->name, r->depends.names[k] };
	}
	for (i = 0; i < f->nmonitors; i++)
		list[(*n)++] = (struct object) { CLPCONF_MON, NULL, f->monitors[i].type,
			f->monitors[i].name, NULL };
	for (i = 0; i < f->ngroups; i++)
		list[(*n)++] = (struct object) { CLPCONF_GRP, NULL, NULL,
			f->groups[i].name, NULL };
	return list;
}

static void
ask(struct clpconf_request *q, const struct object *o)
{
	q->what = o->what;
	q->group = o->group;
	q->type = o->type;
	q->name = o->name;
	q->on = o->on;
}

/* One deletion, judged. The new file, or NULL where it was refused or is wrong. */
static struct clpconf *
delete_one(const struct clpconf *c, const char *file, const struct clpconf_request *q,
    bool must)
{
	struct clpconf_plan *p;
	struct clpconf *new = NULL;
	char *cause = NULL, *why = NULL;
	const char *old;
	size_t old_len;

	p = clpconf_plan(c, q, &cause);
	if (p->end != CLPCONF_PLANNED) {
		if (must || cause == NULL || p->end == CLPCONF_NOT_FOUND)
			fail(file, q, cause == NULL ? "refused without words" : cause);
		goto out;
	}
	deletions++;
	old = clpconf_bytes(c, &old_len);
	new = clpconf_parse(p->bytes, p->len, file, NULL, &cause);
	why = judge_xml(p->bytes, p->len);
	if (why == NULL)
		why = judge_lines(old, old_len, p->bytes, p->len);
	if (why == NULL)
		why = judge_gone(p->bytes, p->len, q);
	if (new == NULL || why != NULL)
		fail(file, q, new == NULL ? cause : why);
	if (verbose)
		printf("%s: %s: %zu -> %zu bytes\n", file, q->name, old_len, p->len);
out:
	clpconf_plan_free(p);
	free(cause);
	free(why);
	return new;
}

/* Can monitors refer to it? */
static bool
refers(enum clpconf_what what)
{
	return what == CLPCONF_RSC || what == CLPCONF_GRP;
}

static void
each_object(const struct clpconf *c, const char *file)
{
	struct clpconf_request q = { .vcom = CLPCONF_VCOM_DELETE };
	struct object *list;
	size_t n, i;
	unsigned m, d, e;

	list = objects_of(c, &n);
	for (i = 0; i < n; i++)
		for (m = 0; m < (refers(list[i].what) ? 4u : 1u); m++)
			for (d = 0; d < (list[i].what == CLPCONF_MON ? 1u : 4u); d++)
				for (e = 0; e < (list[i].what == CLPCONF_RSC ? 3u : 1u);
				     e++) {
					ask(&q, &list[i]);
					q.monitors = (enum clpconf_monitors)m;
					q.depends = (enum clpconf_depends)d;
					q.empty = (enum clpconf_empty)e;
					clpconf_free(delete_one(c, file, &q,
					    (m == CLPCONF_MONITORS_DELETE ||
					        !refers(list[i].what)) &&
					        d != CLPCONF_DEPENDS_REFUSE &&
					        e != CLPCONF_EMPTY_REFUSE));
				}
	q.vcom = CLPCONF_VCOM_REFUSE;
	q.monitors = CLPCONF_MONITORS_DELETE;
	for (i = 0; i < n; i++) {
		ask(&q, &list[i]);
		clpconf_free(delete_one(c, file, &q, false));
	}
	free(list);
}

/* xorshift: the same orders everywhere */
static unsigned long
dice(unsigned long long *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return (unsigned long)(*seed >> 11);
}

/* One object after the other, until nothing is left. */
static void
all_in_any_order(const char *bytes, size_t len, const char *file, unsigned round)
{
	struct clpconf_request q = { .vcom = CLPCONF_VCOM_DELETE,
		.monitors = CLPCONF_MONITORS_DELETE };
	unsigned long long seed = 0x9e3779b97f4a7c15u * (round + 1);
	struct clpconf *c = clpconf_parse(bytes, len, file, NULL, NULL), *next;
	struct object *list;
	size_t n;

	q.empty = round % 2 == 0 ? CLPCONF_EMPTY_KEEP : CLPCONF_EMPTY_DELETE;
	q.depends = (enum clpconf_depends)(round / 2 % 3);
	while (c != NULL) {
		list = objects_of(c, &n);
		next = NULL;
		if (n > 0) {
			ask(&q, &list[dice(&seed) % n]);
			next = delete_one(c, file, &q, true);
		}
		free(list);
		clpconf_free(c);
		c = next;
	}
}

static void
each_file(const char *path)
{
	char *cause = NULL;
	struct clpconf *c = clpconf_load(path, NULL, &cause);
	struct clpconf_findings f = { NULL, 0 };
	const char *bytes;
	size_t len, i;
	unsigned r;

	files++;
	if (c == NULL) {
		failures++;
		printf("not ok: %s\n", cause);
		goto out;
	}
	f = clpconf_check(c);
	for (i = 0; i < f.n; i++) {
		failures++;
		printf("not ok: %s:%u: %s\n", path, f.list[i].line, f.list[i].text);
	}
	if (f.n > 0)
		goto out;
	each_object(c, path);
	bytes = clpconf_bytes(c, &len);
	for (r = 0; r < rounds; r++)
		all_in_any_order(bytes, len, path, r);
out:
	clpconf_findings_clear(&f);
	clpconf_free(c);
	free(cause);
}

static bool
is_conf(const char *name)
{
	size_t n = strlen(name);

	return n > 5 && strcmp(name + n - 5, ".conf") == 0;
}

static int
visit(const char *path, const struct stat *st, int what, struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	if (what == FTW_F && is_conf(path))
		each_file(path);
	return 0;
}

int
main(int argc, char **argv)
{
	int c, bad = 0;

	while ((c = getopt(argc, argv, "vr:")) != -1)
		switch (c) {
		case 'v':
			verbose = true;
			break;
		case 'r':
			rounds = (unsigned)strtoul(optarg, NULL, 10);
			break;
		default:
			fputs("usage: property [-v] [-r ROUNDS] DIR...\n", stderr);
			return 2;
		}
	for (; optind < argc; optind++)
		if (nftw(argv[optind], visit, 20, FTW_PHYS) != 0) {
			fprintf(stderr, "property: %s: %m\n", argv[optind]);
			bad = 1;
		}
	if (files == 0) {
		fputs("property: no *.conf there\n", stderr);
		bad = 1;
	}
	printf("clpconf files=%lu deletions=%lu failures=%lu\n", files, deletions,
	    failures);
	return bad || failures > 0;
}
