/*
 * SPDX-License-Identifier: Apache-2.0
 * Fuzz target for clp.conf: any bytes give facts or words, never a crash; and whatever
 * is deleted from a file that holds together leaves one that does, in the eyes of a
 * judge that shares no code. The last bytes choose how, so that a corpus of plain files
 * works.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/clpconf/judge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(int fact, const char *words)
{
	if (!fact) {
		fprintf(stderr, "%s\n", words == NULL ? "no words" : words);
		abort();
	}
}

static void
read_facts(const struct clpconf *c)
{
	const struct clpconf_facts *f = clpconf_facts(c);
	size_t i, k;

	must(f->cluster != NULL && f->os != NULL, NULL);
	for (i = 0; i < f->ngroups; i++) {
		must(f->groups[i].name != NULL && f->groups[i].type[0] != '\0', NULL);
		for (k = 0; k < f->groups[i].nresources; k++)
			must(f->groups[i].resources[k] < f->nresources, NULL);
	}
	for (i = 0; i < f->nresources; i++)
		must(f->resources[i].group == CLPCONF_NONE ||
		        f->resources[i].group < f->ngroups,
		    "group of a resource");
	for (i = 0; i < f->nmonitors; i++)
		must(f->monitors[i].target != NULL && f->monitors[i].object != NULL,
		    NULL);
}

/* The n-th object of the file. */
static bool
choose(const struct clpconf *c, struct clpconf_request *q, size_t n)
{
	const struct clpconf_facts *f = clpconf_facts(c);
	const struct clpconf_resource *r;

	if (f->ngroups + f->nresources + f->nmonitors == 0)
		return false;
	n %= f->ngroups + f->nresources + f->nmonitors;
	if (n < f->ngroups) {
		q->what = CLPCONF_GRP;
		q->name = f->groups[n].name;
		return true;
	}
	n -= f->ngroups;
	if (n >= f->nresources) {
		n -= f->nresources;
		q->what = CLPCONF_MON;
		q->type = f->monitors[n].type;
		q->name = f->monitors[n].name;
		return true;
	}
	r = &f->resources[n];
	q->what = r->depends.n > 0 && q->empty == CLPCONF_EMPTY_REFUSE ? CLPCONF_RSCDEP
	                                                               : CLPCONF_RSC;
	q->group = r->group == CLPCONF_NONE ? "" : f->groups[r->group].name;
	q->type = r->type;
	q->name = r->name;
	q->on = r->depends.n > 0 ? r->depends.names[0] : "";
	return true;
}

static void
delete_one(const struct clpconf *c, unsigned how, size_t which)
{
	struct clpconf_request q = { .monitors = (enum clpconf_monitors)(how & 3),
		.depends = (enum clpconf_depends)(how >> 2 & 3),
		.empty = (enum clpconf_empty)((how >> 4 & 3) % 3),
		.vcom = (enum clpconf_vcom)(how >> 6 & 1),
		.mend = (how >> 7 & 1) != 0 };
	struct clpconf_findings before;
	struct clpconf_plan *p;
	char *cause = NULL, *why;

	if (!choose(c, &q, which))
		return;
	p = clpconf_plan(c, &q, &cause);
	must((p->end == CLPCONF_PLANNED) == (cause == NULL), cause);
	before = clpconf_check(c);
	if (p->end == CLPCONF_PLANNED && before.n == 0) {
		why = judge_holds(p->bytes, p->len);
		must(why == NULL, why);
	}
	must(p->end == CLPCONF_PLANNED || p->bytes == NULL, "bytes without a plan");
	must(before.n == 0 || q.mend || p->end != CLPCONF_PLANNED,
	    "a broken file edited");
	clpconf_findings_clear(&before);
	clpconf_plan_free(p);
	free(cause);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned how = size > 0 ? data[size - 1] : 0;
	size_t which = size > 1 ? data[size - 2] : 0, len = size;
	struct clpconf_findings f;
	struct clpconf *c;
	char *cause = NULL;
	bool refused;

	/* two bytes behind the end of a text choose; a plain file has none */
	if (size > 3 && data[size - 3] == '\n')
		len = size - 2;
	c = clpconf_parse((const char *)data, len, "fuzz", &refused, &cause);
	must((c == NULL) == (cause != NULL) && refused == (c == NULL), cause);
	free(cause);
	if (c == NULL)
		return 0;
	read_facts(c);
	f = clpconf_check(c);
	clpconf_findings_clear(&f);
	delete_one(c, how, which);
	delete_one(c, 1, which);
	clpconf_free(c);
	return 0;
}
