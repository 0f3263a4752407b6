/*
 * SPDX-License-Identifier: Apache-2.0
 * What the options of moving must fulfil together: times, limits, monitors, auto-start.
 *
 * Part of conf_check_all(). Complains only of monitors named twice; what is merely
 * unlikely to be meant is a warning, since a site may know its ECX better.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "configfile/conf.h"

#define SECONDS(ms) ((ms) / 1000.0)

/* A monitor of a cluster, and the VM that named it first. */
struct watched {
	char *key; /* index of the cluster, name */
	const struct vm_settings *vm;
	UT_hash_handle hh;
};

/* The option if it was given, else the other one. NULL: neither. */
static const config_setting_t *
at_option(struct conf *c, const char *option, const char *other)
{
	const config_setting_t *at = config_lookup(&c->lib, option);

	return at != NULL || other == NULL ? at : config_lookup(&c->lib, other);
}

static void
check_horizon(struct conf *c, const char *option, const char *command, msec_t timeout)
{
	const msec_t horizon = c->s->evidence.command_horizon;

	if (timeout < horizon)
		conf_warn(c, at_option(c, option, "evidence.command-horizon"),
		    "%s (%.10g s) is less than evidence.command-horizon (%.10g s): a "
		    "%s that ECX has accepted may take effect later, and moves are "
		    "given up that would have ended well",
		    option, SECONDS(timeout), SECONDS(horizon), command);
}

static void
check_times(struct conf *c)
{
	const struct move_settings *m = &c->s->moves;
	const struct evidence_settings *e = &c->s->evidence;

	check_horizon(c, "moves.stop-timeout", "stop", m->stop_timeout);
	check_horizon(c, "moves.start-timeout", "start", m->start_timeout);
	if (m->release_timeout <= e->offline_settle)
		conf_warn(c,
		    at_option(c, "moves.release-timeout", "evidence.offline-settle"),
		    "moves.release-timeout (%.10g s) does not exceed "
		    "evidence.offline-settle (%.10g s): a site that somebody else "
		    "stopped can hardly be proved to be stopped in time",
		    SECONDS(m->release_timeout), SECONDS(e->offline_settle));
	if (e->evidence_age < c->s->poll.fast_interval)
		conf_warn(c,
		    at_option(c, "evidence.evidence-age", "poll.fast-interval"),
		    "evidence.evidence-age (%.10g s) is less than poll.fast-interval "
		    "(%.10g s): evidence grows too old between two rounds, and moves "
		    "wait for a start that is in time",
		    SECONDS(e->evidence_age), SECONDS(c->s->poll.fast_interval));
}

/* `narrow` was given, and more than `wide` can never be used of it. */
static void
check_limit(struct conf *c, const char *narrow, unsigned n, const char *wide,
    unsigned limit, const char *why)
{
	const config_setting_t *at = config_lookup(&c->lib, narrow);

	if (at != NULL && n > limit)
		conf_warn(c, at,
		    "%s (%u) exceeds %s (%u), which %s: no more than that will move at "
		    "once",
		    narrow, n, wide, limit, why);
}

static void
check_limits(struct conf *c)
{
	const struct move_settings *m = &c->s->moves;

	check_limit(c, "moves.limit-cluster", m->limit_cluster, "moves.limit-set",
	    m->limit_set, "counts all clusters");
	check_limit(c, "moves.limit-node", m->limit_node, "moves.limit-cluster",
	    m->limit_cluster, "counts all nodes of a cluster");
}

static void
check_monitor(struct conf *c, struct watched **seen, const struct vm_settings *v,
    const struct site_settings *st, size_t i)
{
	const config_setting_t *at =
	    config_setting_get_elem(conf_place(c, st, "monitors"), (unsigned)i);
	const char *name = st->monitors[i], *cluster;
	struct watched *w;
	size_t k;
	char *key;

	for (k = 0; k < i; k++) {
		if (st->monitors[k] == NULL || strcmp(st->monitors[k], name) != 0)
			continue;
		conf_error(c, at, "monitor \"%s\" stands twice in this site", name);
		return;
	}
	if (st->cluster == CONF_NOWHERE)
		return;
	key = xasprintf("%zu %s", st->cluster, name);
	HASH_FIND_STR(*seen, key, w);
	if (w == NULL) {
		w = xcalloc(1, sizeof(*w));
		w->key = key;
		w->vm = v;
		HASH_ADD_KEYPTR(hh, *seen, w->key, strlen(w->key), w);
		return;
	}
	free(key);
	if (w->vm == v)
		return; /* a cluster twice: complained of elsewhere */
	cluster = c->s->clusters[st->cluster].name;
	conf_warn(c, at,
	    "monitor \"%s\" of cluster \"%s\" belongs to VM \"%s\" as well: while one "
	    "of them is moved, nothing watches the other",
	    name, cluster == NULL ? "" : cluster,
	    w->vm->name == NULL ? "" : w->vm->name);
}

static void
check_autostart(struct conf *c, const struct vm_settings *v)
{
	const struct site_settings *st;
	const char *cluster;
	size_t i;

	if (v->nsites < 2 || v->accept_autostart)
		return;
	for (i = 0; i < v->nsites; i++) {
		st = &v->sites[i];
		if (st->autostart != AUTOSTART_AUTO || st->cluster == CONF_NOWHERE)
			continue;
		cluster = c->s->clusters[st->cluster].name;
		conf_warn(c, conf_place(c, st, "auto-start"),
		    "group \"%s\" starts by itself when cluster \"%s\" does, also "
		    "while the VM runs elsewhere, and no command of ours can prevent "
		    "it; let its startup attribute be manual in ECX, or say "
		    "accept-autostart = true",
		    st->group == NULL ? "" : st->group, cluster == NULL ? "" : cluster);
		return;
	}
}

void
conf_check_moves(struct conf *c)
{
	struct watched *seen = NULL, *w, *next;
	const struct vm_settings *v;
	size_t i, k, j;

	check_times(c);
	check_limits(c);
	for (i = 0; i < c->s->nvms; i++) {
		v = &c->s->vms[i];
		check_autostart(c, v);
		for (k = 0; k < v->nsites; k++)
			for (j = 0; j < v->sites[k].nmonitors; j++)
				if (v->sites[k].monitors[j] != NULL)
					check_monitor(c, &seen, v, &v->sites[k], j);
	}
	HASH_ITER (hh, seen, w, next) {
		HASH_DEL(seen, w);
		free(w->key);
		free(w);
	}
}
