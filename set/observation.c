/*
 * SPDX-License-Identifier: Apache-2.0
 * Observations: vocabulary, look-up, comparison. See observation.h.
 */
#include "set/observation.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "set/settings.h"

static const char *const status_text[] = {
	[ECX_UNKNOWN] = "Unknown",
	[ECX_NORMAL] = "Normal",
	[ECX_CAUTION] = "Caution",
	[ECX_ERROR] = "Error",
	[ECX_UNUSED] = "Unused",
	[ECX_SUSPEND] = "Suspend",
	[ECX_ONLINE] = "Online",
	[ECX_OFFLINE] = "Offline",
	[ECX_ONLINE_PENDING] = "Online Pending",
	[ECX_OFFLINE_PENDING] = "Offline Pending",
	[ECX_ONLINE_FAILURE] = "Online Failure",
	[ECX_OFFLINE_FAILURE] = "Offline Failure",
};

/* other spellings that the contract asks us to take (9.7) */
static const struct {
	const char *text;
	enum ecx_status status;
} status_alias[] = {
	{ "Suspended", ECX_SUSPEND },
	{ "Warning", ECX_CAUTION },
	{ "Failure", ECX_ONLINE_FAILURE },
};

enum ecx_status
ecx_status_parse(const char *text)
{
	size_t i;

	if (text == NULL)
		return ECX_UNKNOWN;
	for (i = 0; i < sizeof(status_text) / sizeof(status_text[0]); i++)
		if (text_same_words(text, status_text[i]))
			return (enum ecx_status)i;
	for (i = 0; i < sizeof(status_alias) / sizeof(status_alias[0]); i++)
		if (text_same_words(text, status_alias[i].text))
			return status_alias[i].status;
	return ECX_UNKNOWN;
}

const char *
ecx_status_text(enum ecx_status s)
{
	return status_text[s];
}

/* --- release --------------------------------------------------------------- */

static void
servers_free(struct obs_server *servers, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		free(servers[i].name);
	free(servers);
}

void
obs_view_clear(struct obs_view *v)
{
	size_t i;

	servers_free(v->servers, v->nservers);
	for (i = 0; i < v->ngroups; i++) {
		free(v->groups[i].name);
		free(v->groups[i].current);
	}
	for (i = 0; i < v->nresources; i++) {
		free(v->resources[i].name);
		free(v->resources[i].type);
		free(v->resources[i].group);
		free(v->resources[i].current);
	}
	for (i = 0; i < v->nmonitors; i++) {
		free(v->monitors[i].name);
		free(v->monitors[i].type);
		servers_free(v->monitors[i].servers, v->monitors[i].nservers);
	}
	free(v->groups);
	free(v->resources);
	free(v->monitors);
	free(v->error);
	free(v->cluster_name);
	free(v->cluster_status_text);
	memset(v, 0, sizeof(*v));
}

void
observation_free(struct observation *o)
{
	size_t i;

	if (o == NULL)
		return;
	for (i = 0; i < o->nviews; i++)
		obs_view_clear(&o->views[i]);
	free(o->views);
	free(o);
}

/* --- look-up --------------------------------------------------------------- */

/* Every sorted array begins with its name. */
static int
name_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void
obs_view_sort(struct obs_view *v)
{
	size_t i;

	if (v->nservers > 1)
		qsort(v->servers, v->nservers, sizeof(*v->servers), name_compare);
	if (v->ngroups > 1)
		qsort(v->groups, v->ngroups, sizeof(*v->groups), name_compare);
	if (v->nresources > 1)
		qsort(v->resources, v->nresources, sizeof(*v->resources), name_compare);
	if (v->nmonitors > 1)
		qsort(v->monitors, v->nmonitors, sizeof(*v->monitors), name_compare);
	for (i = 0; i < v->nmonitors; i++)
		if (v->monitors[i].nservers > 1)
			qsort(v->monitors[i].servers, v->monitors[i].nservers,
			    sizeof(struct obs_server), name_compare);
}

const struct obs_server *
obs_find_server(const struct obs_view *v, const char *name)
{
	size_t i;

	for (i = 0; i < v->nservers;
	     i++) /* at most 32, so no search is worth its order */
		if (strcmp(v->servers[i].name, name) == 0)
			return &v->servers[i];
	return NULL;
}

const struct obs_group *
obs_find_group(const struct obs_view *v, const char *name)
{
	if (v->ngroups == 0)
		return NULL;
	return bsearch(&name, v->groups, v->ngroups, sizeof(*v->groups), name_compare);
}

