/*
 * SPDX-License-Identifier: Apache-2.0
 * Our JSON into an input of the planner. clusterset-plan(1) has every key.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/mem.h"
#include "base/text.h"
#include "policy/plan_file.h"
#include "policy/plan_index.h"
#include "policy/plan_json.h"

#define SITES_MAX   10000
#define AT_ONCE_MAX 1000000
#define MEMORY_MAX  ((int64_t)1 << 40) /* MiB */

struct reader {
	struct plan_input *in;
	const char *text, *file;
	size_t len;
	char **cause;
	const char *list; /* key of the top object that is read */
	size_t index; /* element of it */
	struct plan_index *clusters, *nodes, *vms, *sets, *domains;
};

/* Words about a key (NULL: all) of the element that is read, with its line. */
#define BAD(r, key, fmt, ...)                                                  \
	cause_set((r)->cause, "%s:%zu: " fmt, (r)->file,                       \
	    plan_json_line((r)->text, (r)->len, (r)->list, (r)->index, (key)), \
	    __VA_ARGS__)

static int
bad_word(struct reader *r, const char *key, const char *what, const char *foreign)
{
	char *shown = text_vis(foreign, PLAN_NAME_MAX);

	BAD(r, key, "%s: '%s' %s", key != NULL ? key : r->list, shown, what);
	free(shown);
	return -1;
}

static int
check_keys(struct reader *r, json_t *o, const char *const *keys, size_t n)
{
	const char *key;
	json_t *value;
	char *shown;
	int near;
	size_t i;

	if (!json_is_object(o))
		return BAD(r, NULL, "%s: an object {...} is wanted here", r->list);
	json_object_foreach (o, key, value) {
		for (i = 0; i < n && strcmp(keys[i], key) != 0; i++)
			;
		if (i < n)
			continue;
		near = text_nearest(key, keys, n);
		shown = text_vis(key, PLAN_NAME_MAX);
		BAD(r, key, "unknown key \"%s\" in %s; %s%s%s", shown,
		    r->list != NULL ? r->list : "the whole", near >= 0 ? "is \"" : "",
		    near >= 0 ? keys[near] : "clusterset-plan(1) has them all",
		    near >= 0 ? "\" meant?" : "");
		free(shown);
		return -1;
	}
	return 0;
}

/* A number, where there is one. */
static int
number(struct reader *r, json_t *o, const char *key, double *value)
{
	json_t *v = json_object_get(o, key);

	if (v == NULL)
		return 0;
	if (!json_is_number(v) || !isfinite(json_number_value(v)) ||
	    fabs(json_number_value(v)) > 1e15)
		return BAD(r, key, "%s: a number is wanted", key);
	*value = json_number_value(v);
	return 0;
}

static int
whole(struct reader *r, json_t *o, const char *key, int64_t most, int64_t *value)
{
	json_t *v = json_object_get(o, key);

	if (v == NULL)
		return 0;
	if (!json_is_integer(v) || json_integer_value(v) < 0 ||
	    json_integer_value(v) > most)
		return BAD(r, key, "%s: a whole number from 0 to %jd is wanted", key,
		    (intmax_t)most);
	*value = json_integer_value(v);
	return 0;
}

static int
boolean(struct reader *r, json_t *o, const char *key, bool *value)
{
	json_t *v = json_object_get(o, key);

	if (v == NULL)
		return 0;
	if (!json_is_boolean(v))
		return BAD(r, key, "%s: true or false is wanted", key);
	*value = json_is_true(v);
	return 0;
}

/* A name or NULL where there is none. */
static int
string(struct reader *r, json_t *o, const char *key, const char **value)
{
	json_t *v = json_object_get(o, key);

	*value = NULL;
	if (v == NULL || json_is_null(v))
		return 0;
	if (!json_is_string(v) ||
	    json_string_length(v) != strlen(json_string_value(v)) ||
	    !text_is_name(json_string_value(v), PLAN_NAME_MAX))
		return BAD(r, key,
		    "%s: a string of 1 to %d bytes without control characters is "
		    "wanted",
		    key, PLAN_NAME_MAX);
	*value = json_string_value(v);
	return 0;
}

/* A word of a list, as its index; *value stays where there is none. */
static int
word(struct reader *r, json_t *o, const char *key, const char *(*name)(unsigned),
    unsigned n, unsigned *value)
{
	const char *s;
	unsigned i;

	if (string(r, o, key, &s) != 0)
		return -1;
	for (i = 0; s != NULL && i < n; i++)
		if (strcmp(s, name(i)) == 0) {
			*value = i;
			return 0;
		}
	return s == NULL
	    ? 0
	    : bad_word(r, key, "is no such word; see clusterset-plan(1)", s);
}

