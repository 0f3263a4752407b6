/*
 * SPDX-License-Identifier: Apache-2.0
 * Reading the configuration. See config.h.
 */
#include "tests/ecxsim/config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* A reader of one object: remembers the first error. */
struct reader {
	const json_t *obj;
	const char *where;
	char **cause;
	int err;
};

static int
bad(struct reader *r, const char *key, const char *wanted)
{
	if (r->err == 0)
		r->err =
		    cause_set(r->cause, "%s: \"%s\" must be %s", r->where, key, wanted);
	return -1;
}

static const char *
get_str(struct reader *r, const char *key, const char *dflt)
{
	const json_t *j = json_object_get(r->obj, key);

	if (j == NULL || json_is_null(j))
		return dflt;
	if (!json_is_string(j) || strlen(json_string_value(j)) > 255) {
		bad(r, key, "a string of at most 255 bytes");
		return dflt;
	}
	return json_string_value(j);
}

static const char *
need_str(struct reader *r, const char *key)
{
	const char *s = get_str(r, key, "");

	if (*s == '\0')
		bad(r, key, "given and not empty");
	return s;
}

static bool
get_bool(struct reader *r, const char *key, bool dflt)
{
	const json_t *j = json_object_get(r->obj, key);

	if (j == NULL)
		return dflt;
	if (!json_is_boolean(j)) {
		bad(r, key, "true or false");
		return dflt;
	}
	return json_is_true(j);
}

static int64_t
get_int(struct reader *r, const char *key, int64_t dflt, int64_t min, int64_t max)
{
	const json_t *j = json_object_get(r->obj, key);
	char *wanted;

	if (j == NULL || json_is_null(j))
		return dflt;
	if (json_is_integer(j) && json_integer_value(j) >= min &&
	    json_integer_value(j) <= max)
		return json_integer_value(j);
	wanted = xasprintf(
	    "a whole number from %lld to %lld", (long long)min, (long long)max);
	bad(r, key, wanted);
	free(wanted);
	return dflt;
}

static double
get_num(struct reader *r, const char *key, double dflt)
{
	const json_t *j = json_object_get(r->obj, key);

	if (j == NULL)
		return dflt;
	if (!json_is_number(j) || json_number_value(j) < 0) {
		bad(r, key, "a number, not negative");
		return dflt;
	}
	return json_number_value(j);
}

/* One of the words (NULL-terminated); its index. */
static int
get_word(struct reader *r, const char *key, const char *const *words, int dflt)
{
	const char *s = get_str(r, key, NULL);
	char *all;

	if (s == NULL)
		return dflt;
	for (int i = 0; words[i] != NULL; i++)
		if (strcmp(words[i], s) == 0)
			return i;
	all = xstrdup("one of");
	for (int i = 0; words[i] != NULL; i++) {
		char *more = xasprintf("%s \"%s\"", all, words[i]);

		free(all);
		all = more;
	}
	bad(r, key, all);
	free(all);
	return dflt;
}

static const json_t *
get_array(struct reader *r, const char *key)
{
	const json_t *j = json_object_get(r->obj, key);

	if (j != NULL && !json_is_array(j)) {
		bad(r, key, "an array");
		return NULL;
	}
	return j;
}

/* keys: one string, words between blanks */
static void
only_keys(struct reader *r, const char *keys)
{
	const char *key;
	json_t *value;
	char *probe;

	if (!json_is_object(r->obj)) {
		r->err = cause_set(r->cause, "%s: must be an object", r->where);
		return;
	}
	json_object_foreach ((json_t *)r->obj, key, value) {
		probe = xasprintf(" %s ", key);
		if (strstr(keys, probe) == NULL && r->err == 0)
			r->err = cause_set(r->cause,
			    "%s: unknown key \"%s\" (known:%s)", r->where, key, keys);
		free(probe);
	}
}

/* --- parts of a cluster --------------------------------------------------- */

static int
split_listen(
    struct reader *r, const char *key, const char *dflt, char **host, int *port)
{
	const char *s = get_str(r, key, dflt), *colon = strrchr(s, ':');
	char *end;
	long n;

