/*
 * SPDX-License-Identifier: Apache-2.0
 * A cluster set in a few lines of text: the reading of it. See model_fixture.h.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/model_fixture.h"

#define GROW(array, n)                                            \
	(array = xreallocarray(array, (n) + 1, sizeof(*(array))), \
	    memset(&(array)[n], 0, sizeof(*(array))), &(array)[(n)++])

static size_t
cluster_slot(const struct settings *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->nclusters; i++)
		if (strcmp(s->clusters[i].name, name) == 0)
			return i;
	ck_abort_msg("no cluster %s", name);
	return 0;
}

static char *
word(char **at)
{
	char *w;

	do {
		w = strsep(at, " \t");
	} while (w != NULL && *w == '\0');
	return w;
}

/* "key=value" with that key: the value. */
static char *
option(char *w, const char *key)
{
	size_t n = strlen(key);

	return strncmp(w, key, n) == 0 && w[n] == '=' ? w + n + 1 : NULL;
}

/* Cuts at `c`: what stands behind it, or NULL. */
static char *
behind(char *w, char c)
{
	char *p = strchr(w, c);

	if (p == NULL)
		return NULL;
	*p = '\0';
	return p + 1;
}

static void
read_cluster(struct settings *s, char *at)
{
	struct cluster_settings *c = GROW(s->clusters, s->nclusters);
	struct server_settings *sv;
	char *w, *v;

	c->name = xstrdup(word(&at));
	c->base_path = xstrdup("/api/v1");
	c->verify = true;
	c->interval = 10000;
	while ((w = word(&at)) != NULL) {
		if ((v = option(w, "domain")) != NULL) {
			c->fault_domain = xstrdup(v);
		} else if ((v = option(w, "ecx")) != NULL) {
			c->ecx_name = xstrdup(v);
		} else if (strcmp(w, "trust") == 0) {
			c->trust_peers = true;
		} else {
			sv = GROW(c->servers, c->nservers);
			sv->fault_domain = xstrdup(behind(w, '/'));
			sv->name = xstrdup(w);
			sv->url = xasprintf("https://%s.%s:29009", w, c->name);
			sv->cpus = sv->memory = ROW_NONE;
		}
	}
}

static enum cs_vm_kind
read_kind(const char *w)
{
	return strcmp(w, "shared") == 0 ? VM_SHARED_DISK
	    : strcmp(w, "replica") == 0 ? VM_REPLICA
	                                : VM_STATELESS;
}

/* The site of the VM in that cluster. */
static struct site_settings *
site_in(const struct settings *s, struct vm_settings *vm, const char *cluster)
{
	size_t i;

	for (i = 0; i < vm->nsites; i++)
		if (vm->sites[i].cluster == cluster_slot(s, cluster))
			return &vm->sites[i];
	ck_abort_msg("no site in %s", cluster);
	return NULL;
}

static void
read_vm(struct settings *s, char *at)
{
	struct vm_settings *vm = GROW(s->vms, s->nvms);
	struct site_settings *site;
	char *w, *v;

	vm->name = xstrdup(word(&at));
	vm->kind = read_kind(word(&at));
	vm->priority = 100;
	vm->memory = vm->vcpus = ROW_NONE;
	while ((w = word(&at)) != NULL) {
		if ((v = option(w, "set")) != NULL) {
			vm->avail_set = xstrdup(v);
		} else if ((v = option(w, "home")) != NULL) {
			vm->home = xstrdup(v);
		} else if ((v = option(w, "priority")) != NULL) {
			vm->priority = strtol(v, NULL, 10);
		} else if ((v = option(w, "vcpus")) != NULL) {
			vm->vcpus = strtol(v, NULL, 10);
		} else if ((v = option(w, "memory")) != NULL) {
			vm->memory = strtol(v, NULL, 10);
		} else if ((v = option(w, "weight")) != NULL) {
			vm->cpu_weight = strtol(v, NULL, 10);
		} else if (strcmp(w, "accept") == 0) {
			vm->accept_autostart = true;
		} else if ((v = option(w, "auto")) != NULL) {
			site_in(s, vm, v)->autostart = AUTOSTART_AUTO;
		} else if ((v = option(w, "manual")) != NULL) {
			site_in(s, vm, v)->autostart = AUTOSTART_MANUAL;
		} else if ((v = option(w, "monitor")) != NULL) {
			char *name = behind(v, ':');

			site = site_in(s, vm, v);
			*GROW(site->monitors, site->nmonitors) = xstrdup(name);
		} else {
			v = behind(w, ':');
			site = GROW(vm->sites, vm->nsites);
			site->cluster = cluster_slot(s, w);
			site->group = xstrdup(v == NULL ? vm->name : v);
			site->autostart = AUTOSTART_UNKNOWN;
		}
	}
}