static const char *
state_name(unsigned i)
{
	return plan_node_state_word((enum plan_node_state)i);
}

static const char *
spread_name(unsigned i)
{
	return plan_spread_word((enum plan_spread)i);
}

/* The index of what is named, -1 where nothing is. */
static int
reference(struct reader *r, json_t *o, const char *key, const struct plan_index *x,
    const char *what, int *value)
{
	const char *s;

	*value = -1;
	if (string(r, o, key, &s) != 0)
		return -1;
	if (s == NULL)
		return 0;
	*value = plan_index_find(x, s);
	return *value >= 0 ? 0 : bad_word(r, key, what, s);
}

/* The name of a new element, remembered. */
static int
new_name(struct reader *r, json_t *o, struct plan_index **x, size_t index, char **name)
{
	const char *s;

	if (string(r, o, "name", &s) != 0)
		return -1;
	if (s == NULL)
		return BAD(r, NULL, "%s: an element has no \"name\"", r->list);
	if (plan_index_add(x, s, (int)index) != 0)
		return bad_word(r, "name", "stands twice; remove or rename one", s);
	*name = xstrdup(s);
	return 0;
}

/* --- elements ---------------------------------------------------------------- */

static int
read_cluster(struct reader *r, json_t *o)
{
	static const char *const keys[] = { "name", "maintenance" };
	struct plan_cluster *c = &r->in->clusters[r->index];

	if (check_keys(r, o, keys, sizeof keys / sizeof *keys) != 0 ||
	    new_name(r, o, &r->clusters, r->index, &c->name) != 0)
		return -1;
	return boolean(r, o, "maintenance", &c->maintenance);
}

static int
read_domain(struct reader *r, json_t *o, int *domain)
{
	struct plan_input *in = r->in;
	const char *s;

	*domain = -1;
	if (string(r, o, "fault-domain", &s) != 0)
		return -1;
	if (s == NULL)
		return 0;
	*domain = plan_index_find(r->domains, s);
	if (*domain >= 0)
		return 0;
	*domain = (int)in->ndomains;
	plan_index_add(&r->domains, s, *domain);
	in->domains[in->ndomains++] = xstrdup(s); /* room for one each node */
	return 0;
}

static int
read_node(struct reader *r, json_t *o)
{
	static const char *const keys[] = { "name", "cluster", "fault-domain", "state",
		"cpus", "memory-mib", "reserved-mib" };
	struct plan_node *n = &r->in->nodes[r->index];
	unsigned state = PLAN_NODE_ONLINE;

	if (check_keys(r, o, keys, sizeof keys / sizeof *keys) != 0 ||
	    new_name(r, o, &r->nodes, r->index, &n->name) != 0 ||
	    reference(r, o, "cluster", r->clusters, "is none of \"clusters\"",
	        &n->cluster) != 0 ||
	    read_domain(r, o, &n->domain) != 0 ||
	    word(r, o, "state", state_name, PLAN_NODE_STATES, &state) != 0 ||
	    number(r, o, "cpus", &n->cpus) != 0 ||
	    whole(r, o, "memory-mib", MEMORY_MAX, &n->memory) != 0 ||
	    whole(r, o, "reserved-mib", MEMORY_MAX, &n->reserved) != 0)
		return -1;
	n->state = (enum plan_node_state)state;
	if (n->cluster < 0)
		return BAD(r, NULL, "node %s: no \"cluster\"", n->name);
	return 0;
}

static int
read_set(struct reader *r, json_t *o)
{
	static const char *const keys[] = { "name", "spread", "hard" };
	struct plan_set *s = &r->in->sets[r->index];
	unsigned spread = PLAN_SPREAD_NODE;

	s->hard = true;
	if (check_keys(r, o, keys, sizeof keys / sizeof *keys) != 0 ||
	    new_name(r, o, &r->sets, r->index, &s->name) != 0 ||
	    word(r, o, "spread", spread_name, PLAN_SPREADS, &spread) != 0)
		return -1;
	s->spread = (enum plan_spread)spread;
	return boolean(r, o, "hard", &s->hard);
}

static int
read_sites(struct reader *r, json_t *o, struct plan_vm *v)
{
	json_t *list = json_object_get(o, "sites"), *e;
	size_t i;

	if (list == NULL)
		return 0;
	if (!json_is_array(list) || json_array_size(list) == 0 ||
	    json_array_size(list) > SITES_MAX)
		return BAD(r, "sites",
		    "%s: a list of 1 to %d clusters is wanted; without "
		    "it a VM may run in all",
		    "sites", SITES_MAX);
	v->sites = xcalloc(json_array_size(list), sizeof *v->sites);
	json_array_foreach (list, i, e) {
		if (!json_is_string(e))
			return BAD(
			    r, "sites", "%s: names of clusters are wanted", "sites");
		v->sites[i] = plan_index_find(r->clusters, json_string_value(e));
		if (v->sites[i] < 0)
			return bad_word(r, "sites", "is none of \"clusters\"",
			    json_string_value(e));
		v->nsites++;
	}
	return 0;
}

