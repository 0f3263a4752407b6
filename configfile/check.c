/*
 * SPDX-License-Identifier: Apache-2.0
 * What several values of the configuration must fulfil together.
 *
 * Names that are unique, references that lead somewhere, one LUN in one VM, no server
 * in two members, times that fit each other. Runs when every value has been read; a
 * value that could not be read is NULL or CONF_NOWHERE here and passed over.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"
#include "configfile/conf.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Keys already used, and where. */
struct seen {
	char *key;
	const config_setting_t *at;
	UT_hash_handle hh;
};

static void
seen_clear(struct seen **set)
{
	struct seen *s, *next;

	HASH_ITER (hh, *set, s, next) {
		HASH_DEL(*set, s);
		free(s->key);
		free(s);
	}
}

/*
 * Takes over `key` (xasprintf) and enters it; when it was there before, complains with
 * the words of `what` and the earlier place.
 */
static void
unique(struct conf *c, struct seen **set, char *key, const config_setting_t *at,
    const char *what, const char *name)
{
	const char *file;
	struct seen *s;

	HASH_FIND_STR(*set, key, s);
	if (s != NULL) {
		file = config_setting_source_file(s->at);
		conf_error(c, at,
		    "%s \"%s\" is used twice; it was used before at %s:%u", what, name,
		    file == NULL ? c->path : file, config_setting_source_line(s->at));
		free(key);
		return;
	}
	s = xcalloc(1, sizeof(*s));
	s->key = key;
	s->at = at;
	HASH_ADD_KEYPTR(hh, *set, s->key, strlen(s->key), s);
}

/* Host and port of a checked URL, for comparison. */
static char *
address_of(const char *url)
{
	const char *p = strstr(url, "://");
	char *a = xstrdup(p == NULL ? url : p + 3), *s;

	for (s = a; *s != '\0'; s++)
		*s = (char)tolower((unsigned char)*s);
	return a;
}

static void
check_times(struct conf *c)
{
	const config_setting_t *poll = config_lookup(&c->lib, "poll"), *at;
	const struct poll_settings *p = &c->s->poll;
	const struct evidence_settings *e = &c->s->evidence;
	struct cluster_settings *cl;
	size_t i;
#define AT(key)                                                                    \
	((at = poll == NULL ? NULL : config_setting_get_member(poll, key)) != NULL \
	        ? at                                                               \
	        : poll)
	if (p->fast_interval > p->interval)
		conf_error(c, AT("fast-interval"),
		    "poll.fast-interval (%.10g s) must not exceed poll.interval (%.10g "
		    "s)",
		    p->fast_interval / 1000.0, p->interval / 1000.0);
	if (p->freshness <= p->interval)
		conf_error(c, AT("freshness"),
		    "poll.freshness (%.10g s) must exceed poll.interval (%.10g s), or "
		    "all knowledge would be void between two rounds; three intervals "
		    "are a good choice",
		    p->freshness / 1000.0, p->interval / 1000.0);
	if (p->connect_timeout > p->read_timeout)
		conf_error(c, AT("connect-timeout"),
		    "poll.connect-timeout (%.10g s) must not exceed poll.read-timeout "
		    "(%.10g s), which includes it",
		    p->connect_timeout / 1000.0, p->read_timeout / 1000.0);
#undef AT
	for (i = 0; i < c->s->nclusters; i++) {
		cl = &c->s->clusters[i];
		if (cl->interval == 0)
			cl->interval = p->interval;
		else if (cl->interval >= p->freshness)
			conf_error(c, conf_place(c, cl, "interval"),
			    "interval (%.10g s) must be less than poll.freshness "
			    "(%.10g "
			    "s), or all knowledge would be void between two rounds",
			    cl->interval / 1000.0, p->freshness / 1000.0);
	}
	if (e->offline_settle >= e->command_horizon)
		conf_error(c, config_lookup(&c->lib, "evidence"),
		    "evidence.offline-settle (%.10g s) must be less than "
		    "evidence.command-horizon (%.10g s)",
		    e->offline_settle / 1000.0, e->command_horizon / 1000.0);
}