static void
read_size(const struct settings *s, char *at)
{
	const struct cluster_settings *c = &s->clusters[cluster_slot(s, word(&at))];
	const char *server = word(&at), *v;
	char *w;
	size_t i;

	for (i = 0; i < c->nservers && strcmp(c->servers[i].name, server) != 0; i++)
		continue;
	ck_assert_uint_lt(i, c->nservers);
	while ((w = word(&at)) != NULL)
		if ((v = option(w, "cpus")) != NULL)
			c->servers[i].cpus = strtol(v, NULL, 10);
		else if ((v = option(w, "memory")) != NULL)
			c->servers[i].memory = strtol(v, NULL, 10);
}

static void
read_load(struct settings *s, char *at)
{
	char *v, *w;

	while ((w = word(&at)) != NULL)
		if ((v = option(w, "fresh")) != NULL)
			s->load.freshness = strtol(v, NULL, 10) * 1000;
		else if ((v = option(w, "half-life")) != NULL)
			s->load.half_life = strtol(v, NULL, 10) * 1000;
}

static void
read_disk(struct settings *s, char *at)
{
	struct vm_settings *vm = &s->vms[s->nvms - 1];
	struct disk_settings *d = GROW(vm->disks, vm->ndisks);
	struct disk_site_settings *site;
	char *w, *v;

	d->name = xstrdup(word(&at));
	d->kind = vm->kind == VM_REPLICA ? DISK_REPLICATED : DISK_SHARED;
	while ((w = word(&at)) != NULL) {
		v = behind(w, '=');
		site = GROW(d->sites, d->nsites);
		site->cluster = cluster_slot(s, w);
		site->resource = xstrdup(v);
	}
}

static void
read_set(struct settings *s, char *at)
{
	struct avail_set_settings *a = GROW(s->avail_sets, s->navail_sets);
	const char *w;

	a->name = xstrdup(word(&at));
	w = word(&at);
	a->spread = strcmp(w, "node") == 0 ? SPREAD_NODE
	    : strcmp(w, "cluster") == 0    ? SPREAD_CLUSTER
	                                   : SPREAD_FAULT_DOMAIN;
	a->enforcement = strcmp(word(&at), "hard") == 0 ? ENFORCE_HARD : ENFORCE_SOFT;
}

static void
read_pattern(struct settings *s, char *at)
{
	struct pattern_settings *p = GROW(s->patterns, s->npatterns);
	char *w, *value;

	p->group = xstrdup(word(&at));
	p->kind = read_kind(word(&at));
	p->priority = 100;
	p->memory = p->vcpus = ROW_NONE;
	while ((w = word(&at)) != NULL)
		if ((value = option(w, "set")) != NULL)
			p->avail_set = xstrdup(value);
		else if ((value = option(w, "vcpus")) != NULL)
			p->vcpus = strtol(value, NULL, 10);
		else if ((value = option(w, "memory")) != NULL)
			p->memory = strtol(value, NULL, 10);
		else
			*GROW(p->clusters, p->nclusters) = cluster_slot(s, w);
}

struct settings *
fx_settings(const char *text)
{
	struct settings *s = settings_new();
	char *copy = xstrdup(text), *at = copy, *line, *w;
	struct fault_domain_settings *d;

	while ((line = strsep(&at, "\n")) != NULL) {
		if ((w = word(&line)) == NULL)
			continue;
		if (strcmp(w, "cluster") == 0) {
			read_cluster(s, line);
		} else if (strcmp(w, "vm") == 0) {
			read_vm(s, line);
		} else if (strcmp(w, "disk") == 0) {
			read_disk(s, line);
		} else if (strcmp(w, "set") == 0) {
			read_set(s, line);
		} else if (strcmp(w, "pattern") == 0) {
			read_pattern(s, line);
		} else if (strcmp(w, "size") == 0) {
			read_size(s, line);
		} else if (strcmp(w, "load") == 0) {
			read_load(s, line);
		} else if (strcmp(w, "outside-restart") == 0) {
			s->moves.outside_stop = OUTSIDE_RESTART;
		} else if (strcmp(w, "stop-newcomer") == 0) {
			s->moves.conflict = CONFLICT_STOP_NEWCOMER;
		} else if (strcmp(w, "events") == 0) {
			s->history.events = (unsigned)strtoul(word(&line), NULL, 10);
		} else {
			ck_assert_str_eq(w, "domain");
			d = GROW(s->fault_domains, s->nfault_domains);
			d->name = xstrdup(word(&line));
			d->descr = xstrdup("");
		}
	}
	free(copy);
	return s;
}

