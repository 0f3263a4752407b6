/*
 * SPDX-License-Identifier: Apache-2.0
 * The registry of shared LUNs and VMs. See oracle.h.
 */
#include "tests/ecxsim/oracle.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <uthash.h>

#include "base/mem.h"

/* One interval: somebody has the key active, or had. */
struct act {
	TAILQ_ENTRY(act) entry; /* in key->acts while active, then in oracle->history */
	TAILQ_ENTRY(act) there; /* in place->acts while active */
	struct key *of;
	struct place *place;
	char *key, *cluster, *server;
	struct cause cause;
	int64_t begin, end; /* end 0: still active */
	uint64_t seq;
};
TAILQ_HEAD(acts, act);

struct key {
	char *name; /* "lun:x" or "vm:x" */
	struct acts acts;
	unsigned clusters; /* how many different clusters are among acts */
	int64_t dual_since; /* 0: not dual */
	int64_t dual_ms; /* total time in two or more clusters */
	UT_hash_handle hh;
};

/* A server: what is active on it. */
struct place {
	char *name; /* cluster, unit separator, server */
	struct acts acts;
	UT_hash_handle hh;
};

struct violation {
	TAILQ_ENTRY(violation) entry;
	const char *what;
	char *key, *cluster, *server, *others;
	struct cause cause;
	int64_t at;
	uint64_t seq;
};
TAILQ_HEAD(violations, violation);

struct oracle {
	struct key *keys;
	struct place *places;
	struct acts history;
	struct violations violations;
	size_t nhistory, nviolations, max;
	uint64_t seq;
	struct oracle_counts counts;
	json_t *by_account; /* dual_by_command split by account */
};

static const char *const kind_words[] = { "initial", "command", "autostart", "failover",
	"failback", "monitor", "operator", "outside" };

const char *
cause_kind_word(enum cause_kind kind)
{
	return kind_words[kind];
}

json_t *
cause_json(const struct cause *cause)
{
	json_t *j = json_pack("{s:s}", "kind", kind_words[cause->kind]);

	if (cause->kind == CAUSE_COMMAND) {
		json_object_set_new(j, "account", json_string(cause->account));
		json_object_set_new(
		    j, "request", json_integer((json_int_t)cause->request));
	}
	return j;
}

struct oracle *
oracle_new(size_t history_max)
{
	struct oracle *o = xcalloc(1, sizeof(*o));

	o->max = history_max;
	o->by_account = json_object();
	TAILQ_INIT(&o->history);
	TAILQ_INIT(&o->violations);
	return o;
}

static void
act_free(struct act *a)
{
	free(a->key);
	free(a->cluster);
	free(a->server);
	free(a);
}

static void
violation_free(struct violation *v)
{
	free(v->key);
	free(v->cluster);
	free(v->server);
	free(v->others);
	free(v);
}

static void
forget(struct oracle *o)
{
	struct act *a;
	struct violation *v;

	while ((a = TAILQ_FIRST(&o->history)) != NULL) {
		TAILQ_REMOVE(&o->history, a, entry);
		act_free(a);
	}
	while ((v = TAILQ_FIRST(&o->violations)) != NULL) {
		TAILQ_REMOVE(&o->violations, v, entry);
		violation_free(v);
	}
	o->nhistory = o->nviolations = 0;
}

void
oracle_free(struct oracle *o)
{
	struct key *k, *next;
	struct place *p, *pnext;
	struct act *a;

	if (o == NULL)
		return;
	forget(o);
	HASH_ITER (hh, o->places, p, pnext) {
		HASH_DEL(o->places, p);
		free(p->name);
		free(p);
	}
	HASH_ITER (hh, o->keys, k, next) {
		while ((a = TAILQ_FIRST(&k->acts)) != NULL) {
			TAILQ_REMOVE(&k->acts, a, entry);
			act_free(a);
		}
		HASH_DEL(o->keys, k);
		free(k->name);
		free(k);
	}
	json_decref(o->by_account);
	free(o);
}

static struct key *
key_find(const struct oracle *o, enum key_kind kind, const char *name)
{
	char *full = xasprintf("%s:%s", kind == KEY_LUN ? "lun" : "vm", name);
	struct key *k;

	HASH_FIND_STR(o->keys, full, k);
	free(full);
	return k;
}

static struct key *
key_get(struct oracle *o, enum key_kind kind, const char *name)
{
	struct key *k = key_find(o, kind, name);

	if (k != NULL)
		return k;
	k = xcalloc(1, sizeof(*k));
	k->name = xasprintf("%s:%s", kind == KEY_LUN ? "lun" : "vm", name);
	TAILQ_INIT(&k->acts);
	HASH_ADD_KEYPTR(hh, o->keys, k->name, strlen(k->name), k);
	return k;
}

