/*
 * SPDX-License-Identifier: Apache-2.0
 * clusterset-plan: files, and the planner between them; see tool.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "policy/plan_file.h"
#include "policy/tool.h"
#include "policy/tool_options.h"

/* The file as text. -1 and words when it cannot be had. */
static int
read_file(const char *file, char **text, size_t *len, char **cause)
{
	FILE *f = strcmp(file, "-") == 0 ? stdin : fopen(file, "re");
	size_t cap = 65536, n = 0, got;
	int rc = -1;

	*text = NULL;
	if (f == NULL)
		return cause_set(cause, "%s: %s", file, strerror(errno));
	*text = xmalloc(cap);
	while ((got = fread(*text + n, 1, cap - n, f)) > 0) {
		n += got;
		if (n > PLAN_TEXT_MAX)
			break;
		if (n == cap) {
			cap *= 2;
			*text = xreallocarray(*text, cap, 1);
		}
	}
	*len = n;
	if (ferror(f))
		cause_set(cause, "%s: %s", file, strerror(errno));
	else if (n > PLAN_TEXT_MAX)
		cause_set(cause, "%s: more than %zu MiB; plan in parts", file,
		    PLAN_TEXT_MAX >> 20);
	else
		rc = 0;
	if (f != stdin)
		fclose(f);
	return rc;
}

static struct plan_input *
read_input(const struct options *o, char **cause)
{
	struct plan_input *in = NULL;
	char *text = NULL;
	size_t len;

	if (read_file(o->file, &text, &len, cause) != 0)
		goto out;
	in = o->ganeti ? plan_ganeti_parse(text, len, o->file, cause)
	               : plan_json_parse(text, len, o->file, cause);
	xfree_clear(&text);
	if (in == NULL || o->util == NULL)
		goto out;
	if (read_file(o->util, &text, &len, cause) != 0 ||
	    plan_ganeti_util(in, text, len, o->util, cause) != 0) {
		plan_input_free(in);
		in = NULL;
	}
out:
	free(text);
	return in;
}

static bool
is_late(void *arg)
{
	const int64_t *end = arg;

	return clock_us() >= *end;
}

static void
use_options(const struct options *o, struct plan_settings *s, int64_t *end)
{
	if (o->measure != NULL && o->ganeti && strcmp(o->measure, "set") == 0)
		plan_settings_default(s);
	s->swaps = o->swaps;
	if (o->kicks >= 0)
		s->kicks = (uint64_t)o->kicks;
	if (o->max_moves >= 0)
		s->max_moves = (size_t)o->max_moves;
	if (o->max_gib >= 0)
		s->max_memory = (int64_t)(o->max_gib * 1024);
	if (o->min_gain >= 0)
		s->min_gain = o->min_gain;
	if (o->seed >= 0)
		s->seed = (uint64_t)o->seed;
	if (o->work >= 0)
		s->work = (uint64_t)o->work;
	if (o->budget >= 0) {
		*end = clock_us() + (int64_t)(o->budget * 1e6);
		s->stop = is_late;
		s->stop_arg = end;
	}
}

/* --max-moves 0 and its like mean nothing at all, where the planner's 0 is "no limit".
 */
static bool
allows_nothing(const struct options *o)
{
	return (o->max_moves >= 0 && o->max_moves < 1) || o->max_gib == 0 ||
	    o->work == 0;
}

/* One sentence about a name that is not in the file; -1. */
static int
no_such(const struct options *o, const char *what, const char *name)
{
	char *shown = text_vis(name, PLAN_NAME_MAX);

	fprintf(stderr, "clusterset-plan: %s: there is no %s '%s' in it\n", o->file,
	    what, shown);
	free(shown);
	return -1;
}

static int
explain(const struct options *o, const struct plan_input *in, const struct plan *p)
{
	struct plan_why *why;
	size_t i;

	for (i = 0; i < in->nvms && strcmp(in->vms[i].name, o->explain) != 0; i++)
		;
	if (i == in->nvms) {
		no_such(o, "VM", o->explain);
		return 1;
	}
	why = plan_explain(in, p, (int)i);
	if (o->json)
		report_why_json(stdout, in, why, (int)i);
	else
		report_why(stdout, in, why);
	plan_why_free(why);
	return 0;
}

/* The names of --where as indexes. */
static int
find_names(const struct options *o, const struct plan_input *in, struct plan_want *want,
    int *site)
{
	size_t i, k;

	for (i = 0; o->set != NULL && i < in->nsets; i++)
		if (strcmp(in->sets[i].name, o->set) == 0)
			want->set = (int)i;
	if (o->set != NULL && want->set < 0)
		return no_such(o, "availability set", o->set);
	for (k = 0; k < o->nsites; k++) {
		for (i = 0; i < in->nclusters; i++)
			if (strcmp(in->clusters[i].name, o->sites[k]) == 0)
				break;
		if (i == in->nclusters)
			return no_such(o, "cluster", o->sites[k]);
		site[k] = (int)i;
	}
	want->sites = site;
	want->nsites = o->nsites;
	return 0;
}

/* Exit code 1 where no node is possible, so that scripts need not read words. */
static int
where(const struct options *o, const struct plan_input *in)
{
	struct plan_want want = { .vcpus = o->cpus < 0 ? 1 : (int)o->cpus,
		.load = o->load,
		.memory = o->memory < 0 ? 1024 : (int64_t)o->memory,
		.set = -1,
		.home = -1 };
	int site[TOOL_SITES_MAX], rc;
	struct plan_where *w;

	if (find_names(o, in, &want, site) != 0)
		return 1;
	w = plan_where(in, &want);
	if (o->json)
		report_where_json(stdout, in, w);
	else
		report_where(stdout, in, w);
	rc = w->npossible > 0 ? 0 : 1;
	plan_where_free(w);
	return rc;
}

int
plan_tool_run(int argc, char **argv)
{
	struct plan_input *in = NULL;
	struct plan *p = NULL;
	struct options o;
	char *cause = NULL;
	int64_t end = 0, begin;
	int rc = 0;

	if (tool_options_parse(argc, argv, &o) != 0) {
		tool_usage(stderr);
		return 2;
	}
	if (allows_nothing(&o)) {
		fputs("clusterset-plan: --max-moves, --max-gib and --work begin at 1\n",
		    stderr);
		return 2;
	}
	in = read_input(&o, &cause);
	if (in == NULL) {
		fprintf(stderr, "clusterset-plan: %s\n", cause);
		rc = 1;
		goto out;
	}
	begin = clock_us();
	use_options(&o, &in->settings, &end);
	if (!o.where)
		p = plan_make(in);
	if (o.where)
		rc = where(&o, in);
	else if (o.explain != NULL)
		rc = explain(&o, in, p);
	else if (o.json)
		report_plan_json(stdout, in, p, (double)(clock_us() - begin) / 1e6);
	else
		report_plan(stdout, in, p);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fprintf(
		    stderr, "clusterset-plan: standard output: %s\n", strerror(errno));
		rc = 1;
	}
out:
	free(cause);
	plan_free(p);
	plan_input_free(in);
	return rc;
}
