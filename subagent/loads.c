/*
 * SPDX-License-Identifier: Apache-2.0
 * Who is asked for loads by SNMP, and what comes of it. See loads.h.
 *
 * A target is a node whose agent is asked. It is known to the asker by a number that is
 * never given twice, so that a late answer of one that was dropped is nobody's.
 */
#include "config.h"

#include "subagent/loads.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "set/load.h"
#include "subagent/control_impl.h"

#define SNMP_PORT     161
#define BAD_AFTER     3 /* failures in a row until it is told */
#define NAMED_MAX     3 /* nodes that an alarm names */
#define ERROR_MAX     300 /* bytes of one reason */
#define LINES_MAX     10 /* in the log, a minute */
#define LINES_TIME_MS 60000

struct target {
	unsigned id;
	char *name; /* "cluster/node" */
	char *cluster, *node;
	char *host;
	unsigned port;
	unsigned account; /* index into accounts */
	unsigned failures; /* in a row */
	char *error; /* of the last one; NULL: it was fine */
	bool heard; /* it is known to be fine, or bad */
	bool kept; /* by this configuration */
	UT_hash_handle by_name, by_id;
};

struct loads {
	struct control *c;
	struct loads_child *child;
	struct loads_hook *hook;
	struct target *by_name, *by_id;
	unsigned last_id;
	char **accounts; /* each as the asker is told, but for its id */
	unsigned naccounts;
	struct load_settings told; /* interval, timeout, tries, at_once */
	msec_t lines_since;
	unsigned lines, lines_dropped;
};

/* --- what is said about it -----------------------------------------------------------
 */

/* False: there were too many lines. */
static bool
may_log(struct loads *l)
{
	const msec_t now = clock_ms();

	if (l->lines_since == 0 || now - l->lines_since > LINES_TIME_MS) {
		if (l->lines_dropped > 0)
			log_notice("load", "%u more such lines were left out",
			    l->lines_dropped);
		l->lines_since = now;
		l->lines = l->lines_dropped = 0;
	}
	if (l->lines++ < LINES_MAX)
		return true;
	l->lines_dropped++;
	return false;
}

static bool
bad(const struct target *t)
{
	return t->failures >= BAD_AFTER;
}

/* The reasons of the cluster's bad nodes in its one alarm. */
static void
tell_cluster(struct loads *l, const char *cluster)
{
	const struct model_now now = control_now();
	const struct target *t;
	unsigned nbad = 0, all = 0, unheard = 0;
	char *names = xstrdup(""), *more, *text = NULL;

	for (t = l->by_name; t != NULL; t = t->by_name.next) {
		if (strcmp(t->cluster, cluster) != 0)
			continue;
		all++;
		unheard += !t->heard;
		if (!bad(t))
			continue;
		if (nbad++ < NAMED_MAX) {
			more = xasprintf(
			    "%s%s%s: %s", names, *names ? "; " : "", t->node, t->error);
			free(names);
			names = more;
		}
	}
	if (nbad > NAMED_MAX)
		text = xasprintf("the load of %u of %u nodes is not known: %s; and %u "
		                 "more",
		    nbad, all, names, nbad - NAMED_MAX);
	else if (nbad > 0)
		text = xasprintf(
		    "the load of %u of %u nodes is not known: %s", nbad, all, names);
	/* one of the last run stands until it is known better */
	if (nbad > 0 || unheard == 0)
		model_alarm(l->c->model, ALARM_LOAD_UNKNOWN, SEV_WARNING,
		    OBJECT_CLUSTER, cluster, text, &now);
	free(names);
	free(text);
}

static void
failed(struct loads *l, struct target *t, const char *error)
{
	char *shown = text_vis(error, ERROR_MAX);
	const bool was_bad = bad(t);
	const bool news = t->error == NULL || strcmp(t->error, shown) != 0;

	if (!was_bad)
		t->failures++;
	free(t->error);
	t->error = shown;
	log_debug("load", "node=%s %s", t->name, shown);
	if (!bad(t) || (was_bad && !news))
		return;
	t->heard = true;
	if (may_log(l))
		log_warn("load", "node=%s its load is not known: %s", t->name, shown);
	tell_cluster(l, t->cluster);
}

static void
fine(struct loads *l, struct target *t)
{
	const bool was_bad = bad(t), first = !t->heard;

	t->heard = true;
	t->failures = 0;
	xfree_clear(&t->error);
	if (was_bad && may_log(l))
		log_notice("load", "node=%s its load is known again", t->name);
	if (was_bad || first)
		tell_cluster(l, t->cluster);
}

/* --- answers -------------------------------------------------------------------------
 */

static double
figure(const json_t *line, const char *name)
{
	const json_t *v = json_object_get(line, name);

	return json_is_number(v) ? json_number_value(v) : LOAD_UNTOLD;
}