static int
read_vm(struct reader *r, json_t *o)
{
	static const char *const keys[] = { "name", "node", "vcpus", "load",
		"memory-mib", "sites", "home", "priority", "downtime", "hold",
		"availability-set" };
	struct plan_vm *v = &r->in->vms[r->index];
	int64_t vcpus = 1, priority = 0;
	int set;

	v->node = v->home = -1;
	v->load = v->downtime = -1;
	if (check_keys(r, o, keys, sizeof keys / sizeof *keys) != 0 ||
	    new_name(r, o, &r->vms, r->index, &v->name) != 0 ||
	    reference(r, o, "node", r->nodes, "is none of \"nodes\"", &v->node) != 0 ||
	    reference(r, o, "home", r->clusters, "is none of \"clusters\"", &v->home) !=
	        0 ||
	    reference(r, o, "availability-set", r->sets,
	        "is none of \"availability-sets\"", &set) != 0 ||
	    whole(r, o, "vcpus", 1000000, &vcpus) != 0 ||
	    number(r, o, "load", &v->load) != 0 ||
	    whole(r, o, "memory-mib", MEMORY_MAX, &v->memory) != 0 ||
	    whole(r, o, "priority", 1000, &priority) != 0 ||
	    number(r, o, "downtime", &v->downtime) != 0 ||
	    boolean(r, o, "hold", &v->hold) != 0 || read_sites(r, o, v) != 0)
		return -1;
	v->vcpus = (int)vcpus;
	v->priority = (int)priority;
	v->estimated = json_object_get(o, "load") == NULL;
	if (v->estimated)
		v->load = (double)vcpus * PLAN_LOAD_PER_VCPU;
	if (json_object_get(o, "downtime") != NULL && v->downtime < 0)
		return BAD(r, "downtime", "%s: seconds, not below 0", "downtime");
	if (set >= 0) {
		v->sets = xcalloc(1, sizeof *v->sets);
		v->sets[v->nsets++] = set;
	}
	return 0;
}

/* --- settings ---------------------------------------------------------------- */

static int
read_settings(struct reader *r, json_t *top)
{
	static const char *const keys[] = { "weights", "costs", "downtime", "min-gain",
		"memory-limit", "cpu-limit", "cpu-target", "vcpu-ratio", "reserve",
		"at-once" };
	static const char *const at_once[] = { "all", "node", "cluster" };
	static const char *const weights[] = { "cpu", "memory", "cluster-cpu",
		"cluster-memory", "spread", "home" };
	static const char *const costs[] = { "inside", "across", "second", "gib" };
	struct plan_settings *s = &r->in->settings;
	json_t *o = json_object_get(top, "settings"), *w, *c, *a;
	int64_t all = (int64_t)s->at_once, node = (int64_t)s->at_once_node,
	        cluster = (int64_t)s->at_once_cluster;

	r->list = "settings";
	r->index = PLAN_JSON_OBJECT;
	if (o == NULL)
		return 0;
	if (check_keys(r, o, keys, sizeof keys / sizeof *keys) != 0 ||
	    number(r, o, "downtime", &s->downtime) != 0 ||
	    number(r, o, "min-gain", &s->min_gain) != 0 ||
	    number(r, o, "memory-limit", &s->memory_limit) != 0 ||
	    number(r, o, "cpu-limit", &s->cpu_limit) != 0 ||
	    number(r, o, "cpu-target", &s->cpu_target) != 0 ||
	    number(r, o, "vcpu-ratio", &s->vcpu_ratio) != 0 ||
	    boolean(r, o, "reserve", &s->reserve) != 0)
		return -1;
	w = json_object_get(o, "weights");
	if (w != NULL &&
	    (check_keys(r, w, weights, sizeof weights / sizeof *weights) != 0 ||
	        number(r, w, "cpu", &s->weight_cpu) != 0 ||
	        number(r, w, "memory", &s->weight_memory) != 0 ||
	        number(r, w, "cluster-cpu", &s->weight_cluster_cpu) != 0 ||
	        number(r, w, "cluster-memory", &s->weight_cluster_memory) != 0 ||
	        number(r, w, "spread", &s->weight_spread) != 0 ||
	        number(r, w, "home", &s->weight_home) != 0))
		return -1;
	c = json_object_get(o, "costs");
	if (c != NULL &&
	    (check_keys(r, c, costs, sizeof costs / sizeof *costs) != 0 ||
	        number(r, c, "inside", &s->cost_inside) != 0 ||
	        number(r, c, "across", &s->cost_across) != 0 ||
	        number(r, c, "second", &s->cost_second) != 0 ||
	        number(r, c, "gib", &s->cost_gib) != 0))
		return -1;
	a = json_object_get(o, "at-once");
	if (a != NULL &&
	    (check_keys(r, a, at_once, sizeof at_once / sizeof *at_once) != 0 ||
	        whole(r, a, "all", AT_ONCE_MAX, &all) != 0 ||
	        whole(r, a, "node", AT_ONCE_MAX, &node) != 0 ||
	        whole(r, a, "cluster", AT_ONCE_MAX, &cluster) != 0))
		return -1;
	s->at_once = (size_t)all;
	s->at_once_node = (size_t)node;
	s->at_once_cluster = (size_t)cluster;
	return 0;
}