	if (colon == NULL || colon == s)
		return bad(r, key, "ADDRESS:PORT (port 0: any free one)");
	n = strtol(colon + 1, &end, 10);
	if (*end != '\0' || end == colon + 1 || n < 0 || n > 65535)
		return bad(r, key, "ADDRESS:PORT (port 0: any free one)");
	*host = xstrndup(s, (size_t)(colon - s));
	*port = (int)n;
	return 0;
}

static int
read_server(struct cluster *c, const json_t *obj, const char *where, char **cause)
{
	static const char *const schemes[] = { "http", "https", NULL };
	static const char *const dead[] = { "refuse", "hang", NULL };
	static const char *const certs[] = { "good", "wrong-ca", "wrong-host",
		"expired", "soon", NULL };
	struct reader r = { obj, where, cause, 0 };
	struct server *s = &c->srv[c->nsrv];
	int cert;

	only_keys(&r,
	    " name listen scheme dead certificate cpus cpu memory_total "
	    "memory ");
	s->cluster = c;
	s->index = c->nsrv++;
	s->name = xstrdup(need_str(&r, "name"));
	split_listen(&r, "listen", "127.0.0.1:0", &s->host, &s->port);
	s->https = get_word(&r, "scheme", schemes, 0) == 1;
	s->hang = get_word(&r, "dead", dead, 0) == 1;
	cert = get_word(&r, "certificate", certs, 0);
	s->tls_name = cert > 0 ? xstrdup(certs[cert]) : NULL;
	s->cpus = get_num(&r, "cpus", 8);
	s->cpu_base = get_num(&r, "cpu", 50);
	s->memory_total = get_num(&r, "memory_total", 65536);
	s->memory_base = get_num(&r, "memory", 4096);
	return r.err;
}

static int
read_account(struct cluster *c, const json_t *obj, const char *where, char **cause)
{
	static const char *const rights[] = { "operation", "reference", NULL };
	struct reader r = { obj, where, cause, 0 };
	struct account *a = &c->acc[c->nacc++];

	only_keys(&r, " user password rights ");
	a->user = xstrdup(need_str(&r, "user"));
	a->password = xstrdup(get_str(&r, "password", ""));
	a->operation = get_word(&r, "rights", rights, 0) == 0;
	return r.err;
}

static int
read_resource(struct cluster *c, struct group *grp, const json_t *obj,
    const char *where, char **cause)
{
	static const char *const act[] = { "none", "failover", NULL };
	static const char *const deact[] = { "none", "shutdown", "reboot", NULL };
	struct reader r = { obj, where, cause, 0 };
	struct resource *res = &c->res[c->nres];
	const json_t *deps;
	const char *fail_on;
	size_t i;
	json_t *item;

	only_keys(&r,
	    " name type lun vm depends start_ms stop_ms act_failure "
	    "deact_failure fail_leaves_active start_fails stop_fails fail_on ");
	res->group = grp->index;
	res->index = c->nres++;
	res->fail_server = -1;
	grp->n++;
	res->name = xstrdup(need_str(&r, "name"));
	res->type = xstrdup(get_str(&r, "type", "script"));
	if (get_str(&r, "lun", NULL) != NULL)
		res->lun = xstrdup(get_str(&r, "lun", NULL));
	res->is_vm = get_bool(&r, "vm", false);
	res->start_ms = get_int(&r, "start_ms", grp->start_ms, 0, 86400000);
	res->stop_ms = get_int(&r, "stop_ms", grp->stop_ms, 0, 86400000);
	res->act_failure =
	    get_word(&r, "act_failure", act, 1) == 1 ? FAIL_FAILOVER : FAIL_NONE;
	switch (get_word(&r, "deact_failure", deact, 1)) {
	case 0:
		res->deact_failure = FAIL_NONE;
		break;
	case 1:
		res->deact_failure = FAIL_SHUTDOWN;
		break;
	default:
		res->deact_failure = FAIL_REBOOT;
	}
	res->fail_leaves_active = get_bool(&r, "fail_leaves_active", res->lun == NULL);
	res->start_fails = (int)get_int(&r, "start_fails", 0, -1, 1000000);
	res->stop_fails = (int)get_int(&r, "stop_fails", 0, -1, 1000000);
	fail_on = get_str(&r, "fail_on", NULL);
	if (fail_on != NULL && (res->fail_server = cluster_server(c, fail_on)) < 0)
		bad(&r, "fail_on", "a server of the cluster");
	deps = get_array(&r, "depends");
	if (deps == NULL)
		return r.err;
	res->deps = xcalloc(json_array_size(deps) + 1, sizeof(int));
	json_array_foreach (deps, i, item) {
		int d = json_is_string(item)
		    ? cluster_resource(c, json_string_value(item))
		    : -1;

		if (d < grp->first || d >= res->index)
			return bad(&r, "depends",
			    "names of resources that stand before it in its group");
		res->deps[res->ndeps++] = d;
	}
	return r.err;
}

