/*
 * SPDX-License-Identifier: Apache-2.0
 * Judges clp.conf files against the VMs of the set: what ECX would do by itself. See
 * doctor_judge.h.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/doctor_judge.h"

enum { MISTAKES_SHOWN = 3, NAMES_SHOWN = 10 };

/* "a", then "a, b" ... */
static void
append(char **list, const char *word)
{
	char *longer = *list == NULL ? xstrdup(word) : xasprintf("%s, %s", *list, word);

	free(*list);
	*list = longer;
}

static bool
shuts_down(int action)
{
	return action >= CLPCONF_ACT_SHUTDOWN; /* reboot, stop error, panics, BMC too */
}

static const char *
action_word(int action)
{
	switch (action) {
	case CLPCONF_ACT_SHUTDOWN:
		return "OS shutdown";
	case CLPCONF_ACT_REBOOT:
		return "reboot";
	case CLPCONF_ACT_STOP_ERROR:
		return "stop error";
	default:
		return "panic or reset";
	}
}

static void
judge_stop_failure(struct doctor_report *r, const struct clpconf_facts *f,
    const struct clpconf_group *g, const char *cluster, const char *object)
{
	const struct clpconf_resource *res;
	char *list = NULL, *one;
	size_t i;

	for (i = 0; i < g->nresources; i++) {
		res = &f->resources[g->resources[i]];
		if (!shuts_down(res->deact))
			continue;
		one = xasprintf("%s (%s%s)", res->name, action_word(res->deact),
		    res->deact_said ? "" : ", the default");
		append(&list, one);
		free(one);
	}
	if (list != NULL)
		doctor_find(r, DOC_STOP_FAILURE_SHUTS_DOWN, object,
		    "group %s in %s: %s", g->name, cluster, list);
	free(list);
}

static void
judge_chain(struct doctor_report *r, const struct clpconf_facts *f,
    const struct clpconf_group *g, const char *cluster, const char *object)
{
	char *list = NULL, *one;
	size_t i, j;

	for (i = 0; i < g->start_waits.n; i++) {
		one = xasprintf("it waits for %s to start", g->start_waits.names[i]);
		append(&list, one);
		free(one);
	}
	for (i = 0; i < g->stop_waits.n; i++) {
		one = xasprintf("it waits for %s to stop", g->stop_waits.names[i]);
		append(&list, one);
		free(one);
	}
	for (i = 0; i < f->ngroups; i++)
		for (j = 0; j < f->groups[i].start_waits.n; j++)
			if (strcmp(f->groups[i].start_waits.names[j], g->name) == 0) {
				one = xasprintf(
				    "%s waits for it to start", f->groups[i].name);
				append(&list, one);
				free(one);
			}
	if (list != NULL)
		doctor_find(r, DOC_GROUP_CHAINED, object, "group %s in %s: %s", g->name,
		    cluster, list);
	free(list);
}

/* Does the monitor recover the group or one of its resources? */
static bool
recovers(const struct clpconf_facts *f, const struct clpconf_monitor *m, size_t group)
{
	size_t i;

	if (strcmp(m->relation_type, "grp") == 0)
		return strcmp(m->relation_name, f->groups[group].name) == 0;
	if (strcmp(m->relation_type, "rsc") != 0)
		return false;
	for (i = 0; i < f->nresources; i++)
		if (f->resources[i].group == group &&
		    strcmp(f->resources[i].name, m->relation_name) == 0)
			return true;
	return false;
}