/* --- rounds ---------------------------------------------------------------------- */

static enum ecx_status
read_status(char *text)
{
	char *p;

	for (p = text; *p != '\0'; p++)
		if (*p == '+')
			*p = ' ';
	return ecx_status_parse(text);
}

static void
read_object(struct obs_view *v, char *w, const struct cluster_settings *c)
{
	char *status = behind(w, '='), *current = behind(status, '@');
	char *group = behind(w, ':');
	struct obs_resource *r;
	struct obs_monitor *mon;
	struct obs_group *g;
	struct obs_server *sv;
	size_t i;

	if (*w == '!') {
		mon = GROW(v->monitors, v->nmonitors);
		mon->name = xstrdup(w + 1);
		mon->status = read_status(status) == ECX_ERROR ? ECX_ERROR : ECX_NORMAL;
		for (i = 0; i < c->nservers; i++) {
			sv = GROW(mon->servers, mon->nservers);
			sv->name = xstrdup(c->servers[i].name);
			sv->status =
			    mon->status == ECX_ERROR ? ECX_ONLINE : read_status(status);
		}
	} else if (group != NULL) {
		r = GROW(v->resources, v->nresources);
		r->name = xstrdup(w);
		r->group = xstrdup(group);
		r->type = xstrdup(strncmp(w, "sd", 2) == 0 ? "sd" : "exec");
		r->status = read_status(status);
		r->current = xstrdup(current);
	} else {
		g = GROW(v->groups, v->ngroups);
		g->name = xstrdup(w);
		g->status = read_status(status);
		g->current = xstrdup(current);
	}
}

static void
read_view(struct obs_view *v, const struct cluster_settings *c, const char *status,
    const char *name, const char *body)
{
	char *copy = xstrdup(body), *at = copy, *w;
	struct obs_server *sv;
	bool objects = false;

	v->reach = REACH_OK;
	v->cluster_name = xstrdup(name);
	v->cluster_status = ecx_status_parse(status);
	v->cluster_status_text = xstrdup(status);
	while ((w = word(&at)) != NULL) {
		if (strcmp(w, "|") == 0) {
			objects = true;
		} else if (objects) {
			read_object(v, w, c);
		} else {
			sv = GROW(v->servers, v->nservers);
			char *st = behind(w, '=');
			sv->name = xstrdup(w);
			sv->status = read_status(st);
		}
	}
	obs_view_sort(v);
	free(copy);
}

/* In "server1,server2!": 0 not there, 1 asked and answered, -1 silent. */
static int
asked(const char *list, const char *name)
{
	char *copy, *at, *w;
	int found = 0;

	if (list == NULL)
		return 1;
	if (*list == '\0')
		return -1;
	copy = at = xstrdup(list);
	while ((w = strsep(&at, ",")) != NULL) {
		char *silent = behind(w, '!');

		if (strcmp(w, name) == 0)
			found = silent != NULL ? -1 : 1;
	}
	free(copy);
	return found;
}

struct observation *
fx_round(const struct settings *s, const char *text)
{
	struct observation *o = xcalloc(1, sizeof(*o));
	char *copy = xstrdup(text), *body = behind(copy, ':'), *status, *name, *list;
	const struct cluster_settings *c;
	size_t i;

	list = behind(copy, '(');
	if (list != NULL)
		behind(list, ')');
	name = behind(copy, '~');
	status = behind(copy, '=');
	o->cluster = cluster_slot(s, copy);
	c = &s->clusters[o->cluster];
	o->every_server = true;
	o->views = xcalloc(c->nservers, sizeof(*o->views));
	o->nviews = c->nservers;
	for (i = 0; i < c->nservers; i++) {
		struct obs_view *v = &o->views[i];
		int how = asked(list, c->servers[i].name);

		if (how > 0) {
			read_view(v, c, status == NULL ? "Normal" : status,
			    name == NULL ? c->name : name, body);
		} else {
			v->reach = how == 0 ? REACH_UNASKED : REACH_TIMEOUT;
			v->error = how == 0
			    ? NULL
			    : xasprintf("%s: timed out", c->servers[i].name);
			o->every_server = o->every_server && how != 0;
		}
		v->server = i;
	}
	free(copy);
	return o;
}

void
fx_other_view(
    const struct settings *s, struct observation *o, size_t slot, const char *text)
{
	struct observation *other = fx_round(s, text);

	obs_view_clear(&o->views[slot]);
	o->views[slot] = other->views[slot];
	memset(&other->views[slot], 0, sizeof(other->views[slot]));
	observation_free(other);
}
