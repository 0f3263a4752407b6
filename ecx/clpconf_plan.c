/*
 * SPDX-License-Identifier: Apache-2.0
 * What is deleted, and what goes with it; see clpconf_edit.h.
 */
#include "config.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "ecx/clpconf_edit_int.h"

/* --- words ----------------------------------------------------------------- */

void
tell(struct edit *e, enum clpconf_weight weight, size_t el, const char *fmt, ...)
{
	struct clpconf_plan *p = e->plan;
	struct clpconf_consequence *q;
	char *text;
	va_list ap;

	p->list = xreallocarray(p->list, p->n + 1, sizeof(*p->list));
	q = &p->list[p->n++];
	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	q->weight = weight;
	q->line = el == NONE ? 0 : e->c->scan.list[el].line;
	q->text = text_vis(text, 1000);
	free(text);
}

int
refuse(struct edit *e, size_t el, const char *fmt, ...)
{
	char *text, *shown, *all;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	shown = text_vis(text, 1000);
	if (el == NONE)
		all = xasprintf("%s%s%s: %s", e->refusals == NULL ? "" : e->refusals,
		    e->refusals == NULL ? "" : "\n", e->c->name, shown);
	else
		all = xasprintf("%s%s%s:%u: %s", e->refusals == NULL ? "" : e->refusals,
		    e->refusals == NULL ? "" : "\n", e->c->name,
		    e->c->scan.list[el].line, shown);
	free(e->refusals);
	e->refusals = all;
	free(text);
	free(shown);
	return -1;
}

/* --- taking objects away --------------------------------------------------- */

static void
script(struct edit *e, const char *folder, const char *name)
{
	struct clpconf_plan *p = e->plan;

	p->scripts = xreallocarray(p->scripts, p->nscripts + 1, sizeof(*p->scripts));
	p->scripts[p->nscripts].folder = xstrdup(folder);
	p->scripts[p->nscripts++].name = xstrdup(name);
}

/* The folder goes as a whole: what was to be taken out of it is not looked for. */
static void
script_folder(struct edit *e, const char *folder)
{
	struct clpconf_plan *p = e->plan;
	size_t i, left;

	for (i = left = 0; i < p->nscripts; i++) {
		if (strcmp(p->scripts[i].folder, folder) != 0) {
			p->scripts[left++] = p->scripts[i];
			continue;
		}
		free(p->scripts[i].folder);
		free(p->scripts[i].name);
	}
	p->nscripts = left;
	script(e, "", folder);
}

void
take_monitor(struct edit *e, size_t i, const char *why)
{
	const struct clpconf_monitor *m = &e->c->monitors[i];

	if (e->monitor_dead[i])
		return;
	e->monitor_dead[i] = true;
	e->nmonitors_dead++;
	mark_dead(e, e->c->monitor_el[i]);
	script(e, "monitor.s", m->name);
	tell(e, CLPCONF_DELETES, e->c->monitor_el[i], "monitor %s (%s)%s%s%s goes",
	    m->name, m->type, why == NULL ? "" : ", which ", why == NULL ? "" : why,
	    why == NULL ? "" : ",");
}

static void
remarks(struct edit *e, size_t i)
{
	const struct clpconf_resource *r = &e->c->resources[i];
	size_t el = e->c->resource_el[i];

	if (strcmp(r->type, "md") == 0 || strcmp(r->type, "hd") == 0)
		tell(e, CLPCONF_NOTE, el,
		    "the ports and the NMP device of %s are free again; those of other "
		    "mirrors, and the mdc devices of the servers, stay as they are",
		    r->name);
	if (strcmp(r->type, "sd") == 0)
		tell(e, CLPCONF_NOTE, el,
		    "the volume GUIDs of %s go with it; the HBA filter of the servers "
		    "and "
		    "disknp stay as they are",
		    r->name);
}