/* --- all of it --------------------------------------------------------------- */

/* An array of the top object, each element through `read`. */
static int
read_list(struct reader *r, json_t *top, const char *list, size_t most, void *array,
    size_t size, size_t *count, int (*read)(struct reader *, json_t *))
{
	json_t *a = json_object_get(top, list);
	const size_t n = json_array_size(a);

	r->list = list;
	r->index = PLAN_JSON_OBJECT;
	if (a != NULL && !json_is_array(a))
		return BAD(r, NULL, "%s: a list [...] is wanted", list);
	if (n > most)
		return BAD(r, NULL,
		    "%s: %zu are too many, %zu are possible; plan in parts", list, n,
		    most);
	*(void **)array = xcalloc(n + 1, size);
	*count = n;
	for (r->index = 0; r->index < n; r->index++)
		if (read(r, json_array_get(a, r->index)) != 0)
			return -1;
	return 0;
}

static int
check_all(struct reader *r)
{
	static const char *const lists[] = { "settings", "nodes", "vms",
		"availability-sets" };
	struct plan_fault where;
	char *words = NULL;

	if (plan_input_check(r->in, &where, &words) == 0)
		return 0;
	r->list = lists[where.part];
	r->index = where.part == PLAN_PART_SETTINGS ? PLAN_JSON_OBJECT : where.index;
	BAD(r, NULL, "%s", words);
	free(words);
	return -1;
}

static int
read_all(struct reader *r, json_t *top)
{
	static const char *const keys[] = { "settings", "clusters", "nodes",
		"availability-sets", "vms" };
	struct plan_input *in = r->in;

	r->list = NULL;
	if (!json_is_object(top))
		return cause_set(r->cause,
		    "%s:1: an object {\"clusters\": [...], \"nodes\": [...], \"vms\": "
		    "[...]} is wanted",
		    r->file);
	if (check_keys(r, top, keys, sizeof keys / sizeof *keys) != 0 ||
	    read_settings(r, top) != 0 ||
	    read_list(r, top, "clusters", PLAN_NODES_MAX, &in->clusters,
	        sizeof *in->clusters, &in->nclusters, read_cluster) != 0)
		return -1;
	in->domains = xcalloc(
	    json_array_size(json_object_get(top, "nodes")) + 1, sizeof *in->domains);
	if (read_list(r, top, "nodes", PLAN_NODES_MAX, &in->nodes, sizeof *in->nodes,
	        &in->nnodes, read_node) != 0 ||
	    read_list(r, top, "availability-sets", PLAN_VMS_MAX, &in->sets,
	        sizeof *in->sets, &in->nsets, read_set) != 0 ||
	    read_list(r, top, "vms", PLAN_VMS_MAX, &in->vms, sizeof *in->vms, &in->nvms,
	        read_vm) != 0)
		return -1;
	return check_all(r);
}

struct plan_input *
plan_json_parse(const char *text, size_t len, const char *file, char **cause)
{
	struct reader r = { .in = plan_input_new(),
		.text = text,
		.file = file,
		.len = len,
		.cause = cause };
	json_error_t error;
	json_t *top;
	char *shown;
	int rc = -1;

	top = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	if (top == NULL) {
		shown = text_vis(error.text, 200);
		cause_set(cause, "%s:%d: no JSON: %s", file, error.line, shown);
		free(shown);
	} else
		rc = read_all(&r, top);
	json_decref(top);
	plan_index_free(&r.clusters);
	plan_index_free(&r.nodes);
	plan_index_free(&r.vms);
	plan_index_free(&r.sets);
	plan_index_free(&r.domains);
	if (rc == 0)
		return r.in;
	plan_input_free(r.in);
	return NULL;
}