/* `name` must be one of the fault domains; with none configured it makes one. */
static void
refer_domain(struct conf *c, const char *name, const config_setting_t *at, bool given)
{
	struct settings *s = c->s;
	struct fault_domain_settings *d;
	const char **known;
	char *hint;
	size_t i;

	if (name == NULL)
		return;
	for (i = 0; i < s->nfault_domains; i++)
		if (s->fault_domains[i].name != NULL &&
		    strcmp(s->fault_domains[i].name, name) == 0)
			return;
	if (!given) {
		s->fault_domains =
		    xreallocarray(s->fault_domains, s->nfault_domains + 1, sizeof(*d));
		d = &s->fault_domains[s->nfault_domains++];
		d->name = xstrdup(name);
		d->descr = xstrdup("");
		d->line = config_setting_source_line(at);
		return;
	}
	known = xcalloc(s->nfault_domains + 1, sizeof(*known));
	for (i = 0; i < s->nfault_domains; i++)
		known[i] =
		    s->fault_domains[i].name == NULL ? "" : s->fault_domains[i].name;
	hint = conf_suggest(name, known, i);
	conf_error(c, at, "fault domain \"%s\" is not in fault-domains%s", name, hint);
	free(hint);
	free(known);
}

static void
check_tls(struct conf *c, struct cluster_settings *cl)
{
	size_t i, plain = 0;

	for (i = 0; i < cl->nservers; i++)
		if (cl->servers[i].url != NULL &&
		    strncasecmp(cl->servers[i].url, "http://", 7) == 0 && plain++ == 0)
			conf_warn(c, conf_place(c, &cl->servers[i], "url"),
			    "cluster \"%s\" is asked over plain http: passwords cross "
			    "the network readable; choose HTTPS in Cluster Properties "
			    "> "
			    "API and write https here",
			    cl->name == NULL ? "" : cl->name);
	if (plain > 0 && plain < cl->nservers)
		conf_warn(c, conf_place(c, cl, "servers"),
		    "some servers have http, others https; ECX knows one method for a "
		    "whole cluster");
	if (!cl->verify && plain < cl->nservers)
		conf_warn(c, conf_place(c, cl, "verify"),
		    "verify = false: whoever answers at these addresses is believed; "
		    "prefer ca-file or pinned-key");
	if (plain == cl->nservers && plain > 0 &&
	    (cl->ca_file != NULL || cl->pinned_key != NULL))
		conf_warn(c,
		    conf_place(c, cl, cl->ca_file != NULL ? "ca-file" : "pinned-key"),
		    "ca-file and pinned-key mean nothing over plain http");
}

static void
check_credentials(struct conf *c, struct cluster_settings *cl)
{
	const config_setting_t *at = conf_place(c, cl, NULL);

	if (conf_place(c, cl, "credentials") == at)
		conf_warn(c, at,
		    "cluster \"%s\" has no credentials; its API answers 401 unless a "
		    "user and a password of that cluster come along: credentials = "
		    "\"FILE\"",
		    cl->name == NULL ? "" : cl->name);
}

static void
check_clusters(struct conf *c)
{
	struct seen *names = NULL, *addresses = NULL, *servers;
	const bool given = config_lookup(&c->lib, "fault-domains") != NULL;
	struct cluster_settings *cl;
	struct server_settings *sv;
	char *address;
	size_t i, k;

	for (i = 0; i < c->s->nclusters; i++) {
		cl = &c->s->clusters[i];
		servers = NULL;
		if (cl->name != NULL)
			unique(c, &names, xstrdup(cl->name), conf_place(c, cl, "name"),
			    "cluster", cl->name);
		refer_domain(
		    c, cl->fault_domain, conf_place(c, cl, "fault-domain"), given);
		for (k = 0; k < cl->nservers; k++) {
			sv = &cl->servers[k];
			refer_domain(c, sv->fault_domain,
			    conf_place(c, sv, "fault-domain"), given);
			if (sv->name != NULL)
				unique(c, &servers, xstrdup(sv->name),
				    conf_place(c, sv, "name"), "server", sv->name);
			if (sv->url == NULL)
				continue;
			address = address_of(sv->url);
			unique(c, &addresses, xstrdup(address),
			    conf_place(c, sv, "url"),
			    "a server belongs to one cluster and has an address of "
			    "its own:",
			    address);
			free(address);
		}
		seen_clear(&servers);
		check_tls(c, cl);
		if (c->files)
			check_credentials(c, cl);
	}
	/* now that every server's own address is known */
	for (i = 0; i < c->s->nclusters; i++) {
		cl = &c->s->clusters[i];
		if (cl->read_url == NULL)
			continue;
		address = address_of(cl->read_url);
		unique(c, &addresses, xstrdup(address), conf_place(c, cl, "read-url"),
		    "read-url is a floating address, no server's own:", address);
		free(address);
	}
	seen_clear(&names);
	seen_clear(&addresses);
}