const struct obs_resource *
obs_find_resource(const struct obs_view *v, const char *name)
{
	if (v->nresources == 0)
		return NULL;
	return bsearch(
	    &name, v->resources, v->nresources, sizeof(*v->resources), name_compare);
}

/* --- comparison ------------------------------------------------------------ */

static bool
differ(char **what, const char *kind, const char *name)
{
	if (what != NULL) {
		char *shown = text_vis(name, 128);

		cause_set(what, "%s %s", kind, shown);
		free(shown);
	}
	return false;
}

static bool
groups_agree(const struct obs_view *a, const struct obs_view *b, char **what)
{
	size_t i;

	if (a->ngroups != b->ngroups)
		return differ(what, "the list of", "groups");
	for (i = 0; i < a->ngroups; i++)
		if (strcmp(a->groups[i].name, b->groups[i].name) != 0 ||
		    a->groups[i].status != b->groups[i].status ||
		    !text_same(a->groups[i].current, b->groups[i].current))
			return differ(what, "group", a->groups[i].name);
	return true;
}

static bool
resources_agree(const struct obs_view *a, const struct obs_view *b, char **what)
{
	size_t i;

	if (a->nresources != b->nresources)
		return differ(what, "the list of", "resources");
	for (i = 0; i < a->nresources; i++)
		if (strcmp(a->resources[i].name, b->resources[i].name) != 0 ||
		    a->resources[i].status != b->resources[i].status ||
		    !text_same(a->resources[i].current, b->resources[i].current))
			return differ(what, "resource", a->resources[i].name);
	return true;
}

bool
obs_views_agree(const struct obs_view *a, const struct obs_view *b, char **what)
{
	size_t i;

	if (!text_same(a->cluster_name, b->cluster_name))
		return differ(what, "the cluster's", "name");
	if (a->cluster_status != b->cluster_status)
		return differ(what, "the cluster's", "status");
	if (a->nservers != b->nservers)
		return differ(what, "the list of", "servers");
	for (i = 0; i < a->nservers; i++)
		if (strcmp(a->servers[i].name, b->servers[i].name) != 0 ||
		    a->servers[i].status != b->servers[i].status)
			return differ(what, "server", a->servers[i].name);
	return groups_agree(a, b, what) && resources_agree(a, b, what);
}

/* --- errors ------------------------------------------------------------------------
 */

const char *
obs_error_reason(const char *error, const char *server)
{
	const size_t n = strlen(server);
	const char *at;

	if (error == NULL)
		return "";
	if (strncmp(error, server, n) != 0)
		return error;
	at = error + n;
	if (strncmp(at, " (", 2) == 0 && (at = strstr(at, "): ")) != NULL)
		at++;
	return at != NULL && strncmp(at, ": ", 2) == 0 ? at + 2 : error;
}

static bool
failed(const struct obs_view *v)
{
	return v->reach != REACH_OK && v->reach != REACH_UNASKED;
}

static const char *
server_of(const struct obs_view *v, const struct cluster_settings *c)
{
	return v->server < c->nservers ? c->servers[v->server].name : "";
}

static bool
same_reason(const struct obs_view *a, const struct obs_view *b,
    const struct cluster_settings *c)
{
	return a->server < c->nservers && b->server < c->nservers &&
	    strcmp(obs_error_reason(a->error, server_of(a, c)),
	        obs_error_reason(b->error, server_of(b, c))) == 0;
}

char *
obs_errors(const struct observation *o, const struct cluster_settings *c)
{
	char *all = NULL, *names = NULL, *vis;
	const struct obs_view *v;
	size_t i, j;

	for (i = 0; i < o->nviews; i++) {
		v = &o->views[i];
		for (j = 0; j < i; j++)
			if (failed(&o->views[j]) && same_reason(&o->views[j], v, c))
				break; /* told with that one */
		if (!failed(v) || j < i)
			continue;
		xfree_clear(&names);
		for (j = i + 1; j < o->nviews; j++)
			if (failed(&o->views[j]) && same_reason(&o->views[j], v, c))
				cause_set(&names, "%s, %s",
				    names == NULL ? server_of(v, c) : names,
				    server_of(&o->views[j], c));
		cause_set(&all, "%s%s%s%s%s", all == NULL ? "" : all,
		    all == NULL ? "" : "; ", names == NULL ? "" : names,
		    names == NULL ? "" : ": ",
		    names != NULL          ? obs_error_reason(v->error, server_of(v, c))
		        : v->error == NULL ? ""
		                           : v->error);
	}
	vis = text_vis(all == NULL ? "no server could be asked" : all, 255);
	free(all);
	free(names);
	return vis;
}