/* The VM of a group is whatever runs it: marked, else vm, else the last script. */
static void
choose_vm(struct cluster *c, struct group *grp)
{
	int best = -1, rank = -1;

	if (grp->vm == NULL || grp->n == 0)
		return;
	for (int i = grp->first; i < grp->first + grp->n; i++) {
		const char *t = c->res[i].type;
		int k = 0;

		if (c->res[i].is_vm)
			return;
		if (strcmp(t, "vm") == 0)
			k = 2;
		else if (strcmp(t, "script") == 0 || strcmp(t, "exec") == 0 ||
		    strcmp(t, "service") == 0 || strcmp(t, "appli") == 0)
			k = 1;
		if (k >= rank) {
			rank = k;
			best = i;
		}
	}
	c->res[best].is_vm = true;
}

static int
read_group(struct cluster *c, const json_t *obj, const char *where, char **cause)
{
	struct reader r = { obj, where, cause, 0 };
	struct group *grp = &c->grp[c->ngrp];
	const json_t *list;
	json_t *item;
	size_t i;

	only_keys(&r,
	    " name vm servers autostart failover failback start_ms stop_ms "
	    "resources initial vm_cpu vm_memory ");
	grp->index = c->ngrp++;
	grp->first = c->nres;
	grp->name = xstrdup(need_str(&r, "name"));
	grp->vm = xstrdup(get_str(&r, "vm", NULL));
	grp->autostart = get_bool(&r, "autostart", true);
	grp->failover = get_bool(&r, "failover", true);
	grp->failback = get_bool(&r, "failback", false);
	grp->start_ms = get_int(&r, "start_ms", 300, 0, 86400000);
	grp->stop_ms = get_int(&r, "stop_ms", 200, 0, 86400000);
	grp->vm_cpu = get_num(&r, "vm_cpu", grp->vm ? 50 : 0);
	grp->vm_memory = get_num(&r, "vm_memory", grp->vm ? 2048 : 0);
	grp->order = xcalloc(SERVERS_MAX, sizeof(int));
	list = get_array(&r, "servers");
	if (list == NULL)
		for (int k = 0; k < c->nsrv; k++)
			grp->order[grp->norder++] = k;
	json_array_foreach (list, i, item) {
		int k = json_is_string(item)
		    ? cluster_server(c, json_string_value(item))
		    : -1;

		if (k < 0 || i >= SERVERS_MAX)
			return bad(&r, "servers", "names of servers of the cluster");
		grp->order[grp->norder++] = k;
	}
	if (json_object_get(obj, "initial") != NULL) {
		grp->initial = xstrdup(get_str(&r, "initial", ""));
		if (*grp->initial != '\0' && cluster_server(c, grp->initial) < 0)
			bad(&r, "initial", "a server of the cluster, \"\" or null");
	}
	list = get_array(&r, "resources");
	json_array_foreach (list, i, item) {
		char *w = xasprintf("%s.resources[%zu]", where, i);

		if (r.err == 0)
			r.err = read_resource(c, grp, item, w, cause);
		free(w);
	}
	choose_vm(c, grp);
	return r.err;
}

