/*
 * SPDX-License-Identifier: Apache-2.0
 * Judges what clusterset.conf says by itself. See doctor_judge.h.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <fnmatch.h>
#include <uthash.h>

#include "base/mem.h"
#include "cli/doctor_judge.h"

#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))
#define SECONDS(t) ((double)(t) / 1000.0)

#define OBJECT     "clusterset.conf"

enum { HORIZON_DEFAULT = 1980 * 1000, /* ms; contract 1.7 */ URLS_SHOWN = 4 };

/* What the reader warns of and the doctor has a finding of its own for. */
static const char *const said_elsewhere[] = { "is asked over plain http",
	"verify = false:", "has no credentials", "starts by itself when cluster",
	"state directory", "is less than evidence.command-horizon" };

bool
doctor_site_of(const struct settings *s, size_t cluster, const char *group,
    struct doctor_site *out)
{
	const struct pattern_settings *p;
	const struct vm_settings *vm;
	size_t i, j;

	for (i = 0; i < s->nvms; i++) {
		vm = &s->vms[i];
		for (j = 0; j < vm->nsites; j++)
			if (vm->sites[j].cluster == cluster &&
			    strcmp(vm->sites[j].group, group) == 0) {
				*out = (struct doctor_site) { vm->name, vm->kind, vm,
					&vm->sites[j] };
				return true;
			}
	}
	for (i = 0; i < s->npatterns; i++) {
		p = &s->patterns[i];
		for (j = 0; j < p->nclusters; j++)
			if (p->clusters[j] == cluster &&
			    fnmatch(p->group, group, 0) == 0) {
				*out =
				    (struct doctor_site) { group, p->kind, NULL, NULL };
				return true;
			}
	}
	return false;
}

const struct clpconf *
doctor_clpconf_of(const struct doctor_clpconfs *all, size_t cluster)
{
	size_t i;

	for (i = 0; all != NULL && i < all->n; i++)
		if (all->list[i].cluster == cluster && all->list[i].conf != NULL &&
		    !all->list[i].other)
			return all->list[i].conf;
	return NULL;
}

static void
judge_times(struct doctor_report *r, const struct settings *s)
{
	const struct poll_settings *p = &s->poll;
	const struct evidence_settings *e = &s->evidence;
	const char *slowest = "";
	msec_t interval = p->interval;
	size_t before = r->n, i;

	for (i = 0; i < s->nclusters; i++)
		if (s->clusters[i].interval > interval) {
			interval = s->clusters[i].interval;
			slowest = s->clusters[i].name;
		}
	if (p->freshness < 3 * interval || p->freshness <= interval + p->read_timeout)
		doctor_find(r, DOC_FRESHNESS_TIGHT, OBJECT,
		    "poll.freshness is %.10g s, the interval%s%s %.10g s, "
		    "poll.read-timeout "
		    "%.10g s",
		    SECONDS(p->freshness), *slowest == '\0' ? "" : " of ", slowest,
		    SECONDS(interval), SECONDS(p->read_timeout));
	if (e->offline_settle < interval)
		doctor_find(r, DOC_SETTLE_SHORT, OBJECT,
		    "evidence.offline-settle is %.10g s, the interval%s%s %.10g s",
		    SECONDS(e->offline_settle), *slowest == '\0' ? "" : " of ", slowest,
		    SECONDS(interval));
	if (e->command_horizon < HORIZON_DEFAULT)
		doctor_find(r, DOC_HORIZON_SHORT, OBJECT,
		    "evidence.command-horizon is %.10g s; a script of ECX may run "
		    "1800 s unless its time-out was changed",
		    SECONDS(e->command_horizon));
	if (s->moves.stop_timeout < e->command_horizon ||
	    s->moves.start_timeout < e->command_horizon)
		doctor_find(r, DOC_MOVE_TIMEOUT_SHORT, OBJECT,
		    "moves.stop-timeout is %.10g s, moves.start-timeout %.10g s, "
		    "evidence.command-horizon %.10g s",
		    SECONDS(s->moves.stop_timeout), SECONDS(s->moves.start_timeout),
		    SECONDS(e->command_horizon));
	if (r->n == before)
		doctor_pass(r, OBJECT, "its times fit each other");
}

/* The sites of a VM with one word for auto-start: one finding, one remedy. */
static void
judge_autostart(struct doctor_report *r, const struct vm_settings *vm,
    const struct settings *s, const struct doctor_clpconfs *clp, enum cs_autostart word,
    enum doctor_code code, const char *object)
{
	char *seen = NULL, *command = NULL, *old;
	const struct site_settings *site;
	const struct clpconf *known;
	const char *cluster;
	size_t i;

	for (i = 0; i < vm->nsites; i++) {
		site = &vm->sites[i];
		cluster = s->clusters[site->cluster].name;
		known = doctor_clpconf_of(clp, site->cluster);
		if (site->autostart != word ||
		    (known != NULL &&
		        clpconf_find_group(known, site->group) != CLPCONF_NONE))
			continue; /* a clp.conf knows better */
		old = seen;
		seen = xasprintf("%s%sgroup %s in %s (%s:%u)", old == NULL ? "" : old,
		    old == NULL ? "" : ", ", site->group, cluster, OBJECT, site->line);
		free(old);
		old = command;
		command = xasprintf(
		    "%s --auto-start %s=manual", old == NULL ? "" : old, cluster);
		free(old);
	}
	if (seen != NULL) {
		doctor_find(r, code, object, "auto-start is \"%s\" for %s",
		    word == AUTOSTART_AUTO ? "auto" : "unknown", seen);
		if (code != DOC_AUTOSTART_ACCEPTED)
			doctor_remedy(r,
			    "let the startup attribute be manual in ECX, then "
			    "clusterset vm set %s%s",
			    vm->name, command);
	}
	free(seen);
	free(command);
}