static void
take_resource(struct edit *e, size_t i, const char *why)
{
	const struct clpconf *c = e->c;
	const struct clpconf_resource *r = &c->resources[i];
	const char *group = r->group == NONE ? "" : c->groups[r->group].name;
	size_t k;

	if (e->resource_dead[i])
		return;
	e->resource_dead[i] = true;
	e->nresources_dead++;
	mark_dead(e, c->resource_el[i]);
	for (k = 0; k < c->nentries; k++)
		if (c->entries[k].resource == i)
			mark_dead(e, c->entries[k].el);
	tell(e, CLPCONF_DELETES, c->resource_el[i], "resource %s (%s)%s%s%s%s%s goes",
	    r->name, r->type, *group == '\0' ? "" : " of group ", group,
	    why == NULL ? "" : ", which ", why == NULL ? "" : why,
	    why == NULL ? "" : ",");
	remarks(e, i);
	if (r->group != NONE && !e->group_dead[r->group])
		script(e, group, r->name);
}

static void
take_group(struct edit *e, size_t i)
{
	const struct clpconf_group *g = &e->c->groups[i];
	size_t k;

	if (e->group_dead[i])
		return;
	e->group_dead[i] = true;
	e->ngroups_dead++;
	mark_dead(e, e->c->group_el[i]);
	tell(e, CLPCONF_DELETES, e->c->group_el[i], "group %s (%s)%s goes", g->name,
	    g->type, g->servers_said ? " with its policy" : "");
	if (strcmp(g->type, "cluster") == 0)
		tell(e, CLPCONF_WARNING, e->c->group_el[i],
		    "group %s is the management group of the cluster", g->name);
	for (k = 0; k < g->nresources; k++)
		take_resource(e, g->resources[k], NULL);
	script_folder(e, g->name);
}

/* Virtual computer names that stay, on a floating IP address that goes. */
static void
settle_vcom(struct edit *e)
{
	const struct clpconf *c = e->c;
	size_t i, el, fip;
	char *text, *why;

	for (i = 0; i < c->facts.nresources; i++) {
		if (strcmp(c->resources[i].type, "vcom") != 0 || e->resource_dead[i])
			continue;
		el = find_path(c, c->resource_el[i], "parameters/target");
		text = element_text(c, el);
		fip = clpconf_find_resource(c, "fip", text);
		if (fip != NONE && e->resource_dead[fip]) {
			why = xasprintf("uses %s", text);
			if (e->q->vcom == CLPCONF_VCOM_DELETE)
				take_resource(e, i, why);
			else
				refuse(e, el,
				    "virtual computer name %s uses %s: delete it "
				    "first, or "
				    "say --vcom delete, or give it another floating IP "
				    "resource",
				    c->resources[i].name, text);
			free(why);
		}
		free(text);
	}
}

/* Groups that lose their last resource. */
static void
settle_empty(struct edit *e)
{
	const struct clpconf *c = e->c;
	const struct clpconf_group *g;
	size_t i, k, left;

	for (i = 0; i < c->facts.ngroups; i++) {
		g = &c->groups[i];
		for (k = left = 0; k < g->nresources; k++)
			left += !e->resource_dead[g->resources[k]];
		if (e->group_dead[i] || left > 0 || g->nresources == 0)
			continue;
		if (e->q->empty == CLPCONF_EMPTY_DELETE)
			take_group(e, i);
		else if (e->q->empty == CLPCONF_EMPTY_REFUSE)
			refuse(e, c->group_el[i],
			    "group %s would have no resource: say --empty-group keep "
			    "or "
			    "--empty-group delete",
			    g->name);
		else
			tell(e, CLPCONF_NOTE, c->group_el[i],
			    "group %s has no resource left and stays: `clpcfdel grp` "
			    "or "
			    "--empty-group delete deletes it",
			    g->name);
	}
}