static int
read_monitor(struct cluster *c, const json_t *obj, const char *where, char **cause)
{
	struct reader r = { obj, where, cause, 0 };
	struct monitor *m = &c->mon[c->nmon++];
	const char *target;

	only_keys(&r,
	    " name type group resource always restarts_group restart_max "
	    "interval_ms revive_ms ");
	m->name = xstrdup(need_str(&r, "name"));
	m->type = xstrdup(get_str(&r, "type", "genw"));
	m->group = m->resource = -1;
	target = get_str(&r, "group", NULL);
	if (target != NULL && (m->group = cluster_group(c, target)) < 0)
		bad(&r, "group", "a group of the cluster");
	target = get_str(&r, "resource", NULL);
	if (target != NULL && (m->resource = cluster_resource(c, target)) < 0)
		bad(&r, "resource", "a resource of the cluster");
	m->always = get_bool(&r, "always", m->group < 0 && m->resource < 0);
	m->restarts_group = get_bool(&r, "restarts_group", false);
	m->restart_max = (int)get_int(&r, "restart_max", 3, 0, 1000000);
	m->interval_ms = get_int(&r, "interval_ms", 500, 0, 86400000);
	m->revive_ms = get_int(&r, "revive_ms", -1, -1, 86400000);
	return r.err;
}

/* --- a cluster ------------------------------------------------------------ */

typedef int part_fn(struct cluster *, const json_t *, const char *, char **);

static int
read_parts(struct reader *r, struct cluster *c, const char *key, part_fn *fn)
{
	const json_t *list = get_array(r, key);
	json_t *item;
	size_t i;

	json_array_foreach (list, i, item) {
		char *where = xasprintf("%s.%s[%zu]", r->where, key, i);

		if (r->err == 0)
			r->err = fn(c, item, where, r->cause);
		free(where);
	}
	return r->err;
}

static size_t
count(const json_t *obj, const char *key)
{
	return json_array_size(json_object_get(obj, key));
}

static void
read_cluster_times(struct reader *r, struct cluster *c)
{
	c->detect_ms = get_int(r, "detect_ms", c->detect_ms, 0, 86400000);
	c->boot_ms = get_int(r, "boot_ms", c->boot_ms, 0, 86400000);
	c->shutdown_ms = get_int(r, "shutdown_ms", c->shutdown_ms, 0, 86400000);
	c->join_ms = get_int(r, "join_ms", c->join_ms, 0, 86400000);
	c->sync_ms = get_int(r, "sync_ms", c->sync_ms, 0, 86400000);
	c->api_restart_ms =
	    get_int(r, "api_restart_ms", c->api_restart_ms, 0, 86400000);
	c->mirror_ms = get_int(r, "mirror_ms", c->mirror_ms, 0, 86400000);
}

static int
read_lockout(struct reader *up, struct cluster *c)
{
	struct reader r = { json_object_get(up->obj, "lockout"), "lockout", up->cause,
		0 };

	if (r.obj == NULL || json_is_null(r.obj))
		return 0;
	only_keys(&r, " failures seconds ");
	c->lockout_failures = (int)get_int(&r, "failures", 5, 1, 1000000);
	c->lockout_ms = 1000 * get_int(&r, "seconds", 60, 1, 1000000);
	return r.err;
}

static int
names_unique(const struct cluster *c, char **cause)
{
	for (int i = 0; i < c->nsrv; i++)
		if (cluster_server(c, c->srv[i].name) != i)
			return cause_set(cause,
			    "cluster %s: two servers are named '%s'", c->name,
			    c->srv[i].name);
	for (int i = 0; i < c->ngrp; i++)
		if (cluster_group(c, c->grp[i].name) != i)
			return cause_set(cause, "cluster %s: two groups are named '%s'",
			    c->name, c->grp[i].name);
	for (int i = 0; i < c->nres; i++)
		if (cluster_resource(c, c->res[i].name) != i)
			return cause_set(cause,
			    "cluster %s: two resources are named '%s'", c->name,
			    c->res[i].name);
	return 0;
}