static void
take_answer(struct loads *l, struct target *t, const json_t *line)
{
	const struct model_now now = control_now();
	const json_t *at = json_object_get(line, "at");
	const char *error = json_string_value(json_object_get(line, "error"));
	const struct load_sample s = {
		.source = LOAD_SNMP,
		.at = json_is_integer(at) ? json_integer_value(at) : now.ms,
		.cpu = figure(line, "cpu"),
		.cpus = figure(line, "cpus"),
		.memory_used = figure(line, "used"),
		.memory_total = figure(line, "total"),
	};
	char *cause = NULL;

	if (s.cpu >= 0 || s.cpus >= 0 || s.memory_used >= 0 || s.memory_total >= 0) {
		if (!model_node_load(
		        l->c->model, t->cluster, t->node, &s, &now, &cause))
			error = cause;
	} else if (error == NULL)
		error = "it tells nothing";
	if (error != NULL)
		failed(l, t, error);
	else
		fine(l, t);
	free(cause);
	control_changed(l->c);
}

static void
on_line(void *arg, const json_t *line)
{
	struct loads *l = arg;
	const json_t *id = json_object_get(line, "id");
	struct target *t = NULL;
	unsigned n;

	if (!json_is_integer(id))
		return;
	n = (unsigned)json_integer_value(id);
	HASH_FIND(by_id, l->by_id, &n, sizeof(n), t);
	if (t != NULL)
		take_answer(l, t, line);
}

static void
on_trouble(void *arg, const char *text)
{
	struct loads *l = arg;
	const struct model_now now = control_now();
	char *whole = NULL;

	if (text != NULL)
		whole = xasprintf(
		    "no node is asked for its load: the process that does %s again "
		    "and again",
		    text);
	model_alarm(l->c->model, ALARM_LOAD_UNKNOWN, SEV_WARNING, OBJECT_SET,
	    CONTROL_NAME, whole, &now);
	free(whole);
	control_changed(l->c);
}

/* --- what the asker is told
 * ------------------------------------------------------------- */

static void
tell_settings(struct loads *l)
{
	loads_child_tell(l->child,
	    json_pack("{s:{s:I,s:I,s:i,s:i}}", "settings", "interval",
	        (json_int_t)l->told.interval, "timeout", (json_int_t)l->told.timeout,
	        "tries", (int)l->told.tries, "at-once", (int)l->told.at_once));
}

static void
tell_target(struct loads *l, const struct target *t)
{
	loads_child_tell(l->child,
	    json_pack("{s:{s:i,s:s,s:i,s:i}}", "node", "id", (int)t->id, "host",
	        t->host, "port", (int)t->port, "account", (int)t->account));
}

static void
on_started(void *arg)
{
	struct loads *l = arg;
	const struct target *t;
	json_t *account;
	unsigned i;

	tell_settings(l);
	for (i = 0; i < l->naccounts; i++) {
		account = json_loads(l->accounts[i], 0, NULL);
		json_object_set_new(account, "id", json_integer(i));
		loads_child_tell(l->child, json_pack("{s:o}", "account", account));
	}
	for (t = l->by_name; t != NULL; t = t->by_name.next)
		tell_target(l, t);
}

/* --- the configuration
 * ------------------------------------------------------------------- */

static void
put_text(json_t *o, const char *name, const char *text)
{
	if (text != NULL)
		json_object_set_new(o, name, json_string(text));
}

static char *
account_text(const struct snmp_settings *s)
{
	json_t *o = json_pack("{s:i}", "version", s->version);
	char *text;

	if (s->version == 2)
		put_text(o, "community", s->community);
	else {
		put_text(o, "user", s->user);
		put_text(o, "auth-protocol", s->auth_protocol);
		put_text(o, "auth-password", s->auth_password);
		put_text(o, "priv-protocol", s->priv_protocol);
		put_text(o, "priv-password", s->priv_password);
		put_text(o, "context", s->context);
	}
	text = json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(o);
	return text;
}

static void
accounts_free(char **accounts, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		explicit_bzero(accounts[i], strlen(accounts[i]));
		free(accounts[i]);
	}
	free(accounts);
}

static unsigned
account_of(struct loads *l, const struct snmp_settings *s)
{
	char *text = account_text(s);
	unsigned i;

	for (i = 0; i < l->naccounts; i++)
		if (strcmp(l->accounts[i], text) == 0) {
			explicit_bzero(text, strlen(text));
			free(text);
			return i;
		}
	l->accounts =
	    xreallocarray(l->accounts, l->naccounts + 1, sizeof(*l->accounts));
	l->accounts[l->naccounts] = text;
	return l->naccounts++;
}

/* "HOST[:PORT]" or the host of an URL; "[::1]:161" is an address of version 6. */
static char *
host_port(const struct server_settings *s, unsigned *port)
{
	const char *from = s->snmp, *end;
	char *host;

	*port = SNMP_PORT;
	if (from == NULL) {
		from = strstr(s->url, "://");
		from = from == NULL ? s->url : from + 3;
	}
	if (*from == '[') {
		from++;
		end = from + strcspn(from, "]");
		host = xstrndup(from, (size_t)(end - from));
		if (*end == ']')
			end++;
	} else if (s->snmp != NULL && strchr(from, ':') != strrchr(from, ':'))
		return xstrdup(from); /* an address of version 6 alone */
	else {
		end = from + strcspn(from, ":/");
		host = xstrndup(from, (size_t)(end - from));
	}
	if (s->snmp != NULL && *end == ':')
		*port = (unsigned)strtoul(end + 1, NULL, 10);
	return host;
}