/* The mirror disks that went were the last: what stays behind in the servers? */
static void
note_mdc(struct edit *e)
{
	const struct clpconf *c = e->c;
	size_t i, k, gone = 0, left = 0;
	char *type;

	for (i = 0; i < c->facts.nresources; i++)
		if (strcmp(c->resources[i].type, "md") == 0 ||
		    strcmp(c->resources[i].type, "hd") == 0) {
			gone += e->resource_dead[i];
			left += !e->resource_dead[i];
		}
	for (i = 0; gone > 0 && left == 0 && i < c->facts.nservers; i++)
		for (k = first_child(c, c->server_el[i]); k != NONE;
		     k = next_child(c, c->server_el[i], k)) {
			type = element_text(c, child_of(c, k, "type"));
			if (is_named(c, k, "device") && strcmp(type, "mdc") == 0)
				tell(e, CLPCONF_NOTE, k,
				    "no mirror uses this mdc device of server %s any "
				    "more; "
				    "it stays",
				    c->servers[i].name);
			free(type);
		}
}

/* --- finding what is asked for --------------------------------------------- */

static int missing(struct edit *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static int
missing(struct edit *e, const char *fmt, ...)
{
	char *text;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	refuse(e, NONE, "%s", text);
	free(text);
	e->plan->end = CLPCONF_NOT_FOUND;
	return -1;
}

/* " (did you mean x?)" out of n objects of `size` bytes that begin with their name. */
static char *
nearest(const char *name, const void *objects, size_t n, size_t size)
{
	const char **names = xcalloc(n + 1, sizeof(*names));
	size_t i;
	char *hint;
	int at;

	for (i = 0; i < n; i++)
		memcpy(&names[i], (const char *)objects + i * size, sizeof(names[i]));
	at = text_nearest(name, names, n);
	hint = at < 0 ? xasprintf("; `clpcfdel list` shows what there is")
	              : xasprintf(" (did you mean %s?)", names[at]);
	free(names);
	return hint;
}

static int
find_the_group(struct edit *e, const char *name, size_t *group)
{
	char *hint;

	*group = clpconf_find_group(e->c, name);
	if (*group != NONE)
		return 0;
	hint = nearest(name, e->c->groups, e->c->facts.ngroups, sizeof(*e->c->groups));
	missing(e, "there is no group %s%s", name, hint);
	free(hint);
	return -1;
}

static int
find_the_resource(struct edit *e, size_t *resource)
{
	const struct clpconf *c = e->c;
	const char *type = e->q->type, *name = e->q->name;
	size_t other;
	char *hint;

	*resource = clpconf_find_resource(c, type, name);
	if (*resource != NONE)
		return 0;
	other = find_resource_named(c, name);
	if (other != NONE)
		return missing(e, "resource %s is of type %s, not %s", name,
		    c->resources[other].type, type);
	hint = nearest(name, c->resources, c->facts.nresources, sizeof(*c->resources));
	missing(e, "there is no resource %s%s", name, hint);
	free(hint);
	return -1;
}

static int
ask_resource(struct edit *e)
{
	const struct clpconf *c = e->c;
	size_t group, resource, k;

	if (find_the_group(e, e->q->group, &group) != 0 ||
	    find_the_resource(e, &resource) != 0)
		return -1;
	for (k = 0; k < c->nentries; k++)
		if (c->entries[k].group == group && c->entries[k].resource == resource)
			break;
	if (k == c->nentries)
		return missing(e, "resource %s is not in group %s%s%s", e->q->name,
		    e->q->group, c->resources[resource].group == NONE ? "" : " but in ",
		    c->resources[resource].group == NONE
		        ? ""
		        : c->groups[c->resources[resource].group].name);
	take_resource(e, resource, NULL);
	return 0;
}

static int
ask_dependency(struct edit *e)
{
	const struct clpconf *c = e->c;
	size_t resource, k;
	bool same;
	char *name;

	if (find_the_resource(e, &resource) != 0)
		return -1;
	for (k = first_child(c, c->resource_el[resource]); k != NONE;
	     k = next_child(c, c->resource_el[resource], k)) {
		if (!is_named(c, k, "depend"))
			continue;
		name = element_attr(c, k, "name");
		same = name != NULL && *name != '\0' && strcmp(name, e->q->on) == 0;
		free(name);
		if (same)
			return drop_dependency(e, resource, k);
	}
	return missing(e, "resource %s has no dependency on %s%s", e->q->name, e->q->on,
	    c->resources[resource].depends_said
	        ? ""
	        : ": it says none and follows ECX's default dependency");
}

static int
ask_monitor(struct edit *e)
{
	const struct clpconf *c = e->c;
	size_t i = clpconf_find_monitor(c, e->q->type, e->q->name), k;
	char *hint;

	if (i != NONE) {
		take_monitor(e, i, NULL);
		return 0;
	}
	for (k = 0; k < c->facts.nmonitors; k++)
		if (strcmp(c->monitors[k].name, e->q->name) == 0)
			return missing(e, "monitor %s is of type %s, not %s",
			    e->q->name, c->monitors[k].type, e->q->type);
	hint =
	    nearest(e->q->name, c->monitors, c->facts.nmonitors, sizeof(*c->monitors));
	missing(e, "there is no monitor %s%s", e->q->name, hint);
	free(hint);
	return -1;
}

static int
ask_group(struct edit *e)
{
	size_t group;

	if (find_the_group(e, e->q->name, &group) != 0)
		return -1;
	take_group(e, group);
	return 0;
}

/* --- the plan -------------------------------------------------------------- */

/* A file that does not hold together is not made worse. */
static int
holds(struct edit *e)
{
	struct clpconf_findings f = { NULL, 0 };
	size_t i;

	if (e->q->mend)
		return 0;
	f = clpconf_check(e->c);
	for (i = 0; i < f.n; i++) {
		char *all =
		    xasprintf("%s%s%s:%u: %s", e->refusals == NULL ? "" : e->refusals,
		        e->refusals == NULL ? "" : "\n", e->c->name, f.list[i].line,
		        f.list[i].text);

		free(e->refusals);
		e->refusals = all;
	}
	if (f.n > 0)
		refuse(e, NONE,
		    "holds %zu mistake%s before anything is deleted: put that right "
		    "first, "
		    "or go on all the same with --mend",
		    f.n, f.n == 1 ? "" : "s");
	clpconf_findings_clear(&f);
	return e->refusals == NULL ? 0 : -1;
}

static int
settle(struct edit *e)
{
	static int (*const asks[])(
	    struct edit *) = { ask_resource, ask_dependency, ask_monitor, ask_group };

	if (holds(e) != 0 || asks[e->q->what](e) != 0)
		return -1;
	settle_vcom(e);
	settle_empty(e);
	if (e->q->what != CLPCONF_RSCDEP)
		settle_depends(e);
	settle_monitors(e);
	settle_books(e);
	note_mdc(e);
	note_leftovers(e);
	return e->refusals == NULL ? 0 : -1;
}

struct clpconf_plan *
clpconf_plan(
    const struct clpconf *conf, const struct clpconf_request *request, char **cause)
{
	struct edit e = { .c = conf, .q = request };

	e.plan = xcalloc(1, sizeof(*e.plan));
	e.plan->end = CLPCONF_REFUSED;
	e.marks = xcalloc(conf->scan.n + 1, sizeof(*e.marks));
	e.group_dead = xcalloc(conf->facts.ngroups + 1, sizeof(bool));
	e.resource_dead = xcalloc(conf->facts.nresources + 1, sizeof(bool));
	e.monitor_dead = xcalloc(conf->facts.nmonitors + 1, sizeof(bool));
	if (settle(&e) != 0)
		cause_set(cause, "%s", e.refusals);
	else if (marks_apply(&e, cause) == 0)
		e.plan->end = CLPCONF_PLANNED;
	if (e.plan->end != CLPCONF_PLANNED) {
		free(e.plan->bytes);
		e.plan->bytes = NULL;
	}
	free(e.refusals);
	free(e.group_dead);
	free(e.resource_dead);
	free(e.monitor_dead);
	marks_free(&e);
	return e.plan;
}

void
clpconf_plan_free(struct clpconf_plan *p)
{
	size_t i;

	if (p == NULL)
		return;
	for (i = 0; i < p->n; i++)
		free(p->list[i].text);
	for (i = 0; i < p->nscripts; i++) {
		free(p->scripts[i].folder);
		free(p->scripts[i].name);
	}
	free(p->list);
	free(p->scripts);
	free(p->bytes);
	free(p);
}