static int
read_cluster(struct sim *sim, const json_t *obj, const char *where, char **cause)
{
	static const char *const releases[] = { "4.2.0", "4.2.2", "5.2", "6.0", NULL };
	static const char *const styles[] = { "http", "envelope", NULL };
	static const char *const down[] = { "offline", "error", NULL };
	static const char *const when[] = { "cluster-start", "server-start", NULL };
	static const char *const heal[] = { "reboot-later", "keep", NULL };
	static const char *const pend[] = { "target", "none", NULL };
	struct reader r = { obj, where, cause, 0 };
	struct cluster *c;
	const json_t *groups;
	json_t *item;
	size_t i, nres = 0;

	only_keys(&r,
	    " name release error_style servers accounts lockout groups monitors "
	    "detect_ms boot_ms shutdown_ms join_ms sync_ms api_restart_ms mirror_ms "
	    "daemon_down autostart_when heal current_pending stop_fails_over "
	    "failover_stopping idempotent suspend_refuses ");
	if (r.err != 0)
		return r.err;
	c = sim_add_cluster(sim, need_str(&r, "name"), cause);
	if (c == NULL)
		return -1;
	c->release = (enum release)get_word(&r, "release", releases, REL_60);
	c->envelope_style = get_word(&r, "error_style", styles, 0) == 1;
	c->daemon_down_error = get_word(&r, "daemon_down", down, 0) == 1;
	c->autostart_each = get_word(&r, "autostart_when", when, 0) == 1;
	c->heal_keep = get_word(&r, "heal", heal, 0) == 1;
	c->current_pending_none = get_word(&r, "current_pending", pend, 0) == 1;
	c->stop_fails_over = get_bool(&r, "stop_fails_over", true);
	c->failover_stopping = get_bool(&r, "failover_stopping", true);
	c->idempotent = get_bool(&r, "idempotent", false);
	c->suspend_refuses = get_bool(&r, "suspend_refuses", true);
	read_cluster_times(&r, c);
	groups = get_array(&r, "groups");
	json_array_foreach (groups, i, item)
		nres += count(item, "resources");
	if (count(obj, "servers") < 1 || count(obj, "servers") > SERVERS_MAX)
		return bad(&r, "servers", "an array of 1 to 32 servers");
	c->srv = xcalloc(count(obj, "servers"), sizeof(*c->srv));
	c->acc = xcalloc(count(obj, "accounts") + 1, sizeof(*c->acc));
	c->grp = xcalloc(count(obj, "groups") + 1, sizeof(*c->grp));
	c->res = xcalloc(nres + 1, sizeof(*c->res));
	c->mon = xcalloc(count(obj, "monitors") + 1, sizeof(*c->mon));
	if (r.err != 0 || read_lockout(&r, c) != 0 ||
	    read_parts(&r, c, "servers", read_server) != 0 ||
	    read_parts(&r, c, "accounts", read_account) != 0 ||
	    read_parts(&r, c, "groups", read_group) != 0 ||
	    read_parts(&r, c, "monitors", read_monitor) != 0)
		return -1;
	return names_unique(c, cause);
}

int
config_apply(struct sim *sim, const json_t *doc, char **cause)
{
	struct reader r = { doc, "configuration", cause, 0 };
	const json_t *list;
	json_t *item;
	size_t i;

	only_keys(&r, " control tls_dir jitter keepalive_ms clusters ");
	if (r.err != 0)
		return -1;
	free(sim->control_host);
	sim->control_host = NULL;
	split_listen(
	    &r, "control", "127.0.0.1:0", &sim->control_host, &sim->control_port);
	sim->tls_dir = xstrdup(get_str(&r, "tls_dir", NULL));
	sim->jitter = (int)get_int(&r, "jitter", 10, 0, 100);
	sim->keepalive_ms = get_int(&r, "keepalive_ms", 5000, 1, 86400000);
	list = get_array(&r, "clusters");
	if (json_array_size(list) == 0)
		return bad(&r, "clusters", "an array with at least one cluster");
	json_array_foreach (list, i, item) {
		char *where = xasprintf("clusters[%zu]", i);

		if (r.err == 0)
			r.err = read_cluster(sim, item, where, cause);
		free(where);
	}
	return r.err;
}

int
config_load(struct sim *sim, const char *path, char **cause)
{
	json_error_t e;
	json_t *doc = json_load_file(path, JSON_REJECT_DUPLICATES, &e);
	int err;

	if (doc == NULL)
		return cause_set(cause, "%s:%d: %s", path, e.line, e.text);
	err = config_apply(sim, doc, cause);
	json_decref(doc);
	return err;
}