static void
judge_sites(struct doctor_report *r, const struct vm_settings *vm,
    const struct settings *s, const struct doctor_clpconfs *clp)
{
	char *object = xasprintf("vm %s", vm->name);
	size_t before = r->n;

	judge_autostart(r, vm, s, clp, AUTOSTART_AUTO,
	    vm->accept_autostart ? DOC_AUTOSTART_ACCEPTED : DOC_AUTOSTART_AUTO, object);
	if (!vm->accept_autostart)
		judge_autostart(
		    r, vm, s, clp, AUTOSTART_UNKNOWN, DOC_AUTOSTART_UNKNOWN, object);
	if (r->n == before)
		doctor_pass(r, object, "configured as not starting by itself");
	free(object);
}

/* cluster and resource -> the VM that has it */
struct taken {
	char *key;
	const char *vm;
	UT_hash_handle hh;
};

static void
judge_resources(struct doctor_report *r, const struct settings *s)
{
	struct taken *all = NULL, *t, *next;
	const struct disk_site_settings *site;
	char *key, *object;
	size_t i, j, k;

	for (i = 0; i < s->nvms; i++)
		for (j = 0; j < s->vms[i].ndisks; j++)
			for (k = 0; k < s->vms[i].disks[j].nsites; k++) {
				site = &s->vms[i].disks[j].sites[k];
				key =
				    xasprintf("%zu %s", site->cluster, site->resource);
				HASH_FIND_STR(all, key, t);
				if (t == NULL) {
					t = xcalloc(1, sizeof(*t));
					t->key = key;
					t->vm = s->vms[i].name;
					HASH_ADD_KEYPTR(
					    hh, all, t->key, strlen(t->key), t);
					continue;
				}
				free(key);
				if (strcmp(t->vm, s->vms[i].name) == 0)
					continue;
				object = xasprintf("vm %s", s->vms[i].name);
				doctor_find(r, DOC_RESOURCE_IN_TWO_VMS, object,
				    "resource %s of %s is a disk of vm %s as well",
				    site->resource, s->clusters[site->cluster].name,
				    t->vm);
				free(object);
			}
	HASH_ITER (hh, all, t, next) {
		HASH_DEL(all, t);
		free(t->key);
		free(t);
	}
}

/* How the servers of a cluster are asked. */
static void
judge_scheme(struct doctor_report *r, const struct cluster_settings *c)
{
	char *plain = NULL, *longer;
	bool tls = false;
	size_t i, n = 0;

	for (i = 0; i < c->nservers + (c->read_url != NULL); i++) {
		const char *url = i < c->nservers ? c->servers[i].url : c->read_url;

		if (strncasecmp(url, "http://", 7) != 0) {
			tls = true;
			continue;
		}
		if (n++ >= URLS_SHOWN)
			continue;
		longer = xasprintf("%s%s%s", plain == NULL ? "" : plain,
		    plain == NULL ? "" : ", ", url);
		free(plain);
		plain = longer;
	}
	if (plain != NULL)
		doctor_find(r, DOC_PLAIN_HTTP, c->name, "%s%s (%s:%u)", plain,
		    n > URLS_SHOWN ? " and more" : "", OBJECT, c->line);
	if (tls && !c->verify && c->pinned_key == NULL)
		doctor_find(r, DOC_VERIFY_OFF, c->name, "verify = false (%s:%u)",
		    OBJECT, c->line);
	free(plain);
}

/* Each line of the reader that the doctor has no word of its own for. */
static void
judge_warnings(struct doctor_report *r, const char *warnings)
{
	const char *line = warnings, *end;
	char *one;
	size_t i;
	bool skip;

	for (; line != NULL && *line != '\0'; line = end + (*end == '\n')) {
		end = line + strcspn(line, "\n");
		one = xstrndup(line, (size_t)(end - line));
		skip = *one == '\0';
		for (i = 0; i < COUNT(said_elsewhere); i++)
			skip |= strstr(one, said_elsewhere[i]) != NULL;
		if (!skip)
			doctor_find(r, DOC_CONFIG_ADVICE, OBJECT, "%s", one);
		free(one);
	}
}

void
doctor_judge_config(struct doctor_report *r, const struct settings *s,
    const char *warnings, const struct doctor_clpconfs *clp)
{
	const struct cluster_settings *c;
	size_t i;

	judge_warnings(r, warnings);
	judge_times(r, s);
	if (s->moves.force)
		doctor_find(r, DOC_FORCE_ALLOWED, OBJECT, "moves.force = true");
	for (i = 0; i < s->nclusters; i++) {
		c = &s->clusters[i];
		judge_scheme(r, c);
		if (c->trust_peers)
			doctor_find(r, DOC_TRUST_PEERS, c->name,
			    "silent-server = \"trust-peers\" (%s:%u)", OBJECT, c->line);
		if (c->poll.user == NULL)
			doctor_find(r, DOC_CREDENTIALS_NONE, c->name,
			    "no credentials (%s:%u)", OBJECT, c->line);
	}
	for (i = 0; i < s->nvms; i++)
		judge_sites(r, &s->vms[i], s, clp);
	judge_resources(r, s);
	doctor_judge_policies(r, s);
	doctor_fine(r, OBJECT, "%zu clusters, %zu VMs, %zu patterns", s->nclusters,
	    s->nvms, s->npatterns);
}