static struct place *
place_get(struct oracle *o, const char *cluster, const char *server)
{
	char *name = xasprintf("%s\x1f%s", cluster, server);
	struct place *p;

	HASH_FIND_STR(o->places, name, p);
	if (p != NULL) {
		free(name);
		return p;
	}
	p = xcalloc(1, sizeof(*p));
	p->name = name;
	TAILQ_INIT(&p->acts);
	HASH_ADD_KEYPTR(hh, o->places, p->name, strlen(p->name), p);
	return p;
}

static struct act *
act_find(const struct key *k, const char *cluster, const char *server)
{
	struct act *a;

	TAILQ_FOREACH (a, &k->acts, entry)
		if (strcmp(a->cluster, cluster) == 0 &&
		    (server == NULL || strcmp(a->server, server) == 0))
			return a;
	return NULL;
}

/* The clusters (or, within one, the servers) that have the key, as words. */
static char *
others_words(const struct key *k)
{
	struct act *a;
	char *all = xstrdup("");

	TAILQ_FOREACH (a, &k->acts, entry) {
		char *more = xasprintf("%s%s%s/%s (%s)", all, *all != '\0' ? ", " : "",
		    a->cluster, a->server, kind_words[a->cause.kind]);

		free(all);
		all = more;
	}
	return all;
}

static void
violation_add(struct oracle *o, const struct key *k, const char *what,
    const char *cluster, const char *server, const struct cause *cause, int64_t now)
{
	struct violation *v = xcalloc(1, sizeof(*v));

	v->what = what;
	v->key = xstrdup(k->name);
	v->cluster = xstrdup(cluster);
	v->server = xstrdup(server);
	v->others = others_words(k);
	v->cause = *cause;
	v->at = now;
	v->seq = ++o->seq;
	TAILQ_INSERT_TAIL(&o->violations, v, entry);
	if (++o->nviolations > o->max) {
		v = TAILQ_FIRST(&o->violations);
		TAILQ_REMOVE(&o->violations, v, entry);
		violation_free(v);
		o->nviolations--;
	}
}

static void
blame_account(struct oracle *o, const char *account)
{
	json_t *n = json_object_get(o->by_account, account);

	json_object_set_new(
	    o->by_account, account, json_integer(json_integer_value(n) + 1));
}

void
oracle_begin(struct oracle *o, enum key_kind kind, const char *name,
    const char *cluster, const char *server, const struct cause *cause, int64_t now)
{
	struct key *k = key_get(o, kind, name);
	struct act *a;

	if (act_find(k, cluster, server) != NULL)
		return;
	if (act_find(k, cluster, NULL) != NULL) {
		o->counts.dual_within++;
		violation_add(o, k, "dual_within", cluster, server, cause, now);
	} else {
		if (k->clusters > 0) {
			bool ours = cause->kind == CAUSE_COMMAND;

			if (ours) {
				o->counts.dual_by_command++;
				blame_account(o, cause->account);
			} else {
				o->counts.dual_foreign++;
			}
			violation_add(o, k, ours ? "dual_by_command" : "dual_foreign",
			    cluster, server, cause, now);
		}
		if (++k->clusters == 2) {
			k->dual_since = now;
			o->counts.dual_now++;
		}
		if (k->clusters > o->counts.max_clusters)
			o->counts.max_clusters = k->clusters;
	}
	a = xcalloc(1, sizeof(*a));
	a->key = xstrdup(k->name);
	a->cluster = xstrdup(cluster);
	a->server = xstrdup(server);
	a->cause = *cause;
	a->begin = now;
	a->seq = ++o->seq;
	a->of = k;
	a->place = place_get(o, cluster, server);
	TAILQ_INSERT_TAIL(&k->acts, a, entry);
	TAILQ_INSERT_TAIL(&a->place->acts, a, there);
	o->counts.activations++;
}

static void
act_end(struct oracle *o, struct act *a, int64_t now)
{
	struct key *k = a->of;

	TAILQ_REMOVE(&k->acts, a, entry);
	TAILQ_REMOVE(&a->place->acts, a, there);
	a->end = now;
	if (act_find(k, a->cluster, NULL) == NULL) {
		assert(k->clusters > 0);
		if (--k->clusters == 1) {
			k->dual_ms += now - k->dual_since;
			k->dual_since = 0;
			o->counts.dual_now--;
		}
	}
	TAILQ_INSERT_TAIL(&o->history, a, entry);
	if (++o->nhistory > o->max) {
		a = TAILQ_FIRST(&o->history);
		TAILQ_REMOVE(&o->history, a, entry);
		act_free(a);
		o->nhistory--;
	}
}