static void
judge_suspension(struct doctor_report *r, const struct clpconf_facts *f, size_t group,
    const struct doctor_site *of, const char *cluster, const char *object)
{
	char *list = NULL, *all = NULL, *one;
	size_t i, j;

	if (of->site == NULL)
		return; /* a pattern cannot name monitors */
	for (i = 0; i < of->site->nmonitors; i++)
		append(&all, of->site->monitors[i]);
	for (i = 0; i < f->nmonitors; i++) {
		if (!recovers(f, &f->monitors[i], group))
			continue;
		for (j = 0; j < of->site->nmonitors; j++)
			if (strcmp(of->site->monitors[j], f->monitors[i].name) == 0)
				break;
		if (j < of->site->nmonitors)
			continue;
		one = xasprintf("%s (%s)", f->monitors[i].name, f->monitors[i].type);
		append(&list, one);
		free(one);
		append(&all, f->monitors[i].name);
	}
	if (list != NULL) {
		doctor_find(r, DOC_MONITOR_NOT_SUSPENDED, object, "group %s in %s: %s",
		    f->groups[group].name, cluster, list);
		for (one = all; *one != '\0'; one++) /* as the option takes them */
			if (one[0] == ',' && one[1] == ' ')
				memmove(one + 1, one + 2, strlen(one + 1));
		doctor_remedy(r,
		    "clusterset vm set %s --monitors %s=%s (those of the VM itself at "
		    "least: genw, vmw)",
		    of->vm, cluster, all);
	}
	free(all);
	free(list);
}

static void
judge_group(struct doctor_report *r, const struct clpconf_facts *f, size_t group,
    const struct doctor_site *of, const char *cluster)
{
	const struct clpconf_group *g = &f->groups[group];
	char *object = xasprintf("vm %s", of->vm);
	size_t before = r->n;
	bool accepted = of->settings != NULL && of->settings->accept_autostart;

	if (g->start == CLPCONF_AUTO)
		doctor_find(r,
		    accepted ? DOC_AUTOSTART_ACCEPTED : DOC_GROUP_STARTS_ITSELF, object,
		    "group %s in %s: startup is automatic%s%s", g->name, cluster,
		    g->start_said ? "" : ", ECX's default, since clp.conf says nothing",
		    of->site != NULL && of->site->autostart == AUTOSTART_MANUAL
		        ? "; clusterset.conf says auto-start = \"manual\""
		        : "");
	if (g->failback == CLPCONF_AUTO)
		doctor_find(r, DOC_GROUP_FAILS_BACK, object,
		    "group %s in %s: failback is automatic", g->name, cluster);
	judge_chain(r, f, g, cluster, object);
	judge_stop_failure(r, f, g, cluster, object);
	judge_suspension(r, f, group, of, cluster, object);
	if (r->n == before)
		doctor_pass(r, object, "clp.conf of %s lets its group alone", cluster);
	free(object);
}

static void
judge_mistakes(
    struct doctor_report *r, const struct doctor_clpconf *c, const char *object)
{
	struct clpconf_findings found = clpconf_check(c->conf);
	size_t i, n = 0;

	for (i = 0; i < found.n; i++)
		if (found.list[i].kind == CLPCONF_MISTAKE && n++ < MISTAKES_SHOWN)
			doctor_find(r, DOC_CLPCONF_WRONG, object, "%s:%u: %s", c->file,
			    found.list[i].line, found.list[i].text);
	if (n > MISTAKES_SHOWN)
		doctor_find(r, DOC_CLPCONF_WRONG, object, "%s: %zu more", c->file,
		    n - MISTAKES_SHOWN);
	clpconf_findings_clear(&found);
}

static void
judge_one(
    struct doctor_report *r, const struct settings *s, const struct doctor_clpconf *c)
{
	const char *cluster = s->clusters[c->cluster].name;
	const struct clpconf_facts *f = clpconf_facts(c->conf);
	struct doctor_site of;
	size_t i, ours = 0;

	if (f->rest_api == CLPCONF_OFF)
		doctor_find(
		    r, DOC_API_OFF, cluster, "%s: /root/rstd/use is 0", c->file);
	judge_mistakes(r, c, cluster);
	for (i = 0; i < f->ngroups; i++)
		if (doctor_site_of(s, c->cluster, f->groups[i].name, &of)) {
			judge_group(r, f, i, &of, cluster);
			ours++;
		}
	doctor_pass(r, cluster, "%s: %zu of %zu groups are VMs of the set", c->file,
	    ours, f->ngroups);
}