static void
check_names(struct conf *c)
{
	struct seen *domains = NULL, *sets = NULL;
	struct settings *s = c->s;
	size_t i;

	for (i = 0; i < s->nfault_domains; i++)
		if (s->fault_domains[i].name != NULL)
			unique(c, &domains, xstrdup(s->fault_domains[i].name),
			    conf_place(c, &s->fault_domains[i], "name"), "fault domain",
			    s->fault_domains[i].name);
	for (i = 0; i < s->navail_sets; i++)
		if (s->avail_sets[i].name != NULL)
			unique(c, &sets, xstrdup(s->avail_sets[i].name),
			    conf_place(c, &s->avail_sets[i], "name"),
			    "availability set", s->avail_sets[i].name);
	seen_clear(&domains);
	seen_clear(&sets);
}

static void
refer_avail_set(struct conf *c, const char *name, const config_setting_t *at)
{
	struct settings *s = c->s;
	const char **known;
	char *hint;
	size_t i;

	if (name == NULL)
		return;
	known = xcalloc(s->navail_sets + 1, sizeof(*known));
	for (i = 0; i < s->navail_sets; i++) {
		known[i] = s->avail_sets[i].name == NULL ? "" : s->avail_sets[i].name;
		if (strcmp(known[i], name) == 0)
			goto out;
	}
	hint = conf_suggest(name, known, i);
	conf_error(
	    c, at, "availability set \"%s\" is not in availability-sets%s", name, hint);
	free(hint);
out:
	free(known);
}

static const char *
cluster_name(struct conf *c, size_t cluster)
{
	const char *name = c->s->clusters[cluster].name;

	return name == NULL ? "" : name;
}

struct vm_keys {
	struct seen *names, *uuids, *groups, *disks, *resources;
};

static void
check_disk(struct conf *c, struct vm_settings *v, struct disk_settings *d,
    struct vm_keys *keys)
{
	const config_setting_t *at;
	struct disk_site_settings *ds;
	size_t i, k;
	char *what;

	if (d->name != NULL)
		unique(c, &keys->disks, xstrdup(d->name), conf_place(c, d, "name"),
		    "disk", d->name);
	for (i = 0; i < d->nsites; i++) {
		ds = &d->sites[i];
		if (ds->cluster == CONF_NOWHERE)
			continue;
		at = conf_place(c, ds, "cluster");
		for (k = 0; k < v->nsites && v->sites[k].cluster != ds->cluster; k++)
			;
		if (k == v->nsites)
			conf_error(c, at,
			    "the disk has a site in cluster \"%s\", the VM has none "
			    "there",
			    cluster_name(c, ds->cluster));
		for (k = 0; k < i && d->sites[k].cluster != ds->cluster; k++)
			;
		if (k < i)
			conf_error(c, at, "cluster \"%s\" stands twice in this disk",
			    cluster_name(c, ds->cluster));
		if (ds->resource == NULL)
			continue;
		what = xasprintf("a disk belongs to one VM: in cluster \"%s\" resource",
		    cluster_name(c, ds->cluster));
		unique(c, &keys->resources,
		    xasprintf("%zu %s", ds->cluster, ds->resource),
		    conf_place(c, ds, "resource"), what, ds->resource);
		free(what);
	}
}

/* A shared-disk VM needs a LUN that every one of its sites reaches. */
static void
check_kind(struct conf *c, struct vm_settings *v)
{
	size_t d, i, k;

	if (v->kind == VM_STATELESS && v->ndisks > 0)
		conf_error(c, conf_place(c, v, "disks"),
		    "a stateless VM has no disks; say kind = \"shared-disk\", or take "
		    "disks away");
	if (v->kind != VM_SHARED_DISK)
		return;
	for (d = 0; d < v->ndisks; d++) {
		if (v->disks[d].kind != DISK_SHARED)
			continue;
		for (i = 0; i < v->nsites; i++) {
			for (k = 0; k < v->disks[d].nsites; k++)
				if (v->disks[d].sites[k].cluster == v->sites[i].cluster)
					break;
			if (k == v->disks[d].nsites)
				break;
		}
		if (i == v->nsites)
			return;
	}
	conf_error(c, conf_place(c, v, v->ndisks > 0 ? "disks" : NULL),
	    "a shared-disk VM needs at least one disk of kind \"shared\" that has a "
	    "site "
	    "in every cluster in which the VM has one");
}