static void
drop_target(struct loads *l, struct target *t)
{
	loads_child_tell(l->child, json_pack("{s:i}", "drop", (int)t->id));
	HASH_DELETE(by_name, l->by_name, t);
	HASH_DELETE(by_id, l->by_id, t);
	free(t->name);
	free(t->cluster);
	free(t->node);
	free(t->host);
	free(t->error);
	free(t);
}

/* Whoever is asked the same way as before is left alone. */
static void
want_target(struct loads *l, const char *cluster, const struct server_settings *s,
    unsigned account)
{
	char *name = xasprintf("%s/%s", cluster, s->name), *host;
	struct target *t;
	unsigned port;

	host = host_port(s, &port);
	HASH_FIND(by_name, l->by_name, name, strlen(name), t);
	if (t != NULL && t->port == port && t->account == account &&
	    strcmp(t->host, host) == 0) {
		t->kept = true;
		free(name);
		free(host);
		return;
	}
	if (t != NULL)
		drop_target(l, t);
	t = xcalloc(1, sizeof(*t));
	t->id = ++l->last_id & INT32_MAX;
	t->name = name;
	t->cluster = xstrdup(cluster);
	t->node = xstrdup(s->name);
	t->host = host;
	t->port = port;
	t->account = account;
	t->kept = true;
	HASH_ADD_KEYPTR(by_name, l->by_name, t->name, strlen(t->name), t);
	HASH_ADD(by_id, l->by_id, id, sizeof(t->id), t);
	tell_target(l, t);
}

static void
drop_unwanted(struct loads *l)
{
	struct target *t, *next;
	char *cluster;

	for (t = l->by_name; t != NULL; t = next) {
		next = t->by_name.next;
		if (t->kept)
			continue;
		cluster = xstrdup(t->cluster);
		drop_target(l, t);
		tell_cluster(l, cluster);
		free(cluster);
	}
}

/* True: the asker begins anew, with other accounts. */
static bool
find_accounts(struct loads *l, const struct settings *s)
{
	char **old = l->accounts;
	const unsigned nold = l->naccounts;
	const struct snmp_settings *snmp;
	bool changed;
	unsigned k;
	size_t i;

	l->accounts = NULL;
	l->naccounts = 0;
	for (i = 0; i < s->nclusters; i++) {
		snmp = settings_snmp(s, &s->clusters[i]);
		if (snmp != NULL)
			account_of(l, snmp);
	}
	changed = l->naccounts != nold;
	for (k = 0; k < nold && !changed; k++)
		changed = strcmp(old[k], l->accounts[k]) != 0;
	accounts_free(old, nold);
	return changed;
}

static void
find_targets(struct loads *l, const struct settings *s)
{
	const struct snmp_settings *snmp;
	struct target *t;
	unsigned account;
	size_t i, k;

	for (t = l->by_name; t != NULL; t = t->by_name.next)
		t->kept = false;
	for (i = 0; i < s->nclusters; i++) {
		const struct cluster_settings *c = &s->clusters[i];

		snmp = settings_snmp(s, c);
		if (snmp != NULL) {
			account = account_of(l, snmp);
			for (k = 0; k < c->nservers; k++)
				want_target(l, c->name, &c->servers[k], account);
		}
	}
	drop_unwanted(l);
	/* where nobody is asked any more, nothing stands */
	for (i = 0; i < s->nclusters; i++)
		tell_cluster(l, s->clusters[i].name);
}

static bool
same_settings(const struct load_settings *a, const struct load_settings *b)
{
	return a->interval == b->interval && a->timeout == b->timeout &&
	    a->tries == b->tries && a->at_once == b->at_once;
}

void
loads_configure(struct loads **loads, struct control *c)
{
	const struct load_settings *s = &c->settings->load;
	struct loads_child_to to = { NULL, on_started, on_line, on_trouble };
	struct loads *l = *loads;
	bool changed;

	if (l == NULL) {
		l = *loads = xcalloc(1, sizeof(*l));
		l->c = c;
		to.arg = l;
		l->child = loads_child_new(c->base, &to);
		l->hook = loads_hook_new(c);
		on_trouble(l, NULL);
	}
	changed = !same_settings(&l->told, s);
	l->told.interval = s->interval;
	l->told.timeout = s->timeout;
	l->told.tries = s->tries;
	l->told.at_once = s->at_once;
	if (find_accounts(l, c->settings))
		loads_child_restart(l->child);
	else if (changed)
		tell_settings(l);
	find_targets(l, c->settings);
	loads_child_want(l->child, l->by_name != NULL);
	loads_hook_configure(l->hook, s);
}

void
loads_free(struct loads *l)
{
	struct target *t, *next;

	if (l == NULL)
		return;
	loads_hook_free(l->hook);
	for (t = l->by_name; t != NULL; t = next) {
		next = t->by_name.next;
		drop_target(l, t);
	}
	loads_child_free(l->child);
	accounts_free(l->accounts, l->naccounts);
	free(l);
}
