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

/* VMs whose group the file does not have: nothing of them was checked. */
static void
judge_missing(
    struct doctor_report *r, const struct settings *s, const struct doctor_clpconf *c)
{
	const struct site_settings *site;
	char *object;
	size_t i, j;

	for (i = 0; i < s->nvms; i++)
		for (j = 0; j < s->vms[i].nsites; j++) {
			site = &s->vms[i].sites[j];
			if (site->cluster != c->cluster ||
			    clpconf_find_group(c->conf, site->group) != CLPCONF_NONE)
				continue;
			object = xasprintf("vm %s", s->vms[i].name);
			doctor_find(r, DOC_CLPCONF_GROUP_MISSING, object,
			    "group %s of %s is not in %s", site->group,
			    s->clusters[c->cluster].name, c->file);
			free(object);
		}
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
	judge_missing(r, s, c);
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
		else if (c->other)
			doctor_find(r, DOC_CLPCONF_OTHER, s->clusters[c->cluster].name,
			    "%s: %s", c->file, c->cause);
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

static bool
same(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* What the cluster calls itself: as it answered, as configured, NULL: nobody knows. */
static const char *
own_name(const struct settings *s, const struct doctor_rest *rest, size_t cluster)
{
	const struct obs_view *v = rest == NULL ? NULL : doctor_view_of(rest, cluster);

	return v != NULL && v->cluster_name != NULL ? v->cluster_name
	                                            : s->clusters[cluster].ecx_name;
}

/* The first configured server of the cluster that is not in the file, or NULL. */
static const char *
server_missing(const struct cluster_settings *c, const struct clpconf_facts *f)
{
	size_t i, j;

	for (i = 0; i < c->nservers; i++) {
		for (j = 0; j < f->nservers; j++)
			if (same(c->servers[i].name, f->servers[j].name))
				break;
		if (j == f->nservers)
			return c->servers[i].name;
	}
	return NULL;
}

/* Why the file is not this cluster's; NULL: it is. The caller frees. */
static char *
other_than(const struct settings *s, const struct doctor_rest *rest, size_t cluster,
    const struct clpconf_facts *f)
{
	const struct cluster_settings *c = &s->clusters[cluster];
	const char *name = own_name(s, rest, cluster), *missing;
	char *servers = NULL, *why = NULL;
	size_t i;

	if (name != NULL && !same(name, f->cluster))
		return xasprintf(
		    "its cluster is \"%s\", %s calls itself \"%s\"; not judged",
		    f->cluster, c->name, name);
	missing = server_missing(c, f);
	if (missing == NULL)
		return NULL;
	for (i = 0; i < f->nservers && i < NAMES_SHOWN; i++)
		append(&servers, f->servers[i].name);
	why = xasprintf("%s's server %s is not in it (its cluster \"%s\" has %s); not "
	                "judged",
	    c->name, missing, f->cluster, servers == NULL ? "none" : servers);
	free(servers);
	return why;
}

/* The clusters that call themselves as the file does, or may: by the set's name. */
static size_t
by_name(const struct settings *s, const struct doctor_rest *rest, const char *name,
    size_t *first)
{
	const char *own;
	size_t i, n = 0;

	for (i = 0; i < s->nclusters && *name != '\0'; i++) {
		own = own_name(s, rest, i);
		if (same(own == NULL ? s->clusters[i].name : own, name) && n++ == 0)
			*first = i;
	}
	return n;
}

/* Those that have all their servers in the file, and may be called as it says. */
static size_t
by_servers(const struct settings *s, const struct doctor_rest *rest,
    const struct clpconf_facts *f, size_t *first)
{
	size_t i, n = 0;

	for (i = 0; i < s->nclusters; i++)
		if (s->clusters[i].nservers > 0 &&
		    server_missing(&s->clusters[i], f) == NULL &&
		    own_name(s, rest, i) == NULL && n++ == 0)
			*first = i;
	return n;
}

/* Whose the file is, by what stands in it. */
static void
tell_whose(struct doctor_clpconf *c, const struct settings *s,
    const struct doctor_rest *rest, const struct clpconf_facts *f)
{
	size_t first = SIZE_MAX, n = by_name(s, rest, f->cluster, &first);
	const bool named = n > 0;

	if (!named)
		n = by_servers(s, rest, f, &first);
	if (n == 1)
		c->cluster = first;
	else if (n > 1)
		cause_set(&c->cause, "%zu clusters of the set %s", n,
		    named ? "are called as it says"
		          : "have servers of the names that stand in it");
	else
		cause_set(&c->cause,
		    "its cluster \"%s\" and its servers are in no member of the set",
		    f->cluster);
}

void
doctor_clpconf_add(struct doctor_clpconfs *all, const struct settings *s,
    const struct doctor_rest *rest, const char *cluster, const char *file)
{
	const struct clpconf_facts *f;
	struct doctor_clpconf *c;
	size_t i;

	all->list = xreallocarray(all->list, all->n + 1, sizeof(*all->list));
	c = &all->list[all->n++];
	memset(c, 0, sizeof(*c));
	c->file = file;
	c->cluster = SIZE_MAX;
	c->conf = clpconf_load(file, NULL, &c->cause);
	if (c->conf == NULL)
		return;
	f = clpconf_facts(c->conf);
	if (cluster == NULL)
		tell_whose(c, s, rest, f);
	else
		for (i = 0; i < s->nclusters && c->cluster == SIZE_MAX; i++)
			if (same(s->clusters[i].name, cluster))
				c->cluster = i;
	if (c->cluster != SIZE_MAX) {
		c->cause = other_than(s, rest, c->cluster, f);
		c->other = c->cause != NULL;
	} else if (c->cause == NULL) {
		cause_set(&c->cause, "the set has no cluster \"%s\"", cluster);
	}
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