static void
check_vm(struct conf *c, struct vm_settings *v, struct vm_keys *keys)
{
	const char *known[64];
	size_t i, k, n = 0;
	struct site_settings *st;
	char *what, *hint;

	if (v->name != NULL)
		unique(c, &keys->names, xstrdup(v->name), conf_place(c, v, "name"),
		    "VM", v->name);
	if (v->uuid != NULL)
		unique(c, &keys->uuids, xstrdup(v->uuid), conf_place(c, v, "uuid"),
		    "uuid", v->uuid);
	refer_avail_set(c, v->avail_set, conf_place(c, v, "availability-set"));
	for (i = 0; i < v->nsites; i++) {
		st = &v->sites[i];
		if (st->cluster == CONF_NOWHERE)
			continue;
		if (n < COUNT(known))
			known[n++] = cluster_name(c, st->cluster);
		for (k = 0; k < i && v->sites[k].cluster != st->cluster; k++)
			;
		if (k < i)
			conf_error(c, conf_place(c, st, "cluster"),
			    "cluster \"%s\" stands twice in the sites of this VM; one "
			    "group realises it there",
			    cluster_name(c, st->cluster));
		if (st->group == NULL)
			continue;
		what = xasprintf("a group is one VM: in cluster \"%s\" group",
		    cluster_name(c, st->cluster));
		unique(c, &keys->groups, xasprintf("%zu %s", st->cluster, st->group),
		    conf_place(c, st, "group"), what, st->group);
		free(what);
	}
	for (i = 0; i < n && v->home != NULL && strcmp(known[i], v->home) != 0; i++)
		;
	if (v->home != NULL && i == n) {
		hint = conf_suggest(v->home, known, n);
		conf_error(c, conf_place(c, v, "home"),
		    "home \"%s\" is no cluster in which the VM has a site%s", v->home,
		    hint);
		free(hint);
	}
	for (i = 0; i < v->ndisks; i++)
		check_disk(c, v, &v->disks[i], keys);
	check_kind(c, v);
}

static void
check_patterns(struct conf *c)
{
	struct seen *patterns = NULL;
	struct pattern_settings *p;
	size_t i, k, j;
	char *what;

	for (i = 0; i < c->s->npatterns; i++) {
		p = &c->s->patterns[i];
		refer_avail_set(c, p->avail_set, conf_place(c, p, "availability-set"));
		for (k = 0; k < p->nclusters; k++) {
			if (p->clusters[k] == CONF_NOWHERE)
				continue;
			for (j = 0; j < k && p->clusters[j] != p->clusters[k]; j++)
				;
			if (j < k)
				conf_error(c, conf_place(c, p, "clusters"),
				    "cluster \"%s\" stands twice in this pattern",
				    cluster_name(c, p->clusters[k]));
			if (p->group == NULL || j < k)
				continue;
			what = xasprintf("in cluster \"%s\" pattern",
			    cluster_name(c, p->clusters[k]));
			unique(c, &patterns,
			    xasprintf("%zu %s", p->clusters[k], p->group),
			    conf_place(c, p, "group"), what, p->group);
			free(what);
		}
	}
	seen_clear(&patterns);
}

void
conf_check_all(struct conf *c)
{
	struct vm_keys keys = { NULL, NULL, NULL, NULL, NULL };
	size_t i;

	check_times(c);
	check_names(c);
	check_clusters(c);
	for (i = 0; i < c->s->nvms; i++)
		check_vm(c, &c->s->vms[i], &keys);
	seen_clear(&keys.names);
	seen_clear(&keys.uuids);
	seen_clear(&keys.groups);
	seen_clear(&keys.disks);
	seen_clear(&keys.resources);
	check_patterns(c);
	conf_check_moves(c);
	conf_check_policies(c);
	if (c->s->nclusters == 0 && c->errors.n == 0)
		conf_warn(c, config_lookup(&c->lib, "clusters"),
		    "no clusters are configured; there is nothing to watch");
}
