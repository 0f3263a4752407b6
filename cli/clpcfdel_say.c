/*
 * SPDX-License-Identifier: Apache-2.0
 * What clpcfdel says on standard output; see clpcfdel.h.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diff.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/clpcfdel.h"

static const char *
plural(size_t n)
{
	return n == 1 ? "" : "s";
}

int
clpcfdel_check(const struct clpconf *conf, const char *file, FILE *out)
{
	struct clpconf_findings f = clpconf_check(conf);
	const struct clpconf_facts *facts = clpconf_facts(conf);
	char *shown = text_vis(file, 1024);
	size_t i;

	for (i = 0; i < f.n; i++)
		fprintf(out, "%s:%u: %s\n", shown, f.list[i].line, f.list[i].text);
	if (f.n > 0)
		fprintf(out, "%s: %zu mistake%s\n", shown, f.n, plural(f.n));
	else
		fprintf(out,
		    "%s: ok: %zu server%s, %zu group%s, %zu resource%s, %zu "
		    "monitor%s\n",
		    shown, facts->nservers, plural(facts->nservers), facts->ngroups,
		    plural(facts->ngroups), facts->nresources,
		    plural(facts->nresources), facts->nmonitors,
		    plural(facts->nmonitors));
	i = f.n;
	clpconf_findings_clear(&f);
	free(shown);
	return i == 0 ? CLPCFDEL_DONE : CLPCFDEL_FAILED;
}

/* A word of a command line, quoted where a shell would need it. */
static char *
word(const char *text)
{
	static const char plain[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789_-.:@+";
	char *shown = text_vis(text, 300), *quoted;

	if (*shown != '\0' && shown[strspn(shown, plain)] == '\0')
		return shown;
	quoted = xasprintf("'%s'", shown);
	free(shown);
	return quoted;
}

static void
list_line(FILE *out, const char *command, const char *a, const char *b, const char *c)
{
	char *words[3] = { word(a), b == NULL ? NULL : word(b),
		c == NULL ? NULL : word(c) };
	size_t i;

	fputs(command, out);
	for (i = 0; i < 3 && words[i] != NULL; i++)
		fprintf(out, " %s", words[i]);
	fputc('\n', out);
	for (i = 0; i < 3; i++)
		free(words[i]);
}

void
clpcfdel_list(const struct clpconf *conf, FILE *out)
{
	const struct clpconf_facts *f = clpconf_facts(conf);
	const struct clpconf_resource *r;
	size_t i, k;

	for (i = 0; i < f->ngroups; i++) {
		list_line(out, "grp", f->groups[i].name, NULL, NULL);
		for (k = 0; k < f->groups[i].nresources; k++) {
			r = &f->resources[f->groups[i].resources[k]];
			list_line(out, "rsc", f->groups[i].name, r->type, r->name);
		}
	}
	for (i = 0; i < f->nresources; i++)
		for (k = 0; k < f->resources[i].depends.n; k++)
			list_line(out, "rscdep", f->resources[i].type,
			    f->resources[i].name, f->resources[i].depends.names[k]);
	for (i = 0; i < f->nmonitors; i++)
		list_line(out, "mon", f->monitors[i].type, f->monitors[i].name, NULL);
}

static void
show_line(const char *line, size_t len, FILE *out)
{
	char *copy, *shown, *rest, *part;

	if (len > 0 && line[len - 1] == '\r')
		len--;
	copy = rest = xstrndup(line, len);
	while ((part = strsep(&rest, "\t")) != NULL) {
		shown = text_vis(part, len);
		fprintf(out, "%s%s", shown, rest == NULL ? "" : "\t");
		free(shown);
	}
	fputc('\n', out);
	free(copy);
}

void
clpcfdel_diff(const struct clpconf *conf, const struct clpconf_plan *plan,
    const char *old_name, const char *new_name, FILE *out)
{
	bool terminal = isatty(fileno(out)) == 1;
	size_t len;
	const char *old = clpconf_bytes(conf, &len), *p, *end;
	char *a, *b, *diff;

	if (!terminal) {
		diff =
		    diff_unified(old, len, plan->bytes, plan->len, old_name, new_name);
		fputs(diff, out);
		free(diff);
		return;
	}
	a = clpconf_utf8(conf, old, len);
	b = clpconf_utf8(conf, plan->bytes, plan->len);
	diff = diff_unified(a, strlen(a), b, strlen(b), old_name, new_name);
	for (p = diff; *p != '\0'; p = end + 1) {
		end = strchr(p, '\n'); /* every line of a diff has one */
		show_line(p, (size_t)(end - p), out);
	}
	free(a);
	free(b);
	free(diff);
}

void
clpcfdel_consequences(const struct clpconf_plan *plan, FILE *out)
{
	static const char *const weights[] = { "deleted", "changed", "kept",
		"WARNING" };
	const struct clpconf_consequence *c;
	size_t i, w;

	for (w = 0; w < sizeof(weights) / sizeof(weights[0]); w++)
		for (i = 0; i < plan->n; i++) {
			c = &plan->list[i];
			if (c->weight != (enum clpconf_weight)w)
				continue;
			fprintf(out, "%-8s", weights[w]);
			if (c->line > 0)
				fprintf(out, " line %-5u", c->line);
			fprintf(out, " %s\n", c->text);
		}
}

void
clpcfdel_how_to_apply(
    const struct clpconf *conf, const char *file, const char *group, FILE *out)
{
	bool windows = strcmp(clpconf_facts(conf)->os, "windows") == 0;
	char *dir = clpcfdel_dirname(file), *dir_shown = word(dir), *group_shown = NULL;
	int step = 1;

	fprintf(out,
	    "\nNo cluster has this configuration yet. Which changes need a suspended "
	    "cluster,\na stopped group or a stopped cluster is not documented "
	    "publicly; "
	    "the safest order:\n");
	if (group != NULL) {
		group_shown = word(group);
		fprintf(out, "  %d. stop the group:       clpgrp -t %s\n", step++,
		    group_shown);
	}
	fprintf(out,
	    "  %d. suspend the cluster:  clpcl --suspend -a\n"
	    "  %d. push the file:        clpcfctrl --push %s -x %s\n"
	    "  %d. resume the cluster:   clpcl --resume -a\n"
	    "The pushed file must be named clp.conf and reaches every server. The way "
	    "back is\nto push the old one in the same order.\n",
	    step, step + 1, windows ? "-w" : "-l", dir_shown, step + 2);
	free(dir);
	free(dir_shown);
	free(group_shown);
}