void
doctor_judge_clpconfs(struct doctor_report *r, const struct settings *s,
    const struct doctor_clpconfs *clp)
{
	const struct doctor_clpconf *c;
	char *without = NULL, *more;
	size_t i, n = 0;

	for (i = 0; i < clp->n; i++) {
		c = &clp->list[i];
		if (c->conf == NULL)
			doctor_find(r, DOC_CLPCONF_UNREADABLE, c->file, "%s",
			    c->cause == NULL ? "" : c->cause);
		else if (c->cluster == SIZE_MAX)
			doctor_find(r, DOC_CLPCONF_STRANGER, c->file, "%s",
			    c->cause == NULL ? "" : c->cause);
		else
			judge_one(r, s, c);
	}
	for (i = 0; i < s->nclusters; i++)
		if (doctor_clpconf_of(clp, i) == NULL && n++ < NAMES_SHOWN)
			append(&without, s->clusters[i].name);
	if (n > NAMES_SHOWN) {
		more = xasprintf("%zu more", n - NAMES_SHOWN);
		append(&without, more);
		free(more);
	}
	if (without != NULL)
		doctor_find(r, DOC_CLPCONF_NOT_GIVEN, "clp.conf", "of %s", without);
	free(without);
}

/* --- gathering ------------------------------------------------------------- */

static size_t
find_cluster(const struct settings *s, const char *name, bool also_ecx)
{
	size_t i;

	for (i = 0; i < s->nclusters; i++)
		if (strcmp(s->clusters[i].name, name) == 0)
			return i;
	for (i = 0; also_ecx && i < s->nclusters; i++)
		if (s->clusters[i].ecx_name != NULL &&
		    strcmp(s->clusters[i].ecx_name, name) == 0)
			return i;
	return SIZE_MAX;
}

/* The cluster that has a server of the file. */
static size_t
find_by_server(const struct settings *s, const struct clpconf_facts *f)
{
	size_t i, j, k;

	for (i = 0; i < s->nclusters; i++)
		for (j = 0; j < s->clusters[i].nservers; j++)
			for (k = 0; k < f->nservers; k++)
				if (strcmp(s->clusters[i].servers[j].name,
				        f->servers[k].name) == 0)
					return i;
	return SIZE_MAX;
}

void
doctor_clpconf_add(struct doctor_clpconfs *all, const struct settings *s,
    const char *cluster, const char *file)
{
	const struct clpconf_facts *f;
	struct doctor_clpconf *c;

	all->list = xreallocarray(all->list, all->n + 1, sizeof(*all->list));
	c = &all->list[all->n++];
	memset(c, 0, sizeof(*c));
	c->file = file;
	c->cluster = SIZE_MAX;
	c->conf = clpconf_load(file, NULL, &c->cause);
	if (c->conf == NULL)
		return;
	f = clpconf_facts(c->conf);
	if (cluster != NULL) {
		c->cluster = find_cluster(s, cluster, false);
		if (c->cluster == SIZE_MAX)
			cause_set(&c->cause, "the set has no cluster \"%s\"", cluster);
		return;
	}
	c->cluster = find_by_server(s, f);
	if (c->cluster == SIZE_MAX)
		c->cluster = find_cluster(s, f->cluster, true);
	if (c->cluster == SIZE_MAX)
		cause_set(&c->cause,
		    "its cluster \"%s\" and its servers are in no member of the set",
		    f->cluster);
}

void
doctor_clpconfs_clear(struct doctor_clpconfs *all)
{
	size_t i;

	for (i = 0; i < all->n; i++) {
		clpconf_free(all->list[i].conf);
		free(all->list[i].cause);
	}
	free(all->list);
	memset(all, 0, sizeof(*all));
}