void
oracle_end(struct oracle *o, enum key_kind kind, const char *name, const char *cluster,
    const char *server, int64_t now)
{
	struct key *k = key_find(o, kind, name);
	struct act *a = k == NULL ? NULL : act_find(k, cluster, server);

	if (a != NULL)
		act_end(o, a, now);
}

void
oracle_end_server(
    struct oracle *o, const char *cluster, const char *server, int64_t now)
{
	struct place *p = place_get(o, cluster, server);
	struct act *a;

	while ((a = TAILQ_FIRST(&p->acts)) != NULL)
		act_end(o, a, now);
}

bool
oracle_active(const struct oracle *o, enum key_kind kind, const char *name,
    const char *cluster, const char *server)
{
	struct key *k = key_find(o, kind, name);

	return k != NULL && act_find(k, cluster, server) != NULL;
}

json_t *
oracle_where(const struct oracle *o, enum key_kind kind, const char *name)
{
	struct key *k = key_find(o, kind, name);
	json_t *list = json_array();
	struct act *a;

	if (k == NULL)
		return list;
	TAILQ_FOREACH (a, &k->acts, entry)
		json_array_append_new(list,
		    json_pack(
		        "{s:s, s:s}", "cluster", a->cluster, "server", a->server));
	return list;
}

void
oracle_counts(const struct oracle *o, struct oracle_counts *out)
{
	*out = o->counts;
}

void
oracle_reset(struct oracle *o)
{
	struct key *k, *next;
	unsigned dual_now = o->counts.dual_now;

	forget(o);
	memset(&o->counts, 0, sizeof(o->counts));
	o->counts.dual_now = dual_now;
	json_object_clear(o->by_account);
	HASH_ITER (hh, o->keys, k, next) {
		k->dual_ms = 0;
		if (k->clusters > o->counts.max_clusters)
			o->counts.max_clusters = k->clusters;
	}
}

static json_t *
act_json(const struct act *a)
{
	json_t *j =
	    json_pack("{s:I, s:s, s:s, s:s, s:o, s:I}", "seq", (json_int_t)a->seq,
	        "key", a->key, "cluster", a->cluster, "server", a->server, "cause",
	        cause_json(&a->cause), "begin_ms", (json_int_t)a->begin);

	json_object_set_new(
	    j, "end_ms", a->end == 0 ? json_null() : json_integer((json_int_t)a->end));
	return j;
}

json_t *
oracle_json(const struct oracle *o, int64_t now, enum oracle_detail detail)
{
	const struct oracle_counts *c = &o->counts;
	json_t *active = json_array(), *hist = json_array(), *viol = json_array();
	json_t *dual_ms = json_object();
	struct key *k, *next;
	struct violation *v;
	struct act *a;

	TAILQ_FOREACH (v, &o->violations, entry) {
		json_array_append_new(viol,
		    json_pack("{s:I, s:s, s:s, s:s, s:s, s:s, s:o, s:I}", "seq",
		        (json_int_t)v->seq, "what", v->what, "key", v->key, "cluster",
		        v->cluster, "server", v->server, "active_in", v->others,
		        "cause", cause_json(&v->cause), "at_ms", (json_int_t)v->at));
	}
	HASH_ITER (hh, o->keys, k, next) {
		int64_t ms = k->dual_ms + (k->dual_since ? now - k->dual_since : 0);

		if (ms > 0 || k->dual_since != 0)
			json_object_set_new(
			    dual_ms, k->name, json_integer((json_int_t)ms));
		if (detail != ORACLE_COUNTS)
			TAILQ_FOREACH (a, &k->acts, entry)
				json_array_append_new(active, act_json(a));
	}
	if (detail == ORACLE_ALL)
		TAILQ_FOREACH (a, &o->history, entry)
			json_array_append_new(hist, act_json(a));
	return json_pack("{s:I, s:O, s:I, s:I, s:I, s:i, s:i, s:I, s:o, s:o, s:o, s:o}",
	    "dual_by_command", (json_int_t)c->dual_by_command, "by_account",
	    o->by_account, "dual_foreign", (json_int_t)c->dual_foreign, "dual_within",
	    (json_int_t)c->dual_within, "activations", (json_int_t)c->activations,
	    "dual_now", (int)c->dual_now, "max_clusters", (int)c->max_clusters,
	    "now_ms", (json_int_t)now, "dual_ms", dual_ms, "violations", viol, "active",
	    active, "history", hist);
}
